//! What one step's counts say of its conversion, read against how long each account has had (numbers.md 1(b)).
//! Must not know of gates.

use super::StepEvidence;
use crate::belief::{self, Belief, Grid, Points, Prior, Range, mixture_range, normalise, posterior};
use crate::delay::{Erlang, LN_SCALE_SD, LN_SCALES};
use crate::interval::as_real;
use crate::overdispersion::Resemblance;
use crate::special::{ln_logistic, logistic, logit};

/// A delay with less than this still to come is over.
const OVER: f64 = 1e-9;
/// Factors `1 + odds s` whose product a double holds, each of them below the 1e15 of the farthest log-odds asked for.
const FACTORS: usize = 20;

/// The accounts still in a step, by age, at one delay: parallel columns, for sums that the processor does in pairs.
#[derive(Debug, Clone, Default)]
pub(crate) struct Waiting {
    /// Accounts.
    pub(crate) count: Vec<f64>,
    /// Weeks in the step.
    pub(crate) age: Vec<f64>,
    /// How much the delay's tail has faded at that age.
    pub(crate) faded: Vec<f64>,
    /// Share of the delay still to come.
    pub(crate) to_come: Vec<f64>,
}

impl Waiting {
    pub(super) fn of(ages: &[(u32, u64)], delay: Erlang) -> Self {
        let faded: Vec<f64> = ages.iter().map(|&(age, _)| delay.faded(age)).collect();
        Self {
            count: ages.iter().map(|&(_, count)| as_real(count)).collect(),
            age: ages.iter().map(|&(age, _)| f64::from(age)).collect(),
            to_come: ages
                .iter()
                .zip(&faded)
                .map(|(&(age, _), &faded)| delay.to_come(age, faded))
                .collect(),
            faded,
        }
    }
}

/// The censored likelihood of one step at one delay: `p^k (1-p)^lost prod (1 - p F(age))^count`.
///
/// With `s = 1 - F` a factor is `(1-p) (1 + odds s)`. For each binary digit, the highest first, `shares` are those `s`
/// whose count has it: squaring between digits turns powers into products, so all of it takes one logarithm.
#[derive(Debug, Clone)]
pub(super) struct Likelihood {
    converted: f64,
    lost: f64,
    /// Accounts that wait and may convert yet, and the sum of their shares still to come.
    open: f64,
    to_come: f64,
    waiting: Vec<(f64, f64)>,
    shares: Vec<f64>,
    /// Where in `shares` each digit ends.
    digits: Vec<usize>,
    /// What an account counts for: 1, or less where accounts resemble each other.
    weight: f64,
    /// The log-density of the delays that were seen, which no rate changes.
    ln_delays: f64,
}

impl Likelihood {
    fn of(step: &Counted, delay: Erlang, waiting: &Waiting) -> Self {
        let mut lost = step.lost;
        let mut open = Vec::with_capacity(step.ages.len());
        for (&to_come, &(age, count)) in waiting.to_come.iter().zip(&step.ages) {
            if to_come < OVER {
                lost += as_real(count);
            } else if age > 0 {
                open.push((to_come, count));
            }
        }
        let ln_delays = step
            .delays
            .iter()
            .map(|&(week, count)| as_real(count) * delay.ln_pmf(week))
            .sum();
        Self::new(step.converted, lost, &open, ln_delays)
    }

    fn new(converted: f64, lost: f64, waiting: &[(f64, u64)], ln_delays: f64) -> Self {
        let most = waiting.iter().map(|&(_, count)| count).max().unwrap_or(0);
        let (mut shares, mut digits) = (Vec::with_capacity(4 * waiting.len()), Vec::new());
        for digit in (0..u64::BITS - most.leading_zeros()).rev() {
            let has = waiting.iter().filter(|(_, count)| count >> digit & 1 == 1);
            shares.extend(has.map(|&(s, _)| s));
            digits.push(shares.len());
        }
        let waiting: Vec<(f64, f64)> = waiting.iter().map(|&(s, count)| (s, as_real(count))).collect();
        Self {
            converted,
            lost,
            open: waiting.iter().map(|(_, count)| count).sum(),
            to_come: waiting.iter().map(|(s, count)| s * count).sum(),
            waiting,
            shares,
            digits,
            weight: 1.0,
            ln_delays,
        }
    }

    /// The same counts, each account worth less by the design effect: the curvature that a likelihood has whose groups
    /// of accounts share a rate each (Kish 1965; a power likelihood). Delays are every account's own.
    fn tempered(self, alike: Resemblance) -> Self {
        let told = self.converted + self.lost + self.open - self.to_come;
        Self {
            weight: 1.0 / alike.design_effect(told),
            ..self
        }
    }

    /// Conversions, each counted for what it is worth.
    pub(super) fn converted(&self) -> f64 {
        self.weight * self.converted
    }

    /// `ln L` at the log-odds `x`, with `more` conversions added.
    pub(super) fn ln_at(&self, x: f64, more: f64) -> f64 {
        let point = Points::spaced(x, x, 1);
        let mut ln = [more * point.ln_p()[0]];
        belief::Likelihood::add_ln(self, &point, &mut ln);
        ln[0]
    }

    /// Adds `sum count ln(1 + odds s)`.
    fn add_ln_waiting(&self, odds: &[f64], ln: &mut [f64]) {
        let n = odds.len();
        let (mut product, mut power) = ([1.0_f64; belief::POINTS], [0_i64; belief::POINTS]);
        let (product, power) = (&mut product[..n], &mut power[..n]);
        let mut start = 0;
        for &end in &self.digits {
            for (product, power) in product.iter_mut().zip(power.iter_mut()) {
                *product *= *product;
                *power *= 2;
            }
            for shares in self.shares[start..end].chunks(FACTORS) {
                for &s in shares {
                    product
                        .iter_mut()
                        .zip(odds)
                        .for_each(|(product, odds)| *product *= 1.0 + s * odds);
                }
                take_powers(product, power);
            }
            take_powers(product, power);
            start = end;
        }
        for ((ln, &product), &power) in ln.iter_mut().zip(&*product).zip(&*power) {
            *ln += self.weight * (product.ln() + power as f64 * std::f64::consts::LN_2);
        }
    }

    /// The most that `ln L - multiplier ln p` can be, for a multiplier below [`Self::converted`], and the `ln p` where it
    /// is. It is concave in ln p: Newton's method on its slope, kept inside a bracket on the log-odds.
    pub(super) fn most(&self, multiplier: f64) -> (f64, f64) {
        let weight = multiplier / self.weight;
        let (mut low, mut high) = (-34.0_f64, 34.0_f64);
        let tried = self.converted + self.lost + self.open - self.to_come;
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
        (self.ln_at(x, -multiplier) + self.ln_delays, ln_logistic(x))
    }
}

impl belief::Likelihood for Likelihood {
    fn add_ln(&self, points: &Points, ln: &mut [f64]) {
        let lost = self.lost + self.open;
        for ((ln, ln_p), ln_q) in ln.iter_mut().zip(points.ln_p()).zip(points.ln_q()) {
            *ln += self.weight * (self.converted * ln_p + lost * ln_q);
        }
        if self.open > 0.0 {
            self.add_ln_waiting(points.odds(), ln);
        }
    }

    fn about(&self) -> ((f64, f64), f64) {
        let (tried, weight) = (self.open - self.to_come, self.weight);
        let about = (weight * self.converted, weight * (self.lost + tried));
        (about, weight * (self.lost + self.open))
    }
}

/// Moves the powers of two out of numbers above 1, so that a product of thousands does not overflow.
fn take_powers(numbers: &mut [f64], powers: &mut [i64]) {
    const DIGITS: u64 = (1 << 52) - 1;
    for (number, power) in numbers.iter_mut().zip(powers) {
        let bits = number.to_bits();
        *power += (bits >> 52).cast_signed() - 1023;
        *number = f64::from_bits(bits & DIGITS | 1.0_f64.to_bits());
    }
}

/// A step's counts, each age and each delay once.
struct Counted {
    converted: f64,
    lost: f64,
    ages: Vec<(u32, u64)>,
    delays: Vec<(u32, u64)>,
}

impl Counted {
    fn of(step: &StepEvidence) -> Self {
        Self {
            converted: as_real(step.converted),
            lost: as_real(step.lost),
            ages: by_week(&step.open_ages_weeks),
            delays: by_week(&step.delays_weeks),
        }
    }
}

/// The counts in order of their weeks, each week once and none of nothing.
fn by_week(counts: &[(u32, u64)]) -> Vec<(u32, u64)> {
    let mut sorted: Vec<(u32, u64)> = counts.iter().copied().filter(|&(_, count)| count > 0).collect();
    sorted.sort_unstable();
    sorted.dedup_by(|next, kept| {
        let is_same = next.0 == kept.0;
        if is_same {
            kept.1 += next.1;
        }
        is_same
    });
    sorted
}

/// The posterior at one delay.
#[derive(Debug, Clone)]
pub(super) struct AtDelay {
    pub(super) delay: Erlang,
    /// The posterior weight of this delay.
    pub(super) weight: f64,
    pub(super) likelihood: Likelihood,
    pub(super) waiting: Waiting,
    /// The posterior of the rate, in parts with weights that add up to 1.
    grids: Vec<(f64, Grid)>,
}

impl AtDelay {
    /// The rate at the quantile `u` of the parts laid end to end: a stratified `u` draws from each its share.
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
    /// `ln` of the chance of the counts under the prior: the numerator of the e-process.
    pub(super) ln_evidence: f64,
}

impl StepPosterior {
    /// `alike` where accounts resemble each other and the rate asked for is the bet's, not that of those at hand.
    pub(super) fn of(step: &StepEvidence, prior: &Prior, delay_known: bool, alike: Option<Resemblance>) -> Self {
        let counted = Counted::of(step);
        let scales: &[f64] = if delay_known { &[0.0] } else { &LN_SCALES };
        let ln_prior = |ln_scale: f64| -0.5 * (ln_scale / LN_SCALE_SD).powi(2);
        let total: f64 = scales.iter().map(|&s| ln_prior(s).exp()).sum();
        let mut at: Vec<AtDelay> = scales
            .iter()
            .map(|&ln_scale| {
                let delay = Erlang::new(step.delay_weeks * ln_scale.exp());
                let waiting = Waiting::of(&counted.ages, delay);
                let likelihood = Likelihood::of(&counted, delay, &waiting);
                let likelihood = match alike {
                    None => likelihood,
                    Some(alike) => likelihood.tempered(alike),
                };
                let (ln_evidence, grids) = posterior(prior, &likelihood);
                AtDelay {
                    delay,
                    weight: ln_evidence + likelihood.ln_delays + ln_prior(ln_scale) - total.ln(),
                    likelihood,
                    waiting,
                    grids,
                }
            })
            .collect();
        let ln_evidence = normalise(at.iter_mut().map(|at| &mut at.weight));
        Self { at, ln_evidence }
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

#[cfg(test)]
mod tests {
    use super::{AtDelay, Likelihood, StepPosterior, Waiting};
    use crate::belief::{Prior, posterior};
    use crate::delay::Erlang;
    use crate::special::{beta_cdf, logit};

    /// The censored stage of numbers.md section 3: three conversions, five open at each of F = .2, .5, .8, 1.
    fn censored_stage() -> StepPosterior {
        let likelihood = Likelihood::new(3.0, 5.0, &[(0.8, 5), (0.5, 5), (0.2, 5)], 0.0);
        let (ln_evidence, grids) = posterior(&Prior::stated(2.0, 8.0), &likelihood);
        let at = vec![AtDelay {
            delay: Erlang::new(4.0),
            weight: 1.0,
            likelihood,
            waiting: Waiting::default(),
            grids,
        }];
        StepPosterior { at, ln_evidence }
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
        let e_value = (stage.ln_evidence - stage.at[0].likelihood.ln_at(logit(0.15), 0.0)).exp();
        assert!((e_value - 0.719_395_51).abs() < 1e-8, "{e_value}");
    }

    #[test]
    fn the_most_of_the_likelihood_is_found() {
        let likelihood = &censored_stage().at[0].likelihood;
        for weight in [0.0, 1.0, 2.5] {
            let tried = (-8_000..8_000).map(|i| likelihood.ln_at(f64::from(i) / 1_000.0, -weight));
            assert!((likelihood.most(weight).0 - tried.fold(f64::NEG_INFINITY, f64::max)).abs() < 1e-6);
        }
    }

    #[test]
    fn thousands_of_accounts_leave_no_gap_between_the_points() {
        let likelihood = Likelihood::new(40_000.0, 160_000.0, &[], 0.0);
        let (_, grids) = posterior(&Prior::robust(600.0, 400.0), &likelihood);
        // Data this strong overrule the sure prior: the sceptical part carries all the weight.
        let (weight, grid) = grids.iter().max_by(|one, other| one.0.total_cmp(&other.0)).unwrap();
        assert!(*weight > 0.999_999);
        let (a, b) = (40_001.8, 160_001.2);
        assert!((grid.quantile(0.9) - grid.quantile(0.1)).abs() < 0.01);
        assert!((beta_cdf(a, b, grid.quantile(0.9)) - 0.9).abs() < 3e-3);
    }
}
