//! What of a bet's launch plan is done: appended, never changed. It must not know which tasks there are.

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::json;

use crate::error::conflict;
use crate::store::{Row, values};
use crate::{BoxFuture, Ledger, Result, Stamp};

/// That a task of a launch plan was done, or not after all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaunchEntry {
    /// 1 for the first.
    pub number: i64,
    /// The bet's key.
    pub bet: String,
    /// The task, in the words of the plan.
    pub task: String,
    /// The day on which it was done; none takes back what was said before.
    pub done_on: Option<Date>,
    /// Who said so.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

impl Ledger {
    /// Says that a task is done, or that it is not after all.
    ///
    /// # Errors
    /// `Conflict` when that is what the record says already.
    pub fn say_launched<'a>(
        &'a self,
        stamp: &'a Stamp,
        bet: &'a str,
        task: &'a str,
        done_on: Option<Date>,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let mut tx = self.write().await?;
            let sql = "SELECT * FROM launch_entry WHERE bet = $1 AND task = $2 ORDER BY number DESC LIMIT 1";
            let last = tx.row(sql, values![bet, task]).await?;
            let is_done = match last {
                Some(row) => read(&row)?.done_on.is_some(),
                None => false,
            };
            if is_done == done_on.is_some() {
                let what = if is_done { "is done already" } else { "is not done" };
                return Err(conflict(format!("“{task}” {what}")));
            }
            tx.run(
                "INSERT INTO launch_entry (number, bet, task, done_on, said_by, said_at)
                 SELECT COALESCE(MAX(number), 0) + 1, $1, $2, $3, $4, $5 FROM launch_entry",
                values![bet, task, done_on, &stamp.actor, stamp.at],
            )
            .await?;
            let detail = json!({ "task": task, "done_on": done_on.map(|day| day.to_string()) });
            tx.commit(stamp, &format!("bet {bet}"), detail).await
        })
    }

    /// What was said of a bet's launch plan, oldest first.
    pub fn launch_entries<'a>(&'a self, bet: &'a str) -> BoxFuture<'a, Result<Vec<LaunchEntry>>> {
        Box::pin(async move {
            let mut tx = self.read().await?;
            let sql = "SELECT * FROM launch_entry WHERE bet = $1 ORDER BY number";
            let rows = tx.rows(sql, values![bet]).await?;
            rows.iter().map(read).collect()
        })
    }
}

fn read(row: &Row) -> Result<LaunchEntry> {
    Ok(LaunchEntry {
        number: row.int("number")?,
        bet: row.text("bet")?,
        task: row.text("task")?,
        done_on: row.opt_time("done_on")?,
        by: row.text("said_by")?,
        at: row.time("said_at")?,
    })
}
