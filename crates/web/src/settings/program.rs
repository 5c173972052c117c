//! `/settings/program`: calendar, cycle and team hours. They stand in the strategy's text, and this page edits that text.

use std::sync::Arc;

use axum::extract::State;
use beachhead_office::strategy::{Currency, CycleLength, FiscalCalendar, Member, Strategy, limits};
use beachhead_office::{Code, Office, Permission, Refusal};
use beachhead_press::numbers;
use maud::{Markup, html};

use super::breadcrumb;
use crate::answer::{Answer, Failure, page, redirect_saying};
use crate::form::{Errors, Field, Fields, Signed, token};
use crate::layout::{self, Place};
use crate::strategy::refused;
use crate::visitor::Visitor;

const TITLE: &str = "Calendar, cycle and team hours";

/// `GET /settings/program`
pub async fn show(State(office): State<Arc<Office>>, visitor: Visitor) -> Answer {
    let shown = drawn(&office, &visitor, None, &Errors::default()).await?;
    Ok(page(&visitor.frame, shown))
}

/// One of the team a line: "Ines Marchetti, partnerships leader, 30".
fn team_lines(strategy: &Strategy) -> String {
    let line = |member: &Member| format!("{}, {}, {}", member.who, member.role, member.hours_per_week);
    strategy.program.team.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn fields_of(strategy: &Strategy, revision: i64) -> Fields {
    let program = &strategy.program;
    let pairs = [
        ("revision", revision.to_string()),
        ("name", program.name.clone()),
        ("currency", program.currency.to_string()),
        ("starts", program.calendar.starts()),
        ("cycle", program.calendar.length.word().to_owned()),
        ("at_once", program.at_once.to_string()),
        ("team", team_lines(strategy)),
    ];
    Fields(pairs.map(|(name, value)| (name.to_owned(), value)).to_vec())
}

async fn drawn(office: &Office, visitor: &Visitor, typed: Option<&Fields>, errors: &Errors) -> Result<Markup, Failure> {
    let written = office.written(&visitor.actor).await;
    let written = written.map_err(|refusal| Failure::on(&visitor.frame, refusal))?;
    let strategy = &written.parsed.strategy;
    let calendar = strategy.program.calendar;
    let today = office.surroundings().today();
    let cycle = calendar.containing(today);
    let hours: f64 = strategy.program.team.iter().map(|member| member.hours_per_week).sum();
    let fields = typed
        .cloned()
        .unwrap_or_else(|| fields_of(strategy, written.draft.revision));
    let body = html! {
        (breadcrumb())
        h1 { (TITLE) }
        p.lede {
            "This is " (cycle) ", from " (numbers::date(calendar.first_day(cycle))) " to " (numbers::date_from(calendar.last_day(cycle), today))
            "; the team has " (numbers::three_figures(hours)) " hours a week."
        }
        (errors.summary())
        @if visitor.actor.role.may(Permission::Write) { (form(visitor, &fields, errors)) }
        @else {
            dl.summary-list { @for (name, value) in shown(strategy) { div { dt { (name) } dd { (value) } } } }
            p.dim { "It is the owner's to change." }
        }
    };
    Ok(layout::inside(visitor, Place::Settings, &errors.title(TITLE), &body))
}

fn shown(strategy: &Strategy) -> [(&'static str, String); 5] {
    let program = &strategy.program;
    [
        ("Currency", program.currency.to_string()),
        ("The fiscal year starts on", program.calendar.starts()),
        ("A cycle is a", program.calendar.length.word().to_owned()),
        ("Bets at once", program.at_once.to_string()),
        ("Team", team_lines(strategy).replace('\n', "; ")),
    ]
}

fn form(visitor: &Visitor, fields: &Fields, errors: &Errors) -> Markup {
    let lengths = [CycleLength::Quarter, CycleLength::Half]
        .map(|length| (length.word().to_owned(), format!("a {}", length.word())));
    html! {
        form method="post" action="/settings/program" novalidate {
            (token(visitor))
            input type="hidden" name="revision" value=(fields.get("revision"));
            p { "These stand in the strategy's text. Saving changes the draft; they count once a version is signed. " a href="/strategy/written" { "The whole text" } }
            (Field::new("name", "Company").value(fields.get("name")).input(errors))
            (Field::new("currency", "Currency").hint("Three letters, such as USD").value(fields.get("currency")).input(errors))
            (Field::new("starts", "The fiscal year starts on").hint("Month and day, such as 02-01").value(fields.get("starts")).input(errors))
            (Field::new("cycle", "A cycle is").hint("Each ends with a review.").value(fields.get("cycle")).radios(&lengths, errors))
            (Field::new("at_once", "Bets that may run at once").kind("number").value(fields.get("at_once")).input(errors))
            (Field::new("team", "Team").hint("A line each: name, what they do, hours a week").value(fields.get("team")).area(6, errors))
            button.btn.primary type="submit" { "Save in the draft" }
        }
    }
}

/// What was typed, read.
struct Typed {
    name: String,
    currency: Currency,
    calendar: FiscalCalendar,
    at_once: u32,
    team: Vec<Member>,
}

fn read(fields: &Fields, errors: &mut Errors) -> Option<Typed> {
    let currency = Currency::parse(fields.get("currency")).map_err(|error| errors.add("currency", error));
    let length = match fields.get("cycle") {
        word if word == CycleLength::Half.word() => CycleLength::Half,
        _ => CycleLength::Quarter,
    };
    let calendar = FiscalCalendar::parse(fields.get("starts"), length).map_err(|error| errors.add("starts", error));
    let at_once = fields.get("at_once").parse::<u32>().ok().filter(|bets| *bets >= 1);
    if at_once.is_none() {
        errors.add("at_once", "Type how many, 1 or more");
    }
    let team: Result<Vec<Member>, String> = fields
        .get("team")
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(member)
        .collect();
    let team = match team {
        Ok(team) if team.len() > limits::TEAM => Err(format!("A team has at most {} people", limits::TEAM)),
        team => team,
    };
    let team = team.map_err(|words| errors.add("team", words));
    Some(Typed {
        name: fields.get("name").to_owned(),
        currency: currency.ok()?,
        calendar: calendar.ok()?,
        at_once: at_once?,
        team: team.ok()?,
    })
}

fn member(line: &str) -> Result<Member, String> {
    let parts: Vec<&str> = line.split(',').map(str::trim).collect();
    let wrong = || {
        format!(
            "“{}” is not name, what they do, hours a week; type it as Ines Marchetti, partner manager, 30",
            line.trim()
        )
    };
    let [who, role @ .., hours] = parts.as_slice() else {
        return Err(wrong());
    };
    let hours_per_week = hours.parse::<f64>().ok().filter(|hours| (0.0..=168.0).contains(hours));
    match hours_per_week {
        Some(hours_per_week) if !who.is_empty() => Ok(Member {
            who: (*who).to_owned(),
            role: role.join(", "),
            hours_per_week,
        }),
        _ => Err(wrong()),
    }
}

/// `POST /settings/program`
pub async fn save(State(office): State<Arc<Office>>, signed: Signed) -> Answer {
    let Signed { visitor, fields } = &signed;
    visitor.must(Permission::Write)?;
    let mut errors = Errors::default();
    let revision = fields.get("revision").parse::<i64>().ok();
    let typed = read(fields, &mut errors);
    let saved = match typed {
        Some(typed) => {
            let change = move |strategy: &mut Strategy| -> Result<(), Refusal> {
                let program = &mut strategy.program;
                program.name = typed.name;
                program.currency = typed.currency;
                program.calendar = typed.calendar;
                program.at_once = typed.at_once;
                program.team = typed.team;
                Ok(())
            };
            office
                .edit(&visitor.actor, "set calendar and hours", revision, change)
                .await
                .map(drop)
        }
        None => Err(Refusal::bad_input("", "")),
    };
    match saved {
        Ok(()) => Ok(redirect_saying("/settings/program", "Saved in the draft.")),
        Err(refusal) if matches!(refusal.code, Code::BadInput | Code::Conflict | Code::ChecksFail) => {
            if errors.is_empty() {
                errors.add("", &refusal);
            }
            Ok(refused(
                refusal.code.status(),
                drawn(&office, visitor, Some(fields), &errors).await?,
            ))
        }
        Err(refusal) => Err(Failure::on(&visitor.frame, refusal)),
    }
}
