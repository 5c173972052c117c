//! The matrix: our customers, open opportunities and prospects against theirs, what is at stake in each cell, what to do
//! there, and what can be given back. Must not decide which pairs are the same.

use std::collections::{BTreeMap, BTreeSet};

use beachhead_mapping::bands::Bands;
use beachhead_mapping::populations::Overlap;
use beachhead_strategy::Currency;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::Population;
use super::settled::{Pair, Settled};
use super::within::Laid;
use crate::actor::{Actor, Permission};
use crate::weighing::units;
use crate::{Answer, Office};

/// Which way a play goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// They can help us.
    Ask,
    /// Both gain.
    Together,
    /// We can help them.
    Give,
}

/// What to do in a cell unless somebody knows better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Play {
    /// In a few words, as a target names it.
    pub name: &'static str,
    /// Which way it goes.
    pub direction: Direction,
    /// Why, in a sentence.
    pub why: &'static str,
    /// The next step on an account.
    pub next_step: &'static str,
}

const fn play(name: &'static str, direction: Direction, why: &'static str, next_step: &'static str) -> Play {
    Play {
        name,
        direction,
        why,
        next_step,
    }
}

/// The default plays: rows are ours, columns theirs, in the order of [`Population::ALL`].
pub const PLAYS: [[Play; 3]; 3] = [
    [
        play(
            "Grow a joint customer",
            Direction::Together,
            "Both serve them: plan what they could use together.",
            "Agree with the partner on what to offer them together",
        ),
        play(
            "Vouch for them",
            Direction::Give,
            "They are selling to our customer: a word from us helps them.",
            "Offer the partner a reference or an introduction",
        ),
        play(
            "Offer an introduction",
            Direction::Give,
            "They want to reach our customer: this is what we can give back.",
            "Offer the partner an introduction",
        ),
    ],
    [
        play(
            "Ask for an introduction now",
            Direction::Ask,
            "Their customer is in our pipeline: ask who to speak to, and for a word from them.",
            "Ask the partner for an introduction",
        ),
        play(
            "Sell together",
            Direction::Together,
            "Both are selling there now: agree who goes first.",
            "Compare notes with the partner's account owner",
        ),
        play(
            "Share what we know",
            Direction::Give,
            "We are in a conversation that they have not begun.",
            "Tell the partner what we know of them",
        ),
    ],
    [
        play(
            "Ask who to reach",
            Direction::Ask,
            "Their customer is not in our pipeline yet: ask for a way in.",
            "Ask the partner who decides there",
        ),
        play(
            "Go in with them",
            Direction::Ask,
            "They are selling to somebody we want: ask to be brought along.",
            "Ask the partner to bring us into the next meeting",
        ),
        play(
            "Reach out together",
            Direction::Together,
            "Neither is there yet: one invitation from both reaches further than two.",
            "Put them on the list of a joint event",
        ),
    ],
];

/// Open pipeline, as far as its amounts are known.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Money {
    /// Units of the program's currency.
    pub units: f64,
    /// Open opportunities.
    pub open: u64,
    /// Those of them with an amount.
    pub priced: u64,
}

impl Money {
    /// What is open on some of our records, each counted once.
    pub(crate) fn of(laid: &Laid, ours: impl Iterator<Item = u32>) -> Self {
        let ours: BTreeSet<u32> = ours.collect();
        let (mut minor, mut money) = (0_i64, Self::default());
        for open in ours.iter().filter_map(|ours| laid.ours.pipelines.get(*ours as usize)) {
            minor = minor.saturating_add(open.minor);
            money.open += u64::from(open.open);
            money.priced += u64::from(open.priced);
        }
        money.units = units(minor, laid.facts.star.currency());
        money
    }
}

/// A cell of the matrix, or all of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CellView {
    /// Companies, our records and theirs.
    pub count: Overlap,
    /// Companies that stand more than once in our list.
    pub more_of_ours: usize,
    /// Companies that stand more than once in theirs.
    pub more_of_theirs: usize,
    /// Our open pipeline there.
    pub pipeline: Money,
}

impl CellView {
    fn new(settled: &Settled, count: Overlap, pairs: &[&Pair]) -> Self {
        let mut records: BTreeMap<usize, (BTreeSet<u32>, BTreeSet<u32>)> = BTreeMap::new();
        for pair in pairs {
            if let Some(company) = settled.companies.ours.get(&pair.one.ours) {
                let (ours, theirs) = records.entry(*company).or_default();
                ours.insert(pair.one.ours);
                theirs.insert(pair.one.theirs);
            }
        }
        Self {
            count,
            more_of_ours: records.values().filter(|both| both.0.len() > 1).count(),
            more_of_theirs: records.values().filter(|both| both.1.len() > 1).count(),
            pipeline: Money::of(&settled.laid, pairs.iter().map(|pair| pair.one.ours)),
        }
    }

    /// Companies, our records and theirs of some pairs.
    pub(crate) fn counted(settled: &Settled, pairs: &[&Pair]) -> Overlap {
        let distinct = |of: fn(&Pair) -> u32| pairs.iter().map(|pair| of(pair)).collect::<BTreeSet<u32>>().len();
        let companies = pairs
            .iter()
            .filter(|pair| pair.is_taken)
            .filter_map(|pair| settled.companies.ours.get(&pair.one.ours));
        Overlap {
            companies: companies.collect::<BTreeSet<_>>().len(),
            ours: distinct(|pair| pair.one.ours),
            theirs: distinct(|pair| pair.one.theirs),
        }
    }

    /// Why the counts differ, in a sentence; none where they do not.
    #[must_use]
    pub fn why_they_differ(&self) -> Option<String> {
        use beachhead_press::numbers::plural;
        let Overlap {
            companies,
            ours,
            theirs,
        } = self.count;
        if ours == companies && theirs == companies {
            return None;
        }
        let part = |more: usize, whose: &str| {
            (more > 0).then(|| {
                let stands = plural(more as u64, "company stands", "companies stand");
                format!("{stands} more than once in {whose} list")
            })
        };
        let parts: Vec<String> = [part(self.more_of_ours, "our"), part(self.more_of_theirs, "their")]
            .into_iter()
            .flatten()
            .collect();
        Some(format!("{}.", parts.join(" and ")))
    }
}

/// What we can give back where we ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Give {
    /// What the accounts are to us.
    pub ours: Population,
    /// And to them.
    pub theirs: Population,
    /// Companies there.
    pub companies: usize,
}

/// A partner's list against our accounts.
#[derive(Debug, Clone)]
pub struct MatrixView {
    /// What the list calls the partner.
    pub partner: String,
    /// What it is called.
    pub name: String,
    /// The snapshot that was asked.
    pub snapshot: String,
    /// The day whose knowledge counts.
    pub as_of: Date,
    /// The first and the last day that the rows of the list speak of.
    pub told: Option<(Date, Date)>,
    /// Our records, by what they are to us, in the order of [`Population::ALL`].
    pub ours: [usize; 3],
    /// Theirs.
    pub theirs: [usize; 3],
    /// Rows are ours, columns theirs.
    pub cells: [[CellView; 3]; 3],
    /// All of it: a company that stands in several cells counts once.
    pub total: CellView,
    /// Pairs that were compared.
    pub candidates: usize,
    /// Pairs that count as one company.
    pub taken: usize,
    /// Pairs that wait for review and are likely.
    pub likely: usize,
    /// Pairs of one family.
    pub related: usize,
    /// Pairs that wait for review.
    pub waiting: usize,
    /// Our open pipeline on them.
    pub at_stake: f64,
    /// Pairs that people decided.
    pub decided: usize,
    /// Where the bands begin.
    pub bands: Bands,
    /// Labels from which probabilities are calibrated.
    pub labels: usize,
    /// Whether they are.
    pub is_calibrated: bool,
    /// The currency of amounts.
    pub currency: Option<Currency>,
}

impl MatrixView {
    pub(crate) fn new(settled: &Settled) -> Self {
        let laid = &settled.laid;
        let count = |all: &[Population]| Population::ALL.map(|one| all.iter().filter(|other| **other == one).count());
        let taken: Vec<&Pair> = settled.pairs.iter().filter(|pair| pair.is_taken).collect();
        let mut of_cells: BTreeMap<(Population, Population), Vec<&Pair>> = BTreeMap::new();
        for pair in &taken {
            of_cells.entry(cell_of(settled, pair)).or_default().push(pair);
        }
        let cell = |ours: usize, theirs: usize| {
            let of_cell = of_cells.get(&(Population::ALL[ours], Population::ALL[theirs]));
            let pairs = of_cell.map_or(&[][..], Vec::as_slice);
            CellView::new(settled, settled.matrix.cells[ours][theirs], pairs)
        };
        let related =
            |pair: &&Pair| pair.one.class == beachhead_mapping::Class::Related && !pair.is_taken && !pair.is_asked;
        Self {
            partner: laid.of.partner_id.clone(),
            name: laid.partner_name().to_owned(),
            snapshot: laid.facts.manifest.id.clone(),
            as_of: laid.as_of,
            told: laid.of.told,
            ours: count(&laid.ours.populations),
            theirs: count(&laid.theirs.populations),
            cells: [0, 1, 2].map(|ours| [0, 1, 2].map(|theirs| cell(ours, theirs))),
            total: CellView::new(settled, settled.matrix.total, &taken),
            taken: taken.len(),
            candidates: laid.mapping.candidates,
            likely: settled.pairs.iter().filter(|pair| pair.is_likely()).count(),
            related: settled.pairs.iter().filter(related).count(),
            waiting: settled.waiting(),
            at_stake: units(settled.at_stake(), laid.facts.star.currency()),
            decided: settled.decided(),
            bands: settled.bands,
            labels: settled.said.labels(),
            is_calibrated: settled.said.calibration.is_some(),
            currency: laid.facts.star.currency(),
        }
    }

    /// What we can give back in return for a cell where we ask: the cell that is the other way round.
    #[must_use]
    pub fn in_return(&self, ours: usize, theirs: usize) -> Option<Give> {
        let play = PLAYS.get(ours)?.get(theirs)?;
        let other = self.cells.get(theirs)?.get(ours)?;
        (play.direction == Direction::Ask).then_some(Give {
            ours: Population::ALL[theirs],
            theirs: Population::ALL[ours],
            companies: other.count.companies,
        })
    }
}

/// The cell that a pair stands in.
pub(crate) fn cell_of(settled: &Settled, pair: &Pair) -> (Population, Population) {
    let of = |all: &[Population], at: u32| all.get(at as usize).copied().unwrap_or(Population::Prospect);
    (
        of(&settled.laid.ours.populations, pair.one.ours),
        of(&settled.laid.theirs.populations, pair.one.theirs),
    )
}

impl Office {
    /// A partner's list against our accounts: the matrix.
    pub fn match_matrix<'a>(
        &'a self,
        actor: &'a Actor,
        partner: &'a str,
        as_of: Option<Date>,
    ) -> Answer<'a, MatrixView> {
        Box::pin(async move {
            actor.must(Permission::Read)?;
            let settled = self.settled(partner, as_of).await?;
            Ok(MatrixView::new(&settled))
        })
    }
}

/// The document of `beachhead map PARTNER --json`.
#[must_use]
pub fn document(view: &MatrixView) -> Value {
    let cell = |ours: usize, theirs: usize| {
        let (found, play) = (&view.cells[ours][theirs], &PLAYS[ours][theirs]);
        json!({
            "ours": Population::ALL[ours].name(),
            "theirs": Population::ALL[theirs].name(),
            "companies": found.count.companies,
            "ours_records": found.count.ours,
            "theirs_records": found.count.theirs,
            "why_they_differ": found.why_they_differ(),
            "open_pipeline": found.pipeline.units,
            "open_opportunities": found.pipeline.open,
            "with_amount": found.pipeline.priced,
            "play": play.name,
            "in_return": view.in_return(ours, theirs).map(|give| give.companies),
        })
    };
    let cells: Vec<Value> = (0..3)
        .flat_map(|ours| (0..3).map(move |theirs| (ours, theirs)))
        .map(|(a, b)| cell(a, b))
        .collect();
    json!({
        "partner": view.partner,
        "name": view.name,
        "snapshot": view.snapshot,
        "as_of": view.as_of,
        "currency": view.currency.map(|currency| currency.to_string()),
        "ours": view.ours.iter().sum::<usize>(),
        "theirs": view.theirs.iter().sum::<usize>(),
        "candidates": view.candidates,
        "same": view.taken,
        "related": view.related,
        "companies": view.total.count.companies,
        "ours_records": view.total.count.ours,
        "theirs_records": view.total.count.theirs,
        "likely": view.likely,
        "waiting": view.waiting,
        "waiting_pipeline": view.at_stake,
        "decided": view.decided,
        "labels": view.labels,
        "calibrated": view.is_calibrated,
        "cells": cells,
    })
}
