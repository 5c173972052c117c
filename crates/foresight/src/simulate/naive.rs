//! A naive simulator that walks every account week by week, for tests to hold the real one against. It shares the rules
//! of the team and nothing else. Tests only.

use super::program::{Bet, Program};
use crate::belief::Belief;
use crate::delay::Delay;
use crate::luck::Luck;
use crate::special::normal_quantile;

const ROUNDING: f64 = 1e-9;

pub(super) struct Naive<'a> {
    program: &'a Program,
    beliefs: Vec<Vec<Belief>>,
    delays: Vec<Vec<Delay>>,
    luck: Luck,
    draws: u64,
}

/// What came of one truth.
#[derive(Default)]
pub(super) struct Truth {
    pub(super) wins: f64,
    pub(super) value: f64,
}

struct Desk {
    bet: usize,
    opened: u32,
    set_up_left: f64,
    setting_up: bool,
    worked: f64,
    gate_weeks: Vec<u32>,
}

impl<'a> Naive<'a> {
    pub(super) fn new(program: &'a Program, seed: u64) -> Self {
        let delays = |bet: &Bet| bet.steps.iter().map(|step| Delay::new(step.delay_weeks)).collect();
        Self {
            program,
            beliefs: program.bets.iter().map(Bet::beliefs).collect(),
            delays: program.bets.iter().map(delays).collect(),
            luck: Luck::new(seed).at(0xa_11ce),
            draws: 0,
        }
    }

    /// Draws rates from the beliefs and lives through the weeks: bets in order, so many at once, retired on a missed
    /// gate when `gated`.
    pub(super) fn truth(&mut self, order: &[usize], at_once: usize, gated: bool) -> Truth {
        let rates: Vec<Vec<f64>> = (0..self.beliefs.len())
            .map(|bet| {
                (0..self.beliefs[bet].len())
                    .map(|step| {
                        let u = self.uniform();
                        self.beliefs[bet][step].quantile(u)
                    })
                    .collect()
            })
            .collect();
        let mut truth = Truth::default();
        let mut waiting: Vec<usize> = order.iter().rev().copied().collect();
        let mut live: Vec<Desk> = Vec::new();
        for week in 0..self.program.weeks {
            if gated {
                live.retain(|desk| self.goes_on(desk, week));
            }
            while live.len() < at_once {
                let Some(bet) = waiting.pop() else { break };
                let set_up_left = self.program.bets[bet].set_up_hours;
                let gate_weeks = Vec::new();
                live.push(Desk {
                    bet,
                    opened: week,
                    set_up_left,
                    setting_up: true,
                    worked: 0.0,
                    gate_weeks,
                });
            }
            self.work(&mut live, &rates, week, &mut truth);
            live.retain(|desk| desk.worked < f64::from(self.program.bets[desk.bet].targets) - ROUNDING);
        }
        truth
    }

    fn goes_on(&self, desk: &Desk, week: u32) -> bool {
        self.program.bets[desk.bet].gate.is_none_or(|gate| {
            let passed = desk.gate_weeks.iter().filter(|&&at| at <= week).count();
            week != desk.opened + gate.week_after_start || passed >= gate.need as usize
        })
    }

    fn work(&mut self, live: &mut [Desk], rates: &[Vec<f64>], week: u32, truth: &mut Truth) {
        let mut hours = self.program.hours_per_week;
        for desk in live.iter_mut() {
            desk.setting_up = desk.set_up_left > 0.0;
            hours -= self.program.bets[desk.bet].weekly_overhead_hours;
        }
        for _ in 1..live.len() {
            hours -= self.program.switching_tax * self.program.hours_per_week;
        }
        hours = hours.max(0.0);
        for desk in live.iter_mut().filter(|desk| !desk.setting_up) {
            let bet = &self.program.bets[desk.bet];
            let left = f64::from(bet.targets) - desk.worked;
            let accounts = (hours / bet.hours_per_target).min(bet.targets_per_week).min(left);
            hours -= accounts * bet.hours_per_target;
            let mut done = (desk.worked + ROUNDING).floor();
            desk.worked += accounts;
            while done < (desk.worked + ROUNDING).floor() {
                done += 1.0;
                self.walk(desk, &rates[desk.bet], week, truth);
            }
        }
        for desk in live.iter_mut().filter(|desk| desk.setting_up) {
            let spent = hours
                .min(desk.set_up_left)
                .min(self.program.bets[desk.bet].set_up_hours / 4.0);
            hours -= spent;
            desk.set_up_left -= spent;
            if desk.set_up_left < ROUNDING {
                desk.set_up_left = 0.0;
            }
        }
    }

    /// Walks one account through the motion.
    fn walk(&mut self, desk: &mut Desk, rates: &[f64], week: u32, truth: &mut Truth) {
        let bet = &self.program.bets[desk.bet];
        let mut at = week;
        for (step, &rate) in rates.iter().enumerate() {
            if self.uniform() >= rate {
                return;
            }
            let u = self.uniform();
            at += self.delays[desk.bet][step].sample(u);
            if bet.gate.is_some_and(|gate| gate.step == step) {
                desk.gate_weeks.push(at);
            }
            if step == bet.value_step() && at <= self.program.weeks {
                let spread = (bet.deal_value.sd / bet.deal_value.mean).powi(2).ln_1p();
                let normal = normal_quantile(self.uniform());
                truth.wins += 1.0;
                truth.value += bet.deal_value.mean * (spread.sqrt() * normal - spread / 2.0).exp();
            }
        }
    }

    fn uniform(&mut self) -> f64 {
        self.draws += 1;
        self.luck.at(self.draws).uniform()
    }
}
