//! The audit chain: one row a write, each holding the hash of the row before. It must not know what the writes mean.

use jiff::Timestamp;

use crate::hash::FieldHash;
use crate::store::{Row, Tx, values};
use crate::{BoxFuture, Ledger, LedgerError, Result};

/// How many rows are verified at a time.
const PAGE: i64 = 1_000;
/// What stands for the hash before the first row.
const NO_HASH: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// Who does what, and when: handed to every write and kept in its audit row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// When, by the caller's clock; kept to the microsecond.
    pub at: Timestamp,
    /// Who: a person's id, a token's name, or `system`.
    pub actor: String,
    /// The verb of the product, such as `sign`.
    pub verb: &'static str,
}

/// One row of the audit chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRow {
    /// 1 for the first row, without gaps.
    pub number: i64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: String,
    /// The verb.
    pub verb: String,
    /// What it was done to, such as `version 3`.
    pub subject: String,
    /// More about it, as JSON text; never a secret.
    pub detail: String,
    /// The hash of the row before, in hex; 64 zeros for the first.
    pub previous: String,
    /// This row's own hash, in hex.
    pub hash: String,
}

/// Which rows of the chain are asked for. Everything that is given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Who: a person's id, a token's name, or `system`.
    pub actor: Option<String>,
    /// The verb.
    pub verb: Option<String>,
    /// The first instant.
    pub from: Option<Timestamp>,
    /// The first instant after.
    pub until: Option<Timestamp>,
}

/// The audit chain as verified from its first row to its head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditChain {
    /// How many rows there are.
    pub rows: i64,
    /// The hash of the last row, in hex; write it down elsewhere and no one can shorten the chain unseen.
    pub head: String,
}

impl AuditRow {
    /// SHA-256 over the netstrings (`length:bytes,`) of `beachhead audit 1`, number, at (RFC 3339, UTC, six decimals),
    /// actor, verb, subject, detail and previous, in this order, all as UTF-8 text.
    fn computed_hash(&self) -> String {
        let mut hash = FieldHash::new("beachhead audit 1");
        hash.field(&self.number.to_string());
        hash.field(&format!("{:.6}", self.at));
        for text in [&self.actor, &self.verb, &self.subject, &self.detail, &self.previous] {
            hash.field(text);
        }
        hash.hex()
    }

    fn read(row: &Row) -> Result<Self> {
        Ok(Self {
            number: row.int("number")?,
            at: row.time("at")?,
            actor: row.text("actor")?,
            verb: row.text("verb")?,
            subject: row.text("subject")?,
            detail: row.text("detail")?,
            previous: row.text("previous")?,
            hash: row.text("hash")?,
        })
    }
}

/// The last row of the chain; number 0 and zeros when there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    number: i64,
    hash: String,
}

impl Head {
    fn read(row: &Row) -> Result<Self> {
        Ok(Self {
            number: row.int("number")?,
            hash: row.text("hash")?,
        })
    }
}

/// Takes the head for this transaction. On PostgreSQL the update locks its row, so that writers of other processes wait
/// here and the chain cannot fork; on SQLite the transaction is alone already.
pub(crate) async fn take_head(tx: &mut Tx) -> Result<Head> {
    Head::read(
        &tx.one(
            "UPDATE audit_head SET number = number WHERE one = 1 RETURNING *",
            values![],
        )
        .await?,
    )
}

/// Appends one row after the head that this transaction took.
pub(crate) async fn append(tx: &mut Tx, head: &Head, stamp: &Stamp, subject: &str, detail: &str) -> Result<()> {
    let mut row = AuditRow {
        number: head.number + 1,
        at: stamp.at,
        actor: stamp.actor.clone(),
        verb: stamp.verb.to_owned(),
        subject: subject.to_owned(),
        detail: detail.to_owned(),
        previous: head.hash.clone(),
        hash: String::new(),
    };
    row.hash = row.computed_hash();
    tx.run(
        "INSERT INTO audit (number, at, actor, verb, subject, detail, previous, hash)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        values![
            row.number,
            row.at,
            &row.actor,
            &row.verb,
            &row.subject,
            &row.detail,
            &row.previous,
            &row.hash
        ],
    )
    .await?;
    tx.run(
        "UPDATE audit_head SET number = $1, hash = $2 WHERE one = 1",
        values![row.number, &row.hash],
    )
    .await?;
    Ok(())
}

impl Ledger {
    /// Reads the whole chain and computes every hash again.
    ///
    /// # Errors
    /// [`LedgerError::BrokenChain`] with the first row that does not hold.
    pub fn audit_verify(&self) -> BoxFuture<'_, Result<AuditChain>> {
        Box::pin(async move {
            let mut tx = self.read().await?;
            let mut last = Head {
                number: 0,
                hash: NO_HASH.to_owned(),
            };
            loop {
                let rows = tx
                    .rows(
                        "SELECT * FROM audit WHERE number > $1 ORDER BY number LIMIT $2",
                        values![last.number, PAGE],
                    )
                    .await?;
                if rows.is_empty() {
                    break;
                }
                for row in &rows {
                    last = verified_after(&last, &AuditRow::read(row)?)?;
                }
            }
            let head = Head::read(&tx.one("SELECT * FROM audit_head", values![]).await?)?;
            if head != last {
                let why = format!(
                    "the chain ends at row {}, its head says row {}",
                    last.number, head.number
                );
                return Err(LedgerError::BrokenChain {
                    row: last.number + 1,
                    why,
                });
            }
            Ok(AuditChain {
                rows: last.number,
                head: last.hash,
            })
        })
    }

    /// Up to `limit` rows of the chain before row `before` (all when `None`), newest first.
    pub fn audit_rows(&self, before: Option<i64>, limit: i64) -> BoxFuture<'_, Result<Vec<AuditRow>>> {
        Box::pin(async move {
            let all = AuditFilter::default();
            Ok(self.audit_found(&all, before, limit).await?.1)
        })
    }

    /// How many rows of the chain a filter takes, and up to `limit` of them before row `before` (all when `None`), newest
    /// first.
    pub fn audit_found<'a>(
        &'a self,
        filter: &'a AuditFilter,
        before: Option<i64>,
        limit: i64,
    ) -> BoxFuture<'a, Result<(i64, Vec<AuditRow>)>> {
        Box::pin(async move {
            let mut tx = self.read().await?;
            let (actor, verb) = (&filter.actor, &filter.verb);
            let (from, until) = (filter.from, filter.until);
            let count =
                "SELECT COUNT(*) AS found FROM audit WHERE ($1 IS NULL OR actor = $1) AND ($2 IS NULL OR verb = $2)
                 AND ($3 IS NULL OR at >= $3) AND ($4 IS NULL OR at < $4)";
            let found = tx.one(count, values![actor, verb, from, until]).await?.int("found")?;
            let sql = "SELECT * FROM audit WHERE ($1 IS NULL OR actor = $1) AND ($2 IS NULL OR verb = $2)
                 AND ($3 IS NULL OR at >= $3) AND ($4 IS NULL OR at < $4) AND number < $5
                 ORDER BY number DESC LIMIT $6";
            let before = before.unwrap_or(i64::MAX);
            let rows = tx.rows(sql, values![actor, verb, from, until, before, limit]).await?;
            Ok((found, rows.iter().map(AuditRow::read).collect::<Result<_>>()?))
        })
    }

    /// Every verb that stands in the chain, in the order of the alphabet.
    pub fn audit_verbs(&self) -> BoxFuture<'_, Result<Vec<String>>> {
        Box::pin(async move {
            let sql = "SELECT DISTINCT verb FROM audit ORDER BY verb";
            let rows = self.read().await?.rows(sql, values![]).await?;
            rows.iter().map(|row| row.text("verb")).collect()
        })
    }
}

/// The row as the new head, if it follows from the last.
fn verified_after(last: &Head, row: &AuditRow) -> Result<Head> {
    let number = last.number + 1;
    let broken = |why: &str| {
        Err(LedgerError::BrokenChain {
            row: number,
            why: why.to_owned(),
        })
    };
    if row.number != number {
        return broken("it is missing");
    }
    if row.previous != last.hash {
        return broken("it does not follow from the row before");
    }
    if row.hash != row.computed_hash() {
        return broken("its content is not what was hashed");
    }
    Ok(Head {
        number,
        hash: row.hash.clone(),
    })
}
