//! The calendar of the worked example: it is moved from day to day while the story is told, and then stands still.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use beachhead_office::Clock;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// A clock that shows what it was set to, a little later at each look so that nothing happens twice at one instant.
#[derive(Clone)]
pub struct Calendar {
    /// Since 1970.
    milliseconds: Arc<AtomicI64>,
    /// How much later each look is.
    step: i64,
}

impl Calendar {
    /// A calendar at nine in the morning of a day, for telling: each look is a second later.
    pub fn at(day: Date) -> Self {
        let calendar = Self {
            milliseconds: Arc::new(AtomicI64::new(0)),
            step: 1_000,
        };
        calendar.turn_to(day);
        calendar
    }

    /// A calendar that stays on a day: each look is a millisecond later, and the day would end after 54 million.
    pub fn still_at(day: Date) -> Self {
        Self {
            step: 1,
            ..Self::at(day)
        }
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
            .map_or(0, |zoned| zoned.timestamp().as_millisecond());
        self.milliseconds.store(then, Ordering::SeqCst);
    }
}

impl Clock for Calendar {
    fn now(&self) -> Timestamp {
        let milliseconds = self.milliseconds.fetch_add(self.step, Ordering::SeqCst);
        Timestamp::UNIX_EPOCH + SignedDuration::from_millis(milliseconds)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const DAY: Date = date(2026, 11, 9);

    #[test]
    fn a_day_that_stands_still_is_the_same_day_after_a_hundred_thousand_looks() {
        let calendar = Calendar::still_at(DAY);
        for _ in 0..100_000 {
            calendar.now();
        }
        assert_eq!(calendar.now().to_zoned(TimeZone::UTC).date(), DAY);
    }

    #[test]
    fn no_two_looks_are_at_one_instant() {
        for calendar in [Calendar::at(DAY), Calendar::still_at(DAY)] {
            assert!(calendar.now() < calendar.now());
        }
    }
}
