//! The office: one method for each verb of the product (`import`, `weigh`, `choose`, `judge`, `sign`, `review`…), and the
//! only place where the rooms meet. Every verb takes the [`Actor`] who asks and checks here what that person may do.
//!
//! Its faces (pages, command line, JSON) come to it and to nothing below it. Must not show axum, maud, clap, sqlx or
//! arrow types in a signature, nor read a clock or draw a random number: both are handed in by [`Surroundings`].

pub mod actor;
pub mod aligning;
pub mod attributing;
pub mod auditing;
pub mod backup;
pub mod board;
pub mod borrowing;
pub mod cohorting;
pub mod commitments;
mod companions;
pub mod deciding;
pub mod exporting;
mod figures;
pub mod foreseeing;
mod gym;
pub mod import_jobs;
pub mod importing;
pub mod imports;
pub mod instead;
pub mod intake;
pub mod inviting;
pub mod judging;
pub mod launching;
pub mod lifting;
mod links;
mod looking_back;
pub mod mapping;
pub mod meeting;
mod memo;
pub mod missing;
pub mod outlook;
pub mod partners;
pub mod people;
pub mod pitfalls;
mod plan;
pub mod profiles;
pub mod psi;
pub mod refusal;
pub mod reporting;
pub mod resetting;
pub mod reviewing;
pub mod scheduling;
pub mod searching;
pub mod second_factor;
pub mod segmenting;
pub mod sharing;
mod signing;
pub mod singer;
pub mod sources;
pub mod speaks;
pub mod standing;
pub mod starting;
pub mod surroundings;
pub mod targets;
pub mod tracing;
pub mod uploading;
pub mod weighing;
pub mod what_if;
pub mod written;

use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize};

use beachhead_facts::Kept;
use beachhead_facts::attribute::Comparison;
use beachhead_facts::measure::{Filled, FoundRows};
use beachhead_facts::read::SheetProcess;
use beachhead_facts::remote::{Access, Remote};
use beachhead_facts::snapshot::FactStore;
use beachhead_foresight::error::ForesightError;
use beachhead_foresight::judge::ErrorRates;
use beachhead_foresight::sequence::Sequenced;
use beachhead_ledger::{AuditChain, Ledger, LedgerError, RecordUrl, Stamp};
use beachhead_press::board::Number;
use beachhead_strategy::{Change, Parsed};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use actor::{Actor, Permission, Role};
pub use beachhead_facts as facts;
pub use beachhead_foresight as foresight;
pub use beachhead_ledger as ledger;
pub use beachhead_strategy as strategy;
pub use figures::as_real;
pub use refusal::{Code, Refusal};
pub use standing::Standing;
pub use surroundings::{Clock, Entropy, Surroundings};

use memo::Memo;
use standing::{Facts, Worked};
use what_if::{Foretold, OffBy};

/// What every verb returns: boxed, so that a verb is compiled once, here, and not again in each face that awaits it.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, Refusal>> + Send + 'a>>;

/// The setting that marks a worked example, with the words of its banner.
const DEMO: &str = "demo";
/// The name of the record in the data folder, unless another place was named.
const RECORD_FILE: &str = "record.sqlite";
/// The folder of the facts in the data folder.
const FACTS_FOLDER: &str = "facts";
/// The folder of uploaded files that are not imported yet.
const UPLOADS_FOLDER: &str = "uploads";
/// The folder of the backups that are made each night or from a page.
const BACKUPS_FOLDER: &str = "backups";
/// The folder of the rows that imports rejected.
const REJECTS_FOLDER: &str = "rejects";

/// One program: its record, its facts, and the verbs on them.
pub struct Office {
    ledger: Ledger,
    facts: FactStore,
    uploads: PathBuf,
    backups: PathBuf,
    waiting_offers: psi::WaitingOffers,
    rejects: Kept,
    surroundings: Surroundings,
    opened: Memo<Arc<Facts>>,
    /// How the process is started that reads a workbook; without one this process does.
    sheet_process: Option<SheetProcess>,
    parsed: Memo<Arc<Parsed>>,
    worked: Memo<Arc<Worked>>,
    sequenced: Memo<Sequenced>,
    foretold: Memo<Arc<Foretold>>,
    off_by: Memo<Arc<OffBy>>,
    tried: Arc<Memo<ErrorRates>>,
    cohorted: Memo<Arc<cohorting::Cohorts>>,
    lifted: Memo<Arc<lifting::LiftView>>,
    /// The three numbers of the board page.
    boarded: Memo<Arc<Vec<Number>>>,
    compared: Arc<Memo<Arc<Comparison>>>,
    /// How many rows fill the columns of a snapshot's tables.
    filled: Memo<Arc<Vec<Vec<Filled>>>>,
    /// Opportunities found behind a number: a page of them in another order is no second search.
    traced: Memo<Arc<FoundRows>>,
    /// What was said of targets by a day.
    said: Memo<Arc<targets::Said>>,
    /// Every target of a day as the list shows it.
    listed: Memo<Arc<Vec<targets::TargetRow>>>,
    /// What the facts give partners credit for.
    credited: Memo<Arc<partners::Credits>>,
    /// Partners' lists laid over our accounts.
    mapped: Arc<mapping::Kept>,
    /// One import of this process at a time is taken into the facts.
    importing: tokio::sync::Mutex<()>,
    /// One backup at a time is put beside the program.
    backing_up: tokio::sync::Mutex<()>,
    /// How many may read files at once.
    reading: tokio::sync::Semaphore,
    looks: uploading::Looks,
    /// How many imports from pages run here, and whether they shall stop.
    running: AtomicUsize,
    stopping: Arc<AtomicBool>,
    /// One password or code is tried at a time: tries made at once are all counted, and memory stays that of one hash.
    hashing: tokio::sync::Mutex<()>,
}

/// What frames every page of a program.
#[derive(Debug, Clone, Default)]
pub struct ProgramFrame {
    /// Its name; empty while it has none.
    pub name: String,
    /// The words of the banner, where this is the worked example.
    pub demo: Option<String>,
}

impl Office {
    /// Opens the program of a data folder, made if it is not there. `record` says where decisions are kept: a
    /// `postgres://` address or a SQLite file; unless said, a file in the folder.
    pub fn open<'a>(data: &'a Path, record: Option<&'a str>, surroundings: Surroundings) -> Answer<'a, Self> {
        Box::pin(async move {
            std::fs::create_dir_all(data).map_err(|error| {
                Refusal::bad_input(
                    format!("{} could not be made: {error}", data.display()),
                    "Choose another folder with --data.",
                )
            })?;
            let url = match record {
                Some(url) => RecordUrl::parse(url)?,
                None => RecordUrl::Sqlite(data.join(RECORD_FILE)),
            };
            Ok(Self {
                ledger: Ledger::open(&url, surroundings.now()).await?,
                facts: FactStore::open(&data.join(FACTS_FOLDER))?,
                uploads: data.join(UPLOADS_FOLDER),
                backups: data.join(BACKUPS_FOLDER),
                waiting_offers: psi::WaitingOffers::within(data),
                rejects: Kept::within(&data.join(REJECTS_FOLDER), imports::CSV),
                surroundings,
                sheet_process: None,
                opened: Memo::new(3),
                parsed: Memo::new(16),
                worked: Memo::new(32),
                sequenced: Memo::new(8),
                foretold: Memo::new(32),
                off_by: Memo::new(8),
                tried: Arc::new(Memo::new(64)),
                cohorted: Memo::new(16),
                lifted: Memo::new(16),
                boarded: Memo::new(8),
                compared: Arc::new(Memo::new(2)),
                filled: Memo::new(2),
                traced: Memo::new(4),
                said: Memo::new(4),
                listed: Memo::new(4),
                credited: Memo::new(4),
                mapped: Arc::new(mapping::Kept::new()),
                importing: tokio::sync::Mutex::new(()),
                backing_up: tokio::sync::Mutex::new(()),
                reading: tokio::sync::Semaphore::new(importing::READING_AT_ONCE),
                looks: uploading::Looks::default(),
                running: AtomicUsize::new(0),
                stopping: Arc::default(),
                hashing: tokio::sync::Mutex::new(()),
            })
        })
    }

    /// The same office, reading workbooks in a process of their own that is started so.
    #[must_use]
    pub fn reading_sheets_by(mut self, process: Option<SheetProcess>) -> Self {
        self.sheet_process = process;
        self
    }

    /// The same office, keeping its facts and the rows that imports rejected in an S3-compatible store: `url` is
    /// `s3://bucket/prefix`. Its data folder then holds copies.
    ///
    /// # Errors
    /// An address that cannot be used. Nothing is asked of the store yet.
    pub fn keeping_facts_in(mut self, url: &str, access: Access) -> Result<Self, Refusal> {
        let remote = Remote::open(url, access)?;
        self.rejects = self.rejects.beside(remote.below(REJECTS_FOLDER));
        self.facts = self.facts.beside(remote);
        Ok(self)
    }

    /// The clock and the chance of this program.
    #[must_use]
    pub const fn surroundings(&self) -> &Surroundings {
        &self.surroundings
    }

    /// What frames every page.
    pub fn program(&self) -> Answer<'_, ProgramFrame> {
        Box::pin(async move {
            let demo = self
                .ledger
                .setting(DEMO)
                .await?
                .and_then(|json| serde_json::from_str(&json).ok());
            Ok(ProgramFrame {
                name: self.strategy_in_force().await?.strategy.program.name.clone(),
                demo,
            })
        })
    }

    /// Names the program.
    pub fn name_program<'a>(&'a self, actor: &'a Actor, name: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            let name = name.trim().to_owned();
            self.edit(actor, "name program", None, move |strategy| {
                strategy.program.name = name;
                Ok(())
            })
            .await?;
            Ok(())
        })
    }

    /// Marks the program as the worked example; `words` stand on every page. Refused once it has people: a worked example
    /// is open to whoever looks, and a real program must never become one.
    pub fn mark_demo<'a>(&'a self, actor: &'a Actor, words: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            actor.must(Permission::Administer)?;
            if self.is_set_up().await? {
                return Err(Refusal::conflict(
                    "This program has people in it",
                    "Make the worked example in a folder of its own.",
                ));
            }
            Ok(self
                .ledger
                .set_setting(&self.stamp_of(actor, "mark demo"), DEMO, &json(&words)?)
                .await?)
        })
    }

    /// As whom the worked example is looked at: its first person with that role, else its owner. A real program refuses.
    pub fn demo_actor<'a>(&'a self, role: &'a str) -> Answer<'a, Actor> {
        Box::pin(async move {
            if self.ledger.setting(DEMO).await?.is_none() {
                return Err(Refusal::new(Code::SignInFirst, "This is not the worked example", ""));
            }
            let people = self.ledger.people().await?;
            let found = people
                .iter()
                .find(|person| person.role == role)
                .or_else(|| people.iter().find(|p| p.role == "owner"));
            match found {
                Some(person) => people::actor(person),
                None => Err(Refusal::internal("The worked example has nobody in it")),
            }
        })
    }

    /// Whether the audit chain holds.
    pub fn verify_audit<'a>(&'a self, actor: &'a Actor) -> Answer<'a, AuditChain> {
        Box::pin(async move {
            actor.must(Permission::Administer)?;
            Ok(self.ledger.audit_verify().await?)
        })
    }

    /// What changed between two versions, in words; the signed version and the draft unless said.
    pub fn changes<'a>(&'a self, actor: &'a Actor, from: Option<i64>, to: Option<i64>) -> Answer<'a, Vec<Change>> {
        Box::pin(async move {
            actor.must(Permission::Read)?;
            let earlier = match from {
                Some(number) => self.parsed(&self.version(actor, number).await?.text),
                None => self.strategy_in_force().await?,
            };
            let later = match to {
                Some(number) => self.parsed(&self.version(actor, number).await?.text),
                None => self.written(actor).await?.parsed,
            };
            Ok(beachhead_strategy::diff(&earlier.strategy, &later.strategy))
        })
    }

    fn stamp(&self, who: &str, verb: &'static str) -> Stamp {
        Stamp {
            at: self.surroundings.now(),
            actor: who.to_owned(),
            verb,
        }
    }

    fn stamp_of(&self, actor: &Actor, verb: &'static str) -> Stamp {
        self.stamp(actor.id(), verb)
    }
}

/// Reads data that somebody wrote in TOML.
///
/// # Errors
/// Where and what is wrong, in the parser's words.
pub fn from_toml<T: DeserializeOwned>(text: &str) -> Result<T, Refusal> {
    toml::from_str(text).map_err(|error| {
        Refusal::bad_input(
            error.to_string().trim().to_owned(),
            "The form is described in the help of the command.",
        )
    })
}

/// Writes data down in TOML.
///
/// # Errors
/// Data that TOML has no form for.
pub fn to_toml(value: &impl Serialize) -> Result<String, Refusal> {
    toml::to_string_pretty(value).map_err(|error| Refusal::internal(format!("It could not be written down: {error}")))
}

pub(crate) fn json(value: &impl Serialize) -> Result<String, Refusal> {
    serde_json::to_string(value).map_err(|error| Refusal::internal(format!("It could not be written down: {error}")))
}

/// Figures that the numbers' room refuses: it says where, what, and how to mend it.
pub(crate) fn wrong_figures(error: ForesightError) -> Refusal {
    Refusal::bad_input(error.to_string(), "Nothing was computed.")
}

impl From<LedgerError> for Refusal {
    fn from(error: LedgerError) -> Self {
        let message = error.to_string();
        match error {
            LedgerError::NotFound { .. } => Self::not_found(message, "Check the name, or go back to the list."),
            LedgerError::Conflict { .. } => {
                Self::conflict(message, "Reload, look at what is there now, and decide again.")
            }
            LedgerError::Invalid { .. } => Self::bad_input(message, "Nothing was changed."),
            _ => Self::internal(message),
        }
    }
}
