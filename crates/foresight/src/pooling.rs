//! Win rates of a grid of cells that borrow strength from each other. Must not know what rows and columns mean.

use serde::{Deserialize, Serialize};

use crate::error::ForesightError;
use crate::interval::as_real;
use crate::limits;
use crate::special::{ln_logistic, logistic, normal_quantile};

/// What was counted in one cell of a grid of rows and columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct CellCount {
    /// Which row, from 0: a segment, say.
    pub row: usize,
    /// Which column, from 0: a partner type, say. All 0 where there is one dimension only.
    pub column: usize,
    /// How many were won.
    pub k: u64,
    /// Of how many decided.
    pub n: u64,
}

/// The pooled rate of one cell.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Pooled {
    /// The posterior mean of the win rate.
    pub rate: f64,
    /// The 10% quantile.
    pub low80: f64,
    /// The 90% quantile.
    pub high80: f64,
    /// The share of the estimate's information that comes from other cells and not from this one's own deals, 0 to 1.
    pub borrowed: f64,
}

/// Pools the cells; the answer is in their order.
///
/// `k ~ Bin(n, logistic(mu + row + column + cell))` with normal rows, columns and cells of unknown spread, the spreads
/// half-normal (0.5, 0.5, 0.35) and integrated over 48 equally likely points: fixing them at their best values makes
/// ranges too narrow (numbers.md 1(a)). Each point is fitted by Newton's method and weighted by its Laplace evidence.
/// With one row or one column only, there are cells and no rows or columns, and the cells' spread is half-normal(0.5).
///
/// # Errors
/// More wins than decided deals in a cell, or more cells, rows or columns than [`limits`] allow.
pub fn crossed(cells: &[CellCount]) -> Result<Vec<Pooled>, ForesightError> {
    check(cells)?;
    let model = Model::of(cells);
    let mut state = State {
        shared: vec![0.0; model.size],
        own: vec![0.0; cells.len()],
    };
    let fits: Vec<Fit> = model
        .spreads()
        .into_iter()
        .map(|spread| model.fit(spread, &mut state))
        .collect();
    let top = fits.iter().map(|fit| fit.ln_evidence).fold(f64::NEG_INFINITY, f64::max);
    let weights: Vec<f64> = fits.iter().map(|fit| (fit.ln_evidence - top).exp()).collect();
    let total: f64 = weights.iter().sum();
    let average = |f: &dyn Fn(&Fit) -> f64| -> f64 {
        weights
            .iter()
            .zip(&fits)
            .map(|(weight, fit)| weight / total * f(fit))
            .sum()
    };
    let pooled = |i: usize| {
        let mean = average(&|fit| fit.cells[i].mean);
        let variance = average(&|fit| fit.cells[i].variance + (fit.cells[i].mean - mean).powi(2));
        let half = normal_quantile(0.9) * variance.sqrt();
        Pooled {
            rate: average(&|fit| mean_logistic(fit.cells[i].mean, fit.cells[i].variance)),
            low80: logistic(mean - half),
            high80: logistic(mean + half),
            borrowed: average(&|fit| 1.0 - fit.cells[i].own_information * fit.cells[i].variance).clamp(0.0, 1.0),
        }
    };
    Ok((0..cells.len()).map(pooled).collect())
}

/// Standard deviation of the normal prior on the grand mean's log-odds: nearly flat on the probability.
const GRAND_SD: f64 = 1.8;
/// Half-normal scales of the spreads of rows, columns and cells.
const SPREADS: [f64; 3] = [0.5, 0.5, 0.35];
const NEWTON_STEPS: usize = 60;

fn check(cells: &[CellCount]) -> Result<(), ForesightError> {
    ForesightError::at_most("cells", cells.len() as u64, limits::CELLS)?;
    for (index, cell) in cells.iter().enumerate() {
        let at = |field: &str| format!("cells[{index}].{field}");
        ForesightError::at_most(at("row"), cell.row as u64, limits::LEVELS - 1)?;
        ForesightError::at_most(at("column"), cell.column as u64, limits::LEVELS - 1)?;
        ForesightError::at_most(at("n"), cell.n, limits::ACCOUNTS)?;
        if cell.k > cell.n {
            return Err(ForesightError::invalid(
                at("k"),
                format!("{} won of {} decided", cell.k, cell.n),
                "count every won deal as decided",
            ));
        }
    }
    Ok(())
}

/// `E[logistic(x)]` for a normal `x` (MacKay 1992): within 0.01, and right in both limits.
fn mean_logistic(mean: f64, variance: f64) -> f64 {
    logistic(mean / (1.0 + std::f64::consts::PI * variance / 8.0).sqrt())
}

/// The crossed model: which shared coefficients (grand mean, rows, columns) each cell adds up.
struct Model<'a> {
    cells: &'a [CellCount],
    /// Coefficient of the row and of the column of each cell; none in one dimension.
    crossing: Vec<Option<(usize, usize)>>,
    rows: usize,
    /// Shared coefficients in all.
    size: usize,
}

/// Standard deviations of rows, columns and cells.
#[derive(Clone, Copy)]
struct Spread {
    row: f64,
    column: f64,
    cell: f64,
}

/// Coefficients: the shared ones, and each cell's own.
#[derive(Clone)]
struct State {
    shared: Vec<f64>,
    own: Vec<f64>,
}

/// The model at one spread.
struct Fit {
    ln_evidence: f64,
    cells: Vec<FittedCell>,
}

/// The log-odds of one cell.
struct FittedCell {
    mean: f64,
    variance: f64,
    /// What the cell's own deals tell of its log-odds.
    own_information: f64,
}

impl<'a> Model<'a> {
    fn of(cells: &'a [CellCount]) -> Self {
        let count = |level: fn(&CellCount) -> usize| cells.iter().map(level).max().map_or(0, |most| most + 1);
        let distinct = |level: fn(&CellCount) -> usize| cells.iter().any(|cell| level(cell) != level(&cells[0]));
        let (rows, columns) = (count(|cell| cell.row), count(|cell| cell.column));
        let is_crossed = distinct(|cell| cell.row) && distinct(|cell| cell.column);
        let crossing = cells
            .iter()
            .map(|cell| is_crossed.then_some((1 + cell.row, 1 + rows + cell.column)))
            .collect();
        Self {
            cells,
            crossing,
            rows,
            size: if is_crossed { 1 + rows + columns } else { 1 },
        }
    }

    fn is_crossed(&self) -> bool {
        self.size > 1
    }

    /// 48 equally likely spreads: midpoints of equal slices of the half-normal priors.
    fn spreads(&self) -> Vec<Spread> {
        let half_normal = |scale: f64, slice: u32, of: u32| {
            scale * normal_quantile(0.5 + 0.5 * (f64::from(slice) + 0.5) / f64::from(of))
        };
        if !self.is_crossed() {
            return (0..48)
                .map(|i| Spread {
                    row: 1.0,
                    column: 1.0,
                    cell: half_normal(SPREADS[0], i, 48),
                })
                .collect();
        }
        (0..48)
            .map(|i| Spread {
                row: half_normal(SPREADS[0], i / 12, 4),
                column: half_normal(SPREADS[1], i / 3 % 4, 4),
                cell: half_normal(SPREADS[2], i % 3, 3),
            })
            .collect()
    }

    /// The indices of the shared coefficients that make up cell `i`.
    fn parts(&self, i: usize) -> impl Iterator<Item = usize> + Clone {
        let crossing = self.crossing[i];
        std::iter::once(0)
            .chain(crossing.map(|(row, _)| row))
            .chain(crossing.map(|(_, column)| column))
    }

    fn log_odds(&self, state: &State, i: usize) -> f64 {
        self.parts(i).map(|part| state.shared[part]).sum::<f64>() + state.own[i]
    }

    /// The prior precision of a shared coefficient.
    fn precision(&self, spread: Spread, part: usize) -> f64 {
        let sd = match part {
            0 => GRAND_SD,
            part if part <= self.rows => spread.row,
            _ => spread.column,
        };
        sd.powi(-2)
    }

    /// `ln L - 1/2 coefficients' D coefficients`.
    fn ln_joint(&self, spread: Spread, state: &State) -> f64 {
        let likelihood: f64 = (0..self.cells.len())
            .map(|i| {
                let (x, cell) = (self.log_odds(state, i), &self.cells[i]);
                as_real(cell.k) * ln_logistic(x) + as_real(cell.n - cell.k) * ln_logistic(-x)
            })
            .sum();
        let shared: f64 = state
            .shared
            .iter()
            .enumerate()
            .map(|(part, x)| self.precision(spread, part) * x * x)
            .sum();
        let own: f64 = state.own.iter().map(|x| x * x).sum::<f64>() * spread.cell.powi(-2);
        likelihood - 0.5 * (shared + own)
    }

    /// The curvature of the shared coefficients once each cell's own has been eliminated (its block is diagonal), as
    /// its Cholesky factor; and each cell's own information.
    fn curvature(&self, spread: Spread, state: &State) -> (Cholesky, Vec<f64>) {
        let own_precision = spread.cell.powi(-2);
        let mut matrix = vec![0.0; self.size * self.size];
        for part in 0..self.size {
            matrix[part * self.size + part] = self.precision(spread, part);
        }
        let mut information = Vec::with_capacity(self.cells.len());
        for (i, cell) in self.cells.iter().enumerate() {
            let p = logistic(self.log_odds(state, i));
            let own = as_real(cell.n) * p * (1.0 - p);
            let left = own * own_precision / (own + own_precision);
            for row in self.parts(i) {
                for column in self.parts(i) {
                    matrix[row * self.size + column] += left;
                }
            }
            information.push(own);
        }
        (Cholesky::of(matrix, self.size), information)
    }

    /// Newton's method to the mode, then Laplace's approximation around it. `state` is where to start and is left at
    /// the mode, so that the next spread starts near its own.
    fn fit(&self, spread: Spread, state: &mut State) -> Fit {
        let mut joint = self.ln_joint(spread, state);
        for _ in 0..NEWTON_STEPS {
            let step = self.newton_step(spread, state);
            let mut share = 1.0;
            let (next, next_joint) = loop {
                let next = state.moved(&step, share);
                let next_joint = self.ln_joint(spread, &next);
                if next_joint >= joint || share < 1e-6 {
                    break (next, next_joint);
                }
                share *= 0.5;
            };
            let gain = next_joint - joint;
            (*state, joint) = (next, next_joint);
            if gain < 1e-9 {
                break;
            }
        }
        let (factor, information) = self.curvature(spread, state);
        let own_precision = spread.cell.powi(-2);
        let ln_prior: f64 = (0..self.size)
            .map(|part| self.precision(spread, part).ln())
            .sum::<f64>()
            + as_real(self.cells.len() as u64) * own_precision.ln();
        let ln_curvature =
            factor.ln_determinant() + information.iter().map(|own| (own + own_precision).ln()).sum::<f64>();
        let cells = (0..self.cells.len()).map(|i| {
            let own = information[i];
            let kept = own_precision / (own + own_precision);
            let shared = factor.inverse_form(self.parts(i));
            FittedCell {
                mean: self.log_odds(state, i),
                variance: kept * kept * shared + 1.0 / (own + own_precision),
                own_information: own,
            }
        });
        Fit {
            ln_evidence: joint + 0.5 * (ln_prior - ln_curvature),
            cells: cells.collect(),
        }
    }

    fn newton_step(&self, spread: Spread, state: &State) -> State {
        let (factor, information) = self.curvature(spread, state);
        let own_precision = spread.cell.powi(-2);
        let mut shared: Vec<f64> = state
            .shared
            .iter()
            .enumerate()
            .map(|(part, x)| -self.precision(spread, part) * x)
            .collect();
        let mut own = Vec::with_capacity(self.cells.len());
        for (i, cell) in self.cells.iter().enumerate() {
            let residual = as_real(cell.k) - as_real(cell.n) * logistic(self.log_odds(state, i));
            let slope = residual - own_precision * state.own[i];
            let left = residual - information[i] * slope / (information[i] + own_precision);
            for part in self.parts(i) {
                shared[part] += left;
            }
            own.push(slope);
        }
        factor.solve(&mut shared);
        for (i, slope) in own.iter_mut().enumerate() {
            let moved: f64 = self.parts(i).map(|part| shared[part]).sum();
            *slope = (*slope - information[i] * moved) / (information[i] + own_precision);
        }
        State { shared, own }
    }
}

impl State {
    fn moved(&self, step: &Self, share: f64) -> Self {
        let add = |from: &[f64], step: &[f64]| from.iter().zip(step).map(|(x, d)| x + share * d).collect();
        Self {
            shared: add(&self.shared, &step.shared),
            own: add(&self.own, &step.own),
        }
    }
}

/// The lower factor of a symmetric positive definite matrix, by rows.
pub(crate) struct Cholesky {
    lower: Vec<f64>,
    size: usize,
}

impl Cholesky {
    pub(crate) fn of(mut matrix: Vec<f64>, size: usize) -> Self {
        for row in 0..size {
            for column in 0..=row {
                let (r, c) = (row * size, column * size);
                let done: f64 = matrix[r..r + column]
                    .iter()
                    .zip(&matrix[c..c + column])
                    .map(|(a, b)| a * b)
                    .sum();
                let left = matrix[r + column] - done;
                // A prior precision stands on the diagonal, so what is left of it is above zero but for rounding.
                matrix[r + column] = if row == column {
                    left.max(1e-12).sqrt()
                } else {
                    left / matrix[c + column]
                };
            }
        }
        Self { lower: matrix, size }
    }

    fn ln_determinant(&self) -> f64 {
        (0..self.size).map(|i| 2.0 * self.lower[i * self.size + i].ln()).sum()
    }

    /// Solves `L y = x` in place.
    fn forward(&self, x: &mut [f64]) {
        for i in 0..self.size {
            let row = &self.lower[i * self.size..=i * self.size + i];
            let done: f64 = row[..i].iter().zip(&x[..i]).map(|(a, b)| a * b).sum();
            x[i] = (x[i] - done) / row[i];
        }
    }

    /// Solves `A y = x` in place.
    pub(crate) fn solve(&self, x: &mut [f64]) {
        self.forward(x);
        for i in (0..self.size).rev() {
            x[i] /= self.lower[i * self.size + i];
            for j in 0..i {
                x[j] -= self.lower[i * self.size + j] * x[i];
            }
        }
    }

    /// `v' A^-1 v` for the vector of ones at `places`.
    fn inverse_form(&self, places: impl Iterator<Item = usize>) -> f64 {
        let mut v = vec![0.0; self.size];
        places.for_each(|place| v[place] += 1.0);
        self.forward(&mut v);
        v.iter().map(|x| x * x).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::{CellCount, Pooled, crossed};
    use crate::luck::Luck;
    use crate::special::{logistic, normal_quantile};
    use proptest::prelude::*;

    fn cell(row: usize, column: usize, k: u64, n: u64) -> CellCount {
        CellCount { row, column, k, n }
    }

    /// A 5 x 4 world like that of numbers.md 1(a): rates that differ by 0.1, twelve deals a cell on average and many
    /// cells with few.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small counts")]
    fn world(luck: Luck) -> Vec<(f64, CellCount)> {
        let normal = |luck: Luck| normal_quantile(luck.uniform());
        let effect = |kind: u64, i: u64, sd: f64| sd * normal(luck.at(kind).at(i));
        (0..20_u64)
            .map(|i| {
                let (r, c) = (i / 4, i % 4);
                let log_odds = -1.0 + effect(10, r, 0.4) + effect(11, c, 0.3) + effect(12, i, 0.25);
                let p = logistic(log_odds);
                let n = (-12.0 * luck.at(13).at(i).uniform().ln()) as u64;
                let k = (0..n).filter(|&d| luck.at(14).at(i).at(d).uniform() < p).count() as u64;
                (p, cell(r as usize, c as usize, k, n))
            })
            .collect()
    }

    #[test]
    fn pooled_rates_are_near_and_their_ranges_honest() {
        let (mut squares, mut raw, mut common, mut covered, mut n) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for replication in 0..150 {
            let world = world(Luck::new(5).at(replication));
            let pooled = crossed(&world.iter().map(|(_, cell)| *cell).collect::<Vec<_>>()).unwrap();
            let sum = |count: fn(&CellCount) -> u64| world.iter().map(|(_, cell)| count(cell)).sum::<u64>() as f64;
            let overall = sum(|cell| cell.k) / sum(|cell| cell.n);
            for ((p, cell), pooled) in world.iter().zip(&pooled) {
                squares += (pooled.rate - p).powi(2);
                raw += if cell.n > 0 {
                    (cell.k as f64 / cell.n as f64 - p).powi(2)
                } else {
                    0.0
                };
                common += (overall - p).powi(2);
                covered += f64::from(u8::from((pooled.low80..=pooled.high80).contains(p)));
                n += 1.0;
            }
        }
        let [rmse, raw, common] = [squares, raw, common].map(|sum| f64::sqrt(sum / n));
        let coverage = covered / n;
        assert!(
            rmse <= 0.085 && rmse < 0.6 * raw && rmse < 0.85 * common,
            "RMSE {rmse}, raw {raw}, common {common}"
        );
        assert!((0.76..=0.90).contains(&coverage), "coverage {coverage}");
    }

    #[test]
    fn a_cell_without_deals_is_all_borrowed_and_one_with_thousands_is_its_own() {
        let cells = [
            cell(0, 0, 30, 100),
            cell(0, 1, 900, 3_000),
            cell(1, 0, 12, 50),
            cell(1, 1, 0, 0),
        ];
        let pooled = crossed(&cells).unwrap();
        assert!((pooled[3].borrowed - 1.0).abs() < 1e-12);
        assert!((0.15..0.40).contains(&pooled[3].rate), "{:?}", pooled[3]);
        assert!(pooled[3].high80 - pooled[3].low80 > pooled[0].high80 - pooled[0].low80);
        assert!(
            pooled[1].borrowed < 0.1 && (pooled[1].rate - 0.3).abs() < 0.005,
            "{:?}",
            pooled[1]
        );
    }

    #[test]
    fn one_dimension_pools_towards_the_common_rate() {
        let rows = [
            cell(0, 0, 8, 10),
            cell(1, 0, 30, 100),
            cell(2, 0, 25, 100),
            cell(3, 0, 0, 0),
        ];
        let pooled = crossed(&rows).unwrap();
        assert!(pooled[0].rate < 0.7 && pooled[0].rate > pooled[3].rate, "{pooled:?}");
        assert!(pooled[0].borrowed > pooled[1].borrowed);
        let columns = rows.map(|c| cell(0, c.row, c.k, c.n));
        assert_eq!(crossed(&columns).unwrap(), pooled);
    }

    #[test]
    fn nothing_at_all_says_nothing() {
        assert_eq!(crossed(&[]).unwrap(), Vec::<Pooled>::new());
        let empty = crossed(&[cell(0, 0, 0, 0), cell(1, 1, 0, 0)]).unwrap();
        assert!(
            (empty[0].rate - 0.5).abs() < 1e-9 && empty[0].low80 < 0.15 && empty[0].high80 > 0.85,
            "{empty:?}"
        );
        assert!(crossed(&[cell(0, 0, 2, 1)]).is_err());
        assert!(crossed(&[cell(1_000, 0, 1, 1)]).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn any_counts_give_ranges_in_order(
            counts in proptest::collection::vec((0_usize..6, 0_usize..5, 0_u64..3_000, 0.0_f64..=1.0), 1..30)
        ) {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of n")]
            let cells: Vec<CellCount> =
                counts.iter().map(|&(r, c, n, share)| cell(r, c, (share * n as f64) as u64, n)).collect();
            for pooled in crossed(&cells).unwrap() {
                let Pooled { rate, low80, high80, borrowed } = pooled;
                prop_assert!(0.0 < low80 && low80 < high80 && high80 < 1.0, "{pooled:?}");
                prop_assert!(0.0 < rate && rate < 1.0 && (0.0..=1.0).contains(&borrowed), "{pooled:?}");
            }
        }
    }
}
