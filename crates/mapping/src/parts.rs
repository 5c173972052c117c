//! Hashes of both lists' records gathered from many threads into parts, each small enough for a core's nearest memory. It
//! must not know what was hashed.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use crate::normalise::{Record, Records};

/// How many parts there are: one for each value of the upper eight bits of a hash.
const PARTS: usize = 256;
const PLACE_BITS: u32 = 24;
/// The bits of a record's place in its list.
pub(crate) const PLACE: u64 = (1 << PLACE_BITS) - 1;
/// The bit of a record of theirs.
pub(crate) const THEIRS: u64 = 1 << PLACE_BITS;
/// The rows that one thread takes at a time.
const ROWS: usize = 2 << 10;

/// A hash and whose it is in one word: 39 bits of the hash, the side, 24 bits of the place. Eight more bits of the hash say
/// in which part the word is.
pub(crate) const fn word(hash: u64, place: u64) -> u64 {
    (hash << 8) >> 25 << 25 | place
}

/// Whether two words are of the same hash.
pub(crate) fn is_same(one: &u64, other: &u64) -> bool {
    one >> 25 == other >> 25
}

/// Some rows of one list.
#[derive(Debug)]
pub(crate) struct Block<'r> {
    pub(crate) records: &'r Records,
    side: u64,
    rows: Range<usize>,
}

impl<'r> Block<'r> {
    /// Its records, each with its side and place as [`word`] takes them.
    pub(crate) fn each(self) -> impl Iterator<Item = (u64, &'r Record)> {
        let places = (self.side | self.rows.start as u64)..;
        places.zip(&self.records.all[self.rows])
    }
}

/// The rows of both lists, some at a time.
pub(crate) fn blocks<'r>(ours: &'r Records, theirs: &'r Records) -> Vec<Block<'r>> {
    let of = |records: &'r Records, side: u64| {
        let starts = (0..records.len()).step_by(ROWS);
        starts.map(move |start| Block {
            records,
            side,
            rows: start..(start + ROWS).min(records.len()),
        })
    };
    of(ours, 0).chain(of(theirs, THEIRS)).collect()
}

/// What one thread has made, in its parts.
pub(crate) struct Made([Vec<u64>; PARTS]);

impl Made {
    /// Puts a word into the part of its hash.
    pub(crate) fn put(&mut self, hash: u64, word: u64) {
        self.0[usize::from(u8::try_from(hash >> 56).unwrap_or(u8::MAX))].push(word);
    }
}

/// The words that are made of all work, in the parts of their hashes. The order within a part is that of the threads: who
/// needs one sorts. Room is made at once for about so many words.
pub(crate) fn gathered<W: Send, R: Default>(
    work: Vec<W>,
    words: usize,
    make: impl Fn(W, &mut R, &mut Made) + Sync,
) -> Vec<Vec<u64>> {
    let parts: Vec<Mutex<Vec<u64>>> = (0..PARTS)
        .map(|_| Mutex::new(Vec::with_capacity(words / PARTS)))
        .collect();
    let rooms = || (R::default(), Made([const { Vec::new() }; PARTS]));
    work.into_par_iter().for_each_init(rooms, |(room, made), one| {
        make(one, room, made);
        for (all, words) in parts.iter().zip(&mut made.0) {
            all.lock().unwrap_or_else(PoisonError::into_inner).append(words);
        }
    });
    let parts = parts.into_iter();
    parts
        .map(|part| part.into_inner().unwrap_or_else(PoisonError::into_inner))
        .collect()
}

// Bits of a part's hashes by which classes are told apart, at most: 128 kB a class, and few hashes that share one.
const SEEN_BITS: u32 = 20;
const SEEN_BITS_MIN: u32 = 6;
const SEEN_BITS_PER_WORD: usize = 8;

/// The hashes of a part that each class of words has, by some of their bits.
pub(crate) struct Seen<const CLASSES: usize>([Vec<u64>; CLASSES]);

impl<const CLASSES: usize> Default for Seen<CLASSES> {
    fn default() -> Self {
        Self([const { Vec::new() }; CLASSES])
    }
}

impl<const CLASSES: usize> Seen<CLASSES> {
    /// Drops most of the words whose hash no other class has: they make no pair, and need not be sorted.
    pub(crate) fn keep_shared(&mut self, words: &mut Vec<u64>, class: impl Fn(u64) -> usize) {
        let bits = (words.len() * SEEN_BITS_PER_WORD).next_power_of_two().trailing_zeros();
        let bits = bits.clamp(SEEN_BITS_MIN, SEEN_BITS);
        let place = |word: u64| usize::try_from(word >> (u64::BITS - bits)).unwrap_or(0);
        for seen in &mut self.0 {
            seen.clear();
            seen.resize(1 << (bits - SEEN_BITS_MIN), 0);
        }
        for word in &*words {
            let at = place(*word);
            self.0[class(*word)][at / 64] |= 1 << (at % 64);
        }
        words.retain(|word| {
            let (at, own) = (place(*word), class(*word));
            let seen = |class: usize| self.0[class][at / 64] >> (at % 64) & u64::from(class != own);
            (0..CLASSES).fold(0, |all, class| all | seen(class)) == 1
        });
    }
}
