//! The order of a table's rows: by key, text by bytes, dates by day. It must not know where rows come from.

use std::cmp::Ordering;

use arrow_array::cast::AsArray;
use arrow_array::types::Date32Type;
use arrow_array::{Array, ArrayRef, Date32Array, StringArray, UInt32Array};
use arrow_select::take::take;

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

    /// A number that is the same for equal keys, and hardly ever for others (Fibonacci hashing of eight bytes at a time:
    /// Knuth, The Art of Computer Programming 3, 6.4).
    pub(crate) fn hash(&self, row: usize) -> u64 {
        let mixed = |hash: u64, word: u64| (hash.rotate_left(29) ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.0.iter().fold(0, |hash, column| match column {
            KeyColumn::Text(texts) => {
                let text = text_of(texts, row).map_or(&[][..], str::as_bytes);
                let (words, rest) = text.as_chunks::<8>();
                let hash = words
                    .iter()
                    .fold(hash, |hash, word| mixed(hash, u64::from_le_bytes(*word)));
                // A text of the same beginning differs by its length.
                mixed(mixed(hash, u64::from_be_bytes(first_bytes(rest))), text.len() as u64)
            }
            KeyColumn::Day(days) => mixed(
                hash,
                day(days, row).map_or(u64::MAX, |day| u64::from(day.unsigned_abs())),
            ),
        })
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
    if let Some(first) = bytes.first_chunk() {
        return *first;
    }
    let mut first = [0; N];
    let length = bytes.len().min(N);
    first[..length].copy_from_slice(&bytes[..length]);
    first
}

fn day(days: &Date32Array, row: usize) -> Option<i32> {
    days.is_valid(row).then(|| days.value(row))
}

/// A batch with its rows in the order of their keys, rows of one key as they came.
pub(crate) fn sorted(batch: Batch, key: &[usize]) -> Result<Batch, FactsError> {
    let keys = Keys::new(&batch, key)?;
    let rows = length(&batch);
    if (1..rows).all(|row| keys.compare(row - 1, &keys, row).is_le()) {
        return Ok(batch);
    }
    // Ids of one source begin alike: what they have in common tells nothing apart.
    let skip = common(keys.first(0).unwrap_or_default(), &keys, rows);
    let packed = keys.packs(rows, skip);
    let form = MarkForm { skip, packed };
    let mut marked: Vec<(u128, u32)> = (0_u32..)
        .zip(0..rows)
        .map(|(place, row)| (keys.mark(row, form), place))
        .collect();
    marked.sort_unstable_by(|(mark, row), (other_mark, other)| {
        let by_key = || keys.compare(index(*row), &keys, index(*other));
        mark.cmp(other_mark).then_with(by_key).then(row.cmp(other))
    });
    let rows = UInt32Array::from_iter_values(marked.into_iter().map(|(_, row)| row));
    let column = |column: &ArrayRef| take(column, &rows, None).map_err(FactsError::rows);
    batch.iter().map(column).collect()
}

fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

// How many bytes the rows' first texts all share with one; only texts that are longer can be told apart after them.
fn common(first: &str, keys: &Keys, rows: usize) -> usize {
    (0..rows).fold(first.len(), |shared, row| {
        let text = keys.first(row).unwrap_or_default().as_bytes();
        let same = |(one, two): &(&u8, &u8)| one == two;
        first.as_bytes()[..shared].iter().zip(text).take_while(same).count()
    })
}
