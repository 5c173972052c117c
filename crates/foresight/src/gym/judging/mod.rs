//! The judge's rules side by side: simulated bets whose truth is known are looked at week by week, and every rule says
//! when it would have scaled or retired them (numbers.md 1(b)). Must not be asked about a real bet.

mod bets;
pub mod peeking;
mod rivals;
mod rules;
mod scores;

#[cfg(test)]
mod tests;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use self::bets::SimulatedBet;
use self::rivals::Rivals;
pub use self::rules::{Call, Decision, Signal, WatchRule};
pub use self::scores::{Calibration, Score};
use super::Setting;
use super::world::belief;
use crate::delay::Erlang;
use crate::error::ForesightError;
use crate::judge::predict::Reach;
use crate::judge::{Rule, judge};
use crate::limits;
use crate::luck::Luck;
use crate::overdispersion::Overdispersion;
use crate::special::logit;

/// The bets that the rules are tried on: all alike in plan and gate, each with a truth of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct JudgingSetting {
    /// Mean conversion of each step up to the one that the gate counts.
    pub rates: Vec<f64>,
    /// True mean weeks of each step.
    pub delay_weeks: Vec<f64>,
    /// Standard deviation between bets, in log-odds of each step, of what the judge knows of its conversion.
    pub known_spread: f64,
    /// Standard deviation, in log-odds of each step, of a belief that is wrong and not known to be.
    pub prior_bias: f64,
    /// How much true conversions differ from what is known: draws of `Beta(strength known, strength (1 - known))`.
    pub strength: f64,
    /// How sure the judge is of them beforehand: the strength of its prior.
    pub believed_strength: f64,
    /// The true share of targets that become an event as a multiple of the believed one, spread evenly over the steps.
    pub true_share: f64,
    /// Targets that enter each week up to the gate's.
    pub targets_per_week: u32,
    /// Events of the last step that pass the gate.
    pub need: u32,
    /// The gate's week.
    pub week: u32,
    /// The delays that the judge believes, as a multiple of the true ones.
    pub believed_delay: f64,
    /// Standard deviation between bets and steps of the log of the true mean delay.
    pub delay_spread: f64,
    /// Whether the judge takes its delays for known.
    pub delay_known: bool,
    /// Whether the judge lets data overrule its prior.
    pub robust_prior: bool,
    /// How much accounts of the same partner resemble each other.
    pub overdispersion: Overdispersion,
}

impl Default for JudgingSetting {
    /// The bets of numbers.md 1(b).
    fn default() -> Self {
        Self {
            rates: vec![0.45, 0.55, 0.40],
            delay_weeks: vec![3.0, 3.0, 5.0],
            known_spread: 0.0,
            prior_bias: 0.0,
            strength: 12.0,
            believed_strength: 12.0,
            true_share: 1.0,
            targets_per_week: 8,
            need: 12,
            week: 26,
            believed_delay: 1.0,
            delay_spread: 0.0,
            delay_known: true,
            robust_prior: false,
            overdispersion: Overdispersion::default(),
        }
    }
}

impl JudgingSetting {
    /// Bets like those of the gym's worlds, with its gate at the step before won: the same rates, delays, knowledge and
    /// resemblance of accounts, at the pace at which one bet alone is worked. Where the worlds have no gate, it asks at
    /// the same week for the number that the population's average bet comes to. Decay and ramp have no part in it.
    #[must_use]
    pub fn from_setting(setting: &Setting) -> Self {
        let steps = setting.step_rates.len();
        let steps = steps.saturating_sub(1).max(1).min(steps);
        let rates = setting.step_rates[..steps].to_vec();
        let unknown = setting.spread * (1.0 - setting.prior_strength * setting.prior_strength).max(0.0).sqrt();
        let strength = |&rate: &f64| {
            let (a, b) = belief(logit(rate), unknown);
            (a + b).clamp(0.1, 1e4)
        };
        let strength = rates.iter().map(strength).sum::<f64>() / steps as f64;
        let pace = setting
            .targets_per_week
            .min(setting.hours_per_week / setting.hours_per_target);
        let mut bets = Self {
            delay_weeks: setting.delay_weeks.iter().copied().take(steps).collect(),
            known_spread: setting.spread * setting.prior_strength,
            prior_bias: setting.prior_bias,
            strength,
            believed_strength: strength,
            targets_per_week: whole(pace.min(f64::from(setting.targets) / f64::from(setting.gate_weeks.max(1)))),
            need: setting.gate_need,
            week: setting.gate_weeks.clamp(1, limits::WEEKS),
            believed_delay: setting.believed_delay,
            overdispersion: setting.overdispersion,
            rates,
            ..Self::default()
        };
        if bets.need == 0 {
            bets.need = whole(bets.rates.iter().product::<f64>() * bets.in_time());
        }
        bets
    }

    /// Targets, each counted by its chance to be through all delays by the gate's week.
    fn in_time(&self) -> f64 {
        let delays = self.delay_weeks.iter().map(|&weeks| Erlang::new(weeks));
        let targets = vec![f64::from(self.targets_per_week); self.week as usize];
        Reach::of_planned(self.week, delays, &targets).planned()
    }

    /// The share of targets at which the gate's number is what one expects by its date: the gate's minimum.
    #[must_use]
    pub fn minimum(&self) -> f64 {
        f64::from(self.need) / self.in_time()
    }

    fn check(&self) -> Result<(), ForesightError> {
        let refuse = |at: &str, what: &str, mend: &str| Err(ForesightError::invalid(at, what, mend));
        let (shortest, longest) = (limits::SHORTEST_DELAY_WEEKS, f64::from(limits::WEEKS));
        ForesightError::at_most("rates", self.rates.len() as u64, limits::STEPS)?;
        ForesightError::at_most("week", self.week.into(), limits::WEEKS.into())?;
        let targets = u64::from(self.week) * u64::from(self.targets_per_week);
        ForesightError::at_most("targets_per_week", targets, limits::TARGETS)?;
        if self.rates.is_empty() || self.rates.len() != self.delay_weeks.len() {
            return refuse(
                "rates",
                "every step needs one rate and one delay",
                "give as many of both",
            );
        }
        if !self.rates.iter().all(|rate| (0.001..=0.999).contains(rate)) {
            return refuse(
                "rates",
                "a mean conversion is not between 0.001 and 0.999",
                "give such a share",
            );
        }
        if !self
            .delay_weeks
            .iter()
            .all(|weeks| (shortest..=longest).contains(weeks))
        {
            return refuse(
                "delay_weeks",
                "a delay is not above 0 and at most 520",
                "give its mean in weeks",
            );
        }
        let dials = [
            ("known_spread", self.known_spread, 0.0, 3.0),
            ("prior_bias", self.prior_bias, 0.0, 3.0),
            ("strength", self.strength, 0.1, limits::PRIOR.1),
            ("believed_strength", self.believed_strength, 0.1, limits::PRIOR.1),
            ("true_share", self.true_share, 0.01, 100.0),
            ("believed_delay", self.believed_delay, 0.1, 10.0),
            ("delay_spread", self.delay_spread, 0.0, 3.0),
            ("overdispersion.correlation", self.overdispersion.correlation, 0.0, 0.99),
            ("need", f64::from(self.need), 1.0, f64::from(u32::MAX)),
            ("week", f64::from(self.week), 1.0, longest),
            (
                "targets_per_week",
                f64::from(self.targets_per_week),
                1.0,
                f64::from(u32::MAX),
            ),
        ];
        match dials
            .iter()
            .find(|(_, value, low, high)| !(low..=high).contains(&value))
        {
            None => Ok(()),
            Some((dial, value, low, high)) => refuse(
                dial,
                &format!("{value} is out of bounds"),
                &format!("give a number from {low} to {high}"),
            ),
        }
    }
}

/// The nearest whole number, at least 1.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float cast saturates"
)]
fn whole(number: f64) -> u32 {
    number.round().max(1.0) as u32
}

/// What could be said of a bet at the end of a week.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Look {
    /// The week.
    pub week: u32,
    /// Targets that have entered.
    pub entered: u32,
    /// Events of the gate.
    pub have: f64,
    /// The judge's chance to meet the gate.
    pub judge: f64,
    /// The judge's chance that the bet is good: that its share of targets is at least the gate's minimum.
    pub good: f64,
    /// The judge's mean of the bet's share of targets, as a multiple of the gate's minimum.
    pub share_of_minimum: f64,
    /// The chance to meet the gate from the final events and their delays alone.
    pub final_event_only: f64,
    /// The chance to meet the gate by whoever forgets the delays.
    pub without_delay: f64,
}

impl Look {
    /// Events so far over targets so far.
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.have / f64::from(self.entered.max(1))
    }
}

/// A simulated bet, watched up to its gate.
#[derive(Debug, Clone, PartialEq)]
pub struct Watched {
    /// Whether its gate was met.
    pub met: bool,
    /// Its true share of targets that become an event in the end, as a multiple of the gate's minimum. From 1 on the bet
    /// is good, under 0.75 it is bad.
    pub share_of_minimum: f64,
    /// Targets that enter up to its gate.
    pub targets: u32,
    /// Every week in which the judge may speak, the gate's own left out.
    pub looks: Vec<Look>,
}

impl Watched {
    fn is_good(&self) -> bool {
        self.share_of_minimum >= 1.0
    }

    fn is_bad(&self) -> bool {
        self.share_of_minimum < 0.75
    }
}

/// How a rule treated the bets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RuleRow {
    /// The rule.
    pub rule: String,
    /// Of bets whose gate would be met, the share retired.
    pub retires_would_meet: Option<f64>,
    /// Of good bets, the share retired.
    pub retires_good: Option<f64>,
    /// Of bad bets, the share retired.
    pub retires_bad: Option<f64>,
    /// The median week in which it retired those.
    pub retires_bad_week: Option<u32>,
    /// Targets used on a bad bet, up to its end or its gate, on average.
    pub targets_used_on_bad: Option<f64>,
    /// Of bets whose gate would be missed, the share scaled.
    pub scales_miss: Option<f64>,
    /// Of bad bets, the share scaled.
    pub scales_bad: Option<f64>,
    /// Of good bets, the share scaled.
    pub scales_good: Option<f64>,
    /// The median week in which it scaled those.
    pub scales_good_week: Option<u32>,
    /// What its chance said at the first look beyond a threshold, against what came; empty for a rule without one.
    pub calibration: Vec<Calibration>,
}

/// The rules side by side.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JudgeStudy {
    /// Bets simulated.
    pub bets: u64,
    /// Those whose gate was met; the others missed it.
    pub met: u64,
    /// Those whose true share is at least the gate's minimum.
    pub good: u64,
    /// Those whose true share is under three quarters of it.
    pub bad: u64,
    /// Every rule.
    pub rules: Vec<RuleRow>,
    /// How well each chance foretold the gate at some weeks.
    pub scores: Vec<Score>,
}

/// Tries the usual rules on `bets` simulated bets. The same bytes for a seed at any number of threads.
///
/// # Errors
/// A setting that no bet can be made of: which dial, what is wrong and how to mend it.
pub fn study(setting: &JudgingSetting, bets: u32, seed: u64) -> Result<JudgeStudy, ForesightError> {
    let watched = watch(setting, bets, seed)?;
    let rules = rules::side_by_side(setting, setting.minimum());
    let count = |is: fn(&Watched) -> bool| watched.iter().filter(|bet| is(bet)).count() as u64;
    // Weeks 6, 10, 14 and 18 of a gate at week 26.
    let weeks = [6, 10, 14, 18].map(|week| week * setting.week / 26);
    Ok(JudgeStudy {
        bets: watched.len() as u64,
        met: count(|bet| bet.met),
        good: count(Watched::is_good),
        bad: count(Watched::is_bad),
        rules: rules.iter().map(|rule| row(rule, &watched)).collect(),
        scores: scores::PREDICTORS
            .iter()
            .flat_map(|&(name, signal)| weeks.map(|week| scores::score(name, signal, week, &watched)))
            .flatten()
            .collect(),
    })
}

/// Watches `bets` simulated bets up to their gate.
///
/// # Errors
/// As [`study`].
pub fn watch(setting: &JudgingSetting, bets: u32, seed: u64) -> Result<Vec<Watched>, ForesightError> {
    setting.check()?;
    let rivals = Rivals::of(setting);
    let minimum = setting.minimum();
    let luck = Luck::new(seed);
    (0..u64::from(bets))
        .into_par_iter()
        .map(|bet| watch_one(&SimulatedBet::draw(setting, luck.at(bet)), &rivals, minimum))
        .collect()
}

fn watch_one(bet: &SimulatedBet, rivals: &Rivals, minimum: f64) -> Result<Watched, ForesightError> {
    let rule = Rule {
        robust_prior: bet.setting.robust_prior,
        ..Rule::default()
    };
    let per_week = bet.setting.targets_per_week;
    let first = rule.least_weeks.max(rule.least_targets.div_ceil(per_week));
    let look = |week: u32| {
        let mut evidence = bet.seen(week);
        evidence.gate.minimum = Some(minimum);
        let judgement = judge(&evidence, &rule)?;
        Ok(Look {
            week,
            entered: week * per_week,
            have: bet.final_events(week).0,
            judge: judgement.probability,
            good: judgement.p_at_least_minimum.unwrap_or(0.0),
            share_of_minimum: judgement.theta.mean / minimum,
            final_event_only: rivals.final_event_only(bet, week),
            without_delay: rivals.without_delay(bet, week),
        })
    };
    Ok(Watched {
        met: bet.is_met(),
        share_of_minimum: bet.theta / minimum,
        targets: bet.setting.week * per_week,
        looks: (first..bet.setting.week)
            .map(look)
            .collect::<Result<_, ForesightError>>()?,
    })
}

/// How a rule treats watched bets.
#[must_use]
pub fn row(rule: &WatchRule, watched: &[Watched]) -> RuleRow {
    let decided: Vec<(&Watched, Option<Decision>)> =
        watched.iter().map(|bet| (bet, rule.decides(&bet.looks))).collect();
    let ended = |is: fn(&Watched) -> bool, call: Call| {
        let of: Vec<_> = decided.iter().filter(|(bet, _)| is(bet)).collect();
        let mut weeks: Vec<u32> = of
            .iter()
            .filter_map(|(_, decision)| decision.filter(|decision| decision.call == call))
            .map(|decision| decision.week)
            .collect();
        weeks.sort_unstable();
        let part = share(weeks.len() as f64, of.len() as f64);
        (part, weeks.get(weeks.len() / 2).copied())
    };
    let bad: Vec<f64> = decided
        .iter()
        .filter(|(bet, _)| bet.is_bad())
        .map(|(bet, decision)| f64::from(decision.map_or(bet.targets, |decision| decision.entered)))
        .collect();
    let (retires_bad, retires_bad_week) = ended(Watched::is_bad, Call::Retire);
    let (scales_good, scales_good_week) = ended(Watched::is_good, Call::Scale);
    RuleRow {
        rule: rule.name.clone(),
        retires_would_meet: ended(|bet| bet.met, Call::Retire).0,
        retires_good: ended(Watched::is_good, Call::Retire).0,
        retires_bad,
        retires_bad_week,
        targets_used_on_bad: share(bad.iter().sum(), bad.len() as f64),
        scales_miss: ended(|bet| !bet.met, Call::Scale).0,
        scales_bad: ended(Watched::is_bad, Call::Scale).0,
        scales_good,
        scales_good_week,
        calibration: scores::at_first_crossing(rule, watched),
    }
}

/// A part of a whole; none of nothing.
fn share(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}
