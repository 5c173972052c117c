//! Second factors, the recovery codes beside them, and sign-ins that wait for one. It must not make, show or compare a code:
//! it keeps what it is handed, and takes each step and each recovery code once.

use jiff::Timestamp;
use serde_json::json;

use crate::error::{conflict, not_found};
use crate::people::{BY_ID, end_sessions_but, insert_session, person_by};
use crate::store::{Row, Tx, values};
use crate::{BoxFuture, Ledger, NewSession, Person, Result, Secret, Stamp};

/// The second factor of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecondFactor {
    /// The person's id.
    pub person: String,
    /// What its codes are made from, as text.
    pub secret: Secret,
    /// Since when it is asked for; `None` while it is only offered.
    pub confirmed_at: Option<Timestamp>,
    /// The step of the last code that was taken; no code of it or before it is taken again.
    pub last_step: i64,
    /// How many recovery codes are left.
    pub recovery_codes: i64,
}

/// A sign-in whose password was right and that waits for a second factor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewWaitingSignIn {
    /// Hash of its id; the id itself is only in the cookie.
    pub hash: String,
    /// The person's id.
    pub person: String,
    /// When it ends.
    pub ends_at: Timestamp,
}

/// What a waiting sign-in is finished with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Factor {
    /// A code, by its step.
    Code {
        /// The step.
        step: i64,
    },
    /// A recovery code, by its hash.
    Recovery {
        /// The hash.
        hash: String,
    },
    /// A first code, which puts the factor that was offered in force.
    SetUp {
        /// The step of the code.
        step: i64,
        /// Hashes of the recovery codes beside it.
        codes: Vec<String>,
    },
}

impl Ledger {
    /// The second factor of a person, offered or in force.
    pub fn second_factor<'a>(&'a self, person: &'a str) -> BoxFuture<'a, Result<Option<SecondFactor>>> {
        Box::pin(async move {
            let sql = "SELECT f.*, (SELECT COUNT(*) FROM recovery_code c WHERE c.person = f.person) AS recovery_codes
                       FROM second_factor f WHERE f.person = $1";
            let row = self.read().await?.row(sql, values![person]).await?;
            row.as_ref().map(read).transpose()
        })
    }

    /// Who has a second factor in force, and since when.
    pub fn second_factors(&self) -> BoxFuture<'_, Result<Vec<(String, Timestamp)>>> {
        Box::pin(async move {
            let sql = "SELECT person, confirmed_at FROM second_factor WHERE confirmed_at IS NOT NULL ORDER BY person";
            let rows = self.read().await?.rows(sql, values![]).await?;
            rows.iter()
                .map(|row| Ok((row.text("person")?, row.time("confirmed_at")?)))
                .collect()
        })
    }

    /// Offers a person a second factor; one that was offered before is void.
    ///
    /// # Errors
    /// `Conflict` when one is in force.
    pub fn offer_second_factor<'a>(
        &'a self,
        stamp: &'a Stamp,
        person: &'a str,
        secret: Secret,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let mut tx = self.write().await?;
            offer(&mut tx, stamp, person, &secret).await?;
            tx.commit(
                stamp,
                &format!("person {person}"),
                json!({ "second_factor": "offered" }),
            )
            .await
        })
    }

    /// Puts the second factor that was offered in force, with the hashes of its recovery codes, and ends the person's
    /// sessions but for the one of that hash.
    ///
    /// # Errors
    /// `NotFound` when none is offered; `Conflict` when one is in force already.
    pub fn confirm_second_factor<'a>(
        &'a self,
        stamp: &'a Stamp,
        person: &'a str,
        step: i64,
        codes: &'a [String],
        session: Option<&'a str>,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let mut tx = self.write().await?;
            confirm(&mut tx, stamp, person, step, codes).await?;
            let ended = end_sessions_but(&mut tx, person, session).await?;
            let detail = json!({ "second_factor": "in force", "sessions_ended": ended });
            tx.commit(stamp, &format!("person {person}"), detail).await
        })
    }

    /// Gives a person other recovery codes; those of before are void.
    ///
    /// # Errors
    /// `NotFound` when no second factor is in force.
    pub fn replace_recovery_codes<'a>(
        &'a self,
        stamp: &'a Stamp,
        person: &'a str,
        codes: &'a [String],
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let mut tx = self.write().await?;
            let in_force = "SELECT person FROM second_factor WHERE person = $1 AND confirmed_at IS NOT NULL";
            if tx.row(in_force, values![person]).await?.is_none() {
                return Err(not_found(format!("a second factor of person {person}")));
            }
            keep_codes(&mut tx, person, codes).await?;
            let detail = json!({ "recovery_codes": codes.len() });
            tx.commit(stamp, &format!("person {person}"), detail).await
        })
    }

    /// Takes a person's second factor off, with its recovery codes, and ends the person's sessions but for the one of that
    /// hash.
    ///
    /// # Errors
    /// `NotFound` when there is none.
    pub fn remove_second_factor<'a>(
        &'a self,
        stamp: &'a Stamp,
        person: &'a str,
        session: Option<&'a str>,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let mut tx = self.write().await?;
            let sql = "DELETE FROM second_factor WHERE person = $1";
            if tx.run(sql, values![person]).await? == 0 {
                return Err(not_found(format!("a second factor of person {person}")));
            }
            keep_codes(&mut tx, person, &[]).await?;
            let ended = end_sessions_but(&mut tx, person, session).await?;
            let detail = json!({ "second_factor": "taken off", "sessions_ended": ended });
            tx.commit(stamp, &format!("person {person}"), detail).await
        })
    }

    /// Keeps the setting by which everybody needs a second factor, and ends every session and waiting sign-in of those who
    /// have none in force. Says how many sessions ended.
    pub fn demand_second_factor<'a>(
        &'a self,
        stamp: &'a Stamp,
        key: &'a str,
        json: &'a str,
    ) -> BoxFuture<'a, Result<u64>> {
        Box::pin(async move {
            let mut tx = self.write().await?;
            crate::settings::keep(&mut tx, key, json).await?;
            let sessions = "DELETE FROM session
                            WHERE person NOT IN (SELECT person FROM second_factor WHERE confirmed_at IS NOT NULL)";
            let ended = tx.run(sessions, values![]).await?;
            let waiting = "DELETE FROM waiting_sign_in
                           WHERE person NOT IN (SELECT person FROM second_factor WHERE confirmed_at IS NOT NULL)";
            tx.run(waiting, values![]).await?;
            let detail = json!({ "value": json, "sessions_ended": ended });
            tx.commit(stamp, &format!("setting {key}"), detail).await?;
            Ok(ended)
        })
    }

    /// Lets a sign-in wait for its second factor, and forgets those that ended before. Where a secret is given, the second
    /// factor made from it is offered.
    ///
    /// # Errors
    /// `Conflict` when one is to be offered and one is in force.
    pub fn wait_sign_in<'a>(
        &'a self,
        stamp: &'a Stamp,
        waiting: NewWaitingSignIn,
        offered: Option<Secret>,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let mut tx = self.write().await?;
            if let Some(secret) = &offered {
                offer(&mut tx, stamp, &waiting.person, secret).await?;
            }
            let ended = "DELETE FROM waiting_sign_in WHERE ends_at <= $1";
            tx.run(ended, values![stamp.at]).await?;
            let sql = "INSERT INTO waiting_sign_in (hash, person, ends_at) VALUES ($1, $2, $3)";
            tx.run(sql, values![&waiting.hash, &waiting.person, waiting.ends_at])
                .await?;
            let detail = json!({ "password": "accepted", "second_factor_offered": offered.is_some() });
            tx.commit(stamp, &format!("person {}", waiting.person), detail).await
        })
    }

    /// Whose sign-in waits under this hash at `now`; nobody's whose access has ended.
    pub fn waiting_sign_in<'a>(&'a self, hash: &'a str, now: Timestamp) -> BoxFuture<'a, Result<Option<Person>>> {
        Box::pin(async move {
            let mut tx = self.read().await?;
            let sql = "SELECT * FROM waiting_sign_in WHERE hash = $1 AND ends_at > $2";
            let Some(row) = tx.row(sql, values![hash, now]).await? else {
                return Ok(None);
            };
            let person = person_by(&mut tx, BY_ID, &row.text("person")?).await?;
            Ok(person.filter(|person| person.ended_at.is_none()))
        })
    }

    /// Finishes a waiting sign-in at the stamp's time and begins its session: of many at once with one factor, one wins.
    ///
    /// # Errors
    /// `NotFound` when no sign-in waits, or its person has no such factor; `Conflict` when the factor was taken before.
    pub fn finish_sign_in<'a>(
        &'a self,
        stamp: &'a Stamp,
        hash: &'a str,
        factor: Factor,
        session: NewSession,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let mut tx = self.write().await?;
            let sql = "DELETE FROM waiting_sign_in WHERE hash = $1 AND person = $2 AND ends_at > $3";
            if tx.run(sql, values![hash, &session.person, stamp.at]).await? == 0 {
                return Err(not_found("this sign-in"));
            }
            let taken = take(&mut tx, stamp, &session.person, &factor).await?;
            insert_session(&mut tx, stamp, &session).await?;
            let detail = json!({ "session": "begun", "second_factor": taken });
            tx.commit(stamp, &format!("person {}", session.person), detail).await
        })
    }
}

fn read(row: &Row) -> Result<SecondFactor> {
    Ok(SecondFactor {
        person: row.text("person")?,
        secret: Secret::new(row.text("secret")?),
        confirmed_at: row.opt_time("confirmed_at")?,
        last_step: row.int("last_step")?,
        recovery_codes: row.int("recovery_codes")?,
    })
}

async fn offer(tx: &mut Tx, stamp: &Stamp, person: &str, secret: &Secret) -> Result<()> {
    let sql = "INSERT INTO second_factor (person, secret, offered_at, last_step) VALUES ($1, $2, $3, 0)
               ON CONFLICT (person) DO UPDATE SET secret = excluded.secret, offered_at = excluded.offered_at
               WHERE second_factor.confirmed_at IS NULL";
    match tx.run(sql, values![person, secret.expose(), stamp.at]).await? {
        0 => Err(conflict("a second factor is in force already; switch it off first")),
        _ => Ok(()),
    }
}

async fn confirm(tx: &mut Tx, stamp: &Stamp, person: &str, step: i64, codes: &[String]) -> Result<()> {
    let sql = "UPDATE second_factor SET confirmed_at = $2, last_step = $3 WHERE person = $1 AND confirmed_at IS NULL";
    if tx.run(sql, values![person, stamp.at, step]).await? > 0 {
        return keep_codes(tx, person, codes).await;
    }
    let there = "SELECT person FROM second_factor WHERE person = $1";
    match tx.row(there, values![person]).await? {
        Some(_) => Err(conflict("a second factor is in force already")),
        None => Err(not_found(format!("a second factor of person {person}"))),
    }
}

/// Keeps these recovery codes of a person and no others.
async fn keep_codes(tx: &mut Tx, person: &str, codes: &[String]) -> Result<()> {
    tx.run("DELETE FROM recovery_code WHERE person = $1", values![person])
        .await?;
    for hash in codes {
        let sql = "INSERT INTO recovery_code (hash, person) VALUES ($1, $2)";
        tx.run(sql, values![hash, person]).await?;
    }
    Ok(())
}

/// Takes a factor, once, and says which kind it was.
async fn take(tx: &mut Tx, stamp: &Stamp, person: &str, factor: &Factor) -> Result<&'static str> {
    let (taken, kind) = match factor {
        Factor::Code { step } => {
            let sql = "UPDATE second_factor SET last_step = $2
                       WHERE person = $1 AND confirmed_at IS NOT NULL AND last_step < $2";
            (tx.run(sql, values![person, *step]).await?, "code")
        }
        Factor::Recovery { hash } => {
            let sql = "DELETE FROM recovery_code WHERE hash = $1 AND person = $2";
            (tx.run(sql, values![hash, person]).await?, "recovery code")
        }
        Factor::SetUp { step, codes } => {
            confirm(tx, stamp, person, *step, codes).await?;
            (1, "set up")
        }
    };
    match taken {
        0 => Err(conflict("this code was used before; wait for the next")),
        _ => Ok(kind),
    }
}
