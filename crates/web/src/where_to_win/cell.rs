//! One cell of the arena: do we compete here, and why? What was decided, what the facts say, who asked, and the form that
//! decides it.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use beachhead_office::borrowing::Sourcing;
use beachhead_office::foresight::deal_size::DealSize;
use beachhead_office::foresight::interval::Rate;
use beachhead_office::intake::Asks;
use beachhead_office::ledger::Decision;
use beachhead_office::pitfalls::CHOSEN_MOST;
use beachhead_office::strategy::CellState;
use beachhead_office::strategy::bet::slug;
use beachhead_office::weighing::{Arena, ArenaView};
use beachhead_office::written::{CellChoice, cell_subject};
use beachhead_office::{Office, Permission, Refusal, Standing, reporting};
use beachhead_press::numbers::{self, Unit};
use beachhead_press::tag::Tag;
use maud::{Markup, html};

use super::{counted_link, overlap_link};
use crate::AsOf;
use crate::answer::{Answer, page, redirect_saying};
use crate::asks;
use crate::form::{Errors, Field, Fields, Signed, token};
use crate::layout::{self, Place};
use crate::strategy::refused;
use crate::visitor::Visitor;

/// The segment and the partner type of an address, as slugs.
type Address = Path<(String, String)>;

/// All that the page of a cell shows.
struct Shown<'a> {
    standing: &'a Standing,
    view: &'a ArenaView,
    asks: &'a Asks,
    /// The register's entries on the cell, oldest first.
    decisions: &'a [Decision],
}

/// `GET /where/{segment}/{partner_type}`
pub async fn cell(
    State(office): State<Arc<Office>>,
    visitor: Visitor,
    Path((segment, partner_type)): Address,
    Query(as_of): Query<AsOf>,
) -> Answer {
    let standing = office.standing(&visitor.actor, as_of.day()?).await?;
    let view = find(standing.arena(), &segment, &partner_type)?;
    let (asks, decisions) = beside(&office, &visitor, &standing, view).await?;
    let shown = Shown {
        standing: &standing,
        view,
        asks: &asks,
        decisions: &decisions,
    };
    let markup = cell_page(&visitor, &shown, &as_of, &Fields::default(), &Errors::default());
    Ok(page(&visitor.frame, markup))
}

/// `POST /where/{segment}/{partner_type}`
pub async fn choose(
    State(office): State<Arc<Office>>,
    Path((segment, partner_type)): Address,
    signed: Signed,
) -> Answer {
    let Signed { visitor, fields } = &signed;
    visitor.must(Permission::Write)?;
    let standing = office.standing(&visitor.actor, None).await?;
    let view = find(standing.arena(), &segment, &partner_type)?;
    let state = CellState::from_word(fields.get("state"))
        .ok_or_else(|| Refusal::bad_input("Nothing was decided", "Choose one of the four."))?;
    let choice = CellChoice {
        segment: view.segment.clone(),
        partner_type: view.partner_type.clone(),
        state,
        reason: fields.get("reason").to_owned(),
        would_reopen: fields.get("would_reopen").to_owned(),
        beyond_limit: fields.get("beyond_limit").to_owned(),
    };
    let refusal = match office.choose(&visitor.actor, choice).await {
        Ok(_) => {
            let name = reporting::cell_name(&view.segment, &view.partner_type);
            return Ok(redirect_saying("/where", &format!("{name} is {state}.")));
        }
        Err(refusal) => refusal,
    };
    let mut errors = Errors::default();
    let field = match refusal.message.as_str() {
        says if says.contains("mind") => "would_reopen",
        says if says.contains("chosen already") => "beyond_limit",
        _ => "reason",
    };
    errors.add(field, &refusal.message);
    let (asks, decisions) = beside(&office, visitor, &standing, view).await?;
    let shown = Shown {
        standing: &standing,
        view,
        asks: &asks,
        decisions: &decisions,
    };
    let markup = cell_page(visitor, &shown, &AsOf::default(), fields, &errors);
    Ok(refused(refusal.code.status(), markup))
}

/// What the record has on a cell: the asks, and the decisions up to the day of the standing.
async fn beside(
    office: &Office,
    visitor: &Visitor,
    standing: &Standing,
    view: &ArenaView,
) -> Result<(Asks, Vec<Decision>), Refusal> {
    let subject = cell_subject(&view.segment, &view.partner_type);
    let mut decisions = office.decisions_on(&visitor.actor, &subject).await?;
    decisions.retain(|entry| entry.decision.on <= standing.today);
    decisions.sort_by_key(|entry| entry.number);
    Ok((office.asks(&visitor.actor, standing.looked_back).await?, decisions))
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

fn cell_page(visitor: &Visitor, shown: &Shown<'_>, as_of: &AsOf, fields: &Fields, errors: &Errors) -> Markup {
    let Shown { standing, view, .. } = *shown;
    let currency = standing.facts.as_ref().and_then(|facts| facts.star.currency());
    let currency = currency.unwrap_or(standing.strategy().program.currency).to_string();
    let name = reporting::cell_name(&view.segment, &view.partner_type);
    let may_decide = visitor.actor.role.may(Permission::Write) && standing.looked_back.is_none();
    let body = html! {
        p.breadcrumb { a href=(as_of.on("/where")) { "Where to win" } }
        h1 { (name) }
        (as_of.banner_on(&visitor.frame, standing))
        p { (Tag::from(reporting::cell_state(view.state)).html()) @if !view.initiative.is_empty() { " " span.dim { "known as " (view.initiative) } } }
        p.lede { (answer(view)) }
        @if !view.would_reopen.is_empty() { p { strong { (reopens_word(view.state)) ": " } (view.would_reopen) } }
        (counts(standing, view, &currency))
        (asks::on_cell(visitor, shown.asks, view))
        (alternatives(standing, view, as_of))
        @if may_decide { (decide(visitor, standing, view, fields, errors)) }
        (log(standing, shown.decisions))
    };
    layout::inside(visitor, Place::Where, &errors.title(&name), &body)
}

/// The page's question, answered: do we compete here?
fn answer(view: &ArenaView) -> String {
    let because = |says: &str| match view.reason.is_empty() {
        true => format!("{says}; no reason is written."),
        false => format!("{says}: {}", beachhead_press::ended(&view.reason)),
    };
    match view.state {
        CellState::Chosen => because("We compete here"),
        CellState::Parked => because("Not now"),
        CellState::Declined => because("We do not compete here"),
        CellState::Undecided => "Nobody has decided about this cell yet.".to_owned(),
    }
}

/// The words before what would bring a cell back.
pub fn reopens_word(state: CellState) -> &'static str {
    match state {
        CellState::Declined => "Would change our mind",
        _ => "Reopens when",
    }
}

fn decide(visitor: &Visitor, standing: &Standing, view: &ArenaView, fields: &Fields, errors: &Errors) -> Markup {
    let states: Vec<(String, String)> = [
        (CellState::Chosen, "★ Chosen – we compete here"),
        (CellState::Parked, "■ Parked – attractive, not now"),
        (CellState::Declined, "✕ Declined – considered, and no"),
        (CellState::Undecided, "? Undecided"),
    ]
    .into_iter()
    .map(|(state, words)| (state.word().to_owned(), words.to_owned()))
    .collect();
    let typed = |field: &str, kept: &str| match fields.has(field) {
        true => fields.get(field).to_owned(),
        false => kept.to_owned(),
    };
    let chosen = standing
        .arena()
        .cells
        .iter()
        .filter(|cell| cell.state == CellState::Chosen)
        .count();
    let full = view.state != CellState::Chosen && chosen >= CHOSEN_MOST;
    let cells = numbers::plural(chosen as u64, "cell is", "cells are");
    let hint = format!("{cells} chosen already. Needed only to choose this one too; it is kept with the decision.");
    html! {
        h2 { "Decide this cell" }
        (errors.summary())
        form method="post" novalidate {
            (token(visitor))
            (Field::new("state", "What is decided").value(typed("state", view.state.word())).radios(&states, errors))
            (Field::new("reason", "Why").hint("One sentence. It is shown wherever the choice is.")
                .value(typed("reason", &view.reason)).required().area(3, errors))
            (Field::new("would_reopen", "What would change our mind").hint("Needed for parked and declined.")
                .value(typed("would_reopen", &view.would_reopen)).area(2, errors))
            @if full || errors.of("beyond_limit").is_some() {
                (Field::new("beyond_limit", "Why this one too").hint(&hint).value(typed("beyond_limit", "")).area(2, errors))
            }
            button.btn.primary type="submit" { "Save the decision" }
        }
    }
}

/// The other cells of the segment and of the partner type: what choosing this one is weighed against.
fn alternatives(standing: &Standing, view: &ArenaView, as_of: &AsOf) -> Markup {
    let is_it = |cell: &ArenaView| cell.segment == view.segment && cell.partner_type == view.partner_type;
    let near = |cell: &&ArenaView| cell.segment == view.segment || cell.partner_type == view.partner_type;
    let known = |cell: &&ArenaView| {
        cell.state != CellState::Undecided || cell.counts.as_ref().is_some_and(|counts| counts.overlap > 0)
    };
    let others = standing.arena().cells.iter().filter(|cell| !is_it(cell));
    let others: Vec<&ArenaView> = others.filter(near).filter(known).collect();
    html! { @if !others.is_empty() {
        h2 { "The alternatives" }
        p.dim { "Cells of the same segment or partner type that were decided, or that reach accounts." }
        div.scroll tabindex="0" role="region" aria-label="The alternatives" { table {
            thead { tr { th scope="col" { "Cell" } th scope="col" { "State" } th scope="col" { "Reached by its partners" } th scope="col" { "Win rate with partners" } } }
            tbody { @for cell in others { tr {
                th scope="row" { a href=(as_of.on(&reporting::cell_href(&cell.segment, &cell.partner_type))) { (reporting::cell_name(&cell.segment, &cell.partner_type)) } }
                td { (Tag::from(reporting::cell_state(cell.state)).html()) }
                td { @match &cell.counts {
                    Some(counts) => a href=(overlap_link(standing, cell)) { (numbers::plural(counts.overlap, "account", "accounts")) },
                    None => "no facts yet",
                } }
                td { (rate(cell.with.as_ref())) }
            } } }
        } }
    } }
}

/// Who decided what of the cell, and when; never changed.
fn log(standing: &Standing, decisions: &[Decision]) -> Markup {
    html! { @if !decisions.is_empty() {
        h2 { "Decisions" }
        ul.log { @for entry in decisions.iter().rev() { li {
            p {
                strong { (reporting::measure_name(entry.decision.to.as_deref().unwrap_or("kept"))) }
                @if let Some(from) = &entry.decision.from { ", before " (from) }
                ", " (standing.name(&entry.decision.decided_by)) ", " (numbers::date(entry.decision.on))
                @if entry.decision.snapshot.is_some() { ", on the facts of that day" }
            }
            @if !entry.decision.reason.is_empty() { p { (entry.decision.reason) } }
        } } }
    } }
}

fn rate(rate: Option<&Rate>) -> String {
    match rate {
        Some(rate) if rate.n > 0 => format!(
            "{} ({} to {}), {} of {}",
            numbers::percent(rate.rate.unwrap_or(0.0)),
            numbers::percent(rate.low),
            numbers::percent(rate.high),
            rate.k,
            rate.n
        ),
        _ => "no decided deal yet".to_owned(),
    }
}

fn counts(standing: &Standing, view: &ArenaView, currency: &str) -> Markup {
    let with = |status: &str| standing.cell_link(&view.segment, &view.partner_type, status);
    let Some(counts) = &view.counts else {
        return html! {
            h2 { "What the facts say" }
            p { "No facts have been imported yet. " a href="/data" { "Import a file" } " and the evidence for this cell stands here." }
            div.example aria-hidden="true" {
                p { strong { "Example: " } "61 of 140 accounts in the lists of 3 partners; won 9 of 31 decided with a partner (29%, 16 to 47), 18% without." }
            }
        };
    };
    html! {
        h2 { "What the facts say" }
        p.dim { "Facts of " (numbers::date(standing.as_of)) "; win rates of decided deals with 95% ranges." }
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
