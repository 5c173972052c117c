//! What looking again and again does to a claim about a rate: one step whose true conversion is known, looked at every
//! week by five methods (numbers.md 1(b)). Must not be asked about a real bet.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::share;
use crate::delay::Delay;
use crate::luck::Luck;
use crate::special::{ln_beta, ln_logistic, logistic, logit};

/// One step that is looked at every week.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PeekingSetting {
    /// The conversion that the methods try to reject.
    pub claimed: f64,
    /// The true conversion.
    pub rate: f64,
    /// The true mean delay in weeks.
    pub delay_weeks: f64,
    /// The delay that the methods believe, as a multiple of the true one.
    pub believed_delay: f64,
    /// Accounts that enter each week.
    pub per_week: u32,
    /// Weekly looks.
    pub looks: u32,
    /// The chance of a false rejection that is allowed.
    pub level: f64,
    /// The prior that the mixtures bet by, as the two parameters of a beta distribution.
    pub prior: (f64, f64),
}

impl Default for PeekingSetting {
    /// The step of numbers.md 1(b), its claim true.
    fn default() -> Self {
        Self {
            claimed: 0.15,
            rate: 0.15,
            delay_weeks: 8.0,
            believed_delay: 1.0,
            per_week: 6,
            looks: 52,
            level: 0.05,
            prior: (1.5, 8.5),
        }
    }
}

/// Shares of the repetitions in which each method ever rejected the claim.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Rejected {
    /// The z-test on all accounts, as if those still open had said no.
    pub naive: f64,
    /// The posterior under a flat prior, each tail held to half the level.
    pub posterior_tail: f64,
    /// The z-test on the accounts that have had their time.
    pub matured: f64,
    /// The mixture e-process on the censored likelihood, at one over the level (Ville 1939).
    pub e_process: f64,
    /// The beta-binomial confidence sequence on the accounts that have had their time (Howard et al. 2021).
    pub matured_sequence: f64,
}

/// How often each method ever rejects the claim in as many looks. The same bytes for a seed at any number of threads.
#[must_use]
pub fn peeking(setting: &PeekingSetting, repetitions: u32, seed: u64) -> Rejected {
    let watch = Watch::of(setting);
    let ever: Vec<[bool; 5]> = (0..u64::from(repetitions))
        .into_par_iter()
        .map(|repetition| watch.ever(setting, Luck::new(seed).at(repetition)))
        .collect();
    let of = |method: usize| {
        let rejected = ever.iter().filter(|ever| ever[method]).count();
        share(rejected as f64, ever.len() as f64).unwrap_or(0.0)
    };
    Rejected {
        naive: of(0),
        posterior_tail: of(1),
        matured: of(2),
        e_process: of(3),
        matured_sequence: of(4),
    }
}

/// Points of the grid, evenly spaced on the log-odds, half of them on each side of the claim.
const POINTS: usize = 160;
const SPACING: f64 = 0.1;
/// An account has had its time once so much of the believed delay is over.
const MATURE: f64 = 0.95;

/// What all repetitions have in common.
struct Watch {
    delay: Delay,
    /// By age, the share of the believed delay that is over.
    over: Vec<f64>,
    mature_weeks: u32,
    z: f64,
    ln_rates: Vec<f64>,
    /// By age and point: `ln(1 - p F(age))`.
    ln_open: Vec<Vec<f64>>,
    /// `ln` of the masses of a flat prior and of the mixtures' prior.
    ln_flat: Vec<f64>,
    ln_prior: Vec<f64>,
}

/// What can be seen at a look.
struct Seen {
    converted: f64,
    /// Open accounts by age.
    open: Vec<f64>,
    /// Accounts that have had their time, and those of them that converted.
    matured: (f64, f64),
}

impl Watch {
    fn of(setting: &PeekingSetting) -> Self {
        let centre = logit(setting.claimed);
        let xs: Vec<f64> = (0..POINTS)
            .map(|point| centre + SPACING * (point as f64 + 0.5 - POINTS as f64 / 2.0))
            .collect();
        let believed = Delay::new(setting.delay_weeks * setting.believed_delay);
        let over: Vec<f64> = (0..=setting.looks).map(|age| believed.cdf(age)).collect();
        let mass = |(a, b): (f64, f64)| {
            let ln = |&x: &f64| a * ln_logistic(x) + b * ln_logistic(-x) - ln_beta(a, b) + SPACING.ln();
            xs.iter().map(ln).collect()
        };
        Self {
            delay: Delay::new(setting.delay_weeks),
            mature_weeks: (0..).find(|&age| believed.cdf(age) >= MATURE).unwrap_or(setting.looks),
            z: crate::special::normal_quantile(1.0 - setting.level / 2.0),
            ln_rates: xs.iter().map(|&x| ln_logistic(x)).collect(),
            ln_open: over
                .iter()
                .map(|over| xs.iter().map(|&x| (-logistic(x) * over).ln_1p()).collect())
                .collect(),
            ln_flat: mass((1.0, 1.0)),
            ln_prior: mass(setting.prior),
            over,
        }
    }

    /// Whether each method rejects at any look.
    fn ever(&self, setting: &PeekingSetting, luck: Luck) -> [bool; 5] {
        let converts = |account: u32| {
            let luck = luck.at(account.into());
            let week = account / setting.per_week;
            let converts = luck.at(0).uniform() < setting.rate;
            (week, converts.then(|| week + self.delay.sample(luck.at(1).uniform())))
        };
        let accounts: Vec<(u32, Option<u32>)> = (0..setting.per_week * setting.looks).map(converts).collect();
        let mut ever = [false; 5];
        for week in 1..=setting.looks {
            let seen = self.seen(&accounts, week);
            for (ever, now) in ever.iter_mut().zip(self.rejects(setting, &seen)) {
                *ever |= now;
            }
        }
        ever
    }

    fn seen(&self, accounts: &[(u32, Option<u32>)], week: u32) -> Seen {
        let mut seen = Seen {
            converted: 0.0,
            open: vec![0.0; week as usize + 1],
            matured: (0.0, 0.0),
        };
        for &(since, until) in accounts.iter().filter(|(since, _)| *since < week) {
            let is_mature = week - since >= self.mature_weeks;
            let converted = until.is_some_and(|until| until <= week);
            seen.matured.0 += f64::from(u8::from(is_mature));
            if converted {
                seen.converted += 1.0;
                seen.matured.1 += f64::from(u8::from(is_mature));
            } else {
                seen.open[(week - since) as usize] += 1.0;
            }
        }
        seen
    }

    fn rejects(&self, setting: &PeekingSetting, seen: &Seen) -> [bool; 5] {
        let p = setting.claimed;
        let z = |n: f64, k: f64| n > 0.0 && (k - n * p).abs() > self.z * (n * p * (1.0 - p)).sqrt();
        let (n, k) = seen.matured;
        let ln_likelihood = self.ln_likelihood(seen);
        let above = self.above(&ln_likelihood);
        let tail = setting.level / 2.0;
        let (a, b) = setting.prior;
        let ln_sequence = ln_beta(a + k, b + n - k) - ln_beta(a, b) - k * p.ln() - (n - k) * (1.0 - p).ln();
        [
            z(seen.converted + seen.open.iter().sum::<f64>(), seen.converted),
            above < tail || above > 1.0 - tail,
            z(n, k),
            self.ln_e_value(seen, &ln_likelihood, p) >= -setting.level.ln(),
            ln_sequence >= -setting.level.ln(),
        ]
    }

    /// The censored log-likelihood at every point.
    fn ln_likelihood(&self, seen: &Seen) -> Vec<f64> {
        let mut ln: Vec<f64> = self.ln_rates.iter().map(|ln_p| seen.converted * ln_p).collect();
        for (count, ln_open) in seen.open.iter().zip(&self.ln_open).filter(|(count, _)| **count > 0.0) {
            ln.iter_mut()
                .zip(ln_open)
                .for_each(|(ln, ln_open)| *ln += count * ln_open);
        }
        ln
    }

    /// The posterior chance, under a flat prior, that the rate is above the claim.
    fn above(&self, ln_likelihood: &[f64]) -> f64 {
        let ln: Vec<f64> = self
            .ln_flat
            .iter()
            .zip(ln_likelihood)
            .map(|(prior, l)| prior + l)
            .collect();
        let top = ln.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let sum = |part: &[f64]| part.iter().map(|ln| (ln - top).exp()).sum::<f64>();
        sum(&ln[POINTS / 2..]) / sum(&ln)
    }

    /// `ln e(p)`: the evidence under the mixture's prior over the likelihood at the claim.
    fn ln_e_value(&self, seen: &Seen, ln_likelihood: &[f64], claimed: f64) -> f64 {
        let open = seen
            .open
            .iter()
            .zip(&self.over)
            .map(|(count, over)| count * (-claimed * over).ln_1p());
        let at_claim = seen.converted * claimed.ln() + open.sum::<f64>();
        let ratio = |(prior, l): (&f64, &f64)| (prior + l - at_claim).exp();
        self.ln_prior.iter().zip(ln_likelihood).map(ratio).sum::<f64>().ln()
    }
}

#[cfg(test)]
mod tests {
    use super::{PeekingSetting, Seen, Watch, peeking};

    #[test]
    fn the_e_value_of_the_censored_stage_is_known() {
        let setting = PeekingSetting {
            prior: (2.0, 8.0),
            ..PeekingSetting::default()
        };
        let mut watch = Watch::of(&setting);
        // Five open at each of F = .2, .5, .8, 1, and three conversions (numbers.md section 3).
        watch.over = vec![0.2, 0.5, 0.8, 1.0];
        watch.ln_open = watch
            .over
            .iter()
            .map(|over| watch.ln_rates.iter().map(|ln_p| (-ln_p.exp() * over).ln_1p()).collect())
            .collect();
        let seen = Seen {
            converted: 3.0,
            open: vec![5.0; 4],
            matured: (0.0, 0.0),
        };
        let e_value = watch.ln_e_value(&seen, &watch.ln_likelihood(&seen), 0.15).exp();
        assert!((e_value - 0.719_395_51).abs() < 1e-6, "{e_value}");
    }

    #[test]
    fn the_e_process_keeps_its_level_and_peeking_with_the_others_does_not() {
        let usual = PeekingSetting::default();
        // Standard errors: 0.4 points of 2%, 1 point of 15%.
        let kept = peeking(&usual, 1_000, 1);
        assert!(kept.e_process <= 0.04 && kept.matured_sequence <= 0.04, "{kept:?}");
        assert!(
            kept.naive > 0.85 && kept.posterior_tail > 0.15 && kept.matured > 0.15,
            "{kept:?}"
        );
        for believed_delay in [0.7, 1.4] {
            let wrong = peeking(
                &PeekingSetting {
                    believed_delay,
                    ..usual
                },
                500,
                1,
            );
            assert!(
                wrong.e_process < 0.09 && wrong.posterior_tail > 0.2,
                "{believed_delay}: {wrong:?}"
            );
        }
        for (rate, least) in [(0.075, 0.75), (0.22, 0.45), (0.30, 0.97)] {
            let power = peeking(&PeekingSetting { rate, ..usual }, 300, 1);
            assert!(
                power.e_process > least && power.e_process > power.matured_sequence,
                "{rate}: {power:?}"
            );
        }
    }
}
