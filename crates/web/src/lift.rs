//! Lift: do deals with a partner do better than like deals without? As counted, within strata and adjusted, with what
//! to know before believing it.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::IntoResponse;
use beachhead_office::foresight::lift::{Arm, Difference, Verdict};
use beachhead_office::lifting::{LiftQuestion, LiftView};
use beachhead_office::tracing::address;
use beachhead_office::{Code, Office, Refusal};
use beachhead_press::chart::Frame;
use beachhead_press::chart::interval::{self, Intervals, Reference, Row, Sample};
use beachhead_press::numbers::{self, Unit};
use beachhead_press::tag::{Tag, Tone};
use maud::{Markup, html};
use serde::Deserialize;

use crate::AsOf;
use crate::answer::{Answer, page};
use crate::form::{Errors, Field};
use crate::layout::{self, Place};
use crate::strategy::refused;
use crate::visitor::Visitor;

const TITLE: &str = "Lift of partner involvement";

/// What is compared, as the form writes it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    with: String,
    strata: String,
    as_of: String,
}

impl Asked {
    fn day(&self) -> AsOf {
        AsOf {
            as_of: self.as_of.clone(),
        }
    }

    fn question(&self) -> Result<LiftQuestion, Refusal> {
        let strata = self.strata.split(',').map(str::trim).filter(|name| !name.is_empty());
        Ok(LiftQuestion {
            with: Some(self.with.trim().to_owned()).filter(|rule| !rule.is_empty()),
            strata: strata.map(str::to_owned).collect(),
            as_of: self.day().day()?,
        })
    }
}

/// `GET /evidence/lift`
pub async fn show(State(office): State<Arc<Office>>, visitor: Visitor, Query(asked): Query<Asked>) -> Answer {
    let found = match asked.question() {
        Ok(question) => office.lift(&visitor.actor, question).await,
        Err(refusal) => Err(refusal),
    };
    let wrong = found.as_ref().err().filter(|refusal| refusal.code == Code::BadInput);
    let errors = wrong.map(Errors::from).unwrap_or_default();
    let body = html! {
        p.breadcrumb { a href="/where" { "Where to win" } }
        h1 { (TITLE) }
        (asked.day().banner(&visitor.frame))
        @match &found {
            Ok(view) => (answer(view, &asked)),
            Err(refusal) if refusal.code == Code::Conflict => (empty(refusal)),
            Err(_) => (errors.summary()),
        }
        (form(&asked, &errors))
    };
    let markup = layout::inside(&visitor, Place::Where, &errors.title(TITLE), &body);
    match found {
        Err(refusal) if refusal.code == Code::BadInput => Ok(refused(refusal.code.status(), markup)),
        Err(refusal) if refusal.code != Code::Conflict => Err(refusal.into()),
        _ => Ok(page(&visitor.frame, markup).into_response()),
    }
}

fn empty(refusal: &Refusal) -> Markup {
    html! {
        p.lede { (refusal.message) "." }
        p { "Here deals with a partner are held against like deals without: whether partners make the difference, or were given the better deals." }
        p { a.btn.primary href="/data" { "Import a file" } }
    }
}

fn answer(view: &LiftView, asked: &Asked) -> Markup {
    html! {
        p.lede { (view.says) }
        p { (verdict(view.lift.verdict).html()) " " span.source { "as of " (numbers::date(view.as_of)) } }
        (sides(view, asked))
        (chart(view))
        h2 { "What to know before believing it" }
        ul { @for note in &view.notes { li { (note) } } }
    }
}

fn verdict(verdict: Verdict) -> Tag {
    let (tone, glyph) = match verdict {
        Verdict::TooEarly => (Tone::Caution, '◆'),
        Verdict::Lift => (Tone::Positive, '▲'),
        Verdict::NoLift => (Tone::Muted, '●'),
        Verdict::Harm => (Tone::Negative, '▼'),
    };
    let word = verdict.word();
    let word = word[..1].to_uppercase() + &word[1..];
    Tag::new(tone, Some(glyph), word)
}

fn sides(view: &LiftView, asked: &Asked) -> Markup {
    let (with, without) = match &view.with {
        None => ("With a partner within four weeks".to_owned(), "Without".to_owned()),
        Some(rule) => (format!("Where {rule}"), "All others".to_owned()),
    };
    let day = asked.day().day().ok().flatten();
    let rule = view.with.as_deref().unwrap_or_default();
    let side = |name: &str, arm: &Arm, word: &str| {
        let rate = &arm.rate;
        let rows = |status: &str, open: &str| {
            address(
                "/evidence",
                &[("lift", word), ("rule", rule), ("status", status), ("open", open)],
                day,
            )
        };
        html! {
            tr {
                th scope="row" { (name) }
                td { a href=(rows("won", "")) { (numbers::count(rate.k)) } " of " a href=(rows("", "")) { (numbers::count(rate.n)) } }
                td {
                    @match rate.rate {
                        Some(found) => (Unit::Percent.with_range(found, rate.low, rate.high)),
                        None => "none decided",
                    }
                }
                td { a href=(rows("", "yes")) { (numbers::count(arm.open)) } }
            }
        }
    };
    html! {
        div.scroll tabindex="0" role="region" aria-label="Both sides" { table {
            caption { "Won of decided, with 95% ranges" }
            thead { tr { th scope="col" { "Deals" } th scope="col" { "Won" } th scope="col" { "Win rate" } th scope="col" { "Still open" } } }
            tbody { (side(&with, &view.lift.with, "with")) (side(&without, &view.lift.without, "without")) }
        } }
    }
}

/// The difference as counted, within strata and adjusted, one below the other.
fn chart(view: &LiftView) -> Markup {
    let lift = &view.lift;
    let decided = lift.with.rate.n + lift.without.rate.n;
    let row = |name: String, found: Difference, n: u64| Row {
        name,
        href: None,
        value: found.difference,
        low: found.low,
        high: found.high,
        sample: Sample::N(n),
        inconclusive: found.low <= 0.0 && 0.0 <= found.high,
    };
    let strata = lift.stratified.as_ref().map(|found| {
        let strata = numbers::plural(found.strata, "stratum", "strata");
        row(
            format!("Within {strata}"),
            found.difference,
            decided - found.alone.min(decided),
        )
    });
    let rows: Vec<Row> = [
        lift.naive.map(|found| row("As counted".into(), found, decided)),
        strata,
        lift.adjusted
            .map(|found| row("Adjusted".into(), found.difference, decided)),
    ]
    .into_iter()
    .flatten()
    .collect();
    if rows.is_empty() {
        return html! {};
    }
    let mut frame = Frame::new(
        "lift",
        finding(lift.naive, lift.adjusted.map(|adjusted| adjusted.difference)),
    );
    frame.note = Some("Points of win rate, with less without; 95% ranges. Grey: the range holds no difference.".into());
    html! {
        (interval::draw(&Intervals {
            frame, of: "Comparison".into(), measure: "Difference of win rates".into(), unit: Unit::Points,
            reference: Some(Reference { label: "no difference".into(), value: 0.0 }), rows,
        }))
    }
}

fn finding(naive: Option<Difference>, adjusted: Option<Difference>) -> String {
    let (Some(naive), Some(adjusted)) = (naive, adjusted) else {
        return "What is counted cannot be compared with like deals yet".into();
    };
    let (counted, alike) = (numbers::points(naive.difference), numbers::points(adjusted.difference));
    format!("{counted} as counted, {alike} among like deals")
}

fn form(asked: &Asked, errors: &Errors) -> Markup {
    html! {
        h2 { "Compare something else" }
        form method="get" action="/evidence/lift" novalidate {
            (Field::new("with", "Which deals are “with”")
                .hint("A rule over their columns, such as source = 'Partner'. Empty: a partner sourced or influenced it within four weeks.")
                .value(&asked.with).input(errors))
            (Field::new("strata", "Compare within")
                .hint("Fields with commas between, such as segment, region. Empty: segment, employees and source, as far as they are there.")
                .value(&asked.strata).input(errors))
            @if !asked.as_of.is_empty() { input type="hidden" name="as_of" value=(asked.as_of); }
            button.btn type="submit" { "Compare" }
        }
    }
}
