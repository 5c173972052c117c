//! What the checker says of a strategy: one table of codes, the rules behind them, and how they are shown on a terminal.

use crate::words::words;
use crate::{BetState, Places, Strategy};
use jiff::civil::Date;
use serde::Serialize;
use std::collections::BTreeMap;

words! {
    /// Whether a finding stops a signature.
    pub enum Severity {
        /// It does.
        Error = "error",
        /// It does not.
        Warning = "warning",
    }
}

/// One finding, as `beachhead check` and every page show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Its code, such as `S05`.
    pub code: &'static str,
    /// Its name, such as `cannot-be-judged`.
    pub name: &'static str,
    /// Whether it stops a signature.
    pub severity: Severity,
    /// The place in the strategy, such as `bet[1].gate`; empty for the whole of it.
    pub path: String,
    /// Line in the text, from 1.
    pub line: Option<usize>,
    /// Column in that line, from 1, in characters.
    pub column: Option<usize>,
    /// What is wrong, in one sentence.
    pub message: String,
    /// Why it matters.
    pub why: &'static str,
    /// What would mend it.
    pub help: String,
}

/// What is known besides the text. `Default` is: nothing.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Circumstances {
    /// The day of the check.
    pub today: Option<Date>,
    /// What the numbers say of each bet's gate, by the bet's name.
    pub gates: BTreeMap<String, GateOutlook>,
    /// The plan's chance of the outcome's target, 0 to 1.
    pub p_target: Option<f64>,
    /// Share of the cycle's hours or new pipeline that went to parked or declined cells, 0 to 1.
    pub drift_share: Option<f64>,
    /// Days since the day that the newest snapshot speaks of.
    pub snapshot_age_days: Option<i64>,
    /// A cycle ended and no review was held.
    pub cycle_ended_without_review: bool,
    /// Live states of bets, by name; they override those of the text.
    pub states: BTreeMap<String, BetState>,
}

/// What the numbers say of a gate.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct GateOutlook {
    /// The chance that the gate separates a bet that works from one that does not, 0 to 1.
    pub tells: Option<f64>,
    /// Share of its measure that can have arrived by its date, 0 to 1.
    pub arrived: Option<f64>,
    /// What would make it able to tell, in a sentence.
    pub better: Option<String>,
}

/// Everything the checker says of a strategy, in the order of the text. Includes what a page can write and the text
/// cannot hold wrong; add [`crate::Parsed::findings`] for what the text alone shows, or use [`check_text`].
pub fn check(strategy: &Strategy, places: &Places, circumstances: &Circumstances) -> Vec<Finding> {
    todo!("{strategy:?}{places:?}{circumstances:?}")
}

/// A text read and checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked {
    /// The strategy.
    pub strategy: Strategy,
    /// Where its parts stand in the text.
    pub places: Places,
    /// All findings, those of reading and those of checking, in the order of the text.
    pub findings: Vec<Finding>,
}

/// Reads a text and checks the strategy in it.
pub fn check_text(text: &str, circumstances: &Circumstances) -> Checked {
    todo!("{text}{circumstances:?}")
}

/// Whether no finding stops a signature.
pub fn signable(findings: &[Finding]) -> bool {
    findings.iter().all(|finding| finding.severity != Severity::Error)
}

/// The findings drawn into the text for a terminal, with or without colour.
pub fn render_findings(name: &str, text: &str, findings: &[Finding], colour: bool) -> String {
    todo!("{name}{text}{findings:?}{colour}")
}
