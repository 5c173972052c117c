//! Overdispersion: accounts of one partner resemble each other more than those of another, so that counts vary more
//! than accounts on their own would. Must not know what a partner is beyond a group of accounts.

use crate::error::ForesightError;
use crate::limits;
use serde::{Deserialize, Serialize};

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
        1.0 + (accounts / f64::from(self.partners.max(1)) - 1.0).max(0.0) * self.correlation
    }
}

#[cfg(test)]
mod tests {
    use super::Overdispersion;

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
}
