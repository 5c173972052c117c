//! Estimates with their ranges, one row each: a dot, a bar and the words. Draws; estimates nothing.

use maud::{Markup, html};

use super::{
    Frame, linked,
    plot::{Scale, grid, pc},
};
use crate::numbers::{NOT_KNOWN, Unit, count};

/// Rows of estimates on one scale.
#[derive(Debug, Clone, PartialEq)]
pub struct Intervals {
    /// The words around it.
    pub frame: Frame,
    /// What a row is: "Cell".
    pub of: String,
    /// What is estimated: "Win rate".
    pub measure: String,
    /// How values are written.
    pub unit: Unit,
    /// A line through all rows, such as no difference at 0, or the rate of all.
    pub reference: Option<Reference>,
    /// In the order shown.
    pub rows: Vec<Row>,
}

/// A line that rows are held against.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    /// "No difference", "All cells".
    pub label: String,
    /// Where it stands on the scale.
    pub value: f64,
}

/// One estimate.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// "Enterprise × technology".
    pub name: String,
    /// The rows behind it.
    pub href: Option<String>,
    /// The estimate.
    pub value: f64,
    /// Lower end of the range.
    pub low: f64,
    /// Upper end of the range.
    pub high: f64,
    /// What it rests on.
    pub sample: Sample,
    /// Whether the range leaves the question open; drawn grey and said.
    pub inconclusive: bool,
}

/// How much an estimate rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sample {
    /// "12 of 50".
    Of {
        /// How many did.
        reached: u64,
        /// Of how many.
        of: u64,
    },
    /// "n 240".
    N(u64),
}

/// The rows as a table with a dot and a range in each.
pub fn draw(intervals: &Intervals) -> Markup {
    let Some(ruler) = Ruler::new(intervals) else {
        return intervals.frame.nothing_yet("it begins with the first estimate");
    };
    let table = html! {
        table.intervals {
            caption.dim {
                (intervals.measure) ", with the range of each."
                @if let Some(reference) = &intervals.reference {
                    " Dashed: " (reference.label) ", " (intervals.unit.write(reference.value)) "."
                }
                @if intervals.rows.iter().any(|row| row.inconclusive) { " Grey: the range leaves the question open." }
            }
            thead { tr {
                th scope="col" { (intervals.of) }
                th scope="col" { (intervals.measure) }
                td.drawn { (ruler.head(&intervals.unit)) }
            } }
            tbody {
                @for row in &intervals.rows {
                    tr class=[row.inconclusive.then_some("dim")] {
                        th scope="row" { (linked(&row.name, row.href.as_deref())) }
                        td { (says(&intervals.unit, row)) @if row.inconclusive { " · inconclusive" } }
                        td.drawn { (ruler.row(row)) }
                    }
                }
            }
        }
    };
    intervals.frame.drawn_table(&table)
}

/// "24% (14 to 37), 12 of 50".
fn says(unit: &Unit, row: &Row) -> String {
    if !row.value.is_finite() {
        return NOT_KNOWN.to_owned();
    }
    let estimate = unit.with_range(row.value, row.low, row.high);
    match row.sample {
        Sample::Of { reached, of } => format!("{estimate}, {} of {}", count(reached), count(of)),
        Sample::N(n) => format!("{estimate}, n {}", count(n)),
    }
}

/// One scale for all rows, in shares of the cell's width.
struct Ruler {
    lines: Vec<f64>,
    scale: Scale,
    reference: Option<f64>,
}

impl Ruler {
    fn new(intervals: &Intervals) -> Option<Self> {
        let reference = intervals.reference.as_ref().map(|r| r.value).filter(|v| v.is_finite());
        let from_zero = (intervals.unit != Unit::Points).then_some(0.0);
        let known = intervals.rows.iter().filter(|row| row.value.is_finite());
        let ends: Vec<f64> = known
            .flat_map(|row| [row.low, row.value, row.high])
            .filter(|v| v.is_finite())
            .collect();
        if ends.is_empty() {
            return None;
        }
        let all = || ends.iter().copied().chain(reference).chain(from_zero);
        let lines = grid(
            all().fold(f64::INFINITY, f64::min),
            all().fold(f64::NEG_INFINITY, f64::max),
        );
        // A little air at both sides, so that a dot at the end is whole.
        let scale = Scale::new((*lines.first()?, *lines.last()?), (0.04, 0.96));
        Some(Self {
            lines,
            scale,
            reference,
        })
    }

    fn head(&self, unit: &Unit) -> Markup {
        html! {
            svg.axis aria-hidden="true" {
                @for value in &self.lines {
                    text.quiet x=(pc(self.scale.at(*value))) y="16" text-anchor="middle" { (unit.short(*value)) }
                }
            }
        }
    }

    fn row(&self, row: &Row) -> Markup {
        let (low, high) = (row.low.min(row.high), row.high.max(row.low));
        let (edge, fill, dot) = if row.inconclusive {
            ("var(--border-strong)", "var(--surface-2)", "var(--border-strong)")
        } else {
            ("var(--band-edge)", "var(--band-inner)", "var(--c1)")
        };
        html! {
            svg.fill aria-hidden="true" {
                @for value in &self.lines { (upright(self.scale.at(*value), "var(--grid)", None)) }
                @if row.value.is_finite() {
                    @for (colour, thickness) in [(edge, "10"), (fill, "8")] {
                        line x1=(pc(self.scale.at(low))) x2=(pc(self.scale.at(high))) y1="50%" y2="50%" stroke=(colour) stroke-width=(thickness) {}
                    }
                }
                @if let Some(reference) = self.reference { (upright(self.scale.at(reference), "var(--c4)", Some("6 4"))) }
                @if row.value.is_finite() { circle cx=(pc(self.scale.at(row.value))) cy="50%" r="5" fill=(dot) stroke="var(--bg)" stroke-width="1.5" {} }
            }
        }
    }
}

/// A line from the top of the cell to its bottom.
fn upright(share: f64, colour: &str, dashes: Option<&str>) -> Markup {
    let width = dashes.map(|_| "2");
    html! { line x1=(pc(share)) x2=(pc(share)) y1="0" y2="100%" stroke=(colour) stroke-width=[width] stroke-dasharray=[dashes] {} }
}
