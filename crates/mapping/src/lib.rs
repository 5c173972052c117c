//! Mapping: which of their accounts are ours. Columns in, pairs with probabilities and reasons out; pure. It must not read
//! a file, know a clock or keep anything between two calls.

pub mod assign;
pub mod bands;
pub mod candidates;
pub mod column;
pub mod decisions;
mod error;
pub mod explain;
pub mod features;
pub mod gate;
mod hash;
pub mod keys;
pub mod limits;
mod mapping;
pub mod model;
pub mod normalise;
mod parts;
pub mod populations;
pub mod prior;
pub mod psi;
mod rarity;
pub mod score;
mod similarity;
pub mod spelling;

pub use column::{Column, List, Row};
pub use error::MappingError;
pub use mapping::{Class, LEAST, Mapping, Match, Options, compared, judge, map, one_to_one};
pub use rarity::weigh;
