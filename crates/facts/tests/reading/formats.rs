//! Parquet and JSON lines: what other programs write is read as they mean it.

use std::path::PathBuf;

use beachhead_facts::read::{FileReport, Input, cells, inspect, read};

use super::{counts, field_of, options, report_of};

fn file(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reading/files")).join(name)
}

/// The cells below the header of a column.
fn column(path: &str, name: &str) -> Vec<String> {
    let rows = cells(Input::Path(&file(path))).unwrap();
    let at = rows[0].iter().position(|header| header == name).unwrap();
    rows[1..].iter().map(|row| row[at].clone()).collect()
}

fn lines(text: &str) -> FileReport {
    let options = super::ReadOptions {
        take_anyway: true,
        ..options()
    };
    read(Input::Bytes("deals.jsonl", text.as_bytes()), &options)
        .unwrap_or_else(|error| panic!("{error}"))
        .report
}

fn texts(text: &str) -> Vec<Vec<String>> {
    cells(Input::Bytes("deals.jsonl", text.as_bytes())).unwrap()
}

fn refusal(name: &str, text: &[u8]) -> String {
    read(Input::Bytes(name, text), &options()).unwrap_err().to_string()
}

#[test]
fn what_pyarrow_writes_is_read_in_canonical_form() {
    for (name, expected) in [
        ("Id", ["006A", "006B", "006C"]),
        ("Name", ["Ünïcode; \"x\"", "two\nlines", ""]),
        ("StageName", ["Closed Won", "Closed Lost", "Prospecting"]),
        ("Amount", ["1234.50", "-0.05", ""]),
        ("CreatedDate", ["2024-01-02T03:04:05.678Z", "2024-02-29T00:00:00Z", ""]),
        ("CloseDate", ["2024-03-01", "2024-03-02", ""]),
        ("IsWon", ["true", "false", "false"]),
        ("ms", ["2024-01-02T03:04:05.678", "2024-02-29T00:00:00", ""]),
        ("us", ["2024-01-02T03:04:05.678", "2024-02-29T00:00:00", ""]),
        ("ns", ["2024-01-02T03:04:05.678", "2024-02-29T00:00:00", ""]),
        ("s", ["2024-01-02T03:04:05", "2024-02-29T00:00:00", ""]),
        ("time", ["01:02:03", "23:59:59.001", ""]),
        ("view", ["a view that is longer than twelve bytes", "short", ""]),
        ("int", ["9007199254740993", "-1", ""]),
        ("uint", ["255", "0", ""]),
        ("double", ["0.1", "", "1000000000000000000000"]),
        ("float", ["0.1", "2.5", ""]),
        ("wide", ["123456789012345678901234567890.123456", "", ""]),
        ("bytes", ["text", "00ff", ""]),
        ("tags", ["[\"a\",\"b;c\"]", "[]", ""]),
        (
            "nested",
            ["{\"x\":1,\"y\":[{\"z\":true}]}", "{\"x\":null,\"y\":null}", ""],
        ),
        ("map", ["{\"k\":1}", "{}", ""]),
        ("null", ["", "", ""]),
    ] {
        assert_eq!(column("pyarrow.parquet", name), expected, "{name}");
    }
}

#[test]
fn what_duckdb_writes_is_read_in_canonical_form() {
    for (name, expected) in [
        ("Amount", "1234.50"),
        ("CreatedDate", "2024-01-02T03:04:05.678"),
        ("seen", "2024-01-02T03:04:05Z"),
        ("CloseDate", "2024-03-01"),
        ("IsWon", "true"),
        ("tags", "[\"a\",\"b\"]"),
        ("nested", "{\"x\":1,\"y\":\"z\"}"),
        ("m", "{\"k\":2}"),
        ("raw", "abc"),
        ("u", "11111111-2222-3333-4444-555555555555"),
        ("t", "01:02:03"),
        ("d", "0.1"),
        ("e", "a"),
    ] {
        assert_eq!(column("duckdb.parquet", name), [expected, ""], "{name}");
    }
}

#[test]
fn every_codec_version_and_the_old_instants_of_96_bits_are_read() {
    for name in ["int96", "gzip", "lz4", "none"] {
        let path = format!("{name}.parquet");
        assert_eq!(
            column(&path, "ns")[..2],
            ["2024-01-02T03:04:05.678", "2024-02-29T00:00:00"],
            "{name}"
        );
        assert_eq!(
            column(&path, "StageName"),
            ["Closed Won", "Closed Lost", "Prospecting"],
            "{name}"
        );
    }
}

#[test]
fn a_parquet_file_is_recognised_and_counted_like_a_text_file() {
    let report = read(Input::Path(&file("pyarrow.parquet")), &options()).unwrap().report;
    assert_eq!(
        (
            report.format.as_str(),
            report.encoding.as_deref(),
            report.delimiter,
            report.header_row
        ),
        ("parquet", None, None, 1)
    );
    assert_eq!(counts(&report), (3, 3, 0, 0, 0));
    let report = read(Input::Path(&file("pandas.parquet")), &options()).unwrap().report;
    assert_eq!(field_of(&report, "CloseDate"), Some("closed_on"));
    assert_eq!(counts(&report), (2, 2, 0, 0, 0));
}

#[test]
fn json_lines_become_columns_in_the_order_of_first_coming() {
    let rows = texts(concat!(
        "{\"id\":1,\"deal\":{\"stage\":\"Won\",\"who\":{\"name\":\"Ines\"}},\"tags\":[\"a\",\"b\"]}\n\n",
        "{\"new\":1.10,\"id\":12345678901234567890.5,\"tags\":[{\"x\": 1}],\"deal\":null,\"ok\":true,\"none\":null}\r\n",
        "{\"id\":\"\\u00fc\\n\",\"tags\":[\"a;b\",2]}",
    ));
    assert_eq!(
        rows[0],
        ["id", "deal.stage", "deal.who.name", "tags", "new", "deal", "ok", "none"]
    );
    assert_eq!(rows[1], ["1", "Won", "Ines", "a;b", "", "", "", ""]);
    assert_eq!(
        rows[2],
        ["12345678901234567890.5", "", "", "[{\"x\":1}]", "1.10", "", "true", ""]
    );
    assert_eq!(rows[3], ["ü\n", "", "", "[\"a;b\",2]", "", "", "", ""]);
}

#[test]
fn an_array_of_objects_is_read_like_lines() {
    let objects = [
        "{\"id\":\"1\",\"stage\":\"Won ] , \\\" }\"}",
        "{\"id\":\"2\",\"n\":{\"deep\":[[1],[2]]}}",
    ];
    let array = format!("\u{feff} [\n  {} ,\n {}\n]\n", objects[0], objects[1]);
    assert_eq!(
        cells(Input::Bytes("a.json", array.as_bytes())).unwrap(),
        texts(&objects.join("\n"))
    );
    assert!(refusal("a.json", b"[{\"id\":1},{\"id\":2}").contains("not closed"));
    assert!(refusal("a.json", b"[{\"id\":1}] {\"id\":2}").contains("outside of the array"));
    assert!(refusal("a.json", b"[]").contains("no object has a key"));
}

const DEAL: &str = "{\"Deal ID\":\"1\",\"Deal Stage\":\"Closed Won\",\"Create Date\":\"2024-01-02\",\"Amount\":5}";

#[test]
fn a_line_that_is_no_json_is_a_rejected_row_with_its_reason() {
    let report = lines(&format!(
        "{DEAL}\n\n{{\"Deal ID\": oops}}\n[1]\n{}\n",
        DEAL.replace("\"1\"", "\"2\"")
    ));
    assert_eq!((report.format.as_str(), report.header_row), ("jsonl", 0));
    assert_eq!(counts(&report), (4, 2, 2, 0, 0));
    let said: Vec<(u64, &str)> = report
        .rejects
        .iter()
        .map(|reject| (reject.row, reject.reason.as_str()))
        .collect();
    assert_eq!(said[0].0, 3, "a row is the line it stands in");
    assert!(
        said[0].1.starts_with("not a JSON object: expected value at character"),
        "{said:?}"
    );
    assert!(said[1].1.contains("invalid type: sequence"), "{said:?}");
}

#[test]
fn a_line_without_utf8_or_with_a_key_twice_is_a_rejected_row() {
    let mut text = format!("{DEAL}\n{}\n", DEAL.replace("\"Amount\"", "\"Deal ID\"")).into_bytes();
    text.extend_from_slice(b"{\"Deal ID\":\"\xFF\"}\n");
    let options = super::ReadOptions {
        take_anyway: true,
        ..options()
    };
    let report = read(Input::Bytes("deals.jsonl", &text), &options).unwrap().report;
    assert_eq!(counts(&report), (3, 1, 2, 0, 0));
    assert_eq!(report.rejects[0].reason, "the key Deal ID stands twice in the object");
    assert!(report.rejects[1].reason.starts_with("not UTF-8"));
}

#[test]
fn rejected_lines_are_listed_for_mending_with_their_text() {
    let options = super::ReadOptions {
        take_anyway: true,
        ..options()
    };
    let file = read(
        Input::Bytes("deals.jsonl", format!("{DEAL}\nnonsense\n").as_bytes()),
        &options,
    )
    .unwrap();
    let csv = file.rejects_csv();
    assert!(csv.contains("nonsense") && csv.contains("not a JSON object"), "{csv}");
}

#[test]
fn what_never_was_json_lines_is_refused_for_what_it_is() {
    assert!(refusal("deals.jsonl", b"Deal ID,Deal Stage\n1,Won\n").contains("one object a line"));
    assert!(refusal("deals.json", b"{\n  \"deals\": [\n    1\n  ]\n}\n").contains("one object a line"));
    assert!(refusal("deals.csv", DEAL.as_bytes()).contains("not text as its name says"));
    let utf16: Vec<u8> = [0xFF, 0xFE]
        .into_iter()
        .chain(DEAL.bytes().flat_map(|byte| [byte, 0]))
        .collect();
    assert!(refusal("deals.jsonl", &utf16).contains("UTF-16"));
}

#[test]
fn json_lines_and_csv_of_the_same_deals_read_alike() {
    let csv = report_of("Deal ID,Deal Stage,Create Date,Amount\n1,Closed Won,2024-01-02,5\n");
    let json = lines(DEAL);
    assert_eq!(counts(&csv), counts(&json));
    let mark = |name: &str, text: &str| {
        inspect(Input::Bytes(name, text.as_bytes()), &options())
            .unwrap()
            .fingerprint
    };
    assert_eq!(
        mark("a.jsonl", DEAL),
        mark(
            "a.csv",
            "Deal ID,Deal Stage,Create Date,Amount\n1,Closed Won,2024-01-02,5\n"
        )
    );
    assert_eq!(csv.columns, json.columns);
}
