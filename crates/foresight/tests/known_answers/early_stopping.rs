//! Stopping a trial early on counts: Lee & Liu's predictive probability and Simon's two stages, as reference methods
//! over the product's beta and binomial. Must not use simulation: every figure is a sum over all outcomes.

use beachhead_foresight::special::{beta_cdf, binomial_tail, ln_beta};

use crate::assert_near;

fn ln_choose(n: u32, k: u32) -> f64 {
    -f64::from(n + 1).ln() - ln_beta(f64::from(k + 1), f64::from(n - k + 1))
}

fn binomial(n: u32, k: u32, p: f64) -> f64 {
    (ln_choose(n, k) + f64::from(k) * p.ln() + f64::from(n - k) * (1.0 - p).ln()).exp()
}

/// Predictive-probability monitoring (Lee & Liu, Clinical Trials 2008).
struct Monitor {
    most: u32,
    prior: (f64, f64),
    /// The rate to be beaten.
    beat: f64,
    /// Success at the end if the posterior holds the rate above `beat` with more than this.
    sure: f64,
}

impl Monitor {
    fn belief(&self, k: u32, n: u32) -> f64 {
        let (a, b) = (self.prior.0 + f64::from(k), self.prior.1 + f64::from(n - k));
        1.0 - beta_cdf(a, b, self.beat)
    }

    /// The chance of `more` further successes among those still to come: beta-binomial.
    fn chance(&self, k: u32, n: u32, more: u32) -> f64 {
        let (a, b) = (self.prior.0 + f64::from(k), self.prior.1 + f64::from(n - k));
        let (left, more_real) = (self.most - n, f64::from(more));
        (ln_choose(left, more) + ln_beta(a + more_real, b + f64::from(left) - more_real) - ln_beta(a, b)).exp()
    }

    fn predictive(&self, k: u32, n: u32) -> f64 {
        (0..=self.most - n)
            .filter(|more| self.belief(k + more, self.most) > self.sure)
            .map(|more| self.chance(k, n, more))
            .sum()
    }
}

const EXAMPLE: Monitor = Monitor {
    most: 40,
    prior: (0.6, 0.4),
    beat: 0.6,
    sure: 0.9,
};

#[test]
fn the_table_behind_a_predictive_probability() {
    // 16 of 23 so far. The rows where success turns: 11 more are too few, 12 are enough.
    assert_near(EXAMPLE.predictive(16, 23), 0.565_558_9, 5e-8);
    assert_near(EXAMPLE.belief(16 + 11, 40), 0.8415, 5e-5);
    assert_near(EXAMPLE.belief(16 + 12, 40), 0.9089, 5e-5);
    assert_near(EXAMPLE.chance(16, 23, 12), 0.1587, 5e-5);
    let all: f64 = (0..=17).map(|more| EXAMPLE.chance(16, 23, more)).sum();
    assert_near(all, 1.0, 1e-12);
}

/// What a design does when the rate is `p`: the chance to end as a success, to stop early, and the expected number.
struct Characteristics {
    success: f64,
    stops: f64,
    number: f64,
}

/// Stops at a look `n` when at most `bounds[n]` have succeeded: by walking all counts, one account at a time.
fn characteristics(most: u32, bounds: &[Option<u32>], least_successes: u32, p: f64) -> Characteristics {
    let mut at = vec![1.0];
    let (mut stops, mut number) = (0.0, 0.0);
    for n in 1..=most {
        let mut next = vec![0.0; at.len() + 1];
        for (k, mass) in at.iter().enumerate() {
            next[k] += mass * (1.0 - p);
            next[k + 1] += mass * p;
        }
        if let Some(bound) = bounds[n as usize].filter(|_| n < most) {
            for mass in &mut next[..=bound as usize] {
                stops += *mass;
                number += *mass * f64::from(n);
                *mass = 0.0;
            }
        }
        at = next;
    }
    let left: f64 = at.iter().sum();
    Characteristics {
        success: at[least_successes as usize..].iter().sum(),
        stops,
        number: number + left * f64::from(most),
    }
}

#[test]
fn the_design_of_lee_and_liu() {
    // p0 = 0.2 against p1 = 0.4, at most 36, looks from 10 on, futile under 0.001. The paper's table gives E[N] 27.67,
    // PET 0.86, alpha 0.088, power 0.906; more digits by enumeration here.
    let design = Monitor {
        most: 36,
        prior: (0.2, 0.8),
        beat: 0.2,
        sure: 0.9,
    };
    let futile = |n: u32| (0..=n).take_while(|&k| design.predictive(k, n) < 0.001).last();
    let bounds: Vec<Option<u32>> = (0..=36).map(|n| if n < 10 { None } else { futile(n) }).collect();
    let steps: Vec<(u32, u32)> = (10..36)
        .filter_map(|n| Some((n, bounds[n as usize]?)))
        .filter(|&(n, k)| n == 10 || bounds[n as usize - 1] != Some(k))
        .collect();
    let expected = [
        (10, 0),
        (17, 1),
        (21, 2),
        (24, 3),
        (27, 4),
        (29, 5),
        (31, 6),
        (33, 7),
        (34, 8),
        (35, 9),
    ];
    assert_eq!(steps, expected);
    let least = (0..=36).find(|&k| design.belief(k, 36) > 0.9).unwrap();
    assert_eq!(least, 11, "ten successes of 36 are not enough");
    let (null, other) = (
        characteristics(36, &bounds, least, 0.2),
        characteristics(36, &bounds, least, 0.4),
    );
    assert_near(null.success, 0.0878, 5e-5);
    assert_near(null.stops, 0.8571, 5e-5);
    assert_near(null.number, 27.67, 5e-3);
    assert_near(other.success, 0.9062, 5e-5);
}

#[test]
fn two_stages_of_simon() {
    // r1/n1, r/n, p0, p1; alpha, PET, E[N] under p0, power. Designs of Simon (Controlled Clinical Trials 1989), from
    // memory; each figure by enumeration here, over the product's binomial tail.
    let designs = [
        (
            (1_u32, 10_u32),
            (5_u32, 29_u32),
            (0.1, 0.3),
            [0.0471, 0.7361, 15.01, 0.8051],
        ),
        ((1, 15), (5, 25), (0.1, 0.3), [0.0328, 0.5490, 19.51, 0.8017]),
        ((3, 13), (12, 43), (0.2, 0.4), [0.0496, 0.7473, 20.58, 0.8002]),
        ((4, 18), (10, 33), (0.2, 0.4), [0.0458, 0.7164, 22.25, 0.8011]),
    ];
    for ((r1, n1), (r, n), (p0, p1), [alpha, stops, number, power]) in designs {
        let passes = |p: f64| -> f64 {
            let second = |k: u32| binomial_tail(f64::from(n - n1), p, f64::from(r + 1) - f64::from(k));
            (r1 + 1..=n1).map(|k| binomial(n1, k, p) * second(k)).sum()
        };
        let futile = 1.0 - binomial_tail(f64::from(n1), p0, f64::from(r1 + 1));
        assert_near(passes(p0), alpha, 5e-5);
        assert_near(passes(p1), power, 5e-5);
        assert_near(futile, stops, 5e-5);
        assert_near(f64::from(n1) + (1.0 - futile) * f64::from(n - n1), number, 5e-3);
    }
}
