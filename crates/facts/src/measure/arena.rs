//! The arena: what the facts say for each segment and partner type, with partners and without. Must not judge a cell.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

use beachhead_strategy::AttributionPolicy;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::fold::{Measure, State};
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

/// The same, its amounts beyond any overflow, so that sums are equal in any order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Sums {
    /// By status: open, won, lost.
    counts: [u64; 3],
    amount_open: i128,
    amount_won: i128,
}

impl Sums {
    fn add(&mut self, status: Status, amount: i64) {
        let [open, won, lost] = &mut self.counts;
        match status {
            Status::Open => {
                *open += 1;
                self.amount_open += i128::from(amount);
            }
            Status::Won => {
                *won += 1;
                self.amount_won += i128::from(amount);
            }
            Status::Lost => *lost += 1,
        }
    }

    fn merge(&mut self, other: Self) {
        for (ours, theirs) in self.counts.iter_mut().zip(other.counts) {
            *ours += theirs;
        }
        self.amount_open += other.amount_open;
        self.amount_won += other.amount_won;
    }

    fn finish(self) -> Record {
        let held = |sum: i128| i64::try_from(sum).unwrap_or(if sum < 0 { i64::MIN } else { i64::MAX });
        let [open, won, lost] = self.counts;
        Record {
            opportunities: open + won + lost,
            open,
            won,
            lost,
            amount_open_minor: held(self.amount_open),
            amount_won_minor: held(self.amount_won),
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
    Ok(ArenaPlan::new(star, segments, partner_types, policy, as_of)?.answer())
}

/// A grid made ready for a star.
pub struct ArenaPlan<'s> {
    lens: Lens<'s>,
    partner_types: Vec<String>,
    /// For each partner the place of its type.
    type_of: Vec<Option<usize>>,
}

/// What is known after some rows; empty lists before the first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArenaState {
    /// By cell.
    with: Vec<Sums>,
    /// By segment.
    without: Vec<Sums>,
}

impl State for ArenaState {
    fn merge(mut self, other: Self) -> Self {
        for (ours, theirs) in [(&mut self.with, other.with), (&mut self.without, other.without)] {
            ours.resize(ours.len().max(theirs.len()), Sums::default());
            for (sums, more) in ours.iter_mut().zip(theirs) {
                sums.merge(more);
            }
        }
        self
    }
}

impl<'s> ArenaPlan<'s> {
    /// Applies segments and policy.
    ///
    /// # Errors
    /// As [`arena`].
    pub fn new(
        star: &'s Star,
        segments: &[(String, Rule)],
        partner_types: &[String],
        policy: &AttributionPolicy,
        as_of: Date,
    ) -> Result<Self, FactsError> {
        let types = star.partners.types.iter();
        Ok(Self {
            lens: Lens::new(star, segments, policy, as_of)?,
            type_of: types.map(|name| place_of(partner_types, name)).collect(),
            partner_types: partner_types.to_vec(),
        })
    }

    /// The last name of the lens is that of no segment.
    fn segments(&self) -> usize {
        self.lens.segments.len() - 1
    }
}

impl Measure for ArenaPlan<'_> {
    type State = ArenaState;
    type Answer = Vec<ArenaCell>;

    fn rows(&self) -> usize {
        self.lens.deals()
    }

    fn fold(&self, rows: Range<usize>) -> ArenaState {
        let types = self.partner_types.len();
        let mut state = ArenaState {
            with: vec![Sums::default(); self.segments() * types],
            without: vec![Sums::default(); self.segments()],
        };
        for deal in rows {
            let segment = index(self.lens.segment(deal));
            let (Some(status), true) = (self.lens.status[deal], segment < self.segments()) else {
                continue;
            };
            let amount = self.lens.star.amount(deal).unwrap_or(0);
            if !self.lens.is_with_partner(deal) {
                state.without[segment].add(status, amount);
                continue;
            }
            let partners = self.lens.attribution.partners(deal).iter();
            let credited: BTreeSet<usize> = partners.filter_map(|partner| self.type_of[index(*partner)]).collect();
            for place in credited {
                state.with[segment * types + place].add(status, amount);
            }
        }
        state
    }

    fn finish(&self, state: ArenaState) -> Vec<ArenaCell> {
        let sums = |of: &[Sums], place: usize| of.get(place).copied().unwrap_or_default().finish();
        let mut cells = Vec::with_capacity(self.segments() * self.partner_types.len());
        for (segment, name) in self.lens.segments.iter().take(self.segments()).enumerate() {
            let accounts = accounts_of(&self.lens, segment);
            for (nth, partner_type) in self.partner_types.iter().enumerate() {
                cells.push(ArenaCell {
                    segment: name.clone(),
                    partner_type: partner_type.clone(),
                    accounts: accounts.len() as u64,
                    overlap: overlap(&self.lens, &accounts, &self.type_of, nth),
                    partners: self.type_of.iter().filter(|place| **place == Some(nth)).count() as u64,
                    with: sums(&state.with, segment * self.partner_types.len() + nth),
                    without: sums(&state.without, segment),
                });
            }
        }
        cells
    }
}

pub(super) fn place_of(names: &[String], name: &str) -> Option<usize> {
    let key = name_key(name)?;
    names.iter().position(|known| name_key(known).as_ref() == Some(&key))
}

/// For each partner, whether it is of a type; types are compared without regard to case and punctuation.
pub(super) fn of_type(star: &Star, name: &str) -> Vec<bool> {
    let names = [name.to_owned()];
    let types = star.partners.types.iter();
    types.map(|of| place_of(&names, of).is_some()).collect()
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
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
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

impl State for SegmentCounts {
    fn merge(mut self, other: Self) -> Self {
        self.taken.resize(self.taken.len().max(other.taken.len()), 0);
        for (ours, theirs) in self.taken.iter_mut().zip(other.taken) {
            *ours += theirs;
        }
        Self {
            taken: self.taken,
            accounts: self.accounts + other.accounts,
            in_several: self.in_several + other.in_several,
            in_none: self.in_none + other.in_none,
        }
    }
}

/// Segments made ready to be counted; its rows are accounts.
pub struct SegmentPlan<'s> {
    created: Cow<'s, [i32]>,
    as_of: i32,
    takes: Vec<Vec<bool>>,
}

impl<'s> SegmentPlan<'s> {
    /// Applies the rules.
    ///
    /// # Errors
    /// As [`segment_counts`].
    pub fn new(star: &'s Star, segments: &[(String, Rule)], as_of: Date) -> Result<Self, FactsError> {
        let takes = segments.iter().map(|(name, rule)| {
            rule.take(&star.accounts)
                .map_err(|error| FactsError::rule(&format!("the segment {name}"), error))
        });
        Ok(Self {
            created: star.accounts.days("created_on"),
            as_of: day_number(as_of),
            takes: takes.collect::<Result<_, _>>()?,
        })
    }
}

impl Measure for SegmentPlan<'_> {
    type State = SegmentCounts;
    type Answer = SegmentCounts;

    fn rows(&self) -> usize {
        self.created.len()
    }

    fn fold(&self, rows: Range<usize>) -> SegmentCounts {
        let mut counts = SegmentCounts {
            taken: vec![0; self.takes.len()],
            ..SegmentCounts::default()
        };
        for account in rows.filter(|account| self.created[*account] <= self.as_of) {
            let mut times = 0;
            for (count, takes) in counts.taken.iter_mut().zip(&self.takes) {
                *count += u64::from(takes[account]);
                times += u64::from(takes[account]);
            }
            counts.accounts += 1;
            counts.in_several += u64::from(times > 1);
            counts.in_none += u64::from(times == 0);
        }
        counts
    }

    fn finish(&self, state: SegmentCounts) -> SegmentCounts {
        let mut state = state;
        state.taken.resize(self.takes.len(), 0);
        state
    }
}

/// How many accounts each segment takes, and which fall in two segments or none.
///
/// # Errors
/// [`FactsError::Rule`] when a segment does not fit the columns.
pub fn segment_counts(star: &Star, segments: &[(String, Rule)], as_of: Date) -> Result<SegmentCounts, FactsError> {
    Ok(SegmentPlan::new(star, segments, as_of)?.answer())
}
