//! Judges a running bet against its gate while its evidence is still young. Must not know what a bet is beyond the
//! counts it is given, nor decide: it says what the counts say.

pub(crate) mod check;
mod clear;
mod error_rates;
mod posterior;
pub(crate) mod predict;
mod proof;
mod words;

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use self::error_rates::{ErrorRates, error_rates};

use self::posterior::StepPosterior;
use self::predict::{Forecast, Reach};
use crate::belief::{Belief, Prior, Range};
use crate::delay::Erlang;
use crate::error::ForesightError;
use crate::interval::as_real;
use crate::overdispersion::{Overdispersion, Resemblance};

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
    /// How much accounts of the same partner resemble each other, where that is known; unless said, not at all.
    #[serde(default)]
    pub overdispersion: Option<Overdispersion>,
}

impl StepEvidence {
    /// How many are still in the step.
    #[must_use]
    pub fn open(&self) -> u64 {
        self.open_ages_weeks
            .iter()
            .fold(0, |sum, &(_, count)| sum.saturating_add(count))
    }

    /// How many came into the step.
    #[must_use]
    pub fn entered(&self) -> u64 {
        self.converted.saturating_add(self.lost).saturating_add(self.open())
    }
}

impl Evidence {
    /// The step whose conversions the gate counts.
    fn counted_step(&self) -> usize {
        self.gate.step.unwrap_or(self.steps.len() - 1)
    }

    /// The gate's events so far.
    fn have(&self) -> u64 {
        self.steps[self.counted_step()].converted
    }
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

/// The chance of a gate and what the rule makes of it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Chance {
    /// The chance that the gate is met by its date.
    pub probability: f64,
    /// The least share that the bet is held to; none where no target can become an event in time.
    pub minimum: Option<f64>,
    /// The chance that theta is at least the minimum.
    pub p_at_least_minimum: Option<f64>,
    /// What the evidence says.
    pub verdict: Verdict,
}

/// Judges a bet.
///
/// Each step's conversion is a posterior on a grid, from a likelihood that counts an open account by how long it has
/// had; where the delay is a guess, its mean is scaled by seven multipliers and the evidence weighs them. The chance
/// to meet the gate is the mean, over draws of rates and delays, of the chance of enough further events from the
/// accounts under way and those planned (numbers.md 1(b)).
///
/// Where accounts of a partner resemble each other, two rates are told apart. What is said of the bet (theta, the steps,
/// the minimum and its proof) is its rate with any partner, of which an account tells less by the design effect. The
/// gate is met by the partners at hand: their mean rate varies about the bet's, and is what the counts show in full.
///
/// # Errors
/// Evidence that cannot be true or is out of bounds, or a rule that contradicts itself: the error says where, what
/// and how to mend it.
pub fn judge(evidence: &Evidence, rule: &Rule) -> Result<Judgement, ForesightError> {
    let weighed = Weighed::of(evidence, rule)?;
    let chance = weighed.chance(evidence, rule);
    let forecast = &weighed.forecast;
    // What is not even believed is not called proven; and the guarantee costs far more, so belief is asked first.
    let proven = chance.p_at_least_minimum.is_some_and(|p| p >= 1.0 - rule.proof_level)
        && chance
            .minimum
            .is_some_and(|minimum| proof::above(&weighed.bet[..=evidence.counted_step()], minimum, rule.proof_level));
    let is_data = chance.verdict != Verdict::NoData;
    let steps = evidence.steps.iter().zip(&weighed.bet).enumerate();
    let mut judgement = Judgement {
        have: evidence.have(),
        need: evidence.gate.need.into(),
        probability: chance.probability,
        theta: forecast.theta(),
        steps: steps
            .map(|(index, (step, posterior))| judged(index, step, posterior))
            .collect(),
        weeks_until_clear: is_data.then(|| clear::weeks(evidence, rule, weighed.upto(evidence), forecast)),
        minimum: chance.minimum,
        p_at_least_minimum: chance.p_at_least_minimum,
        proven,
        verdict: chance.verdict,
        why: String::new(),
        rule: rule.clone(),
    };
    judgement.why = words::why(evidence, &judgement);
    Ok(judgement)
}

/// The chance and the verdict of [`judge`], the same to the last digit, for those who ask them of very many bets: without
/// the ranges, the weeks, the proof and the words.
///
/// # Errors
/// As [`judge`].
pub fn chance(evidence: &Evidence, rule: &Rule) -> Result<Chance, ForesightError> {
    Ok(Weighed::of(evidence, rule)?.chance(evidence, rule))
}

/// What is believed of each step's conversion by the bet's accounts, those of its partners at hand, after the evidence:
/// for a simulation that goes on from here to draw from.
///
/// # Errors
/// As [`judge`].
pub fn beliefs(evidence: &Evidence, rule: &Rule) -> Result<Vec<Belief>, ForesightError> {
    check::rule(rule)?;
    check::evidence(evidence)?;
    let (bet, at_hand) = posteriors(evidence, rule);
    Ok(at_hand.unwrap_or(bet).iter().map(StepPosterior::belief).collect())
}

/// Evidence as the judge sees it.
struct Weighed {
    /// Each step's rate, as the bet's own.
    bet: Vec<StepPosterior>,
    /// Each step's rate at the partners at hand, where that is another.
    at_hand: Option<Vec<StepPosterior>>,
    forecast: Forecast,
}

impl Weighed {
    fn of(evidence: &Evidence, rule: &Rule) -> Result<Self, ForesightError> {
        check::rule(rule)?;
        check::evidence(evidence)?;
        let (bet, at_hand) = posteriors(evidence, rule);
        let last = evidence.counted_step();
        let missing = u64::from(evidence.gate.need).saturating_sub(evidence.have());
        let weeks_left = evidence.gate.week - evidence.week;
        let to_come = (evidence.planned_per_week.as_slice(), weeks_left);
        let counted = at_hand.as_ref().unwrap_or(&bet);
        let mut forecast = Forecast::of(&counted[..=last], to_come, missing);
        if at_hand.is_some() {
            forecast.tells_theta_of(&bet[..=last]);
        }
        Ok(Self { bet, at_hand, forecast })
    }

    /// The steps up to the counted one, by what the gate is met with.
    fn upto(&self, evidence: &Evidence) -> &[StepPosterior] {
        &self.at_hand.as_ref().unwrap_or(&self.bet)[..=evidence.counted_step()]
    }

    fn chance(&self, evidence: &Evidence, rule: &Rule) -> Chance {
        let probability = self.forecast.probability;
        let stated = evidence.gate.minimum.or_else(|| minimum(evidence));
        let minimum = stated.filter(|&minimum| minimum < 1.0);
        Chance {
            probability,
            minimum,
            p_at_least_minimum: minimum.map(|minimum| self.forecast.theta_at_least(minimum)),
            verdict: verdict(evidence, rule, probability),
        }
    }
}

/// The posterior of each step's rate as the bet's own, and at the partners at hand where that is another.
fn posteriors(evidence: &Evidence, rule: &Rule) -> (Vec<StepPosterior>, Option<Vec<StepPosterior>>) {
    let priors: Vec<Prior> = evidence
        .steps
        .iter()
        .map(|step| match rule.robust_prior {
            true => Prior::robust(step.prior.0, step.prior.1),
            false => Prior::stated(step.prior.0, step.prior.1),
        })
        .collect();
    let known = evidence.delay_known;
    let steps = || evidence.steps.iter().zip(&priors);
    let Some(overdispersion) = evidence
        .overdispersion
        .filter(|overdispersion| overdispersion.correlation > 0.0)
    else {
        let bet = steps().map(|(step, prior)| StepPosterior::of(step, prior, known, None));
        return (bet.collect(), None);
    };
    let mut alike = Resemblance::of(overdispersion);
    let both = steps().map(|(step, prior)| {
        let bet = StepPosterior::of(step, prior, known, Some(alike));
        let at_hand = StepPosterior::of(step, &prior.widened(alike.share()), known, None);
        alike = alike.after(step.prior.0 / (step.prior.0 + step.prior.1));
        (bet, at_hand)
    });
    let (bet, at_hand) = both.unzip();
    (bet, Some(at_hand))
}

fn judged(index: usize, step: &StepEvidence, posterior: &StepPosterior) -> JudgedStep {
    JudgedStep {
        step: step.name.clone().unwrap_or_else(|| format!("step {}", index + 1)),
        entered: step.entered(),
        converted: step.converted,
        open: step.open(),
        rate: posterior.range(),
    }
}

/// The share of targets at which the gate's number is what one expects by its date: the number over the targets,
/// each counted by its chance to be through all delays in time. Targets that have entered are taken as spread evenly
/// over the weeks so far. None where not even every target would be enough.
fn minimum(evidence: &Evidence) -> Option<f64> {
    let steps = &evidence.steps[..=evidence.counted_step()];
    let per_week = as_real(steps[0].entered()) / f64::from(evidence.week.max(1));
    let mut targets = vec![per_week; evidence.week as usize];
    targets.extend(&evidence.planned_per_week);
    let delays = steps.iter().map(|step| Erlang::new(step.delay_weeks));
    let reach = Reach::of_planned(evidence.gate.week, delays, &targets);
    let minimum = f64::from(evidence.gate.need) / reach.planned();
    (minimum <= 1.0).then_some(minimum)
}

/// What the rule says of a bet with this chance to meet its gate.
fn verdict(evidence: &Evidence, rule: &Rule, probability: f64) -> Verdict {
    let targets = evidence.steps[0].entered();
    let have = evidence.have();
    let gate = &evidence.gate;
    let enough = evidence.week >= rule.least_weeks && targets >= u64::from(rule.least_targets);
    let at_its_date = evidence.week == gate.week;
    let may_continue = gate.retire_if.is_some_and(|retire_if| have > u64::from(retire_if));
    if evidence.steps.iter().all(|step| step.entered() == 0) {
        Verdict::NoData
    } else if targets < u64::from(gate.at_least_targets) {
        Verdict::TooEarly
    } else if have >= u64::from(gate.need) {
        Verdict::Scale
    } else if at_its_date {
        if may_continue {
            Verdict::Continue
        } else {
            Verdict::Retire
        }
    } else if !enough {
        Verdict::TooEarly
    } else if probability > rule.scale_over {
        Verdict::Scale
    } else if probability < rule.retire_under {
        Verdict::Retire
    } else {
        Verdict::Continue
    }
}
