//! How long a forecast of 1,000 paths x 156 weeks x 20 bets takes under different plans, least and middle of 30 runs.
//! Must not be read as a benchmark of a busy machine.

use beachhead_foresight::gym::Setting;
use beachhead_foresight::gym::world::World;
use beachhead_foresight::sequence::sequence;
use beachhead_foresight::simulate::{Gate, Plan, Program, Rule, Share, simulate};
use std::time::Instant;

fn main() {
    let program = program();
    for (name, at_once, rule, share) in [
        ("two at once, gated", 2, Rule::Gated, Share::InOrder),
        ("five at once, gated", 5, Rule::Gated, Share::InOrder),
        ("two at once, by the index", 2, Rule::Index, Share::InOrder),
        ("everything at once", 20, Rule::Open, Share::Equal),
    ] {
        let plan = Plan {
            order: (0..program.bets.len()).collect(),
            at_once,
            rule,
            share,
        };
        time(name, || {
            simulate(&program, &plan, 1, 1_000).map(|forecast| forecast.outcome.mean)
        });
    }
    let mut six = World::new(&Setting::default(), 1, 0).program;
    six.target = Some(30.0);
    time("plan search, six bets", || {
        sequence(&six, None, 1).map(|found| found.plans[0].mean)
    });
}

fn program() -> Program {
    let setting = Setting {
        bets: 20,
        weeks: 156,
        ..Setting::default()
    };
    let mut program = World::new(&setting, 1, 0).program;
    for bet in &mut program.bets {
        bet.gate = Some(Gate {
            step: 2,
            need: 6,
            week_after_start: 20,
            at_least_targets: 0,
        });
        bet.deal_value.sd = 0.5 * bet.deal_value.mean;
    }
    program
}

fn time<E: std::fmt::Debug>(name: &str, work: impl Fn() -> Result<f64, E>) {
    let mut mean = Ok(0.0);
    let mut times: Vec<f64> = (0..30)
        .map(|_| {
            let start = Instant::now();
            mean = work();
            start.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    println!("{name}: least {:.1} ms, middle {:.1} ms (mean {mean:?})", times[0], times[15]);
}
