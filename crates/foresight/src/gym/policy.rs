//! Policies that people follow and the product does not: they retire on what has been counted, each in its own way.
//! Must not know the truth.

use super::seen::evidence;
use crate::delay::Delay;
use crate::judge::{self, Evidence, Verdict};
use crate::simulate::{Model, Policy, Team, arrival_cdf, count, whole};

/// Weeks between the looks of those who look once a quarter.
const QUARTER: usize = 13;

/// Retires a bet that, counted naively, converts less than half of what was believed: conversions so far over accounts
/// so far, whatever time they have had.
pub(super) struct NaiveKill;

impl Policy for NaiveKill {
    fn decide(&mut self, team: &mut Team, week: usize) {
        if week == 0 || !week.is_multiple_of(QUARTER) {
            return;
        }
        for bet in team.live().to_vec() {
            let worked: f64 = team.worked(bet).iter().sum();
            if worked >= LEAST_ACCOUNTS && team.signals(bet, week) < 0.5 * worked * believed(team.model(), bet) {
                team.retire(bet);
            }
        }
    }
}

/// Nobody judges a bet on fewer accounts.
const LEAST_ACCOUNTS: f64 = 25.0;

/// The believed share of targets that convert at the step whose conversions are followed.
fn believed(model: &Model, bet: usize) -> f64 {
    let bet = &model.program().bets[bet];
    let upto = bet.value_step().saturating_sub(1);
    bet.beliefs()[..=upto].iter().map(crate::belief::Belief::mean).product()
}

/// Pilots everything, and at each quarter keeps the better half by what was counted so far, until one is left.
pub(super) struct PilotThenHalve;

/// Weeks that the pilot has before the first half goes.
const PILOT_WEEKS: usize = 2 * QUARTER;

impl Policy for PilotThenHalve {
    fn decide(&mut self, team: &mut Team, week: usize) {
        if week < PILOT_WEEKS || !week.is_multiple_of(QUARTER) || team.live().len() < 2 {
            return;
        }
        let brings = |team: &Team, bet: usize| {
            let worked: f64 = team.worked(bet).iter().sum();
            let value = team.model().program().bets[bet].deal_value.mean;
            if worked > 0.0 {
                value * team.signals(bet, week) / worked
            } else {
                0.0
            }
        };
        let mut ranked: Vec<(f64, usize)> = team.live().iter().map(|&bet| (brings(team, bet), bet)).collect();
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        for (_, bet) in ranked.split_off(ranked.len().div_ceil(2)) {
            team.retire(bet);
        }
    }
}

/// Retires a bet when the judge says that its gate will hardly be met. The gate is set when the bet's pace is known:
/// half the conversions that were believed for what it works in 26 weeks.
#[derive(Default)]
pub(super) struct JudgedGate {
    gates: Vec<Option<u32>>,
}

/// Weeks between the judge's looks.
const LOOK_WEEKS: usize = 4;
/// Weeks from the first target to the gate.
const GATE_WEEKS: usize = 26;
/// What the gate asks for, as a share of what was believed.
const GATE_SHARE: f64 = 0.5;

impl Policy for JudgedGate {
    fn decide(&mut self, team: &mut Team, week: usize) {
        if !week.is_multiple_of(LOOK_WEEKS) {
            return;
        }
        self.gates.resize(team.model().program().bets.len(), None);
        for bet in team.live().to_vec() {
            let Some(began) = team.worked(bet).iter().position(|&targets| targets > 0.0) else {
                continue;
            };
            if self.says(team, bet, began, week) == Some(Verdict::Retire) {
                team.retire(bet);
            }
        }
    }
}

impl JudgedGate {
    fn says(&mut self, team: &Team, bet: usize, began: usize, week: usize) -> Option<Verdict> {
        let weeks = (week - began).min(GATE_WEEKS);
        let worked = &team.worked(bet)[began..began + weeks];
        let total: f64 = worked.iter().sum();
        if week >= began + GATE_WEEKS + LOOK_WEEKS || weeks < LOOK_WEEKS || total < LEAST_ACCOUNTS {
            return None;
        }
        let pace = total / weeks as f64;
        let program = team.model().program();
        let planned = &program.bets[bet];
        let need = *self.gates[bet].get_or_insert_with(|| gate(team.model(), bet, pace));
        let left = (GATE_WEEKS - weeks).min(whole(((f64::from(planned.targets) - total) / pace).max(0.0)) as usize);
        let seen = team.seen(bet, began + weeks);
        let counted = planned.value_step().saturating_sub(1);
        let seen = evidence(seen, planned, count(weeks));
        let evidence = Evidence {
            gate: judge::Gate {
                need,
                week: count(GATE_WEEKS),
                step: Some(counted),
                ..seen.gate
            },
            planned_per_week: vec![pace; left],
            ..seen
        };
        Some(judge::chance(&evidence, &judge::Rule::default()).ok()?.verdict)
    }
}

/// Conversions that the gate of a bet asks for at this pace of work, targets a week.
fn gate(model: &Model, bet: usize, pace: f64) -> u32 {
    let planned = &model.program().bets[bet];
    let steps = &planned.steps[..planned.value_step().max(1)];
    let delays: Vec<Delay> = steps.iter().map(|step| Delay::new(step.delay_weeks)).collect();
    let arrived: f64 = arrival_cdf(&delays, GATE_WEEKS).iter().sum();
    whole((GATE_SHARE * pace * arrived * believed(model, bet)).ceil()).max(1)
}
