//! The ledger of touches: every documented touch, the opportunity that it bears on, and what it came to under the policy.
//! Must not decide what a touch is.

use std::sync::Arc;

use axum::extract::{Query, State};
use beachhead_office::attributing::{TouchesAsked, TouchesView};
use beachhead_office::facts::attribute::TouchRow;
use beachhead_office::strategy::Bearing;
use beachhead_office::{Code, Office, Refusal, reporting};
use beachhead_press::numbers;
use maud::{Markup, html};
use serde::Deserialize;

use crate::AsOf;
use crate::answer::{Answer, page};
use crate::attribution::place;
use crate::evidence::download::{self, Ending};
use crate::evidence::opportunity_href;
use crate::layout::{self, Place};
use crate::visitor::Visitor;

const TITLE: &str = "Touches";
/// Touches on one page.
const PAGE: usize = 100;

/// Which touches are asked for, as the links of the pages write it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    opportunity: String,
    partner: String,
    came_to: String,
    as_of: String,
    page: String,
}

impl Asked {
    fn day(&self) -> AsOf {
        AsOf {
            as_of: self.as_of.clone(),
        }
    }

    /// Pages before the one asked for.
    fn passed(&self) -> usize {
        self.page.parse::<usize>().unwrap_or(1).clamp(1, 1_000_000) - 1
    }

    fn question(&self) -> Result<TouchesAsked, Refusal> {
        let given = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        let bearing = given(&self.came_to).map(|word| {
            Bearing::from_word(&word).ok_or_else(|| {
                Refusal::not_found(format!("No touch can come to “{word}”"), "Follow a link of the ledger.")
            })
        });
        Ok(TouchesAsked {
            opportunity: given(&self.opportunity),
            partner: given(&self.partner),
            bearing: bearing.transpose()?,
            as_of: self.day().day()?,
            offset: self.passed() * PAGE,
            limit: PAGE,
        })
    }

    /// The address of the same question with some fields changed; from the first page unless the page is among them.
    fn with(&self, changed: &[(&str, &str)]) -> String {
        format!("/data/attribution/touches?{}", self.query_with(changed))
    }

    fn query_with(&self, changed: &[(&str, &str)]) -> String {
        let own = [
            ("opportunity", self.opportunity.as_str()),
            ("partner", &self.partner),
            ("came_to", &self.came_to),
            ("as_of", &self.as_of),
        ];
        let is_kept = |(name, _): &(&str, &str)| !changed.iter().any(|(other, _)| other == name);
        let pairs = own.into_iter().filter(is_kept).chain(changed.iter().copied());
        let query: Vec<String> = pairs
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={}", reporting::query(value)))
            .collect();
        query.join("&")
    }

    /// What is shown, in words after "touches".
    fn words(&self) -> String {
        let mut words = String::new();
        for (value, before) in [(&self.opportunity, "on opportunity"), (&self.partner, "of")] {
            if !value.is_empty() {
                words += &format!(" {before} {value}");
            }
        }
        words
    }
}

/// `GET /data/attribution/touches`
pub async fn show(State(office): State<Arc<Office>>, visitor: Visitor, Query(asked): Query<Asked>) -> Answer {
    let view = match office.touches(&visitor.actor, asked.question()?).await {
        Ok(view) => Ok(view),
        Err(refusal) if refusal.code == Code::Conflict => Err(refusal),
        Err(refusal) => return Err(refusal.into()),
    };
    let body = html! {
        p.breadcrumb { a href="/data/attribution" { "Attribution" } }
        h1 { (TITLE) }
        (asked.day().banner(&visitor.frame))
        @match &view {
            Ok(view) => { (ledger(&asked, view)) },
            Err(refusal) => {
                p.lede { (refusal.message) "." }
                p { "Here stands every touch of a partner: which opportunity it bears on, and what it came to under the policy." }
                p { a.btn.primary href="/data" { "Import a file" } }
            },
        }
    };
    Ok(page(
        &visitor.frame,
        layout::inside(&visitor, Place::Data, TITLE, &body),
    ))
}

/// `GET /data/attribution/touches.csv`, `GET /data/attribution/touches.xlsx`
pub async fn file(
    State(office): State<Arc<Office>>,
    visitor: Visitor,
    Ending(format): Ending,
    Query(asked): Query<Asked>,
) -> Answer {
    let rows = office.touches_file(&visitor.actor, asked.question()?).await?;
    download::answer("touches", format, rows).await
}

fn ledger(asked: &Asked, view: &TouchesView) -> Markup {
    let (touches, records) = view.ledger.counts.iter().fold((0, 0), |(touches, records), count| {
        (touches + count.touches, records + count.records)
    });
    html! {
        p.lede {
            (numbers::plural(touches, "touch", "touches")) (asked.words()) ", as known on " (numbers::date(view.as_of))
            @if records > touches {
                "; " (numbers::plural(records - touches, "further record", "further records")) " of the same acts count once with them"
            } "."
        }
        (came_to(asked, view))
        @if view.ledger.found > 0 { (rows(asked, view)) }
        @if !asked.words().is_empty() { p.inline-links { a href="/data/attribution/touches" { "All touches" } } }
    }
}

/// How many came to what, each a link to them.
fn came_to(asked: &Asked, view: &TouchesView) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label="What touches came to" { table {
            thead { tr { th scope="col" { "Came to" } th.num scope="col" { "Touches" } th.num scope="col" { "Records" } } }
            tbody { @for count in &view.ledger.counts { tr {
                th scope="row" {
                    @let word = count.bearing.word();
                    @if asked.came_to == word { (capital(word)) } @else { a href=(asked.with(&[("came_to", word)])) { (capital(word)) } }
                }
                td.num { (numbers::count(count.touches)) } td.num { (numbers::count(count.records)) }
            } } }
        } }
        @if !asked.came_to.is_empty() {
            p.inline-links { a href=(asked.with(&[("came_to", "")])) { "Whatever they came to" } }
        }
    }
}

fn rows(asked: &Asked, view: &TouchesView) -> Markup {
    let (first, shown) = (asked.passed() * PAGE, view.ledger.rows.len());
    let turn = |to: usize| asked.with(&[("page", &to.to_string())]);
    html! {
        p.dim {
            @if shown == 0 { "None on this page." } @else {
                (numbers::count((first + 1) as u64)) " to " (numbers::count((first + shown) as u64)) " of "
                (numbers::plural(view.ledger.found, "record", "records")) ", the newest touch first."
            }
        }
        div.scroll tabindex="0" role="region" aria-label="Records of touches" { table.dense {
            thead { tr {
                th scope="col" { "Touch" } th scope="col" { "Partner" } th scope="col" { "Opportunity" } th scope="col" { "To creation" }
                th scope="col" { "Recorded" } th scope="col" { "Came to" } th scope="col" { "File and row" }
            } }
            tbody { @for row in &view.ledger.rows { (record(asked, view, row)) } }
        } }
        p.inline-links {
            @if first > 0 { a href=(turn(first / PAGE)) { "Page before" } " " }
            @if shown > 0 && ((first + shown) as u64) < view.ledger.found { a href=(turn(first / PAGE + 2)) { "Next page" } " " }
            a href={ "/data/attribution/touches.csv?" (asked.query_with(&[])) } { "Download as CSV" } " "
            a href={ "/data/attribution/touches.xlsx?" (asked.query_with(&[])) } { "Download as XLSX" }
        }
    }
}

fn record(asked: &Asked, view: &TouchesView, row: &TouchRow) -> Markup {
    let day = |day: Option<jiff::civil::Date>| day.map_or_else(String::new, numbers::date);
    html! { tr {
        th scope="row" { (row.kind) br; span.source.nowrap { (day(row.on)) } }
        td { a href=(asked.with(&[("partner", &row.partner_id)])) { (row.partner) } }
        td {
            @if let Some(id) = &row.opportunity_id { a href=(opportunity_href(id, &asked.as_of)) { (id) } }
            @if !row.account.is_empty() { br; span.source { (row.account) @if !row.names_opportunity { " (the touch names the account)" } } }
        }
        td { (to_creation(row)) }
        td.nowrap { (day(row.recorded_on)) }
        td { (capital(row.came_to.word())) br; span.source { (why(row)) } }
        td.nowrap { (place(&view.files, row.file, row.row)) }
    } }
}

pub(crate) fn to_creation(row: &TouchRow) -> String {
    match row.days_to_creation {
        None => "–".to_owned(),
        Some(0) => "the same day".to_owned(),
        Some(days) if days > 0 => format!("{} before", numbers::plural(days.unsigned_abs(), "day", "days")),
        Some(days) => format!("{} after", numbers::plural(days.unsigned_abs(), "day", "days")),
    }
}

/// What else is to be said of it: whether it claims and is in time, who is credited, and whether it was recorded before.
pub(crate) fn why(row: &TouchRow) -> String {
    let mut words: Vec<String> = Vec::new();
    if row.claims {
        words.push("claims".into());
        match row.in_window {
            Some(true) => words.push("in the window".into()),
            Some(false) => words.push("not in the window".into()),
            None => {}
        }
        match row.in_time {
            Some(true) => words.push("recorded by the lock".into()),
            Some(false) => words.push("recorded after the lock".into()),
            None => {}
        }
    }
    if let Some(class) = row.class {
        words.push(format!("the opportunity is {class}"));
    }
    if row.credited {
        words.push("its partner is credited".into());
    }
    if row.also > 0 {
        words.push(format!(
            "it bears on {}",
            numbers::plural(u64::from(row.also), "further opportunity", "further opportunities")
        ));
    }
    if row.same_as.is_some() {
        words.push("the same act as a record before, counted once".into());
    }
    words.join(", ")
}

fn capital(word: &str) -> String {
    word[..1].to_uppercase() + &word[1..]
}
