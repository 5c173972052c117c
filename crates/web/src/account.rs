//! `/account`: one's own name, password, second factor, sessions, theme and keys.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use beachhead_office::inviting::OwnSession;
use beachhead_office::second_factor::OwnFactor;
use beachhead_office::{Code, Office, Refusal};
use beachhead_press::numbers;
use maud::{Markup, html};

use crate::answer::{Answer, Failure, page, redirect_saying};
use crate::day_of;
use crate::form::{Errors, Field, Signed, token};
use crate::layout;
use crate::second_factor::left;
use crate::sign_in::{password_field, signed_in};
use crate::strategy::refused;
use crate::visitor::{SESSION_COOKIE, Visitor, cookie};

/// `GET /account`
pub async fn show(State(office): State<Arc<Office>>, headers: HeaderMap, visitor: Visitor) -> Answer {
    let shown = drawn(&office, &headers, &visitor, &Errors::default()).await?;
    Ok(page(&visitor.frame, shown))
}

async fn drawn(office: &Office, headers: &HeaderMap, visitor: &Visitor, errors: &Errors) -> Result<Markup, Failure> {
    let secret = cookie(headers, SESSION_COOKIE);
    let sessions = office.own_sessions(&visitor.actor, secret).await;
    let sessions = sessions.map_err(|refusal| Failure::on(&visitor.frame, refusal))?;
    let factor = office.own_second_factor(&visitor.actor).await;
    let factor = factor.map_err(|refusal| Failure::on(&visitor.frame, refusal))?;
    let is_demo = visitor.frame.demo.is_some();
    let body = html! {
        h1 { "Your account" }
        p.lede { "You are " (visitor.actor.name) ", and your role is " (visitor.actor.role.name()) ". " a href="/settings/people" { "What a role may do" } }
        (errors.summary())
        h2 { "Name" }
        form method="post" action="/account/name" novalidate {
            (token(visitor))
            (Field::new("name", "Your name").hint("It stands beside what you decide and sign.").autocomplete("name").value(&visitor.actor.name).input(errors))
            button.btn type="submit" { "Save the name" }
        }
        h2 { "Password" }
        @if is_demo { p { "Nobody signs in to the worked example, so there are no passwords and no sessions here." } }
        @else {
            form method="post" action="/account/password" novalidate {
                (token(visitor))
                (Field::new("current", "The password you have").kind("password").autocomplete("current-password").input(errors))
                (password_field("new", "A new password", errors))
                p.hint { "Every session of yours ends, but for this one." }
                button.btn type="submit" { "Change the password" }
            }
            h2 { "Second factor" }
            (second_factor(&factor))
            h2 { "Sessions" }
            (own_sessions(visitor, &sessions))
        }
        (look(visitor))
    };
    Ok(layout::inside(visitor, None, &errors.title("Your account"), &body))
}

fn second_factor(factor: &OwnFactor) -> Markup {
    html! {
        @match factor {
            OwnFactor::InForce { since, recovery_codes } => {
                p { "You sign in with a code of your app since " (numbers::date(day_of(*since))) "; " (left(*recovery_codes)) "." }
                p { a.btn href="/account/second-factor" { "Recovery codes, or switch it off" } }
            },
            OwnFactor::Absent | OwnFactor::Offered(_) => {
                p { "Off. With it you sign in with your password and a code that an app on your phone shows." }
                p { a.btn href="/account/second-factor" { "Set up a second factor" } }
            },
        }
    }
}

fn own_sessions(visitor: &Visitor, sessions: &[OwnSession]) -> Markup {
    let at = |at: jiff::Timestamp| at.strftime("%-d %b %Y %H:%M UTC").to_string();
    html! {
        p { "You are signed in in " (numbers::plural(sessions.len() as u64, "browser", "browsers")) ". End one that you do not know, and change the password." }
        div.scroll tabindex="0" role="region" aria-label="Your sessions" { table {
            thead { tr { th scope="col" { "Began" } th scope="col" { "Last used" } th scope="col" { "Ends at the latest" } td { span.visually-hidden { "What to do" } } } }
            tbody { @for session in sessions { tr {
                th scope="row" { (at(session.began)) @if session.is_this { " (this browser)" } }
                td.nowrap { (at(session.last_seen)) } td.nowrap { (at(session.ends)) }
                td { @if !session.is_this {
                    form method="post" action={ "/account/sessions/" (session.name) "/end" } {
                        (token(visitor))
                        button.btn.link type="submit" aria-label={ "End the session that began on " (at(session.began)) } { "End it" }
                    }
                } }
            } } }
        } }
    }
}

/// What the visitor sees, which is no part of the record: theme and keys, kept in this browser.
fn look(visitor: &Visitor) -> Markup {
    let theme = visitor.frame.theme.unwrap_or("system");
    let themes = [
        ("system", "As the system sets it"),
        ("light", "Light"),
        ("dark", "Dark"),
    ];
    let keys = if visitor.frame.keys { "on" } else { "off" };
    let switch = [("on", "On"), ("off", "Off")];
    let options = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        pairs
            .iter()
            .map(|(value, words)| ((*value).to_owned(), (*words).to_owned()))
            .collect()
    };
    let none = Errors::default();
    html! {
        h2 { "Theme" }
        form method="post" action="/theme" {
            input type="hidden" name="back" value="/account";
            (Field::new("theme", "Colours of the pages").value(theme).radios(&options(&themes), &none))
            button.btn type="submit" { "Save the theme" }
        }
        h2 { "Keys" }
        form method="post" action="/keys" {
            input type="hidden" name="back" value="/account";
            (Field::new("keys", "Single keys do what a page says they do").hint("Such as j and k for rows, g and a letter for a place. Ctrl K stays in any case.").value(keys).radios(&options(&switch), &none))
            button.btn type="submit" { "Save the keys" }
        }
        p.dim { "Theme and keys are kept in this browser. " a href="/help#keys" { "The keys" } }
    }
}

/// `POST /account/name`
pub async fn rename(State(office): State<Arc<Office>>, headers: HeaderMap, signed: Signed) -> Answer {
    let Signed { visitor, fields } = &signed;
    match office.rename_self(&visitor.actor, fields.get("name")).await {
        Ok(()) => Ok(redirect_saying("/account", "Your name is saved.")),
        Err(refusal) => wrong(&office, &headers, visitor, "name", refusal).await,
    }
}

/// `POST /account/password`
pub async fn change_password(State(office): State<Arc<Office>>, headers: HeaderMap, signed: Signed) -> Answer {
    let Signed { visitor, fields } = &signed;
    match office
        .change_password(&visitor.actor, fields.get("current"), fields.get("new").to_owned())
        .await
    {
        Ok(secret) => {
            let said = "Your password is changed; your other sessions have ended.";
            Ok(signed_in(redirect_saying("/account", said), &secret))
        }
        Err(refusal) => {
            let field = if refusal.message.starts_with("The password") {
                "new"
            } else {
                "current"
            };
            wrong(&office, &headers, visitor, field, refusal).await
        }
    }
}

async fn wrong(office: &Office, headers: &HeaderMap, visitor: &Visitor, field: &str, refusal: Refusal) -> Answer {
    if !matches!(refusal.code, Code::BadInput | Code::TooMany) {
        return Err(Failure::on(&visitor.frame, refusal));
    }
    let mut errors = Errors::default();
    errors.add(field, &refusal);
    Ok(refused(
        refusal.code.status(),
        drawn(office, headers, visitor, &errors).await?,
    ))
}

/// `POST /account/sessions/{session}/end`
pub async fn end_session(State(office): State<Arc<Office>>, Path(name): Path<String>, signed: Signed) -> Answer {
    let visitor = &signed.visitor;
    let ended = office.end_own_session(&visitor.actor, &name).await;
    ended.map_err(|refusal| Failure::on(&visitor.frame, refusal))?;
    Ok(redirect_saying("/account", "The session has ended."))
}
