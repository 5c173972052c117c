//! `beachhead psi offer|answer|open|log`: which accounts are shared with a partner, by two files and without showing a list.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use beachhead_office::Refusal;
use beachhead_office::psi::{PsiOpened, PsiOrder, PsiWatch, PsiWritten, SeenBefore};

use crate::progress::Tell;
use crate::{Done, Place, machine, progress, show};

/// What the help says of the way and of its limits.
const WAY: &str = "\
Two companies, each with Beachhead and a list of its own, learn which accounts they share:

  1. We:   beachhead psi offer --partner Velplex --ours ours.csv --out ours.offer        and send ours.offer
  2. They: beachhead psi answer ours.offer --partner Northwind --ours theirs.csv --out theirs.answer     and send it back
  3. We:   beachhead psi open theirs.answer --out shared.csv

We learn which of our accounts agree, by registration number, by domain or by name and country, and how many keys they have
at most. They learn how many keys we have at most, and nothing else: to know as much, they make an offer and we answer it.

Only whole keys are compared: a domain that is written otherwise or a name that is misspelt does not agree. It finds fewer
than `beachhead map` on two open lists.

Limits, which docs/psi.md explains:
  - Both follow the protocol; one that does not can put any company's domain into its list and see whether it agrees. So
    offers of fewer than 50 accounts with a key, more than 4 runs a way with one partner in 30 days, and two answers to one
    offer are refused; --most bounds an offer; every run is logged, and a list that is not the one of last time is said.
  - The files can be read by nobody else, but nothing in them says who made them: compare fingerprints by voice.
  - The secret of an offer is kept in the data folder until it is opened, or 30 days.";

#[derive(clap::Args)]
#[command(after_long_help = WAY)]
pub struct Arguments {
    #[command(subcommand)]
    step: Step,
}

#[derive(clap::Subcommand)]
enum Step {
    /// Write a file of our blinded keys, for the partner to answer
    Offer(Ours),
    /// Answer a partner's offer, so that they see which of their accounts are ours too
    Answer {
        /// The partner's offer
        #[arg(value_name = "OFFER")]
        offer: PathBuf,
        #[command(flatten)]
        ours: Ours,
        /// Refuse an offer of more keys than this
        #[arg(long, value_name = "KEYS")]
        most: Option<u32>,
    },
    /// Open the partner's answer: which of our accounts they have too
    Open {
        /// The partner's answer
        #[arg(value_name = "ANSWER")]
        answer: PathBuf,
        /// Write the accounts that agree to this file: CSV, or a workbook where it ends in .xlsx
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
    /// Show every offer, answer and opening
    Log,
}

#[derive(clap::Args)]
struct Ours {
    /// The partner, as the log shall know them
    #[arg(long, value_name = "NAME")]
    partner: String,
    /// Our list of accounts, as `beachhead map` takes it; the accounts of the facts unless said
    #[arg(long, value_name = "FILE")]
    ours: Option<PathBuf>,
    /// The file to write
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

impl Ours {
    fn order(self, tell: Tell) -> PsiOrder {
        PsiOrder {
            partner: self.partner,
            ours: self.ours,
            out: self.out,
            watch: watch(tell),
        }
    }
}

fn watch(tell: Tell) -> PsiWatch {
    Arc::new(move |done, of| {
        let percent = i64::try_from(done * 100 / of.max(1)).unwrap_or(100);
        tell(percent, &format!("{done} of {of} keys"))
    })
}

pub async fn run(place: &Place, arguments: Arguments) -> Done {
    match arguments.step {
        Step::Offer(ours) => {
            let (office, actor) = machine::make_as(place).await?;
            let written = progress::watched(async |tell| office.psi_offer(&actor, ours.order(tell)).await).await?;
            said(place, &written, offered)
        }
        Step::Answer { offer, ours, most } => {
            let (office, actor) = machine::make_as(place).await?;
            let written = progress::watched(async |tell| {
                let order = ours.order(tell);
                office.psi_answer(&actor, &offer, most, order).await
            })
            .await?;
            said(place, &written, answered)
        }
        Step::Open { answer, out } => {
            let (office, actor) = machine::open_as(place).await?;
            let open = async |tell| office.psi_open(&actor, &answer, out.as_deref(), watch(tell)).await;
            let opened = progress::watched(open).await?;
            said(place, &opened, |opened| match &out {
                Some(out) => format!("{}\nThe accounts are in {}.", agreed(opened), out.display()),
                None => agreed(opened),
            })
        }
        Step::Log => log(place).await,
    }
}

fn said<T: serde::Serialize>(place: &Place, document: &T, words: impl FnOnce(&T) -> String) -> Done {
    if place.json {
        show::json(document)?;
    } else {
        show::print(&words(document));
    }
    Ok(ExitCode::SUCCESS)
}

fn offered(written: &PsiWritten) -> String {
    format!(
        "{} accounts, {} of them with a key, are offered to {} as {} blinded keys.\nSend {} (fingerprint {}) and open the \
         answer with `beachhead psi open`.",
        written.ours,
        written.with_key,
        written.partner,
        written.shown,
        written.file.display(),
        written.fingerprint
    )
}

fn answered(written: &PsiWritten) -> String {
    let theirs = written.theirs.unwrap_or_default();
    format!(
        "{} will see which of at most {theirs} keys of theirs agree with our {} accounts.{}\nSend {} (fingerprint {}). To \
         know what they know, make an offer of your own.",
        written.partner,
        written.with_key,
        written.their_list.map_or("", seen_before),
        written.file.display(),
        written.fingerprint
    )
}

fn agreed(opened: &PsiOpened) -> String {
    format!(
        "{} of {} accounts agree with {}: {} by registration number or name and country (A), {} by domain alone (B).\n{} \
         of ours had a key; their list has at most {} keys.{}\nThe secret of the offer is wiped.",
        opened.agree,
        opened.ours,
        opened.partner,
        opened.grade_a,
        opened.grade_b,
        opened.with_key,
        opened.theirs,
        seen_before(opened.their_list)
    )
}

const fn seen_before(list: SeenBefore) -> &'static str {
    match list {
        SeenBefore::First => "",
        SeenBefore::Same => " Their list is the one of last time.",
        SeenBefore::Changed => " Their list is not the one of last time.",
    }
}

async fn log(place: &Place) -> Result<ExitCode, Refusal> {
    let (office, actor) = machine::open_as(place).await?;
    let log = office.psi_log(&actor).await?;
    if place.json {
        show::json(&serde_json::json!({ "runs": log }))?;
        return Ok(ExitCode::SUCCESS);
    }
    let number = |number: Option<i64>| number.map_or_else(String::new, |number| number.to_string());
    let rows: Vec<Vec<String>> = log
        .iter()
        .map(|one| {
            vec![
                format!("{:.0}", one.at),
                one.act.to_owned(),
                one.partner.clone(),
                one.with_key.to_string(),
                number(one.theirs),
                number(one.agree),
                one.by.clone(),
                one.fingerprint.clone(),
            ]
        })
        .collect();
    let header = [
        "at",
        "act",
        "partner",
        "accounts",
        "their keys",
        "agree",
        "by",
        "fingerprint",
    ];
    show::print(&show::columns(&header, &rows, &[3, 4, 5]));
    Ok(ExitCode::SUCCESS)
}
