//! What a result becomes where each assumption is off: a row for each, with a bar from one end to the other. Draws;
//! computes nothing.

use maud::{Markup, html};

use super::{
    Frame,
    plot::{Scale, pc},
};
use crate::numbers::Unit;

/// Assumptions that may be off.
#[derive(Debug, Clone, PartialEq)]
pub struct Tornado {
    /// The words around it.
    pub frame: Frame,
    /// What is drawn: "What the best plan brings beyond everything at once".
    pub measure: String,
    /// What stands over the two ends: "40% less", "40% more".
    pub ends: [String; 2],
    /// How values are written.
    pub unit: Unit,
    /// What it is as assumed.
    pub now: f64,
    /// In the order shown.
    pub rows: Vec<Row>,
}

/// One assumption.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// What is assumed.
    pub name: String,
    /// The value with less and with more of it.
    pub ends: [f64; 2],
    /// What becomes of the plan: "The plan stands".
    pub says: String,
    /// Whether the plan changes at one of the ends.
    pub changes: bool,
}

/// The assumptions as a table with a bar in each row.
pub fn draw(tornado: &Tornado) -> Markup {
    let values = tornado.rows.iter().flat_map(|row| row.ends).chain([tornado.now]);
    let known: Vec<f64> = values.filter(|value| value.is_finite()).collect();
    let most = known.iter().copied().fold(0.0, f64::max);
    let least = known.iter().copied().fold(0.0, f64::min);
    if tornado.rows.is_empty() || most - least <= 0.0 {
        return tornado
            .frame
            .nothing_yet("it begins with an assumption that moves something");
    }
    let scale = Scale::new((least, most * 1.02), (0.0, 1.0));
    let table = html! {
        table.tornado {
            caption.dim { (tornado.measure) ", drawn from 0. Dashed: as assumed, " (tornado.unit.write(tornado.now)) "." }
            thead { tr {
                th scope="col" { "Assumption" }
                @for end in &tornado.ends { th.num scope="col" { (end) } }
                th scope="col" { "Drawn" }
                th scope="col" { "The plan" }
            } }
            tbody { @for row in &tornado.rows { tr {
                th scope="row" { (row.name) }
                @for end in row.ends { td.num { (tornado.unit.write(end)) } }
                td.drawn { (bar(tornado, row, scale)) }
                td { @if row.changes { strong { (row.says) } } @else { (row.says) } }
            } } }
        }
    };
    tornado.frame.drawn_table(&table)
}

fn bar(tornado: &Tornado, row: &Row, scale: Scale) -> Markup {
    let now = scale.at(tornado.now);
    let (from, to) = (
        scale.at(row.ends[0].min(row.ends[1])),
        scale.at(row.ends[0].max(row.ends[1])),
    );
    html! {
        svg.track aria-hidden="true" {
            rect x=(pc(from)) y="3" width=(pc(to - from)) height="14" rx="2" fill="var(--band-inner)" stroke="var(--band-edge)" {}
            line x1=(pc(now)) x2=(pc(now)) y1="0" y2="100%" stroke="var(--c4)" stroke-width="2" stroke-dasharray="6 4" {}
        }
    }
}
