//! Cells made into amounts and numbers, and the decimal sign of a column of them. It must not exchange currencies.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::Tally;

/// Which sign stands before the decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decimal {
    /// 1,234.56
    Point,
    /// 1.234,56
    Comma,
}

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
        if value.bytes().all(|c| c.is_ascii_digit()) {
            return;
        }
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

    /// Adds what later rows say.
    pub(crate) fn append(&mut self, later: Self) {
        self.point.append(later.point);
        self.comma.append(later.comma);
        self.maybe_point.append(later.maybe_point);
        self.maybe_comma.append(later.maybe_comma);
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
    let digits = |bytes: &mut dyn Iterator<Item = u8>| bytes.take_while(u8::is_ascii_digit).count();
    let (length, after) = (digits(&mut before.bytes().rev()), digits(&mut after.bytes()));
    (1..=3).contains(&length) && before.as_bytes()[before.len() - length] != b'0' && after == 3
}

/// A cell as an amount in minor units, halves rounded away from zero. `digits`: those of the currency's minor unit.
///
/// # Errors
/// Why it is none, as the reason of a reject.
pub(crate) fn amount(text: &str, decimal: Decimal, digits: u32) -> Result<i64, &'static str> {
    if let Some(minor) = bare_amount(text, decimal, digits) {
        return Ok(minor);
    }
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

// Digits alone, with a minus before and as many decimals as the currency has: what programs write, read at once.
fn bare_amount(text: &str, decimal: Decimal, digits: u32) -> Option<i64> {
    const DIGITS_MAX: usize = 17;
    let (negative, figure) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (mut minor, mut decimals, mut after_sign) = (0_i64, 0_u32, false);
    if figure.len() > DIGITS_MAX || !figure.as_bytes().first()?.is_ascii_digit() {
        return None;
    }
    for byte in figure.bytes() {
        match byte {
            b'0'..=b'9' => {
                minor = minor * 10 + i64::from(byte - b'0');
                decimals += u32::from(after_sign);
            }
            b'.' if decimal == Decimal::Point && !after_sign => after_sign = true,
            _ => return None,
        }
    }
    let missing = digits.checked_sub(decimals)?;
    let minor = minor.checked_mul(10_i64.checked_pow(missing)?)?;
    Some(if negative { -minor } else { minor })
}

/// A cell as a plain number.
///
/// # Errors
/// Why it is none, as the reason of a reject.
pub(crate) fn number(text: &str, decimal: Decimal) -> Result<f64, &'static str> {
    // Below 2^53 a whole number is exact.
    if let Some(whole) = bare_amount(text, Decimal::Point, 0).filter(|_| text.len() < 16) {
        return Ok(whole as f64);
    }
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
pub(crate) fn currency(text: &str) -> Result<Cow<'_, str>, &'static str> {
    let code = text.trim();
    if code.len() != 3 || !code.bytes().all(|c| c.is_ascii_alphabetic()) {
        return Err("not a currency code of three letters");
    }
    Ok(if code.bytes().all(|c| c.is_ascii_uppercase()) {
        Cow::Borrowed(code)
    } else {
        Cow::Owned(code.to_ascii_uppercase())
    })
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
}
