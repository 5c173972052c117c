//! A program made ready for many paths: tables of rates and delays, what was learned before week 0, and the index of
//! each bet. Must not draw luck.

use super::program::{Bet, Program};
use super::rates::Partners;
use crate::belief::Belief;
use crate::delay::Delay;
use crate::luck::Luck;
use crate::sequence::index;
use crate::special::normal_draw;
use rayon::prelude::*;
use std::ops::Range;
use std::sync::OnceLock;

/// Weeks between reviews under the index rule. Weekly reviews measured no better, quarterly ones 1 to 3 points worse.
pub(crate) const REVIEW_WEEKS: usize = 4;
/// Weeks of work after which a bet's rate counts as learned. Results are flat from 4 to 20.
const LEARNING_WEEKS: f64 = 8.0;

/// A program, tabulated.
pub(crate) struct Model<'a> {
    pub(super) program: &'a Program,
    pub(super) weeks: usize,
    pub(super) bets: Vec<BetModel<'a>>,
}

/// A bet, tabulated.
pub(super) struct BetModel<'a> {
    pub(super) bet: &'a Bet,
    pub(super) rates: Vec<Belief>,
    pub(super) delays: Vec<Delay>,
    /// The first step whose conversions are followed account by account: the gate's, or the one before value.
    pub(super) signal: usize,
    /// The step that counts as value.
    pub(super) value: usize,
    /// The numbers of the steps.
    pub(super) steps: Vec<usize>,
    /// The last steps of the legs between the steps that are followed, and what they take together.
    leg_ends: Vec<usize>,
    leg_delays: Vec<Delay>,
    pub(super) partners: Partners,
    pub(super) set_up_left: f64,
    /// Targets not yet worked.
    pub(super) pool: u32,
    /// Most of them that could be worked by the horizon.
    pub(super) workable: u32,
    to_signal: Learning,
    to_value: Learning,
    /// Position n: weeks of work that have arrived n weeks on, when work is steady.
    matured_weeks: Vec<f64>,
    /// The index at each week while nothing new has been learned of the bet, worked out when it is asked for.
    fresh_index: Vec<OnceLock<f64>>,
}

/// The way of an account through a motion, in parts whose ends matter.
#[derive(Clone, Copy)]
pub(super) struct Legs<'a> {
    /// The last step of each.
    pub(super) ends: &'a [usize],
    pub(super) delays: &'a [Delay],
    /// So many legs lead to the signal.
    pub(super) sure: usize,
}

impl<'a> Model<'a> {
    pub(crate) fn new(program: &'a Program) -> Self {
        let weeks = program.weeks as usize;
        let bets = program.bets.par_iter().map(|bet| BetModel::new(program, bet)).collect();
        Self { program, weeks, bets }
    }

    /// The program that was tabulated.
    pub(crate) fn program(&self) -> &'a Program {
        self.program
    }

    /// The index of each bet now, in the program's order.
    pub(crate) fn index_now(&self) -> Vec<f64> {
        self.bets.iter().map(|bet| bet.fresh_index(self.program, 0)).collect()
    }

    /// The bets by their index now, the highest first.
    pub(crate) fn order_now(&self) -> Vec<usize> {
        let index = self.index_now();
        let mut order: Vec<usize> = (0..index.len()).collect();
        order.sort_by(|&a, &b| index[b].total_cmp(&index[a]).then(a.cmp(&b)));
        order
    }

    /// Hours left for set-ups and targets in a week with these bets live.
    pub(super) fn productive_hours(&self, live: &[usize]) -> f64 {
        let overhead: f64 = live
            .iter()
            .map(|&bet| self.program.bets[bet].weekly_overhead_hours)
            .sum();
        (self.program.taxed_hours(live.len()) - overhead).max(0.0)
    }
}

impl<'a> BetModel<'a> {
    fn new(program: &Program, bet: &'a Bet) -> Self {
        let weeks = program.weeks as usize;
        let value = bet.value_step();
        let before_value = value.saturating_sub(1);
        let signal = bet.gate.map_or(before_value, |gate| gate.step.min(before_value));
        let rates = bet.beliefs();
        let delays: Vec<_> = bet.steps.iter().map(|step| Delay::new(step.delay_weeks)).collect();
        let to_signal = Learning::new(&rates[..=signal], &delays[..=signal], weeks);
        let to_value = Learning::new(&rates[signal + 1..=value], &delays[signal + 1..=value], weeks);
        let matured_weeks = arrival_after(to_signal.arrived.clone(), &delays[signal + 1..=value])
            .iter()
            .scan(0.0, |sum, share| {
                *sum += share;
                Some(*sum)
            })
            .collect();
        let (leg_ends, leg_delays) = legs(bet, &delays, [&to_signal.arrived, &to_value.arrived], weeks);
        let (set_up_left, pool) = match &bet.started {
            Some(running) => (running.set_up_hours_left, running.targets_left),
            None => (bet.set_up_hours, bet.targets),
        };
        let most = f64::from(program.weeks) * bet.targets_per_week.min(program.hours_per_week / bet.hours_per_target);
        let workable = whole(f64::from(pool).min(most.ceil()));
        Self {
            partners: partners(bet, &rates),
            bet,
            rates,
            delays,
            signal,
            value,
            steps: (0..bet.steps.len()).collect(),
            leg_ends,
            leg_delays,
            set_up_left,
            pool,
            workable,
            to_signal,
            to_value,
            matured_weeks,
            fresh_index: (0..=weeks).map(|_| OnceLock::new()).collect(),
        }
    }

    /// The way of a fresh account, in as few legs as are followed.
    pub(super) fn legs(&self) -> Legs<'_> {
        Legs {
            ends: &self.leg_ends,
            delays: &self.leg_delays,
            sure: 1,
        }
    }

    /// What one deal is worth.
    pub(super) fn amount(&self, luck: Luck) -> f64 {
        let value = self.bet.deal_value;
        if value.sd == 0.0 {
            return value.mean;
        }
        let variance = (value.sd / value.mean).powi(2).ln_1p();
        value.mean * (variance.sqrt() * normal_draw(luck.uniform()) - variance / 2.0).exp()
    }

    /// How many steps an account converts to arrive at the signal.
    pub(super) fn steps_to_signal(&self) -> i32 {
        i32::try_from(self.signal + 1).unwrap_or(i32::MAX)
    }

    /// The index of a bet that nothing new has been learned of, at a week.
    pub(super) fn fresh_index(&self, program: &Program, week: usize) -> f64 {
        *self.fresh_index[week].get_or_init(|| {
            let untouched = Progress {
                opened: 0,
                set_up_left: self.set_up_left,
                pool_left: f64::from(self.pool),
                worked: &[],
                signals: &[],
                values: &[],
            };
            self.index_at(program, week, &untouched)
        })
    }

    /// The index of the bet at a week after what has been seen of it.
    pub(super) fn index_at(&self, program: &Program, week: usize, seen: &Progress) -> f64 {
        let bet = self.bet;
        let hours = (program.hours_per_week - bet.weekly_overhead_hours).max(0.0);
        let rate = hours.min(bet.targets_per_week * bet.hours_per_target);
        let set_up_weeks = if seen.set_up_left > 0.0 {
            let weeks = seen.set_up_left / self.most_set_up_hours().min(hours).max(f64::MIN_POSITIVE);
            whole(weeks.ceil()) as usize
        } else {
            0
        };
        let left = self.matured_weeks.len() - 1 - week;
        let Some(weeks_left) = left.checked_sub(set_up_weeks) else {
            return 0.0;
        };
        let usable = (seen.pool_left * bet.hours_per_target).min(rate * self.matured_weeks[weeks_left]);
        let learning = (LEARNING_WEEKS * rate).min(usable);
        let (signal_mean, signal_spread) = self.to_signal.after(seen.opened..week, seen.worked, seen.signals);
        let (value_mean, value_spread) = self.to_value.after(seen.opened..week, seen.signals, seen.values);
        let variance = signal_spread + value_spread;
        let per_hour = signal_mean * value_mean * bet.deal_value.mean / bet.hours_per_target;
        index(
            per_hour.ln() - variance / 2.0,
            variance.sqrt(),
            usable,
            seen.set_up_left,
            learning,
        )
    }

    /// The most hours that go to its set-up in a week.
    pub(super) fn most_set_up_hours(&self) -> f64 {
        self.bet.most_set_up_hours()
    }
}

/// What has been seen of a bet since it opened; the counts are by week from week 0, of what happened in it.
pub(super) struct Progress<'a> {
    pub(super) opened: usize,
    pub(super) set_up_left: f64,
    pub(super) pool_left: f64,
    pub(super) worked: &'a [f64],
    pub(super) signals: &'a [f64],
    pub(super) values: &'a [f64],
}

/// Part of a motion seen as one conversion: the mean of its rate, a Beta with the mean and variance of the product of
/// its steps' rates unless the rate is certain, and the distribution of its delay.
struct Learning {
    mean: f64,
    belief: Option<(f64, f64)>,
    arrived: Vec<f64>,
}

impl Learning {
    fn new(rates: &[Belief], delays: &[Delay], weeks: usize) -> Self {
        let (mean, square) = rates.iter().fold((1.0, 1.0), |(mean, square), rate| {
            (mean * rate.mean(), square * (rate.mean().powi(2) + rate.sd().powi(2)))
        });
        let variance = square - mean * mean;
        let belief = (mean > 0.0 && variance > 0.0).then(|| {
            let strength = (mean * (1.0 - mean) / variance - 1.0).max(f64::MIN_POSITIVE);
            (mean * strength, (1.0 - mean) * strength)
        });
        Self {
            mean,
            belief,
            arrived: arrival_cdf(delays, weeks),
        }
    }

    /// Mean of the rate, and variance of its logarithm under a log-normal with the same mean and variance, after so
    /// many entered and converted in these weeks. Entrants count by how far their delay has run (Cheung & Chappell
    /// 2000): a working approximation for a decision inside a path, not a number to show.
    fn after(&self, weeks: Range<usize>, entered: &[f64], converted: &[f64]) -> (f64, f64) {
        let Some((a, b)) = self.belief else {
            return (self.mean, 0.0);
        };
        let entered = entered.get(weeks.start..=weeks.end).unwrap_or_default();
        let run = dot_backwards(entered, &self.arrived[..entered.len()]);
        let k = sum(converted.get(weeks.start..=weeks.end).unwrap_or_default());
        let (a, b) = (a + k, b + (run - k).max(0.0));
        (a / (a + b), ((1.0 + 1.0 / a) / (1.0 + 1.0 / (a + b))).ln())
    }
}

/// The cdf of the sum of delays at weeks 0 to `weeks`.
pub(crate) fn arrival_cdf(delays: &[Delay], weeks: usize) -> Vec<f64> {
    arrival_after(vec![1.0; weeks + 1], delays)
}

/// The same when the sum of other delays, with this cdf, comes before.
fn arrival_after(mut cdf: Vec<f64>, delays: &[Delay]) -> Vec<f64> {
    for delay in delays {
        let after_all = vec![0.0; cdf.len()];
        let before = std::mem::replace(&mut cdf, after_all);
        for (after, arrives) in delay.pmf_from(0).iter().enumerate().take(before.len()) {
            for (sum, earlier) in cdf[after..].iter_mut().zip(&before) {
                *sum += arrives * earlier;
            }
        }
    }
    cdf
}

/// Sums in so many lanes, so that no addition waits for the one before; always in the same order.
const LANES: usize = 8;

fn sum(values: &[f64]) -> f64 {
    let mut lanes = [0.0; LANES];
    let chunks = values.chunks_exact(LANES);
    let rest: f64 = chunks.remainder().iter().sum();
    for chunk in chunks {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane += value;
        }
    }
    lanes.iter().sum::<f64>() + rest
}

/// The sum of products of the first of one and the last of the other, of equal length.
fn dot_backwards(forwards: &[f64], backwards: &[f64]) -> f64 {
    let mut lanes = [0.0; LANES];
    let (chunks, back) = (forwards.chunks_exact(LANES), backwards.rchunks_exact(LANES));
    let rest = chunks.remainder().iter().zip(back.remainder().iter().rev());
    let rest: f64 = rest.map(|(a, b)| a * b).sum();
    for (forwards, backwards) in chunks.zip(back) {
        for (lane, (a, b)) in lanes.iter_mut().zip(forwards.iter().zip(backwards.iter().rev())) {
            *lane += a * b;
        }
    }
    lanes.iter().sum::<f64>() + rest
}

/// The last steps of the legs that a fresh account is walked in, and how long each takes; `arrived` are the cdfs of the
/// delays to the signal and from there to value.
fn legs(bet: &Bet, delays: &[Delay], arrived: [&Vec<f64>; 2], weeks: usize) -> (Vec<usize>, Vec<Delay>) {
    let value = bet.value_step();
    let before_value = value.saturating_sub(1);
    let gate = bet.gate.map_or(before_value, |gate| gate.step);
    let signal = gate.min(before_value);
    let leg = |first: usize, last: usize, cdf: Vec<f64>| {
        let mean = delays[first..=last].iter().map(Delay::mean_weeks).sum();
        (last, Delay::of_cdf(mean, cdf))
    };
    let mut legs = vec![leg(0, signal, arrived[0].clone())];
    if value > signal {
        legs.push(leg(signal + 1, value, arrived[1].clone()));
    }
    if gate > value {
        legs.push(leg(value + 1, gate, arrival_cdf(&delays[value + 1..=gate], weeks)));
    }
    legs.into_iter().unzip()
}

/// How a bet's partners differ at each step, as far as it is not known.
///
/// What was counted already tells of these very partners: entrants that the belief has learned from since the prior, n
/// for each partner, leave of the correlation c between two accounts of a partner the part `(1 - c) / (1 - c + n c)`,
/// as in the beta-binomial with the bet's rate known. How many they were is read from how much narrower the belief is
/// than the prior.
fn partners(bet: &Bet, beliefs: &[Belief]) -> Partners {
    let Some(overdispersion) = bet.overdispersion.filter(|all| all.correlation > 0.0) else {
        return Partners::default();
    };
    let left = bet.steps.iter().zip(beliefs).map(|(step, belief)| {
        let variance = belief.sd().powi(2).max(f64::MIN_POSITIVE);
        let strength = belief.mean() * (1.0 - belief.mean()) / variance - 1.0;
        let learned = match &bet.started {
            Some(_) => (strength - step.prior.0 - step.prior.1).max(0.0),
            None => 0.0,
        };
        let (c, n) = (overdispersion.correlation, learned / f64::from(overdispersion.partners));
        c * (1.0 - c) / (1.0 - c + n * c)
    });
    Partners::new(overdispersion.partners, left)
}

/// The whole part of a number that is known to fit.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "saturates, and callers stay in range"
)]
pub(crate) const fn whole(x: f64) -> u32 {
    x as u32
}

/// A count of anything within the limits of a program.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the limits of a program are far below 2^32"
)]
pub(crate) const fn count(n: usize) -> u32 {
    n as u32
}
