//! How many opportunities a route sources in a quarter, and how many to expect in the next. Must not know what a route
//! is: it is given counts and how long they were counted for.

use serde::Serialize;

use crate::error::ForesightError;
use crate::interval::as_real;
use crate::limits;
use crate::special::{beta_cdf, gamma_quantile, ln_gamma, normal_quantile};

/// What one cell sourced.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SourcingCell {
    /// Opportunities.
    pub count: u64,
    /// Partner-quarters that they were counted over.
    pub exposure: f64,
}

/// A gamma belief about a rate per partner-quarter.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct SourcingRate {
    /// Shape of the gamma.
    pub shape: f64,
    /// Its rate parameter, in partner-quarters.
    pub exposure: f64,
}

impl SourcingRate {
    /// The mean, per partner-quarter.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.shape / self.exposure
    }

    /// The rate that is not exceeded with probability `u`.
    #[must_use]
    pub fn quantile(&self, u: f64) -> f64 {
        gamma_quantile(self.shape, u) / self.exposure
    }

    /// `P(N >= count)` for the count of so many further partner-quarters: a negative binomial.
    #[must_use]
    pub fn at_least(&self, count: u64, partner_quarters: f64) -> f64 {
        if count == 0 {
            return 1.0;
        }
        // P(N <= k) of a negative binomial is I_p(r, k + 1), p the share of all exposure that has been.
        let been = self.exposure / (self.exposure + partner_quarters);
        1.0 - beta_cdf(self.shape, as_real(count), been)
    }

    /// The least count that is not exceeded with probability `u` in so many further partner-quarters.
    #[must_use]
    pub fn predicted(&self, u: f64, partner_quarters: f64) -> u64 {
        let reached = |count: u64| 1.0 - self.at_least(count + 1, partner_quarters) >= u;
        let mut high = 1;
        while !reached(high) && high < limits::ACCOUNTS {
            high *= 2;
        }
        let mut low = 0;
        while low < high {
            let middle = low + (high - low) / 2;
            if reached(middle) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        low
    }
}

/// Half-normal scale of the coefficient of variation between cells.
const VARIATION: f64 = 0.8;
/// Points at which the variation, and the common rate, are tried.
const POINTS: u32 = 12;

/// Pools the cells; the answer is in their order.
///
/// Counts are Poisson and the cells' rates gamma around a common rate: each cell's belief given the two is a gamma, and
/// the evidence a product of negative binomials. The common rate (flat in its log) and the variation between cells
/// (half-normal(0.8) on the coefficient of variation) are integrated over a grid, and the mixture is answered as the
/// gamma of its mean and variance. Without any opportunity and without any exposure the belief is what the grid began with:
/// about one a partner-quarter, and hardly that.
///
/// # Errors
/// A cell that counts without having been counted over any time, an exposure that is no number, or too many cells.
pub fn sourcing_rates(cells: &[SourcingCell]) -> Result<Vec<SourcingRate>, ForesightError> {
    check(cells)?;
    let priors = priors(cells);
    let ln_evidence: Vec<f64> = priors
        .iter()
        .map(|prior| prior.ln_weight + cells.iter().map(|cell| prior.ln_evidence(cell)).sum::<f64>())
        .collect();
    let top = ln_evidence.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let weights: Vec<f64> = ln_evidence.iter().map(|ln| (ln - top).exp()).collect();
    let total: f64 = weights.iter().sum();
    let pooled = |cell: &SourcingCell| {
        let (mut mean, mut square) = (0.0, 0.0);
        for (weight, prior) in weights.iter().zip(&priors) {
            let (shape, exposure) = (prior.shape + as_real(cell.count), prior.exposure + cell.exposure);
            mean += weight / total * shape / exposure;
            square += weight / total * shape * (shape + 1.0) / (exposure * exposure);
        }
        let variance = (square - mean * mean).max(mean * mean * 1e-12);
        SourcingRate {
            shape: mean * mean / variance,
            exposure: mean / variance,
        }
    };
    Ok(cells.iter().map(pooled).collect())
}

fn check(cells: &[SourcingCell]) -> Result<(), ForesightError> {
    ForesightError::at_most("cells", cells.len() as u64, limits::CELLS)?;
    for (index, cell) in cells.iter().enumerate() {
        ForesightError::at_most(format!("cells[{index}].count"), cell.count, limits::ACCOUNTS)?;
        let is_wrong = !(0.0..=limits::AMOUNT).contains(&cell.exposure) || (cell.exposure <= 0.0 && cell.count > 0);
        if is_wrong {
            return Err(ForesightError::invalid(
                format!("cells[{index}].exposure"),
                format!("{} over {} partner-quarters", cell.count, cell.exposure),
                "count over some time",
            ));
        }
    }
    Ok(())
}

/// One point of the grid: a gamma for every cell's rate.
struct CommonGamma {
    shape: f64,
    exposure: f64,
    ln_weight: f64,
}

impl CommonGamma {
    /// The log of the negative binomial probability of a cell's count, but for what no prior changes.
    fn ln_evidence(&self, cell: &SourcingCell) -> f64 {
        let (count, together) = (as_real(cell.count), self.exposure + cell.exposure);
        ln_gamma(self.shape + count) - ln_gamma(self.shape) + self.shape * (self.exposure / together).ln()
            - count * together.ln()
    }
}

fn priors(cells: &[SourcingCell]) -> Vec<CommonGamma> {
    let count: u64 = cells.iter().map(|cell| cell.count).sum();
    let exposure: f64 = cells.iter().map(|cell| cell.exposure).sum();
    let counted_over = as_real(cells.iter().filter(|cell| cell.exposure > 0.0).count() as u64);
    // As if half an opportunity more had come in half a quarter more: a rate above zero where none came.
    let (count, exposure) = (as_real(count) + 0.5, exposure + 0.5);
    let mut grid = Vec::new();
    for i in 0..POINTS {
        let variation = VARIATION * normal_quantile(0.5 + 0.5 * (f64::from(i) + 0.5) / f64::from(POINTS));
        let shape = variation.powi(-2);
        let sd = (1.0 / count + variation * variation / counted_over.max(1.0)).sqrt();
        for j in 0..POINTS {
            let away = 3.0 * (2.0 * (f64::from(j) + 0.5) / f64::from(POINTS) - 1.0);
            let common = count / exposure * (away * sd).exp();
            grid.push(CommonGamma {
                shape,
                exposure: shape / common,
                // The step in the log of the common rate: points are further apart where less is known.
                ln_weight: sd.ln(),
            });
        }
    }
    grid
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{SourcingCell, SourcingRate, sourcing_rates};
    use crate::luck::Luck;
    use crate::special::gamma_quantile;

    fn cell(count: u64, exposure: f64) -> SourcingCell {
        SourcingCell { count, exposure }
    }

    #[test]
    fn known_answers_of_a_gamma_and_its_negative_binomial() {
        // numbers.md section 3: Gamma(3, 1), and Gamma(2, 4) after an exposure of 6.
        for (u, expected) in [(0.05, 0.817_691_45), (0.5, 2.674_060_31), (0.95, 6.295_793_62)] {
            let rate = SourcingRate {
                shape: 3.0,
                exposure: 1.0,
            };
            assert!((rate.quantile(u) - expected).abs() < 1e-7, "{}", rate.quantile(u));
        }
        let rate = SourcingRate {
            shape: 2.0,
            exposure: 4.0,
        };
        assert!(
            (rate.at_least(5, 6.0) - 0.233_280).abs() < 1e-9,
            "{}",
            rate.at_least(5, 6.0)
        );
        assert!((rate.at_least(0, 6.0) - 1.0).abs() < 1e-15);
        let median = rate.predicted(0.5, 6.0);
        assert!(rate.at_least(median + 1, 6.0) <= 0.5 && rate.at_least(median, 6.0) > 0.5);
    }

    /// A Poisson count, by its quantile.
    fn poisson(mean: f64, u: f64) -> u64 {
        let (mut count, mut term) = (0, (-mean).exp());
        let mut below = term;
        while below < u && count < 10_000 {
            count += 1;
            term *= mean / count as f64;
            below += term;
        }
        count
    }

    #[test]
    fn rates_and_the_next_quarter_lie_in_their_ranges_as_often_as_these_say() {
        let (mut rates, mut next, mut squares, mut raw, mut n) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for replication in 0..150 {
            let luck = Luck::new(21).at(replication);
            let world: Vec<(f64, f64, u64)> = (0..10_u64)
                .map(|i| {
                    let rate = 0.8 * gamma_quantile(4.0, luck.at(1).at(i).uniform()) / 4.0;
                    let exposure = 1.0 + (luck.at(2).at(i).bits() % 12) as f64;
                    (rate, exposure, poisson(rate * exposure, luck.at(3).at(i).uniform()))
                })
                .collect();
            let cells: Vec<SourcingCell> = world
                .iter()
                .map(|&(_, exposure, count)| cell(count, exposure))
                .collect();
            for (i, ((truth, exposure, count), belief)) in world.iter().zip(sourcing_rates(&cells).unwrap()).enumerate()
            {
                let came = poisson(truth * 3.0, luck.at(4).at(i as u64).uniform());
                let (low, high) = (belief.quantile(0.1), belief.quantile(0.9));
                rates += f64::from(u8::from((low..=high).contains(truth)));
                let (low, high) = (belief.predicted(0.1, 3.0), belief.predicted(0.9, 3.0));
                next += f64::from(u8::from((low..=high).contains(&came)));
                squares += (belief.mean() - truth).powi(2);
                raw += (*count as f64 / exposure - truth).powi(2);
                n += 1.0;
            }
        }
        let [rates, next, error] = [rates / n, next / n, f64::sqrt(squares / raw)];
        assert!(
            (0.76..=0.86).contains(&rates),
            "rates {rates}, next {next}, error {error}"
        );
        // A range of whole counts holds at least what it says.
        assert!(
            (0.80..=0.93).contains(&next),
            "rates {rates}, next {next}, error {error}"
        );
        assert!(error < 0.85, "error {error} of the raw rates'");
    }

    #[test]
    fn a_cell_that_was_not_counted_has_the_others_rate_and_a_wide_range() {
        let beliefs = sourcing_rates(&[cell(20, 10.0), cell(16, 8.0), cell(0, 0.0)]).unwrap();
        assert!((beliefs[2].mean() - 2.0).abs() < 0.8, "{beliefs:?}");
        assert!(beliefs[2].shape < beliefs[0].shape);
        let none = sourcing_rates(&[cell(0, 12.0)]).unwrap();
        assert!(
            none[0].mean() > 0.0 && none[0].mean() < 0.2 && none[0].predicted(0.1, 1.0) == 0,
            "{none:?}"
        );
        assert_eq!(sourcing_rates(&[]).unwrap(), []);
    }

    #[test]
    fn a_count_over_no_time_is_refused() {
        for wrong in [cell(3, 0.0), cell(1, f64::NAN), cell(1, -1.0), cell(u64::MAX, 1.0)] {
            let refused = sourcing_rates(&[cell(1, 1.0), wrong]).unwrap_err();
            assert!(refused.to_string().starts_with("cells[1]"), "{refused}");
        }
    }

    proptest! {
        #[test]
        fn any_counts_give_rates_in_order(
            cells in proptest::collection::vec((0_u64..100_000, 0.01_f64..1e6), 1..8)
        ) {
            let cells: Vec<SourcingCell> = cells.into_iter().map(|(count, exposure)| cell(count, exposure)).collect();
            for belief in sourcing_rates(&cells).unwrap() {
                let (low, high) = (belief.quantile(0.1), belief.quantile(0.9));
                prop_assert!(0.0 <= low && low < high && high.is_finite(), "{belief:?}");
                prop_assert!(belief.predicted(0.1, 2.0) <= belief.predicted(0.9, 2.0));
            }
        }
    }
}
