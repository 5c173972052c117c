//! Whose a target is: a partner manager works own targets, those that are nobody's and those of an own bet; the owner of
//! the program works all of them.

use beachhead_office::targets::{Lost, NewNamed, Picked, Status, StepLog, TargetChange, TargetRow, TargetsAsked};
use beachhead_office::{Actor, Code, Role};
use jiff::civil::date;

use crate::program::{FIRST_DAY, Program, add, key, progress};

async fn row(program: &Program, account: &str) -> TargetRow {
    let asked = TargetsAsked {
        status: Status::All,
        ..TargetsAsked::default()
    };
    let standing = program.standing().await;
    let view = program.office.targets(&program.owner, &standing, &asked).await.unwrap();
    view.rows.into_iter().find(|row| row.account == account).unwrap()
}

fn log(row: &TargetRow) -> StepLog {
    StepLog {
        bet: row.bet.clone(),
        account: row.account.clone(),
        reached: "introduced".to_owned(),
        on: date(2026, 4, 13),
        note: String::new(),
        next_step: "Call them".to_owned(),
        due: Some(date(2026, 5, 1)),
        owner: String::new(),
        revision: row.revision,
    }
}

fn picked(row: &TargetRow) -> Picked {
    Picked {
        bet: row.bet.clone(),
        account: row.account.clone(),
        revision: row.revision,
    }
}

/// Tom's target Acme, two that are nobody's, and Kim, who is a partner manager too.
async fn two_managers() -> (Program, Actor, Actor) {
    let program = Program::running().await;
    let tom = add(&program.office, &program.owner, "Tom Okafor", Role::PartnerManager).await;
    let kim = add(&program.office, &program.owner, "Kim Park", Role::PartnerManager).await;
    let acme = NewNamed {
        bet: key(),
        account: "Acme".to_owned(),
        partner: String::new(),
        play: String::new(),
        owner: String::new(),
        next_step: "Write to the partner".to_owned(),
        due: date(2026, 4, 8),
    };
    program.office.name_target(&tom, &acme).await.unwrap();
    program
        .take("progress.csv", &progress(2, FIRST_DAY, 0, "", FIRST_DAY))
        .await;
    program.clock.to(date(2026, 4, 13));
    (program, tom, kim)
}

#[tokio::test]
async fn what_is_somebody_elses_is_refused_by_name_and_leaves_nothing() {
    let (program, tom, kim) = two_managers().await;
    let office = &program.office;
    let (acme, nobodys) = (row(&program, "Acme").await, row(&program, "a0").await);
    let traces = program.traces().await;
    let both = [picked(&nobodys), picked(&acme)];
    let change = TargetChange {
        owner: kim.person.clone(),
        ..TargetChange::default()
    };
    let lost = [Lost {
        picked: both.to_vec(),
        on: date(2026, 4, 13),
        why: "No answer".to_owned(),
    }];
    let refusals = [
        office.log_step(&kim, &log(&acme)).await.map(drop),
        office.edit_targets(&kim, &both, &change, true).await.map(drop),
        office.lose_targets(&kim, &lost, true).await.map(drop),
        office.undo_step(&kim, 1).await,
    ];
    for refusal in refusals.map(Result::unwrap_err) {
        assert_eq!(refusal.code, Code::NotAllowed, "{refusal}");
        assert!(refusal.message.contains("Acme is Tom Okafor's target"), "{refusal}");
        assert!(
            refusal.hint.contains("Tom Okafor") && refusal.hint.contains("owner"),
            "{refusal}"
        );
    }
    assert_eq!(program.traces().await, traces);
    assert!(acme.may_be_worked_by(&tom) && acme.may_be_worked_by(&program.owner));
    assert!(!acme.may_be_worked_by(&kim) && !acme.may_be_worked_by(&program.sponsor));
    let data = office.log_step(&program.data, &log(&acme)).await.unwrap_err();
    assert_eq!(data.code, Code::NotAllowed);
}

#[tokio::test]
async fn what_is_nobodys_may_be_taken_and_the_owner_gives_it_to_somebody_else() {
    let (program, tom, kim) = two_managers().await;
    let office = &program.office;
    office.log_step(&kim, &log(&row(&program, "a0").await)).await.unwrap();
    let taken = row(&program, "a0").await;
    assert_eq!(taken.owner_name, "Kim Park");
    assert!(!taken.may_be_worked_by(&tom));
    let to_tom = TargetChange {
        owner: tom.person.clone(),
        ..TargetChange::default()
    };
    let refused = office
        .edit_targets(&tom, &[picked(&taken)], &to_tom, true)
        .await
        .unwrap_err();
    assert_eq!(refused.code, Code::NotAllowed);
    office
        .edit_targets(&program.owner, &[picked(&taken)], &to_tom, true)
        .await
        .unwrap();
    let given = row(&program, "a0").await;
    assert!(given.may_be_worked_by(&tom) && !given.may_be_worked_by(&kim));
}

#[tokio::test]
async fn in_somebody_elses_bet_a_manager_names_targets_of_their_own_and_leaves_the_launch_alone() {
    let (program, tom, kim) = two_managers().await;
    let office = &program.office;
    let standing = program.standing().await;
    let task = office.launch_plan(&kim, &standing, &key()).await.unwrap()[0].what;
    let give = |bet_owner: &'static str| {
        let edited = office.edit(&program.owner, "edit", None, move |strategy| {
            strategy
                .bets
                .iter_mut()
                .for_each(|bet| bet.owner = bet_owner.to_owned());
            Ok(())
        });
        async {
            edited.await.unwrap();
            program.sign().await.unwrap();
        }
    };
    give("Tom Okafor").await;
    let named = |account: &str, owner: &Actor| NewNamed {
        bet: key(),
        account: account.to_owned(),
        partner: String::new(),
        play: String::new(),
        owner: owner.person.clone(),
        next_step: "Write to the partner".to_owned(),
        due: date(2026, 5, 1),
    };
    let traces = program.traces().await;
    let refusals = [
        office.mark_launched(&kim, &key(), task, Some(FIRST_DAY)).await,
        office.name_target(&kim, &named("Brook", &tom)).await.map(drop),
    ];
    for refusal in refusals.map(Result::unwrap_err) {
        assert_eq!(refusal.code, Code::NotAllowed, "{refusal}");
        assert!(refusal.message.contains("is Tom Okafor's bet"), "{refusal}");
        assert!(refusal.hint.contains("owner"), "{refusal}");
    }
    assert_eq!(program.traces().await, traces);
    office.name_target(&kim, &named("Brook", &kim)).await.unwrap();
    office.name_target(&tom, &named("Crag", &kim)).await.unwrap();
    office.name_target(&program.owner, &named("Dale", &kim)).await.unwrap();
    office.mark_launched(&tom, &key(), task, Some(FIRST_DAY)).await.unwrap();

    give("").await;
    office.mark_launched(&kim, &key(), task, None).await.unwrap();
    office.name_target(&kim, &named("Esk", &tom)).await.unwrap();
}

#[tokio::test]
async fn all_targets_of_an_own_bet_may_be_worked() {
    let (program, _, kim) = two_managers().await;
    assert!(!row(&program, "Acme").await.may_be_worked_by(&kim));
    program
        .office
        .edit(&program.owner, "edit", None, |strategy| {
            for bet in &mut strategy.bets {
                bet.owner = "Kim Park".to_owned();
            }
            Ok(())
        })
        .await
        .unwrap();
    assert!(
        !row(&program, "Acme").await.may_be_worked_by(&kim),
        "a draft gives nothing"
    );
    program.sign().await.unwrap();
    let acme = row(&program, "Acme").await;
    program.office.log_step(&kim, &log(&acme)).await.unwrap();
    assert_eq!(
        row(&program, "Acme").await.owner_name,
        "Tom Okafor",
        "it stays whose it was"
    );
}
