//! `/data/profiles`: how files with one header are read: seen, renamed, deleted, and handed on as TOML.

use std::sync::Arc;

use axum::extract::{Multipart, Path, State};
use beachhead_office::profiles::KeptProfile;
use beachhead_office::{Office, Refusal, reporting};
use beachhead_press::numbers;
use maud::{Markup, html};

use super::{download, words};
use crate::answer::{Answer, Failure, page, redirect_saying};
use crate::day_of;
use crate::form::{CSRF_FIELD, Errors, Field, Signed, check_token, token};
use crate::layout::{self, Place};
use crate::strategy::refused;
use crate::visitor::Visitor;

/// `GET /data/profiles`
pub async fn profiles(State(office): State<Arc<Office>>, visitor: Visitor) -> Answer {
    let failed = |refusal: Refusal| Failure::on(&visitor.frame, refusal);
    let profiles = office.profiles(&visitor.actor).await.map_err(failed)?;
    Ok(page(&visitor.frame, list(&visitor, &profiles, &Errors::default())))
}

fn list(visitor: &Visitor, profiles: &[KeptProfile], errors: &Errors) -> Markup {
    let body = html! {
        (errors.summary())
        p.breadcrumb { a href="/data" { "Data" } }
        h1 { "Mapping profiles" }
        p.lede {
            @if profiles.is_empty() { "There are none yet. The answers given when a file is imported are kept as a profile, and the next file with the same header asks nothing." }
            @else { (numbers::plural(profiles.len() as u64, "profile is", "profiles are")) " kept. A file with the same header is read by it without a question." }
        }
        @if !profiles.is_empty() {
            div.scroll tabindex="0" role="region" aria-label="Mapping profiles" { table {
                thead { tr { th scope="col" { "Profile" } th scope="col" { "Table" } th.num scope="col" { "Columns" } th.num scope="col" { "Stages" } th scope="col" { "Saved" } } }
                tbody { @for kept in profiles { tr {
                    th scope="row" { a href=(address(&kept.profile.name)) { (kept.profile.name) } }
                    td { (words(kept.profile.table)) }
                    td.num { (kept.profile.columns.len()) }
                    td.num { (kept.profile.stages.len()) }
                    td.nowrap { (numbers::date(day_of(kept.saved_at))) }
                } } }
            } }
        }
        h2 { "Take over a profile" }
        form method="post" action="/data/profiles" enctype="multipart/form-data" {
            (token(visitor))
            div.field {
                label for="profile" { "Choose a profile" }
                p.hint id="profile-hint" { "A TOML file that another program has exported." }
                input type="file" id="profile" name="profile" required aria-describedby="profile-hint";
            }
            button.btn.primary type="submit" { "Take it over" }
        }
    };
    layout::inside(visitor, Place::Data, &errors.title("Mapping profiles"), &body)
}

fn address(name: &str) -> String {
    format!("/data/profiles/{}", reporting::query(name))
}

/// `POST /data/profiles`: a profile that was written elsewhere.
pub async fn profile_import(State(office): State<Arc<Office>>, visitor: Visitor, mut form: Multipart) -> Answer {
    let failed = |refusal: Refusal| Failure::on(&visitor.frame, refusal);
    let unreadable = |error: axum::extract::multipart::MultipartError| {
        failed(Refusal::bad_input(
            format!("The file could not be read: {error}"),
            "Nothing was changed. Try again.",
        ))
    };
    let (mut given, mut text) = (String::new(), String::new());
    while let Some(part) = form.next_field().await.map_err(unreadable)? {
        match part.name() {
            Some(CSRF_FIELD) => given = part.text().await.map_err(unreadable)?,
            _ => text = part.text().await.map_err(unreadable)?,
        }
    }
    check_token(&visitor, &given)?;
    match office.import_profile(&visitor.actor, &text).await {
        Ok(name) => Ok(redirect_saying(&address(&name), "The profile is kept.")),
        Err(refusal) if matches!(refusal.code.status(), 409 | 422) => {
            let profiles = office.profiles(&visitor.actor).await?;
            Ok(refused(
                refusal.code.status(),
                list(&visitor, &profiles, &Errors::from(&refusal)),
            ))
        }
        Err(refusal) => Err(failed(refusal)),
    }
}

/// `GET /data/profiles/{name}`
pub async fn profile(State(office): State<Arc<Office>>, visitor: Visitor, Path(name): Path<String>) -> Answer {
    let kept = office.profile(&visitor.actor, &name).await;
    let kept = kept.map_err(|refusal| Failure::on(&visitor.frame, refusal))?;
    Ok(page(&visitor.frame, one(&visitor, &kept, &Errors::default())))
}

fn one(visitor: &Visitor, kept: &KeptProfile, errors: &Errors) -> Markup {
    let profile = &kept.profile;
    let mapped = profile.columns.values().filter(|field| !field.is_empty()).count();
    let body = html! {
        (errors.summary())
        p.breadcrumb { a href="/data" { "Data" } " › " a href="/data/profiles" { "Mapping profiles" } }
        h1 { (profile.name) }
        p.lede { "Reads " (words(profile.table)) " from files with " (numbers::plural(profile.columns.len() as u64, "column", "columns")) ", " (mapped) " of which become known fields." }
        div.scroll tabindex="0" role="region" aria-label="Columns" { table {
            thead { tr { th scope="col" { "Column in the file" } th scope="col" { "Becomes" } } }
            tbody { @for (source, field) in &profile.columns { tr {
                th scope="row" { (source) }
                td { @if field.is_empty() { "kept under its own name" } @else { (field) } }
            } } }
        } }
        details { summary { "As TOML" } pre tabindex="0" { code { (kept.toml) } } }
        p { a.btn href={ (address(&profile.name)) "/toml" } { "Download as TOML" } }
        h2 { "Rename" }
        form method="post" action=(address(&profile.name)) {
            (token(visitor))
            (Field::new("name", "Name").value(&profile.name).required().input(errors))
            button.btn.primary type="submit" { "Rename the profile" }
        }
        h2 { "Delete" }
        p { "Files with this header will be asked about again. Facts that were imported by it stay." }
        form method="post" action={ (address(&profile.name)) "/delete" } {
            (token(visitor))
            button.btn.danger type="submit" { "Delete the profile" }
        }
    };
    layout::inside(visitor, Place::Data, &errors.title(&profile.name), &body)
}

/// `POST /data/profiles/{name}`
pub async fn profile_rename(State(office): State<Arc<Office>>, Path(name): Path<String>, signed: Signed) -> Answer {
    let Signed { visitor, fields } = &signed;
    let to = fields.get("name");
    match office.rename_profile(&visitor.actor, &name, to).await {
        Ok(()) => Ok(redirect_saying(&address(to), "The profile has its new name.")),
        Err(refusal) if matches!(refusal.code.status(), 409 | 422) => {
            let kept = office.profile(&visitor.actor, &name).await?;
            let mut errors = Errors::default();
            errors.add("name", &refusal.message);
            Ok(refused(refusal.code.status(), one(visitor, &kept, &errors)))
        }
        Err(refusal) => Err(Failure::on(&visitor.frame, refusal)),
    }
}

/// `POST /data/profiles/{name}/delete`
pub async fn profile_delete(State(office): State<Arc<Office>>, Path(name): Path<String>, signed: Signed) -> Answer {
    let visitor = &signed.visitor;
    let deleted = office.delete_profile(&visitor.actor, &name).await;
    deleted.map_err(|refusal| Failure::on(&visitor.frame, refusal))?;
    Ok(redirect_saying("/data/profiles", "The profile is deleted."))
}

/// `GET /data/profiles/{name}/toml`
pub async fn profile_toml(State(office): State<Arc<Office>>, visitor: Visitor, Path(name): Path<String>) -> Answer {
    let kept = office.profile(&visitor.actor, &name).await;
    let kept = kept.map_err(|refusal| Failure::on(&visitor.frame, refusal))?;
    Ok(download(
        &format!("{name}.toml"),
        "application/toml; charset=utf-8",
        kept.toml,
    ))
}
