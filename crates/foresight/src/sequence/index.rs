//! The index of a bet, value per hour. Must not know bets: it takes five numbers.

use crate::special::normal_cdf;

/// The index of a bet: the sure return on an hour at which one would be as glad to take it as to go on with the bet.
///
/// `mu` and `sigma` are of the log of the bet's value per hour, which is log-normal; `usable_hours` is what the bet can
/// still absorb with effect, `set_up_hours` what must be spent before any of it, and `learning_hours` what it takes to
/// learn the true value per hour. The index z solves
/// `z (S + U) = E[X] L + E[max(X, z)] (U - L)`:
/// hours spent on the bet, set-up included, at the sure return, against learning first and then the better of the two.
/// With a set-up it is the switching index of Asawa & Teneketzis (1996), without one the continuation index.
///
/// A set-up below zero counts as none. Zero when there is nothing to gain (no usable hours, or a number that is not
/// finite).
#[must_use]
pub fn index(mu: f64, sigma: f64, usable_hours: f64, set_up_hours: f64, learning_hours: f64) -> f64 {
    let set_up_hours = set_up_hours.max(0.0);
    let mean = (mu + sigma * sigma / 2.0).exp();
    // As shares of all hours, so that no product of hours and value grows beyond a double.
    let hours = set_up_hours + usable_hours;
    let learning = learning_hours.clamp(0.0, usable_hours.max(0.0)) / hours;
    let exploit = usable_hours / hours - learning;
    let mut z = mean * (usable_hours / hours);
    if !(usable_hours > 0.0 && z.is_finite() && z > 0.0) {
        return 0.0;
    }
    // The difference of the two sides is concave and rises in z, so Newton from below climbs to the root and never
    // passes it.
    for _ in 0..MOST_STEPS {
        let (best, stays) = best_of(mu, sigma, mean, z);
        let gap = mean * learning + best * exploit - z;
        let step = gap / (1.0 - exploit * stays);
        let next = z + step.max(0.0);
        // Learning that costs nothing and takes no time is worth any return: then the climb stops where doubles do.
        if !next.is_finite() {
            break;
        }
        z = next;
        if step <= z * TOLERANCE {
            break;
        }
    }
    z
}

/// More steps than Newton takes on any bet that can be written down.
const MOST_STEPS: u32 = 100;
/// A step this small leaves an error of the order of its square.
const TOLERANCE: f64 = 1e-7;

/// `E[max(X, z)]`, and the chance that X falls below z.
fn best_of(mu: f64, sigma: f64, mean: f64, z: f64) -> (f64, f64) {
    if sigma <= 0.0 {
        return if mean > z { (mean, 0.0) } else { (z, 1.0) };
    }
    let d = (mu - z.ln()) / sigma;
    let below = normal_cdf(-d);
    (mean * normal_cdf(d + sigma) + z * below, below)
}

#[cfg(test)]
mod tests {
    use super::index;
    use proptest::prelude::*;

    #[test]
    fn known_answers() {
        let mu = 0.004_f64.ln();
        let known = [
            (0.7, 1800.0, 240.0, 0.005_845_48),
            (0.7, 1800.0, 0.0, 0.007_905_84),
            (0.2, 1800.0, 240.0, 0.003_714_20),
            (0.7, 6000.0, 240.0, 0.008_622_91),
        ];
        for (sigma, usable, set_up, expected) in known {
            let found = index(mu, sigma, usable, set_up, 360.0);
            assert!((found - expected).abs() < 6e-9, "{found} for {expected}");
        }
    }

    #[test]
    fn nothing_to_gain_is_zero() {
        assert_eq!(index(0.0, 0.5, 0.0, 100.0, 10.0), 0.0);
        assert_eq!(index(f64::NAN, 0.5, 10.0, 100.0, 10.0), 0.0);
        assert_eq!(index(f64::NEG_INFINITY, 0.5, 10.0, 100.0, 10.0), 0.0);
    }

    proptest! {
        #[test]
        fn more_doubt_is_worth_more_and_set_up_costs(
            mu in -8.0..2.0_f64, sigma in 0.0..1.5_f64, usable in 1.0..10_000.0_f64, set_up in 0.0..2_000.0_f64,
            share in 0.0..1.0_f64,
        ) {
            // Doubt at the same mean.
            let at = |sigma: f64, set_up| index(mu - sigma * sigma / 2.0, sigma, usable, set_up, share * usable);
            let z = at(sigma, set_up);
            prop_assert!(z > 0.0 && z.is_finite());
            prop_assert!(at(sigma + 0.2, set_up) >= z * (1.0 - 1e-9));
            prop_assert!(at(sigma, set_up + 50.0) <= z * (1.0 + 1e-9));
            prop_assert!(z >= mu.exp() * usable / (usable + set_up) * (1.0 - 1e-9));
        }
    }
}
