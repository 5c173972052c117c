//! Uploaded files that are not imported yet: kept in the data folder with the answers given so far and what was seen in
//! them, so that the pages can go through the import step by step without JavaScript, without holding a file in memory, and
//! without reading it again before an answer has changed.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use beachhead_strategy::signature::fingerprint;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::actor::{Actor, Permission};
use crate::importing::{ImportAnswers, ImportFile, ImportProgress, Imported, Orders, Watcher};
use crate::people::blocking;
use crate::{Answer, Office, Refusal};

/// The file in an upload's folder that says what it holds.
const CONTENTS: &str = "upload.json";
/// The file in an upload's folder that says what was seen in it.
const SEEN: &str = "seen.json";
/// An upload that nobody imported is swept after this long.
pub const UPLOAD_HOURS: i64 = 24;

/// What an upload holds.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Upload {
    /// The names of its files, as people call them; each lies under its place in this list.
    pub files: Vec<String>,
    /// The answers given about each.
    pub answers: Vec<ImportAnswers>,
}

/// What came of looking at an upload.
#[derive(Debug, Clone)]
pub enum Looked {
    /// What would become of it.
    Seen(Box<Imported>),
    /// It takes longer than the caller waits; how far it is, once that is known.
    Underway(Option<ImportProgress>),
}

/// What was seen, as it is kept beside the files.
#[derive(Serialize, Deserialize)]
struct Seen {
    /// What it was seen with: answers, facts in force, profiles.
    with: String,
    imported: Imported,
    refusal: Option<Refusal>,
    /// Which files have a file of rejected rows beside them.
    rejects: Vec<bool>,
}

/// A look under way.
#[derive(Clone)]
struct Look {
    with: String,
    stop: Arc<AtomicBool>,
    progress: Arc<Mutex<Option<ImportProgress>>>,
    ended: watch::Receiver<Option<Result<(), Refusal>>>,
}

/// The looks under way in this process, by upload.
#[derive(Default)]
pub(crate) struct Looks(Mutex<BTreeMap<String, Look>>);

impl Looks {
    fn change<T>(&self, change: impl FnOnce(&mut BTreeMap<String, Look>) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Office {
    /// Makes room for an upload, and sweeps those that nobody imported for a day. Gives its id and the folder that its files
    /// are written into, named 0, 1, ….
    pub fn new_upload<'a>(&'a self, actor: &'a Actor) -> Answer<'a, (String, PathBuf)> {
        Box::pin(async move {
            actor.must(Permission::Import)?;
            let id = self.surroundings.id();
            let folder = self.uploads.join(&id);
            let (uploads, made, now) = (self.uploads.clone(), folder.clone(), self.surroundings.now());
            let work = move || {
                sweep(&uploads, now);
                std::fs::create_dir_all(&made)
            };
            blocking(work).await?.map_err(not_kept)?;
            Ok((id, folder))
        })
    }

    /// Notes what an upload holds, and the answers given so far.
    pub fn keep_upload<'a>(&'a self, actor: &'a Actor, id: &'a str, upload: &'a Upload) -> Answer<'a, ()> {
        Box::pin(async move {
            actor.must(Permission::Import)?;
            let (path, json) = (self.upload_folder(id)?.join(CONTENTS), crate::json(upload)?);
            blocking(move || std::fs::write(path, json)).await?.map_err(not_kept)
        })
    }

    /// What an upload holds.
    pub fn upload<'a>(&'a self, actor: &'a Actor, id: &'a str) -> Answer<'a, Upload> {
        Box::pin(async move {
            actor.must(Permission::Import)?;
            let path = self.upload_folder(id)?.join(CONTENTS);
            let text = blocking(move || std::fs::read_to_string(path))
                .await?
                .map_err(|_| gone())?;
            serde_json::from_str(&text).map_err(|_| gone())
        })
    }

    /// What would become of an upload with the answers given so far; keeps no fact. It is read once for the same answers:
    /// whoever asks again, or asks while it is being read, is given what that came to. Waits no longer than `patience`.
    pub fn look_at_upload<'a>(
        self: &'a Arc<Self>,
        actor: &'a Actor,
        id: &'a str,
        patience: Duration,
    ) -> Answer<'a, Looked> {
        Box::pin(async move {
            let upload = self.upload(actor, id).await?;
            let with = self.seen_with(&upload).await?;
            if let Some(seen) = self.seen(id, &with).await? {
                return Ok(Looked::Seen(Box::new(seen)));
            }
            let mut look = self.start_look(actor, id, with.clone());
            let ended = tokio::time::timeout(patience, look.ended.wait_for(Option::is_some))
                .await
                .map(|ended| ended.ok().and_then(|ended| ended.clone()));
            if let Ok(ended) = ended {
                ended.ok_or_else(gone)??;
                let seen = self.seen(id, &with).await?;
                return Ok(Looked::Seen(Box::new(seen.ok_or_else(gone)?)));
            }
            let progress = look.progress.lock().unwrap_or_else(PoisonError::into_inner).clone();
            Ok(Looked::Underway(progress))
        })
    }

    /// The same, however long it takes.
    pub fn preview_upload<'a>(self: &'a Arc<Self>, actor: &'a Actor, id: &'a str) -> Answer<'a, Imported> {
        Box::pin(async move {
            match self.look_at_upload(actor, id, Duration::MAX).await? {
                Looked::Seen(seen) => Ok(*seen),
                Looked::Underway(_) => Err(gone()),
            }
        })
    }

    /// Imports an upload and forgets its files. Read again, since answers are only words until a file was read by them.
    pub fn take_upload<'a>(&'a self, actor: &'a Actor, id: &'a str, orders: Orders) -> Answer<'a, Imported> {
        Box::pin(async move {
            let imported = self.import_upload(actor, id, orders).await?;
            if imported.refusal.is_none() {
                self.drop_upload(actor, id).await?;
            }
            Ok(imported)
        })
    }

    /// Forgets an upload; one that is gone already stays so.
    pub fn drop_upload<'a>(&'a self, actor: &'a Actor, id: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            actor.must(Permission::Import)?;
            let folder = self.upload_folder(id)?;
            if let Some(look) = self.looks.change(|looks| looks.remove(id)) {
                look.stop.store(true, Ordering::Relaxed);
            }
            match blocking(move || std::fs::remove_dir_all(folder)).await? {
                Err(error) if error.kind() != ErrorKind::NotFound => Err(not_kept(error)),
                _ => Ok(()),
            }
        })
    }

    /// The rejected rows of one file of an upload that was looked at, as CSV to be mended.
    pub fn upload_rejects<'a>(&'a self, actor: &'a Actor, id: &'a str, file: usize) -> Answer<'a, String> {
        Box::pin(async move {
            actor.must(Permission::Import)?;
            let path = rejects_path(&self.upload_folder(id)?, file);
            let text = blocking(move || std::fs::read_to_string(path)).await?;
            text.map_err(|_| Refusal::not_found("No row of that file was rejected", "Look at the files again."))
        })
    }

    async fn import_upload(&self, actor: &Actor, id: &str, orders: Orders) -> Result<Imported, Refusal> {
        let upload = self.upload(actor, id).await?;
        let folder = self.upload_folder(id)?;
        let files = upload.files.iter().enumerate().map(|(at, name)| ImportFile {
            path: folder.join(at.to_string()),
            name: name.clone(),
        });
        self.import_each(actor, files.collect(), upload.answers, orders).await
    }

    /// What the report of an upload rests on, besides its files.
    async fn seen_with(&self, upload: &Upload) -> Result<String, Refusal> {
        let base = self.ledger.latest_snapshot().await?.map(|snapshot| snapshot.id);
        let profiles: Vec<_> = self
            .ledger
            .profiles()
            .await?
            .into_iter()
            .map(|profile| (profile.name, profile.saved_at))
            .collect();
        let today = self.surroundings.today();
        Ok(fingerprint(&crate::json(&(&upload.answers, base, profiles, today))?))
    }

    /// What was seen in an upload, if it was looked at with the same answers and facts.
    async fn seen(&self, id: &str, with: &str) -> Result<Option<Imported>, Refusal> {
        let path = self.upload_folder(id)?.join(SEEN);
        let Ok(text) = blocking(move || std::fs::read_to_string(path)).await? else {
            return Ok(None);
        };
        let seen: Option<Seen> = serde_json::from_str(&text).ok();
        Ok(seen.filter(|seen| seen.with == with).map(|seen| Imported {
            refusal: seen.refusal,
            // The rows themselves stay beside the files; here it is told that there are some.
            rejects: seen.rejects.iter().map(|some| some.then(String::new)).collect(),
            ..seen.imported
        }))
    }

    /// The look under way with these answers, started where there is none.
    fn start_look(self: &Arc<Self>, actor: &Actor, id: &str, with: String) -> Look {
        self.looks.change(|looks| {
            if let Some(look) = looks.get(id) {
                if look.with == with {
                    return look.clone();
                }
                look.stop.store(true, Ordering::Relaxed);
            }
            let (ending, ended) = watch::channel(None);
            let look = Look {
                with,
                stop: Arc::default(),
                progress: Arc::default(),
                ended,
            };
            looks.insert(id.to_owned(), look.clone());
            let (office, actor, id, started) = (Arc::clone(self), actor.clone(), id.to_owned(), look.clone());
            tokio::spawn(async move {
                let kept = office.look(&actor, &id, &started).await;
                office.looks.change(|looks| {
                    if looks
                        .get(&id)
                        .is_some_and(|look| Arc::ptr_eq(&look.stop, &started.stop))
                    {
                        looks.remove(&id);
                    }
                });
                let _nobody_waits = ending.send(Some(kept));
            });
            look
        })
    }

    /// Looks at an upload and keeps what was seen beside its files.
    async fn look(&self, actor: &Actor, id: &str, look: &Look) -> Result<(), Refusal> {
        let (stop, progress) = (Arc::clone(&look.stop), Arc::clone(&look.progress));
        let watcher: Watcher = Arc::new(move |now: &ImportProgress| {
            *progress.lock().unwrap_or_else(PoisonError::into_inner) = Some(now.clone());
            !stop.load(Ordering::Relaxed)
        });
        let orders = Orders {
            dry_run: true,
            watcher: Some(watcher),
            ..Orders::default()
        };
        let imported = self.import_upload(actor, id, orders).await;
        if look.stop.load(Ordering::Relaxed) {
            return Err(gone());
        }
        let imported = imported.unwrap_or_else(|refusal| Imported {
            snapshot: None,
            import: None,
            changed: false,
            files: Vec::new(),
            changes: Vec::new(),
            refusal: Some(refusal),
            rejects: Vec::new(),
        });
        let folder = self.upload_folder(id)?;
        let seen = Seen {
            with: look.with.clone(),
            refusal: imported.refusal.clone(),
            rejects: imported.rejects.iter().map(Option::is_some).collect(),
            imported,
        };
        blocking(move || keep_seen(&folder, &seen)).await?.map_err(not_kept)
    }

    /// The folder of an upload; an id of another form than ours is no upload, whatever path it spells.
    fn upload_folder(&self, id: &str) -> Result<PathBuf, Refusal> {
        if id.parse::<uuid::Uuid>().is_ok_and(|uuid| uuid.to_string() == id) {
            return Ok(self.uploads.join(id));
        }
        Err(gone())
    }
}

fn rejects_path(folder: &Path, file: usize) -> PathBuf {
    folder.join(format!("{file}.rejects.csv"))
}

fn keep_seen(folder: &Path, seen: &Seen) -> std::io::Result<()> {
    for (at, rejects) in seen.imported.rejects.iter().enumerate() {
        if let Some(rejects) = rejects {
            std::fs::write(rejects_path(folder, at), rejects)?;
        }
    }
    let partial = folder.join("seen.partial");
    std::fs::write(&partial, serde_json::to_vec(seen)?)?;
    std::fs::rename(partial, folder.join(SEEN))
}

fn gone() -> Refusal {
    Refusal::not_found(
        "That upload is not there any more",
        "Choose the file again on the page Data.",
    )
}

/// Removes uploads older than [`UPLOAD_HOURS`]: their ids tell when they were made. What cannot be removed now will be
/// with the next upload.
fn sweep(uploads: &Path, now: Timestamp) {
    let Ok(entries) = std::fs::read_dir(uploads) else {
        return;
    };
    let oldest = now.as_second() - UPLOAD_HOURS * 3600;
    for entry in entries.flatten() {
        let id = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse::<uuid::Uuid>().ok());
        let made = id
            .and_then(|id| id.get_timestamp())
            .and_then(|made| i64::try_from(made.to_unix().0).ok());
        if made.is_some_and(|made| made < oldest) {
            let _will_be_swept_later = std::fs::remove_dir_all(entry.path());
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "shaped for map_err")]
fn not_kept(error: std::io::Error) -> Refusal {
    if error.kind() == ErrorKind::NotFound {
        return gone();
    }
    Refusal::internal(format!("The uploaded file could not be kept: {error}"))
}
