//! Ranges: what a person believes, as the 10% and 90% points of an unknown number, and the distributions fitted to
//! them.

use serde::{Deserialize, Serialize};

/// An 80% range: one chance in ten below `low`, one in ten above `high`. In the unit of what it speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Range {
    /// The 10% point.
    pub low: f64,
    /// The 90% point.
    pub high: f64,
}

impl Range {
    /// A range as given; see [`Range::is_upright`].
    pub const fn new(low: f64, high: f64) -> Self {
        Self { low, high }
    }

    /// Both ends finite, and low not above high.
    pub fn is_upright(self) -> bool {
        self.low.is_finite() && self.high.is_finite() && self.low <= self.high
    }

    /// The Beta distribution `(a, b)` whose 10% and 90% points are `low` and `high`, both fractions. An end at 0 or 1
    /// is taken as 0.001 from it, and `a + b` is at most 100 000, so that a range of no width stays a distribution.
    /// `None` unless `0 <= low <= high <= 1`.
    ///
    /// Found by search, as there is no closed form: for a concentration `a + b`, the mean that puts one tenth below
    /// `low`; of the concentrations, the one that puts one tenth above `high`.
    pub fn beta(self) -> Option<(f64, f64)> {
        const EDGE: f64 = 1e-3;
        if !self.is_upright() || self.low < 0.0 || self.high > 1.0 {
            return None;
        }
        let (low, high) = (self.low.clamp(EDGE, 1.0 - EDGE), self.high.clamp(EDGE, 1.0 - EDGE));
        let shape = |concentration: f64| {
            let mean = bisect(0.0, 1.0, |mean| {
                beta_cdf(low, mean * concentration, (1.0 - mean) * concentration) < 0.1
            });
            (mean * concentration, (1.0 - mean) * concentration)
        };
        let log_concentration = bisect(0.01_f64.ln(), 1e5_f64.ln(), |log_concentration| {
            let (a, b) = shape(log_concentration.exp());
            beta_cdf(high, a, b) > 0.9
        });
        Some(shape(log_concentration.exp()))
    }

    /// The log-normal distribution `(mu, sigma)` of the natural logarithm whose 10% and 90% points are `low` and
    /// `high`. `None` unless `0 < low <= high`.
    pub fn log_normal(self) -> Option<(f64, f64)> {
        /// The 90% point of the standard normal distribution.
        const Z90: f64 = 1.281_551_565_544_600_4;
        if !self.is_upright() || self.low <= 0.0 {
            return None;
        }
        let (low, high) = (self.low.ln(), self.high.ln());
        Some((f64::midpoint(low, high), (high - low) / (2.0 * Z90)))
    }
}

/// Steps of a bisection.
const HALVINGS: u32 = 32;

/// Where a question turns from no to yes between two points; the end nearest when it does not turn.
///
/// [`HALVINGS`] place a mean to a part in 10^9, well below what anyone's range is worth.
fn bisect(mut no: f64, mut yes: f64, question: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(no, yes);
        if question(middle) {
            yes = middle;
        } else {
            no = middle;
        }
    }
    f64::midpoint(no, yes)
}

/// The Beta distribution's cumulative probability, by Lentz's continued fraction (Numerical Recipes, 3rd ed., 6.4).
fn beta_cdf(x: f64, a: f64, b: f64) -> f64 {
    let front = (ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (1.0 - x).ln()).exp();
    if x < (a + 1.0) / (a + b + 2.0) {
        front * continued_fraction(x, a, b) / a
    } else {
        1.0 - front * continued_fraction(1.0 - x, b, a) / b
    }
}

fn continued_fraction(x: f64, a: f64, b: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let kept = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / kept(1.0 - (a + b) * x / (a + 1.0));
    let mut value = d;
    for term in 1..2_000_u32 {
        let m = f64::from(term);
        for numerator in [
            m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0)),
        ] {
            d = 1.0 / kept(1.0 + numerator * d);
            c = kept(1.0 + numerator / c);
            value *= c * d;
        }
        if (c * d - 1.0).abs() < 1e-14 {
            break;
        }
    }
    value
}

/// Logarithm of the gamma function for a positive number: the recurrence up to 10, then Stirling's series
/// (Abramowitz and Stegun 6.1.41).
fn ln_gamma(number: f64) -> f64 {
    let (mut x, mut product) = (number, 1.0_f64);
    while x < 10.0 {
        product *= x;
        x += 1.0;
    }
    let inverse = 1.0 / (x * x);
    let series = (1.0 / 12.0 - inverse * (1.0 / 360.0 - inverse * (1.0 / 1260.0 - inverse / 1680.0))) / x;
    (x - 0.5) * x.ln() - x + 0.5 * std::f64::consts::TAU.ln() + series - product.ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cumulative_beta_agrees_with_closed_forms() {
        for (x, a, b, known) in [
            (0.3, 1.0, 1.0, 0.3),
            (0.3, 2.0, 1.0, 0.09),
            (0.3, 1.0, 3.0, 1.0 - 0.7_f64.powi(3)),
            (0.25, 0.5, 0.5, 1.0 / 3.0),
            (0.5, 40.0, 40.0, 0.5),
        ] {
            assert!((beta_cdf(x, a, b) - known).abs() < 1e-10, "{x} {a} {b}");
        }
    }

    #[test]
    fn the_fitted_beta_has_its_tenths_where_the_range_says() {
        for (low, high) in [
            (0.3, 0.6),
            (0.15, 0.35),
            (0.01, 0.03),
            (0.9, 0.99),
            (0.05, 0.95),
            (0.499, 0.501),
        ] {
            let (a, b) = Range::new(low, high).beta().expect("a range of fractions");
            assert!(
                (beta_cdf(low, a, b) - 0.1).abs() < 1e-6 && a > 0.0 && b > 0.0,
                "{low} {high}: {a} {b}"
            );
            let above = beta_cdf(high, a, b);
            assert!(
                (above - 0.9).abs() < 1e-6 || (a + b - 1e5).abs() < 1.0,
                "{low} {high}: {above}"
            );
        }
    }

    #[test]
    fn a_uniform_range_gives_a_uniform_beta() {
        let (a, b) = Range::new(0.1, 0.9).beta().expect("a range of fractions");
        assert!((a - 1.0).abs() < 1e-6 && (b - 1.0).abs() < 1e-6, "{a} {b}");
    }

    #[test]
    fn ranges_at_the_edges_still_give_a_distribution_and_upside_down_ones_none() {
        for (low, high) in [(0.0, 1.0), (0.0, 0.0), (1.0, 1.0), (0.5, 0.5), (0.0, 1e-9)] {
            let (a, b) = Range::new(low, high).beta().expect("a range of fractions");
            assert!(
                a > 0.0 && b > 0.0 && a.is_finite() && b.is_finite(),
                "{low} {high}: {a} {b}"
            );
        }
        for (low, high) in [(0.6, 0.3), (-0.1, 0.5), (0.5, 1.1), (f64::NAN, 0.5)] {
            assert_eq!(Range::new(low, high).beta(), None);
        }
    }

    #[test]
    fn the_fitted_log_normal_has_its_tenths_where_the_range_says() {
        let (mu, sigma) = Range::new(45_000.0, 160_000.0)
            .log_normal()
            .expect("a range above nought");
        assert!(((mu - 1.281_551_565_544_6 * sigma).exp() - 45_000.0).abs() < 1e-6);
        assert!(((mu + 1.281_551_565_544_6 * sigma).exp() - 160_000.0).abs() < 1e-6);
        assert_eq!(Range::new(0.0, 5.0).log_normal(), None);
    }
}
