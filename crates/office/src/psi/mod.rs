//! Private set intersection by files: which accounts we share with a partner, without either showing a list. Offer, answer,
//! open, and the log of what was exchanged. Must not hold the protocol, which is the pure room's.
//!
//! The log is written before a file gets its name: what a partner may see was counted first. What a partner could learn, and
//! how that is bounded, stands in docs/psi.md.

mod kept;
mod work;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use beachhead_facts::catalogue::Table;
use beachhead_facts::read::{Input, ReadOptions, list};
use beachhead_ledger::{NewPsiRun, PsiAct, PsiLimit, PsiRun};
use beachhead_mapping::List;
use beachhead_mapping::psi::{Secret, What, padded};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use zeroize::Zeroizing;

use crate::actor::{Actor, Permission};
use crate::backup::folder_of;
use crate::mapping::{columns, write};
use crate::people::blocking;
use crate::surroundings::hex;
use crate::{Answer, Code, Office, Refusal};

pub(crate) use kept::WaitingOffers;
use work::{Made, OurSide, Seen, matters, opened};

/// How many offers, and how many answers, there may be with one partner within [`PSI_DAYS`].
pub const PSI_RUNS_MAX: usize = 4;
/// The days within which runs are counted, and after which an offer that nobody answered is forgotten.
pub const PSI_DAYS: i64 = 30;
/// The longest name of a partner, in bytes.
const PARTNER_BYTES_MAX: usize = 200;

/// Told how many keys are done of how many; says whether to go on.
pub type PsiWatch = Arc<dyn Fn(u64, u64) -> bool + Send + Sync>;

/// Which accounts of ours are to be intersected with whose, and where the file goes.
#[derive(Clone)]
pub struct PsiOrder {
    /// The partner, as the log shall know them.
    pub partner: String,
    /// A list of accounts; unless said, the accounts of the facts.
    pub ours: Option<PathBuf>,
    /// The file to write. Nothing is replaced.
    pub out: PathBuf,
    /// Who is told how far it is.
    pub watch: PsiWatch,
}

/// Whether a partner's list is one that was seen before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SeenBefore {
    /// The first of this partner.
    First,
    /// The same as last time.
    Same,
    /// Another than last time.
    Changed,
}

/// What was written, to be told to the partner and to people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PsiWritten {
    /// The run, which both companies' files name.
    pub run: String,
    /// The partner.
    pub partner: String,
    /// The accounts of our list.
    pub ours: usize,
    /// Those that have a key.
    pub with_key: usize,
    /// Our keys.
    pub keys: usize,
    /// How many the file shows: rounded up.
    pub shown: usize,
    /// In an answer, how many keys were offered, rounded up.
    pub theirs: Option<u64>,
    /// In an answer, whether their list was seen before.
    pub their_list: Option<SeenBefore>,
    /// The file.
    pub file: PathBuf,
    /// Its fingerprint, to be compared by voice.
    pub fingerprint: String,
}

/// What an answer tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PsiOpened {
    /// The run.
    pub run: String,
    /// The partner.
    pub partner: String,
    /// The accounts that were offered.
    pub ours: usize,
    /// Those that have a key.
    pub with_key: usize,
    /// The keys of their list, rounded up.
    pub theirs: u64,
    /// Whether their list was seen before.
    pub their_list: SeenBefore,
    /// Our accounts that they have as well.
    pub agree: usize,
    /// Of those, by registration number, or by name and country.
    pub grade_a: usize,
    /// Of those, by the domain alone.
    pub grade_b: usize,
    /// How many agree by each kind of key.
    pub by: PsiBy,
}

/// Accounts that agree, by what agrees; one may agree by several.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct PsiBy {
    /// By the registration number.
    pub registration_number: usize,
    /// By the domain.
    pub domain: usize,
    /// By name and country.
    pub name_and_country: usize,
}

/// One act of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PsiLogged {
    /// When.
    pub at: Timestamp,
    /// Who did it, by name.
    pub by: String,
    /// `offer`, `answer` or `open`.
    pub act: &'static str,
    /// The partner.
    pub partner: String,
    /// The run.
    pub run: String,
    /// Our accounts that have a key.
    pub with_key: i64,
    /// Our keys.
    pub keys: i64,
    /// The keys of their file, rounded up.
    pub theirs: Option<i64>,
    /// Our accounts that agreed.
    pub agree: Option<i64>,
    /// The fingerprint of the file that was written, or opened.
    pub fingerprint: String,
}

impl Office {
    /// Offers our accounts to a partner: writes a file of blinded keys, and keeps its secret until the answer is opened.
    ///
    /// # Errors
    /// A list that is too short or cannot be read, a file that is there already, the limit of runs. Then nothing is written.
    pub fn psi_offer<'a>(&'a self, actor: &'a Actor, order: PsiOrder) -> Answer<'a, PsiWritten> {
        Box::pin(async move {
            actor.must(Permission::Match)?;
            let run = self.surroundings.bytes();
            let ours = self.our_side(order, PsiAct::Offer, run).await?;
            let (kept, name) = (self.waiting_offers.clone(), hex(&run));
            let made = blocking(move || -> Result<Made, Refusal> {
                let secret = ours.secret.to_bytes();
                let (made, waiting) = ours.offer()?;
                kept.keep(&hex(&run), &secret, &waiting)?;
                Ok(made)
            })
            .await??;
            let written = self.logged(actor, &name, PsiAct::Offer, made, None).await;
            written.inspect_err(|_| self.waiting_offers.forget(&name))
        })
    }

    /// Answers a partner's offer: writes a file that lets them, and nobody else, see which of their accounts are ours too.
    /// `most` bounds the keys that they may have offered.
    ///
    /// # Errors
    /// A file that is no offer or was changed; one that is our own or was answered before; what [`Office::psi_offer`]
    /// refuses. Then nothing is written.
    pub fn psi_answer<'a>(
        &'a self,
        actor: &'a Actor,
        offer: &'a Path,
        most: Option<u32>,
        order: PsiOrder,
    ) -> Answer<'a, PsiWritten> {
        Box::pin(async move {
            actor.must(Permission::Match)?;
            let path = offer.to_owned();
            let seen = blocking(move || Seen::of(&path, What::Offer)).await??;
            let run = hex(&seen.head.run);
            let runs = self.ledger.psi_runs().await?;
            if runs
                .iter()
                .any(|one| one.run.run == run && one.run.act == PsiAct::Offer)
            {
                return Err(Refusal::conflict(
                    format!("{} is an offer of this program itself", offer.display()),
                    "It is for the partner to answer.",
                ));
            }
            if let Some(done) = runs.iter().find(|one| one.run.run == run) {
                return Err(Refusal::conflict(
                    format!("This offer was answered on {:.0}, to {}", done.at, done.run.partner),
                    "An offer is answered once. Send that answer again, or ask for a new offer.",
                ));
            }
            if most.is_some_and(|most| seen.head.points > most) {
                return Err(Refusal::conflict(
                    format!("{} keys were offered, more than --most allows", seen.head.points),
                    "Ask for an offer of fewer accounts, or allow more.",
                ));
            }
            let ours = self.our_side(order, PsiAct::Answer, seen.head.run).await?;
            let (made, seen) = blocking(move || -> Result<(Made, Seen), Refusal> {
                let made = ours.answer(&seen)?;
                Ok((made, seen))
            })
            .await??;
            self.logged(actor, &run, PsiAct::Answer, made, Some((&seen, &runs)))
                .await
        })
    }

    /// Opens the answer to an offer of ours: which of our accounts the partner has too, written to `out` if it is given. The
    /// offer's secret is wiped.
    ///
    /// # Errors
    /// A file that is no answer, was changed, or answers no offer of ours that still waits. Then nothing is written and the
    /// offer waits on.
    pub fn psi_open<'a>(
        &'a self,
        actor: &'a Actor,
        answer: &'a Path,
        out: Option<&'a Path>,
        watch: PsiWatch,
    ) -> Answer<'a, PsiOpened> {
        Box::pin(async move {
            actor.must(Permission::Match)?;
            self.forget_old_offers();
            let path = answer.to_owned();
            let seen = blocking(move || Seen::of(&path, What::Answer)).await??;
            let run = hex(&seen.head.run);
            let runs = self.ledger.psi_runs().await?;
            let offer = offer_of(&runs, &seen)?.clone();
            let waiting = self.waiting_offers.take(&run)?.ok_or_else(|| {
                Refusal::conflict(
                    format!(
                        "The offer of {:.0} to {} does not wait any longer",
                        offer.at, offer.run.partner
                    ),
                    format!("An offer is forgotten after {PSI_DAYS} days, and a backup holds none. Make a new offer."),
                )
            })?;
            let (opened, found, seen) = blocking(move || opened(waiting, seen, &watch)).await??;
            if let Some(out) = out {
                let out = out.to_owned();
                blocking(move || write(&out, matters(found, &folder_of(&out)))).await??;
            }
            let their_list = seen_before(&runs, &offer.run.partner, &seen);
            let log = NewPsiRun {
                act: PsiAct::Open,
                their_keys: Some(i64::from(seen.head.tags)),
                their_list: Some(hex(&seen.head.list)),
                agree: i64::try_from(opened.agree).ok(),
                file: hex(&seen.checksum),
                ..offer.run.clone()
            };
            self.ledger
                .add_psi_run(&self.stamp_of(actor, "psi open"), log, None)
                .await?;
            self.waiting_offers.forget(&run);
            Ok(PsiOpened {
                run,
                partner: offer.run.partner,
                with_key: usize::try_from(offer.run.records).unwrap_or_default(),
                their_list,
                ..opened
            })
        })
    }

    /// Every offer, answer and opening, the newest first.
    pub fn psi_log<'a>(&'a self, actor: &'a Actor) -> Answer<'a, Vec<PsiLogged>> {
        Box::pin(async move {
            actor.must(Permission::Read)?;
            let people = self.ledger.people().await?;
            let name = |id: String| {
                people
                    .iter()
                    .find(|one| one.id == id)
                    .map_or(id, |one| one.name.clone())
            };
            let runs = self.ledger.psi_runs().await?.into_iter();
            let log = runs.map(|one| PsiLogged {
                at: one.at,
                by: name(one.by),
                act: one.run.act.as_str(),
                partner: one.run.partner,
                run: one.run.run,
                with_key: one.run.records,
                keys: one.run.keys,
                theirs: one.run.their_keys,
                agree: one.run.agree,
                fingerprint: fingerprint(&one.run.file),
            });
            Ok(log.collect())
        })
    }

    /// What both offer and answer begin with: the partner's name, the limit of runs, our list.
    async fn our_side(&self, order: PsiOrder, act: PsiAct, run: [u8; 16]) -> Result<OurSide, Refusal> {
        let partner = order.partner.trim().to_owned();
        if partner.is_empty() || partner.len() > PARTNER_BYTES_MAX {
            return Err(Refusal::bad_input(
                format!("A partner's name has from 1 to {PARTNER_BYTES_MAX} bytes"),
                "Name the partner with --partner, as the log shall know them.",
            ));
        }
        if order.out.exists() {
            return Err(Refusal::conflict(
                format!("{} is there already", order.out.display()),
                "Nothing is replaced: choose another name.",
            ));
        }
        self.forget_old_offers();
        let since = self.psi_since();
        let runs = self.ledger.psi_runs().await?;
        let counted = runs
            .iter()
            .filter(|one| one.run.act == act && one.at >= since && one.run.is_with(&partner));
        if counted.count() >= PSI_RUNS_MAX {
            return Err(Refusal::new(
                Code::TooMany,
                format!(
                    "There were {PSI_RUNS_MAX} {}s with {partner} within {PSI_DAYS} days",
                    act.as_str()
                ),
                "Each run may tell something of changes in a list. Wait, or use the run before.",
            ));
        }
        let random = Zeroizing::new(self.surroundings.bytes());
        let secret = Secret::new(&random).ok_or_else(|| Refusal::internal("The machine gives no random numbers"))?;
        Ok(OurSide {
            list: self.our_list(order.ours).await?,
            salt: self.waiting_offers.salt(self.surroundings.bytes())?,
            partner,
            out: order.out,
            run,
            secret,
            seed: self.surroundings.bytes(),
            watch: order.watch,
        })
    }

    /// The accounts of a file, or those of the facts.
    async fn our_list(&self, file: Option<PathBuf>) -> Result<List, Refusal> {
        let path = match file {
            Some(path) => path,
            None => {
                let facts = self.facts_in_force(None).await?.ok_or_else(no_accounts)?;
                let accounts = facts.manifest.table(Table::Accounts).ok_or_else(no_accounts)?;
                let (files, name) = (self.facts.files().clone(), accounts.parquet.clone());
                blocking(move || files.at_hand(&name)).await??
            }
        };
        let options = ReadOptions {
            sheet_process: self.sheet_process.clone(),
            ..ReadOptions::new(Date::ZERO)
        };
        let read = blocking(move || list(Input::Path(&path), &options)).await??;
        columns(read).ok_or_else(|| Refusal::internal("A column of the list was cut wrongly"))
    }

    fn psi_since(&self) -> Timestamp {
        self.surroundings.now() - SignedDuration::from_hours(24 * PSI_DAYS)
    }

    fn forget_old_offers(&self) {
        let days = Duration::from_secs(PSI_DAYS.unsigned_abs() * 24 * 60 * 60);
        self.waiting_offers.forget_older(self.surroundings.now().into(), days);
    }

    /// Notes what was made, and only then gives the file its name.
    async fn logged(
        &self,
        actor: &Actor,
        run: &str,
        act: PsiAct,
        made: Made,
        theirs: Option<(&Seen, &[PsiRun])>,
    ) -> Result<PsiWritten, Refusal> {
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let log = NewPsiRun {
            run: run.to_owned(),
            act,
            partner: made.partner,
            records: number(made.with_key),
            keys: number(made.keys),
            list: hex(&made.mark),
            their_keys: theirs.map(|(seen, _)| i64::from(seen.head.points)),
            their_list: theirs.map(|(seen, _)| hex(&seen.head.list)),
            agree: None,
            file: hex(&made.checksum),
        };
        let limit = PsiLimit {
            since: self.psi_since(),
            most: PSI_RUNS_MAX,
        };
        let verb = match act {
            PsiAct::Offer => "psi offer",
            PsiAct::Answer | PsiAct::Open => "psi answer",
        };
        let logged = self
            .ledger
            .add_psi_run(&self.stamp_of(actor, verb), log, Some(limit))
            .await?
            .run;
        let file = made.on_its_way.arrive()?;
        Ok(PsiWritten {
            run: logged.run,
            ours: made.ours,
            with_key: made.with_key,
            keys: made.keys,
            shown: padded(made.keys),
            theirs: theirs.map(|(seen, _)| u64::from(seen.head.points)),
            their_list: theirs.map(|(seen, runs)| seen_before(runs, &logged.partner, seen)),
            partner: logged.partner,
            file,
            fingerprint: fingerprint(&logged.file),
        })
    }
}

/// The offer of ours that an answer answers.
fn offer_of<'r>(runs: &'r [PsiRun], seen: &Seen) -> Result<&'r PsiRun, Refusal> {
    let run = hex(&seen.head.run);
    let of = |act: PsiAct| runs.iter().find(|one| one.run.run == run && one.run.act == act);
    if let Some(opened) = of(PsiAct::Open) {
        return Err(Refusal::conflict(
            format!(
                "The answer of {} to this offer was opened on {:.0}",
                opened.run.partner, opened.at
            ),
            "An offer is opened once: its secret is gone. Make a new offer.",
        ));
    }
    let offer = of(PsiAct::Offer).ok_or_else(|| {
        Refusal::bad_input(
            format!(
                "{} answers an offer that this program has not made",
                seen.path.display()
            ),
            "Open it in the data folder that the offer was made in.",
        )
    })?;
    if offer.run.file != hex(&seen.head.offer) {
        return Err(Refusal::bad_input(
            format!("{} answers another file than the one offered", seen.path.display()),
            "The offer was changed on its way to the partner. Make a new one, and compare fingerprints by voice.",
        ));
    }
    Ok(offer)
}

fn no_accounts() -> Refusal {
    Refusal::conflict(
        "The facts hold no accounts",
        "Import them with `beachhead import FILE --as accounts`, or name a list with --ours.",
    )
}

/// Whether a partner's list is the one of the last run with them.
fn seen_before(runs: &[PsiRun], partner: &str, seen: &Seen) -> SeenBefore {
    let theirs = runs.iter().filter(|one| one.run.is_with(partner));
    match theirs.filter_map(|one| one.run.their_list.as_ref()).next() {
        None => SeenBefore::First,
        Some(list) if *list == hex(&seen.head.list) => SeenBefore::Same,
        Some(_) => SeenBefore::Changed,
    }
}

/// The beginning of a checksum, to be read out: 80 bits.
fn fingerprint(checksum: &str) -> String {
    let groups: Vec<&str> = (0..5)
        .filter_map(|group| checksum.get(4 * group..4 * group + 4))
        .collect();
    groups.join("-")
}
