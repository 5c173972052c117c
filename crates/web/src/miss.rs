//! Why are we behind, or ahead? The outcome against the signed plan, split into its parts.

use std::sync::Arc;

use axum::extract::{Query, State};
use beachhead_office::missing::{Line, Missed};
use beachhead_office::strategy::bet::slug;
use beachhead_office::{Code, Office, Refusal, Standing, reporting};
use beachhead_press::chart::Frame;
use beachhead_press::chart::waterfall::{self, Group, Level, Part, Waterfall};
use beachhead_press::numbers;
use maud::{Markup, html};

use crate::AsOf;
use crate::answer::{Answer, page};
use crate::layout::{self, Place};
use crate::visitor::Visitor;

/// `GET /miss`
pub async fn show(State(office): State<Arc<Office>>, visitor: Visitor, Query(as_of): Query<AsOf>) -> Answer {
    let standing = office.standing(&visitor.actor, as_of.day()?).await?;
    let answer = match office.miss(&visitor.actor, &standing).await {
        Ok(missed) => explained(&standing, &missed),
        Err(refusal) if refusal.code == Code::Conflict => not_yet(&refusal),
        Err(refusal) => return Err(refusal.into()),
    };
    let body = html! {
        p.breadcrumb { a href="/" { "Strategy" } }
        h1 { "Why are we behind, or ahead?" }
        (as_of.banner_on(&visitor.frame, &standing))
        (answer)
    };
    Ok(page(
        &visitor.frame,
        layout::inside(&visitor, Place::Strategy, "Behind or ahead of the plan", &body),
    ))
}

fn explained(standing: &Standing, missed: &Missed) -> Markup {
    html! {
        p.lede { (missed.says) }
        (waterfall::draw(&drawn(standing, missed)))
        h2 { "How it is split" }
        p { "The plan is the signed one: targets by the sequence, each step at the mean of its range and after its weeks, deals at their mean value. Part by part, the plan's figure gives way to what happened: first how many targets were worked, then how much of that is due by now, then each step among those due, then what a deal was worth. So the parts add up to the difference, and what is only not due yet is not held against a step." }
        p { a href="/roadmap" { "What is still to come is on the Roadmap" } "." }
    }
}

fn not_yet(refusal: &Refusal) -> Markup {
    html! {
        p.lede { (refusal.message) "." }
        p { "Once a plan is signed and facts are imported, this page says what the difference between them is made of: targets worked, what is due by now, each step, and the value of a deal. " (refusal.hint) }
        p { a.btn.primary href="/data" { "Import a file" } }
        div.example aria-hidden="true" { p { strong { "Example: " } "USD 240 000 behind the plan; USD 180 000 of it is that 40 fewer targets were worked in HRIS co-sell than planned." } }
    }
}

fn drawn(standing: &Standing, missed: &Missed) -> Waterfall {
    let strategy = standing.strategy();
    let mut groups: Vec<Group> = Vec::new();
    for line in missed.lines.iter().filter(|line| line.amount != 0) {
        let name = line.bet.as_deref().unwrap_or("Outside of the bets");
        if groups.last().is_none_or(|group| group.name != name) {
            groups.push(Group {
                name: name.to_owned(),
                href: line.bet.as_deref().map(|bet| format!("/bets/{}", slug(bet))),
                parts: Vec::new(),
            });
        }
        if let Some(group) = groups.last_mut() {
            group.parts.push(part(line));
        }
    }
    let day = numbers::date(missed.day);
    let measure = reporting::measure_name(&strategy.outcome.measure);
    let mut frame = Frame::new(
        "miss",
        format!(
            "{measure} from {}: from the plan to what came",
            numbers::date(missed.since)
        ),
    );
    frame.note = Some(format!(
        "Facts of {}. Each number leads to the rows behind it.",
        numbers::date(standing.as_of)
    ));
    Waterfall {
        frame,
        of: strategy.program.currency.to_string(),
        from: Level {
            name: format!("Planned by {day}"),
            value: real(missed.miss.planned),
            href: Some("/roadmap".into()),
        },
        groups,
        to: Level {
            name: format!("Came by {day}"),
            value: real(missed.miss.actual),
            href: Some(standing.outcome_link()),
        },
    }
}

fn part(line: &Line) -> Part {
    Part {
        name: line.name.clone(),
        amount: real(line.amount),
        says: line.says.clone(),
        href: Some(line.href.clone()),
    }
}

/// Whole units of a currency as a real number: exact up to 2^53 of them.
#[expect(clippy::cast_precision_loss, reason = "amounts are far below 2^53 units")]
const fn real(units: i64) -> f64 {
    units as f64
}
