//! Stage history in the columns of opportunities, as HubSpot exports it: rows of history like any other, traceable, taken
//! once, and the same whatever the format.

use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, StringArray, TimestampMillisecondArray};
use beachhead_facts::catalogue::Table;
use beachhead_facts::measure::{AskCohorts, Mark, Selection, cohorts, rows};
use beachhead_facts::profile::Profile;
use beachhead_facts::read::{FileRead, Input, ReadOptions, read, singer};
use beachhead_facts::snapshot::{Manifest, Taken};
use beachhead_facts::{FactsError, Star, Status, Watch};
use beachhead_strategy::AttributionPolicy;
use jiff::civil::date;
use parquet::arrow::ArrowWriter;
use proptest::prelude::*;

use super::snapshots::{Scratch, column, some, take};
use super::{TODAY, counts, options, read_text};

/// As exported with labels: instants in three forms, one that is none, one that is not said.
const LABELS: &str = concat!(
    "Record ID,Deal Name,Pipeline,Deal Stage,Create Date,Close Date,",
    "\"Date entered \"\"Qualified To Buy (Sales)\"\"\",\"Date entered \"\"Contract Sent (Sales)\"\"\",",
    "\"Date entered \"\"Closed Won (Sales)\"\"\",\"Date exited \"\"Contract Sent (Sales)\"\"\",Date entered current stage\n",
    "11,One,Sales,Closed Won,2024-01-01 09:00,2024-02-03 17:00,2024-01-02 10:00,1706745600000,2024-02-03T16:00:00Z,2024-02-03,2024-02-03\n",
    "12,Two,Sales,Contract Sent,2024-01-05 09:00,,-,2024-01-20,,,2024-01-20\n",
    "13,Three,Sales,Qualified To Buy,2024-01-06 09:00,,soon,,,,\n",
);

fn taken(scratch: &Scratch, base: Option<&Manifest>, text: &str) -> Taken {
    take(scratch, base, vec![read_text(text, &options()).unwrap()])
}

/// The rows of stage history, as id, day and stage.
fn history(scratch: &Scratch, manifest: &Manifest) -> Vec<[String; 3]> {
    let of = |name: &str| column(&scratch.1, manifest, Table::StageHistory, name);
    let day = |text: Option<String>| text.unwrap().chars().take(10).collect::<String>();
    let (ids, stages) = (of("opportunity_id"), of("stage"));
    let days = of("entered_at").into_iter().map(day);
    let rows = ids.into_iter().zip(days).zip(stages);
    rows.map(|((id, day), stage)| [id.unwrap(), day, stage.unwrap()])
        .collect()
}

fn rows_of(expected: &[[&str; 3]]) -> Vec<[String; 3]> {
    expected.iter().map(|row| row.map(str::to_owned)).collect()
}

const ENTERED: [[&str; 3]; 4] = [
    ["11", "2024-01-02", "Qualified To Buy"],
    ["11", "2024-02-01", "Contract Sent"],
    ["11", "2024-02-03", "Closed Won"],
    ["12", "2024-01-20", "Contract Sent"],
];

#[test]
fn each_column_that_tells_an_entry_becomes_rows_that_lead_to_the_deals_row() {
    let scratch = Scratch::new("entries");
    let file = read_text(LABELS, &options()).unwrap();
    assert_eq!(counts(&file.report), (3, 3, 0, 0, 0));
    assert_eq!((file.report.history, file.report.history_rejected), (4, 1));
    let reject = &file.report.history_rejects[0];
    let expected = (4, "Date entered \"Qualified To Buy (Sales)\"", "soon", "not a date");
    assert_eq!(
        (
            reject.row,
            reject.column.as_deref().unwrap(),
            reject.value.as_deref().unwrap(),
            reject.reason.as_str()
        ),
        expected
    );
    let enters = file.report.columns.iter().filter_map(|column| column.enters.as_deref());
    assert_eq!(
        enters.collect::<Vec<_>>(),
        ["Qualified To Buy", "Contract Sent", "Closed Won"]
    );

    let manifest = take(&scratch, None, vec![file]).manifest;
    assert_eq!(history(&scratch, &manifest), rows_of(&ENTERED));
    let of = |table, name: &str| column(&scratch.1, &manifest, table, name);
    assert_eq!(of(Table::StageHistory, "_row"), some(&["2", "2", "2", "3"]));
    let file = |at: usize| {
        (
            manifest.files[at].name.as_str(),
            manifest.files[at].table,
            manifest.files[at].rows,
        )
    };
    assert_eq!(
        (file(0), file(1)),
        (
            ("deals.csv", Table::Opportunities, 3),
            ("deals.csv", Table::StageHistory, 4)
        )
    );
    assert_eq!(of(Table::StageHistory, "_file"), some(&["1", "1", "1", "1"]));
    // What the source has is kept, the instant with it.
    assert_eq!(
        of(Table::Opportunities, "Date entered \"Qualified To Buy (Sales)\""),
        [
            Some("2024-01-02 10:00".to_owned()),
            Some("-".to_owned()),
            Some("soon".to_owned())
        ]
    );
}

#[test]
fn the_same_deals_again_add_nothing_and_later_ones_add_what_is_new() {
    let scratch = Scratch::new("entries-again");
    let first = taken(&scratch, None, LABELS).manifest;
    assert!(!taken(&scratch, Some(&first), LABELS).changed);
    // Another file, in which the third deal has moved on.
    let next = LABELS.replace(
        "13,Three,Sales,Qualified To Buy,2024-01-06 09:00,,soon,,",
        "13,Three,Sales,Contract Sent,2024-01-06 09:00,,soon,2024-03-01,",
    );
    let second = taken(&scratch, Some(&first), &next);
    let changes: Vec<_> = second
        .changes
        .iter()
        .map(|change| {
            (
                change.table,
                change.added,
                change.changed,
                change.unchanged,
                change.absent,
            )
        })
        .collect();
    assert_eq!(
        changes,
        [(Table::Opportunities, 0, 1, 2, 0), (Table::StageHistory, 1, 0, 4, 0)]
    );
    let told = rows_of(&[ENTERED.as_slice(), &[["13", "2024-03-01", "Contract Sent"]]].concat());
    let all = history(&scratch, &second.manifest);
    assert!(told.iter().all(|row| all.contains(row)), "{all:?}");
}

#[test]
fn an_entry_that_another_file_tells_too_is_one_row_and_a_whole_table_of_deals_leaves_other_history() {
    let scratch = Scratch::new("entries-merged");
    let rows = "deal_id,value,date_entered\n11,Contract Sent,2024-02-01\n99,Contract Sent,2024-02-01\n";
    let told = read_text(rows, &options()).unwrap();
    assert_eq!(told.report.table, Some(Table::StageHistory));
    let first = take(&scratch, None, vec![told]).manifest;
    let whole = ReadOptions {
        whole: true,
        ..options()
    };
    let second = take(&scratch, Some(&first), vec![read_text(LABELS, &whole).unwrap()]);
    let expected = [ENTERED.as_slice(), &[["99", "2024-02-01", "Contract Sent"]]].concat();
    assert_eq!(history(&scratch, &second.manifest), rows_of(&expected));
}

#[test]
fn stages_have_their_pipeline_where_the_deals_have() {
    let scratch = Scratch::new("entries-pipelines");
    let text = LABELS.replace(",Closed Won,", ",Closed Won (Sales),");
    let text = text.replace(",Sales,Contract Sent,", ",Sales,Contract Sent (Sales),");
    let manifest = taken(&scratch, None, &text).manifest;
    let stages = column(&scratch.1, &manifest, Table::StageHistory, "stage");
    let (buy, sent, won) = (
        "Qualified To Buy (Sales)",
        "Contract Sent (Sales)",
        "Closed Won (Sales)",
    );
    assert_eq!(stages, some(&[buy, sent, won, sent]));
}

#[test]
fn a_column_that_is_to_stay_plain_is_no_history_now_or_later() {
    let name = "Date entered \"Contract Sent (Sales)\"";
    let plain = ReadOptions {
        map: vec![(name.to_owned(), String::new())],
        ..options()
    };
    let file = read_text(LABELS, &plain).unwrap();
    assert_eq!(file.report.history, 2);
    let profile = Profile::of("Weekly", &file.report, &plain).unwrap();
    let profile = Profile::from_toml(&profile.to_toml().unwrap()).unwrap();
    let again = ReadOptions {
        profile: Some(profile),
        ..options()
    };
    assert_eq!(read_text(LABELS, &again).unwrap().report.history, 2);
    // A profile of answers to something else leaves every column its history.
    let profile = Profile::of("Other", &read_text(LABELS, &options()).unwrap().report, &options()).unwrap();
    let other = ReadOptions {
        profile: Some(profile),
        ..options()
    };
    assert_eq!(read_text(LABELS, &other).unwrap().report.history, 4);
}

#[test]
fn days_that_could_be_read_two_ways_are_asked_for_and_the_answer_is_followed() {
    let text = "deal_id,dealstage,hs_date_entered_contractsent\n1,contractsent,03/04/2024\n";
    let FactsError::Asked { report } = read_text(text, &options()).unwrap_err() else {
        panic!("it could be March or April")
    };
    assert_eq!(report.asked[0].column.as_deref(), Some("hs_date_entered_contractsent"));
    let answered = ReadOptions {
        date_order: Some(beachhead_facts::read::DateOrder::DayFirst),
        ..options()
    };
    let scratch = Scratch::new("entries-order");
    let manifest = take(&scratch, None, vec![read_text(text, &answered).unwrap()]).manifest;
    assert_eq!(
        history(&scratch, &manifest),
        rows_of(&[["1", "2024-04-03", "contractsent"]])
    );
}

const PROPERTIES: [&str; 5] = [
    "deal_id",
    "property_dealstage",
    "property_createdate",
    "property_hs_v2_date_entered_contractsent",
    "property_hs_v2_date_entered_closedwon",
];
const DEALS: [[&str; 5]; 3] = [
    ["1", "closedwon", "2024-01-01", "1704193200000", "1706745600000"],
    ["2", "contractsent", "2024-01-05", "1705708800000", ""],
    ["3", "contractsent", "2024-01-06", "", ""],
];

fn as_csv() -> String {
    let lines = std::iter::once(PROPERTIES).chain(DEALS).map(|row| row.join(",") + "\n");
    lines.collect()
}

fn as_json(row: [&str; 5]) -> String {
    let members = PROPERTIES.iter().zip(row).filter(|(_, value)| !value.is_empty());
    let members: Vec<String> = members.map(|(name, value)| format!("\"{name}\":\"{value}\"")).collect();
    format!("{{{}}}", members.join(","))
}

fn as_book() -> Vec<u8> {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (at, row) in (0..).zip(std::iter::once(PROPERTIES).chain(DEALS)) {
        for (column, text) in (0..).zip(row) {
            sheet.write_string(at, column, text).unwrap();
        }
    }
    book.save_to_buffer().unwrap()
}

// The instants are instants here, as a warehouse has them.
fn as_parquet() -> Vec<u8> {
    let column = |at: usize| -> ArrayRef {
        let cells = DEALS.iter().map(|row| Some(row[at]).filter(|text| !text.is_empty()));
        if at < 3 {
            return Arc::new(cells.collect::<StringArray>());
        }
        let instants = cells.map(|text| text.map(|text| text.parse::<i64>().unwrap()));
        Arc::new(instants.collect::<TimestampMillisecondArray>())
    };
    let columns = PROPERTIES
        .iter()
        .enumerate()
        .map(|(at, name)| (*name, column(at), true));
    let batch = RecordBatch::try_from_iter_with_nullable(columns).unwrap();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

fn as_stream(scratch: &Scratch) -> FileRead {
    let names: Vec<String> = PROPERTIES.iter().map(|name| format!("\"{name}\":{{}}")).collect();
    let schema = format!(
        "{{\"type\":\"SCHEMA\",\"stream\":\"deals\",\"schema\":{{\"properties\":{{{}}}}},\"key_properties\":[\"deal_id\"]}}\n",
        names.join(",")
    );
    let records = DEALS.map(|row| {
        format!(
            "{{\"type\":\"RECORD\",\"stream\":\"deals\",\"record\":{}}}\n",
            as_json(row)
        )
    });
    let text = schema + &records.concat();
    let folder = scratch.1.folder().join("tap");
    let tap = singer::part(&mut text.as_bytes(), "tap", &folder, &Watch::default()).unwrap();
    read(Input::Path(&tap.streams[0].path), &options()).unwrap()
}

#[test]
fn every_format_tells_the_same_history() {
    let expected = rows_of(&[
        ["1", "2024-01-02", "contractsent"],
        ["1", "2024-02-01", "closedwon"],
        ["2", "2024-01-20", "contractsent"],
    ]);
    let scratch = Scratch::new("entries-formats");
    let lines = DEALS.map(as_json).join("\n").into_bytes();
    let known = |name: &str, bytes: &[u8]| read(Input::Bytes(name, bytes), &options()).unwrap();
    let files = [
        known("deals.csv", as_csv().as_bytes()),
        known("deals.jsonl", &lines),
        known("deals.xlsx", &as_book()),
        known("deals.parquet", &as_parquet()),
        as_stream(&scratch),
    ];
    for file in files {
        let format = file.report.format.clone();
        assert_eq!((file.report.history, file.report.history_rejected), (3, 0), "{format}");
        let manifest = take(&scratch, None, vec![file]).manifest;
        assert_eq!(history(&scratch, &manifest), expected, "{format}");
    }
}

/// What the facts say of every opportunity's stage on a day.
fn stages_on(star: &Star, as_of: jiff::civil::Date) -> Vec<String> {
    let selection = Selection {
        key: Vec::new(),
        filter: None,
        scope: None,
        measure: None,
        as_of,
        segments: Vec::new(),
        policy: AttributionPolicy::default(),
    };
    let found = rows(star, &selection).unwrap();
    found.into_iter().map(|row| row.stage).collect()
}

fn opened(scratch: &Scratch, manifest: &Manifest) -> Star {
    Star::open(&scratch.1, manifest, None).unwrap()
}

#[test]
fn an_opportunity_is_in_the_stage_that_its_columns_tell() {
    let scratch = Scratch::new("entries-asked");
    let star = opened(&scratch, &taken(&scratch, None, LABELS).manifest);
    let (buy, sent, won) = ("Qualified To Buy", "Contract Sent", "Closed Won");
    for (day, stages) in [
        (date(2024, 1, 10), [buy, "", buy]),
        (date(2024, 1, 31), [buy, sent, buy]),
        (date(2024, 2, 2), [sent, sent, buy]),
        (date(2024, 2, 3), [won, sent, buy]),
    ] {
        assert_eq!(stages_on(&star, day), stages, "{day}");
    }
    let asked = AskCohorts {
        by: None,
        filter: None,
        from: Mark::Stage(buy.to_owned()),
        to: Mark::Stage(sent.to_owned()),
        within_days: 90,
        as_of: date(2024, 3, 1),
        segments: Vec::new(),
        policy: AttributionPolicy::default(),
    };
    let found = cohorts(&star, &asked).unwrap();
    let waits: Vec<(u32, Status)> = found.whole.months[0]
        .waits
        .iter()
        .map(|wait| (wait.days, wait.end))
        .collect();
    assert_eq!(waits, [(30, Status::Won)]);
}

#[test]
fn of_stages_entered_on_one_day_the_later_one_counts() {
    let scratch = Scratch::new("entries-day");
    let header = "deal_id,dealstage,hs_date_entered_closedwon,hs_date_entered_appointmentscheduled,hs_date_entered_contractsent\n";
    let deals = concat!(
        "1,closedwon,2024-02-03T16:00:00Z,2024-02-03T09:00:00Z,2024-02-03T12:00:00Z\n",
        "2,contractsent,,2024-02-03T09:00:00Z,2024-02-03T08:00:00Z\n",
        "3,closedwon,2024-02-03,2024-02-03,2024-02-03\n",
    );
    let star = opened(&scratch, &taken(&scratch, None, &format!("{header}{deals}")).manifest);
    let stages = stages_on(&star, date(2024, 2, 3));
    assert_eq!(stages, ["closedwon", "appointmentscheduled", "closedwon"]);
}

#[test]
fn a_history_that_does_not_hold_the_stage_of_now_ends_before_it() {
    let scratch = Scratch::new("entries-short");
    let text = "deal_id,dealstage,createdate,closedate,hs_date_entered_appointmentscheduled\n\
                1,contractsent,2024-01-01,,2024-01-02\n2,closedwon,2024-01-01,2024-03-01,2024-01-02\n";
    let star = opened(&scratch, &taken(&scratch, None, text).manifest);
    let (then, now) = ("appointmentscheduled", ["contractsent", "closedwon"]);
    assert_eq!(stages_on(&star, date(2024, 3, 1)), now);
    assert_eq!(
        stages_on(&star, date(2024, 2, 1)),
        ["contractsent", then],
        "it had not closed by then"
    );
    assert_eq!(stages_on(&star, date(2024, 1, 1)), ["", ""]);
}

#[test]
fn ids_of_stages_in_names_of_columns_bear_the_names_of_their_stages() {
    let scratch = Scratch::new("entries-names");
    let stages = "stage_id,label,display_order,probability\n\
                  4b27b500-f031-4927-9811-68a0b525cbae,Pitch,0,0.2\nin-talks!,Talks,1,0.4\n77,Landed,2,1.0\n";
    let deals = concat!(
        "deal_id,dealname,dealstage,property_hs_v2_date_entered_4b27b500_f031_4927_9811_68a0b525cbae_998,",
        "property_hs_v2_date_entered_in_talks_1471637521,property_hs_v2_date_entered_77\n",
        "1,One,77,2024-01-02,2024-01-03,2024-01-04\n",
    );
    let mut companions = beachhead_facts::read::Companions::default();
    let of_stages = || Input::Bytes("deal_pipeline_stage.csv", stages.as_bytes());
    companions.add(of_stages(), &options()).unwrap();
    let deals = read_text(
        deals,
        &ReadOptions {
            companions,
            ..options()
        },
    )
    .unwrap();
    let files = vec![deals, read(of_stages(), &options()).unwrap()];
    let star = opened(&scratch, &take(&scratch, None, files).manifest);
    for (day, stage) in [(2, "Pitch"), (3, "Talks"), (4, "Landed")] {
        assert_eq!(stages_on(&star, date(2024, 1, day)), [stage]);
    }
}

#[test]
fn stages_that_were_seen_yield_to_those_that_columns_tell() {
    let scratch = Scratch::new("entries-seen");
    let first = taken(
        &scratch,
        None,
        "deal_id,dealstage,createdate\n1,appointmentscheduled,2024-01-01\n2,contractsent,2024-01-05\n",
    );
    let moved = "deal_id,dealstage,createdate\n1,contractsent,2024-01-01\n2,contractsent,2024-01-05\n3,contractsent,2024-01-20\n";
    let second = taken(&scratch, Some(&first.manifest), moved).manifest;
    let star = opened(&scratch, &second);
    assert_eq!(
        stages_on(&star, date(2024, 1, 10)),
        ["appointmentscheduled", "contractsent"]
    );
    let told = "deal_id,dealstage,createdate,hs_date_entered_appointmentscheduled,hs_date_entered_contractsent\n\
                1,contractsent,2024-01-01,2024-01-02,2024-01-08\n";
    let star = opened(&scratch, &taken(&scratch, Some(&second), told).manifest);
    assert_eq!(stages_on(&star, date(2024, 1, 4)), ["appointmentscheduled"]);
    assert_eq!(stages_on(&star, date(2024, 1, 10)), ["contractsent", "contractsent"]);
}

fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => Just(String::new()),
        3 => (1..28_u32).prop_map(|day| format!("2024-03-{day:02}")),
        3 => (0..30_i64).prop_map(|day| (1_704_153_600_000 + day * 86_400_000 + 3_600_000).to_string()),
        1 => Just("N/A".to_owned()),
        1 => Just("soon".to_owned()),
    ]
}

fn wide() -> impl Strategy<Value = Vec<String>> {
    let row = (
        0..15_u32,
        proptest::sample::select(vec!["contractsent", "closedwon"]),
        cell(),
        cell(),
    );
    let line = |(id, stage, one, two): (u32, &str, String, String)| format!("{id},{stage},{one},{two}\n");
    proptest::collection::vec(row.prop_map(line), 1..60)
}

const WIDE: &str = "deal_id,dealstage,hs_date_entered_contractsent,hs_v2_date_entered_closedwon\n";

/// What a plain loop makes of the columns.
fn by_hand(lines: &[String]) -> (Vec<[String; 3]>, u64) {
    let (mut found, mut bad) = (std::collections::BTreeSet::new(), 0);
    for line in lines {
        let cells: Vec<&str> = line.trim().split(',').collect();
        for (stage, text) in ["contractsent", "closedwon"].into_iter().zip(&cells[2..]) {
            let day = match text.parse::<i64>() {
                Ok(ms) => jiff::Timestamp::from_millisecond(ms).unwrap().to_string()[..10].to_owned(),
                Err(_) if text.starts_with("2024") => (*text).to_owned(),
                Err(_) => {
                    bad += u64::from(*text == "soon");
                    continue;
                }
            };
            found.insert([cells[0].to_owned(), day, stage.to_owned()]);
        }
    }
    (found.into_iter().collect(), bad)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn history_in_columns_is_what_a_plain_loop_finds_in_blocks_of_any_size_and_taken_once(
        lines in wide(),
        block_bytes in 16..400_usize,
    ) {
        let text = format!("{WIDE}{}", lines.concat());
        let in_blocks = ReadOptions { block_bytes, ..options() };
        let file = read_text(&text, &in_blocks).unwrap();
        let (expected, bad) = by_hand(&lines);
        prop_assert_eq!((file.report.history, file.report.history_rejected), (expected.len() as u64, bad));
        let scratch = Scratch::new("entries-any");
        let first = take(&scratch, None, vec![file]).manifest;
        if !expected.is_empty() {
            prop_assert_eq!(history(&scratch, &first), expected);
        }
        let whole = read_text(&text, &options()).unwrap();
        let again = scratch.1.take(Some(&first), vec![whole], TODAY, &Watch::default()).unwrap();
        prop_assert!(!again.changed);
        prop_assert_eq!(again.manifest, first);
    }
}
