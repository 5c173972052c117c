//! The judge: every live bet's progress against its gate, as the facts were known on a day.

use beachhead_facts::measure::{self, BetProgress, StageEvidence, stage_evidence};
use beachhead_foresight::belief::Belief;
use beachhead_foresight::judge::{self, Evidence, Judgement, Rule, judge};
use beachhead_foresight::simulate::{self, DealValue, FanWeek, Plan, Program, Running, Share, simulate};
use beachhead_strategy::{Bet, Strategy, Verdict};
use jiff::civil::Date;
use serde_json::{Value, json};

use crate::actor::{Actor, Permission};
use crate::figures::{as_real, whole};
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
    /// The day the facts speak of.
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
    /// Why there is no judgement, in words.
    pub why_not: String,
}

/// Reads a bet's progress from the facts and judges it.
pub(crate) fn judged(
    strategy: &Strategy,
    bet: &Bet,
    facts: &crate::standing::Facts,
    as_of: Date,
    since: Option<Date>,
) -> Judged {
    let steps: Vec<String> = bet.motion.steps.iter().map(|step| step.name.clone()).collect();
    let last = steps.last().map_or("", String::as_str);
    let progress = measure::progress(&facts.star, &bet.name, &steps, as_of);
    let stages = stage_evidence(&progress, last, as_of);
    let started = progress.targets.iter().map(|target| target.entered).min().or(since);
    // A gate is judged on what was there on its day; what came later does not change it.
    let gate_day = bet.gate.as_ref().and_then(|gate| gate.by).filter(|by| *by < as_of);
    let evidence = started.and_then(|started| match gate_day {
        None => evidence(strategy, bet, &progress, &stages, started, as_of),
        Some(day) => {
            let then = measure::progress(&facts.star, &bet.name, &steps, day);
            let stages = stage_evidence(&then, last, day);
            evidence(strategy, bet, &then, &stages, started, day)
        }
    });
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
    Judged {
        bet: bet.name.clone(),
        as_of,
        started,
        progress,
        stages,
        judgement,
        evidence,
        why_not,
    }
}

fn evidence(
    strategy: &Strategy,
    bet: &Bet,
    progress: &BetProgress,
    stages: &StageEvidence,
    started: Date,
    as_of: Date,
) -> Option<Evidence> {
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
    })
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

    /// Where the bet stands, for a simulation that goes on from here.
    pub(crate) fn running(&self, bet: &Bet) -> Option<Running> {
        let evidence = self.evidence.as_ref()?;
        let capacity = bet.capacity?;
        let entered = u32::try_from(self.progress.targets.len()).unwrap_or(u32::MAX);
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
    json!({ "as_of": standing.as_of, "snapshot": standing.snapshot_id(), "bets": bets })
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
            "weeks_until_clear": null, "proven": false, "verdict": "no data", "why": why });
    };
    let mut value = serde_json::to_value(judgement).unwrap_or(Value::Null);
    if let Value::Object(fields) = &mut value {
        fields.insert("bet".into(), json!(bet.name));
        fields.insert("gate".into(), json!(gate));
    }
    value
}

/// The document of `beachhead judge --evidence FILE --json`: the judgement itself, and once more as the only bet of the
/// document that a program gives, so that a reader of one reads the other.
#[must_use]
pub fn evidence_document(evidence: &Evidence, judgement: &Judgement) -> Value {
    let mut document = serde_json::to_value(judgement).unwrap_or(Value::Null);
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
    /// Judges a bet given as data, without a program.
    ///
    /// # Errors
    /// Evidence that cannot be true: where, what, and how to mend it.
    pub fn judge_evidence(evidence: &Evidence) -> Result<Judgement, Refusal> {
        judge(evidence, &Rule::default()).map_err(crate::wrong_figures)
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
