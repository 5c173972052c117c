//! Step 3, score: the log-odds that two records are one company, from what was compared. It must not choose among pairs.

use std::sync::LazyLock;

use rayon::prelude::*;

use crate::assign::{STANDINGS, Scored, Standing};
use crate::candidates::Candidate;
use crate::features::{FEATURES, Features, is_known_family, is_same_number, rows};
use crate::model::{Model, PAIRS};
use crate::normalise::Records;

/// Below this many 1/1024 log-odds by itself a pair is not looked at again: 1 in 1,100.
pub const HOPELESS: i32 = -7 << 10;

fn model(text: &str, features: usize) -> Model {
    // A test reads them, so that a model that cannot be read does not pass.
    Model::read(text, features).unwrap_or_default()
}

/// The pair by itself: the same company.
pub(crate) static FIRST: LazyLock<Model> = LazyLock::new(|| model(include_str!("../model/first.txt"), FEATURES));
/// The pair among its rivals: the same company.
pub(crate) static SECOND: LazyLock<Model> = LazyLock::new(|| model(include_str!("../model/second.txt"), STANDINGS));
/// The pair by itself: the same company or one of its family.
pub(crate) static FAMILY: LazyLock<Model> = LazyLock::new(|| model(include_str!("../model/family.txt"), FEATURES));

/// Scores each pair by itself; those without hope are left out.
pub fn score(ours: &Records, theirs: &Records, candidates: &[Candidate]) -> Vec<Scored> {
    let parts: Vec<Vec<Scored>> = candidates
        .par_chunks(PAIRS)
        .map(|pairs| {
            let rows = rows(ours, theirs, pairs.iter().map(|pair| (pair.ours, pair.theirs)));
            let scores = FIRST.score(&rows);
            let all = pairs.iter().zip(rows).zip(scores);
            let all = all.map(|((pair, features), score)| Scored {
                pair: *pair,
                features,
                score,
            });
            all.filter(|one| one.score > HOPELESS || is_known(&one.features))
                .collect()
        })
        .collect();
    parts.concat()
}

/// Whether something is known of the pair that stands above every likeness.
fn is_known(features: &Features) -> bool {
    is_same_number(features) == Some(true) || is_known_family(features)
}

/// The log-odds of pairs among their rivals, in 1/1024, to which those of the prior are to be added.
pub fn settle(standings: &[Standing]) -> Vec<i32> {
    let parts: Vec<Vec<i32>> = standings.par_chunks(PAIRS).map(|rows| SECOND.score(rows)).collect();
    parts.concat()
}

/// The log-odds by themselves of pairs within one list, in 1/1024: duplicates, found by the model of a pair.
pub(crate) fn duplicates(first: &Model, records: &Records, pairs: &[(u32, u32)]) -> Vec<i32> {
    let score = |pairs: &[(u32, u32)]| first.score(&rows(records, records, pairs.iter().copied()));
    let parts: Vec<Vec<i32>> = pairs.par_chunks(PAIRS).map(score).collect();
    parts.concat()
}

/// The log-odds that the records are of one family, in 1/1024.
pub fn families(scored: &[&Scored]) -> Vec<i32> {
    let known = |scored: &[&Scored]| scored.iter().map(|one| one.features).collect::<Vec<_>>();
    let parts: Vec<Vec<i32>> = scored
        .par_chunks(PAIRS)
        .map(|scored| FAMILY.score(&known(scored)))
        .collect();
    parts.concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::KNOWN;

    #[test]
    fn the_models_in_the_tree_can_be_read() {
        assert!([&FIRST, &SECOND, &FAMILY].iter().all(|model| model.trees.len() > 20));
    }

    #[test]
    fn no_model_asks_what_is_known_beside_how_records_are_written() {
        fn scores<const N: usize>(model: &Model) -> Vec<i32> {
            let mut rows = vec![[0_u8; N]; 8];
            (0..).zip(&mut rows).for_each(|(state, row)| row[KNOWN] = state);
            model.score(&rows)
        }
        for scores in [
            scores::<FEATURES>(&FIRST),
            scores::<FEATURES>(&FAMILY),
            scores::<STANDINGS>(&SECOND),
        ] {
            assert!(scores.iter().all(|score| *score == scores[0]), "{scores:?}");
        }
    }
}
