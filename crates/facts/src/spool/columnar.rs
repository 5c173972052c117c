//! Batches to and from Parquet: row groups encoded column beside column, and runs read back. It must not know which
//! file of the store it writes.

use std::fmt::Display;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use arrow_array::Array;
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use parquet::arrow::ArrowSchemaConverter;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::arrow::arrow_writer::{ArrowColumnChunk, ArrowColumnWriter, ArrowRowGroupWriterFactory, compute_leaves};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use rayon::prelude::*;

use super::merge::Run;
use crate::error::FactsError;
use crate::rows::{BATCH_ROWS, Batch, RowColumn};

/// Arrow memory of a batch that is read back, about: the width of rows decides how many make one.
const READ_BYTES: u64 = 1 << 20;
/// The rows of a batch that is read back, at least and at most.
const READ_ROWS: (u64, u64) = (64, 8 << 10);

/// A Parquet file in the making.
pub(crate) struct Writer<W: Write + Send> {
    file: SerializedFileWriter<W>,
    schema: SchemaRef,
    factory: ArrowRowGroupWriterFactory,
    groups: usize,
}

impl<W: Write + Send> Writer<W> {
    /// `nullable` says whether a column may have nulls.
    pub(crate) fn new(
        to: W,
        columns: &[RowColumn],
        nullable: impl Fn(&RowColumn) -> bool,
        properties: WriterProperties,
    ) -> Result<Self, ParquetError> {
        let fields: Vec<Field> = columns
            .iter()
            .map(|column| Field::new(&column.name, column.kind.clone(), nullable(column)))
            .collect();
        let schema = Arc::new(Schema::new(fields));
        let parquet = ArrowSchemaConverter::new().convert(&schema)?;
        let file = SerializedFileWriter::new(to, parquet.root_schema_ptr(), Arc::new(properties))?;
        let factory = ArrowRowGroupWriterFactory::new(&file, Arc::clone(&schema));
        Ok(Self {
            file,
            schema,
            factory,
            groups: 0,
        })
    }

    /// Writes batches as one row group.
    pub(crate) fn group(&mut self, batches: &[Batch]) -> Result<(), ParquetError> {
        let writers = self.factory.create_column_writers(self.groups)?;
        let encode = |(at, mut writer): (usize, ArrowColumnWriter)| -> Result<ArrowColumnChunk, ParquetError> {
            for batch in batches {
                for leaf in compute_leaves(self.schema.field(at), &batch[at])? {
                    writer.write(&leaf)?;
                }
            }
            writer.close()
        };
        let chunks: Vec<ArrowColumnChunk> = writers
            .into_par_iter()
            .enumerate()
            .map(encode)
            .collect::<Result<_, _>>()?;
        let mut group = self.file.next_row_group()?;
        for chunk in chunks {
            chunk.append_to_row_group(&mut group)?;
        }
        group.close()?;
        self.groups += 1;
        Ok(())
    }

    /// Writes the end of the file and gives back what it was written to.
    pub(crate) fn finish(self) -> Result<W, ParquetError> {
        self.file.into_inner()
    }
}

/// A Parquet file of ours, opened.
pub(crate) struct Reader {
    builder: ParquetRecordBatchReaderBuilder<File>,
    name: String,
}

impl Reader {
    pub(crate) fn open(path: &Path) -> Result<Self, FactsError> {
        let name = path
            .file_name()
            .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let file = File::open(path).map_err(|error| FactsError::io(path, error))?;
        match ParquetRecordBatchReaderBuilder::try_new(file) {
            Ok(builder) => Ok(Self { builder, name }),
            Err(error) => Err(broken(&name, &error)),
        }
    }

    /// Its columns with their types.
    pub(crate) fn columns(&self) -> impl Iterator<Item = (&str, &DataType)> {
        let fields = self.builder.schema().fields().iter();
        fields.map(|field| (field.name().as_str(), field.data_type()))
    }

    /// That it is not what it should be.
    pub(crate) fn wrong(&self, what: &dyn Display) -> FactsError {
        broken(&self.name, what)
    }

    /// Its batches, those columns alone; all of them where none are named.
    pub(crate) fn run(self, only: Option<&[usize]>) -> Result<Run, FactsError> {
        let metadata = self.builder.metadata();
        let bytes: i64 = metadata.row_groups().iter().map(|group| group.total_byte_size()).sum();
        let rows = u64::try_from(metadata.file_metadata().num_rows()).unwrap_or(0).max(1);
        let width = u64::try_from(bytes).unwrap_or(0) / rows + 1;
        let batch = (READ_BYTES / width).clamp(READ_ROWS.0, READ_ROWS.1);
        let schema = self.builder.parquet_schema();
        let mask = only.map_or_else(ProjectionMask::all, |only| {
            ProjectionMask::roots(schema, only.iter().copied())
        });
        let batch = usize::try_from(batch).unwrap_or(BATCH_ROWS);
        let name = self.name;
        let reader = self.builder.with_projection(mask).with_batch_size(batch).build();
        let reader = reader.map_err(|error| broken(&name, &error))?;
        Ok(Box::new(reader.map(move |batch| {
            let batch = batch.map_err(|error| broken(&name, &error))?;
            Ok(batch.columns().to_vec())
        })))
    }
}

fn broken(name: &str, what: &dyn Display) -> FactsError {
    FactsError::Snapshot {
        what: format!("{name}: {what}"),
    }
}

/// What a failed writer says: the file system's own words where they are the cause.
pub(crate) fn failed(path: &Path, error: ParquetError) -> FactsError {
    match error {
        ParquetError::External(cause) => match cause.downcast::<std::io::Error>() {
            Ok(io) => FactsError::io(path, *io),
            Err(cause) => broken(&path.display().to_string(), &cause),
        },
        other => broken(&path.display().to_string(), &other),
    }
}

/// Arrow memory of a batch of its own, in bytes.
pub(crate) fn memory(batch: &Batch) -> usize {
    batch.iter().map(|array| array.get_array_memory_size()).sum()
}
