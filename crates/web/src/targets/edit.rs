//! `/targets/edit`: owner, next step or day of several targets at once, or that they are lost and why; what would change is
//! counted before it is saved.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Response};
use beachhead_office::targets::{Edited, Lost, Picked, Status, TargetChange, TargetRow, TargetsAsked};
use beachhead_office::{Office, Permission, Refusal};
use beachhead_press::numbers;
use jiff::civil::Date;
use maud::{Markup, html};

use super::{address, owners};
use crate::answer::{Answer, Failure, page, redirect_saying};
use crate::form::{Errors, Field, Fields, Signed, token};
use crate::layout::{self, Place};
use crate::strategy::refused;
use crate::visitor::Visitor;

const TITLE: &str = "Edit targets";
/// What the form says that tells targets lost.
const LOST: &str = "lost";

/// The list that targets were chosen from: one's own unless the form says another.
fn list_href(fields: &Fields) -> String {
    match fields.get("back") {
        "" => "/targets?owner=me".to_owned(),
        back => format!("/targets?{back}"),
    }
}

/// What every form of these pages carries on.
fn carried(picked: &[Picked], fields: &Fields) -> Markup {
    html! {
        input type="hidden" name="back" value=(fields.get("back"));
        @for one in picked { input type="hidden" name="pick" value={ (one.bet) "|" (one.revision) "|" (one.account) }; }
    }
}

/// The targets that were chosen: key of the bet, revision, account.
fn picked(fields: &Fields) -> Result<Vec<Picked>, Refusal> {
    let chosen = fields.0.iter().filter(|(name, _)| name == "pick");
    chosen
        .map(|(_, value)| {
            let mut parts = value.splitn(3, '|');
            let (bet, revision, account) = (parts.next(), parts.next(), parts.next());
            let revision = revision.and_then(|revision| revision.parse().ok());
            match (bet, revision, account) {
                (Some(bet), Some(revision), Some(account)) => Ok(Picked {
                    bet: bet.to_owned(),
                    account: account.to_owned(),
                    revision,
                }),
                _ => Err(Refusal::bad_input(
                    format!("“{value}” names no target"),
                    "Choose from the list again.",
                )),
            }
        })
        .collect()
}

/// `GET /targets/edit`
pub async fn form(
    State(office): State<Arc<Office>>,
    visitor: Visitor,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Answer {
    visitor.must(Permission::Run)?;
    let shown = draw(&office, &visitor, &Fields(pairs), &Errors::default()).await?;
    Ok(page(&visitor.frame, shown))
}

async fn draw(office: &Office, visitor: &Visitor, fields: &Fields, errors: &Errors) -> Result<Markup, Failure> {
    let on = |refusal: Refusal| Failure::on(&visitor.frame, refusal);
    let picked = picked(fields).map_err(on)?;
    let people = owners(&office.people(&visitor.actor).await?, ("", "As it is"));
    let rows = rows(office, visitor, &picked).await?;
    let body = html! {
        (errors.summary())
        p.breadcrumb { a href="/targets" { "Targets" } }
        h1 { (TITLE) }
        @if rows.is_empty() {
            p.lede { "No target was chosen. Tick some in the list first." }
            p { a.btn.primary href=(list_href(fields)) { "Go to the list" } }
        } @else {
            p.lede { "Give " (numbers::plural(rows.len() as u64, "target", "targets")) " another owner, next step or day. What stays empty stays as it is." }
            form method="post" action="/targets/edit" novalidate {
                (token(visitor))
                (carried(&picked, fields))
                (Field::new("owner", "Owner").value(fields.get("owner")).select(&people, errors))
                (Field::new("next_step", "Next step").value(fields.get("next_step")).input(errors))
                (Field::new("due", "By").kind("date").value(fields.get("due")).input(errors))
                button.btn.primary type="submit" { "See what changes" }
            }
            (lost_form(visitor, &picked, fields, errors))
            (list(&rows))
        }
    };
    Ok(layout::inside(visitor, Place::Targets, &errors.title(TITLE), &body))
}

fn lost_form(visitor: &Visitor, picked: &[Picked], fields: &Fields, errors: &Errors) -> Markup {
    let is_lost = fields.get("what") == LOST;
    html! {
        details open[is_lost] {
            summary { "Or nothing comes of them: they are lost" }
            form method="post" action="/targets/edit" novalidate {
                (token(visitor))
                (carried(picked, fields))
                input type="hidden" name="what" value=(LOST);
                (Field::new("why", "Why? It stands with each of them").value(fields.get("why")).input(errors))
                (Field::new("on", "Since which day?").kind("date").hint("Empty means today.").value(fields.get("on")).input(errors))
                button.btn type="submit" { "See which are lost" }
            }
        }
    }
}

async fn rows(office: &Office, visitor: &Visitor, picked: &[Picked]) -> Result<Vec<TargetRow>, Failure> {
    let standing = office.standing(&visitor.actor, None).await?;
    let all = TargetsAsked {
        status: Status::All,
        ..TargetsAsked::default()
    };
    let view = office.targets(&visitor.actor, &standing, &all).await?;
    let is_picked = |row: &TargetRow| {
        picked
            .iter()
            .any(|one| one.bet == row.bet && one.account == row.account)
    };
    Ok(view.rows.into_iter().filter(is_picked).collect())
}

fn list(rows: &[TargetRow]) -> Markup {
    html! {
        h2 { "Chosen" }
        ul { @for row in rows { li {
            a href=(address(&row.bet, &row.account)) { (row.account_name) } " in " (row.bet_name)
            @if !row.next_step.is_empty() { span.dim { " · next: " (row.next_step) } }
            @if let Some(due) = row.due { span.dim { " · by " (numbers::date(due)) } }
            @if !row.owner_name.is_empty() { span.dim { " · " (row.owner_name) } }
        } } }
    }
}

/// `POST /targets/edit`: first what would change, then the change.
pub async fn save(State(office): State<Arc<Office>>, signed: Signed) -> Answer {
    let Signed { visitor, fields } = &signed;
    visitor.must(Permission::Run)?;
    let mut errors = Errors::default();
    let picked = picked(fields).map_err(|refusal| Failure::on(&visitor.frame, refusal))?;
    let done = if fields.get("what") == LOST {
        lose(&office, visitor, fields, &picked, &mut errors).await
    } else {
        change(&office, visitor, fields, &picked, &mut errors).await
    };
    match done {
        Some(Ok(response)) => Ok(response),
        Some(Err(refusal)) if matches!(refusal.code.status(), 404 | 409 | 422) => {
            let field = if refusal.message.starts_with("The reason") {
                "why"
            } else {
                ""
            };
            errors.add(field, &refusal);
            Ok(refused(
                refusal.code.status(),
                draw(&office, visitor, fields, &errors).await?,
            ))
        }
        Some(Err(refusal)) => Err(Failure::on(&visitor.frame, refusal)),
        None => Ok(refused(422, draw(&office, visitor, fields, &errors).await?)),
    }
}

/// What a form came to; nothing where it has mistakes of its own.
type Done = Option<Result<Response, Refusal>>;

fn changed(fields: &Fields, n: usize, what: &str) -> Response {
    let words = numbers::plural(n as u64, "target was", "targets were");
    redirect_saying(&list_href(fields), &format!("{words} {what}."))
}

async fn change(office: &Office, visitor: &Visitor, fields: &Fields, picked: &[Picked], errors: &mut Errors) -> Done {
    let change = TargetChange {
        owner: fields.get("owner").to_owned(),
        next_step: fields.get("next_step").to_owned(),
        due: match fields.get("due") {
            "" => None,
            _ => Some(errors.require_date(fields, "due", "")),
        },
    };
    let confirmed = fields.get("confirmed") == "yes";
    if !errors.is_empty() {
        return None;
    }
    let edited = office.edit_targets(&visitor.actor, picked, &change, confirmed).await;
    Some(edited.map(|edited| {
        if confirmed {
            changed(fields, edited.targets - edited.unchanged, "changed")
        } else {
            confirm(visitor, fields, picked, edited, office.surroundings().today()).into_response()
        }
    }))
}

async fn lose(office: &Office, visitor: &Visitor, fields: &Fields, picked: &[Picked], errors: &mut Errors) -> Done {
    let lost = Lost {
        on: match fields.get("on") {
            "" => office.surroundings().today(),
            _ => errors.require_date(fields, "on", ""),
        },
        why: fields.get("why").to_owned(),
        picked: picked.to_vec(),
    };
    let confirmed = fields.get("confirmed") == "yes";
    if !errors.is_empty() {
        return None;
    }
    let of_bets = office
        .lose_targets(&visitor.actor, std::slice::from_ref(&lost), confirmed)
        .await;
    Some(of_bets.map(|of_bets| {
        if confirmed {
            changed(fields, picked.len(), "marked as lost")
        } else {
            confirm_lost(visitor, fields, &lost, &of_bets).into_response()
        }
    }))
}

fn confirm_lost(visitor: &Visitor, fields: &Fields, lost: &Lost, of_bets: &BTreeMap<String, usize>) -> Markup {
    let picked = &lost.picked;
    let count = |n: usize| numbers::plural(n as u64, "target", "targets");
    let title = format!("Mark {} as lost?", count(picked.len()));
    let body = html! {
        p.breadcrumb { a href="/targets" { "Targets" } }
        h1 { (title) }
        p.lede { "Lost since " (numbers::date(lost.on)) ": “" (lost.why) "”" }
        ul { @for (bet, n) in of_bets { li { (count(*n)) " of " (bet) ": they stay in its count, and come no further" } } }
        p.dim { "Each can be taken back on its own page." }
        form method="post" action="/targets/edit" {
            (token(visitor))
            (carried(picked, fields))
            @for (name, value) in [("what", LOST), ("why", &lost.why), ("on", &lost.on.to_string()), ("confirmed", "yes")] {
                input type="hidden" name=(name) value=(value);
            }
            div.actions {
                button.btn.primary type="submit" { "Mark " (count(picked.len())) " as lost" }
                a.btn href=(list_href(fields)) { "Leave them open" }
            }
        }
    };
    layout::inside(visitor, Place::Targets, &title, &body)
}

fn confirm(visitor: &Visitor, fields: &Fields, picked: &[Picked], edited: Edited, today: Date) -> Markup {
    let count = |n: usize| numbers::plural(n as u64, "target", "targets");
    let title = format!("Change {}?", count(edited.targets - edited.unchanged));
    let due: Option<Date> = fields.get("due").parse().ok();
    let due = due.map_or_else(String::new, |due| numbers::date_from(due, today));
    let body = html! {
        p.breadcrumb { a href="/targets" { "Targets" } }
        h1 { (title) }
        p.lede { "Of " (count(edited.targets)) " that you chose:" }
        ul {
            @if edited.owners > 0 { li { (count(edited.owners)) " would get another owner" } }
            @if edited.next_steps > 0 { li { (count(edited.next_steps)) " would get the next step “" (fields.get("next_step")) "”" } }
            @if edited.dues > 0 { li { (count(edited.dues)) " would be due on " (due) } }
            @if edited.unchanged > 0 { li { (count(edited.unchanged)) " would stay as they are" } }
        }
        p.dim { "What each said before stays in the record." }
        form method="post" action="/targets/edit" {
            (token(visitor))
            (carried(picked, fields))
            @for name in ["owner", "next_step", "due"] { input type="hidden" name=(name) value=(fields.get(name)); }
            input type="hidden" name="confirmed" value="yes";
            div.actions {
                button.btn.primary type="submit" { "Change " (count(edited.targets - edited.unchanged)) }
                a.btn href=(list_href(fields)) { "Leave them as they are" }
            }
        }
    };
    layout::inside(visitor, Place::Targets, &title, &body)
}
