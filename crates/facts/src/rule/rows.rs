//! A rule as rows of column, operator and value, all or any of which must hold: what a form shows and writes. Must not
//! know a form.

use super::{Columns, Condition, Kind, Literal, Operator, Rule, Term, same_name};

/// A rule that is rows. Not every rule is: `not (…)`, `lower(…)` and conditions within conditions are more.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RuleRows {
    /// Whether one row is enough; otherwise all must hold.
    pub any: bool,
    /// The rows.
    pub rows: Vec<RuleRow>,
}

/// One row of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleRow {
    /// The column's name.
    pub column: String,
    /// How it is compared.
    pub operator: RowOperator,
    /// What with, as people write it: `1000`; `DE, FR` for a list; `10 and 50` for a range; nothing for `is null`.
    pub value: String,
}

/// How a row compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowOperator {
    /// `=`
    Equal,
    /// `<>`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    More,
    /// `>=`
    MoreOrEqual,
    /// `in`
    In,
    /// `not in`
    NotIn,
    /// `between`
    Between,
    /// `not between`
    NotBetween,
    /// `like`
    Like,
    /// `not like`
    NotLike,
    /// `is null`
    IsNull,
    /// `is not null`
    IsNotNull,
}

impl RowOperator {
    /// Each with how a rule writes it and what it says in words.
    pub const ALL: [(Self, &'static str, &'static str); 14] = [
        (Self::Equal, "=", "is"),
        (Self::NotEqual, "<>", "is not"),
        (Self::MoreOrEqual, ">=", "is at least"),
        (Self::More, ">", "is more than"),
        (Self::LessOrEqual, "<=", "is at most"),
        (Self::Less, "<", "is less than"),
        (Self::Between, "between", "is between (10 and 50)"),
        (Self::NotBetween, "not between", "is not between"),
        (Self::In, "in", "is one of (a, b, c)"),
        (Self::NotIn, "not in", "is none of"),
        (Self::Like, "like", "is like (% stands for anything)"),
        (Self::NotLike, "not like", "is not like"),
        (Self::IsNull, "is null", "is missing"),
        (Self::IsNotNull, "is not null", "is there"),
    ];

    /// How a rule writes it.
    pub fn symbol(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(operator, ..)| *operator == self)
            .map_or("", |(_, symbol, _)| symbol)
    }

    /// The operator that a rule writes so.
    pub fn from_symbol(symbol: &str) -> Option<Self> {
        let found = Self::ALL.iter().find(|(_, known, _)| *known == symbol);
        found.map(|(operator, ..)| *operator)
    }
}

impl Rule {
    /// The rule as rows; none where it says more than rows can.
    pub fn rows(&self) -> Option<RuleRows> {
        let (any, parts) = match &self.condition {
            Condition::Or(parts) => (true, parts.as_slice()),
            Condition::And(parts) => (false, parts.as_slice()),
            one => (false, std::slice::from_ref(one)),
        };
        let rows = parts.iter().map(row).collect::<Option<_>>()?;
        Some(RuleRows { any, rows })
    }
}

impl RuleRows {
    /// The rule that the rows write, values being read by the kinds of their columns.
    ///
    /// # Errors
    /// The place of the row, from 0, that lacks something, and what.
    pub fn rule(&self, columns: &Columns) -> Result<Rule, (usize, String)> {
        let written = self.rows.iter().enumerate();
        let mut parts = written
            .map(|(at, row)| condition(row, columns).map_err(|lacks| (at, lacks)))
            .collect::<Result<Vec<_>, _>>()?;
        let condition = match (parts.len(), self.any) {
            (0, _) => return Err((0, "choose a column and say what it must be".to_owned())),
            (1, _) => parts.remove(0),
            (_, true) => Condition::Or(parts),
            (_, false) => Condition::And(parts),
        };
        // Read again from its own text, for the places of what may not fit.
        Rule::parse(&Rule { condition }.to_string()).map_err(|error| (0, error.message))
    }
}

fn row(condition: &Condition) -> Option<RuleRow> {
    let (term, operator, value) = match condition {
        Condition::Compare { left, operator, right } => (left, of_comparison(*operator), literal(right, false)?),
        Condition::In { term, list, negated } => {
            let values: Vec<String> = list.iter().map(|term| literal(term, true)).collect::<Option<_>>()?;
            let operator = if *negated { RowOperator::NotIn } else { RowOperator::In };
            (term, operator, values.join(", "))
        }
        Condition::Between {
            term,
            low,
            high,
            negated,
        } => {
            let operator = if *negated {
                RowOperator::NotBetween
            } else {
                RowOperator::Between
            };
            let (low, high) = (literal(low, false)?, literal(high, false)?);
            if low.contains(" and ") {
                return None;
            }
            (term, operator, format!("{low} and {high}"))
        }
        Condition::Like { term, pattern, negated } => {
            let operator = if *negated {
                RowOperator::NotLike
            } else {
                RowOperator::Like
            };
            (term, operator, pattern.clone())
        }
        Condition::IsNull { term, negated } => {
            let operator = if *negated {
                RowOperator::IsNotNull
            } else {
                RowOperator::IsNull
            };
            (term, operator, String::new())
        }
        Condition::Or(_) | Condition::And(_) | Condition::Not(_) => return None,
    };
    let Term::Column { name, .. } = term else { return None };
    // A form trims what is typed, and takes an empty cell for one that was not filled.
    let fits = value.trim() == value
        && (!value.is_empty() || operator == RowOperator::IsNull || operator == RowOperator::IsNotNull);
    fits.then(|| RuleRow {
        column: name.clone(),
        operator,
        value,
    })
}

fn of_comparison(operator: Operator) -> RowOperator {
    match operator {
        Operator::Equal => RowOperator::Equal,
        Operator::NotEqual => RowOperator::NotEqual,
        Operator::Less => RowOperator::Less,
        Operator::LessOrEqual => RowOperator::LessOrEqual,
        Operator::More => RowOperator::More,
        Operator::MoreOrEqual => RowOperator::MoreOrEqual,
    }
}

// A value as people write it; in a list, one that would fall apart stands in quotes.
fn literal(term: &Term, in_list: bool) -> Option<String> {
    let Term::Literal { value, .. } = term else { return None };
    Some(match value {
        Literal::Text(text) if in_list && (text.contains([',', '\'']) || text.trim() != text || text.is_empty()) => {
            format!("'{}'", text.replace('\'', "''"))
        }
        Literal::Text(text) => text.clone(),
        Literal::Number(number) => number.to_string(),
        Literal::Day(day) => day.to_string(),
    })
}

fn condition(row: &RuleRow, columns: &Columns) -> Result<Condition, String> {
    let name = row.column.trim();
    if name.is_empty() {
        return Err("choose a column".to_owned());
    }
    let known = columns.iter().find(|(known, _)| same_name(known, name));
    let kind = known.map(|(_, kind)| kind);
    let term = Term::Column {
        name: known.map_or(name, |(known, _)| known).to_owned(),
        at: 0,
    };
    let (operator, typed) = (row.operator, row.value.trim());
    let negated = matches!(
        operator,
        RowOperator::NotIn | RowOperator::NotBetween | RowOperator::NotLike | RowOperator::IsNotNull
    );
    if typed.is_empty() && !matches!(operator, RowOperator::IsNull | RowOperator::IsNotNull) {
        return Err(format!("say what {name} is compared with"));
    }
    let compare = |operator| Condition::Compare {
        left: term.clone(),
        operator,
        right: value(
            typed,
            kind,
            operator != Operator::Equal && operator != Operator::NotEqual,
        ),
    };
    Ok(match operator {
        RowOperator::Equal => compare(Operator::Equal),
        RowOperator::NotEqual => compare(Operator::NotEqual),
        RowOperator::Less => compare(Operator::Less),
        RowOperator::LessOrEqual => compare(Operator::LessOrEqual),
        RowOperator::More => compare(Operator::More),
        RowOperator::MoreOrEqual => compare(Operator::MoreOrEqual),
        RowOperator::In | RowOperator::NotIn => Condition::In {
            term,
            list: listed(typed).iter().map(|part| value(part, kind, false)).collect(),
            negated,
        },
        RowOperator::Between | RowOperator::NotBetween => {
            let (low, high) = typed
                .split_once(" and ")
                .ok_or_else(|| format!("write the range of {name} as 10 and 50"))?;
            Condition::Between {
                term,
                low: value(low.trim(), kind, true),
                high: value(high.trim(), kind, true),
                negated,
            }
        }
        RowOperator::Like | RowOperator::NotLike => Condition::Like {
            term,
            pattern: typed.to_owned(),
            negated,
        },
        RowOperator::IsNull | RowOperator::IsNotNull => Condition::IsNull { term, negated },
    })
}

// What was typed, as a value of the column's kind; text where it is none, so that the check says so.
fn value(typed: &str, kind: Option<Kind>, ordered: bool) -> Term {
    let number = || {
        typed
            .parse()
            .ok()
            .filter(|number: &f64| number.is_finite())
            .map(Literal::Number)
    };
    let day = || typed.parse().ok().map(Literal::Day);
    let value = match kind {
        Some(Kind::Number) => number(),
        Some(Kind::Day) => day(),
        Some(Kind::TextOfNumbers) if ordered => number(),
        Some(Kind::TextOfDays) if ordered => day(),
        None => number().or_else(day),
        Some(Kind::Text | Kind::TextOfNumbers | Kind::TextOfDays) => None,
    };
    Term::Literal {
        value: value.unwrap_or_else(|| Literal::Text(typed.to_owned())),
        at: 0,
    }
}

// Parts between commas; a comma within quotes is part of its value.
fn listed(typed: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let (mut quoted, mut letters) = (false, typed.chars().peekable());
    while let Some(letter) = letters.next() {
        let begins = parts.last().is_some_and(|part| part.trim().is_empty());
        match letter {
            '\'' if quoted && letters.peek() == Some(&'\'') => {
                letters.next();
                add(&mut parts, '\'');
            }
            '\'' if quoted => quoted = false,
            '\'' if begins => {
                quoted = true;
                parts.last_mut().map(String::clear).unwrap_or_default();
            }
            ',' if !quoted => parts.push(String::new()),
            ' ' if !quoted && begins => {}
            _ => add(&mut parts, letter),
        }
    }
    parts
}

fn add(parts: &mut [String], letter: char) {
    if let Some(part) = parts.last_mut() {
        part.push(letter);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns() -> Columns {
        Columns::new([
            ("employees".to_owned(), Kind::Number),
            ("region".to_owned(), Kind::Text),
            ("created_on".to_owned(), Kind::Day),
            ("Postal code".to_owned(), Kind::TextOfNumbers),
        ])
    }

    #[test]
    fn a_rule_that_is_rows_is_written_by_them_again() {
        for text in [
            "employees >= 1000 and region = 'EMEA'",
            "region in ('DE', 'O''Brien, Ltd') or employees between 10 and 50",
            "region not like 'A%'",
            "created_on < date '2026-01-31' and region is not null",
            "\"Postal code\" = '01067'",
            "\"Postal code\" > 5000",
        ] {
            let rule = Rule::parse(text).expect("it is a rule");
            let rows = rule.rows().unwrap_or_else(|| panic!("{text} is rows"));
            assert_eq!(rows.rule(&columns()).expect("rows are a rule").to_string(), text);
        }
    }

    #[test]
    fn what_is_more_than_rows_is_none() {
        for text in [
            "not region = 'EMEA'",
            "lower(region) = 'emea'",
            "employees > 5 and (region = 'EMEA' or region = 'APAC')",
            "employees = annual_revenue",
        ] {
            assert_eq!(Rule::parse(text).expect("it is a rule").rows(), None, "{text}");
        }
    }

    #[test]
    fn a_row_that_lacks_something_says_what() {
        let row = |column: &str, operator, value: &str| RuleRow {
            column: column.to_owned(),
            operator,
            value: value.to_owned(),
        };
        let rows = |rows| RuleRows { any: false, rows };
        let good = || row("region", RowOperator::Equal, "EMEA");
        for (second, says) in [
            (row("", RowOperator::Equal, "5"), "choose a column"),
            (
                row("employees", RowOperator::More, " "),
                "say what employees is compared with",
            ),
            (
                row("employees", RowOperator::Between, "5"),
                "write the range of employees as 10 and 50",
            ),
        ] {
            let error = rows(vec![good(), second])
                .rule(&columns())
                .expect_err("it lacks something");
            assert_eq!(error, (1, says.to_owned()));
        }
    }

    #[test]
    fn every_operator_has_its_symbol() {
        for (operator, symbol, _) in RowOperator::ALL {
            assert_eq!(
                (operator.symbol(), RowOperator::from_symbol(symbol)),
                (symbol, Some(operator))
            );
        }
    }
}
