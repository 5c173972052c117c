//! Overdispersion: accounts of one partner resemble each other more than those of another, so that counts vary more
//! than accounts on their own would. Must not know what a partner is beyond a group of accounts.

use serde::{Deserialize, Serialize};

use crate::delay::Erlang;
use crate::error::ForesightError;
use crate::interval::as_real;
use crate::limits;
use crate::simulate::{count, whole};
use crate::special::{ln_gamma, logistic, logit};

/// How much accounts of the same partner resemble each other at a step.
///
/// Each partner's own rate is a draw from a beta distribution about the bet's, with `correlation` between two accounts
/// of the same partner: `Beta(p (1-c)/c, (1-p) (1-c)/c)` (the beta-binomial; Williams, Applied Statistics 1982).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Overdispersion {
    /// Correlation of two accounts of the same partner, 0 (none) to below 1.
    pub correlation: f64,
    /// Partners that the bet's accounts come from, in equal parts, taken in turn.
    pub partners: u32,
}

impl Default for Overdispersion {
    fn default() -> Self {
        Self {
            correlation: 0.0,
            partners: 10,
        }
    }
}

impl Overdispersion {
    /// Refuses what cannot be computed with; `at` is where it stands in the input.
    pub(crate) fn check(&self, at: &str) -> Result<(), ForesightError> {
        if !(0.0..=limits::CORRELATION).contains(&self.correlation) {
            return Err(ForesightError::invalid(
                format!("{at}.overdispersion.correlation"),
                format!("is {}", self.correlation),
                format!("give a number from 0 to {}, such as 0.1", limits::CORRELATION),
            ));
        }
        if self.partners == 0 {
            return Err(ForesightError::invalid(
                format!("{at}.overdispersion.partners"),
                "is 0",
                "give the number of partners that the accounts come from",
            ));
        }
        ForesightError::at_most(
            format!("{at}.overdispersion.partners"),
            u64::from(self.partners),
            limits::PARTNERS,
        )
    }

    /// By how much the variance of a count of `accounts` from these partners is larger than that of as many accounts
    /// on their own: the design effect `1 + (accounts/partners - 1) c`, at least 1 (Kish 1965).
    #[must_use]
    pub fn design_effect(&self, accounts: f64) -> f64 {
        Resemblance::of(*self).design_effect(accounts)
    }
}

/// The same, of partners that need not weigh alike: so many equal ones would vary as much.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Resemblance {
    correlation: f64,
    partners: f64,
}

impl Resemblance {
    pub(crate) fn of(overdispersion: Overdispersion) -> Self {
        Self {
            correlation: overdispersion.correlation,
            partners: f64::from(overdispersion.partners.max(1)),
        }
    }

    /// See [`Overdispersion::design_effect`].
    pub(crate) fn design_effect(self, accounts: f64) -> f64 {
        1.0 + (accounts / self.partners - 1.0).max(0.0) * self.correlation
    }

    /// The variance of these partners' mean rate about the bet's rate `p`, as a share of `p (1 - p)`.
    pub(crate) fn share(self) -> f64 {
        self.correlation / self.partners
    }

    /// The same at the next step, after one that converts with `rate`: the partners that bring more through it weigh
    /// more there, by the squared coefficient of variation of their rates.
    pub(crate) fn after(self, rate: f64) -> Self {
        let partners = self.partners / (1.0 + self.correlation * (1.0 - rate) / rate);
        Self {
            partners: partners.max(1.0),
            ..self
        }
    }
}

/// What was counted of one partner's accounts at one step.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PartnerCount {
    /// How many converted.
    pub converted: u64,
    /// How many said no.
    pub lost: u64,
    /// `(weeks in the step, accounts)` of those still in it.
    pub open_ages_weeks: Vec<(u32, u64)>,
}

impl PartnerCount {
    /// Accounts that came into the step.
    fn entered(&self) -> f64 {
        let open: u64 = self.open_ages_weeks.iter().map(|&(_, count)| count).sum();
        as_real(self.converted.saturating_add(self.lost).saturating_add(open))
    }

    /// Conversions, and the tries that they came of: an account still in the step counts by the share of the delay that
    /// it has had.
    fn tried(&self, delay: Erlang) -> (f64, f64) {
        let had = |&(age, count): &(u32, u64)| as_real(count) * (1.0 - delay.to_come(age, delay.faded(age)));
        let k = as_real(self.converted);
        (
            k,
            k + as_real(self.lost) + self.open_ages_weeks.iter().map(had).sum::<f64>(),
        )
    }
}

/// One step, counted by partner.
#[derive(Debug, Clone, PartialEq)]
pub struct SplitStep {
    /// The mean delay of the accounts that convert, in weeks.
    pub delay_weeks: f64,
    /// Every partner, in the same order at each step.
    pub partners: Vec<PartnerCount>,
}

/// How much partners differ, as far as the counts tell.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Estimate {
    /// The mean of the correlation, and so many equal partners as would vary as much as these.
    pub overdispersion: Overdispersion,
    /// The 10% quantile of the correlation.
    pub low80: f64,
    /// The 90% quantile of the correlation.
    pub high80: f64,
    /// The partners seen.
    pub seen: u32,
}

/// Strength of the prior Beta(1, 19) on the correlation: mean 0.05, and 0.11 exceeded once in ten. An assumption, about
/// where groups of people who decide on their own are found; few partners say little, so it is meant to weigh.
const PRIOR_STRENGTH: f64 = 19.0;

/// Estimates the correlation from steps counted by partner: the posterior under the prior Beta(1, 19), by the
/// beta-binomial likelihood of each step's partners (Williams, Applied Statistics 1982) with its mean rate integrated
/// under Jeffreys' prior. One correlation for all steps.
///
/// # Errors
/// Fewer than two partners, steps with different numbers of them, more than [`limits::CELLS`], or a count or age over
/// the limits: the error says where, what and how to mend it.
pub fn estimate(steps: &[SplitStep]) -> Result<Estimate, ForesightError> {
    check(steps)?;
    let tried: Vec<Vec<(f64, f64)>> = steps
        .iter()
        .map(|step| {
            let delay = Erlang::new(step.delay_weeks);
            let tried = step.partners.iter().map(|partner| partner.tried(delay));
            tried.filter(|&(_, n)| n > 0.0).collect()
        })
        .collect();
    // Finer near 0, where most of the prior is.
    let at: [f64; 24] = std::array::from_fn(|i| 0.8 * ((i as f64 + 0.5) / 24.0).powi(2));
    let mut mass = at.map(|c| {
        let ln_prior = (PRIOR_STRENGTH - 1.0) * (1.0 - c).ln() + 0.5 * c.ln();
        ln_prior + tried.iter().map(|partners| ln_alike(partners, c)).sum::<f64>()
    });
    crate::belief::normalise(mass.iter_mut());
    let quantile = |u: f64| {
        let (mut done, mut before) = (0.0, 0.0);
        for (i, (&mass, &c)) in mass.iter().zip(&at).enumerate() {
            let end = at.get(i + 1).map_or(0.8, |next| 0.5 * (c + next));
            if done + mass >= u {
                return before + (end - before) * ((u - done) / mass).clamp(0.0, 1.0);
            }
            (done, before) = (done + mass, end);
        }
        before
    };
    let entered: Vec<f64> = steps[0].partners.iter().map(PartnerCount::entered).collect();
    let squares: f64 = entered.iter().map(|n| n * n).sum();
    let alike = entered.iter().sum::<f64>().powi(2) / squares.max(1.0);
    let correlation = mass.iter().zip(&at).map(|(mass, c)| mass * c).sum();
    Ok(Estimate {
        overdispersion: Overdispersion {
            correlation,
            partners: whole(alike.round().max(1.0)),
        },
        low80: quantile(0.1),
        high80: quantile(0.9),
        seen: count(entered.iter().filter(|&&n| n > 0.0).count()),
    })
}

fn check(steps: &[SplitStep]) -> Result<(), ForesightError> {
    let partners = steps.first().map_or(0, |step| step.partners.len());
    if partners < 2 {
        return Err(ForesightError::invalid(
            "partners",
            "how partners differ cannot be seen from fewer than two",
            "count the accounts of each partner",
        ));
    }
    ForesightError::at_most("partners", partners as u64, limits::CELLS)?;
    ForesightError::at_most("step", steps.len() as u64, limits::STEPS)?;
    for (index, step) in steps.iter().enumerate() {
        if step.partners.len() != partners {
            return Err(ForesightError::invalid(
                format!("step[{index}].partners"),
                format!("{} are counted, and {partners} at the first step", step.partners.len()),
                "count every partner at every step, with zeros where it has none",
            ));
        }
        for partner in &step.partners {
            let open = partner
                .open_ages_weeks
                .iter()
                .fold(0_u64, |sum, &(_, n)| sum.saturating_add(n));
            for accounts in [partner.converted, partner.lost, open] {
                ForesightError::at_most(format!("step[{index}].partners"), accounts, limits::ACCOUNTS)?;
            }
        }
    }
    Ok(())
}

/// The log-likelihood of the correlation `c` from one step's `(conversions, tries)` by partner, up to what does not
/// depend on it.
fn ln_alike(partners: &[(f64, f64)], c: f64) -> f64 {
    const MEANS: i32 = 12;
    let (k, n) = partners
        .iter()
        .fold((0.0, 0.0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    if n <= 0.0 {
        return 0.0;
    }
    let pooled = (k + 0.5) / (n + 1.0);
    // Three standard errors about the pooled rate, were the accounts as alike as half of the range asked for.
    let effective = n / (1.0 + 0.4 * (n / partners.len() as f64 - 1.0).max(0.0));
    let wide = 3.0 / (pooled * (1.0 - pooled) * (effective + 1.0)).sqrt();
    let strength = (1.0 - c) / c;
    let at: Vec<f64> = (0..MEANS)
        .map(|i| {
            let p = logistic(logit(pooled) + wide * (f64::from(2 * i + 1) / f64::from(MEANS) - 1.0));
            let (a, b) = (p * strength, (1.0 - p) * strength);
            let alone = ln_gamma(strength) - ln_gamma(a) - ln_gamma(b);
            let each = partners
                .iter()
                .map(|&(k, n)| alone + ln_gamma(a + k) + ln_gamma(b + n - k) - ln_gamma(strength + n));
            each.sum::<f64>() + 0.5 * (p * (1.0 - p)).ln()
        })
        .collect();
    let top = at.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    top + at.iter().map(|ln| (ln - top).exp()).sum::<f64>().ln()
}

#[cfg(test)]
mod tests {
    use super::{Overdispersion, PartnerCount, SplitStep, estimate};
    use crate::luck::Luck;
    use crate::special::beta_quantile;

    #[test]
    fn twenty_accounts_of_two_partners_are_worth_fewer() {
        let half = Overdispersion {
            correlation: 0.5,
            partners: 2,
        };
        assert_eq!(half.design_effect(20.0), 5.5);
        assert_eq!(half.design_effect(1.0), 1.0);
        assert_eq!(Overdispersion::default().design_effect(1_000.0), 1.0);
    }

    /// Three steps of a bet with `partners`, each entered by what came through the one before.
    fn split(correlation: f64, partners: u64, accounts: u64, luck: Luck) -> Vec<SplitStep> {
        let mut entered = vec![accounts; usize::try_from(partners).unwrap()];
        let of_step = |(step, mean): (u64, f64)| {
            let partners = (0..).zip(&mut entered).map(|(partner, entered)| {
                let luck = luck.at(step).at(partner);
                let strength = (1.0 - correlation) / correlation;
                let rate = if correlation > 0.0 {
                    beta_quantile(mean * strength, (1.0 - mean) * strength, luck.at(0).uniform())
                } else {
                    mean
                };
                let converted = (1..=*entered).filter(|&i| luck.at(i).uniform() < rate).count() as u64;
                let lost = *entered - converted;
                *entered = converted;
                PartnerCount {
                    converted,
                    lost,
                    open_ages_weeks: vec![(0, 3)],
                }
            });
            SplitStep {
                delay_weeks: 4.0,
                partners: partners.collect(),
            }
        };
        (0..).zip([0.45, 0.55, 0.40]).map(of_step).collect()
    }

    #[test]
    fn partners_that_differ_are_told_from_those_that_do_not() {
        for truth in [0.0, 0.05, 0.1, 0.3] {
            let (mut mean, mut covered) = (0.0, 0);
            for bet in 0..40 {
                let found = estimate(&split(truth, 10, 20, Luck::new(4).at(bet))).unwrap();
                mean += found.overdispersion.correlation / 40.0;
                covered += usize::from((found.low80..=found.high80).contains(&truth));
                assert_eq!((found.seen, found.overdispersion.partners), (10, 10));
            }
            // Shrunk towards 0.05, and less so the more the partners differ.
            let bounds = match truth {
                0.0 => 0.0..0.04,
                0.05 => 0.03..0.08,
                0.1 => 0.06..0.13,
                _ => 0.16..0.34,
            };
            assert!(bounds.contains(&mean), "{mean} for {truth}");
            assert!(
                truth == 0.0 || truth == 0.3 || covered >= 26,
                "{truth}: {covered} of 40 covered"
            );
        }
    }

    #[test]
    fn no_counts_leave_the_prior_and_partners_of_different_size_weigh_by_it() {
        let count = |converted, lost| PartnerCount {
            converted,
            lost,
            open_ages_weeks: vec![],
        };
        let of = |partners| {
            estimate(&[SplitStep {
                delay_weeks: 3.0,
                partners,
            }])
        };
        let nothing = of(vec![count(0, 0), count(0, 0)]).unwrap();
        assert!((nothing.overdispersion.correlation - 0.05).abs() < 0.003, "{nothing:?}");
        assert!((nothing.high80 - 0.114).abs() < 0.01, "{nothing:?}");
        let uneven = of(vec![count(30, 70), count(2, 3), count(1, 4)]).unwrap();
        assert_eq!((uneven.seen, uneven.overdispersion.partners), (3, 1));
        assert!(of(vec![count(1, 1)]).is_err() && estimate(&[]).is_err());
        assert!(of(vec![count(u64::MAX, 0), count(1, 1)]).is_err());
    }
}
