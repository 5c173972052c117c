//! The register of decisions: appended, never changed. It must not judge whether a decision is allowed.

use jiff::civil::Date;

use serde_json::json;

use crate::store::{Row, Writing, values};
use crate::strategies;
use crate::{BoxFuture, DraftEdit, Ledger, Result, Stamp};

/// An entry in the register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// 1 for the first, without gaps.
    pub number: i64,
    /// What was decided.
    pub decision: NewDecision,
}

/// A decision to append.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDecision {
    /// The day it was decided.
    pub on: Date,
    /// `move` for a bet's change of state, `choice` for a cell, or another kind.
    pub kind: String,
    /// The bet's key, the cell, or what else was decided.
    pub subject: String,
    /// The state before.
    pub from: Option<String>,
    /// The state after.
    pub to: Option<String>,
    /// Why, in words.
    pub reason: String,
    /// The snapshot that it rests on.
    pub snapshot: Option<String>,
    /// The evidence as it was seen, as JSON text.
    pub evidence: String,
    /// The decider's person id.
    pub decided_by: String,
    /// Whether it went against the gate's verdict; for good.
    pub against_gate: bool,
    /// The review in which it was decided.
    pub review: Option<i64>,
    /// The version of the strategy that it belongs to.
    pub version: Option<i64>,
}

/// Where a bet stands by its last move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BetState {
    /// The bet's key.
    pub bet: String,
    /// Its state.
    pub state: String,
    /// The day of its last move.
    pub since: Date,
    /// The number of that decision.
    pub decision: i64,
}

impl Ledger {
    /// Appends decisions, and saves the draft that they change, in one transaction.
    ///
    /// # Errors
    /// `Conflict` with both texts when the draft has moved on; `Invalid` when one names a snapshot, review or version
    /// that is not there.
    pub fn decide<'a>(
        &'a self,
        stamp: &'a Stamp,
        decisions: Vec<NewDecision>,
        draft: Option<DraftEdit>,
    ) -> BoxFuture<'a, Result<Vec<Decision>>> {
        Box::pin(async move {
            let mut tx = self.write().await?;
            let decisions = append(&mut tx, decisions).await?;
            let mut detail = json!({ "decisions": numbers(&decisions) });
            if let Some(edit) = draft {
                detail["draft_revision"] = strategies::save(&mut tx, stamp, edit).await?.revision.into();
            }
            tx.commit(stamp, "register", detail).await?;
            Ok(decisions)
        })
    }

    /// All decisions on one subject, oldest first.
    pub fn decisions_on<'a>(&'a self, subject: &'a str) -> BoxFuture<'a, Result<Vec<Decision>>> {
        Box::pin(async move {
            let mut tx = self.read().await?;
            let rows = tx
                .rows(
                    "SELECT * FROM decision WHERE subject = $1 ORDER BY number",
                    values![subject],
                )
                .await?;
            rows.iter().map(read_decision).collect()
        })
    }

    /// The whole register, oldest first.
    pub fn decisions(&self) -> BoxFuture<'_, Result<Vec<Decision>>> {
        Box::pin(async move {
            let rows = self
                .read()
                .await?
                .rows("SELECT * FROM decision ORDER BY number", values![])
                .await?;
            rows.iter().map(read_decision).collect()
        })
    }

    /// The state of each bet that ever moved, by the last decision of kind `move`, ordered by key.
    pub fn bet_states(&self) -> BoxFuture<'_, Result<Vec<BetState>>> {
        Box::pin(async move {
            let sql = "WITH last AS (
                    SELECT MAX(number) AS number FROM decision
                    WHERE kind = 'move' AND to_state IS NOT NULL GROUP BY subject
                )
                SELECT decision.* FROM decision JOIN last ON last.number = decision.number ORDER BY subject";
            let rows = self.read().await?.rows(sql, values![]).await?;
            rows.iter().map(read_bet_state).collect()
        })
    }
}

/// Appends decisions within a write under way.
pub(crate) async fn append(tx: &mut Writing, decisions: Vec<NewDecision>) -> Result<Vec<Decision>> {
    let mut appended = Vec::with_capacity(decisions.len());
    for decision in &decisions {
        let row = tx
            .one(
                "INSERT INTO decision (number, on_day, kind, subject, from_state, to_state, reason, snapshot, evidence,
                     decided_by, against_gate, review, version)
                 SELECT COALESCE(MAX(number), 0) + 1, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12 FROM decision
                 RETURNING *",
                values![
                    decision.on,
                    &decision.kind,
                    &decision.subject,
                    &decision.from,
                    &decision.to,
                    &decision.reason,
                    &decision.snapshot,
                    &decision.evidence,
                    &decision.decided_by,
                    decision.against_gate,
                    decision.review,
                    decision.version,
                ],
            )
            .await?;
        appended.push(read_decision(&row)?);
    }
    Ok(appended)
}

/// The numbers of decisions, for an audit row.
pub(crate) fn numbers(decisions: &[Decision]) -> Vec<i64> {
    decisions.iter().map(|decision| decision.number).collect()
}

fn read_decision(row: &Row) -> Result<Decision> {
    Ok(Decision {
        number: row.int("number")?,
        decision: NewDecision {
            on: row.time("on_day")?,
            kind: row.text("kind")?,
            subject: row.text("subject")?,
            from: row.opt_text("from_state")?,
            to: row.opt_text("to_state")?,
            reason: row.text("reason")?,
            snapshot: row.opt_text("snapshot")?,
            evidence: row.text("evidence")?,
            decided_by: row.text("decided_by")?,
            against_gate: row.flag("against_gate")?,
            review: row.opt_int("review")?,
            version: row.opt_int("version")?,
        },
    })
}

fn read_bet_state(row: &Row) -> Result<BetState> {
    Ok(BetState {
        bet: row.text("subject")?,
        state: row.text("to_state")?,
        since: row.time("on_day")?,
        decision: row.int("number")?,
    })
}
