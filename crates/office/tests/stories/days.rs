//! What a day knows: figures of an earlier day, a cycle that ended without a review, facts that grew old, work that drifts.

use beachhead_office::reviewing::Deciding;
use beachhead_office::strategy::review::Choice;
use beachhead_office::{Code, reporting};
use jiff::civil::date;

use crate::program::{BET, Program, closing, key, progress};

#[tokio::test]
async fn an_earlier_day_has_the_earlier_figures() {
    let program = Program::running().await;
    let (office, owner) = (&program.office, &program.owner);
    program.clock.to(date(2026, 6, 1));
    program
        .take(
            "may.csv",
            &progress(20, date(2026, 4, 13), 3, "opportunity", date(2026, 5, 25)),
        )
        .await;
    let then = office.judge(owner, Some(&key()), None).await.unwrap();
    program.clock.to(date(2026, 7, 6));
    program
        .take(
            "june.csv",
            &progress(40, date(2026, 4, 13), 14, "opportunity", date(2026, 6, 29)),
        )
        .await;
    let now = office.judge(owner, Some(&key()), None).await.unwrap();
    assert_eq!(
        (&then["bets"][0]["have"], &now["bets"][0]["have"]),
        (&3.into(), &14.into())
    );

    let back = office
        .judge(owner, Some(&key()), Some(date(2026, 5, 25)))
        .await
        .unwrap();
    assert_eq!(back, then, "to the last digit");
    let before = office.judge(owner, Some(&key()), Some(date(2026, 5, 1))).await.unwrap();
    assert_eq!(
        (&before["bets"][0]["have"], &before["bets"][0]["steps"][0]["entered"]),
        (&0.into(), &20.into())
    );
    let nothing = office.judge(owner, Some(&key()), Some(date(2026, 4, 1))).await.unwrap();
    assert_eq!(nothing["bets"][0]["have"], 0, "nothing of the days to come");
    let ahead = office.judge(owner, None, Some(date(2026, 7, 7))).await.unwrap_err();
    assert_eq!(ahead.code, Code::BadInput, "nobody knows tomorrow");
}

fn banner(standing: &beachhead_office::Standing) -> String {
    reporting::one_page_of(standing, None).banner.unwrap_or_default()
}

#[tokio::test]
async fn a_cycle_that_ends_without_a_review_lapses_until_one_is_held() {
    let program = Program::running().await;
    let (office, owner) = (&program.office, &program.owner);
    program.clock.to(date(2026, 6, 30));
    assert!(!program.standing().await.is_lapsed(), "the cycle has its last day");
    program.clock.to(date(2026, 7, 1));
    let standing = program.standing().await;
    assert!(
        standing.is_lapsed() && banner(&standing).contains("lapsed"),
        "{}",
        banner(&standing)
    );
    assert!(program.findings().await.contains(&"S19"));

    let review = office.open_review(owner).await.unwrap();
    assert_eq!(review.cycle, "2026-Q2");
    assert!(program.standing().await.is_lapsed(), "an open review was not held yet");
    office
        .decide_in_review(
            owner,
            review.number,
            &key(),
            Deciding::new(Choice::Continue, "Too young to tell", 0),
        )
        .await
        .unwrap();
    office
        .close_review(owner, review.number, closing(1, false))
        .await
        .unwrap();
    assert!(!program.findings().await.contains(&"S19"));

    // The review set its next day to 5 October: until then the one that is due may still be held.
    program.clock.to(date(2026, 10, 5));
    assert!(!program.standing().await.is_lapsed(), "it is due today");
    program.clock.to(date(2026, 10, 6));
    assert!(program.standing().await.is_lapsed());
    program.clock.to(date(2027, 1, 4));
    assert!(program.standing().await.is_lapsed(), "and the next cycle too");
}

#[tokio::test]
async fn putting_the_review_off_does_not_excuse_a_cycle() {
    let program = Program::running().await;
    let (office, owner) = (&program.office, &program.owner);
    let review = office.open_review(owner).await.unwrap();
    let off = beachhead_office::reviewing::Closing {
        next_review: date(2099, 1, 1),
        ..closing(1, false)
    };
    office
        .decide_in_review(
            owner,
            review.number,
            &key(),
            Deciding::new(Choice::Continue, "It began today", 0),
        )
        .await
        .unwrap();
    office.close_review(owner, review.number, off).await.unwrap();
    program.clock.to(date(2026, 9, 30));
    assert!(
        !program.standing().await.is_lapsed(),
        "the cycle under way was reviewed"
    );
    program.clock.to(date(2026, 10, 1));
    assert!(program.standing().await.is_lapsed());
}

#[tokio::test]
async fn facts_grow_old_after_two_weeks() {
    let program = Program::running().await;
    assert!(
        !program.findings().await.contains(&"S18"),
        "without facts nothing is judged on them"
    );
    program.clock.to(date(2026, 5, 4));
    program
        .take(
            "progress.csv",
            &progress(5, date(2026, 4, 13), 1, "met", date(2026, 5, 4)),
        )
        .await;
    program.clock.to(date(2026, 5, 18));
    assert!(!program.findings().await.contains(&"S18"), "fourteen days are fresh");
    program.clock.to(date(2026, 5, 19));
    assert!(program.findings().await.contains(&"S18"));
    program
        .take(
            "later.csv",
            &progress(5, date(2026, 4, 13), 2, "met", date(2026, 5, 18)),
        )
        .await;
    assert!(!program.findings().await.contains(&"S18"));
}

#[tokio::test]
async fn hours_that_flow_to_what_was_parked_are_drift() {
    let program = Program::running().await;
    program.clock.to(date(2026, 5, 4));
    program
        .take(
            "progress.csv",
            &progress(5, date(2026, 4, 13), 1, "met", date(2026, 5, 4)),
        )
        .await;
    let effort = |parked: u32| {
        let chosen = 100 - parked;
        format!(
            "person,week,initiative,hours\nInes,2026-04-20,{BET},{chosen}\nTom,2026-04-20,Channel resale,{parked}\n"
        )
    };
    program.take("effort.csv", &effort(10)).await;
    assert!(!program.findings().await.contains(&"S17"), "a tenth is borne");
    program.take("effort.csv", &effort(11)).await;
    assert!(program.findings().await.contains(&"S17"));
}
