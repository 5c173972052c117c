//! Links that each let one person set their password anew, once. It must not make a link or its hash: it keeps what it is
//! handed.

use jiff::Timestamp;
use serde_json::json;

use crate::error::{conflict, not_found};
use crate::people::{BY_ID, person_by, replace_password};
use crate::store::values;
use crate::{BoxFuture, Ledger, Person, Result, Secret, Stamp};

impl Ledger {
    /// Keeps the hash of a reset link of a person; an earlier one is void from then on.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when the person's access has ended.
    pub fn add_reset_link<'a>(
        &'a self,
        stamp: &'a Stamp,
        person: &'a str,
        hash: &'a str,
        expires_at: Timestamp,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let mut tx = self.write().await?;
            let found = person_by(&mut tx, BY_ID, person).await?;
            let found = found.ok_or_else(|| not_found(format!("person {person}")))?;
            if found.ended_at.is_some() {
                let what = format!("the access of {} has ended; give it again first", found.name);
                return Err(conflict(what));
            }
            let sql = "INSERT INTO reset_link (person, hash, expires_at) VALUES ($1, $2, $3)
                       ON CONFLICT (person) DO UPDATE SET hash = excluded.hash, expires_at = excluded.expires_at";
            tx.run(sql, values![person, hash, expires_at]).await?;
            let detail = json!({ "expires_at": expires_at.to_string() });
            tx.commit(stamp, &format!("person {person}"), detail).await
        })
    }

    /// Whose password the link of this hash sets at `now`; nobody's whose access has ended.
    pub fn reset_link<'a>(&'a self, hash: &'a str, now: Timestamp) -> BoxFuture<'a, Result<Option<Person>>> {
        Box::pin(async move {
            let mut tx = self.read().await?;
            let sql = "SELECT * FROM reset_link WHERE hash = $1 AND expires_at > $2";
            let Some(row) = tx.row(sql, values![hash, now]).await? else {
                return Ok(None);
            };
            let person = person_by(&mut tx, BY_ID, &row.text("person")?).await?;
            Ok(person.filter(|person| person.ended_at.is_none()))
        })
    }

    /// Uses a reset link at the stamp's time: its person has this password, and all of the person's sessions end. Of many
    /// at once one wins. The stamp's actor is the person.
    ///
    /// # Errors
    /// `NotFound` for a link that is unknown, used, void or too old.
    pub fn use_reset_link<'a>(
        &'a self,
        stamp: &'a Stamp,
        hash: &'a str,
        password_hash: Secret,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let mut tx = self.write().await?;
            let sql = "DELETE FROM reset_link WHERE hash = $1 AND person = $2 AND expires_at > $3
                       AND person IN (SELECT id FROM person WHERE ended_at IS NULL)";
            if tx.run(sql, values![hash, &stamp.actor, stamp.at]).await? == 0 {
                return Err(not_found("this link"));
            }
            let ended = replace_password(&mut tx, &stamp.actor, &password_hash).await?;
            let detail = json!({ "sessions_ended": ended });
            tx.commit(stamp, &format!("person {}", stamp.actor), detail).await
        })
    }
}
