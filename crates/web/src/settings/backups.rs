//! `/settings/backups`: which there are, how old the last is, one made now, one taken out.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::IntoResponse as _;
use beachhead_office::backup::{BackupsView, NIGHTLY_KEPT_MOST};
use beachhead_office::{Office, Permission, Refusal};
use beachhead_press::numbers;
use maud::{Markup, html};

use super::{breadcrumb, days_ago, late};
use crate::answer::{Answer, Failure, page, redirect_saying};
use crate::form::{Errors, Field, Signed, token};
use crate::layout::{self, Place};
use crate::strategy::refused;
use crate::visitor::Visitor;

/// `GET /settings/backups`
pub async fn show(State(office): State<Arc<Office>>, visitor: Visitor) -> Answer {
    let shown = drawn(&office, &visitor, &Errors::default()).await?;
    Ok(page(&visitor.frame, shown))
}

/// "12.4 MB".
fn size(bytes: u64) -> String {
    match bytes {
        0..=999_999 => format!("{} kB", numbers::count(bytes.div_ceil(1_000))),
        _ => format!("{} MB", numbers::count(bytes.div_ceil(1_000_000))),
    }
}

async fn drawn(office: &Office, visitor: &Visitor, errors: &Errors) -> Result<Markup, Failure> {
    let view = office.backups(&visitor.actor).await;
    let view = view.map_err(|refusal| Failure::on(&visitor.frame, refusal))?;
    let body = html! {
        (breadcrumb())
        h1 { "Backups" }
        p.lede {
            @match view.age_days {
                Some(days) => { "The last backup was made " (days_ago(days)) " and read back from end to end." },
                None => "Everything that the program holds, in one file, made while it is in use.",
            }
        }
        (late(&view))
        (errors.summary())
        form.actions method="post" action="/settings/backups" {
            (token(visitor))
            button.btn.primary type="submit" name="do" value="make" { "Make a backup now" }
        }
        (table(&view))
        h2 { "Each night" }
        p { "A server makes one at 02:00 UTC. The oldest nightly ones make room for the new; those made by hand stay until somebody removes them from " code { (view.folder.display()) } "." }
        form method="post" action="/settings/backups" novalidate {
            (token(visitor))
            (Field::new("kept", "Nightly backups kept").kind("number").class("short").value(view.nightly_kept).input(errors))
            button.btn type="submit" name="do" value="keep" { "Save" }
        }
        h2 { "The way back" }
        p { "With the server stopped:" }
        pre tabindex="0" { code { "beachhead restore FILE --data NEW-FOLDER" } }
        p.dim { "Keep copies on another machine. A backup holds hashes of passwords and the secrets of second factors: whoever has the file has everything." }
    };
    Ok(layout::inside(
        visitor,
        Place::Settings,
        &errors.title("Backups"),
        &body,
    ))
}

fn table(view: &BackupsView) -> Markup {
    html! {
        @if view.kept.is_empty() {
            div.example aria-hidden="true" { p { strong { "Example: " } "nightly-2026-11-22T02-00-00Z.tar.zst · 22 Nov 2026 02:00 UTC · 12 MB" } }
        } @else {
            div.scroll tabindex="0" role="region" aria-label="Backups" { table {
                thead { tr { th scope="col" { "File" } th scope="col" { "Made" } th scope="col" { "How" } th.num scope="col" { "Size" } } }
                tbody { @for backup in &view.kept { tr {
                    th scope="row" { a href={ "/settings/backups/" (backup.name) } { (backup.name) } }
                    td.nowrap { (backup.made_at.strftime("%-d %b %Y %H:%M UTC")) }
                    td { @if backup.is_nightly { "at night" } @else { "by hand" } }
                    td.num.nowrap { (size(backup.bytes)) }
                } } }
            } }
        }
    }
}

/// `POST /settings/backups`
pub async fn change(State(office): State<Arc<Office>>, signed: Signed) -> Answer {
    let Signed { visitor, fields } = &signed;
    visitor.must(Permission::Administer)?;
    let failed = |refusal: Refusal| Failure::on(&visitor.frame, refusal);
    match fields.get("do") {
        "make" => {
            // It is finished also when the browser does not wait for it.
            let (office, actor) = (Arc::clone(&office), visitor.actor.clone());
            let made = tokio::spawn(async move { office.make_backup(&actor).await }).await;
            let made = made.map_err(|_| failed(Refusal::internal("The backup was broken off")))?;
            let made = made.map_err(failed)?;
            let said = format!("{} is made and read back: {}.", made.name, size(made.bytes));
            Ok(redirect_saying("/settings/backups", &said))
        }
        "keep" => {
            let most = fields.get("kept").parse::<u32>().unwrap_or(0);
            match office.keep_nightly(&visitor.actor, most).await {
                Ok(()) => {
                    let said = format!(
                        "{} kept.",
                        numbers::plural(most.into(), "nightly backup is", "nightly backups are")
                    );
                    Ok(redirect_saying("/settings/backups", &said))
                }
                Err(refusal) if refusal.code.status() == 422 => {
                    let mut errors = Errors::default();
                    errors.add("kept", format!("Type a number from 1 to {NIGHTLY_KEPT_MOST}"));
                    Ok(refused(422, drawn(&office, visitor, &errors).await?))
                }
                Err(refusal) => Err(failed(refusal)),
            }
        }
        _ => Err(failed(Refusal::bad_input("Say what to do", "Nothing was changed."))),
    }
}

/// `GET /settings/backups/{backup}`: the file itself.
pub async fn download(State(office): State<Arc<Office>>, visitor: Visitor, Path(name): Path<String>) -> Answer {
    let failed = |refusal: Refusal| Failure::on(&visitor.frame, refusal);
    let place = office.backup_at(&visitor.actor, &name).await.map_err(failed)?;
    let file = std::fs::File::open(&place);
    let file = file.map_err(|_| failed(Refusal::not_found("There is no such backup", "Go back to the list.")))?;
    let headers = [
        (header::CONTENT_TYPE, "application/zstd".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    Ok((headers, Body::from_stream(crate::evidence::download::blocks(file))).into_response())
}
