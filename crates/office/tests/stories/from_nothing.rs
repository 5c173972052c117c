//! From nothing to a closed review: set up, five questions, a signature, a start, an import, a judgement, a review.

use beachhead_office::people::NewPerson;
use beachhead_office::starting::StartAnswers;
use beachhead_office::strategy::BetState;
use beachhead_office::strategy::review::UNDECIDED_REASON;
use beachhead_office::{Code, Role};
use jiff::civil::date;

use crate::program::{BET, Program, answers, closing, entered, key, on_postgres, progress};

#[tokio::test]
async fn a_program_comes_from_nothing_to_a_closed_review() {
    from_nothing(Program::new().await).await;
}

#[tokio::test]
async fn a_program_comes_from_nothing_to_a_closed_review_on_postgres() {
    on_postgres("nothing", from_nothing).await;
}

#[tokio::test]
async fn the_gate_that_is_suggested_can_tell_a_bet_that_works_from_one_that_does_not() {
    for hours in [40.0, 60.0, 120.0] {
        let program = Program::new().await;
        let (office, owner) = (&program.office, &program.owner);
        let mut given = StartAnswers {
            hours_per_week: Some(hours),
            scale_if: None,
            retire_if: None,
            gate_by: None,
            ..answers()
        };
        office.keep_start_answers(owner, &given).await.unwrap();
        let gate = office.suggested_gate(owner).await.unwrap();
        assert!(gate.retire_if < gate.scale_if && gate.by <= given.by, "{gate:?}");
        (given.scale_if, given.retire_if, given.gate_by) = (gate.scale_if, gate.retire_if, gate.by);
        office.keep_start_answers(owner, &given).await.unwrap();
        let revision = office.written(owner).await.unwrap().draft.revision;
        office.start(owner, revision).await.unwrap();
        let findings = program.standing().await.findings();
        let of_gate: Vec<_> = findings
            .iter()
            .filter(|finding| matches!(finding.code, "S11" | "S12"))
            .collect();
        assert!(of_gate.is_empty(), "{hours} hours: {gate:?} {of_gate:?}");
    }
}

async fn from_nothing(program: Program) {
    let Program {
        office, owner, sponsor, ..
    } = &program;
    program.draft().await;
    assert_eq!(
        program.standing().await.state_of(BET),
        BetState::Proposed,
        "an unsigned draft plans nothing"
    );

    let asked = office.ask_signature(owner).await.unwrap();
    let signed = office
        .sign(sponsor, asked.number, &asked.sha256, Some("Report in June".into()))
        .await
        .unwrap();
    assert_eq!(
        signed.signature.as_ref().map(|signature| signature.person.as_str()),
        Some(sponsor.person.as_str())
    );
    assert_eq!(program.standing().await.state_of(BET), BetState::Planned);

    let decision = office.start_bet(owner, &key()).await.unwrap();
    assert_eq!(
        (decision.decision.from.as_deref(), decision.decision.to.as_deref()),
        (Some("planned"), Some("running"))
    );

    program.clock.to(date(2026, 7, 6));
    program
        .take(
            "progress.csv",
            &progress(30, date(2026, 4, 13), 7, "opportunity", date(2026, 6, 15)),
        )
        .await;
    let judged = office.judge(owner, Some(&key()), None).await.unwrap();
    let bet = &judged["bets"][0];
    assert_eq!(
        (&judged["as_of"], &bet["have"], &bet["gate"]["need"]),
        (&"2026-06-15".into(), &7.into(), &12.0.into())
    );
    assert_eq!(bet["steps"][0]["entered"], 30);
    assert!(bet["probability"].as_f64().is_some_and(|p| p > 0.0 && p < 1.0), "{bet}");
    has_error_rates(bet);

    let review = office.open_review(owner).await.unwrap();
    assert_eq!(review.cycle, "2026-Q2", "the cycle that ended and was not reviewed yet");
    let before = program.traces().await;
    let refusal = office
        .close_review(owner, review.number, closing(0, false))
        .await
        .unwrap_err();
    assert_eq!(refusal.code, Code::Conflict);
    assert!(refusal.message.contains(BET), "{refusal}");
    assert_eq!(program.traces().await, before);

    let closed = office
        .close_review(owner, review.number, closing(0, true))
        .await
        .unwrap();
    assert_eq!(closed.closed_by.as_deref(), Some(owner.person.as_str()));
    let standing = program.standing().await;
    assert_eq!(standing.state_of(BET), BetState::Parked);
    let drafted = &standing.draft.parsed.strategy;
    assert_eq!(
        drafted.bet(BET).map(|bet| bet.state),
        Some(BetState::Parked),
        "the draft carries what was decided"
    );
    assert_eq!(drafted.review.next, Some(date(2026, 10, 5)));
    let register = office.decisions_on(owner, &key()).await.unwrap();
    let moves: Vec<&str> = register
        .iter()
        .filter_map(|entry| entry.decision.to.as_deref())
        .collect();
    assert_eq!(moves, ["planned", "running", "parked"]);
    let last = &register[2].decision;
    assert_eq!(
        (last.reason.as_str(), last.review),
        (UNDECIDED_REASON, Some(review.number))
    );
    assert_eq!(
        last.snapshot,
        standing.snapshot_id(),
        "it names the evidence it rests on"
    );
    office.verify_audit(owner).await.unwrap();
}

/// The rule's errors are of 400 simulated bets, each either one that meets the gate or one that misses.
fn has_error_rates(bet: &serde_json::Value) {
    let (retires, scales) = (
        &bet["error_rates"]["retires_would_meet"],
        &bet["error_rates"]["scales_miss"],
    );
    assert_eq!(
        retires["n"].as_u64().zip(scales["n"].as_u64()).map(|(m, n)| m + n),
        Some(400)
    );
    assert!(
        retires["low"].as_f64() <= retires["rate"].as_f64() && retires["rate"].as_f64() < Some(0.3),
        "{retires}"
    );
}

#[tokio::test]
async fn the_first_person_comes_by_a_link_that_works_once_and_for_a_day() {
    let folder = tempfile::tempdir().unwrap();
    let (office, clock) = crate::program::empty(folder.path()).await;
    let ines = || NewPerson {
        name: "Ines".into(),
        email: "ines@northwind.example".into(),
        password: "teal ferry under oak".into(),
    };
    let late = office.make_setup_link().await.unwrap();
    clock.minutes(24 * 60 + 1);
    assert_eq!(
        office.set_up(&late, ines()).await.unwrap_err().code,
        Code::Conflict,
        "it has expired"
    );
    let void = office.make_setup_link().await.unwrap();
    let token = office.make_setup_link().await.unwrap();
    assert_eq!(
        office.set_up(&void, ines()).await.unwrap_err().code,
        Code::NotFound,
        "a newer link took its place"
    );
    assert_eq!(
        office.set_up("nonsense", ines()).await.unwrap_err().code,
        Code::NotFound
    );

    let (one, other) = tokio::join!(office.set_up(&token, ines()), office.set_up(&token, ines()));
    assert_eq!(
        usize::from(one.is_ok()) + usize::from(other.is_ok()),
        1,
        "of two at once one gets in"
    );
    let secret = one.or(other).unwrap();
    let session = office.session(&secret).await.unwrap().unwrap();
    assert_eq!((session.actor.role, session.actor.name.as_str()), (Role::Owner, "Ines"));
    assert!(
        office.make_setup_link().await.is_err(),
        "a program with people hands out no link"
    );
    assert_eq!(
        office.mark_demo(&session.actor, "open").await.unwrap_err().code,
        Code::Conflict
    );
    assert_eq!(office.demo_actor("owner").await.unwrap_err().code, Code::SignInFirst);
}

#[tokio::test]
async fn guessing_a_password_has_to_wait_and_a_session_ends() {
    let program = Program::new().await;
    let office = &program.office;
    let email = "ines-marchetti@northwind.example";
    let guesses = (0..30).map(|_| {
        let office = office.clone();
        tokio::spawn(async move {
            office
                .sign_in(" INES-marchetti@northwind.example ", "wrong wrong wrong")
                .await
        })
    });
    let mut codes = Vec::new();
    for guess in guesses.collect::<Vec<_>>() {
        codes.push(guess.await.unwrap().unwrap_err().code);
    }
    assert_eq!(
        codes.iter().filter(|code| **code == Code::BadInput).count(),
        10,
        "tries made at once are all counted"
    );
    assert_eq!(codes.iter().filter(|code| **code == Code::TooMany).count(), 20);
    let right = "teal ferry under oak";
    assert_eq!(
        office.sign_in(email, right).await.unwrap_err().code,
        Code::TooMany,
        "the right one waits too"
    );
    program.clock.minutes(16);
    let secret = entered(office, email, right).await;
    assert!(office.session(&secret).await.unwrap().is_some());
    program.clock.minutes(12 * 60 + 1);
    assert!(
        office.session(&secret).await.unwrap().is_none(),
        "it was idle for twelve hours"
    );

    let secret = entered(office, email, right).await;
    office.sign_out(&program.owner, &secret).await.unwrap();
    assert!(office.session(&secret).await.unwrap().is_none());
    let secret = entered(office, email, right).await;
    office
        .set_password(&program.owner, email, "another ferry under oak".into())
        .await
        .unwrap();
    assert!(
        office.session(&secret).await.unwrap().is_none(),
        "a new password ends every session"
    );
    assert_eq!(office.sign_in(email, right).await.unwrap_err().code, Code::BadInput);
}
