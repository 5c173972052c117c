//! Cells made into days, and the order of day and month in a column of them. It must not know other columns.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Tally;
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
    /// Seconds since 1970-01-01 UTC.
    Seconds(i64),
}

const DAY_SECONDS: i64 = 86_400;

const NOT_A_DATE: &str = "not a date";

/// A cell as a day. An instant with an offset becomes its day in UTC. `epoch_1904`: serial numbers count from 1904.
///
/// # Errors
/// Why it is none, as the reason of a reject.
pub(crate) fn day(text: &str, order: Option<DateOrder>, epoch_1904: bool) -> Result<Date, &'static str> {
    let bytes = text.as_bytes();
    if let Some(date) = iso_day(bytes).or_else(|| iso_instant(bytes).map(|(date, _)| date)) {
        return believed(date);
    }
    let (date, seconds, in_zone) = moment(shape(text.trim(), epoch_1904).ok_or(NOT_A_DATE)?, order)?;
    // 24:00 without an offset is the end of its own day.
    let shift = if in_zone { seconds.div_euclid(DAY_SECONDS) } else { 0 };
    believed(
        date.checked_add(jiff::SignedDuration::from_hours(24 * shift))
            .map_err(|_| NOT_A_DATE)?,
    )
}

/// A cell as an instant, in seconds since 1970 UTC; a day alone is its beginning, a time without an offset is in UTC.
/// None where the cell does not say.
pub(crate) fn instant(text: &str, order: Option<DateOrder>, epoch_1904: bool) -> Option<i64> {
    let (date, seconds) = match iso_instant(text.as_bytes()) {
        Some(instant) => instant,
        None => {
            let (date, seconds, _) = moment(shape(text.trim(), epoch_1904)?, order).ok()?;
            (date, seconds)
        }
    };
    Some(i64::from(days(believed(date).ok()?)) * DAY_SECONDS + seconds)
}

// The day as it is written, the seconds from its beginning to the instant in UTC, and whether an offset is written.
fn moment(shape: Shape<'_>, order: Option<DateOrder>) -> Result<(Date, i64, bool), &'static str> {
    let (year, month, day, time) = match shape {
        Shape::Seconds(seconds) => {
            let date = i32::try_from(seconds.div_euclid(DAY_SECONDS)).ok().and_then(date_of);
            return Ok((date.ok_or(NOT_A_DATE)?, seconds.rem_euclid(DAY_SECONDS), false));
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
    let (seconds, in_zone) = time_of_day(time).ok_or("not a date and time")?;
    Ok((date, seconds, in_zone))
}

// 2024-03-05, what programs write, read at once.
fn iso_day(text: &[u8]) -> Option<Date> {
    let [a, b, c, d, b'-', e, f, b'-', g, h] = text else {
        return None;
    };
    let digits = [a, b, c, d, e, f, g, h].map(|digit| digit.wrapping_sub(b'0'));
    if digits.iter().any(|digit| *digit > 9) {
        return None;
    }
    let [a, b, c, d, e, f, g, h] = digits.map(i16::from);
    let small = |number: i16| i8::try_from(number).ok();
    Date::new(a * 1000 + b * 100 + c * 10 + d, small(e * 10 + f)?, small(g * 10 + h)?).ok()
}

// 2024-03-05T10:20:30.000Z, what programs write, read at once: the day and its seconds.
fn iso_instant(text: &[u8]) -> Option<(Date, i64)> {
    let (day, time) = text.split_at_checked(10)?;
    let [b'T', a, b, b':', c, d, b':', e, f, rest @ .., b'Z'] = time else {
        return None;
    };
    let digits = [a, b, c, d, e, f].map(|digit| digit.wrapping_sub(b'0'));
    let fraction = rest.strip_prefix(b".").unwrap_or(rest);
    let is_plain = fraction.iter().all(u8::is_ascii_digit) && (rest.is_empty() || fraction.len() < rest.len());
    let [a, b, c, d, e, f] = digits.map(i64::from);
    let (hour, minute, second) = (a * 10 + b, c * 10 + d, e * 10 + f);
    if !is_plain || digits.iter().any(|digit| *digit > 9) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    Some((iso_day(day)?, (hour * 60 + minute) * 60 + second))
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
        13 => Some(Shape::Seconds(whole / 1_000)),
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
            let fraction: f64 = text
                .get(digits..)
                .filter(|rest| rest.len() > 1)
                .map_or(Ok(0.0), str::parse)
                .ok()?;
            #[expect(
                clippy::cast_possible_truncation,
                reason = "a fraction of a day has fewer than 86,401 seconds"
            )]
            let seconds = (fraction * DAY_SECONDS as f64) as i64;
            let days = whole - 25_569 + if epoch_1904 { 1_462 } else { 0 };
            Some(Shape::Seconds(days * DAY_SECONDS + seconds))
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

// The seconds from the beginning of the written day to the instant in UTC, and whether an offset is written. None where
// it is no time.
fn time_of_day(time: &str) -> Option<(i64, bool)> {
    let time = time.trim_start_matches(['T', 't', ',', ' ']).trim_end();
    if time.is_empty() {
        return Some((0, false));
    }
    let (hour, hour_digits, rest) = leading_number(time)?;
    let (minute, 2, mut rest) = leading_number(rest.strip_prefix(':')?)? else {
        return None;
    };
    let mut second = 0;
    if let Some(after) = rest.strip_prefix(':') {
        let (written, 2, after) = leading_number(after)? else {
            return None;
        };
        let fraction = after
            .strip_prefix(['.', ','])
            .map(|after| after.trim_start_matches(|c: char| c.is_ascii_digit()));
        rest = fraction.unwrap_or(after);
        if written > 60 {
            return None;
        }
        // A leap second belongs to its own day.
        second = written.min(59);
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
    let minutes = hour * 60 + minute - offset_minutes(zone)?;
    Some((minutes * 60 + second, !zone.is_empty()))
}

fn half_day(text: &str) -> (Option<bool>, &str) {
    let half = text.get(..2).and_then(|half| {
        let is = |word: &str| half.eq_ignore_ascii_case(word);
        (is("am") || is("pm")).then(|| is("pm"))
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

impl DateTally {
    pub(crate) fn add(&mut self, row: u64, value: &str) {
        // A year that stands first leaves nothing open.
        let value = value.trim();
        if value.len() >= 4 && value.as_bytes()[..4].iter().all(u8::is_ascii_digit) {
            return;
        }
        let Some(Shape::Open {
            parts: [a, b, c],
            year_last,
            dotted: false,
            ..
        }) = shape(value, false)
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

    /// Adds what later rows say.
    pub(crate) fn append(&mut self, later: Self) {
        self.day_first.append(later.day_first);
        self.month_first.append(later.month_first);
        self.either.append(later.either);
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
    fn an_instant_is_seconds_in_utc() {
        let noon = 1_709_640_000;
        for text in [
            "2024-03-05T12:00:00Z",
            "2024-03-05T12:00:00.000Z",
            "2024-03-05T12:00:00.Z",
            "2024-03-05 14:00:00+02:00",
            "3/5/2024 12:00 PM",
            "1709640000000",
            "45356.5",
        ] {
            assert_eq!(instant(text, Some(DateOrder::MonthFirst), false), Some(noon), "{text}");
        }
        assert_eq!(free("2024-03-05T23:59:60Z"), Ok(date(2024, 3, 5)));
        assert_eq!(instant("2024-03-05", None, false), Some(noon - 12 * 3_600));
        assert_eq!(instant("yesterday", None, false), None);
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
}
