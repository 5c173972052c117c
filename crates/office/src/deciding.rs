//! Decisions about one bet: its start, and what happens to it between two reviews; notes for and against it.

use beachhead_ledger::{Decision, Effect, NewDecision, NewNote, Note};
use beachhead_strategy::review::Choice;
use beachhead_strategy::state::{Grounds, Moved, Occasion};
use beachhead_strategy::{Bet, BetState};
use jiff::civil::Date;

use crate::actor::{Actor, Permission};
use crate::scheduling::although;
use crate::standing::Standing;
use crate::{Answer, Office, Refusal};

/// Where a choice takes a bet; `None` where it goes on as it is.
#[must_use]
pub const fn after(choice: Choice) -> Option<BetState> {
    match choice {
        Choice::Scale => Some(BetState::Scaled),
        Choice::Continue => None,
        Choice::Park => Some(BetState::Parked),
        Choice::Retire => Some(BetState::Retired),
    }
}

impl Office {
    /// Starts a planned bet: from now on its targets are worked and its gate is judged. Refused while it waits for
    /// another bet's gate, or while more is asked than there is.
    pub fn start_bet<'a>(&'a self, actor: &'a Actor, key: &'a str) -> Answer<'a, Decision> {
        self.start_bet_although(actor, key, "")
    }

    /// The same although more is asked of the team than it has, or more bets run than the program allows: with a reason,
    /// which is kept in the register.
    pub fn start_bet_although<'a>(&'a self, actor: &'a Actor, key: &'a str, reason: &'a str) -> Answer<'a, Decision> {
        Box::pin(async move {
            actor.must(Permission::Decide)?;
            let standing = self.standing(actor, None).await?;
            let bet = standing.signed_bet(key)?;
            check_start(&standing, bet)?;
            let but = although(standing.over_if_started(bet).as_ref(), reason)?;
            let day = beachhead_press::numbers::date(self.surroundings.today());
            let reason = format!("Started on {day}{but}");
            let grounds = Grounds {
                occasion: Occasion::Start,
                reason: &reason,
                decider: &actor.name,
                verdict: None,
            };
            let moved = standing
                .state_of(&bet.name)
                .go(BetState::Running, &grounds)
                .map_err(refused)?;
            let decision = self.entry(&standing, bet, &moved, &reason, actor);
            self.record(actor, "start bet", &standing, vec![(bet.name.clone(), decision)])
                .await
        })
    }

    /// Parks, retires or scales a bet between two reviews, or reopens one that was ended.
    pub fn decide_bet<'a>(
        &'a self,
        actor: &'a Actor,
        key: &'a str,
        to: BetState,
        reason: &'a str,
    ) -> Answer<'a, Decision> {
        Box::pin(async move {
            actor.must(Permission::Decide)?;
            let standing = self.standing(actor, None).await?;
            let bet = standing.bet(key)?;
            sentence("The reason", reason)?;
            let verdict = standing.verdict_of(&bet.name);
            let grounds = Grounds {
                occasion: Occasion::Decision,
                reason,
                decider: &actor.name,
                verdict,
            };
            let moved = standing.state_of(&bet.name).go(to, &grounds).map_err(refused)?;
            let decision = self.entry(&standing, bet, &moved, reason, actor);
            self.record(actor, "decide bet", &standing, vec![(bet.name.clone(), decision)])
                .await
        })
    }

    /// Notes something that speaks for or against a bet.
    pub fn add_note<'a>(
        &'a self,
        actor: &'a Actor,
        key: &'a str,
        on: Date,
        words: &'a str,
        effect: Effect,
        source: Option<String>,
    ) -> Answer<'a, Note> {
        Box::pin(async move {
            actor.must(Permission::Run)?;
            self.standing(actor, None).await?.bet(key)?;
            if words.trim().is_empty() {
                return Err(Refusal::bad_input(
                    "The note is empty",
                    "Say in a sentence or two what you saw.",
                ));
            }
            sentence("The note", words)?;
            sentence("The source", source.as_deref().unwrap_or_default())?;
            if on > self.surroundings.today() {
                return Err(Refusal::bad_input(
                    format!("{on} has not come yet"),
                    "Give the day on which you saw it.",
                ));
            }
            let note = NewNote {
                bet: key.to_owned(),
                on,
                words: words.trim().to_owned(),
                effect,
                source,
            };
            Ok(self.ledger.add_note(&self.stamp_of(actor, "add note"), note).await?)
        })
    }

    /// The register of one bet, oldest first.
    pub fn decisions_on<'a>(&'a self, actor: &'a Actor, key: &'a str) -> Answer<'a, Vec<Decision>> {
        Box::pin(async move {
            actor.must(Permission::Read)?;
            Ok(self.ledger.decisions_on(key).await?)
        })
    }

    /// Everything that was ever decided, oldest first.
    pub fn decisions<'a>(&'a self, actor: &'a Actor) -> Answer<'a, Vec<Decision>> {
        Box::pin(async move {
            actor.must(Permission::Read)?;
            Ok(self.ledger.decisions().await?)
        })
    }

    /// Notes for and against a bet, oldest first.
    pub fn notes<'a>(&'a self, actor: &'a Actor, key: &'a str) -> Answer<'a, Vec<Note>> {
        Box::pin(async move {
            actor.must(Permission::Read)?;
            Ok(self.ledger.notes(key).await?)
        })
    }

    /// The entry of the register that a move makes, with the evidence of the day.
    pub(crate) fn entry(
        &self,
        standing: &Standing,
        bet: &Bet,
        moved: &Moved,
        reason: &str,
        actor: &Actor,
    ) -> NewDecision {
        NewDecision {
            on: standing.today,
            kind: "move".into(),
            subject: bet.key(),
            from: Some(moved.from.word().into()),
            to: Some(moved.to.word().into()),
            reason: reason.trim().to_owned(),
            snapshot: standing.snapshot_id(),
            evidence: standing.evidence_of(&bet.name),
            decided_by: actor.id().to_owned(),
            against_gate: moved.against_the_gate,
            review: None,
            version: standing.signed.as_ref().map(|signed| signed.version.number),
        }
    }

    /// Appends moves to the register and writes the bets' new states into the draft, in one transaction.
    async fn record(
        &self,
        actor: &Actor,
        verb: &'static str,
        standing: &Standing,
        moves: Vec<(String, NewDecision)>,
    ) -> Result<Decision, Refusal> {
        let draft = standing.draft_after(&moves);
        let decisions = moves.into_iter().map(|(_, decision)| decision).collect();
        let mut kept = self
            .ledger
            .decide(&self.stamp_of(actor, verb), decisions, Some(draft))
            .await?;
        kept.pop().ok_or_else(|| Refusal::internal("The decision was not kept"))
    }
}

/// Refuses words that are longer than any text of the strategy may be.
pub(crate) fn sentence(what: &str, words: &str) -> Result<(), Refusal> {
    let most = beachhead_strategy::limits::SENTENCE_CHARS;
    let chars = words.chars().count();
    if chars <= most {
        return Ok(());
    }
    Err(Refusal::bad_input(
        format!("{what} has {chars} characters"),
        format!("Say it in {most} at most."),
    ))
}

fn check_start(standing: &Standing, bet: &Bet) -> Result<(), Refusal> {
    if !bet.after.is_empty() && standing.state_of(&bet.after) != BetState::Scaled {
        return Err(Refusal::conflict(
            format!("{} waits for the gate of {}", bet.name, bet.after),
            "It can start once a review has scaled that bet.",
        ));
    }
    Ok(())
}

/// A move that the strategy's rules refuse.
pub(crate) fn refused(error: beachhead_strategy::Error) -> Refusal {
    use beachhead_strategy::Error;
    let message = error.to_string();
    match error {
        Error::NotAMove { .. } | Error::WrongOccasion { .. } | Error::Undecided { .. } | Error::NotInReview { .. } => {
            Refusal::conflict(message, "Nothing was changed.")
        }
        _ => Refusal::bad_input(message, "Nothing was changed."),
    }
}
