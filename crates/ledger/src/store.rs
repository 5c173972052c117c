//! The two databases behind one face: connections, transactions, values and rows. It must not know any table but the
//! head of the audit chain. Together with `url` and `migrate` it is all that names the drivers.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::{Timestamp, civil::Date};
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions, PgRow};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteRow, SqliteSynchronous,
};
use sqlx::{
    Arguments, AssertSqlSafe, Connection, Database, Decode, Encode, Postgres, Row as _, SqlSafeStr, Sqlite,
    SqliteConnection, Transaction, Type, TypeInfo as _,
};

use crate::audit::{self, Head};
use crate::error::failed;
use crate::{BoxFuture, LedgerError, RecordUrl, Result, Stamp, migrate};

/// How many reads may go on at once.
const READERS: u32 = 8;
/// How long a write or read waits for its turn, seconds.
const WAIT_SECONDS: u64 = 30;

/// The record, open. Cheap to clone; all clones share one writer.
#[derive(Clone, Debug)]
pub struct Ledger {
    pub(crate) pools: Pools,
    /// Set by a commit that failed: what the disk holds is then in doubt, and nothing is written before it was checked.
    doubt: Arc<AtomicBool>,
}

/// One connection that writes and some that read: an open write transaction never keeps a reader waiting.
#[derive(Clone, Debug)]
pub(crate) enum Pools {
    Sqlite { writer: SqlitePool, readers: SqlitePool },
    Postgres { writer: PgPool, readers: PgPool },
}

impl Ledger {
    /// Opens the record, made if it is not there, and brings it to this release's schema. Before a SQLite record that
    /// holds something is migrated, a copy is made beside it. `now` is noted with each migration.
    ///
    /// # Errors
    /// `TooNew`, `Unavailable`, `Invalid`.
    pub fn open<'a>(url: &'a RecordUrl, now: Timestamp) -> BoxFuture<'a, Result<Self>> {
        Box::pin(async move {
            let pools = Pools::open(url).await?;
            match migrate::to_newest(&pools, migrate::MIGRATIONS, now).await {
                Ok(()) => Ok(Self {
                    pools,
                    doubt: Arc::default(),
                }),
                Err(error) => {
                    pools.close().await;
                    Err(error)
                }
            }
        })
    }

    /// Finishes what is under way and closes the record.
    pub fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(self.pools.close())
    }

    /// Begins to read. What is read is one state of the record, whatever is written meanwhile.
    pub(crate) async fn read(&self) -> Result<Tx> {
        let tx = match &self.pools {
            Pools::Sqlite { readers, .. } => readers.begin_with("BEGIN DEFERRED").await.map(Tx::Sqlite),
            Pools::Postgres { readers, .. } => readers
                .begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
                .await
                .map(Tx::Postgres),
        };
        tx.map_err(failed("reading the record"))
    }

    /// Begins to write, alone: until it commits or is dropped no one else writes, so what it reads stays true.
    pub(crate) async fn write(&self) -> Result<Writing> {
        if self.doubt.load(Ordering::SeqCst) {
            self.pools.renew_writer().await?;
            self.doubt.store(false, Ordering::SeqCst);
        }
        let mut tx = self.pools.begin_write().await?;
        let head = audit::take_head(&mut tx).await?;
        Ok(Writing {
            tx,
            head,
            doubt: Arc::clone(&self.doubt),
        })
    }
}

impl Pools {
    async fn open(url: &RecordUrl) -> Result<Self> {
        let doing =
            format!("opening the record {url}; check that it is there, that this user may write it, and its disk");
        let opened = match url {
            RecordUrl::Sqlite(path) => Self::open_sqlite(path).await,
            RecordUrl::Postgres(url) => Self::open_postgres(url).await,
        };
        opened.map_err(failed(doing))
    }

    async fn open_sqlite(path: &std::path::Path) -> sqlx::Result<Self> {
        create_private(path)?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(WAIT_SECONDS))
            // Without it INSERT OR REPLACE would get round the triggers that refuse a change.
            .pragma("recursive_triggers", "ON")
            .pragma("trusted_schema", "OFF");
        let pool = || {
            SqlitePoolOptions::new()
                .acquire_timeout(Duration::from_secs(WAIT_SECONDS))
                .after_release(|connection, _| Box::pin(has_ended_its_transaction(connection)))
        };
        let writer = pool().max_connections(1).connect_with(options.clone()).await?;
        let readers = pool()
            .max_connections(READERS)
            .connect_with(options.read_only(true))
            .await?;
        Ok(Self::Sqlite { writer, readers })
    }

    async fn open_postgres(url: &str) -> sqlx::Result<Self> {
        let options: PgConnectOptions = url.parse()?;
        let lock_timeout = format!("{WAIT_SECONDS}s");
        let options = options.application_name("beachhead").options([
            // A server may be set to acknowledge before it has written; the record must not be.
            ("synchronous_commit", "on"),
            ("lock_timeout", &lock_timeout),
        ]);
        // A pool tries again until its time is out and then tells nothing; one connection says at once why it fails.
        PgConnection::connect_with(&options).await?.close().await?;
        let pool = || PgPoolOptions::new().acquire_timeout(Duration::from_secs(WAIT_SECONDS));
        let writer = pool().max_connections(1).connect_with(options.clone()).await?;
        let readers = pool().max_connections(READERS).connect_with(options).await?;
        Ok(Self::Postgres { writer, readers })
    }

    pub(crate) async fn begin_write(&self) -> Result<Tx> {
        let tx = match self {
            Self::Sqlite { writer, .. } => writer.begin_with("BEGIN IMMEDIATE").await.map(Tx::Sqlite),
            Self::Postgres { writer, .. } => writer
                .begin_with("BEGIN ISOLATION LEVEL READ COMMITTED")
                .await
                .map(Tx::Postgres),
        };
        tx.map_err(failed("waiting for other writes to the record to finish"))
    }

    /// Closes the writing connection, opens another, and checks the file: an error of the disk may have left the old
    /// connection with pages that were never written.
    async fn renew_writer(&self) -> Result<()> {
        let renewed = async {
            match self {
                Self::Sqlite { writer, .. } => {
                    writer.acquire().await?.close().await?;
                    sqlx::query_scalar("PRAGMA quick_check").fetch_one(writer).await
                }
                Self::Postgres { writer, .. } => {
                    writer.acquire().await?.close().await?;
                    sqlx::query_scalar("SELECT 'ok'").fetch_one(writer).await
                }
            }
        };
        let doing =
            "opening the record again after a write that failed; it can be read, and written once this succeeds";
        let said: String = renewed.await.map_err(failed(doing))?;
        match said.as_str() {
            "ok" => Ok(()),
            _ => Err(LedgerError::Corrupt { what: said }),
        }
    }

    async fn close(&self) {
        match self {
            Self::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Self::Postgres { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
        }
    }
}

/// Whether a connection may be used again. SQLite ends a transaction by itself when the disk is full or fails; the driver
/// does not hear of it and could never begin another on that connection.
async fn has_ended_its_transaction(connection: &mut SqliteConnection) -> sqlx::Result<bool> {
    // The rollback of a dropped transaction is only queued: what is asked after it is answered after it.
    connection.ping().await?;
    Ok(!connection.is_in_transaction())
}

/// Makes the file for its owner alone: it will hold password hashes. SQLite gives its side files the same mode.
pub(crate) fn create_private(path: &std::path::Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

/// A transaction on either database; dropped without a commit, it is as if it had never been.
pub(crate) enum Tx {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

impl Tx {
    /// Runs one statement and says how many rows it touched.
    pub(crate) async fn run(&mut self, sql: impl SqlSafeStr, values: Vec<Value>) -> Result<u64> {
        let done = match self {
            Self::Sqlite(tx) => bound(sql, values)?
                .execute(&mut **tx)
                .await
                .map(|done| done.rows_affected()),
            Self::Postgres(tx) => bound(sql, values)?
                .execute(&mut **tx)
                .await
                .map(|done| done.rows_affected()),
        };
        done.map_err(failed("writing the record"))
    }

    /// Runs one statement and gives all its rows.
    pub(crate) async fn rows(&mut self, sql: impl SqlSafeStr, values: Vec<Value>) -> Result<Vec<Row>> {
        let rows = match self {
            Self::Sqlite(tx) => {
                let rows = bound(sql, values)?.fetch_all(&mut **tx).await;
                rows.map(|rows| rows.into_iter().map(Row::Sqlite).collect())
            }
            Self::Postgres(tx) => {
                let rows = bound(sql, values)?.fetch_all(&mut **tx).await;
                rows.map(|rows| rows.into_iter().map(Row::Postgres).collect())
            }
        };
        rows.map_err(failed("asking the record"))
    }

    /// The first row, if there is one.
    pub(crate) async fn row(&mut self, sql: impl SqlSafeStr, values: Vec<Value>) -> Result<Option<Row>> {
        Ok(self.rows(sql, values).await?.into_iter().next())
    }

    /// The one row that an aggregate or an INSERT with RETURNING always gives.
    pub(crate) async fn one(&mut self, sql: impl SqlSafeStr, values: Vec<Value>) -> Result<Row> {
        let row = self.row(sql, values).await?;
        row.ok_or_else(|| LedgerError::Corrupt {
            what: "a row that must be there is missing".to_owned(),
        })
    }

    /// Runs a migration's statements, which this crate itself holds.
    pub(crate) async fn script(&mut self, sql: String) -> Result<()> {
        let done = match self {
            Self::Sqlite(tx) => sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut **tx).await.map(drop),
            Self::Postgres(tx) => sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut **tx).await.map(drop),
        };
        done.map_err(failed("changing the record's schema"))
    }

    /// Commits without an audit row: for migrations, the filling of an empty record, and [`Writing`] alone.
    pub(crate) async fn commit(self) -> Result<()> {
        let done = match self {
            Self::Sqlite(tx) => tx.commit().await,
            Self::Postgres(tx) => tx.commit().await,
        };
        done.map_err(failed("making a write durable; check the disk"))
    }
}

/// A write under way. It ends in [`Writing::commit`], which takes what the audit row says; there is no way round it but
/// [`Writing::commit_trace`].
pub(crate) struct Writing {
    tx: Tx,
    head: Head,
    doubt: Arc<AtomicBool>,
}

impl Writing {
    /// Appends the audit row and commits both.
    pub(crate) async fn commit(mut self, stamp: &Stamp, subject: &str, detail: serde_json::Value) -> Result<()> {
        audit::append(&mut self.tx, &self.head, stamp, subject, &detail.to_string()).await?;
        self.commit_trace().await
    }

    /// Commits without an audit row: only for traces of use that decide nothing and come by the minute (a session was
    /// seen, a sign-in was tried, a job got on).
    pub(crate) async fn commit_trace(self) -> Result<()> {
        let done = self.tx.commit().await;
        if done.is_err() {
            self.doubt.store(true, Ordering::SeqCst);
        }
        done
    }
}

impl Deref for Writing {
    type Target = Tx;

    fn deref(&self) -> &Tx {
        &self.tx
    }
}

impl DerefMut for Writing {
    fn deref_mut(&mut self) -> &mut Tx {
        &mut self.tx
    }
}

/// A value to bind: the record knows text and whole numbers, nothing else.
pub(crate) enum Value {
    Text(Option<String>),
    Int(Option<i64>),
}

/// Binds `$1`, `$2`… in order.
macro_rules! values {
    ($($value:expr),* $(,)?) => { vec![$($crate::store::Value::from($value)),*] };
}
pub(crate) use values;

fn bound<DB: Database>(
    sql: impl SqlSafeStr,
    values: Vec<Value>,
) -> Result<sqlx::query::Query<'static, DB, DB::Arguments>>
where
    DB::Arguments: sqlx::IntoArguments<DB>,
    Option<String>: for<'q> Encode<'q, DB> + Type<DB>,
    Option<i64>: for<'q> Encode<'q, DB> + Type<DB>,
{
    let mut arguments = DB::Arguments::default();
    for value in values {
        let added = match value {
            // PostgreSQL cannot hold it and SQLite's own functions stop at it.
            Value::Text(Some(text)) if text.contains('\0') => {
                let what = "text with a NUL character cannot be kept; take the character out".to_owned();
                return Err(LedgerError::Invalid { what });
            }
            Value::Text(text) => arguments.add(text),
            Value::Int(int) => arguments.add(int),
        };
        added.map_err(|source| LedgerError::Unavailable {
            doing: "handing a value over".to_owned(),
            source,
        })?;
    }
    Ok(sqlx::query_with(sql, arguments))
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(Some(text.to_owned()))
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::Text(Some(text.clone()))
    }
}

impl From<&Option<String>> for Value {
    fn from(text: &Option<String>) -> Self {
        Self::Text(text.clone())
    }
}

impl From<i64> for Value {
    fn from(int: i64) -> Self {
        Self::Int(Some(int))
    }
}

impl From<Option<i64>> for Value {
    fn from(int: Option<i64>) -> Self {
        Self::Int(int)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Int(Some(flag.into()))
    }
}

impl From<Timestamp> for Value {
    /// Always six decimals, so that the order of the texts is the order in time.
    fn from(at: Timestamp) -> Self {
        Self::Text(Some(format!("{at:.6}")))
    }
}

impl From<Option<Timestamp>> for Value {
    fn from(at: Option<Timestamp>) -> Self {
        Self::Text(at.map(|at| format!("{at:.6}")))
    }
}

impl From<Date> for Value {
    fn from(day: Date) -> Self {
        Self::Text(Some(day.to_string()))
    }
}

impl From<Option<Date>> for Value {
    fn from(day: Option<Date>) -> Self {
        Self::Text(day.map(|day| day.to_string()))
    }
}

/// A row of an answer, asked by the names of its columns.
pub(crate) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

/// A column's name, and whether it holds whole numbers.
fn described(column: &impl sqlx::Column) -> (String, bool) {
    let is_int = matches!(column.type_info().name(), "INTEGER" | "INT8");
    (column.name().to_owned(), is_int)
}

/// What can be read from a column.
pub(crate) trait Column:
    for<'r> Decode<'r, Sqlite> + Type<Sqlite> + for<'r> Decode<'r, Postgres> + Type<Postgres>
{
}

impl<T> Column for T where T: for<'r> Decode<'r, Sqlite> + Type<Sqlite> + for<'r> Decode<'r, Postgres> + Type<Postgres> {}

impl Row {
    fn get<T: Column>(&self, column: &str) -> Result<T> {
        let value = match self {
            Self::Sqlite(row) => row.try_get(column),
            Self::Postgres(row) => row.try_get(column),
        };
        value.map_err(|error| LedgerError::Corrupt {
            what: format!("column {column}: {error}"),
        })
    }

    pub(crate) fn text(&self, column: &str) -> Result<String> {
        self.get(column)
    }

    pub(crate) fn opt_text(&self, column: &str) -> Result<Option<String>> {
        self.get(column)
    }

    pub(crate) fn int(&self, column: &str) -> Result<i64> {
        self.get(column)
    }

    pub(crate) fn opt_int(&self, column: &str) -> Result<Option<i64>> {
        self.get(column)
    }

    pub(crate) fn flag(&self, column: &str) -> Result<bool> {
        Ok(self.int(column)? != 0)
    }

    /// An instant or a day.
    pub(crate) fn time<T: std::str::FromStr<Err = jiff::Error>>(&self, column: &str) -> Result<T> {
        let time = self.opt_time(column)?;
        time.ok_or_else(|| LedgerError::Corrupt {
            what: format!("column {column} is empty"),
        })
    }

    pub(crate) fn opt_time<T: std::str::FromStr<Err = jiff::Error>>(&self, column: &str) -> Result<Option<T>> {
        let text = self.opt_text(column)?;
        let time = text.map(|text| text.parse()).transpose();
        time.map_err(|error| LedgerError::Corrupt {
            what: format!("column {column}: {error}"),
        })
    }

    /// All cells in the order of the answer, as text that tells a number, a text and nothing apart.
    pub(crate) fn cells(&self) -> Result<Vec<String>> {
        let columns = match self {
            Self::Sqlite(row) => row.len(),
            Self::Postgres(row) => row.len(),
        };
        (0..columns).map(|index| self.cell(index)).collect()
    }

    /// All cells with the names of their columns, to be bound again.
    pub(crate) fn named_values(&self) -> Result<Vec<(String, Value)>> {
        let columns: Vec<(String, bool)> = match self {
            Self::Sqlite(row) => row.columns().iter().map(described).collect(),
            Self::Postgres(row) => row.columns().iter().map(described).collect(),
        };
        let value = |(name, is_int): (String, bool)| {
            let value = match is_int {
                true => Value::Int(self.get(&name)?),
                false => Value::Text(self.get(&name)?),
            };
            Ok((name, value))
        };
        columns.into_iter().map(value).collect()
    }

    fn cell(&self, index: usize) -> Result<String> {
        let (int, text) = match self {
            Self::Sqlite(row) => (
                row.try_get::<Option<i64>, _>(index),
                row.try_get::<Option<String>, _>(index),
            ),
            Self::Postgres(row) => (
                row.try_get::<Option<i64>, _>(index),
                row.try_get::<Option<String>, _>(index),
            ),
        };
        match (int, text) {
            (Ok(None), _) => Ok("nothing".to_owned()),
            (Ok(Some(int)), _) => Ok(format!("number {int}")),
            (_, Ok(text)) => Ok(format!("text {}", text.unwrap_or_default())),
            (_, Err(error)) => Err(LedgerError::Corrupt {
                what: format!("column {index}: {error}"),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn after_a_commit_that_failed_the_record_is_checked_and_written_again() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = RecordUrl::Sqlite(folder.path().join("record.sqlite"));
        let ledger = Ledger::open(&url, Timestamp::UNIX_EPOCH).await.unwrap();
        let mut tx = ledger.write().await.unwrap();
        tx.run("PRAGMA defer_foreign_keys = ON", values![]).await.unwrap();
        let orphan = "INSERT INTO session VALUES ('s', 'no one', '', '', '', '')";
        tx.run(orphan, values![]).await.expect("refused only at the commit");
        tx.commit_trace().await.expect_err("there is no such person");
        assert!(ledger.doubt.load(Ordering::SeqCst));

        let stamp = Stamp {
            at: Timestamp::UNIX_EPOCH,
            actor: "mo".to_owned(),
            verb: "set",
        };
        ledger.set_setting(&stamp, "key", "1").await.unwrap();
        assert!(!ledger.doubt.load(Ordering::SeqCst));
        assert_eq!(ledger.audit_verify().await.unwrap().rows, 1);
        let mut tx = ledger.read().await.unwrap();
        assert!(tx.row("SELECT * FROM session", values![]).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn a_full_disk_is_said_and_loses_nothing() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = RecordUrl::Sqlite(folder.path().join("record.sqlite"));
        let ledger = Ledger::open(&url, Timestamp::UNIX_EPOCH).await.unwrap();
        let stamp = Stamp {
            at: Timestamp::UNIX_EPOCH,
            actor: "mo".to_owned(),
            verb: "set",
        };
        ledger.set_setting(&stamp, "key", "1").await.unwrap();

        // The least that SQLite grants is the size that the file has now.
        ledger
            .write()
            .await
            .unwrap()
            .rows("PRAGMA max_page_count = 1", values![])
            .await
            .unwrap();
        let refused = ledger
            .set_setting(&stamp, "key", &"2".repeat(100_000))
            .await
            .expect_err("there is no room");
        assert!(refused.to_string().contains("the disk is full"), "{refused}");
        assert_eq!(ledger.setting("key").await.unwrap().as_deref(), Some("1"));

        ledger
            .write()
            .await
            .unwrap()
            .rows("PRAGMA max_page_count = 1000000", values![])
            .await
            .unwrap();
        ledger
            .set_setting(&stamp, "key", &"2".repeat(100_000))
            .await
            .expect("there is room again");
        assert_eq!(ledger.audit_verify().await.unwrap().rows, 2);
    }
}
