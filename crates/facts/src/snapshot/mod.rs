//! Snapshots: accepted rows merged by key and kept as Parquet files named by their content. It must not know how a
//! file was read, nor what is asked of the facts.

mod days;
mod disk;
mod file;
mod lay;
mod seen;
mod take;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use self::disk::{Disk, FileSystem};
use self::take::Taking;
use crate::catalogue::{Storage, Table};
use crate::error::FactsError;
use crate::kept::Kept;
use crate::read::FileRead;
use crate::remote::Remote;
use crate::rows::{RowColumn, arrow_type};
use crate::stages::Way;
use crate::watch::Watch;

/// What one snapshot consists of. The ledger keeps it; the same facts give the same manifest, byte for byte.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// SHA-256, in hex, of the rest.
    pub id: String,
    /// The day that the facts speak of: the latest in them that is not after the day of import.
    pub as_of: Date,
    /// Every file that was imported, the first being 0 in the `_file` column.
    pub files: Vec<FileEntry>,
    /// The tables that have rows, in the order of [`Table::ALL`].
    pub tables: Vec<TableEntry>,
}

/// One imported file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Its name, without folders.
    pub name: String,
    /// SHA-256 of its bytes, in hex.
    pub sha256: String,
    /// SHA-256 of how it was read (mapping, stages, date order, decimal sign), in hex: another reading of the same
    /// bytes is another file.
    pub reading: String,
    /// Where its rows went.
    pub table: Table,
    /// The rows accepted from it.
    pub rows: u64,
    /// Whether its import was undone: the same file may come again. It keeps its place, since rows point at it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub undone: bool,
}

/// One table of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableEntry {
    /// Which.
    pub table: Table,
    /// The name of its Parquet file within the store: SHA-256 of its content and `.parquet`.
    pub parquet: String,
    /// Its rows.
    pub rows: u64,
    /// The earliest day of [`Table::dated_by`].
    pub first_date: Option<Date>,
    /// The latest day of [`Table::dated_by`].
    pub last_date: Option<Date>,
    /// Its columns in the order of the Parquet file: the canonical fields, then the kept columns. `_file` and `_row`,
    /// which every file has, follow them there and are not listed here.
    pub columns: Vec<ColumnEntry>,
    /// Whether its rows stand in the order of [`Table::key`], text by bytes and dates by day. So they do, save in
    /// snapshots of old.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sorted: bool,
    /// The latest day that its facts tell of, not after the day of their import; none where they tell of none, or in
    /// snapshots of old.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told_until: Option<Date>,
}

/// One column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnEntry {
    /// Its name in the Parquet file: a field of the catalogue, or the source's own name.
    pub name: String,
    /// How it is stored.
    pub storage: Storage,
    /// The names that it had in the imported files, where they differ from `name`.
    pub sources: Vec<String>,
}

/// What [`FactStore::take`] did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The snapshot.
    pub manifest: Manifest,
    /// Whether it differs from the base.
    pub changed: bool,
    /// What came of each table that the files speak of, in the order of [`Table::ALL`].
    pub changes: Vec<TableChange>,
}

/// What an import did to one table. `added + changed + unchanged` are the rows that the files hold; `absent + gone`
/// those of the base that they do not. Of partner accounts only the lists of partners that the files name count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableChange {
    /// Which.
    pub table: Table,
    /// Rows of new keys.
    pub added: u64,
    /// Rows whose key was there with other values.
    pub changed: u64,
    /// Rows that were there with the same values.
    pub unchanged: u64,
    /// Rows of the base that the files do not hold, and that stay.
    pub absent: u64,
    /// Rows of the base that the files do not hold, and that went because the files hold the whole table.
    pub gone: u64,
    /// Of opportunities: how many went from one stage to another, the most frequent first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stage_moves: Vec<StageMove>,
}

/// Opportunities that an import found in another stage than the snapshot before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageMove {
    /// The stage before.
    pub from: String,
    /// The stage now.
    pub to: String,
    /// How many.
    pub opportunities: u64,
    /// Which way that is, where the order of the stages is known. A store does not know it; whoever asks it may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub way: Option<Way>,
}

/// A folder of Parquet files, each named by its content and never changed; or, beside a remote store, copies of those that
/// were asked for.
#[derive(Debug, Clone)]
pub struct FactStore {
    files: Kept,
    disk: Arc<dyn Disk>,
}

impl FactStore {
    /// Opens the folder, making it where it is missing.
    ///
    /// # Errors
    /// [`FactsError::Io`] where it cannot be made.
    pub fn open(root: &Path) -> Result<Self, FactsError> {
        std::fs::create_dir_all(root).map_err(|error| FactsError::io(root, error))?;
        Ok(Self {
            files: Kept::within(root, PARQUET),
            disk: Arc::new(FileSystem),
        })
    }

    /// The same folder, with every file kept in a remote store before a snapshot that names it is said to be there.
    #[must_use]
    pub fn beside(mut self, remote: Remote) -> Self {
        self.files = self.files.beside(remote);
        self
    }

    /// Whether the remote store answers and lets us in; so it is where there is none.
    ///
    /// # Errors
    /// Those of [`Remote::reach`].
    pub fn reach(&self) -> Result<(), FactsError> {
        self.files.reach()
    }

    /// The folder: the place for what is spilled on the way into it, since a sweep clears it of what a kill left.
    pub fn folder(&self) -> &Path {
        &self.files.root
    }

    /// The files themselves.
    pub const fn files(&self) -> &Kept {
        &self.files
    }

    /// Where a table of a snapshot lies, if the snapshot has rows of it.
    pub fn path_of(&self, manifest: &Manifest, table: Table) -> Option<PathBuf> {
        manifest.table(table).map(|entry| self.files.root.join(&entry.parquet))
    }

    /// Where a table of a snapshot lies, fetched from the remote store where it is not here.
    pub(crate) fn at_hand(&self, entry: &TableEntry) -> Result<PathBuf, FactsError> {
        self.files.at_hand(&entry.parquet)
    }

    /// Merges files into a snapshot, in order: a row changes the columns that the later file speaks of, the newer by
    /// last modified or the later import winning; a row of another key is added; a row that no file holds stays, or goes
    /// where the files hold the whole table; of partner accounts, the whole list of each partner that they name: the lists
    /// of other partners stay. Files of one table in one import hold it together. A file that the base
    /// holds already adds nothing. `today` bounds [`Manifest::as_of`]. `watch` is told the rows done.
    ///
    /// # Errors
    /// [`FactsError::Io`], [`FactsError::Snapshot`] and [`FactsError::Cancelled`]; nothing that a manifest names is ever
    /// left half-written, and no temporary file is left.
    pub fn take(
        &self,
        base: Option<&Manifest>,
        files: Vec<FileRead>,
        today: Date,
        watch: &Watch,
    ) -> Result<Taken, FactsError> {
        Taking::new(self, base, &files, today, watch)?.take()
    }

    /// What [`FactStore::take`] would change, with nothing written.
    ///
    /// # Errors
    /// As [`FactStore::take`].
    pub fn preview(
        &self,
        base: Option<&Manifest>,
        files: &[FileRead],
        today: Date,
        watch: &Watch,
    ) -> Result<Vec<TableChange>, FactsError> {
        Taking::new(self, base, files, today, watch)?.preview()
    }

    /// Removes the Parquet and temporary files last written before `written_before` whose names are not in `named`.
    /// The caller hands in the day's margin, so that a snapshot written but not yet catalogued is spared.
    /// Returns the names removed. See [`Kept::sweep`] for what becomes of a remote store.
    ///
    /// # Errors
    /// Those of [`Kept::sweep`].
    pub fn sweep(&self, named: &BTreeSet<String>, written_before: SystemTime) -> Result<Vec<String>, FactsError> {
        self.files.sweep(named, written_before)
    }
}

const PARQUET: &str = ".parquet";

fn column_entry(column: &RowColumn) -> ColumnEntry {
    let storage = [Storage::Text, Storage::Date, Storage::Money, Storage::Number]
        .into_iter()
        .find(|storage| arrow_type(*storage) == column.kind)
        .unwrap_or(Storage::Text);
    ColumnEntry {
        name: column.name.clone(),
        storage,
        sources: column.sources.clone(),
    }
}

impl TableChange {
    fn none(table: Table) -> Self {
        Self {
            table,
            added: 0,
            changed: 0,
            unchanged: 0,
            absent: 0,
            gone: 0,
            stage_moves: Vec::new(),
        }
    }
}

impl FileEntry {
    fn is_the_same_reading(&self, other: &Self) -> bool {
        !self.undone && (&self.sha256, &self.reading, self.table) == (&other.sha256, &other.reading, other.table)
    }
}

impl Manifest {
    fn empty(today: Date) -> Self {
        Self {
            id: String::new(),
            as_of: today,
            files: Vec::new(),
            tables: Vec::new(),
        }
    }

    // SHA-256 of its JSON without the id.
    fn mark(&self) -> Result<String, FactsError> {
        let bare = Self {
            id: String::new(),
            ..self.clone()
        };
        let json = serde_json::to_vec(&bare).map_err(|error| FactsError::Snapshot {
            what: error.to_string(),
        })?;
        Ok(hex(&Sha256::digest(json)))
    }

    /// This manifest without what one import did: `before` and `after` are those around it. Later imports of other tables
    /// stay.
    ///
    /// # Errors
    /// [`FactsError::CannotUndo`] where a later import changed a table that it changed.
    pub fn without_import(&self, before: Option<&Self>, after: &Self) -> Result<Self, FactsError> {
        let mut rest = self.clone();
        let was = |table| before.and_then(|before| before.table(table));
        for table in Table::ALL
            .into_iter()
            .filter(|table| was(*table) != after.table(*table))
        {
            if self.table(table) != after.table(table) {
                return Err(FactsError::CannotUndo { table });
            }
            rest.tables.retain(|entry| entry.table != table);
            rest.tables.extend(was(table).cloned());
        }
        rest.tables.sort_by_key(|entry| entry.table);
        let first = before.map_or(0, |before| before.files.len());
        for file in rest.files.iter_mut().take(after.files.len()).skip(first) {
            file.undone = true;
        }
        let before = before.filter(|_| self.id == after.id).map(|before| before.as_of);
        rest.as_of = before.or_else(|| rest.told_until()).unwrap_or(rest.as_of);
        rest.id = rest.mark()?;
        Ok(rest)
    }

    // The latest day that its tables tell of. Rates, hours and partner lists count only where there is nothing else.
    fn told_until(&self) -> Option<Date> {
        self.told_by(true).or_else(|| self.told_by(false))
    }

    fn told_by(&self, deals: bool) -> Option<Date> {
        let tables = self.tables.iter().filter(|entry| days::telling(entry.table).1 == deals);
        tables.filter_map(|entry| entry.told_until).max()
    }

    /// Whether rows of stage history that lead to this file were seen by comparing snapshots: they are those of the
    /// opportunity that was seen, and not a source's word on its stages.
    pub fn is_seen(&self, file: usize) -> bool {
        self.files
            .get(file)
            .is_some_and(|file| file.table == Table::Opportunities)
    }

    /// Whether a file of opportunities brought stage history in its columns: one reading of it went to both tables.
    pub(crate) fn has_history_in_columns(&self) -> bool {
        let of = |table| self.files.iter().filter(move |file| file.table == table);
        of(Table::StageHistory).any(|history| {
            of(Table::Opportunities).any(|deals| (&deals.sha256, &deals.reading) == (&history.sha256, &history.reading))
        })
    }

    /// The entry of a table, if the snapshot has rows of it.
    pub fn table(&self, table: Table) -> Option<&TableEntry> {
        self.tables.iter().find(|entry| entry.table == table)
    }
}

impl TableEntry {
    /// The column asked for by its own name or by a name that it had in an imported file. Exact names come first, then
    /// names that differ in case, spaces or underscores only.
    pub fn column(&self, asked: &str) -> Option<&ColumnEntry> {
        let named = |same: &dyn Fn(&str) -> bool| {
            let by_name = self.columns.iter().find(|column| same(&column.name));
            by_name.or_else(|| {
                self.columns
                    .iter()
                    .find(|column| column.sources.iter().any(|source| same(source)))
            })
        };
        let wanted = crate::alias::normalise(asked);
        named(&|name| name == asked).or_else(|| named(&|name| crate::alias::normalise(name) == wanted))
    }
}

/// Bytes as lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests;
