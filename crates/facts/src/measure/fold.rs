//! The one shape of every measure: an accumulator that folds rows, merges what other hands folded, and finishes into a
//! plain answer. Must not know what is counted.

use std::ops::Range;

use rayon::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Rows that one task folds. The answer does not depend on it.
const CHUNK: usize = 1 << 17;

/// A question made ready for a star. Folded in any partition and merged in any order it gives the same state, byte for
/// byte in its serialized form, and so the same answer at any number of threads or machines.
pub trait Measure: Sync {
    /// What is known after some rows; of none, its default.
    type State: State;
    /// What is told in the end.
    type Answer;

    /// How many rows there are to fold.
    fn rows(&self) -> usize;

    /// What a range of rows says.
    fn fold(&self, rows: Range<usize>) -> Self::State;

    /// The plain answer.
    fn finish(&self, state: Self::State) -> Self::Answer;

    /// Folds on every core.
    fn answer(&self) -> Self::Answer {
        let rows = self.rows();
        let whole = (0..rows.div_ceil(CHUNK))
            .into_par_iter()
            .map(|chunk| self.fold(chunk * CHUNK..rows.min((chunk + 1) * CHUNK)))
            .reduce(Self::State::default, State::merge);
        self.finish(whole)
    }
}

/// What is known after some rows.
pub trait State: Default + Send + Serialize + DeserializeOwned {
    /// What is known after the rows of both; in any order.
    #[must_use]
    fn merge(self, other: Self) -> Self;
}

/// How often each value occurs, in the order of the values.
pub(super) type Tally = Vec<(i32, u64)>;

/// Counts equal values, by counters where the values lie close together.
pub(super) fn tally(mut values: Vec<i32>) -> Tally {
    let (Some(least), Some(most)) = (values.iter().min().copied(), values.iter().max().copied()) else {
        return Vec::new();
    };
    let place = |value: i32| usize::try_from(i64::from(value) - i64::from(least)).unwrap_or(usize::MAX);
    let range = place(most).saturating_add(1);
    if range / 4 <= values.len() {
        let mut counts = vec![0_u64; range];
        for value in values {
            counts[place(value)] += 1;
        }
        return (least..=most).zip(counts).filter(|(_, count)| *count > 0).collect();
    }
    values.sort_unstable();
    let runs = values.chunk_by(|one, other| one == other);
    runs.map(|run| (run[0], run.len() as u64)).collect()
}

/// Two ordered lists as one; `join` adds the second of two equal elements to the first, or says that both stay.
pub(super) fn merged<T>(
    one: Vec<T>,
    other: Vec<T>,
    order: impl Fn(&T, &T) -> std::cmp::Ordering,
    join: impl Fn(&mut T, &T) -> bool,
) -> Vec<T> {
    if one.is_empty() || other.is_empty() {
        return if one.is_empty() { other } else { one };
    }
    let mut all: Vec<T> = Vec::with_capacity(one.len() + other.len());
    let (mut one, mut other) = (one.into_iter().peekable(), other.into_iter().peekable());
    loop {
        let next = match (one.peek(), other.peek()) {
            (Some(a), Some(b)) if order(a, b).is_gt() => other.next(),
            (Some(_), _) => one.next(),
            (None, _) => other.next(),
        };
        let Some(next) = next else { return all };
        let is_joined = all
            .last_mut()
            .is_some_and(|last| order(last, &next).is_eq() && join(last, &next));
        if !is_joined {
            all.push(next);
        }
    }
}

/// Two tallies as one: counts by days, or by whatever else is told apart.
pub(super) fn merged_tally<K: Ord>(one: Vec<(K, u64)>, other: Vec<(K, u64)>) -> Vec<(K, u64)> {
    merged(
        one,
        other,
        |a, b| a.0.cmp(&b.0),
        |a, b| {
            a.1 += b.1;
            true
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_near_and_far_are_counted_alike() {
        assert_eq!(tally(vec![3, 1, 3, 2]), [(1, 1), (2, 1), (3, 2)]);
        assert_eq!(
            tally(vec![i32::MAX, i32::MIN, i32::MAX]),
            [(i32::MIN, 1), (i32::MAX, 2)]
        );
        assert_eq!(tally(Vec::new()), []);
        assert_eq!(
            merged_tally(vec![(1, 2), (5, 1)], vec![(0, 1), (1, 1)]),
            [(0, 1), (1, 3), (5, 1)]
        );
    }
}
