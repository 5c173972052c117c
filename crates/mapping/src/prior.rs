//! The prior: how likely it is, before anything is compared, that a record of the shorter list stands in the other. It is
//! all that is estimated anew for each pair of lists. It must not look at a record.

use crate::assign::Scored;
use crate::model::{UNIT, probability};
use crate::normalise::logarithm;

/// What is thought of lists of which nothing is known: that of ten records three are in the other list.
const FOUND: f64 = 3.0;
const MISSED: f64 = 7.0;
/// Of this many records each counts by itself; shares of longer lists are taken in so many steps.
const STEPS: f64 = 1e6;
/// An eighth of a bit in 1/1024 log-odds, times ten.
const EIGHTH: i32 = 887;
/// A step of the scores that are counted together, as a power of two of 1/1024 log-odds, and how many there are.
const BIN_BITS: u32 = 6;
const BINS: usize = 1 << 9;
/// The rounds of the estimation, at most: each moves what is left by a fraction.
const ROUNDS: usize = 50;

/// The log-odds that a record of the shorter list stands in the other, in 1/1024.
///
/// Posterior log-odds are those of the prior and those of what was compared, added up (Fellegi & Sunter, "A theory for
/// record linkage", 1969): a model that learned what was compared at known priors holds at any other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prior(pub i32);

impl Prior {
    /// Where so many of so many records stand in the other list.
    pub fn at(found: f64, records: f64) -> Self {
        let share = (found + FOUND) / (records + FOUND + MISSED);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of a million steps"
        )]
        let eighths = |share: f64| i32::try_from(logarithm((share * STEPS) as u64)).unwrap_or(i32::MAX);
        Self((eighths(share) - eighths(1.0 - share)) * EIGHTH / 10)
    }

    /// The prior at which the records found are as many as it says (Saerens, Latinne & Decaestecker, "Adjusting the
    /// outputs of a classifier to new a priori probabilities", 2002), from the pairs of two lists of these lengths and
    /// their scores without a prior.
    pub fn of(ours: usize, theirs: usize, scored: &[Scored], scores: &[i32]) -> Self {
        let shorter = ours.min(theirs);
        let mut best = vec![i32::MIN; shorter];
        for (one, score) in scored.iter().zip(scores) {
            let place = if ours <= theirs { one.pair.ours } else { one.pair.theirs };
            let best = &mut best[place as usize];
            *best = (*best).max(*score);
        }
        let middle = i32::try_from(BINS / 2).unwrap_or(0);
        let most = i32::try_from(BINS - 1).unwrap_or(0);
        let mut counts = [0_u32; BINS];
        for score in best.into_iter().filter(|score| *score > i32::MIN) {
            let bin = ((score >> BIN_BITS) + middle).clamp(0, most);
            counts[usize::try_from(bin).unwrap_or(0)] += 1;
        }
        let records = f64::from(u32::try_from(shorter).unwrap_or(u32::MAX));
        let found = |prior: Self| -> f64 {
            let bins = (-middle..).zip(&counts).filter(|(_, count)| **count > 0);
            bins.map(|(bin, count)| f64::from(*count) * probability((bin << BIN_BITS) + prior.0))
                .sum()
        };
        let mut prior = Self::at(0.0, 0.0);
        for _ in 0..ROUNDS {
            let next = Self::at(found(prior), records);
            if next == prior {
                break;
            }
            prior = next;
        }
        prior
    }

    /// In log-odds.
    pub fn log_odds(self) -> f64 {
        f64::from(self.0) / UNIT
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::candidates::Candidate;
    use crate::features::FEATURES;

    fn pair(ours: u32, theirs: u32) -> Scored {
        let pair = Candidate {
            ours,
            theirs,
            evidence: 0,
            rarest: 0,
            kinds: 0,
        };
        Scored {
            pair,
            features: [0; FEATURES],
            score: 0,
        }
    }

    #[test]
    fn half_of_a_long_list_is_even_odds_and_nothing_known_is_three_in_ten() {
        let half: Vec<Scored> = (0..5_000).map(|at| pair(at, at)).collect();
        let prior = Prior::of(10_000, 20_000, &half, &vec![12 << 10; 5_000]);
        assert!(prior.0.abs() < 100, "{prior:?}");
        let unknown = Prior::of(0, 0, &[], &[]);
        assert!((-950..-750).contains(&unknown.0), "{unknown:?}");
    }

    #[test]
    fn it_does_not_matter_which_list_is_whose_nor_how_often_a_record_is_found() {
        let one = [pair(1, 7), pair(1, 8), pair(2, 9)];
        let other = one.map(|one| pair(one.pair.theirs, one.pair.ours));
        let scores = [5_000, 4_000, 3_000];
        assert_eq!(Prior::of(50, 90, &one, &scores), Prior::of(90, 50, &other, &scores));
        let once = [one[0], one[2]];
        assert_eq!(
            Prior::of(50, 90, &one, &scores),
            Prior::of(50, 90, &once, &[5_000, 3_000])
        );
    }

    #[test]
    fn unsure_pairs_are_counted_for_what_they_are_worth() {
        // At the prior that they come to, nine in ten of 100 of 1000 records are found.
        let pairs: Vec<Scored> = (0..100).map(|at| pair(at, at)).collect();
        let scores = vec![4_506; 100];
        let prior = Prior::of(1_000, 1_000, &pairs, &scores);
        let found = 100.0 * probability(scores[0] + prior.0);
        assert!((80.0..95.0).contains(&found), "{found}");
        assert!(
            (prior.log_odds() - (found / (1_000.0 - found)).ln()).abs() < 0.15,
            "{prior:?}"
        );
    }
}
