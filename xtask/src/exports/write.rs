//! Comma-separated values as a CRM writes them: every value in quotes, ids of 18 characters, instants in UTC. Must not
//! know what it writes.

use std::fs::File;
use std::io::Write;

const BUFFER: usize = 1 << 20;
const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const SUFFIX: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";
/// What comes between the prefix of a kind of record and its number.
const INSTANCE: &[u8; 3] = b"5g0";

/// A file being written, row by row.
pub struct Csv {
    file: File,
    buffer: Vec<u8>,
    written: u64,
    is_first: bool,
}

impl Csv {
    pub fn new(file: File, header: &[&str]) -> std::io::Result<Self> {
        let mut csv = Self {
            file,
            buffer: Vec::with_capacity(BUFFER + 4096),
            written: 0,
            is_first: true,
        };
        for name in header {
            csv.text(name);
        }
        csv.end()?;
        Ok(csv)
    }

    fn quoted(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        self.buffer
            .extend_from_slice(if self.is_first { b"\"" } else { b",\"" });
        self.is_first = false;
        write(&mut self.buffer);
        self.buffer.push(b'"');
    }

    pub fn blank(&mut self) {
        self.quoted(|_| ());
    }

    pub fn text(&mut self, text: &str) {
        self.quoted(|buffer| {
            for (nth, part) in text.split('"').enumerate() {
                if nth > 0 {
                    buffer.extend_from_slice(b"\"\"");
                }
                buffer.extend_from_slice(part.as_bytes());
            }
        });
    }

    pub fn number(&mut self, number: u64) {
        self.quoted(|buffer| digits(buffer, number, 1));
    }

    /// An amount in units with two decimals.
    pub fn cents(&mut self, cents: u64) {
        self.quoted(|buffer| {
            digits(buffer, cents / 100, 1);
            buffer.push(b'.');
            digits(buffer, cents % 100, 2);
        });
    }

    /// A Salesforce id: 15 characters of which the case counts, and three that say which are capitals.
    pub fn id(&mut self, prefix: &str, number: u64) {
        let mut id = [b'0'; 15];
        id[..3].copy_from_slice(prefix.as_bytes());
        id[3..6].copy_from_slice(INSTANCE);
        let mut rest = number;
        for place in id[6..].iter_mut().rev() {
            *place = DIGITS[usize::try_from(rest % 62).unwrap_or(0)];
            rest /= 62;
        }
        self.quoted(|buffer| {
            buffer.extend_from_slice(&id);
            for five in id.chunks(5) {
                let capitals = five
                    .iter()
                    .rev()
                    .fold(0, |bits, letter| bits * 2 + usize::from(letter.is_ascii_uppercase()));
                buffer.push(SUFFIX[capitals]);
            }
        });
    }

    /// A calendar day, from its number since 1970-01-01.
    pub fn day(&mut self, day: i64) {
        self.quoted(|buffer| write_day(buffer, day));
    }

    pub fn instant(&mut self, day: i64, second: u64) {
        self.quoted(|buffer| {
            write_day(buffer, day);
            buffer.push(b'T');
            for (part, after) in [(second / 3600, b':'), (second / 60 % 60, b':'), (second % 60, b'.')] {
                digits(buffer, part, 2);
                buffer.push(after);
            }
            buffer.extend_from_slice(b"000Z");
        });
    }

    pub fn end(&mut self) -> std::io::Result<()> {
        self.buffer.push(b'\n');
        self.is_first = true;
        if self.buffer.len() >= BUFFER {
            self.flush()?;
        }
        Ok(())
    }

    /// So far.
    pub fn bytes(&self) -> u64 {
        self.written + self.buffer.len() as u64
    }

    pub fn finish(mut self) -> std::io::Result<()> {
        self.flush()
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.write_all(&self.buffer)?;
        self.written += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }
}

fn digits(buffer: &mut Vec<u8>, number: u64, least: usize) {
    let mut written = [b'0'; 20];
    let (mut rest, mut from) = (number, written.len());
    while rest > 0 || written.len() - from < least {
        from -= 1;
        written[from] = DIGITS[usize::try_from(rest % 10).unwrap_or(0)];
        rest /= 10;
    }
    buffer.extend_from_slice(&written[from..]);
}

/// Civil from days, after Howard Hinnant's `chrono`-compatible algorithms: years that begin in March make the leap day
/// the last one.
fn write_day(buffer: &mut Vec<u8>, day: i64) {
    let shifted = day + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let parts = [
        (year + era * 400 + i64::from(month >= 10), 4, Some(b'-')),
        ((month + 2) % 12 + 1, 2, Some(b'-')),
        (of_year - (153 * month + 2) / 5 + 1, 2, None),
    ];
    for (part, least, after) in parts {
        digits(buffer, part.unsigned_abs(), least);
        buffer.extend(after);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_written_as_the_calendar_has_them() {
        let shown = |day| {
            let mut buffer = Vec::new();
            write_day(&mut buffer, day);
            String::from_utf8(buffer).unwrap()
        };
        for (day, text) in [
            (0, "1970-01-01"),
            (11_016, "2000-02-29"),
            (11_017, "2000-03-01"),
            (20_453, "2025-12-31"),
            (20_454, "2026-01-01"),
        ] {
            assert_eq!(shown(day), text);
        }
    }

    #[test]
    fn an_id_ends_with_the_places_of_its_capitals() {
        let folder = crate::run::TemporaryFolder::new("exports-id").unwrap();
        let path = folder.path().join("ids.csv");
        let mut csv = Csv::new(File::create(&path).unwrap(), &["a \"b\""]).unwrap();
        // 36 is `a`, 10 is `A`: 0065g000000000A has a capital at the last place of its last five.
        csv.id("006", 36);
        csv.end().unwrap();
        csv.id("006", 10);
        csv.end().unwrap();
        csv.finish().unwrap();
        let text = std::fs::read_to_string(path).unwrap();
        assert_eq!(
            text,
            "\"a \"\"b\"\"\"\n\"0065g000000000aAAA\"\n\"0065g000000000AAAQ\"\n"
        );
    }
}
