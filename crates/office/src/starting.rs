//! The five-question start: the answers kept from page to page, and the strategy that comes of them.

use std::collections::BTreeMap;

use beachhead_ledger::{Draft, DraftEdit};
use beachhead_strategy::start::{self, Answers, Started};
use beachhead_strategy::{Currency, Error, Gate, GateOutlook};
use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::actor::{Actor, Permission};
use crate::outlook::gates;
use crate::people::blocking;
use crate::{Answer, Office, Refusal};

/// The setting under which unfinished answers are kept.
const ANSWERS: &str = "start answers";
/// The setting under which the assumptions of the last start are kept.
const ASSUMPTIONS: &str = "start assumptions";

/// The weeks from today on which a gate is suggested, the first that can tell; the first of all where none can.
const GATE_WEEKS: [i64; 7] = [26, 30, 34, 38, 42, 46, 50];

/// The answers as typed so far; what is missing is empty.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct StartAnswers {
    /// The company.
    pub company: String,
    /// Its currency, three letters.
    pub currency: String,
    /// Question 1: the outcome in a sentence.
    pub outcome: String,
    /// Key of its measure.
    pub measure: String,
    /// Where it stands.
    pub baseline: Option<f64>,
    /// Where it shall stand.
    pub target: Option<f64>,
    /// By when.
    pub by: Option<Date>,
    /// Whose it is.
    pub sponsor: String,
    /// Question 2: what runs today.
    pub initiatives: Vec<String>,
    /// Hours a week that the team has for all of it.
    pub hours_per_week: Option<f64>,
    /// Question 3: which of them is the bet, from 0.
    pub picked: Option<usize>,
    /// Why a partner would work with us.
    pub why_a_partner_would: String,
    /// Why a customer cares.
    pub why_customers_care: String,
    /// Question 4: why each of the others is parked, in the order of `initiatives`.
    pub park_reasons: Vec<String>,
    /// What would reopen each of the others.
    pub reopen_when: Vec<String>,
    /// Question 5: scale at this many.
    pub scale_if: Option<f64>,
    /// Retire at this many or fewer.
    pub retire_if: Option<f64>,
    /// The gate's date.
    pub gate_by: Option<Date>,
}

/// The strategy that answers give, with what it assumes.
#[must_use = "saving is a verb of its own"]
fn build(answers: &StartAnswers, owner: &str, today: Date) -> Result<Started, Refusal> {
    let missing = |what: &str| Refusal::bad_input(format!("{what} is not answered yet"), "Go back to that question.");
    let currency = if answers.currency.is_empty() {
        "USD"
    } else {
        &answers.currency
    };
    let answers = Answers {
        company: answers.company.clone(),
        currency: Currency::parse(currency).map_err(unanswered)?,
        fiscal_year_starts: String::new(),
        today,
        outcome: answers.outcome.clone(),
        measure: answers.measure.clone(),
        baseline: answers.baseline,
        target: answers.target.ok_or_else(|| missing("The target"))?,
        by: answers.by.ok_or_else(|| missing("The date"))?,
        sponsor: answers.sponsor.clone(),
        owner: owner.to_owned(),
        hours_per_week: answers.hours_per_week.ok_or_else(|| missing("The team's hours"))?,
        initiatives: answers.initiatives.clone(),
        picked: answers.picked.ok_or_else(|| missing("Which one is the bet"))?,
        why_a_partner_would: answers.why_a_partner_would.clone(),
        why_customers_care: answers.why_customers_care.clone(),
        park_reasons: answers.park_reasons.clone(),
        reopen_when: answers.reopen_when.clone(),
        scale_if: answers.scale_if,
        retire_if: answers.retire_if,
        gate_by: answers.gate_by,
        segment: None,
    };
    start::start(&answers).map_err(unanswered)
}

/// The earliest gate that can tell a bet that works from one that does not, with numbers that the hours and the motion's
/// template lead one to expect by then.
fn suggested(answers: &StartAnswers, owner: &str, today: Date) -> Result<Gate, Refusal> {
    let none = || Refusal::bad_input("There is no bet yet", "Answer the third question.");
    let last = answers.by.unwrap_or(Date::MAX);
    let mut days = GATE_WEEKS
        .map(|weeks| today.saturating_add(weeks.weeks()).min(last))
        .to_vec();
    days.dedup();
    let mut first = None;
    for by in days {
        let answers = StartAnswers {
            scale_if: None,
            retire_if: None,
            gate_by: Some(by),
            ..answers.clone()
        };
        let strategy = build(&answers, owner, today)?.strategy;
        let can_tell = gates(&strategy, &BTreeMap::new()).values().all(GateOutlook::can_tell);
        let gate = strategy.bets.into_iter().find_map(|bet| bet.gate);
        if can_tell {
            return gate.ok_or_else(none);
        }
        first = first.or(gate);
    }
    first.ok_or_else(none)
}

fn unanswered(error: Error) -> Refusal {
    Refusal::bad_input(error.to_string(), "Go back to that question and answer it again.")
}

impl Office {
    /// The answers given so far.
    pub fn start_answers<'a>(&'a self, actor: &'a Actor) -> Answer<'a, StartAnswers> {
        Box::pin(async move {
            actor.must(Permission::Write)?;
            let kept = self.ledger.setting(ANSWERS).await?;
            Ok(kept
                .and_then(|json| serde_json::from_str(&json).ok())
                .unwrap_or_default())
        })
    }

    /// Keeps the answers, complete or not.
    pub fn keep_start_answers<'a>(&'a self, actor: &'a Actor, answers: &'a StartAnswers) -> Answer<'a, ()> {
        Box::pin(async move {
            actor.must(Permission::Write)?;
            Ok(self
                .ledger
                .set_setting(&self.stamp_of(actor, "answer"), ANSWERS, &crate::json(answers)?)
                .await?)
        })
    }

    /// The gate that is suggested for the fifth question, from the answers to the others.
    pub fn suggested_gate<'a>(&'a self, actor: &'a Actor) -> Answer<'a, Gate> {
        Box::pin(async move {
            let answers = self.start_answers(actor).await?;
            let (owner, today) = (actor.name.clone(), self.surroundings.today());
            blocking(move || suggested(&answers, &owner, today)).await?
        })
    }

    /// The strategy that the answers would give, to be looked at before it is kept.
    pub fn preview_start<'a>(&'a self, actor: &'a Actor) -> Answer<'a, Started> {
        Box::pin(async move {
            build(
                &self.start_answers(actor).await?,
                &actor.name,
                self.surroundings.today(),
            )
        })
    }

    /// Makes the strategy of the answers the draft. `revision` is the draft's that the answerer saw.
    pub fn start<'a>(&'a self, actor: &'a Actor, revision: i64) -> Answer<'a, Draft> {
        Box::pin(async move {
            let started = self.preview_start(actor).await?;
            let edit = DraftEdit {
                text: beachhead_strategy::render(&started.strategy),
                expected_revision: revision,
            };
            let stamp = self.stamp_of(actor, "start");
            let draft = self.ledger.save_draft(&stamp, edit).await?;
            self.ledger
                .set_setting(&stamp, ASSUMPTIONS, &crate::json(&started.assumptions)?)
                .await?;
            Ok(draft)
        })
    }
}
