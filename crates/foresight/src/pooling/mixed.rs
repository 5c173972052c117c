//! The crossed mixed model under every pooled table: cells whose values add up a grand mean, a row, a column and their
//! own effect. Must not know what is measured in a cell: that is a log-likelihood of its value.

use super::cholesky::Cholesky;
use crate::interval::as_real;
use crate::special::{normal_cdf, normal_quantile};

/// What each cell's own data say of its value, on the scale on which effects add up.
pub(crate) trait Cells {
    /// The log-likelihood of cell `i` at the value `x`.
    fn ln(&self, i: usize, x: f64) -> f64;
    /// Its slope there, and its information (minus its curvature), at least 0.
    fn slope_and_information(&self, i: usize, x: f64) -> (f64, f64);
}

/// What is believed before any data.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Prior {
    /// Standard deviation of the grand mean around 0.
    pub(crate) grand_sd: f64,
    /// Half-normal scales of the standard deviations of rows, columns and cells.
    pub(crate) spreads: [f64; 3],
}

/// Which shared coefficients (grand mean, rows, columns) each cell adds up.
pub(crate) struct Layout {
    /// Coefficients of the row and of the column of each cell; none in one dimension.
    crossing: Vec<Option<(usize, usize)>>,
    rows: usize,
    /// Shared coefficients in all.
    size: usize,
}

impl Layout {
    /// Cells at these rows and columns. With one row or one column only there are cells and no rows or columns.
    pub(crate) fn of(places: impl Iterator<Item = (usize, usize)> + Clone) -> Self {
        let count = |level: fn((usize, usize)) -> usize| places.clone().map(level).max().map_or(0, |most| most + 1);
        let first = places.clone().next().unwrap_or_default();
        let is_crossed =
            places.clone().any(|place| place.0 != first.0) && places.clone().any(|place| place.1 != first.1);
        let (rows, columns) = (count(|place| place.0), count(|place| place.1));
        let crossing = places.map(|(row, column)| is_crossed.then_some((1 + row, 1 + rows + column)));
        Self {
            crossing: crossing.collect(),
            rows,
            size: if is_crossed { 1 + rows + columns } else { 1 },
        }
    }

    fn cells(&self) -> usize {
        self.crossing.len()
    }

    /// The indices of the shared coefficients that make up cell `i`.
    fn parts(&self, i: usize) -> impl Iterator<Item = usize> + Clone {
        let crossing = self.crossing[i];
        std::iter::once(0)
            .chain(crossing.map(|(row, _)| row))
            .chain(crossing.map(|(_, column)| column))
    }

    /// Spreads of equal prior weight: midpoints of equal slices of the half-normal priors. In one dimension the cells'
    /// spread has the rows' prior.
    fn spreads(&self, prior: &Prior) -> Vec<Spread> {
        let half_normal = |scale: f64, slice: u32, of: u32| {
            scale * normal_quantile(0.5 + 0.5 * (f64::from(slice) + 0.5) / f64::from(of))
        };
        let [row, column, cell] = prior.spreads;
        let spread = |row: f64, column: f64, cell: f64| Spread {
            grand: prior.grand_sd.powi(-2),
            row: row.powi(-2),
            column: column.powi(-2),
            cell: cell.powi(-2),
        };
        if self.size == 1 {
            return (0..48).map(|i| spread(1.0, 1.0, half_normal(row, i, 48))).collect();
        }
        (0..48)
            .map(|i| {
                spread(
                    half_normal(row, i / 12, 4),
                    half_normal(column, i / 3 % 4, 4),
                    half_normal(cell, i % 3, 3),
                )
            })
            .collect()
    }
}

/// Prior precisions of the effects.
#[derive(Clone, Copy)]
struct Spread {
    grand: f64,
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

impl State {
    fn moved(&self, step: &Self, share: f64) -> Self {
        let add = |from: &[f64], step: &[f64]| from.iter().zip(step).map(|(x, d)| x + share * d).collect();
        Self {
            shared: add(&self.shared, &step.shared),
            own: add(&self.own, &step.own),
        }
    }
}

/// The model at one spread.
pub(crate) struct Fit {
    /// Laplace's approximation to the log of the evidence.
    pub(crate) ln_evidence: f64,
    /// The cells, in their order.
    pub(crate) cells: Vec<FittedCell>,
}

/// The value of one cell, normal about its mode.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FittedCell {
    pub(crate) mean: f64,
    pub(crate) variance: f64,
    /// What the cell's own data tell of its value.
    pub(crate) own_information: f64,
}

/// The model at every spread, each found by Newton's method from the one before.
pub(crate) fn fits(cells: &impl Cells, layout: &Layout, prior: &Prior) -> Vec<Fit> {
    let mut state = State {
        shared: vec![0.0; layout.size],
        own: vec![0.0; layout.cells()],
    };
    let model = Model { cells, layout };
    let spreads = layout.spreads(prior).into_iter();
    spreads.map(|spread| model.fit(spread, &mut state)).collect()
}

const NEWTON_STEPS: usize = 60;

struct Model<'a, C> {
    cells: &'a C,
    layout: &'a Layout,
}

impl<C: Cells> Model<'_, C> {
    fn value(&self, state: &State, i: usize) -> f64 {
        self.layout.parts(i).map(|part| state.shared[part]).sum::<f64>() + state.own[i]
    }

    /// The prior precision of a shared coefficient.
    fn precision(&self, spread: Spread, part: usize) -> f64 {
        match part {
            0 => spread.grand,
            part if part <= self.layout.rows => spread.row,
            _ => spread.column,
        }
    }

    /// `ln L - 1/2 coefficients' D coefficients`.
    fn ln_joint(&self, spread: Spread, state: &State) -> f64 {
        let likelihood: f64 = (0..self.layout.cells())
            .map(|i| self.cells.ln(i, self.value(state, i)))
            .sum();
        let shared = state.shared.iter().enumerate();
        let shared: f64 = shared.map(|(part, x)| self.precision(spread, part) * x * x).sum();
        let own: f64 = state.own.iter().map(|x| x * x).sum::<f64>() * spread.cell;
        likelihood - 0.5 * (shared + own)
    }

    /// The curvature of the shared coefficients once each cell's own has been eliminated (its block is diagonal), as
    /// its Cholesky factor; and each cell's slope and information.
    fn curvature(&self, spread: Spread, state: &State) -> (Cholesky, Vec<(f64, f64)>) {
        let size = self.layout.size;
        let mut matrix = vec![0.0; size * size];
        for part in 0..size {
            matrix[part * size + part] = self.precision(spread, part);
        }
        let mut told = Vec::with_capacity(self.layout.cells());
        for i in 0..self.layout.cells() {
            let (slope, own) = self.cells.slope_and_information(i, self.value(state, i));
            let left = own * spread.cell / (own + spread.cell);
            for row in self.layout.parts(i) {
                for column in self.layout.parts(i) {
                    matrix[row * size + column] += left;
                }
            }
            told.push((slope, own));
        }
        (Cholesky::of(matrix, size), told)
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
            if gain < 1e-7 {
                break;
            }
        }
        let (factor, told) = self.curvature(spread, state);
        let ln_prior: f64 = (0..self.layout.size)
            .map(|part| self.precision(spread, part).ln())
            .sum::<f64>()
            + as_real(told.len() as u64) * spread.cell.ln();
        let ln_curvature = factor.ln_determinant() + told.iter().map(|(_, own)| (own + spread.cell).ln()).sum::<f64>();
        let cells = told.iter().enumerate().map(|(i, &(_, own))| {
            let kept = spread.cell / (own + spread.cell);
            FittedCell {
                mean: self.value(state, i),
                variance: kept * kept * factor.inverse_form(self.layout.parts(i)) + 1.0 / (own + spread.cell),
                own_information: own,
            }
        });
        Fit {
            ln_evidence: joint + 0.5 * (ln_prior - ln_curvature),
            cells: cells.collect(),
        }
    }

    fn newton_step(&self, spread: Spread, state: &State) -> State {
        let (factor, told) = self.curvature(spread, state);
        let pull = |(part, x): (usize, &f64)| -self.precision(spread, part) * x;
        let mut shared: Vec<f64> = state.shared.iter().enumerate().map(pull).collect();
        let mut own = Vec::with_capacity(told.len());
        for (i, &(residual, information)) in told.iter().enumerate() {
            let slope = residual - spread.cell * state.own[i];
            let left = residual - information * slope / (information + spread.cell);
            for part in self.layout.parts(i) {
                shared[part] += left;
            }
            own.push(slope);
        }
        factor.solve(&mut shared);
        for (i, slope) in own.iter_mut().enumerate() {
            let moved: f64 = self.layout.parts(i).map(|part| shared[part]).sum();
            let information = told[i].1;
            *slope = (*slope - information * moved) / (information + spread.cell);
        }
        State { shared, own }
    }
}

/// The cells averaged over what was not known, each spread weighted by its evidence.
pub(crate) struct Posterior {
    /// Weights that add up to 1, with the fits that they weigh.
    fits: Vec<(f64, Fit)>,
}

/// Fits that weigh less than this share of the heaviest change no shown digit.
const WEIGHTLESS: f64 = 1e-5;

impl Posterior {
    /// The average of fits of equal prior weight.
    pub(crate) fn of(fits: Vec<Fit>) -> Self {
        let top = fits.iter().map(|fit| fit.ln_evidence).fold(f64::NEG_INFINITY, f64::max);
        let weighed = fits.into_iter().map(|fit| ((fit.ln_evidence - top).exp(), fit));
        let mut fits: Vec<(f64, Fit)> = weighed.filter(|(weight, _)| *weight > WEIGHTLESS).collect();
        let total: f64 = fits.iter().map(|(weight, _)| weight).sum();
        fits.iter_mut().for_each(|(weight, _)| *weight /= total);
        Self { fits }
    }

    /// The mean of something of cell `i`.
    pub(crate) fn mean(&self, i: usize, of: impl Fn(&FittedCell) -> f64) -> f64 {
        self.fits.iter().map(|(weight, fit)| weight * of(&fit.cells[i])).sum()
    }

    /// The mean and the variance of the value of cell `i`.
    pub(crate) fn moments(&self, i: usize) -> (f64, f64) {
        let mean = self.mean(i, |cell| cell.mean);
        (mean, self.mean(i, |cell| cell.variance + (cell.mean - mean).powi(2)))
    }

    /// The share of what is known of cell `i` that comes from elsewhere and not from its own data: 1 without any.
    pub(crate) fn borrowed(&self, i: usize) -> f64 {
        self.mean(i, |cell| 1.0 - cell.own_information * cell.variance)
            .clamp(0.0, 1.0)
    }

    /// The value that cell `i` is at most with probability `u`: a mixture of normals inverted by Newton's method inside
    /// a bracket, from the quantile of the normal with the mixture's moments.
    pub(crate) fn quantile(&self, i: usize, u: f64) -> f64 {
        let z = normal_quantile(u);
        let at = |(_, fit): &(f64, Fit)| fit.cells[i].mean + z * fit.cells[i].variance.sqrt();
        let (mut low, mut high) = self
            .fits
            .iter()
            .map(at)
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| {
                (low.min(x), high.max(x))
            });
        let (mean, variance) = self.moments(i);
        let mut x = (mean + z * variance.sqrt()).clamp(low, high);
        for _ in 0..40 {
            let (mut below, mut density) = (0.0, 0.0);
            for (weight, fit) in &self.fits {
                let sd = fit.cells[i].variance.sqrt();
                let y = (x - fit.cells[i].mean) / sd;
                below += weight * normal_cdf(y);
                density += weight * (-0.5 * y * y).exp() / (sd * f64::sqrt(std::f64::consts::TAU));
            }
            if below < u {
                low = x;
            } else {
                high = x;
            }
            let newton = x - (below - u) / density;
            let next = if newton > low && newton < high {
                newton
            } else {
                0.5 * (low + high)
            };
            if (next - x).abs() < 1e-9 * (1.0 + x.abs()) {
                break;
            }
            x = next;
        }
        x
    }
}

/// Nodes and weights of the Gauss-Hermite rule of seven points for a standard normal.
const HERMITE: [(f64, f64); 7] = [
    (-3.750_439_717_725_742_5, 5.482_688_559_722_18e-4),
    (-2.366_759_410_734_541_5, 3.075_712_396_758_650_4e-2),
    (-1.154_405_394_739_968_2, 2.401_231_786_050_127_2e-1),
    (0.0, 4.571_428_571_428_576e-1),
    (1.154_405_394_739_968_2, 2.401_231_786_050_127_2e-1),
    (2.366_759_410_734_541_5, 3.075_712_396_758_650_4e-2),
    (3.750_439_717_725_742_5, 5.482_688_559_722_18e-4),
];

/// The mean of a function of a normal value.
pub(crate) fn normal_mean(mean: f64, variance: f64, of: impl Fn(f64) -> f64) -> f64 {
    let sd = variance.sqrt();
    HERMITE.iter().map(|(node, weight)| weight * of(mean + sd * node)).sum()
}
