//! Sorted runs made one, key after key. It must not know what becomes of rows of one key.

use std::cmp::Ordering;

use arrow_array::{Array, ArrayRef};
use arrow_select::interleave::interleave;

use super::columnar::memory;
use super::key::{Keys, MarkForm, Place};
use crate::error::FactsError;
use crate::rows::{Batch, length};

/// The batches of one run, in the order of the key.
pub(crate) type Run = Box<dyn Iterator<Item = Result<Batch, FactsError>> + Send>;

/// Runs, walked through in the order of their keys; rows of one key in the order of the runs, then as they stand.
pub(crate) struct Merge {
    key: Vec<usize>,
    cursors: Vec<Cursor>,
    /// The cursors that have a row left, in the order of those rows.
    order: Vec<usize>,
    held: Held,
}

/// The batches that rows told of lead to.
#[derive(Default)]
pub(crate) struct Held {
    slots: Vec<Slot>,
    bytes: usize,
}

struct Cursor {
    run: Run,
    slot: usize,
    row: usize,
    mark: u128,
}

/// A batch, with its keys ready to be compared.
struct Slot {
    batch: Batch,
    bytes: usize,
    keys: Keys,
    length: usize,
}

/// A row of a key: its run, and its place among the batches that the merge holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) run: usize,
    pub(crate) place: Place,
}

impl Merge {
    /// `key`: the places of the key among the columns of every run.
    pub(crate) fn new(key: Vec<usize>, runs: Vec<Run>) -> Result<Self, FactsError> {
        let mut merge = Self {
            key,
            cursors: Vec::with_capacity(runs.len()),
            order: Vec::with_capacity(runs.len()),
            held: Held::default(),
        };
        for (at, run) in runs.into_iter().enumerate() {
            merge.cursors.push(Cursor {
                run,
                slot: 0,
                row: 0,
                mark: 0,
            });
            if merge.refill(at)? {
                let place = merge.order.partition_point(|other| merge.compare(*other, at).is_le());
                merge.order.insert(place, at);
            }
        }
        Ok(merge)
    }

    /// The rows of the next key, put into `rows`. False at the end.
    pub(crate) fn next_key(&mut self, rows: &mut Vec<Head>) -> Result<bool, FactsError> {
        rows.clear();
        let Some(&first) = self.order.first() else {
            return Ok(false);
        };
        let (head, mark) = (self.head(first), self.cursors[first].mark);
        loop {
            let Some(&at) = self.order.first() else {
                return Ok(true);
            };
            let next = self.head(at);
            let is_other = || self.cursors[at].mark != mark || !self.is_same_key(head.place, next.place);
            if !rows.is_empty() && is_other() {
                return Ok(true);
            }
            rows.push(next);
            self.advance(at)?;
        }
    }

    /// The batches that the rows told of lead to.
    pub(crate) fn held(&self) -> &Held {
        &self.held
    }

    /// Lets go of the batches that no row to come leads to. Places told before mean nothing afterwards.
    pub(crate) fn release(&mut self) {
        let mut kept = Vec::with_capacity(self.order.len());
        let mut slots: Vec<Option<Slot>> = std::mem::take(&mut self.held.slots).into_iter().map(Some).collect();
        for &at in &self.order {
            let cursor = &mut self.cursors[at];
            if let Some(slot) = slots[cursor.slot].take() {
                cursor.slot = kept.len();
                kept.push(slot);
            }
        }
        self.held.bytes = kept.iter().map(|slot| slot.bytes).sum();
        self.held.slots = kept;
    }

    fn head(&self, at: usize) -> Head {
        let cursor = &self.cursors[at];
        Head {
            run: at,
            place: (cursor.slot, cursor.row),
        }
    }

    fn is_same_key(&self, one: Place, two: Place) -> bool {
        let (one_slot, two_slot) = (&self.held.slots[one.0], &self.held.slots[two.0]);
        one_slot.keys.compare(one.1, &two_slot.keys, two.1).is_eq()
    }

    // Whose row comes first. Rows of one key come in the order of their runs.
    fn compare(&self, one: usize, two: usize) -> Ordering {
        let (first, second) = (&self.cursors[one], &self.cursors[two]);
        let keys = |cursor: &Cursor| &self.held.slots[cursor.slot].keys;
        first
            .mark
            .cmp(&second.mark)
            .then_with(|| keys(first).compare(first.row, keys(second), second.row))
            .then(one.cmp(&two))
    }

    // The first cursor goes on by one row, and to its new place among the others.
    fn advance(&mut self, at: usize) -> Result<(), FactsError> {
        let cursor = &mut self.cursors[at];
        cursor.row += 1;
        let slot = &self.held.slots[cursor.slot];
        if cursor.row < slot.length {
            cursor.mark = slot.keys.mark(cursor.row, MarkForm::default());
        } else if !self.refill(at)? {
            self.order.remove(0);
            return Ok(());
        }
        let before = self.order[1..].partition_point(|other| self.compare(*other, at).is_lt());
        self.order[..=before].rotate_left(1);
        Ok(())
    }

    // The next batch of a run that holds a row; false at its end.
    fn refill(&mut self, at: usize) -> Result<bool, FactsError> {
        for batch in self.cursors[at].run.by_ref() {
            let batch = batch?;
            let length = length(&batch);
            if length == 0 {
                continue;
            }
            let keys = Keys::new(&batch, &self.key)?;
            let cursor = &mut self.cursors[at];
            (cursor.slot, cursor.row, cursor.mark) = (self.held.slots.len(), 0, keys.mark(0, MarkForm::default()));
            let bytes = memory(&batch);
            self.held.bytes += bytes;
            self.held.slots.push(Slot {
                batch,
                bytes,
                keys,
                length,
            });
            return Ok(true);
        }
        Ok(false)
    }
}

impl Held {
    /// How many batches there are.
    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    /// Their Arrow memory.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The cells of one column at these places.
    pub(crate) fn gather(&self, column: usize, places: &[Place]) -> Result<ArrayRef, FactsError> {
        gathered(|slot| &self.slots[slot].batch[column], self.slots.len(), places)
    }

    /// One column of a batch.
    pub(crate) fn column(&self, slot: usize, column: usize) -> &ArrayRef {
        &self.slots[slot].batch[column]
    }
}

/// The cells at places of batches; `of` gives a batch's column.
pub(crate) fn gathered<'a>(
    of: impl Fn(usize) -> &'a ArrayRef,
    batches: usize,
    places: &[Place],
) -> Result<ArrayRef, FactsError> {
    // Rows that stand one after another in one batch need no copy.
    if let (Some((batch, from)), Some(last)) = (places.first(), places.last()) {
        let expected = |(nth, place): (usize, &Place)| *place == (*batch, from + nth);
        if *last == (*batch, from + places.len() - 1) && places.iter().enumerate().all(expected) {
            return Ok(of(*batch).slice(*from, places.len()));
        }
    }
    let arrays: Vec<&dyn Array> = (0..batches).map(|batch| of(batch).as_ref()).collect();
    interleave(&arrays, places).map_err(FactsError::rows)
}
