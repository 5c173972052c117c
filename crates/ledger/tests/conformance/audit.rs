//! What proves that nothing was changed: the audit chain and the rows that never change. Must not look at what a row says.

use std::collections::BTreeSet;

use beachhead_ledger::*;

use crate::common::{self, Place, at, stamp};
use crate::{TRIES, all_at_once, held};

on_both!(
    every_write_leaves_an_audit_row_and_the_chain_verifies,
    rows_are_found_by_who_what_and_when,
    a_changed_removed_or_added_audit_row_is_found,
    the_chain_does_not_fork_under_many_writers,
    rows_that_never_change_refuse_it,
);

async fn every_write_leaves_an_audit_row_and_the_chain_verifies(place: Place) {
    let ledger = place.open().await;
    let empty = ledger.audit_verify().await.unwrap();
    assert_eq!(
        empty,
        AuditChain {
            rows: 0,
            head: "0".repeat(64)
        }
    );
    let writes = common::write_everything(&ledger).await;
    let chain = ledger.audit_verify().await.unwrap();
    assert_eq!(chain.rows, writes, "one row a write");
    let newest = ledger.audit_rows(None, 2).await.unwrap();
    assert_eq!(newest[0].hash, chain.head);
    assert_eq!(newest[0].previous, newest[1].hash);
    let older = ledger.audit_rows(Some(newest[1].number), 1_000).await.unwrap();
    assert_eq!(older.len() as i64, writes - 2);
    let first = older.last().unwrap();
    assert_eq!((first.number, first.actor.as_str(), first.at), (1, "mo", at(0)));
    let everything = format!("{newest:?}{older:?}");
    assert!(
        !everything.contains("$argon2") && !everything.contains("csrf secret"),
        "no secret in the audit"
    );

    let before = chain.rows;
    held(
        ledger
            .save_draft(
                &stamp("edit", 9),
                DraftEdit {
                    text: "x".to_owned(),
                    expected_revision: 99,
                },
            )
            .await,
    );
    assert_eq!(
        ledger.audit_verify().await.unwrap().rows,
        before,
        "a refused write leaves none"
    );
}

async fn rows_are_found_by_who_what_and_when(place: Place) {
    let ledger = place.open().await;
    for (actor, verb, second) in [
        ("mo", "set", 0),
        ("ada", "set", 1),
        ("ada", "change", 2),
        ("ada", "set", 3),
    ] {
        let stamp = Stamp {
            actor: actor.to_owned(),
            ..stamp(verb, second)
        };
        ledger.set_setting(&stamp, "key", "1").await.unwrap();
    }
    assert_eq!(ledger.audit_verbs().await.unwrap(), ["change", "set"]);
    let some = |text: &str| Some(text.to_owned());
    let found = async |filter: AuditFilter, before, limit| {
        let (found, rows) = ledger.audit_found(&filter, before, limit).await.unwrap();
        (found, rows.iter().map(|row| row.number).collect::<Vec<_>>())
    };
    let everything = AuditFilter::default();
    assert_eq!(found(everything.clone(), Some(4), 2).await, (4, vec![3, 2]));
    let by_ada = AuditFilter {
        actor: some("ada"),
        verb: some("set"),
        ..everything.clone()
    };
    assert_eq!(found(by_ada, None, 9).await, (2, vec![4, 2]));
    let then = AuditFilter {
        from: Some(at(1)),
        until: Some(at(3)),
        ..everything
    };
    assert_eq!(found(then, None, 9).await, (2, vec![3, 2]));
}

async fn a_changed_removed_or_added_audit_row_is_found(place: Place) {
    let ledger = place.open().await;
    for second in 0..5 {
        ledger.set_setting(&stamp("set", second), "key", "1").await.unwrap();
    }
    ledger.close().await;
    place.drop_triggers("audit").await;
    let broken_at = async |sql: &str| {
        place.raw(sql).await.expect("tampered");
        let ledger = place.open().await;
        let found = match ledger.audit_verify().await {
            Err(LedgerError::BrokenChain { row, .. }) => Some(row),
            Ok(_) => None,
            Err(other) => panic!("{other}"),
        };
        ledger.close().await;
        found
    };
    assert_eq!(
        broken_at("UPDATE audit SET actor = 'eve' WHERE number = 3").await,
        Some(3)
    );
    assert_eq!(broken_at("UPDATE audit SET actor = 'mo' WHERE number = 3").await, None);
    assert_eq!(
        broken_at("UPDATE audit SET detail = detail || ' ' WHERE number = 1").await,
        Some(1)
    );
    assert_eq!(
        broken_at("UPDATE audit SET detail = TRIM(detail) WHERE number = 1").await,
        None
    );
    let forged = "INSERT INTO audit SELECT 6, at, actor, verb, subject, detail, hash, hash FROM audit WHERE number = 5";
    assert_eq!(broken_at(forged).await, Some(6));
    assert_eq!(broken_at("DELETE FROM audit WHERE number = 6").await, None);
    assert_eq!(
        broken_at("DELETE FROM audit WHERE number = 5").await,
        Some(5),
        "a chain cut short is found"
    );
    assert_eq!(broken_at("DELETE FROM audit WHERE number = 2").await, Some(2));
}

async fn the_chain_does_not_fork_under_many_writers(place: Place) {
    let answers = all_at_once(&place, |ledger, index| async move {
        ledger.set_setting(&stamp("set", 1), &format!("key {index}"), "1").await
    })
    .await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    let ledger = place.open().await;
    assert_eq!(ledger.audit_verify().await.unwrap().rows, TRIES as i64);
    let rows = ledger.audit_rows(None, 1_000).await.unwrap();
    let subjects: BTreeSet<_> = rows.into_iter().map(|row| row.subject).collect();
    assert_eq!(subjects.len(), TRIES);
}

async fn rows_that_never_change_refuse_it(place: Place) {
    let ledger = place.open().await;
    common::write_everything(&ledger).await;
    let before = ledger.checksum().await.unwrap();
    for (table, column) in [
        ("audit", "actor"),
        ("decision", "reason"),
        ("signature", "person"),
        ("strategy_version", "text"),
        ("sent_back", "comment"),
        ("psi_run", "partner"),
        ("match_decision", "verdict"),
        ("target_log", "state"),
        ("acknowledgement", "words"),
        ("ask", "answer"),
        ("target_step", "step"),
        ("partner_entry", "words"),
        ("launch_entry", "task"),
    ] {
        for sql in [
            format!("UPDATE {table} SET {column} = 'changed'"),
            format!("DELETE FROM {table}"),
            place.replace_everything(table),
        ] {
            let refused = place.raw(&sql).await.expect_err(&sql).to_string();
            assert!(refused.contains("never"), "{sql}: {refused}");
        }
    }
    assert_eq!(ledger.checksum().await.unwrap(), before);
}
