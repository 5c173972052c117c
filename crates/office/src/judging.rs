//! The judge: every live bet's progress against its gate, as the facts and the record knew it on a day.

use std::collections::BTreeMap;

use beachhead_facts::measure::{self, BetProgress, SaidStep, StageEvidence, TargetFate, stage_evidence};
use beachhead_facts::star::Star;
use beachhead_foresight::belief::Belief;
use beachhead_foresight::interval::Rate;
use beachhead_foresight::judge::{self, ErrorRates, Evidence, Judgement, Rule, error_rates, judge};
use beachhead_foresight::overdispersion::{self, Overdispersion, PartnerCount, SplitStep};
use beachhead_foresight::power::{GatePlan, PlannedStep};
use beachhead_foresight::simulate::{self, DealValue, FanWeek, Plan, Program, Running, Share, simulate};
use beachhead_press::numbers::Unit;
use beachhead_strategy::{Bet, Strategy, Verdict};
use jiff::civil::Date;
use serde_json::{Value, json};

use crate::actor::{Actor, Permission};
use crate::figures::{as_real, whole};
use crate::memo::Memo;
use crate::outlook::SEED;
use crate::standing::Standing;
use crate::{Answer, Office, Refusal, plan};

/// Paths of the fan to a gate.
const GATE_PATHS: u32 = 1_000;

/// A bet judged on a day.
#[derive(Debug, Clone)]
pub struct Judged {
    /// The bet's name.
    pub bet: String,
    /// The day up to which it is known: that of the facts, or of the last step that was said.
    pub as_of: Date,
    /// The day it began: its first target, or its start in the register.
    pub started: Option<Date>,
    /// Every target and the steps it reached.
    pub progress: BetProgress,
    /// The same, counted by step.
    pub stages: StageEvidence,
    /// What the judge makes of it; none while nothing is counted or the gate counts no step.
    pub judgement: Option<Judgement>,
    /// What the judge was given.
    pub evidence: Option<Evidence>,
    /// How often the rule errs on bets like this one.
    pub error_rates: Option<ErrorRates>,
    /// Why there is no judgement, in words.
    pub why_not: String,
}

/// What is known of a bet: the facts, what people said of its targets, and when it came into its state.
#[derive(Clone, Copy)]
pub(crate) struct Known<'a> {
    pub(crate) star: &'a Star,
    pub(crate) said: &'a [SaidStep],
    pub(crate) since: Option<Date>,
}

/// Where a bet's targets stand on a day.
struct Seen {
    progress: BetProgress,
    stages: StageEvidence,
}

impl Known<'_> {
    fn on(&self, bet: &Bet, day: Date) -> Seen {
        let steps: Vec<String> = bet.motion.steps.iter().map(|step| step.name.clone()).collect();
        let progress = measure::progress(self.star, &bet.name, &steps, self.said, day);
        let last = steps.last().map_or("", String::as_str);
        let stages = stage_evidence(&progress, last, day);
        Seen { progress, stages }
    }

    fn started(&self, seen: &Seen) -> Option<Date> {
        let entered = seen.progress.targets.iter().map(|target| target.entered);
        entered.min().or(self.since)
    }

    /// Where a worked bet stands on a day, for a simulation that goes on from there.
    pub(crate) fn running_on(&self, strategy: &Strategy, bet: &Bet, day: Date) -> Option<Running> {
        let seen = self.on(bet, day);
        let started = self.started(&seen)?;
        let gate_day = bet.gate.as_ref().and_then(|gate| gate.by).filter(|by| *by < day);
        let evidence = match gate_day {
            None => evidence(strategy, bet, &seen, started, day),
            Some(day) => evidence(strategy, bet, &self.on(bet, day), started, day),
        };
        running(&evidence?, &seen.progress, bet)
    }
}

/// Reads a bet's progress, as it was known on a day, and judges it.
pub(crate) fn judged(
    strategy: &Strategy,
    bet: &Bet,
    known: Known<'_>,
    as_of: Date,
    tried: &Memo<ErrorRates>,
) -> Judged {
    let seen = known.on(bet, as_of);
    let started = known.started(&seen);
    // A gate is judged on what was there on its day; what came later does not change it.
    let gate_day = bet.gate.as_ref().and_then(|gate| gate.by).filter(|by| *by < as_of);
    let evidence = started.and_then(|started| match gate_day {
        None => evidence(strategy, bet, &seen, started, as_of),
        Some(day) => evidence(strategy, bet, &known.on(bet, day), started, day),
    });
    let Seen { progress, stages } = seen;
    let (judgement, why_not) = match &evidence {
        None => (
            None,
            "Its gate counts no step of its motion, or it has not begun".to_owned(),
        ),
        Some(evidence) => match judge(evidence, &Rule::default()) {
            Ok(judgement) => (Some(judgement), String::new()),
            Err(error) => (None, error.to_string()),
        },
    };
    let entered = started.map_or_else(Vec::new, |started| entered_by_week(&progress, started));
    let error_rates = evidence.as_ref().and_then(|evidence| {
        let plan = gate_plan(evidence, entered);
        let name = serde_json::to_string(&plan).ok()?;
        tried.get(&name).or_else(|| {
            let rates = error_rates(&plan, &Rule::default(), SEED).ok()?;
            tried.put(name, rates);
            Some(rates)
        })
    });
    Judged {
        bet: bet.name.clone(),
        as_of,
        started,
        progress,
        stages,
        judgement,
        evidence,
        error_rates,
        why_not,
    }
}

/// How often the rule errs, in one sentence.
#[must_use]
pub fn error_rates_in_words(rates: &ErrorRates) -> String {
    let share = |rate: &Rate| {
        let value = rate
            .rate
            .map(|value| Unit::Percent.with_range(value, rate.low, rate.high));
        value.unwrap_or_default()
    };
    let (met, missed) = (&rates.retires_would_meet, &rates.scales_miss);
    let retires = format!("retires {} of those whose gate would be met", share(met));
    let scales = format!("scales {} of those that would miss", share(missed));
    let errs = match (met.n, missed.n) {
        (0, _) => format!("{scales}; none would meet its gate"),
        (_, 0) => format!("{retires}; none would miss its gate"),
        _ => format!("{retires}, and {scales}"),
    };
    format!(
        "This rule, tried on {} simulated bets like this one, {errs}.",
        rates.bets
    )
}

/// How many targets entered in each week from the start.
fn entered_by_week(progress: &BetProgress, started: Date) -> Vec<f64> {
    let mut by_week = Vec::new();
    for target in &progress.targets {
        let week = plan::weeks_between(started, target.entered) as usize;
        by_week.resize(by_week.len().max(week + 1), 0.0);
        by_week[week] += 1.0;
    }
    by_week
}

/// What was planned of a bet from its start: its own steps and gate, the targets that have entered and those to come.
fn gate_plan(evidence: &Evidence, mut entered: Vec<f64>) -> GatePlan {
    entered.resize(evidence.week as usize, 0.0);
    entered.extend(&evidence.planned_per_week);
    GatePlan {
        gate: evidence.gate.clone(),
        steps: evidence
            .steps
            .iter()
            .map(|step| PlannedStep {
                name: None,
                prior: step.prior,
                delay_weeks: step.delay_weeks,
            })
            .collect(),
        planned_per_week: entered,
    }
}

fn evidence(strategy: &Strategy, bet: &Bet, seen: &Seen, started: Date, as_of: Date) -> Option<Evidence> {
    let Seen { progress, stages } = seen;
    let (gate, step, need) = plan::counted_gate(bet)?;
    let week = plan::weeks_between(started, as_of);
    let gate_week = plan::weeks_between(started, gate.by?);
    let entered = u64::try_from(progress.targets.len()).unwrap_or(u64::MAX);
    let steps = bet
        .motion
        .steps
        .iter()
        .zip(&stages.steps)
        .map(|(step, seen)| judge::StepEvidence {
            name: Some(step.name.clone()),
            prior: plan::prior(step),
            delay_weeks: plan::delay_weeks(step),
            converted: seen.converted,
            lost: seen.lost,
            open_ages_weeks: seen.open_ages_weeks.clone(),
            delays_weeks: seen.delays_weeks.clone(),
        });
    Some(Evidence {
        week: week.min(gate_week),
        gate: judge::Gate {
            need,
            week: gate_week,
            step: Some(step),
            at_least_targets: gate.at_least_targets,
            retire_if: gate.retire_if.map(whole),
            minimum: None,
        },
        steps: steps.collect(),
        planned_per_week: plan::targets_by_week(
            bet,
            strategy.program.hours_per_week(),
            gate_week.saturating_sub(week),
            entered,
        ),
        delay_known: false,
        overdispersion: partners_differ(bet, progress, as_of),
    })
}

/// How much the bet's partners differ, where its targets say who brings them: estimated from all of its steps.
fn partners_differ(bet: &Bet, progress: &BetProgress, as_of: Date) -> Option<Overdispersion> {
    let mut by_partner: BTreeMap<&str, Vec<TargetFate>> = BTreeMap::new();
    for target in &progress.targets {
        if let Some(partner) = &target.partner {
            by_partner.entry(partner).or_default().push(target.clone());
        }
    }
    // A bet whose partners are mostly unknown would be estimated from whoever happens to be named.
    let named: usize = by_partner.values().map(Vec::len).sum();
    if by_partner.len() < 2 || 3 * named < 2 * progress.targets.len() {
        return None;
    }
    let last = progress.steps.last().map_or("", String::as_str);
    let counted: Vec<StageEvidence> = by_partner
        .into_values()
        .map(|targets| {
            let steps = progress.steps.clone();
            stage_evidence(&BetProgress { steps, targets }, last, as_of)
        })
        .collect();
    let split = bet.motion.steps.iter().enumerate().map(|(nth, step)| SplitStep {
        delay_weeks: plan::delay_weeks(step),
        partners: counted
            .iter()
            .filter_map(|stages| stages.steps.get(nth))
            .map(|seen| PartnerCount {
                converted: seen.converted,
                lost: seen.lost,
                open_ages_weeks: seen.open_ages_weeks.clone(),
            })
            .collect(),
    });
    overdispersion::estimate(&split.collect::<Vec<_>>())
        .ok()
        .map(|estimate| estimate.overdispersion)
}

impl Judged {
    /// The verdict in the words of the strategy.
    #[must_use]
    pub fn verdict(&self) -> Option<Verdict> {
        self.judgement.as_ref().map(|judgement| match judgement.verdict {
            judge::Verdict::NoData => Verdict::NoData,
            judge::Verdict::TooEarly => Verdict::TooEarly,
            judge::Verdict::Continue => Verdict::Continue,
            judge::Verdict::Scale => Verdict::Scale,
            judge::Verdict::Retire => Verdict::Retire,
        })
    }

    fn running(&self, bet: &Bet) -> Option<Running> {
        running(self.evidence.as_ref()?, &self.progress, bet)
    }

    /// The fan of the gate's count from the day of the facts to the gate's date: the same forecast as the outcome's, of
    /// this bet alone, counting events instead of money.
    #[must_use]
    pub fn fan_to_gate(&self, strategy: &Strategy, bet: &Bet) -> Option<Vec<FanWeek>> {
        let evidence = self.evidence.as_ref()?;
        let weeks = evidence.gate.week.saturating_sub(evidence.week);
        let capacity = bet.capacity.filter(|_| weeks > 0)?;
        let program = Program {
            weeks,
            hours_per_week: strategy.program.hours_per_week(),
            switching_tax: 0.0,
            target: None,
            bets: vec![simulate::Bet {
                value_at: evidence.gate.step,
                started: self.running(bet),
                ..plan::by_itself(bet, capacity, DealValue { mean: 1.0, sd: 0.0 })
            }],
        };
        let own = Plan {
            order: vec![0],
            at_once: 1,
            rule: simulate::Rule::Open,
            share: Share::InOrder,
        };
        let have = as_real(self.judgement.as_ref()?.have);
        let forecast = simulate(&program, &own, SEED, GATE_PATHS).ok()?;
        Some(forecast.fan.into_iter().map(|week| plus(week, have)).collect())
    }

    /// The evidence as the register keeps it beside a decision.
    #[must_use]
    pub fn as_json(&self) -> Value {
        match &self.judgement {
            Some(judgement) => json!({
                "as_of": self.as_of, "have": judgement.have, "need": judgement.need,
                "probability": judgement.probability, "verdict": judgement.verdict, "why": judgement.why,
            }),
            None => json!({ "as_of": self.as_of, "verdict": "no data", "why": self.why_not }),
        }
    }
}

/// Where a bet stands by its evidence, for a simulation that goes on from there.
fn running(evidence: &Evidence, progress: &BetProgress, bet: &Bet) -> Option<Running> {
    let capacity = bet.capacity?;
    let entered = u32::try_from(progress.targets.len()).unwrap_or(u32::MAX);
    let beliefs: Vec<Belief> = judge::beliefs(evidence, &Rule::default()).ok()?;
    let gate_have = evidence
        .gate
        .step
        .and_then(|step| evidence.steps.get(step))
        .map_or(0, |step| step.converted);
    Some(Running {
        weeks_running: evidence.week,
        set_up_hours_left: if entered == 0 { capacity.set_up_hours } else { 0.0 },
        targets_left: capacity.targets.saturating_sub(entered),
        gate_have: u32::try_from(gate_have).unwrap_or(u32::MAX),
        in_flight: evidence.steps.iter().map(|step| step.open_ages_weeks.clone()).collect(),
        beliefs,
    })
}

/// A week of a fan with what there is already on top.
pub(crate) fn plus(week: FanWeek, have: f64) -> FanWeek {
    FanWeek {
        week: week.week,
        p10: week.p10 + have,
        p25: week.p25 + have,
        p50: week.p50 + have,
        p75: week.p75 + have,
        p90: week.p90 + have,
    }
}

/// The document of `beachhead judge --json`: every bet that is worked, or the one asked for.
#[must_use]
pub fn document(standing: &Standing, only: Option<&str>) -> Value {
    let bets: Vec<Value> = standing
        .strategy()
        .bets
        .iter()
        .filter(|bet| {
            only.map_or(standing.state_of(&bet.name).is_worked(), |key| {
                bet.key() == key || bet.name == key
            })
        })
        .map(|bet| bet_document(standing, bet))
        .collect();
    let mut document = json!({ "as_of": standing.as_of, "snapshot": standing.snapshot_id(), "bets": bets });
    if !standing.hindsight.is_empty() {
        document["notes"] = json!(standing.hindsight);
    }
    document
}

fn bet_document(standing: &Standing, bet: &Bet) -> Value {
    let gate = bet.gate.as_ref().map(
        |gate| json!({ "measure": gate.measure, "need": gate.scale_if, "retire_if": gate.retire_if, "by": gate.by }),
    );
    let judged = standing.judged(&bet.name);
    let judgement = judged.and_then(|judged| judged.judgement.as_ref());
    let Some(judgement) = judgement else {
        let why = judged.map_or("No facts have been imported yet", |judged| judged.why_not.as_str());
        return json!({ "bet": bet.name, "gate": gate, "have": 0, "probability": null, "theta": null, "steps": [],
            "weeks_until_clear": null, "proven": false, "verdict": "no data", "why": why, "error_rates": null });
    };
    let mut value = serde_json::to_value(judgement).unwrap_or(Value::Null);
    if let Value::Object(fields) = &mut value {
        fields.insert("bet".into(), json!(bet.name));
        fields.insert("gate".into(), json!(gate));
        fields.insert(
            "error_rates".into(),
            json!(judged.and_then(|judged| judged.error_rates)),
        );
    }
    value
}

/// The document of `beachhead judge --evidence FILE --json`: the judgement itself, and once more as the only bet of the
/// document that a program gives, so that a reader of one reads the other.
#[must_use]
pub fn evidence_document(evidence: &Evidence, judgement: &Judgement) -> Value {
    let mut document = serde_json::to_value(judgement).unwrap_or(Value::Null);
    // Nothing says in which weeks its targets entered: they are taken as spread evenly.
    let entered = evidence.steps.first().map_or(0, judge::StepEvidence::entered);
    let evenly = as_real(entered) / f64::from(evidence.week.max(1));
    let plan = gate_plan(evidence, vec![evenly; evidence.week as usize]);
    document["error_rates"] = json!(error_rates(&plan, &Rule::default(), SEED).ok());
    let mut bet = document.clone();
    let counted = evidence.gate.step.unwrap_or(evidence.steps.len().saturating_sub(1));
    let measure = judgement.steps.get(counted).map(|step| step.step.as_str());
    if let Value::Object(fields) = &mut bet {
        fields.insert("bet".into(), Value::Null);
        let gate = &evidence.gate;
        fields.insert(
            "gate".into(),
            json!({ "measure": measure, "need": gate.need, "by": null, "week": gate.week }),
        );
    }
    if let Value::Object(fields) = &mut document {
        fields.insert("bets".into(), json!([bet]));
    }
    document
}

impl Office {
    /// Judges a bet given as data by a rule, without a program.
    ///
    /// # Errors
    /// Evidence that cannot be true, or a rule that contradicts itself: where, what, and how to mend it.
    pub fn judge_evidence(evidence: &Evidence, rule: &Rule) -> Result<Judgement, Refusal> {
        judge(evidence, rule).map_err(crate::wrong_figures)
    }

    /// Judges the bets of the program: the document of `beachhead judge --json`.
    pub fn judge<'a>(&'a self, actor: &'a Actor, only: Option<&'a str>, as_of: Option<Date>) -> Answer<'a, Value> {
        Box::pin(async move {
            actor.must(Permission::Read)?;
            let standing = self.standing(actor, as_of).await?;
            if let Some(key) = only
                && !standing
                    .strategy()
                    .bets
                    .iter()
                    .any(|bet| bet.key() == key || bet.name == key)
            {
                return Err(standing.no_such_bet(key));
            }
            Ok(document(&standing, only))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::error_rates_in_words;
    use beachhead_foresight::interval::wilson;
    use beachhead_foresight::judge::ErrorRates;

    #[test]
    fn error_rates_are_one_sentence_with_n_and_ranges() {
        let words = |met, missed| {
            error_rates_in_words(&ErrorRates {
                bets: 400,
                every_weeks: 1,
                retires_would_meet: wilson(met / 10, met, 0.95),
                scales_miss: wilson(missed / 20, missed, 0.95),
            })
        };
        assert_eq!(
            words(160, 240),
            "This rule, tried on 400 simulated bets like this one, retires 10% (6 to 16) of those whose gate would be \
             met, and scales 5% (3 to 9) of those that would miss."
        );
        assert_eq!(
            words(0, 400),
            "This rule, tried on 400 simulated bets like this one, scales 5% (3 to 8) of those that would miss; none \
             would meet its gate."
        );
    }
}
