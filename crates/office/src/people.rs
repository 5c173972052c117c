//! People: the one-time setup link, accounts with passwords, signing in and out, and who a session belongs to.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use beachhead_ledger::{NewPerson as Row, NewSession, Person, Secret};
use jiff::{SignedDuration, Timestamp};

use crate::actor::{Actor, Permission, Role};
use crate::second_factor::Admitted;
use crate::{Answer, Code, Office, Refusal};

/// The shortest password taken (NIST SP 800-63B asks for length, not for mixtures).
pub const PASSWORD_CHARS: usize = 12;
/// The longest password taken, so that hashing it costs no more than a hash.
pub const PASSWORD_CHARS_MOST: usize = 256;
/// The longest name or address taken.
pub const NAME_CHARS: usize = 120;
/// How long a setup link works.
pub const SETUP_LINK_HOURS: i64 = 24;
/// A session ends after this long without a request.
pub const SESSION_IDLE_HOURS: i64 = 12;
/// A session ends after this long whatever happens.
pub const SESSION_HOURS: i64 = 14 * 24;
/// Failed sign-ins under one address within [`ATTEMPT_MINUTES`] before it has to wait.
pub const ATTEMPTS: i64 = 10;
/// The time over which failed sign-ins are counted.
pub const ATTEMPT_MINUTES: i64 = 15;

/// Passwords of 12 characters and more that people choose all the same; compared in lower case without digits at the end.
const COMMON_PASSWORDS: [&str; 16] = [
    "passwordpassword",
    "correcthorsebatterystaple",
    "qwertyuiopas",
    "qwertyuiop",
    "administrator",
    "letmeinletmein",
    "iloveyouiloveyou",
    "beachheadbeachhead",
    "beachhead",
    "changemechangeme",
    "welcomewelcome",
    "password",
    "abcdefghijkl",
    "qwertyqwerty",
    "trustnooneatall",
    "testtesttest",
];

/// A person to add.
#[derive(Clone)]
pub struct NewPerson {
    /// Name as shown in the register.
    pub name: String,
    /// E-mail address, by which they sign in.
    pub email: String,
    /// The password typed.
    pub password: String,
}

impl NewPerson {
    /// Whether name, address and password can be taken.
    ///
    /// # Errors
    /// The first thing wrong, with how to mend it.
    pub fn check(&self) -> Result<(), Refusal> {
        check_name(&self.name)?;
        check_address(&self.email)?;
        check_password(&self.password)
    }
}

pub(crate) fn check_name(name: &str) -> Result<(), Refusal> {
    if name.trim().is_empty() || name.chars().count() > NAME_CHARS {
        return Err(Refusal::bad_input(
            "The name is empty or too long",
            "Type a name of up to 120 characters.",
        ));
    }
    Ok(())
}

pub(crate) fn check_address(email: &str) -> Result<(), Refusal> {
    let (user, host) = email.split_once('@').unwrap_or_default();
    let odd = email.chars().any(|c| c.is_whitespace() || c.is_control());
    if user.is_empty() || !host.contains('.') || odd || email.chars().count() > NAME_CHARS {
        let message = format!("“{email}” is not an e-mail address");
        return Err(Refusal::bad_input(message, "Type it as name@company.com."));
    }
    Ok(())
}

fn check_password(password: &str) -> Result<(), Refusal> {
    let chars = password.chars().count();
    let too_plain = || {
        let bare = password.to_lowercase();
        let bare = bare.trim_end_matches(|c: char| c.is_ascii_digit() || c.is_ascii_punctuation());
        let first = password.chars().next();
        COMMON_PASSWORDS.contains(&bare) || password.chars().all(|c| c.is_ascii_digit() || Some(c) == first)
    };
    if chars < PASSWORD_CHARS {
        let message = format!("The password has {chars} characters; it needs {PASSWORD_CHARS} or more");
        return Err(Refusal::bad_input(message, "A few words that you remember are best."));
    }
    if chars > PASSWORD_CHARS_MOST {
        return Err(Refusal::bad_input(
            "The password is too long",
            "256 characters are enough.",
        ));
    }
    if too_plain() {
        return Err(Refusal::bad_input(
            "The password is one that is tried first",
            "Choose a few words of your own.",
        ));
    }
    Ok(())
}

/// Somebody signed in, and the token that their forms carry.
pub struct Session {
    /// Who.
    pub actor: Actor,
    /// The token.
    pub csrf: String,
}

impl Office {
    /// Whether anybody has an account yet.
    pub fn is_set_up(&self) -> Answer<'_, bool> {
        Box::pin(async move { Ok(!self.ledger.people().await?.is_empty()) })
    }

    /// Makes the one-time link by which the first person gets in; an earlier link stops working. Gives its token.
    pub fn make_setup_link(&self) -> Answer<'_, String> {
        Box::pin(async move {
            let token = self.surroundings.secret();
            let ends = self.in_hours(SETUP_LINK_HOURS);
            self.ledger
                .create_setup_link(
                    &self.stamp(Actor::command_line().id(), "make setup link"),
                    &digest(&token),
                    ends,
                )
                .await?;
            Ok(token)
        })
    }

    /// Whether a setup link could still be used: it could if nobody has an account. Whether it is the right one, and not
    /// too old, is said when it is used: a link cannot be tried out.
    pub fn check_setup_link<'a>(&'a self, token: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            let well_formed = token.len() == 64 && token.bytes().all(|byte| byte.is_ascii_hexdigit());
            if !well_formed || self.is_set_up().await? {
                return Err(Refusal::not_found(
                    "This setup link does not work any more",
                    "It works once, for 24 hours. Sign in, or start the program again to print a new one.",
                ));
            }
            Ok(())
        })
    }

    /// Uses the setup link: makes the first account, an owner, and signs it in. Gives the session's secret.
    pub fn set_up<'a>(&'a self, token: &'a str, person: NewPerson) -> Answer<'a, String> {
        Box::pin(async move {
            let _one_at_a_time = self.hashing.lock().await;
            self.check_setup_link(token).await?;
            person.check()?;
            let row = self.row(person, Role::Owner).await?;
            let stamp = self.stamp(&row.id, "set up");
            let person = self.ledger.use_setup_link(&stamp, &digest(token), row).await?;
            self.begin_session(&person).await
        })
    }

    /// Adds a person with a role.
    pub fn add_person<'a>(&'a self, actor: &'a Actor, person: NewPerson, role: Role) -> Answer<'a, Person> {
        Box::pin(async move {
            actor.must(Permission::Administer)?;
            person.check()?;
            let row = self.row(person, role).await?;
            Ok(self.ledger.add_person(&self.stamp_of(actor, "add person"), row).await?)
        })
    }

    /// Gives a person a new password and ends their sessions: the way back in, from the machine's own command line.
    pub fn set_password<'a>(&'a self, actor: &'a Actor, email: &'a str, password: String) -> Answer<'a, ()> {
        Box::pin(async move {
            actor.must(Permission::Administer)?;
            check_password(&password)?;
            let person = self.person(email).await?;
            let hash = self.hash(password).await?;
            Ok(self
                .ledger
                .set_password(&self.stamp_of(actor, "set password"), &person.id, hash)
                .await?)
        })
    }

    /// Gives oneself another password, the one in use being known, and ends every session of one's own. Gives the secret
    /// of a new one.
    pub fn change_password<'a>(&'a self, actor: &'a Actor, current: &'a str, new: String) -> Answer<'a, String> {
        Box::pin(async move {
            actor.must(Permission::Read)?;
            let _one_at_a_time = self.hashing.lock().await;
            let person = self.proven(actor, current).await?;
            let hash = self.hashed(new).await?;
            let stamp = self.stamp_of(actor, "change password");
            self.ledger.set_password(&stamp, &person.id, hash).await?;
            self.begin_session(&person).await
        })
    }

    /// Gives oneself another name; what was done before stays under the same person.
    pub fn rename_self<'a>(&'a self, actor: &'a Actor, name: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            actor.must(Permission::Read)?;
            check_name(name)?;
            let stamp = self.stamp_of(actor, "change name");
            Ok(self.ledger.rename_person(&stamp, &actor.person, name.trim()).await?)
        })
    }

    /// Everybody with an account.
    pub fn people<'a>(&'a self, actor: &'a Actor) -> Answer<'a, Vec<Person>> {
        Box::pin(async move {
            actor.must(Permission::Read)?;
            Ok(self.ledger.people().await?)
        })
    }

    /// Acts as a person of the record, for the machine's own command line (`--as`).
    pub fn actor_of<'a>(&'a self, email: &'a str) -> Answer<'a, Actor> {
        Box::pin(async move {
            let person = self.person(email).await?;
            if person.ended_at.is_some() {
                let message = format!("The access of {} has ended", person.name);
                return Err(Refusal::new(
                    Code::NotAllowed,
                    message,
                    "`beachhead user list` shows who has an account.",
                ));
            }
            actor(&person)
        })
    }

    /// Signs somebody in, or says what comes first. The record keeps only a hash of the secret that is given.
    pub fn sign_in<'a>(&'a self, email: &'a str, password: &'a str) -> Answer<'a, Admitted> {
        Box::pin(async move {
            let _one_at_a_time = self.hashing.lock().await;
            // No account has a longer address, and a longer one is not worth keeping.
            let email: String = email.trim().chars().take(NAME_CHARS + 1).collect();
            let person = self.ledger.person_by_email(&email).await?;
            let person = person.filter(|person| person.ended_at.is_none());
            self.try_password(&email, person.as_ref(), password).await?;
            match person {
                Some(person) => self.admit(&person).await,
                None => Err(Refusal::internal("A password without a person was accepted")),
            }
        })
    }

    /// Refuses unless the password is that of the person; counts wrong ones under the address and refuses too many.
    async fn try_password(&self, email: &str, person: Option<&Person>, password: &str) -> Result<(), Refusal> {
        let key = format!("sign-in {}", email.to_lowercase());
        self.may_try(&key).await?;
        let known = person.and_then(|person| person.password_hash.clone());
        if self.verify(password.to_owned(), known).await? {
            return Ok(());
        }
        self.note_try(&key).await?;
        Err(Refusal::bad_input(
            "The e-mail address and the password do not belong together",
            "Try again, or ask an owner for a link by which you set a new password.",
        ))
    }

    /// The person who asks, once the password given is found to be theirs.
    pub(crate) async fn proven(&self, actor: &Actor, password: &str) -> Result<Person, Refusal> {
        let person = self.ledger.person(&actor.person).await?;
        let person = person.ok_or_else(|| Refusal::not_found("You have no account of your own", ""))?;
        match self.try_password(&person.email, Some(&person), password).await {
            Ok(()) => Ok(person),
            Err(refusal) if refusal.code == Code::BadInput => Err(Refusal::bad_input(
                "This is not your password",
                "Type the one that you sign in with.",
            )),
            Err(refusal) => Err(refusal),
        }
    }

    /// Refuses where too many tries under a key went wrong of late.
    pub(crate) async fn may_try(&self, key: &str) -> Result<(), Refusal> {
        let since = self.surroundings.now() - SignedDuration::from_mins(ATTEMPT_MINUTES);
        if self.ledger.attempts_since(key, since).await? >= ATTEMPTS {
            let hint = format!("Wait {ATTEMPT_MINUTES} minutes and try again.");
            return Err(Refusal::new(Code::TooMany, "Too many wrong tries", hint));
        }
        Ok(())
    }

    /// Counts a try that went wrong.
    pub(crate) async fn note_try(&self, key: &str) -> Result<(), Refusal> {
        let now = self.surroundings.now();
        let since = now - SignedDuration::from_mins(ATTEMPT_MINUTES);
        Ok(self.ledger.record_attempt(key, now, since).await?)
    }

    /// The session of a secret, if it holds; counts as a use of it.
    pub fn session<'a>(&'a self, secret: &'a str) -> Answer<'a, Option<Session>> {
        Box::pin(async move {
            let now = self.surroundings.now();
            let id = digest(secret);
            let Some(found) = self
                .ledger
                .session(&id, now, SignedDuration::from_hours(SESSION_IDLE_HOURS))
                .await?
            else {
                return Ok(None);
            };
            if now.duration_since(found.session.last_seen_at) > SignedDuration::from_mins(1) {
                self.ledger.touch_session(&id, now).await?;
            }
            Ok(Some(Session {
                actor: actor(&found.person)?,
                csrf: found.session.csrf.expose().to_owned(),
            }))
        })
    }

    /// Ends the session of a secret.
    pub fn sign_out<'a>(&'a self, actor: &'a Actor, secret: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            Ok(self
                .ledger
                .end_session(&self.stamp_of(actor, "sign out"), &digest(secret))
                .await?)
        })
    }

    async fn person(&self, email: &str) -> Result<Person, Refusal> {
        self.ledger.person_by_email(email).await?.ok_or_else(|| {
            let message = format!("Nobody has the address {email}");
            Refusal::not_found(message, "`beachhead user list` shows who has an account.")
        })
    }

    async fn row(&self, person: NewPerson, role: Role) -> Result<Row, Refusal> {
        Ok(Row {
            id: self.surroundings.id(),
            email: person.email.to_lowercase(),
            name: person.name.trim().to_owned(),
            role: role.name().to_owned(),
            password_hash: Some(self.hash(person.password).await?),
        })
    }

    pub(crate) async fn begin_session(&self, person: &Person) -> Result<String, Refusal> {
        let (secret, session) = self.new_session(person);
        self.ledger
            .create_session(&self.stamp(&person.id, "sign in"), session)
            .await?;
        Ok(secret)
    }

    /// A session to begin, and its secret.
    pub(crate) fn new_session(&self, person: &Person) -> (String, NewSession) {
        let secret = self.surroundings.secret();
        let session = NewSession {
            id_hash: digest(&secret),
            person: person.id.clone(),
            csrf: Secret::new(self.surroundings.secret()),
            ends_at: self.in_hours(SESSION_HOURS),
        };
        (secret, session)
    }

    fn in_hours(&self, hours: i64) -> Timestamp {
        self.surroundings.now() + SignedDuration::from_hours(hours)
    }

    /// The hash of a password that may be taken.
    pub(crate) async fn hashed(&self, password: String) -> Result<Secret, Refusal> {
        check_password(&password)?;
        self.hash(password).await
    }

    async fn hash(&self, password: String) -> Result<Secret, Refusal> {
        let salt = self.surroundings.bytes::<16>();
        blocking(move || {
            let hash = Argon2::default().hash_password_with_salt(password.as_bytes(), &salt);
            hash.map(|hash: PasswordHash| Secret::new(hash.to_string()))
        })
        .await?
        .map_err(|error| Refusal::internal(format!("The password could not be hashed: {error}")))
    }

    /// Compares a password with a hash; without one it takes as long and says no, so that nobody learns who has an account.
    async fn verify(&self, password: String, known: Option<Secret>) -> Result<bool, Refusal> {
        if password.chars().count() > PASSWORD_CHARS_MOST {
            return Ok(false);
        }
        let salt = self.surroundings.bytes::<16>();
        blocking(move || match &known {
            Some(hash) => PasswordHash::new(hash.expose())
                .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok()),
            None => {
                let _spent: Result<PasswordHash, _> =
                    Argon2::default().hash_password_with_salt(password.as_bytes(), &salt);
                false
            }
        })
        .await
    }
}

/// Runs work that keeps a processor busy, away from the threads that answer requests.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Refusal> {
    begun(work).await
}

/// The same, begun at once and not only when it is waited for.
pub(crate) fn begun<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> impl Future<Output = Result<T, Refusal>> {
    let task = tokio::task::spawn_blocking(work);
    async {
        task.await
            .map_err(|error| Refusal::internal(format!("The work was broken off: {error}")))
    }
}

pub(crate) fn actor(person: &Person) -> Result<Actor, Refusal> {
    let role = Role::from_name(&person.role).ok_or_else(|| {
        Refusal::internal(format!(
            "The record gives {} an unknown role, {}",
            person.name, person.role
        ))
    })?;
    Ok(Actor {
        person: person.id.clone(),
        name: person.name.clone(),
        role,
    })
}

/// Whether two secrets are equal, in a time that does not tell where they differ.
#[must_use]
pub fn same_secret(left: &str, right: &str) -> bool {
    let pairs = left.bytes().zip(right.bytes());
    left.len() == right.len() && pairs.fold(0, |differ, (a, b)| differ | (a ^ b)) == 0
}

/// The hash under which the record knows a secret.
pub(crate) fn digest(secret: &str) -> String {
    beachhead_strategy::signature::fingerprint(secret)
}

#[cfg(test)]
mod tests {
    use super::{NewPerson, check_password, same_secret};

    #[test]
    fn secrets_compare_whole() {
        assert!(same_secret("abc", "abc"));
        assert!(!same_secret("abc", "abd"));
        assert!(!same_secret("abc", "abcd"));
        assert!(!same_secret("", "a"));
    }

    #[test]
    fn short_and_common_passwords_are_refused() {
        for weak in [
            "short",
            "password1234",
            "aaaaaaaaaaaaa",
            "123456789012",
            "Beachhead2026!",
            "passwordpassword",
        ] {
            assert!(check_password(weak).is_err(), "{weak}");
        }
        assert!(check_password("teal ferry under oak").is_ok());
    }

    #[test]
    fn an_address_needs_a_user_and_a_host() {
        let person = |email: &str| NewPerson {
            name: "Ines".into(),
            email: email.into(),
            password: "teal ferry under oak".into(),
        };
        assert!(person("ines@northwind.example").check().is_ok());
        for wrong in [
            "",
            "ines",
            "@northwind.example",
            "ines@localhost",
            "in es@northwind.example",
        ] {
            assert!(person(wrong).check().is_err(), "{wrong:?}");
        }
    }
}
