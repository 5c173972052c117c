//! The written strategy: outcome, arena, wedge, motion, sequence and proof, with its rules and states.
//!
//! Pure: no IO, no clock, no randomness, no async. Dates, millis and random bytes are handed in.
//! A reader who knows the idea finds each word of the product as a module of that name.

pub mod attribution;
pub mod bet;
pub mod choice;
pub mod cycle;
pub mod diff;
pub mod document;
pub mod error;
pub mod findings;
pub mod id;
pub mod limits;
pub mod measure;
pub mod money;
pub mod motion;
pub mod outcome;
pub mod program;
pub mod proof;
pub mod range;
pub mod review;
pub mod sequence;
pub mod signature;
pub mod start;
pub mod state;
pub mod wedge;
mod words;
pub mod written;

pub use attribution::{AttributionPolicy, Bearing, Class, Credit, TouchKind};
pub use bet::{Bet, Capacity};
pub use choice::{Cell, CellState, Segment};
pub use cycle::{Cycle, CycleLength, FiscalCalendar};
pub use diff::{Change, diff};
pub use document::{ReviewPlan, Strategy};
pub use error::Error;
pub use findings::{Circumstances, Finding, GateOutlook, Severity, check, signable};
pub use id::{
    DecisionId, JobId, PersonId, RequestId, ReviewId, SessionId, SignatureId, StrategyId, TargetId, TokenId, UploadId,
    VersionId,
};
pub use measure::{Measure, MeasureKind, Unit};
pub use money::{Currency, Money};
pub use motion::{Motion, Step, Template};
pub use outcome::{Outcome, Scope};
pub use program::{Member, Program};
pub use proof::{Gate, Indicator, IndicatorKind};
pub use range::Range;
pub use sequence::Sequence;
pub use signature::Signature;
pub use state::{BetState, Verdict};
pub use wedge::{Condition, Wedge};
pub use written::{Parsed, Place, Places, parse, render};
