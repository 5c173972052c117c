//! `/partners`: every partner by cell, those of the chosen cells first.

use std::sync::Arc;

use axum::extract::{Query, State};
use beachhead_office::partners::{PartnerGroup, PartnerRow, PartnersList};
use beachhead_office::reporting::{measure_name, query};
use beachhead_office::strategy::{CellState, Class};
use beachhead_office::{Office, Permission, reporting};
use beachhead_press::numbers;
use maud::{Markup, html};

use super::{address, cell_tag, pipeline};
use crate::AsOf;
use crate::answer::{Answer, page};
use crate::layout::{self, Place};
use crate::visitor::Visitor;

/// `GET /partners`
pub async fn show(State(office): State<Arc<Office>>, visitor: Visitor, Query(as_of): Query<AsOf>) -> Answer {
    let standing = office.standing(&visitor.actor, as_of.day()?).await?;
    let list = office.partners(&visitor.actor, &standing).await?;
    let may = visitor.actor.role.may(Permission::Run) && standing.looked_back.is_none();
    let body = html! {
        h1 { "Partners" }
        (as_of.banner_on(&visitor.frame, &standing))
        (lede(&list))
        @if may { p { a.btn.primary href="/partners/new" aria-keyshortcuts="n" { "Add a partner" } } }
        @if list.partners.is_empty() {
            p { "A partner is a company that is the way into accounts we want. Partners come with an import of their table, or of a list of their accounts; one that nobody has exported yet is added by name." }
            div.example aria-hidden="true" { p { strong { "Example: PeopleOak" } " · technology · 84 companies in common · HRIS co-sell · last touch 3 Nov 2026" } }
        }
        @for group in &list.groups { (group_of(&as_of, &list, group, may)) }
        @if standing.facts.is_some() { p.dim { "Open pipeline as the attribution policy in force counts it, as of " (numbers::date(standing.as_of)) ". Sourced and present are different things and are not added up." } }
    };
    Ok(page(
        &visitor.frame,
        layout::inside(&visitor, Place::Partners, "Partners", &body),
    ))
}

fn lede(list: &PartnersList) -> Markup {
    let chosen = list
        .groups
        .iter()
        .filter(|group| matches!(group.cells.first(), Some((_, CellState::Chosen))));
    let routes: usize = chosen.map(|group| group.partners.len()).sum();
    let worked = list.partners.iter().filter(|partner| !partner.bets.is_empty()).count();
    html! {
        p.lede {
            "Of " (numbers::plural(list.partners.len() as u64, "partner", "partners")) ", " (routes)
            @if routes == 1 { " is" } @else { " are" } " of a type that we chose, and " (worked)
            @if worked == 1 { " is" } @else { " are" } " the way in of a bet that runs."
        }
    }
}

fn group_of(as_of: &AsOf, list: &PartnersList, group: &PartnerGroup, may: bool) -> Markup {
    let heading = match (group.partner_type.as_str(), group.cells.first()) {
        ("", _) => "Of no type yet".to_owned(),
        (of_type, Some((segment, _))) => reporting::cell_name(segment, of_type),
        (of_type, None) => measure_name(of_type),
    };
    html! {
        h2 {
            @match group.cells.first() {
                Some((segment, state)) => { a href=(as_of.on(&reporting::cell_href(segment, &group.partner_type))) { (heading) } " " (cell_tag(*state)) },
                None => (heading),
            }
        }
        @if group.cells.len() > 1 {
            p.dim { "The same type also for "
                @for (nth, (segment, state)) in group.cells.iter().skip(1).enumerate() { @if nth > 0 { ", " } (segment) " (" (state.word()) ")" } "."
            }
        }
        div.scroll tabindex="0" role="region" aria-label=(heading) { table.cards-on-phone role="table" {
            thead role="rowgroup" { tr role="row" {
                th scope="col" role="columnheader" { "Partner" }
                th.num scope="col" role="columnheader" { "In common" }
                th scope="col" role="columnheader" { "Sourced, open" }
                th scope="col" role="columnheader" { "Present, open" }
                th scope="col" role="columnheader" { "Running bets" }
                th scope="col" role="columnheader" { "Owner" }
                th scope="col" role="columnheader" { "Last touch" }
                @if may { td.noprint role="cell" {} }
            } }
            tbody role="rowgroup" data-rows {
                @for row in group.partners.iter().filter_map(|at| list.partners.get(*at)) { (line(as_of, list, row, may)) }
            }
        } }
    }
}

fn line(as_of: &AsOf, list: &PartnersList, row: &PartnerRow, may: bool) -> Markup {
    let of = |words: &'static str| html! { span.visually-hidden.of { (words) " " } };
    html! {
        tr role="row" {
            th scope="row" role="rowheader" { a href=(as_of.on(&address(&row.id))) { (row.name) } @if !row.is_imported { " " span.source { "added by hand" } } }
            td.num role="cell" { (of("Companies in common:"))
                @match (row.in_common, row.has_list) {
                    (Some(companies), _) => a href=(as_of.on(&format!("/mapping/{}", query(&row.id)))) { (numbers::count(companies as u64)) },
                    (None, true) => a href=(as_of.on(&format!("/mapping/{}", query(&row.id)))) { "not mapped yet" },
                    (None, false) => "no list",
                }
                @if let Some(waiting) = row.waiting.filter(|waiting| *waiting > 0 && as_of.is_now()) { " " a.source href={ "/mapping/" (query(&row.id)) "/review" } { (waiting) " to review" } }
            }
            td role="cell" { (of("Sourced, open:")) (pipeline(as_of, row, Class::Sourced, &row.sourced, list.currency)) }
            td role="cell" { (of("Present, open:")) (pipeline(as_of, row, Class::Present, &row.present, list.currency)) }
            td role="cell" { (of("Running bets:"))
                @if row.bets.is_empty() { "–" }
                @for (nth, (key, name)) in row.bets.iter().enumerate() { @if nth > 0 { ", " } a href=(as_of.on(&format!("/bets/{key}"))) { (name) } }
            }
            td role="cell" { (of("Owner:")) @if row.owner_name.is_empty() { "–" } @else { (row.owner_name) } }
            td.nowrap role="cell" { (of("Last touch:")) (row.last_touch.map_or_else(|| "–".to_owned(), numbers::date)) }
            @if may { td.noprint role="cell" { a href={ (address(&row.id)) "#say" } aria-keyshortcuts="e" { "Write" span.visually-hidden { " what happened with " (row.name) } } } }
        }
    }
}
