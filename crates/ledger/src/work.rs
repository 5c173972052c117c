//! The work on bets: targets, notes for and against, and the intake of requests. It must not know what a fact says.

use jiff::civil::Date;

use crate::{BoxFuture, Ledger, Result, Stamp};

/// A named account that a bet goes after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Id, a uuid as text.
    pub id: String,
    /// How often it was saved; 1 at first.
    pub revision: i64,
    /// All the rest.
    pub target: NewTarget,
}

/// What a target says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTarget {
    /// The bet's key.
    pub bet: String,
    /// The account's key in the facts; a bet holds an account once.
    pub account: String,
    /// The account's name as shown.
    pub account_name: String,
    /// The partner.
    pub partner: Option<String>,
    /// The play.
    pub play: Option<String>,
    /// Whose it is, a person id or a name.
    pub owner: Option<String>,
    /// The next step, in words.
    pub next_step: Option<String>,
    /// The day of the next step.
    pub due: Option<Date>,
    /// Its state; the office knows which there are.
    pub state: String,
}

/// Whether a note speaks for or against a bet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// For.
    For,
    /// Against.
    Against,
    /// Neither.
    Neutral,
}

/// Evidence in words for or against a bet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// 1 for the first.
    pub number: i64,
    /// Who wrote it.
    pub by: String,
    /// What it says.
    pub note: NewNote,
}

/// A note to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewNote {
    /// The bet's key.
    pub bet: String,
    /// The day it speaks of.
    pub on: Date,
    /// The words.
    pub words: String,
    /// For or against.
    pub effect: Effect,
    /// Where it comes from.
    pub source: Option<String>,
}

/// A partner's request, with the answer from the register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// 1 for the first.
    pub number: i64,
    /// Who recorded it.
    pub by: String,
    /// What it says.
    pub ask: NewAsk,
}

/// A request to record against its cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAsk {
    /// The cell.
    pub cell: String,
    /// Who asked.
    pub who: String,
    /// The day.
    pub on: Date,
    /// What was answered.
    pub answer: String,
}

impl Ledger {
    /// Adds a target.
    ///
    /// # Errors
    /// `Conflict` with the target when the bet has that account already.
    pub fn add_target<'a>(&'a self, stamp: &'a Stamp, id: &'a str, target: NewTarget) -> BoxFuture<'a, Result<Target>> {
        Box::pin(async move { todo!() })
    }

    /// Saves a target; its `revision` is the one that the editor began from.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` with both when the revision has moved on.
    pub fn save_target<'a>(&'a self, stamp: &'a Stamp, target: Target) -> BoxFuture<'a, Result<Target>> {
        Box::pin(async move { todo!() })
    }

    /// A bet's targets, those due first, first.
    pub fn targets<'a>(&'a self, bet: &'a str) -> BoxFuture<'a, Result<Vec<Target>>> {
        Box::pin(async move { todo!() })
    }

    /// Keeps a note.
    pub fn add_note<'a>(&'a self, stamp: &'a Stamp, note: NewNote) -> BoxFuture<'a, Result<Note>> {
        Box::pin(async move { todo!() })
    }

    /// A bet's notes, oldest day first.
    pub fn notes<'a>(&'a self, bet: &'a str) -> BoxFuture<'a, Result<Vec<Note>>> {
        Box::pin(async move { todo!() })
    }

    /// Records a request.
    pub fn add_ask<'a>(&'a self, stamp: &'a Stamp, ask: NewAsk) -> BoxFuture<'a, Result<Ask>> {
        Box::pin(async move { todo!() })
    }

    /// All requests, oldest day first.
    pub fn asks(&self) -> BoxFuture<'_, Result<Vec<Ask>>> {
        Box::pin(async move { todo!() })
    }
}
