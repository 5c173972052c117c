//! The two databases behind one face. The only module that names their drivers.

use std::path::PathBuf;

use jiff::Timestamp;

use crate::{BoxFuture, Result};

/// Where the record is kept.
#[derive(Clone, PartialEq, Eq)]
pub enum RecordUrl {
    /// A SQLite file.
    Sqlite(PathBuf),
    /// A PostgreSQL database, as its URL.
    Postgres(String),
}

impl RecordUrl {
    /// Reads `sqlite:PATH`, a path, or `postgres://user:password@host/database`.
    ///
    /// # Errors
    /// `Invalid` for an empty text or another scheme.
    pub fn parse(_text: &str) -> Result<Self> {
        todo!()
    }
}

/// The record, open. Cheap to clone; all clones share one writer.
#[derive(Clone)]
pub struct Ledger {}

impl Ledger {
    /// Opens the record, made if it is not there, and brings it to this release's schema. Before a SQLite record that
    /// holds something is migrated, a copy is made beside it. `now` is noted with each migration.
    ///
    /// # Errors
    /// `TooNew`, `Unavailable`, `Invalid`.
    pub fn open<'a>(_url: &'a RecordUrl, _now: Timestamp) -> BoxFuture<'a, Result<Self>> {
        Box::pin(async move { todo!() })
    }

    /// Finishes what is under way and closes the record.
    pub fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(async move { todo!() })
    }

    /// SHA-256 over the whole content in a fixed order, in hex: the same on both databases for the same content.
    pub fn checksum(&self) -> BoxFuture<'_, Result<String>> {
        Box::pin(async move { todo!() })
    }
}
