//! Where rows come from: a file of any format as blocks of rows, taken apart on all cores and put together in the order of
//! the file. It must not know what a cell means.

use std::sync::mpsc::sync_channel;

use rayon::iter::{IntoParallelIterator, ParallelIterator};
use sha2::Sha256;

use super::csv::{TextBlock, TextFile};
use super::format::{self, Encoding, Survey};
use super::record::Record;
use super::records::{self, Records};
use super::{Input, ReadOptions};
use crate::error::FactsError;
use crate::limits::HEADER_SEARCH_ROWS;
use crate::watch::{Phase, Watch};

/// The bytes of a text file that are taken apart at a time: 2 MiB. It changes how fast a file is read and nothing else.
pub(crate) const BLOCK_BYTES: usize = 2 << 20;
// The rows of any other file that are handed on at a time, and the most bytes of them.
const BLOCK_ROWS: usize = 8 << 10;
// The blocks that wait, and as many that are worked on: they bound the memory of reading.
const BLOCKS_WAITING_MAX: usize = 4;

/// The rows of a file, whatever its format.
pub(crate) struct Source<'a> {
    input: Input<'a>,
    rows: Rows<'a>,
}

enum Rows<'a> {
    Text(TextFile<'a>),
    Records(Box<dyn Records + 'a>),
}

/// A part of a file: rows that stand one after the other.
pub(crate) enum Block<'a> {
    Text(TextBlock<'a>),
    Rows(Vec<(u64, Record)>),
}

impl<'a> Source<'a> {
    pub(crate) fn open(input: Input<'a>, survey: &Survey, options: &ReadOptions) -> Result<Self, FactsError> {
        let rows = match records::open(input, format::recognise(input, survey)?, options)? {
            None => Rows::Text(TextFile::new(input, survey, options.block_bytes)?),
            Some(records) => Rows::Records(records),
        };
        Ok(Self { input, rows })
    }

    /// Works on every block on any core, and hands what came of each to `take` in the order of the file, until it says
    /// to stop. `hash`, where it is wanted, is fed with the bytes of the file.
    ///
    /// # Errors
    /// The first in the order of the file: of the file itself, of `work` or of `take`; `Cancelled` by the watch.
    pub(crate) fn in_order<T: Send>(
        &mut self,
        hash: Option<&mut Sha256>,
        watched: (&Watch, Phase),
        work: impl Fn(&Block<'a>) -> Result<T, FactsError> + Sync,
        mut take: impl FnMut(T) -> Result<bool, FactsError> + Send,
    ) -> Result<(), FactsError> {
        let (watch, phase) = watched;
        let bytes = self.bytes();
        watch.at(phase, 0, bytes)?;
        std::thread::scope(|threads| {
            let (sender, waiting) = sync_channel(BLOCKS_WAITING_MAX);
            let cutting = threads.spawn(move || self.blocks(hash, &mut |block| Ok(sender.send(block).is_ok())));
            let mut done: Vec<Result<(T, u64), FactsError>> = Vec::new();
            let mut blocks: Vec<Block<'a>> = Vec::new();
            loop {
                blocks.extend(waiting.iter().take(BLOCKS_WAITING_MAX));
                let work = |block: Block<'a>| work(&block).map(|part| (part, block.until()));
                let take_all = || -> Result<bool, FactsError> {
                    for part in done {
                        let (part, until) = part?;
                        watch.at(phase, until, bytes)?;
                        if !take(part)? {
                            return Ok(false);
                        }
                    }
                    Ok(true)
                };
                let round = std::mem::take(&mut blocks);
                let ended = round.is_empty();
                // What was worked on is taken while the next blocks are worked on.
                let (going_on, worked) = rayon::join(take_all, || round.into_par_iter().map(work).collect());
                done = worked;
                if !going_on? {
                    return Ok(());
                }
                if ended {
                    break;
                }
            }
            drop(waiting);
            cutting.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        })
    }

    /// Hands each row that is not blank to `visit` with its number, until it says to stop.
    pub(crate) fn each(
        &mut self,
        visit: &mut dyn FnMut(u64, &Record) -> Result<bool, FactsError>,
    ) -> Result<(), FactsError> {
        match &mut self.rows {
            Rows::Text(file) => file.blocks(None, &mut |block| block.each(visit)),
            Rows::Records(records) => records.each(visit),
        }
    }

    fn blocks(
        &mut self,
        hash: Option<&mut Sha256>,
        visit: &mut dyn FnMut(Block<'a>) -> Result<bool, FactsError>,
    ) -> Result<(), FactsError> {
        if let Rows::Text(file) = &self.rows {
            return file.blocks(hash, &mut |block| visit(Block::Text(block)));
        }
        if let Some(hash) = hash {
            format::digest(self.input, hash)?;
        }
        let (mut rows, mut bytes) = (Vec::new(), 0);
        let mut stopped = false;
        self.each(&mut |row, record| {
            rows.push((row, record.clone()));
            bytes += record.as_slice().len();
            if rows.len() < BLOCK_ROWS && bytes < BLOCK_BYTES {
                return Ok(true);
            }
            bytes = 0;
            stopped = !visit(Block::Rows(std::mem::take(&mut rows)))?;
            Ok(!stopped)
        })?;
        if !stopped && !rows.is_empty() {
            visit(Block::Rows(rows))?;
        }
        Ok(())
    }

    /// The size of the file where blocks say how far they reach; 0 elsewhere.
    pub(crate) fn bytes(&self) -> u64 {
        match &self.rows {
            Rows::Text(file) => file.bytes,
            Rows::Records(_) => 0,
        }
    }

    /// Takes a text file for Windows-1252, in which any byte is a character, since it is not UTF-8.
    pub(crate) fn take_for_windows_1252(&mut self) {
        if let Rows::Text(file) = &mut self.rows {
            file.encoding = Encoding::Windows1252;
        }
    }

    /// Whether serial dates count from 1904.
    pub(crate) fn epoch_1904(&self) -> bool {
        matches!(&self.rows, Rows::Records(records) if records.epoch_1904())
    }

    /// Whether a row that is shorter than the header has lost cells: a sheet leaves empty ones out.
    pub(crate) fn writes_every_cell(&self) -> bool {
        self.merged().is_none()
    }

    /// Whether spreadsheets open such a file, so that an export of ours guards its texts against them.
    pub(crate) fn is_guarded(&self) -> bool {
        ["csv", "xlsx"].contains(&self.form().0)
    }

    /// The rows among which the header is.
    pub(crate) fn header_rows(&self) -> usize {
        match &self.rows {
            Rows::Records(records) if records.names_columns() => 1,
            _ => HEADER_SEARCH_ROWS,
        }
    }

    /// The merged cells of a sheet; other files have none.
    pub(crate) fn merged(&self) -> Option<&[[u64; 4]]> {
        match &self.rows {
            Rows::Text(_) => None,
            Rows::Records(records) => records.merged(),
        }
    }

    /// The format, and of a text file the encoding and the delimiter.
    pub(crate) fn form(&self) -> (&'static str, Option<&'static str>, Option<char>) {
        match &self.rows {
            Rows::Text(file) => ("csv", Some(file.encoding.name()), Some(char::from(file.delimiter))),
            Rows::Records(records) => (records.format(), records.encoding(), None),
        }
    }
}

impl Block<'_> {
    /// Hands each row that is not blank to `visit` with its number.
    pub(crate) fn each(&self, visit: &mut dyn FnMut(u64, &Record)) -> Result<(), FactsError> {
        match self {
            Self::Text(block) => {
                block.each(&mut |row, record| {
                    visit(row, record);
                    Ok(true)
                })?;
            }
            Self::Rows(rows) => rows.iter().for_each(|(row, record)| visit(*row, record)),
        }
        Ok(())
    }

    /// Whether it is text in the encoding that the file is taken for.
    pub(crate) fn is_text(&self) -> bool {
        match self {
            Self::Text(block) => block.is_text(),
            Self::Rows(_) => true,
        }
    }

    /// The bytes of its text; of rows that are read already none are counted.
    pub(crate) fn text_bytes(&self) -> usize {
        match self {
            Self::Text(block) => block.bytes.len(),
            Self::Rows(_) => 0,
        }
    }

    /// How far the file is read with it: in bytes, or in rows.
    pub(crate) fn until(&self) -> u64 {
        match self {
            Self::Text(block) => block.until,
            Self::Rows(rows) => rows.last().map_or(0, |(row, _)| *row),
        }
    }
}
