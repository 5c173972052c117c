//! `/partners/new`: a partner that no import has brought yet.

use std::sync::Arc;

use axum::extract::State;
use beachhead_office::partners::{NewPartner, partner_types};
use beachhead_office::{Office, Permission};
use maud::{Markup, html};

use super::address;
use crate::answer::{Answer, Failure, page, redirect_saying};
use crate::form::{Errors, Field, Fields, Signed, plain_options, token};
use crate::layout::{self, Place};
use crate::strategy::refused;
use crate::visitor::Visitor;

const TITLE: &str = "Add a partner";

/// `GET /partners/new`
pub async fn form(State(office): State<Arc<Office>>, visitor: Visitor) -> Answer {
    visitor.must(Permission::Run)?;
    let fields = Fields(vec![("owner".to_owned(), visitor.actor.person.clone())]);
    let shown = draw(&office, &visitor, &fields, &Errors::default()).await?;
    Ok(page(&visitor.frame, shown))
}

async fn draw(office: &Office, visitor: &Visitor, fields: &Fields, errors: &Errors) -> Result<Markup, Failure> {
    let standing = office.standing(&visitor.actor, None).await?;
    let people = office.people(&visitor.actor).await?;
    let mut owners = vec![(String::new(), "Nobody yet".to_owned())];
    owners.extend(people.into_iter().map(|person| (person.id, person.name)));
    let body = html! {
        (errors.summary())
        p.breadcrumb { a href="/partners" { "Partners" } }
        h1 { (TITLE) }
        p.lede { "One that no import has brought yet. Once an import names it, the two are one." }
        form method="post" action="/partners/new" novalidate {
            (token(visitor))
            (Field::new("name", "Name").value(fields.get("name")).required().input(errors))
            (Field::new("type", "Partner type").value(fields.get("type")).select(&plain_options(partner_types(&standing)), errors))
            (Field::new("website", "Website").hint("For example peopleoak.com").value(fields.get("website")).input(errors))
            (Field::new("owner", "Owner with us").value(fields.get("owner")).select(&owners, errors))
            button.btn.primary type="submit" { "Add it" }
        }
    };
    Ok(layout::inside(visitor, Place::Partners, &errors.title(TITLE), &body))
}

/// `POST /partners/new`
pub async fn save(State(office): State<Arc<Office>>, signed: Signed) -> Answer {
    let Signed { visitor, fields } = &signed;
    visitor.must(Permission::Run)?;
    let mut errors = Errors::default();
    let new = NewPartner {
        name: errors.require(fields, "name", "Type the partner's name"),
        partner_type: fields.get("type").to_owned(),
        website: fields.get("website").to_owned(),
        owner: fields.get("owner").to_owned(),
    };
    let status = if errors.is_empty() {
        match office.add_partner(&visitor.actor, &new).await {
            Ok(id) => return Ok(redirect_saying(&address(&id), &format!("{} is added.", new.name))),
            Err(refusal) if matches!(refusal.code.status(), 409 | 422) => {
                let field = if refusal.message.ends_with("is no partner type") {
                    "type"
                } else {
                    "name"
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
