//! What partners asked, each with the answer it was given: appended, never changed. It must not judge an answer.

use jiff::civil::Date;
use serde_json::json;

use crate::store::{Row, values};
use crate::{BoxFuture, Ledger, Result, Stamp};

/// A partner's request, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// 1 for the first.
    pub number: i64,
    /// Who recorded it.
    pub by: String,
    /// What it says.
    pub ask: NewAsk,
}

/// A request to record against its cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAsk {
    /// The cell, as the register names it.
    pub cell: String,
    /// Who asked.
    pub who: String,
    /// For which company.
    pub company: String,
    /// The day.
    pub on: Date,
    /// What they asked, in their words.
    pub words: String,
    /// What was answered.
    pub answer: String,
    /// The state of the cell that the answer came from.
    pub state: String,
    /// The version that was in force then; `None` while none was.
    pub version: Option<i64>,
}

impl Ledger {
    /// Records a request.
    ///
    /// # Errors
    /// `Invalid` when there is no such version.
    pub fn add_ask<'a>(&'a self, stamp: &'a Stamp, ask: NewAsk) -> BoxFuture<'a, Result<Ask>> {
        Box::pin(async move {
            let mut tx = self.write().await?;
            let row = tx
                .one(
                    "INSERT INTO ask (number, cell, who, company, on_day, words, answer, state, version, written_by)
                     SELECT COALESCE(MAX(number), 0) + 1, $1, $2, $3, $4, $5, $6, $7, $8, $9 FROM ask RETURNING *",
                    values![
                        &ask.cell,
                        &ask.who,
                        &ask.company,
                        ask.on,
                        &ask.words,
                        &ask.answer,
                        &ask.state,
                        ask.version,
                        &stamp.actor
                    ],
                )
                .await?;
            let ask = read_ask(&row)?;
            let detail = json!({ "cell": ask.ask.cell, "company": ask.ask.company, "state": ask.ask.state });
            tx.commit(stamp, &format!("ask {}", ask.number), detail).await?;
            Ok(ask)
        })
    }

    /// All requests, oldest day first.
    pub fn asks(&self) -> BoxFuture<'_, Result<Vec<Ask>>> {
        Box::pin(async move {
            let mut tx = self.read().await?;
            let rows = tx.rows("SELECT * FROM ask ORDER BY on_day, number", values![]).await?;
            rows.iter().map(read_ask).collect()
        })
    }
}

fn read_ask(row: &Row) -> Result<Ask> {
    Ok(Ask {
        number: row.int("number")?,
        by: row.text("written_by")?,
        ask: NewAsk {
            cell: row.text("cell")?,
            who: row.text("who")?,
            company: row.text("company")?,
            on: row.time("on_day")?,
            words: row.text("words")?,
            answer: row.text("answer")?,
            state: row.text("state")?,
            version: row.opt_int("version")?,
        },
    })
}
