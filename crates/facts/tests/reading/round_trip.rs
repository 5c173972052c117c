//! Tables out and in again: nothing is lost on the way, in any format.

use std::path::{Path, PathBuf};

use beachhead_facts::FactsError;
use beachhead_facts::Watch;
use beachhead_facts::catalogue::Table;
use beachhead_facts::export::{About, Format, export_table, records_file};
use beachhead_facts::read::{Input, ReadOptions, read};
use beachhead_facts::records::{Record, RecordColumn, RecordsQuestion};
use beachhead_facts::snapshot::{FactStore, Manifest};
use beachhead_strategy::Currency;
use proptest::prelude::*;

use super::{TODAY, options};

/// A folder of its own, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("round-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn euro() -> Currency {
    Currency::parse("EUR").unwrap()
}

fn euros() -> ReadOptions {
    ReadOptions {
        currency: Some("EUR".to_owned()),
        ..options()
    }
}

fn import(store: &FactStore, table: Option<Table>, input: Input<'_>) -> Manifest {
    let options = ReadOptions { table, ..euros() };
    let file = read(input, &options).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(file.report.rejected, 0, "{:?}", file.report.rejects);
    store.take(None, vec![file], TODAY, &Watch::default()).unwrap().manifest
}

/// A table whole, without where its rows came from.
fn whole(store: &FactStore, manifest: &Manifest, table: Table) -> (Vec<RecordColumn>, Vec<Record>) {
    let records = store
        .records(manifest, &RecordsQuestion::of(table, usize::MAX), Some(euro()))
        .unwrap();
    let columns = records.columns.into_iter().map(|column| RecordColumn {
        sources: Vec::new(),
        ..column
    });
    let rows = records.rows.into_iter().map(|row| Record { file: 0, row: 0, ..row });
    (columns.collect(), rows.collect())
}

/// Exports a table in a format and imports it into an empty store; both have to hold the same.
fn goes_round(folder: &Path, text: &str, table: Table, format: Format) {
    let first = FactStore::open(&folder.join("first")).unwrap();
    let second = FactStore::open(&folder.join("second")).unwrap();
    let there = import(&first, Some(table), Input::Bytes("made.csv", text.as_bytes()));
    let file = folder.join(format!("{}.{}", table.name(), format.ending()));
    let rows = export_table(&first, &there, table, Some(euro()), format, &file, &Watch::default()).unwrap();
    // The table is told by its columns alone: nobody answers a question.
    let back = import(&second, None, Input::Path(&file));
    let (before, after) = (whole(&first, &there, table), whole(&second, &back, table));
    assert_eq!(rows, before.1.len() as u64);
    assert_eq!(before.0, after.0, "{format:?}");
    for (one, other) in before.1.iter().zip(&after.1) {
        assert_eq!(one, other, "{format:?}");
    }
    assert_eq!(before.1.len(), after.1.len());
}

const PIECES: &[&str] = &[
    "=",
    "+",
    "-",
    "@",
    "'",
    "''",
    "\t",
    ",",
    ";",
    "\"",
    "\n",
    "\r\n",
    " ",
    "é",
    "ß",
    "名",
    "a",
    "B",
    "7",
    "0",
    ".",
    "1,5",
    "N/A",
    "null",
    "Won",
    "_x0041_",
    "<b>",
    "&",
    "2026-03-01",
    "\u{202e}",
    "100%",
    "(5)",
    "$",
    "€",
    "/",
    "\\",
    "#REF",
];

fn word() -> impl Strategy<Value = String> {
    proptest::collection::vec(proptest::sample::select(PIECES), 0..5).prop_map(|pieces| pieces.concat())
}

fn day() -> impl Strategy<Value = String> {
    (1990..2040, 1..13, 1..29).prop_map(|(year, month, day)| format!("{year}-{month:02}-{day:02}"))
}

fn maybe(some: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    prop_oneof![1 => Just(String::new()), 3 => some]
}

fn amount() -> impl Strategy<Value = String> {
    (-9_999_999_i64..99_999_999_999).prop_map(|minor| {
        let sign = if minor < 0 { "-" } else { "" };
        format!("{sign}{}.{:02}", minor.abs() / 100, minor.abs() % 100)
    })
}

fn csv(header: &[&str], rows: &[Vec<String>]) -> String {
    let quoted = |cell: &str| format!("\"{}\"", cell.replace('"', "\"\""));
    let line = |cells: Vec<String>| cells.join(",") + "\n";
    let head = line(header.iter().map(|name| quoted(name)).collect());
    let body = rows
        .iter()
        .map(|row| line(row.iter().map(|cell| quoted(cell)).collect()));
    head + &body.collect::<String>()
}

/// Rows whose first cell tells them apart.
fn numbered(rows: Vec<Vec<String>>) -> Vec<Vec<String>> {
    let numbered = rows.into_iter().enumerate();
    numbered
        .map(|(nth, row)| [vec![format!("x{nth:03}")], row].concat())
        .collect()
}

fn table_of(cells: Vec<BoxedStrategy<String>>) -> impl Strategy<Value = Vec<Vec<String>>> {
    proptest::collection::vec(cells, 1..9).prop_map(numbered)
}

fn made() -> impl Strategy<Value = (Table, String)> {
    let text = || maybe(word()).boxed();
    let opportunities = table_of(vec![
        text(),
        text(),
        maybe(day()).boxed(),
        maybe(day()).boxed(),
        text(),
        proptest::sample::select(vec!["open", "won", "lost"])
            .prop_map(str::to_owned)
            .boxed(),
        maybe(amount()).boxed(),
        text(),
        text(),
    ]);
    let header = [
        "opportunity_id",
        "account_id",
        "name",
        "created_on",
        "closed_on",
        "stage",
        "status",
        "amount",
        "owner",
        "Region",
    ];
    let opportunities = opportunities.prop_map(move |rows| (Table::Opportunities, csv(&header, &rows)));
    let accounts = table_of(vec![
        word().prop_map(|word| format!("A{word}")).boxed(),
        text(),
        maybe((0..100_000_u32).prop_map(|number| number.to_string())).boxed(),
        maybe(amount()).boxed(),
        maybe(day()).boxed(),
        text(),
    ]);
    let header = [
        "account_id",
        "name",
        "country",
        "employees",
        "annual_revenue",
        "created_on",
        "Tier",
    ];
    let accounts = accounts.prop_map(move |rows| (Table::Accounts, csv(&header, &rows)));
    let touches = table_of(vec![
        Just("o1".to_owned()).boxed(),
        text(),
        word().prop_map(|word| format!("P{word}")).boxed(),
        proptest::sample::select(vec!["intro", "referral", "joint meeting"])
            .prop_map(str::to_owned)
            .boxed(),
        day().boxed(),
        maybe(day()).boxed(),
        text(),
        Just("made".to_owned()).boxed(),
    ]);
    let header = [
        "touch_id",
        "opportunity_id",
        "account_id",
        "partner_id",
        "kind",
        "on",
        "recorded_at",
        "note",
        "source_field",
    ];
    let touches = touches.prop_map(move |rows| (Table::Touches, csv(&header, &rows)));
    let history = table_of(vec![
        day().boxed(),
        word().prop_map(|word| format!("S{word}")).boxed(),
        maybe(amount()).boxed(),
        maybe(day()).boxed(),
    ]);
    let header = ["opportunity_id", "entered_at", "stage", "amount", "close_date"];
    let history = history.prop_map(move |rows| (Table::StageHistory, csv(&header, &rows)));
    prop_oneof![opportunities, accounts, touches, history]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn a_table_exported_and_imported_is_the_same(
        (table, text) in made(),
        format in proptest::sample::select(&Format::ALL[..]),
    ) {
        let folder = Folder::new("any");
        goes_round(&folder.0, &text, table, format);
    }
}

#[test]
fn a_cancelled_export_leaves_what_stood_there() {
    let folder = Folder::new("cancel");
    let store = FactStore::open(&folder.0.join("facts")).unwrap();
    let text = "opportunity_id,status,amount\n1,won,5\n2,open,6\n";
    let manifest = import(&store, None, Input::Bytes("deals.csv", text.as_bytes()));
    let file = folder.0.join("opportunities.csv");
    std::fs::write(&file, "as it was").unwrap();
    let stop = Watch::of(|_| false);
    for format in Format::ALL {
        let done = export_table(&store, &manifest, Table::Opportunities, None, format, &file, &stop);
        assert!(matches!(done, Err(FactsError::Cancelled)), "{done:?}");
    }
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "as it was");
    assert_eq!(
        std::fs::read_dir(&folder.0).unwrap().count(),
        2,
        "no temporary file is left"
    );
    let none = export_table(
        &store,
        &manifest,
        Table::Effort,
        None,
        Format::Csv,
        &file,
        &Watch::default(),
    );
    assert_eq!(none.unwrap(), 0);
}

#[test]
fn rows_of_a_table_are_read_by_page_file_and_value() {
    let folder = Folder::new("pages");
    let store = FactStore::open(&folder.0).unwrap();
    let mut text = String::from("person,week,initiative,hours\n");
    for nth in 0..50 {
        text += &format!(
            "P{:02},2026-{:02}-01,{},{}\n",
            nth,
            nth % 12 + 1,
            ["Resale", "HRIS"][nth % 2],
            nth
        );
    }
    let manifest = import(&store, None, Input::Bytes("hours.csv", text.as_bytes()));
    let ask = |question: RecordsQuestion| store.records(&manifest, &question, None).unwrap();
    let all = ask(RecordsQuestion::of(Table::Effort, 1000));
    assert_eq!((all.of, all.rows.len(), all.hours), (50, 50, Some(1225.0)));
    let page = ask(RecordsQuestion {
        from: 10,
        ..RecordsQuestion::of(Table::Effort, 7)
    });
    assert_eq!((page.of, &page.rows[..]), (50, &all.rows[10..17]));
    let resale = ask(RecordsQuestion::of(Table::Effort, 5).with("initiative", "Resale"));
    assert_eq!((resale.of, resale.rows.len(), resale.hours), (25, 5, Some(600.0)));
    let spring = RecordsQuestion {
        dated: Some((jiff::civil::date(2026, 3, 1), jiff::civil::date(2026, 4, 30))),
        ..RecordsQuestion::of(Table::Effort, 100)
    };
    assert_eq!(ask(spring).of, 8);
    assert_eq!(
        ask(RecordsQuestion {
            file: Some(1),
            ..RecordsQuestion::of(Table::Effort, 5)
        })
        .of,
        0
    );
    assert_eq!(
        ask(RecordsQuestion {
            from: 60,
            ..RecordsQuestion::of(Table::Effort, 5)
        })
        .rows,
        []
    );
    let wrong = store.records(
        &manifest,
        &RecordsQuestion::of(Table::Effort, 5).with("hours", "3"),
        None,
    );
    assert!(matches!(wrong, Err(FactsError::NoField { .. })), "hours are no text");
    assert_eq!(
        ask(RecordsQuestion::of(Table::Touches, 5)).of,
        0,
        "a table without a row"
    );
}

#[test]
fn rows_of_a_table_are_had_as_a_file_with_their_place() {
    let folder = Folder::new("files");
    let store = FactStore::open(&folder.0).unwrap();
    let text = "person,week,initiative,hours\nInes,2026-03-02,Resale,4\nTom,2026-03-09,HRIS,2\nUma,2026-03-09,HRIS,1\n";
    let manifest = import(&store, None, Input::Bytes("hours.csv", text.as_bytes()));
    let file = |question: RecordsQuestion| records_file(&store, &manifest, &question, None, About::default()).unwrap();
    let every = RecordsQuestion::of(Table::Effort, usize::MAX);
    let of_hris = file(every.clone().with("initiative", "HRIS"));
    assert_eq!(of_hris.rows(), 2);
    let csv = String::from_utf8(of_hris.write(Format::Csv, Vec::new()).unwrap()).unwrap();
    assert_eq!(
        csv,
        "person,week,initiative,hours,file,row\nTom,2026-03-09,HRIS,2,hours.csv,3\nUma,2026-03-09,HRIS,1,hours.csv,4\n"
    );
    let book = file(every).write(Format::Xlsx, Vec::new()).unwrap();
    let read = read(Input::Bytes("hours.xlsx", &book), &options()).unwrap();
    assert_eq!(read.report.accepted, 3);
    assert_eq!(file(RecordsQuestion::of(Table::Touches, usize::MAX)).rows(), 0);
}
