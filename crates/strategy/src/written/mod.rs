//! The written form: TOML in, with every problem and its place; the one canonical text out. Judges nothing.

mod reader;
mod sections;
mod writer;

pub use sections::parse;
pub use writer::render;

use crate::{Finding, Strategy};
use std::collections::BTreeMap;
use std::ops::Range;

/// A text read. An invalid strategy is data: what could not be read is missing, and a finding says where and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Parsed {
    /// The strategy.
    pub strategy: Strategy,
    /// What a [`Strategy`] cannot hold: what is no TOML (`F00`), unknown keys (`F01`), values of the wrong kind
    /// (`F02`). What it can hold and is still wrong, [`crate::check`] says.
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

/// The places of a strategy's parts, by path (`bet[1].gate`, `bet[0].step[2].conversion`). Counted from 0.
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

/// Turns byte offsets into lines and columns.
struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    fn new(text: &'t str) -> Self {
        let ends = text
            .bytes()
            .enumerate()
            .filter(|(_, byte)| *byte == b'\n')
            .map(|(at, _)| at + 1);
        Self {
            text,
            starts: std::iter::once(0).chain(ends).collect(),
        }
    }

    /// The place of a span, moved to whole characters within the text.
    fn place(&self, span: Range<usize>) -> Place {
        let start = self.text.floor_char_boundary(span.start);
        let end = self.text.ceil_char_boundary(span.end.max(start));
        let line = self.starts.partition_point(|line_start| *line_start <= start);
        let line_start = self.starts.get(line.saturating_sub(1)).copied().unwrap_or(0);
        let column = self
            .text
            .get(line_start..start)
            .map_or(0, |before| before.chars().count())
            + 1;
        Place {
            line,
            column,
            span: start..end,
        }
    }
}
