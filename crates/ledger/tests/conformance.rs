//! One suite for the record, run on SQLite and on PostgreSQL themselves.
//!
//! SQLite runs always, in a temporary folder. PostgreSQL runs when `BEACHHEAD_TEST_POSTGRES` holds the URL of a server
//! where a database may be created; each test makes one of its own and drops it.
#![expect(clippy::unwrap_used, reason = "a test stops at the first error")]

mod common;

use std::collections::BTreeSet;
use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

use beachhead_ledger::*;
use common::{Place, at, day, decision, person, stamp};
use jiff::SignedDuration;

/// How many try at once where exactly one may win.
const TRIES: usize = 50;

/// Runs every test on both databases.
macro_rules! on_both {
    ($($test:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $test() {
                super::common::on_sqlite(super::$test).await;
            })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $test() {
                super::common::on_postgres(stringify!($test), super::$test).await;
            })*
        }
    };
}

on_both!(
    settings_are_kept_and_replaced,
    people_are_found_by_id_and_by_address_in_any_case,
    an_address_belongs_to_one_person,
    a_setup_link_works_once_in_time_and_only_for_the_first_person,
    of_many_uses_of_a_setup_link_one_wins,
    a_session_holds_until_it_ends_idles_or_its_person_ends,
    a_session_is_noted_at_most_every_minute,
    attempts_are_counted_by_key_and_forgotten,
    the_second_saver_sees_both_texts,
    of_many_savers_of_one_revision_one_wins,
    a_version_is_asked_signed_and_latest,
    a_version_sent_back_or_superseded_cannot_be_signed,
    only_the_exact_text_is_signed,
    of_many_signatures_one_wins,
    decisions_are_numbered_and_give_the_state_of_each_bet,
    a_decision_and_its_draft_are_kept_together_or_not_at_all,
    one_review_is_open_at_a_time,
    of_many_openings_of_a_review_one_wins,
    an_item_decided_twice_at_once_shows_both,
    of_many_deciders_of_one_item_one_wins,
    a_review_closes_with_all_that_follows_or_not_at_all,
    of_many_closings_one_wins,
    the_snapshot_imported_last_is_in_force,
    profiles_are_found_by_header,
    targets_are_saved_by_revision,
    notes_and_asks_are_kept_in_order_of_their_day,
    jobs_get_on_until_they_finish,
    every_write_leaves_an_audit_row_and_the_chain_verifies,
    a_changed_removed_or_added_audit_row_is_found,
    the_chain_does_not_fork_under_many_writers,
    rows_that_never_change_refuse_it,
    reopening_keeps_everything,
    a_newer_record_is_refused,
    text_with_nul_is_refused_and_all_other_text_comes_back,
    texts_are_ordered_by_their_bytes,
    a_reader_sees_one_state_while_others_write,
    a_write_given_up_half_way_is_there_whole_or_not_at_all,
    many_may_open_a_new_record_at_once,
);

/// Tries the same from two handles on one record at once and gives the answers.
async fn all_at_once<T, F>(place: &Place, attempt: impl Fn(Ledger, usize) -> F) -> Vec<Result<T>>
where
    T: Send + 'static,
    F: Future<Output = Result<T>> + Send + 'static,
{
    let handles = [place.open().await, place.open().await];
    let tasks: Vec<_> = (0..TRIES)
        .map(|index| tokio::spawn(attempt(handles[index % 2].clone(), index)))
        .collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.expect("no try panics"));
    }
    for handle in handles {
        handle.close().await;
    }
    answers
}

/// The one answer that went through; all others must be conflicts.
fn the_winner<T: std::fmt::Debug>(answers: Vec<Result<T>>) -> T {
    assert_eq!(answers.len(), TRIES);
    let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    for answer in lost {
        assert!(matches!(answer, Err(LedgerError::Conflict { .. })), "{answer:?}");
    }
    assert_eq!(won.len(), 1, "exactly one wins");
    won.into_iter().next().expect("one").expect("it won")
}

/// What the record held, for a conflict; anything else fails.
fn held<T: std::fmt::Debug>(answer: Result<T>) -> Current {
    match answer {
        Err(LedgerError::Conflict { current, .. }) => *current,
        other => panic!("a conflict was expected, not {other:?}"),
    }
}

async fn signed_in_person(ledger: &Ledger) -> Person {
    ledger.add_person(&stamp("add", 0), person("mo")).await.expect("added")
}

async fn settings_are_kept_and_replaced(place: Place) {
    let ledger = place.open().await;
    assert_eq!(ledger.setting("program").await.unwrap(), None);
    ledger
        .set_setting(&stamp("set", 0), "program", r#""Acme""#)
        .await
        .unwrap();
    ledger
        .set_setting(&stamp("set", 1), "program", r#""Acme é""#)
        .await
        .unwrap();
    assert_eq!(ledger.setting("program").await.unwrap().as_deref(), Some(r#""Acme é""#));
}

async fn people_are_found_by_id_and_by_address_in_any_case(place: Place) {
    let ledger = place.open().await;
    let mo = ledger.add_person(&stamp("add", 0), person("mo")).await.unwrap();
    let ada = ledger.add_person(&stamp("add", 1), person("ada")).await.unwrap();
    assert_eq!(mo.email, "mo@example.com");
    assert_eq!(mo.created_at, at(0));
    assert_eq!(ledger.person("mo").await.unwrap(), Some(mo.clone()));
    assert_eq!(
        ledger.person_by_email(" MO@Example.COM ").await.unwrap(),
        Some(mo.clone())
    );
    assert_eq!(ledger.person_by_email("nobody@example.com").await.unwrap(), None);
    assert_eq!(ledger.people().await.unwrap(), [mo, ada]);

    ledger.set_role(&stamp("role", 2), "mo", "sponsor").await.unwrap();
    ledger
        .set_password(&stamp("password", 2), "mo", Secret::new("$new"))
        .await
        .unwrap();
    ledger.end_person(&stamp("end", 3), "mo").await.unwrap();
    let mo = ledger.person("mo").await.unwrap().unwrap();
    assert_eq!(mo.role, "sponsor");
    assert_eq!(mo.password_hash, Some(Secret::new("$new")));
    assert_eq!(mo.ended_at, Some(at(3)));
    assert!(!format!("{mo:?}").contains("$new"), "a secret does not reach a log");
    for answer in [
        ledger.set_role(&stamp("role", 2), "no one", "owner").await,
        ledger
            .set_password(&stamp("password", 2), "no one", Secret::new("x"))
            .await,
        ledger.end_person(&stamp("end", 2), "no one").await,
    ] {
        assert!(matches!(answer, Err(LedgerError::NotFound { .. })), "{answer:?}");
    }
}

async fn an_address_belongs_to_one_person(place: Place) {
    let ledger = place.open().await;
    let mo = signed_in_person(&ledger).await;
    let other = NewPerson {
        email: "MO@example.com".to_owned(),
        ..person("ada")
    };
    assert_eq!(
        held(ledger.add_person(&stamp("add", 1), other).await),
        Current::Person(mo)
    );
    let same_id = NewPerson {
        email: "other@example.com".to_owned(),
        ..person("mo")
    };
    assert_eq!(
        held(ledger.add_person(&stamp("add", 1), same_id).await),
        Current::Nothing
    );
}

async fn a_setup_link_works_once_in_time_and_only_for_the_first_person(place: Place) {
    let ledger = place.open().await;
    ledger
        .create_setup_link(&stamp("setup", 0), "first", at(100))
        .await
        .unwrap();
    ledger
        .create_setup_link(&stamp("setup", 1), "second", at(100))
        .await
        .unwrap();
    let void = ledger.use_setup_link(&stamp("setup", 2), "first", person("mo")).await;
    assert!(
        matches!(void, Err(LedgerError::NotFound { .. })),
        "a newer link makes the older void: {void:?}"
    );
    let late = ledger
        .use_setup_link(&stamp("setup", 100), "second", person("mo"))
        .await;
    assert_eq!(held(late), Current::Nothing);
    assert_eq!(ledger.people().await.unwrap(), []);

    let mo = ledger
        .use_setup_link(&stamp("setup", 99), "second", person("mo"))
        .await
        .unwrap();
    assert_eq!(ledger.people().await.unwrap(), [mo]);
    held(
        ledger
            .use_setup_link(&stamp("setup", 99), "second", person("ada"))
            .await,
    );
    held(ledger.create_setup_link(&stamp("setup", 99), "third", at(200)).await);
}

async fn of_many_uses_of_a_setup_link_one_wins(place: Place) {
    let ledger = place.open().await;
    ledger
        .create_setup_link(&stamp("setup", 0), "link", at(100))
        .await
        .unwrap();
    let answers = all_at_once(&place, |ledger, index| async move {
        ledger
            .use_setup_link(&stamp("setup", 1), "link", person(&format!("p{index}")))
            .await
    })
    .await;
    let winner = the_winner(answers);
    assert_eq!(ledger.people().await.unwrap(), [winner]);
}

async fn a_session_holds_until_it_ends_idles_or_its_person_ends(place: Place) {
    let ledger = place.open().await;
    let mo = signed_in_person(&ledger).await;
    let idle = SignedDuration::from_secs(600);
    let session = |id: &str| NewSession {
        id_hash: id.to_owned(),
        person: "mo".to_owned(),
        csrf: Secret::new("csrf"),
        ends_at: at(10_000),
    };
    for id in ["one", "two", "three"] {
        ledger.create_session(&stamp("sign in", 0), session(id)).await.unwrap();
    }
    let found = ledger.session("one", at(600), idle).await.unwrap().unwrap();
    assert_eq!((found.person, found.session.csrf.expose()), (mo, "csrf"));
    assert_eq!(
        ledger.session("one", at(601), idle).await.unwrap(),
        None,
        "idle for too long"
    );
    let never_idle = SignedDuration::from_secs(100_000);
    assert!(ledger.session("one", at(9_999), never_idle).await.unwrap().is_some());
    assert_eq!(
        ledger.session("one", at(10_000), never_idle).await.unwrap(),
        None,
        "its end has come"
    );
    assert_eq!(ledger.session("unknown", at(1), idle).await.unwrap(), None);

    ledger.end_session(&stamp("sign out", 1), "one").await.unwrap();
    ledger.end_session(&stamp("sign out", 1), "one").await.unwrap();
    assert_eq!(ledger.session("one", at(1), idle).await.unwrap(), None);
    let left: Vec<_> = ledger
        .sessions("mo", at(1))
        .await
        .unwrap()
        .into_iter()
        .map(|s| s.id_hash)
        .collect();
    assert_eq!(left, ["three", "two"]);
    assert_eq!(ledger.end_sessions(&stamp("sign out", 2), "mo").await.unwrap(), 2);

    ledger
        .create_session(&stamp("sign in", 3), session("four"))
        .await
        .unwrap();
    ledger
        .set_password(&stamp("password", 4), "mo", Secret::new("$x"))
        .await
        .unwrap();
    assert_eq!(
        ledger.session("four", at(5), idle).await.unwrap(),
        None,
        "another password ends all sessions"
    );
    ledger
        .create_session(&stamp("sign in", 5), session("five"))
        .await
        .unwrap();
    ledger.end_person(&stamp("end", 6), "mo").await.unwrap();
    assert_eq!(ledger.session("five", at(7), idle).await.unwrap(), None);
    ledger
        .create_session(&stamp("sign in", 8), session("six"))
        .await
        .unwrap();
    assert_eq!(
        ledger.session("six", at(9), idle).await.unwrap(),
        None,
        "the person's access has ended"
    );
    let stranger = NewSession {
        person: "no one".to_owned(),
        ..session("seven")
    };
    let answer = ledger.create_session(&stamp("sign in", 8), stranger).await;
    assert!(matches!(answer, Err(LedgerError::Invalid { .. })), "{answer:?}");
}

async fn a_session_is_noted_at_most_every_minute(place: Place) {
    let ledger = place.open().await;
    signed_in_person(&ledger).await;
    let session = NewSession {
        id_hash: "s".to_owned(),
        person: "mo".to_owned(),
        csrf: Secret::new("c"),
        ends_at: at(10_000),
    };
    ledger.create_session(&stamp("sign in", 0), session).await.unwrap();
    let mut seen = Vec::new();
    for second in [59, 60, 119, 120, 100] {
        ledger.touch_session("s", at(second)).await.unwrap();
        seen.push(ledger.sessions("mo", at(1)).await.unwrap()[0].last_seen_at);
    }
    assert_eq!(seen, [at(0), at(60), at(60), at(120), at(120)]);
    ledger.touch_session("gone", at(500)).await.unwrap();
}

async fn attempts_are_counted_by_key_and_forgotten(place: Place) {
    let ledger = place.open().await;
    for second in [0, 10, 20] {
        ledger
            .record_attempt("mo@example.com", at(second), at(second - 15))
            .await
            .unwrap();
    }
    ledger.record_attempt("203.0.113.7", at(20), at(0)).await.unwrap();
    assert_eq!(
        ledger.attempts_since("mo@example.com", at(0)).await.unwrap(),
        2,
        "the first was forgotten"
    );
    assert_eq!(ledger.attempts_since("mo@example.com", at(11)).await.unwrap(), 1);
    assert_eq!(ledger.attempts_since("ada@example.com", at(0)).await.unwrap(), 0);
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

fn signing(version: &StrategyVersion) -> Signing {
    Signing {
        version: version.number,
        sha256: version.sha256.clone(),
        person: "mo".to_owned(),
        conditions: None,
        decisions: vec![],
    }
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

async fn the_snapshot_imported_last_is_in_force(place: Place) {
    let ledger = place.open().await;
    assert_eq!(ledger.latest_snapshot().await.unwrap(), None);
    assert!(
        ledger
            .add_snapshot(&stamp("import", 1), common::snapshot("a1"))
            .await
            .unwrap()
    );
    assert!(
        ledger
            .add_snapshot(&stamp("import", 2), common::snapshot("b2"))
            .await
            .unwrap()
    );
    let b2 = ledger.latest_snapshot().await.unwrap().unwrap();
    assert_eq!((b2.id.as_str(), b2.in_force, b2.taken_at), ("b2", true, at(2)));
    let renamed = NewSnapshot {
        label: "another label".to_owned(),
        ..common::snapshot("a1")
    };
    assert!(
        !ledger.add_snapshot(&stamp("import", 3), renamed).await.unwrap(),
        "the same content is not new"
    );

    let a1 = ledger.snapshot("a1").await.unwrap().unwrap();
    assert_eq!(
        (a1.label.as_str(), a1.taken_at, a1.in_force),
        ("label of a1", at(1), true)
    );
    assert_eq!(ledger.latest_snapshot().await.unwrap(), Some(a1.clone()));
    assert_eq!(ledger.snapshot("c3").await.unwrap(), None);
    assert_eq!(
        ledger.snapshots().await.unwrap(),
        [Snapshot { in_force: false, ..b2 }, a1]
    );
    let imports: Vec<_> = ledger
        .imports()
        .await
        .unwrap()
        .into_iter()
        .map(|i| (i.number, i.snapshot, i.new, i.report))
        .collect();
    let import = |number, snapshot: &str, new| (number, snapshot.to_owned(), new, "[]".to_owned());
    assert_eq!(
        imports,
        [import(3, "a1", false), import(2, "b2", true), import(1, "a1", true)]
    );
}

async fn profiles_are_found_by_header(place: Place) {
    let ledger = place.open().await;
    ledger
        .save_profile(&stamp("profile", 1), "salesforce", "f1", "a = 1")
        .await
        .unwrap();
    ledger
        .save_profile(&stamp("profile", 2), "hubspot", "f1", "b = 1")
        .await
        .unwrap();
    ledger
        .save_profile(&stamp("profile", 3), "salesforce", "f1", "a = 2")
        .await
        .unwrap();
    let found = ledger.profile_for("f1").await.unwrap().unwrap();
    let expected = Profile {
        name: "salesforce".to_owned(),
        fingerprint: "f1".to_owned(),
        toml: "a = 2".to_owned(),
        saved_at: at(3),
    };
    assert_eq!(found, expected);
    assert_eq!(ledger.profile_for("f2").await.unwrap(), None);
    let names: Vec<_> = ledger.profiles().await.unwrap().into_iter().map(|p| p.name).collect();
    assert_eq!(names, ["hubspot", "salesforce"]);
}

async fn targets_are_saved_by_revision(place: Place) {
    let ledger = place.open().await;
    let target = |account: &str, due| NewTarget {
        bet: "bet".to_owned(),
        account: account.to_owned(),
        account_name: account.to_uppercase(),
        partner: Some("Workbright".to_owned()),
        play: None,
        owner: Some("mo".to_owned()),
        next_step: None,
        due,
        state: "named".to_owned(),
    };
    let acme = ledger
        .add_target(&stamp("target", 1), "t1", target("acme", None))
        .await
        .unwrap();
    let bolt = ledger
        .add_target(&stamp("target", 1), "t2", target("bolt", Some(day(9))))
        .await
        .unwrap();
    let core = ledger
        .add_target(&stamp("target", 1), "t3", target("core", Some(day(8))))
        .await
        .unwrap();
    let twice = held(ledger.add_target(&stamp("target", 2), "t4", target("acme", None)).await);
    assert!(matches!(twice, Current::Target { current, .. } if current == acme));
    assert_eq!(ledger.targets("bet").await.unwrap(), [core, bolt.clone(), acme.clone()]);
    assert_eq!(ledger.targets("other").await.unwrap(), []);

    let changed = |target: &Target, state: &str| Target {
        target: NewTarget {
            state: state.to_owned(),
            due: Some(day(1)),
            ..target.target.clone()
        },
        ..target.clone()
    };
    let met = ledger
        .save_target(&stamp("target", 3), changed(&acme, "met"))
        .await
        .unwrap();
    assert_eq!((met.revision, met.target.state.as_str()), (2, "met"));
    match held(ledger.save_target(&stamp("target", 4), changed(&acme, "lost")).await) {
        Current::Target { current, yours } => assert_eq!((current, yours), (met.clone(), changed(&acme, "lost"))),
        other => panic!("{other:?}"),
    }
    let same = Target {
        target: NewTarget {
            account: "bolt".to_owned(),
            ..met.target.clone()
        },
        ..met.clone()
    };
    let taken = held(ledger.save_target(&stamp("target", 5), same).await);
    assert!(matches!(taken, Current::Target { current, .. } if current == bolt));
    let gone = ledger
        .save_target(
            &stamp("target", 5),
            Target {
                id: "t9".to_owned(),
                ..met.clone()
            },
        )
        .await;
    assert!(matches!(gone, Err(LedgerError::NotFound { .. })), "{gone:?}");
    assert_eq!(ledger.targets("bet").await.unwrap()[0], met);
}

async fn notes_and_asks_are_kept_in_order_of_their_day(place: Place) {
    let ledger = place.open().await;
    let note = |words: &str, on, effect| NewNote {
        bet: "bet".to_owned(),
        on,
        words: words.to_owned(),
        effect,
        source: Some("call".to_owned()),
    };
    for (words, on, effect) in [
        ("late", day(9), Effect::For),
        ("early", day(2), Effect::Against),
        ("between", day(5), Effect::Neutral),
    ] {
        let kept = ledger
            .add_note(&stamp("note", 1), note(words, on, effect))
            .await
            .unwrap();
        assert_eq!(kept.note, note(words, on, effect));
    }
    let words: Vec<_> = ledger
        .notes("bet")
        .await
        .unwrap()
        .into_iter()
        .map(|n| (n.number, n.note.words))
        .collect();
    assert_eq!(
        words,
        [
            (2, "early".to_owned()),
            (3, "between".to_owned()),
            (1, "late".to_owned())
        ]
    );

    let ask = |who: &str, on| NewAsk {
        cell: "smb/agency".to_owned(),
        who: who.to_owned(),
        on,
        answer: "declined: no reach".to_owned(),
    };
    ledger.add_ask(&stamp("ask", 1), ask("Bright", day(4))).await.unwrap();
    let early = ledger.add_ask(&stamp("ask", 2), ask("Anvil", day(3))).await.unwrap();
    assert_eq!(
        (early.number, early.by.as_str(), &early.ask),
        (2, "mo", &ask("Anvil", day(3)))
    );
    let who: Vec<_> = ledger.asks().await.unwrap().into_iter().map(|a| a.ask.who).collect();
    assert_eq!(who, ["Anvil", "Bright"]);
}

async fn jobs_get_on_until_they_finish(place: Place) {
    let ledger = place.open().await;
    let new = |id: &str| NewJob {
        id: id.to_owned(),
        kind: "import".to_owned(),
        state: "waiting".to_owned(),
    };
    ledger.start_job(&stamp("import", 1), new("j1")).await.unwrap();
    ledger.start_job(&stamp("import", 2), new("j2")).await.unwrap();
    let update = |id: &str, percent, finished_at| JobUpdate {
        id: id.to_owned(),
        state: "running".to_owned(),
        percent,
        message: "reading".to_owned(),
        finished_at,
    };
    ledger.update_job(update("j1", 40, None)).await.unwrap();
    let job = ledger.job("j1").await.unwrap().unwrap();
    assert_eq!(
        (job.percent, job.message.as_str(), job.finished_at),
        (40, "reading", None)
    );
    ledger.update_job(update("j1", 100, Some(at(9)))).await.unwrap();
    held(ledger.update_job(update("j1", 50, None)).await);
    let missing = ledger.update_job(update("j9", 50, None)).await;
    assert!(matches!(missing, Err(LedgerError::NotFound { .. })), "{missing:?}");
    let ids: Vec<_> = ledger
        .jobs(10)
        .await
        .unwrap()
        .into_iter()
        .map(|j| (j.id, j.percent))
        .collect();
    assert_eq!(ids, [("j2".to_owned(), 0), ("j1".to_owned(), 100)]);
    assert_eq!(ledger.jobs(1).await.unwrap().len(), 1);
}

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
