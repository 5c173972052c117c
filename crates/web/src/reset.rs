//! `/reset/{token}`: a password set anew by a link that an owner made.

use std::sync::Arc;

use axum::extract::{Path, State};
use beachhead_office::ledger::Person;
use beachhead_office::{Office, Refusal};
use maud::{Markup, html};

use crate::answer::{Answer, Failure, page, redirect_saying};
use crate::form::{Errors, Field, Fields};
use crate::layout;
use crate::sign_in::password_field;
use crate::strategy::refused;
use crate::visitor::Frame;

fn drawn(frame: &Frame, token: &str, person: &Person, errors: &Errors) -> Markup {
    let body = html! {
        h1 { "Set a new password" }
        p.lede { "For " (person.name) ". Every session of yours ends, and you sign in with the new password." }
        (errors.summary())
        form method="post" action={ "/reset/" (token) } novalidate {
            (Field::new("email", "E-mail").kind("email").autocomplete("username").value(&person.email).readonly().input(errors))
            (password_field("password", "A new password", errors))
            button.btn.primary type="submit" { "Set the password" }
        }
    };
    layout::outside(frame, &errors.title("Set a new password"), &body)
}

/// `GET /reset/{token}`
pub async fn show(State(office): State<Arc<Office>>, frame: Frame, Path(token): Path<String>) -> Answer {
    let person = office.reset_by(&token).await;
    let person = person.map_err(|refusal| Failure::on(&frame, refusal))?;
    Ok(page(&frame, drawn(&frame, &token, &person, &Errors::default())))
}

/// `POST /reset/{token}`
pub async fn set(State(office): State<Arc<Office>>, frame: Frame, Path(token): Path<String>, fields: Fields) -> Answer {
    let failed = |refusal: Refusal| Failure::on(&frame, refusal);
    let person = office.reset_by(&token).await.map_err(failed)?;
    match office.reset_password(&token, fields.get("password").to_owned()).await {
        Ok(()) => Ok(redirect_saying("/sign-in", "Your password is set. Sign in with it.")),
        Err(refusal) if refusal.code.status() == 422 => {
            let mut errors = Errors::default();
            errors.add("password", &refusal);
            Ok(refused(422, drawn(&frame, &token, &person, &errors)))
        }
        Err(refusal) => Err(failed(refusal)),
    }
}
