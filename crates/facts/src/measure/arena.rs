//! The arena: what the facts say for each segment and partner type, with partners and without. Must not judge a cell.

use std::collections::BTreeSet;

use beachhead_strategy::AttributionPolicy;
use jiff::civil::Date;
use serde::Serialize;

use super::lens::Lens;
use crate::catalogue::Status;
use crate::error::FactsError;
use crate::rule::Rule;
use crate::star::{Star, day_number, index, name_key};

/// One cell of the arena.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ArenaCell {
    /// The segment's name.
    pub segment: String,
    /// The partner type.
    pub partner_type: String,
    /// Accounts of the segment: those that no earlier segment takes.
    pub accounts: u64,
    /// Accounts of the segment that are in the list of a partner of the type.
    pub overlap: u64,
    /// Partners of the type.
    pub partners: u64,
    /// Opportunities of the segment that a credited partner of the type sourced or influenced.
    pub with: Record,
    /// Opportunities of the segment that no partner sourced or influenced; the same for every partner type.
    pub without: Record,
}

/// How some opportunities stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Record {
    /// All of them.
    pub opportunities: u64,
    /// Neither won nor lost.
    pub open: u64,
    /// Won.
    pub won: u64,
    /// Lost.
    pub lost: u64,
    /// Amounts of the open, in minor units.
    pub amount_open_minor: i64,
    /// Amounts of the won, in minor units.
    pub amount_won_minor: i64,
}

impl Record {
    fn add(&mut self, status: Status, amount: i64) {
        self.opportunities += 1;
        match status {
            Status::Open => {
                self.open += 1;
                self.amount_open_minor = self.amount_open_minor.saturating_add(amount);
            }
            Status::Won => {
                self.won += 1;
                self.amount_won_minor = self.amount_won_minor.saturating_add(amount);
            }
            Status::Lost => self.lost += 1,
        }
    }
}

/// Every cell of the grid, by segment and then partner type, in the order given. Partner types are compared without
/// regard to case and punctuation.
///
/// # Errors
/// [`FactsError::Rule`] when a segment does not fit the columns.
pub fn arena(
    star: &Star,
    segments: &[(String, Rule)],
    partner_types: &[String],
    policy: &AttributionPolicy,
    as_of: Date,
) -> Result<Vec<ArenaCell>, FactsError> {
    let lens = Lens::new(star, segments, policy, as_of)?;
    let type_of: Vec<Option<usize>> = star
        .partners
        .types
        .iter()
        .map(|name| place_of(partner_types, name))
        .collect();
    let mut cells = Vec::with_capacity(segments.len() * partner_types.len());
    for (segment, (name, _)) in segments.iter().enumerate() {
        let accounts = accounts_of(&lens, segment);
        for (nth, partner_type) in partner_types.iter().enumerate() {
            cells.push(ArenaCell {
                segment: name.clone(),
                partner_type: partner_type.clone(),
                accounts: accounts.len() as u64,
                overlap: overlap(&lens, &accounts, &type_of, nth),
                partners: type_of.iter().filter(|place| **place == Some(nth)).count() as u64,
                with: Record::default(),
                without: Record::default(),
            });
        }
    }
    for deal in 0..lens.deals() {
        let segment = index(lens.segment(deal));
        let (Some(status), true) = (lens.status[deal], segment < segments.len()) else {
            continue;
        };
        let of_segment = &mut cells[segment * partner_types.len()..(segment + 1) * partner_types.len()];
        let amount = star.amount(deal).unwrap_or(0);
        if lens.is_with_partner(deal) {
            let credited = lens
                .attribution
                .partners(deal)
                .iter()
                .filter_map(|partner| type_of[index(*partner)]);
            for place in credited.collect::<BTreeSet<_>>() {
                of_segment[place].with.add(status, amount);
            }
        } else {
            for cell in of_segment {
                cell.without.add(status, amount);
            }
        }
    }
    Ok(cells)
}

pub(super) fn place_of(names: &[String], name: &str) -> Option<usize> {
    let key = name_key(name)?;
    names.iter().position(|known| name_key(known).as_ref() == Some(&key))
}

fn accounts_of(lens: &Lens<'_>, segment: usize) -> BTreeSet<usize> {
    let created = lens.star.accounts.days("created_on");
    let of_segment = lens
        .segment_of_account
        .iter()
        .enumerate()
        .filter(|(_, of)| index(**of) == segment);
    of_segment
        .map(|(account, _)| account)
        .filter(|account| created[*account] <= lens.as_of)
        .collect()
}

fn overlap(lens: &Lens<'_>, accounts: &BTreeSet<usize>, type_of: &[Option<usize>], nth: usize) -> u64 {
    let known = lens.star.overlaps.iter().filter(|overlap| overlap.as_of <= lens.as_of);
    let of_type = known.filter(|overlap| type_of.get(index(overlap.partner)).copied().flatten() == Some(nth));
    let found: BTreeSet<usize> = of_type.map(|overlap| index(overlap.account)).collect();
    found.intersection(accounts).count() as u64
}

/// How many accounts the segments take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SegmentCounts {
    /// For each segment, in the order given: how many accounts its rule takes.
    pub taken: Vec<u64>,
    /// Accounts known on the day.
    pub accounts: u64,
    /// Accounts that two or more rules take; the first counts.
    pub in_several: u64,
    /// Accounts that no rule takes.
    pub in_none: u64,
}

/// How many accounts each segment takes, and which fall in two segments or none.
///
/// # Errors
/// [`FactsError::Rule`] when a segment does not fit the columns.
pub fn segment_counts(star: &Star, segments: &[(String, Rule)], as_of: Date) -> Result<SegmentCounts, FactsError> {
    let created = star.accounts.days("created_on");
    let known = |account: &usize| created[*account] <= day_number(as_of);
    let mut times = vec![0_usize; star.accounts.rows()];
    let mut taken = Vec::with_capacity(segments.len());
    for (name, rule) in segments {
        let takes = rule
            .take(&star.accounts)
            .map_err(|error| FactsError::rule(&format!("the segment {name}"), error))?;
        let accounts = (0..times.len()).filter(known).filter(|account| takes[*account]);
        taken.push(accounts.map(|account| times[account] += 1).count() as u64);
    }
    let counted =
        |fits: fn(usize) -> bool| (0..times.len()).filter(known).filter(|row| fits(times[*row])).count() as u64;
    Ok(SegmentCounts {
        taken,
        accounts: counted(|_| true),
        in_several: counted(|times| times > 1),
        in_none: counted(|times| times == 0),
    })
}
