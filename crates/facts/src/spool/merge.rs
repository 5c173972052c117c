//! Sorted runs made one, key after key. It must not know what becomes of rows of one key.

use std::cmp::Ordering;

use arrow_array::{Array, ArrayRef};
use arrow_select::interleave::interleave;

use super::key::{Keys, MarkForm, Place};
use crate::error::FactsError;
use crate::rows::{Batch, bytes, length};

/// The batches of one run, in the order of the key.
pub(crate) type Run = Box<dyn Iterator<Item = Result<Batch, FactsError>> + Send>;

/// Runs, walked through in the order of their keys; rows of one key in the order of the runs, then as they stand.
pub(crate) struct Merge {
    key: Vec<usize>,
    cursors: Vec<Cursor>,
    /// The cursors that have a row left, each with the mark of that row, as a binary heap: the first row at the top
    /// (Williams, Algorithm 232, CACM 7(6), 1964).
    heap: Vec<(u128, usize)>,
    held: Held,
}

/// The batches that rows told of lead to.
#[derive(Default)]
pub(crate) struct Held {
    slots: Vec<Slot>,
    /// What came since the last release, in bytes.
    gained: usize,
}

struct Cursor {
    run: Run,
    slot: usize,
    row: usize,
}

/// A batch, with its keys ready to be compared.
struct Slot {
    batch: Batch,
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
            heap: Vec::with_capacity(runs.len()),
            held: Held::default(),
        };
        for (at, run) in runs.into_iter().enumerate() {
            merge.cursors.push(Cursor { run, slot: 0, row: 0 });
            if let Some(mark) = merge.refill(at)? {
                merge.heap.push((mark, at));
            }
        }
        for at in (0..merge.heap.len() / 2).rev() {
            merge.sink(at);
        }
        Ok(merge)
    }

    /// The rows of the next key, put into `rows`. False at the end.
    pub(crate) fn next_key(&mut self, rows: &mut Vec<Head>) -> Result<bool, FactsError> {
        rows.clear();
        let Some(&(mark, first)) = self.heap.first() else {
            return Ok(false);
        };
        let head = self.head(first);
        while let Some(&(next_mark, at)) = self.heap.first() {
            let next = self.head(at);
            if !rows.is_empty() && (next_mark != mark || !self.is_same_key(head.place, next.place)) {
                break;
            }
            rows.push(next);
            self.advance()?;
        }
        Ok(true)
    }

    /// The batches that the rows told of lead to.
    pub(crate) fn held(&self) -> &Held {
        &self.held
    }

    /// Lets go of the batches that no row to come leads to. Places told before mean nothing afterwards.
    pub(crate) fn release(&mut self) {
        let mut kept = Vec::with_capacity(self.heap.len());
        let mut slots: Vec<Option<Slot>> = std::mem::take(&mut self.held.slots).into_iter().map(Some).collect();
        for &(_, at) in &self.heap {
            let cursor = &mut self.cursors[at];
            if let Some(slot) = slots[cursor.slot].take() {
                cursor.slot = kept.len();
                kept.push(slot);
            }
        }
        self.held.gained = 0;
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

    // Whether the row of one of the heap comes before that of another. Rows of one key come in the order of their runs.
    fn precedes(&self, one: usize, other: usize) -> bool {
        let ((mark, first), (other_mark, second)) = (self.heap[one], self.heap[other]);
        let by_key = || {
            let (first, second) = (&self.cursors[first], &self.cursors[second]);
            let keys = |cursor: &Cursor| &self.held.slots[cursor.slot].keys;
            keys(first).compare(first.row, keys(second), second.row)
        };
        let order = mark.cmp(&other_mark).then_with(by_key).then(first.cmp(&second));
        order == Ordering::Less
    }

    // The one at this place goes down to where it belongs.
    fn sink(&mut self, mut at: usize) {
        loop {
            let (left, right) = (2 * at + 1, 2 * at + 2);
            let Some(_) = self.heap.get(left) else { return };
            let child = if right < self.heap.len() && self.precedes(right, left) {
                right
            } else {
                left
            };
            if !self.precedes(child, at) {
                return;
            }
            self.heap.swap(child, at);
            at = child;
        }
    }

    // The cursor at the top goes on by one row, and to its new place among the others.
    fn advance(&mut self) -> Result<(), FactsError> {
        let Some(&(_, at)) = self.heap.first() else {
            return Ok(());
        };
        let cursor = &mut self.cursors[at];
        cursor.row += 1;
        let slot = &self.held.slots[cursor.slot];
        let mark = if cursor.row < slot.length {
            Some(slot.keys.mark(cursor.row, MarkForm::default()))
        } else {
            self.refill(at)?
        };
        match mark {
            Some(mark) => self.heap[0].0 = mark,
            None => drop(self.heap.swap_remove(0)),
        }
        self.sink(0);
        Ok(())
    }

    // The next batch of a run that holds a row: the mark of its first row. None at the end of the run.
    fn refill(&mut self, at: usize) -> Result<Option<u128>, FactsError> {
        for batch in self.cursors[at].run.by_ref() {
            let batch = batch?;
            let length = length(&batch);
            if length == 0 {
                continue;
            }
            let keys = Keys::new(&batch, &self.key)?;
            let cursor = &mut self.cursors[at];
            (cursor.slot, cursor.row) = (self.held.slots.len(), 0);
            let mark = keys.mark(0, MarkForm::default());
            self.held.gained += bytes(&batch, 0..length);
            self.held.slots.push(Slot { batch, keys, length });
            return Ok(Some(mark));
        }
        Ok(None)
    }
}

impl Held {
    /// How many batches there are.
    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    /// What those hold that came since the last release, in bytes.
    pub(crate) fn gained(&self) -> usize {
        self.gained
    }

    /// The cells of one column at these places.
    pub(crate) fn gather(&self, column: usize, places: &[Place]) -> Result<ArrayRef, FactsError> {
        let of = |slot: usize| &self.slots[slot].batch[column];
        // Rows that stand one after another in one batch need no copy.
        if let (Some((slot, from)), Some(last)) = (places.first(), places.last()) {
            let expected = |(nth, place): (usize, &Place)| *place == (*slot, from + nth);
            if *last == (*slot, from + places.len() - 1) && places.iter().enumerate().all(expected) {
                return Ok(of(*slot).slice(*from, places.len()));
            }
        }
        let arrays: Vec<&dyn Array> = (0..self.slots.len()).map(|slot| of(slot).as_ref()).collect();
        interleave(&arrays, places).map_err(FactsError::rows)
    }

    /// One column of a batch.
    pub(crate) fn column(&self, slot: usize, column: usize) -> &ArrayRef {
        &self.slots[slot].batch[column]
    }
}
