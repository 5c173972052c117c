//! `beachhead import --singer`: the messages of a tap, made up here, and those of a real one.

use serde_json::{Value, json};

use crate::support::Folder;

/// A schema whose properties are all texts.
fn schema(stream: &str, key: &str, properties: &[&str]) -> Value {
    let properties: serde_json::Map<String, Value> = properties
        .iter()
        .map(|name| ((*name).to_owned(), json!({"type": ["null", "string"]})))
        .collect();
    json!({"type": "SCHEMA", "stream": stream, "schema": {"type": "object", "properties": properties}, "key_properties": [key]})
}

fn record(stream: &str, record: Value) -> Value {
    json!({"type": "RECORD", "stream": stream, "record": record, "time_extracted": "2024-03-01T00:00:00Z"})
}

fn state(since: &str) -> Value {
    json!({"type": "STATE", "value": {"bookmarks": {"deals": since}}})
}

fn lines(messages: &[Value]) -> String {
    messages.iter().map(|message| format!("{message}\n")).collect()
}

fn deals(ids: &[&str]) -> Vec<Value> {
    let mut messages = vec![schema(
        "deals",
        "Deal ID",
        &["Deal ID", "Deal Stage", "Create Date", "Amount"],
    )];
    messages.extend(ids.iter().map(|id| {
        record(
            "deals",
            json!({"Deal ID": id, "Deal Stage": "Closed Won", "Create Date": "2024-01-02", "Amount": 12.50}),
        )
    }));
    messages
}

#[test]
fn streams_become_tables_and_the_last_state_is_printed_alone() {
    let folder = Folder::new("singer");
    let mut messages = deals(&["1", "2"]);
    messages.push(state("early"));
    messages.push(schema(
        "companies",
        "Record ID",
        &["Record ID", "Company name", "Company Domain Name"],
    ));
    messages.push(record(
        "companies",
        json!({"Record ID": "10", "Company name": "Acme", "Company Domain Name": "acme.com"}),
    ));
    messages.push(schema("weather", "on", &["on", "rain"]));
    messages.push(record("weather", json!({"on": "2024-01-01", "rain": "much"})));
    messages.push(state("late"));
    let said = folder.run_with(&["import", "--singer", "-", "--tap", "crm"], &lines(&messages));
    assert_eq!(
        (said.code, said.out.as_str()),
        (0, "{\"bookmarks\":{\"deals\":\"late\"}}\n"),
        "{}",
        said.err
    );
    assert!(
        said.err.contains("deals: opportunities, 2 read = 2 accepted"),
        "{}",
        said.err
    );
    assert!(
        said.err.contains("companies: accounts, 1 read = 1 accepted"),
        "{}",
        said.err
    );
    assert!(said.err.contains("weather: passed over, 1 records"), "{}", said.err);
    let kept = folder.run(&["import", "--singer-state", "crm"]).done();
    assert_eq!(kept.out, said.out);
    let facts = folder.answer(&["facts"]).to_string();
    assert!(facts.contains("opportunities") && facts.contains("accounts"), "{facts}");
}

#[test]
fn the_document_holds_the_state_and_the_streams_passed_over() {
    let folder = Folder::new("singer-json");
    let mut messages = deals(&["1"]);
    messages.push(state("once"));
    messages.push(schema("weather", "on", &["on", "rain"]));
    messages.push(record("weather", json!({"on": "2024-01-01", "rain": "much"})));
    folder.write("said.singer", &lines(&messages));
    let document = folder.answer(&["import", "--singer", "said.singer"]);
    assert_eq!(document["state"], json!({"bookmarks": {"deals": "once"}}));
    assert_eq!(
        (&document["files"][0]["format"], &document["files"][0]["file"]),
        (&json!("singer"), &json!("deals"))
    );
    assert_eq!(document["passed_over"][0]["stream"], "weather");
    assert_eq!(document["files"].as_array().map(Vec::len), Some(1));
}

#[test]
fn nothing_is_kept_and_no_state_said_where_one_stream_is_refused() {
    let folder = Folder::new("singer-refused");
    let mut messages = deals(&["1"]);
    messages.push(record(
        "deals",
        json!({"Deal ID": "2", "Deal Stage": "In limbo", "Create Date": "2024-01-02"}),
    ));
    messages.push(state("never"));
    let said = folder.run_with(&["import", "--singer", "-"], &lines(&messages));
    assert_eq!((said.code, said.out.as_str()), (2, ""), "{}", said.err);
    assert!(said.err.contains("In limbo"), "{}", said.err);
    assert!(
        folder
            .refused(&["import", "--singer-state", "tap"], 2)
            .contains("No state is kept")
    );
    let answered = folder.run_with(
        &["import", "--singer", "-", "--stage", "In limbo=open"],
        &lines(&messages),
    );
    assert_eq!(
        (answered.code, answered.out.as_str()),
        (0, "{\"bookmarks\":{\"deals\":\"never\"}}\n"),
        "{}",
        answered.err
    );
}

#[test]
fn a_run_without_records_keeps_the_state_and_changes_nothing() {
    let folder = Folder::new("singer-none");
    let said = folder.run_with(
        &["import", "--singer", "-"],
        &lines(&[deals(&[]).remove(0), state("idle")]),
    );
    assert_eq!(
        (said.code, said.out.as_str()),
        (0, "{\"bookmarks\":{\"deals\":\"idle\"}}\n"),
        "{}",
        said.err
    );
}

#[test]
fn a_message_that_cannot_be_read_is_named_by_line_with_what_to_do() {
    let folder = Folder::new("singer-wrong");
    let schema = deals(&[]).remove(0);
    for (messages, words) in [
        (format!("{schema}\nINFO starting sync\n"), "line 2 is no Singer message"),
        (
            format!("{}\n", record("deals", json!({}))),
            "line 1 is a RECORD of the stream deals before its SCHEMA",
        ),
        (
            format!("{schema}\n{}\n", json!({"type": "BATCH", "stream": "deals"})),
            "line 2 is a BATCH message",
        ),
        (
            format!(
                "{schema}\n{}\n",
                json!({"type": "RECORD", "stream": "deals", "record": 5})
            ),
            "line 2 is a RECORD without its `record`",
        ),
        (
            format!("{}\n", json!({"type": "NEWS"})),
            "line 1 is a message of the type NEWS",
        ),
        (String::new(), "the tap said nothing"),
    ] {
        let said = folder.run_with(&["import", "--singer", "-"], &messages);
        assert_eq!((said.code, said.out.as_str()), (2, ""), "{words}: {}", said.err);
        assert!(said.err.contains(words), "{}", said.err);
    }
}

#[test]
fn a_stream_of_a_name_of_its_own_is_taken_as_one_is_told() {
    let folder = Folder::new("singer-as");
    let messages = lines(&[
        schema("kunden", "nr", &["nr", "name", "domain"]),
        record("kunden", json!({"nr": "7", "name": "Acme", "domain": "acme.com"})),
    ]);
    let arguments = ["import", "--singer", "-", "--as", "kunden=accounts"];
    let said = folder.run_with(&arguments, &messages);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(
        said.err.contains("kunden: accounts, 1 read = 1 accepted"),
        "{}",
        said.err
    );
    assert!(
        folder
            .run_with(&["import", "--singer", "-", "--as", "x=accounts"], &messages)
            .err
            .contains("no stream x")
    );
}

/// A real tap, where `cargo xtask test` has installed one.
#[test]
fn a_real_tap_of_csv_files_is_imported_and_goes_on_from_its_state() {
    let (Some(tap), Some(library)) = (
        std::env::var_os("BEACHHEAD_TEST_TAP"),
        std::env::var_os("BEACHHEAD_TEST_TAP_LIBRARY"),
    ) else {
        eprintln!("skipped: no tap is installed; `cargo xtask test unit` installs one where pip is there");
        return;
    };
    let folder = Folder::new("singer-tap");
    std::fs::create_dir_all(folder.path("exports")).expect("a writable folder");
    folder.write("exports/deals.csv", "Deal ID,Deal Stage,Create Date,Close Date,Amount\r\n1,Closed Won,2024-01-02,2024-03-01,1234.50\r\n2,Prospecting,2024-01-03,,99\r\n");
    folder.write(
        "exports/companies.csv",
        "Record ID,Company name,Company Domain Name\r\n10,Acme,acme.com\r\n",
    );
    folder.write("exports/weather.csv", "on,rain\r\n2024-01-01,much\r\n");
    let config = json!({"filesystem": "local", "read_mode": "one_stream_per_file", "path": folder.path("exports")});
    folder.write("config.json", &config.to_string());
    let run_tap = |more: &[&str]| {
        let output = std::process::Command::new("python3")
            .arg(&tap)
            .args(["--config", "config.json"])
            .args(more)
            .env("PYTHONPATH", &library)
            .current_dir(folder.path("."))
            .output()
            .expect("the tap starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    let said = folder.run_with(&["import", "--singer", "-", "--tap", "csv"], &run_tap(&[]));
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(
        said.err.contains("deals: opportunities, 2 read = 2 accepted"),
        "{}",
        said.err
    );
    assert!(said.err.contains("companies: accounts, 1 read"), "{}", said.err);
    assert!(said.err.contains("weather: passed over"), "{}", said.err);
    folder.write(
        "state.json",
        &folder.run(&["import", "--singer-state", "csv"]).done().out,
    );
    let again = folder.run_with(
        &["import", "--singer", "-", "--tap", "csv"],
        &run_tap(&["--state", "state.json"]),
    );
    assert_eq!(again.code, 0, "{}", again.err);
    assert!(again.out.contains("bookmarks"), "{}", again.out);
}
