//! Time and chance, handed in: the office reads no clock and draws no random number of its own.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// Tells the time.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Timestamp;

    /// The present calendar day, in UTC.
    fn today(&self) -> Date {
        self.now().to_zoned(TimeZone::UTC).date()
    }
}

/// Gives random bytes fit for secrets.
pub trait Entropy: Send + Sync {
    /// Fills `bytes`; a machine that cannot is not safe to go on with, so this does not fail softly.
    fn fill(&self, bytes: &mut [u8]);
}

/// The clock and the chance of one running program.
pub struct Surroundings {
    /// Tells the time.
    pub clock: Box<dyn Clock>,
    /// Gives random bytes.
    pub entropy: Box<dyn Entropy>,
}

impl Surroundings {
    /// The present instant.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The present calendar day, in UTC.
    #[must_use]
    pub fn today(&self) -> Date {
        self.clock.today()
    }

    /// `N` random bytes.
    #[must_use]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.entropy.fill(&mut bytes);
        bytes
    }

    /// A secret of 256 bits, as 64 hexadecimal digits.
    #[must_use]
    pub fn secret(&self) -> String {
        hex(&self.bytes::<32>())
    }

    /// A fresh time-ordered identifier (UUID version 7).
    #[must_use]
    pub fn id(&self) -> String {
        let millis = u64::try_from(self.now().as_millisecond()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &self.bytes::<10>())
            .into_uuid()
            .to_string()
    }
}

/// Lower-case hexadecimal digits of some bytes.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
            let _ = write!(out, "{byte:02x}");
            out
        })
}
