//! Money: whole minor units with their ISO 4217 currency; reading and showing it. No exchange.

use crate::Error;
use std::fmt;

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

impl Currency {
    /// United States dollar: what a program counts in unless it says otherwise.
    pub const USD: Currency = Currency(*b"USD");

    /// Reads three letters, in capitals. [`Error::Currency`] when ISO 4217 has none such.
    pub fn parse(code: &str) -> Result<Self, Error> {
        todo!("{code}")
    }

    /// The three letters.
    pub fn code(&self) -> &str {
        todo!()
    }

    /// Digits after the decimal point: 2 for most, 0 for yen, 3 for Kuwaiti dinar.
    pub fn minor_digits(self) -> u32 {
        todo!()
    }
}

impl Money {
    /// So many units of the currency, rounded half away from zero to whole minor units. `None` when not finite or
    /// beyond [`crate::limits::FIGURE`].
    pub fn from_units(units: f64, currency: Currency) -> Option<Self> {
        todo!("{units}{currency:?}")
    }

    /// The amount in units of its currency.
    pub fn units(self) -> f64 {
        todo!()
    }

    /// Reads "1200", "1 200.50", "1,200.50", "1_200", with or without the currency's code before or after.
    /// [`Error::Amount`] for anything else, another currency's code, or more decimals than the currency has.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, Error> {
        todo!("{text}{currency:?}")
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
