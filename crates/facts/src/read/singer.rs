//! The messages of a Singer tap, parted into one file of JSON lines a stream, so that each is read as any file is. Memory
//! stays that of one message. It must not make facts.

use std::fs::File;
use std::io::{BufRead, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::{Input, ReadOptions, inspect};
use crate::alias::normalise;
use crate::catalogue::Table;
use crate::error::FactsError;
use crate::limits::{JSON_DEPTH_MAX, RECORD_BYTES_MAX, SINGER_STREAMS_MAX, TEXT_BYTES_MAX};
use crate::watch::{Phase, Watch};

/// What a tap said. Its files go with it.
#[derive(Debug)]
pub struct Tap {
    folder: PathBuf,
    /// Its streams, in the order of their first schema.
    pub streams: Vec<Stream>,
    /// The value of its last STATE message: JSON, as it was written.
    pub state: Option<String>,
}

/// One stream of a tap.
#[derive(Debug)]
pub struct Stream {
    /// Its name.
    pub name: String,
    /// Its records as JSON lines, under a first line with the keys of its schema: a record's row is its number plus one.
    pub path: PathBuf,
    /// How many records came.
    pub records: u64,
    /// The properties that tell its records apart.
    pub key_properties: Vec<String>,
    /// The version that ACTIVATE_VERSION made the one in force: records of an earlier one are gone.
    pub activated: Option<i64>,
    // The version of its records.
    version: Option<i64>,
    bytes: u64,
}

/// What becomes of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StreamFate {
    /// It is read as this table, with these columns mapped beside those that are known.
    Taken(Table, Vec<(String, String)>),
    /// It is no table that we know, and why.
    PassedOver(String),
}

/// A message, as far as a target of Singer must understand it.
#[derive(Deserialize)]
struct Message<'m> {
    #[serde(rename = "type")]
    kind: String,
    stream: Option<String>,
    #[serde(borrow)]
    record: Option<&'m RawValue>,
    #[serde(borrow)]
    schema: Option<&'m RawValue>,
    #[serde(borrow)]
    value: Option<&'m RawValue>,
    key_properties: Option<Vec<String>>,
    version: Option<i64>,
}

/// Parts the messages of `input`, which people know as `name`, into files of a new folder `folder`.
///
/// # Errors
/// [`FactsError::Malformed`] with line, what and how to mend it; [`FactsError::TooLarge`]; `Io`; `Cancelled`.
pub fn part(input: &mut dyn BufRead, name: &str, folder: &Path, watch: &Watch) -> Result<Tap, FactsError> {
    std::fs::create_dir_all(folder).map_err(|error| FactsError::io(folder, error))?;
    let mut parting = Parting {
        name,
        line: 0,
        tap: Tap {
            folder: folder.to_owned(),
            streams: Vec::new(),
            state: None,
        },
        files: Vec::new(),
    };
    let (mut line, mut bytes, mut told) = (Vec::new(), 0_u64, 0_u64);
    loop {
        line.clear();
        let read = input.take(RECORD_BYTES_MAX + 1).read_until(b'\n', &mut line);
        let read = u64::try_from(read.map_err(|error| FactsError::io(name.as_ref(), error))?).unwrap_or(u64::MAX);
        if read == 0 {
            break;
        }
        parting.line += 1;
        if read > RECORD_BYTES_MAX {
            return Err(parting.too_large("is longer than 16 MiB"));
        }
        bytes += read;
        if bytes >> 20 > told {
            told = bytes >> 20;
            watch.at(Phase::Looking, bytes, 0)?;
        }
        if !line.trim_ascii().is_empty() {
            parting.message(&line)?;
        }
    }
    if parting.line == 0 {
        return Err(FactsError::Empty {
            file: name.to_owned(),
            what: "the tap said nothing (0 bytes)",
        });
    }
    for (file, stream) in parting.files.iter_mut().zip(&parting.tap.streams) {
        file.flush().map_err(|error| FactsError::io(&stream.path, error))?;
    }
    Ok(parting.tap)
}

impl Drop for Tap {
    fn drop(&mut self) {
        // What stays behind is swept with the uploads.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

struct Parting<'n> {
    name: &'n str,
    line: u64,
    tap: Tap,
    files: Vec<BufWriter<File>>,
}

impl Parting<'_> {
    fn message(&mut self, line: &[u8]) -> Result<(), FactsError> {
        let text = std::str::from_utf8(line)
            .map_err(|_| self.wrong("is not UTF-8", "let the tap write UTF-8 (PYTHONIOENCODING=utf-8)"))?;
        let message: Message<'_> = serde_json::from_str(text.trim()).map_err(|error| {
            let what = format!("is no Singer message: {error}");
            self.wrong(
                &what,
                "send the tap's log to standard error, and its messages alone to standard output",
            )
        })?;
        match message.kind.as_str() {
            "SCHEMA" => self.schema(&message),
            "RECORD" => self.record(&message),
            "STATE" => {
                let value = message.value.ok_or_else(|| self.lacks("STATE", "value"))?;
                self.tap.state = Some(value.get().to_owned());
                Ok(())
            }
            "ACTIVATE_VERSION" => {
                let at = self.stream_of(&message)?;
                let version = message
                    .version
                    .ok_or_else(|| self.lacks("ACTIVATE_VERSION", "version"))?;
                self.same_version(at, Some(version))?;
                self.tap.streams[at].activated = Some(version);
                Ok(())
            }
            "BATCH" => Err(self.wrong(
                "is a BATCH message, which points to files that are not read",
                "take `batch_config` out of the tap's configuration, so that it sends records",
            )),
            kind => {
                let what = format!("is a message of the type {kind}");
                Err(self.wrong(&what, "SCHEMA, RECORD, STATE and ACTIVATE_VERSION are read"))
            }
        }
    }

    fn schema(&mut self, message: &Message<'_>) -> Result<(), FactsError> {
        let name = message
            .stream
            .as_deref()
            .ok_or_else(|| self.lacks("SCHEMA", "stream"))?;
        let schema = message.schema.ok_or_else(|| self.lacks("SCHEMA", "schema"))?;
        let schema: Value = serde_json::from_str(schema.get()).map_err(|error| {
            self.wrong(
                &format!("has a schema that cannot be read: {error}"),
                "mend the tap's catalog",
            )
        })?;
        let keys = message.key_properties.clone().unwrap_or_default();
        // A schema that comes again adds to the one before; its new keys come with its records.
        if let Some(stream) = self.tap.streams.iter_mut().find(|stream| stream.name == name) {
            stream.key_properties = keys;
            return Ok(());
        }
        let number = self.tap.streams.len();
        if number >= SINGER_STREAMS_MAX {
            return Err(self.too_large(&format!(
                "begins one more than {SINGER_STREAMS_MAX} streams; select fewer"
            )));
        }
        let path = self.tap.folder.join(format!("{number}.singer"));
        let file = File::create(&path).map_err(|error| FactsError::io(&path, error))?;
        self.files.push(BufWriter::new(file));
        self.tap.streams.push(Stream {
            name: name.to_owned(),
            path,
            records: 0,
            key_properties: keys,
            activated: None,
            version: None,
            bytes: 0,
        });
        self.write(number, &keys_of(&schema, 0).to_string())
    }

    fn record(&mut self, message: &Message<'_>) -> Result<(), FactsError> {
        let at = self.stream_of(message)?;
        let record = message
            .record
            .filter(|record| record.get().starts_with('{'))
            .ok_or_else(|| self.lacks("RECORD", "record"))?;
        self.same_version(at, message.version)?;
        self.tap.streams[at].records += 1;
        self.write(at, record.get())
    }

    fn stream_of(&self, message: &Message<'_>) -> Result<usize, FactsError> {
        let name = message
            .stream
            .as_deref()
            .ok_or_else(|| self.lacks(&message.kind, "stream"))?;
        self.tap
            .streams
            .iter()
            .position(|stream| stream.name == name)
            .ok_or_else(|| {
                let what = format!("is a {} of the stream {name} before its SCHEMA", message.kind);
                self.wrong(
                    &what,
                    "every stream must begin with its SCHEMA; this is a fault of the tap",
                )
            })
    }

    // A tap that begins a table anew in its midst would leave rows of both.
    fn same_version(&mut self, at: usize, version: Option<i64>) -> Result<(), FactsError> {
        let stream = &mut self.tap.streams[at];
        let changed = stream.version.is_some() && version.is_some() && stream.version != version;
        stream.version = version.or(stream.version);
        if changed {
            let what = format!("changes the version of the stream {}", self.tap.streams[at].name);
            return Err(self.wrong(
                &what,
                "run the tap again: a table that is begun anew must come in one run",
            ));
        }
        Ok(())
    }

    fn write(&mut self, at: usize, json: &str) -> Result<(), FactsError> {
        let stream = &mut self.tap.streams[at];
        stream.bytes += u64::try_from(json.len()).unwrap_or(u64::MAX) + 1;
        if stream.bytes > TEXT_BYTES_MAX {
            let what = format!(
                "makes the stream {} larger than 2 GiB; let the tap send less at a time",
                stream.name
            );
            return Err(self.too_large(&what));
        }
        // A record within a message stands on one line, but for white space between its parts.
        let written = match json.contains(['\n', '\r']) {
            true => writeln!(self.files[at], "{}", json.replace(['\n', '\r'], " ")),
            false => writeln!(self.files[at], "{json}"),
        };
        written.map_err(|error| FactsError::io(&self.tap.streams[at].path, error))
    }

    fn lacks(&self, kind: &str, field: &str) -> FactsError {
        let what = format!("is a {kind} without its `{field}`");
        self.wrong(&what, "this is a fault of the tap; try its newest version")
    }

    fn wrong(&self, what: &str, mend: &str) -> FactsError {
        FactsError::Malformed {
            file: self.name.to_owned(),
            what: format!("line {} {what}; {mend}", self.line),
        }
    }

    fn too_large(&self, what: &str) -> FactsError {
        FactsError::TooLarge {
            file: self.name.to_owned(),
            what: format!("line {} {what}", self.line),
        }
    }
}

// An object with the keys of a schema, each without a value: the columns stay the same whatever the records lack.
fn keys_of(schema: &Value, depth: usize) -> Value {
    match schema.get("properties").and_then(Value::as_object) {
        Some(properties) if !properties.is_empty() && depth <= JSON_DEPTH_MAX => {
            let members = properties
                .iter()
                .map(|(name, schema)| (name.clone(), keys_of(schema, depth + 1)));
            Value::Object(members.collect::<Map<_, _>>())
        }
        _ if depth == 0 => Value::Object(Map::new()),
        _ => Value::Null,
    }
}

/// How sources name the streams whose columns alone do not tell.
const NAMES: &[(Table, &[&str])] = &[
    (
        Table::Accounts,
        &[
            "account",
            "accounts",
            "company",
            "companies",
            "organization",
            "organizations",
        ],
    ),
    (Table::Opportunities, &["opportunity", "opportunities", "deal", "deals"]),
    (
        Table::StageHistory,
        &[
            "stagehistory",
            "opportunityhistory",
            "opportunityfieldhistory",
            "dealstage",
            "dealstages",
            "dealstagehistory",
        ],
    ),
    (Table::Partners, &["partner", "partners"]),
    (Table::PartnerAccounts, &["partneraccount", "partneraccounts"]),
    (
        Table::Touches,
        &["touch", "touches", "opportunitypartner", "opportunitypartners"],
    ),
    (Table::Stages, &["stages", "dealpipelinestages", "opportunitystages"]),
    (Table::Progress, &["progress"]),
    (Table::Effort, &["effort"]),
    (Table::FxRates, &["fxrate", "fxrates", "exchangerate", "exchangerates"]),
];

impl Stream {
    /// The table that its name speaks of. Taps on databases put the schema before it, as in `public-deals`.
    fn named(&self) -> Option<Table> {
        let last = self.name.rsplit(['-', '.']).next().unwrap_or_default();
        let (whole, last) = (normalise(&self.name), normalise(last));
        NAMES
            .iter()
            .find(|(_, names)| names.contains(&whole.as_str()) || names.contains(&last.as_str()))
            .map(|(table, _)| *table)
    }

    /// What becomes of it: recognised by its properties, else by its name. Its one key property is the table's key where
    /// no column is known to be.
    ///
    /// # Errors
    /// As [`inspect`].
    pub fn fate(&self, options: &ReadOptions) -> Result<StreamFate, FactsError> {
        let mut options = options.clone();
        let mut seen = inspect(Input::Path(&self.path), &options)?.report;
        if seen.table.is_none() && self.named().is_some() {
            options.table = self.named();
            seen = inspect(Input::Path(&self.path), &options)?.report;
        }
        if let Some(what) = seen.passed_over {
            return Ok(StreamFate::PassedOver(what));
        }
        let Some(table) = seen.table else {
            let why = match seen.asked.first() {
                Some(asked) => asked.message.clone(),
                None => "its properties are those of no table that we know".to_owned(),
            };
            return Ok(StreamFate::PassedOver(why));
        };
        let mut map = Vec::new();
        if let ([key], [property]) = (table.key(), self.key_properties.as_slice())
            && !seen.columns.iter().any(|column| column.field.as_deref() == Some(key))
            && seen
                .columns
                .iter()
                .any(|column| column.source == *property && column.field.is_none())
        {
            map.push((property.clone(), (*key).to_owned()));
        }
        Ok(StreamFate::Taken(table, map))
    }
}
