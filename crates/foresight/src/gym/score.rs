//! What policies brought over many worlds, as shares of what the clairvoyant brought. Must not run a policy.

use serde::Serialize;

use crate::simulate::{mean, worst_fifth};

/// What came of one policy in one world.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Result {
    pub(super) policy: &'static str,
    pub(super) value: f64,
    pub(super) wins: u32,
    pub(super) accounts: f64,
    pub(super) switches: u32,
}

/// A policy over all worlds. A share is of the clairvoyant's value, all worlds together.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Score {
    /// The policy.
    pub name: &'static str,
    /// Its value as a share of the clairvoyant's.
    pub of_clairvoyant: f64,
    /// The standard error of that share (of a ratio of means: Cochran, Sampling Techniques, 1977, 6.3).
    pub se: f64,
    /// That share minus the best policy's, world by world on the same luck.
    pub vs_best: f64,
    /// The standard error of that difference.
    pub vs_best_se: f64,
    /// The share of worlds that win as many deals as the setting asks for.
    pub p_target: f64,
    /// The mean of the worst fifth of worlds, as a share of the clairvoyant's mean.
    pub cvar20: f64,
    /// Accounts worked, the mean of worlds.
    pub accounts: f64,
    /// Bets that were stopped, parked or taken up again before their targets were worked, the mean of worlds.
    pub switches: f64,
}

/// Scores policies, given world by world: the results of each, in one order, and the clairvoyant's value.
pub(super) fn scores(worlds: &[(&[Result], f64)], target_wins: u32) -> Vec<Score> {
    let names: Vec<&'static str> = worlds[0].0.iter().map(|result| result.policy).collect();
    let clairvoyant: Vec<f64> = worlds.iter().map(|(_, value)| *value).collect();
    let values = |policy: usize| -> Vec<f64> { worlds.iter().map(|(results, _)| results[policy].value).collect() };
    let totals: Vec<f64> = (0..names.len()).map(|policy| mean(&values(policy))).collect();
    let best = (0..names.len())
        .max_by(|&a, &b| totals[a].total_cmp(&totals[b]))
        .map_or_else(Vec::new, values);
    let score = |(policy, &name): (usize, &&'static str)| {
        let values = values(policy);
        let (of_clairvoyant, se) = ratio(&values, &clairvoyant);
        let lost: Vec<f64> = values.iter().zip(&best).map(|(value, best)| value - best).collect();
        let (vs_best, vs_best_se) = ratio(&lost, &clairvoyant);
        let over = |of: fn(&Result) -> f64| mean(&worlds.iter().map(|(all, _)| of(&all[policy])).collect::<Vec<_>>());
        let reached = worlds
            .iter()
            .map(|(all, _)| f64::from(u8::from(all[policy].wins >= target_wins)));
        let mut ascending = values;
        ascending.sort_unstable_by(f64::total_cmp);
        Score {
            name,
            of_clairvoyant,
            se,
            vs_best,
            vs_best_se,
            p_target: mean(&reached.collect::<Vec<_>>()),
            cvar20: share(worst_fifth(&ascending), mean(&clairvoyant)),
            accounts: over(|result| result.accounts),
            switches: over(|result| f64::from(result.switches)),
        }
    };
    names.iter().enumerate().map(score).collect()
}

/// The ratio of two means and its standard error; of worlds in which even the clairvoyant brings nothing, 0.
fn ratio(values: &[f64], of: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let (total, whole) = (mean(values), mean(of));
    let ratio = share(total, whole);
    let off: Vec<f64> = values
        .iter()
        .zip(of)
        .map(|(value, of)| (value - ratio * of).powi(2))
        .collect();
    let spread = (mean(&off) * n / (n - 1.0).max(1.0)).sqrt();
    (ratio, share(spread / n.sqrt(), whole))
}

fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::{Result, scores};

    #[test]
    fn shares_are_of_the_clairvoyant_s_total() {
        let result = |policy, value, wins| Result {
            policy,
            value,
            wins,
            accounts: 10.0,
            switches: 1,
        };
        let worlds = [
            [result("a", 1.0, 1), result("b", 2.0, 3)],
            [result("a", 3.0, 2), result("b", 4.0, 3)],
        ];
        let scores = scores(&worlds.each_ref().map(|results| (results.as_slice(), 4.0)), 2);
        assert_eq!(scores[0].of_clairvoyant, 0.5);
        assert_eq!((scores[1].vs_best, scores[1].vs_best_se), (0.0, 0.0));
        assert_eq!((scores[0].vs_best, scores[0].vs_best_se), (-0.25, 0.0));
        // The standard deviation of 1 - 2 and 3 - 2, over the root of 2 and the mean of 4.
        assert!((scores[0].se - 2.0_f64.sqrt() / 2.0_f64.sqrt() / 4.0).abs() < 1e-12);
        assert_eq!((scores[0].p_target, scores[1].p_target), (0.5, 1.0));
    }
}
