//! The forecast of the outcome, and plans compared: how many bets at once, in which order.

use std::collections::BTreeMap;

use beachhead_foresight::sequence::{self, PlanResult, Sequenced};
use beachhead_foresight::simulate::{FanWeek, Forecast, Plan, Program, Rule, Running, simulate};
use beachhead_press::numbers::money;
use beachhead_strategy::{BetState, Currency, Strategy};
use jiff::ToSpan as _;
use jiff::civil::Date;
use serde_json::{Value, json};

use crate::actor::{Actor, Permission};
use crate::judging::plus;
use crate::outlook::SEED;
use crate::people::blocking;
use crate::plan::{self, Laid};
use crate::standing::{OutcomeNow, Standing};
use crate::{Answer, Office, Refusal};

/// Paths of the forecast of the outcome.
const PATHS: u32 = 1_000;
/// Bets that a plan's name tells, the first in its order.
const NAMED_IN_ORDER: usize = 3;

/// The forecast of the outcome from a day.
pub struct Foreseen {
    /// The day it starts from.
    pub from: Date,
    /// What there is already on that day, in units of the measure; the forecast comes on top.
    pub already: f64,
    /// What the bets may bring.
    pub forecast: Forecast,
    /// What was simulated.
    pub laid: Laid,
    /// The same with the parked bets, to compare the plan with what was left out.
    pub with_parked: Option<Laid>,
}

impl Foreseen {
    /// The fan of the whole outcome, week by week, with what there is already.
    pub fn fan(&self) -> impl Iterator<Item = (Date, FanWeek)> {
        let day = |week: u32| self.from.saturating_add((i64::from(week) * 7).days());
        self.forecast
            .fan
            .iter()
            .map(move |week| (day(week.week), plus(*week, self.already)))
    }
}

/// Forecasts the outcome; `started` says where the worked bets stand on the day it starts from. None where deals do not add up to it, or no bet can be simulated.
pub(crate) fn foresee(
    strategy: &Strategy,
    states: &BTreeMap<String, BetState>,
    from: Date,
    now: Option<&OutcomeNow>,
    started: &BTreeMap<String, Running>,
) -> Option<Foreseen> {
    let already = now.map_or(0.0, |now| now.value);
    let still = strategy.outcome.target.map(|target| (target - already).max(0.0));
    let laid = plan::lay_out(strategy, states, from, still, started, false)?;
    let with_parked = plan::lay_out(strategy, states, from, still, started, true);
    let forecast = simulate(&laid.program, &laid.own, SEED, PATHS).ok()?;
    Some(Foreseen {
        from,
        already,
        forecast,
        laid,
        with_parked,
    })
}

pub(crate) fn nothing_to_simulate() -> Refusal {
    Refusal::conflict(
        "There is nothing to simulate yet",
        "A bet needs capacity, a deal value and steps, and the outcome a measure in money with a target and a date.",
    )
}

/// The document of `beachhead simulate --json`.
fn document(
    standing: &Standing,
    already: f64,
    forecast: &Forecast,
    named: Named,
    plan: &Plan,
    bets: &[String],
) -> Value {
    let outcome = &standing.strategy().outcome;
    let total = &forecast.outcome;
    let fan: Vec<FanWeek> = forecast.fan.iter().map(|week| plus(*week, already)).collect();
    let order: Vec<&String> = plan.order.iter().filter_map(|at| bets.get(*at)).collect();
    json!({
        "seed": forecast.seed,
        "paths": forecast.paths,
        "from": standing.as_of,
        "already": already,
        "plan": { "name": named.name(), "order": order, "at_once": plan.at_once, "rule": plan.rule },
        "outcome": {
            "measure": outcome.measure, "scope": outcome.scope.name(), "target": outcome.target, "by": outcome.by,
            "p_target": total.p_target, "mean": total.mean + already, "cvar20": total.cvar20 + already,
            "p10": total.p10 + already, "p50": total.p50 + already, "p90": total.p90 + already,
        },
        "fan": fan,
        "bets": forecast.bets,
    })
}

/// Which of the plans compared is simulated: `beachhead simulate --plan`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// Every bet from the first day, with equal shares of the hours.
    EverythingAtOnce,
    /// One bet after another.
    OneAtATime,
    /// The plan as written.
    Own,
    /// The best that the search finds.
    Best,
}

impl Named {
    /// Every plan that has a name.
    pub const ALL: [Self; 4] = [Self::EverythingAtOnce, Self::OneAtATime, Self::Own, Self::Best];

    /// As it is written on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::EverythingAtOnce => "everything-at-once",
            Self::OneAtATime => "one-at-a-time",
            Self::Own => "own",
            Self::Best => "best",
        }
    }

    /// Its position among the plans compared.
    const fn place(self, sequenced: &Sequenced) -> Option<usize> {
        match self {
            Self::EverythingAtOnce => Some(sequenced.spread),
            Self::OneAtATime => Some(sequenced.one_at_a_time),
            Self::Own => sequenced.own,
            Self::Best => Some(sequenced.best),
        }
    }
}

/// A plan as it was compared.
#[must_use]
pub fn plan_of(result: &PlanResult) -> Plan {
    Plan {
        order: result.order.clone(),
        at_once: result.at_once,
        rule: result.rule,
        share: result.share,
    }
}

/// What people call a plan: the two ends and the leader's own by their names, any other by its order and rule.
#[must_use]
pub fn plan_name(sequenced: &Sequenced, at: usize, bets: &[String]) -> String {
    if at == sequenced.spread {
        return "Everything at once".to_owned();
    }
    if Some(at) == sequenced.own {
        return "The plan as written".to_owned();
    }
    if at == sequenced.one_at_a_time {
        return format!("One at a time: {}", order_name(&sequenced.plans[at].order, bets));
    }
    sequenced
        .plans
        .get(at)
        .map_or_else(String::new, |plan| describe(&plan_of(plan), bets))
}

/// A plan by how many at once, its order and its rule: "2 at once: A, B, then 4 more; no gates".
#[must_use]
pub fn describe(plan: &Plan, bets: &[String]) -> String {
    let rule = match plan.rule {
        Rule::Open => "no gates",
        Rule::Gated => "gates kept",
        Rule::Index => "changed at reviews for the highest index",
    };
    format!("{} at once: {}; {rule}", plan.at_once, order_name(&plan.order, bets))
}

/// The head of an order: "A, B, C, then 4 more".
#[must_use]
pub fn order_name(order: &[usize], bets: &[String]) -> String {
    let names: Vec<&str> = order
        .iter()
        .filter_map(|at| bets.get(*at))
        .map(String::as_str)
        .collect();
    match names.get(..NAMED_IN_ORDER) {
        Some(head) if names.len() > NAMED_IN_ORDER + 1 => {
            format!("{}, then {} more", head.join(", "), names.len() - NAMED_IN_ORDER)
        }
        _ => names.join(", "),
    }
}

/// Compares plans, the sentence with its amounts in a currency.
pub(crate) fn compare(program: &Program, own: &Plan, currency: Currency) -> Result<Sequenced, Refusal> {
    let mut sequenced = sequence::sequence(program, Some(own), SEED).map_err(crate::wrong_figures)?;
    sequenced.says = sequenced.says_in(program, &|units| money(units, &currency.to_string()));
    Ok(sequenced)
}

/// The bets to run until the next review when one plans anew at each, in words.
#[must_use]
pub fn until_review(sequenced: &Sequenced, bets: &[String]) -> String {
    let names: Vec<String> = sequenced
        .until_review
        .iter()
        .filter_map(|&bet| Some(format!("“{}”", bets.get(bet)?)))
        .collect();
    match names.as_slice() {
        [] => "Until the next review no bet is worth its hours.".to_owned(),
        [one] => format!("Until the next review run {one}, and compare the plans again then."),
        [others @ .., last] => {
            format!(
                "Until the next review run {} and {last}, and compare the plans again then.",
                others.join(", ")
            )
        }
    }
}

/// The document of `beachhead sequence --json`, with the bets' names where plans name them by position.
#[must_use]
pub fn sequence_document(sequenced: &Sequenced, bets: &[String]) -> Value {
    let mut value = serde_json::to_value(sequenced).unwrap_or(Value::Null);
    if let Value::Object(fields) = &mut value {
        fields.insert("bets".into(), json!(bets));
        let names: Vec<String> = (0..sequenced.plans.len())
            .map(|at| plan_name(sequenced, at, bets))
            .collect();
        fields.insert("names".into(), json!(names));
    }
    value
}

impl Office {
    /// The forecast of the outcome: the document of `beachhead simulate --json`. The plan as written unless another is
    /// named; the others are of all bets that plans are compared over, parked ones included.
    pub fn simulate<'a>(&'a self, actor: &'a Actor, named: Named) -> Answer<'a, Value> {
        Box::pin(async move {
            actor.must(Permission::Read)?;
            let standing = self.standing(actor, None).await?;
            let foreseen = standing.foreseen().ok_or_else(nothing_to_simulate)?;
            if named == Named::Own {
                let (plan, bets) = (&foreseen.laid.own, &foreseen.laid.bets);
                return Ok(document(
                    &standing,
                    foreseen.already,
                    &foreseen.forecast,
                    named,
                    plan,
                    bets,
                ));
            }
            let (sequenced, bets) = self.sequence(actor, &standing).await?;
            let place = named.place(&sequenced).ok_or_else(nothing_to_simulate)?;
            let plan = plan_of(&sequenced.plans[place]);
            let laid = foreseen.with_parked.as_ref().unwrap_or(&foreseen.laid);
            let (program, simulated) = (laid.program.clone(), plan.clone());
            let work = move || simulate(&program, &simulated, SEED, PATHS);
            let forecast = blocking(work).await?.map_err(crate::wrong_figures)?;
            Ok(document(&standing, foreseen.already, &forecast, named, &plan, &bets))
        })
    }

    /// Compares plans for the program's bets, parked ones included, the leader's own among them. Gives the names of the bets that plans name
    /// by position.
    pub fn sequence<'a>(&'a self, actor: &'a Actor, standing: &'a Standing) -> Answer<'a, (Sequenced, Vec<String>)> {
        Box::pin(async move {
            actor.must(Permission::Read)?;
            let foreseen = standing.foreseen().ok_or_else(nothing_to_simulate)?;
            let name = standing.fingerprint();
            let laid = foreseen.with_parked.as_ref().unwrap_or(&foreseen.laid);
            let bets = laid.bets.clone();
            let (program, own) = (laid.program.clone(), laid.own.clone());
            let currency = standing.strategy().program.currency;
            let work = move || compare(&program, &own, currency);
            let sequenced = self.sequenced.once(&name, async { blocking(work).await? }).await?;
            Ok((sequenced, bets))
        })
    }

    /// Compares plans for a program given as data, without a program of ours.
    ///
    /// # Errors
    /// Figures that cannot be: where, what, and how to mend it.
    pub fn sequence_program(program: &Program) -> Result<Sequenced, Refusal> {
        sequence::sequence(program, None, SEED).map_err(crate::wrong_figures)
    }
}
