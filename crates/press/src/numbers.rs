//! How numbers, dates and money are written for people: the one place. Pure text; parses nothing.
//!
//! Three significant figures in prose, thin spaces between thousands, a true minus sign, "to" in ranges, dates as
//! "30 Sep 2026". A rate cannot be written without the count behind it: [`Rate`] and [`Chance`] carry theirs.

use jiff::civil::Date;

/// Between groups of thousands: U+202F, a thin space that does not break a line.
pub const THIN_SPACE: char = '\u{202f}';
/// U+2212, as wide as a plus sign.
pub const MINUS: char = '−';
/// What is written when a value is not a number.
pub const NOT_KNOWN: &str = "not known";

/// What a value counts, and so how it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unit {
    /// Whole things: "1 240".
    Count,
    /// A share given as a fraction of 1: 0.24 is "24%".
    Percent,
    /// A difference of shares, as a fraction of 1: 0.06 is "+6 pts".
    Points,
    /// Units (not minor units) of the currency with this code: "USD 1.9 million".
    Money(String),
    /// Days: "38 days".
    Days,
    /// Hours: "412 hours".
    Hours,
}

/// An estimated share with its range and the counts behind it. All shares are fractions of 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    /// The estimate; a pooled one need not equal `reached / of`.
    pub value: f64,
    /// Lower end of the range.
    pub low: f64,
    /// Upper end of the range.
    pub high: f64,
    /// How many did.
    pub reached: u64,
    /// Of how many.
    pub of: u64,
}

/// A probability, its range when one is known, and what it was judged from.
#[derive(Debug, Clone, PartialEq)]
pub struct Chance {
    /// The probability, a fraction of 1.
    pub value: f64,
    /// Its range, fractions of 1.
    pub range: Option<(f64, f64)>,
    /// How many observations it rests on.
    pub n: u64,
    /// What was observed, in the plural: "introductions".
    pub of: String,
}

impl Unit {
    /// A value in prose: "1 240", "24%", "+6 pts", "USD 1.9 million", "38 days", "412 hours".
    pub fn write(&self, value: f64) -> String {
        todo!()
    }

    /// A value on an axis or at a line's end, where the unit is named elsewhere: "1.9m", "24%".
    pub fn short(&self, value: f64) -> String {
        todo!()
    }

    /// A value with its range: "+6 pts (−4 to +15)", "24% (14 to 37)".
    pub fn with_range(&self, value: f64, low: f64, high: f64) -> String {
        todo!()
    }
}

impl std::fmt::Display for Rate {
    /// "24% (14 to 37), 12 of 50".
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        todo!()
    }
}

impl std::fmt::Display for Chance {
    /// "63% (48 to 76), from 23 introductions".
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        todo!()
    }
}

/// A whole number with thin spaces: "12 400".
pub fn count(n: u64) -> String {
    todo!()
}

/// Three significant figures, thousands grouped, no needless zeros: "1 240", "0.0123", "12.5".
pub fn three_figures(value: f64) -> String {
    todo!()
}

/// A share as a whole percentage: "24%"; under 1% and over 99% say so: "<1%", ">99%".
pub fn percent(share: f64) -> String {
    todo!()
}

/// Points with a sign, from a fraction of 1: "+6 pts".
pub fn points(difference: f64) -> String {
    todo!()
}

/// Money in units of the currency, to three figures: "USD 1.9 million", "USD 45 000".
pub fn money(units: f64, currency: &str) -> String {
    todo!()
}

/// "30 Sep 2026".
pub fn date(day: Date) -> String {
    todo!()
}

/// "30 Sep", where the year is plain from beside it.
pub fn day_month(day: Date) -> String {
    todo!()
}

/// "30 Sep 2026 (in 41 days)"; also "(today)", "(tomorrow)", "(3 days ago)".
pub fn date_from(day: Date, today: Date) -> String {
    todo!()
}

/// "1 day", "3 days".
pub fn plural(n: u64, one: &str, many: &str) -> String {
    todo!()
}
