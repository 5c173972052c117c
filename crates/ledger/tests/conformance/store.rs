//! The store itself: opening, texts, readers, writes given up. Must not look at one table in particular.

use std::collections::BTreeSet;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use beachhead_ledger::*;

use crate::common::{self, Place, at, decision, stamp};

on_both!(
    reopening_keeps_everything,
    a_newer_record_is_refused,
    text_with_nul_is_refused_and_all_other_text_comes_back,
    texts_are_ordered_by_their_bytes,
    a_reader_sees_one_state_while_others_write,
    a_write_given_up_half_way_is_there_whole_or_not_at_all,
    many_may_open_a_new_record_at_once,
);

async fn reopening_keeps_everything(place: Place) {
    let ledger = place.open().await;
    let empty = ledger.checksum().await.unwrap();
    common::write_everything(&ledger).await;
    let before = (ledger.checksum().await.unwrap(), ledger.audit_verify().await.unwrap());
    assert_ne!(before.0, empty);
    ledger.close().await;
    let ledger = place.open().await;
    assert_eq!(
        (ledger.checksum().await.unwrap(), ledger.audit_verify().await.unwrap()),
        before
    );
    ledger.record_attempt("k", at(1), at(0)).await.unwrap();
    assert_ne!(ledger.checksum().await.unwrap(), before.0, "any row counts");
}

async fn a_newer_record_is_refused(place: Place) {
    place.open().await.close().await;
    place
        .raw("INSERT INTO migration VALUES (999, 'from the future', '2030-01-01')")
        .await
        .unwrap();
    let Err(error) = Ledger::open(&place.url, at(0)).await else {
        panic!("opened a newer record")
    };
    assert!(matches!(error, LedgerError::TooNew { found: 999, .. }), "{error:?}");
    assert!(error.to_string().contains("beachhead restore"), "{error}");
}

async fn text_with_nul_is_refused_and_all_other_text_comes_back(place: Place) {
    let ledger = place.open().await;
    let refused = ledger.set_setting(&stamp("set", 0), "key", "a\0b").await;
    assert!(matches!(refused, Err(LedgerError::Invalid { .. })), "{refused:?}");
    let strange = "O'Brien; DROP TABLE audit; -- \u{202e}\u{1f600} \\ \" %_ \r\n\t é e\u{301} \u{feff}";
    ledger.set_setting(&stamp("set", 0), strange, strange).await.unwrap();
    assert_eq!(ledger.setting(strange).await.unwrap().as_deref(), Some(strange));
    let long = "x".repeat(5_000_000);
    ledger.set_setting(&stamp("set", 0), "long", &long).await.unwrap();
    assert_eq!(ledger.setting("long").await.unwrap(), Some(long));
    assert_eq!(ledger.audit_verify().await.unwrap().rows, 2);
}

async fn texts_are_ordered_by_their_bytes(place: Place) {
    let ledger = place.open().await;
    for name in ["b", "a", "B", "é", "_", "a b", "ab"] {
        ledger.save_profile(&stamp("profile", 1), name, "f", "").await.unwrap();
    }
    let names: Vec<_> = ledger.profiles().await.unwrap().into_iter().map(|p| p.name).collect();
    assert_eq!(names, ["B", "_", "a", "a b", "ab", "b", "é"]);
}

async fn a_reader_sees_one_state_while_others_write(place: Place) {
    let ledger = place.open().await;
    let writer = ledger.clone();
    let writing = tokio::spawn(async move {
        for second in 0..100 {
            writer
                .set_setting(&stamp("set", second), "key", &second.to_string())
                .await
                .unwrap();
        }
    });
    // Verifying reads the rows and the head: of two states they would not fit together.
    let mut rows = BTreeSet::new();
    while !writing.is_finished() {
        rows.insert(ledger.audit_verify().await.unwrap().rows);
    }
    writing.await.unwrap();
    assert_eq!(ledger.audit_verify().await.unwrap().rows, 100);
    assert!(!rows.is_empty());
}

/// Polls a future so many times and then drops it, as when a browser hangs up; whether it had finished.
async fn finished_in(polls: u32, future: impl Future) -> bool {
    let mut future = pin!(future);
    let mut left = polls;
    poll_fn(|context| match left.checked_sub(1) {
        None => Poll::Ready(false),
        Some(fewer) => {
            left = fewer;
            future.as_mut().poll(context).map(|_| true)
        }
    })
    .await
}

async fn a_write_given_up_half_way_is_there_whole_or_not_at_all(place: Place) {
    let ledger = place.open().await;
    let mut given_up = 0;
    for _ in 0..20 {
        // Each time a little later, until one write gets to its end.
        for polls in 1.. {
            let expected_revision = ledger.draft().await.unwrap().revision;
            let edit = DraftEdit {
                text: "text".to_owned(),
                expected_revision,
            };
            let stamp = stamp("decide", 1);
            let write = ledger.decide(&stamp, vec![decision("bet", "move", "running")], Some(edit));
            if finished_in(polls, write).await {
                break;
            }
            given_up += 1;
        }
    }
    assert!(given_up > 20, "only {given_up} were given up");
    let decisions = ledger.decisions().await.unwrap().len() as i64;
    assert!(decisions >= 20, "{decisions}");
    assert_eq!(ledger.audit_verify().await.unwrap().rows, decisions);
    assert_eq!(ledger.draft().await.unwrap().revision, decisions);
}

async fn many_may_open_a_new_record_at_once(place: Place) {
    let opening: Vec<_> = (0..8)
        .map(|_| {
            let place = place.clone();
            tokio::spawn(async move { place.open().await })
        })
        .collect();
    for (index, opened) in opening.into_iter().enumerate() {
        let ledger = opened.await.expect("it opens");
        ledger
            .set_setting(&stamp("set", 0), &index.to_string(), "1")
            .await
            .unwrap();
    }
    assert_eq!(place.open().await.audit_verify().await.unwrap().rows, 8);
}
