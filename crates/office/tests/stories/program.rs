//! A program to tell a story about: an office in a folder of its own, a clock to turn, four people, and exports to import.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use beachhead_office::importing::{ImportAnswers, ImportFile, Imported};
use beachhead_office::ledger::Decision;
use beachhead_office::people::NewPerson;
use beachhead_office::reviewing::Closing;
use beachhead_office::starting::StartAnswers;
use beachhead_office::strategy::bet::slug;
use beachhead_office::uploading::Upload;
use beachhead_office::{Actor, Clock, Entropy, Office, Refusal, Role, Standing, Surroundings};
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// The bet of every story.
pub const BET: &str = "Technology integrations";
/// The day on which stories begin.
pub const FIRST_DAY: Date = date(2026, 4, 6);

/// A clock that shows what it was turned to, a millisecond later at each look.
#[derive(Clone)]
pub struct Turned(Arc<AtomicI64>);

impl Turned {
    /// Turns to nine in the morning of a day.
    pub fn to(&self, day: Date) {
        let morning = day.at(9, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap().timestamp();
        self.0.store(morning.as_millisecond(), Ordering::SeqCst);
    }

    /// Goes on by so many minutes.
    pub fn minutes(&self, minutes: i64) {
        self.0.fetch_add(minutes * 60_000, Ordering::SeqCst);
    }
}

impl Clock for Turned {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_millis(self.0.fetch_add(1, Ordering::SeqCst))
    }
}

/// Numbers that are the same in every run: fit for a test and for nothing else.
struct Seeded(AtomicU64);

impl Entropy for Seeded {
    fn fill(&self, bytes: &mut [u8]) {
        for byte in bytes {
            let mut mixed = self.0.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::SeqCst);
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            *byte = mixed.to_le_bytes()[7];
        }
    }
}

/// A program and whoever is in it.
pub struct Program {
    /// Its verbs.
    pub office: Arc<Office>,
    /// Its clock.
    pub clock: Turned,
    /// The leader.
    pub owner: Actor,
    /// Who signs.
    pub sponsor: Actor,
    /// Who imports.
    pub data: Actor,
    folder: tempfile::TempDir,
}

impl Program {
    /// A program with its people and nothing else, its decisions kept in its folder or at a `postgres://` address.
    pub async fn at(record: Option<&str>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (office, clock) = open(&folder.path().join("program"), record).await;
        let machine = Actor::command_line();
        let person = |name: &'static str, role| add(&office, &machine, name, role);
        let owner = person("Ines Marchetti", Role::Owner).await;
        let sponsor = person("Dana Whitfield", Role::Sponsor).await;
        let data = person("Priya Nair", Role::Data).await;
        Self {
            office: Arc::new(office),
            clock,
            owner,
            sponsor,
            data,
            folder,
        }
    }

    /// The same in a folder alone.
    pub async fn new() -> Self {
        Self::at(None).await
    }

    /// With the five questions answered: a draft that can be signed.
    pub async fn drafted() -> Self {
        let program = Self::new().await;
        program.draft().await;
        program
    }

    /// Signed, and its bet running since the first day.
    pub async fn running() -> Self {
        let program = Self::drafted().await;
        program.sign().await.unwrap();
        program.office.start_bet(&program.owner, &key()).await.unwrap();
        program
    }

    /// Answers the five questions.
    pub async fn draft(&self) {
        self.office.keep_start_answers(&self.owner, &answers()).await.unwrap();
        let revision = self.office.written(&self.owner).await.unwrap().draft.revision;
        self.office.start(&self.owner, revision).await.unwrap();
    }

    /// Asks for a signature and gives it.
    pub async fn sign(&self) -> Result<i64, Refusal> {
        let asked = self.office.ask_signature(&self.owner).await?;
        Ok(self
            .office
            .sign(&self.sponsor, asked.number, &asked.sha256, None)
            .await?
            .number)
    }

    /// Writes a file to import.
    pub fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// The program's own folder.
    pub fn place(&self) -> PathBuf {
        self.folder.path().join("program")
    }

    /// A server on another folder.
    pub async fn opened(folder: &Path) -> Office {
        open(folder, None).await.0
    }

    /// Another server on the same folder, with a clock of its own that shows the first day.
    pub async fn second_server(&self) -> Arc<Office> {
        Arc::new(open(&self.place(), None).await.0)
    }

    /// Uploads a text as a page does, and gives the upload's id.
    pub async fn upload(&self, name: &str, text: &str) -> String {
        let (id, folder) = self.office.new_upload(&self.data).await.unwrap();
        std::fs::write(folder.join("0"), text).unwrap();
        let upload = Upload {
            files: vec![name.into()],
            answers: vec![ImportAnswers::default()],
        };
        self.office.keep_upload(&self.data, &id, &upload).await.unwrap();
        id
    }

    /// Rows of each table of the facts in force, but for the stages that were seen between snapshots.
    pub async fn rows(&self) -> Vec<(&'static str, u64)> {
        let facts = self.office.facts(&self.owner, None).await.unwrap();
        let tables = facts.tables.iter().map(|table| &table.source);
        tables
            .map(|source| (source.table.name(), source.rows))
            .filter(|(table, _)| *table != "stage_history")
            .collect()
    }

    /// Imports files without answering anything.
    pub async fn import(&self, files: &[&Path]) -> Imported {
        self.import_with(files, ImportAnswers::default()).await
    }

    /// Imports files with answers.
    pub async fn import_with(&self, files: &[&Path], answers: ImportAnswers) -> Imported {
        let files = files.iter().map(|path| ImportFile::at(path)).collect();
        self.office.import(&self.data, files, &answers, false).await.unwrap()
    }

    /// Imports a CSV text that has to be taken.
    pub async fn take(&self, name: &str, text: &str) {
        let path = self.file(name, text);
        let imported = self.import(&[&path]).await;
        assert_eq!(imported.refusal, None, "{name}");
    }

    /// Where it stands.
    pub async fn standing(&self) -> Standing {
        self.office.standing(&self.owner, None).await.unwrap()
    }

    /// Everything that a refused write must leave as it was: draft, register, versions, reviews, facts, audit chain.
    pub async fn traces(&self) -> Traces {
        let (office, owner) = (&self.office, &self.owner);
        let draft = office.written(owner).await.unwrap().draft;
        let chain = office.verify_audit(owner).await.unwrap();
        Traces {
            draft: (draft.text, draft.revision),
            register: office.decisions_on(owner, &key()).await.unwrap(),
            versions: office.versions(owner).await.unwrap().len(),
            reviews: office.reviews(owner).await.unwrap().len(),
            imports: office.imports(owner).await.unwrap().len(),
            audit: (chain.rows, chain.head),
        }
    }

    /// The findings that the checker reports now.
    pub async fn findings(&self) -> Vec<&'static str> {
        self.standing()
            .await
            .findings()
            .iter()
            .map(|finding| finding.code)
            .collect()
    }
}

/// What a write leaves.
#[derive(Debug, PartialEq)]
pub struct Traces {
    /// Text and revision of the draft.
    pub draft: (String, i64),
    /// The bet's entries in the register.
    pub register: Vec<Decision>,
    /// How many versions there are.
    pub versions: usize,
    /// How many reviews there are.
    pub reviews: usize,
    /// How many imports there were.
    pub imports: usize,
    /// Length and head of the audit chain.
    pub audit: (i64, String),
}

/// An office with nobody in it, and its clock.
pub async fn empty(folder: &Path) -> (Office, Turned) {
    open(folder, None).await
}

async fn open(folder: &Path, record: Option<&str>) -> (Office, Turned) {
    let clock = Turned(Arc::new(AtomicI64::new(0)));
    clock.to(FIRST_DAY);
    let surroundings = Surroundings {
        clock: Box::new(clock.clone()),
        entropy: Box::new(Seeded(AtomicU64::new(20_260))),
    };
    (Office::open(folder, record, surroundings).await.unwrap(), clock)
}

/// Adds somebody.
pub async fn add(office: &Office, by: &Actor, name: &str, role: Role) -> Actor {
    let email = format!("{}@northwind.example", slug(name));
    let person = NewPerson {
        name: name.into(),
        email,
        password: "teal ferry under oak".into(),
    };
    let person = office.add_person(by, person, role).await.unwrap();
    Actor {
        person: person.id,
        name: person.name,
        role,
    }
}

/// Signs somebody in of whom nothing but a password is asked, and gives the session's secret.
pub async fn entered(office: &Office, email: &str, password: &str) -> String {
    office.sign_in(email, password).await.unwrap().session().unwrap()
}

/// The key of the bet.
pub fn key() -> String {
    slug(BET)
}

/// The five questions, answered.
pub fn answers() -> StartAnswers {
    StartAnswers {
        company: "Northwind Analytics".into(),
        outcome: "Double the pipeline that partners start".into(),
        measure: "sourced-pipeline".into(),
        baseline: Some(1_900_000.0),
        target: Some(3_800_000.0),
        by: Some(date(2027, 3, 31)),
        sponsor: "Dana Whitfield, CRO".into(),
        initiatives: vec![BET.into(), "Channel resale".into(), "Agency referrals".into()],
        hours_per_week: Some(60.0),
        picked: Some(0),
        why_a_partner_would: "Their renewal risk falls where our integration is live".into(),
        scale_if: Some(12.0),
        retire_if: Some(4.0),
        gate_by: Some(date(2026, 9, 30)),
        ..StartAnswers::default()
    }
}

/// How a review is closed that saw this revision.
pub fn closing(revision: i64, park_undecided: bool) -> Closing {
    Closing {
        revision,
        next_review: date(2026, 10, 5),
        park_undecided,
        minutes: "Sales was in the room.".into(),
        ask: String::new(),
    }
}

/// Progress of so many targets that entered on a day: of them so many reached the given step on a later day.
pub fn progress(entered: usize, on: Date, reached: usize, step: &str, day: Date) -> String {
    let mut text = "bet,account_id,step,on\n".to_owned();
    for at in 0..entered {
        text.push_str(&format!("{BET},a{at},targeted,{on}\n"));
        if at < reached {
            text.push_str(&format!("{BET},a{at},{step},{day}\n"));
        }
    }
    text
}

/// Tells a story on PostgreSQL, in a database of its own, where there is a server to do so.
pub async fn on_postgres<F: Future<Output = ()> + Send + 'static>(name: &str, story: impl FnOnce(Program) -> F) {
    let Ok(server) = std::env::var("BEACHHEAD_TEST_POSTGRES") else {
        println!("not told: BEACHHEAD_TEST_POSTGRES names no PostgreSQL server");
        return;
    };
    let database = format!("o{}_{name}", std::process::id());
    let sql = |sql: String| {
        let done = std::process::Command::new("psql")
            .args([&server, "-q", "-c", &sql])
            .status();
        assert!(done.is_ok_and(|status| status.success()), "{sql}");
    };
    sql(format!("CREATE DATABASE {database}"));
    let (base, _) = server.rsplit_once('/').unwrap();
    let program = Program::at(Some(&format!("{base}/{database}"))).await;
    let ended = tokio::spawn(story(program)).await;
    sql(format!("DROP DATABASE {database} WITH (FORCE)"));
    if let Err(panic) = ended {
        std::panic::resume_unwind(panic.into_panic());
    }
}
