//! `/data/jobs`: an import under way: how far it is, cancelled, resumed or discarded. Safe to leave.

use std::sync::Arc;

use axum::extract::{Path, State};
use beachhead_office::import_jobs::{ImportJob, JobState};
use beachhead_office::{Office, Refusal};
use maud::{Markup, html};

use crate::answer::{Answer, Failure, page, redirect, redirect_saying};
use crate::form::{Signed, token};
use crate::layout::{self, Place};
use crate::visitor::Visitor;

/// `GET /data/jobs/{job}`
pub async fn job(State(office): State<Arc<Office>>, visitor: Visitor, Path(id): Path<String>) -> Answer {
    let failed = |refusal: Refusal| Failure::on(&visitor.frame, refusal);
    let job = office.import_job(&visitor.actor, &id).await.map_err(failed)?;
    if let (JobState::Done, Some(import)) = (job.state, job.import) {
        return Ok(redirect_saying(&format!("/data/imports/{import}"), &job.message));
    }
    let title = heading(job.state);
    let body = html! {
        p.breadcrumb { a href="/data" { "Data" } }
        h1 { (title) }
        @if job.state == JobState::Running { (progress(job.percent, &job.message)) }
        @else { p.lede { (said(&job)) } }
        (actions(&visitor, &job))
    };
    Ok(page(
        &visitor.frame,
        layout::inside(&visitor, Place::Data, title, &body),
    ))
}

/// How far long work is; the script of the pages renews what is marked, and the link does where there is none.
pub(super) fn progress(percent: i64, words: &str) -> Markup {
    html! {
        div data-renew="1000" {
            p.lede aria-live="polite" { (words) }
            p {
                label for="progress" { (percent) "%" }
                progress id="progress" max="100" value=(percent) { (percent) "%" }
            }
        }
        p { a href="" { "See how far it is now" } }
        p.hint { "You can leave this page: the work goes on, and Data shows it." }
    }
}

const fn heading(state: JobState) -> &'static str {
    match state {
        JobState::Running => "The import is under way",
        JobState::Interrupted => "The import was interrupted",
        JobState::Done => "The import is done",
        JobState::Refused => "Error: The import was refused",
        JobState::Cancelled => "The import was cancelled",
        JobState::Discarded => "The import was discarded",
    }
}

fn said(job: &ImportJob) -> &str {
    match job.state {
        JobState::Interrupted => {
            "The program stopped while it imported these files. Nothing of them is in the facts; the facts before it are as they were."
        }
        _ => &job.message,
    }
}

fn actions(visitor: &Visitor, job: &ImportJob) -> Markup {
    let button = |verb: &str, class: &'static str, words: &str| {
        html! {
            form.inline method="post" action={ "/data/jobs/" (job.id) "/" (verb) } {
                (token(visitor))
                button class=(class) type="submit" { (words) }
            }
        }
    };
    html! {
        div.actions {
            @match job.state {
                JobState::Running if job.stopping => p.dim { "It is being cancelled." },
                JobState::Running => (button("cancel", "btn", "Cancel the import")),
                JobState::Interrupted => {
                    (button("resume", "btn primary", "Resume the import"))
                    (button("discard", "btn", "Discard the files"))
                }
                JobState::Refused => a.btn.primary href={ "/data/import/" (job.upload) } { "Back to the files" },
                JobState::Done | JobState::Cancelled | JobState::Discarded => a.btn.primary href="/data" { "Go to Data" },
            }
        }
    }
}

/// `POST /data/jobs/{job}/cancel`
pub async fn cancel(State(office): State<Arc<Office>>, Path(id): Path<String>, signed: Signed) -> Answer {
    let visitor = &signed.visitor;
    let done = office.cancel_import(&visitor.actor, &id).await;
    done.map_err(|refusal| Failure::on(&visitor.frame, refusal))?;
    Ok(redirect(&format!("/data/jobs/{id}")))
}

/// `POST /data/jobs/{job}/resume`
pub async fn resume(State(office): State<Arc<Office>>, Path(id): Path<String>, signed: Signed) -> Answer {
    let visitor = &signed.visitor;
    let done = office.resume_import(&visitor.actor, &id).await;
    done.map_err(|refusal| Failure::on(&visitor.frame, refusal))?;
    Ok(redirect(&format!("/data/jobs/{id}")))
}

/// `POST /data/jobs/{job}/discard`
pub async fn discard(State(office): State<Arc<Office>>, Path(id): Path<String>, signed: Signed) -> Answer {
    let visitor = &signed.visitor;
    let done = office.discard_import(&visitor.actor, &id).await;
    done.map_err(|refusal| Failure::on(&visitor.frame, refusal))?;
    Ok(redirect_saying(
        "/data",
        "The files were discarded. Nothing was imported.",
    ))
}
