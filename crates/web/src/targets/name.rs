//! `/targets/new`: an account named as a target by hand.

use std::sync::Arc;

use axum::extract::{Query, State};
use beachhead_office::targets::NewNamed;
use beachhead_office::{Office, Permission};
use jiff::ToSpan as _;
use maud::{Markup, html};

use super::{DUE_DAYS, address, offered, open_bets, owners};
use crate::answer::{Answer, Failure, page, redirect_saying};
use crate::form::{Errors, Field, Fields, Signed, token};
use crate::layout::{self, Place};
use crate::strategy::refused;
use crate::visitor::Visitor;

const TITLE: &str = "Name a target";

/// `GET /targets/new`
pub async fn form(
    State(office): State<Arc<Office>>,
    visitor: Visitor,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Answer {
    visitor.must(Permission::Run)?;
    let mut fields = Fields(pairs);
    let due = office.surroundings().today().saturating_add(DUE_DAYS.days());
    fields.0.push(("due".to_owned(), due.to_string()));
    fields.0.push(("owner".to_owned(), visitor.actor.person.clone()));
    let shown = draw(&office, &visitor, &fields, &Errors::default()).await?;
    Ok(page(&visitor.frame, shown))
}

async fn draw(office: &Office, visitor: &Visitor, fields: &Fields, errors: &Errors) -> Result<Markup, Failure> {
    let standing = office.standing(&visitor.actor, None).await?;
    let bets = offered(&open_bets(&standing, &visitor.actor));
    let people = owners(&office.people(&visitor.actor).await?, ("", "Me"));
    let mut partners = vec![(String::new(), "None yet".to_owned())];
    let known = office.partners(&visitor.actor, &standing).await?;
    partners.extend(
        known
            .partners
            .iter()
            .map(|partner| (partner.id.clone(), partner.name.clone())),
    );
    let body = html! {
        (errors.summary())
        p.breadcrumb { a href="/targets" { "Targets" } }
        h1 { (TITLE) }
        @if bets.is_empty() {
            p.lede { "There is no bet to name targets of yet." }
            p { a.btn.primary href="/bets" { "Go to the bets" } }
        } @else {
            p.lede { "An account that a bet goes after, with the next step and its day. It counts in the bet from the first thing that is logged of it, at the latest from that day." }
            form method="post" action="/targets/new" novalidate {
                (token(visitor))
                (Field::new("account", "Account").hint("Its name or website as the CRM has it; any other name is kept as it is typed.").value(fields.get("account")).required().input(errors))
                (Field::new("bet", "Bet").value(fields.get("bet")).select(&bets, errors))
                (Field::new("partner", "Partner, the way in").value(fields.get("partner")).select(&partners, errors))
                (Field::new("play", "Play").hint("For example: ask for an introduction now").value(fields.get("play")).input(errors))
                (Field::new("next_step", "Next step").value(fields.get("next_step")).required().input(errors))
                (Field::new("due", "By").kind("date").value(fields.get("due")).required().input(errors))
                (Field::new("owner", "Owner").value(fields.get("owner")).select(&people, errors))
                button.btn.primary type="submit" { "Name it" }
            }
        }
    };
    Ok(layout::inside(visitor, Place::Targets, &errors.title(TITLE), &body))
}

/// `POST /targets/new`
pub async fn save(State(office): State<Arc<Office>>, signed: Signed) -> Answer {
    let Signed { visitor, fields } = &signed;
    visitor.must(Permission::Run)?;
    let mut errors = Errors::default();
    let named = NewNamed {
        account: errors.require(fields, "account", "Say which account"),
        bet: fields.get("bet").to_owned(),
        partner: fields.get("partner").to_owned(),
        play: fields.get("play").to_owned(),
        owner: fields.get("owner").to_owned(),
        next_step: errors.require(fields, "next_step", "Say the next step"),
        due: errors.require_date(fields, "due", "Give the day of the next step"),
    };
    let status = if errors.is_empty() {
        match office.name_target(&visitor.actor, &named).await {
            Ok(row) => {
                let words = format!("{} is a target of {}.", row.account_name, row.bet_name);
                return Ok(redirect_saying(&address(&row.bet, &row.account), &words));
            }
            Err(refusal) if matches!(refusal.code.status(), 403 | 404 | 409 | 422) => {
                let field = match refusal.code.status() {
                    403 => "owner",
                    _ if refusal.message.ends_with("has passed") => "due",
                    _ => "account",
                };
                errors.add(field, &refusal);
                refusal.code.status()
            }
            Err(refusal) => return Err(Failure::on(&visitor.frame, refusal)),
        }
    } else {
        422
    };
    Ok(refused(status, draw(&office, visitor, fields, &errors).await?))
}
