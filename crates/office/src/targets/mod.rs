//! Targets: the named accounts that bets go after, worked a step at a time. What is said here is dated and kept in the
//! record; it is counted beside the facts by the funnel, the judge and the rows behind them. Must not count or judge.

mod list;
mod losing;
mod rows;
mod said;
mod whose;
mod work;

pub use list::{Fate, Sort, Status, TargetRow, TargetView, TargetsAsked, TargetsView};
pub use losing::Lost;
pub use said::Said;
pub use whose::may_run;
pub(crate) use whose::{must_name, must_run};
pub use work::{Edited, Logged, NewNamed, Picked, StepLog, TargetChange};
pub(crate) use work::{begins, must_be_open};

/// The word of a target that enters its bet.
pub const TARGETED: &str = "targeted";
/// The word of a target that is lost.
pub const LOST: &str = "lost";
/// The word of what happened without a step: it is kept and shown, and counts in no funnel.
pub const TOUCH: &str = "a touch";
/// The state of a target that nobody has worked yet.
pub(crate) const NAMED: &str = "named";
/// Days in which nothing happened after which a target counts as stuck.
pub const STUCK_DAYS: i32 = 14;
