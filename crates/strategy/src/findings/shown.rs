//! Findings drawn into the text for a terminal. The only place that names annotate-snippets.

use super::{Finding, Severity};
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

/// The findings drawn into the text for a terminal, with or without colour; a closing line counts them. `name` is the
/// file's name as shown.
pub fn render_findings(name: &str, text: &str, findings: &[Finding], colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let mut shown = String::new();
    for finding in findings {
        shown.push_str(&renderer.render(&[group(name, text, finding)]));
        shown.push_str("\n\n");
    }
    shown.push_str(&summary(findings));
    shown.push('\n');
    shown
}

fn group<'a>(name: &'a str, text: &'a str, finding: &'a Finding) -> Group<'a> {
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level
        .primary_title(finding.message.as_str())
        .id(format!("{} {}", finding.code, finding.name));
    let notes = [
        Level::NOTE.message(finding.why),
        Level::HELP.message(finding.help.as_str()),
    ];
    match line(text, finding) {
        Some((number, line, column)) => {
            let snippet = Snippet::source(line).line_start(number).path(name).annotation(
                AnnotationKind::Primary
                    .span(column..line.len().max(column))
                    .label(finding.path.as_str()),
            );
            title.element(snippet).elements(notes)
        }
        None => title.elements(notes),
    }
}

/// The finding's line: its number, its text without what follows, and the byte in it at which the finding starts.
fn line<'a>(text: &'a str, finding: &Finding) -> Option<(usize, &'a str, usize)> {
    let number = finding.line?;
    let line = text.lines().nth(number.checked_sub(1)?)?;
    let before = finding.column.unwrap_or(1).saturating_sub(1);
    let column = line.char_indices().nth(before).map_or(line.len(), |(at, _)| at);
    Some((number, line, column))
}

fn summary(findings: &[Finding]) -> String {
    let errors = findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .count();
    let warnings = findings.len() - errors;
    let count = |number: usize, what: &str| format!("{number} {what}{}", if number == 1 { "" } else { "s" });
    let verdict = if errors == 0 {
        "this strategy can be signed"
    } else {
        "this strategy cannot be signed yet"
    };
    format!("{}, {}: {verdict}", count(errors, "error"), count(warnings, "warning"))
}
