//! What was acknowledged is there after the process is killed. (That says nothing of power cuts; see TRUST.)
#![expect(clippy::unwrap_used, reason = "a test stops at the first error")]

#[expect(dead_code, reason = "this test needs a part of it")]
mod common;

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use beachhead_ledger::*;
use common::{Place, decision, stamp};
use sqlx::Connection;

/// How often the writer is killed.
const ROUNDS: usize = 20;
/// How many writes it acknowledges before it is killed, at least.
const ACKNOWLEDGED: usize = 10;
/// How many write at once.
const WRITERS: usize = 4;

const RECORD: &str = "BEACHHEAD_CRASH_RECORD";

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_a_kill() {
    common::on_sqlite(|place| async move {
        let RecordUrl::Sqlite(path) = &place.url else {
            unreachable!("on_sqlite")
        };
        let path = path.clone();
        let mut acknowledged = Vec::new();
        for round in 0..ROUNDS {
            acknowledged.extend(killed_while_writing(&path));
            check(&place, &acknowledged, round).await;
        }
        assert!(acknowledged.len() >= ROUNDS * ACKNOWLEDGED);
    })
    .await;
}

/// Starts a writer, kills it in the middle of its work, and gives the numbers of the decisions that it acknowledged.
fn killed_while_writing(record: &std::path::Path) -> Vec<i64> {
    let mut writer = Command::new(std::env::current_exe().expect("this test"))
        .args(["--exact", "writer", "--ignored", "--nocapture"])
        .env(RECORD, record)
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut lines = BufReader::new(writer.stdout.take().expect("piped"))
        .lines()
        .map_while(std::io::Result::ok);
    let number = |line: String| line.strip_prefix("kept ").and_then(|number| number.parse().ok());
    let mut kept: Vec<i64> = lines.by_ref().filter_map(number).take(ACKNOWLEDGED).collect();
    writer.kill().expect("it was running");
    // What it said between the last line read and its death counts too.
    kept.extend(lines.filter_map(number));
    writer.wait().expect("it is dead");
    kept
}

async fn check(place: &Place, acknowledged: &[i64], round: usize) {
    let ledger = place.open().await;
    let decisions = ledger.decisions().await.expect("the register can be read");
    for (index, decision) in decisions.iter().enumerate() {
        assert_eq!(decision.number, index as i64 + 1, "round {round}: no gap");
    }
    for number in acknowledged {
        assert!(
            *number <= decisions.len() as i64,
            "round {round}: decision {number} was acknowledged and is missing"
        );
    }
    // Each write is one decision, one revision of the draft and one audit row: no orphan of the three.
    let chain = ledger.audit_verify().await.expect("the chain holds");
    assert_eq!(chain.rows, decisions.len() as i64, "round {round}");
    assert_eq!(
        ledger.draft().await.expect("it can be read").revision,
        chain.rows,
        "round {round}"
    );
    ledger.close().await;
    let RecordUrl::Sqlite(path) = &place.url else {
        unreachable!("on_sqlite")
    };
    let url = format!("sqlite:{}", path.display());
    let mut connection = sqlx::SqliteConnection::connect(&url).await.expect("the file opens");
    let said: String = sqlx::query_scalar("PRAGMA integrity_check")
        .fetch_one(&mut connection)
        .await
        .expect("it answers");
    assert_eq!(said, "ok", "round {round}");
}

/// The writer: it never ends by itself.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "the process that what_was_acknowledged_survives_a_kill kills"]
async fn writer() {
    let record = std::env::var(RECORD).expect("started by the other test");
    let ledger = Ledger::open(&RecordUrl::parse(&record).expect("a path"), common::at(0))
        .await
        .expect("it opens");
    let writers: Vec<_> = (0..WRITERS)
        .map(|_| {
            let ledger = ledger.clone();
            tokio::spawn(async move { write_for_ever(&ledger).await })
        })
        .collect();
    for writer in writers {
        writer.await.expect("it never ends");
    }
}

async fn write_for_ever(ledger: &Ledger) {
    loop {
        let expected_revision = ledger.draft().await.expect("it can be read").revision;
        let edit = DraftEdit {
            text: format!("after {expected_revision}"),
            expected_revision,
        };
        let decisions = vec![decision("bet", "move", "running")];
        match ledger.decide(&stamp("decide", 1), decisions, Some(edit)).await {
            Ok(kept) => println!("kept {}", kept[0].number),
            Err(LedgerError::Conflict { .. }) => {}
            Err(error) => panic!("{error}"),
        }
    }
}
