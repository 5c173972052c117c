//! The audit chain: one row a write, each holding the hash of the row before. It must not know what the writes mean.

use jiff::Timestamp;

use crate::{BoxFuture, Ledger, Result};

/// Who does what, and when: handed to every write and kept in its audit row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// When, by the caller's clock; kept to the microsecond.
    pub at: Timestamp,
    /// Who: a person's id, a token's name, or `system`.
    pub actor: String,
    /// The verb of the product, such as `sign`.
    pub verb: &'static str,
}

/// One row of the audit chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// 1 for the first row, without gaps.
    pub number: i64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: String,
    /// The verb.
    pub verb: String,
    /// What it was done to, such as `version 3`.
    pub subject: String,
    /// More about it, as JSON text; never a secret.
    pub detail: String,
    /// The hash of the row before, in hex; 64 zeros for the first.
    pub previous: String,
    /// This row's own hash, in hex.
    pub hash: String,
}

/// The audit chain as verified from its first row to its head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditChain {
    /// How many rows there are.
    pub rows: i64,
    /// The hash of the last row, in hex; write it down elsewhere and no one can shorten the chain unseen.
    pub head: String,
}

impl Ledger {
    /// Reads the whole chain and computes every hash again.
    ///
    /// # Errors
    /// [`crate::LedgerError::BrokenChain`] with the first row that does not hold.
    pub fn audit_verify(&self) -> BoxFuture<'_, Result<AuditChain>> {
        Box::pin(async move { todo!() })
    }

    /// Up to `limit` rows of the chain before row `before` (all when `None`), newest first.
    pub fn audit_rows(&self, before: Option<i64>, limit: i64) -> BoxFuture<'_, Result<Vec<AuditRow>>> {
        Box::pin(async move { todo!() })
    }
}
