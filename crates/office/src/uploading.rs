//! Uploaded files that are not imported yet: kept in the data folder with the answers given so far, so that the pages can
//! go through the import step by step without JavaScript and without holding a file in memory.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::actor::{Actor, Permission};
use crate::importing::{ImportAnswers, ImportFile, Imported};
use crate::people::blocking;
use crate::{Answer, Office, Refusal};

/// The file in an upload's folder that says what it holds.
const CONTENTS: &str = "upload.json";
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

    /// Reads an upload with its answers and says what would become of it; keeps nothing.
    pub fn preview_upload<'a>(&'a self, actor: &'a Actor, id: &'a str) -> Answer<'a, Imported> {
        Box::pin(async move { self.import_upload(actor, id, true).await })
    }

    /// Imports an upload and forgets its files.
    pub fn take_upload<'a>(&'a self, actor: &'a Actor, id: &'a str) -> Answer<'a, Imported> {
        Box::pin(async move {
            let imported = self.import_upload(actor, id, false).await?;
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
            match blocking(move || std::fs::remove_dir_all(folder)).await? {
                Err(error) if error.kind() != ErrorKind::NotFound => Err(not_kept(error)),
                _ => Ok(()),
            }
        })
    }

    async fn import_upload(&self, actor: &Actor, id: &str, dry_run: bool) -> Result<Imported, Refusal> {
        let upload = self.upload(actor, id).await?;
        let folder = self.upload_folder(id)?;
        let files = upload.files.iter().enumerate().map(|(at, name)| ImportFile {
            path: folder.join(at.to_string()),
            name: name.clone(),
        });
        self.import_each(actor, files.collect(), upload.answers, dry_run).await
    }

    /// The folder of an upload; an id of another form than ours is no upload, whatever path it spells.
    fn upload_folder(&self, id: &str) -> Result<PathBuf, Refusal> {
        if id.parse::<uuid::Uuid>().is_ok_and(|uuid| uuid.to_string() == id) {
            return Ok(self.uploads.join(id));
        }
        Err(gone())
    }
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
