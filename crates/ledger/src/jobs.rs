//! Long work under way, and who holds it. It must not run anything.
//!
//! A process that works on a job says so again and again; one that has not for a while is dead or cut off, and another may
//! take the job over. So no process needs to know which others there are, and none ends another's work by its start.

use jiff::Timestamp;

use serde_json::json;

use crate::error::{conflict, not_found};
use crate::store::{Row, Tx, values};
use crate::{BoxFuture, Ledger, Result, Stamp};

/// A piece of long work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Id, a uuid as text.
    pub id: String,
    /// What it does, such as `import`.
    pub kind: String,
    /// What it works on; of one kind there is one unfinished job a subject.
    pub subject: String,
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
    /// When its holder last said that it works on it.
    pub seen_at: Timestamp,
    /// Whether somebody asked it to stop.
    pub stop_asked: bool,
    /// When it finished, well or not.
    pub finished_at: Option<Timestamp>,
    /// The import that came of it.
    pub import: Option<i64>,
}

/// A job to start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJob {
    /// Id, a uuid as text.
    pub id: String,
    /// What it does.
    pub kind: String,
    /// What it works on.
    pub subject: String,
    /// Its first state.
    pub state: String,
    /// Who works on it: a secret of the run, so that a run which lost the job can no longer speak for it.
    pub holder: String,
}

/// How a job gets on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobUpdate {
    /// The job's id.
    pub id: String,
    /// Who works on it.
    pub holder: String,
    /// When this was said.
    pub seen_at: Timestamp,
    /// Its state now.
    pub state: String,
    /// How far it is, in percent.
    pub percent: i64,
    /// What it says.
    pub message: String,
    /// When it finished, if it has.
    pub finished_at: Option<Timestamp>,
    /// The import that came of it.
    pub import: Option<i64>,
}

impl Ledger {
    /// Notes a job that starts.
    ///
    /// # Errors
    /// `Conflict` when one of this kind works on the subject already.
    pub fn start_job<'a>(&'a self, stamp: &'a Stamp, job: NewJob) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let mut tx = self.write().await?;
            let other = tx
                .row(
                    "SELECT id FROM job WHERE kind = $1 AND subject = $2 AND finished_at IS NULL",
                    values![&job.kind, &job.subject],
                )
                .await?;
            if other.is_some() {
                return Err(conflict(format!("there is an {} of this under way already", job.kind)));
            }
            tx.run(
                "INSERT INTO job (id, kind, subject, state, percent, message, started_by, started_at, seen_at, holder)
                 VALUES ($1, $2, $3, $4, 0, '', $5, $6, $6, $7)",
                values![
                    &job.id,
                    &job.kind,
                    &job.subject,
                    &job.state,
                    &stamp.actor,
                    stamp.at,
                    &job.holder
                ],
            )
            .await?;
            tx.commit(stamp, &format!("job {}", job.id), json!({ "kind": job.kind }))
                .await
        })
    }

    /// Notes how a job gets on, and says whether it is asked to stop; writes no audit row.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when it has finished, or another holds it by now.
    pub fn update_job(&self, update: JobUpdate) -> BoxFuture<'_, Result<bool>> {
        Box::pin(async move {
            let mut tx = self.write().await?;
            let updated = tx
                .row(
                    "UPDATE job SET state = $3, percent = $4, message = $5, seen_at = $6, finished_at = $7, import = $8
                     WHERE id = $1 AND holder = $2 AND finished_at IS NULL RETURNING stop_asked",
                    values![
                        &update.id,
                        &update.holder,
                        &update.state,
                        update.percent,
                        &update.message,
                        update.seen_at,
                        update.finished_at,
                        update.import
                    ],
                )
                .await?;
            let Some(updated) = updated else {
                return Err(not_to_be_had(&mut tx, &update.id).await?);
            };
            let stop_asked = updated.flag("stop_asked")?;
            tx.commit_trace().await?;
            Ok(stop_asked)
        })
    }

    /// Asks whoever holds a job to stop.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when it has finished.
    pub fn ask_to_stop<'a>(&'a self, stamp: &'a Stamp, id: &'a str) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let mut tx = self.write().await?;
            let asked = tx
                .run(
                    "UPDATE job SET stop_asked = 1 WHERE id = $1 AND finished_at IS NULL",
                    values![id],
                )
                .await?;
            if asked == 0 {
                return Err(not_to_be_had(&mut tx, id).await?);
            }
            tx.commit(stamp, &format!("job {id}"), json!({})).await
        })
    }

    /// Takes over a job whose holder was last seen at `unseen_since` or before.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when it has finished, or its holder was seen later than that.
    pub fn take_over_job<'a>(
        &'a self,
        stamp: &'a Stamp,
        id: &'a str,
        holder: &'a str,
        unseen_since: Timestamp,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let mut tx = self.write().await?;
            let taken = tx
                .run(
                    "UPDATE job SET holder = $2, seen_at = $3, stop_asked = 0, percent = 0, message = ''
                     WHERE id = $1 AND finished_at IS NULL AND seen_at <= $4",
                    values![id, holder, stamp.at, unseen_since],
                )
                .await?;
            if taken == 0 {
                return Err(not_to_be_had(&mut tx, id).await?);
            }
            tx.commit(stamp, &format!("job {id}"), json!({})).await
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

    /// The jobs that have not finished, newest first.
    pub fn unfinished_jobs(&self) -> BoxFuture<'_, Result<Vec<Job>>> {
        Box::pin(async move {
            let mut tx = self.read().await?;
            let rows = tx
                .rows(
                    "SELECT * FROM job WHERE finished_at IS NULL ORDER BY started_at DESC, id DESC",
                    values![],
                )
                .await?;
            rows.iter().map(job).collect()
        })
    }
}

/// Why a job could not be changed.
async fn not_to_be_had(tx: &mut Tx, id: &str) -> Result<crate::LedgerError> {
    let found = tx.row("SELECT * FROM job WHERE id = $1", values![id]).await?;
    Ok(match found.as_ref().map(job).transpose()? {
        None => not_found(format!("job {id}")),
        Some(job) if job.finished_at.is_some() => conflict(format!("job {id} has finished; start another")),
        Some(_) => conflict(format!("job {id} is being worked on by another")),
    })
}

fn job(row: &Row) -> Result<Job> {
    Ok(Job {
        id: row.text("id")?,
        kind: row.text("kind")?,
        subject: row.text("subject")?,
        state: row.text("state")?,
        percent: row.int("percent")?,
        message: row.text("message")?,
        started_by: row.text("started_by")?,
        started_at: row.time("started_at")?,
        seen_at: row.time("seen_at")?,
        stop_asked: row.flag("stop_asked")?,
        finished_at: row.opt_time("finished_at")?,
        import: row.opt_int("import")?,
    })
}
