//! What the numbers say of a strategy before it is signed: whether its gates can tell, and its chance of the target.

use std::collections::BTreeMap;

use beachhead_foresight::power::{Better, gate_outlook};
use beachhead_foresight::simulate::{self, simulate};
use beachhead_strategy::{Bet, BetState, Circumstances, GateOutlook, Sequence, Strategy};
use jiff::civil::Date;

use crate::plan;

/// The seed of everything that is simulated, so that the same facts and text give the same figures on every day.
pub const SEED: u64 = 20_260;
/// Paths of a check: enough for a warning under 10% or over 95%.
const CHECK_PATHS: u32 = 400;

/// Adds to what is known of a strategy what the numbers say: the outlook of each gate that is still to come, and the
/// plan's chance of the target, unless that is known already.
#[must_use]
pub fn circumstances(strategy: &Strategy, mut known: Circumstances) -> Circumstances {
    for (bet, outlook) in gates(strategy, &known.states) {
        known.gates.entry(bet).or_insert(outlook);
    }
    if known.p_target.is_none() {
        known.p_target = chance_from_the_start(strategy, &known.states);
    }
    known
}

/// The outlook of each gate that is still to come, by the bet's name.
pub(crate) fn gates(strategy: &Strategy, states: &BTreeMap<String, BetState>) -> BTreeMap<String, GateOutlook> {
    let sequence = Sequence::of(strategy, states);
    let to_come = strategy.bets.iter().filter(|bet| {
        let state = states.get(&bet.name).copied().unwrap_or(bet.state);
        matches!(state, BetState::Proposed | BetState::Planned)
    });
    let outlook = |bet: &Bet| {
        let outlook = gate_outlook(&plan::gate_plan(strategy, &sequence, bet)?).ok()?;
        let outlook = GateOutlook {
            tells: Some(outlook.tells),
            arrived: Some(outlook.arrived),
            ways: outlook.offers.iter().map(Better::sentence).collect(),
        };
        Some((bet.name.clone(), outlook))
    };
    to_come.filter_map(outlook).collect()
}

/// The chance that the bets as written bring the target, from the day the first of them starts and from nothing.
fn chance_from_the_start(strategy: &Strategy, states: &BTreeMap<String, BetState>) -> Option<f64> {
    let first = first_day(strategy)?;
    let laid = plan::lay_out(
        strategy,
        states,
        first,
        strategy.outcome.target,
        &BTreeMap::<String, simulate::Running>::new(),
        false,
    )?;
    simulate(&laid.program, &laid.own, SEED, CHECK_PATHS)
        .ok()?
        .outcome
        .p_target
}

fn first_day(strategy: &Strategy) -> Option<Date> {
    let starts = strategy.bets.iter().filter_map(|bet| bet.starts);
    starts.min().map(|cycle| strategy.program.calendar.first_day(cycle))
}
