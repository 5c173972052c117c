//! The rows behind a number: opportunities with their class, partner, file and row, as a page and as CSV.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::header;
use axum::response::IntoResponse;
use beachhead_office::facts::measure::OpportunityRow;
use beachhead_office::strategy::AttributionPolicy;
use beachhead_office::weighing::{RowsQuestion, csv_of};
use beachhead_office::{Office, Refusal, Standing, reporting};
use beachhead_press::numbers;
use maud::{Markup, html};
use serde::Deserialize;

use crate::answer::{Answer, page};
use crate::layout::{self, Place};
use crate::visitor::Visitor;

/// Rows that a page shows; the CSV has them all.
const ROWS_SHOWN: usize = 200;

/// What is asked for, as the links of the pages write it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    segment: String,
    partner_type: String,
    class: String,
    status: String,
    measure: String,
    filter: String,
    as_of: String,
}

impl Asked {
    fn question(&self, standing: &Standing) -> Result<RowsQuestion, Refusal> {
        let fields = [
            ("segment", &self.segment),
            ("partner_type", &self.partner_type),
            ("class", &self.class),
            ("status", &self.status),
        ];
        let strategy = standing.strategy();
        let outcome = &strategy.outcome;
        let (measure, in_scope) = match self.measure.as_str() {
            "" => (None, false),
            "outcome" => {
                let period = outcome.counted_from(strategy.program.calendar).zip(outcome.by);
                (period.map(|(from, by)| (outcome.measure.clone(), from, by)), true)
            }
            other => {
                return Err(Refusal::not_found(
                    format!("There is no measure {other}"),
                    "Follow a link from a number.",
                ));
            }
        };
        Ok(RowsQuestion {
            key: fields
                .into_iter()
                .filter(|(_, value)| !value.is_empty())
                .map(|(name, value)| (name.to_owned(), value.clone()))
                .collect(),
            filter: Some(self.filter.clone()).filter(|text| !text.is_empty()),
            measure,
            in_scope,
        })
    }

    fn query(&self) -> String {
        let pairs = [
            ("segment", &self.segment),
            ("partner_type", &self.partner_type),
            ("class", &self.class),
            ("status", &self.status),
            ("measure", &self.measure),
            ("filter", &self.filter),
            ("as_of", &self.as_of),
        ];
        let set = pairs.iter().filter(|(_, value)| !value.is_empty());
        set.map(|(name, value)| format!("{name}={}", reporting::query(value)))
            .collect::<Vec<_>>()
            .join("&")
    }

    fn day(&self) -> Result<Option<jiff::civil::Date>, Refusal> {
        crate::AsOf {
            as_of: self.as_of.clone(),
        }
        .day()
    }

    /// What is shown, in words after "opportunities".
    fn words(&self) -> String {
        let mut words: Vec<String> = Vec::new();
        for value in [&self.class, &self.status, &self.segment, &self.partner_type] {
            if !value.is_empty() {
                words.push(value.clone());
            }
        }
        if !self.filter.is_empty() {
            words.push(format!("where {}", self.filter));
        }
        let counted = if self.measure == "outcome" {
            " that the outcome counts"
        } else {
            ""
        };
        if words.is_empty() {
            counted.to_owned()
        } else {
            format!("{counted}: {}", words.join(", "))
        }
    }
}

/// `GET /evidence`
pub async fn rows(State(office): State<Arc<Office>>, visitor: Visitor, Query(asked): Query<Asked>) -> Answer {
    let standing = office.standing(&visitor.actor, asked.day()?).await?;
    let found = office
        .rows(&visitor.actor, &standing, &asked.question(&standing)?)
        .await?;
    let files: Vec<&str> = standing.facts.as_ref().map_or_else(Vec::new, |facts| {
        facts.manifest.files.iter().map(|file| file.name.as_str()).collect()
    });
    let body = html! {
        p.breadcrumb { a href="/data" { "Data" } }
        h1 { "Opportunities" }
        p.lede { (numbers::plural(found.len() as u64, "opportunity", "opportunities")) (asked.words()) ", as of " (numbers::date(standing.as_of)) "." }
        p.inline-links { a href={ "/evidence.csv?" (asked.query()) } { "Download as CSV" } }
        (policy(&standing.strategy().attribution))
        (table(&found, &files))
    };
    Ok(page(
        &visitor.frame,
        layout::inside(&visitor, Place::Data, "Opportunities", &body),
    ))
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

fn table(found: &[OpportunityRow], files: &[&str]) -> Markup {
    let day = |day: Option<jiff::civil::Date>| day.map_or_else(String::new, numbers::date);
    let file = |row: &OpportunityRow| {
        usize::try_from(row.file)
            .ok()
            .and_then(|at| files.get(at).copied())
            .unwrap_or("")
    };
    html! {
        div.scroll tabindex="0" role="region" aria-label="Opportunities" { table.dense {
            thead { tr {
                th scope="col" { "Opportunity" } th scope="col" { "Account" } th scope="col" { "Stage" } th scope="col" { "Status" }
                th scope="col" { "Created" } th scope="col" { "Closed" } th.num scope="col" { "Amount" } th scope="col" { "Class" }
                th scope="col" { "Partner" } th scope="col" { "File and row" }
            } }
            tbody { @for row in found.iter().take(ROWS_SHOWN) { tr {
                th scope="row" { (row.opportunity_id) } td { (row.account) } td { (row.stage) } td { (row.status.name()) }
                td.nowrap { (day(row.created_on)) } td.nowrap { (day(row.closed_on)) } td.num { (row.amount) }
                td { (row.class.word()) @if row.claimed_after_lock { " (claimed after lock)" } }
                td { (row.partner) } td.nowrap { (file(row)) ", row " (row.row) }
            } } }
        } }
        @if found.len() > ROWS_SHOWN { p.dim { "The first " (ROWS_SHOWN) " are shown; the CSV has them all." } }
    }
}

/// `GET /evidence.csv`
pub async fn csv(State(office): State<Arc<Office>>, visitor: Visitor, Query(asked): Query<Asked>) -> Answer {
    let standing = office.standing(&visitor.actor, asked.day()?).await?;
    let found = office
        .rows(&visitor.actor, &standing, &asked.question(&standing)?)
        .await?;
    let text = standing
        .facts
        .as_ref()
        .map_or_else(String::new, |facts| csv_of(facts, &found));
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"opportunities.csv\"",
        ),
    ];
    Ok((headers, text).into_response())
}
