//! A miss explained from any figures. Must not look at what it says.

use beachhead_foresight::miss::{Bet, Entrant, Fate, Step, explain};
use proptest::prelude::*;

use crate::hostile::{any_count, any_number, assert_sound};

fn weeks() -> impl Strategy<Value = u32> {
    any_count().prop_map(|weeks| u32::try_from(weeks).unwrap_or(u32::MAX))
}

/// Mostly a number that can be.
fn number(good: f64) -> impl Strategy<Value = f64> {
    prop_oneof![6 => Just(good), 1 => any_number()]
}

fn any_step() -> impl Strategy<Value = Step> {
    let fate = (0_u8..3, weeks()).prop_map(|(fate, after_weeks)| match fate {
        0 => Fate::Open,
        1 => Fate::Lost,
        _ => Fate::Converted { after_weeks },
    });
    let entrant = (weeks(), fate).prop_map(|(age_weeks, fate)| Entrant { age_weeks, fate });
    let entrants = prop::collection::vec((entrant, any_count()), 0..3);
    (number(0.3), number(4.0), entrants).prop_map(|(conversion, delay_weeks, entrants)| Step {
        conversion,
        delay_weeks,
        entrants,
    })
}

fn any_bet() -> impl Strategy<Value = Bet> {
    let planned = prop::collection::vec(number(8.0), 0..4);
    let steps = prop::collection::vec(any_step(), 0..4);
    (planned, number(2_000.0), steps, number(3_000.0)).prop_map(
        |(planned_per_week, planned_deal_value, steps, value)| Bet {
            planned_per_week,
            planned_deal_value,
            steps,
            value,
        },
    )
}

proptest! {
    #[test]
    fn any_bets(bets in prop::collection::vec(any_bet(), 0..3), total in number(5_000.0), period_weeks in weeks()) {
        let found = explain(&bets, total, period_weeks);
        if let Ok(miss) = &found {
            let parts: i64 = miss.bets.iter().flat_map(|bet| bet.parts()).map(|part| part.amount).sum();
            prop_assert_eq!(parts + miss.outside, miss.difference());
        }
        assert_sound(found);
    }
}

#[test]
fn as_many_bets_as_are_taken_at_the_largest_amounts_add_up() {
    let bet = Bet {
        planned_per_week: vec![1e8; 2],
        planned_deal_value: 1e12,
        steps: vec![Step {
            conversion: 1.0,
            delay_weeks: 1.0,
            entrants: Vec::new(),
        }],
        value: 1e12,
    };
    assert_sound(explain(&vec![bet.clone(); 50], 1e12, 10));
    assert!(explain(&vec![bet; 500], 1e12, 10).is_err());
}
