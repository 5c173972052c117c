//! What if an assumption is off? Each hour and prior that a person assumed, 40% either way, and whether the plan stands.

use std::sync::Arc;

use axum::extract::{Query, State};
use beachhead_office::foreseeing::describe;
use beachhead_office::what_if::{Assumed, Assumption, OFF_BY, OffBy, PRIORS_TRIED, Side};
use beachhead_office::{Code, Office, Standing, reporting};
use beachhead_press::chart::Frame;
use beachhead_press::chart::tornado::{self, Row, Tornado};
use beachhead_press::numbers;
use maud::{Markup, html};

use crate::AsOf;
use crate::answer::{Answer, page};
use crate::layout::{self, Place};
use crate::visitor::Visitor;

/// `GET /roadmap/assumptions`
pub async fn show(State(office): State<Arc<Office>>, visitor: Visitor, Query(as_of): Query<AsOf>) -> Answer {
    let standing = office.standing(&visitor.actor, as_of.day()?).await?;
    let answer = match office.off_by(&visitor.actor, &standing).await {
        Ok(off_by) => answer(&standing, &off_by),
        Err(refusal) if refusal.code == Code::Conflict => html! {
            p.lede { (refusal.message) "." }
            p { (refusal.hint) " Then this page says how far each assumption may be off before another plan is better." }
            p { a.btn.primary href="/bets" { "Go to the bets" } }
            div.example aria-hidden="true" { p { strong { "Example: " } "The plan stands unless set-up takes over 1.3 times its hours." } }
        },
        Err(refusal) => return Err(refusal.into()),
    };
    let body = html! {
        p.breadcrumb { a href="/roadmap" { "Roadmap" } }
        h1 { "What if an assumption is off?" }
        (as_of.banner_on(&visitor.frame, &standing))
        (answer)
    };
    Ok(page(
        &visitor.frame,
        layout::inside(&visitor, Place::Roadmap, "What if an assumption is off?", &body),
    ))
}

fn answer(standing: &Standing, off_by: &OffBy) -> Markup {
    let strategy = standing.strategy();
    let share = numbers::percent(OFF_BY);
    let changes: Vec<&Assumption> = off_by
        .assumptions
        .iter()
        .filter(|assumption| changes(assumption))
        .collect();
    let mut frame = Frame::new("assumptions", lede(&changes, &share));
    frame.note = Some(format!(
        "From {}. A plan stands while it loses less than 2% of the best, or no more than luck. Conversion is that of all steps together, of the first {PRIORS_TRIED} bets in the order; for a running bet it is the belief before what was seen of it.",
        numbers::date(standing.as_of)
    ));
    let drawing = Tornado {
        frame,
        measure: "What the best plan then brings beyond everything at once".into(),
        ends: [format!("{share} less"), format!("{share} more")],
        unit: reporting::unit(strategy, &strategy.outcome.measure),
        now: off_by.gain,
        rows: off_by
            .assumptions
            .iter()
            .map(|assumption| row(off_by, assumption))
            .collect(),
    };
    html! {
        p.lede { "Hours, taxes and priors are what people assumed. Here each is " (share) " less and " (share) " more, one at a time, and the plans are compared again." }
        p { "The best plan today: " (describe(&off_by.best, &off_by.bets)) "." }
        (tornado::draw(&drawing))
        p { a href="/roadmap#what-if" { "Try other figures" } }
    }
}

fn changes(assumption: &Assumption) -> bool {
    assumption.low.loses.is_some() || assumption.high.loses.is_some()
}

fn lede(changes: &[&Assumption], share: &str) -> String {
    match changes {
        [] => format!("The best plan stands whichever assumption is off by {share}"),
        [one] => format!("The best plan stands unless one is off: {}", one.name),
        many => format!(
            "{} assumptions change the best plan when they are off by {share}",
            many.len()
        ),
    }
}

/// A share in per cent, to three figures: an assumption is moved by less than a point.
fn percent(share: f64) -> String {
    format!("{}%", numbers::three_figures(share * 100.0))
}

fn row(off_by: &OffBy, assumption: &Assumption) -> Row {
    let breaks = |side: &Side, word: &str| {
        let factor = side.breaks_at?;
        let at = match &assumption.now {
            Assumed::Hours(now, bet) => format!(
                "{} hours in {bet} ({} assumed)",
                numbers::three_figures(now * factor),
                numbers::three_figures(*now)
            ),
            Assumed::Share(now) => format!("{} ({} assumed)", percent(now * factor), percent(*now)),
        };
        Some(format!("changes {word} {at}: {}", describe(&side.best, &off_by.bets)))
    };
    let breaks: Vec<String> = [breaks(&assumption.low, "below"), breaks(&assumption.high, "above")]
        .into_iter()
        .flatten()
        .collect();
    Row {
        name: assumption.name.clone(),
        ends: [assumption.low.gain.difference, assumption.high.gain.difference],
        says: if breaks.is_empty() {
            "stands".into()
        } else {
            breaks.join("; ")
        },
        changes: changes(assumption),
    }
}
