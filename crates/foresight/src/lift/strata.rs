//! Deals compared within strata and summed up: Mantel & Haenszel (1959). Notices where the strata point the other way
//! than the whole (Simpson 1951). Must not fit a model.

use std::collections::BTreeMap;

use serde::Serialize;

use super::cohort::Cohort;
use super::{Difference, LEVEL, RiskRatio};
use crate::special::normal_quantile;

/// A reversal is said when the whole differs by at least this, as a fraction of 1…
const CRUDE_LEAST: f64 = 0.01;
/// … and comparing within strata moves the difference by at least this, and by this share of the half of its range: less
/// is noise.
const MOVED_LEAST: (f64, f64) = (0.03, 0.5);

/// The comparison within strata.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Stratified {
    /// Mantel and Haenszel's odds ratio with the interval of Robins, Breslow & Greenland (1986); none where a side has
    /// nothing but wins or nothing but losses in every stratum.
    pub odds_ratio: Option<OddsRatio>,
    /// The difference of win rates with the interval of Sato, Greenland & Robins (1989).
    pub difference: Difference,
    /// The ratio of win rates with the interval of Greenland & Robins (1985); none where a side has no win.
    #[serde(skip)]
    pub risk_ratio: Option<RiskRatio>,
    /// Strata with deals of both sides; the others tell nothing.
    pub strata: u64,
    /// Decided deals in strata that have one side only.
    pub alone: u64,
    /// How many deals without and with the exposure the strata are worth, after weighting (Kish 1965).
    #[serde(skip)]
    pub effective: [f64; 2],
    /// How alike both sides are, from 0 (no stratum has both) to 1 (the same share of each stratum is exposed).
    pub overlap: f64,
}

/// A ratio of odds with its 95% interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct OddsRatio {
    /// With over without.
    pub ratio: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// The strata point the other way than the whole.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reversal {
    /// The field that turns it; several joined by " and ".
    pub strata: String,
    /// The difference as counted.
    pub crude: f64,
    /// The difference within strata.
    pub within: f64,
    /// The share of the strata, by their weight, that point the other way than the whole.
    pub against: f64,
}

/// Won and decided of both sides in one stratum.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Table {
    won: [f64; 2],
    decided: [f64; 2],
}

impl Table {
    fn all(&self) -> f64 {
        self.decided[0] + self.decided[1]
    }

    fn tells(&self) -> bool {
        self.decided[0] > 0.0 && self.decided[1] > 0.0
    }

    /// Mantel and Haenszel's weight: that of an overlap weight where the stratum is all that is known.
    fn weight(&self) -> f64 {
        self.decided[0] * self.decided[1] / self.all()
    }

    fn difference(&self) -> f64 {
        self.won[1] / self.decided[1] - self.won[0] / self.decided[0]
    }
}

impl Cohort<'_> {
    /// The strata of all fields crossed.
    pub(super) fn strata(&self) -> Vec<Table> {
        self.tables(|_| true)
    }

    /// How alike both sides are by one field alone; none where a side has no decided deal.
    pub(super) fn overlap_by(&self, nth: usize) -> Option<f64> {
        Some(overlap(&self.tables(|other| other == nth))).filter(|overlap| overlap.is_finite())
    }

    /// The strata of some fields crossed, in the order of their codes.
    fn tables(&self, of: impl Fn(usize) -> bool) -> Vec<Table> {
        let fields: Vec<&Vec<u32>> = self
            .data
            .strata
            .iter()
            .enumerate()
            .filter(|(nth, _)| of(*nth))
            .map(|(_, field)| &field.values)
            .collect();
        let mut tables: BTreeMap<Vec<u32>, Table> = BTreeMap::new();
        for &place in &self.decided {
            let key = fields.iter().map(|values| values[place]).collect();
            let table = tables.entry(key).or_default();
            let side = usize::from(self.is_exposed(place));
            table.decided[side] += 1.0;
            table.won[side] += f64::from(u8::from(self.is_won(place)));
        }
        tables.into_values().collect()
    }
}

/// Sums strata up; none where no stratum has both sides.
pub(super) fn mantel_haenszel(strata: &[Table]) -> Option<Stratified> {
    let told: Vec<&Table> = strata.iter().filter(|table| table.tells()).collect();
    let weight: f64 = told.iter().map(|table| table.weight()).sum();
    if weight <= 0.0 {
        return None;
    }
    let decided = |tables: &mut dyn Iterator<Item = &Table>| tables.map(Table::all).sum::<f64>();
    // A deal weighs as much as the other side's share of its stratum.
    let worth = |side: usize| {
        let squares = |table: &&Table| table.decided[side] * (table.decided[1 - side] / table.all()).powi(2);
        weight.powi(2) / told.iter().map(squares).sum::<f64>()
    };
    Some(Stratified {
        odds_ratio: odds_ratio(&told),
        difference: difference(&told, weight),
        risk_ratio: risk_ratio(&told),
        strata: told.len() as u64,
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a count of deals"
        )]
        alone: (decided(&mut strata.iter()) - decided(&mut told.iter().copied())) as u64,
        effective: [worth(0), worth(1)],
        overlap: overlap(strata),
    })
}

/// The strata's weight, of that of all deals in one.
fn overlap(strata: &[Table]) -> f64 {
    let mut whole = Table::default();
    for table in strata {
        for side in 0..2 {
            whole.decided[side] += table.decided[side];
        }
    }
    strata
        .iter()
        .filter(|table| table.tells())
        .map(Table::weight)
        .sum::<f64>()
        / whole.weight()
}

fn z() -> f64 {
    normal_quantile(0.5 + 0.5 * LEVEL)
}

/// The variance of Sato, Greenland & Robins (1989): right for few large strata and for many small ones.
fn difference(strata: &[&Table], weight: f64) -> Difference {
    let sum = |of: &dyn Fn(&Table) -> f64| strata.iter().map(|table| of(table)).sum::<f64>();
    let difference = sum(&|t| t.weight() * t.difference()) / weight;
    let p = sum(&|t| {
        let ([c, a], [n0, n1], n) = (t.won, t.decided, t.all());
        c * (n1 / n).powi(2) - a * (n0 / n).powi(2) + n1 / n * n0 / n * (n0 - n1) / 2.0
    });
    let q = sum(&|t| {
        let ([c, a], [n0, n1], n) = (t.won, t.decided, t.all());
        (a * (n0 - c) + c * (n1 - a)) / n / 2.0
    });
    let half = z() * ((difference * p + q).max(0.0) / weight.powi(2)).sqrt();
    Difference {
        difference,
        low: (difference - half).max(-1.0),
        high: (difference + half).min(1.0),
    }
}

fn odds_ratio(strata: &[&Table]) -> Option<OddsRatio> {
    let parts = strata.iter().map(|t| {
        let ([c, a], [n0, n1], n) = (t.won, t.decided, t.all());
        let (b, d) = (n1 - a, n0 - c);
        ((a + d) / n, (b + c) / n, a * d / n, b * c / n)
    });
    let (mut r_sum, mut s_sum, mut pr, mut ps_qr, mut qs) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for (p, q, r, s) in parts {
        r_sum += r;
        s_sum += s;
        pr += p * r;
        ps_qr += p * s + q * r;
        qs += q * s;
    }
    if r_sum <= 0.0 || s_sum <= 0.0 {
        return None;
    }
    let variance = pr / (2.0 * r_sum * r_sum) + ps_qr / (2.0 * r_sum * s_sum) + qs / (2.0 * s_sum * s_sum);
    let (ratio, half) = (r_sum / s_sum, z() * variance.sqrt());
    Some(OddsRatio {
        ratio,
        low: ratio * (-half).exp(),
        high: ratio * half.exp(),
    })
}

fn risk_ratio(strata: &[&Table]) -> Option<RiskRatio> {
    let sum = |of: &dyn Fn(&Table) -> f64| strata.iter().map(|table| of(table)).sum::<f64>();
    let with = sum(&|t| t.won[1] * t.decided[0] / t.all());
    let without = sum(&|t| t.won[0] * t.decided[1] / t.all());
    let spread = sum(&|t| {
        let ([c, a], [n0, n1], n) = (t.won, t.decided, t.all());
        ((a + c) * n1 * n0 - a * c * n) / (n * n)
    });
    RiskRatio::of(with, without, (spread.max(0.0) / (with * without)).sqrt())
}

/// Looks for a reversal: by each field alone, then by all of them. The field that turns the difference furthest is
/// named.
pub(super) fn reversal(cohort: &Cohort<'_>, naive: Difference) -> Option<Reversal> {
    let crude = naive.difference;
    if crude.abs() < CRUDE_LEAST {
        return None;
    }
    let fields = &cohort.data.strata;
    let single = (0..fields.len()).map(|nth| (fields[nth].name.clone(), cohort.tables(|other| other == nth)));
    let turned = |(strata, tables): (String, Vec<Table>)| turned(strata, &tables, naive);
    let furthest = single
        .filter_map(turned)
        .min_by(|one, other| (one.within * crude.signum()).total_cmp(&(other.within * crude.signum())));
    furthest.or_else(|| {
        let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
        turned((names.join(" and "), cohort.strata()))
    })
}

fn turned(strata: String, tables: &[Table], naive: Difference) -> Option<Reversal> {
    let crude = naive.difference;
    let told = || tables.iter().filter(|table| table.tells());
    let weight: f64 = told().map(Table::weight).sum();
    if weight <= 0.0 || told().count() < 2 {
        return None;
    }
    let within = told().map(|table| table.weight() * table.difference()).sum::<f64>() / weight;
    let opposed = told().filter(|table| table.difference() * crude < 0.0);
    let against = opposed.map(Table::weight).sum::<f64>() / weight;
    let moved_least = MOVED_LEAST.0.max(MOVED_LEAST.1 * 0.5 * (naive.high - naive.low));
    let is_turned = (within * crude < 0.0 || against > 0.5) && (within - crude).abs() >= moved_least;
    is_turned.then_some(Reversal {
        strata,
        crude,
        within,
        against,
    })
}
