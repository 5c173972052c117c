//! Getting in: the one-time setup link, signing in and out, the chosen theme, and as whom the worked example is seen.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use beachhead_office::people::NewPerson;
use beachhead_office::reporting::query;
use beachhead_office::second_factor::Admitted;
use beachhead_office::{Code, Office, Role};
use maud::{Markup, html};
use serde::Deserialize;

use crate::answer::{Answer, page, redirect, redirect_saying, set_cookie};
use crate::form::{Errors, Field, Fields, Signed};
use crate::layout;
use crate::second_factor::admitted;
use crate::visitor::{Frame, KEYS_COOKIE, PERSONA_COOKIE, SESSION_COOKIE, THEME_COOKIE};

/// How long a browser keeps the session cookie; the record ends the session earlier when it is idle.
const COOKIE_SECONDS: u32 = 14 * 24 * 3600;

/// Where to go after signing in.
#[derive(Debug, Default, Deserialize)]
pub struct Back {
    #[serde(default)]
    back: String,
}

impl Back {
    /// What a form of ours carried on.
    pub fn of(fields: &Fields) -> Self {
        Self {
            back: fields.get("back").to_owned(),
        }
    }

    /// A path of ours, or the front page: never another site.
    pub fn safe(&self) -> &str {
        safe(&self.back)
    }
}

/// A path of ours, or the front page: never another site.
fn safe(path: &str) -> &str {
    let ours = path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains('\\')
        && path.chars().all(|c| c.is_ascii_graphic());
    if ours { path } else { "/" }
}

fn sign_in_page(frame: &Frame, fields: &Fields, back: &str, errors: &Errors) -> Markup {
    let title = errors.title("Sign in");
    let body = html! {
        h1 { "Sign in" }
        (errors.summary())
        form method="post" action="/sign-in" novalidate {
            input type="hidden" name="back" value=(back);
            (Field::new("email", "E-mail").kind("email").autocomplete("username").value(fields.get("email")).input(errors))
            (Field::new("password", "Password").kind("password").autocomplete("current-password").input(errors))
            div.actions { button.btn.primary type="submit" { "Sign in" } }
        }
        p.dim { "A forgotten password? An owner of the program can make you a link that sets a new one." }
    };
    layout::outside(frame, &title, &body)
}

/// `GET /sign-in`
pub async fn form(frame: Frame, Query(back): Query<Back>) -> Response {
    page(
        &frame,
        sign_in_page(&frame, &Fields::default(), back.safe(), &Errors::default()),
    )
}

/// `POST /sign-in`
pub async fn enter(State(office): State<Arc<Office>>, frame: Frame, fields: Fields) -> Answer {
    let back = safe(fields.get("back")).to_owned();
    match office.sign_in(fields.get("email"), fields.get("password")).await {
        Ok(entering) => {
            let session = match &entering {
                Admitted::In(secret) => office.session(secret.expose()).await?,
                Admitted::CodeFirst(_) | Admitted::SetUpFirst(_) => None,
            };
            Ok(admitted(&entering, session.map(|session| session.actor.role), &back))
        }
        Err(refusal) if refusal.code == Code::Internal => Err(refusal.into()),
        Err(refusal) => {
            let mut errors = Errors::default();
            errors.add("email", &refusal.message);
            let status = axum::http::StatusCode::from_u16(refusal.code.status()).unwrap_or_default();
            Ok((status, sign_in_page(&frame, &fields, &back, &errors)).into_response())
        }
    }
}

/// Where somebody of a role begins who asked for no page.
pub(crate) const fn landing(role: Role) -> &'static str {
    match role {
        Role::PartnerManager => "/targets?owner=me",
        Role::Data => "/data",
        Role::Owner | Role::Sponsor | Role::Viewer => "/",
    }
}

pub(crate) fn signed_in(mut response: Response, secret: &str) -> Response {
    let cookie = format!("{SESSION_COOKIE}={secret}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={COOKIE_SECONDS}");
    set_cookie(&mut response, &cookie);
    response
}

/// `POST /sign-out`
pub async fn leave(State(office): State<Arc<Office>>, headers: axum::http::HeaderMap, signed: Signed) -> Answer {
    if let Some(secret) = crate::visitor::cookie(&headers, SESSION_COOKIE) {
        office.sign_out(&signed.visitor.actor, secret).await?;
    }
    let mut response = redirect("/sign-in");
    set_cookie(
        &mut response,
        &format!("{SESSION_COOKIE}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0"),
    );
    Ok(response)
}

/// The field of a password that is being chosen.
pub(crate) fn password_field(name: &str, label: &str, errors: &Errors) -> Markup {
    let hint = "12 characters or more. A few words you remember are best.";
    let field = Field::new(name, label)
        .hint(hint)
        .kind("password")
        .autocomplete("new-password");
    field.required().input(errors)
}

fn setup_page(frame: &Frame, token: &str, fields: &Fields, errors: &Errors) -> Markup {
    let title = errors.title("Set up Beachhead");
    let body = html! {
        h1 { "Set up Beachhead" }
        p.lede { "You are the first one here. Make your account; you will be the owner, the one who writes the strategy." }
        (errors.summary())
        form method="post" action={ "/setup/" (token) } novalidate {
            (Field::new("name", "Your name").autocomplete("name").value(fields.get("name")).required().input(errors))
            (Field::new("email", "E-mail").kind("email").autocomplete("username").value(fields.get("email")).required().input(errors))
            (password_field("password", "Password", errors))
            button.btn.primary type="submit" { "Make the account" }
        }
    };
    layout::outside(frame, &title, &body)
}

/// `GET /setup/{token}`
pub async fn setup(State(office): State<Arc<Office>>, frame: Frame, Path(token): Path<String>) -> Answer {
    office.check_setup_link(&token).await?;
    Ok(page(
        &frame,
        setup_page(&frame, &token, &Fields::default(), &Errors::default()),
    ))
}

/// `POST /setup/{token}`
pub async fn first_person(
    State(office): State<Arc<Office>>,
    frame: Frame,
    Path(token): Path<String>,
    fields: Fields,
) -> Answer {
    let mut errors = Errors::default();
    let person = NewPerson {
        name: errors.require(&fields, "name", "Enter your name"),
        email: errors.require(&fields, "email", "Enter your e-mail address"),
        password: fields.get("password").to_owned(),
    };
    if let Err(refusal) = person.check() {
        errors.add(
            if refusal.message.contains("e-mail") {
                "email"
            } else {
                "password"
            },
            refusal.message,
        );
    }
    if !errors.is_empty() {
        let markup = setup_page(&frame, &token, &fields, &errors);
        return Ok((axum::http::StatusCode::UNPROCESSABLE_ENTITY, markup).into_response());
    }
    let secret = office.set_up(&token, person).await?;
    Ok(signed_in(redirect("/start"), &secret))
}

/// `POST /theme`: the one write that needs no token, for it changes only what the visitor sees.
pub async fn theme(fields: Fields) -> Response {
    let mut response = redirect(safe(fields.get("back")));
    let cookie = match fields.get("theme") {
        theme @ ("light" | "dark") => format!("{THEME_COOKIE}={theme}; Path=/; SameSite=Lax; Max-Age=31536000"),
        _ => format!("{THEME_COOKIE}=; Path=/; SameSite=Lax; Max-Age=0"),
    };
    set_cookie(&mut response, &cookie);
    response
}

/// `POST /keys`: whether single keys do something. It is no part of the record and needs no sign-in.
pub async fn keys(fields: Fields) -> Response {
    let mut response = redirect(safe(fields.get("back")));
    let cookie = match fields.get("keys") {
        "off" => format!("{KEYS_COOKIE}=off; Path=/; SameSite=Lax; Max-Age=31536000"),
        _ => format!("{KEYS_COOKIE}=; Path=/; SameSite=Lax; Max-Age=0"),
    };
    set_cookie(&mut response, &cookie);
    response
}

/// `POST /demo/persona`: as whom the worked example is looked at.
pub async fn persona(signed: Signed) -> Response {
    let role = Role::from_name(signed.fields.get("as")).unwrap_or(Role::Owner);
    let mut response = redirect_saying(
        safe(signed.fields.get("back")),
        &format!("You look at it as somebody with the role {} now.", role.name()),
    );
    set_cookie(
        &mut response,
        &format!(
            "{PERSONA_COOKIE}={}; Path=/; HttpOnly; SameSite=Lax",
            query(role.name())
        ),
    );
    response
}

#[cfg(test)]
mod tests {
    use super::safe;

    #[test]
    fn only_our_own_paths_are_gone_back_to() {
        assert_eq!(safe("/bets/hris?as_of=2026-06-30"), "/bets/hris?as_of=2026-06-30");
        for other in [
            "//evil.example",
            "https://evil.example",
            "",
            "/\\evil.example",
            "javascript:1",
            "/a\r\nb",
        ] {
            assert_eq!(safe(other), "/", "{other:?}");
        }
    }
}
