//! The numbers: intervals and pooling, incidence with delay, gate verdicts, simulation, sequencing.
//!
//! Pure: plain structs and a seed in, plain structs out. Must not do IO, read a clock or know a table.

pub mod luck;
pub mod sequence;
pub mod simulate;
