//! The forecast of the outcome, and plans compared: how many bets at once, in which order.

use std::collections::BTreeMap;

use beachhead_foresight::sequence::{self, Sequenced};
use beachhead_foresight::simulate::{FanWeek, Forecast, Program, Running, simulate};
use beachhead_strategy::{BetState, Strategy};
use jiff::ToSpan as _;
use jiff::civil::Date;
use serde_json::{Value, json};

use crate::actor::{Actor, Permission};
use crate::judging::{Judged, plus};
use crate::outlook::SEED;
use crate::plan::{self, Laid};
use crate::standing::{OutcomeNow, Standing};
use crate::{Answer, Office, Refusal};

/// Paths of the forecast of the outcome.
const PATHS: u32 = 1_000;

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

/// Forecasts the outcome; none where deals do not add up to it, or no bet can be simulated.
pub(crate) fn foresee(
    strategy: &Strategy,
    states: &BTreeMap<String, BetState>,
    from: Date,
    now: Option<&OutcomeNow>,
    judged: &BTreeMap<String, Judged>,
) -> Option<Foreseen> {
    let already = now.map_or(0.0, |now| now.value);
    let still = strategy.outcome.target.map(|target| (target - already).max(0.0));
    let worked = |name: &str| states.get(name).is_some_and(|state| state.is_worked());
    let started: BTreeMap<String, Running> = strategy
        .bets
        .iter()
        .filter(|bet| worked(&bet.name))
        .filter_map(|bet| Some((bet.name.clone(), judged.get(&bet.name)?.running(bet)?)))
        .collect();
    let laid = plan::lay_out(strategy, states, from, still, &started, false)?;
    let with_parked = plan::lay_out(strategy, states, from, still, &started, true);
    let forecast = simulate(&laid.program, &laid.own, SEED, PATHS).ok()?;
    Some(Foreseen {
        from,
        already,
        forecast,
        laid,
        with_parked,
    })
}

fn nothing_to_simulate() -> Refusal {
    Refusal::conflict(
        "There is nothing to simulate yet",
        "A bet needs capacity, a deal value and steps, and the outcome a measure in money with a target and a date.",
    )
}

/// The document of `beachhead simulate --json`.
#[must_use]
pub fn document(standing: &Standing, foreseen: &Foreseen) -> Value {
    let outcome = &standing.strategy().outcome;
    let (total, already) = (&foreseen.forecast.outcome, foreseen.already);
    let fan: Vec<FanWeek> = foreseen.fan().map(|(_, week)| week).collect();
    json!({
        "seed": foreseen.forecast.seed,
        "paths": foreseen.forecast.paths,
        "from": foreseen.from,
        "already": already,
        "outcome": {
            "measure": outcome.measure, "scope": outcome.scope.name(), "target": outcome.target, "by": outcome.by,
            "p_target": total.p_target, "mean": total.mean + already, "cvar20": total.cvar20 + already,
            "p10": total.p10 + already, "p50": total.p50 + already, "p90": total.p90 + already,
        },
        "fan": fan,
        "bets": foreseen.forecast.bets,
    })
}

/// The document of `beachhead sequence --json`, with the bets' names where plans name them by position.
#[must_use]
pub fn sequence_document(sequenced: &Sequenced, bets: &[String]) -> Value {
    let mut value = serde_json::to_value(sequenced).unwrap_or(Value::Null);
    if let Value::Object(fields) = &mut value {
        fields.insert("bets".into(), json!(bets));
    }
    value
}

impl Office {
    /// The forecast of the outcome: the document of `beachhead simulate --json`.
    pub fn simulate<'a>(&'a self, actor: &'a Actor) -> Answer<'a, Value> {
        Box::pin(async move {
            actor.must(Permission::Read)?;
            let standing = self.standing(actor, None).await?;
            let foreseen = standing.foreseen().ok_or_else(nothing_to_simulate)?;
            Ok(document(&standing, foreseen))
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
            if let Some(sequenced) = self.sequenced.get(&name) {
                return Ok((sequenced, bets));
            }
            let (program, own) = (laid.program.clone(), laid.own.clone());
            let work = move || sequence::sequence(&program, Some(&own), SEED);
            let sequenced = crate::people::blocking(work).await?.map_err(crate::wrong_figures)?;
            self.sequenced.put(name, sequenced.clone());
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
