//! What takes bare numbers and cannot refuse: it is clamped, and answers finitely. Must not read a file.

use beachhead_foresight::belief::Belief;
use beachhead_foresight::delay::Delay;
use beachhead_foresight::estimate::{self, estimate};
use beachhead_foresight::incidence::{End, Spell, aalen_johansen};
use beachhead_foresight::interval::{Rate, clopper_pearson, jeffreys, wilson};
use beachhead_foresight::sequence::index;
use beachhead_foresight::simulate::DealValue;
use beachhead_foresight::special::{beta_cdf, beta_quantile, binomial_tail, ln_logistic, logistic};
use proptest::prelude::*;

use crate::hostile::{any_count, any_number, assert_sound};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn intervals_of_any_counts(k in any_count(), n in any_count(), level in any_number()) {
        for interval in [wilson, jeffreys, clopper_pearson] {
            let found: Rate = interval(k, n, level);
            prop_assert!(0.0 <= found.low && found.low <= found.high && found.high <= 1.0, "{found:?}");
            prop_assert_eq!(found.rate.is_some(), n > 0);
            // Of a level below a half Jeffreys' interval may lie beside the rate, rightly.
            let inside = |rate: f64| level < 0.5 || found.low <= rate + 1e-9 && rate <= found.high + 1e-9;
            prop_assert!(found.rate.is_none_or(inside), "{found:?}");
        }
    }

    #[test]
    fn waits_of_any_length_and_number(
        spells in prop::collection::vec((any_count(), 0_u8..3, any_count()), 0..12), share in any_number(), day in any_count()
    ) {
        let spell = |(days, end, count): (u64, u8, u64)| Spell {
            days: u32::try_from(days).unwrap_or(u32::MAX),
            end: [End::Won, End::Lost, End::Open][usize::from(end)],
            count,
        };
        let curve = aalen_johansen(&spells.into_iter().map(spell).collect::<Vec<_>>());
        for point in &curve.points {
            let numbers = [point.won, point.lost, point.surviving, point.surviving_se];
            prop_assert!(numbers.iter().all(|x| x.is_finite() && *x >= -1e-9), "{point:?}");
        }
        prop_assert!(curve.day_won(share).is_none_or(|day| curve.at(day).is_some()));
        prop_assert!(curve.at(u32::try_from(day).unwrap_or(u32::MAX)).is_none_or(|point| u64::from(point.day) <= day));
    }

    #[test]
    fn beliefs_of_any_prior(a in any_number(), b in any_number(), u in any_number()) {
        for belief in [Belief::from_prior(a, b), Belief::robust_prior(a, b)] {
            assert_sound(Ok(belief.range()));
            prop_assert!((0.0..=1.0).contains(&belief.mean()) && belief.sd() >= 0.0);
            let drawn = belief.quantile(u);
            prop_assert!(u.is_nan() || (0.0..=1.0).contains(&drawn), "{drawn} at {u}");
        }
    }

    #[test]
    fn delays_of_any_mean(mean in any_number(), week in any_count(), u in any_number()) {
        let delay = Delay::new(mean);
        let week = u32::try_from(week).unwrap_or(u32::MAX);
        prop_assert!((0.0..=1.0).contains(&delay.cdf(week)) && (0.0..=1.0).contains(&delay.pmf(week)));
        prop_assert!(delay.mean_weeks().is_finite() && delay.sample(u) >= 1);
    }

    #[test]
    fn an_index_of_any_bet(
        mu in any_number(), sigma in any_number(), usable in any_number(), set_up in any_number(), learning in any_number()
    ) {
        let found = index(mu, sigma, usable, set_up, learning);
        prop_assert!(found.is_finite() && found >= 0.0, "{found}");
    }

    #[test]
    fn special_functions_far_out(a in 1e-2_f64..1e8, b in 1e-2_f64..1e8, x in any_number()) {
        prop_assert!(x.is_nan() || (0.0..=1.0).contains(&beta_cdf(a, b, x)));
        prop_assert!(x.is_nan() || (0.0..=1.0).contains(&logistic(x)) && ln_logistic(x) <= 0.0);
        let found = beta_quantile(a, b, 0.1);
        prop_assert!((0.0..=1.0).contains(&found), "{found}");
        let tail = binomial_tail(a.ceil(), 0.3, b.ceil());
        prop_assert!((0.0..=1.0).contains(&tail), "{tail}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn an_estimate_of_any_bets(
        bets in prop::collection::vec((any_count(), 0_usize..4, any_number(), any_number(), any_number()), 0..4),
        target in prop::option::of(any_number()), draws in prop_oneof![Just(u32::MAX), 0_u32..300],
    ) {
        let bet = |(targets, steps, a, mean, sd): (u64, usize, f64, f64, f64)| estimate::Bet {
            targets,
            rates: vec![Belief::from_prior(a, sd); steps],
            deal_value: DealValue { mean, sd },
        };
        assert_sound(estimate(&bets.into_iter().map(bet).collect::<Vec<_>>(), target, 1, draws));
    }
}
