//! The attribution policy applied: each opportunity's class and the partners credited, for any day under any policy. Must
//! not add classes up.
//!
//! What a touch is to an opportunity is said in one place, [`rules`]; classes, the ledger of touches and what a change of
//! policy moves all ask it.

mod classes;
mod evidence;
mod ledger;
mod moves;
mod rules;

use std::ops::Range;
use std::sync::Arc;

use beachhead_strategy::{AttributionPolicy, Bearing, Class, Credit};
use rayon::prelude::*;

use crate::star::{Star, code, index};

pub use classes::{ClassCount, Classes, PartnerCredit, classes};
pub(crate) use evidence::Evidence;
pub use ledger::{BearingCount, TouchLedger, TouchQuestion, TouchRow, each_touch, touches};
pub use moves::{Comparison, Move, MoveCount, MoveFilter, PartnerMove, compare};

use evidence::Prepared;
use rules::{Life, Rules};

/// Opportunities that one task classifies.
const CHUNK: usize = 16_384;

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

    /// The part of an amount that each credited partner gets. The cents that do not divide go to the earliest.
    pub(crate) fn shares(&self, deal: usize, amount: Option<i64>) -> impl Iterator<Item = (u32, Option<i64>)> {
        let partners = self.partners(deal);
        let count = i64::try_from(partners.len()).unwrap_or(i64::MAX).max(1);
        let part = move |nth: i64| {
            let rest = i64::from(nth < (amount? % count).abs()) * amount?.signum();
            Some(amount? / count + rest)
        };
        (0_i64..).zip(partners).map(move |(nth, partner)| (*partner, part(nth)))
    }
}

/// The first day on which a partner sourced or influenced an opportunity, not before its creation; and the first day on
/// which such evidence was also on record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Involved {
    pub(crate) on: i32,
    pub(crate) recorded: i32,
}

/// Classes are disjoint, in the order sourced, influenced, present, direct. Partners are credited from the evidence
/// that gives the class. What was not known on the day is not seen. Computed once for a star, the rules and a day.
pub(crate) fn attribute(star: &Star, policy: &AttributionPolicy, as_of: i32) -> Arc<Attribution> {
    let rules = Rules::new(policy, as_of);
    star.evidence
        .attributed(&rules, || applied(star, star.evidence.prepared(star), &rules))
}

fn applied(star: &Star, prepared: &Prepared, rules: &Rules) -> Attribution {
    let deals = star.deals.account.len();
    let applied = Applied { star, prepared, rules };
    let parts: Vec<Attribution> = (0..deals.div_ceil(CHUNK))
        .into_par_iter()
        .map(|chunk| applied.range(chunk * CHUNK..deals.min((chunk + 1) * CHUNK)))
        .collect();
    let mut whole = Attribution {
        class: Vec::with_capacity(deals),
        claimed_after_lock: Vec::with_capacity(deals),
        involved: Vec::with_capacity(deals),
        starts: Vec::with_capacity(deals + 1),
        partners: Vec::with_capacity(parts.iter().map(|part| part.partners.len()).sum()),
    };
    whole.starts.push(0);
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
    prepared: &'a Prepared,
    rules: &'a Rules,
}

/// Evidence for one opportunity: the partners to credit if it is sourced, and if it is only influenced.
#[derive(Default)]
struct Found {
    sourcing: Vec<u32>,
    influencing: Vec<u32>,
    late: bool,
    involved: Option<Involved>,
}

impl Found {
    fn clear(&mut self) {
        self.sourcing.clear();
        self.influencing.clear();
        self.late = false;
        self.involved = None;
    }

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

/// Takes the next partner, in the order of their evidence, as the policy credits them.
fn credit(partners: &mut Vec<u32>, partner: u32, credit: Credit) {
    match credit {
        Credit::Earliest if partners.is_empty() => partners.push(partner),
        Credit::Earliest => {}
        Credit::Last => {
            partners.clear();
            partners.push(partner);
        }
        Credit::EqualShares if partners.contains(&partner) => {}
        Credit::EqualShares => partners.push(partner),
    }
}

impl Applied<'_> {
    fn range(&self, deals: Range<usize>) -> Attribution {
        let mut part = Attribution::default();
        let (mut found, mut present) = (Found::default(), Vec::new());
        for deal in deals {
            self.find(deal, &mut found);
            let (class, partners) = if !found.sourcing.is_empty() {
                (Class::Sourced, &found.sourcing)
            } else if !found.influencing.is_empty() {
                (Class::Influenced, &found.influencing)
            } else {
                self.present(deal, &mut present);
                let class = if present.is_empty() {
                    Class::Direct
                } else {
                    Class::Present
                };
                (class, &present)
            };
            part.partners.extend(partners);
            part.starts.push(code(part.partners.len()));
            part.involved.push(found.involved);
            part.claimed_after_lock.push(found.late && class != Class::Sourced);
            part.class.push(class);
        }
        part
    }

    fn find(&self, deal: usize, found: &mut Found) {
        found.clear();
        let of_account = self.prepared.of_account.of(self.star.deals.account[deal]);
        let of_deal = self.prepared.of_deal.of(code(deal));
        if of_deal.is_empty() && of_account.is_empty() {
            return;
        }
        let life = self.rules.life(self.star, deal);
        let of_account = self.near(of_account, &life);
        for touch in in_order(of_deal, of_account).map(index) {
            let evidence = &self.star.touches[touch];
            if !self.rules.knows(evidence) {
                continue;
            }
            let judged = self.rules.judge(evidence, self.prepared.into_open[touch], &life);
            found.late |= judged.is_late;
            match judged.bearing {
                Bearing::Sources => credit(&mut found.sourcing, evidence.partner, self.rules.credit),
                Bearing::Influences => credit(&mut found.influencing, evidence.partner, self.rules.credit),
                _ => continue,
            }
            found.involve(evidence.on.max(life.created), evidence.recorded);
        }
    }

    /// Those touches of an account, which are in the order of their days, that can be evidence for an opportunity.
    fn near<'t>(&self, touches: &'t [u32], life: &Life) -> &'t [u32] {
        let on = |touch: &u32| i64::from(self.star.touches[index(*touch)].on);
        let from = i64::from(life.created) - self.rules.window;
        let touches = &touches[touches.partition_point(|touch| on(touch) < from)..];
        // Where a source says that it closed before it began, a claim on the days between still counts.
        let until = i64::from(life.closes.max(life.created));
        &touches[..touches.partition_point(|touch| on(touch) <= until)]
    }

    fn present(&self, deal: usize, partners: &mut Vec<u32>) {
        partners.clear();
        let overlaps = self.prepared.overlaps.of(self.star.deals.account[deal]).iter();
        for overlap in overlaps.map(|overlap| &self.star.overlaps[index(*overlap)]) {
            // They are in the order of their days.
            if overlap.as_of > self.rules.as_of {
                break;
            }
            credit(partners, overlap.partner, self.rules.credit);
        }
    }
}

/// Two ordered lists as one.
fn in_order<'a>(mut one: &'a [u32], mut other: &'a [u32]) -> impl Iterator<Item = u32> + 'a {
    std::iter::from_fn(move || {
        let first = match (one.first(), other.first()) {
            (Some(a), Some(b)) if b < a => &mut other,
            (Some(_), _) => &mut one,
            (None, _) => &mut other,
        };
        let (next, rest) = first.split_first()?;
        *first = rest;
        Some(*next)
    })
}
