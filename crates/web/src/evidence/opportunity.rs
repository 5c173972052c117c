//! One opportunity: what it is, what became of it, whose it is and why, and for each piece the file and row.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use beachhead_office::facts::export::Cell;
use beachhead_office::facts::measure::OpportunityRow;
use beachhead_office::facts::records::{Record, Records};
use beachhead_office::strategy::Class;
use beachhead_office::tracing::OpportunityView;
use beachhead_office::{Office, Standing, reporting};
use beachhead_press::chart::Frame;
use beachhead_press::chart::stages::{self, Row, Stages};
use beachhead_press::numbers;
use jiff::civil::Date;
use maud::{Markup, html};

use super::asked::Asked;
use super::{day, place, policy, snapshot};
use crate::answer::{Answer, page};
use crate::layout::{self, Place};
use crate::touches::{to_creation, why};
use crate::visitor::Visitor;

/// `GET /evidence/opportunities/{id}`
pub async fn show(
    State(office): State<Arc<Office>>,
    visitor: Visitor,
    Path(id): Path<String>,
    Query(query): Query<Vec<(String, String)>>,
) -> Answer {
    let asked = Asked::new(query);
    let standing = office.standing(&visitor.actor, asked.day()?).await?;
    let view = office.opportunity(&visitor.actor, &standing, &id).await?;
    let name = view.record.shown(0, "name");
    let title = if name.is_empty() {
        view.row.opportunity_id.clone()
    } else {
        name
    };
    let body = html! {
        p.breadcrumb { a href="/data" { "Data" } " " a href="/evidence" { "Opportunities" } }
        h1 { (title) }
        (asked.as_of().banner_on(&visitor.frame, &standing))
        (lede(&standing, &view))
        (as_it_stood(&standing, &view))
        (class(&standing, &view.row))
        (stages_drawn(&standing, &view))
        (touches(&view))
        (as_imported("As imported", &view.record, &view.files))
        (as_imported("Its account, as imported", &view.account, &view.files))
    };
    Ok(page(
        &visitor.frame,
        layout::inside(&visitor, Place::Data, &title, &body),
    ))
}

fn lede(standing: &Standing, view: &OpportunityView) -> Markup {
    let row = &view.row;
    html! {
        p.lede {
            "Opportunity " (row.opportunity_id) @if !row.account.is_empty() { " of " (row.account) } " is " (row.status.name())
            ", as known on " (numbers::date(standing.as_of))
            @if let Some(facts) = &standing.facts { ", from snapshot " (snapshot(facts)) } "."
        }
    }
}

fn as_it_stood(standing: &Standing, view: &OpportunityView) -> Markup {
    let row = &view.row;
    let star = standing.facts.as_ref().map(|facts| &facts.star);
    let currency = star
        .and_then(|star| star.currency())
        .map_or_else(String::new, |currency| format!("{currency} "));
    let line = |name: &str, value: &str| html! { @if !value.is_empty() { div { dt { (name) } dd { (value) } } } };
    let amount = row.amount_minor.zip(star).map_or_else(String::new, |(minor, star)| {
        format!("{currency}{}", numbers::exact(minor, star.digits()))
    });
    html! {
        dl.summary-list {
            (line("Account", &row.account)) (line("Stage", &row.stage)) (line("Amount", &amount))
            (line("Created", &day(row.created_on))) (line("Closed", &day(row.closed_on)))
            (line("File and row", &place(&view.files, row.file, row.row)))
        }
    }
}

/// The class, why, and who is credited.
fn class(standing: &Standing, row: &OpportunityRow) -> Markup {
    let attribution = &standing.strategy().attribution;
    let why = match row.class {
        Class::Sourced => "a partner's claim lies in the window before creation and was recorded in time",
        Class::Influenced => "a partner's touch lies between creation and close, and none claims it in time",
        Class::Present => {
            "a partner has the account in its list, and no touch is known: that is presence, not influence"
        }
        Class::Direct => "no partner's touch is known that counts, and no partner has the account in its list",
    };
    html! {
        h2 { "Class" }
        p { strong { (reporting::measure_name(row.class.word())) } ": " (why) "."
            @if row.claimed_after_lock { " A partner claimed it after the lock, which does not count." } }
        @if !row.partner.is_empty() { p { "Credited: " (row.partner) "." } }
        (policy(attribution))
    }
}

fn date_in(records: &Records, row: &Record, name: &str) -> Option<Date> {
    match row.cells.get(records.column(name)?)? {
        Cell::Day(day) => Some(*day),
        _ => None,
    }
}

fn stages_drawn(standing: &Standing, view: &OpportunityView) -> Markup {
    let history = &view.stages;
    let star = standing.facts.as_ref().map(|facts| &facts.star);
    // What counts, and in which order: of one day too. A stage that was but seen yields to what a source tells.
    let counted = star.map_or_else(Vec::new, |star| star.stages_of(&view.row.opportunity_id));
    let entered = history.rows.iter().enumerate().filter_map(|(nth, row)| {
        let (entered, stage) = (date_in(history, row, "entered_at")?, history.shown(nth, "stage"));
        let stage = star.map_or(stage.as_str(), |star| star.stage_called(&stage)).to_owned();
        let at = counted.iter().position(|known| *known == (entered, stage.as_str()))?;
        let row = Row {
            stage,
            entered,
            seen_after: date_in(history, row, "seen_after"),
            place: place(&view.files, row.file, row.row),
        };
        Some((at, row))
    });
    let mut rows: Vec<(usize, Row)> = entered.filter(|(_, row)| row.entered <= standing.as_of).collect();
    rows.sort_by_key(|(at, _)| *at);
    let rows: Vec<Row> = rows.into_iter().map(|(_, row)| row).collect();
    if rows.is_empty() {
        return html! { h2 { "Stages" } p.dim { "No stage history of it is known." } };
    }
    let until = view.row.closed_on.unwrap_or(standing.as_of);
    let last = rows.last().map_or(until, |row| row.entered.max(until));
    let finding = format!(
        "{} since {}",
        numbers::plural(rows.len() as u64, "stage", "stages"),
        numbers::date(rows[0].entered)
    );
    html! {
        h2 { "Stages" }
        (stages::draw(&Stages { frame: Frame::new("stages", finding), until: last, rows }))
    }
}

fn touches(view: &OpportunityView) -> Markup {
    let ledger = &view.touches;
    let all = format!(
        "/data/attribution/touches?opportunity={}",
        reporting::query(&view.row.opportunity_id)
    );
    html! {
        h2 { "Touches" }
        @if ledger.rows.is_empty() { p.dim { "No touch bears on this opportunity." } }
        @else {
            div.scroll tabindex="0" role="region" aria-label="Touches" { table.dense {
                thead { tr {
                    th scope="col" { "Touch" } th scope="col" { "Partner" } th scope="col" { "To creation" } th scope="col" { "Recorded" }
                    th scope="col" { "Came to" } th scope="col" { "File and row" }
                } }
                tbody { @for row in &ledger.rows { tr {
                    th scope="row" { (row.kind) br; span.source.nowrap { (day(row.on)) } }
                    td { (row.partner) @if row.credited { br; span.source { "credited" } } }
                    td { (to_creation(row)) } td.nowrap { (day(row.recorded_on)) }
                    td { (reporting::measure_name(row.came_to.word())) br; span.source { (why(row)) } }
                    td.nowrap { (place(&view.files, row.file, row.row)) }
                } } }
            } }
            p.inline-links { a href=(all) { "In the ledger of touches" } }
        }
    }
}

/// Every column that holds something, under the name that the source gave it.
fn as_imported(title: &str, records: &Records, files: &[String]) -> Markup {
    let Some(row) = records.rows.first() else {
        return html! {};
    };
    let cells = records
        .columns
        .iter()
        .zip(&row.cells)
        .filter(|(_, cell)| **cell != Cell::None);
    html! {
        h2 { (title) }
        div.scroll tabindex="0" role="region" aria-label=(title) { table.dense {
            caption.dim { (place(files, row.file, row.row)) }
            thead { tr { th scope="col" { "Column of the source" } th scope="col" { "Field" } th scope="col" { "Value" } } }
            tbody { @for (column, cell) in cells { tr {
                th scope="row" { (column.sources.first().unwrap_or(&column.name)) }
                td { @if !column.sources.is_empty() { (column.name) } }
                td { (cell.shown()) }
            } } }
        } }
    }
}
