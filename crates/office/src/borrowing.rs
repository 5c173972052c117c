//! What the cells of a grid say of win rate, deal size and sourcing when they borrow from each other, and where the whole
//! and its parts disagree.

use std::collections::BTreeMap;

use beachhead_facts::measure::Cell;
use beachhead_foresight::deal_size::{DealCell, DealSize, deal_sizes};
use beachhead_foresight::pooling::{CellCount, Pooled, crossed};
use beachhead_foresight::reversal::{Stratum, reversal};
use beachhead_foresight::sourcing::{SourcingCell, sourcing_rates};
use beachhead_strategy::{Currency, CycleLength, FiscalCalendar};
use jiff::civil::Date;
use serde::Serialize;

use crate::figures::as_real;
use crate::weighing::units;

/// What the facts say of one cell, borrowing from the others.
#[derive(Debug, Clone, Default)]
pub struct Borrowed {
    /// Its win rate.
    pub win_rate: Option<Pooled>,
    /// What a won deal is worth, in units; none where no cell declares an amount.
    pub deal_size: Option<DealSize>,
    /// What its partners source; none where it has no partner, or nothing was sourced yet.
    pub sourcing: Option<Sourcing>,
}

/// Opportunities that the partners of a cell source together.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sourcing {
    /// In a quarter, on average.
    pub per_quarter: f64,
    /// The 10% quantile of that average.
    pub low80: f64,
    /// The 90% quantile.
    pub high80: f64,
    /// The count that the next quarter will show, at 10% and at 90%.
    pub next_quarter: [u64; 2],
    /// Sourced so far.
    pub sourced: u64,
    /// Quarters that they were counted over, the one that runs by its share.
    pub quarters: f64,
    /// Partners of the cell.
    pub partners: u64,
}

/// The places of cells in a grid of their first two fields; none where there is no field, or more than two.
struct Grid<'a> {
    rows: Vec<&'a str>,
    columns: Vec<&'a str>,
    places: Vec<(usize, usize)>,
}

impl<'a> Grid<'a> {
    fn of(cells: &'a [Cell]) -> Option<Self> {
        let fields = cells.first()?.key.len();
        if fields == 0 || fields > 2 {
            return None;
        }
        let values = |nth: usize| {
            let mut places: BTreeMap<&str, usize> = BTreeMap::new();
            for cell in cells {
                let next = places.len();
                places.entry(value(cell, nth)).or_insert(next);
            }
            places
        };
        let named = |places: &BTreeMap<&'a str, usize>| {
            let mut names: Vec<(usize, &str)> = places.iter().map(|(name, place)| (*place, *name)).collect();
            names.sort_unstable();
            names.into_iter().map(|(_, name)| name).collect()
        };
        let (rows, columns) = (values(0), values(1));
        Some(Self {
            places: cells
                .iter()
                .map(|cell| (rows[value(cell, 0)], columns[value(cell, 1)]))
                .collect(),
            rows: named(&rows),
            columns: named(&columns),
        })
    }
}

/// The value of a cell's nth field; nothing where it has none.
fn value(cell: &Cell, nth: usize) -> &str {
    cell.key.get(nth).map_or("", |(_, value)| value.as_str())
}

/// Pools the cells over their first two fields; with more fields, or too many cells, nothing is pooled.
pub(crate) fn borrowed(
    cells: &[Cell],
    currency: Option<Currency>,
    calendar: FiscalCalendar,
    as_of: Date,
) -> Vec<Borrowed> {
    let mut found = vec![Borrowed::default(); cells.len()];
    let Some(grid) = Grid::of(cells) else { return found };
    let at = || cells.iter().zip(&grid.places);
    let counts = at().map(|(cell, &(row, column))| CellCount {
        row,
        column,
        k: cell.won,
        n: cell.won + cell.lost,
    });
    if let Ok(rates) = crossed(&counts.collect::<Vec<_>>()) {
        found
            .iter_mut()
            .zip(rates)
            .for_each(|(found, rate)| found.win_rate = Some(rate));
    }
    let amounts: Vec<Vec<f64>> = cells
        .iter()
        .map(|cell| in_units(&cell.amounts_won_minor, currency))
        .collect();
    let deals = grid
        .places
        .iter()
        .zip(&amounts)
        .map(|(&(row, column), amounts)| DealCell { row, column, amounts });
    if let Ok(Some(sizes)) = deal_sizes(&deals.collect::<Vec<_>>()) {
        found
            .iter_mut()
            .zip(sizes)
            .for_each(|(found, size)| found.deal_size = Some(size));
    }
    for (found, sourcing) in found.iter_mut().zip(sourcings(cells, calendar, as_of)) {
        found.sourcing = sourcing;
    }
    found
}

fn in_units(amounts_minor: &[i64], currency: Option<Currency>) -> Vec<f64> {
    amounts_minor.iter().map(|minor| units(*minor, currency)).collect()
}

fn sourcings(cells: &[Cell], mut calendar: FiscalCalendar, as_of: Date) -> Vec<Option<Sourcing>> {
    calendar.length = CycleLength::Quarter;
    let counted = cells.iter().map(|cell| {
        let running = cell.sourced_per_quarter.last().map(|(quarter, _)| *quarter)?;
        let [passed, whole] = [as_of, calendar.last_day(running)]
            .map(|day| (day - calendar.first_day(running)).get_days().saturating_add(1).max(1));
        let whole_quarters = as_real(cell.sourced_per_quarter.len() as u64 - 1);
        let quarters = whole_quarters + (f64::from(passed) / f64::from(whole)).min(1.0);
        let sourced = cell.sourced_per_quarter.iter().map(|(_, count)| count).sum();
        (cell.partners > 0).then_some((sourced, quarters, cell.partners))
    });
    let counted: Vec<Option<(u64, f64, u64)>> = counted.collect();
    let exposed = counted
        .iter()
        .flatten()
        .map(|&(count, quarters, partners)| SourcingCell {
            count,
            exposure: quarters * as_real(partners),
        });
    let Ok(rates) = sourcing_rates(&exposed.collect::<Vec<_>>()) else {
        return vec![None; cells.len()];
    };
    let mut rates = rates.into_iter();
    let sourcing = |counted: Option<(u64, f64, u64)>| {
        let (sourced, quarters, partners) = counted?;
        let rate = rates.next()?;
        let together = as_real(partners);
        Some(Sourcing {
            per_quarter: rate.mean() * together,
            low80: rate.quantile(0.1) * together,
            high80: rate.quantile(0.9) * together,
            next_quarter: [rate.predicted(0.1, together), rate.predicted(0.9, together)],
            sourced,
            quarters,
            partners,
        })
    };
    counted.into_iter().map(sourcing).collect()
}

/// Where two values of a field win in one order all together and in the other order inside most values of the other
/// field, in sentences. Only for two fields.
pub(crate) fn reversals(cells: &[Cell]) -> Vec<String> {
    let Some(grid) = Grid::of(cells).filter(|grid| grid.rows.len() > 1 && grid.columns.len() > 1) else {
        return Vec::new();
    };
    let mut counts = vec![vec![(0, 0); grid.columns.len()]; grid.rows.len()];
    for (cell, &(row, column)) in cells.iter().zip(&grid.places) {
        counts[row][column] = (cell.won, cell.won + cell.lost);
    }
    let names: Vec<String> = cells[0].key.iter().map(|(name, _)| name.replace('_', " ")).collect();
    let by_column = |row: usize, column: usize| counts[row][column];
    let by_row = |column: usize, row: usize| counts[row][column];
    let mut notes = compare(&grid.columns, grid.rows.len(), &names[0], &by_row);
    notes.extend(compare(&grid.rows, grid.columns.len(), &names[1], &by_column));
    notes
}

/// The most values of a field that are compared two by two.
const COMPARED: usize = 20;

fn compare(values: &[&str], strata: usize, stratum: &str, count: &dyn Fn(usize, usize) -> (u64, u64)) -> Vec<String> {
    let mut notes = Vec::new();
    for one in 0..values.len().min(COMPARED) {
        for other in 0..one {
            let table: Vec<Stratum> = (0..strata)
                .map(|stratum| {
                    let (one, other) = (count(one, stratum), count(other, stratum));
                    Stratum {
                        won: [one.0, other.0],
                        decided: [one.1, other.1],
                    }
                })
                .collect();
            let Some(found) = reversal(&table) else { continue };
            let (more, less) = if found.overall > 0.0 {
                (one, other)
            } else {
                (other, one)
            };
            let points = |difference: f64| format!("{:.0} points", 100.0 * difference.abs());
            notes.push(format!(
                "All together {} wins more often than {}, by {}. Inside {} of {} values of {stratum} it is the other way \
                 round, by {} when like is compared with like: the mix makes the difference, not the value.",
                named(values[more]),
                named(values[less]),
                points(found.overall),
                found.reversed,
                found.strata,
                points(found.within),
            ));
        }
    }
    notes
}

fn named(value: &str) -> &str {
    if value.is_empty() { "(empty)" } else { value }
}
