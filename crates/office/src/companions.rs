//! What is known of the rows of a file before it is read: what its stages mean, from answers given before, from the facts
//! in force and from other files of the same import; and which companies its deals are of. Must not import.

use beachhead_facts::profile::Profile;
use beachhead_facts::read::{Asked, Companions, FileRead, Input, ReadOptions};
use beachhead_facts::star::stage_map;
use beachhead_facts::{FactsError, StageMap};

use crate::importing::{ImportFile, read_file};
use crate::people::blocking;
use crate::profiles::inspect_head;
use crate::{Office, Refusal};

impl Office {
    /// What answers, facts and the files of one import say of each other's rows; of what is said twice, the files count
    /// before the facts, and the facts before the answers.
    pub(crate) async fn companions(&self, files: &[(&ImportFile, ReadOptions)]) -> Result<Companions, Refusal> {
        let mut stages = StageMap::default();
        for kept in self.ledger.profiles().await? {
            let profile = Profile::from_toml(&kept.toml)?;
            stages.extend(profile.stage_map().entries().into_iter().cloned());
        }
        if let (_, Some(manifest)) = self.base().await? {
            let store = self.facts.clone();
            let of_facts = blocking(move || stage_map(&store, &manifest)).await??;
            stages.extend(of_facts.entries().into_iter().cloned());
        }
        let mut known = Companions::knowing(stages);
        for (file, options) in files {
            let (path, options) = (file.path.clone(), options.clone());
            known = blocking(move || with_file(known, &path, &options)).await?;
        }
        Ok(known)
    }
}

// A file that cannot be read says nothing here; its refusal comes when it is read for its own sake.
fn with_file(known: Companions, path: &std::path::Path, options: &ReadOptions) -> Companions {
    let says_something = inspect_head(path, options).is_some_and(|found| Companions::is_one(&found.report));
    if !says_something {
        return known;
    }
    let mut more = known.clone();
    match more.add(Input::Path(path), options) {
        Ok(()) => more,
        Err(_) => known,
    }
}

/// Reads a file by what is known. Of the known stages it is told those alone that it would ask for, so that the same file
/// read again is the same reading, whatever has been learned since.
pub(crate) fn read_knowing(
    file: &ImportFile,
    options: &ReadOptions,
    known: Companions,
) -> Result<FileRead, FactsError> {
    let mut options = options.clone();
    options.companions = known;
    let stages = std::mem::take(&mut options.companions.stages);
    let asked = match read_file(file, &options) {
        Err(FactsError::Asked { report }) => report.asked,
        read => return read,
    };
    let asked: Vec<String> = asked.iter().filter_map(Asked::stage).collect();
    options.companions.stages = stages.only(asked.iter().map(String::as_str));
    read_file(file, &options)
}
