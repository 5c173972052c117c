//! The review's pre-read: one paragraph a bet, to be read before the meeting. Lays out; judges nothing.

use jiff::civil::Date;
use maud::Markup;

use crate::{
    numbers::Chance,
    one_page::Figure,
    tag::{State, Verdict},
};

/// Everything that the meeting reads beforehand.
#[derive(Debug, Clone, PartialEq)]
pub struct PreRead {
    /// The company.
    pub program: String,
    /// The day of the review.
    pub review_on: Date,
    /// The cycle under review: "2026-Q3".
    pub cycle: String,
    /// The day it was prepared.
    pub today: Date,
    /// "import 12, 20 Aug 2026".
    pub facts: Option<String>,
    /// What was promised at the last review, first on the agenda.
    pub commitments: Vec<Commitment>,
    /// Running and scaled bets first, then parked ones.
    pub bets: Vec<Bet>,
}

/// A promise of the last review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commitment {
    /// What.
    pub says: String,
    /// Who.
    pub who: String,
    /// By when.
    pub by: Date,
    /// Whether it was kept; none while nobody has said.
    pub kept: Option<bool>,
}

/// A bet to decide.
#[derive(Debug, Clone, PartialEq)]
pub struct Bet {
    /// "HRIS co-sell".
    pub name: String,
    /// Its page.
    pub href: Option<String>,
    /// Its state.
    pub state: State,
    /// Who runs it.
    pub owner: String,
    /// The gate as it stands.
    pub gate: Option<Gate>,
    /// The last decision on it.
    pub last_decision: Option<LastDecision>,
    /// For a parked bet: what it would use the hours for.
    pub parked: Option<Parked>,
}

/// A gate and its evidence.
#[derive(Debug, Clone, PartialEq)]
pub struct Gate {
    /// "Do introductions by HRIS vendors open enterprise opportunities?"
    pub question: String,
    /// What is counted: "opportunities".
    pub measure: String,
    /// Its day.
    pub by: Date,
    /// How much there is.
    pub have: Figure,
    /// How much it takes.
    pub need: Figure,
    /// The chance of passing.
    pub chance: Option<Chance>,
    /// What the evidence says.
    pub verdict: Verdict,
    /// Why, in one sentence.
    pub why: String,
}

/// A decision of an earlier review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastDecision {
    /// "Continue".
    pub what: String,
    /// The day.
    pub on: Date,
    /// Who decided.
    pub who: String,
    /// Why.
    pub reason: String,
    /// Whether it went against the gate's verdict.
    pub against_gate: bool,
}

/// What a parked bet waits for and would cost.
#[derive(Debug, Clone, PartialEq)]
pub struct Parked {
    /// What would reopen it.
    pub reopens: String,
    /// Hours that it would take in the next cycle.
    pub hours: Option<f64>,
    /// What it would use them for.
    pub uses_hours_for: String,
}

/// The pre-read's fragment. `prefix` begins every `id` in it.
pub fn html(pre_read: &PreRead, prefix: &str) -> Markup {
    todo!()
}

/// A whole HTML file with its style sheet inside, for printing.
pub fn document(pre_read: &PreRead) -> String {
    todo!()
}

/// The same as Markdown.
pub fn markdown(pre_read: &PreRead) -> String {
    todo!()
}
