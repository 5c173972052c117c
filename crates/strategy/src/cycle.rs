//! Fiscal cycles: quarters and halves named by the calendar year in which their fiscal year starts. Dates are handed
//! in.

use crate::words::words;
use crate::{Error, limits};
use jiff::civil::Date;
use std::fmt;

words! {
    /// How long a cycle is.
    pub enum CycleLength {
        /// Three months.
        Quarter = "quarter",
        /// Six months.
        Half = "half",
    }
}

/// A quarter or half of a fiscal year: `2026-Q3`, `2026-H2`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cycle {
    fiscal_year: i16,
    length: CycleLength,
    number: i8,
}

/// A program's fiscal year: its first day and how its cycles divide it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct FiscalCalendar {
    /// Month in which the fiscal year starts, 1 to 12.
    month: i8,
    /// Day of that month, 1 to 28.
    day: i8,
    /// Length of a cycle.
    pub length: CycleLength,
}

impl Cycle {
    /// Reads `2026-Q3` or `2026-H2`; else [`Error::Cycle`].
    pub fn parse(text: &str) -> Result<Self, Error> {
        let unknown = || Error::Cycle(text.to_owned());
        let (year, part) = text.split_once('-').ok_or_else(unknown)?;
        let (length, number) = match part {
            "Q1" => (CycleLength::Quarter, 1),
            "Q2" => (CycleLength::Quarter, 2),
            "Q3" => (CycleLength::Quarter, 3),
            "Q4" => (CycleLength::Quarter, 4),
            "H1" => (CycleLength::Half, 1),
            "H2" => (CycleLength::Half, 2),
            _ => return Err(unknown()),
        };
        let digits = year.len() == 4 && year.bytes().all(|digit| digit.is_ascii_digit());
        let fiscal_year: i16 = year.parse().map_err(|_| unknown())?;
        if digits && (limits::FIRST_YEAR..=limits::LAST_YEAR).contains(&fiscal_year) {
            Ok(Self {
                fiscal_year,
                length,
                number,
            })
        } else {
            Err(unknown())
        }
    }

    /// Quarter or half.
    pub const fn length(self) -> CycleLength {
        self.length
    }
    /// The calendar year in which its fiscal year starts.
    pub const fn fiscal_year(self) -> i16 {
        self.fiscal_year
    }
    /// The cycle after this one.
    pub fn next(self) -> Self {
        if self.number < self.length.per_year() {
            Self {
                number: self.number + 1,
                ..self
            }
        } else {
            Self {
                fiscal_year: self.fiscal_year.saturating_add(1),
                number: 1,
                ..self
            }
        }
    }
    /// The cycle before this one.
    pub fn previous(self) -> Self {
        if self.number > 1 {
            Self {
                number: self.number - 1,
                ..self
            }
        } else {
            Self {
                fiscal_year: self.fiscal_year.saturating_sub(1),
                number: self.length.per_year(),
                ..self
            }
        }
    }
}

impl FiscalCalendar {
    /// A fiscal year that starts on `month`-`day`. [`Error::FiscalStart`] when the day is not 1 to 28 of a month.
    pub fn new(month: i8, day: i8, length: CycleLength) -> Result<Self, Error> {
        if (1..=12).contains(&month) && (1..=28).contains(&day) {
            Ok(Self { month, day, length })
        } else {
            Err(Error::FiscalStart(format!("{month:02}-{day:02}")))
        }
    }
    /// Reads `02-01`.
    pub fn parse(starts: &str, length: CycleLength) -> Result<Self, Error> {
        let unknown = || Error::FiscalStart(starts.to_owned());
        let (month, day) = starts.split_once('-').ok_or_else(unknown)?;
        if [month, day]
            .iter()
            .any(|part| part.len() != 2 || !part.bytes().all(|digit| digit.is_ascii_digit()))
        {
            return Err(unknown());
        }
        let month = month.parse().map_err(|_| unknown())?;
        let day = day.parse().map_err(|_| unknown())?;
        Self::new(month, day, length).map_err(|_| unknown())
    }
    /// The same fiscal year in cycles of another length.
    pub const fn in_cycles_of(self, length: CycleLength) -> Self {
        Self { length, ..self }
    }

    /// The first day of the fiscal year, as `02-01`.
    pub fn starts(self) -> String {
        format!("{:02}-{:02}", self.month, self.day)
    }
    /// The first day of a cycle.
    pub fn first_day(self, cycle: Cycle) -> Date {
        let months = i16::from(self.month) - 1 + i16::from(cycle.number - 1) * i16::from(cycle.length.months());
        let year = cycle.fiscal_year.saturating_add(months / 12);
        let month = i8::try_from(months % 12 + 1).unwrap_or(1);
        Date::new(year, month, self.day).unwrap_or(if year < 0 { Date::MIN } else { Date::MAX })
    }
    /// The last day of a cycle.
    pub fn last_day(self, cycle: Cycle) -> Date {
        let after = self.first_day(cycle.next());
        after.yesterday().unwrap_or(after)
    }
    /// The cycle, of this calendar's length, that a day falls in.
    pub fn containing(self, day: Date) -> Cycle {
        let started = (day.month(), day.day()) >= (self.month, self.day);
        let fiscal_year = if started {
            day.year()
        } else {
            day.year().saturating_sub(1)
        };
        let mut cycle = Cycle {
            fiscal_year,
            length: self.length,
            number: self.length.per_year(),
        };
        while cycle.number > 1 && self.first_day(cycle) > day {
            cycle.number -= 1;
        }
        cycle
    }
    /// First day of the fiscal year that a day falls in.
    pub fn fiscal_year_start(self, day: Date) -> Date {
        self.first_day(Cycle {
            number: 1,
            ..self.containing(day)
        })
    }
    /// Weeks in a cycle: its days over seven.
    pub fn weeks(self, cycle: Cycle) -> f64 {
        days_between(self.first_day(cycle), self.first_day(cycle.next())) as f64 / 7.0
    }
    /// Every cycle from the first to the last, both included; none when they are the wrong way round.
    pub fn cycles(self, first: Cycle, last: Cycle) -> impl Iterator<Item = Cycle> {
        std::iter::successors(Some(first), |cycle| Some(cycle.next())).take_while(move |cycle| *cycle <= last)
    }
}

impl Default for FiscalCalendar {
    /// The calendar year in quarters.
    fn default() -> Self {
        Self {
            month: 1,
            day: 1,
            length: CycleLength::Quarter,
        }
    }
}

impl fmt::Display for Cycle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letter = match self.length {
            CycleLength::Quarter => 'Q',
            CycleLength::Half => 'H',
        };
        write!(f, "{}-{letter}{}", self.fiscal_year, self.number)
    }
}

impl serde::Serialize for Cycle {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl fmt::Debug for Cycle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl CycleLength {
    const fn per_year(self) -> i8 {
        match self {
            CycleLength::Quarter => 4,
            CycleLength::Half => 2,
        }
    }

    const fn months(self) -> i8 {
        12 / self.per_year()
    }
}

/// Days from one day to another; negative when the other comes first.
pub fn days_between(from: Date, to: Date) -> i64 {
    from.until(to).map_or(0, |span| i64::from(span.get_days()))
}

/// The day so many weeks (or part weeks) after another, to the whole day; the calendar's end when it lies beyond.
pub fn weeks_after(from: Date, weeks: f64) -> Date {
    let days = (weeks * 7.0).clamp(-4e6, 4e6).round();
    #[expect(clippy::cast_possible_truncation, reason = "clamped to four million days")]
    let days = days as i64;
    from.saturating_add(jiff::Span::new().days(days))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn calendar(starts: &str, length: CycleLength) -> FiscalCalendar {
        FiscalCalendar::parse(starts, length).expect("a fiscal start")
    }

    #[test]
    fn a_fiscal_year_from_february_has_its_third_quarter_from_august_to_october() {
        let calendar = calendar("02-01", CycleLength::Quarter);
        let q3 = Cycle::parse("2026-Q3").expect("a cycle");
        assert_eq!(
            (calendar.first_day(q3), calendar.last_day(q3)),
            (date(2026, 8, 1), date(2026, 10, 31))
        );
        assert_eq!(calendar.last_day(q3.next()), date(2027, 1, 31));
        assert_eq!(calendar.containing(date(2027, 1, 31)).to_string(), "2026-Q4");
        assert_eq!(calendar.containing(date(2027, 2, 1)).to_string(), "2027-Q1");
        assert_eq!(calendar.fiscal_year_start(date(2027, 1, 31)), date(2026, 2, 1));
        assert!((calendar.weeks(q3) - 92.0 / 7.0).abs() < 1e-12);
    }

    #[test]
    fn halves_follow_each_other_over_the_year() {
        let calendar = calendar("07-15", CycleLength::Half);
        let h2 = calendar.containing(date(2026, 7, 14));
        assert_eq!(
            (h2.to_string(), h2.next().to_string()),
            ("2025-H2".to_owned(), "2026-H1".to_owned())
        );
        assert_eq!(calendar.first_day(h2), date(2026, 1, 15));
        assert_eq!(h2.next().previous(), h2);
        assert_eq!(calendar.cycles(h2, h2.next().next()).count(), 3);
    }

    #[test]
    fn every_day_lies_in_the_cycle_that_contains_it() {
        for (starts, length) in [
            ("01-01", CycleLength::Quarter),
            ("02-28", CycleLength::Half),
            ("12-28", CycleLength::Quarter),
        ] {
            let calendar = calendar(starts, length);
            for day in date(2023, 12, 1).series(jiff::Span::new().days(1)).take(800) {
                let cycle = calendar.containing(day);
                assert!(
                    calendar.first_day(cycle) <= day && day <= calendar.last_day(cycle),
                    "{day} {cycle}"
                );
            }
        }
    }

    #[test]
    fn what_is_no_cycle_is_refused() {
        for text in [
            "2026", "2026-Q5", "2026-q1", "26-Q1", "2026Q1", "+026-Q1", "1800-Q1", "2026-H3", "", "-",
        ] {
            assert_eq!(Cycle::parse(text), Err(Error::Cycle(text.to_owned())));
        }
        for text in ["02-29", "13-01", "2-1", "0201", "", "00-10", "+1-01"] {
            assert!(FiscalCalendar::parse(text, CycleLength::Half).is_err(), "{text}");
        }
    }
}
