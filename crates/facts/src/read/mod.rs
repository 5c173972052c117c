//! Files read into typed rows, every row accounted for. It must not write anything.

mod account;
mod apart;
mod cell;
mod companions;
mod convert;
mod csv;
mod decide;
mod format;
mod history;
mod json;
mod list;
mod parquet;
mod plan;
mod record;
mod records;
mod report;
pub mod singer;
mod source;
mod status;
mod thrift;
mod xlsx;

use std::path::{Path, PathBuf};

use jiff::civil::Date;

use self::account::{Account, Accounted, Rejects};
pub use self::apart::{SheetProcess, read_sheet};
pub use self::companions::Companions;
use self::convert::{Conversion, Part};
use self::decide::{Decided, Seen};
pub use self::list::{AccountList, TextColumn, list};
pub(crate) use self::list::{LIST_COLUMNS, is_further, list_columns};
use self::plan::Plan;
use self::record::Record;
pub use self::report::{Asked, ColumnReport, FileReport, How, Inspection, Reject, Replaced};
use self::source::{BLOCK_BYTES, Source};
use crate::catalogue::{Status, Table};
use crate::error::FactsError;
use crate::limits::REJECTED_PERCENT_MAX;
use crate::profile::{self, Profile};
use crate::spool::Spooled;
pub use crate::typed::{DateOrder, Decimal};
use crate::watch::{Phase, Watch};

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
    /// What other files and earlier answers say of the rows.
    pub companions: Companions,
    /// The order of all-digit dates (`--day-first`, `--month-first`, `--year-first`).
    pub date_order: Option<DateOrder>,
    /// The decimal sign (`--decimal-comma`, `--decimal-point`).
    pub decimal: Option<Decimal>,
    /// The program's currency, for amounts that name none.
    pub currency: Option<String>,
    /// Take the file even if more than [`crate::limits::REJECTED_PERCENT_MAX`] of its rows are rejected.
    pub take_anyway: bool,
    /// The file holds the whole table: on a merge, rows of the base that it does not hold are gone; of partner accounts,
    /// those of the partners that it names.
    pub whole: bool,
    /// The day of import.
    pub today: Date,
    /// Who is told how far reading is, and may stop it.
    pub watch: Watch,
    /// The folder for temporary files: rows that do not fit in memory wait there. The system's by default.
    pub scratch: PathBuf,
    /// The bytes of a text file that are taken apart at a time. They change how fast it is read and nothing else.
    pub block_bytes: usize,
    /// How the process is started that reads a workbook; without one it is read in this process.
    pub sheet_process: Option<SheetProcess>,
}

impl ReadOptions {
    /// Nothing known but the day.
    pub fn new(today: Date) -> Self {
        Self {
            table: None,
            profile: None,
            map: Vec::new(),
            stages: Vec::new(),
            companions: Companions::default(),
            date_order: None,
            decimal: None,
            currency: None,
            take_anyway: false,
            whole: false,
            today,
            watch: Watch::default(),
            scratch: std::env::temp_dir(),
            block_bytes: BLOCK_BYTES,
            sheet_process: None,
        }
    }
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
    let opened = Opened::new(input, options, false)?;
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

/// Reads a file whole. Rows are made into facts as the top of the file decides while every row is looked at, and made
/// again where the file as a whole decides otherwise.
///
/// # Errors
/// [`FactsError::Asked`] where something could not be decided, [`FactsError::TooManyRejected`],
/// [`FactsError::Cancelled`], and what a bad file gives: `Io`, `Empty`, `WrongKind`, `TooLarge`, `Malformed`.
pub fn read(input: Input<'_>, options: &ReadOptions) -> Result<FileRead, FactsError> {
    let mut opened = Opened::new(input, options, true)?;
    let (plan, mut report) = (&opened.plan, opened.report);
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
    let accounted = match opened.accounted {
        Some(accounted) => accounted,
        None => {
            let decisions = (plan, &opened.seen, &opened.decided);
            let conversion = Conversion::new(table, &report.file, decisions, options, &opened.source);
            let mut account = Account::new(&conversion);
            opened.source.in_order(
                None,
                (&options.watch, Phase::Reading),
                |block| {
                    let mut part = Part::new(&conversion);
                    block.each(&mut |row, record| part.row(row, record))?;
                    part.finish()
                },
                |part| account.take(part).map(|()| true),
            )?;
            account.finish(&options.watch)?
        }
    };
    accounted.tell(&mut report);
    let Accounted {
        spooled,
        history,
        rejects,
        ..
    } = accounted;
    if !options.take_anyway && is_over_the_share(report.rejected - rejects.excused, report.read) {
        return Err(FactsError::TooManyRejected {
            report: Box::new(report),
            rejects_csv: rejects.csv(),
        });
    }
    Ok(FileRead {
        report,
        spooled: std::iter::once(spooled).chain(history).collect(),
        whole: options.whole,
        reading: opened.decided.mark(&opened.plan, options),
        sha256: opened.seen.sha256,
        rejects,
    })
}

fn is_over_the_share(rejected: u64, read: u64) -> bool {
    rejected.saturating_mul(100) > read.saturating_mul(REJECTED_PERCENT_MAX)
}

/// Every row of the file as text, the header too: what the reader sees before it understands.
///
/// # Errors
/// As [`read`], for the file as a whole.
pub fn cells(input: Input<'_>) -> Result<Vec<Vec<String>>, FactsError> {
    let mut source = Source::open(input, &format::survey(input)?, &ReadOptions::new(Date::ZERO))?;
    loop {
        let (mut rows, mut is_text) = (Vec::new(), true);
        source.in_order(
            None,
            (&Watch::default(), Phase::Looking),
            |block| {
                let mut part: Vec<Vec<String>> = Vec::new();
                block.each(&mut |_, record| part.push(record.iter().map(str::to_owned).collect()))?;
                Ok(block.is_text().then_some(part))
            },
            |part| {
                is_text = part.is_some();
                rows.extend(part.into_iter().flatten());
                Ok(is_text)
            },
        )?;
        if is_text {
            return Ok(rows);
        }
        source.take_for_windows_1252();
    }
}

/// A file whose header, columns and forms are known, before its rows are made into facts.
struct Opened<'a> {
    source: Source<'a>,
    plan: Plan,
    seen: Seen,
    decided: Decided,
    report: FileReport,
    /// The rows made into facts already, where the decisions could be told from the rows at the top.
    accounted: Option<Accounted>,
}

impl<'a> Opened<'a> {
    /// `at_once`: makes rows into facts while looking, as long as the look agrees with what the top of the file shows.
    fn new(input: Input<'a>, options: &ReadOptions, at_once: bool) -> Result<Self, FactsError> {
        let survey = format::survey(input)?;
        let mut source = Source::open(input, &survey, options)?;
        loop {
            let (mut top, most) = (Vec::new(), source.header_rows());
            source.each(&mut |row, record| {
                top.push((row, record.clone()));
                Ok(top.len() < most)
            })?;
            let plan = Plan::new(&input.name(), &top, source.merged(), options)?;
            let guess = at_once.then(|| Guess::new(&top, &plan, options)).flatten();
            let looked = match guess {
                Some(guess) => guess.take(&input.name(), &mut source, &plan, options)?,
                None => Seen::look(&mut source, &plan, options, None)?.map(|seen| (seen, None)),
            };
            let Some((seen, accounted)) = looked else {
                source.take_for_windows_1252();
                continue;
            };
            if seen.rows == 0 {
                return Err(FactsError::Empty {
                    file: input.name(),
                    what: "there is a header and no row below it",
                });
            }
            let (decided, asked) = Decided::new(&plan, &seen, options);
            let report = report(input, &source, &plan, (&seen, &decided), asked);
            return Ok(Self {
                source,
                plan,
                seen,
                decided,
                report,
                accounted,
            });
        }
    }
}

/// What the rows at the top decide. Nearly always the file as a whole decides the same, and is gone through once.
struct Guess {
    table: Table,
    seen: Seen,
    decided: Decided,
}

impl Guess {
    /// None where the top leaves anything open.
    fn new(top: &[(u64, Record)], plan: &Plan, options: &ReadOptions) -> Option<Self> {
        let seen = Seen::guess(top, plan, options);
        let (decided, asked) = Decided::new(plan, &seen, options);
        let is_open = !asked.is_empty() || !plan.asked.is_empty() || plan.other.is_some();
        let table = plan.table.filter(|_| !is_open)?;
        Some(Self { table, seen, decided })
    }

    /// Looks at every row and makes it into facts; these are none where the file as a whole decides otherwise.
    fn take(
        &self,
        file: &str,
        source: &mut Source<'_>,
        plan: &Plan,
        options: &ReadOptions,
    ) -> Result<Option<(Seen, Option<Accounted>)>, FactsError> {
        let conversion = Conversion::new(self.table, file, (plan, &self.seen, &self.decided), options, source);
        let mut account = Account::new(&conversion);
        let Some(seen) = Seen::look(source, plan, options, Some(&mut account))? else {
            return Ok(None);
        };
        let (decided, asked) = Decided::new(plan, &seen, options);
        let holds = asked.is_empty() && decided.agrees(&self.decided) && seen.agrees(&self.seen, plan);
        if !holds {
            return Ok(Some((seen, None)));
        }
        let bytes = source.bytes();
        options.watch.at(Phase::Reading, bytes, bytes)?;
        Ok(Some((seen, Some(account.finish(&options.watch)?))))
    }
}

fn report(
    input: Input<'_>,
    source: &Source<'_>,
    plan: &Plan,
    (seen, decided): (&Seen, &Decided),
    asked: Vec<Asked>,
) -> FileReport {
    let enters = |at: usize| decided.entries.iter().find(|entry| entry.at == at);
    let (format, encoding, delimiter) = source.form();
    let columns = plan
        .columns
        .iter()
        .zip(&seen.samples)
        .enumerate()
        .filter(|(_, (column, sample))| column.named || sample.is_some());
    FileReport {
        file: input.name(),
        table: plan.table,
        format: format.to_owned(),
        encoding: encoding.map(str::to_owned),
        delimiter,
        header_row: plan.header_row,
        read: 0,
        accepted: 0,
        rejected: 0,
        duplicates: 0,
        footer: 0,
        columns: columns
            .map(|(at, (column, sample))| ColumnReport {
                source: column.source.clone(),
                field: column.target.map(|target| target.name().to_owned()),
                how: column.how,
                enters: enters(at).map(|entry| entry.stage.clone()),
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
        history_rejected: 0,
        history_rejects: Vec::new(),
        passed_over: plan.other.map(|other| other.says.to_owned()),
    }
}
