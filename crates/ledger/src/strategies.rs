//! The strategy's draft and its versions: asked to be signed, signed, or sent back. It must not read the text.

use jiff::Timestamp;

use crate::{BoxFuture, Ledger, NewDecision, Result, Stamp};

/// The strategy text being edited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The text, empty at first.
    pub text: String,
    /// How often it was saved; 0 at first.
    pub revision: i64,
    /// Who saved it last.
    pub saved_by: Option<String>,
    /// When it was saved last.
    pub saved_at: Option<Timestamp>,
}

/// A new text for the draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftEdit {
    /// The whole new text.
    pub text: String,
    /// The revision that the editor began from.
    pub expected_revision: i64,
}

/// Where a version stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VersionState {
    /// Waits for the sponsor.
    Asked,
    /// Signed, for good.
    Signed,
    /// Sent back with a comment, for good.
    SentBack,
    /// A later version was asked before this one was signed or sent back.
    Superseded,
}

/// One version of the strategy; its text never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StrategyVersion {
    /// 1 for the first.
    pub number: i64,
    /// The exact text.
    pub text: String,
    /// SHA-256 of the text, in hex.
    pub sha256: String,
    /// Where it stands.
    pub state: VersionState,
    /// Who asked for the signature.
    pub asked_by: String,
    /// When.
    pub asked_at: Timestamp,
    /// The snapshot in force then.
    pub snapshot: Option<String>,
    /// The signature, when signed.
    pub signature: Option<Signature>,
    /// Why it was sent back, when it was.
    pub comment: Option<String>,
}

/// The sponsor's yes to the exact text of one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// The person's id.
    pub person: String,
    /// When.
    pub at: Timestamp,
    /// Conditions that the sponsor set, in words.
    pub conditions: Option<String>,
}

/// A signature to put under a version, and the decisions that follow from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signing {
    /// The version's number.
    pub version: i64,
    /// SHA-256 of the text that the sponsor saw, in hex.
    pub sha256: String,
    /// The sponsor's person id.
    pub person: String,
    /// Conditions that the sponsor sets, in words.
    pub conditions: Option<String>,
    /// What the signature decides (its bets become planned); kept in the same transaction.
    pub decisions: Vec<NewDecision>,
}

impl Ledger {
    /// The draft.
    pub fn draft(&self) -> BoxFuture<'_, Result<Draft>> {
        Box::pin(async move { todo!() })
    }

    /// Saves the draft.
    ///
    /// # Errors
    /// `Conflict` with both texts when the revision has moved on.
    pub fn save_draft<'a>(&'a self, stamp: &'a Stamp, edit: DraftEdit) -> BoxFuture<'a, Result<Draft>> {
        Box::pin(async move { todo!() })
    }

    /// Keeps a text as the next version and asks for its signature; a version still asked is superseded.
    /// The version notes the snapshot in force.
    pub fn ask_signature<'a>(&'a self, stamp: &'a Stamp, text: &'a str) -> BoxFuture<'a, Result<StrategyVersion>> {
        Box::pin(async move { todo!() })
    }

    /// Signs a version and keeps what follows from it, in one transaction; of many at once exactly one wins.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` with the version when it is not asked any more or its text is another.
    pub fn sign<'a>(&'a self, stamp: &'a Stamp, signing: Signing) -> BoxFuture<'a, Result<StrategyVersion>> {
        Box::pin(async move { todo!() })
    }

    /// Sends a version back with a comment.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` with the version when it is not asked any more.
    pub fn send_back<'a>(
        &'a self,
        stamp: &'a Stamp,
        version: i64,
        comment: &'a str,
    ) -> BoxFuture<'a, Result<StrategyVersion>> {
        Box::pin(async move { todo!() })
    }

    /// One version.
    pub fn version(&self, number: i64) -> BoxFuture<'_, Result<Option<StrategyVersion>>> {
        Box::pin(async move { todo!() })
    }

    /// All versions, newest first.
    pub fn versions(&self) -> BoxFuture<'_, Result<Vec<StrategyVersion>>> {
        Box::pin(async move { todo!() })
    }

    /// The version signed last: the strategy in force.
    pub fn latest_signed(&self) -> BoxFuture<'_, Result<Option<StrategyVersion>>> {
        Box::pin(async move { todo!() })
    }
}
