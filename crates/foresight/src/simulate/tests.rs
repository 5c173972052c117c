//! The simulator against a naive one that walks every account, and against what must hold of any program.

use super::fixtures::{DEFAULT, Dials, world};
use super::naive::{Naive, Truth};
use super::*;
use crate::belief::Belief;
use crate::delay::Delay;
use crate::overdispersion::Overdispersion;
use proptest::prelude::*;

fn plan(order: &[usize], at_once: usize, rule: Rule) -> Plan {
    Plan {
        order: order.to_vec(),
        at_once,
        rule,
        share: Share::InOrder,
    }
}

fn mean_and_error(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (
        mean,
        (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n * (n - 1.0))).sqrt(),
    )
}

/// Three bets whose deals differ in value, with gates at different steps.
fn gated_world(seed: u64) -> Program {
    let mut program = world(
        Dials {
            weeks: 78,
            targets: 150,
            set_up: 120.0,
            ..DEFAULT
        },
        seed,
    );
    program.bets.truncate(3);
    let gates = [(2, 4, 30), (0, 45, 14), (3, 1, 40)];
    for (bet, (step, need, week_after_start)) in program.bets.iter_mut().zip(gates) {
        bet.gate = Some(Gate {
            step,
            need,
            week_after_start,
            at_least_targets: 0,
        });
        bet.deal_value.sd = 0.5 * bet.deal_value.mean;
    }
    program
}

#[test]
fn skipping_events_gives_the_same_mean_as_walking_every_account() {
    for (seed, rule) in [(1, Rule::Open), (2, Rule::Gated)] {
        let program = gated_world(seed);
        let order = [2, 0, 1];
        let mut naive = Naive::new(&program, seed);
        let truths: Vec<Truth> = (0..4_000)
            .map(|_| naive.truth(&order, 2, rule == Rule::Gated))
            .collect();
        let forecast = simulate(&program, &plan(&order, 2, rule), 9, 4_000).unwrap();
        let (wins, wins_error) = mean_and_error(&truths.iter().map(|truth| truth.wins).collect::<Vec<_>>());
        let (value, value_error) = mean_and_error(&truths.iter().map(|truth| truth.value).collect::<Vec<_>>());
        let simulated: f64 = forecast.bets.iter().map(|bet| bet.wins).sum();
        // The forecast has an error too, of about the same size (less, its rates being stratified).
        assert!(
            (simulated - wins).abs() < 4.0 * wins_error,
            "{rule:?}: {simulated} wins, naive {wins} +- {wins_error}"
        );
        let mean = forecast.outcome.mean;
        assert!(
            (mean - value).abs() < 4.0 * value_error,
            "{rule:?}: value {mean}, naive {value} +- {value_error}"
        );
    }
}

#[test]
fn the_80_percent_band_holds_80_percent_of_truths() {
    let worlds = 150;
    let covered = (0..worlds).filter(|&seed| {
        let program = gated_world(1_000 + seed);
        let truth = Naive::new(&program, seed).truth(&[0, 1, 2], 2, true).value;
        let outcome = simulate(&program, &plan(&[0, 1, 2], 2, Rule::Gated), seed, 150)
            .unwrap()
            .outcome;
        (outcome.p10..=outcome.p90).contains(&truth)
    });
    let coverage = covered.count() as f64 / worlds as f64;
    assert!((0.72..=0.88).contains(&coverage), "coverage {coverage}");
}

#[test]
fn accounts_in_flight_arrive_by_what_is_left_of_their_delay() {
    let mut program = world(Dials { weeks: 26, ..DEFAULT }, 5);
    program.bets.truncate(1);
    // Sharp beliefs, so that the expected number has a closed form.
    let rates = [0.4, 0.5, 0.3, 0.6];
    let ages = [vec![], vec![(2, 40)], vec![(0, 25), (6, 30)], vec![(9, 50), (30, 20)]];
    program.bets[0].started = Some(Running {
        weeks_running: 30,
        set_up_hours_left: 0.0,
        targets_left: 0,
        gate_have: 0,
        in_flight: ages.to_vec(),
        beliefs: rates
            .iter()
            .map(|p| Belief::from_prior(1e5 * p, 1e5 * (1.0 - p)))
            .collect(),
    });
    let delays: Vec<Delay> = program.bets[0]
        .steps
        .iter()
        .map(|step| Delay::new(step.delay_weeks))
        .collect();
    let weeks = |d: usize| u32::try_from(d).unwrap();
    // The chance to be won by week 26 for an account just entering a step, then for one some weeks in.
    let mut from_here = [
        vec![1.0; 27],
        vec![0.0; 27],
        vec![0.0; 27],
        vec![0.0; 27],
        vec![0.0; 27],
    ];
    from_here.reverse();
    let mut expected = 0.0;
    for step in (0..4).rev() {
        for left in 0..=26 {
            from_here[step][left] = rates[step]
                * (1..=left)
                    .map(|d| delays[step].pmf(weeks(d)) * from_here[step + 1][left - d])
                    .sum::<f64>();
        }
        for &(age, accounts) in &ages[step] {
            let still = (1..=26_usize)
                .map(|d| delays[step].pmf(age + weeks(d)) * from_here[step + 1][26 - d])
                .sum::<f64>();
            expected += accounts as f64 * rates[step] * still / (1.0 - rates[step] * delays[step].cdf(age));
        }
    }
    let forecast = simulate(&program, &plan(&[0], 1, Rule::Open), 3, 4_000).unwrap();
    let wins = forecast.bets[0].wins;
    assert!(
        (wins - expected).abs() < 0.015 * expected,
        "{wins} wins, expected {expected}"
    );
    assert_eq!(forecast.bets[0].targets_worked, 0.0);
}

#[test]
fn any_number_of_threads_gives_the_same_forecast() {
    let program = gated_world(3);
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| simulate(&program, &plan(&[1, 0, 2], 2, Rule::Index), 11, 300).unwrap())
    };
    assert_eq!(with(1), with(2));
    assert_ne!(
        with(1),
        simulate(&program, &plan(&[1, 0, 2], 2, Rule::Index), 12, 300).unwrap()
    );
}

#[test]
fn a_missed_gate_retires_and_a_met_one_unlocks() {
    let mut program = world(DEFAULT, 8);
    program.bets.truncate(2);
    let gate = |need| {
        Some(Gate {
            step: 0,
            need,
            week_after_start: 16,
            at_least_targets: 20,
        })
    };
    program.bets[1].after = Some(0);

    program.bets[0].gate = gate(100_000);
    let missed = simulate(&program, &plan(&[0, 1], 2, Rule::Gated), 1, 100).unwrap();
    assert!(
        missed.bets[0].targets_worked < 16.0 * 12.0,
        "worked {}",
        missed.bets[0].targets_worked
    );
    assert_eq!(missed.bets[1].p_runs, 0.0);
    assert_eq!(missed.bets[1].start_week, None);
    let open = simulate(&program, &plan(&[0, 1], 2, Rule::Open), 1, 100).unwrap();
    assert!(
        (open.bets[0].targets_worked - 300.0).abs() < 1e-6,
        "without the rule the bet goes on"
    );

    program.bets[0].gate = gate(1);
    let met = simulate(&program, &plan(&[0, 1], 2, Rule::Gated), 1, 100).unwrap();
    assert_eq!(met.bets[1].p_runs, 1.0);
    // Set-up takes four weeks, twenty targets two more.
    let start = met.bets[1].start_week.unwrap();
    assert!((6.0..16.0).contains(&start), "opened in week {start}");
}

#[test]
fn value_can_be_counted_at_an_earlier_step() {
    let mut program = world(DEFAULT, 4);
    let won = simulate(&program, &plan(&[0, 1], 1, Rule::Open), 1, 400).unwrap();
    for bet in &mut program.bets {
        bet.value_at = Some(2);
    }
    let opportunities = simulate(&program, &plan(&[0, 1], 1, Rule::Open), 1, 400).unwrap();
    let ratio = opportunities.bets[0].wins / won.bets[0].wins;
    assert!((2.5..9.0).contains(&ratio), "one opportunity in {ratio} is won");
}

#[test]
fn a_file_with_only_the_documented_keys_is_read() {
    let program: Program = toml::from_str(FILE).unwrap();
    program.check().unwrap();
    assert_eq!(program.bets[1].name, "");
    assert_eq!(program.bets[0].steps[1].delay_weeks, 12.0);
    let unknown = FILE.replace("switching_tax", "switching_tacks");
    assert!(
        toml::from_str::<Program>(&unknown)
            .unwrap_err()
            .to_string()
            .contains("switching_tacks")
    );
}

const FILE: &str = r#"
weeks = 52
hours_per_week = 90
switching_tax = 0.05
[[bet]]
name = "Integrations"
set_up_hours = 240
hours_per_target = 6
weekly_overhead_hours = 4
targets = 300
targets_per_week = 12
deal_value = { mean = 50000, sd = 20000 }
step = [{ prior = [4.5, 5.5], delay_weeks = 3 }, { prior = [2.5, 7.5], delay_weeks = 12 }]
[[bet]]
set_up_hours = 0
hours_per_target = 6
weekly_overhead_hours = 4
targets = 100
targets_per_week = 2.5
deal_value = { mean = 50000, sd = 0 }
[[bet.step]]
prior = [1, 9]
delay_weeks = 6.5
"#;

#[test]
fn what_cannot_be_computed_is_refused_with_its_place() {
    let says = |change: fn(&mut Program)| {
        let mut program: Program = toml::from_str(FILE).unwrap();
        change(&mut program);
        program.check().unwrap_err().to_string()
    };
    assert!(says(|p| p.bets[1].steps[0].prior = (0.0, 9.0)).starts_with("bet[1].step[0].prior: is [0, 9]"));
    assert!(says(|p| p.bets[0].steps[1].delay_weeks = 0.0).starts_with("bet[0].step[1].delay_weeks: is 0"));
    assert!(says(|p| p.hours_per_week = 0.0).starts_with("hours_per_week: is 0"));
    assert!(says(|p| p.hours_per_week = 3.0).starts_with("hours_per_week: 3 is no more than the weekly overhead"));
    assert!(says(|p| p.hours_per_week = f64::NAN).starts_with("hours_per_week: is NaN"));
    assert!(says(|p| p.switching_tax = 1.5).starts_with("switching_tax: is 1.5"));
    assert!(says(|p| p.weeks = 0).starts_with("weeks: is 0"));
    assert!(says(|p| p.weeks = 521).contains("over the limit of 520"));
    assert!(says(|p| p.target = Some(f64::NAN)).starts_with("target: is NaN"));
    assert!(says(|p| p.bets.clear()).starts_with("bet: there is none"));
    assert!(says(|p| p.bets = vec![p.bets[0].clone(); 51]).contains("bet: 51 is over the limit of 50"));
    assert!(says(|p| p.bets[0].targets = 0).starts_with("bet[0].targets: is 0"));
    assert!(says(|p| p.bets[0].targets = 1_000_000).contains("over the limit of 200000"));
    assert!(says(|p| p.bets[0].targets_per_week = -1.0).starts_with("bet[0].targets_per_week: is -1"));
    assert!(says(|p| p.bets[0].deal_value.mean = f64::INFINITY).starts_with("bet[0].deal_value.mean: is inf"));
    assert!(says(|p| p.bets[0].deal_value.sd = f64::NAN).starts_with("bet[0].deal_value.sd: is NaN"));
    assert!(says(|p| p.bets[0].steps.clear()).starts_with("bet[0].step: there is none"));
    assert!(says(|p| p.bets[0].value_at = Some(2)).starts_with("bet[0].value_at: there is no step 2"));
    assert!(says(|p| p.bets[0].after = Some(0)).starts_with("bet[0].after: bet 0 has no gate"));
    assert!(says(|p| p.bets[0].after = Some(7)).starts_with("bet[0].after: there is no bet 7"));
    let circle = says(|p| {
        for (bet, after) in p.bets.iter_mut().zip([1, 0]) {
            bet.gate = Some(Gate {
                step: 0,
                need: 1,
                week_after_start: 9,
                at_least_targets: 0,
            });
            bet.after = Some(after);
        }
    });
    assert!(circle.contains("circle"), "{circle}");
    let program: Program = toml::from_str(FILE).unwrap();
    let refused = |plan: &Plan| simulate(&program, plan, 1, 10).unwrap_err().to_string();
    assert!(refused(&plan(&[0, 0], 1, Rule::Open)).contains("bet 0 twice"));
    assert!(refused(&plan(&[2], 1, Rule::Open)).contains("there is no bet 2"));
    assert!(refused(&plan(&[0], 0, Rule::Open)).contains("at_once is 0"));
    assert!(simulate(&program, &plan(&[0], 1, Rule::Open), 1, 0).is_err());
    assert!(simulate(&program, &plan(&[0], 1, Rule::Open), 1, 20_001).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn a_fan_rises_with_the_weeks_and_the_quantiles(
        seed in 0_u64..1_000, at_once in 1_usize..7, rule in 0..3, equal: bool, hours in 5.0..400.0_f64,
        targets_per_week in 0.2..30.0_f64, set_up in 0.0..800.0_f64, tax in 0.0..0.4_f64,
    ) {
        let program = world(Dials { hours, targets_per_week, set_up, tax, weeks: 60, ..DEFAULT }, seed);
        let rule = [Rule::Open, Rule::Gated, Rule::Index][rule as usize];
        let share = if equal { Share::Equal } else { Share::InOrder };
        let plan = Plan { order: vec![3, 1, 0, 2, 5, 4], at_once, rule, share };
        let forecast = simulate(&program, &plan, seed, 20).unwrap();
        for weeks in forecast.fan.windows(2) {
            prop_assert!(weeks[0].p50 <= weeks[1].p50 && weeks[0].p90 <= weeks[1].p90);
        }
        for week in &forecast.fan {
            prop_assert!(0.0 <= week.p10 && week.p10 <= week.p25 && week.p25 <= week.p50);
            prop_assert!(week.p50 <= week.p75 && week.p75 <= week.p90 && week.p90.is_finite());
        }
        let hours_spent: f64 = forecast.bets.iter().map(|bet| bet.targets_worked * 6.0).sum();
        prop_assert!(hours_spent <= hours * 60.0 + 1e-6, "{hours_spent} hours of {}", hours * 60.0);
        prop_assert!(forecast.outcome.cvar20 <= forecast.outcome.mean + 1e-9);
        prop_assert!(forecast.bets.iter().all(|bet| bet.targets_worked <= 300.0 + 1e-9));
    }
}

/// A bet of 200 targets among ten partners, certain of its rates but not of its partners.
fn with_partners(overdispersion: Overdispersion) -> Program {
    let mut program = world(
        Dials {
            weeks: 200,
            targets: 200,
            ..DEFAULT
        },
        1,
    );
    program.bets.truncate(1);
    let bet = &mut program.bets[0];
    bet.deal_value = DealValue { mean: 1.0, sd: 0.0 };
    for (step, rate) in bet.steps.iter_mut().zip([0.6, 0.5, 0.5, 0.4]) {
        step.prior = (1e6 * rate, 1e6 * (1.0 - rate));
    }
    bet.overdispersion = Some(overdispersion);
    program
}

#[test]
fn partners_that_differ_keep_the_mean_of_a_forecast_and_widen_it() {
    let alike = with_partners(Overdispersion::default());
    let differ = with_partners(Overdispersion {
        correlation: 0.2,
        partners: 10,
    });
    let forecast = |program: &Program| {
        let mut wins = totals(program, &plan(&[0], 1, Rule::Open), 5, 4_000);
        wins.sort_by(f64::total_cmp);
        let (mean, error) = mean_and_error(&wins);
        (mean, error * error * 4_000.0)
    };
    let (mean, variance) = forecast(&alike);
    assert!((mean - 12.0).abs() < 0.2, "{mean}");
    assert!((variance / (12.0 * 0.94) - 1.0).abs() < 0.1, "{variance}");
    let (mean, variance) = forecast(&differ);
    assert!((mean - 12.0).abs() < 0.4, "{mean}");
    // Two accounts of a partner both win with the product of E[own rate^2] over steps.
    let both: f64 = [0.6, 0.5, 0.5, 0.4]
        .iter()
        .map(|p| p * p + 0.2 * p * (1.0 - p))
        .product();
    let expected = 12.0 * 0.94 + 200.0 * 19.0 * (both - 0.06 * 0.06);
    assert!(
        (variance / expected - 1.0).abs() < 0.1,
        "{variance}, expected {expected}"
    );
}

#[test]
fn partners_are_known_the_better_the_more_was_counted_of_them() {
    let width = |learned: f64| {
        let mut program = with_partners(Overdispersion {
            correlation: 0.2,
            partners: 10,
        });
        let bet = &mut program.bets[0];
        for step in &mut bet.steps {
            step.prior = (2.0, 2.0);
        }
        let beliefs = [0.6, 0.5, 0.5, 0.4].map(|rate| Belief::from_prior(learned * rate, learned * (1.0 - rate)));
        bet.started = Some(Running {
            weeks_running: 10,
            set_up_hours_left: 0.0,
            targets_left: 100,
            gate_have: 0,
            in_flight: vec![vec![], vec![], vec![(1, 40)], vec![(2, 40)]],
            beliefs: beliefs.to_vec(),
        });
        let known = simulate(&program, &plan(&[0], 1, Rule::Open), 5, 2_000)
            .unwrap()
            .outcome;
        program.bets[0].overdispersion = None;
        let alike = simulate(&program, &plan(&[0], 1, Rule::Open), 5, 2_000)
            .unwrap()
            .outcome;
        assert!((known.mean / alike.mean - 1.0).abs() < 0.03, "{known:?} {alike:?}");
        (known.p90 - known.p10) / (alike.p90 - alike.p10)
    };
    let (little, much) = (width(20.0), width(100_000.0));
    assert!(little > 1.04 && much < 1.02, "{little} {much}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn any_program_that_is_accepted_adds_up(
        seed in 0_u64..1_000, weeks in 1_u32..80, bets in 1_usize..7, at_once in 1_usize..7, rule in 0..3,
        correlation in 0.0..0.9_f64, partners in 1_u32..40, a in 0.01..50.0_f64, b in 0.01..1e6_f64,
        running in prop::option::of((0_u32..60, 0_u32..300, 0_u32..30)), value_at in 0_usize..4,
        gate_step in 0_usize..4, need in 0_u32..20,
    ) {
        let mut program = world(Dials { weeks, ..DEFAULT }, seed);
        program.bets.truncate(bets);
        for bet in &mut program.bets {
            bet.overdispersion = Some(Overdispersion { correlation, partners });
            bet.value_at = Some(value_at);
            bet.deal_value.sd = 2.0 * bet.deal_value.mean;
            bet.gate = Some(Gate { step: gate_step, need, week_after_start: 12, at_least_targets: 5 });
        }
        program.bets[0].steps[0].prior = (a, b);
        program.bets[0].steps[3].prior = (b, a);
        if let Some((weeks_running, targets_left, age)) = running {
            program.bets[bets - 1].started = Some(Running {
                weeks_running,
                set_up_hours_left: 0.0,
                targets_left,
                gate_have: 3,
                in_flight: vec![vec![(age, 30)]; 4],
                beliefs: vec![Belief::from_prior(a, b); 4],
            });
        }
        let plan = plan(&(0..bets).collect::<Vec<_>>(), at_once, [Rule::Open, Rule::Gated, Rule::Index][rule as usize]);
        let forecast = simulate(&program, &plan, seed, 30).unwrap();
        let total: f64 = forecast.bets.iter().map(|bet| bet.value).sum();
        let outcome = forecast.outcome;
        prop_assert!(outcome.mean.is_finite() && (total - outcome.mean).abs() <= 1e-9 * outcome.mean.max(1.0));
        prop_assert!(forecast.fan.len() == weeks as usize + 1);
        let last = forecast.fan[weeks as usize];
        prop_assert!([last.p10, last.p25, last.p50, last.p75, last.p90]
            == [outcome.p10, outcome.p25, outcome.p50, outcome.p75, outcome.p90]);
        for week in &forecast.fan {
            prop_assert!(0.0 <= week.p10 && week.p10 <= week.p25 && week.p25 <= week.p50);
            prop_assert!(week.p50 <= week.p75 && week.p75 <= week.p90 && week.p90.is_finite());
        }
        for bet in &forecast.bets {
            prop_assert!(bet.value >= 0.0 && bet.hours.is_finite() && (0.0..=1.0).contains(&bet.p_runs));
        }
    }
}

#[test]
fn no_bet_and_too_many_are_refused_and_partners_that_cannot_be() {
    let mut program = with_partners(Overdispersion::default());
    let refused = |program: &Program| {
        simulate(program, &plan(&[0], 1, Rule::Open), 1, 10)
            .unwrap_err()
            .to_string()
    };
    program.bets[0].overdispersion = Some(Overdispersion {
        correlation: 1.0,
        partners: 3,
    });
    assert!(refused(&program).starts_with("bet[0].overdispersion.correlation: is 1;"));
    program.bets[0].overdispersion = Some(Overdispersion {
        correlation: 0.1,
        partners: 0,
    });
    assert!(refused(&program).starts_with("bet[0].overdispersion.partners: is 0;"));
    program.bets = vec![program.bets[0].clone(); 500];
    assert_eq!(refused(&program), "bet: 500 is over the limit of 50");
    program.bets.clear();
    assert!(refused(&program).starts_with("bet: there is none"));
}
