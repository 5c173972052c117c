//! The search over plans in worlds like those of the design's gym, and what its answer must hold.

use super::*;
use crate::simulate::fixtures::{DEFAULT, Dials, world};
use crate::simulate::{Bet, DealValue, Gate, Running, Step, simulate};
use proptest::prelude::*;

const WEINBERG: Dials = Dials { tax: 0.2, ..DEFAULT };
const FOUR_A_WEEK: Dials = Dials {
    targets_per_week: 4.0,
    ..DEFAULT
};
const TWO_A_WEEK: Dials = Dials {
    targets_per_week: 2.0,
    ..DEFAULT
};
const TEAM_TWICE: Dials = Dials {
    hours: 180.0,
    ..DEFAULT
};
const TEAM_FOURFOLD: Dials = Dials {
    hours: 360.0,
    ..DEFAULT
};
const BIG_POOLS_UNKNOWN: Dials = Dials {
    targets: 1_000,
    targets_per_week: 20.0,
    sigma: 0.9,
    rho: 0.0,
    ..DEFAULT
};

fn index_order(program: &Program) -> Vec<usize> {
    let index = Model::new(program).index_now();
    let mut order: Vec<usize> = (0..index.len()).collect();
    order.sort_by(|&a, &b| index[b].total_cmp(&index[a]));
    order
}

/// Mean value of a plan on luck that no search has seen.
fn out_of_sample(program: &Program, plan: &Plan) -> f64 {
    simulate(program, plan, 0xf4e5_4001, 300).unwrap().outcome.mean
}

/// The mean over worlds of so many at once in index order.
fn focus(dials: Dials, at_once: usize, rule: Rule) -> f64 {
    let plan = |program: &Program| Plan {
        order: index_order(program),
        at_once,
        rule,
        share: Share::InOrder,
    };
    over_worlds(dials, |program| out_of_sample(program, &plan(program)))
}

/// The mean over worlds of everything at once.
fn spread(dials: Dials) -> f64 {
    let plan = |program: &Program| Plan {
        order: index_order(program),
        at_once: 6,
        rule: Rule::Open,
        share: Share::Equal,
    };
    over_worlds(dials, |program| out_of_sample(program, &plan(program)))
}

fn over_worlds(dials: Dials, value: impl Fn(&Program) -> f64) -> f64 {
    let values: Vec<f64> = (0..4).map(|seed| value(&world(dials, seed))).collect();
    mean(&values)
}

#[test]
fn the_formula_says_how_many_at_once() {
    let k = |dials| most_hours(&hours_by_k(&world(dials, 1), &[0, 1, 2, 3, 4, 5]));
    assert_eq!(k(DEFAULT), 2);
    assert_eq!(k(WEINBERG), 1);
    assert_eq!(k(FOUR_A_WEEK), 3);
    assert_eq!(k(TWO_A_WEEK), 5);
    assert_eq!(k(TEAM_TWICE), 3);
    assert_eq!(k(TEAM_FOURFOLD), 4);
    assert_eq!(k(BIG_POOLS_UNKNOWN), 1);
    let hours = hours_by_k(&world(DEFAULT, 1), &[0, 1, 2, 3, 4, 5]);
    for (found, expected) in hours.iter().zip([72.0, 77.5, 69.0, 60.5, 52.0, 43.5]) {
        assert!((found - expected).abs() < 1e-9, "{found} for {expected}");
    }
}

#[test]
fn two_at_once_beat_spread_and_every_other_number_by_default() {
    let [one, two, three, four] = [1, 2, 3, 4].map(|k| focus(DEFAULT, k, Rule::Index));
    let spread = spread(DEFAULT);
    assert!(two > 2.0 * spread, "two at once {two}, spread {spread}");
    assert!(two > one && two > three && three > four, "{one} {two} {three} {four}");
}

#[test]
fn spread_beats_one_at_a_time_when_the_team_is_large() {
    let [one, two, four] = [1, 2, 4].map(|k| focus(TEAM_FOURFOLD, k, Rule::Index));
    let spread = spread(TEAM_FOURFOLD);
    assert!(
        spread > 1.3 * one && spread > two,
        "spread {spread}, one at a time {one}, two {two}"
    );
    assert!(
        (four - spread).abs() < 0.02 * spread,
        "four at once {four} is as good as spread {spread}"
    );
}

#[test]
fn learning_pays_where_one_bet_could_fill_the_horizon() {
    let [index, open] = [Rule::Index, Rule::Open].map(|rule| focus(BIG_POOLS_UNKNOWN, 1, rule));
    assert!(index > 1.15 * open, "index {index}, open {open}");
    let [index, open] = [Rule::Index, Rule::Open].map(|rule| focus(DEFAULT, 2, rule));
    assert!(
        (index / open - 1.0).abs() < 0.05,
        "by default it hardly matters: {index} {open}"
    );
}

#[test]
fn the_best_plan_is_as_good_as_the_best_fixed_number_at_once() {
    for (dials, seed) in [
        (DEFAULT, 21),
        (FOUR_A_WEEK, 23),
        (TEAM_TWICE, 25),
        (BIG_POOLS_UNKNOWN, 26),
    ] {
        let program = world(dials, seed);
        let answer = sequence(&program, None, 5).unwrap();
        let PlanResult {
            order,
            at_once,
            rule,
            share,
            ..
        } = answer.plans[answer.best].clone();
        let found = out_of_sample(
            &program,
            &Plan {
                order,
                at_once,
                rule,
                share,
            },
        );
        let order = index_order(&program);
        let fixed = (1..=4).map(|at_once| {
            let (order, rule, share) = (order.clone(), Rule::Index, Share::InOrder);
            out_of_sample(
                &program,
                &Plan {
                    order,
                    at_once,
                    rule,
                    share,
                },
            )
        });
        let fixed = fixed.fold(0.0, f64::max);
        assert!(found >= 0.985 * fixed, "seed {seed}: found {found}, best fixed {fixed}");
    }
}

#[test]
fn the_best_plan_s_mean_is_hardly_flattered_by_having_been_chosen() {
    let over: Vec<f64> = (30..36)
        .map(|seed| {
            let program = world(DEFAULT, seed);
            let answer = sequence(&program, None, 5).unwrap();
            let best = answer.plans[answer.best].clone();
            let plan = Plan {
                order: best.order,
                at_once: best.at_once,
                rule: best.rule,
                share: best.share,
            };
            best.mean / simulate(&program, &plan, 0xf4e5_4002, 1_000).unwrap().outcome.mean - 1.0
        })
        .collect();
    // A mean of 512 paths has an error of some 2%, six programs together under 1%.
    assert!(mean(&over).abs() < 0.02, "{over:?}");
}

#[test]
fn what_to_run_until_the_next_review_waits_for_its_gate() {
    let mut program = world(DEFAULT, 2);
    let first = sequence(&program, None, 7).unwrap().until_review;
    assert!(!first.is_empty() && first.len() <= 3, "{first:?}");
    let other = (first[0] + 1) % 6;
    program.bets[other].gate = Some(Gate {
        step: 2,
        need: 8,
        week_after_start: 26,
        at_least_targets: 0,
    });
    program.bets[first[0]].after = Some(other);
    assert!(!sequence(&program, None, 7).unwrap().until_review.contains(&first[0]));
}

#[test]
fn the_answer_holds_together() {
    let mut program = world(DEFAULT, 2);
    program.target = Some(15.0);
    program.bets[3].gate = Some(Gate {
        step: 2,
        need: 8,
        week_after_start: 26,
        at_least_targets: 40,
    });
    let own = Plan {
        order: vec![5, 3],
        at_once: 2,
        rule: Rule::Gated,
        share: Share::InOrder,
    };
    let answer = sequence(&program, Some(&own), 7).unwrap();
    assert_eq!(answer.best, 0);
    let (spread, one) = (&answer.plans[answer.spread], &answer.plans[answer.one_at_a_time]);
    assert_eq!(
        (spread.name, spread.at_once, spread.share),
        (Some("everything at once"), 6, Share::Equal)
    );
    assert_eq!(
        (one.name, one.at_once, one.rule),
        (Some("one at a time"), 1, Rule::Open)
    );
    let mine = &answer.plans[answer.own.unwrap()];
    assert_eq!(
        (mine.name, &mine.order, mine.rule),
        (Some("your own plan"), &own.order, own.rule)
    );
    let best = &answer.plans[0];
    for plan in &answer.plans {
        assert!(plan.mean <= best.mean);
        assert!((plan.vs_best.difference - (plan.mean - best.mean)).abs() < 1e-9);
        assert!(plan.vs_best.low <= plan.vs_best.difference && plan.vs_best.difference <= plan.vs_best.high);
        assert!((0.0..=1.0).contains(&plan.p_target.unwrap()) && plan.cvar20 <= plan.mean);
    }
    assert!(
        spread.vs_best.high < 0.0,
        "doing everything at once is clearly worse here"
    );
    for k in [1, 2, 3, 4, 6] {
        assert!(
            answer
                .plans
                .iter()
                .any(|plan| plan.at_once == k && plan.share == Share::InOrder),
            "none with {k}"
        );
    }
}

#[test]
fn the_answer_is_the_same_with_any_number_of_threads() {
    let program = world(DEFAULT, 2);
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| sequence(&program, None, 7).unwrap())
    };
    assert_eq!(with(1), with(2));
}

#[test]
fn the_shape_is_the_documented_one() {
    let mut program = world(DEFAULT, 2);
    program.target = Some(15.0);
    let shape = toml::Table::try_from(sequence(&program, None, 7).unwrap()).unwrap();
    for key in [
        "k_formula",
        "hours_by_k",
        "plans",
        "best",
        "spread",
        "one_at_a_time",
        "says",
    ] {
        assert!(shape.contains_key(key), "{key}");
    }
    let plan = shape["plans"][0].as_table().unwrap();
    for key in ["order", "at_once", "rule", "mean", "vs_best", "p_target"] {
        assert!(plan.contains_key(key), "{key}");
    }
    assert!(["open", "gated", "index"].contains(&plan["rule"].as_str().unwrap()));
    assert!(
        ["difference", "low", "high"]
            .iter()
            .all(|key| plan["vs_best"].as_table().unwrap().contains_key(*key))
    );
}

#[test]
fn the_sentence_says_what_focus_buys_and_where_it_does_not() {
    let says = |program: &Program| sequence(program, None, 3).unwrap().says;
    let focus = says(&world(DEFAULT, 2));
    assert!(
        focus.starts_with("Running 2 bets at once, ") && focus.contains("as much as everything at once"),
        "{focus}"
    );
    let large = says(&world(TEAM_FOURFOLD, 2));
    assert!(
        large.starts_with("Focus does not win here: everything at once brings "),
        "{large}"
    );
    assert!(large.contains("one at a time would bring only "), "{large}");
    let free = Dials {
        tax: 0.0,
        overhead: 0.0,
        set_up: 0.0,
        ..DEFAULT
    };
    assert!(says(&world(free, 2)).contains("nothing lost by switching, overhead or set-up"));
    let mut alike = world(DEFAULT, 2);
    alike.bets = vec![alike.bets[0].clone(); 4];
    assert!(says(&alike).contains("the bets look alike"), "{}", says(&alike));
    let mut single = world(DEFAULT, 2);
    single.bets.truncate(1);
    assert_eq!(
        says(&single),
        "There is one bet, so there is nothing to put in sequence."
    );
    let short = world(Dials { weeks: 8, ..DEFAULT }, 2);
    assert!(
        says(&short).starts_with("No plan brings anything to speak of within 8 weeks"),
        "{}",
        says(&short)
    );
}

#[test]
fn a_bet_that_is_set_up_already_has_the_higher_index() {
    let mut program = world(DEFAULT, 2);
    program.bets = vec![program.bets[0].clone(); 3];
    program.bets[2].started = Some(Running {
        weeks_running: 8,
        set_up_hours_left: 0.0,
        targets_left: 280,
        gate_have: 0,
        in_flight: vec![vec![(2, 12)], vec![(1, 3)], vec![], vec![]],
        beliefs: program.bets[2].beliefs(),
    });
    let answer = sequence(&program, None, 3).unwrap();
    assert!(answer.index[2] > 1.05 * answer.index[0], "{:?}", answer.index);
    assert_eq!(answer.plans[answer.one_at_a_time].order, [2, 0, 1]);
}

/// Bets at the edges of what is allowed.
fn any_bet() -> impl Strategy<Value = Bet> {
    let prior = prop_oneof![Just(0.01), 0.1..20.0, Just(1e6)];
    let step =
        (prior.clone(), prior, prop_oneof![Just(1e-4), 0.5..30.0, Just(520.0)]).prop_map(|(a, b, delay_weeks)| Step {
            name: None,
            prior: (a, b),
            delay_weeks,
        });
    let amount = || prop_oneof![Just(0.0), 0.1..500.0, Just(1e12)];
    let some = || prop_oneof![Just(1e-9), 0.1..50.0, Just(1e12)];
    let gate = prop::option::of((0_u32..9, 0_u32..60, 0_u32..60));
    (
        prop::collection::vec(step, 1..4),
        amount(),
        some(),
        amount(),
        some(),
        some(),
        1_u32..400,
        gate,
    )
        .prop_map(
            |(steps, set_up_hours, hours_per_target, weekly_overhead_hours, targets_per_week, mean, targets, gate)| {
                Bet {
                    name: String::new(),
                    set_up_hours,
                    hours_per_target,
                    weekly_overhead_hours,
                    targets,
                    targets_per_week,
                    deal_value: DealValue { mean, sd: 100.0 * mean },
                    gate: gate.map(|(need, week_after_start, at_least_targets)| Gate {
                        step: need as usize % steps.len(),
                        need,
                        week_after_start,
                        at_least_targets,
                    }),
                    value_at: (targets % 2 == 0).then_some(0),
                    steps,
                    after: None,
                    overdispersion: None,
                    started: None,
                }
            },
        )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn whatever_is_accepted_is_answered_with_finite_numbers(
        bets in prop::collection::vec(any_bet(), 1..4), weeks in 1_u32..40,
        hours_per_week in prop_oneof![Just(1e-9), 1.0..300.0, Just(1e12)],
        switching_tax in 0.0..=1.0_f64,
    ) {
        let program = Program { weeks, hours_per_week, switching_tax, target: Some(1.0), bets };
        let Ok(answer) = sequence(&program, None, 1) else {
            prop_assert!(program.check().is_err());
            return Ok(());
        };
        prop_assert!(answer.index.iter().chain(&answer.hours_by_k).all(|x| x.is_finite() && *x >= 0.0));
        for plan in &answer.plans {
            let difference = plan.vs_best;
            let numbers = [plan.mean, plan.cvar20, difference.difference, difference.low, difference.high];
            prop_assert!(numbers.iter().all(|x| x.is_finite()), "{numbers:?}");
        }
        prop_assert!(!answer.says.contains("NaN") && !answer.says.contains("inf"), "{}", answer.says);
    }
}
