//! The work on bets: targets, notes for and against, and the intake of requests. It must not know what a fact says.

use jiff::Timestamp;
use jiff::civil::Date;

use serde_json::json;

use crate::error::{conflict_with, not_found};
use crate::store::{Row, Tx, values};
use crate::{BoxFuture, Current, Ledger, LedgerError, Result, Stamp};

/// A named account that a bet goes after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Id, a uuid as text.
    pub id: String,
    /// How often it was saved; 1 at first.
    pub revision: i64,
    /// All the rest.
    pub target: NewTarget,
}

/// What a target says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTarget {
    /// The bet's key.
    pub bet: String,
    /// The account's key in the facts; a bet holds an account once.
    pub account: String,
    /// The account's name as shown.
    pub account_name: String,
    /// The partner.
    pub partner: Option<String>,
    /// The play.
    pub play: Option<String>,
    /// Whose it is, a person id or a name.
    pub owner: Option<String>,
    /// The next step, in words.
    pub next_step: Option<String>,
    /// The day of the next step.
    pub due: Option<Date>,
    /// Its state; the office knows which there are.
    pub state: String,
}

/// What a target said from an instant on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetEntry {
    /// When it was saved.
    pub at: Timestamp,
    /// Who saved it.
    pub by: String,
    /// The play.
    pub play: Option<String>,
    /// Whose it was.
    pub owner: Option<String>,
    /// The next step.
    pub next_step: Option<String>,
    /// Its day.
    pub due: Option<Date>,
    /// Its state.
    pub state: String,
}

/// Whether a note speaks for or against a bet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// For.
    For,
    /// Against.
    Against,
    /// Neither.
    Neutral,
}

impl Effect {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::For => "for",
            Self::Against => "against",
            Self::Neutral => "neutral",
        }
    }

    fn read(word: &str) -> Result<Self> {
        let effect = [Self::For, Self::Against, Self::Neutral]
            .into_iter()
            .find(|effect| effect.as_str() == word);
        effect.ok_or_else(|| LedgerError::Corrupt {
            what: format!("a note is \"{word}\" its bet"),
        })
    }
}

/// Evidence in words for or against a bet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// 1 for the first.
    pub number: i64,
    /// Who wrote it.
    pub by: String,
    /// What it says.
    pub note: NewNote,
}

/// A note to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewNote {
    /// The bet's key.
    pub bet: String,
    /// The day it speaks of.
    pub on: Date,
    /// The words.
    pub words: String,
    /// For or against.
    pub effect: Effect,
    /// Where it comes from.
    pub source: Option<String>,
}

impl Ledger {
    /// Adds a target.
    ///
    /// # Errors
    /// `Conflict` with the target when the bet has that account already.
    pub fn add_target<'a>(&'a self, stamp: &'a Stamp, id: &'a str, target: NewTarget) -> BoxFuture<'a, Result<Target>> {
        Box::pin(async move {
            let mut tx = self.write().await?;
            if let Some(current) = same_account(&mut tx, &target).await? {
                return Err(has_account_already(
                    current,
                    Target {
                        id: id.to_owned(),
                        revision: 0,
                        target,
                    },
                ));
            }
            let target = insert(&mut tx, stamp, id, &target).await?;
            tx.commit(stamp, &format!("target {id}"), detail_of(&target)).await?;
            Ok(target)
        })
    }

    /// Adds several targets of one bet, each with its id. Accounts that the bet holds already stay as they are; those that
    /// were added are given back.
    pub fn add_targets<'a>(
        &'a self,
        stamp: &'a Stamp,
        targets: Vec<(String, NewTarget)>,
    ) -> BoxFuture<'a, Result<Vec<Target>>> {
        Box::pin(async move {
            let mut tx = self.write().await?;
            let mut added = Vec::new();
            for (id, target) in &targets {
                if same_account(&mut tx, target).await?.is_none() {
                    added.push(insert(&mut tx, stamp, id, target).await?);
                }
            }
            if !added.is_empty() {
                let detail: Vec<_> = added
                    .iter()
                    .map(|target| json!({ "id": target.id, "target": detail_of(target) }))
                    .collect();
                tx.commit(stamp, "targets", json!(detail)).await?;
            }
            Ok(added)
        })
    }

    /// Saves a target; its `revision` is the one that the editor began from.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` with both when the revision has moved on.
    pub fn save_target<'a>(&'a self, stamp: &'a Stamp, target: Target) -> BoxFuture<'a, Result<Target>> {
        Box::pin(async move {
            let mut tx = self.write().await?;
            let row = tx
                .row("SELECT * FROM target WHERE id = $1", values![&target.id])
                .await?;
            let current = read_target(&row.ok_or_else(|| not_found(format!("target {}", target.id)))?)?;
            if current.revision != target.revision {
                let what = format!(
                    "{} was changed meanwhile; look at both and save again",
                    current.target.account_name
                );
                return Err(conflict_with(what, Current::Target { current, yours: target }));
            }
            if let Some(other) = same_account(&mut tx, &target.target)
                .await?
                .filter(|other| other.id != target.id)
            {
                return Err(has_account_already(other, target));
            }
            let new = &target.target;
            let row = tx
                .one(
                    "UPDATE target SET bet = $2, account = $3, account_name = $4, partner = $5, play = $6, owner = $7,
                         next_step = $8, due = $9, state = $10, revision = revision + 1
                     WHERE id = $1 RETURNING *",
                    values![
                        &target.id,
                        &new.bet,
                        &new.account,
                        &new.account_name,
                        &new.partner,
                        &new.play,
                        &new.owner,
                        &new.next_step,
                        new.due,
                        &new.state,
                    ],
                )
                .await?;
            let target = read_target(&row)?;
            log(&mut tx, stamp, &target).await?;
            tx.commit(stamp, &format!("target {}", target.id), detail_of(&target))
                .await?;
            Ok(target)
        })
    }

    /// A bet's targets, those due first, first.
    pub fn targets<'a>(&'a self, bet: &'a str) -> BoxFuture<'a, Result<Vec<Target>>> {
        Box::pin(async move {
            let mut tx = self.read().await?;
            let sql = "SELECT * FROM target WHERE bet = $1 ORDER BY due IS NULL, due, account_name, id";
            let rows = tx.rows(sql, values![bet]).await?;
            rows.iter().map(read_target).collect()
        })
    }

    /// What a target said each time that it was saved, oldest first.
    pub fn target_log<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Vec<TargetEntry>>> {
        Box::pin(async move {
            let mut tx = self.read().await?;
            let sql = "SELECT * FROM target_log WHERE target = $1 ORDER BY number";
            let rows = tx.rows(sql, values![id]).await?;
            let entry = |row: &Row| {
                Ok(TargetEntry {
                    at: row.time("at")?,
                    by: row.text("saved_by")?,
                    play: row.opt_text("play")?,
                    owner: row.opt_text("owner")?,
                    next_step: row.opt_text("next_step")?,
                    due: row.opt_time("due")?,
                    state: row.text("state")?,
                })
            };
            rows.iter().map(entry).collect()
        })
    }

    /// Keeps a note.
    pub fn add_note<'a>(&'a self, stamp: &'a Stamp, note: NewNote) -> BoxFuture<'a, Result<Note>> {
        Box::pin(async move {
            let mut tx = self.write().await?;
            let row = tx
                .one(
                    "INSERT INTO note (number, bet, on_day, words, effect, source, written_by)
                     SELECT COALESCE(MAX(number), 0) + 1, $1, $2, $3, $4, $5, $6 FROM note RETURNING *",
                    values![
                        &note.bet,
                        note.on,
                        &note.words,
                        note.effect.as_str(),
                        &note.source,
                        &stamp.actor
                    ],
                )
                .await?;
            let note = read_note(&row)?;
            tx.commit(stamp, &format!("note {}", note.number), json!({ "bet": note.note.bet }))
                .await?;
            Ok(note)
        })
    }

    /// A bet's notes, oldest day first.
    pub fn notes<'a>(&'a self, bet: &'a str) -> BoxFuture<'a, Result<Vec<Note>>> {
        Box::pin(async move {
            let mut tx = self.read().await?;
            let rows = tx
                .rows(
                    "SELECT * FROM note WHERE bet = $1 ORDER BY on_day, number",
                    values![bet],
                )
                .await?;
            rows.iter().map(read_note).collect()
        })
    }
}

fn read_target(row: &Row) -> Result<Target> {
    Ok(Target {
        id: row.text("id")?,
        revision: row.int("revision")?,
        target: NewTarget {
            bet: row.text("bet")?,
            account: row.text("account")?,
            account_name: row.text("account_name")?,
            partner: row.opt_text("partner")?,
            play: row.opt_text("play")?,
            owner: row.opt_text("owner")?,
            next_step: row.opt_text("next_step")?,
            due: row.opt_time("due")?,
            state: row.text("state")?,
        },
    })
}

fn read_note(row: &Row) -> Result<Note> {
    Ok(Note {
        number: row.int("number")?,
        by: row.text("written_by")?,
        note: NewNote {
            bet: row.text("bet")?,
            on: row.time("on_day")?,
            words: row.text("words")?,
            effect: Effect::read(&row.text("effect")?)?,
            source: row.opt_text("source")?,
        },
    })
}

/// The target of a bet for an account, if there is one.
async fn same_account(tx: &mut Tx, target: &NewTarget) -> Result<Option<Target>> {
    let sql = "SELECT * FROM target WHERE bet = $1 AND account = $2";
    let row = tx.row(sql, values![&target.bet, &target.account]).await?;
    row.as_ref().map(read_target).transpose()
}

async fn insert(tx: &mut Tx, stamp: &Stamp, id: &str, target: &NewTarget) -> Result<Target> {
    let sql =
        "INSERT INTO target (id, bet, account, account_name, partner, play, owner, next_step, due, state, revision)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1) RETURNING *";
    let row = tx
        .one(
            sql,
            values![
                id,
                &target.bet,
                &target.account,
                &target.account_name,
                &target.partner,
                &target.play,
                &target.owner,
                &target.next_step,
                target.due,
                &target.state,
            ],
        )
        .await?;
    let target = read_target(&row)?;
    log(tx, stamp, &target).await?;
    Ok(target)
}

async fn log(tx: &mut Tx, stamp: &Stamp, target: &Target) -> Result<()> {
    let new = &target.target;
    tx.run(
        "INSERT INTO target_log (number, target, at, saved_by, play, owner, next_step, due, state)
         SELECT COALESCE(MAX(number), 0) + 1, $1, $2, $3, $4, $5, $6, $7, $8 FROM target_log",
        values![
            &target.id,
            stamp.at,
            &stamp.actor,
            &new.play,
            &new.owner,
            &new.next_step,
            new.due,
            &new.state,
        ],
    )
    .await?;
    Ok(())
}

fn has_account_already(current: Target, yours: Target) -> LedgerError {
    let what = format!(
        "{} has {} as a target already; change that one",
        current.target.bet, current.target.account_name
    );
    conflict_with(what, Current::Target { current, yours })
}

fn detail_of(target: &Target) -> serde_json::Value {
    json!({ "bet": target.target.bet, "account": target.target.account, "revision": target.revision })
}
