//! Candidates: the pairs of records that have a key in common, groups that are too large left out. It must not score.

use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use crate::keys::{Scale, keys, kind};
use crate::normalise::{Records, eighths};

/// Two records that have keys in common, by their places in their lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Candidate {
    /// Ours.
    pub ours: u32,
    /// Theirs.
    pub theirs: u32,
    /// How rare the keys are that they share, in eighths of a bit, added up.
    pub evidence: u16,
    /// How rare the rarest of them is.
    pub rarest: u8,
    /// The kinds of these keys, as bits.
    pub kinds: u8,
}

/// The pairs that are looked at, at most, for each record of both lists together.
const PAIRS_PER_RECORD: u64 = 4;
/// The pairs that are looked at however short the lists are.
const PAIRS_FREE: u64 = 3_000_000;
/// The pairs of one group, at most: 300 by 300 records and some, as a power of two.
const GROUP_PAIRS_BITS: usize = 17;

// A key and whose it is in one word: 39 bits of the key, the side, 24 bits of the place. Eight more bits of the key say
// in which part the word is. Two keys of ten million that agree by chance give a pair that the score refuses.
const PARTS: usize = 256;
const PLACE_BITS: u32 = 24;
const PLACE: u64 = (1 << PLACE_BITS) - 1;
const THEIRS: u64 = 1 << PLACE_BITS;
const ROWS: usize = 4 << 10;
/// The keys of a record for which room is made at once.
const KEYS: usize = 17;

/// The pairs of some keys, in order of their spans.
struct Block {
    words: Vec<u64>,
    ends: Vec<u32>,
}

impl Block {
    fn part(&self, part: usize) -> &[u64] {
        let from = part.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.words[from as usize..self.ends[part] as usize]
    }
}

/// The pairs of records that share keys, in order of ours, then theirs.
pub fn candidates(ours: &Records, theirs: &Records, scale: Scale) -> Vec<Candidate> {
    let parts = sorted(ours, theirs, scale);
    let cap = cap(&parts, scale);
    let spans = spans(ours.len());
    let found: Vec<Block> = parts
        .into_par_iter()
        .map(|part| pairs(&part, cap, scale, spans))
        .collect();
    let by_span = (0..spans.count).into_par_iter().map(|span| {
        let mut pairs: Vec<u64> = found.iter().flat_map(|block| block.part(span)).copied().collect();
        pairs.sort_unstable();
        distinct(&pairs)
    });
    by_span.collect::<Vec<_>>().concat()
}

/// The keys of both lists in their parts, each sorted.
fn sorted(ours: &Records, theirs: &Records, scale: Scale) -> Vec<Vec<u64>> {
    let rows = |records: &Records, side: u64| {
        let length = records.len();
        let starts = (0..length).step_by(ROWS);
        starts
            .map(|start| (side, start..(start + ROWS).min(length)))
            .collect::<Vec<_>>()
    };
    let work = [rows(ours, 0), rows(theirs, THEIRS)].concat();
    let room = (ours.len() + theirs.len()) * KEYS / PARTS;
    let parts: Vec<Mutex<Vec<u64>>> = (0..PARTS).map(|_| Mutex::new(Vec::with_capacity(room))).collect();
    work.into_par_iter().for_each_init(Made::default, |made, (side, rows)| {
        let records = if side == 0 { ours } else { theirs };
        for row in rows {
            keys(records, &records.all[row], scale, &mut made.keys);
            for key in &made.keys {
                made.parts[usize::from(part(*key))].push(word(*key, side, row));
            }
        }
        for (all, words) in parts.iter().zip(&mut made.parts) {
            all.lock().unwrap_or_else(PoisonError::into_inner).append(words);
        }
    });
    // In whichever order they came, they are sorted; and where they lie, since to copy them takes as much memory again.
    parts
        .into_par_iter()
        .map_init(Seen::new, |seen, part| {
            let mut words = part.into_inner().unwrap_or_else(PoisonError::into_inner);
            seen.keep_shared(&mut words);
            words.sort_unstable();
            // A record may make a key twice.
            words.dedup();
            words
        })
        .collect()
}

/// What one block of rows after the other is made in: the keys of a row, and the words of the block in their parts.
struct Made {
    keys: Vec<u64>,
    parts: [Vec<u64>; PARTS],
}

impl Default for Made {
    fn default() -> Self {
        Self {
            keys: Vec::new(),
            parts: [const { Vec::new() }; PARTS],
        }
    }
}

fn part(key: u64) -> u8 {
    u8::try_from(key >> 56).unwrap_or(u8::MAX)
}

fn word(key: u64, side: u64, row: usize) -> u64 {
    (key << 8) >> 25 << 25 | side | row as u64
}

// Bits of a part's keys by which the lists are told apart: 128 kB a list, and few keys that share one.
const SEEN_BITS: u32 = 20;

/// The keys of a part that either list has, by some of their bits.
struct Seen([Vec<u64>; 2]);

impl Seen {
    fn new() -> Self {
        Self([0, THEIRS].map(|_| vec![0; 1 << (SEEN_BITS - 6)]))
    }

    /// Drops most of the words whose key only one list has: they make no pair, and need not be sorted.
    fn keep_shared(&mut self, words: &mut Vec<u64>) {
        let place = |word: u64| usize::try_from(word >> (u64::BITS - SEEN_BITS)).unwrap_or(0);
        let list = |word: u64| usize::from(word & THEIRS != 0);
        self.0.iter_mut().for_each(|seen| seen.fill(0));
        for word in &*words {
            let at = place(*word);
            self.0[list(*word)][at / 64] |= 1 << (at % 64);
        }
        words.retain(|word| {
            let at = place(*word);
            self.0[1 - list(*word)][at / 64] >> (at % 64) & 1 == 1
        });
    }
}

/// From how many there are of each, where each begins; and how many there are in all.
fn starts(counts: &mut [u32]) -> usize {
    let mut sum = 0;
    for count in counts {
        (*count, sum) = (sum, sum + *count);
    }
    sum as usize
}

/// The groups of a part that have records of both lists: ours, then theirs.
fn groups(part: &[u64]) -> impl Iterator<Item = (&[u64], &[u64])> {
    part.chunk_by(|one, other| one >> 25 == other >> 25)
        .map(|group| group.split_at(group.partition_point(|word| word & THEIRS == 0)))
        .filter(|(ours, theirs)| !ours.is_empty() && !theirs.is_empty())
}

fn product(ours: &[u64], theirs: &[u64]) -> u64 {
    ours.len() as u64 * theirs.len() as u64
}

/// The most pairs that a group may have, so that all groups together keep within what may be looked at.
fn cap(parts: &[Vec<u64>], scale: Scale) -> u64 {
    let totals = parts
        .par_iter()
        .map(|part| {
            let mut totals = [0_u64; 64];
            for (ours, theirs) in groups(part) {
                let pairs = product(ours, theirs);
                totals[pairs.ilog2() as usize] += pairs;
            }
            totals
        })
        .reduce(
            || [0; 64],
            |one, other| std::array::from_fn(|bits| one[bits] + other[bits]),
        );
    let most = (scale.records * PAIRS_PER_RECORD).max(PAIRS_FREE);
    let mut sum = 0;
    let fits = totals.iter().take_while(|total| {
        sum += **total;
        sum <= most
    });
    1 << fits.count().min(GROUP_PAIRS_BITS)
}

/// Ranges of our records, so that pairs can be sorted a range at a time.
#[derive(Clone, Copy)]
struct Spans {
    count: usize,
    shift: u32,
}

fn spans(records: usize) -> Spans {
    let bits = usize::BITS - records.leading_zeros();
    let shift = bits.saturating_sub(8);
    Spans {
        count: (records >> shift) + 1,
        shift,
    }
}

/// The pairs of a part by span: places of ours and theirs and the evidence, in one word.
fn pairs(part: &[u64], cap: u64, scale: Scale, spans: Spans) -> Block {
    let within = || groups(part).filter(|(ours, theirs)| product(ours, theirs) < cap);
    let span = |one: &u64| usize::try_from((one & PLACE) >> spans.shift).unwrap_or(0);
    let mut ends = vec![0_u32; spans.count];
    for (ours, theirs) in within() {
        let count = u32::try_from(theirs.len()).unwrap_or(u32::MAX);
        ours.iter().for_each(|one| ends[span(one)] += count);
    }
    let mut words = vec![0; starts(&mut ends)];
    for (ours, theirs) in within() {
        let size = (ours.len() + theirs.len()) as u64;
        let evidence = u64::from(eighths(scale.records, size).min(255)) | 1 << (8 + kind(ours[0] >> 8));
        for one in ours {
            let at = &mut ends[span(one)];
            let room = &mut words[*at as usize..][..theirs.len()];
            for (word, other) in room.iter_mut().zip(theirs) {
                *word = (one & PLACE) << 40 | (other & PLACE) << 16 | evidence;
                *at += 1;
            }
        }
    }
    Block { words, ends }
}

/// Each pair once, with the sum of its evidence.
fn distinct(pairs: &[u64]) -> Vec<Candidate> {
    let place = |word: u64| u32::try_from(word & PLACE).unwrap_or(u32::MAX);
    pairs
        .chunk_by(|one, other| one >> 16 == other >> 16)
        .map(|pair| {
            let sum: u64 = pair.iter().map(|word| word & 0xFF).sum();
            let rarest = pair.iter().map(|word| word & 0xFF).max().unwrap_or(0);
            let kinds = pair.iter().fold(0, |kinds, word| kinds | word >> 8 & 0xFF);
            Candidate {
                ours: place(pair[0] >> 40),
                theirs: place(pair[0] >> 16),
                evidence: u16::try_from(sum).unwrap_or(u16::MAX),
                rarest: u8::try_from(rarest).unwrap_or(u8::MAX),
                kinds: u8::try_from(kinds).unwrap_or(u8::MAX),
            }
        })
        .collect()
}
