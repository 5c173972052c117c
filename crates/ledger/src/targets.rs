//! Targets: what each says, saved by revision; and the steps that people said they reached, appended and never changed. It
//! must not know which steps there are, nor what a fact says.

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::json;

use crate::error::{conflict, conflict_with, not_found};
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

/// A step that a target is said to have reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewStep {
    /// The step; the office knows which there are.
    pub step: String,
    /// The day.
    pub on: Date,
    /// What there is to say of it.
    pub note: Option<String>,
}

/// What is done to a target at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetWork {
    /// What it says from now on. Revision 0 adds it; any other is the one that the editor began from.
    pub target: Target,
    /// The step that it reached, where it reached one.
    pub step: Option<NewStep>,
}

/// A step that was said, with its target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepSaid {
    /// 1 for the first, without gaps.
    pub number: i64,
    /// The target's id.
    pub target: String,
    /// The bet's key.
    pub bet: String,
    /// The account's key in the facts.
    pub account: String,
    /// Its name as shown.
    pub account_name: String,
    /// The partner.
    pub partner: Option<String>,
    /// The step, its day and what was said of it.
    pub step: NewStep,
    /// Who said so.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// When it was taken back, if it was.
    pub undone_at: Option<Timestamp>,
}

/// The word of a row that takes another one back.
const UNDONE: &str = "undone";

impl Ledger {
    /// Adds and saves targets, and keeps the steps that they are said to have reached: all of it, or nothing.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` with both when a revision has moved on, or when the bet has that account already.
    pub fn work_targets<'a>(&'a self, stamp: &'a Stamp, work: Vec<TargetWork>) -> BoxFuture<'a, Result<Vec<Target>>> {
        Box::pin(async move {
            let mut tx = self.write().await?;
            let mut worked = Vec::with_capacity(work.len());
            for one in work {
                let target = save(&mut tx, stamp, one.target).await?;
                if let Some(step) = &one.step {
                    say(&mut tx, stamp, &target, step, None).await?;
                }
                worked.push((target, one.step));
            }
            commit(tx, stamp, &worked).await?;
            Ok(worked.into_iter().map(|(target, _)| target).collect())
        })
    }

    /// Adds several targets, each with the step that it begins at. Accounts that a bet holds already stay as they are;
    /// those that were added are given back.
    pub fn add_targets<'a>(&'a self, stamp: &'a Stamp, new: Vec<TargetWork>) -> BoxFuture<'a, Result<Vec<Target>>> {
        Box::pin(async move {
            let mut tx = self.write().await?;
            let mut added = Vec::new();
            for one in new {
                if same_account(&mut tx, &one.target.target).await?.is_none() {
                    let target = insert(&mut tx, stamp, &one.target).await?;
                    if let Some(step) = &one.step {
                        say(&mut tx, stamp, &target, step, None).await?;
                    }
                    added.push((target, one.step));
                }
            }
            if !added.is_empty() {
                commit(tx, stamp, &added).await?;
            }
            Ok(added.into_iter().map(|(target, _)| target).collect())
        })
    }

    /// Takes back a step that was said; the row that said it stays.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when it was taken back already.
    pub fn undo_step<'a>(&'a self, stamp: &'a Stamp, number: i64) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let mut tx = self.write().await?;
            let said = said(&mut tx, Some(number)).await?.pop();
            let said = said.ok_or_else(|| not_found(format!("step {number}")))?;
            if said.undone_at.is_some() {
                return Err(conflict(format!(
                    "that {} reached {} was taken back already",
                    said.account_name, said.step.step
                )));
            }
            let row = tx
                .one("SELECT * FROM target WHERE id = $1", values![&said.target])
                .await?;
            let undone = NewStep {
                step: UNDONE.to_owned(),
                on: said.step.on,
                note: None,
            };
            say(&mut tx, stamp, &read_target(&row)?, &undone, Some(number)).await?;
            let detail = json!({ "bet": said.bet, "account": said.account, "undoes": number });
            tx.commit(stamp, &format!("target {}", said.target), detail).await
        })
    }

    /// A bet's targets, those due first, first; of all bets where none is named.
    pub fn targets<'a>(&'a self, bet: Option<&'a str>) -> BoxFuture<'a, Result<Vec<Target>>> {
        Box::pin(async move {
            let mut tx = self.read().await?;
            let rows = match bet {
                Some(bet) => {
                    let sql = "SELECT * FROM target WHERE bet = $1 ORDER BY due IS NULL, due, account_name, id";
                    tx.rows(sql, values![bet]).await?
                }
                None => {
                    let sql = "SELECT * FROM target ORDER BY due IS NULL, due, account_name, id";
                    tx.rows(sql, values![]).await?
                }
            };
            rows.iter().map(read_target).collect()
        })
    }

    /// The targets of all bets as they stood at the end of a day: those that were named by then, with what they said last.
    /// Their revision is that of today.
    pub fn targets_on(&self, day: Date) -> BoxFuture<'_, Result<Vec<Target>>> {
        Box::pin(async move {
            let sql = "SELECT t.id, t.revision, t.bet, t.account, t.account_name, t.partner,
                           l.play, l.owner, l.next_step, l.due, l.state
                       FROM target t JOIN target_log l ON l.target = t.id
                       WHERE l.number = (SELECT MAX(f.number) FROM target_log f
                                         WHERE f.target = t.id AND SUBSTR(f.at, 1, 10) <= $1)
                       ORDER BY l.due IS NULL, l.due, t.account_name, t.id";
            let rows = self.read().await?.rows(sql, values![day]).await?;
            rows.iter().map(read_target).collect()
        })
    }

    /// The number of the last time that any target was saved; 0 when there is none. As long as it stays, so does what
    /// every target says.
    pub fn last_saving(&self) -> BoxFuture<'_, Result<i64>> {
        Box::pin(async move {
            let sql = "SELECT COALESCE(MAX(number), 0) AS number FROM target_log";
            self.read().await?.one(sql, values![]).await?.int("number")
        })
    }

    /// Every step that was said, oldest first; what was taken back is among them.
    pub fn steps_said(&self) -> BoxFuture<'_, Result<Vec<StepSaid>>> {
        Box::pin(async move { said(&mut self.read().await?, None).await })
    }

    /// The number of the last row of what was said of targets; 0 when there is none. As long as it stays, so does all that
    /// was said.
    pub fn last_step(&self) -> BoxFuture<'_, Result<i64>> {
        Box::pin(async move {
            let sql = "SELECT COALESCE(MAX(number), 0) AS number FROM target_step";
            self.read().await?.one(sql, values![]).await?.int("number")
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

/// Adds a target, or saves it where its revision is the one that the editor began from.
async fn save(tx: &mut Tx, stamp: &Stamp, target: Target) -> Result<Target> {
    if target.revision == 0 {
        return match same_account(tx, &target.target).await? {
            Some(current) => Err(has_account_already(current, target)),
            None => insert(tx, stamp, &target).await,
        };
    }
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
    let held = same_account(tx, &target.target).await?;
    if let Some(other) = held.filter(|other| other.id != target.id) {
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
    log(tx, stamp, &target).await?;
    Ok(target)
}

/// The target of a bet for an account, if there is one.
async fn same_account(tx: &mut Tx, target: &NewTarget) -> Result<Option<Target>> {
    let sql = "SELECT * FROM target WHERE bet = $1 AND account = $2";
    let row = tx.row(sql, values![&target.bet, &target.account]).await?;
    row.as_ref().map(read_target).transpose()
}

async fn insert(tx: &mut Tx, stamp: &Stamp, new: &Target) -> Result<Target> {
    let sql =
        "INSERT INTO target (id, bet, account, account_name, partner, play, owner, next_step, due, state, revision)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1) RETURNING *";
    let target = &new.target;
    let row = tx
        .one(
            sql,
            values![
                &new.id,
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

async fn say(tx: &mut Tx, stamp: &Stamp, target: &Target, step: &NewStep, undoes: Option<i64>) -> Result<()> {
    tx.run(
        "INSERT INTO target_step (number, target, step, on_day, note, undoes, said_by, said_at)
         SELECT COALESCE(MAX(number), 0) + 1, $1, $2, $3, $4, $5, $6, $7 FROM target_step",
        values![
            &target.id,
            &step.step,
            step.on,
            &step.note,
            undoes,
            &stamp.actor,
            stamp.at,
        ],
    )
    .await?;
    Ok(())
}

/// What was said, all of it or one row, with what became of it.
async fn said(tx: &mut Tx, number: Option<i64>) -> Result<Vec<StepSaid>> {
    let sql = "SELECT s.number, s.target, s.step, s.on_day, s.note, s.said_by, s.said_at, u.said_at AS undone_at,
                   t.bet, t.account, t.account_name, t.partner
               FROM target_step s JOIN target t ON t.id = s.target
               LEFT JOIN target_step u ON u.undoes = s.number
               WHERE s.undoes IS NULL AND s.number >= $1 AND s.number <= $2 ORDER BY s.number";
    let (first, last) = number.map_or((0, i64::MAX), |number| (number, number));
    let rows = tx.rows(sql, values![first, last]).await?;
    let read = |row: &Row| {
        Ok(StepSaid {
            number: row.int("number")?,
            target: row.text("target")?,
            bet: row.text("bet")?,
            account: row.text("account")?,
            account_name: row.text("account_name")?,
            partner: row.opt_text("partner")?,
            step: NewStep {
                step: row.text("step")?,
                on: row.time("on_day")?,
                note: row.opt_text("note")?,
            },
            by: row.text("said_by")?,
            at: row.time("said_at")?,
            undone_at: row.opt_time("undone_at")?,
        })
    };
    rows.iter().map(read).collect()
}

fn has_account_already(current: Target, yours: Target) -> LedgerError {
    let what = format!(
        "{} has {} as a target already; change that one",
        current.target.bet, current.target.account_name
    );
    conflict_with(what, Current::Target { current, yours })
}

async fn commit(tx: crate::store::Writing, stamp: &Stamp, worked: &[(Target, Option<NewStep>)]) -> Result<()> {
    let detail = |(target, step): &(Target, Option<NewStep>)| {
        let mut detail = json!({ "id": target.id, "bet": target.target.bet, "account": target.target.account,
            "revision": target.revision });
        if let Some(step) = step {
            detail["step"] = json!(step.step);
            detail["on"] = json!(step.on.to_string());
        }
        detail
    };
    let details: Vec<_> = worked.iter().map(detail).collect();
    match details.as_slice() {
        [one] => {
            let subject = format!("target {}", worked[0].0.id);
            tx.commit(stamp, &subject, one.clone()).await
        }
        several => tx.commit(stamp, "targets", json!(several)).await,
    }
}
