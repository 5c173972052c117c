//! Parquet to typed columns: the only place of the asking half that knows Arrow. Must not join or interpret.

use std::fs::File;
use std::path::PathBuf;

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::{ArrowPrimitiveType, Date32Type, Float64Type, Int32Type, Int64Type};
use beachhead_strategy::Currency;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use rayon::prelude::*;

use super::column::{Column, NO_DAY, NO_MONEY, Sheet, WordsBuilder, code, index};
use super::{Star, Tables};
use crate::catalogue::{FILE_COLUMN, MODIFIED_COLUMN, ROW_COLUMN, Storage, Table};
use crate::error::FactsError;
use crate::snapshot::{ColumnEntry, FactStore, Manifest, TableEntry};

/// Digits of amounts that no currency column speaks for, until the star's currency is known.
const DIGITS: u32 = 2;

/// Rows that are decoded at once.
const BATCH_ROWS: usize = 16_384;

impl Star {
    /// Opens a snapshot, its columns on every core. See [`Star::build`] for what `currency` does.
    ///
    /// # Errors
    /// [`FactsError::Io`] and [`FactsError::Snapshot`] when a file of the snapshot is missing or is not what the
    /// manifest says.
    pub fn open(store: &FactStore, manifest: &Manifest, currency: Option<Currency>) -> Result<Self, FactsError> {
        let files = Table::ALL
            .into_par_iter()
            .filter_map(|table| Some((table, manifest.table(table)?)));
        let sheets: Vec<Result<(Table, Sheet), FactsError>> = files
            .map(|(table, entry)| {
                let file = TableFile::open(entry, store.at_hand(entry)?)?;
                let mut sheet = file.sheet()?;
                if table == Table::StageHistory && manifest.has_history_in_columns() {
                    sheet.made = file.made()?;
                }
                Ok((table, sheet))
            })
            .collect();
        let mut tables = Tables::default();
        for sheet in sheets {
            let (table, sheet) = sheet?;
            let of_history = table == Table::StageHistory;
            tables.insert(table, if of_history { told(sheet, manifest) } else { sheet });
        }
        Ok(Self::build(tables, currency))
    }
}

/// One table of a snapshot; none where it has no rows of it.
pub(super) fn sheet_of(store: &FactStore, manifest: &Manifest, table: Table) -> Result<Option<Sheet>, FactsError> {
    let found = manifest.table(table);
    found
        .map(|entry| TableFile::open(entry, store.at_hand(entry)?)?.sheet())
        .transpose()
}

// Stage history without the stages that were but seen of an opportunity, where a source tells of its stages.
fn told(mut sheet: Sheet, manifest: &Manifest) -> Sheet {
    let was_seen = |file: &i32| usize::try_from(*file).is_ok_and(|file| manifest.is_seen(file));
    let seen: Vec<bool> = sheet.file.iter().map(was_seen).collect();
    if !seen.contains(&true) {
        return sheet;
    }
    let deals = sheet.text("opportunity_id").into_owned();
    let mut told = vec![false; deals.words().len()];
    for (deal, _) in deals.codes().iter().zip(&seen).filter(|(_, seen)| !**seen) {
        if let Some(told) = told.get_mut(index(*deal)) {
            *told = true;
        }
    }
    let kept = |row: &usize| !seen[*row] || told.get(index(deals.codes()[*row])) != Some(&true);
    let rows: Vec<u32> = (0..sheet.rows()).filter(kept).map(code).collect();
    for (_, column) in &mut sheet.columns {
        *column = column.gathered(&rows);
    }
    sheet.file = rows.iter().map(|row| sheet.file[index(*row)]).collect();
    sheet.row = rows.iter().map(|row| sheet.row[index(*row)]).collect();
    if !sheet.made.is_empty() {
        sheet.made = rows.iter().map(|row| sheet.made[index(*row)]).collect();
    }
    sheet
}

/// The fields that a star is built of, where it leaves others of the table aside: nobody asks for these by rule, and they
/// are read from the file when a row is looked at.
fn fields_of(table: Table) -> Option<&'static [&'static str]> {
    match table {
        Table::StageHistory => Some(&["opportunity_id", "entered_at", "stage", "seen_after"]),
        Table::Touches => Some(&[
            "opportunity_id",
            "account_id",
            "partner_id",
            "kind",
            "on",
            "recorded_at",
        ]),
        _ => None,
    }
}

/// The Parquet file of a table.
struct TableFile<'a> {
    entry: &'a TableEntry,
    path: PathBuf,
    metadata: ArrowReaderMetadata,
}

impl<'a> TableFile<'a> {
    fn open(entry: &'a TableEntry, path: PathBuf) -> Result<Self, FactsError> {
        let file = File::open(&path).map_err(|error| FactsError::io(&path, error))?;
        let metadata =
            ArrowReaderMetadata::load(&file, ArrowReaderOptions::new()).map_err(|error| broken(entry, &error))?;
        Ok(Self { entry, path, metadata })
    }

    fn sheet(&self) -> Result<Sheet, FactsError> {
        let wanted = fields_of(self.entry.table);
        let is_wanted = |column: &&ColumnEntry| wanted.is_none_or(|names| names.contains(&column.name.as_str()));
        let own: Vec<&ColumnEntry> = self.entry.columns.iter().filter(is_wanted).collect();
        let (columns, (files, rows)) = rayon::join(
            || {
                let read = |column: &&ColumnEntry| {
                    let mut filling = Filling::new(column.storage);
                    self.read(&column.name, |array| {
                        let what = || format!("the column {} is not stored as {:?}", column.name, column.storage);
                        if filling.add(array) { Ok(()) } else { Err(what()) }
                    })?;
                    Ok((column.name.clone(), filling.finish()))
                };
                own.par_iter().map(read).collect::<Vec<Result<_, FactsError>>>()
            },
            || {
                rayon::join(
                    || self.numbers::<Int32Type>(FILE_COLUMN),
                    || self.numbers::<Int64Type>(ROW_COLUMN),
                )
            },
        );
        let aliases = own.iter().flat_map(|column| {
            let sources = column.sources.iter();
            sources.map(|source| (source.clone(), column.name.clone()))
        });
        Ok(Sheet {
            columns: columns.into_iter().collect::<Result<_, _>>()?,
            aliases: aliases.collect(),
            file: files?,
            row: rows?,
            made: Vec::new(),
        })
    }

    /// When each row was last modified, which of an entry that stood in a column is when it was made.
    fn made(&self) -> Result<Vec<i64>, FactsError> {
        let mut made = Vec::new();
        self.read(MODIFIED_COLUMN, |array| {
            let array = array.as_primitive_opt::<Int64Type>();
            let array = array.ok_or("when rows were modified is not stored as whole numbers")?;
            made.extend(array.iter().map(|made| made.unwrap_or(i64::MIN)));
            Ok(())
        })?;
        Ok(made)
    }

    fn numbers<T: ArrowPrimitiveType>(&self, name: &str) -> Result<Vec<T::Native>, FactsError> {
        let mut numbers = Vec::new();
        self.read(name, |array| {
            let array = array.as_primitive_opt::<T>();
            let array = array.ok_or("the places of rows are not stored as whole numbers")?;
            numbers.extend_from_slice(array.values());
            Ok(())
        })?;
        Ok(numbers)
    }

    /// Hands over one column, batch by batch.
    fn read(&self, name: &str, mut add: impl FnMut(&dyn Array) -> Result<(), String>) -> Result<(), FactsError> {
        let file = File::open(&self.path).map_err(|error| FactsError::io(&self.path, error))?;
        let schema = self.metadata.parquet_schema();
        if !schema.columns().iter().any(|column| column.name() == name) {
            return Err(broken(self.entry, &format!("the column {name} is missing")));
        }
        let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(file, self.metadata.clone())
            .with_projection(ProjectionMask::columns(schema, [name]))
            .with_batch_size(BATCH_ROWS)
            .build()
            .map_err(|error| broken(self.entry, &error))?;
        for batch in reader {
            let batch = batch.map_err(|error| broken(self.entry, &error))?;
            let array = batch
                .column_by_name(name)
                .ok_or_else(|| broken(self.entry, &"a column is missing"))?;
            add(array).map_err(|what| broken(self.entry, &what))?;
        }
        Ok(())
    }
}

fn broken(entry: &TableEntry, error: &dyn std::fmt::Display) -> FactsError {
    FactsError::Snapshot {
        what: format!("{}: {error}", entry.parquet),
    }
}

/// A column that batches are added to.
enum Filling {
    Text(WordsBuilder),
    Day(Vec<i32>),
    Money(Vec<i64>),
    Number(Vec<f64>),
}

impl Filling {
    fn new(storage: Storage) -> Self {
        match storage {
            Storage::Text => Self::Text(WordsBuilder::default()),
            Storage::Date => Self::Day(Vec::new()),
            Storage::Money => Self::Money(Vec::new()),
            Storage::Number => Self::Number(Vec::new()),
        }
    }

    /// False when the array is of another type.
    fn add(&mut self, array: &dyn Array) -> bool {
        match self {
            Self::Text(words) => array.as_string_opt::<i32>().map(|texts| {
                for text in texts {
                    words.push(text);
                }
            }),
            Self::Day(days) => array
                .as_primitive_opt::<Date32Type>()
                .map(|array| days.extend(array.iter().map(|day| day.unwrap_or(NO_DAY)))),
            Self::Money(minor) => array
                .as_primitive_opt::<Int64Type>()
                .map(|array| minor.extend(array.iter().map(|amount| amount.unwrap_or(NO_MONEY)))),
            Self::Number(numbers) => array
                .as_primitive_opt::<Float64Type>()
                .map(|array| numbers.extend(array.iter().map(|number| number.unwrap_or(f64::NAN)))),
        }
        .is_some()
    }

    fn finish(self) -> Column {
        match self {
            Self::Text(words) => Column::Text(words.finish()),
            Self::Day(days) => Column::Day(days),
            Self::Money(minor) => Column::Money { minor, digits: DIGITS },
            Self::Number(numbers) => Column::Number(numbers),
        }
    }
}
