//! Facts: readers, mapping profiles, snapshots, segments and measures. The only room that knows Arrow and Parquet, and
//! none of their types shows in its public face.

mod alias;
pub mod attribute;
pub mod catalogue;
mod error;
pub mod export;
pub mod kept;
pub mod limits;
pub mod lists;
pub mod measure;
pub mod profile;
pub mod read;
pub mod records;
pub mod remote;
mod rows;
pub mod rule;
pub mod snapshot;
mod spool;
pub mod stages;
pub mod star;
mod typed;
pub mod watch;

pub use catalogue::Status;
pub use error::FactsError;
pub use kept::Kept;
pub use rule::{Rule, RuleError};
pub use stages::{Stage, StageMap, Way};
pub use star::{Star, Tables};
pub use watch::Watch;
