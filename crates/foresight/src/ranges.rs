//! Ranges of what is no rate: a sum of amounts, and a difference of medians. Must not decide anything.

use serde::Serialize;

use crate::interval::as_real;
use crate::special::{beta_cdf, gamma_quantile, normal_quantile};

/// A value of some observations, with its range.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Ranged {
    /// The value.
    pub value: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// The sum of amounts that came one by one, and what chance alone could have made of it: the gamma interval of Fay and
/// Feuer (1997) for a sum of Poisson counts that each weigh as much as their amount. With all amounts 1 it is Garwood's
/// (1936) exact interval. Amounts below nothing count as nothing.
#[must_use]
pub fn total(amounts: &[f64], level: f64) -> Ranged {
    let amounts = amounts
        .iter()
        .map(|amount| amount.max(0.0))
        .filter(|amount| amount.is_finite());
    let (sum, squares, largest) = amounts.fold((0.0, 0.0, 0.0_f64), |(sum, squares, largest), amount| {
        (sum + amount, squares + amount * amount, largest.max(amount))
    });
    if sum <= 0.0 {
        return Ranged {
            value: 0.0,
            low: 0.0,
            high: 0.0,
        };
    }
    let tail = 0.5 * (1.0 - level);
    let with_one_more = (sum + largest, squares + largest * largest);
    let quantile = |(sum, squares): (f64, f64), u: f64| squares / sum * gamma_quantile(sum * sum / squares, u);
    Ranged {
        value: sum,
        low: quantile((sum, squares), tail).min(sum),
        high: quantile(with_one_more, 1.0 - tail).max(sum),
    }
}

/// The fewest observations of which a median's range can be said.
pub const LEAST_FOR_A_MEDIAN: usize = 5;

/// The median after less the median before, with the distribution-free interval of Price and Bonett (2002); none where
/// either side has fewer than [`LEAST_FOR_A_MEDIAN`].
#[must_use]
pub fn change_of_median(before: &[f64], after: &[f64], level: f64) -> Option<Ranged> {
    let (before, after) = (median(before)?, median(after)?);
    let change = after.value - before.value;
    let half = normal_quantile(0.5 + 0.5 * level) * after.error.hypot(before.error);
    Some(Ranged {
        value: change,
        low: change - half,
        high: change + half,
    })
}

struct Median {
    value: f64,
    /// Its standard error, by the distance of two observations round it.
    error: f64,
}

fn median(values: &[f64]) -> Option<Median> {
    let n = values.len();
    if n < LEAST_FOR_A_MEDIAN {
        return None;
    }
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let value = 0.5 * (sorted[(n - 1) / 2] + sorted[n / 2]);
    let count = as_real(n as u64);
    let rank = nearest(0.5 * (count + 1.0) - count.sqrt()).clamp(1, n / 2);
    // The chance that fewer than `rank` of n lie below the true median.
    let below = beta_cdf(as_real((n - rank + 1) as u64), as_real(rank as u64), 0.5);
    let spread = sorted[n - rank] - sorted[rank - 1];
    Some(Median {
        value,
        error: spread / (2.0 * normal_quantile(1.0 - below)),
    })
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "less than the number of observations, and kept above nothing first"
)]
fn nearest(rank: f64) -> usize {
    rank.round().max(0.0) as usize
}

#[cfg(test)]
mod tests {
    use super::{change_of_median, total};
    use proptest::prelude::*;

    fn near(found: f64, known: f64, by: f64) {
        assert!((found - known).abs() < by, "{found}, expected {known}");
    }

    /// Garwood's limits for a count of ten, as in every table of them.
    #[test]
    fn ten_amounts_of_one_have_the_exact_interval_of_a_count() {
        let found = total(&[1.0; 10], 0.95);
        near(found.low, 4.7954, 1e-3);
        near(found.high, 18.3904, 1e-3);
        assert_eq!(total(&[], 0.95).high, 0.0);
    }

    /// The example of Bonett's own implementation (statpsych, `ci.median2`), with before and after in its order.
    #[test]
    fn two_medians_differ_by_their_published_interval() {
        let first = [32.0, 39.0, 26.0, 35.0, 43.0, 27.0, 40.0, 37.0, 34.0, 29.0];
        let second = [36.0, 44.0, 47.0, 42.0, 49.0, 39.0, 46.0, 31.0, 33.0, 48.0];
        let found = change_of_median(&second, &first, 0.95).expect("enough of both");
        near(found.value, -8.5, 1e-9);
        near(found.low, -16.95977, 0.02);
        near(found.high, -0.04022, 0.02);
        assert_eq!(change_of_median(&first[..4], &second, 0.95), None);
    }

    proptest! {
        #[test]
        fn the_value_lies_in_its_range(amounts in prop::collection::vec(0.0..1e7_f64, 0..200), other in prop::collection::vec(0.0..1e4_f64, 5..200)) {
            let found = total(&amounts, 0.95);
            prop_assert!(0.0 <= found.low && found.low <= found.value && found.value <= found.high);
            let same = change_of_median(&other, &other, 0.95).expect("enough");
            prop_assert!(same.value == 0.0 && same.low <= 0.0 && same.high >= 0.0);
        }
    }
}
