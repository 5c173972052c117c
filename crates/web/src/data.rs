//! Data: is the data right and fresh? What facts there are, and the import: choose files, match columns, check the counts,
//! take them.

use std::path::Path as FilePath;
use std::sync::Arc;

use axum::extract::{Multipart, Path, State};
use beachhead_office::facts::catalogue::Table;
use beachhead_office::facts::read::{Asked, FileReport, How};
use beachhead_office::importing::{FactsView, ImportAnswers, Imported};
use beachhead_office::ledger::Import;
use beachhead_office::uploading::Upload;
use beachhead_office::{Code, Office, Permission, Refusal};
use beachhead_press::numbers;
use beachhead_press::tag::{Tag, Tone};
use maud::{Markup, html};
use tokio::io::AsyncWriteExt as _;

use crate::answer::{Answer, Failure, page, redirect, redirect_saying};
use crate::form::{CSRF_FIELD, Errors, Field, Fields, Signed, check_token, token};
use crate::layout::{self, Place};
use crate::strategy::refused;
use crate::visitor::Visitor;
use crate::{day_of, name_of};

/// The most bytes of one upload: what trust.md takes of CSV.
pub const UPLOAD_BYTES: usize = 2 * 1024 * 1024 * 1024;
/// The most files of one upload.
pub const UPLOAD_FILES: usize = 20;
/// Rejected rows shown of each file.
const REJECTS_SHOWN: usize = 20;
/// The prefix of a form's field that maps a column of a file.
const MAP: &str = "map";
/// The prefix of a form's field that says what a stage means.
const STAGE: &str = "stage";

/// `GET /data`
pub async fn show(State(office): State<Arc<Office>>, visitor: Visitor) -> Answer {
    let facts = match office.facts(&visitor.actor, None).await {
        Ok(facts) => Some(facts),
        Err(refusal) if refusal.code == Code::Conflict => None,
        Err(refusal) => return Err(refusal.into()),
    };
    let imports = office.imports(&visitor.actor).await?;
    let people = office.people(&visitor.actor).await?;
    let today = office.surroundings().today();
    let name = |id: &str| name_of(&people, id);
    let body = html! {
        h1 { "Data" }
        p.lede {
            @match &facts {
                Some(facts) => { "The facts are as of " (numbers::date_from(facts.as_of, today)) "." },
                None => "No facts have been imported yet. Drop in an export of your CRM; the columns are matched once.",
            }
        }
        @if visitor.actor.role.may(Permission::Import) { (upload_form(&visitor)) }
        @match &facts {
            Some(facts) => (tables(facts)),
            None => div.example aria-hidden="true" { p { strong { "Example: " } "opportunities.csv · 8 800 rows read, 8 800 accepted, 0 rejected" } },
        }
        (import_log(&imports, &name))
    };
    Ok(page(
        &visitor.frame,
        layout::inside(&visitor, Place::Data, "Data", &body),
    ))
}

fn upload_form(visitor: &Visitor) -> Markup {
    html! {
        h2 { "Import files" }
        form method="post" action="/data/import" enctype="multipart/form-data" {
            (token(visitor))
            div.field {
                label for="files" { "Choose files" }
                p.hint id="files-hint" { "CSV up to 2 GB or XLSX up to 100 MB, as your CRM exports them: accounts, opportunities, stage history, partners, partner lists, touches, progress, effort." }
                input type="file" id="files" name="files" multiple required aria-describedby="files-hint";
            }
            button.btn.primary type="submit" { "Look at the files" }
            p.hint { "Nothing is imported until you have seen what would change." }
        }
    }
}

fn tables(facts: &FactsView) -> Markup {
    let day = |day: Option<jiff::civil::Date>| day.map_or_else(|| "–".to_owned(), numbers::date);
    html! {
        h2 { "What there is" }
        div.scroll tabindex="0" role="region" aria-label="Tables" { table {
            thead { tr { th scope="col" { "Table" } th.num scope="col" { "Rows" } th scope="col" { "From" } th scope="col" { "To" } th scope="col" { "Files" } } }
            tbody { @for table in &facts.tables { tr {
                th scope="row" { (words(table.table)) }
                td.num { @if table.table == Table::Opportunities { a href="/evidence" { (numbers::count(table.rows)) } } @else { (numbers::count(table.rows)) } }
                td.nowrap { (day(table.first_date)) } td.nowrap { (day(table.last_date)) }
                td { (table.files.iter().map(|file| file.name.as_str()).collect::<std::collections::BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(", ")) }
            } } }
        } }
        p.inline-links { a href="/evidence/cohorts" { "Conversion by month" } " " a href="/data/attribution" { "Attribution" } }
        p.dim { "Snapshot " code { (&facts.snapshot[..12.min(facts.snapshot.len())]) } ": immutable, and named by its content." }
    }
}

fn words(table: Table) -> String {
    let mut words = table.name().replace('_', " ");
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    words
}

fn import_log(imports: &[Import], name: &dyn Fn(&str) -> String) -> Markup {
    html! {
        @if !imports.is_empty() {
            h2 { "Imports" }
            ol.log reversed { @for import in imports {
                @let reports: Vec<FileReport> = serde_json::from_str(&import.report).unwrap_or_default();
                li {
                    p { strong { "Import " (import.number) } " on " (numbers::date(day_of(import.at))) " by " (name(&import.by)) @if !import.new { " – nothing changed" } }
                    details {
                        summary { (summed(&reports)) }
                        ul { @for report in &reports { li { (counts(report)) } } }
                    }
                }
            } }
        }
    }
}

/// "2 files: 8 885 rows read, 8 885 accepted".
fn summed(reports: &[FileReport]) -> String {
    let sum = |of: fn(&FileReport) -> u64| reports.iter().map(of).sum::<u64>();
    format!(
        "{}: {} read, {} accepted",
        numbers::plural(reports.len() as u64, "file", "files"),
        numbers::plural(sum(|report| report.read), "row", "rows"),
        numbers::count(sum(|report| report.accepted)),
    )
}

/// "opportunities.csv: 8 800 read = 8 800 accepted + 0 rejected + 0 duplicates + 0 footer".
fn counts(report: &FileReport) -> String {
    format!(
        "{}: {} rows read = {} accepted + {} rejected + {} duplicates + {} footer",
        report.file,
        numbers::count(report.read),
        numbers::count(report.accepted),
        numbers::count(report.rejected),
        numbers::count(report.duplicates),
        numbers::count(report.footer),
    )
}

/// `POST /data/import`: the files are kept on disk as they come, and looked at on the next page.
pub async fn upload(State(office): State<Arc<Office>>, visitor: Visitor, mut form: Multipart) -> Answer {
    let actor = &visitor.actor;
    let failed = |refusal: Refusal| Failure::on(&visitor.frame, refusal);
    let (id, folder) = office.new_upload(actor).await.map_err(failed)?;
    let mut upload = Upload::default();
    let mut trusted = false;
    while let Some(mut part) = form.next_field().await.map_err(|error| failed(unreadable(&error)))? {
        if part.name() == Some(CSRF_FIELD) {
            check_token(
                &visitor,
                &part.text().await.map_err(|error| failed(unreadable(&error)))?,
            )?;
            trusted = true;
            continue;
        }
        let name = base_name(part.file_name().unwrap_or_default());
        if name.is_empty() {
            continue;
        }
        // The token stands before the files, so that nothing of a stranger's is written to disk.
        if !trusted || upload.files.len() >= UPLOAD_FILES {
            office.drop_upload(actor, &id).await?;
            check_token(&visitor, if trusted { &visitor.csrf } else { "" })?;
            return Err(failed(Refusal::bad_input(
                "Too many files at once",
                format!("Choose {UPLOAD_FILES} at most."),
            )));
        }
        let path = folder.join(upload.files.len().to_string());
        let mut file = tokio::fs::File::create(&path)
            .await
            .map_err(|error| failed(not_kept(&error)))?;
        while let Some(bytes) = part.chunk().await.map_err(|error| failed(unreadable(&error)))? {
            file.write_all(&bytes).await.map_err(|error| failed(not_kept(&error)))?;
        }
        file.flush().await.map_err(|error| failed(not_kept(&error)))?;
        upload.files.push(name);
        upload.answers.push(ImportAnswers::default());
    }
    if upload.files.is_empty() {
        office.drop_upload(actor, &id).await?;
        return Err(failed(Refusal::bad_input(
            "No file was chosen",
            "Choose one or more files, then look at them.",
        )));
    }
    office.keep_upload(actor, &id, &upload).await.map_err(failed)?;
    Ok(redirect(&format!("/data/import/{id}")))
}

/// The last part of a file's name, whatever folders a browser puts before it.
fn base_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    FilePath::new(last)
        .file_name()
        .map(|name| name.to_string_lossy().chars().take(200).collect())
        .unwrap_or_default()
}

fn unreadable(error: &axum::extract::multipart::MultipartError) -> Refusal {
    Refusal::bad_input(
        format!("The upload broke off: {error}"),
        "Nothing was imported. Try again.",
    )
}

fn not_kept(error: &std::io::Error) -> Refusal {
    Refusal::internal(format!("The uploaded file could not be kept: {error}"))
}

/// `GET /data/import/{upload}`: columns matched, open questions asked, and what would become of every row.
pub async fn match_columns(State(office): State<Arc<Office>>, visitor: Visitor, Path(id): Path<String>) -> Answer {
    let upload = office
        .upload(&visitor.actor, &id)
        .await
        .map_err(|refusal| Failure::on(&visitor.frame, refusal))?;
    let preview = office
        .preview_upload(&visitor.actor, &id)
        .await
        .map_err(|refusal| Failure::on(&visitor.frame, refusal))?;
    Ok(page(&visitor.frame, preview_page(&visitor, &id, &upload, &preview)))
}

fn preview_page(visitor: &Visitor, id: &str, upload: &Upload, preview: &Imported) -> Markup {
    let ready = preview.refusal.is_none();
    let accepted: u64 = preview.files.iter().map(|file| file.accepted).sum();
    let asks = |name: &str| {
        preview
            .files
            .iter()
            .any(|report| report.file == name && !report.asked.is_empty())
    };
    let asking = upload.files.iter().enumerate().filter(|(_, name)| asks(name));
    let title = if ready {
        "Check before importing"
    } else {
        "Error: Check before importing"
    };
    let body = html! {
        p.breadcrumb { a href="/data" { "Data" } }
        h1 { "Check before importing" }
        p.lede {
            @if ready { (numbers::plural(accepted, "row", "rows")) " would be imported. Nothing has been yet." }
            @else { "Something has to be answered first. Nothing has been imported." }
        }
        @if let Some(refusal) = &preview.refusal {
            div.error-summary role="alert" tabindex="-1" id="error-summary" aria-labelledby="error-title" {
                h2 id="error-title" { "There is a problem" }
                @if refusal.code == Code::Asked {
                    ul { @for (at, name) in asking { li { a href={ "#file-" (at) } { (name) " leaves something open: answer it below" } } } }
                } @else {
                    p { (refusal.message) ". " (refusal.hint) }
                }
            }
        }
        @if ready {
            form.actions method="post" action={ "/data/import/" (id) "/take" } {
                (token(visitor))
                button.btn.primary type="submit" { "Import the " (numbers::plural(accepted, "valid row", "valid rows")) }
                a.btn href="/data" { "Cancel" }
            }
        }
        form method="post" action={ "/data/import/" (id) } novalidate {
            (token(visitor))
            @for (at, name) in upload.files.iter().enumerate() {
                (file_section(at, name, preview.files.iter().find(|report| report.file == *name), &upload.answers[at]))
            }
            button.btn type="submit" { "Read the files again with these answers" }
        }
    };
    layout::inside(visitor, Place::Data, title, &body)
}

fn file_section(at: usize, name: &str, report: Option<&FileReport>, answers: &ImportAnswers) -> Markup {
    let none = Errors::default();
    let mut tables: Vec<(String, String)> = vec![(String::new(), "Let Beachhead tell from the columns".into())];
    tables.extend(
        Table::ALL
            .into_iter()
            .map(|table| (table.name().to_owned(), words(table))),
    );
    let table_field = format!("table-{at}");
    let (kind, tag) = match report {
        Some(report) if report.asked.is_empty() && report.accepted > 0 => {
            (report.table, Tag::new(Tone::Positive, Some('★'), "Ready"))
        }
        Some(report) => (report.table, Tag::new(Tone::Caution, Some('?'), "Not ready")),
        None => (None, Tag::new(Tone::Negative, Some('✕'), "Cannot be read")),
    };
    html! {
        section.card aria-labelledby={ "file-" (at) } {
            h2 id={ "file-" (at) } { (name) }
            p { (tag.html()) @if let Some(table) = kind { " " (words(table)) } }
            (Field::new(&table_field, "What is in this file?").value(answers.table.as_deref().unwrap_or("")).select(&tables, &none))
            @if let Some(report) = report {
                p { (counts(report)) }
                @for (number, asked) in report.asked.iter().enumerate() {
                    p.banner { (asked.message) }
                    // One answer serves every column of a file, so that its field stands after the last of them.
                    @if !report.asked[number + 1..].iter().any(|later| later.what == asked.what && asked.what != "stage") {
                        (question(at, asked, answers))
                    }
                }
                (columns(at, report))
                (rejects(at, report, answers))
            }
        }
    }
}

/// A question that a file leaves open, with the field that answers it.
fn question(at: usize, asked: &Asked, answers: &ImportAnswers) -> Markup {
    let none = Errors::default();
    let options = |pairs: &[(&str, &str)]| {
        pairs
            .iter()
            .map(|(value, words)| ((*value).to_owned(), (*words).to_owned()))
            .collect::<Vec<_>>()
    };
    let (order, decimal) = (format!("order-{at}"), format!("decimal-{at}"));
    html! {
        @match asked.what.as_str() {
            "date-order" => (Field::new(&order, "Which comes first in its dates?").value(answers.date_order.as_deref().unwrap_or(""))
                .radios(&options(&[("day", "The day: 31/12/2026"), ("month", "The month: 12/31/2026"), ("year", "The year: 2026/12/31")]), &none)),
            "decimal" => (Field::new(&decimal, "Which sign stands before the decimals?").value(answers.decimal.as_deref().unwrap_or(""))
                .radios(&options(&[(".", "A point: 1,234.56"), (",", "A comma: 1.234,56")]), &none)),
            "stage" => @if let Some(stage) = stage_of(asked) {
                @let name = format!("{STAGE}-{at}-{stage}");
                @let kept = answers.stages.iter().find(|(other, _)| *other == stage).map_or("", |(_, means)| means.as_str());
                (Field::new(&name, &format!("What does the stage “{stage}” mean?")).value(kept)
                    .radios(&options(&[("open", "Still open"), ("won", "Won"), ("lost", "Lost")]), &none))
            },
            _ => {}
        }
    }
}

/// The stage that a question asks about: it stands in the flag that would answer it, as `--stage NAME=open|won|lost`.
fn stage_of(asked: &Asked) -> Option<String> {
    let (name, _) = asked.flag.strip_prefix("--stage ")?.rsplit_once('=')?;
    Some(name.trim_matches(['"', '\'']).to_owned())
}

fn columns(at: usize, report: &FileReport) -> Markup {
    let fields: Vec<&str> = report.table.map_or_else(Vec::new, |table| {
        table.fields().iter().map(|field| field.name).collect()
    });
    let how = |how: How| match how {
        How::Alias => "known name",
        How::Profile => "as last time",
        How::Given => "your answer",
        How::Kept => "kept under its own name",
        How::Unsure => "not known",
    };
    let open = report.columns.iter().any(|column| column.how == How::Unsure);
    html! {
        details open[open] {
            summary { (numbers::plural(report.columns.len() as u64, "column", "columns")) ", matched" }
            div.scroll tabindex="0" role="region" aria-label={ "Columns of " (report.file) } { table {
                thead { tr { th scope="col" { "Column in the file" } th scope="col" { "Sample" } th scope="col" { "Becomes" } th scope="col" { "How" } } }
                tbody { @for column in &report.columns { tr {
                    th scope="row" { (column.source) }
                    td { (column.sample.as_deref().unwrap_or("")) }
                    td {
                        select name={ (MAP) "-" (at) "-" (column.source) } aria-label={ "What " (column.source) " becomes" } {
                            option value="" selected[column.field.is_none()] { "kept under its own name" }
                            @for field in &fields { option value=(field) selected[column.field.as_deref() == Some(field)] { (field) } }
                        }
                    }
                    td.dim { (how(column.how)) }
                } } }
            } }
        }
    }
}

fn rejects(at: usize, report: &FileReport, answers: &ImportAnswers) -> Markup {
    html! {
        @if !report.rejects.is_empty() {
            h3 { (numbers::plural(report.rejected, "row", "rows")) " would be rejected" }
            div.scroll tabindex="0" role="region" aria-label={ "Rejected rows of " (report.file) } { table {
                thead { tr { th.num scope="col" { "Row" } th scope="col" { "Column" } th scope="col" { "Value" } th scope="col" { "Why" } } }
                tbody { @for reject in report.rejects.iter().take(REJECTS_SHOWN) { tr {
                    td.num { (reject.row) } td { (reject.column.as_deref().unwrap_or("")) } td { (reject.value.as_deref().unwrap_or("")) } td { (reject.reason) }
                } } }
            } }
            div.choice {
                input type="checkbox" name={ "anyway-" (at) } id={ "anyway-" (at) } value="yes" checked[answers.take_anyway];
                label for={ "anyway-" (at) } { "Take the rest even if more than one row in twenty is rejected" }
            }
        }
    }
}

/// `POST /data/import/{upload}`: the answers are kept, and the files looked at again.
pub async fn answer(State(office): State<Arc<Office>>, Path(id): Path<String>, signed: Signed) -> Answer {
    let Signed { visitor, fields } = &signed;
    let mut upload = office
        .upload(&visitor.actor, &id)
        .await
        .map_err(|refusal| Failure::on(&visitor.frame, refusal))?;
    let preview = office.preview_upload(&visitor.actor, &id).await?;
    for (at, answers) in upload.answers.iter_mut().enumerate() {
        let report = preview.files.iter().find(|report| report.file == upload.files[at]);
        read_answers(at, fields, report, answers);
    }
    office.keep_upload(&visitor.actor, &id, &upload).await?;
    Ok(redirect(&format!("/data/import/{id}")))
}

fn read_answers(at: usize, fields: &Fields, report: Option<&FileReport>, answers: &mut ImportAnswers) {
    let some = |name: &str| Some(fields.get(name).to_owned()).filter(|text| !text.is_empty());
    let table = some(&format!("table-{at}"));
    let another_table = table != answers.table;
    answers.table = table;
    answers.date_order = some(&format!("order-{at}")).or_else(|| answers.date_order.take());
    answers.decimal = some(&format!("decimal-{at}")).or_else(|| answers.decimal.take());
    answers.take_anyway = fields.get(&format!("anyway-{at}")) == "yes";
    let stage = format!("{STAGE}-{at}-");
    for (name, means) in &fields.0 {
        if let Some(stage) = name.strip_prefix(&stage) {
            answers.stages.retain(|(other, _)| other != stage);
            answers.stages.push((stage.to_owned(), means.clone()));
        }
    }
    // Fields of another table say nothing about this one.
    answers.map.clear();
    if another_table {
        return;
    }
    let map = format!("{MAP}-{at}-");
    for (name, field) in &fields.0 {
        let Some(source) = name.strip_prefix(&map) else {
            continue;
        };
        let column = report.and_then(|report| report.columns.iter().find(|column| column.source == source));
        let as_it_was =
            column.is_some_and(|column| column.field.as_deref().unwrap_or("") == field && column.how != How::Given);
        if !as_it_was {
            answers.map.push((source.to_owned(), field.clone()));
        }
    }
}

/// `POST /data/import/{upload}/take`
pub async fn take(State(office): State<Arc<Office>>, Path(id): Path<String>, signed: Signed) -> Answer {
    let visitor = &signed.visitor;
    let imported = office
        .take_upload(&visitor.actor, &id)
        .await
        .map_err(|refusal| Failure::on(&visitor.frame, refusal))?;
    if let Some(refusal) = &imported.refusal {
        let upload = office.upload(&visitor.actor, &id).await?;
        return Ok(refused(
            refusal.code.status(),
            preview_page(visitor, &id, &upload, &imported),
        ));
    }
    let accepted: u64 = imported.files.iter().map(|file| file.accepted).sum();
    let said = if imported.changed {
        format!("{} imported.", numbers::plural(accepted, "row", "rows"))
    } else {
        "These files were imported before: nothing has changed.".to_owned()
    };
    Ok(redirect_saying("/data", &said))
}

#[cfg(test)]
mod tests {
    use super::base_name;

    #[test]
    fn a_browser_cannot_choose_where_a_file_is_written() {
        assert_eq!(base_name("C:\\exports\\deals.csv"), "deals.csv");
        assert_eq!(base_name("../../etc/passwd"), "passwd");
        assert_eq!(base_name(".."), "");
        assert_eq!(base_name(""), "");
    }
}
