//! Fates: which accounts of a bet get anywhere on one path, and when. Must not know plans, hours or weeks of work.

use super::model::{BetModel, Model, count, whole};
use crate::luck::Luck;
use crate::special::normal_quantile;
use std::cell::OnceCell;

/// An account that reaches the first step that is followed, in weeks after it was worked (`None`: never).
#[derive(Debug, Clone, Copy)]
pub(super) struct Fate {
    pub(super) account: u32,
    pub(super) signal: Option<u32>,
    pub(super) gate: Option<u32>,
    pub(super) value: Option<u32>,
    pub(super) amount: f64,
}

/// The fates of a bet's accounts on one path: those to be worked, by account, and those in flight at week 0.
pub(super) struct Fates {
    pub(super) fresh: Vec<Fate>,
    pub(super) in_flight: Vec<Fate>,
}

/// Latin hypercube strata: each parameter's draws fall once into each of `paths` equal slices (McKay, Beckman &
/// Conover 1979).
pub(crate) struct Strata {
    luck: Luck,
    paths: u32,
    /// One permutation of the paths for each parameter, bet by bet and step by step.
    slices: Vec<Vec<Vec<u32>>>,
}

impl Strata {
    pub(crate) fn new(model: &Model, seed: u64, paths: u32) -> Self {
        let luck = Luck::new(seed);
        let shuffles = luck.at(SHUFFLES);
        let slices = (0..model.bets.len())
            .map(|bet| {
                let luck = shuffles.at(bet as u64);
                (0..model.bets[bet].rates.len())
                    .map(|step| shuffled(luck.at(step as u64), paths))
                    .collect()
            })
            .collect();
        Self {
            luck: luck.at(PATHS),
            paths,
            slices,
        }
    }
}

/// One possible future. The fates of a bet are drawn when they are first asked for.
pub(crate) struct Path<'a> {
    model: &'a Model<'a>,
    strata: &'a Strata,
    number: u32,
    fates: Vec<OnceCell<Fates>>,
}

// Coordinates of luck that are neither a path, a bet, an account nor a step.
const SHUFFLES: u64 = 0;
const PATHS: u64 = 1;
const RATES: u64 = 1 << 40;
const IN_FLIGHT: u64 = 1 << 41;
const GAP: u64 = 1 << 10;
const AMOUNT: u64 = 1 << 11;
const CONVERTS: u64 = 1 << 12;

impl<'a> Path<'a> {
    pub(crate) fn new(model: &'a Model<'a>, strata: &'a Strata, number: u32) -> Self {
        Self {
            model,
            strata,
            number,
            fates: (0..model.bets.len()).map(|_| OnceCell::new()).collect(),
        }
    }

    /// The fates of one bet's accounts.
    pub(super) fn fates(&self, bet: usize) -> &Fates {
        self.fates[bet].get_or_init(|| {
            let luck = self.strata.luck.at(u64::from(self.number)).at(bet as u64);
            Draw {
                bet: &self.model.bets[bet],
                rates: self.rates(bet, luck),
                luck,
            }
            .fates()
        })
    }

    fn rates(&self, bet: usize, luck: Luck) -> Vec<f64> {
        let number = self.number as usize;
        let slices = self.strata.slices[bet].iter().enumerate();
        slices
            .zip(&self.model.bets[bet].rates)
            .map(|((step, slices), belief)| {
                let within = luck.at(RATES).at(step as u64).uniform();
                belief.quantile((f64::from(slices[number]) + within) / f64::from(self.strata.paths))
            })
            .collect()
    }
}

struct Draw<'a> {
    bet: &'a BetModel<'a>,
    rates: Vec<f64>,
    luck: Luck,
}

impl Draw<'_> {
    fn fates(&self) -> Fates {
        let mut fresh = Vec::new();
        let arrives: f64 = self.rates[..=self.bet.signal].iter().product();
        self.each_that_arrives(0, u64::from(self.bet.workable), arrives, |account, luck| {
            fresh.push(self.walk(account, luck, 0, 0, self.bet.signal));
        });
        Fates {
            fresh,
            in_flight: self.in_flight(),
        }
    }

    /// Accounts that are somewhere in the motion already convert by what is left of the delay: of those a weeks into
    /// a step, p(1 - F(a)) / (1 - p F(a)) still will.
    fn in_flight(&self) -> Vec<Fate> {
        let mut fates = Vec::new();
        let Some(running) = &self.bet.bet.started else {
            return fates;
        };
        let mut first = IN_FLIGHT;
        for (step, ages) in running.in_flight.iter().enumerate() {
            let Some(sure) = self.next_followed(step) else { continue };
            for &(age, accounts) in ages {
                let arrived = self.bet.delays[step].cdf(age);
                let rate = self.rates[step];
                let left = rate * (1.0 - arrived) / (1.0 - rate * arrived).max(f64::MIN_POSITIVE);
                let arrives = left * self.rates[step + 1..=sure].iter().product::<f64>();
                self.each_that_arrives(first, accounts, arrives, |_, luck| {
                    fates.push(self.walk(0, luck, step, age, sure));
                });
                first += accounts;
            }
        }
        fates
    }

    /// Jumps from one account that arrives to the next: the gap between them is geometric.
    fn each_that_arrives(&self, first: u64, accounts: u64, arrives: f64, mut found: impl FnMut(u32, Luck)) {
        let log_miss = (-arrives).ln_1p();
        let mut account = 0;
        while account < accounts {
            let gap = if arrives < 1.0 {
                self.luck.at(first + account).at(GAP).uniform().ln() / log_miss
            } else {
                0.0
            };
            // The gap of a rate of zero is infinite.
            if gap >= f64::from(u32::MAX) {
                return;
            }
            account += u64::from(whole(gap));
            if account < accounts {
                found(
                    u32::try_from(account).unwrap_or(u32::MAX),
                    self.luck.at(first + account),
                );
            }
            account += 1;
        }
    }

    /// The first step from here on whose conversion matters.
    fn next_followed(&self, step: usize) -> Option<usize> {
        let gate = self.bet.bet.gate.map(|gate| gate.step);
        [Some(self.bet.signal), gate, Some(self.bet.value)]
            .into_iter()
            .flatten()
            .filter(|&at| at >= step)
            .min()
    }

    /// Walks one account from the step it is in, `age` weeks in, knowing that it converts up to the step `sure`.
    fn walk(&self, account: u32, luck: Luck, from: usize, age: u32, sure: usize) -> Fate {
        let bet = self.bet;
        let gate_step = bet.bet.gate.map(|gate| gate.step);
        let mut fate = Fate {
            account,
            signal: None,
            gate: None,
            value: None,
            amount: 0.0,
        };
        let mut weeks = 0;
        for step in from..=bet.value.max(gate_step.unwrap_or(0)) {
            let luck = luck.at(step as u64);
            if step > sure && luck.at(CONVERTS).uniform() >= self.rates[step] {
                break;
            }
            let age = if step == from { age } else { 0 };
            let gone = if age == 0 { 0.0 } else { bet.delays[step].cdf(age) };
            let delay = bet.delays[step].sample(gone + luck.uniform() * (1.0 - gone));
            weeks += delay.saturating_sub(age);
            let at = Some(weeks);
            if step == bet.signal {
                fate.signal = at;
            }
            if Some(step) == gate_step {
                fate.gate = at;
            }
            if step == bet.value {
                fate.value = at;
                fate.amount = self.amount(luck.at(AMOUNT));
            }
        }
        fate
    }

    fn amount(&self, luck: Luck) -> f64 {
        let value = self.bet.bet.deal_value;
        if value.sd == 0.0 {
            return value.mean;
        }
        let variance = (value.sd / value.mean).powi(2).ln_1p();
        let normal = normal_quantile(luck.uniform());
        value.mean * (variance.sqrt() * normal - variance / 2.0).exp()
    }
}

/// The numbers below `n` in an order of luck (Fisher & Yates).
fn shuffled(luck: Luck, n: u32) -> Vec<u32> {
    let mut order: Vec<u32> = (0..n).collect();
    for last in (1..order.len()).rev() {
        let other = whole(luck.at(last as u64).uniform() * f64::from(count(last + 1))) as usize;
        order.swap(last, other.min(last));
    }
    order
}
