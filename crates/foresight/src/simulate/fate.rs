//! Fates: which accounts of a bet get anywhere on one path, and when. Must not know plans, hours or weeks of work.

use super::model::{BetModel, Model, count, whole};
use super::truth::{TrueBet, Truth};
use crate::belief::Belief;
use crate::delay::Delay;
use crate::luck::Luck;
use crate::overdispersion::Overdispersion;
use crate::special::normal_quantile;
use std::cell::OnceCell;

/// Weeks of work until a route has grown to its full conversion.
pub(super) const RAMP_WEEKS: f64 = 26.0;

/// An account that reaches the first step that is followed, in weeks after it was worked (`None`: never).
#[derive(Debug, Clone, Copy)]
pub(super) struct Fate {
    pub(super) account: u32,
    pub(super) signal: Option<u32>,
    pub(super) gate: Option<u32>,
    pub(super) value: Option<u32>,
    pub(super) amount: f64,
    /// The account only converts while its route is at more than this share of its full conversion.
    pub(super) needs: f64,
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
    source: Source<'a>,
    luck: Luck,
    bets: Vec<OnceCell<Drawn>>,
}

/// Where the rates of a path come from.
#[derive(Clone, Copy)]
enum Source<'a> {
    Beliefs { strata: &'a Strata, number: u32 },
    Truth(&'a Truth),
}

/// A bet on one path: the rates of each step, partner by partner, and what they bring.
struct Drawn {
    rates: Vec<Vec<f64>>,
    fates: Fates,
}

// Coordinates of luck that are neither a path, a bet, an account nor a step.
const SHUFFLES: u64 = 0;
const PATHS: u64 = 1;
const RATES: u64 = 1 << 40;
const IN_FLIGHT: u64 = 1 << 41;
const GAP: u64 = 1 << 10;
const AMOUNT: u64 = 1 << 11;
const CONVERTS: u64 = 1 << 12;
const FALLEN: u64 = 1 << 13;
const RAMPED: u64 = 1 << 14;
const FAILS: u64 = 1 << 15;
const PARTNERS: u64 = 1 << 42;

impl<'a> Path<'a> {
    /// A future drawn from what is believed.
    pub(crate) fn new(model: &'a Model<'a>, strata: &'a Strata, number: u32) -> Self {
        let source = Source::Beliefs { strata, number };
        Self::of(model, source, strata.luck.at(u64::from(number)))
    }

    /// The future that luck gives a known truth. The model's beliefs are what policies see, never what happens.
    pub(crate) fn of_truth(model: &'a Model<'a>, truth: &'a Truth, luck: Luck) -> Self {
        Self::of(model, Source::Truth(truth), luck)
    }

    fn of(model: &'a Model<'a>, source: Source<'a>, luck: Luck) -> Self {
        let bets = (0..model.bets.len()).map(|_| OnceCell::new()).collect();
        Self {
            model,
            source,
            luck,
            bets,
        }
    }

    /// The fates of one bet's accounts.
    pub(super) fn fates(&self, bet: usize) -> &Fates {
        &self.drawn(bet).fates
    }

    /// Whether policies are tried on this path, which must then keep what they look at.
    pub(super) fn is_truth(&self) -> bool {
        matches!(self.source, Source::Truth(_))
    }

    /// Whether an account that would get somewhere still does when it is worked so many weeks into the work of its bet.
    pub(super) fn lands(&self, bet: usize, fate: &Fate, weeks: usize) -> bool {
        match self.source {
            Source::Beliefs { .. } => true,
            Source::Truth(truth) => fate.needs < truth.bets[bet].ramped(weeks),
        }
    }

    /// For each step that an account enters, how many weeks it takes to convert (`None`: it never does), when it is
    /// worked so many weeks into the work of its bet.
    pub(super) fn journey(&self, bet: usize, account: u32, weeks: usize, steps: &mut Vec<Option<u32>>) {
        steps.clear();
        let drawn = self.drawn(bet);
        let draw = self.draw(bet, &drawn.rates);
        let fresh = &drawn.fates.fresh;
        let fate = fresh.binary_search_by_key(&account, |fate| fate.account).ok();
        if fate.is_some_and(|at| self.lands(bet, &fresh[at], weeks)) {
            draw.arrives(account, steps);
        } else {
            let ramped = draw.truth.map_or(1.0, |truth| truth.ramped(weeks));
            draw.fails(account, ramped, steps);
        }
    }

    /// How many steps a bet has.
    pub(super) fn steps(&self, bet: usize) -> usize {
        self.model.bets[bet].bet.steps.len()
    }

    fn drawn(&self, bet: usize) -> &Drawn {
        self.bets[bet].get_or_init(|| {
            let rates = self.rates(bet);
            let fates = self.draw(bet, &rates).fates();
            Drawn { rates, fates }
        })
    }

    fn draw<'b>(&'b self, bet: usize, rates: &'b [Vec<f64>]) -> Draw<'b> {
        let model = &self.model.bets[bet];
        let truth = match self.source {
            Source::Beliefs { .. } => None,
            Source::Truth(truth) => Some(&truth.bets[bet]),
        };
        Draw {
            bet: model,
            delays: truth.map_or(&model.delays, |truth| &truth.delays),
            truth,
            rates,
            luck: self.luck.at(bet as u64),
        }
    }

    fn rates(&self, bet: usize) -> Vec<Vec<f64>> {
        let luck = self.luck.at(bet as u64);
        match self.source {
            Source::Beliefs { strata, number } => {
                let slices = strata.slices[bet].iter().enumerate();
                let rates = slices
                    .zip(&self.model.bets[bet].rates)
                    .map(|((step, slices), belief)| {
                        let within = luck.at(RATES).at(step as u64).uniform();
                        belief.quantile((f64::from(slices[number as usize]) + within) / f64::from(strata.paths))
                    })
                    .collect();
                vec![rates]
            }
            Source::Truth(truth) => {
                let truth = &truth.bets[bet];
                of_partners(&truth.rates, truth.overdispersion, luck.at(PARTNERS))
            }
        }
    }
}

/// Each partner's own rates at each step: beta about the bet's, or the bet's alone where partners do not differ.
fn of_partners(rates: &[f64], overdispersion: Overdispersion, luck: Luck) -> Vec<Vec<f64>> {
    let correlation = overdispersion.correlation;
    if correlation <= 0.0 {
        return vec![rates.to_vec()];
    }
    let strength = (1.0 - correlation) / correlation;
    let steps: Vec<Belief> = rates
        .iter()
        .map(|rate| Belief::from_prior(rate * strength, (1.0 - rate) * strength))
        .collect();
    let own = |partner: u32| {
        let luck = luck.at(u64::from(partner));
        (0..)
            .zip(&steps)
            .map(|(step, belief)| belief.quantile(luck.at(step).uniform()))
            .collect()
    };
    (0..overdispersion.partners.max(1)).map(own).collect()
}

struct Draw<'a> {
    bet: &'a BetModel<'a>,
    delays: &'a [Delay],
    truth: Option<&'a TrueBet>,
    rates: &'a [Vec<f64>],
    luck: Luck,
}

/// Accounts that take luck in turn: so many of them, each so many places after the one before.
struct Turn {
    first: u64,
    step: u64,
    accounts: u64,
}

impl Draw<'_> {
    fn fates(&self) -> Fates {
        let mut fresh = Vec::new();
        let partners = self.rates.len() as u64;
        for (partner, rates) in (0..).zip(self.rates) {
            let turn = Turn {
                first: partner,
                step: partners,
                accounts: u64::from(self.bet.workable).saturating_sub(partner).div_ceil(partners),
            };
            self.each_that_arrives(&turn, through(&rates[..=self.bet.signal]), |account, luck| {
                let account = u32::try_from(account).unwrap_or(u32::MAX);
                if luck.at(FALLEN).uniform() < self.fallen(account).powi(self.bet.steps_to_signal()) {
                    fresh.push(self.walk(&self.rates_of(account), account, luck, 0, 0, self.bet.signal));
                }
            });
        }
        if partners > 1 {
            fresh.sort_unstable_by_key(|fate: &Fate| fate.account);
        }
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
        let rates = &self.rates[0];
        let mut first = IN_FLIGHT;
        for (step, ages) in running.in_flight.iter().enumerate() {
            let Some(sure) = self.next_followed(step) else { continue };
            for &(age, accounts) in ages {
                let arrived = self.delays[step].cdf(age);
                let left = rates[step] * (1.0 - arrived) / (1.0 - rates[step] * arrived).max(f64::MIN_POSITIVE);
                let turn = Turn {
                    first,
                    step: 1,
                    accounts,
                };
                self.each_that_arrives(&turn, left * through(&rates[step + 1..=sure]), |_, luck| {
                    fates.push(self.walk(rates, 0, luck, step, age, sure));
                });
                first += accounts;
            }
        }
        fates
    }

    /// Jumps from one account that arrives to the next: the gap between them is geometric.
    fn each_that_arrives(&self, turn: &Turn, arrives: f64, mut found: impl FnMut(u64, Luck)) {
        let log_miss = (-arrives).ln_1p();
        let mut nth = 0;
        while nth < turn.accounts {
            let gap = if arrives < 1.0 {
                self.luck.at(turn.first + nth * turn.step).at(GAP).uniform().ln() / log_miss
            } else {
                0.0
            };
            // The gap of a rate of zero is infinite.
            if gap >= f64::from(u32::MAX) {
                return;
            }
            nth += u64::from(whole(gap));
            if nth < turn.accounts {
                let account = turn.first + nth * turn.step;
                found(account, self.luck.at(account));
            }
            nth += 1;
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

    /// What an account's rates are worth as a multiple of the first account's.
    fn fallen(&self, account: u32) -> f64 {
        self.truth.map_or(1.0, |bet| bet.fallen(account, self.bet.bet.targets))
    }

    fn rates_of(&self, account: u32) -> Vec<f64> {
        let fallen = self.fallen(account);
        let partner = account as usize % self.rates.len();
        self.rates[partner].iter().map(|rate| rate * fallen).collect()
    }

    /// Walks one account from the step it is in, `age` weeks in, knowing that it converts up to the step `sure`.
    fn walk(&self, rates: &[f64], account: u32, luck: Luck, from: usize, age: u32, sure: usize) -> Fate {
        let bet = self.bet;
        let gate_step = bet.bet.gate.map(|gate| gate.step);
        let mut fate = Fate {
            account,
            signal: None,
            gate: None,
            value: None,
            amount: 0.0,
            needs: luck.at(RAMPED).uniform(),
        };
        let mut weeks = 0;
        for step in from..=bet.value.max(gate_step.unwrap_or(0)) {
            let luck = luck.at(step as u64);
            if step > sure && luck.at(CONVERTS).uniform() >= rates[step] {
                break;
            }
            weeks += self.delay(luck, step, if step == from { age } else { 0 });
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

    /// How many weeks more a step takes for an account that converts and has been in it for `age` weeks.
    fn delay(&self, luck: Luck, step: usize, age: u32) -> u32 {
        let gone = if age == 0 { 0.0 } else { self.delays[step].cdf(age) };
        self.delays[step]
            .sample(gone + luck.uniform() * (1.0 - gone))
            .saturating_sub(age)
    }

    /// The steps of an account that is known to arrive, walked on the luck that its fate was drawn with.
    fn arrives(&self, account: u32, steps: &mut Vec<Option<u32>>) {
        let luck = self.luck.at(u64::from(account));
        for (step, rate) in self.rates_of(account).into_iter().enumerate() {
            let luck = luck.at(step as u64);
            if step > self.bet.signal && luck.at(CONVERTS).uniform() >= rate {
                steps.push(None);
                return;
            }
            steps.push(Some(self.delay(luck, step, 0)));
        }
    }

    /// The steps of an account that is known not to arrive at the signal: where it fails, given that it does.
    fn fails(&self, account: u32, ramped: f64, steps: &mut Vec<Option<u32>>) {
        let luck = self.luck.at(u64::from(account));
        let mut rates = self.rates_of(account);
        rates[0] *= ramped;
        let rates = &rates[..=self.bet.signal];
        for (step, rate) in rates.iter().enumerate() {
            let luck = luck.at(step as u64);
            let here = (1.0 - rate) / (1.0 - through(&rates[step..])).max(f64::MIN_POSITIVE);
            if step == self.bet.signal || luck.at(FAILS).uniform() < here {
                steps.push(None);
                return;
            }
            steps.push(Some(self.delay(luck, step, 0)));
        }
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

/// The chance to get through steps with these rates.
fn through(rates: &[f64]) -> f64 {
    rates.iter().product()
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
