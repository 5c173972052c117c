//! What became of a file, for people and as JSON. It must hold no logic.

use serde::{Deserialize, Serialize};

use crate::catalogue::Table;

/// What became of one file: an element of `files` in the JSON of `beachhead import`.
/// `read = accepted + rejected + duplicates + footer`, always. Blank rows are not rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileReport {
    /// The file's name, without folders.
    pub file: String,
    /// The table; none where that is asked.
    pub table: Option<Table>,
    /// `csv`, `xlsx`, `parquet`, `jsonl` or `singer`.
    pub format: String,
    /// `utf-8`, `utf-16le`, `utf-16be` or `windows-1252`; none for a workbook or a Parquet file.
    pub encoding: Option<String>,
    /// The delimiter of a text file.
    pub delimiter: Option<char>,
    /// The row of the header, from 1; 0 for JSON, whose header stands in no row.
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
    /// The rows of stage history that a file of opportunities brings in its columns, beside its own rows.
    #[serde(default)]
    pub history: u64,
    /// The cells of those columns that do not tell a day. They make no row of history, and are kept as they are.
    #[serde(default)]
    pub history_rejected: u64,
    /// The first of them, up to [`crate::limits::HISTORY_REJECTS_LISTED`].
    #[serde(default)]
    pub history_rejects: Vec<Reject>,
    /// What the file is and why it is not read, where it holds no facts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passed_over: Option<String>,
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
    /// Of opportunities: the stage that the column tells the entry of. Its cells become rows of stage history, and are
    /// kept under the column's own name too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enters: Option<String>,
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
    /// The flag that answers it, its choices parted by `|`.
    pub flag: String,
}

impl Asked {
    /// The stage whose meaning is asked for, as the file writes it.
    pub fn stage(&self) -> Option<String> {
        let rest = self.flag.strip_prefix("--stage ")?.strip_suffix(STAGE_MEANS)?;
        let quoted = rest.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
        Some(quoted.map_or_else(|| rest.to_owned(), |quoted| quoted.replace(r"'\''", "'")))
    }
}

/// How the flag that says what a stage means ends.
pub(super) const STAGE_MEANS: &str = "=open|won|lost";

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
