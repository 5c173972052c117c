//! The calendar of the worked example: it is moved from day to day while the story is told, and then stands still.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use beachhead_office::Clock;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// A clock that shows what it was set to, a second later at each look so that nothing happens twice at one instant.
#[derive(Clone)]
pub struct Calendar(Arc<AtomicI64>);

impl Calendar {
    /// A calendar at nine in the morning of a day.
    pub fn at(day: Date) -> Self {
        let calendar = Self(Arc::new(AtomicI64::new(0)));
        calendar.turn_to(day);
        calendar
    }

    /// Turns to nine in the morning of a day.
    pub fn turn_to(&self, day: Date) {
        self.turn_to_hour(day, 9);
    }

    /// Turns to an hour of a day, in UTC.
    pub fn turn_to_hour(&self, day: Date, hour: i8) {
        let then = day
            .at(hour, 0, 0, 0)
            .to_zoned(TimeZone::UTC)
            .map_or(0, |zoned| zoned.timestamp().as_second());
        self.0.store(then, Ordering::SeqCst);
    }
}

impl Clock for Calendar {
    fn now(&self) -> Timestamp {
        let second = self.0.fetch_add(1, Ordering::SeqCst);
        Timestamp::UNIX_EPOCH + SignedDuration::from_secs(second)
    }
}
