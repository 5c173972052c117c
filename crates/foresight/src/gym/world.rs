//! A made-up program: what is true of its bets, and what its team believes of them. Must not run a plan.

use super::setting::Setting;
use crate::delay::Delay;
use crate::limits;
use crate::luck::Luck;
use crate::simulate::{Bet, DealValue, Gate, Program, Step, TrueBet, Truth};
use crate::special::{logistic, logit, normal_quantile};

/// A made-up program of which everything is known.
#[derive(Debug, Clone)]
pub(crate) struct World {
    /// The program as its team sees it: beliefs, believed delays, and what it knows for certain.
    pub(crate) program: Program,
    /// What is true of each bet, in the program's order.
    pub(crate) truth: Truth,
    /// The luck of its accounts: every policy meets the same.
    pub(crate) luck: Luck,
}

// Coordinates of luck below a world's.
const FATES: u64 = 0;
const BETS: u64 = 1;
// ... and below a bet's; steps come after them.
const VALUE: u64 = 0;
const SET_UP: u64 = 1;
const STEPS: u64 = 16;

impl World {
    /// The world of this number. The setting has been checked.
    ///
    /// A step's true log-odds are the population's plus `spread` times a standard normal number. The team sees a signal
    /// whose correlation with that number is `prior_strength`, and believes what follows from it: a normal number about
    /// the signal's part, with the variance of the rest. Its belief is therefore calibrated, unless `prior_bias` moves
    /// the centre without its knowledge.
    pub(crate) fn new(setting: &Setting, seed: u64, number: u32) -> Self {
        let luck = Luck::new(seed).at(u64::from(number));
        let (bets, truth): (Vec<Bet>, Vec<TrueBet>) = (0..setting.bets)
            .map(|bet| draw(setting, luck.at(BETS).at(bet as u64)))
            .unzip();
        Self {
            program: Program {
                weeks: setting.weeks,
                hours_per_week: setting.hours_per_week,
                switching_tax: setting.switching_tax,
                target: None,
                bets,
            },
            truth: Truth { bets: truth },
            luck: luck.at(FATES),
        }
    }
}

fn draw(setting: &Setting, luck: Luck) -> (Bet, TrueBet) {
    let normal = |at: Luck| normal_quantile(at.uniform());
    let known = setting.prior_strength;
    let unknown = (1.0 - known * known).sqrt();
    let mut rates = Vec::new();
    let mut steps = Vec::new();
    for (step, (&rate, &weeks)) in setting.step_rates.iter().zip(&setting.delay_weeks).enumerate() {
        let luck = luck.at(STEPS + step as u64);
        let (signal, rest, bias) = (normal(luck.at(0)), normal(luck.at(1)), normal(luck.at(2)));
        let seen = logit(rate) + setting.spread * known * signal;
        rates.push(logistic(seen + setting.spread * unknown * rest));
        steps.push(Step {
            name: None,
            prior: belief(seen + setting.prior_bias * bias, setting.spread * unknown),
            delay_weeks: weeks * setting.believed_delay,
        });
    }
    let spread = setting.set_up_spread;
    let bet = Bet {
        name: String::new(),
        set_up_hours: setting.set_up_hours * (spread * normal(luck.at(SET_UP)) - spread * spread / 2.0).exp(),
        hours_per_target: setting.hours_per_target,
        weekly_overhead_hours: setting.weekly_overhead_hours,
        targets: setting.targets,
        targets_per_week: setting.targets_per_week,
        deal_value: DealValue {
            mean: (setting.deal_value_spread * normal(luck.at(VALUE))).exp(),
            sd: 0.0,
        },
        steps,
        gate: gate(setting),
        value_at: None,
        after: None,
        overdispersion: None,
        started: None,
    };
    let truth = TrueBet {
        rates,
        delays: setting.delay_weeks.iter().map(|&weeks| Delay::new(weeks)).collect(),
        decay: setting.decay,
        ramp: setting.ramp,
        overdispersion: setting.overdispersion,
    };
    (bet, truth)
}

/// The gate that the setting gives every bet, at the step before won.
fn gate(setting: &Setting) -> Option<Gate> {
    (setting.gate_need > 0).then(|| Gate {
        step: setting.step_rates.len().saturating_sub(2),
        need: setting.gate_need,
        week_after_start: setting.gate_weeks,
        at_least_targets: 0,
    })
}

/// The beta distribution with the mean and the variance of a probability whose log-odds are normal.
pub(super) fn belief(centre: f64, sd: f64) -> (f64, f64) {
    let (mut mean, mut square, mut total) = (0.0, 0.0, 0.0);
    // The trapezoid rule loses nothing that a double could show on a density that vanishes at both ends.
    for point in -40..=40 {
        let z = f64::from(point) / 5.0;
        let weight = (-z * z / 2.0).exp();
        let p = logistic(centre + sd * z);
        total += weight;
        mean += weight * p;
        square += weight * p * p;
    }
    let mean = mean / total;
    let variance = square / total - mean * mean;
    let (least, most) = limits::PRIOR;
    let strength = (mean * (1.0 - mean) / variance.max(f64::MIN_POSITIVE) - 1.0).min(most);
    let clamp = |parameter: f64| parameter.clamp(least, most);
    (clamp(mean * strength), clamp((1.0 - mean) * strength))
}

#[cfg(test)]
mod tests {
    use super::{World, belief};
    use crate::gym::Setting;
    use crate::special::{beta_cdf, logit};

    fn worlds(setting: &Setting) -> Vec<World> {
        (0..400).map(|number| World::new(setting, 5, number)).collect()
    }

    #[test]
    fn beliefs_are_calibrated() {
        for prior_strength in [0.0, 0.5, 0.8] {
            let setting = Setting {
                prior_strength,
                ..Setting::default()
            };
            let mut below = [0_u32; 10];
            let mut n = 0.0;
            for world in worlds(&setting) {
                for (bet, truth) in world.program.bets.iter().zip(&world.truth.bets) {
                    for (step, &rate) in bet.steps.iter().zip(&truth.rates) {
                        let p = beta_cdf(step.prior.0, step.prior.1, rate);
                        (1..=9)
                            .filter(|&decile| p < f64::from(decile) / 10.0)
                            .for_each(|decile| below[decile as usize] += 1);
                        n += 1.0;
                    }
                }
            }
            // 9,600 beliefs: 3 standard errors of a share are at most .015, and a beta is not quite a logistic-normal.
            for decile in 1..=9_u32 {
                let share = f64::from(below[decile as usize]) / n;
                let expected = f64::from(decile) / 10.0;
                assert!(
                    (share - expected).abs() < 0.02,
                    "strength {prior_strength}: {share} of truths below the {expected} quantile"
                );
            }
        }
    }

    #[test]
    fn the_truth_has_the_population_s_spread() {
        let setting = Setting::default();
        let logits: Vec<f64> = worlds(&setting)
            .iter()
            .flat_map(|world| world.truth.bets.iter().map(|truth| logit(truth.rates[3])))
            .collect();
        let n = 2_400.0;
        let mean = logits.iter().sum::<f64>() / n;
        let sd = (logits.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt();
        assert!(
            (mean - logit(0.25)).abs() < 0.04 && (sd - 0.6).abs() < 0.03,
            "{mean} {sd}"
        );
    }

    #[test]
    fn all_that_is_known_is_certain_and_nothing_is_the_population() {
        let (a, b) = belief(logit(0.3), 0.0);
        assert!((a / (a + b) - 0.3).abs() < 1e-9 && a + b > 1e5);
        let none = Setting {
            prior_strength: 0.0,
            ..Setting::default()
        };
        let world = World::new(&none, 5, 0);
        assert_eq!(
            world.program.bets[0].steps[1].prior,
            world.program.bets[4].steps[1].prior
        );
        assert_ne!(world.truth.bets[0].rates, world.truth.bets[4].rates);
    }
}
