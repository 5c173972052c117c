//! Typed rows of one table: their columns, and batches of them built cell by cell. It must not know a file format, nor
//! write anything.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow_array::builder::{ArrayBuilder, Date32Builder, Float64Builder, Int64Builder, StringBuilder};
use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, Int32Array};
use arrow_schema::DataType;

use crate::catalogue::{FILE_COLUMN, Kind, MODIFIED_COLUMN, ROW_COLUMN, Storage};

/// The rows of one batch: a text column of them stays under 2 GiB even if every field is as long as it may be.
pub(crate) const BATCH_ROWS: usize = 32 << 10;

/// Rows side by side: an array a column, all of one length.
pub(crate) type Batch = Vec<ArrayRef>;

/// How many rows a batch has.
pub(crate) fn length(batch: &[ArrayRef]) -> usize {
    batch.first().map_or(0, Array::len)
}

/// What rows hold, in bytes, whatever memory they stand in.
pub(crate) fn bytes(batch: &[ArrayRef], rows: Range<usize>) -> usize {
    let of_column = |array: &ArrayRef| match array.as_string_opt::<i32>() {
        Some(texts) => {
            let offsets = texts.value_offsets();
            usize::try_from(offsets[rows.end] - offsets[rows.start]).unwrap_or(0) + 4 * rows.len()
        }
        None => 8 * rows.len(),
    };
    batch.iter().map(of_column).sum()
}

/// One column: a field, a kept column, or one of our own at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RowColumn {
    pub(crate) name: String,
    pub(crate) kind: DataType,
    /// The names that it had in files, where they differ.
    pub(crate) sources: Vec<String>,
    /// Whether the file has something to say about it. On a merge its silence changes nothing.
    pub(crate) spoken: bool,
}

/// How a storage looks in Arrow.
pub(crate) const fn arrow_type(storage: Storage) -> DataType {
    match storage {
        Storage::Text => DataType::Utf8,
        Storage::Date => DataType::Date32,
        Storage::Money => DataType::Int64,
        Storage::Number => DataType::Float64,
    }
}

/// A column that is made here rather than read: its name, and what it holds.
pub(crate) fn made_column((name, kind): (&str, Kind)) -> (RowColumn, Storage) {
    let column = RowColumn {
        name: name.to_owned(),
        kind: arrow_type(kind.storage()),
        sources: Vec::new(),
        spoken: true,
    };
    (column, kind.storage())
}

/// One typed cell.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value<'a> {
    /// Nothing there.
    None,
    /// Text, an id, a code, a choice.
    Text(Cow<'a, str>),
    /// Days since 1970-01-01.
    Day(i32),
    /// Minor units.
    Minor(i64),
    /// A plain number.
    Number(f64),
}

/// What batches of a table took so far: the next one finds its room at once.
#[derive(Debug)]
pub(crate) struct Sizes {
    rows: AtomicUsize,
    /// The bytes of each column's text.
    texts: Vec<AtomicUsize>,
}

impl Sizes {
    /// For so many columns, of which nothing is known yet.
    pub(crate) fn of(columns: usize) -> Self {
        Self {
            rows: AtomicUsize::new(0),
            texts: (0..columns).map(|_| AtomicUsize::new(0)).collect(),
        }
    }

    fn note(&self, batch: &Batch) {
        self.rows.fetch_max(length(batch), Ordering::Relaxed);
        for (array, size) in batch.iter().zip(&self.texts) {
            if let Some(texts) = array.as_string_opt::<i32>() {
                size.fetch_max(texts.value_data().len(), Ordering::Relaxed);
            }
        }
    }
}

/// Rows in the making, a batch at a time.
#[derive(Debug)]
pub(crate) struct RowsBuilder {
    columns: Vec<RowColumn>,
    storages: Vec<Storage>,
    cells: Vec<CellBuilder>,
    numbers: Int64Builder,
    modified: Int64Builder,
}

#[derive(Debug)]
enum CellBuilder {
    Text(StringBuilder),
    Date(Date32Builder),
    Money(Int64Builder),
    Number(Float64Builder),
}

impl RowsBuilder {
    /// A builder for the columns given; our own follow them. `modified`: whether the file says when rows were last
    /// modified.
    pub(crate) fn new(columns: Vec<(RowColumn, Storage)>, modified: bool) -> Self {
        let (columns, storages): (Vec<RowColumn>, Vec<Storage>) = columns.into_iter().unzip();
        Self {
            columns: columns.into_iter().chain(own_columns(modified)).collect(),
            cells: storages
                .iter()
                .map(|storage| CellBuilder::new(*storage, 0, 0))
                .collect(),
            storages,
            numbers: Int64Builder::new(),
            modified: Int64Builder::new(),
        }
    }

    /// Makes room for a batch as large as those before.
    pub(crate) fn reserve(&mut self, sizes: &Sizes) {
        let rows = sizes.rows.load(Ordering::Relaxed);
        let cells = self.storages.iter().zip(&sizes.texts);
        self.cells = cells
            .map(|(storage, bytes)| CellBuilder::new(*storage, rows, bytes.load(Ordering::Relaxed)))
            .collect();
        self.numbers = Int64Builder::with_capacity(rows);
        self.modified = Int64Builder::with_capacity(rows);
    }

    /// The batch of the rows added since the last one, and what it takes noted.
    pub(crate) fn take_noting(&mut self, sizes: &Sizes) -> Batch {
        let batch = self.take();
        sizes.note(&batch);
        batch
    }

    /// Every column of the batches, our own at the end.
    pub(crate) fn columns(&self) -> &[RowColumn] {
        &self.columns
    }

    /// The rows that the next batch has so far.
    pub(crate) fn len(&self) -> usize {
        self.numbers.len()
    }

    /// Adds a row of as many values as there are columns. `modified`: seconds since 1970 UTC.
    pub(crate) fn push<'a>(&mut self, row: u64, modified: Option<i64>, values: impl Iterator<Item = Value<'a>>) {
        let mut cells = self.cells.iter_mut();
        values.for_each(|value| {
            if let Some(cell) = cells.next() {
                cell.push(&value);
            }
        });
        self.numbers.append_value(i64::try_from(row).unwrap_or(i64::MAX));
        self.modified.append_option(modified);
    }

    /// The batch of the rows added since the last one. Its rows are of file 0.
    pub(crate) fn take(&mut self) -> Batch {
        let rows = self.len();
        let mut batch: Batch = self.cells.iter_mut().map(CellBuilder::finish).collect();
        batch.push(Arc::new(Int32Array::from(vec![0; rows])));
        batch.push(Arc::new(self.numbers.finish()));
        batch.push(Arc::new(self.modified.finish()));
        batch
    }
}

/// Our own columns, in the order of [`OWN_COLUMNS`].
pub(crate) fn own_columns(modified: bool) -> [RowColumn; 3] {
    let own = |name: &str, kind, spoken| RowColumn {
        name: name.to_owned(),
        kind,
        sources: Vec::new(),
        spoken,
    };
    [
        own(FILE_COLUMN, DataType::Int32, true),
        own(ROW_COLUMN, DataType::Int64, true),
        own(MODIFIED_COLUMN, DataType::Int64, modified),
    ]
}

impl CellBuilder {
    // With room for so many rows, and so many bytes of text.
    fn new(storage: Storage, rows: usize, bytes: usize) -> Self {
        match storage {
            Storage::Text => Self::Text(StringBuilder::with_capacity(rows, bytes)),
            Storage::Date => Self::Date(Date32Builder::with_capacity(rows)),
            Storage::Money => Self::Money(Int64Builder::with_capacity(rows)),
            Storage::Number => Self::Number(Float64Builder::with_capacity(rows)),
        }
    }

    fn push(&mut self, value: &Value<'_>) {
        match (self, value) {
            (Self::Text(cells), Value::Text(text)) => cells.append_value(text),
            (Self::Date(cells), Value::Day(day)) => cells.append_value(*day),
            (Self::Money(cells), Value::Minor(minor)) => cells.append_value(*minor),
            (Self::Number(cells), Value::Number(number)) => cells.append_value(*number),
            (Self::Text(cells), _) => cells.append_null(),
            (Self::Date(cells), _) => cells.append_null(),
            (Self::Money(cells), _) => cells.append_null(),
            (Self::Number(cells), _) => cells.append_null(),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Text(cells) => Arc::new(cells.finish()),
            Self::Date(cells) => Arc::new(cells.finish()),
            Self::Money(cells) => Arc::new(cells.finish()),
            Self::Number(cells) => Arc::new(cells.finish()),
        }
    }
}
