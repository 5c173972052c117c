//! How long work says how far it has come, and is told to stop. It must not know what the work is.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::error::FactsError;

/// What an import is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Looking through a file: its bytes, its columns, what must be asked.
    Looking,
    /// Making rows into facts.
    Reading,
    /// Laying the rows over those that are there, and writing the snapshot.
    Merging,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// What it is at.
    pub phase: Phase,
    /// What is done of it: bytes of a file, or rows of a table.
    pub done: u64,
    /// The whole of it; 0 where it is not known.
    pub of: u64,
}

/// Who is told. The answer is whether to go on.
pub type Watcher = dyn Fn(Progress) -> bool + Send + Sync;

/// The watch over one piece of long work; nobody's by default.
#[derive(Clone, Default)]
pub struct Watch(Option<Arc<Watcher>>);

impl Watch {
    /// A watch that tells this one.
    pub fn of(watcher: impl Fn(Progress) -> bool + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(watcher)))
    }

    /// Says how far the work is.
    ///
    /// # Errors
    /// [`FactsError::Cancelled`] where the watcher says to stop.
    pub fn at(&self, phase: Phase, done: u64, of: u64) -> Result<(), FactsError> {
        match &self.0 {
            Some(watcher) if !watcher(Progress { phase, done, of }) => Err(FactsError::Cancelled),
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(if self.0.is_some() { "Watch(..)" } else { "Watch(nobody)" })
    }
}
