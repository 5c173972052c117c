//! What changed between two strategies, in words, section by section. Judges nothing.

use crate::Strategy;
use serde::Serialize;

/// One change in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The section, such as "Outcome" or "Bet HRIS co-sell".
    pub section: String,
    /// What changed.
    pub words: String,
}

/// What changed from `a` to `b`; empty exactly when they are equal.
pub fn diff(a: &Strategy, b: &Strategy) -> Vec<Change> {
    todo!("{a:?}{b:?}")
}
