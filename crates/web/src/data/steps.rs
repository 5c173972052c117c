//! The steps of an import from the pages: choose files, match columns and answer, check what would change, take them.

use std::path::Path as FilePath;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Multipart, Path, State};
use beachhead_office::facts::catalogue::Table;
use beachhead_office::facts::read::{Asked, FileReport, How, Reject};
use beachhead_office::import_jobs::JobState;
use beachhead_office::importing::{ImportAnswers, ImportProgress, Imported};
use beachhead_office::profiles::PROFILE_NAME_CHARS;
use beachhead_office::reporting::measure_name;
use beachhead_office::uploading::{Looked, Upload};
use beachhead_office::{Code, Office, Refusal};
use beachhead_press::numbers;
use beachhead_press::tag::{Tag, Tone};
use maud::{Markup, html};
use tokio::io::AsyncWriteExt as _;

use super::jobs::progress;
use super::{LISTED, changes, counts, download, words};
use crate::answer::{Answer, Failure, page, redirect, redirect_saying};
use crate::form::{CSRF_FIELD, Errors, Field, Fields, Signed, check_token, token};
use crate::layout::{self, Place};
use crate::strategy::refused;
use crate::visitor::Visitor;

/// The most bytes of one upload: what trust.md takes of CSV.
pub const UPLOAD_BYTES: usize = 2 * 1024 * 1024 * 1024;
/// The most files of one upload.
pub const UPLOAD_FILES: usize = 20;
/// How long a page waits for work before it says how far that is. Most files take less.
const PATIENCE: Duration = Duration::from_secs(3);
/// The prefix of a form's field that maps a column of a file.
const MAP: &str = "map";
/// The prefix of a form's field that says what a stage means.
const STAGE: &str = "stage";

/// `POST /data/import`: the files are kept on disk as they come, and looked at on the next page. Of an upload that breaks
/// off nothing is kept.
pub async fn upload(State(office): State<Arc<Office>>, visitor: Visitor, form: Multipart) -> Answer {
    let failed = |refusal: Refusal| Failure::on(&visitor.frame, refusal);
    let (id, folder) = office.new_upload(&visitor.actor).await.map_err(failed)?;
    let upload = match received(&visitor, form, &folder).await {
        Ok(upload) => upload,
        Err(failure) => {
            office.drop_upload(&visitor.actor, &id).await?;
            return Err(failure);
        }
    };
    office.keep_upload(&visitor.actor, &id, &upload).await.map_err(failed)?;
    Ok(redirect(&format!("/data/import/{id}")))
}

/// Writes the files of an upload into a folder as they come.
async fn received(visitor: &Visitor, mut form: Multipart, folder: &FilePath) -> Result<Upload, Failure> {
    let failed = |refusal: Refusal| Failure::on(&visitor.frame, refusal);
    let mut upload = Upload::default();
    let mut trusted = false;
    while let Some(mut part) = form.next_field().await.map_err(|error| failed(unreadable(&error)))? {
        if part.name() == Some(CSRF_FIELD) {
            let sent = part.text().await.map_err(|error| failed(unreadable(&error)))?;
            check_token(visitor, &sent)?;
            trusted = true;
            continue;
        }
        let name = base_name(part.file_name().unwrap_or_default());
        if name.is_empty() {
            continue;
        }
        // The token stands before the files, so that nothing of a stranger's is written to disk.
        if !trusted {
            check_token(visitor, "")?;
        }
        if upload.files.len() >= UPLOAD_FILES {
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
        return Err(failed(Refusal::bad_input(
            "No file was chosen",
            "Choose one or more files, then look at them.",
        )));
    }
    Ok(upload)
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
    let failed = |refusal: Refusal| Failure::on(&visitor.frame, refusal);
    let upload = office.upload(&visitor.actor, &id).await.map_err(failed)?;
    let looked = office
        .look_at_upload(&visitor.actor, &id, PATIENCE)
        .await
        .map_err(failed)?;
    let markup = match looked {
        Looked::Seen(preview) => preview_page(&visitor, &id, &upload, &preview),
        Looked::Underway(now) => looking_page(&visitor, &id, now.as_ref()),
    };
    Ok(page(&visitor.frame, markup))
}

/// What is shown while files are looked at that take longer than a page waits.
fn looking_page(visitor: &Visitor, id: &str, now: Option<&ImportProgress>) -> Markup {
    let waiting = "Waiting for its turn".to_owned();
    let (percent, words) = now.map_or((0, waiting), |now| (now.percent(), now.words()));
    let body = html! {
        p.breadcrumb { a href="/data" { "Data" } }
        h1 { "Looking at the files" }
        (progress(percent, &words))
        (forget_form(visitor, id))
    };
    layout::inside(visitor, Place::Data, "Looking at the files", &body)
}

fn forget_form(visitor: &Visitor, id: &str) -> Markup {
    html! {
        form.inline method="post" action={ "/data/import/" (id) "/forget" } {
            (token(visitor))
            button.btn type="submit" { "Cancel and forget the files" }
        }
    }
}

/// The way on where no answer could mend anything: the files are forgotten, and others chosen.
fn choose_another(visitor: &Visitor, id: &str) -> Markup {
    html! {
        form.actions method="post" action={ "/data/import/" (id) "/forget" } {
            (token(visitor))
            button.btn.primary type="submit" { "Choose another file" }
        }
    }
}

fn preview_page(visitor: &Visitor, id: &str, upload: &Upload, preview: &Imported) -> Markup {
    let ready = preview.refusal.is_none();
    let asks = preview
        .refusal
        .as_ref()
        .is_some_and(|refusal| refusal.code == Code::Asked);
    let accepted: u64 = preview.files.iter().map(|file| file.accepted).sum();
    let title = if ready {
        "Check before importing"
    } else {
        "Error: Check before importing"
    };
    let body = html! {
        p.breadcrumb { a href="/data" { "Data" } }
        ol.steps { li.done { "Choose files" } li aria-current="step" { "Check before importing" } li { "Done" } }
        h1 { "Check before importing" }
        p.lede {
            @if ready { (numbers::plural(accepted, "row", "rows")) " would be imported. Nothing has been yet." }
            @else if asks { "Something has to be answered first. Nothing has been imported." }
            @else { "The files cannot be taken as they are. Nothing has been imported." }
        }
        (problem(upload, preview))
        (changes(&preview.changes, "What would change"))
        @if ready {
            form.actions method="post" action={ "/data/import/" (id) "/take" } {
                (token(visitor))
                button.btn.primary type="submit" { "Import the " (numbers::plural(accepted, "valid row", "valid rows")) }
            }
        }
        @if preview.files.is_empty() { (choose_another(visitor, id)) } @else { (forget_form(visitor, id)) }
        form method="post" action={ "/data/import/" (id) } novalidate {
            (token(visitor))
            @for (at, name) in upload.files.iter().enumerate() {
                @let seen = preview.files.iter().position(|report| report.file == *name);
                @let rejects = seen.filter(|seen| preview.rejects.get(*seen).is_some_and(Option::is_some));
                (file_section(at, name, seen.map(|seen| &preview.files[seen]), &upload.answers[at]))
                @if let Some(rejects) = rejects {
                    p { a href={ "/data/import/" (id) "/rejects/" (rejects) } { "Download the rejected rows of " (name) " as CSV" } }
                }
            }
            @if !preview.files.is_empty() { button.btn type="submit" { "Read the files again with these answers" } }
        }
    };
    layout::inside(visitor, Place::Data, title, &body)
}

/// What stands in the way, with links to where it is answered.
fn problem(upload: &Upload, preview: &Imported) -> Markup {
    let asks = |name: &str| {
        let mut reports = preview.files.iter();
        reports.any(|report| report.file == name && !report.asked.is_empty())
    };
    let asking = upload.files.iter().enumerate().filter(|(_, name)| asks(name));
    html! {
        @if let Some(refusal) = &preview.refusal {
            div.error-summary role="alert" tabindex="-1" id="error-summary" aria-labelledby="error-title" {
                h2 id="error-title" { "There is a problem" }
                @if refusal.code == Code::Asked {
                    ul { @for (at, name) in asking { li { a href={ "#file-" (at) } { (name) " leaves something open: answer it below" } } } }
                } @else {
                    p { (refusal.message.trim_end_matches('.')) ". " (refusal.hint) }
                }
            }
        }
    }
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
            @if let Some(report) = report {
                (Field::new(&table_field, "What is in this file?").value(answers.table.as_deref().unwrap_or("")).select(&tables, &none))
                p { (counts(report)) }
                @for (number, asked) in report.asked.iter().enumerate() {
                    p.banner { (sentence(&asked.message)) }
                    // One answer serves every column of a file, so that its field stands after the last of them.
                    @if !report.asked[number + 1..].iter().any(|later| later.what == asked.what && asked.what != "stage") {
                        (question(at, asked, answers))
                    }
                }
                (columns(at, report))
                (history_rejects(report))
                (rejects(at, report, answers))
                (whole_and_name(at, name, report.table, answers))
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

/// What a reader says of a file, as a sentence of a page.
fn sentence(words: &str) -> String {
    let quoted = words.split('`').enumerate();
    let plain: String = quoted
        .map(|(at, part)| {
            if at % 2 == 1 {
                format!("“{part}”")
            } else {
                part.to_owned()
            }
        })
        .collect();
    format!("{}.", measure_name(plain.trim_end_matches('.')))
}

/// "5 of 6 columns matched, 1 kept under its own name".
fn matched(report: &FileReport) -> String {
    let own = |how: How| matches!(how, How::Kept | How::Unsure);
    let all = report.columns.len();
    let kept = report
        .columns
        .iter()
        .filter(|column| own(column.how) && column.enters.is_none())
        .count();
    let columns = numbers::plural(all as u64, "column", "columns");
    match kept {
        0 => format!("{columns}, all matched"),
        _ if kept == all => format!("{columns}, none matched"),
        1 => format!(
            "{} of {columns} matched, 1 kept under its own name",
            numbers::count((all - kept) as u64)
        ),
        _ => {
            let (matched, kept) = (numbers::count((all - kept) as u64), numbers::count(kept as u64));
            format!("{matched} of {columns} matched, {kept} kept under their own names")
        }
    }
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
            summary { (matched(report)) }
            div.scroll tabindex="0" role="region" aria-label={ "Columns of " (report.file) } { table {
                thead { tr { th scope="col" { "Column in the file" } th scope="col" { "Sample" } th scope="col" { "Becomes" } th scope="col" { "How" } } }
                tbody { @for column in &report.columns { tr {
                    th scope="row" { (column.source) }
                    td { (column.sample.as_deref().unwrap_or("")) }
                    td {
                        select name={ (MAP) "-" (at) "-" (column.source) } aria-label={ "What " (column.source) " becomes" } {
                            option value="" selected[column.field.is_none()] {
                                @if let Some(stage) = &column.enters { "stage history: entered " (stage) } @else { "kept under its own name" }
                            }
                            @for field in &fields { option value=(field) selected[column.field.as_deref() == Some(field)] { (field) } }
                        }
                    }
                    td.dim { (how(column.how)) }
                } } }
            } }
        }
    }
}

/// Whether the file holds all there is, and the name under which its answers are kept.
fn whole_and_name(at: usize, name: &str, table: Option<Table>, answers: &ImportAnswers) -> Markup {
    let (whole, keep) = (format!("whole-{at}"), format!("keep-{at}"));
    let kept_as = answers.keep_as.as_deref().unwrap_or("");
    html! {
        div.choice {
            input type="checkbox" name=(whole) id=(whole) value="yes" checked[answers.whole];
            label for=(whole) {
                @if table == Some(Table::PartnerAccounts) { "This is the partner's whole list: accounts that it no longer holds are gone. The lists of other partners stay" }
                @else { "This file holds the whole table: rows that it does not hold are gone" }
            }
        }
        (Field::new(&keep, "Keep the answers as a mapping profile named")
            .hint(&format!("Unless said, {name}, where something was answered. The next file with the same header asks nothing."))
            .value(kept_as).input(&Errors::default()))
    }
}

/// Cells that should tell when a stage was entered and do not: their rows are taken all the same.
fn history_rejects(report: &FileReport) -> Markup {
    let cells = numbers::plural(report.history_rejected, "cell tells", "cells tell");
    html! {
        @if !report.history_rejects.is_empty() {
            h3 { (cells) " no day on which a stage was entered" }
            p { "They make no stage history. Their rows are imported, and the cells are kept as they are." }
            (reject_table(&report.history_rejects, &format!("Cells of {} that tell no day", report.file)))
        }
    }
}

fn reject_table(rejects: &[Reject], label: &str) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label=(label) { table {
            thead { tr { th.num scope="col" { "Row" } th scope="col" { "Column" } th scope="col" { "Value" } th scope="col" { "Why" } } }
            tbody { @for reject in rejects.iter().take(LISTED) { tr {
                td.num { (reject.row) } td { (reject.column.as_deref().unwrap_or("")) } td { (reject.value.as_deref().unwrap_or("")) } td { (reject.reason) }
            } } }
        } }
    }
}

fn rejects(at: usize, report: &FileReport, answers: &ImportAnswers) -> Markup {
    html! {
        @if !report.rejects.is_empty() {
            h3 { (numbers::plural(report.rejected, "row", "rows")) " would be rejected" }
            (reject_table(&report.rejects, &format!("Rejected rows of {}", report.file)))
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
    let preview = office
        .preview_upload(&visitor.actor, &id)
        .await
        .map_err(|refusal| Failure::on(&visitor.frame, refusal))?;
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
    answers.whole = fields.get(&format!("whole-{at}")) == "yes";
    let kept_as: Option<String> =
        some(&format!("keep-{at}")).map(|name| name.chars().take(PROFILE_NAME_CHARS).collect());
    answers.keep_as = kept_as.filter(|name| !name.chars().any(char::is_control));
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

/// `POST /data/import/{upload}/take`: the import runs as a job; most are done before the page is answered.
pub async fn take(State(office): State<Arc<Office>>, Path(id): Path<String>, signed: Signed) -> Answer {
    let visitor = &signed.visitor;
    let failed = |refusal: Refusal| Failure::on(&visitor.frame, refusal);
    let job = office.start_import(&visitor.actor, &id).await.map_err(failed)?;
    let job = office
        .settled_import(&visitor.actor, &job, PATIENCE)
        .await
        .map_err(failed)?;
    Ok(match job.state {
        JobState::Done => redirect_saying("/data", &job.message),
        JobState::Refused => return refused_take(&office, visitor, &id, &job.message).await,
        _ => redirect(&format!("/data/jobs/{}", job.id)),
    })
}

/// A refusal that answers could mend is shown where they are given; any other on a page of its own.
async fn refused_take(office: &Arc<Office>, visitor: &Visitor, id: &str, why: &str) -> Answer {
    let upload = office.upload(&visitor.actor, id).await?;
    let preview = office.preview_upload(&visitor.actor, id).await?;
    match &preview.refusal {
        Some(refusal) => Ok(refused(
            refusal.code.status(),
            preview_page(visitor, id, &upload, &preview),
        )),
        None => Err(Failure::on(&visitor.frame, Refusal::conflict(why, ""))),
    }
}

/// `POST /data/import/{upload}/forget`
pub async fn forget(State(office): State<Arc<Office>>, Path(id): Path<String>, signed: Signed) -> Answer {
    let visitor = &signed.visitor;
    let done = office.drop_upload(&visitor.actor, &id).await;
    done.map_err(|refusal| Failure::on(&visitor.frame, refusal))?;
    Ok(redirect_saying(
        "/data",
        "The files are forgotten. Nothing was imported.",
    ))
}

/// `GET /data/import/{upload}/rejects/{file}`
pub async fn upload_rejects(
    State(office): State<Arc<Office>>,
    visitor: Visitor,
    Path((id, file)): Path<(String, usize)>,
) -> Answer {
    let rejects = office.upload_rejects(&visitor.actor, &id, file).await;
    let rejects = rejects.map_err(|refusal| Failure::on(&visitor.frame, refusal))?;
    Ok(download(
        &format!("rejected-{}.csv", file + 1),
        "text/csv; charset=utf-8",
        rejects,
    ))
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
