//! The rows behind a number: opportunities with their class, partner, file and row, as a page, as CSV and as XLSX. Every
//! filter stands in the address, so that a link from a figure says exactly what the figure counted.

pub(crate) mod asked;
pub(crate) mod download;
mod opportunity;
mod tables;
mod targets;

use std::sync::Arc;

use axum::extract::{Query, State};
use beachhead_office::facts::Status;
use beachhead_office::facts::measure::{OpportunityRow, Order, OrderBy, Value};
use beachhead_office::strategy::{AttributionPolicy, Class};
use beachhead_office::tracing::{RowsQuestion, Traced, file_names, in_words};
use beachhead_office::{Office, Standing, reporting, standing};
use beachhead_press::numbers;
use jiff::civil::Date;
use maud::{Markup, html};

use crate::answer::{Answer, page};
use crate::form::{Errors, Field, Fields};
use crate::layout::{self, Place};
use crate::visitor::Visitor;

use asked::Asked;
use download::Ending;
pub use opportunity::show as opportunity;
pub use tables::show as table;
pub use targets::{file as targets_file, show as targets};

/// Rows of one page; the files have them all.
pub const PAGE_ROWS: usize = 100;

/// `GET /evidence`
pub async fn rows(
    State(office): State<Arc<Office>>,
    visitor: Visitor,
    Query(query): Query<Vec<(String, String)>>,
) -> Answer {
    let asked = Asked::new(query);
    let standing = office.standing(&visitor.actor, asked.day()?).await?;
    let question = asked.question(&standing)?;
    let traced = office.trace(&visitor.actor, &standing, &question).await?;
    let from = asked.page()? * PAGE_ROWS;
    let found = traced.found.page(&traced.facts.star, asked.order()?, from, PAGE_ROWS);
    let body = html! {
        p.breadcrumb { a href="/data" { "Data" } }
        h1 { "Opportunities" }
        (asked.as_of().banner_on(&visitor.frame, &standing))
        (lede(&standing, &question, &traced))
        (value(&standing, &question, &traced))
        p.inline-links {
            a href={ "/evidence.csv?" (asked.query_without(&["page"])) } { "Download as CSV" } " "
            a href={ "/evidence.xlsx?" (asked.query_without(&["page"])) } { "Download as XLSX" }
        }
        (tallied(&asked, &traced))
        (policy(&strategy(&standing, &question).attribution))
        (table_of(&asked, &traced, &found))
        (paging(&asked, "/evidence", traced.found.tally().opportunities))
        (form(&asked))
    };
    Ok(page(
        &visitor.frame,
        layout::inside(&visitor, Place::Data, "Opportunities", &body),
    ))
}

/// `GET /evidence.csv`, `GET /evidence.xlsx`
pub async fn file(
    State(office): State<Arc<Office>>,
    visitor: Visitor,
    Ending(format): Ending,
    Query(query): Query<Vec<(String, String)>>,
) -> Answer {
    let asked = Asked::new(query);
    let standing = office.standing(&visitor.actor, asked.day()?).await?;
    let traced = office
        .trace(&visitor.actor, &standing, &asked.question(&standing)?)
        .await?;
    download::answer("opportunities", format, traced.file(asked.order()?)).await
}

fn strategy<'a>(standing: &'a Standing, question: &RowsQuestion) -> &'a beachhead_office::strategy::Strategy {
    if question.of_draft {
        &standing.draft.parsed.strategy
    } else {
        standing.strategy()
    }
}

/// Which rows these are, as of when, and from which snapshot.
fn lede(standing: &Standing, question: &RowsQuestion, traced: &Traced) -> Markup {
    let n = numbers::plural(traced.found.tally().opportunities, "opportunity", "opportunities");
    let words = in_words(standing, question);
    html! {
        p.lede {
            (n) @if !words.is_empty() { " " (words) } ", as known on " (numbers::date(standing.as_of))
            ", from snapshot " (snapshot(&traced.facts)) @if question.of_draft { ", by the segments and the policy of the draft" } "."
        }
    }
}

/// The beginning of a snapshot's name.
fn snapshot(facts: &standing::Facts) -> Markup {
    let id = &facts.manifest.id;
    html! { code title=(id) { (id.get(..12).unwrap_or(id)) } }
}

/// The figure that the rows make, where a measure was asked.
fn value(standing: &Standing, question: &RowsQuestion, traced: &Traced) -> Markup {
    let tally = traced.found.tally();
    let (Some((measure, _, _)), Some(value)) = (&question.measure, tally.value) else {
        return html! {};
    };
    let unit = reporting::unit(standing.strategy(), measure);
    let currency = traced.facts.star.currency();
    let says = match value {
        Value::Money { minor } => unit.write(beachhead_office::weighing::units(minor, currency)),
        Value::Share { of, n } => format!("{} of {}", numbers::count(of), numbers::count(n)),
        Value::Days { median } => median.map_or_else(|| numbers::NOT_KNOWN.to_owned(), |days| unit.write(days)),
    };
    html! {
        p { (reporting::measure_name(measure)) " over these rows: " strong { (says) }
            @if tally.without_amount > 0 { "; " (numbers::plural(tally.without_amount, "has", "have")) " no amount" } "." }
    }
}

/// How many of each status and class, with their amounts. Classes are never added up.
fn tallied(asked: &Asked, traced: &Traced) -> Markup {
    let (tally, star) = (traced.found.tally(), &traced.facts.star);
    if tally.opportunities == 0 {
        return html! {};
    }
    let digits = star.digits();
    let currency = star
        .currency()
        .map_or_else(String::new, |currency| currency.to_string());
    let line = |name: &str, field: &str, (n, sum): (u64, i64)| {
        html! { tr {
            th scope="row" { a href={ "/evidence?" (asked.query_with(&[(field, name), ("page", "")])) } { (name) } }
            td.num { (numbers::count(n)) } td.num { (numbers::exact(sum, digits)) }
        } }
    };
    html! {
        div.scroll tabindex="0" role="region" aria-label="By status and class" { table.dense {
            caption.dim { "By status, and by class. Amounts in " (if currency.is_empty() { "units as imported" } else { &currency }) "; classes are not added together." }
            thead { tr { th scope="col" { "Which" } th.num scope="col" { "Opportunities" } th.num scope="col" { "Amount" } } }
            tbody {
                @for (status, n, sum) in &tally.by_status { (line(status.name(), "status", (*n, *sum))) }
                @for (class, n, sum) in &tally.by_class { (line(class.word(), "class", (*n, *sum))) }
            }
        } }
    }
}

fn policy(policy: &AttributionPolicy) -> Markup {
    html! {
        p.dim {
            "Classes by policy version " (policy.version) ": sourced when a partner's registration, referral or intro lies within "
            (policy.window_days) " days before creation"
            @if let Some(days) = policy.lock_days { " and was recorded within " (days) " days after it" } ". "
            a href="/data/attribution" { "Attribution" }
        }
    }
}

fn day(day: Option<Date>) -> String {
    day.map_or_else(String::new, numbers::date)
}

/// A file and a row in it.
pub(crate) fn place(files: &[String], file: i32, row: i64) -> String {
    match usize::try_from(file).ok().and_then(|at| files.get(at)) {
        Some(name) => format!("{name}, row {row}"),
        None => "made from snapshots".to_owned(),
    }
}

/// The page of an opportunity, on the same day.
pub(crate) fn opportunity_href(id: &str, as_of: &str) -> String {
    let query = if as_of.is_empty() {
        String::new()
    } else {
        format!("?as_of={as_of}")
    };
    format!("/evidence/opportunities/{}{query}", reporting::query(id))
}

fn table_of(asked: &Asked, traced: &Traced, found: &[OpportunityRow]) -> Markup {
    let files = file_names(&traced.facts);
    let (order, digits) = (asked.order().unwrap_or_default(), traced.facts.star.digits());
    let currency = traced
        .facts
        .star
        .currency()
        .map_or_else(String::new, |currency| format!(", {currency}"));
    let head = |name: &str, by: OrderBy| sortable(asked, name, by, order);
    if found.is_empty() {
        return html! { p { "No row is left. Take a condition away, or look at " a href="/evidence" { "all opportunities" } "." } };
    }
    html! {
        div.scroll tabindex="0" role="region" aria-label="Opportunities" { table.dense {
            thead { tr {
                (head("Opportunity", OrderBy::Opportunity)) (head("Account", OrderBy::Account)) th scope="col" { "Stage" }
                (head("Status", OrderBy::Status)) (head("Created", OrderBy::Created)) (head("Closed", OrderBy::Closed))
                (head(&format!("Amount{currency}"), OrderBy::Amount)) (head("Class", OrderBy::Class))
                th scope="col" { "Partner" } th scope="col" { "File and row" }
            } }
            tbody { @for row in found { tr {
                th scope="row" { a href=(opportunity_href(&row.opportunity_id, asked.get("as_of"))) { (row.opportunity_id) } }
                td { (row.account) } td { (row.stage) } td { (row.status.name()) }
                td.nowrap { (day(row.created_on)) } td.nowrap { (day(row.closed_on)) }
                td.num { @if let Some(minor) = row.amount_minor { (numbers::exact(minor, digits)) } }
                td { (row.class.word()) @if row.claimed_after_lock { " (claimed after lock)" } }
                td { (row.partner) } td.nowrap { (place(&files, row.file, row.row)) }
            } } }
        } }
    }
}

/// A column's head that sorts by it, the other way round at the second click.
fn sortable(asked: &Asked, name: &str, by: OrderBy, order: Order) -> Markup {
    let is_it = order.by == by;
    let word = if is_it && !order.descending {
        format!("-{}", by.name())
    } else {
        by.name().to_owned()
    };
    let sorted = is_it.then_some(if order.descending { "descending" } else { "ascending" });
    let numeric = by == OrderBy::Amount;
    html! {
        th.num[numeric] scope="col" aria-sort=[sorted] {
            a href={ "/evidence?" (asked.query_with(&[("sort", &word), ("page", "")])) } { (name)
                @match sorted { Some("ascending") => " ▲", Some(_) => " ▼", None => {} } }
        }
    }
}

/// Links to the page before and the page after.
pub(crate) fn paging(asked: &Asked, path: &str, of: u64) -> Markup {
    let page = asked.page().unwrap_or(0) as u64;
    let rows = PAGE_ROWS as u64;
    let (first, last) = (page * rows + 1, of.min((page + 1) * rows));
    if of <= rows && page == 0 {
        return html! {};
    }
    let to = |page: u64| format!("{path}?{}", asked.query_with(&[("page", &(page + 1).to_string())]));
    html! {
        nav.inline-links aria-label="Pages" {
            @if first <= last { span { "Rows " (numbers::count(first)) " to " (numbers::count(last)) " of " (numbers::count(of)) } " " }
            @if page > 0 { a rel="prev" href=(to(page - 1)) { "Page before" } " " }
            @if last < of { a rel="next" href=(to(page + 1)) { "Next page" } }
        }
    }
}

fn form(asked: &Asked) -> Markup {
    let none = Errors::default();
    let any = |words: &str| (String::new(), words.to_owned());
    let statuses = [any("any")].into_iter().chain(
        [Status::Open, Status::Won, Status::Lost]
            .map(|status| (status.name().to_owned(), status.name().to_owned()))
            .into_iter()
            .chain([("decided".to_owned(), "won or lost".to_owned())]),
    );
    let classes = Class::ALL
        .iter()
        .map(|class| (class.word().to_owned(), class.word().to_owned()));
    let (statuses, classes): (Vec<_>, Vec<_>) = (statuses.collect(), [any("any")].into_iter().chain(classes).collect());
    html! {
        h2 { "Ask otherwise" }
        form method="get" action="/evidence" novalidate {
            @for (name, value) in asked.others(&["status", "class", "segment", "filter", "page"]) {
                input type="hidden" name=(name) value=(value);
            }
            div.pairs {
                (Field::new("status", "Status").value(asked.get("status")).select(&statuses, &none))
                (Field::new("class", "Class").value(asked.get("class")).select(&classes, &none))
                (Field::new("segment", "Segment").value(asked.get("segment")).input(&none))
            }
            (Field::new("filter", "Only these opportunities").hint("A rule, such as employees >= 1000").value(asked.get("filter")).input(&none))
            button.btn type="submit" { "Show" }
        }
    }
}

/// The fields of a query as the form's.
fn fields(query: Vec<(String, String)>) -> Fields {
    Fields(query)
}
