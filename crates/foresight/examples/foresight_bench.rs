//! Times the judge, the forecast, the search over plans, the pooling and the estimate, for `cargo xtask bench
//! foresight`: a line `NAME: BEST MEDIAN ms < BUDGET` each (the search over 20 bets has
//! no budget), and `beachhead: BEST MEDIAN` draws/s of the static model with
//! its mean, P(>= 1,500), p10, p50 and p90. Not a test: it asserts nothing about time.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::Instant;

use beachhead_foresight::belief::Belief;
use beachhead_foresight::delay::Delay;
use beachhead_foresight::error::ForesightError;
use beachhead_foresight::estimate::{self, estimate};
use beachhead_foresight::judge::{self, Evidence, judge};
use beachhead_foresight::luck::Luck;
use beachhead_foresight::pooling::{CellCount, crossed};
use beachhead_foresight::sequence::sequence;
use beachhead_foresight::simulate::{DealValue, Plan, Program, Rule, Share, simulate};

/// The four steps of the default program: mean conversion, mean weeks.
const STEPS: [(f64, f64); 4] = [(0.45, 3.0), (0.55, 3.0), (0.40, 5.0), (0.25, 12.0)];
/// How sure the priors are, in accounts.
const STRENGTH: f64 = 12.0;
const DRAWS: u32 = 2_000_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let evidence: Vec<Evidence> = (0..20)
        .map(|bet| under_way(Luck::new(1).at(bet)))
        .collect::<Result<_, _>>()?;
    let rule = judge::Rule::default();
    timed(
        "judge 20 bets x 5,000 targets x 4 steps, delays guessed, one thread",
        Some(10),
        51,
        || {
            evidence
                .iter()
                .try_for_each(|evidence| judge(evidence, &rule).map(drop_result))
        },
    )?;
    let (six, twenty) = (program(6, 104)?, program(20, 156)?);
    let plan = Plan {
        order: (0..20).collect(),
        at_once: 3,
        rule: Rule::Gated,
        share: Share::InOrder,
    };
    timed(
        "forecast 1,000 paths x 156 weeks x 20 bets with gates and fan",
        Some(30),
        51,
        || simulate(&twenty, &plan, 1, 1_000).map(drop_result),
    )?;
    timed("search the plans of the default program, 6 bets", Some(100), 21, || {
        sequence(&six, None, 1).map(drop_result)
    })?;
    timed("search the plans of 20 bets, 156 weeks", None, 7, || {
        sequence(&twenty, None, 1).map(drop_result)
    })?;
    let cells = grid();
    timed("weigh 60 cells by the crossed model", Some(20), 51, || {
        crossed(&cells).map(drop_result)
    })?;
    static_model()
}

fn drop_result<T>(answer: T) {
    drop(black_box(answer));
}

#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn seconds(runs: usize, mut work: impl FnMut() -> Result<(), ForesightError>) -> Result<(f64, f64), ForesightError> {
    let mut times = Vec::with_capacity(runs);
    for _ in 0..runs {
        let begun = Instant::now();
        work()?;
        times.push(begun.elapsed().as_secs_f64());
    }
    times.sort_by(f64::total_cmp);
    Ok((times[0], times[runs / 2]))
}

fn timed(
    name: &str,
    budget_ms: Option<u32>,
    runs: usize,
    work: impl FnMut() -> Result<(), ForesightError>,
) -> Result<(), ForesightError> {
    let (best, median) = seconds(runs, work)?;
    let budget = budget_ms.map_or(String::new(), |budget| format!(" < {budget}"));
    println!("{name}: {:.2} {:.2} ms{budget}", best * 1e3, median * 1e3);
    Ok(())
}

/// A bet in its 52nd week of 78: 5,000 targets came in evenly, each with a fate of its own.
fn under_way(luck: Luck) -> Result<Evidence, toml::de::Error> {
    const WEEK: u32 = 52;
    let mut file = format!(
        "week = {WEEK}
         gate = {{ need = 150, week = 78 }}
         planned_per_week = {:?}",
        [96; 26]
    );
    for (mean, weeks) in STEPS {
        file += &format!("\n[[step]]\nprior = {:?}\ndelay_weeks = {weeks}", prior(mean));
    }
    let mut evidence: Evidence = toml::from_str(&file)?;
    let delays = STEPS.map(|(_, weeks)| Delay::new(weeks));
    let mut open = [const { BTreeMap::<u32, u64>::new() }; STEPS.len()];
    let mut took = open.clone();
    for target in 0..5_000_u32 {
        let luck = luck.at(target.into());
        let mut age = target % WEEK + 1;
        for (step, (mean, _)) in STEPS.into_iter().enumerate() {
            let luck = luck.at(step as u64);
            let weeks = delays[step].sample(luck.at(1).uniform());
            if luck.uniform() >= mean || weeks > age {
                *open[step].entry(age).or_default() += 1;
                break;
            }
            *took[step].entry(weeks).or_default() += 1;
            age -= weeks;
        }
    }
    for (step, (open, took)) in evidence.steps.iter_mut().zip(open.into_iter().zip(took)) {
        step.converted = took.values().sum();
        step.open_ages_weeks = open.into_iter().collect();
        step.delays_weeks = took.into_iter().collect();
    }
    Ok(evidence)
}

/// The default program of numbers.md section 2 with so many bets, each with a gate on its third step.
fn program(bets: u64, weeks: u32) -> Result<Program, toml::de::Error> {
    let mut file = format!("weeks = {weeks}\nhours_per_week = 90\nswitching_tax = 0.05\ntarget = 30");
    for bet in 0..bets {
        let value = 0.7 + 0.6 * Luck::new(3).at(bet).uniform();
        file += &format!(
            "\n[[bet]]
             set_up_hours = 240
             hours_per_target = 6
             weekly_overhead_hours = 4
             targets = 300
             targets_per_week = 12
             deal_value = {{ mean = {value}, sd = 0.4 }}
             gate = {{ step = 2, need = 6, week_after_start = 26, at_least_targets = 25 }}"
        );
        for (step, (mean, weeks)) in (0..).zip(STEPS) {
            let mean = mean * (0.8 + 0.4 * Luck::new(4).at(bet).at(step).uniform());
            file += &format!("\n[[bet.step]]\nprior = {:?}\ndelay_weeks = {weeks}", prior(mean));
        }
    }
    toml::from_str(&file)
}

fn prior(mean: f64) -> [f64; 2] {
    [STRENGTH * mean, STRENGTH * (1.0 - mean)]
}

/// Six segments by ten kinds of partner, few deals in each.
fn grid() -> Vec<CellCount> {
    let cell = |(row, column): (usize, usize)| {
        let luck = Luck::new(5).at(row as u64).at(column as u64);
        let n = luck.at(0).bits() % 25;
        let k = (0..n).filter(|&deal| luck.at(1).at(deal).uniform() < 0.3).count() as u64;
        CellCount { row, column, k, n }
    };
    (0..6)
        .flat_map(|row| (0..10).map(move |column| (row, column)))
        .map(cell)
        .collect()
}

/// Six bets, each 300 targets through four uncertain steps times an uncertain deal value; `xtask/src/bench/peers` has
/// the same in numpy and in Squiggle.
fn static_model() -> Result<(), Box<dyn std::error::Error>> {
    let bets = [33.0, 38.0, 43.0, 48.0, 53.0, 58.0].map(|mean| estimate::Bet {
        targets: 300,
        rates: [(5.0, 7.0), (7.0, 5.0), (5.0, 7.0), (3.0, 9.0)]
            .map(|(a, b)| Belief::from_prior(a, b))
            .to_vec(),
        deal_value: DealValue { mean, sd: 25.0 },
    });
    let one_thread = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
    let draw = || estimate(&bets, Some(1_500.0), 1, DRAWS);
    let (best, median) = one_thread.install(|| seconds(15, || draw().map(drop_result)))?;
    let found = draw()?;
    println!(
        "beachhead: {:.0} {:.0} {:.4} {:.4} {:.4} {:.4} {:.4}",
        f64::from(DRAWS) / best,
        f64::from(DRAWS) / median,
        found.mean,
        found.p_target.unwrap_or_default(),
        found.p10,
        found.p50,
        found.p90
    );
    Ok(())
}
