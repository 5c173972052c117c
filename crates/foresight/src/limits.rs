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
pub const CELLS: u64 = 1_000;
/// Rows, and columns, of one pooled table.
pub const LEVELS: u64 = 200;
