//! Typed rows of one table in memory: built cell by cell, told apart by key, merged. It must not know a file format, nor
//! write anything.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use arrow_array::builder::{ArrayBuilder, Date32Builder, Float64Builder, Int64Builder, StringBuilder};
use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Float64Type, Int64Type};
use arrow_array::{Array, ArrayRef, Int32Array, new_null_array};
use arrow_schema::{ArrowError, DataType};
use arrow_select::interleave::interleave;
use sha2::{Digest, Sha256};

use crate::catalogue::{FILE_COLUMN, MODIFIED_COLUMN, OWN_COLUMNS, ROW_COLUMN, Storage, Table};

/// The rows of one batch: a text column of them stays under 2 GiB even if every field is as long as it may be.
pub(crate) const BATCH_ROWS: usize = 32 << 10;

/// Rows side by side: an array a column, all of one length.
pub(crate) type Batch = Vec<ArrayRef>;

/// How many rows a batch has.
pub(crate) fn length(batch: &[ArrayRef]) -> usize {
    batch.first().map_or(0, Array::len)
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

/// The rows of one table, in batches of equal columns.
#[derive(Debug, Clone)]
pub(crate) struct Rows {
    pub(crate) table: Table,
    pub(crate) columns: Vec<RowColumn>,
    pub(crate) batches: Vec<Vec<ArrayRef>>,
}

/// Where a row stands: its batch, and its place there.
pub(crate) type Place = (usize, usize);

/// How a storage looks in Arrow.
pub(crate) const fn arrow_type(storage: Storage) -> DataType {
    match storage {
        Storage::Text => DataType::Utf8,
        Storage::Date => DataType::Date32,
        Storage::Money => DataType::Int64,
        Storage::Number => DataType::Float64,
    }
}

impl Rows {
    /// How many rows there are.
    pub(crate) fn len(&self) -> usize {
        self.batches
            .iter()
            .filter_map(|batch| batch.first())
            .map(Array::len)
            .sum()
    }

    pub(crate) fn index_of(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    fn places(&self) -> impl Iterator<Item = Place> {
        let lengths = self
            .batches
            .iter()
            .map(|batch| batch.first().map_or(0, Array::len))
            .enumerate();
        lengths.flat_map(|(batch, length)| (0..length).map(move |row| (batch, row)))
    }

    // A hash of each row's key, in the order of `places`. Equal hashes are taken for equal keys: 128 bits.
    fn keys(&self) -> Vec<u128> {
        let key: Vec<usize> = self.table.key().iter().filter_map(|name| self.index_of(name)).collect();
        self.places()
            .map(|(batch, row)| {
                let mut hash = Sha256::new();
                for &column in &key {
                    let array = &self.batches[batch][column];
                    if array.is_null(row) {
                        hash.update([0]);
                        continue;
                    }
                    match array.data_type() {
                        DataType::Date32 => hash.update(array.as_primitive::<Date32Type>().value(row).to_le_bytes()),
                        DataType::Int64 => hash.update(array.as_primitive::<Int64Type>().value(row).to_le_bytes()),
                        DataType::Float64 => hash.update(array.as_primitive::<Float64Type>().value(row).to_le_bytes()),
                        _ => hash.update(array.as_string::<i32>().value(row)),
                    }
                    hash.update([1]);
                }
                let digest = hash.finalize();
                digest
                    .iter()
                    .take(16)
                    .fold(0, |number, byte| number << 8 | u128::from(*byte))
            })
            .collect()
    }

    /// The rows without those that a later row with the same key takes the place of; each of these with its successor.
    pub(crate) fn without_replaced(self) -> Result<(Self, Vec<(u64, u64)>), ArrowError> {
        let places: Vec<Place> = self.places().collect();
        let keys = self.keys();
        let mut last: HashMap<u128, usize> = HashMap::with_capacity(keys.len());
        for (at, key) in keys.iter().enumerate() {
            last.insert(*key, at);
        }
        if last.len() == keys.len() {
            return Ok((self, Vec::new()));
        }
        let numbers = self.row_numbers();
        let (mut kept, mut replaced) = (Vec::with_capacity(last.len()), Vec::new());
        for (at, key) in keys.iter().enumerate() {
            match last[key] {
                by if by == at => kept.push(places[at]),
                by => replaced.push((numbers[at], numbers[by])),
            }
        }
        let batches = gather(&self, &[kept], &vec![0; self.columns.len()])?;
        Ok((Self { batches, ..self }, replaced))
    }

    /// The first and the last of the days in a column, among those that count.
    pub(crate) fn days(&self, name: &str, counts: impl Fn(Place, i32) -> bool) -> Option<(i32, i32)> {
        let column = self.index_of(name)?;
        let mut range = None;
        for (number, batch) in self.batches.iter().enumerate() {
            for (row, day) in batch[column].as_primitive_opt::<Date32Type>()?.iter().enumerate() {
                if let Some(day) = day.filter(|day| counts((number, row), *day)) {
                    let (first, last) = range.unwrap_or((day, day));
                    range = Some((day.min(first), day.max(last)));
                }
            }
        }
        range
    }

    /// Whether a text column says this in a row.
    pub(crate) fn says(&self, column: usize, (batch, row): Place, text: &str) -> bool {
        let cells = self.batches[batch][column].as_string_opt::<i32>();
        cells.is_some_and(|cells| cells.is_valid(row) && cells.value(row) == text)
    }

    fn row_numbers(&self) -> Vec<u64> {
        let Some(column) = self.index_of(ROW_COLUMN) else {
            return Vec::new();
        };
        let numbers = self
            .batches
            .iter()
            .flat_map(|batch| batch[column].as_primitive::<Int64Type>().values().iter());
        numbers.map(|row| u64::try_from(*row).unwrap_or(0)).collect()
    }

    /// The rows with the index of their file.
    pub(crate) fn of_file(mut self, file: i32) -> Self {
        if let Some(column) = self.index_of(FILE_COLUMN) {
            for batch in &mut self.batches {
                batch[column] = Arc::new(Int32Array::from(vec![file; batch[column].len()]));
            }
        }
        self
    }

    /// These rows with later ones laid over them: a row of the same key changes in the columns that the later file
    /// speaks of, a row of another key is added.
    pub(crate) fn merged(self, later: Self) -> Result<Self, ArrowError> {
        let columns = united(&self.columns, &later.columns);
        let here: Vec<Place> = self.places().collect();
        let mut over: Vec<Option<Place>> = vec![None; here.len()];
        let at_key: HashMap<u128, usize> = self.keys().into_iter().enumerate().map(|(at, key)| (key, at)).collect();
        let mut added = Vec::new();
        for (place, key) in later.places().zip(later.keys()) {
            match at_key.get(&key) {
                Some(&at) => over[at] = Some(place),
                None => added.push(place),
            }
        }
        // Both sides as one list of batches, so that a place of either can be picked.
        let (shift, all) = self.beside(&later, &columns);
        let moved = |place: Place| (place.0 + shift, place.1);
        let either: Vec<Place> = here
            .iter()
            .zip(&over)
            .map(|(old, new)| new.map_or(*old, moved))
            .collect();
        let added: Vec<Place> = added.into_iter().map(moved).collect();
        let picked = [[either, added.clone()].concat(), [here, added].concat()];
        let silent = |column: &RowColumn| {
            let spoken = later
                .columns
                .iter()
                .any(|later| later.name == column.name && later.spoken);
            usize::from(!spoken)
        };
        let pick: Vec<usize> = columns.iter().map(silent).collect();
        let batches = gather(&all, &picked, &pick)?;
        Ok(Self { batches, ..all })
    }

    // The batches of both under the same columns, nulls where one has none; and how many batches are the first's.
    fn beside(&self, later: &Self, columns: &[RowColumn]) -> (usize, Self) {
        let widened = |rows: &Self| -> Vec<Vec<ArrayRef>> {
            let from: Vec<Option<usize>> = columns.iter().map(|column| rows.index_of(&column.name)).collect();
            let widen = |batch: &Vec<ArrayRef>| {
                let length = batch.first().map_or(0, Array::len);
                let column = |(from, column): (&Option<usize>, &RowColumn)| match from {
                    Some(at) => Arc::clone(&batch[*at]),
                    None => new_null_array(&column.kind, length),
                };
                from.iter().zip(columns).map(column).collect()
            };
            rows.batches.iter().map(widen).collect()
        };
        let batches = [widened(self), widened(later)].concat();
        (
            self.batches.len(),
            Self {
                table: self.table,
                columns: columns.to_vec(),
                batches,
            },
        )
    }
}

// The columns of both: fields, then kept columns in the order of their coming, then our own two.
fn united(earlier: &[RowColumn], later: &[RowColumn]) -> Vec<RowColumn> {
    let own = |column: &RowColumn| OWN_COLUMNS.contains(&column.name.as_str());
    let mut columns: Vec<RowColumn> = earlier.iter().filter(|column| !own(column)).cloned().collect();
    for column in later.iter().filter(|column| !own(column)) {
        match columns.iter_mut().find(|known| known.name == column.name) {
            Some(known) => {
                let sources: BTreeSet<String> = known.sources.iter().chain(&column.sources).cloned().collect();
                known.sources = sources.into_iter().collect();
                known.spoken |= column.spoken;
            }
            None => columns.push(column.clone()),
        }
    }
    columns.extend(later.iter().filter(|column| own(column)).cloned());
    columns
}

// Rows picked out of batches, cut into new batches. `pick[c]` says which of the lists in `picked` column `c` follows.
fn gather(rows: &Rows, picked: &[Vec<Place>], pick: &[usize]) -> Result<Vec<Vec<ArrayRef>>, ArrowError> {
    let length = picked.first().map_or(0, Vec::len);
    let mut batches = Vec::with_capacity(length.div_ceil(BATCH_ROWS));
    for start in (0..length).step_by(BATCH_ROWS) {
        let end = length.min(start + BATCH_ROWS);
        let column = |(at, list): (usize, &usize)| {
            let arrays: Vec<&dyn Array> = rows.batches.iter().map(|batch| batch[at].as_ref()).collect();
            interleave(&arrays, &picked[*list][start..end])
        };
        batches.push(pick.iter().enumerate().map(column).collect::<Result<_, _>>()?);
    }
    Ok(batches)
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

/// Rows in the making, a batch at a time.
#[derive(Debug)]
pub(crate) struct RowsBuilder {
    columns: Vec<RowColumn>,
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
        let cells = columns.iter().map(|(_, storage)| CellBuilder::new(*storage)).collect();
        let columns = columns.into_iter().map(|(column, _)| column);
        Self {
            columns: columns.chain(own_columns(modified)).collect(),
            cells,
            numbers: Int64Builder::new(),
            modified: Int64Builder::new(),
        }
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
        for (cell, value) in self.cells.iter_mut().zip(values) {
            cell.push(&value);
        }
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
    fn new(storage: Storage) -> Self {
        match storage {
            Storage::Text => Self::Text(StringBuilder::new()),
            Storage::Date => Self::Date(Date32Builder::new()),
            Storage::Money => Self::Money(Int64Builder::new()),
            Storage::Number => Self::Number(Float64Builder::new()),
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
