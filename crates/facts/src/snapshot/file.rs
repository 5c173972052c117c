//! One table's Parquet file: written in the order of its key under a temporary name, hashed on its way, and read back.
//! It must not know how rows of one key become one.

use std::collections::BTreeSet;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type};
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;
use parquet::basic::{Compression, Encoding};
use parquet::file::metadata::SortingColumn;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;
use sha2::{Digest, Sha256};

use super::disk::Disk;
use super::hex;
use crate::catalogue::{FILE_COLUMN, ROW_COLUMN, Table};
use crate::error::FactsError;
use crate::rows::{Batch, RowColumn, length};
use crate::spool::columnar::{self, Writer};
use crate::spool::key::key_columns;
use crate::spool::temporary_name;

/// Rows of a group: what one thread of a measure folds at a time.
const GROUP_ROWS: usize = 128 << 10;
/// Arrow memory of a group, in bytes: 64 MiB. Groups of wide rows have fewer of them.
const GROUP_BYTES: usize = 64 << 20;
/// Rows in which a column's values are counted, to see whether they repeat.
const SAMPLE_ROWS: usize = 4 << 10;

/// A file under its temporary name, gone when it is let go of without [`Written::keep`].
#[derive(Debug)]
pub(super) struct Written {
    path: PathBuf,
    /// The name that it is to have: SHA-256 of its content, and `.parquet`.
    pub(super) name: String,
    kept: bool,
}

impl Written {
    /// Gives the file its name. A file of the same content that stands already is replaced by its equal.
    pub(super) fn keep(mut self, disk: &dyn Disk, root: &Path) -> Result<(), FactsError> {
        let path = root.join(&self.name);
        disk.rename(&self.path, &path)
            .map_err(|error| FactsError::io(&path, error))?;
        self.kept = true;
        Ok(())
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        if !self.kept {
            // What cannot be removed now is swept later.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Writes the batches that `rows` hands over, in their order; the same rows give the same bytes.
pub(super) fn write<T>(
    disk: &dyn Disk,
    root: &Path,
    table: Table,
    columns: &[RowColumn],
    rows: impl FnOnce(&mut Groups) -> Result<T, FactsError>,
) -> Result<(T, Written), FactsError> {
    let mut written = Written {
        path: root.join(temporary_name()),
        name: String::new(),
        kept: false,
    };
    let path = written.path.clone();
    let (to, from) = sync_channel(1);
    // Groups are encoded and written while the next ones are put together.
    let (told, hash) = std::thread::scope(|scope| {
        let writer = scope.spawn({
            let path = &path;
            move || write_groups(disk, path, table, columns, from)
        });
        let mut groups = Groups::new(to);
        let told = rows(&mut groups).and_then(|told| groups.end().map(|()| told));
        drop(groups);
        let hash = writer.join().unwrap_or_else(|_| {
            Err(FactsError::Snapshot {
                what: format!("{} could not be written", path.display()),
            })
        });
        (told, hash)
    });
    // Where the writer failed, what came of it says less.
    let hash = match (&told, hash) {
        (Err(FactsError::Cancelled), _) => String::new(),
        (_, hash) => hash?,
    };
    written.name = format!("{hash}{}", super::PARQUET);
    Ok((told?, written))
}

/// Batches gathered to groups of rows, on their way to the writer.
pub(super) struct Groups {
    to: SyncSender<Vec<Batch>>,
    batches: Vec<Batch>,
    rows: usize,
    bytes: usize,
}

impl Groups {
    fn new(to: SyncSender<Vec<Batch>>) -> Self {
        Self {
            to,
            batches: Vec::new(),
            rows: 0,
            bytes: 0,
        }
    }

    /// Adds rows.
    pub(super) fn push(&mut self, batch: Batch) -> Result<(), FactsError> {
        self.rows += length(&batch);
        self.bytes += columnar::memory(&batch);
        self.batches.push(batch);
        if self.rows >= GROUP_ROWS || self.bytes >= GROUP_BYTES {
            self.end()?;
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), FactsError> {
        let batches = std::mem::take(&mut self.batches);
        (self.rows, self.bytes) = (0, 0);
        if batches.is_empty() {
            return Ok(());
        }
        // A writer that is no longer there says itself why.
        self.to.send(batches).map_err(|_| FactsError::Snapshot {
            what: "the writer stopped".to_owned(),
        })
    }
}

fn write_groups(
    disk: &dyn Disk,
    path: &Path,
    table: Table,
    columns: &[RowColumn],
    groups: Receiver<Vec<Batch>>,
) -> Result<String, FactsError> {
    let io = |error| FactsError::io(path, error);
    let failed = |error| columnar::failed(path, error);
    let nullable = |column: &RowColumn| ![FILE_COLUMN, ROW_COLUMN].contains(&column.name.as_str());
    let first = groups.recv().unwrap_or_default();
    let to = Hashing {
        inner: BufWriter::with_capacity(1 << 20, disk.create(path).map_err(io)?),
        hash: Sha256::new(),
    };
    let properties = properties(table, columns, first.first())?;
    let mut writer = Writer::new(to, columns, nullable, properties).map_err(failed)?;
    for group in std::iter::once(first).chain(groups).filter(|group| !group.is_empty()) {
        writer.group(&group).map_err(failed)?;
    }
    let Hashing { inner, hash } = writer.finish().map_err(failed)?;
    let mut file = inner.into_inner().map_err(|error| io(error.into_error()))?;
    file.sync().map_err(io)?;
    Ok(hex(&hash.finalize()))
}

// Values that repeat are written once; sorting shows in the file.
fn properties(table: Table, columns: &[RowColumn], sample: Option<&Batch>) -> Result<WriterProperties, FactsError> {
    let key = key_columns(table, columns)?;
    let sorted = key.iter().map(|at| SortingColumn {
        column_idx: i32::try_from(*at).unwrap_or(i32::MAX),
        descending: false,
        nulls_first: true,
    });
    let mut properties = WriterProperties::builder()
        .set_created_by("beachhead".to_owned())
        .set_compression(Compression::SNAPPY)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_sorting_columns(Some(sorted.collect()))
        .set_max_row_group_row_count(None);
    for (at, column) in columns.iter().enumerate() {
        let path = ColumnPath::from(vec![column.name.clone()]);
        let repeats = sample.is_none_or(|batch| repeats(&batch[at]));
        if column.name == ROW_COLUMN || !repeats {
            properties = properties.set_column_dictionary_enabled(path.clone(), false);
        }
        if column.name == ROW_COLUMN {
            properties = properties.set_column_encoding(path, Encoding::DELTA_BINARY_PACKED);
        }
    }
    Ok(properties.build())
}

// Whether at least half of the values at the top have come before.
fn repeats(array: &ArrayRef) -> bool {
    let rows = array.len().min(SAMPLE_ROWS);
    let known = (0..rows).filter(|row| array.is_valid(*row));
    let (count, different) = match array.data_type() {
        DataType::Utf8 => {
            let texts = array.as_string::<i32>();
            let different: BTreeSet<&str> = known.clone().map(|row| texts.value(row)).collect();
            (known.count(), different.len())
        }
        DataType::Int64 => {
            let numbers = array.as_primitive::<Int64Type>();
            let different: BTreeSet<i64> = known.clone().map(|row| numbers.value(row)).collect();
            (known.count(), different.len())
        }
        DataType::Float64 => {
            let numbers = array.as_primitive::<Float64Type>();
            let different: BTreeSet<u64> = known.clone().map(|row| numbers.value(row).to_bits()).collect();
            (known.count(), different.len())
        }
        _ => return true,
    };
    different * 2 <= count
}

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
