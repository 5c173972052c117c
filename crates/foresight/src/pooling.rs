//! Win rates of a grid of cells that borrow strength from each other. Must not know what rows and columns mean.

use serde::{Deserialize, Serialize};

use crate::error::ForesightError;

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
/// # Errors
/// More wins than decided deals in a cell, or more cells, rows or columns than [`crate::limits`] allow.
pub fn crossed(cells: &[CellCount]) -> Result<Vec<Pooled>, ForesightError> {
    let _ = cells;
    todo!()
}
