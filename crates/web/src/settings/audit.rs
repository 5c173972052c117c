//! `/settings/audit`: every write, by person, verb and day; whether the chain holds; the same as CSV.

use std::sync::Arc;

use axum::extract::{Query, State};
use beachhead_office::auditing::{AuditAsked, AuditView};
use beachhead_office::ledger::AuditRow;
use beachhead_office::{Office, Refusal};
use beachhead_press::numbers;
use beachhead_press::tag::{Tag, Tone};
use maud::{Markup, html};
use serde_json::Value;

use super::breadcrumb;
use crate::answer::{Answer, Failure, page};
use crate::evidence::asked::Asked;
use crate::evidence::download::{self, Ending};
use crate::form::{Errors, Field};
use crate::layout::{self, Place};
use crate::visitor::Visitor;

fn question(asked: &Asked) -> Result<AuditAsked, Refusal> {
    let given = |name: &str| Some(asked.get(name).to_owned()).filter(|text| !text.is_empty());
    let before = given("before").map(|text| {
        let wrong = |_| Refusal::bad_input(format!("“{text}” is no row of the log"), "Follow a link of the page.");
        text.parse::<i64>().map_err(wrong)
    });
    Ok(AuditAsked {
        who: given("who"),
        verb: given("verb"),
        from: asked.date("from")?,
        to: asked.date("to")?,
        before: before.transpose()?,
        verify: asked.get("verify") == "yes",
    })
}

/// `GET /settings/audit`
pub async fn show(
    State(office): State<Arc<Office>>,
    visitor: Visitor,
    Query(query): Query<Vec<(String, String)>>,
) -> Answer {
    let failed = |refusal: Refusal| Failure::on(&visitor.frame, refusal);
    visitor.must(beachhead_office::Permission::Administer)?;
    let asked = Asked::new(query);
    let question = question(&asked).map_err(failed)?;
    let view = office.audit(&visitor.actor, &question).await.map_err(failed)?;
    let body = html! {
        (breadcrumb())
        h1 { "Audit log" }
        p.lede { (lede(&view)) " " (chain(&asked, &view)) }
        @if let Some(Err(what)) = &view.chain { p.banner.neg { (what) ". A row was changed, added or removed past the program. Compare with a backup from before." } }
        (filters(&asked, &view))
        p.inline-links { a href={ "/settings/audit.csv?" (asked.query_without(&["before", "verify"])) } { "Download as CSV" } }
        (table(&view))
        (paging(&asked, &view))
    };
    Ok(page(
        &visitor.frame,
        layout::inside(&visitor, Place::Settings, "Audit log", &body),
    ))
}

fn lede(view: &AuditView) -> String {
    let of = numbers::plural(view.of.unsigned_abs(), "write is", "writes are");
    match view.found == view.of {
        true => format!("{of} in the log."),
        false => format!(
            "{} found; {of} in the log.",
            numbers::plural(view.found.unsigned_abs(), "row is", "rows are")
        ),
    }
}

fn chain(asked: &Asked, view: &AuditView) -> Markup {
    match &view.chain {
        Some(Ok(chain)) => html! {
            (Tag::new(Tone::Positive, Some('★'), "The chain holds").html())
            " " span.source { "head " code { (&chain.head[..12.min(chain.head.len())]) } }
        },
        Some(Err(_)) => Tag::new(Tone::Negative, Some('✕'), "The chain is broken").html(),
        None => html! { a href={ "/settings/audit?" (asked.query_with(&[("verify", "yes")])) } { "Verify the chain" } },
    }
}

fn filters(asked: &Asked, view: &AuditView) -> Markup {
    let none = Errors::default();
    let any = |words: &str| (String::new(), words.to_owned());
    let own = [("command line", "the command line"), ("system", "the server")];
    let own = own.map(|(id, words)| (id.to_owned(), words.to_owned()));
    let people = view.names.iter().map(|(id, name)| (id.clone(), name.clone()));
    let people: Vec<_> = [any("everybody")].into_iter().chain(people).chain(own).collect();
    let verbs = view.verbs.iter().map(|verb| (verb.clone(), verb.clone()));
    let verbs: Vec<_> = [any("everything")].into_iter().chain(verbs).collect();
    html! {
        form.filters method="get" action="/settings/audit" novalidate {
            (Field::new("who", "Who").value(asked.get("who")).select(&people, &none))
            (Field::new("verb", "What").value(asked.get("verb")).select(&verbs, &none))
            (Field::new("from", "From").kind("date").value(asked.get("from")).input(&none))
            (Field::new("to", "To").kind("date").value(asked.get("to")).input(&none))
            button.btn type="submit" { "Show" }
        }
    }
}

/// The detail of a row, without the signs of JSON; what it tells stands as it was written.
fn in_words(detail: &str) -> String {
    match serde_json::from_str(detail) {
        Ok(value) => told(&value),
        Err(_) => detail.to_owned(),
    }
}

fn told(value: &Value) -> String {
    let joined = |parts: Vec<String>| parts.join(", ");
    match value {
        Value::Null => "nothing".to_owned(),
        Value::String(text) => text.trim_matches('"').to_owned(),
        Value::Array(all) => joined(all.iter().map(told).collect()),
        Value::Object(fields) => joined(
            fields
                .iter()
                .map(|(name, value)| format!("{}: {}", name.replace('_', " "), told(value)))
                .collect(),
        ),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

/// The import that brought a snapshot, where the row tells it.
fn import_of(row: &AuditRow) -> Option<i64> {
    row.subject.strip_prefix("snapshot ")?;
    serde_json::from_str::<Value>(&row.detail).ok()?.get("import")?.as_i64()
}

fn table(view: &AuditView) -> Markup {
    let row = |row: &AuditRow| {
        let subject = row.subject.strip_prefix("person ").and_then(|id| view.names.get(id));
        html! { tr role="row" {
            td.num role="cell" { (numbers::count(row.number.unsigned_abs())) }
            td.nowrap.and role="cell" { (row.at.strftime("%-d %b %Y %H:%M:%S")) }
            td.and role="cell" { (view.names.get(&row.actor).unwrap_or(&row.actor)) }
            td.line role="cell" { (row.verb) }
            td.line role="cell" { @match (subject, import_of(row)) {
                (Some(name), _) => (name),
                (None, Some(number)) => a.nowrap href={ "/data/imports/" (number) } { "Import " (number) },
                (None, None) => (row.subject),
            } }
            td.line.source role="cell" { (in_words(&row.detail)) }
        } }
    };
    html! {
        @if view.rows.is_empty() { p { "No row is left. " a href="/settings/audit" { "Show all of them" } "." } }
        @else {
            div.scroll tabindex="0" role="region" aria-label="Audit log" { table.dense.cards-on-phone.lines role="table" {
                thead role="rowgroup" { tr role="row" {
                    th.num scope="col" role="columnheader" { "Row" }
                    @for name in ["When, UTC", "Who", "What", "On what", "More"] { th scope="col" role="columnheader" { (name) } }
                } }
                tbody role="rowgroup" { @for one in &view.rows { (row(one)) } }
            } }
        }
    }
}

fn paging(asked: &Asked, view: &AuditView) -> Markup {
    let last = view.rows.last().map(|row| row.number);
    let full = i64::try_from(view.rows.len()).unwrap_or(i64::MAX) == beachhead_office::auditing::AUDIT_PAGE_ROWS;
    html! {
        nav.inline-links aria-label="Pages" {
            @if !asked.get("before").is_empty() { a rel="prev" href={ "/settings/audit?" (asked.query_without(&["before"])) } { "Newest rows" } " " }
            @if let Some(last) = last.filter(|last| full && *last > 1) {
                a rel="next" href={ "/settings/audit?" (asked.query_with(&[("before", &last.to_string())])) } { "Older rows" }
            }
        }
    }
}

/// `GET /settings/audit.csv`
pub async fn file(
    State(office): State<Arc<Office>>,
    visitor: Visitor,
    Ending(format): Ending,
    Query(query): Query<Vec<(String, String)>>,
) -> Answer {
    let failed = |refusal: Refusal| Failure::on(&visitor.frame, refusal);
    visitor.must(beachhead_office::Permission::Administer)?;
    let question = question(&Asked::new(query)).map_err(failed)?;
    let rows = office.audit_file(&visitor.actor, &question).await.map_err(failed)?;
    download::answer("audit-log", format, rows).await
}

#[cfg(test)]
mod tests {
    use super::in_words;

    #[test]
    fn what_a_row_tells_is_not_rewritten() {
        let detail = r#"{"expires_at":"2026-11-30T10:32:28Z","label":"sales_pipeline.csv","roles":["owner","data"]}"#;
        assert_eq!(
            in_words(detail),
            "expires at: 2026-11-30T10:32:28Z, label: sales_pipeline.csv, roles: owner, data"
        );
        assert_eq!(in_words("as it was"), "as it was");
    }
}
