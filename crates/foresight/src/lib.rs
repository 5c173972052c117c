//! The numbers: intervals and pooling, incidence with delay, gate verdicts, simulation, sequencing.
//!
//! Pure: plain structs and a seed in, plain structs out. Must not do IO, read a clock or know a table.

pub mod belief;
pub mod cohort;
pub mod deal_size;
pub mod delay;
pub mod error;
pub mod estimate;
pub mod gym;
pub mod incidence;
pub mod interval;
pub mod judge;
pub mod lift;
pub mod limits;
pub mod luck;
pub mod miss;
pub mod overdispersion;
pub mod pooling;
pub mod power;
pub mod ranges;
pub mod reversal;
pub mod sequence;
pub mod simulate;
pub mod sourcing;
pub mod special;
