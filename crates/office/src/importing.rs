//! Facts in: files read, checked, previewed and taken into a snapshot; and what facts there are.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use beachhead_facts::catalogue::Table;
use beachhead_facts::measure::{SourceTable, sources};
use beachhead_facts::profile::Profile;
use beachhead_facts::read::{self, FileRead, FileReport, Input, ReadOptions};
use beachhead_facts::snapshot::Manifest;
use beachhead_facts::star::Star;
use beachhead_facts::{FactsError, Watch};
use beachhead_ledger::{Import, NewSnapshot};
use beachhead_strategy::{Currency, Parsed};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

pub use beachhead_facts::catalogue::Status;
pub use beachhead_facts::read::{DateOrder, Decimal};

use crate::actor::{Actor, Permission};
use crate::people::blocking;
use crate::standing::Facts;
use crate::{Answer, Code, Office, Refusal};

/// The answers that a person gives about a file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ImportAnswers {
    /// The table, by name.
    pub table: Option<String>,
    /// The name of a mapping profile to read by.
    pub profile: Option<String>,
    /// Source column to field; an empty field keeps the column under its own name.
    pub map: Vec<(String, String)>,
    /// Stage to `open`, `won` or `lost`.
    pub stages: Vec<(String, String)>,
    /// `day`, `month` or `year` first.
    pub date_order: Option<String>,
    /// `,` or `.`.
    pub decimal: Option<String>,
    /// Take the file even if more than one row in twenty is rejected.
    pub take_anyway: bool,
}

/// What became of an import: the document of `beachhead import --json`.
#[derive(Debug, Clone, Serialize)]
pub struct Imported {
    /// The snapshot in force afterwards; none where nothing was imported.
    pub snapshot: Option<String>,
    /// Whether the facts changed.
    pub changed: bool,
    /// What became of each file.
    pub files: Vec<FileReport>,
    /// What stood in the way, where nothing was imported.
    #[serde(skip)]
    pub refusal: Option<Refusal>,
}

/// What facts there are: the document of `beachhead facts --json`.
#[derive(Debug, Clone, Serialize)]
pub struct FactsView {
    /// The snapshot in force.
    pub snapshot: String,
    /// The day it speaks of.
    pub as_of: Date,
    /// Its tables with their sources.
    pub tables: Vec<SourceTable>,
}

/// A file to import: where it lies and what people call it.
#[derive(Debug, Clone)]
pub struct ImportFile {
    /// Where it lies.
    pub path: PathBuf,
    /// Its name, without folders.
    pub name: String,
}

impl ImportFile {
    /// A file under its own name.
    #[must_use]
    pub fn at(path: &Path) -> Self {
        let name = path.file_name().map_or_else(
            || path.display().to_string(),
            |name| name.to_string_lossy().into_owned(),
        );
        Self {
            path: path.to_owned(),
            name,
        }
    }
}

pub(crate) fn no_facts() -> Refusal {
    Refusal::conflict(
        "No facts have been imported yet",
        "Import a file on the page Data, or with `beachhead import FILE…`.",
    )
}

impl From<FactsError> for Refusal {
    fn from(error: FactsError) -> Self {
        let message = error.to_string();
        match error {
            FactsError::Asked { report } => {
                let flags: Vec<String> = report.asked.iter().map(|asked| asked.flag.clone()).collect();
                Self::new(
                    Code::Asked,
                    message,
                    format!("Answer with {}. Nothing was imported.", flags.join(" or ")),
                )
            }
            FactsError::TooManyRejected { .. } => Self::bad_input(message, "Nothing was imported."),
            FactsError::Snapshot { .. } => Self::internal(message),
            _ => Self::bad_input(message, "Nothing was changed."),
        }
    }
}

impl Office {
    /// Imports files as one new snapshot: all of them, or none. With `dry_run` they are read and nothing is kept.
    pub fn import<'a>(
        &'a self,
        actor: &'a Actor,
        files: Vec<ImportFile>,
        answers: &'a ImportAnswers,
        dry_run: bool,
    ) -> Answer<'a, Imported> {
        let answers = vec![answers.clone(); files.len()];
        self.import_each(actor, files, answers, dry_run)
    }

    /// The same, with answers of its own for each file.
    pub fn import_each<'a>(
        &'a self,
        actor: &'a Actor,
        files: Vec<ImportFile>,
        answers: Vec<ImportAnswers>,
        dry_run: bool,
    ) -> Answer<'a, Imported> {
        Box::pin(async move {
            actor.must(Permission::Import)?;
            if files.is_empty() {
                return Err(Refusal::bad_input(
                    "No file was given",
                    "Name one or more files to import.",
                ));
            }
            let mut read = Vec::with_capacity(files.len());
            let no_answers = ImportAnswers::default();
            let (mut reports, mut refusal) = (Vec::new(), None);
            for (at, file) in files.iter().enumerate() {
                let answers = answers.get(at).unwrap_or(&no_answers);
                let options = self.options(file, answers).await?;
                let path = file.clone();
                let outcome = blocking(move || read_file(&path, &options)).await?;
                match outcome {
                    Ok(file) => {
                        reports.push(file.report.clone());
                        read.push(file);
                    }
                    Err(error) => {
                        reports.extend(error.report().cloned());
                        refusal.get_or_insert(Refusal::from(error));
                    }
                }
            }
            if refusal.is_none() {
                refusal = unmet(&reports);
            }
            if dry_run || refusal.is_some() {
                return Ok(Imported {
                    snapshot: None,
                    changed: false,
                    files: reports,
                    refusal,
                });
            }
            self.take(actor, read, reports).await
        })
    }

    async fn take(&self, actor: &Actor, read: Vec<FileRead>, reports: Vec<FileReport>) -> Result<Imported, Refusal> {
        let _one_at_a_time = self.importing.lock().await;
        let base = match self.ledger.latest_snapshot().await? {
            Some(snapshot) => Some(manifest_of(&snapshot.manifest)?),
            None => None,
        };
        let (store, today) = (self.facts.clone(), self.surroundings.today());
        let taken = blocking(move || store.take(base.as_ref(), read, today, &Watch::default())).await??;
        let manifest = &taken.manifest;
        let names: Vec<&str> = reports.iter().map(|report| report.file.as_str()).collect();
        let snapshot = NewSnapshot {
            id: manifest.id.clone(),
            as_of: manifest.as_of,
            manifest: crate::json(manifest)?,
            label: names.join(", "),
            report: crate::json(&reports)?,
        };
        self.ledger
            .add_snapshot(&self.stamp_of(actor, "import"), snapshot)
            .await?;
        for report in &reports {
            self.keep_profile(actor, report).await?;
        }
        Ok(Imported {
            snapshot: Some(manifest.id.clone()),
            changed: taken.changed,
            files: reports,
            refusal: None,
        })
    }

    /// Keeps how a file was read, so that the next one with the same header asks nothing.
    async fn keep_profile(&self, actor: &Actor, report: &FileReport) -> Result<(), Refusal> {
        let given = report
            .columns
            .iter()
            .any(|column| column.how != read::How::Alias && column.how != read::How::Kept);
        let options = ReadOptions::new(self.surroundings.today());
        let Some(profile) = Profile::of(&report.file, report, &options).filter(|_| given) else {
            return Ok(());
        };
        let toml = profile.to_toml()?;
        Ok(self
            .ledger
            .save_profile(
                &self.stamp_of(actor, "save profile"),
                &profile.name,
                &profile.header,
                &toml,
            )
            .await?)
    }

    async fn options(&self, file: &ImportFile, answers: &ImportAnswers) -> Result<ReadOptions, Refusal> {
        let mut options = ReadOptions::new(self.surroundings.today());
        options.table = answers.table.as_deref().map(table).transpose()?;
        options.map.clone_from(&answers.map);
        options.stages = answers
            .stages
            .iter()
            .map(|(stage, means)| Ok((stage.clone(), status(means)?)))
            .collect::<Result<_, Refusal>>()?;
        options.date_order = answers.date_order.as_deref().map(date_order).transpose()?;
        options.decimal = answers.decimal.as_deref().map(decimal).transpose()?;
        options.take_anyway = answers.take_anyway;
        options.currency = Some(self.strategy_in_force().await?.strategy.program.currency.to_string());
        options.profile = self.profile(file, answers, &options).await?;
        Ok(options)
    }

    /// The profile that was named, else the one that was kept for this header.
    async fn profile(
        &self,
        file: &ImportFile,
        answers: &ImportAnswers,
        options: &ReadOptions,
    ) -> Result<Option<Profile>, Refusal> {
        if let Some(name) = &answers.profile {
            let known = self.ledger.profiles().await?;
            let found = known.into_iter().find(|profile| profile.name == *name).ok_or_else(|| {
                Refusal::not_found(
                    format!("There is no mapping profile {name}"),
                    "It is made by importing a file and answering its questions.",
                )
            })?;
            return Ok(Some(Profile::from_toml(&found.toml)?));
        }
        let (file, options) = (file.clone(), options.clone());
        let Ok(inspection) = blocking(move || read::inspect(Input::Path(&file.path), &options)).await? else {
            return Ok(None);
        };
        match self.ledger.profile_for(&inspection.fingerprint).await? {
            Some(profile) => Ok(Some(Profile::from_toml(&profile.toml)?)),
            None => Ok(None),
        }
    }

    /// What facts there are.
    pub fn facts<'a>(&'a self, actor: &'a Actor, as_of: Option<Date>) -> Answer<'a, FactsView> {
        Box::pin(async move {
            actor.must(Permission::Read)?;
            let facts = self.facts_in_force(as_of).await?.ok_or_else(no_facts)?;
            Ok(FactsView {
                snapshot: facts.manifest.id.clone(),
                as_of: facts.manifest.as_of,
                tables: sources(&facts.manifest),
            })
        })
    }

    /// All imports, newest first.
    pub fn imports<'a>(&'a self, actor: &'a Actor) -> Answer<'a, Vec<Import>> {
        Box::pin(async move {
            actor.must(Permission::Read)?;
            Ok(self.ledger.imports().await?)
        })
    }

    /// The facts in force, opened: the latest snapshot, or with a day the latest that speaks of no later day than that
    /// (the earliest of all where none does).
    pub(crate) async fn facts_in_force(&self, as_of: Option<Date>) -> Result<Option<Arc<Facts>>, Refusal> {
        let latest = self.ledger.latest_snapshot().await?;
        let snapshot = match (as_of, &latest) {
            (Some(day), Some(snapshot)) if snapshot.as_of > day => {
                let all = self.ledger.snapshots().await?;
                all.iter()
                    .find(|other| other.as_of <= day)
                    .or(all.last())
                    .cloned()
                    .or(latest)
            }
            _ => latest,
        };
        let Some(snapshot) = snapshot else { return Ok(None) };
        if let Some(facts) = self.opened.get(&snapshot.id) {
            return Ok(Some(facts));
        }
        let currency = Some(self.strategy_in_force().await?.strategy.program.currency);
        let store = self.facts.clone();
        let facts = blocking(move || -> Result<Facts, Refusal> {
            let manifest = manifest_of(&snapshot.manifest)?;
            let star = open_star(&store, &manifest, currency)?;
            Ok(Facts {
                snapshot,
                manifest,
                star,
            })
        })
        .await??;
        let facts = Arc::new(facts);
        self.opened.put(facts.snapshot.id.clone(), Arc::clone(&facts));
        Ok(Some(facts))
    }

    /// The strategy in force: the version signed last, or the draft while nothing is signed.
    pub(crate) async fn strategy_in_force(&self) -> Result<Arc<Parsed>, Refusal> {
        let text = match self.ledger.latest_signed().await? {
            Some(version) => version.text,
            None => self.ledger.draft().await?.text,
        };
        Ok(self.parsed(&text))
    }
}

/// An answer that met nothing in any of the files: a name typed wrong is not passed over.
fn unmet(reports: &[FileReport]) -> Option<Refusal> {
    let (first, others) = reports.split_first()?;
    let answer = first
        .unused
        .iter()
        .find(|answer| others.iter().all(|report| report.unused.contains(answer)))?;
    let message = format!("The answer {answer} met nothing in the files");
    Some(Refusal::bad_input(
        message,
        "Check the name of the column or stage. Nothing was imported.",
    ))
}

fn open_star(
    store: &beachhead_facts::snapshot::FactStore,
    manifest: &Manifest,
    currency: Option<Currency>,
) -> Result<Star, Refusal> {
    Ok(Star::open(store, manifest, currency)?)
}

fn read_file(file: &ImportFile, options: &ReadOptions) -> Result<FileRead, FactsError> {
    // An uploaded file lies under a name of ours; people know it by theirs, also where it cannot be taken.
    let mut read = read::read(Input::Path(&file.path), options).map_err(|error| named(error, &file.name))?;
    read.report.file.clone_from(&file.name);
    Ok(read)
}

fn named(mut error: FactsError, name: &str) -> FactsError {
    match &mut error {
        FactsError::Asked { report } | FactsError::TooManyRejected { report, .. } => name.clone_into(&mut report.file),
        FactsError::Empty { file, .. }
        | FactsError::WrongKind { file, .. }
        | FactsError::TooLarge { file, .. }
        | FactsError::Malformed { file, .. } => name.clone_into(file),
        _ => {}
    }
    error
}

fn manifest_of(json: &str) -> Result<Manifest, Refusal> {
    serde_json::from_str(json)
        .map_err(|error| Refusal::internal(format!("The catalogue's entry of a snapshot cannot be read: {error}")))
}

fn table(name: &str) -> Result<Table, Refusal> {
    Table::from_name(name).ok_or_else(|| {
        let known: Vec<&str> = Table::ALL.into_iter().map(Table::name).collect();
        Refusal::bad_input(
            format!("“{name}” is not a table"),
            format!("Choose one of {}.", known.join(", ")),
        )
    })
}

fn status(word: &str) -> Result<Status, Refusal> {
    Status::from_name(word)
        .ok_or_else(|| Refusal::bad_input(format!("A stage cannot mean “{word}”"), "Say open, won or lost."))
}

fn date_order(word: &str) -> Result<DateOrder, Refusal> {
    match word {
        "day" => Ok(DateOrder::DayFirst),
        "month" => Ok(DateOrder::MonthFirst),
        "year" => Ok(DateOrder::YearFirst),
        _ => Err(Refusal::bad_input(
            format!("“{word}” is not an order of dates"),
            "Say day, month or year.",
        )),
    }
}

fn decimal(word: &str) -> Result<Decimal, Refusal> {
    match word {
        "," => Ok(Decimal::Comma),
        "." => Ok(Decimal::Point),
        _ => Err(Refusal::bad_input(
            format!("“{word}” is not a decimal sign"),
            "Say , or .",
        )),
    }
}
