//! Cells made into days, amounts, numbers and ids. It must not know tables, files or columns.

mod amount;
mod date;
mod id;
mod memo;

pub use amount::Decimal;
pub(crate) use amount::{DecimalTally, amount, currency, currency_beside, number};
pub use date::DateOrder;
pub(crate) use date::{DateTally, date_of, day, days, instant};
pub(crate) use id::{domain, id};
pub(crate) use memo::Memo;

/// A cell without the space around it. Most cells have none, which their first and last sign tell at once.
pub(crate) fn trimmed(text: &str) -> &str {
    match text.as_bytes() {
        [] => text,
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => text,
        _ => text.trim(),
    }
}

/// Whether a cell says that there is nothing: empty, a dash, `N/A`.
pub(crate) fn is_missing(text: &str) -> bool {
    let text = trimmed(text);
    text.len() <= 4
        && (matches!(text, "" | "-" | "–" | "—") || ["n/a", "#n/a"].iter().any(|word| text.eq_ignore_ascii_case(word)))
}

/// As [`is_missing`], and the words that programs write for nothing. A company may be called Null; a day may not.
pub(crate) fn is_missing_value(text: &str) -> bool {
    let text = trimmed(text);
    text.len() <= 4
        && (is_missing(text)
            || ["na", "null", "none", "nil", "nan", "nat"]
                .iter()
                .any(|w| text.eq_ignore_ascii_case(w)))
}

/// An Excel error standing in a cell. `#N/A` is none: it says that there is nothing.
pub(crate) fn is_excel_error(text: &str) -> bool {
    let text = trimmed(text);
    // Most cells are told apart by their first sign.
    text.starts_with('#')
        && matches!(
            text,
            "#REF!" | "#DIV/0!" | "#VALUE!" | "#NAME?" | "#NULL!" | "#NUM!" | "#DATA!" | "#SPILL!"
        )
}

/// A yes or a no.
pub(crate) fn flag(text: &str) -> Result<Option<bool>, &'static str> {
    let text = text.trim();
    let is = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is_missing_value(text) {
        Ok(None)
    } else if is(&["true", "yes", "y", "t", "1", "1.0", "x"]) {
        Ok(Some(true))
    } else if is(&["false", "no", "n", "f", "0", "0.0"]) {
        Ok(Some(false))
    } else {
        Err("neither yes nor no")
    }
}

/// A count with its first example.
#[derive(Debug, Default, Clone)]
pub(crate) struct Tally {
    count: u64,
    example: Option<(u64, String)>,
}

impl Tally {
    fn add(&mut self, row: u64, value: &str) {
        self.count += 1;
        self.example.get_or_insert_with(|| (row, value.trim().to_owned()));
    }

    fn append(&mut self, later: Self) {
        self.count += later.count;
        self.example = self.example.take().or(later.example);
    }

    fn says(&self) -> String {
        let (row, value) = self
            .example
            .as_ref()
            .map_or((0, ""), |(row, value)| (*row, value.as_str()));
        format!("`{value}` in row {row}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_missing_only_where_it_is_said() {
        for text in ["", " ", "-", "N/A", "#N/A", "n/a"] {
            assert!(is_missing(text), "{text}");
        }
        assert!(!is_missing("Null") && is_missing_value("Null"));
        assert!(!is_missing_value("0") && !is_missing_value("O'Brien"));
    }
}
