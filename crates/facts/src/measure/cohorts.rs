//! `cohorts`: opportunities by the month of their start, each with how long it has had and how it ended. Must not
//! estimate.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use beachhead_strategy::AttributionPolicy;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::fold::{Measure, State, merged_tally};
use super::lens::{Field, Lens};
use super::weigh::Key;
use crate::catalogue::Status;
use crate::error::FactsError;
use crate::rule::Rule;
use crate::star::{NO_DAY, Star, Words, code, date_of, day_number, index, name_key};

/// A day in the life of an opportunity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mark {
    /// Its day of creation, as a start; its win, as an end.
    Usual,
    /// The day on which it first entered a stage, by the stage history. As an end: on or after the start, and a win
    /// counts as having passed every stage.
    Stage(String),
}

/// The question.
#[derive(Debug, Clone)]
pub struct AskCohorts {
    /// What to split by, besides the whole.
    pub by: Option<Field>,
    /// Which opportunities.
    pub filter: Option<Rule>,
    /// Where the wait begins.
    pub from: Mark,
    /// Where it ends. A loss ends it too.
    pub to: Mark,
    /// Days that a conversion may take.
    pub within_days: u32,
    /// The day whose knowledge counts.
    pub as_of: Date,
    /// Names and rules of segments.
    pub segments: Vec<(String, Rule)>,
    /// What makes an opportunity sourced.
    pub policy: AttributionPolicy,
}

/// The answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Cohorts {
    /// All opportunities of the question.
    pub whole: CohortGroup,
    /// The same by the field, in the order of its values; empty without a field.
    pub groups: Vec<CohortGroup>,
    /// Opportunities without a day of start, or closed on an unknown day: left out.
    pub undated: u64,
    /// Opportunities that ended before their start. They count as ended on the day of the start.
    pub ended_before_start: u64,
    /// The amounts of the converted, where any was declared.
    pub value: Option<ValueHeld>,
}

/// Cohorts of one group.
#[derive(Debug, Clone, PartialEq)]
pub struct CohortGroup {
    /// The value of the field; empty for the whole, and where a value is missing.
    pub key: String,
    /// Months in which some started, in order.
    pub months: Vec<CohortMonth>,
}

/// Opportunities that started in one month.
#[derive(Debug, Clone, PartialEq)]
pub struct CohortMonth {
    /// The first day of the month.
    pub first_day: Date,
    /// Whether the whole window has passed for a start on the month's last day, and so for the whole month.
    pub is_mature: bool,
    /// Its opportunities.
    pub waits: Vec<CohortWait>,
}

/// So many opportunities that started on the same day and ended in the same way on the same day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CohortWait {
    /// Days from the start to the day of the question.
    pub age_days: u32,
    /// Days from the start to the end, or to the day of the question where it is open.
    pub days: u32,
    /// Won: converted. Lost: ended otherwise.
    pub end: Status,
    /// How many.
    pub count: u64,
}

/// Who holds most of the value of what converted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ValueHeld {
    /// The sum, in minor units.
    pub total_minor: i64,
    /// The largest opportunity.
    pub largest_deal: Holder,
    /// The largest source, where there are two or more.
    pub largest_source: Option<Holder>,
    /// The largest credited partner, where there are two or more.
    pub largest_partner: Option<Holder>,
}

/// A part of the value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Holder {
    /// An opportunity's id, a source, a partner's name.
    pub name: String,
    /// What it holds, in minor units.
    pub amount_minor: i64,
}

/// Counts opportunities by month of start.
///
/// # Errors
/// [`FactsError::Rule`], [`FactsError::NoField`], [`FactsError::NoStage`].
pub fn cohorts(star: &Star, ask: &AskCohorts) -> Result<Cohorts, FactsError> {
    Ok(CohortsPlan::new(star, ask)?.answer())
}

/// A question made ready for a star.
pub struct CohortsPlan<'s> {
    lens: Lens<'s>,
    taken: Vec<bool>,
    from: Option<Vec<bool>>,
    to: Option<Vec<bool>>,
    keys: Option<Key<'s>>,
    sources: Option<Cow<'s, Words>>,
    within_days: u32,
}

/// What is known after some rows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CohortsState {
    whole: Lives,
    /// In the order of their keys.
    groups: Vec<(String, Lives)>,
    undated: u64,
    ended_before_start: u64,
    held: Held,
}

/// How many had each life, in the order of the lives.
type Lives = Vec<(Life, u64)>;

/// The declared amounts of the converted; all are above zero.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Held {
    total_minor: i64,
    /// The largest amount and the last opportunity that has it.
    largest: Option<(i64, u32)>,
    by_source: BTreeMap<String, i64>,
    by_partner: BTreeMap<String, i64>,
}

/// One opportunity, from start to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Life {
    start: i32,
    days: u32,
    end: Status,
}

impl<'s> CohortsPlan<'s> {
    /// Looks the columns and stages up and applies segments, policy and filter.
    ///
    /// # Errors
    /// As [`cohorts`].
    pub fn new(star: &'s Star, ask: &AskCohorts) -> Result<Self, FactsError> {
        let lens = Lens::new(star, &ask.segments, &ask.policy, ask.as_of)?;
        let keys = ask.by.as_ref().map(|field| lens.keys(field)).transpose()?;
        let sources = match star.opportunities.column("source") {
            Some(_) => Some(lens.keys(&Field::Column("source".into()))?),
            None => None,
        };
        Ok(Self {
            taken: lens.taken(ask.filter.as_ref())?,
            from: stage_codes(star, &ask.from)?,
            to: stage_codes(star, &ask.to)?,
            keys: keys.map(Key::new),
            sources,
            within_days: ask.within_days,
            lens,
        })
    }

    fn months(&self, lives: &Lives) -> Vec<CohortMonth> {
        let as_of = self.lens.as_of;
        let mut months: Vec<CohortMonth> = Vec::new();
        for (life, count) in lives {
            let Some(first_day) = date_of(life.start).map(Date::first_of_month) else {
                continue;
            };
            if months.last().is_none_or(|month| month.first_day != first_day) {
                let last = i64::from(day_number(first_day.last_of_month()));
                months.push(CohortMonth {
                    first_day,
                    is_mature: last + i64::from(self.within_days) <= i64::from(as_of),
                    waits: Vec::new(),
                });
            }
            let Some(month) = months.last_mut() else { continue };
            month.waits.push(CohortWait {
                age_days: u32::try_from(as_of - life.start).unwrap_or(0),
                days: life.days,
                end: life.end,
                count: *count,
            });
        }
        months
    }

    fn hold(&self, deal: usize, held: &mut Held) {
        let Some(amount) = self.lens.star.amount(deal).filter(|amount| *amount > 0) else {
            return;
        };
        held.total_minor = held.total_minor.saturating_add(amount);
        held.largest = held.largest.max(Some((amount, code(deal))));
        let source = self.sources.as_ref().and_then(|sources| sources.get(deal));
        let partner = self.lens.attribution.partners(deal).first();
        let partner = partner.map(|partner| self.lens.partner_text(&Field::Partner, Some(*partner)));
        for (of, name) in [(&mut held.by_source, source), (&mut held.by_partner, partner)] {
            let Some(name) = name else { continue };
            match of.get_mut(name) {
                Some(sum) => *sum = sum.saturating_add(amount),
                None => {
                    of.insert(name.to_owned(), amount);
                }
            }
        }
    }
}

impl Measure for CohortsPlan<'_> {
    type State = CohortsState;
    type Answer = Cohorts;

    fn rows(&self) -> usize {
        self.taken.len()
    }

    fn fold(&self, rows: Range<usize>) -> CohortsState {
        let mut state = CohortsState::default();
        let mut whole: Vec<Life> = Vec::new();
        let mut groups: BTreeMap<u32, Vec<Life>> = BTreeMap::new();
        for deal in rows.filter(|deal| self.taken[*deal]) {
            let Some((start, end, day)) = life(&self.lens, deal, self.from.as_deref(), self.to.as_deref()) else {
                state.undated += 1;
                continue;
            };
            state.ended_before_start += u64::from(day < start);
            if end == Status::Won {
                self.hold(deal, &mut state.held);
            }
            let days = u32::try_from(day - start).unwrap_or(0);
            let life = Life { start, days, end };
            whole.push(life);
            if let Some(key) = &self.keys {
                groups.entry(key.rank_of(deal)).or_default().push(life);
            }
        }
        state.whole = counted(whole);
        if let Some(key) = &self.keys {
            // Ranks are in the order of their values.
            let value = |rank: u32| key.value(u64::from(rank)).to_owned();
            state.groups = groups
                .into_iter()
                .map(|(rank, lives)| (value(rank), counted(lives)))
                .collect();
        }
        state
    }

    fn finish(&self, state: CohortsState) -> Cohorts {
        let group = |key: String, lives: &Lives| CohortGroup {
            key,
            months: self.months(lives),
        };
        Cohorts {
            whole: group(String::new(), &state.whole),
            groups: state
                .groups
                .into_iter()
                .map(|(key, lives)| group(key, &lives))
                .collect(),
            undated: state.undated,
            ended_before_start: state.ended_before_start,
            value: state.held.finish(self.lens.star),
        }
    }
}

fn counted(mut lives: Vec<Life>) -> Lives {
    lives.sort_unstable();
    let runs = lives.chunk_by(|one, other| one == other);
    runs.map(|run| (run[0], run.len() as u64)).collect()
}

impl State for CohortsState {
    fn merge(self, other: Self) -> Self {
        let mut groups: BTreeMap<String, Lives> = self.groups.into_iter().collect();
        for (key, lives) in other.groups {
            let ours = groups.entry(key).or_default();
            *ours = merged_tally(std::mem::take(ours), lives);
        }
        Self {
            whole: merged_tally(self.whole, other.whole),
            groups: groups.into_iter().collect(),
            undated: self.undated + other.undated,
            ended_before_start: self.ended_before_start + other.ended_before_start,
            held: self.held.merge(other.held),
        }
    }
}

impl Held {
    // Sums of amounts above zero that stop at the bound are the same in any order.
    fn merge(mut self, other: Self) -> Self {
        for (ours, theirs) in [
            (&mut self.by_source, other.by_source),
            (&mut self.by_partner, other.by_partner),
        ] {
            for (name, amount) in theirs {
                let sum = ours.entry(name).or_default();
                *sum = sum.saturating_add(amount);
            }
        }
        self.total_minor = self.total_minor.saturating_add(other.total_minor);
        self.largest = self.largest.max(other.largest);
        self
    }

    fn finish(self, star: &Star) -> Option<ValueHeld> {
        let largest_of = |held: BTreeMap<String, i64>| {
            let several = held.len() > 1;
            let most = held.into_iter().max_by_key(|(_, amount)| *amount).filter(|_| several)?;
            Some(Holder {
                name: most.0,
                amount_minor: most.1,
            })
        };
        let (amount_minor, deal) = self.largest?;
        Some(ValueHeld {
            total_minor: self.total_minor,
            largest_deal: Holder {
                name: star.opportunities.shown("opportunity_id", index(deal)),
                amount_minor,
            },
            largest_source: largest_of(self.by_source),
            largest_partner: largest_of(self.by_partner),
        })
    }
}

/// Start, how it stands, and the day of its end (of the question where it is open).
pub(super) fn life(
    lens: &Lens<'_>,
    deal: usize,
    from: Option<&[bool]>,
    to: Option<&[bool]>,
) -> Option<(i32, Status, i32)> {
    let (star, status) = (lens.star, lens.status[deal]?);
    let entered = |stages: &[bool], since: i32| {
        star.stages
            .entries(code(deal))
            .find(|(day, stage)| stages[index(*stage)] && (since..=lens.as_of).contains(day))
            .map(|(day, _)| day)
    };
    let start = match from {
        Some(stages) => entered(stages, NO_DAY + 1)?,
        None => star.deals.created[deal],
    };
    if start == NO_DAY {
        return None;
    }
    if let Some(day) = to.and_then(|stages| entered(stages, start)) {
        return Some((start, Status::Won, day));
    }
    match status {
        Status::Open => Some((start, Status::Open, lens.as_of)),
        ended => Some((start, ended, star.deals.closed[deal])).filter(|(_, _, day)| *day != NO_DAY),
    }
}

/// Which codes of the stage history mean a stage; none for the usual mark.
pub(super) fn stage_codes(star: &Star, mark: &Mark) -> Result<Option<Vec<bool>>, FactsError> {
    let Mark::Stage(name) = mark else { return Ok(None) };
    let key = name_key(name);
    let names = star.stages.names();
    let fits: Vec<bool> = names.iter().map(|other| name_key(other) == key).collect();
    if fits.contains(&true) {
        return Ok(Some(fits));
    }
    Err(FactsError::NoStage {
        name: name.clone(),
        known: if names.is_empty() {
            "no stage history has been imported (a table of opportunity, stage and the day it was entered)".to_owned()
        } else {
            format!("there are {}", star.stages.in_order().join(", "))
        },
    })
}
