//! Typed columns in memory: text interned, dates as days, money as minor units. Must not know what a column means.

use std::borrow::Cow;
use std::collections::HashMap;

use beachhead_strategy::Currency;
use jiff::civil::Date;
use rayon::prelude::*;

use crate::alias::normalise;
use crate::catalogue::Storage;
use crate::rule::{Kind, Values, same_name};

/// The code of a missing text.
pub(crate) const NO_WORD: u32 = u32::MAX;
/// The day number of a missing date.
pub(crate) const NO_DAY: i32 = i32::MIN;
/// The amount of missing money.
pub(crate) const NO_MONEY: i64 = i64::MIN;
/// The row of what was not found in another table.
pub(crate) const NO_ROW: u32 = u32::MAX;

const EPOCH: Date = jiff::civil::date(1970, 1, 1);

/// Days since 1970-01-01.
pub(crate) fn day_number(date: Date) -> i32 {
    // A civil date lies within ten thousand years of the epoch: the span is always there and always fits.
    EPOCH.until(date).map_or(NO_DAY, |span| span.get_days())
}

/// The date of a day number; `None` for a missing or impossible one.
pub(crate) fn date_of(day: i32) -> Option<Date> {
    if day == NO_DAY {
        return None;
    }
    EPOCH.checked_add(jiff::Span::new().try_days(day).ok()?).ok()
}

/// An index as the code that columns store.
pub(crate) fn code(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(NO_WORD)
}

/// A stored code or row as an index; a missing one is past every end.
pub(crate) fn index(code: u32) -> usize {
    usize::try_from(code).unwrap_or(usize::MAX)
}

/// A column of text: each row a code into the words. Of a column of the facts the words stand in order, so that codes
/// compare as words do.
#[derive(Debug, Clone, Default)]
pub(crate) struct Words {
    codes: Vec<u32>,
    words: Vec<String>,
}

impl Words {
    pub(crate) fn missing(rows: usize) -> Self {
        Self {
            codes: vec![NO_WORD; rows],
            words: Vec::new(),
        }
    }

    /// Text whose codes are known; an empty word is a missing one.
    pub(crate) fn coded(codes: impl IndexedParallelIterator<Item = u32>, words: Vec<String>) -> Self {
        let codes_of: Vec<u32> = (0..)
            .zip(&words)
            .map(|(code, word)| if word.is_empty() { NO_WORD } else { code })
            .collect();
        let codes = codes
            .map(|code| codes_of.get(index(code)).copied().unwrap_or(NO_WORD))
            .collect();
        Self { codes, words }
    }

    pub(crate) fn codes(&self) -> &[u32] {
        &self.codes
    }

    pub(crate) fn words(&self) -> &[String] {
        &self.words
    }

    pub(crate) fn get(&self, row: usize) -> Option<&str> {
        self.words.get(index(*self.codes.get(row)?)).map(String::as_str)
    }

    pub(crate) fn into_parts(self) -> (Vec<u32>, Vec<String>) {
        (self.codes, self.words)
    }

    /// The values of the words at these places, as codes into the same words.
    pub(crate) fn gathered(&self, rows: &[u32]) -> Self {
        Self {
            codes: gather(&self.codes, rows, NO_WORD),
            words: self.words.clone(),
        }
    }

    fn kind(&self) -> Kind {
        if self.words.iter().all(|word| is_plain_number(word)) {
            Kind::TextOfNumbers
        } else if self
            .words
            .iter()
            .all(|word| word.len() == 10 && word.parse::<Date>().is_ok())
        {
            Kind::TextOfDays
        } else {
            Kind::Text
        }
    }
}

/// A number that means the same when read as one: no leading zeros (those are codes), no exponent.
fn is_plain_number(word: &str) -> bool {
    let digits = word.strip_prefix('-').unwrap_or(word);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    all_digits(whole) && all_digits(fraction) && (whole.len() == 1 || !whole.starts_with('0'))
}

/// Interns text row by row. As long as each word is the last one or comes after it, as the ids of a sorted file do, no
/// word is looked up.
#[derive(Debug, Default)]
pub(crate) struct WordsBuilder {
    codes: Vec<u32>,
    /// The words in order, until one comes that is out of it.
    ascending: Vec<String>,
    /// From then on.
    places: HashMap<String, u32>,
    last: Option<(String, u32)>,
}

impl WordsBuilder {
    /// Adds a row; empty text is missing text.
    pub(crate) fn push(&mut self, word: Option<&str>) {
        let code = word
            .filter(|word| !word.is_empty())
            .map_or(NO_WORD, |word| self.code(word));
        self.codes.push(code);
    }

    fn code(&mut self, word: &str) -> u32 {
        if self.places.is_empty() {
            let last = self.ascending.last().map_or("", String::as_str);
            let order = last.cmp(word);
            if order.is_lt() {
                self.ascending.push(word.to_owned());
            }
            if order.is_le() {
                return code(self.ascending.len() - 1);
            }
            let words = std::mem::take(&mut self.ascending).into_iter();
            self.places = words.zip(0..).collect();
        }
        if let Some((last, code)) = &self.last
            && last == word
        {
            return *code;
        }
        let found = match self.places.get(word) {
            Some(found) => *found,
            None => {
                let next = code(self.places.len());
                self.places.insert(word.to_owned(), next);
                next
            }
        };
        let last = self.last.get_or_insert_default();
        last.0.clear();
        last.0.push_str(word);
        last.1 = found;
        found
    }

    /// The column, its words in order.
    pub(crate) fn finish(self) -> Words {
        if self.places.is_empty() {
            return Words {
                codes: self.codes,
                words: self.ascending,
            };
        }
        let mut places: Vec<(String, u32)> = self.places.into_iter().collect();
        places.par_sort_unstable();
        let mut moved = vec![NO_WORD; places.len()];
        for (nth, (_, was)) in places.iter().enumerate() {
            moved[index(*was)] = code(nth);
        }
        let codes = self.codes.par_iter();
        Words {
            codes: codes
                .map(|was| moved.get(index(*was)).copied().unwrap_or(NO_WORD))
                .collect(),
            words: places.into_iter().map(|(word, _)| word).collect(),
        }
    }
}

impl<'a> FromIterator<Option<&'a str>> for Words {
    fn from_iter<I: IntoIterator<Item = Option<&'a str>>>(rows: I) -> Self {
        let mut builder = WordsBuilder::default();
        for word in rows {
            builder.push(word);
        }
        builder.finish()
    }
}

/// One typed column.
#[derive(Debug, Clone)]
pub(crate) enum Column {
    Text(Words),
    Day(Vec<i32>),
    /// Minor units of a currency with so many digits after the point.
    Money {
        minor: Vec<i64>,
        digits: u32,
    },
    Number(Vec<f64>),
}

impl Column {
    /// A column without a single value.
    pub(crate) fn missing(storage: Storage, rows: usize) -> Self {
        match storage {
            Storage::Text => Self::Text(Words::missing(rows)),
            Storage::Date => Self::Day(vec![NO_DAY; rows]),
            Storage::Number => Self::Number(vec![f64::NAN; rows]),
            Storage::Money => Self::Money {
                minor: vec![NO_MONEY; rows],
                digits: 2,
            },
        }
    }

    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Text(words) => words.kind(),
            Self::Day(_) => Kind::Day,
            Self::Money { .. } | Self::Number(_) => Kind::Number,
        }
    }

    /// The value as text, empty where missing. Money in units of its currency.
    pub(crate) fn shown(&self, row: usize) -> String {
        match self {
            Self::Text(words) => words.get(row).unwrap_or_default().to_owned(),
            Self::Day(days) => days
                .get(row)
                .and_then(|day| date_of(*day))
                .map_or(String::new(), |day| day.to_string()),
            Self::Money { minor, digits } => match minor.get(row) {
                Some(amount) if *amount != NO_MONEY => shown_money(*amount, *digits),
                _ => String::new(),
            },
            Self::Number(numbers) => match numbers.get(row) {
                Some(number) if !number.is_nan() => number.to_string(),
                _ => String::new(),
            },
        }
    }

    /// The rows at these places, in their order; a place that is no row is a missing value.
    pub(crate) fn gathered(&self, rows: &[u32]) -> Self {
        match self {
            Self::Text(words) => Self::Text(words.gathered(rows)),
            Self::Day(days) => Self::Day(gather(days, rows, NO_DAY)),
            Self::Money { minor, digits } => Self::Money {
                minor: gather(minor, rows, NO_MONEY),
                digits: *digits,
            },
            Self::Number(numbers) => Self::Number(gather(numbers, rows, f64::NAN)),
        }
    }

    /// As a rule reads it; `through` leads from the frame's rows to this column's.
    pub(crate) fn values(&self, through: Option<&[u32]>) -> Values<'_> {
        match (self, through) {
            (Self::Text(words), None) => Values::Text {
                codes: Cow::Borrowed(&words.codes),
                words: Cow::Borrowed(&words.words),
            },
            (Self::Text(words), Some(rows)) => Values::Text {
                codes: Cow::Owned(gather(&words.codes, rows, NO_WORD)),
                words: Cow::Borrowed(&words.words),
            },
            (Self::Day(days), None) => Values::Day(Cow::Borrowed(days)),
            (Self::Day(days), Some(rows)) => Values::Day(Cow::Owned(gather(days, rows, NO_DAY))),
            (Self::Number(numbers), None) => Values::Number(Cow::Borrowed(numbers)),
            (Self::Number(numbers), Some(rows)) => Values::Number(Cow::Owned(gather(numbers, rows, f64::NAN))),
            (Self::Money { minor, digits }, None) => {
                Values::Number(minor.iter().map(|amount| in_units(*amount, *digits)).collect())
            }
            (Self::Money { minor, digits }, Some(rows)) => Values::Number(
                gather(minor, rows, NO_MONEY)
                    .into_iter()
                    .map(|amount| in_units(amount, *digits))
                    .collect(),
            ),
        }
    }

    /// A code for each row that is equal where the values are, with the text of each code.
    pub(crate) fn keys(&self, rows: usize) -> Cow<'_, Words> {
        match self {
            Self::Text(words) => Cow::Borrowed(words),
            other => {
                let mut builder = WordsBuilder::default();
                for row in 0..rows {
                    builder.push(Some(&other.shown(row)));
                }
                Cow::Owned(builder.finish())
            }
        }
    }
}

fn gather<T: Copy + Send + Sync>(values: &[T], rows: &[u32], missing: T) -> Vec<T> {
    rows.par_iter()
        .map(|row| values.get(index(*row)).copied().unwrap_or(missing))
        .collect()
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a rule compares in units; amounts above 2^53 minor units lose cents"
)]
fn in_units(minor: i64, digits: u32) -> f64 {
    if minor == NO_MONEY {
        f64::NAN
    } else {
        minor as f64 / 10_f64.powi(digits.cast_signed())
    }
}

/// Minor units written in units: `1234` with two digits is `12.34`.
pub(crate) fn shown_money(minor: i64, digits: u32) -> String {
    let scale = 10_u64.pow(digits.min(18));
    let (sign, amount) = (if minor < 0 { "-" } else { "" }, minor.unsigned_abs());
    if digits == 0 {
        return format!("{sign}{amount}");
    }
    let width = usize::try_from(digits).unwrap_or(0);
    format!("{sign}{}.{:0width$}", amount / scale, amount % scale)
}

/// A table's columns by name, with the names that the source gave them, and each row's place in its file.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sheet {
    pub(crate) columns: Vec<(String, Column)>,
    /// Source name, canonical field.
    pub(crate) aliases: Vec<(String, String)>,
    pub(crate) file: Vec<i32>,
    pub(crate) row: Vec<i64>,
    /// Of stage history that stood in columns: when each entry was made, in seconds since 1970 UTC. Empty elsewhere.
    pub(crate) made: Vec<i64>,
}

impl Sheet {
    pub(crate) fn rows(&self) -> usize {
        self.row.len()
    }

    /// The column's own name: the one asked for, else the one that the source calls so, without regard to case; else
    /// either without regard to spaces and underscores.
    pub(crate) fn name_of(&self, asked: &str) -> Option<&str> {
        let called = |same: &dyn Fn(&str) -> bool| {
            let own = self.columns.iter().map(|(name, _)| name).find(|name| same(name));
            own.or_else(|| {
                self.aliases
                    .iter()
                    .find(|(source, _)| same(source))
                    .map(|(_, field)| field)
            })
        };
        let wanted = normalise(asked);
        called(&|name| same_name(name, asked))
            .or_else(|| called(&|name| normalise(name) == wanted))
            .map(String::as_str)
    }

    /// The column of a name, as [`Sheet::name_of`] finds it.
    pub(crate) fn column(&self, asked: &str) -> Option<&Column> {
        let name = self.name_of(asked)?;
        self.columns
            .iter()
            .find(|(column, _)| column == name)
            .map(|(_, found)| found)
    }

    /// A value as text, empty where missing.
    pub(crate) fn shown(&self, name: &str, row: usize) -> String {
        self.column(name).map_or(String::new(), |column| column.shown(row))
    }

    pub(crate) fn text(&self, name: &str) -> Cow<'_, Words> {
        match self.column(name) {
            Some(column) => column.keys(self.rows()),
            None => Cow::Owned(Words::missing(self.rows())),
        }
    }

    pub(crate) fn days(&self, name: &str) -> Cow<'_, [i32]> {
        match self.column(name) {
            Some(Column::Day(days)) => Cow::Borrowed(days),
            _ => Cow::Owned(vec![NO_DAY; self.rows()]),
        }
    }

    pub(crate) fn numbers(&self, name: &str) -> Cow<'_, [f64]> {
        match self.column(name) {
            Some(Column::Number(numbers)) => Cow::Borrowed(numbers),
            _ => Cow::Owned(vec![f64::NAN; self.rows()]),
        }
    }

    pub(crate) fn money(&self, name: &str) -> Cow<'_, [i64]> {
        match self.column(name) {
            Some(Column::Money { minor, .. }) => Cow::Borrowed(minor),
            _ => Cow::Owned(vec![NO_MONEY; self.rows()]),
        }
    }

    /// Says how many digits after the point the amounts of a currency have; two where nobody says which it is.
    pub(crate) fn set_digits(&mut self, currency: Option<Currency>) {
        for (_, column) in &mut self.columns {
            if let Column::Money { digits, .. } = column {
                *digits = currency.map_or(2, Currency::minor_digits);
            }
        }
    }

    /// The same rows in the order of these text columns, then of their place in their files.
    pub(crate) fn ordered_by(mut self, names: &[&str]) -> Self {
        let keys: Vec<Cow<'_, Words>> = names.iter().map(|name| self.text(name)).collect();
        let compare = |one: usize, other: usize| {
            let codes = |row: usize| keys.iter().map(move |words| words.codes[row]);
            let places = |row: usize| (self.file[row], self.row[row]);
            codes(one)
                .cmp(codes(other))
                .then_with(|| places(one).cmp(&places(other)))
        };
        // Files of a snapshot are sorted by their key.
        if (1..self.rows()).all(|row| compare(row - 1, row).is_le()) {
            return self;
        }
        let mut order: Vec<u32> = (0..self.rows()).map(code).collect();
        order.par_sort_unstable_by(|one, other| compare(index(*one), index(*other)).then(one.cmp(other)));
        drop(keys);
        for (_, column) in &mut self.columns {
            *column = column.gathered(&order);
        }
        self.file = gather(&self.file, &order, 0);
        self.row = gather(&self.row, &order, 0);
        self
    }
}
