//! What if: the plans compared and the forecast once more, under other hours, taxes, set-ups and priors. Nothing is
//! saved. Must not write.

use std::collections::BTreeMap;
use std::sync::Arc;

use beachhead_foresight::judge::{self, Evidence};
use beachhead_foresight::sequence::{self, Difference, Sequenced};
use beachhead_foresight::simulate::{self, Plan, Program, Total, simulate};
use beachhead_strategy::Currency;
use beachhead_strategy::bet::slug;

use crate::actor::{Actor, Permission};
use crate::foreseeing::{compare, nothing_to_simulate, plan_of};
use crate::outlook::SEED;
use crate::people::blocking;
use crate::plan::Laid;
use crate::standing::Standing;
use crate::{Answer, Office, Refusal};

/// Paths of a forecast beside another.
const PATHS: u32 = 1_000;
/// Paths on which two plans are held against each other where one may overtake the other.
const PAIR_PATHS: u32 = 256;
/// How far off an assumption is taken to be.
pub const OFF_BY: f64 = 0.4;
/// Bets whose priors are tried, the first in the best plan's order.
pub const PRIORS_TRIED: usize = 3;
/// A plan that loses less than this share of the best still stands.
const WORTH_A_CHANGE: f64 = 0.02;
/// Halvings of the way to a break-even: to about a hundredth of it.
const HALVINGS: u32 = 6;
/// The most that a step is ever believed to convert.
const MOST_CONVERSION: f64 = 0.98;

/// What is taken to be other than the plan has it. Bets are named by their keys.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct WhatIf {
    /// Hours of the whole team in a week.
    pub hours_per_week: Option<f64>,
    /// Share of the hours lost for each further bet at once.
    pub switching_tax: Option<f64>,
    /// Changes of bets.
    pub bets: BTreeMap<String, BetChange>,
}

/// What is other of one bet.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct BetChange {
    /// Hours before its first target.
    pub set_up_hours: Option<f64>,
    /// Hours a week for as long as it runs.
    pub weekly_overhead_hours: Option<f64>,
    /// By the position of a step: the mean share that converts, and how many targets the belief is worth.
    pub steps: BTreeMap<usize, (f64, f64)>,
}

impl WhatIf {
    /// Whether nothing is other than planned.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What plans and forecast say of a program.
#[derive(Clone)]
pub struct Foretold {
    /// The plans compared.
    pub sequenced: Sequenced,
    /// Names of the bets that plans name by position.
    pub bets: Vec<String>,
    /// What the best plan may bring, on top of what there is already.
    pub best: Total,
    /// What the plan as written may bring.
    pub own: Total,
}

/// Before and after.
#[derive(Clone)]
pub struct Answered {
    /// As planned.
    pub before: Arc<Foretold>,
    /// With what is other.
    pub after: Arc<Foretold>,
    /// What there is of the outcome already.
    pub already: f64,
}

/// An assumption that is off by [`OFF_BY`] either way.
#[derive(Debug, Clone)]
pub struct Assumption {
    /// What is assumed: "Hours of set-up, all bets", "Conversion of HRIS co-sell".
    pub name: String,
    /// What it is now, where it is one figure.
    pub now: Assumed,
    /// Where there is less of it.
    pub low: Side,
    /// Where there is more of it.
    pub high: Side,
}

/// An assumption as a figure.
#[derive(Debug, Clone, PartialEq)]
pub enum Assumed {
    /// Hours, of the bet named: the first in the best plan's order, where they are of all bets.
    Hours(f64, String),
    /// A share.
    Share(f64),
}

/// What an assumption that is off does to the plans.
#[derive(Debug, Clone)]
pub struct Side {
    /// Times the assumption.
    pub factor: f64,
    /// The best plan then.
    pub best: Plan,
    /// What the best plan then brings on average.
    pub mean: f64,
    /// How much more than everything at once.
    pub gain: Difference,
    /// What today's best plan loses against it, where that is worth a change.
    pub loses: Option<f64>,
    /// Times the assumption at which the best plan changes, where it does.
    pub breaks_at: Option<f64>,
}

/// Today's best plan, and what becomes of it where an assumption is off.
#[derive(Debug, Clone)]
pub struct OffBy {
    /// Names of the bets that plans name by position.
    pub bets: Vec<String>,
    /// Today's best plan.
    pub best: Plan,
    /// How much more it brings than everything at once.
    pub gain: f64,
    /// The assumptions, those that move the gain most first.
    pub assumptions: Vec<Assumption>,
}

/// What is laid out for simulation, and what was seen of running bets, to be believed anew where a prior changes.
struct Ground {
    /// All bets that plans are compared over.
    all: Laid,
    /// The bets that are live.
    live: Laid,
    seen: BTreeMap<String, Evidence>,
    already: f64,
    currency: Currency,
}

impl Ground {
    fn of(standing: &Standing) -> Result<Self, Refusal> {
        let foreseen = standing.foreseen().ok_or_else(nothing_to_simulate)?;
        let all = foreseen.with_parked.as_ref().unwrap_or(&foreseen.laid).clone();
        let seen = |name: &String| Some((name.clone(), standing.judged(name)?.evidence.clone()?));
        Ok(Self {
            seen: all.bets.iter().filter_map(seen).collect(),
            all,
            live: foreseen.laid.clone(),
            already: foreseen.already,
            currency: standing.strategy().program.currency,
        })
    }

    /// The program with what is other.
    fn changed(&self, program: &Program, what_if: &WhatIf) -> Program {
        let mut program = program.clone();
        if let Some(hours) = what_if.hours_per_week {
            program.hours_per_week = hours;
        }
        if let Some(tax) = what_if.switching_tax {
            program.switching_tax = tax;
        }
        for bet in &mut program.bets {
            let Some(change) = what_if.bets.get(&slug(&bet.name)) else {
                continue;
            };
            if let Some(hours) = change.set_up_hours {
                set_up(bet, hours);
            }
            if let Some(hours) = change.weekly_overhead_hours {
                bet.weekly_overhead_hours = hours;
            }
            let steps = change.steps.iter();
            let priors: BTreeMap<usize, (f64, f64)> = steps
                .map(|(at, (mean, strength))| (*at, (mean * strength, (1.0 - mean) * strength)))
                .collect();
            self.believe(bet, &priors);
        }
        program
    }

    /// Gives steps other priors; a running bet is believed by these and by what was seen of it.
    fn believe(&self, bet: &mut simulate::Bet, priors: &BTreeMap<usize, (f64, f64)>) {
        if priors.is_empty() {
            return;
        }
        for (at, prior) in priors {
            if let Some(step) = bet.steps.get_mut(*at) {
                step.prior = *prior;
            }
        }
        let (Some(running), Some(seen)) = (&mut bet.started, self.seen.get(&bet.name)) else {
            return;
        };
        let mut seen = seen.clone();
        for (step, planned) in seen.steps.iter_mut().zip(&bet.steps) {
            step.prior = planned.prior;
        }
        // A prior that cannot be is refused with the program.
        if let Ok(beliefs) = judge::beliefs(&seen, &judge::Rule::default()) {
            running.beliefs = beliefs;
        }
    }

    /// Plans compared over all bets, and the forecasts of the best and of the plan as written.
    fn foretell(&self, what_if: &WhatIf) -> Result<Foretold, Refusal> {
        let wrong = crate::wrong_figures;
        let all = self.changed(&self.all.program, what_if);
        let live = self.changed(&self.live.program, what_if);
        let sequenced = compare(&all, &self.all.own, self.currency)?;
        let best = plan_of(&sequenced.plans[sequenced.best]);
        Ok(Foretold {
            best: simulate(&all, &best, SEED, PATHS).map_err(wrong)?.outcome,
            own: simulate(&live, &self.live.own, SEED, PATHS).map_err(wrong)?.outcome,
            bets: self.all.bets.clone(),
            sequenced,
        })
    }

    /// The assumptions with what becomes of a plan where each is off, those that move the gain most first.
    fn off_by(&self, best: &Plan) -> Result<Vec<Assumption>, Refusal> {
        let program = &self.all.program;
        let mut assumptions = Vec::new();
        for (name, now, turn) in self.assumptions(best) {
            assumptions.push(Assumption {
                name,
                now,
                low: side(program, best, &turn, 1.0 - OFF_BY)?,
                high: side(program, best, &turn, 1.0 + OFF_BY)?,
            });
        }
        assumptions.sort_by(|a, b| b.swing().total_cmp(&a.swing()));
        Ok(assumptions)
    }

    /// The assumptions that people made, each with what it is and what it does to a program.
    fn assumptions(&self, best: &Plan) -> Vec<(String, Assumed, Turn<'_>)> {
        let all = &self.all;
        let mut turns: Vec<(String, Assumed, Turn<'_>)> = Vec::new();
        // The first bet in the order that asks for such hours stands for all of them.
        let first = |hours: fn(&simulate::Bet) -> f64| {
            let mut asked = best
                .order
                .iter()
                .filter_map(|at| Some((hours(all.program.bets.get(*at)?), all.bets.get(*at)?)));
            asked
                .find(|(hours, _)| *hours > 0.0)
                .map(|(hours, bet)| Assumed::Hours(hours, bet.clone()))
        };
        if let Some(now) = first(set_up_left) {
            let turn = |program: &mut Program, factor: f64| {
                for bet in &mut program.bets {
                    let hours = set_up_left(bet) * factor;
                    set_up(bet, hours);
                }
            };
            turns.push(("Hours of set-up, all bets".into(), now, Box::new(turn)));
        }
        if all.program.switching_tax > 0.0 {
            let turn = |program: &mut Program, factor: f64| {
                program.switching_tax = (program.switching_tax * factor).min(1.0);
            };
            let now = Assumed::Share(all.program.switching_tax);
            turns.push(("Switching tax".into(), now, Box::new(turn)));
        }
        if let Some(now) = first(|bet| bet.weekly_overhead_hours) {
            let turn = |program: &mut Program, factor: f64| {
                for bet in &mut program.bets {
                    bet.weekly_overhead_hours *= factor;
                }
            };
            turns.push(("Weekly overhead, all bets".into(), now, Box::new(turn)));
        }
        for at in best.order.iter().take(PRIORS_TRIED).copied() {
            let turn = move |program: &mut Program, factor: f64| {
                if let Some(bet) = program.bets.get_mut(at) {
                    let priors = scaled(bet, factor);
                    self.believe(bet, &priors);
                }
            };
            let conversion = scaled(&all.program.bets[at], 1.0)
                .values()
                .map(|(a, b)| a / (a + b))
                .product();
            let name = format!("Conversion of {}", all.bets[at]);
            turns.push((name, Assumed::Share(conversion), Box::new(turn)));
        }
        turns
    }
}

/// What an assumption that is off by a factor does to a program.
type Turn<'a> = Box<dyn Fn(&mut Program, f64) + Send + Sync + 'a>;

/// The hours of set-up that are still to do.
fn set_up_left(bet: &simulate::Bet) -> f64 {
    bet.started
        .as_ref()
        .map_or(bet.set_up_hours, |running| running.set_up_hours_left)
}

/// Sets the hours of set-up; a bet whose set-up is done stays done.
fn set_up(bet: &mut simulate::Bet, hours: f64) {
    match &mut bet.started {
        Some(running) if running.set_up_hours_left <= 0.0 => {}
        Some(running) => running.set_up_hours_left = hours,
        None => bet.set_up_hours = hours,
    }
}

/// The priors of a bet's steps so that what comes of a target is `factor` times as likely, each step taking its part.
fn scaled(bet: &simulate::Bet, factor: f64) -> BTreeMap<usize, (f64, f64)> {
    let last = bet.value_at.unwrap_or(bet.steps.len().saturating_sub(1));
    let steps = bet.steps.iter().take(last + 1).enumerate();
    let each = factor.powf(1.0 / f64::from(u32::try_from(last + 1).unwrap_or(1)));
    steps
        .map(|(at, step)| {
            let (a, b) = step.prior;
            let mean = (a / (a + b) * each).min(MOST_CONVERSION);
            (at, (mean * (a + b), (1.0 - mean) * (a + b)))
        })
        .collect()
}

/// One side of an assumption: what is best then, and whether today's best plan still stands.
fn side(program: &Program, today: &Plan, turn: &Turn<'_>, factor: f64) -> Result<Side, Refusal> {
    let at = |factor: f64| {
        let mut program = program.clone();
        turn(&mut program, factor);
        program
    };
    let turned = at(factor);
    let sequenced = sequence::sequence(&turned, Some(today), SEED).map_err(crate::wrong_figures)?;
    let (best, spread) = (&sequenced.plans[sequenced.best], &sequenced.plans[sequenced.spread]);
    let kept = sequenced.own.map_or(best.vs_best, |own| sequenced.plans[own].vs_best);
    let lost = -kept.difference;
    let loses = (kept.high < 0.0 && lost > WORTH_A_CHANGE * best.mean).then_some(lost);
    let then = plan_of(best);
    let breaks_at = loses.map(|_| {
        let overtakes = |factor: f64| {
            let program = at(factor);
            let mean =
                |plan: &Plan| simulate(&program, plan, SEED, PAIR_PATHS).map_or(0.0, |forecast| forecast.outcome.mean);
            mean(&then) > mean(today)
        };
        let (mut stands, mut falls) = (1.0, factor);
        for _ in 0..HALVINGS {
            let middle = f64::midpoint(stands, falls);
            if overtakes(middle) {
                falls = middle;
            } else {
                stands = middle;
            }
        }
        falls
    });
    Ok(Side {
        factor,
        mean: best.mean,
        gain: Difference {
            difference: -spread.vs_best.difference,
            low: -spread.vs_best.high,
            high: -spread.vs_best.low,
        },
        best: then,
        loses,
        breaks_at,
    })
}

impl Assumption {
    /// How far the gain lies apart between the sides.
    fn swing(&self) -> f64 {
        (self.low.gain.difference - self.high.gain.difference).abs()
    }
}

impl Office {
    /// Compares plans and forecasts the outcome as planned, and once more with what is other. Nothing is saved.
    pub fn what_if<'a>(
        &'a self,
        actor: &'a Actor,
        standing: &'a Standing,
        what_if: &'a WhatIf,
    ) -> Answer<'a, Answered> {
        Box::pin(async move {
            actor.must(Permission::Read)?;
            let ground = Arc::new(Ground::of(standing)?);
            let known = |key: &String| ground.all.bets.iter().any(|bet| slug(bet) == *key);
            if let Some(key) = what_if.bets.keys().find(|key| !known(key)) {
                return Err(standing.no_such_bet(key));
            }
            let name = standing.fingerprint();
            let before = self.foretold(&name, &ground, &WhatIf::default()).await?;
            let after = self.foretold(&name, &ground, what_if).await?;
            Ok(Answered {
                before,
                after,
                already: ground.already,
            })
        })
    }

    /// What today's best plan is worth where an assumption is off by 40%.
    pub fn off_by<'a>(&'a self, actor: &'a Actor, standing: &'a Standing) -> Answer<'a, Arc<OffBy>> {
        Box::pin(async move {
            actor.must(Permission::Read)?;
            let name = standing.fingerprint();
            let try_each = async {
                let ground = Ground::of(standing)?;
                let (sequenced, bets) = self.sequence(actor, standing).await?;
                let best = plan_of(&sequenced.plans[sequenced.best]);
                let gain = -sequenced.plans[sequenced.spread].vs_best.difference;
                blocking(move || {
                    Ok(Arc::new(OffBy {
                        assumptions: ground.off_by(&best)?,
                        bets,
                        gain,
                        best,
                    }))
                })
                .await?
            };
            self.off_by.once(&name, try_each).await
        })
    }

    async fn foretold(&self, standing: &str, ground: &Arc<Ground>, what_if: &WhatIf) -> Result<Arc<Foretold>, Refusal> {
        let name = format!("{standing} {what_if:?}");
        let (ground, what_if) = (Arc::clone(ground), what_if.clone());
        let work = move || ground.foretell(&what_if).map(Arc::new);
        self.foretold.once(&name, async { blocking(work).await? }).await
    }
}
