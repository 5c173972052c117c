//! The funnel of a bet: how many targets reached each step, and how many may still. Draws; counts nothing.

use maud::{Markup, html};

use super::{Frame, hatch, linked, plot::pc};
use crate::numbers::{Rate, Unit, count};

/// Steps of a motion over one set of targets.
#[derive(Debug, Clone, PartialEq)]
pub struct Funnel {
    /// The words around it.
    pub frame: Frame,
    /// What enters the first step, in the plural: "target accounts".
    pub of: String,
    /// Share of belief that each range holds, in percent: 80 or 95.
    pub range_percent: u8,
    /// In order. Every bar is drawn against what entered the first.
    pub steps: Vec<Step>,
}

/// One step.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// "Introduced".
    pub name: String,
    /// How many came into the step.
    pub entered: u64,
    /// How many reached what it asks.
    pub reached: u64,
    /// How many have not, and still may.
    pub open: u64,
    /// The step's rate, with the counts that it was computed from.
    pub rate: Option<Rate>,
    /// The rows behind the step: those who came into it.
    pub href: Option<String>,
    /// Those who reached what it asks.
    pub reached_href: Option<String>,
    /// Those who still may.
    pub open_href: Option<String>,
}

/// The funnel as a table with a bar in each row.
pub fn draw(funnel: &Funnel) -> Markup {
    let Some(total) = funnel.steps.first().map(|step| step.entered).filter(|total| *total > 0) else {
        return funnel.frame.nothing_yet("it begins when the first target enters");
    };
    let hatched = funnel.steps.iter().any(|step| step.open > 0);
    let table = html! {
        table.funnel {
            caption.dim {
                (count(total)) " " (funnel.of) "."
                @if hatched { " Solid: reached. Hatched: still open." }
            }
            thead { tr {
                th scope="col" { "Step" }
                th.num scope="col" { "Reached" }
                th.num scope="col" { "Still open" }
                th scope="col" { "Share of all " (count(total)) }
                th scope="col" { "Rate (" (funnel.range_percent) "% range)" }
            } }
            tbody { @for (index, step) in funnel.steps.iter().enumerate() { (row(funnel, index, step, total)) } }
        }
    };
    funnel.frame.drawn_table(&table)
}

fn row(funnel: &Funnel, index: usize, step: &Step, total: u64) -> Markup {
    let id = format!("{}-open{index}", funnel.frame.prefix);
    html! {
        tr {
            th scope="row" { (linked(&step.name, step.href.as_deref())) br; span.source { (count(step.entered)) " entered" } }
            td.num { (linked(&count(step.reached), step.reached_href.as_deref())) }
            td.num { (linked(&count(step.open), step.open_href.as_deref())) }
            td.drawn {
                svg.track aria-hidden="true" {
                    (hatch(&id, "var(--c1)"))
                    rect width="100%" height="100%" rx="2" fill="var(--surface-2)" {}
                    @if step.open > 0 {
                        rect x=(pc(share(step.reached, total))) width=(pc(share(step.open.min(total.saturating_sub(step.reached)), total))) height="100%" fill={ "url(#" (id) ")" } {}
                    }
                    rect width=(pc(share(step.reached, total))) height="100%" rx="2" fill="var(--c1)" {}
                }
            }
            td { @match &step.rate { Some(rate) => (written(rate)), None => span.dim { "Too early to say" } } }
        }
    }
}

/// The rate in two lines: the share with its range, and the counts behind it.
fn written(rate: &Rate) -> Markup {
    html! {
        span.nowrap { (Unit::Percent.with_range(rate.value, rate.low, rate.high)) } br;
        span.source { (count(rate.reached)) " of " (count(rate.of)) }
    }
}

fn share(part: u64, whole: u64) -> f64 {
    // Counts of accounts are far below 2^53, where the conversion is exact.
    part as f64 / whole as f64
}
