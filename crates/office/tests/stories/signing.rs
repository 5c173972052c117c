//! The sponsor's signature binds the exact text of one version, once.

use std::sync::Arc;

use beachhead_office::Code;
use beachhead_office::ledger::VersionState;
use beachhead_office::strategy::BetState;

use crate::program::{BET, Program, on_postgres};

#[tokio::test]
async fn a_signature_binds_the_text_that_was_asked_for() {
    let program = Program::drafted().await;
    let Program {
        office, owner, sponsor, ..
    } = &program;
    let asked = office.ask_signature(owner).await.unwrap();
    office.name_program(owner, "Another name").await.unwrap();
    assert_eq!(
        office
            .sign(owner, asked.number, &asked.sha256, None)
            .await
            .unwrap_err()
            .code,
        Code::NotAllowed
    );
    let refusal = office
        .sign(sponsor, asked.number, &"0".repeat(64), None)
        .await
        .unwrap_err();
    assert_eq!(refusal.code, Code::Conflict, "another text was seen");

    let signed = office.sign(sponsor, asked.number, &asked.sha256, None).await.unwrap();
    assert_eq!(signed.text, asked.text);
    assert!(signed.text.contains("Northwind Analytics") && !signed.text.contains("Another name"));
    let standing = program.standing().await;
    assert_eq!(
        standing.strategy().program.name,
        "Northwind Analytics",
        "what is in force is what was signed"
    );
    assert_eq!(standing.draft.parsed.strategy.program.name, "Another name");
    assert_eq!(
        office
            .sign(sponsor, asked.number, &asked.sha256, None)
            .await
            .unwrap_err()
            .code,
        Code::Conflict
    );
    assert_eq!(
        office.sign(sponsor, 99, &asked.sha256, None).await.unwrap_err().code,
        Code::NotFound
    );
}

#[tokio::test]
async fn who_may_not_sign_is_told_who_can() {
    let program = Program::drafted().await;
    let asked = program.office.ask_signature(&program.owner).await.unwrap();
    let refusal = program
        .office
        .sign(&program.owner, asked.number, &asked.sha256, None)
        .await
        .unwrap_err();
    assert!(refusal.hint.contains("sponsor"), "{refusal}");
}

#[tokio::test]
async fn of_fifty_signatures_at_once_one_counts() {
    fifty(Program::drafted().await).await;
}

#[tokio::test]
async fn of_fifty_signatures_at_once_one_counts_on_postgres() {
    on_postgres("fifty", |program| async move {
        program.draft().await;
        fifty(program).await;
    })
    .await;
}

async fn fifty(program: Program) {
    let program = Arc::new(program);
    let asked = program.office.ask_signature(&program.owner).await.unwrap();
    let tries = (0..50).map(|_| {
        let (program, asked) = (Arc::clone(&program), asked.clone());
        tokio::spawn(async move {
            program
                .office
                .sign(&program.sponsor, asked.number, &asked.sha256, None)
                .await
        })
    });
    let mut signed = 0;
    for attempt in tries.collect::<Vec<_>>() {
        match attempt.await.unwrap() {
            Ok(_) => signed += 1,
            Err(refusal) => assert_eq!(refusal.code, Code::Conflict, "{refusal}"),
        }
    }
    assert_eq!(signed, 1);
    assert_eq!(program.traces().await.register.len(), 1, "the bet was planned once");
}

#[tokio::test]
async fn of_many_starts_at_once_one_counts_even_when_the_draft_has_lost_the_bet() {
    let program = Program::drafted().await;
    program.sign().await.unwrap();
    let other = program.standing().await.draft.parsed.strategy.bets[0].clone();
    let without = move |strategy: &mut beachhead_office::strategy::Strategy| {
        strategy.bets[0].name = format!("{} anew", other.name);
        Ok(())
    };
    program
        .office
        .edit(&program.owner, "edit", None, without)
        .await
        .unwrap();
    let program = Arc::new(program);
    let tries = (0..20).map(|_| {
        let program = Arc::clone(&program);
        tokio::spawn(async move { program.office.start_bet(&program.owner, &crate::program::key()).await })
    });
    let mut started = 0;
    for attempt in tries.collect::<Vec<_>>() {
        started += usize::from(attempt.await.unwrap().is_ok());
    }
    assert_eq!(started, 1);
    assert_eq!(program.standing().await.state_of(BET), BetState::Running);
    assert_eq!(program.traces().await.register.len(), 2, "planned, then running");
}

#[tokio::test]
async fn a_version_is_sent_back_superseded_or_not_asked_twice() {
    let program = Program::drafted().await;
    let Program {
        office, owner, sponsor, ..
    } = &program;
    let first = office.ask_signature(owner).await.unwrap();
    assert_eq!(
        office.ask_signature(owner).await.unwrap_err().code,
        Code::Conflict,
        "this very text waits already"
    );
    office.name_program(owner, "Northwind").await.unwrap();
    let second = office.ask_signature(owner).await.unwrap();
    assert_eq!(
        office.version(owner, first.number).await.unwrap().state,
        VersionState::Superseded
    );
    assert_eq!(
        office
            .sign(sponsor, first.number, &first.sha256, None)
            .await
            .unwrap_err()
            .code,
        Code::Conflict
    );

    assert_eq!(
        office.send_back(sponsor, second.number, "  ").await.unwrap_err().code,
        Code::BadInput
    );
    let sent = office
        .send_back(sponsor, second.number, "Fewer hours, please")
        .await
        .unwrap();
    assert_eq!(
        (sent.state, sent.comment.as_deref()),
        (VersionState::SentBack, Some("Fewer hours, please"))
    );
    assert_eq!(
        office
            .sign(sponsor, second.number, &second.sha256, None)
            .await
            .unwrap_err()
            .code,
        Code::Conflict
    );
    assert_eq!(program.standing().await.state_of(BET), BetState::Proposed);

    program.sign().await.unwrap();
    assert_eq!(
        office.ask_signature(owner).await.unwrap_err().code,
        Code::Conflict,
        "nothing has changed since"
    );
}

#[tokio::test]
async fn nobody_writes_a_bet_into_running() {
    let program = Program::drafted().await;
    for state in [
        BetState::Running,
        BetState::Scaled,
        BetState::Retired,
        BetState::Planned,
    ] {
        let write = move |strategy: &mut beachhead_office::strategy::Strategy| {
            strategy.bets[0].state = state;
            Ok(())
        };
        program.office.edit(&program.owner, "edit", None, write).await.unwrap();
        assert_eq!(
            program.standing().await.state_of(BET),
            BetState::Proposed,
            "written as {state}"
        );
    }
    let refusal = program
        .office
        .start_bet(&program.owner, &crate::program::key())
        .await
        .unwrap_err();
    assert_eq!(refusal.code, Code::Conflict, "{refusal}");
}

#[tokio::test]
async fn what_a_finding_stops_is_not_asked() {
    let program = Program::drafted().await;
    let before = program.traces().await;
    let no_route = |strategy: &mut beachhead_office::strategy::Strategy| {
        strategy.bets.clear();
        Ok(())
    };
    program
        .office
        .edit(&program.owner, "edit", None, no_route)
        .await
        .unwrap();
    let refusal = program.office.ask_signature(&program.owner).await.unwrap_err();
    assert_eq!((refusal.code, refusal.code.exit()), (Code::ChecksFail, 1), "{refusal}");
    assert_eq!(program.traces().await.versions, before.versions);
}
