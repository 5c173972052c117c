//! The order of a table's rows: by key, text by bytes, dates by day. It must not know where rows come from.

use std::cmp::Ordering;
use std::ops::Range;

use arrow_array::cast::AsArray;
use arrow_array::types::Date32Type;
use arrow_array::{Array, ArrayRef, Date32Array, StringArray, UInt32Array};
use arrow_select::take::take;
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

/// What a mark is made of: the first 16 bytes of the key's first text from `skip` on; or, `packed`, all of that text that
/// is left, the day that follows it and the beginning of the text after that.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct MarkForm {
    skip: usize,
    packed: bool,
}

/// The most bytes of a first text that are packed with what follows it.
const PACKED_BYTES: usize = 7;

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
            (KeyColumn::Text(one), KeyColumn::Text(two)) => text_of(one, row).cmp(&text_of(two, other_row)),
            (KeyColumn::Day(one), KeyColumn::Day(two)) => day(one, row).cmp(&day(two, other_row)),
            (KeyColumn::Text(_), KeyColumn::Day(_)) => Ordering::Greater,
            (KeyColumn::Day(_), KeyColumn::Text(_)) => Ordering::Less,
        });
        orders
            .into_iter()
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    }

    /// Where the marks of two rows differ, they order the rows.
    pub(crate) fn mark(&self, row: usize, form: MarkForm) -> u128 {
        let Some(text) = self.first(row) else { return 0 };
        let rest = text.as_bytes().get(form.skip..).unwrap_or_default();
        let KeyColumn::Day(days) = self.0.get(1).filter(|_| form.packed).unwrap_or(&self.0[0]) else {
            return u128::from_be_bytes(first_bytes(rest));
        };
        // The whole text with its length, then the day, then what the next text begins with.
        let mut head: [u8; 8] = first_bytes(rest);
        head[7] = u8::try_from(rest.len()).map_or(u8::MAX, |length| length + 1);
        let day = day(days, row).map_or(0, |day| i64::from(day) - i64::from(i32::MIN) + 1);
        let next = match self.0.get(2) {
            Some(KeyColumn::Text(texts)) => text_of(texts, row).unwrap_or_default(),
            _ => "",
        };
        let next = u32::from_be_bytes(first_bytes(next.as_bytes()));
        u128::from(u64::from_be_bytes(head)) << 64 | u128::from(day.unsigned_abs()) << 31 | u128::from(next >> 1)
    }

    // Whether marks of these rows can be packed, `skip` bytes being common to all of their first texts.
    fn packs(&self, rows: usize, skip: usize) -> bool {
        let fits = |row| self.first(row).is_none_or(|text| text.len() <= skip + PACKED_BYTES);
        matches!(self.0.get(1), Some(KeyColumn::Day(_))) && (0..rows).all(fits)
    }

    fn first(&self, row: usize) -> Option<&str> {
        match self.0.first()? {
            KeyColumn::Text(texts) => text_of(texts, row),
            KeyColumn::Day(_) => None,
        }
    }
}

fn text_of(texts: &StringArray, row: usize) -> Option<&str> {
    texts.is_valid(row).then(|| texts.value(row))
}

fn first_bytes<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut first = [0; N];
    let length = bytes.len().min(N);
    first[..length].copy_from_slice(&bytes[..length]);
    first
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

/// A batch with its rows in the order of their keys, rows of one key as they came.
pub(crate) fn sorted(batch: Batch, key: &[usize]) -> Result<Batch, FactsError> {
    let Some(order) = order(std::slice::from_ref(&batch), key)? else {
        return Ok(batch);
    };
    let rows = order
        .places
        .iter()
        .map(|(_, row)| u32::try_from(*row).unwrap_or(u32::MAX));
    let rows = UInt32Array::from_iter_values(rows);
    let column = |column: &ArrayRef| take(column, &rows, None).map_err(FactsError::rows);
    batch.iter().map(column).collect()
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
    let packed = keys
        .iter()
        .zip(&lengths)
        .all(|(keys, length)| keys.packs(*length, skip));
    let form = MarkForm { skip, packed };
    let mut marked: Vec<Marked> = Vec::with_capacity(lengths.iter().sum());
    for (batch, (keys, length)) in (0_u32..).zip(keys.iter().zip(&lengths)) {
        marked.extend((0_u32..).zip(0..*length).map(|(place, row)| Marked {
            mark: keys.mark(row, form),
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
    mark: u128,
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
