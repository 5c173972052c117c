//! The list of imports: what each said of its files, what it changed, whether it was taken back, and the rows it rejected.
//! Must not import.

use std::time::{Duration, SystemTime};

use beachhead_facts::catalogue::Table;
use beachhead_facts::read::FileReport;
use beachhead_facts::snapshot::TableChange;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::actor::{Actor, Permission};
use crate::backup::named_files;
use crate::importing::{manifest_of, words_of};
use crate::people::blocking;
use crate::{Answer, Office, Refusal};

/// The rejected rows of a file that stand in the list of imports; the others are in the download.
const REJECTS_LISTED: usize = 20;
/// The ending of a file of rejected rows.
pub(crate) const CSV: &str = ".csv";
/// What no entry of the record names is swept after this long.
const SWEPT_AFTER: Duration = Duration::from_secs(24 * 3600);

/// What an import said, as the record keeps it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ImportReport {
    /// What became of each file, with the first of its rejected rows.
    pub files: Vec<FileReport>,
    /// What changed, table by table.
    #[serde(default)]
    pub changes: Vec<TableChange>,
    /// For each file the name under which its rejected rows are kept, where there are some.
    #[serde(default)]
    pub rejects: Vec<Option<String>>,
}

impl ImportReport {
    pub(crate) fn of(files: &[FileReport], changes: &[TableChange], rejects: Vec<Option<String>>) -> Self {
        let mut files = files.to_vec();
        for file in &mut files {
            file.rejects.truncate(REJECTS_LISTED);
            file.replaced.truncate(REJECTS_LISTED);
            file.history_rejects.truncate(REJECTS_LISTED);
        }
        Self {
            files,
            changes: changes.to_vec(),
            rejects,
        }
    }
}

/// One import of files, or an undoing of one.
#[derive(Debug, Clone)]
pub struct ImportEntry {
    /// 1 for the first.
    pub number: i64,
    /// When.
    pub at: Timestamp,
    /// Who, as the record knows them.
    pub by: String,
    /// The snapshot it came to.
    pub snapshot: String,
    /// Whether it changed the facts.
    pub changed: bool,
    /// The import that it took back, if it did.
    pub undoes: Option<i64>,
    /// The import that took it back, if one did.
    pub undone_by: Option<i64>,
    /// What it said.
    pub report: ImportReport,
}

impl ImportEntry {
    /// Whether what it brought counts: files, and not taken back.
    #[must_use]
    pub const fn is_in_force(&self) -> bool {
        self.undoes.is_none() && self.undone_by.is_none()
    }

    /// Whether it brought rows of a table.
    #[must_use]
    pub fn brought(&self, table: Table) -> bool {
        self.report.files.iter().any(|file| file.table == Some(table))
            || self.report.changes.iter().any(|change| change.table == table)
    }

    /// Why it cannot be undone whatever came later, where that is so.
    #[must_use]
    pub fn cannot_be_undone(&self) -> Option<String> {
        let number = self.number;
        match (self.undoes, self.undone_by) {
            (Some(undone), _) => Some(format!(
                "Import {number} took import {undone} back; import the files of {undone} again instead"
            )),
            (_, Some(by)) => Some(format!("Import {number} was undone by import {by} already")),
            _ if !self.changed => Some(format!("Import {number} changed nothing")),
            _ => None,
        }
    }
}

impl Office {
    /// All imports, newest first.
    pub fn imports<'a>(&'a self, actor: &'a Actor) -> Answer<'a, Vec<ImportEntry>> {
        Box::pin(async move {
            actor.must(Permission::Read)?;
            self.import_entries().await
        })
    }

    /// One import, and why it cannot be undone, where that is so.
    pub fn import_numbered<'a>(&'a self, actor: &'a Actor, number: i64) -> Answer<'a, (ImportEntry, Option<Refusal>)> {
        Box::pin(async move {
            actor.must(Permission::Read)?;
            let found = self
                .import_entries()
                .await?
                .into_iter()
                .find(|import| import.number == number);
            let import = found.ok_or_else(|| no_such_import(number))?;
            let why_not = match self.ledger.latest_snapshot().await? {
                Some(base) => {
                    let base = manifest_of(&base.manifest)?;
                    self.without_import(&base, number).await.err()
                }
                None => Some(crate::importing::no_facts()),
            };
            Ok((import, why_not))
        })
    }

    pub(crate) async fn import_entries(&self) -> Result<Vec<ImportEntry>, Refusal> {
        let imports = self.ledger.imports().await?;
        let undone_by = |number: i64| {
            let undoing = imports.iter().find(|import| import.undoes == Some(number));
            undoing.map(|import| import.number)
        };
        imports
            .iter()
            .map(|import| {
                Ok(ImportEntry {
                    number: import.number,
                    at: import.at,
                    by: import.by.clone(),
                    snapshot: import.snapshot.clone(),
                    changed: import.new,
                    undoes: import.undoes,
                    undone_by: undone_by(import.number),
                    report: report_of(&import.report)?,
                })
            })
            .collect()
    }

    /// The rejected rows of one file of an import, as CSV to be mended and imported again.
    pub fn rejects<'a>(&'a self, actor: &'a Actor, number: i64, file: usize) -> Answer<'a, String> {
        Box::pin(async move {
            actor.must(Permission::Import)?;
            let (import, _) = self.import_numbered(actor, number).await?;
            let name = import.report.rejects.get(file).cloned().flatten();
            let name = name.ok_or_else(|| {
                Refusal::not_found(
                    format!("Import {number} rejected no row of that file"),
                    "The page of the import lists its files.",
                )
            })?;
            let kept = self.rejects.clone();
            let text = blocking(move || kept.at_hand(&name).map(std::fs::read_to_string)).await??;
            text.map_err(|error| Refusal::internal(format!("The rejected rows could not be read: {error}")))
        })
    }

    /// Keeps the rejected rows of files, each under a name made from its content. Gives the names.
    pub(crate) async fn keep_rejects(&self, rejects: &[Option<String>]) -> Result<Vec<Option<String>>, Refusal> {
        let mut names = Vec::with_capacity(rejects.len());
        for text in rejects {
            let Some(text) = text else {
                names.push(None);
                continue;
            };
            let (kept, text) = (self.rejects.clone(), text.clone());
            names.push(Some(blocking(move || kept.keep(text.as_bytes())).await??));
        }
        Ok(names)
    }

    /// Removes what imports that were broken off have left, once it is a day old: files that the record does not name.
    pub fn sweep_facts(&self) -> Answer<'_, ()> {
        Box::pin(async move {
            let (facts, rejects) = named_files(&self.ledger).await?;
            let (store, kept) = (self.facts.clone(), self.rejects.clone());
            let seconds = u64::try_from(self.surroundings.now().as_second()).unwrap_or(0);
            let before = SystemTime::UNIX_EPOCH + Duration::from_secs(seconds).saturating_sub(SWEPT_AFTER);
            blocking(move || {
                kept.sweep(&rejects, before)?;
                store.sweep(&facts, before)
            })
            .await??;
            Ok(())
        })
    }
}

/// What an import said. Those of the first release said nothing but of their files.
pub(crate) fn report_of(json: &str) -> Result<ImportReport, Refusal> {
    let read = if json.starts_with('[') {
        serde_json::from_str(json).map(|files| ImportReport {
            files,
            ..ImportReport::default()
        })
    } else {
        serde_json::from_str(json)
    };
    read.map_err(|error| Refusal::internal(format!("The record's entry of an import cannot be read: {error}")))
}

fn no_such_import(number: i64) -> Refusal {
    Refusal::not_found(
        format!("There is no import {number}"),
        "The page Data lists the imports.",
    )
}

/// A table's change in one line: "opportunities: 12 new, 3 updated, 8785 unchanged".
#[must_use]
pub fn change_in_words(change: &TableChange) -> String {
    let mut parts = vec![
        format!("{} new", change.added),
        format!("{} updated", change.changed),
        format!("{} unchanged", change.unchanged),
    ];
    if change.absent > 0 {
        parts.push(format!("{} not in the files", change.absent));
    }
    if change.gone > 0 {
        parts.push(format!("{} gone", change.gone));
    }
    format!("{}: {}", words_of(change.table), parts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::report_of;

    #[test]
    fn a_report_of_the_first_release_is_read_as_its_files() {
        assert!(report_of("[]").is_ok_and(|report| report.files.is_empty()));
        assert!(report_of(r#"{"files":[],"changes":[]}"#).is_ok());
        assert!(report_of("nothing").is_err());
    }
}
