//! How long a step takes: a gamma delay of shape 2, in whole weeks. Must not know what the step is.

use crate::limits;

/// A mean delay that is a guess may be off: the logarithms of the multipliers that are held possible ...
pub(crate) const LN_SCALES: [f64; 7] = [-0.6, -0.4, -0.2, 0.0, 0.2, 0.4, 0.6];
/// ... and the spread of the log-normal prior on them (numbers.md 1(b)).
pub(crate) const LN_SCALE_SD: f64 = 0.35;
/// Slots of the table that finds a sampled week without searching.
const GUIDE: usize = 256;

/// The delay of one step, given that the account converts.
///
/// Gamma with shape 2 (numbers.md 1(a)), counted in whole weeks: an event in the `w`-th week after entering the step
/// has a delay of `w` weeks, so `cdf(w)` is the share of conversions seen by accounts that have had `w` full weeks.
#[derive(Debug, Clone, PartialEq)]
pub struct Delay {
    mean_weeks: f64,
    /// `cdf[w]`, from week 0 to the last week that still adds anything.
    cdf: Vec<f64>,
    /// `pmf[w]`, as far.
    pmf: Vec<f64>,
    guide: Vec<u32>,
}

impl Delay {
    /// The delay with this mean, in weeks, before it is counted in whole weeks.
    ///
    /// Means outside `limits::SHORTEST_DELAY_WEEKS ..= limits::WEEKS` (and NaN) are taken as the nearest bound: whoever
    /// reads them from a person refuses them first.
    #[must_use]
    pub fn new(mean_weeks: f64) -> Self {
        let mean_weeks = within_limits(mean_weeks);
        let mut cdf = vec![0.0];
        let mut week = 0_u32;
        while cdf.last().is_some_and(|&done| done < 1.0 - 1e-12) {
            week += 1;
            let x = 2.0 * f64::from(week) / mean_weeks;
            cdf.push(1.0 - (-x).exp() * (1.0 + x));
        }
        Self::of_cdf(mean_weeks, cdf)
    }

    /// The delay of steps one after the other, from its cdf at weeks 0, 1, … as far as anyone asks: what comes later is
    /// not told apart, and sampled as the first week after.
    pub(crate) fn of_cdf(mean_weeks: f64, cdf: Vec<f64>) -> Self {
        let pmf = std::iter::once(0.0)
            .chain(cdf.windows(2).map(|pair| pair[1] - pair[0]))
            .collect();
        let guide = guide(&cdf);
        Self {
            mean_weeks,
            cdf,
            pmf,
            guide,
        }
    }

    /// The mean in weeks that the delay was made with.
    #[must_use]
    pub fn mean_weeks(&self) -> f64 {
        self.mean_weeks
    }

    /// The chance that a conversion has happened by the end of week `week`; `cdf(0)` is 0.
    #[must_use]
    pub fn cdf(&self, week: u32) -> f64 {
        self.cdf.get(week as usize).copied().unwrap_or(1.0)
    }

    /// The chance that a conversion happens in week `week`; `pmf(0)` is 0.
    #[must_use]
    pub fn pmf(&self, week: u32) -> f64 {
        self.pmf.get(week as usize).copied().unwrap_or(0.0)
    }

    /// `pmf(week)`, `pmf(week + 1)`, ... as far as it is above zero.
    pub(crate) fn pmf_from(&self, week: u32) -> &[f64] {
        self.pmf.get(week as usize..).unwrap_or_default()
    }

    /// The delay in weeks (at least 1) at the quantile `u` in (0, 1): the first week with `cdf(week) > u`.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "u in (0, 1) scaled to the guide"
    )]
    pub fn sample(&self, u: f64) -> u32 {
        let slot = ((u * GUIDE as f64) as usize).min(GUIDE - 1);
        let mut week = self.guide[slot];
        while self.cdf(week) <= u && (week as usize) < self.cdf.len() {
            week += 1;
        }
        week.max(1)
    }
}

fn within_limits(mean_weeks: f64) -> f64 {
    let most = f64::from(limits::WEEKS);
    let mean_weeks = if mean_weeks.is_nan() { most } else { mean_weeks };
    mean_weeks.clamp(limits::SHORTEST_DELAY_WEEKS, most)
}

/// The same delay without its tables, for those who ask many delays a few questions.
///
/// A gamma of shape 2 is an Erlang distribution: what is left after `w` weeks is `(1 + r w) e^(-r w)`, with `r = 2/mean`,
/// and a sum over it needs two running sums instead of a table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Erlang {
    /// `r`, per week.
    rate: f64,
    /// `e^-r`.
    fade: f64,
}

/// What `Erlang::then` knows of the weeks ahead.
#[derive(Debug, Clone)]
pub(crate) struct Ahead {
    /// For each number of weeks, the chance that the delay and all after it end within them.
    pub(crate) chances: Vec<f64>,
    /// The chance that the rest ends in time, weighted by a fading that starts now: what an account that has waited
    /// already adds for each week that it has.
    slope: f64,
}

impl Erlang {
    /// The delay with this mean, within the bounds of [`Delay::new`].
    pub(crate) fn new(mean_weeks: f64) -> Self {
        let rate = 2.0 / within_limits(mean_weeks);
        Self {
            rate,
            fade: (-rate).exp(),
        }
    }

    /// `e^(-r week)`, which falls to 0 long before it could be a denormal that slows every sum.
    pub(crate) fn faded(self, week: u32) -> f64 {
        let x = self.rate * f64::from(week);
        if x < 300.0 { (-x).exp() } else { 0.0 }
    }

    /// The share still to come after `week` full weeks, given [`Erlang::faded`] of them.
    pub(crate) fn to_come(self, week: u32, faded: f64) -> f64 {
        (1.0 + self.rate * f64::from(week)) * faded
    }

    /// The log of the chance of an event in week `week`, counted from 1.
    pub(crate) fn ln_pmf(self, week: u32) -> f64 {
        let before = f64::from(week.max(1) - 1);
        (self.first() + self.more() * before).max(f64::MIN_POSITIVE).ln() - self.rate * before
    }

    /// `pmf(1)`.
    fn first(self) -> f64 {
        1.0 - self.fade - self.rate * self.fade
    }

    /// `pmf(w + 1) = e^(-r w) (first + more w)`.
    fn more(self) -> f64 {
        self.rate * (1.0 - self.fade)
    }

    /// This delay and then another, or several, of which `rest[w]` is the chance that they end within `w` weeks.
    pub(crate) fn then(self, rest: &[f64]) -> Ahead {
        let (first, more) = (self.first(), self.more());
        // The sums of e^(-r e) rest[w - 1 - e] and of e e^(-r e) rest[w - 1 - e].
        let (mut plain, mut weighted) = (0.0, 0.0);
        let mut chances = Vec::with_capacity(rest.len());
        chances.push(0.0);
        for &chance in rest.iter().take(rest.len().saturating_sub(1)) {
            weighted = self.fade * (weighted + plain);
            plain = chance + self.fade * plain;
            chances.push(first * plain + more * weighted);
        }
        Ahead {
            chances,
            slope: more * plain,
        }
    }
}

impl Ahead {
    /// The chance that the delay of an account that has had `week` weeks ends later than now and all delays end within
    /// the last number of weeks; `faded` as [`Erlang::faded`] of the delay.
    pub(crate) fn after(&self, week: f64, faded: f64) -> f64 {
        faded * (self.chances.last().copied().unwrap_or(0.0) + self.slope * week)
    }
}

/// For each slot of `u`, the first week that any `u` of the slot can be sampled to.
fn guide(cdf: &[f64]) -> Vec<u32> {
    let mut week = 0_u32;
    (0..GUIDE)
        .map(|slot| {
            let u = slot as f64 / GUIDE as f64;
            while cdf.get(week as usize).is_some_and(|&done| done <= u) {
                week += 1;
            }
            week
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Delay, Erlang};

    #[test]
    fn the_closed_form_is_the_table() {
        for mean in [1e-4, 0.3, 3.0, 12.0, 500.0] {
            let (table, closed) = (Delay::new(mean), Erlang::new(mean));
            for week in 1..200 {
                let to_come = closed.to_come(week, closed.faded(week));
                assert!(
                    (1.0 - table.cdf(week) - to_come).abs() < 1e-11,
                    "mean {mean}, week {week}"
                );
                let pmf = closed.ln_pmf(week).exp();
                assert!((table.pmf(week) - pmf).abs() < 1e-11, "mean {mean}, week {week}: {pmf}");
            }
            // Added up term by term: the delay after `week` weeks, and then a rest.
            let rest: Vec<f64> = (0..30).map(|w| 1.0 - 0.9_f64.powi(w)).collect();
            let ahead = closed.then(&rest);
            for week in [0, 1, 9] {
                let terms = (1..30).map(|e| table.pmf(week + e) * rest[29 - e as usize]);
                let after = ahead.after(f64::from(week), closed.faded(week));
                assert!(
                    (after - terms.sum::<f64>()).abs() < 1e-11,
                    "mean {mean}, after {week} weeks: {after}"
                );
            }
            for w in 0..30 {
                let terms = (0..=w).map(|e| table.pmf(u32::try_from(e).unwrap()) * rest[w - e]);
                assert!(
                    (ahead.chances[w] - terms.sum::<f64>()).abs() < 1e-11,
                    "mean {mean}, within {w}"
                );
            }
        }
    }

    #[test]
    fn weeks_add_up_and_the_mean_is_half_a_week_over_the_continuous_one() {
        for mean in [0.5, 3.0, 5.0, 12.0, 60.0] {
            let delay = Delay::new(mean);
            let (total, average) = (0..6_000).fold((0.0, 0.0), |(t, m), w| {
                (t + delay.pmf(w), m + f64::from(w) * delay.pmf(w))
            });
            assert!((total - 1.0).abs() < 1e-9, "mean {mean}: total {total}");
            assert!((average - mean - 0.5).abs() < 0.12, "mean {mean}: average {average}");
        }
    }

    #[test]
    fn a_sample_is_the_inverse_of_the_distribution() {
        let delay = Delay::new(7.0);
        for i in 0..10_000 {
            let u = (f64::from(i) + 0.5) / 10_000.0;
            let week = delay.sample(u);
            assert!(
                delay.cdf(week) > u && delay.cdf(week - 1) <= u,
                "u {u} gave week {week}"
            );
        }
        assert_eq!(Delay::new(1e-9).sample(0.999), 1);
        assert!(Delay::new(f64::NAN).sample(0.999_999) > 500);
    }
}
