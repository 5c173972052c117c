//! What speaks for and against a bet, from the facts and from notes, and what was decided about it: as sections of its page
//! and as pages of their own.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use beachhead_office::ledger::{Decision, Effect, Note};
use beachhead_office::scheduling::RESCHEDULED;
use beachhead_office::speaks::facts_say;
use beachhead_office::strategy::Bet;
use beachhead_office::{Office, Permission, Standing, reporting};
use beachhead_press::numbers;
use beachhead_press::tag::{Tag, Tone};
use maud::{Markup, html};

use crate::answer::{Answer, Failure, page, redirect_saying};
use crate::form::{Errors, Field, Signed, token};
use crate::layout::{self, Place};
use crate::visitor::Visitor;
use crate::{AsOf, day_of};

/// Notes and decisions that a bet's own page shows; the others are on theirs.
pub const SHOWN: usize = 6;

fn effect_tag(effect: Effect) -> Tag {
    match effect {
        Effect::For => Tag::new(Tone::Positive, Some('▲'), "For"),
        Effect::Against => Tag::new(Tone::Negative, Some('▼'), "Against"),
        Effect::Neutral => Tag::new(Tone::Muted, Some('●'), "Neutral"),
    }
}

/// What was decided and noted about a bet, oldest first; looking back, up to that day and no later.
pub async fn known(
    office: &Office,
    visitor: &Visitor,
    standing: &Standing,
    key: &str,
) -> Result<(Vec<Decision>, Vec<Note>), Failure> {
    let mut decisions = office.decisions_on(&visitor.actor, key).await?;
    let mut notes = office.notes(&visitor.actor, key).await?;
    if let Some(day) = standing.looked_back {
        decisions.retain(|entry| entry.decision.on <= day);
        notes.retain(|note| note.note.on <= day);
    }
    Ok((decisions, notes))
}

/// For and against: what the facts say today, then what people noted, newest first; at most so many of them.
pub fn section(visitor: &Visitor, standing: &Standing, bet: &Bet, notes: &[Note], most: Option<usize>) -> Markup {
    let facts = facts_say(standing, bet);
    html! {
        h2 id="evidence" { "Evidence for and against" }
        @if facts.is_empty() && notes.is_empty() {
            p.dim { "Nothing yet. Once targets are worked the facts speak here, and what a partner or a customer says belongs here too." }
        } @else {
            div.scroll tabindex="0" role="region" aria-label="Evidence" { table {
                caption.dim { "What the facts say, then what was noted, most recent first" }
                thead { tr { th scope="col" { "Date" } th scope="col" { "What we saw" } th scope="col" { "Source" } th scope="col" { "Effect" } } }
                tbody {
                    @for said in &facts { tr {
                        td.nowrap { (numbers::date(said.on)) } td { (said.words) }
                        td { a href=(said.href) { "Facts" } } td { (effect_tag(said.effect).html()) }
                    } }
                    @for note in notes.iter().rev().take(most.unwrap_or(usize::MAX)) { tr {
                        td.nowrap { (numbers::date(note.note.on)) } td { (note.note.words) }
                        td { (note.note.source.as_deref().unwrap_or("Note")) ", " (standing.name(&note.by)) }
                        td { (effect_tag(note.note.effect).html()) }
                    } }
                }
            } }
        }
        (all_of(bet, "evidence", notes.len(), most))
        @if visitor.actor.role.may(Permission::Run) && standing.looked_back.is_none() { (add_form(visitor, standing, bet)) }
    }
}

/// The way to the others, where not all are shown.
fn all_of(bet: &Bet, what: &str, n: usize, most: Option<usize>) -> Markup {
    html! {
        @if most.is_some_and(|most| n > most) {
            p.noprint { a href={ "/bets/" (bet.key()) "/" (what) } { "All " (n) } }
        }
    }
}

fn add_form(visitor: &Visitor, standing: &Standing, bet: &Bet) -> Markup {
    let effects: Vec<(String, String)> = [("for", "▲ For"), ("against", "▼ Against"), ("neutral", "● Neutral")]
        .into_iter()
        .map(|(value, words)| (value.to_owned(), words.to_owned()))
        .collect();
    let none = Errors::default();
    html! {
        details.noprint {
            summary { "Add evidence" }
            // A browser opens what a link leads into.
            form id="add-evidence" method="post" action={ "/bets/" (bet.key()) "/evidence" } novalidate {
                (token(visitor))
                (Field::new("words", "What did you see?").area(2, &none))
                (Field::new("on", "On which day?").kind("date").value(standing.today).input(&none))
                (Field::new("effect", "Does it speak for or against the bet?").value("neutral").radios(&effects, &none))
                (Field::new("source", "Where does it come from?").hint("A meeting, a mail, a call").input(&none))
                button.btn type="submit" { "Add it" }
            }
        }
    }
}

/// The register of a bet, newest first; at most so many entries.
pub fn register(standing: &Standing, bet: &Bet, decisions: &[Decision], most: Option<usize>) -> Markup {
    html! {
        h2 id="decisions" { "Decisions" }
        @if decisions.is_empty() { p.dim { "None yet. Each stands here for good, with its reason and the evidence of its day." } }
        @else {
            ol.log reversed { @for entry in decisions.iter().rev().take(most.unwrap_or(usize::MAX)) { li {
                p {
                    strong { (what_of(entry)) }
                    " on " (numbers::date(entry.decision.on)) " by " (standing.name(&entry.decision.decided_by))
                    @if let Some(review) = entry.decision.review { " in " a href={ "/reviews/" (review) } { "review " (review) } }
                    @if entry.decision.against_gate { " " (Tag::new(Tone::Caution, Some('◆'), "Against the gate").html()) }
                }
                p { (entry.decision.reason) }
                @if let Some(words) = evidence_words(&entry.decision.evidence) { p.dim { "Evidence of the day: " (words) } }
            } } }
        }
        (all_of(bet, "decisions", decisions.len(), most))
    }
}

fn what_of(entry: &Decision) -> String {
    let to = entry
        .decision
        .to
        .as_deref()
        .map(reporting::measure_name)
        .unwrap_or_default();
    match entry.decision.kind.as_str() {
        "continue" => format!("{to}, continued,"),
        RESCHEDULED => "Moved in the draft".to_owned(),
        _ => to,
    }
}

/// What the judge said on the day of a decision.
pub fn evidence_words(json: &str) -> Option<String> {
    let value: serde_json::Value = serde_json::from_str(json).ok()?;
    Some(value.get("why")?.as_str()?.to_owned())
}

/// `GET /bets/{bet}/evidence`
pub async fn evidence_page(
    State(office): State<Arc<Office>>,
    visitor: Visitor,
    Path(key): Path<String>,
    Query(as_of): Query<AsOf>,
) -> Answer {
    let standing = office.standing(&visitor.actor, as_of.day()?).await?;
    let (_, notes) = known(&office, &visitor, &standing, &key).await?;
    let shown = |bet: &Bet| section(&visitor, &standing, bet, &notes, None);
    part_page(&visitor, &standing, &key, &as_of, "Evidence", shown)
}

/// `GET /bets/{bet}/decisions`
pub async fn decisions_page(
    State(office): State<Arc<Office>>,
    visitor: Visitor,
    Path(key): Path<String>,
    Query(as_of): Query<AsOf>,
) -> Answer {
    let standing = office.standing(&visitor.actor, as_of.day()?).await?;
    let (decisions, _) = known(&office, &visitor, &standing, &key).await?;
    let shown = |bet: &Bet| register(&standing, bet, &decisions, None);
    part_page(&visitor, &standing, &key, &as_of, "Decisions", shown)
}

fn part_page(
    visitor: &Visitor,
    standing: &Standing,
    key: &str,
    as_of: &AsOf,
    part: &str,
    shown: impl FnOnce(&Bet) -> Markup,
) -> Answer {
    let bet = standing
        .bet(key)
        .map_err(|refusal| Failure::on(&visitor.frame, refusal))?;
    let title = format!("{part} of {}", bet.name);
    let body = html! {
        p.breadcrumb { a href="/bets" { "Bets" } " · " a href=(as_of.on(&format!("/bets/{key}"))) { (bet.name) } }
        h1 { (bet.name) }
        (as_of.banner_on(&visitor.frame, standing))
        (shown(bet))
    };
    Ok(page(
        &visitor.frame,
        layout::inside(visitor, Place::Bets, &title, &body),
    ))
}

/// `POST /bets/{bet}/evidence`
pub async fn add(State(office): State<Arc<Office>>, Path(key): Path<String>, signed: Signed) -> Answer {
    let Signed { visitor, fields } = &signed;
    let on = fields
        .get("on")
        .parse()
        .unwrap_or_else(|_| day_of(office.surroundings().now()));
    let effect = match fields.get("effect") {
        "for" => Effect::For,
        "against" => Effect::Against,
        _ => Effect::Neutral,
    };
    let source = Some(fields.get("source").to_owned()).filter(|text| !text.is_empty());
    office
        .add_note(&visitor.actor, &key, on, fields.get("words"), effect, source)
        .await
        .map_err(|refusal| Failure::on(&visitor.frame, refusal))?;
    Ok(redirect_saying(
        &format!("/bets/{key}#evidence"),
        "The evidence is added.",
    ))
}
