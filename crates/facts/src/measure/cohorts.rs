//! `cohorts`: opportunities by the month of their start, each with how long it has had and how it ended. Must not
//! estimate.

use std::collections::BTreeMap;

use beachhead_strategy::AttributionPolicy;
use jiff::civil::Date;
use serde::Serialize;

use super::lens::{Field, Lens};
use crate::catalogue::Status;
use crate::error::FactsError;
use crate::rule::Rule;
use crate::star::{NO_DAY, NO_WORD, Star, code, date_of, day_number, index, name_key};

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
    let lens = Lens::new(star, &ask.segments, &ask.policy, ask.as_of)?;
    let taken = lens.taken(ask.filter.as_ref())?;
    let (from, to) = (stage_codes(star, &ask.from)?, stage_codes(star, &ask.to)?);
    let keys = ask.by.as_ref().map(|field| lens.keys(field)).transpose()?;
    let mut found = Cohorts {
        whole: CohortGroup {
            key: String::new(),
            months: Vec::new(),
        },
        groups: Vec::new(),
        undated: 0,
        ended_before_start: 0,
        value: None,
    };
    let mut lives: Vec<Life> = Vec::new();
    let mut converted: Vec<usize> = Vec::new();
    for deal in (0..lens.deals()).filter(|deal| taken[*deal]) {
        let Some((start, end, day)) = life(&lens, deal, from.as_deref(), to.as_deref()) else {
            found.undated += 1;
            continue;
        };
        found.ended_before_start += u64::from(day < start);
        if end == Status::Won {
            converted.push(deal);
        }
        lives.push(Life {
            group: keys.as_ref().map_or(NO_WORD, |keys| keys.codes()[deal]),
            start,
            days: u32::try_from(day - start).unwrap_or(0),
            end,
        });
    }
    found.value = value_held(&lens, &converted)?;
    if let Some(keys) = &keys {
        // Two codes can share a word: partners of one type do.
        let mut groups: BTreeMap<&str, Vec<Life>> = BTreeMap::new();
        for life in &lives {
            let word = keys.words().get(index(life.group)).map_or("", String::as_str);
            groups.entry(word).or_default().push(*life);
        }
        found.groups = groups
            .into_iter()
            .map(|(key, lives)| CohortGroup {
                key: key.to_owned(),
                months: months(lives, ask),
            })
            .collect();
    }
    found.whole.months = months(lives, ask);
    Ok(found)
}

/// One opportunity, from start to end.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Life {
    start: i32,
    days: u32,
    end: Status,
    group: u32,
}

/// Start, how it stands, and the day of its end (of the question where it is open).
fn life(lens: &Lens<'_>, deal: usize, from: Option<&[bool]>, to: Option<&[bool]>) -> Option<(i32, Status, i32)> {
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
fn stage_codes(star: &Star, mark: &Mark) -> Result<Option<Vec<bool>>, FactsError> {
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
            format!("there are {}", names.join(", "))
        },
    })
}

fn months(mut lives: Vec<Life>, ask: &AskCohorts) -> Vec<CohortMonth> {
    let as_of = day_number(ask.as_of);
    lives.sort_unstable();
    let mut months: Vec<CohortMonth> = Vec::new();
    for life in lives {
        let Some(first_day) = date_of(life.start).map(Date::first_of_month) else {
            continue;
        };
        if months.last().is_none_or(|month| month.first_day != first_day) {
            let last = i64::from(day_number(first_day.last_of_month()));
            months.push(CohortMonth {
                first_day,
                is_mature: last + i64::from(ask.within_days) <= i64::from(as_of),
                waits: Vec::new(),
            });
        }
        let Some(month) = months.last_mut() else { continue };
        let wait = CohortWait {
            age_days: u32::try_from(as_of - life.start).unwrap_or(0),
            days: life.days,
            end: life.end,
            count: 1,
        };
        match month.waits.last_mut() {
            Some(last) if CohortWait { count: 1, ..*last } == wait => last.count += 1,
            _ => month.waits.push(wait),
        }
    }
    months
}

fn value_held(lens: &Lens<'_>, converted: &[usize]) -> Result<Option<ValueHeld>, FactsError> {
    let star = lens.star;
    let declared = || {
        let amount = |deal: &usize| Some((*deal, star.amount(*deal).filter(|amount| *amount > 0)?));
        converted.iter().filter_map(amount)
    };
    let Some((largest, amount_minor)) = declared().max_by_key(|(_, amount)| *amount) else {
        return Ok(None);
    };
    let largest_of = |held: BTreeMap<&str, i64>| {
        let most = held
            .iter()
            .max_by_key(|(_, amount)| **amount)
            .filter(|_| held.len() > 1)?;
        Some(Holder {
            name: (*most.0).to_owned(),
            amount_minor: *most.1,
        })
    };
    let sources = match star.opportunities.column("source") {
        Some(_) => Some(lens.keys(&Field::Column("source".into()))?),
        None => None,
    };
    let (mut by_source, mut by_partner): (BTreeMap<&str, i64>, BTreeMap<&str, i64>) = Default::default();
    let mut total_minor = 0_i64;
    for (deal, amount) in declared() {
        total_minor = total_minor.saturating_add(amount);
        if let Some(source) = sources.as_ref().and_then(|sources| sources.get(deal)) {
            let held = by_source.entry(source).or_default();
            *held = held.saturating_add(amount);
        }
        if let Some(partner) = lens.attribution.partners(deal).first() {
            let held = by_partner
                .entry(lens.partner_text(&Field::Partner, Some(*partner)))
                .or_default();
            *held = held.saturating_add(amount);
        }
    }
    Ok(Some(ValueHeld {
        total_minor,
        largest_deal: Holder {
            name: star.opportunities.shown("opportunity_id", largest),
            amount_minor,
        },
        largest_source: largest_of(by_source),
        largest_partner: largest_of(by_partner),
    }))
}
