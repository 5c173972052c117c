//! The trainer: boosted symmetric trees by Newton steps on histograms of bytes. The same rows give the same trees at any
//! number of threads. It must not know what the bytes mean.

use beachhead_mapping::model::{DEPTH, Model, Tree, UNIT};
use rayon::prelude::*;

/// Rows to learn from, a column for each byte.
#[derive(Debug, Default)]
pub struct Rows {
    columns: Vec<Vec<u8>>,
    labels: Vec<bool>,
    weights: Vec<f64>,
    bases: Vec<f64>,
}

impl Rows {
    /// Adds a row that stands for so many. What is known of it beforehand, in log-odds, is not to be learned again.
    pub fn push(&mut self, row: &[u8], label: bool, weight: f64, base: f64) {
        self.columns.resize(row.len(), Vec::new());
        for (column, byte) in self.columns.iter_mut().zip(row) {
            column.push(*byte);
        }
        self.labels.push(label);
        self.weights.push(weight);
        self.bases.push(base);
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    fn weight_of(&self, label: bool) -> f64 {
        let all = self.labels.iter().zip(&self.weights);
        all.filter(|(one, _)| **one == label).map(|(_, weight)| weight).sum()
    }
}

/// How a model is grown.
#[derive(Debug, Clone, Copy)]
pub struct Growth {
    /// How many trees.
    pub trees: usize,
    /// How much of each step is taken.
    pub rate: f64,
}

/// What is added to the curvature of each leaf, so that few rows move little.
const RIDGE: f64 = 3.0;
/// The curvature that either side of a question must hold.
const LEAST: f64 = 2.0;
/// The longest step of a leaf, in log-odds: where all rows are surely wrong the curvature vanishes and a step has no end.
const STEP_MAX: f64 = 3.0;

#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    gradient: f64,
    curvature: f64,
}

impl Sum {
    fn add(&mut self, other: Self) {
        self.gradient += other.gradient;
        self.curvature += other.curvature;
    }

    fn gain(self) -> f64 {
        self.gradient * self.gradient / (self.curvature + RIDGE)
    }
}

/// Grows a model on the logistic loss, a tree at a time.
pub fn grow(rows: &Rows, growth: Growth) -> Model {
    let known = rows.bases.iter().sum::<f64>() / rows.len() as f64;
    let start = units((rows.weight_of(true) / rows.weight_of(false)).ln() - known);
    let mut model = Model {
        start,
        trees: Vec::new(),
    };
    let mut scores: Vec<f64> = rows.bases.iter().map(|base| f64::from(start) / UNIT + base).collect();
    for _ in 0..growth.trees {
        let known = scores.par_iter().zip(&rows.labels).zip(&rows.weights);
        let steps: Vec<Sum> = known
            .map(|((score, label), weight)| {
                let p = 1.0 / (1.0 + (-score).exp());
                Sum {
                    gradient: weight * (f64::from(u8::from(*label)) - p),
                    curvature: weight * p * (1.0 - p),
                }
            })
            .collect();
        let (tree, leaves) = tree(&rows.columns, &steps, growth.rate);
        let add = tree.leaves.map(|leaf| f64::from(leaf) / UNIT);
        let all = scores.par_iter_mut().zip(&leaves);
        all.for_each(|(score, leaf)| *score += add[usize::from(*leaf)]);
        model.trees.push(tree);
    }
    model
}

/// The next tree, and the leaf of each row.
fn tree(columns: &[Vec<u8>], steps: &[Sum], rate: f64) -> (Tree, Vec<u8>) {
    let mut tree = Tree {
        feature: [0; DEPTH],
        threshold: [u8::MAX; DEPTH],
        leaves: [0; 1 << DEPTH],
    };
    let mut leaves = vec![0_u8; steps.len()];
    for level in 0..DEPTH {
        let best = columns.par_iter().enumerate().map(|(feature, column)| {
            let (gain, threshold) = best_threshold(column, &leaves, level, steps);
            (gain, feature, threshold)
        });
        // Of equal gains the first question: the same at any number of threads.
        let (_, feature, threshold) = best.reduce(
            || (f64::MIN, usize::MAX, u8::MAX),
            |one, other| {
                let is_better = other.0 > one.0 || other.0 == one.0 && other.1 < one.1;
                if is_better { other } else { one }
            },
        );
        tree.feature[level] = u8::try_from(feature).unwrap_or(0);
        tree.threshold[level] = threshold;
        let asked = leaves.par_iter_mut().zip(&columns[feature]);
        asked.for_each(|(leaf, byte)| *leaf |= u8::from(*byte > threshold) << level);
    }
    let mut sums = [Sum::default(); 1 << DEPTH];
    for (leaf, step) in leaves.iter().zip(steps) {
        sums[usize::from(*leaf)].add(*step);
    }
    tree.leaves = sums.map(|sum| {
        let step = sum.gradient / (sum.curvature + RIDGE);
        units(rate * step.clamp(-STEP_MAX, STEP_MAX))
    });
    (tree, leaves)
}

/// The threshold of one column that helps most over all leaves of the level, and how much.
fn best_threshold(column: &[u8], leaves: &[u8], level: usize, steps: &[Sum]) -> (f64, u8) {
    let mut histogram = vec![Sum::default(); 256 << level];
    for ((byte, leaf), step) in column.iter().zip(leaves).zip(steps) {
        histogram[usize::from(*leaf) << 8 | usize::from(*byte)].add(*step);
    }
    let mut gains = [0.0_f64; 255];
    for leaf in histogram.chunks(256) {
        let mut all = Sum::default();
        leaf.iter().for_each(|sum| all.add(*sum));
        let mut below = Sum::default();
        for (gain, sum) in gains.iter_mut().zip(leaf) {
            below.add(*sum);
            let above = Sum {
                gradient: all.gradient - below.gradient,
                curvature: all.curvature - below.curvature,
            };
            if below.curvature >= LEAST && above.curvature >= LEAST {
                *gain += below.gain() + above.gain() - all.gain();
            }
        }
    }
    let thresholds = (0..=u8::MAX).zip(gains);
    thresholds.fold(
        (f64::MIN, 0),
        |best, (threshold, gain)| if gain > best.0 { (gain, threshold) } else { best },
    )
}

#[expect(clippy::cast_possible_truncation, reason = "some hundred log-odds at most")]
fn units(log_odds: f64) -> i32 {
    (log_odds * UNIT).round() as i32
}
