//! Parquet to typed columns: the only place of the asking half that knows Arrow. Must not join or interpret.

use std::fs::File;
use std::path::Path;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Float64Type, Int32Type, Int64Type};
use arrow_array::{Array, RecordBatch};
use beachhead_strategy::Currency;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::column::{Column, NO_DAY, NO_MONEY, Sheet, WordsBuilder, code, index};
use super::{Star, Tables};
use crate::catalogue::{FILE_COLUMN, ROW_COLUMN, Storage, Table};
use crate::error::FactsError;
use crate::snapshot::{FactStore, Manifest, TableEntry};

/// Digits of amounts that no currency column speaks for, until the star's currency is known.
const DIGITS: u32 = 2;

impl Star {
    /// Opens a snapshot. See [`Star::build`] for what `currency` does.
    ///
    /// # Errors
    /// [`FactsError::Io`] and [`FactsError::Snapshot`] when a file of the snapshot is missing or is not what the
    /// manifest says.
    pub fn open(store: &FactStore, manifest: &Manifest, currency: Option<Currency>) -> Result<Self, FactsError> {
        let mut tables = Tables::default();
        for table in Table::ALL {
            if let (Some(entry), Some(path)) = (manifest.table(table), store.path_of(manifest, table)) {
                let sheet = sheet(entry, &path)?;
                let of_history = table == Table::StageHistory;
                tables.insert(table, if of_history { told(sheet, manifest) } else { sheet });
            }
        }
        Ok(Self::build(tables, currency))
    }
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
    sheet
}

fn sheet(entry: &TableEntry, path: &Path) -> Result<Sheet, FactsError> {
    let file = File::open(path).map_err(|error| FactsError::io(path, error))?;
    let broken = |error: &dyn std::fmt::Display| FactsError::Snapshot {
        what: format!("{}: {error}", entry.parquet),
    };
    let reader = ParquetRecordBatchReaderBuilder::try_new(file)
        .and_then(ParquetRecordBatchReaderBuilder::build)
        .map_err(|error| broken(&error))?;
    let mut filling: Vec<Filling> = entry
        .columns
        .iter()
        .map(|column| Filling::new(column.storage))
        .collect();
    let (mut files, mut rows) = (Vec::new(), Vec::new());
    for batch in reader {
        let batch = batch.map_err(|error| broken(&error))?;
        for (column, filling) in entry.columns.iter().zip(&mut filling) {
            if !filling.add(array(&batch, &column.name).map_err(|name| broken(&name))?) {
                let what = format!("the column {} is not stored as {:?}", column.name, column.storage);
                return Err(broken(&what));
            }
        }
        let places = array(&batch, FILE_COLUMN).and_then(|file| Ok((file, array(&batch, ROW_COLUMN)?)));
        let (file, row) = places.map_err(|name| broken(&name))?;
        match (
            file.as_primitive_opt::<Int32Type>(),
            row.as_primitive_opt::<Int64Type>(),
        ) {
            (Some(file), Some(row)) => {
                files.extend_from_slice(file.values());
                rows.extend_from_slice(row.values());
            }
            _ => return Err(broken(&"the places of rows are not stored as whole numbers")),
        }
    }
    let columns = entry.columns.iter().zip(filling);
    let aliases = entry.columns.iter().flat_map(|column| {
        column
            .sources
            .iter()
            .map(|source| (source.clone(), column.name.clone()))
    });
    Ok(Sheet {
        columns: columns
            .map(|(column, filling)| (column.name.clone(), filling.finish()))
            .collect(),
        aliases: aliases.collect(),
        file: files,
        row: rows,
    })
}

fn array<'a>(batch: &'a RecordBatch, name: &str) -> Result<&'a dyn Array, String> {
    let column = batch.column_by_name(name).map(|array| &**array);
    column.ok_or_else(|| format!("the column {name} is missing"))
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
