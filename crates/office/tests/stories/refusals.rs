//! A refused write leaves everything as it was, and the audit chain holds.

use beachhead_office::ledger::Effect;
use beachhead_office::reviewing::Deciding;
use beachhead_office::strategy::review::Choice;
use beachhead_office::strategy::{Bet, BetState, CellState};
use beachhead_office::written::CellChoice;
use beachhead_office::{Code, Refusal};
use jiff::civil::date;

use crate::program::{FIRST_DAY, Program, closing, key, on_postgres};

#[tokio::test]
async fn a_refused_write_leaves_draft_register_and_audit_chain_as_they_were() {
    refusals(Program::running().await).await;
}

#[tokio::test]
async fn a_refused_write_leaves_draft_register_and_audit_chain_as_they_were_on_postgres() {
    on_postgres("refusals", |program| async move {
        program.draft().await;
        program.sign().await.unwrap();
        program.office.start_bet(&program.owner, &key()).await.unwrap();
        refusals(program).await;
    })
    .await;
}

/// What was tried, the refusal it should meet, and the one it met.
type Tried = (&'static str, Code, Option<Refusal>);

async fn refusals(program: Program) {
    let review = program.office.open_review(&program.owner).await.unwrap().number;
    let before = program.traces().await;
    let mut refused = refused_writing(&program, &before.draft).await;
    refused.extend(refused_decisions(&program).await);
    refused.extend(refused_reviews(&program, review).await);
    for (what, code, refusal) in &refused {
        let refusal = refusal.as_ref().unwrap_or_else(|| panic!("{what} was not refused"));
        assert_eq!(refusal.code, *code, "{what}: {refusal}");
        assert!(
            !refusal.message.is_empty() && !refusal.hint.is_empty(),
            "{what}: {refusal}"
        );
    }
    assert_eq!(program.traces().await, before);
}

async fn refused_writing(program: &Program, draft: &(String, i64)) -> Vec<Tried> {
    let (office, owner) = (&program.office, &program.owner);
    let cell = |state, reason: &str, would_reopen: &str| CellChoice {
        segment: "target accounts".into(),
        partner_type: "reseller".into(),
        state,
        reason: reason.into(),
        would_reopen: would_reopen.into(),
        beyond_limit: String::new(),
    };
    let elsewhere = CellChoice {
        segment: "nowhere".into(),
        ..cell(CellState::Chosen, "why", "")
    };
    let twice = Bet {
        name: crate::program::BET.into(),
        ..Bet::default()
    };
    vec![
        (
            "no reason",
            Code::BadInput,
            office.choose(owner, cell(CellState::Chosen, " ", "")).await.err(),
        ),
        (
            "nothing reopens",
            Code::BadInput,
            office.choose(owner, cell(CellState::Declined, "why", "")).await.err(),
        ),
        (
            "no such cell",
            Code::NotFound,
            office.choose(owner, elsewhere).await.err(),
        ),
        (
            "stale",
            Code::Conflict,
            office.edit(owner, "edit", Some(0), |_| Ok(())).await.err(),
        ),
        (
            "unreadable",
            Code::ChecksFail,
            office.import_strategy(owner, "[[bet]", None).await.err(),
        ),
        (
            "stale text",
            Code::Conflict,
            office.import_strategy(owner, &draft.0, Some(0)).await.err(),
        ),
        (
            "same name",
            Code::BadInput,
            office.save_bet(owner, None, twice, draft.1).await.err(),
        ),
    ]
}

async fn refused_decisions(program: &Program) -> Vec<Tried> {
    let (office, owner, key) = (&program.office, &program.owner, key());
    let long = "word ".repeat(2_000);
    let far = date(2026, 4, 7);
    vec![
        ("started", Code::Conflict, office.start_bet(owner, &key).await.err()),
        (
            "no such bet",
            Code::NotFound,
            office.start_bet(owner, "nothing").await.err(),
        ),
        (
            "no move",
            Code::Conflict,
            office.decide_bet(owner, &key, BetState::Declined, "why").await.err(),
        ),
        (
            "no reason",
            Code::BadInput,
            office.decide_bet(owner, &key, BetState::Parked, " ").await.err(),
        ),
        (
            "too long",
            Code::BadInput,
            office.decide_bet(owner, &key, BetState::Parked, &long).await.err(),
        ),
        (
            "not yet",
            Code::BadInput,
            office.add_note(owner, &key, far, "seen", Effect::For, None).await.err(),
        ),
        (
            "empty note",
            Code::BadInput,
            office
                .add_note(owner, &key, FIRST_DAY, " ", Effect::For, None)
                .await
                .err(),
        ),
        (
            "long note",
            Code::BadInput,
            office
                .add_note(owner, &key, FIRST_DAY, &long, Effect::For, None)
                .await
                .err(),
        ),
    ]
}

async fn refused_reviews(program: &Program, review: i64) -> Vec<Tried> {
    let (office, owner, sponsor, key) = (&program.office, &program.owner, &program.sponsor, key());
    let past = beachhead_office::reviewing::Closing {
        next_review: FIRST_DAY,
        ..closing(0, true)
    };
    vec![
        ("open already", Code::Conflict, office.open_review(owner).await.err()),
        (
            "another revision",
            Code::Conflict,
            office.close_review(owner, review, closing(7, true)).await.err(),
        ),
        (
            "undecided",
            Code::Conflict,
            office.close_review(owner, review, closing(0, false)).await.err(),
        ),
        (
            "next in the past",
            Code::BadInput,
            office.close_review(owner, review, past).await.err(),
        ),
        (
            "no such review",
            Code::NotFound,
            office.close_review(owner, 9, closing(0, true)).await.err(),
        ),
        (
            "no such bet",
            Code::NotFound,
            office
                .decide_in_review(owner, review, "nothing", Deciding::new(Choice::Park, "why", 0))
                .await
                .err(),
        ),
        (
            "stale item",
            Code::Conflict,
            office
                .decide_in_review(owner, review, &key, Deciding::new(Choice::Park, "why", 3))
                .await
                .err(),
        ),
        (
            "signed",
            Code::Conflict,
            office.sign(sponsor, 1, &"0".repeat(64), None).await.err(),
        ),
        (
            "sent back",
            Code::Conflict,
            office.send_back(sponsor, 1, "why").await.err(),
        ),
        ("no question left", Code::Conflict, office.start(owner, 0).await.err()),
    ]
}
