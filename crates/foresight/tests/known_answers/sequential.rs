//! Looking more than once: confidence sequences, group-sequential borders and what peeking costs, as reference methods;
//! and the product's own guarantee against the sequence that it must be. Must not use simulation.

use std::f64::consts::PI;

use beachhead_foresight::interval::clopper_pearson;
use beachhead_foresight::judge::{Evidence, Rule, judge};
use beachhead_foresight::special::{beta_cdf, ln_beta, normal_cdf, normal_quantile};

use crate::assert_near;

/// The place where an increasing function passes a value.
fn root(mut low: f64, mut high: f64, above: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if above(middle) { high = middle } else { low = middle }
    }
    0.5 * (low + high)
}

/// Simpson's rule.
fn integral(low: f64, high: f64, f: impl Fn(f64) -> f64) -> f64 {
    const CELLS: u32 = 4_000;
    let width = (high - low) / f64::from(CELLS);
    let term = |i: u32| {
        let weight = if i == 0 || i == CELLS {
            1.0
        } else {
            f64::from(2 + 2 * (i % 2))
        };
        weight * f(low + width * f64::from(i))
    };
    width / 3.0 * (0..=CELLS).map(term).sum::<f64>()
}

/// The width of the mixture that is narrowest at the intrinsic time `v` (Howard, Ramdas, McAuliffe & Sekhon, Annals of
/// Statistics 2021; package confseq).
fn best_rho(v: f64, alpha: f64) -> f64 {
    v / (2.0 * (1.0 / alpha).ln() + (1.0 + 2.0 * (1.0 / alpha).ln()).ln())
}

const V: f64 = 100.0;
const ALPHA: f64 = 0.05;

/// The first `s` at which a mixture, given by its logarithm, reaches 1/alpha at the intrinsic time 100.
fn bound(ln_mixture: impl Fn(f64) -> f64) -> f64 {
    root(0.0, 100.0, |s| ln_mixture(s) >= -ALPHA.ln())
}

#[test]
fn normal_mixtures_of_confseq() {
    let rho = best_rho(V, ALPHA);
    assert_near(rho, 12.600_56, 5e-6);
    let two_sided = |s: f64| 0.5 * (rho / (V + rho)).ln() + s * s / (2.0 * (V + rho));
    assert_near(two_sided(10.0), -0.651_005_2, 5e-8);
    assert_near(bound(two_sided), 30.352_09, 5e-6);
    let rho = best_rho(V, 2.0 * ALPHA);
    let one_sided =
        |s: f64| 0.5 * (4.0 * rho / (V + rho)).ln() + s * s / (2.0 * (V + rho)) + normal_cdf(s / (V + rho).sqrt()).ln();
    assert_near(one_sided(10.0), -0.065_023_91, 5e-9);
    assert_near(bound(one_sided), 27.660_71, 5e-6);
}

/// `ln` of the mean of `exp(ln_gain)` over a weight on (low, high), both by Simpson's rule.
fn ln_mean(low: f64, high: f64, ln_weight: impl Fn(f64) -> f64, ln_gain: impl Fn(f64) -> f64) -> f64 {
    let all = integral(low, high, |x| ln_weight(x).exp());
    (integral(low, high, |x| (ln_weight(x) + ln_gain(x)).exp()) / all).ln()
}

#[test]
fn gamma_mixtures_of_confseq_by_integrating_their_definition() {
    // c = 2. With u = 1 - c lambda the exponential's exp(lambda s - psi v), psi = (-ln(1 - c lambda) - c lambda) / c^2,
    // is mixed over a Gamma(rho/c^2, rho/c^2) cut at u <= 1; with u = e^(c lambda) Poisson's,
    // psi = (e^(c lambda) - c lambda - 1) / c^2, over the same cut at u >= 1.
    const C: f64 = 2.0;
    let rho = best_rho(V, 2.0 * ALPHA);
    let shape = rho / (C * C);
    let ln_weight = |u: f64| (shape - 1.0) * u.ln() - shape * u;
    let exponential = |s: f64| {
        let ln_gain = |u: f64| s * (1.0 - u) / C + V * (u.ln() + 1.0 - u) / (C * C);
        ln_mean(1e-9, 1.0, ln_weight, ln_gain)
    };
    assert_near(exponential(10.0), -0.249_016_5, 5e-7);
    assert_near(bound(exponential), 33.020_17, 1e-5);
    let poisson = |s: f64| {
        let ln_gain = |u: f64| s * u.ln() / C - V * (u - u.ln() - 1.0) / (C * C);
        ln_mean(1.0, 12.0, ln_weight, ln_gain)
    };
    assert_near(poisson(10.0), -0.069_912_19, 5e-7);
    assert_near(bound(poisson), 30.194_9, 1e-4);
}

#[test]
fn beta_binomial_mixtures_of_confseq_over_our_beta() {
    // Steps of +h with chance p and -g without, p0 = g/(g+h): the likelihood ratio of p to p0 mixed over a beta about
    // p0, over all p or over those above p0. After the intrinsic time v there were v/(gh) steps.
    const G: f64 = 0.2;
    const H: f64 = 0.8;
    let ln_mixture = |s: f64, rho: f64, is_one_sided: bool| {
        let r = rho - G * H;
        let (a, b) = (r / (H * (G + H)), r / (G * (G + H)));
        let steps = V / (G * H);
        let ups = (s + G * steps) / (G + H);
        let p0 = G / (G + H);
        let above = |a: f64, b: f64| {
            if is_one_sided {
                (1.0 - beta_cdf(a, b, p0)).ln()
            } else {
                0.0
            }
        };
        let (a2, b2) = (a + ups, b + steps - ups);
        ln_beta(a2, b2) - ln_beta(a, b) + above(a2, b2) - above(a, b) - ups * p0.ln() - (steps - ups) * (1.0 - p0).ln()
    };
    let two_sided = |s: f64| ln_mixture(s, best_rho(V, ALPHA), false);
    assert_near(two_sided(10.0), -0.694_101_2, 5e-7);
    assert_near(bound(two_sided), 31.430_8, 1e-5);
    let one_sided = |s: f64| ln_mixture(s, best_rho(V, 2.0 * ALPHA), true);
    assert_near(one_sided(10.0), -0.071_340_19, 5e-7);
    assert_near(bound(one_sided), 28.412_38, 1e-5);
}

#[test]
fn stitched_boundary_of_confseq() {
    // v_min 10, s 1.4, eta 2, at 100; c = 3 and c = -1.
    let (v_min, s, eta) = (10.0_f64, 1.4_f64, 2.0_f64);
    // Riemann's zeta by its first terms and Euler & Maclaurin's rest.
    let n = 1_000.0_f64;
    let zeta = (1..1_000).map(|i| f64::from(i).powf(-s)).sum::<f64>() + n.powf(1.0 - s) / (s - 1.0) + 0.5 * n.powf(-s);
    let ln_part = s * (eta * V / v_min).ln().ln() + (zeta / (ALPHA * eta.ln().powf(s))).ln();
    let k1 = (eta.powf(0.25) + eta.powf(-0.25)) / 2.0_f64.sqrt();
    let k2 = (eta.sqrt() + 1.0) / 2.0;
    let at = |c: f64| (k1 * k1 * V * ln_part + (k2 * c * ln_part).powi(2)).sqrt() + k2 * c * ln_part;
    assert_near(at(3.0), 64.487_55, 5e-6);
    assert_near(at(-1.0), 28.993_89, 5e-6);
}

/// The rates that the beta-binomial mixture over Beta(.5, .5) has never rejected at k of n: those whose likelihood is
/// above `alpha` times the mean likelihood.
fn beta_binomial_sequence(k: u32, n: u32) -> (f64, f64) {
    let (k, n) = (f64::from(k), f64::from(n));
    let ln_least = ALPHA.ln() + ln_beta(0.5 + k, 0.5 + n - k) - ln_beta(0.5, 0.5);
    let ln_likelihood = |p: f64| k * p.ln() + (n - k) * (-p).ln_1p();
    (
        root(1e-12, k / n, |p| ln_likelihood(p) >= ln_least),
        root(k / n, 1.0 - 1e-12, |p| ln_likelihood(p) < ln_least),
    )
}

/// Whether the product calls a minimum proven, everything decided.
fn is_proven(converted: u32, of: u32, minimum: f64) -> bool {
    let lost = of - converted;
    let evidence: Evidence = toml::from_str(&format!(
        "week = 10
         gate = {{ need = 1, week = 10, minimum = {minimum} }}
         delay_known = true
         step = [{{ prior = [0.5, 0.5], delay_weeks = 1, converted = {converted}, lost = {lost} }}]"
    ))
    .unwrap();
    let rule = Rule {
        robust_prior: false,
        proof_level: ALPHA,
        ..Rule::default()
    };
    judge(&evidence, &rule).unwrap().proven
}

#[test]
fn what_is_proven_is_above_the_beta_binomial_confidence_sequence() {
    let known = [
        (2, 10, 0.00939, 0.65752),
        (8, 40, 0.05432, 0.43919),
        (20, 100, 0.09102, 0.35164),
        (200, 1_000, 0.15655, 0.24876),
    ];
    for (k, n, low, high) in known {
        let found = beta_binomial_sequence(k, n);
        assert_near(found.0, low, 5e-6);
        assert_near(found.1, high, 5e-6);
        // The product's e-process with everything decided is that sequence's lower end.
        assert!(is_proven(k, n, found.0 * 0.995), "{k} of {n}");
        assert!(!is_proven(k, n, found.0 * 1.005), "{k} of {n}");
        // Any number of looks costs: it is wider than the exact interval of one look.
        let once = clopper_pearson(k.into(), n.into(), 0.95);
        assert!(found.0 < once.low && once.high < found.1);
    }
}

/// The chance that the sum of k standard normals ever leaves its k-th border on either side (Armitage, McPherson &
/// Rowe 1969): the density of the sum, kept on a grid inside the border, from look to look.
fn ever_crosses(borders: &[f64]) -> f64 {
    const POINTS: usize = 301;
    let simpson = |i: usize| match i {
        0 => 1.0 / 3.0,
        i if i == POINTS - 1 => 1.0 / 3.0,
        i => f64::from(2 + 2 * u8::from(i % 2 == 1)) / 3.0,
    };
    let normal = |x: f64| (-0.5 * x * x).exp() / (2.0 * PI).sqrt();
    // Before the first look the sum is 0 for sure.
    let mut places = vec![0.0];
    let mut masses = vec![1.0];
    for border in borders {
        let width = 2.0 * border / (POINTS - 1) as f64;
        let next: Vec<f64> = (0..POINTS).map(|i| -border + width * i as f64).collect();
        let mass = |(i, to): (usize, &f64)| {
            let density: f64 = places
                .iter()
                .zip(&masses)
                .map(|(from, mass)| mass * normal(to - from))
                .sum();
            simpson(i) * width * density
        };
        masses = next.iter().enumerate().map(mass).collect();
        places = next;
    }
    1.0 - masses.iter().sum::<f64>()
}

/// The same for borders on the z scale.
fn ever_crosses_z(looks: u32, z: impl Fn(f64) -> f64) -> f64 {
    let border = |look: u32| z(f64::from(look)) * f64::from(look).sqrt();
    ever_crosses(&(1..=looks).map(border).collect::<Vec<_>>())
}

#[test]
fn group_sequential_borders() {
    // Pocock's constants (from memory) and those of O'Brien & Fleming (package rpact and the literature: K = 3 is
    // 3.4711 2.4544 2.0040, K = 5 is 4.56 3.23 2.63 2.28 2.04): each must spend 5% in all.
    for (looks, pocock, final_z) in [
        (2, 2.1783, 1.9774),
        (3, 2.2895, 2.0040),
        (4, 2.3613, 2.0243),
        (5, 2.4132, 2.0401),
    ] {
        // A border off by half its last digit moves the chance by less than 1e-5.
        assert_near(ever_crosses_z(looks, |_| pocock), 0.05, 1e-5);
        let o_brien = |look: f64| final_z * (f64::from(looks) / look).sqrt();
        assert_near(ever_crosses_z(looks, o_brien), 0.05, 1e-5);
    }
    let at = |looks: f64, final_z: f64, look: f64| final_z * (looks / look).sqrt();
    for (look, z) in [(1.0, 4.5617), (2.0, 3.2256), (3.0, 2.6337), (4.0, 2.2809)] {
        assert_near(at(5.0, 2.040_03, look), z, 2e-4);
    }
    for (look, z) in [(1.0, 3.471_091_4), (2.0, 2.454_432_3)] {
        assert_near(at(3.0, 2.004_035_6, look), z, 1e-6);
    }
}

#[test]
fn peeking_at_a_fixed_border_crosses_it_far_too_often() {
    // 14.2% at five looks is in every text on the matter.
    for (looks, expected) in [(2, 0.0831), (3, 0.1073), (5, 0.1417), (10, 0.1934), (20, 0.2479)] {
        let z = normal_quantile(0.975);
        assert_near(ever_crosses_z(looks, |_| z), expected, 6e-5);
    }
}

#[test]
fn an_asymptotic_confidence_sequence_is_too_wide_at_our_sizes() {
    // GrowthBook (gbstats 0.8.0; Waudby-Smith et al. 2023): sd 1, tuned to `tuned` observations.
    let half_width = |n: f64, tuned: f64| {
        let rho2 = (-2.0 * ALPHA.ln() + (1.0 - 2.0 * ALPHA.ln()).ln()) / tuned;
        (2.0 * (n * rho2 + 1.0) / (n * n * rho2) * ((n * rho2 + 1.0).sqrt() / ALPHA).ln()).sqrt()
    };
    for (n, tuned, expected, ratio) in [
        (100.0, 5_000.0, 0.66944, 3.42),
        (200.0, 5_000.0, 0.36062, 2.60),
        (5_000.0, 5_000.0, 0.04292, 1.55),
        (200.0, 200.0, 0.21462, 1.55),
    ] {
        let found = half_width(n, tuned);
        assert_near(found, expected, 5e-6);
        assert_near(found / (normal_quantile(0.975) / n.sqrt()), ratio, 5e-3);
    }
}
