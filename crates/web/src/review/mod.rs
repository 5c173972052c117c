//! Review: what do we decide this cycle? Before the meeting its pre-read and its day, during it one screen a bet, after it
//! the minutes.

mod meeting;
mod minutes;

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::IntoResponse;
use beachhead_office::ledger::{Commitment, Decision, Review};
use beachhead_office::meeting::commitment;
use beachhead_office::reviewing::ReviewView;
use beachhead_office::strategy::Bet;
use beachhead_office::{Office, Permission, Standing, reporting};
use beachhead_press::numbers;
use beachhead_press::pre_read;
use beachhead_press::tag::{Tag, Tone};
use maud::{Markup, html};

pub use meeting::{close, closing, decide, promise, promised, said, screen};
pub use minutes::show as past;

use crate::answer::{Answer, Failure, page, redirect, redirect_saying};
use crate::day_of;
use crate::form::{Signed, token};
use crate::layout::{self, Place};
use crate::visitor::Visitor;

/// `GET /review`
pub async fn show(State(office): State<Arc<Office>>, visitor: Visitor) -> Answer {
    let standing = office.standing(&visitor.actor, None).await?;
    let body = match office.review_now(&visitor.actor).await? {
        Some(view) => agenda(&visitor, &view),
        None => closed_body(&visitor, &standing),
    };
    let reviews = office.reviews(&visitor.actor).await?;
    let register = office.decisions(&visitor.actor).await?;
    Ok(page(
        &visitor.frame,
        layout::inside(
            &visitor,
            Place::Review,
            "Review",
            &html! { (body) (past_list(&standing, &reviews, &register)) },
        ),
    ))
}

fn closed_body(visitor: &Visitor, standing: &Standing) -> Markup {
    let due = standing.worked_bets().count() as u64;
    let next = standing.next_review();
    html! {
        h1 { "Review" }
        p.lede {
            @if standing.is_lapsed() {
                "The cycle ended and no review was held: the strategy has lapsed. "
            }
            @if due == 0 { "No bet is running, so there is nothing to decide yet." }
            @else {
                (numbers::plural(due, "running bet waits", "running bets wait")) " for a decision"
                @if let Some(next) = next { "; the review is due on " (numbers::date_from(next, standing.today)) }
                "."
            }
        }
        @if due > 0 && visitor.actor.role.may(Permission::Decide) {
            form.actions.noprint method="post" action="/review/open" {
                (token(visitor))
                button.btn.primary type="submit" { "Open the review of " (standing.cycle_under_review()) }
            }
        }
        @if due > 0 { (before_it(standing)) }
        @if due == 0 {
            p { "At the end of each cycle every running bet is scaled, continued, parked or retired. What nobody decides is parked: nothing is carried on out of inertia." }
            p { a.btn.primary href="/bets" { "Go to the bets" } }
            div.example aria-hidden="true" { p { strong { "Example: " } "HRIS co-sell · 14 of 10 opportunities · the gate says ▲ Scale" } }
        }
    }
}

/// What there is before the meeting: the pre-read from 48 hours before, and the day for a calendar.
fn before_it(standing: &Standing) -> Markup {
    let early = standing.pre_read_from().filter(|from| *from > standing.today);
    html! {
        ul.task-list.noprint {
            li {
                a href="/review/pre-read" { "Pre-read, to print" }
                span.dim {
                    @match early {
                        Some(from) => { "with the figures of the meeting from " (numbers::date_from(from, standing.today)) },
                        None => "it is there: send it round",
                    }
                }
            }
            @if standing.next_review().is_some() {
                li { a href="/review.ics" { "The next review, for your calendar" } span.dim { ".ics" } }
            }
            li { a href="/board" { "Board page" } span.dim { "three numbers, spend and the next ask, on one sheet" } }
        }
    }
}

/// The open review: what was promised, then every bet with its verdict and decision, each with its screen.
fn agenda(visitor: &Visitor, view: &ReviewView) -> Markup {
    let due: Vec<&Bet> = view.due().collect();
    let decided = due.len() - view.undecided().len();
    let number = view.review.number;
    let may = visitor.actor.role.may(Permission::Decide);
    html! {
        h1 { "Review of " (view.review.cycle) }
        p.lede { (decided) " of " (numbers::plural(due.len() as u64, "bet", "bets")) " decided. The review can be closed once every bet is." }
        div.actions.noprint {
            a.btn.primary href=(meeting::next_screen(view, 0)) {
                @if !may { "See the meeting" } @else if decided == 0 { "Start the meeting" } @else { "Go on with the meeting" }
            }
            a.btn href={ "/reviews/" (number) "/pre-read" } { "Pre-read, to print" }
        }
        (promised_list(view.promised(), "Promised last time"))
        h2 { "Bets to decide" }
        ol.task-list { @for (at, bet) in due.iter().enumerate() { li {
            span { a href={ "/reviews/" (number) "/" (at + 1) } { (bet.name) } " " span.dim { "the gate says " } (Tag::from(reporting::verdict(&view.standing, bet)).html()) }
            (decision_tag(view, bet))
        } } }
        p.noprint { a href={ "/reviews/" (number) "/close" } { "Close the review" } }
    }
}

/// "Decided: Scale", or that nobody has.
fn decision_tag(view: &ReviewView, bet: &Bet) -> Markup {
    match view.item(&bet.key()) {
        Some(item) => {
            let words = format!("Decided: {}", reporting::measure_name(&item.decision));
            Tag::new(Tone::Informing, None, words).html()
        }
        None => Tag::new(Tone::Caution, Some('?'), "Not decided").html(),
    }
}

/// What was promised, each with whether it was kept.
fn promised_list<'a>(promised: impl Iterator<Item = &'a Commitment>, heading: &str) -> Markup {
    let promised: Vec<pre_read::Commitment> = promised.map(commitment).collect();
    html! {
        @if !promised.is_empty() {
            h2 { (heading) }
            ul.plain { @for one in &promised { li { (one.tag().html()) " " (one.says()) } } }
        }
    }
}

/// The reviews that are closed, each with what it decided.
fn past_list(standing: &Standing, reviews: &[Review], register: &[Decision]) -> Markup {
    let closed: Vec<&Review> = reviews.iter().filter(|review| review.closed_at.is_some()).collect();
    html! {
        @if !closed.is_empty() {
            h2 { "Past reviews" }
            ul { @for review in closed {
                li { a href={ "/reviews/" (review.number) } { "Review of " (review.cycle) }
                    @if let Some(at) = review.closed_at { ", closed on " (numbers::date(day_of(at))) } (decided_line(standing, register, review.number)) }
            } }
        }
    }
}

/// ": scale HRIS co-sell, park Channel resale", each leading to its bet.
fn decided_line(standing: &Standing, register: &[Decision], review: i64) -> Markup {
    let decided = register.iter().filter(|entry| entry.decision.review == Some(review));
    html! {
        @for (at, entry) in decided.enumerate() {
            @let subject = &entry.decision.subject;
            @let name = standing.bet(subject).map_or(subject.as_str(), |bet| bet.name.as_str());
            @if at == 0 { ": " } @else { "; " }
            (minutes::choice_of(&entry.decision)) " " a href={ "/bets/" (subject) } { (name) }
        }
    }
}

/// `GET /review/pre-read`
pub async fn next_pre_read(State(office): State<Arc<Office>>, visitor: Visitor) -> Answer {
    draw_pre_read(&office, &visitor, None).await
}

/// `GET /reviews/{number}/pre-read`
pub async fn pre_read(State(office): State<Arc<Office>>, visitor: Visitor, Path(number): Path<i64>) -> Answer {
    if office.review(&visitor.actor, number).await?.review.closed_at.is_some() {
        return Ok(redirect(&format!("/reviews/{number}")));
    }
    draw_pre_read(&office, &visitor, Some(number)).await
}

async fn draw_pre_read(office: &Office, visitor: &Visitor, number: Option<i64>) -> Answer {
    let prepared = office
        .pre_read(&visitor.actor, number)
        .await
        .map_err(|refusal| Failure::on(&visitor.frame, refusal))?;
    let sheet = &prepared.pre_read;
    let body = html! {
        p.breadcrumb.noprint { a href="/review" { "Review" } }
        h1 { (sheet.title()) }
        @if let Some(from) = prepared.early_until {
            p.banner { "This is an early look: from " (numbers::date(from)) ", 48 hours before the review, it has the figures of the meeting." }
        }
        (pre_read::html(sheet, "pre-read"))
    };
    Ok(page(
        &visitor.frame,
        layout::inside(visitor, Place::Review, "Pre-read", &body),
    ))
}

/// `GET /review.ics`
pub async fn calendar(State(office): State<Arc<Office>>, visitor: Visitor) -> Answer {
    let file = office
        .next_review_file(&visitor.actor)
        .await
        .map_err(|refusal| Failure::on(&visitor.frame, refusal))?;
    let headers = [
        (header::CONTENT_TYPE, "text/calendar; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"review.ics\""),
    ];
    Ok((headers, file).into_response())
}

/// `POST /review/open`
pub async fn open(State(office): State<Arc<Office>>, signed: Signed) -> Answer {
    let visitor = &signed.visitor;
    let review = office
        .open_review(&visitor.actor)
        .await
        .map_err(|refusal| Failure::on(&visitor.frame, refusal))?;
    Ok(redirect_saying(
        "/review",
        &format!("The review of {} is open.", review.cycle),
    ))
}
