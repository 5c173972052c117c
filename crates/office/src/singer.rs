//! What a Singer tap says, imported: its streams as one snapshot or not at all, and its state kept once they are. Must not
//! read a message itself.

use std::collections::BTreeMap;
use std::io::BufReader;
use std::io::Read;

use beachhead_facts::Watch;
use beachhead_facts::read::ReadOptions;
use beachhead_facts::read::singer::{self, StreamFate, Tap};
use serde::{Deserialize, Serialize};

use crate::actor::{Actor, Permission};
use crate::importing::{ImportAnswers, ImportFile, Imported, Orders, table};
use crate::people::blocking;
use crate::{Answer, Office, Refusal};

/// Where the messages of a tap come from, and what is said about them.
pub struct TapRun {
    /// Its standard output, or a file of it.
    pub messages: Box<dyn Read + Send>,
    /// What people call that.
    pub name: String,
    /// The tap, under whose name the state is kept.
    pub tap: String,
    /// The tables of streams that do not tell: stream and table.
    pub tables: Vec<(String, String)>,
}

/// What became of it: the document of `beachhead import --singer --json`.
#[derive(Debug, Clone, Serialize)]
pub struct TapImported {
    /// What became of the streams that are tables of ours, each as a file.
    #[serde(flatten)]
    pub imported: Imported,
    /// The streams that are none, each with its records and why.
    pub passed_over: Vec<PassedOver>,
    /// The tap's last state, now that its records are kept; none where they are not, or where it sent none.
    pub state: Option<serde_json::Value>,
    /// The same, as the tap wrote it.
    #[serde(skip)]
    pub state_text: Option<String>,
}

/// A stream that was passed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PassedOver {
    /// Its name.
    pub stream: String,
    /// How many records it had.
    pub records: u64,
    /// Why.
    pub reason: String,
}

/// What is kept of a tap between its runs.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Kept {
    /// Its state, as it wrote it.
    state: Option<String>,
    /// The version in force of each stream.
    versions: BTreeMap<String, i64>,
}

fn setting(tap: &str) -> String {
    format!("singer/{tap}")
}

impl Office {
    /// Imports what a tap says, as one new snapshot, and keeps its state afterwards.
    pub fn import_singer<'a>(
        &'a self,
        actor: &'a Actor,
        run: TapRun,
        answers: &'a ImportAnswers,
        orders: Orders,
    ) -> Answer<'a, TapImported> {
        Box::pin(async move {
            actor.must(Permission::Import)?;
            let TapRun {
                mut messages,
                name,
                tap,
                tables,
            } = run;
            let folder = self.uploads.join(self.surroundings.id());
            let said =
                blocking(move || singer::part(&mut BufReader::new(&mut *messages), &name, &folder, &Watch::default()))
                    .await??;
            let kept = self.kept_of(&tap).await?;
            let options = ReadOptions::new(self.surroundings.today());
            let (said, fates) = blocking(move || {
                let fates = fates(&said, &options, &tables);
                (said, fates)
            })
            .await?;
            let Parted {
                files,
                answers,
                passed_over,
            } = parted(&said, fates?, answers, &kept);
            let dry_run = orders.dry_run;
            let imported = if files.is_empty() {
                self.nothing_new().await?
            } else {
                self.import_each(actor, files, answers, orders).await?
            };
            let done = imported.refusal.is_none() && !dry_run;
            let state_text = said.state.clone().filter(|_| done);
            if done {
                self.keep(actor, &tap, &said, kept).await?;
            }
            Ok(TapImported {
                imported,
                passed_over,
                state: state_text.as_deref().and_then(|state| serde_json::from_str(state).ok()),
                state_text,
            })
        })
    }

    /// The state that a tap was left with: what its next run takes as `--state`.
    pub fn singer_state<'a>(&'a self, actor: &'a Actor, tap: &'a str) -> Answer<'a, String> {
        Box::pin(async move {
            actor.must(Permission::Import)?;
            self.kept_of(tap).await?.state.ok_or_else(|| {
                Refusal::not_found(
                    format!("No state is kept of a tap {tap}"),
                    format!("A first run of the tap needs none; import what it says with `--singer --tap {tap}`."),
                )
            })
        })
    }

    async fn kept_of(&self, tap: &str) -> Result<Kept, Refusal> {
        let json = self.ledger.setting(&setting(tap)).await?;
        Ok(json
            .and_then(|json| serde_json::from_str(&json).ok())
            .unwrap_or_default())
    }

    async fn keep(&self, actor: &Actor, tap: &str, said: &Tap, mut kept: Kept) -> Result<(), Refusal> {
        if said.state.is_some() {
            kept.state.clone_from(&said.state);
        }
        let activated = said
            .streams
            .iter()
            .filter_map(|stream| Some((stream.name.clone(), stream.activated?)));
        kept.versions.extend(activated);
        let stamp = self.stamp_of(actor, "keep state of tap");
        Ok(self
            .ledger
            .set_setting(&stamp, &setting(tap), &crate::json(&kept)?)
            .await?)
    }

    /// The answer where a tap had no record for us.
    async fn nothing_new(&self) -> Result<Imported, Refusal> {
        Ok(Imported {
            snapshot: self.ledger.latest_snapshot().await?.map(|snapshot| snapshot.id),
            import: None,
            changed: false,
            files: Vec::new(),
            changes: Vec::new(),
            refusal: None,
            rejects: Vec::new(),
        })
    }
}

/// The streams as files with their answers, and those that are none.
#[derive(Default)]
struct Parted {
    files: Vec<ImportFile>,
    answers: Vec<ImportAnswers>,
    passed_over: Vec<PassedOver>,
}

fn parted(said: &Tap, fates: Vec<Option<StreamFate>>, answers: &ImportAnswers, kept: &Kept) -> Parted {
    let mut parted = Parted::default();
    for (stream, fate) in said.streams.iter().zip(fates) {
        match fate {
            None => {}
            Some(StreamFate::PassedOver(reason)) => parted.passed_over.push(PassedOver {
                stream: stream.name.clone(),
                records: stream.records,
                reason,
            }),
            Some(StreamFate::Taken(table, map)) => {
                // A version of its own takes the place of the one before; the same goes on with it.
                let anew = stream
                    .activated
                    .is_some_and(|now| kept.versions.get(&stream.name).is_some_and(|before| *before != now));
                parted.files.push(ImportFile {
                    path: stream.path.clone(),
                    name: stream.name.clone(),
                });
                parted.answers.push(ImportAnswers {
                    table: Some(table.name().to_owned()),
                    map: answers.map.iter().cloned().chain(map).collect(),
                    whole: answers.whole || anew,
                    ..answers.clone()
                });
            }
        }
    }
    parted
}

/// What becomes of each stream; none of one without records.
fn fates(said: &Tap, options: &ReadOptions, tables: &[(String, String)]) -> Result<Vec<Option<StreamFate>>, Refusal> {
    if let Some((name, _)) = tables
        .iter()
        .find(|(name, _)| said.streams.iter().all(|stream| stream.name != *name))
    {
        let names: Vec<&str> = said.streams.iter().map(|stream| stream.name.as_str()).collect();
        return Err(Refusal::bad_input(
            format!("The tap has no stream {name}"),
            format!("It has {}. Nothing was imported.", names.join(", ")),
        ));
    }
    let fate = |stream: &singer::Stream| {
        if stream.records == 0 {
            return Ok(None);
        }
        let mut options = options.clone();
        let given = tables.iter().find(|(name, _)| *name == stream.name);
        options.table = given.map(|(_, name)| table(name)).transpose()?;
        Ok(Some(stream.fate(&options)?))
    };
    said.streams.iter().map(fate).collect()
}
