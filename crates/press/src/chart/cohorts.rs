//! Conversion by cohort: what is there, what is still to come, and how far the whole may end. Draws; estimates nothing.

use maud::{Markup, html};

use super::{
    Frame, hatch, linked,
    plot::{Scale, grid, pc},
};
use crate::numbers::{Unit, count, percent};

/// Cohorts on one scale.
#[derive(Debug, Clone, PartialEq)]
pub struct Cohorts {
    /// The words around it.
    pub frame: Frame,
    /// What a row is: "Created in".
    pub of: String,
    /// What the members are, in the plural: "opportunities".
    pub members: String,
    /// What converting is: "won".
    pub converted: String,
    /// In order of their start.
    pub rows: Vec<Row>,
}

/// One cohort.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// "March 2026".
    pub name: String,
    /// How many members.
    pub n: u64,
    /// How many converted so far.
    pub converted: u64,
    /// Whether nothing more can come.
    pub is_mature: bool,
    /// The share of the delay that its members have had.
    pub observed_share: f64,
    /// The share that is expected to have converted in the end.
    pub expected: f64,
    /// The lower end of its range.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// The members.
    pub href: Option<String>,
    /// Those that converted so far.
    pub converted_href: Option<String>,
}

/// The cohorts as a table with a bar in each row.
pub fn draw(cohorts: &Cohorts) -> Markup {
    let ends = cohorts.rows.iter().flat_map(|row| [row.expected, row.high]);
    let high = ends.filter(|end| end.is_finite()).fold(0.0, f64::max);
    if cohorts.rows.is_empty() {
        return cohorts.frame.nothing_yet("it begins with the first start");
    }
    let lines = grid(0.0, high);
    let scale = Scale::new((0.0, lines.last().copied().unwrap_or(1.0)), (0.0, 0.94));
    let is_open = cohorts.rows.iter().any(|row| !row.is_mature);
    let table = html! {
        table.intervals.cohorts {
            caption.dim {
                "Solid: " (cohorts.converted) "."
                @if is_open { " Hatched: expected still to come. Line: 80% range of the whole." }
            }
            thead { tr {
                th scope="col" { (cohorts.of) }
                th.num scope="col" { (first_upper(&cohorts.members)) }
                th.num scope="col" { (first_upper(&cohorts.converted)) }
                th.num scope="col" { "Time passed" }
                th scope="col" { "In the end" }
                td.drawn { svg.axis aria-hidden="true" {
                    @for value in &lines {
                        text.quiet x=(pc(scale.at(*value))) y="16" text-anchor=(if *value == 0.0 { "start" } else { "middle" }) { (percent(*value)) }
                    }
                } }
            } }
            tbody { @for (nth, row) in cohorts.rows.iter().enumerate() {
                tr {
                    th scope="row" { (row.name) }
                    td.num { (linked(&count(row.n), row.href.as_deref())) }
                    td.num { (linked(&count(row.converted), row.converted_href.as_deref())) }
                    td.num { (percent(row.observed_share)) }
                    td { (says(row)) }
                    td.drawn { (bar(row, &lines, &scale, &cohorts.frame.id(&format!("open{nth}")))) }
                }
            } }
        }
    };
    cohorts.frame.drawn_table(&table)
}

fn says(row: &Row) -> Markup {
    html! {
        @if row.is_mature {
            (percent(share(row))) span.source { " · whole time" }
        } @else {
            (Unit::Percent.with_range(row.expected, row.low, row.high))
        }
    }
}

fn bar(row: &Row, lines: &[f64], scale: &Scale, id: &str) -> Markup {
    let (there, whole) = (scale.at(share(row)), scale.at(row.expected.max(share(row))));
    html! {
        svg.fill aria-hidden="true" {
            @for value in lines { line x1=(pc(scale.at(*value))) x2=(pc(scale.at(*value))) y1="0" y2="100%" stroke="var(--grid)" {} }
            rect width=(pc(there)) y="50%" height="14" transform="translate(0 -7)" fill="var(--c1)" {}
            @if !row.is_mature {
                (hatch(id, "var(--c1)"))
                rect x=(pc(there)) width=(pc(whole - there)) y="50%" height="14" transform="translate(0 -7)" fill={ "url(#" (id) ")" } {}
                line x1=(pc(scale.at(row.low))) x2=(pc(scale.at(row.high))) y1="50%" y2="50%" stroke="var(--c4)" stroke-width="2" {}
                @for end in [row.low, row.high] {
                    rect x=(pc(scale.at(end))) y="50%" width="2" height="10" transform="translate(-1 -5)" fill="var(--c4)" {}
                }
            }
        }
    }
}

fn share(row: &Row) -> f64 {
    if row.n == 0 {
        return 0.0;
    }
    // Counts of rows are far below 2^53, where the conversion is exact.
    row.converted as f64 / row.n as f64
}

fn first_upper(words: &str) -> String {
    let mut letters = words.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
