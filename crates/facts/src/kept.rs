//! A folder of files named by their content, each written once; and where there is a store, copies of what it keeps. It
//! must not know what a file holds.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use sha2::{Digest, Sha256};

use crate::error::FactsError;
use crate::remote::Remote;
use crate::snapshot::hex;
use crate::spool::{TEMPORARY, Temporary};

/// Files of one ending, named by their content.
#[derive(Debug, Clone)]
pub struct Kept {
    pub(crate) root: PathBuf,
    ending: &'static str,
    remote: Option<Remote>,
}

impl Kept {
    /// The files of a folder that end so. The folder is made with the first of them.
    pub fn within(root: &Path, ending: &'static str) -> Self {
        Self {
            root: root.to_owned(),
            ending,
            remote: None,
        }
    }

    /// The same, with every file kept in a store before it is said to be here.
    #[must_use]
    pub fn beside(mut self, remote: Remote) -> Self {
        self.remote = Some(remote);
        self
    }

    /// Keeps some bytes and gives their name: temporary name, sync, rename, sync of the folder.
    ///
    /// # Errors
    /// [`FactsError::Io`], and those of [`Remote::put`].
    pub fn keep(&self, bytes: &[u8]) -> Result<String, FactsError> {
        std::fs::create_dir_all(&self.root).map_err(|error| FactsError::io(&self.root, error))?;
        let name = format!("{}{}", hex(&Sha256::digest(bytes)), self.ending);
        let temporary = Temporary::within(&self.root);
        let written = File::create(&temporary.0).and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        });
        written.map_err(|error| FactsError::io(&temporary.0, error))?;
        self.send(&name, &temporary.0)?;
        name_it(&temporary, &self.root, &name)?;
        Ok(name)
    }

    /// Keeps a file in the store too, where there is one.
    pub(crate) fn send(&self, name: &str, file: &Path) -> Result<(), FactsError> {
        self.remote.as_ref().map_or(Ok(()), |remote| remote.put(name, file))
    }

    /// Where a file lies, fetched from the store where it is not here.
    ///
    /// # Errors
    /// [`FactsError::Snapshot`] where it is nowhere or is not what its name says, and those of [`Remote::get`].
    pub fn at_hand(&self, name: &str) -> Result<PathBuf, FactsError> {
        let path = self.root.join(name);
        if path.exists() {
            return Ok(path);
        }
        let Some(remote) = &self.remote else {
            return Err(FactsError::Snapshot {
                what: format!(
                    "{} is not there; if the facts are kept in a store, name it with --facts",
                    path.display()
                ),
            });
        };
        std::fs::create_dir_all(&self.root).map_err(|error| FactsError::io(&self.root, error))?;
        let temporary = Temporary::within(&self.root);
        remote.get(name, &temporary.0)?;
        name_it(&temporary, &self.root, name)?;
        Ok(path)
    }

    /// Whether the store answers and lets us in; so it is where there is none.
    ///
    /// # Errors
    /// Those of [`Remote::reach`].
    pub fn reach(&self) -> Result<(), FactsError> {
        self.remote.as_ref().map_or(Ok(()), Remote::reach)
    }

    /// Removes what is not in `named` and was last written before `written_before`, temporary files too, here and in the
    /// store; and sends what is named and here to a store that does not have it. Returns the names removed.
    ///
    /// # Errors
    /// [`FactsError::Io`], and those of [`Remote`].
    pub fn sweep(&self, named: &BTreeSet<String>, written_before: SystemTime) -> Result<Vec<String>, FactsError> {
        let mut removed = self.sweep_folder(named, written_before)?;
        if let Some(remote) = &self.remote {
            let kept = remote.names(self.ending)?;
            for (name, written) in &kept {
                if !named.contains(name) && SystemTime::from(*written) < written_before {
                    remote.remove(name)?;
                    removed.push(name.clone());
                }
            }
            for name in named.iter().filter(|name| !kept.contains_key(*name)) {
                let path = self.root.join(name);
                if path.exists() {
                    remote.put(name, &path)?;
                }
            }
        }
        removed.sort();
        removed.dedup();
        Ok(removed)
    }

    fn sweep_folder(&self, named: &BTreeSet<String>, written_before: SystemTime) -> Result<Vec<String>, FactsError> {
        let failed = |error| FactsError::io(&self.root, error);
        let mut removed = Vec::new();
        if !self.root.exists() {
            return Ok(removed);
        }
        for entry in std::fs::read_dir(&self.root).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            let ours = name.starts_with(TEMPORARY) || name.ends_with(self.ending);
            if !ours || named.contains(&name) {
                continue;
            }
            let written = entry
                .metadata()
                .and_then(|metadata| metadata.modified())
                .map_err(failed)?;
            if written < written_before {
                std::fs::remove_file(entry.path()).map_err(|error| FactsError::io(&entry.path(), error))?;
                removed.push(name);
            }
        }
        Ok(removed)
    }
}

// Gives a file its name, for good.
fn name_it(temporary: &Temporary, folder: &Path, name: &str) -> Result<(), FactsError> {
    std::fs::rename(&temporary.0, folder.join(name)).map_err(|error| FactsError::io(&temporary.0, error))?;
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(|error| FactsError::io(folder, error))
}
