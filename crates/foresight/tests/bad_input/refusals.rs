//! Refusals that people will meet, each with the field that it names. Must not test finite answers.

use beachhead_foresight::error::ForesightError;
use beachhead_foresight::estimate::{Bet as StaticBet, estimate};
use beachhead_foresight::judge::{Evidence, Rule, judge};
use beachhead_foresight::limits;
use beachhead_foresight::pooling::{CellCount, crossed};
use beachhead_foresight::sequence::sequence;
use beachhead_foresight::simulate::{DealValue, Program, simulate};

/// The field that a refusal names.
#[track_caller]
fn refused<T>(answer: Result<T, ForesightError>) -> String {
    match answer {
        Ok(_) => panic!("it was answered"),
        Err(ForesightError::Invalid { at, .. } | ForesightError::TooMany { at, .. }) => at,
    }
}

fn evidence() -> Evidence {
    toml::from_str(
        "week = 14
         gate = { need = 12, week = 26 }
         planned_per_week = [8]
         [[step]]
         prior = [5.4, 6.6]
         delay_weeks = 3
         converted = 34
         open_ages_weeks = [[1, 8]]
         [[step]]
         prior = [6.6, 5.4]
         delay_weeks = 3
         converted = 15",
    )
    .unwrap()
}

#[track_caller]
fn evidence_refused(change: impl FnOnce(&mut Evidence), at: &str) {
    let mut evidence = evidence();
    change(&mut evidence);
    assert_eq!(refused(judge(&evidence, &Rule::default())), at);
}

#[test]
fn evidence_that_cannot_be_is_refused_by_its_field() {
    evidence_refused(|e| e.steps[0].prior.0 = 0.0, "step[0].prior");
    evidence_refused(|e| e.steps[1].prior.1 = f64::NAN, "step[1].prior");
    evidence_refused(|e| e.steps[0].delay_weeks = 0.0, "step[0].delay_weeks");
    evidence_refused(|e| e.steps[1].delay_weeks = f64::INFINITY, "step[1].delay_weeks");
    evidence_refused(|e| e.steps[1].converted = 35, "step[1].converted");
    evidence_refused(|e| e.steps[0].open_ages_weeks.push((521, 1)), "step[0].open_ages_weeks");
    evidence_refused(|e| e.steps[1].delays_weeks.push((2, 16)), "step[1].delays_weeks");
    evidence_refused(|e| e.steps[0].converted = u64::MAX, "step[0].converted");
    evidence_refused(|e| e.week = 27, "week");
    evidence_refused(|e| e.gate.need = 0, "gate.need");
    evidence_refused(|e| e.gate.step = Some(2), "gate.step");
    evidence_refused(|e| e.gate.minimum = Some(f64::NAN), "gate.minimum");
    evidence_refused(|e| e.planned_per_week[0] = -1.0, "planned_per_week[0]");
    evidence_refused(|e| e.steps.clear(), "step");
}

fn program() -> Program {
    toml::from_str(
        "weeks = 30
         hours_per_week = 60
         [[bet]]
         hours_per_target = 5
         weekly_overhead_hours = 4
         targets = 60
         targets_per_week = 6
         deal_value = { mean = 2 }
         [[bet.step]]
         prior = [5.4, 6.6]
         delay_weeks = 3",
    )
    .unwrap()
}

#[track_caller]
fn program_refused(change: impl FnOnce(&mut Program), at: &str) {
    let mut program = program();
    change(&mut program);
    assert_eq!(refused(sequence(&program, None, 1)), at);
    let plan = toml::from_str("order = [0]\nat_once = 1\nrule = 'open'").unwrap();
    assert_eq!(refused(simulate(&program, &plan, 1, 10)), at);
}

#[test]
fn a_program_that_cannot_be_is_refused_by_its_field() {
    program_refused(|p| p.bets.clear(), "bet");
    program_refused(|p| p.bets = vec![p.bets[0].clone(); 500], "bet");
    program_refused(|p| p.weeks = 0, "weeks");
    program_refused(|p| p.weeks = limits::WEEKS + 1, "weeks");
    program_refused(|p| p.hours_per_week = 0.0, "hours_per_week");
    // No capacity: the overhead of every bet takes all hours.
    program_refused(|p| p.hours_per_week = 4.0, "hours_per_week");
    program_refused(|p| p.hours_per_week = f64::NAN, "hours_per_week");
    program_refused(|p| p.switching_tax = -0.1, "switching_tax");
    program_refused(|p| p.target = Some(f64::INFINITY), "target");
    program_refused(|p| p.bets[0].targets = 0, "bet[0].targets");
    program_refused(|p| p.bets[0].steps.clear(), "bet[0].step");
    program_refused(|p| p.bets[0].steps[0].prior = (0.0, 1.0), "bet[0].step[0].prior");
    program_refused(|p| p.bets[0].steps[0].delay_weeks = 0.0, "bet[0].step[0].delay_weeks");
    program_refused(|p| p.bets[0].deal_value.mean = f64::NAN, "bet[0].deal_value.mean");
    program_refused(|p| p.bets[0].after = Some(0), "bet[0].after");
    program_refused(|p| p.bets[0].value_at = Some(1), "bet[0].value_at");
}

#[test]
fn more_wins_than_deals_and_a_table_too_large_are_refused_by_their_field() {
    let cell = |row, k, n| CellCount { row, column: 0, k, n };
    assert_eq!(refused(crossed(&[cell(0, 1, 2), cell(1, 3, 2)])), "cells[1].k");
    assert_eq!(refused(crossed(&[cell(100, 1, 2)])), "cells[0].row");
    assert_eq!(refused(crossed(&[cell(0, 1, u64::MAX)])), "cells[0].n");
    assert_eq!(refused(crossed(&vec![cell(0, 1, 2); 2_001])), "cells");
    assert!(crossed(&[]).unwrap().is_empty());
}

#[test]
fn an_estimate_that_cannot_be_is_refused_by_its_field() {
    let bet = |targets, mean, sd| StaticBet {
        targets,
        rates: Vec::new(),
        deal_value: DealValue { mean, sd },
    };
    assert_eq!(refused(estimate(&[], None, 1, 10)), "bet");
    assert_eq!(refused(estimate(&vec![bet(1, 1.0, 0.0); 500], None, 1, 10)), "bet");
    let good = [bet(1, 1.0, 0.0)];
    assert_eq!(refused(estimate(&good, None, 1, 0)), "draws");
    assert_eq!(refused(estimate(&good, None, 1, u32::MAX)), "draws");
    assert_eq!(refused(estimate(&good, Some(f64::NAN), 1, 10)), "target");
    assert_eq!(
        refused(estimate(&[bet(u64::MAX, 1.0, 0.0)], None, 1, 10)),
        "bet[0].targets"
    );
    assert_eq!(
        refused(estimate(&[bet(1, 0.0, 0.0)], None, 1, 10)),
        "bet[0].deal_value.mean"
    );
    assert_eq!(
        refused(estimate(&[bet(1, 1.0, f64::NAN)], None, 1, 10)),
        "bet[0].deal_value.sd"
    );
}
