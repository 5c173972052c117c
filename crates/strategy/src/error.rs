//! Why this room refuses: one enum. An invalid strategy is data (findings), never one of these.

use crate::state::{BetState, Occasion};

/// A refusal or an unreadable value. Its text says what, and how to mend it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The move is not in the list of moves.
    #[error("a bet cannot go from {from} to {to}; from {from} it may go to {}", list(allowed))]
    NotAMove {
        /// State before.
        from: BetState,
        /// State asked for.
        to: BetState,
        /// States it may go to instead.
        allowed: &'static [BetState],
    },
    /// The move belongs to another occasion.
    #[error("a bet goes from {from} to {to} by {needed}, not by {given}")]
    WrongOccasion {
        /// State before.
        from: BetState,
        /// State asked for.
        to: BetState,
        /// The occasion that makes this move.
        needed: Occasion,
        /// The occasion given.
        given: Occasion,
    },
    /// No reason was given.
    #[error("give the reason: it stands in the register with the decision")]
    NoReason,
    /// The reason for going against the gate is too short.
    #[error("this goes against the gate: give a reason of at least {needed} characters (this one has {given})")]
    ShortReason {
        /// Characters needed.
        needed: usize,
        /// Characters given.
        given: usize,
    },
    /// Nobody is named as the decider.
    #[error("say who decided")]
    NoDecider,
    /// A review decides only running and scaled bets that it was opened with.
    #[error("the bet {bet:?} is not up for decision in this review")]
    NotInReview {
        /// Name of the bet.
        bet: String,
    },
    /// A review cannot close while bets are undecided.
    #[error("the review cannot close: {} not decided; decide or park", quoted(bets))]
    Undecided {
        /// Names of the undecided bets.
        bets: Vec<String>,
    },
    /// Findings stand in the way of a signature.
    #[error("the strategy cannot be signed: {}", codes.join(", "))]
    NotSignable {
        /// Codes of the error findings, each once.
        codes: Vec<&'static str>,
    },
    /// A signature without a signer.
    #[error("say who signs")]
    NoSigner,
    /// Not a currency of ISO 4217.
    #[error("{0:?} is not a currency; use its three letters, such as USD or EUR")]
    Currency(String),
    /// Not an amount of money.
    #[error("{given:?} is not an amount of {currency}; write it as 1200 or 1 200.50")]
    Amount {
        /// What was read.
        given: String,
        /// The currency expected.
        currency: String,
    },
    /// Not a cycle.
    #[error("{0:?} is not a cycle; write 2026-Q3 for a quarter or 2026-H2 for a half")]
    Cycle(String),
    /// Not a first day of a fiscal year.
    #[error("{0:?} is not a day that a fiscal year can start on; write month and day, 01-01 to 12-28")]
    FiscalStart(String),
    /// Not an id.
    #[error("{0:?} is not an id")]
    Id(String),
    /// The five-question start was given something it cannot start from.
    #[error("{question}: {mend}")]
    Answer {
        /// Which answer.
        question: &'static str,
        /// What is wrong and how to mend it.
        mend: String,
    },
}

fn list(states: &[BetState]) -> String {
    states.iter().map(|state| state.word()).collect::<Vec<_>>().join(" or ")
}

fn quoted(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("{name:?}")).collect();
    let verb = if names.len() == 1 { "is" } else { "are" };
    format!("{} {verb}", names.join(", "))
}
