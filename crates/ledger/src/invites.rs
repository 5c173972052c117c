//! Invites: links that each let one person in, once. It must not make a link or its hash: it keeps what it is handed.

use jiff::Timestamp;
use serde_json::json;

use crate::error::{conflict, not_found};
use crate::people::{address, insert_person, person_of_address};
use crate::store::{Row, Tx, values};
use crate::{BoxFuture, Ledger, NewPerson, Person, Result, Secret, Stamp};

/// An invite as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invite {
    /// Hash of the link's token; the token itself is only in the link.
    pub hash: String,
    /// Name of the person invited.
    pub name: String,
    /// Address, in lower case.
    pub email: String,
    /// The role that the person will have.
    pub role: String,
    /// Who made it.
    pub made_by: String,
    /// When it was made.
    pub made_at: Timestamp,
    /// When it ends, unless it is used before.
    pub expires_at: Timestamp,
    /// When it was used.
    pub used_at: Option<Timestamp>,
    /// When it was taken back.
    pub withdrawn_at: Option<Timestamp>,
}

impl Invite {
    /// Whether its link still lets somebody in.
    #[must_use]
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.used_at.is_none() && self.withdrawn_at.is_none() && now < self.expires_at
    }
}

/// An invite to make at the stamp's time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewInvite {
    /// Hash of the link's token.
    pub hash: String,
    /// Name of the person invited.
    pub name: String,
    /// Address; kept in lower case.
    pub email: String,
    /// The role that the person will have.
    pub role: String,
    /// When it ends.
    pub expires_at: Timestamp,
}

impl Ledger {
    /// Keeps an invite.
    ///
    /// # Errors
    /// `Conflict` when the address is somebody's already, or is invited by a link that still works.
    pub fn add_invite<'a>(&'a self, stamp: &'a Stamp, invite: NewInvite) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let mut tx = self.write().await?;
            let email = address(&invite.email);
            if let Some(same) = person_of_address(&mut tx, &email).await? {
                return Err(conflict(format!("{email} is the address of {} already", same.name)));
            }
            let of_address = "SELECT * FROM invite WHERE email = $1";
            for row in tx.rows(of_address, values![&email]).await? {
                if read(&row)?.is_open(stamp.at) {
                    return Err(conflict(format!(
                        "{email} is invited already; withdraw that invite to make another"
                    )));
                }
            }
            tx.run(
                "INSERT INTO invite (hash, name, email, role, made_by, made_at, expires_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7)",
                values![
                    &invite.hash,
                    &invite.name,
                    &email,
                    &invite.role,
                    &stamp.actor,
                    stamp.at,
                    invite.expires_at
                ],
            )
            .await?;
            let detail = json!({ "role": invite.role, "expires_at": invite.expires_at.to_string() });
            tx.commit(stamp, &format!("invite of {email}"), detail).await
        })
    }

    /// The invite of this hash, open or not.
    pub fn invite<'a>(&'a self, hash: &'a str) -> BoxFuture<'a, Result<Option<Invite>>> {
        Box::pin(async move { invite_of(&mut self.read().await?, hash).await })
    }

    /// All invites, the newest first.
    pub fn invites(&self) -> BoxFuture<'_, Result<Vec<Invite>>> {
        Box::pin(async move {
            let sql = "SELECT * FROM invite ORDER BY made_at DESC, hash";
            let rows = self.read().await?.rows(sql, values![]).await?;
            rows.iter().map(read).collect()
        })
    }

    /// Takes an invite back: its link lets nobody in any more.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when it was used.
    pub fn withdraw_invite<'a>(&'a self, stamp: &'a Stamp, hash: &'a str) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let mut tx = self.write().await?;
            let Some(invite) = invite_of(&mut tx, hash).await? else {
                return Err(not_found("this invite"));
            };
            if invite.used_at.is_some() {
                return Err(conflict(format!(
                    "{} has used the invite; end the access instead",
                    invite.email
                )));
            }
            let sql = "UPDATE invite SET withdrawn_at = COALESCE(withdrawn_at, $2) WHERE hash = $1";
            tx.run(sql, values![hash, stamp.at]).await?;
            tx.commit(stamp, &format!("invite of {}", invite.email), json!({}))
                .await
        })
    }

    /// Uses an invite at the stamp's time: adds its person under the name and password given. Of many at once one wins.
    ///
    /// # Errors
    /// `NotFound` for a link that is unknown, used, taken back or too old; `Conflict` when the address is somebody's by now.
    pub fn use_invite<'a>(
        &'a self,
        stamp: &'a Stamp,
        hash: &'a str,
        name: &'a str,
        password_hash: Secret,
    ) -> BoxFuture<'a, Result<Person>> {
        Box::pin(async move {
            let mut tx = self.write().await?;
            let invite = invite_of(&mut tx, hash).await?;
            let Some(invite) = invite.filter(|invite| invite.is_open(stamp.at)) else {
                return Err(not_found("this invite"));
            };
            let used = "UPDATE invite SET used_at = $2 WHERE hash = $1";
            tx.run(used, values![hash, stamp.at]).await?;
            let person = NewPerson {
                id: stamp.actor.clone(),
                email: invite.email,
                name: name.to_owned(),
                role: invite.role,
                password_hash: Some(password_hash),
            };
            let person = insert_person(&mut tx, stamp, person).await?;
            let detail = json!({ "email": person.email, "role": person.role, "invited_by": invite.made_by });
            tx.commit(stamp, &format!("person {}", person.id), detail).await?;
            Ok(person)
        })
    }
}

fn read(row: &Row) -> Result<Invite> {
    Ok(Invite {
        hash: row.text("hash")?,
        name: row.text("name")?,
        email: row.text("email")?,
        role: row.text("role")?,
        made_by: row.text("made_by")?,
        made_at: row.time("made_at")?,
        expires_at: row.time("expires_at")?,
        used_at: row.opt_time("used_at")?,
        withdrawn_at: row.opt_time("withdrawn_at")?,
    })
}

async fn invite_of(tx: &mut Tx, hash: &str) -> Result<Option<Invite>> {
    let row = tx.row("SELECT * FROM invite WHERE hash = $1", values![hash]).await?;
    row.as_ref().map(read).transpose()
}
