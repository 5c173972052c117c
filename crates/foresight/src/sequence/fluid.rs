//! The expected value of a plan without luck: hours and targets flow, every target brings its mean. Must not draw luck.
//!
//! While no gate and no index looks at what happens, the team's weeks are the same on every path, and a target's mean
//! does not depend on another's. So for such a plan the flow is the expectation itself, whole targets apart, at a
//! ten-thousandth of the cost of simulating it.

use crate::belief::Belief;
use crate::delay::Delay;
use crate::simulate::{Bet, Program, TrueBet, Truth, arrival_cdf, whole};

/// A program as flows.
pub(crate) struct Fluid<'a> {
    program: &'a Program,
    bets: Vec<Flow<'a>>,
}

/// A bet as a flow.
struct Flow<'a> {
    bet: &'a Bet,
    set_up_hours: f64,
    most_set_up_hours: f64,
    targets: f64,
    /// The mean that the first target brings by the horizon when it is worked in each week.
    brings: Vec<f64>,
    /// What is true of the bet, where it is known: how what a target brings changes from the first to the last.
    truth: Option<&'a TrueBet>,
}

impl<'a> Flow<'a> {
    fn new(program: &Program, bet: &'a Bet, rates: &[f64], delays: &[Delay], truth: Option<&'a TrueBet>) -> Self {
        let (weeks, value) = (program.weeks as usize, bet.value_step());
        let arrived = arrival_cdf(&delays[..=value], weeks);
        let each = rates[..=value].iter().product::<f64>() * bet.deal_value.mean;
        let (set_up_hours, targets) = match &bet.started {
            Some(running) => (running.set_up_hours_left, running.targets_left),
            None => (bet.set_up_hours, bet.targets),
        };
        Self {
            bet,
            set_up_hours,
            most_set_up_hours: bet.most_set_up_hours(),
            targets: f64::from(targets),
            brings: (0..weeks).map(|week| each * arrived[weeks - week]).collect(),
            truth,
        }
    }

    /// What a target brings as a multiple of the first, after so many others and weeks of work.
    fn fades(&self, worked: f64, weeks: usize) -> f64 {
        self.truth.map_or(1.0, |truth| {
            let steps = i32::try_from(self.bet.value_step() + 1).unwrap_or(i32::MAX);
            truth.fallen(whole(worked), self.bet.targets).powi(steps) * truth.ramped(weeks)
        })
    }
}

/// A plan's value, and whether a place for a live bet stood free in some week.
#[derive(Clone, Copy)]
struct Run {
    value: f64,
    free: bool,
}

/// Where a bet of the order stands.
#[derive(Clone, Copy)]
struct Desk {
    bet: usize,
    set_up_left: f64,
    worked: f64,
    began: usize,
}

impl<'a> Fluid<'a> {
    /// The program as it is believed to be: what in-flight accounts bring is the same under every plan and left out.
    pub(crate) fn of_beliefs(program: &'a Program) -> Self {
        let flow = |bet: &'a Bet| {
            let rates: Vec<f64> = bet.beliefs().iter().map(Belief::mean).collect();
            let delays: Vec<Delay> = bet.steps.iter().map(|step| Delay::new(step.delay_weeks)).collect();
            Flow::new(program, bet, &rates, &delays, None)
        };
        let bets = program.bets.iter().map(flow).collect();
        Self { program, bets }
    }

    /// The program as it really is.
    pub(crate) fn of_truth(program: &'a Program, truth: &'a Truth) -> Self {
        let flow =
            |(bet, truth): (&'a Bet, &'a TrueBet)| Flow::new(program, bet, &truth.rates, &truth.delays, Some(truth));
        let bets = program.bets.iter().zip(&truth.bets).map(flow).collect();
        Self { program, bets }
    }

    /// The mean value that a plan without gates brings by the horizon, the first in order served first.
    pub(crate) fn value(&self, order: &[usize], at_once: usize) -> f64 {
        self.run(order, at_once, &mut Vec::new()).value
    }

    fn run(&self, order: &[usize], at_once: usize, live: &mut Vec<Desk>) -> Run {
        live.clear();
        let mut waiting = order.iter();
        let mut run = Run {
            value: 0.0,
            free: false,
        };
        for week in 0..self.program.weeks as usize {
            while live.len() < at_once {
                let Some(&bet) = waiting.next() else { break };
                live.push(Desk {
                    bet,
                    set_up_left: self.bets[bet].set_up_hours,
                    worked: 0.0,
                    began: week,
                });
            }
            run.free |= live.len() < at_once;
            if live.is_empty() {
                break;
            }
            run.value += self.week(live, week);
            live.retain(|desk| desk.worked < self.bets[desk.bet].targets - ROUNDING);
        }
        run
    }

    /// One week: targets first, then set-ups, each in order. Gives the value of what was worked.
    fn week(&self, live: &mut [Desk], week: usize) -> f64 {
        let overhead: f64 = live
            .iter()
            .map(|desk| self.bets[desk.bet].bet.weekly_overhead_hours)
            .sum();
        let mut left = (self.program.taxed_hours(live.len()) - overhead).max(0.0);
        let mut value = 0.0;
        // A set-up that ends in this week leaves its first target to the next.
        for desk in live.iter_mut().filter(|desk| desk.set_up_left == 0.0) {
            let flow = &self.bets[desk.bet];
            let most = flow.bet.targets_per_week.min(flow.targets - desk.worked);
            let hours = (most * flow.bet.hours_per_target).min(left);
            left -= hours;
            let targets = hours / flow.bet.hours_per_target;
            if desk.worked == 0.0 {
                desk.began = week;
            }
            value += targets * flow.brings[week] * flow.fades(desk.worked + targets / 2.0, week - desk.began);
            desk.worked += targets;
        }
        for desk in live.iter_mut().filter(|desk| desk.set_up_left > 0.0) {
            let hours = desk.set_up_left.min(self.bets[desk.bet].most_set_up_hours).min(left);
            left -= hours;
            desk.set_up_left -= hours;
            if desk.set_up_left < ROUNDING {
                desk.set_up_left = 0.0;
            }
        }
        value
    }

    /// Orders with so many at once, best first: grown bet by bet from the front, the best `width` of each length kept.
    /// A bet that no slot ever falls free for is left out, and so is one that would cost more than it brings. Enough
    /// width and the first is the best of all ordered subsets.
    pub(crate) fn orders(&self, at_once: usize, width: usize) -> Vec<(f64, Vec<usize>)> {
        let mut live = Vec::new();
        let mut found: Vec<(f64, Vec<usize>)> = Vec::new();
        let mut growing: Vec<Vec<usize>> = vec![Vec::new()];
        while !growing.is_empty() {
            let mut grown: Vec<(Run, Vec<usize>)> = Vec::new();
            for order in &growing {
                for bet in (0..self.bets.len()).filter(|bet| !order.contains(bet)) {
                    let longer = [order.as_slice(), &[bet]].concat();
                    grown.push((self.run(&longer, at_once, &mut live), longer));
                }
            }
            grown.sort_by(|a, b| b.0.value.total_cmp(&a.0.value));
            grown.truncate(width);
            found.extend(grown.iter().map(|(run, order)| (run.value, order.clone())));
            growing = grown
                .into_iter()
                .filter(|(run, _)| run.free)
                .map(|(_, order)| order)
                .collect();
        }
        found.sort_by(|a, b| b.0.total_cmp(&a.0));
        found
    }

    /// The best of all ordered subsets and numbers at once: the number and the order.
    pub(crate) fn best(&self, most_at_once: usize) -> (usize, Vec<usize>) {
        let mut best = (f64::NEG_INFINITY, (1, vec![0]));
        for at_once in 1..=most_at_once.min(self.bets.len()) {
            if let Some((value, order)) = self.orders(at_once, usize::MAX).into_iter().next()
                && value > best.0
            {
                best = (value, (at_once, order));
            }
        }
        best.1
    }
}

/// Hours and targets below this are rounding of sums.
const ROUNDING: f64 = 1e-9;
