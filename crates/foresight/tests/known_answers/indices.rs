//! Indices: Gittins' for arms that teach slowly, Weitzman's for boxes that are opened at once, and the product's own
//! where it must equal one of them. Must not use simulation: dynamic programming only.

use beachhead_foresight::sequence::index;
use beachhead_foresight::special::normal_quantile;

use crate::assert_near;

/// Gittins' index of a Bernoulli arm with belief Beta(a, b) at a discount: the sure reward per pull at which going on
/// with the arm is worth as much as leaving it for good (calibration; Gittins, Glazebrook & Weber 2011). After `pulls`
/// the arm is taken for what it then seems.
fn gittins(a: f64, b: f64, discount: f64, pulls: u32) -> f64 {
    let (mut low, mut high) = (a / (a + b), 1.0);
    while high - low > 2e-7 {
        let sure = 0.5 * (low + high);
        if goes_on(a, b, discount, pulls, sure) {
            low = sure
        } else {
            high = sure
        }
    }
    0.5 * (low + high)
}

fn goes_on(a: f64, b: f64, discount: f64, pulls: u32, sure: f64) -> bool {
    let leave = sure / (1.0 - discount);
    let rate = |wins: u32, n: u32| (a + f64::from(wins)) / (a + b + f64::from(n));
    let mut worth: Vec<f64> = (0..=pulls)
        .map(|wins| (rate(wins, pulls) / (1.0 - discount)).max(leave))
        .collect();
    let mut stay = leave;
    for n in (0..pulls).rev() {
        for wins in 0..=n {
            let p = rate(wins, n);
            let (won, lost) = (worth[wins as usize + 1], worth[wins as usize]);
            stay = p * (1.0 + discount * won) + (1.0 - p) * discount * lost;
            worth[wins as usize] = stay.max(leave);
        }
    }
    stay > leave
}

#[test]
#[expect(clippy::approx_constant, reason = "0.4342 is an index here")]
fn gittins_indices_at_a_discount_of_nine_tenths() {
    // .7029 .6346 .6010 and (10,2) .8695, (10,7) .6300 are printed in Christian & Griffiths, Algorithms to Live By;
    // the rest of the table from memory (Gittins' tables). All recomputed here by calibration over 150 pulls.
    let table = [
        [0.7029, 0.8001, 0.8452, 0.8723, 0.8905],
        [0.5001, 0.6346, 0.7072, 0.7539, 0.7869],
        [0.3796, 0.5163, 0.6010, 0.6579, 0.6996],
        [0.3021, 0.4342, 0.5184, 0.5809, 0.6276],
    ];
    for (b, row) in (1..).map(f64::from).zip(table) {
        for (a, expected) in (1..).map(f64::from).zip(row) {
            assert_near(gittins(a, b, 0.9, 150), expected, 6e-5);
        }
    }
    assert_near(gittins(10.0, 2.0, 0.9, 150), 0.8695, 6e-5);
    assert_near(gittins(10.0, 7.0, 0.9, 150), 0.6300, 6e-5);
}

#[test]
fn gittins_indices_at_other_discounts() {
    // From memory (Gittins' tables), recomputed here by calibration.
    for (a, b, expected) in [(1.0, 1.0, 0.7614), (2.0, 2.0, 0.6810)] {
        assert_near(gittins(a, b, 0.95, 300), expected, 6e-5);
    }
    for (a, b, expected) in [
        (1.0, 1.0, 0.8699),
        (2.0, 1.0, 0.9102),
        (1.0, 2.0, 0.7005),
        (2.0, 2.0, 0.7844),
    ] {
        assert_near(gittins(a, b, 0.99, 900), expected, 6e-5);
    }
    // Tests of the R package `gittins` (jedwards24), to its own tolerances.
    for (a, b, discount, expected, tolerance) in [
        (3.0, 2.0, 0.8, 0.671_439_94, 1e-4),
        (2.0, 1.0, 0.5, 0.706_005_86, 5e-4),
        (2.0, 2.0, 0.5, 0.535_862_72, 5e-4),
        (3.0, 1.0, 0.5, 0.777_351_12, 5e-4),
    ] {
        assert_near(gittins(a, b, discount, 100), expected, tolerance);
    }
}

/// Equally likely values of a log-normal, each the middle of its slice.
fn slices(mu: f64, sigma: f64) -> Vec<f64> {
    const SLICES: u32 = 20_000;
    (0..SLICES)
        .map(|i| (mu + sigma * normal_quantile((f64::from(i) + 0.5) / f64::from(SLICES))).exp())
        .collect()
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let n = values.len() as f64;
    values.sum::<f64>() / n
}

#[test]
fn our_index_is_gittins_of_an_arm_that_tells_all_at_its_first_pull() {
    // Such an arm's calibration is z = (1-g) E[X] + g E[max(X, z)]; our index with U = 1/(1-g) hours usable, one of
    // them for learning and no set-up, is the same equation. Solved here by iterating it over slices of X.
    for (mu, sigma, discount) in [(0.0, 0.5, 0.9), (-2.0, 1.0, 0.95), (1.0, 0.3, 0.5)] {
        let values = slices(mu, sigma);
        let expected = mean(values.iter().copied());
        let mut z = expected;
        for _ in 0..400 {
            z = (1.0 - discount) * expected + discount * mean(values.iter().map(|x| x.max(z)));
        }
        let ours = index(mu, sigma, 1.0 / (1.0 - discount), 0.0, 1.0);
        assert_near(ours / z, 1.0, 1e-3);
    }
}

#[test]
fn an_arm_that_teaches_slowly_has_the_lower_index() {
    // With the prior of Beta(1, 1) the arm that tells all has z = .05 + .45 (1 + z^2), in closed form .7597; the one
    // that tells one success at a time has .7029. The product's index is of the first kind, hence an upper bound: the
    // two are not comparable beyond that.
    let at_once = (1.0 - (1.0 - 4.0 * 0.45 * 0.5_f64).sqrt()) / 0.9;
    assert_near(at_once, 0.7597, 5e-5);
    assert!(gittins(1.0, 1.0, 0.9, 150) < at_once);
    // Without doubt every index is the mean.
    assert_near(gittins(6e6, 4e6, 0.9, 50), 0.6, 1e-5);
    assert_near(index(0.6_f64.ln(), 0.0, 10.0, 0.0, 1.0), 0.6, 1e-9);
}

#[test]
fn our_index_with_nothing_to_learn_first_is_weitzmans_reservation_price() {
    // L = 0: z (S + U) = U E[max(X, z)], hence S z / U = E[(X - z)+]: a box opened at the cost of its set-up hours,
    // priced at what the hours could earn elsewhere (Weitzman 1979).
    for (mu, sigma, usable, set_up) in [(0.004_f64.ln(), 0.7, 1_800.0, 240.0), (0.0, 0.4, 100.0, 50.0)] {
        let z = index(mu, sigma, usable, set_up, 0.0);
        let gain = mean(slices(mu, sigma).into_iter().map(|x| (x - z).max(0.0)));
        assert_near(gain / (set_up * z / usable), 1.0, 2e-3);
    }
}

/// A box of Weitzman's: what may be in it and how likely, what it costs to open, and the years until it is known.
struct Research {
    outcomes: [(f64, f64); 2],
    cost: f64,
    years: i32,
}

const DISCOUNT: f64 = 1.0 / 1.1;
const ALPHA: Research = Research {
    outcomes: [(100.0, 0.5), (55.0, 0.5)],
    cost: 15.0,
    years: 1,
};
const OMEGA: Research = Research {
    outcomes: [(240.0, 0.2), (0.0, 0.8)],
    cost: 20.0,
    years: 2,
};

impl Research {
    /// The expected value of opening it, what comes after being worth `then` of its outcome.
    fn worth(&self, then: impl Fn(f64) -> f64) -> f64 {
        let expected: f64 = self.outcomes.iter().map(|&(x, p)| p * then(x)).sum();
        DISCOUNT.powi(self.years) * expected - self.cost
    }

    fn reservation_price(&self) -> f64 {
        let (mut low, mut high) = (0.0, 240.0);
        for _ in 0..80 {
            let z = 0.5 * (low + high);
            if self.worth(|x| x.max(z)) > z {
                low = z
            } else {
                high = z
            }
        }
        low
    }
}

#[test]
fn weitzmans_two_technologies() {
    // The example of "Optimal search for the best alternative" (Econometrica 1979): the one with the lower value alone
    // is opened first. Reservation prices by bisection, strategies by enumeration.
    assert_near(ALPHA.reservation_price(), 55.8333, 5e-5);
    assert_near(OMEGA.reservation_price(), 58.0488, 5e-5);
    let alone = [ALPHA.worth(|x| x), OMEGA.worth(|x| x)];
    assert_near(alone[0], 55.4545, 5e-5);
    assert_near(alone[1], 19.6694, 5e-5);
    let alpha_first = ALPHA.worth(|x| x.max(OMEGA.worth(|y| y.max(x))));
    let omega_first = OMEGA.worth(|y| y.max(ALPHA.worth(|x| x.max(y))));
    let both: f64 = ALPHA
        .outcomes
        .iter()
        .map(|&(x, p)| {
            let waits = DISCOUNT * OMEGA.outcomes.iter().map(|&(y, q)| q * y.max(x)).sum::<f64>();
            p * DISCOUNT * waits.max(x)
        })
        .sum::<f64>()
        - ALPHA.cost
        - OMEGA.cost;
    assert_near(alpha_first, 55.9241, 5e-5);
    assert_near(both, 55.9091, 5e-5);
    assert_near(omega_first, 56.3336, 5e-5);
}
