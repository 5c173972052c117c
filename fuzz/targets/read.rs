//! What the targets of the readers share: a file read under a name, whatever is rejected. Its counts must add up.

use beachhead_facts::read::{FileReport, Input, ReadOptions, cells, inspect, read};
use jiff::civil::date;

/// What the libraries of workbooks and Parquet panic on is caught by the reader and called damage; only what comes through
/// is a finding.
fn let_fences_catch() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| std::panic::set_hook(Box::new(|_| {})));
}

/// Reads bytes as a file of this name in every way that there is.
pub fn every_way(name: &str, bytes: &[u8]) {
    let_fences_catch();
    let options = ReadOptions {
        take_anyway: true,
        ..ReadOptions::new(date(2026, 11, 22))
    };
    let seen = inspect(Input::Bytes(name, bytes), &options).is_ok();
    match read(Input::Bytes(name, bytes), &options) {
        Ok(file) => {
            assert!(seen && adds_up(&file.report), "{:?}", file.report);
            let _ = file.rejects_csv();
        }
        Err(error) => assert!(error.report().is_none_or(adds_up), "{error}"),
    }
    // A small input whose equal rows pack into nothing has too many of them for one answer in memory.
    if seen && !name.ends_with(".parquet") {
        let _ = cells(Input::Bytes(name, bytes));
    }
}

fn adds_up(report: &FileReport) -> bool {
    report.read == report.accepted + report.rejected + report.duplicates + report.footer
}
