//! What a bet costs in opportunity: the hours that it will take, and which parked or planned bet would use them. Must not
//! decide between them.

use std::collections::BTreeMap;

use beachhead_foresight::belief::Belief;
use beachhead_foresight::estimate::{self, estimate};
use beachhead_foresight::judge::{self, Rule};
use beachhead_strategy::{Bet, BetState, Cycle, Outcome, Sequence, Strategy, Unit};

use crate::figures::as_real;
use crate::outlook::SEED;
use crate::plan;
use crate::reporting;
use crate::standing::Standing;

/// Draws of an estimate: its tenth and its ninetieth part move by less than a hundredth of it from seed to seed.
const DRAWS: u32 = 8_192;

/// What a bet takes in the next cycle, and who else would use it.
#[derive(Debug, Clone)]
pub struct Instead {
    /// The cycle after the one under review.
    pub cycle: Cycle,
    /// Hours that the bet takes in it, if it goes on as planned.
    pub hours: f64,
    /// What it brings to the outcome.
    pub brings: Brings,
    /// The bets that are parked or wait for their start; those that bring the most first.
    pub others: Vec<Other>,
}

/// A bet that would use the hours.
#[derive(Debug, Clone)]
pub struct Other {
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Parked, planned or proposed.
    pub state: BetState,
    /// Hours that it would take in that cycle, its set-up among them.
    pub hours: f64,
    /// What it brings to the outcome.
    pub brings: Brings,
    /// What would reopen it, where its cell says so.
    pub reopens: String,
}

/// What 100 hours of the team on a bet bring to the outcome.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Brings {
    /// In units of the outcome's measure, with the range that holds eight draws in ten.
    Value {
        /// The mean.
        mean: f64,
        /// One draw in ten is below.
        low: f64,
        /// One draw in ten is above.
        high: f64,
    },
    /// The bet's segment lies outside the outcome's scope.
    OutsideScope,
    /// Every target has been taken on.
    NoTargetLeft,
    /// Capacity, deal value or a step is missing, or deals do not add up to the outcome.
    CannotSay,
}

impl Brings {
    /// What it brings on average; nothing where that is not known.
    #[must_use]
    pub fn mean(self) -> f64 {
        match self {
            Self::Value { mean, .. } => mean,
            Self::OutsideScope | Self::NoTargetLeft | Self::CannotSay => 0.0,
        }
    }
}

impl Standing {
    /// What the hours of a bet could do instead; none while it takes no hours in the next cycle.
    #[must_use]
    pub fn instead_of(&self, bet: &Bet) -> Option<Instead> {
        let strategy = self.strategy();
        let cycle = self.cycle_under_review().next();
        let began = self.judged(&bet.name).and_then(|judged| judged.started);
        let began = began.or_else(|| self.since(&bet.name)).unwrap_or(self.today);
        let hours = hours_of(strategy, bet, strategy.program.calendar.containing(began), cycle);
        if hours <= 0.0 {
            return None;
        }
        let waits = |other: &&&Bet| {
            let state = self.state_of(&other.name);
            matches!(state, BetState::Parked | BetState::Planned | BetState::Proposed)
        };
        let mut others: Vec<Other> = self
            .bets()
            .iter()
            .filter(waits)
            .map(|other| self.would_use(other, cycle))
            .collect();
        others.sort_by(|one, other| other.brings.mean().total_cmp(&one.brings.mean()));
        Some(Instead {
            cycle,
            hours,
            brings: self.brings(bet),
            others,
        })
    }

    /// What a bet would do with hours if it started in a cycle.
    pub(crate) fn would_use(&self, bet: &Bet, cycle: Cycle) -> Other {
        let strategy = self.strategy();
        Other {
            key: bet.key(),
            name: bet.name.clone(),
            state: self.state_of(&bet.name),
            hours: hours_of(strategy, bet, cycle, cycle),
            brings: self.brings(bet),
            reopens: self.reopens(bet).to_owned(),
        }
    }

    /// What 100 hours on a bet bring to the outcome, from here on.
    fn brings(&self, bet: &Bet) -> Brings {
        let outcome = &self.strategy().outcome;
        if !outcome.scope.covers(&bet.segment) {
            return Brings::OutsideScope;
        }
        self.estimated(bet, outcome).unwrap_or(Brings::CannotSay)
    }

    fn estimated(&self, bet: &Bet, outcome: &Outcome) -> Option<Brings> {
        let measure = outcome.catalogued().filter(|measure| measure.unit == Unit::Money)?;
        let counted = measure.fed_by?;
        let last = bet.motion.steps.iter().position(|step| step.name == counted)?;
        let capacity = bet.capacity?;
        let judged = self.judged(&bet.name).filter(|_| self.state_of(&bet.name).is_worked());
        let entered = judged.map_or(0, |judged| judged.progress.targets.len() as u64);
        let targets = u64::from(capacity.targets).saturating_sub(entered);
        if targets == 0 {
            return Some(Brings::NoTargetLeft);
        }
        let seen = judged.and_then(|judged| judge::beliefs(judged.evidence.as_ref()?, &Rule::default()).ok());
        let assumed = || {
            let prior = |step| {
                let (a, b) = plan::prior(step);
                Belief::from_prior(a, b)
            };
            bet.motion.steps.iter().map(prior).collect()
        };
        let mut rates: Vec<Belief> = seen.unwrap_or_else(assumed);
        rates.truncate(last + 1);
        let weeks = as_real(targets) / capacity.targets_per_week;
        let set_up = if entered == 0 { capacity.set_up_hours } else { 0.0 };
        let hours = set_up + capacity.hours_per_target * as_real(targets) + capacity.weekly_overhead_hours * weeks;
        let alone = [estimate::Bet {
            targets,
            rates,
            deal_value: plan::deal_value(bet)?,
        }];
        if !(hours.is_finite() && hours > 0.0) {
            return None;
        }
        let found = estimate(&alone, None, SEED, DRAWS).ok()?;
        let per_hundred = |value: f64| value / hours * 100.0;
        Some(Brings::Value {
            mean: per_hundred(found.mean),
            low: per_hundred(found.p10),
            high: per_hundred(found.p90),
        })
    }
}

/// Hours that a bet takes in a cycle if it starts in another and goes on past its gate.
fn hours_of(strategy: &Strategy, bet: &Bet, starts: Cycle, cycle: Cycle) -> f64 {
    let alone = Strategy {
        program: strategy.program.clone(),
        outcome: Outcome {
            by: Some(strategy.program.calendar.last_day(cycle)),
            ..Outcome::default()
        },
        bets: vec![Bet {
            starts: Some(starts),
            after: String::new(),
            gate: None,
            ..bet.clone()
        }],
        ..Strategy::default()
    };
    let states = BTreeMap::from([(bet.name.clone(), BetState::Running)]);
    let sequence = Sequence::of(&alone, &states);
    let load = sequence.cycles.iter().find(|load| load.cycle == cycle);
    load.map_or(0.0, |load| load.hours_asked())
}

impl Brings {
    /// "USD 12 400 (8 100 to 17 000) of sourced pipeline per 100 hours".
    #[must_use]
    pub fn in_words(self, strategy: &Strategy) -> String {
        let outcome = &strategy.outcome;
        match self {
            Self::Value { mean, low, high } => {
                let value = reporting::unit(strategy, &outcome.measure).with_range(mean, low, high);
                let name = reporting::measure_name(&outcome.measure).to_lowercase();
                format!("{value} of {name} per 100 hours")
            }
            Self::OutsideScope => format!(
                "nothing towards the outcome, which counts {} alone",
                outcome.scope.name()
            ),
            Self::NoTargetLeft => "nothing more: every target has been taken on".to_owned(),
            Self::CannotSay => "not known: its capacity, deal value or a step is not written".to_owned(),
        }
    }
}
