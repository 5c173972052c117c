//! Files read and kept: real exports, the traps that they hold, attacks, and snapshots.

#![expect(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

mod answers;
mod blocks;
mod books;
mod entries;
mod exports;
mod formats;
mod properties;
mod round_trip;
mod schemas;
mod snapshots;
mod stages;
mod traps;

use std::path::PathBuf;

use beachhead_facts::FactsError;
use beachhead_facts::read::{FileRead, FileReport, Input, ReadOptions, read};
use jiff::civil::{Date, date};

const TODAY: Date = date(2026, 11, 22);

/// A file of the shared test data; none, with a word on standard error, where the data is not there.
fn shared(path: &str) -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared");
    let root = std::env::var("BEACHHEAD_SHARED").unwrap_or_else(|_| beside.to_owned());
    let file = PathBuf::from(root).join("data").join(path);
    if file.exists() {
        return Some(file);
    }
    eprintln!("skipped: {} is not there", file.display());
    None
}

fn options() -> ReadOptions {
    ReadOptions::new(TODAY)
}

fn read_text(text: &str, options: &ReadOptions) -> Result<FileRead, FactsError> {
    read(Input::Bytes("deals.csv", text.as_bytes()), options)
}

/// The report of a text that is taken whatever is rejected.
fn report_of(text: &str) -> FileReport {
    let options = ReadOptions {
        take_anyway: true,
        ..options()
    };
    read_text(text, &options)
        .unwrap_or_else(|error| panic!("{error}"))
        .report
}

fn adds_up(report: &FileReport) -> bool {
    report.read == report.accepted + report.rejected + report.duplicates + report.footer
}

/// (read, accepted, rejected, duplicates, footer)
fn counts(report: &FileReport) -> (u64, u64, u64, u64, u64) {
    assert!(adds_up(report), "{report:?}");
    (
        report.read,
        report.accepted,
        report.rejected,
        report.duplicates,
        report.footer,
    )
}

fn field_of<'a>(report: &'a FileReport, source: &str) -> Option<&'a str> {
    report
        .columns
        .iter()
        .find(|column| column.source == source)
        .and_then(|column| column.field.as_deref())
}
