//! Backups made while people work, and programs made from them.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use beachhead_office::Code;
use beachhead_office::backup::{BackupManifest, restore, verify_backup};
use beachhead_office::ledger::{Ledger, RecordUrl};

use crate::program::{Program, on_postgres};

/// How long people wait between two writes.
const BREATH: Duration = Duration::from_millis(10);
const DEALS: &str = "opportunity_id,account,stage,created_on,closed_on,amount\n";

fn deals(from: usize, to: usize) -> String {
    let rows = (from..to).map(|at| format!("o{at},Acme,Won,2026-03-02,2026-03-20,100\n"));
    format!("{DEALS}{}", rows.collect::<String>())
}

async fn checksum(program: &Program, record: &Path) -> String {
    let url = RecordUrl::Sqlite(record.to_owned());
    let now = program.office.surroundings().now();
    let ledger = Ledger::open(&url, now).await.unwrap();
    let checksum = ledger.checksum().await.unwrap();
    ledger.close().await;
    checksum
}

async fn back_up(program: &Program, name: &str) -> (PathBuf, BackupManifest) {
    let out = program.file("made", "").with_file_name(name);
    let manifest = program.office.backup(&program.owner, &out).await.unwrap();
    (out, manifest)
}

async fn restored(program: &Program, backup: &Path, name: &str) -> PathBuf {
    let data = backup.with_file_name(name);
    let surroundings = program.office.surroundings();
    restore(backup, &data, None, false, surroundings).await.unwrap();
    data
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_backup_made_while_people_write_is_restored_to_the_same_checksum() {
    let program = Program::running().await;
    program.take("deals.csv", &deals(0, 50)).await;
    let program = Arc::new(program);
    let stop = Arc::new(AtomicBool::new(false));
    let names = tokio::spawn({
        let (program, stop) = (Arc::clone(&program), Arc::clone(&stop));
        async move {
            for round in 0.. {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                let name = format!("Northwind {round}");
                program.office.name_program(&program.owner, &name).await.unwrap();
                tokio::time::sleep(BREATH).await;
            }
        }
    });
    let imports = tokio::spawn({
        let (program, stop) = (Arc::clone(&program), Arc::clone(&stop));
        async move {
            for round in 0.. {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                program.take("more.csv", &deals(50 * round, 50 * round + 60)).await;
                tokio::time::sleep(BREATH).await;
            }
        }
    });
    let mut last = 0;
    for round in 0..20 {
        let (backup, manifest) = back_up(&program, &format!("{round}.tar.zst")).await;
        let data = restored(&program, &backup, &format!("restored-{round}")).await;
        assert_eq!(checksum(&program, &data.join("record.sqlite")).await, manifest.checksum);
        assert!(manifest.audit_rows > last, "people wrote between backups");
        last = manifest.audit_rows;
        for file in manifest.files.iter().skip(1) {
            let there = std::fs::metadata(data.join(&file.name)).unwrap().len();
            assert_eq!(there, file.bytes, "{}", file.name);
        }
        std::fs::remove_dir_all(&data).unwrap();
        std::fs::remove_file(&backup).unwrap();
    }
    stop.store(true, Ordering::Relaxed);
    names.await.unwrap();
    imports.await.unwrap();
}

#[tokio::test]
async fn a_program_made_from_its_backup_answers_as_the_first_and_goes_on() {
    let program = Program::running().await;
    let bad = deals(0, 30).replace("o3,Acme,Won,2026-03-02", "o3,Acme,Won,someday");
    program.take("deals.csv", &bad).await;
    let (backup, manifest) = back_up(&program, "program.tar.zst").await;
    let surroundings = program.office.surroundings();
    assert_eq!(verify_backup(&backup, surroundings).await.unwrap(), manifest);
    let data = restored(&program, &backup, "second").await;
    let left: Vec<_> = std::fs::read_dir(&data)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with('.'))
        .collect();
    assert!(left.is_empty(), "{left:?}");

    let second = Program::opened(&data).await;
    assert_eq!(second.one_page_text(&program.owner, None).await.unwrap(), {
        program.office.one_page_text(&program.owner, None).await.unwrap()
    });
    let rejects = program.office.rejects(&program.data, 1, 0).await.unwrap();
    assert_eq!(second.rejects(&program.data, 1, 0).await.unwrap(), rejects);
    second.name_program(&program.owner, "Northwind again").await.unwrap();
    assert_eq!(
        second.verify_audit(&program.owner).await.unwrap().rows,
        manifest.audit_rows + 1
    );

    // Nothing is written over: neither a program, nor a backup.
    let refused = restore(&backup, &data, None, false, surroundings).await.unwrap_err();
    assert_eq!(refused.code, Code::Conflict, "{refused}");
    assert!(refused.hint.contains("--replace"), "{refused}");
    let refused = program.office.backup(&program.owner, &backup).await.unwrap_err();
    assert_eq!(refused.code, Code::Conflict, "{refused}");
    let replaced = restore(&backup, &data, None, true, surroundings).await.unwrap();
    let aside = replaced.set_aside.unwrap();
    drop(second);
    assert_eq!(checksum(&program, &data.join("record.sqlite")).await, manifest.checksum);
    assert!(aside.exists());
}

#[tokio::test]
async fn a_backup_of_damaged_facts_is_not_made_and_a_damaged_backup_not_restored() {
    let program = Program::running().await;
    program.take("deals.csv", &deals(0, 5)).await;
    let (backup, manifest) = back_up(&program, "program.tar.zst").await;
    let surroundings = program.office.surroundings();
    let mut bytes = std::fs::read(&backup).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let damaged = backup.with_file_name("damaged.tar.zst");
    std::fs::write(&damaged, &bytes).unwrap();
    let data = backup.with_file_name("nothing");
    for refused in [
        verify_backup(&damaged, surroundings).await.unwrap_err(),
        restore(&damaged, &data, None, false, surroundings).await.unwrap_err(),
    ] {
        assert_eq!(refused.code, Code::BadInput, "{refused}");
    }
    assert_eq!(std::fs::read_dir(&data).unwrap().count(), 0, "nothing is left");

    let fact = program.place().join(&manifest.files[1].name);
    std::fs::write(&fact, b"PAR1 something else PAR1").unwrap();
    let out = backup.with_file_name("other.tar.zst");
    let refused = program.office.backup(&program.owner, &out).await.unwrap_err();
    assert!(refused.message.contains("damaged"), "{refused}");
    assert!(!out.exists());
}

#[tokio::test]
async fn a_record_goes_to_postgres_and_back_by_its_backups() {
    on_postgres("backup", |program| async move {
        program.draft().await;
        program.sign().await.unwrap();
        program.take("deals.csv", &deals(0, 5)).await;
        let (backup, manifest) = back_up(&program, "program.tar.zst").await;
        let data = restored(&program, &backup, "second").await;
        assert_eq!(checksum(&program, &data.join("record.sqlite")).await, manifest.checksum);
        let there = std::env::var("BEACHHEAD_TEST_POSTGRES").unwrap();
        let (base, _) = there.rsplit_once('/').unwrap();
        let full = format!("{base}/o{}_backup", std::process::id());
        let third = backup.with_file_name("third");
        let surroundings = program.office.surroundings();
        let refused = restore(&backup, &third, Some(&full), false, surroundings)
            .await
            .unwrap_err();
        assert_eq!(refused.code, Code::Conflict, "{refused}");
    })
    .await;
    // And from SQLite into an empty PostgreSQL.
    on_postgres("restored", |empty| async move {
        let there = std::env::var("BEACHHEAD_TEST_POSTGRES").unwrap();
        let (base, _) = there.rsplit_once('/').unwrap();
        let fresh = format!("o{}_fresh", std::process::id());
        let sql = |sql: String| {
            let done = std::process::Command::new("psql")
                .args([&there, "-q", "-c", &sql])
                .status();
            assert!(done.is_ok_and(|status| status.success()), "{sql}");
        };
        sql(format!("CREATE DATABASE {fresh}"));
        let program = Program::running().await;
        let (backup, manifest) = back_up(&program, "program.tar.zst").await;
        let url = format!("{base}/{fresh}");
        let data = backup.with_file_name("second");
        let surroundings = empty.office.surroundings();
        restore(&backup, &data, Some(&url), false, surroundings).await.unwrap();
        let ledger = Ledger::open(&RecordUrl::parse(&url).unwrap(), surroundings.now())
            .await
            .unwrap();
        assert_eq!(ledger.checksum().await.unwrap(), manifest.checksum);
        assert_eq!(ledger.audit_verify().await.unwrap().head, manifest.audit_head);
        ledger.close().await;
        sql(format!("DROP DATABASE {fresh} WITH (FORCE)"));
    })
    .await;
}
