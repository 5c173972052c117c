//! The written strategy as the numbers need it: bets, gates and hours as plain figures in weeks from a day. Must not
//! simulate or judge.

use std::collections::BTreeMap;

use beachhead_foresight::judge::Gate as JudgedGate;
use beachhead_foresight::power::{GatePlan, PlannedStep};
use beachhead_foresight::simulate::{self, DealValue, Plan, Program, Rule, Share};
use beachhead_strategy::{Bet, BetState, Capacity, Gate, Measure, Sequence, Step, Strategy, Unit};
use jiff::ToSpan as _;
use jiff::civil::Date;

use crate::figures::{as_real, whole};

/// The belief in a step nobody gave a range for: anything from a tenth to nine tenths.
const UNKNOWN_CONVERSION: (f64, f64) = (1.0, 1.0);
/// The delay of a step nobody gave one for, in weeks.
const UNKNOWN_DELAY_WEEKS: f64 = 4.0;
/// The week of a gate without a date: a quarter after the start.
const DEFAULT_GATE_WEEKS: u32 = 13;
/// The value of a deal that the outcome does not count: the simulation wants one above nothing, and this rounds to it.
const COUNTS_NOTHING: f64 = 1e-6;
/// What the simulation looks ahead where the outcome has no date: a year.
const WEEKS_WITHOUT_DATE: u32 = 52;

/// Whole weeks from one day to a later one; 0 when it is not later.
#[must_use]
pub fn weeks_between(from: Date, to: Date) -> u32 {
    u32::try_from((to - from).get_days().max(0) / 7).unwrap_or(0)
}

/// The prior of a step, as the two parameters of a beta distribution.
#[must_use]
pub fn prior(step: &Step) -> (f64, f64) {
    step.conversion
        .and_then(beachhead_strategy::Range::beta)
        .unwrap_or(UNKNOWN_CONVERSION)
}

/// The mean delay of a step in weeks.
#[must_use]
pub fn delay_weeks(step: &Step) -> f64 {
    step.delay_weeks
        .filter(|weeks| *weeks > 0.0)
        .unwrap_or(UNKNOWN_DELAY_WEEKS)
}

/// The step that a measure counts: a step of the motion by name, or the step that feeds a measure of the catalogue.
#[must_use]
pub fn step_of(bet: &Bet, measure: &str) -> Option<usize> {
    let named = |name: &str| bet.motion.steps.iter().position(|step| step.name == name);
    named(measure).or_else(|| named(Measure::by_key(measure)?.fed_by?))
}

/// A gate that counts events of a step, which is the only kind the judge can judge: the step, and how many are needed.
#[must_use]
pub fn counted_gate(bet: &Bet) -> Option<(&Gate, usize, u32)> {
    let gate = bet.gate.as_ref()?;
    let step = step_of(bet, &gate.measure)?;
    let counts = Measure::by_key(&gate.measure).is_none_or(|measure| measure.unit == Unit::Count);
    let need = gate.scale_if.filter(|need| counts && *need >= 1.0)?;
    Some((gate, step, whole(need)))
}

/// The day on which a bet starts, by the sequence.
#[must_use]
pub fn start_day(strategy: &Strategy, sequence: &Sequence, bet: &Bet) -> Option<Date> {
    let cycle = sequence.start_of(&bet.name).or(bet.starts)?;
    Some(strategy.program.calendar.first_day(cycle))
}

/// Targets that enter a bet in each of so many weeks: none while it is set up, then as many as it takes a week until
/// none are left.
#[must_use]
pub fn targets_by_week(bet: &Bet, hours_per_week: f64, weeks: u32, already: u64) -> Vec<f64> {
    let Some(capacity) = bet.capacity else {
        return vec![0.0; weeks as usize];
    };
    let set_up_weeks = if already > 0 || hours_per_week <= 0.0 {
        0.0
    } else {
        (capacity.set_up_hours / hours_per_week).ceil()
    };
    let mut left = (f64::from(capacity.targets) - as_real(already)).max(0.0);
    (0..weeks)
        .map(|week| {
            let enters = if f64::from(week) < set_up_weeks {
                0.0
            } else {
                capacity.targets_per_week.min(left)
            };
            left -= enters;
            enters
        })
        .collect()
}

/// A bet's gate with what is planned up to it; none where the gate cannot be judged by counting.
#[must_use]
pub fn gate_plan(strategy: &Strategy, sequence: &Sequence, bet: &Bet) -> Option<GatePlan> {
    let (gate, step, need) = counted_gate(bet)?;
    let weeks = weeks_between(start_day(strategy, sequence, bet)?, gate.by?);
    Some(GatePlan {
        gate: JudgedGate {
            need,
            week: weeks,
            step: Some(step),
            at_least_targets: gate.at_least_targets,
            retire_if: gate.retire_if.map(whole),
            minimum: None,
        },
        steps: bet
            .motion
            .steps
            .iter()
            .map(|step| PlannedStep {
                name: Some(step.name.clone()),
                prior: prior(step),
                delay_weeks: delay_weeks(step),
            })
            .collect(),
        planned_per_week: targets_by_week(bet, strategy.program.hours_per_week(), weeks, 0),
    })
}

/// A strategy laid out for simulation.
#[derive(Clone)]
pub struct Laid {
    /// The figures.
    pub program: Program,
    /// Names of the bets, in the program's order.
    pub bets: Vec<String>,
    /// The plan as the leader wrote it: her order, her number at once, gates that are kept.
    pub own: Plan,
}

/// Lays a strategy out from `today` to the outcome's date: the bets that are live, and with `parked` those that are
/// parked as well, which the leader's own plan leaves out. `still` is what the target still lacks; `started` says where
/// running bets stand. None where there is nothing to simulate: no live bet with capacity, deal value and steps, or an
/// outcome that deals do not add up to.
#[must_use]
pub fn lay_out(
    strategy: &Strategy,
    states: &BTreeMap<String, BetState>,
    today: Date,
    still: Option<f64>,
    started: &BTreeMap<String, simulate::Running>,
    parked: bool,
) -> Option<Laid> {
    let measure = strategy
        .outcome
        .catalogued()
        .filter(|measure| measure.unit == Unit::Money)?;
    let state = |bet: &Bet| states.get(&bet.name).copied().unwrap_or(bet.state);
    let is_live = |bet: &Bet| state(bet).is_live();
    let taken: Vec<&Bet> = strategy
        .bets
        .iter()
        .filter(|bet| is_live(bet) || (parked && state(bet) == BetState::Parked))
        .filter(|bet| bet.capacity.is_some() && bet.deal_value.is_some() && !bet.motion.steps.is_empty())
        .collect();
    let sequence = Sequence::of(strategy, states);
    let starts = |bet: &Bet| match started.get(&bet.name) {
        Some(running) => today.saturating_sub(i64::from(running.weeks_running).weeks()),
        None => start_day(strategy, &sequence, bet).map_or(today, |day| day.max(today)),
    };
    let simulated = |bet: &&Bet| {
        let counts = strategy.outcome.scope.covers(&bet.segment);
        simulated(bet, starts(bet), &taken, measure.fed_by.filter(|_| counts), started)
    };
    let bets: Vec<simulate::Bet> = taken.iter().filter_map(simulated).collect();
    let mut order: Vec<usize> = (0..taken.len()).filter(|at| is_live(taken[*at])).collect();
    if order.is_empty() || bets.len() != taken.len() {
        return None;
    }
    // The order that the leader wrote: what is worked already, then by start.
    order.sort_by_key(|at| {
        (
            !state(taken[*at]).is_worked(),
            start_day(strategy, &sequence, taken[*at]).unwrap_or(Date::MAX),
        )
    });
    let weeks = strategy
        .outcome
        .by
        .map_or(WEEKS_WITHOUT_DATE, |by| weeks_between(today, by))
        .max(1);
    let at_once = usize::try_from(strategy.program.at_once)
        .unwrap_or(1)
        .clamp(1, order.len());
    Some(Laid {
        program: Program {
            weeks,
            hours_per_week: strategy.program.hours_per_week(),
            switching_tax: strategy.program.switching_tax,
            target: still,
            bets,
        },
        bets: taken.iter().map(|bet| bet.name.clone()).collect(),
        own: Plan {
            order,
            at_once,
            rule: Rule::Gated,
            share: Share::InOrder,
        },
    })
}

/// A bet as the simulation takes it. `counts_at` is the step whose arrivals the outcome counts; a bet outside of the
/// outcome's scope asks for hours and adds nothing that counts.
fn simulated(
    bet: &Bet,
    starts: Date,
    taken: &[&Bet],
    counts_at: Option<&str>,
    started: &BTreeMap<String, simulate::Running>,
) -> Option<simulate::Bet> {
    let capacity = bet.capacity?;
    let worth = deal_value(bet)?;
    let gate = counted_gate(bet).map(|(gate, step, need)| simulate::Gate {
        step,
        need,
        week_after_start: gate_week(gate, starts),
        at_least_targets: gate.at_least_targets,
    });
    let deal_value = match counts_at {
        Some(_) => worth,
        None => DealValue {
            mean: COUNTS_NOTHING,
            sd: 0.0,
        },
    };
    Some(simulate::Bet {
        gate,
        value_at: counts_at.and_then(|step| bet.motion.steps.iter().position(|other| other.name == step)),
        // A bet whose predecessor is not simulated (scaled and done, say) waits for nothing.
        after: taken
            .iter()
            .position(|other| !bet.after.is_empty() && other.name == bet.after),
        started: started.get(&bet.name).cloned(),
        ..by_itself(bet, capacity, deal_value)
    })
}

/// What a deal of a bet is worth, as mean and standard deviation.
#[must_use]
pub fn deal_value(bet: &Bet) -> Option<DealValue> {
    let (mu, sigma) = bet.deal_value?.log_normal()?;
    let mean = (mu + sigma * sigma / 2.0).exp();
    Some(DealValue {
        mean,
        sd: mean * (sigma * sigma).exp_m1().sqrt(),
    })
}

/// A bet with its hours and steps, that has no gate, waits for nothing and has not begun.
#[must_use]
pub fn by_itself(bet: &Bet, capacity: Capacity, deal_value: DealValue) -> simulate::Bet {
    simulate::Bet {
        name: bet.name.clone(),
        set_up_hours: capacity.set_up_hours,
        hours_per_target: capacity.hours_per_target,
        weekly_overhead_hours: capacity.weekly_overhead_hours,
        targets: capacity.targets,
        targets_per_week: capacity.targets_per_week,
        deal_value,
        steps: simulated_steps(bet),
        gate: None,
        value_at: None,
        after: None,
        overdispersion: None,
        started: None,
    }
}

/// The steps of a motion as the simulation takes them.
fn simulated_steps(bet: &Bet) -> Vec<simulate::Step> {
    let step = |step: &Step| simulate::Step {
        name: Some(step.name.clone()),
        prior: prior(step),
        delay_weeks: delay_weeks(step),
    };
    bet.motion.steps.iter().map(step).collect()
}

/// The week after the bet's start in which its gate is judged.
fn gate_week(gate: &Gate, starts: Date) -> u32 {
    gate.by
        .map_or(DEFAULT_GATE_WEEKS, |by| weeks_between(starts, by).max(1))
}
