//! The draft, and versions asked, signed and sent back. Must not look at bets.

use beachhead_ledger::*;

use crate::common::{self, Place, at, decision, stamp};
use crate::{all_at_once, held, signed_in_person, the_winner};

on_both!(
    the_second_saver_sees_both_texts,
    of_many_savers_of_one_revision_one_wins,
    a_version_is_asked_signed_and_latest,
    a_version_sent_back_or_superseded_cannot_be_signed,
    only_the_exact_text_is_signed,
    of_many_signatures_one_wins,
);

fn signing(version: &StrategyVersion) -> Signing {
    Signing {
        version: version.number,
        sha256: version.sha256.clone(),
        person: "mo".to_owned(),
        conditions: None,
        decisions: vec![],
    }
}

async fn the_second_saver_sees_both_texts(place: Place) {
    let ledger = place.open().await;
    let empty = ledger.draft().await.unwrap();
    assert_eq!(
        empty,
        Draft {
            text: String::new(),
            revision: 0,
            saved_by: None,
            saved_at: None
        }
    );
    let edit = |text: &str| DraftEdit {
        text: text.to_owned(),
        expected_revision: 0,
    };
    let first = ledger.save_draft(&stamp("edit", 1), edit("first")).await.unwrap();
    assert_eq!((first.revision, first.saved_at), (1, Some(at(1))));
    let current = held(ledger.save_draft(&stamp("edit", 2), edit("second")).await);
    assert_eq!(
        current,
        Current::Draft {
            current: first.clone(),
            yours: "second".to_owned()
        }
    );
    assert_eq!(ledger.draft().await.unwrap(), first);
}

async fn of_many_savers_of_one_revision_one_wins(place: Place) {
    let answers = all_at_once(&place, |ledger, index| async move {
        let edit = DraftEdit {
            text: format!("text {index}"),
            expected_revision: 0,
        };
        ledger.save_draft(&stamp("edit", 1), edit).await
    })
    .await;
    let winner = the_winner(answers);
    assert_eq!(place.open().await.draft().await.unwrap(), winner);
}

async fn a_version_is_asked_signed_and_latest(place: Place) {
    let ledger = place.open().await;
    signed_in_person(&ledger).await;
    assert_eq!(ledger.latest_signed().await.unwrap(), None);
    ledger
        .add_snapshot(&stamp("import", 0), common::snapshot("a1"))
        .await
        .unwrap();
    let asked = ledger.ask_signature(&stamp("ask", 1), "abc").await.unwrap();
    // SHA-256 of "abc": FIPS 180-2, appendix B.1.
    assert_eq!(
        asked.sha256,
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
    assert_eq!(
        (asked.number, asked.state, asked.snapshot.as_deref()),
        (1, VersionState::Asked, Some("a1"))
    );

    let planned = NewDecision {
        version: Some(1),
        ..decision("bet", "move", "planned")
    };
    let signing = Signing {
        conditions: Some("two partners by March".to_owned()),
        decisions: vec![planned.clone()],
        ..signing(&asked)
    };
    let signed = ledger.sign(&stamp("sign", 2), signing).await.unwrap();
    assert_eq!(signed.state, VersionState::Signed);
    let signature = signed.signature.clone().unwrap();
    assert_eq!(
        signature,
        Signature {
            person: "mo".to_owned(),
            at: at(2),
            conditions: Some("two partners by March".to_owned())
        }
    );
    assert_eq!(
        ledger.decisions().await.unwrap(),
        [Decision {
            number: 1,
            decision: planned
        }]
    );

    let second = ledger.ask_signature(&stamp("ask", 3), "abcd").await.unwrap();
    assert_eq!(
        ledger.latest_signed().await.unwrap(),
        Some(signed.clone()),
        "signed stays signed"
    );
    assert_eq!(ledger.version(2).await.unwrap(), Some(second.clone()));
    assert_eq!(ledger.version(3).await.unwrap(), None);
    assert_eq!(ledger.versions().await.unwrap(), [second, signed]);
}

async fn a_version_sent_back_or_superseded_cannot_be_signed(place: Place) {
    let ledger = place.open().await;
    signed_in_person(&ledger).await;
    let first = ledger.ask_signature(&stamp("ask", 1), "first").await.unwrap();
    let second = ledger.ask_signature(&stamp("ask", 2), "second").await.unwrap();
    let superseded = StrategyVersion {
        state: VersionState::Superseded,
        ..first.clone()
    };
    assert_eq!(
        held(ledger.sign(&stamp("sign", 3), signing(&first)).await),
        Current::Version(superseded)
    );

    let sent = ledger
        .send_back(&stamp("send back", 4), 2, "too many bets")
        .await
        .unwrap();
    assert_eq!(
        (sent.state, sent.comment.as_deref()),
        (VersionState::SentBack, Some("too many bets"))
    );
    held(ledger.sign(&stamp("sign", 5), signing(&second)).await);
    held(ledger.send_back(&stamp("send back", 5), 2, "again").await);
    let missing = ledger.send_back(&stamp("send back", 5), 9, "again").await;
    assert!(matches!(missing, Err(LedgerError::NotFound { .. })), "{missing:?}");
}

async fn only_the_exact_text_is_signed(place: Place) {
    let ledger = place.open().await;
    signed_in_person(&ledger).await;
    let asked = ledger.ask_signature(&stamp("ask", 1), "the text").await.unwrap();
    let other = Signing {
        sha256: "0".repeat(64),
        ..signing(&asked)
    };
    assert_eq!(
        held(ledger.sign(&stamp("sign", 2), other).await),
        Current::Version(asked.clone())
    );
    let stranger = Signing {
        person: "no one".to_owned(),
        ..signing(&asked)
    };
    let answer = ledger.sign(&stamp("sign", 2), stranger).await;
    assert!(matches!(answer, Err(LedgerError::Invalid { .. })), "{answer:?}");
    let missing = Signing {
        version: 9,
        ..signing(&asked)
    };
    let answer = ledger.sign(&stamp("sign", 2), missing).await;
    assert!(matches!(answer, Err(LedgerError::NotFound { .. })), "{answer:?}");
    ledger.sign(&stamp("sign", 3), signing(&asked)).await.unwrap();
}

async fn of_many_signatures_one_wins(place: Place) {
    let ledger = place.open().await;
    signed_in_person(&ledger).await;
    let asked = ledger.ask_signature(&stamp("ask", 1), "the text").await.unwrap();
    let answers = all_at_once(&place, |ledger, index| {
        let decisions = vec![decision("bet", "move", &format!("by try {index}"))];
        let signing = Signing {
            decisions,
            conditions: Some(index.to_string()),
            ..signing(&asked)
        };
        async move { ledger.sign(&stamp("sign", 2), signing).await }
    })
    .await;
    let winner = the_winner(answers);
    assert_eq!(ledger.latest_signed().await.unwrap().as_ref(), Some(&winner));
    let decisions = ledger.decisions().await.unwrap();
    let won = winner.signature.unwrap().conditions.unwrap();
    assert_eq!(decisions.len(), 1, "the losers' decisions are not there");
    assert_eq!(decisions[0].decision.to, Some(format!("by try {won}")));
}
