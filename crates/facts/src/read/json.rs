//! JSON lines, and an array of objects, read into rows of cells: the keys of all objects, in the order of first coming, are
//! the columns. It must not know what a cell means.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::io::{BufRead, BufReader, Read};

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::Input;
use super::csv::is_blank;
use super::record::Record;
use crate::error::FactsError;
use crate::limits::{CELL_BYTES_MAX, COLUMNS_MAX, JSON_DEPTH_MAX, JSON_SEARCH_ROWS, RECORD_BYTES_MAX};

/// How the objects of a file stand in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// One a line. A row's number is that of its line.
    Lines,
    /// In one array. A row's number is its place there, from 1.
    Array,
    /// One a line, as a stream of Singer messages was laid down; the first line holds the keys of the schema.
    Singer,
}

/// A file of JSON objects. Its header stands in no row: it is given as row 0.
pub(crate) struct JsonFile<'a> {
    input: Input<'a>,
    layout: Layout,
    keys: BTreeMap<String, usize>,
    header: Record,
}

/// What stands first in a record whose row is no JSON object; then follow the reason and the row's text. A zero is in no
/// cell that is taken.
const UNREADABLE: &str = "\0";

/// The reason and the text of a row that could not be read at all.
pub(crate) fn unreadable(record: &Record) -> Option<(&str, &str)> {
    match (record.get(0), record.get(1), record.get(2), record.len()) {
        (Some(UNREADABLE), Some(reason), Some(text), 3) => Some((reason, text)),
        _ => None,
    }
}

/// Takes the text of a row with its number, and says whether to go on.
type VisitText<'v> = dyn FnMut(u64, &[u8]) -> Result<bool, FactsError> + 'v;

/// The name of a column whose key is empty.
const NO_NAME: &str = "(no name)";

impl<'a> JsonFile<'a> {
    pub(crate) fn open(input: Input<'a>, layout: Layout) -> Result<Self, FactsError> {
        let mut file = Self {
            input,
            layout,
            keys: BTreeMap::new(),
            header: Record::new(),
        };
        let (mut keys, mut names) = (BTreeMap::new(), Vec::new());
        let (mut objects, mut others) = (0_u64, 0_u64);
        file.units(&mut |_, text| {
            match members(text) {
                Ok(members) => {
                    objects += 1;
                    gather(&members, &mut keys, &mut names);
                }
                Err(_) => others += 1,
            }
            if keys.len() > COLUMNS_MAX {
                return Err(FactsError::TooLarge {
                    file: input.name(),
                    what: format!("its objects have more than {COLUMNS_MAX} different keys"),
                });
            }
            Ok(objects > 0 || others < JSON_SEARCH_ROWS)
        })?;
        if objects == 0 && others > 0 {
            return Err(FactsError::WrongKind {
                file: input.name(),
                found: "JSON, or nearly, but neither one object a line nor an array of objects".to_owned(),
                mend: "Write one object a line (JSON lines), or export it as CSV.",
            });
        }
        if names.is_empty() {
            return Err(FactsError::Empty {
                file: input.name(),
                what: "no object has a key",
            });
        }
        file.header = names.iter().map(String::as_str).collect();
        file.keys = keys;
        Ok(file)
    }

    /// `jsonl`, or `singer`.
    pub(crate) fn format(&self) -> &'static str {
        match self.layout {
            Layout::Lines | Layout::Array => "jsonl",
            Layout::Singer => "singer",
        }
    }

    /// Hands the header and each row that is not blank to `visit` with its number until it says to stop.
    pub(crate) fn each(
        &self,
        visit: &mut dyn FnMut(u64, &Record) -> Result<bool, FactsError>,
    ) -> Result<(), FactsError> {
        if !visit(0, &self.header)? {
            return Ok(());
        }
        let mut cells = vec![None; self.header.len()];
        let mut record = Record::new();
        self.units(&mut |row, text| {
            record.clear();
            cells.fill(None);
            let filled = members(text).and_then(|members| self.fill(&members, &mut cells));
            match filled {
                Ok(()) => cells
                    .iter()
                    .for_each(|cell| record.push_field(cell.as_deref().unwrap_or_default())),
                Err(reason) => {
                    let start: String = String::from_utf8_lossy(text).trim().chars().take(TEXT_CHARS).collect();
                    record = [UNREADABLE, reason.as_str(), start.replace('\0', " ").as_str()]
                        .into_iter()
                        .collect();
                }
            }
            if let Some(cell) = record.iter().find(|cell| cell.len() > CELL_BYTES_MAX) {
                let what = format!("row {row} has a cell of {} bytes, longer than 1 MiB", cell.len());
                return Err(FactsError::TooLarge {
                    file: self.input.name(),
                    what,
                });
            }
            if is_blank(&record) {
                Ok(true)
            } else {
                visit(row, &record)
            }
        })
    }

    fn fill(&self, members: &Members<'_>, cells: &mut [Option<String>]) -> Result<(), String> {
        let mut twice = None;
        flatten("", members, 0, &mut |key, value| {
            let text = text_of(value)?;
            // Every key was seen when the file was opened.
            if let Some(cell) = self.keys.get(key).and_then(|at| cells.get_mut(*at))
                && cell.replace(text).is_some()
            {
                twice = Some(key.to_owned());
            }
            Ok(())
        })?;
        match twice {
            Some(key) => Err(format!("the key {key} stands twice in the object")),
            None => Ok(()),
        }
    }

    // The text of each object with its row, without blank lines.
    fn units(&self, visit: &mut VisitText<'_>) -> Result<(), FactsError> {
        let mut reader = BufReader::with_capacity(64 << 10, self.input.open()?);
        let start = reader.fill_buf().map_err(|error| self.input.io(error))?;
        if start.starts_with(b"\xEF\xBB\xBF") {
            reader.consume(3);
        }
        match self.layout {
            Layout::Array => self.elements(&mut reader, visit),
            Layout::Lines | Layout::Singer => self.lines(&mut reader, visit),
        }
    }

    fn lines(&self, reader: &mut dyn BufRead, visit: &mut VisitText<'_>) -> Result<(), FactsError> {
        let mut line = Vec::new();
        let mut row = 0_u64;
        loop {
            row += 1;
            line.clear();
            let read = reader.take(RECORD_BYTES_MAX + 1).read_until(b'\n', &mut line);
            if read.map_err(|error| self.input.io(error))? == 0 {
                return Ok(());
            }
            if line.len() > usize::try_from(RECORD_BYTES_MAX).unwrap_or(usize::MAX) {
                return Err(self.too_long(row));
            }
            if !line.trim_ascii().is_empty() && !visit(row, &line)? {
                return Ok(());
            }
        }
    }

    fn elements(&self, reader: &mut dyn BufRead, visit: &mut VisitText<'_>) -> Result<(), FactsError> {
        let mut element = Vec::new();
        let mut cut = Cut::default();
        let mut row = 0_u64;
        loop {
            let block = reader.fill_buf().map_err(|error| self.input.io(error))?;
            let length = block.len();
            if length == 0 {
                return match cut.place {
                    Place::After => Ok(()),
                    _ => Err(self.malformed("the array is not closed; the file may have been cut off".to_owned())),
                };
            }
            for &byte in block {
                let ended = cut
                    .byte(byte)
                    .map_err(|what| self.malformed(format!("after row {row}, {what}")))?;
                if !ended {
                    if cut.place == Place::Within {
                        element.push(byte);
                    }
                } else if !element.trim_ascii().is_empty() {
                    row += 1;
                    if !visit(row, &element)? {
                        return Ok(());
                    }
                    element.clear();
                }
            }
            reader.consume(length);
            if element.len() > usize::try_from(RECORD_BYTES_MAX).unwrap_or(usize::MAX) {
                return Err(self.too_long(row + 1));
            }
        }
    }

    fn too_long(&self, row: u64) -> FactsError {
        let what = format!("row {row} is longer than 16 MiB");
        FactsError::TooLarge {
            file: self.input.name(),
            what,
        }
    }

    fn malformed(&self, what: String) -> FactsError {
        FactsError::Malformed {
            file: self.input.name(),
            what,
        }
    }
}

/// The characters of a row that is no JSON which are kept.
const TEXT_CHARS: usize = 1_000;

/// Where in an array the bytes are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Before,
    Within,
    After,
}

/// Finds the ends of an array's elements without understanding them.
#[derive(Debug, Default)]
struct Cut {
    place: Place,
    depth: usize,
    quoted: bool,
    escaped: bool,
}

impl Cut {
    /// Takes a byte; says whether it ends an element.
    fn byte(&mut self, byte: u8) -> Result<bool, &'static str> {
        if self.place != Place::Within {
            return match byte {
                b' ' | b'\t' | b'\r' | b'\n' => Ok(false),
                b'[' if self.place == Place::Before => {
                    self.place = Place::Within;
                    // The bracket itself ends nothing and belongs to no element.
                    Ok(true)
                }
                _ => Err("something stands outside of the array"),
            };
        }
        if self.quoted {
            self.quoted = self.escaped || byte != b'"';
            self.escaped = !self.escaped && byte == b'\\';
            return Ok(false);
        }
        match byte {
            b'"' => self.quoted = true,
            b'{' | b'[' => self.depth += 1,
            b']' if self.depth == 0 => {
                self.place = Place::After;
                return Ok(true);
            }
            b'}' | b']' => {
                self.depth = self
                    .depth
                    .checked_sub(1)
                    .ok_or("a bracket closes that was not opened")?
            }
            b',' if self.depth == 0 => return Ok(true),
            _ => {}
        }
        Ok(false)
    }
}

/// The members of an object in their order, their values not yet understood.
pub(crate) struct Members<'t>(pub(crate) Vec<(Cow<'t, str>, &'t RawValue)>);

struct Key<'t>(Cow<'t, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Text;
        impl<'de> Visitor<'de> for Text {
            type Value = Key<'de>;
            fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
                to.write_str("a key")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Owned(text.to_owned())))
            }
        }
        from.deserialize_str(Text)
    }
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Members<'de>;
            fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
                to.write_str("a JSON object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some((Key(key), value)) = map.next_entry::<Key<'de>, &'de RawValue>()? {
                    members.push((key, value));
                }
                Ok(Members(members))
            }
        }
        from.deserialize_map(Object)
    }
}

/// The members of the object that a text is, or why it is none.
pub(crate) fn members(text: &[u8]) -> Result<Members<'_>, String> {
    let text = std::str::from_utf8(text).map_err(|error| format!("not UTF-8 at byte {}", error.valid_up_to() + 1))?;
    serde_json::from_str(text.trim()).map_err(|error| format!("not a JSON object: {}", without_line(&error)))
}

// A row is one line to us, whatever the library counts.
fn without_line(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.split_once(" at line ") {
        Some((what, _)) => format!("{what} at character {}", error.column()),
        None => text,
    }
}

fn gather(members: &Members<'_>, keys: &mut BTreeMap<String, usize>, names: &mut Vec<String>) {
    let _always_fine = flatten("", members, 0, &mut |key, _| {
        // One over the limit is enough to say so.
        if keys.len() <= COLUMNS_MAX && !keys.contains_key(key) {
            keys.insert(key.to_owned(), names.len());
            names.push(if key.trim().is_empty() {
                NO_NAME.to_owned()
            } else {
                key.to_owned()
            });
        }
        Ok(())
    });
}

// Hands each member to `leaf`; those of an object within under both names with a point between.
fn flatten(
    prefix: &str,
    members: &Members<'_>,
    depth: usize,
    leaf: &mut dyn FnMut(&str, &RawValue) -> Result<(), String>,
) -> Result<(), String> {
    for (key, value) in &members.0 {
        let name = if prefix.is_empty() {
            Cow::Borrowed(key.as_ref())
        } else {
            Cow::Owned(format!("{prefix}.{key}"))
        };
        if value.get().starts_with('{') && depth < JSON_DEPTH_MAX {
            let within: Members<'_> = serde_json::from_str(value.get()).map_err(|error| error.to_string())?;
            flatten(&name, &within, depth + 1, leaf)?;
        } else {
            leaf(&name, value)?;
        }
    }
    Ok(())
}

// A value as a cell: a number as it is written, several plain values parted by `;`, anything else as JSON.
fn text_of(value: &RawValue) -> Result<String, String> {
    let text = value.get();
    match text.as_bytes().first() {
        Some(b'[') => list_of(text),
        Some(b'{') => Ok(compact(text)),
        _ => scalar(text),
    }
}

fn scalar(text: &str) -> Result<String, String> {
    match text.as_bytes().first() {
        Some(b'"') => {
            serde_json::from_str(text).map_err(|error| format!("a text that cannot be read: {}", without_line(&error)))
        }
        Some(b'n') | None => Ok(String::new()),
        Some(_) => Ok(text.to_owned()),
    }
}

fn list_of(text: &str) -> Result<String, String> {
    let values: Vec<&RawValue> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let mut cells = Vec::with_capacity(values.len());
    for value in values {
        if value.get().starts_with(['{', '[']) {
            return Ok(compact(text));
        }
        let cell = scalar(value.get())?;
        if cell.contains(';') {
            return Ok(compact(text));
        }
        cells.push(cell);
    }
    Ok(cells.join(";"))
}

// JSON without the space between its parts.
fn compact(text: &str) -> String {
    let (mut quoted, mut escaped) = (false, false);
    let kept = |c: &char| {
        if quoted {
            quoted = escaped || *c != '"';
            escaped = !escaped && *c == '\\';
            return true;
        }
        quoted = *c == '"';
        !c.is_ascii_whitespace()
    };
    text.chars().filter(kept).collect()
}

#[cfg(test)]
mod tests {
    use super::compact;

    #[test]
    fn compact_json_keeps_the_space_within_texts() {
        assert_eq!(
            compact("[ {\"a b\" :\t\"c \\\" d\"} ,\n 1 ]"),
            "[{\"a b\":\"c \\\" d\"},1]"
        );
    }
}
