//! `/settings/people`: who has which role; for an owner, changing it, ending access, and the way back in for somebody who
//! forgot a password or lost a phone.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse as _;
use beachhead_office::ledger::Person;
use beachhead_office::resetting::{RESET_LINK_HOURS, ResetMade};
use beachhead_office::{Office, Permission, Refusal, Role};
use beachhead_press::numbers;
use beachhead_press::tag::{Tag, Tone};
use jiff::Timestamp;
use maud::{Markup, html};

use super::{breadcrumb, does, role_options};
use crate::answer::{Answer, Failure, page, redirect_saying};
use crate::day_of;
use crate::form::{Errors, Field, Signed, token};
use crate::guard::our_origin;
use crate::layout::{self, Place};
use crate::visitor::Visitor;

/// `GET /settings/people`
pub async fn list(State(office): State<Arc<Office>>, visitor: Visitor) -> Answer {
    let failed = |refusal: Refusal| Failure::on(&visitor.frame, refusal);
    let people = office.people(&visitor.actor).await.map_err(failed)?;
    let may = visitor.actor.role.may(Permission::Administer);
    let factors = match may {
        true => Some(office.second_factors(&visitor.actor).await.map_err(failed)?),
        false => None,
    };
    let with_access = people.iter().filter(|person| person.ended_at.is_none()).count() as u64;
    let body = html! {
        (breadcrumb())
        h1 { "People and roles" }
        p.lede { (numbers::plural(with_access, "person has", "people have")) " access to this program." }
        @if may { p { a.btn.primary href="/settings/invites" aria-keyshortcuts="n" { "Invite someone" } } }
        div.scroll tabindex="0" role="region" aria-label="People" { table {
            thead { tr { th scope="col" { "Name" } th scope="col" { "Role" } th scope="col" { "E-mail" } th scope="col" { "Since" } @if may { th scope="col" { "Second factor" } } th scope="col" { "Access" } } }
            tbody { @for person in &people { tr {
                th scope="row" { @if may { a href=(address(&person.id)) { (person.name) } } @else { (person.name) } @if person.id == visitor.actor.person { " (you)" } }
                td { (person.role) } td { (person.email) } td.nowrap { (numbers::date(day_of(person.created_at))) }
                @if let Some(factors) = &factors { td { (factor(factors, person)) } }
                td { (access(person)) }
            } } }
        } }
        h2 { "What a role may do" }
        dl.summary-list { @for role in Role::ALL { div { dt { (role.name()) } dd { (does(role)) } } } }
    };
    let shown = layout::inside(&visitor, Place::Settings, "People and roles", &body);
    Ok(page(&visitor.frame, shown))
}

fn address(id: &str) -> String {
    format!("/settings/people/{id}")
}

fn access(person: &Person) -> Markup {
    match person.ended_at {
        None => Tag::new(Tone::Positive, Some('●'), "Has access").html(),
        Some(at) => html! { (Tag::new(Tone::Muted, Some('■'), "Ended").html()) " " (numbers::date(day_of(at))) },
    }
}

/// Whether a person has a second factor.
fn factor(factors: &BTreeMap<String, Timestamp>, person: &Person) -> Markup {
    match factors.get(&person.id) {
        Some(_) => Tag::new(Tone::Positive, Some('●'), "Has one").html(),
        None => html! { span.dim { "None" } },
    }
}

/// `GET /settings/people/{person}`
pub async fn one(State(office): State<Arc<Office>>, visitor: Visitor, Path(id): Path<String>) -> Answer {
    let shown = drawn(&office, &visitor, &id).await?;
    Ok(page(&visitor.frame, shown))
}

async fn drawn(office: &Office, visitor: &Visitor, id: &str) -> Result<Markup, Failure> {
    let failed = |refusal: Refusal| Failure::on(&visitor.frame, refusal);
    let (person, sessions) = office.person_numbered(&visitor.actor, id).await.map_err(failed)?;
    let factors = office.second_factors(&visitor.actor).await.map_err(failed)?;
    let here = address(&person.id);
    let body = html! {
        p.breadcrumb { a href="/settings" { "Settings" } " › " a href="/settings/people" { "People and roles" } }
        h1 { (person.name) }
        p.lede { (person.email) ", " (person.role) ", since " (numbers::date(day_of(person.created_at))) ". " (access(&person)) }
        @if person.ended_at.is_some() {
            p { "What they did stays in the record under their name. They cannot sign in." }
            form method="post" action=(here) { (token(visitor)) button.btn.primary type="submit" name="do" value="again" { "Give access again" } }
        } @else {
            form method="post" action=(here) {
                (token(visitor))
                (Field::new("role", "Role").value(&person.role).radios(&role_options(), &Errors::default()))
                button.btn.primary type="submit" name="do" value="role" { "Save the role" }
            }
            h2 { "Sessions" }
            p { (numbers::plural(sessions as u64, "session holds", "sessions hold")) ". Signed out everywhere, they sign in again with their password." }
            form.actions method="post" action=(here) {
                (token(visitor))
                button.btn type="submit" name="do" value="sign-out" { "Sign out everywhere" }
            }
            (way_back_in(visitor, &person, factors.get(&person.id)))
            h2 { "End access" }
            p { a.btn.danger href={ (here) "/end" } { "End access" } }
        }
        p.inline-links { a href={ "/settings/audit?who=" (person.id) } { "What they did, in the audit log" } }
    };
    Ok(layout::inside(visitor, Place::Settings, &person.name, &body))
}

/// What an owner does for somebody who forgot a password or lost a phone.
fn way_back_in(visitor: &Visitor, person: &Person, factor: Option<&Timestamp>) -> Markup {
    let here = address(&person.id);
    html! {
        h2 { "A forgotten password" }
        p { "A reset link lets them set a new one, once, within " (RESET_LINK_HOURS) " hours. No mail is sent: you pass the link on." }
        form.actions method="post" action={ (here) "/reset" } {
            (token(visitor))
            button.btn type="submit" { "Make a reset link" }
        }
        h2 { "Second factor" }
        @match factor {
            None => p { "They have none. They set one up on the page of their account." },
            Some(_) if person.id == visitor.actor.person => p { "You have one. " a href="/account/second-factor" { "Your second factor" } },
            Some(since) => {
                p { "They have had one since " (numbers::date(day_of(*since))) ". Taken off, their sessions end, and they sign in with the password alone or set up another." }
                form.actions method="post" action=(here) {
                    (token(visitor))
                    button.btn type="submit" name="do" value="take-off" { "Take the second factor off" }
                }
            }
        }
    }
}

/// `POST /settings/people/{person}/reset`: answered with the page that shows the link, for it is shown once and kept nowhere.
pub async fn make_reset_link(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
    Path(id): Path<String>,
    signed: Signed,
) -> Answer {
    let visitor = &signed.visitor;
    let made = office.make_reset_link(&visitor.actor, &id).await;
    let made = made.map_err(|refusal| Failure::on(&visitor.frame, refusal))?;
    Ok((StatusCode::CREATED, link_page(visitor, &made, &headers)).into_response())
}

fn link_page(visitor: &Visitor, made: &ResetMade, headers: &HeaderMap) -> Markup {
    let person = &made.person;
    let title = format!("Pass this link on to {}", person.name);
    let link = format!("{}/reset/{}", our_origin(headers), made.token);
    let body = html! {
        p.breadcrumb { a href="/settings/people" { "People and roles" } " › " a href=(address(&person.id)) { (person.name) } }
        h1 { (title) }
        p.lede { "It is shown this once. It sets their password, works once, and ends on " (made.expires_at.strftime("%-d %b %Y at %H:%M UTC")) "." }
        div.field {
            label for="link" { "The link" }
            input #link type="text" readonly value=(link);
        }
        p { "Whoever has the link can set the password: send it to " (person.email) " alone. If it goes astray, make another; this one is then void." }
        p { a.btn.primary href=(address(&person.id)) { "Done" } }
    };
    layout::inside(visitor, Place::Settings, &title, &body)
}

/// `POST /settings/people/{person}`
pub async fn change(State(office): State<Arc<Office>>, Path(id): Path<String>, signed: Signed) -> Answer {
    let Signed { visitor, fields } = &signed;
    visitor.must(Permission::Administer)?;
    let actor = &visitor.actor;
    let done = match fields.get("do") {
        "role" => match Role::from_name(fields.get("role")) {
            Some(role) => office
                .set_role(actor, &id, role)
                .await
                .map(|()| format!("The role is {} now.", role.name())),
            None => Err(Refusal::bad_input("Choose a role", "Nothing was changed.")),
        },
        "sign-out" => office.sign_out_everywhere(actor, &id).await.map(|ended| {
            let ended = numbers::plural(ended, "session has", "sessions have");
            format!("{ended} ended.")
        }),
        "again" => office
            .give_access_again(actor, &id)
            .await
            .map(|()| "They have access again.".to_owned()),
        "take-off" => office
            .take_off_second_factor(actor, &id)
            .await
            .map(|()| "Their second factor is taken off, and their sessions have ended.".to_owned()),
        _ => Err(Refusal::bad_input("Say what to do", "Nothing was changed.")),
    };
    let said = done.map_err(|refusal| Failure::on(&visitor.frame, refusal))?;
    Ok(redirect_saying(&address(&id), &said))
}

/// `GET /settings/people/{person}/end`: what it means, before it is done.
pub async fn end_page(State(office): State<Arc<Office>>, visitor: Visitor, Path(id): Path<String>) -> Answer {
    let found = office.person_numbered(&visitor.actor, &id).await;
    let (person, sessions) = found.map_err(|refusal| Failure::on(&visitor.frame, refusal))?;
    let title = format!("End the access of {}?", person.name);
    let body = html! {
        p.breadcrumb { a href="/settings/people" { "People and roles" } " › " a href=(address(&id)) { (person.name) } }
        h1 { (title) }
        p.lede { (numbers::plural(sessions as u64, "session ends", "sessions end")) " at once, and they cannot sign in any more." }
        p { "What they decided, signed and imported stays in the record under their name. Access can be given again." }
        form.actions method="post" action={ (address(&id)) "/end" } {
            (token(&visitor))
            button.btn.danger type="submit" { "End access" }
            a.btn href=(address(&id)) { "Keep it" }
        }
    };
    Ok(page(
        &visitor.frame,
        layout::inside(&visitor, Place::Settings, &title, &body),
    ))
}

/// `POST /settings/people/{person}/end`
pub async fn end(State(office): State<Arc<Office>>, Path(id): Path<String>, signed: Signed) -> Answer {
    let visitor = &signed.visitor;
    let ended = office.end_access(&visitor.actor, &id).await;
    ended.map_err(|refusal| Failure::on(&visitor.frame, refusal))?;
    Ok(redirect_saying("/settings/people", "Their access has ended."))
}
