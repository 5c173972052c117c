//! How long a forecast of 1,000 paths x 156 weeks x 20 bets takes under different plans, least and middle of 30 runs; a
//! word as the first argument leaves out the plans without it in their name.
//! Must not be read as a benchmark of a busy machine.

use beachhead_foresight::luck::Luck;
use beachhead_foresight::sequence::sequence;
use beachhead_foresight::simulate::{Bet, DealValue, Gate, Plan, Program, Rule, Share, Step, simulate};
use std::time::Instant;

fn main() {
    let twenty = program(20, 156);
    for (name, at_once, rule, share) in [
        ("two at once, gated", 2, Rule::Gated, Share::InOrder),
        ("five at once, gated", 5, Rule::Gated, Share::InOrder),
        ("two at once, by the index", 2, Rule::Index, Share::InOrder),
        ("everything at once", 20, Rule::Open, Share::Equal),
    ] {
        let plan = Plan {
            order: (0..twenty.bets.len()).collect(),
            at_once,
            rule,
            share,
        };
        time(name, || {
            simulate(&twenty, &plan, 1, 1_000).map(|forecast| forecast.outcome.mean)
        });
    }
    let six = program(6, 104);
    time("plan search, six bets", || {
        sequence(&six, None, 1).map(|found| found.plans[0].mean)
    });
}

/// Bets like those of the gym's default setting, with gates and deals of different value.
fn program(bets: u64, weeks: u32) -> Program {
    let bet = |number: u64| {
        let luck = Luck::new(7).at(number);
        let step = |(step, (mean, delay_weeks)): (u64, (f64, f64))| {
            let mean = mean * (0.6 + 0.8 * luck.at(step).uniform());
            Step {
                name: None,
                prior: (15.0 * mean, 15.0 * (1.0 - mean)),
                delay_weeks,
            }
        };
        let value = 0.5 + luck.at(9).uniform();
        Bet {
            name: String::new(),
            set_up_hours: 240.0,
            hours_per_target: 6.0,
            weekly_overhead_hours: 4.0,
            targets: 300,
            targets_per_week: 12.0,
            deal_value: DealValue {
                mean: value,
                sd: 0.5 * value,
            },
            steps: (0..)
                .zip([(0.45, 3.0), (0.55, 3.0), (0.4, 5.0), (0.25, 12.0)])
                .map(step)
                .collect(),
            gate: Some(Gate {
                step: 2,
                need: 6,
                week_after_start: 20,
                at_least_targets: 0,
            }),
            value_at: None,
            after: None,
            overdispersion: None,
            started: None,
        }
    };
    Program {
        weeks,
        hours_per_week: 90.0,
        switching_tax: 0.05,
        target: Some(30.0),
        bets: (0..bets).map(bet).collect(),
    }
}

fn time<E: std::fmt::Debug>(name: &str, work: impl Fn() -> Result<f64, E>) {
    if std::env::args().nth(1).is_some_and(|only| !name.contains(&only)) {
        return;
    }
    let mut mean = Ok(0.0);
    let busy = cpu_ms();
    let mut times: Vec<f64> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            mean = work();
            start.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    let busy = (cpu_ms() - busy) / RUNS as f64;
    times.sort_by(f64::total_cmp);
    let (least, middle) = (times[0], times[RUNS / 2]);
    println!("{name}: least {least:.1} ms, middle {middle:.1} ms, processors busy {busy:.1} ms (mean {mean:?})");
}

const RUNS: usize = 30;

/// What the threads of this process have run for, whatever else the machine does (Linux).
fn cpu_ms() -> f64 {
    let threads = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let ran = threads.filter_map(|thread| std::fs::read_to_string(thread.path().join("schedstat")).ok());
    ran.filter_map(|line| line.split(' ').next()?.parse::<f64>().ok())
        .sum::<f64>()
        / 1e6
}
