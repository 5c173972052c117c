//! A policy that plans anew at each review, on what is believed by then. Must not know the truth.

use super::seen::evidence;
use crate::judge::{self, beliefs};
use crate::sequence::until_review;
use crate::simulate::{Bet, Policy, Program, Running, Team, count, whole};

/// Asks the product at each review which bets to run until the next, the judge's beliefs in hand.
pub(super) struct PlanAnew;

/// Weeks between reviews. Quarterly ones bring some 2% less.
const REVIEW_WEEKS: usize = 4;

impl Policy for PlanAnew {
    fn decide(&mut self, team: &mut Team, week: usize) {
        if !week.is_multiple_of(REVIEW_WEEKS) {
            return;
        }
        let (program, bets) = now(team, week);
        if bets.is_empty() {
            return;
        }
        let mut plan = until_review(&program);
        for bet in &mut plan.order {
            *bet = bets[*bet];
        }
        team.follow(plan);
    }
}

/// The program that is left at a week, and the positions of its bets in the whole one.
fn now(team: &Team, week: usize) -> (Program, Vec<usize>) {
    let program = team.model().program();
    let left: Vec<usize> = (0..program.bets.len()).filter(|&bet| !team.is_closed(bet)).collect();
    let bet = |&bet: &usize| Bet {
        gate: None,
        started: running(team, bet, week),
        ..program.bets[bet].clone()
    };
    let program = Program {
        weeks: program.weeks - count(week),
        bets: left.iter().map(bet).collect(),
        ..*program
    };
    (program, left)
}

/// Where a bet stands at a week, none before it opens. What is in flight arrives under every plan and is left out.
fn running(team: &Team, bet: usize, week: usize) -> Option<Running> {
    let opened = team.opened(bet)?;
    let planned = &team.model().program().bets[bet];
    let worked: f64 = team.worked(bet).iter().sum();
    let weeks_running = count(week - opened);
    let evidence = evidence(team.seen(bet, week), planned, weeks_running);
    let rule = judge::Rule {
        robust_prior: false,
        ..judge::Rule::default()
    };
    Some(Running {
        weeks_running,
        set_up_hours_left: team.set_up_left(bet),
        targets_left: planned.targets.saturating_sub(whole(worked)),
        gate_have: 0,
        in_flight: vec![Vec::new(); planned.steps.len()],
        beliefs: beliefs(&evidence, &rule).ok()?,
    })
}
