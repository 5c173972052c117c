//! What can go wrong with the record, each with what to do about it. No driver's error type shows through.

use crate::{Draft, Person, Review, ReviewItem, StrategyVersion, Target};

/// What the ledger's methods return.
pub type Result<T, E = LedgerError> = std::result::Result<T, E>;

/// What can go wrong with the record.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// The thing asked for is not in the record.
    #[error("{what} is not in the record")]
    NotFound {
        /// What was looked for, such as `person 0190…`.
        what: String,
    },
    /// Someone else was faster, or the thing is past this step. Nothing was written.
    #[error("{what}")]
    Conflict {
        /// What stands in the way and what to do.
        what: String,
        /// What the record holds now, and what the caller wanted to write where both are worth seeing.
        current: Box<Current>,
    },
    /// What was handed in cannot be kept as it is. Nothing was written.
    #[error("{what}")]
    Invalid {
        /// What is wrong, where, and what would mend it.
        what: String,
    },
    /// The record was written by a newer release.
    #[error(
        "the record has schema {found} and this release knows schemas up to {known}: run the newer release, or go back \
         to the copy that it made before its migration with `beachhead restore --replace {copy}`"
    )]
    TooNew {
        /// The record's schema.
        found: i64,
        /// The newest schema that this release knows.
        known: i64,
        /// The copy that the newer release made before its first migration, or the nightly backup.
        copy: String,
    },
    /// The audit chain does not hold: a row was changed, removed or put in.
    #[error(
        "the audit chain breaks at row {row}: {why}. Someone changed the record by another way than Beachhead; keep a \
         copy of it as it is and compare it with a backup"
    )]
    BrokenChain {
        /// The first row that is wrong or missing.
        row: i64,
        /// What is wrong with it.
        why: String,
    },
    /// The record holds something that this release could never have written.
    #[error("the record is damaged: {what}. Stop, keep a copy, and go back to a backup with `beachhead restore`")]
    Corrupt {
        /// Where, and what was found.
        what: String,
    },
    /// The database did not do what it was asked; the write was not acknowledged and is not there.
    #[error("{doing}: {source}")]
    Unavailable {
        /// What was being done, and what to check.
        doing: String,
        /// What the database or the file system said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// What the record holds at the moment of a conflict.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
#[expect(clippy::large_enum_variant, reason = "it is boxed, and there is one at a time")]
pub enum Current {
    /// Two people edited the draft: the second sees both texts.
    Draft {
        /// What was saved first.
        current: Draft,
        /// What the second saver wanted to save.
        yours: String,
    },
    /// Two people decided one bet of a review.
    ReviewItem {
        /// What was decided first; revision 0 when nothing was.
        current: ReviewItem,
        /// What the second wanted to decide, with the revision that was seen.
        yours: ReviewItem,
    },
    /// Two people changed one target.
    Target {
        /// What was saved first.
        current: Target,
        /// What the second wanted to save.
        yours: Target,
    },
    /// The version that is signed, sent back, superseded, or of another text.
    Version(StrategyVersion),
    /// The review that is open already, closed already, or has moved on.
    Review(Review),
    /// The person who has that address already.
    Person(Person),
    /// Nothing more to show than the words.
    Nothing,
}

/// A conflict that has nothing to show but its words.
pub(crate) fn conflict(what: impl Into<String>) -> LedgerError {
    conflict_with(what, Current::Nothing)
}

/// A conflict, and what the record holds.
pub(crate) fn conflict_with(what: impl Into<String>, current: Current) -> LedgerError {
    LedgerError::Conflict {
        what: what.into(),
        current: Box::new(current),
    }
}

/// What is not there.
pub(crate) fn not_found(what: impl Into<String>) -> LedgerError {
    LedgerError::NotFound { what: what.into() }
}

/// What each database says when its disk is full.
const SQLITE_FULL: &str = "13";
const POSTGRES_DISK_FULL: &str = "53100";

/// Says in the record's words what a driver could not do.
pub(crate) fn failed(doing: impl Into<String>) -> impl FnOnce(sqlx::Error) -> LedgerError {
    let doing = doing.into();
    move |error| match error {
        sqlx::Error::Database(error) if error.is_foreign_key_violation() => LedgerError::Invalid {
            what: format!("{doing}: it names a person, snapshot, version or review that is not in the record"),
        },
        sqlx::Error::Database(error) if error.is_unique_violation() => conflict(format!(
            "{doing}: there is one with that key already ({error}); look again before trying again"
        )),
        sqlx::Error::Database(error) if matches!(error.code().as_deref(), Some(SQLITE_FULL | POSTGRES_DISK_FULL)) => {
            LedgerError::Unavailable {
                doing: format!("{doing}: the disk is full, nothing of this was written; make room and do it again"),
                source: error,
            }
        }
        sqlx::Error::PoolTimedOut => LedgerError::Unavailable {
            doing: format!("{doing} took too long; try again, and look for a write that hangs"),
            source: error.into(),
        },
        error => LedgerError::Unavailable {
            doing,
            source: error.into(),
        },
    }
}
