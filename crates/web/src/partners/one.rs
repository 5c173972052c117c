//! `/partners/{id}`: one partner: what we have in common, its bets, its people and ours, what was given and got, when it was
//! heard of last, and the motion that was agreed, with every version of it.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use beachhead_office::ledger::{PartnerEntry, Person};
use beachhead_office::partners::{PartnerSaid, PartnerView, Saying};
use beachhead_office::reporting::query;
use beachhead_office::strategy::Class;
use beachhead_office::{Office, Permission, Standing, reporting};
use beachhead_press::numbers;
use beachhead_press::tag::Tag;
use maud::{Markup, html};

use super::{address, cell_tag, pipeline};
use crate::answer::{Answer, Failure, page, redirect_saying};
use crate::form::{Errors, Field, Fields, Signed, token};
use crate::layout::{self, Place};
use crate::strategy::refused;
use crate::visitor::Visitor;
use crate::{AsOf, mapping, name_of};

/// `GET /partners/{id}`
pub async fn show(
    State(office): State<Arc<Office>>,
    visitor: Visitor,
    Path(id): Path<String>,
    Query(as_of): Query<AsOf>,
) -> Answer {
    let standing = office.standing(&visitor.actor, as_of.day()?).await?;
    let (fields, errors) = (Fields::default(), Errors::default());
    let shown = draw(&office, &visitor, &standing, &as_of, &id, &fields, &errors).await?;
    Ok(page(&visitor.frame, shown))
}

async fn draw(
    office: &Office,
    visitor: &Visitor,
    standing: &Standing,
    as_of: &AsOf,
    id: &str,
    fields: &Fields,
    errors: &Errors,
) -> Result<Markup, Failure> {
    let view = office.partner(&visitor.actor, standing, id).await;
    let view = view.map_err(|refusal| Failure::on(&visitor.frame, refusal))?;
    let people = office.people(&visitor.actor).await?;
    let may = visitor.actor.role.may(Permission::Run) && standing.looked_back.is_none();
    let row = &view.row;
    let body = html! {
        p.breadcrumb { a href=(as_of.on("/partners")) { "Partners" } }
        h1 { (row.name) }
        (as_of.banner_on(&visitor.frame, standing))
        (errors.summary())
        (lede(as_of, &view, visitor.actor.role.may(Permission::Match)))
        @if may { p { a.btn.primary href="#say" { "Say what happened" } } }
        (in_common(as_of, &view))
        (cells(as_of, standing, &view))
        (motion(&people, &view))
        (give_and_get(as_of, &people, &view))
        (their_people(&view))
        @if may { (say_form(visitor, standing, &people, &view, fields, errors)) }
    };
    Ok(layout::inside(
        visitor,
        Place::Partners,
        &errors.title(&row.name),
        &body,
    ))
}

fn lede(as_of: &AsOf, view: &PartnerView, may_settle: bool) -> Markup {
    let row = &view.row;
    let matrix = as_of.on(&format!("/mapping/{}", query(&row.id)));
    html! {
        p.lede {
            @if row.partner_type.is_empty() { "A partner of no type yet" } @else { "A " (row.partner_type) " partner" }
            @match (row.in_common, row.has_list) {
                (Some(n), _) => { " with " a href=(matrix) { (numbers::plural(n as u64, "company", "companies")) } " in common with us" },
                (None, true) => { " whose " a href=(matrix) { "list" } " has not been mapped yet" },
                (None, false) => { " whose list of accounts we do not have" },
            }
            ", and the way to " a href=(as_of.on(&format!("/targets?status=all&partner={}", query(&row.id)))) { (numbers::plural(view.targets as u64, "target", "targets")) } "."
        }
        dl.facts {
            div { dt { "Sourced, open" } dd { (pipeline(as_of, row, Class::Sourced, &row.sourced, view.currency)) } }
            div { dt { "Present, open" } dd { (pipeline(as_of, row, Class::Present, &row.present, view.currency)) } }
            div { dt { "Owner with us" } dd { @if row.owner_name.is_empty() { "Nobody yet" } @else { (row.owner_name) } } }
            div { dt { "Last touch" } dd { (row.last_touch.map_or_else(|| "None known".to_owned(), numbers::date)) } }
            @if let Some(site) = &row.website { div { dt { "Website" } dd { (site) } } }
        }
        @if !row.has_list { p { "Import a list of its accounts to see which are ours too. " a href="/data" { "Import a file" } } }
        @else if let Some(waiting) = row.waiting.filter(|waiting| *waiting > 0 && as_of.is_now()) { p { a href={ "/mapping/" (query(&row.id)) "/review" } { (numbers::plural(waiting as u64, "pair waits", "pairs wait")) " for review" } @if !may_settle { " by somebody with the role owner or data" } } }
    }
}

/// What its list and our accounts have in common, as the page of accounts in common draws it.
fn in_common(as_of: &AsOf, view: &PartnerView) -> Markup {
    let matrix = as_of.on(&format!("/mapping/{}", query(&view.row.id)));
    html! {
        @if let Some(found) = &view.matrix {
            h2 { "Whom we have in common" }
            (mapping::grid(as_of, found))
            p { a href=(matrix) { "What we ask for, what we can give back, and how pairs are counted" } }
        }
    }
}

fn cells(as_of: &AsOf, standing: &Standing, view: &PartnerView) -> Markup {
    let of_type = &view.row.partner_type;
    html! {
        h2 { "Where it counts" }
        @if view.cells.is_empty() { p.dim { "No cell of its type has been decided." } }
        @else {
            ul { @for (segment, state, reason) in &view.cells { li {
                a href=(as_of.on(&reporting::cell_href(segment, of_type))) { (reporting::cell_name(segment, of_type)) } " " (cell_tag(*state))
                @if !reason.is_empty() { " " span.dim { (reason) } }
            } } }
        }
        h3 { "Bets" }
        @if view.bets.is_empty() { p.dim { "It is the way in of no bet." } }
        @else {
            ul { @for (key, name) in &view.bets { li {
                a href=(as_of.on(&format!("/bets/{key}"))) { (name) } " " (Tag::from(reporting::state(standing.state_of(name))).html())
                " " a href=(as_of.on(&format!("/targets?status=all&bet={key}&partner={}", query(&view.row.id)))) { "its targets" }
            } } }
        }
    }
}

/// "3 Nov 2026 with Ada, by Tom Okafor".
fn said_by(people: &[Person], entry: &PartnerEntry) -> Markup {
    html! {
        (numbers::date(entry.entry.on))
        @if let Some(with) = &entry.entry.with_whom { " with " (with) }
        ", written by " (name_of(people, &entry.by))
    }
}

fn motion(people: &[Person], view: &PartnerView) -> Markup {
    let versions = view.said(Saying::Motion);
    html! {
        h2 id="motion" { "The motion that was agreed" }
        @match versions.split_first() {
            None => {
                p { "Nothing has been agreed yet. What both sides do, how often, and by when: written down once, with whom it was agreed." }
                div.example aria-hidden="true" { p { "Example: each month two introductions to named targets from them, one reference from us; account executives meet every second Tuesday." } }
            },
            Some((last, earlier)) => {
                blockquote { p { (last.entry.words) } }
                p.dim { "Version " (versions.len()) ", agreed on " (said_by(people, last)) "." }
                @if !earlier.is_empty() {
                    details { summary { (numbers::plural(earlier.len() as u64, "earlier version", "earlier versions")) }
                        ol.log reversed { @for (nth, entry) in earlier.iter().enumerate() { li {
                            p { (entry.entry.words) }
                            p.dim { "Version " (earlier.len() - nth) ", agreed on " (said_by(people, entry)) "." }
                        } } }
                    }
                }
            },
        }
    }
}

fn give_and_get(as_of: &AsOf, people: &[Person], view: &PartnerView) -> Markup {
    let touches = as_of.on(&format!("/data/attribution/touches?partner={}", query(&view.row.name)));
    let entries = |kind: Saying, none: &'static str| {
        let entries = view.said(kind);
        html! {
            @if entries.is_empty() { p.dim { (none) } }
            @else { ul { @for entry in entries { li { (entry.entry.words) br; span.dim { (said_by(people, entry)) } } } } }
        }
    };
    html! {
        h2 { "Give and get" }
        div.grid2 {
            section.card aria-labelledby="gave" {
                h3 id="gave" { "What we gave" }
                (entries(Saying::Gave, "Nothing is written down."))
                @if view.row.in_common.is_some() { p { a href=(as_of.on(&format!("/mapping/{}", query(&view.row.id)))) { "What we could give back" } } }
            }
            section.card aria-labelledby="got" {
                h3 id="got" { "What we got" }
                @match &view.touches {
                    Some(found) => ul { @for (kind, n) in &found.by_kind { li { a href=(touches) { (numbers::count(*n)) } " of the kind “" (kind.word()) "”" } } },
                    None => p.dim { "No touch of it has been imported." },
                }
                (entries(Saying::Got, "Nothing besides is written down."))
            }
        }
        @if !view.said(Saying::Met).is_empty() { h3 { "Conversations" } (entries(Saying::Met, "")) }
    }
}

fn their_people(view: &PartnerView) -> Markup {
    html! {
        @if !view.people.is_empty() {
            h2 { "Their people" }
            p.dim { "Who owns, at " (view.row.name) ", the accounts that we have in common." }
            ul { @for person in &view.people { li { (person.name) ", " (numbers::plural(person.companies as u64, "account", "accounts")) } } }
        }
    }
}

fn say_form(
    visitor: &Visitor,
    standing: &Standing,
    people: &[Person],
    view: &PartnerView,
    fields: &Fields,
    errors: &Errors,
) -> Markup {
    let kinds = [
        ("met", "We spoke"),
        ("gave", "We gave: an introduction, a reference, something in return"),
        ("got", "We got: something that no import holds"),
        ("motion", "We agreed on a motion: a new version"),
    ];
    let kinds: Vec<_> = kinds
        .map(|(value, words)| (value.to_owned(), words.to_owned()))
        .to_vec();
    let owners: Vec<_> = people
        .iter()
        .map(|person| (person.id.clone(), person.name.clone()))
        .collect();
    let kind = if fields.has("kind") { fields.get("kind") } else { "met" };
    let on = if fields.has("on") {
        fields.get("on").to_owned()
    } else {
        standing.today.to_string()
    };
    let here = address(&view.row.id);
    html! {
        h2.noprint id="say" { "Say what happened" }
        form.noprint method="post" action=(here) novalidate {
            (token(visitor))
            (Field::new("kind", "What was it?").value(kind).radios(&kinds, errors))
            (Field::new("words", "In words").value(fields.get("words")).area(3, errors))
            div.pairs {
                (Field::new("on", "On which day?").kind("date").value(on).input(errors))
                (Field::new("with_whom", "With whom there?").value(fields.get("with_whom")).input(errors))
            }
            button.btn type="submit" { "Save it" }
        }
        form.noprint.filters method="post" action=(here) {
            (token(visitor))
            input type="hidden" name="kind" value="owner";
            (Field::new("owner", "Owner with us").value(&view.row.owner).select(&owners, errors))
            button.btn type="submit" { "Change the owner" }
        }
    }
}

/// `POST /partners/{id}`
pub async fn say(State(office): State<Arc<Office>>, Path(id): Path<String>, signed: Signed) -> Answer {
    let Signed { visitor, fields } = &signed;
    visitor.must(Permission::Run)?;
    let mut errors = Errors::default();
    let standing = office.standing(&visitor.actor, None).await?;
    let kind = Saying::from_name(fields.get("kind"));
    if kind.is_none() {
        errors.add("kind", "Choose what it was");
    }
    let is_owner = kind == Some(Saying::Owner);
    let said = PartnerSaid {
        partner: id.clone(),
        kind: kind.unwrap_or(Saying::Met),
        on: if is_owner {
            standing.today
        } else {
            errors.require_date(fields, "on", "Give the day")
        },
        words: if is_owner {
            fields.get("owner").to_owned()
        } else {
            errors.require(fields, "words", "Say it in words")
        },
        with_whom: fields.get("with_whom").to_owned(),
    };
    let status = if errors.is_empty() {
        match office.say_of_partner(&visitor.actor, &said).await {
            Ok(()) => {
                let words = match said.kind {
                    Saying::Motion => "The motion is agreed; the version before stays in the record.",
                    Saying::Owner => "The owner has changed.",
                    Saying::Gave | Saying::Got | Saying::Met => "It is written down.",
                };
                return Ok(redirect_saying(&address(&id), words));
            }
            Err(refusal) if refusal.code.status() == 422 => {
                let field = if refusal.message.ends_with("has not come yet") {
                    "on"
                } else {
                    "words"
                };
                errors.add(field, &refusal);
                422
            }
            Err(refusal) => return Err(Failure::on(&visitor.frame, refusal)),
        }
    } else {
        422
    };
    let now = AsOf::default();
    let shown = draw(&office, visitor, &standing, &now, &id, fields, &errors).await?;
    Ok(refused(status, shown))
}
