//! Partners as people know them, and the launch plan of a bet.

use beachhead_office::partners::{NewPartner, PartnerSaid, Saying};
use beachhead_office::strategy::BetState;
use beachhead_office::tracing::RowsQuestion;
use beachhead_office::{Code, Role};
use jiff::civil::date;

use crate::program::{Program, add, key};

fn said(partner: &str, kind: Saying, words: &str) -> PartnerSaid {
    PartnerSaid {
        partner: partner.to_owned(),
        kind,
        on: date(2026, 4, 6),
        words: words.to_owned(),
        with_whom: "Ada at theirs".to_owned(),
    }
}

#[tokio::test]
async fn a_partner_added_by_hand_becomes_one_with_the_partner_that_an_import_brings() {
    let program = Program::running().await;
    let tom = add(&program.office, &program.owner, "Tom Okafor", Role::PartnerManager).await;
    let new = NewPartner {
        name: "People Oak".to_owned(),
        partner_type: "technology".to_owned(),
        website: "peopleoak.example".to_owned(),
        owner: tom.person.clone(),
    };
    let id = program.office.add_partner(&tom, &new).await.unwrap();
    let twice = program.office.add_partner(&tom, &new).await.unwrap_err();
    assert_eq!(twice.code, Code::Conflict);
    let of_no_type = NewPartner {
        name: "Other".to_owned(),
        partner_type: "friend".to_owned(),
        ..NewPartner::default()
    };
    assert_eq!(
        program.office.add_partner(&tom, &of_no_type).await.unwrap_err().code,
        Code::BadInput
    );
    for words in ["One introduction a month", "Two introductions a month"] {
        program
            .office
            .say_of_partner(&tom, &said(&id, Saying::Motion, words))
            .await
            .unwrap();
    }
    program
        .office
        .say_of_partner(&tom, &said(&id, Saying::Gave, "A reference call"))
        .await
        .unwrap();
    let partners = "partner_id,name,type\nP-1,PEOPLE OAK,technology\nP-2,Bright,agency\n";
    program.take("partners.csv", partners).await;

    let standing = program.standing().await;
    let list = program.office.partners(&tom, &standing).await.unwrap();
    assert_eq!(
        list.partners.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(),
        ["P-2", "P-1"]
    );
    for key in ["P-1", id.as_str(), "people oak"] {
        let view = program.office.partner(&tom, &standing, key).await.unwrap();
        assert_eq!(view.row.owner_name, "Tom Okafor");
        assert_eq!(view.row.website.as_deref(), Some("peopleoak.example"));
        let motions: Vec<&str> = view
            .said(Saying::Motion)
            .iter()
            .map(|one| one.entry.words.as_str())
            .collect();
        assert_eq!(motions, ["Two introductions a month", "One introduction a month"]);
        assert_eq!(view.said(Saying::Gave).len(), 1);
    }
    let nobody = program.office.partner(&tom, &standing, "Nobody").await.unwrap_err();
    assert_eq!(nobody.code, Code::NotFound);
    let tomorrow = PartnerSaid {
        on: date(2026, 4, 7),
        ..said("P-1", Saying::Met, "We spoke")
    };
    assert_eq!(
        program.office.say_of_partner(&tom, &tomorrow).await.unwrap_err().code,
        Code::BadInput
    );
}

#[tokio::test]
async fn the_open_pipeline_of_a_partner_is_the_rows_behind_it() {
    let program = Program::running().await;
    program
        .take("partners.csv", "partner_id,name,type\nP-1,Bright,technology\n")
        .await;
    program
        .take(
            "accounts.csv",
            "account_id,name,employees\na1,Acme,10\na2,Bolt,10\na3,Cedar,10\n",
        )
        .await;
    program
        .take(
            "opportunities.csv",
            "opportunity_id,account_id,created_on,closed_on,stage,status,amount,currency\n\
             o1,a1,2026-03-10,,Discovery,open,1000,USD\no2,a2,2026-03-11,,Discovery,open,500,USD\n\
             o3,a3,2026-02-01,2026-03-01,Closed Won,won,700,USD\n",
        )
        .await;
    program
        .take(
            "touches.csv",
            "touch_id,opportunity_id,partner_id,kind,on\nt1,o1,P-1,referral,2026-03-01\nt3,o3,P-1,referral,2026-01-20\n",
        )
        .await;
    let standing = program.standing().await;
    let view = program.office.partner(&program.owner, &standing, "P-1").await.unwrap();
    assert_eq!((view.row.sourced.open, view.row.sourced.units), (1, 1000.0));
    assert_eq!(view.row.last_touch, Some(date(2026, 3, 1)));
    assert_eq!(view.touches.unwrap().by_kind.iter().map(|(_, n)| n).sum::<u64>(), 2);
    let question = RowsQuestion {
        key: [("class", "sourced"), ("partner", "Bright"), ("status", "open")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec(),
        ..RowsQuestion::default()
    };
    let rows = program.office.rows(&program.owner, &standing, &question).await.unwrap();
    assert_eq!(
        rows.iter().map(|row| row.opportunity_id.as_str()).collect::<Vec<_>>(),
        ["o1"]
    );
}

#[tokio::test]
async fn a_launch_plan_says_what_is_done_late_and_due_from_the_day_the_bet_began() {
    let program = Program::running().await;
    let tasks = async || {
        let standing = program.standing().await;
        program
            .office
            .launch_plan(&program.owner, &standing, &key())
            .await
            .unwrap()
    };
    let plan = tasks().await;
    assert!(plan.len() >= 6 && plan.iter().all(|task| task.done.is_none() && !task.is_late));
    assert_eq!(plan.last().unwrap().by, date(2026, 5, 6));
    program.clock.to(date(2026, 4, 20));
    let first = plan[0].what;
    program
        .office
        .mark_launched(&program.owner, &key(), first, Some(date(2026, 4, 8)))
        .await
        .unwrap();
    let again = program
        .office
        .mark_launched(&program.owner, &key(), first, Some(date(2026, 4, 9)))
        .await
        .unwrap_err();
    assert_eq!(again.code, Code::Conflict);
    let plan = tasks().await;
    assert_eq!(plan[0].done, Some((date(2026, 4, 8), "Ines Marchetti".to_owned())));
    assert!(plan[1].is_late && !plan.last().unwrap().is_late);
    program
        .office
        .mark_launched(&program.owner, &key(), first, None)
        .await
        .unwrap();
    assert!(tasks().await[0].is_late);
    program
        .office
        .mark_launched(&program.owner, &key(), first, Some(date(2026, 4, 8)))
        .await
        .unwrap();
    let unknown = program
        .office
        .mark_launched(&program.owner, &key(), "Dance", Some(date(2026, 4, 8)))
        .await
        .unwrap_err();
    assert_eq!(unknown.code, Code::NotFound);
    // It is history once the bet is past its launch, and how far it got once it has ended.
    let done = async || tasks().await.iter().filter(|task| task.done.is_some()).count();
    let late = async || tasks().await.iter().filter(|task| task.is_late).count();
    program.clock.to(date(2026, 4, 22));
    let late_then = late().await;
    for to in [BetState::Scaled, BetState::Retired] {
        let why = "The partner was bought, and its new owner works with somebody else";
        program
            .office
            .decide_bet(&program.owner, &key(), to, why)
            .await
            .unwrap();
        assert_eq!((done().await, late().await), (1, late_then), "{to:?}");
    }
    program.clock.to(date(2026, 6, 1));
    assert_eq!(late().await, late_then, "nothing is late of a bet that has ended");
}
