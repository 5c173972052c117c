//! How good foretold chances were: calibration where one acts on them, and scores at fixed weeks. Must not decide.

use serde::{Deserialize, Serialize};

use super::rules::{Signal, WatchRule};
use super::{Look, Watched, share};

/// What was said at the first look beyond a threshold, against what came.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// Which looks: the first under, or over, a chance.
    pub at: String,
    /// The mean of the chances said then; none where there was no such look.
    pub mean_p: Option<f64>,
    /// The share of those bets whose gate was met.
    pub met: Option<f64>,
    /// Such bets.
    pub n: u64,
    /// The standard error of `met` if every chance was right.
    pub se: Option<f64>,
}

/// How well a chance foretold the gate at a week.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// Whose chance.
    pub predictor: String,
    /// The week.
    pub week: u32,
    /// The mean squared error of the chance.
    pub brier: f64,
    /// The chance that a bet that met its gate was given more than one that did not; none where all or none did.
    pub auc: Option<f64>,
    /// The expected calibration error over ten equal bins of the chance.
    pub ece: f64,
    /// The mean chance.
    pub mean_p: f64,
}

/// The first look of every bet beyond each of the usual thresholds.
pub(super) fn at_first_crossing(rule: &WatchRule, watched: &[Watched]) -> Vec<Calibration> {
    let Some(signal) = rule.signal else {
        return Vec::new();
    };
    let first = |at: String, is_beyond: &dyn Fn(f64) -> bool| {
        let said: Vec<(f64, bool)> = watched
            .iter()
            .filter_map(|bet| Some((rule.looks(&bet.looks).map(signal).find(|&p| is_beyond(p))?, bet.met)))
            .collect();
        let n = said.len() as f64;
        let mean = |sum: f64| (n > 0.0).then(|| sum / n);
        Calibration {
            at,
            mean_p: mean(said.iter().map(|(p, _)| p).sum()),
            met: mean(said.iter().filter(|(_, met)| *met).count() as f64),
            n: said.len() as u64,
            se: mean(said.iter().map(|(p, _)| p * (1.0 - p)).sum::<f64>().max(0.0).sqrt()),
        }
    };
    let under = [0.05, 0.10, 0.20].map(|threshold| first(format!("first<{threshold:.2}"), &|p| p < threshold));
    let over = [0.80, 0.90, 0.95].map(|threshold| first(format!("first>{threshold:.2}"), &|p| p > threshold));
    under.into_iter().chain(over).collect()
}

/// The scores of one predictor at one week; none where that week was not looked at.
pub(super) fn score(predictor: &str, signal: Signal, week: u32, watched: &[Watched]) -> Option<Score> {
    let at = |bet: &Watched| bet.looks.iter().find(|look| look.week == week).map(signal);
    let said: Vec<(f64, bool)> = watched.iter().filter_map(|bet| Some((at(bet)?, bet.met))).collect();
    let n = said.len() as f64;
    (!said.is_empty()).then(|| Score {
        predictor: predictor.to_owned(),
        week,
        brier: said.iter().map(|&(p, met)| (p - as_number(met)).powi(2)).sum::<f64>() / n,
        auc: auc(&said),
        ece: calibration_error(&said),
        mean_p: said.iter().map(|(p, _)| p).sum::<f64>() / n,
    })
}

fn as_number(is: bool) -> f64 {
    f64::from(u8::from(is))
}

/// The area under the receiver operating curve by ranks, ties counting half (Mann & Whitney 1947).
fn auc(said: &[(f64, bool)]) -> Option<f64> {
    let mut sorted = said.to_vec();
    sorted.sort_by(|x, y| x.0.total_cmp(&y.0));
    let (mut met, mut missed, mut won) = (0.0, 0.0, 0.0);
    for tied in sorted.chunk_by(|x, y| x.0 == y.0) {
        let met_here = tied.iter().filter(|(_, met)| *met).count() as f64;
        let missed_here = tied.len() as f64 - met_here;
        won += met_here * (missed + 0.5 * missed_here);
        met += met_here;
        missed += missed_here;
    }
    share(won, met * missed)
}

/// The mean distance of what was said from what came, over ten bins of equal width, weighted by their sizes
/// (Naeini, Cooper & Hauskrecht 2015).
fn calibration_error(said: &[(f64, bool)]) -> f64 {
    let mut off = [0.0; 10];
    for &(p, met) in said {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a chance times ten, clamped"
        )]
        let bin = ((10.0 * p) as usize).min(9);
        off[bin] += p - as_number(met);
    }
    off.iter().map(|sum: &f64| sum.abs()).sum::<f64>() / said.len() as f64
}

/// The three predictors by name.
pub(super) const PREDICTORS: [(&str, Signal); 3] = [
    ("judge", |look: &Look| look.judge),
    ("final event only", |look: &Look| look.final_event_only),
    ("naive Bayes without delay", |look: &Look| look.without_delay),
];
