//! Fates: which accounts of a bet get anywhere on one path, and when. Must not know plans, hours or weeks of work.

use super::model::{BetModel, Legs, Model, whole};
use super::rates::Strata;
use super::truth::{TrueBet, Truth};
use crate::delay::Delay;
use crate::luck::Luck;
use std::cell::RefCell;

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

/// One possible future. The fates of a bet's accounts are drawn one after the other, when they are first asked for, so
/// that a plan that stops early pays for no more than it has worked.
pub(crate) struct Path<'a> {
    model: &'a Model<'a>,
    source: Source<'a>,
    luck: Luck,
    bets: Vec<RefCell<Drawn>>,
}

/// Where the rates of a path come from.
#[derive(Clone, Copy)]
enum Source<'a> {
    Beliefs(&'a Strata, u32),
    Truth(&'a Truth),
}

/// What has been drawn of one bet on one path.
#[derive(Default)]
struct Drawn {
    started: bool,
    /// The bet's own rate at each step.
    rates: Vec<f64>,
    odds: Odds,
    place: Place,
    fates: Vec<Fate>,
}

/// What a bet's accounts convert by on one path, row by row where partners differ.
#[derive(Default)]
struct Odds {
    /// The rate of each step.
    steps: Vec<f64>,
    /// The chance of each leg.
    legs: Vec<f64>,
    /// The chance that the first account arrives at the signal, and the highest of any row.
    arrives: Vec<f64>,
    highest: Highest,
}

/// The highest chance of any account to arrive, and the log of missing it.
#[derive(Clone, Copy, Default)]
struct Highest {
    chance: f64,
    ln_miss: f64,
}

/// Where a search for accounts that arrive has come to.
#[derive(Default)]
struct Place {
    next: u64,
    gap: Luck,
}

// Coordinates of luck below a bet's that are not an account,
const RATES: u64 = 1 << 40;
const IN_FLIGHT: u64 = 1 << 41;
const PARTNERS: u64 = 1 << 42;
const FIRST: u64 = 1 << 43;
// ... and below an account's that are not a leg.
const GAP: u64 = 1 << 10;
const AMOUNT: u64 = 1 << 11;
const THINNED: u64 = 1 << 12;
const RAMPED: u64 = 1 << 13;
const FAILS: u64 = 1 << 14;

impl<'a> Path<'a> {
    /// A future drawn from what is believed.
    pub(crate) fn new(model: &'a Model<'a>, strata: &'a Strata, number: u32) -> Self {
        Self::of(model, Source::Beliefs(strata, number), strata.luck(number))
    }

    /// The future that luck gives a known truth. The model's beliefs are what policies see, never what happens.
    pub(crate) fn of_truth(model: &'a Model<'a>, truth: &'a Truth, luck: Luck) -> Self {
        Self::of(model, Source::Truth(truth), luck)
    }

    fn of(model: &'a Model<'a>, source: Source<'a>, luck: Luck) -> Self {
        let bets = model.bets.iter().map(|_| RefCell::default()).collect();
        Self {
            model,
            source,
            luck,
            bets,
        }
    }

    /// Becomes the future of another number drawn from the same beliefs, in the same memory.
    pub(super) fn turn_to(&mut self, strata: &'a Strata, number: u32) {
        self.source = Source::Beliefs(strata, number);
        self.luck = strata.luck(number);
        for drawn in &mut self.bets {
            drawn.get_mut().started = false;
        }
    }

    /// The fate of a bet's nth account that arrives, in the order in which accounts are worked.
    pub(super) fn fate(&self, bet: usize, nth: usize) -> Option<Fate> {
        let mut drawn = self.drawn(bet);
        if let Some(fate) = drawn.fates.get(nth) {
            return Some(*fate);
        }
        let draw = self.draw(bet);
        while drawn.fates.len() <= nth {
            let fate = draw.next(&mut drawn)?;
            drawn.fates.push(fate);
        }
        drawn.fates.get(nth).copied()
    }

    /// The fates of a bet's accounts in flight at week 0, as far as they arrive.
    pub(super) fn in_flight(&self, bet: usize, found: impl FnMut(Fate)) {
        if self.model.bets[bet].bet.started.is_some() {
            self.draw(bet).in_flight(&self.drawn(bet).odds, found);
        }
    }

    /// Whether policies are tried on this path, which must then keep what they look at.
    pub(super) fn is_truth(&self) -> bool {
        matches!(self.source, Source::Truth(_))
    }

    /// Whether an account that would get somewhere still does when it is worked so many weeks into the work of its bet.
    pub(super) fn lands(&self, bet: usize, fate: &Fate, weeks: usize) -> bool {
        match self.source {
            Source::Beliefs(..) => true,
            Source::Truth(truth) => fate.needs < truth.bets[bet].ramped(weeks),
        }
    }

    /// For each step that an account enters on a path of a known truth, how many weeks it takes to convert (`None`: it
    /// never does), when it is worked so many weeks into the work of its bet.
    pub(super) fn journey(&self, bet: usize, account: u32, weeks: usize, steps: &mut Vec<Option<u32>>) {
        steps.clear();
        let draw = self.draw(bet);
        let mut drawn = self.drawn(bet);
        while drawn.fates.last().is_none_or(|fate| fate.account < account) {
            let Some(fate) = draw.next(&mut drawn) else { break };
            drawn.fates.push(fate);
        }
        let (odds, fates) = (&drawn.odds, &drawn.fates);
        let fate = fates.binary_search_by_key(&account, |fate| fate.account).ok();
        if fate.is_some_and(|at| self.lands(bet, &fates[at], weeks)) {
            draw.arrives(odds, u64::from(account), steps);
        } else {
            let ramped = draw.truth.map_or(1.0, |truth| truth.ramped(weeks));
            draw.fails(odds, u64::from(account), ramped, steps);
        }
    }

    /// How many steps a bet has.
    pub(super) fn steps(&self, bet: usize) -> usize {
        self.model.bets[bet].steps.len()
    }

    fn drawn(&self, bet: usize) -> std::cell::RefMut<'_, Drawn> {
        let mut drawn = self.bets[bet].borrow_mut();
        if !drawn.started {
            let draw = self.draw(bet);
            self.draw_rates(bet, draw.luck, &mut drawn);
            draw.start(&mut drawn);
        }
        drawn
    }

    fn draw(&self, bet: usize) -> Draw<'_> {
        let model = &self.model.bets[bet];
        let truth = match self.source {
            Source::Beliefs(..) => None,
            Source::Truth(truth) => Some(&truth.bets[bet]),
        };
        let steps = Legs {
            ends: &model.steps,
            delays: truth.map_or(&model.delays, |truth| &truth.delays),
            sure: model.signal + 1,
        };
        Draw {
            bet: model,
            legs: if truth.is_some() { steps } else { model.legs() },
            steps,
            truth,
            luck: self.luck.at(bet as u64),
        }
    }

    fn draw_rates(&self, bet: usize, luck: Luck, drawn: &mut Drawn) {
        let model = &self.model.bets[bet];
        let rows = &mut drawn.odds.steps;
        rows.clear();
        match self.source {
            Source::Beliefs(strata, number) => {
                drawn.rates.clear();
                drawn.rates.extend(model.rates.iter().enumerate().map(|(step, belief)| {
                    let within = luck.at(RATES).at(step as u64).uniform();
                    belief.quantile(strata.part(bet, step, number, within))
                }));
                model.partners.rows(&drawn.rates, luck.at(PARTNERS), rows);
            }
            Source::Truth(truth) => truth.bets[bet].rows(luck.at(PARTNERS), rows),
        }
    }
}

struct Draw<'a> {
    bet: &'a BetModel<'a>,
    /// How a fresh account is walked: step by step where steps are looked at, otherwise in as few legs as matter.
    legs: Legs<'a>,
    steps: Legs<'a>,
    truth: Option<&'a TrueBet>,
    luck: Luck,
}

impl Draw<'_> {
    /// Makes ready to draw fates at the rates drawn.
    fn start(&self, drawn: &mut Drawn) {
        drawn.started = true;
        drawn.fates.clear();
        drawn.place = Place {
            next: 0,
            gap: self.luck.at(FIRST),
        };
        let odds = &mut drawn.odds;
        odds.legs.clear();
        odds.arrives.clear();
        for rates in odds.steps.chunks(self.steps.ends.len()) {
            let mut first = 0;
            for &end in self.legs.ends {
                odds.legs.push(through(&rates[first..=end]));
                first = end + 1;
            }
            odds.arrives.push(through(&rates[..=self.bet.signal]));
        }
        odds.highest = Highest::of(odds.arrives.iter().copied());
    }

    /// The next account that arrives.
    fn next(&self, drawn: &mut Drawn) -> Option<Fate> {
        let odds = &drawn.odds;
        let own = |account: u64| odds.arrives[odds.row(account)] * self.all_fallen(account);
        let end = u64::from(self.bet.workable);
        let (account, luck) = self.next_of(&mut drawn.place, end, odds.highest, own)?;
        let start = Start {
            leg: 0,
            age: 0,
            sure: self.legs.sure,
        };
        let mut fate = self.walk(&self.legs, odds.of_legs(account), self.fallen(account), luck, start);
        fate.account = u32::try_from(account).ok()?;
        if self.truth.is_some() {
            fate.needs = luck.at(RAMPED).uniform();
        }
        Some(fate)
    }

    /// Jumps from one account that would arrive with the highest chance of all to the next (the gap between them is
    /// geometric), and passes over those whose own chance is too low (thinning: Lewis & Shedler 1979).
    fn next_of(&self, place: &mut Place, end: u64, highest: Highest, own: impl Fn(u64) -> f64) -> Option<(u64, Luck)> {
        loop {
            let account = place.next + highest.gap(place.gap)?;
            place.next = account + 1;
            if account >= end {
                return None;
            }
            let luck = self.luck.at(account);
            place.gap = luck.at(GAP);
            let own = own(account);
            if own >= highest.chance || luck.at(THINNED).uniform() * highest.chance < own {
                return Some((account, luck));
            }
        }
    }

    /// Accounts that are somewhere in the motion already convert by what is left of the delay: of those a weeks into
    /// a step, p(1 - F(a)) / (1 - p F(a)) still will. Whose they are is not known, so partners take them in turn.
    fn in_flight(&self, odds: &Odds, mut found: impl FnMut(Fate)) {
        let Some(running) = &self.bet.bet.started else { return };
        let mut first = IN_FLIGHT;
        for (step, ages) in running.in_flight.iter().enumerate() {
            let Some(sure) = self.next_followed(step) else { continue };
            for &(age, accounts) in ages {
                let arrived = self.steps.delays[step].cdf(age);
                let still = |rates: &[f64]| {
                    let left = rates[step] * (1.0 - arrived) / (1.0 - rates[step] * arrived).max(f64::MIN_POSITIVE);
                    left * through(&rates[step + 1..=sure])
                };
                let rows = odds.steps.chunks(self.steps.ends.len());
                let highest = Highest::of(rows.map(still));
                let mut place = Place {
                    next: first,
                    gap: self.luck.at(FIRST).at(first),
                };
                let start = Start {
                    leg: step,
                    age,
                    sure: sure + 1,
                };
                let end = first + accounts;
                let own = |account| still(odds.of_steps(account));
                while let Some((account, luck)) = self.next_of(&mut place, end, highest, own) {
                    found(self.walk(&self.steps, odds.of_steps(account), 1.0, luck, start));
                }
                first = end;
            }
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
    fn fallen(&self, account: u64) -> f64 {
        self.truth.map_or(1.0, |bet| {
            bet.fallen(u32::try_from(account).unwrap_or(u32::MAX), self.bet.bet.targets)
        })
    }

    /// The same of all steps to the signal together.
    fn all_fallen(&self, account: u64) -> f64 {
        match self.truth {
            Some(_) => self.fallen(account).powi(self.bet.steps_to_signal()),
            None => 1.0,
        }
    }

    /// Walks one account on, leg by leg.
    fn walk(&self, legs: &Legs, chances: &[f64], fallen: f64, luck: Luck, start: Start) -> Fate {
        let bet = self.bet;
        let gate_step = bet.bet.gate.map(|gate| gate.step);
        let mut fate = Fate {
            account: 0,
            signal: None,
            gate: None,
            value: None,
            amount: 0.0,
            needs: 0.0,
        };
        let mut weeks = 0;
        for (leg, chance) in chances.iter().enumerate().skip(start.leg) {
            let (converts, delay) = luck.at(leg as u64).two();
            if leg >= start.sure && converts >= chance * fallen {
                break;
            }
            weeks += left_of(&legs.delays[leg], if leg == start.leg { start.age } else { 0 }, delay);
            let (at, step) = (Some(weeks), legs.ends[leg]);
            if step == bet.signal {
                fate.signal = at;
            }
            if Some(step) == gate_step {
                fate.gate = at;
            }
            if step == bet.value {
                fate.value = at;
                fate.amount = bet.amount(luck.at(AMOUNT));
            }
        }
        fate
    }

    /// The steps of an account that is known to arrive, walked on the luck that its fate was drawn with.
    fn arrives(&self, odds: &Odds, account: u64, steps: &mut Vec<Option<u32>>) {
        let (luck, fallen) = (self.luck.at(account), self.fallen(account));
        for (step, rate) in odds.of_steps(account).iter().enumerate() {
            let (converts, delay) = luck.at(step as u64).two();
            if step > self.bet.signal && converts >= rate * fallen {
                steps.push(None);
                return;
            }
            steps.push(Some(left_of(&self.steps.delays[step], 0, delay)));
        }
    }

    /// The steps of an account that is known not to arrive at the signal: where it fails, given that it does.
    fn fails(&self, odds: &Odds, account: u64, ramped: f64, steps: &mut Vec<Option<u32>>) {
        let (luck, fallen) = (self.luck.at(account), self.fallen(account));
        let mut rates: Vec<f64> = odds.of_steps(account).iter().map(|rate| rate * fallen).collect();
        rates[0] *= ramped;
        let rates = &rates[..=self.bet.signal];
        for (step, rate) in rates.iter().enumerate() {
            let (fails, delay) = luck.at(FAILS).at(step as u64).two();
            let here = (1.0 - rate) / (1.0 - through(&rates[step..])).max(f64::MIN_POSITIVE);
            if step == self.bet.signal || fails < here {
                steps.push(None);
                return;
            }
            steps.push(Some(left_of(&self.steps.delays[step], 0, delay)));
        }
    }
}

/// From which leg an account is walked, how many weeks it has been in it, and before which leg it is known to convert.
#[derive(Clone, Copy)]
struct Start {
    leg: usize,
    age: u32,
    sure: usize,
}

impl Odds {
    /// The row of an account: partners take the accounts in turn.
    fn row(&self, account: u64) -> usize {
        match self.arrives.len() {
            1 => 0,
            rows => usize::try_from(account % rows as u64).unwrap_or(0),
        }
    }

    fn of_legs(&self, account: u64) -> &[f64] {
        row(&self.legs, self.row(account), self.arrives.len())
    }

    fn of_steps(&self, account: u64) -> &[f64] {
        row(&self.steps, self.row(account), self.arrives.len())
    }
}

/// One of so many equal rows.
fn row(all: &[f64], at: usize, rows: usize) -> &[f64] {
    let columns = all.len() / rows;
    &all[at * columns..(at + 1) * columns]
}

impl Highest {
    fn of(chances: impl Iterator<Item = f64>) -> Self {
        let chance = chances.fold(0.0, f64::max);
        let ln_miss = (-chance).ln_1p();
        Self { chance, ln_miss }
    }

    /// How many accounts to pass over to the next that arrives with this chance; none when that is more than there can
    /// be.
    fn gap(self, luck: Luck) -> Option<u64> {
        if self.chance >= 1.0 {
            return Some(0);
        }
        // The gap of a rate of zero is infinite.
        let gap = luck.uniform().ln() / self.ln_miss;
        (gap < f64::from(u32::MAX)).then(|| u64::from(whole(gap)))
    }
}

/// How many weeks more a leg takes for an account that converts and has been in it for `age` weeks.
fn left_of(delay: &Delay, age: u32, luck: f64) -> u32 {
    let gone = if age == 0 { 0.0 } else { delay.cdf(age) };
    delay.sample(gone + luck * (1.0 - gone)).saturating_sub(age)
}

/// The chance to get through steps with these rates.
fn through(rates: &[f64]) -> f64 {
    rates.iter().product()
}
