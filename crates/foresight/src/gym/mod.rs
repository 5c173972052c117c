//! The gym: made-up programs whose truth is known, on which policies and the judge's rules are tried side by side.
//! Must not be asked about a real program.

pub mod setting;
pub mod world;

pub use setting::Setting;
pub use world::{Truth, World};
