//! What a change of policy moves: from class to class, and from partner to partner where the class stays. Must not judge
//! whether the change is good.

use std::collections::BTreeMap;
use std::sync::Arc;

use beachhead_strategy::{AttributionPolicy, Class};
use jiff::civil::Date;
use serde::Serialize;

use super::classes::{Classes, classes};
use super::{Attribution, attribute};
use crate::catalogue::Status;
use crate::error::FactsError;
use crate::star::{NO_ROW, Star, code, date_of, day_number, index, shown_money};

/// Two policies held against each other on one day.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// The classes under the first.
    pub before: Classes,
    /// The classes under the second.
    pub after: Classes,
    /// What moves, by the first class and then the second; where both are the same class, its partners change.
    pub moves: Vec<MoveCount>,
    /// Whose credit changes, by class and then by partner id.
    pub partners: Vec<PartnerMove>,
    as_of: i32,
    from: Arc<Attribution>,
    to: Arc<Attribution>,
    /// Those that move, in the order of their ids.
    deals: Vec<u32>,
}

/// Opportunities that move from one class to another; or, where it is the same class, from one partner to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct MoveCount {
    /// The class under the first policy.
    pub from: Class,
    /// The class under the second.
    pub to: Class,
    /// How many.
    pub opportunities: u64,
    /// Those of them with an amount.
    pub amounts: u64,
    /// What these amounts come to, in minor units.
    pub amount_minor: i64,
}

/// How the change meets a partner in one class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PartnerMove {
    /// The class.
    pub class: Class,
    /// The partner's id.
    pub partner_id: String,
    /// Its name.
    pub partner: String,
    /// Opportunities of the class that it is credited with under the first policy and no longer under the second.
    pub lost: u64,
    /// The other way round.
    pub gained: u64,
    /// What its part of the class's amounts changes by, in minor units: also where another partner comes to share.
    pub amount_minor: i64,
}

/// An opportunity that another policy would put into another class, or credit to other partners.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Move {
    /// The opportunity.
    pub opportunity_id: String,
    /// Its account's name, or what the source calls it.
    pub account: String,
    /// How it stood on the day.
    pub status: Status,
    /// Day of creation.
    pub created_on: Option<Date>,
    /// Its amount in minor units of the star's currency, where it has one.
    pub amount_minor: Option<i64>,
    /// The amount in units, with its digits; empty when missing.
    pub amount: String,
    /// Its class under the first policy.
    pub from: Class,
    /// Its class under the second.
    pub to: Class,
    /// Names of the partners credited under the first.
    pub partners_from: Vec<String>,
    /// Names of the partners credited under the second.
    pub partners_to: Vec<String>,
    /// The file it came from, in the snapshot's list.
    pub file: i32,
    /// Its row in that file.
    pub row: i64,
}

/// Which moves are listed. Everything that is given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MoveFilter {
    /// The class under the first policy.
    pub from: Option<Class>,
    /// The class under the second.
    pub to: Option<Class>,
    /// A partner's id or name, credited under either.
    pub partner: Option<String>,
}

/// Holds two policies against each other: what would move if the second took the place of the first.
pub fn compare(star: &Star, from: &AttributionPolicy, to: &AttributionPolicy, as_of: Date) -> Comparison {
    let day = day_number(as_of);
    let (before, after) = (classes(star, from, as_of), classes(star, to, as_of));
    let (from, to) = (attribute(star, from, day), attribute(star, to, day));
    let moved = |deal: &usize| {
        (from.class[*deal] != to.class[*deal] || !same_partners(from.partners(*deal), to.partners(*deal)))
            && star.status_at(*deal, day).is_some()
    };
    let deals: Vec<usize> = (0..from.class.len()).filter(moved).collect();
    let mut counts: BTreeMap<(Class, Class), MoveCount> = BTreeMap::new();
    let mut partners: BTreeMap<(Class, u32), (u64, u64, i64)> = BTreeMap::new();
    for deal in deals.iter().copied() {
        let (before, after, amount) = (from.class[deal], to.class[deal], star.amount(deal));
        let count = counts.entry((before, after)).or_insert(MoveCount {
            from: before,
            to: after,
            opportunities: 0,
            amounts: 0,
            amount_minor: 0,
        });
        count.opportunities += 1;
        count.amounts += u64::from(amount.is_some());
        count.amount_minor = count.amount_minor.saturating_add(amount.unwrap_or(0));
        let kept = |partner: u32, other: &Attribution| before == after && other.partners(deal).contains(&partner);
        for (partner, part) in from.shares(deal, amount) {
            let entry = partners.entry((before, partner)).or_default();
            entry.0 += u64::from(!kept(partner, &to));
            entry.2 = entry.2.saturating_sub(part.unwrap_or(0));
        }
        for (partner, part) in to.shares(deal, amount) {
            let entry = partners.entry((after, partner)).or_default();
            entry.1 += u64::from(!kept(partner, &from));
            entry.2 = entry.2.saturating_add(part.unwrap_or(0));
        }
    }
    let met = partners
        .into_iter()
        .map(|((class, partner), (lost, gained, amount_minor))| PartnerMove {
            class,
            partner_id: star.partners.ids.get(index(partner)).cloned().unwrap_or_default(),
            partner: star.partners.names.get(index(partner)).cloned().unwrap_or_default(),
            lost,
            gained,
            amount_minor,
        });
    Comparison {
        before,
        after,
        moves: counts.into_values().collect(),
        partners: met
            .filter(|met| (met.lost, met.gained, met.amount_minor) != (0, 0, 0))
            .collect(),
        as_of: day,
        from,
        to,
        deals: deals.into_iter().map(code).collect(),
    }
}

/// In which order the touches of partners came is no change of credit; no partner is credited twice.
fn same_partners(one: &[u32], other: &[u32]) -> bool {
    one == other || (one.len() == other.len() && one.iter().all(|partner| other.contains(partner)))
}

impl Comparison {
    /// How many opportunities move into another class.
    pub fn change_class(&self) -> u64 {
        self.counted(|count| count.from != count.to)
    }

    /// How many stay in their class and are credited to other partners.
    pub fn change_partners(&self) -> u64 {
        self.counted(|count| count.from == count.to)
    }

    fn counted(&self, which: impl Fn(&MoveCount) -> bool) -> u64 {
        let counts = self.moves.iter().filter(|count| which(count));
        counts.map(|count| count.opportunities).sum()
    }

    /// The moves that the filter takes, in the order of the opportunities' ids: those from `offset` on, at most `limit`,
    /// and how many there are in all. `star` is the one that was compared over.
    pub fn listed(&self, star: &Star, filter: &MoveFilter, offset: usize, limit: usize) -> (u64, Vec<Move>) {
        let deals = self.fitting(star, filter);
        let page = deals.iter().skip(offset).take(limit);
        let moves = page.filter_map(|deal| self.shown(star, *deal)).collect();
        (deals.len() as u64, moves)
    }

    /// Gives every one of them, without holding them.
    ///
    /// # Errors
    /// Those of `take`.
    pub fn each(
        &self,
        star: &Star,
        filter: &MoveFilter,
        take: &mut dyn FnMut(Move) -> Result<(), FactsError>,
    ) -> Result<(), FactsError> {
        let deals = self.fitting(star, filter);
        deals
            .into_iter()
            .filter_map(|deal| self.shown(star, deal))
            .try_for_each(take)
    }

    fn fitting(&self, star: &Star, filter: &MoveFilter) -> Vec<usize> {
        let wanted = filter.partner.as_deref().map(|named| {
            let is_it = |place: &usize| star.partners.ids[*place] == named || star.partners.names[*place] == named;
            (0..star.partners.ids.len())
                .filter(is_it)
                .map(code)
                .collect::<Vec<u32>>()
        });
        let fits = |deal: &usize| {
            let credited = || self.from.partners(*deal).iter().chain(self.to.partners(*deal));
            filter.from.is_none_or(|class| self.from.class[*deal] == class)
                && filter.to.is_none_or(|class| self.to.class[*deal] == class)
                && wanted
                    .as_ref()
                    .is_none_or(|wanted| credited().any(|partner| wanted.contains(partner)))
        };
        self.deals.iter().map(|deal| index(*deal)).filter(fits).collect()
    }

    fn shown(&self, star: &Star, deal: usize) -> Option<Move> {
        let account = Some(star.deals.account[deal]).filter(|account| *account != NO_ROW);
        let account = account.map(|account| star.accounts.shown("name", index(account)));
        let names = |attribution: &Attribution| {
            let partners = attribution.partners(deal).iter();
            partners
                .filter_map(|partner| star.partners.names.get(index(*partner)).cloned())
                .collect()
        };
        let amount_minor = star.amount(deal);
        Some(Move {
            opportunity_id: star.opportunities.shown("opportunity_id", deal),
            account: account.unwrap_or_else(|| star.opportunities.shown("account_id", deal)),
            status: star.status_at(deal, self.as_of)?,
            created_on: date_of(star.deals.created[deal]),
            amount_minor,
            amount: amount_minor.map_or(String::new(), |amount| shown_money(amount, star.digits())),
            from: self.from.class[deal],
            to: self.to.class[deal],
            partners_from: names(&self.from),
            partners_to: names(&self.to),
            file: star.opportunities.file[deal],
            row: star.opportunities.row[deal],
        })
    }
}
