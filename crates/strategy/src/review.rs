//! The review: every running or scaled bet is decided, or parked; nothing is carried on out of inertia. Keeps nothing.

use crate::Error;
use crate::state::{BetState, Moved, Verdict};
use crate::words::words;

words! {
    /// What a review decides about a bet.
    pub enum Choice {
        /// More hours, or unlock the next bet.
        Scale = "scale",
        /// On to the next gate.
        Continue = "continue",
        /// Pause it.
        Park = "park",
        /// End it.
        Retire = "retire",
    }
}

/// A bet that a review must decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    /// Name of the bet.
    pub bet: String,
    /// Its state: running or scaled.
    pub state: BetState,
    /// Its gate's verdict, when judged.
    pub verdict: Option<Verdict>,
}

/// What was decided about a bet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// Name of the bet.
    pub bet: String,
    /// Scale, continue, park or retire.
    pub choice: Choice,
    /// State before and after; the same when the bet goes on as it was.
    pub moved: Moved,
    /// Why.
    pub reason: String,
    /// Who decided.
    pub decider: String,
}

/// An open review.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Review {
    due: Vec<Due>,
    decided: Vec<Decided>,
}

/// The reason that stands with a bet that nobody decided.
pub const UNDECIDED_REASON: &str = "No decision by the close of the review: it is parked, not carried on";

impl Review {
    /// Opens a review over the bets of a program: those running or scaled are due.
    pub fn open(bets: impl IntoIterator<Item = Due>) -> Self {
        Self {
            due: bets.into_iter().filter(|bet| bet.state.is_worked()).collect(),
            decided: Vec::new(),
        }
    }
    /// What is due, decided or not.
    pub fn due(&self) -> &[Due] {
        &self.due
    }
    /// What is decided so far.
    pub fn decided(&self) -> &[Decided] {
        &self.decided
    }
    /// Names of the bets not yet decided.
    pub fn undecided(&self) -> Vec<&str> {
        todo!()
    }
    /// Decides a bet, or decides it anew. Errors: [`Error::NotInReview`] and those of [`BetState::go`].
    pub fn decide(&mut self, bet: &str, choice: Choice, reason: &str, decider: &str) -> Result<Decided, Error> {
        todo!("{bet}{choice}{reason}{decider}")
    }
    /// Parks every undecided bet; answers with those parked. [`Error::NoDecider`] when nobody is named.
    pub fn park_the_undecided(&mut self, decider: &str) -> Result<Vec<Decided>, Error> {
        todo!("{decider}")
    }
    /// Closes the review: every decision. [`Error::Undecided`] while any bet is undecided.
    pub fn close(self) -> Result<Vec<Decided>, Error> {
        todo!()
    }
}
