//! Whole tables out, streamed from the snapshot: a file that stands is whole, or it is not there. Must not choose rows.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;
use std::sync::Arc;

use arrow_array::builder::Decimal128Builder;
use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use beachhead_strategy::Currency;
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;

use super::{About, Cell, Format, RowsFile, Sink, digits_of};
use crate::catalogue::{Storage, Table};
use crate::error::FactsError;
use crate::records::{Opened, RecordsQuestion, each_row};
use crate::snapshot::{FactStore, Manifest, TableEntry};
use crate::watch::{Phase, Watch};

/// Digits after the point of amounts in Parquet: enough for every currency, and more than thousands have.
const DECIMALS: i8 = 4;
const PRECISION: u8 = 38;

/// Writes a table of a snapshot to a file: fields under their own names, then what the source has besides. Imported
/// again it gives the same rows. Amounts of rows without a currency are in `currency`. Says how many rows there are; 0,
/// and no file, where the snapshot has no such table.
///
/// # Errors
/// [`FactsError::Io`], [`FactsError::Snapshot`], [`FactsError::TooLarge`] for a workbook, [`FactsError::Cancelled`]; then
/// no file is left and one that stood there still does.
pub fn export_table(
    store: &FactStore,
    manifest: &Manifest,
    table: Table,
    currency: Option<Currency>,
    format: Format,
    to: &Path,
    watch: &Watch,
) -> Result<u64, FactsError> {
    let Some(opened) = Opened::new(store, manifest, table)? else {
        return Ok(0);
    };
    let name = to.file_name().unwrap_or_default().to_string_lossy();
    let temporary = to.with_file_name(format!(".{name}.{}.tmp", std::process::id()));
    let done = write(&opened, manifest, currency, format, &temporary, watch).and_then(|rows| {
        std::fs::rename(&temporary, to)
            .map(|()| rows)
            .map_err(|error| FactsError::io(to, error))
    });
    if done.is_err() {
        // What cannot be removed bears a name that says it is no export.
        let _ = std::fs::remove_file(&temporary);
    }
    done
}

/// Rows of a table of a snapshot as a file: its columns, then the file and row that each came from. Where the snapshot has
/// no such table there is no row. Amounts of rows without a currency are in `currency`.
///
/// # Errors
/// As [`FactStore::records`].
pub fn records_file(
    store: &FactStore,
    manifest: &Manifest,
    question: &RecordsQuestion,
    currency: Option<Currency>,
    about: About,
) -> Result<RowsFile, FactsError> {
    let place = ["file".to_owned(), "row".to_owned()];
    let Some(opened) = Opened::new(store, manifest, question.table)? else {
        return Ok(RowsFile::new(about, place, 0, store.folder(), |_| Ok(())));
    };
    let found = opened.find(question)?;
    let columns = opened.entry.columns.iter().map(|column| column.name.clone());
    let (header, rows): (Vec<String>, u64) = (columns.chain(place).collect(), found.of);
    let (again, manifest, table) = (store.clone(), manifest.clone(), question.table);
    Ok(RowsFile::new(about, header, rows, store.folder(), move |take| {
        let Some(opened) = Opened::new(&again, &manifest, table)? else {
            return Ok(());
        };
        for batch in opened.read(&found)? {
            let batch = batch.map_err(|error| opened.broken(&error))?;
            each_row(opened.entry, &batch, currency, &mut |cells, file, row| {
                let named = usize::try_from(file).ok().and_then(|at| manifest.files.get(at));
                let name = named.map_or("", |file| file.name.as_str());
                let cells: Vec<Cell<'_>> = cells
                    .iter()
                    .cloned()
                    .chain([Cell::text(name), Cell::Count(row)])
                    .collect();
                take(&cells)
            })?;
        }
        Ok(())
    }))
}

fn write(
    opened: &Opened<'_>,
    manifest: &Manifest,
    currency: Option<Currency>,
    format: Format,
    temporary: &Path,
    watch: &Watch,
) -> Result<u64, FactsError> {
    let failed = |error| FactsError::io(temporary, error);
    let file = BufWriter::new(File::create(temporary).map_err(failed)?);
    let (rows, file) = match format {
        Format::Parquet => parquet(opened, currency, file, watch)?,
        Format::Csv | Format::Xlsx => sheet(opened, manifest, currency, format, (file, temporary), watch)?,
    };
    let file = file.into_inner().map_err(|error| failed(error.into_error()))?;
    file.sync_all().map_err(failed)?;
    Ok(rows)
}

fn sheet(
    opened: &Opened<'_>,
    manifest: &Manifest,
    currency: Option<Currency>,
    format: Format,
    (file, temporary): (BufWriter<File>, &Path),
    watch: &Watch,
) -> Result<(u64, BufWriter<File>), FactsError> {
    let entry = opened.entry;
    let names: Vec<&str> = entry.columns.iter().map(|column| column.name.as_str()).collect();
    let about = About {
        title: format!("The table {}, whole", entry.table.name()),
        lines: vec![
            ("Snapshot".to_owned(), manifest.id.clone()),
            ("Facts as of".to_owned(), manifest.as_of.to_string()),
            ("Rows".to_owned(), entry.rows.to_string()),
        ],
    };
    // Beside the file there is room for the file.
    let scratch = temporary.parent().unwrap_or(temporary);
    let mut sink = Sink::new(format, file, about, &names, entry.rows, scratch)?;
    let mut rows = 0;
    for batch in opened.all()? {
        watch.at(Phase::Reading, rows, entry.rows)?;
        let batch = batch.map_err(|error| opened.broken(&error))?;
        each_row(entry, &batch, currency, &mut |cells: &[Cell<'_>], _, _| sink.row(cells))?;
        rows += batch.num_rows() as u64;
    }
    Ok((rows, sink.finish()?))
}

fn parquet(
    opened: &Opened<'_>,
    currency: Option<Currency>,
    file: BufWriter<File>,
    watch: &Watch,
) -> Result<(u64, BufWriter<File>), FactsError> {
    let entry = opened.entry;
    let schema = schema(entry);
    let properties = WriterProperties::builder()
        .set_created_by("beachhead".to_owned())
        .set_compression(Compression::SNAPPY)
        .build();
    let broken = |error: &dyn std::fmt::Display| opened.broken(error);
    let mut writer =
        ArrowWriter::try_new(file, Arc::clone(&schema), Some(properties)).map_err(|error| broken(&error))?;
    let mut rows = 0;
    for batch in opened.all()? {
        watch.at(Phase::Reading, rows, entry.rows)?;
        let batch = batch.map_err(|error| broken(&error))?;
        let columns = entry.columns.iter().map(|column| {
            let found = batch.column_by_name(&column.name);
            let found = found.ok_or_else(|| broken(&format!("the column {} is missing", column.name)))?;
            match column.storage {
                Storage::Money => decimals(found, &batch, currency).ok_or_else(|| broken(&column.name)),
                _ => Ok(Arc::clone(found)),
            }
        });
        let columns: Vec<ArrayRef> = columns.collect::<Result<_, FactsError>>()?;
        let out = RecordBatch::try_new(Arc::clone(&schema), columns).map_err(|error| broken(&error))?;
        writer.write(&out).map_err(|error| broken(&error))?;
        rows += batch.num_rows() as u64;
    }
    Ok((rows, writer.into_inner().map_err(|error| broken(&error))?))
}

fn schema(entry: &TableEntry) -> Arc<Schema> {
    let kind = |storage: Storage| match storage {
        Storage::Text => DataType::Utf8,
        Storage::Date => DataType::Date32,
        Storage::Money => DataType::Decimal128(PRECISION, DECIMALS),
        Storage::Number => DataType::Float64,
    };
    let fields = entry
        .columns
        .iter()
        .map(|column| Field::new(&column.name, kind(column.storage), true));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// Minor units, each of its row's currency, as decimals.
fn decimals(minor: &ArrayRef, batch: &RecordBatch, currency: Option<Currency>) -> Option<ArrayRef> {
    let minor = minor.as_primitive_opt::<Int64Type>()?;
    let codes = batch
        .column_by_name("currency")
        .and_then(|column| column.as_string_opt::<i32>());
    let mut builder = Decimal128Builder::with_capacity(minor.len())
        .with_precision_and_scale(PRECISION, DECIMALS)
        .ok()?;
    for row in 0..minor.len() {
        let code = codes.filter(|codes| codes.is_valid(row)).map(|codes| codes.value(row));
        let more = u32::from(DECIMALS.unsigned_abs()).saturating_sub(digits_of(code, currency));
        builder.append_option(
            minor
                .is_valid(row)
                .then(|| i128::from(minor.value(row)) * 10_i128.pow(more)),
        );
    }
    Some(Arc::new(builder.finish()))
}
