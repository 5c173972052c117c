//! Parquet files read into rows of cells, one batch of rows at a time: what a footer or a page says of its size is checked
//! before the library sees it. It must not know what a cell means.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arrow_schema::{DataType, Field, Fields, Schema};
use bytes::Bytes;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use parquet::basic::LogicalType;
use parquet::errors::ParquetError;
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData, RowGroupMetaData};
use parquet::file::reader::{ChunkReader, Length};

use super::Input;
use super::cell::{Cells, Overflow};
use super::csv::is_blank;
use super::record::Record;
use super::thrift::{self, Flaw};
use crate::error::FactsError;
use crate::limits::{
    COLUMNS_MAX, PARQUET_BATCH_BYTES, PARQUET_BATCH_ROWS, PARQUET_FIXED_BYTES_MAX, PARQUET_FOOTER_BYTES_MAX,
    PARQUET_NESTED_VALUES_MAX, PARQUET_PAGE_HEADER_BYTES_MAX, PARQUET_PAGES_BYTES_MAX, PARQUET_ROWS_FREE,
    PARQUET_ROWS_PER_BYTE_MAX, PARQUET_SCHEMA_GROUPS_MAX, RECORD_BYTES_MAX, UNPACKED_RATIO_FROM_BYTES,
    UNPACKED_RATIO_MAX,
};

/// A Parquet file whose sizes are checked. Its header is row 1, as of a text file.
pub(crate) struct ParquetFile<'a> {
    input: Input<'a>,
    metadata: ArrowReaderMetadata,
    header: Record,
    batch_rows: usize,
}

impl<'a> ParquetFile<'a> {
    pub(crate) fn open(input: Input<'a>) -> Result<Self, FactsError> {
        let file = input.name();
        let data = Data::of(input)?;
        check_footer(&file, &data)?;
        let plain = fenced(&file, || {
            ArrowReaderMetadata::load(&data, ArrowReaderOptions::new().with_skip_arrow_metadata(true))
        })?;
        check_sizes(&file, &data, plain.metadata())?;
        let schema = Schema::new(fields_of(plain.schema().fields()));
        let options = ArrowReaderOptions::new().with_schema(Arc::new(schema));
        let metadata = fenced(&file, || {
            ArrowReaderMetadata::try_new(Arc::clone(plain.metadata()), options)
        })?;
        let header = metadata
            .schema()
            .fields()
            .iter()
            .map(|field| field.name().as_str())
            .collect();
        let batch_rows = batch_rows(metadata.metadata());
        Ok(Self {
            input,
            metadata,
            header,
            batch_rows,
        })
    }

    /// Hands the header and each row that is not blank to `visit` with its number until it says to stop.
    pub(crate) fn each(
        &self,
        visit: &mut dyn FnMut(u64, &Record) -> Result<bool, FactsError>,
    ) -> Result<(), FactsError> {
        let file = self.input.name();
        let mut row = 1_u64;
        if !visit(row, &self.header)? {
            return Ok(());
        }
        let data = Data::of(self.input)?;
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(data, self.metadata.clone());
        let mut batches = fenced(&file, || builder.with_batch_size(self.batch_rows).build())?;
        let (mut record, mut text) = (Record::new(), String::new());
        while let Some(batch) = fenced(&file, || batches.next().transpose().map_err(ParquetError::from))? {
            let columns: Vec<Cells<'_>> = batch
                .columns()
                .iter()
                .zip(uuids_of(self.metadata.metadata()))
                .map(|(column, is_uuid)| {
                    if is_uuid {
                        Cells::of_uuids(column.as_ref())
                    } else {
                        Cells::of(column.as_ref())
                    }
                })
                .collect();
            for at in 0..batch.num_rows() {
                row += 1;
                record.clear();
                for column in &columns {
                    text.clear();
                    column
                        .write(at, &mut text)
                        .map_err(|Overflow| too_large(&file, format!("row {row} has a cell longer than 1 MiB")))?;
                    record.push_field(&text);
                }
                if u64::try_from(record.as_slice().len()).unwrap_or(u64::MAX) > RECORD_BYTES_MAX {
                    return Err(too_large(&file, format!("row {row} is longer than 16 MiB")));
                }
                if !is_blank(&record) && !visit(row, &record)? {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

/// The bytes of a Parquet file.
enum Data {
    File(File),
    Memory(Bytes),
}

impl Data {
    fn of(input: Input<'_>) -> Result<Self, FactsError> {
        Ok(match input {
            Input::Path(path) => Self::File(File::open(path).map_err(|error| FactsError::io(path, error))?),
            Input::Bytes(_, bytes) => Self::Memory(Bytes::copy_from_slice(bytes)),
        })
    }
}

impl Length for Data {
    fn len(&self) -> u64 {
        match self {
            Self::File(file) => Length::len(file),
            Self::Memory(bytes) => Length::len(bytes),
        }
    }
}

impl ChunkReader for Data {
    type T = Box<dyn Read>;

    fn get_read(&self, start: u64) -> parquet::errors::Result<Self::T> {
        Ok(match self {
            Self::File(file) => Box::new(file.get_read(start)?),
            Self::Memory(bytes) => Box::new(bytes.get_read(start)?),
        })
    }

    fn get_bytes(&self, start: u64, length: usize) -> parquet::errors::Result<Bytes> {
        if start.saturating_add(u64::try_from(length).unwrap_or(u64::MAX)) > Length::len(self) {
            return Err(ParquetError::EOF("a part of the file lies beyond its end".to_owned()));
        }
        match self {
            Self::File(file) => {
                let mut bytes = vec![0; length];
                let mut file = file;
                file.seek(SeekFrom::Start(start))?;
                file.read_exact(&mut bytes)?;
                Ok(bytes.into())
            }
            Self::Memory(bytes) => bytes.get_bytes(start, length),
        }
    }
}

fn too_large(file: &str, what: String) -> FactsError {
    FactsError::TooLarge {
        file: file.to_owned(),
        what,
    }
}

fn damaged(file: &str, what: impl std::fmt::Display) -> FactsError {
    FactsError::Malformed {
        file: file.to_owned(),
        what: format!("the Parquet file is damaged: {what}"),
    }
}

// The library computes with what the file says and may panic on it; to us that is a damaged file.
fn fenced<T>(file: &str, read: impl FnOnce() -> parquet::errors::Result<T>) -> Result<T, FactsError> {
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(result) => result.map_err(|error| damaged(file, error)),
        Err(_) => Err(damaged(file, "its parts contradict each other")),
    }
}

// The footer's own structure, before the library makes room for what it announces.
fn check_footer(file: &str, data: &Data) -> Result<(), FactsError> {
    let length = Length::len(data);
    let no_footer = || damaged(file, "it has no footer; it may have been cut off");
    let tail_at = length.checked_sub(8).filter(|at| *at >= 4).ok_or_else(no_footer)?;
    let tail = fenced(file, || data.get_bytes(tail_at, 8))?;
    let (size, magic) = tail.split_at(4);
    match magic {
        b"PAR1" => {}
        b"PARE" => {
            return Err(FactsError::WrongKind {
                file: file.to_owned(),
                found: "an encrypted Parquet file".to_owned(),
                mend: "Write it without encryption.",
            });
        }
        _ => return Err(no_footer()),
    }
    let size = u32::from_le_bytes(size.try_into().unwrap_or_default());
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    if size > PARQUET_FOOTER_BYTES_MAX {
        return Err(too_large(
            file,
            "its footer is larger than 16 MiB; write it with fewer, larger row groups".to_owned(),
        ));
    }
    let at = tail_at
        .checked_sub(u64::try_from(size).unwrap_or(u64::MAX))
        .filter(|at| *at >= 4)
        .ok_or_else(|| damaged(file, "its footer claims to be larger than the file"))?;
    let footer = fenced(file, || data.get_bytes(at, size))?;
    let (mut elements, mut groups, mut children, mut fixed, mut row_groups) = (0, 0_usize, 0_i64, 0, 0);
    thrift::walk(&footer, &mut |path, number| match path {
        [2] => elements = number,
        [2, 5] => {
            groups += usize::from(number > 0);
            children = children.max(number);
        }
        [2, 2] => fixed = fixed.max(number),
        [4] => row_groups = number,
        _ => {}
    })
    .map_err(|_| damaged(file, "its footer is no whole structure"))?;
    let columns = i64::try_from(4 * COLUMNS_MAX).unwrap_or(i64::MAX);
    if elements > columns || groups > PARQUET_SCHEMA_GROUPS_MAX {
        return Err(too_large(
            file,
            format!("it has more than {COLUMNS_MAX} columns, or they are nested too deep"),
        ));
    }
    if children > elements || row_groups > i64::from(i16::MAX) {
        return Err(damaged(file, "its footer announces more than it holds"));
    }
    if fixed > PARQUET_FIXED_BYTES_MAX {
        return Err(too_large(
            file,
            format!("a column holds values of a fixed {fixed} bytes; at most {PARQUET_FIXED_BYTES_MAX} are read"),
        ));
    }
    Ok(())
}

// Every page's sizes, by walking the heads of the pages.
fn check_sizes(file: &str, data: &Data, metadata: &ParquetMetaData) -> Result<(), FactsError> {
    let length = Length::len(data);
    let columns = metadata.file_metadata().schema().get_fields().len();
    if columns > COLUMNS_MAX {
        return Err(too_large(
            file,
            format!("it has {columns} columns, more than {COLUMNS_MAX}"),
        ));
    }
    let mut rows = 0_u64;
    let mut unpacked = 0_u64;
    for group in metadata.row_groups() {
        let here = u64::try_from(group.num_rows()).map_err(|_| damaged(file, "a number of rows below zero"))?;
        rows = rows.saturating_add(here);
        let pages = check_group(file, data, group)?;
        unpacked = unpacked.saturating_add(pages.all);
        if pages.open > PARQUET_PAGES_BYTES_MAX {
            return Err(too_large(
                file,
                "the pages of one row group unpack to more than 256 MiB; write it with smaller row groups or pages"
                    .to_owned(),
            ));
        }
        if unpacked > UNPACKED_RATIO_FROM_BYTES && unpacked / length.max(1) > UNPACKED_RATIO_MAX {
            return Err(too_large(
                file,
                format!("it unpacks to more than {UNPACKED_RATIO_MAX} times its size"),
            ));
        }
    }
    if rows > PARQUET_ROWS_FREE.saturating_add(length.saturating_mul(PARQUET_ROWS_PER_BYTE_MAX)) {
        return Err(too_large(
            file,
            format!("it claims {rows} rows, more than a file of {length} bytes holds"),
        ));
    }
    Ok(())
}

/// What the pages of a row group unpack to, in bytes.
#[derive(Default)]
struct Pages {
    /// All of them.
    all: u64,
    /// Those in memory at a time: of each column its dictionary and its largest page.
    open: u64,
    /// The values of nested columns.
    nested: i64,
}

fn check_group(file: &str, data: &Data, group: &RowGroupMetaData) -> Result<Pages, FactsError> {
    let mut pages = Pages::default();
    for chunk in group.columns() {
        check_chunk(file, data, chunk, &mut pages)?;
    }
    if pages.nested > PARQUET_NESTED_VALUES_MAX {
        return Err(too_large(
            file,
            format!(
                "the nested columns of one row group hold more than {PARQUET_NESTED_VALUES_MAX} values; write it with smaller row groups"
            ),
        ));
    }
    Ok(pages)
}

fn check_chunk(file: &str, data: &Data, chunk: &ColumnChunkMetaData, pages: &mut Pages) -> Result<(), FactsError> {
    let outside = || damaged(file, "a column lies outside of the file");
    let start = chunk
        .dictionary_page_offset()
        .unwrap_or_else(|| chunk.data_page_offset());
    let (mut at, size) = match (u64::try_from(start), u64::try_from(chunk.compressed_size())) {
        (Ok(start), Ok(size)) => (start, size),
        _ => return Err(outside()),
    };
    let end = at
        .checked_add(size)
        .filter(|end| *end <= Length::len(data))
        .ok_or_else(outside)?;
    let nested = chunk.column_descr().max_rep_level() > 0;
    let (mut dictionary, mut largest) = (0, 0);
    while at < end {
        let page = page_head(file, data, at, end)?;
        at += page.length;
        pages.all = pages.all.saturating_add(page.unpacked);
        if page.is_dictionary {
            dictionary = page.unpacked;
        } else {
            largest = page.unpacked.max(largest);
            pages.nested = pages.nested.saturating_add(if nested { page.values } else { 0 });
        }
    }
    pages.open = pages.open.saturating_add(dictionary).saturating_add(largest);
    Ok(())
}

struct Page {
    /// Its head and its content as packed, in bytes.
    length: u64,
    /// Its content unpacked, in bytes.
    unpacked: u64,
    values: i64,
    is_dictionary: bool,
}

fn page_head(file: &str, data: &Data, at: u64, end: u64) -> Result<Page, FactsError> {
    let broken = || damaged(file, format!("the page at byte {at} has no whole head"));
    let mut window = 512;
    loop {
        let length = usize::try_from(end - at).unwrap_or(usize::MAX).min(window);
        let bytes = fenced(file, || data.get_bytes(at, length))?;
        let (mut kind, mut unpacked, mut packed, mut values) = (-1, -1, -1, 0);
        let walked = thrift::walk(&bytes, &mut |path, number| match path {
            [1] => kind = number,
            [2] => unpacked = number,
            [3] => packed = number,
            // The heads of a data page, of a dictionary, and of a data page of version 2.
            [5 | 7 | 8, 1] => values = number.max(values),
            _ => {}
        });
        let head = match walked {
            Ok(head) => head,
            Err(Flaw::CutOff) if length == window && window < PARQUET_PAGE_HEADER_BYTES_MAX => {
                window *= 8;
                continue;
            }
            Err(_) => return Err(broken()),
        };
        let head = u64::try_from(head).unwrap_or(u64::MAX);
        let (Ok(unpacked), Ok(packed)) = (u64::try_from(unpacked), u64::try_from(packed)) else {
            return Err(broken());
        };
        let length = head
            .checked_add(packed)
            .filter(|length| *length <= end - at)
            .ok_or_else(broken)?;
        // A dictionary makes room for as many values as it announces; each takes a byte at least.
        let is_dictionary = kind == 2;
        if is_dictionary && u64::try_from(values).is_ok_and(|values| values > unpacked) {
            return Err(damaged(
                file,
                format!("the dictionary at byte {at} announces more values than it has bytes"),
            ));
        }
        return Ok(Page {
            length,
            unpacked,
            values,
            is_dictionary,
        });
    }
}

// Which of the columns hold UUIDs, in order.
fn uuids_of(metadata: &ParquetMetaData) -> impl Iterator<Item = bool> {
    let fields = metadata.file_metadata().schema().get_fields().iter();
    fields.map(|field| field.get_basic_info().logical_type_ref() == Some(&LogicalType::Uuid))
}

// As many rows as fit into a batch, however wide: a missing value of a fixed width takes its room too.
fn batch_rows(metadata: &ParquetMetaData) -> usize {
    let columns = metadata.file_metadata().schema_descr().columns();
    let width: usize = columns
        .iter()
        .map(|column| usize::try_from(column.type_length()).unwrap_or(0).max(16))
        .sum();
    (PARQUET_BATCH_BYTES / width.max(1)).clamp(1, PARQUET_BATCH_ROWS)
}

// Text as views into the pages: many rows of one long word then take its room once.
fn fields_of(fields: &Fields) -> Fields {
    fields.iter().map(field_of).collect()
}

fn field_of(field: &Arc<Field>) -> Arc<Field> {
    let inner = match field.data_type() {
        DataType::Utf8 => DataType::Utf8View,
        DataType::Binary => DataType::BinaryView,
        DataType::List(item) => DataType::List(field_of(item)),
        DataType::Struct(fields) => DataType::Struct(fields_of(fields)),
        DataType::Map(entries, sorted) => DataType::Map(field_of(entries), *sorted),
        _ => return Arc::clone(field),
    };
    Arc::new(field.as_ref().clone().with_data_type(inner))
}
