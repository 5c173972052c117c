//! Joining tables into a star.

use beachhead_facts::catalogue::Table;
use beachhead_facts::export::{About, Format, RowsFile};
use beachhead_facts::measure::{Field, Narrow, OpportunityRow, Order, Selection, Weigh, find_rows, rows, weigh};
use beachhead_facts::{Star, Tables};
use beachhead_strategy::{AttributionPolicy, Currency, FiscalCalendar};

use crate::{day, rule};

fn everything() -> Selection {
    Selection {
        key: Vec::new(),
        filter: None,
        scope: None,
        measure: None,
        as_of: day("2026-12-31"),
        segments: Vec::new(),
        policy: AttributionPolicy::default(),
    }
}

fn accounts() -> Tables {
    Tables::default().with(
        Table::Accounts,
        &["account_id", "name", "domain", "employees"],
        &[
            ["a1", "Acme Corp.", "https://www.acme.com", "10"],
            ["a2", "Betatech", "", "20"],
            ["a3", "Twin", "", "30"],
            ["a4", "twin", "", "40"],
        ],
    )
}

#[test]
fn an_opportunity_names_its_account_by_id_domain_or_name() {
    let names = [
        ["o1", "a1"],
        ["o2", "acme.com"],
        ["o3", "ACME CORP"],
        ["o4", "betatech"],
        ["o5", "Twin"],
        ["o6", ""],
    ];
    let tables = accounts().with(Table::Opportunities, &["opportunity_id", "account_id"], &names);
    let star = Star::build(tables, None);
    let found = rows(&star, &everything()).expect("a plain selection");
    let shown: Vec<&str> = found.iter().map(|row| row.account.as_str()).collect();
    assert_eq!(
        shown,
        ["Acme Corp.", "Acme Corp.", "Acme Corp.", "Betatech", "Twin", ""]
    );
    // Two accounts are called Twin: the opportunity is of neither.
    assert_eq!(star.opportunities_without_account(), 1);
    let scoped = Selection {
        scope: Some(rule("employees > 10")),
        ..everything()
    };
    assert_eq!(rows(&star, &scoped).expect("a plain selection").len(), 1);
}

#[test]
fn the_order_of_the_files_does_not_matter() {
    let rows_of = |order: &[usize]| {
        let opportunities = [
            ["o1", "a1", "2026-01-01", "open", "5", "blue"],
            ["o2", "a2", "2026-01-02", "won", "7", "red"],
            ["o3", "a1", "2026-01-03", "lost", "", "blue"],
        ];
        let ordered: Vec<[&str; 6]> = order.iter().map(|nth| opportunities[*nth]).collect();
        let header = [
            "opportunity_id",
            "account_id",
            "created_on",
            "status",
            "amount",
            "colour",
        ];
        let star = Star::build(accounts().with(Table::Opportunities, &header, &ordered), None);
        let question = Weigh {
            by: vec![Field::parse("colour"), Field::parse("account.name")],
            filter: None,
            as_of: day("2026-12-31"),
            segments: Vec::new(),
            policy: AttributionPolicy::default(),
            calendar: FiscalCalendar::default(),
        };
        weigh(&star, &question).expect("a plain question")
    };
    assert_eq!(rows_of(&[0, 1, 2]), rows_of(&[2, 0, 1]));
    assert_eq!(
        rows_of(&[0, 1, 2]).cells[0].key[1],
        ("account.name".to_owned(), "Acme Corp.".to_owned())
    );
}

#[test]
fn amounts_come_into_one_currency_at_the_rate_of_the_day() {
    let tables = Tables::default()
        .with(
            Table::Opportunities,
            &[
                "opportunity_id",
                "status",
                "created_on",
                "closed_on",
                "amount",
                "currency",
            ],
            &[
                ["o1", "won", "2026-01-01", "2026-02-10", "100.00", "EUR"],
                ["o2", "open", "2026-01-15", "", "100.00", "EUR"],
                ["o3", "open", "2026-01-15", "", "100.00", ""],
                ["o4", "open", "2026-01-15", "", "100.00", "GBP"],
                ["o5", "open", "2025-12-31", "", "100.00", "EUR"],
            ],
        )
        .with(
            Table::FxRates,
            &["currency", "on", "rate"],
            &[["EUR", "2026-02-01", "1.2"], ["EUR", "2026-01-01", "1.105"]],
        );
    let star = Star::build(tables, Some(Currency::USD));
    let found = rows(&star, &everything()).expect("a plain selection");
    let amounts: Vec<&str> = found.iter().map(|row| row.amount.as_str()).collect();
    assert_eq!(amounts, ["120.00", "110.50", "100.00", "", ""]);
    assert_eq!(star.unpriced(), 2);
    assert_eq!(star.currency(), Some(Currency::USD));
}

#[test]
fn the_stage_is_that_of_the_day() {
    let tables = Tables::default()
        .with(
            Table::Opportunities,
            &["opportunity_id", "status", "created_on", "stage"],
            &[
                ["o1", "open", "2026-01-01", "proposal"],
                ["o2", "open", "2026-01-01", "demo"],
            ],
        )
        .with(
            Table::StageHistory,
            &["opportunity_id", "entered_at", "stage"],
            &[["o1", "2026-03-01", "proposal"], ["o1", "2026-01-01", "qualified"]],
        );
    let star = Star::build(tables, None);
    let stage = |as_of: &str| {
        let selection = Selection {
            as_of: day(as_of),
            filter: Some(rule("stage = 'qualified'")),
            ..everything()
        };
        rows(&star, &selection).expect("a plain selection").len()
    };
    assert_eq!((stage("2026-02-28"), stage("2026-03-01")), (1, 0));
}

#[test]
fn a_close_is_not_seen_before_its_day() {
    let tables = Tables::default()
        .with(
            Table::Opportunities,
            &["opportunity_id", "status", "created_on", "closed_on", "stage"],
            &[
                ["o1", "won", "2026-01-01", "2026-03-01", "Closed Won"],
                ["o2", "open", "2026-01-01", "2026-05-01", "Demo"],
            ],
        )
        .called(Table::Opportunities, "Deal Stage", "stage")
        .called(Table::Opportunities, "CloseDate", "closed_on");
    let star = Star::build(tables, None);
    let taken = |as_of: &str, text: &str| -> Vec<String> {
        let selection = Selection {
            as_of: day(as_of),
            filter: Some(rule(text)),
            ..everything()
        };
        let found = rows(&star, &selection).expect("a plain selection");
        found.into_iter().map(|row| row.opportunity_id).collect()
    };
    let (before, after) = ("2026-02-28", "2026-03-01");
    assert_eq!(taken(before, "deal_stage is not null"), ["o2"]);
    assert_eq!(taken(after, "deal_stage is not null"), ["o1", "o2"]);
    assert_eq!(taken(before, "closedate >= '2026-01-01'"), ["o2"]);
    assert_eq!(taken(after, "\"deal stage\" like 'Closed%'"), ["o1"]);
}

#[test]
fn an_empty_star_answers_with_nothing() {
    let star = Star::empty();
    assert_eq!(rows(&star, &everything()).expect("a plain selection"), []);
    assert_eq!(star.currency(), None);
}

#[test]
fn exported_rows_hold_no_formula() {
    let tables = Tables::default().with(
        Table::Opportunities,
        &["opportunity_id", "account_id", "status", "amount", "stage"],
        &[["=1+1", "@sum(A1)", "open", "-5", "say \"hi\", twice"]],
    );
    let star = Star::build(tables, None);
    let found = find_rows(&star, &everything(), &Narrow::default()).expect("a plain selection");
    let header = OpportunityRow::HEADER;
    let file = RowsFile::new(About::default(), header, 1, &std::env::temp_dir(), move |take| {
        found.each(&star, Order::default(), &["-deals.csv".to_owned()], take)
    });
    let csv = file.write(Format::Csv, Vec::new()).expect("memory does not fail");
    let csv = String::from_utf8(csv).expect("text");
    let line = csv.lines().nth(1).expect("one row below the header");
    let expected = "'=1+1,'@sum(A1),\"say \"\"hi\"\", twice\",open,,,-5.00,direct,false,,'-deals.csv,2";
    assert_eq!(line, expected);
}

#[test]
fn stages_bear_the_names_that_the_table_of_stages_gives_to_their_ids() {
    let tables = Tables::default()
        .with(
            Table::Opportunities,
            &["opportunity_id", "status", "created_on", "stage"],
            &[
                ["o1", "open", "2026-01-01", "938"],
                ["o2", "open", "2026-01-01", "Pitch"],
            ],
        )
        .with(
            Table::StageHistory,
            &["opportunity_id", "entered_at", "stage"],
            &[["o1", "2026-01-01", "937"], ["o1", "2026-02-01", "938"]],
        )
        .with(
            Table::Stages,
            &["stage_id", "stage", "means", "order", "from"],
            &[
                ["938", "Pitch", "open", "2", "1970-01-01"],
                ["937", "Call", "open", "1", "1970-01-01"],
                ["938", "Talk", "open", "2", "1970-01-01"],
                ["938", "Pitch", "open", "2", "2025-01-01"],
            ],
        );
    let star = Star::build(tables, None);
    let stages = |as_of: &str| {
        let selection = Selection {
            as_of: day(as_of),
            ..everything()
        };
        let found = rows(&star, &selection).expect("a plain selection");
        found.into_iter().map(|row| row.stage).collect::<Vec<_>>()
    };
    assert_eq!(stages("2026-01-15"), ["Call", "Pitch"]);
    assert_eq!(stages("2026-03-01"), ["Pitch", "Pitch"]);
}
