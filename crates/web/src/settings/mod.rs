//! Settings: who can do what? People and roles, invites, sign-in, backups, the audit log, the calendar and the team's hours,
//! limits.
//! Only an owner changes something here; others see who has which role.

mod audit;
mod backups;
mod invites;
mod limits;
mod people;
mod program;
mod sign_in;

pub use audit::{file as audit_file, show as audit};
pub use backups::{change as change_backups, download as backup, show as backups};
pub use invites::{join, join_form, make as invite, show as invites, withdraw};
pub use limits::show as limits;
pub use people::{change as change_person, end, end_page, list as people, make_reset_link, one as person};
pub use program::{save as save_program, show as program};
pub use sign_in::{save as save_sign_in, show as sign_in};

use std::sync::Arc;

use axum::extract::State;
use beachhead_office::backup::BackupsView;
use beachhead_office::{Office, Permission, Role};
use beachhead_press::numbers;
use maud::{Markup, html};

use crate::answer::{Answer, Failure, page};
use crate::layout::{self, Place};
use crate::visitor::Visitor;

/// What a role may do, in a sentence.
const fn does(role: Role) -> &'static str {
    match role {
        Role::Owner => {
            "Writes the strategy, decides on bets, holds reviews, imports, and manages people. Does not sign."
        }
        Role::Sponsor => "Reads everything. Signs a version, or sends it back.",
        Role::PartnerManager => "Reads everything. Records what happens in a bet: targets, steps, evidence.",
        Role::Data => "Reads everything. Imports facts and settles matches.",
        Role::Viewer => "Reads everything.",
    }
}

/// The roles as a choice in a form.
fn role_options() -> Vec<(String, String)> {
    let option = |role: Role| (role.name().to_owned(), format!("{}: {}", role.name(), does(role)));
    Role::ALL.map(option).to_vec()
}

/// The way back from a page of the settings.
fn breadcrumb() -> Markup {
    html! { p.breadcrumb { a href="/settings" { "Settings" } } }
}

/// "today", "yesterday", "5 days ago".
fn days_ago(days: i64) -> String {
    match days {
        i64::MIN..=0 => "today".to_owned(),
        1 => "yesterday".to_owned(),
        days => format!("{days} days ago"),
    }
}

/// Says that there is no backup, or that the last one is too old.
fn late(view: &BackupsView) -> Markup {
    html! {
        @if view.is_late() {
            p.banner {
                @match view.age_days {
                    None => "There is no backup yet. ",
                    Some(days) => { "The last backup was made " (days_ago(days)) ". " },
                }
                a href="/settings/backups" { "Make one now" } "."
            }
        }
    }
}

/// `GET /settings`
pub async fn show(State(office): State<Arc<Office>>, visitor: Visitor) -> Answer {
    let actor = &visitor.actor;
    let failed = |refusal| Failure::on(&visitor.frame, refusal);
    let people = office.people(actor).await.map_err(failed)?;
    let with_access = people.iter().filter(|person| person.ended_at.is_none()).count() as u64;
    let owner = actor.role.may(Permission::Administer);
    let (invites, backups) = if owner {
        let now = office.surroundings().now();
        let open = office.invites(actor).await.map_err(failed)?;
        let open = open.iter().filter(|invite| invite.is_open(now)).count() as u64;
        (open, Some(office.backups(actor).await.map_err(failed)?))
    } else {
        (0, None)
    };
    let body = html! {
        h1 { "Settings" }
        p.lede {
            (numbers::plural(with_access, "person has", "people have")) " access; you are " (actor.role.name()) "."
            @if owner && invites > 0 { " " (numbers::plural(invites, "invite is", "invites are")) " open." }
            @if let Some(days) = backups.as_ref().filter(|backups| !backups.is_late()).and_then(|backups| backups.age_days) {
                " The last " a href="/settings/backups" { "backup" } " was made " (days_ago(days)) "."
            }
        }
        @if let Some(backups) = &backups { (late(backups)) }
        @if owner { p { a.btn.primary href="/settings/invites" aria-keyshortcuts="n" { "Invite someone" } } }
        dl.summary-list {
            (line("People and roles", "/settings/people", "Who has which role, and what a role may do."))
            @if owner { (line("Invites", "/settings/invites", "A link that lets one person in, once. No mail is sent.")) }
            (line("Sign-in", "/settings/sign-in", "Passwords, second factors, sessions: the rules, and the way back in."))
            (line("Your account", "/account", "Your name, password, second factor, sessions, theme and keys."))
            (line("Calendar, cycle and team hours", "/settings/program", "Fiscal year, length of a cycle, currency, the team's hours a week."))
            @if owner {
                (line("Backups", "/settings/backups", "Made each night and read back; make one now, take one out."))
                (line("Audit log", "/settings/audit", "Every write: who, what, when. The chain shows whether it was changed."))
            }
            (line("Attribution policy", "/data/attribution", "Who sourced and who influenced an opportunity; try another policy."))
            (line("Limits", "/settings/limits", "How large a file, a text or a list may be."))
        }
        @if !owner { p.dim { "Invites, backups and the audit log are the owner's." } }
    };
    Ok(page(
        &visitor.frame,
        layout::inside(&visitor, Place::Settings, "Settings", &body),
    ))
}

fn line(name: &str, address: &str, says: &str) -> Markup {
    html! { div { dt { a href=(address) { (name) } } dd { (says) } } }
}
