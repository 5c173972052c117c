//! One table's Parquet file: written in the order of its key under a temporary name, hashed on its way, and read back.
//! It must not know how rows of one key become one.

use std::collections::BTreeSet;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type};
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;
use arrow_select::concat::concat;
use parquet::basic::{Compression, Encoding};
use parquet::file::metadata::SortingColumn;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;
use sha2::{Digest, Sha256};

use super::disk::Disk;
use super::hex;
use crate::catalogue::{FILE_COLUMN, ROW_COLUMN, Table};
use crate::error::FactsError;
use crate::kept::Kept;
use crate::rows::{BATCH_ROWS, Batch, RowColumn, bytes, length};
use crate::spool::Temporary;
use crate::spool::columnar::{self, Writer};
use crate::spool::key::key_columns;

/// Rows of a group: what one thread of a measure folds at a time.
const GROUP_ROWS: usize = 128 << 10;
/// What a group holds at most, in bytes, about: 32 MiB. Groups of wide rows have fewer of them.
const GROUP_BYTES: usize = 32 << 20;
/// What a batch holds at most, in bytes: 16 MiB.
const BATCH_BYTES: usize = 16 << 20;
/// Rows in which a column's values are counted, to see whether they repeat.
const SAMPLE_ROWS: usize = 4 << 10;

/// A file under its temporary name, gone when it is let go of without [`Written::keep`].
#[derive(Debug)]
pub(super) struct Written {
    place: Temporary,
    /// The name that it is to have: SHA-256 of its content, and `.parquet`.
    pub(super) name: String,
}

impl Written {
    /// Keeps it in a remote store too, where there is one.
    pub(super) fn send(&self, files: &Kept) -> Result<(), FactsError> {
        files.send(&self.name, &self.place.0)
    }

    /// Gives the file its name. A file of the same content that stands already is replaced by its equal.
    pub(super) fn keep(self, disk: &dyn Disk, root: &Path) -> Result<(), FactsError> {
        let path = root.join(&self.name);
        disk.rename(&self.place.0, &path)
            .map_err(|error| FactsError::io(&path, error))
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
    let place = Temporary::within(root);
    let (to, from) = sync_channel(1);
    // Groups are encoded and written while the next ones are put together.
    let (told, hash) = std::thread::scope(|scope| {
        let writer = scope.spawn({
            let path = &place.0;
            move || write_groups(disk, path, table, columns, from)
        });
        let mut groups = Groups::new(to);
        let told = rows(&mut groups).and_then(|told| groups.end().map(|()| told));
        drop(groups);
        let hash = writer.join().unwrap_or_else(|_| {
            Err(FactsError::Snapshot {
                what: format!("{} could not be written", place.0.display()),
            })
        });
        (told, hash)
    });
    // Where the writer failed, what came of it says less.
    let hash = match (&told, hash) {
        (Err(FactsError::Cancelled), _) => String::new(),
        (_, hash) => hash?,
    };
    let name = format!("{hash}{}", super::PARQUET);
    Ok((told?, Written { place, name }))
}

/// Rows on their way to the writer, cut anew: where batches and groups end is told by the rows alone, so that the same
/// rows give the same bytes however they were put together.
pub(super) struct Groups {
    to: SyncSender<Vec<Batch>>,
    /// Pieces of the batch to be, with their rows and bytes.
    pieces: Vec<Batch>,
    pieces_rows: usize,
    pieces_bytes: usize,
    /// Batches of the group to be, with their rows and bytes.
    batches: Vec<Batch>,
    rows: usize,
    bytes: usize,
}

impl Groups {
    fn new(to: SyncSender<Vec<Batch>>) -> Self {
        Self {
            to,
            pieces: Vec::new(),
            pieces_rows: 0,
            pieces_bytes: 0,
            batches: Vec::new(),
            rows: 0,
            bytes: 0,
        }
    }

    /// Adds rows.
    pub(super) fn push(&mut self, batch: Batch) -> Result<(), FactsError> {
        let (mut from, end) = (0, length(&batch));
        while from < end {
            let most = end.min(from + BATCH_ROWS - self.pieces_rows);
            let room = BATCH_BYTES.saturating_sub(self.pieces_bytes);
            let mut to = fitting(&batch, from, most, room);
            if to == from && self.pieces.is_empty() {
                // A row that is longer than a batch may be is one by itself.
                to = from + 1;
            }
            if to > from {
                self.pieces
                    .push(batch.iter().map(|array| array.slice(from, to - from)).collect());
                self.pieces_rows += to - from;
                self.pieces_bytes += bytes(&batch, from..to);
            }
            if self.pieces_rows == BATCH_ROWS || to < end {
                self.batch()?;
            }
            from = to;
        }
        Ok(())
    }

    // The pieces are a batch.
    fn batch(&mut self) -> Result<(), FactsError> {
        let mut pieces = std::mem::take(&mut self.pieces);
        self.rows += std::mem::take(&mut self.pieces_rows);
        self.bytes += std::mem::take(&mut self.pieces_bytes);
        if pieces.len() < 2 {
            self.batches.append(&mut pieces);
        } else {
            let column = |at: usize| {
                let arrays: Vec<&dyn Array> = pieces.iter().map(|piece| piece[at].as_ref()).collect();
                concat(&arrays).map_err(FactsError::rows)
            };
            self.batches
                .push((0..pieces[0].len()).map(column).collect::<Result<_, _>>()?);
        }
        if self.rows >= GROUP_ROWS || self.bytes >= GROUP_BYTES {
            self.group()?;
        }
        Ok(())
    }

    fn group(&mut self) -> Result<(), FactsError> {
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

    fn end(&mut self) -> Result<(), FactsError> {
        self.batch()?;
        self.group()
    }
}

// How far rows go on that are not longer than `room` together.
fn fitting(batch: &Batch, from: usize, most: usize, room: usize) -> usize {
    if bytes(batch, from..most) <= room {
        return most;
    }
    let (mut fits, mut not) = (from, most);
    while not - fits > 1 {
        let middle = fits.midpoint(not);
        if bytes(batch, from..middle) <= room {
            fits = middle;
        } else {
            not = middle;
        }
    }
    fits
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{Int64Array, StringArray};
    use proptest::prelude::*;

    use super::*;

    // The rows of each batch of each group that reaches the writer.
    fn cut(lengths: &[usize], ends: &[usize]) -> Vec<Vec<usize>> {
        let texts: StringArray = lengths.iter().map(|length| Some("x".repeat(*length))).collect();
        let numbers: Int64Array = (0..).take(lengths.len()).map(Some).collect();
        let batch: Batch = vec![Arc::new(texts), Arc::new(numbers)];
        let (to, from) = sync_channel(64);
        let mut groups = Groups::new(to);
        let mut start = 0;
        for end in ends.iter().copied().chain([lengths.len()]) {
            let piece = batch.iter().map(|array| array.slice(start, end - start)).collect();
            groups.push(piece).unwrap();
            start = end;
        }
        groups.end().unwrap();
        drop(groups);
        from.iter()
            .map(|group: Vec<Batch>| group.iter().map(|batch| length(batch)).collect())
            .collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn where_groups_end_does_not_depend_on_how_rows_come(
            lengths in proptest::collection::vec(prop_oneof![8 => 0..9_usize, 1 => Just(5 << 20)], 1..24),
            ends in proptest::collection::btree_set(0..24_usize, 0..6),
        ) {
            let ends: Vec<usize> = ends.into_iter().filter(|end| *end < lengths.len()).collect();
            prop_assert_eq!(cut(&lengths, &ends), cut(&lengths, &[]));
        }
    }

    #[test]
    fn a_group_ends_by_its_rows() {
        let rows = GROUP_ROWS + BATCH_ROWS / 2;
        let groups = cut(&vec![1; rows], &[10, BATCH_ROWS + 7]);
        assert_eq!(
            groups,
            [vec![BATCH_ROWS; GROUP_ROWS / BATCH_ROWS], vec![BATCH_ROWS / 2]]
        );
    }
}
