//! Links that show the one page: what whoever holds one sees, and the page on which the owner makes them, lists them and
//! takes them back.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use beachhead_office::ledger::{Person, Share, StrategyVersion, VersionState};
use beachhead_office::sharing::{SHARE_DAYS, ShareState, state_of};
use beachhead_office::{Office, Permission};
use beachhead_press::tag::{Tag, Tone};
use beachhead_press::{numbers, one_page};
use maud::{Markup, html};

use crate::answer::{Answer, Failure, page, redirect_saying, set_cookie};
use crate::form::{Errors, Field, Fields, Signed, token};
use crate::layout::{self, Place};
use crate::strategy::refused;
use crate::visitor::{Frame, Visitor, cookie};
use crate::{day_of, name_of};

/// The cookie that carries the secret of a new link over one redirect, to the one page that shows it.
const LINK_COOKIE: &str = "beachhead-link";
/// No machine that finds a link shall list, keep or follow it.
const ROBOTS: HeaderName = HeaderName::from_static("x-robots-tag");
const NO_ROBOTS: HeaderValue = HeaderValue::from_static("noindex, nofollow, noarchive");

/// `GET /share/{token}`: the one page for whoever holds the link. Wrong, expired and taken back are the same page, byte for
/// byte, which names nothing.
pub async fn read(State(office): State<Arc<Office>>, frame: Frame, Path(secret): Path<String>) -> Answer {
    let mut answer = match office.shared(&secret).await? {
        Some(shared) => {
            let title = shared.page.title();
            let body = html! {
                h1 { (title) }
                (one_page::html(&shared.page, "page"))
                p.dim.noprint { "You read this by a link that works until " (numbers::date(shared.until)) ". It shows this page and no other." }
            };
            layout::sheet(frame.theme, &title, &body).into_response()
        }
        None => {
            let body = html! {
                h1 { "There is no such page" }
                p { "Ask whoever gave you the link for another one." }
            };
            (
                StatusCode::NOT_FOUND,
                layout::sheet(None, "There is no such page", &body),
            )
                .into_response()
        }
    };
    answer.headers_mut().insert(ROBOTS, NO_ROBOTS);
    Ok(answer)
}

/// `GET /strategy/share`
pub async fn list(State(office): State<Arc<Office>>, visitor: Visitor, headers: HeaderMap) -> Answer {
    visitor.actor.must(Permission::Share)?;
    let made = cookie(&headers, LINK_COOKIE)
        .filter(|secret| !secret.is_empty() && secret.bytes().all(|b| b.is_ascii_hexdigit()));
    let address = made.map(|secret| format!("{}/share/{secret}", origin(&headers)));
    let markup = list_page(
        &office,
        &visitor,
        address.as_deref(),
        &Fields::default(),
        &Errors::default(),
    )
    .await?;
    let mut response = page(&visitor.frame, markup);
    if made.is_some() {
        keep_secret(&mut response, "", 0);
    }
    Ok(response)
}

fn keep_secret(response: &mut Response, secret: &str, seconds: u32) {
    let cookie = format!("{LINK_COOKIE}={secret}; Path=/strategy/share; HttpOnly; SameSite=Strict; Max-Age={seconds}");
    set_cookie(response, &cookie);
}

/// Where a browser reaches this program. People sign in over https, or on the machine itself.
fn origin(headers: &HeaderMap) -> String {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let scheme = if matches!(name, "localhost" | "127.0.0.1" | "[::1]") {
        "http"
    } else {
        "https"
    };
    format!("{scheme}://{host}")
}

/// `POST /strategy/share`
pub async fn make(State(office): State<Arc<Office>>, signed: Signed) -> Answer {
    let Signed { visitor, fields } = &signed;
    visitor.must(Permission::Share)?;
    let mut errors = Errors::default();
    let version = match fields.get("version") {
        "" => None,
        typed => match typed.parse::<i64>() {
            Ok(number) => Some(number),
            Err(_) => {
                errors.add("version", "Choose one of the versions");
                None
            }
        },
    };
    let days = fields.get("days").parse().unwrap_or(0);
    if errors.is_empty() {
        match office.make_share(&visitor.actor, version, days).await {
            Ok(made) => {
                let until = numbers::date(day_of(made.share.expires_at));
                let mut response = redirect_saying("/strategy/share", &format!("The link works until {until}."));
                keep_secret(&mut response, made.secret.expose(), 60);
                return Ok(response);
            }
            Err(refusal) => {
                let field = if refusal.message.contains("days") {
                    "days"
                } else {
                    "version"
                };
                errors.add(field, refusal);
            }
        }
    }
    Ok(refused(422, list_page(&office, visitor, None, fields, &errors).await?))
}

/// `POST /strategy/share/{share}/revoke`
pub async fn revoke(State(office): State<Arc<Office>>, Path(id): Path<String>, signed: Signed) -> Answer {
    let visitor = &signed.visitor;
    let done = office.revoke_share(&visitor.actor, &id).await;
    done.map_err(|refusal| Failure::on(&visitor.frame, refusal))?;
    let said = "The link is taken back: it shows nothing from now on.";
    Ok(redirect_saying("/strategy/share", said))
}

async fn list_page(
    office: &Office,
    visitor: &Visitor,
    made: Option<&str>,
    fields: &Fields,
    errors: &Errors,
) -> Result<Markup, Failure> {
    let shares = office.shares(&visitor.actor).await?;
    let versions = office.versions(&visitor.actor).await?;
    let people = office.people(&visitor.actor).await?;
    let now = office.surroundings().now();
    let holding = shares.iter().filter(|share| share.holds(now)).count() as u64;
    let body = html! {
        p.breadcrumb { a href="/" { "Strategy" } }
        h1 { "Links to the one page" }
        p.lede { @if holding == 0 { "No link shows" } @else { (numbers::plural(holding, "link shows", "links show")) } " the one page to whoever holds it, for reading only; each ends by itself and can be taken back." }
        (errors.summary())
        @if let Some(address) = made { (made_card(address)) }
        (new_form(visitor, &versions, fields, errors))
        h2 { "All links" }
        @if shares.is_empty() { (example()) } @else { (table(visitor, &shares, &people, now)) }
    };
    Ok(layout::inside(
        visitor,
        Place::Strategy,
        &errors.title("Links to the one page"),
        &body,
    ))
}

/// The one time that the link is shown.
fn made_card(address: &str) -> Markup {
    html! {
        section.card.next-step aria-labelledby="made" {
            h2 id="made" { "Copy the link now" }
            div.field {
                label for="link" { "The link" }
                p.hint id="link-hint" { "It is not kept and not shown again. Whoever has it can read the page." }
                input type="text" id="link" readonly value=(address) aria-describedby="link-hint";
            }
        }
    }
}

fn new_form(visitor: &Visitor, versions: &[StrategyVersion], fields: &Fields, errors: &Errors) -> Markup {
    if versions.is_empty() {
        return html! { p { "There is no version to show yet. " a href="/" { "Ask for a signature" } " first." } };
    }
    let in_force = versions.iter().any(|version| version.state == VersionState::Signed);
    let newest = (String::new(), "Whichever is in force when it is opened".to_owned());
    let each = versions.iter().map(|version| {
        let number = version.number.to_string();
        let words = format!("Version {number}, {}", version.state.as_str());
        (number, words)
    });
    let options: Vec<(String, String)> = in_force.then_some(newest).into_iter().chain(each).collect();
    let days = SHARE_DAYS.map(|days| (days.to_string(), format!("{days} days")));
    let chosen = if fields.has("days") { fields.get("days") } else { "30" };
    html! {
        form method="post" action="/strategy/share" novalidate {
            (token(visitor))
            (Field::new("version", "What it shows").value(fields.get("version")).select(&options, errors))
            (Field::new("days", "For how long").value(chosen).radios(&days, errors))
            button.btn.primary type="submit" { "Make a link" }
        }
    }
}

fn example() -> Markup {
    html! {
        p { "Nobody has a link. Make one for a reader who shall see the one page and have no account." }
        div.example aria-hidden="true" { p { strong { "Example: " } "Version 2, made by the owner on 5 Nov 2026, works until 5 Dec 2026, last opened on 8 Nov 2026." } }
    }
}

fn table(visitor: &Visitor, shares: &[Share], people: &[Person], now: jiff::Timestamp) -> Markup {
    let day = |at| numbers::date(day_of(at));
    html! { div.scroll tabindex="0" role="region" aria-label="All links" { table {
        thead { tr { th scope="col" { "Shows" } th scope="col" { "State" } th scope="col" { "Made" } th scope="col" { "Works until" } th scope="col" { "Last opened" } td {} } }
        tbody { @for share in shares { tr {
            th scope="row" { @match share.version { Some(number) => { "Version " (number) }, None => "The version in force" } }
            td { @match state_of(share, now) {
                ShareState::Holds => (Tag::new(Tone::Positive, Some('●'), "Works").html()),
                ShareState::Expired => (Tag::new(Tone::Muted, Some('■'), "Ended").html()),
                ShareState::Revoked => (Tag::new(Tone::Muted, Some('✕'), "Taken back").html()),
            } }
            td { (name_of(people, &share.made_by)) ", " (day(share.made_at)) }
            td { (day(share.expires_at)) }
            td { @match share.used_at { Some(at) => (day(at)), None => "never" } }
            td { @if state_of(share, now) == ShareState::Holds {
                form method="post" action={ "/strategy/share/" (share.id) "/revoke" } {
                    (token(visitor))
                    button.btn type="submit" { "Take back" span.visually-hidden { " the link of " (day(share.made_at)) } }
                }
            } }
        } } }
    } } }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderMap;

    use super::origin;

    #[test]
    fn a_link_is_https_unless_it_is_on_the_machine_itself() {
        for (host, link) in [
            ("127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("[::1]:8080", "http://[::1]:8080"),
            ("strategy.northwind.example", "https://strategy.northwind.example"),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert("host", host.parse().unwrap());
            assert_eq!(origin(&headers), link);
        }
    }
}
