//! A second factor beside the password: set up by its owner, asked for when they sign in, taken off by an owner of the
//! program, demanded of everybody. Must not hash a password itself.

mod totp;

use std::collections::BTreeMap;

use beachhead_ledger::{Factor, LedgerError, NewWaitingSignIn, Person, SecondFactor, Secret};
use jiff::{SignedDuration, Timestamp};

use crate::actor::{Actor, Permission};
use crate::people::digest;
use crate::{Answer, Code, Office, Refusal, json};

pub use totp::{DRIFT_STEPS, code_at};

/// How many recovery codes there are beside a second factor.
pub const RECOVERY_CODES: usize = 10;
/// How long a sign-in waits for its second factor.
pub const SIGN_IN_WAITS_MINUTES: i64 = 15;
/// The setting that says that everybody needs a second factor.
const DEMANDED: &str = "second factor demanded";

/// What a right password leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Admitted {
    /// In: the secret of a session.
    In(Secret),
    /// A code comes first: the secret of a sign-in that waits for it.
    CodeFirst(Secret),
    /// A second factor is to be set up first, for everybody needs one: the secret of a sign-in that waits for that.
    SetUpFirst(Secret),
}

impl Admitted {
    /// The secret of the session, where nothing else comes first.
    #[must_use]
    pub fn session(self) -> Option<String> {
        match self {
            Self::In(secret) => Some(secret.expose().to_owned()),
            Self::CodeFirst(_) | Self::SetUpFirst(_) => None,
        }
    }
}

/// A second factor to put into an app, shown until a code of it was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The secret, in base32.
    pub secret: Secret,
    /// The same as a link that apps open, or read as a drawing.
    pub link: Secret,
}

/// A sign-in that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingSignIn {
    /// Whose it is.
    pub name: String,
    /// What is to be set up first; otherwise a code is asked.
    pub offer: Option<Offer>,
}

/// How a person's own second factor stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OwnFactor {
    /// There is none.
    Absent,
    /// One is shown and waits for its first code.
    Offered(Offer),
    /// It is asked for at each sign-in.
    InForce {
        /// Since when.
        since: Timestamp,
        /// Recovery codes that are left.
        recovery_codes: i64,
    },
}

impl Office {
    /// Whether everybody needs a second factor.
    pub fn second_factor_demanded<'a>(&'a self, actor: &'a Actor) -> Answer<'a, bool> {
        Box::pin(async move {
            actor.must(Permission::Read)?;
            self.is_demanded().await
        })
    }

    /// Says whether everybody needs a second factor. Sessions of those who have none end at once; they are led to set one up
    /// when they sign in again. Whoever demands it has one: nobody locks themselves out. Says how many sessions ended.
    pub fn demand_second_factor<'a>(&'a self, actor: &'a Actor, demanded: bool) -> Answer<'a, u64> {
        Box::pin(async move {
            actor.must(Permission::Administer)?;
            let _one_at_a_time = self.hashing.lock().await;
            let stamp = self.stamp_of(actor, "demand second factor");
            if !demanded {
                self.ledger.set_setting(&stamp, DEMANDED, &json(&false)?).await?;
                return Ok(0);
            }
            if self.factor_in_force(&actor.person).await?.is_none() {
                return Err(Refusal::conflict(
                    "You have no second factor yourself",
                    "Set yours up first, on the page of your account; then demand one of everybody.",
                ));
            }
            Ok(self
                .ledger
                .demand_second_factor(&stamp, DEMANDED, &json(&true)?)
                .await?)
        })
    }

    /// Who has a second factor, and since when, by the person's id.
    pub fn second_factors<'a>(&'a self, actor: &'a Actor) -> Answer<'a, BTreeMap<String, Timestamp>> {
        Box::pin(async move {
            actor.must(Permission::Administer)?;
            Ok(self.ledger.second_factors().await?.into_iter().collect())
        })
    }

    /// Takes the second factor off somebody who lost it, and ends their sessions. One's own is switched off with the
    /// password instead.
    pub fn take_off_second_factor<'a>(&'a self, actor: &'a Actor, person: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            actor.must(Permission::Administer)?;
            if actor.person == person {
                return Err(Refusal::conflict(
                    "This is your own second factor",
                    "Switch it off on the page of your account, with your password.",
                ));
            }
            let stamp = self.stamp_of(actor, "take off second factor");
            Ok(self.ledger.remove_second_factor(&stamp, person, None).await?)
        })
    }

    /// How one's own second factor stands.
    pub fn own_second_factor<'a>(&'a self, actor: &'a Actor) -> Answer<'a, OwnFactor> {
        Box::pin(async move {
            actor.must(Permission::Read)?;
            let Some(factor) = self.ledger.second_factor(&actor.person).await? else {
                return Ok(OwnFactor::Absent);
            };
            match factor.confirmed_at {
                Some(since) => Ok(OwnFactor::InForce {
                    since,
                    recovery_codes: factor.recovery_codes,
                }),
                None => {
                    let person = self.ledger.person(&actor.person).await?;
                    let email = person.map(|person| person.email).unwrap_or_default();
                    Ok(OwnFactor::Offered(offer(factor.secret, &email)))
                }
            }
        })
    }

    /// Offers oneself a second factor, the password being known. It counts once a code of it was typed.
    pub fn offer_second_factor<'a>(&'a self, actor: &'a Actor, password: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            actor.must(Permission::Read)?;
            let _one_at_a_time = self.hashing.lock().await;
            let person = self.proven(actor, password).await?;
            let stamp = self.stamp_of(actor, "offer second factor");
            let secret = self.new_secret();
            Ok(self.ledger.offer_second_factor(&stamp, &person.id, secret).await?)
        })
    }

    /// Puts the second factor that was offered in force by its first code, and ends one's other sessions; `session` is the
    /// secret of the one that stays. Gives the recovery codes, of which the record keeps only hashes.
    pub fn confirm_second_factor<'a>(
        &'a self,
        actor: &'a Actor,
        typed: &'a str,
        session: Option<&'a str>,
    ) -> Answer<'a, Vec<String>> {
        Box::pin(async move {
            actor.must(Permission::Read)?;
            let _one_at_a_time = self.hashing.lock().await;
            let factor = self.ledger.second_factor(&actor.person).await?;
            let factor = factor.filter(|factor| factor.confirmed_at.is_none());
            let factor = factor.ok_or_else(|| {
                Refusal::conflict(
                    "No second factor waits to be set up",
                    "Begin on the page of your account.",
                )
            })?;
            let step = self.tried_step(&factor, typed).await?;
            let (codes, hashes) = self.new_codes();
            let stamp = self.stamp_of(actor, "set up second factor");
            let kept = session.map(digest);
            self.ledger
                .confirm_second_factor(&stamp, &actor.person, step, &hashes, kept.as_deref())
                .await?;
            Ok(codes)
        })
    }

    /// Gives oneself other recovery codes, the password being known; those of before are void.
    pub fn new_recovery_codes<'a>(&'a self, actor: &'a Actor, password: &'a str) -> Answer<'a, Vec<String>> {
        Box::pin(async move {
            actor.must(Permission::Read)?;
            let _one_at_a_time = self.hashing.lock().await;
            let person = self.proven(actor, password).await?;
            let (codes, hashes) = self.new_codes();
            let stamp = self.stamp_of(actor, "renew recovery codes");
            self.ledger.replace_recovery_codes(&stamp, &person.id, &hashes).await?;
            Ok(codes)
        })
    }

    /// Switches one's own second factor off, the password being known, and ends one's other sessions; `session` is the
    /// secret of the one that stays. Refused where everybody needs one.
    pub fn switch_off_second_factor<'a>(
        &'a self,
        actor: &'a Actor,
        password: &'a str,
        session: Option<&'a str>,
    ) -> Answer<'a, ()> {
        Box::pin(async move {
            actor.must(Permission::Read)?;
            let _one_at_a_time = self.hashing.lock().await;
            let person = self.proven(actor, password).await?;
            if self.is_demanded().await? {
                return Err(Refusal::conflict(
                    "Everybody needs a second factor here",
                    "Ask an owner, who can take it off you; you then set up another.",
                ));
            }
            let stamp = self.stamp_of(actor, "switch off second factor");
            let kept = session.map(digest);
            Ok(self
                .ledger
                .remove_second_factor(&stamp, &person.id, kept.as_deref())
                .await?)
        })
    }

    /// The sign-in that waits behind a secret.
    pub fn waiting_sign_in<'a>(&'a self, secret: &'a str) -> Answer<'a, WaitingSignIn> {
        Box::pin(async move {
            let (person, factor) = self.waiting(secret).await?;
            let offer = factor
                .confirmed_at
                .is_none()
                .then(|| offer(factor.secret, &person.email));
            Ok(WaitingSignIn {
                name: person.name,
                offer,
            })
        })
    }

    /// Finishes a waiting sign-in by a code of the app, or by a recovery code; each is taken once. Gives the session's
    /// secret.
    pub fn enter_code<'a>(&'a self, secret: &'a str, typed: &'a str) -> Answer<'a, String> {
        Box::pin(async move {
            let _one_at_a_time = self.hashing.lock().await;
            let (person, factor) = self.waiting(secret).await?;
            if factor.confirmed_at.is_none() {
                return Err(no_sign_in());
            }
            let entered = totp::plain(typed);
            let by_app = entered.len() == totp::DIGITS && entered.bytes().all(|byte| byte.is_ascii_digit());
            let proof = match by_app {
                true => Factor::Code {
                    step: self.tried_step(&factor, typed).await?,
                },
                false => {
                    self.may_try(&code_key(&person.id)).await?;
                    Factor::Recovery { hash: digest(&entered) }
                }
            };
            self.finish_sign_in(secret, &person, proof).await
        })
    }

    /// Finishes a waiting sign-in by the first code of the second factor that was offered. Gives the session's secret and
    /// the recovery codes.
    pub fn set_up_and_enter<'a>(&'a self, secret: &'a str, typed: &'a str) -> Answer<'a, (String, Vec<String>)> {
        Box::pin(async move {
            let _one_at_a_time = self.hashing.lock().await;
            let (person, factor) = self.waiting(secret).await?;
            if factor.confirmed_at.is_some() {
                return Err(no_sign_in());
            }
            let step = self.tried_step(&factor, typed).await?;
            let (codes, hashes) = self.new_codes();
            let proof = Factor::SetUp { step, codes: hashes };
            Ok((self.finish_sign_in(secret, &person, proof).await?, codes))
        })
    }

    /// Lets somebody in whose password is right, or says what comes first.
    pub(crate) async fn admit(&self, person: &Person) -> Result<Admitted, Refusal> {
        let has_one = self.factor_in_force(&person.id).await?.is_some();
        if !has_one && !self.is_demanded().await? {
            return Ok(Admitted::In(Secret::new(self.begin_session(person).await?)));
        }
        let secret = self.surroundings.secret();
        let waiting = NewWaitingSignIn {
            hash: digest(&secret),
            person: person.id.clone(),
            ends_at: self.surroundings.now() + SignedDuration::from_mins(SIGN_IN_WAITS_MINUTES),
        };
        let offered = (!has_one).then(|| self.new_secret());
        let stamp = self.stamp(&person.id, "give password");
        self.ledger.wait_sign_in(&stamp, waiting, offered).await?;
        let secret = Secret::new(secret);
        Ok(match has_one {
            true => Admitted::CodeFirst(secret),
            false => Admitted::SetUpFirst(secret),
        })
    }

    async fn finish_sign_in(&self, secret: &str, person: &Person, proof: Factor) -> Result<String, Refusal> {
        let (session, begun) = self.new_session(person);
        let stamp = self.stamp(&person.id, "sign in");
        let finished = self.ledger.finish_sign_in(&stamp, &digest(secret), proof, begun).await;
        match finished {
            Ok(()) => Ok(session),
            Err(LedgerError::NotFound { .. }) => Err(no_sign_in()),
            Err(LedgerError::Conflict { .. }) => {
                self.note_try(&code_key(&person.id)).await?;
                Err(wrong_code())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The step of a code that was typed; counts wrong ones, those that were used before among them.
    async fn tried_step(&self, factor: &SecondFactor, typed: &str) -> Result<i64, Refusal> {
        let key = code_key(&factor.person);
        self.may_try(&key).await?;
        let entered = totp::plain(typed);
        let step = totp::step_of(factor.secret.expose(), &entered, self.surroundings.now());
        match step.filter(|step| *step > factor.last_step) {
            Some(step) => Ok(step),
            None => {
                self.note_try(&key).await?;
                Err(wrong_code())
            }
        }
    }

    async fn waiting(&self, secret: &str) -> Result<(Person, SecondFactor), Refusal> {
        let now = self.surroundings.now();
        let person = self.ledger.waiting_sign_in(&digest(secret), now).await?;
        let person = person.ok_or_else(no_sign_in)?;
        let factor = self.ledger.second_factor(&person.id).await?;
        Ok((person, factor.ok_or_else(no_sign_in)?))
    }

    async fn factor_in_force(&self, person: &str) -> Result<Option<SecondFactor>, Refusal> {
        let factor = self.ledger.second_factor(person).await?;
        Ok(factor.filter(|factor| factor.confirmed_at.is_some()))
    }

    async fn is_demanded(&self) -> Result<bool, Refusal> {
        let set = self.ledger.setting(DEMANDED).await?;
        Ok(set.is_some_and(|json| json == "true"))
    }

    fn new_secret(&self) -> Secret {
        Secret::new(totp::secret_text(&self.surroundings.bytes()))
    }

    /// Recovery codes as they are shown, and the hashes of them that are kept.
    fn new_codes(&self) -> (Vec<String>, Vec<String>) {
        let code = |_| totp::recovery_code(&self.surroundings.bytes());
        let codes: Vec<String> = (0..RECOVERY_CODES).map(code).collect();
        let hashes = codes.iter().map(|code| digest(&totp::plain(code))).collect();
        (codes, hashes)
    }
}

/// Wrong codes are counted under the person: the password that came before was theirs.
fn code_key(person: &str) -> String {
    format!("code {person}")
}

fn offer(secret: Secret, email: &str) -> Offer {
    Offer {
        link: Secret::new(totp::link(secret.expose(), email)),
        secret,
    }
}

fn wrong_code() -> Refusal {
    Refusal::bad_input(
        "This code is wrong, too old, or was used before",
        "Type the one that your app shows now. If it shows another time than your computer, set its clock.",
    )
}

fn no_sign_in() -> Refusal {
    Refusal::new(Code::SignInFirst, "This sign-in has ended", "")
}
