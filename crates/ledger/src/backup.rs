//! The whole record as one file, and a record filled from another. It must not know what the tables mean.

use std::path::Path;

use jiff::Timestamp;
use sqlx::AssertSqlSafe;

use crate::checksum::TABLES;
use crate::error::conflict;
use crate::migrate::vacuum_into;
use crate::store::{Pools, values};
use crate::{BoxFuture, Ledger, RecordUrl, Result};

/// Rows that are carried over at a time.
const PAGE: i64 = 500;

/// Every table, so that a row comes after those that it names.
const ORDER: &[&str] = &[
    "setting",
    "person",
    "setup_link",
    "invite",
    "session",
    "second_factor",
    "recovery_code",
    "waiting_sign_in",
    "reset_link",
    "attempt",
    "snapshot",
    "import",
    "profile",
    "job",
    "draft",
    "strategy_version",
    "signature",
    "sent_back",
    "function_head",
    "acknowledgement",
    "share",
    "review",
    "review_item",
    "commitment",
    "commitment_said",
    "decision",
    "match_decision",
    "target",
    "target_log",
    "target_step",
    "partner",
    "partner_entry",
    "launch_entry",
    "note",
    "ask",
    "psi_run",
    "audit",
    "audit_head",
];

/// The tables that hold rows from the start.
const BORN_WITH_ROWS: &[&str] = &["draft", "function_head", "audit_head"];

impl Ledger {
    /// Writes everything into a new SQLite file, readable by its owner alone: one state of the record, whatever is written
    /// meanwhile, synced. `now` is noted where the file is made by migrations.
    ///
    /// # Errors
    /// `Unavailable`; what was written until then is for the caller to remove.
    pub fn copy_to_file<'a>(&'a self, path: &'a Path, now: Timestamp) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            match &self.pools {
                Pools::Sqlite { readers, .. } => vacuum_into(readers, path).await,
                Pools::Postgres { .. } => {
                    let copy = Self::open(&RecordUrl::Sqlite(path.to_owned()), now).await?;
                    let filled = copy.fill_from(self).await;
                    copy.close().await;
                    filled
                }
            }
        })
    }

    /// The schema of the record: the number of its last migration.
    ///
    /// # Errors
    /// `Unavailable`.
    pub fn schema(&self) -> BoxFuture<'_, Result<i64>> {
        Box::pin(async move {
            let mut tx = self.read().await?;
            tx.one("SELECT MAX(number) AS number FROM migration", values![])
                .await?
                .int("number")
        })
    }

    /// Fills a record in which nothing was ever written with all of another, on either database.
    ///
    /// # Errors
    /// `Conflict` where something was written to it already; nothing of it is then changed.
    pub fn fill_from<'a>(&'a self, other: &'a Self) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let mut from = other.read().await?;
            let mut to = self.pools.begin_write().await?;
            let written = "SELECT (SELECT COUNT(*) FROM audit) + (SELECT COUNT(*) FROM person) AS count";
            if to.one(written, values![]).await?.int("count")? > 0 {
                return Err(conflict(
                    "the record that is to be filled holds something already; name an empty one",
                ));
            }
            for table in ORDER {
                if BORN_WITH_ROWS.contains(table) {
                    to.run(AssertSqlSafe(format!("DELETE FROM {table}")), values![]).await?;
                }
                let key = TABLES
                    .iter()
                    .find(|(name, _)| name == table)
                    .map_or("1", |(_, key)| key);
                let page = format!("SELECT * FROM {table} ORDER BY {key} LIMIT $1 OFFSET $2");
                let mut done = 0;
                loop {
                    let rows = from.rows(AssertSqlSafe(page.clone()), values![PAGE, done]).await?;
                    if rows.is_empty() {
                        break;
                    }
                    for row in rows {
                        let (names, values): (Vec<String>, Vec<_>) = row.named_values()?.into_iter().unzip();
                        let places: Vec<String> = (1..=names.len()).map(|at| format!("${at}")).collect();
                        let insert = format!(
                            "INSERT INTO {table} ({}) VALUES ({})",
                            names.join(", "),
                            places.join(", ")
                        );
                        to.run(AssertSqlSafe(insert), values).await?;
                    }
                    done += PAGE;
                }
            }
            to.commit().await
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_is_carried_over() {
        let mut carried = ORDER.to_vec();
        carried.sort_unstable();
        let all: Vec<&str> = TABLES.iter().map(|(table, _)| *table).collect();
        assert_eq!(carried, all);
    }
}
