//! Borrowing strength: the classics of shrinkage as reference methods, and the product's pooled rates beside them.
//! Must not use simulation.

use beachhead_foresight::pooling::{CellCount, crossed};
use beachhead_foresight::special::ln_beta;

use crate::assert_near;

/// Hits of 18 batters in their first 45 at-bats of 1970 (Efron & Morris, JASA 1975).
const HITS: [u32; 18] = [18, 17, 16, 15, 14, 14, 13, 12, 11, 11, 10, 10, 10, 10, 10, 9, 8, 7];
const AT_BATS: u32 = 45;

#[test]
fn james_and_stein_on_efron_and_morris() {
    let n = f64::from(AT_BATS);
    let x: Vec<f64> = HITS
        .iter()
        .map(|&hits| n.sqrt() * (2.0 * f64::from(hits) / n - 1.0).asin())
        .collect();
    let mean = x.iter().sum::<f64>() / 18.0;
    let squares: f64 = x.iter().map(|x| (x - mean).powi(2)).sum();
    let kept = 1.0 - 15.0 / squares;
    assert_near(mean, -3.3166, 5e-5);
    assert_near(squares, 18.9627, 5e-5);
    assert_near(kept, 0.2090, 5e-5);
    let estimates = x
        .iter()
        .map(|x| 0.5 * (1.0 + ((mean + kept * (x - mean)) / n.sqrt()).sin()));
    let expected = [
        0.290, 0.286, 0.281, 0.277, 0.273, 0.273, 0.268, 0.264, 0.259, 0.259, 0.254, 0.254, 0.254, 0.254, 0.254, 0.249,
        0.244, 0.239,
    ];
    for (found, expected) in estimates.zip(expected) {
        assert_near(found, expected, 5e-4);
    }
}

/// `ln` of the beta-binomial likelihood of the batters, constants left out.
fn ln_likelihood(a: f64, b: f64) -> f64 {
    HITS.iter()
        .map(|&hits| ln_beta(a + f64::from(hits), b + f64::from(AT_BATS - hits)) - ln_beta(a, b))
        .sum()
}

#[test]
fn beta_binomial_of_the_batters_and_our_pooling() {
    let (a, b) = (210.55, 582.69);
    // At the maximum the slope is nothing in the mean and in the strength.
    let slope = |da: f64, db: f64| (ln_likelihood(a + da, b + db) - ln_likelihood(a - da, b - db)) / 2.0;
    assert_near(slope(0.01 * a, -0.01 * a), 0.0, 2e-4);
    assert_near(slope(0.05 * a, 0.05 * b), 0.0, 2e-5);
    let posterior = |hits: u32| (a + f64::from(hits)) / (a + b + f64::from(AT_BATS));
    assert_near(posterior(18), 0.2727, 5e-5);
    assert_near(posterior(7), 0.2595, 5e-5);

    // The product integrates the spread instead of fixing it at its best value, which is nearly none: it must shrink
    // less than the fit above, and like James & Stein far more than not at all.
    let cells: Vec<CellCount> = HITS
        .iter()
        .enumerate()
        .map(|(row, &hits)| CellCount {
            row,
            column: 0,
            k: hits.into(),
            n: AT_BATS.into(),
        })
        .collect();
    let pooled = crossed(&cells).unwrap();
    let (first, last) = (pooled[0].rate, pooled[17].rate);
    assert!(posterior(18) < first && first < 0.32, "{first}");
    assert!(0.21 < last && last < posterior(7), "{last}");
    assert!(pooled[0].borrowed > 0.5);
    // The rest of the season (Efron & Morris, table 1): the pooled rates come nearer to it than the raw ones.
    let season = [
        0.346, 0.298, 0.276, 0.222, 0.273, 0.270, 0.263, 0.210, 0.269, 0.230, 0.264, 0.256, 0.303, 0.264, 0.226, 0.286,
        0.316, 0.200,
    ];
    let error = |rates: &mut dyn Iterator<Item = f64>| -> f64 {
        rates
            .zip(season)
            .map(|(rate, season): (f64, f64)| (rate - season).powi(2))
            .sum()
    };
    let raw = error(&mut HITS.iter().map(|&hits| f64::from(hits) / 45.0));
    let ours = error(&mut pooled.iter().map(|cell| cell.rate));
    assert!(ours < 0.4 * raw, "{ours} against {raw}");
}

#[test]
fn eight_schools() {
    // Rubin 1981; the pooled effect is in Bayesian Data Analysis (from memory) and recomputed here.
    let effects = [28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0];
    let errors = [15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0];
    let weights: Vec<f64> = errors.iter().map(|se: &f64| se.powi(-2)).collect();
    let sum: f64 = weights.iter().sum();
    let pooled = effects.iter().zip(&weights).map(|(y, w)| y * w).sum::<f64>() / sum;
    let q: f64 = effects
        .iter()
        .zip(&weights)
        .map(|(y, w)| w * (y - pooled).powi(2))
        .sum();
    let squares: f64 = weights.iter().map(|w| w * w).sum();
    // Between-school variance of DerSimonian & Laird (1986).
    let between = ((q - 7.0) / (sum - squares / sum)).max(0.0);
    assert_near(pooled, 7.686, 5e-4);
    assert_near(sum.powf(-0.5), 4.072, 5e-4);
    assert_near(q, 4.707, 5e-4);
    assert_near(between, 0.0, 0.0);
}
