//! Conversion by month of start: how much is there, how much is still to come, and what to keep in mind.

use std::sync::Arc;

use axum::extract::{Query, State};
use beachhead_office::cohorting::{CohortQuestion, Cohorts, Group, WITHIN_DAYS};
use beachhead_office::facts::measure::CohortPart;
use beachhead_office::tracing::address;
use beachhead_office::{Code, Office, Refusal, reporting};
use beachhead_press::chart::cohorts::{self as drawing, Row};
use beachhead_press::chart::interval::{self, Intervals, Reference, Sample};
use beachhead_press::chart::{Frame, curve};
use beachhead_press::numbers::{self, Unit};
use maud::{Markup, html};
use serde::Deserialize;

use crate::AsOf;
use crate::answer::{Answer, page};
use crate::form::{Errors, Field};
use crate::layout::{self, Place};
use crate::visitor::Visitor;

/// What is asked for, as the form writes it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    by: String,
    from: String,
    to: String,
    within: String,
    filter: String,
    as_of: String,
}

impl Asked {
    fn question(&self) -> Result<CohortQuestion, Refusal> {
        let given = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let days = |text: String| {
            text.parse().map_err(|_| {
                Refusal::bad_input(
                    format!("“{text}” is not a number of days"),
                    "Write it in digits, such as 90.",
                )
            })
        };
        Ok(CohortQuestion {
            by: given(&self.by),
            filter: given(&self.filter),
            from: given(&self.from),
            to: given(&self.to),
            within: given(&self.within).map(days).transpose()?,
            as_of: self.as_of().day()?,
        })
    }

    fn as_of(&self) -> AsOf {
        AsOf {
            as_of: self.as_of.clone(),
        }
    }
}

/// `GET /evidence/cohorts`
pub async fn show(State(office): State<Arc<Office>>, visitor: Visitor, Query(asked): Query<Asked>) -> Answer {
    let found = match office.cohorts(&visitor.actor, asked.question()?).await {
        Ok(found) => Some(found),
        Err(refusal) if refusal.code == Code::Conflict => None,
        Err(refusal) => return Err(refusal.into()),
    };
    let body = html! {
        p.breadcrumb { a href="/where" { "Where to win" } }
        h1 { "Conversion by month" }
        (asked.as_of().banner(&visitor.frame))
        @match &found {
            None => (empty()),
            Some(found) => {
                p.lede { (finding(found)) }
                p.inline-links {
                    a href=(rows_link(found, &asked, "all", CohortPart::Mature, None)) { "Those that have had the time" } " "
                    a href=(rows_link(found, &asked, "all", CohortPart::MatureConverted, None)) { "Those of them that were " (converted(found)) }
                    @if found.undated > 0 { " " a href=(rows_link(found, &asked, "all", CohortPart::Undated, None)) { "Those left out" } }
                }
                @for warning in &found.warnings { p.banner { (warning.message) } }
                (months(found, &asked))
                (groups(found, &asked))
                (delays(found))
            }
        }
        (form(&asked, found.as_ref().map_or(&[], |found| found.stages.as_slice())))
    };
    Ok(page(
        &visitor.frame,
        layout::inside(&visitor, Place::Where, "Conversion by month", &body),
    ))
}

fn empty() -> Markup {
    html! {
        p.lede { "No facts have been imported yet. With opportunities, each month of start is read against how long it has had." }
        p { a.btn.primary href="/data" { "Import a file" } }
        div.example aria-hidden="true" { p { strong { "Example: " } "March 2026, 140 opportunities, 31 won so far; 48% of the time has passed; 46% in the end (39 to 53)" } }
    }
}

/// What converting is, as a participle.
fn converted(found: &Cohorts) -> String {
    if found.to == "won" {
        "won".to_owned()
    } else {
        format!("in {}", found.to)
    }
}

fn finding(found: &Cohorts) -> String {
    let young = if found.whole.months.iter().any(|month| !month.is_mature) {
        "; later months are still young"
    } else {
        ""
    };
    match found.whole.mature.rate {
        Some(rate) => format!(
            "Of {} that have had {}, {} were {}{young}.",
            numbers::count(found.whole.mature.n),
            numbers::plural(u64::from(found.within_days), "day", "days"),
            Unit::Percent.with_range(rate, found.whole.mature.low, found.whole.mature.high),
            converted(found),
        ),
        None => format!(
            "Nothing has had {} yet: too early to call.",
            numbers::plural(u64::from(found.within_days), "day", "days")
        ),
    }
}

/// The rows of a figure: those of a month, a part of them, a value of the field.
fn rows_link(found: &Cohorts, asked: &Asked, month: &str, part: CohortPart, group: Option<&Group>) -> String {
    let (by, key) = (
        found.by.as_deref().unwrap_or_default(),
        group.map_or("", |group| group.key.as_str()),
    );
    let field = format!("key.{by}");
    let within = found.within_days.to_string();
    let mut pairs = vec![
        ("cohort", month),
        ("part", part.name()),
        ("within", &within),
        ("start", &found.from),
        ("end", &found.to),
        ("filter", asked.filter.trim()),
    ];
    pairs.extend(group.map(|_| (field.as_str(), key)));
    address("/evidence", &pairs, asked.as_of().day().ok().flatten())
}

fn months(found: &Cohorts, asked: &Asked) -> Markup {
    let rows = found.whole.months.iter().map(|month| {
        let (read, last) = (&month.read, &month.read.expected_final);
        let name = month.start.strftime("%Y-%m").to_string();
        let rows = |part| Some(rows_link(found, asked, &name, part, None));
        Row {
            name: month.start.strftime("%B %Y").to_string(),
            n: read.n,
            converted: read.converted,
            is_mature: month.is_mature,
            observed_share: read.observed_share,
            expected: last.rate,
            low: last.low80,
            high: last.high80,
            href: rows(CohortPart::All),
            converted_href: rows(CohortPart::Converted),
        }
    });
    let is_young = found.whole.months.iter().any(|month| !month.is_mature);
    let title = if is_young {
        "What young months have shown so far is not what they will come to"
    } else {
        "The whole time has passed for every month"
    };
    let mut frame = Frame::new("cohorts", title);
    frame.note = Some(format!(
        "Counted: {} within {} days of the start, as of {}. Time passed is the share of the usual delay that the month's \
         opportunities have had. Losses end the wait. {}",
        converted(found),
        found.within_days,
        numbers::date(found.as_of),
        if found.undated > 0 {
            format!(
                "{} without a day are left out.",
                numbers::plural(found.undated, "opportunity", "opportunities")
            )
        } else {
            String::new()
        }
    ));
    let of = if found.from == "created" {
        "Created in".to_owned()
    } else {
        format!("Entered {} in", found.from)
    };
    drawing::draw(&drawing::Cohorts {
        frame,
        of,
        members: "opportunities".into(),
        converted: format!("{} so far", converted(found)),
        rows: rows.collect(),
    })
}

fn name_of(group: &Group) -> String {
    if group.key.is_empty() {
        "(empty)".to_owned()
    } else {
        group.key.clone()
    }
}

fn groups(found: &Cohorts, asked: &Asked) -> Markup {
    let Some(by) = &found.by else { return html! {} };
    let rows = found.groups.iter().filter_map(|group| {
        Some(interval::Row {
            name: name_of(group),
            href: Some(rows_link(found, asked, "all", CohortPart::Mature, Some(group))),
            value: group.mature.rate?,
            low: group.mature.low,
            high: group.mature.high,
            sample: Sample::Of {
                reached: group.mature.k,
                of: group.mature.n,
            },
            inconclusive: found
                .whole
                .mature
                .rate
                .is_some_and(|all| (group.mature.low..=group.mature.high).contains(&all)),
        })
    });
    let mut rows: Vec<interval::Row> = rows.collect();
    rows.sort_by(|a, b| b.value.total_cmp(&a.value));
    let young = found.groups.len() - rows.len();
    let name = reporting::measure_name(by);
    let mut frame = Frame::new("groups", format!("{name}: those whose whole time has passed"));
    frame.note = Some(format!(
        "95% ranges. Grey: the range holds the rate of all.{}",
        if young > 0 {
            format!(" {young} have nothing that has had the time.")
        } else {
            String::new()
        }
    ));
    html! {
        h2 { "By " (by.replace('_', " ")) }
        (interval::draw(&Intervals {
            frame,
            of: name,
            measure: format!("Share {} within {} days", converted(found), found.within_days),
            unit: Unit::Percent,
            reference: found.whole.mature.rate.map(|value| Reference { label: "All".into(), value }),
            rows,
        }))
    }
}

fn delays(found: &Cohorts) -> Markup {
    let n = |group: &Group| group.months.iter().map(|month| month.read.n).sum::<u64>();
    let line = |name: String, group: &Group| curve::Line {
        name,
        n: n(group),
        points: group
            .curve
            .iter()
            .map(|(day, share)| (f64::from(*day), *share))
            .collect(),
    };
    let mut lines = vec![line("All".into(), &found.whole)];
    let mut largest: Vec<&Group> = found.groups.iter().collect();
    largest.sort_by_key(|group| std::cmp::Reverse(n(group)));
    lines.extend(largest.into_iter().map(|group| line(name_of(group), group)));
    let last = found.whole.curve.last().map_or(0.0, |(_, share)| *share);
    let finding = format!(
        "{} are {} within {} days, losses taken as losses",
        numbers::percent(last),
        converted(found),
        found.within_days
    );
    let mut frame = Frame::new("delay", finding);
    frame.note =
        Some("Aalen-Johansen: what is still open counts for the time it has had, and a loss ends the wait.".into());
    html! {
        h2 { "How long it takes" }
        (curve::draw(&curve::Curve {
            frame,
            x_label: "Days since the start".into(),
            y_label: "Share".into(),
            lines,
            within_days: None,
        }))
    }
}

fn form(asked: &Asked, stages: &[String]) -> Markup {
    let errors = Errors::default();
    let choice = |usual: &str, asked: &str| -> Vec<(String, String)> {
        let known = stages.iter().any(|stage| stage == asked);
        let asked = Some(asked.to_owned()).filter(|asked| !asked.is_empty() && !known);
        let stages = stages.iter().cloned().chain(asked).map(|stage| (stage.clone(), stage));
        std::iter::once((String::new(), usual.to_owned()))
            .chain(stages)
            .collect()
    };
    let within = if asked.within.is_empty() {
        WITHIN_DAYS.to_string()
    } else {
        asked.within.clone()
    };
    html! {
        h2 { "Ask otherwise" }
        form method="get" action="/evidence/cohorts" novalidate {
            @if !asked.as_of.is_empty() { input type="hidden" name="as_of" value=(asked.as_of); }
            div.pairs {
                (Field::new("within", "Days that a win may take").value(within).class("short").input(&errors))
                (Field::new("by", "Split by").hint("segment, partner_type or any column").value(&asked.by).input(&errors))
                (Field::new("from", "From").value(&asked.from).select(&choice("Creation", &asked.from), &errors))
                (Field::new("to", "To").value(&asked.to).select(&choice("The win", &asked.to), &errors))
            }
            (Field::new("filter", "Only these opportunities").hint("A rule, such as employees >= 1000").value(&asked.filter).input(&errors))
            button.btn type="submit" { "Ask" }
        }
    }
}
