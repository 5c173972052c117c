//! Step 4, assign: what a pair's rivals say of it. A pair is weighed against the best other pair of either record, and
//! keeps its place where it is within a margin of both. It must not read records' texts itself.

use rayon::prelude::*;

use crate::candidates::Candidate;
use crate::features::{FEATURES, Features, LETTERS};
use crate::model::Model;
use crate::normalise::{Records, eighths};
use crate::rarity::KNOWN_RECORDS;
use crate::score::{FIRST, duplicates};

/// How many questions are asked of a pair among its rivals, those of the pair itself included.
pub const STANDINGS: usize = FEATURES + OWN;
const OWN: usize = 13;

/// The names of the questions that rivals add, in the order in which they stand behind those of the pair.
pub const STANDING_NAMES: [&str; OWN] = [
    "score",
    "ahead_ours",
    "ahead_theirs",
    "ahead_least",
    "best_ours",
    "best_theirs",
    "rivals_ours",
    "rivals_theirs",
    "twin_ours",
    "twin_theirs",
    "records",
    "duplicates",
    "alike",
];

/// What is known of a pair, and of it among its rivals.
pub type Standing = [u8; STANDINGS];

/// A pair and its first score.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scored {
    /// The pair.
    pub pair: Candidate,
    /// What was compared.
    pub features: Features,
    /// Its log-odds by itself, in 1/1024.
    pub score: i32,
}

/// Rivals this many 1/1024 log-odds below a pair count as near.
pub const MARGIN: i32 = 4 << 10;

// From this many 1/1024 log-odds by itself a pair is worth asking whether its rivals are duplicates: 1 in 55.
const WEAK: i32 = -4 << 10;

/// The two best pairs of a record: their scores and whose they are.
#[derive(Debug, Clone, Copy)]
struct Best {
    scores: [i32; 2],
    others: [u32; 2],
    near: u8,
}

const NOBODY: u32 = u32::MAX;

impl Best {
    const NONE: Self = Self {
        scores: [i32::MIN; 2],
        others: [NOBODY; 2],
        near: 0,
    };

    // Of equal scores the one that comes first in the list.
    fn offer(&mut self, score: i32, other: u32) {
        let above =
            |at: usize| (score, std::cmp::Reverse(other)) > (self.scores[at], std::cmp::Reverse(self.others[at]));
        if above(0) {
            (self.scores, self.others) = ([score, self.scores[0]], [other, self.others[0]]);
        } else if above(1) {
            (self.scores[1], self.others[1]) = (score, other);
        }
    }

    fn rival(&self, other: u32) -> (i32, u32) {
        let at = usize::from(self.others[0] == other);
        (self.scores[at], self.others[at])
    }
}

/// The standing of each pair among the others, in their order.
pub fn standings(ours: &Records, theirs: &Records, scored: &[Scored]) -> Vec<Standing> {
    standings_by(&FIRST, ours, theirs, scored)
}

/// The same by another model of a pair by itself than the tree's: by the one that was just trained.
pub fn standings_by(first: &Model, ours: &Records, theirs: &Records, scored: &[Scored]) -> Vec<Standing> {
    let ((best_of_ours, twins_theirs), (best_of_theirs, twins_ours)) = rayon::join(
        || rivals(first, (ours, theirs), scored, |pair| (pair.ours, pair.theirs)),
        || rivals(first, (theirs, ours), scored, |pair| (pair.theirs, pair.ours)),
    );
    let best = [best_of_ours, best_of_theirs];
    let records =
        u8::try_from(eighths((ours.len() + theirs.len()) as u64 + KNOWN_RECORDS, 1).min(255)).unwrap_or(u8::MAX);
    let duplicates = multiplicity(&best, scored);
    let alike = likeness(scored);
    let standing = |((one, twin_ours), twin_theirs): ((&Scored, &u8), &u8)| {
        let [of_ours, of_theirs] = [&best[0][one.pair.ours as usize], &best[1][one.pair.theirs as usize]];
        let (rival, _) = of_ours.rival(one.pair.theirs);
        let (other_rival, _) = of_theirs.rival(one.pair.ours);
        let own = [
            level(one.score),
            ahead(one.score, rival),
            ahead(one.score, other_rival),
            ahead(one.score, rival.max(other_rival)),
            level(rival),
            level(other_rival),
            of_ours.near,
            of_theirs.near,
            *twin_ours,
            *twin_theirs,
            records,
            duplicates,
            alike,
        ];
        let mut standing = [0; STANDINGS];
        standing[..FEATURES].copy_from_slice(&one.features);
        standing[FEATURES..].copy_from_slice(&own);
        standing
    };
    let all = scored.par_iter().zip(&twins_ours).zip(&twins_theirs);
    all.map(standing).collect()
}

/// The best pairs of each record of one list, and of each pair whether its rival in the other list is the same company.
fn rivals(
    first: &Model,
    (of, others): (&Records, &Records),
    scored: &[Scored],
    sides: impl Fn(&Candidate) -> (u32, u32) + Copy,
) -> (Vec<Best>, Vec<u8>) {
    let best = bests(of.len(), scored, sides);
    let twins = twins(first, others, &best, scored, sides);
    (best, twins)
}

/// The best pairs of each record of a list, and how many are near its best.
fn bests(records: usize, scored: &[Scored], sides: impl Fn(&Candidate) -> (u32, u32)) -> Vec<Best> {
    let mut bests = vec![Best::NONE; records];
    for one in scored {
        let (of, other) = sides(&one.pair);
        bests[of as usize].offer(one.score, other);
    }
    for one in scored {
        let best = &mut bests[sides(&one.pair).0 as usize];
        let is_near = one.score >= best.scores[0].saturating_sub(MARGIN);
        best.near = best.near.saturating_add(u8::from(is_near));
    }
    bests
}

// From this many 1/1024 log-odds by itself a pair is as good as sure: 20 to 1.
const SURE: i32 = 3 << 10;

// A few records that are found twice do not make a list of duplicates.
const SINGLE: u64 = 30;

/// How many sure pairs a record that has one is in, in eighths of a bit: how far the lists hold companies more than once.
fn multiplicity(best: &[Vec<Best>; 2], scored: &[Scored]) -> u8 {
    let pairs = scored.iter().filter(|one| one.score >= SURE).count();
    let records = best
        .each_ref()
        .map(|best| best.iter().filter(|best| best.scores[0] >= SURE).count());
    let bits = eighths(pairs as u64 + SINGLE, records[0].min(records[1]) as u64 + SINGLE);
    u8::try_from(bits).unwrap_or(u8::MAX)
}

// What is thought of few sure pairs: that half are written alike.
const FEW: u64 = 20;

/// How many of the sure pairs are written alike, of 255: how far the lists write one company in one way.
fn likeness(scored: &[Scored]) -> u8 {
    let sure = scored.iter().filter(|one| one.score >= SURE);
    let (sure, alike) = sure.fold((FEW, FEW / 2), |(sure, alike), one| {
        (sure + 1, alike + u64::from(one.features[LETTERS] == u8::MAX))
    });
    u8::try_from((alike * 255 + sure / 2) / sure).unwrap_or(u8::MAX)
}

// A tenth of a log-odds, 0 at -12.8.
fn level(score: i32) -> u8 {
    u8::try_from((score.saturating_mul(10) / units(1)).saturating_add(128).clamp(0, 255)).unwrap_or(0)
}

// How far the pair is ahead of its rival, in tenths of a log-odds, 128 where they are even.
fn ahead(score: i32, rival: i32) -> u8 {
    level(score.saturating_sub(rival))
}

const fn units(log_odds: i32) -> i32 {
    log_odds << 10
}

/// Whether the rivals on one side may be the same company once more: then they are none. Duplicates within a list, looked for
/// where a pair that is not hopeless has a rival that is not far behind: their log-odds by themselves, else 0.
fn twins(
    first: &Model,
    records: &Records,
    best: &[Best],
    scored: &[Scored],
    sides: impl Fn(&Candidate) -> (u32, u32),
) -> Vec<u8> {
    let mut twins = vec![0; scored.len()];
    let mut asked = Vec::new();
    for (place, one) in scored.iter().enumerate() {
        let (of, other) = sides(&one.pair);
        let (score, rival) = best[of as usize].rival(other);
        let is_near = score >= one.score.saturating_sub(MARGIN);
        if rival != NOBODY && is_near && one.score >= WEAK {
            asked.push(((other.min(rival), other.max(rival)), place));
        }
    }
    // Two rivals ask of each other: each pair is scored once.
    asked.sort_unstable();
    let groups: Vec<_> = asked.chunk_by(|one, other| one.0 == other.0).collect();
    let pairs: Vec<(u32, u32)> = groups.iter().map(|group| group[0].0).collect();
    for (group, score) in groups.into_iter().zip(duplicates(first, records, &pairs)) {
        for (_, place) in group {
            twins[*place] = level(score).max(1);
        }
    }
    twins
}
