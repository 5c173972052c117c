//! Distributions and allocations: closed forms and published outputs that the simulation and the search rest on.
//! Must not use simulation.

use beachhead_foresight::special::{beta_quantile, ln_beta, normal_quantile};

use crate::assert_near;

#[test]
fn the_worst_of_a_normal() {
    // CVaR of N(0, 1): -phi(z)/share at its quantile z (Rockafellar & Uryasev 2000). The product's own worst fifth is
    // held against the last one in `estimate`'s tests.
    for (share, expected) in [(0.05, -2.06271), (0.10, -1.75498), (0.20, -1.39981)] {
        let z = normal_quantile(share);
        let density = (-z * z / 2.0_f64).exp() / (2.0 * std::f64::consts::PI).sqrt();
        assert_near(-density / share, expected, 5e-6);
    }
}

#[test]
fn beta_and_gamma_quantiles() {
    for (u, expected) in [(0.05, 0.041_023_17), (0.5, 0.179_619_61), (0.95, 0.429_135_55)] {
        assert_near(beta_quantile(2.0, 8.0, u), expected, 5e-9);
    }
    // Gamma(3, 1): the distribution function in closed form.
    for (u, x) in [(0.05, 0.817_691_45_f64), (0.5, 2.674_060_31), (0.95, 6.295_793_62)] {
        assert_near(1.0 - (-x).exp() * (1.0 + x + x * x / 2.0), u, 2e-9);
    }
}

#[test]
fn counts_whose_rate_is_not_known() {
    // A Gamma(2, 4) rate, exposure 6: negative binomial with r = 2, P(N >= 5) = 1 - sum of (n+1) .4^2 .6^n.
    let below: f64 = (0..5).map(|n| f64::from(n + 1) * 0.16 * 0.6_f64.powi(n)).sum();
    assert_near(1.0 - below, 0.233_280, 5e-7);
    // Beta-binomial(20; 2, 18): P(>= 3), over the product's beta function.
    let chance =
        |k: f64| (ln_beta(2.0 + k, 38.0 - k) - ln_beta(2.0, 18.0) - 21.0_f64.ln() - ln_beta(k + 1.0, 21.0 - k)).exp();
    assert_near((3..=20).map(f64::from).map(chance).sum(), 0.322_245, 5e-7);
}

/// Where `more` further runs should go to find the smallest mean (Chen, Lin, Yucesan & Chick 2000): in proportion to
/// `(sd / distance from the best)^2`, the best itself `sd_b sqrt(sum of (n_i / sd_i)^2)`; who has more already keeps it,
/// and the rest is shared again among the others.
fn optimal_allocation(means: &[f64], variances: &[f64], have: &[f64], more: f64) -> Vec<f64> {
    let best = (0..means.len()).min_by(|&a, &b| means[a].total_cmp(&means[b])).unwrap();
    let mut ratio: Vec<f64> = (0..means.len())
        .map(|i| {
            if i == best {
                0.0
            } else {
                variances[i] / (means[i] - means[best]).powi(2)
            }
        })
        .collect();
    ratio[best] = (variances[best] * ratio.iter().zip(variances).map(|(r, v)| r * r / v).sum::<f64>()).sqrt();
    let mut open = vec![true; means.len()];
    loop {
        let kept: f64 = (0..open.len()).filter(|&i| !open[i]).map(|i| have[i]).sum();
        let budget = have.iter().sum::<f64>() + more - kept;
        let sum: f64 = (0..open.len()).filter(|&i| open[i]).map(|i| ratio[i]).sum();
        let wanted: Vec<f64> = (0..open.len())
            .map(|i| {
                if open[i] {
                    (budget * ratio[i] / sum).floor()
                } else {
                    have[i]
                }
            })
            .collect();
        let over: Vec<usize> = (0..open.len()).filter(|&i| open[i] && wanted[i] < have[i]).collect();
        if over.is_empty() {
            let mut runs: Vec<f64> = wanted.iter().zip(have).map(|(wanted, have)| wanted - have).collect();
            // What rounding left over goes to the best.
            runs[best] += more - runs.iter().sum::<f64>();
            return runs;
        }
        over.into_iter().for_each(|i| open[i] = false);
    }
}

#[test]
fn optimal_computing_budget() {
    // The test of R package SPOT's OCBA.
    let runs = optimal_allocation(
        &[1.2, 2.1, 3.4, 4.87, 6.05],
        &[3.3, 2.0, 4.5, 5.3, 6.9],
        &[12.0, 6.0, 5.0, 5.0, 4.0],
        100.0,
    );
    assert_eq!(runs, [48.0, 38.0, 11.0, 2.0, 1.0]);
}
