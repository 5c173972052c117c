//! `/data/sources`: each table's columns, files and last change, stale facts, and what flows to parked and declined cells.

use std::sync::Arc;

use axum::extract::State;
use beachhead_office::sources::{DriftNow, FactsView, SourcesWatch, TableView};
use beachhead_office::strategy::Finding;
use beachhead_office::{Office, Refusal, reporting};
use beachhead_press::numbers;
use jiff::civil::Date;
use maud::{Markup, html};

use super::overview::freshness;
use super::{changes, words};
use crate::answer::{Answer, Failure, page};
use crate::layout::{self, Place};
use crate::visitor::Visitor;

/// `GET /data/sources`
pub async fn sources(State(office): State<Arc<Office>>, visitor: Visitor) -> Answer {
    let failed = |refusal: Refusal| Failure::on(&visitor.frame, refusal);
    let facts = office.facts(&visitor.actor, None).await.map_err(failed)?;
    let watch = office.sources_watch(&visitor.actor).await?;
    let currency = office.standing(&visitor.actor, None).await?.strategy().program.currency;
    let today = office.surroundings().today();
    let body = html! {
        p.breadcrumb { a href="/data" { "Data" } }
        h1 { "Sources" }
        p.lede { (lede(&facts)) " " (freshness(facts.freshness)) }
        (finding(&watch, "S18"))
        h2 { "What flows to parked and declined cells" }
        (finding(&watch, "S17"))
        (drift(&watch, &currency.to_string()))
        @for table in &facts.tables { (of_table(table, today)) }
    };
    Ok(page(
        &visitor.frame,
        layout::inside(&visitor, Place::Data, "Sources", &body),
    ))
}

fn lede(facts: &FactsView) -> String {
    let days = match facts.age_days {
        i64::MIN..=0 => "today".to_owned(),
        1 => "yesterday".to_owned(),
        days => format!("{} days ago", numbers::count(days.unsigned_abs())),
    };
    format!(
        "{} of facts, as of {} ({days}).",
        numbers::plural(facts.tables.len() as u64, "table", "tables"),
        numbers::date(facts.as_of)
    )
}

fn finding(watch: &SourcesWatch, code: &str) -> Markup {
    let found: Vec<&Finding> = watch.findings.iter().filter(|finding| finding.code == code).collect();
    html! {
        @for finding in found { p.banner { strong { (finding.code) " " (finding.name) ": " } (finding.message) ". " (finding.help) } }
    }
}

fn drift(watch: &SourcesWatch, currency: &str) -> Markup {
    html! {
        @match &watch.drift {
            None => p { "Nothing is looked for: no bet runs, or no cell is parked or declined." },
            Some(drift) => {
                div.scroll tabindex="0" role="region" aria-label="Drift" { table {
                    caption { "From " (numbers::date(drift.from)) " to " (numbers::date(drift.to)) ", this cycle; over 10% is drift." }
                    thead { tr { th scope="col" { "What" } th.num scope="col" { "To these cells" } th.num scope="col" { "In all" } th.num scope="col" { "Share" } } }
                    tbody {
                        tr {
                            th scope="row" { "Hours" }
                            td.num { (hours(drift, true)) } td.num { (hours(drift, false)) } td.num { (share(drift.found.hours_share())) }
                        }
                        tr {
                            th scope="row" { "New pipeline with partners" }
                            td.num { (pipeline(drift, currency, true)) } td.num { (pipeline(drift, currency, false)) }
                            td.num { (share(drift.found.pipeline_share())) }
                        }
                    }
                } }
                p { "The opportunities created in this cycle, cell by cell:" }
                ul { @for (segment, partner_type, state) in &drift.cells { li {
                    a href=(rows_of(drift, segment, partner_type)) { (segment) ", " (partner_type) } " (" (state.word()) ")"
                } } }
            }
        }
    }
}

/// Hours, leading to their rows.
fn hours(drift: &DriftNow, to_cells: bool) -> Markup {
    let hours = if to_cells {
        drift.found.hours
    } else {
        drift.found.hours_of
    };
    let shown = numbers::three_figures(hours);
    html! { @if hours > 0.0 { a href=(drift.hours_link(to_cells)) { (shown) } } @else { (shown) } }
}

/// New pipeline, leading to its opportunities.
fn pipeline(drift: &DriftNow, currency: &str, to_cells: bool) -> Markup {
    let (amount, n) = if to_cells {
        (drift.pipeline, drift.found.opportunities)
    } else {
        (drift.pipeline_of, drift.found.opportunities_of)
    };
    html! {
        (numbers::money(amount, currency)) br;
        span.source { a href=(drift.pipeline_link(to_cells)) { (numbers::plural(n, "opportunity", "opportunities")) } }
    }
}

fn share(share: Option<f64>) -> String {
    share.map_or_else(|| "–".to_owned(), numbers::percent)
}

fn rows_of(drift: &DriftNow, segment: &str, partner_type: &str) -> String {
    let filter = format!("created_on >= {} and created_on <= {}", drift.from, drift.to);
    format!(
        "/evidence?segment={}&partner_type={}&filter={}",
        reporting::query(segment),
        reporting::query(partner_type),
        reporting::query(&filter)
    )
}

fn of_table(table: &TableView, today: Date) -> Markup {
    let source = &table.source;
    let day = |day: Option<Date>| day.map_or_else(|| "–".to_owned(), numbers::date);
    html! {
        section aria-labelledby=(source.table.name()) {
            h2 id=(source.table.name()) { (words(source.table)) }
            p {
                a href={ "/evidence/tables/" (source.table.name()) } { (numbers::plural(source.rows, "row", "rows")) }
                @if source.first_date.is_some() { ", from " (day(source.first_date)) " to " (day(source.last_date)) }
                ". "
                @if let Some(last) = &table.last_import {
                    "Last in " a href={ "/data/imports/" (last.number) } { "import " (last.number) } ", " (numbers::date_from(last.on, today)) ". " (freshness(last.freshness))
                }
            }
            @if let Some(change) = &table.changes {
                p { "What the last import that changed it did:" }
                (changes(std::slice::from_ref(change), &format!("Change of {}", words(source.table))))
            }
            details {
                summary { (numbers::plural(table.filled.len() as u64, "column", "columns")) }
                div.scroll tabindex="0" role="region" aria-label={ "Columns of " (words(source.table)) } { table {
                    thead { tr { th scope="col" { "Column" } th scope="col" { "In the files" } th.num scope="col" { "Rows that fill it" } } }
                    tbody { @for column in &table.filled { tr {
                        th scope="row" { (column.name) }
                        td { (column.sources.join(", ")) }
                        td.num { @match column.rows { Some(rows) => (numbers::count(rows)), None => "–" } }
                    } } }
                } }
            }
            details {
                summary { (numbers::plural(source.files.len() as u64, "file", "files")) }
                ul { @for file in &source.files { li { (file.name) ": " (numbers::plural(file.rows, "row", "rows")) ", SHA-256 " code { (&file.sha256[..12.min(file.sha256.len())]) } } } }
            }
        }
    }
}
