//! The log of private set intersections: each offer, answer and opening, appended and never changed. It must not know a
//! key, nor who agreed.

use jiff::Timestamp;

use serde_json::json;

use crate::error::conflict;
use crate::store::{Row, values};
use crate::{BoxFuture, Ledger, LedgerError, Result, Stamp};

/// What was done in a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PsiAct {
    /// Our keys were offered.
    Offer,
    /// An offer of theirs was answered.
    Answer,
    /// An answer of theirs was opened.
    Open,
}

impl PsiAct {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Offer => "offer",
            Self::Answer => "answer",
            Self::Open => "open",
        }
    }

    fn read(word: &str) -> Result<Self> {
        let act = [Self::Offer, Self::Answer, Self::Open]
            .into_iter()
            .find(|act| act.as_str() == word);
        act.ok_or_else(|| LedgerError::Corrupt {
            what: format!("a private set intersection has the act \"{word}\""),
        })
    }
}

/// One act of a run, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PsiRun {
    /// 1 for the first.
    pub number: i64,
    /// When.
    pub at: Timestamp,
    /// Who did it: a person's id, or the command line.
    pub by: String,
    /// All the rest.
    pub run: NewPsiRun,
}

/// One act of a run to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPsiRun {
    /// The run that both companies' files name, in hex.
    pub run: String,
    /// What was done.
    pub act: PsiAct,
    /// With whom.
    pub partner: String,
    /// The records of our list that have a key.
    pub records: i64,
    /// Our keys.
    pub keys: i64,
    /// What our list is known by, in hex.
    pub list: String,
    /// The keys that their file holds, rounded up as it is.
    pub their_keys: Option<i64>,
    /// What their list is known by, in hex.
    pub their_list: Option<String>,
    /// How many records of ours agree.
    pub agree: Option<i64>,
    /// The checksum of the file that was written, or opened, in hex.
    pub file: String,
}

/// How often something may be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PsiLimit {
    /// Counted from here on.
    pub since: Timestamp,
    /// How often with one partner.
    pub most: usize,
}

impl Ledger {
    /// Appends an act, unless this act of this run is there already or the partner's limit is reached.
    ///
    /// # Errors
    /// `Conflict`.
    pub fn add_psi_run<'a>(
        &'a self,
        stamp: &'a Stamp,
        run: NewPsiRun,
        limit: Option<PsiLimit>,
    ) -> BoxFuture<'a, Result<PsiRun>> {
        Box::pin(async move {
            let mut tx = self.write().await?;
            let done = tx
                .row(
                    "SELECT * FROM psi_run WHERE run = $1 AND act = $2",
                    values![&run.run, run.act.as_str()],
                )
                .await?;
            if let Some(done) = done {
                let (act, at) = (run.act.as_str(), done.time::<Timestamp>("at")?);
                return Err(conflict(format!("run {} has its {act} already, of {at:.0}", run.run)));
            }
            if let Some(limit) = limit {
                let rows = tx
                    .rows(
                        "SELECT * FROM psi_run WHERE act = $1 AND at >= $2",
                        values![run.act.as_str(), limit.since],
                    )
                    .await?;
                let runs: Vec<PsiRun> = rows.iter().map(read_run).collect::<Result<_>>()?;
                if runs.iter().filter(|one| one.run.is_with(&run.partner)).count() >= limit.most {
                    return Err(conflict(format!(
                        "{} such runs with {} since {:.0} are the most there may be",
                        limit.most, run.partner, limit.since
                    )));
                }
            }
            let row = tx
                .one(
                    "INSERT INTO psi_run (number, run, act, at, done_by, partner, records, keys, list, their_keys,
                         their_list, agree, file)
                     SELECT COALESCE(MAX(number), 0) + 1, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12 FROM psi_run
                     RETURNING *",
                    values![
                        &run.run,
                        run.act.as_str(),
                        stamp.at,
                        &stamp.actor,
                        &run.partner,
                        run.records,
                        run.keys,
                        &run.list,
                        run.their_keys,
                        &run.their_list,
                        run.agree,
                        &run.file,
                    ],
                )
                .await?;
            let detail = json!({ "partner": run.partner, "keys": run.keys, "their_keys": run.their_keys,
                "agree": run.agree, "file": run.file });
            tx.commit(stamp, &format!("private set intersection {}", run.run), detail)
                .await?;
            read_run(&row)
        })
    }

    /// Every act of every run, the newest first.
    pub fn psi_runs(&self) -> BoxFuture<'_, Result<Vec<PsiRun>>> {
        Box::pin(async move {
            let mut tx = self.read().await?;
            let rows = tx.rows("SELECT * FROM psi_run ORDER BY number DESC", values![]).await?;
            rows.iter().map(read_run).collect()
        })
    }
}

impl NewPsiRun {
    /// Whether it is with this partner, however the name is written.
    #[must_use]
    pub fn is_with(&self, partner: &str) -> bool {
        self.partner.trim().to_lowercase() == partner.trim().to_lowercase()
    }
}

fn read_run(row: &Row) -> Result<PsiRun> {
    Ok(PsiRun {
        number: row.int("number")?,
        at: row.time("at")?,
        by: row.text("done_by")?,
        run: NewPsiRun {
            run: row.text("run")?,
            act: PsiAct::read(&row.text("act")?)?,
            partner: row.text("partner")?,
            records: row.int("records")?,
            keys: row.int("keys")?,
            list: row.text("list")?,
            their_keys: row.opt_int("their_keys")?,
            their_list: row.opt_text("their_list")?,
            agree: row.opt_int("agree")?,
            file: row.text("file")?,
        },
    })
}
