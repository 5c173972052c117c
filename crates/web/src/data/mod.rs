//! Data: is the data right and fresh? The overview, the steps of an import, imports under way and done, sources, profiles,
//! exports.

mod exports;
mod imports;
mod jobs;
mod overview;
mod profiles;
mod sources;
mod steps;

pub use exports::{decisions, exports, matches};
pub use imports::{import, rejects, undo, undo_page};
pub use jobs::{cancel, discard, job, resume};
pub use overview::show;
pub use profiles::{profile, profile_delete, profile_import, profile_rename, profile_toml, profiles};
pub use sources::sources;
pub use steps::{UPLOAD_BYTES, answer, forget, match_columns, take, upload, upload_rejects};

use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use beachhead_office::facts::Way;
use beachhead_office::facts::catalogue::Table;
use beachhead_office::facts::read::FileReport;
use beachhead_office::facts::snapshot::TableChange;
use beachhead_press::numbers;
use maud::{Markup, html};

/// The most rows of a table that a page lists where a download has them all.
const LISTED: usize = 20;

/// A table's name as a heading: "Stage history".
fn words(table: Table) -> String {
    let mut words = table.name().replace('_', " ");
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    words
}

/// "opportunities.csv: 8 800 read = 8 800 accepted + 0 rejected + 0 duplicates + 0 footer".
fn counts(report: &FileReport) -> String {
    if let Some(says) = &report.passed_over {
        return format!("{}: {says}", report.file);
    }
    let counts = format!(
        "{}: {} read = {} accepted + {} rejected + {} duplicates + {} footer",
        report.file,
        numbers::plural(report.read, "row", "rows"),
        numbers::count(report.accepted),
        numbers::count(report.rejected),
        numbers::count(report.duplicates),
        numbers::count(report.footer),
    );
    counts + &history(report)
}

/// "; 20 100 rows of stage history from its columns, 3 of whose cells tell no day"; nothing where no column tells any.
fn history(report: &FileReport) -> String {
    if report.history + report.history_rejected == 0 {
        return String::new();
    }
    let rows = numbers::plural(report.history, "row", "rows");
    let unread = match report.history_rejected {
        0 => String::new(),
        cells => format!("; {} of them tell no day", numbers::plural(cells, "cell", "cells")),
    };
    format!("; {rows} of stage history from its columns{unread}")
}

/// "2 files: 8 885 rows read, 8 885 accepted".
fn summed(reports: &[FileReport]) -> String {
    let sum = |of: fn(&FileReport) -> u64| reports.iter().map(of).sum::<u64>();
    format!(
        "{}: {} read, {} accepted",
        numbers::plural(reports.len() as u64, "file", "files"),
        numbers::plural(sum(|report| report.read), "row", "rows"),
        numbers::count(sum(|report| report.accepted)),
    )
}

/// What files change, table by table, and the stages that opportunities moved between.
fn changes(changes: &[TableChange], label: &str) -> Markup {
    let columns = ["New", "Updated", "Unchanged", "Not in the files", "Gone"];
    let counts = |change: &TableChange| {
        [
            change.added,
            change.changed,
            change.unchanged,
            change.absent,
            change.gone,
        ]
    };
    html! {
        @if !changes.is_empty() {
            div.scroll tabindex="0" role="region" aria-label=(label) { table {
                thead { tr { th scope="col" { "Table" } @for column in columns { th.num scope="col" { (column) } } } }
                tbody { @for change in changes { tr {
                    th scope="row" { (words(change.table)) }
                    @for count in counts(change) { td.num { (numbers::count(count)) } }
                } } }
            } }
        }
        @for change in changes.iter().filter(|change| !change.stage_moves.is_empty()) { (stage_moves(change)) }
    }
}

fn stage_moves(change: &TableChange) -> Markup {
    let moves = &change.stage_moves;
    html! {
        details {
            summary { "Opportunities moved between " (numbers::plural(moves.len() as u64, "pair of stages", "pairs of stages")) }
            div.scroll tabindex="0" role="region" aria-label="Stage moves" { table {
                thead { tr { th scope="col" { "From" } th scope="col" { "To" } th scope="col" { "Which way" } th.num scope="col" { "Opportunities" } } }
                tbody { @for moved in moves.iter().take(LISTED) { tr {
                    td { (moved.from) } td { (moved.to) } td { (moved.way.map_or("–", Way::word)) } td.num { (numbers::count(moved.opportunities)) }
                } } }
            } }
            @if moves.len() > LISTED { p.dim { (numbers::count((moves.len() - LISTED) as u64)) " rarer moves are not listed." } }
        }
    }
}

/// A file to download under a name.
fn download(name: &str, kind: &'static str, text: String) -> Response {
    let safe: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') {
                c
            } else {
                '-'
            }
        })
        .collect();
    let disposition = format!("attachment; filename=\"{safe}\"");
    (
        [
            (header::CONTENT_TYPE, kind.to_owned()),
            (header::CONTENT_DISPOSITION, disposition),
        ],
        text,
    )
        .into_response()
}
