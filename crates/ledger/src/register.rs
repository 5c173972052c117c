//! The register of decisions: appended, never changed. It must not judge whether a decision is allowed.

use jiff::civil::Date;

use crate::{BoxFuture, DraftEdit, Ledger, Result, Stamp};

/// An entry in the register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// 1 for the first, without gaps.
    pub number: i64,
    /// What was decided.
    pub decision: NewDecision,
}

/// A decision to append.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDecision {
    /// The day it was decided.
    pub on: Date,
    /// `move` for a bet's change of state, `choice` for a cell, or another kind.
    pub kind: String,
    /// The bet's key, the cell, or what else was decided.
    pub subject: String,
    /// The state before.
    pub from: Option<String>,
    /// The state after.
    pub to: Option<String>,
    /// Why, in words.
    pub reason: String,
    /// The snapshot that it rests on.
    pub snapshot: Option<String>,
    /// The evidence as it was seen, as JSON text.
    pub evidence: String,
    /// The decider's person id.
    pub decided_by: String,
    /// Whether it went against the gate's verdict; for good.
    pub against_gate: bool,
    /// The review in which it was decided.
    pub review: Option<i64>,
    /// The version of the strategy that it belongs to.
    pub version: Option<i64>,
}

/// Where a bet stands by its last move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BetState {
    /// The bet's key.
    pub bet: String,
    /// Its state.
    pub state: String,
    /// The day of its last move.
    pub since: Date,
    /// The number of that decision.
    pub decision: i64,
}

impl Ledger {
    /// Appends decisions, and saves the draft that they change, in one transaction.
    ///
    /// # Errors
    /// `Conflict` with both texts when the draft has moved on; `Invalid` when one names a snapshot, review or version
    /// that is not there.
    pub fn decide<'a>(
        &'a self,
        stamp: &'a Stamp,
        decisions: Vec<NewDecision>,
        draft: Option<DraftEdit>,
    ) -> BoxFuture<'a, Result<Vec<Decision>>> {
        Box::pin(async move { todo!() })
    }

    /// All decisions on one subject, oldest first.
    pub fn decisions_on<'a>(&'a self, subject: &'a str) -> BoxFuture<'a, Result<Vec<Decision>>> {
        Box::pin(async move { todo!() })
    }

    /// The whole register, oldest first.
    pub fn decisions(&self) -> BoxFuture<'_, Result<Vec<Decision>>> {
        Box::pin(async move { todo!() })
    }

    /// The state of each bet that ever moved, by the last decision of kind `move`, ordered by key.
    pub fn bet_states(&self) -> BoxFuture<'_, Result<Vec<BetState>>> {
        Box::pin(async move { todo!() })
    }
}
