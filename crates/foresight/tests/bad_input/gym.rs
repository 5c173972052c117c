//! The gym's setting file with values replaced, and runs too small to say anything. Must not look at scores.

use beachhead_foresight::gym::judging::{self, JudgingSetting};
use beachhead_foresight::gym::{Setting, gym};
use proptest::prelude::*;

use crate::hostile::{any_changes, assert_sound, changed};

const SETTING: &str = r#"
bets = 3
weeks = 40
hours_per_week = 60.0
hours_per_target = 6.0
weekly_overhead_hours = 4.0
switching_tax = 0.05
set_up_hours = 60.0
targets = 40
targets_per_week = 6.0
step_rates = [0.45, 0.40, 0.25]
delay_weeks = [3.0, 3.0, 5.0]
spread = 0.6
prior_strength = 0.5
deal_value_spread = 0.4
prior_bias = 0.1
decay = 0.9
ramp = 0.8
believed_delay = 1.2
gate_need = 2
gate_weeks = 12
target_wins = 3
[overdispersion]
correlation = 0.1
partners = 4
"#;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn a_setting(changes in any_changes(), worlds in 0_u32..3) {
        if let Ok(setting) = changed(SETTING, &changes).try_into::<Setting>() {
            assert_sound(gym(&setting, 1, worlds, &|| ()));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn a_study_of_the_judge(changes in any_changes(), bets in 0_u32..2) {
        if let Ok(setting) = changed(SETTING, &changes).try_into::<Setting>() {
            assert_sound(judging::study(&JudgingSetting::from_setting(&setting), bets, 1));
        }
    }
}

#[test]
fn the_smallest_runs_are_answered() {
    let setting: Setting = changed(SETTING, &[]).try_into().unwrap();
    assert!(gym(&setting, 1, 0, &|| ()).is_err());
    let one = gym(&setting, 1, 1, &|| ());
    assert!(one.is_ok());
    assert_sound(one);
    let one = judging::study(&JudgingSetting::from_setting(&setting), 1, 1);
    assert!(one.is_ok());
    assert_sound(one);
}

#[test]
fn no_steps_are_refused() {
    let setting = Setting {
        step_rates: Vec::new(),
        delay_weeks: Vec::new(),
        ..Setting::default()
    };
    assert!(gym(&setting, 1, 1, &|| ()).is_err());
    assert!(judging::study(&JudgingSetting::from_setting(&setting), 1, 1).is_err());
}
