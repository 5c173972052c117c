//! `/data`: what facts there are, how fresh they are, what is under way, and what was imported.

use std::sync::Arc;

use axum::extract::State;
use beachhead_office::import_jobs::{ImportJob, JobState};
use beachhead_office::imports::ImportEntry;
use beachhead_office::sources::{FactsView, Freshness};
use beachhead_office::{Code, Office, Permission};
use beachhead_press::numbers;
use beachhead_press::tag::{Tag, Tone};
use jiff::civil::Date;
use maud::{Markup, html};

use super::{LISTED, summed, words};
use crate::answer::{Answer, page};
use crate::form::token;
use crate::layout::{self, Place};
use crate::visitor::Visitor;
use crate::{day_of, name_of};

/// `GET /data`
pub async fn show(State(office): State<Arc<Office>>, visitor: Visitor) -> Answer {
    let actor = &visitor.actor;
    let facts = match office.facts(actor, None).await {
        Ok(facts) => Some(facts),
        Err(refusal) if refusal.code == Code::Conflict => None,
        Err(refusal) => return Err(refusal.into()),
    };
    let imports = office.imports(actor).await?;
    let people = office.people(actor).await?;
    let may_import = actor.role.may(Permission::Import);
    let unfinished = if may_import {
        office.unfinished_imports(actor).await?
    } else {
        Vec::new()
    };
    let today = office.surroundings().today();
    let name = |id: &str| name_of(&people, id);
    let body = html! {
        h1 { "Data" }
        p.lede {
            @match &facts {
                Some(facts) => { "The facts are as of " (numbers::date_from(facts.as_of, today)) ". " (freshness(facts.freshness)) },
                None => "No facts have been imported yet. Drop in an export of your CRM; the columns are matched once.",
            }
        }
        (under_way(&unfinished, &name))
        @if may_import { (upload_form(&visitor)) }
        @match &facts {
            Some(facts) => (tables(facts, today)),
            None => div.example aria-hidden="true" { p { strong { "Example: " } "opportunities.csv · 8 800 rows read, 8 800 accepted, 0 rejected" } },
        }
        h2 { "What can be done with them" }
        dl.summary-list {
            @if facts.is_some() {
                (line("Pairs of accounts to review", "/data/matches", "Which of a partner's accounts are ours: what is unsure waits for a person."))
                (line("Accounts in common with partners", "/mapping", "Whose customers are in our pipeline, partner by partner."))
                (line("Sources, columns and drift", "/data/sources", "How fresh each table is, what fills it, what flows to parked cells."))
                (line("Attribution", "/data/attribution", "Who sourced and who influenced an opportunity; try another policy."))
                (line("Conversion by month", "/evidence/cohorts", "How many of each month's starts came to something, with maturity."))
            }
            @if may_import { (line("Mapping profiles", "/data/profiles", "How the columns of your exports were matched, kept for the next file.")) }
            (line("Exports", "/data/exports", "Everything in here, taken out again."))
        }
        (import_log(&imports, &name))
    };
    Ok(page(
        &visitor.frame,
        layout::inside(&visitor, Place::Data, "Data", &body),
    ))
}

fn line(name: &str, address: &str, says: &str) -> Markup {
    html! { div { dt { a href=(address) { (name) } } dd { (says) } } }
}

fn under_way(jobs: &[ImportJob], name: &dyn Fn(&str) -> String) -> Markup {
    html! {
        @if !jobs.is_empty() {
            h2 { "Imports under way" }
            ul.task-list { @for job in jobs { li {
                a href={ "/data/jobs/" (job.id) } { "Import started by " (name(&job.started_by)) " on " (numbers::date(day_of(job.started_at))) }
                @if job.state == JobState::Interrupted { (Tag::new(Tone::Caution, Some('◆'), "Interrupted").html()) }
                @else { (Tag::new(Tone::Informing, None, format!("{}%", job.percent)).html()) }
            } } }
        }
    }
}

fn upload_form(visitor: &Visitor) -> Markup {
    html! {
        h2 { "Import files" }
        form method="post" action="/data/import" enctype="multipart/form-data" {
            (token(visitor))
            div.field {
                label for="files" { "Choose files" }
                p.hint id="files-hint" { "CSV or JSON lines up to 2 GB, Parquet, or XLSX up to 100 MB, as your CRM exports them: accounts, opportunities, stage history, partners, partner lists, touches, progress, effort." }
                input type="file" id="files" name="files" multiple required aria-describedby="files-hint";
            }
            button.btn.primary type="submit" { "Look at the files" }
            p.hint { "Nothing is imported until you have seen what would change." }
        }
    }
}

fn tables(facts: &FactsView, today: Date) -> Markup {
    let day = |day: Option<Date>| day.map_or_else(|| "–".to_owned(), numbers::date);
    html! {
        h2 { "What there is" }
        div.scroll tabindex="0" role="region" aria-label="Tables" { table {
            thead { tr { th scope="col" { "Table" } th.num scope="col" { "Rows" } th scope="col" { "From" } th scope="col" { "To" } th scope="col" { "Last import" } th scope="col" { "Files" } } }
            tbody { @for table in &facts.tables { tr {
                @let source = &table.source;
                @let link = format!("/data/sources#{}", source.table.name());
                th scope="row" { a href=(link) { (words(source.table)) } }
                td.num { a href={ "/evidence/tables/" (source.table.name()) } { (numbers::count(source.rows)) } }
                td.nowrap { (day(source.first_date)) } td.nowrap { (day(source.last_date)) }
                td.nowrap {
                    @match &table.last_import {
                        Some(last) => {
                            a href={ "/data/imports/" (last.number) } { (numbers::date_from(last.on, today)) } " "
                            (freshness(last.freshness))
                        }
                        None => "–",
                    }
                }
                td.nowrap { (numbers::plural(source.files.len() as u64, "file", "files")) }
            } } }
        } }
        p.dim { "Snapshot " code { (&facts.snapshot[..12.min(facts.snapshot.len())]) } ": immutable, and named by its content." }
    }
}

/// Fresh or stale, as a tag.
pub(super) fn freshness(freshness: Freshness) -> Markup {
    match freshness {
        Freshness::Fresh => Tag::new(Tone::Positive, Some('★'), "Fresh").html(),
        Freshness::Stale => Tag::new(Tone::Caution, Some('◆'), "Stale").html(),
    }
}

fn import_log(imports: &[ImportEntry], name: &dyn Fn(&str) -> String) -> Markup {
    html! {
        @if !imports.is_empty() {
            h2 { "Imports" }
            ol.log reversed { @for import in imports.iter().take(LISTED) { li {
                p {
                    strong { a href={ "/data/imports/" (import.number) } { "Import " (import.number) } }
                    " on " (numbers::date(day_of(import.at))) " by " (name(&import.by))
                    @match (import.undoes, import.undone_by) {
                        (Some(undone), _) => { " – took import " (undone) " back" }
                        (_, Some(by)) => { " – undone by import " (by) }
                        _ => @if !import.changed { " – nothing changed" },
                    }
                }
                @if import.undoes.is_none() { p.dim { (summed(&import.report.files)) } }
            } } }
            @if imports.len() > LISTED { p.dim { "The last " (LISTED) " of " (imports.len()) " imports." } }
        }
    }
}
