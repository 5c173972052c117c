//! What functions say of a version, and links to the one page. Must not look at pages.

use beachhead_ledger::*;

use crate::common::{self, Place, at, stamp};
use crate::held;

on_both!(
    a_function_speaks_of_a_version_that_is_asked_or_in_force_and_of_no_other,
    only_who_is_named_speaks_for_a_function,
    a_shared_link_is_known_by_its_hash_until_it_is_taken_back,
);

/// Mo speaks for sales; version 1 was sent back, version 2 is asked.
async fn begun(place: &Place) -> (Ledger, String) {
    let ledger = place.open().await;
    ledger.add_person(&stamp("add", 0), common::person("mo")).await.unwrap();
    ledger
        .set_function_head(&stamp("head", 1), "sales", Some("mo"))
        .await
        .unwrap();
    ledger.ask_signature(&stamp("ask", 2), "one").await.unwrap();
    ledger.send_back(&stamp("send back", 3), 1, "why?").await.unwrap();
    let version = ledger.ask_signature(&stamp("ask", 4), "two").await.unwrap();
    (ledger, version.sha256)
}

async fn sign(ledger: &Ledger, version: &StrategyVersion) {
    let signing = Signing {
        version: version.number,
        sha256: version.sha256.clone(),
        person: "mo".to_owned(),
        conditions: None,
        decisions: Vec::new(),
    };
    ledger.sign(&stamp("sign", 6), signing).await.unwrap();
}

async fn a_function_speaks_of_a_version_that_is_asked_or_in_force_and_of_no_other(place: Place) {
    let (ledger, sha256) = begun(&place).await;
    let say = |version: i64, sha256: &str, stance| NewAcknowledgement {
        version,
        ..common::acknowledgement(sha256, stance)
    };
    let first = ledger
        .acknowledge(&stamp("acknowledge", 5), say(2, &sha256, Stance::Objects))
        .await
        .unwrap();
    assert_eq!((first.number, first.at), (1, at(5)));
    held(
        ledger
            .acknowledge(&stamp("acknowledge", 6), say(2, "another text", Stance::Seen))
            .await,
    );
    let sent_back = ledger.version(1).await.unwrap().unwrap().sha256;
    held(
        ledger
            .acknowledge(&stamp("acknowledge", 6), say(1, &sent_back, Stance::Seen))
            .await,
    );
    let version = ledger.version(2).await.unwrap().unwrap();
    sign(&ledger, &version).await;
    let second = ledger
        .acknowledge(&stamp("acknowledge", 7), say(2, &sha256, Stance::Seen))
        .await
        .unwrap();
    assert_eq!(ledger.acknowledgements().await.unwrap(), [first, second]);
    let third = ledger.ask_signature(&stamp("ask", 8), "three").await.unwrap();
    sign(&ledger, &third).await;
    held(
        ledger
            .acknowledge(&stamp("acknowledge", 9), say(2, &sha256, Stance::Objects))
            .await,
    );
    let missing = ledger
        .acknowledge(&stamp("acknowledge", 9), say(9, &sha256, Stance::Seen))
        .await;
    assert!(matches!(missing, Err(LedgerError::NotFound { .. })), "{missing:?}");
}

async fn only_who_is_named_speaks_for_a_function(place: Place) {
    let (ledger, sha256) = begun(&place).await;
    let names = |heads: Vec<FunctionHead>| -> Vec<_> {
        heads
            .into_iter()
            .map(|head| (head.function, head.person.unwrap_or_default()))
            .collect()
    };
    let three = [("marketing", ""), ("product", ""), ("sales", "mo")];
    let three = three.map(|(function, person)| (function.to_owned(), person.to_owned()));
    assert_eq!(names(ledger.functions().await.unwrap()), three);
    let of = |function: &str| NewAcknowledgement {
        function: function.to_owned(),
        ..common::acknowledgement(&sha256, Stance::Seen)
    };
    held(ledger.acknowledge(&stamp("acknowledge", 5), of("product")).await);
    let none = ledger.acknowledge(&stamp("acknowledge", 5), of("law")).await;
    assert!(matches!(none, Err(LedgerError::NotFound { .. })), "{none:?}");

    ledger
        .set_function_head(&stamp("head", 6), "law", Some("mo"))
        .await
        .unwrap();
    ledger.acknowledge(&stamp("acknowledge", 7), of("law")).await.unwrap();
    let nobody = ledger.set_function_head(&stamp("head", 8), "law", Some("nobody")).await;
    assert!(matches!(nobody, Err(LedgerError::Invalid { .. })), "{nobody:?}");
    ledger.remove_function(&stamp("remove", 8), "law").await.unwrap();
    assert_eq!(names(ledger.functions().await.unwrap()), three);
    assert_eq!(ledger.acknowledgements().await.unwrap().len(), 1, "what it said stays");
    let again = ledger.remove_function(&stamp("remove", 8), "law").await;
    assert!(matches!(again, Err(LedgerError::NotFound { .. })), "{again:?}");
}

async fn a_shared_link_is_known_by_its_hash_until_it_is_taken_back(place: Place) {
    let (ledger, _) = begun(&place).await;
    let one = ledger
        .add_share(&stamp("share", 5), common::share("one"))
        .await
        .unwrap();
    assert!(one.holds(at(4_999)) && !one.holds(at(5_000)));
    assert_eq!(ledger.share_by_hash("hash of one").await.unwrap(), Some(one.clone()));
    assert_eq!(ledger.share_by_hash("hash of two").await.unwrap(), None);
    let rows = ledger.audit_verify().await.unwrap().rows;
    ledger.note_share_used(&one, at(60)).await.unwrap();
    let used = ledger.share_by_hash("hash of one").await.unwrap().unwrap();
    assert_eq!(used.used_at, Some(at(60)));
    ledger.note_share_used(&used, at(119)).await.unwrap();
    assert_eq!(
        ledger.share_by_hash("hash of one").await.unwrap(),
        Some(used.clone()),
        "at most once a minute"
    );
    assert_eq!(ledger.audit_verify().await.unwrap().rows, rows);

    ledger.revoke_share(&stamp("revoke", 200), "one").await.unwrap();
    let revoked = ledger.shares().await.unwrap().remove(0);
    assert_eq!(revoked.revoked, Some(("mo".to_owned(), at(200))));
    assert!(!revoked.holds(at(201)));
    held(ledger.revoke_share(&stamp("revoke", 201), "one").await);
    let missing = ledger.revoke_share(&stamp("revoke", 201), "two").await;
    assert!(matches!(missing, Err(LedgerError::NotFound { .. })), "{missing:?}");
    let nowhere = NewShare {
        version: Some(9),
        ..common::share("three")
    };
    let nowhere = ledger.add_share(&stamp("share", 202), nowhere).await;
    assert!(matches!(nowhere, Err(LedgerError::Invalid { .. })), "{nowhere:?}");
}
