//! What a deal is worth in each cell of a grid, borrowing strength between cells. Must not know a currency.

use serde::Serialize;

use crate::error::ForesightError;
use crate::interval::as_real;
use crate::limits;
use crate::pooling::check_place;
use crate::pooling::mixed::{Cells, Fit, Layout, Posterior, Prior, fits};

/// The won deals of one cell of a grid of rows and columns.
#[derive(Debug, Clone, Copy)]
pub struct DealCell<'a> {
    /// Which row, from 0.
    pub row: usize,
    /// Which column, from 0; all 0 where there is one dimension only.
    pub column: usize,
    /// What each was worth, in any unit. Amounts that are not above 0 were not declared and do not count.
    pub amounts: &'a [f64],
}

/// What a deal of one cell is worth.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct DealSize {
    /// The posterior mean of the mean deal, in the unit of the amounts.
    pub mean: f64,
    /// The 10% quantile of the mean deal.
    pub low80: f64,
    /// The 90% quantile.
    pub high80: f64,
    /// Deals of the cell whose amount was declared.
    pub n: u64,
    /// Deals of the cell whose amount was 0 or below.
    pub not_declared: u64,
    /// The largest deal's share of the cell's sum; none without a deal.
    pub largest_share: Option<f64>,
    /// The share of the estimate's information that comes from other cells, 0 to 1.
    pub borrowed: f64,
}

/// Logs this many robust standard deviations from the median of all are drawn in to there: a lost decimal point weighs
/// as a large deal, and of normal logs 0.3% are touched, for a loss of 1.5% of their variance.
const DRAWN_IN: f64 = 3.0;
/// The grand mean's log lies about the median of all: this is as good as flat.
const PRIOR: Prior = Prior {
    grand_sd: 3.0,
    spreads: [0.5, 0.5, 0.35],
};
/// The belief about the variance of logs within a cell before any deal: so many deals' worth, around this.
const VARIANCE_PRIOR: (f64, f64) = (4.0, 0.8);
/// How far the log of the mean of `exp(e)` may lie from `v/2`, as deals are not quite log-normal: a standard deviation.
const SHAPE_SD: f64 = 0.2;
/// Points at which that variance is tried, and how far from its best value, in standard deviations of its log.
const VARIANCES: u32 = 5;
const VARIANCE_REACH: f64 = 2.0;

/// Pools deal sizes; the answer is in the order of the cells, and none anywhere where no amount was declared.
///
/// Log-normal: a deal's log is normal about its cell's value with one variance `v` for all, and the cells' values are
/// crossed like win rates ([`crate::pooling::crossed`]): a row, a column and a cell effect with half-normal spreads. The
/// mean deal is `exp(m + v/2)`; spreads and `v` are integrated, so that a cell's range holds what is not known of `m`,
/// of `v` and of how alike cells are. Deals are not quite log-normal (a price list has steps, and an end), so `v/2` gives
/// way to what the logs' own distances from their cells' means make of it (Duan's smearing, 1983) as far as there are deals
/// enough to tell the two apart ([`SHAPE_SD`]).
///
/// Robust by drawing far logs in (winsorising, [`DRAWN_IN`]) and not by Student's t: the mean of an exponential of a t
/// is infinite, its scale is not the variance that `exp(m + v/2)` needs, and it has no sufficient statistics, where drawn
/// in logs leave a count, a mean and a sum of squares a cell, however many deals there are.
///
/// # Errors
/// An amount that is no number, or more cells, rows or columns than [`limits`] allow.
pub fn deal_sizes(cells: &[DealCell<'_>]) -> Result<Option<Vec<DealSize>>, ForesightError> {
    check(cells)?;
    let Some(logs) = Logs::of(cells) else { return Ok(None) };
    let layout = Layout::of(cells.iter().map(|cell| (cell.row, cell.column)));
    let shape = logs.shape();
    let variances = logs.variances().into_iter();
    let posterior = Posterior::of(variances.flat_map(|v| logs.fits(&layout, v, shape)).collect());
    let size = |(i, cell): (usize, &DealCell<'_>)| {
        let declared = || cell.amounts.iter().copied().filter(|amount| *amount > 0.0);
        let largest = declared().fold(0.0, f64::max);
        let n = declared().count() as u64;
        let of = |log: f64| (logs.centre + log).exp();
        DealSize {
            mean: posterior.mean(i, |fitted| of(fitted.mean + 0.5 * fitted.variance)),
            low80: of(posterior.quantile(i, 0.1)),
            high80: of(posterior.quantile(i, 0.9)),
            n,
            not_declared: cell.amounts.len() as u64 - n,
            largest_share: (n > 0).then(|| largest / declared().sum::<f64>()),
            borrowed: posterior.borrowed(i),
        }
    };
    Ok(Some(cells.iter().enumerate().map(size).collect()))
}

fn check(cells: &[DealCell<'_>]) -> Result<(), ForesightError> {
    ForesightError::at_most("cells", cells.len() as u64, limits::CELLS)?;
    for (index, cell) in cells.iter().enumerate() {
        check_place(index, cell.row, cell.column)?;
        if let Some(wrong) = cell
            .amounts
            .iter()
            .find(|amount| amount.abs() > limits::AMOUNT || amount.is_nan())
        {
            return Err(ForesightError::invalid(
                format!("cells[{index}].amounts"),
                format!("{wrong} is no amount of a deal"),
                format!("give numbers up to {:e}", limits::AMOUNT),
            ));
        }
    }
    Ok(())
}

/// The logs of declared amounts, drawn in, about the median of all.
struct Logs {
    centre: f64,
    cells: Vec<Sum>,
    /// Distances from the cells' means, of cells with two deals or more.
    distances: Vec<f64>,
}

/// What to add to `v/2`, and how sure that is.
#[derive(Clone, Copy)]
struct Shape {
    shift: f64,
    variance: f64,
}

/// The logs of one cell.
#[derive(Clone, Copy, Default)]
struct Sum {
    n: f64,
    mean: f64,
    /// Squares of the distances from the mean.
    squares: f64,
}

impl Logs {
    fn of(cells: &[DealCell<'_>]) -> Option<Self> {
        let logs = |cell: &DealCell<'_>| -> Vec<f64> {
            cell.amounts
                .iter()
                .filter(|amount| **amount > 0.0)
                .map(|amount| amount.ln())
                .collect()
        };
        let logs: Vec<Vec<f64>> = cells.iter().map(logs).collect();
        let mut all: Vec<f64> = logs.iter().flatten().copied().collect();
        let centre = median(&mut all)?;
        all.iter_mut().for_each(|log| *log = (*log - centre).abs());
        // 1.4826 median distances from the median are a standard deviation of a normal (Hampel 1974).
        let reach = DRAWN_IN * 1.4826 * median(&mut all)?;
        // Where half of all deals are worth the same, nothing says what is far.
        let reach = if reach > 0.0 { reach } else { f64::INFINITY };
        let sum = |logs: &Vec<f64>| {
            let drawn = || logs.iter().map(|log| (log - centre).clamp(-reach, reach));
            let n = as_real(logs.len() as u64);
            let mean = if n > 0.0 { drawn().sum::<f64>() / n } else { 0.0 };
            Sum {
                n,
                mean,
                squares: drawn().map(|log| (log - mean).powi(2)).sum(),
            }
        };
        let cells: Vec<Sum> = logs.iter().map(sum).collect();
        let repeated = logs.iter().zip(&cells).filter(|(logs, _)| logs.len() > 1);
        let distances = repeated.flat_map(|(logs, sum)| {
            // A mean lies nearer to its own deals than the cell's value does.
            let widened = (sum.n / (sum.n - 1.0)).sqrt();
            logs.iter()
                .map(move |log| widened * ((log - centre).clamp(-reach, reach) - sum.mean))
        });
        Some(Self {
            centre,
            distances: distances.collect(),
            cells,
        })
    }

    /// How the distances themselves correct `v/2`: by the log of the mean of their exponentials, as far as its standard
    /// error is below [`SHAPE_SD`].
    fn shape(&self) -> Shape {
        let n = as_real(self.distances.len() as u64);
        if n < 2.0 {
            return Shape {
                shift: 0.0,
                variance: 0.0,
            };
        }
        let mean_of = |of: &dyn Fn(f64) -> f64| self.distances.iter().map(|distance| of(*distance)).sum::<f64>() / n;
        let smeared = mean_of(&f64::exp);
        let error = (mean_of(&|distance| (distance.exp() / smeared - 1.0).powi(2)) / n).max(1e-12);
        let kept = SHAPE_SD.powi(2) / (SHAPE_SD.powi(2) + error);
        Shape {
            shift: kept * (smeared.ln() - 0.5 * mean_of(&|distance| distance * distance)),
            variance: kept * error,
        }
    }

    /// The points at which the variance within cells is tried, equally far apart in its log.
    fn variances(&self) -> Vec<f64> {
        let (degrees, squares) = self.within();
        let around = (squares / degrees).ln();
        let step = 2.0 * VARIANCE_REACH * (2.0 / degrees).sqrt() / f64::from(VARIANCES - 1);
        (0..VARIANCES)
            .map(|i| (around + step * (f64::from(i) - 0.5 * f64::from(VARIANCES - 1))).exp())
            .collect()
    }

    /// Degrees of freedom and squares within cells, the prior's included.
    fn within(&self) -> (f64, f64) {
        let (strength, variance) = VARIANCE_PRIOR;
        let cells = self.cells.iter().filter(|cell| cell.n > 0.0);
        cells.fold((strength, strength * variance), |(degrees, squares), cell| {
            (degrees + cell.n - 1.0, squares + cell.squares)
        })
    }

    /// The model at one variance: what the cells' means say of their values, weighted by what the squares within cells
    /// and the prior (scaled inverse chi-squared) say of the variance. Each cell's value becomes `m + v/2`, corrected.
    fn fits(&self, layout: &Layout, variance: f64, shape: Shape) -> Vec<Fit> {
        let (degrees, squares) = self.within();
        // The density of the variance's log: the grid is even in the log.
        let ln_weight = -0.5 * degrees * variance.ln() - 0.5 * squares / variance;
        let means = Means {
            cells: &self.cells,
            variance,
        };
        let mut fits = fits(&means, layout, &PRIOR);
        for fit in &mut fits {
            fit.ln_evidence += ln_weight;
            for cell in &mut fit.cells {
                // The share that is a cell's own stays what its deals say of its value.
                cell.own_information *= cell.variance / (cell.variance + shape.variance);
                cell.mean += 0.5 * variance + shape.shift;
                cell.variance += shape.variance;
            }
        }
        fits
    }
}

/// The means of the cells' logs, normal about the cells' values.
struct Means<'a> {
    cells: &'a [Sum],
    variance: f64,
}

impl Cells for Means<'_> {
    fn ln(&self, i: usize, x: f64) -> f64 {
        let cell = &self.cells[i];
        let density = if cell.n > 0.0 {
            0.5 * (cell.n / self.variance).ln()
        } else {
            0.0
        };
        density - 0.5 * cell.n * (cell.mean - x).powi(2) / self.variance
    }

    fn slope_and_information(&self, i: usize, x: f64) -> (f64, f64) {
        let information = self.cells[i].n / self.variance;
        (information * (self.cells[i].mean - x), information)
    }
}

/// The middle of some values, or the mean of the middle two; none of none. Leaves them in another order.
fn median(values: &mut [f64]) -> Option<f64> {
    let last = values.len().checked_sub(1)?;
    let (_, &mut low, above) = values.select_nth_unstable_by(last / 2, f64::total_cmp);
    let high = if last % 2 == 0 {
        low
    } else {
        above.iter().copied().fold(f64::INFINITY, f64::min)
    };
    Some(0.5 * (low + high))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{DealCell, DealSize, deal_sizes};
    use crate::luck::Luck;
    use crate::special::normal_quantile;

    fn cell(row: usize, column: usize, amounts: &[f64]) -> DealCell<'_> {
        DealCell { row, column, amounts }
    }

    fn sizes(amounts: &[&[f64]]) -> Vec<DealSize> {
        let cells: Vec<DealCell<'_>> = amounts
            .iter()
            .enumerate()
            .map(|(i, amounts)| cell(i, 0, amounts))
            .collect();
        deal_sizes(&cells).unwrap().expect("some amount was declared")
    }

    /// A 4 x 3 world drawn from the model, eight deals a cell on average: true mean deals, and the amounts won.
    /// One amount in `outliers_in` has lost its decimal point.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small counts")]
    fn world(luck: Luck, outliers_in: u64) -> Vec<(f64, Vec<f64>)> {
        let normal = |luck: Luck| normal_quantile(luck.uniform());
        (0..12_u64)
            .map(|i| {
                let effect = |kind: u64, at: u64, sd: f64| sd * normal(luck.at(kind).at(at));
                let m = 10.0 + effect(1, i / 3, 0.4) + effect(2, i % 3, 0.4) + effect(3, i, 0.25);
                let n = (-8.5 * luck.at(4).at(i).uniform().ln()) as u64;
                let amount = |d: u64| {
                    let slip = if luck.at(6).at(i).at(d).bits().is_multiple_of(outliers_in) {
                        100.0
                    } else {
                        1.0
                    };
                    slip * (m + 0.9 * normal(luck.at(5).at(i).at(d))).exp()
                };
                ((m + 0.5 * 0.81_f64).exp(), (0..n).map(amount).collect())
            })
            .collect()
    }

    /// Share of true mean deals in their 80% ranges, and the root mean square error of the logs of the estimates and of
    /// the plain means of cells that have deals.
    fn score(outliers_in: u64) -> (f64, f64, f64) {
        let (mut covered, mut squares, mut plain, mut n, mut with) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for replication in 0..60 {
            let world = world(Luck::new(11).at(replication), outliers_in);
            let cells = world
                .iter()
                .enumerate()
                .map(|(i, (_, amounts))| cell(i / 3, i % 3, amounts));
            let sizes = deal_sizes(&cells.collect::<Vec<_>>()).unwrap().unwrap();
            for ((truth, amounts), size) in world.iter().zip(sizes) {
                covered += f64::from(u8::from((size.low80..=size.high80).contains(truth)));
                n += 1.0;
                if !amounts.is_empty() {
                    squares += (size.mean / truth).ln().powi(2);
                    plain += (amounts.iter().sum::<f64>() / amounts.len() as f64 / truth)
                        .ln()
                        .powi(2);
                    with += 1.0;
                }
            }
        }
        (covered / n, (squares / with).sqrt(), (plain / with).sqrt())
    }

    #[test]
    fn ranges_hold_the_true_mean_deal_as_often_as_they_say_and_a_slip_of_the_point_does_little() {
        let (coverage, error, plain) = score(u64::MAX);
        assert!(
            (0.74..=0.88).contains(&coverage),
            "coverage {coverage}, error {error}, plain {plain}"
        );
        assert!(error < 0.7 * plain, "error {error}, plain {plain}");
        let (coverage, slipped, plain) = score(50);
        assert!(
            coverage >= 0.68 && slipped < error + 0.15 && slipped < 0.6 * plain,
            "{coverage} {slipped} {plain}"
        );
    }

    #[test]
    fn many_deals_of_a_price_list_have_their_own_mean_and_not_a_log_normal_one() {
        // Three prices, far apart: the logs' variance would promise a mean half as large again.
        let prices: Vec<f64> = (0..3_000_u64)
            .map(|d| [50.0, 1_000.0, 5_000.0][(d % 3) as usize])
            .collect();
        let sizes = sizes(&[&prices[..1_500], &prices[1_500..]]);
        for size in sizes {
            assert!((size.mean / 2_016.7 - 1.0).abs() < 0.06, "{size:?}");
            assert!(size.low80 < 2_016.7 && 2_016.7 < size.high80, "{size:?}");
        }
    }

    #[test]
    fn a_large_cell_is_its_own_and_an_empty_one_is_all_borrowed() {
        let luck = Luck::new(3);
        let large: Vec<f64> = (0..4_000)
            .map(|d| (8.0 + normal_quantile(luck.at(d).uniform())).exp())
            .collect();
        let sizes = sizes(&[&large, &[], &[0.0, 0.0, 2_000.0]]);
        let truth = f64::exp(8.5);
        assert!(
            (sizes[0].mean / truth - 1.0).abs() < 0.06 && sizes[0].borrowed < 0.02,
            "{:?}",
            sizes[0]
        );
        assert!(
            (sizes[1].borrowed - 1.0).abs() < 1e-12 && sizes[1].n == 0,
            "{:?}",
            sizes[1]
        );
        assert_eq!((sizes[1].largest_share, sizes[0].not_declared), (None, 0));
        assert_eq!(
            (sizes[2].n, sizes[2].not_declared, sizes[2].largest_share),
            (1, 2, Some(1.0))
        );
        assert!(sizes[1].high80 - sizes[1].low80 > sizes[0].high80 - sizes[0].low80);
    }

    #[test]
    fn nothing_declared_says_nothing_and_one_deal_says_little() {
        assert_eq!(deal_sizes(&[]).unwrap(), None);
        assert_eq!(deal_sizes(&[cell(0, 0, &[]), cell(1, 1, &[0.0, -5.0])]).unwrap(), None);
        let one = sizes(&[&[50_000.0]]);
        assert!(one[0].low80 < 40_000.0 && one[0].high80 > 100_000.0, "{one:?}");
        let most = sizes(&[&[900_000.0, 10_000.0, 20_000.0, 15_000.0]]);
        assert!(most[0].largest_share.unwrap() > 0.9, "{most:?}");
        assert!(most[0].mean < 900_000.0, "{most:?}");
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for wrong in [f64::NAN, f64::INFINITY, 1e13] {
            let refused = deal_sizes(&[cell(0, 0, &[1.0, wrong])]).unwrap_err();
            assert!(refused.to_string().starts_with("cells[0].amounts"), "{refused}");
        }
        assert!(deal_sizes(&[cell(100, 0, &[])]).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(30))]
        #[test]
        fn any_amounts_give_sizes_in_order_that_follow_their_unit(
            cells in proptest::collection::vec(
                (0_usize..4, 0_usize..3, proptest::collection::vec(0.0_f64..1e9, 0..12)), 1..10)
        ) {
            let at = |amounts: &[Vec<f64>]| {
                let cells: Vec<DealCell<'_>> =
                    cells.iter().zip(amounts).map(|((r, c, _), amounts)| cell(*r, *c, amounts)).collect();
                deal_sizes(&cells).unwrap()
            };
            let amounts: Vec<Vec<f64>> = cells.iter().map(|(_, _, amounts)| amounts.clone()).collect();
            let thousandths = amounts.iter().map(|a| a.iter().map(|x| x / 1_000.0).collect()).collect::<Vec<_>>();
            let (one, other) = (at(&amounts), at(&thousandths));
            prop_assert_eq!(one.is_some(), amounts.iter().flatten().any(|amount| *amount > 0.0));
            for (size, small) in one.iter().flatten().zip(other.iter().flatten()) {
                prop_assert!(0.0 < size.low80 && size.low80 <= size.high80, "{size:?}");
                prop_assert!(size.mean > 0.0 && size.mean.is_finite() && (0.0..=1.0).contains(&size.borrowed), "{size:?}");
                prop_assert!((size.mean / small.mean / 1_000.0 - 1.0).abs() < 1e-6, "{size:?} {small:?}");
            }
        }
    }
}
