//! `/data/exports`: everything that can be taken out again, in one place; and the queue of pairs under its address.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use beachhead_office::mapping::PartnerOverview;
use beachhead_office::{Code, Office, Permission, Refusal, reporting};
use beachhead_press::numbers;
use maud::{Markup, html};

use super::words;
use crate::answer::{Answer, Failure, page, redirect};
use crate::evidence::download::{self, Ending};
use crate::layout::{self, Place};
use crate::visitor::Visitor;

/// `GET /data/exports`
pub async fn exports(State(office): State<Arc<Office>>, visitor: Visitor) -> Answer {
    let actor = &visitor.actor;
    let failed = |refusal: Refusal| Failure::on(&visitor.frame, refusal);
    let facts = match office.facts(actor, None).await {
        Ok(facts) => Some(facts),
        Err(refusal) if refusal.code == Code::Conflict => None,
        Err(refusal) => return Err(failed(refusal)),
    };
    let owner = actor.role.may(Permission::Administer);
    let body = html! {
        p.breadcrumb { a href="/data" { "Data" } }
        h1 { "Exports" }
        p.lede { "Everything that is in here can be taken out again, at any time, in forms that other programs read." }
        h2 { "What people wrote and decided" }
        div.scroll tabindex="0" role="region" aria-label="What people wrote and decided" { table {
            thead { tr { th scope="col" { "What" } th scope="col" { "As" } } }
            tbody {
                (line("The strategy as it is written now", &[("TOML", "/strategy/written.toml")]))
                (line("Every decision on bets and cells, with reason, decider and evidence", &[("CSV", "/data/exports/decisions.csv"), ("XLSX", "/data/exports/decisions.xlsx")]))
                (line("What people said of pairs of accounts", &[("CSV", "/match-decisions.csv")]))
                @if owner {
                    (line("The audit log", &[("CSV", "/settings/audit.csv")]))
                    (line("Everything at once, to restore elsewhere", &[("a backup", "/settings/backups")]))
                }
            }
        } }
        h2 { "The facts in force" }
        @match &facts {
            None => {
                p { "Each table that was imported stands here, as CSV and XLSX, in the names of the product and those of the source." }
                p { a.btn.primary href="/data" { "Import files" } }
                div.example aria-hidden="true" { p { strong { "Example: " } "Opportunities · 8 800 rows · CSV, XLSX" } }
            },
            Some(facts) => {
                div.scroll tabindex="0" role="region" aria-label="The facts in force" { table {
                    thead { tr { th scope="col" { "Table" } th.num scope="col" { "Rows" } th scope="col" { "As" } } }
                    tbody { @for table in &facts.tables { tr {
                        @let address = format!("/evidence/tables/{}", table.source.table.name());
                        th scope="row" { a href=(address) { (words(table.source.table)) } }
                        td.num { (numbers::count(table.source.rows)) }
                        td { (formats(&words(table.source.table), &[("CSV", &format!("{address}.csv")), ("XLSX", &format!("{address}.xlsx"))])) }
                    } } }
                } }
                p { "Opportunities as they count today, each with its class and partner: " (formats("Opportunities as they count", &[("CSV", "/evidence.csv"), ("XLSX", "/evidence.xlsx")])) }
            }
        }
        p.dim { "From the command line: " code { "beachhead export" } ", " code { "beachhead strategy export" } ", " code { "beachhead backup" } ". A sheet holds at most 1 048 576 rows; CSV holds any number." }
    };
    Ok(page(
        &visitor.frame,
        layout::inside(&visitor, Place::Data, "Exports", &body),
    ))
}

fn line(what: &str, formats_of: &[(&str, &str)]) -> Markup {
    html! { tr { th scope="row" { (what) } td { (formats(what, formats_of)) } } }
}

fn formats(what: &str, formats: &[(&str, &str)]) -> Markup {
    html! { @for (at, (name, address)) in formats.iter().enumerate() {
        @if at > 0 { " · " }
        a href=(address) aria-label={ (what) " as " (name) } { (name) }
    } }
}

/// `GET /data/exports/decisions.csv`, and the same as XLSX.
pub async fn decisions(State(office): State<Arc<Office>>, visitor: Visitor, Ending(format): Ending) -> Answer {
    let rows = office.decisions_file(&visitor.actor).await;
    let rows = rows.map_err(|refusal| Failure::on(&visitor.frame, refusal))?;
    download::answer("decisions", format, rows).await
}

/// `GET /data/matches`: the pairs that wait, of the partner with most of them; the list of partners where none waits.
pub async fn matches(State(office): State<Arc<Office>>, visitor: Visitor) -> Result<Response, Failure> {
    let view = match office.mapped_partners(&visitor.actor, None).await {
        Ok(view) => view,
        Err(refusal) if refusal.code == Code::Conflict => return Ok(redirect("/mapping")),
        Err(refusal) => return Err(Failure::on(&visitor.frame, refusal)),
    };
    let waiting = |partner: &&PartnerOverview| partner.waiting.unwrap_or(0);
    let most = view
        .partners
        .iter()
        .max_by_key(waiting)
        .filter(|partner| waiting(partner) > 0);
    Ok(match most {
        Some(partner) => redirect(&format!("/mapping/{}/review", reporting::query(&partner.id))),
        None => redirect("/mapping"),
    })
}
