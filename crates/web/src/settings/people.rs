//! `/settings/people`: who has which role; for an owner, changing it, ending access, signing somebody out.

use std::sync::Arc;

use axum::extract::{Path, State};
use beachhead_office::ledger::Person;
use beachhead_office::{Office, Permission, Refusal, Role};
use beachhead_press::numbers;
use beachhead_press::tag::{Tag, Tone};
use maud::{Markup, html};

use super::{breadcrumb, does, role_options};
use crate::answer::{Answer, Failure, page, redirect_saying};
use crate::day_of;
use crate::form::{Errors, Field, Signed, token};
use crate::layout::{self, Place};
use crate::visitor::Visitor;

/// `GET /settings/people`
pub async fn list(State(office): State<Arc<Office>>, visitor: Visitor) -> Answer {
    let people = office.people(&visitor.actor).await;
    let people = people.map_err(|refusal| Failure::on(&visitor.frame, refusal))?;
    let may = visitor.actor.role.may(Permission::Administer);
    let with_access = people.iter().filter(|person| person.ended_at.is_none()).count() as u64;
    let body = html! {
        (breadcrumb())
        h1 { "People and roles" }
        p.lede { (numbers::plural(with_access, "person has", "people have")) " access to this program." }
        @if may { p { a.btn.primary href="/settings/invites" aria-keyshortcuts="n" { "Invite someone" } } }
        div.scroll tabindex="0" role="region" aria-label="People" { table {
            thead { tr { th scope="col" { "Name" } th scope="col" { "Role" } th scope="col" { "E-mail" } th scope="col" { "Since" } th scope="col" { "Access" } } }
            tbody { @for person in &people { tr {
                th scope="row" { @if may { a href=(address(&person.id)) { (person.name) } } @else { (person.name) } @if person.id == visitor.actor.person { " (you)" } }
                td { (person.role) } td { (person.email) } td.nowrap { (numbers::date(day_of(person.created_at))) }
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

/// `GET /settings/people/{person}`
pub async fn one(State(office): State<Arc<Office>>, visitor: Visitor, Path(id): Path<String>) -> Answer {
    let shown = drawn(&office, &visitor, &id).await?;
    Ok(page(&visitor.frame, shown))
}

async fn drawn(office: &Office, visitor: &Visitor, id: &str) -> Result<Markup, Failure> {
    let found = office.person_numbered(&visitor.actor, id).await;
    let (person, sessions) = found.map_err(|refusal| Failure::on(&visitor.frame, refusal))?;
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
            h2 { "End access" }
            p { a.btn.danger href={ (here) "/end" } { "End access" } }
        }
        p.dim { "A forgotten password is set anew at the machine's own command line: " code { "beachhead user password " (person.email) } "." }
        p { a href={ "/settings/audit?who=" (person.id) } { "What they did, in the audit log" } }
    };
    Ok(layout::inside(visitor, Place::Settings, &person.name, &body))
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
