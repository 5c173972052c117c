//! A rule as text again, in the form that parses to the same rule. Must not change what a rule means.

use std::fmt::{self, Display, Formatter, Write};

use super::parse::is_plain_name;
use super::{Condition, Literal, Operator, Term};

impl fmt::Display for Condition {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Or(parts) => joined(to, parts, " or ", |part| matches!(part, Self::Or(_))),
            Self::And(parts) => joined(to, parts, " and ", |part| matches!(part, Self::Or(_) | Self::And(_))),
            Self::Not(inner) => {
                to.write_str("not ")?;
                guarded(to, inner, matches!(**inner, Self::Or(_) | Self::And(_)))
            }
            Self::Compare { left, operator, right } => write!(to, "{left} {operator} {right}"),
            Self::In { term, list, negated } => {
                write!(to, "{term} {}in (", not(*negated))?;
                commas(to, list)?;
                to.write_char(')')
            }
            Self::Between {
                term,
                low,
                high,
                negated,
            } => {
                write!(to, "{term} {}between {low} and {high}", not(*negated))
            }
            Self::Like { term, pattern, negated } => {
                write!(to, "{term} {}like ", not(*negated))?;
                quoted(to, pattern, '\'')
            }
            Self::IsNull { term, negated } => write!(to, "{term} is {}null", not(*negated)),
        }
    }
}

impl fmt::Display for Term {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Column { name, .. } if is_plain_name(name) => to.write_str(name),
            Self::Column { name, .. } => quoted(to, name, '"'),
            Self::Literal { value, .. } => value.fmt(to),
            Self::Lower { inner, .. } => write!(to, "lower({inner})"),
            Self::Upper { inner, .. } => write!(to, "upper({inner})"),
            Self::Coalesce { terms, .. } => {
                to.write_str("coalesce(")?;
                commas(to, terms)?;
                to.write_char(')')
            }
        }
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => quoted(to, text, '\''),
            Self::Number(number) => number.fmt(to),
            Self::Day(day) => write!(to, "date '{day}'"),
        }
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, to: &mut Formatter<'_>) -> fmt::Result {
        to.write_str(match self {
            Self::Equal => "=",
            Self::NotEqual => "<>",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::More => ">",
            Self::MoreOrEqual => ">=",
        })
    }
}

fn not(negated: bool) -> &'static str {
    if negated { "not " } else { "" }
}

fn joined(to: &mut Formatter<'_>, parts: &[Condition], word: &str, guard: impl Fn(&Condition) -> bool) -> fmt::Result {
    for (nth, part) in parts.iter().enumerate() {
        if nth > 0 {
            to.write_str(word)?;
        }
        guarded(to, part, guard(part))?;
    }
    Ok(())
}

fn guarded(to: &mut Formatter<'_>, condition: &Condition, guard: bool) -> fmt::Result {
    if guard {
        write!(to, "({condition})")
    } else {
        condition.fmt(to)
    }
}

fn commas(to: &mut Formatter<'_>, terms: &[Term]) -> fmt::Result {
    for (nth, term) in terms.iter().enumerate() {
        if nth > 0 {
            to.write_str(", ")?;
        }
        term.fmt(to)?;
    }
    Ok(())
}

/// SQL's quoting: the quote itself is written twice.
fn quoted(to: &mut Formatter<'_>, text: &str, quote: char) -> fmt::Result {
    to.write_char(quote)?;
    for letter in text.chars() {
        if letter == quote {
            to.write_char(quote)?;
        }
        to.write_char(letter)?;
    }
    to.write_char(quote)
}
