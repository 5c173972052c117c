//! What reviews promise and what became of it: appended, never changed. It must not judge whether a promise was kept.

use jiff::{Timestamp, civil::Date};
use serde_json::json;

use crate::error::not_found;
use crate::reviews::still_open;
use crate::store::{Row, values};
use crate::{BoxFuture, Ledger, Result, Stamp};

/// What was promised in a review, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commitment {
    /// 1 for the first, without gaps.
    pub number: i64,
    /// What was promised.
    pub commitment: NewCommitment,
    /// Who wrote it down.
    pub written_by: String,
    /// When.
    pub written_at: Timestamp,
    /// What was said of it last; the office knows which words there are.
    pub outcome: Option<String>,
    /// Who said so.
    pub said_by: Option<String>,
}

/// Something promised in a review, to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCommitment {
    /// The review's number.
    pub review: i64,
    /// The bet's key, where it is about one.
    pub bet: Option<String>,
    /// What.
    pub says: String,
    /// Who promised it, by name.
    pub who: String,
    /// By when.
    pub by: Date,
}

impl Ledger {
    /// Keeps what was promised in a review that is open.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` with the review when it is closed.
    pub fn add_commitment<'a>(
        &'a self,
        stamp: &'a Stamp,
        commitment: NewCommitment,
    ) -> BoxFuture<'a, Result<Commitment>> {
        Box::pin(async move {
            let mut tx = self.write().await?;
            still_open(&mut tx, commitment.review).await?;
            let row = tx
                .one(
                    "INSERT INTO commitment (number, review, bet, says, who, by_day, written_by, written_at)
                     SELECT COALESCE(MAX(number), 0) + 1, $1, $2, $3, $4, $5, $6, $7 FROM commitment RETURNING number",
                    values![
                        commitment.review,
                        &commitment.bet,
                        &commitment.says,
                        &commitment.who,
                        commitment.by,
                        &stamp.actor,
                        stamp.at
                    ],
                )
                .await?;
            let number = row.int("number")?;
            let detail = json!({ "review": commitment.review, "says": commitment.says, "who": commitment.who });
            tx.commit(stamp, &format!("commitment {number}"), detail).await?;
            Ok(Commitment {
                number,
                commitment,
                written_by: stamp.actor.clone(),
                written_at: stamp.at,
                outcome: None,
                said_by: None,
            })
        })
    }

    /// Keeps what became of a commitment; what was said last counts.
    ///
    /// # Errors
    /// `NotFound` when there is no such commitment.
    pub fn say_of_commitment<'a>(
        &'a self,
        stamp: &'a Stamp,
        commitment: i64,
        outcome: &'a str,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let mut tx = self.write().await?;
            let known = tx
                .row("SELECT number FROM commitment WHERE number = $1", values![commitment])
                .await?;
            known.ok_or_else(|| not_found(format!("commitment {commitment}")))?;
            tx.run(
                "INSERT INTO commitment_said (number, commitment, outcome, said_by, said_at)
                 SELECT COALESCE(MAX(number), 0) + 1, $1, $2, $3, $4 FROM commitment_said",
                values![commitment, outcome, &stamp.actor, stamp.at],
            )
            .await?;
            let subject = format!("commitment {commitment}");
            tx.commit(stamp, &subject, json!({ "outcome": outcome })).await?;
            Ok(())
        })
    }

    /// Everything that was ever promised, oldest first, each with what was said of it last.
    pub fn commitments(&self) -> BoxFuture<'_, Result<Vec<Commitment>>> {
        Box::pin(async move {
            let sql = "WITH last AS (SELECT MAX(number) AS number FROM commitment_said GROUP BY commitment)
                SELECT c.*, s.outcome AS outcome, s.said_by AS said_by FROM commitment c
                LEFT JOIN commitment_said s ON s.commitment = c.number AND s.number IN (SELECT number FROM last)
                ORDER BY c.number";
            let rows = self.read().await?.rows(sql, values![]).await?;
            rows.iter().map(read_commitment).collect()
        })
    }
}

fn read_commitment(row: &Row) -> Result<Commitment> {
    Ok(Commitment {
        number: row.int("number")?,
        commitment: NewCommitment {
            review: row.int("review")?,
            bet: row.opt_text("bet")?,
            says: row.text("says")?,
            who: row.text("who")?,
            by: row.time("by_day")?,
        },
        written_by: row.text("written_by")?,
        written_at: row.time("written_at")?,
        outcome: row.opt_text("outcome")?,
        said_by: row.opt_text("said_by")?,
    })
}
