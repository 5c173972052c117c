//! The accounts behind a count of the segments, as a page and as a file. Must not say what a segment is.

use std::sync::Arc;

use axum::extract::{Query, State};
use beachhead_office::facts::measure::Fall;
use beachhead_office::reporting::query;
use beachhead_office::segmenting::AccountsFound;
use beachhead_office::{Office, Refusal};
use beachhead_press::numbers;
use maud::{Markup, html};

use crate::answer::{Answer, page};
use crate::evidence::asked::Asked;
use crate::evidence::download::{self, Ending};
use crate::evidence::{PAGE_ROWS, paging, place};
use crate::layout::{self, Place};
use crate::visitor::Visitor;

/// Which accounts an address asks for, and what they are called.
fn fall(asked: &Asked) -> Result<(Fall, String), Refusal> {
    let (segment, partner_type) = (asked.get("segment").to_owned(), asked.get("partner_type").to_owned());
    let counted = asked.get("counted") == "yes" || !partner_type.is_empty();
    if !segment.is_empty() {
        let partner_type = Some(partner_type).filter(|name| !name.is_empty());
        let title = match &partner_type {
            None => format!("Accounts of the segment {segment}"),
            Some(of) => format!("Accounts of the segment {segment} in the list of a {of} partner"),
        };
        return Ok(if counted {
            (Fall::Counted { segment, partner_type }, title)
        } else {
            (Fall::In(segment), title)
        });
    }
    let (fall, title) = match asked.get("fall") {
        "several" => (Fall::Several, "Accounts in two segments or more"),
        "some" => (Fall::Somewhere, "Accounts in a segment"),
        "" | "none" => (Fall::Nowhere, "Accounts in no segment"),
        "all" => (Fall::Known, "All accounts"),
        other => {
            return Err(Refusal::bad_input(
                format!("No accounts fall “{other}”"),
                "There are several, some, none, all.",
            ));
        }
    };
    Ok((fall, title.to_owned()))
}

/// `GET /segments/accounts`
pub async fn show(
    State(office): State<Arc<Office>>,
    visitor: Visitor,
    Query(query): Query<Vec<(String, String)>>,
) -> Answer {
    let asked = Asked::new(query);
    let (fall, title) = fall(&asked)?;
    let standing = office.standing(&visitor.actor, asked.day()?).await?;
    let counts_first = matches!(fall, Fall::Counted { .. });
    let found = office.segment_accounts(&visitor.actor, &standing, fall).await?;
    let rows = asked.query_without(&["page"]);
    let body = html! {
        p.breadcrumb { a href="/where" { "Where to win" } " / " a href="/segments" { "Segments" } }
        h1 { (title) }
        (asked.as_of().banner_on(&visitor.frame, &standing))
        p.lede {
            (numbers::plural(found.count(), "account", "accounts")) ", as known on " (numbers::date(standing.as_of))
            @if counts_first { ", that no earlier segment takes" } "."
        }
        p.inline-links {
            a href={ "/segments/accounts.csv?" (rows) } { "Download as CSV" } " "
            a href={ "/segments/accounts.xlsx?" (rows) } { "Download as XLSX" }
        }
        (table(&asked, &found)?)
        (paging(&asked, "/segments/accounts", found.count()))
    };
    Ok(page(
        &visitor.frame,
        layout::inside(&visitor, Place::Where, &title, &body),
    ))
}

/// `GET /segments/accounts.csv`, `GET /segments/accounts.xlsx`
pub async fn file(
    State(office): State<Arc<Office>>,
    visitor: Visitor,
    Ending(format): Ending,
    Query(query): Query<Vec<(String, String)>>,
) -> Answer {
    let asked = Asked::new(query);
    let (fall, title) = fall(&asked)?;
    let standing = office.standing(&visitor.actor, asked.day()?).await?;
    let found = office.segment_accounts(&visitor.actor, &standing, fall).await?;
    download::answer("accounts", format, found.file(title)).await
}

fn table(asked: &Asked, found: &AccountsFound) -> Result<Markup, Refusal> {
    let (rows, files) = (found.page(asked.page()? * PAGE_ROWS, PAGE_ROWS), found.files());
    Ok(html! {
        @if rows.is_empty() { p { "No account is here." } } @else {
            div.scroll tabindex="0" role="region" aria-label="Accounts" { table.dense {
                thead { tr {
                    th scope="col" { "Account" } th scope="col" { "Domain" } th scope="col" { "Country" } th scope="col" { "Segments" }
                    th scope="col" { "File and row" }
                } }
                tbody { @for row in &rows { tr {
                    th scope="row" { a href=(asked.as_of().on(&format!("/evidence/tables/accounts?account_id={}", query(&row.account_id)))) { (row.name) } } td { (row.domain) } td { (row.country) } td { (row.segments.join(", ")) }
                    td.nowrap { (place(&files, row.file, row.row)) }
                } } }
            } }
        }
    })
}
