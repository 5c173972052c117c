//! Rows out again, as CSV or as a workbook that a spreadsheet opens without running anything. The one place that knows
//! what a spreadsheet would take for a formula. Must not choose rows.

mod table;

use std::borrow::Cow;
use std::io::Write;
use std::path::Path;

use beachhead_strategy::Currency;
use jiff::civil::Date;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format as Look, Workbook, XlsxError};

use crate::error::FactsError;
use crate::limits::{EXPORT_CELLS_MAX, SHEET_ROWS_MAX};
use crate::star::shown_money;

pub use table::export_table;

/// What a file of rows is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Text with commas between.
    Csv,
    /// A workbook: the rows, and a second sheet that says what they are.
    Xlsx,
    /// Parquet.
    Parquet,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 3] = [Self::Csv, Self::Xlsx, Self::Parquet];

    /// The ending of a file's name, which is its word on the command line too.
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::Parquet => "parquet",
        }
    }

    /// The format of this word.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.ending() == name)
    }
}

/// One cell to write.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell<'a> {
    /// Nothing there.
    None,
    /// Text, an id, a word.
    Text(Cow<'a, str>),
    /// A calendar day.
    Day(Date),
    /// Minor units of a currency with so many digits after the point.
    Money {
        /// Minor units.
        minor: i64,
        /// Digits after the point.
        digits: u32,
    },
    /// A plain number.
    Number(f64),
    /// A whole number.
    Count(i64),
}

impl<'a> Cell<'a> {
    /// Text; empty text is nothing.
    pub fn text(text: impl Into<Cow<'a, str>>) -> Self {
        let text = text.into();
        if text.is_empty() { Self::None } else { Self::Text(text) }
    }

    /// A day, where there is one.
    pub fn day(day: Option<Date>) -> Self {
        day.map_or(Self::None, Self::Day)
    }

    /// As people and programs read it: days as 2026-01-31, money in units with its digits, numbers without an exponent.
    /// No guard stands before it.
    pub fn shown(&self) -> Cow<'_, str> {
        match self {
            Self::None => Cow::Borrowed(""),
            Self::Text(text) => Cow::Borrowed(text),
            Self::Day(day) => Cow::Owned(day.to_string()),
            Self::Money { minor, digits } => Cow::Owned(money(*minor, *digits)),
            Self::Number(number) => Cow::Owned(number.to_string()),
            Self::Count(number) => Cow::Owned(number.to_string()),
        }
    }

    /// The same cell without what it borrows.
    #[must_use]
    pub fn into_owned(self) -> Cell<'static> {
        match self {
            Self::None => Cell::None,
            Self::Text(text) => Cell::Text(Cow::Owned(text.into_owned())),
            Self::Day(day) => Cell::Day(day),
            Self::Money { minor, digits } => Cell::Money { minor, digits },
            Self::Number(number) => Cell::Number(number),
            Self::Count(number) => Cell::Count(number),
        }
    }
}

/// Three digits after a sign could be thousands: a fourth says that they are not.
fn money(minor: i64, digits: u32) -> String {
    let mut text = shown_money(minor, digits);
    if digits == 3 {
        text.push('0');
    }
    text
}

/// How a spreadsheet's formulas, and what some spreadsheets take for one, begin (OWASP, "CSV Injection").
const FORMULA_STARTS: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// Whether text begins as a formula does, apostrophes before it not counted: `'=1` has to come back as it was too.
fn is_risky(text: &str) -> bool {
    text.trim_start_matches('\'').starts_with(FORMULA_STARTS)
}

/// Text with an apostrophe before what a spreadsheet would run. A column of numbers needs none.
pub(crate) fn guarded(text: &str) -> Cow<'_, str> {
    if is_risky(text) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// The text without the apostrophe that [`guarded`] put before it.
pub(crate) fn unguarded(text: &str) -> &str {
    text.strip_prefix('\'').filter(|rest| is_risky(rest)).unwrap_or(text)
}

/// What a file of rows says of itself on its second sheet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct About {
    /// What the rows are, in a few words.
    pub title: String,
    /// Name and text: the figure's definition, the snapshot, the day, what was asked for.
    pub lines: Vec<(String, String)>,
}

/// A file of rows in the writing.
pub enum Sink<W: Write> {
    /// As text.
    Csv(Box<csv::Writer<W>>),
    /// As a workbook, which is kept until the end: a workbook's rows are at most [`SHEET_ROWS_MAX`] and its cells
    /// [`EXPORT_CELLS_MAX`].
    Xlsx(Box<Sheet<W>>),
}

/// A sheet in the making.
pub struct Sheet<W> {
    to: W,
    book: Workbook,
    about: About,
    day: Look,
    row: u32,
    cells: usize,
}

impl<W: Write> Sink<W> {
    /// Begins a file with its header.
    ///
    /// # Errors
    /// [`FactsError::Io`], [`FactsError::BadAnswer`] for Parquet, which tables alone are written as.
    pub fn new(format: Format, to: W, about: About, header: &[&str]) -> Result<Self, FactsError> {
        match format {
            Format::Csv => {
                let mut writer = csv::Writer::from_writer(to);
                let cells = header.iter().map(|name| guarded(name).into_owned());
                writer.write_record(cells).map_err(|error| written(error.into()))?;
                Ok(Self::Csv(Box::new(writer)))
            }
            Format::Xlsx => {
                let mut book = Workbook::new();
                book.set_properties(&fixed_properties(&about.title)?);
                let sheet = book.add_worksheet();
                sheet.set_name("rows").map_err(unwritable)?;
                let bold = Look::new().set_bold();
                for (column, name) in (0..).zip(header) {
                    let name = guarded(name).into_owned();
                    sheet
                        .write_string_with_format(0, column, name, &bold)
                        .map_err(unwritable)?;
                }
                sheet.set_freeze_panes(1, 0).map_err(unwritable)?;
                Ok(Self::Xlsx(Box::new(Sheet {
                    to,
                    book,
                    about,
                    day: Look::new().set_num_format("yyyy-mm-dd"),
                    row: 1,
                    cells: 0,
                })))
            }
            Format::Parquet => Err(FactsError::BadAnswer {
                what: "these rows are written as CSV or XLSX; whole tables are written as Parquet too".to_owned(),
            }),
        }
    }

    /// Adds a row.
    ///
    /// # Errors
    /// [`FactsError::Io`]; [`FactsError::TooLarge`] when a workbook cannot hold it.
    pub fn row(&mut self, cells: &[Cell<'_>]) -> Result<(), FactsError> {
        match self {
            Self::Csv(writer) => {
                for cell in cells {
                    let field = match cell {
                        Cell::Text(text) => guarded(text),
                        other => other.shown(),
                    };
                    writer.write_field(&*field).map_err(|error| written(error.into()))?;
                }
                writer
                    .write_record(None::<&[u8]>)
                    .map_err(|error| written(error.into()))
            }
            Self::Xlsx(sheet) => sheet.row(cells),
        }
    }

    /// Ends the file and gives back what it was written to.
    ///
    /// # Errors
    /// [`FactsError::Io`].
    pub fn finish(self) -> Result<W, FactsError> {
        match self {
            Self::Csv(writer) => writer.into_inner().map_err(|error| written(error.into_error())),
            Self::Xlsx(sheet) => sheet.finish(),
        }
    }
}

impl<W: Write> Sheet<W> {
    fn row(&mut self, cells: &[Cell<'_>]) -> Result<(), FactsError> {
        self.cells += cells.len();
        if self.cells > EXPORT_CELLS_MAX || u64::from(self.row) >= SHEET_ROWS_MAX {
            return Err(too_large(format!(
                "a workbook is written with at most {EXPORT_CELLS_MAX} cells and {SHEET_ROWS_MAX} rows; take CSV"
            )));
        }
        let (row, day) = (self.row, &self.day);
        let sheet = self.book.worksheet_from_index(0).map_err(unwritable)?;
        for (column, cell) in (0..).zip(cells) {
            write_cell(sheet, row, column, cell, day)?;
        }
        self.row += 1;
        Ok(())
    }

    fn finish(mut self) -> Result<W, FactsError> {
        let sheet = self.book.add_worksheet();
        sheet.set_name("about").map_err(unwritable)?;
        let title = ("What".to_owned(), self.about.title.clone());
        for (row, (name, text)) in (0..).zip(std::iter::once(title).chain(self.about.lines)) {
            sheet.write_string(row, 0, guarded(&name)).map_err(unwritable)?;
            sheet.write_string(row, 1, guarded(&text)).map_err(unwritable)?;
        }
        let bytes = self.book.save_to_buffer().map_err(unwritable)?;
        self.to.write_all(&bytes).map_err(written)?;
        self.to.flush().map_err(written)?;
        Ok(self.to)
    }
}

/// Amounts of more digits than a spreadsheet keeps are written as text.
const EXACT: u64 = 999_999_999_999_999;

fn write_cell(
    sheet: &mut rust_xlsxwriter::Worksheet,
    row: u32,
    column: u16,
    cell: &Cell<'_>,
    day: &Look,
) -> Result<(), FactsError> {
    match cell {
        Cell::None => return Ok(()),
        Cell::Text(text) => sheet.write_string(row, column, guarded(text)),
        Cell::Day(date) => match excel_day(*date) {
            Some(date) => sheet.write_datetime_with_format(row, column, &date, day),
            None => sheet.write_string(row, column, date.to_string()),
        },
        Cell::Money { minor, .. } if minor.unsigned_abs() > EXACT => {
            sheet.write_string(row, column, cell.shown().into_owned())
        }
        #[expect(clippy::cast_precision_loss, reason = "fifteen digits are exact")]
        Cell::Money { minor, digits } => {
            sheet.write_number(row, column, *minor as f64 / 10_f64.powi(digits.cast_signed()))
        }
        Cell::Number(number) => sheet.write_number(row, column, *number),
        #[expect(clippy::cast_precision_loss, reason = "row numbers and days are far below 2^53")]
        Cell::Count(number) => sheet.write_number(row, column, *number as f64),
    }
    .map(drop)
    .map_err(unwritable)
}

/// A day as a spreadsheet counts days: those before March 1900 it counts wrong.
fn excel_day(date: Date) -> Option<ExcelDateTime> {
    let (year, month, day) = (
        u16::try_from(date.year()).ok()?,
        u8::try_from(date.month()).ok()?,
        u8::try_from(date.day()).ok()?,
    );
    (date >= jiff::civil::date(1900, 3, 1))
        .then(|| ExcelDateTime::from_ymd(year, month, day).ok())
        .flatten()
}

/// The same rows give the same workbook: it does not say when it was made.
fn fixed_properties(title: &str) -> Result<DocProperties, FactsError> {
    let day = ExcelDateTime::from_ymd(2000, 1, 1).map_err(unwritable)?;
    Ok(DocProperties::new().set_title(title).set_creation_datetime(&day))
}

fn written(source: std::io::Error) -> FactsError {
    FactsError::io(Path::new("the export"), source)
}

fn unwritable(error: XlsxError) -> FactsError {
    match error {
        XlsxError::MaxStringLengthExceeded => too_large("a cell is longer than a workbook holds; take CSV".to_owned()),
        XlsxError::RowColumnLimitError => {
            too_large("there are more columns than a workbook holds; take CSV".to_owned())
        }
        XlsxError::IoError(source) => written(source),
        other => written(std::io::Error::other(other.to_string())),
    }
}

fn too_large(what: String) -> FactsError {
    FactsError::TooLarge {
        file: "the export".to_owned(),
        what,
    }
}

/// Digits after the point of amounts: those of the row's currency, else of the program's, else two.
pub(crate) fn digits_of(row: Option<&str>, program: Option<Currency>) -> u32 {
    row.and_then(|code| Currency::parse(code).ok())
        .or(program)
        .map_or(2, Currency::minor_digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_as_a_formula_gets_an_apostrophe_and_comes_back() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "'=1", "''@x"] {
            assert!(guarded(text).starts_with('\''), "{text:?}");
            assert_eq!(unguarded(&guarded(text)), text, "{text:?}");
        }
        for text in ["O'Brien", "'quoted'", "1-2", "", "a=b", "'"] {
            assert_eq!(guarded(text), text);
            assert_eq!(unguarded(text), text);
        }
    }

    #[test]
    fn a_number_column_is_left_alone() {
        let mut sink = Sink::new(Format::Csv, Vec::new(), About::default(), &["amount", "note"]).unwrap();
        let money = |minor, digits| Cell::Money { minor, digits };
        sink.row(&[money(-1234, 2), Cell::text("-1234")]).unwrap();
        sink.row(&[money(1234, 3), Cell::text("a,\"b\"\nc")]).unwrap();
        let text = String::from_utf8(sink.finish().unwrap()).unwrap();
        assert_eq!(text, "amount,note\n-12.34,'-1234\n1.2340,\"a,\"\"b\"\"\nc\"\n");
    }

    #[test]
    fn the_same_rows_give_the_same_workbook() {
        let book = || {
            let about = About {
                title: "=rows".into(),
                lines: vec![("Snapshot".into(), "abc".into())],
            };
            let mut sink = Sink::new(Format::Xlsx, Vec::new(), about, &["day"]).unwrap();
            sink.row(&[Cell::Day(jiff::civil::date(2026, 3, 1))]).unwrap();
            sink.finish().unwrap()
        };
        assert_eq!(book(), book());
    }
}
