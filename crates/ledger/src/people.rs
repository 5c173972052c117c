//! People, the one-time setup link, sessions, and sign-in attempts. It must not hash, compare or make a secret: it keeps
//! what it is handed.

use jiff::{SignedDuration, Timestamp};

use crate::{BoxFuture, Ledger, Result, Stamp};

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
        Box::pin(async move { todo!() })
    }

    /// The person of that id, ended or not.
    pub fn person<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Option<Person>>> {
        Box::pin(async move { todo!() })
    }

    /// The person of that address in any case, ended or not.
    pub fn person_by_email<'a>(&'a self, email: &'a str) -> BoxFuture<'a, Result<Option<Person>>> {
        Box::pin(async move { todo!() })
    }

    /// Everyone, in the order they were added.
    pub fn people(&self) -> BoxFuture<'_, Result<Vec<Person>>> {
        Box::pin(async move { todo!() })
    }

    /// Gives a person another role.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn set_role<'a>(&'a self, stamp: &'a Stamp, person: &'a str, role: &'a str) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move { todo!() })
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
        Box::pin(async move { todo!() })
    }

    /// Ends a person's access and sessions; the person stays in the record.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn end_person<'a>(&'a self, stamp: &'a Stamp, person: &'a str) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move { todo!() })
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
        Box::pin(async move { todo!() })
    }

    /// Uses the setup link at the stamp's time and adds the first person; of many at once exactly one wins.
    ///
    /// # Errors
    /// `NotFound` for a link that is unknown or void; `Conflict` when it was used, has expired, or there is a person already.
    pub fn use_setup_link<'a>(
        &'a self,
        stamp: &'a Stamp,
        hash: &'a str,
        person: NewPerson,
    ) -> BoxFuture<'a, Result<Person>> {
        Box::pin(async move { todo!() })
    }

    /// Begins a session, and forgets those that ended before.
    pub fn create_session<'a>(&'a self, stamp: &'a Stamp, session: NewSession) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move { todo!() })
    }

    /// The session if it holds at `now`: not ended, used within `idle_limit`, and its person's access not ended.
    pub fn session<'a>(
        &'a self,
        id_hash: &'a str,
        now: Timestamp,
        idle_limit: SignedDuration,
    ) -> BoxFuture<'a, Result<Option<SignedIn>>> {
        Box::pin(async move { todo!() })
    }

    /// Notes that a session is in use; writes at most once a minute, and no audit row.
    pub fn touch_session<'a>(&'a self, id_hash: &'a str, now: Timestamp) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move { todo!() })
    }

    /// Ends one session; nothing to do if it has ended.
    pub fn end_session<'a>(&'a self, stamp: &'a Stamp, id_hash: &'a str) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move { todo!() })
    }

    /// Ends all sessions of a person and says how many.
    pub fn end_sessions<'a>(&'a self, stamp: &'a Stamp, person: &'a str) -> BoxFuture<'a, Result<u64>> {
        Box::pin(async move { todo!() })
    }

    /// A person's sessions that have not reached their end at `now`, newest first.
    pub fn sessions<'a>(&'a self, person: &'a str, now: Timestamp) -> BoxFuture<'a, Result<Vec<Session>>> {
        Box::pin(async move { todo!() })
    }

    /// Counts one attempt under a key (an address or a network) and forgets all attempts before `forget_before`.
    /// Writes no audit row.
    pub fn record_attempt<'a>(
        &'a self,
        key: &'a str,
        at: Timestamp,
        forget_before: Timestamp,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move { todo!() })
    }

    /// How many attempts there were under a key at or after `since`.
    pub fn attempts_since<'a>(&'a self, key: &'a str, since: Timestamp) -> BoxFuture<'a, Result<i64>> {
        Box::pin(async move { todo!() })
    }
}
