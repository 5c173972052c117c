//! A rate with its n and its range: the intervals for k of n. Must not decide anything.

use serde::Serialize;

use crate::special::{beta_quantile, normal_quantile};

/// A rate that never stands without its n and its range.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Rate {
    /// How many did.
    pub k: u64,
    /// Of how many.
    pub n: u64,
    /// `k / n`; none where there is no n.
    pub rate: Option<f64>,
    /// Lower end of the interval, 0 to 1.
    pub low: f64,
    /// Upper end of the interval, 0 to 1.
    pub high: f64,
}

impl Rate {
    fn with(k: u64, n: u64, range: impl Fn(f64, f64) -> (f64, f64)) -> Self {
        let k = k.min(n);
        if n == 0 {
            return Self {
                k,
                n,
                rate: None,
                low: 0.0,
                high: 1.0,
            };
        }
        let (low, high) = range(as_real(k), as_real(n));
        let low = low.clamp(0.0, 1.0);
        Self {
            k,
            n,
            rate: Some(as_real(k) / as_real(n)),
            low,
            // Counts beyond all reason may lose the ends to rounding, but not cross them.
            high: high.clamp(low, 1.0),
        }
    }
}

/// Wilson's score interval (Wilson 1927) at `level`, such as 0.95. At most `n` of `n`: a larger `k` is read as `n`.
#[must_use]
pub fn wilson(k: u64, n: u64, level: f64) -> Rate {
    let z = normal_quantile(1.0 - tail(level));
    Rate::with(k, n, |k, n| {
        let centre = (k + 0.5 * z * z) / (n + z * z);
        let half = z / (n + z * z) * (k * (n - k) / n + 0.25 * z * z).sqrt();
        // Exact ends where the algebra says so and the rounding does not.
        (
            if k == 0.0 { 0.0 } else { centre - half },
            if k >= n { 1.0 } else { centre + half },
        )
    })
}

/// Jeffreys' interval: equal tails of Beta(k + ½, n - k + ½), opened to 0 for k = 0 and to 1 for k = n
/// (Brown, Cai & DasGupta 2001). At most `n` of `n`: a larger `k` is read as `n`.
#[must_use]
pub fn jeffreys(k: u64, n: u64, level: f64) -> Rate {
    let tail = tail(level);
    Rate::with(k, n, |k, n| {
        let at = |u: f64| beta_quantile(k + 0.5, n - k + 0.5, u);
        (
            if k == 0.0 { 0.0 } else { at(tail) },
            if k >= n { 1.0 } else { at(1.0 - tail) },
        )
    })
}

/// The exact interval of Clopper & Pearson (1934). At most `n` of `n`: a larger `k` is read as `n`.
#[must_use]
pub fn clopper_pearson(k: u64, n: u64, level: f64) -> Rate {
    let tail = tail(level);
    Rate::with(k, n, |k, n| {
        let low = if k == 0.0 {
            0.0
        } else {
            beta_quantile(k, n - k + 1.0, tail)
        };
        let high = if k >= n {
            1.0
        } else {
            beta_quantile(k + 1.0, n - k, 1.0 - tail)
        };
        (low, high)
    })
}

/// The probability left out on each side; a level outside 1% to 99.9999% is read as the nearest of the two.
fn tail(level: f64) -> f64 {
    0.5 * (1.0
        - if level.is_nan() {
            0.95
        } else {
            level.clamp(0.01, 0.999_999)
        })
}

/// A count as a real number.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of accounts and deals are far below 2^53"
)]
pub(crate) fn as_real(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::{Rate, clopper_pearson, jeffreys, wilson};
    use proptest::prelude::*;

    fn near(rate: Rate, low: f64, high: f64, by: f64) {
        assert!(
            (rate.low - low).abs() < by && (rate.high - high).abs() < by,
            "{rate:?}, expected {low} to {high}"
        );
    }

    #[test]
    fn published_intervals() {
        near(clopper_pearson(20, 100, 0.95), 0.12666, 0.29184, 1e-5);
        near(clopper_pearson(2, 10, 0.95), 0.02521, 0.55610, 1e-5);
        near(jeffreys(20, 100, 0.95), 0.13079, 0.28628, 1e-5);
        near(jeffreys(2, 10, 0.95), 0.04406, 0.50277, 1e-5);
        near(wilson(4_238, 6_711, 0.95), 0.6199, 0.6430, 5e-5);
    }

    #[test]
    fn nothing_observed_says_nothing() {
        for interval in [wilson, jeffreys, clopper_pearson] {
            assert_eq!(
                interval(0, 0, 0.95),
                Rate {
                    k: 0,
                    n: 0,
                    rate: None,
                    low: 0.0,
                    high: 1.0
                }
            );
        }
    }

    proptest! {
        #[test]
        fn the_rate_lies_in_its_interval(n in 1_u64..5_000, share in 0.0_f64..=1.0, level in 0.5_f64..0.999) {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of n")]
            let k = (share * n as f64).round() as u64;
            for interval in [wilson, jeffreys, clopper_pearson] {
                let Rate { rate, low, high, .. } = interval(k, n, level);
                let rate = rate.expect("n is at least one");
                prop_assert!(0.0 <= low && low <= rate + 1e-12 && rate <= high + 1e-12 && high <= 1.0);
            }
            // The exact interval is the cautious one.
            prop_assert!(clopper_pearson(k, n, level).low <= jeffreys(k, n, level).low + 1e-9);
        }
    }
}
