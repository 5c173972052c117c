//! What is compared of two records, as bytes: the questions that the model asks. It must not weigh the answers.

use rayon::prelude::*;

use crate::candidates::Candidate;
use crate::normalise::{FETCHED, Kind, Record, Records, Token};
use crate::similarity::{Pattern, is_short_for, prefix, share};

/// How many questions there are.
pub const FEATURES: usize = 31;

/// Their names, as the model's file gives them.
pub const NAMES: [&str; FEATURES] = [
    "overlap",
    "contained",
    "covered",
    "agreed",
    "agreed_exactly",
    "rarest_agreed",
    "rarest_left",
    "rarest_left_on_both",
    "left_words",
    "left_units",
    "left_places",
    "numbers",
    "first_word",
    "letters",
    "prefix",
    "name_rarity",
    "name_weight",
    "initials",
    "form",
    "extra",
    "place",
    "domain",
    "domain_rarity",
    "labels",
    "label_name",
    "own_least",
    "own_most",
    "country",
    "city",
    "size",
    "known",
];

// Where the answers stand that others ask for.
pub(crate) const OVERLAP: usize = 0;
pub(crate) const RAREST_AGREED: usize = 5;
pub(crate) const LETTERS: usize = 13;
pub(crate) const NAME_RARITY: usize = 15;
pub(crate) const DOMAIN: usize = 21;
pub(crate) const DOMAIN_RARITY: usize = 22;
pub(crate) const LABELS: usize = 23;
pub(crate) const COUNTRY: usize = 27;
pub(crate) const CITY: usize = 28;
pub(crate) const SIZE: usize = 29;
pub(crate) const KNOWN: usize = 30;

/// What is compared of two records, in the order of [`NAMES`].
pub type Features = [u8; FEATURES];

/// What is not known of one or both.
const NONE: u8 = 0;
const ONE: u8 = 1;

/// Compares two records. It does not matter which is whose.
pub(crate) fn features(ours: &Records, a: &Record, theirs: &Records, b: &Record) -> Features {
    let (core_a, core_b) = (ours.core(a), theirs.core(b));
    let words = Words::compare((core_a, ours.tokens(a)), (core_b, theirs.tokens(b)));
    let letters = if core_a == core_b {
        u8::MAX
    } else {
        Pattern::new(core_a).alike(core_b)
    };
    let shorter = core_a.len().min(core_b.len());
    let (label_a, label_b) = (ours.label(a), theirs.label(b));
    let (domain, domain_rarity) = domains((ours, a), (theirs, b));
    let domain = match domain {
        2 if label_a == label_b => 3,
        known => known,
    };
    // Where the domains agree, their labels say nothing more.
    let (labels, label_name) = if domain == SAME_DOMAIN {
        (u8::MAX, u8::MAX)
    } else {
        let label_name = label_name(label_a, core_b).max(label_name(label_b, core_a));
        (labels(label_a, label_b), label_name)
    };
    let own = |one: &Record| if one.label_length() == 0 { None } else { Some(one.own) };
    let owns = [own(a), own(b)];
    [
        share(2 * words.agreed, words.all[0] + words.all[1]),
        share(words.agreed, words.all[0].min(words.all[1])),
        share(words.agreed, words.all[0].max(words.all[1])),
        byte(words.agreed / 2),
        byte(words.exactly / 2),
        words.rarest_agreed,
        words.rarest_left[0].max(words.rarest_left[1]),
        words.rarest_left[0].min(words.rarest_left[1]),
        words.left[0].max(words.left[1]) * 3 + words.left[0].min(words.left[1]),
        sides(words.units),
        sides(words.places),
        words.numbers(),
        words.first,
        letters,
        share(len(prefix(core_a, core_b)), len(shorter)),
        a.name_weight.min(b.name_weight),
        byte(words.all[0].min(words.all[1]) / 2),
        initials(core_a, ours.tokens(a), core_b, theirs.tokens(b)),
        relation(a.form, b.form),
        a.extra() | b.extra(),
        place(a, b),
        domain,
        domain_rarity,
        labels,
        label_name,
        owns.iter().flatten().min().copied().unwrap_or(0),
        owns.iter().flatten().max().copied().unwrap_or(0),
        relation(a.country, b.country),
        city(a, b),
        if a.size == 0 || b.size == 0 {
            u8::MAX
        } else {
            a.size.abs_diff(b.size).min(254)
        },
        numbers(a, b) | if is_family(ours, a, theirs, b) { FAMILY } else { 0 },
    ]
}

// Of what is known, the bits that say how registration numbers stand to each other, and the one that says a family.
const NUMBERS: u8 = 3;
const FAMILY: u8 = 4;

/// Whether both have a registration number, and whether it is the same: above every likeness.
pub(crate) const fn is_same_number(features: &Features) -> Option<bool> {
    match features[KNOWN] & NUMBERS {
        2 => Some(true),
        3 => Some(false),
        _ => None,
    }
}

/// Whether they are known to be of one family, however they are written.
pub(crate) const fn is_known_family(features: &Features) -> bool {
    features[KNOWN] & FAMILY != 0
}

/// Whether a company above one of them, or a group that it is of, is the other or above it too.
pub(crate) fn is_family(ours: &Records, a: &Record, theirs: &Records, b: &Record) -> bool {
    if !a.has_family() && !b.has_family() {
        return false;
    }
    let (above_a, above_b) = (ours.family(a), theirs.family(b));
    above_a.clone().any(|one| above_b.clone().any(|other| one == other))
        || ours.domains(a).any(|one| above_b.clone().any(|other| one == other))
        || theirs.domains(b).any(|one| above_a.clone().any(|other| one == other))
}

/// Compares the records of each candidate.
pub fn compare(ours: &Records, theirs: &Records, candidates: &[Candidate]) -> Vec<Features> {
    let places = |pair: &Candidate| (pair.ours, pair.theirs);
    let parts: Vec<Vec<Features>> = candidates
        .par_chunks(FETCHED)
        .map(|pairs| rows(ours, theirs, pairs.iter().map(places)))
        .collect();
    parts.concat()
}

/// Compares records by their places in their lists, on this thread.
pub(crate) fn rows(
    ours: &Records,
    theirs: &Records,
    pairs: impl ExactSizeIterator<Item = (u32, u32)> + Clone,
) -> Vec<Features> {
    let mut rows = Vec::with_capacity(pairs.len());
    let mut ahead = pairs.clone();
    for (at, (one, other)) in pairs.enumerate() {
        // Their records lie anywhere in memory: asked for together, they arrive together.
        if at % FETCHED == 0 {
            theirs.fetch(ahead.by_ref().take(FETCHED).map(|(_, other)| other));
        }
        let (a, b) = (&ours.all[one as usize], &theirs.all[other as usize]);
        rows.push(features(ours, a, theirs, b));
    }
    rows
}

fn byte(number: u32) -> u8 {
    u8::try_from(number).unwrap_or(u8::MAX)
}

fn len(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

fn sides(sides: [bool; 2]) -> u8 {
    u8::from(sides[0]) + u8::from(sides[1])
}

/// How the domains of two records stand to each other, any with any, and how rare the one is that agrees.
fn domains((ours, a): (&Records, &Record), (theirs, b): (&Records, &Record)) -> (u8, u8) {
    let first = domain(a, b);
    if first == SAME_DOMAIN {
        return (first, a.domain_weight);
    }
    if !a.has_further() && !b.has_further() {
        return (first, 0);
    }
    let all = |list: &Records, record: &Record| -> Vec<(u64, u8)> {
        let further = list.further(record).iter().map(|one| (one.domain, one.weight));
        let own = (record.domain != 0).then_some((record.domain, record.domain_weight));
        own.into_iter().chain(further).collect()
    };
    let others = all(theirs, b);
    let agreed = all(ours, a).into_iter().filter(|one| others.contains(one));
    agreed
        .map(|(_, weight)| (SAME_DOMAIN, weight))
        .max()
        .unwrap_or((first, 0))
}

/// What [`domain`] says where both have the same.
pub(crate) const SAME_DOMAIN: u8 = 4;

/// Neither has a domain, one, both another, both the same.
pub(crate) fn domain(a: &Record, b: &Record) -> u8 {
    match (a.domain, b.domain) {
        (0, 0) => NONE,
        (0, _) | (_, 0) => ONE,
        (one, other) if one == other => SAME_DOMAIN,
        _ => 2,
    }
}

/// Neither is known, one, the same, different.
pub(crate) fn relation(one: u8, other: u8) -> u8 {
    match (one, other) {
        (0, 0) => NONE,
        (0, _) | (_, 0) => ONE,
        (one, other) if one == other => 2,
        _ => 3,
    }
}

fn numbers(a: &Record, b: &Record) -> u8 {
    match (a.identifier, b.identifier) {
        (0, 0) => NONE,
        (0, _) | (_, 0) => ONE,
        (one, other) if one == other => 2,
        _ => 3,
    }
}

pub(crate) fn city(a: &Record, b: &Record) -> u8 {
    match (a.city, b.city) {
        (0, 0) => NONE,
        (0, _) | (_, 0) => ONE,
        (one, other) if one == other => a.city_weight.max(3),
        _ => 2,
    }
}

/// Whether the name of one says that it is the unit of a country, and the other is there.
fn place(a: &Record, b: &Record) -> u8 {
    match (a.place, b.place) {
        (0, 0) => 0,
        (one, other) if one == other => 1,
        (one, other) if one != 0 && other != 0 => 5,
        (one, other) => {
            let (named, there) = (one.max(other), if one == 0 { a.country } else { b.country });
            match there {
                0 => 3,
                there if there == named => 2,
                _ => 4,
            }
        }
    }
}

fn labels(one: &[u8], other: &[u8]) -> u8 {
    if one.is_empty() || other.is_empty() {
        0
    } else if one == other {
        u8::MAX
    } else if one.len().min(other.len()) >= 4 && contains(one, other) {
        254
    } else {
        Pattern::new(one).alike(other).min(253)
    }
}

fn contains(one: &[u8], other: &[u8]) -> bool {
    let (short, long) = if one.len() < other.len() {
        (one, other)
    } else {
        (other, one)
    };
    long.windows(short.len()).any(|window| window == short)
}

fn label_name(label: &[u8], core: &[u8]) -> u8 {
    if label.is_empty() || core.is_empty() {
        0
    } else if label == core {
        u8::MAX
    } else {
        Pattern::new(label).alike(core).min(254)
    }
}

/// Whether one is the initials of the other: how many letters, times 40.
fn initials(core_a: &[u8], tokens_a: &[Token], core_b: &[u8], tokens_b: &[Token]) -> u8 {
    let found = if tokens_a.len() < tokens_b.len() {
        are_initials(core_a, tokens_a, core_b, tokens_b)
    } else {
        are_initials(core_b, tokens_b, core_a, tokens_a)
    };
    byte(found * 40)
}

fn are_initials(short: &[u8], short_tokens: &[Token], long: &[u8], tokens: &[Token]) -> u32 {
    let Some(first) = short_tokens.first() else { return 0 };
    let letters = &short[..usize::from(first.length).min(short.len())];
    if !(2..=6).contains(&letters.len()) || tokens.len() < letters.len() {
        return 0;
    }
    let spells = |with_stops: bool| {
        let mut said = tokens
            .iter()
            .filter(|token| with_stops || token.kind != Kind::Stop)
            .map(|token| long[usize::from(token.start)]);
        letters.iter().all(|letter| said.next() == Some(*letter))
    };
    if spells(false) || spells(true) {
        len(letters.len())
    } else {
        0
    }
}

/// How the words of two names agree. Weights are in eighths of a bit.
#[derive(Debug, Default)]
struct Words {
    all: [u32; 2],
    agreed: u32,
    exactly: u32,
    rarest_agreed: u8,
    rarest_left: [u8; 2],
    left: [u8; 2],
    units: [bool; 2],
    places: [bool; 2],
    // A number left over on a side; a number that agrees.
    lone_numbers: [bool; 2],
    number_agrees: bool,
    first: u8,
}

type Side<'r> = (&'r [u8], &'r [Token]);

impl Words {
    fn compare(a: Side<'_>, b: Side<'_>) -> Self {
        let mut words = Self::default();
        let (mut left_a, mut left_b) = (all(a.1), all(b.1));
        words.all = [sum(a.1, left_a), sum(b.1, left_b)];
        words.equal(a.1, b.1, &mut left_a, &mut left_b);
        if left_a != 0 && left_b != 0 {
            words.joined(a, b, &mut left_a, &mut left_b);
            words.joined(b, a, &mut left_b, &mut left_a);
            words.alike(a, b, &mut left_a, &mut left_b);
        }
        words.leave(0, a.1, left_a);
        words.leave(1, b.1, left_b);
        words
    }

    fn equal(&mut self, a: &[Token], b: &[Token], left_a: &mut u16, left_b: &mut u16) {
        for (i, one) in a.iter().enumerate() {
            for (j, other) in b.iter().enumerate() {
                let (bit_a, bit_b) = (1 << i, 1 << j);
                if one.hash != other.hash || *left_a & bit_a == 0 || *left_b & bit_b == 0 {
                    continue;
                }
                *left_a &= !bit_a;
                *left_b &= !bit_b;
                self.agreed += u32::from(one.weight);
                self.exactly += u32::from(one.weight);
                self.rarest_agreed = self.rarest_agreed.max(one.weight);
                self.number_agrees |= one.kind == Kind::Number;
                self.meet(i, j, 4);
            }
        }
    }

    fn meet(&mut self, i: usize, j: usize, how: u8) {
        match (i, j) {
            (0, 0) => self.first = how,
            (0, _) | (_, 0) => self.first = self.first.max(how / 2),
            _ => {}
        }
    }

    // Two words of one are one word of the other: wind river, windriver.
    fn joined(&mut self, apart: Side<'_>, whole: Side<'_>, left_apart: &mut u16, left_whole: &mut u16) {
        for (i, two) in apart.1.windows(2).enumerate() {
            let bits = 0b11 << i;
            let (start, end) = (
                usize::from(two[0].start),
                usize::from(two[1].start) + usize::from(two[1].length),
            );
            for (j, word) in whole.1.iter().enumerate() {
                if *left_apart & bits != bits
                    || *left_whole & (1 << j) == 0
                    || letters(whole.0, *word) != &apart.0[start..end]
                {
                    continue;
                }
                *left_apart &= !bits;
                *left_whole &= !(1 << j);
                self.agreed += u32::from(two[0].weight) + u32::from(two[1].weight);
                self.rarest_agreed = self.rarest_agreed.max(two[0].weight).max(two[1].weight);
                self.meet(i, j, 3);
            }
        }
    }

    // Shortened words and typing errors.
    fn alike(&mut self, a: Side<'_>, b: Side<'_>, left_a: &mut u16, left_b: &mut u16) {
        for (i, one) in a.1.iter().enumerate() {
            for (j, other) in b.1.iter().enumerate() {
                let (bit_a, bit_b) = (1 << i, 1 << j);
                if *left_a & bit_a == 0 || *left_b & bit_b == 0 {
                    continue;
                }
                let quality = quality(letters(a.0, *one), letters(b.0, *other));
                if quality == 0 {
                    continue;
                }
                *left_a &= !bit_a;
                *left_b &= !bit_b;
                self.agreed += u32::from(one.weight.min(other.weight)) * quality / 255;
                self.meet(i, j, 2);
            }
        }
    }

    fn leave(&mut self, side: usize, tokens: &[Token], left: u16) {
        for (_, token) in tokens.iter().enumerate().filter(|(at, _)| left & (1 << at) != 0) {
            match token.kind {
                Kind::Stop => continue,
                Kind::Number => self.lone_numbers[side] = true,
                Kind::Place => self.places[side] = true,
                Kind::Unit | Kind::Scope => self.units[side] = true,
                _ => {
                    self.left[side] = (self.left[side] + 1).min(2);
                    self.rarest_left[side] = self.rarest_left[side].max(token.weight);
                }
            }
        }
    }

    /// None, they agree, one has one, they differ.
    fn numbers(&self) -> u8 {
        match (self.lone_numbers, self.number_agrees) {
            ([false, false], agrees) => u8::from(agrees),
            ([true, true], _) => 3,
            _ => 2,
        }
    }
}

fn all(tokens: &[Token]) -> u16 {
    let said = tokens.iter().enumerate().filter(|(_, token)| token.kind != Kind::Stop);
    said.fold(0, |bits, (at, _)| bits | 1 << at)
}

fn sum(tokens: &[Token], bits: u16) -> u32 {
    let counted = tokens.iter().enumerate().filter(|(at, _)| bits & (1 << at) != 0);
    counted.map(|(_, token)| u32::from(token.weight)).sum()
}

fn letters(core: &[u8], token: Token) -> &[u8] {
    let start = usize::from(token.start);
    &core[start..start + usize::from(token.length)]
}

/// How far two words are the same word, of 255; 0 where they are not.
fn quality(one: &[u8], other: &[u8]) -> u32 {
    let (short, long) = if one.len() <= other.len() {
        (one, other)
    } else {
        (other, one)
    };
    // Few errors are in the first letter, and most pairs of words end here.
    if short[0] != long[0] {
        return 0;
    }
    if short.len() >= 3 && long.starts_with(short) {
        return 210;
    }
    if short.len() == 1 {
        return 90;
    }
    if short.len() >= 4 && long.len() - short.len() <= 2 {
        let alike = Pattern::new(short).alike(long);
        if alike >= 190 {
            return u32::from(alike);
        }
    }
    if short.len() >= 3 && is_short_for(short, long) {
        150
    } else {
        0
    }
}
