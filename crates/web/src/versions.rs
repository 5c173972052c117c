//! The versions of the strategy: the exact text of one, what changed between two of them in words, and the list.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Path, State};
use beachhead_office::ledger::{StrategyVersion, VersionState};
use beachhead_office::strategy::Change;
use beachhead_office::{Office, Refusal, Standing};
use beachhead_press::numbers;
use beachhead_press::tag::{Tag, Tone};
use maud::{Markup, html};

use crate::answer::{Answer, page};
use crate::day_of;
use crate::functions;
use crate::layout::{self, Place};
use crate::visitor::Visitor;

/// The word of an address for the draft, where it would name a version.
const DRAFT: &str = "draft";

/// Where a version stands, as a tag.
pub fn state_tag(state: VersionState) -> Tag {
    match state {
        VersionState::Asked => Tag::new(Tone::Caution, Some('◆'), "Waits for a signature"),
        VersionState::Signed => Tag::new(Tone::Positive, Some('★'), "Signed"),
        VersionState::SentBack => Tag::new(Tone::Negative, Some('✕'), "Sent back"),
        VersionState::Superseded => Tag::new(Tone::Muted, Some('■'), "Superseded"),
    }
}

/// All versions, newest first, each with what came of it and what it changed.
pub fn list(standing: &Standing) -> Markup {
    let versions = &standing.versions;
    html! {
        @if !versions.is_empty() {
            h2 { "Versions" }
            div.scroll tabindex="0" role="region" aria-label="Versions" { table {
                thead { tr { th scope="col" { "Version" } th scope="col" { "State" } th scope="col" { "Asked for" } th scope="col" { "What came of it" } th scope="col" { "What it changed" } } }
                tbody {
                    @for version in versions {
                        tr {
                            th scope="row" { a href={ "/strategy/" (version.number) } { "Version " (version.number) } }
                            td { (state_tag(version.state).html()) }
                            td { (standing.name(&version.asked_by)) ", " (numbers::date(day_of(version.asked_at))) }
                            td { (outcome_of(version, standing)) }
                            td { @if version.number > 1 { (between_link(version.number - 1, &version.number.to_string())) } @else { "the first" } }
                        }
                    }
                }
            } }
        }
    }
}

/// The way to what changed between two of them.
fn between_link(from: i64, to: &str) -> Markup {
    html! { a href={ "/strategy/" (from) ".." (to) } { "Since version " (from) } }
}

fn outcome_of(version: &StrategyVersion, standing: &Standing) -> Markup {
    html! {
        @if let Some(signature) = &version.signature {
            "Signed by " (standing.name(&signature.person)) ", " (numbers::date(day_of(signature.at)))
            @if let Some(conditions) = &signature.conditions { ", under the condition: " (conditions) }
        }
        @if let Some(comment) = &version.comment { (comment) }
    }
}

/// Changes by section, in the order in which the sections first come.
pub fn changed(changes: &[Change], heading: impl Fn(&str) -> Markup) -> Markup {
    let mut order: Vec<&str> = Vec::new();
    let mut sections: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for change in changes {
        if !order.contains(&change.section.as_str()) {
            order.push(&change.section);
        }
        sections.entry(&change.section).or_default().push(&change.words);
    }
    html! {
        @for section in order {
            (heading(section))
            ul { @for words in &sections[section] { li { (words) } } }
        }
    }
}

/// `GET /strategy/{number}`: a version as `3`, or what changed between two as `2..3` or `2..draft`.
pub async fn version(State(office): State<Arc<Office>>, visitor: Visitor, Path(named): Path<String>) -> Answer {
    if let Some((from, to)) = named.split_once("..") {
        let from = numbered(from)?;
        let to = if to == DRAFT { None } else { Some(numbered(to)?) };
        return between(&office, &visitor, from, to).await;
    }
    exact(&office, &visitor, numbered(&named)?).await
}

fn numbered(text: &str) -> Result<i64, Refusal> {
    let wrong = |_| {
        Refusal::not_found(
            format!("“{text}” is no version"),
            "Name one as /strategy/2, or two as /strategy/1..2. The front page lists them.",
        )
    };
    text.parse().map_err(wrong)
}

async fn exact(office: &Office, visitor: &Visitor, number: i64) -> Answer {
    let version = office.version(&visitor.actor, number).await?;
    let standing = office.standing(&visitor.actor, None).await?;
    let changes = match number > 1 {
        true => office.changes(&visitor.actor, Some(number - 1), Some(number)).await?,
        false => Vec::new(),
    };
    let title = format!("Version {number}");
    let body = html! {
        p.breadcrumb { a href="/" { "Strategy" } }
        h1 { (title) }
        p { (state_tag(version.state).html()) " " (outcome_of(&version, &standing)) }
        p.lede { "This is the exact text that a signature binds. It never changes." }
        p { "Asked for by " (standing.name(&version.asked_by)) " on " (numbers::date(day_of(version.asked_at))) ". SHA-256 " code { (version.sha256) } }
        @if !changes.is_empty() {
            h2 { "What changed since version " (number - 1) }
            (changed(&changes, |section| html! { h3 { (section) } }))
        }
        (functions::voices(&standing, number))
        h2 { "The text" }
        pre tabindex="0" { (version.text) }
    };
    Ok(page(
        &visitor.frame,
        layout::inside(visitor, Place::Strategy, &title, &body),
    ))
}

/// What changed from one version to another, or to the draft, in words.
async fn between(office: &Office, visitor: &Visitor, from: i64, to: Option<i64>) -> Answer {
    let changes = office.changes(&visitor.actor, Some(from), to).await?;
    let name = |number: i64| format!("version {number}");
    let later = to.map_or_else(|| "the draft".to_owned(), name);
    let title = format!("What changed from version {from} to {later}");
    let sections: std::collections::BTreeSet<&str> = changes.iter().map(|change| change.section.as_str()).collect();
    let body = html! {
        p.breadcrumb { a href="/" { "Strategy" } }
        h1 { (title) }
        p.lede {
            @if changes.is_empty() { "Nothing: they say the same, to the letter." }
            @else { (numbers::plural(changes.len() as u64, "change", "changes")) " in " (numbers::plural(sections.len() as u64, "section", "sections")) "; what is not listed here stayed as it was." }
        }
        p.inline-links {
            a href={ "/strategy/" (from) } { "Version " (from) }
            @if let Some(to) = to { " · " a href={ "/strategy/" (to) } { "Version " (to) } }
        }
        (changed(&changes, |section| html! { h2 { (section) } }))
    };
    Ok(page(
        &visitor.frame,
        layout::inside(visitor, Place::Strategy, &title, &body),
    ))
}
