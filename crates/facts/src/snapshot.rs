//! Snapshots: accepted rows merged by key and kept as Parquet files named by their content. It must not know how a
//! file was read, nor what is asked of the facts.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::catalogue::{Storage, Table};
use crate::error::FactsError;
use crate::read::FileRead;

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
    /// Its columns in the order of the Parquet file: the canonical fields, then the kept columns, then `_file`, `_row`.
    pub columns: Vec<ColumnEntry>,
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
}

/// A folder of Parquet files, each named by its content and never changed.
#[derive(Debug, Clone)]
pub struct FactStore {
    root: PathBuf,
}

impl FactStore {
    /// Opens the folder, making it where it is missing.
    ///
    /// # Errors
    /// [`FactsError::Io`] where it cannot be made.
    pub fn open(root: &Path) -> Result<Self, FactsError> {
        std::fs::create_dir_all(root).map_err(|error| FactsError::io(root, error))?;
        Ok(Self { root: root.to_owned() })
    }

    /// Where a table of a snapshot lies, if the snapshot has rows of it.
    pub fn path_of(&self, manifest: &Manifest, table: Table) -> Option<PathBuf> {
        manifest.table(table).map(|entry| self.root.join(&entry.parquet))
    }

    /// Merges files into a snapshot, in order, the later row of a key taking the place of the earlier one for the
    /// columns that its file has. A file that the base holds already adds nothing. `today` bounds [`Manifest::as_of`].
    ///
    /// # Errors
    /// [`FactsError::Io`] and [`FactsError::Snapshot`]; nothing that a manifest names is ever left half-written.
    pub fn take(&self, base: Option<&Manifest>, files: Vec<FileRead>, today: Date) -> Result<Taken, FactsError> {
        todo!("{base:?} {} {today}", files.len())
    }

    /// Removes the Parquet and temporary files last written before `written_before` whose names are not in `named`.
    /// The caller hands in the day's margin, so that a snapshot written but not yet catalogued is spared.
    /// Returns the names removed.
    ///
    /// # Errors
    /// [`FactsError::Io`].
    pub fn sweep(&self, named: &BTreeSet<String>, written_before: SystemTime) -> Result<Vec<String>, FactsError> {
        todo!("{named:?} {written_before:?}")
    }
}

impl Manifest {
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
