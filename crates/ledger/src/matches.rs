//! What people said of pairs of accounts: appended, never changed. It must not judge what a pair is, nor know what a
//! record holds.

use jiff::Timestamp;
use serde_json::json;

use crate::store::{Row, values};
use crate::{BoxFuture, Ledger, Result, Stamp};

/// What was said of a pair, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatchDecision {
    /// 1 for the first, without gaps.
    pub number: i64,
    /// What was said.
    pub decision: NewMatchDecision,
}

/// Something said of a pair, to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMatchDecision {
    /// The partner whose list the other record stands in.
    pub partner: String,
    /// Our record as it was, as JSON text.
    pub ours: String,
    /// Theirs.
    pub theirs: String,
    /// The verdict; the office knows which there are.
    pub verdict: String,
    /// What the model gave the pair, in millionths, where it gave anything.
    pub probability: Option<i64>,
    /// The decision that this one takes back.
    pub undoes: Option<i64>,
    /// Who said so: a person's id, or a name from elsewhere.
    pub decided_by: String,
    /// When.
    pub decided_at: Timestamp,
}

impl Ledger {
    /// Appends decisions in one transaction and gives their numbers.
    ///
    /// # Errors
    /// `Conflict` when one takes back what was taken back already; `Invalid` when there is no such decision.
    pub fn decide_matches<'a>(
        &'a self,
        stamp: &'a Stamp,
        decisions: Vec<NewMatchDecision>,
    ) -> BoxFuture<'a, Result<Vec<i64>>> {
        Box::pin(async move {
            let mut tx = self.write().await?;
            let mut numbers = Vec::with_capacity(decisions.len());
            for decision in &decisions {
                let row = tx
                    .one(
                        "INSERT INTO match_decision (number, partner, ours, theirs, verdict, probability, undoes, decided_by,
                             decided_at)
                         SELECT COALESCE(MAX(number), 0) + 1, $1, $2, $3, $4, $5, $6, $7, $8 FROM match_decision
                         RETURNING number",
                        values![
                            &decision.partner,
                            &decision.ours,
                            &decision.theirs,
                            &decision.verdict,
                            decision.probability,
                            decision.undoes,
                            &decision.decided_by,
                            decision.decided_at,
                        ],
                    )
                    .await?;
                numbers.push(row.int("number")?);
            }
            let (first, last) = (numbers.first().copied(), numbers.last().copied());
            let undone: Vec<i64> = decisions.iter().filter_map(|decision| decision.undoes).collect();
            let mut detail = json!({ "from": first, "to": last });
            if !undone.is_empty() {
                detail["undoes"] = json!(undone);
            }
            tx.commit(stamp, "matches", detail).await?;
            Ok(numbers)
        })
    }

    /// All that was ever said, oldest first, what was taken back among it; of one partner's list where one is named.
    pub fn match_decisions<'a>(&'a self, partner: Option<&'a str>) -> BoxFuture<'a, Result<Vec<MatchDecision>>> {
        Box::pin(async move {
            let mut tx = self.read().await?;
            let rows = match partner {
                Some(partner) => {
                    let sql = "SELECT * FROM match_decision WHERE partner = $1 ORDER BY number";
                    tx.rows(sql, values![partner]).await?
                }
                None => {
                    tx.rows("SELECT * FROM match_decision ORDER BY number", values![])
                        .await?
                }
            };
            rows.iter().map(read_decision).collect()
        })
    }

    /// The number of the last decision; 0 when there is none. As long as it stays, so does everything that was said.
    pub fn last_match_decision(&self) -> BoxFuture<'_, Result<i64>> {
        Box::pin(async move {
            let sql = "SELECT COALESCE(MAX(number), 0) AS number FROM match_decision";
            self.read().await?.one(sql, values![]).await?.int("number")
        })
    }
}

fn read_decision(row: &Row) -> Result<MatchDecision> {
    Ok(MatchDecision {
        number: row.int("number")?,
        decision: NewMatchDecision {
            partner: row.text("partner")?,
            ours: row.text("ours")?,
            theirs: row.text("theirs")?,
            verdict: row.text("verdict")?,
            probability: row.opt_int("probability")?,
            undoes: row.opt_int("undoes")?,
            decided_by: row.text("decided_by")?,
            decided_at: row.time("decided_at")?,
        },
    })
}
