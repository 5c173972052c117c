//! Targets worked a step at a time: what is logged flows into the funnel, the judge and the rows behind the number, with
//! what was imported, each target once.

use std::collections::BTreeSet;

use beachhead_office::facts::measure::Origin;
use beachhead_office::targets::{
    Fate, LOST, Lost, NewNamed, Picked, Sort, Status, StepLog, TARGETED, TOUCH, TargetChange, TargetRow, TargetsAsked,
};
use beachhead_office::tracing::{AtStep, targets as behind};
use beachhead_office::{Code, Role, Standing, judging};
use jiff::civil::{Date, date};

use crate::program::{BET, FIRST_DAY, Program, add, key, progress};

/// The steps of the bet's motion.
fn steps(standing: &Standing) -> Vec<String> {
    let bet = standing.bet(&key()).unwrap();
    bet.motion.steps.iter().map(|step| step.name.clone()).collect()
}

fn log(row: &TargetRow, reached: &str, on: Date) -> StepLog {
    StepLog {
        bet: row.bet.clone(),
        account: row.account.clone(),
        reached: reached.to_owned(),
        on,
        note: String::new(),
        next_step: "Call them".to_owned(),
        due: Some(date(2026, 9, 1)),
        owner: String::new(),
        revision: row.revision,
    }
}

async fn all(program: &Program) -> Vec<TargetRow> {
    let asked = TargetsAsked {
        status: Status::All,
        sort: Sort::Account,
        ..TargetsAsked::default()
    };
    let standing = program.standing().await;
    program
        .office
        .targets(&program.owner, &standing, &asked)
        .await
        .unwrap()
        .rows
}

async fn row(program: &Program, account: &str) -> TargetRow {
    let rows = all(program).await;
    rows.into_iter().find(|row| row.account == account).unwrap()
}

fn pick(row: &TargetRow) -> Picked {
    Picked {
        bet: row.bet.clone(),
        account: row.account.clone(),
        revision: row.revision,
    }
}

fn named(account: &str, due: Date) -> NewNamed {
    NewNamed {
        bet: key(),
        account: account.to_owned(),
        partner: String::new(),
        play: "Ask for an introduction".to_owned(),
        owner: String::new(),
        next_step: "Write to the partner".to_owned(),
        due,
    }
}

/// How many entered the bet and how many reached each step: by the funnel, by the rows behind it, and by the judge.
async fn counts(program: &Program) -> (usize, Vec<(u64, usize, u64)>) {
    let standing = program.standing().await;
    let judged = standing.judged(BET).unwrap();
    let document = judging::document(&standing, None);
    let steps = steps(&standing);
    let counted = steps.iter().enumerate().map(|(nth, step)| {
        let (_, rows) = behind(&standing, &key(), Some(step), AtStep::Reached).unwrap();
        let said = document["bets"][0]["steps"][nth]["converted"].as_u64().unwrap();
        (judged.stages.steps[nth].converted, rows.len(), said)
    });
    (judged.progress.targets.len(), counted.collect())
}

#[tokio::test]
async fn a_step_that_is_logged_changes_the_funnel_the_judge_and_the_rows_behind_the_number_together() {
    let program = Program::running().await;
    program.clock.to(date(2026, 5, 4));
    program
        .take(
            "progress.csv",
            &progress(6, date(2026, 4, 13), 2, "introduced", date(2026, 4, 27)),
        )
        .await;
    let steps = steps(&program.standing().await);
    assert_eq!(
        counts(&program).await,
        (6, vec![(2, 2, 2), (0, 0, 0), (0, 0, 0), (0, 0, 0)])
    );
    let before = program.standing().await.judged(BET).unwrap().judgement.clone().unwrap();

    program.clock.to(date(2026, 5, 11));
    let a3 = row(&program, "a3").await;
    assert_eq!(
        (a3.fate, a3.next.as_deref(), a3.revision),
        (Fate::Worked, Some("introduced"), 0)
    );
    let logged = program
        .office
        .log_step(&program.owner, &log(&a3, "introduced", date(2026, 5, 8)))
        .await
        .unwrap();
    assert_eq!(logged.funnel, Some((3, 6)));
    assert_eq!(
        counts(&program).await,
        (6, vec![(3, 3, 3), (0, 0, 0), (0, 0, 0), (0, 0, 0)])
    );

    let standing = program.standing().await;
    let judged = standing.judged(BET).unwrap();
    // The facts speak of the last day that stands in them, the bet is known to the last step.
    assert_eq!((standing.as_of < judged.as_of, judged.as_of), (true, date(2026, 5, 8)));
    let after = judged.judgement.clone().unwrap();
    assert_ne!(after.theta, before.theta);
    let (_, rows) = behind(&standing, &key(), Some(&steps[0]), AtStep::Reached).unwrap();
    let origins: BTreeSet<Option<Origin>> = rows.iter().map(|target| target.seen[0]).collect();
    assert!(origins.contains(&Some(Origin::Said(1))), "{origins:?}");
    let said = standing.said.row(1).unwrap();
    assert_eq!(
        (said.by.as_str(), said.step.on),
        (program.owner.person.as_str(), date(2026, 5, 8))
    );

    // The same step by the CRM's export, dated before, counts once, on the first day.
    let imported = format!("bet,account_id,step,on\n{BET},a3,introduced,2026-05-05\n");
    program.take("late.csv", &imported).await;
    assert_eq!(counts(&program).await.1[0], (3, 3, 3));
    let standing = program.standing().await;
    let a3 = standing
        .judged(BET)
        .unwrap()
        .progress
        .targets
        .iter()
        .find(|fate| fate.account == "a3")
        .unwrap();
    assert_eq!(a3.reached[0], Some(date(2026, 5, 5)));
    assert!(matches!(a3.seen[0], Some(Origin::Row { .. })), "{:?}", a3.seen);
}

#[tokio::test]
async fn a_step_that_is_taken_back_counts_no_more_and_an_earlier_day_knows_only_what_was_said_by_then() {
    let program = Program::running().await;
    program.clock.to(date(2026, 5, 4));
    program
        .take("progress.csv", &progress(4, date(2026, 4, 13), 0, "", FIRST_DAY))
        .await;
    program.clock.to(date(2026, 5, 11));
    let a0 = row(&program, "a0").await;
    program
        .office
        .log_step(&program.owner, &log(&a0, "introduced", date(2026, 5, 4)))
        .await
        .unwrap();
    program.clock.to(date(2026, 5, 18));
    program.office.undo_step(&program.owner, 1).await.unwrap();
    let again = program.office.undo_step(&program.owner, 1).await.unwrap_err();
    assert_eq!(again.code, Code::Conflict);
    let reached = async |day: Option<Date>| {
        let standing = program.office.standing(&program.owner, day).await.unwrap();
        standing.judged(BET).map(|judged| judged.stages.steps[0].converted)
    };
    assert_eq!(reached(None).await, Some(0));
    assert_eq!(
        reached(Some(date(2026, 5, 10))).await,
        Some(0),
        "nobody had said it yet"
    );
    assert_eq!(
        reached(Some(date(2026, 5, 12))).await,
        Some(1),
        "it was said and not taken back yet"
    );
    program.office.verify_audit(&program.owner).await.unwrap();
}

#[tokio::test]
async fn a_target_that_is_named_enters_with_the_first_thing_logged_and_at_the_latest_on_its_first_day() {
    let program = Program::running().await;
    let office = &program.office;
    for (account, due) in [("Acme", date(2026, 4, 20)), ("Bolt", date(2026, 4, 27))] {
        office.name_target(&program.owner, &named(account, due)).await.unwrap();
    }
    let twice = office
        .name_target(&program.owner, &named("Acme", date(2026, 4, 20)))
        .await
        .unwrap_err();
    assert_eq!(twice.code, Code::Conflict);
    let entered = async || {
        let standing = program.standing().await;
        standing.judged(BET).map_or(0, |judged| judged.progress.targets.len())
    };
    assert_eq!(entered().await, 0);
    assert_eq!(row(&program, "Acme").await.fate, Fate::Named);
    program.clock.to(date(2026, 4, 15));
    let acme = row(&program, "Acme").await;
    office
        .log_step(&program.owner, &log(&acme, TARGETED, date(2026, 4, 14)))
        .await
        .unwrap();
    assert_eq!(entered().await, 1);
    assert_eq!(row(&program, "Acme").await.entered, Some(date(2026, 4, 14)));
    let kept = office.undo_step(&program.owner, 3).await.unwrap_err();
    assert_eq!(kept.code, Code::Conflict, "what has entered stays in the count");
    // Bolt was due on 27 April; putting it off does not keep it out of the count.
    program.clock.to(date(2026, 4, 26));
    let bolt = row(&program, "Bolt").await;
    let later = TargetChange {
        due: Some(date(2026, 6, 1)),
        ..TargetChange::default()
    };
    let picked = [Picked {
        bet: key(),
        account: "Bolt".to_owned(),
        revision: bolt.revision,
    }];
    office
        .edit_targets(&program.owner, &picked, &later, true)
        .await
        .unwrap();
    assert_eq!(entered().await, 1);
    program.clock.to(date(2026, 5, 4));
    let acme = row(&program, "Acme").await;
    office
        .log_step(&program.owner, &log(&acme, "introduced", date(2026, 5, 4)))
        .await
        .unwrap();
    assert_eq!(entered().await, 2);
    assert_eq!(row(&program, "Bolt").await.entered, Some(date(2026, 4, 27)));
}

#[tokio::test]
async fn what_cannot_be_is_refused_and_leaves_nothing() {
    let program = Program::running().await;
    program.clock.to(date(2026, 5, 4));
    program
        .office
        .name_target(&program.owner, &named("Acme", date(2026, 5, 5)))
        .await
        .unwrap();
    let acme = row(&program, "Acme").await;
    let traces = program.traces().await;
    let day = date(2026, 5, 4);
    let wrong = [
        (log(&acme, "no such step", day), Code::BadInput),
        (log(&acme, "introduced", date(2026, 5, 5)), Code::BadInput),
        (log(&acme, "introduced", date(2026, 4, 5)), Code::BadInput),
        (
            StepLog {
                next_step: " ".to_owned(),
                ..log(&acme, "introduced", day)
            },
            Code::BadInput,
        ),
        (
            StepLog {
                due: Some(date(2026, 5, 3)),
                ..log(&acme, "introduced", day)
            },
            Code::BadInput,
        ),
        (
            StepLog {
                revision: 7,
                ..log(&acme, "introduced", day)
            },
            Code::Conflict,
        ),
        (
            StepLog {
                account: "nobody".to_owned(),
                ..log(&acme, "introduced", day)
            },
            Code::NotFound,
        ),
        (
            StepLog {
                note: "x".repeat(10_000),
                ..log(&acme, "introduced", day)
            },
            Code::BadInput,
        ),
    ];
    for (log, code) in wrong {
        let refused = program.office.log_step(&program.owner, &log).await.unwrap_err();
        assert_eq!(refused.code, code, "{log:?}: {refused}");
        assert!(!refused.hint.is_empty());
    }
    assert_eq!(program.traces().await, traces);
    program
        .office
        .log_step(&program.owner, &log(&acme, "introduced", day))
        .await
        .unwrap();
    let acme = row(&program, "Acme").await;
    let twice = program
        .office
        .log_step(&program.owner, &log(&acme, "introduced", day))
        .await
        .unwrap_err();
    assert!(
        twice.code == Code::Conflict && twice.message.contains("already"),
        "{twice}"
    );
}

#[tokio::test]
async fn a_bet_that_does_not_run_counts_no_step() {
    let program = Program::drafted().await;
    program
        .office
        .name_target(&program.owner, &named("Acme", date(2026, 4, 10)))
        .await
        .unwrap();
    let acme = row(&program, "Acme").await;
    let refused = program
        .office
        .log_step(&program.owner, &log(&acme, "introduced", FIRST_DAY))
        .await
        .unwrap_err();
    assert_eq!(refused.code, Code::Conflict);
    let planned = log(&acme, "", FIRST_DAY);
    program.office.log_step(&program.owner, &planned).await.unwrap();
    assert_eq!(row(&program, "Acme").await.next_step, "Call them");
    // Named before the start, it enters on the day of the start.
    program.clock.to(date(2026, 4, 20));
    program.sign().await.unwrap();
    program.office.start_bet(&program.owner, &key()).await.unwrap();
    let acme = row(&program, "Acme").await;
    program
        .office
        .log_step(&program.owner, &log(&acme, "introduced", date(2026, 4, 20)))
        .await
        .unwrap();
    assert_eq!(row(&program, "Acme").await.entered, Some(date(2026, 4, 20)));
}

#[tokio::test]
async fn the_list_finds_mine_what_is_overdue_and_what_is_stuck() {
    let program = Program::running().await;
    let tom = add(&program.office, &program.owner, "Tom Okafor", Role::PartnerManager).await;
    for (account, due) in [
        ("Acme", date(2026, 4, 8)),
        ("Bolt", date(2026, 4, 7)),
        ("Cedar", date(2026, 4, 30)),
    ] {
        program.office.name_target(&tom, &named(account, due)).await.unwrap();
    }
    program
        .take("progress.csv", &progress(2, FIRST_DAY, 0, "", FIRST_DAY))
        .await;
    let listed = async |asked: TargetsAsked| {
        let standing = program.office.standing(&tom, None).await.unwrap();
        let view = program.office.targets(&tom, &standing, &asked).await.unwrap();
        view.rows.into_iter().map(|row| row.account).collect::<Vec<_>>()
    };
    let mine = |status| TargetsAsked {
        owner: Some(tom.person.clone()),
        status,
        ..TargetsAsked::default()
    };
    program.clock.to(date(2026, 4, 8));
    assert_eq!(listed(mine(Status::Open)).await, ["Bolt", "Acme", "Cedar"]);
    assert_eq!(listed(mine(Status::Overdue)).await, ["Bolt"]);
    assert_eq!(listed(mine(Status::Due)).await, ["Acme"]);
    assert_eq!(listed(mine(Status::Stuck)).await, Vec::<String>::new());
    let bolt = row(&program, "Bolt").await;
    let lost = StepLog {
        next_step: String::new(),
        due: None,
        ..log(&bolt, LOST, date(2026, 4, 8))
    };
    program.office.log_step(&tom, &lost).await.unwrap();
    assert_eq!(listed(mine(Status::Lost)).await, ["Bolt"]);
    program.clock.to(date(2026, 4, 24));
    assert_eq!(listed(mine(Status::Stuck)).await, ["Acme", "Cedar"]);
    let nobodys = TargetsAsked {
        owner: Some(String::new()),
        ..TargetsAsked::default()
    };
    assert_eq!(listed(nobodys).await, ["a0", "a1"]);
    let oldest = TargetsAsked {
        sort: Sort::Age,
        descending: true,
        ..TargetsAsked::default()
    };
    assert_eq!(listed(oldest).await.len(), 4);
}

#[tokio::test]
async fn several_targets_are_edited_all_or_none_and_what_changes_is_counted_first() {
    let program = Program::running().await;
    let tom = add(&program.office, &program.owner, "Tom Okafor", Role::PartnerManager).await;
    program
        .office
        .name_target(&tom, &named("Acme", date(2026, 4, 8)))
        .await
        .unwrap();
    program
        .take("progress.csv", &progress(2, FIRST_DAY, 0, "", FIRST_DAY))
        .await;
    let picked: Vec<Picked> = all(&program).await.iter().map(pick).collect();
    let change = TargetChange {
        owner: tom.person.clone(),
        next_step: String::new(),
        due: Some(date(2026, 4, 8)),
    };
    let traces = program.traces().await;
    let counted = program
        .office
        .edit_targets(&tom, &picked, &change, false)
        .await
        .unwrap();
    assert_eq!(
        (counted.targets, counted.owners, counted.dues, counted.unchanged),
        (3, 2, 2, 1)
    );
    assert_eq!(program.traces().await, traces, "counting writes nothing");
    program.office.edit_targets(&tom, &picked, &change, true).await.unwrap();
    assert!(all(&program).await.iter().all(|row| row.owner == tom.person));
    // Acme did not change, the others did: who saw them before is refused, and nothing is kept.
    let late = TargetChange {
        next_step: "Call".to_owned(),
        ..TargetChange::default()
    };
    let refused = program
        .office
        .edit_targets(&tom, &picked, &late, true)
        .await
        .unwrap_err();
    assert_eq!(refused.code, Code::Conflict);
    assert!(all(&program).await.iter().all(|row| row.next_step != "Call"));
    let none = program
        .office
        .edit_targets(&tom, &picked, &TargetChange::default(), false)
        .await
        .unwrap_err();
    assert_eq!(none.code, Code::BadInput);
}

#[tokio::test]
async fn a_bet_without_any_import_is_judged_by_what_was_said() {
    let program = Program::running().await;
    program
        .office
        .name_target(&program.owner, &named("Acme", date(2026, 4, 8)))
        .await
        .unwrap();
    assert!(program.standing().await.facts.is_none());
    program.clock.to(date(2026, 4, 20));
    let acme = row(&program, "Acme").await;
    program
        .office
        .log_step(&program.owner, &log(&acme, "introduced", date(2026, 4, 16)))
        .await
        .unwrap();
    assert_eq!(counts(&program).await.1[0], (1, 1, 1));
    let standing = program.standing().await;
    assert_eq!(
        standing.judged(BET).unwrap().progress.targets[0].entered,
        date(2026, 4, 8)
    );
}

#[tokio::test]
async fn what_happened_without_a_step_is_kept_as_a_touch_and_counts_in_no_funnel() {
    let program = Program::running().await;
    program.clock.to(date(2026, 4, 30));
    program
        .take(
            "progress.csv",
            &progress(2, FIRST_DAY, 1, "introduced", date(2026, 4, 10)),
        )
        .await;
    let before = counts(&program).await;
    let judged_to = program.standing().await.judged(BET).unwrap().as_of;
    let a0 = row(&program, "a0").await;
    assert!(a0.is_stuck && a0.last_touch == Some(date(2026, 4, 10)), "{a0:?}");
    let spoke = StepLog {
        note: "They ask for a reference".to_owned(),
        ..log(&a0, "", date(2026, 4, 28))
    };
    let logged = program.office.log_step(&program.owner, &spoke).await.unwrap();
    assert_eq!((logged.reached, logged.funnel), (None, None));
    let touched = row(&program, "a0").await;
    assert!(!touched.is_stuck, "something happened two days ago");
    assert_eq!(
        (touched.last_touch, touched.stage.as_str(), touched.next_step.as_str()),
        (Some(date(2026, 4, 28)), "introduced", "Call them")
    );
    assert_eq!(counts(&program).await, before);
    assert_eq!(program.standing().await.judged(BET).unwrap().as_of, judged_to);
    let standing = program.standing().await;
    let view = program
        .office
        .target(&program.owner, &standing, &key(), "a0")
        .await
        .unwrap();
    assert_eq!(
        view.said.iter().map(|said| said.step.step.as_str()).collect::<Vec<_>>(),
        [TOUCH]
    );
    assert_eq!(view.said[0].step.note.as_deref(), Some("They ask for a reference"));
    // Without a word only what is next changes, and tomorrow has not happened.
    program
        .office
        .log_step(&program.owner, &log(&touched, "", date(2026, 4, 30)))
        .await
        .unwrap();
    assert_eq!(row(&program, "a0").await.last_touch, Some(date(2026, 4, 28)));
    let tomorrow = StepLog {
        on: date(2026, 5, 1),
        revision: touched.revision + 1,
        ..spoke
    };
    let refused = program.office.log_step(&program.owner, &tomorrow).await.unwrap_err();
    assert_eq!(refused.code, Code::BadInput);
    program.office.undo_step(&program.owner, 1).await.unwrap();
    assert!(row(&program, "a0").await.is_stuck, "taken back, it did not happen");
}

#[tokio::test]
async fn the_last_touch_is_the_later_of_the_last_step_and_what_the_facts_hold_of_the_partner() {
    let program = Program::running().await;
    program.clock.to(date(2026, 4, 27));
    program
        .take(
            "partners.csv",
            "partner_id,name,type\nP-1,Bright,technology\nP-2,Other,agency\n",
        )
        .await;
    program
        .take("accounts.csv", "account_id,name,employees\na0,Acme,10\na1,Bolt,10\n")
        .await;
    let progress = format!(
        "bet,account_id,step,on,partner_id\n{BET},a0,targeted,{FIRST_DAY},P-1\n{BET},a1,targeted,{FIRST_DAY},P-1\n"
    );
    program.take("progress.csv", &progress).await;
    program
        .take(
            "touches.csv",
            "touch_id,account_id,partner_id,kind,on\nt1,a0,P-1,joint meeting,2026-04-20\nt2,a0,P-1,intro,2026-04-02\n\
             t3,a1,P-2,referral,2026-04-22\n",
        )
        .await;
    let touches = all(&program).await;
    let touches: Vec<_> = touches
        .iter()
        .map(|row| (row.account.as_str(), row.last_touch, row.is_stuck))
        .collect();
    assert_eq!(
        touches,
        [("a0", Some(date(2026, 4, 20)), false), ("a1", Some(FIRST_DAY), true)],
        "a touch of another partner is none of this target's"
    );
}

#[tokio::test]
async fn several_targets_are_lost_at_once_with_the_reason_and_stay_in_the_count() {
    let program = Program::running().await;
    program.clock.to(date(2026, 4, 20));
    program
        .take(
            "progress.csv",
            &progress(4, FIRST_DAY, 1, "introduced", date(2026, 4, 10)),
        )
        .await;
    let rows = all(&program).await;
    let lost = |why: &str, on: Date| {
        [Lost {
            picked: rows[..2].iter().map(pick).collect(),
            on,
            why: why.to_owned(),
        }]
    };
    let day = date(2026, 4, 20);
    let traces = program.traces().await;
    for (wrong, code) in [
        (lost(" ", day), Code::BadInput),
        (lost("No answer", date(2026, 4, 21)), Code::BadInput),
        (lost("No answer", date(2026, 4, 5)), Code::BadInput),
    ] {
        let refused = program
            .office
            .lose_targets(&program.owner, &wrong, true)
            .await
            .unwrap_err();
        assert_eq!(refused.code, code, "{refused}");
    }
    let counted = program
        .office
        .lose_targets(&program.owner, &lost("No answer", day), false)
        .await;
    assert_eq!(counted.unwrap().into_iter().collect::<Vec<_>>(), [(BET.to_owned(), 2)]);
    assert_eq!(program.traces().await, traces, "counting writes nothing");
    let before = counts(&program).await;
    program
        .office
        .lose_targets(&program.owner, &lost("No answer", day), true)
        .await
        .unwrap();
    let now = all(&program).await;
    let fates: Vec<Fate> = now.iter().map(|row| row.fate).collect();
    assert_eq!(fates, [Fate::Lost, Fate::Lost, Fate::Worked, Fate::Worked]);
    assert!(now[..2].iter().all(|row| row.due.is_none() && row.next_step.is_empty()));
    assert_eq!(counts(&program).await, before, "they stay in the count");
    let standing = program.standing().await;
    let view = program
        .office
        .target(&program.owner, &standing, &key(), "a1")
        .await
        .unwrap();
    assert_eq!(view.said[0].step.note.as_deref(), Some("No answer"));
    let again = program
        .office
        .lose_targets(&program.owner, &lost("No answer", day), true)
        .await;
    assert_eq!(again.unwrap_err().code, Code::Conflict);
}

#[tokio::test]
async fn an_earlier_day_shows_each_target_as_the_record_knew_it_then() {
    let program = Program::running().await;
    let tom = add(&program.office, &program.owner, "Tom Okafor", Role::PartnerManager).await;
    program
        .office
        .name_target(&tom, &named("Acme", date(2026, 4, 8)))
        .await
        .unwrap();
    program.clock.to(date(2026, 4, 15));
    program
        .office
        .name_target(&tom, &named("Bolt", date(2026, 4, 17)))
        .await
        .unwrap();
    let to_ines = TargetChange {
        owner: program.owner.person.clone(),
        next_step: "Write to them".to_owned(),
        due: Some(date(2026, 4, 29)),
    };
    let acme = row(&program, "Acme").await;
    program
        .office
        .edit_targets(&tom, &[pick(&acme)], &to_ines, true)
        .await
        .unwrap();
    program.clock.to(date(2026, 5, 4));
    let on = async |day: Date, status: Status| {
        let standing = program.office.standing(&tom, Some(day)).await.unwrap();
        let asked = TargetsAsked {
            status,
            sort: Sort::Account,
            ..TargetsAsked::default()
        };
        let rows = program.office.targets(&tom, &standing, &asked).await.unwrap().rows;
        let told = rows
            .into_iter()
            .map(|row| (row.account, row.owner_name, row.next_step, row.due));
        told.collect::<Vec<_>>()
    };
    let told = |account: &str, owner: &str, next: &str, due| {
        (account.to_owned(), owner.to_owned(), next.to_owned(), Some(due))
    };
    let acme_then = told("Acme", "Tom Okafor", "Write to the partner", date(2026, 4, 8));
    let acme_now = told("Acme", "Ines Marchetti", "Write to them", date(2026, 4, 29));
    let bolt = told("Bolt", "Tom Okafor", "Write to the partner", date(2026, 4, 17));
    assert_eq!(
        on(date(2026, 4, 14), Status::All).await,
        std::slice::from_ref(&acme_then)
    );
    assert_eq!(on(date(2026, 4, 14), Status::Overdue).await, [acme_then]);
    assert_eq!(
        on(date(2026, 4, 16), Status::All).await,
        [acme_now.clone(), bolt.clone()]
    );
    assert_eq!(on(date(2026, 4, 16), Status::Due).await, std::slice::from_ref(&bolt));
    assert_eq!(
        on(date(2026, 4, 25), Status::Stuck).await,
        std::slice::from_ref(&acme_now)
    );
    assert_eq!(on(date(2026, 5, 4), Status::Stuck).await, [acme_now, bolt]);
    let standing = program.office.standing(&tom, Some(date(2026, 4, 14))).await.unwrap();
    let view = program.office.target(&tom, &standing, &key(), "Acme").await.unwrap();
    assert_eq!(view.log.len(), 1, "what was planned later is not shown");
    let unknown = program
        .office
        .target(&tom, &standing, &key(), "Bolt")
        .await
        .unwrap_err();
    assert_eq!(unknown.code, Code::NotFound);
}
