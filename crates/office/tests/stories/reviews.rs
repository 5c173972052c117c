//! Decisions on bets that run: against the gate, in a review and between two.

use std::sync::Arc;

use beachhead_office::Code;
use beachhead_office::commitments::{Became, Promise};
use beachhead_office::instead::Brings;
use beachhead_office::meeting::commitment;
use beachhead_office::reviewing::{Deciding, NextGate};
use beachhead_office::strategy::review::Choice;
use beachhead_office::strategy::{BetState, Cycle, Range, Verdict};
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
        .decide_in_review(owner, review, &key, Deciding::new(Choice::Park, "Not now", 0))
        .await
        .unwrap_err();
    assert_eq!(
        refusal.code,
        Code::BadInput,
        "parking what passed goes against the gate"
    );
    office
        .decide_in_review(owner, review, &key, Deciding::new(Choice::Scale, "It works", 0))
        .await
        .unwrap();
    let stale = office
        .decide_in_review(owner, review, &key, Deciding::new(Choice::Scale, "It works too", 0))
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
        .decide_in_review(owner, review, &key, Deciding::new(Choice::Park, &"late ".repeat(10), 1))
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
        .decide_in_review(owner, review, &key, Deciding::new(Choice::Continue, "It goes on", 0))
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
    let although = "The partner's event is next week";
    let started = office
        .start_bet_although(owner, "waits", although)
        .await
        .unwrap()
        .decision;
    assert_eq!(started.to.as_deref(), Some("running"));
    assert!(
        started.reason.contains("at once") && started.reason.ends_with(&format!(": {although}")),
        "the register keeps both: {}",
        started.reason
    );
}

fn promise(says: &str) -> Promise {
    Promise {
        bet: Some(key()),
        says: says.into(),
        who: "Tom Okafor".into(),
        by: date(2026, 8, 3),
    }
}

#[tokio::test]
async fn what_a_review_promises_comes_first_in_the_next_one() {
    let program = Program::running().await;
    let (office, owner, key) = (&program.office, &program.owner, key());
    let first = office.open_review(owner).await.unwrap().number;
    for wrong in [
        promise("  "),
        Promise {
            by: program.standing().await.today,
            ..promise("Too late")
        },
        Promise {
            who: String::new(),
            ..promise("By nobody")
        },
    ] {
        let refusal = office.commit(owner, first, wrong).await.unwrap_err();
        assert_eq!(refusal.code, Code::BadInput, "{refusal}");
    }
    let kept = office
        .commit(owner, first, promise("Ten named buyers"))
        .await
        .unwrap()
        .number;
    let mistaken = office.commit(owner, first, promise("A slip")).await.unwrap().number;
    let early = office.say_of_commitment(owner, kept, Became::Kept).await.unwrap_err();
    assert_eq!(early.code, Code::Conflict, "nobody can have kept it yet");
    office
        .say_of_commitment(owner, mistaken, Became::TakenBack)
        .await
        .unwrap();
    let deciding = Deciding::new(Choice::Continue, "It goes on", 0);
    office.decide_in_review(owner, first, &key, deciding).await.unwrap();
    office.close_review(owner, first, closing(1, false)).await.unwrap();
    let late = office.commit(owner, first, promise("Afterwards")).await.unwrap_err();
    assert_eq!(late.code, Code::Conflict);

    program.clock.to(date(2026, 10, 5));
    let before = office.pre_read(owner, None).await.unwrap().pre_read;
    assert_eq!(before.commitments.len(), 1, "what was taken back is not there");
    assert_eq!(before.commitments[0].kept, None);
    let decision = before.bets[0].last_decision.as_ref().unwrap();
    assert_eq!(
        (decision.what.as_str(), decision.reason.as_str()),
        ("Continue", "It goes on")
    );

    let second = office.open_review(owner).await.unwrap().number;
    office.say_of_commitment(owner, kept, Became::NotKept).await.unwrap();
    let view = office.review(owner, second).await.unwrap();
    let told: Vec<_> = view.promised().map(commitment).collect();
    assert_eq!((told.len(), told[0].kept), (1, Some(false)));
    assert_eq!(told[0].says(), "Ten named buyers (Tom Okafor, by 3 Aug 2026)");
    assert_eq!(view.promises().count(), 0);
    let gone = office
        .say_of_commitment(owner, kept, Became::TakenBack)
        .await
        .unwrap_err();
    assert_eq!(gone.code, Code::Conflict, "it stands in the minutes");
}

#[tokio::test]
async fn the_next_gate_that_a_review_decides_stands_in_the_draft_it_leaves() {
    let program = Program::running().await;
    let (office, owner, key) = (&program.office, &program.owner, key());
    let review = office.open_review(owner).await.unwrap().number;
    let gate = NextGate {
        by: Some(date(2026, 12, 18)),
        scale_if: Some(20.0),
        retire_if: None,
    };
    let with = |choice, next_gate| Deciding {
        next_gate: Some(next_gate),
        ..Deciding::new(choice, "It goes on to another gate, a quarter later", 0)
    };
    let wrong = [
        (Choice::Park, gate),
        (
            Choice::Continue,
            NextGate {
                by: Some(date(2026, 4, 6)),
                ..gate
            },
        ),
        (
            Choice::Continue,
            NextGate {
                retire_if: Some(20.0),
                ..gate
            },
        ),
    ];
    for (choice, gate) in wrong {
        let refusal = office
            .decide_in_review(owner, review, &key, with(choice, gate))
            .await
            .unwrap_err();
        assert_eq!(refusal.code, Code::BadInput, "{refusal}");
    }
    office
        .decide_in_review(owner, review, &key, with(Choice::Continue, gate))
        .await
        .unwrap();
    office.close_review(owner, review, closing(1, false)).await.unwrap();
    let standing = program.standing().await;
    let gate_of = |strategy: &beachhead_office::strategy::Strategy| strategy.bet(BET).unwrap().gate.clone().unwrap();
    let drafted = gate_of(&standing.draft.parsed.strategy);
    assert_eq!(
        (drafted.by, drafted.scale_if, drafted.retire_if),
        (Some(date(2026, 12, 18)), Some(20.0), Some(4.0))
    );
    assert_eq!(
        gate_of(standing.strategy()).by,
        Some(date(2026, 9, 30)),
        "until the next signature the gate is the one that was signed"
    );
}

#[tokio::test]
async fn the_opportunity_cost_names_the_parked_bets_that_would_use_the_hours() {
    let program = Program::drafted().await;
    let (office, owner) = (&program.office, &program.owner);
    let more = |strategy: &mut beachhead_office::strategy::Strategy| {
        strategy.bets[0].deal_value = Some(Range::new(45_000.0, 160_000.0));
        let mut parked = strategy.bets[0].clone();
        parked.name = "Another route".into();
        parked.state = BetState::Parked;
        parked.capacity.as_mut().unwrap().set_up_hours *= 3.0;
        strategy.bets.push(parked);
        Ok(())
    };
    office.edit(owner, "edit", None, more).await.unwrap();
    program.sign().await.unwrap();
    office.start_bet(owner, &key()).await.unwrap();
    let standing = program.standing().await;
    let instead = standing.instead_of(standing.bet(&key()).unwrap()).unwrap();
    assert_eq!(instead.cycle, standing.cycle_under_review().next());
    assert!(instead.hours > 0.0);
    let other = &instead.others[0];
    assert_eq!((other.name.as_str(), other.state), ("Another route", BetState::Parked));
    assert!(
        other.hours > instead.hours,
        "what begins takes its set-up too: {} against {}",
        other.hours,
        instead.hours
    );
    match (instead.brings, other.brings) {
        (Brings::Value { mean, low, high }, Brings::Value { mean: of_other, .. }) => {
            assert!(low < mean && mean < high, "{low} {mean} {high}");
            assert!(of_other < mean, "more set-up, less of it: {of_other} {mean}");
        }
        found => panic!("{found:?}"),
    }
}

#[tokio::test]
async fn the_pre_read_has_the_figures_of_the_meeting_from_48_hours_before() {
    let program = Program::running().await;
    let (office, owner) = (&program.office, &program.owner);
    let review = office.open_review(owner).await.unwrap().number;
    let deciding = Deciding::new(Choice::Continue, "It goes on", 0);
    office.decide_in_review(owner, review, &key(), deciding).await.unwrap();
    office.close_review(owner, review, closing(1, false)).await.unwrap();
    let over = office.pre_read(owner, Some(review)).await.map(drop).unwrap_err();
    assert_eq!(over.code, Code::Conflict, "the meeting is over");
    for (today, early) in [(date(2026, 10, 2), Some(date(2026, 10, 3))), (date(2026, 10, 3), None)] {
        program.clock.to(today);
        let prepared = office.pre_read(owner, None).await.unwrap();
        assert_eq!(prepared.early_until, early, "{today}");
        assert_eq!(prepared.pre_read.review_on, date(2026, 10, 5));
    }
    let file = office.next_review_file(owner).await.unwrap();
    assert!(file.contains("DTSTART;VALUE=DATE:20261005\r\n"), "{file}");
}

#[tokio::test]
async fn a_bet_is_moved_in_the_draft_and_asking_too_much_takes_a_reason_that_is_kept() {
    let program = Program::drafted().await;
    program.sign().await.unwrap();
    let (office, owner, key) = (&program.office, &program.owner, key());
    let cycle = |name: &str| Cycle::parse(name).unwrap();
    let now = program
        .standing()
        .await
        .strategy()
        .program
        .calendar
        .containing(program.standing().await.today);
    let (next, later) = (now.next(), now.next().next());

    let moved = office
        .move_bet(owner, &key, next, "The vendor asked for it")
        .await
        .unwrap()
        .decision;
    assert_eq!(
        (moved.kind.as_str(), moved.to.as_deref()),
        ("rescheduled", Some(next.to_string().as_str()))
    );
    assert_eq!(moved.reason, format!("Moved to {next}: The vendor asked for it"));
    let standing = program.standing().await;
    let starts = |strategy: &beachhead_office::strategy::Strategy| strategy.bet(BET).unwrap().starts;
    assert_eq!(starts(standing.planned()), Some(next));
    assert_ne!(starts(standing.strategy()), Some(next), "until the next signature");
    assert_eq!(
        standing.state_of(BET),
        BetState::Planned,
        "a move is no change of state"
    );

    let before = program.traces().await;
    for (to, code) in [
        (next, Code::BadInput),
        (cycle("2020-Q1"), Code::BadInput),
        (cycle("2030-H1"), Code::BadInput),
    ] {
        let refusal = office.move_bet(owner, &key, to, "why").await.unwrap_err();
        assert_eq!(refusal.code, code, "{to}: {refusal}");
    }
    assert_eq!(program.traces().await, before);
    let one_hour = |strategy: &mut beachhead_office::strategy::Strategy| {
        strategy
            .program
            .team
            .iter_mut()
            .for_each(|member| member.hours_per_week = 0.1);
        Ok(())
    };
    office.edit(owner, "edit", None, one_hour).await.unwrap();
    let refusal = office.move_bet(owner, &key, later, "  ").await.unwrap_err();
    assert_eq!(refusal.code, Code::Conflict);
    assert!(refusal.message.contains("more than the team has"), "{refusal}");
    let moved = office
        .move_bet(owner, &key, later, "Two people join us before")
        .await
        .unwrap()
        .decision;
    assert!(
        moved.reason.contains(", although") && moved.reason.ends_with(": Two people join us before"),
        "{}",
        moved.reason
    );
    office.start_bet(owner, &key).await.unwrap();
    let running = office.move_bet(owner, &key, next, "why").await.unwrap_err();
    assert_eq!(running.code, Code::Conflict, "it has begun");
}
