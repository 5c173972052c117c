//! Why a verb was refused: one table that gives a face its HTTP status, its exit code and its help. Must not know a face.

use std::fmt;

use crate::actor::Permission;
use serde::{Deserialize, Serialize};

/// The kinds of refusal, each with one HTTP status and one exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Code {
    /// What was given cannot be used; the hint says how to mend it.
    BadInput,
    /// Findings or checks fail: the thing is well formed and may not go ahead.
    ChecksFail,
    /// Nobody is signed in.
    SignInFirst,
    /// Someone is signed in who may not do this; the hint says who can.
    NotAllowed,
    /// There is no such thing.
    NotFound,
    /// Somebody else was first, or the thing is not in a state for this.
    Conflict,
    /// Too many tries; wait.
    TooMany,
    /// The import needs an answer first.
    Asked,
    /// Our fault or the machine's.
    Internal,
}

impl Code {
    /// The HTTP status of this refusal.
    #[must_use]
    pub const fn status(self) -> u16 {
        match self {
            Self::BadInput | Self::Asked => 422,
            Self::ChecksFail | Self::Conflict => 409,
            Self::SignInFirst => 401,
            Self::NotAllowed => 403,
            Self::NotFound => 404,
            Self::TooMany => 429,
            Self::Internal => 500,
        }
    }

    /// The exit code of the command line (commands.md): 1 checks fail, 2 bad input, 3 not allowed, 4 conflict, 5 internal.
    #[must_use]
    pub const fn exit(self) -> u8 {
        match self {
            Self::ChecksFail => 1,
            Self::BadInput | Self::NotFound | Self::Asked => 2,
            Self::SignInFirst | Self::NotAllowed | Self::TooMany => 3,
            Self::Conflict => 4,
            Self::Internal => 5,
        }
    }

    /// A plain name for the kind, used in JSON and in logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::BadInput => "bad-input",
            Self::ChecksFail => "checks-fail",
            Self::SignInFirst => "sign-in-first",
            Self::NotAllowed => "not-allowed",
            Self::NotFound => "not-found",
            Self::Conflict => "conflict",
            Self::TooMany => "too-many",
            Self::Asked => "asked",
            Self::Internal => "internal",
        }
    }
}

/// A verb that was not carried out: nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The kind.
    pub code: Code,
    /// What is wrong and where, in one sentence.
    pub message: String,
    /// What to do about it.
    pub hint: String,
    /// The permission that was missing, where it is that: a face may say who holds it.
    #[serde(skip)]
    pub missing: Option<Permission>,
}

impl Refusal {
    /// A refusal of one kind.
    pub fn new(code: Code, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            hint: hint.into(),
            missing: None,
        }
    }

    /// What was given cannot be used.
    pub fn bad_input(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::new(Code::BadInput, message, hint)
    }

    /// Somebody else was first, or the thing is not in a state for this.
    pub fn conflict(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::new(Code::Conflict, message, hint)
    }

    /// There is no such thing.
    pub fn not_found(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::new(Code::NotFound, message, hint)
    }

    /// Our fault or the machine's.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(
            Code::Internal,
            message,
            "Nothing was changed. Try again; if it stays, look at the log of the server.",
        )
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.message)?;
        if self.hint.is_empty() {
            Ok(())
        } else {
            write!(f, "\n{}", self.hint)
        }
    }
}

impl std::error::Error for Refusal {}
