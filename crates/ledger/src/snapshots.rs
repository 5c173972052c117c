//! The catalogue of snapshots, the imports that made them, and mapping profiles. It must not read a fact.

use jiff::{Timestamp, civil::Date};

use serde_json::json;

use crate::error::{conflict, not_found};
use crate::store::{Row, Tx, values};
use crate::{BoxFuture, Ledger, Result, Stamp};

/// One immutable set of imported facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Hash of its content.
    pub id: String,
    /// When it was first imported.
    pub taken_at: Timestamp,
    /// The day it speaks of.
    pub as_of: Date,
    /// Its files and their hashes, as JSON text.
    pub manifest: String,
    /// Name as shown.
    pub label: String,
    /// Who imported it.
    pub imported_by: String,
    /// Whether it is the one in force.
    pub in_force: bool,
}

/// A snapshot to catalogue, whose files are written and synced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSnapshot {
    /// Hash of its content.
    pub id: String,
    /// The day it speaks of.
    pub as_of: Date,
    /// Its files and their hashes, as JSON text.
    pub manifest: String,
    /// Name as shown.
    pub label: String,
    /// What the import said of each file, as JSON text.
    pub report: String,
    /// The snapshot that it was made from; none where there was none. It must be the one in force still.
    pub base: Option<String>,
    /// The import that it takes back, if it does.
    pub undoes: Option<i64>,
}

/// What came of a snapshot to catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Catalogued {
    /// The number of the import.
    pub import: i64,
    /// Whether the snapshot was new; one that was known keeps its first row.
    pub new: bool,
}

/// One import of files, whether or not it changed anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// 1 for the first.
    pub number: i64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub by: String,
    /// The snapshot it came to.
    pub snapshot: String,
    /// Whether that snapshot was new.
    pub new: bool,
    /// What it said of each file, as JSON text.
    pub report: String,
    /// The import that it took back, if it did.
    pub undoes: Option<i64>,
}

/// How the columns of files with one header are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Name, unique.
    pub name: String,
    /// Fingerprint of the header.
    pub fingerprint: String,
    /// The profile, as TOML.
    pub toml: String,
    /// When it was saved last.
    pub saved_at: Timestamp,
}

impl Ledger {
    /// Catalogues a snapshot, notes the import, and puts the snapshot in force.
    ///
    /// # Errors
    /// `Conflict` when another snapshot than its base is in force by now: of two imports at once the later must be made
    /// again from what the earlier came to, or it would undo it.
    pub fn add_snapshot<'a>(&'a self, stamp: &'a Stamp, snapshot: NewSnapshot) -> BoxFuture<'a, Result<Catalogued>> {
        Box::pin(async move {
            let mut tx = self.write().await?;
            let now = in_force(&mut tx).await?.map(|snapshot| snapshot.id);
            if now != snapshot.base {
                return Err(conflict("the facts were changed by another import meanwhile"));
            }
            let added = tx
                .run(
                    "INSERT INTO snapshot (id, taken_at, as_of, manifest, label, imported_by)
                     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING",
                    values![
                        &snapshot.id,
                        stamp.at,
                        snapshot.as_of,
                        &snapshot.manifest,
                        &snapshot.label,
                        &stamp.actor
                    ],
                )
                .await?;
            let new = added > 0;
            let import = tx
                .one(
                    "INSERT INTO import (number, at, imported_by, snapshot, is_new, report, undoes)
                     SELECT COALESCE(MAX(number), 0) + 1, $1, $2, $3, $4, $5, $6 FROM import RETURNING number",
                    values![
                        stamp.at,
                        &stamp.actor,
                        &snapshot.id,
                        new,
                        &snapshot.report,
                        snapshot.undoes
                    ],
                )
                .await?
                .int("number")?;
            let mut detail = json!({ "import": import, "new": new, "label": snapshot.label });
            if let Some(undone) = snapshot.undoes {
                detail["undoes"] = undone.into();
            }
            tx.commit(stamp, &format!("snapshot {}", snapshot.id), detail).await?;
            Ok(Catalogued { import, new })
        })
    }

    /// The snapshot in force: the one imported last.
    pub fn latest_snapshot(&self) -> BoxFuture<'_, Result<Option<Snapshot>>> {
        Box::pin(async move { in_force(&mut self.read().await?).await })
    }

    /// One snapshot.
    pub fn snapshot<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Option<Snapshot>>> {
        Box::pin(async move {
            let row = self
                .read()
                .await?
                .row("SELECT * FROM snapshot_now WHERE id = $1", values![id])
                .await?;
            row.as_ref().map(read_snapshot).transpose()
        })
    }

    /// All snapshots, the one taken last first.
    pub fn snapshots(&self) -> BoxFuture<'_, Result<Vec<Snapshot>>> {
        Box::pin(async move {
            let mut tx = self.read().await?;
            let rows = tx
                .rows("SELECT * FROM snapshot_now ORDER BY taken_at DESC, id", values![])
                .await?;
            rows.iter().map(read_snapshot).collect()
        })
    }

    /// All imports, newest first.
    pub fn imports(&self) -> BoxFuture<'_, Result<Vec<Import>>> {
        Box::pin(async move {
            let rows = self
                .read()
                .await?
                .rows("SELECT * FROM import ORDER BY number DESC", values![])
                .await?;
            rows.iter().map(read_import).collect()
        })
    }

    /// Keeps a profile under its name, in place of an earlier one. `saved_at` is taken from the stamp.
    pub fn save_profile<'a>(
        &'a self,
        stamp: &'a Stamp,
        name: &'a str,
        fingerprint: &'a str,
        toml: &'a str,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let mut tx = self.write().await?;
            tx.run(
                "INSERT INTO profile (name, fingerprint, toml, saved_at) VALUES ($1, $2, $3, $4)
                 ON CONFLICT (name) DO UPDATE SET fingerprint = excluded.fingerprint, toml = excluded.toml,
                     saved_at = excluded.saved_at",
                values![name, fingerprint, toml, stamp.at],
            )
            .await?;
            tx.commit(stamp, &format!("profile {name}"), json!({ "fingerprint": fingerprint }))
                .await
        })
    }

    /// Gives a profile another name; its text carries the name too.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when there is one of that name already.
    pub fn rename_profile<'a>(
        &'a self,
        stamp: &'a Stamp,
        name: &'a str,
        new_name: &'a str,
        toml: &'a str,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let mut tx = self.write().await?;
            let taken = tx
                .row("SELECT name FROM profile WHERE name = $1", values![new_name])
                .await?;
            if taken.is_some() && name != new_name {
                return Err(conflict(format!("there is a profile {new_name} already")));
            }
            let renamed = tx
                .run(
                    "UPDATE profile SET name = $2, toml = $3, saved_at = $4 WHERE name = $1",
                    values![name, new_name, toml, stamp.at],
                )
                .await?;
            if renamed == 0 {
                return Err(not_found(format!("profile {name}")));
            }
            tx.commit(stamp, &format!("profile {name}"), json!({ "name": new_name }))
                .await
        })
    }

    /// Forgets a profile.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn delete_profile<'a>(&'a self, stamp: &'a Stamp, name: &'a str) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let mut tx = self.write().await?;
            let deleted = tx.run("DELETE FROM profile WHERE name = $1", values![name]).await?;
            if deleted == 0 {
                return Err(not_found(format!("profile {name}")));
            }
            tx.commit(stamp, &format!("profile {name}"), json!({})).await
        })
    }

    /// The profile saved last for a header.
    pub fn profile_for<'a>(&'a self, fingerprint: &'a str) -> BoxFuture<'a, Result<Option<Profile>>> {
        Box::pin(async move {
            let mut tx = self.read().await?;
            let sql = "SELECT * FROM profile WHERE fingerprint = $1 ORDER BY saved_at DESC, name LIMIT 1";
            let row = tx.row(sql, values![fingerprint]).await?;
            row.as_ref().map(read_profile).transpose()
        })
    }

    /// All profiles, by name.
    pub fn profiles(&self) -> BoxFuture<'_, Result<Vec<Profile>>> {
        Box::pin(async move {
            let rows = self
                .read()
                .await?
                .rows("SELECT * FROM profile ORDER BY name", values![])
                .await?;
            rows.iter().map(read_profile).collect()
        })
    }
}

/// The snapshot of the last import.
pub(crate) async fn in_force(tx: &mut Tx) -> Result<Option<Snapshot>> {
    let row = tx
        .row("SELECT * FROM snapshot_now WHERE in_force = 1", values![])
        .await?;
    row.as_ref().map(read_snapshot).transpose()
}

fn read_snapshot(row: &Row) -> Result<Snapshot> {
    Ok(Snapshot {
        id: row.text("id")?,
        taken_at: row.time("taken_at")?,
        as_of: row.time("as_of")?,
        manifest: row.text("manifest")?,
        label: row.text("label")?,
        imported_by: row.text("imported_by")?,
        in_force: row.flag("in_force")?,
    })
}

fn read_import(row: &Row) -> Result<Import> {
    Ok(Import {
        number: row.int("number")?,
        at: row.time("at")?,
        by: row.text("imported_by")?,
        snapshot: row.text("snapshot")?,
        new: row.flag("is_new")?,
        report: row.text("report")?,
        undoes: row.opt_int("undoes")?,
    })
}

fn read_profile(row: &Row) -> Result<Profile> {
    Ok(Profile {
        name: row.text("name")?,
        fingerprint: row.text("fingerprint")?,
        toml: row.text("toml")?,
        saved_at: row.time("saved_at")?,
    })
}
