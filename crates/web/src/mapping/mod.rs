//! Accounts in common with partners: the partners with lists, what is done with pairs in general, and what people said as a
//! file. A partner's matrix, its rows, the review and the accounts chosen from it each have a file of their own.

mod matrix;
mod review;
mod rows;
mod targets;

pub(crate) use matrix::grid;
pub use matrix::show as matrix;
pub use review::{decide, review, undo};
pub use rows::{file as rows_file, show as rows};
pub use targets::{choose, form as targets_form};

use std::sync::Arc;

use axum::extract::{Multipart, Query, State};
use beachhead_office::mapping::{LABELS_LEAST, PartnerOverview, PartnersView};
use beachhead_office::{Code, Office, Permission, Refusal, reporting};
use beachhead_press::numbers;
use jiff::civil::Date;
use maud::{Markup, html};

use crate::AsOf;
use crate::answer::{Answer, Failure, page, redirect_saying};
use crate::evidence::download;
use crate::form::{CSRF_FIELD, Errors, Field, Signed, check_token, token};
use crate::layout::{self, Place};
use crate::strategy::refused;
use crate::visitor::Visitor;

const TITLE: &str = "Accounts in common";

/// The address of a partner's matrix.
fn address(partner: &str) -> String {
    format!("/mapping/{}", reporting::query(partner))
}

/// "3 Apr 2026", or "1 Mar to 3 Apr 2026" where rows speak of several days.
fn told(told: Option<(Date, Date)>) -> String {
    match told {
        None => "–".to_owned(),
        Some((first, last)) if first == last => numbers::date(last),
        Some((first, last)) => format!("{} to {}", numbers::date(first), numbers::date(last)),
    }
}

/// The way back from a page of one partner.
fn breadcrumb(partner: Option<(&str, &str)>) -> Markup {
    html! {
        p.breadcrumb {
            a href="/data" { "Data" } " › " a href="/mapping" { (TITLE) }
            @if let Some((id, name)) = partner { " › " a href=(address(id)) { (name) } }
        }
    }
}

/// `GET /mapping`
pub async fn partners(State(office): State<Arc<Office>>, visitor: Visitor, Query(as_of): Query<AsOf>) -> Answer {
    let shown = overview(&office, &visitor, &as_of, &Errors::default()).await?;
    Ok(page(&visitor.frame, shown))
}

async fn overview(office: &Office, visitor: &Visitor, as_of: &AsOf, errors: &Errors) -> Result<Markup, Failure> {
    let failed = |refusal: Refusal| Failure::on(&visitor.frame, refusal);
    let view = match office
        .mapped_partners(&visitor.actor, as_of.day().map_err(failed)?)
        .await
    {
        Ok(view) => Ok(view),
        Err(refusal) if refusal.code == Code::Conflict => Err(refusal),
        Err(refusal) => return Err(failed(refusal)),
    };
    let may = visitor.actor.role.may(Permission::Match);
    let body = html! {
        (errors.summary())
        p.breadcrumb { a href="/data" { "Data" } }
        h1 { (TITLE) }
        (as_of.banner(&visitor.frame))
        @match &view {
            Err(refusal) => (nothing_yet(refusal)),
            Ok(view) => {
                (lede(view))
                (list(as_of, view))
                @if may { (settings(visitor, view, errors)) }
                (decisions(visitor, may))
            },
        }
    };
    Ok(layout::inside(visitor, Place::Data, &errors.title(TITLE), &body))
}

fn nothing_yet(refusal: &Refusal) -> Markup {
    html! {
        p.lede { (refusal.message) "." }
        p { "Lay a partner's list over our accounts to see whom you have in common: whose customers are in our pipeline, and what we can give back. A list needs a name or a website for each account, and whether it is their customer, open opportunity or prospect." }
        p { a.btn.primary href="/data" { "Import a list" } }
        div.example aria-hidden="true" {
            p { strong { "Example: PeopleOak" } " · 96 companies in common · 14 of their customers are our open opportunities, with USD 1.2 million open · 7 pairs to review" }
        }
    }
}

fn lede(view: &PartnersView) -> Markup {
    let waiting: usize = view.partners.iter().filter_map(|partner| partner.waiting).sum();
    let lists = numbers::plural(view.partners.len() as u64, "partner has", "partners have");
    html! {
        p.lede {
            (lists) " given us a list; "
            @if waiting == 0 { "no pair of accounts waits for review." }
            @else { (numbers::plural(waiting as u64, "pair of accounts waits", "pairs of accounts wait")) " for review." }
        }
    }
}

fn list(as_of: &AsOf, view: &PartnersView) -> Markup {
    let count =
        |count: Option<usize>| count.map_or_else(|| "not mapped yet".to_owned(), |count| numbers::count(count as u64));
    let row = |partner: &PartnerOverview| {
        let here = address(&partner.id);
        let review = format!("{here}/review");
        html! { tr {
            th scope="row" { a href=(as_of.on(&here)) { (partner.name) } }
            td.num { a href={ "/evidence/tables/partner_accounts?partner_id=" (reporting::query(&partner.id)) } { (numbers::count(partner.records)) } }
            td.nowrap { (told(partner.told)) }
            td.num { a href=(as_of.on(&here)) { (count(partner.companies)) } }
            td.num {
                @match partner.waiting {
                    Some(waiting) if waiting > 0 => a href=(review) { (numbers::count(waiting as u64)) },
                    other => (count(other)),
                }
            }
        } }
    };
    html! {
        div.scroll tabindex="0" role="region" aria-label="Partners with lists" { table {
            thead { tr {
                th scope="col" { "Partner" } th.num scope="col" { "Accounts in its list" } th scope="col" { "As told on" }
                th.num scope="col" { "Companies in common" } th.num scope="col" { "Pairs to review" }
            } }
            tbody { @for partner in &view.partners { (row(partner)) } }
        } }
    }
}

/// What is taken without a question, and from how many labels probabilities are known.
fn settings(visitor: &Visitor, view: &PartnersView, errors: &Errors) -> Markup {
    let mut options = vec![(String::new(), "The usual: each pair at least 97% likely".to_owned())];
    let mut shares = vec![0.99, 0.98, 0.97, 0.95, 0.9];
    shares.extend(view.precision.filter(|set| !shares.contains(set)));
    options.extend(shares.iter().map(|share| {
        let words = format!("So many that {} of them are right", numbers::percent(*share));
        (share.to_string(), words)
    }));
    html! {
        h2 { "What is taken without a question" }
        p {
            @if view.labels >= LABELS_LEAST {
                "Probabilities are calibrated from " (numbers::plural(view.labels as u64, "decision", "decisions")) " of people on pairs."
            } @else {
                "People have decided " (numbers::plural(view.labels as u64, "pair", "pairs")) ". From " (LABELS_LEAST) " on, probabilities are calibrated by what they said."
            }
        }
        form method="post" action="/mapping" {
            (token(visitor))
            (Field::new("precision", "Pairs taken without a question")
                .hint("The rest is shown to be checked, or asked in the review.")
                .value(view.precision.map_or_else(String::new, |share| share.to_string()))
                .select(&options, errors))
            button.btn type="submit" { "Save" }
        }
    }
}

/// What people said, out and in.
fn decisions(visitor: &Visitor, may: bool) -> Markup {
    html! {
        h2 { "What people said of pairs" }
        p { "A decision is known again by what the two records say, however they are written: it holds for the next list too, and in another program. " a href="/match-decisions.csv" { "Download all decisions as CSV" } "." }
        @if may {
            form method="post" action="/match-decisions" enctype="multipart/form-data" {
                (token(visitor))
                div.field {
                    label for="decisions" { "Take over decisions" }
                    p.hint id="decisions-hint" { "A CSV file that was downloaded here, or in another program." }
                    input type="file" id="decisions" name="decisions" required aria-describedby="decisions-hint";
                }
                button.btn type="submit" { "Take them over" }
            }
        }
    }
}

/// `POST /mapping`: the precision of what is taken without a question.
pub async fn save_precision(State(office): State<Arc<Office>>, signed: Signed) -> Answer {
    let Signed { visitor, fields } = &signed;
    visitor.must(Permission::Match)?;
    let set = match fields.number("precision") {
        Ok(precision) => office
            .set_match_precision(&visitor.actor, precision)
            .await
            .map_err(|refusal| refusal.to_string()),
        Err(words) => Err(words),
    };
    match set {
        Ok(()) => Ok(redirect_saying(
            "/mapping",
            "What is taken without a question has changed.",
        )),
        Err(words) => {
            let mut errors = Errors::default();
            errors.add("precision", words);
            let shown = overview(&office, visitor, &AsOf::default(), &errors).await?;
            Ok(refused(422, shown))
        }
    }
}

/// `GET /match-decisions.csv`
pub async fn decisions_file(State(office): State<Arc<Office>>, visitor: Visitor) -> Answer {
    let rows = office.match_decisions_file(&visitor.actor, None).await?;
    download::answer("match-decisions", beachhead_office::facts::export::Format::Csv, rows).await
}

/// `POST /match-decisions`: decisions of a file.
pub async fn take_decisions(State(office): State<Arc<Office>>, visitor: Visitor, mut form: Multipart) -> Answer {
    let unreadable = |error: axum::extract::multipart::MultipartError| {
        let words = format!("The file could not be read: {error}");
        Failure::on(
            &visitor.frame,
            Refusal::bad_input(words, "Nothing was changed. Try again."),
        )
    };
    let (mut given, mut name, mut text) = (String::new(), String::new(), String::new());
    while let Some(part) = form.next_field().await.map_err(unreadable)? {
        match part.name() {
            Some(CSRF_FIELD) => given = part.text().await.map_err(unreadable)?,
            _ => {
                name = part.file_name().unwrap_or("the file").to_owned();
                text = part.text().await.map_err(unreadable)?;
            }
        }
    }
    check_token(&visitor, &given)?;
    match office.import_match_decisions(&visitor.actor, &name, &text).await {
        Ok(taken) => {
            let added = numbers::plural(taken.added as u64, "decision was", "decisions were");
            let held = numbers::plural(taken.unchanged as u64, "held", "held");
            Ok(redirect_saying(
                "/mapping",
                &format!("{added} taken over; {held} here already."),
            ))
        }
        Err(refusal) if refusal.code.status() == 422 => {
            let mut errors = Errors::default();
            errors.add("decisions", &refusal);
            let shown = overview(&office, &visitor, &AsOf::default(), &errors).await?;
            Ok(refused(422, shown))
        }
        Err(refusal) => Err(Failure::on(&visitor.frame, refusal)),
    }
}
