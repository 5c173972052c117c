//! What one touch is to one opportunity under a policy: the only place where the policy's rules are read. Must not look
//! at a second touch.

use beachhead_strategy::{AttributionPolicy, Bearing, Credit, TouchKind};

use crate::catalogue::Status;
use crate::star::{NO_DAY, NO_ROW, Star, Touch};

/// A policy's rules on a day, ready to be asked a million times. Equal rules classify equally, whatever the version that
/// wrote them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rules {
    /// By kind.
    sources: [bool; TouchKind::ALL.len()],
    pub(super) window: i64,
    needs_no_open: bool,
    lock: Option<i64>,
    pub(super) credit: Credit,
    pub(super) as_of: i32,
}

/// The days of an opportunity that evidence is held against.
#[derive(Debug, Clone, Copy)]
pub(super) struct Life {
    pub(super) created: i32,
    /// The last day on which a touch can influence it: of an open one, and of one closed on an unknown day, there is none.
    pub(super) closes: i32,
}

/// What a touch is to an opportunity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Judged {
    pub(super) bearing: Bearing,
    /// Whether it claims, and was recorded after the lock. On the day of creation such a claim influences all the same.
    pub(super) is_late: bool,
}

impl Rules {
    pub(super) fn new(policy: &AttributionPolicy, as_of: i32) -> Self {
        Self {
            sources: std::array::from_fn(|kind| policy.sourced_by.contains(&TouchKind::ALL[kind])),
            window: i64::from(policy.window_days),
            needs_no_open: policy.needs_no_open_opportunity,
            lock: policy.lock_days.map(i64::from),
            credit: policy.credit,
            as_of,
        }
    }

    /// Whether the touch had happened and was on record by the day.
    pub(super) fn knows(&self, touch: &Touch) -> bool {
        touch.on <= self.as_of && touch.recorded <= self.as_of
    }

    /// Whether a touch of the kind claims at all.
    pub(super) fn claims(&self, kind: TouchKind) -> bool {
        self.sources[kind as usize]
    }

    /// Whether a claim on this opportunity was recorded by the lock.
    pub(super) fn in_time(&self, touch: &Touch, created: i32) -> bool {
        self.lock
            .is_none_or(|lock| i64::from(touch.recorded) - i64::from(created) <= lock)
    }

    pub(super) fn life(&self, star: &Star, deal: usize) -> Life {
        let closed = star.deals.closed[deal];
        let is_closed = star
            .status_at(deal, self.as_of)
            .is_some_and(|status| status != Status::Open);
        Life {
            created: star.deals.created[deal],
            closes: if is_closed && closed != NO_DAY {
                closed
            } else {
                i32::MAX
            },
        }
    }

    /// `into_open`: whether the account had an open opportunity on the day of the touch.
    pub(super) fn judge(&self, touch: &Touch, into_open: bool, life: &Life) -> Judged {
        let plain = |bearing| Judged {
            bearing,
            is_late: false,
        };
        let (begun, closed) = (touch.on >= life.created, touch.on > life.closes);
        // Of an opportunity without a day of creation only its own touches count.
        if life.created == NO_DAY && touch.deal == NO_ROW {
            return plain(Bearing::NoOpportunity);
        }
        let claim = if life.created == NO_DAY || touch.on > life.created || !self.claims(touch.kind) {
            Bearing::NotAClaim
        } else if i64::from(life.created) - i64::from(touch.on) > self.window {
            Bearing::OutsideWindow
        } else if self.needs_no_open && into_open {
            Bearing::HadOpen
        } else if !self.in_time(touch, life.created) {
            Bearing::Late
        } else {
            Bearing::Sources
        };
        let bearing = match claim {
            Bearing::Sources => Bearing::Sources,
            _ if begun && closed => Bearing::AfterClose,
            _ if begun => Bearing::Influences,
            claim => claim,
        };
        Judged {
            bearing,
            is_late: claim == Bearing::Late,
        }
    }
}
