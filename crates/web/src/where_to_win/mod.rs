//! Where to win: which cells do we compete in? The arena with the evidence for each cell, and what was ruled out.

mod cell;
mod drawn;

use std::sync::Arc;

use axum::extract::{Query, State};
use beachhead_office::intake::Asks;
use beachhead_office::strategy::CellState;
use beachhead_office::weighing::{Arena, ArenaView};
use beachhead_office::{Office, Permission, Standing, reporting};
use beachhead_press::numbers;
use beachhead_press::tag::Tag;
use maud::{Markup, html};

use crate::AsOf;
use crate::answer::{Answer, page};
use crate::asks;
use crate::layout::{self, Place};
use crate::visitor::Visitor;

pub use cell::{cell, choose};

/// Characters of a reason that the grid shows; the cell's page has it whole.
const REASON_CHARS: usize = 60;
/// Chosen cells that the first sentence names.
const NAMED: usize = 3;

/// `GET /where`
pub async fn grid(State(office): State<Arc<Office>>, visitor: Visitor, Query(as_of): Query<AsOf>) -> Answer {
    let standing = office.standing(&visitor.actor, as_of.day()?).await?;
    let asks = office.asks(&visitor.actor, as_of.day()?).await?;
    let arena = standing.arena();
    let body = html! {
        h1 { "Where to win" }
        (as_of.banner_on(&visitor.frame, &standing))
        p.lede { (finding(arena)) }
        @if let Some(problem) = &arena.problem {
            div.banner.neg { p { (problem.message) " " (problem.hint) " " a href="/segments" { "Edit the segments" } } }
        }
        @if arena.cells.is_empty() {
            (empty(&visitor))
        } @else {
            (next(&visitor, &standing))
            (table(&standing, arena, &asks))
            (segments_line(&visitor, &standing, arena))
            (ruled_out(arena, &asks, &as_of))
            (asks::on_grid(&visitor, &asks))
            (drawn::evidence(&standing, arena))
            @for note in &arena.notes { p.banner { (note) } }
            p.inline-links { a href="/evidence/cohorts" { "Conversion by month" } }
        }
    };
    Ok(page(
        &visitor.frame,
        layout::inside(&visitor, Place::Where, "Where to win", &body),
    ))
}

/// The page's question, answered.
fn finding(arena: &Arena) -> String {
    let of = |state: CellState| arena.cells.iter().filter(move |cell| cell.state == state);
    let undecided = of(CellState::Undecided).count();
    let out = (of(CellState::Parked).count() + of(CellState::Declined).count()) as u64;
    let name = |cell: &ArenaView| reporting::cell_name(&cell.segment, &cell.partner_type);
    let mut named: Vec<String> = of(CellState::Chosen).take(NAMED).map(name).collect();
    let more = of(CellState::Chosen).count() - named.len();
    if more > 0 {
        named.push(format!("{more} more"));
    }
    let rest = format!(
        "{} ruled out with a reason, {undecided} undecided",
        numbers::plural(out, "cell is", "cells are")
    );
    match named.pop() {
        None => format!("We have chosen no cell yet; {rest}."),
        Some(last) if named.is_empty() => format!("We compete in {last}; {rest}."),
        Some(last) => format!("We compete in {} and {last}; {rest}.", named.join(", ")),
    }
}

fn empty(visitor: &Visitor) -> Markup {
    html! {
        p { "Here every segment meets every partner type, with what the facts say of each cell. Write down segments and partner types to begin." }
        @if visitor.actor.role.may(Permission::Write) { p { a.btn.primary href="/segments" { "Write down segments" } } }
        div.example aria-hidden="true" { table.arena.cards-on-phone {
            caption { "Example: two segments by two partner types" }
            thead { tr { td {} th { "Technology" } th { "Reseller" } } }
            tbody {
                tr { th { "Enterprise" }
                    td.chosen { "★ Chosen" p { "61 of 140 accounts overlap" } p { "Won 9 of 31: 29% (16 to 47), 18% without" } p { "HRIS vendors sit in the accounts we want" } }
                    td.undecided { "? Undecided" p { "12 of 140 accounts overlap" } } }
                tr { th { "Mid-market" }
                    td.undecided { "? Undecided" }
                    td.parked { "■ Parked" p { "Won 4 of 22: 18% (7 to 39), 19% without" } p { "A quarter of the hours, and no more wins" } } }
            }
        } }
    }
}

/// The one thing to do next here: the undecided cell that reaches most.
fn next(visitor: &Visitor, standing: &Standing) -> Markup {
    let reached = |cell: &&ArenaView| cell.counts.as_ref().map_or(0, |counts| counts.overlap);
    let cells = standing.arena().cells.iter();
    // Of equals the first, which stands first in the grid.
    let next = cells
        .filter(|cell| cell.state == CellState::Undecided)
        .rev()
        .max_by_key(reached);
    let may = visitor.actor.role.may(Permission::Write) && standing.looked_back.is_none();
    html! { @if let Some(cell) = next.filter(|_| may) {
        p.noprint { a.btn.primary href=(reporting::cell_href(&cell.segment, &cell.partner_type)) {
            "Decide " (reporting::cell_name(&cell.segment, &cell.partner_type))
        } }
    } }
}

fn table(standing: &Standing, arena: &Arena, asks: &Asks) -> Markup {
    let types = &standing.draft.parsed.strategy.program.partner_types;
    html! {
        div.scroll tabindex="0" role="region" aria-label="The arena" {
            table.arena.cards-on-phone role="table" {
                caption { "The arena: segments by partner types. Win rates are of decided deals, with 95% ranges" @if standing.facts.is_some() { ", as of " (numbers::date(standing.as_of)) } "." }
                thead role="rowgroup" { tr role="row" {
                    td role="cell" {}
                    @for name in types { th scope="col" role="columnheader" { (reporting::measure_name(name)) } }
                } }
                tbody role="rowgroup" {
                    @for (segment, _, accounts) in &arena.segments {
                        tr role="row" {
                            th scope="row" role="rowheader" {
                                (reporting::measure_name(segment))
                                @if let Some(accounts) = accounts {
                                    " " a.source href=(standing.accounts_link(&[("segment", segment)])) { (numbers::plural(*accounts, "account", "accounts")) }
                                }
                            }
                            @for cell in arena.cells.iter().filter(|cell| cell.segment == *segment) {
                                (grid_cell(standing, cell, asks))
                            }
                        }
                    }
                }
            }
        }
    }
}

fn grid_cell(standing: &Standing, cell: &ArenaView, asks: &Asks) -> Markup {
    let class = match cell.state {
        CellState::Chosen => "chosen",
        CellState::Parked | CellState::Declined => "parked",
        CellState::Undecided => "undecided",
    };
    let mut letters = cell.reason.chars();
    let short: String = letters.by_ref().take(REASON_CHARS).collect();
    let cut = letters.next().map_or("", |_| "…");
    html! {
        td class=(class) role="cell" {
            a href=(reporting::cell_href(&cell.segment, &cell.partner_type)) {
                span.visually-hidden.of { (reporting::cell_name(&cell.segment, &cell.partner_type)) ": " }
                (Tag::from(reporting::cell_state(cell.state)).html())
            }
            (evidence_line(standing, cell))
            (asks::in_cell(asks, cell))
            @if !short.is_empty() { p.dim { (short) (cut) } }
        }
    }
}

/// The overlap, and the win rate with a partner beside that without one.
fn evidence_line(standing: &Standing, cell: &ArenaView) -> Markup {
    let rows = |status: &str| standing.cell_link(&cell.segment, &cell.partner_type, status);
    html! { @if let Some(counts) = &cell.counts {
        @if counts.overlap > 0 {
            p { a href=(overlap_link(standing, cell)) { (numbers::count(counts.overlap)) } " of " a href=(counted_link(standing, cell)) { (numbers::count(counts.accounts)) } " accounts overlap" }
        }
        @if let Some(with) = cell.with.as_ref().filter(|with| with.n > 0) {
            p { "Won " a href=(rows("won")) { (with.k) } " of " a href=(rows("decided")) { (with.n) } ": " (numbers::percent(with.rate.unwrap_or(0.0)))
                " (" (numbers::percent(with.low)) " to " (numbers::percent(with.high)) ")"
                @if let Some(without) = cell.without.as_ref().and_then(|without| without.rate) {
                    ", " a href=(standing.without_link(&cell.segment, "decided")) { (numbers::percent(without)) } " without"
                } }
        }
    } }
}

/// The accounts that count in the segment of a cell.
fn counted_link(standing: &Standing, cell: &ArenaView) -> String {
    standing.accounts_link(&[("segment", &cell.segment), ("counted", "yes")])
}

/// Those of them in the list of a partner of its type.
fn overlap_link(standing: &Standing, cell: &ArenaView) -> String {
    standing.accounts_link(&[("segment", &cell.segment), ("partner_type", &cell.partner_type)])
}

fn segments_line(visitor: &Visitor, standing: &Standing, arena: &Arena) -> Markup {
    let link = |fall: &str, n: u64| {
        let href = standing.accounts_link(&[("fall", fall)]);
        html! { a href=(href) { (numbers::plural(n, "account is", "accounts are")) } }
    };
    html! {
        p.dim {
            @if arena.overlaps_and_gaps == Some((0, 0)) {
                "Every account is in exactly one segment. "
            } @else if let Some((several, none)) = arena.overlaps_and_gaps {
                (link("several", several)) " in two segments (the first counts), " (link("none", none)) " in none. "
            }
            @if visitor.actor.role.may(Permission::Write) { a href="/segments" { "Segments and partner types" } }
        }
    }
}

fn ruled_out(arena: &Arena, asks: &Asks, as_of: &AsOf) -> Markup {
    let is_out = |cell: &&ArenaView| cell.state.is_out();
    let out: Vec<&ArenaView> = arena.cells.iter().filter(is_out).collect();
    html! {
        @if !out.is_empty() {
            h2 { "Where we do not compete" }
            ul.log {
                @for cell in out {
                    li {
                        p {
                            (Tag::from(reporting::cell_state(cell.state)).html()) " "
                            strong { a href=(as_of.on(&reporting::cell_href(&cell.segment, &cell.partner_type))) {
                                (reporting::cell_name(&cell.segment, &cell.partner_type))
                            } }
                            @if !cell.initiative.is_empty() { " (" (cell.initiative) ")" }
                        }
                        p { (cell.reason) }
                        @if !cell.would_reopen.is_empty() { p.dim { (cell::reopens_word(cell.state)) ": " (cell.would_reopen) } }
                        (asks::signal(asks, cell))
                    }
                }
            }
        }
    }
}
