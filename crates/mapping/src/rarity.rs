//! How rare words, names, domains and cities are in two lists together: what agrees by chance says little. It must not
//! compare records.

use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};

use rayon::prelude::*;

use crate::normalise::tables::COMMON;
use crate::normalise::{Records, eighths};

/// The records that what is known of words anywhere counts for.
pub(crate) const KNOWN_RECORDS: u64 = 2_000;
const ROWS: usize = 4 << 10;
/// The things that are counted at a time.
const BATCH: usize = 32;

/// Counts by hash in a fixed table: two things that share a slot are counted as one, one in some dozens, and look a little
/// more common than they are. Sums do not depend on the order, so threads may add at once. Nearly all things are rare: a
/// byte counts the first of each, so that the table stays near, and what has more is counted on beside it.
struct Counts {
    slots: Vec<AtomicU8>,
    more: Vec<AtomicU32>,
    shift: u32,
    // How many slots, as a power of two, count on in one place.
    shared: u32,
}

/// From so many on a slot counts beside its byte: as many threads as the rest of the byte may add at once.
const BYTE_FULL: u8 = 64;
/// The places in which slots count on, as a power of two, at most: few things are common.
const MORE_BITS: u32 = 20;

impl Counts {
    fn new(things: usize) -> Self {
        let bits = things.clamp(1 << 8, 1 << 24).next_power_of_two().trailing_zeros();
        Self {
            slots: (0..1_usize << bits).map(|_| AtomicU8::new(0)).collect(),
            more: (0..1_usize << bits.min(MORE_BITS)).map(|_| AtomicU32::new(0)).collect(),
            shift: 64 - bits,
            shared: bits.saturating_sub(MORE_BITS),
        }
    }

    fn slot(&self, hash: u64) -> usize {
        // Short hashes fill the upper half alone.
        usize::try_from(hash >> self.shift).unwrap_or(0)
    }

    /// Counts things; zero is none. To add waits for memory each time, to look does not: their slots are looked at first.
    fn add(&self, hashes: &[u64]) {
        let seen = |hash: &u64| self.slots[self.slot(*hash)].load(Ordering::Relaxed);
        std::hint::black_box(hashes.iter().fold(0, |all, hash| all ^ seen(hash)));
        for hash in hashes.iter().filter(|hash| **hash != 0) {
            if seen(hash) >= BYTE_FULL || !self.add_near(self.slot(*hash)) {
                self.more[self.slot(*hash) >> self.shared].fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    // Whether the byte had room. Of threads that fill it at once one does: a count does not depend on who came first.
    fn add_near(&self, slot: usize) -> bool {
        let had_room = self.slots[slot].fetch_add(1, Ordering::Relaxed) < BYTE_FULL;
        if !had_room {
            self.slots[slot].fetch_sub(1, Ordering::Relaxed);
        }
        had_room
    }

    fn of(&self, hash: u64) -> u64 {
        let slot = self.slot(hash);
        let first = self.slots[slot].load(Ordering::Relaxed);
        let more = if first < BYTE_FULL {
            0
        } else {
            self.more[slot >> self.shared].load(Ordering::Relaxed)
        };
        u64::from(first) + u64::from(more)
    }
}

fn long(hash: u32) -> u64 {
    u64::from(hash) << 32
}

/// Hands on what things hash to, some at a time.
fn each<T>(things: &[T], hash: impl Fn(&T) -> u64, take: impl Fn(&[u64])) {
    let mut hashes = [0; BATCH];
    for batch in things.chunks(BATCH) {
        for (slot, thing) in hashes.iter_mut().zip(batch) {
            *slot = hash(thing);
        }
        take(&hashes[..batch.len()]);
    }
}

/// Writes into both lists' records how rare their words, names, domains and cities are, in eighths of a bit.
pub fn weigh(ours: &mut Records, theirs: &mut Records) {
    let records = ours.len() + theirs.len();
    let (words, names, domains, cities) = (
        Counts::new(records * 3),
        Counts::new(records * 2),
        Counts::new(records * 2),
        Counts::new(1 << 16),
    );
    for list in [&*ours, &*theirs] {
        list.parts.par_iter().for_each(|part| {
            each(&part.tokens, |token| long(token.hash), |hashes| words.add(hashes));
            each(&part.further, |one| one.domain, |hashes| domains.add(hashes));
        });
        list.all.par_chunks(ROWS).for_each(|part| {
            each(part, |record| record.name, |hashes| names.add(hashes));
            each(part, |record| record.domain, |hashes| domains.add(hashes));
            each(part, |record| long(record.city), |hashes| cities.add(hashes));
        });
    }
    let all = records as u64;
    // Short lists are a part of a world: what all of them have in common is not therefore common.
    let weight = |count: u64| u8::try_from(eighths(all + KNOWN_RECORDS, count.max(1)).min(255)).unwrap_or(255);
    let word_weight = |hash: u32| {
        let known = COMMON.get(long(hash)).map_or(2, u64::from);
        // Of a million and more, so that fractions of a record count.
        let count = (words.of(long(hash)) * 1_000_000).saturating_add(KNOWN_RECORDS * known);
        let bits = eighths((all + KNOWN_RECORDS) * 1_000_000, count);
        u8::try_from(bits.min(255)).unwrap_or(255)
    };
    for list in [ours, theirs] {
        list.parts.par_iter_mut().for_each(|part| {
            part.tokens
                .iter_mut()
                .for_each(|token| token.weight = word_weight(token.hash));
            part.further
                .iter_mut()
                .for_each(|one| one.weight = weight(domains.of(one.domain)));
        });
        list.all.par_chunks_mut(ROWS).for_each(|part| {
            for record in part {
                record.name_weight = weight(names.of(record.name));
                record.domain_weight = weight(domains.of(record.domain));
                record.city_weight = weight(cities.of(long(record.city)));
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_are_counted_exactly_however_many_there_are_and_whichever_thread_counts() {
        let times = [1, 63, 64, 65, 66, 255, 256, 1_000, 100_000];
        let things = || (1_u64..).map(|one| one << 56).zip(times);
        let all: Vec<u64> = (0..100_000)
            .flat_map(|at| things().filter(move |(_, times)| at < *times).map(|(thing, _)| thing))
            .collect();
        for things_expected in [1 << 8, 1 << 23] {
            let counts = Counts::new(things_expected);
            all.par_chunks(BATCH).for_each(|hashes| counts.add(hashes));
            things().for_each(|(thing, times)| assert_eq!(counts.of(thing), times));
            assert_eq!(counts.of(200 << 56), 0);
        }
    }
}
