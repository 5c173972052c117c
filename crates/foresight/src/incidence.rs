//! How many have been won, lost, or neither, by each day since the start, when some are still open.
//! Must not know what is being waited for.

use serde::{Deserialize, Serialize};

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
        self.points.iter().find(|point| point.won >= share - 1e-12).map(|point| point.day)
    }
}

/// The Aalen-Johansen estimator (Aalen & Johansen 1978) with two causes: at each event day, the chance to be still
/// waiting times the share of those under watch that ends that way. With no losses, `surviving` is Kaplan-Meier.
/// Within a day, ends come before what is still open leaves the watch.
#[must_use]
pub fn aalen_johansen(spells: &[Spell]) -> Curve {
    let _ = spells;
    todo!()
}
