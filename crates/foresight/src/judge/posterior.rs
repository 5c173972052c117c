//! What one step's counts say of its conversion, read against how long each account has had (numbers.md 1(b)).
//! Must not know of gates.

use super::StepEvidence;
use crate::belief::{Belief, Grid, Prior, Range, beta_bracket, mixture_range};
use crate::delay::Delay;
use crate::interval::as_real;
use crate::special::{ln_beta, ln_logistic, logistic, logit};

/// Log multipliers of a guessed mean delay, and the spread of the log-normal prior on them.
const LN_SCALES: [f64; 7] = [-0.6, -0.4, -0.2, 0.0, 0.2, 0.4, 0.6];
const LN_SCALE_SD: f64 = 0.35;
/// A delay with less than this still to come is over.
const OVER: f64 = 1e-9;
/// Factors `1 - p F` whose product a double holds, each of them above the 1e-13 where grids end.
const FACTORS: usize = 20;

/// The censored likelihood of one step at one delay: `p^k (1-p)^lost prod (1 - p F(age))^count`.
#[derive(Debug, Clone)]
pub(super) struct Likelihood {
    converted: f64,
    lost: f64,
    /// Share of the delay still to come at the account's age, and how many accounts.
    waiting: Vec<(f64, f64)>,
    /// For each binary digit, the shares still to come of those whose count has it: a product takes one logarithm
    /// where its factors take one each, and the digits turn powers into products.
    digits: Vec<(f64, Vec<f64>)>,
    /// The log-density of the delays that were seen, which no rate changes.
    ln_delays: f64,
}

impl Likelihood {
    fn of(step: &StepEvidence, ages: &[u64], delay: &Delay) -> Self {
        let mut lost = as_real(step.lost);
        let mut waiting = Vec::with_capacity(ages.len());
        for (age, &count) in (0_u32..).zip(ages).filter(|&(_, &count)| count > 0) {
            let to_come = 1.0 - delay.cdf(age);
            if to_come < OVER {
                lost += as_real(count);
            } else if age > 0 {
                waiting.push((to_come, count));
            }
        }
        let ln_delays = step
            .delays_weeks
            .iter()
            .map(|&(week, count)| as_real(count) * delay.pmf(week.max(1)).max(f64::MIN_POSITIVE).ln())
            .sum();
        Self::new(as_real(step.converted), lost, &waiting, ln_delays)
    }

    fn new(converted: f64, lost: f64, waiting: &[(f64, u64)], ln_delays: f64) -> Self {
        let has = |digit: u32| {
            waiting
                .iter()
                .filter(move |(_, count)| count >> digit & 1 == 1)
                .map(|&(s, _)| s)
        };
        let digits = (0..u64::BITS).map(|digit| (f64::from(digit).exp2(), has(digit).collect()));
        Self {
            converted,
            lost,
            waiting: waiting.iter().map(|&(s, count)| (s, as_real(count))).collect(),
            digits: digits
                .filter(|(_, shares): &(f64, Vec<f64>)| !shares.is_empty())
                .collect(),
            ln_delays,
        }
    }

    /// `ln L` at the log-odds `x`, with `more` conversions added: a prior's, or a negative weight.
    pub(super) fn ln_at(&self, x: f64, more: (f64, f64)) -> f64 {
        let (p, q) = (logistic(x), logistic(-x));
        // ln p and ln q without losing either tail.
        let ln_q = if x > 30.0 { -x } else { q.ln() };
        let ln_p = if x < -30.0 { x } else { p.ln() };
        let product = |shares: &[f64]| shares.iter().map(|s| q + p * s).product::<f64>().ln();
        let open: f64 = self
            .digits
            .iter()
            .map(|(power, shares)| power * shares.chunks(FACTORS).map(product).sum::<f64>())
            .sum();
        (self.converted + more.0) * ln_p + (self.lost + more.1) * ln_q + open
    }

    /// The most that `ln L - weight ln p` can be, for a weight below the number converted, and the `ln p` where it is.
    /// It is concave in ln p: Newton's method on its slope, kept inside a bracket on the log-odds.
    pub(super) fn most(&self, weight: f64) -> (f64, f64) {
        let (mut low, mut high) = (-34.0_f64, 34.0_f64);
        let tried = self.converted + self.lost + self.waiting.iter().map(|(s, count)| count * (1.0 - s)).sum::<f64>();
        let mut x = logit(((self.converted - weight).max(0.5) / (tried + 1.0)).min(0.999));
        while high - low > 1e-6 {
            let (p, q) = (logistic(x), logistic(-x));
            let mut slope = self.converted - weight - self.lost * p / q;
            let mut bend = self.lost * p / (q * q);
            for &(to_come, count) in &self.waiting {
                let left = 1.0 / (q + p * to_come);
                let gone = count * p * (1.0 - to_come) * left;
                slope -= gone;
                bend += gone * left;
            }
            if slope > 0.0 {
                low = x;
            } else {
                high = x;
            }
            let newton = slope / (bend * q).max(f64::MIN_POSITIVE);
            if newton.abs() < 1e-6 {
                break;
            }
            x = if (low..=high).contains(&(x + newton)) {
                x + newton
            } else {
                0.5 * (low + high)
            };
        }
        (self.ln_at(x, (-weight, 0.0)) + self.ln_delays, ln_logistic(x))
    }

    fn open(&self) -> f64 {
        self.waiting.iter().map(|&(_, count)| count).sum()
    }
}

/// The posterior at one delay.
#[derive(Debug, Clone)]
pub(super) struct AtDelay {
    pub(super) delay: Delay,
    /// The posterior weight of this delay.
    pub(super) weight: f64,
    pub(super) likelihood: Likelihood,
    /// The prior's components with their posterior weights, which add up to 1.
    grids: Vec<(f64, Grid)>,
}

impl AtDelay {
    /// The rate at the quantile `u` of the components laid end to end: a stratified `u` draws from each its share.
    pub(super) fn draw(&self, u: f64) -> f64 {
        let mut left = u;
        for (weight, grid) in &self.grids {
            if left < *weight {
                return grid.quantile(left / weight);
            }
            left -= weight;
        }
        self.grids.last().map_or(0.5, |(_, grid)| grid.quantile(1.0 - 1e-9))
    }
}

/// What is believed of one step after its counts.
#[derive(Debug, Clone)]
pub(super) struct StepPosterior {
    /// One for each delay held possible.
    pub(super) at: Vec<AtDelay>,
    /// Accounts still in the step, by age in weeks.
    pub(super) ages: Vec<u64>,
    /// `ln` of the chance of the counts under the prior: the numerator of the e-process.
    pub(super) ln_evidence: f64,
}

impl StepPosterior {
    pub(super) fn of(step: &StepEvidence, prior: &Prior, delay_known: bool) -> Self {
        let ages = by_age(&step.open_ages_weeks);
        let scales: &[f64] = if delay_known { &[0.0] } else { &LN_SCALES };
        let ln_prior = |ln_scale: f64| -0.5 * (ln_scale / LN_SCALE_SD).powi(2);
        let total: f64 = scales.iter().map(|&s| ln_prior(s).exp()).sum();
        let mut at: Vec<AtDelay> = scales
            .iter()
            .map(|&ln_scale| {
                let delay = Delay::new(step.delay_weeks * ln_scale.exp());
                let likelihood = Likelihood::of(step, &ages, &delay);
                let (ln_evidence, grids) = update(&likelihood, prior);
                AtDelay {
                    delay,
                    weight: ln_evidence + ln_prior(ln_scale) - total.ln(),
                    likelihood,
                    grids,
                }
            })
            .collect();
        let ln_evidence = normalise(at.iter_mut().map(|at| &mut at.weight));
        Self { at, ages, ln_evidence }
    }

    fn parts(&self) -> Vec<(f64, &Grid)> {
        self.at
            .iter()
            .flat_map(|at| at.grids.iter().map(|(w, grid)| (at.weight * w, grid)))
            .collect()
    }

    pub(super) fn mean(&self) -> f64 {
        self.parts()
            .iter()
            .map(|(weight, grid)| weight * grid.expect(|p| p))
            .sum()
    }

    /// The squared coefficient of variation of the rate.
    pub(super) fn relative_variance(&self) -> f64 {
        let mean = self.mean();
        let square: f64 = self
            .parts()
            .iter()
            .map(|(weight, grid)| weight * grid.expect(|p| p * p))
            .sum();
        (square / (mean * mean) - 1.0).max(0.0)
    }

    pub(super) fn range(&self) -> Range {
        mixture_range(&self.parts())
    }

    pub(super) fn belief(&self) -> Belief {
        Belief::mixture(&self.parts())
    }
}

/// The log evidence and the posterior of each component of the prior.
fn update(likelihood: &Likelihood, prior: &Prior) -> (f64, Vec<(f64, Grid)>) {
    let mut grids: Vec<(f64, Grid)> = prior
        .0
        .iter()
        .map(|&(weight, a, b)| {
            // Were all the waiting still undecided, or all lost already: the posterior lies between the two.
            let (yes, no) = (a + likelihood.converted, b + likelihood.lost);
            let bracket = (beta_bracket(yes, no + likelihood.open()).0, beta_bracket(yes, no).1);
            let grid = Grid::over(|x| likelihood.ln_at(x, (a, b)), bracket);
            (weight.ln() + grid.ln_total - ln_beta(a, b), grid)
        })
        .collect();
    let ln_evidence = normalise(grids.iter_mut().map(|(weight, _)| weight));
    (ln_evidence + likelihood.ln_delays, grids)
}

/// Turns log weights into weights that add up to 1, and answers the log of their sum.
fn normalise<'a>(weights: impl Iterator<Item = &'a mut f64>) -> f64 {
    let weights: Vec<&mut f64> = weights.collect();
    let top = weights.iter().map(|w| **w).fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = weights.iter().map(|w| (**w - top).exp()).sum();
    for weight in weights {
        *weight = (*weight - top).exp() / sum;
    }
    top + sum.ln()
}

/// Accounts by age, from age 0 to the oldest.
fn by_age(open: &[(u32, u64)]) -> Vec<u64> {
    let oldest = open.iter().map(|&(age, _)| age).max();
    let mut ages = vec![0; oldest.map_or(0, |age| age as usize + 1)];
    for &(age, count) in open {
        ages[age as usize] += count;
    }
    ages
}

#[cfg(test)]
mod tests {
    use super::{AtDelay, Likelihood, StepPosterior, update};
    use crate::belief::Prior;
    use crate::delay::Delay;
    use crate::special::{beta_cdf, logit};

    /// The censored stage of numbers.md section 3: three conversions, five open at each of F = .2, .5, .8, 1.
    fn censored_stage() -> StepPosterior {
        let likelihood = Likelihood::new(3.0, 5.0, &[(0.8, 5), (0.5, 5), (0.2, 5)], 0.0);
        let (ln_evidence, grids) = update(&likelihood, &Prior::stated(2.0, 8.0));
        let at = vec![AtDelay {
            delay: Delay::new(4.0),
            weight: 1.0,
            likelihood,
            grids,
        }];
        StepPosterior {
            at,
            ages: Vec::new(),
            ln_evidence,
        }
    }

    #[test]
    fn the_censored_stage_has_its_known_answer() {
        let stage = censored_stage();
        let (mean, belief) = (stage.mean(), stage.belief());
        assert!((stage.ln_evidence.exp() / 3.306_106_392_9e-4 - 1.0).abs() < 1e-8);
        assert!((mean - 0.202_231_02).abs() < 1e-8);
        assert!((belief.sd() - 0.080_515_84).abs() < 1e-8);
        let below = (1..10_000)
            .filter(|&i| belief.quantile(f64::from(i) / 10_000.0) < 0.15)
            .count();
        assert!((1.0 - below as f64 / 10_000.0 - 0.717_299_25).abs() < 2e-3);
        let e_value = (stage.ln_evidence - stage.at[0].likelihood.ln_at(logit(0.15), (0.0, 0.0))).exp();
        assert!((e_value - 0.719_395_51).abs() < 1e-8, "{e_value}");
    }

    #[test]
    fn the_most_of_the_likelihood_is_found() {
        let likelihood = &censored_stage().at[0].likelihood;
        for weight in [0.0, 1.0, 2.5] {
            let tried = (-8_000..8_000).map(|i| likelihood.ln_at(f64::from(i) / 1_000.0, (-weight, 0.0)));
            assert!((likelihood.most(weight).0 - tried.fold(f64::NEG_INFINITY, f64::max)).abs() < 1e-6);
        }
    }

    #[test]
    fn thousands_of_accounts_leave_no_gap_between_the_points() {
        let likelihood = Likelihood::new(40_000.0, 160_000.0, &[], 0.0);
        let (_, grids) = update(&likelihood, &Prior::robust(600.0, 400.0));
        // Data this strong overrule the sure prior: the sceptical part carries all the weight.
        assert!(grids[1].0 > 0.999_999);
        let (a, b) = (40_001.8, 160_001.2);
        assert!((grids[1].1.quantile(0.9) - grids[1].1.quantile(0.1)).abs() < 0.01);
        assert!((beta_cdf(a, b, grids[1].1.quantile(0.9)) - 0.9).abs() < 3e-3);
    }
}
