//! The written form: TOML in, with every problem and its place; the one canonical text out. Judges nothing.

use crate::{Finding, Strategy};
use std::collections::BTreeMap;
use std::ops::Range;

/// A text read. An invalid strategy is data: what could not be read is missing, and a finding says where and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed {
    /// The strategy.
    pub strategy: Strategy,
    /// What the text alone shows wrong: `F00` to `F02`.
    pub findings: Vec<Finding>,
    /// Where its parts stand in the text.
    pub places: Places,
}

/// Where something stands in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Line, from 1.
    pub line: usize,
    /// Column, from 1, in characters.
    pub column: usize,
    /// Bytes in the text.
    pub span: Range<usize>,
}

/// The places of a strategy's parts, by path (`bet[1].gate`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Places(BTreeMap<String, Place>);

impl Places {
    /// The place of a path, or of the nearest part that holds it.
    pub fn of(&self, path: &str) -> Option<&Place> {
        let mut path = path;
        loop {
            if let Some(place) = self.0.get(path) {
                return Some(place);
            }
            path = &path[..path.rfind('.')?];
        }
    }
}

/// Reads a written strategy. Never fails and never panics.
pub fn parse(text: &str) -> Parsed {
    todo!("{text}")
}

/// The canonical text: one order, one form. `parse(&render(s)).strategy == s`.
pub fn render(strategy: &Strategy) -> String {
    todo!("{strategy:?}")
}
