//! Mapping profiles: how files with one header are read, named, kept, and handed from one program to another as TOML.
//! Must not import.

use std::io::Read as _;
use std::path::Path;

use beachhead_facts::profile::Profile;
use beachhead_facts::read::{self, Input, ReadOptions};
use jiff::Timestamp;

use crate::actor::{Actor, Permission};
use crate::importing::{ImportAnswers, ImportFile};
use crate::people::blocking;
use crate::{Answer, Office, Refusal};

/// The longest name of a profile, in characters.
pub const PROFILE_NAME_CHARS: usize = 120;
/// The largest profile taken, in bytes.
pub const PROFILE_BYTES: usize = 1 << 20;
/// How much of a text file is looked at to know its header, in bytes.
const HEAD_BYTES: u64 = 1 << 20;

/// A mapping profile as it is kept.
#[derive(Debug, Clone)]
pub struct KeptProfile {
    /// What it says.
    pub profile: Profile,
    /// Its written form.
    pub toml: String,
    /// When it was saved last.
    pub saved_at: Timestamp,
}

impl Office {
    /// All mapping profiles, by name.
    pub fn profiles<'a>(&'a self, actor: &'a Actor) -> Answer<'a, Vec<KeptProfile>> {
        Box::pin(async move {
            actor.must(Permission::Import)?;
            let kept = self.ledger.profiles().await?;
            let read = |kept: beachhead_ledger::Profile| {
                Ok(KeptProfile {
                    profile: Profile::from_toml(&kept.toml)?,
                    toml: kept.toml,
                    saved_at: kept.saved_at,
                })
            };
            kept.into_iter().map(read).collect()
        })
    }

    /// One mapping profile.
    pub fn profile<'a>(&'a self, actor: &'a Actor, name: &'a str) -> Answer<'a, KeptProfile> {
        Box::pin(async move {
            let profiles = self.profiles(actor).await?;
            let found = profiles.into_iter().find(|kept| kept.profile.name == name);
            found.ok_or_else(|| no_such_profile(name))
        })
    }

    /// Keeps a mapping profile that was written elsewhere. Gives its name.
    pub fn import_profile<'a>(&'a self, actor: &'a Actor, toml: &'a str) -> Answer<'a, String> {
        Box::pin(async move {
            actor.must(Permission::Import)?;
            if toml.len() > PROFILE_BYTES {
                return Err(Refusal::bad_input(
                    format!("A mapping profile has at most {PROFILE_BYTES} bytes"),
                    "Nothing was changed.",
                ));
            }
            let mut profile = Profile::from_toml(toml)?;
            profile.name = name_of(&profile.name)?;
            let known = self.ledger.profiles().await?;
            if known.iter().any(|kept| kept.name == profile.name) {
                return Err(Refusal::conflict(
                    format!("There is a mapping profile {} already", profile.name),
                    "Rename or delete it first, or give the new one another name.",
                ));
            }
            let toml = profile.to_toml()?;
            let stamp = self.stamp_of(actor, "import profile");
            self.ledger
                .save_profile(&stamp, &profile.name, &profile.header, &toml)
                .await?;
            Ok(profile.name)
        })
    }

    /// Gives a mapping profile another name.
    pub fn rename_profile<'a>(&'a self, actor: &'a Actor, name: &'a str, to: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            let mut profile = self.profile(actor, name).await?.profile;
            profile.name = name_of(to)?;
            let toml = profile.to_toml()?;
            let stamp = self.stamp_of(actor, "rename profile");
            Ok(self.ledger.rename_profile(&stamp, name, &profile.name, &toml).await?)
        })
    }

    /// Forgets a mapping profile; files with its header are asked about again.
    pub fn delete_profile<'a>(&'a self, actor: &'a Actor, name: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            actor.must(Permission::Import)?;
            let stamp = self.stamp_of(actor, "delete profile");
            Ok(self.ledger.delete_profile(&stamp, name).await?)
        })
    }

    /// The profile that was named, else the one that was kept for this header.
    pub(crate) async fn profile_of(
        &self,
        file: &ImportFile,
        answers: &ImportAnswers,
        options: &ReadOptions,
    ) -> Result<Option<Profile>, Refusal> {
        let known = self.ledger.profiles().await?;
        if let Some(name) = &answers.profile {
            let found = known.iter().find(|profile| profile.name == *name);
            let found = found.ok_or_else(|| no_such_profile(name))?;
            return Ok(Some(Profile::from_toml(&found.toml)?));
        }
        if known.is_empty() {
            return Ok(None);
        }
        let (path, options) = (file.path.clone(), options.clone());
        let Some(head) = blocking(move || inspect_head(&path, &options)).await? else {
            return Ok(None);
        };
        match self.ledger.profile_for(&head.fingerprint).await? {
            Some(profile) => Ok(Some(Profile::from_toml(&profile.toml)?)),
            None => Ok(None),
        }
    }
}

/// A file's header and columns. Of a text file only the beginning is looked at: its end may be two gigabytes away.
pub(crate) fn inspect_head(path: &Path, options: &ReadOptions) -> Option<read::Inspection> {
    let mut head = Vec::new();
    let file = std::fs::File::open(path).ok()?;
    file.take(HEAD_BYTES).read_to_end(&mut head).ok()?;
    let is_text = !head.starts_with(b"PK") && !head.contains(&0);
    let whole_lines = head.iter().rposition(|byte| *byte == b'\n').filter(|_| is_text);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let of_head = whole_lines
        .map(|end| read::inspect(Input::Bytes(&name, &head[..=end]), options))
        .and_then(Result::ok);
    of_head.or_else(|| read::inspect(Input::Path(path), options).ok())
}

fn name_of(typed: &str) -> Result<String, Refusal> {
    let name = typed.trim();
    let printable = !name.chars().any(char::is_control);
    if name.is_empty() || name.chars().count() > PROFILE_NAME_CHARS || !printable {
        return Err(Refusal::bad_input(
            format!("A mapping profile needs a name of 1 to {PROFILE_NAME_CHARS} characters on one line"),
            "Give it another name. Nothing was changed.",
        ));
    }
    Ok(name.to_owned())
}

fn no_such_profile(name: &str) -> Refusal {
    Refusal::not_found(
        format!("There is no mapping profile {name}"),
        "It is made by importing a file and answering its questions.",
    )
}
