//! Facts: readers, mapping profiles, snapshots, segments and measures. The only room that knows Arrow and Parquet, and
//! none of their types shows in its public face.

mod alias;
pub mod catalogue;
mod error;
pub mod limits;
pub mod profile;
pub mod read;
pub mod snapshot;
mod typed;

pub use error::FactsError;
