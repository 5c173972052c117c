//! Links that show the one page to whoever holds them. It must not know a link's secret: it keeps the hash that it is
//! handed.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::error::{conflict, not_found};
use crate::store::{Row, values};
use crate::{BoxFuture, Ledger, Result, Stamp};

/// A link in use is noted at most this often.
const NOTE_EVERY: SignedDuration = SignedDuration::from_secs(60);

/// A link, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// Id, a uuid as text.
    pub id: String,
    /// SHA-256 of its secret, in hex.
    pub hash: String,
    /// The version that it shows; `None`: the one in force when it is opened.
    pub version: Option<i64>,
    /// Who made it.
    pub made_by: String,
    /// When.
    pub made_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// Who took it back, and when.
    pub revoked: Option<(String, Timestamp)>,
    /// When it was last opened, to the minute.
    pub used_at: Option<Timestamp>,
}

/// A link to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewShare {
    /// Id, a uuid as text.
    pub id: String,
    /// SHA-256 of its secret, in hex.
    pub hash: String,
    /// The version that it shows; `None`: the one in force when it is opened.
    pub version: Option<i64>,
    /// When it ends.
    pub expires_at: Timestamp,
}

impl Share {
    /// Whether it shows anything at an instant.
    #[must_use]
    pub fn holds(&self, now: Timestamp) -> bool {
        self.revoked.is_none() && now < self.expires_at
    }
}

impl Ledger {
    /// Keeps a link.
    ///
    /// # Errors
    /// `Invalid` when there is no such version.
    pub fn add_share<'a>(&'a self, stamp: &'a Stamp, share: NewShare) -> BoxFuture<'a, Result<Share>> {
        Box::pin(async move {
            let mut tx = self.write().await?;
            let row = tx
                .one(
                    "INSERT INTO share (id, hash, version, made_by, made_at, expires_at)
                     VALUES ($1, $2, $3, $4, $5, $6) RETURNING *",
                    values![
                        &share.id,
                        &share.hash,
                        share.version,
                        &stamp.actor,
                        stamp.at,
                        share.expires_at
                    ],
                )
                .await?;
            let kept = read_share(&row)?;
            let detail = json!({ "version": share.version, "expires_at": share.expires_at.to_string() });
            tx.commit(stamp, &format!("share {}", share.id), detail).await?;
            Ok(kept)
        })
    }

    /// Takes a link back.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when it was taken back already.
    pub fn revoke_share<'a>(&'a self, stamp: &'a Stamp, id: &'a str) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let mut tx = self.write().await?;
            let found = tx.row("SELECT * FROM share WHERE id = $1", values![id]).await?;
            let share = found.as_ref().map(read_share).transpose()?;
            let share = share.ok_or_else(|| not_found("this link"))?;
            if share.revoked.is_some() {
                return Err(conflict("the link was taken back already"));
            }
            tx.run(
                "UPDATE share SET revoked_by = $2, revoked_at = $3 WHERE id = $1",
                values![id, &stamp.actor, stamp.at],
            )
            .await?;
            tx.commit(stamp, &format!("share {id}"), json!({ "revoked": true }))
                .await
        })
    }

    /// All links, newest first, those that ended or were taken back among them.
    pub fn shares(&self) -> BoxFuture<'_, Result<Vec<Share>>> {
        Box::pin(async move {
            let mut tx = self.read().await?;
            let rows = tx
                .rows("SELECT * FROM share ORDER BY made_at DESC, id DESC", values![])
                .await?;
            rows.iter().map(read_share).collect()
        })
    }

    /// The link of that hash, whether it still holds or not.
    pub fn share_by_hash<'a>(&'a self, hash: &'a str) -> BoxFuture<'a, Result<Option<Share>>> {
        Box::pin(async move {
            let mut tx = self.read().await?;
            let row = tx.row("SELECT * FROM share WHERE hash = $1", values![hash]).await?;
            row.as_ref().map(read_share).transpose()
        })
    }

    /// Notes that a link was opened; writes at most once a minute, and no audit row.
    pub fn note_share_used<'a>(&'a self, share: &'a Share, now: Timestamp) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            if share.used_at.is_some_and(|used| now.duration_since(used) < NOTE_EVERY) {
                return Ok(());
            }
            let mut tx = self.write().await?;
            tx.run("UPDATE share SET used_at = $2 WHERE id = $1", values![&share.id, now])
                .await?;
            tx.commit_trace().await
        })
    }
}

fn read_share(row: &Row) -> Result<Share> {
    let revoked = match row.opt_text("revoked_by")? {
        Some(who) => Some((who, row.time("revoked_at")?)),
        None => None,
    };
    Ok(Share {
        id: row.text("id")?,
        hash: row.text("hash")?,
        version: row.opt_int("version")?,
        made_by: row.text("made_by")?,
        made_at: row.time("made_at")?,
        expires_at: row.time("expires_at")?,
        revoked,
        used_at: row.opt_time("used_at")?,
    })
}
