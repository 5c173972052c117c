//! A lift of any deals. Must not look at what it says.

use beachhead_foresight::incidence::End;
use beachhead_foresight::lift::{Data, Deal, Field, e_value, lift, overlap_by, tells_the_end};
use proptest::prelude::*;

use crate::hostile::{any_count, any_number, assert_sound};

fn days() -> impl Strategy<Value = Option<u32>> {
    prop::option::of(any_count().prop_map(|days| u32::try_from(days).unwrap_or(u32::MAX)))
}

fn any_deal() -> impl Strategy<Value = (Deal, u32, f64)> {
    (days(), 0_u8..3, days(), days(), 0_u32..9, 0_u32..4, any_number()).prop_map(
        |(exposed_days, end, days, age_days, group, stratum, covariate)| {
            let deal = Deal {
                exposed_days,
                end: [End::Won, End::Lost, End::Open][usize::from(end)],
                days: days.filter(|days| age_days.is_none_or(|age| *days <= age)),
                age_days,
                group,
            };
            let covariate = if covariate.is_infinite() { f64::NAN } else { covariate };
            (deal, stratum, covariate)
        },
    )
}

proptest! {
    #[test]
    fn any_deals(deals in prop::collection::vec(any_deal(), 0..80), landmark_days in days(), short in 0_usize..9) {
        let field = |name: &str| name.to_owned();
        let data = Data {
            deals: deals.iter().map(|deal| deal.0).collect(),
            strata: vec![Field {
                name: field("segment"),
                // Once in a while a column misses values.
                values: deals.iter().map(|deal| deal.1).skip(usize::from(short == 0)).collect(),
            }],
            covariates: vec![Field { name: field("size"), values: deals.iter().map(|deal| deal.2).collect() }],
            landmark_days,
        };
        assert_sound(lift(&data));
        for at in 0..2 {
            let overlap = overlap_by(&data, at).ok().flatten();
            prop_assert!(overlap.is_none_or(|overlap| (0.0..=1.0 + 1e-9).contains(&overlap)), "{overlap:?}");
            let _ = tells_the_end(&data, at);
        }
    }

    #[test]
    fn e_values_of_any_ratio(ratio in 1e-9_f64..1e9, low in any_number(), high in any_number()) {
        let found = e_value(ratio, low, high);
        prop_assert!(found.estimate >= 1.0 && found.estimate.is_finite());
    }
}
