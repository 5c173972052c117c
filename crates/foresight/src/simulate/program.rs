//! The input of a simulation: a program as plain data, the plans for it, and what is wrong with either. Must not simulate.

use crate::belief::Belief;
use crate::error::ForesightError;
use crate::limits;
use crate::overdispersion::Overdispersion;
use serde::{Deserialize, Serialize};

/// The least number of weeks that a set-up takes, however many hours there are.
const SET_UP_WEEKS: f64 = 4.0;

/// A team, its horizon and the bets it may run. Also the file of `beachhead sequence --program`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Program {
    /// The horizon, weeks from now.
    pub weeks: u32,
    /// Hours that the whole team has in a week.
    pub hours_per_week: f64,
    /// Share of the team's hours lost to switching for each live bet beyond the first (Weinberg's rule of thumb: 0.2).
    #[serde(default)]
    pub switching_tax: f64,
    /// What the outcome should reach by the horizon, in the unit of `deal_value`.
    #[serde(default)]
    pub target: Option<f64>,
    /// The bets, in any order; plans name them by position.
    #[serde(rename = "bet")]
    pub bets: Vec<Bet>,
}

/// One bet: what it costs, how many targets it has, and what is believed of its steps.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bet {
    /// What people call it; "bet 1" and so on when empty.
    #[serde(default)]
    pub name: String,
    /// Team hours before the first target can be worked.
    #[serde(default)]
    pub set_up_hours: f64,
    /// Team hours to work one target.
    pub hours_per_target: f64,
    /// Team hours that go each week to a live bet, whatever it does.
    #[serde(default)]
    pub weekly_overhead_hours: f64,
    /// Named targets that can be reached at all.
    pub targets: u32,
    /// Most targets that the route can absorb in a week.
    pub targets_per_week: f64,
    /// What one deal is worth.
    pub deal_value: DealValue,
    /// The motion, in order; the last step is won.
    #[serde(rename = "step")]
    pub steps: Vec<Step>,
    /// The gate, where the bet has one.
    #[serde(default)]
    pub gate: Option<Gate>,
    /// Position of the step whose arrival counts as value; the last one (won) unless said. An outcome measured in
    /// pipeline counts at the opportunity step.
    #[serde(default)]
    pub value_at: Option<usize>,
    /// Position of the bet whose gate must be met before this one may open.
    #[serde(default)]
    pub after: Option<usize>,
    /// How much accounts of the same partner resemble each other; not at all unless said. Partners take the accounts in
    /// turn, those in flight too.
    #[serde(default)]
    pub overdispersion: Option<Overdispersion>,
    /// Where a bet that is running already stands.
    #[serde(skip)]
    pub started: Option<Running>,
}

/// The value of one deal: log-normal from deal to deal, in units of the currency (or 1 and 0 to count deals).
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DealValue {
    /// Mean of one deal.
    pub mean: f64,
    /// Standard deviation from one deal to the next.
    #[serde(default)]
    pub sd: f64,
}

/// One step of a motion.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// What people call it.
    #[serde(default)]
    pub name: Option<String>,
    /// Beta(a, b) of the share of entrants that convert.
    pub prior: (f64, f64),
    /// Mean weeks from entering the step to converting; gamma with shape 2.
    pub delay_weeks: f64,
}

/// A gate: at least `need` accounts past `step` by a week, judged on a least number of worked targets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gate {
    /// Position of the step that is counted.
    pub step: usize,
    /// Accounts that must have converted.
    pub need: u32,
    /// When it is judged, weeks after the bet's start.
    pub week_after_start: u32,
    /// Not judged before this many targets have been worked.
    #[serde(default)]
    pub at_least_targets: u32,
}

/// Where a running bet stands at week 0.
#[derive(Debug, Clone)]
pub struct Running {
    /// Weeks since its start.
    pub weeks_running: u32,
    /// Set-up hours still to do.
    pub set_up_hours_left: f64,
    /// Targets not yet worked.
    pub targets_left: u32,
    /// Accounts that have converted at the gate's step already.
    pub gate_have: u32,
    /// For each step, the accounts in it now as (weeks since they entered it, count).
    pub in_flight: Vec<Vec<(u32, u64)>>,
    /// What is believed of each step after the evidence so far; takes the place of the priors.
    pub beliefs: Vec<Belief>,
}

/// What makes a bet stop or give way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Rule {
    /// Nothing: a bet runs until its targets are worked.
    Open,
    /// A missed gate retires the bet.
    Gated,
    /// At each review the bets with the highest index run, the others are parked.
    Index,
}

/// How live bets share the week's hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Share {
    /// The first in order is served first: targets, then set-ups.
    #[default]
    InOrder,
    /// Everything live gets an equal part, set-ups included.
    Equal,
}

/// In which order, how many at once, and by which rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Positions of bets, the first to open first. A bet left out never runs.
    pub order: Vec<usize>,
    /// Most live bets in a week.
    pub at_once: usize,
    /// When a bet stops.
    pub rule: Rule,
    /// How hours are shared.
    #[serde(skip)]
    pub share: Share,
}

impl Program {
    /// Checks that every number can be computed with.
    ///
    /// # Errors
    /// Says where, what and how to mend it.
    pub fn check(&self) -> Result<(), ForesightError> {
        let whole = |what: &str| ForesightError::invalid("weeks", what, "give the horizon in weeks, such as 104");
        if self.weeks == 0 {
            return Err(whole("is 0"));
        }
        ForesightError::at_most("weeks", u64::from(self.weeks), u64::from(limits::WEEKS))?;
        positive("hours_per_week", self.hours_per_week)?;
        if !(0.0..=1.0).contains(&self.switching_tax) {
            let what = format!("is {}", self.switching_tax);
            return Err(ForesightError::invalid(
                "switching_tax",
                what,
                "give a share of the week from 0 to 1",
            ));
        }
        if let Some(target) = self.target.filter(|target| !target.is_finite()) {
            return Err(ForesightError::invalid(
                "target",
                format!("is {target}"),
                "give a number, or leave it out",
            ));
        }
        if self.bets.is_empty() {
            return Err(ForesightError::invalid(
                "bet",
                "there is none",
                "add at least one [[bet]]",
            ));
        }
        ForesightError::at_most("bet", self.bets.len() as u64, limits::BETS)?;
        for (position, bet) in self.bets.iter().enumerate() {
            bet.check(&format!("bet[{position}]"))?;
            self.check_after(position)?;
        }
        let targets = self
            .bets
            .iter()
            .map(|bet| u64::from(bet.targets).saturating_add(bet.accounts_in_flight()));
        ForesightError::at_most(
            "bet.targets in all",
            targets.fold(0, u64::saturating_add),
            limits::TARGETS,
        )?;
        if self
            .bets
            .iter()
            .all(|bet| bet.weekly_overhead_hours >= self.hours_per_week)
        {
            return Err(ForesightError::invalid(
                "hours_per_week",
                format!("{} is no more than the weekly overhead of any bet", self.hours_per_week),
                "no target could ever be worked: give the team more hours or a bet less overhead",
            ));
        }
        Ok(())
    }

    /// A bet may wait only for another bet's gate, and not in a circle.
    fn check_after(&self, position: usize) -> Result<(), ForesightError> {
        let wrong = |what: String| {
            let at = format!("bet[{position}].after");
            Err(ForesightError::invalid(
                at,
                what,
                "name the position of another bet that has a gate, from 0",
            ))
        };
        let mut at = position;
        for _ in 0..self.bets.len() {
            let Some(after) = self.bets[at].after else {
                return Ok(());
            };
            match self.bets.get(after) {
                None => return wrong(format!("there is no bet {after}")),
                Some(bet) if bet.gate.is_none() => return wrong(format!("bet {after} has no gate to wait for")),
                Some(_) => at = after,
            }
        }
        wrong("the bets wait for each other in a circle".to_owned())
    }

    /// The bet whose gate a bet still waits for.
    pub(crate) fn waits_for(&self, bet: usize) -> Option<usize> {
        let met = |other: usize| {
            let other = &self.bets[other];
            let have = other.started.as_ref().map_or(0, |running| running.gate_have);
            other.gate.is_some_and(|gate| have >= gate.need)
        };
        self.bets[bet].after.filter(|&other| !met(other))
    }

    /// The team's hours in a week with so many live bets, after the switching tax.
    pub(crate) fn taxed_hours(&self, live: usize) -> f64 {
        let more = f64::from(u32::try_from(live.saturating_sub(1)).unwrap_or(u32::MAX));
        self.hours_per_week * (1.0 - self.switching_tax * more).max(0.0)
    }
}

impl Bet {
    fn check(&self, at: &str) -> Result<(), ForesightError> {
        not_negative(&format!("{at}.set_up_hours"), self.set_up_hours)?;
        positive(&format!("{at}.hours_per_target"), self.hours_per_target)?;
        not_negative(&format!("{at}.weekly_overhead_hours"), self.weekly_overhead_hours)?;
        positive(&format!("{at}.targets_per_week"), self.targets_per_week)?;
        if self.targets == 0 {
            let mend = "name the targets of the bet, or leave the bet out";
            return Err(ForesightError::invalid(format!("{at}.targets"), "is 0", mend));
        }
        positive(&format!("{at}.deal_value.mean"), self.deal_value.mean)?;
        let sd = self.deal_value.sd;
        if !(0.0..=limits::DEAL_SPREAD * self.deal_value.mean).contains(&sd) {
            let mend = "give the standard deviation of one deal's value: 0 or more, at most 100 times the mean";
            return Err(ForesightError::invalid(
                format!("{at}.deal_value.sd"),
                format!("is {sd}"),
                mend,
            ));
        }
        self.check_steps(at)?;
        if let Some(overdispersion) = self.overdispersion {
            overdispersion.check(at)?;
        }
        self.started
            .as_ref()
            .map_or(Ok(()), |running| self.check_running(at, running))
    }

    fn check_steps(&self, at: &str) -> Result<(), ForesightError> {
        if self.steps.is_empty() {
            return Err(ForesightError::invalid(
                format!("{at}.step"),
                "there is none",
                "add at least one [[bet.step]]",
            ));
        }
        ForesightError::at_most(format!("{at}.step"), self.steps.len() as u64, limits::STEPS)?;
        for (position, step) in self.steps.iter().enumerate() {
            let (a, b) = step.prior;
            let (least, most) = limits::PRIOR;
            if !(least..=most).contains(&a) || !(least..=most).contains(&b) {
                let mend = format!(
                    "give Beta parameters from {least} to {most}, such as [4.5, 5.5] for 45% as sure as ten accounts"
                );
                let what = format!("is [{a}, {b}]");
                return Err(ForesightError::invalid(
                    format!("{at}.step[{position}].prior"),
                    what,
                    mend,
                ));
            }
            let delay = step.delay_weeks;
            if !(limits::SHORTEST_DELAY_WEEKS..=f64::from(limits::WEEKS)).contains(&delay) {
                let mend = format!(
                    "give the mean weeks that the step takes: above 0, at most {}",
                    limits::WEEKS
                );
                let what = format!("is {delay}");
                return Err(ForesightError::invalid(
                    format!("{at}.step[{position}].delay_weeks"),
                    what,
                    mend,
                ));
            }
        }
        let named = [
            ("value_at", self.value_at),
            ("gate.step", self.gate.map(|gate| gate.step)),
        ];
        for (field, step) in named {
            if let Some(step) = step.filter(|&step| step >= self.steps.len()) {
                let what = format!("there is no step {step}");
                let mend = format!("name a step by its position, 0 to {}", self.steps.len() - 1);
                return Err(ForesightError::invalid(format!("{at}.{field}"), what, mend));
            }
        }
        Ok(())
    }

    fn check_running(&self, at: &str, running: &Running) -> Result<(), ForesightError> {
        not_negative(&format!("{at}.started.set_up_hours_left"), running.set_up_hours_left)?;
        if running.targets_left > self.targets {
            let what = format!("{} left of {}", running.targets_left, self.targets);
            let mend = "give at most as many as the bet has targets";
            return Err(ForesightError::invalid(
                format!("{at}.started.targets_left"),
                what,
                mend,
            ));
        }
        for (field, found) in [
            ("in_flight", running.in_flight.len()),
            ("beliefs", running.beliefs.len()),
        ] {
            if found != self.steps.len() {
                let what = format!("{found} for {} steps", self.steps.len());
                return Err(ForesightError::invalid(
                    format!("{at}.started.{field}"),
                    what,
                    "give one for each step",
                ));
            }
        }
        Ok(())
    }

    fn accounts_in_flight(&self) -> u64 {
        let ages = self
            .started
            .iter()
            .flat_map(|running| running.in_flight.iter().flatten());
        ages.fold(0, |sum, &(_, accounts)| sum.saturating_add(accounts))
    }

    /// The most hours that go to its set-up in a week.
    pub(crate) fn most_set_up_hours(&self) -> f64 {
        let left = self.started.as_ref().map_or(0.0, |running| running.set_up_hours_left);
        self.set_up_hours.max(left) / SET_UP_WEEKS
    }

    /// Position of the step whose arrival counts as value.
    pub(crate) fn value_step(&self) -> usize {
        self.value_at.unwrap_or(self.steps.len() - 1)
    }

    /// What is believed of each step at week 0.
    pub(crate) fn beliefs(&self) -> Vec<Belief> {
        match &self.started {
            Some(running) => running.beliefs.clone(),
            None => self
                .steps
                .iter()
                .map(|step| Belief::from_prior(step.prior.0, step.prior.1))
                .collect(),
        }
    }

    /// What people call the bet at a position.
    pub(crate) fn called(&self, position: usize) -> String {
        if self.name.is_empty() {
            format!("bet {}", position + 1)
        } else {
            self.name.clone()
        }
    }
}

impl Plan {
    /// Checks that the plan names bets of this program, each once, and runs at least one at a time.
    ///
    /// # Errors
    /// Says what is wrong and how to mend it.
    pub fn check(&self, program: &Program) -> Result<(), ForesightError> {
        let mut seen = vec![false; program.bets.len()];
        for &bet in &self.order {
            match seen.get_mut(bet) {
                Some(seen) if !*seen => *seen = true,
                Some(_) => {
                    return Err(ForesightError::invalid(
                        "plan.order",
                        format!("bet {bet} twice"),
                        "name each bet once",
                    ));
                }
                None => {
                    let mend = format!("name bets by their position, 0 to {}", program.bets.len() - 1);
                    return Err(ForesightError::invalid(
                        "plan.order",
                        format!("there is no bet {bet}"),
                        mend,
                    ));
                }
            }
        }
        if self.order.is_empty() || self.at_once == 0 {
            let what = if self.order.is_empty() {
                "no bet runs"
            } else {
                "at_once is 0"
            };
            return Err(ForesightError::invalid(
                "plan",
                what,
                "run at least one bet, at least one at once",
            ));
        }
        Ok(())
    }
}

fn positive(at: &str, x: f64) -> Result<(), ForesightError> {
    if x > 0.0 && x <= limits::AMOUNT {
        return Ok(());
    }
    Err(ForesightError::invalid(
        at,
        format!("is {x}"),
        format!("give a number above 0, at most {:e}", limits::AMOUNT),
    ))
}

fn not_negative(at: &str, x: f64) -> Result<(), ForesightError> {
    if (0.0..=limits::AMOUNT).contains(&x) {
        return Ok(());
    }
    Err(ForesightError::invalid(
        at,
        format!("is {x}"),
        format!("give 0 or more, at most {:e}", limits::AMOUNT),
    ))
}
