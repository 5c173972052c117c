//! `/data/imports`: one import: its counts, what it changed, the rows it rejected, and taking it back.

use std::sync::Arc;

use axum::extract::{Path, State};
use beachhead_office::imports::ImportEntry;
use beachhead_office::{Office, Permission, Refusal};
use beachhead_press::numbers;
use maud::{Markup, html};

use super::{changes, counts, download, summed};
use crate::answer::{Answer, Failure, page, redirect_saying};
use crate::form::{Signed, token};
use crate::layout::{self, Place};
use crate::visitor::Visitor;
use crate::{day_of, name_of};

/// `GET /data/imports/{number}`
pub async fn import(State(office): State<Arc<Office>>, visitor: Visitor, Path(number): Path<i64>) -> Answer {
    let failed = |refusal: Refusal| Failure::on(&visitor.frame, refusal);
    let (import, why_not) = office.import_numbered(&visitor.actor, number).await.map_err(failed)?;
    let people = office.people(&visitor.actor).await?;
    let may = visitor.actor.role.may(Permission::Import);
    let title = format!("Import {number}");
    let body = html! {
        p.breadcrumb { a href="/data" { "Data" } }
        h1 { (title) }
        p.lede { (outcome(&import)) }
        p { "On " (numbers::date(day_of(import.at))) " by " (name_of(&people, &import.by)) ". It came to snapshot " code { (&import.snapshot[..12.min(import.snapshot.len())]) } "." }
        @if !import.report.changes.is_empty() {
            h2 { "What it changed" }
            (changes(&import.report.changes, "What the import changed"))
        }
        (files(&import, may))
        @if may { (undoing(&import, why_not.as_ref())) }
    };
    Ok(page(
        &visitor.frame,
        layout::inside(&visitor, Place::Data, &title, &body),
    ))
}

fn outcome(import: &ImportEntry) -> Markup {
    html! {
        @match (import.undoes, import.undone_by) {
            (Some(undone), _) => { "It took " a href={ "/data/imports/" (undone) } { "import " (undone) } " back." },
            (_, Some(by)) => { (summed(&import.report.files)) ". It was undone by " a href={ "/data/imports/" (by) } { "import " (by) } "." },
            _ if import.changed => { (summed(&import.report.files)) "." },
            _ => { (summed(&import.report.files)) ". These files were imported before: nothing has changed." },
        }
    }
}

fn files(import: &ImportEntry, may: bool) -> Markup {
    let rejects = |at: usize| may && import.report.rejects.get(at).is_some_and(Option::is_some);
    html! {
        @if !import.report.files.is_empty() {
            h2 { "Files" }
            ul { @for (at, file) in import.report.files.iter().enumerate() { li {
                (counts(file)) ". "
                @if rejects(at) {
                    a href={ "/data/imports/" (import.number) "/rejects/" (at) } { "Download its rejected rows as CSV" }
                }
            } } }
            @if (0..import.report.files.len()).any(rejects) {
                p.hint { "Mend the rejected rows and import that file again: its last column says what was wrong, and is passed over." }
            }
        }
    }
}

fn undoing(import: &ImportEntry, why_not: Option<&Refusal>) -> Markup {
    html! {
        @if import.undoes.is_none() {
            h2 { "Take it back" }
            @match why_not {
                None => p { a.btn href={ "/data/imports/" (import.number) "/undo" } { "Undo this import" } },
                Some(refusal) => p { (refusal.message) ". " (refusal.hint) },
            }
        }
    }
}

/// `GET /data/imports/{number}/undo`: what would be taken back, before it is.
pub async fn undo_page(State(office): State<Arc<Office>>, visitor: Visitor, Path(number): Path<i64>) -> Answer {
    visitor.must(Permission::Import)?;
    let failed = |refusal: Refusal| Failure::on(&visitor.frame, refusal);
    let (import, why_not) = office.import_numbered(&visitor.actor, number).await.map_err(failed)?;
    if let Some(refusal) = why_not {
        return Err(failed(refusal));
    }
    let title = format!("Undo import {number}?");
    let accepted: u64 = import.report.files.iter().map(|file| file.accepted).sum();
    let body = html! {
        p.breadcrumb { a href="/data" { "Data" } " › " a href={ "/data/imports/" (number) } { "Import " (number) } }
        h1 { (title) }
        p.lede { "The facts will be as if " (numbers::plural(accepted, "row", "rows")) " of " (numbers::plural(import.report.files.len() as u64, "file", "files")) " had not come." }
        (changes(&import.report.changes, "What the import changed"))
        ul { @for file in &import.report.files { li { (counts(file)) } } }
        p { "Imports of other tables since then stay. The undoing is listed as an import of its own, snapshots that decisions cite are kept, and the same files can be imported again." }
        form.actions method="post" action={ "/data/imports/" (number) "/undo" } {
            (token(&visitor))
            button.btn.primary type="submit" { "Undo import " (number) }
            a.btn href={ "/data/imports/" (number) } { "Keep it" }
        }
    };
    Ok(page(
        &visitor.frame,
        layout::inside(&visitor, Place::Data, &title, &body),
    ))
}

/// `POST /data/imports/{number}/undo`
pub async fn undo(State(office): State<Arc<Office>>, Path(number): Path<i64>, signed: Signed) -> Answer {
    let visitor = &signed.visitor;
    let undone = office.undo_import(&visitor.actor, number).await;
    let undone = undone.map_err(|refusal| Failure::on(&visitor.frame, refusal))?;
    let said = format!("Import {number} is undone; that is import {}.", undone.import);
    Ok(redirect_saying("/data", &said))
}

/// `GET /data/imports/{number}/rejects/{file}`
pub async fn rejects(
    State(office): State<Arc<Office>>,
    visitor: Visitor,
    Path((number, file)): Path<(i64, usize)>,
) -> Answer {
    let rejects = office.rejects(&visitor.actor, number, file).await;
    let rejects = rejects.map_err(|refusal| Failure::on(&visitor.frame, refusal))?;
    let name = format!("import-{number}-rejected-{}.csv", file + 1);
    Ok(download(&name, "text/csv; charset=utf-8", rejects))
}
