//! Simulation: what a program's bets may bring week by week under a plan and a team's hours. Must not choose a plan.
//!
//! A path is one possible future: rates drawn from the beliefs, then the fate of every account that gets anywhere,
//! then the team's weeks. Luck is keyed by (seed, path, bet, account, step), so every plan meets the same accounts
//! with the same fates, and differences between plans are differences between plans.

mod forecast;
mod program;
mod stand_in;

pub use forecast::{FanWeek, Forecast, PerBet, Total, simulate};
pub use program::{
    Bet, DealValue, Gate, MAX_BETS, MAX_PATHS, MAX_STEPS, MAX_TARGETS, MAX_WEEKS, Plan, Program, ProgramError, Rule,
    Running, Share, Step,
};
pub use stand_in::Belief;
