//! Facts in: files read, checked, previewed and taken into a snapshot, and an import taken back. Must not know who waits
//! for it: a page's job and the command line go through the same verb.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use beachhead_facts::catalogue::Table;
use beachhead_facts::profile::Profile;
use beachhead_facts::read::{self, FileRead, FileReport, Input, ReadOptions};
use beachhead_facts::snapshot::{Manifest, TableChange, Taken};
use beachhead_facts::watch::{Phase, Progress};
use beachhead_facts::{FactsError, StageMap, Watch};
use beachhead_ledger::{LedgerError, NewSnapshot};
use serde::{Deserialize, Serialize};

pub use beachhead_facts::catalogue::Status;
pub use beachhead_facts::read::{DateOrder, Decimal};

use crate::actor::{Actor, Permission};
use crate::companions::read_knowing;
use crate::imports::ImportReport;
use crate::people::{begun, blocking};
use crate::{Answer, Code, Office, Refusal};

/// An import that takes longer than this is given up.
pub const IMPORT_MINUTES: u64 = 10;
/// How often files are taken again because another import was faster, before the import is refused.
const TAKES: usize = 5;
/// How many imports of one process read files at once; others wait. It bounds memory.
pub(crate) const READING_AT_ONCE: usize = 2;
/// How many files of an import are read at once: where one waits for a single thread, another goes on.
const FILES_AT_ONCE: usize = 2;

/// The answers that a person gives about a file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ImportAnswers {
    /// The table, by name.
    pub table: Option<String>,
    /// The name of a mapping profile to read by.
    pub profile: Option<String>,
    /// The name to keep the answers under, as a mapping profile; the file's name unless said.
    pub keep_as: Option<String>,
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
    /// The file holds the whole table: rows that it does not hold are gone.
    pub whole: bool,
}

/// What became of an import: the document of `beachhead import --json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Imported {
    /// The snapshot in force afterwards; none where nothing was imported.
    pub snapshot: Option<String>,
    /// The number of the import; none where nothing was imported.
    pub import: Option<i64>,
    /// Whether the facts changed.
    pub changed: bool,
    /// What became of each file.
    pub files: Vec<FileReport>,
    /// What the files changed, table by table; of a dry run, what they would.
    pub changes: Vec<TableChange>,
    /// What stood in the way, where nothing was imported.
    #[serde(skip)]
    pub refusal: Option<Refusal>,
    /// The rejected rows of each file as CSV, where it has some.
    #[serde(skip)]
    pub rejects: Vec<Option<String>>,
}

/// What came of taking an import back.
#[derive(Debug, Clone, Serialize)]
pub struct Undone {
    /// The import that was taken back.
    pub undid: i64,
    /// The number of the import that did it.
    pub import: i64,
    /// The snapshot in force afterwards.
    pub snapshot: String,
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

/// How far an import is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportProgress {
    /// The file that it is at.
    pub file: String,
    /// Its place among the files, from 0.
    pub nth: usize,
    /// How many files there are.
    pub files: usize,
    /// How far it is with that file, or with all where it merges.
    pub of_file: Progress,
}

impl ImportProgress {
    /// How far it is in all, from 0 to 100: files count alike, and merging is reckoned as three tenths of the way.
    #[must_use]
    pub fn percent(&self) -> i64 {
        let Progress { phase, done, of } = self.of_file;
        let part = (done.min(of) * 1_000).checked_div(of).unwrap_or(0);
        let (nth, files) = (self.nth as u64, (self.files as u64).max(1));
        let permille = match phase {
            Phase::Looking => (nth * 700 + part * 350 / 1_000) / files,
            Phase::Reading => (nth * 700 + 350 + part * 350 / 1_000) / files,
            Phase::Merging => 700 + part * 300 / 1_000,
        };
        i64::try_from(permille / 10).unwrap_or(100).min(100)
    }

    /// The same in words: "Reading deals.csv, file 1 of 2: 12 of 80 MB".
    #[must_use]
    pub fn words(&self) -> String {
        let Progress { phase, done, of } = self.of_file;
        let which = if self.files > 1 {
            format!("{}, file {} of {}", self.file, self.nth + 1, self.files)
        } else {
            self.file.clone()
        };
        let of_bytes = |what: &str| match of {
            0 => format!("{what} {which}"),
            _ => format!("{what} {which}: {} of {}", bytes(done.min(of)), bytes(of)),
        };
        match phase {
            Phase::Looking => of_bytes("Looking through"),
            Phase::Reading => of_bytes("Reading"),
            Phase::Merging if of == 0 => "Merging the rows into the facts".to_owned(),
            Phase::Merging => format!("Merging the rows into the facts: {} of {of} rows", done.min(of)),
        }
    }
}

fn bytes(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        _ => format!("{} MB", bytes / 1_000_000),
    }
}

/// Who is told how far an import is. The answer is whether to go on.
pub type Watcher = Arc<dyn Fn(&ImportProgress) -> bool + Send + Sync>;

/// How an import is to be done.
#[derive(Clone)]
pub struct Orders {
    /// Read the files, say what they would change, and keep nothing.
    pub dry_run: bool,
    /// Give up after this long.
    pub within: Duration,
    /// Who is told how far it is.
    pub watcher: Option<Watcher>,
}

impl Default for Orders {
    fn default() -> Self {
        Self {
            dry_run: false,
            within: Duration::from_secs(IMPORT_MINUTES * 60),
            watcher: None,
        }
    }
}

/// The watch over one import: whoever waits for it, the time it may take, and the end of the process.
#[derive(Clone)]
struct Guard {
    orders: Orders,
    late: Arc<AtomicBool>,
    stopping: Arc<AtomicBool>,
    /// Whoever waits for it said to stop.
    stopped: Arc<AtomicBool>,
    /// How many files are read: of those that are read side by side, the first is told of.
    read: Arc<AtomicUsize>,
}

impl Guard {
    /// The watch over reading one file.
    fn watch(&self, file: &str, nth: usize, files: usize) -> Watch {
        let (guard, file) = (self.clone(), file.to_owned());
        Watch::of(move |of_file| {
            let is_first = guard.read.load(Ordering::Relaxed) == nth;
            let progress = || ImportProgress {
                file: file.clone(),
                nth,
                files,
                of_file,
            };
            if is_first
                && guard
                    .orders
                    .watcher
                    .as_ref()
                    .is_some_and(|watcher| !watcher(&progress()))
            {
                guard.stopped.store(true, Ordering::Relaxed);
            }
            [&guard.stopped, &guard.late, &guard.stopping]
                .iter()
                .all(|stop| !stop.load(Ordering::Relaxed))
        })
    }

    /// The watch over laying all of them.
    fn watch_all(&self) -> Watch {
        self.read.store(0, Ordering::Relaxed);
        self.watch("", 0, 1)
    }

    /// Why the work was stopped, in words.
    fn refusal(&self, error: FactsError) -> Refusal {
        if matches!(error, FactsError::Cancelled) && self.late.load(Ordering::Relaxed) {
            let minutes = self.orders.within.as_secs() / 60;
            return Refusal::bad_input(
                format!("The import took longer than the {minutes} minutes that it may"),
                "Nothing was imported. Import fewer files at once, or give it longer with `beachhead import --minutes`.",
            );
        }
        Refusal::from(error)
    }
}

/// Ends with the import that it limits.
struct Timer(tokio::task::JoinHandle<()>);

impl Timer {
    fn start(within: Duration, late: &Arc<AtomicBool>) -> Self {
        let late = Arc::clone(late);
        Self(tokio::spawn(async move {
            tokio::time::sleep(within).await;
            late.store(true, Ordering::Relaxed);
        }))
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Files that were read, with what became of them.
#[derive(Default)]
struct Read {
    files: Vec<FileRead>,
    options: Vec<ReadOptions>,
    reports: Vec<FileReport>,
    rejects: Vec<Option<String>>,
    refusal: Option<Refusal>,
    /// What is known of stages.
    stages: StageMap,
}

impl Read {
    /// The answer where nothing is imported.
    fn untaken(self, changes: Vec<TableChange>) -> Imported {
        Imported {
            snapshot: None,
            import: None,
            changed: false,
            files: self.reports,
            changes,
            refusal: self.refusal,
            rejects: self.rejects,
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
            FactsError::Cancelled => Self::new(Code::ChecksFail, "The import was cancelled", "Nothing was imported."),
            FactsError::Snapshot { .. } | FactsError::RemoteAway { .. } => Self::internal(message),
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
        let orders = Orders {
            dry_run,
            ..Orders::default()
        };
        self.import_each(actor, files, answers, orders)
    }

    /// The same, with answers of its own for each file, and watched.
    pub fn import_each<'a>(
        &'a self,
        actor: &'a Actor,
        files: Vec<ImportFile>,
        answers: Vec<ImportAnswers>,
        orders: Orders,
    ) -> Answer<'a, Imported> {
        Box::pin(async move {
            actor.must(Permission::Import)?;
            if files.is_empty() {
                return Err(Refusal::bad_input(
                    "No file was given",
                    "Name one or more files to import.",
                ));
            }
            let guard = Guard {
                orders,
                late: Arc::default(),
                stopping: Arc::clone(&self.stopping),
                stopped: Arc::default(),
                read: Arc::default(),
            };
            let _timer = Timer::start(guard.orders.within, &guard.late);
            let _turn = self.reading.acquire().await;
            // A store that is away is said before an hour of reading, not after it.
            let store = self.facts.clone();
            blocking(move || store.reach()).await??;
            for _ in 0..TAKES {
                let read = self.read_files(&files, &answers, &guard).await?;
                if read.refusal.is_some() {
                    return Ok(read.untaken(Vec::new()));
                }
                if guard.orders.dry_run {
                    return self.compare(read, &guard).await;
                }
                if let Some(imported) = self.take(actor, read, &answers, &guard).await? {
                    return Ok(imported);
                }
            }
            Err(Refusal::conflict(
                "Other imports were faster each time, so this one was given up",
                "Nothing was imported. Try again when the others are done.",
            ))
        })
    }

    async fn read_files(
        &self,
        files: &[ImportFile],
        answers: &[ImportAnswers],
        guard: &Guard,
    ) -> Result<Read, Refusal> {
        let (mut read, mut passed_over) = (Read::default(), None);
        let no_answers = ImportAnswers::default();
        let mut asked = Vec::with_capacity(files.len());
        for (at, file) in files.iter().enumerate() {
            asked.push((file, self.options(file, answers.get(at).unwrap_or(&no_answers)).await?));
        }
        let known = self.companions(&asked).await?;
        read.stages.clone_from(&known.stages);
        guard.read.store(0, Ordering::Relaxed);
        let mut waiting = asked.into_iter().enumerate();
        let mut under_way = VecDeque::new();
        loop {
            while under_way.len() < FILES_AT_ONCE
                && let Some((at, (file, mut options))) = waiting.next()
            {
                options.watch = guard.watch(&file.name, at, files.len());
                let (path, how, known) = (file.clone(), options.clone(), known.clone());
                let reading = begun(move || read_knowing(&path, &how, known));
                under_way.push_back((file, options, reading));
            }
            let Some((file, options, reading)) = under_way.pop_front() else {
                break;
            };
            let came = reading.await?;
            guard.read.fetch_add(1, Ordering::Relaxed);
            match came {
                Ok(file) => {
                    let rejects = (file.report.rejected > 0).then(|| file.rejects_csv());
                    read.reports.push(file.report.clone());
                    read.rejects.push(rejects);
                    read.files.push(file);
                    read.options.push(options);
                }
                // A file of something else among an export's files is named and left aside.
                Err(FactsError::PassedOver { mut report }) => {
                    report.file.clone_from(&file.name);
                    let error = FactsError::PassedOver { report: report.clone() };
                    passed_over.get_or_insert_with(|| Refusal::from(error));
                    read.reports.push(*report);
                    read.rejects.push(None);
                    read.options.push(options);
                }
                Err(error) => {
                    if let Some(report) = error.report() {
                        read.reports.push(report.clone());
                        read.rejects.push(match &error {
                            FactsError::TooManyRejected { rejects_csv, .. } => Some(rejects_csv.clone()),
                            _ => None,
                        });
                    }
                    if matches!(error, FactsError::Cancelled) {
                        // What is under way is told the same, and leaves nothing.
                        waiting.by_ref().for_each(drop);
                    }
                    read.refusal.get_or_insert_with(|| guard.refusal(error));
                }
            }
        }
        let nothing_is_left = passed_over.filter(|_| read.files.is_empty());
        read.refusal = read.refusal.or(nothing_is_left).or_else(|| unmet(&read.reports));
        Ok(read)
    }

    /// Tells what files would change, and keeps nothing.
    async fn compare(&self, mut read: Read, guard: &Guard) -> Result<Imported, Refusal> {
        let (_, base) = self.base().await?;
        let (store, today) = (self.facts.clone(), self.surroundings.today());
        let (files, watch) = (std::mem::take(&mut read.files), guard.watch_all());
        let changes = blocking(move || store.preview(base.as_ref(), &files, today, &watch)).await?;
        match changes {
            Ok(mut changes) => {
                name_moves(&mut changes, &read.stages, today);
                Ok(read.untaken(changes))
            }
            Err(error) => {
                read.refusal = Some(guard.refusal(error));
                Ok(read.untaken(Vec::new()))
            }
        }
    }

    /// The snapshot in force: its id, and what it consists of.
    pub(crate) async fn base(&self) -> Result<(Option<String>, Option<Manifest>), Refusal> {
        match self.ledger.latest_snapshot().await? {
            Some(snapshot) => Ok((Some(snapshot.id), Some(manifest_of(&snapshot.manifest)?))),
            None => Ok((None, None)),
        }
    }

    /// Takes files into the facts in force. None where another import came in between.
    async fn take(
        &self,
        actor: &Actor,
        read: Read,
        answers: &[ImportAnswers],
        guard: &Guard,
    ) -> Result<Option<Imported>, Refusal> {
        let Read {
            files,
            options,
            reports,
            rejects,
            stages,
            ..
        } = read;
        let _one_at_a_time = self.importing.lock().await;
        let (base_id, base) = self.base().await?;
        let (store, today) = (self.facts.clone(), self.surroundings.today());
        let watch = guard.watch_all();
        let Taken {
            manifest,
            changed,
            mut changes,
        } = match blocking(move || store.take(base.as_ref(), files, today, &watch)).await? {
            Ok(taken) => taken,
            Err(error) => {
                let read = Read {
                    reports,
                    rejects,
                    refusal: Some(guard.refusal(error)),
                    ..Read::default()
                };
                return Ok(Some(read.untaken(Vec::new())));
            }
        };
        name_moves(&mut changes, &stages, today);
        let kept = self.keep_rejects(&rejects).await?;
        let report = ImportReport::of(&reports, &changes, kept);
        let names: Vec<&str> = reports.iter().map(|report| report.file.as_str()).collect();
        let snapshot = NewSnapshot {
            id: manifest.id.clone(),
            as_of: manifest.as_of,
            manifest: crate::json(&manifest)?,
            label: names.join(", "),
            report: crate::json(&report)?,
            base: base_id,
            undoes: None,
        };
        let added = self
            .ledger
            .add_snapshot(&self.stamp_of(actor, "import"), snapshot)
            .await;
        let import = match added {
            Ok(catalogued) => catalogued.import,
            Err(LedgerError::Conflict { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        for (at, report) in reports.iter().enumerate() {
            self.keep_profile(actor, report, &options[at], answers.get(at)).await?;
        }
        // The snapshot is recorded: what cannot be swept now will be with the next import.
        let _swept_later = self.sweep_facts().await;
        Ok(Some(Imported {
            snapshot: Some(manifest.id),
            import: Some(import),
            changed,
            files: reports,
            changes,
            refusal: None,
            rejects,
        }))
    }

    /// Takes an import back: the facts are as if it had not been, and later imports of other tables stay. It is an import
    /// of its own, and the same files can be imported again.
    pub fn undo_import<'a>(&'a self, actor: &'a Actor, number: i64) -> Answer<'a, Undone> {
        Box::pin(async move {
            actor.must(Permission::Import)?;
            for _ in 0..TAKES {
                let _one_at_a_time = self.importing.lock().await;
                let (base_id, base) = self.base().await?;
                let base = base.ok_or_else(no_facts)?;
                let (rest, report) = self.without_import(&base, number).await?;
                let snapshot = NewSnapshot {
                    id: rest.id.clone(),
                    as_of: rest.as_of,
                    manifest: crate::json(&rest)?,
                    label: format!("without import {number}"),
                    report: crate::json(&report)?,
                    base: base_id,
                    undoes: Some(number),
                };
                let stamp = self.stamp_of(actor, "undo import");
                match self.ledger.add_snapshot(&stamp, snapshot).await {
                    Ok(catalogued) => {
                        return Ok(Undone {
                            undid: number,
                            import: catalogued.import,
                            snapshot: rest.id,
                        });
                    }
                    Err(LedgerError::Conflict { .. }) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            Err(Refusal::conflict(
                "Other imports were faster each time",
                "Nothing was changed. Try again when they are done.",
            ))
        })
    }

    /// What the facts would be without an import.
    pub(crate) async fn without_import(
        &self,
        base: &Manifest,
        number: i64,
    ) -> Result<(Manifest, ImportReport), Refusal> {
        let imports = self.import_entries().await?;
        let found = imports.iter().find(|import| import.number == number).ok_or_else(|| {
            Refusal::not_found(
                format!("There is no import {number}"),
                "The page Data lists the imports.",
            )
        })?;
        if let Some(why) = found.cannot_be_undone() {
            return Err(Refusal::conflict(why, "Nothing was changed."));
        }
        let after = self.manifest_named(&found.snapshot).await?;
        let before = match imports.iter().find(|import| import.number == number - 1) {
            Some(earlier) => Some(self.manifest_named(&earlier.snapshot).await?),
            None => None,
        };
        match base.without_import(before.as_ref(), &after) {
            Ok(rest) => Ok((rest, ImportReport::default())),
            Err(FactsError::CannotUndo { table }) => {
                let later = imports
                    .iter()
                    .rev()
                    .find(|import| import.number > number && import.is_in_force() && import.brought(table));
                let which = later.map_or_else(
                    || "a later import".to_owned(),
                    |later| format!("import {}", later.number),
                );
                Err(Refusal::conflict(
                    format!(
                        "Import {number} cannot be undone: {which} rests on its {}",
                        words_of(table)
                    ),
                    format!("Undo {which} first, and import its files again afterwards."),
                ))
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn manifest_named(&self, snapshot: &str) -> Result<Manifest, Refusal> {
        let snapshot = self.ledger.snapshot(snapshot).await?;
        let snapshot = snapshot.ok_or_else(|| Refusal::internal("An import names a snapshot that is not there"))?;
        manifest_of(&snapshot.manifest)
    }

    pub(crate) async fn options(&self, file: &ImportFile, answers: &ImportAnswers) -> Result<ReadOptions, Refusal> {
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
        options.whole = answers.whole;
        self.facts.folder().clone_into(&mut options.scratch);
        options.sheet_process.clone_from(&self.sheet_process);
        options.currency = Some(self.strategy_in_force().await?.strategy.program.currency.to_string());
        options.profile = self.profile_of(file, answers, &options).await?;
        Ok(options)
    }

    /// Keeps how a file was read, so that the next one with the same header asks nothing.
    async fn keep_profile(
        &self,
        actor: &Actor,
        report: &FileReport,
        options: &ReadOptions,
        answers: Option<&ImportAnswers>,
    ) -> Result<(), Refusal> {
        let keep_as = answers.and_then(|answers| answers.keep_as.as_deref());
        let answered = report.columns.iter().any(|column| column.how == read::How::Given)
            || !options.stages.is_empty()
            || options.table.is_some()
            || options.date_order.is_some()
            || options.decimal.is_some()
            || keep_as.is_some();
        let earlier = options.profile.as_ref().map(|profile| profile.name.as_str());
        let name = keep_as.or(earlier).unwrap_or(&report.file);
        let Some(profile) = Profile::of(name, report, options).filter(|_| answered) else {
            return Ok(());
        };
        let toml = profile.to_toml()?;
        let stamp = self.stamp_of(actor, "save profile");
        Ok(self
            .ledger
            .save_profile(&stamp, &profile.name, &profile.header, &toml)
            .await?)
    }
}

/// Says of moves between stages what the stages are called and which way it was, by what is known of them.
fn name_moves(changes: &mut [TableChange], stages: &StageMap, today: jiff::civil::Date) {
    for moved in changes.iter_mut().flat_map(|change| &mut change.stage_moves) {
        moved.way = stages.way(&moved.from, &moved.to, today);
        for stage in [&mut moved.from, &mut moved.to] {
            if let Some(known) = stages.find(stage, || today) {
                stage.clone_from(&known.name);
            }
        }
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

pub(crate) fn read_file(file: &ImportFile, options: &ReadOptions) -> Result<FileRead, FactsError> {
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

/// What a snapshot consists of, as the catalogue keeps it.
pub(crate) fn manifest_of(json: &str) -> Result<Manifest, Refusal> {
    serde_json::from_str(json)
        .map_err(|error| Refusal::internal(format!("The catalogue's entry of a snapshot cannot be read: {error}")))
}

/// A table in words: "stage history".
pub(crate) fn words_of(table: Table) -> String {
    table.name().replace('_', " ")
}

pub(crate) fn table(name: &str) -> Result<Table, Refusal> {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn at(nth: usize, phase: Phase, done: u64, of: u64) -> ImportProgress {
        ImportProgress {
            file: "deals.csv".into(),
            nth,
            files: 2,
            of_file: Progress { phase, done, of },
        }
    }

    #[test]
    fn progress_only_goes_forward_and_ends_at_a_hundred() {
        let steps = [
            at(0, Phase::Looking, 0, 10),
            at(0, Phase::Looking, 10, 10),
            at(0, Phase::Reading, 5, 10),
            at(1, Phase::Looking, 0, 0),
            at(1, Phase::Reading, 10, 10),
            at(0, Phase::Merging, 0, 0),
            at(0, Phase::Merging, u64::MAX / 1_000, u64::MAX / 1_000),
        ];
        let percents: Vec<i64> = steps.iter().map(ImportProgress::percent).collect();
        assert_eq!(percents, [0, 17, 26, 35, 70, 70, 100]);
    }

    #[test]
    fn progress_says_the_file_and_how_much_of_it() {
        assert_eq!(
            at(1, Phase::Reading, 12_000_000, 80_500_000).words(),
            "Reading deals.csv, file 2 of 2: 12 MB of 80 MB"
        );
        assert_eq!(
            at(0, Phase::Merging, 5, 70).words(),
            "Merging the rows into the facts: 5 of 70 rows"
        );
    }
}
