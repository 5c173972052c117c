//! `/mapping/{partner}`: our customers, open opportunities and prospects against theirs, each number a link to its rows, with
//! what to do there and what we can give back.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use beachhead_office::mapping::{CellView, Direction, MatrixView, Money, PLAYS, Population};
use beachhead_office::{Office, Permission, reporting};
use beachhead_press::numbers;
use maud::{Markup, html};

use super::{address, breadcrumb, told};
use crate::AsOf;
use crate::answer::{Answer, Failure, page};
use crate::layout::{self, Place};
use crate::visitor::Visitor;

/// "customers", "open opportunities", "prospects".
pub(super) const fn plural_of(population: Population) -> &'static str {
    match population {
        Population::Customer => "customers",
        Population::OpenOpportunity => "open opportunities",
        Population::Prospect => "prospects",
    }
}

/// The rows of a cell.
pub(super) fn rows_href(partner: &str, ours: Option<Population>, theirs: Option<Population>, which: &str) -> String {
    let pairs = [
        ("ours", ours.map_or("", Population::name)),
        ("theirs", theirs.map_or("", Population::name)),
        ("which", which),
    ];
    let query: Vec<String> = pairs
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}={}", reporting::query(value)))
        .collect();
    format!("{}/rows?{}", address(partner), query.join("&"))
}

/// "USD 1.2 million open in 14 of 17 open opportunities that have an amount"; nothing where nothing is open.
pub(super) fn open(money: &Money, currency: &str) -> Option<String> {
    let opportunities = |count| numbers::plural(count, "open opportunity", "open opportunities");
    match (money.open, money.priced) {
        (0, _) => None,
        (open, 0) => Some(format!("{}, no amount known", opportunities(open))),
        (open, priced) if open == priced => Some(format!(
            "{} in {}",
            numbers::money(money.units, currency),
            opportunities(open)
        )),
        (open, priced) => Some(format!(
            "{} in {}; the amounts of {} are known",
            numbers::money(money.units, currency),
            opportunities(open),
            numbers::count(priced)
        )),
    }
}

/// `GET /mapping/{partner}`
pub async fn show(
    State(office): State<Arc<Office>>,
    visitor: Visitor,
    Path(partner): Path<String>,
    Query(as_of): Query<AsOf>,
) -> Answer {
    let view = office.match_matrix(&visitor.actor, &partner, as_of.day()?).await;
    let view = view.map_err(|refusal| Failure::on(&visitor.frame, refusal))?;
    let may = visitor.actor.role.may(Permission::Match);
    let here = address(&view.partner);
    let rows = |which: &str| as_of.on(&rows_href(&view.partner, None, None, which));
    let body = html! {
        (breadcrumb(None))
        h1 { (view.name) }
        (as_of.banner(&visitor.frame))
        (lede(&view, &rows("taken")))
        @if view.waiting > 0 && as_of.day().is_ok_and(|day| day.is_none()) {
            p {
                a.btn.primary href={ (here) "/review" } {
                    @if may { "Review " } @else { "See " } (numbers::plural(view.waiting as u64, "pair", "pairs"))
                }
            }
        }
        (grid(&as_of, &view))
        (returns(&as_of, &view))
        (standing(&view, &rows))
    };
    Ok(page(
        &visitor.frame,
        layout::inside(&visitor, Place::Data, &view.name, &body),
    ))
}

fn currency(view: &MatrixView) -> String {
    view.currency.map(|currency| currency.to_string()).unwrap_or_default()
}

fn lede(view: &MatrixView, rows: &str) -> Markup {
    let count = &view.total.count;
    let all = |records: [usize; 3]| numbers::count(records.iter().sum::<usize>() as u64);
    html! {
        p.lede {
            (view.name) " and we have " a href=(rows) { (numbers::plural(count.companies as u64, "company", "companies")) } " in common: "
            (numbers::count(count.ours as u64)) " of our " (all(view.ours)) " accounts, "
            (numbers::count(count.theirs as u64)) " of their " (all(view.theirs)) "."
        }
        @if let Some(why) = view.total.why_they_differ() { p { (why) } }
        p.dim { "Our accounts as known on " (numbers::date(view.as_of)) ", their list as told on " (told(view.told)) "." }
    }
}

/// The matrix itself, each number a link to its rows.
pub(crate) fn grid(as_of: &AsOf, view: &MatrixView) -> Markup {
    let currency = currency(view);
    html! {
        div.scroll tabindex="0" role="region" aria-label="The matrix" {
            table.arena.cards-on-phone role="table" {
                caption { "Companies in common: what they are to us, by what they are to " (view.name) }
                thead role="rowgroup" { tr role="row" {
                    td role="cell" {}
                    @for (at, theirs) in Population::ALL.into_iter().enumerate() {
                        th scope="col" role="columnheader" { "Their " (plural_of(theirs)) " " span.source { (numbers::count(view.theirs[at] as u64)) " in the list" } }
                    }
                } }
                tbody role="rowgroup" { @for (at, ours) in Population::ALL.into_iter().enumerate() {
                    tr role="row" {
                        th scope="row" role="rowheader" { "Our " (plural_of(ours)) " " span.source { (numbers::plural(view.ours[at] as u64, "account", "accounts")) } }
                        @for (to, theirs) in Population::ALL.into_iter().enumerate() {
                            (cell(as_of, view, (at, ours), (to, theirs), &currency))
                        }
                    }
                } }
            }
        }
    }
}

fn cell(
    as_of: &AsOf,
    view: &MatrixView,
    (at, ours): (usize, Population),
    (to, theirs): (usize, Population),
    currency: &str,
) -> Markup {
    let (found, play): (&CellView, _) = (&view.cells[at][to], &PLAYS[at][to]);
    let rows = as_of.on(&rows_href(&view.partner, Some(ours), Some(theirs), ""));
    let class = match play.direction {
        Direction::Ask => "chosen",
        Direction::Together => "undecided",
        Direction::Give => "parked",
    };
    html! {
        td class=(class) role="cell" {
            span.visually-hidden.of { "Our " (plural_of(ours)) ", their " (plural_of(theirs)) ": " }
            @if found.count.companies == 0 { "None" } @else {
                a href=(rows) { strong { (numbers::plural(found.count.companies as u64, "company", "companies")) } }
                p { a href=(rows) { (numbers::count(found.count.ours as u64)) } " of ours, " a href=(rows) { (numbers::count(found.count.theirs as u64)) } " of theirs" }
                @if let Some(why) = found.why_they_differ() { p.dim { (why) } }
                @if let Some(open) = open(&found.pipeline, currency) { p { a href=(rows) { (open) } } }
                p { strong { (play.name) } }
                p.dim { (play.why) }
            }
        }
    }
}

/// What we ask for, and what we can give in return.
fn returns(as_of: &AsOf, view: &MatrixView) -> Markup {
    let currency = currency(view);
    let asks: Vec<(usize, usize)> = (0..3)
        .flat_map(|ours| (0..3).map(move |theirs| (ours, theirs)))
        .filter(|(ours, theirs)| PLAYS[*ours][*theirs].direction == Direction::Ask)
        .collect();
    let rows = |ours, theirs| as_of.on(&rows_href(&view.partner, Some(ours), Some(theirs), ""));
    html! {
        h2 { "What we ask for, and what we can give back" }
        div.scroll tabindex="0" role="region" aria-label="Asking and giving" { table {
            thead { tr { th scope="col" { "We ask" } th.num scope="col" { "Companies" } th scope="col" { "Open with us" } th scope="col" { "We can give in return" } th.num scope="col" { "Companies" } } }
            tbody { @for (at, to) in asks {
                @let (ours, theirs) = (Population::ALL[at], Population::ALL[to]);
                @let found = &view.cells[at][to];
                tr {
                    th scope="row" { (PLAYS[at][to].name) br; span.source { "our " (plural_of(ours)) ", their " (plural_of(theirs)) } }
                    td.num { a href=(rows(ours, theirs)) { (numbers::count(found.count.companies as u64)) } }
                    td { (open(&found.pipeline, &currency).unwrap_or_else(|| "–".to_owned())) }
                    @if let Some(give) = view.in_return(at, to) {
                        td { (PLAYS[to][at].name) br; span.source { "our " (plural_of(give.ours)) ", their " (plural_of(give.theirs)) } }
                        td.num { a href=(rows(give.ours, give.theirs)) { (numbers::count(give.companies as u64)) } }
                    }
                }
            } }
        } }
    }
}

/// How the pairs came to be counted.
fn standing(view: &MatrixView, rows: &dyn Fn(&str) -> String) -> Markup {
    let count = |count: usize| numbers::count(count as u64);
    let automatic = view.bands.automatic;
    let without_a_question = if automatic > 1.0 {
        "none is sure enough to be taken without a question".to_owned()
    } else {
        format!("those from {} on without a question", numbers::percent(automatic))
    };
    html! {
        h2 { "How pairs are counted" }
        dl.facts {
            div { dt { "Counted" } dd { a href=(rows("taken")) { (numbers::plural(view.taken as u64, "pair", "pairs")) } ": " (without_a_question) ", and what people said to be the same" } }
            div { dt { "Waiting" } dd { a href=(rows("waiting")) { (count(view.waiting)) } " are asked in the review and not counted, with " (numbers::money(view.at_stake, &currency(view))) " of open pipeline at stake; " a href=(rows("likely")) { (count(view.likely)) } " of them are likely, from " (numbers::percent(view.bands.likely)) " on" } }
            div { dt { "One family" } dd { a href=(rows("related")) { (count(view.related)) } " are parents, sisters, country units: not counted" } }
            div { dt { "Decided" } dd { a href=(rows("decided")) { (count(view.decided)) } " were decided by people, which stands above the model" } }
        }
        p.dim { (numbers::plural(view.candidates as u64, "pair was", "pairs were")) " compared. " @if view.is_calibrated { "Probabilities are calibrated from " (view.labels) " decisions." } }
    }
}
