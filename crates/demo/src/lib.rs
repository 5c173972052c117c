//! The worked example: a made-up company whose leader triages six initiatives to one bet, signs, runs it for two quarters
//! and unlocks a second from the gate's evidence. Everything goes in through the verbs that a user has; every figure on
//! its pages is computed from the facts. Must not reach below the office, nor touch another folder than its own.

mod calendar;
mod lists;
mod running;
mod story;
pub mod truth;
mod weekly;
pub mod world;

pub use story::{make, open};
