//! The board page: three numbers with their definitions and days, each leading to its rows; spend and the next ask.

use std::sync::Arc;

use axum::extract::{Query, State};
use beachhead_office::{Code, Office, Refusal};
use beachhead_press::board;
use maud::{Markup, html};

use crate::AsOf;
use crate::answer::{Answer, page};
use crate::layout::{self, Place};
use crate::visitor::Visitor;

/// `GET /board`
pub async fn show(State(office): State<Arc<Office>>, visitor: Visitor, Query(as_of): Query<AsOf>) -> Answer {
    let (title, answer) = match office.board(&visitor.actor, as_of.day()?).await {
        Ok(found) => (
            found.title(),
            html! { (board::html(&found, "board")) (further(&as_of)) },
        ),
        Err(refusal) if refusal.code == Code::Conflict => {
            ("Partnerships in three numbers".to_owned(), not_yet(&refusal))
        }
        Err(refusal) => return Err(refusal.into()),
    };
    let body = html! {
        p.breadcrumb.noprint { a href="/" { "Strategy" } }
        h1 { (title) }
        (as_of.banner(&visitor.frame))
        (answer)
    };
    Ok(page(
        &visitor.frame,
        layout::inside(&visitor, Place::Strategy, "Board page", &body),
    ))
}

fn further(as_of: &AsOf) -> Markup {
    html! {
        div.actions.noprint {
            a.btn.primary href=(as_of.on("/miss")) { "Explain a miss" }
            a.btn href=(as_of.on("/")) { "The strategy on one page" }
        }
    }
}

fn not_yet(refusal: &Refusal) -> Markup {
    html! {
        p.lede { (refusal.message) "." }
        p { "This page says what partnerships brought, how fast and how surely, each with its definition, its n, its range and its day; and what it cost. " (refusal.hint) }
        p { a.btn.primary href="/data" { "Import a file" } }
        div.example aria-hidden="true" { p { strong { "Example: sourced pipeline " } "USD 2.1 million (1.4 to 3.0), from 34 opportunities of 29 accounts, as of 31 Oct 2026" } }
    }
}
