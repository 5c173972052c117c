//! The evidence of a star made ready once, whatever the policy and the day; and what was attributed lately, so that the many
//! measures of one page share it. Must not know a policy's rules.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use beachhead_strategy::TouchKind;
use rayon::prelude::*;

use super::Attribution;
use super::classes::Classes;
use super::ledger::Bearings;
use super::rules::Rules;
use crate::catalogue::Status;
use crate::star::{Groups, NO_DAY, NO_ROW, Star, code, index};

/// Attributions kept: those of the policy in force on a few days, and of a policy tried against it.
const KEPT: usize = 4;
/// Accounts that one task makes ready.
const CHUNK: usize = 4_096;

/// Touches and lists made ready, and what was attributed lately. A copy of a star begins with an empty one.
#[derive(Debug, Default)]
pub(crate) struct Evidence {
    prepared: OnceLock<Prepared>,
    attributions: Kept<Attribution>,
    classes: Kept<Classes>,
    bearings: Kept<Bearings>,
}

impl Clone for Evidence {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Evidence {
    pub(super) fn prepared(&self, star: &Star) -> &Prepared {
        if let Some(prepared) = self.prepared.get() {
            return prepared;
        }
        // Made before the cell is entered: a task that waits inside it could be handed another that enters it again.
        let prepared = Prepared::new(star);
        self.prepared.get_or_init(|| prepared)
    }

    pub(super) fn attributed(&self, rules: &Rules, work: impl FnOnce() -> Attribution) -> Arc<Attribution> {
        self.attributions.or_keep(rules, work)
    }

    pub(super) fn counted(&self, rules: &Rules, work: impl FnOnce() -> Classes) -> Arc<Classes> {
        self.classes.or_keep(rules, work)
    }

    pub(super) fn borne(&self, rules: &Rules, work: impl FnOnce() -> Bearings) -> Arc<Bearings> {
        self.bearings.or_keep(rules, work)
    }
}

/// The latest few results by the rules that they were worked out with: of one star, they depend on nothing else.
#[derive(Debug)]
struct Kept<V>(Mutex<VecDeque<(Rules, Arc<V>)>>);

impl<V> Default for Kept<V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<V> Kept<V> {
    /// The lock is not held over the work, as in [`Evidence::prepared`].
    fn or_keep(&self, rules: &Rules, work: impl FnOnce() -> V) -> Arc<V> {
        let kept = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, value)) = kept().iter().find(|(other, _)| other == rules) {
            return Arc::clone(value);
        }
        let value = Arc::new(work());
        let mut kept = kept();
        kept.retain(|(other, _)| other != rules);
        kept.push_front((rules.clone(), Arc::clone(&value)));
        kept.truncate(KEPT);
        value
    }
}

/// What every policy asks of a star.
#[derive(Debug)]
pub(super) struct Prepared {
    /// Touches that name an opportunity, by it.
    pub(super) of_deal: Groups,
    /// Touches that name an account alone, by it.
    pub(super) of_account: Groups,
    /// Lists that hold an account, by it.
    pub(super) overlaps: Groups,
    /// For each touch, whether its account had an open opportunity on its day that was created before it.
    pub(super) into_open: Vec<bool>,
    /// For each touch, the first record of the same act: same partner, opportunity (or account), kind and day.
    pub(super) first_record: Vec<u32>,
}

impl Prepared {
    fn new(star: &Star) -> Self {
        let (deals, accounts) = (star.deals.account.len(), star.accounts.rows());
        let of_deal = Groups::new(star.touches.iter().map(|touch| touch.deal), deals);
        let alone = |touch: &crate::star::Touch| if touch.deal == NO_ROW { touch.account } else { NO_ROW };
        let of_account = Groups::new(star.touches.iter().map(alone), accounts);
        let mut first_record: Vec<u32> = (0..star.touches.len()).map(code).collect();
        for (again, first) in repeats(star, &of_deal, deals)
            .into_iter()
            .chain(repeats(star, &of_account, accounts))
        {
            first_record[index(again)] = first;
        }
        Self {
            overlaps: Groups::new(star.overlaps.iter().map(|overlap| overlap.account), accounts),
            into_open: into_open(star),
            of_deal,
            of_account,
            first_record,
        }
    }
}

/// For each touch that records an act again, the first record of it.
fn repeats(star: &Star, groups: &Groups, count: usize) -> Vec<(u32, u32)> {
    let of_group = |group: usize| {
        let members = groups.of(code(group));
        // They are in the order of day and partner: an act's records stand together.
        let acts = members.chunk_by(|one, other| {
            let act = |touch: &u32| {
                let touch = &star.touches[index(*touch)];
                (touch.on, touch.partner)
            };
            act(one) == act(other)
        });
        acts.filter(|records| records.len() > 1)
            .flat_map(|records| again(star, records))
    };
    (0..count).into_par_iter().flat_map_iter(of_group).collect()
}

/// Among touches of one opportunity, partner and day: those of a kind that was there already, with the first of it.
fn again<'a>(star: &'a Star, records: &'a [u32]) -> impl Iterator<Item = (u32, u32)> + 'a {
    let mut firsts = [NO_ROW; TouchKind::ALL.len()];
    records.iter().filter_map(move |touch| {
        let first = &mut firsts[star.touches[index(*touch)].kind as usize];
        if *first == NO_ROW {
            *first = *touch;
        }
        (first != touch).then_some((*touch, *first))
    })
}

/// For each touch, whether an opportunity of its account, created before its day, was open on that day.
fn into_open(star: &Star) -> Vec<bool> {
    let by_account = &star.deals.by_account;
    let accounts = star.accounts.rows();
    // Of each account its opportunities in the order of creation, each with the latest close among those so far.
    let spans: Vec<(i32, i32)> = (0..accounts.div_ceil(CHUNK))
        .into_par_iter()
        .flat_map_iter(|chunk| {
            (chunk * CHUNK..accounts.min((chunk + 1) * CHUNK)).flat_map(|account| spans(star, account))
        })
        .collect();
    let had_open = |touch: &crate::star::Touch| {
        let account = star
            .deals
            .account
            .get(index(touch.deal))
            .copied()
            .unwrap_or(touch.account);
        let spans = &spans[by_account.range(account)];
        let before = spans.partition_point(|(created, _)| *created < touch.on);
        before.checked_sub(1).is_some_and(|last| spans[last].1 > touch.on)
    };
    star.touches.par_iter().map(had_open).collect()
}

fn spans(star: &Star, account: usize) -> Vec<(i32, i32)> {
    let deals = &star.deals;
    let span = |deal: &u32| {
        let deal = index(*deal);
        match (deals.created[deal], deals.status[deal]) {
            // Nobody says since when: it is held against no touch.
            (NO_DAY, _) => (i32::MAX, i32::MIN),
            (created, Status::Open) => (created, i32::MAX),
            (created, _) => (created, deals.closed[deal]),
        }
    };
    let mut spans: Vec<(i32, i32)> = deals.by_account.of(code(account)).iter().map(span).collect();
    spans.sort_unstable();
    let mut latest = i32::MIN;
    for (_, ends) in &mut spans {
        latest = latest.max(*ends);
        *ends = latest;
    }
    spans
}
