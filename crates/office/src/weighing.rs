//! What the facts say: measures over opportunities with their rates, ranges and curves; the arena with its evidence.

use beachhead_facts::measure::{self, ArenaCell, Cell, Field, Spell, Weigh, Weighed, arena, segment_counts};
use beachhead_facts::rule::Rule;
use beachhead_facts::{Status, star::Star};
use beachhead_foresight::incidence::{self, Curve, End, aalen_johansen};
use beachhead_foresight::interval::{Rate, jeffreys, wilson};
use beachhead_strategy::bet::slug;
use beachhead_strategy::{CellState, Currency, Strategy};
use jiff::civil::Date;
use serde_json::{Map, Value, json};

use crate::actor::{Actor, Permission};
use crate::borrowing::{Borrowed, borrowed, reversals};
use crate::figures::as_real;
use crate::standing::{Facts, rules};
use crate::{Answer, Office, Refusal};

/// The level of every interval in `low` and `high`.
pub const LEVEL: f64 = 0.95;
/// The days at which the chance to have been won is said.
const CURVE_DAYS: [u32; 7] = [30, 60, 90, 120, 180, 270, 365];

/// A question to `weigh`, as typed.
#[derive(Debug, Clone, Default)]
pub struct WeighQuestion {
    /// Fields to group by; segment and partner type unless said.
    pub by: Vec<String>,
    /// A rule over opportunities and their accounts.
    pub filter: Option<String>,
    /// The day whose knowledge counts; the day the facts speak of unless said.
    pub as_of: Option<Date>,
}

/// A cell of the arena with its decision and its evidence.
#[derive(Debug, Clone)]
pub struct ArenaView {
    /// The segment's name.
    pub segment: String,
    /// The partner type.
    pub partner_type: String,
    /// What was decided.
    pub state: CellState,
    /// Why.
    pub reason: String,
    /// What would reopen it, or change our mind.
    pub would_reopen: String,
    /// What people called it.
    pub initiative: String,
    /// What the facts count; none without facts.
    pub counts: Option<ArenaCell>,
    /// Win rate of decided deals that partners of the type sourced or influenced.
    pub with: Option<Rate>,
    /// The same, and what deals are worth and how many are sourced, borrowing from its segment and its partner type.
    pub borrowed: Borrowed,
    /// Win rate of decided deals of the segment without any partner.
    pub without: Option<Rate>,
}

/// The arena as the page shows it.
#[derive(Debug, Clone, Default)]
pub struct Arena {
    /// Row by row.
    pub cells: Vec<ArenaView>,
    /// For each segment: name, rule, accounts it takes.
    pub segments: Vec<(String, String, Option<u64>)>,
    /// Accounts in two segments, and in none.
    pub overlaps_and_gaps: Option<(u64, u64)>,
    /// Where win rates turn round between all segments together and each, in sentences.
    pub notes: Vec<String>,
    /// What is wrong with the segments' rules, if something is.
    pub problem: Option<Refusal>,
}

/// A minor amount in units of its currency.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "amounts are far below 2^53 minor units")]
pub fn units(minor: i64, currency: Option<Currency>) -> f64 {
    minor as f64 / scale(currency)
}

fn scale(currency: Option<Currency>) -> f64 {
    10_f64.powi(i32::try_from(currency.unwrap_or(Currency::USD).minor_digits()).unwrap_or(2))
}

/// How a wait for a win ends, by the status of its opportunity.
pub(crate) fn end(status: Status) -> End {
    match status {
        Status::Open => End::Open,
        Status::Won => End::Won,
        Status::Lost => End::Lost,
    }
}

/// The curve of wins with losses as a competing end.
#[must_use]
pub fn curve(spells: &[Spell]) -> Curve {
    let spells: Vec<incidence::Spell> = spells
        .iter()
        .map(|spell| incidence::Spell {
            days: spell.days,
            end: end(spell.end),
            count: spell.count,
        })
        .collect();
    aalen_johansen(&spells)
}

/// Weighs a star: the measures, before anything is estimated from them.
///
/// # Errors
/// A field or a rule that does not fit the facts.
pub fn weigh(strategy: &Strategy, star: &Star, question: &WeighQuestion, as_of: Date) -> Result<Weighed, Refusal> {
    let filter = question.filter.as_deref().map(parse_rule).transpose()?;
    let weigh = Weigh {
        by: question.by.iter().map(|name| Field::parse(name)).collect(),
        filter,
        as_of,
        segments: rules(strategy)?,
        policy: strategy.attribution.clone(),
        calendar: strategy.program.calendar,
    };
    Ok(measure::weigh(star, &weigh)?)
}

/// A rule as typed.
///
/// # Errors
/// Where and what is wrong with it.
pub fn parse_rule(text: &str) -> Result<Rule, Refusal> {
    Rule::parse(text).map_err(|error| Refusal::bad_input(format!("The rule “{text}”: {error}"), error.help))
}

/// The document of `beachhead weigh --json`.
#[must_use]
pub fn document(facts: &Facts, strategy: &Strategy, as_of: Date, by: &[String], weighed: &Weighed) -> Value {
    let currency = facts.star.currency();
    let borrowed = borrowed(&weighed.cells, currency, strategy.program.calendar, as_of);
    let cells: Vec<Value> = weighed
        .cells
        .iter()
        .zip(&borrowed)
        .map(|(cell, borrowed)| cell_document(cell, by, Some(borrowed), currency))
        .collect();
    json!({
        "snapshot": facts.manifest.id,
        "as_of": as_of,
        "currency": currency.map(|currency| currency.to_string()),
        "by": by,
        "cells": cells,
        "total": cell_document(&weighed.total, &[], None, currency),
        "notes": notes(weighed),
    })
}

fn notes(weighed: &Weighed) -> Vec<String> {
    let mut notes = reversals(&weighed.cells);
    let shared = weighed.total.shared;
    if shared > 0 {
        notes.push(format!(
            "Opportunities of several partners with equal shares: {shared}. Each counts in the group of every partner, \
             with its share of the amount, and once in the total."
        ));
    }
    notes
}

fn cell_document(cell: &Cell, by: &[String], borrowed: Option<&Borrowed>, currency: Option<Currency>) -> Value {
    // The key is named as it was asked for: `sector`, even where the facts call it `industry`.
    let key: Map<String, Value> = by
        .iter()
        .zip(&cell.key)
        .map(|(name, (_, value))| (name.clone(), json!(value)))
        .collect();
    let decided = cell.won + cell.lost;
    let (rate, bayes) = (wilson(cell.won, decided, LEVEL), jeffreys(cell.won, decided, LEVEL));
    let curve = curve(&cell.spells);
    let won_cif: Vec<Value> = CURVE_DAYS
        .iter()
        .map(|day| json!({ "day": day, "p": curve.at(*day).map_or(0.0, |point| point.won) }))
        .collect();
    let quarters = cell.sourced_per_quarter.len();
    let sourced: u64 = cell.sourced_per_quarter.iter().map(|(_, n)| n).sum();
    let amounts = &cell.amount_won;
    let some = |n: u64, value: f64| (n > 0).then_some(value);
    json!({
        "key": key,
        "opportunities": cell.opportunities, "open": cell.open, "won": cell.won, "lost": cell.lost,
        "shared": cell.shared,
        "win_rate": { "rate": rate.rate, "low": rate.low, "high": rate.high, "n": decided, "method": "wilson",
            "jeffreys": [bayes.low, bayes.high] },
        "pooled": borrowed.and_then(|borrowed| borrowed.win_rate),
        "deal_size": borrowed.and_then(|borrowed| borrowed.deal_size),
        "sourcing": borrowed.and_then(|borrowed| borrowed.sourcing.as_ref()),
        "amount_won": { "n": amounts.n, "sum": units(amounts.sum_minor, currency),
            "mean": some(amounts.n, amounts.mean_minor / scale(currency)),
            "median": some(amounts.n, amounts.median_minor / scale(currency)) },
        "cycle_days": {
            "won": { "n": cell.cycle_days_won.n, "median": some(cell.cycle_days_won.n, cell.cycle_days_won.median),
                "p25": some(cell.cycle_days_won.n, cell.cycle_days_won.p25),
                "p75": some(cell.cycle_days_won.n, cell.cycle_days_won.p75) },
            "won_cif": won_cif },
        "sourced_per_quarter": if quarters == 0 { 0.0 } else { as_real(sourced) / as_real(quarters as u64) },
    })
}

impl Office {
    /// What the facts say for each cell: the document of `beachhead weigh --json`.
    pub fn weigh<'a>(&'a self, actor: &'a Actor, mut question: WeighQuestion) -> Answer<'a, Value> {
        Box::pin(async move {
            actor.must(Permission::Read)?;
            if question.by.is_empty() {
                question.by = vec!["segment".into(), "partner_type".into()];
            }
            let strategy = self.strategy_on(question.as_of).await?;
            let facts = self
                .facts_in_force(question.as_of)
                .await?
                .ok_or_else(crate::importing::no_facts)?;
            let as_of = question.as_of.unwrap_or(facts.manifest.as_of);
            crate::people::blocking(move || {
                let weighed = weigh(&strategy.strategy, &facts.star, &question, as_of)?;
                Ok(document(&facts, &strategy.strategy, as_of, &question.by, &weighed))
            })
            .await?
        })
    }
}

/// The arena: every segment with every partner type, what was decided and what the facts say.
#[must_use]
pub(crate) fn arena_of(strategy: &Strategy, facts: Option<&Facts>, as_of: Date) -> Arena {
    let counted = facts.map(|facts| counts(strategy, facts, as_of)).transpose();
    let (counted, problem) = match counted {
        Ok(counted) => (counted, None),
        Err(problem) => (None, Some(problem)),
    };
    let with = counted
        .as_ref()
        .zip(facts)
        .map(|(counted, facts)| with_partners(strategy, facts, &counted.0, as_of));
    let borrowed = with.as_ref().zip(facts).map_or_else(Vec::new, |(with, facts)| {
        borrowed(with, facts.star.currency(), strategy.program.calendar, as_of)
    });
    let cells = strategy.arena().enumerate().map(|(at, (segment, partner_type, cell))| {
        let counts = counted.as_ref().and_then(|counted| counted.0.get(at)).cloned();
        let rate = |record: &measure::Record| wilson(record.won, record.won + record.lost, LEVEL);
        ArenaView {
            segment: segment.name.clone(),
            partner_type: partner_type.to_owned(),
            state: cell.map_or(CellState::Undecided, |cell| cell.state),
            reason: cell.map_or_else(String::new, |cell| cell.reason.clone()),
            would_reopen: cell.map_or_else(String::new, |cell| {
                if cell.reopen_when.is_empty() {
                    cell.would_change_our_mind.clone()
                } else {
                    cell.reopen_when.clone()
                }
            }),
            initiative: cell.map_or_else(String::new, |cell| cell.initiative.clone()),
            with: counts.as_ref().map(|counts| rate(&counts.with)),
            without: counts.as_ref().map(|counts| rate(&counts.without)),
            borrowed: borrowed.get(at).cloned().unwrap_or_default(),
            counts,
        }
    });
    let taken = |at: usize| counted.as_ref().and_then(|counted| counted.1.taken.get(at)).copied();
    Arena {
        cells: cells.collect(),
        segments: strategy
            .segments
            .iter()
            .enumerate()
            .map(|(at, segment)| (segment.name.clone(), segment.rule.clone(), taken(at)))
            .collect(),
        overlaps_and_gaps: counted
            .as_ref()
            .map(|counted| (counted.1.in_several, counted.1.in_none)),
        notes: with.map_or_else(Vec::new, |with| reversals(&with)),
        problem,
    }
}

type Counts = (Vec<ArenaCell>, measure::SegmentCounts);

fn counts(strategy: &Strategy, facts: &Facts, as_of: Date) -> Result<Counts, Refusal> {
    let segments = rules(strategy)?;
    let cells = arena(
        &facts.star,
        &segments,
        &strategy.program.partner_types,
        &strategy.attribution,
        as_of,
    )?;
    Ok((cells, segment_counts(&facts.star, &segments, as_of)?))
}

/// For each cell of the arena, in its order, what the opportunities that its partners sourced or influenced came to.
fn with_partners(strategy: &Strategy, facts: &Facts, counts: &[ArenaCell], as_of: Date) -> Vec<Cell> {
    let question = WeighQuestion {
        by: vec!["segment".into(), "partner_type".into()],
        filter: Some("class in ('sourced', 'influenced')".into()),
        as_of: None,
    };
    let weighed = weigh(strategy, &facts.star, &question, as_of).ok();
    let cells = counts.iter().map(|count| {
        let key = vec![
            ("segment".to_owned(), count.segment.clone()),
            ("partner_type".to_owned(), count.partner_type.clone()),
        ];
        let is_it = |cell: &&Cell| {
            let same = |nth: usize| slug(&cell.key[nth].1) == slug(&key[nth].1);
            cell.key.len() == 2 && same(0) && same(1)
        };
        let found = weighed.as_ref().and_then(|weighed| weighed.cells.iter().find(is_it));
        let quarters = weighed
            .as_ref()
            .map_or(&[][..], |weighed| &weighed.total.sourced_per_quarter);
        Cell {
            won: count.with.won,
            lost: count.with.lost,
            amounts_won_minor: found.map_or_else(Vec::new, |cell| cell.amounts_won_minor.clone()),
            sourced_per_quarter: found.map_or_else(
                || quarters.iter().map(|(quarter, _)| (*quarter, 0)).collect(),
                |cell| cell.sourced_per_quarter.clone(),
            ),
            partners: count.partners,
            key,
            ..Cell::default()
        }
    });
    cells.collect()
}
