//! The most of anything that this room takes from outside, in one place. Must hold constants only.

/// Steps of a motion.
pub const STEPS: u64 = 12;
/// Weeks: of a horizon, an age, a delay, a mean delay. Ten years.
pub const WEEKS: u32 = 520;
/// Accounts in one count. Beyond it a sum could lose whole accounts to rounding long before it overflowed.
pub const ACCOUNTS: u64 = 100_000_000;
/// The smallest and the largest parameter of a beta prior.
pub const PRIOR: (f64, f64) = (0.01, 1.0e6);
/// The shortest mean delay, in weeks: about a minute.
pub const SHORTEST_DELAY_WEEKS: f64 = 1.0e-4;
/// Cells of one pooled table.
pub const CELLS: u64 = 2_000;
/// Rows, and columns, of one pooled table: its cost grows with the third power of their sum.
pub const LEVELS: u64 = 100;
/// Bets in a program that is simulated.
pub const BETS: u64 = 50;
/// Targets in such a program, all bets together, those in flight included.
pub const TARGETS: u64 = 200_000;
/// Paths of one forecast. At the longest horizon they take 83 MB.
pub const PATHS: u64 = 20_000;
/// Any amount in such a program: of hours, of targets a week, of money.
pub const AMOUNT: f64 = 1e12;
/// The standard deviation of a deal's value, in means.
pub const DEAL_SPREAD: f64 = 100.0;
/// Worlds of one run of the gym.
pub const WORLDS: u32 = 20_000;
/// Bets in a world: its clairvoyant tries their ordered subsets, of which seven have 13,699.
pub const GYM_BETS: u64 = 7;
/// Targets of each bet in a world.
pub const GYM_TARGETS: u64 = 10_000;
/// Deals whose lift is worked out.
pub const DEALS: u64 = 2_000_000;
/// Strata and covariates of a lift, together.
pub const LIFT_FIELDS: u64 = 12;
/// Partners of one bet whose accounts resemble each other.
pub const PARTNERS: u64 = 1_000;
/// The correlation of two accounts of the same partner.
pub const CORRELATION: f64 = 0.9;
/// Draws of one estimate: 160 MB.
pub const DRAWS: u64 = 20_000_000;
/// Cohorts of one table: fifty years of months.
pub const COHORTS: u64 = 600;
/// Days of a window that conversions are counted within: ten years.
pub const WINDOW_DAYS: u64 = 3_650;
