//! Everything that is read from a file, with values of the file replaced. Must not build input by hand.

use beachhead_foresight::judge::{Evidence, Rule, beliefs, judge};
use beachhead_foresight::pooling::{CellCount, crossed};
use beachhead_foresight::power::{GatePlan, gate_outlook};
use beachhead_foresight::sequence::sequence;
use beachhead_foresight::simulate::{Plan, Program, simulate};
use proptest::prelude::*;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use toml::Value;

use crate::hostile::{any_changes, assert_sound, changed};

/// What the file says, unless it is no such file any more: then whoever reads it has refused it.
fn read<T: DeserializeOwned>(file: Value) -> Option<T> {
    file.try_into().ok()
}

const EVIDENCE: &str = r#"
[evidence]
week = 14
gate = { need = 12, week = 26, step = 2, at_least_targets = 20, retire_if = 5, minimum = 0.05 }
planned_per_week = [8.0, 8.0, 8.0]
delay_known = false
[[evidence.step]]
prior = [5.4, 6.6]
delay_weeks = 3.0
converted = 34
lost = 3
open_ages_weeks = [[1, 8], [5, 15], [12, 18]]
delays_weeks = [[2, 10], [4, 12]]
[[evidence.step]]
prior = [6.6, 5.4]
delay_weeks = 3.0
converted = 15
open_ages_weeks = [[1, 3], [9, 6]]
[[evidence.step]]
prior = [4.8, 7.2]
delay_weeks = 5.0
converted = 4
open_ages_weeks = [[2, 11]]
[rule]
scale_over = 0.9
retire_under = 0.1
least_weeks = 4
least_targets = 25
robust_prior = true
proof_level = 0.05
"#;

#[derive(Deserialize)]
struct Judged {
    evidence: Evidence,
    rule: Rule,
}

const GATE_PLAN: &str = r#"
gate = { need = 12, week = 26, step = 1, at_least_targets = 20, retire_if = 5, minimum = 0.05 }
planned_per_week = [8.0, 8.0, 8.0, 8.0, 8.0]
[[step]]
prior = [5.4, 6.6]
delay_weeks = 3.0
[[step]]
prior = [6.6, 5.4]
delay_weeks = 5.0
"#;

const PROGRAM: &str = r#"
[program]
weeks = 30
hours_per_week = 60.0
switching_tax = 0.05
target = 10.0
[[program.bet]]
name = "first"
set_up_hours = 40.0
hours_per_target = 5.0
weekly_overhead_hours = 4.0
targets = 60
targets_per_week = 6.0
deal_value = { mean = 2.0, sd = 1.0 }
gate = { step = 0, need = 3, week_after_start = 8, at_least_targets = 10 }
[[program.bet.step]]
prior = [5.4, 6.6]
delay_weeks = 3.0
[[program.bet.step]]
prior = [3.0, 9.0]
delay_weeks = 5.0
[[program.bet]]
hours_per_target = 4.0
targets = 40
targets_per_week = 5.0
deal_value = { mean = 3.0 }
value_at = 0
after = 0
[[program.bet.step]]
prior = [4.0, 8.0]
delay_weeks = 4.0
[plan]
order = [1, 0]
at_once = 2
rule = "gated"
"#;

#[derive(Deserialize)]
struct Planned {
    program: Program,
    plan: Plan,
}

const CELLS: &str = r#"
[[cells]]
row = 0
column = 0
k = 3
n = 10
[[cells]]
row = 1
column = 0
k = 0
n = 4
[[cells]]
row = 0
column = 1
k = 9
n = 9
[[cells]]
row = 2
column = 1
k = 1
n = 20
"#;

#[derive(Deserialize)]
struct Cells {
    cells: Vec<CellCount>,
}

/// The answer of [`crossed`] under a name.
#[derive(serde::Serialize)]
struct Named<T>(T);

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn evidence(changes in any_changes()) {
        if let Some(Judged { evidence, rule }) = read(changed(EVIDENCE, &changes)) {
            assert_sound(judge(&evidence, &rule));
            for belief in beliefs(&evidence, &rule).into_iter().flatten() {
                assert_sound(Ok(belief.range()));
            }
        }
    }

    #[test]
    fn a_gate_before_it_is_signed(changes in any_changes()) {
        if let Some(plan) = read::<GatePlan>(changed(GATE_PLAN, &changes)) {
            assert_sound(gate_outlook(&plan));
        }
    }

    #[test]
    fn cells(changes in any_changes()) {
        if let Some(Cells { cells }) = read(changed(CELLS, &changes)) {
            assert_sound(crossed(&cells).map(|cells| Named(std::collections::BTreeMap::from([("cells", cells)]))));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn a_program_and_its_plan(changes in any_changes(), paths in prop_oneof![Just(0_u32), Just(1), 2_u32..40]) {
        if let Some(Planned { program, plan }) = read(changed(PROGRAM, &changes)) {
            assert_sound(simulate(&program, &plan, 1, paths));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn a_search_over_plans(changes in any_changes()) {
        if let Some(Planned { program, plan }) = read(changed(PROGRAM, &changes)) {
            assert_sound(sequence(&program, Some(&plan), 1));
        }
    }
}

#[test]
fn the_files_as_they_stand_are_answered() {
    let Judged { evidence, rule } = read(changed(EVIDENCE, &[])).unwrap();
    assert!(judge(&evidence, &rule).is_ok());
    assert!(gate_outlook(&read(changed(GATE_PLAN, &[])).unwrap()).is_ok());
    let Cells { cells } = read(changed(CELLS, &[])).unwrap();
    assert!(crossed(&cells).is_ok());
    let Planned { program, plan } = read(changed(PROGRAM, &[])).unwrap();
    assert!(simulate(&program, &plan, 1, 10).is_ok());
}
