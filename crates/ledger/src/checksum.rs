//! One hash over the whole record, for comparing a copy with its original. It must not know what the tables mean.

use sqlx::AssertSqlSafe;

use crate::hash::FieldHash;
use crate::store::values;
use crate::{BoxFuture, Ledger, Result};

/// Every table and the key that orders its rows; all but `migration`, which says when this copy was brought up to date.
pub(crate) const TABLES: &[(&str, &str)] = &[
    ("acknowledgement", "number"),
    ("ask", "number"),
    ("attempt", "number"),
    ("audit", "number"),
    ("audit_head", "one"),
    ("commitment", "number"),
    ("commitment_said", "number"),
    ("decision", "number"),
    ("draft", "one"),
    ("function_head", "function"),
    ("import", "number"),
    ("invite", "hash"),
    ("job", "id"),
    ("launch_entry", "number"),
    ("match_decision", "number"),
    ("note", "number"),
    ("partner", "id"),
    ("partner_entry", "number"),
    ("person", "id"),
    ("profile", "name"),
    ("psi_run", "number"),
    ("recovery_code", "hash"),
    ("reset_link", "person"),
    ("review", "number"),
    ("review_item", "review, bet"),
    ("second_factor", "person"),
    ("sent_back", "version"),
    ("session", "id_hash"),
    ("setting", "key"),
    ("setup_link", "hash"),
    ("share", "id"),
    ("signature", "version"),
    ("snapshot", "id"),
    ("strategy_version", "number"),
    ("target", "id"),
    ("target_log", "number"),
    ("target_step", "number"),
    ("waiting_sign_in", "hash"),
];

impl Ledger {
    /// SHA-256 over the whole content in a fixed order, in hex: the same on both databases for the same content.
    pub fn checksum(&self) -> BoxFuture<'_, Result<String>> {
        Box::pin(async move {
            let mut tx = self.read().await?;
            let mut hash = FieldHash::new("beachhead record 1");
            for (table, key) in TABLES {
                hash.field(table);
                let rows = tx
                    .rows(
                        AssertSqlSafe(format!("SELECT * FROM {table} ORDER BY {key}")),
                        values![],
                    )
                    .await?;
                hash.field(&rows.len().to_string());
                for row in &rows {
                    row.cells()?.iter().for_each(|cell| hash.field(cell));
                }
            }
            Ok(hash.hex())
        })
    }
}
