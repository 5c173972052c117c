//! Known answers on Maven Analytics' fictional CRM, computed once with pandas, statsmodels and lifelines.

use std::path::PathBuf;

use beachhead_facts::catalogue::Table;
use beachhead_facts::measure::{Cell, Field, Selection, Weigh, rows, weigh, within, won_by_quarter};
use beachhead_facts::{Star, Status, Tables};
use beachhead_strategy::{AttributionPolicy, FiscalCalendar};

use crate::{day, rule, segment};

/// The folder of the files; `None`, with a line that says so, where the shared data are not at hand.
pub(crate) fn folder() -> Option<PathBuf> {
    let shared = std::env::var_os("BEACHHEAD_SHARED").map_or_else(|| "../../../shared/data".into(), PathBuf::from);
    let folder = shared.join("crm/maven_crm_iso");
    if !folder.is_dir() {
        println!(
            "skipped: {} is not there; set BEACHHEAD_SHARED to the folder of shared data",
            folder.display()
        );
        return None;
    }
    Some(folder)
}

fn star() -> Option<Star> {
    let folder = folder()?;
    let read = |name: &str| -> Vec<Vec<String>> {
        let mut reader = csv::Reader::from_path(folder.join(name)).expect(name);
        reader
            .records()
            .map(|record| record.expect(name).iter().map(str::to_owned).collect())
            .collect()
    };
    let accounts = read("accounts.csv").into_iter().map(|row| {
        let mut cells = vec![row[0].clone()];
        cells.extend(row);
        cells
    });
    let opportunities = read("sales_pipeline.csv").into_iter().map(|mut row| {
        let status = match row[4].as_str() {
            "Won" => "won",
            "Lost" => "lost",
            _ => "open",
        };
        row.push(status.to_owned());
        row
    });
    let tables = Tables::default()
        .with(
            Table::Accounts,
            &[
                "account_id",
                "name",
                "industry",
                "year_established",
                "revenue",
                "employees",
                "country",
                "subsidiary_of",
            ],
            &accounts.collect::<Vec<_>>(),
        )
        .called(Table::Accounts, "sector", "industry")
        .with(
            Table::Opportunities,
            &[
                "opportunity_id",
                "owner",
                "product",
                "account_id",
                "stage",
                "created_on",
                "closed_on",
                "amount",
                "status",
            ],
            &opportunities.collect::<Vec<_>>(),
        )
        .called(Table::Opportunities, "sales_agent", "owner")
        .called(Table::Opportunities, "close_value", "amount");
    Some(Star::build(tables, None))
}

fn question(by: &[&str]) -> Weigh {
    Weigh {
        by: by.iter().map(|name| Field::parse(name)).collect(),
        filter: None,
        as_of: day("2017-12-31"),
        segments: Vec::new(),
        policy: AttributionPolicy::default(),
        calendar: FiscalCalendar::default(),
    }
}

/// Aalen-Johansen: the chance of a win by a day, losses competing, open ones censored.
fn won_by(cell: &Cell, by: u32) -> f64 {
    let mut at_risk: u64 = cell.spells.iter().map(|spell| spell.count).sum();
    let (mut surviving, mut won) = (1.0, 0.0);
    for day in 0..=by {
        let count = |end| -> u64 {
            cell.spells
                .iter()
                .filter(|spell| spell.days == day && spell.end == end)
                .map(|spell| spell.count)
                .sum()
        };
        let (wins, losses, open) = (count(Status::Won), count(Status::Lost), count(Status::Open));
        if at_risk > 0 {
            won += surviving * wins as f64 / at_risk as f64;
            surviving *= 1.0 - (wins + losses) as f64 / at_risk as f64;
        }
        at_risk -= wins + losses + open;
    }
    won
}

#[test]
fn the_whole_agrees_with_the_reference() {
    let Some(star) = star() else { return };
    let total = weigh(&star, &question(&[])).expect("a plain question").total;
    assert_eq!(
        (total.opportunities, total.won, total.lost, total.open),
        (8_800, 4_238, 6_711 - 4_238, 8_800 - 6_711)
    );
    assert_eq!(total.amount_won.n, 4_238);
    assert_eq!(total.amount_won.sum_minor, 1_000_553_400);
    assert_eq!(total.amount_won.median_minor, 111_700.0);
    assert!(
        (total.amount_won.mean_minor - 236_091.0).abs() < 1.0,
        "{}",
        total.amount_won.mean_minor
    );
    assert_eq!(total.cycle_days_won.median, 57.0);
    assert!((won_by(&total, 90) - 0.3970).abs() < 0.00005, "{}", won_by(&total, 90));
    // 500 prospects have not begun.
    assert_eq!(total.spells.iter().map(|spell| spell.count).sum::<u64>(), 8_300);
    assert_eq!(total.sourced_per_quarter, []);
}

#[test]
fn bookings_by_quarter_and_wins_within_a_window_agree_with_the_reference() {
    let Some(star) = star() else { return };
    let quarters = won_by_quarter(&star, &question(&[])).expect("a plain question");
    let shown: Vec<(String, i64)> = quarters
        .iter()
        .map(|quarter| (quarter.quarter.to_string(), quarter.amount_minor / 100))
        .collect();
    let expected = [
        ("2017-Q1", 1_134_672),
        ("2017-Q2", 3_086_111),
        ("2017-Q3", 2_982_255),
        ("2017-Q4", 2_802_496),
    ];
    assert_eq!(shown, expected.map(|(quarter, amount)| (quarter.to_owned(), amount)));
    assert_eq!(quarters.iter().map(|quarter| quarter.won).sum::<u64>(), 4_238);
    let mature = within(&star, &question(&[]), 90).expect("a plain question");
    assert_eq!((mature.n, mature.won), (7_205, 2_667));
}

#[test]
fn cells_add_up_to_the_total_and_keep_their_names() {
    let Some(star) = star() else { return };
    let by_sector = weigh(&star, &question(&["sector"])).expect("sector is a column");
    // Ten sectors, and the 1,425 opportunities without an account.
    assert_eq!(by_sector.cells.len(), 11);
    assert_eq!(by_sector.cells[0].key, [("sector".to_owned(), String::new())]);
    assert_eq!(by_sector.cells[0].opportunities, 1_425);
    assert_eq!(by_sector.cells.iter().map(|cell| cell.won).sum::<u64>(), 4_238);
    let agents = weigh(&star, &question(&["sales_agent", "product"])).expect("both are columns");
    assert_eq!(agents.cells.iter().map(|cell| cell.opportunities).sum::<u64>(), 8_800);
    assert_eq!(
        agents.cells.iter().map(|cell| cell.amount_won.sum_minor).sum::<i64>(),
        1_000_553_400
    );
    assert!(weigh(&star, &question(&["colour"])).is_err_and(|error| error.to_string().contains("colour")));
}

#[test]
fn segments_and_filters_follow_their_rules() {
    let Some(star) = star() else { return };
    let asked = Weigh {
        segments: vec![
            segment("large", "employees >= 5000"),
            segment("old", "year_established < 1990"),
        ],
        filter: Some(rule("product like 'GTX%' and status = 'won' and segment <> 'none'")),
        ..question(&["segment", "partner_type", "class"])
    };
    let weighed = weigh(&star, &asked).expect("a plain question");
    for cell in &weighed.cells {
        assert_eq!(cell.won, cell.opportunities);
        assert_eq!(cell.key[1].1, "none");
        assert_eq!(cell.key[2].1, "direct");
        let selection = Selection {
            key: asked
                .by
                .iter()
                .cloned()
                .zip(cell.key.iter().map(|(_, value)| value.clone()))
                .collect(),
            filter: asked.filter.clone(),
            scope: None,
            measure: None,
            as_of: asked.as_of,
            segments: asked.segments.clone(),
            policy: asked.policy.clone(),
        };
        let found = rows(&star, &selection).expect("the same question");
        assert_eq!(found.len() as u64, cell.opportunities);
        assert_eq!(
            found.iter().filter_map(|row| row.amount_minor).sum::<i64>(),
            cell.amount_won.sum_minor
        );
        assert!(
            found
                .windows(2)
                .all(|pair| pair[0].opportunity_id < pair[1].opportunity_id)
        );
    }
    assert_eq!(
        weighed
            .cells
            .iter()
            .map(|cell| cell.key[0].1.as_str())
            .collect::<Vec<_>>(),
        ["large", "old"]
    );
}

#[test]
fn an_earlier_day_knows_less() {
    let Some(star) = star() else { return };
    let on = |as_of: &str| {
        weigh(
            &star,
            &Weigh {
                as_of: day(as_of),
                ..question(&[])
            },
        )
        .expect("a plain question")
        .total
    };
    let (early, late) = (on("2017-03-01"), on("2017-12-31"));
    assert!(early.opportunities < late.opportunities && early.won < late.won);
    // The first deal of the file closed on that very day; the day before it was open.
    assert_eq!(on("2017-02-28").won, 0);
    assert!(early.won > 0);
    assert!(
        early.spells.iter().all(|spell| spell.days <= 132),
        "nothing began before 2016-10-20"
    );
}
