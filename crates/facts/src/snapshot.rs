//! Snapshots: accepted rows merged by key and kept as Parquet files named by their content. It must not know how a
//! file was read, nor what is asked of the facts.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use arrow_array::RecordBatch;
use arrow_schema::{Field, Schema};
use jiff::civil::Date;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::catalogue::{MODIFIED_COLUMN, OWN_COLUMNS, Storage, Table};
use crate::error::FactsError;
use crate::read::FileRead;
use crate::rows::{BATCH_ROWS, RowColumn, Rows, arrow_type, own_columns};
use crate::typed::{date_of, days as days_of};
use crate::watch::{Phase, Watch};

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
/// those of the base that they do not.
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
    /// [`FactsError::Io`], [`FactsError::Snapshot`] and [`FactsError::Cancelled`]; nothing that a manifest names is ever
    /// left half-written.
    pub fn take(
        &self,
        base: Option<&Manifest>,
        files: Vec<FileRead>,
        today: Date,
        watch: &Watch,
    ) -> Result<Taken, FactsError> {
        watch.at(Phase::Merging, 0, 0)?;
        let mut manifest = base.cloned().unwrap_or_else(|| Manifest::empty(today));
        let mut changed: BTreeMap<Table, Rows> = BTreeMap::new();
        for file in files {
            let table = file.rows.table;
            let entry = FileEntry {
                name: file.report.file,
                sha256: file.sha256,
                reading: file.reading,
                table,
                rows: file.report.accepted,
                undone: false,
            };
            if manifest.files.iter().any(|known| known.is_the_same_reading(&entry)) {
                continue;
            }
            let index = i32::try_from(manifest.files.len()).map_err(|_| FactsError::Snapshot {
                what: "too many files".to_owned(),
            })?;
            manifest.files.push(entry);
            let later = file.rows.of_file(index);
            let earlier = match changed.remove(&table) {
                Some(rows) => Some(rows),
                None => base
                    .and_then(|base| base.table(table))
                    .map(|entry| self.rows_of(entry))
                    .transpose()?,
            };
            let merged = match earlier {
                Some(earlier) => earlier.merged(later).map_err(FactsError::rows)?,
                None => later,
            };
            changed.insert(table, merged);
        }
        if changed.is_empty() && base.is_some() {
            return Ok(Taken {
                manifest,
                changed: false,
                changes: Vec::new(),
            });
        }
        self.write_all(&mut manifest, &changed)?;
        manifest.as_of = self.as_of(&manifest, &changed, today)?;
        manifest.id = manifest.mark()?;
        Ok(Taken {
            manifest,
            changed: true,
            changes: Vec::new(),
        })
    }

    fn write_all(&self, manifest: &mut Manifest, changed: &BTreeMap<Table, Rows>) -> Result<(), FactsError> {
        for (table, rows) in changed.iter().filter(|(_, rows)| rows.len() > 0) {
            let entry = self.write(*table, rows)?;
            manifest.tables.retain(|known| known.table != *table);
            manifest.tables.push(entry);
        }
        manifest.tables.sort_by_key(|entry| entry.table);
        sync_folder(&self.root)
    }

    // Temporary name, sync, rename. A file of the same content that stands already is replaced by its equal.
    fn write(&self, table: Table, rows: &Rows) -> Result<TableEntry, FactsError> {
        // Two imports of one process must not share a temporary file; two processes have different numbers.
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let turn = COUNT.fetch_add(1, Ordering::Relaxed);
        let temporary = self.root.join(format!("{TEMPORARY}{}-{turn}", std::process::id()));
        let written = write_parquet(&temporary, rows);
        let hash = match written {
            Ok(hash) => hash,
            Err(error) => {
                // What cannot be removed now is swept later.
                let _ = std::fs::remove_file(&temporary);
                return Err(error);
            }
        };
        let parquet = format!("{hash}{PARQUET}");
        let path = self.root.join(&parquet);
        std::fs::rename(&temporary, &path).map_err(|error| FactsError::io(&path, error))?;
        let days = table.dated_by().and_then(|name| rows.days(name, |_, _| true));
        let own = |column: &&RowColumn| !OWN_COLUMNS.contains(&column.name.as_str());
        Ok(TableEntry {
            table,
            parquet,
            rows: u64::try_from(rows.len()).unwrap_or(u64::MAX),
            first_date: days.and_then(|(first, _)| date_of(first)),
            last_date: days.and_then(|(_, last)| date_of(last)),
            columns: rows.columns.iter().filter(own).map(column_entry).collect(),
        })
    }

    // The rows of a table of an earlier snapshot.
    fn rows_of(&self, entry: &TableEntry) -> Result<Rows, FactsError> {
        let mut columns: Vec<RowColumn> = entry
            .columns
            .iter()
            .map(|column| RowColumn {
                name: column.name.clone(),
                kind: arrow_type(column.storage),
                sources: column.sources.clone(),
                spoken: true,
            })
            .collect();
        columns.extend(own_columns(true));
        let path = self.root.join(&entry.parquet);
        let broken = |error: &dyn std::fmt::Display| FactsError::Snapshot {
            what: format!("{}: {error}", entry.parquet),
        };
        let file = File::open(&path).map_err(|error| FactsError::io(&path, error))?;
        let reader = ParquetRecordBatchReaderBuilder::try_new(file)
            .and_then(|builder| builder.with_batch_size(BATCH_ROWS).build())
            .map_err(|error| broken(&error))?;
        let mut batches = Vec::new();
        for batch in reader {
            let batch = batch.map_err(|error| broken(&error))?;
            let same = batch
                .schema()
                .fields()
                .iter()
                .map(|field| (field.name(), field.data_type()))
                .eq(columns.iter().map(|column| (&column.name, &column.kind)));
            if !same {
                return Err(broken(&"its columns are not those that the manifest names"));
            }
            batches.push(batch.columns().to_vec());
        }
        Ok(Rows {
            table: entry.table,
            columns,
            batches,
        })
    }

    // The latest day in the facts that is not after today. Rates, hours and partner lists do not tell how far the deals
    // are known, and count only where there is nothing else.
    fn as_of(&self, manifest: &Manifest, changed: &BTreeMap<Table, Rows>, today: Date) -> Result<Date, FactsError> {
        let (mut of_deals, mut of_others) = (None, None);
        for entry in &manifest.tables {
            let read;
            let rows = match changed.get(&entry.table) {
                Some(rows) => rows,
                None => {
                    read = self.rows_of(entry)?;
                    &read
                }
            };
            let (days, latest): (&[&str], _) = match entry.table {
                Table::Accounts => (&["created_on"], &mut of_deals),
                Table::Opportunities => (&["created_on", "closed_on"], &mut of_deals),
                Table::StageHistory => (&["entered_at"], &mut of_deals),
                Table::Touches => (&["on", "recorded_at"], &mut of_deals),
                Table::Progress => (&["on"], &mut of_deals),
                Table::PartnerAccounts => (&["as_of"], &mut of_others),
                Table::Effort => (&["week"], &mut of_others),
                Table::FxRates => (&["on"], &mut of_others),
                Table::Partners | Table::Stages => (&[], &mut of_others),
            };
            let until = days_of(today);
            // The close day of an open opportunity is a hope.
            let status = rows.index_of("status");
            for name in days {
                let hoped = *name == "closed_on";
                let counts =
                    |place, day| day <= until && !(hoped && status.is_some_and(|at| rows.says(at, place, "open")));
                *latest = (*latest).max(rows.days(name, counts).map(|(_, last)| last));
            }
        }
        Ok(of_deals.or(of_others).and_then(date_of).unwrap_or(today))
    }

    /// Removes the Parquet and temporary files last written before `written_before` whose names are not in `named`.
    /// The caller hands in the day's margin, so that a snapshot written but not yet catalogued is spared.
    /// Returns the names removed.
    ///
    /// # Errors
    /// [`FactsError::Io`].
    pub fn sweep(&self, named: &BTreeSet<String>, written_before: SystemTime) -> Result<Vec<String>, FactsError> {
        let failed = |error| FactsError::io(&self.root, error);
        let mut removed = Vec::new();
        for entry in std::fs::read_dir(&self.root).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            let ours = name.starts_with(TEMPORARY) || name.ends_with(PARQUET);
            if !ours || named.contains(&name) {
                continue;
            }
            let written = entry
                .metadata()
                .and_then(|metadata| metadata.modified())
                .map_err(failed)?;
            if written < written_before {
                std::fs::remove_file(entry.path()).map_err(|error| FactsError::io(&entry.path(), error))?;
                removed.push(name);
            }
        }
        removed.sort();
        Ok(removed)
    }
}

const TEMPORARY: &str = ".tmp-";
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

// Writes and syncs; the same rows give the same bytes. Returns their SHA-256 in hex.
fn write_parquet(path: &Path, rows: &Rows) -> Result<String, FactsError> {
    let broken = |error: &dyn std::fmt::Display| FactsError::Snapshot {
        what: format!("{}: {error}", path.display()),
    };
    let fields: Vec<Field> = rows
        .columns
        .iter()
        .map(|column| {
            let own = OWN_COLUMNS.contains(&column.name.as_str()) && column.name != MODIFIED_COLUMN;
            Field::new(&column.name, column.kind.clone(), !own)
        })
        .collect();
    let schema = Arc::new(Schema::new(fields));
    let properties = WriterProperties::builder()
        .set_created_by("beachhead".to_owned())
        .set_compression(Compression::SNAPPY)
        .set_dictionary_enabled(true)
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .build();
    let options = ArrowWriterOptions::new()
        .with_properties(properties)
        .with_skip_arrow_metadata(true);
    let file = File::create(path).map_err(|error| FactsError::io(path, error))?;
    let hashing = Hashing {
        inner: BufWriter::new(file),
        hash: Sha256::new(),
    };
    let mut writer =
        ArrowWriter::try_new_with_options(hashing, Arc::clone(&schema), options).map_err(|error| broken(&error))?;
    for batch in &rows.batches {
        let batch = RecordBatch::try_new(Arc::clone(&schema), batch.clone()).map_err(|error| broken(&error))?;
        writer.write(&batch).map_err(|error| broken(&error))?;
    }
    let Hashing { inner, hash } = writer.into_inner().map_err(|error| broken(&error))?;
    let file = inner
        .into_inner()
        .map_err(|error| FactsError::io(path, error.into_error()))?;
    file.sync_all().map_err(|error| FactsError::io(path, error))?;
    Ok(hex(&hash.finalize()))
}

/// Rows of a group: what one thread of a measure folds at a time.
const ROW_GROUP_ROWS: usize = 128 << 10;

/// Bytes hashed on their way to the disk.
struct Hashing<W> {
    inner: W,
    hash: Sha256,
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hash.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.inner.flush()
    }
}

// A renamed file is there after a power cut only once its folder is synced.
fn sync_folder(folder: &Path) -> Result<(), FactsError> {
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|error| FactsError::io(folder, error))
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
        if let Some(before) = before.filter(|_| self.id == after.id) {
            rest.as_of = before.as_of;
        }
        rest.id = rest.mark()?;
        Ok(rest)
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
