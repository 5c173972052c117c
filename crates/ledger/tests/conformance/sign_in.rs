//! Second factors, sign-ins that wait for one, and links that set a password anew. Must not look at codes or passwords.

use beachhead_ledger::*;
use jiff::SignedDuration;

use crate::common::{Place, at, person, stamp, waiting};
use crate::{all_at_once, held, signed_in_person, the_winner};

on_both!(
    a_second_factor_is_offered_then_in_force_and_taken_off,
    a_sign_in_waits_for_its_factor_and_ends,
    of_many_sign_ins_with_one_code_one_wins,
    of_many_sign_ins_with_one_recovery_code_one_wins,
    who_has_no_second_factor_is_out_once_it_is_demanded,
    a_reset_link_sets_a_password_once_while_it_holds,
    of_many_uses_of_a_reset_link_one_wins,
);

const IDLE: SignedDuration = SignedDuration::from_secs(100_000);

fn session(id: &str, person: &str) -> NewSession {
    NewSession {
        id_hash: id.to_owned(),
        person: person.to_owned(),
        csrf: Secret::new("csrf"),
        ends_at: at(10_000),
    }
}

fn codes(of: &str) -> [String; 2] {
    [format!("{of} one"), format!("{of} two")]
}

/// Mo with a second factor in force, its last code of step 7.
async fn with_factor(ledger: &Ledger) -> Person {
    let mo = signed_in_person(ledger).await;
    let secret = Secret::new("SECRET");
    ledger
        .offer_second_factor(&stamp("offer", 1), "mo", secret)
        .await
        .unwrap();
    ledger
        .confirm_second_factor(&stamp("set up", 1), "mo", 7, &codes("mo"), None)
        .await
        .unwrap();
    mo
}

fn is_missing<T: std::fmt::Debug>(answer: Result<T>) {
    assert!(matches!(answer, Err(LedgerError::NotFound { .. })), "{answer:?}");
}

async fn a_second_factor_is_offered_then_in_force_and_taken_off(place: Place) {
    let ledger = place.open().await;
    signed_in_person(&ledger).await;
    assert_eq!(ledger.second_factor("mo").await.unwrap(), None);
    is_missing(
        ledger
            .confirm_second_factor(&stamp("set up", 0), "mo", 7, &[], None)
            .await,
    );
    for secret in ["OLD", "NEW"] {
        ledger
            .offer_second_factor(&stamp("offer", 1), "mo", Secret::new(secret))
            .await
            .unwrap();
    }
    is_missing(
        ledger
            .replace_recovery_codes(&stamp("codes", 1), "mo", &codes("mo"))
            .await,
    );
    let factor = ledger.second_factor("mo").await.unwrap().unwrap();
    assert_eq!((factor.secret.expose(), factor.confirmed_at), ("NEW", None));
    assert!(!format!("{factor:?}").contains("NEW"), "a secret does not reach a log");
    for id in ["kept", "ended"] {
        ledger
            .create_session(&stamp("sign in", 1), session(id, "mo"))
            .await
            .unwrap();
    }
    ledger
        .confirm_second_factor(&stamp("set up", 2), "mo", 7, &codes("mo"), Some("kept"))
        .await
        .unwrap();
    assert!(ledger.session("kept", at(3), IDLE).await.unwrap().is_some());
    assert_eq!(ledger.session("ended", at(3), IDLE).await.unwrap(), None);
    let factor = ledger.second_factor("mo").await.unwrap().unwrap();
    assert_eq!(
        (factor.confirmed_at, factor.last_step, factor.recovery_codes),
        (Some(at(2)), 7, 2)
    );
    assert_eq!(ledger.second_factors().await.unwrap(), [("mo".to_owned(), at(2))]);
    held(
        ledger
            .offer_second_factor(&stamp("offer", 3), "mo", Secret::new("X"))
            .await,
    );
    held(
        ledger
            .confirm_second_factor(&stamp("set up", 3), "mo", 8, &[], None)
            .await,
    );
    ledger
        .replace_recovery_codes(&stamp("codes", 3), "mo", &["another".to_owned()])
        .await
        .unwrap();
    assert_eq!(ledger.second_factor("mo").await.unwrap().unwrap().recovery_codes, 1);

    ledger
        .remove_second_factor(&stamp("take off", 4), "mo", None)
        .await
        .unwrap();
    assert_eq!(ledger.second_factor("mo").await.unwrap(), None);
    assert_eq!(ledger.session("kept", at(5), IDLE).await.unwrap(), None);
    is_missing(ledger.remove_second_factor(&stamp("take off", 5), "mo", None).await);
    let told = ledger.audit_rows(None, 100).await.unwrap();
    assert!(
        told.iter()
            .all(|row| !row.detail.contains("NEW") && !row.detail.contains("mo one")),
        "no secret and no code is in the audit log"
    );
}

async fn a_sign_in_waits_for_its_factor_and_ends(place: Place) {
    let ledger = place.open().await;
    let mo = with_factor(&ledger).await;
    let finish = async |hash: &'static str, second: i64, factor: Factor| {
        let id = format!("{hash} {second}");
        ledger
            .finish_sign_in(&stamp("sign in", second), hash, factor, session(&id, "mo"))
            .await
    };
    for hash in ["one", "two", "three"] {
        ledger
            .wait_sign_in(&stamp("password", 10), waiting(hash, "mo"), None)
            .await
            .unwrap();
    }
    assert_eq!(ledger.waiting_sign_in("one", at(899)).await.unwrap(), Some(mo));
    assert_eq!(
        ledger.waiting_sign_in("one", at(900)).await.unwrap(),
        None,
        "its end has come"
    );
    is_missing(finish("none", 11, Factor::Code { step: 8 }).await);
    is_missing(finish("one", 900, Factor::Code { step: 8 }).await);
    held(finish("one", 11, Factor::Code { step: 7 }).await);
    finish("one", 12, Factor::Code { step: 8 }).await.unwrap();
    is_missing(finish("one", 13, Factor::Code { step: 9 }).await);
    assert!(ledger.session("one 12", at(14), IDLE).await.unwrap().is_some());
    let recovery = |hash: &str| Factor::Recovery { hash: hash.to_owned() };
    held(finish("two", 14, recovery("unknown")).await);
    finish("two", 15, recovery("mo one")).await.unwrap();
    held(finish("three", 16, recovery("mo one")).await);
    let foreign = ledger.add_person(&stamp("add", 16), person("ada")).await.unwrap();
    is_missing(
        ledger
            .finish_sign_in(
                &stamp("sign in", 16),
                "three",
                Factor::Code { step: 20 },
                session("x", &foreign.id),
            )
            .await,
    );
    ledger.end_sessions(&stamp("sign out", 17), "mo").await.unwrap();
    assert_eq!(ledger.waiting_sign_in("three", at(18)).await.unwrap(), None);

    // Who has none sets one up on the way in.
    let offered = Some(Secret::new("ADA"));
    ledger
        .wait_sign_in(&stamp("password", 20), waiting("four", "ada"), offered)
        .await
        .unwrap();
    let set_up = Factor::SetUp {
        step: 5,
        codes: codes("ada").to_vec(),
    };
    ledger
        .finish_sign_in(&stamp("sign in", 21), "four", set_up, session("ada", "ada"))
        .await
        .unwrap();
    let factor = ledger.second_factor("ada").await.unwrap().unwrap();
    assert_eq!((factor.confirmed_at, factor.recovery_codes), (Some(at(21)), 2));
}

/// Fifty sign-ins wait, and all are finished at once with one factor.
async fn all_with(place: &Place, factor: Factor) -> usize {
    let ledger = place.open().await;
    with_factor(&ledger).await;
    for nth in 0..crate::TRIES {
        let one = waiting(&format!("w{nth}"), "mo");
        ledger.wait_sign_in(&stamp("password", 2), one, None).await.unwrap();
    }
    let answers = all_at_once(place, |ledger, nth| {
        let factor = factor.clone();
        async move {
            let (hash, id) = (format!("w{nth}"), format!("s{nth}"));
            ledger
                .finish_sign_in(&stamp("sign in", 3), &hash, factor, session(&id, "mo"))
                .await
        }
    })
    .await;
    the_winner(answers);
    ledger.sessions("mo", at(4)).await.unwrap().len()
}

async fn of_many_sign_ins_with_one_code_one_wins(place: Place) {
    assert_eq!(all_with(&place, Factor::Code { step: 8 }).await, 1);
}

async fn of_many_sign_ins_with_one_recovery_code_one_wins(place: Place) {
    let hash = "mo two".to_owned();
    assert_eq!(all_with(&place, Factor::Recovery { hash }).await, 1);
}

async fn who_has_no_second_factor_is_out_once_it_is_demanded(place: Place) {
    let ledger = place.open().await;
    with_factor(&ledger).await;
    ledger.add_person(&stamp("add", 2), person("ada")).await.unwrap();
    for id in ["mo", "ada"] {
        ledger
            .create_session(&stamp("sign in", 2), session(id, id))
            .await
            .unwrap();
        ledger
            .wait_sign_in(&stamp("password", 2), waiting(id, id), None)
            .await
            .unwrap();
    }
    let demanding = stamp("demand", 3);
    let ended = ledger.demand_second_factor(&demanding, "demanded", "true").await;
    assert_eq!(ended.unwrap(), 1);
    assert_eq!(ledger.setting("demanded").await.unwrap().as_deref(), Some("true"));
    assert!(ledger.session("mo", at(4), IDLE).await.unwrap().is_some());
    assert!(ledger.waiting_sign_in("mo", at(4)).await.unwrap().is_some());
    assert_eq!(ledger.session("ada", at(4), IDLE).await.unwrap(), None);
    assert_eq!(ledger.waiting_sign_in("ada", at(4)).await.unwrap(), None);
}

async fn a_reset_link_sets_a_password_once_while_it_holds(place: Place) {
    let ledger = place.open().await;
    let mo = signed_in_person(&ledger).await;
    let make = async |hash: &str| ledger.add_reset_link(&stamp("reset", 1), "mo", hash, at(100)).await;
    is_missing(ledger.add_reset_link(&stamp("reset", 1), "no one", "h", at(100)).await);
    make("old").await.unwrap();
    make("new").await.unwrap();
    assert_eq!(
        ledger.reset_link("old", at(2)).await.unwrap(),
        None,
        "a newer link makes it void"
    );
    assert_eq!(ledger.reset_link("new", at(99)).await.unwrap(), Some(mo));
    assert_eq!(ledger.reset_link("new", at(100)).await.unwrap(), None, "it is too old");
    let password = || Secret::new("$reset");
    for (hash, when) in [("old", 2), ("new", 100), ("none", 2)] {
        is_missing(ledger.use_reset_link(&stamp("set", when), hash, password()).await);
    }
    ledger
        .create_session(&stamp("sign in", 2), session("s", "mo"))
        .await
        .unwrap();
    ledger
        .use_reset_link(&stamp("set", 3), "new", password())
        .await
        .unwrap();
    assert_eq!(ledger.session("s", at(4), IDLE).await.unwrap(), None);
    let mo = ledger.person("mo").await.unwrap().unwrap();
    assert_eq!(mo.password_hash, Some(password()));
    is_missing(ledger.use_reset_link(&stamp("set", 4), "new", password()).await);

    make("changed").await.unwrap();
    ledger
        .set_password(&stamp("password", 5), "mo", Secret::new("$own"))
        .await
        .unwrap();
    assert_eq!(
        ledger.reset_link("changed", at(6)).await.unwrap(),
        None,
        "another password voids it"
    );
    make("ended").await.unwrap();
    ledger.add_person(&stamp("add", 6), person("ada")).await.unwrap();
    ledger.end_person(&stamp("end", 6), "mo", "owner").await.unwrap();
    assert_eq!(
        ledger.reset_link("ended", at(7)).await.unwrap(),
        None,
        "the access has ended"
    );
    is_missing(ledger.use_reset_link(&stamp("set", 7), "ended", password()).await);
    held(make("never").await);
}

async fn of_many_uses_of_a_reset_link_one_wins(place: Place) {
    let ledger = place.open().await;
    signed_in_person(&ledger).await;
    ledger
        .add_reset_link(&stamp("reset", 1), "mo", "link", at(100))
        .await
        .unwrap();
    let answers = all_at_once(&place, |ledger, nth| async move {
        let password = Secret::new(format!("${nth}"));
        ledger.use_reset_link(&stamp("set", 2), "link", password).await
    })
    .await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
}
