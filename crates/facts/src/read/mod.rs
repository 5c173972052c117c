//! Files read into typed rows, every row accounted for. It must not write anything.

use std::path::Path;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::catalogue::{Status, Table};
use crate::error::FactsError;
use crate::profile::Profile;
pub use crate::typed::{DateOrder, Decimal};

/// What the caller knows about a file beforehand, and the answers to what was asked.
#[derive(Debug, Clone)]
pub struct ReadOptions {
    /// The table that the rows go to (`--as`).
    pub table: Option<Table>,
    /// A mapping profile (`--profile`, or the one whose header fits).
    pub profile: Option<Profile>,
    /// Source column to field (`--map`); an empty field keeps the column under its own name.
    pub map: Vec<(String, String)>,
    /// Stage to what it means (`--stage`).
    pub stages: Vec<(String, Status)>,
    /// The order of all-digit dates (`--day-first`, `--month-first`, `--year-first`).
    pub date_order: Option<DateOrder>,
    /// The decimal sign (`--decimal-comma`, `--decimal-point`).
    pub decimal: Option<Decimal>,
    /// The program's currency, for amounts that name none.
    pub currency: Option<String>,
    /// Take the file even if more than [`crate::limits::REJECTED_SHARE_MAX`] of its rows are rejected.
    pub take_anyway: bool,
    /// The day of import.
    pub today: Date,
}

impl ReadOptions {
    /// Nothing known but the day.
    pub fn new(today: Date) -> Self {
        Self {
            table: None,
            profile: None,
            map: Vec::new(),
            stages: Vec::new(),
            date_order: None,
            decimal: None,
            currency: None,
            take_anyway: false,
            today,
        }
    }
}

/// What became of one file: an element of `files` in the JSON of `beachhead import`.
/// `read = accepted + rejected + duplicates + footer`, always. Blank rows are not rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileReport {
    /// The file's name, without folders.
    pub file: String,
    /// The table; none where that is asked.
    pub table: Option<Table>,
    /// `csv` or `xlsx`.
    pub format: String,
    /// `utf-8`, `utf-16le`, `utf-16be` or `windows-1252`; none for a workbook.
    pub encoding: Option<String>,
    /// The delimiter of a text file.
    pub delimiter: Option<char>,
    /// The row of the header, from 1.
    pub header_row: u64,
    /// The rows below the header.
    pub read: u64,
    /// The rows taken.
    pub accepted: u64,
    /// The rows refused, each with its reason.
    pub rejected: u64,
    /// The rows that another row of the same file with the same key took the place of.
    pub duplicates: u64,
    /// The rows of the report's footer.
    pub footer: u64,
    /// Each column and what it feeds.
    pub columns: Vec<ColumnReport>,
    /// What could not be decided.
    pub asked: Vec<Asked>,
    /// The rejected rows, up to [`crate::limits::REJECTS_KEPT`].
    pub rejects: Vec<Reject>,
    /// The replaced rows, up to [`crate::limits::DUPLICATES_LISTED`].
    pub replaced: Vec<Replaced>,
    /// The cells of kept columns that were cut to [`crate::limits::FIELD_BYTES_KEPT`].
    pub cut: u64,
    /// The answers (`--map`, `--stage`) that met nothing in this file.
    pub unused: Vec<String>,
}

/// One column of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnReport {
    /// Its name in the file; a repeated name gets a number.
    pub source: String,
    /// The field that it feeds.
    pub field: Option<String>,
    /// How that was decided.
    pub how: How,
    /// The first value found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample: Option<String>,
}

/// How a column came to its field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum How {
    /// The name is one that we know.
    Alias,
    /// A mapping profile says so.
    Profile,
    /// The caller says so.
    Given,
    /// It feeds none and is kept under its own name.
    Kept,
    /// It is not known, because the table is not.
    Unsure,
}

/// Something that could not be decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// `table`, `column`, `date-order`, `decimal` or `stage`.
    pub what: String,
    /// The column it is about.
    pub column: Option<String>,
    /// The question in one sentence, with an example.
    pub message: String,
    /// The flags that answer it, any one of which does.
    pub flags: Vec<String>,
}

/// A rejected row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reject {
    /// Its row in the file, from 1.
    pub row: u64,
    /// The column that is at fault, where it is one.
    pub column: Option<String>,
    /// The value there.
    pub value: Option<String>,
    /// Why.
    pub reason: String,
}

/// A row that another one of the same file took the place of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replaced {
    /// The row that went.
    pub row: u64,
    /// The row that stayed.
    pub by: u64,
}

/// What a file looks like, before its rows are read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inspection {
    /// The report as far as the header and the columns tell: no row is counted.
    pub report: FileReport,
    /// The mark of the header, see [`crate::profile::fingerprint`].
    pub fingerprint: String,
}

/// A file that was read and may be taken into a snapshot.
#[derive(Debug, Clone)]
pub struct FileRead {
    /// What became of its rows.
    pub report: FileReport,
}

/// Where the bytes of a file come from.
#[derive(Debug, Clone, Copy)]
pub enum Input<'a> {
    /// A file on disk, streamed.
    Path(&'a Path),
    /// Bytes in memory, with the file's name.
    Bytes(&'a str, &'a [u8]),
}

/// Looks at a file's format, header, columns and open questions.
///
/// # Errors
/// As [`read`], save that open questions and rejected rows are no errors.
pub fn inspect(input: Input<'_>, options: &ReadOptions) -> Result<Inspection, FactsError> {
    todo!("{input:?} {options:?}")
}

/// Reads a file whole.
///
/// # Errors
/// [`FactsError::Asked`] where something could not be decided, [`FactsError::TooManyRejected`], and what a bad file
/// gives: `Io`, `Empty`, `WrongKind`, `TooLarge`, `Malformed`.
pub fn read(input: Input<'_>, options: &ReadOptions) -> Result<FileRead, FactsError> {
    todo!("{input:?} {options:?}")
}

/// Every row of the file as text, the header too: what the reader sees before it understands.
///
/// # Errors
/// As [`read`], for the file as a whole.
pub fn cells(input: Input<'_>) -> Result<Vec<Vec<String>>, FactsError> {
    todo!("{input:?}")
}
