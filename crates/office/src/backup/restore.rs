//! From a backup to a program: looked at from end to end before anything is put in its place. Must not make backups.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write as _};
use std::path::{Path, PathBuf};

use beachhead_ledger::{Ledger, RecordUrl};
use jiff::Timestamp;

use super::{BackupManifest, Temporary, archive, create_private, folder_of, read_archive, temporary_name, unwritten};
use crate::people::blocking;
use crate::{Answer, FACTS_FOLDER, RECORD_FILE, REJECTS_FOLDER, Refusal, Surroundings};

/// How a file begins that is a SQLite record and no archive: the copy that a release makes before its migration.
const SQLITE: &[u8] = b"SQLite format 3\0";

/// What was restored.
#[derive(Debug, Clone)]
pub struct Restored {
    /// What the backup held; none where it was a copy of the record alone.
    pub manifest: Option<BackupManifest>,
    /// The rows of the restored audit chain, which holds.
    pub audit_rows: i64,
    /// The last hash of the restored audit chain.
    pub audit_head: String,
    /// Where the record lies that was there before, if one was.
    pub set_aside: Option<PathBuf>,
}

/// Reads a backup from end to end and says whether it can be restored: every hash, the record's checksum and its audit
/// chain. Nothing is written but a temporary copy of the record.
pub fn verify_backup<'a>(file: &'a Path, surroundings: &'a Surroundings) -> Answer<'a, BackupManifest> {
    Box::pin(async move {
        let copy = Temporary(std::env::temp_dir().join(temporary_name(surroundings)));
        let (from, to) = (file.to_owned(), copy.0.clone());
        let manifest = blocking(move || {
            read_archive(opened(&from)?, |file, content| match file.name == archive::RECORD {
                true => unpack(content, &to),
                false => Ok(()),
            })
        })
        .await??;
        check_record(&copy.0, Some(&manifest), surroundings.now()).await?;
        Ok(manifest)
    })
}

/// Makes the program of a data folder from a backup, or from a copy of a record alone. A folder that holds something is
/// refused unless `replace`; its record is then set aside, never removed. `record` says where decisions are kept, as
/// [`crate::Office::open`] takes it. The program must not be in use.
pub fn restore<'a>(
    file: &'a Path,
    data: &'a Path,
    record: Option<&'a str>,
    replace: bool,
    surroundings: &'a Surroundings,
) -> Answer<'a, Restored> {
    Box::pin(async move {
        let place = match record {
            Some(url) => RecordUrl::parse(url)?,
            None => RecordUrl::Sqlite(data.join(RECORD_FILE)),
        };
        if !replace {
            must_be_empty(data, &place)?;
        }
        let folder = Unpacked::new(data, &temporary_name(surroundings))?;
        let copy = folder.0.join(archive::RECORD);
        let (from, to) = (file.to_owned(), folder.0.clone());
        let manifest = blocking(move || unpack_all(&from, &to)).await??;
        let (audit_rows, audit_head) = check_record(&copy, manifest.as_ref(), surroundings.now()).await?;
        let (unpacked, into) = (folder.0.clone(), data.to_owned());
        blocking(move || put_in_place(&unpacked, &into)).await??;
        let stamp = surroundings.now().strftime("%Y%m%d-%H%M%S").to_string();
        let set_aside = match &place {
            RecordUrl::Sqlite(path) => put_record(&copy, path, &stamp).map_err(|error| unwritten(path, &error))?,
            RecordUrl::Postgres(_) => {
                fill(&place, &copy, surroundings.now()).await?;
                None
            }
        };
        Ok(Restored {
            manifest,
            audit_rows,
            audit_head,
            set_aside,
        })
    })
}

fn must_be_empty(data: &Path, place: &RecordUrl) -> Result<(), Refusal> {
    let holds_something = |folder: &Path| std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
    let taken = match place {
        _ if holds_something(data) => data,
        RecordUrl::Sqlite(path) if path.exists() => path,
        _ => return Ok(()),
    };
    Err(Refusal::conflict(
        format!("{} holds something already", taken.display()),
        "Nothing was changed. Name an empty folder with --data, or say --replace: the record there is then set aside.",
    ))
}

/// The folder that a backup is unpacked into, within the data folder; gone when it is let go of.
struct Unpacked(PathBuf);

impl Unpacked {
    fn new(data: &Path, name: &str) -> Result<Self, Refusal> {
        let folder = Self(data.join(name));
        std::fs::create_dir_all(&folder.0).map_err(|error| unwritten(&folder.0, &error))?;
        Ok(folder)
    }
}

impl Drop for Unpacked {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn opened(file: &Path) -> Result<BufReader<File>, Refusal> {
    let file = File::open(file).map_err(|error| {
        Refusal::bad_input(
            format!("{} could not be read: {error}", file.display()),
            "Check the name and the folder.",
        )
    })?;
    Ok(BufReader::with_capacity(1 << 18, file))
}

/// Unpacks a backup into a folder; none where it is a copy of a record.
fn unpack_all(file: &Path, folder: &Path) -> Result<Option<BackupManifest>, Refusal> {
    let mut head = Vec::new();
    let begun = opened(file)?.take(SQLITE.len() as u64).read_to_end(&mut head);
    begun.map_err(|error| unwritten(file, &error))?;
    if head == SQLITE {
        unpack(&mut opened(file)?, &folder.join(archive::RECORD))?;
        return Ok(None);
    }
    let manifest = read_archive(opened(file)?, |file, content| {
        let place = folder.join(&file.name);
        std::fs::create_dir_all(folder_of(&place)).map_err(|error| unwritten(&place, &error))?;
        unpack(content, &place)
    })?;
    Ok(Some(manifest))
}

/// Writes a new file for its owner alone, synced.
fn unpack(content: &mut dyn Read, place: &Path) -> Result<(), Refusal> {
    let mut into = BufWriter::new(create_private(place).map_err(|error| unwritten(place, &error))?);
    let copied = std::io::copy(content, &mut into)
        .and_then(|_| into.flush())
        .and_then(|()| into.get_ref().sync_all());
    copied.map_err(|error| {
        Refusal::bad_input(
            format!("{} could not be unpacked: {error}", place.display()),
            "Nothing was changed. Check the backup with `beachhead backup verify`, and the room on the disk.",
        )
    })
}

/// Whether a record is what the manifest says and its audit chain holds; gives its rows and its head.
async fn check_record(
    copy: &Path,
    manifest: Option<&BackupManifest>,
    now: Timestamp,
) -> Result<(i64, String), Refusal> {
    // A newer schema is refused here; an older one is brought up to date, and is then no longer what was hashed.
    let ledger = Ledger::open(&RecordUrl::Sqlite(copy.to_owned()), now).await?;
    let checked = async {
        let chain = ledger.audit_verify().await?;
        if let Some(manifest) =
            manifest.filter(|manifest| (chain.rows, &chain.head) != (manifest.audit_rows, &manifest.audit_head))
        {
            return Err(not_its_own(&format!(
                "its audit chain has {} rows and not {}",
                chain.rows, manifest.audit_rows
            )));
        }
        let same_schema = manifest.map(|manifest| manifest.schema) == Some(ledger.schema().await?);
        if let Some(manifest) = manifest.filter(|_| same_schema)
            && ledger.checksum().await? != manifest.checksum
        {
            return Err(not_its_own("the checksum of its record is another"));
        }
        Ok((chain.rows, chain.head))
    };
    let checked = checked.await;
    ledger.close().await;
    checked
}

fn not_its_own(what: &str) -> Refusal {
    Refusal::bad_input(
        format!("The backup cannot be trusted: {what}"),
        "Nothing of it was used. Take another backup.",
    )
}

/// Gives the unpacked files of facts and rejected rows their places. They are named by their content: what stands there
/// already is their equal.
fn put_in_place(unpacked: &Path, data: &Path) -> Result<(), Refusal> {
    for folder in [FACTS_FOLDER, REJECTS_FOLDER] {
        let (from, to) = (unpacked.join(folder), data.join(folder));
        let Ok(entries) = std::fs::read_dir(&from) else {
            continue;
        };
        let moved = std::fs::create_dir_all(&to).and_then(|()| {
            for entry in entries {
                let entry = entry?;
                std::fs::rename(entry.path(), to.join(entry.file_name()))?;
            }
            File::open(&to)?.sync_all()
        });
        moved.map_err(|error| unwritten(&to, &error))?;
    }
    Ok(())
}

/// Puts a record in its place; the one that is there goes aside with what it has not yet written together.
fn put_record(copy: &Path, place: &Path, stamp: &str) -> std::io::Result<Option<PathBuf>> {
    let beside = |ending: &str| {
        let mut name = place.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    };
    let folder = folder_of(place);
    std::fs::create_dir_all(&folder)?;
    let mut set_aside = None;
    if place.exists() {
        let aside = beside(&format!(".before-restore-{stamp}"));
        // Its log first: a log beside another record than its own would be taken for that one's.
        for ending in ["-wal", "-shm"] {
            let mut name = aside.as_os_str().to_owned();
            name.push(ending);
            match std::fs::rename(beside(ending), name) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        std::fs::rename(place, &aside)?;
        set_aside = Some(aside);
    }
    // The record may lie on another disk than the data folder.
    let near = Temporary(beside(".restoring"));
    std::fs::copy(copy, &near.0)?;
    File::open(&near.0)?.sync_all()?;
    std::fs::rename(&near.0, place)?;
    File::open(&folder)?.sync_all()?;
    Ok(set_aside)
}

/// Fills a PostgreSQL record, which must be empty.
async fn fill(place: &RecordUrl, copy: &Path, now: Timestamp) -> Result<(), Refusal> {
    let to = Ledger::open(place, now).await?;
    let from = Ledger::open(&RecordUrl::Sqlite(copy.to_owned()), now).await?;
    let filled = to.fill_from(&from).await;
    from.close().await;
    to.close().await;
    Ok(filled?)
}
