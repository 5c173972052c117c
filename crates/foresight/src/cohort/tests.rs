//! Cohorts against the truth of simulated programs, and at the edges.

use proptest::prelude::*;

use super::{Cohort, Delay, Wait, cohorts};
use crate::incidence::End;
use crate::luck::Luck;
use crate::special::{gamma_quantile, logistic, normal_quantile};

fn wait(age_days: u32, days: u32, end: End, count: u64) -> Wait {
    Wait {
        age_days,
        days,
        end,
        count,
    }
}

fn read(waits: &[Vec<Wait>], within: u32) -> Vec<Cohort> {
    let delay = Delay::of(&waits.concat(), within).unwrap();
    cohorts(waits, &delay).unwrap()
}

#[test]
fn a_cohort_whose_window_has_passed_is_what_it_is() {
    let waits = [
        vec![
            wait(200, 30, End::Won, 30),
            wait(200, 50, End::Lost, 40),
            wait(200, 200, End::Open, 30),
        ],
        // One of the ten converted after the window: it did not count and does not.
        vec![
            wait(150, 120, End::Won, 1),
            wait(150, 20, End::Won, 4),
            wait(150, 150, End::Open, 5),
        ],
    ];
    let read = read(&waits, 90);
    assert_eq!(
        (read[0].n, read[0].converted, read[0].mature, read[0].mature_converted),
        (100, 30, 100, 30)
    );
    assert_eq!((read[1].n, read[1].converted), (10, 4));
    for (cohort, share) in read.iter().zip([0.3, 0.4]) {
        assert_eq!(
            (cohort.observed_share, cohort.expected_final.rate),
            (1.0, share),
            "{cohort:?}"
        );
        assert_eq!(
            (cohort.expected_final.low80, cohort.expected_final.high80),
            (share, share)
        );
        assert!(
            cohort.pooled.low80 < share && share < cohort.pooled.high80,
            "{cohort:?}"
        );
    }
    assert!(read[0].pooled.borrowed < read[1].pooled.borrowed);
}

#[test]
fn a_young_cohort_is_expected_to_follow_the_older_ones() {
    let old = vec![
        wait(400, 20, End::Won, 100),
        wait(400, 60, End::Won, 100),
        wait(400, 400, End::Open, 300),
    ];
    let young = vec![wait(30, 15, End::Won, 20), wait(30, 30, End::Open, 80)];
    let new = vec![wait(0, 0, End::Open, 100)];
    let read = read(&[old, young, new], 90);
    assert!((read[1].observed_share - 0.5).abs() < 0.06, "{:?}", read[1]);
    assert!(
        (read[1].expected_final.rate - 0.4).abs() < 0.05 && read[1].expected_final.low80 > 0.2,
        "{:?}",
        read[1]
    );
    assert!(
        read[2].observed_share < 1e-9 && read[2].pooled.borrowed > 0.999,
        "{:?}",
        read[2]
    );
    let width = |cohort: &Cohort| cohort.expected_final.high80 - cohort.expected_final.low80;
    assert!(width(&read[2]) > width(&read[1]), "{read:?}");
}

/// A program of twelve months at the end of the last: for each month its true rate and final share, and what is seen.
fn world(luck: Luck, within: u32) -> Vec<(f64, f64, Vec<Wait>)> {
    let gamma = |luck: Luck, mean: f64| 0.5 * mean * gamma_quantile(2.0, luck.uniform());
    (0..12_u32)
        .map(|month| {
            let luck = luck.at(u64::from(month));
            let rate = logistic(-0.6 + 0.4 * normal_quantile(luck.at(1).uniform()));
            let n = 20 + luck.at(2).bits() % 40;
            let mut converted = 0.0;
            let mut waits = Vec::new();
            for member in 0..n {
                let luck = luck.at(3).at(member);
                let age = 30.0 * (11.0 - f64::from(month)) + 30.0 * luck.at(0).uniform();
                let converts = luck.at(1).uniform() < rate;
                let lost = luck.at(2).uniform() < 0.7;
                let days = gamma(luck.at(3), if converts { 35.0 } else { 60.0 });
                converted += f64::from(u8::from(converts && days <= f64::from(within)));
                waits.push(seen(age, days, converts, lost));
            }
            (rate, converted / n as f64, waits)
        })
        .collect()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "some days")]
fn seen(age: f64, days: f64, converts: bool, lost: bool) -> Wait {
    let (age_days, days) = (age as u32, days as u32);
    if days > age_days || !(converts || lost) {
        wait(age_days, age_days, End::Open, 1)
    } else {
        wait(age_days, days, if converts { End::Won } else { End::Lost }, 1)
    }
}

#[test]
fn finals_and_rates_lie_in_their_ranges_as_often_as_these_say() {
    let (mut finals, mut rates, mut bias, mut naive, mut young) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for replication in 0..150 {
        let world = world(Luck::new(31).at(replication), 150);
        let waits: Vec<Vec<Wait>> = world.iter().map(|(_, _, waits)| waits.clone()).collect();
        for ((rate, share, _), cohort) in world.iter().zip(read(&waits, 150)) {
            if cohort.mature == cohort.n {
                continue;
            }
            // A delay of 150 days is hardly ever exceeded: the rate is the share that converts within it.
            rates += f64::from(u8::from((cohort.pooled.low80..=cohort.pooled.high80).contains(rate)));
            let range = cohort.expected_final.low80 - 1e-9..=cohort.expected_final.high80 + 1e-9;
            finals += f64::from(u8::from(range.contains(share)));
            bias += cohort.expected_final.rate - share;
            naive += cohort.converted as f64 / cohort.n as f64 - share;
            young += 1.0;
        }
    }
    let [finals, rates, bias, naive] = [finals, rates, bias, naive].map(|sum| sum / young);
    let found = format!("finals {finals}, rates {rates}, bias {bias}, naive bias {naive}");
    assert!(
        (0.80..=0.93).contains(&finals) && (0.68..=0.86).contains(&rates),
        "{found}"
    );
    assert!(bias.abs() < 0.01 && naive < -0.08, "{found}");
}

#[test]
fn a_source_that_shows_conversions_only_from_a_day_on_is_noticed() {
    // Forty a week for a year, half of them converted after 30 days; the list of deals is younger by 200 days.
    let program = |first_seen: u32| -> Vec<Wait> {
        let week = |week: u32| {
            let age = 7 * week;
            let end = if age >= 30 && age - 30 <= first_seen {
                wait(age, 30, End::Won, 20)
            } else {
                wait(age, age, End::Open, 20)
            };
            [end, wait(age, age, End::Open, 20)]
        };
        (0..52).flat_map(week).collect()
    };
    let whole = Delay::of(&program(u32::MAX), 90).unwrap();
    assert_eq!(whole.left_truncated, None);
    let cut = Delay::of(&program(157), 90).unwrap();
    let found = cut.left_truncated.expect("it is cut");
    assert!(
        found.began_before > 500 && found.days_before > 180 && found.expected > 100.0,
        "{found:?}"
    );
    // The shape of the delay comes from the others.
    assert!((cut.passed(40) - 1.0).abs() < 1e-9 && cut.passed(20) < 1e-9);
}

#[test]
fn nothing_started_and_nothing_converted_say_little_and_a_wrong_window_is_refused() {
    assert_eq!(read(&[], 90), []);
    let none = read(&[vec![wait(10, 10, End::Open, 50)], vec![]], 90);
    assert_eq!((none[0].observed_share, none[0].converted, none[1].n), (0.0, 0, 0));
    assert!(
        none[0].expected_final.high80 - none[0].expected_final.low80 > 0.6,
        "{none:?}"
    );
    for within in [0, 3_651] {
        assert!(Delay::of(&[], within).is_err());
    }
    assert!(
        Delay::of(&[wait(5, 6, End::Won, 1)], 90)
            .unwrap_err()
            .to_string()
            .contains("has not happened")
    );
    let delay = Delay::of(&[], 90).unwrap();
    assert!(cohorts(&vec![Vec::new(); 601], &delay).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn any_waits_give_shares_in_order_that_hold_what_is_there(
        waits in proptest::collection::vec(
            proptest::collection::vec((0_u32..300, 0.0_f64..=1.0, 0_u8..3, 0_u64..400), 0..8), 1..6),
        within in 1_u32..200,
    ) {
        let end = |e| [End::Won, End::Lost, End::Open][usize::from(e)];
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of some days")]
        let one = |&(age, share, e, count): &(u32, f64, u8, u64)| {
            let days = if end(e) == End::Open { age } else { (share * f64::from(age)) as u32 };
            wait(age, days, end(e), count)
        };
        let waits: Vec<Vec<Wait>> = waits.iter().map(|waits| waits.iter().map(one).collect()).collect();
        for cohort in read(&waits, within) {
            let Cohort { n, converted, mature, mature_converted, observed_share, expected_final, .. } = cohort;
            prop_assert!(converted <= n && mature <= n && mature_converted <= converted, "{cohort:?}");
            prop_assert!((0.0..=1.0).contains(&observed_share), "{cohort:?}");
            let so_far = if n == 0 { 0.0 } else { converted as f64 / n as f64 };
            prop_assert!(so_far <= expected_final.low80 + 1e-9, "{cohort:?}");
            prop_assert!(expected_final.low80 <= expected_final.rate && expected_final.rate <= expected_final.high80 && expected_final.high80 <= 1.0 + 1e-9, "{cohort:?}");
            prop_assert!(so_far <= expected_final.rate + 1e-9 && expected_final.rate <= 1.0 + 1e-9, "{cohort:?}");
        }
    }
}
