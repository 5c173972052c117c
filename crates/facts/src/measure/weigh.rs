//! `weigh`: what the facts say for each group of opportunities. An accumulator: `fold` rows, `merge` two states in any
//! order, `finish` into plain counts; the same bytes for any partition. Must not estimate.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use beachhead_strategy::{AttributionPolicy, Class, Cycle, CycleLength, FiscalCalendar};
use jiff::civil::Date;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::lens::{Field, Lens, NONE};
use crate::catalogue::Status;
use crate::error::FactsError;
use crate::limits;
use crate::rule::Rule;
use crate::star::{NO_DAY, NO_MONEY, NO_WORD, Star, Words, date_of, day_number};

/// Opportunities that one task folds.
const CHUNK: usize = 65_536;

/// The question.
#[derive(Debug, Clone)]
pub struct Weigh {
    /// What to group by, at most [`limits::WEIGH_FIELDS_MAX`] fields; with none there is one cell.
    pub by: Vec<Field>,
    /// Which opportunities: a rule over their columns, those of their accounts, and the names of [`Field`].
    pub filter: Option<Rule>,
    /// The day whose knowledge counts.
    pub as_of: Date,
    /// Names and rules of segments; the first that takes an account is its segment.
    pub segments: Vec<(String, Rule)>,
    /// What makes an opportunity sourced.
    pub policy: AttributionPolicy,
    /// Whose quarters are counted.
    pub calendar: FiscalCalendar,
}

/// The answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Weighed {
    /// The groups, in the order of their keys.
    pub cells: Vec<Cell>,
    /// All opportunities of the question, each once.
    pub total: Cell,
}

/// One group of opportunities. Under equal shares an opportunity counts in the group of each credited partner, with
/// its share of the amount.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Cell {
    /// Field and value; a missing value is empty.
    pub key: Vec<(String, String)>,
    /// All of them.
    pub opportunities: u64,
    /// Neither won nor lost.
    pub open: u64,
    /// Won.
    pub won: u64,
    /// Lost.
    pub lost: u64,
    /// Amounts of the won.
    pub amount_won: Amounts,
    /// The same one by one, in minor units, in order.
    pub amounts_won_minor: Vec<i64>,
    /// Days from creation to close of the won.
    pub cycle_days_won: CycleDays,
    /// Every opportunity that has a day of creation, by its length and end.
    pub spells: Vec<Spell>,
    /// Sourced opportunities by quarter of creation, from the first quarter that has any to the quarter of the day.
    pub sourced_per_quarter: Vec<(Cycle, u64)>,
    /// Partners that could source an opportunity of the group: those of its partner type where it is grouped by that,
    /// one where it is grouped by partner, none of the group without a partner, and otherwise all.
    pub partners: u64,
}

/// Amounts in minor units; those that are missing do not count.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Amounts {
    /// How many.
    pub n: u64,
    /// Their sum; held at the bounds of its type.
    pub sum_minor: i64,
    /// Their mean; 0 when there are none.
    pub mean_minor: f64,
    /// The exact median, the mean of the middle two of an even number; 0 when there are none.
    pub median_minor: f64,
}

/// Lengths in days, with quantiles interpolated linearly between neighbours (Hyndman and Fan 1996, type 7).
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct CycleDays {
    /// How many.
    pub n: u64,
    /// The median; 0 when there are none.
    pub median: f64,
    /// A quarter took no longer.
    pub p25: f64,
    /// Three quarters took no longer.
    pub p75: f64,
}

/// Opportunities that took so many days from creation to this end; open ones to the day of the question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Spell {
    /// Whole days.
    pub days: u32,
    /// How it ended; open ones are censored.
    pub end: Status,
    /// How many.
    pub count: u64,
}

/// Weighs on every core, merging in a fixed order.
///
/// # Errors
/// [`FactsError::Rule`], [`FactsError::NoField`] and [`FactsError::TooManyFields`].
pub fn weigh(star: &Star, question: &Weigh) -> Result<Weighed, FactsError> {
    let plan = WeighPlan::new(star, question)?;
    let chunks: Vec<usize> = (0..plan.rows()).step_by(CHUNK).collect();
    let states: Vec<WeighState> = chunks
        .into_par_iter()
        .map(|from| plan.fold(from..plan.rows().min(from + CHUNK)))
        .collect();
    let whole = states.into_iter().fold(WeighState::default(), WeighState::merge);
    Ok(plan.finish(whole))
}

/// A question made ready for a star.
pub struct WeighPlan<'s> {
    lens: Lens<'s>,
    by: Vec<Field>,
    keys: Vec<Words>,
    taken: Vec<bool>,
    calendar: FiscalCalendar,
}

/// What is known after some rows. Its serialized form is stable and the same for any order of folding.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct WeighState {
    cells: Vec<(Vec<String>, Sum)>,
    total: Sum,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Sum {
    /// By status.
    opportunities: [u64; 3],
    amounts_won: Vec<i64>,
    /// Days times four and the place of the end: sorted faster than pairs.
    spells: Vec<u32>,
    sourced_on: Vec<i32>,
}

/// One opportunity as a group counts it.
#[derive(Clone, Copy)]
struct Counted {
    status: Status,
    amount_won: Option<i64>,
    spell_days: Option<u32>,
    sourced_on: Option<i32>,
}

impl<'s> WeighPlan<'s> {
    /// Looks the columns up and applies segments, policy and filter.
    ///
    /// # Errors
    /// As [`weigh`].
    pub fn new(star: &'s Star, question: &Weigh) -> Result<Self, FactsError> {
        if question.by.len() > limits::WEIGH_FIELDS_MAX {
            return Err(FactsError::TooManyFields {
                asked: question.by.len(),
                most: limits::WEIGH_FIELDS_MAX,
            });
        }
        let lens = Lens::new(star, &question.segments, &question.policy, question.as_of)?;
        let keys = question
            .by
            .iter()
            .map(|field| Ok(lens.keys(field)?.into_owned()))
            .collect::<Result<_, FactsError>>()?;
        let taken = lens.taken(question.filter.as_ref())?;
        Ok(Self {
            lens,
            by: question.by.clone(),
            keys,
            taken,
            calendar: question.calendar,
        })
    }

    /// How many opportunities there are to fold.
    pub fn rows(&self) -> usize {
        self.taken.len()
    }

    /// Counts a range of opportunities.
    pub fn fold(&self, rows: Range<usize>) -> WeighState {
        let mut places: HashMap<[u32; limits::WEIGH_FIELDS_MAX], usize> = HashMap::new();
        let mut cells: Vec<(Vec<String>, Sum)> = Vec::new();
        let mut shared: BTreeMap<Vec<String>, Sum> = BTreeMap::new();
        let mut total = Sum::default();
        for deal in rows.filter(|deal| self.taken[*deal]) {
            let Some(counted) = self.counted(deal) else { continue };
            total.add(counted);
            if self.is_shared(deal) {
                self.share(deal, counted, &mut shared);
                continue;
            }
            let mut codes = [NO_WORD; limits::WEIGH_FIELDS_MAX];
            for (code, words) in codes.iter_mut().zip(&self.keys) {
                *code = words.codes()[deal];
            }
            let place = *places.entry(codes).or_insert_with(|| {
                cells.push((self.key(deal), Sum::default()));
                cells.len() - 1
            });
            cells[place].1.add(counted);
        }
        cells.sort_by(|one, other| one.0.cmp(&other.0));
        let state = WeighState { cells, total };
        state.merge(WeighState {
            cells: shared.into_iter().collect(),
            total: Sum::default(),
        })
    }

    /// The plain answer.
    pub fn finish(&self, state: WeighState) -> Weighed {
        let quarters = self.quarters(&state.total);
        let cell = |(values, sum): (Vec<String>, Sum)| {
            let key = self.by.iter().map(Field::to_string).zip(values);
            let key: Vec<(String, String)> = key.collect();
            let partners = self.partners(&key);
            sum.finish(key, partners, &quarters, self.in_quarters())
        };
        let total = cell((Vec::new(), state.total));
        Weighed {
            cells: state.cells.into_iter().map(cell).collect(),
            total,
        }
    }

    fn partners(&self, key: &[(String, String)]) -> u64 {
        let value = |asked: Field| {
            let place = self.by.iter().position(|field| *field == asked);
            place.and_then(|place| key.get(place)).map(|(_, value)| value.as_str())
        };
        let types = &self.lens.star.partners.types;
        match (value(Field::Partner), value(Field::PartnerType)) {
            (Some(NONE), _) | (_, Some(NONE)) => 0,
            (Some(_), _) => 1,
            (None, Some(of)) => types.iter().filter(|other| *other == of).count() as u64,
            (None, None) => types.len() as u64,
        }
    }

    fn key(&self, deal: usize) -> Vec<String> {
        self.keys
            .iter()
            .map(|words| words.get(deal).unwrap_or_default().to_owned())
            .collect()
    }

    fn counted(&self, deal: usize) -> Option<Counted> {
        let status = self.lens.status[deal]?;
        let deals = &self.lens.star.deals;
        let sourced = self.lens.attribution.class[deal] == Class::Sourced;
        Some(Counted {
            status,
            amount_won: Some(deals.amount[deal]).filter(|amount| status == Status::Won && *amount != NO_MONEY),
            spell_days: spell_days(&self.lens, deal),
            sourced_on: Some(deals.created[deal]).filter(|_| sourced),
        })
    }

    fn is_shared(&self, deal: usize) -> bool {
        self.lens.attribution.partners(deal).len() > 1
            && self
                .by
                .iter()
                .any(|field| matches!(field, Field::Partner | Field::PartnerType))
    }

    /// Counts an opportunity of several partners once in each of their groups. The cents that do not divide go to the
    /// earliest partners.
    fn share(&self, deal: usize, counted: Counted, cells: &mut BTreeMap<Vec<String>, Sum>) {
        let partners = self.lens.attribution.partners(deal);
        let count = i64::try_from(partners.len()).unwrap_or(i64::MAX);
        let mut groups: BTreeMap<Vec<String>, Option<i64>> = BTreeMap::new();
        for (nth, partner) in (0_i64..).zip(partners) {
            let mut key = self.key(deal);
            for (value, field) in key.iter_mut().zip(&self.by) {
                if matches!(field, Field::Partner | Field::PartnerType) {
                    *value = self.lens.partner_text(field, Some(*partner)).to_owned();
                }
            }
            let part = |amount: i64| amount / count + i64::from(nth < (amount % count).abs()) * amount.signum();
            let group = groups.entry(key).or_default();
            *group = counted.amount_won.map(|amount| group.unwrap_or(0) + part(amount));
        }
        for (key, amount_won) in groups {
            cells.entry(key).or_default().add(Counted { amount_won, ..counted });
        }
    }

    fn in_quarters(&self) -> FiscalCalendar {
        let mut calendar = self.calendar;
        calendar.length = CycleLength::Quarter;
        calendar
    }

    fn quarters(&self, total: &Sum) -> Vec<Cycle> {
        let calendar = self.in_quarters();
        let first = total.sourced_on.iter().min().and_then(|day| date_of(*day));
        let (Some(first), Some(last)) = (first, date_of(self.lens.as_of)) else {
            return Vec::new();
        };
        let quarters = calendar.cycles(calendar.containing(first), calendar.containing(last));
        quarters.take(limits::QUARTERS_MAX).collect()
    }
}

/// Days from creation to close, or to the day of the question; `None` without a creation or when closed before it.
pub(super) fn spell_days(lens: &Lens<'_>, deal: usize) -> Option<u32> {
    let deals = &lens.star.deals;
    let end = match lens.status[deal]? {
        Status::Open => lens.as_of,
        _ => deals.closed[deal],
    };
    if deals.created[deal] == NO_DAY || end == NO_DAY {
        return None;
    }
    u32::try_from(end - deals.created[deal]).ok()
}

impl WeighState {
    /// The state of the rows of both; in any order.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        // Partners of one type share its word and not its code, so that a key can come twice from one side too.
        let mut cells: BTreeMap<Vec<String>, Sum> = BTreeMap::new();
        for (key, sum) in self.cells.into_iter().chain(other.cells) {
            cells.entry(key).or_default().merge(sum);
        }
        let mut total = self.total;
        total.merge(other.total);
        Self {
            cells: cells.into_iter().collect(),
            total,
        }
    }

    /// The same for any order of folding and merging.
    #[must_use]
    pub fn in_order(mut self) -> Self {
        for sum in self.cells.iter_mut().map(|(_, sum)| sum).chain([&mut self.total]) {
            sum.sort();
        }
        self
    }
}

impl Sum {
    fn add(&mut self, counted: Counted) {
        self.opportunities[usize::from(status_place(counted.status))] += 1;
        self.amounts_won.extend(counted.amount_won);
        self.spells
            .extend(counted.spell_days.map(|days| packed(days, counted.status)));
        self.sourced_on.extend(counted.sourced_on);
    }

    fn merge(&mut self, other: Self) {
        for (ours, theirs) in self.opportunities.iter_mut().zip(other.opportunities) {
            *ours += theirs;
        }
        self.amounts_won.extend(other.amounts_won);
        self.spells.extend(other.spells);
        self.sourced_on.extend(other.sourced_on);
    }

    fn sort(&mut self) {
        self.amounts_won.sort_unstable();
        self.spells.sort_unstable();
        self.sourced_on.sort_unstable();
    }

    fn finish(
        mut self,
        key: Vec<(String, String)>,
        partners: u64,
        quarters: &[Cycle],
        calendar: FiscalCalendar,
    ) -> Cell {
        self.amounts_won.sort_unstable();
        self.spells.sort_unstable();
        self.sourced_on.sort_unstable();
        let mut spells: Vec<Spell> = Vec::new();
        let mut won_days: Vec<i64> = Vec::new();
        for (days, end) in self.spells.into_iter().map(unpacked) {
            if end == Status::Won {
                won_days.push(i64::from(days));
            }
            match spells.last_mut().filter(|last| (last.days, last.end) == (days, end)) {
                Some(last) => last.count += 1,
                None => spells.push(Spell { days, end, count: 1 }),
            }
        }
        let until = |day: Date| self.sourced_on.partition_point(|on| *on <= day_number(day)) as u64;
        let before = |quarter: Cycle| calendar.first_day(quarter).yesterday().map_or(0, until);
        let in_quarter = |quarter: Cycle| until(calendar.last_day(quarter)) - before(quarter);
        let [open, won, lost] = self.opportunities;
        Cell {
            key,
            opportunities: open + won + lost,
            open,
            won,
            lost,
            amount_won: Amounts::of(&mut self.amounts_won),
            amounts_won_minor: self.amounts_won,
            cycle_days_won: CycleDays {
                n: won_days.len() as u64,
                median: quantile(&mut won_days, 2),
                p25: quantile(&mut won_days, 1),
                p75: quantile(&mut won_days, 3),
            },
            spells,
            sourced_per_quarter: quarters
                .iter()
                .map(|quarter| (*quarter, in_quarter(*quarter)))
                .collect(),
            partners,
        }
    }
}

fn packed(days: u32, end: Status) -> u32 {
    (days << 2) | u32::from(status_place(end))
}

fn unpacked(spell: u32) -> (u32, Status) {
    let end = match spell & 3 {
        0 => Status::Open,
        1 => Status::Won,
        _ => Status::Lost,
    };
    (spell >> 2, end)
}

fn status_place(status: Status) -> u8 {
    match status {
        Status::Open => 0,
        Status::Won => 1,
        Status::Lost => 2,
    }
}

impl Amounts {
    fn of(amounts: &mut [i64]) -> Self {
        if amounts.is_empty() {
            return Self::default();
        }
        let sum: i128 = amounts.iter().map(|amount| i128::from(*amount)).sum();
        let bounded = sum.clamp(i128::from(i64::MIN), i128::from(i64::MAX));
        Self {
            n: amounts.len() as u64,
            sum_minor: i64::try_from(bounded).unwrap_or(i64::MAX),
            #[expect(
                clippy::cast_precision_loss,
                reason = "a mean is shown with fewer digits than this keeps"
            )]
            mean_minor: sum as f64 / amounts.len() as f64,
            median_minor: quantile(amounts, 2),
        }
    }
}

/// The quarter-th quartile, linear between neighbours; 0 when there are no values. Leaves the values in another order.
#[expect(
    clippy::cast_precision_loss,
    reason = "the values are days, or amounts far below 2^53 minor units"
)]
pub(super) fn quantile(values: &mut [i64], quarter: usize) -> f64 {
    let Some(last) = values.len().checked_sub(1) else {
        return 0.0;
    };
    let (place, rest) = (last * quarter / 4, last * quarter % 4);
    let (_, low, above) = values.select_nth_unstable(place);
    let low = *low as f64;
    let high = above.iter().min().map_or(low, |high| *high as f64);
    low + (high - low) * rest as f64 / 4.0
}

/// Won opportunities of one quarter of close.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WonQuarter {
    /// The quarter.
    pub quarter: Cycle,
    /// How many.
    pub won: u64,
    /// Their amounts, in minor units.
    pub amount_minor: i64,
}

/// Won opportunities by quarter of close; quarters without any are left out. Grouping fields are not looked at.
///
/// # Errors
/// As [`weigh`].
pub fn won_by_quarter(star: &Star, question: &Weigh) -> Result<Vec<WonQuarter>, FactsError> {
    let plan = WeighPlan::new(
        star,
        &Weigh {
            by: Vec::new(),
            ..question.clone()
        },
    )?;
    let calendar = plan.in_quarters();
    let mut days: BTreeMap<i32, (u64, i64)> = BTreeMap::new();
    for deal in (0..plan.rows()).filter(|deal| plan.taken[*deal] && plan.lens.status[*deal] == Some(Status::Won)) {
        let day = days.entry(star.deals.closed[deal]).or_default();
        day.0 += 1;
        day.1 = day.1.saturating_add(star.amount(deal).unwrap_or(0));
    }
    let mut quarters: BTreeMap<Cycle, (u64, i64)> = BTreeMap::new();
    for (day, (won, amount)) in days {
        if let Some(date) = date_of(day) {
            let quarter = quarters.entry(calendar.containing(date)).or_default();
            *quarter = (quarter.0 + won, quarter.1.saturating_add(amount));
        }
    }
    let rows = quarters.into_iter();
    Ok(rows
        .map(|(quarter, (won, amount_minor))| WonQuarter {
            quarter,
            won,
            amount_minor,
        })
        .collect())
}

/// Opportunities whose whole window has passed, and those of them that were won within it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Within {
    /// Created at least the window before the day of the question.
    pub n: u64,
    /// Won within the window.
    pub won: u64,
}

/// How many mature opportunities were won within so many days of creation. Grouping fields are not looked at.
///
/// # Errors
/// As [`weigh`].
pub fn within(star: &Star, question: &Weigh, days: u32) -> Result<Within, FactsError> {
    let plan = WeighPlan::new(
        star,
        &Weigh {
            by: Vec::new(),
            ..question.clone()
        },
    )?;
    let as_of = i64::from(day_number(question.as_of));
    let created = |deal: &usize| star.deals.created[*deal];
    let mature = |deal: &usize| created(deal) != NO_DAY && i64::from(created(deal)) + i64::from(days) <= as_of;
    let won = |deal: &usize| {
        plan.lens.status[*deal] == Some(Status::Won) && spell_days(&plan.lens, *deal).is_some_and(|spell| spell <= days)
    };
    let taken = || (0..plan.rows()).filter(|deal| plan.taken[*deal]).filter(mature);
    Ok(Within {
        n: taken().count() as u64,
        won: taken().filter(won).count() as u64,
    })
}
