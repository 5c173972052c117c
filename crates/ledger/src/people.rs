//! People, the one-time setup link, sessions, and sign-in attempts. It must not hash, compare or make a secret: it
//! keeps what it is handed.

use jiff::{SignedDuration, Timestamp};

use serde_json::json;

use crate::error::{conflict, conflict_with, not_found};
use crate::store::{Row, Tx, Value, values};
use crate::{BoxFuture, Current, Ledger, Result, Stamp};

/// A session in use is noted at most this often.
const TOUCH_EVERY: SignedDuration = SignedDuration::from_secs(60);

/// Text that must not reach a log: its `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes a secret in.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself, for the one place that needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// A person who may sign in, or could until `ended_at`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Id, a uuid as text.
    pub id: String,
    /// Address in lower case; no two people share one.
    pub email: String,
    /// Name as shown.
    pub name: String,
    /// Role: the office knows which there are.
    pub role: String,
    /// Password hash in PHC form; `None` when the person signs in elsewhere.
    pub password_hash: Option<Secret>,
    /// When the person was added.
    pub created_at: Timestamp,
    /// When the person's access ended.
    pub ended_at: Option<Timestamp>,
}

/// A person to add.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPerson {
    /// Id, a uuid as text.
    pub id: String,
    /// Address; kept in lower case.
    pub email: String,
    /// Name as shown.
    pub name: String,
    /// Role.
    pub role: String,
    /// Password hash in PHC form.
    pub password_hash: Option<Secret>,
}

/// A signed-in browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Hash of the session's id; the id itself is only in the cookie.
    pub id_hash: String,
    /// The person's id.
    pub person: String,
    /// Secret that forms carry back.
    pub csrf: Secret,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_seen_at: Timestamp,
    /// When it ends at the latest.
    pub ends_at: Timestamp,
}

/// A session to begin at the stamp's time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSession {
    /// Hash of the session's id.
    pub id_hash: String,
    /// The person's id.
    pub person: String,
    /// Secret that forms carry back.
    pub csrf: Secret,
    /// When it ends at the latest.
    pub ends_at: Timestamp,
}

/// A session that holds, and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    /// The session.
    pub session: Session,
    /// Its person, whose access has not ended.
    pub person: Person,
}

impl Ledger {
    /// Adds a person.
    ///
    /// # Errors
    /// `Conflict` with the person who has that address already.
    pub fn add_person<'a>(&'a self, stamp: &'a Stamp, person: NewPerson) -> BoxFuture<'a, Result<Person>> {
        Box::pin(async move {
            let mut tx = self.write().await?;
            let person = insert_person(&mut tx, stamp, person).await?;
            let detail = json!({ "email": person.email, "role": person.role });
            tx.commit(stamp, &format!("person {}", person.id), detail).await?;
            Ok(person)
        })
    }

    /// The person of that id, ended or not.
    pub fn person<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Option<Person>>> {
        Box::pin(async move { person_by(&mut self.read().await?, BY_ID, id).await })
    }

    /// The person of that address in any case, ended or not.
    pub fn person_by_email<'a>(&'a self, email: &'a str) -> BoxFuture<'a, Result<Option<Person>>> {
        Box::pin(async move { person_by(&mut self.read().await?, BY_EMAIL, &address(email)).await })
    }

    /// Everyone, in the order they were added.
    pub fn people(&self) -> BoxFuture<'_, Result<Vec<Person>>> {
        Box::pin(async move {
            let rows = self
                .read()
                .await?
                .rows("SELECT * FROM person ORDER BY created_at, id", values![])
                .await?;
            rows.iter().map(read_person).collect()
        })
    }

    /// Gives a person another role.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when nobody with the role `remaining` would be left.
    pub fn set_role<'a>(
        &'a self,
        stamp: &'a Stamp,
        person: &'a str,
        role: &'a str,
        remaining: &'a str,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let mut tx = self.write().await?;
            let sql = "UPDATE person SET role = $2 WHERE id = $1";
            change_person(&mut tx, person, sql, role.into()).await?;
            someone_remains(&mut tx, remaining).await?;
            tx.commit(stamp, &format!("person {person}"), json!({ "role": role }))
                .await
        })
    }

    /// Gives a person another name.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn rename_person<'a>(&'a self, stamp: &'a Stamp, person: &'a str, name: &'a str) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let mut tx = self.write().await?;
            let sql = "UPDATE person SET name = $2 WHERE id = $1";
            change_person(&mut tx, person, sql, name.into()).await?;
            tx.commit(stamp, &format!("person {person}"), json!({ "name": name }))
                .await
        })
    }

    /// Gives a person another password and ends all of the person's sessions.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn set_password<'a>(
        &'a self,
        stamp: &'a Stamp,
        person: &'a str,
        password_hash: Secret,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let mut tx = self.write().await?;
            let ended = replace_password(&mut tx, person, &password_hash).await?;
            tx.commit(stamp, &format!("person {person}"), json!({ "sessions_ended": ended }))
                .await
        })
    }

    /// Ends a person's access and sessions; the person stays in the record.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when nobody with the role `remaining` would be left.
    pub fn end_person<'a>(
        &'a self,
        stamp: &'a Stamp,
        person: &'a str,
        remaining: &'a str,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let mut tx = self.write().await?;
            let sql = "UPDATE person SET ended_at = COALESCE(ended_at, $2) WHERE id = $1";
            change_person(&mut tx, person, sql, stamp.at.into()).await?;
            someone_remains(&mut tx, remaining).await?;
            let ended = end_sessions_but(&mut tx, person, None).await?;
            tx.commit(stamp, &format!("person {person}"), json!({ "sessions_ended": ended }))
                .await
        })
    }

    /// Gives a person whose access ended their access again, with the role and the password they had.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn readmit_person<'a>(&'a self, stamp: &'a Stamp, person: &'a str) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let mut tx = self.write().await?;
            let sql = "UPDATE person SET ended_at = $2 WHERE id = $1";
            change_person(&mut tx, person, sql, None::<Timestamp>.into()).await?;
            tx.commit(stamp, &format!("person {person}"), json!({ "access": "given again" }))
                .await
        })
    }

    /// Keeps the hash of a setup link; an earlier link that was not used is void from then on.
    ///
    /// # Errors
    /// `Conflict` when there is a person already.
    pub fn create_setup_link<'a>(
        &'a self,
        stamp: &'a Stamp,
        hash: &'a str,
        expires_at: Timestamp,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let mut tx = self.write().await?;
            if is_anyone(&mut tx).await? {
                return Err(conflict(
                    "the first person is there already; sign in, and add others from there",
                ));
            }
            tx.run("DELETE FROM setup_link WHERE used_at IS NULL", values![])
                .await?;
            let link = values![hash, expires_at];
            tx.run("INSERT INTO setup_link (hash, expires_at) VALUES ($1, $2)", link)
                .await?;
            tx.commit(stamp, "setup link", json!({ "expires_at": expires_at.to_string() }))
                .await
        })
    }

    /// Uses the setup link at the stamp's time and adds the first person; of many at once exactly one wins.
    ///
    /// # Errors
    /// `NotFound` for a link that is unknown or void; `Conflict` when it was used, has expired, or there is a person
    /// already.
    pub fn use_setup_link<'a>(
        &'a self,
        stamp: &'a Stamp,
        hash: &'a str,
        person: NewPerson,
    ) -> BoxFuture<'a, Result<Person>> {
        Box::pin(async move {
            let mut tx = self.write().await?;
            let Some(link) = tx
                .row("SELECT * FROM setup_link WHERE hash = $1", values![hash])
                .await?
            else {
                return Err(not_found("this setup link"));
            };
            if link.opt_text("used_at")?.is_some() || is_anyone(&mut tx).await? {
                return Err(conflict(
                    "the setup link was used already; sign in as the person who used it",
                ));
            }
            if link.time::<Timestamp>("expires_at")? <= stamp.at {
                return Err(conflict(
                    "the setup link has expired; start Beachhead again for a new one",
                ));
            }
            tx.run(
                "UPDATE setup_link SET used_at = $2 WHERE hash = $1",
                values![hash, stamp.at],
            )
            .await?;
            let person = insert_person(&mut tx, stamp, person).await?;
            let detail = json!({ "email": person.email, "role": person.role });
            tx.commit(stamp, &format!("person {}", person.id), detail).await?;
            Ok(person)
        })
    }

    /// Begins a session, and forgets those that ended before.
    pub fn create_session<'a>(&'a self, stamp: &'a Stamp, session: NewSession) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let mut tx = self.write().await?;
            insert_session(&mut tx, stamp, &session).await?;
            tx.commit(
                stamp,
                &format!("person {}", session.person),
                json!({ "session": "begun" }),
            )
            .await
        })
    }

    /// The session if it holds at `now`: not ended, used within `idle_limit`, and its person's access not ended.
    pub fn session<'a>(
        &'a self,
        id_hash: &'a str,
        now: Timestamp,
        idle_limit: SignedDuration,
    ) -> BoxFuture<'a, Result<Option<SignedIn>>> {
        Box::pin(async move {
            let mut tx = self.read().await?;
            let Some(row) = tx
                .row("SELECT * FROM session WHERE id_hash = $1", values![id_hash])
                .await?
            else {
                return Ok(None);
            };
            let session = read_session(&row)?;
            if session.ends_at <= now || now.duration_since(session.last_seen_at) > idle_limit {
                return Ok(None);
            }
            let person = person_by(&mut tx, BY_ID, &session.person).await?;
            let person = person.filter(|person| person.ended_at.is_none());
            Ok(person.map(|person| SignedIn { session, person }))
        })
    }

    /// Notes that a session is in use; writes at most once a minute, and no audit row.
    pub fn touch_session<'a>(&'a self, id_hash: &'a str, now: Timestamp) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let seen = self
                .read()
                .await?
                .row("SELECT * FROM session WHERE id_hash = $1", values![id_hash])
                .await?;
            let Some(session) = seen.as_ref().map(read_session).transpose()? else {
                return Ok(());
            };
            if now.duration_since(session.last_seen_at) < TOUCH_EVERY {
                return Ok(());
            }
            let mut tx = self.write().await?;
            let sql = "UPDATE session SET last_seen_at = $2 WHERE id_hash = $1 AND last_seen_at < $2";
            tx.run(sql, values![id_hash, now]).await?;
            tx.commit_trace().await
        })
    }

    /// Ends one session; nothing to do if it has ended.
    pub fn end_session<'a>(&'a self, stamp: &'a Stamp, id_hash: &'a str) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let mut tx = self.write().await?;
            let sql = "DELETE FROM session WHERE id_hash = $1 RETURNING person";
            match tx.row(sql, values![id_hash]).await? {
                Some(row) => {
                    let subject = format!("person {}", row.text("person")?);
                    tx.commit(stamp, &subject, json!({ "session": "ended" })).await
                }
                None => Ok(()),
            }
        })
    }

    /// Ends all sessions of a person and says how many.
    pub fn end_sessions<'a>(&'a self, stamp: &'a Stamp, person: &'a str) -> BoxFuture<'a, Result<u64>> {
        Box::pin(async move {
            let mut tx = self.write().await?;
            let ended = end_sessions_but(&mut tx, person, None).await?;
            tx.commit(stamp, &format!("person {person}"), json!({ "sessions_ended": ended }))
                .await?;
            Ok(ended)
        })
    }

    /// A person's sessions that have not reached their end at `now`, newest first.
    pub fn sessions<'a>(&'a self, person: &'a str, now: Timestamp) -> BoxFuture<'a, Result<Vec<Session>>> {
        Box::pin(async move {
            let mut tx = self.read().await?;
            let rows = tx
                .rows(
                    "SELECT * FROM session WHERE person = $1 AND ends_at > $2 ORDER BY created_at DESC, id_hash",
                    values![person, now],
                )
                .await?;
            rows.iter().map(read_session).collect()
        })
    }

    /// Counts one attempt under a key (an address or a network) and forgets all attempts before `forget_before`.
    /// Writes no audit row.
    pub fn record_attempt<'a>(
        &'a self,
        key: &'a str,
        at: Timestamp,
        forget_before: Timestamp,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let mut tx = self.write().await?;
            tx.run("DELETE FROM attempt WHERE at < $1", values![forget_before])
                .await?;
            tx.run(
                "INSERT INTO attempt (number, key, at) SELECT COALESCE(MAX(number), 0) + 1, $1, $2 FROM attempt",
                values![key, at],
            )
            .await?;
            tx.commit_trace().await
        })
    }

    /// How many attempts there were under a key at or after `since`.
    pub fn attempts_since<'a>(&'a self, key: &'a str, since: Timestamp) -> BoxFuture<'a, Result<i64>> {
        Box::pin(async move {
            let mut tx = self.read().await?;
            let sql = "SELECT COUNT(*) AS attempts FROM attempt WHERE key = $1 AND at >= $2";
            tx.one(sql, values![key, since]).await?.int("attempts")
        })
    }
}

pub(crate) const BY_ID: &str = "SELECT * FROM person WHERE id = $1";
const BY_EMAIL: &str = "SELECT * FROM person WHERE email = $1";

fn read_person(row: &Row) -> Result<Person> {
    Ok(Person {
        id: row.text("id")?,
        email: row.text("email")?,
        name: row.text("name")?,
        role: row.text("role")?,
        password_hash: row.opt_text("password_hash")?.map(Secret),
        created_at: row.time("created_at")?,
        ended_at: row.opt_time("ended_at")?,
    })
}

fn read_session(row: &Row) -> Result<Session> {
    Ok(Session {
        id_hash: row.text("id_hash")?,
        person: row.text("person")?,
        csrf: Secret(row.text("csrf")?),
        created_at: row.time("created_at")?,
        last_seen_at: row.time("last_seen_at")?,
        ends_at: row.time("ends_at")?,
    })
}

/// Addresses are compared in lower case.
pub(crate) fn address(email: &str) -> String {
    email.trim().to_lowercase()
}

pub(crate) async fn person_by(tx: &mut Tx, sql: &'static str, key: &str) -> Result<Option<Person>> {
    let row = tx.row(sql, values![key]).await?;
    row.as_ref().map(read_person).transpose()
}

async fn is_anyone(tx: &mut Tx) -> Result<bool> {
    Ok(tx.row("SELECT id FROM person LIMIT 1", values![]).await?.is_some())
}

/// The person of an address in lower case.
pub(crate) async fn person_of_address(tx: &mut Tx, email: &str) -> Result<Option<Person>> {
    person_by(tx, BY_EMAIL, email).await
}

/// Refuses unless somebody with the role still has access.
async fn someone_remains(tx: &mut Tx, role: &str) -> Result<()> {
    let sql = "SELECT id FROM person WHERE role = $1 AND ended_at IS NULL LIMIT 1";
    match tx.row(sql, values![role]).await? {
        Some(_) => Ok(()),
        None => Err(conflict(format!(
            "nobody with the role {role} would be left; give somebody else that role first"
        ))),
    }
}

pub(crate) async fn insert_person(tx: &mut Tx, stamp: &Stamp, person: NewPerson) -> Result<Person> {
    let email = address(&person.email);
    if let Some(same) = person_by(tx, BY_EMAIL, &email).await? {
        let what = format!("{email} is the address of {} already; use another address", same.name);
        return Err(conflict_with(what, Current::Person(same)));
    }
    let row = tx
        .one(
            "INSERT INTO person (id, email, name, role, password_hash, created_at)
             VALUES ($1, $2, $3, $4, $5, $6) RETURNING *",
            values![
                &person.id,
                &email,
                &person.name,
                &person.role,
                &person.password_hash.map(|hash| hash.0),
                stamp.at
            ],
        )
        .await?;
    read_person(&row)
}

/// Changes one person, who must be there.
async fn change_person(tx: &mut Tx, person: &str, sql: &'static str, value: Value) -> Result<()> {
    match tx.run(sql, vec![person.into(), value]).await? {
        0 => Err(not_found(format!("person {person}"))),
        _ => Ok(()),
    }
}

/// Gives a person another password: every session, sign-in and reset link of before ends. Says how many sessions ended.
pub(crate) async fn replace_password(tx: &mut Tx, person: &str, password_hash: &Secret) -> Result<u64> {
    let sql = "UPDATE person SET password_hash = $2 WHERE id = $1";
    change_person(tx, person, sql, password_hash.expose().into()).await?;
    tx.run("DELETE FROM reset_link WHERE person = $1", values![person])
        .await?;
    end_sessions_but(tx, person, None).await
}

/// Begins a session, and forgets those that ended before.
pub(crate) async fn insert_session(tx: &mut Tx, stamp: &Stamp, session: &NewSession) -> Result<()> {
    tx.run("DELETE FROM session WHERE ends_at <= $1", values![stamp.at])
        .await?;
    let sql = "INSERT INTO session (id_hash, person, csrf, created_at, last_seen_at, ends_at)
               VALUES ($1, $2, $3, $4, $4, $5)";
    let values = values![
        &session.id_hash,
        &session.person,
        session.csrf.expose(),
        stamp.at,
        session.ends_at
    ];
    tx.run(sql, values).await.map(drop)
}

/// Ends the sessions of a person but for the one of that hash, and every sign-in that waits for a second factor. Says how
/// many sessions ended.
pub(crate) async fn end_sessions_but(tx: &mut Tx, person: &str, kept: Option<&str>) -> Result<u64> {
    tx.run("DELETE FROM waiting_sign_in WHERE person = $1", values![person])
        .await?;
    let sql = "DELETE FROM session WHERE person = $1 AND id_hash <> $2";
    tx.run(sql, values![person, kept.unwrap_or_default()]).await
}
