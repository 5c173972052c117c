//! The board page: each of its three numbers is what its rows say, and too few are said to be too few.

use beachhead_office::Code;
use beachhead_office::facts::measure::Side;
use beachhead_office::strategy::Scope;
use beachhead_office::tracing::RowsQuestion;
use jiff::civil::date;

use crate::program::{Program, key};

/// Deals of the year before and of this year: `with` of each were brought by a partner.
fn deals(with: usize) -> (String, String) {
    let mut deals = "opportunity_id,account,stage,created_on,closed_on,amount\n".to_owned();
    let mut touches = "touch_id,opportunity_id,partner_id,kind,on\n".to_owned();
    for (year, month, days) in [(2025, 8, 64), (2026, 4, 50)] {
        for at in 0..40 {
            let id = format!("o{year}-{at}");
            let created = date(year, month, 1).saturating_add(jiff::Span::new().days(at / 4));
            let closed = created.saturating_add(jiff::Span::new().days(days + at % 7));
            let stage = if at % 3 == 0 { "Lost" } else { "Won" };
            let amount = 10_000 + 1_000 * at;
            deals.push_str(&format!(
                "{id},Account {year} {at},{stage},{created},{closed},{amount}\n"
            ));
            if at < i64::try_from(with).unwrap() {
                let on = created.yesterday().unwrap();
                touches.push_str(&format!("t{id},{id},PeopleOak,referral,{on}\n"));
            }
        }
    }
    (deals, touches)
}

async fn told(with: usize) -> Program {
    let program = Program::drafted().await;
    let everywhere = |strategy: &mut beachhead_office::strategy::Strategy| {
        strategy.outcome.scope = Scope::All;
        Ok(())
    };
    program
        .office
        .edit(&program.owner, "edit", None, everywhere)
        .await
        .unwrap();
    program.sign().await.unwrap();
    program.office.start_bet(&program.owner, &key()).await.unwrap();
    program.clock.to(date(2026, 7, 6));
    let (deals, touches) = deals(with);
    program.take("deals.csv", &deals).await;
    program.take("touches.csv", &touches).await;
    program
}

#[tokio::test]
async fn each_of_the_three_numbers_is_what_its_rows_say() {
    let program = told(24).await;
    let (office, owner) = (&program.office, &program.owner);
    let standing = program.standing().await;
    let board = office.board(owner, None).await.unwrap();
    let names: Vec<&str> = board.numbers.iter().map(|number| number.name.as_str()).collect();
    assert_eq!(
        names,
        ["Sourced pipeline", "Change of cycle time", "Conversion against direct"]
    );
    for number in &board.numbers {
        assert!(!number.definition.is_empty() && !number.range.is_empty(), "{number:?}");
        assert!(number.says.href.is_some() && number.n.href.is_some(), "{number:?}");
        assert_eq!(
            (number.as_of, number.caution.as_ref()),
            (standing.as_of, None),
            "{number:?}"
        );
    }
    let (from, to) = board.period;
    let sourced = RowsQuestion {
        key: vec![("class".into(), "sourced".into())],
        measure: Some(("sourced-pipeline".into(), from, to)),
        in_scope: true,
        ..RowsQuestion::default()
    };
    let rows = office.rows(owner, &standing, &sourced).await.unwrap();
    assert_eq!(rows.len(), 24);
    let sum: i64 = rows.iter().filter_map(|row| row.amount_minor).sum();
    assert_eq!(sum, (0..24).map(|at| 100 * (10_000 + 1_000 * at)).sum::<i64>());
    let pipeline = &board.numbers[0];
    assert!(
        pipeline.says.says.starts_with("USD 516\u{202f}000 ("),
        "{}",
        pipeline.says.says
    );
    assert_eq!(pipeline.n.says, "24 opportunities of 24 accounts");
    assert_eq!(pipeline.more.len(), 5, "the largest accounts, by name");
    assert_eq!(pipeline.more[0].says, "Account 2026 23: USD 33\u{202f}000");

    let won = RowsQuestion {
        measure: Some(("cycle-time".into(), from, to)),
        in_scope: true,
        side: Some(Side::With(None)),
        ..RowsQuestion::default()
    };
    let now = office.rows(owner, &standing, &won).await.unwrap().len();
    assert_eq!(
        board.numbers[1].n.says,
        format!("{now} since {}, {now} before", "1 Jan 2026")
    );
    assert!(
        board.numbers[1].says.says.starts_with("−14 days ("),
        "{}",
        board.numbers[1].says.says
    );
}

#[tokio::test]
async fn what_rests_on_too_few_says_so_and_nothing_is_made_up_without_facts() {
    let program = told(2).await;
    let board = program.office.board(&program.owner, None).await.unwrap();
    for number in &board.numbers {
        let caution = number.caution.as_ref().map(|tag| tag.word.as_str()).unwrap_or_default();
        assert!(!caution.is_empty(), "{number:?}");
    }
    assert_eq!(board.numbers[1].says.says, "too few to say");
    assert!(board.spend[0].says.starts_with("Not known"), "{:?}", board.spend);
    let markdown = program.office.board_markdown(&program.owner, None).await.unwrap();
    assert!(markdown.contains("never added together"), "{markdown}");

    let empty = Program::running().await;
    let refusal = empty.office.board(&empty.owner, None).await.map(drop).unwrap_err();
    assert_eq!(refusal.code, Code::Conflict);
}
