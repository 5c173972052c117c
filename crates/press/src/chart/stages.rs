//! The stages of one opportunity as a line of days: when each was entered, and for how long. Draws; reads no history.

use jiff::civil::Date;
use maud::{Markup, html};

use super::{
    Frame,
    plot::{Scale, pc},
};
use crate::numbers::{date, day_month, days_between, plural};

/// Stages on one line of days.
#[derive(Debug, Clone, PartialEq)]
pub struct Stages {
    /// The words around it.
    pub frame: Frame,
    /// The last day of the line.
    pub until: Date,
    /// In the order of their days.
    pub rows: Vec<Row>,
}

/// One stage entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its name.
    pub stage: String,
    /// The day it was entered, or was first seen.
    pub entered: Date,
    /// The day on which it had not been entered yet, where the day itself is not known.
    pub seen_after: Option<Date>,
    /// "pipeline.csv, row 12".
    pub place: String,
}

/// The stages as a table with a line of days in each row.
pub fn draw(stages: &Stages) -> Markup {
    let Some(first) = stages
        .rows
        .first()
        .map(|row| row.seen_after.unwrap_or(row.entered).min(row.entered))
    else {
        return stages.frame.nothing_yet("it begins when a stage history is imported");
    };
    let length = f64::from(days_between(first, stages.until).max(1));
    let scale = Scale::new((0.0, length), (0.0, 1.0));
    let at = |day: Date| scale.at(f64::from(days_between(first, day)));
    let table = html! {
        table.intervals.stages {
            thead { tr {
                th scope="col" { "Stage" } th scope="col" { "Entered" } th.num scope="col" { "Days in it" }
                td.drawn { svg.axis aria-hidden="true" {
                    text.quiet x="0%" y="16" { (day_month(first)) }
                    text.quiet x="100%" y="16" text-anchor="end" { (day_month(stages.until)) }
                } }
                th scope="col" { "File and row" }
            } }
            tbody { @for (nth, row) in stages.rows.iter().enumerate() {
                @let next = stages.rows.get(nth + 1).map_or(stages.until, |next| next.entered).max(row.entered);
                tr {
                    th scope="row" { (row.stage) }
                    td { @match row.seen_after {
                        Some(after) => { "seen between " (date(after)) " and " (date(row.entered)) },
                        None => (date(row.entered)),
                    } }
                    td.num { (plural(u64::from(days_between(row.entered, next).unsigned_abs()), "day", "days")) }
                    td.drawn { svg.fill aria-hidden="true" {
                        line x1="0%" x2="100%" y1="50%" y2="50%" stroke="var(--grid)" {}
                        rect x=(pc(at(row.entered))) width=(pc(at(next) - at(row.entered))) y="50%" height="10" transform="translate(0 -5)" fill="var(--c1)" {}
                        @if let Some(after) = row.seen_after {
                            line x1=(pc(at(after))) x2=(pc(at(row.entered))) y1="50%" y2="50%" stroke="var(--c1)" stroke-dasharray="3 3" stroke-width="2" {}
                        }
                        circle cx=(pc(at(row.entered))) cy="50%" r="4" fill="var(--c1)" {}
                    } }
                    td { (row.place) }
                }
            } }
        }
    };
    stages.frame.drawn_table(&table)
}
