//! `weigh`: what the facts say for each group of opportunities. An accumulator: `fold` rows, `merge` two states in any
//! order, `finish` into plain counts; the same bytes for any partition. Must not estimate.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use beachhead_strategy::{AttributionPolicy, Class, Cycle, CycleLength, FiscalCalendar};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::fold::{Measure, State, Tally, merged, merged_tally, tally};
use super::lens::{Field, Lens, NONE};
use crate::catalogue::Status;
use crate::error::FactsError;
use crate::limits;
use crate::rule::Rule;
use crate::star::{NO_DAY, NO_MONEY, NO_ROW, NO_WORD, Star, Words, code, date_of, day_number, index};

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
    /// Of the opportunities, those that have several credited partners and count in the group of each, where it is
    /// grouped by partner. The total counts them once.
    pub shared: u64,
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

/// Weighs on every core.
///
/// # Errors
/// [`FactsError::Rule`], [`FactsError::NoField`] and [`FactsError::TooManyFields`].
pub fn weigh(star: &Star, question: &Weigh) -> Result<Weighed, FactsError> {
    Ok(WeighPlan::new(star, question)?.answer())
}

/// A question made ready for a star.
pub struct WeighPlan<'s> {
    lens: Lens<'s>,
    by: Vec<Field>,
    keys: Vec<Key<'s>>,
    /// Whether a field tells partners apart.
    by_partner: bool,
    taken: Vec<bool>,
    calendar: FiscalCalendar,
}

/// What is known after some rows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeighState {
    /// In the order of their keys.
    cells: Vec<(Vec<String>, Sum)>,
    total: Sum,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Sum {
    /// By status.
    opportunities: [u64; 3],
    shared: u64,
    /// In order.
    amounts_won: Vec<i64>,
    /// Days times four and the place of the end.
    spells: Tally,
    sourced_on: Tally,
}

/// The rows of a group, before they are counted.
#[derive(Default)]
struct Gathered {
    opportunities: [u64; 3],
    shared: u64,
    amounts_won: Vec<i64>,
    spells: Vec<i32>,
    sourced_on: Vec<i32>,
}

/// One opportunity as a group counts it.
#[derive(Clone, Copy)]
struct Counted {
    status: Status,
    amount_won: Option<i64>,
    spell: Option<i32>,
    sourced_on: Option<i32>,
    is_shared: bool,
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
            .map(|field| Ok(Key::new(lens.keys(field)?)))
            .collect::<Result<_, FactsError>>()?;
        let taken = lens.taken(question.filter.as_ref())?;
        Ok(Self {
            lens,
            by: question.by.clone(),
            keys,
            by_partner: question.by.iter().any(is_of_partner),
            taken,
            calendar: question.calendar,
        })
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

    fn counted(&self, deal: usize) -> Option<Counted> {
        let status = self.lens.status[deal]?;
        let deals = &self.lens.star.deals;
        let sourced = self.lens.attribution.class[deal] == Class::Sourced;
        Some(Counted {
            status,
            amount_won: Some(deals.amount[deal]).filter(|amount| status == Status::Won && *amount != NO_MONEY),
            spell: spell_days(&self.lens, deal).map(|days| packed(days, status)),
            sourced_on: Some(deals.created[deal]).filter(|_| sourced),
            is_shared: self.by_partner && self.lens.attribution.partners(deal).len() > 1,
        })
    }

    /// Counts an opportunity of several partners once in each of their groups. The cents that do not divide go to the
    /// earliest partners.
    fn share(&self, deal: usize, counted: Counted, groups: &mut Groups) {
        let partners = self.lens.attribution.partners(deal);
        let count = i64::try_from(partners.len()).unwrap_or(i64::MAX);
        let mut parts: BTreeMap<u128, Option<i64>> = BTreeMap::new();
        for (nth, partner) in (0_i64..).zip(partners) {
            let part = |amount: i64| amount / count + i64::from(nth < (amount % count).abs()) * amount.signum();
            let group = parts.entry(self.combination(deal, Some(*partner))).or_default();
            *group = counted.amount_won.map(|amount| group.unwrap_or(0) + part(amount));
        }
        for (combination, amount_won) in parts {
            groups.of(combination).add(Counted { amount_won, ..counted });
        }
    }

    /// The values of an opportunity's fields as one number; of one of its partners where it is asked for.
    fn combination(&self, deal: usize, partner: Option<u32>) -> u128 {
        let fields = self.by.iter().zip(&self.keys);
        fields.fold(0, |combination, (field, key)| {
            let code = match partner {
                Some(partner) if is_of_partner(field) => partner,
                _ => key.words.codes()[deal],
            };
            combination * u128::from(key.values()) + u128::from(key.rank(code))
        })
    }

    fn values_of(&self, mut combination: u128) -> Vec<String> {
        let mut values: Vec<String> = Vec::with_capacity(self.keys.len());
        for key in self.keys.iter().rev() {
            let of = u128::from(key.values());
            values.push(key.value(u64::try_from(combination % of).unwrap_or(0)).to_owned());
            combination /= of;
        }
        values.reverse();
        values
    }

    fn in_quarters(&self) -> FiscalCalendar {
        let mut calendar = self.calendar;
        calendar.length = CycleLength::Quarter;
        calendar
    }

    fn quarters(&self, total: &Sum) -> Vec<Cycle> {
        let calendar = self.in_quarters();
        let first = total.sourced_on.first().and_then(|(day, _)| date_of(*day));
        let (Some(first), Some(last)) = (first, date_of(self.lens.as_of)) else {
            return Vec::new();
        };
        let quarters = calendar.cycles(calendar.containing(first), calendar.containing(last));
        quarters.take(limits::QUARTERS_MAX).collect()
    }
}

impl Measure for WeighPlan<'_> {
    type State = WeighState;
    type Answer = Weighed;

    fn rows(&self) -> usize {
        self.taken.len()
    }

    fn fold(&self, rows: Range<usize>) -> WeighState {
        let combinations = self
            .keys
            .iter()
            .try_fold(1_u128, |all, key| all.checked_mul(u128::from(key.values())));
        let mut groups = Groups::new(combinations.unwrap_or(u128::MAX));
        let mut total = Gathered::default();
        for deal in rows.filter(|deal| self.taken[*deal]) {
            let Some(counted) = self.counted(deal) else { continue };
            total.add(counted);
            if counted.is_shared {
                self.share(deal, counted, &mut groups);
            } else {
                groups.of(self.combination(deal, None)).add(counted);
            }
        }
        let cells = groups.found.into_iter();
        let mut cells: Vec<(Vec<String>, Sum)> = cells
            .map(|(combination, gathered)| (self.values_of(combination), gathered.sum()))
            .collect();
        cells.sort_unstable_by(|one, other| one.0.cmp(&other.0));
        WeighState {
            cells,
            total: total.sum(),
        }
    }

    fn finish(&self, state: WeighState) -> Weighed {
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
}

fn is_of_partner(field: &Field) -> bool {
    matches!(field, Field::Partner | Field::PartnerType)
}

/// A field's values in order, the missing one first, and which each opportunity has.
pub(super) struct Key<'s> {
    words: Cow<'s, Words>,
    /// For each code its value's place; two codes can share a word, as partners of one type do.
    ranks: Vec<u32>,
    /// For each place a code of its value.
    codes: Vec<u32>,
}

impl<'s> Key<'s> {
    pub(super) fn new(words: Cow<'s, Words>) -> Self {
        let word = |code: u32| words.words()[index(code)].as_str();
        let mut order: Vec<u32> = (0..code(words.words().len())).collect();
        // Words of the facts stand in order already.
        order.sort_by(|one, other| word(*one).cmp(word(*other)));
        let (mut ranks, mut codes) = (vec![0; order.len()], vec![NO_WORD]);
        let mut last = "";
        for place in order {
            if word(place) != last {
                last = word(place);
                codes.push(place);
            }
            ranks[index(place)] = code(codes.len() - 1);
        }
        Self { words, ranks, codes }
    }

    fn values(&self) -> u64 {
        self.codes.len() as u64
    }

    fn rank(&self, code: u32) -> u32 {
        self.ranks.get(index(code)).copied().unwrap_or(0)
    }

    /// The place of an opportunity's value.
    pub(super) fn rank_of(&self, deal: usize) -> u32 {
        self.rank(self.words.codes()[deal])
    }

    /// The value of a place.
    pub(super) fn value(&self, rank: u64) -> &str {
        let code = usize::try_from(rank).ok().and_then(|rank| self.codes.get(rank));
        code.and_then(|code| self.words.words().get(index(*code)))
            .map_or("", String::as_str)
    }
}

/// So many combinations of values are found by their number alone.
const DENSE_MOST: u128 = 1 << 16;

/// The groups found so far, each by its combination of values.
struct Groups {
    dense: Vec<u32>,
    sparse: HashMap<u128, u32>,
    found: Vec<(u128, Gathered)>,
}

impl Groups {
    fn new(combinations: u128) -> Self {
        let dense = if combinations <= DENSE_MOST { combinations } else { 0 };
        Self {
            dense: vec![NO_ROW; usize::try_from(dense).unwrap_or(0)],
            sparse: HashMap::new(),
            found: Vec::new(),
        }
    }

    fn of(&mut self, combination: u128) -> &mut Gathered {
        let next = code(self.found.len());
        let dense = usize::try_from(combination)
            .ok()
            .and_then(|nth| self.dense.get_mut(nth));
        let place = dense.unwrap_or_else(|| self.sparse.entry(combination).or_insert(NO_ROW));
        if *place == NO_ROW {
            *place = next;
            self.found.push((combination, Gathered::default()));
        }
        &mut self.found[index(*place)].1
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

impl State for WeighState {
    fn merge(self, other: Self) -> Self {
        let mut cells: BTreeMap<Vec<String>, Sum> = self.cells.into_iter().collect();
        for (key, sum) in other.cells {
            let ours = cells.entry(key).or_default();
            *ours = std::mem::take(ours).merge(sum);
        }
        Self {
            cells: cells.into_iter().collect(),
            total: self.total.merge(other.total),
        }
    }
}

impl Gathered {
    fn add(&mut self, counted: Counted) {
        self.opportunities[usize::from(status_place(counted.status))] += 1;
        self.shared += u64::from(counted.is_shared);
        self.amounts_won.extend(counted.amount_won);
        self.spells.extend(counted.spell);
        self.sourced_on.extend(counted.sourced_on);
    }

    fn sum(mut self) -> Sum {
        self.amounts_won.sort_unstable();
        Sum {
            opportunities: self.opportunities,
            shared: self.shared,
            amounts_won: self.amounts_won,
            spells: tally(self.spells),
            sourced_on: tally(self.sourced_on),
        }
    }
}

impl Sum {
    fn merge(self, other: Self) -> Self {
        let [open, won, lost] = other.opportunities;
        let ours = self.opportunities;
        Self {
            opportunities: [ours[0] + open, ours[1] + won, ours[2] + lost],
            shared: self.shared + other.shared,
            amounts_won: merged(self.amounts_won, other.amounts_won, i64::cmp, |_, _| false),
            spells: merged_tally(self.spells, other.spells),
            sourced_on: merged_tally(self.sourced_on, other.sourced_on),
        }
    }

    fn finish(self, key: Vec<(String, String)>, partners: u64, quarters: &[Cycle], calendar: FiscalCalendar) -> Cell {
        let spells: Vec<Spell> = self
            .spells
            .iter()
            .map(|(spell, count)| unpacked(*spell, *count))
            .collect();
        let until = |day: Date| {
            let after = self.sourced_on.partition_point(|(on, _)| *on <= day_number(day));
            self.sourced_on[..after].iter().map(|(_, count)| count).sum::<u64>()
        };
        let before = |quarter: Cycle| calendar.first_day(quarter).yesterday().map_or(0, until);
        let in_quarter = |quarter: Cycle| until(calendar.last_day(quarter)) - before(quarter);
        let [open, won, lost] = self.opportunities;
        Cell {
            key,
            opportunities: open + won + lost,
            open,
            won,
            lost,
            shared: self.shared,
            amount_won: Amounts::of(&self.amounts_won),
            amounts_won_minor: self.amounts_won,
            cycle_days_won: CycleDays::of(&spells),
            spells,
            sourced_per_quarter: quarters
                .iter()
                .map(|quarter| (*quarter, in_quarter(*quarter)))
                .collect(),
            partners,
        }
    }
}

fn packed(days: u32, end: Status) -> i32 {
    // Years are believed within three centuries: days are far below a quarter of the type.
    i32::try_from(days).unwrap_or(i32::MAX >> 2).min(i32::MAX >> 2) << 2 | i32::from(status_place(end))
}

fn unpacked(spell: i32, count: u64) -> Spell {
    let end = match spell & 3 {
        0 => Status::Open,
        1 => Status::Won,
        _ => Status::Lost,
    };
    Spell {
        days: (spell >> 2).unsigned_abs(),
        end,
        count,
    }
}

fn status_place(status: Status) -> u8 {
    match status {
        Status::Open => 0,
        Status::Won => 1,
        Status::Lost => 2,
    }
}

impl CycleDays {
    /// Of the won of these, which are in the order of their days.
    fn of(spells: &[Spell]) -> Self {
        let won = || spells.iter().filter(|spell| spell.end == Status::Won);
        let n: u64 = won().map(|spell| spell.count).sum();
        let at = |place: u64| {
            let mut before = 0;
            let found = won().find(|spell| {
                before += spell.count;
                before > place
            });
            found.map_or(0.0, |spell| f64::from(spell.days))
        };
        Self {
            n,
            median: quartile(n, 2, at),
            p25: quartile(n, 1, at),
            p75: quartile(n, 3, at),
        }
    }
}

impl Amounts {
    /// Of these, which are in order.
    fn of(amounts: &[i64]) -> Self {
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
            #[expect(clippy::cast_precision_loss, reason = "amounts are far below 2^53 minor units")]
            median_minor: quartile(amounts.len() as u64, 2, |place| {
                usize::try_from(place).map_or(0.0, |place| amounts[place] as f64)
            }),
        }
    }
}

/// The quarter-th quartile of so many ordered values, linear between neighbours; 0 when there are no values.
#[expect(clippy::cast_precision_loss, reason = "the rest of a division by four")]
fn quartile(n: u64, quarter: u64, at: impl Fn(u64) -> f64) -> f64 {
    let Some(last) = n.checked_sub(1) else {
        return 0.0;
    };
    let (place, rest) = (last * quarter / 4, last * quarter % 4);
    let low = at(place);
    if rest == 0 {
        return low;
    }
    low + (at(place + 1) - low) * rest as f64 / 4.0
}

/// The median of some days; 0 when there are none.
pub(super) fn median_days(days: Vec<i32>) -> f64 {
    let spells: Vec<Spell> = tally(days)
        .into_iter()
        .map(|(days, count)| Spell {
            days: days.unsigned_abs(),
            end: Status::Won,
            count,
        })
        .collect();
    CycleDays::of(&spells).median
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
