//! Brings a record to this release's schema, forward only. It must not look at what the record holds.
//!
//! Migrations are written once, in SQLite's words. On PostgreSQL three of them are spelled differently:
//!
//! | in the file | on PostgreSQL | why |
//! | --- | --- | --- |
//! | `INTEGER` | `BIGINT` | 64 bits on both |
//! | `TEXT` | `TEXT COLLATE "C"` | the order of bytes on both, whatever the server's locale |
//! | `) STRICT;` | `);` | PostgreSQL is always strict |
//!
//! and `APPEND ONLY table;` becomes, on each, the triggers that refuse to change or remove a row.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use sqlx::AssertSqlSafe;

use crate::error::failed;
use crate::store::{Pools, Tx, create_private, values};
use crate::{LedgerError, Result};

/// A step of the schema.
pub(crate) struct Migration {
    pub(crate) number: i64,
    pub(crate) name: &'static str,
    pub(crate) sql: &'static str,
}

/// All steps, in order, without gaps. A step that was released is never edited.
pub(crate) const MIGRATIONS: &[Migration] = &[
    Migration {
        number: 1,
        name: "record",
        sql: include_str!("../migrations/0001_record.sql"),
    },
    Migration {
        number: 2,
        name: "imports",
        sql: include_str!("../migrations/0002_imports.sql"),
    },
    Migration {
        number: 3,
        name: "psi",
        sql: include_str!("../migrations/0003_psi.sql"),
    },
    Migration {
        number: 4,
        name: "matches",
        sql: include_str!("../migrations/0004_matches.sql"),
    },
    Migration {
        number: 5,
        name: "commitments",
        sql: include_str!("../migrations/0005_commitments.sql"),
    },
    Migration {
        number: 6,
        name: "align",
        sql: include_str!("../migrations/0006_align.sql"),
    },
    Migration {
        number: 7,
        name: "invites",
        sql: include_str!("../migrations/0007_invites.sql"),
    },
    Migration {
        number: 8,
        name: "running",
        sql: include_str!("../migrations/0008_running.sql"),
    },
    Migration {
        number: 9,
        name: "sign in",
        sql: include_str!("../migrations/0009_sign_in.sql"),
    },
];

/// Which steps a record has taken. It must be there to be asked.
const MIGRATION_TABLE: &str = "CREATE TABLE IF NOT EXISTS migration (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    applied_at TEXT NOT NULL
) STRICT;";

/// Takes every step that the record has not taken, in one transaction.
pub(crate) async fn to_newest(pools: &Pools, migrations: &[Migration], now: Timestamp) -> Result<()> {
    let mut tx = pools.begin_write().await?;
    if let Tx::Postgres(_) = tx {
        // SQLite is alone by BEGIN IMMEDIATE. The number is arbitrary: "beach" in ASCII.
        tx.run("SELECT pg_advisory_xact_lock(422607676264)", values![]).await?;
    }
    tx.script(for_database(&tx, MIGRATION_TABLE)).await?;
    let found = tx
        .one("SELECT COALESCE(MAX(number), 0) AS found FROM migration", values![])
        .await?
        .int("found")?;
    let known = migrations.last().map_or(0, |last| last.number);
    if found > known {
        return Err(LedgerError::TooNew {
            found,
            known,
            copy: copy_to_go_back_to(pools, known),
        });
    }
    if found == known {
        return Ok(());
    }
    if found > 0 {
        copy_before(pools, found + 1).await?;
    }
    for step in migrations.iter().filter(|step| step.number > found) {
        tx.script(for_database(&tx, step.sql)).await?;
        let applied = values![step.number, step.name, now];
        tx.run(
            "INSERT INTO migration (number, name, applied_at) VALUES ($1, $2, $3)",
            applied,
        )
        .await?;
    }
    tx.commit().await
}

/// A migration's text in the words of one database.
fn for_database(tx: &Tx, sql: &str) -> String {
    let postgres = matches!(tx, Tx::Postgres(_));
    let mut text = String::with_capacity(sql.len() * 2);
    for line in sql.lines() {
        match line
            .strip_prefix("APPEND ONLY ")
            .and_then(|rest| rest.strip_suffix(';'))
        {
            Some(table) if postgres => text.push_str(&append_only_postgres(table)),
            Some(table) => text.push_str(&append_only_sqlite(table)),
            None if postgres => {
                let line = line
                    .replace(" INTEGER", " BIGINT")
                    .replace(" TEXT", " TEXT COLLATE \"C\"");
                text.push_str(&line.replace(") STRICT;", ");"));
            }
            None => text.push_str(line),
        }
        text.push('\n');
    }
    text
}

fn append_only_sqlite(table: &str) -> String {
    format!(
        "CREATE TRIGGER {table}_is_never_changed BEFORE UPDATE ON {table}
         BEGIN SELECT RAISE(ABORT, 'a row of {table} is never changed'); END;
         CREATE TRIGGER {table}_is_never_removed BEFORE DELETE ON {table}
         BEGIN SELECT RAISE(ABORT, 'a row of {table} is never removed'); END;"
    )
}

fn append_only_postgres(table: &str) -> String {
    format!(
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
         $$ BEGIN RAISE EXCEPTION 'a row of % is never changed or removed', TG_TABLE_NAME; END $$;
         CREATE TRIGGER {table}_is_never_changed BEFORE UPDATE OR DELETE ON {table}
         FOR EACH ROW EXECUTE FUNCTION refuse_change();
         CREATE TRIGGER {table}_is_never_emptied BEFORE TRUNCATE ON {table}
         FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();"
    )
}

/// The copy that a release makes before it takes step `first`.
fn copy_path(record: &Path, first: i64) -> PathBuf {
    let mut name = record.as_os_str().to_owned();
    name.push(format!(".before-{first:04}"));
    PathBuf::from(name)
}

/// What to name to someone whose record is too new: the copy if it is there.
fn copy_to_go_back_to(pools: &Pools, known: i64) -> String {
    let copy = record_path(pools).map(|record| copy_path(&record, known + 1));
    match copy {
        Some(copy) if copy.exists() => copy.display().to_string(),
        _ => "BACKUP".to_owned(),
    }
}

fn record_path(pools: &Pools) -> Option<PathBuf> {
    match pools {
        Pools::Sqlite { writer, .. } => Some(writer.connect_options().get_filename().to_owned()),
        Pools::Postgres { .. } => None,
    }
}

/// Copies a SQLite record beside itself through a reader, while the writer is held: no write can come between.
/// The copy is written under another name, synced and renamed, so that a copy with the right name is always whole.
/// A PostgreSQL record is its server's to back up.
async fn copy_before(pools: &Pools, first: i64) -> Result<()> {
    let Pools::Sqlite { readers, .. } = pools else {
        return Ok(());
    };
    let Some(record) = record_path(pools) else {
        return Ok(());
    };
    let copy = copy_path(&record, first);
    let partial = copy.with_added_extension("partial");
    vacuum_into(readers, &partial).await?;
    let io = |source: std::io::Error| LedgerError::Unavailable {
        doing: format!("copying the record to {} before its migration", copy.display()),
        source: source.into(),
    };
    std::fs::rename(&partial, &copy).map_err(io)?;
    let folder = copy
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    std::fs::File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(io)
}

/// Writes what a SQLite record holds now into a file of its own, in place of what is there, for its owner alone, synced.
pub(crate) async fn vacuum_into(readers: &sqlx::SqlitePool, to: &Path) -> Result<()> {
    let doing = format!("copying the record to {}; check the disk", to.display());
    let io = |source: std::io::Error| LedgerError::Unavailable {
        doing: doing.clone(),
        source: source.into(),
    };
    match std::fs::remove_file(to) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(io(error)),
        _ => {}
    }
    create_private(to).map_err(io)?;
    let place = to
        .to_str()
        .ok_or_else(|| io(std::io::Error::other("its path is not UTF-8")))?;
    let sql = AssertSqlSafe(format!("VACUUM INTO '{}'", place.replace('\'', "''")));
    sqlx::query(sql).execute(readers).await.map_err(failed(doing.clone()))?;
    std::fs::File::open(to).and_then(|file| file.sync_all()).map_err(io)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Value;
    use crate::{Ledger, RecordUrl, Stamp};

    fn now() -> Timestamp {
        Timestamp::UNIX_EPOCH
    }

    fn record() -> (tempfile::TempDir, RecordUrl) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = RecordUrl::Sqlite(folder.path().join("the 'record'.sqlite"));
        (folder, url)
    }

    async fn texts(ledger: &Ledger, sql: &'static str) -> Vec<String> {
        let rows = ledger
            .read()
            .await
            .unwrap()
            .rows(sql, Vec::<Value>::new())
            .await
            .unwrap();
        rows.iter().map(|row| row.text("text").unwrap()).collect()
    }

    #[tokio::test]
    async fn replaying_all_migrations_equals_schema_sql() {
        let (_folder, url) = record();
        let ledger = Ledger::open(&url, now()).await.unwrap();
        let sql = "SELECT sql || ';' AS text FROM sqlite_master WHERE sql IS NOT NULL ORDER BY tbl_name, type, name";
        let replayed = texts(&ledger, sql).await.join("\n\n") + "\n";
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schema.sql");
        if std::env::var_os("BEACHHEAD_WRITE_SCHEMA").is_some() {
            std::fs::write(path, &replayed).unwrap();
        }
        let kept = std::fs::read_to_string(path).unwrap();
        assert_eq!(
            replayed, kept,
            "run this test with BEACHHEAD_WRITE_SCHEMA=1 and read the difference"
        );
    }

    #[tokio::test]
    async fn the_checksum_counts_every_table() {
        let (_folder, url) = record();
        let ledger = Ledger::open(&url, now()).await.unwrap();
        let sql = "SELECT name AS text FROM sqlite_master WHERE type = 'table' AND name <> 'migration' ORDER BY name";
        let counted: Vec<_> = crate::checksum::TABLES.iter().map(|(table, _)| *table).collect();
        assert_eq!(texts(&ledger, sql).await, counted);
    }

    #[test]
    fn migrations_are_numbered_without_gaps() {
        let numbers: Vec<_> = MIGRATIONS.iter().map(|step| step.number).collect();
        assert_eq!(numbers, (1..=numbers.len() as i64).collect::<Vec<_>>());
    }

    /// What a later release might bring.
    fn later(sql: &'static str) -> Vec<Migration> {
        let known = MIGRATIONS.iter().map(|step| Migration { ..*step });
        let later = Migration {
            number: NEXT,
            name: "later",
            sql,
        };
        known.chain([later]).collect()
    }

    /// The number of the step after the last.
    const NEXT: i64 = MIGRATIONS.len() as i64 + 1;

    #[tokio::test]
    async fn a_copy_is_made_before_a_migration_and_opens_with_the_release_before() {
        let (_folder, url) = record();
        let RecordUrl::Sqlite(path) = &url else { unreachable!() };
        let ledger = Ledger::open(&url, now()).await.unwrap();
        let copy = copy_path(path, NEXT);
        assert!(!copy.exists(), "an empty record needs no copy");
        let stamp = Stamp {
            at: now(),
            actor: "mo".to_owned(),
            verb: "set",
        };
        ledger.set_setting(&stamp, "key", "1").await.unwrap();
        let before = ledger.checksum().await.unwrap();

        std::fs::write(copy.with_added_extension("partial"), "left by a crash").unwrap();
        to_newest(
            &ledger.pools,
            &later("CREATE TABLE later (number INTEGER PRIMARY KEY) STRICT;"),
            now(),
        )
        .await
        .unwrap();
        to_newest(&ledger.pools, &later(""), now())
            .await
            .expect("nothing is left to do");
        let refused = Ledger::open(&url, now()).await.expect_err("a newer schema");
        let LedgerError::TooNew {
            found,
            known,
            copy: named,
        } = refused
        else {
            panic!("{refused:?}")
        };
        assert_eq!((found, known), (NEXT, NEXT - 1));
        assert_eq!(Path::new(&named), copy);

        let old = Ledger::open(&RecordUrl::Sqlite(copy), now()).await.unwrap();
        assert_eq!(old.checksum().await.unwrap(), before);
        old.audit_verify().await.unwrap();
    }

    #[tokio::test]
    async fn a_migration_that_fails_leaves_the_record_as_it_was() {
        let (_folder, url) = record();
        let ledger = Ledger::open(&url, now()).await.unwrap();
        let before = ledger.checksum().await.unwrap();
        let broken = later("CREATE TABLE half (number INTEGER PRIMARY KEY) STRICT; INSERT INTO nowhere VALUES (1);");
        let refused = to_newest(&ledger.pools, &broken, now())
            .await
            .expect_err("it cannot be taken");
        assert!(refused.to_string().contains("nowhere"), "{refused}");
        ledger.close().await;
        let ledger = Ledger::open(&url, now()).await.expect("this release still opens it");
        assert_eq!(ledger.checksum().await.unwrap(), before);
        assert!(
            texts(&ledger, "SELECT name AS text FROM sqlite_master WHERE name = 'half'")
                .await
                .is_empty()
        );
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn the_file_and_its_copy_are_the_owners_alone() {
        use std::os::unix::fs::PermissionsExt;
        let (_folder, url) = record();
        let RecordUrl::Sqlite(path) = &url else { unreachable!() };
        let ledger = Ledger::open(&url, now()).await.unwrap();
        to_newest(&ledger.pools, &later(""), now()).await.unwrap();
        for file in [path.clone(), copy_path(path, NEXT)] {
            let mode = std::fs::metadata(&file).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode, 0o600, "{}", file.display());
        }
    }
}
