//! `/settings/sign-in`: how people sign in, by which rules, and whether everybody needs a second factor. Must not set a rule
//! that is a constant of the program.

use std::sync::Arc;

use axum::extract::State;
use beachhead_office::second_factor::{DRIFT_STEPS, RECOVERY_CODES, SIGN_IN_WAITS_MINUTES};
use beachhead_office::{Code, Office, Permission, Refusal, inviting, people, resetting};
use beachhead_press::numbers;
use maud::{Markup, html};

use super::breadcrumb;
use crate::answer::{Answer, Failure, page, redirect_saying};
use crate::form::{Errors, Field, Signed, token};
use crate::layout::{self, Place};
use crate::strategy::refused;
use crate::visitor::Visitor;

/// `GET /settings/sign-in`
pub async fn show(State(office): State<Arc<Office>>, visitor: Visitor) -> Answer {
    let shown = drawn(&office, &visitor, &Errors::default()).await?;
    Ok(page(&visitor.frame, shown))
}

async fn drawn(office: &Office, visitor: &Visitor, errors: &Errors) -> Result<Markup, Failure> {
    let failed = |refusal: Refusal| Failure::on(&visitor.frame, refusal);
    let actor = &visitor.actor;
    let demanded = office.second_factor_demanded(actor).await.map_err(failed)?;
    let owner = actor.role.may(Permission::Administer);
    let body = html! {
        (breadcrumb())
        h1 { "Sign-in" }
        p.lede {
            "People sign in by e-mail address and password, "
            @if demanded { "and everybody needs a second factor: a code of an app." } @else { "and with a second factor, a code of an app, if they set one up." }
            @if owner { " " (having(office, visitor).await?) }
        }
        (errors.summary())
        @if owner { (demand(visitor, demanded, errors)) }
        @else { p { "It is the owner's to demand. " a href="/account/second-factor" { "Your own second factor" } } }
        h2 { "The rules" }
        dl.summary-list { @for (what, rule) in rules() { div { dt { (what) } dd { (rule) } } } }
        h2 { "When somebody does not get in" }
        ul {
            li { "A forgotten password: an owner makes a reset link on the page of that " a href="/settings/people" { "person" } "." }
            li { "A lost phone: a recovery code; without one, an owner takes the second factor off on the same page." }
            li { "An owner, when there is no other: at the machine's own command line, " code { "beachhead user reset-link" } " and " code { "beachhead user take-off-second-factor" } "." }
        }
        p.dim { "Each of these stands in the audit log with who did it." }
    };
    Ok(layout::inside(
        visitor,
        Place::Settings,
        &errors.title("Sign-in"),
        &body,
    ))
}

/// How many of the people have a second factor.
async fn having(office: &Office, visitor: &Visitor) -> Result<Markup, Failure> {
    let failed = |refusal: Refusal| Failure::on(&visitor.frame, refusal);
    let factors = office.second_factors(&visitor.actor).await.map_err(failed)?;
    let people = office.people(&visitor.actor).await.map_err(failed)?;
    let with_access: Vec<_> = people.iter().filter(|person| person.ended_at.is_none()).collect();
    let having = with_access
        .iter()
        .filter(|person| factors.contains_key(&person.id))
        .count() as u64;
    let of = numbers::plural(with_access.len() as u64, "person has", "people have");
    Ok(html! { a href="/settings/people" { (numbers::count(having)) " of " (of) " one" } "." })
}

fn demand(visitor: &Visitor, demanded: bool, errors: &Errors) -> Markup {
    let options = [
        ("chosen", "Everybody chooses for themselves"),
        ("demanded", "Everybody needs one"),
    ];
    let options = options.map(|(value, words)| (value.to_owned(), words.to_owned()));
    let now = if demanded { "demanded" } else { "chosen" };
    let hint = "Demanded, it ends the sessions of those who have none; they set one up when they sign in again.";
    html! {
        form method="post" action="/settings/sign-in" novalidate {
            (token(visitor))
            (Field::new("factor", "Second factor").hint(hint).value(now).radios(&options, errors))
            button.btn.primary type="submit" { "Save" }
        }
    }
}

/// The rules of signing in, as the program's constants say them.
fn rules() -> [(&'static str, String); 9] {
    let tries = format!(
        "{} in {} minutes, then they have to wait",
        people::ATTEMPTS,
        people::ATTEMPT_MINUTES
    );
    [
        (
            "A password",
            format!(
                "{} characters or more; not one that is tried first",
                people::PASSWORD_CHARS
            ),
        ),
        ("Wrong passwords for an address", tries.clone()),
        (
            "A code",
            format!(
                "works once, and {} seconds to either side of its time",
                DRIFT_STEPS * 30
            ),
        ),
        ("Wrong codes of a person", tries),
        ("Recovery codes", format!("{RECOVERY_CODES}; each works once")),
        ("Between password and code", format!("{SIGN_IN_WAITS_MINUTES} minutes")),
        (
            "A session ends",
            format!(
                "after {} hours unused, and {} days after it began",
                people::SESSION_IDLE_HOURS,
                people::SESSION_HOURS / 24
            ),
        ),
        (
            "A reset link",
            format!("works once, for {} hours", resetting::RESET_LINK_HOURS),
        ),
        (
            "An invite",
            format!(
                "works once, for {} days; {} at a time",
                inviting::INVITE_DAYS,
                inviting::INVITES_OPEN
            ),
        ),
    ]
}

/// `POST /settings/sign-in`
pub async fn save(State(office): State<Arc<Office>>, signed: Signed) -> Answer {
    let Signed { visitor, fields } = &signed;
    visitor.must(Permission::Administer)?;
    let demanded = match fields.get("factor") {
        "demanded" => true,
        "chosen" => false,
        _ => {
            let mut errors = Errors::default();
            errors.add("factor", "Choose one");
            return Ok(refused(422, drawn(&office, visitor, &errors).await?));
        }
    };
    match office.demand_second_factor(&visitor.actor, demanded).await {
        Ok(ended) if demanded => {
            let ended = numbers::plural(ended, "session has", "sessions have");
            let said = format!("Everybody needs a second factor now; {ended} ended.");
            Ok(redirect_saying("/settings/sign-in", &said))
        }
        Ok(_) => Ok(redirect_saying(
            "/settings/sign-in",
            "Everybody chooses for themselves now.",
        )),
        Err(refusal) if refusal.code == Code::Conflict => {
            let mut errors = Errors::default();
            errors.add("factor", &refusal);
            Ok(refused(409, drawn(&office, visitor, &errors).await?))
        }
        Err(refusal) => Err(Failure::on(&visitor.frame, refusal)),
    }
}
