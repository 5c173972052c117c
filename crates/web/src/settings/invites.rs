//! `/settings/invites`: links that each let one person in, and the page that such a link opens.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse as _;
use beachhead_office::inviting::{INVITE_DAYS, InviteMade, Invited};
use beachhead_office::ledger::Invite;
use beachhead_office::{Office, Permission, Refusal, Role};
use beachhead_press::numbers;
use beachhead_press::tag::{Tag, Tone};
use jiff::Timestamp;
use maud::{Markup, html};

use super::{breadcrumb, does, role_options};
use crate::answer::{Answer, Failure, page, redirect_saying};
use crate::form::{Errors, Field, Fields, Signed, token};
use crate::guard::our_origin;
use crate::layout::{self, Place};
use crate::second_factor::admitted;
use crate::sign_in::password_field;
use crate::strategy::refused;
use crate::visitor::{Frame, Visitor};
use crate::{day_of, name_of};

/// `GET /settings/invites`
pub async fn show(State(office): State<Arc<Office>>, visitor: Visitor) -> Answer {
    let fields = Fields(vec![("role".to_owned(), Role::PartnerManager.name().to_owned())]);
    let shown = drawn(&office, &visitor, &fields, &Errors::default()).await?;
    Ok(page(&visitor.frame, shown))
}

async fn drawn(office: &Office, visitor: &Visitor, fields: &Fields, errors: &Errors) -> Result<Markup, Failure> {
    let failed = |refusal: Refusal| Failure::on(&visitor.frame, refusal);
    let invites = office.invites(&visitor.actor).await.map_err(failed)?;
    let people = office.people(&visitor.actor).await.map_err(failed)?;
    let now = office.surroundings().now();
    let open = invites.iter().filter(|invite| invite.is_open(now)).count() as u64;
    let body = html! {
        (breadcrumb())
        h1 { "Invites" }
        p.lede {
            @if open == 0 { "No invite is open. " } @else { (numbers::plural(open, "invite is", "invites are")) " open. " }
            "A link lets one person in, once, within " (INVITE_DAYS) " days. No mail is sent: you pass the link on."
        }
        (errors.summary())
        form method="post" action="/settings/invites" novalidate {
            (token(visitor))
            (Field::new("name", "Their name").autocomplete("off").value(fields.get("name")).required().input(errors))
            (Field::new("email", "Their e-mail").hint("They sign in by it.").kind("email").autocomplete("off").value(fields.get("email")).required().input(errors))
            (Field::new("role", "Role").value(fields.get("role")).radios(&role_options(), errors))
            button.btn.primary type="submit" { "Make the link" }
        }
        h2 { "Invites made" }
        @if invites.is_empty() {
            div.example aria-hidden="true" { p { strong { "Example: " } "Dana Whitfield, sponsor · made by Ines Marchetti · open until 29 Nov 2026" } }
        } @else { (table(visitor, &invites, now, &|id| name_of(&people, id))) }
    };
    Ok(layout::inside(
        visitor,
        Place::Settings,
        &errors.title("Invites"),
        &body,
    ))
}

fn standing(invite: &Invite, now: Timestamp) -> Markup {
    let on = |at: Timestamp| numbers::date(day_of(at));
    match (invite.used_at, invite.withdrawn_at) {
        (Some(at), _) => html! { (Tag::new(Tone::Positive, Some('★'), "Used").html()) " " (on(at)) },
        (_, Some(at)) => html! { (Tag::new(Tone::Muted, Some('■'), "Withdrawn").html()) " " (on(at)) },
        _ if invite.is_open(now) => {
            html! { (Tag::new(Tone::Informing, Some('●'), "Open").html()) " until " (on(invite.expires_at)) }
        }
        _ => html! { (Tag::new(Tone::Muted, Some('✕'), "Too old").html()) " since " (on(invite.expires_at)) },
    }
}

fn table(visitor: &Visitor, invites: &[Invite], now: Timestamp, name: &dyn Fn(&str) -> String) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label="Invites made" { table {
            thead { tr { th scope="col" { "Who" } th scope="col" { "Role" } th scope="col" { "Made" } th scope="col" { "How it stands" } td { span.visually-hidden { "What to do" } } } }
            tbody { @for invite in invites { tr {
                th scope="row" { (invite.name) br; span.source { (invite.email) } }
                td { (invite.role) }
                td { (numbers::date(day_of(invite.made_at))) " by " (name(&invite.made_by)) }
                td { (standing(invite, now)) }
                td { @if invite.is_open(now) {
                    form method="post" action={ "/settings/invites/" (invite.hash) "/withdraw" } {
                        (token(visitor))
                        button.btn.link type="submit" aria-label={ "Withdraw the invite of " (invite.name) } { "Withdraw" }
                    }
                } }
            } } }
        } }
    }
}

/// `POST /settings/invites`: answered with the page that shows the link, for it is shown once and kept nowhere.
pub async fn make(State(office): State<Arc<Office>>, headers: HeaderMap, signed: Signed) -> Answer {
    let Signed { visitor, fields } = &signed;
    visitor.must(Permission::Administer)?;
    let mut errors = Errors::default();
    let name = errors.require(fields, "name", "Enter their name");
    let email = errors.require(fields, "email", "Enter their e-mail address");
    let role = Role::from_name(fields.get("role"));
    if role.is_none() {
        errors.add("role", "Choose a role");
    }
    let (true, Some(role)) = (errors.is_empty(), role) else {
        return Ok(refused(422, drawn(&office, visitor, fields, &errors).await?));
    };
    let invited = Invited { name, email, role };
    match office.invite(&visitor.actor, &invited).await {
        Ok(made) => Ok((StatusCode::CREATED, made_page(visitor, &invited, &made, &headers)).into_response()),
        Err(refusal) if matches!(refusal.code.status(), 409 | 422) => {
            errors.add("email", &refusal);
            Ok(refused(
                refusal.code.status(),
                drawn(&office, visitor, fields, &errors).await?,
            ))
        }
        Err(refusal) => Err(Failure::on(&visitor.frame, refusal)),
    }
}

fn made_page(visitor: &Visitor, invited: &Invited, made: &InviteMade, headers: &HeaderMap) -> Markup {
    let title = format!("Pass this link on to {}", invited.name);
    let link = format!("{}/join/{}", our_origin(headers), made.token);
    let body = html! {
        p.breadcrumb { a href="/settings" { "Settings" } " › " a href="/settings/invites" { "Invites" } }
        h1 { (title) }
        p.lede { "It is shown this once. It lets them in as " (invited.role.name()) ", works once, and ends on " (numbers::date(day_of(made.expires_at))) "." }
        div.field {
            label for="link" { "The link" }
            input #link type="text" readonly value=(link);
        }
        p { "Whoever has the link gets in: send it to " (invited.email) " alone. If it goes astray, withdraw the invite." }
        p { a.btn.primary href="/settings/invites" { "Done" } }
    };
    layout::inside(visitor, Place::Settings, &title, &body)
}

/// `POST /settings/invites/{invite}/withdraw`
pub async fn withdraw(State(office): State<Arc<Office>>, Path(hash): Path<String>, signed: Signed) -> Answer {
    let visitor = &signed.visitor;
    let withdrawn = office.withdraw_invite(&visitor.actor, &hash).await;
    withdrawn.map_err(|refusal| Failure::on(&visitor.frame, refusal))?;
    Ok(redirect_saying(
        "/settings/invites",
        "The invite is withdrawn; its link lets nobody in.",
    ))
}

fn join_page(frame: &Frame, token: &str, invite: &Invite, name: &str, errors: &Errors) -> Markup {
    let program = if frame.program.is_empty() {
        "this program"
    } else {
        frame.program.as_str()
    };
    let title = errors.title("You are invited");
    let role = Role::from_name(&invite.role);
    let body = html! {
        h1 { "You are invited" }
        p.lede { "Beachhead holds the partner strategy of " (program) ". Your role will be " (invite.role) "." }
        @if let Some(role) = role { p { (does(role)) } }
        (errors.summary())
        form method="post" action={ "/join/" (token) } novalidate {
            (Field::new("name", "Your name").autocomplete("name").value(name).required().input(errors))
            (Field::new("email", "E-mail").hint("You will sign in by it.").kind("email").autocomplete("username").value(&invite.email).readonly().input(errors))
            (password_field("password", "Password", errors))
            button.btn.primary type="submit" { "Make the account" }
        }
    };
    layout::outside(frame, &title, &body)
}

/// `GET /join/{token}`
pub async fn join_form(State(office): State<Arc<Office>>, frame: Frame, Path(token): Path<String>) -> Answer {
    let invite = office.invited_by(&token).await;
    let invite = invite.map_err(|refusal| Failure::on(&frame, refusal))?;
    Ok(page(
        &frame,
        join_page(&frame, &token, &invite, &invite.name, &Errors::default()),
    ))
}

/// `POST /join/{token}`
pub async fn join(
    State(office): State<Arc<Office>>,
    frame: Frame,
    Path(token): Path<String>,
    fields: Fields,
) -> Answer {
    let failed = |refusal: Refusal| Failure::on(&frame, refusal);
    let invite = office.invited_by(&token).await.map_err(failed)?;
    let mut errors = Errors::default();
    let name = errors.require(&fields, "name", "Enter your name");
    let joined = match errors.is_empty() {
        true => office.join(&token, &name, fields.get("password").to_owned()).await,
        false => Err(Refusal::bad_input("", "")),
    };
    match joined {
        Ok(entering) => Ok(admitted(&entering, Role::from_name(&invite.role), "/")),
        Err(refusal) if refusal.code.status() == 422 => {
            if errors.is_empty() {
                let field = if refusal.message.contains("password") {
                    "password"
                } else {
                    "name"
                };
                errors.add(field, &refusal);
            }
            Ok(refused(
                422,
                join_page(&frame, &token, &invite, fields.get("name"), &errors),
            ))
        }
        Err(refusal) => Err(failed(refusal)),
    }
}
