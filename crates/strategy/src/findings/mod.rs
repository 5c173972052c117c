//! What the checker says of a strategy: one table of codes, the rules behind them, and how they are shown on a
//! terminal.

pub(crate) mod catalogue;
mod form;
mod rules;
mod shown;

pub use catalogue::{CATALOGUE, Code};
pub use shown::render_findings;

use crate::sequence::state_of;
use crate::words::words;
use crate::{Bet, BetState, Place, Places, Strategy, limits, written};
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
    /// What would make it able to tell: each way in words.
    pub ways: Vec<String>,
}

impl GateOutlook {
    /// S11: the least chance that the gate separates a bet that works from one that does not.
    pub const TELLS: f64 = 0.8;
    /// S12: the least share of a gate's measure that must be able to arrive by its date.
    pub const ARRIVED: f64 = 0.5;

    /// Whether nothing known speaks against the gate.
    #[must_use]
    pub fn can_tell(&self) -> bool {
        self.tells.is_none_or(|tells| tells >= Self::TELLS)
            && self.arrived.is_none_or(|arrived| arrived >= Self::ARRIVED)
    }
}

/// Everything the checker says of a strategy, in the order of the text: what the written form asks of it and what the
/// rules of a strategy ask. One with more parts than [`limits`] allow is judged no further. What a [`Strategy`]
/// cannot hold is not here: add [`crate::Parsed::findings`], or use [`check_text`].
pub fn check(strategy: &Strategy, places: &Places, circumstances: &Circumstances) -> Vec<Finding> {
    let mut checker = Checker {
        strategy,
        places,
        circumstances,
        findings: Vec::new(),
    };
    if form::fits(&mut checker) {
        form::check(&mut checker);
        rules::check(&mut checker);
    }
    let mut findings = checker.findings;
    in_order(&mut findings);
    findings
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

/// Reads a text and checks the strategy in it. A text that is no TOML is judged no further, since what it lacks may
/// only be unreadable.
pub fn check_text(text: &str, circumstances: &Circumstances) -> Checked {
    let written::Parsed {
        strategy,
        mut findings,
        places,
    } = written::parse(text);
    if !findings.iter().any(|finding| matches!(finding.code, "F00" | "F06")) {
        findings.extend(check(&strategy, &places, circumstances));
        in_order(&mut findings);
    }
    Checked {
        strategy,
        places,
        findings,
    }
}

/// Whether no finding stops a signature.
pub fn signable(findings: &[Finding]) -> bool {
    findings.iter().all(|finding| finding.severity != Severity::Error)
}

/// Sorts findings by their place in the text, those without one last, and leaves out what is beyond the limit.
pub(crate) fn in_order(findings: &mut Vec<Finding>) {
    let place = |finding: &Finding| (finding.line.unwrap_or(usize::MAX), finding.column.unwrap_or(usize::MAX));
    findings.sort_by(|a, b| {
        place(a)
            .cmp(&place(b))
            .then_with(|| (a.code, &a.path).cmp(&(b.code, &b.path)))
    });
    // Errors stay when warnings must go: leaving one out could make a strategy look signable.
    while findings.len() > limits::FINDINGS {
        let last_warning = findings
            .iter()
            .rposition(|finding| finding.severity == Severity::Warning);
        findings.remove(last_warning.unwrap_or(findings.len() - 1));
    }
}

/// A finding of a code. Without help of its own, it carries the catalogue's.
pub(crate) fn found(
    code: &'static Code,
    path: &str,
    place: Option<&Place>,
    message: impl Into<String>,
    help: impl Into<String>,
) -> Finding {
    let help = help.into();
    Finding {
        code: code.code,
        name: code.name,
        severity: code.severity,
        path: path.to_owned(),
        line: place.map(|place| place.line),
        column: place.map(|place| place.column),
        message: message.into(),
        why: code.why,
        help: if help.is_empty() { code.help.to_owned() } else { help },
    }
}

/// What the rules look at, and what they have found.
struct Checker<'a> {
    strategy: &'a Strategy,
    places: &'a Places,
    circumstances: &'a Circumstances,
    findings: Vec<Finding>,
}

impl<'a> Checker<'a> {
    /// Reports a finding with the catalogue's help.
    fn report(&mut self, code: &'static Code, path: &str, message: impl Into<String>) {
        self.report_with_help(code, path, message, "");
    }

    fn report_with_help(
        &mut self,
        code: &'static Code,
        path: &str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.findings
            .push(found(code, path, self.places.of(path), message, help));
    }

    /// The state of a bet now.
    fn state(&self, bet: &Bet) -> BetState {
        state_of(bet, &self.circumstances.states)
    }

    /// The bets in a state, each with its path.
    fn bets(&self, among: impl Fn(BetState) -> bool) -> Vec<(String, &'a Bet)> {
        let numbered = self.strategy.bets.iter().enumerate();
        numbered
            .filter(|(_, bet)| among(self.state(bet)))
            .map(|(at, bet)| (format!("bet[{at}]"), bet))
            .collect()
    }
}
