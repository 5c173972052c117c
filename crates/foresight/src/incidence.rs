//! How many have been won, lost, or neither, by each day since the start, when some are still open.
//! Must not know what is being waited for.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::interval::as_real;
use crate::limits;

/// How a wait ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum End {
    /// The event that is waited for.
    Won,
    /// The other event, after which the first can no longer come.
    Lost,
    /// Neither yet: only known to have lasted this long.
    Open,
}

/// So many waits of the same length and end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
pub struct Spell {
    /// Days from the start to the end, or to today where it is open.
    pub days: u32,
    /// How it ended.
    pub end: End,
    /// How many.
    pub count: u64,
}

/// The state on one day on which something ended.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Point {
    /// Days since the start.
    pub day: u32,
    /// How many were under watch just before.
    pub at_risk: u64,
    /// The chance to have been won by the end of this day.
    pub won: f64,
    /// The chance to have been lost by the end of this day.
    pub lost: f64,
    /// The chance to be neither.
    pub surviving: f64,
    /// Greenwood's standard error of `surviving`.
    pub surviving_se: f64,
}

/// Cumulative incidence with competing ends.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Curve {
    /// One point for each day with an event, in order of days.
    pub points: Vec<Point>,
}

impl Curve {
    /// The state at the end of `day`; none before the first event.
    #[must_use]
    pub fn at(&self, day: u32) -> Option<&Point> {
        self.points[..self.points.partition_point(|point| point.day <= day)].last()
    }

    /// The first day by which the chance to have been won reaches `share`; none if it has not yet.
    #[must_use]
    pub fn day_won(&self, share: f64) -> Option<u32> {
        self.points
            .iter()
            .find(|point| point.won >= share - 1e-12)
            .map(|point| point.day)
    }
}

/// The Aalen-Johansen estimator (Aalen & Johansen 1978) with two causes: at each event day, the chance to be still
/// waiting times the share of those under watch that ends that way. With no losses, `surviving` is Kaplan-Meier.
/// Within a day, ends come before what is still open leaves the watch. A count over [`limits::ACCOUNTS`] is read as
/// that.
#[must_use]
pub fn aalen_johansen(spells: &[Spell]) -> Curve {
    let mut by_day: BTreeMap<u32, [u64; 3]> = BTreeMap::new();
    for spell in spells {
        let ends = by_day.entry(spell.days).or_default();
        let end = &mut ends[spell.end as usize];
        *end = end.saturating_add(spell.count.min(limits::ACCOUNTS));
    }
    let mut at_risk = by_day
        .values()
        .flatten()
        .fold(0_u64, |sum, &count| sum.saturating_add(count));
    let (mut won, mut lost, mut surviving, mut greenwood) = (0.0, 0.0, 1.0, 0.0);
    let mut points = Vec::new();
    for (day, [wins, losses, open]) in by_day {
        let ended = wins.saturating_add(losses);
        if ended > 0 {
            let n = as_real(at_risk);
            won += surviving * as_real(wins) / n;
            lost += surviving * as_real(losses) / n;
            surviving *= 1.0 - as_real(ended) / n;
            if ended < at_risk {
                greenwood += as_real(ended) / (n * as_real(at_risk - ended));
            }
            let surviving_se = surviving * f64::sqrt(greenwood);
            points.push(Point {
                day,
                at_risk,
                won,
                lost,
                surviving,
                surviving_se,
            });
        }
        at_risk = at_risk.saturating_sub(ended.saturating_add(open));
    }
    Curve { points }
}

#[cfg(test)]
mod tests {
    use super::{End, Spell, aalen_johansen};
    use proptest::prelude::*;

    fn spell(days: u32, end: End) -> Spell {
        Spell { days, end, count: 1 }
    }

    #[test]
    fn competing_ends_share_the_total() {
        let days = [2, 3, 3, 4, 5, 6, 7, 8, 9, 10];
        let ends = [
            End::Won,
            End::Lost,
            End::Won,
            End::Open,
            End::Lost,
            End::Won,
            End::Open,
            End::Won,
            End::Lost,
            End::Open,
        ];
        let curve = aalen_johansen(&days.into_iter().zip(ends).map(|(d, e)| spell(d, e)).collect::<Vec<_>>());
        let last = curve.at(10).unwrap();
        assert!((last.won - 0.472_222).abs() < 1e-6);
        assert!((last.lost - 0.372_222).abs() < 1e-6);
        assert!((last.surviving - 0.155_556).abs() < 1e-6);
        assert_eq!(
            (curve.at(1), curve.day_won(0.2), curve.day_won(0.5)),
            (None, Some(3), None)
        );
    }

    #[test]
    fn one_cause_is_kaplan_meier() {
        // Remission under 6-MP (Freireich 1963), weeks.
        let relapsed = [6, 6, 6, 7, 10, 13, 16, 22, 23].map(|week| spell(week, End::Won));
        let open = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35].map(|week| spell(week, End::Open));
        let curve = aalen_johansen(&[&relapsed[..], &open[..]].concat());
        let expected = [
            (6, 0.8571, 0.0764),
            (7, 0.8067, 0.0869),
            (10, 0.7529, 0.0963),
            (13, 0.6902, 0.1068),
            (16, 0.6275, 0.1141),
            (22, 0.5378, 0.1282),
            (23, 0.4482, 0.1346),
        ];
        assert_eq!(curve.points.len(), expected.len());
        for (point, (day, surviving, se)) in curve.points.iter().zip(expected) {
            assert_eq!(point.day, day);
            assert!(
                (point.surviving - surviving).abs() < 5e-5 && (point.surviving_se - se).abs() < 5e-5,
                "{point:?}"
            );
        }
    }

    #[test]
    fn nothing_or_only_open_waits_have_no_points() {
        assert!(aalen_johansen(&[]).points.is_empty());
        assert!(aalen_johansen(&[spell(9, End::Open)]).points.is_empty());
    }

    proptest! {
        #[test]
        fn chances_add_up_and_only_grow(
            spells in proptest::collection::vec((0_u32..50, 0_u8..3, 0_u64..9), 0..60)
        ) {
            let end = |e| [End::Won, End::Lost, End::Open][usize::from(e)];
            let spells: Vec<Spell> =
                spells.into_iter().map(|(days, e, count)| Spell { days, end: end(e), count }).collect();
            let curve = aalen_johansen(&spells);
            for point in &curve.points {
                prop_assert!((point.won + point.lost + point.surviving - 1.0).abs() < 1e-9);
                prop_assert!(point.surviving > -1e-12 && point.surviving_se.is_finite());
            }
            prop_assert!(curve.points.windows(2).all(|p| p[0].won <= p[1].won && p[0].lost <= p[1].lost));
            let reversed: Vec<Spell> = spells.into_iter().rev().collect();
            prop_assert_eq!(aalen_johansen(&reversed), curve);
        }
    }
}
