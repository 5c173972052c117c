//! Long work under way, and settings. It must not run anything.

use jiff::Timestamp;

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
        Box::pin(async move { todo!() })
    }

    /// Notes how a job gets on; writes no audit row.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when it has finished.
    pub fn update_job(&self, update: JobUpdate) -> BoxFuture<'_, Result<()>> {
        Box::pin(async move { todo!() })
    }

    /// One job.
    pub fn job<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Option<Job>>> {
        Box::pin(async move { todo!() })
    }

    /// The last `limit` jobs, newest first.
    pub fn jobs(&self, limit: i64) -> BoxFuture<'_, Result<Vec<Job>>> {
        Box::pin(async move { todo!() })
    }

    /// A setting, as JSON text.
    pub fn setting<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<String>>> {
        Box::pin(async move { todo!() })
    }

    /// Keeps a setting.
    pub fn set_setting<'a>(&'a self, stamp: &'a Stamp, key: &'a str, json: &'a str) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move { todo!() })
    }
}
