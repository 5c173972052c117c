//! Decisions on bets that run: against the gate, in a review and between two.

use std::sync::Arc;

use beachhead_office::Code;
use beachhead_office::strategy::review::Choice;
use beachhead_office::strategy::{BetState, Verdict};
use jiff::civil::date;

use crate::program::{BET, Program, closing, key, progress};

/// A bet whose gate is passed: 14 of 90 targets have become opportunities.
async fn passed() -> Program {
    let program = Program::running().await;
    program.clock.to(date(2026, 7, 6));
    program
        .take(
            "progress.csv",
            &progress(90, date(2026, 4, 13), 14, "opportunity", date(2026, 6, 29)),
        )
        .await;
    assert_eq!(program.standing().await.verdict_of(BET), Some(Verdict::Scale));
    program
}

#[tokio::test]
async fn against_the_gate_needs_a_long_reason_and_stays_marked() {
    let program = passed().await;
    let (office, owner, key) = (&program.office, &program.owner, key());
    let before = program.traces().await;
    let refusal = office
        .decide_bet(owner, &key, BetState::Retired, "We do not like it")
        .await
        .unwrap_err();
    assert_eq!(refusal.code, Code::BadInput);
    assert!(refusal.message.contains("40"), "{refusal}");
    assert_eq!(program.traces().await, before);

    let reason = "The partner was bought by a competitor of ours, and its team is gone";
    let decision = office
        .decide_bet(owner, &key, BetState::Retired, reason)
        .await
        .unwrap()
        .decision;
    assert!(decision.against_gate);
    let evidence: serde_json::Value = serde_json::from_str(&decision.evidence).unwrap();
    assert_eq!((&evidence["have"], &evidence["need"]), (&14.into(), &12.into()));
    let reopened = office
        .decide_bet(owner, &key, BetState::Proposed, "Another partner came")
        .await
        .unwrap();
    assert!(!reopened.decision.against_gate);
    let register = office.decisions_on(owner, &key).await.unwrap();
    assert!(register.iter().any(|entry| entry.decision.against_gate), "for good");
}

#[tokio::test]
async fn the_review_of_a_passed_gate_scales_and_is_closed_by_one() {
    let program = Arc::new(passed().await);
    let (office, owner, key) = (&program.office, &program.owner, key());
    let review = office.open_review(owner).await.unwrap().number;
    let refusal = office
        .decide_in_review(owner, review, &key, Choice::Park, "Not now", 0)
        .await
        .unwrap_err();
    assert_eq!(
        refusal.code,
        Code::BadInput,
        "parking what passed goes against the gate"
    );
    office
        .decide_in_review(owner, review, &key, Choice::Scale, "It works", 0)
        .await
        .unwrap();
    let stale = office
        .decide_in_review(owner, review, &key, Choice::Scale, "It works too", 0)
        .await
        .unwrap_err();
    assert_eq!(stale.code, Code::Conflict, "somebody decided it meanwhile");

    let closes = (0..10).map(|_| {
        let program = Arc::clone(&program);
        tokio::spawn(async move {
            program
                .office
                .close_review(&program.owner, review, closing(1, false))
                .await
        })
    });
    let mut closed = 0;
    for close in closes.collect::<Vec<_>>() {
        match close.await.unwrap() {
            Ok(_) => closed += 1,
            Err(refusal) => assert_eq!(refusal.code, Code::Conflict, "{refusal}"),
        }
    }
    assert_eq!(closed, 1);
    let standing = program.standing().await;
    assert_eq!(standing.state_of(BET), BetState::Scaled);
    assert_eq!(
        standing.draft.parsed.strategy.bet(BET).map(|bet| bet.state),
        Some(BetState::Scaled)
    );
    assert_eq!(program.traces().await.register.len(), 3);
    let late = office
        .decide_in_review(owner, review, &key, Choice::Park, &"late ".repeat(10), 1)
        .await
        .unwrap_err();
    assert_eq!(late.code, Code::Conflict);
}

#[tokio::test]
async fn a_bet_parked_after_it_was_decided_does_not_keep_the_review_open() {
    let program = Program::running().await;
    let (office, owner, key) = (&program.office, &program.owner, key());
    let review = office.open_review(owner).await.unwrap().number;
    office
        .decide_in_review(owner, review, &key, Choice::Continue, "It goes on", 0)
        .await
        .unwrap();
    office
        .decide_bet(owner, &key, BetState::Parked, "The partner asked for a pause")
        .await
        .unwrap();
    office.close_review(owner, review, closing(1, false)).await.unwrap();
    assert_eq!(program.standing().await.state_of(BET), BetState::Parked);
    assert_eq!(
        office.open_review(owner).await.unwrap_err().code,
        Code::Conflict,
        "nothing is left to decide"
    );
}

#[tokio::test]
async fn a_bet_that_waits_or_has_no_room_does_not_start() {
    let program = Program::drafted().await;
    let (office, owner) = (&program.office, &program.owner);
    let more = |strategy: &mut beachhead_office::strategy::Strategy| {
        strategy.program.at_once = 1;
        for at in &mut strategy.program.team {
            at.hours_per_week *= 2.0;
        }
        let mut waits = strategy.bets[0].clone();
        waits.name = "Waits".into();
        waits.after = BET.into();
        waits.starts = None;
        strategy.bets.push(waits);
        Ok(())
    };
    office.edit(owner, "edit", None, more).await.unwrap();
    program.sign().await.unwrap();
    let waits = office.start_bet(owner, "waits").await.unwrap_err();
    assert!(waits.message.contains("waits for the gate"), "{waits}");
    office.start_bet(owner, &key()).await.unwrap();
    let reason = "We give it all we have although the gate has not come, for the partner asks for it";
    office
        .decide_bet(owner, &key(), BetState::Scaled, reason)
        .await
        .unwrap();
    let full = office.start_bet(owner, "waits").await.unwrap_err();
    assert!(full.message.contains("at once"), "{full}");
}
