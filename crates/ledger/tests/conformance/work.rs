//! Snapshots, profiles, targets, notes, asks and jobs. Must not look at decisions.

use beachhead_ledger::*;

use crate::common::{self, Place, at, day, stamp};
use crate::held;

on_both!(
    the_snapshot_imported_last_is_in_force,
    profiles_are_found_by_header,
    targets_are_saved_by_revision,
    notes_and_asks_are_kept_in_order_of_their_day,
    jobs_get_on_until_they_finish,
);

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
