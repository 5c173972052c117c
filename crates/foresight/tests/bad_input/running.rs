//! Bets that run already: where they stand, with bad numbers in it. Must not read a file: no file says it.

use beachhead_foresight::belief::Belief;
use beachhead_foresight::sequence::{hours_by_k, sequence};
use beachhead_foresight::simulate::{Plan, Program, Rule, Running, Share, simulate};
use proptest::prelude::*;

use crate::hostile::{any_count, any_number, assert_sound};

fn count(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

const PROGRAM: &str = "
weeks = 20
hours_per_week = 40
switching_tax = 0.1
[[bet]]
set_up_hours = 10
hours_per_target = 4
weekly_overhead_hours = 2
targets = 50
targets_per_week = 5
deal_value = { mean = 1, sd = 0.5 }
gate = { step = 1, need = 4, week_after_start = 12 }
step = [{ prior = [4, 6], delay_weeks = 3 }, { prior = [3, 9], delay_weeks = 3 }]
";

/// A bet that runs and the same not yet started.
fn program(running: Running) -> Program {
    let mut program: Program = toml::from_str(PROGRAM).unwrap();
    program.bets.push(program.bets[0].clone());
    program.bets[0].started = Some(running);
    program
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(80))]

    #[test]
    fn wherever_a_bet_stands(
        weeks_running in any_count(), set_up_hours_left in prop_oneof![Just(0.0), any_number()],
        targets_left in prop_oneof![0_u64..=50, any_count()], gate_have in any_count(),
        in_flight in prop::collection::vec(prop::collection::vec((any_count(), prop_oneof![0_u64..100, any_count()]), 0..3), 1..4),
        beliefs in prop_oneof![4 => Just(2_usize), 1 => 0_usize..4],
    ) {
        let running = Running {
            weeks_running: count(weeks_running),
            set_up_hours_left,
            targets_left: count(targets_left),
            gate_have: count(gate_have),
            in_flight: in_flight
                .into_iter()
                .map(|ages| ages.into_iter().map(|(age, accounts)| (count(age), accounts)).collect())
                .collect(),
            beliefs: vec![Belief::from_prior(2.0, 3.0); beliefs],
        };
        let program = program(running);
        let plan = Plan { order: vec![0, 1], at_once: 1, rule: Rule::Gated, share: Share::InOrder };
        assert_sound(simulate(&program, &plan, 1, 20));
        assert_sound(sequence(&program, None, 1));
        let hours = hours_by_k(&program, &[0, 1]);
        prop_assert!(hours.iter().all(|hours| hours.is_finite()));
    }
}
