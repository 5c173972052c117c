//! An import of an upload as a job: started from a page and safe to leave, told how far it is, cancelled, and taken up
//! again where the process that did it is gone.
//!
//! A job is held by a lease: whoever works on it says so every [`BEAT`], and a job that was silent for [`SILENT_SECONDS`]
//! counts as interrupted. So a server that starts ends nobody's work, and two servers on one record leave each other's
//! jobs alone. A server that stops in good order lets go of its jobs at once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use beachhead_ledger::{Job, JobUpdate, LedgerError, NewJob};
use jiff::{SignedDuration, Timestamp};

use crate::actor::{Actor, Permission};
use crate::importing::{ImportProgress, Imported, Orders, Watcher};
use crate::{Answer, Code, Office, Refusal};

/// How often a job says that it is being worked on, and hears whether it shall stop.
const BEAT: Duration = Duration::from_millis(500);
/// A job that was silent for this long is interrupted, seconds.
pub const SILENT_SECONDS: i64 = 15;
/// What the jobs here do.
const KIND: &str = "import";

/// Where an import from a page stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobState {
    /// It is being worked on.
    Running,
    /// Its process is gone. It can be resumed or discarded.
    Interrupted,
    /// Imported.
    Done,
    /// Not imported; the message says why.
    Refused,
    /// Somebody cancelled it.
    Cancelled,
    /// It was interrupted and given up.
    Discarded,
}

impl JobState {
    const fn word(self) -> &'static str {
        match self {
            Self::Running | Self::Interrupted => "running",
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Cancelled => "cancelled",
            Self::Discarded => "discarded",
        }
    }

    fn of(job: &Job, now: Timestamp) -> Self {
        let words = [Self::Done, Self::Refused, Self::Cancelled, Self::Discarded];
        let finished = words.into_iter().find(|state| state.word() == job.state);
        let silent = now.duration_since(job.seen_at) > SignedDuration::from_secs(SILENT_SECONDS);
        finished.unwrap_or(if silent { Self::Interrupted } else { Self::Running })
    }
}

/// An import from a page.
#[derive(Debug, Clone)]
pub struct ImportJob {
    /// Its id.
    pub id: String,
    /// The upload that it imports.
    pub upload: String,
    /// Where it stands.
    pub state: JobState,
    /// How far it is, in percent.
    pub percent: i64,
    /// What it says: what it is at, or what came of it.
    pub message: String,
    /// Who started it, as the record knows them.
    pub started_by: String,
    /// When.
    pub started_at: Timestamp,
    /// Whether it was asked to stop.
    pub stopping: bool,
    /// The import that came of it.
    pub import: Option<i64>,
}

impl Office {
    /// Starts to import an upload, and gives the job's id.
    pub fn start_import<'a>(self: &'a Arc<Self>, actor: &'a Actor, upload: &'a str) -> Answer<'a, String> {
        Box::pin(async move {
            self.upload(actor, upload).await?;
            let job = NewJob {
                id: self.surroundings.id(),
                kind: KIND.to_owned(),
                subject: upload.to_owned(),
                state: JobState::Running.word().to_owned(),
                holder: self.surroundings.id(),
            };
            let stamp = self.stamp_of(actor, "start import");
            match self.ledger.start_job(&stamp, job.clone()).await {
                Ok(()) => {}
                Err(LedgerError::Conflict { .. }) => {
                    return Err(Refusal::conflict(
                        "These files are being imported already",
                        "The page Data shows how far that is.",
                    ));
                }
                Err(error) => return Err(error.into()),
            }
            self.run(actor, &job.id, upload, job.holder);
            Ok(job.id)
        })
    }

    /// One import from a page.
    pub fn import_job<'a>(&'a self, actor: &'a Actor, id: &'a str) -> Answer<'a, ImportJob> {
        Box::pin(async move {
            actor.must(Permission::Import)?;
            let job = self.ledger.job(id).await?.filter(|job| job.kind == KIND);
            let job =
                job.ok_or_else(|| Refusal::not_found("There is no such import under way", "Look at the page Data."))?;
            Ok(self.shown(job))
        })
    }

    /// The same, once it is no longer running, or after `patience`.
    pub fn settled_import<'a>(&'a self, actor: &'a Actor, id: &'a str, patience: Duration) -> Answer<'a, ImportJob> {
        Box::pin(async move {
            let settled = async {
                loop {
                    let job = self.import_job(actor, id).await?;
                    if job.state != JobState::Running {
                        return Ok(job);
                    }
                    tokio::time::sleep(BEAT / 5).await;
                }
            };
            match tokio::time::timeout(patience, settled).await {
                Ok(job) => job,
                Err(_) => self.import_job(actor, id).await,
            }
        })
    }

    /// The imports from pages that are running or interrupted, newest first.
    pub fn unfinished_imports<'a>(&'a self, actor: &'a Actor) -> Answer<'a, Vec<ImportJob>> {
        Box::pin(async move {
            actor.must(Permission::Import)?;
            let jobs = self.ledger.unfinished_jobs().await?;
            let imports = jobs.into_iter().filter(|job| job.kind == KIND);
            Ok(imports.map(|job| self.shown(job)).collect())
        })
    }

    /// Stops an import that runs, whichever process runs it. Nothing of it is kept.
    pub fn cancel_import<'a>(&'a self, actor: &'a Actor, id: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            self.import_job(actor, id).await?;
            Ok(self
                .ledger
                .ask_to_stop(&self.stamp_of(actor, "cancel import"), id)
                .await?)
        })
    }

    /// Takes an interrupted import up again, from its uploaded files.
    pub fn resume_import<'a>(self: &'a Arc<Self>, actor: &'a Actor, id: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            let job = self.import_job(actor, id).await?;
            self.upload(actor, &job.upload).await?;
            let holder = self.take_over(actor, id, "resume import").await?;
            self.run(actor, id, &job.upload, holder);
            Ok(())
        })
    }

    /// Gives an interrupted import up, with its uploaded files.
    pub fn discard_import<'a>(&'a self, actor: &'a Actor, id: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            let job = self.import_job(actor, id).await?;
            let holder = self.take_over(actor, id, "discard import").await?;
            let words = "Discarded. Nothing was imported.".to_owned();
            self.say(id, &holder, JobState::Discarded, 0, words, None).await?;
            self.drop_upload(actor, &job.upload).await
        })
    }

    /// Ends the work of this process: imports stop at their next step, keep nothing, and can be resumed.
    pub fn stop_work(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    /// Waits until the imports of this process have let go, or for as long as `patience`.
    pub fn work_stopped(&self, patience: Duration) -> Answer<'_, ()> {
        Box::pin(async move {
            let idle = async {
                while self.running.load(Ordering::Relaxed) > 0 {
                    tokio::time::sleep(BEAT / 5).await;
                }
            };
            let _whoever_takes_longer_is_interrupted = tokio::time::timeout(patience, idle).await;
            Ok(())
        })
    }

    async fn take_over(&self, actor: &Actor, id: &str, verb: &'static str) -> Result<String, Refusal> {
        let holder = self.surroundings.id();
        let stamp = self.stamp_of(actor, verb);
        let unseen_since = stamp.at - SignedDuration::from_secs(SILENT_SECONDS);
        match self.ledger.take_over_job(&stamp, id, &holder, unseen_since).await {
            Ok(()) => Ok(holder),
            Err(LedgerError::Conflict { .. }) => Err(Refusal::conflict(
                "This import is not interrupted",
                "It runs, or it has ended: look at it again.",
            )),
            Err(error) => Err(error.into()),
        }
    }

    fn shown(&self, job: Job) -> ImportJob {
        ImportJob {
            state: JobState::of(&job, self.surroundings.now()),
            id: job.id,
            upload: job.subject,
            percent: job.percent,
            message: job.message,
            started_by: job.started_by,
            started_at: job.started_at,
            stopping: job.stop_asked,
            import: job.import,
        }
    }

    /// Runs an import that was started or taken over, as a task of its own.
    fn run(self: &Arc<Self>, actor: &Actor, id: &str, upload: &str, holder: String) {
        let (office, actor) = (Arc::clone(self), actor.clone());
        let (id, upload) = (id.to_owned(), upload.to_owned());
        office.running.fetch_add(1, Ordering::Relaxed);
        tokio::spawn(async move {
            let imported = office.work(&actor, &id, &upload, &holder).await;
            if let Err(refusal) = office.finish(&actor, &id, &upload, &holder, imported).await {
                // The lease runs out by itself; the page then says that the import was interrupted.
                let _not_said = refusal;
            }
            office.running.fetch_sub(1, Ordering::Relaxed);
        });
    }

    /// Imports, and says every [`BEAT`] how far it is; stops where somebody asks for it or another holds the job.
    async fn work(&self, actor: &Actor, id: &str, upload: &str, holder: &str) -> Result<Imported, Refusal> {
        let stop = Arc::new(AtomicBool::new(false));
        let now = Arc::new(Mutex::new((0, "Waiting for its turn".to_owned())));
        let (stopped, at) = (Arc::clone(&stop), Arc::clone(&now));
        let watcher: Watcher = Arc::new(move |progress: &ImportProgress| {
            *at.lock().unwrap_or_else(PoisonError::into_inner) = (progress.percent(), progress.words());
            !stopped.load(Ordering::Relaxed)
        });
        let orders = Orders {
            watcher: Some(watcher),
            ..Orders::default()
        };
        let import = self.take_upload(actor, upload, orders);
        tokio::pin!(import);
        let mut beat = tokio::time::interval(BEAT);
        beat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                imported = &mut import => return imported,
                _ = beat.tick() => {
                    let (percent, words) = now.lock().unwrap_or_else(PoisonError::into_inner).clone();
                    match self.say(id, holder, JobState::Running, percent, words, None).await {
                        Ok(asked) if !asked => {}
                        // Where the record cannot be written, the import cannot either; it will say so itself.
                        Err(refusal) if refusal.code == Code::Internal => {}
                        _ => stop.store(true, Ordering::Relaxed),
                    }
                }
            }
        }
    }

    async fn finish(
        &self,
        actor: &Actor,
        id: &str,
        upload: &str,
        holder: &str,
        imported: Result<Imported, Refusal>,
    ) -> Result<(), Refusal> {
        let (state, words, import) = match imported {
            Ok(Imported {
                refusal: None,
                import,
                changed,
                files,
                ..
            }) => {
                let accepted: u64 = files.iter().map(|file| file.accepted).sum();
                let words = if changed {
                    format!("{accepted} {} imported.", if accepted == 1 { "row" } else { "rows" })
                } else {
                    "These files were imported before: nothing has changed.".to_owned()
                };
                (JobState::Done, words, import)
            }
            Ok(Imported {
                refusal: Some(refusal), ..
            })
            | Err(refusal) => {
                if self.stopping.load(Ordering::Relaxed) {
                    return self.let_go(id, holder).await;
                }
                let asked = self.ledger.job(id).await?.is_some_and(|job| job.stop_asked);
                if asked {
                    self.drop_upload(actor, upload).await?;
                    (JobState::Cancelled, "Cancelled. Nothing was imported.".to_owned(), None)
                } else {
                    (
                        JobState::Refused,
                        format!("{}. {}", refusal.message, refusal.hint),
                        None,
                    )
                }
            }
        };
        self.say(id, holder, state, 100, words, import).await?;
        Ok(())
    }

    /// Lets go of a job that this process will not finish, so that it can be resumed at once.
    async fn let_go(&self, id: &str, holder: &str) -> Result<(), Refusal> {
        let update = JobUpdate {
            id: id.to_owned(),
            holder: holder.to_owned(),
            seen_at: Timestamp::UNIX_EPOCH,
            state: JobState::Running.word().to_owned(),
            percent: 0,
            message: "The server was stopped".to_owned(),
            finished_at: None,
            import: None,
        };
        self.ledger.update_job(update).await?;
        Ok(())
    }

    /// Notes how a job stands; says whether it is asked to stop.
    async fn say(
        &self,
        id: &str,
        holder: &str,
        state: JobState,
        percent: i64,
        message: String,
        import: Option<i64>,
    ) -> Result<bool, Refusal> {
        let now = self.surroundings.now();
        let update = JobUpdate {
            id: id.to_owned(),
            holder: holder.to_owned(),
            seen_at: now,
            state: state.word().to_owned(),
            percent,
            message,
            finished_at: (state != JobState::Running).then_some(now),
            import,
        };
        Ok(self.ledger.update_job(update).await?)
    }
}
