//! Where to win: which cells do we compete in? The arena with the evidence for each cell, and a decision with its reason.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use beachhead_office::borrowing::Sourcing;
use beachhead_office::foresight::deal_size::DealSize;
use beachhead_office::strategy::CellState;
use beachhead_office::strategy::bet::slug;
use beachhead_office::weighing::{Arena, ArenaView};
use beachhead_office::written::CellChoice;
use beachhead_office::{Office, Permission, Refusal, Standing, reporting};
use beachhead_press::chart::Frame;
use beachhead_press::chart::interval::{self, Intervals, Reference, Row, Sample};
use beachhead_press::numbers::{self, Unit};
use beachhead_press::tag::Tag;
use maud::{Markup, html};

use crate::AsOf;
use crate::answer::{Answer, page, redirect_saying};
use crate::form::{Errors, Field, Fields, Signed, token};
use crate::layout::{self, Place};
use crate::strategy::refused;
use crate::visitor::Visitor;

/// Characters of a reason that the grid shows; the cell's page has it whole.
const REASON_CHARS: usize = 60;

/// `GET /where`
pub async fn grid(State(office): State<Arc<Office>>, visitor: Visitor, Query(as_of): Query<AsOf>) -> Answer {
    let standing = office.standing(&visitor.actor, as_of.day()?).await?;
    let arena = standing.arena();
    let body = html! {
        h1 { "Where to win" }
        (as_of.banner_on(&standing))
        p.lede { (finding(arena)) }
        @if let Some(problem) = &arena.problem {
            div.banner.neg { p { (problem.message) " " (problem.hint) " " a href="/segments" { "Edit the segments" } } }
        }
        @if arena.cells.is_empty() {
            (empty())
        } @else {
            (table(&standing, arena))
            (segments_line(&standing, arena))
            (evidence_chart(&standing, arena))
            @for note in &arena.notes { p.banner { (note) } }
            p.inline-links { a href="/evidence/cohorts" { "Conversion by month" } }
            (ruled_out(arena))
        }
    };
    Ok(page(
        &visitor.frame,
        layout::inside(&visitor, Place::Where, "Where to win", &body),
    ))
}

fn finding(arena: &Arena) -> String {
    let count = |state: CellState| arena.cells.iter().filter(|cell| cell.state == state).count() as u64;
    let (chosen, undecided) = (count(CellState::Chosen), count(CellState::Undecided));
    let out = count(CellState::Parked) + count(CellState::Declined);
    format!(
        "{}, {} ruled out with a reason, {undecided} undecided.",
        numbers::plural(chosen, "cell is chosen", "cells are chosen"),
        numbers::count(out)
    )
}

fn empty() -> Markup {
    html! {
        p { "Here every segment meets every partner type, with what the facts say of each cell. Write down segments and partner types to begin." }
        p { a.btn.primary href="/segments" { "Write down segments" } }
        div.example aria-hidden="true" {
            p { strong { "Example: " } "enterprise × technology, ★ chosen, 61 of 140 accounts in partners' lists, won 9 of 31 decided with partners (29%, 16 to 47)." }
        }
    }
}

fn table(standing: &Standing, arena: &Arena) -> Markup {
    let types = &standing.draft.parsed.strategy.program.partner_types;
    html! {
        div.scroll tabindex="0" role="region" aria-label="The arena" {
            table.arena.cards-on-phone role="table" {
                caption { "The arena: segments by partner types. Win rates are of decided deals, with 95% ranges." }
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
                                (grid_cell(standing, cell))
                            }
                        }
                    }
                }
            }
        }
    }
}

fn grid_cell(standing: &Standing, cell: &ArenaView) -> Markup {
    let rows = |status: &str| standing.cell_link(&cell.segment, &cell.partner_type, status);
    let class = match cell.state {
        CellState::Chosen => "chosen",
        CellState::Parked | CellState::Declined => "parked",
        CellState::Undecided => "undecided",
    };
    let short: String = cell.reason.chars().take(REASON_CHARS).collect();
    let cut = if cell.reason.chars().count() > REASON_CHARS {
        "…"
    } else {
        ""
    };
    html! {
        td class=(class) role="cell" {
            a href=(reporting::cell_href(&cell.segment, &cell.partner_type)) {
                span.visually-hidden.of { (reporting::cell_name(&cell.segment, &cell.partner_type)) ": " }
                (Tag::from(reporting::cell_state(cell.state)).html())
            }
            @if let Some(counts) = &cell.counts {
                @if counts.overlap > 0 {
                    p { a href=(overlap_link(standing, cell)) { (counts.overlap) } " of " a href=(counted_link(standing, cell)) { (counts.accounts) } " accounts overlap" }
                }
                @if let Some(with) = cell.with.as_ref().filter(|with| with.n > 0) {
                    p { "Won " a href=(rows("won")) { (with.k) } " of " a href=(rows("decided")) { (with.n) } ": " (numbers::percent(with.rate.unwrap_or(0.0)))
                        " (" (numbers::percent(with.low)) " to " (numbers::percent(with.high)) ")" }
                }
            }
            @if !short.is_empty() { p.dim { (short) (cut) } }
        }
    }
}

/// The accounts that count in the segment of a cell.
fn counted_link(standing: &Standing, cell: &ArenaView) -> String {
    standing.accounts_link(&[("segment", &cell.segment), ("counted", "yes")])
}

/// Those of them in the list of a partner of its type.
fn overlap_link(standing: &Standing, cell: &ArenaView) -> String {
    standing.accounts_link(&[("segment", &cell.segment), ("partner_type", &cell.partner_type)])
}

fn segments_line(standing: &Standing, arena: &Arena) -> Markup {
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
            a href="/segments" { "Segments and partner types" }
        }
    }
}

/// Win rates with partners against without, one row a cell that has decided deals.
fn evidence_chart(standing: &Standing, arena: &Arena) -> Markup {
    let mut rows = Vec::new();
    for cell in &arena.cells {
        let (Some(with), Some(pooled)) = (cell.with.as_ref().filter(|with| with.n > 0), cell.borrowed.win_rate) else {
            continue;
        };
        let apart = cell.without.as_ref().is_some_and(|without| {
            without
                .rate
                .is_some_and(|rate| rate < pooled.low80 || rate > pooled.high80)
        });
        rows.push(Row {
            name: reporting::cell_name(&cell.segment, &cell.partner_type),
            href: Some(standing.cell_link(&cell.segment, &cell.partner_type, "decided")),
            value: pooled.rate,
            low: pooled.low80,
            high: pooled.high80,
            sample: Sample::Of {
                reached: with.k,
                of: with.n,
            },
            inconclusive: !apart,
        });
    }
    if rows.is_empty() {
        return html! {};
    }
    rows.sort_by(|a, b| b.value.total_cmp(&a.value));
    let best = rows.iter().find(|row| !row.inconclusive).map_or_else(
        || "No cell wins clearly more or less often than its segment does without partners".to_owned(),
        |row| {
            format!(
                "The win rate of {} stands clearly apart from its segment's without partners",
                row.name
            )
        },
    );
    let mut frame = Frame::new("cells", best);
    frame.note = Some(
        "80% ranges; small cells borrow from their segment and their partner type. Grey: the range holds the rate of the \
         segment's deals without a partner, so the facts do not tell them apart. A comparison, not a cause: partners may \
         have been given the better deals."
            .into(),
    );
    let all: (u64, u64) = without_partners(arena);
    let reference = beachhead_office::foresight::interval::wilson(all.0, all.1, beachhead_office::weighing::LEVEL)
        .rate
        .map(|value| Reference {
            label: "Without partners".into(),
            value,
        });
    html! {
        h2 { "What the facts say" }
        (interval::draw(&Intervals {
            frame, of: "Cell".into(), measure: "Win rate with partners".into(), unit: Unit::Percent, reference, rows,
        }))
        p { a href="/evidence/lift" { "Do deals with a partner do better than like deals without?" } }
    }
}

/// Won and decided without partners, over all segments.
fn without_partners(arena: &Arena) -> (u64, u64) {
    let mut sum = (0, 0);
    for (name, _, _) in &arena.segments {
        if let Some(without) = arena
            .cells
            .iter()
            .find(|cell| cell.segment == *name)
            .and_then(|cell| cell.without.as_ref())
        {
            sum = (sum.0 + without.k, sum.1 + without.n);
        }
    }
    sum
}

fn ruled_out(arena: &Arena) -> Markup {
    let out: Vec<&ArenaView> = arena
        .cells
        .iter()
        .filter(|cell| matches!(cell.state, CellState::Parked | CellState::Declined))
        .collect();
    html! {
        @if !out.is_empty() {
            h2 { "Where we do not compete" }
            ul.log {
                @for cell in out {
                    li {
                        p {
                            (Tag::from(reporting::cell_state(cell.state)).html()) " "
                            strong { a href=(reporting::cell_href(&cell.segment, &cell.partner_type)) {
                                (reporting::cell_name(&cell.segment, &cell.partner_type))
                            } }
                            @if !cell.initiative.is_empty() { " (" (cell.initiative) ")" }
                        }
                        p { (cell.reason) }
                        @if !cell.would_reopen.is_empty() { p.dim { "Reopens when: " (cell.would_reopen) } }
                    }
                }
            }
        }
    }
}

fn find<'a>(arena: &'a Arena, segment: &str, partner_type: &str) -> Result<&'a ArenaView, Refusal> {
    arena
        .cells
        .iter()
        .find(|cell| slug(&cell.segment) == segment && slug(&cell.partner_type) == partner_type)
        .ok_or_else(|| {
            Refusal::not_found(
                "The arena has no such cell",
                "Choose one of the cells on the page Where to win.",
            )
        })
}

fn cell_page(visitor: &Visitor, standing: &Standing, view: &ArenaView, fields: &Fields, errors: &Errors) -> Markup {
    let currency = standing.facts.as_ref().and_then(|facts| facts.star.currency());
    let currency = currency.unwrap_or(standing.strategy().program.currency).to_string();
    let name = reporting::cell_name(&view.segment, &view.partner_type);
    let title = errors.title(&name);
    let typed = |field: &str, kept: &str| {
        if fields.has(field) {
            fields.get(field).to_owned()
        } else {
            kept.to_owned()
        }
    };
    let states: Vec<(String, String)> = [
        (CellState::Chosen, "★ Chosen – we compete here"),
        (CellState::Parked, "■ Parked – attractive, not now"),
        (CellState::Declined, "✕ Declined – considered, and no"),
        (CellState::Undecided, "? Undecided"),
    ]
    .into_iter()
    .map(|(state, words)| (state.word().to_owned(), words.to_owned()))
    .collect();
    let body = html! {
        p.breadcrumb { a href="/where" { "Where to win" } }
        h1 { (name) }
        p { (Tag::from(reporting::cell_state(view.state)).html()) @if !view.initiative.is_empty() { " " span.dim { "known as " (view.initiative) } } }
        p.lede { @if view.reason.is_empty() { "Nobody has decided about this cell yet." } @else { (view.reason) } }
        (counts(standing, view, &currency))
        @if visitor.actor.role.may(Permission::Write) {
            h2 { "Decide this cell" }
            (errors.summary())
            form method="post" novalidate {
                (token(visitor))
                (Field::new("state", "What is decided").value(typed("state", view.state.word())).radios(&states, errors))
                (Field::new("reason", "Why").hint("One sentence. It is shown wherever the choice is.")
                    .value(typed("reason", &view.reason)).required().area(3, errors))
                (Field::new("would_reopen", "What would change our mind").hint("Needed for parked and declined.")
                    .value(typed("would_reopen", &view.would_reopen)).area(2, errors))
                button.btn.primary type="submit" { "Save the decision" }
            }
        }
    };
    layout::inside(visitor, Place::Where, &title, &body)
}

fn counts(standing: &Standing, view: &ArenaView, currency: &str) -> Markup {
    let with = |status: &str| standing.cell_link(&view.segment, &view.partner_type, status);
    let Some(counts) = &view.counts else {
        return html! { p.dim { "No facts have been imported yet. " a href="/data" { "Import a file" } } };
    };
    let rate = |rate: Option<&beachhead_office::foresight::interval::Rate>| match rate {
        Some(rate) if rate.n > 0 => format!(
            "{} ({} to {}), {} of {}",
            numbers::percent(rate.rate.unwrap_or(0.0)),
            numbers::percent(rate.low),
            numbers::percent(rate.high),
            rate.k,
            rate.n
        ),
        _ => "no decided deal yet".to_owned(),
    };
    html! {
        h2 { "What the facts say" }
        dl.summary-list {
            div { dt { "Accounts in the segment" } dd { a href=(counted_link(standing, view)) { (numbers::count(counts.accounts)) } } }
            div { dt { "Also in a partner's list" } dd { a href=(overlap_link(standing, view)) { (numbers::count(counts.overlap)) } ", from " (numbers::plural(counts.partners, "partner", "partners")) " of this type" } }
            div { dt { "Opportunities with a partner" } dd { a href=(with("")) { (numbers::count(counts.with.opportunities)) } ", " a href=(with("open")) { (numbers::count(counts.with.open)) } " of them open" } }
            div { dt { "Win rate with a partner" } dd { a href=(with("decided")) { (rate(view.with.as_ref())) } } }
            @if let Some(pooled) = &view.borrowed.win_rate {
                div { dt { "The same, steadied" }
                    dd { (numbers::percent(pooled.rate)) " (" (numbers::percent(pooled.low80)) " to " (numbers::percent(pooled.high80)) ", 80% range); "
                        (numbers::percent(pooled.borrowed)) " of it is borrowed from the segment and the partner type" } }
            }
            div { dt { "Win rate without any partner" } dd { a href=(standing.without_link(&view.segment, "decided")) { (rate(view.without.as_ref())) } } }
            @if let Some(deal) = &view.borrowed.deal_size { (deal_size(deal, currency, &with("won"))) }
            @if let Some(sourcing) = &view.borrowed.sourcing { (sourced(sourcing, &format!("{}&class=sourced", with("")))) }
        }
    }
}

fn deal_size(deal: &DealSize, currency: &str, rows: &str) -> Markup {
    html! {
        div { dt { "A won deal with a partner" }
            dd { (Unit::Money(currency.to_owned()).with_range(deal.mean, deal.low80, deal.high80)) " on average, 80% range; n " a href=(rows) { (numbers::count(deal.n)) }
                ", " (numbers::percent(deal.borrowed)) " borrowed"
                @if deal.not_declared > 0 { "; " (numbers::count(deal.not_declared)) " declare no amount" }
                @if let Some(share) = deal.largest_share.filter(|share| deal.n > 1 && *share > 0.5) { "; one deal holds " (numbers::percent(share)) " of the value" } } }
    }
}

fn sourced(sourcing: &Sourcing, rows: &str) -> Markup {
    let [low, high] = sourcing.next_quarter;
    html! {
        div { dt { "Sourced in a quarter" }
            dd { (Unit::Count.with_range(sourcing.per_quarter, sourcing.low80, sourcing.high80)) " on average, 80% range; n " a href=(rows) { (numbers::count(sourcing.sourced)) }
                " in " (numbers::three_figures(sourcing.quarters)) " quarters by " (numbers::plural(sourcing.partners, "partner", "partners"))
                ". The next quarter: " (numbers::count(low)) " to " (numbers::count(high)) } }
    }
}

/// `GET /where/{segment}/{partner_type}`
pub async fn cell(
    State(office): State<Arc<Office>>,
    visitor: Visitor,
    Path((segment, partner_type)): Path<(String, String)>,
) -> Answer {
    let standing = office.standing(&visitor.actor, None).await?;
    let arena = standing.arena();
    let view = find(arena, &segment, &partner_type)?;
    Ok(page(
        &visitor.frame,
        cell_page(&visitor, &standing, view, &Fields::default(), &Errors::default()),
    ))
}

/// `POST /where/{segment}/{partner_type}`
pub async fn choose(
    State(office): State<Arc<Office>>,
    Path((segment, partner_type)): Path<(String, String)>,
    signed: Signed,
) -> Answer {
    let Signed { visitor, fields } = &signed;
    visitor.must(Permission::Write)?;
    let standing = office.standing(&visitor.actor, None).await?;
    let arena = standing.arena();
    let view = find(arena, &segment, &partner_type)?;
    let state = CellState::from_word(fields.get("state"))
        .ok_or_else(|| Refusal::bad_input("Nothing was decided", "Choose one of the four."))?;
    let choice = CellChoice {
        segment: view.segment.clone(),
        partner_type: view.partner_type.clone(),
        state,
        reason: fields.get("reason").to_owned(),
        would_reopen: fields.get("would_reopen").to_owned(),
    };
    match office.choose(&visitor.actor, choice).await {
        Ok(_) => {
            let name = reporting::cell_name(&view.segment, &view.partner_type);
            Ok(redirect_saying("/where", &format!("{name} is {state}.")))
        }
        Err(refusal) => {
            let mut errors = Errors::default();
            let field = if refusal.message.contains("mind") {
                "would_reopen"
            } else {
                "reason"
            };
            errors.add(field, &refusal.message);
            Ok(refused(
                refusal.code.status(),
                cell_page(visitor, &standing, view, fields, &errors),
            ))
        }
    }
}
