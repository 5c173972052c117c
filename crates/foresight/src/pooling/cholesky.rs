//! The Cholesky factor of a small symmetric matrix. Must not know what it is solved for.

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

    pub(crate) fn ln_determinant(&self) -> f64 {
        (0..self.size).map(|i| 2.0 * self.lower[i * self.size + i].ln()).sum()
    }

    /// Solves `L y = x` in place.
    pub(crate) fn forward(&self, x: &mut [f64]) {
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
    pub(crate) fn inverse_form(&self, places: impl Iterator<Item = usize>) -> f64 {
        let mut v = vec![0.0; self.size];
        places.for_each(|place| v[place] += 1.0);
        self.forward(&mut v);
        v.iter().map(|x| x * x).sum()
    }
}
