//! Why the outcome is behind or ahead: what the facts of a bet add up to, and when there is nothing to hold them against.

use beachhead_office::Code;
use beachhead_office::missing::Missed;
use beachhead_office::strategy::{Range, Strategy};
use beachhead_office::what_if::{BetChange, WhatIf};
use jiff::civil::date;

use crate::program::{BET, FIRST_DAY, Program, key, progress};

async fn missed(program: &Program) -> Missed {
    program
        .office
        .miss(&program.owner, &program.standing().await)
        .await
        .unwrap()
}

/// Forty targets since 13 April, of which eight have an opportunity of 50,000 that a partner sourced, and one from nowhere.
async fn with_facts() -> Program {
    let program = Program::drafted().await;
    let since = |strategy: &mut Strategy| {
        strategy.outcome.from = Some(FIRST_DAY);
        for bet in &mut strategy.bets {
            bet.deal_value = Some(Range::new(20_000.0, 80_000.0));
        }
        Ok(())
    };
    program.office.edit(&program.owner, "edit", None, since).await.unwrap();
    program.sign().await.unwrap();
    program.office.start_bet(&program.owner, &key()).await.unwrap();
    program.clock.to(date(2026, 7, 6));
    let accounts: String = (0..41).map(|at| format!("a{at},Account {at},2000,EMEA\n")).collect();
    program
        .take("accounts.csv", &format!("account_id,name,employees,region\n{accounts}"))
        .await;
    let deals: String = (0..9)
        .map(|at| format!("o{at},a{},Open,2026-06-15,,50000\n", if at == 8 { 40 } else { at }))
        .collect();
    program
        .take(
            "opportunities.csv",
            &format!("opportunity_id,account_id,stage,created_on,closed_on,amount\n{deals}"),
        )
        .await;
    let partners = "partner_id,name,partner_type\np1,Workbright,technology\n";
    program.take("partners.csv", partners).await;
    let touches: String = (0..9)
        .map(|at| format!("o{at},p1,referral,2026-06-10,2026-06-10\n"))
        .collect();
    program
        .take(
            "touches.csv",
            &format!("opportunity_id,partner_id,kind,on,recorded_on\n{touches}"),
        )
        .await;
    let reached = progress(40, date(2026, 4, 13), 8, "opportunity", date(2026, 6, 15));
    program.take("progress.csv", &reached).await;
    program
}

#[tokio::test]
async fn the_parts_add_up_and_what_no_bet_brought_stands_by_itself() {
    let program = with_facts().await;
    let missed = missed(&program).await;
    let parts: i64 = missed.lines.iter().map(|line| line.amount).sum();
    assert_eq!(parts, missed.miss.difference(), "{}", missed.says);
    assert_eq!(missed.miss.actual, 450_000, "{}", missed.says);
    let outside = missed.lines.iter().find(|line| line.kind == "outside").unwrap();
    assert_eq!((outside.amount, &outside.bet), (50_000, &None));
    let volume = missed.lines.iter().find(|line| line.kind == "volume").unwrap();
    assert_eq!((volume.actual, volume.bet.as_deref()), (Some(40.0), Some(BET)));
}

#[tokio::test]
async fn without_a_signed_plan_or_facts_it_says_what_is_missing() {
    for program in [Program::drafted().await, Program::running().await] {
        let standing = program.standing().await;
        let refusal = program.office.miss(&program.owner, &standing).await.err().unwrap();
        assert_eq!(refusal.code, Code::Conflict, "{refusal}");
    }
}

#[tokio::test]
async fn a_what_if_of_a_running_bet_keeps_what_was_seen_of_it() {
    let program = with_facts().await;
    let (office, owner, standing) = (&program.office, &program.owner, program.standing().await);
    let change = |mean| WhatIf {
        bets: [(
            key(),
            BetChange {
                steps: [(0, (mean, 10.0))].into(),
                ..BetChange::default()
            },
        )]
        .into(),
        ..WhatIf::default()
    };
    let own = async |what_if: WhatIf| {
        let answered = office.what_if(owner, &standing, &what_if).await.unwrap();
        (answered.before.own.mean, answered.after.own.mean)
    };
    let (planned, low) = own(change(0.05)).await;
    let (_, high) = own(change(0.95)).await;
    assert!(low < high, "{low} {planned} {high}");
    assert!(
        high < 19.0 * low,
        "forty targets weigh more than a prior of ten: {low} {high}"
    );
    let unknown = WhatIf {
        bets: [("no-such-bet".to_owned(), BetChange::default())].into(),
        ..WhatIf::default()
    };
    let refusal = office.what_if(owner, &standing, &unknown).await.err().unwrap();
    assert_eq!(refusal.code, Code::NotFound);
    assert!(!office.off_by(owner, &standing).await.unwrap().assumptions.is_empty());
}
