//! The written strategy: the draft that is being edited, what the checker says of it, and its way in and out as TOML.

use std::sync::Arc;

use beachhead_ledger::{Draft, DraftEdit, NewDecision};
use beachhead_press::ended;
use beachhead_strategy::findings::{check_text, signable};
use beachhead_strategy::{Bet, CellState, Circumstances, Finding, Parsed, Severity, Strategy};
use serde::Serialize;

use crate::actor::{Actor, Permission};
use crate::deciding::sentence;
use crate::pitfalls::CHOSEN_MOST;
use crate::{Answer, Code, Office, Refusal};

/// What `check` says of a text.
#[derive(Debug, Clone, Serialize)]
pub struct Check {
    /// The strategy in a few words.
    pub strategy: CheckedStrategy,
    /// Everything found, in the order of the text.
    pub findings: Vec<Finding>,
    /// Whether nothing stops a signature.
    pub signable: bool,
}

/// The strategy in a few words.
#[derive(Debug, Clone, Serialize)]
pub struct CheckedStrategy {
    /// The program's name.
    pub name: String,
    /// The outcome's sentence.
    pub outcome: String,
    /// How many bets it has.
    pub bets: usize,
}

/// A decision about one cell of the arena.
#[derive(Debug, Clone)]
pub struct CellChoice {
    /// The segment's name.
    pub segment: String,
    /// The partner type.
    pub partner_type: String,
    /// What is decided.
    pub state: CellState,
    /// Why.
    pub reason: String,
    /// What would reopen a parked cell, or change our mind about a declined one.
    pub would_reopen: String,
    /// Why this one too, where as many are chosen already as a strategy chooses; kept with the decision.
    pub beyond_limit: String,
}

/// A cell as the register and the asks name it.
#[must_use]
pub fn cell_subject(segment: &str, partner_type: &str) -> String {
    format!("{segment} × {partner_type}")
}

/// The draft and what stands in it.
#[derive(Debug, Clone)]
pub struct Written {
    /// The text, its revision, who saved it.
    pub draft: Draft,
    /// What the text says.
    pub parsed: Arc<Parsed>,
}

/// Checks a text as `beachhead check` does: what it says, what the numbers say of its gates and its target.
#[must_use]
pub fn check(text: &str, known: Circumstances) -> Check {
    let parsed = beachhead_strategy::parse(text);
    let circumstances = crate::outlook::circumstances(&parsed.strategy, known);
    let checked = check_text(text, &circumstances);
    Check {
        strategy: CheckedStrategy {
            name: checked.strategy.program.name.clone(),
            outcome: checked.strategy.outcome.says.clone(),
            bets: checked.strategy.bets.len(),
        },
        signable: signable(&checked.findings),
        findings: checked.findings,
    }
}

impl Office {
    /// The draft.
    pub fn written<'a>(&'a self, actor: &'a Actor) -> Answer<'a, Written> {
        Box::pin(async move {
            actor.must(Permission::Read)?;
            let draft = self.ledger.draft().await?;
            let parsed = self.parsed(&draft.text);
            Ok(Written { draft, parsed })
        })
    }

    /// Takes a whole text as the draft, in its canonical form. Refused when the text cannot be read; a strategy that
    /// cannot be signed yet is kept.
    pub fn import_strategy<'a>(&'a self, actor: &'a Actor, text: &'a str, revision: Option<i64>) -> Answer<'a, Draft> {
        Box::pin(async move {
            actor.must(Permission::Write)?;
            let parsed = beachhead_strategy::parse(text);
            refuse_unreadable(&parsed)?;
            let expected_revision = match revision {
                Some(revision) => revision,
                None => self.ledger.draft().await?.revision,
            };
            let edit = DraftEdit {
                text: beachhead_strategy::render(&parsed.strategy),
                expected_revision,
            };
            Ok(self
                .ledger
                .save_draft(&self.stamp_of(actor, "import strategy"), edit)
                .await?)
        })
    }

    /// Decides about a cell of the arena: the draft and the register, in one transaction. No reason, no choice.
    pub fn choose<'a>(&'a self, actor: &'a Actor, choice: CellChoice) -> Answer<'a, Draft> {
        Box::pin(async move {
            actor.must(Permission::Write)?;
            let written = self.written(actor).await?;
            let mut strategy = editable(&written)?;
            check_choice(&strategy, &choice)?;
            let before = strategy.cell_state(&choice.segment, &choice.partner_type);
            let reason = with_limit(&strategy, &choice)?;
            put_cell(&mut strategy, &choice);
            let snapshot = self.ledger.latest_snapshot().await?.map(|snapshot| snapshot.id);
            let decision = NewDecision {
                on: self.surroundings.today(),
                kind: "choice".into(),
                subject: cell_subject(&choice.segment, &choice.partner_type),
                from: Some(before.word().into()),
                to: Some(choice.state.word().into()),
                reason,
                snapshot,
                evidence: "{}".into(),
                decided_by: actor.id().to_owned(),
                against_gate: false,
                review: None,
                version: None,
            };
            let edit = edit_of(&strategy, &written.draft);
            self.ledger
                .decide(&self.stamp_of(actor, "choose"), vec![decision], Some(edit))
                .await?;
            Ok(self.ledger.draft().await?)
        })
    }

    /// Saves a bet of the draft: a new one, or the one that had this key.
    pub fn save_bet<'a>(
        &'a self,
        actor: &'a Actor,
        key: Option<&'a str>,
        bet: Bet,
        revision: i64,
    ) -> Answer<'a, String> {
        Box::pin(async move {
            actor.must(Permission::Write)?;
            let saved = bet.key();
            self.edit(actor, "save bet", Some(revision), move |strategy| {
                put_bet(strategy, key, bet)
            })
            .await?;
            Ok(saved)
        })
    }

    /// Changes the draft: outcome, segments, team, whatever `change` does to it.
    pub fn edit<'a>(
        &'a self,
        actor: &'a Actor,
        verb: &'static str,
        revision: Option<i64>,
        change: impl FnOnce(&mut Strategy) -> Result<(), Refusal> + Send + 'a,
    ) -> Answer<'a, Draft> {
        Box::pin(async move {
            actor.must(Permission::Write)?;
            let mut written = self.written(actor).await?;
            let mut strategy = editable(&written)?;
            change(&mut strategy)?;
            if let Some(revision) = revision {
                written.draft.revision = revision;
            }
            let edit = edit_of(&strategy, &written.draft);
            Ok(self.ledger.save_draft(&self.stamp_of(actor, verb), edit).await?)
        })
    }
}

pub(crate) fn edit_of(strategy: &Strategy, draft: &Draft) -> DraftEdit {
    DraftEdit {
        text: beachhead_strategy::render(strategy),
        expected_revision: draft.revision,
    }
}

/// The strategy of the draft, to be changed; refused while its text cannot be read, since saving would lose what is wrong.
pub(crate) fn editable(written: &Written) -> Result<Strategy, Refusal> {
    refuse_unreadable(&written.parsed)?;
    Ok(written.parsed.strategy.clone())
}

fn refuse_unreadable(parsed: &Parsed) -> Result<(), Refusal> {
    let errors: Vec<&Finding> = parsed
        .findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .collect();
    let Some(first) = errors.first() else { return Ok(()) };
    let place = first.line.map_or_else(String::new, |line| format!(" (line {line})"));
    let more = if errors.len() > 1 {
        format!(" and {} more", errors.len() - 1)
    } else {
        String::new()
    };
    Err(Refusal::new(
        Code::ChecksFail,
        format!("{}{place}{more}", first.message),
        first.help.clone(),
    ))
}

fn check_choice(strategy: &Strategy, choice: &CellChoice) -> Result<(), Refusal> {
    if strategy.segment(&choice.segment).is_none() || !strategy.program.partner_types.contains(&choice.partner_type) {
        let message = format!("The arena has no cell {} × {}", choice.segment, choice.partner_type);
        return Err(Refusal::not_found(
            message,
            "Choose one of the cells on the page Where to win.",
        ));
    }
    if choice.state != CellState::Undecided && choice.reason.trim().is_empty() {
        return Err(Refusal::bad_input(
            "A choice needs its reason",
            "Say in one sentence why; it is shown wherever the choice is.",
        ));
    }
    let ruled_out = choice.state.is_out();
    if ruled_out && choice.would_reopen.trim().is_empty() {
        return Err(Refusal::bad_input(
            "Say what would change our mind",
            "What would have to happen for this cell to be looked at again?",
        ));
    }
    Ok(())
}

/// The reason as the register keeps it: a choice beyond what a strategy chooses says why this one too.
fn with_limit(strategy: &Strategy, choice: &CellChoice) -> Result<String, Refusal> {
    let others = strategy.cells.iter().filter(|cell| {
        let is_it = cell.segment == choice.segment && cell.partner_type == choice.partner_type;
        cell.state == CellState::Chosen && !is_it
    });
    let others = others.count();
    if choice.state != CellState::Chosen || others < CHOSEN_MOST {
        return Ok(choice.reason.clone());
    }
    let why = choice.beyond_limit.trim();
    if why.is_empty() {
        return Err(Refusal::bad_input(
            format!("{others} cells are chosen already, and focus is what a strategy buys"),
            "Park one of them, or say why this one too.",
        ));
    }
    sentence("Why this one too", why)?;
    Ok(format!(
        "{} Beyond {CHOSEN_MOST} cells, because: {why}",
        ended(&choice.reason)
    ))
}

fn put_cell(strategy: &mut Strategy, choice: &CellChoice) {
    let mut cell = strategy
        .cell(&choice.segment, &choice.partner_type)
        .cloned()
        .unwrap_or_default();
    cell.segment.clone_from(&choice.segment);
    cell.partner_type.clone_from(&choice.partner_type);
    cell.state = choice.state;
    cell.reason.clone_from(&choice.reason);
    cell.reopen_when = if choice.state == CellState::Parked {
        choice.would_reopen.clone()
    } else {
        String::new()
    };
    cell.would_change_our_mind = if choice.state == CellState::Declined {
        choice.would_reopen.clone()
    } else {
        String::new()
    };
    strategy
        .cells
        .retain(|other| other.segment != cell.segment || other.partner_type != cell.partner_type);
    if cell.state != CellState::Undecided {
        strategy.cells.push(cell);
    }
}

fn put_bet(strategy: &mut Strategy, key: Option<&str>, bet: Bet) -> Result<(), Refusal> {
    let place = match key {
        Some(key) => Some(
            strategy
                .bets
                .iter()
                .position(|other| other.key() == key)
                .ok_or_else(|| {
                    Refusal::not_found(format!("The draft has no bet {key}"), "Go back to the list of bets.")
                })?,
        ),
        None => None,
    };
    let taken = strategy
        .bets
        .iter()
        .enumerate()
        .any(|(at, other)| Some(at) != place && other.key() == bet.key());
    if bet.key().is_empty() || taken {
        let message = format!("There is a bet named “{}” already, or the name is empty", bet.name);
        return Err(Refusal::bad_input(message, "Give the bet a name of its own."));
    }
    match place {
        Some(at) => {
            let old = strategy.bets[at].name.clone();
            rename_references(strategy, &old, &bet.name);
            strategy.bets[at] = bet;
        }
        None => strategy.bets.push(bet),
    }
    Ok(())
}

/// Bets that wait for a renamed bet, or are unlocked by its gate, follow it.
fn rename_references(strategy: &mut Strategy, old: &str, new: &str) {
    for bet in &mut strategy.bets {
        if bet.after == old {
            new.clone_into(&mut bet.after);
        }
        if let Some(gate) = &mut bet.gate
            && gate.passes_to == old
        {
            new.clone_into(&mut gate.passes_to);
        }
    }
}
