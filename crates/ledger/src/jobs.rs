//! Long work under way. It must not run anything.

use jiff::Timestamp;

use serde_json::json;

use crate::error::{conflict, not_found};
use crate::store::{Row, values};
use crate::{BoxFuture, Ledger, Result, Stamp};

/// A piece of long work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Id, a uuid as text.
    pub id: String,
    /// What it does, such as `import`.
    pub kind: String,
    /// Its state; the office knows which there are.
    pub state: String,
    /// How far it is, in percent.
    pub percent: i64,
    /// What it says.
    pub message: String,
    /// Who started it.
    pub started_by: String,
    /// When it started.
    pub started_at: Timestamp,
    /// When it finished, well or not.
    pub finished_at: Option<Timestamp>,
}

/// A job to start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJob {
    /// Id, a uuid as text.
    pub id: String,
    /// What it does.
    pub kind: String,
    /// Its first state.
    pub state: String,
}

/// How a job gets on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobUpdate {
    /// The job's id.
    pub id: String,
    /// Its state now.
    pub state: String,
    /// How far it is, in percent.
    pub percent: i64,
    /// What it says.
    pub message: String,
    /// When it finished, if it has.
    pub finished_at: Option<Timestamp>,
}

impl Ledger {
    /// Notes a job that starts.
    pub fn start_job<'a>(&'a self, stamp: &'a Stamp, job: NewJob) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let mut tx = self.write().await?;
            tx.run(
                "INSERT INTO job (id, kind, state, percent, message, started_by, started_at)
                 VALUES ($1, $2, $3, 0, '', $4, $5)",
                values![&job.id, &job.kind, &job.state, &stamp.actor, stamp.at],
            )
            .await?;
            tx.commit(stamp, &format!("job {}", job.id), json!({ "kind": job.kind }))
                .await
        })
    }

    /// Notes how a job gets on; writes no audit row.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when it has finished.
    pub fn update_job(&self, update: JobUpdate) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move {
            let mut tx = self.write().await?;
            let updated = tx
                .run(
                    "UPDATE job SET state = $2, percent = $3, message = $4, finished_at = $5
                     WHERE id = $1 AND finished_at IS NULL",
                    values![
                        &update.id,
                        &update.state,
                        update.percent,
                        &update.message,
                        update.finished_at
                    ],
                )
                .await?;
            if updated == 0 {
                return match tx.row("SELECT id FROM job WHERE id = $1", values![&update.id]).await? {
                    Some(_) => Err(conflict(format!("job {} has finished; start another", update.id))),
                    None => Err(not_found(format!("job {}", update.id))),
                };
            }
            tx.commit_trace().await
        })
    }

    /// One job.
    pub fn job<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Option<Job>>> {
        Box::pin(async move {
            let row = self
                .read()
                .await?
                .row("SELECT * FROM job WHERE id = $1", values![id])
                .await?;
            row.as_ref().map(job).transpose()
        })
    }

    /// The last `limit` jobs, newest first.
    pub fn jobs(&self, limit: i64) -> BoxFuture<'_, Result<Vec<Job>>> {
        Box::pin(async move {
            let mut tx = self.read().await?;
            let rows = tx
                .rows(
                    "SELECT * FROM job ORDER BY started_at DESC, id DESC LIMIT $1",
                    values![limit],
                )
                .await?;
            rows.iter().map(job).collect()
        })
    }
}

fn job(row: &Row) -> Result<Job> {
    Ok(Job {
        id: row.text("id")?,
        kind: row.text("kind")?,
        state: row.text("state")?,
        percent: row.int("percent")?,
        message: row.text("message")?,
        started_by: row.text("started_by")?,
        started_at: row.time("started_at")?,
        finished_at: row.opt_time("finished_at")?,
    })
}
