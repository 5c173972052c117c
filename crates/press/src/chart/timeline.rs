//! The roadmap: bets over the cycles with their gates, as a table that is also a drawing. Draws; plans nothing.

use jiff::civil::Date;
use maud::Markup;

use super::Frame;
use crate::tag::State;

/// Bets over cycles.
#[derive(Debug, Clone, PartialEq)]
pub struct Timeline {
    /// The words around it.
    pub frame: Frame,
    /// The columns, in order and without holes.
    pub cycles: Vec<Cycle>,
    /// Where the line of today stands.
    pub today: Date,
    /// One row a bet, in the order of the sequence.
    pub bets: Vec<Bet>,
}

/// A planning cycle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cycle {
    /// "2026-Q3".
    pub name: String,
    /// "Now", "Next", "Later", when it is one of them.
    pub when: Option<String>,
    /// First day.
    pub first: Date,
    /// Last day.
    pub last: Date,
}

/// A bet's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bet {
    /// "HRIS co-sell".
    pub name: String,
    /// Its page.
    pub href: Option<String>,
    /// Its state.
    pub state: State,
    /// First day, last day; none for a bet that has no place in the sequence (parked, declined).
    pub span: Option<(Date, Date)>,
    /// Its gates.
    pub gates: Vec<Gate>,
    /// "Waits for HRIS co-sell's gate".
    pub note: Option<String>,
}

/// A gate on the row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gate {
    /// Its day.
    pub date: Date,
    /// "12 opportunities".
    pub says: String,
}

/// The roadmap as a table, one row a bet.
pub fn draw(timeline: &Timeline) -> Markup {
    todo!()
}
