//! Simulation: what a program's bets may bring week by week under a plan and a team's hours. Must not choose a plan.
//!
//! A path is one possible future: rates drawn from the beliefs, then the fate of every account that gets anywhere,
//! then the team's weeks. Luck is keyed by (seed, path, bet, account, step), so every plan meets the same accounts
//! with the same fates, and differences between plans are differences between plans.

mod fate;
#[cfg(test)]
pub(crate) mod fixtures;
mod forecast;
mod model;
#[cfg(test)]
mod naive;
mod program;
mod rates;
mod team;
#[cfg(test)]
mod tests;
mod truth;

pub(crate) use fate::Path;
pub(crate) use forecast::{mean, quantile, share_reaching, totals, worst_fifth};
pub(crate) use model::{Model, arrival_cdf, count, whole};
pub(crate) use rates::Strata;
pub(crate) use team::{BetStory, Policy, Story, Team, run, run_by, run_for};
pub(crate) use truth::{Seen, TrueBet, Truth};

pub use forecast::{FanWeek, Forecast, PerBet, Total, simulate};
pub use program::{Bet, DealValue, Gate, Plan, Program, Rule, Running, Share, Step};
