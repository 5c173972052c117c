//! How numbers, dates and money are written for people: the one place. Pure text; parses nothing.
//!
//! Three significant figures in prose, thin spaces between thousands, a true minus sign, "to" in ranges, dates as
//! "30 Sep 2026". A rate cannot be written without the count behind it: [`Rate`] and [`Chance`] carry theirs.

use jiff::civil::Date;

/// Between groups of thousands: U+202F, a thin space that does not break a line.
pub const THIN_SPACE: char = '\u{202f}';
/// U+2212, as wide as a plus sign.
pub const MINUS: char = '−';
/// From here on a value is written as a power of ten: no count, sum of money or span of time is as large.
const BEYOND_COUNTING: f64 = 1e15;
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
        if !value.is_finite() {
            return NOT_KNOWN.to_owned();
        }
        match self {
            Unit::Count => count_or_three_figures(value),
            Unit::Percent => percent(value),
            Unit::Points => points(value),
            Unit::Money(currency) => money(value, currency),
            Unit::Days => with_noun(value, "day", "days"),
            Unit::Hours => with_noun(value, "hour", "hours"),
        }
    }

    /// A value on an axis or at a line's end, where the unit is named elsewhere: "1.9m", "450k", "24%", "+6".
    pub fn short(&self, value: f64) -> String {
        if !value.is_finite() {
            return NOT_KNOWN.to_owned();
        }
        match self {
            Unit::Percent => percent(value),
            Unit::Points => signed(&three_figures(value * 100.0), value),
            Unit::Count if value.abs() < 100_000.0 => count_or_three_figures(value),
            Unit::Count | Unit::Money(_) => {
                let (divisor, suffix) = [(1e9, "bn"), (1e6, "m"), (1e3, "k")]
                    .into_iter()
                    .find(|(divisor, _)| round_to_three(value).abs() >= *divisor)
                    .unwrap_or((1.0, ""));
                format!("{}{suffix}", three_figures(value / divisor))
            }
            Unit::Days | Unit::Hours => three_figures(value),
        }
    }

    /// A value with its range: "+6 pts (−4 to +15)", "24% (14 to 37)", "USD 1.9 million (1.2 to 2.6)".
    pub fn with_range(&self, value: f64, low: f64, high: f64) -> String {
        if ![value, low, high].iter().all(|v| v.is_finite()) {
            return self.write(value);
        }
        match self {
            Unit::Percent => {
                let bare = |v| percent(v).trim_end_matches('%').to_owned();
                format!("{} ({} to {})", percent(value), bare(low), bare(high))
            }
            Unit::Points => format!("{} ({} to {})", points(value), bare_points(low), bare_points(high)),
            Unit::Money(currency) => {
                let (divisor, word) = money_scale(low.abs().max(high.abs()).max(value.abs()));
                let [value, low, high] = [value, low, high].map(|v| three_figures(v / divisor));
                format!("{currency} {value}{word} ({low} to {high})")
            }
            Unit::Count => format!("{} ({} to {})", self.write(value), self.write(low), self.write(high)),
            Unit::Days | Unit::Hours => {
                format!(
                    "{} ({} to {})",
                    self.write(value),
                    three_figures(low),
                    three_figures(high)
                )
            }
        }
    }

    /// A difference of two values with its range, every number signed: "−59 (−61 to −57)", "USD −1.2 million (−1.4 to −0.9)".
    pub fn difference(&self, value: f64, low: f64, high: f64) -> String {
        if ![value, low, high].iter().all(|v| v.is_finite()) {
            return NOT_KNOWN.to_owned();
        }
        let (scale, before, after) = match self {
            Unit::Percent | Unit::Points => return Unit::Points.with_range(value, low, high),
            Unit::Money(currency) => {
                let (divisor, word) = money_scale(low.abs().max(high.abs()).max(value.abs()));
                (divisor, format!("{currency} "), word)
            }
            Unit::Count => (1.0, String::new(), ""),
            Unit::Days => (1.0, String::new(), " days"),
            Unit::Hours => (1.0, String::new(), " hours"),
        };
        let [value, low, high] = [value, low, high].map(|v| signed(&three_figures(v / scale), v));
        format!("{before}{value}{after} ({low} to {high})")
    }
}

impl std::fmt::Display for Rate {
    /// "24% (14 to 37), 12 of 50".
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let share = Unit::Percent.with_range(self.value, self.low, self.high);
        write!(f, "{share}, {} of {}", count(self.reached), count(self.of))
    }
}

impl std::fmt::Display for Chance {
    /// "63% (48 to 76), from 23 introductions".
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let share = match self.range {
            Some((low, high)) => Unit::Percent.with_range(self.value, low, high),
            None => percent(self.value),
        };
        write!(f, "{share}, from {} {}", count(self.n), self.of)
    }
}

/// A whole number with thin spaces: "12 400".
pub fn count(n: u64) -> String {
    group_thousands(&n.to_string())
}

/// Three significant figures, thousands grouped, no needless zeros: "1 240", "0.0123", "12.5".
pub fn three_figures(value: f64) -> String {
    if !value.is_finite() {
        return NOT_KNOWN.to_owned();
    }
    if value.abs() >= BEYOND_COUNTING {
        return format!("{value:.2e}").replace('-', "−");
    }
    let rounded = round_to_three(value);
    let size = rounded.abs();
    // Ten decimals: smaller than anything that people are shown.
    let decimals = (0..10).find(|d| size * 10f64.powi(*d) >= 100.0).unwrap_or(10);
    let digits = format!("{:.*}", usize::try_from(decimals).unwrap_or_default(), rounded);
    let trimmed = if digits.contains('.') {
        digits.trim_end_matches('0').trim_end_matches('.')
    } else {
        &digits
    };
    match trimmed {
        "-0" => "0".to_owned(),
        other => group_thousands(other),
    }
}

/// A share as a whole percentage: "24%"; under 1% and over 99% say so: "<1%", ">99%".
pub fn percent(share: f64) -> String {
    let whole = share * 100.0;
    if !whole.is_finite() {
        NOT_KNOWN.to_owned()
    } else if whole.abs() >= BEYOND_COUNTING {
        format!("{}%", three_figures(whole))
    } else if whole > 0.0 && whole < 0.95 {
        "<1%".to_owned()
    } else if whole > 99.05 && whole < 100.0 {
        ">99%".to_owned()
    } else {
        format!("{}%", group_thousands(&format!("{:.0}", whole + 0.0)))
    }
}

/// Points with a sign, from a fraction of 1: "+6 pts".
pub fn points(difference: f64) -> String {
    if difference.is_finite() {
        format!("{} pts", bare_points(difference))
    } else {
        NOT_KNOWN.to_owned()
    }
}

/// Money in units of the currency, to three figures: "USD 1.9 million", "USD 45 000".
pub fn money(units: f64, currency: &str) -> String {
    if !units.is_finite() {
        return NOT_KNOWN.to_owned();
    }
    let (divisor, word) = money_scale(units);
    format!("{currency} {}{word}", three_figures(units / divisor))
}

/// An amount to its last digit, in minor units of a currency with so many digits after the point: "12 340.50". For rows;
/// prose takes [`money`].
pub fn exact(minor: i64, digits: u32) -> String {
    let scale = 10_u64.pow(digits.min(18));
    let (whole, rest) = (minor.unsigned_abs() / scale, minor.unsigned_abs() % scale);
    let sign = if minor < 0 { MINUS.to_string() } else { String::new() };
    let width = usize::try_from(digits.min(18)).unwrap_or_default();
    match rest {
        0 => format!("{sign}{}", count(whole)),
        rest => format!("{sign}{}.{rest:0width$}", count(whole)),
    }
}

/// "30 Sep 2026".
pub fn date(day: Date) -> String {
    day.strftime("%-d %b %Y").to_string()
}

/// "30 Sep", where the year is plain from beside it.
pub fn day_month(day: Date) -> String {
    day.strftime("%-d %b").to_string()
}

/// "30 Sep 2026 (in 41 days)"; also "(today)", "(tomorrow)", "(3 days ago)".
pub fn date_from(day: Date, today: Date) -> String {
    let days = i64::from(days_between(today, day));
    let away = match days {
        0 => "today".to_owned(),
        1 => "tomorrow".to_owned(),
        -1 => "yesterday".to_owned(),
        2.. => format!("in {} days", count(days.unsigned_abs())),
        _ => format!("{} days ago", count(days.unsigned_abs())),
    };
    format!("{} ({away})", date(day))
}

/// Days from `from` to `to`, negative when `to` is earlier.
pub(crate) fn days_between(from: Date, to: Date) -> i32 {
    (to - from).get_days()
}

/// "1 day", "3 days".
pub fn plural(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(n), if n == 1 { one } else { many })
}

fn with_noun(value: f64, one: &str, many: &str) -> String {
    let digits = three_figures(value);
    let noun = if digits == "1" { one } else { many };
    format!("{digits} {noun}")
}

fn count_or_three_figures(value: f64) -> String {
    // Whole numbers as small as this are exact, and people count them one by one.
    if value.fract() == 0.0 && value.abs() < BEYOND_COUNTING {
        group_thousands(&format!("{:.0}", value + 0.0))
    } else {
        three_figures(value)
    }
}

fn bare_points(difference: f64) -> String {
    let whole = difference * 100.0;
    if whole.abs() >= BEYOND_COUNTING {
        return signed(&three_figures(whole), whole);
    }
    let decimals = usize::from(whole != 0.0 && whole.abs() < 0.95);
    let digits = format!("{whole:.decimals$}");
    let is_zero = digits.chars().all(|c| matches!(c, '0' | '.' | '-'));
    if is_zero {
        "0".to_owned()
    } else {
        signed(&group_thousands(&digits), whole)
    }
}

/// Puts a plus before what is above zero; a minus is there already.
fn signed(digits: &str, value: f64) -> String {
    if value > 0.0 && digits != "0" {
        format!("+{digits}")
    } else {
        digits.to_owned()
    }
}

fn round_to_three(value: f64) -> f64 {
    let mut unit = 1.0;
    while value.abs() / unit >= 1000.0 {
        unit *= 10.0;
    }
    let whole = (value / unit).round() * unit;
    if value.abs() >= 100.0 { whole } else { value }
}

fn money_scale(units: f64) -> (f64, &'static str) {
    match round_to_three(units).abs() {
        size if size >= 1e9 => (1e9, " billion"),
        size if size >= 1e6 => (1e6, " million"),
        _ => (1.0, ""),
    }
}

fn group_thousands(digits: &str) -> String {
    let (sign, rest) = match digits.strip_prefix('-') {
        Some(rest) => (Some(MINUS), rest),
        None => (None, digits),
    };
    let (whole, fraction) = rest.split_once('.').map_or((rest, None), |(w, f)| (w, Some(f)));
    let mut out: String = sign.into_iter().collect();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            out.push(THIN_SPACE);
        }
        out.push(digit);
    }
    if let Some(fraction) = fraction {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date as day;

    #[test]
    fn three_significant_figures_with_thin_thousands() {
        let cases = [
            (0.0, "0"),
            (-0.0, "0"),
            (12.0, "12"),
            (12.5, "12.5"),
            (12.54, "12.5"),
            (0.012_345, "0.0123"),
            (999.6, "1\u{202f}000"),
            (1240.0, "1\u{202f}240"),
            (1_234_567.0, "1\u{202f}230\u{202f}000"),
            (-3.25, "−3.25"),
            (9.999, "10"),
            (f64::NAN, "not known"),
        ];
        for (value, expected) in cases {
            assert_eq!(three_figures(value), expected, "{value}");
        }
        assert_eq!(count(12_345_678), "12\u{202f}345\u{202f}678");
    }

    #[test]
    fn a_rate_is_never_written_without_its_counts() {
        let rate = Rate {
            value: 0.24,
            low: 0.14,
            high: 0.374,
            reached: 12,
            of: 50,
        };
        assert_eq!(rate.to_string(), "24% (14 to 37), 12 of 50");
        let chance = Chance {
            value: 0.63,
            range: Some((0.48, 0.76)),
            n: 23,
            of: "introductions".into(),
        };
        assert_eq!(chance.to_string(), "63% (48 to 76), from 23 introductions");
    }

    #[test]
    fn shares_near_the_ends_do_not_claim_certainty() {
        assert_eq!(percent(0.004), "<1%");
        assert_eq!(percent(0.996), ">99%");
        assert_eq!([percent(0.0), percent(1.0), percent(0.0151)], ["0%", "100%", "2%"]);
        assert_eq!(Unit::Percent.with_range(0.02, 0.001, 0.9999), "2% (<1 to >99)");
    }

    #[test]
    fn points_and_differences_carry_their_sign() {
        assert_eq!(Unit::Points.with_range(0.06, -0.04, 0.15), "+6 pts (−4 to +15)");
        assert_eq!(
            [points(0.0), points(-0.0001), points(0.004)],
            ["0 pts", "0 pts", "+0.4 pts"]
        );
        assert_eq!(Unit::Count.difference(-59.1, -60.2, 58.0), "−59.1 (−60.2 to +58)");
        assert_eq!(
            Unit::Money("USD".into()).difference(-1_200_000.0, -1_400_000.0, -900_000.0),
            "USD −1.2 million (−1.4 to −0.9)"
        );
    }

    #[test]
    fn money_has_its_currency_and_one_scale() {
        let usd = Unit::Money("USD".into());
        assert_eq!(usd.write(1_900_000.0), "USD 1.9 million");
        assert_eq!(usd.write(45_000.0), "USD 45\u{202f}000");
        assert_eq!(usd.write(999_999.0), "USD 1 million");
        assert_eq!(
            usd.with_range(900_000.0, 400_000.0, 1_500_000.0),
            "USD 0.9 million (0.4 to 1.5)"
        );
        assert_eq!(
            [usd.short(1_900_000.0), usd.short(450_000.0), usd.short(0.0)],
            ["1.9m", "450k", "0"]
        );
        assert_eq!(usd.write(f64::INFINITY), NOT_KNOWN);
    }

    #[test]
    fn dates_say_how_far_away_they_are() {
        let today = day(2026, 8, 20);
        assert_eq!(date_from(day(2026, 9, 30), today), "30 Sep 2026 (in 41 days)");
        assert_eq!(date_from(today, today), "20 Aug 2026 (today)");
        assert_eq!(date_from(day(2026, 8, 17), today), "17 Aug 2026 (3 days ago)");
        assert_eq!(plural(1, "day", "days"), "1 day");
        assert_eq!([Unit::Days.write(38.0), Unit::Hours.write(1.0)], ["38 days", "1 hour"]);
    }
}
