//! The few special functions that the numbers need, each over a checked library. Must not hold a model.

use statrs::function::{beta, erf, gamma};
use std::sync::LazyLock;

/// The logistic function: the probability whose log-odds are `x`.
#[must_use]
pub fn logistic(x: f64) -> f64 {
    if x >= 0.0 {
        1.0 / (1.0 + (-x).exp())
    } else {
        x.exp() / (1.0 + x.exp())
    }
}

/// The log-odds of a probability strictly between 0 and 1.
#[must_use]
pub fn logit(p: f64) -> f64 {
    (p / (1.0 - p)).ln()
}

/// `ln(logistic(x))`, exact far into the tails.
#[must_use]
pub fn ln_logistic(x: f64) -> f64 {
    if x >= 0.0 {
        -(-x).exp().ln_1p()
    } else {
        x - x.exp().ln_1p()
    }
}

/// `ln B(a, b)` of the beta function, for `a, b > 0`.
#[must_use]
pub fn ln_beta(a: f64, b: f64) -> f64 {
    beta::ln_beta(a, b)
}

/// `P(X <= x)` of a Beta(a, b), for `a, b > 0`; 0 below the unit interval and 1 above it.
#[must_use]
pub fn beta_cdf(a: f64, b: f64, x: f64) -> f64 {
    if x <= 0.0 {
        0.0
    } else if x >= 1.0 {
        1.0
    } else {
        beta::beta_reg(a, b, x)
    }
}

/// The quantile of a Beta(a, b): the `x` with `P(X <= x) = u`, to double precision, for `a, b > 0`.
#[must_use]
pub fn beta_quantile(a: f64, b: f64, u: f64) -> f64 {
    if u <= 0.0 {
        return 0.0;
    }
    if u >= 1.0 {
        return 1.0;
    }
    // Bisection on the log-odds: monotone, never lost, and the bracket covers every probability a double can hold.
    let (mut low, mut high) = (-700.0, 40.0);
    for _ in 0..80 {
        let middle = 0.5 * (low + high);
        if beta_cdf(a, b, logistic(middle)) < u {
            low = middle;
        } else {
            high = middle;
        }
    }
    logistic(0.5 * (low + high))
}

/// `ln Γ(x)` for `x > 0`.
#[must_use]
pub fn ln_gamma(x: f64) -> f64 {
    gamma::ln_gamma(x)
}

/// `P(X <= x)` of a Gamma(shape, 1), for `shape > 0`.
#[must_use]
pub fn gamma_cdf(shape: f64, x: f64) -> f64 {
    if x <= 0.0 {
        0.0
    } else if x.is_infinite() {
        1.0
    } else {
        gamma::gamma_lr(shape, x)
    }
}

/// The quantile of a Gamma(shape, 1): the `x` with `P(X <= x) = u`, for `shape > 0`; infinite for `u >= 1`.
#[must_use]
pub fn gamma_quantile(shape: f64, u: f64) -> f64 {
    if u <= 0.0 {
        return 0.0;
    }
    if u >= 1.0 {
        return f64::INFINITY;
    }
    // Bisection on the log: monotone, never lost. The bracket holds any quantile that is not 0 to a double.
    let mut low = -745.0;
    let mut high = (shape + 40.0 * shape.sqrt() + 800.0).ln();
    for _ in 0..80 {
        let middle = 0.5 * (low + high);
        if gamma_cdf(shape, middle.exp()) < u {
            low = middle;
        } else {
            high = middle;
        }
    }
    (0.5 * (low + high)).exp()
}

/// The standard normal distribution function.
#[must_use]
pub fn normal_cdf(x: f64) -> f64 {
    0.5 * erf::erfc(-x / std::f64::consts::SQRT_2)
}

/// The standard normal quantile of `0 < u < 1`.
#[must_use]
pub fn normal_quantile(u: f64) -> f64 {
    -std::f64::consts::SQRT_2 * erf::erfc_inv(2.0 * u)
}

/// The standard normal quantile of `0 < u < 1` from a table, for drawing: within 2e-5 of [`normal_quantile`] between
/// the thousandth at either end, where it is that.
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "u is inside the table"
)]
pub fn normal_draw(u: f64) -> f64 {
    const SLOTS: usize = 4_096;
    static TABLE: LazyLock<Vec<f64>> = LazyLock::new(|| {
        (0..=SLOTS)
            .map(|slot| normal_quantile((slot as f64 / SLOTS as f64).clamp(f64::MIN_POSITIVE, 1.0 - f64::EPSILON)))
            .collect()
    });
    if !(0.001..=0.999).contains(&u) {
        return normal_quantile(u);
    }
    let place = u * SLOTS as f64;
    let slot = place as usize;
    TABLE[slot] + (TABLE[slot + 1] - TABLE[slot]) * (place - slot as f64)
}

/// `P(X >= k)` of a Binomial(n, p).
#[must_use]
pub fn binomial_tail(n: f64, p: f64, k: f64) -> f64 {
    if k <= 0.0 {
        1.0
    } else if k > n {
        0.0
    } else if let Some(certain) = all_but_certain(n, p, k) {
        certain
    } else if k <= 256.0 && n * p < 600.0 && p < 1.0 {
        // Few terms, and the first does not vanish: their sum is many times faster than the continued fraction.
        let odds = p / (1.0 - p);
        let mut term = (n * (-p).ln_1p()).exp();
        let mut below = 0.0;
        let mut i = 0.0;
        while i < k {
            below += term;
            term *= odds * (n - i) / (i + 1.0);
            i += 1.0;
        }
        (1.0 - below).max(0.0)
    } else {
        beta_cdf(k, n - k + 1.0, p)
    }
}

/// `P(X >= k)` where it is within 1e-13 of 0 or 1, by Chernoff's bound (Hoeffding 1963): most draws of a gate that is
/// far off are, and adding up hundreds of terms would say no more.
fn all_but_certain(n: f64, p: f64, k: f64) -> Option<f64> {
    let mean = n * p;
    // The bound on P(X >= k) above the mean, and on P(X <= k - 1) below it.
    let at = if k > mean { k } else { k - 1.0 };
    if k < 32.0 || at >= n || (at >= mean) != (k > mean) {
        return None;
    }
    let ln_bound = -(at * (at / mean).ln() + (n - at) * ((n - at) / (n - mean)).ln());
    let bound = ln_bound.exp();
    (ln_bound < -30.0).then_some(if k > mean { bound } else { 1.0 - bound })
}

#[cfg(test)]
mod tests {
    use super::{beta_cdf, beta_quantile, binomial_tail, ln_beta, normal_cdf, normal_quantile};

    /// The predictive probability of Lee & Liu (2008): that after `n_most` the posterior will hold `p > least` with
    /// more than `sure`, seen from `k` of `n` under Beta(a, b).
    fn predictive(k: u32, n: u32, n_most: u32, prior: (f64, f64), least: f64, sure: f64) -> f64 {
        let (a, b) = (prior.0 + f64::from(k), prior.1 + f64::from(n - k));
        let more = f64::from(n_most - n);
        (0..=n_most - n)
            .map(f64::from)
            .filter(|y| 1.0 - beta_cdf(a + y, b + more - y, least) > sure)
            .map(|y| {
                let ln_choose = -(more + 1.0).ln() - ln_beta(y + 1.0, more - y + 1.0);
                (ln_choose + ln_beta(a + y, b + more - y) - ln_beta(a, b)).exp()
            })
            .sum()
    }

    #[test]
    fn published_posterior_and_predictive_probabilities() {
        assert!((1.0 - beta_cdf(16.6, 7.4, 0.6) - 0.835_980_8).abs() < 1e-7);
        assert!((predictive(16, 23, 40, (0.6, 0.4), 0.6, 0.9) - 0.565_558_9).abs() < 1e-7);
        assert!((predictive(16, 23, 40, (1.0, 1.0), 0.5, 0.9) - 0.887_189_7).abs() < 1e-7);
    }

    #[test]
    fn quantiles_invert_distributions_far_into_the_tails() {
        for (a, b) in [(0.5, 0.5), (2.0, 8.0), (0.05, 3.0), (4_000.0, 9_000.0)] {
            for u in [1e-6, 0.05, 0.5, 0.95, 1.0 - 1e-6] {
                assert!(
                    (beta_cdf(a, b, beta_quantile(a, b, u)) - u).abs() < 1e-9,
                    "Beta({a}, {b}) at {u}"
                );
            }
        }
        assert!((normal_quantile(0.975) - 1.959_963_985).abs() < 1e-8);
        assert!((normal_cdf(normal_quantile(0.001)) - 0.001).abs() < 1e-12);
    }

    #[test]
    fn a_binomial_tail_is_the_sum_of_its_terms() {
        // P(Bin(5, .3) >= 2) = 1 - .7^5 - 5 * .3 * .7^4.
        let expected = 1.0 - 0.7_f64.powi(5) - 1.5 * 0.7_f64.powi(4);
        assert!((binomial_tail(5.0, 0.3, 2.0) - expected).abs() < 1e-12);
        for (n, p) in [(400.0, 0.05), (5_000.0, 0.004), (90.0, 0.7)] {
            assert!(
                (binomial_tail(n, p, 30.0) - beta_cdf(30.0, n - 29.0, p)).abs() < 1e-12,
                "Bin({n}, {p})"
            );
        }
        for k in (20..400).step_by(7).map(f64::from) {
            let exact = beta_cdf(k, 5_001.0 - k, 0.03);
            assert!((binomial_tail(5_000.0, 0.03, k) - exact).abs() < 1e-11, "at least {k}");
        }
        assert!((binomial_tail(5.0, 0.3, 0.0) - 1.0).abs() < 1e-15 && binomial_tail(5.0, 0.3, 6.0) < 1e-15);
    }
}
