//! The roadmap's decisions: a bet moved to another cycle, and what may be started or moved although it asks more than the
//! team has, with the reason kept. Must not sign: a move is in the draft until the next version is signed.

use std::collections::BTreeMap;

use beachhead_ledger::{Decision, NewDecision};
use beachhead_press::numbers::Unit;
use beachhead_strategy::{Bet, BetState, Cycle, Sequence, Strategy};

use crate::actor::{Actor, Permission};
use crate::deciding::sentence;
use crate::standing::Standing;
use crate::{Answer, Office, Refusal};

/// The kind of a register entry about a move; it changes no state.
pub const RESCHEDULED: &str = "rescheduled";

/// More than there is.
#[derive(Debug, Clone, PartialEq)]
pub enum Over {
    /// More hours than the team has in a cycle.
    Hours {
        /// The cycle.
        cycle: Cycle,
        /// How many too many.
        hours: f64,
    },
    /// More bets at once than the program runs.
    AtOnce {
        /// How many run already.
        running: usize,
        /// How many may.
        most: usize,
    },
}

impl Over {
    /// "2026-Q4 then asks 120 hours more than the team has".
    #[must_use]
    pub fn says(&self) -> String {
        match self {
            Self::Hours { cycle, hours } => {
                format!("{cycle} then asks {} more than the team has", Unit::Hours.write(*hours))
            }
            Self::AtOnce { running, most } => {
                format!("{running} bets run already, and the program runs {most} at once at most")
            }
        }
    }
}

impl Standing {
    /// The strategy as it would be signed next: the draft where it can be read, else the one in force.
    #[must_use]
    pub fn planned(&self) -> &Strategy {
        match crate::written::editable(&self.draft) {
            Ok(_) => &self.draft.parsed.strategy,
            Err(_) => self.strategy(),
        }
    }

    /// What a start of a bet today would ask beyond what there is; none where it fits, or has begun.
    #[must_use]
    pub fn over_if_started(&self, bet: &Bet) -> Option<Over> {
        if self.state_of(&bet.name).is_worked() {
            return None;
        }
        let strategy = self.strategy();
        let (running, most) = (
            self.worked_bets().count(),
            usize::try_from(strategy.program.at_once).unwrap_or(usize::MAX),
        );
        if running >= most {
            return Some(Over::AtOnce { running, most });
        }
        let now = strategy.program.calendar.containing(self.today);
        over(strategy, &self.states(), bet, now)
    }
}

/// The first cycle that asks more than there is, of those that a bet takes part in if it starts in one.
fn over(strategy: &Strategy, states: &BTreeMap<String, BetState>, bet: &Bet, starts: Cycle) -> Option<Over> {
    let mut states = states.clone();
    states.insert(bet.name.clone(), BetState::Planned);
    let mut moved = strategy.clone();
    moved
        .bets
        .iter_mut()
        .filter(|one| one.name == bet.name)
        .for_each(|one| {
            one.starts = Some(starts);
        });
    let sequence = Sequence::of(&moved, &states);
    let takes_part = |load: &&beachhead_strategy::sequence::CycleLoad| {
        load.cycle >= starts && load.bets.iter().any(|asked| asked.bet == bet.name)
    };
    let load = sequence
        .cycles
        .iter()
        .filter(takes_part)
        .find(|load| load.is_over_committed())?;
    Some(Over::Hours {
        cycle: load.cycle,
        hours: load.hours_asked() - load.hours_has,
    })
}

/// Refuses what asks too much, unless a reason is given; gives the words for the register.
pub(crate) fn although(over: Option<&Over>, reason: &str) -> Result<String, Refusal> {
    sentence("The reason", reason)?;
    match over {
        None => Ok(String::new()),
        Some(over) if reason.trim().is_empty() => Err(Refusal::conflict(
            over.says(),
            "Move or park something first, or say why it is done although.",
        )),
        Some(over) => Ok(format!(", although {}: {}", over.says(), reason.trim())),
    }
}

impl Office {
    /// Moves a bet that has not begun to another cycle, in the draft. Where more is then asked of the team than it has it
    /// takes a reason, and both are kept in the register.
    pub fn move_bet<'a>(&'a self, actor: &'a Actor, key: &'a str, to: Cycle, reason: &'a str) -> Answer<'a, Decision> {
        Box::pin(async move {
            actor.must(Permission::Decide)?;
            let standing = self.standing(actor, None).await?;
            let strategy = crate::written::editable(&standing.draft)?;
            let missing = || standing.no_such_bet(key);
            let bet = strategy.bets.iter().find(|bet| bet.key() == key).ok_or_else(missing)?;
            let from = check_move(&standing, &strategy, bet, to)?;
            let over = over(&strategy, &standing.states(), bet, to);
            let but = although(over.as_ref(), reason)?;
            let start = |cycle: Option<Cycle>| cycle.map(|cycle| cycle.to_string());
            let words = if but.is_empty() && !reason.trim().is_empty() {
                format!(": {}", reason.trim())
            } else {
                but
            };
            let decision = NewDecision {
                on: standing.today,
                kind: RESCHEDULED.to_owned(),
                subject: key.to_owned(),
                from: start(from),
                to: start(Some(to)),
                reason: format!("Moved to {to}{words}"),
                snapshot: standing.snapshot_id(),
                evidence: serde_json::json!({ "over": over.as_ref().map(Over::says) }).to_string(),
                decided_by: actor.id().to_owned(),
                against_gate: false,
                review: None,
                version: standing.signed.as_ref().map(|signed| signed.version.number),
            };
            let name = bet.name.clone();
            let draft = standing.edit_after(&[], |strategy| {
                let moved = strategy.bets.iter_mut().find(|one| one.name == name);
                moved.into_iter().for_each(|one| one.starts = Some(to));
            });
            let stamp = self.stamp_of(actor, "move bet");
            let mut kept = self.ledger.decide(&stamp, vec![decision], Some(draft)).await?;
            kept.pop().ok_or_else(|| Refusal::internal("The move was not kept"))
        })
    }
}

/// Refuses a move that changes nothing, goes back in time, or that a gate forbids; gives the cycle it starts in so far.
fn check_move(standing: &Standing, strategy: &Strategy, bet: &Bet, to: Cycle) -> Result<Option<Cycle>, Refusal> {
    let state = standing.state_of(&bet.name);
    if !matches!(state, BetState::Proposed | BetState::Planned) {
        return Err(Refusal::conflict(
            format!("{} is {state}: only a bet that has not begun is moved", bet.name),
            "Decide on it on its page.",
        ));
    }
    let calendar = strategy.program.calendar;
    if to < calendar.containing(standing.today) || to.length() != calendar.length {
        return Err(Refusal::bad_input(
            format!("{to} is no cycle to come"),
            "Choose one of the cycles of the list.",
        ));
    }
    let mut states = standing.states();
    states.insert(bet.name.clone(), BetState::Planned);
    let from = Sequence::of(strategy, &states).start_of(&bet.name).or(bet.starts);
    if from == Some(to) {
        return Err(Refusal::bad_input(
            format!("{} starts in {to} already", bet.name),
            "Choose another cycle.",
        ));
    }
    let before = strategy.bets.iter().find(|other| other.name == bet.after);
    let gate = before
        .filter(|before| standing.state_of(&before.name) != BetState::Scaled)
        .and_then(|before| before.gate.as_ref()?.by);
    let unlocked = gate.map(|by| calendar.containing(by).next());
    match unlocked.filter(|unlocked| to < *unlocked) {
        Some(unlocked) => Err(Refusal::conflict(
            format!("{} waits for the gate of {}", bet.name, bet.after),
            format!("It can start in {unlocked} at the earliest."),
        )),
        None => Ok(from),
    }
}
