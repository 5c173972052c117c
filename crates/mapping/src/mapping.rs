//! All steps in one: two lists in, pairs out. It must not add anything to what the steps find.

use std::collections::HashSet;

use rayon::prelude::*;

use crate::assign::{Scored, standings};
use crate::candidates::{Candidate, candidates};
use crate::column::List;
use crate::error::MappingError;
use crate::features::{Features, compare, is_known_family, is_same_number};
use crate::gate::gate;
use crate::keys::Scale;
use crate::model::{PAIRS, probability};
use crate::normalise::{Records, normalise};
use crate::prior::Prior;
use crate::rarity::weigh;
use crate::score::{families, score, settle};
use crate::spelling::spellings;

/// What two records are to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// One company.
    Same,
    /// Parent, sister, unit of a country, division.
    Related,
    /// Two companies.
    Different,
}

impl Class {
    /// Its word in files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Related => "related",
            Self::Different => "different",
        }
    }
}

/// What is wanted.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// Pairs below this probability are left out, unless they are related.
    pub least: f64,
    /// Each record in one pair at most: the best, of equals the first.
    pub one_to_one: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            least: LEAST,
            one_to_one: false,
        }
    }
}

/// The least probability that is shown unless said otherwise: in lists of aliases and of units of a country, pairs of a few
/// thousandths are still more often the same company than not.
pub const LEAST: f64 = 0.001;

/// A pair of records that may be one company.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Match {
    /// The place of our record in its list.
    pub ours: u32,
    /// The place of theirs.
    pub theirs: u32,
    /// That they are the same company.
    pub probability: f64,
    /// What they are to each other.
    pub class: Class,
    /// What was compared.
    pub features: Features,
}

impl Match {
    /// Whether registration numbers settled it, which stand above every likeness.
    pub const fn is_by_number(&self) -> bool {
        is_same_number(&self.features).is_some()
    }

    /// Whether both are known to be of one family: by what a list says of parents, or as companies of one group.
    pub const fn is_known_family(&self) -> bool {
        is_known_family(&self.features)
    }
}

/// What two lists have in common.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Mapping {
    /// The records of our list.
    pub ours: usize,
    /// The records of theirs.
    pub theirs: usize,
    /// The pairs that were compared.
    pub candidates: usize,
    /// The pairs that were found, in order of our list, then theirs.
    pub matches: Vec<Match>,
}

impl Mapping {
    /// How many pairs are of a class.
    pub fn count(&self, class: Class) -> usize {
        self.matches.iter().filter(|one| one.class == class).count()
    }
}

/// Finds the pairs of two lists that are the same company, or related.
///
/// # Errors
/// As [`normalise`].
pub fn map(ours: &List, theirs: &List, options: &Options) -> Result<Mapping, MappingError> {
    let (a, b) = weighed(ours, theirs)?;
    let scale = Scale::new(a.len(), b.len());
    let found = gate(&a, &b, &candidates(&a, &b, &spellings(&a, &b), scale), scale);
    let scored = score(&a, &b, &found);
    let scores = settle(&standings(&a, &b, &scored));
    let prior = Prior::of(a.len(), b.len(), &scored, &scores);
    let mut matches = judge(&scored, &scores, prior, options);
    if options.one_to_one {
        matches = one_to_one(matches);
    }
    Ok(Mapping {
        ours: a.len(),
        theirs: b.len(),
        candidates: found.len(),
        matches,
    })
}

/// Both lists made comparable, with what is rare in them together.
fn weighed(ours: &List, theirs: &List) -> Result<(Records, Records), MappingError> {
    let (a, b) = rayon::join(|| normalise(ours), || normalise(theirs));
    let (mut a, mut b) = (a?, b?);
    weigh(&mut a, &mut b);
    Ok((a, b))
}

/// What is to be said of certain pairs, which no step found: the fields that agree, without a probability.
///
/// # Errors
/// As [`normalise`].
pub fn compared(ours: &List, theirs: &List, pairs: &[(u32, u32)]) -> Result<Vec<Match>, MappingError> {
    let (a, b) = weighed(ours, theirs)?;
    let there = |pair: &&(u32, u32)| (pair.0 as usize) < a.len() && (pair.1 as usize) < b.len();
    let pairs: Vec<Candidate> = pairs
        .iter()
        .filter(there)
        .map(|(ours, theirs)| Candidate {
            ours: *ours,
            theirs: *theirs,
            evidence: 0,
            rarest: 0,
            kinds: 0,
        })
        .collect();
    let matched = |(pair, features): (&Candidate, Features)| Match {
        ours: pair.ours,
        theirs: pair.theirs,
        probability: 0.0,
        class: Class::Different,
        features,
    };
    Ok(pairs.iter().zip(compare(&a, &b, &pairs)).map(matched).collect())
}

/// The class of each pair by its scores; what is neither probable nor related is left out.
pub fn judge(scored: &[Scored], scores: &[i32], prior: Prior, options: &Options) -> Vec<Match> {
    let parts = scored.par_chunks(PAIRS).zip(scores.par_chunks(PAIRS));
    let parts = parts.map(|(scored, scores)| judged(scored, scores, prior, options));
    parts.collect::<Vec<_>>().concat()
}

fn judged(scored: &[Scored], scores: &[i32], prior: Prior, options: &Options) -> Vec<Match> {
    // Registration numbers are above every likeness.
    let settled = |(one, score): (&Scored, &i32)| match is_same_number(&one.features) {
        Some(true) => i32::MAX / 2,
        Some(false) => i32::MIN / 2,
        None => *score + prior.0,
    };
    let scores: Vec<i32> = scored.iter().zip(scores).map(settled).collect();
    // One company need not be asked whether it is a family.
    let others = scored.iter().zip(&scores).filter(|(_, score)| **score < 0);
    let mut families = families(&others.map(|(one, _)| one).collect::<Vec<_>>()).into_iter();
    let all = scored.iter().zip(scores);
    all.filter_map(|(one, score)| {
        let class = match score {
            0.. => Class::Same,
            _ if families.next().is_some_and(|family| family >= 0) || is_known_family(&one.features) => Class::Related,
            _ => Class::Different,
        };
        let probability = probability(score);
        (probability >= options.least || class == Class::Related).then_some(Match {
            ours: one.pair.ours,
            theirs: one.pair.theirs,
            probability,
            class,
            features: one.features,
        })
    })
    .collect()
}

/// Each record in one pair at most, from the most probable pair down; of equals the first of our list, then of theirs.
pub fn one_to_one(matches: Vec<Match>) -> Vec<Match> {
    let mut order: Vec<usize> = (0..matches.len()).collect();
    order.sort_by(|one, other| matches[*other].probability.total_cmp(&matches[*one].probability));
    let (mut ours, mut theirs) = (HashSet::new(), HashSet::new());
    let mut kept = vec![false; matches.len()];
    for at in order {
        let one = &matches[at];
        if !ours.contains(&one.ours) && !theirs.contains(&one.theirs) {
            ours.insert(one.ours);
            theirs.insert(one.theirs);
            kept[at] = true;
        }
    }
    let all = matches.into_iter().zip(kept);
    all.filter_map(|(one, kept)| kept.then_some(one)).collect()
}
