//! Win rates of a grid of cells that borrow strength from each other. Must not know what rows and columns mean.

mod cholesky;
pub(crate) mod mixed;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub(crate) use cholesky::Cholesky;

use crate::error::ForesightError;
use crate::interval::as_real;
use crate::limits;
use crate::special::{ln_logistic, logistic};
use mixed::{Cells, Layout, Posterior, Prior, fits, normal_mean};

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

/// Rates on the log-odds: the grand mean nearly flat on the probability; spreads by numbers.md 1(a).
pub(crate) const RATES: Prior = Prior {
    grand_sd: 1.8,
    spreads: [0.5, 0.5, 0.35],
};

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
    let layout = Layout::of(cells.iter().map(|cell| (cell.row, cell.column)));
    let posterior = Posterior::of(fits(&Counts(cells), &layout, &RATES));
    Ok((0..cells.len()).map(|i| pooled(&posterior, i)).collect())
}

/// The rate of a cell whose value is its log-odds.
pub(crate) fn pooled(posterior: &Posterior, i: usize) -> Pooled {
    Pooled {
        rate: posterior.mean(i, |cell| normal_mean(cell.mean, cell.variance, logistic)),
        low80: logistic(posterior.quantile(i, 0.1)),
        high80: logistic(posterior.quantile(i, 0.9)),
        borrowed: posterior.borrowed(i),
    }
}

fn check(cells: &[CellCount]) -> Result<(), ForesightError> {
    ForesightError::at_most("cells", cells.len() as u64, limits::CELLS)?;
    for (index, cell) in cells.iter().enumerate() {
        let at = |field: &str| format!("cells[{index}].{field}");
        check_place(index, cell.row, cell.column)?;
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

/// An error where a grid would have more rows or columns than are pooled.
pub(crate) fn check_place(index: usize, row: usize, column: usize) -> Result<(), ForesightError> {
    ForesightError::at_most(format!("cells[{index}].row"), row as u64, limits::LEVELS - 1)?;
    ForesightError::at_most(format!("cells[{index}].column"), column as u64, limits::LEVELS - 1)
}

/// Wins among decided deals; the value is their log-odds.
struct Counts<'a>(&'a [CellCount]);

impl Cells for Counts<'_> {
    fn ln(&self, i: usize, x: f64) -> f64 {
        let cell = &self.0[i];
        as_real(cell.k) * ln_logistic(x) + as_real(cell.n - cell.k) * ln_logistic(-x)
    }

    fn slope_and_information(&self, i: usize, x: f64) -> (f64, f64) {
        let (cell, p) = (&self.0[i], logistic(x));
        (as_real(cell.k) - as_real(cell.n) * p, as_real(cell.n) * p * (1.0 - p))
    }
}
