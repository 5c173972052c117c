//! Files made to do harm, imported by the built binary: each is refused, or read for what it says, in little memory and
//! time, and the program lives.

use std::fs::File;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::corpus::{self, Archive, Attack};
use crate::processes::{children, memory, seconds};
use crate::support::Folder;

/// What a run took: the most memory of any of its processes, in MiB, and processor time in seconds.
#[derive(Debug, Default)]
struct Took {
    memory: u64,
    seconds: f64,
}

/// Imports a file and watches what it takes.
fn import(folder: &Folder, name: &str) -> (i32, Value, Took) {
    let out = File::create(folder.path("out.json")).expect("a writable folder");
    let mut child = Command::new(env!("CARGO_BIN_EXE_beachhead"))
        .args(["import", name, "--json"])
        .current_dir(folder.path("."))
        .env_remove("BEACHHEAD_DATA")
        .env_remove("BEACHHEAD_RECORD")
        .stdin(Stdio::null())
        .stdout(out)
        .stderr(Stdio::null())
        .spawn()
        .expect("the built binary starts");
    let mut took = Took::default();
    let status = loop {
        for process in [child.id()].into_iter().chain(children(child.id())) {
            took.memory = took.memory.max(memory(process));
            took.seconds = took.seconds.max(seconds(process));
        }
        if let Some(status) = child.try_wait().expect("it is ours") {
            break status;
        }
        std::thread::sleep(std::time::Duration::from_millis(3));
    };
    let said = std::fs::read_to_string(folder.path("out.json")).expect("written");
    let document = serde_json::from_str(&said).unwrap_or_else(|error| panic!("{name}: {error}: {said}"));
    (
        status.code().unwrap_or_else(|| panic!("{name}: {status}")),
        document,
        took,
    )
}

/// Imports a file that must be refused with these words.
fn refused(folder: &Folder, name: &str, words: &str) {
    let (code, document, took) = import(folder, name);
    let message = document["error"]["message"].as_str().unwrap_or_default();
    assert_eq!(code, 2, "{name}: {document}");
    assert!(message.contains(words), "{name}: {message}");
    bounded(name, &took);
}

/// Imports a file that must be read; gives its report.
fn taken(folder: &Folder, name: &str) -> Value {
    let (code, document, took) = import(folder, name);
    assert_eq!(code, 0, "{name}: {document}");
    bounded(name, &took);
    document["files"][0].clone()
}

fn bounded(name: &str, took: &Took) {
    eprintln!("{name}: {} MiB, {:.2} s", took.memory, took.seconds);
    // A build that is not optimised may take longer; the memory is the same.
    let seconds = if cfg!(debug_assertions) { 20.0 } else { 5.0 };
    assert!(took.memory < 256 && took.seconds < seconds, "{name}: {took:?}");
}

fn all_refused(folder: &Folder, attacks: Vec<Attack>) {
    for Attack { name, words } in attacks {
        refused(folder, &name, words);
        std::fs::remove_file(folder.path(&name)).expect("it is there");
    }
}

/// The longest line: a gibibyte.
const LONGEST: u64 = 1 << 30;

#[test]
fn hostile_text_files() {
    let folder = Folder::new("attacks-text");
    all_refused(&folder, corpus::texts(&folder, LONGEST));
    let attack = corpus::names(&folder);
    let (code, document, took) = import(&folder, &attack.name);
    bounded(&attack.name, &took);
    assert_eq!(code, 2, "two of twelve rows are more than one in twenty: {document}");
    let reasons: Vec<&str> = document["files"][0]["rejects"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|reject| reject["reason"].as_str())
        .collect();
    assert_eq!(reasons, ["a NUL character stands in the cell", "longer than 32 KiB"]);
}

#[test]
fn files_that_are_something_else() {
    let folder = Folder::new("attacks-strangers");
    all_refused(&folder, corpus::strangers(&folder));
}

#[test]
fn hostile_workbooks() {
    let folder = Folder::new("attacks-books");
    all_refused(&folder, corpus::workbooks(&folder));
}

#[test]
fn hostile_parquet_files() {
    let folder = Folder::new("attacks-parquet");
    all_refused(&folder, corpus::parquets(&folder));
}

#[test]
fn hostile_json() {
    let folder = Folder::new("attacks-json");
    all_refused(&folder, corpus::jsons(&folder, LONGEST));
}

#[test]
fn a_workbook_is_read_by_a_process_of_its_own() {
    let folder = Folder::new("attacks-apart");
    let book = Archive::book(
        "<sheetData><row><c r=\"A1\" t=\"inlineStr\"><is><t>Deal ID</t></is></c><c r=\"B1\" t=\"inlineStr\"><is><t>Deal Stage</t></is></c><c r=\"C1\" t=\"inlineStr\"><is><t>Create Date</t></is></c></row>\
         <row><c r=\"A2\"><v>1</v></c><c r=\"B2\" t=\"inlineStr\"><is><t>Won</t></is></c><c r=\"C2\" t=\"inlineStr\"><is><t>2024-01-02</t></is></c></row></sheetData>",
    );
    std::fs::write(folder.path("deals.xlsx"), book.finish()).expect("a writable folder");
    let report = taken(&folder, "deals.xlsx");
    assert_eq!(
        (report["format"].as_str(), report["accepted"].as_u64()),
        (Some("xlsx"), Some(1))
    );
}
