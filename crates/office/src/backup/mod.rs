//! Backups: everything that a program holds, in one file, made while it is in use; and what such a file is worth. Must not
//! know how the file is laid out.

mod archive;
mod kept;
mod restore;

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufReader, BufWriter, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use beachhead_ledger::{Ledger, RecordUrl};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::actor::{Actor, Permission};
use crate::importing::manifest_of;
use crate::imports::report_of;
use crate::people::blocking;
use crate::surroundings::hex;
use crate::{Answer, Office, Refusal, Surroundings};

pub use archive::{BackupFile, BackupManifest, read_archive};
pub use kept::{BACKUP_LATE_DAYS, BackupKept, BackupsView, NIGHTLY_KEPT, NIGHTLY_KEPT_MOST};
pub use restore::{Restored, restore, verify_backup};

/// How the name begins of a file that is still being written.
const TEMPORARY: &str = ".tmp-backup-";

impl Office {
    /// Writes everything that the program holds at this moment into one file: the record with all settings, the facts of
    /// every snapshot, and the rows that imports rejected. The program may be in use meanwhile. The file is there whole, or
    /// not at all.
    pub fn backup<'a>(&'a self, actor: &'a Actor, out: &'a Path) -> Answer<'a, BackupManifest> {
        Box::pin(async move {
            actor.must(Permission::Administer)?;
            if out.exists() {
                return Err(Refusal::conflict(
                    format!("{} is there already", out.display()),
                    "A backup takes the place of nothing: choose another name.",
                ));
            }
            let folder = folder_of(out);
            let copy = Temporary(folder.join(temporary_name(&self.surroundings)));
            let packed = Temporary(folder.join(temporary_name(&self.surroundings)));
            let now = self.surroundings.now();
            self.ledger.copy_to_file(&copy.0, now).await?;
            let (mut manifest, facts, rejects) = self.described(&copy.0, now).await?;
            let (store, kept, out) = (self.facts.files().clone(), self.rejects.clone(), out.to_owned());
            blocking(move || {
                let mut places = vec![copy.0.clone()];
                manifest
                    .files
                    .push(described_file(archive::RECORD.to_owned(), &copy.0)?);
                for (kept, folder, names) in [(&store, "facts", &facts), (&kept, "rejects", &rejects)] {
                    for name in names {
                        let place = kept.at_hand(name)?;
                        manifest
                            .files
                            .push(named_file(format!("{folder}/{name}"), name, &place)?);
                        places.push(place);
                    }
                }
                let failed = |error| unwritten(&out, &error);
                let mut into = BufWriter::new(create_private(&packed.0).map_err(failed)?);
                archive::write(&mut into, &manifest, &places)?;
                let file = into.into_inner().map_err(|error| failed(error.into_error()))?;
                file.sync_all()
                    .and_then(|()| std::fs::rename(&packed.0, &out))
                    .and_then(|()| File::open(folder_of(&out))?.sync_all())
                    .map_err(failed)?;
                Ok(manifest)
            })
            .await?
        })
    }

    /// What a copy of the record says of itself, and the names of the files that it speaks of.
    async fn described(
        &self,
        copy: &Path,
        now: Timestamp,
    ) -> Result<(BackupManifest, BTreeSet<String>, BTreeSet<String>), Refusal> {
        let ledger = Ledger::open(&RecordUrl::Sqlite(copy.to_owned()), now).await?;
        let told = told_by(&ledger, now).await;
        ledger.close().await;
        told
    }
}

async fn told_by(
    ledger: &Ledger,
    now: Timestamp,
) -> Result<(BackupManifest, BTreeSet<String>, BTreeSet<String>), Refusal> {
    let chain = ledger.audit_verify().await?;
    let manifest = BackupManifest {
        format: BackupManifest::format(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        made_at: now,
        schema: ledger.schema().await?,
        checksum: ledger.checksum().await?,
        audit_rows: chain.rows,
        audit_head: chain.head,
        files: Vec::new(),
    };
    let (facts, rejects) = named_files(ledger).await?;
    Ok((manifest, facts, rejects))
}

/// The files that a record speaks of: those of its snapshots, and those of rejected rows.
pub(crate) async fn named_files(ledger: &Ledger) -> Result<(BTreeSet<String>, BTreeSet<String>), Refusal> {
    let (mut facts, mut rejects) = (BTreeSet::new(), BTreeSet::new());
    for snapshot in ledger.snapshots().await? {
        let manifest = manifest_of(&snapshot.manifest)?;
        facts.extend(manifest.tables.into_iter().map(|table| table.parquet));
    }
    for import in ledger.imports().await? {
        rejects.extend(report_of(&import.report)?.rejects.into_iter().flatten());
    }
    Ok((facts, rejects))
}

fn described_file(name: String, place: &Path) -> Result<BackupFile, Refusal> {
    let read = || -> std::io::Result<(u64, String)> {
        let mut from = BufReader::with_capacity(1 << 18, File::open(place)?);
        let (mut hash, mut bytes) = (Sha256::new(), 0);
        let mut block = vec![0_u8; 1 << 18];
        loop {
            match from.read(&mut block)? {
                0 => return Ok((bytes, hex(&hash.finalize()))),
                read => {
                    hash.update(&block[..read]);
                    bytes += read as u64;
                }
            }
        }
    };
    let (bytes, sha256) = read().map_err(|error| unwritten(place, &error))?;
    Ok(BackupFile { name, bytes, sha256 })
}

/// A file whose name says what it holds; whether it does is seen when it is packed.
fn named_file(name: String, by_content: &str, place: &Path) -> Result<BackupFile, Refusal> {
    let bytes = std::fs::metadata(place)
        .map_err(|error| unwritten(place, &error))?
        .len();
    let sha256 = by_content.split('.').next().unwrap_or_default().to_owned();
    Ok(BackupFile { name, bytes, sha256 })
}

/// The folder that a file lies in.
pub(crate) fn folder_of(path: &Path) -> PathBuf {
    let parent = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    parent.unwrap_or(Path::new(".")).to_owned()
}

/// Says that a file could not be written.
pub(crate) fn unwritten(place: &Path, error: &std::io::Error) -> Refusal {
    Refusal::bad_input(
        format!("{}: {error}", place.display()),
        "Check the folder, its rights and the room on its disk. Nothing was changed.",
    )
}

/// Makes a new file for its owner alone: it will hold what nobody else may read.
pub(crate) fn create_private(path: &Path) -> std::io::Result<File> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// A name that no other file has, whoever makes one at once.
fn temporary_name(surroundings: &Surroundings) -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let turn = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("{TEMPORARY}{}-{}-{turn}", surroundings.id(), std::process::id())
}

/// A file under its temporary name, gone when it is let go of.
struct Temporary(PathBuf);

impl Drop for Temporary {
    fn drop(&mut self) {
        for ending in ["", "-wal", "-shm"] {
            let mut name = self.0.clone().into_os_string();
            name.push(ending);
            // It may have its own name by now. What cannot be removed is named so that anybody may.
            let _ = std::fs::remove_file(name);
        }
    }
}
