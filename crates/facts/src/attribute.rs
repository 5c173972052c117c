//! The attribution policy applied: each opportunity's class and the partners credited, for any day under any policy.
//! Must not add classes up.

use beachhead_strategy::{AttributionPolicy, Class, Credit};
use jiff::civil::Date;
use rayon::prelude::*;

use crate::catalogue::Status;
use crate::star::{Groups, NO_DAY, NO_ROW, Star, Touch, code, day_number, index};

/// Opportunities that one task classifies.
const CHUNK: usize = 65_536;

/// What the policy says of each opportunity, as the facts were known on one day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Attribution {
    pub(crate) class: Vec<Class>,
    pub(crate) claimed_after_lock: Vec<bool>,
    /// Since when a partner sourced or influenced each opportunity; none where none did.
    pub(crate) involved: Vec<Option<Involved>>,
    /// Where the partners of each opportunity start; one more than opportunities.
    starts: Vec<u32>,
    partners: Vec<u32>,
}

impl Attribution {
    /// The partners credited, none for a direct opportunity. Several only under equal shares.
    pub(crate) fn partners(&self, deal: usize) -> &[u32] {
        &self.partners[index(self.starts[deal])..index(self.starts[deal + 1])]
    }
}

/// The first day on which a partner sourced or influenced an opportunity, not before its creation; and the first day on
/// which such evidence was also on record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Involved {
    pub(crate) on: i32,
    pub(crate) recorded: i32,
}

/// An opportunity that another policy would put into another class.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Move {
    /// The opportunity.
    pub opportunity_id: String,
    /// Its class under the policy in effect.
    pub from: Class,
    /// Its class under the other policy.
    pub to: Class,
    /// Its amount in minor units of the star's currency, where it has one.
    pub amount_minor: Option<i64>,
}

/// The opportunities, in the order of their ids, that change class when one policy takes the place of another.
pub fn moves(star: &Star, from: &AttributionPolicy, to: &AttributionPolicy, as_of: Date) -> Vec<Move> {
    let day = day_number(as_of);
    let (before, after) = (attribute(star, from, day), attribute(star, to, day));
    let ids = star.opportunities.text("opportunity_id");
    (0..before.class.len())
        .filter(|deal| before.class[*deal] != after.class[*deal] && star.status_at(*deal, day).is_some())
        .map(|deal| Move {
            opportunity_id: ids.get(deal).unwrap_or_default().to_owned(),
            from: before.class[deal],
            to: after.class[deal],
            amount_minor: star.amount(deal),
        })
        .collect()
}

/// Classes are disjoint, in the order sourced, influenced, present, direct. Partners are credited from the evidence
/// that gives the class. What was not known on the day is not seen.
pub(crate) fn attribute(star: &Star, policy: &AttributionPolicy, as_of: i32) -> Attribution {
    let deals = star.deals.account.len();
    let known = |touch: &&Touch| touch.on <= as_of && touch.recorded <= as_of;
    let touches: Vec<&Touch> = star.touches.iter().filter(known).collect();
    let accounts = star.accounts.rows();
    let of_account = |touch: &&Touch| if touch.deal == NO_ROW { touch.account } else { NO_ROW };
    let applied = Applied {
        star,
        policy,
        as_of,
        by_deal: Groups::new(touches.iter().map(|touch| touch.deal), deals),
        by_account: Groups::new(touches.iter().map(of_account), accounts),
        overlaps: Groups::new(star.overlaps.iter().map(|overlap| overlap.account), accounts),
        touches,
    };
    let chunks: Vec<usize> = (0..deals).step_by(CHUNK).collect();
    let parts: Vec<Attribution> = chunks
        .into_par_iter()
        .map(|from| applied.range(from..deals.min(from + CHUNK)))
        .collect();
    let mut whole = Attribution {
        starts: vec![0],
        ..Attribution::default()
    };
    for part in parts {
        let offset = code(whole.partners.len());
        whole.class.extend(part.class);
        whole.claimed_after_lock.extend(part.claimed_after_lock);
        whole.involved.extend(part.involved);
        whole.starts.extend(part.starts.iter().map(|start| start + offset));
        whole.partners.extend(part.partners);
    }
    whole
}

struct Applied<'a> {
    star: &'a Star,
    policy: &'a AttributionPolicy,
    as_of: i32,
    touches: Vec<&'a Touch>,
    by_deal: Groups,
    by_account: Groups,
    overlaps: Groups,
}

/// Evidence for one opportunity: the partners in the order of their evidence.
#[derive(Default)]
struct Evidence {
    sourcing: Vec<u32>,
    influencing: Vec<u32>,
    late: bool,
    involved: Option<Involved>,
}

impl Evidence {
    fn involve(&mut self, on: i32, recorded: i32) {
        let first = self.involved.unwrap_or(Involved {
            on: i32::MAX,
            recorded: i32::MAX,
        });
        self.involved = Some(Involved {
            on: first.on.min(on),
            recorded: first.recorded.min(on.max(recorded)),
        });
    }
}

impl Applied<'_> {
    fn range(&self, deals: std::ops::Range<usize>) -> Attribution {
        let mut part = Attribution::default();
        for deal in deals {
            let evidence = self.evidence(deal);
            part.involved.push(evidence.involved);
            let (class, mut partners) = if !evidence.sourcing.is_empty() {
                (Class::Sourced, evidence.sourcing)
            } else if !evidence.influencing.is_empty() {
                (Class::Influenced, evidence.influencing)
            } else {
                let present = self.present(deal);
                (
                    if present.is_empty() {
                        Class::Direct
                    } else {
                        Class::Present
                    },
                    present,
                )
            };
            self.credit(&mut partners);
            part.claimed_after_lock.push(evidence.late && class != Class::Sourced);
            part.class.push(class);
            part.partners.extend(partners);
            part.starts.push(code(part.partners.len()));
        }
        part
    }

    fn evidence(&self, deal: usize) -> Evidence {
        let (own, accounts) = (
            self.by_deal.of(code(deal)),
            self.by_account.of(self.star.deals.account[deal]),
        );
        if own.is_empty() && accounts.is_empty() {
            return Evidence::default();
        }
        let mut touches: Vec<u32> = own.iter().chain(accounts).copied().collect();
        touches.sort_unstable();
        let mut evidence = Evidence::default();
        for touch in touches.into_iter().filter_map(|touch| self.touches.get(index(touch))) {
            let claims = self.claims(deal, touch);
            let in_time = self.in_time(deal, touch);
            let (sources, influences) = (claims && in_time, self.influences(deal, touch));
            if sources {
                evidence.sourcing.push(touch.partner);
            }
            evidence.late |= claims && !in_time;
            if influences {
                evidence.influencing.push(touch.partner);
            }
            if sources || influences {
                evidence.involve(touch.on.max(self.star.deals.created[deal]), touch.recorded);
            }
        }
        evidence
    }

    /// Whether the touch would source the opportunity, were it recorded in time.
    fn claims(&self, deal: usize, touch: &Touch) -> bool {
        let created = self.star.deals.created[deal];
        let window = i64::from(self.policy.window_days);
        created != NO_DAY
            && self.policy.sourced_by.contains(&touch.kind)
            && (0..=window).contains(&(i64::from(created) - i64::from(touch.on)))
            && !(self.policy.needs_no_open_opportunity && self.had_open(deal, touch.on))
    }

    fn in_time(&self, deal: usize, touch: &Touch) -> bool {
        let days = i64::from(touch.recorded) - i64::from(self.star.deals.created[deal]);
        self.policy.lock_days.is_none_or(|lock| days <= i64::from(lock))
    }

    /// Whether another opportunity of the account, created before the day, was open on it.
    fn had_open(&self, deal: usize, day: i32) -> bool {
        let deals = &self.star.deals;
        deals
            .by_account
            .of(deals.account[deal])
            .iter()
            .map(|other| index(*other))
            .any(|other| {
                let created = deals.created[other];
                other != deal
                    && created != NO_DAY
                    && created < day
                    && (deals.status[other] == Status::Open || deals.closed[other] > day)
            })
    }

    /// A touch between creation and close. Of an opportunity without a day of creation only its own touches count.
    fn influences(&self, deal: usize, touch: &Touch) -> bool {
        let created = self.star.deals.created[deal];
        let begun = if created == NO_DAY {
            touch.deal != NO_ROW
        } else {
            touch.on >= created
        };
        let closed = self.star.deals.closed[deal];
        let is_closed = self
            .star
            .status_at(deal, self.as_of)
            .is_some_and(|status| status != Status::Open);
        begun && !(is_closed && closed != NO_DAY && touch.on > closed)
    }

    fn present(&self, deal: usize) -> Vec<u32> {
        let overlaps = self.overlaps.of(self.star.deals.account[deal]).iter();
        overlaps
            .filter_map(|overlap| self.star.overlaps.get(index(*overlap)))
            .filter(|overlap| overlap.as_of <= self.as_of)
            .map(|overlap| overlap.partner)
            .collect()
    }

    fn credit(&self, partners: &mut Vec<u32>) {
        match self.policy.credit {
            Credit::Earliest => partners.truncate(1),
            Credit::Last => {
                partners.drain(..partners.len().saturating_sub(1));
            }
            Credit::EqualShares => {
                let mut seen = Vec::new();
                partners.retain(|partner| {
                    let new = !seen.contains(partner);
                    seen.push(*partner);
                    new
                });
            }
        }
    }
}
