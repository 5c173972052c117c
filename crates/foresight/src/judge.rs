//! Judges a running bet against its gate while its evidence is still young. Must not know what a bet is beyond the
//! counts it is given, nor decide: it says what the counts say.

use serde::{Deserialize, Serialize};

use crate::belief::Range;
use crate::error::ForesightError;

/// The gate: at least `need` events of a step by a week.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gate {
    /// How many events pass the gate.
    pub need: u32,
    /// By the end of which week, counted from the start of the bet.
    pub week: u32,
    /// Which step's conversions are counted, from 0; the last one unless said.
    #[serde(default)]
    pub step: Option<usize>,
    /// How many targets must have entered before the gate may speak, over and above the rule's own least number.
    #[serde(default)]
    pub at_least_targets: u32,
    /// At the gate's date, so few events or fewer retire the bet and more than that continue it; without it, a gate
    /// that is not met at its date retires.
    #[serde(default)]
    pub retire_if: Option<u32>,
    /// The least share of targets that must become an event for the bet to be worth it. Unless said, it is the share
    /// at which `need` is what one expects by the gate's date.
    #[serde(default)]
    pub minimum: Option<f64>,
}

/// What has been counted at one step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepEvidence {
    /// The step's name.
    #[serde(default)]
    pub name: Option<String>,
    /// The belief before any evidence, as the two parameters of a beta distribution.
    pub prior: (f64, f64),
    /// The mean delay of the accounts that convert, in weeks.
    pub delay_weeks: f64,
    /// How many converted.
    #[serde(default)]
    pub converted: u64,
    /// How many said no, and will not convert.
    #[serde(default)]
    pub lost: u64,
    /// `(weeks in this step, accounts)` of those still in it.
    #[serde(default)]
    pub open_ages_weeks: Vec<(u32, u64)>,
    /// `(delay in weeks, accounts)` of those that converted, where the delay is known. Teaches how fast the step is.
    #[serde(default)]
    pub delays_weeks: Vec<(u32, u64)>,
}

/// A bet given as data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// Whole weeks since the bet's start.
    pub week: u32,
    /// The gate.
    pub gate: Gate,
    /// The steps in order.
    #[serde(rename = "step", alias = "steps")]
    pub steps: Vec<StepEvidence>,
    /// Targets that will enter the first step in each of the coming weeks, the coming week first.
    #[serde(default)]
    pub planned_per_week: Vec<f64>,
    /// Whether the mean delays are known, or a guess that the evidence may correct.
    #[serde(default)]
    pub delay_known: bool,
}

/// When evidence is enough to act on. Every threshold is shown beside the verdict it gave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rule {
    /// Scale above this chance of meeting the gate.
    pub scale_over: f64,
    /// Retire below this chance of meeting the gate.
    pub retire_under: f64,
    /// No verdict before so many weeks.
    pub least_weeks: u32,
    /// No verdict on fewer targets.
    pub least_targets: u32,
    /// Whether data may overrule a prior that is too sure of itself (numbers.md 1(b)).
    pub robust_prior: bool,
    /// One minus the confidence at which a minimum is called proven, whatever the number of looks.
    pub proof_level: f64,
}

impl Default for Rule {
    fn default() -> Self {
        Self {
            scale_over: 0.90,
            retire_under: 0.10,
            least_weeks: 4,
            least_targets: 25,
            robust_prior: true,
            proof_level: 0.05,
        }
    }
}

/// What the evidence says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Verdict {
    /// No target has entered the first step.
    #[serde(rename = "no data")]
    NoData,
    /// Too few weeks or targets to say anything.
    #[serde(rename = "too early")]
    TooEarly,
    /// Neither good enough to scale nor bad enough to retire.
    #[serde(rename = "continue")]
    Continue,
    /// The gate is met, or almost surely will be.
    #[serde(rename = "scale")]
    Scale,
    /// The gate was missed, or almost surely will be.
    #[serde(rename = "retire")]
    Retire,
}

/// What is known of one step.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct JudgedStep {
    /// The step's name, or its place.
    pub step: String,
    /// How many came into it.
    pub entered: u64,
    /// How many converted.
    pub converted: u64,
    /// How many are still in it.
    pub open: u64,
    /// The share that converts in the end.
    pub rate: Range,
}

/// The judgement of one bet.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Judgement {
    /// Events so far.
    pub have: u64,
    /// Events that pass the gate.
    pub need: u64,
    /// The chance that the gate is met by its date.
    pub probability: f64,
    /// The share of targets that become an event of the gate in the end.
    pub theta: Range,
    /// Every step.
    pub steps: Vec<JudgedStep>,
    /// Weeks until the verdict is as likely as not to be clear; none without data.
    pub weeks_until_clear: Option<u32>,
    /// The least share that the bet is held to; none where no target can become an event in time.
    pub minimum: Option<f64>,
    /// The chance that theta is at least the minimum.
    pub p_at_least_minimum: Option<f64>,
    /// Whether theta is above the minimum with a guarantee that holds however often one looks.
    pub proven: bool,
    /// What the evidence says.
    pub verdict: Verdict,
    /// A sentence that a leader can repeat.
    pub why: String,
    /// The thresholds that gave the verdict.
    pub rule: Rule,
}

/// Judges a bet.
///
/// # Errors
/// Evidence that cannot be true or is out of bounds: the error says where, what and how to mend it.
pub fn judge(evidence: &Evidence, rule: &Rule) -> Result<Judgement, ForesightError> {
    let _ = (evidence, rule);
    todo!()
}
