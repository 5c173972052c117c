//! What is said besides of a page that is not there or not theirs: the records that were perhaps meant, and the people who
//! may. Must not refuse anything itself.

use axum::body::Body;
use axum::extract::{FromRequestParts as _, Request, State};
use axum::http::Uri;
use axum::middleware::Next;
use axum::response::Response;
use beachhead_office::ledger::Person;
use beachhead_office::searching::distance;
use beachhead_office::{Code, Office, Permission, Refusal};
use maud::{Markup, html};

use crate::Site;
use crate::answer::{Shown, refused_page};
use crate::layout::{self, Place};
use crate::visitor::Visitor;

/// Puts a refusal that somebody signed in is shown into their own frame, with the way on.
pub async fn explain(State(site): State<Site>, request: Request, next: Next) -> Response {
    let mut asked = Request::new(Body::empty());
    *asked.method_mut() = request.method().clone();
    *asked.uri_mut() = request.uri().clone();
    *asked.headers_mut() = request.headers().clone();
    let response = next.run(request).await;
    let Some(Shown(refusal)) = response.extensions().get::<Shown>().cloned() else {
        return response;
    };
    let (mut parts, _) = asked.into_parts();
    let Ok(visitor) = Visitor::from_request_parts(&mut parts, &site).await else {
        return response;
    };
    let more = more(&site.office, &visitor, &refusal, &parts.uri).await;
    refused_page(&refusal, &more, |heading, body| {
        layout::inside(&visitor, None, heading, body)
    })
}

async fn more(office: &Office, visitor: &Visitor, refusal: &Refusal, uri: &Uri) -> Markup {
    match (refusal.code, refusal.missing) {
        (Code::NotFound, _) => meant(office, visitor, uri.path()).await,
        (Code::NotAllowed, Some(permission)) => holders(office, visitor, permission).await,
        _ => html! {},
    }
}

/// The places and records whose addresses are most like the one asked for.
async fn meant(office: &Office, visitor: &Visitor, path: &str) -> Markup {
    let places = Place::MENU
        .iter()
        .filter(|(_, _, address, _)| *address != "/" && distance(path, address).is_some());
    // A page that is not there says so, also where nothing can be looked up.
    let records = office.nearest(&visitor.actor, path).await.unwrap_or_default();
    let links: Vec<(&str, &str)> = places
        .map(|(_, name, address, _)| (*name, *address))
        .chain(
            records
                .iter()
                .map(|found| (found.name.as_str(), found.address.as_str())),
        )
        .collect();
    html! {
        @if links.is_empty() {
            p { "Look for it by name: " a href="/search" { "search" } "." }
        } @else {
            p { "Perhaps you meant:" }
            ul { @for (name, address) in links { li { a href=(address) { (name) } } } }
        }
    }
}

/// The people who hold a permission, by name.
async fn holders(office: &Office, visitor: &Visitor, permission: Permission) -> Markup {
    let people = office.people(&visitor.actor).await.unwrap_or_default();
    let words = holding(&people, permission);
    html! { @if !words.is_empty() { p { (words) } } }
}

/// "Here that is Priya Nair (data)."; nothing where nobody holds it.
pub(crate) fn holding(people: &[Person], permission: Permission) -> String {
    let may = |role: &str| permission.holders().any(|holder| holder.name() == role);
    let names: Vec<String> = people
        .iter()
        .filter(|person| person.ended_at.is_none() && may(&person.role))
        .map(|person| format!("{} ({})", person.name, person.role))
        .collect();
    if names.is_empty() {
        return String::new();
    }
    format!("Here that is {}.", names.join(", "))
}
