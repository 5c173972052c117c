//! The gym's own figures at a size that a test can afford; the full tables are in docs/gym.md.

use super::ring::Ring;
use super::setting::Setting;
use super::world::World;
use super::{Gym, gym};
use crate::sequence::{hours_by_k, most_hours};
use crate::simulate::{Model, mean};
use rayon::prelude::*;

/// The rows of the optimiser table of numbers.md section 2, as setting files.
const REGIMES: [(&str, &str); 14] = [
    ("default", ""),
    (
        "frictionless",
        "switching_tax = 0.0\nweekly_overhead_hours = 0.0\nset_up_hours = 0.0",
    ),
    ("Weinberg tax", "switching_tax = 0.2"),
    ("4 a week", "targets_per_week = 4.0"),
    ("2 a week", "targets_per_week = 2.0"),
    ("team x2", "hours_per_week = 180.0"),
    ("team x4", "hours_per_week = 360.0"),
    (
        "team x4, free, 2 a week",
        "hours_per_week = 360.0\nset_up_hours = 120.0\ntargets_per_week = 2.0\nswitching_tax = 0.0\n\
         weekly_overhead_hours = 0.0",
    ),
    ("pool 50", "targets = 50"),
    ("pool 1000", "targets = 1000\ntargets_per_week = 20.0"),
    (
        "pool 1000, unknown",
        "targets = 1000\ntargets_per_week = 20.0\nprior_strength = 0.0\nspread = 0.9",
    ),
    (
        "pool 1000, unknown, long",
        "targets = 1000\ntargets_per_week = 20.0\nprior_strength = 0.0\nweeks = 156",
    ),
    ("52 weeks", "weeks = 52"),
    ("alike", "spread = 0.0\ndeal_value_spread = 0.0"),
];

fn regimes() -> impl Iterator<Item = (&'static str, Setting)> {
    REGIMES
        .into_iter()
        .map(|(name, dials)| (name, toml::from_str(dials).unwrap()))
}

/// The values of some policies in so many worlds, world by world.
fn values(setting: &Setting, worlds: u32, of: impl Fn(&Ring) -> Vec<f64> + Sync) -> Vec<Vec<f64>> {
    let one = |number| {
        let world = World::new(setting, 11, number);
        let model = Model::new(&world.program);
        of(&Ring::new(&world, &model))
    };
    (0..worlds).into_par_iter().map(one).collect()
}

/// The mean of column a minus column b as a share of the mean of b, and its standard error.
fn lead(values: &[Vec<f64>], a: usize, b: usize) -> (f64, f64) {
    let differences: Vec<f64> = values.iter().map(|row| row[a] - row[b]).collect();
    let of = mean(&values.iter().map(|row| row[b]).collect::<Vec<_>>());
    let lead = mean(&differences);
    let variance = mean(&differences.iter().map(|d| (d - lead).powi(2)).collect::<Vec<_>>());
    (lead / of, (variance / differences.len() as f64).sqrt() / of)
}

fn best_column(values: &[Vec<f64>]) -> usize {
    let total = |column: usize| values.iter().map(|row| row[column]).sum::<f64>();
    (0..values[0].len())
        .max_by(|&a, &b| total(a).total_cmp(&total(b)))
        .unwrap()
}

#[test]
fn the_formula_s_number_at_once_is_the_simulated_best_or_ties_with_it() {
    let mut agree = 0;
    let mut misses = Vec::new();
    for (name, setting) in regimes() {
        let values = values(&setting, 40, |ring| {
            (1..=6).map(|at_once| ring.index(at_once).total()).collect()
        });
        let program = World::new(&setting, 11, 0).program;
        let formula = most_hours(&hours_by_k(&program, &[0, 1, 2, 3, 4, 5]));
        let best = best_column(&values);
        let (lost, se) = lead(&values, formula - 1, best);
        if lost >= -2.0 * se - 0.001 {
            agree += 1;
        } else {
            misses.push(format!("{name}: formula {formula}, best {}, {lost} +- {se}", best + 1));
        }
    }
    assert!(agree >= 13, "{misses:?}");
}

#[test]
fn the_optimiser_is_as_good_as_the_best_fixed_number_at_once() {
    for (name, setting) in regimes() {
        if !["default", "4 a week", "pool 1000, unknown"].contains(&name) {
            continue;
        }
        let values = values(&setting, 24, |ring| {
            let fixed = (1..=4).map(|at_once| ring.index(at_once).total());
            fixed
                .chain([ring.optimiser_once().total(), ring.optimiser().total()])
                .collect()
        });
        let fixed: Vec<Vec<f64>> = values.iter().map(|row| row[..4].to_vec()).collect();
        for optimiser in [4, 5] {
            let (lead, se) = lead(&values, optimiser, best_column(&fixed));
            assert!(lead > -0.015 - 2.0 * se, "{name}: {lead} +- {se}");
        }
    }
}

#[test]
fn planning_anew_at_each_review_beats_the_index_where_little_is_known() {
    let setting = Setting {
        prior_strength: 0.0,
        ..Setting::default()
    };
    let values = values(&setting, 40, |ring| {
        vec![ring.optimiser().total(), ring.index(2).total()]
    });
    let (lead, se) = lead(&values, 0, 1);
    assert!(lead > se, "{lead} +- {se}");
}

fn small(threads: usize) -> Gym {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| gym(&Setting::default(), 3, 6, &|| ()).unwrap())
}

#[test]
fn the_gym_is_the_same_with_any_number_of_threads() {
    let one = small(1);
    assert_eq!(one, small(2));
    assert_eq!(one.policies.len(), 15);
    assert!(
        one.policies
            .iter()
            .all(|score| score.of_clairvoyant.is_finite() && score.vs_best <= 0.0)
    );
}

#[test]
fn settings_at_the_edge_are_answered() {
    let standard = Setting::default;
    for setting in [
        Setting { bets: 1, ..standard() },
        Setting { weeks: 1, ..standard() },
        Setting {
            targets: 1,
            ..standard()
        },
        Setting {
            step_rates: vec![0.2],
            delay_weeks: vec![1.0],
            ..standard()
        },
        Setting {
            prior_strength: 1.0,
            gate_need: 0,
            ..standard()
        },
        Setting {
            switching_tax: 1.0,
            spread: 3.0,
            ..standard()
        },
    ] {
        let answer = gym(&setting, 1, 2, &|| ()).unwrap();
        for score in answer.policies {
            let numbers = [
                score.of_clairvoyant,
                score.se,
                score.vs_best,
                score.p_target,
                score.cvar20,
            ];
            assert!(numbers.iter().all(|x| x.is_finite()), "{}: {numbers:?}", score.name);
        }
    }
    assert!(gym(&standard(), 1, 0, &|| ()).is_err());
    assert!(gym(&standard(), 1, 1_000_000, &|| ()).is_err());
}
