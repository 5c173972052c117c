//! Strategy, the front page: what are we choosing, and what not? Its signature, and the written form.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use beachhead_office::ledger::{StrategyVersion, VersionState};
use beachhead_office::standing::SignedVersion;
use beachhead_office::strategy::findings::signable;
use beachhead_office::strategy::{CellState, Change, Finding, Severity, Strategy};
use beachhead_office::{Office, Permission, Standing, reporting};
use beachhead_press::numbers;
use beachhead_press::one_page;
use beachhead_press::tag::{Tag, Tone};
use maud::{Markup, html};

use crate::answer::{Answer, Failure, page, redirect, redirect_saying};
use crate::bet_form::part_of;
use crate::form::{Errors, Field, Signed, token};
use crate::layout::{self, Place};
use crate::visitor::Visitor;
use crate::{AsOf, day_of, functions, versions};

/// Changes of the draft that the front page lists; the page of all of them is behind a link.
const CHANGES_SHOWN: usize = 8;

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
    // Whoever signs reads the version that waits, not the one in force or the draft.
    let to_sign = match standing
        .asked
        .as_ref()
        .filter(|_| visitor.actor.role.may(Permission::Sign))
    {
        Some(asked) if as_of.day()?.is_none() => Some(office.standing_of_version(&visitor.actor, asked.number).await?),
        _ => None,
    };
    let sheet = reporting::one_page_of(to_sign.as_ref().unwrap_or(&standing), None);
    let acknowledged = standing.to_acknowledge().map(|version| version.number);
    let body = html! {
        h1.noprint { "Strategy" }
        (as_of.banner(&visitor.frame))
        p.lede.noprint { (answer(to_sign.as_ref().unwrap_or(&standing), &standing)) }
        (pitfalls(&visitor, &standing))
        (next_step(&visitor, &standing))
        (functions::card(&visitor, &standing))
        (one_page::html(&sheet, "page"))
        div.noprint {
            @if let Some(version) = acknowledged {
                @if i64::from(sheet.sign_off.version) != version { (functions::voices(&standing, version)) }
                (functions::waits(&visitor, &standing, version))
            }
            p.inline-links { a href="/board" { "Board page: three numbers, spend and the next ask" } }
            (findings(&visitor, &standing))
            (versions::list(&standing))
            (links(&visitor, &standing))
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
        div.example aria-hidden="true" {
            p { strong { "Example: " } "Double the enterprise pipeline that partners start, USD 3.8 million by 30 Apr 2027." }
            p { "★ Enterprise × technology, because HRIS vendors sit in the accounts we want. ■ Five others are parked, each with what would reopen it." }
            p { "One bet until its gate on 30 Oct 2026: scale at 12 opportunities, retire at 4." }
        }
    };
    layout::inside(visitor, Place::Strategy, "Strategy", &body)
}

/// The page's question, answered: what does the version shown choose, and what not? And by whose yes.
fn answer(shown: &Standing, standing: &Standing) -> String {
    let strategy = shown.strategy();
    let of = |state: CellState| strategy.cells.iter().filter(move |cell| cell.state == state);
    let out = (of(CellState::Parked).count() + of(CellState::Declined).count()) as u64;
    let chosen: Vec<String> = of(CellState::Chosen)
        .map(|cell| reporting::cell_name(&cell.segment, &cell.partner_type))
        .collect();
    let chosen = match chosen.is_empty() {
        true => "We have chosen no cell yet".to_owned(),
        false => format!("We choose {}", chosen.join(", ")),
    };
    let rest = numbers::plural(out, "other is ruled out", "others are ruled out");
    let signed = standing.signed.as_ref().and_then(|signed| {
        let signature = signed.version.signature.as_ref()?;
        let (who, day) = (standing.name(&signature.person), numbers::date(day_of(signature.at)));
        Some(format!("version {} is signed by {who}, {day}", signed.version.number))
    });
    let signed = signed.unwrap_or_else(|| "nobody has signed it yet".to_owned());
    let waits = standing.asked.as_ref().map_or_else(String::new, |asked| {
        format!(" Version {} waits for a signature.", asked.number)
    });
    format!("{chosen}; {rest}, each with its reason; {signed}.{waits}")
}

/// The five pitfalls, for whoever writes; never on paper.
fn pitfalls(visitor: &Visitor, standing: &Standing) -> Markup {
    if !visitor.actor.role.may(Permission::Write) || standing.looked_back.is_some() {
        return html! {};
    }
    let all = beachhead_office::pitfalls::pitfalls(standing);
    let found = all.iter().filter(|pitfall| pitfall.found.is_some()).count() as u64;
    html! {
        details.noprint open[found > 0] {
            summary { "Five pitfalls: " @if found == 0 { "none of them" } @else { (numbers::count(found)) " found" } }
            ul.plain {
                @for pitfall in &all { li {
                    @match &pitfall.found {
                        Some(says) => {
                            (Tag::new(Tone::Negative, Some('✕'), pitfall.name).html()) " " (says) ". " a href=(pitfall.href) { "Mend it" }
                        }
                        None => { (Tag::new(Tone::Positive, Some('●'), "Avoided").html()) " " (pitfall.avoided) }
                    }
                } }
            }
        }
    }
}

/// What else can be done with the page: hand it to a reader, compare it, take the text.
fn links(visitor: &Visitor, standing: &Standing) -> Markup {
    let may = |permission| visitor.actor.role.may(permission);
    html! { p.inline-links {
        @if may(Permission::Share) { a href="/strategy/share" { "Links for readers" } " · " }
        @if let Some(signed) = &standing.signed { a href={ "/strategy/" (signed.version.number) "..draft" } { "The draft against version " (signed.version.number) } " · " }
        @if may(Permission::Write) { a href="/strategy/written" { "Edit the written strategy" } " · " }
        a href="/strategy/written.toml" { "Download the written strategy" }
    } }
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
            (sent_back(standing))
            @if let Some(signed) = &standing.signed { (changes_since(signed.version.number, &signed.parsed.strategy, standing)) }
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

/// The comment of the version that was sent back last, while nothing was asked for since.
fn sent_back(standing: &Standing) -> Markup {
    let last = standing
        .versions
        .first()
        .filter(|version| version.state == VersionState::SentBack);
    html! { @if let Some((version, comment)) = last.and_then(|version| Some((version, version.comment.as_ref()?))) {
        p { (versions::state_tag(version.state).html()) " Version " (version.number) " came back with this comment:" }
        blockquote { p { (comment) } }
    } }
}

/// What the version that waits says otherwise than the one in force.
fn changes_to(signed: &SignedVersion, asked: &StrategyVersion) -> Markup {
    let later = beachhead_office::strategy::parse(&asked.text).strategy;
    let changes = beachhead_office::strategy::diff(&signed.parsed.strategy, &later);
    let number = signed.version.number;
    changes_listed(number, &asked.number.to_string(), &changes)
}

/// What the draft says otherwise than the version in force; the whole of it behind a link where it is long.
fn changes_since(number: i64, signed: &Strategy, standing: &Standing) -> Markup {
    let changes = beachhead_office::strategy::diff(signed, &standing.draft.parsed.strategy);
    changes_listed(number, "draft", &changes)
}

fn changes_listed(from: i64, to: &str, changes: &[Change]) -> Markup {
    let more = changes.len().saturating_sub(CHANGES_SHOWN);
    html! {
        @if !changes.is_empty() {
            p { "What it changes against version " (from) ":" }
            ul { @for change in changes.iter().take(CHANGES_SHOWN) { li { strong { (change.section) } ": " (change.words) } } }
        }
        @if more > 0 { p { a href={ "/strategy/" (from) ".." (to) } { "All " (changes.len()) " changes by section" } } }
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
            @if let Some(signed) = &standing.signed { (changes_to(signed, asked)) }
            @if sponsor {
                p { "Below is version " (asked.number) " on one page, as you would sign it." }
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
                @if visitor.actor.role.may(Permission::Share) { p { a.btn href="/strategy/share" { "Make a link for readers" } } }
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
                @for finding in &found { (one_finding(standing, finding, visitor.actor.role.may(Permission::Write))) }
            }
        }
    }
}

fn one_finding(standing: &Standing, finding: &Finding, editor: bool) -> Markup {
    let tag = match finding.severity {
        Severity::Error => Tag::new(Tone::Negative, Some('✕'), "Stops a signature"),
        Severity::Warning => Tag::new(Tone::Caution, Some('◆'), "Warning"),
    };
    html! {
        li.finding {
            p { (tag.html()) " " strong { (finding.message) } " " span.dim { (finding.code) " " (finding.name) } }
            p.dim { (finding.why) " " (finding.help) @if editor { " " a href=(mended_at(standing, finding)) { "Go there" } } }
        }
    }
}

/// The page that mends a finding; of a bet, the part of its form.
fn mended_at(standing: &Standing, finding: &Finding) -> String {
    let path = finding.path.split(['[', '.']).next().unwrap_or("");
    let bet = finding
        .path
        .split(['[', ']'])
        .nth(1)
        .and_then(|at| at.parse::<usize>().ok());
    let bet = bet.and_then(|at| standing.draft.parsed.strategy.bets.get(at));
    match (finding.code, path, bet) {
        ("S19", ..) => "/review".to_owned(),
        ("S18", ..) => "/data".to_owned(),
        (_, "cell", _) => "/where".to_owned(),
        ("S03" | "S16", ..) => "/where".to_owned(),
        (_, "segment", _) => "/segments".to_owned(),
        (_, "bet", Some(bet)) => format!("/bets/{}/edit#{}", bet.key(), part_of(&finding.path)),
        (_, "bet", None) | ("S01", ..) => "/bets".to_owned(),
        _ => "/strategy/written".to_owned(),
    }
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
