//! Rows out again, as CSV or as a workbook that a spreadsheet opens without running anything. The one place that knows
//! what a spreadsheet would take for a formula. Must not choose rows.

mod attribution;
mod back;
mod sheet;
mod table;

use std::borrow::Cow;
use std::io::Write;
use std::path::{Path, PathBuf};

use beachhead_strategy::Currency;
use jiff::civil::Date;

use crate::error::FactsError;
use crate::star::shown_money;

use sheet::Sheet;

pub use back::read_back;
pub use table::{export_table, records_file};

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

/// Takes the cells of one row.
pub type TakeCells<'t> = dyn FnMut(&[Cell<'_>]) -> Result<(), FactsError> + 't;

/// Gives every row, one after the other.
type EachRow = dyn FnOnce(&mut TakeCells<'_>) -> Result<(), FactsError> + Send;

/// Rows that can be had as a file: what they are, how many, and how to go through them. Every file of rows that leaves
/// the facts is one of these, so that each is guarded, bounded and streamed alike.
pub struct RowsFile {
    about: About,
    header: Vec<String>,
    rows: u64,
    scratch: PathBuf,
    each: Box<EachRow>,
}

impl RowsFile {
    /// `rows` rows, given by `each`, under a header. What does not fit into memory is put into `scratch`.
    pub fn new(
        about: About,
        header: impl IntoIterator<Item = impl Into<String>>,
        rows: u64,
        scratch: &Path,
        each: impl FnOnce(&mut TakeCells<'_>) -> Result<(), FactsError> + Send + 'static,
    ) -> Self {
        Self {
            about,
            header: header.into_iter().map(Into::into).collect(),
            rows,
            scratch: scratch.to_owned(),
            each: Box::new(each),
        }
    }

    /// How many rows it has.
    pub const fn rows(&self) -> u64 {
        self.rows
    }

    /// Writes it, a row at a time, and gives back what it was written to.
    ///
    /// # Errors
    /// [`FactsError::TooLarge`] before anything is written where a workbook cannot hold so many rows, and on the way
    /// where it cannot hold a cell; [`FactsError::BadAnswer`] for Parquet; [`FactsError::Io`]; what going through the
    /// rows says.
    pub fn write<W: Write + Send>(self, format: Format, to: W) -> Result<W, FactsError> {
        let header: Vec<&str> = self.header.iter().map(String::as_str).collect();
        let mut sink = Sink::new(format, to, self.about, &header, self.rows, &self.scratch)?;
        (self.each)(&mut |cells| sink.row(cells))?;
        sink.finish()
    }
}

/// A file of rows in the writing.
pub(crate) enum Sink<W: Write + Send> {
    /// As text.
    Csv(Box<csv::Writer<W>>),
    /// As a workbook.
    Xlsx(Box<Sheet<W>>),
}

impl<W: Write + Send> Sink<W> {
    /// Begins a file of so many rows with its header. A workbook's rows wait in `scratch` until it is whole.
    ///
    /// # Errors
    /// [`FactsError::Io`]; [`FactsError::TooLarge`] where a workbook cannot hold the rows; [`FactsError::BadAnswer`] for
    /// Parquet, which tables alone are written as.
    pub(crate) fn new(
        format: Format,
        to: W,
        about: About,
        header: &[&str],
        rows: u64,
        scratch: &Path,
    ) -> Result<Self, FactsError> {
        match format {
            Format::Csv => {
                let mut writer = csv::Writer::from_writer(to);
                let cells = header.iter().map(|name| guarded(name).into_owned());
                writer.write_record(cells).map_err(|error| written(error.into()))?;
                Ok(Self::Csv(Box::new(writer)))
            }
            Format::Xlsx => Ok(Self::Xlsx(Box::new(Sheet::new(to, about, header, rows, scratch)?))),
            Format::Parquet => Err(FactsError::BadAnswer {
                what: "these rows are written as CSV or XLSX; whole tables are written as Parquet too".to_owned(),
            }),
        }
    }

    /// Adds a row.
    ///
    /// # Errors
    /// [`FactsError::Io`]; [`FactsError::TooLarge`] when a workbook cannot hold it.
    pub(crate) fn row(&mut self, cells: &[Cell<'_>]) -> Result<(), FactsError> {
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
    pub(crate) fn finish(self) -> Result<W, FactsError> {
        match self {
            Self::Csv(writer) => writer.into_inner().map_err(|error| written(error.into_error())),
            Self::Xlsx(sheet) => sheet.finish(),
        }
    }
}

fn written(source: std::io::Error) -> FactsError {
    FactsError::io(Path::new("the export"), source)
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

    fn file(rows: u64, header: &[&str], cells: Vec<Vec<Cell<'static>>>) -> RowsFile {
        let about = About {
            title: "=rows".into(),
            lines: vec![("Snapshot".into(), "abc".into())],
        };
        let header: Vec<String> = header.iter().map(ToString::to_string).collect();
        RowsFile::new(about, header, rows, &std::env::temp_dir(), move |take| {
            cells.iter().try_for_each(|row| take(row))
        })
    }

    #[test]
    fn a_number_column_is_left_alone() {
        let money = |minor, digits| Cell::Money { minor, digits };
        let rows = vec![
            vec![money(-1234, 2), Cell::text("-1234")],
            vec![money(1234, 3), Cell::text("a,\"b\"\nc")],
        ];
        let written = file(2, &["amount", "note"], rows).write(Format::Csv, Vec::new());
        let text = String::from_utf8(written.unwrap()).unwrap();
        assert_eq!(text, "amount,note\n-12.34,'-1234\n1.2340,\"a,\"\"b\"\"\nc\"\n");
    }

    #[test]
    fn the_same_rows_give_the_same_workbook() {
        let book = || {
            let rows = vec![vec![Cell::Day(jiff::civil::date(2026, 3, 1))]];
            file(1, &["day"], rows).write(Format::Xlsx, Vec::new()).unwrap()
        };
        assert_eq!(book(), book());
    }

    #[test]
    fn what_a_sheet_cannot_hold_is_refused_before_a_row_is_asked_for() {
        for (rows, columns) in [(crate::limits::SHEET_ROWS_MAX, 1), (1_000_000, 100)] {
            let file = RowsFile::new(About::default(), vec!["n"; columns], rows, Path::new("/"), |_| {
                panic!("a row was asked for")
            });
            let refused = file.write(Format::Xlsx, Vec::new()).unwrap_err().to_string();
            assert!(refused.contains("take CSV"), "{refused}");
        }
        let most = crate::limits::SHEET_ROWS_MAX - 1;
        assert!(file(most, &["n"], Vec::new()).write(Format::Xlsx, Vec::new()).is_ok());
    }

    #[test]
    fn a_folder_that_cannot_be_written_to_is_an_error_and_no_panic() {
        let file = RowsFile::new(About::default(), ["n"], 1, Path::new("/nowhere"), |_| Ok(()));
        let refused = file.write(Format::Xlsx, Vec::new()).unwrap_err();
        assert!(matches!(refused, FactsError::Io { .. }), "{refused:?}");
    }
}
