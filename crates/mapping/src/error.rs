//! What can go wrong with lists that are handed in.

use crate::limits::RECORDS_MAX;

/// Why lists were not mapped.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum MappingError {
    /// A list has more records than a place can say.
    #[error("the list has {records} records, more than {RECORDS_MAX}; split it by country")]
    TooMany {
        /// How many it has.
        records: usize,
    },
    /// A column is not as long as the ids.
    #[error("the column of {column} is not as long as the list")]
    Uneven {
        /// Which.
        column: &'static str,
    },
}
