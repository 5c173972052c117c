//! What an offer leaves in the data folder until its answer is opened: the secret that blinded it, and the list that it was
//! made of. Readable by the folder's owner alone, in no backup, and wiped when it is no longer needed. It must not know the
//! protocol.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use beachhead_mapping::{Column, List};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::Refusal;
use crate::backup::{create_private, folder_of, unwritten};
use crate::surroundings::hex;

/// The file that holds what lists are marked with.
const SALT: &str = "salt";

/// A secret as it is kept; wiped from memory when it is let go of.
pub(super) type SecretBytes = Zeroizing<[u8; 32]>;

/// An offer that waits for its answer.
#[derive(Serialize, Deserialize)]
pub(super) struct Waiting {
    /// The columns of the list: cells one after the other, and where each ends.
    columns: [(String, Vec<u32>); 5],
    /// For each point of the offer the place of its key.
    pub(super) places: Vec<u32>,
}

impl Waiting {
    pub(super) fn new(list: &List, places: Vec<u32>) -> Self {
        let columns = [&list.id, &list.name, &list.website, &list.country, &list.identifier];
        Self {
            columns: columns.map(|column| {
                let (text, ends) = column.parts();
                (text.to_owned(), ends.to_vec())
            }),
            places,
        }
    }

    /// The list as it was offered. None where the file is damaged.
    pub(super) fn list(&mut self) -> Option<List> {
        let columns = std::mem::take(&mut self.columns);
        let [id, name, website, country, identifier] = columns.map(|(text, ends)| Column::new(text, ends));
        Some(List {
            id: id?,
            name: name?,
            website: website?,
            country: country?,
            identifier: identifier?,
            ..List::default()
        })
    }
}

/// The folder of offers that wait.
#[derive(Debug, Clone)]
pub(crate) struct WaitingOffers(PathBuf);

impl WaitingOffers {
    pub(crate) fn within(data: &Path) -> Self {
        Self(data.join("psi"))
    }

    fn place(&self, run: &str, ending: &str) -> PathBuf {
        self.0.join(format!("{run}.{ending}"))
    }

    /// What this program marks lists with, made of `random` where there is none yet.
    pub(super) fn salt(&self, random: [u8; 32]) -> Result<[u8; 32], Refusal> {
        let place = self.0.join(SALT);
        match read_bytes(&place) {
            Ok(salt) => Ok(*salt),
            // One that was cut off by a crash is as good as none.
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::UnexpectedEof) => {
                self.make().map_err(|error| unkept(&self.0, &error))?;
                let _ = std::fs::remove_file(&place);
                write_private(&place, &random).map_err(|error| unkept(&place, &error))?;
                Ok(random)
            }
            Err(error) => Err(unkept(&place, &error)),
        }
    }

    /// Keeps an offer. What was written is removed where not all of it could be.
    pub(super) fn keep(&self, run: &str, secret: &SecretBytes, waiting: &Waiting) -> Result<(), Refusal> {
        let list = crate::json(waiting)?;
        let kept = self
            .make()
            .and_then(|()| write_private(&self.place(run, "secret"), secret.as_slice()))
            .and_then(|()| write_private(&self.place(run, "json"), list.as_bytes()))
            .and_then(|()| File::open(&self.0)?.sync_all());
        kept.map_err(|error| {
            self.forget(run);
            unkept(&self.0, &error)
        })
    }

    /// An offer that waits, with its secret; none where it is gone.
    pub(super) fn take(&self, run: &str) -> Result<Option<(SecretBytes, Waiting)>, Refusal> {
        let (secret, place) = (self.place(run, "secret"), self.place(run, "json"));
        if !secret.exists() || !place.exists() {
            return Ok(None);
        }
        let secret = read_bytes(&secret).map_err(|error| unkept(&secret, &error))?;
        let list = std::fs::read(&place).map_err(|error| unkept(&place, &error))?;
        let waiting = serde_json::from_slice(&list)
            .map_err(|error| Refusal::internal(format!("{} is damaged: {error}", place.display())))?;
        Ok(Some((secret, waiting)))
    }

    /// Wipes an offer: the secret is written over before its file goes.
    pub(super) fn forget(&self, run: &str) {
        let secret = self.place(run, "secret");
        let wiped = File::options().write(true).open(&secret).and_then(|mut file| {
            file.write_all(&[0; 32])?;
            file.sync_all()
        });
        // What was never written has nothing to be wiped.
        drop(wiped);
        let _ = std::fs::remove_file(&secret);
        let _ = std::fs::remove_file(self.place(run, "json"));
        let _ = File::open(&self.0).and_then(|folder| folder.sync_all());
    }

    /// Wipes the offers that were made longer ago.
    pub(super) fn forget_older(&self, now: SystemTime, than: Duration) {
        for entry in std::fs::read_dir(&self.0).into_iter().flatten().flatten() {
            let made = entry.metadata().and_then(|of| of.modified());
            let is_old = made.is_ok_and(|made| now.duration_since(made).is_ok_and(|age| age > than));
            let name = entry.file_name();
            if let Some((run, "secret" | "json")) = name.to_str().and_then(|name| name.split_once('.'))
                && is_old
            {
                self.forget(run);
            }
        }
    }

    fn make(&self) -> io::Result<()> {
        let mut folder = std::fs::DirBuilder::new();
        folder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
        folder.create(&self.0)
    }
}

fn read_bytes(place: &Path) -> io::Result<SecretBytes> {
    let mut bytes = Zeroizing::new([0; 32]);
    File::open(place)?.read_exact(bytes.as_mut_slice())?;
    Ok(bytes)
}

fn write_private(place: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = create_private(place)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn unkept(place: &Path, error: &io::Error) -> Refusal {
    Refusal::bad_input(
        format!("{}: {error}", place.display()),
        "Check the data folder, its rights and the room on its disk. Nothing was written.",
    )
}

/// A file on its way to its name: gone unless it gets there.
pub(super) struct OnItsWay {
    place: PathBuf,
    out: PathBuf,
}

impl OnItsWay {
    /// Makes a file beside `out`, for its owner alone.
    pub(super) fn to(out: &Path, run: &[u8; 16]) -> Result<(Self, File), Refusal> {
        let place = folder_of(out).join(format!(".tmp-psi-{}", hex(run)));
        let file = create_private(&place).map_err(|error| unwritten(out, &error))?;
        let out = out.to_owned();
        Ok((Self { place, out }, file))
    }

    /// Gives it its name, and says which that is. What has that name by now is not replaced.
    pub(super) fn arrive(self) -> Result<PathBuf, Refusal> {
        std::fs::hard_link(&self.place, &self.out)
            .or_else(|error| match error.kind() {
                io::ErrorKind::AlreadyExists => Err(error),
                // Not every file system has links.
                _ => std::fs::rename(&self.place, &self.out),
            })
            .and_then(|()| File::open(folder_of(&self.out))?.sync_all())
            .map_err(|error| unwritten(&self.out, &error))?;
        Ok(self.out.clone())
    }
}

impl Drop for OnItsWay {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.place);
    }
}
