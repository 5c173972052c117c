//! The minutes of a review: what was decided and why, what was promised, what comes next. To read, to print, and to ask
//! for the next signature from.

use std::sync::Arc;

use axum::extract::{Path, State};
use beachhead_office::ledger::{Decision, NewDecision};
use beachhead_office::reviewing::{NextGate, ReviewView};
use beachhead_office::strategy::Change;
use beachhead_office::{Office, Permission, Standing, reporting};
use beachhead_press::numbers;
use beachhead_press::tag::{Tag, Tone};
use maud::{Markup, html};

use super::promised_list;
use crate::answer::{Answer, Failure, page};
use crate::day_of;
use crate::form::token;
use crate::layout::{self, Place};
use crate::visitor::Visitor;

/// `GET /reviews/{number}`
pub async fn show(State(office): State<Arc<Office>>, visitor: Visitor, Path(number): Path<i64>) -> Answer {
    let view = office
        .review(&visitor.actor, number)
        .await
        .map_err(|refusal| Failure::on(&visitor.frame, refusal))?;
    let changes = office.changes(&visitor.actor, None, None).await?;
    let title = format!("Review of {}", view.review.cycle);
    let minutes = view.minutes();
    let is_last = view.standing.reviews.first().is_some_and(|last| last.number == number);
    let body = html! {
        p.breadcrumb { a href="/review" { "Review" } }
        h1 { (title) }
        (lede(&view))
        @if is_last && view.review.closed_at.is_some() { (next_version(&visitor, &view.standing, &changes)) }
        h2 { "Decisions" }
        (decisions(&view))
        @if !minutes.minutes.is_empty() { h2 { "Minutes" } p { (minutes.minutes) } }
        (promised_list(view.promised(), "Promised the time before"))
        (promised_list(view.promises(), "Promised for next time"))
        @if !minutes.ask.is_empty() { h2 { "The next ask" } p { (minutes.ask) } }
        p.inline-links.noprint {
            @if is_last && view.review.next_review.is_some() { a href="/review.ics" { "The next review, for your calendar" } " · " }
            a href="/board" { "Board page" } " · "
            a href="/miss" { "Why are we behind, or ahead?" }
        }
    };
    Ok(page(
        &visitor.frame,
        layout::inside(&visitor, Place::Review, &title, &body),
    ))
}

fn lede(view: &ReviewView) -> Markup {
    let standing = &view.standing;
    html! {
        p.lede {
            @match view.review.closed_at {
                Some(at) => { "Closed on " (numbers::date(day_of(at))) @if let Some(by) = &view.review.closed_by { " by " (standing.name(by)) } "." },
                None => { "This review is open: " (view.undecided().len()) " of " (numbers::plural(view.due().count() as u64, "bet", "bets")) " not decided." },
            }
            @if let Some(next) = view.review.next_review { " The next one is on " (numbers::date(next)) "." }
        }
        @if view.review.closed_at.is_none() { p.noprint { a.btn.primary href="/review" { "Go to the review" } } }
    }
}

/// What became of the draft, and the one thing to do with it.
fn next_version(visitor: &Visitor, standing: &Standing, changes: &[Change]) -> Markup {
    html! {
        section.card.noprint aria-labelledby="next" {
            h2 id="next" { "The next version" }
            @match (&standing.asked, changes.is_empty()) {
                (Some(asked), _) => p { a href="/" { "Version " (asked.number) } " waits for the sponsor's signature." },
                (None, true) => p { "Nothing has changed since the signed version, so there is nothing to sign." },
                (None, false) => {
                    p { "It is drafted. Against the signed version:" }
                    ul { @for change in changes { li { strong { (change.section) } ": " (change.words) } } }
                    @if visitor.actor.role.may(Permission::Write) {
                        form method="post" action="/strategy/ask" {
                            (token(visitor))
                            button.btn.primary type="submit" { "Ask for a signature" }
                        }
                    }
                },
            }
        }
    }
}

/// The verb of a decision: "scale", "continue", "park", "retire".
pub(super) fn choice_of(decision: &NewDecision) -> &str {
    match (decision.kind.as_str(), decision.to.as_deref().unwrap_or_default()) {
        ("continue", _) => "continue",
        (_, "scaled") => "scale",
        (_, "parked") => "park",
        (_, "retired") => "retire",
        (_, other) => other,
    }
}

fn decisions(view: &ReviewView) -> Markup {
    let standing = &view.standing;
    let entries: Vec<&Decision> = view.decided().collect();
    html! {
        @if entries.is_empty() { p.dim { "Nothing was decided in it." } }
        ul.log { @for entry in entries {
            @let decision = &entry.decision;
            @let name = standing.bet(&decision.subject).map_or(decision.subject.as_str(), |bet| bet.name.as_str());
            @let what = if decision.kind == "continue" { "continue" } else { decision.to.as_deref().unwrap_or_default() };
            li {
                p {
                    strong { a href={ "/bets/" (decision.subject) } { (name) } } " – " (reporting::measure_name(what))
                    ", by " (standing.name(&decision.decided_by))
                    @if decision.against_gate { " " (Tag::new(Tone::Caution, Some('◆'), "Against the gate").html()) }
                }
                p { (decision.reason) }
                @if let Some(words) = crate::bet_evidence::evidence_words(&decision.evidence) { p.dim { "The gate said: " (words) } }
                @if let Some(gate) = view.item(&decision.subject).and_then(NextGate::of) { p.dim { (gate_words(&gate)) } }
            }
        } }
    }
}

/// "Next gate: on 30 Apr 2027; scale at 20 or more".
fn gate_words(gate: &NextGate) -> String {
    let parts = [
        gate.by.map(|by| format!("on {}", numbers::date(by))),
        gate.scale_if
            .map(|value| format!("scale at {} or more", numbers::three_figures(value))),
        gate.retire_if
            .map(|value| format!("retire at {} or less", numbers::three_figures(value))),
    ];
    format!(
        "Next gate: {}.",
        parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
    )
}
