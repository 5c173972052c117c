//! The targets behind a step of a bet's funnel or its gate: who came into the step, who reached it, who is lost or still
//! may, each with the row that put it into the bet.

use std::sync::Arc;

use axum::extract::{Query, State};
use beachhead_office::facts::measure::{Origin, TargetFate};
use beachhead_office::strategy::Bet;
use beachhead_office::tracing::{AtStep, file_names, origin_of, targets as find};
use beachhead_office::{Office, Refusal, Standing};
use beachhead_press::numbers;
use maud::{Markup, html};

use super::asked::Asked;
use super::download::Ending;
use super::{day, download, opportunity_href, place, snapshot};
use crate::answer::{Answer, page};
use crate::layout::{self, Place};
use crate::visitor::Visitor;

struct Found<'a> {
    bet: &'a Bet,
    /// The place of the step among those of the motion.
    step: Option<usize>,
    words: String,
    targets: Vec<&'a TargetFate>,
}

fn found<'a>(standing: &'a Standing, asked: &Asked) -> Result<Found<'a>, Refusal> {
    let step = Some(asked.get("step")).filter(|step| !step.is_empty());
    let came_to = match asked.get("came_to") {
        "" => AtStep::Entered,
        word => AtStep::from_name(word).ok_or_else(|| {
            let known = AtStep::ALL.map(AtStep::name).join(", ");
            Refusal::bad_input(
                format!("“{word}” is not what a target comes to"),
                format!("There are {known}."),
            )
        })?,
    };
    let (bet, targets) = find(standing, asked.get("bet"), step, came_to)?;
    let words = match (step, came_to) {
        (None, _) => "entered the bet".to_owned(),
        (Some(step), AtStep::Entered) => format!("came as far as the step “{step}”, which they had to reach next"),
        (Some(step), AtStep::Reached) => format!("reached “{step}”"),
        (Some(step), AtStep::Lost) => format!("were lost before “{step}”"),
        (Some(step), AtStep::Open) => format!("have not reached “{step}” and still may"),
    };
    Ok(Found {
        bet,
        step: step.and_then(|step| bet.motion.steps.iter().position(|other| other.name == step)),
        words,
        targets,
    })
}

/// `GET /evidence/targets`
pub async fn show(
    State(office): State<Arc<Office>>,
    visitor: Visitor,
    Query(query): Query<Vec<(String, String)>>,
) -> Answer {
    let asked = Asked::new(query);
    let standing = office.standing(&visitor.actor, asked.day()?).await?;
    let found = found(&standing, &asked)?;
    let n = numbers::plural(found.targets.len() as u64, "target", "targets");
    let body = html! {
        p.breadcrumb { a href={ "/bets/" (found.bet.key()) } { (found.bet.name) } }
        h1 { "Targets" }
        (asked.as_of().banner_on(&visitor.frame, &standing))
        p.lede {
            (n) " of " (found.bet.name) " " (found.words) ", as known on " (numbers::date(known_to(&standing, found.bet)))
            @if let Some(facts) = &standing.facts { ", from snapshot " (snapshot(facts)) } "."
        }
        p.dim { "Imported progress and what people said of a target put it into a bet; an opportunity created since, and a win, are seen in the CRM's rows by themselves. Of two days for a step the first counts." }
        p.inline-links {
            a href={ "/evidence/targets.csv?" (asked.query_without(&[])) } { "Download as CSV" } " "
            a href={ "/evidence/targets.xlsx?" (asked.query_without(&[])) } { "Download as XLSX" }
        }
        (table(&standing, &asked, &found))
    };
    Ok(page(
        &visitor.frame,
        layout::inside(&visitor, Place::Bets, "Targets", &body),
    ))
}

/// The day up to which a bet is known.
fn known_to(standing: &Standing, bet: &Bet) -> jiff::civil::Date {
    standing.judged(&bet.name).map_or(standing.as_of, |judged| judged.as_of)
}

fn table(standing: &Standing, asked: &Asked, found: &Found<'_>) -> Markup {
    let files = standing.facts.as_ref().map_or_else(Vec::new, |facts| file_names(facts));
    let reached = |target: &TargetFate| found.step.and_then(|step| target.reached.get(step).copied().flatten());
    let progress = |target: &TargetFate| crate::targets::address(&found.bet.key(), &target.account);
    html! {
        div.scroll tabindex="0" role="region" aria-label="Targets" { table.dense {
            thead { tr {
                th scope="col" { "Account" } th scope="col" { "Partner" } th scope="col" { "Entered" }
                @if let Some(step) = found.step { th scope="col" { "Reached “" (found.bet.motion.steps[step].name) "”" } }
                th scope="col" { "Lost" } th scope="col" { "Opportunity" } th scope="col" { @if found.step.is_some() { "Where its day stands" } @else { "Where its entry stands" } }
            } }
            tbody { @for target in &found.targets { tr {
                th scope="row" { a href=(progress(target)) { (target.account_name) } }
                td { (target.partner.as_deref().unwrap_or("–")) }
                td.nowrap { (numbers::date(target.entered)) }
                @if found.step.is_some() { td.nowrap { (day(reached(target))) } }
                td.nowrap { (day(target.lost_on)) }
                td { @if let Some(id) = &target.opportunity_id { a href=(opportunity_href(id, asked.get("as_of"))) { (id) } } }
                td.nowrap { (from(standing, found, &files, target)) }
            } } }
        } }
    }
}

/// Where the day stands that was asked for: a row of a file, what somebody said, or the CRM by itself.
fn from(standing: &Standing, found: &Found<'_>, files: &[String], target: &TargetFate) -> Markup {
    html! { @match origin_of(target, found.step) {
        Origin::Row { file, row } => (place(files, file, row)),
        Origin::Said(number) => a href={ (crate::targets::address(&found.bet.key(), &target.account)) "#step-" (number) } {
            "Step " (number)
            @if let Some(said) = standing.said.row(number) { ", said by " (standing.name(&said.by)) }
        },
        Origin::Opportunity => "The opportunity itself",
    } }
}

/// `GET /evidence/targets.csv`, `GET /evidence/targets.xlsx`
pub async fn file(
    State(office): State<Arc<Office>>,
    visitor: Visitor,
    Ending(format): Ending,
    Query(query): Query<Vec<(String, String)>>,
) -> Answer {
    let asked = Asked::new(query);
    let standing = office.standing(&visitor.actor, asked.day()?).await?;
    let found = found(&standing, &asked)?;
    let title = format!("Targets of {} that {}", found.bet.name, found.words);
    let rows = office.targets_file(&visitor.actor, &standing, &found.targets, found.step, title);
    download::answer("targets", format, rows.await?).await
}
