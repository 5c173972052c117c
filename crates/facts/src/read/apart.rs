//! A workbook read by a process of its own, under limits of its own: what its library does with a hostile file ends that
//! process and nothing else. It must not know what a cell means.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, BufReader, Read, Seek, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use csv::{ReaderBuilder, StringRecord, Writer, WriterBuilder};

use super::Input;
use super::record::Record;
use super::xlsx::{MEND_ARCHIVE, MEND_SEALED, NO_CELL, Sheet};
use crate::error::FactsError;
use crate::limits::{SHEET_SECONDS_MAX, WORKBOOK_BYTES_MAX};
use crate::watch::{Phase, Watch};

/// How the process is started that reads a workbook from its standard input and answers as [`read_sheet`] does. It should
/// set itself the limits of [`crate::limits`] (`SHEET_…`) before it reads a byte.
#[derive(Clone)]
pub struct SheetProcess(Arc<dyn Fn() -> Command + Send + Sync>);

impl SheetProcess {
    /// A process that this starts.
    pub fn new(start: impl Fn() -> Command + Send + Sync + 'static) -> Self {
        Self(Arc::new(start))
    }
}

impl fmt::Debug for SheetProcess {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("SheetProcess(..)")
    }
}

// The answer is CSV. A record begins with one of these words: the sheet (1904 or 1900, merged cells), a row (number, cells),
// the end, or why there is none.
const SHEET: &str = "sheet";
const ROW: &str = "row";
const END: &str = "end";
const EMPTY: &str = "empty";
const WRONG_KIND: &str = "wrong-kind";
const TOO_LARGE: &str = "too-large";
const MALFORMED: &str = "malformed";

/// What the process does: reads a workbook and writes the rows of its sheet.
///
/// # Errors
/// Those of reading and writing. A workbook that cannot be read is an answer, not an error.
pub fn read_sheet(input: &mut dyn Read, output: &mut dyn Write) -> io::Result<()> {
    let mut bytes = Vec::new();
    input.take(WORKBOOK_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    let mut writer = WriterBuilder::new().flexible(true).from_writer(output);
    match answer(&bytes, &mut writer)? {
        Ok(()) => writer.write_record([END])?,
        Err(FactsError::Empty { .. }) => writer.write_record([EMPTY])?,
        Err(FactsError::WrongKind { found, mend, .. }) => writer.write_record([WRONG_KIND, &found, mend])?,
        Err(FactsError::TooLarge { what, .. }) => writer.write_record([TOO_LARGE, &what])?,
        Err(FactsError::Malformed { what, .. }) => writer.write_record([MALFORMED, &what])?,
        Err(other) => writer.write_record([MALFORMED, &other.to_string()])?,
    }
    writer.flush()
}

fn answer(bytes: &[u8], writer: &mut Writer<&mut dyn Write>) -> io::Result<Result<(), FactsError>> {
    let mut sheet = match Sheet::open(Input::Bytes("", bytes)) {
        Ok(sheet) => sheet,
        Err(error) => return Ok(Err(error)),
    };
    let merged: Vec<String> = sheet.merged.iter().flatten().map(u64::to_string).collect();
    let epoch = if sheet.epoch_1904 { "1904" } else { "1900" };
    writer.write_record([SHEET, epoch, &merged.join(" ")])?;
    let mut broken = Ok(());
    let read = sheet.each(&mut |row, record| {
        let row = row.to_string();
        broken = writer
            .write_record([ROW, &row].into_iter().chain(record.iter()))
            .map_err(io::Error::from);
        Ok(broken.is_ok())
    });
    broken.map(|()| read)
}

/// A sheet that was read by a process of its own and lies in a file of ours.
pub(crate) struct SheetApart {
    file: String,
    rows: File,
    /// Whether serial dates count from 1904.
    pub(crate) epoch_1904: bool,
    /// The merged cells, as of [`Sheet`].
    pub(crate) merged: Vec<[u64; 4]>,
}

impl SheetApart {
    pub(crate) fn open(
        input: Input<'_>,
        process: &SheetProcess,
        scratch: &Path,
        watch: &Watch,
    ) -> Result<Self, FactsError> {
        let io = |error| FactsError::io(scratch, error);
        let mut rows = anonymous(scratch).map_err(io)?;
        let workbook = match input {
            Input::Path(path) => File::open(path).map_err(|error| FactsError::io(path, error))?,
            Input::Bytes(_, bytes) => {
                let mut copy = anonymous(scratch).map_err(io)?;
                copy.write_all(bytes).and_then(|()| copy.rewind()).map_err(io)?;
                copy
            }
        };
        let child = (process.0)()
            .stdin(workbook)
            .stdout(rows.try_clone().map_err(io)?)
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| FactsError::Malformed {
                file: input.name(),
                what: format!("the process that reads workbooks could not be started: {error}"),
            })?;
        Running(child).wait(watch).map_err(|error| match error {
            FactsError::Io { source, .. } => input.io(source),
            error => error,
        })?;
        rows.rewind().map_err(io)?;
        let mut sheet = Self {
            file: input.name(),
            rows,
            epoch_1904: false,
            merged: Vec::new(),
        };
        sheet.check()?;
        Ok(sheet)
    }

    // The answer must be whole: a process that was ended in its midst leaves no last record.
    fn check(&mut self) -> Result<(), FactsError> {
        let (mut first, mut last) = (None, StringRecord::new());
        self.records(&mut |record| {
            if first.is_none() {
                first = Some(record.clone());
            }
            last.clone_from(record);
            Ok(true)
        })?;
        let word = |at: usize| last.get(at).unwrap_or_default().to_owned();
        let file = self.file.clone();
        match last.get(0) {
            Some(END) => {}
            Some(EMPTY) => return Err(FactsError::Empty { file, what: NO_CELL }),
            Some(WRONG_KIND) => {
                let mend = if word(2) == MEND_SEALED {
                    MEND_SEALED
                } else {
                    MEND_ARCHIVE
                };
                return Err(FactsError::WrongKind {
                    file,
                    found: word(1),
                    mend,
                });
            }
            Some(TOO_LARGE) => return Err(FactsError::TooLarge { file, what: word(1) }),
            Some(MALFORMED) => return Err(FactsError::Malformed { file, what: word(1) }),
            _ => {
                let what = format!(
                    "reading the workbook took more than 512 MiB of memory or {SHEET_SECONDS_MAX} s, or broke off; export it as CSV"
                );
                return Err(FactsError::TooLarge { file, what });
            }
        }
        let first = first.unwrap_or_default();
        self.epoch_1904 = first.get(1) == Some("1904");
        let numbers: Vec<u64> = first
            .get(2)
            .unwrap_or_default()
            .split(' ')
            .filter_map(|word| word.parse().ok())
            .collect();
        self.merged = numbers.chunks_exact(4).map(|c| [c[0], c[1], c[2], c[3]]).collect();
        Ok(())
    }

    fn records(&self, visit: &mut dyn FnMut(&StringRecord) -> Result<bool, FactsError>) -> Result<(), FactsError> {
        let broken = |error| FactsError::io(self.file.as_ref(), error);
        let mut rows = &self.rows;
        rows.rewind().map_err(broken)?;
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(BufReader::new(rows));
        let mut record = StringRecord::new();
        // A record that the end of the process cut may break a character; what is missing is found by the last word.
        while reader.read_record(&mut record).unwrap_or(false) {
            if !visit(&record)? {
                break;
            }
        }
        Ok(())
    }

    /// Hands each row that is not blank to `visit` with its number, from 1, until it says to stop.
    pub(crate) fn each(
        &self,
        visit: &mut dyn FnMut(u64, &Record) -> Result<bool, FactsError>,
    ) -> Result<(), FactsError> {
        let mut cells = Record::new();
        self.records(
            &mut |record| match (record.get(0), record.get(1).and_then(|row| row.parse().ok())) {
                (Some(ROW), Some(row)) => {
                    cells.clear();
                    record.iter().skip(2).for_each(|cell| cells.push_field(cell));
                    visit(row, &cells)
                }
                _ => Ok(true),
            },
        )
    }
}

/// A process that is ended with its owner.
struct Running(Child);

impl Running {
    fn wait(mut self, watch: &Watch) -> Result<(), FactsError> {
        let mut pause = Duration::from_millis(1);
        loop {
            match self.0.try_wait() {
                Ok(None) => {}
                Ok(Some(_)) => return Ok(()),
                Err(error) => return Err(FactsError::io("".as_ref(), error)),
            }
            watch.at(Phase::Looking, 0, 0)?;
            std::thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(50));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // One that has ended already cannot be ended; either way nothing is left of it.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A file that has no name, and goes when it is closed.
pub(crate) fn anonymous(folder: &Path) -> io::Result<File> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    loop {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = folder.join(format!(".beachhead-{}-{number}", std::process::id()));
        match OpenOptions::new().read(true).write(true).create_new(true).open(&path) {
            Ok(file) => {
                std::fs::remove_file(&path)?;
                return Ok(file);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
}
