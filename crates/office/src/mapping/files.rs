//! Mapping of two lists that are files: which of their accounts are ours. Needs no program of ours; must not keep what it
//! finds.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::panic::resume_unwind;
use std::path::Path;
use std::sync::mpsc::sync_channel;
use std::thread;

use beachhead_facts::export::{About, Cell, Format, RowsFile};
use beachhead_facts::read::{AccountList, Input, ReadOptions, SheetProcess, TextColumn, list};
use beachhead_mapping::explain::{grades_text, reasons};
use beachhead_mapping::{Class, Column, List, Mapping, Options, map};
use jiff::civil::Date;
use serde::Serialize;

use crate::{Office, Refusal};

/// The columns of a file of pairs.
const HEADER: [&str; 6] = ["ours_id", "theirs_id", "probability", "class", "grades", "reason"];

/// Probabilities are written to a millionth: pairs that differ keep their order.
const DIGITS: f64 = 1e6;
/// The pairs whose reasons are made while those before them are written.
const PAIRS: usize = 8 << 10;

/// What two lists have in common, counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct MapCounts {
    /// The records of our list.
    pub ours: usize,
    /// The records of theirs.
    pub theirs: usize,
    /// The pairs that were compared.
    pub candidates: usize,
    /// The pairs that are one company.
    pub same: usize,
    /// The pairs that are of one family.
    pub related: usize,
}

/// What is asked of two lists.
#[derive(Debug, Clone, Copy)]
pub struct MapQuestion<'a> {
    /// Our list.
    pub ours: &'a Path,
    /// Theirs.
    pub theirs: &'a Path,
    /// Where the pairs are written: CSV, or a workbook where the name ends in `.xlsx`.
    pub out: Option<&'a Path>,
    /// Pairs below this probability are left out, unless they are related.
    pub least: f64,
    /// Each record in one pair at most.
    pub one_to_one: bool,
}

impl Office {
    /// Maps one list onto another and writes the pairs.
    ///
    /// # Errors
    /// A list that cannot be read, a probability that is none, a file that cannot be written. Then nothing is written.
    pub fn map_files(question: &MapQuestion<'_>, sheets: Option<SheetProcess>) -> Result<MapCounts, Refusal> {
        if !(0.0..=1.0).contains(&question.least) {
            return Err(Refusal::bad_input(
                format!("{} is no probability", question.least),
                "Say a number from 0 to 1, such as --min 0.5.",
            ));
        }
        let options = ReadOptions {
            sheet_process: sheets,
            ..ReadOptions::new(Date::ZERO)
        };
        let read = |path: &Path| -> Result<List, Refusal> {
            let list = list(Input::Path(path), &options)?;
            columns(list).ok_or_else(|| Refusal::internal("A column of the list was cut wrongly"))
        };
        let (ours, theirs) = thread::scope(|both| {
            let theirs = both.spawn(|| read(question.theirs));
            let ours = read(question.ours);
            (ours, theirs.join().unwrap_or_else(|panic| resume_unwind(panic)))
        });
        let (ours, theirs) = (ours?, theirs?);
        let asked = Options {
            least: question.least,
            one_to_one: question.one_to_one,
        };
        let mapping = map(&ours, &theirs, &asked)?;
        let counts = MapCounts {
            ours: mapping.ours,
            theirs: mapping.theirs,
            candidates: mapping.candidates,
            same: mapping.count(Class::Same),
            related: mapping.count(Class::Related),
        };
        if let Some(out) = question.out {
            let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty());
            write(out, pairs(ours, theirs, mapping, folder.unwrap_or(Path::new("."))))?;
        }
        Ok(counts)
    }
}

/// The columns of a list as they are mapped; none where one was cut wrongly.
pub(crate) fn columns(list: AccountList) -> Option<List> {
    let column = |column: TextColumn| Column::new(column.text, column.ends);
    Some(List {
        id: column(list.id)?,
        name: column(list.name)?,
        website: column(list.website)?,
        country: column(list.country)?,
        city: column(list.city)?,
        employees: column(list.employees)?,
        identifier: column(list.identifier)?,
        parent: column(list.parent)?,
    })
}

/// Writes rows to a file: CSV, or a workbook where the name ends in `.xlsx`. Written beside and renamed, so that a file of
/// this name is whole or is not there.
///
/// # Errors
/// When the file cannot be written.
pub fn write(out: &Path, rows: RowsFile) -> Result<(), Refusal> {
    let mut beside = out.as_os_str().to_owned();
    beside.push(".part");
    let beside = Path::new(&beside);
    let refused = |error: std::io::Error| {
        let _ = std::fs::remove_file(beside);
        Refusal::bad_input(
            format!("{} could not be written: {error}", out.display()),
            "Check the folder, its rights and its room.",
        )
    };
    let file = File::create(beside).map_err(refused)?;
    let written = rows.write(format_of(out), BufWriter::new(file));
    let mut file = written.inspect_err(|_| drop(std::fs::remove_file(beside)))?;
    file.flush().map_err(refused)?;
    std::fs::rename(beside, out).map_err(refused)
}

fn format_of(out: &Path) -> Format {
    let ending = out.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    Format::from_name(&ending.to_lowercase()).unwrap_or(Format::Csv)
}

fn pairs(ours: List, theirs: List, mapping: Mapping, scratch: &Path) -> RowsFile {
    let about = About {
        title: "Pairs of accounts".to_owned(),
        lines: vec![
            ("probability".to_owned(), "that the two are the same company".to_owned()),
            (
                "grades".to_owned(),
                "A the same, B similar, F different, Z missing".to_owned(),
            ),
        ],
    };
    let rows = mapping.matches.len() as u64;
    RowsFile::new(about, HEADER, rows, scratch, move |take| {
        let (ours, theirs, matches) = (&ours, &theirs, &mapping.matches);
        let (send, made) = sync_channel(1);
        thread::scope(|scope| {
            // Until all are sent, or the file could not be written and nobody takes them.
            scope.spawn(move || {
                let mut parts = matches.chunks(PAIRS);
                parts.all(|pairs| send.send((pairs, reasons(ours, theirs, pairs))).is_ok())
            });
            made.into_iter().try_for_each(|(pairs, reasons)| {
                pairs.iter().zip(reasons).try_for_each(|(one, reason)| {
                    take(&[
                        Cell::text(ours.id.get(one.ours as usize)),
                        Cell::text(theirs.id.get(one.theirs as usize)),
                        Cell::Number((one.probability * DIGITS).round() / DIGITS),
                        Cell::text(one.class.name()),
                        Cell::text(grades_text(&one.features)),
                        Cell::text(reason),
                    ])
                })
            })
        })
    })
}
