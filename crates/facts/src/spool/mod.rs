//! The rows of one file on their way to a snapshot: collected in bounded memory, sorted by key in runs, spilled, and
//! freed of rows that another row of the same key takes the place of. It must not know a file format, nor a snapshot.
//!
//! Of rows of one key in a file the one last modified stays; where that is equal or not said, the later one. A row that
//! does not say it was modified comes before every one that does.

pub(crate) mod columnar;
pub(crate) mod key;
pub(crate) mod merge;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, ArrayRef};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use rayon::prelude::*;

use self::columnar::{Reader, Writer};
use self::key::{Place, key_columns};
use self::merge::{Merge, Run, gathered};
use crate::catalogue::{MODIFIED_COLUMN, ROW_COLUMN, Table};
use crate::error::FactsError;
use crate::limits::DUPLICATES_LISTED;
use crate::rows::{BATCH_ROWS, Batch, RowColumn, length};
use crate::watch::{Phase, Watch};

/// Arrow memory of the rows that are sorted at once, in bytes: 160 MiB. What is more is spilled.
const RUN_BYTES: usize = 160 << 20;
/// Arrow memory that a finished spool keeps, in bytes: 32 MiB. What is more is spilled, since several files wait for one
/// another.
const HELD_BYTES: usize = 32 << 20;
/// The most batches of a run.
const RUN_BATCHES: usize = 1 << 16;
/// A page of a spilled column, in bytes: every run that is merged holds one of each column.
const SPILLED_PAGE_BYTES: usize = 64 << 10;

/// How the names of temporary files begin. A sweep takes them.
pub(crate) const TEMPORARY: &str = ".tmp-";

/// A name that no other temporary file has: neither another import of this process, nor another process.
pub(crate) fn temporary_name() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let turn = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("{TEMPORARY}{}-{turn}", std::process::id())
}

/// Rows of one table and file, collected.
#[derive(Debug)]
pub(crate) struct Spool {
    table: Table,
    columns: Vec<RowColumn>,
    scratch: PathBuf,
    budget: usize,
    batches: Vec<Batch>,
    bytes: usize,
    runs: Vec<Sorted>,
    lost: Lost,
}

/// Rows of one table and file, sorted by key, each key once. Its temporary files go with it.
#[derive(Debug, Clone)]
pub(crate) struct Spooled {
    pub(crate) table: Table,
    pub(crate) columns: Vec<RowColumn>,
    /// How many rows there are.
    pub(crate) rows: u64,
    /// How many rows another one of the same key took the place of.
    pub(crate) replaced: u64,
    /// The first of those by row, up to [`DUPLICATES_LISTED`]: the row that went, and the row that stayed.
    pub(crate) listed: Vec<(u64, u64)>,
    runs: Arc<Vec<Sorted>>,
}

/// Rows in the order of their keys, each key once.
#[derive(Debug)]
struct Sorted {
    rows: u64,
    kept: Kept,
}

#[derive(Debug)]
enum Kept {
    /// In memory; the order where they do not stand in it.
    Held(Vec<Batch>, Option<Vec<Place>>),
    Spilled(Spilled),
}

/// A temporary file, gone when it is let go of.
#[derive(Debug)]
struct Spilled(PathBuf);

impl Drop for Spilled {
    fn drop(&mut self) {
        // What cannot be removed now is swept later.
        let _ = std::fs::remove_file(&self.0);
    }
}

impl Spool {
    /// An empty spool. The own columns `_file`, `_row` and `_modified` stand at the end of `columns`; temporary files
    /// are made in `scratch`.
    pub(crate) fn new(table: Table, columns: Vec<RowColumn>, scratch: &Path) -> Self {
        Self {
            table,
            columns,
            scratch: scratch.to_owned(),
            budget: RUN_BYTES,
            batches: Vec::new(),
            bytes: 0,
            runs: Vec::new(),
            lost: Lost::default(),
        }
    }

    /// The same with another budget of Arrow memory, in bytes.
    pub(crate) fn with_budget(self, budget: usize) -> Self {
        Self { budget, ..self }
    }

    /// Adds rows. They come in the order of the file.
    ///
    /// # Errors
    /// [`FactsError::Io`] where a full run cannot be spilled.
    pub(crate) fn push(&mut self, batch: Batch) -> Result<(), FactsError> {
        if length(&batch) == 0 {
            return Ok(());
        }
        self.bytes += columnar::memory(&batch);
        self.batches.push(batch);
        if self.bytes > self.budget || self.batches.len() == RUN_BATCHES {
            let run = self.sorted()?;
            let run = self.spilled(run)?;
            self.runs.push(run);
        }
        Ok(())
    }

    /// The rows in order, each key once.
    ///
    /// # Errors
    /// [`FactsError::Io`], [`FactsError::Cancelled`].
    pub(crate) fn finish(mut self, watch: &Watch) -> Result<Spooled, FactsError> {
        if !self.batches.is_empty() {
            let held = self.bytes;
            let mut run = self.sorted()?;
            if !self.runs.is_empty() || held > HELD_BYTES.min(self.budget) {
                run = self.spilled(run)?;
            }
            self.runs.push(run);
        }
        let runs = Arc::new(self.runs);
        let mut rows = runs.iter().map(|run| run.rows).sum();
        if runs.len() > 1 {
            rows = compare(self.table, &self.columns, &runs, &mut self.lost, watch)?;
        }
        let (replaced, listed) = self.lost.told();
        Ok(Spooled {
            table: self.table,
            columns: self.columns,
            rows,
            replaced,
            listed,
            runs,
        })
    }

    // What was collected, sorted, each key once.
    fn sorted(&mut self) -> Result<Sorted, FactsError> {
        let batches = std::mem::take(&mut self.batches);
        self.bytes = 0;
        let total = batches.iter().map(|batch| length(batch) as u64).sum();
        let key = key_columns(self.table, &self.columns)?;
        let Some(mut order) = key::order(&batches, &key)? else {
            return Ok(Sorted {
                rows: total,
                kept: Kept::Held(batches, None),
            });
        };
        let own = Own::find(&self.columns)?;
        let mut gone = vec![false; order.places.len()];
        for range in order.repeated {
            let rows = range.clone().map(|at| {
                let (batch, row) = order.places[at];
                own.of(&batches[batch], row)
            });
            let stays = range.start + self.lost.all_but_one(rows);
            gone[range].fill(true);
            gone[stays] = false;
        }
        let mut at = gone.iter();
        order.places.retain(|_| !at.next().copied().unwrap_or(false));
        Ok(Sorted {
            rows: order.places.len() as u64,
            kept: Kept::Held(batches, Some(order.places)),
        })
    }

    // A run as a temporary file.
    fn spilled(&self, run: Sorted) -> Result<Sorted, FactsError> {
        let (file, spilled) = Spilled::create(&self.scratch)?;
        let failed = |error| columnar::failed(&spilled.0, error);
        let properties = WriterProperties::builder()
            .set_dictionary_enabled(false)
            .set_statistics_enabled(EnabledStatistics::None)
            .set_offset_index_disabled(true)
            .set_data_page_size_limit(SPILLED_PAGE_BYTES)
            .build();
        let mut writer = Writer::new(BufWriter::new(file), &self.columns, |_| true, properties).map_err(failed)?;
        let (rows, run) = (run.rows, Arc::new(vec![run]));
        for batch in batches(run, 0, None)? {
            writer.group(&[batch?]).map_err(failed)?;
        }
        let file = writer.finish().map_err(failed)?.into_inner();
        file.map_err(|error| FactsError::io(&spilled.0, error.into_error()))?;
        Ok(Sorted {
            rows,
            kept: Kept::Spilled(spilled),
        })
    }
}

// Finds the rows that rows of other runs take the place of; gives the number of those that stay. The keys alone are read
// for it.
fn compare(
    table: Table,
    columns: &[RowColumn],
    runs: &Arc<Vec<Sorted>>,
    lost: &mut Lost,
    watch: &Watch,
) -> Result<u64, FactsError> {
    let key = key_columns(table, columns)?;
    let own = Own::find(columns)?;
    let mut only: Vec<usize> = key.iter().copied().chain([own.row, own.modified]).collect();
    only.sort_unstable();
    let place = |at: &usize| only.iter().position(|column| column == at).unwrap_or(0);
    let own = Own {
        row: place(&own.row),
        modified: place(&own.modified),
    };
    let of: u64 = runs.iter().map(|run| run.rows).sum();
    let mut merge = Merge::new(key.iter().map(place).collect(), batches_of(runs, Some(&only))?)?;
    let (mut heads, mut rows, mut done) = (Vec::new(), 0, 0);
    lost.watch_those_listed();
    while merge.next_key(&mut heads)? {
        rows += 1;
        done += heads.len() as u64;
        if heads.len() > 1 {
            let of_key = heads.iter().map(|head| own.at(&merge, head.place));
            lost.all_but_one(of_key);
        }
        if merge.held().len() > runs.len() * 2 {
            merge.release();
            watch.at(Phase::Merging, done, of)?;
        }
    }
    watch.at(Phase::Merging, of, of)?;
    Ok(rows)
}

impl Spooled {
    /// The sorted runs that it consists of. Rows of one key stand in several of them; among these the later run has the
    /// later row of the file. `only`: places of columns in their order; all of them where none are named.
    pub(crate) fn runs(&self, only: Option<&[usize]>) -> Result<Vec<Run>, FactsError> {
        batches_of(&self.runs, only)
    }
}

// The batches of each run. Its file stays as long as they do.
fn batches_of(runs: &Arc<Vec<Sorted>>, only: Option<&[usize]>) -> Result<Vec<Run>, FactsError> {
    (0..runs.len()).map(|at| batches(Arc::clone(runs), at, only)).collect()
}

fn batches(runs: Arc<Vec<Sorted>>, at: usize, only: Option<&[usize]>) -> Result<Run, FactsError> {
    let (held, order) = match &runs[at].kept {
        Kept::Spilled(spilled) => {
            let run = Reader::open(&spilled.0)?.run(only)?;
            return Ok(Box::new(run.inspect(move |_| drop(Arc::clone(&runs)))));
        }
        Kept::Held(held, order) => (held, order),
    };
    let columns = held.first().map_or(0, Vec::len);
    let only = only.map_or_else(|| (0..columns).collect(), <[usize]>::to_vec);
    let count = order
        .as_ref()
        .map_or(held.len(), |order| order.len().div_ceil(BATCH_ROWS));
    Ok(Box::new((0..count).map(move |nth| {
        let Kept::Held(held, order) = &runs[at].kept else {
            return Ok(Batch::new());
        };
        let Some(order) = order else {
            return Ok(only.iter().map(|column| Arc::clone(&held[nth][*column])).collect());
        };
        let end = order.len().min((nth + 1) * BATCH_ROWS);
        let places = &order[nth * BATCH_ROWS..end];
        let column = |column: &usize| gathered(|batch| &held[batch][*column], held.len(), places);
        only.par_iter().map(column).collect()
    })))
}

impl Spilled {
    // Only this process may read it: a scratch folder can be everybody's.
    fn create(scratch: &Path) -> Result<(File, Self), FactsError> {
        let mut options = File::options();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        loop {
            let path = scratch.join(temporary_name());
            match options.open(&path) {
                Ok(file) => return Ok((file, Self(path))),
                // What a killed process of the same number left.
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(FactsError::io(&path, error)),
            }
        }
    }
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

    fn of(self, batch: &Batch, row: usize) -> (Option<i64>, u64) {
        (number(&batch[self.modified], row), row_number(&batch[self.row], row))
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

/// The rows that went, counted, and the first of them listed.
#[derive(Debug, Default)]
struct Lost {
    count: u64,
    listed: Vec<(u64, u64)>,
    /// Rows that stayed within a run, with the row of another run that they went for.
    moved: BTreeMap<u64, Option<u64>>,
}

impl Lost {
    // Of rows of one key, (last modified, row) in the order in which they came, all go but one. Which one stays.
    fn all_but_one(&mut self, rows: impl Iterator<Item = (Option<i64>, u64)> + Clone) -> usize {
        let last = rows.clone().enumerate().max_by_key(|(_, (modified, _))| *modified);
        let Some((stays, (_, by))) = last else {
            return 0;
        };
        for (_, (_, row)) in rows.enumerate().filter(|(at, _)| *at != stays) {
            self.count += 1;
            self.listed.push((row, by));
            if let Some(moved) = self.moved.get_mut(&row) {
                *moved = Some(by);
            }
        }
        if self.listed.len() > 2 * DUPLICATES_LISTED {
            self.cut();
        }
        stays
    }

    fn cut(&mut self) {
        self.listed.sort_unstable();
        self.listed.truncate(DUPLICATES_LISTED);
    }

    // Those that others went for may go themselves.
    fn watch_those_listed(&mut self) {
        self.moved = self.listed.iter().map(|(_, by)| (*by, None)).collect();
    }

    fn told(mut self) -> (u64, Vec<(u64, u64)>) {
        self.cut();
        for (_, by) in &mut self.listed {
            *by = self.moved.get(by).copied().flatten().unwrap_or(*by);
        }
        (self.count, self.listed)
    }
}

#[cfg(test)]
mod tests;
