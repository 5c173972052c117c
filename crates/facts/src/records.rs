//! The rows of a table as they were imported, each with its file and row: read from the snapshot a page at a time. Must
//! not join tables, nor ask a measure.

use std::fs::File;
use std::ops::Range;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Float64Type, Int32Type, Int64Type};
use arrow_array::{Array, ArrayRef, RecordBatch};
use beachhead_strategy::Currency;
use jiff::civil::Date;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowSelection,
};
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::statistics::Statistics;

use crate::catalogue::{FILE_COLUMN, ROW_COLUMN, Storage, Table};
use crate::error::FactsError;
use crate::export::{Cell, digits_of};
use crate::snapshot::{ColumnEntry, FactStore, Manifest, TableEntry};
use crate::star::name_key;
use crate::typed::{date_of, days as day_of};

/// Rows that are read at a time.
const BATCH: usize = 8 << 10;

/// Which rows of a table. Everything that is given must hold.
#[derive(Debug, Clone)]
pub struct RecordsQuestion {
    /// The table.
    pub table: Table,
    /// Columns of text and the value that each must have; of several values of one column, one of them. Bets, steps and
    /// initiatives are compared as measures compare them: without regard to case and punctuation.
    pub is: Vec<(String, String)>,
    /// The file that the rows came from, by its place in the snapshot's list.
    pub file: Option<i32>,
    /// The first and last day of [`Table::dated_by`].
    pub dated: Option<(Date, Date)>,
    /// Rows to pass over.
    pub from: u64,
    /// The most rows wanted.
    pub most: usize,
}

impl RecordsQuestion {
    /// Every row of a table, from the first.
    pub const fn of(table: Table, most: usize) -> Self {
        Self {
            table,
            is: Vec::new(),
            file: None,
            dated: None,
            from: 0,
            most,
        }
    }

    /// With a column of text that must have a value.
    #[must_use]
    pub fn with(mut self, column: &str, value: &str) -> Self {
        self.is.push((column.to_owned(), value.to_owned()));
        self
    }
}

/// Rows of a table, in the order in which the snapshot keeps them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Records {
    /// The columns: fields that hold something, then what the source has besides.
    pub columns: Vec<RecordColumn>,
    /// The rows of the page.
    pub rows: Vec<Record>,
    /// How many rows there are in all.
    pub of: u64,
    /// The hours of all of them, where the table holds hours.
    pub hours: Option<f64>,
}

impl Records {
    /// The place of a column.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// A cell as text; empty where there is none.
    pub fn shown(&self, row: usize, name: &str) -> String {
        let cell = self
            .column(name)
            .and_then(|at| self.rows.get(row).and_then(|row| row.cells.get(at)));
        cell.map_or_else(String::new, |cell| cell.shown().into_owned())
    }
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordColumn {
    /// Its name here: a field, or the source's own name.
    pub name: String,
    /// The names that it had in files, where they differ.
    pub sources: Vec<String>,
    /// Whether it holds numbers.
    pub is_number: bool,
}

/// One row.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// A cell for each column.
    pub cells: Vec<Cell<'static>>,
    /// The file that it came from, in the snapshot's list; negative for a row that no file holds.
    pub file: i32,
    /// Its row in that file.
    pub row: i64,
}

impl FactStore {
    /// Rows of a table of a snapshot; none where the snapshot has no such table. Amounts of rows without a currency are
    /// in `currency`.
    ///
    /// # Errors
    /// [`FactsError::NoField`] for a column that the table lacks or that holds no text; [`FactsError::Io`] and
    /// [`FactsError::Snapshot`] when the file is missing or broken.
    pub fn records(
        &self,
        manifest: &Manifest,
        question: &RecordsQuestion,
        currency: Option<Currency>,
    ) -> Result<Records, FactsError> {
        let Some(opened) = Opened::new(self, manifest, question.table)? else {
            return Ok(Records::default());
        };
        let found = opened.find(question)?;
        let mut records = Records {
            columns: opened.entry.columns.iter().map(RecordColumn::of).collect(),
            rows: Vec::new(),
            of: found.of,
            hours: found.hours,
        };
        for batch in opened.read(&found)? {
            let batch = batch.map_err(|error| opened.broken(&error))?;
            each_row(opened.entry, &batch, currency, &mut |cells, file, row| {
                records.rows.push(Record {
                    cells: cells.iter().cloned().map(Cell::into_owned).collect(),
                    file,
                    row,
                });
                Ok(())
            })?;
        }
        Ok(records)
    }
}

impl RecordColumn {
    fn of(entry: &ColumnEntry) -> Self {
        Self {
            name: entry.name.clone(),
            sources: entry.sources.clone(),
            is_number: matches!(entry.storage, Storage::Money | Storage::Number),
        }
    }
}

/// A table's file, opened.
pub(crate) struct Opened<'a> {
    pub(crate) entry: &'a TableEntry,
    file: File,
    metadata: ArrowReaderMetadata,
}

/// Where the rows of a page stand: row groups, and ranges of rows within them taken together.
pub(crate) struct Found {
    groups: Vec<usize>,
    ranges: Vec<Range<usize>>,
    /// Rows in all.
    pub(crate) of: u64,
    hours: Option<f64>,
}

impl<'a> Opened<'a> {
    pub(crate) fn new(store: &FactStore, manifest: &'a Manifest, table: Table) -> Result<Option<Self>, FactsError> {
        let Some(entry) = manifest.table(table) else {
            return Ok(None);
        };
        let path = store.at_hand(entry)?;
        let file = File::open(&path).map_err(|error| FactsError::io(&path, error))?;
        let metadata = ArrowReaderMetadata::load(&file, ArrowReaderOptions::new()).map_err(|error| {
            let what = format!("{}: {error}", entry.parquet);
            FactsError::Snapshot { what }
        })?;
        Ok(Some(Self { entry, file, metadata }))
    }

    pub(crate) fn broken(&self, error: &dyn std::fmt::Display) -> FactsError {
        FactsError::Snapshot {
            what: format!("{}: {error}", self.entry.parquet),
        }
    }

    fn builder(&self) -> Result<ParquetRecordBatchReaderBuilder<File>, FactsError> {
        let file = self.file.try_clone().map_err(|error| self.broken(&error))?;
        Ok(ParquetRecordBatchReaderBuilder::new_with_metadata(file, self.metadata.clone()).with_batch_size(BATCH))
    }

    /// Every row, in batches.
    pub(crate) fn all(
        &self,
    ) -> Result<impl Iterator<Item = Result<RecordBatch, arrow_schema::ArrowError>> + use<>, FactsError> {
        self.builder()?.build().map_err(|error| self.broken(&error))
    }

    /// Every row of some columns, in batches.
    pub(crate) fn columns(
        &self,
        names: &[&str],
    ) -> Result<impl Iterator<Item = Result<RecordBatch, arrow_schema::ArrowError>> + use<>, FactsError> {
        let mask = ProjectionMask::columns(self.metadata.parquet_schema(), names.iter().copied());
        let reader = self.builder()?.with_projection(mask).build();
        reader.map_err(|error| self.broken(&error))
    }

    /// The rows found, in batches.
    pub(crate) fn read(
        &self,
        found: &Found,
    ) -> Result<impl Iterator<Item = Result<RecordBatch, arrow_schema::ArrowError>> + use<>, FactsError> {
        let rows = found.groups.iter().map(|group| self.rows_of(*group)).sum();
        let selection = RowSelection::from_consecutive_ranges(found.ranges.iter().cloned(), rows);
        self.builder()?
            .with_row_groups(found.groups.clone())
            .with_row_selection(selection)
            .build()
            .map_err(|error| self.broken(&error))
    }

    fn group(&self, group: usize) -> &RowGroupMetaData {
        self.metadata.metadata().row_group(group)
    }

    fn rows_of(&self, group: usize) -> usize {
        usize::try_from(self.group(group).num_rows()).unwrap_or(0)
    }

    /// Looks for the rows of a question.
    pub(crate) fn find(&self, question: &RecordsQuestion) -> Result<Found, FactsError> {
        let filter = Filter::new(self, question)?;
        let groups = 0..self.metadata.metadata().num_row_groups();
        let groups: Vec<usize> = groups.filter(|group| filter.may_hold(self.group(*group))).collect();
        let rows: usize = groups.iter().map(|group| self.rows_of(*group)).sum();
        let from = usize::try_from(question.from).unwrap_or(usize::MAX);
        if filter.columns.is_empty() {
            let range = from.min(rows)..from.saturating_add(question.most).min(rows);
            return Ok(self.of_range(&groups, range, rows));
        }
        let names: Vec<&str> = filter.columns.iter().map(String::as_str).collect();
        let mask = ProjectionMask::columns(self.metadata.parquet_schema(), names.iter().copied());
        let reader = self.builder()?.with_row_groups(groups.clone()).with_projection(mask);
        let reader = reader.build().map_err(|error| self.broken(&error))?;
        let (mut at, mut of, mut hours, mut ranges) = (0, 0_usize, 0.0, Vec::new());
        for batch in reader {
            let batch = batch.map_err(|error| self.broken(&error))?;
            let takes = filter.takes(&batch);
            let spent = batch
                .column_by_name(HOURS)
                .and_then(|column| column.as_primitive_opt::<Float64Type>());
            for (nth, _) in takes.iter().enumerate().filter(|(_, takes)| **takes) {
                if of >= from && of - from < question.most {
                    put(&mut ranges, at + nth);
                }
                of += 1;
                hours += spent
                    .filter(|spent| spent.is_valid(nth))
                    .map_or(0.0, |spent| spent.value(nth));
            }
            at += batch.num_rows();
        }
        Ok(Found {
            groups,
            ranges,
            of: of as u64,
            hours: (question.table == Table::Effort).then_some(hours),
        })
    }

    /// A range of all rows, with the row groups that it touches alone.
    fn of_range(&self, groups: &[usize], range: Range<usize>, of: usize) -> Found {
        let (mut touched, mut start, mut before) = (Vec::new(), 0, 0);
        for group in groups {
            let end = start + self.rows_of(*group);
            if start < range.end && range.start < end {
                touched.push(*group);
            } else if end <= range.start {
                before = end;
            }
            start = end;
        }
        let asked = range.start.saturating_sub(before)..range.end.saturating_sub(before);
        Found {
            groups: touched,
            ranges: std::iter::once(asked).filter(|range| !range.is_empty()).collect(),
            of: of as u64,
            hours: None,
        }
    }
}

/// Puts a row behind ranges of rows: next to the last, it makes it longer.
fn put(ranges: &mut Vec<Range<usize>>, row: usize) {
    match ranges.last_mut().filter(|last| last.end == row) {
        Some(last) => last.end += 1,
        None => ranges.push(row..row + 1),
    }
}

const HOURS: &str = "hours";

/// What must hold of a row, against the columns that say it.
struct Filter {
    texts: Vec<Wanted>,
    file: Option<i32>,
    dated: Option<(&'static str, i32, i32)>,
    /// The columns to look at.
    columns: Vec<String>,
}

/// The values of a column of text, of which a row must have one.
struct Wanted {
    column: String,
    values: Vec<String>,
    /// Whether they are compared without regard to case and punctuation.
    alike: bool,
}

impl Filter {
    fn new(opened: &Opened<'_>, question: &RecordsQuestion) -> Result<Self, FactsError> {
        let table = question.table;
        let mut filter = Self {
            texts: Vec::new(),
            file: question.file,
            dated: None,
            columns: Vec::new(),
        };
        for (asked, value) in &question.is {
            let column = opened
                .entry
                .column(asked)
                .filter(|column| column.storage == Storage::Text);
            let column = column.ok_or_else(|| FactsError::NoField {
                name: asked.clone(),
                known: text_columns(opened.entry),
            })?;
            let alike = match table {
                Table::Progress => ["bet", "step"].contains(&column.name.as_str()),
                Table::Effort => column.name == "initiative",
                _ => false,
            };
            let value = if alike {
                name_key(value).unwrap_or_default()
            } else {
                value.clone()
            };
            match filter.texts.iter_mut().find(|wanted| wanted.column == column.name) {
                Some(wanted) => wanted.values.push(value),
                None => {
                    filter.columns.push(column.name.clone());
                    filter.texts.push(Wanted {
                        column: column.name.clone(),
                        values: vec![value],
                        alike,
                    });
                }
            }
        }
        if let (Some((first, last)), Some(column)) = (question.dated, table.dated_by()) {
            filter.columns.push(column.to_owned());
            filter.dated = Some((column, day_of(first), day_of(last)));
        }
        if question.file.is_some() {
            filter.columns.push(FILE_COLUMN.to_owned());
        }
        if table == Table::Effort {
            filter.columns.push(HOURS.to_owned());
        }
        Ok(filter)
    }

    /// Whether a row group can hold such a row, by the smallest and largest value of its columns.
    fn may_hold(&self, group: &RowGroupMetaData) -> bool {
        let mut exact = self.texts.iter().filter(|wanted| !wanted.alike);
        exact.all(|wanted| {
            let column = group
                .columns()
                .iter()
                .find(|column| column.column_path().string() == wanted.column);
            let Some(Statistics::ByteArray(seen)) = column.and_then(|column| column.statistics()) else {
                return true;
            };
            wanted.values.iter().map(String::as_bytes).any(|value| {
                seen.min_opt().is_none_or(|least| least.data() <= value)
                    && seen.max_opt().is_none_or(|most| value <= most.data())
            })
        })
    }

    fn takes(&self, batch: &RecordBatch) -> Vec<bool> {
        let mut takes = vec![true; batch.num_rows()];
        for wanted in &self.texts {
            let is_wanted = |cell: &str| wanted.values.iter().any(|value| value == cell);
            let cells = batch
                .column_by_name(&wanted.column)
                .and_then(|column| column.as_string_opt::<i32>());
            for (row, takes) in takes.iter_mut().enumerate() {
                let cell = cells
                    .filter(|cells| cells.is_valid(row))
                    .map_or("", |cells| cells.value(row));
                *takes &= if wanted.alike {
                    name_key(cell).is_some_and(|key| is_wanted(&key))
                } else {
                    is_wanted(cell)
                };
            }
        }
        if let Some((name, first, last)) = self.dated {
            let days = batch
                .column_by_name(name)
                .and_then(|column| column.as_primitive_opt::<Date32Type>());
            for (row, takes) in takes.iter_mut().enumerate() {
                *takes &= days.is_some_and(|days| days.is_valid(row) && (first..=last).contains(&days.value(row)));
            }
        }
        if let Some(file) = self.file {
            let files = batch
                .column_by_name(FILE_COLUMN)
                .and_then(|column| column.as_primitive_opt::<Int32Type>());
            for (row, takes) in takes.iter_mut().enumerate() {
                *takes &= files.is_some_and(|files| files.value(row) == file);
            }
        }
        takes
    }
}

fn text_columns(entry: &TableEntry) -> String {
    let texts = entry.columns.iter().filter(|column| column.storage == Storage::Text);
    texts.map(|column| column.name.as_str()).collect::<Vec<_>>().join(", ")
}

/// Takes the cells of a row, its file and its row there.
pub(crate) type TakeRow<'t> = dyn FnMut(&[Cell<'_>], i32, i64) -> Result<(), FactsError> + 't;

/// Gives each row of a batch as cells in the order of the table's columns, with its file and row.
pub(crate) fn each_row(
    entry: &TableEntry,
    batch: &RecordBatch,
    currency: Option<Currency>,
    take: &mut TakeRow<'_>,
) -> Result<(), FactsError> {
    let broken = |name: &str| FactsError::Snapshot {
        what: format!("{}: the column {name} is missing or of another kind", entry.parquet),
    };
    let arrays: Vec<(&ColumnEntry, &ArrayRef)> = entry
        .columns
        .iter()
        .map(|column| {
            Ok((
                column,
                batch.column_by_name(&column.name).ok_or_else(|| broken(&column.name))?,
            ))
        })
        .collect::<Result<_, FactsError>>()?;
    let place = |name: &str| batch.column_by_name(name).ok_or_else(|| broken(name));
    let files = place(FILE_COLUMN)?.as_primitive_opt::<Int32Type>();
    let numbers = place(ROW_COLUMN)?.as_primitive_opt::<Int64Type>();
    let (files, numbers) = (
        files.ok_or_else(|| broken(FILE_COLUMN))?,
        numbers.ok_or_else(|| broken(ROW_COLUMN))?,
    );
    let currencies = batch
        .column_by_name("currency")
        .and_then(|column| column.as_string_opt::<i32>());
    let mut cells = Vec::with_capacity(arrays.len());
    for row in 0..batch.num_rows() {
        let code = currencies
            .filter(|codes| codes.is_valid(row))
            .map(|codes| codes.value(row));
        let digits = digits_of(code, currency);
        cells.clear();
        for (column, array) in &arrays {
            cells.push(cell(column.storage, array, row, digits).ok_or_else(|| broken(&column.name))?);
        }
        take(&cells, files.value(row), numbers.value(row))?;
    }
    Ok(())
}

fn cell(storage: Storage, array: &ArrayRef, row: usize, digits: u32) -> Option<Cell<'_>> {
    if array.is_null(row) {
        return Some(Cell::None);
    }
    Some(match storage {
        Storage::Text => Cell::text(array.as_string_opt::<i32>()?.value(row)),
        Storage::Date => Cell::day(date_of(array.as_primitive_opt::<Date32Type>()?.value(row))),
        Storage::Money => Cell::Money {
            minor: array.as_primitive_opt::<Int64Type>()?.value(row),
            digits,
        },
        Storage::Number => Cell::Number(array.as_primitive_opt::<Float64Type>()?.value(row)),
    })
}
