//! From files to answers: read, taken into a store, opened and asked.

use std::path::Path;

use beachhead_facts::catalogue::Table;
use beachhead_facts::measure::{Field, Selection, Weigh, rows, sources, weigh};
use beachhead_facts::read::{Input, ReadOptions, read};
use beachhead_facts::snapshot::{FactStore, Manifest};
use beachhead_facts::{FactsError, Star, Status, Watch};
use beachhead_strategy::{AttributionPolicy, Currency, FiscalCalendar};

use crate::{day, rule, segment};

const ACCOUNTS: &str = "Account ID,Account Name,Website,Region,Employees,Tier\n\
    001,Acme,www.acme.com,EMEA,5000,gold\n\
    002,Betatech,betatech.com,EMEA,300,\n";
const OPPORTUNITIES: &str = "Opportunity ID,Account Name,Stage,Status,Created Date,Close Date,Amount,Colour\n\
    006A,Acme,Closed Won,won,2026-01-10,2026-02-10,\"1,250.50\",red\n\
    006B,betatech,Demo,open,2026-01-20,2026-09-30,300,\n";

/// A store in a folder of its own under the target folder, empty at the start.
fn store(name: &str) -> FactStore {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if folder.exists() {
        std::fs::remove_dir_all(&folder).expect("a folder of this test");
    }
    FactStore::open(&folder).expect("a folder that can be made")
}

fn taken(store: &FactStore) -> Manifest {
    let today = day("2026-03-01");
    let file = |name, table, text: &str| {
        let options = ReadOptions {
            table: Some(table),
            currency: Some("USD".to_owned()),
            ..ReadOptions::new(today)
        };
        read(Input::Bytes(name, text.as_bytes()), &options).unwrap_or_else(|error| panic!("{name}: {error}"))
    };
    let files = vec![
        file("accounts.csv", Table::Accounts, ACCOUNTS),
        file("deals.csv", Table::Opportunities, OPPORTUNITIES),
    ];
    store
        .take(None, files, today, &Watch::default())
        .expect("a store that can be written")
        .manifest
}

#[test]
fn what_was_imported_can_be_asked() {
    let store = store("what_was_imported_can_be_asked");
    let manifest = taken(&store);
    let star = Star::open(&store, &manifest, Some(Currency::USD)).expect("a snapshot just taken");
    let question = Weigh {
        by: vec![Field::Segment, Field::parse("colour"), Field::parse("tier")],
        filter: None,
        as_of: day("2026-03-01"),
        segments: vec![segment("enterprise", "Employees >= 1000 and Tier = 'gold'")],
        policy: AttributionPolicy::default(),
        calendar: FiscalCalendar::default(),
    };
    let weighed = weigh(&star, &question).expect("a plain question");
    let shown: Vec<(Vec<&str>, u64, i64)> = weighed
        .cells
        .iter()
        .map(|cell| {
            let values = cell.key.iter().map(|(_, value)| value.as_str()).collect();
            (values, cell.won, cell.amount_won.sum_minor)
        })
        .collect();
    assert_eq!(
        shown,
        [
            (vec!["enterprise", "red", "gold"], 1, 125_050),
            (vec!["none", "", ""], 0, 0)
        ]
    );
    let selection = Selection {
        key: Vec::new(),
        filter: Some(rule("\"Account Name\" = 'betatech'")),
        scope: None,
        measure: None,
        as_of: day("2026-03-01"),
        segments: Vec::new(),
        policy: AttributionPolicy::default(),
    };
    let found = rows(&star, &selection).expect("a plain selection");
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].account.as_str(), found[0].file, found[0].row),
        ("Betatech", 1, 3)
    );
    assert_eq!(manifest.files[1].name, "deals.csv");
}

#[test]
fn the_sources_of_every_table_are_told() {
    let store = store("the_sources_of_every_table_are_told");
    let told = sources(&taken(&store));
    assert_eq!(
        told.iter().map(|table| (table.table, table.rows)).collect::<Vec<_>>(),
        [(Table::Accounts, 2), (Table::Opportunities, 2),]
    );
    assert_eq!(
        (told[1].first_date, told[1].last_date),
        (Some(day("2026-01-10")), Some(day("2026-01-20")))
    );
    assert_eq!(
        (told[1].files[0].name.as_str(), told[1].files[0].rows),
        ("deals.csv", 2)
    );
    assert!(
        told[0].columns.iter().any(|column| column == "Tier"),
        "{:?}",
        told[0].columns
    );
}

#[test]
fn a_missing_or_broken_file_of_a_snapshot_is_named() {
    let store = store("a_missing_or_broken_file_of_a_snapshot_is_named");
    let manifest = taken(&store);
    let path = store
        .path_of(&manifest, Table::Accounts)
        .expect("accounts were imported");
    std::fs::write(&path, "not Parquet").expect("a file of this test");
    let error = Star::open(&store, &manifest, None).expect_err("the file is broken");
    assert!(
        matches!(&error, FactsError::Snapshot { what } if what.contains(".parquet")),
        "{error}"
    );
    std::fs::remove_file(&path).expect("a file of this test");
    let error = Star::open(&store, &manifest, None).expect_err("the file is missing");
    assert!(
        matches!(&error, FactsError::Snapshot { what } if what.contains("is not there")),
        "{error}"
    );
}

#[test]
fn maven_gives_the_reference_through_the_whole_import() {
    let Some(folder) = crate::maven::folder() else { return };
    let today = day("2018-01-15");
    let file = |name: &str, table| {
        let stages = [
            ("Prospecting", Status::Open),
            ("Engaging", Status::Open),
            ("Won", Status::Won),
            ("Lost", Status::Lost),
        ];
        let options = ReadOptions {
            table: Some(table),
            stages: stages.map(|(stage, status)| (stage.to_owned(), status)).to_vec(),
            ..ReadOptions::new(today)
        };
        read(Input::Path(&folder.join(name)), &options).unwrap_or_else(|error| panic!("{name}: {error}"))
    };
    let files = vec![
        file("accounts.csv", Table::Accounts),
        file("sales_pipeline.csv", Table::Opportunities),
    ];
    let store = store("maven_gives_the_reference_through_the_whole_import");
    let manifest = store
        .take(None, files, today, &Watch::default())
        .expect("a store that can be written")
        .manifest;
    let star = Star::open(&store, &manifest, Some(Currency::USD)).expect("a snapshot just taken");
    let question = Weigh {
        by: vec![Field::parse("sector")],
        filter: None,
        as_of: manifest.as_of,
        segments: Vec::new(),
        policy: AttributionPolicy::default(),
        calendar: FiscalCalendar::default(),
    };
    let weighed = weigh(&star, &question).expect("sector is a column");
    let total = &weighed.total;
    assert_eq!(manifest.as_of, day("2017-12-31"));
    assert_eq!(
        (total.opportunities, total.won, total.lost),
        (8_800, 4_238, 6_711 - 4_238)
    );
    assert_eq!(
        (total.amount_won.sum_minor, total.amount_won.median_minor),
        (1_000_553_400, 111_700.0)
    );
    assert_eq!(total.cycle_days_won.median, 57.0);
    assert_eq!((weighed.cells.len(), weighed.cells[0].opportunities), (11, 1_425));
}
