//! Who is let in and who no longer: invites by a link that works once, roles, access ended and given again. Must not hash a
//! password itself.

use beachhead_ledger::{Invite, NewInvite, Person, Session};
use jiff::{SignedDuration, Timestamp};

use crate::actor::{Actor, Permission, Role};
use crate::people::{check_address, check_name, digest};
use crate::second_factor::Admitted;
use crate::{Answer, Office, Refusal};

/// How long an invite works.
pub const INVITE_DAYS: i64 = 7;
/// The most invites that are open at once.
pub const INVITES_OPEN: usize = 100;
/// Under what links that do not work are counted. One that works does so whatever was tried.
const MISSED: &str = "invite link";
/// How many letters of a session's hash name it on its owner's page.
pub const SESSION_NAME_CHARS: usize = 16;

/// Somebody to invite.
#[derive(Debug, Clone)]
pub struct Invited {
    /// Name as shown in the register.
    pub name: String,
    /// E-mail address, by which they will sign in.
    pub email: String,
    /// What they will be able to do.
    pub role: Role,
}

impl Invited {
    /// Whether name and address can be taken.
    ///
    /// # Errors
    /// The first thing wrong, with how to mend it.
    pub fn check(&self) -> Result<(), Refusal> {
        check_name(&self.name)?;
        check_address(&self.email)
    }
}

/// An invite just made.
#[derive(Clone)]
pub struct InviteMade {
    /// What the link ends with: shown once, kept nowhere.
    pub token: String,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// A session as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnSession {
    /// What it is called to end it: the beginning of its hash.
    pub name: String,
    /// When it began.
    pub began: Timestamp,
    /// When it was last used, to the minute.
    pub last_seen: Timestamp,
    /// When it ends at the latest.
    pub ends: Timestamp,
    /// Whether it is the one that asks.
    pub is_this: bool,
}

impl Office {
    /// Makes a link by which one person gets in, once, with a password of their own choosing. No mail is sent: whoever
    /// makes the link passes it on.
    pub fn invite<'a>(&'a self, actor: &'a Actor, invited: &'a Invited) -> Answer<'a, InviteMade> {
        Box::pin(async move {
            actor.must(Permission::Administer)?;
            invited.check()?;
            let now = self.surroundings.now();
            let open = self
                .ledger
                .invites()
                .await?
                .iter()
                .filter(|one| one.is_open(now))
                .count();
            if open >= INVITES_OPEN {
                let message = format!("{INVITES_OPEN} invites are open already");
                return Err(Refusal::conflict(message, "Withdraw those that nobody will use."));
            }
            let token = self.surroundings.secret();
            let expires_at = now + SignedDuration::from_hours(INVITE_DAYS * 24);
            let invite = NewInvite {
                hash: digest(&token),
                name: invited.name.trim().to_owned(),
                email: invited.email.clone(),
                role: invited.role.name().to_owned(),
                expires_at,
            };
            self.ledger.add_invite(&self.stamp_of(actor, "invite"), invite).await?;
            Ok(InviteMade { token, expires_at })
        })
    }

    /// Every invite, the newest first.
    pub fn invites<'a>(&'a self, actor: &'a Actor) -> Answer<'a, Vec<Invite>> {
        Box::pin(async move {
            actor.must(Permission::Administer)?;
            Ok(self.ledger.invites().await?)
        })
    }

    /// Takes an invite back, named by its hash.
    pub fn withdraw_invite<'a>(&'a self, actor: &'a Actor, hash: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            actor.must(Permission::Administer)?;
            let stamp = self.stamp_of(actor, "withdraw invite");
            Ok(self.ledger.withdraw_invite(&stamp, hash).await?)
        })
    }

    /// The invite of a link, while it works. Whoever has the link may see it: it cannot be guessed. Links that do not work
    /// get one answer, and only so many of them.
    pub fn invited_by<'a>(&'a self, token: &'a str) -> Answer<'a, Invite> {
        Box::pin(async move {
            let now = self.surroundings.now();
            let invite = self.ledger.invite(&digest(token)).await?;
            if let Some(invite) = invite.filter(|invite| invite.is_open(now)) {
                return Ok(invite);
            }
            self.may_try(MISSED).await?;
            self.note_try(MISSED).await?;
            Err(no_invite())
        })
    }

    /// Uses an invite: its person gets in with the name and password they chose, or hears what comes first.
    pub fn join<'a>(&'a self, token: &'a str, name: &'a str, password: String) -> Answer<'a, Admitted> {
        Box::pin(async move {
            let _one_at_a_time = self.hashing.lock().await;
            self.invited_by(token).await?;
            check_name(name)?;
            let hash = self.hashed(password).await?;
            let stamp = self.stamp(&self.surroundings.id(), "join");
            let joined = self.ledger.use_invite(&stamp, &digest(token), name.trim(), hash).await;
            match joined {
                Err(beachhead_ledger::LedgerError::NotFound { .. }) => Err(no_invite()),
                joined => self.admit(&joined?).await,
            }
        })
    }

    /// Gives a person another role. At least one owner remains.
    pub fn set_role<'a>(&'a self, actor: &'a Actor, person: &'a str, role: Role) -> Answer<'a, ()> {
        Box::pin(async move {
            actor.must(Permission::Administer)?;
            let stamp = self.stamp_of(actor, "set role");
            let owner = Role::Owner.name();
            Ok(self.ledger.set_role(&stamp, person, role.name(), owner).await?)
        })
    }

    /// Ends a person's access and every session of theirs. What they did stays in the record under their name. At least
    /// one owner remains.
    pub fn end_access<'a>(&'a self, actor: &'a Actor, person: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            actor.must(Permission::Administer)?;
            let stamp = self.stamp_of(actor, "end access");
            Ok(self.ledger.end_person(&stamp, person, Role::Owner.name()).await?)
        })
    }

    /// Gives a person whose access ended their access again.
    pub fn give_access_again<'a>(&'a self, actor: &'a Actor, person: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            actor.must(Permission::Administer)?;
            let stamp = self.stamp_of(actor, "give access again");
            Ok(self.ledger.readmit_person(&stamp, person).await?)
        })
    }

    /// Ends every session of a person and says how many; they sign in again with their password.
    pub fn sign_out_everywhere<'a>(&'a self, actor: &'a Actor, person: &'a str) -> Answer<'a, u64> {
        Box::pin(async move {
            actor.must(Permission::Administer)?;
            let stamp = self.stamp_of(actor, "sign out everywhere");
            Ok(self.ledger.end_sessions(&stamp, person).await?)
        })
    }

    /// A person and how many sessions of theirs hold.
    pub fn person_numbered<'a>(&'a self, actor: &'a Actor, id: &'a str) -> Answer<'a, (Person, usize)> {
        Box::pin(async move {
            actor.must(Permission::Administer)?;
            let found = self.ledger.person(id).await?;
            let person = found.ok_or_else(|| Refusal::not_found("There is no such person", "Go back to the list."))?;
            Ok((person, self.holding(id).await?.len()))
        })
    }

    /// One's own sessions, the newest first; `secret` is that of the session that asks.
    pub fn own_sessions<'a>(&'a self, actor: &'a Actor, secret: Option<&'a str>) -> Answer<'a, Vec<OwnSession>> {
        Box::pin(async move {
            actor.must(Permission::Read)?;
            let this = secret.map(digest);
            let own = |session: Session| OwnSession {
                is_this: this.as_ref() == Some(&session.id_hash),
                name: session.id_hash.chars().take(SESSION_NAME_CHARS).collect(),
                began: session.created_at,
                last_seen: session.last_seen_at,
                ends: session.ends_at,
            };
            Ok(self.holding(&actor.person).await?.into_iter().map(own).collect())
        })
    }

    /// Ends a session of one's own, by its name.
    pub fn end_own_session<'a>(&'a self, actor: &'a Actor, name: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            actor.must(Permission::Read)?;
            let holding = self.holding(&actor.person).await?;
            let named = |session: &&Session| name.len() == SESSION_NAME_CHARS && session.id_hash.starts_with(name);
            let Some(session) = holding.iter().find(named) else {
                return Err(Refusal::not_found(
                    "This session has ended already",
                    "Nothing was changed.",
                ));
            };
            let stamp = self.stamp_of(actor, "end session");
            Ok(self.ledger.end_session(&stamp, &session.id_hash).await?)
        })
    }

    async fn holding(&self, person: &str) -> Result<Vec<Session>, Refusal> {
        let now = self.surroundings.now();
        let idle = SignedDuration::from_hours(crate::people::SESSION_IDLE_HOURS);
        let mut sessions = self.ledger.sessions(person, now).await?;
        sessions.retain(|session| now.duration_since(session.last_seen_at) <= idle);
        Ok(sessions)
    }
}

fn no_invite() -> Refusal {
    Refusal::not_found(
        "This invite does not work any more",
        format!(
            "It works once, for {INVITE_DAYS} days. Ask whoever sent it for another; if you have used it, sign in."
        ),
    )
}
