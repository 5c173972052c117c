//! A password set anew by a link that an owner makes for somebody who forgot theirs. Must not hash a password itself.

use beachhead_ledger::{LedgerError, Person};
use jiff::{SignedDuration, Timestamp};

use crate::actor::{Actor, Permission};
use crate::people::digest;
use crate::{Answer, Office, Refusal};

/// How long a reset link works.
pub const RESET_LINK_HOURS: i64 = 24;
/// Under what links that do not hold are counted. One that holds works whatever was tried.
const MISSED: &str = "reset link";

/// A reset link just made.
#[derive(Clone)]
pub struct ResetMade {
    /// Whose password it sets.
    pub person: Person,
    /// What the link ends with: shown once, kept nowhere.
    pub token: String,
    /// When it ends.
    pub expires_at: Timestamp,
}

impl Office {
    /// Makes a link by which a person sets their password anew, once; an earlier one is void. No mail is sent: whoever makes
    /// the link passes it on.
    pub fn make_reset_link<'a>(&'a self, actor: &'a Actor, person: &'a str) -> Answer<'a, ResetMade> {
        Box::pin(async move {
            actor.must(Permission::Administer)?;
            let found = self.ledger.person(person).await?;
            let person = found.ok_or_else(|| Refusal::not_found("There is no such person", "Go back to the list."))?;
            let token = self.surroundings.secret();
            let expires_at = self.surroundings.now() + SignedDuration::from_hours(RESET_LINK_HOURS);
            let stamp = self.stamp_of(actor, "make reset link");
            self.ledger
                .add_reset_link(&stamp, &person.id, &digest(&token), expires_at)
                .await?;
            Ok(ResetMade {
                person,
                token,
                expires_at,
            })
        })
    }

    /// Whose password a link sets, while it holds. Whoever has the link may see it: it cannot be guessed. Links that do not
    /// hold get one answer, and only so many of them.
    pub fn reset_by<'a>(&'a self, token: &'a str) -> Answer<'a, Person> {
        Box::pin(async move {
            let now = self.surroundings.now();
            if let Some(person) = self.ledger.reset_link(&digest(token), now).await? {
                return Ok(person);
            }
            self.may_try(MISSED).await?;
            self.note_try(MISSED).await?;
            Err(no_link())
        })
    }

    /// Uses a reset link: its person has this password, and every session of theirs ends. A second factor stays.
    pub fn reset_password<'a>(&'a self, token: &'a str, password: String) -> Answer<'a, ()> {
        Box::pin(async move {
            let _one_at_a_time = self.hashing.lock().await;
            let person = self.reset_by(token).await?;
            let hash = self.hashed(password).await?;
            let stamp = self.stamp(&person.id, "reset password");
            match self.ledger.use_reset_link(&stamp, &digest(token), hash).await {
                Err(LedgerError::NotFound { .. }) => Err(no_link()),
                used => Ok(used?),
            }
        })
    }
}

fn no_link() -> Refusal {
    Refusal::not_found(
        "This link does not work any more",
        format!("It works once, for {RESET_LINK_HOURS} hours. Ask an owner for another; if you have used it, sign in."),
    )
}
