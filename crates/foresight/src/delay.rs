//! How long a step takes: a gamma delay of shape 2, in whole weeks. Must not know what the step is.

use crate::limits;

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
        let mean_weeks = if mean_weeks.is_nan() {
            f64::from(limits::WEEKS)
        } else {
            mean_weeks
        }
        .clamp(limits::SHORTEST_DELAY_WEEKS, f64::from(limits::WEEKS));
        let mut cdf = vec![0.0];
        let mut week = 0_u32;
        while cdf.last().is_some_and(|&done| done < 1.0 - 1e-12) {
            week += 1;
            let x = 2.0 * f64::from(week) / mean_weeks;
            cdf.push(1.0 - (-x).exp() * (1.0 + x));
        }
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
    use super::Delay;

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
