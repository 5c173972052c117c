//! Text files cut into rows of cells: encodings, delimiters, quotes. It must not know what a cell means.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

use csv::{ReaderBuilder, StringRecord, Terminator};

use super::Input;
use super::format::{Encoding, Survey};
use crate::error::FactsError;
use crate::limits::{CELL_BYTES_MAX, COLUMNS_MAX, RECORD_BYTES_MAX};

/// A text file and how it is written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TextFile<'a> {
    input: Input<'a>,
    pub(crate) encoding: Encoding,
    pub(crate) delimiter: u8,
    // Old Macintosh files end their lines with a carriage return alone.
    terminator: u8,
}

// A last line of our own. If it does not come back as a row of its own, a quote was left open before it.
const SENTINEL: &str = "\u{1}end of file\u{1}";

const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

impl<'a> TextFile<'a> {
    pub(crate) fn new(input: Input<'a>, survey: &Survey) -> Self {
        let encoding = survey.encoding();
        let text = survey.text();
        let line_feeds = text.contains('\n') || survey.line_feeds;
        let terminator = if !line_feeds && text.contains('\r') {
            b'\r'
        } else {
            b'\n'
        };
        Self {
            input,
            encoding,
            delimiter: sniff(&text, terminator),
            terminator,
        }
    }

    /// Hands each row that is not blank to `visit` with its number, from 1 and with blank rows counted, until it says
    /// to stop.
    pub(crate) fn each(
        &self,
        visit: &mut dyn FnMut(u64, &StringRecord) -> Result<bool, FactsError>,
    ) -> Result<(), FactsError> {
        let consumed = Rc::new(Cell::new(0));
        let end = format!("{0}{SENTINEL}{0}", char::from(self.terminator));
        let text = Decoded::new(self.input.open()?, self.encoding).chain(io::Cursor::new(end));
        let text = Bounded {
            inner: text,
            delivered: 0,
            consumed: Rc::clone(&consumed),
        };
        let mut reader = builder(self.delimiter, self.terminator).from_reader(text);
        let mut record = StringRecord::new();
        let mut row = 0_u64;
        loop {
            let line = reader.position().line();
            let more = reader
                .read_record(&mut record)
                .map_err(|error| self.broken(row + 1, error))?;
            let within = record.as_slice().bytes().filter(|byte| *byte == b'\n').count();
            let lines = reader.position().line() - line;
            let blank = lines.saturating_sub(1 + u64::try_from(within).unwrap_or(u64::MAX));
            row += 1 + blank;
            consumed.set(reader.position().byte());
            if record.len() == 1 && &record[0] == SENTINEL {
                return Ok(());
            }
            if !more
                || record
                    .as_slice()
                    .ends_with(&format!("{SENTINEL}{}", char::from(self.terminator)))
            {
                let what = format!("a quote is opened in row {row} and never closed; mend it and import again");
                return Err(FactsError::Malformed {
                    file: self.input.name(),
                    what,
                });
            }
            drop_carriage_return(&mut record);
            self.check(row, &record)?;
            if !is_blank(&record) && !visit(row, &record)? {
                return Ok(());
            }
        }
    }

    fn check(&self, row: u64, record: &StringRecord) -> Result<(), FactsError> {
        let too_large = |what| {
            Err(FactsError::TooLarge {
                file: self.input.name(),
                what,
            })
        };
        if record.len() > COLUMNS_MAX {
            return too_large(format!(
                "row {row} has {} columns, more than {COLUMNS_MAX}",
                record.len()
            ));
        }
        if record.as_slice().len() > CELL_BYTES_MAX && record.iter().any(|cell| cell.len() > CELL_BYTES_MAX) {
            return too_large(format!(
                "row {row} has a cell longer than 1 MiB; a quote may have been left open"
            ));
        }
        Ok(())
    }

    fn broken(&self, row: u64, error: csv::Error) -> FactsError {
        let file = self.input.name();
        match error.into_kind() {
            csv::ErrorKind::Io(error) if error.kind() == io::ErrorKind::FileTooLarge => {
                let what = format!("row {row} is longer than 16 MiB; a quote may have been left open");
                FactsError::TooLarge { file, what }
            }
            csv::ErrorKind::Io(error) => self.input.io(error),
            kind => FactsError::Malformed {
                file,
                what: format!("row {row}: {kind:?}"),
            },
        }
    }
}

fn builder(delimiter: u8, terminator: u8) -> ReaderBuilder {
    let mut builder = ReaderBuilder::new();
    builder
        .delimiter(delimiter)
        .terminator(Terminator::Any(terminator))
        .has_headers(false)
        .flexible(true);
    builder
}

/// Whether no cell of the row holds anything.
pub(crate) fn is_blank(record: &StringRecord) -> bool {
    record.as_slice().trim().is_empty()
}

// Rows are cut at line feeds, so that every line is counted; the carriage return before one is no content.
fn drop_carriage_return(record: &mut StringRecord) {
    if record.as_slice().ends_with('\r') {
        let last = record.len() - 1;
        let cell = record[last].strip_suffix('\r').unwrap_or_default().to_owned();
        record.truncate(last);
        record.push_field(&cell);
    }
}

// The delimiter by which the most rows have one and the same number of cells, and more than one.
fn sniff(text: &str, terminator: u8) -> u8 {
    let score = |delimiter: u8| {
        let mut reader = builder(delimiter, terminator).from_reader(text.as_bytes());
        let mut widths = std::collections::BTreeMap::<usize, usize>::new();
        for record in reader
            .byte_records()
            .take(200)
            .map_while(Result::ok)
            .filter(|record| record.len() > 1)
        {
            *widths.entry(record.len()).or_default() += 1;
        }
        widths
            .into_iter()
            .map(|(width, rows)| (rows, width))
            .max()
            .unwrap_or_default()
    };
    let best = DELIMITERS.into_iter().rev().max_by_key(|delimiter| score(*delimiter));
    best.filter(|delimiter| score(*delimiter).0 > 0).unwrap_or(b',')
}

/// Bytes of any encoding read as UTF-8, the byte order mark removed. What cannot be decoded becomes U+FFFD.
struct Decoded<R> {
    inner: R,
    decoder: encoding_rs::Decoder,
    raw: Vec<u8>,
    raw_at: std::ops::Range<usize>,
    finished: bool,
}

impl<R: Read> Decoded<R> {
    fn new(inner: R, encoding: Encoding) -> Self {
        Self {
            inner,
            decoder: encoding.decoder(),
            raw: vec![0; 64 << 10],
            raw_at: 0..0,
            finished: false,
        }
    }
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        // The decoder may need room for one whole character; the reader's own buffer is far larger.
        loop {
            if self.finished {
                return Ok(0);
            }
            if self.raw_at.is_empty() {
                let read = self.inner.read(&mut self.raw)?;
                self.raw_at = 0..read;
            }
            let last = self.raw_at.is_empty();
            let (result, used, written, _) = self.decoder.decode_to_utf8(&self.raw[self.raw_at.clone()], out, last);
            self.raw_at.start += used;
            self.finished = last && result == encoding_rs::CoderResult::InputEmpty;
            if written > 0 {
                return Ok(written);
            }
        }
    }
}

/// Ends the reading once a row is longer than any row may be.
struct Bounded<R> {
    inner: R,
    delivered: u64,
    consumed: Rc<Cell<u64>>,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.delivered.saturating_sub(self.consumed.get()) > RECORD_BYTES_MAX {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let read = self.inner.read(out)?;
        self.delivered += u64::try_from(read).unwrap_or(u64::MAX);
        Ok(read)
    }
}
