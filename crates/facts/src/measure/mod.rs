//! The measures: questions asked of a star, answered with plain counts and sums as the facts were known on one day.
//! They draw no inference: intervals, pooling and curves are the room `foresight`'s.

mod arena;
mod cohorts;
mod effort;
mod filled;
mod fold;
mod lens;
mod lift;
mod outcome;
mod progress;
mod rows;
mod segments;
mod sources;
mod weigh;

pub use arena::{ArenaCell, ArenaPlan, ArenaState, Record, SegmentCounts, SegmentPlan, arena, segment_counts};
pub use cohorts::{
    AskCohorts, CohortGroup, CohortMonth, CohortWait, Cohorts, CohortsPlan, CohortsState, Holder, Mark, ValueHeld,
    cohorts,
};
pub use effort::{Drift, Effort, drift, effort};
pub use filled::{Filled, filled};
pub use fold::{Measure, State};
pub use lens::Field;
pub use lift::{LiftColumn, LiftDeal, LiftPlan, LiftQuestion, LiftRows, LiftState, default_strata, lift_rows};
pub use outcome::{CannotCompute, Month, Outcome, OutcomePlan, OutcomeState, Value, Week, outcome};
pub use progress::{
    BetProgress, Origin, ProgressPlan, ProgressState, SaidStep, StageEvidence, StepEvidence, TargetFate, progress,
    stage_evidence,
};
pub use rows::{
    CohortPart, CohortRows, FoundRows, Narrow, OpportunityRow, Order, OrderBy, Selection, Side, Tally, find_rows, rows,
};
pub use segments::{AccountRow, Fall, FoundAccounts, find_accounts};
pub use sources::{Source, SourceTable, sources};
pub use weigh::{
    Amounts, Cell, CycleDays, Spell, Weigh, WeighPlan, WeighState, Weighed, Within, WonQuarter, weigh, within,
    won_by_quarter,
};
