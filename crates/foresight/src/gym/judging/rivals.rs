//! What the judge is compared with: the same question answered without the steps, or without the delay.
//! Must not be shown to anyone who has a bet to judge.

use super::JudgingSetting;
use super::bets::{SimulatedBet, beta};
use crate::belief::{Likelihood, Points, Prior, posterior};
use crate::delay::Delay;
use crate::special::{binomial_tail, ln_beta};

/// What the rivals believe of every bet of a setting before it starts.
pub(super) struct Rivals {
    /// The beta distribution with the first two moments of the product of the steps' priors.
    prior: (f64, f64),
    /// The chance to be through all delays, as believed, after so many weeks.
    arrived: Vec<f64>,
}

impl Rivals {
    pub(super) fn of(setting: &JudgingSetting) -> Self {
        let (mut mean, mut square) = (1.0, 1.0);
        for &rate in &setting.rates {
            mean *= rate;
            square *= rate * (rate + (1.0 - rate) / (setting.believed_strength + 1.0));
        }
        let strength = mean * (1.0 - mean) / (square - mean * mean) - 1.0;
        let mut arrived = vec![1.0; setting.week as usize + 1];
        for &weeks in &setting.delay_weeks {
            let delay = Delay::new(weeks * setting.believed_delay);
            let within = |r: usize| {
                (0_u32..)
                    .zip(arrived[..=r].iter().rev())
                    .map(|(d, rest)| delay.pmf(d) * rest)
                    .sum()
            };
            arrived = (0..arrived.len()).map(within).collect();
        }
        Self {
            prior: beta(mean, strength),
            arrived,
        }
    }

    /// The chance to meet the gate by a cure model on the final event alone (Chapelle 2014): how long each target has
    /// had counts, which step it has reached does not.
    pub(super) fn final_event_only(&self, bet: &SimulatedBet, week: u32) -> f64 {
        let (have, waiting) = bet.final_events(week);
        let missing = f64::from(bet.setting.need) - have;
        let (a, b) = self.prior;
        let left = (bet.setting.week - week) as usize;
        let chance = |theta: f64| {
            let planned = (1..=left).map(|r| (f64::from(bet.setting.targets_per_week), theta * self.arrived[r]));
            let under_way = waiting.iter().map(|&(age, n)| {
                let (by_now, by_then) = (self.arrived[age], self.arrived[age + left]);
                (n, theta * (by_then - by_now) / (1.0 - theta * by_now))
            });
            let (mean, squares) = planned
                .chain(under_way)
                .fold((0.0, 0.0), |(m, s), (n, q)| (m + n * q, s + n * q * q));
            let n = (mean * mean / squares.max(f64::MIN_POSITIVE)).round().max(1.0);
            binomial_tail(n, (mean / n).min(1.0), missing)
        };
        let seen = FinalEvents {
            have,
            waiting: waiting.iter().map(|&(age, n)| (self.arrived[age], n)).collect(),
        };
        let (_, parts) = posterior(&Prior::stated(a, b), &seen);
        parts.iter().map(|(weight, grid)| weight * grid.expect(chance)).sum()
    }

    /// The chance to meet the gate by whoever counts an event that has not come yet as one that never will: the
    /// beta-binomial of the targets still to enter.
    pub(super) fn without_delay(&self, bet: &SimulatedBet, week: u32) -> f64 {
        let (have, _) = bet.final_events(week);
        let entered = f64::from(week * bet.setting.targets_per_week);
        let left = f64::from((bet.setting.week - week) * bet.setting.targets_per_week);
        let (a, b) = (self.prior.0 + have, self.prior.1 + entered - have);
        let missing = f64::from(bet.setting.need) - have;
        let mut at_least = 1.0;
        let mut k = 0.0;
        while k < missing.min(left + 1.0) {
            let ln_choose = -(left + 1.0).ln() - ln_beta(k + 1.0, left - k + 1.0);
            at_least -= (ln_choose + ln_beta(a + k, b + left - k) - ln_beta(a, b)).exp();
            k += 1.0;
        }
        at_least.clamp(0.0, 1.0)
    }
}

/// Targets that became an event, and those that have not yet by the share of all delays that they have had.
struct FinalEvents {
    have: f64,
    waiting: Vec<(f64, f64)>,
}

impl Likelihood for FinalEvents {
    fn add_ln(&self, points: &Points, ln: &mut [f64]) {
        for ((ln, ln_p), odds) in ln.iter_mut().zip(points.ln_p()).zip(points.odds()) {
            let p = odds / (1.0 + odds);
            let open = self.waiting.iter().map(|(arrived, n)| n * (1.0 - p * arrived).ln());
            *ln += self.have * ln_p + open.sum::<f64>();
        }
    }

    fn about(&self) -> ((f64, f64), f64) {
        let tried = self.waiting.iter().map(|(arrived, n)| arrived * n).sum();
        ((self.have, tried), self.waiting.iter().map(|(_, n)| n).sum())
    }
}
