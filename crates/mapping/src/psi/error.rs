//! What can go wrong between two companies' files, in words that say what to do.

use crate::MappingError;
use crate::limits::{PSI_KEYS_MAX, PSI_RECORDS_MAX, PSI_RECORDS_MIN};

/// Why lists were not intersected.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PsiError {
    /// The list itself cannot be taken.
    #[error(transparent)]
    List(#[from] MappingError),
    /// The list is too long.
    #[error(
        "the list has {records} records, more than {PSI_RECORDS_MAX}; split it by country and make an offer of each"
    )]
    TooMany {
        /// How many it has.
        records: usize,
    },
    /// The list has too many keys.
    #[error(
        "the list has more than {PSI_KEYS_MAX} keys (domains, names with their countries, registration numbers); split it \
         by country and make an offer of each"
    )]
    TooManyKeys,
    /// The list is so short that who takes part would tell of single accounts.
    #[error(
        "{records} of the list's records have a key (a domain, a name with its country, a registration number), fewer \
         than {PSI_RECORDS_MIN}: so short a list would ask about single accounts"
    )]
    TooFew {
        /// How many have a key.
        records: usize,
    },
    /// The bytes are not of this format.
    #[error("it is no offer and no answer of `beachhead psi`")]
    Foreign,
    /// An offer where an answer is wanted, or the other way round.
    #[error("it is {found}, and {wanted} is wanted")]
    WrongKind {
        /// What it is.
        found: &'static str,
        /// What it should be.
        wanted: &'static str,
    },
    /// A release with another format, or with other keys, has written it.
    #[error("it was written by a release whose files or keys are others: both companies need the same release")]
    OtherRelease,
    /// It claims more than is read.
    #[error("it holds {keys} keys, and from 256 to {PSI_KEYS_MAX} are taken")]
    Size {
        /// How many it says that it holds.
        keys: u32,
    },
    /// It ends before its end.
    #[error("it ends too early: it was not copied whole; ask for it again")]
    CutOff,
    /// More follows than it says.
    #[error("more follows after its end: it was changed on the way; ask for it again")]
    TooLong,
    /// Its content is not what its checksum says.
    #[error("its content is not what was written: it was changed on the way; ask for it again")]
    Changed,
    /// Keys stand in an order that gives something away, or twice.
    #[error("its keys are not in order from {place} on, so it was not made by this protocol")]
    OutOfOrder {
        /// The first that is not, from 0.
        place: usize,
    },
    /// A key is no element of the group.
    #[error("its key {place} is no point of the group, so it was not made by this protocol")]
    NotAPoint {
        /// Which, from 0.
        place: usize,
    },
    /// The list that was offered gives other keys now.
    #[error("the list that was offered gives other keys with this release; make a new offer")]
    OtherKeys,
    /// Whoever watched said to stop.
    #[error("it was stopped")]
    Stopped,
    /// A file could not be read.
    #[error("{0}")]
    Unread(#[source] std::io::Error),
    /// A file could not be written.
    #[error("the file could not be written: {0}")]
    Unwritten(#[source] std::io::Error),
}

impl PsiError {
    /// What a stream said while it was read.
    pub(super) fn unread(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::UnexpectedEof {
            Self::CutOff
        } else {
            Self::Unread(error)
        }
    }
}
