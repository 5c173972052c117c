//! The rules of a strategy, S01 to S19, one function each.

use super::catalogue::{S01, S02, S03, S04, S05, S06, S07, S08, S11, S12, S13, S14, S15, S16, S17, S18, S19};
use super::{Checker, GateOutlook};
use crate::cycle::weeks_after;
use crate::sequence::{BetLoad, CycleLoad};
use crate::{Bet, BetState, CellState, Gate, IndicatorKind, Measure, MeasureKind, Sequence};

/// S13: a target met less often than this is out of reach.
const OUT_OF_REACH: f64 = 0.10;
/// S13: a target met more often than this asks for nothing.
const NO_STRETCH: f64 = 0.95;
/// S14: a condition believed less than this must be tested.
const BELIEVED: f64 = 0.6;
/// S17: the share of hours or new pipeline that may flow to what was not chosen.
const DRIFT: f64 = 0.10;
/// S18: the age of facts, in days, on which a running bet may be judged.
const FRESH_DAYS: i64 = 14;

pub(super) fn check(checker: &mut Checker<'_>) {
    goal_without_route(checker);
    outcome_is_activity(checker);
    refused_to_choose(checker);
    all_bets_at_once(checker);
    no_sponsor(checker);
    reason_missing(checker);
    for (path, bet) in checker.bets(BetState::is_live) {
        cannot_be_judged(checker, &path, bet);
        off_the_outcome(checker, &path, bet);
        no_wedge(checker, &path, bet);
        gate_outlook(checker, &path, bet);
        belief_untested(checker, &path, bet);
        no_early_sign(checker, &path, bet);
    }
    target_out_of_reach(checker);
    operating(checker);
}

/// Bets that the sequence runs: proposed ones are not committed to.
fn is_committed(state: BetState) -> bool {
    state.is_live() && state != BetState::Proposed
}

fn goal_without_route(checker: &mut Checker<'_>) {
    let outcome = &checker.strategy.outcome;
    let has_outcome = !outcome.says.is_empty() || !outcome.measure.is_empty();
    if has_outcome && checker.bets(is_committed).is_empty() {
        checker.report(
            S01,
            "outcome",
            "There is an outcome and no bet, planned or running, that leads to it",
        );
    }
}

fn outcome_is_activity(checker: &mut Checker<'_>) {
    let Some(measure) = checker.strategy.outcome.catalogued() else {
        return;
    };
    if measure.kind == MeasureKind::Activity {
        let message = format!("The outcome is measured in {}, which is partner activity", measure.key);
        checker.report(S02, "outcome.measure", message);
    }
}

fn refused_to_choose(checker: &mut Checker<'_>) {
    let strategy = checker.strategy;
    let is_no = |state| matches!(state, CellState::Declined | CellState::Parked);
    let cells_said_no = strategy.cells.iter().any(|cell| is_no(cell.state));
    if !cells_said_no
        && checker
            .bets(|state| matches!(state, BetState::Declined | BetState::Parked))
            .is_empty()
    {
        checker.report(S03, "cell", "Nothing is declined or parked");
    }
    let live = checker.bets(BetState::is_live);
    let chosen: Vec<_> = strategy
        .cells
        .iter()
        .enumerate()
        .filter(|(_, cell)| cell.state == CellState::Chosen)
        .collect();
    if chosen.len() > live.len() {
        let message = format!("{} cells are chosen and {} bets work them", chosen.len(), live.len());
        let idle = |segment: &str, partner_type: &str| {
            !live
                .iter()
                .any(|(_, bet)| bet.segment == segment && bet.partner_type == partner_type)
        };
        let first_idle = chosen.iter().find(|(_, cell)| idle(&cell.segment, &cell.partner_type));
        checker.report(
            S03,
            &first_idle.map_or("cell".to_owned(), |(at, _)| format!("cell[{at}]")),
            message,
        );
    }
    for (path, bet) in live {
        let state = strategy.cell_state(&bet.segment, &bet.partner_type);
        let is_cell =
            strategy.segment(&bet.segment).is_some() && strategy.program.partner_types.contains(&bet.partner_type);
        if is_cell && state != CellState::Chosen {
            let cell = format!("{} with {}", bet.segment, bet.partner_type);
            let message = format!("{:?} works the cell {cell}, which is {state}", bet.name);
            let help = "Choose the cell, with a reason, or park the bet.";
            checker.report_with_help(S03, &path, message, help);
        }
    }
}

fn all_bets_at_once(checker: &mut Checker<'_>) {
    let at_once = usize::try_from(checker.strategy.program.at_once).unwrap_or(usize::MAX);
    let sequence = Sequence::of(checker.strategy, &checker.circumstances.states);
    let crowded = sequence
        .cycles
        .iter()
        .map(|load| (load.bets.len(), format!("in {}", load.cycle)));
    let unplaced = std::iter::once((sequence.unplaced.len(), "without a start or date".to_owned()));
    if let Some((count, when)) = crowded.chain(unplaced).find(|(count, _)| *count > at_once) {
        let message = format!("{count} bets run at once {when}; the program allows {at_once}");
        checker.report(S04, "program.at_once", message);
    }
    let mut over = sequence.cycles.iter().filter(|load| load.is_over_committed());
    let Some(load) = over.next() else { return };
    let largest = load.bets.iter().max_by(|a, b| a.hours.total_cmp(&b.hours));
    let at = largest.and_then(|largest| checker.strategy.bets.iter().position(|bet| bet.name == largest.bet));
    let path = at.map_or("program.team".to_owned(), |at| format!("bet[{at}].capacity"));
    let more = match over.count() {
        0 => String::new(),
        1 => "; the same in one later cycle".to_owned(),
        more => format!("; the same in {more} later cycles"),
    };
    let (asked, has) = (load.hours_asked(), load.hours_has);
    let message = format!(
        "{} asks {asked:.0} hours of the team, which has {has:.0}{more}",
        load.cycle
    );
    let help = largest
        .and_then(|largest| pace_that_fits(checker, load, largest))
        .unwrap_or_default();
    checker.report_with_help(S04, &path, message, help);
}

/// How many targets a week of the largest bet would fit, when that alone can mend it.
fn pace_that_fits(checker: &Checker<'_>, load: &CycleLoad, largest: &BetLoad) -> Option<String> {
    let capacity = checker.strategy.bet(&largest.bet)?.capacity?;
    let too_many = (load.hours_asked() - load.hours_has) / capacity.hours_per_target;
    let weeks = checker.strategy.program.calendar.weeks(load.cycle);
    let pace = ((largest.targets - too_many) / weeks * 10.0).floor() / 10.0;
    (pace > 0.0 && pace.is_finite()).then(|| {
        let bet = &largest.bet;
        format!(
            "Start at most {pace} targets of {bet:?} each week, start a bet later, or ask fewer hours of each target."
        )
    })
}

fn no_sponsor(checker: &mut Checker<'_>) {
    if checker.strategy.outcome.sponsor.trim().is_empty() {
        checker.report(S08, "outcome", "The outcome has no sponsor who can sign");
    }
}

fn reason_missing(checker: &mut Checker<'_>) {
    for (at, cell) in checker.strategy.cells.iter().enumerate() {
        let path = format!("cell[{at}]");
        let is_parked = cell.state == CellState::Parked;
        let cell_name = format!("{} with {}", cell.segment, cell.partner_type);
        if (is_parked || cell.state == CellState::Declined) && cell.reason.trim().is_empty() {
            checker.report(S16, &path, format!("{cell_name} is {} without a reason", cell.state));
        }
        if is_parked && cell.reopen_when.trim().is_empty() {
            checker.report(
                S16,
                &path,
                format!("{cell_name} is parked without what would reopen it"),
            );
        }
    }
}

fn cannot_be_judged(checker: &mut Checker<'_>, path: &str, bet: &Bet) {
    if !is_committed(checker.state(bet)) {
        return;
    }
    let Some(gate) = &bet.gate else {
        checker.report(S05, path, format!("{:?} has no gate", bet.name));
        return;
    };
    let path = format!("{path}.gate");
    if gate.by.is_none() {
        checker.report(S05, &path, format!("The gate of {:?} has no date", bet.name));
    }
    if gate.scale_if.is_none() {
        checker.report(
            S05,
            &path,
            format!("The gate of {:?} does not say what passes it (scale_if)", bet.name),
        );
    }
    let is_computable = bet.motion.step(&gate.measure).is_some() || Measure::by_key(&gate.measure).is_some();
    if !is_computable {
        let message = match gate.measure.as_str() {
            "" => format!("The gate of {:?} has no measure", bet.name),
            measure => format!("No fact can compute {measure:?}: it is neither a step of the motion nor a measure"),
        };
        let steps: Vec<&str> = bet.motion.steps.iter().map(|step| step.name.as_str()).collect();
        let help = if steps.is_empty() {
            String::new()
        } else {
            format!("Judge one of the steps: {}.", steps.join(", "))
        };
        checker.report_with_help(S05, &format!("{path}.measure"), message, help);
    }
}

/// An indicator rolls up when it counts the outcome's own measure, or the step of the motion that feeds it
/// (opportunities feed sourced pipeline, deals won feed bookings), for a segment within the outcome's scope.
fn off_the_outcome(checker: &mut Checker<'_>, path: &str, bet: &Bet) {
    let outcome = &checker.strategy.outcome;
    let Some(counted) = outcome.catalogued() else { return };
    let rolls_up = |measure: &str| measure == counted.key || Some(measure) == counted.fed_by;
    let mut lagging = bet
        .indicators
        .iter()
        .filter(|indicator| indicator.kind == IndicatorKind::Lagging);
    if !lagging.any(|indicator| rolls_up(&indicator.measure)) {
        let message = format!("No lagging indicator of {:?} rolls up to {}", bet.name, outcome.measure);
        checker.report(S06, path, message);
    } else if !outcome.scope.covers(&bet.segment) {
        let (segment, scope) = (&bet.segment, outcome.scope.name());
        let message = format!(
            "{:?} works {segment:?}, which is outside the outcome's scope {scope:?}",
            bet.name
        );
        checker.report(S06, &format!("{path}.segment"), message);
    }
}

fn no_wedge(checker: &mut Checker<'_>, path: &str, bet: &Bet) {
    if bet.wedge.partner.trim().is_empty() {
        let help = "Write wedge.partner: what the partner gains that they care about today.";
        let message = format!("{:?} gives the partner no reason to work with us", bet.name);
        checker.report_with_help(S07, path, message, help);
    }
    let steps = bet.motion.steps.len();
    if steps < 2 {
        let message = format!("The motion of {:?} has {steps} steps; it needs at least two", bet.name);
        checker.report_with_help(S07, path, message, "Write the steps that turn a target into a deal.");
    }
}

fn gate_outlook(checker: &mut Checker<'_>, path: &str, bet: &Bet) {
    let Some(gate) = &bet.gate else { return };
    let path = format!("{path}.gate");
    let outlook = checker.circumstances.gates.get(&bet.name);
    let better = outlook.map_or_else(String::new, |outlook| outlook.ways.join("; or "));
    if let Some(tells) = outlook
        .and_then(|outlook| outlook.tells)
        .filter(|tells| *tells < GateOutlook::TELLS)
    {
        let tells = tells * 100.0;
        let message = format!("The gate tells a working bet from a failing one {tells:.0} times in 100; 80 are needed");
        checker.report_with_help(S11, &path, message, better.clone());
    }
    match outlook.and_then(|outlook| outlook.arrived) {
        Some(arrived) if arrived < GateOutlook::ARRIVED => {
            let arrived = arrived * 100.0;
            let message = format!("By the gate's date only {arrived:.0}% of its measure can have arrived");
            checker.report_with_help(S12, &path, message, better);
        }
        Some(_) => {}
        None => too_soon_by_arithmetic(checker, &path, bet, gate),
    }
}

/// Without the numbers: a gate on a step is too soon when not even targets started on the first day have, on average,
/// come so far.
fn too_soon_by_arithmetic(checker: &mut Checker<'_>, path: &str, bet: &Bet, gate: &Gate) {
    let calendar = checker.strategy.program.calendar;
    let (Some(starts), Some(by)) = (bet.starts, gate.by) else {
        return;
    };
    let Some(weeks) = bet.motion.weeks_until(&gate.measure) else {
        return;
    };
    let first = weeks_after(calendar.first_day(starts), weeks);
    if first > by {
        let measure = &gate.measure;
        let message =
            format!("A target started on the first day reaches {measure:?} around {first}; the gate is on {by}");
        checker.report(S12, path, message);
    }
}

fn belief_untested(checker: &mut Checker<'_>, path: &str, bet: &Bet) {
    let conditions = &bet.wedge.conditions;
    for (at, condition) in conditions.iter().enumerate() {
        let Some(belief) = condition.belief.filter(|belief| *belief < BELIEVED) else {
            continue;
        };
        let path = format!("{path}.condition[{at}]");
        let percent = belief * 100.0;
        if condition.test.trim().is_empty() {
            checker.report(S14, &path, format!("It is believed only {percent:.0}% and has no test"));
            continue;
        }
        let stronger = conditions
            .iter()
            .filter(|other| other.belief.is_some_and(|other| other > belief));
        let earliest = stronger.filter_map(|other| other.by).min();
        if let Some(earliest) = earliest.filter(|earliest| condition.by.is_none_or(|by| by > *earliest)) {
            let message = format!(
                "It is believed only {percent:.0}% and a stronger condition is tested before it, by {earliest}"
            );
            checker.report(S14, &path, message);
        }
    }
}

fn no_early_sign(checker: &mut Checker<'_>, path: &str, bet: &Bet) {
    if !bet
        .indicators
        .iter()
        .any(|indicator| indicator.kind == IndicatorKind::Leading)
    {
        checker.report(S15, path, format!("{:?} has no leading indicator", bet.name));
    }
}

fn target_out_of_reach(checker: &mut Checker<'_>) {
    let Some(chance) = checker.circumstances.p_target else {
        return;
    };
    let percent = chance * 100.0;
    if chance < OUT_OF_REACH {
        let message = format!("The plan reaches the target {percent:.0} times in 100");
        checker.report(S13, "outcome.target", message);
    } else if chance > NO_STRETCH {
        let message = format!("The plan reaches the target {percent:.0} times in 100: it asks for nothing");
        checker.report(S13, "outcome.target", message);
    }
}

/// What only a running program can show: drift, stale facts, a lapsed strategy.
fn operating(checker: &mut Checker<'_>) {
    let circumstances = checker.circumstances;
    if let Some(share) = circumstances.drift_share.filter(|share| *share > DRIFT) {
        let percent = share * 100.0;
        let message = format!("{percent:.0}% of the cycle's hours or new pipeline went to what was parked or declined");
        checker.report(S17, "cell", message);
    }
    let worked = checker.bets(BetState::is_worked);
    if let (Some(age), Some((path, bet))) = (
        circumstances.snapshot_age_days.filter(|age| *age > FRESH_DAYS),
        worked.first(),
    ) {
        let message = format!("{:?} is judged on facts that are {age} days old", bet.name);
        checker.report(S18, path, message);
    }
    if circumstances.cycle_ended_without_review {
        checker.report(S19, "review", "The cycle ended and no review was held");
    }
}
