//! Every number is a link: the rows behind a figure are as many as the figure says, on the day that it speaks of.

use beachhead_office::cohorting::CohortQuestion;
use beachhead_office::facts::catalogue::Table;
use beachhead_office::facts::export::Format;
use beachhead_office::facts::measure::{CohortPart, CohortRows, Mark, Order, Side};
use beachhead_office::facts::records::RecordsQuestion;
use beachhead_office::facts::{Status, Watch};
use beachhead_office::lifting::LiftQuestion;
use beachhead_office::strategy::{BetState, IndicatorKind, Range, Strategy};
use beachhead_office::tracing::{AtStep, LiftSide, RowsQuestion, targets};
use beachhead_office::{Code, Standing, reporting};
use jiff::civil::date;

use crate::program::{BET, FIRST_DAY, Program, key, progress};

/// Sixty opportunities of forty accounts, most with a partner, over five months; forty targets, twelve at an opportunity.
async fn with_facts() -> Program {
    let program = Program::drafted().await;
    let edit = |strategy: &mut Strategy| {
        strategy.outcome.from = Some(date(2026, 1, 1));
        for bet in &mut strategy.bets {
            bet.deal_value = Some(Range::new(20_000.0, 80_000.0));
        }
        Ok(())
    };
    program.office.edit(&program.owner, "edit", None, edit).await.unwrap();
    program.sign().await.unwrap();
    program.office.start_bet(&program.owner, &key()).await.unwrap();
    program.clock.to(date(2026, 7, 6));
    let accounts: String = (0..41)
        .map(|at| format!("a{at},Account {at},{},EMEA\n", 40 * at))
        .collect();
    program
        .take("accounts.csv", &format!("account_id,name,employees,region\n{accounts}"))
        .await;
    let deal = |at: usize| {
        let (month, stage) = (at % 5 + 1, ["Closed Won", "Closed Lost", "Discovery"][at % 3]);
        let closed = if at % 3 == 2 {
            String::new()
        } else {
            format!("2026-06-{:02}", at % 28 + 1)
        };
        format!(
            "o{at},a{},{stage},2026-{month:02}-10,{closed},{}\n",
            at % 41,
            1_000 * (at + 1)
        )
    };
    let deals: String = (0..60).map(deal).collect();
    let header = "opportunity_id,account_id,stage,created_on,closed_on,amount\n";
    program.take("opportunities.csv", &format!("{header}{deals}")).await;
    let types = program.standing().await.strategy().program.partner_types.clone();
    let partners = format!("partner_id,name,partner_type\np1,Workbright,{}\n", types[0]);
    program.take("partners.csv", &partners).await;
    let touch = |at: usize| {
        let kind = if at.is_multiple_of(2) {
            "referral"
        } else {
            "joint meeting"
        };
        let day = if at.is_multiple_of(2) { "08" } else { "12" };
        format!(
            "o{at},p1,{kind},2026-{:02}-{day},2026-{:02}-{day}\n",
            at % 5 + 1,
            at % 5 + 1
        )
    };
    let touches: String = (0..60).filter(|at| at % 4 != 3).map(touch).collect();
    let header = "opportunity_id,partner_id,kind,on,recorded_on\n";
    program.take("touches.csv", &format!("{header}{touches}")).await;
    let reached = progress(40, date(2026, 4, 13), 12, "opportunity", date(2026, 6, 15));
    program.take("progress.csv", &reached).await;
    program
        .take(
            "effort.csv",
            "person,week,initiative,hours\nInes,2026-04-20,Resale,12.5\nTom,2026-04-27,Resale,8\n",
        )
        .await;
    program
}

async fn count(program: &Program, standing: &Standing, question: RowsQuestion) -> u64 {
    let traced = program.office.trace(&program.owner, standing, &question).await.unwrap();
    traced.found.tally().opportunities
}

#[tokio::test]
async fn the_cells_of_where_to_win_have_their_rows() {
    let program = with_facts().await;
    let standing = program.standing().await;
    let mut seen = 0;
    for cell in &standing.arena().cells {
        let counts = cell.counts.as_ref().unwrap();
        for (side, record) in [
            (Side::With(Some(cell.partner_type.clone())), counts.with),
            (Side::Without, counts.without),
        ] {
            let rows = |key: &[(&str, &str)], is_decided| RowsQuestion {
                key: key
                    .iter()
                    .map(|(field, value)| ((*field).to_owned(), (*value).to_owned()))
                    .chain([("segment".to_owned(), cell.segment.clone())])
                    .collect(),
                side: Some(side.clone()),
                is_decided,
                of_draft: true,
                ..RowsQuestion::default()
            };
            seen += record.opportunities;
            assert_eq!(count(&program, &standing, rows(&[], false)).await, record.opportunities);
            assert_eq!(
                count(&program, &standing, rows(&[], true)).await,
                record.won + record.lost
            );
            assert_eq!(
                count(&program, &standing, rows(&[("status", "won")], false)).await,
                record.won
            );
            assert_eq!(
                count(&program, &standing, rows(&[("status", "open")], false)).await,
                record.open
            );
        }
    }
    assert!(seen > 60, "some cells hold something");
}

#[tokio::test]
async fn the_outcome_and_what_a_bet_brought_have_their_rows() {
    let program = with_facts().await;
    let standing = program.standing().await;
    let outcome = &standing.strategy().outcome;
    let period = (outcome.from.unwrap(), outcome.by.unwrap());
    let now = standing.outcome_now().unwrap();
    assert!(now.n > 10);
    let of_outcome = RowsQuestion {
        measure: Some((outcome.measure.clone(), period.0, period.1)),
        in_scope: true,
        ..RowsQuestion::default()
    };
    assert_eq!(count(&program, &standing, of_outcome.clone()).await, now.n);

    let bet = standing.bet(&key()).unwrap();
    let indicators = bet
        .indicators
        .iter()
        .filter(|indicator| indicator.kind == IndicatorKind::Lagging);
    let mut measured = 0;
    for indicator in indicators {
        let Some((_, n)) = standing.brought_by(bet, &indicator.measure) else {
            continue;
        };
        let question = RowsQuestion {
            measure: Some((indicator.measure.clone(), period.0, period.1)),
            in_scope: true,
            bet: Some(key()),
            ..RowsQuestion::default()
        };
        assert_eq!(count(&program, &standing, question).await, n);
        measured += 1;
    }
    assert!(measured > 0, "the bet has an indicator in money");

    let missed = program.office.miss(&program.owner, &standing).await.unwrap();
    let mut parts = 0;
    for taken_on in [key(), "none".to_owned()] {
        let question = RowsQuestion {
            taken_on: Some(taken_on),
            ..of_outcome.clone()
        };
        parts += count(&program, &standing, question).await;
    }
    assert_eq!(parts, now.n, "each opportunity came from the bet or from none");
    assert!(
        missed.lines.iter().all(|line| line.href.starts_with("/evidence")),
        "every part has its rows"
    );
}

#[tokio::test]
async fn the_steps_of_a_funnel_have_their_targets() {
    let program = with_facts().await;
    let standing = program.standing().await;
    let judged = standing.judged(BET).unwrap();
    for step in &judged.stages.steps {
        let n = |came_to| targets(&standing, &key(), Some(&step.step), came_to).unwrap().1.len() as u64;
        let open: u64 = step.open_ages_weeks.iter().map(|(_, n)| n).sum();
        assert_eq!(n(AtStep::Entered), step.entered, "{}", step.step);
        assert_eq!(n(AtStep::Reached), step.converted, "{}", step.step);
        assert_eq!(n(AtStep::Lost), step.lost, "{}", step.step);
        assert_eq!(n(AtStep::Open), open, "{}", step.step);
    }
    assert_eq!(targets(&standing, &key(), None, AtStep::Entered).unwrap().1.len(), 40);
    let no_step = targets(&standing, &key(), Some("dance"), AtStep::Open).err().unwrap();
    assert_eq!(no_step.code, Code::NotFound);
    let question = RecordsQuestion::of(Table::Progress, 100).with("bet", &BET.to_uppercase());
    let rows = program
        .office
        .records(&program.owner, &standing, question)
        .await
        .unwrap();
    assert_eq!(
        rows.of,
        40 + judged
            .progress
            .targets
            .iter()
            .filter(|target| target.reached.iter().any(Option::is_some))
            .count()
            .min(12) as u64
    );
    let effort = program
        .office
        .records(&program.owner, &standing, RecordsQuestion::of(Table::Effort, 1))
        .await
        .unwrap();
    assert_eq!((effort.of, effort.rows.len(), effort.hours), (2, 1, Some(20.5)));
}

#[tokio::test]
async fn months_and_both_sides_of_a_comparison_have_their_rows() {
    let program = with_facts().await;
    let standing = program.standing().await;
    let found = program
        .office
        .cohorts(&program.owner, CohortQuestion::default())
        .await
        .unwrap();
    let rows = |month, part| RowsQuestion {
        cohort: Some(CohortRows {
            from: Mark::Usual,
            to: Mark::Usual,
            within_days: found.within_days,
            month,
            part,
        }),
        ..RowsQuestion::default()
    };
    assert_eq!(found.whole.months.len(), 5);
    for month in &found.whole.months {
        assert_eq!(
            count(&program, &standing, rows(Some(month.start), CohortPart::All)).await,
            month.read.n
        );
        let converted = count(&program, &standing, rows(Some(month.start), CohortPart::Converted)).await;
        assert_eq!(converted, month.read.converted);
    }
    assert_eq!(
        count(&program, &standing, rows(None, CohortPart::Mature)).await,
        found.whole.mature.n
    );
    assert_eq!(
        count(&program, &standing, rows(None, CohortPart::MatureConverted)).await,
        found.whole.mature.k
    );

    for rule in [None, Some("employees >= 800".to_owned())] {
        let question = LiftQuestion {
            with: rule.clone(),
            ..LiftQuestion::default()
        };
        let view = program.office.lift(&program.owner, question).await.unwrap();
        for (with, arm) in [(true, view.lift.with), (false, view.lift.without)] {
            let side = |open, status: Option<Status>| RowsQuestion {
                lift: Some(LiftSide {
                    rule: rule.clone(),
                    with,
                    open,
                }),
                key: status
                    .iter()
                    .map(|status| ("status".to_owned(), status.name().to_owned()))
                    .collect(),
                ..RowsQuestion::default()
            };
            assert_eq!(
                count(&program, &standing, side(false, None)).await,
                arm.rate.n,
                "{rule:?} {with}"
            );
            assert_eq!(
                count(&program, &standing, side(false, Some(Status::Won))).await,
                arm.rate.k
            );
            assert_eq!(count(&program, &standing, side(true, None)).await, arm.open);
        }
    }
}

#[tokio::test]
async fn an_opportunity_is_told_from_its_rows_and_comes_out_as_it_came_in() {
    let program = with_facts().await;
    let standing = program.standing().await;
    let (office, owner) = (&program.office, &program.owner);
    let view = office.opportunity(owner, &standing, "o4").await.unwrap();
    assert_eq!(
        (view.row.account.as_str(), view.account.shown(0, "name").as_str()),
        ("Account 4", "Account 4")
    );
    assert_eq!((view.row.file, view.row.row, view.record.rows[0].row), (1, 6, 6));
    let touch = &view.touches.rows[0];
    assert_eq!((view.touches.found, touch.days_to_creation, touch.row), (1, Some(2), 5));
    let nobody = office.opportunity(owner, &standing, "o99").await.err().unwrap();
    assert_eq!(nobody.code, Code::NotFound);

    let traced = office.trace(owner, &standing, &RowsQuestion::default()).await.unwrap();
    let csv = traced.file(Order::default()).write(Format::Csv, Vec::new()).unwrap();
    assert_eq!(
        String::from_utf8(csv).unwrap().lines().count(),
        61,
        "a header and a line each"
    );
    let folder = program.file("out", "");
    std::fs::remove_file(&folder).unwrap();
    let written = office
        .export_tables(owner, None, &folder, Format::Csv, Watch::default())
        .await
        .unwrap();
    let rows: u64 = written
        .iter()
        .filter(|(table, _)| *table == Table::Opportunities)
        .map(|(_, rows)| rows)
        .sum();
    assert_eq!(rows, 60);
    assert!(folder.join("opportunities.csv").exists() && folder.join("effort.csv").exists());
}

#[tokio::test]
async fn an_earlier_day_has_its_own_text_states_and_reviews() {
    let program = Program::running().await;
    let (office, owner) = (&program.office, &program.owner);
    let deals = "opportunity_id,stage,created_on,closed_on,amount\no1,Closed Won,2026-03-02,2026-05-20,100\n";
    program.clock.to(date(2026, 6, 1));
    program.take("deals.csv", deals).await;
    let then = program.standing().await;
    program.clock.to(date(2026, 6, 15));
    let review = office.open_review(owner).await.unwrap();
    let revised = |strategy: &mut Strategy| {
        strategy.outcome.target = Some(5_000_000.0);
        Ok(())
    };
    office.edit(owner, "edit", None, revised).await.unwrap();
    let asked = office.ask_signature(owner).await.unwrap();
    office
        .sign(&program.sponsor, asked.number, &asked.sha256, None)
        .await
        .unwrap();
    program.clock.to(date(2026, 7, 1));
    office
        .decide_bet(
            owner,
            &key(),
            BetState::Parked,
            "Nobody has the hours for it until the autumn comes round",
        )
        .await
        .unwrap();
    program.clock.to(date(2026, 7, 6));

    let now = program.standing().await;
    assert_eq!(now.state_of(BET), BetState::Parked);
    assert_eq!(now.strategy().outcome.target, Some(5_000_000.0));
    let back = office.standing(owner, Some(date(2026, 6, 1))).await.unwrap();
    assert_eq!((back.today, back.state_of(BET)), (date(2026, 6, 1), BetState::Running));
    assert_eq!(back.strategy().outcome.target, then.strategy().outcome.target);
    assert_eq!(back.reviews, [], "the review was opened later");
    assert_eq!(back.versions.len(), 1);
    assert!(back.hindsight.is_empty(), "{:?}", back.hindsight);
    assert_eq!(
        office.standing(owner, Some(date(2026, 6, 20))).await.unwrap().reviews[0].number,
        review.number
    );
    assert_eq!(
        office
            .standing(owner, Some(date(2026, 7, 1)))
            .await
            .unwrap()
            .state_of(BET),
        BetState::Parked
    );

    let first = office.standing(owner, Some(date(2026, 3, 10))).await.unwrap();
    assert!(first.signed.is_none() && first.versions.is_empty());
    let words = reporting::one_page_of(&first, None).banner.unwrap();
    assert!(
        words.contains("nobody had it yet") && words.contains("no version was signed"),
        "{words}"
    );
    let before = office.standing(owner, Some(date(2026, 2, 1))).await.unwrap();
    assert!(
        before.hindsight[0].contains("know nothing of 1 Feb 2026"),
        "{:?}",
        before.hindsight
    );
    assert!(FIRST_DAY > before.today);
}
