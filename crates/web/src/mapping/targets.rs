//! `/mapping/{partner}/targets`: accounts chosen from a cell, each with its play, owner, next step and day, to become targets
//! of a bet.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use beachhead_office::ledger::Person;
use beachhead_office::mapping::{NamedTarget, PLAYS, PairRow, Population, RowsAsked, TARGETS_MOST, Which};
use beachhead_office::targets::may_run;
use beachhead_office::{Office, Permission, Refusal, Standing};
use beachhead_press::numbers;
use jiff::ToSpan as _;
use maud::{Markup, html};

use super::{address, breadcrumb};
use crate::answer::{Answer, Failure, page, redirect_saying};
use crate::form::{Errors, Field, Fields, Signed, token};
use crate::layout::{self, Place};
use crate::strategy::refused;
use crate::targets::{DUE_DAYS, offered, open_bets};
use crate::visitor::Visitor;

const TITLE: &str = "Name targets";

/// What the form is drawn from.
struct Choice {
    partner: String,
    name: String,
    standing: Standing,
    people: Vec<Person>,
    /// The accounts, each once.
    rows: Vec<PairRow>,
}

impl Choice {
    async fn new(office: &Office, visitor: &Visitor, partner: &str, accounts: &[&str]) -> Result<Self, Refusal> {
        let asked = RowsAsked {
            partner: partner.to_owned(),
            which: Which::Taken,
            limit: usize::MAX,
            ..RowsAsked::default()
        };
        let view = office.match_rows(&visitor.actor, &asked).await?;
        let mut rows: Vec<PairRow> = Vec::new();
        for row in view.rows {
            let is_there = rows.iter().any(|other| other.ours_id == row.ours_id);
            if accounts.contains(&row.ours_id.as_str()) && !is_there {
                rows.push(row);
            }
        }
        Ok(Self {
            partner: view.partner,
            name: view.name,
            standing: office.standing(&visitor.actor, None).await?,
            people: office.people(&visitor.actor).await?,
            rows,
        })
    }
}

/// `GET /mapping/{partner}/targets`
pub async fn form(
    State(office): State<Arc<Office>>,
    visitor: Visitor,
    Path(partner): Path<String>,
    Query(query): Query<Vec<(String, String)>>,
) -> Answer {
    visitor.must(Permission::Run)?;
    let accounts = query
        .iter()
        .filter(|(name, _)| name == "account")
        .map(|(_, value)| value.as_str());
    let accounts: Vec<&str> = accounts.collect();
    let choice = Choice::new(&office, &visitor, &partner, &accounts).await;
    let choice = choice.map_err(|refusal| Failure::on(&visitor.frame, refusal))?;
    let fields = suggested(&choice, &visitor);
    Ok(page(
        &visitor.frame,
        draw(&visitor, &choice, &fields, &Errors::default()),
    ))
}

/// What each target says unless somebody knows better: the play of its cell, whoever owns the account with us, a week. Who
/// has no bet to run names targets of their own.
fn suggested(choice: &Choice, visitor: &Visitor) -> Fields {
    let due = choice.standing.today.saturating_add(DUE_DAYS.days()).to_string();
    let place = |population: Population| {
        Population::ALL
            .into_iter()
            .position(|one| one == population)
            .unwrap_or(2)
    };
    let bets = open_bets(&choice.standing, &visitor.actor);
    let runs = bets.iter().any(|bet| may_run(&visitor.actor, bet));
    let mut fields = Vec::new();
    for (at, row) in choice.rows.iter().enumerate() {
        let play = PLAYS[place(row.ours_population)][place(row.theirs_population)];
        let owner = choice
            .people
            .iter()
            .find(|person| runs && person.name == row.ours_owner);
        let owner = owner.map_or(visitor.actor.person.as_str(), |person| person.id.as_str());
        for (name, value) in [
            ("account", row.ours_id.as_str()),
            ("play", play.name),
            ("owner", owner),
            ("next_step", play.next_step),
            ("due", &due),
        ] {
            fields.push((format!("{name}.{at}"), value.to_owned()));
        }
    }
    Fields(fields)
}

fn draw(visitor: &Visitor, choice: &Choice, fields: &Fields, errors: &Errors) -> Markup {
    let bets = offered(&open_bets(&choice.standing, &visitor.actor));
    let body = html! {
        (errors.summary())
        (breadcrumb(Some((&choice.partner, &choice.name))))
        h1 { (TITLE) }
        @if choice.rows.is_empty() {
            p.lede { "No account was chosen. Choose some from the rows of a cell of the matrix." }
            p { a.btn.primary href=(address(&choice.partner)) { "Back to the matrix" } }
        } @else if bets.is_empty() {
            p.lede { "There is no bet to name targets of yet." }
            p { a.btn.primary href="/bets" { "Go to the bets" } }
        } @else {
            p.lede { (numbers::plural(choice.rows.len() as u64, "account becomes a target", "accounts become targets")) " of a bet, with " (choice.name) " as the way in." }
            form method="post" action={ (address(&choice.partner)) "/targets" } {
                (token(visitor))
                (Field::new("bet", "The bet").value(fields.get("bet")).select(&bets, errors))
                @for (at, row) in choice.rows.iter().enumerate() { (target(choice, fields, errors, place(fields, row).unwrap_or(at), row)) }
                button.btn.primary type="submit" { "Name them as targets" }
            }
        }
    };
    layout::inside(visitor, Place::Data, &errors.title(TITLE), &body)
}

/// Where the fields of an account stand among those that were typed.
fn place(fields: &Fields, row: &PairRow) -> Option<usize> {
    (0..TARGETS_MOST).find(|at| fields.get(&format!("account.{at}")) == row.ours_id)
}

fn target(choice: &Choice, fields: &Fields, errors: &Errors, at: usize, row: &PairRow) -> Markup {
    let named = |name: &str| format!("{name}.{at}");
    let (account, play, owner, step, due) = (
        named("account"),
        named("play"),
        named("owner"),
        named("next_step"),
        named("due"),
    );
    let people: Vec<(String, String)> = choice
        .people
        .iter()
        .map(|person| (person.id.clone(), person.name.clone()))
        .collect();
    html! {
        fieldset.card {
            legend { (row.ours_name) }
            p.dim { (row.ours_population.name()) " of ours, " (row.theirs_population.name()) " of theirs" @if !row.theirs_owner.is_empty() { ", owned there by " (row.theirs_owner) } }
            input type="hidden" name=(account) value=(row.ours_id);
            div.pairs {
                (Field::new(&play, "Play").value(fields.get(&play)).required().input(errors))
                (Field::new(&owner, "Owner").value(fields.get(&owner)).select(&people, errors))
                (Field::new(&step, "Next step").value(fields.get(&step)).required().input(errors))
                (Field::new(&due, "By").kind("date").value(fields.get(&due)).required().input(errors))
            }
        }
    }
}

/// `POST /mapping/{partner}/targets`
pub async fn choose(State(office): State<Arc<Office>>, Path(partner): Path<String>, signed: Signed) -> Answer {
    let Signed { visitor, fields } = &signed;
    visitor.must(Permission::Run)?;
    let mut errors = Errors::default();
    let targets = targets(fields, &mut errors);
    let refusal = if errors.is_empty() {
        let chosen = office
            .choose_targets(&visitor.actor, fields.get("bet"), &partner, &targets)
            .await;
        match chosen {
            Ok(chosen) => {
                let added = numbers::plural(chosen.added as u64, "target was", "targets were");
                let words = match chosen.already.as_slice() {
                    [] => format!("{added} named."),
                    already => format!("{added} named. Targets already, and unchanged: {}.", already.join(", ")),
                };
                return Ok(redirect_saying(&format!("/bets/{}#targets", chosen.bet), &words));
            }
            Err(refusal) if matches!(refusal.code.status(), 403 | 404 | 409 | 422) => Some(refusal),
            Err(refusal) => return Err(Failure::on(&visitor.frame, refusal)),
        }
    } else {
        None
    };
    if let Some(refusal) = &refusal {
        errors.add("", refusal);
    }
    let accounts: Vec<&str> = targets.iter().map(|target| target.account.as_str()).collect();
    let choice = Choice::new(&office, visitor, &partner, &accounts).await;
    let choice = choice.map_err(|refusal| Failure::on(&visitor.frame, refusal))?;
    let status = refusal.map_or(422, |refusal| refusal.code.status());
    Ok(refused(status, draw(visitor, &choice, fields, &errors)))
}

fn targets(fields: &Fields, errors: &mut Errors) -> Vec<NamedTarget> {
    let mut targets = Vec::new();
    for at in 0..TARGETS_MOST {
        let named = |name: &str| format!("{name}.{at}");
        if !fields.has(&named("account")) {
            continue;
        }
        targets.push(NamedTarget {
            account: fields.get(&named("account")).to_owned(),
            play: errors.require(fields, &named("play"), "Say the play"),
            owner: errors.require(fields, &named("owner"), "Say whose it is"),
            next_step: errors.require(fields, &named("next_step"), "Say the next step"),
            due: errors.require_date(fields, &named("due"), "Give the day of the next step"),
        });
    }
    targets
}
