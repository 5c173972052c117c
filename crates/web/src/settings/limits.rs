//! `/settings/limits`: how large what comes in may be, as the program's constants say it. Must not set one.

use axum::response::Response;
use beachhead_office::facts::limits as facts;
use beachhead_office::strategy::limits as strategy;
use beachhead_office::{attributing, auditing, importing, uploading};
use beachhead_press::numbers;
use maud::html;

use super::breadcrumb;
use crate::answer::page;
use crate::layout::{self, Place};
use crate::visitor::Visitor;

/// "2 GiB", "100 MiB", "32 KiB".
fn bytes(bytes: u64) -> String {
    let unit = [(30, "GiB"), (20, "MiB"), (10, "KiB")]
        .into_iter()
        .find(|(bits, _)| bytes >> bits > 0);
    match unit {
        Some((bits, name)) => format!("{} {name}", bytes >> bits),
        None => format!("{bytes} bytes"),
    }
}

/// What is limited, and to what.
type Limit = (&'static str, String);

fn groups() -> [(&'static str, Vec<Limit>); 3] {
    let count = |n: usize| numbers::count(n as u64);
    let files = vec![
        ("A file of CSV or JSON lines", bytes(facts::TEXT_BYTES_MAX)),
        ("A workbook (XLSX)", bytes(facts::WORKBOOK_BYTES_MAX)),
        ("What a workbook unpacks to", bytes(facts::UNPACKED_BYTES_MAX)),
        ("Rows of a sheet", numbers::count(facts::SHEET_ROWS_MAX)),
        ("Columns of a file", count(facts::COLUMNS_MAX)),
        ("A cell", bytes(facts::CELL_BYTES_MAX as u64)),
        ("Rejected rows kept of a file", count(facts::REJECTS_KEPT)),
        (
            "Rows rejected, above which a file is not taken without a choice",
            format!("{}%", facts::REJECTED_PERCENT_MAX),
        ),
        ("Reading one file", format!("{} minutes", importing::IMPORT_MINUTES)),
        (
            "An upload that nobody takes is kept for",
            format!("{} hours", uploading::UPLOAD_HOURS),
        ),
    ];
    let texts = vec![
        ("The text of a strategy", bytes(strategy::TEXT_BYTES as u64)),
        ("A name", format!("{} characters", strategy::NAME_CHARS)),
        (
            "A sentence: a reason, a wedge, a rule",
            format!("{} characters", count(strategy::SENTENCE_CHARS)),
        ),
        (
            "Segments, and partner types",
            format!("{} and {}", strategy::SEGMENTS, strategy::PARTNER_TYPES),
        ),
        ("Bets", count(strategy::BETS)),
        ("Steps of a motion", count(strategy::STEPS)),
        (
            "The shortest reason against the gate",
            format!("{} characters", strategy::REASON_AGAINST_THE_GATE_CHARS),
        ),
    ];
    let lists = vec![
        ("Rows of a page", count(crate::evidence::PAGE_ROWS)),
        ("Moves of a policy that are listed", count(attributing::LISTED_MOST)),
        (
            "Audit rows that are verified unasked",
            numbers::count(auditing::VERIFIED_UNASKED_ROWS.unsigned_abs()),
        ),
    ];
    [("Files", files), ("The strategy", texts), ("Lists", lists)]
}

/// `GET /settings/limits`
pub async fn show(visitor: Visitor) -> Response {
    let body = html! {
        (breadcrumb())
        h1 { "Limits" }
        p.lede { "What comes in from outside has a largest size, so that one file cannot stop the program. What is over a limit is refused with the reason, and nothing is half taken." }
        p { "Passwords, tries, sessions and links: " a href="/settings/sign-in" { "the rules of sign-in" } "." }
        @for (heading, limits) in groups() {
            h2 { (heading) }
            dl.summary-list { @for (what, most) in limits { div { dt { (what) } dd { (most) } } } }
        }
    };
    page(
        &visitor.frame,
        layout::inside(&visitor, Place::Settings, "Limits", &body),
    )
}
