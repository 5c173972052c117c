//! What this room refuses, said so that the person who typed it can mend it. Must not know where the input came from.

/// Why a computation was refused. Nothing here is a fault of the program: every case is an input that has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ForesightError {
    /// A value that no answer exists for.
    #[error("{at}: {what}; {mend}")]
    Invalid {
        /// Where: the path of the value in the input, such as `step[2].prior`.
        at: String,
        /// What is wrong with it.
        what: String,
        /// How to mend it.
        mend: String,
    },
    /// More of something than this room takes on; the limits are constants of [`crate::limits`].
    #[error("{at}: {count} is over the limit of {limit}")]
    TooMany {
        /// Where: the path of the value in the input.
        at: String,
        /// How much was asked.
        count: u64,
        /// The most that is taken.
        limit: u64,
    },
}

impl ForesightError {
    /// A value at `at` that is wrong for the reason `what` and mended by `mend`.
    pub(crate) fn invalid(at: impl Into<String>, what: impl Into<String>, mend: impl Into<String>) -> Self {
        Self::Invalid {
            at: at.into(),
            what: what.into(),
            mend: mend.into(),
        }
    }

    /// An error unless `count` is at most `limit`.
    pub(crate) fn at_most(at: impl Into<String>, count: u64, limit: u64) -> Result<(), Self> {
        if count <= limit {
            Ok(())
        } else {
            Err(Self::TooMany {
                at: at.into(),
                count,
                limit,
            })
        }
    }
}
