//! Strategy, the front page: what are we choosing, and what not? Its versions, their signatures, and the written form.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use beachhead_office::ledger::{StrategyVersion, VersionState};
use beachhead_office::strategy::findings::signable;
use beachhead_office::strategy::{Finding, Severity};
use beachhead_office::{Office, Permission, Standing, reporting};
use beachhead_press::numbers;
use beachhead_press::one_page;
use beachhead_press::tag::{Tag, Tone};
use maud::{Markup, html};

use crate::answer::{Answer, Failure, page, redirect, redirect_saying};
use crate::form::{Errors, Field, Signed, token};
use crate::layout::{self, Place};
use crate::visitor::Visitor;
use crate::{AsOf, day_of, name_of};

/// `GET /`
pub async fn front(State(office): State<Arc<Office>>, visitor: Visitor, Query(as_of): Query<AsOf>) -> Answer {
    let standing = office.standing(&visitor.actor, as_of.day()?).await?;
    if standing.draft.draft.text.is_empty() && standing.signed.is_none() {
        return Ok(if visitor.actor.role.may(Permission::Write) {
            redirect("/start")
        } else {
            page(&visitor.frame, nothing_yet(&visitor))
        });
    }
    let sheet = reporting::one_page_of(&standing, None);
    let body = html! {
        h1.noprint { "Strategy" }
        (as_of.banner())
        (next_step(&visitor, &standing))
        (one_page::html(&sheet, "page"))
        div.noprint {
            (findings(&visitor, &standing))
            (version_list(&standing))
        }
    };
    Ok(page(
        &visitor.frame,
        layout::inside(&visitor, Place::Strategy, "Strategy", &body),
    ))
}

fn nothing_yet(visitor: &Visitor) -> Markup {
    let body = html! {
        h1 { "Strategy" }
        p.lede { "No strategy has been written yet. The owner of this program starts one; it will stand here on one page." }
    };
    layout::inside(visitor, Place::Strategy, "Strategy", &body)
}

/// The one thing to do next here: sign, ask for a signature, or mend what stops one.
fn next_step(visitor: &Visitor, standing: &Standing) -> Markup {
    if let Some(asked) = &standing.asked {
        return signing(visitor, standing, asked);
    }
    let changed = standing
        .signed
        .as_ref()
        .is_none_or(|signed| signed.version.text != standing.draft.draft.text);
    if !changed || !visitor.actor.role.may(Permission::Write) {
        return html! {};
    }
    let can = signable(&standing.findings());
    html! {
        section.card.next-step.noprint aria-labelledby="next" {
            h2 id="next" { @if standing.signed.is_some() { "The draft has changed since it was signed" } @else { "This is a draft" } }
            @if let Some(signed) = &standing.signed {
                ul {
                    @for change in beachhead_office::strategy::diff(&signed.parsed.strategy, &standing.draft.parsed.strategy) {
                        li { strong { (change.section) } ": " (change.words) }
                    }
                }
            }
            @if can {
                p { "Nothing stops a signature. Once asked for, the text stands still until the sponsor signs it or sends it back." }
                form method="post" action="/strategy/ask" {
                    (token(visitor))
                    button.btn.primary type="submit" { "Ask for a signature" }
                }
            } @else {
                p { "Some findings stop a signature. " a href="#findings" { "Each says what would mend it" } "." }
            }
        }
    }
}

fn signing(visitor: &Visitor, standing: &Standing, asked: &StrategyVersion) -> Markup {
    let sponsor = visitor.actor.role.may(Permission::Sign);
    html! {
        section.card.next-step.noprint aria-labelledby="sign" {
            h2 id="sign" { "Version " (asked.number) " waits for a signature" }
            p {
                "Asked for by " (standing.name(&asked.asked_by)) " on " (numbers::date(day_of(asked.asked_at))) ". "
                a href={ "/strategy/" (asked.number) } { "Read the exact text" } " (SHA-256 " code { (&asked.sha256[..12]) } "…)."
            }
            @if sponsor {
                form method="post" action="/strategy/sign" {
                    (token(visitor))
                    input type="hidden" name="version" value=(asked.number);
                    input type="hidden" name="sha256" value=(asked.sha256);
                    (Field::new("conditions", "Conditions, if you set any").input(&Errors::default()))
                    button.btn.primary type="submit" { "Sign version " (asked.number) }
                }
                details {
                    summary { "Send it back instead" }
                    form method="post" action="/strategy/send-back" {
                        (token(visitor))
                        input type="hidden" name="version" value=(asked.number);
                        (Field::new("comment", "What should change").area(3, &Errors::default()))
                        button.btn type="submit" { "Send it back" }
                    }
                }
            } @else {
                p { "Somebody with the role sponsor signs it or sends it back." }
            }
        }
    }
}

/// The findings of the draft as a list; each links to the page that mends it.
fn findings(visitor: &Visitor, standing: &Standing) -> Markup {
    let found = standing.findings();
    let stops = found
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .count();
    html! {
        h2 id="findings" { "What the checker says" }
        @if found.is_empty() {
            p { "Nothing. The draft says a route and what it rules out, and every bet can be judged." }
        } @else {
            p.dim {
                @if stops == 0 { "Nothing stops a signature" } @else { (numbers::plural(stops as u64, "finding stops", "findings stop")) " a signature" }
                "; " (numbers::plural((found.len() - stops) as u64, "warning", "warnings")) "."
            }
            ul.findings {
                @for finding in &found { (one_finding(finding, visitor.actor.role.may(Permission::Write))) }
            }
        }
        @if visitor.actor.role.may(Permission::Write) {
            p.inline-links { a href="/strategy/written" { "Edit the written strategy" } " · " a href="/strategy/written.toml" { "Download it" } }
        }
    }
}

fn one_finding(finding: &Finding, editor: bool) -> Markup {
    let tag = match finding.severity {
        Severity::Error => Tag::new(Tone::Negative, Some('✕'), "Stops a signature"),
        Severity::Warning => Tag::new(Tone::Caution, Some('◆'), "Warning"),
    };
    html! {
        li.finding {
            p { (tag.html()) " " strong { (finding.message) } " " span.dim { (finding.code) " " (finding.name) } }
            p.dim { (finding.why) " " (finding.help) @if editor { " " a href=(mended_at(finding)) { "Go there" } } }
        }
    }
}

/// The page that mends a finding.
fn mended_at(finding: &Finding) -> &'static str {
    let path = finding.path.split(['[', '.']).next().unwrap_or("");
    match (finding.code, path) {
        ("S19", _) => "/review",
        ("S18", _) => "/data",
        (_, "cell") => "/where",
        ("S03" | "S16", _) => "/where",
        (_, "segment") => "/segments",
        (_, "bet") => "/bets",
        ("S01", _) => "/bets",
        _ => "/strategy/written",
    }
}

fn state_tag(state: VersionState) -> Tag {
    match state {
        VersionState::Asked => Tag::new(Tone::Caution, Some('◆'), "Waits for a signature"),
        VersionState::Signed => Tag::new(Tone::Positive, Some('★'), "Signed"),
        VersionState::SentBack => Tag::new(Tone::Negative, Some('✕'), "Sent back"),
        VersionState::Superseded => Tag::new(Tone::Muted, Some('■'), "Superseded"),
    }
}

fn version_list(standing: &Standing) -> Markup {
    let versions = &standing.versions;
    html! {
        @if !versions.is_empty() {
            h2 { "Versions" }
            div.scroll tabindex="0" role="region" aria-label="Versions" { table {
                thead { tr { th scope="col" { "Version" } th scope="col" { "State" } th scope="col" { "Asked for" } th scope="col" { "What came of it" } } }
                tbody {
                    @for version in versions {
                        tr {
                            th scope="row" { a href={ "/strategy/" (version.number) } { "Version " (version.number) } }
                            td { (state_tag(version.state).html()) }
                            td { (standing.name(&version.asked_by)) ", " (numbers::date(day_of(version.asked_at))) }
                            td { (outcome_of(version, &|id| standing.name(id).to_owned())) }
                        }
                    }
                }
            } }
        }
    }
}

fn outcome_of(version: &StrategyVersion, name: &dyn Fn(&str) -> String) -> Markup {
    html! {
        @if let Some(signature) = &version.signature {
            "Signed by " (name(&signature.person)) ", " (numbers::date(day_of(signature.at)))
            @if let Some(conditions) = &signature.conditions { ", under the condition: " (conditions) }
        }
        @if let Some(comment) = &version.comment { (comment) }
    }
}

/// `GET /strategy/{number}`: the exact text of a version, and what it changed.
pub async fn version(State(office): State<Arc<Office>>, visitor: Visitor, Path(number): Path<i64>) -> Answer {
    let version = office.version(&visitor.actor, number).await?;
    let changes = if number > 1 {
        office.changes(&visitor.actor, Some(number - 1), Some(number)).await?
    } else {
        Vec::new()
    };
    let people = office.people(&visitor.actor).await?;
    let name = |id: &str| name_of(&people, id);
    let title = format!("Version {number}");
    let body = html! {
        p.breadcrumb { a href="/" { "Strategy" } }
        h1 { (title) }
        p { (state_tag(version.state).html()) " " (outcome_of(&version, &name)) }
        p.lede { "This is the exact text that a signature binds. It never changes." }
        p { "SHA-256 " code { (version.sha256) } }
        @if !changes.is_empty() {
            h2 { "What changed since version " (number - 1) }
            ul { @for change in &changes { li { strong { (change.section) } ": " (change.words) } } }
        }
        h2 { "The text" }
        pre tabindex="0" { (version.text) }
    };
    Ok(page(
        &visitor.frame,
        layout::inside(&visitor, Place::Strategy, &title, &body),
    ))
}

/// `POST /strategy/ask`
pub async fn ask(State(office): State<Arc<Office>>, signed: Signed) -> Answer {
    let visitor = &signed.visitor;
    let asked = office
        .ask_signature(&visitor.actor)
        .await
        .map_err(|refusal| Failure::on(&visitor.frame, refusal))?;
    Ok(redirect_saying(
        "/",
        &format!("Version {} waits for the sponsor's signature.", asked.number),
    ))
}

/// `POST /strategy/sign`
pub async fn sign(State(office): State<Arc<Office>>, signed: Signed) -> Answer {
    let Signed { visitor, fields } = &signed;
    let number = fields.get("version").parse().unwrap_or(0);
    let conditions = Some(fields.get("conditions").to_owned()).filter(|text| !text.is_empty());
    let done = office
        .sign(&visitor.actor, number, fields.get("sha256"), conditions)
        .await;
    let version = done.map_err(|refusal| Failure::on(&visitor.frame, refusal))?;
    Ok(redirect_saying(
        "/",
        &format!("Version {} is signed. Its bets are planned.", version.number),
    ))
}

/// `POST /strategy/send-back`
pub async fn send_back(State(office): State<Arc<Office>>, signed: Signed) -> Answer {
    let Signed { visitor, fields } = &signed;
    let number = fields.get("version").parse().unwrap_or(0);
    let done = office.send_back(&visitor.actor, number, fields.get("comment")).await;
    let version = done.map_err(|refusal| Failure::on(&visitor.frame, refusal))?;
    Ok(redirect_saying(
        "/",
        &format!("Version {} is sent back.", version.number),
    ))
}

fn written_page(visitor: &Visitor, text: &str, revision: i64, errors: &Errors) -> Markup {
    let title = errors.title("The written strategy");
    let body = html! {
        p.breadcrumb { a href="/" { "Strategy" } }
        h1 { "The written strategy" }
        p.lede { "The whole draft as text. The pages write the same text; nothing is lost either way." }
        (errors.summary())
        form method="post" action="/strategy/written" novalidate {
            (token(visitor))
            input type="hidden" name="revision" value=(revision);
            (Field::new("text", "The text").hint("Dates as 2026-12-31, ranges as [low, high].").value(text).class("written").area(40, errors))
            button.btn.primary type="submit" { "Save the draft" }
        }
    };
    layout::inside(visitor, Place::Strategy, &title, &body)
}

/// `GET /strategy/written`
pub async fn written(State(office): State<Arc<Office>>, visitor: Visitor) -> Answer {
    visitor.actor.must(Permission::Write)?;
    let draft = office.written(&visitor.actor).await?.draft;
    Ok(page(
        &visitor.frame,
        written_page(&visitor, &draft.text, draft.revision, &Errors::default()),
    ))
}

/// `GET /strategy/written.toml`
pub async fn written_toml(State(office): State<Arc<Office>>, visitor: Visitor) -> Answer {
    let draft = office.written(&visitor.actor).await?.draft;
    let headers = [
        (header::CONTENT_TYPE, "application/toml; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"strategy.toml\""),
    ];
    Ok((headers, draft.text).into_response())
}

/// `POST /strategy/written`
pub async fn save_written(State(office): State<Arc<Office>>, signed: Signed) -> Answer {
    let Signed { visitor, fields } = &signed;
    visitor.must(Permission::Write)?;
    let revision: i64 = fields.get("revision").parse().unwrap_or(0);
    match office
        .import_strategy(&visitor.actor, fields.get("text"), Some(revision))
        .await
    {
        Ok(_) => Ok(redirect_saying("/", "The draft is saved.")),
        Err(refusal) => {
            let status = refusal.code.status();
            let mut errors = Errors::default();
            errors.add("text", &refusal);
            let markup = written_page(visitor, fields.get("text"), revision, &errors);
            Ok(refused(status, markup))
        }
    }
}

/// A page that shows a form again with what is wrong.
pub fn refused(status: u16, markup: Markup) -> Response {
    (
        axum::http::StatusCode::from_u16(status).unwrap_or(axum::http::StatusCode::UNPROCESSABLE_ENTITY),
        markup,
    )
        .into_response()
}
