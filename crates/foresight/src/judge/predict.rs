//! How many events a gate's step will have had by a week: accounts under way and accounts planned, as one matched
//! binomial for each draw of rates and delays. Must not know of thresholds.

use std::iter::StepBy;
use std::ops::Range;
use std::sync::LazyLock;

use super::posterior::{AtDelay, StepPosterior, Waiting};
use crate::belief;
use crate::delay::Erlang;
use crate::interval::as_real;
use crate::limits;
use crate::luck::Luck;
use crate::special::binomial_tail;

/// Draws of rates, and the delays they share: each delay scenario is convolved once.
const SCENARIOS: usize = 32;
const DRAWS: usize = 128;

/// Chances to arrive at a step's conversion within some weeks, for given delays: they do not depend on the rates.
#[derive(Debug, Clone)]
pub(crate) struct Reach<'a> {
    /// For each step up to the counted one, its accounts under way, and the chance that this step's delay ends later
    /// than now and all delays end in time.
    under_way: Vec<(&'a Waiting, Vec<f64>)>,
    /// Sum, and sum of squares, over planned targets of the chance to be through all delays in time.
    planned: (f64, f64),
}

impl<'a> Reach<'a> {
    /// The steps are those up to the counted one, each with its accounts under way; `planned[i]` are the targets
    /// entering `i` weeks from now.
    pub(crate) fn within(
        weeks: u32,
        steps: impl DoubleEndedIterator<Item = (Erlang, &'a Waiting)>,
        planned: &[f64],
    ) -> Self {
        // Chance that all delays after the current step end within r weeks, from the counted step backwards.
        let mut rest = vec![1.0; weeks as usize + 1];
        let mut under_way = Vec::with_capacity(4);
        for (delay, waiting) in steps.rev() {
            let ahead = delay.then(&rest);
            let aged = waiting.age.iter().zip(&waiting.faded);
            under_way.push((waiting, aged.map(|(&age, &faded)| ahead.after(age, faded)).collect()));
            rest = ahead.chances;
        }
        under_way.reverse();
        let mut sums = (0.0, 0.0);
        for (targets, in_time) in planned.iter().zip(rest.iter().rev()) {
            sums.0 += targets * in_time;
            sums.1 += targets * in_time * in_time;
        }
        Self {
            under_way,
            planned: sums,
        }
    }

    /// As [`Reach::within`], of planned targets alone.
    pub(crate) fn of_planned(weeks: u32, delays: impl DoubleEndedIterator<Item = Erlang>, planned: &[f64]) -> Self {
        static NONE: Waiting = Waiting {
            count: Vec::new(),
            age: Vec::new(),
            faded: Vec::new(),
            to_come: Vec::new(),
        };
        Self::within(weeks, delays.map(|delay| (delay, &NONE)), planned)
    }

    /// Planned targets, each counted by its chance to be through all delays in time.
    pub(crate) fn planned(&self) -> f64 {
        self.planned.0
    }

    /// Mean of the count of events and the sum of squares of its chances, at these rates.
    pub(crate) fn count(&self, rates: &[f64]) -> Count {
        let mut after = 1.0;
        let (mut mean, mut squares) = (0.0, 0.0);
        for ((waiting, in_time), &p) in self.under_way.iter().zip(rates).rev() {
            let (q, reaches) = (1.0 - p, p * after);
            let sums = pairwise(
                [&waiting.count, in_time, &waiting.to_come],
                |[count, in_time, to_come]| {
                    let chance = (reaches * in_time / (q + p * to_come).max(f64::MIN_POSITIVE)).min(1.0);
                    [count * chance, count * chance * chance]
                },
            );
            mean += sums[0];
            squares += sums[1];
            after *= p;
        }
        let planned = self.count_planned(after);
        Count {
            mean: mean + planned.mean,
            squares: squares + planned.squares,
        }
    }

    /// As [`Reach::count`], of planned targets alone, of which the share `theta` become an event in the end.
    pub(crate) fn count_planned(&self, theta: f64) -> Count {
        Count {
            mean: theta * self.planned.0,
            squares: theta * theta * self.planned.1,
        }
    }
}

/// The two sums of `of` over three columns of one length, in four lanes that a processor adds up side by side.
fn pairwise(columns: [&[f64]; 3], of: impl Fn([f64; 3]) -> [f64; 2]) -> [f64; 2] {
    let [a, b, c] = columns.map(|column| column.as_chunks::<4>());
    let (mut one, mut two) = ([0.0; 4], [0.0; 4]);
    for ((a, b), c) in a.0.iter().zip(b.0).zip(c.0) {
        for lane in 0..4 {
            let [x, y] = of([a[lane], b[lane], c[lane]]);
            one[lane] += x;
            two[lane] += y;
        }
    }
    for ((&a, &b), &c) in a.1.iter().zip(b.1).zip(c.1) {
        let [x, y] = of([a, b, c]);
        one[0] += x;
        two[0] += y;
    }
    [one.iter().sum(), two.iter().sum()]
}

/// A Poisson-binomial count by its first two moments.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Count {
    pub(crate) mean: f64,
    squares: f64,
}

impl Count {
    /// `P(count >= k)` by the binomial with the same mean and (nearly) variance: `p* = 1 - var/mean`,
    /// `n* = round(mean/p*)`. At most 0.0038 off over 400 realistic mixes (numbers.md 1(b)).
    pub(crate) fn at_least(self, k: u64) -> f64 {
        if k == 0 {
            return 1.0;
        }
        if self.mean <= 0.0 {
            return 0.0;
        }
        // var = mean - sum of squares.
        let p = self.squares / self.mean;
        let n = (self.mean / p).round().max(1.0);
        binomial_tail(n, (self.mean / n).min(1.0), as_real(k))
    }

    fn variance(self) -> f64 {
        (self.mean - self.squares).max(0.0)
    }
}

/// The further events of a gate, as far as they can be foreseen.
#[derive(Debug, Clone)]
pub(super) struct Forecast {
    /// The chance of at least so many more events as the gate still needs.
    pub(super) probability: f64,
    /// The mean of further events, and its two sources of variance: not knowing the rates, and luck.
    pub(super) mean: f64,
    pub(super) variance_of_rates: f64,
    pub(super) variance_of_luck: f64,
    /// Each draw's share of targets that become an event in the end, in ascending order.
    thetas: Vec<f64>,
    theta_mean: f64,
}

impl Forecast {
    /// Foresees the last of `steps` for the weeks to come, given with the targets planned for them, in which `missing`
    /// events more are needed.
    ///
    /// Delays of different steps are guessed by different people about different things, so their multipliers are
    /// independent. Rates and delays are drawn by a Latin hypercube (McKay, Beckman & Conover 1979) that is the same
    /// for every bet: no seed, and no jitter from one look to the next.
    pub(super) fn of(steps: &[StepPosterior], (planned, weeks): (&[f64], u32), missing: u64) -> Self {
        let (mut chance, mut means, mut luck_variance) = (0.0, Vec::with_capacity(DRAWS), 0.0);
        let mut thetas = Vec::with_capacity(DRAWS);
        for (at, draws) in scenarios(steps) {
            let reach = Reach::within(weeks, at.iter().map(|at| (at.delay, &at.waiting)), planned);
            for rates in draws_of(&at, draws) {
                let count = reach.count(&rates);
                chance += count.at_least(missing);
                luck_variance += count.variance();
                means.push(count.mean);
                thetas.push(rates.iter().product());
            }
        }
        thetas.sort_by(f64::total_cmp);
        let draws = DRAWS as f64;
        let mean = means.iter().sum::<f64>() / draws;
        Self {
            probability: (chance / draws).clamp(0.0, 1.0),
            mean,
            variance_of_rates: means.iter().map(|m| (m - mean).powi(2)).sum::<f64>() / draws,
            variance_of_luck: luck_variance / draws,
            thetas,
            theta_mean: steps.iter().map(StepPosterior::mean).product(),
        }
    }

    /// Takes what is said of theta from other posteriors than those that the count is foreseen by.
    pub(super) fn tells_theta_of(&mut self, steps: &[StepPosterior]) {
        self.thetas.clear();
        for (at, draws) in scenarios(steps) {
            self.thetas
                .extend(draws_of(&at, draws).map(|rates| rates.iter().product::<f64>()));
        }
        self.thetas.sort_by(f64::total_cmp);
        self.theta_mean = steps.iter().map(StepPosterior::mean).product();
    }

    /// The share of targets that become an event in the end.
    pub(super) fn theta(&self) -> belief::Range {
        belief::Range {
            mean: self.theta_mean,
            low80: self.theta_quantile(0.1),
            high80: self.theta_quantile(0.9),
        }
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a place among the draws"
    )]
    fn theta_quantile(&self, u: f64) -> f64 {
        let place = (u * self.thetas.len() as f64 - 0.5).max(0.0);
        let below = (place as usize).min(self.thetas.len() - 2);
        let part = place - below as f64;
        self.thetas[below] * (1.0 - part) + self.thetas[below + 1] * part
    }

    /// `P(theta >= minimum)`.
    pub(super) fn theta_at_least(&self, minimum: f64) -> f64 {
        let below = self.thetas.partition_point(|&theta| theta < minimum);
        1.0 - below as f64 / self.thetas.len() as f64
    }
}

/// For each step the middles of the strata of (0, 1) in an order of its own.
static STRATA: LazyLock<Vec<Vec<f64>>> = LazyLock::new(|| {
    let middle = |stratum: usize| (stratum as f64 + 0.5) / DRAWS as f64;
    let order = |j: u64| {
        shuffled(DRAWS, Luck::new(0).at(2 * j + 1))
            .into_iter()
            .map(middle)
            .collect()
    };
    (0..limits::STEPS).map(order).collect()
});

/// The draws' numbers that share a scenario of delays, and those delays.
fn scenarios(steps: &[StepPosterior]) -> impl Iterator<Item = (Vec<&AtDelay>, StepBy<Range<usize>>)> {
    let known = steps.iter().all(|step| step.at.len() == 1);
    let scenarios = if known { 1 } else { SCENARIOS };
    let delays: Vec<Vec<usize>> = (0_u64..)
        .zip(steps)
        .map(|(j, step)| pick_delays(step, scenarios, Luck::new(0).at(2 * j)))
        .collect();
    (0..scenarios).map(move |scenario| {
        let at = steps
            .iter()
            .zip(&delays)
            .map(|(step, picked)| &step.at[picked[scenario]]);
        (at.collect(), (scenario..DRAWS).step_by(scenarios))
    })
}

/// The rates of each of these draws.
fn draws_of(at: &[&AtDelay], draws: impl Iterator<Item = usize>) -> impl Iterator<Item = Vec<f64>> {
    draws.map(|draw| {
        at.iter()
            .zip(STRATA.iter())
            .map(|(at, strata)| at.draw(strata[draw]))
            .collect()
    })
}

/// For each scenario the index of the step's delay, stratified by the posterior weights.
fn pick_delays(step: &StepPosterior, scenarios: usize, luck: Luck) -> Vec<usize> {
    let pick = |stratum: usize| {
        let mut left = (stratum as f64 + 0.5) / scenarios as f64;
        for (index, at) in step.at.iter().enumerate() {
            left -= at.weight;
            if left < 0.0 {
                return index;
            }
        }
        step.at.len() - 1
    };
    shuffled(scenarios, luck).into_iter().map(pick).collect()
}

/// The numbers below `n` in a random order (Fisher & Yates).
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place below n")]
pub(crate) fn shuffled(n: usize, luck: Luck) -> Vec<usize> {
    let mut order: Vec<usize> = (0..n).collect();
    for i in (1..n).rev() {
        order.swap(i, (luck.at(i as u64).uniform() * (i + 1) as f64) as usize);
    }
    order
}

#[cfg(test)]
mod tests {
    use super::{Count, Reach};
    use crate::delay::{Delay, Erlang};
    use crate::judge::posterior::Waiting;
    use crate::luck::Luck;

    /// `P(count >= k)` of independent chances, term by term.
    fn exactly_at_least(chances: &[f64], k: usize) -> f64 {
        let mut counts = vec![1.0];
        for chance in chances {
            counts.push(0.0);
            for i in (0..counts.len()).rev() {
                let from_below = if i > 0 { counts[i - 1] * chance } else { 0.0 };
                counts[i] = counts[i] * (1.0 - chance) + from_below;
            }
        }
        counts[k..].iter().sum()
    }

    #[test]
    fn the_matched_binomial_is_near_the_exact_count() {
        let mut worst: f64 = 0.0;
        for mix in 0..100 {
            let luck = Luck::new(3).at(mix);
            let most = 0.05 + 0.3 * luck.at(0).uniform();
            let chances: Vec<f64> = (1..=40 + mix).map(|i| most * luck.at(i).uniform()).collect();
            let squares = chances.iter().map(|q| q * q).sum();
            let count = Count {
                mean: chances.iter().sum(),
                squares,
            };
            for k in 1..25_u32 {
                worst = worst.max((count.at_least(k.into()) - exactly_at_least(&chances, k as usize)).abs());
            }
        }
        assert!(worst < 0.01, "off by {worst}");
    }

    #[test]
    fn an_account_under_way_arrives_by_what_is_left_of_its_delay() {
        let (first, second) = (Delay::new(3.0), Delay::new(5.0));
        let p = [0.4, 0.7];
        // One account, four weeks in the second step; six more weeks.
        let closed = [3.0, 5.0].map(Erlang::new);
        let waiting = [Waiting::default(), Waiting::of(&[(4, 1)], closed[1])];
        let reach = Reach::within(6, closed.into_iter().zip(&waiting), &[]);
        let expected = p[1] * (second.cdf(10) - second.cdf(4)) / (1.0 - p[1] * second.cdf(4));
        assert!((reach.count(&p).mean - expected).abs() < 1e-12);
        // One that enters the first step two weeks from now: both delays within four weeks.
        let reach = Reach::of_planned(6, closed.into_iter(), &[0.0, 0.0, 1.0]);
        let both: f64 = (1..=4).map(|d| first.pmf(d) * second.cdf(4 - d)).sum();
        assert!((reach.count(&p).mean - p[0] * p[1] * both).abs() < 1e-12);
        assert!(reach.planned() - both < 1e-12);
    }

    #[test]
    fn no_account_and_no_plan_have_no_event() {
        let reach = Reach::of_planned(9, [Erlang::new(3.0)].into_iter(), &[]);
        assert_eq!(
            (reach.count(&[0.5]).at_least(1), reach.count(&[0.5]).at_least(0)),
            (0.0, 1.0)
        );
    }
}
