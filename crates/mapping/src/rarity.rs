//! How rare words, names, domains and cities are in two lists together: what agrees by chance says little. It must not
//! compare records.

use std::sync::atomic::{AtomicU32, Ordering};

use rayon::prelude::*;

use crate::normalise::tables::COMMON;
use crate::normalise::{Records, eighths};

/// The records that what is known of words anywhere counts for.
pub(crate) const KNOWN_RECORDS: u64 = 2_000;
const ROWS: usize = 4 << 10;
/// The things that are counted at a time.
const BATCH: usize = 32;

/// Counts by hash in a fixed table: two things that share a slot are counted as one, one in some dozens, and look a little
/// more common than they are. Sums do not depend on the order, so threads may add at once.
struct Counts {
    slots: Vec<AtomicU32>,
    shift: u32,
}

impl Counts {
    fn new(things: usize) -> Self {
        let bits = things.clamp(1 << 8, 1 << 24).next_power_of_two().trailing_zeros();
        Self {
            slots: (0..1_usize << bits).map(|_| AtomicU32::new(0)).collect(),
            shift: 64 - bits,
        }
    }

    fn slot(&self, hash: u64) -> &AtomicU32 {
        // Short hashes fill the upper half alone.
        &self.slots[usize::try_from(hash >> self.shift).unwrap_or(0)]
    }

    /// Counts things; zero is none. To add waits for memory each time, to look does not: their slots are looked at first.
    fn add(&self, hashes: &[u64]) {
        std::hint::black_box(hashes.iter().fold(0, |all, hash| all ^ self.of(*hash)));
        for hash in hashes.iter().filter(|hash| **hash != 0) {
            self.slot(*hash).fetch_add(1, Ordering::Relaxed);
        }
    }

    fn of(&self, hash: u64) -> u64 {
        u64::from(self.slot(hash).load(Ordering::Relaxed))
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
