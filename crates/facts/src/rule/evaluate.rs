//! A rule asked of columns, a column at a time, in SQL's three-valued logic. Checking a rule is asking it of columns
//! without rows, so that what passes the check cannot fail later. Must not know what the rows are.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeSet;

use jiff::civil::Date;

use super::{Columns, Condition, Kind, Literal, Operator, RuleError, Term};
use crate::star::{NO_DAY, NO_WORD, Words, WordsBuilder, day_number};

/// False, unknown and true are ordered, so that `and` is the least, `or` the greatest and `not` the mirror.
pub(super) type Truth = u8;
const FALSE: Truth = 0;
const UNKNOWN: Truth = 1;
pub(super) const TRUE: Truth = 2;

/// Rows with named columns that a rule can be asked of.
pub(crate) trait Frame {
    fn rows(&self) -> usize;
    /// What the column holds; `None` when there is no such column. Without regard to case.
    fn kind(&self, name: &str) -> Option<Kind>;
    /// The column's values; asked for only after `kind` has answered.
    fn values(&self, name: &str) -> Values<'_>;
    fn names(&self) -> Vec<&str>;
}

/// The values of a column, or one value that stands for every row.
#[derive(Debug, Clone)]
pub(crate) enum Values<'a> {
    Text {
        codes: Cow<'a, [u32]>,
        words: Cow<'a, [String]>,
    },
    Number(Cow<'a, [f64]>),
    Day(Cow<'a, [i32]>),
}

impl Frame for Columns {
    fn rows(&self) -> usize {
        0
    }

    fn kind(&self, name: &str) -> Option<Kind> {
        self.iter()
            .find(|(column, _)| same_name(column, name))
            .map(|(_, kind)| kind)
    }

    fn values(&self, name: &str) -> Values<'_> {
        match self.kind(name) {
            Some(Kind::Number) => Values::Number(Cow::Borrowed(&[])),
            Some(Kind::Day) => Values::Day(Cow::Borrowed(&[])),
            _ => Values::nothing(),
        }
    }

    fn names(&self) -> Vec<&str> {
        self.iter().map(|(name, _)| name).collect()
    }
}

/// Columns are found without regard to case.
pub(crate) fn same_name(one: &str, other: &str) -> bool {
    one == other || one.to_lowercase() == other.to_lowercase()
}

pub(super) fn condition(condition: &Condition, frame: &dyn Frame) -> Result<Vec<Truth>, RuleError> {
    match condition {
        Condition::Or(parts) => fold(parts, frame, Ord::max),
        Condition::And(parts) => fold(parts, frame, Ord::min),
        Condition::Not(inner) => Ok(negate(self::condition(inner, frame)?, true)),
        Condition::Compare { left, operator, right } => compare(left, *operator, right, frame),
        Condition::In { term, list, negated } => Ok(negate(within(term, list, frame)?, *negated)),
        Condition::Between {
            term,
            low,
            high,
            negated,
        } => {
            let mut truths = compare(term, Operator::MoreOrEqual, low, frame)?;
            let below = compare(term, Operator::LessOrEqual, high, frame)?;
            for (truth, below) in truths.iter_mut().zip(below) {
                *truth = below.min(*truth);
            }
            Ok(negate(truths, *negated))
        }
        Condition::Like { term, pattern, negated } => Ok(negate(like(term, pattern, frame)?, *negated)),
        Condition::IsNull { term, negated } => {
            let kind = kind_of(term, frame)?.settled();
            let values = values_as(term, kind, frame)?;
            let truths = (0..frame.rows())
                .map(|row| if values.is_missing(row) { TRUE } else { FALSE })
                .collect();
            Ok(negate(truths, *negated))
        }
    }
}

fn fold(parts: &[Condition], frame: &dyn Frame, join: impl Fn(Truth, Truth) -> Truth) -> Result<Vec<Truth>, RuleError> {
    let mut truths: Option<Vec<Truth>> = None;
    for part in parts {
        let next = condition(part, frame)?;
        truths = Some(match truths {
            None => next,
            Some(so_far) => so_far
                .into_iter()
                .zip(next)
                .map(|(one, other)| join(one, other))
                .collect(),
        });
    }
    Ok(truths.unwrap_or_default())
}

fn negate(mut truths: Vec<Truth>, negated: bool) -> Vec<Truth> {
    if negated {
        for truth in &mut truths {
            *truth = TRUE - *truth;
        }
    }
    truths
}

impl Kind {
    /// What a column is read as when nothing else decides.
    fn settled(self) -> Self {
        match self {
            Self::TextOfNumbers | Self::TextOfDays => Self::Text,
            kind => kind,
        }
    }

    fn says(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Number => "numbers",
            Self::Day => "dates",
            Self::TextOfNumbers => "text or numbers",
            Self::TextOfDays => "text or dates",
        }
    }
}

fn kind_of(term: &Term, frame: &dyn Frame) -> Result<Kind, RuleError> {
    match term {
        Term::Column { name, at } => frame.kind(name).ok_or_else(|| unknown_column(name, *at, frame)),
        Term::Literal {
            value: Literal::Text(_),
            ..
        } => Ok(Kind::Text),
        Term::Literal {
            value: Literal::Number(_),
            ..
        } => Ok(Kind::Number),
        Term::Literal {
            value: Literal::Day(_), ..
        } => Ok(Kind::Day),
        Term::Lower { inner, .. } | Term::Upper { inner, .. } => match kind_of(inner, frame)? {
            Kind::Number | Kind::Day => Err(RuleError::new(
                inner.at(),
                format!("{} is not text", shown(inner)),
                "lower and upper take a column of text",
            )),
            _ => Ok(Kind::Text),
        },
        Term::Coalesce { terms, .. } => {
            let mut kind = kind_of(&terms[0], frame)?;
            for term in &terms[1..] {
                kind = agree(&terms[0], kind, term, kind_of(term, frame)?)?;
            }
            Ok(kind)
        }
    }
}

/// The kind in which two terms can be compared.
fn agree(left: &Term, left_kind: Kind, right: &Term, right_kind: Kind) -> Result<Kind, RuleError> {
    use Kind::{Day, Number, Text, TextOfDays, TextOfNumbers};
    let is_day_text = |term: &Term| as_day(term).is_some();
    match (left_kind, right_kind) {
        (one, other) if one == other => Ok(one),
        (Text, TextOfNumbers | TextOfDays) | (TextOfNumbers | TextOfDays, Text | TextOfDays | TextOfNumbers) => {
            Ok(Text)
        }
        (Number, TextOfNumbers) | (TextOfNumbers, Number) => Ok(Number),
        (Day, TextOfDays) | (TextOfDays, Day) => Ok(Day),
        (Day, Text) if is_day_text(right) => Ok(Day),
        (Text, Day) if is_day_text(left) => Ok(Day),
        _ => Err(disagreement(left, left_kind, right, right_kind)),
    }
}

fn as_day(term: &Term) -> Option<Date> {
    match term {
        Term::Literal {
            value: Literal::Text(text),
            ..
        } => text.parse().ok(),
        Term::Literal {
            value: Literal::Day(day),
            ..
        } => Some(*day),
        _ => None,
    }
}

fn disagreement(left: &Term, left_kind: Kind, right: &Term, right_kind: Kind) -> RuleError {
    let ((column, kind), (other, other_kind)) = match right {
        Term::Column { .. } if !matches!(left, Term::Column { .. }) => ((right, right_kind), (left, left_kind)),
        _ => ((left, left_kind), (right, right_kind)),
    };
    let message = match other {
        Term::Literal { .. } => format!("{} holds {}; {} does not fit", shown(column), kind.says(), shown(other)),
        _ => {
            format!(
                "{} holds {} and {} holds {}",
                shown(column),
                kind.says(),
                shown(other),
                other_kind.says()
            )
        }
    };
    let help = match (kind, other) {
        (
            Kind::Text,
            Term::Literal {
                value: Literal::Number(number),
                ..
            },
        ) => {
            format!("compare text with text: '{number}'")
        }
        (
            Kind::Number,
            Term::Literal {
                value: Literal::Text(text),
                ..
            },
        ) => match text.replace(',', "").parse::<f64>() {
            Ok(number) => format!("write the number without quotes: {number}"),
            Err(_) => "compare numbers with a number, like 1000".to_owned(),
        },
        (Kind::Day | Kind::TextOfDays, _) => "write the date as '2026-01-31'".to_owned(),
        _ => "compare values of the same kind".to_owned(),
    };
    RuleError::new(other.at(), message, help)
}

/// A column's or value's name in a message.
fn shown(term: &Term) -> String {
    match term {
        Term::Literal {
            value: Literal::Day(day),
            ..
        } => day.to_string(),
        Term::Literal { .. } => term.to_string(),
        _ => format!("`{term}`"),
    }
}

fn unknown_column(name: &str, at: usize, frame: &dyn Frame) -> RuleError {
    let names = frame.names();
    let help = match nearest(name, &names) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("the columns are {}", names.join(", ")),
    };
    RuleError::new(at, format!("there is no column `{name}`"), help)
}

/// The name that the fewest letters separate from the one written, if few do.
pub(crate) fn nearest<'a>(name: &str, names: &[&'a str]) -> Option<&'a str> {
    let written: Vec<char> = name.to_lowercase().chars().take(64).collect();
    let near = names
        .iter()
        .map(|candidate| (distance(&written, candidate), *candidate))
        .min()?;
    (near.0 <= written.len().div_ceil(3)).then_some(near.1)
}

/// Levenshtein distance.
fn distance(written: &[char], candidate: &str) -> usize {
    let mut row: Vec<usize> = (0..=written.len()).collect();
    for (nth, letter) in candidate.to_lowercase().chars().take(64).enumerate() {
        let mut diagonal = row[0];
        row[0] = nth + 1;
        for column in 1..row.len() {
            let changed = diagonal + usize::from(written[column - 1] != letter);
            diagonal = row[column];
            row[column] = changed.min(row[column] + 1).min(row[column - 1] + 1);
        }
    }
    row[written.len()]
}

fn values_as<'a>(term: &'a Term, kind: Kind, frame: &'a dyn Frame) -> Result<Values<'a>, RuleError> {
    Ok(match term {
        Term::Column { name, .. } => frame.values(name).read_as(kind),
        Term::Literal { value, .. } => match (value, as_day(term)) {
            (_, Some(day)) if kind == Kind::Day => Values::Day(Cow::Owned(vec![day_number(day)])),
            (Literal::Number(number), _) => Values::Number(Cow::Owned(vec![*number])),
            (Literal::Text(text), _) => Values::word(text.clone()),
            (Literal::Day(day), _) => Values::word(day.to_string()),
        },
        Term::Lower { inner, .. } => values_as(inner, Kind::Text, frame)?.each_word(|word| word.to_lowercase()),
        Term::Upper { inner, .. } => values_as(inner, Kind::Text, frame)?.each_word(|word| word.to_uppercase()),
        Term::Coalesce { terms, .. } => {
            let mut first = values_as(&terms[0], kind, frame)?;
            for term in &terms[1..] {
                first = first.or(&values_as(term, kind, frame)?, frame.rows());
            }
            first
        }
    })
}

impl<'a> Values<'a> {
    pub(crate) fn nothing() -> Self {
        Self::Text {
            codes: Cow::Borrowed(&[]),
            words: Cow::Borrowed(&[]),
        }
    }

    pub(crate) fn words(words: Words) -> Self {
        let (codes, words) = words.into_parts();
        Self::Text {
            codes: Cow::Owned(codes),
            words: Cow::Owned(words),
        }
    }

    fn word(word: String) -> Self {
        Self::Text {
            codes: Cow::Owned(vec![0]),
            words: Cow::Owned(vec![word]),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Text { codes, .. } => codes.len(),
            Self::Number(numbers) => numbers.len(),
            Self::Day(days) => days.len(),
        }
    }

    /// One value stands for every row.
    fn place(&self, row: usize) -> usize {
        if self.len() == 1 { 0 } else { row }
    }

    fn is_missing(&self, row: usize) -> bool {
        let place = self.place(row);
        match self {
            Self::Text { codes, .. } => codes[place] == NO_WORD,
            Self::Number(numbers) => numbers[place].is_nan(),
            Self::Day(days) => days[place] == NO_DAY,
        }
    }

    fn text(&self, row: usize) -> Option<&str> {
        match self {
            Self::Text { codes, words } => words
                .get(usize::try_from(codes[self.place(row)]).ok()?)
                .map(String::as_str),
            _ => None,
        }
    }

    /// Text whose every value is a number or a date, as numbers or days.
    fn read_as(self, kind: Kind) -> Self {
        let Self::Text { codes, words } = &self else {
            return self;
        };
        match kind {
            Kind::Number => {
                let numbers: Vec<f64> = words.iter().map(|word| word.parse().unwrap_or(f64::NAN)).collect();
                Self::Number(
                    codes
                        .iter()
                        .map(|code| at_code(&numbers, *code).unwrap_or(f64::NAN))
                        .collect(),
                )
            }
            Kind::Day => {
                let days: Vec<i32> = words
                    .iter()
                    .map(|word| word.parse().map_or(NO_DAY, day_number))
                    .collect();
                Self::Day(
                    codes
                        .iter()
                        .map(|code| at_code(&days, *code).unwrap_or(NO_DAY))
                        .collect(),
                )
            }
            _ => self,
        }
    }

    fn each_word(self, change: impl Fn(&str) -> String) -> Self {
        match self {
            Self::Text { codes, words } => Self::Text {
                codes,
                words: words.iter().map(|word| change(word)).collect(),
            },
            other => other,
        }
    }

    fn or(&self, other: &Values<'_>, rows: usize) -> Values<'static> {
        match (self, other) {
            (Self::Number(ours), Values::Number(theirs)) => Values::Number(
                (0..rows)
                    .map(|row| {
                        if self.is_missing(row) {
                            theirs[other.place(row)]
                        } else {
                            ours[self.place(row)]
                        }
                    })
                    .collect(),
            ),
            (Self::Day(ours), Values::Day(theirs)) => Values::Day(
                (0..rows)
                    .map(|row| {
                        if self.is_missing(row) {
                            theirs[other.place(row)]
                        } else {
                            ours[self.place(row)]
                        }
                    })
                    .collect(),
            ),
            _ => {
                let mut words = WordsBuilder::default();
                for row in 0..rows {
                    words.push(self.text(row).or_else(|| other.text(row)));
                }
                Values::words(words.finish())
            }
        }
    }
}

fn at_code<T: Copy>(of_words: &[T], code: u32) -> Option<T> {
    of_words.get(usize::try_from(code).ok()?).copied()
}

fn compare(left: &Term, operator: Operator, right: &Term, frame: &dyn Frame) -> Result<Vec<Truth>, RuleError> {
    let kind = agree(left, kind_of(left, frame)?, right, kind_of(right, frame)?)?.settled();
    let (left, right) = (values_as(left, kind, frame)?, values_as(right, kind, frame)?);
    let rows = frame.rows();
    let holds = |ordering: Option<Ordering>| ordering.map_or(UNKNOWN, |ordering| truth(operator.holds(ordering)));
    Ok(match (&left, &right) {
        (Values::Text { codes, words }, Values::Text { codes: other, .. }) if other.len() == 1 && rows > 1 => {
            let constant = right.text(0);
            let of_words: Vec<Truth> = words
                .iter()
                .map(|word| holds(constant.map(|constant| word.as_str().cmp(constant))))
                .collect();
            let places = (0..rows).map(|row| codes[left.place(row)]);
            places.map(|code| at_code(&of_words, code).unwrap_or(UNKNOWN)).collect()
        }
        (Values::Number(ours), Values::Number(theirs)) => (0..rows)
            .map(|row| holds(ours[left.place(row)].partial_cmp(&theirs[right.place(row)])))
            .collect(),
        (Values::Day(_), Values::Day(_)) => {
            let day = |values: &Values<'_>, row| match values {
                Values::Day(days) => Some(days[values.place(row)]).filter(|day| *day != NO_DAY),
                _ => None,
            };
            (0..rows)
                .map(|row| holds(day(&left, row).and_then(|one| Some(one.cmp(&day(&right, row)?)))))
                .collect()
        }
        _ => (0..rows)
            .map(|row| holds(left.text(row).and_then(|one| Some(one.cmp(right.text(row)?)))))
            .collect(),
    })
}

fn truth(holds: bool) -> Truth {
    if holds { TRUE } else { FALSE }
}

impl Operator {
    fn holds(self, ordering: Ordering) -> bool {
        match self {
            Self::Equal => ordering.is_eq(),
            Self::NotEqual => ordering.is_ne(),
            Self::Less => ordering.is_lt(),
            Self::LessOrEqual => ordering.is_le(),
            Self::More => ordering.is_gt(),
            Self::MoreOrEqual => ordering.is_ge(),
        }
    }
}

fn within(term: &Term, list: &[Term], frame: &dyn Frame) -> Result<Vec<Truth>, RuleError> {
    let natural = kind_of(term, frame)?;
    let mut kind = natural;
    for value in list {
        kind = agree(term, kind, value, kind_of(value, frame)?)?;
    }
    let kind = kind.settled();
    let values = values_as(term, kind, frame)?;
    if let Values::Text { codes, words } = &values {
        let list: BTreeSet<String> = list.iter().map(literal_text).collect();
        let of_words: Vec<Truth> = words.iter().map(|word| truth(list.contains(word))).collect();
        let places = (0..frame.rows()).map(|row| codes[values.place(row)]);
        return Ok(places.map(|code| at_code(&of_words, code).unwrap_or(UNKNOWN)).collect());
    }
    let mut truths = vec![FALSE; frame.rows()];
    for value in list {
        for (truth, next) in truths.iter_mut().zip(compare(term, Operator::Equal, value, frame)?) {
            *truth = next.max(*truth);
        }
    }
    Ok(truths)
}

fn literal_text(term: &Term) -> String {
    match term {
        Term::Literal {
            value: Literal::Text(text),
            ..
        } => text.clone(),
        Term::Literal {
            value: Literal::Day(day),
            ..
        } => day.to_string(),
        other => other.to_string(),
    }
}

fn like(term: &Term, pattern: &str, frame: &dyn Frame) -> Result<Vec<Truth>, RuleError> {
    if matches!(kind_of(term, frame)?, Kind::Number | Kind::Day) {
        let message = format!("{} is not text, and `like` compares text", shown(term));
        return Err(RuleError::new(
            term.at(),
            message,
            "use <, > or between for numbers and dates",
        ));
    }
    let values = values_as(term, Kind::Text, frame)?;
    let Values::Text { codes, words } = &values else {
        return Ok(vec![UNKNOWN; frame.rows()]);
    };
    let pattern: Vec<char> = pattern.chars().collect();
    let of_words: Vec<Truth> = words.iter().map(|word| truth(is_like(word, &pattern))).collect();
    let places = (0..frame.rows()).map(|row| codes[values.place(row)]);
    Ok(places.map(|code| at_code(&of_words, code).unwrap_or(UNKNOWN)).collect())
}

/// SQL's `like`: `%` is any text, `_` one character. Goes back to the last `%` only, so that it takes at most
/// text times pattern steps.
fn is_like(text: &str, pattern: &[char]) -> bool {
    let text: Vec<char> = text.chars().collect();
    let (mut at, mut next) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while at < text.len() {
        match pattern.get(next) {
            Some('%') => {
                retry = Some((at, next + 1));
                next += 1;
            }
            Some(letter) if *letter == '_' || *letter == text[at] => {
                at += 1;
                next += 1;
            }
            _ => match retry {
                Some((from, after)) => {
                    retry = Some((from + 1, after));
                    (at, next) = (from + 1, after);
                }
                None => return false,
            },
        }
    }
    pattern[next..].iter().all(|letter| *letter == '%')
}
