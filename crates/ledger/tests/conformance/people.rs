//! Settings, people, setup links, sessions and attempts. Must not look at what they decide.

use beachhead_ledger::*;
use jiff::SignedDuration;

use crate::common::{Place, at, person, stamp};
use crate::{all_at_once, held, signed_in_person, the_winner};

on_both!(
    settings_are_kept_and_replaced,
    people_are_found_by_id_and_by_address_in_any_case,
    an_address_belongs_to_one_person,
    a_setup_link_works_once_in_time_and_only_for_the_first_person,
    of_many_uses_of_a_setup_link_one_wins,
    a_session_holds_until_it_ends_idles_or_its_person_ends,
    a_session_is_noted_at_most_every_minute,
    attempts_are_counted_by_key_and_forgotten,
    an_invite_lets_one_person_in_once_while_it_is_open,
    of_many_uses_of_an_invite_one_wins,
);

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

    ledger
        .set_role(&stamp("role", 2), "ada", "viewer", "owner")
        .await
        .unwrap();
    held(ledger.set_role(&stamp("role", 2), "mo", "sponsor", "owner").await);
    ledger
        .set_role(&stamp("role", 2), "ada", "owner", "owner")
        .await
        .unwrap();
    ledger
        .set_role(&stamp("role", 2), "mo", "sponsor", "owner")
        .await
        .unwrap();
    held(ledger.end_person(&stamp("end", 2), "ada", "owner").await);
    ledger
        .set_password(&stamp("password", 2), "mo", Secret::new("$new"))
        .await
        .unwrap();
    ledger.rename_person(&stamp("name", 2), "mo", "Mo II").await.unwrap();
    ledger.end_person(&stamp("end", 2), "mo", "owner").await.unwrap();
    ledger.readmit_person(&stamp("readmit", 3), "mo").await.unwrap();
    assert_eq!(ledger.person("mo").await.unwrap().unwrap().ended_at, None);
    ledger.end_person(&stamp("end", 3), "mo", "owner").await.unwrap();
    let mo = ledger.person("mo").await.unwrap().unwrap();
    assert_eq!((mo.role.as_str(), mo.name.as_str()), ("sponsor", "Mo II"));
    assert_eq!(mo.password_hash, Some(Secret::new("$new")));
    assert_eq!(mo.ended_at, Some(at(3)));
    assert!(!format!("{mo:?}").contains("$new"), "a secret does not reach a log");
    for answer in [
        ledger.set_role(&stamp("role", 2), "no one", "owner", "owner").await,
        ledger.rename_person(&stamp("name", 2), "no one", "x").await,
        ledger.readmit_person(&stamp("readmit", 2), "no one").await,
        ledger
            .set_password(&stamp("password", 2), "no one", Secret::new("x"))
            .await,
        ledger.end_person(&stamp("end", 2), "no one", "owner").await,
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
    ledger.add_person(&stamp("add", 6), person("ada")).await.unwrap();
    ledger.end_person(&stamp("end", 6), "mo", "owner").await.unwrap();
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

fn invite(hash: &str, email: &str) -> NewInvite {
    NewInvite {
        hash: hash.to_owned(),
        name: "Ada".to_owned(),
        email: email.to_owned(),
        role: "viewer".to_owned(),
        expires_at: at(100),
    }
}

async fn an_invite_lets_one_person_in_once_while_it_is_open(place: Place) {
    let ledger = place.open().await;
    signed_in_person(&ledger).await;
    let password = || Secret::new("$hash");
    held(
        ledger
            .add_invite(&stamp("invite", 1), invite("h", "MO@example.com"))
            .await,
    );
    ledger
        .add_invite(&stamp("invite", 1), invite("one", "Ada@example.com"))
        .await
        .unwrap();
    held(
        ledger
            .add_invite(&stamp("invite", 2), invite("two", "ada@example.com"))
            .await,
    );
    ledger.withdraw_invite(&stamp("withdraw", 3), "one").await.unwrap();
    ledger
        .add_invite(&stamp("invite", 4), invite("two", "ada@example.com"))
        .await
        .unwrap();
    for (hash, when) in [("one", 5), ("none", 5), ("two", 100)] {
        let refused = ledger.use_invite(&stamp("join", when), hash, "Ada", password()).await;
        assert!(
            matches!(refused, Err(LedgerError::NotFound { .. })),
            "{hash}: {refused:?}"
        );
    }
    let joining = Stamp {
        actor: "ada".to_owned(),
        ..stamp("join", 99)
    };
    let ada = ledger.use_invite(&joining, "two", "Ada L", password()).await.unwrap();
    assert_eq!(
        (ada.id.as_str(), ada.email.as_str(), ada.name.as_str()),
        ("ada", "ada@example.com", "Ada L")
    );
    assert_eq!(ada.role, "viewer");
    let again = ledger.use_invite(&joining, "two", "Ada", password()).await;
    assert!(matches!(again, Err(LedgerError::NotFound { .. })), "{again:?}");
    held(ledger.withdraw_invite(&stamp("withdraw", 99), "two").await);
    let invites = ledger.invites().await.unwrap();
    let standing = invites
        .iter()
        .map(|one| (one.hash.as_str(), one.used_at, one.withdrawn_at));
    assert_eq!(
        standing.collect::<Vec<_>>(),
        [("two", Some(at(99)), None), ("one", None, Some(at(3)))]
    );
}

async fn of_many_uses_of_an_invite_one_wins(place: Place) {
    let ledger = place.open().await;
    ledger
        .add_invite(&stamp("invite", 1), invite("one", "ada@example.com"))
        .await
        .unwrap();
    let results = all_at_once(&place, |ledger, nth| async move {
        let joining = Stamp {
            actor: format!("ada {nth}"),
            ..stamp("join", 2)
        };
        ledger.use_invite(&joining, "one", "Ada", Secret::new("$hash")).await
    })
    .await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    assert_eq!(ledger.people().await.unwrap().len(), 1);
}
