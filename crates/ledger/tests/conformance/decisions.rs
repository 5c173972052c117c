//! Decisions, and reviews from their opening to their close. Must not look at versions.

use beachhead_ledger::*;

use crate::common::{Place, at, commitment, day, decision, stamp};
use crate::{all_at_once, held, the_winner};

on_both!(
    decisions_are_numbered_and_give_the_state_of_each_bet,
    a_decision_and_its_draft_are_kept_together_or_not_at_all,
    one_review_is_open_at_a_time,
    of_many_openings_of_a_review_one_wins,
    an_item_decided_twice_at_once_shows_both,
    of_many_deciders_of_one_item_one_wins,
    a_review_closes_with_all_that_follows_or_not_at_all,
    of_many_closings_one_wins,
    what_a_review_promised_is_kept_with_what_was_said_of_it_last,
);

async fn decisions_are_numbered_and_give_the_state_of_each_bet(place: Place) {
    let ledger = place.open().await;
    let moves = vec![
        decision("b", "move", "planned"),
        decision("a", "move", "planned"),
        decision("enterprise/technology", "choice", "chosen"),
    ];
    let first = ledger.decide(&stamp("choose", 1), moves.clone(), None).await.unwrap();
    let marked = NewDecision {
        against_gate: true,
        on: day(9),
        ..decision("b", "move", "running")
    };
    let second = ledger
        .decide(&stamp("start", 2), vec![marked.clone()], None)
        .await
        .unwrap();
    assert_eq!(first.iter().map(|d| d.number).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(
        second,
        [Decision {
            number: 4,
            decision: marked
        }]
    );
    assert_eq!(ledger.decisions().await.unwrap().len(), 4);
    let on_b: Vec<_> = ledger
        .decisions_on("b")
        .await
        .unwrap()
        .into_iter()
        .map(|d| d.number)
        .collect();
    assert_eq!(on_b, [1, 4]);
    let states = ledger.bet_states().await.unwrap();
    let state = |bet: &str, state: &str, since, decision| BetState {
        bet: bet.to_owned(),
        state: state.to_owned(),
        since,
        decision,
    };
    assert_eq!(
        states,
        [state("a", "planned", day(1), 2), state("b", "running", day(9), 4)]
    );
}

async fn a_decision_and_its_draft_are_kept_together_or_not_at_all(place: Place) {
    let ledger = place.open().await;
    let edit = |text: &str, expected_revision| {
        Some(DraftEdit {
            text: text.to_owned(),
            expected_revision,
        })
    };
    let park = || vec![decision("events", "choice", "parked")];
    ledger
        .decide(&stamp("choose", 1), park(), edit("events parked", 0))
        .await
        .unwrap();
    assert_eq!(ledger.draft().await.unwrap().text, "events parked");
    let late = held(ledger.decide(&stamp("choose", 2), park(), edit("stale", 0)).await);
    assert!(matches!(late, Current::Draft { yours, .. } if yours == "stale"));
    let unknown = NewDecision {
        snapshot: Some("nowhere".to_owned()),
        ..decision("events", "choice", "parked")
    };
    let answer = ledger
        .decide(&stamp("choose", 3), vec![unknown], edit("never", 1))
        .await;
    assert!(matches!(answer, Err(LedgerError::Invalid { .. })), "{answer:?}");
    assert_eq!(ledger.decisions().await.unwrap().len(), 1);
    assert_eq!(ledger.draft().await.unwrap().text, "events parked");
}

fn new_review() -> NewReview {
    NewReview {
        cycle: "2026-Q1".to_owned(),
        snapshot: None,
    }
}

fn choice(bet: &str, word: &str, expected_revision: i64) -> ItemChoice {
    ItemChoice {
        review: 1,
        bet: bet.to_owned(),
        decision: word.to_owned(),
        reason: format!("{word} it"),
        next_gate: Some(r#"{"scale_if":20}"#.to_owned()),
        expected_revision,
    }
}

fn closing(expected_revision: i64) -> ClosingReview {
    ClosingReview {
        review: 1,
        expected_revision,
        next_review: Some(day(28)),
        minutes: r#"{"present":["mo"]}"#.to_owned(),
        decisions: vec![decision("bet", "move", "scaled")],
        draft: None,
    }
}

async fn one_review_is_open_at_a_time(place: Place) {
    let ledger = place.open().await;
    assert_eq!(ledger.open_review_now().await.unwrap(), None);
    let first = ledger.open_review(&stamp("review", 1), new_review()).await.unwrap();
    assert_eq!(
        held(ledger.open_review(&stamp("review", 2), new_review()).await),
        Current::Review(first.clone())
    );
    assert_eq!(ledger.open_review_now().await.unwrap(), Some(first));
    let (closed, _) = ledger.close_review(&stamp("close", 3), closing(0)).await.unwrap();
    let second = ledger.open_review(&stamp("review", 4), new_review()).await.unwrap();
    assert_eq!(ledger.review(1).await.unwrap(), Some(closed.clone()));
    assert_eq!(ledger.reviews().await.unwrap(), [second, closed]);
}

async fn of_many_openings_of_a_review_one_wins(place: Place) {
    let answers = all_at_once(&place, |ledger, _| async move {
        ledger.open_review(&stamp("review", 1), new_review()).await
    })
    .await;
    let winner = the_winner(answers);
    assert_eq!(place.open().await.reviews().await.unwrap(), [winner]);
}

async fn an_item_decided_twice_at_once_shows_both(place: Place) {
    let ledger = place.open().await;
    ledger.open_review(&stamp("review", 1), new_review()).await.unwrap();
    let scale = ledger
        .decide_item(&stamp("decide", 2), choice("bet", "scale", 0))
        .await
        .unwrap();
    match held(
        ledger
            .decide_item(&stamp("decide", 3), choice("bet", "retire", 0))
            .await,
    ) {
        Current::ReviewItem { current, yours } => {
            assert_eq!((current, yours.decision.as_str()), (scale, "retire"));
        }
        other => panic!("{other:?}"),
    }
    match held(
        ledger
            .decide_item(&stamp("decide", 3), choice("other", "park", 4))
            .await,
    ) {
        Current::ReviewItem { current, .. } => assert_eq!(current.revision, 0),
        other => panic!("{other:?}"),
    }
    let far = ledger
        .decide_item(&stamp("decide", 3), choice("bet", "park", i64::MAX))
        .await;
    assert!(matches!(held(far), Current::ReviewItem { .. }));
    let park = ledger
        .decide_item(&stamp("decide", 4), choice("bet", "park", 1))
        .await
        .unwrap();
    let another = ledger
        .decide_item(&stamp("decide", 5), choice("a bet", "continue", 0))
        .await
        .unwrap();
    assert_eq!(park.revision, 2);
    assert_eq!(ledger.review_items(1).await.unwrap(), [another, park]);
    let missing = ledger
        .decide_item(
            &stamp("decide", 5),
            ItemChoice {
                review: 7,
                ..choice("b", "park", 0)
            },
        )
        .await;
    assert!(matches!(missing, Err(LedgerError::NotFound { .. })), "{missing:?}");
}

async fn of_many_deciders_of_one_item_one_wins(place: Place) {
    let ledger = place.open().await;
    ledger.open_review(&stamp("review", 1), new_review()).await.unwrap();
    let answers = all_at_once(&place, |ledger, index| async move {
        ledger
            .decide_item(&stamp("decide", 2), choice("bet", &format!("try {index}"), 0))
            .await
    })
    .await;
    let winner = the_winner(answers);
    assert_eq!(ledger.review_items(1).await.unwrap(), [winner]);
}

async fn a_review_closes_with_all_that_follows_or_not_at_all(place: Place) {
    let ledger = place.open().await;
    ledger.open_review(&stamp("review", 1), new_review()).await.unwrap();
    ledger
        .decide_item(&stamp("decide", 2), choice("bet", "scale", 0))
        .await
        .unwrap();
    let draft = |text: &str, expected_revision| {
        Some(DraftEdit {
            text: text.to_owned(),
            expected_revision,
        })
    };

    let unseen = held(ledger.close_review(&stamp("close", 3), closing(0)).await);
    assert!(
        matches!(unseen, Current::Review(review) if review.revision == 1),
        "an item was decided since"
    );
    let stale = ClosingReview {
        draft: draft("stale", 5),
        ..closing(1)
    };
    assert!(matches!(
        held(ledger.close_review(&stamp("close", 3), stale).await),
        Current::Draft { .. }
    ));
    assert_eq!(
        ledger.decisions().await.unwrap(),
        [],
        "nothing of a refused close is kept"
    );
    assert!(ledger.open_review_now().await.unwrap().is_some());

    let whole = ClosingReview {
        draft: draft("scaled", 0),
        ..closing(1)
    };
    let (review, decisions) = ledger.close_review(&stamp("close", 4), whole).await.unwrap();
    assert_eq!((review.closed_at, review.next_review), (Some(at(4)), Some(day(28))));
    assert_eq!(review.minutes.as_deref(), Some(r#"{"present":["mo"]}"#));
    assert_eq!(decisions[0].decision.review, Some(1));
    assert_eq!(ledger.draft().await.unwrap().text, "scaled");
    assert_eq!(ledger.bet_states().await.unwrap()[0].state, "scaled");

    assert_eq!(
        held(ledger.close_review(&stamp("close", 5), closing(1)).await),
        Current::Review(review.clone())
    );
    let late = held(ledger.decide_item(&stamp("decide", 5), choice("bet", "park", 1)).await);
    assert_eq!(late, Current::Review(review));
}

async fn of_many_closings_one_wins(place: Place) {
    let ledger = place.open().await;
    ledger.open_review(&stamp("review", 1), new_review()).await.unwrap();
    let answers = all_at_once(&place, |ledger, index| async move {
        let decisions = vec![decision("bet", "move", &format!("by try {index}"))];
        let minutes = format!("by try {index}");
        ledger
            .close_review(
                &stamp("close", 2),
                ClosingReview {
                    decisions,
                    minutes,
                    ..closing(0)
                },
            )
            .await
    })
    .await;
    let (review, decisions) = the_winner(answers);
    assert_eq!(review.minutes, decisions[0].decision.to);
    assert_eq!(ledger.decisions().await.unwrap(), decisions);
}

async fn what_a_review_promised_is_kept_with_what_was_said_of_it_last(place: Place) {
    let ledger = place.open().await;
    let early = ledger.add_commitment(&stamp("commit", 1), commitment(None)).await;
    assert!(matches!(early, Err(LedgerError::NotFound { .. })), "{early:?}");
    ledger.open_review(&stamp("review", 1), new_review()).await.unwrap();
    let first = ledger
        .add_commitment(&stamp("commit", 2), commitment(Some("bet")))
        .await
        .unwrap();
    assert_eq!(
        (first.number, first.written_at, first.outcome.as_deref()),
        (1, at(2), None)
    );
    let second = ledger
        .add_commitment(&stamp("commit", 3), commitment(None))
        .await
        .unwrap();
    assert_eq!(ledger.commitments().await.unwrap(), [first.clone(), second.clone()]);

    ledger.close_review(&stamp("close", 4), closing(0)).await.unwrap();
    let late = held(ledger.add_commitment(&stamp("commit", 5), commitment(None)).await);
    assert!(matches!(late, Current::Review(_)), "{late:?}");
    for (second, outcome) in [(6, "kept"), (7, "not kept")] {
        ledger
            .say_of_commitment(&stamp("say", second), 1, outcome)
            .await
            .unwrap();
    }
    let nothing = ledger.say_of_commitment(&stamp("say", 8), 9, "kept").await;
    assert!(matches!(nothing, Err(LedgerError::NotFound { .. })), "{nothing:?}");
    let said = Commitment {
        outcome: Some("not kept".to_owned()),
        said_by: Some("mo".to_owned()),
        ..first
    };
    assert_eq!(ledger.commitments().await.unwrap(), [said, second]);
    for sql in [
        "UPDATE commitment SET says = 'nothing'",
        "DELETE FROM commitment",
        "UPDATE commitment_said SET outcome = 'kept'",
        "DELETE FROM commitment_said",
    ] {
        place.raw(sql).await.expect_err(sql);
    }
}
