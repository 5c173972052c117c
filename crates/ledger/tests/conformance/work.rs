//! Snapshots, profiles, targets and their steps, partners, launch plans, notes, asks and jobs. Must not look at decisions.

use beachhead_ledger::*;

use crate::common::{self, Place, at, day, stamp};
use crate::{all_at_once, held, the_winner};

on_both!(
    the_snapshot_imported_last_is_in_force,
    of_snapshots_made_from_one_base_at_once_one_is_catalogued,
    profiles_are_found_by_header,
    profiles_are_renamed_and_deleted,
    targets_are_saved_by_revision,
    targets_are_known_as_they_stood_at_the_end_of_a_day,
    of_several_targets_those_that_a_bet_has_already_stay_as_they_are,
    what_is_said_of_a_pair_is_taken_back_once_and_never_changed,
    steps_are_said_with_their_target_all_or_nothing_and_taken_back_once,
    what_is_said_of_a_partner_is_kept_in_its_order,
    a_task_of_a_launch_plan_is_done_once_and_may_be_taken_back,
    notes_and_asks_are_kept_in_order_of_their_day,
    jobs_get_on_until_they_finish,
    a_job_is_taken_over_once_from_a_holder_that_is_gone,
);

async fn the_snapshot_imported_last_is_in_force(place: Place) {
    let ledger = place.open().await;
    assert_eq!(ledger.latest_snapshot().await.unwrap(), None);
    assert!(
        ledger
            .add_snapshot(&stamp("import", 1), common::snapshot("a1"))
            .await
            .unwrap()
            .new
    );
    assert!(
        ledger
            .add_snapshot(&stamp("import", 2), common::snapshot_on("a1", "b2"))
            .await
            .unwrap()
            .new
    );
    let b2 = ledger.latest_snapshot().await.unwrap().unwrap();
    assert_eq!((b2.id.as_str(), b2.in_force, b2.taken_at), ("b2", true, at(2)));
    let renamed = NewSnapshot {
        label: "another label".to_owned(),
        undoes: Some(2),
        ..common::snapshot_on("b2", "a1")
    };
    let again = ledger.add_snapshot(&stamp("import", 3), renamed).await.unwrap();
    assert_eq!((again.import, again.new), (3, false), "the same content is not new");

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
        .map(|i| (i.number, i.snapshot, i.new, i.undoes))
        .collect();
    let import = |number, snapshot: &str, new, undoes| (number, snapshot.to_owned(), new, undoes);
    assert_eq!(
        imports,
        [
            import(3, "a1", false, Some(2)),
            import(2, "b2", true, None),
            import(1, "a1", true, None)
        ]
    );
}

async fn of_snapshots_made_from_one_base_at_once_one_is_catalogued(place: Place) {
    let ledger = place.open().await;
    let first = ledger.add_snapshot(&stamp("import", 1), common::snapshot("a1")).await;
    assert_eq!(first.unwrap(), Catalogued { import: 1, new: true });
    let answers = all_at_once(&place, |ledger, index| async move {
        let snapshot = common::snapshot_on("a1", &format!("s{index}"));
        ledger.add_snapshot(&stamp("import", 2), snapshot).await
    })
    .await;
    assert_eq!(the_winner(answers), Catalogued { import: 2, new: true });
    assert_eq!(ledger.imports().await.unwrap().len(), 2);
    assert_eq!(ledger.audit_verify().await.unwrap().rows, 2);
    let from_nothing = ledger.add_snapshot(&stamp("import", 3), common::snapshot("z9")).await;
    held(from_nothing);
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

async fn profiles_are_renamed_and_deleted(place: Place) {
    let ledger = place.open().await;
    for name in ["salesforce", "hubspot"] {
        ledger
            .save_profile(&stamp("profile", 1), name, name, "a = 1")
            .await
            .unwrap();
    }
    let rename = |name, to| {
        let ledger = ledger.clone();
        async move { ledger.rename_profile(&stamp("rename", 2), name, to, "a = 2").await }
    };
    held(rename("salesforce", "hubspot").await);
    assert!(matches!(
        rename("none", "other").await,
        Err(LedgerError::NotFound { .. })
    ));
    rename("salesforce", "weekly deals").await.unwrap();
    let found = ledger.profile_for("salesforce").await.unwrap().unwrap();
    assert_eq!((found.name.as_str(), found.toml.as_str()), ("weekly deals", "a = 2"));

    ledger
        .delete_profile(&stamp("delete", 3), "weekly deals")
        .await
        .unwrap();
    assert_eq!(ledger.profile_for("salesforce").await.unwrap(), None);
    let gone = ledger.delete_profile(&stamp("delete", 3), "weekly deals").await;
    assert!(matches!(gone, Err(LedgerError::NotFound { .. })), "{gone:?}");
    assert_eq!(ledger.audit_verify().await.unwrap().rows, 4);
}

async fn add(ledger: &Ledger, second: i64, id: &str, target: NewTarget) -> Result<Target> {
    let work = vec![common::worked(id, target, None)];
    let added = ledger.work_targets(&stamp("target", second), work).await;
    added.map(|mut targets| targets.remove(0))
}

async fn save(ledger: &Ledger, second: i64, target: Target) -> Result<Target> {
    let work = vec![TargetWork { target, step: None }];
    let saved = ledger.work_targets(&stamp("target", second), work).await;
    saved.map(|mut targets| targets.remove(0))
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
    let acme = add(&ledger, 1, "t1", target("acme", None)).await.unwrap();
    let bolt = add(&ledger, 1, "t2", target("bolt", Some(day(9)))).await.unwrap();
    let core = add(&ledger, 1, "t3", target("core", Some(day(8)))).await.unwrap();
    let twice = held(add(&ledger, 2, "t4", target("acme", None)).await);
    assert!(matches!(twice, Current::Target { current, .. } if current == acme));
    assert_eq!(
        ledger.targets(Some("bet")).await.unwrap(),
        [core, bolt.clone(), acme.clone()]
    );
    assert_eq!(ledger.targets(Some("other")).await.unwrap(), []);

    let changed = |target: &Target, state: &str| Target {
        target: NewTarget {
            state: state.to_owned(),
            due: Some(day(1)),
            ..target.target.clone()
        },
        ..target.clone()
    };
    let met = save(&ledger, 3, changed(&acme, "met")).await.unwrap();
    assert_eq!((met.revision, met.target.state.as_str()), (2, "met"));
    match held(save(&ledger, 4, changed(&acme, "lost")).await) {
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
    let taken = held(save(&ledger, 5, same).await);
    assert!(matches!(taken, Current::Target { current, .. } if current == bolt));
    let nobody = Target {
        id: "t9".to_owned(),
        ..met.clone()
    };
    let gone = save(&ledger, 5, nobody).await;
    assert!(matches!(gone, Err(LedgerError::NotFound { .. })), "{gone:?}");
    assert_eq!(ledger.targets(Some("bet")).await.unwrap()[0], met);
}

async fn targets_are_known_as_they_stood_at_the_end_of_a_day(place: Place) {
    let ledger = place.open().await;
    let target = |account: &str| NewTarget {
        bet: "bet".to_owned(),
        account: account.to_owned(),
        account_name: account.to_uppercase(),
        partner: None,
        play: None,
        owner: None,
        next_step: None,
        due: None,
        state: "named".to_owned(),
    };
    assert_eq!(ledger.last_saving().await.unwrap(), 0);
    let day_after = 24 * 60 * 60;
    let acme = add(&ledger, 1, "t1", target("acme")).await.unwrap();
    let mut owned = acme.clone();
    (owned.target.owner, owned.target.due) = (Some("mo".to_owned()), Some(day(9)));
    save(&ledger, day_after, owned.clone()).await.unwrap();
    add(&ledger, 2 * day_after, "t2", target("bolt")).await.unwrap();
    assert_eq!(ledger.last_saving().await.unwrap(), 3);
    let on = async |seconds: i64| {
        let day = at(seconds).to_zoned(jiff::tz::TimeZone::UTC).date();
        let targets = ledger.targets_on(day).await.unwrap();
        targets.into_iter().map(|target| target.target).collect::<Vec<_>>()
    };
    assert_eq!(on(-day_after).await, []);
    assert_eq!(on(0).await, [acme.target]);
    assert_eq!(on(day_after).await, [owned.target.clone()]);
    assert_eq!(on(2 * day_after).await, [owned.target, target("bolt")]);
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

    let ask = |company: &str, on| NewAsk {
        version: None,
        ..common::ask(company, on)
    };
    ledger.add_ask(&stamp("ask", 1), ask("Bright", day(4))).await.unwrap();
    let early = ledger.add_ask(&stamp("ask", 2), ask("Anvil", day(3))).await.unwrap();
    assert_eq!(
        (early.number, early.by.as_str(), &early.ask),
        (2, "mo", &ask("Anvil", day(3)))
    );
    let asked = ledger.asks().await.unwrap();
    let companies: Vec<_> = asked.into_iter().map(|one| one.ask.company).collect();
    assert_eq!(companies, ["Anvil", "Bright"]);
    let nowhere = ledger.add_ask(&stamp("ask", 3), common::ask("Bright", day(5))).await;
    assert!(matches!(nowhere, Err(LedgerError::Invalid { .. })), "{nowhere:?}");
}

fn new_job(id: &str, subject: &str) -> NewJob {
    NewJob {
        id: id.to_owned(),
        kind: "import".to_owned(),
        subject: subject.to_owned(),
        state: "running".to_owned(),
        holder: "first".to_owned(),
    }
}

fn job_update(id: &str, holder: &str, second: i64, finished: bool) -> JobUpdate {
    JobUpdate {
        id: id.to_owned(),
        holder: holder.to_owned(),
        seen_at: at(second),
        state: "running".to_owned(),
        percent: second,
        message: "reading".to_owned(),
        finished_at: finished.then(|| at(second)),
        import: None,
    }
}

async fn jobs_get_on_until_they_finish(place: Place) {
    let ledger = place.open().await;
    ledger
        .start_job(&stamp("import", 1), new_job("j1", "one"))
        .await
        .unwrap();
    ledger
        .start_job(&stamp("import", 2), new_job("j2", "two"))
        .await
        .unwrap();
    held(ledger.start_job(&stamp("import", 3), new_job("j3", "one")).await);
    assert!(!ledger.update_job(job_update("j1", "first", 40, false)).await.unwrap());
    let job = ledger.job("j1").await.unwrap().unwrap();
    assert_eq!(
        (job.percent, job.message.as_str(), job.seen_at, job.finished_at),
        (40, "reading", at(40), None)
    );
    ledger.ask_to_stop(&stamp("stop", 41), "j1").await.unwrap();
    assert!(ledger.update_job(job_update("j1", "first", 42, true)).await.unwrap());
    held(ledger.update_job(job_update("j1", "first", 43, false)).await);
    held(ledger.ask_to_stop(&stamp("stop", 43), "j1").await);
    let missing = ledger.update_job(job_update("j9", "first", 50, false)).await;
    assert!(matches!(missing, Err(LedgerError::NotFound { .. })), "{missing:?}");
    let ids = |jobs: Vec<Job>| jobs.into_iter().map(|job| job.id).collect::<Vec<_>>();
    assert_eq!(ids(ledger.jobs(10).await.unwrap()), ["j2", "j1"]);
    assert_eq!(ids(ledger.jobs(1).await.unwrap()), ["j2"]);
    assert_eq!(ids(ledger.unfinished_jobs().await.unwrap()), ["j2"]);
    ledger
        .start_job(&stamp("import", 50), new_job("j4", "one"))
        .await
        .expect("what has finished is in nobody's way");
}

async fn a_job_is_taken_over_once_from_a_holder_that_is_gone(place: Place) {
    let ledger = place.open().await;
    ledger
        .start_job(&stamp("import", 1), new_job("j1", "one"))
        .await
        .unwrap();
    ledger.update_job(job_update("j1", "first", 10, false)).await.unwrap();
    held(ledger.take_over_job(&stamp("resume", 20), "j1", "second", at(9)).await);
    let answers = all_at_once(&place, |ledger, index| async move {
        let holder = format!("holder {index}");
        let stamp = stamp("resume", 30);
        ledger
            .take_over_job(&stamp, "j1", &holder, at(10))
            .await
            .map(|()| holder)
    })
    .await;
    let holder = the_winner(answers);
    held(ledger.update_job(job_update("j1", "first", 31, true)).await);
    ledger.update_job(job_update("j1", &holder, 32, true)).await.unwrap();
    held(ledger.take_over_job(&stamp("resume", 99), "j1", "late", at(98)).await);
    assert_eq!(
        ledger.audit_verify().await.unwrap().rows,
        2,
        "one start, one taking over"
    );
}

async fn of_several_targets_those_that_a_bet_has_already_stay_as_they_are(place: Place) {
    let ledger = place.open().await;
    let target = |account: &str, owner: &str| NewTarget {
        bet: "bet".to_owned(),
        account: account.to_owned(),
        account_name: account.to_uppercase(),
        partner: Some("peopleoak".to_owned()),
        play: Some("ask for an introduction".to_owned()),
        owner: Some(owner.to_owned()),
        next_step: Some("write to them".to_owned()),
        due: Some(day(9)),
        state: "named".to_owned(),
    };
    let named = |id: &str, account: &str, owner: &str| common::worked(id, target(account, owner), None);
    let first = vec![
        named("t1", "acme", "mo"),
        named("t2", "birch", "mo"),
        named("t3", "acme", "mo"),
    ];
    let added = ledger.add_targets(&stamp("targets", 1), first).await.unwrap();
    assert_eq!(
        added.iter().map(|target| target.id.as_str()).collect::<Vec<_>>(),
        ["t1", "t2"]
    );
    let again = vec![named("t4", "acme", "jo"), named("t5", "cedar", "jo")];
    assert_eq!(ledger.add_targets(&stamp("targets", 2), again).await.unwrap().len(), 1);
    let none = ledger
        .add_targets(&stamp("targets", 3), vec![named("t6", "acme", "jo")])
        .await;
    assert_eq!((none.unwrap(), ledger.audit_verify().await.unwrap().rows), (vec![], 2));

    let targets = ledger.targets(Some("bet")).await.unwrap();
    let owners: Vec<_> = targets.iter().map(|one| one.target.owner.as_deref().unwrap()).collect();
    assert_eq!(owners, ["mo", "mo", "jo"]);
    let mut moved = targets[0].clone();
    moved.target.state = "worked".to_owned();
    save(&ledger, 4, moved).await.unwrap();
    let log = ledger.target_log("t1").await.unwrap();
    let entries: Vec<_> = log
        .iter()
        .map(|entry| (entry.at, entry.by.as_str(), entry.state.as_str()))
        .collect();
    assert_eq!(entries, [(at(1), "mo", "named"), (at(4), "mo", "worked")]);
    place
        .raw("UPDATE target_log SET state = 'lost'")
        .await
        .expect_err("never changed");
}

async fn what_is_said_of_a_pair_is_taken_back_once_and_never_changed(place: Place) {
    let ledger = place.open().await;
    assert_eq!(ledger.last_match_decision().await.unwrap(), 0);
    let said = vec![
        common::match_decision("different", None, 1),
        common::match_decision("same", None, 2),
    ];
    assert_eq!(
        ledger
            .decide_matches(&stamp("decide match", 2), said.clone())
            .await
            .unwrap(),
        [1, 2]
    );
    let undone = || vec![common::match_decision("undone", Some(2), 3)];
    assert_eq!(
        ledger.decide_matches(&stamp("undo match", 3), undone()).await.unwrap(),
        [3]
    );
    held(ledger.decide_matches(&stamp("undo match", 4), undone()).await);
    let nothing = vec![common::match_decision("undone", Some(99), 3)];
    let refused = ledger.decide_matches(&stamp("undo match", 4), nothing).await;
    assert!(matches!(refused, Err(LedgerError::Invalid { .. })), "{refused:?}");
    assert_eq!(ledger.last_match_decision().await.unwrap(), 3);
    let kept = ledger.match_decisions(Some("peopleoak")).await.unwrap();
    assert_eq!(kept.iter().map(|one| one.number).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(kept[1].decision, said[1]);
    assert_eq!(ledger.match_decisions(None).await.unwrap(), kept);
    assert_eq!(ledger.match_decisions(Some("another")).await.unwrap(), []);
    place
        .raw("UPDATE match_decision SET verdict = 'same'")
        .await
        .expect_err("never changed");
    place
        .raw("DELETE FROM match_decision")
        .await
        .expect_err("never removed");
    assert_eq!(ledger.audit_verify().await.unwrap().rows, 2);
}

fn a_target(account: &str) -> NewTarget {
    NewTarget {
        bet: "bet".to_owned(),
        account: account.to_owned(),
        account_name: account.to_uppercase(),
        partner: None,
        play: None,
        owner: None,
        next_step: None,
        due: Some(day(9)),
        state: "named".to_owned(),
    }
}

fn reached(step: &str, on: i8) -> Option<NewStep> {
    Some(NewStep {
        step: step.to_owned(),
        on: day(on),
        note: Some(format!("{step}, they said")),
    })
}

async fn steps_are_said_with_their_target_all_or_nothing_and_taken_back_once(place: Place) {
    let ledger = place.open().await;
    assert_eq!(ledger.last_step().await.unwrap(), 0);
    let work = vec![
        common::worked("t1", a_target("acme"), reached("targeted", 3)),
        common::worked("t2", a_target("birch"), None),
    ];
    let mut targets = ledger.work_targets(&stamp("log", 1), work).await.unwrap();
    let (birch, acme) = (targets.pop().unwrap(), targets.pop().unwrap());
    let both = |step| {
        let later = Target {
            revision: 7,
            ..birch.clone()
        };
        vec![
            TargetWork {
                target: acme.clone(),
                step,
            },
            TargetWork {
                target: later,
                step: None,
            },
        ]
    };
    held(ledger.work_targets(&stamp("log", 2), both(reached("met", 4))).await);
    assert_eq!(ledger.last_step().await.unwrap(), 1, "a conflict keeps nothing of it");
    let one = TargetWork {
        target: acme,
        step: reached("met", 4),
    };
    ledger.work_targets(&stamp("log", 3), vec![one]).await.unwrap();
    ledger.undo_step(&stamp("undo", 4), 2).await.unwrap();
    held(ledger.undo_step(&stamp("undo", 5), 2).await);
    let nothing = ledger.undo_step(&stamp("undo", 5), 99).await;
    assert!(matches!(nothing, Err(LedgerError::NotFound { .. })), "{nothing:?}");
    let said = ledger.steps_said().await.unwrap();
    let told: Vec<_> = said
        .iter()
        .map(|said| {
            (
                said.number,
                said.account.as_str(),
                said.step.step.as_str(),
                said.undone_at,
            )
        })
        .collect();
    assert_eq!(told, [(1, "acme", "targeted", None), (2, "acme", "met", Some(at(4)))]);
    assert_eq!(
        (said[1].at, said[1].step.on, said[1].by.as_str()),
        (at(3), day(4), "mo")
    );
    assert_eq!(ledger.last_step().await.unwrap(), 3);
    assert_eq!(ledger.targets(None).await.unwrap().len(), 2);
    assert_eq!(ledger.audit_verify().await.unwrap().rows, 3);
}

async fn what_is_said_of_a_partner_is_kept_in_its_order(place: Place) {
    let ledger = place.open().await;
    let partner = Partner {
        id: "bright".to_owned(),
        name: "Bright".to_owned(),
        partner_type: "technology".to_owned(),
        website: Some("bright.example".to_owned()),
        added_by: "mo".to_owned(),
        added_at: at(1),
    };
    let first = vec![common::partner_entry("bright", "owner", "mo")];
    let added = ledger.add_partner(&stamp("add", 1), partner.clone(), first).await;
    added.unwrap();
    held(ledger.add_partner(&stamp("add", 2), partner.clone(), Vec::new()).await);
    let agreed = common::partner_entry("bright", "motion", "Two introductions a month");
    let kept = ledger.add_partner_entry(&stamp("note", 3), agreed.clone()).await;
    kept.unwrap();
    assert_eq!(ledger.partners().await.unwrap(), [partner]);
    let entries = ledger.partner_entries().await.unwrap();
    assert_eq!(entries.iter().map(|one| one.number).collect::<Vec<_>>(), [1, 2]);
    assert_eq!((&entries[1].entry, entries[1].at), (&agreed, at(3)));
    assert_eq!(ledger.audit_verify().await.unwrap().rows, 2);
}

async fn a_task_of_a_launch_plan_is_done_once_and_may_be_taken_back(place: Place) {
    let ledger = place.open().await;
    let say = |second, on| {
        let ledger = ledger.clone();
        async move {
            let stamp = stamp("launch", second);
            ledger.say_launched(&stamp, "bet", "Write the page", on).await
        }
    };
    held(say(1, None).await);
    say(2, Some(day(3))).await.unwrap();
    held(say(3, Some(day(4))).await);
    say(4, None).await.unwrap();
    say(5, Some(day(6))).await.unwrap();
    let entries = ledger.launch_entries("bet").await.unwrap();
    let days: Vec<_> = entries.iter().map(|entry| entry.done_on).collect();
    assert_eq!(days, [Some(day(3)), None, Some(day(6))]);
    assert_eq!(ledger.launch_entries("other").await.unwrap(), []);
}
