//! Links that show the one page to whoever holds them, for some days and until taken back. Whoever comes by a link has no
//! session, sees that one page and nothing else, and follows no link from it.

use beachhead_ledger::{NewShare, Secret, Share};
use beachhead_press::one_page::OnePage;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use crate::actor::{Actor, Permission, Role};
use crate::looking_back::day_of;
use crate::people::digest;
use crate::{Answer, Office, Refusal, reporting};

/// For how many days a link may hold.
pub const SHARE_DAYS: [i64; 3] = [7, 30, 90];
/// The most links that hold at once: a list that is still read.
pub const SHARES_MOST: usize = 50;
/// The longest secret that is looked at; ours have 64 characters.
const SECRET_CHARS: usize = 64;

/// What a link shows.
#[derive(Debug, Clone)]
pub struct Shared {
    /// The one page, with nothing to follow.
    pub page: OnePage,
    /// The last day on which the link holds.
    pub until: Date,
}

/// A link that was made: its secret is known here and now, and never again.
#[derive(Debug, Clone)]
pub struct MadeShare {
    /// The link.
    pub share: Share,
    /// The secret that its address ends in.
    pub secret: Secret,
}

/// Whether a link holds, and if not, why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShareState {
    /// It shows the page.
    Holds,
    /// Its days are over.
    Expired,
    /// Somebody took it back.
    Revoked,
}

/// Where a link stands at an instant.
#[must_use]
pub fn state_of(share: &Share, now: Timestamp) -> ShareState {
    match (&share.revoked, share.holds(now)) {
        (Some(_), _) => ShareState::Revoked,
        (None, true) => ShareState::Holds,
        (None, false) => ShareState::Expired,
    }
}

impl Office {
    /// All links, newest first.
    pub fn shares<'a>(&'a self, actor: &'a Actor) -> Answer<'a, Vec<Share>> {
        Box::pin(async move {
            actor.must(Permission::Share)?;
            Ok(self.ledger.shares().await?)
        })
    }

    /// Makes a link that shows a version, or whichever is in force when it is opened, for 7, 30 or 90 days.
    pub fn make_share<'a>(&'a self, actor: &'a Actor, version: Option<i64>, days: i64) -> Answer<'a, MadeShare> {
        Box::pin(async move {
            actor.must(Permission::Share)?;
            if !SHARE_DAYS.contains(&days) {
                return Err(Refusal::bad_input(
                    format!("A link does not hold for {days} days"),
                    "Choose 7, 30 or 90.",
                ));
            }
            let any = match version {
                Some(number) => self.ledger.version(number).await?,
                None => self.ledger.latest_signed().await?,
            };
            if any.is_none() {
                return Err(Refusal::conflict(
                    "There is no such version to show",
                    "Ask for a signature first; a link shows a version that was asked for or signed.",
                ));
            }
            let now = self.surroundings.now();
            let holding = self
                .ledger
                .shares()
                .await?
                .iter()
                .filter(|share| share.holds(now))
                .count();
            if holding >= SHARES_MOST {
                return Err(Refusal::conflict(
                    format!("{holding} links hold already"),
                    "Take one back that nobody uses any more.",
                ));
            }
            let secret = self.surroundings.secret();
            let share = NewShare {
                id: self.surroundings.id(),
                hash: digest(&secret),
                version,
                expires_at: now + SignedDuration::from_hours(days * 24),
            };
            let share = self.ledger.add_share(&self.stamp_of(actor, "share"), share).await?;
            Ok(MadeShare {
                share,
                secret: Secret::new(secret),
            })
        })
    }

    /// Takes a link back: from then on it shows nothing.
    pub fn revoke_share<'a>(&'a self, actor: &'a Actor, id: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            actor.must(Permission::Share)?;
            Ok(self
                .ledger
                .revoke_share(&self.stamp_of(actor, "revoke share"), id)
                .await?)
        })
    }

    /// What the link of a secret shows; `None` whether it is wrong, expired or taken back, which nobody is told apart.
    ///
    /// The record is searched for the SHA-256 of the secret: how long that takes tells something of the hash and nothing of
    /// a secret of 256 bits, of which nobody can choose the hash.
    pub fn shared<'a>(&'a self, secret: &'a str) -> Answer<'a, Option<Shared>> {
        Box::pin(async move {
            let now = self.surroundings.now();
            let well_formed = secret.len() == SECRET_CHARS;
            let found = match well_formed {
                true => self.ledger.share_by_hash(&digest(secret)).await?,
                false => None,
            };
            let Some(share) = found.filter(|share| share.holds(now)) else {
                return Ok(None);
            };
            let reader = Actor {
                person: format!("share {}", share.id),
                name: "whoever holds the link".into(),
                role: Role::Viewer,
            };
            let Some(standing) = self.standing_by(&reader, share.version).await? else {
                return Ok(None);
            };
            let demo = self.program().await?.demo;
            self.ledger.note_share_used(&share, now).await?;
            Ok(Some(Shared {
                page: reporting::one_page_of(&standing, demo.as_deref()).without_links(),
                until: day_of(share.expires_at),
            }))
        })
    }
}
