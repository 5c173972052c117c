//! Review: what do we decide this cycle? Last commitments first, every running bet with its verdict beside the decision,
//! and a close that is refused while one is undecided.

use std::sync::Arc;

use axum::extract::{Path, State};
use beachhead_office::ledger::Review;
use beachhead_office::reviewing::{Closing, ReviewView};
use beachhead_office::strategy::Bet;
use beachhead_office::strategy::review::Choice;
use beachhead_office::{Code, Office, Permission, Standing, reporting};
use beachhead_press::numbers;
use beachhead_press::pre_read;
use beachhead_press::tag::{Tag, Tone};
use maud::{Markup, html};

use crate::answer::{Answer, Failure, page, redirect_saying};
use crate::day_of;
use crate::form::{Errors, Field, Fields, Signed, token};
use crate::layout::{self, Place};
use crate::strategy::refused;
use crate::visitor::Visitor;

/// `GET /review`
pub async fn show(State(office): State<Arc<Office>>, visitor: Visitor) -> Answer {
    let shown = review_page(&office, &visitor, &Fields::default(), &Errors::default()).await?;
    Ok(page(&visitor.frame, shown))
}

async fn review_page(office: &Office, visitor: &Visitor, fields: &Fields, errors: &Errors) -> Result<Markup, Failure> {
    let body = match office.review_now(&visitor.actor).await? {
        Some(view) => open_body(visitor, &view, fields, errors),
        None => closed_body(visitor, &office.standing(&visitor.actor, None).await?),
    };
    let reviews = office.reviews(&visitor.actor).await?;
    let title = errors.title("Review");
    Ok(layout::inside(
        visitor,
        Place::Review,
        &title,
        &html! { (body) (past_list(&reviews)) },
    ))
}

fn closed_body(visitor: &Visitor, standing: &Standing) -> Markup {
    let due = standing.worked_bets().count() as u64;
    let next = standing
        .draft
        .parsed
        .strategy
        .review
        .next
        .or(standing.strategy().review.next);
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
            form method="post" action="/review/open" {
                (token(visitor))
                button.btn.primary type="submit" { "Open the review of " (standing.cycle_under_review()) }
            }
        }
        @if due == 0 {
            p { "At the end of each cycle every running bet is scaled, continued, parked or retired. What nobody decides is parked: nothing is carried on out of inertia." }
            div.example aria-hidden="true" { p { strong { "Example: " } "HRIS co-sell · 14 of 10 opportunities · the gate says ▲ Scale" } }
        }
    }
}

fn open_body(visitor: &Visitor, view: &ReviewView, fields: &Fields, errors: &Errors) -> Markup {
    let due: Vec<&Bet> = view.due().collect();
    let decided = due.len() - view.undecided().len();
    let number = view.review.number;
    html! {
        h1 { "Review of " (view.review.cycle) }
        p.lede { (decided) " of " (numbers::plural(due.len() as u64, "bet", "bets")) " decided. The review can be closed once every bet is." }
        p.inline-links { a href={ "/reviews/" (number) "/pre-read" } { "Pre-read, to print" } }
        (errors.summary())
        @for bet in &due { (agenda_item(visitor, view, bet, fields, errors)) }
        @if visitor.actor.role.may(Permission::Decide) { (close_form(visitor, view, fields, errors)) }
    }
}

fn agenda_item(visitor: &Visitor, view: &ReviewView, bet: &Bet, fields: &Fields, errors: &Errors) -> Markup {
    let key = bet.key();
    let item = view.item(&key);
    let mine = fields.get("bet") == key;
    let (reason_name, choice_name) = (format!("reason-{key}"), format!("choice-{key}"));
    let kept = |name: &str, kept: &str| {
        if mine {
            fields.get(name).to_owned()
        } else {
            kept.to_owned()
        }
    };
    let options: Vec<(String, String)> = [
        (Choice::Scale, "▲ Scale – more capacity, or unlock the next bet"),
        (Choice::Continue, "● Continue to the next gate"),
        (Choice::Park, "■ Park – pause it"),
        (Choice::Retire, "✕ Retire – stop, and record what we learned"),
    ]
    .into_iter()
    .map(|(choice, words)| (choice.word().to_owned(), words.to_owned()))
    .collect();
    let judgement = view
        .standing
        .judged(&bet.name)
        .and_then(|judged| judged.judgement.as_ref());
    html! {
        section.card.meeting aria-labelledby={ "bet-" (key) } {
            h2 id={ "bet-" (key) } { a href={ "/bets/" (key) } { (bet.name) } }
            p {
                (Tag::from(reporting::verdict(&view.standing, bet)).html())
                @if let Some(item) = item { " " (Tag::new(Tone::Informing, None, format!("Decided: {}", reporting::measure_name(&item.decision))).html()) }
            }
            @if let Some(gate) = &bet.gate {
                p { strong { (gate.question) } " " (reporting::measure_name(&gate.measure)) ": "
                    (reporting::measured(&view.standing, bet, &gate.measure).says)
                    @if let Some(value) = gate.scale_if { "; scale at " (numbers::three_figures(value)) }
                    @if let Some(value) = gate.retire_if { ", retire at " (numbers::three_figures(value)) }
                    @if let Some(by) = gate.by { ", by " (numbers::date(by)) } "."
                }
            }
            @if let Some(judgement) = judgement { p { (judgement.why) } }
            @if visitor.actor.role.may(Permission::Decide) {
                form method="post" action={ "/reviews/" (view.review.number) "/decide" } novalidate {
                    (token(visitor))
                    input type="hidden" name="bet" value=(key);
                    input type="hidden" name="revision" value=(item.map_or(0, |item| item.revision));
                    (Field::new(&choice_name, "What happens to this bet?")
                        .value(kept(&choice_name, item.map_or("", |item| item.decision.as_str()))).radios(&options, errors))
                    (Field::new(&reason_name, "Why (one sentence the sponsor will read)")
                        .hint("Against the gate: at least 40 characters, and it stays marked.")
                        .value(kept(&reason_name, item.map_or("", |item| item.reason.as_str()))).area(2, errors))
                    button.btn type="submit" { @if item.is_some() { "Change the decision" } @else { "Record the decision" } }
                }
            }
        }
    }
}

fn close_form(visitor: &Visitor, view: &ReviewView, fields: &Fields, errors: &Errors) -> Markup {
    let standing = &view.standing;
    let calendar = standing.strategy().program.calendar;
    let suggested = calendar
        .last_day(calendar.containing(standing.today))
        .saturating_add(jiff::Span::new().days(3));
    let next = if fields.has("next") {
        fields.get("next").to_owned()
    } else {
        suggested.to_string()
    };
    let undecided = view.undecided();
    html! {
        h2 { "Close the review" }
        form method="post" action={ "/reviews/" (view.review.number) "/close" } novalidate {
            (token(visitor))
            input type="hidden" name="revision" value=(view.review.revision);
            (Field::new("next", "The next review is on").kind("date").value(next).input(errors))
            (Field::new("minutes", "Minutes: what should be remembered").value(fields.get("minutes")).area(3, errors))
            @if !undecided.is_empty() {
                div.choice {
                    input type="checkbox" name="park" id="park" value="yes";
                    label for="park" { "Park what nobody decided: " (undecided.iter().map(|bet| bet.name.as_str()).collect::<Vec<_>>().join(", ")) }
                }
            }
            button.btn.primary type="submit" { "Close the review" }
        }
    }
}

fn past_list(reviews: &[Review]) -> Markup {
    let closed: Vec<&Review> = reviews.iter().filter(|review| review.closed_at.is_some()).collect();
    html! {
        @if !closed.is_empty() {
            h2 { "Past reviews" }
            ul { @for review in closed {
                li { a href={ "/reviews/" (review.number) } { "Review of " (review.cycle) }
                    @if let Some(at) = review.closed_at { ", closed on " (numbers::date(day_of(at))) } }
            } }
        }
    }
}

/// `GET /reviews/{number}`: the minutes of a review.
pub async fn past(State(office): State<Arc<Office>>, visitor: Visitor, Path(number): Path<i64>) -> Answer {
    let view = office.review(&visitor.actor, number).await?;
    let standing = &view.standing;
    let minutes = view
        .review
        .minutes
        .as_deref()
        .and_then(|json| serde_json::from_str::<serde_json::Value>(json).ok());
    let minutes = minutes
        .as_ref()
        .and_then(|value| value.get("minutes"))
        .and_then(|value| value.as_str())
        .unwrap_or("");
    let title = format!("Review of {}", view.review.cycle);
    let body = html! {
        p.breadcrumb { a href="/review" { "Review" } }
        h1 { (title) }
        p.lede {
            @match view.review.closed_at {
                Some(at) => { "Closed on " (numbers::date(day_of(at))) @if let Some(by) = &view.review.closed_by { " by " (standing.name(by)) } "." },
                None => "This review is open.",
            }
            @if let Some(next) = view.review.next_review { " The next one is on " (numbers::date(next)) "." }
        }
        h2 { "Decisions" }
        ul.log { @for item in &view.items { li {
            p { strong { a href={ "/bets/" (item.bet) } { (standing.bet(&item.bet).map_or(item.bet.as_str(), |bet| bet.name.as_str())) } } " – " (reporting::measure_name(&item.decision)) ", by " (standing.name(&item.decided_by)) }
            p { (item.reason) }
        } } }
        @if view.items.is_empty() { p.dim { "Nothing was decided in it by anybody." } }
        @if !minutes.is_empty() { h2 { "Minutes" } p { (minutes) } }
    };
    Ok(page(
        &visitor.frame,
        layout::inside(&visitor, Place::Review, &title, &body),
    ))
}

/// `GET /reviews/{number}/pre-read`
pub async fn pre_read(State(office): State<Arc<Office>>, visitor: Visitor, Path(number): Path<i64>) -> Answer {
    let sheet = office.pre_read(&visitor.actor, Some(number)).await?;
    let body = html! { p.breadcrumb.noprint { a href="/review" { "Review" } } h1 { (sheet.title()) } (pre_read::html(&sheet, "pre-read")) };
    Ok(page(
        &visitor.frame,
        layout::inside(&visitor, Place::Review, "Pre-read", &body),
    ))
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

/// `POST /reviews/{number}/decide`
pub async fn decide(State(office): State<Arc<Office>>, Path(number): Path<i64>, signed: Signed) -> Answer {
    let Signed { visitor, fields } = &signed;
    visitor.must(Permission::Decide)?;
    let key = fields.get("bet");
    let (reason, choice) = (format!("reason-{key}"), format!("choice-{key}"));
    let revision = fields.get("revision").parse().unwrap_or(0);
    let mut errors = Errors::default();
    match Choice::from_word(fields.get(&choice)) {
        None => errors.add(&choice, "Choose what happens to this bet"),
        Some(decided) => {
            let done = office
                .decide_in_review(&visitor.actor, number, key, decided, fields.get(&reason), revision)
                .await;
            match done {
                Ok(item) => {
                    return Ok(redirect_saying(
                        "/review",
                        &format!("The decision is recorded: {}.", item.decision),
                    ));
                }
                Err(refusal) if refusal.code == Code::NotAllowed => return Err(Failure::on(&visitor.frame, refusal)),
                Err(refusal) => errors.add(&reason, &refusal.message),
            }
        }
    }
    Ok(refused(422, review_page(&office, visitor, fields, &errors).await?))
}

/// `POST /reviews/{number}/close`
pub async fn close(State(office): State<Arc<Office>>, Path(number): Path<i64>, signed: Signed) -> Answer {
    let Signed { visitor, fields } = &signed;
    visitor.must(Permission::Decide)?;
    let mut errors = Errors::default();
    let next_review = errors.require_date(fields, "next", "Give the day of the next review");
    if errors.is_empty() {
        let closing = Closing {
            revision: fields.get("revision").parse().unwrap_or(0),
            next_review,
            park_undecided: fields.get("park") == "yes",
            minutes: fields.get("minutes").to_owned(),
        };
        match office.close_review(&visitor.actor, number, closing).await {
            Ok(review) => {
                let said = format!(
                    "The review of {} is closed. Its decisions are in the draft; ask for a signature of the next version.",
                    review.cycle
                );
                return Ok(redirect_saying("/", &said));
            }
            Err(refusal) if refusal.code == Code::NotAllowed => return Err(Failure::on(&visitor.frame, refusal)),
            Err(refusal) => errors.add("next", &refusal.message),
        }
    }
    Ok(refused(409, review_page(&office, visitor, fields, &errors).await?))
}
