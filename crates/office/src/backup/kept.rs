//! Backups beside the program: made each night and from a page, each read back before it gets its name, the nightly ones
//! kept to a number. Must not know how a backup is laid out.

use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::verify_backup;
use crate::actor::{Actor, Permission};
use crate::people::blocking;
use crate::{Answer, Office, Refusal, json};

/// How many nightly backups are kept unless somebody sets it.
pub const NIGHTLY_KEPT: u32 = 14;
/// The most nightly backups that can be kept.
pub const NIGHTLY_KEPT_MOST: u32 = 366;
/// From so many days on without a backup the pages of the settings warn.
pub const BACKUP_LATE_DAYS: i64 = 2;
/// The hour of the nightly backup, in UTC.
const NIGHT_HOUR: i8 = 2;
/// The setting that says how many nightly backups are kept.
const KEPT: &str = "backups kept";
/// The setting that names the last backup.
const LAST: &str = "backup";
/// How names of backups begin: those of the night, which make room, and those made by hand, which stay.
const NIGHTLY: &str = "nightly-";
const BY_HAND: &str = "beachhead-";
const ENDING: &str = ".tar.zst";
/// How the name of one begins that was not read back yet.
const UNREAD: &str = ".unread-";
/// How a name tells when a backup was made.
const WHEN: &str = "%Y-%m-%dT%H-%M-%SZ";

/// A backup beside the program. It was read back from end to end when it was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupKept {
    /// Its name in the folder.
    pub name: String,
    /// When it was made.
    pub made_at: Timestamp,
    /// Its size.
    pub bytes: u64,
    /// Whether it is one of the night's, which make room for later ones.
    pub is_nightly: bool,
}

/// The backups beside the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupsView {
    /// The newest first.
    pub kept: Vec<BackupKept>,
    /// The folder that they lie in.
    pub folder: PathBuf,
    /// How many nightly ones are kept.
    pub nightly_kept: u32,
    /// Whole days since the last one; none where there is none.
    pub age_days: Option<i64>,
}

impl BackupsView {
    /// Whether there is none, or the last one is too old.
    #[must_use]
    pub fn is_late(&self) -> bool {
        self.age_days.is_none_or(|days| days >= BACKUP_LATE_DAYS)
    }
}

impl Office {
    /// The backups beside the program.
    pub fn backups<'a>(&'a self, actor: &'a Actor) -> Answer<'a, BackupsView> {
        Box::pin(async move {
            actor.must(Permission::Administer)?;
            let folder = self.backups.clone();
            let kept = blocking(move || listed(&folder)).await??;
            let now = self.surroundings.now();
            Ok(BackupsView {
                age_days: kept
                    .first()
                    .map(|last| now.duration_since(last.made_at).as_hours() / 24),
                kept,
                folder: self.backups.clone(),
                nightly_kept: self.nightly_kept().await?,
            })
        })
    }

    /// Makes a backup beside the program now, reads it back from end to end, and says which it is. It stays until somebody
    /// removes it from the folder.
    pub fn make_backup<'a>(&'a self, actor: &'a Actor) -> Answer<'a, BackupKept> {
        Box::pin(async move {
            actor.must(Permission::Administer)?;
            self.backed_up(actor, BY_HAND).await
        })
    }

    /// The place of a backup, to be downloaded.
    pub fn backup_at<'a>(&'a self, actor: &'a Actor, name: &'a str) -> Answer<'a, PathBuf> {
        Box::pin(async move {
            let view = self.backups(actor).await?;
            // Only a name out of the list: what is asked for is never made part of a path.
            let found = view.kept.iter().find(|backup| backup.name == name);
            let backup = found.ok_or_else(|| Refusal::not_found("There is no such backup", "Go back to the list."))?;
            self.ledger
                .set_setting(&self.stamp_of(actor, "take backup out"), LAST, &json(&backup.name)?)
                .await?;
            Ok(self.backups.join(&backup.name))
        })
    }

    /// Says how many nightly backups are kept.
    pub fn keep_nightly<'a>(&'a self, actor: &'a Actor, kept: u32) -> Answer<'a, ()> {
        Box::pin(async move {
            actor.must(Permission::Administer)?;
            if !(1..=NIGHTLY_KEPT_MOST).contains(&kept) {
                let words = format!("Keep 1 to {NIGHTLY_KEPT_MOST} nightly backups");
                return Err(Refusal::bad_input(words, "Type a number."));
            }
            let stamp = self.stamp_of(actor, "keep nightly backups");
            Ok(self.ledger.set_setting(&stamp, KEPT, &json(&kept)?).await?)
        })
    }

    /// Makes the backup of this night unless there is one, or nobody has an account yet; the oldest nightly ones make room.
    /// To be asked again and again by whoever serves the program.
    pub fn nightly_backup(&self) -> Answer<'_, Option<BackupKept>> {
        Box::pin(async move {
            let folder = self.backups.clone();
            let kept = blocking(move || listed(&folder)).await??;
            let last = kept
                .iter()
                .find(|backup| backup.is_nightly)
                .map(|backup| backup.made_at);
            if !is_due(last, self.surroundings.now()) || !self.is_set_up().await? {
                return Ok(None);
            }
            let made = self.backed_up(&Actor::command_line(), NIGHTLY).await?;
            let (folder, most) = (self.backups.clone(), self.nightly_kept().await?);
            blocking(move || make_room(&folder, most)).await??;
            Ok(Some(made))
        })
    }

    async fn nightly_kept(&self) -> Result<u32, Refusal> {
        let set = self.ledger.setting(KEPT).await?;
        Ok(set
            .and_then(|json| serde_json::from_str(&json).ok())
            .unwrap_or(NIGHTLY_KEPT))
    }

    /// It has its name only once it was read back: every backup of the folder can be restored.
    async fn backed_up(&self, actor: &Actor, kind: &str) -> Result<BackupKept, Refusal> {
        let Ok(_alone) = self.backing_up.try_lock() else {
            return Err(Refusal::conflict("A backup is being made", "Look again in a minute."));
        };
        let folder = self.backups.clone();
        blocking(move || cleared(&folder)).await??;
        let now = self.surroundings.now();
        let name = format!("{kind}{}{ENDING}", now.strftime(WHEN));
        let (unread, place) = (self.backups.join(format!("{UNREAD}{name}")), self.backups.join(&name));
        if place.exists() {
            return Err(Refusal::conflict("A backup of this second is there", "Try again."));
        }
        self.backup(actor, &unread).await?;
        verify_backup(&unread, &self.surroundings).await?;
        let bytes = blocking(move || named(&unread, &place)).await??;
        self.ledger
            .set_setting(&self.stamp_of(actor, "back up"), LAST, &json(&name)?)
            .await?;
        Ok(BackupKept {
            made_at: made_at(&name).unwrap_or(now),
            is_nightly: name.starts_with(NIGHTLY),
            name,
            bytes,
        })
    }
}

/// Whether no nightly backup was made since the last night's hour.
fn is_due(last: Option<Timestamp>, now: Timestamp) -> bool {
    let Some(last) = last else { return true };
    let today = now.to_zoned(TimeZone::UTC).date();
    let Ok(tonight) = today.at(NIGHT_HOUR, 0, 0, 0).to_zoned(TimeZone::UTC) else {
        return false;
    };
    let hour = tonight.timestamp();
    let night = if hour <= now {
        hour
    } else {
        hour - SignedDuration::from_hours(24)
    };
    last < night
}

fn made_at(name: &str) -> Option<Timestamp> {
    let when = name.strip_prefix(NIGHTLY).or_else(|| name.strip_prefix(BY_HAND))?;
    let when = jiff::civil::DateTime::strptime(WHEN, when.strip_suffix(ENDING)?).ok()?;
    Some(when.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

fn unusable(folder: &Path) -> impl Fn(std::io::Error) -> Refusal {
    move |error| super::unwritten(folder, &error)
}

/// The backups of a folder, the newest first; what is called otherwise is none of ours.
fn listed(folder: &Path) -> Result<Vec<BackupKept>, Refusal> {
    let mut kept = Vec::new();
    if !folder.exists() {
        return Ok(kept);
    }
    for entry in folder.read_dir().map_err(unusable(folder))? {
        let entry = entry.map_err(unusable(folder))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if let Some(made_at) = made_at(&name) {
            kept.push(BackupKept {
                made_at,
                bytes: entry.metadata().map_err(unusable(folder))?.len(),
                is_nightly: name.starts_with(NIGHTLY),
                name,
            });
        }
    }
    kept.sort_by(|one, other| (other.made_at, &other.name).cmp(&(one.made_at, &one.name)));
    Ok(kept)
}

/// Makes the folder, for its owner alone, and removes what an earlier try left.
fn cleared(folder: &Path) -> Result<(), Refusal> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(unusable(folder))?;
    for entry in folder.read_dir().map_err(unusable(folder))? {
        let entry = entry.map_err(unusable(folder))?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(UNREAD) || name.starts_with(super::TEMPORARY) {
            std::fs::remove_file(entry.path()).map_err(unusable(folder))?;
        }
    }
    Ok(())
}

fn named(unread: &Path, place: &Path) -> Result<u64, Refusal> {
    let renamed = || -> std::io::Result<u64> {
        std::fs::rename(unread, place)?;
        std::fs::File::open(super::folder_of(place))?.sync_all()?;
        Ok(std::fs::metadata(place)?.len())
    };
    renamed().map_err(unusable(place))
}

/// Removes the oldest nightly backups until `most` are left.
fn make_room(folder: &Path, most: u32) -> Result<(), Refusal> {
    let nightly = listed(folder)?.into_iter().filter(|backup| backup.is_nightly);
    for backup in nightly.skip(usize::try_from(most).unwrap_or(usize::MAX)) {
        std::fs::remove_file(folder.join(&backup.name)).map_err(unusable(folder))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::{is_due, made_at};

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_backup_is_due_once_the_nights_hour_has_passed() {
        let last = made_at("nightly-2026-11-22T02-03-04Z.tar.zst").unwrap();
        assert_eq!(last, at("2026-11-22T02:03:04Z"));
        for (now, due) in [
            ("2026-11-22T23:00:00Z", false),
            ("2026-11-23T01:59:59Z", false),
            ("2026-11-23T02:00:00Z", true),
            ("2026-11-25T01:00:00Z", true),
        ] {
            assert_eq!(is_due(Some(last), at(now)), due, "{now}");
        }
        assert!(is_due(None, last));
        assert_eq!(made_at("notes.txt"), None);
        assert_eq!(made_at("nightly-2026-99-22T02-03-04Z.tar.zst"), None);
    }
}
