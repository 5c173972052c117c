//! How answers are shown: JSON for machines on standard output, words for people, refusals on standard error.

use std::io::Write as _;
use std::process::ExitCode;

use beachhead_office::Refusal;
use serde::Serialize;

/// Shows a refusal and gives its exit code. With `--json` it is a document on standard output as well.
pub fn refusal(refusal: &Refusal, json: bool) -> ExitCode {
    if json {
        print(&serde_json::json!({ "error": error(refusal) }).to_string());
    }
    let _ = writeln!(std::io::stderr(), "beachhead: {}", refusal.message);
    if !refusal.hint.is_empty() {
        let _ = writeln!(std::io::stderr(), "  {}", refusal.hint);
    }
    ExitCode::from(refusal.code.exit())
}

/// A refusal as it stands under `error` in a document.
pub fn error(refusal: &Refusal) -> serde_json::Value {
    serde_json::json!({ "code": refusal.code.name(), "message": refusal.message, "hint": refusal.hint })
}

/// Prints a value as one JSON document.
pub fn json(value: &impl Serialize) -> Result<(), Refusal> {
    let text = serde_json::to_string(value)
        .map_err(|error| Refusal::internal(format!("The answer could not be written down: {error}")))?;
    print(&text);
    Ok(())
}

/// Prints text on standard output; a reader that has gone away (`| head`) is no failure.
pub fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{}", text.trim_end_matches('\n'));
    let _ = out.flush();
}

/// Says on standard error what whoever runs the program may want to know.
pub fn note(text: &str) {
    let _ = writeln!(std::io::stderr(), "beachhead: {text}");
}

/// Columns of text, each as wide as its widest cell, numbers (every column in `right`) to the right.
pub fn columns(header: &[&str], rows: &[Vec<String>], right: &[usize]) -> String {
    let mut widths: Vec<usize> = header.iter().map(|cell| cell.chars().count()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let line = |cells: Vec<&str>| {
        let padded: Vec<String> = cells
            .iter()
            .enumerate()
            .map(|(at, cell)| {
                let width = widths.get(at).copied().unwrap_or(0);
                if right.contains(&at) {
                    format!("{cell:>width$}")
                } else {
                    format!("{cell:<width$}")
                }
            })
            .collect();
        padded.join("  ").trim_end().to_owned()
    };
    let head = line(header.to_vec());
    let body = rows.iter().map(|row| line(row.iter().map(String::as_str).collect()));
    std::iter::once(head).chain(body).collect::<Vec<_>>().join("\n")
}
