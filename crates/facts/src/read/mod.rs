//! Files read into typed rows, every row accounted for. It must not write anything.

mod convert;
mod csv;
mod decide;
mod format;
mod plan;
mod status;
mod xlsx;

use std::path::{Path, PathBuf};

use ::csv::StringRecord;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use self::convert::{Conversion, Rejects};
use self::csv::TextFile;
use self::decide::{Decided, Seen};
use self::format::{Format, Survey};
use self::plan::Plan;
use self::xlsx::Sheet;
use crate::catalogue::{Status, Table};
use crate::error::FactsError;
use crate::limits::{HEADER_SEARCH_ROWS, REJECTED_PERCENT_MAX};
use crate::profile::{self, Profile};
use crate::spool::Spooled;
pub use crate::typed::{DateOrder, Decimal};
use crate::watch::Watch;

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
    /// Take the file even if more than [`crate::limits::REJECTED_PERCENT_MAX`] of its rows are rejected.
    pub take_anyway: bool,
    /// The file holds the whole table: on a merge, rows of the base that it does not hold are gone.
    pub whole: bool,
    /// The day of import.
    pub today: Date,
    /// Who is told how far reading is, and may stop it.
    pub watch: Watch,
    /// The folder for rows that memory is not to hold.
    pub scratch: PathBuf,
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
            whole: false,
            today,
            watch: Watch::default(),
            scratch: std::env::temp_dir(),
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
    /// The rows of stage history that a file of opportunities brings in its columns, beside its own rows.
    #[serde(default)]
    pub history: u64,
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
    /// Its rows, by table.
    pub(crate) spooled: Vec<Spooled>,
    pub(crate) whole: bool,
    pub(crate) sha256: String,
    pub(crate) reading: String,
    rejects: Rejects,
}

impl FileRead {
    /// The rejected rows as CSV under the header of the file, with the reason in a last column, to be mended and
    /// imported again. Cells that a spreadsheet would take for formulas are guarded by an apostrophe.
    pub fn rejects_csv(&self) -> String {
        self.rejects.csv()
    }
}

/// Where the bytes of a file come from.
#[derive(Debug, Clone, Copy)]
pub enum Input<'a> {
    /// A file on disk, streamed.
    Path(&'a Path),
    /// Bytes in memory, with the file's name.
    Bytes(&'a str, &'a [u8]),
}

/// The column that the list of rejected rows adds, and that is passed over when they come back.
pub(crate) const REASON_COLUMN: &str = "_reason";

/// Looks at a file's format, header, columns and open questions.
///
/// # Errors
/// As [`read`], save that open questions and rejected rows are no errors.
pub fn inspect(input: Input<'_>, options: &ReadOptions) -> Result<Inspection, FactsError> {
    let opened = Opened::new(input, options)?;
    let header: Vec<&str> = opened
        .plan
        .columns
        .iter()
        .map(|column| column.source.as_str())
        .collect();
    Ok(Inspection {
        fingerprint: profile::fingerprint(&header),
        report: opened.report,
    })
}

/// Reads a file whole.
///
/// # Errors
/// [`FactsError::Asked`] where something could not be decided, [`FactsError::TooManyRejected`], and what a bad file
/// gives: `Io`, `Empty`, `WrongKind`, `TooLarge`, `Malformed`.
pub fn read(input: Input<'_>, options: &ReadOptions) -> Result<FileRead, FactsError> {
    let Opened {
        mut source,
        plan,
        seen,
        decided,
        mut report,
        sha256,
    } = Opened::new(input, options)?;
    if report.passed_over.is_some() {
        return Err(FactsError::PassedOver {
            report: Box::new(report),
        });
    }
    let Some(table) = plan.table.filter(|_| report.asked.is_empty()) else {
        return Err(FactsError::Asked {
            report: Box::new(report),
        });
    };
    let reading = decided.mark(&plan, options);
    let filled: Vec<bool> = seen.samples.iter().map(Option::is_some).collect();
    let mut conversion = Conversion::new(table, &plan, &decided, options, &source, &filled);
    source.each(&mut |row, record| {
        if row > plan.header_row {
            let footer = seen.footer_from.is_some_and(|from| row >= from);
            conversion.row(row, record, footer)?;
        }
        Ok(true)
    })?;
    let (spooled, rejects) = conversion.finish(&mut report)?;
    let excused = rejects.excused;
    let read = FileRead {
        report,
        spooled: vec![spooled],
        whole: options.whole,
        sha256,
        reading,
        rejects,
    };
    if !options.take_anyway && is_over_the_share(read.report.rejected - excused, read.report.read) {
        let rejects_csv = read.rejects_csv();
        return Err(FactsError::TooManyRejected {
            report: Box::new(read.report),
            rejects_csv,
        });
    }
    Ok(read)
}

fn is_over_the_share(rejected: u64, read: u64) -> bool {
    rejected.saturating_mul(100) > read.saturating_mul(REJECTED_PERCENT_MAX)
}

/// Every row of the file as text, the header too: what the reader sees before it understands.
///
/// # Errors
/// As [`read`], for the file as a whole.
pub fn cells(input: Input<'_>) -> Result<Vec<Vec<String>>, FactsError> {
    let survey = format::survey(input)?;
    let mut rows = Vec::new();
    Source::open(input, &survey)?.each(&mut |_, record| {
        rows.push(record.iter().map(str::to_owned).collect());
        Ok(true)
    })?;
    Ok(rows)
}

/// The rows of a file, whatever its format.
pub(crate) enum Source<'a> {
    Text(TextFile<'a>),
    Sheet(Box<Sheet<'a>>),
}

impl<'a> Source<'a> {
    fn open(input: Input<'a>, survey: &Survey) -> Result<Self, FactsError> {
        Ok(match format::recognise(input, survey)? {
            Format::Csv => Self::Text(TextFile::new(input, survey)),
            Format::Xlsx => Self::Sheet(Box::new(Sheet::open(input)?)),
        })
    }

    pub(crate) fn each(
        &mut self,
        visit: &mut dyn FnMut(u64, &StringRecord) -> Result<bool, FactsError>,
    ) -> Result<(), FactsError> {
        match self {
            Self::Text(file) => file.each(visit),
            Self::Sheet(sheet) => sheet.each(visit),
        }
    }

    /// Whether serial dates count from 1904.
    pub(crate) fn epoch_1904(&self) -> bool {
        matches!(self, Self::Sheet(sheet) if sheet.epoch_1904)
    }

    /// Whether a row that is shorter than the header has lost cells: a sheet leaves empty ones out.
    pub(crate) fn writes_every_cell(&self) -> bool {
        matches!(self, Self::Text(_))
    }

    // The merged cells of a sheet; a text file has none.
    fn merged(&self) -> Option<&[[u64; 4]]> {
        match self {
            Self::Text(_) => None,
            Self::Sheet(sheet) => Some(&sheet.merged),
        }
    }
}

/// A file whose header, columns and forms are known, before its rows are made into facts.
struct Opened<'a> {
    source: Source<'a>,
    plan: Plan,
    seen: Seen,
    decided: Decided,
    report: FileReport,
    sha256: String,
}

impl<'a> Opened<'a> {
    fn new(input: Input<'a>, options: &ReadOptions) -> Result<Self, FactsError> {
        let survey = format::survey(input)?;
        let mut source = Source::open(input, &survey)?;
        let mut top = Vec::new();
        source.each(&mut |row, record| {
            top.push((row, record.clone()));
            Ok(top.len() < HEADER_SEARCH_ROWS)
        })?;
        let plan = Plan::new(&input.name(), &top, source.merged(), options)?;
        let seen = Seen::look(&mut source, &plan, options)?;
        if seen.rows == 0 {
            return Err(FactsError::Empty {
                file: input.name(),
                what: "there is a header and no row below it",
            });
        }
        let (decided, asked) = Decided::new(&plan, &seen, options);
        let report = report(input, &source, &plan, &seen, asked);
        Ok(Self {
            source,
            plan,
            seen,
            decided,
            report,
            sha256: survey.sha256,
        })
    }
}

fn report(input: Input<'_>, source: &Source<'_>, plan: &Plan, seen: &Seen, asked: Vec<Asked>) -> FileReport {
    let (format, encoding, delimiter) = match source {
        Source::Text(file) => (
            "csv",
            Some(file.encoding.name().to_owned()),
            Some(char::from(file.delimiter)),
        ),
        Source::Sheet(_) => ("xlsx", None, None),
    };
    let columns = plan
        .columns
        .iter()
        .zip(&seen.samples)
        .filter(|(column, sample)| column.named || sample.is_some());
    FileReport {
        file: input.name(),
        table: plan.table,
        format: format.to_owned(),
        encoding,
        delimiter,
        header_row: plan.header_row,
        read: 0,
        accepted: 0,
        rejected: 0,
        duplicates: 0,
        footer: 0,
        columns: columns
            .map(|(column, sample)| ColumnReport {
                source: column.source.clone(),
                field: column.target.map(|target| target.name().to_owned()),
                how: column.how,
                sample: sample.clone(),
            })
            .collect(),
        asked: plan.asked.iter().cloned().chain(asked).collect(),
        rejects: Vec::new(),
        replaced: Vec::new(),
        cut: 0,
        unused: plan
            .unused
            .iter()
            .cloned()
            .chain(seen.unused_stages.iter().cloned())
            .collect(),
        history: 0,
        passed_over: plan.other.map(|other| other.says.to_owned()),
    }
}
