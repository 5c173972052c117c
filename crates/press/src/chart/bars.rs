//! Amounts side by side, one row each: the words and a bar from 0. Draws; adds nothing up.

use maud::{Markup, html};

use super::{
    Frame, linked,
    plot::{Scale, pc},
};
use crate::numbers::{NOT_KNOWN, Unit};

/// Rows of amounts on one scale.
#[derive(Debug, Clone, PartialEq)]
pub struct Bars {
    /// The words around it.
    pub frame: Frame,
    /// What a row is: "Account".
    pub of: String,
    /// What is drawn: "Sourced pipeline".
    pub measure: String,
    /// How amounts are written.
    pub unit: Unit,
    /// In the order shown.
    pub rows: Vec<Bar>,
}

/// One amount.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// "Tidal Energy".
    pub name: String,
    /// The rows behind it.
    pub href: Option<String>,
    /// The amount, not below 0; none where it is not known.
    pub value: Option<f64>,
    /// What stands after the amount: "of 3 deals". May be empty.
    pub rests_on: String,
    /// Whether it is there for comparison; drawn lighter.
    pub aside: bool,
}

impl Bar {
    /// "USD 207 000", "23 days of 3 deals".
    fn says(&self, unit: &Unit) -> String {
        let amount = self
            .value
            .map_or_else(|| NOT_KNOWN.to_owned(), |value| unit.write(value));
        format!("{amount} {}", self.rests_on).trim_end().to_owned()
    }
}

/// The rows as a table with a bar in each.
pub fn draw(bars: &Bars) -> Markup {
    let most = bars.rows.iter().filter_map(|row| row.value).fold(0.0, f64::max);
    if most <= 0.0 {
        return bars.frame.nothing_yet("it begins with the first row");
    }
    let scale = Scale::new((0.0, most), (0.0, 1.0));
    let table = html! {
        table.bars {
            caption.dim { (bars.measure) ", drawn from 0." }
            thead { tr { th scope="col" { (bars.of) } th scope="col" { (bars.measure) } th scope="col" { "Drawn" } } }
            tbody { @for row in &bars.rows { tr {
                th scope="row" { (linked(&row.name, row.href.as_deref())) }
                td { (row.says(&bars.unit)) }
                td.drawn { @if let Some(value) = row.value { svg.track aria-hidden="true" {
                    rect width=(pc(scale.at(value))) height="100%" fill=(if row.aside { "var(--band-edge)" } else { "var(--c1)" }) {}
                } } }
            } } }
        }
    };
    bars.frame.drawn_table(&table)
}
