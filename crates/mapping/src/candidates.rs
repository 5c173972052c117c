//! Candidates: the pairs of records that have a key in common, groups that are too large left out. It must not score.

use rayon::prelude::*;

use crate::keys::{Scale, keys, kind};
use crate::normalise::{Records, eighths};
use crate::parts::{PLACE, Seen, THEIRS, blocks, gathered, is_same, word};
use crate::spelling::Spellings;

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
const PAIRS_PER_RECORD: u64 = 2;
/// Of so many records each has one pair at most, of a hundredth as many ten: of short lists more can be looked at.
const ONE_PAIR_RECORDS: u64 = 10_000_000;
/// The pairs of one group, at most: 300 by 300 records and some, as a power of two.
const GROUP_PAIRS_BITS: usize = 17;

/// The keys of a record for which room is made at once.
const KEYS: usize = 10;

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
pub fn candidates(ours: &Records, theirs: &Records, spellings: &Spellings, scale: Scale) -> Vec<Candidate> {
    let parts = sorted(ours, theirs, spellings, scale);
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

/// The keys of both lists in their parts, each sorted. A word is a key and whose it is; two keys of ten million that agree
/// by chance give a pair that the score refuses.
fn sorted(ours: &Records, theirs: &Records, spellings: &Spellings, scale: Scale) -> Vec<Vec<u64>> {
    let room = (ours.len() + theirs.len()) * KEYS;
    let parts = gathered(blocks(ours, theirs), room, |block, made: &mut Vec<u64>, parts| {
        let of = block.records;
        for (place, record) in block.each() {
            keys(of, record, scale, made);
            made.iter().for_each(|key| parts.put(*key, word(*key, place)));
        }
    });
    // In whichever order they came, they are sorted; and where they lie, since to copy them takes as much memory again.
    parts
        .into_par_iter()
        .zip(&spellings.parts)
        .map_init(Seen::<2>::default, |seen, (mut words, misspelt)| {
            words.extend_from_slice(misspelt);
            seen.keep_shared(&mut words, |word| usize::from(word & THEIRS != 0));
            words.sort_unstable();
            // A record may make a key twice.
            words.dedup();
            words
        })
        .collect()
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
    part.chunk_by(is_same)
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
    let most = (scale.records * PAIRS_PER_RECORD).max((scale.records * ONE_PAIR_RECORDS).isqrt());
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
