//! Logistic regression with a ridge: a mode exists whatever the data, also where they separate. Must not choose
//! columns.

use crate::pooling::Cholesky;
use crate::special::{ln_logistic, logistic};

const NEWTON_STEPS: usize = 50;
/// The prior precision of a constant: nearly none.
const CONSTANT_PRECISION: f64 = 1e-4;

/// Rows of numbers; the first column is the constant.
pub(super) struct Design {
    pub(super) columns: usize,
    /// Row by row.
    pub(super) cells: Vec<f64>,
}

impl Design {
    pub(super) fn row(&self, at: usize) -> &[f64] {
        &self.cells[at * self.columns..(at + 1) * self.columns]
    }

    /// Coefficients at the mode, by Newton's method: `y ~ Bernoulli(logistic(x b))` over the rows that are taken,
    /// `b ~ N(0, 1 / precision)` but for the constant.
    pub(super) fn fit(&self, taken: &[usize], y: &[bool], precision: f64) -> Vec<f64> {
        let mut at = vec![0.0; self.columns];
        let mut joint = self.ln_joint(taken, y, precision, &at);
        for _ in 0..NEWTON_STEPS {
            let step = self.newton_step(taken, y, precision, &at);
            let mut share = 1.0;
            let (next, next_joint) = loop {
                let next: Vec<f64> = at.iter().zip(&step).map(|(b, step)| b + share * step).collect();
                let next_joint = self.ln_joint(taken, y, precision, &next);
                if next_joint >= joint || share < 1e-6 {
                    break (next, next_joint);
                }
                share *= 0.5;
            };
            let gain = next_joint - joint;
            (at, joint) = (next, next_joint);
            if gain < 1e-9 {
                break;
            }
        }
        at
    }

    /// The probability of each row.
    pub(super) fn predict(&self, coefficients: &[f64], row: usize) -> f64 {
        logistic(dot(self.row(row), coefficients))
    }

    fn ln_joint(&self, taken: &[usize], y: &[bool], precision: f64, b: &[f64]) -> f64 {
        let likelihood: f64 = taken
            .iter()
            .map(|&row| {
                let x = dot(self.row(row), b);
                ln_logistic(if y[row] { x } else { -x })
            })
            .sum();
        let penalty: f64 = b.iter().enumerate().map(|(at, b)| of(at, precision) * b * b).sum();
        likelihood - 0.5 * penalty
    }

    fn newton_step(&self, taken: &[usize], y: &[bool], precision: f64, b: &[f64]) -> Vec<f64> {
        let size = self.columns;
        let mut matrix = vec![0.0; size * size];
        let mut slope: Vec<f64> = b.iter().enumerate().map(|(at, b)| -of(at, precision) * b).collect();
        for at in 0..size {
            matrix[at * size + at] = of(at, precision);
        }
        for &row in taken {
            let x = self.row(row);
            let p = logistic(dot(x, b));
            let (residual, weight) = (f64::from(u8::from(y[row])) - p, p * (1.0 - p));
            for (at, value) in x.iter().enumerate().filter(|(_, value)| **value != 0.0) {
                slope[at] += residual * value;
                let scaled = weight * value;
                for (cell, other) in matrix[at * size..=at * size + at].iter_mut().zip(x) {
                    *cell += scaled * other;
                }
            }
        }
        Cholesky::of(matrix, size).solve(&mut slope);
        slope
    }
}

fn of(at: usize, precision: f64) -> f64 {
    if at == 0 { CONSTANT_PRECISION } else { precision }
}

fn dot(x: &[f64], b: &[f64]) -> f64 {
    x.iter().zip(b).map(|(x, b)| x * b).sum()
}
