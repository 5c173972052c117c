//! The catalogue of snapshots, the imports that made them, and mapping profiles. It must not read a fact.

use jiff::{Timestamp, civil::Date};

use crate::{BoxFuture, Ledger, Result, Stamp};

/// One immutable set of imported facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Hash of its content.
    pub id: String,
    /// When it was first imported.
    pub taken_at: Timestamp,
    /// The day it speaks of.
    pub as_of: Date,
    /// Its files and their hashes, as JSON text.
    pub manifest: String,
    /// Name as shown.
    pub label: String,
    /// Who imported it.
    pub imported_by: String,
    /// Whether it is the one in force.
    pub in_force: bool,
}

/// A snapshot to catalogue, whose files are written and synced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSnapshot {
    /// Hash of its content.
    pub id: String,
    /// The day it speaks of.
    pub as_of: Date,
    /// Its files and their hashes, as JSON text.
    pub manifest: String,
    /// Name as shown.
    pub label: String,
    /// What the import said of each file, as JSON text.
    pub report: String,
}

/// One import of files, whether or not it changed anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// 1 for the first.
    pub number: i64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
    /// The snapshot it came to.
    pub snapshot: String,
    /// Whether that snapshot was new.
    pub new: bool,
    /// What it said of each file, as JSON text.
    pub report: String,
}

/// How the columns of files with one header are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Name, unique.
    pub name: String,
    /// Fingerprint of the header.
    pub fingerprint: String,
    /// The profile, as TOML.
    pub toml: String,
    /// When it was saved last.
    pub saved_at: Timestamp,
}

impl Ledger {
    /// Catalogues a snapshot, notes the import, and puts the snapshot in force. Says whether the snapshot was new; one that
    /// was known keeps its first row.
    pub fn add_snapshot<'a>(&'a self, stamp: &'a Stamp, snapshot: NewSnapshot) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move { todo!() })
    }

    /// The snapshot in force: the one imported last.
    pub fn latest_snapshot(&self) -> BoxFuture<'_, Result<Option<Snapshot>>> {
        Box::pin(async move { todo!() })
    }

    /// One snapshot.
    pub fn snapshot<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Option<Snapshot>>> {
        Box::pin(async move { todo!() })
    }

    /// All snapshots, the one taken last first.
    pub fn snapshots(&self) -> BoxFuture<'_, Result<Vec<Snapshot>>> {
        Box::pin(async move { todo!() })
    }

    /// All imports, newest first.
    pub fn imports(&self) -> BoxFuture<'_, Result<Vec<Import>>> {
        Box::pin(async move { todo!() })
    }

    /// Keeps a profile under its name, in place of an earlier one. `saved_at` is taken from the stamp.
    pub fn save_profile<'a>(
        &'a self,
        stamp: &'a Stamp,
        name: &'a str,
        fingerprint: &'a str,
        toml: &'a str,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move { todo!() })
    }

    /// The profile saved last for a header.
    pub fn profile_for<'a>(&'a self, fingerprint: &'a str) -> BoxFuture<'a, Result<Option<Profile>>> {
        Box::pin(async move { todo!() })
    }

    /// All profiles, by name.
    pub fn profiles(&self) -> BoxFuture<'_, Result<Vec<Profile>>> {
        Box::pin(async move { todo!() })
    }
}
