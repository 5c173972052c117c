//! The difference adjusted for all that is known of the deals: augmented overlap weights (Li, Morgan & Zaslavsky 2018),
//! or the strata alone where the data are thin. Must not judge the result.

use std::collections::BTreeMap;

use serde::Serialize;

use super::cohort::Cohort;
use super::logistic::Design;
use super::strata::Stratified;
use super::{Difference, LEAST_DECIDED, LEVEL};
use crate::interval::as_real;
use crate::special::normal_quantile;

/// Wins, and losses, that each side needs for models to be fitted.
const ENDS_LEAST: u64 = 5;
/// Deals that a level of a stratum needs for a coefficient of its own; smaller levels share one.
const LEVEL_LEAST: usize = 5;
/// Levels of one stratum with a coefficient of their own.
const LEVELS_MOST: usize = 20;
/// The prior precision of a coefficient: a standard deviation of 2 on the log-odds.
const PRECISION: f64 = 0.25;
/// The least effective number of deals on each side after weighting.
const EFFECTIVE_LEAST: f64 = 10.0;
/// The least overlap: below it a comparison is the models' invention.
const OVERLAP_LEAST: f64 = 0.1;

/// How the adjusted difference came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// Overlap weights, augmented by models of the outcome.
    OverlapAipw,
    /// Mantel and Haenszel's, over strata.
    MantelHaenszel,
}

impl Method {
    /// The word in documents.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::OverlapAipw => "overlap-aipw",
            Self::MantelHaenszel => "mantel-haenszel",
        }
    }
}

/// A ratio of win rates with its 95% interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RiskRatio {
    /// With over without.
    pub ratio: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl RiskRatio {
    /// From two rates and the standard error of the logarithm of their ratio; none where a rate is not above zero.
    pub(super) fn of(with: f64, without: f64, ln_se: f64) -> Option<Self> {
        let (ratio, half) = (with / without, normal_quantile(0.5 + 0.5 * LEVEL) * ln_se);
        let found = Self {
            ratio,
            low: ratio * (-half).exp(),
            high: ratio * half.exp(),
        };
        (with > 0.0 && without > 0.0 && found.high.is_finite()).then_some(found)
    }
}

/// The adjusted difference.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Adjusted {
    /// The difference among deals that could have been on either side.
    #[serde(flatten)]
    pub difference: Difference,
    /// How it came about.
    pub method: Method,
    /// The same as a ratio.
    pub risk_ratio: Option<RiskRatio>,
    /// How many deals without and with the exposure it is worth, after weighting (Kish 1965).
    pub effective: [f64; 2],
    /// How alike both sides are, from 0 (no deal could have been on either side) to about 1 (all could).
    pub overlap: f64,
}

impl Adjusted {
    /// Whether enough of both sides is alike.
    pub(super) fn is_enough(&self) -> bool {
        self.effective.iter().all(|n| *n >= EFFECTIVE_LEAST)
    }

    fn is_comparison(&self) -> bool {
        self.overlap >= OVERLAP_LEAST
    }
}

/// Models where there is enough to fit them, else the strata; none where those tell nothing.
pub(super) fn adjusted(
    cohort: &Cohort<'_>,
    stratified: Option<&Stratified>,
    naive: Option<Difference>,
) -> Option<Adjusted> {
    let enough = [cohort.with, cohort.without].iter().all(|arm| {
        let (won, lost) = (arm.rate.k, arm.rate.n - arm.rate.k);
        arm.rate.n >= LEAST_DECIDED && won.min(lost) >= ENDS_LEAST
    });
    if enough && let Some(found) = overlap_aipw(cohort) {
        return Some(found).filter(Adjusted::is_comparison);
    }
    // Strata that hold one end only have no variance by their formula: the range is never narrower than the counts'
    // own.
    let (strata, naive) = (stratified?, naive?);
    let Difference { difference, low, high } = strata.difference;
    let found = Adjusted {
        difference: Difference {
            difference,
            low: low.min(difference - (naive.difference - naive.low)).max(-1.0),
            high: high.max(difference + (naive.high - naive.difference)).min(1.0),
        },
        method: Method::MantelHaenszel,
        risk_ratio: strata.risk_ratio,
        effective: strata.effective,
        overlap: strata.overlap,
    };
    Some(found).filter(Adjusted::is_comparison)
}

/// With propensity `e`, outcome models `m1`, `m0` and `h = e (1 - e)`:
/// `sum[h (m1 - m0) + D (1 - e) (Y - m1) - (1 - D) e (Y - m0)] / sum h`, with the interval of its influence function,
/// summed within groups.
fn overlap_aipw(cohort: &Cohort<'_>) -> Option<Adjusted> {
    let design = design(cohort);
    let deals = cohort.decided.len();
    let exposed: Vec<bool> = cohort.decided.iter().map(|place| cohort.is_exposed(*place)).collect();
    let won: Vec<bool> = cohort.decided.iter().map(|place| cohort.is_won(*place)).collect();
    let side = |with: bool| (0..deals).filter(|row| exposed[*row] == with).collect::<Vec<_>>();
    let everybody: Vec<usize> = (0..deals).collect();
    let propensity = design.fit(&everybody, &exposed, PRECISION);
    let models = [
        design.fit(&side(false), &won, PRECISION),
        design.fit(&side(true), &won, PRECISION),
    ];
    let sides = [cohort.without, cohort.with].map(|arm| as_real(arm.rate.n));
    let mut parts = Parts::new(sides, design.columns);
    for row in 0..deals {
        let e = design.predict(&propensity, row);
        let m = [design.predict(&models[0], row), design.predict(&models[1], row)];
        parts.add(e, m, exposed[row], won[row]);
    }
    let groups = cohort.decided.iter().map(|place| cohort.data.deals[*place].group);
    parts.finish(&groups.collect::<Vec<_>>())
}

/// The two weighted rates, deal by deal.
struct Parts {
    /// `h` of each deal.
    overlap: Vec<f64>,
    /// What each deal adds to the rate without and with: by the models, and by what they missed.
    parts: Vec<[[f64; 2]; 2]>,
    /// Sums of the weights and of their squares, without and with.
    weights: [[f64; 2]; 2],
    /// Deals without and with.
    sides: [f64; 2],
    /// What a model takes from the freedom of its residuals, without and with.
    freedom: [f64; 2],
}

impl Parts {
    fn new(sides: [f64; 2], columns: usize) -> Self {
        let freedom = sides.map(|n| (n / (n - as_real(columns as u64)).max(0.25 * n)).sqrt());
        Self {
            sides,
            overlap: Vec::new(),
            parts: Vec::new(),
            weights: [[0.0; 2]; 2],
            freedom,
        }
    }

    fn add(&mut self, e: f64, m: [f64; 2], exposed: bool, won: bool) {
        let h = e * (1.0 - e);
        let (side, weight) = if exposed { (1, 1.0 - e) } else { (0, e) };
        let mut missed = [0.0; 2];
        missed[side] = weight * (f64::from(u8::from(won)) - m[side]);
        self.weights[side][0] += weight;
        self.weights[side][1] += weight * weight;
        self.overlap.push(h);
        self.parts.push([m.map(|m| h * m), missed]);
    }

    fn finish(&self, groups: &[u32]) -> Option<Adjusted> {
        let all: f64 = self.overlap.iter().sum();
        if all <= 0.0 {
            return None;
        }
        let rate = |side: usize| {
            self.parts
                .iter()
                .map(|[by_model, missed]| by_model[side] + missed[side])
                .sum::<f64>()
                / all
        };
        let (without, with) = (rate(0), rate(1));
        // Each deal's influence on the two rates, summed within groups.
        let mut by_group: BTreeMap<u32, [f64; 2]> = BTreeMap::new();
        for (([by_model, missed], h), group) in self.parts.iter().zip(&self.overlap).zip(groups) {
            let sums = by_group.entry(*group).or_default();
            sums[0] += by_model[0] + self.freedom[0] * missed[0] - h * without;
            sums[1] += by_model[1] + self.freedom[1] * missed[1] - h * with;
        }
        let se =
            |of: &dyn Fn(&[f64; 2]) -> f64| by_group.values().map(|sums| of(sums).powi(2)).sum::<f64>().sqrt() / all;
        let (difference, half) = (
            with - without,
            normal_quantile(0.5 + 0.5 * LEVEL) * se(&|sums| sums[1] - sums[0]),
        );
        let found = Difference {
            difference,
            low: (difference - half).max(-1.0),
            high: (difference + half).min(1.0),
        };
        let effective = self.weights.map(|[sum, squares]| sum * sum / squares);
        let is_sound = [difference, half]
            .iter()
            .chain(&effective)
            .all(|value| value.is_finite());
        is_sound.then_some(Adjusted {
            difference: found,
            method: Method::OverlapAipw,
            risk_ratio: RiskRatio::of(with, without, se(&|sums| sums[1] / with - sums[0] / without)),
            effective,
            overlap: all / (self.sides[0] * self.sides[1] / (self.sides[0] + self.sides[1])),
        })
    }
}

/// A constant, an indicator for each level of each field but its commonest, and each covariate standardised, with an
/// indicator where it is missing.
fn design(cohort: &Cohort<'_>) -> Design {
    let deals = cohort.decided.len();
    let mut columns = vec![vec![1.0; deals]];
    for field in &cohort.data.strata {
        columns.extend(indicators(cohort.decided.iter().map(|place| field.values[*place])));
    }
    for field in &cohort.data.covariates {
        columns.extend(standardised(cohort.decided.iter().map(|place| field.values[*place])));
    }
    let mut cells = Vec::with_capacity(deals * columns.len());
    for row in 0..deals {
        cells.extend(columns.iter().map(|column| column[row]));
    }
    Design {
        columns: columns.len(),
        cells,
    }
}

fn indicators(codes: impl Iterator<Item = u32> + Clone) -> Vec<Vec<f64>> {
    let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
    for code in codes.clone() {
        *counts.entry(code).or_default() += 1;
    }
    let mut levels: Vec<(u32, usize)> = counts.into_iter().collect();
    levels.sort_by_key(|(code, count)| (std::cmp::Reverse(*count), *code));
    let own: Vec<u32> = levels
        .iter()
        .skip(1)
        .take(LEVELS_MOST)
        .filter(|(_, count)| *count >= LEVEL_LEAST)
        .map(|(code, _)| *code)
        .collect();
    let commonest = levels.first().map(|(code, _)| *code);
    let indicator = |is: &dyn Fn(u32) -> bool| codes.clone().map(|code| f64::from(u8::from(is(code)))).collect();
    let mut columns: Vec<Vec<f64>> = own.iter().map(|level| indicator(&|code| code == *level)).collect();
    if levels.len() > own.len() + 1 {
        columns.push(indicator(&|code| Some(code) != commonest && !own.contains(&code)));
    }
    columns
}

fn standardised(values: impl Iterator<Item = f64> + Clone) -> Vec<Vec<f64>> {
    let known = || values.clone().filter(|value| !value.is_nan());
    let n = as_real(known().count() as u64);
    let mean = known().sum::<f64>() / n.max(1.0);
    let sd = (known().map(|value| (value - mean).powi(2)).sum::<f64>() / n.max(1.0)).sqrt();
    let mut columns = Vec::new();
    if sd > 0.0 && sd.is_finite() {
        columns.push(
            values
                .clone()
                .map(|value| if value.is_nan() { 0.0 } else { (value - mean) / sd })
                .collect(),
        );
    }
    if values.clone().any(f64::is_nan) && n > 0.0 {
        columns.push(values.map(|value| f64::from(u8::from(value.is_nan()))).collect());
    }
    columns
}
