//! The rows of any table as they were imported: touches, progress, hours, partners' lists. One page for all of them.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use beachhead_office::facts::catalogue::Table;
use beachhead_office::facts::export::{Cell, Format};
use beachhead_office::facts::records::{Record, RecordColumn, Records, RecordsQuestion};
use beachhead_office::tracing::file_names;
use beachhead_office::{Office, Refusal, Standing};
use beachhead_press::numbers;
use maud::{Markup, html};

use super::asked::Asked;
use super::{PAGE_ROWS, download, opportunity_href, paging, place, snapshot};
use crate::answer::{Answer, page};
use crate::layout::{self, Place};
use crate::visitor::Visitor;

/// Pairs of an address that name no column.
const OWN: [&str; 5] = ["as_of", "page", "file", "from", "to"];

/// What a table is called in a sentence.
fn called(table: Table) -> String {
    table.name().replace('_', " ")
}

fn question(table: Table, asked: &Asked) -> Result<RecordsQuestion, Refusal> {
    let columns = asked.others(&OWN);
    Ok(RecordsQuestion {
        is: columns
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        file: asked.file()?,
        dated: asked.date("from")?.zip(asked.date("to")?),
        from: (asked.page()? * PAGE_ROWS) as u64,
        ..RecordsQuestion::of(table, PAGE_ROWS)
    })
}

/// `GET /evidence/tables/{table}`, and the same with `.csv` or `.xlsx` behind it.
pub async fn show(
    State(office): State<Arc<Office>>,
    visitor: Visitor,
    Path(name): Path<String>,
    Query(query): Query<Vec<(String, String)>>,
) -> Answer {
    let asked = Asked::new(query);
    let (name, format) = match name.rsplit_once('.') {
        Some((name, ending)) => (name.to_owned(), Some(ending.to_owned())),
        None => (name, None),
    };
    let no_such = || {
        let known: Vec<&str> = Table::ALL.into_iter().map(Table::name).collect();
        Refusal::not_found(
            format!("There is no table {name}"),
            format!("There are {}.", known.join(", ")),
        )
    };
    let table = Table::from_name(&name).ok_or_else(no_such)?;
    let standing = office.standing(&visitor.actor, asked.day()?).await?;
    let question = question(table, &asked)?;
    match format.as_deref() {
        None => {
            let records = office.records(&visitor.actor, &standing, question).await?;
            let body = body(&visitor, &standing, table, &asked, &records);
            let title = format!("Rows of {}", called(table));
            Ok(page(
                &visitor.frame,
                layout::inside(&visitor, Place::Data, &title, &body),
            ))
        }
        Some(ending) => {
            let format = Format::from_name(ending)
                .filter(|format| *format != Format::Parquet)
                .ok_or_else(no_such)?;
            let rows = office.records_file(&visitor.actor, &standing, question).await?;
            download::answer(table.name(), format, rows).await
        }
    }
}

fn body(visitor: &Visitor, standing: &Standing, table: Table, asked: &Asked, records: &Records) -> Markup {
    let files = standing.facts.as_ref().map_or_else(Vec::new, |facts| file_names(facts));
    let path = format!("/evidence/tables/{}", table.name());
    html! {
        p.breadcrumb { a href="/data" { "Data" } }
        h1 { "Rows of " (called(table)) }
        (asked.as_of().banner_on(&visitor.frame, standing))
        (lede(standing, table, asked, records, &files))
        p.inline-links {
            a href={ (path) ".csv?" (asked.query_without(&["page"])) } { "Download as CSV" } " "
            a href={ (path) ".xlsx?" (asked.query_without(&["page"])) } { "Download as XLSX" }
        }
        @if records.rows.is_empty() { p { "No row is here. Take a condition away, or look at " a href=(path) { "the whole table" } "." } }
        @else { (table_of(asked, records, &files, &called(table))) }
        (paging(asked, &path, records.of))
    }
}

fn lede(standing: &Standing, table: Table, asked: &Asked, records: &Records, files: &[String]) -> Markup {
    let conditions = asked
        .others(&OWN)
        .map(|(name, value)| format!("{} {value}", name.replace('_', " ")));
    let mut words: Vec<String> = conditions.collect();
    if let (from, to) = (asked.get("from"), asked.get("to"))
        && !from.is_empty()
        && !to.is_empty()
    {
        words.push(format!("from {from} to {to}"));
    }
    if let Some(name) = asked
        .file()
        .ok()
        .flatten()
        .and_then(|at| files.get(usize::try_from(at).ok()?))
    {
        words.push(format!("out of {name}"));
    }
    html! {
        p.lede {
            (numbers::plural(records.of, "row", "rows")) " of " (called(table))
            @if !words.is_empty() { ": " (words.join(", ")) }
            @if let Some(hours) = records.hours { ", " (numbers::three_figures(hours)) " hours" }
            ", as imported"
            @if let Some(facts) = &standing.facts { " by " (numbers::date(facts.manifest.as_of)) ", from snapshot " (snapshot(facts)) } "."
        }
    }
}

/// Columns that hold something in these rows.
fn filled(records: &Records) -> Vec<(usize, &RecordColumn)> {
    let is_filled = |at: usize| records.rows.iter().any(|row| row.cells[at] != Cell::None);
    records
        .columns
        .iter()
        .enumerate()
        .filter(|(at, _)| is_filled(*at))
        .collect()
}

/// Rows with the columns that hold something, the file and the row.
fn table_of(asked: &Asked, records: &Records, files: &[String], label: &str) -> Markup {
    let columns = filled(records);
    html! {
        div.scroll tabindex="0" role="region" aria-label=(label) { table.dense {
            thead { tr {
                @for (_, column) in &columns { th.num[column.is_number] scope="col" { (column.name.replace('_', " ")) } }
                th scope="col" { "File and row" }
            } }
            tbody { @for row in &records.rows { tr {
                @for (at, column) in &columns { td.num[column.is_number] { (cell(asked, column, row, *at)) } }
                td.nowrap { (place(files, row.file, row.row)) }
            } } }
        } }
    }
}

fn cell(asked: &Asked, column: &RecordColumn, row: &Record, at: usize) -> Markup {
    let cell = &row.cells[at];
    match cell {
        Cell::Day(day) => html! { span.nowrap { (numbers::date(*day)) } },
        Cell::Money { minor, digits } => html! { (numbers::exact(*minor, *digits)) },
        Cell::Text(id) if column.name == "opportunity_id" => {
            html! { a href=(opportunity_href(id, asked.get("as_of"))) { (id) } }
        }
        other => html! { (other.shown()) },
    }
}
