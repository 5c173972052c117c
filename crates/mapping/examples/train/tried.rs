//! What the models of the tree find in lists whose truth is known: F1 at the best threshold, and whether a probability is
//! one. It must not train.

use std::collections::HashMap;

use beachhead_mapping::{Match, Options, map};

use crate::Result;
use crate::lists::both;

/// Maps two lists and says how well.
pub fn try_on(what: &str) -> Result<()> {
    let [ours, theirs] = both(what)?;
    let mapping = map(
        &ours.list,
        &theirs.list,
        &Options {
            least: 0.0,
            ..Options::default()
        },
    )?;
    let mut entities: HashMap<i64, u64> = HashMap::new();
    ours.truth
        .iter()
        .for_each(|truth| *entities.entry(truth.entity).or_default() += 1);
    let total: u64 = theirs
        .truth
        .iter()
        .filter_map(|truth| entities.get(&truth.entity))
        .sum();
    let is_same = |one: &Match| ours.truth[one.ours as usize].entity == theirs.truth[one.theirs as usize].entity;
    let mut found: Vec<(f64, bool)> = mapping
        .matches
        .iter()
        .map(|one| (one.probability, is_same(one)))
        .collect();
    found.sort_by(|one, other| other.0.total_cmp(&one.0));
    println!(
        "{what}: {} compared; {}; {}",
        mapping.candidates,
        best(&found, total),
        calibration(&found)
    );
    Ok(())
}

/// F1 at the threshold that is best in hindsight.
fn best(found: &[(f64, bool)], total: u64) -> String {
    let (mut best, mut hits, mut count) = ((0.0, 1.0, 0.0, 0.0), 0_u32, 0_u32);
    let total = total as f64;
    for group in found.chunk_by(|one, other| one.0 == other.0) {
        hits += group.iter().map(|(_, same)| u32::from(*same)).sum::<u32>();
        count += u32::try_from(group.len()).unwrap_or(u32::MAX);
        let f1 = 2.0 * f64::from(hits) / (f64::from(count) + total);
        if f1 > best.0 {
            best = (
                f1,
                group[0].0,
                f64::from(hits) / f64::from(count),
                f64::from(hits) / total,
            );
        }
    }
    format!(
        "F1 {:.4} from p {:.3}, precision {:.4}, recall {:.4}",
        best.0, best.1, best.2, best.3
    )
}

/// The share of true pairs where p is from .9 and from .97, and the expected calibration error in ten bins.
fn calibration(found: &[(f64, bool)]) -> String {
    let within = |from: f64, to: f64| -> (f64, f64, f64) {
        let all = found.iter().filter(|(p, _)| (from..to).contains(p));
        all.fold((0.0, 0.0, 0.0), |(n, sum, hits), (p, same)| {
            (n + 1.0, sum + p, hits + f64::from(u8::from(*same)))
        })
    };
    let bins = (0..10).map(|bin| {
        within(
            f64::from(bin) / 10.0,
            if bin == 9 { 1.1 } else { f64::from(bin + 1) / 10.0 },
        )
    });
    let error: f64 = bins.map(|(_, sum, hits)| (sum - hits).abs()).sum::<f64>() / found.len() as f64;
    let share = |(n, _, hits): (f64, f64, f64)| format!("{:.4} of {n}", hits / n);
    format!(
        "[.9, .97) {}, [.97, 1] {}, calibration error {error:.4}",
        share(within(0.9, 0.97)),
        share(within(0.97, 1.1))
    )
}
