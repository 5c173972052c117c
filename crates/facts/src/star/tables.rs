//! The seam between files and the star: typed tables, from Parquet or from rows of text. Must not join anything.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::catalogue::{Storage, Table};

use super::column::{Column, NO_DAY, NO_MONEY, Sheet, Words, day_number};

/// Tables in memory, before they are joined.
#[derive(Debug, Clone, Default)]
pub struct Tables {
    sheets: BTreeMap<Table, Sheet>,
}

impl Tables {
    /// Adds a table from rows of text, as a small file would hold them: dates as `2026-01-31`, amounts in units of a
    /// currency with two decimals. What does not fit its column is missing; columns that the table does not know are
    /// kept as text. The first row counts as row 2 of file 0, below the header.
    #[must_use]
    pub fn with<R: AsRef<[C]>, C: AsRef<str>>(mut self, table: Table, header: &[&str], rows: &[R]) -> Self {
        let cell = |row: &R, nth: usize| row.as_ref().get(nth).map(|cell| cell.as_ref().trim().to_owned());
        let columns = header.iter().enumerate().map(|(nth, name)| {
            let cells: Vec<String> = rows.iter().map(|row| cell(row, nth).unwrap_or_default()).collect();
            let storage = table.field(name).map_or(Storage::Text, |field| field.kind.storage());
            ((*name).to_owned(), read(&cells, storage))
        });
        let sheet = Sheet {
            columns: columns.collect(),
            aliases: Vec::new(),
            file: vec![0; rows.len()],
            row: (2..).take(rows.len()).collect(),
            made: Vec::new(),
        };
        self.insert(table, sheet);
        self
    }

    /// Says that the source called a field something else, so that rules and groupings may too.
    #[must_use]
    pub fn called(mut self, table: Table, source: &str, field: &str) -> Self {
        self.sheets
            .entry(table)
            .or_default()
            .aliases
            .push((source.to_owned(), field.to_owned()));
        self
    }

    pub(crate) fn insert(&mut self, table: Table, sheet: Sheet) {
        self.sheets.insert(table, sheet);
    }

    /// The table, with every field that it can have.
    pub(super) fn take(&mut self, table: Table) -> Sheet {
        let mut sheet = self.sheets.remove(&table).unwrap_or_default();
        let rows = sheet.rows();
        for field in table.fields() {
            if !sheet.columns.iter().any(|(name, _)| name == field.name) {
                let missing = Column::missing(field.kind.storage(), rows);
                sheet.columns.push((field.name.to_owned(), missing));
            }
        }
        sheet
    }
}

fn read(cells: &[String], storage: Storage) -> Column {
    match storage {
        Storage::Text => Column::Text(cells.iter().map(|cell| Some(cell.as_str())).collect::<Words>()),
        Storage::Date => Column::Day(
            cells
                .iter()
                .map(|cell| cell.parse::<Date>().map_or(NO_DAY, day_number))
                .collect(),
        ),
        Storage::Number => Column::Number(cells.iter().map(|cell| cell.parse().unwrap_or(f64::NAN)).collect()),
        Storage::Money => Column::Money {
            minor: cells.iter().map(|cell| cents(cell).unwrap_or(NO_MONEY)).collect(),
            digits: 2,
        },
    }
}

/// `12.3` as 1230.
fn cents(text: &str) -> Option<i64> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let fraction = match fraction.len() {
        0 => 0,
        1 => fraction.parse::<i64>().ok()? * 10,
        2 => fraction.parse().ok()?,
        _ => return None,
    };
    whole
        .parse::<i64>()
        .ok()?
        .checked_mul(100)?
        .checked_add(fraction)?
        .checked_mul(sign)
}
