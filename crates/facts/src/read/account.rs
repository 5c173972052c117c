//! Every row of a file accounted for: how many were taken, and which were not and why. It must not judge a row.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::atomic::Ordering;

use arrow_array::BooleanArray;
use arrow_select::filter::filter;

use super::convert::{Conversion, Converted, Refused};
use super::history::CellRejects;
use super::record::Record;
use super::{FileReport, REASON_COLUMN, Reject, Replaced};
use crate::error::FactsError;
use crate::export::guarded;
use crate::limits::{DUPLICATES_LISTED, PAIRS_MAX, REJECTS_BYTES_KEPT, REJECTS_KEPT};
use crate::rows::length;
use crate::spool::{Spool, Spooled};
use crate::watch::Watch;

/// What became of the rows so far, in the order of the file.
pub(crate) struct Account<'a> {
    pub(super) conversion: &'a Conversion<'a>,
    spool: Spool,
    history: Option<Spool>,
    history_rejects: CellRejects,
    rejects: Rejects,
    read: u64,
    accepted: u64,
    footer: u64,
    cut: u64,
    // The rows of ids that have a twin for the other direction.
    pairs: HashMap<u128, u64>,
    twins: u64,
    listed_twins: Vec<Replaced>,
}

impl<'a> Account<'a> {
    pub(crate) fn new(conversion: &'a Conversion<'a>) -> Self {
        Self {
            conversion,
            spool: conversion.spool(),
            history: conversion.history_spool(),
            history_rejects: CellRejects::default(),
            rejects: Rejects::of(conversion.header()),
            read: 0,
            accepted: 0,
            footer: 0,
            cut: 0,
            pairs: HashMap::new(),
            twins: 0,
            listed_twins: Vec::new(),
        }
    }

    /// Takes what came of the next block.
    ///
    /// # Errors
    /// [`FactsError::Io`] where rows cannot be spilled; [`FactsError::TooLarge`] for more pairs than are told apart.
    pub(crate) fn take(&mut self, mut part: Converted) -> Result<(), FactsError> {
        self.read += part.read;
        self.footer += part.footer;
        self.cut += part.cut;
        self.drop_twins(&mut part)?;
        for batch in part.batches {
            self.accepted += count(length(&batch));
            if self.conversion.has_twins() {
                self.spool.push(batch)?;
            } else {
                self.spool.push_sorted(batch)?;
            }
        }
        if let (Some(spool), Some(history)) = (&mut self.history, part.history) {
            for batch in history.batches {
                spool.push_sorted(batch)?;
            }
            self.history_rejects.append(history.rejects);
        }
        self.rejects.append(part.rejects);
        self.conversion
            .rejected
            .store(self.rejects.listed.len(), Ordering::Relaxed);
        Ok(())
    }

    // A partner on an opportunity is written twice, once for each direction; the second names the first.
    fn drop_twins(&mut self, part: &mut Converted) -> Result<(), FactsError> {
        let mut keep = Vec::with_capacity(part.pairs.len());
        for pair in &part.pairs {
            let twin = self.pairs.get(&pair.reverse).copied();
            keep.push(twin.is_none());
            match twin {
                Some(by) => {
                    self.twins += 1;
                    if self.listed_twins.len() < DUPLICATES_LISTED {
                        self.listed_twins.push(Replaced { row: pair.row, by });
                    }
                }
                None => drop(self.pairs.insert(pair.own, pair.row)),
            }
        }
        if self.pairs.len() > PAIRS_MAX {
            return Err(self.conversion.too_many_pairs());
        }
        if keep.contains(&false) {
            let mut from = 0;
            for batch in &mut part.batches {
                let rows = length(batch);
                let mask = BooleanArray::from(keep[from..from + rows].to_vec());
                from += rows;
                let kept = batch.iter().map(|column| filter(column, &mask));
                *batch = kept.collect::<Result<_, _>>().map_err(FactsError::rows)?;
            }
        }
        Ok(())
    }

    /// The rows, sorted.
    ///
    /// # Errors
    /// [`FactsError::Io`] where rows cannot be spilled; [`FactsError::Cancelled`].
    pub(crate) fn finish(self, watch: &Watch) -> Result<Accounted, FactsError> {
        let spooled = self.spool.finish(watch)?;
        let history = self.history.map(|spool| spool.finish(watch)).transpose()?;
        let replaced = spooled.listed.iter().map(|(row, by)| Replaced { row: *row, by: *by });
        Ok(Accounted {
            rejects: self.rejects,
            read: self.read,
            accepted: self.accepted - spooled.replaced,
            duplicates: self.twins + spooled.replaced,
            footer: self.footer,
            cut: self.cut,
            replaced: self
                .listed_twins
                .into_iter()
                .chain(replaced)
                .take(DUPLICATES_LISTED)
                .collect(),
            spooled,
            history: history.filter(|history| history.rows > 0),
            history_rejects: self.history_rejects,
        })
    }
}

/// What became of every row.
pub(crate) struct Accounted {
    pub(super) spooled: Spooled,
    /// The stage history that stood in columns of opportunities, where it has rows.
    pub(super) history: Option<Spooled>,
    history_rejects: CellRejects,
    pub(super) rejects: Rejects,
    read: u64,
    accepted: u64,
    duplicates: u64,
    footer: u64,
    cut: u64,
    replaced: Vec<Replaced>,
}

impl Accounted {
    /// Fills in the counts of a report.
    pub(super) fn tell(&self, report: &mut FileReport) {
        report.read = self.read;
        report.accepted = self.accepted;
        report.rejected = self.rejects.count;
        report.duplicates = self.duplicates;
        report.footer = self.footer;
        report.cut = self.cut;
        report.rejects.clone_from(&self.rejects.listed);
        report.replaced.clone_from(&self.replaced);
        report.history = self.history.as_ref().map_or(0, |history| history.rows);
        report.history_rejected = self.history_rejects.count;
        report.history_rejects.clone_from(&self.history_rejects.listed);
    }
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

// A rejected row has no typed columns: what reads as a number is one.
fn harmless(cell: &str) -> Cow<'_, str> {
    if cell.trim().parse::<f64>().is_ok() {
        Cow::Borrowed(cell)
    } else {
        guarded(cell)
    }
}

/// The rejected rows of a file, as they stood.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rejects {
    header: Vec<String>,
    rows: Vec<(Record, Cow<'static, str>)>,
    bytes: usize,
    pub(crate) count: u64,
    /// Those that the source itself marks as no facts.
    pub(crate) excused: u64,
    pub(crate) listed: Vec<Reject>,
}

const VALUE_CHARS: usize = 200;

impl Rejects {
    /// None yet, of a file with this header.
    pub(crate) fn of(header: Vec<String>) -> Self {
        Self {
            header,
            ..Self::default()
        }
    }

    /// Counts a row, and keeps it while fewer than `most` are kept.
    pub(crate) fn add(&mut self, row: u64, record: &Record, refused: Refused, most: usize) {
        self.count += 1;
        self.excused += u64::from(refused.excused);
        if self.listed.len() < most {
            let value = refused.column.and_then(|at| record.get(at));
            self.listed.push(Reject {
                row,
                column: refused.column.and_then(|at| self.header.get(at).cloned()),
                value: value.map(|value| value.chars().take(VALUE_CHARS).collect()),
                reason: refused.reason.clone().into_owned(),
            });
        }
        self.bytes += record.as_slice().len();
        if self.rows.len() < most && self.bytes <= REJECTS_BYTES_KEPT {
            self.rows.push((record.clone(), refused.reason));
        }
    }

    fn append(&mut self, later: Self) {
        self.count += later.count;
        self.excused += later.excused;
        let room = REJECTS_KEPT - self.listed.len();
        self.listed.extend(later.listed.into_iter().take(room));
        for (record, reason) in later.rows {
            self.bytes += record.as_slice().len();
            if self.rows.len() < REJECTS_KEPT && self.bytes <= REJECTS_BYTES_KEPT {
                self.rows.push((record, reason));
            }
        }
    }

    pub(crate) fn csv(&self) -> String {
        let ours = self.header.iter().position(|name| name == REASON_COLUMN);
        let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
        let mut write = |cells: &mut dyn Iterator<Item = &str>, reason: &str| {
            let cells = cells
                .enumerate()
                .filter(|(at, _)| Some(*at) != ours)
                .map(|(_, cell)| harmless(cell).into_owned());
            writer.write_record(cells.chain([reason.to_owned()]))
        };
        // Writing into memory does not fail; a row that could not be written would only be left out of the list.
        let _ = write(&mut self.header.iter().map(String::as_str), REASON_COLUMN);
        for (record, reason) in &self.rows {
            let width = self.header.len();
            let padding = std::iter::repeat_n("", width.saturating_sub(record.len()));
            let _ = write(&mut record.iter().chain(padding), reason);
        }
        writer
            .into_inner()
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default()
    }
}
