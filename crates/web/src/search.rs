//! Search: places, bets, cells, partners, accounts and help by name, as a page of its own; a script shows the same in a box
//! over any page. Must not look anything up itself.

use std::sync::Arc;

use axum::extract::{Query, State};
use beachhead_office::Office;
use beachhead_office::searching::{Found, Kind};
use beachhead_press::numbers;
use maud::html;
use serde::Deserialize;

use crate::answer::{Answer, Failure, page};
use crate::help;
use crate::layout::{self, Place};
use crate::visitor::Visitor;

/// What is looked for.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    q: String,
}

/// Pages that are no places and have no record, with the words that they are also found by.
const PAGES: &[(&str, &str, &str)] = &[
    ("The written strategy", "/strategy/written", "toml text draft edit"),
    ("Segments", "/segments", "rules accounts"),
    ("Propose a bet", "/bets/new", "new"),
    ("What if an assumption is off", "/roadmap/assumptions", "tornado"),
    ("Explain a miss", "/miss", "why behind ahead"),
    ("Import files", "/data", "upload crm salesforce hubspot csv xlsx"),
    ("Sources, columns and drift", "/data/sources", "freshness stale"),
    (
        "Accounts in common with partners",
        "/mapping",
        "overlap matches account mapping",
    ),
    ("Pairs of accounts to review", "/data/matches", "match queue"),
    ("Attribution", "/data/attribution", "sourced influenced policy"),
    ("Exports", "/data/exports", "download everything csv xlsx"),
    ("Conversion by month", "/evidence/cohorts", "cohorts"),
    ("Deals with a partner against those without", "/evidence/lift", "lift"),
    ("Opportunities", "/evidence", "rows deals"),
    ("Your account", "/account", "password theme keys sessions sign out"),
    (
        "Your second factor",
        "/account/second-factor",
        "totp authenticator code recovery phone two-factor",
    ),
    ("People and roles", "/settings/people", "invite user"),
    (
        "Sign-in",
        "/settings/sign-in",
        "password second factor reset rules sessions",
    ),
    ("Backups", "/settings/backups", "restore"),
    ("Audit log", "/settings/audit", "history who changed"),
    (
        "Calendar, cycle and team hours",
        "/settings/program",
        "fiscal year quarter currency",
    ),
    ("Limits", "/settings/limits", "largest maximum"),
];

/// A link and a word more about it.
struct Line {
    name: String,
    says: String,
    address: String,
}

/// `GET /search`
pub async fn show(State(office): State<Arc<Office>>, visitor: Visitor, Query(asked): Query<Asked>) -> Answer {
    let found = office.search(&visitor.actor, &asked.q).await;
    let found = found.map_err(|refusal| Failure::on(&visitor.frame, refusal))?;
    let groups = groups(&asked.q, found);
    let of: usize = groups.iter().map(|(_, lines)| lines.len()).sum();
    let body = html! {
        h1 { "Search" }
        div data-search-box {
            form.filters method="get" action="/search" role="search" {
                div.field {
                    label for="q" { "A place, a bet, a cell, a partner, an account, or a word of help" }
                    input type="search" id="q" name="q" value=(asked.q) autocomplete="off" maxlength="100";
                }
                button.btn.primary type="submit" { "Search" }
            }
            div data-found {
                p.lede role="status" {
                    @if asked.q.trim().is_empty() { "Type part of a name. These are the places." }
                    @else if of == 0 { "Nothing has a name with “" (asked.q.trim()) "” in it. Try fewer letters." }
                    @else { (numbers::plural(of as u64, "name holds", "names hold")) " “" (asked.q.trim()) "”." }
                }
                @for (heading, lines) in &groups {
                    h2 { (heading) }
                    ul.plain { @for line in lines { li {
                        a href=(line.address) { (line.name) } @if !line.says.is_empty() { " " span.dim { (line.says) } }
                    } } }
                }
            }
        }
    };
    Ok(page(&visitor.frame, layout::inside(&visitor, None, "Search", &body)))
}

/// What is found, under headings: places and pages, records, help. Without a word: the places.
fn groups(text: &str, found: Vec<Found>) -> Vec<(&'static str, Vec<Line>)> {
    let words: Vec<String> = text.to_lowercase().split_whitespace().map(str::to_owned).collect();
    let holds = |texts: &[&str]| {
        let all = texts.join(" ").to_lowercase();
        words.iter().all(|word| all.contains(word.as_str()))
    };
    let line = |name: &str, says: &str, address: String| Line {
        name: name.to_owned(),
        says: says.to_owned(),
        address,
    };
    let mut places: Vec<Line> = Place::MENU
        .iter()
        .filter(|(_, name, ..)| holds(&[name]))
        .map(|(_, name, address, key)| line(name, &format!("g {key}"), (*address).to_owned()))
        .collect();
    let mut groups = Vec::new();
    if words.is_empty() {
        groups.push(("Places", places));
        return groups;
    }
    let pages = PAGES.iter().filter(|(name, _, also)| holds(&[name, also]));
    places.extend(pages.map(|(name, address, _)| line(name, "", (*address).to_owned())));
    groups.push(("Places and pages", places));
    for kind in Kind::ALL {
        let of_kind = found.iter().filter(|one| one.kind == kind);
        let lines = of_kind.map(|one| line(&one.name, &one.says, one.address.clone()));
        groups.push((kind.plural(), lines.collect()));
    }
    let sections = help::SECTIONS
        .iter()
        .filter(|section| holds(&[section.name, section.answers, &section.says.join(" ")]));
    let sections = sections.map(|section| line(section.name, section.answers, format!("/help#{}", section.id)));
    groups.push(("Help", sections.collect()));
    groups.retain(|(_, lines)| !lines.is_empty());
    groups
}
