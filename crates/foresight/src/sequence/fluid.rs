//! The expected value of a plan without luck: hours and targets flow, every target brings its mean. Must not draw luck.
//!
//! While no gate and no index looks at what happens, the team's weeks are the same on every path, and a target's mean
//! does not depend on another's. So for such a plan the flow is the expectation itself, whole targets apart, at a
//! ten-thousandth of the cost of simulating it.

use crate::belief::Belief;
use crate::delay::Delay;
use crate::simulate::{Bet, Plan, Program, Rule, Share, TrueBet, Truth, arrival_cdf, whole};

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
            truth: truth.filter(|truth| truth.decay != 1.0 || truth.ramp != 1.0),
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

/// A team at the start of a week.
#[derive(Clone)]
struct Start {
    week: usize,
    value: f64,
    live: Vec<Desk>,
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
    ///
    /// `optimism` is in standard deviations of the log of what a target brings: above 0 a bet of which little is known
    /// looks better than its mean, by what there is to learn.
    pub(crate) fn of_beliefs(program: &'a Program, optimism: f64) -> Self {
        let flow = |bet: &'a Bet| {
            let beliefs = bet.beliefs();
            let mut rates: Vec<f64> = beliefs.iter().map(Belief::mean).collect();
            let variances = beliefs[..=bet.value_step()].iter().map(log_variance);
            rates[0] *= (optimism * variances.sum::<f64>().sqrt()).exp();
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
        self.run(&Self::START, order, at_once).0
    }

    const START: Start = Start {
        week: 0,
        value: 0.0,
        live: Vec::new(),
    };

    /// Goes on from a start with these bets to open. Gives the value, and where a place for a live bet first stood free.
    fn run(&self, start: &Start, order: &[usize], at_once: usize) -> (f64, Option<Start>) {
        let Start {
            mut value, mut live, ..
        } = start.clone();
        let mut waiting = order.iter();
        let mut free = None;
        for week in start.week..self.program.weeks as usize {
            while live.len() < at_once {
                let Some(&bet) = waiting.next() else { break };
                live.push(Desk {
                    bet,
                    set_up_left: self.bets[bet].set_up_hours,
                    worked: 0.0,
                    began: week,
                });
            }
            if free.is_none() && live.len() < at_once {
                let live = live.clone();
                free = Some(Start { week, value, live });
            }
            if live.is_empty() {
                break;
            }
            value += self.week(&mut live, week);
            live.retain(|desk| desk.worked < self.bets[desk.bet].targets - ROUNDING);
        }
        (value, free)
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
    /// A bet that no place ever falls free for is left out, and so is one that would cost more than it brings. With
    /// width enough the first is the best of all ordered subsets.
    pub(crate) fn orders(&self, at_once: usize, width: usize) -> Vec<(f64, Vec<usize>)> {
        let mut found: Vec<(f64, Vec<usize>)> = Vec::new();
        let mut growing = vec![(Vec::new(), Self::START)];
        while !growing.is_empty() {
            let mut grown = Vec::new();
            for (order, start) in &growing {
                for bet in (0..self.bets.len()).filter(|&bet| self.may_follow(bet, order)) {
                    let (value, free) = self.run(start, &[bet], at_once);
                    grown.push((value, [order.as_slice(), &[bet]].concat(), free));
                }
            }
            grown.sort_by(|a, b| b.0.total_cmp(&a.0));
            grown.truncate(width);
            found.extend(grown.iter().map(|(value, order, _)| (*value, order.clone())));
            growing = grown
                .into_iter()
                .filter_map(|(_, order, free)| Some((order, free?)))
                .collect();
        }
        found.sort_by(|a, b| b.0.total_cmp(&a.0));
        found
    }

    /// Whether a bet can be next in an order: a bet that waits for another's gate opens after it, if at all.
    fn may_follow(&self, bet: usize, order: &[usize]) -> bool {
        let waits_for = self.program.waits_for(bet);
        !order.contains(&bet) && waits_for.is_none_or(|other| order.contains(&other))
    }

    /// The best plan without gates with at most so many at once, grown as in [`Fluid::orders`].
    pub(crate) fn best(&self, most_at_once: usize, width: usize) -> Plan {
        let orders = (1..=most_at_once.min(self.bets.len())).filter_map(|at_once| {
            let (value, order) = self.orders(at_once, width).into_iter().next()?;
            Some((value, at_once, order))
        });
        // The fewest at once on ties.
        let best = orders.reduce(|best, other| if other.0 > best.0 { other } else { best });
        let (_, at_once, order) = best.unwrap_or((0.0, 1, vec![0]));
        Plan {
            order,
            at_once,
            rule: Rule::Open,
            share: Share::InOrder,
        }
    }
}

/// The variance of the log of a rate under a log-normal with the belief's mean and variance.
fn log_variance(belief: &Belief) -> f64 {
    if belief.mean() > 0.0 {
        (belief.sd() / belief.mean()).powi(2).ln_1p()
    } else {
        0.0
    }
}

/// Hours and targets below this are rounding of sums.
const ROUNDING: f64 = 1e-9;

#[cfg(test)]
mod tests {
    use super::Fluid;
    use crate::gym::Setting;
    use crate::gym::world::World;
    use crate::luck::Luck;
    use crate::simulate::{Model, Path, mean, run};

    /// The default and one where places fall free often, and what a target brings fades.
    fn settings() -> [Setting; 2] {
        let small = Setting {
            targets: 80,
            decay: 0.9,
            ramp: 0.5,
            ..Setting::default()
        };
        [Setting::default(), small]
    }

    #[test]
    fn the_flow_is_the_mean_of_simulated_weeks() {
        for setting in settings() {
            let world = World::new(&setting, 3, 0);
            let fluid = Fluid::of_truth(&world.program, &world.truth);
            let plan = fluid.best(3, 4);
            let model = Model::new(&world.program);
            let values: Vec<f64> = (0..1_000)
                .map(|luck| run(&model, &Path::of_truth(&model, &world.truth, Luck::new(luck)), &plan).total())
                .collect();
            let (flow, simulated) = (fluid.value(&plan.order, plan.at_once), mean(&values));
            let variance = mean(
                &values
                    .iter()
                    .map(|value| (value - simulated).powi(2))
                    .collect::<Vec<_>>(),
            );
            // Whole targets: up to one target of each bet is finished a week late.
            let margin = 3.0 * (variance / 1_000.0).sqrt() + 0.01 * flow;
            assert!((flow - simulated).abs() < margin, "flow {flow}, simulated {simulated}");
        }
    }

    #[test]
    fn a_narrow_search_loses_next_to_nothing() {
        for setting in settings() {
            let (mut narrow, mut all) = (0.0, 0.0);
            for number in 0..10 {
                let world = World::new(&setting, 4, number);
                let fluid = Fluid::of_beliefs(&world.program, 0.0);
                let value = |width| {
                    let plan = fluid.best(6, width);
                    fluid.value(&plan.order, plan.at_once)
                };
                let (found, best) = (value(8), value(usize::MAX));
                assert!(found <= best);
                narrow += found;
                all += best;
            }
            assert!(narrow > 0.999 * all, "narrow {narrow}, all {all}");
        }
    }

    #[test]
    fn optimism_favours_what_is_not_known() {
        let setting = Setting::default();
        let mut world = World::new(&setting, 3, 0);
        world.program.bets.truncate(2);
        world.program.bets[1] = world.program.bets[0].clone();
        for step in &mut world.program.bets[1].steps {
            step.prior = (step.prior.0 / 4.0, step.prior.1 / 4.0);
        }
        world.program.bets[0].deal_value.mean *= 1.01;
        let first = |optimism| Fluid::of_beliefs(&world.program, optimism).best(1, 8).order[0];
        assert_eq!((first(0.0), first(1.0)), (0, 1));
    }
}
