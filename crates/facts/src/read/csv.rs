//! Text files cut into blocks of whole rows, and blocks into rows of cells: encodings, delimiters, quotes. It must not
//! know what a cell means.

use std::borrow::Cow;
use std::io::Read;
use std::sync::mpsc::{Sender, channel};

use csv::{ReaderBuilder, Terminator};
use memchr::{memchr, memchr2};
use sha2::{Digest, Sha256};

use super::Input;
use super::format::{Encoding, Survey};
use super::record::Record;
use crate::error::FactsError;
use crate::limits::{CELL_BYTES_MAX, COLUMNS_MAX, RECORD_BYTES_MAX, TEXT_BYTES_MAX};
use crate::typed::trimmed;

/// A text file and how it is written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TextFile<'a> {
    input: Input<'a>,
    pub(crate) encoding: Encoding,
    pub(crate) delimiter: u8,
    // Old Macintosh files end their lines with a carriage return alone.
    terminator: u8,
    pub(crate) bytes: u64,
    block_bytes: usize,
}

/// Whole rows of a text file, as they stand there.
#[derive(Debug)]
pub(crate) struct TextBlock<'a> {
    file: TextFile<'a>,
    /// In UTF-8 or Windows-1252; what was UTF-16 is UTF-8 by now.
    pub(super) bytes: Vec<u8>,
    // Blank rows are counted.
    first_row: u64,
    /// The bytes of the file up to its end.
    pub(crate) until: u64,
    // Where the room of the text goes when it is read, for the next one.
    used: Sender<Vec<u8>>,
}

impl Drop for TextBlock<'_> {
    fn drop(&mut self) {
        // Whoever cut the file may have reached its end.
        let _ = self.used.send(std::mem::take(&mut self.bytes));
    }
}

const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];
const QUOTE: u8 = b'"';
// What is set aside for the row that goes on from one block to the next, in bytes.
const ROW_ROOM: usize = 64 << 10;

impl<'a> TextFile<'a> {
    pub(crate) fn new(input: Input<'a>, survey: &Survey, block_bytes: usize) -> Result<Self, FactsError> {
        let text = survey.text();
        let terminator = if text.contains('\r') && !text.contains('\n') && !has_line_feed(input)? {
            b'\r'
        } else {
            b'\n'
        };
        Ok(Self {
            input,
            encoding: survey.encoding(),
            delimiter: sniff(&text, terminator),
            terminator,
            bytes: survey.bytes,
            // A byte order mark stands in the first block whole.
            block_bytes: block_bytes.max(16),
        })
    }

    /// Hands the file in blocks of whole rows to `visit` until it says to stop. `hash` is fed with the bytes as they are.
    pub(crate) fn blocks(
        &self,
        hash: Option<&mut Sha256>,
        visit: &mut dyn FnMut(TextBlock<'a>) -> Result<bool, FactsError>,
    ) -> Result<(), FactsError> {
        let mut bytes = Bytes {
            input: self.input,
            inner: self.input.open()?,
            hash,
            read: 0,
            decoder: matches!(self.encoding, Encoding::Utf16Le | Encoding::Utf16Be).then(|| self.encoding.decoder()),
        };
        let mut cutter = Cutter::new(self.delimiter, self.terminator);
        let (used, unused) = channel();
        let (mut text, mut first_row) = (Vec::new(), 1);
        loop {
            let scanned = text.len();
            // Room for a block and the row before that it ends; where that is longer, for the longest one at once, rather
            // than for twice as much ever again.
            let room = if scanned < self.block_bytes {
                ROW_ROOM
            } else {
                usize::try_from(RECORD_BYTES_MAX).unwrap_or(usize::MAX)
            };
            text.reserve_exact(self.block_bytes.saturating_add(room).saturating_sub(scanned));
            let ended = bytes.fill(&mut text, self.block_bytes)?;
            if first_row == 1 && scanned == 0 && text.starts_with(b"\xEF\xBB\xBF") && self.encoding == Encoding::Utf8 {
                text.drain(..3);
            }
            let cut = cutter.scan(&text, scanned);
            if ended && cutter.at == At::Quoted {
                let row = cutter.row;
                let what = format!("a quote is opened in row {row} and never closed; mend it and import again");
                let file = self.input.name();
                return Err(FactsError::Malformed { file, what });
            }
            let cut = if ended { text.len() } else { cut };
            if (text.len() - cut) as u64 > RECORD_BYTES_MAX {
                return Err(self.long_row(cutter.row));
            }
            if cut > 0 {
                let mut rest: Vec<u8> = unused.try_recv().unwrap_or_default();
                rest.clear();
                rest.extend_from_slice(&text[cut..]);
                text.truncate(cut);
                let block = TextBlock {
                    file: *self,
                    bytes: std::mem::replace(&mut text, rest),
                    first_row,
                    until: bytes.read,
                    used: used.clone(),
                };
                first_row = cutter.row;
                if !visit(block)? {
                    return Ok(());
                }
            }
            if ended {
                return Ok(());
            }
        }
    }

    fn check(&self, row: u64, record: &Record) -> Result<(), FactsError> {
        if record.len() > COLUMNS_MAX {
            let what = format!(
                "row {row} has {} columns, more than {COLUMNS_MAX}; export only those that are needed",
                record.len()
            );
            return Err(self.too_large(what));
        }
        if record.as_slice().len() > CELL_BYTES_MAX && record.iter().any(|cell| cell.len() > CELL_BYTES_MAX) {
            let what = format!("row {row} has a cell longer than 1 MiB; a quote may have been left open");
            return Err(self.too_large(what));
        }
        Ok(())
    }

    fn long_row(&self, row: u64) -> FactsError {
        self.too_large(format!(
            "row {row} is longer than 16 MiB; a quote may have been left open"
        ))
    }

    fn too_large(&self, what: String) -> FactsError {
        let file = self.input.name();
        FactsError::TooLarge { file, what }
    }
}

impl TextBlock<'_> {
    /// Whether it is text in the encoding that the file is taken for. The end of a file may cut a character.
    pub(crate) fn is_text(&self) -> bool {
        self.file.encoding == Encoding::Windows1252
            || std::str::from_utf8(&self.bytes).map_or_else(|error| error.error_len().is_none(), |_| true)
    }

    /// Hands each row that is not blank to `visit` with its number, from 1 and with blank rows counted, until it says
    /// to stop. Says whether it did not.
    pub(crate) fn each(
        &self,
        visit: &mut dyn FnMut(u64, &Record) -> Result<bool, FactsError>,
    ) -> Result<bool, FactsError> {
        let text = match self.file.encoding {
            Encoding::Windows1252 => encoding_rs::WINDOWS_1252.decode_without_bom_handling(&self.bytes).0,
            // Nearly every block is UTF-8, which is seen faster than mended.
            _ => std::str::from_utf8(&self.bytes).map_or_else(|_| String::from_utf8_lossy(&self.bytes), Cow::Borrowed),
        };
        let mut rows = Splitter {
            text: &text,
            delimiter: self.file.delimiter,
            terminator: self.file.terminator,
            at: 0,
        };
        let mut record = Record::new();
        let mut row = self.first_row;
        while rows.at < text.len() {
            let start = rows.at;
            rows.next_row(&mut record);
            if (rows.at - start) as u64 > RECORD_BYTES_MAX {
                return Err(self.file.long_row(row));
            }
            self.file.check(row, &record)?;
            if !is_blank(&record) && !visit(row, &record)? {
                return Ok(false);
            }
            row += 1;
        }
        Ok(true)
    }
}

/// Whether no cell of the row holds anything.
pub(crate) fn is_blank(record: &Record) -> bool {
    trimmed(record.as_slice()).is_empty()
}

/// Where in a row the next byte stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    /// At the start of a cell, where a quote opens.
    Start,
    /// In a cell, where a quote is a sign like any other.
    Plain,
    /// Between quotes.
    Quoted,
    /// After a quote between quotes: it closes them, or is doubled.
    Quote,
}

/// Finds the ends of rows in text that comes piece by piece.
#[derive(Debug)]
struct Cutter {
    delimiter: u8,
    terminator: u8,
    at: At,
    // The row that the next byte belongs to.
    row: u64,
}

impl Cutter {
    fn new(delimiter: u8, terminator: u8) -> Self {
        Self {
            delimiter,
            terminator,
            at: At::Start,
            row: 1,
        }
    }

    /// Looks at the text from `from` on; returns the place behind the last row that ends in it, 0 where none does.
    fn scan(&mut self, text: &[u8], from: usize) -> usize {
        let (mut end, mut place) = (0, from);
        while let Some(byte) = text.get(place) {
            let rest = &text[place..];
            if self.at == At::Quoted {
                let close = memchr(QUOTE, rest);
                place = close.map_or(text.len(), |close| place + close + 1);
                self.at = if close.is_some() { At::Quote } else { At::Quoted };
                continue;
            }
            if self.at == At::Quote && *byte == QUOTE {
                (self.at, place) = (At::Quoted, place + 1);
                continue;
            }
            // Cells end on the way; only a quote that stands first in one matters.
            let Some(sign) = memchr2(QUOTE, self.terminator, rest).map(|sign| place + sign) else {
                let ends = text.last() == Some(&self.delimiter);
                self.at = if ends { At::Start } else { At::Plain };
                break;
            };
            let stands_first = if sign > place {
                text[sign - 1] == self.delimiter
            } else {
                self.at == At::Start
            };
            place = sign + 1;
            self.at = match text[sign] {
                QUOTE if stands_first => At::Quoted,
                QUOTE => At::Plain,
                _ => {
                    end = place;
                    self.row += 1;
                    At::Start
                }
            };
        }
        end
    }
}

/// Takes rows apart by the same rules as [`Cutter`].
struct Splitter<'t> {
    text: &'t str,
    delimiter: u8,
    terminator: u8,
    at: usize,
}

impl Splitter<'_> {
    /// Puts the cells of the next row into `record` and goes behind its end.
    fn next_row(&mut self, record: &mut Record) {
        record.clear();
        let bytes = self.text.as_bytes();
        loop {
            let quoted = bytes.get(self.at) == Some(&QUOTE);
            let from = if quoted { self.unquote(record) } else { self.at };
            let end = from + next_of(&bytes[from..], self.delimiter, self.terminator);
            let last = bytes.get(end) != Some(&self.delimiter);
            // Rows are cut at line feeds, so that every line is counted; the carriage return before one is no content.
            let returned = last && self.terminator == b'\n' && end > from && bytes[end - 1] == b'\r';
            record.push_part(&self.text[from..end - usize::from(returned)]);
            record.end_field();
            self.at = bytes.len().min(end + 1);
            if last {
                return;
            }
        }
    }

    // Reads a cell from its opening quote to behind its closing one.
    fn unquote(&self, record: &mut Record) -> usize {
        let bytes = self.text.as_bytes();
        let mut from = self.at + 1;
        loop {
            let close = memchr(QUOTE, &bytes[from..]).map_or(bytes.len(), |close| from + close);
            if bytes.get(close + 1) != Some(&QUOTE) {
                record.push_part(&self.text[from..close]);
                return bytes.len().min(close + 1);
            }
            // A doubled quote is one.
            record.push_part(&self.text[from..=close]);
            from = close + 2;
        }
    }
}

// How many bytes stand before the first of either sign: eight bytes at a time, since cells are short.
fn next_of(bytes: &[u8], one: u8, other: u8) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    let (ones, others) = (ONES * u64::from(one), ONES * u64::from(other));
    let zeros = |word: u64| word.wrapping_sub(ONES) & !word & HIGHS;
    let (words, rest) = bytes.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        // The lowest mark is never false: a borrow can only come from a zero below.
        let found = zeros(word ^ ones) | zeros(word ^ others);
        if found != 0 {
            return index * 8 + found.trailing_zeros() as usize / 8;
        }
    }
    let passed = words.len() * 8;
    passed
        + rest
            .iter()
            .position(|byte| *byte == one || *byte == other)
            .unwrap_or(rest.len())
}

// The delimiter by which the most rows have one and the same number of cells, and more than one.
fn sniff(text: &str, terminator: u8) -> u8 {
    let score = |delimiter: u8| {
        let mut reader = ReaderBuilder::new()
            .delimiter(delimiter)
            .terminator(Terminator::Any(terminator))
            .has_headers(false)
            .flexible(true)
            .from_reader(text.as_bytes());
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

fn has_line_feed(input: Input<'_>) -> Result<bool, FactsError> {
    let mut reader = input.open()?;
    let mut block = vec![0_u8; 256 << 10];
    loop {
        match reader.read(&mut block).map_err(|error| input.io(error))? {
            0 => return Ok(false),
            read if block[..read].contains(&b'\n') => return Ok(true),
            _ => {}
        }
    }
}

/// The bytes of a file, hashed as they come and made into UTF-8 where they are UTF-16.
struct Bytes<'a, 'h> {
    input: Input<'a>,
    inner: Box<dyn Read + Send + 'a>,
    hash: Option<&'h mut Sha256>,
    read: u64,
    decoder: Option<encoding_rs::Decoder>,
}

impl Bytes<'_, '_> {
    /// Adds about so many bytes to the text; says whether they are the last.
    fn fill(&mut self, text: &mut Vec<u8>, bytes: usize) -> Result<bool, FactsError> {
        let from = text.len();
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        let read = self.inner.by_ref().take(bytes).read_to_end(text);
        let ended = (read.map_err(|error| self.input.io(error))? as u64) < bytes;
        let end = text.len();
        if let Some(hash) = &mut self.hash {
            hash.update(&text[from..]);
        }
        self.read += u64::try_from(end - from).unwrap_or(u64::MAX);
        if self.read > TEXT_BYTES_MAX {
            let what = "it is larger than 2 GiB; split it".to_owned();
            let file = self.input.name();
            return Err(FactsError::TooLarge { file, what });
        }
        if let Some(decoder) = &mut self.decoder {
            let raw = text.split_off(from);
            let room = decoder.max_utf8_buffer_length(raw.len()).unwrap_or(raw.len() * 3 + 16);
            text.resize(from + room, 0);
            // What cannot be decoded becomes U+FFFD.
            let (_, _, written, _) = decoder.decode_to_utf8(&raw, &mut text[from..], ended);
            text.truncate(from + written);
        }
        Ok(ended)
    }
}
