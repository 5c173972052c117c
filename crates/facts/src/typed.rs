//! Cells made into days, amounts, numbers and ids. It must not know tables, files or columns.

use std::borrow::Cow;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::limits::YEARS;

/// Which part of an all-digit date comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DateOrder {
    /// 31/12/2024.
    DayFirst,
    /// 12/31/2024.
    MonthFirst,
    /// 24/12/31.
    YearFirst,
}

/// Which sign stands before the decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decimal {
    /// 1,234.56
    Point,
    /// 1.234,56
    Comma,
}

/// Whether a cell says that there is nothing: empty, a dash, `N/A`.
pub(crate) fn is_missing(text: &str) -> bool {
    let text = text.trim();
    matches!(text, "" | "-" | "–" | "—")
        || (text.len() <= 4 && ["n/a", "#n/a"].iter().any(|word| text.eq_ignore_ascii_case(word)))
}

/// As [`is_missing`], and the words that programs write for nothing. A company may be called Null; a day may not.
pub(crate) fn is_missing_value(text: &str) -> bool {
    let text = text.trim();
    is_missing(text)
        || (text.len() <= 4
            && ["na", "null", "none", "nil", "nan", "nat"]
                .iter()
                .any(|w| text.eq_ignore_ascii_case(w)))
}

/// An Excel error standing in a cell. `#N/A` is none: it says that there is nothing.
pub(crate) fn is_excel_error(text: &str) -> bool {
    matches!(
        text.trim(),
        "#REF!" | "#DIV/0!" | "#VALUE!" | "#NAME?" | "#NULL!" | "#NUM!" | "#DATA!" | "#SPILL!"
    )
}

/// A yes or a no.
pub(crate) fn flag(text: &str) -> Result<Option<bool>, &'static str> {
    let text = text.trim();
    let is = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is_missing_value(text) {
        Ok(None)
    } else if is(&["true", "yes", "y", "t", "1", "1.0", "x"]) {
        Ok(Some(true))
    } else if is(&["false", "no", "n", "f", "0", "0.0"]) {
        Ok(Some(false))
    } else {
        Err("neither yes nor no")
    }
}

/// An id without the last three characters of the long form of a Salesforce id, which only repeat the capitals of the
/// first fifteen. (Salesforce, "ID Field Type": the 15-character form is case-sensitive, the 18-character form is not.)
pub(crate) fn id(text: &str) -> &str {
    let text = text.trim();
    if is_long_salesforce_id(text) { &text[..15] } else { text }
}

fn is_long_salesforce_id(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.len() != 18 || !bytes.iter().all(u8::is_ascii_alphanumeric) {
        return false;
    }
    let suffix = &bytes[15..];
    let told = bytes[..15].chunks(5).map(|five| {
        let capitals = five
            .iter()
            .rev()
            .fold(0_u8, |bits, c| bits << 1 | u8::from(c.is_ascii_uppercase()));
        if capitals < 26 {
            b'A' + capitals
        } else {
            b'0' + capitals - 26
        }
    });
    if told.eq(suffix.iter().copied()) {
        return true;
    }
    // Scrambled exports break the check; the prefixes of the objects that we read still tell.
    let known = [
        "001", "003", "005", "006", "00Q", "00T", "00U", "00k", "00K", "00D", "008", "701",
    ];
    let could_be_check = |c: &u8| c.is_ascii_uppercase() || (b'0'..=b'5').contains(c);
    known.contains(&&text[..3]) && suffix.iter().all(could_be_check) && suffix.iter().any(u8::is_ascii_uppercase)
}

/// The host of a web address, in lower case and without `www.`; any other text as it is.
pub(crate) fn domain(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    let rest = text.split_once("://").map_or(text, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#', ' ']).next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default();
    let host = host
        .split(':')
        .next()
        .unwrap_or_default()
        .trim_end_matches('.')
        .to_lowercase();
    let host = host.strip_prefix("www.").unwrap_or(&host);
    if host.contains('.') {
        Cow::Owned(host.to_owned())
    } else {
        Cow::Borrowed(text)
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// Days

/// Days since 1970-01-01.
pub(crate) fn days(date: Date) -> i32 {
    let days = date.duration_since(Date::constant(1970, 1, 1)).as_secs() / 86_400;
    i32::try_from(days).unwrap_or(i32::MAX)
}

/// The date so many days after 1970-01-01, within the years of jiff.
pub(crate) fn date_of(days: i32) -> Option<Date> {
    Date::constant(1970, 1, 1)
        .checked_add(jiff::SignedDuration::from_hours(i64::from(days) * 24))
        .ok()
}

/// How a cell could be read as a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape<'a> {
    /// The one way.
    Plain {
        year: i64,
        month: i64,
        day: i64,
        time: &'a str,
    },
    /// Three numbers whose order is open; `year_last` where the third has four digits.
    Open {
        parts: [i64; 3],
        year_last: bool,
        dotted: bool,
        time: &'a str,
    },
    /// Days since 1970-01-01.
    Days(i64),
}

const NOT_A_DATE: &str = "not a date";

/// A cell as a day. An instant with an offset becomes its day in UTC. `epoch_1904`: serial numbers count from 1904.
///
/// # Errors
/// Why it is none, as the reason of a reject.
pub(crate) fn day(text: &str, order: Option<DateOrder>, epoch_1904: bool) -> Result<Date, &'static str> {
    let (year, month, day, time) = match shape(text.trim(), epoch_1904).ok_or(NOT_A_DATE)? {
        Shape::Days(days) => {
            let date = i32::try_from(days).ok().and_then(date_of).ok_or(NOT_A_DATE)?;
            return believed(date);
        }
        Shape::Plain { year, month, day, time } => (year, month, day, time),
        Shape::Open {
            parts: [a, b, c],
            year_last,
            dotted,
            time,
        } => {
            let order = order.or(if dotted {
                Some(DateOrder::DayFirst)
            } else {
                only_order(a, b, c, year_last)
            });
            match order.ok_or("a date that could be day-first or month-first")? {
                DateOrder::MonthFirst => (full_year(c, year_last), a, b, time),
                DateOrder::YearFirst if !year_last => (full_year(a, false), b, c, time),
                DateOrder::DayFirst | DateOrder::YearFirst => (full_year(c, year_last), b, a, time),
            }
        }
    };
    let small = |number: i64| i8::try_from(number).ok();
    let date = (|| Date::new(i16::try_from(year).ok()?, small(month)?, small(day)?).ok())().ok_or("no such day")?;
    let shift = day_shift(time).ok_or("not a date and time")?;
    believed(
        date.checked_add(jiff::SignedDuration::from_hours(24 * shift))
            .map_err(|_| NOT_A_DATE)?,
    )
}

fn believed(date: Date) -> Result<Date, &'static str> {
    if YEARS.contains(&date.year()) {
        Ok(date)
    } else {
        Err("a date outside of the years 1900 to 2199")
    }
}

fn full_year(year: i64, four_digits: bool) -> i64 {
    match year {
        _ if four_digits => year,
        0..=69 => 2000 + year,
        _ => 1900 + year,
    }
}

// Where every order but one is impossible, or both give the same day.
fn only_order(a: i64, b: i64, c: i64, year_last: bool) -> Option<DateOrder> {
    let month = |number: i64| (1..=12).contains(&number);
    let day = |number: i64| (1..=31).contains(&number);
    let day_first = day(a) && month(b);
    let month_first = month(a) && day(b);
    match (day_first, month_first) {
        (true, true) if a == b => Some(DateOrder::DayFirst),
        (true, false) => Some(DateOrder::DayFirst),
        (false, true) => Some(DateOrder::MonthFirst),
        (false, false) if !year_last && month(b) && day(c) => Some(DateOrder::YearFirst),
        _ => None,
    }
}

fn shape(text: &str, epoch_1904: bool) -> Option<Shape<'_>> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    if digits == text.len() || (digits == 5 && text.as_bytes().get(5) == Some(&b'.')) {
        return all_digits(text, digits, epoch_1904);
    }
    if digits == 0 || digits > 4 {
        month_named(text)
    } else {
        three_numbers(text).or_else(|| month_named(text))
    }
}

fn all_digits(text: &str, digits: usize, epoch_1904: bool) -> Option<Shape<'_>> {
    let whole: i64 = text.get(..digits)?.parse().ok()?;
    match digits {
        13 => Some(Shape::Days(whole / 86_400_000)),
        8 => Some(Shape::Plain {
            year: whole / 10_000,
            month: whole / 100 % 100,
            day: whole % 100,
            time: "",
        }),
        // Serial day 0 is 1899-12-30, or 1904-01-01 in workbooks that began on a Macintosh.
        5 if text
            .get(digits..)
            .is_some_and(|rest| rest.bytes().skip(1).all(|c| c.is_ascii_digit())) =>
        {
            Some(Shape::Days(whole - 25_569 + if epoch_1904 { 1_462 } else { 0 }))
        }
        _ => None,
    }
}

fn three_numbers(text: &str) -> Option<Shape<'_>> {
    let (a, a_digits, rest) = leading_number(text)?;
    let sign = rest.chars().next().filter(|c| matches!(c, '-' | '/' | '.'))?;
    let (b, b_digits, rest) = leading_number(&rest[1..])?;
    let (c, c_digits, time) = leading_number(rest.strip_prefix(sign)?)?;
    if b_digits > 2 {
        return None;
    }
    let (parts, dotted) = ([a, b, c], sign == '.');
    match (a_digits, c_digits) {
        (4, 1 | 2) => Some(Shape::Plain {
            year: a,
            month: b,
            day: c,
            time,
        }),
        (1 | 2, 4) => Some(Shape::Open {
            parts,
            year_last: true,
            dotted,
            time,
        }),
        (1 | 2, 2) => Some(Shape::Open {
            parts,
            year_last: false,
            dotted,
            time,
        }),
        _ => None,
    }
}

fn leading_number(text: &str) -> Option<(i64, usize, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let number = text
        .get(..digits)
        .filter(|digits| (1..=9).contains(&digits.len()))?
        .parse()
        .ok()?;
    Some((number, digits, &text[digits..]))
}

// 5 Mar 2024; Mar 5th, 2024; 2024-Mar-05; Tue, 5 March 2024 10:00 GMT.
fn month_named(text: &str) -> Option<Shape<'_>> {
    let mut rest = text;
    let (mut month, mut first, mut second) = (None, None, None);
    while month.is_none() || second.is_none() {
        rest = rest.trim_start_matches([' ', ',', '-', '/', '.']);
        let word = &rest[..rest.bytes().take_while(u8::is_ascii_alphabetic).count()];
        if word.is_empty() {
            let (number, digits, after) = leading_number(rest)?;
            let suffix = ["st", "nd", "rd", "th"]
                .iter()
                .find_map(|suffix| after.strip_prefix(suffix));
            rest = suffix.unwrap_or(after);
            *(if first.is_none() { &mut first } else { &mut second }) = Some((number, digits));
        } else {
            rest = &rest[word.len()..];
            match month_number(word) {
                Some(number) if month.is_none() => month = Some(number),
                _ if first.is_none() && month.is_none() && is_weekday(word) => {}
                _ => return None,
            }
        }
    }
    let ((a, a_digits), (b, b_digits)) = (first?, second?);
    let (day, year, year_digits) = if a_digits == 4 { (b, a, 4) } else { (a, b, b_digits) };
    if !matches!(year_digits, 2 | 4) {
        return None;
    }
    Some(Shape::Plain {
        year: full_year(year, year_digits == 4),
        month: month?,
        day,
        time: rest,
    })
}

fn named_by<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<usize> {
    let word = word.to_ascii_lowercase();
    names
        .into_iter()
        .position(|name| word.len() >= 3 && (name.starts_with(&word) || word == "sept" && name == "september"))
}

fn month_number(word: &str) -> Option<i64> {
    let names = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    named_by(word, names).and_then(|index| i64::try_from(index + 1).ok())
}

fn is_weekday(word: &str) -> bool {
    named_by(
        word,
        [
            "monday",
            "tuesday",
            "wednesday",
            "thursday",
            "friday",
            "saturday",
            "sunday",
        ],
    )
    .is_some()
}

// How many days UTC is away from the written day: 0 without a time or an offset. None where it is no time.
fn day_shift(time: &str) -> Option<i64> {
    let time = time.trim_start_matches(['T', 't', ',', ' ']).trim_end();
    if time.is_empty() {
        return Some(0);
    }
    let (hour, hour_digits, rest) = leading_number(time)?;
    let (minute, 2, mut rest) = leading_number(rest.strip_prefix(':')?)? else {
        return None;
    };
    if let Some(after) = rest.strip_prefix(':') {
        let (second, 2, after) = leading_number(after)? else {
            return None;
        };
        let fraction = after
            .strip_prefix(['.', ','])
            .map(|after| after.trim_start_matches(|c: char| c.is_ascii_digit()));
        rest = fraction.unwrap_or(after);
        if second > 60 {
            return None;
        }
    }
    let (half, zone) = half_day(rest.trim_start());
    let hour = match half {
        Some(afternoon) if (1..=12).contains(&hour) => hour % 12 + if afternoon { 12 } else { 0 },
        None if hour <= 24 => hour,
        _ => return None,
    };
    if hour_digits > 2 || minute > 59 {
        return None;
    }
    Some((hour * 60 + minute - offset_minutes(zone)?).div_euclid(1_440)).map(|shift| {
        // 24:00 without an offset is the end of its own day.
        if zone.is_empty() { 0 } else { shift }
    })
}

fn half_day(text: &str) -> (Option<bool>, &str) {
    let half = text.get(..2).and_then(|half| match half.to_ascii_lowercase().as_str() {
        "am" => Some(false),
        "pm" => Some(true),
        _ => None,
    });
    if half.is_some() {
        (half, text[2..].trim_start())
    } else {
        (None, text)
    }
}

fn offset_minutes(zone: &str) -> Option<i64> {
    if matches!(zone, "" | "Z" | "z" | "UTC" | "GMT") {
        return Some(0);
    }
    let sign = match zone.chars().next()? {
        '+' => 1,
        '-' => -1,
        _ => return None,
    };
    let (number, digits, rest) = leading_number(&zone[1..])?;
    let (hours, minutes) = match (digits, rest) {
        (4, "") => (number / 100, number % 100),
        (1 | 2, "") => (number, 0),
        (1 | 2, rest) => match leading_number(rest.strip_prefix(':')?)? {
            (minutes, 2, "") => (number, minutes),
            _ => return None,
        },
        _ => return None,
    };
    (hours <= 15 && minutes <= 59).then_some(sign * (hours * 60 + minutes))
}

/// What a whole column says of the order of its all-digit dates. Each count has the first row and value that it met.
#[derive(Debug, Default, Clone)]
pub(crate) struct DateTally {
    day_first: Tally,
    month_first: Tally,
    either: Tally,
}

/// A count with its first example.
#[derive(Debug, Default, Clone)]
pub(crate) struct Tally {
    count: u64,
    example: Option<(u64, String)>,
}

impl Tally {
    fn add(&mut self, row: u64, value: &str) {
        self.count += 1;
        self.example.get_or_insert_with(|| (row, value.trim().to_owned()));
    }

    fn says(&self) -> String {
        let (row, value) = self
            .example
            .as_ref()
            .map_or((0, ""), |(row, value)| (*row, value.as_str()));
        format!("`{value}` in row {row}")
    }
}

impl DateTally {
    pub(crate) fn add(&mut self, row: u64, value: &str) {
        let Some(Shape::Open {
            parts: [a, b, c],
            year_last,
            dotted: false,
            ..
        }) = shape(value.trim(), false)
        else {
            return;
        };
        match only_order(a, b, c, year_last) {
            _ if a == b && year_last => {}
            Some(DateOrder::DayFirst) => self.day_first.add(row, value),
            Some(DateOrder::MonthFirst) => self.month_first.add(row, value),
            Some(DateOrder::YearFirst) => {}
            None => self.either.add(row, value),
        }
    }

    /// The order, where the column decides it or has nothing to decide.
    ///
    /// # Errors
    /// The question.
    pub(crate) fn decide(&self) -> Result<Option<DateOrder>, String> {
        match (self.day_first.count, self.month_first.count, self.either.count) {
            (0, 0, 0) => Ok(None),
            (0, 0, _) => Err(format!("{} could be day-first or month-first", self.either.says())),
            (_, 0, _) => Ok(Some(DateOrder::DayFirst)),
            (0, _, _) => Ok(Some(DateOrder::MonthFirst)),
            _ => Err(format!(
                "{} can only be day-first and {} only month-first",
                self.day_first.says(),
                self.month_first.says()
            )),
        }
    }
}

// ---------------------------------------------------------------------------------------------------------------------
// Amounts and numbers

/// What a whole column says of its decimal sign.
#[derive(Debug, Default, Clone)]
pub(crate) struct DecimalTally {
    point: Tally,
    comma: Tally,
    maybe_point: Tally,
    maybe_comma: Tally,
}

impl DecimalTally {
    pub(crate) fn add(&mut self, row: u64, value: &str) {
        let points = value.bytes().filter(|&c| c == b'.').count();
        let commas = value.bytes().filter(|&c| c == b',').count();
        let tally = match (points, commas) {
            (0, 0) => return,
            (0, 1) if groups_of_three(value, ',') => &mut self.maybe_comma,
            (1, 0) if groups_of_three(value, '.') => &mut self.maybe_point,
            (0, 1) => &mut self.comma,
            (1, 0) => &mut self.point,
            (0, _) => &mut self.point,
            (_, 0) => &mut self.comma,
            _ if value.rfind('.') > value.rfind(',') => &mut self.point,
            _ => &mut self.comma,
        };
        tally.add(row, value);
    }

    /// The sign, where the column decides it or has nothing to decide. `whole`: three digits after a comma are
    /// thousands, since no one writes money or heads of staff to three decimals.
    ///
    /// # Errors
    /// The question.
    pub(crate) fn decide(&self, whole: bool) -> Result<Option<Decimal>, String> {
        match (
            self.point.count,
            self.comma.count,
            self.maybe_point.count,
            self.maybe_comma.count,
        ) {
            (0, 0, 0, 0) => Ok(None),
            (1.., 1.., _, _) => Err(format!(
                "{} has a decimal point and {} a decimal comma",
                self.point.says(),
                self.comma.says()
            )),
            (1.., 0, _, _) => Ok(Some(Decimal::Point)),
            (0, 1.., _, _) => Ok(Some(Decimal::Comma)),
            (0, 0, 0, _) if whole => Ok(Some(Decimal::Point)),
            (0, 0, 0, _) => Err(format!(
                "{} could have a decimal comma or a thousands comma",
                self.maybe_comma.says()
            )),
            (0, 0, _, _) => Err(format!(
                "{} could have a decimal point or a thousands point",
                self.maybe_point.says()
            )),
        }
    }
}

// One to three digits, the sign, three digits: 1,234 but neither 0,234 nor 1234,567.
fn groups_of_three(value: &str, sign: char) -> bool {
    let Some((before, after)) = value.split_once(sign) else {
        return false;
    };
    let before: Vec<u8> = before.bytes().rev().take_while(u8::is_ascii_digit).collect();
    let after = after.bytes().take_while(u8::is_ascii_digit).count();
    (1..=3).contains(&before.len()) && before.last() != Some(&b'0') && after == 3
}

/// A cell as an amount in minor units, halves rounded away from zero. `digits`: those of the currency's minor unit.
///
/// # Errors
/// Why it is none, as the reason of a reject.
pub(crate) fn amount(text: &str, decimal: Decimal, digits: u32) -> Result<i64, &'static str> {
    let plain = plain_number(text, decimal).ok_or("not an amount")?;
    let plain = if plain.contains(['e', 'E']) {
        let number: f64 = plain.parse().map_err(|_| "not an amount")?;
        if number.abs() > 1e18 {
            return Err("an amount too large to hold");
        }
        format!("{number}")
    } else {
        plain
    };
    let (negative, plain) = plain
        .strip_prefix('-')
        .map_or((false, plain.as_str()), |rest| (true, rest));
    let (whole, fraction) = plain.split_once('.').unwrap_or((plain, ""));
    let digits = usize::try_from(digits).map_err(|_| "not an amount")?;
    let kept = fraction.bytes().chain(std::iter::repeat(b'0')).take(digits);
    let round_up = fraction.as_bytes().get(digits).is_some_and(|&next| next >= b'5');
    let minor = whole.bytes().chain(kept).try_fold(0_i64, |sum, digit| {
        sum.checked_mul(10)?.checked_add(i64::from(digit - b'0'))
    });
    let minor = minor
        .and_then(|minor| minor.checked_add(i64::from(round_up)))
        .ok_or("an amount too large to hold")?;
    Ok(if negative { -minor } else { minor })
}

/// A cell as a plain number.
///
/// # Errors
/// Why it is none, as the reason of a reject.
pub(crate) fn number(text: &str, decimal: Decimal) -> Result<f64, &'static str> {
    let number: f64 = plain_number(text, decimal)
        .and_then(|plain| plain.parse().ok())
        .ok_or("not a number")?;
    if number.is_finite() {
        Ok(number)
    } else {
        Err("a number too large to hold")
    }
}

/// The currency code that stands before or after the digits of an amount: `EUR 1.234,56`.
pub(crate) fn currency_beside(text: &str) -> Option<&str> {
    let text = text.trim().trim_start_matches('(').trim_end_matches(')').trim();
    let letters = |word: &str| word.len() == 3 && word.bytes().all(|c| c.is_ascii_uppercase());
    let before = text
        .get(..3)
        .filter(|code| letters(code) && !text[3..].starts_with(char::is_alphabetic));
    let after = || {
        text.len()
            .checked_sub(3)
            .and_then(|at| text.get(at..))
            .filter(|code| letters(code))
    };
    before.or_else(after)
}

/// An ISO 4217 code in capitals.
///
/// # Errors
/// The reason of a reject.
pub(crate) fn currency(text: &str) -> Result<String, &'static str> {
    let code = text.trim().to_ascii_uppercase();
    let good = code.len() == 3 && code.bytes().all(|c| c.is_ascii_uppercase());
    if good {
        Ok(code)
    } else {
        Err("not a currency code of three letters")
    }
}

// Digits with at most one point, a leading minus, and an exponent where the cell had one.
fn plain_number(text: &str, decimal: Decimal) -> Option<String> {
    let text = text.trim();
    let (text, bracketed) = match text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        Some(inner) => (inner.trim(), true),
        None => (text, false),
    };
    let (text, before) = strip_minus(text);
    let (text, after) = strip_minus(strip_currency(text));
    if u8::from(bracketed) + u8::from(before) + u8::from(after) > 1 {
        return None;
    }
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], Some(text[at + 1..].parse::<i16>().ok()?)),
        None => (text, None),
    };
    let sign = if decimal == Decimal::Point { '.' } else { ',' };
    let (whole, fraction) = mantissa.split_once(sign).unwrap_or((mantissa, ""));
    if !fraction.bytes().all(|c| c.is_ascii_digit()) {
        return None;
    }
    let whole = ungrouped(whole, sign)?;
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let minus = if bracketed || before || after { "-" } else { "" };
    let whole = if whole.is_empty() { "0" } else { &whole };
    let fraction = if fraction.is_empty() {
        String::new()
    } else {
        format!(".{fraction}")
    };
    let exponent = exponent.map(|exponent| format!("e{exponent}")).unwrap_or_default();
    Some(format!("{minus}{whole}{fraction}{exponent}"))
}

fn strip_minus(text: &str) -> (&str, bool) {
    let minus = ['-', '\u{2212}'];
    match text.strip_prefix(minus).or_else(|| text.strip_suffix(minus)) {
        Some(rest) => (rest.trim(), true),
        None => (text.strip_prefix('+').unwrap_or(text), false),
    }
}

// Signs, ISO codes and the few words that stand for a currency, before or after the digits.
fn strip_currency(text: &str) -> &str {
    let is_mark = |mark: &str| {
        let mark = mark.trim();
        let signed = mark.chars().any(|c| "$€£¥₹₩₽₺₴₪₫฿₦₱₡₲₵₸₼₾¢".contains(c));
        let letters = mark.chars().filter(|c| c.is_alphabetic()).count();
        (signed && mark.chars().count() <= 4)
            || (letters == 3 && mark.len() == 3 && mark.bytes().all(|c| c.is_ascii_uppercase()))
            || ["kr", "kr.", "Fr.", "Rs", "Rs.", "zł", "Kč", "Ft", "lei", "R"].contains(&mark)
    };
    let starts = text
        .find(|c: char| c.is_ascii_digit() || matches!(c, '-' | '\u{2212}' | '('))
        .unwrap_or(0);
    let text = if starts > 0 && is_mark(&text[..starts]) {
        text[starts..].trim()
    } else {
        text
    };
    let ends = text.rfind(|c: char| c.is_ascii_digit() || matches!(c, '-' | '\u{2212}'));
    let ends = ends.map_or(0, |at| at + text[at..].chars().next().map_or(0, char::len_utf8));
    if ends < text.len() && is_mark(&text[ends..]) {
        text[..ends].trim()
    } else {
        text
    }
}

// The whole part without thousands separators: groups of three, or of two and a last of three as in India.
fn ungrouped(whole: &str, decimal: char) -> Option<String> {
    if whole.bytes().all(|c| c.is_ascii_digit()) {
        return Some(whole.to_owned());
    }
    let separator = whole.chars().find(|c| !c.is_ascii_digit())?;
    let known = [',', '.', ' ', '\u{a0}', '\u{202f}', '\'', '\u{2019}'];
    if separator == decimal || !known.contains(&separator) {
        return None;
    }
    let groups: Vec<&str> = whole.split(separator).collect();
    let (first, rest) = groups.split_first()?;
    let (last, middle) = rest.split_last()?;
    let digits = groups.iter().all(|group| group.bytes().all(|c| c.is_ascii_digit()));
    let good = digits && (1..=3).contains(&first.len()) && last.len() == 3;
    let even = middle.iter().all(|group| group.len() == 3) || middle.iter().all(|group| group.len() == 2);
    (good && even).then(|| groups.concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn free(text: &str) -> Result<Date, &'static str> {
        day(text, None, false)
    }

    #[test]
    fn days_are_read_in_every_plain_form() {
        let expected = date(2024, 3, 5);
        for text in [
            "2024-03-05",
            "2024-3-5",
            "2024/03/05",
            "2024.03.05",
            "20240305",
            " 2024-03-05 ",
            "2024-03-05T23:59:59",
            "2024-03-05 3:15:52",
            "2024-03-05 08:18:16.519000 UTC",
            "2024-03-05T10:00:00Z",
            "2024-03-05 24:00",
            "5 Mar 2024",
            "5-Mar-24",
            "Mar 5, 2024",
            "March 5th, 2024 10:30 AM",
            "2024-Mar-05",
            "05.03.2024",
            "Tue, 5 Mar 2024 10:00:00 GMT",
            "5/03/2024 0:00",
            "45356",
            "45356.75",
            "1709641800000",
        ] {
            let order = if text.contains('/') {
                Some(DateOrder::DayFirst)
            } else {
                None
            };
            assert_eq!(day(text, order, false), Ok(expected), "{text}");
        }
    }

    #[test]
    fn an_instant_with_an_offset_becomes_its_day_in_utc() {
        assert_eq!(free("2024-03-05T23:30:00-02:00"), Ok(date(2024, 3, 6)));
        assert_eq!(free("2024-03-05T00:30:00+0200"), Ok(date(2024, 3, 4)));
        assert_eq!(free("2024-03-05T12:00:00+05:30"), Ok(date(2024, 3, 5)));
    }

    #[test]
    fn serial_days_of_1904_are_four_years_and_a_day_later() {
        assert_eq!(day("43101", None, true), Ok(date(2022, 1, 2)));
        assert_eq!(day("43101", None, false), Ok(date(2018, 1, 1)));
    }

    #[test]
    fn what_is_no_day_says_why() {
        assert_eq!(free("30.02.2023"), Err("no such day"));
        assert_eq!(free("2023-13-01"), Err("no such day"));
        assert_eq!(free("9999-12-31"), Err("a date outside of the years 1900 to 2199"));
        assert_eq!(free("soon"), Err("not a date"));
        assert_eq!(free("2024-03-05 at noon"), Err("not a date and time"));
        assert_eq!(free("03/04/2024"), Err("a date that could be day-first or month-first"));
    }

    #[test]
    fn the_column_as_a_whole_decides_the_order_of_its_dates() {
        let decide = |values: &[&str]| {
            let mut tally = DateTally::default();
            values
                .iter()
                .enumerate()
                .for_each(|(at, value)| tally.add(at as u64 + 2, value));
            tally.decide()
        };
        assert_eq!(decide(&["03/04/2024", "25/04/2024"]), Ok(Some(DateOrder::DayFirst)));
        assert_eq!(decide(&["03/04/2024", "04/25/2024"]), Ok(Some(DateOrder::MonthFirst)));
        assert_eq!(decide(&["04/04/2024", "2024-01-02"]), Ok(None));
        assert_eq!(decide(&["03.04.2024"]), Ok(None));
        assert!(decide(&["03/04/2024"]).unwrap_err().contains("`03/04/2024` in row 2"));
        assert!(
            decide(&["25/04/2024", "04/25/2024"])
                .unwrap_err()
                .contains("only month-first")
        );
    }

    #[test]
    fn amounts_are_read_to_the_minor_unit() {
        for (text, decimal, minor) in [
            ("1054", Decimal::Point, 105_400),
            ("$1,234", Decimal::Point, 123_400),
            ("1.234,56", Decimal::Comma, 123_456),
            ("EUR 1.234,56", Decimal::Comma, 123_456),
            ("1 234,56 €", Decimal::Comma, 123_456),
            ("1'234.50 CHF", Decimal::Point, 123_450),
            ("12,34,567.00", Decimal::Point, 123_456_700),
            ("(500)", Decimal::Point, -50_000),
            ("-$500.00", Decimal::Point, -50_000),
            ("$-500", Decimal::Point, -50_000),
            ("500-", Decimal::Point, -50_000),
            ("US$ 12", Decimal::Point, 1_200),
            ("0.125", Decimal::Point, 13),
            (".5", Decimal::Point, 50),
            ("1100.0400000001", Decimal::Point, 110_004),
            ("1.2E+07", Decimal::Point, 1_200_000_000),
        ] {
            assert_eq!(amount(text, decimal, 2), Ok(minor), "{text}");
        }
        assert_eq!(amount("1234", Decimal::Point, 0), Ok(1_234));
        for text in [
            "1.234,56",
            "twelve",
            "12 apples",
            "1,23",
            "--5",
            "(-5)",
            "$",
            "12%",
            "1e",
            "5 million",
        ] {
            assert_eq!(amount(text, Decimal::Point, 2), Err("not an amount"), "{text}");
        }
        assert_eq!(
            amount("99999999999999999999", Decimal::Point, 2),
            Err("an amount too large to hold")
        );
    }

    #[test]
    fn the_column_as_a_whole_decides_its_decimal_sign() {
        let decide = |values: &[&str], whole: bool| {
            let mut tally = DecimalTally::default();
            values
                .iter()
                .enumerate()
                .for_each(|(at, value)| tally.add(at as u64 + 2, value));
            tally.decide(whole)
        };
        assert_eq!(decide(&["1.234", "1.234,56"], true), Ok(Some(Decimal::Comma)));
        assert_eq!(decide(&["1,234", "0.5"], true), Ok(Some(Decimal::Point)));
        assert_eq!(decide(&["$1,234", "(500)", "-"], true), Ok(Some(Decimal::Point)));
        assert_eq!(decide(&["500", "7"], true), Ok(None));
        assert!(decide(&["1.234", "2.345"], true).is_err());
        assert!(decide(&["1,234"], false).is_err());
        assert!(decide(&["1,5", "1.5"], true).is_err());
    }

    #[test]
    fn a_long_salesforce_id_equals_its_short_form_and_no_other_id_is_cut() {
        assert_eq!(id("006q000000HddohAAB"), "006q000000Hddoh");
        assert_eq!(id("006q000000Hddoh"), "006q000000Hddoh");
        assert_eq!(id("0061G00000abcdeXYZ"), "0061G00000abcde");
        assert_eq!(id("123456789012345678"), "123456789012345678");
        assert_eq!(id("accounts-number-18"), "accounts-number-18");
    }

    #[test]
    fn a_web_address_becomes_its_host() {
        for text in [
            "https://www.Acme.com/about?x=1",
            "acme.com",
            "http://acme.com:8080",
            "WWW.ACME.COM.",
        ] {
            assert_eq!(domain(text), "acme.com", "{text}");
        }
        assert_eq!(domain("none given"), "none given");
    }

    #[test]
    fn nothing_is_missing_only_where_it_is_said() {
        for text in ["", " ", "-", "N/A", "#N/A", "n/a"] {
            assert!(is_missing(text), "{text}");
        }
        assert!(!is_missing("Null") && is_missing_value("Null"));
        assert!(!is_missing_value("0") && !is_missing_value("O'Brien"));
    }
}
