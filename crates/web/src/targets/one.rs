//! `/targets/{bet}/{account}`: one target. The step that comes next is one button; anything else is one form. Below stands
//! how it got here, each day with the row or the person it comes from.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use beachhead_office::facts::measure::{Origin, TargetFate};
use beachhead_office::ledger::Person;
use beachhead_office::strategy::Bet;
use beachhead_office::targets::{LOST, Logged, StepLog, TARGETED, TargetRow, TargetView};
use beachhead_office::tracing::file_names;
use beachhead_office::{Office, Permission, Refusal, Standing, reporting};
use beachhead_press::numbers;
use jiff::ToSpan as _;
use jiff::civil::Date;
use maud::{Markup, html};

use super::{DUE_DAYS, address, owners, pick, stage, step_name, suggested};
use crate::answer::{Answer, Failure, page, redirect_saying};
use crate::evidence::{opportunity_href, place};
use crate::form::{Errors, Field, Fields, Signed, token};
use crate::layout::{self, Place};
use crate::strategy::refused;
use crate::visitor::Visitor;
use crate::{AsOf, day_of, name_of};

/// The list that a target was opened from, and the day that is looked back to.
#[derive(Debug, Default, serde::Deserialize)]
pub struct Way {
    #[serde(default)]
    back: String,
    #[serde(default)]
    as_of: String,
}

/// What a target's page is drawn from.
struct Shown {
    as_of: AsOf,
    standing: Standing,
    people: Vec<Person>,
    view: TargetView,
    /// Whether whoever looks may work it.
    may: bool,
}

impl Shown {
    async fn new(office: &Office, visitor: &Visitor, bet: &str, account: &str, as_of: AsOf) -> Result<Self, Failure> {
        let standing = office.standing(&visitor.actor, as_of.day()?).await?;
        let view = office.target(&visitor.actor, &standing, bet, account).await;
        let view = view.map_err(|refusal| Failure::on(&visitor.frame, refusal))?;
        Ok(Self {
            may: standing.looked_back.is_none() && view.row.may_be_worked_by(&visitor.actor),
            people: office.people(&visitor.actor).await?,
            as_of,
            standing,
            view,
        })
    }

    fn bet(&self) -> Result<&Bet, Refusal> {
        self.standing.bet(&self.view.row.bet)
    }

    /// The fields as they stand before anybody types: the step that comes next, reached today.
    fn fields(&self, bet: &Bet, back: &str) -> Fields {
        let row = &self.view.row;
        let worked = self.standing.state_of(&bet.name).is_worked();
        let reached = row.next.as_deref().filter(|_| worked).unwrap_or_default();
        let due = self.standing.today.saturating_add(DUE_DAYS.days()).to_string();
        let next = suggested(bet, row.next.as_deref());
        let pairs = [
            ("reached", reached),
            ("on", &self.standing.today.to_string()),
            ("next_step", if reached.is_empty() { &row.next_step } else { &next }),
            ("due", &due),
            ("owner", row.owner.as_str()),
            ("revision", &row.revision.to_string()),
            ("back", back),
        ];
        Fields(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec())
    }
}

/// `GET /targets/{bet}/{account}`
pub async fn show(
    State(office): State<Arc<Office>>,
    visitor: Visitor,
    Path((bet, account)): Path<(String, String)>,
    Query(Way { back, as_of }): Query<Way>,
) -> Answer {
    let shown = Shown::new(&office, &visitor, &bet, &account, AsOf { as_of }).await?;
    let fields = shown.fields(shown.bet()?, &back);
    Ok(page(
        &visitor.frame,
        draw(&visitor, &shown, &fields, &Errors::default())?,
    ))
}

fn draw(visitor: &Visitor, shown: &Shown, fields: &Fields, errors: &Errors) -> Result<Markup, Refusal> {
    let (row, bet) = (&shown.view.row, shown.bet()?);
    let list = match fields.get("back") {
        "" => shown.as_of.on("/targets"),
        back => format!("/targets?{back}"),
    };
    let body = html! {
        p.breadcrumb { a href=(list) { "Targets" } }
        h1 { (row.account_name) }
        (shown.as_of.banner_on(&visitor.frame, &shown.standing))
        (lede(shown, bet))
        (errors.summary())
        @if shown.may && row.is_open() {
            @if errors.is_empty() { (at_once(visitor, shown, bet, fields)) }
            (form(visitor, shown, bet, fields, errors))
        }
        (history(visitor, shown, bet))
        (plans(shown))
    };
    Ok(layout::inside(
        visitor,
        Place::Targets,
        &errors.title(&row.account_name),
        &body,
    ))
}

fn lede(shown: &Shown, bet: &Bet) -> Markup {
    let (row, today) = (&shown.view.row, shown.standing.today);
    html! {
        p.lede {
            (stage(row).html()) " in " a href=(shown.as_of.on(&format!("/bets/{}", row.bet))) { (bet.name) }
            @let partner = row.partner.as_deref().unwrap_or(&row.partner_name);
            @if !partner.is_empty() {
                ", through " a href=(shown.as_of.on(&format!("/partners/{}", reporting::query(partner)))) { (row.partner_name) }
            }
            "."
            @if !row.next_step.is_empty() { " Next: " (row.next_step) @if let Some(due) = row.due { ", by " (numbers::date_from(due, today)) } "." }
        }
        p.dim {
            @if row.owner_name.is_empty() { "Nobody's yet" } @else { "Owner " (row.owner_name) }
            @if let Some(day) = row.last_touch { " · last touch " (numbers::date(day)) @if row.is_stuck { ", stuck" } }
            @if !row.play.is_empty() { " · " (row.play) }
            @if let Some(fate) = &shown.view.fate { @if let Some(id) = &fate.opportunity_id { " · opportunity " a href=(opportunity_href(id, shown.standing.looked_back.map_or_else(String::new, |day| day.to_string()).as_str())) { (id) } } }
        }
    }
}

/// The step that comes next, reached today: one button.
fn at_once(visitor: &Visitor, shown: &Shown, bet: &Bet, fields: &Fields) -> Markup {
    let row = &shown.view.row;
    let worked = shown.standing.state_of(&bet.name).is_worked();
    let next = row.next.as_deref().filter(|_| worked);
    let button = |step: &str, words: String, primary: bool, key: &'static str| {
        let next_step = suggested(bet, Some(step).filter(|step| *step != TARGETED));
        html! {
            form method="post" action=(address(&row.bet, &row.account)) {
                (token(visitor))
                input type="hidden" name="reached" value=(step);
                input type="hidden" name="next_step" value=(next_step);
                @for name in ["on", "due", "revision", "back"] { input type="hidden" name=(name) value=(fields.get(name)); }
                button.btn.primary[primary] type="submit" aria-keyshortcuts=(key) { (words) }
            }
        }
    };
    html! {
        @if let Some(next) = next {
            div.actions.noprint data-keys {
                (button(next, format!("Log “{next}” today"), true, "l"))
                @if row.entered.is_none() { (button(TARGETED, "We began today".to_owned(), false, "b")) }
                @if row.owner.is_empty() && !visitor.actor.person.is_empty() { (take(visitor, row)) }
            }
        }
    }
}

/// What is nobody's becomes that of whoever looks.
fn take(visitor: &Visitor, row: &TargetRow) -> Markup {
    html! {
        form method="post" action="/targets/edit" {
            (token(visitor))
            input type="hidden" name="pick" value=(pick(row));
            input type="hidden" name="owner" value=(visitor.actor.person);
            input type="hidden" name="confirmed" value="yes";
            button.btn type="submit" aria-keyshortcuts="m" { "Make it mine" }
        }
    }
}

fn form(visitor: &Visitor, shown: &Shown, bet: &Bet, fields: &Fields, errors: &Errors) -> Markup {
    let (row, standing) = (&shown.view.row, &shown.standing);
    let worked = standing.state_of(&bet.name).is_worked();
    let at = row
        .next
        .as_ref()
        .and_then(|next| bet.motion.steps.iter().position(|step| step.name == *next));
    let mut options: Vec<(String, String)> = Vec::new();
    if worked {
        if row.entered.is_none() {
            options.push((TARGETED.to_owned(), "● We began to work it".to_owned()));
        }
        for step in bet.motion.steps.iter().skip(at.unwrap_or(0)) {
            let how = if step.done_when.is_empty() {
                String::new()
            } else {
                format!(": {}", step.done_when)
            };
            options.push((
                step.name.clone(),
                format!("● {}{how}", reporting::measure_name(&step.name)),
            ));
        }
        options.push((LOST.to_owned(), "✕ Lost".to_owned()));
    }
    options.push((
        String::new(),
        "No step: what is said of it counts as a touch, and what is next changes".to_owned(),
    ));
    let people = owners(&shown.people, ("", "As before"));
    html! {
        details.noprint open[!errors.is_empty() || !worked] {
            summary { "Say more, or something else" }
            form method="post" action=(address(&row.bet, &row.account)) novalidate {
                (token(visitor))
                @if !worked { p.dim { (bet.name) " is not running, so no step of it counts yet." } }
                (Field::new("reached", "What has happened?").value(fields.get("reached")).radios(&options, errors))
                div.pairs {
                    (Field::new("on", "On which day?").kind("date").value(fields.get("on")).input(errors))
                    (Field::new("note", "What is there to say of it?").value(fields.get("note")).input(errors))
                    (Field::new("next_step", "What is next?").value(fields.get("next_step")).input(errors))
                    (Field::new("due", "By when?").kind("date").value(fields.get("due")).input(errors))
                    (Field::new("owner", "Whose is it?").value(fields.get("owner")).select(&people, errors))
                }
                @for name in ["revision", "back"] { input type="hidden" name=(name) value=(fields.get(name)); }
                button.btn type="submit" { "Log it" }
            }
        }
    }
}

/// How it got here: every day with where it stands.
fn history(visitor: &Visitor, shown: &Shown, bet: &Bet) -> Markup {
    let view = &shown.view;
    let files = shown
        .standing
        .facts
        .as_ref()
        .map_or_else(Vec::new, |facts| file_names(facts));
    let line = |name: String, day: Date, origin: Option<Origin>| {
        html! { tr {
            th scope="row" { (name) } td.nowrap { (numbers::date(day)) }
            td { (from(shown, origin, &files)) }
        } }
    };
    html! {
        h2 { "How it got here" }
        @match &view.fate {
            None => p.dim { "It has not begun: it counts in " a href=(shown.as_of.on(&format!("/bets/{}", view.row.bet))) { (bet.name) } " from the first thing that is logged of it, at the latest from the day on which its first step was due." },
            Some(fate) => {
                div.scroll tabindex="0" role="region" aria-label="Steps" { table {
                    caption.dim { "As the bet counts it: imported, said, and seen in the CRM; of two days the first" }
                    thead { tr { th scope="col" { "Step" } th scope="col" { "Day" } th scope="col" { "From" } } }
                    tbody {
                        (line("Entered".to_owned(), fate.entered, Some(fate.entry)))
                        @for ((step, day), origin) in bet.motion.steps.iter().zip(&fate.reached).zip(&fate.seen) {
                            @if let Some(day) = day { (line(step_name(&step.name), *day, *origin)) }
                        }
                        @if let Some(day) = fate.lost_on { (line("Lost".to_owned(), day, lost_origin(shown, fate))) }
                    }
                } }
                p.inline-links { a href=(imported(shown, fate)) { "Its imported rows" } }
            },
        }
        @if !view.said.is_empty() { (said(visitor, shown)) }
    }
}

fn imported(shown: &Shown, fate: &TargetFate) -> String {
    shown.as_of.on(&format!(
        "/evidence/tables/progress?bet={}&account_id={}",
        reporting::query(&shown.view.row.bet_name),
        reporting::query(&fate.account)
    ))
}

fn lost_origin(shown: &Shown, fate: &TargetFate) -> Option<Origin> {
    let said = shown
        .view
        .said
        .iter()
        .find(|said| said.step.step == LOST && Some(said.step.on) == fate.lost_on);
    said.map(|said| Origin::Said(said.number))
}

/// Where a day stands.
fn from(shown: &Shown, origin: Option<Origin>, files: &[String]) -> Markup {
    html! { @match origin {
        Some(Origin::Row { file, row }) => (place(files, file, row)),
        Some(Origin::Said(number)) => a href={ "#step-" (number) } { "Said by " (shown.standing.said.row(number).map_or_else(String::new, |said| name_of(&shown.people, &said.by))) },
        Some(Origin::Opportunity) | None => "The CRM",
    } }
}

fn said(visitor: &Visitor, shown: &Shown) -> Markup {
    let back = address(&shown.view.row.bet, &shown.view.row.account);
    html! {
        h2 { "What was said" }
        ol.log reversed { @for said in shown.view.said.iter().rev() { li id={ "step-" (said.number) } {
            @let by = name_of(&shown.people, &said.by);
            p {
                @if said.step.step == TARGETED && said.step.on > day_of(said.at) { strong { "Named" } ", to be begun by " }
                @else { strong { (step_name(&said.step.step)) } " on " }
                (numbers::date(said.step.on)) ", said by " (by) " on " (numbers::date(day_of(said.at)))
            }
            @if let Some(note) = &said.step.note { p { (note) } }
            @if shown.may && (said.step.step != TARGETED || said.step.on > shown.standing.today) {
                form.inline.noprint method="post" action={ "/targets/steps/" (said.number) "/undo" } {
                    (token(visitor))
                    input type="hidden" name="back" value=(back);
                    button.btn.link type="submit" { "Take it back" span.visually-hidden { ": " (step_name(&said.step.step)) } }
                }
            }
        } } }
    }
}

/// What was planned each time, the latest first.
fn plans(shown: &Shown) -> Markup {
    html! {
        @if !shown.view.log.is_empty() {
            h2 { "What was planned" }
            div.scroll tabindex="0" role="region" aria-label="Plans" { table {
                thead { tr { th scope="col" { "Said on" } th scope="col" { "Next step" } th scope="col" { "By" } th scope="col" { "Owner" } th scope="col" { "Said by" } } }
                tbody { @for entry in shown.view.log.iter().rev() { tr {
                    td.nowrap { (numbers::date(day_of(entry.at))) }
                    td { (entry.next_step.as_deref().unwrap_or("–")) }
                    td.nowrap { (entry.due.map_or_else(|| "–".to_owned(), numbers::date)) }
                    td { (entry.owner.as_deref().map_or_else(|| "–".to_owned(), |owner| name_of(&shown.people, owner))) }
                    td { (name_of(&shown.people, &entry.by)) }
                } } }
            } }
        }
    }
}

/// `POST /targets/{bet}/{account}`
pub async fn log(
    State(office): State<Arc<Office>>,
    Path((bet, account)): Path<(String, String)>,
    signed: Signed,
) -> Answer {
    let Signed { visitor, fields } = &signed;
    visitor.must(Permission::Run)?;
    let mut errors = Errors::default();
    let shown = Shown::new(&office, visitor, &bet, &account, AsOf::default()).await?;
    let on = match fields.get("on") {
        "" => shown.standing.today,
        _ => errors.require_date(fields, "on", ""),
    };
    let due = match fields.get("due") {
        "" => None,
        _ => Some(errors.require_date(fields, "due", "")),
    };
    let said = StepLog {
        bet,
        account,
        reached: fields.get("reached").to_owned(),
        on,
        note: fields.get("note").to_owned(),
        next_step: fields.get("next_step").to_owned(),
        due,
        owner: fields.get("owner").to_owned(),
        revision: fields.get("revision").parse().unwrap_or(0),
    };
    let status = if errors.is_empty() {
        match office.log_step(&visitor.actor, &said).await {
            Ok(logged) => {
                let to = format!("/targets?{}", fields.get("back"));
                return Ok(redirect_saying(&to, &says(&logged)));
            }
            Err(refusal) if matches!(refusal.code.status(), 409 | 422) => {
                errors.add(field_of(&refusal), &refusal);
                refusal.code.status()
            }
            Err(refusal) => return Err(Failure::on(&visitor.frame, refusal)),
        }
    } else {
        422
    };
    // What the record holds now, beside what was typed.
    let shown = Shown::new(&office, visitor, &said.bet, &said.account, AsOf::default()).await?;
    let mut typed = fields.clone();
    if status == 409 {
        typed.0.retain(|(name, _)| name != "revision");
        typed
            .0
            .push(("revision".to_owned(), shown.view.row.revision.to_string()));
    }
    Ok(refused(status, draw(visitor, &shown, &typed, &errors)?))
}

/// The field that a refusal speaks of.
fn field_of(refusal: &Refusal) -> &'static str {
    let starts = |words: &str| refusal.message.starts_with(words);
    match () {
        () if starts("The next step") => "next_step",
        () if starts("The day of the next step") || refusal.message.ends_with("has passed") => "due",
        () if refusal.message.contains("is not a day on which") => "on",
        () => "reached",
    }
}

fn says(logged: &Logged) -> String {
    let name = &logged.account_name;
    match (&logged.reached, logged.funnel) {
        (None, _) => format!("What there is of {name} is saved."),
        (Some(step), Some((reached, of))) => {
            let have = if reached == 1 { "target has" } else { "targets have" };
            format!("“{step}” is logged for {name}. {reached} of {of} {have} reached it now.")
        }
        (Some(step), None) if step == TARGETED => format!("{name} has begun."),
        (Some(step), None) => format!("“{step}” is logged for {name}."),
    }
}

/// `POST /targets/steps/{number}/undo`
pub async fn undo(State(office): State<Arc<Office>>, Path(number): Path<i64>, signed: Signed) -> Answer {
    let Signed { visitor, fields } = &signed;
    office
        .undo_step(&visitor.actor, number)
        .await
        .map_err(|refusal| Failure::on(&visitor.frame, refusal))?;
    let back = fields.get("back");
    let to = if back.starts_with("/targets/") {
        back
    } else {
        "/targets"
    };
    Ok(redirect_saying(
        to,
        "The step is taken back: it counts no more. That it was said stays in the record.",
    ))
}
