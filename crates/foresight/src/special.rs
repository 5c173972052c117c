//! The few special functions that the numbers need, each over a checked library. Must not hold a model.

use statrs::function::{beta, erf};

/// The logistic function: the probability whose log-odds are `x`.
#[must_use]
pub fn logistic(x: f64) -> f64 {
    if x >= 0.0 { 1.0 / (1.0 + (-x).exp()) } else { x.exp() / (1.0 + x.exp()) }
}

/// The log-odds of a probability strictly between 0 and 1.
#[must_use]
pub fn logit(p: f64) -> f64 {
    (p / (1.0 - p)).ln()
}

/// `ln(logistic(x))`, exact far into the tails.
#[must_use]
pub fn ln_logistic(x: f64) -> f64 {
    if x >= 0.0 { -(-x).exp().ln_1p() } else { x - x.exp().ln_1p() }
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

/// `P(X >= k)` of a Binomial(n, p).
#[must_use]
pub fn binomial_tail(n: f64, p: f64, k: f64) -> f64 {
    if k <= 0.0 {
        1.0
    } else if k > n {
        0.0
    } else {
        beta_cdf(k, n - k + 1.0, p)
    }
}
