//! Money: whole minor units with their ISO 4217 currency; reading and showing it. No exchange.

use crate::{Error, limits};
use std::fmt;

/// The active codes of ISO 4217 that name a currency in use (funds, metals and test codes left out).
const CODES: &str = "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP \
    BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF \
    GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD \
    LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR \
    PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY \
    TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG";
/// Stands between groups of three digits.
const THIN_SPACE: char = '\u{2009}';

/// A currency of ISO 4217.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

/// An amount in whole minor units (cents, pence, yen) of its currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    /// Minor units; negative for a debt.
    pub minor: i64,
    /// The currency.
    pub currency: Currency,
}

/// Digits after the decimal point of a code of ISO 4217: 2 for most, and for a code that [`Currency`] does not know.
pub fn minor_digits(code: &str) -> u32 {
    match code {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX" | "VND" | "VUV"
        | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        _ => 2,
    }
}

impl Currency {
    /// United States dollar: what a program counts in unless it says otherwise.
    pub const USD: Currency = Currency(*b"USD");

    /// Reads three letters, in capitals. [`Error::Currency`] when ISO 4217 has none such.
    pub fn parse(code: &str) -> Result<Self, Error> {
        let unknown = || Error::Currency(code.to_owned());
        let letters: [u8; 3] = code.as_bytes().try_into().map_err(|_| unknown())?;
        if CODES.split(' ').any(|known| known == code) {
            Ok(Self(letters))
        } else {
            Err(unknown())
        }
    }

    /// The three letters.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).expect("the three letters are ASCII by construction")
    }

    /// Digits after the decimal point: 2 for most, 0 for yen, 3 for Kuwaiti dinar.
    pub fn minor_digits(self) -> u32 {
        minor_digits(self.code())
    }

    fn minor_per_unit(self) -> i64 {
        10_i64.pow(self.minor_digits())
    }
}

impl Money {
    /// So many units of the currency, rounded half away from zero to whole minor units. `None` when not finite or
    /// beyond [`crate::limits::FIGURE`].
    pub fn from_units(units: f64, currency: Currency) -> Option<Self> {
        if !units.is_finite() || units.abs() > limits::FIGURE {
            return None;
        }
        let minor = (units * currency.minor_per_unit() as f64).round();
        #[expect(
            clippy::cast_possible_truncation,
            reason = "at most FIGURE times 1000, which is below 2^63"
        )]
        Some(Self {
            minor: minor as i64,
            currency,
        })
    }

    /// The amount in units of its currency.
    pub fn units(self) -> f64 {
        self.minor as f64 / self.currency.minor_per_unit() as f64
    }

    /// Reads "1200", "1 200.50", "1,200.50", "1_200", with or without the currency's code before or after.
    /// [`Error::Amount`] for anything else, another currency's code, or more decimals than the currency has.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, Error> {
        read_minor(text, currency)
            .map(|minor| Self { minor, currency })
            .ok_or_else(|| Error::Amount {
                given: text.to_owned(),
                currency: currency.code().to_owned(),
            })
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// Minor units of an amount as people write it; `None` when it cannot be read in one way only.
fn read_minor(text: &str, currency: Currency) -> Option<i64> {
    let text = text.trim();
    let bare = text
        .strip_prefix(currency.code())
        .or_else(|| text.strip_suffix(currency.code()))
        .unwrap_or(text)
        .trim();
    let (negative, bare) = match bare.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, bare),
    };
    let (whole, decimals) = bare.split_once('.').unwrap_or((bare, ""));
    let digits = currency.minor_digits() as usize;
    if decimals.len() > digits || (bare.contains('.') && decimals.is_empty()) {
        return None;
    }
    let minor: i64 = format!("{}{decimals:0<digits$}", ungrouped(whole)?)
        .chars()
        .try_fold(0_i64, |sum, digit| {
            sum.checked_mul(10)?.checked_add(i64::from(digit.to_digit(10)?))
        })?;
    Some(if negative { -minor } else { minor })
}

/// The digits of a whole number; groups, when there are any, must be of three digits and divided by one sign.
fn ungrouped(whole: &str) -> Option<String> {
    let divider = whole.chars().find(|sign| !sign.is_ascii_digit());
    let groups: Vec<&str> = match divider {
        Some(sign) if [',', '_', ' ', '\u{a0}', '\u{202f}', THIN_SPACE].contains(&sign) => whole.split(sign).collect(),
        Some(_) => return None,
        None => vec![whole],
    };
    let sized = groups.iter().skip(1).all(|group| group.len() == 3);
    let first = groups
        .first()
        .is_some_and(|group| !group.is_empty() && (divider.is_none() || group.len() <= 3));
    let digits = groups.concat();
    (sized && first && digits.chars().all(|digit| digit.is_ascii_digit())).then_some(digits)
}

impl fmt::Display for Money {
    /// "USD 3 800 000" with thin spaces; decimals only when there are any.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let per_unit = self.currency.minor_per_unit().unsigned_abs();
        let (whole, rest) = (
            self.minor.unsigned_abs() / per_unit,
            self.minor.unsigned_abs() % per_unit,
        );
        let sign = if self.minor < 0 { "\u{2212}" } else { "" };
        write!(f, "{} {sign}{}", self.currency, grouped(whole))?;
        if rest > 0 {
            write!(f, ".{rest:0width$}", width = self.currency.minor_digits() as usize)?;
        }
        Ok(())
    }
}

impl serde::Serialize for Currency {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl serde::Serialize for Money {
    /// `{"amount": 3800000.0, "currency": "USD"}`: in units of the currency.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut money = serializer.serialize_struct("Money", 2)?;
        money.serialize_field("amount", &self.units())?;
        money.serialize_field("currency", &self.currency)?;
        money.end()
    }
}

/// A whole number with thin spaces between its thousands.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut shown = String::with_capacity(digits.len() * 2);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            shown.push(THIN_SPACE);
        }
        shown.push(digit);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, code: &str) -> Result<i64, Error> {
        Money::parse(text, Currency::parse(code)?).map(|money| money.minor)
    }

    #[test]
    fn amounts_are_read_as_people_write_them() {
        for text in [
            "1200.5",
            "1,200.50",
            "1 200.50",
            "1_200.50",
            "USD 1200.50",
            "1200.50 USD",
        ] {
            assert_eq!(read(text, "USD"), Ok(120_050), "{text}");
        }
        assert_eq!(read("-3", "USD"), Ok(-300));
        assert_eq!(read("1200", "JPY"), Ok(1200));
        assert_eq!(read("1.234", "KWD"), Ok(1234));
    }

    #[test]
    fn amounts_that_could_be_two_things_are_refused() {
        for text in [
            "",
            "-",
            "1,20",
            "1,2000",
            "1.234",
            "12,34,567",
            "1 200,50",
            "EUR 5",
            "1.",
            "1e3",
            "99999999999999999999",
        ] {
            assert!(read(text, "USD").is_err(), "{text:?}");
        }
    }

    #[test]
    fn amounts_are_shown_with_thin_spaces_and_only_the_decimals_they_have() {
        let usd = |minor| {
            Money {
                minor,
                currency: Currency::USD,
            }
            .to_string()
        };
        assert_eq!(usd(380_000_000), "USD 3\u{2009}800\u{2009}000");
        assert_eq!(usd(-120_050), "USD \u{2212}1\u{2009}200.50");
        assert_eq!(
            usd(i64::MIN),
            "USD \u{2212}92\u{2009}233\u{2009}720\u{2009}368\u{2009}547\u{2009}758.08"
        );
        assert_eq!(
            Money::parse("1500", Currency(*b"JPY")).map(|m| m.to_string()),
            Ok("JPY 1\u{2009}500".to_owned())
        );
    }

    #[test]
    fn only_currencies_of_iso_4217_are_known() {
        assert_eq!(
            Currency::parse("EUR").map(|c| c.code().to_owned()),
            Ok("EUR".to_owned())
        );
        for code in ["usd", "US", "XXX", "USDX", "", "AAA"] {
            assert_eq!(Currency::parse(code), Err(Error::Currency(code.to_owned())));
        }
    }

    #[test]
    fn units_round_to_whole_minor_units() {
        assert_eq!(Money::from_units(12.345, Currency::USD).map(|m| m.minor), Some(1235));
        assert_eq!(Money::from_units(f64::NAN, Currency::USD), None);
        assert_eq!(Money::from_units(1e14, Currency::USD), None);
    }
}
