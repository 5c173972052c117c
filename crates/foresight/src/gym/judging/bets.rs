//! A simulated bet: what is true of it, the life of every account, and what can be seen at the end of a week.
//! Must not judge.

use super::JudgingSetting;
use crate::delay::Delay;
use crate::judge::{Evidence, Gate, StepEvidence};
use crate::luck::Luck;
use crate::special::{beta_quantile, logistic, logit, normal_quantile};

/// A week that never comes.
const NEVER: u32 = u32::MAX;

// Coordinates of luck below a bet's; accounts come after them, partners after those.
const RATE: u64 = 0;
const DELAY: u64 = 1;
const KNOWN: u64 = 2;
const BIAS: u64 = 3;
const PARTNERS: u64 = 8;
const ACCOUNTS: u64 = 9;

/// A bet of which everything is known.
pub(super) struct SimulatedBet<'a> {
    pub(super) setting: &'a JudgingSetting,
    /// The judge's prior of each step.
    priors: Vec<(f64, f64)>,
    /// True share of targets that become an event of the gate in the end.
    pub(super) theta: f64,
    /// For each account the week it entered each step and left the last, [`NEVER`] where it does not.
    accounts: Vec<Vec<u32>>,
}

impl<'a> SimulatedBet<'a> {
    pub(super) fn draw(setting: &'a JudgingSetting, luck: Luck) -> Self {
        let normal = |kind: u64, step: u64| normal_quantile(luck.at(kind).at(step).uniform());
        let true_share = setting.true_share.powf(1.0 / setting.rates.len() as f64);
        let (mut priors, mut rates, mut delays) = (Vec::new(), Vec::new(), Vec::new());
        for (step, (&rate, &weeks)) in (0_u64..).zip(setting.rates.iter().zip(&setting.delay_weeks)) {
            let known = logit(rate) + setting.known_spread * normal(KNOWN, step);
            let believed = logistic(known + setting.prior_bias * normal(BIAS, step));
            priors.push(beta(believed, setting.believed_strength));
            let (a, b) = beta((true_share * logistic(known)).min(0.999), setting.strength);
            rates.push(beta_quantile(a, b, luck.at(RATE).at(step).uniform()));
            delays.push(Delay::new(weeks * (setting.delay_spread * normal(DELAY, step)).exp()));
        }
        Self {
            setting,
            priors,
            theta: rates.iter().product(),
            accounts: accounts(setting, &rates, &delays, luck),
        }
    }

    /// Whether the gate is met at its date.
    pub(super) fn is_met(&self) -> bool {
        let by_then = |account: &&Vec<u32>| account.last().is_some_and(|&week| week <= self.setting.week);
        self.accounts.iter().filter(by_then).count() >= self.setting.need as usize
    }

    /// Final events by the end of `week`, and the accounts without one by how many weeks they have had.
    pub(super) fn final_events(&self, week: u32) -> (f64, Vec<(usize, f64)>) {
        let mut have = 0.0;
        let mut waiting: Vec<(usize, f64)> = (0..=week as usize).map(|age| (age, 0.0)).collect();
        for account in self.accounts.iter().filter(|account| account[0] < week) {
            if account.last().is_some_and(|&until| until <= week) {
                have += 1.0;
            } else {
                waiting[(week - account[0]) as usize].1 += 1.0;
            }
        }
        (have, waiting)
    }

    /// What can be seen of it at the end of `week`.
    pub(super) fn seen(&self, week: u32) -> Evidence {
        let setting = self.setting;
        let mut steps: Vec<StepEvidence> = self
            .priors
            .iter()
            .zip(&setting.delay_weeks)
            .map(|(&prior, &weeks)| StepEvidence {
                name: None,
                prior,
                delay_weeks: weeks * setting.believed_delay,
                converted: 0,
                lost: 0,
                open_ages_weeks: (0..=week).map(|age| (age, 0)).collect(),
                delays_weeks: (0..=week).map(|delay| (delay, 0)).collect(),
            })
            .collect();
        // An account enters the bet at the start of its week, and leaves a step at the end of one.
        for account in self.accounts.iter().filter(|account| account[0] < week) {
            for (step, weeks) in steps.iter_mut().zip(account.windows(2)) {
                if weeks[0] > week {
                    break;
                } else if weeks[1] > week {
                    step.open_ages_weeks[(week - weeks[0]) as usize].1 += 1;
                } else {
                    step.converted += 1;
                    step.delays_weeks[(weeks[1] - weeks[0]) as usize].1 += 1;
                }
            }
        }
        for step in &mut steps {
            step.open_ages_weeks.retain(|&(_, count)| count > 0);
            step.delays_weeks.retain(|&(_, count)| count > 0);
        }
        Evidence {
            week,
            gate: Gate {
                need: setting.need,
                week: setting.week,
                step: None,
                at_least_targets: 0,
                retire_if: None,
                minimum: None,
            },
            steps,
            planned_per_week: vec![f64::from(setting.targets_per_week); (setting.week - week) as usize],
            delay_known: setting.delay_known,
            overdispersion: Some(setting.overdispersion),
        }
    }
}

/// The beta distribution with this mean and strength.
pub(super) fn beta(mean: f64, strength: f64) -> (f64, f64) {
    (mean * strength, (1.0 - mean) * strength)
}

/// The life of every account. Those of one partner share the partner's own rates.
fn accounts(setting: &JudgingSetting, rates: &[f64], delays: &[Delay], luck: Luck) -> Vec<Vec<u32>> {
    let by_partner = partner_rates(setting, rates, luck.at(PARTNERS));
    let life = |number: u32| {
        let luck = luck.at(ACCOUNTS).at(number.into());
        let rates = &by_partner[number as usize % by_partner.len()];
        let mut weeks = vec![NEVER; rates.len() + 1];
        weeks[0] = number / setting.targets_per_week;
        for (step, (&rate, delay)) in rates.iter().zip(delays).enumerate() {
            let luck = luck.at(step as u64);
            if luck.at(0).uniform() >= rate {
                break;
            }
            weeks[step + 1] = weeks[step] + delay.sample(luck.at(1).uniform());
        }
        weeks
    };
    (0..setting.week * setting.targets_per_week).map(life).collect()
}

fn partner_rates(setting: &JudgingSetting, rates: &[f64], luck: Luck) -> Vec<Vec<f64>> {
    let correlation = setting.overdispersion.correlation;
    if correlation <= 0.0 {
        return vec![rates.to_vec()];
    }
    let strength = (1.0 - correlation) / correlation;
    let own = |partner: u32| {
        let luck = luck.at(partner.into());
        let draw = |(step, &rate): (u64, &f64)| {
            let (a, b) = beta(rate, strength);
            beta_quantile(a, b, luck.at(step).uniform())
        };
        (0_u64..).zip(rates).map(draw).collect()
    };
    (0..setting.overdispersion.partners.max(1)).map(own).collect()
}
