//! The gate: whether two records are worth comparing, from the keys that they share and a glance at either, without their
//! texts. It must not decide more than that.

use std::sync::LazyLock;

use rayon::prelude::*;

use crate::candidates::Candidate;
use crate::features::{SAME_DOMAIN, city, domain, is_family, relation};
use crate::keys::{KINDS, Scale};
use crate::model::{Model, PAIRS};
use crate::normalise::{FETCHED, Record, Records, eighths};

/// How many things are seen at a glance.
pub const GLANCES: usize = KINDS + 11;

/// Their names, as the model's file gives them.
pub const GLANCE_NAMES: [&str; GLANCES] = [
    "key_domain",
    "key_name",
    "key_word",
    "key_words",
    "key_place",
    "key_initials",
    "key_deletion",
    "key_end",
    "evidence",
    "rarest",
    "country",
    "city",
    "domain",
    "size",
    "form",
    "name",
    "own_least",
    "tokens",
    "lengths",
];

/// What is seen at a glance.
pub type Glance = [u8; GLANCES];

/// Below this many 1/1024 log-odds a pair is not compared: 1 in 1,100.
pub const SHUT: i32 = -(7 << 10);

/// The model of the gate, small.
pub(crate) static GATE: LazyLock<Model> =
    LazyLock::new(|| Model::read(include_str!("../model/gate.txt"), GLANCES).unwrap_or_default());

/// What is seen of two records at a glance.
pub(crate) fn glance(pair: &Candidate, a: &Record, b: &Record, scale: Scale) -> Glance {
    let mut glance = [0; GLANCES];
    for (kind, seen) in glance[..KINDS].iter_mut().enumerate() {
        *seen = pair.kinds >> kind & 1;
    }
    // Any of their domains: that it agrees is known by the key.
    let is_further = pair.kinds & 1 == 1 && (a.has_further() || b.has_further());
    // Against what it takes to find one among so many.
    let needed = eighths(scale.records, 1);
    let above = u32::from(pair.evidence) + 128;
    let byte = |number: u32| u8::try_from(number).unwrap_or(u8::MAX);
    let size = if a.size == 0 || b.size == 0 {
        u8::MAX
    } else {
        a.size.abs_diff(b.size).min(254)
    };
    glance[KINDS..].copy_from_slice(&[
        byte(above.saturating_sub(needed)),
        byte((u32::from(pair.rarest) + 128).saturating_sub(needed)),
        relation(a.country, b.country),
        city(a, b),
        if is_further { SAME_DOMAIN } else { domain(a, b) },
        size,
        relation(a.form, b.form),
        u8::from(a.name == b.name),
        a.own.min(b.own),
        a.tokens_length().min(b.tokens_length()),
        a.core_length().abs_diff(b.core_length()),
    ]);
    glance
}

/// The pairs that are worth comparing, in their order.
pub fn gate(ours: &Records, theirs: &Records, candidates: &[Candidate], scale: Scale) -> Vec<Candidate> {
    let parts: Vec<Vec<Candidate>> = candidates
        .par_chunks(PAIRS)
        .map(|pairs| {
            let scores = GATE.score(&glances(ours, theirs, pairs, scale));
            let all = pairs.iter().zip(scores);
            all.filter_map(|(pair, score)| (score > SHUT || is_known(ours, theirs, pair)).then_some(*pair))
                .collect()
        })
        .collect();
    parts.concat()
}

/// Whether both have the same registration number, or are known to be of one family: above every likeness. Both are keys of
/// one kind.
fn is_known(ours: &Records, theirs: &Records, pair: &Candidate) -> bool {
    if pair.kinds & 1 == 0 {
        return false;
    }
    let (a, b) = (&ours.all[pair.ours as usize], &theirs.all[pair.theirs as usize]);
    a.identifier != 0 && a.identifier == b.identifier || is_family(ours, a, theirs, b)
}

/// What is seen of each pair.
pub fn glances(ours: &Records, theirs: &Records, pairs: &[Candidate], scale: Scale) -> Vec<Glance> {
    let mut glances = Vec::with_capacity(pairs.len());
    for pairs in pairs.chunks(FETCHED) {
        // Their records lie anywhere in memory: asked for together, they arrive together.
        theirs.near(pairs.iter().map(|pair| pair.theirs));
        glances.extend(pairs.iter().map(|pair| {
            let (a, b) = (&ours.all[pair.ours as usize], &theirs.all[pair.theirs as usize]);
            glance(pair, a, b, scale)
        }));
    }
    glances
}
