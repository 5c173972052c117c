//! Partners as people know them: those that no import has brought yet, and what was said of each (what was agreed, given,
//! got), appended and never changed. It must not know what a fact says of a partner.

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::json;

use crate::error::conflict;
use crate::store::{Row, values};
use crate::{BoxFuture, Ledger, Result, Stamp};

/// A partner that somebody added by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partner {
    /// Its key, as imports would name it.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its type, in the program's words.
    pub partner_type: String,
    /// Its website, where one was given.
    pub website: Option<String>,
    /// Who added it.
    pub added_by: String,
    /// When.
    pub added_at: Timestamp,
}

/// Something to keep of a partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPartnerEntry {
    /// The partner's key in the facts, or of one added by hand.
    pub partner: String,
    /// What kind of thing it is; the office knows which there are.
    pub kind: String,
    /// The day it speaks of.
    pub on: Date,
    /// What was said.
    pub words: String,
    /// With whom there, where somebody was named.
    pub with_whom: Option<String>,
}

/// What was said of a partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnerEntry {
    /// 1 for the first.
    pub number: i64,
    /// What was said.
    pub entry: NewPartnerEntry,
    /// Who wrote it down.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

impl Ledger {
    /// Adds a partner, with the first things to keep of it.
    ///
    /// # Errors
    /// `Conflict` when one with that key was added already.
    pub fn add_partner<'a>(
        &'a self,
        stamp: &'a Stamp,
        partner: Partner,
        entries: Vec<NewPartnerEntry>,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let mut tx = self.write().await?;
            let held = tx
                .row("SELECT id FROM partner WHERE id = $1", values![&partner.id])
                .await?;
            if held.is_some() {
                return Err(conflict(format!("{} is here already", partner.name)));
            }
            tx.run(
                "INSERT INTO partner (id, name, type, website, added_by, added_at) VALUES ($1, $2, $3, $4, $5, $6)",
                values![
                    &partner.id,
                    &partner.name,
                    &partner.partner_type,
                    &partner.website,
                    &stamp.actor,
                    stamp.at,
                ],
            )
            .await?;
            for entry in &entries {
                insert(&mut tx, stamp, entry).await?;
            }
            let detail = json!({ "name": partner.name, "type": partner.partner_type });
            tx.commit(stamp, &format!("partner {}", partner.id), detail).await
        })
    }

    /// The partners that were added by hand, in the order of their names.
    pub fn partners(&self) -> BoxFuture<'_, Result<Vec<Partner>>> {
        Box::pin(async move {
            let mut tx = self.read().await?;
            let rows = tx.rows("SELECT * FROM partner ORDER BY name, id", values![]).await?;
            let read = |row: &Row| {
                Ok(Partner {
                    id: row.text("id")?,
                    name: row.text("name")?,
                    partner_type: row.text("type")?,
                    website: row.opt_text("website")?,
                    added_by: row.text("added_by")?,
                    added_at: row.time("added_at")?,
                })
            };
            rows.iter().map(read).collect()
        })
    }

    /// Keeps something that was said of a partner.
    pub fn add_partner_entry<'a>(&'a self, stamp: &'a Stamp, entry: NewPartnerEntry) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let mut tx = self.write().await?;
            insert(&mut tx, stamp, &entry).await?;
            let detail = json!({ "kind": entry.kind, "on": entry.on.to_string() });
            tx.commit(stamp, &format!("partner {}", entry.partner), detail).await
        })
    }

    /// All that was said of partners, oldest first.
    pub fn partner_entries(&self) -> BoxFuture<'_, Result<Vec<PartnerEntry>>> {
        Box::pin(async move {
            let mut tx = self.read().await?;
            let rows = tx
                .rows("SELECT * FROM partner_entry ORDER BY number", values![])
                .await?;
            let read = |row: &Row| {
                Ok(PartnerEntry {
                    number: row.int("number")?,
                    entry: NewPartnerEntry {
                        partner: row.text("partner")?,
                        kind: row.text("kind")?,
                        on: row.time("on_day")?,
                        words: row.text("words")?,
                        with_whom: row.opt_text("with_whom")?,
                    },
                    by: row.text("written_by")?,
                    at: row.time("written_at")?,
                })
            };
            rows.iter().map(read).collect()
        })
    }
}

async fn insert(tx: &mut crate::store::Tx, stamp: &Stamp, entry: &NewPartnerEntry) -> Result<()> {
    tx.run(
        "INSERT INTO partner_entry (number, partner, kind, on_day, words, with_whom, written_by, written_at)
         SELECT COALESCE(MAX(number), 0) + 1, $1, $2, $3, $4, $5, $6, $7 FROM partner_entry",
        values![
            &entry.partner,
            &entry.kind,
            entry.on,
            &entry.words,
            &entry.with_whom,
            &stamp.actor,
            stamp.at,
        ],
    )
    .await?;
    Ok(())
}
