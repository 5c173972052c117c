//! Walks a TOML document by hand, so that every problem is collected with its place. Knows tables and values, no
//! sections.

use super::{Lines, Places};
use crate::findings::catalogue::{F01, F02};
use crate::findings::{Code, Finding, found};
use crate::words::{Word, nearest};
use crate::{Cycle, Range, limits};
use jiff::civil::Date;
use std::collections::BTreeMap;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

type Value<'t> = Spanned<DeValue<'t>>;

/// A table of the document, with its path.
#[derive(Clone, Copy)]
pub(super) struct Table<'r, 't> {
    pub(super) path: &'r str,
    pub(super) table: &'r DeTable<'t>,
}

/// Collects what the walk finds.
pub(super) struct Reader<'t> {
    lines: Lines<'t>,
    pub(super) findings: Vec<Finding>,
    pub(super) places: Places,
}

/// `a.b`, or `b` at the root.
fn join(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

impl<'t> Reader<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            lines: Lines::new(text),
            findings: Vec::new(),
            places: Places(BTreeMap::new()),
        }
    }

    /// Adds a finding about a span of the text.
    pub(super) fn report(
        &mut self,
        code: &'static Code,
        path: &str,
        span: std::ops::Range<usize>,
        message: String,
        help: String,
    ) {
        let place = self.lines.place(span);
        self.findings.push(found(code, path, Some(&place), message, help));
    }

    fn wrong(&mut self, path: &str, value: &Value<'_>, expected: &str) {
        let is = kind(value.get_ref());
        self.report(
            F02,
            path,
            value.span(),
            format!("{path} is {is}"),
            format!("Write {expected}."),
        );
    }

    /// Notes the place of every key of a table and reports the keys that the form does not have.
    pub(super) fn keys(&mut self, at: Table<'_, '_>, known: &[&str]) {
        for (key, value) in at.table {
            let (name, path) = (key.get_ref().as_ref(), join(at.path, key.get_ref()));
            if known.contains(&name) {
                self.places.0.insert(path, self.lines.place(value.span()));
                continue;
            }
            let help = nearest(name, known.iter().copied()).map_or_else(
                || format!("The keys here are: {}.", known.join(", ")),
                |near| format!("Did you mean {near:?}?"),
            );
            let message = format!("{:?} is not a key of the form", shortened(&path));
            self.report(F01, &path, key.span(), message, help);
        }
    }

    /// The value of a key read in one way; a finding that says what was expected when it cannot be.
    fn value<'r, 'v, V>(
        &mut self,
        at: Table<'r, 'v>,
        key: &str,
        expected: &str,
        read: impl FnOnce(&'r DeValue<'v>) -> Option<V>,
    ) -> Option<V> {
        let value = at.table.get(key)?;
        let read = read(value.get_ref());
        if read.is_none() {
            self.wrong(&join(at.path, key), value, expected);
        }
        read
    }

    /// A text; empty when missing.
    pub(super) fn text(&mut self, at: Table<'_, '_>, key: &str) -> String {
        let text = self.value(at, key, "a text in double quotes", |value| {
            value.as_str().map(str::to_owned)
        });
        text.unwrap_or_default()
    }

    /// Texts; empty when missing. Items that are no text are reported and left out.
    pub(super) fn texts(&mut self, at: Table<'_, '_>, key: &str) -> Vec<String> {
        const EXPECTED: &str = "a list of texts, such as [\"Workbright\", \"PeopleOak\"]";
        let Some(items) = self.value(at, key, EXPECTED, DeValue::as_array) else {
            return Vec::new();
        };
        let mut texts = Vec::with_capacity(items.len());
        for item in items.iter() {
            match item.get_ref().as_str() {
                Some(text) => texts.push(text.to_owned()),
                None => self.wrong(&join(at.path, key), item, "a text in double quotes"),
            }
        }
        texts
    }

    /// A number.
    pub(super) fn number(&mut self, at: Table<'_, '_>, key: &str) -> Option<f64> {
        self.value(at, key, "a number, such as 20, 0.5 or 3_800_000", number)
    }

    /// A whole number that is not negative.
    pub(super) fn count(&mut self, at: Table<'_, '_>, key: &str) -> Option<u32> {
        self.value(at, key, "a whole number, 0 or more", |value| {
            let integer = value.as_integer()?;
            u32::from_str_radix(integer.as_str(), integer.radix()).ok()
        })
    }

    /// True or false.
    pub(super) fn yes_or_no(&mut self, at: Table<'_, '_>, key: &str) -> Option<bool> {
        self.value(at, key, "true or false", DeValue::as_bool)
    }

    /// An 80% range.
    pub(super) fn range(&mut self, at: Table<'_, '_>, key: &str) -> Option<Range> {
        self.value(at, key, "the 80% range as two numbers, [low, high]", |value| {
            let ends: Vec<f64> = value
                .as_array()?
                .iter()
                .map(|end| number(end.get_ref()))
                .collect::<Option<_>>()?;
            match ends[..] {
                [low, high] => Some(Range::new(low, high)),
                _ => None,
            }
        })
    }

    /// A calendar day.
    pub(super) fn date(&mut self, at: Table<'_, '_>, key: &str) -> Option<Date> {
        self.value(at, key, "a day of the calendar as 2026-12-31", date)
    }

    /// A cycle.
    pub(super) fn cycle(&mut self, at: Table<'_, '_>, key: &str) -> Option<Cycle> {
        self.parsed(at, key, "a cycle as \"2026-Q3\" or \"2026-H2\"", |text| {
            Cycle::parse(text).ok()
        })
    }

    /// One word of a closed list.
    pub(super) fn word<W: Word>(&mut self, at: Table<'_, '_>, key: &str) -> Option<W> {
        let expected = format!("one of {}", quoted(W::WORDS));
        self.parsed(at, key, &expected, W::read)
    }

    /// Words of a closed list; each that is not in it is reported.
    pub(super) fn words<W: Word>(&mut self, at: Table<'_, '_>, key: &str) -> Option<Vec<W>> {
        let expected = format!("a list of words, each one of {}", quoted(W::WORDS));
        self.value(at, key, &expected, |value| {
            value
                .as_array()?
                .iter()
                .map(|item| W::read(item.get_ref().as_str()?))
                .collect()
        })
    }

    /// A text that stands for something else.
    pub(super) fn parsed<V>(
        &mut self,
        at: Table<'_, '_>,
        key: &str,
        expected: &str,
        read: impl FnOnce(&str) -> Option<V>,
    ) -> Option<V> {
        let text = self.value(at, key, expected, DeValue::as_str)?;
        let value = read(text);
        if value.is_none() {
            let path = join(at.path, key);
            let span = at.table.get(key).map_or(0..0, Spanned::span);
            let message = format!("{path} is {:?}", shortened(text));
            self.report(F02, &path, span, message, format!("Write {expected}."));
        }
        value
    }

    /// A table within a table, read by `read`.
    pub(super) fn table<V>(
        &mut self,
        at: Table<'_, '_>,
        key: &str,
        known: &[&str],
        read: impl FnOnce(&mut Self, Table<'_, '_>) -> V,
    ) -> Option<V> {
        let path = join(at.path, key);
        let table = self.value(at, key, &format!("a table, [{}]", unnumbered(&path)), DeValue::as_table)?;
        let at = Table { path: &path, table };
        self.keys(at, known);
        Some(read(self, at))
    }

    /// Tables under one name (`[[bet]]`), each read by `read`.
    pub(super) fn tables<V>(
        &mut self,
        at: Table<'_, '_>,
        key: &str,
        known: &[&str],
        mut read: impl FnMut(&mut Self, Table<'_, '_>) -> V,
    ) -> Vec<V> {
        let path = join(at.path, key);
        let expected = format!("one or more tables, each under [[{}]]", unnumbered(&path));
        let Some(items) = self.value(at, key, &expected, DeValue::as_array) else {
            return Vec::new();
        };
        let mut values = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let path = format!("{path}[{index}]");
            self.places.0.insert(path.clone(), self.lines.place(item.span()));
            if let Some(table) = item.get_ref().as_table() {
                let at = Table { path: &path, table };
                self.keys(at, known);
                values.push(read(self, at));
            } else {
                self.wrong(&path, item, &expected);
            }
        }
        values
    }
}

/// `bet.step` of `bet[0].step`.
fn unnumbered(path: &str) -> String {
    let is_index = |c: char| c == '[' || c == ']' || c.is_ascii_digit();
    path.split('.')
        .map(|part| part.trim_end_matches(is_index))
        .collect::<Vec<_>>()
        .join(".")
}

fn quoted(words: &[&str]) -> String {
    words
        .iter()
        .map(|word| format!("{word:?}"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// The beginning of what may be very long.
fn shortened(text: &str) -> String {
    if text.chars().count() <= limits::NAME_CHARS {
        return text.to_owned();
    }
    text.chars().take(limits::NAME_CHARS).chain(['…']).collect()
}

/// What a value is, in words.
fn kind(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => format!("the text {:?}", shortened(text)),
        DeValue::Integer(number) => format!("the number {}", shortened(&number.to_string())),
        DeValue::Float(number) => format!("the number {}", shortened(number.as_str())),
        DeValue::Boolean(truth) => format!("{truth}"),
        DeValue::Datetime(moment) if moment.date.is_none() && moment.time.is_none() => {
            "not a day of the calendar".to_owned()
        }
        DeValue::Datetime(moment) => format!("the date {moment}"),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    }
}

/// A finite number. Infinity and not-a-number mean nothing in a strategy.
fn number(value: &DeValue<'_>) -> Option<f64> {
    let number = match value {
        DeValue::Integer(integer) if integer.radix() == 10 => integer.as_str().parse::<f64>().ok()?,
        DeValue::Integer(integer) => i64::from_str_radix(integer.as_str(), integer.radix()).ok()? as f64,
        DeValue::Float(float) => float.as_str().parse::<f64>().ok()?,
        _ => return None,
    };
    number.is_finite().then_some(number)
}

/// A day, written bare or as a text.
fn date(value: &DeValue<'_>) -> Option<Date> {
    let day = match value {
        DeValue::Datetime(moment) => {
            let day = moment
                .date
                .filter(|_| moment.time.is_none() && moment.offset.is_none())?;
            let [year, month, day] = [day.year, u16::from(day.month), u16::from(day.day)].map(i16::try_from);
            Date::new(
                year.ok()?,
                i8::try_from(month.ok()?).ok()?,
                i8::try_from(day.ok()?).ok()?,
            )
            .ok()?
        }
        DeValue::String(text) if text.len() == "2026-12-31".len() => text.parse().ok()?,
        _ => return None,
    };
    (limits::FIRST_YEAR..=limits::LAST_YEAR)
        .contains(&day.year())
        .then_some(day)
}
