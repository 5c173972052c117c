//! Explain a miss: what an outcome came to against what was planned, split into volume, timing, conversion by step and
//! value per deal, by bet. Must not know facts, money or dates: it takes counts and weeks.

use serde::Serialize;

use crate::delay::{Delay, LN_SCALE_SD, LN_SCALES};
use crate::error::ForesightError;
use crate::interval::as_real;
use crate::limits;

/// Halvings of the interval in which a share is sought: more than a double has bits.
const HALVINGS: u32 = 60;

/// A bet as it was planned and as it went.
#[derive(Debug, Clone, PartialEq)]
pub struct Bet {
    /// Targets planned to enter in each week since its planned start, up to the day of the question.
    pub planned_per_week: Vec<f64>,
    /// What a deal was planned to be worth.
    pub planned_deal_value: f64,
    /// The steps, in order; the last is the one whose arrivals count as value.
    pub steps: Vec<Step>,
    /// What the outcome counts of its deals.
    pub value: f64,
}

/// A step as it was planned, and what became of those who entered it.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Planned share of entrants that convert.
    pub conversion: f64,
    /// Planned mean weeks of those who do.
    pub delay_weeks: f64,
    /// Everybody who entered it, with how many were alike.
    pub entrants: Vec<(Entrant, u64)>,
}

/// Somebody who entered a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entrant {
    /// Weeks since they entered it.
    pub age_weeks: u32,
    /// What became of them.
    pub fate: Fate,
}

/// What became of an entrant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// Nothing yet.
    Open,
    /// They said no.
    Lost,
    /// They converted after so many weeks in the step.
    Converted {
        /// Weeks from entering the step.
        after_weeks: u32,
    },
}

/// What the difference is made of. The parts of all bets and what came from outside add up to it exactly.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Miss {
    /// What was planned to have come by now, in whole units.
    pub planned: i64,
    /// What has come, in whole units.
    pub actual: i64,
    /// What came from no bet, and was in no plan.
    pub outside: i64,
    /// Bet by bet, in the order given.
    pub bets: Vec<BetMiss>,
}

/// What one bet adds to the difference.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BetMiss {
    /// What it was planned to have brought.
    pub planned: i64,
    /// What it has brought.
    pub actual: i64,
    /// Fewer or more targets worked than planned, each at what the plan made of one.
    pub volume: Part,
    /// Of those worked, less or more has come due than planned; `planned` and `actual` are shares of what will come.
    pub timing: Part,
    /// By step: of what was due, fewer or more converted; `planned` is what the plan's rate makes of those due.
    pub conversion: Vec<Part>,
    /// Deals worth less or more; `planned` and `actual` are of one deal.
    pub value: Part,
}

/// One part of a difference, and the two figures that it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Part {
    /// What it adds, in whole units: below zero where it falls behind the plan.
    pub amount: i64,
    /// The figure as planned.
    pub planned: f64,
    /// The figure as it went.
    pub actual: f64,
}

impl BetMiss {
    /// The parts in the order in which they were taken: volume, timing, each step, value.
    pub fn parts(&self) -> impl Iterator<Item = &Part> {
        [&self.volume, &self.timing]
            .into_iter()
            .chain(&self.conversion)
            .chain([&self.value])
    }
}

/// Splits the difference between what came and what was planned. `total` is everything that the outcome counts, from
/// bets or not; it counts since `period_weeks` ago.
///
/// What a bet brings is a product: targets worked, and for each step the share of them that is due by now times the
/// share of those due that converts, and the value of a deal. The difference is taken factor by factor, the plan's
/// figure replaced by what happened: first how many were worked, then how much of that was due, then the steps in their
/// order, then what a deal was worth. This is the flexible-budget variance of cost accounting (Horngren, Datar & Rajan,
/// *Cost Accounting*, ch. 7), each part on the quantities of the parts before it, so that it can be checked by one
/// multiplication. The average over all orders (Shapley 1953; Shorrocks 2013) would not depend on the order, but it
/// shares what two factors do together between them: a step of which nothing is due yet would be blamed for half of
/// what is only too early. Here what is not due is timing, whatever it will come to.
///
/// A share due is that of the delays: the plan's for the plan's weeks of entry, and for those who really entered with
/// the pace that those who converted suggest. Each level of the cascade is rounded to a whole unit and each part is a
/// difference of two of them, so that the parts add up to the last unit.
///
/// # Errors
/// Figures that cannot be: where, what, and how to mend it.
pub fn explain(bets: &[Bet], total: f64, period_weeks: u32) -> Result<Miss, ForesightError> {
    ForesightError::at_most("bet", bets.len() as u64, limits::BETS)?;
    amount("total", total)?;
    for (position, bet) in bets.iter().enumerate() {
        bet.check(&format!("bet[{position}]"), period_weeks)?;
    }
    let bets: Vec<BetMiss> = bets.iter().map(|bet| bet.explain(period_weeks)).collect();
    let from_bets: i64 = bets.iter().map(|bet| bet.actual).sum();
    let actual = whole(total);
    Ok(Miss {
        planned: bets.iter().map(|bet| bet.planned).sum(),
        actual,
        outside: actual - from_bets,
        bets,
    })
}

impl Miss {
    /// What has come less what was planned.
    #[must_use]
    pub const fn difference(&self) -> i64 {
        self.actual - self.planned
    }
}

/// The factors of a bet: targets, for each step the share due and the share of those due that converts, a deal's value.
struct Factors {
    targets: f64,
    due: Vec<f64>,
    converts: Vec<f64>,
    deal_value: f64,
}

impl Factors {
    fn product(&self) -> f64 {
        self.targets * self.due.iter().product::<f64>() * self.converts.iter().product::<f64>() * self.deal_value
    }
}

impl Bet {
    /// How many of its deals came within so many last weeks: those that its value is made of.
    #[must_use]
    pub fn deals(&self, period_weeks: u32) -> f64 {
        self.steps.last().map_or(0.0, |step| step.converted(Some(period_weeks)))
    }

    fn explain(&self, period_weeks: u32) -> BetMiss {
        let (planned, actual) = self.factors(period_weeks);
        let mut now = Factors {
            targets: planned.targets,
            due: planned.due.clone(),
            converts: planned.converts.clone(),
            deal_value: planned.deal_value,
        };
        let mut level = whole(now.product());
        let first = level;
        let mut part = |now: &Factors, planned: f64, actual: f64| {
            let before = level;
            level = whole(now.product());
            Part {
                amount: level - before,
                planned,
                actual,
            }
        };
        now.targets = actual.targets;
        let volume = part(&now, planned.targets, actual.targets);
        now.due.clone_from(&actual.due);
        let timing = part(&now, planned.due.iter().product(), actual.due.iter().product());
        let mut conversion = Vec::with_capacity(self.steps.len());
        for (at, step) in self.steps.iter().enumerate() {
            now.converts[at] = actual.converts[at];
            let due = step.entered() * actual.due[at];
            conversion.push(part(&now, due * planned.converts[at], due * actual.converts[at]));
        }
        // The last level is what came, whatever the factors lost to rounding.
        let value = Part {
            amount: whole(self.value) - level,
            planned: planned.deal_value,
            actual: actual.deal_value,
        };
        BetMiss {
            planned: first,
            actual: whole(self.value),
            volume,
            timing,
            conversion,
            value,
        }
    }

    /// The factors as planned and as they went. Where one side has nothing to tell a factor from, it takes the other's:
    /// that factor then has no part in the difference.
    fn factors(&self, period_weeks: u32) -> (Factors, Factors) {
        let planned_due = self.planned_due(period_weeks);
        let targets = self.steps.first().map_or(0.0, Step::entered);
        let (mut due, mut converts) = (Vec::new(), Vec::new());
        let mut reached = targets;
        for (at, step) in self.steps.iter().enumerate() {
            let last = at + 1 == self.steps.len();
            reached = step.converted(if last { Some(period_weeks) } else { None });
            let seen = step.due_and_converting(reached);
            due.push(seen.map(|(due, _)| due));
            converts.push(seen.map_or(step.conversion, |(_, converts)| converts));
        }
        let or = |one: &Option<f64>, other: &Option<f64>| one.or(*other).unwrap_or(1.0);
        let planned = Factors {
            targets: self.planned_per_week.iter().fold(0.0, |sum, targets| sum + targets),
            due: planned_due
                .iter()
                .zip(&due)
                .map(|(plan, seen)| or(plan, seen))
                .collect(),
            converts: self.steps.iter().map(|step| step.conversion).collect(),
            deal_value: self.planned_deal_value,
        };
        let actual = Factors {
            targets,
            due: due
                .iter()
                .zip(&planned_due)
                .map(|(seen, plan)| or(seen, plan))
                .collect(),
            converts,
            deal_value: if reached > 0.0 {
                self.value / reached
            } else {
                self.planned_deal_value
            },
        };
        (planned, actual)
    }

    /// For each step, the share of what it will come to that the plan has due by now; none where nobody was to have
    /// entered it yet.
    fn planned_due(&self, period_weeks: u32) -> Vec<Option<f64>> {
        let weeks = self.planned_per_week.len();
        // Arrivals at the end of each week from 1; those of week 0 are the beginning.
        let mut entering: Vec<f64> = self.planned_per_week.clone();
        entering.push(0.0);
        let mut due = Vec::with_capacity(self.steps.len());
        for (at, step) in self.steps.iter().enumerate() {
            let delay = Delay::new(step.delay_weeks);
            let arrives = |week: usize| -> f64 {
                let before = entering.iter().take(week).enumerate();
                before
                    .map(|(entered, n)| n * delay.pmf(u32::try_from(week - entered).unwrap_or(u32::MAX)))
                    .sum()
            };
            let arrived: Vec<f64> = (0..=weeks).map(arrives).collect();
            let entered: f64 = entering.iter().sum();
            let counts = if at + 1 == self.steps.len() {
                weeks.saturating_sub(period_weeks as usize)
            } else {
                0
            };
            let share = arrived.iter().skip(counts).sum::<f64>() / entered;
            due.push(share.is_finite().then_some(share.min(1.0)));
            entering = arrived;
        }
        due
    }

    fn check(&self, at: &str, period_weeks: u32) -> Result<(), ForesightError> {
        ForesightError::at_most(
            format!("{at}.planned_per_week"),
            self.planned_per_week.len() as u64,
            u64::from(limits::WEEKS),
        )?;
        for (week, targets) in self.planned_per_week.iter().enumerate() {
            amount(&format!("{at}.planned_per_week[{week}]"), *targets)?;
        }
        amount(&format!("{at}.planned_deal_value"), self.planned_deal_value)?;
        amount(&format!("{at}.value"), self.value)?;
        if self.steps.is_empty() {
            let mend = "give the steps up to the one that counts as value";
            return Err(ForesightError::invalid(format!("{at}.steps"), "there is none", mend));
        }
        ForesightError::at_most(format!("{at}.steps"), self.steps.len() as u64, limits::STEPS)?;
        for (position, step) in self.steps.iter().enumerate() {
            step.check(&format!("{at}.steps[{position}]"))?;
        }
        for (position, pair) in self.steps.windows(2).enumerate() {
            let (passed, entered) = (pair[0].converted(None), pair[1].entered());
            if entered != passed {
                let what = format!("{entered} entered and {passed} converted before");
                let mend = "give everybody who converted at a step as an entrant of the next";
                return Err(ForesightError::invalid(
                    format!("{at}.steps[{}]", position + 1),
                    what,
                    mend,
                ));
            }
        }
        let targets = self.planned_per_week.iter().sum::<f64>();
        let most = targets.max(self.steps.first().map_or(0.0, Step::entered));
        amount(
            &format!("{at}: targets times deal value"),
            most * self.planned_deal_value,
        )?;
        if self.deals(period_weeks) == 0.0 && self.value > 0.0 {
            let what = format!("is {} from no deal", self.value);
            let mend = "count it outside of the bets, or give the deals it comes from";
            return Err(ForesightError::invalid(format!("{at}.value"), what, mend));
        }
        Ok(())
    }
}

impl Step {
    fn entered(&self) -> f64 {
        self.entrants.iter().fold(0.0, |sum, (_, n)| sum + as_real(*n))
    }

    /// Those who converted; with `within`, in so many last weeks.
    fn converted(&self, within: Option<u32>) -> f64 {
        let counts = |entrant: &Entrant| match entrant.fate {
            Fate::Converted { after_weeks } => {
                within.is_none_or(|weeks| entrant.age_weeks.saturating_sub(after_weeks) <= weeks)
            }
            Fate::Open | Fate::Lost => false,
        };
        let converted = self.entrants.iter().filter(|(entrant, _)| counts(entrant));
        converted.fold(0.0, |sum, (_, n)| sum + as_real(*n))
    }

    /// The share of those who entered that is due by now, and the share of those due that converted; none where nobody
    /// entered, or none of them is due and none converted. What converted was due, however early.
    fn due_and_converting(&self, converted: f64) -> Option<(f64, f64)> {
        let entered = self.entered();
        let delay = Delay::new(self.delay_weeks * self.pace());
        let run = self
            .entrants
            .iter()
            .map(|(entrant, n)| as_real(*n) * delay.cdf(entrant.age_weeks))
            .sum::<f64>();
        let due = (run / entered).max(converted / entered);
        (entered > 0.0).then(|| {
            let converts = if due > 0.0 {
                converted / (entered * due)
            } else {
                self.conversion
            };
            (due, converts)
        })
    }

    /// How much slower (above 1) or faster than planned the step goes: the likeliest of the paces, each at the share
    /// converting that suits it best (a cure model: Chapelle 2014), against a log-normal spread. It is 1 while nobody has
    /// converted, since then nothing speaks of it.
    fn pace(&self) -> f64 {
        if self.converted(None) == 0.0 {
            return 1.0;
        }
        let score = |log_pace: f64| {
            let delay = Delay::new(self.delay_weeks * log_pace.exp());
            self.log_likelihood(&delay) - 0.5 * (log_pace / LN_SCALE_SD).powi(2)
        };
        let mut best = (score(0.0), 0.0);
        for log_pace in LN_SCALES {
            let score = score(log_pace);
            if score > best.0 {
                best = (score, log_pace);
            }
        }
        best.1.exp()
    }

    /// The log-likelihood of what is seen with these delays, at the share converting that makes it largest.
    fn log_likelihood(&self, delay: &Delay) -> f64 {
        let converted = self.converted(None);
        // The slope falls as the share rises, so its zero is bracketed and halved.
        let slope = |share: f64| {
            let held_back: f64 = self
                .held_back(delay)
                .map(|(seen, n)| n * seen / (1.0 - share * seen))
                .sum();
            converted / share - held_back
        };
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..HALVINGS {
            let middle = f64::midpoint(low, high);
            if slope(middle) > 0.0 {
                low = middle;
            } else {
                high = middle;
            }
        }
        let share = f64::midpoint(low, high);
        let seen = self.entrants.iter().map(|(entrant, n)| match entrant.fate {
            Fate::Converted { after_weeks } => as_real(*n) * delay.pmf(after_weeks.max(1)).max(f64::MIN_POSITIVE).ln(),
            Fate::Open | Fate::Lost => 0.0,
        });
        let held: f64 = self
            .held_back(delay)
            .map(|(seen, n)| n * (1.0 - share * seen).max(f64::MIN_POSITIVE).ln())
            .sum();
        converted * share.ln() + seen.sum::<f64>() + held
    }

    /// Those who have not converted: the share of a conversion that would have been seen of them, and how many.
    fn held_back<'a>(&'a self, delay: &'a Delay) -> impl Iterator<Item = (f64, f64)> + 'a {
        self.entrants.iter().filter_map(|(entrant, n)| match entrant.fate {
            Fate::Open => Some((delay.cdf(entrant.age_weeks), as_real(*n))),
            Fate::Lost => Some((1.0, as_real(*n))),
            Fate::Converted { .. } => None,
        })
    }

    fn check(&self, at: &str) -> Result<(), ForesightError> {
        if !(self.conversion > 0.0 && self.conversion <= 1.0) {
            let what = format!("is {}", self.conversion);
            let mend = "give the planned share that converts, above 0 and at most 1";
            return Err(ForesightError::invalid(format!("{at}.conversion"), what, mend));
        }
        if !(limits::SHORTEST_DELAY_WEEKS..=f64::from(limits::WEEKS)).contains(&self.delay_weeks) {
            let what = format!("is {}", self.delay_weeks);
            let mend = format!("give the mean weeks of the step: above 0, at most {}", limits::WEEKS);
            return Err(ForesightError::invalid(format!("{at}.delay_weeks"), what, mend));
        }
        let entered = self.entrants.iter().fold(0_u64, |sum, (_, n)| sum.saturating_add(*n));
        ForesightError::at_most(format!("{at}.entrants"), entered, limits::ACCOUNTS)?;
        for (position, (entrant, _)) in self.entrants.iter().enumerate() {
            let at = format!("{at}.entrants[{position}]");
            ForesightError::at_most(
                format!("{at}.age_weeks"),
                u64::from(entrant.age_weeks),
                u64::from(limits::WEEKS),
            )?;
            if let Fate::Converted { after_weeks } = entrant.fate
                && after_weeks > entrant.age_weeks
            {
                let what = format!(
                    "converted after {after_weeks} weeks, {} after entering",
                    entrant.age_weeks
                );
                return Err(ForesightError::invalid(at, what, "give an age of at least the delay"));
            }
        }
        Ok(())
    }
}

fn amount(at: &str, x: f64) -> Result<(), ForesightError> {
    if (0.0..=limits::AMOUNT).contains(&x) {
        return Ok(());
    }
    let mend = format!("give 0 or more, at most {:e}", limits::AMOUNT);
    Err(ForesightError::invalid(at, format!("is {x}"), mend))
}

/// The nearest whole number of units.
#[expect(
    clippy::cast_possible_truncation,
    reason = "targets times value are checked to be far within 2^63, and a cast saturates"
)]
fn whole(x: f64) -> i64 {
    x.round() as i64
}

#[cfg(test)]
mod tests;
