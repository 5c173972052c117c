//! A day for a calendar, as an iCalendar file (RFC 5545). Writes; knows no clock.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// Bytes of a line, its end not counted; longer ones are folded (RFC 5545, 3.1).
const LINE_BYTES: usize = 75;

/// Something that takes a whole day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    /// What it is known by when it is sent again.
    pub id: String,
    /// When the file was made.
    pub made_at: Timestamp,
    /// The day.
    pub on: Date,
    /// What it is called.
    pub title: String,
    /// What to know about it.
    pub words: String,
    /// How many days before it reminds of itself.
    pub remind_days: u32,
}

/// The day as a file to add to a calendar.
#[must_use]
pub fn ics(day: &Day) -> String {
    let stamp = day.made_at.to_zoned(TimeZone::UTC).strftime("%Y%m%dT%H%M%SZ");
    let date = |day: Date| day.strftime("%Y%m%d").to_string();
    let next = day.on.tomorrow().unwrap_or(day.on);
    let title = escaped(&day.title);
    let lines = [
        "BEGIN:VCALENDAR".to_owned(),
        "VERSION:2.0".to_owned(),
        "PRODID:-//Beachhead//Beachhead//EN".to_owned(),
        "METHOD:PUBLISH".to_owned(),
        "BEGIN:VEVENT".to_owned(),
        format!("UID:{}", escaped(&day.id)),
        format!("DTSTAMP:{stamp}"),
        format!("DTSTART;VALUE=DATE:{}", date(day.on)),
        format!("DTEND;VALUE=DATE:{}", date(next)),
        format!("SUMMARY:{title}"),
        format!("DESCRIPTION:{}", escaped(&day.words)),
        "TRANSP:TRANSPARENT".to_owned(),
        "BEGIN:VALARM".to_owned(),
        "ACTION:DISPLAY".to_owned(),
        format!("DESCRIPTION:{title}"),
        format!("TRIGGER:-P{}D", day.remind_days),
        "END:VALARM".to_owned(),
        "END:VEVENT".to_owned(),
        "END:VCALENDAR".to_owned(),
    ];
    lines.iter().map(|line| folded(line)).collect()
}

/// Text as a value: what would end or part it is escaped (RFC 5545, 3.3.11), and what is not text is left away.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\\' | ';' | ',' => out.extend(['\\', letter]),
            '\n' => out.push_str("\\n"),
            other if other.is_control() => {}
            other => out.push(other),
        }
    }
    out
}

/// A line with its end; a long one goes on in lines that begin with a space.
fn folded(line: &str) -> String {
    let mut out = String::with_capacity(line.len() + 8);
    let mut used = 0;
    for letter in line.chars() {
        if used + letter.len_utf8() > LINE_BYTES {
            out.push_str("\r\n ");
            used = 1;
        }
        out.push(letter);
        used += letter.len_utf8();
    }
    out + "\r\n"
}

#[cfg(test)]
mod tests {
    use super::{Day, LINE_BYTES, ics};
    use jiff::Timestamp;
    use jiff::civil::date;

    fn day(title: &str) -> Day {
        Day {
            id: "review-4@northwind".into(),
            made_at: Timestamp::from_second(1_793_750_400).expect("an instant"),
            on: date(2026, 12, 31),
            title: title.into(),
            words: "Pre-read, then:\ndecide; close".into(),
            remind_days: 2,
        }
    }

    #[test]
    fn a_day_ends_on_the_next_and_reminds_before() {
        let file = ics(&day("Review"));
        for line in [
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n",
            "\r\nDTSTART;VALUE=DATE:20261231\r\nDTEND;VALUE=DATE:20270101\r\n",
            "\r\nDTSTAMP:20261104T000000Z\r\n",
            "\r\nDESCRIPTION:Pre-read\\, then:\\ndecide\\; close\r\n",
            "\r\nTRIGGER:-P2D\r\n",
        ] {
            assert!(file.contains(line), "{line:?} in {file}");
        }
        assert!(file.ends_with("END:VCALENDAR\r\n"));
    }

    #[test]
    fn no_text_can_add_a_line_of_its_own_and_long_lines_are_folded_between_letters() {
        let file = ics(&day(&format!("Übung\r\nBEGIN:VEVENT {}", "é".repeat(120))));
        assert_eq!(file.matches("\r\nBEGIN:VEVENT").count(), 1);
        assert!(file.split("\r\n").all(|line| line.len() <= LINE_BYTES), "{file}");
        let whole = file.replace("\r\n ", "");
        assert!(whole.contains(&format!("SUMMARY:Übung\\nBEGIN:VEVENT {}\r\n", "é".repeat(120))));
    }
}
