//! The order of a table's rows: by key, text by bytes, dates by day. It must not know where rows come from.

use std::cmp::Ordering;
use std::ops::Range;

use arrow_array::cast::AsArray;
use arrow_array::types::Date32Type;
use arrow_array::{Array, Date32Array, StringArray};
use rayon::prelude::*;

use crate::catalogue::Table;
use crate::error::FactsError;
use crate::rows::{Batch, RowColumn, length};

/// Where a row stands: its batch, and its place there.
pub(crate) type Place = (usize, usize);

/// The places of a table's key among columns, first things first.
pub(crate) fn key_columns(table: Table, columns: &[RowColumn]) -> Result<Vec<usize>, FactsError> {
    let place = |name: &&str| {
        let found = columns.iter().position(|column| column.name == **name);
        found.ok_or_else(|| FactsError::Snapshot {
            what: format!("{} without the column {name} of its key", table.name()),
        })
    };
    table.key().iter().map(place).collect()
}

/// The keys of one batch's rows.
#[derive(Debug, Clone)]
pub(crate) struct Keys(Vec<KeyColumn>);

#[derive(Debug, Clone)]
enum KeyColumn {
    Text(StringArray),
    Day(Date32Array),
}

impl Keys {
    pub(crate) fn new(batch: &Batch, key: &[usize]) -> Result<Self, FactsError> {
        let column = |at: &usize| {
            let array = &batch[*at];
            let text = array.as_string_opt::<i32>().cloned().map(KeyColumn::Text);
            text.or_else(|| array.as_primitive_opt::<Date32Type>().cloned().map(KeyColumn::Day))
                .ok_or_else(|| FactsError::Snapshot {
                    what: format!("a key of {}", array.data_type()),
                })
        };
        key.iter().map(column).collect::<Result<_, _>>().map(Self)
    }

    /// The order of two rows. What is missing comes first.
    pub(crate) fn compare(&self, row: usize, other: &Self, other_row: usize) -> Ordering {
        let orders = self.0.iter().zip(&other.0).map(|columns| match columns {
            (KeyColumn::Text(one), KeyColumn::Text(two)) => text(one, row).cmp(&text(two, other_row)),
            (KeyColumn::Day(one), KeyColumn::Day(two)) => day(one, row).cmp(&day(two, other_row)),
            (KeyColumn::Text(_), KeyColumn::Day(_)) => Ordering::Greater,
            (KeyColumn::Day(_), KeyColumn::Text(_)) => Ordering::Less,
        });
        orders
            .into_iter()
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    }

    /// Bytes of the first text of the key from `skip` on, as a number: where they differ, they order the rows.
    pub(crate) fn mark(&self, row: usize, skip: usize) -> u64 {
        self.first(row).map_or(0, |text| {
            let mut bytes = [0; 8];
            let rest = text.as_bytes().get(skip..).unwrap_or_default();
            let length = rest.len().min(bytes.len());
            bytes[..length].copy_from_slice(&rest[..length]);
            u64::from_be_bytes(bytes)
        })
    }

    fn first(&self, row: usize) -> Option<&str> {
        match self.0.first()? {
            KeyColumn::Text(texts) => text(texts, row),
            KeyColumn::Day(_) => None,
        }
    }
}

fn text(texts: &StringArray, row: usize) -> Option<&str> {
    texts.is_valid(row).then(|| texts.value(row))
}

fn day(days: &Date32Array, row: usize) -> Option<i32> {
    days.is_valid(row).then(|| days.value(row))
}

/// Rows in the order of their keys, rows of one key in the order in which they came.
#[derive(Debug)]
pub(crate) struct Order {
    pub(crate) places: Vec<Place>,
    /// Where in `places` rows of one key stand, of the keys that have several.
    pub(crate) repeated: Vec<Range<usize>>,
}

/// The order of rows; none where they stand in it already and no key is repeated.
pub(crate) fn order(batches: &[Batch], key: &[usize]) -> Result<Option<Order>, FactsError> {
    let keys: Vec<Keys> = batches
        .iter()
        .map(|batch| Keys::new(batch, key))
        .collect::<Result<_, _>>()?;
    let lengths: Vec<usize> = batches.iter().map(|batch| length(batch)).collect();
    if is_ordered(&keys, &lengths) {
        return Ok(None);
    }
    // Ids of one source begin alike: what they have in common tells nothing apart.
    let first = keys.iter().find_map(|keys| keys.first(0)).unwrap_or_default();
    let shared = keys.iter().zip(&lengths);
    let skip = shared
        .map(|(keys, length)| common(first, keys, *length))
        .min()
        .unwrap_or(0);
    let mut marked: Vec<Marked> = Vec::with_capacity(lengths.iter().sum());
    for (batch, (keys, length)) in (0_u32..).zip(keys.iter().zip(&lengths)) {
        marked.extend((0_u32..).zip(0..*length).map(|(place, row)| Marked {
            mark: keys.mark(row, skip),
            batch,
            row: place,
        }));
    }
    let compare = |one: &Marked, two: &Marked| {
        let ((batch, row), (other, other_row)) = (one.place(), two.place());
        let by_key = || keys[batch].compare(row, &keys[other], other_row);
        one.mark.cmp(&two.mark).then_with(by_key)
    };
    marked.par_sort_unstable_by(|one, two| {
        compare(one, two).then_with(|| (one.batch, one.row).cmp(&(two.batch, two.row)))
    });
    let same = marked.chunk_by(|one, two| compare(one, two).is_eq());
    let ends = same.scan(0, |end, chunk| {
        *end += chunk.len();
        Some(*end - chunk.len()..*end)
    });
    let repeated = ends.filter(|range| range.len() > 1).collect();
    let places = marked.iter().map(Marked::place).collect();
    Ok(Some(Order { places, repeated }))
}

// A row with what its key begins with, beyond what all begin with.
struct Marked {
    mark: u64,
    batch: u32,
    row: u32,
}

impl Marked {
    fn place(&self) -> Place {
        (index(self.batch), index(self.row))
    }
}

fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn is_ordered(keys: &[Keys], lengths: &[usize]) -> bool {
    let mut last: Option<(&Keys, usize)> = None;
    for (keys, length) in keys.iter().zip(lengths) {
        for row in 0..*length {
            if last.is_some_and(|(before, at)| before.compare(at, keys, row).is_ge()) {
                return false;
            }
            last = Some((keys, row));
        }
    }
    true
}

// How many bytes the rows' first texts all share with one; only texts that are longer can be told apart after them.
fn common(first: &str, keys: &Keys, rows: usize) -> usize {
    (0..rows).fold(first.len(), |shared, row| {
        let text = keys.first(row).unwrap_or_default().as_bytes();
        let same = |(one, two): &(&u8, &u8)| one == two;
        first.as_bytes()[..shared].iter().zip(text).take_while(same).count()
    })
}
