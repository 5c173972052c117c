//! Sorted rows on the disk while an import needs them: one temporary file of Arrow streams, one stream a run, in pieces
//! small enough that one of every run fits into memory. It must not know what order the rows are in.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::RecordBatch;
use arrow_ipc::reader::StreamReader;
use arrow_ipc::writer::StreamWriter;
use arrow_schema::{ArrowError, Field, Schema, SchemaRef};

use super::merge::Run;
use super::{Temporary, pieces};
use crate::error::FactsError;
use crate::rows::{Batch, RowColumn};

/// What is gathered before it is written, in bytes: 256 KiB.
const WRITTEN_BYTES: usize = 256 << 10;

/// A temporary file of runs.
#[derive(Debug)]
pub(super) struct Spill {
    place: Temporary,
    file: Mutex<File>,
    schema: SchemaRef,
}

/// Where a run stands in the file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Section {
    from: u64,
    until: u64,
}

impl Spill {
    /// An empty file. Only this process may read it: a scratch folder can be everybody's.
    pub(super) fn create(scratch: &Path, columns: &[RowColumn]) -> Result<Self, FactsError> {
        let mut options = File::options();
        options.read(true).write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let fields = columns
            .iter()
            .map(|column| Field::new(&column.name, column.kind.clone(), true));
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        loop {
            let place = Temporary::within(scratch);
            match options.open(&place.0) {
                Ok(file) => {
                    let file = Mutex::new(file);
                    return Ok(Self { place, file, schema });
                }
                // What a killed process of the same number left: nobody else's now.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(FactsError::io(&place.0, error)),
            }
        }
    }

    /// Adds a run at the end of the file.
    pub(super) fn write(&self, batch: Batch) -> Result<Section, FactsError> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let io = |error| FactsError::io(&self.place.0, error);
        let from = file.seek(SeekFrom::End(0)).map_err(io)?;
        self.write_pieces(&mut *file, batch)
            .map_err(|error| self.failed(error))?;
        let until = file.stream_position().map_err(io)?;
        Ok(Section { from, until })
    }

    fn write_pieces(&self, to: impl Write, batch: Batch) -> Result<(), ArrowError> {
        let mut to = BufWriter::with_capacity(WRITTEN_BYTES, to);
        let mut writer = StreamWriter::try_new(&mut to, &self.schema)?;
        for piece in pieces(batch) {
            writer.write(&RecordBatch::try_new(Arc::clone(&self.schema), piece)?)?;
        }
        writer.finish()?;
        drop(writer);
        Ok(to.flush()?)
    }

    /// The batches of a run, those columns alone; all of them where none are named.
    pub(super) fn read(spill: &Arc<Self>, section: Section, only: Option<&[usize]>) -> Result<Run, FactsError> {
        let spill = Arc::clone(spill);
        let part = Part {
            spill: Arc::clone(&spill),
            section,
        };
        let reader = StreamReader::try_new(part, only.map(<[usize]>::to_vec));
        let reader = reader.map_err(|error| spill.failed(error))?;
        Ok(Box::new(reader.map(move |batch| match batch {
            Ok(batch) => Ok(batch.columns().to_vec()),
            Err(error) => Err(spill.failed(error)),
        })))
    }

    // The file system's own words where they are the cause.
    fn failed(&self, error: ArrowError) -> FactsError {
        match error {
            ArrowError::IoError(_, cause) => FactsError::io(&self.place.0, cause),
            other => FactsError::rows(other),
        }
    }
}

/// A part of the file, read from its beginning on.
struct Part {
    spill: Arc<Spill>,
    section: Section,
}

impl Read for Part {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let Section { from, until } = self.section;
        let left = usize::try_from(until - from).unwrap_or(usize::MAX);
        let most = to.len().min(left);
        let mut file = self.spill.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(from))?;
        let read = file.read(&mut to[..most])?;
        self.section.from += read as u64;
        Ok(read)
    }
}
