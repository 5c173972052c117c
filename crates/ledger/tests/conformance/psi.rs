//! The log of private set intersections. Must not look at other tables.

use beachhead_ledger::*;

use crate::common::{Place, at, psi_run, stamp};
use crate::{all_at_once, held, the_winner};

on_both!(
    runs_are_listed_the_newest_first_as_they_were_kept,
    one_act_of_a_run_is_kept_once_however_many_try,
    a_partner_has_so_many_runs_within_a_time,
);

async fn runs_are_listed_the_newest_first_as_they_were_kept(place: Place) {
    let ledger = place.open().await;
    let offered = psi_run("a1", PsiAct::Offer, "Bright");
    let opened = NewPsiRun {
        their_keys: Some(256),
        their_list: Some("ef".to_owned()),
        agree: Some(0),
        ..psi_run("a1", PsiAct::Open, "Bright")
    };
    ledger
        .add_psi_run(&stamp("psi offer", 1), offered.clone(), None)
        .await
        .unwrap();
    ledger
        .add_psi_run(&stamp("psi open", 2), opened.clone(), None)
        .await
        .unwrap();
    let runs = ledger.psi_runs().await.unwrap();
    let kept: Vec<_> = runs
        .iter()
        .map(|one| (one.number, one.at, one.by.as_str(), &one.run))
        .collect();
    assert_eq!(kept, [(2, at(2), "mo", &opened), (1, at(1), "mo", &offered)]);
}

async fn one_act_of_a_run_is_kept_once_however_many_try(place: Place) {
    let answers = all_at_once(&place, |ledger, index| async move {
        let run = psi_run("a1", PsiAct::Answer, &format!("Partner {index}"));
        ledger.add_psi_run(&stamp("psi answer", 1), run, None).await
    })
    .await;
    let won = the_winner(answers);
    assert_eq!(place.open().await.psi_runs().await.unwrap(), [won]);
}

async fn a_partner_has_so_many_runs_within_a_time(place: Place) {
    let ledger = place.open().await;
    let limit = |since: i64| {
        Some(PsiLimit {
            since: at(since),
            most: 2,
        })
    };
    let add = async |second: i64, run: &str, act: PsiAct, partner: &str, since: i64| {
        let run = psi_run(run, act, partner);
        ledger
            .add_psi_run(&stamp("psi answer", second), run, limit(since))
            .await
    };
    add(10, "a", PsiAct::Answer, "Bright", 0).await.unwrap();
    add(20, "b", PsiAct::Answer, " BRIGHT ", 0).await.unwrap();
    held(add(30, "c", PsiAct::Answer, "bright", 5).await);
    add(30, "c", PsiAct::Offer, "bright", 5).await.unwrap();
    add(30, "d", PsiAct::Answer, "Dim", 5).await.unwrap();
    add(40, "e", PsiAct::Answer, "bright", 15).await.unwrap();
    assert_eq!(ledger.psi_runs().await.unwrap().len(), 5);
}
