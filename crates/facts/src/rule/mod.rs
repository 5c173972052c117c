//! The segment language: a condition over columns, like SQL's `where` and nothing more. Knows names, kinds and
//! missing values; must not know accounts, files or dates of knowledge.

mod evaluate;
mod parse;
mod print;
mod rows;

use std::fmt;

use jiff::civil::Date;

pub(crate) use evaluate::{Frame, Values, nearest, same_name};
pub use rows::{RowOperator, RuleRow, RuleRows};

/// A condition over columns: comparisons, `and`, `or`, `not`, `in`, `between`, `like`, `is null`, `lower`, `upper`,
/// `coalesce`. A missing value makes a comparison neither true nor false, as in SQL; only what is true is taken.
///
/// Columns are found without regard to case; text is compared with regard to it. Dates are written `'2026-01-31'`,
/// `date '2026-01-31'` or `2026-01-31`. A column whose name is not a plain word is written in double quotes.
#[derive(Debug, Clone)]
pub struct Rule {
    condition: Condition,
}

impl Rule {
    /// Reads a rule.
    ///
    /// # Errors
    /// Where the text stops being a rule, what was expected, and how to mend it.
    pub fn parse(text: &str) -> Result<Self, RuleError> {
        parse::rule(text).map(|condition| Self { condition })
    }

    /// Whether the rule can be asked of these columns.
    ///
    /// # Errors
    /// The first column that is not there (with the nearest name), or that is compared with a value of another kind.
    pub fn check(&self, columns: &Columns) -> Result<(), RuleError> {
        evaluate::condition(&self.condition, columns).map(drop)
    }

    /// The columns that the rule names, each once, in the order of their first appearance.
    pub fn columns(&self) -> Vec<&str> {
        let mut names = Vec::new();
        self.condition.each_term(&mut |term| {
            if let Term::Column { name, .. } = term
                && !names.contains(&name.as_str())
            {
                names.push(name);
            }
        });
        names
    }

    /// For each row of the frame, whether the rule takes it.
    pub(crate) fn take(&self, frame: &dyn Frame) -> Result<Vec<bool>, RuleError> {
        let truths = evaluate::condition(&self.condition, frame)?;
        Ok(truths.into_iter().map(|truth| truth == evaluate::TRUE).collect())
    }
}

/// Two rules are equal when they print the same: positions do not count.
impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        self.to_string() == other.to_string()
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.condition.fmt(to)
    }
}

impl std::str::FromStr for Rule {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        Self::parse(text)
    }
}

/// What is wrong with a rule, where, and how to mend it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct RuleError {
    /// Byte offset into the rule's text, on a character's boundary.
    pub at: usize,
    /// What is wrong, in one sentence.
    pub message: String,
    /// How to mend it; empty when the message says it.
    pub help: String,
}

impl RuleError {
    pub(crate) fn new(at: usize, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            at,
            message: message.into(),
            help: help.into(),
        }
    }
}

/// What a column holds, as far as a rule cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// Numbers; money counts in units of its currency.
    Number,
    /// Calendar days.
    Day,
    /// Text of which every value is a number: it can be compared with either.
    TextOfNumbers,
    /// Text of which every value is an ISO date: it can be compared with either.
    TextOfDays,
}

/// Names and kinds of columns, without rows: what a rule is checked against.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Columns {
    columns: Vec<(String, Kind)>,
}

impl Columns {
    /// Columns by name; of two with the same name (without regard to case) the first counts.
    pub fn new(columns: impl IntoIterator<Item = (String, Kind)>) -> Self {
        Self {
            columns: columns.into_iter().collect(),
        }
    }

    /// The names and kinds, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Kind)> {
        self.columns.iter().map(|(name, kind)| (name.as_str(), *kind))
    }
}

#[derive(Debug, Clone)]
enum Condition {
    Or(Vec<Condition>),
    And(Vec<Condition>),
    Not(Box<Condition>),
    Compare {
        left: Term,
        operator: Operator,
        right: Term,
    },
    In {
        term: Term,
        list: Vec<Term>,
        negated: bool,
    },
    Between {
        term: Term,
        low: Term,
        high: Term,
        negated: bool,
    },
    Like {
        term: Term,
        pattern: String,
        negated: bool,
    },
    IsNull {
        term: Term,
        negated: bool,
    },
}

impl Condition {
    fn each_term<'a>(&'a self, visit: &mut impl FnMut(&'a Term)) {
        match self {
            Self::Or(parts) | Self::And(parts) => {
                for part in parts {
                    part.each_term(visit);
                }
            }
            Self::Not(inner) => inner.each_term(visit),
            Self::Compare { left, right, .. } => {
                left.each(visit);
                right.each(visit);
            }
            Self::In { term, .. } | Self::Like { term, .. } | Self::IsNull { term, .. } => term.each(visit),
            Self::Between { term, low, high, .. } => {
                term.each(visit);
                low.each(visit);
                high.each(visit);
            }
        }
    }
}

#[derive(Debug, Clone)]
enum Term {
    Column { name: String, at: usize },
    Literal { value: Literal, at: usize },
    Lower { inner: Box<Term>, at: usize },
    Upper { inner: Box<Term>, at: usize },
    Coalesce { terms: Vec<Term>, at: usize },
}

impl Term {
    fn at(&self) -> usize {
        match self {
            Self::Column { at, .. }
            | Self::Literal { at, .. }
            | Self::Lower { at, .. }
            | Self::Upper { at, .. }
            | Self::Coalesce { at, .. } => *at,
        }
    }

    fn each<'a>(&'a self, visit: &mut impl FnMut(&'a Term)) {
        visit(self);
        match self {
            Self::Column { .. } | Self::Literal { .. } => {}
            Self::Lower { inner, .. } | Self::Upper { inner, .. } => inner.each(visit),
            Self::Coalesce { terms, .. } => {
                for term in terms {
                    term.each(visit);
                }
            }
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Literal {
    Text(String),
    Number(f64),
    Day(Date),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    More,
    MoreOrEqual,
}
