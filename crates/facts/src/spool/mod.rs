//! The rows of one file on their way to a snapshot: sorted batches, held in memory while there is room and spilled from
//! then on, to be merged by key. It must not know a file format, nor a snapshot.
//!
//! Of rows of one key in a file the one last modified stays; where that is equal or not said, the later one. A row that
//! does not say it was modified comes before every one that does. Which rows go is told when all have come; they are
//! still among the runs, and whoever merges these leaves them out.

pub(crate) mod columnar;
pub(crate) mod key;
pub(crate) mod merge;
mod room;
mod spill;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, ArrayRef};
use arrow_select::concat::concat;
use rayon::prelude::*;

use self::key::{Keys, Place, key_columns, sorted};
use self::merge::{Merge, Run};
use self::room::{Room, Taken};
use self::spill::{Section, Spill};
use crate::catalogue::{MODIFIED_COLUMN, ROW_COLUMN, Table};
use crate::error::FactsError;
use crate::limits::DUPLICATES_LISTED;
use crate::rows::{Batch, RowColumn, bytes, length};
use crate::watch::{Phase, Watch};

/// The rows of a run, at least, unless they hold [`RUN_BYTES`]: every run that is merged has a piece in memory.
const RUN_ROWS: usize = 4 << 10;
/// What a run of fewer rows holds, at least, in bytes: 16 MiB.
const RUN_BYTES: usize = 16 << 20;
/// What a piece of a run holds, in bytes, about: 64 KiB.
const PIECE_BYTES: usize = 64 << 10;
/// The rows of a piece, at most.
const PIECE_ROWS: usize = 4 << 10;
/// The rows whose keys are marked, at most, to see whether one is repeated: 128 MiB of marks. In a longer table the keys
/// themselves are compared.
const MARKED_ROWS: usize = 16 << 20;

/// How the names of temporary files begin. A sweep takes them.
pub(crate) const TEMPORARY: &str = ".tmp-";

/// A name that no other temporary file has: neither another import of this process, nor another process.
pub(crate) fn temporary_name() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let turn = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("{TEMPORARY}{}-{turn}", std::process::id())
}

/// A file under a temporary name, gone when it is let go of, unless it was given another name by then.
#[derive(Debug)]
pub(crate) struct Temporary(pub(crate) PathBuf);

impl Temporary {
    /// A name in a folder; nothing is made yet.
    pub(crate) fn within(folder: &Path) -> Self {
        Self(folder.join(temporary_name()))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // What cannot be removed now is swept later.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Rows of one table and file, collected.
#[derive(Debug)]
pub(crate) struct Spool {
    table: Table,
    columns: Vec<RowColumn>,
    scratch: PathBuf,
    room: Room,
    /// The rows of a run, at least.
    run_rows: usize,
    /// Sorted batches that are too small for a run, with their rows and bytes.
    small: Vec<Batch>,
    small_rows: usize,
    small_bytes: usize,
    runs: Vec<Sorted>,
    spill: Option<Arc<Spill>>,
    rows: u64,
    /// A mark of each row's key: equal keys have equal marks. None where there are too many.
    marks: Option<Vec<u64>>,
}

/// Rows of one table and file, in sorted runs. Its temporary file goes with it.
#[derive(Debug, Clone)]
pub(crate) struct Spooled {
    pub(crate) table: Table,
    pub(crate) columns: Vec<RowColumn>,
    /// How many rows stay: one of each key.
    pub(crate) rows: u64,
    /// How many rows another one of the same key takes the place of.
    pub(crate) replaced: u64,
    /// The first of those by row, up to [`DUPLICATES_LISTED`]: the row that goes, and the row that stays.
    pub(crate) listed: Vec<(u64, u64)>,
    runs: Arc<Vec<Sorted>>,
}

/// Rows in the order of their keys, those of one key as they came.
#[derive(Debug)]
enum Sorted {
    Held(
        Batch,
        #[expect(dead_code, reason = "the room is given back with it")] Taken,
    ),
    Spilled(Arc<Spill>, Section),
}

impl Spool {
    /// An empty spool. The own columns `_file`, `_row` and `_modified` stand at the end of `columns`; a temporary file
    /// is made in `scratch` where memory does not hold the rows.
    pub(crate) fn new(table: Table, columns: Vec<RowColumn>, scratch: &Path) -> Self {
        Self {
            table,
            columns,
            scratch: scratch.to_owned(),
            room: Room::of_process(),
            run_rows: RUN_ROWS,
            small: Vec::new(),
            small_rows: 0,
            small_bytes: 0,
            runs: Vec::new(),
            spill: None,
            rows: 0,
            marks: Some(Vec::new()),
        }
    }

    /// The same with room of its own, in bytes, and runs of so few rows.
    #[cfg(test)]
    pub(crate) fn with_room(self, bytes: usize, run_rows: usize) -> Self {
        let room = Room::of(bytes);
        Self { room, run_rows, ..self }
    }

    /// Adds rows. They come in the order of the file.
    ///
    /// # Errors
    /// [`FactsError::Io`] where they cannot be spilled.
    pub(crate) fn push(&mut self, batch: Batch) -> Result<(), FactsError> {
        let key = key_columns(self.table, &self.columns)?;
        self.push_sorted(sorted(batch, &key)?)
    }

    /// Adds rows that stand in the order of the key already, those of one key in the order of the file. Batches come in
    /// the order of the file.
    ///
    /// # Errors
    /// [`FactsError::Io`] where they cannot be spilled.
    pub(crate) fn push_sorted(&mut self, batch: Batch) -> Result<(), FactsError> {
        let rows = length(&batch);
        if rows == 0 {
            return Ok(());
        }
        self.rows += rows as u64;
        self.mark(&batch)?;
        let bytes = bytes(&batch, 0..rows);
        if self.small.is_empty() && self.is_run(rows, bytes) {
            return self.run(batch);
        }
        self.small.push(batch);
        self.small_rows += rows;
        self.small_bytes += bytes;
        if self.is_run(self.small_rows, self.small_bytes) {
            self.put_together()?;
        }
        Ok(())
    }

    /// The rows in sorted runs, and which of them go.
    ///
    /// # Errors
    /// [`FactsError::Io`], [`FactsError::Cancelled`].
    pub(crate) fn finish(mut self, watch: &Watch) -> Result<Spooled, FactsError> {
        self.put_together()?;
        watch.at(Phase::Merging, 0, self.rows)?;
        let runs = Arc::new(self.runs);
        let lost = if self.marks.is_some_and(are_different) {
            Lost::default()
        } else {
            replaced(self.table, &self.columns, &runs, self.rows, watch)?
        };
        let (replaced, listed) = lost.told();
        Ok(Spooled {
            table: self.table,
            columns: self.columns,
            rows: self.rows - replaced,
            replaced,
            listed,
            runs,
        })
    }

    fn is_run(&self, rows: usize, bytes: usize) -> bool {
        rows >= self.run_rows || bytes >= RUN_BYTES
    }

    fn mark(&mut self, batch: &Batch) -> Result<(), FactsError> {
        let rows = length(batch);
        self.marks = self.marks.take().filter(|marks| marks.len() + rows <= MARKED_ROWS);
        if let Some(marks) = &mut self.marks {
            let keys = Keys::new(batch, &key_columns(self.table, &self.columns)?)?;
            marks.extend((0..rows).map(|row| keys.hash(row)));
        }
        Ok(())
    }

    // The small batches are a run.
    fn put_together(&mut self) -> Result<(), FactsError> {
        (self.small_rows, self.small_bytes) = (0, 0);
        let mut small = std::mem::take(&mut self.small);
        match small.len() {
            0 => Ok(()),
            1 => self.run(small.remove(0)),
            _ => {
                let column = |at: usize| {
                    let arrays: Vec<&dyn Array> = small.iter().map(|batch| batch[at].as_ref()).collect();
                    concat(&arrays).map_err(FactsError::rows)
                };
                let batch = (0..self.columns.len()).map(column).collect::<Result<_, _>>()?;
                let key = key_columns(self.table, &self.columns)?;
                self.run(sorted(batch, &key)?)
            }
        }
    }

    // A run stays in memory where there is room.
    fn run(&mut self, batch: Batch) -> Result<(), FactsError> {
        if let Some(taken) = self.room.take(columnar::memory(&batch)) {
            self.runs.push(Sorted::Held(batch, taken));
            return Ok(());
        }
        let spill = match &self.spill {
            Some(spill) => Arc::clone(spill),
            None => Arc::new(Spill::create(&self.scratch, &self.columns)?),
        };
        let section = spill.write(batch)?;
        self.runs.push(Sorted::Spilled(Arc::clone(&spill), section));
        self.spill = Some(spill);
        Ok(())
    }
}

fn are_different(mut marks: Vec<u64>) -> bool {
    marks.par_sort_unstable();
    marks.array_windows().all(|[one, two]| one != two)
}

// The rows that others take the place of. The keys alone are read for it.
fn replaced(
    table: Table,
    columns: &[RowColumn],
    runs: &Arc<Vec<Sorted>>,
    of: u64,
    watch: &Watch,
) -> Result<Lost, FactsError> {
    let key = key_columns(table, columns)?;
    let own = Own::find(columns)?;
    let mut only: Vec<usize> = key.iter().copied().chain([own.row, own.modified]).collect();
    only.sort_unstable();
    let place = |at: &usize| only.iter().position(|column| column == at).unwrap_or(0);
    let own = Own {
        row: place(&own.row),
        modified: place(&own.modified),
    };
    let mut merge = Merge::new(key.iter().map(place).collect(), batches_of(runs, Some(&only))?)?;
    let (mut heads, mut lost, mut done) = (Vec::new(), Lost::default(), 0);
    while merge.next_key(&mut heads)? {
        done += heads.len() as u64;
        if heads.len() > 1 {
            lost.all_but_one(heads.iter().map(|head| own.at(&merge, head.place)));
        }
        if merge.held().len() > runs.len() * 2 {
            merge.release();
            watch.at(Phase::Merging, done, of)?;
        }
    }
    watch.at(Phase::Merging, of, of)?;
    Ok(lost)
}

impl Spooled {
    /// The sorted runs that it consists of. Rows of one key stand in several of them; among these the later run has the
    /// later row of the file. `only`: places of columns in their order; all of them where none are named.
    pub(crate) fn runs(&self, only: Option<&[usize]>) -> Result<Vec<Run>, FactsError> {
        batches_of(&self.runs, only)
    }
}

// A run piece by piece: each is small enough that one of every run fits into memory.
fn pieces(batch: Batch) -> impl Iterator<Item = Batch> + Send {
    let rows = length(&batch);
    let piece = piece_rows(&batch);
    (0..rows).step_by(piece).map(move |from| {
        let slice = |column: &ArrayRef| column.slice(from, piece.min(rows - from));
        batch.iter().map(slice).collect()
    })
}

fn piece_rows(batch: &Batch) -> usize {
    let rows = length(batch).max(1);
    let width = bytes(batch, 0..length(batch)) / rows + 1;
    (PIECE_BYTES / width).clamp(1, PIECE_ROWS)
}

fn batches_of(runs: &Arc<Vec<Sorted>>, only: Option<&[usize]>) -> Result<Vec<Run>, FactsError> {
    let run = |run: &Sorted| -> Result<Run, FactsError> {
        match run {
            Sorted::Held(batch, _) => {
                let batch: Batch = match only {
                    Some(only) => only.iter().map(|column| Arc::clone(&batch[*column])).collect(),
                    None => batch.clone(),
                };
                // The room is taken as long as the rows are.
                let runs = Arc::clone(runs);
                Ok(Box::new(
                    pieces(batch).map(Ok).inspect(move |_| drop(Arc::clone(&runs))),
                ))
            }
            Sorted::Spilled(spill, section) => Spill::read(spill, *section, only),
        }
    };
    runs.iter().map(run).collect()
}

/// Where the own columns stand that decide among rows of one key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Own {
    pub(crate) row: usize,
    pub(crate) modified: usize,
}

impl Own {
    pub(crate) fn find(columns: &[RowColumn]) -> Result<Self, FactsError> {
        let place = |name: &str| {
            let found = columns.iter().position(|column| column.name == name);
            found.ok_or_else(|| FactsError::Snapshot {
                what: format!("rows without the column {name}"),
            })
        };
        Ok(Self {
            row: place(ROW_COLUMN)?,
            modified: place(MODIFIED_COLUMN)?,
        })
    }

    fn at(self, merge: &Merge, (slot, row): Place) -> (Option<i64>, u64) {
        let column = |column| merge.held().column(slot, column);
        (number(column(self.modified), row), row_number(column(self.row), row))
    }
}

/// A whole number in a row, where there is one.
pub(crate) fn number(array: &ArrayRef, row: usize) -> Option<i64> {
    let numbers = array.as_primitive_opt::<Int64Type>()?;
    numbers.is_valid(row).then(|| numbers.value(row))
}

fn row_number(array: &ArrayRef, row: usize) -> u64 {
    number(array, row).and_then(|row| u64::try_from(row).ok()).unwrap_or(0)
}

/// The rows that go, counted, and the first of them listed.
#[derive(Debug, Default)]
struct Lost {
    count: u64,
    listed: Vec<(u64, u64)>,
}

impl Lost {
    // Of rows of one key, (last modified, row) in the order in which they came, all go but one.
    fn all_but_one(&mut self, rows: impl Iterator<Item = (Option<i64>, u64)> + Clone) {
        let last = rows.clone().enumerate().max_by_key(|(_, (modified, _))| *modified);
        let Some((stays, (_, by))) = last else {
            return;
        };
        for (_, (_, row)) in rows.enumerate().filter(|(at, _)| *at != stays) {
            self.count += 1;
            self.listed.push((row, by));
        }
        if self.listed.len() > 2 * DUPLICATES_LISTED {
            self.cut();
        }
    }

    fn cut(&mut self) {
        self.listed.sort_unstable();
        self.listed.truncate(DUPLICATES_LISTED);
    }

    fn told(mut self) -> (u64, Vec<(u64, u64)>) {
        self.cut();
        (self.count, self.listed)
    }
}

#[cfg(test)]
mod tests;
