//! From what was planned to what came, part by part: a row for each, with a bar that begins where the last one ended.
//! Draws; explains nothing.

use maud::{Markup, html};

use super::{
    Frame, linked,
    plot::{Scale, pc},
};
use crate::numbers::Unit;

/// A difference and its parts.
#[derive(Debug, Clone, PartialEq)]
pub struct Waterfall {
    /// The words around it.
    pub frame: Frame,
    /// What the numbers are in: "USD".
    pub of: String,
    /// Where it begins: "Planned by 31 Oct 2026".
    pub from: Level,
    /// What it is made of, in order.
    pub groups: Vec<Group>,
    /// Where it ends.
    pub to: Level,
}

/// The beginning or the end.
#[derive(Debug, Clone, PartialEq)]
pub struct Level {
    /// What it is.
    pub name: String,
    /// Its height, in whole units.
    pub value: f64,
    /// The rows behind it.
    pub href: Option<String>,
}

/// Parts that belong together: those of one bet.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// Whose they are.
    pub name: String,
    /// Its page.
    pub href: Option<String>,
    /// Its parts, in order.
    pub parts: Vec<Part>,
}

/// One part of the difference.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// "Targets worked".
    pub name: String,
    /// What it adds, below zero where it takes away; in whole units.
    pub amount: f64,
    /// The two figures that it comes from.
    pub says: String,
    /// The rows behind it.
    pub href: Option<String>,
}

/// The parts as a table with a bar in each row.
pub fn draw(waterfall: &Waterfall) -> Markup {
    let levels = waterfall.levels();
    let most = levels.iter().copied().filter(|v| v.is_finite()).fold(0.0, f64::max);
    if most <= 0.0 {
        return waterfall
            .frame
            .nothing_yet("it begins when something was planned, or has come");
    }
    let least = levels.iter().copied().filter(|v| v.is_finite()).fold(0.0, f64::min);
    let scale = Scale::new((least, most * 1.02), (0.0, 1.0));
    let mut at = waterfall.from.value;
    let table = html! {
        table.waterfall {
            caption.dim { "In " (waterfall.of) ", drawn from 0. Each bar begins where the one above it ends; all of them together are the difference." }
            thead { tr {
                th scope="col" { "Part" } th.num scope="col" { (waterfall.of) } th scope="col" { "Drawn" } th scope="col" { "What happened" }
            } }
            tbody { (level(&waterfall.from, scale)) }
            @for group in &waterfall.groups {
                tbody {
                    tr.group {
                        th scope="rowgroup" { (linked(&group.name, group.href.as_deref())) }
                        td.num.nowrap { strong { (signed(group.amount())) } }
                        td colspan="2" {}
                    }
                    @for part in &group.parts {
                        @let after = at + part.amount;
                        @let before = std::mem::replace(&mut at, after);
                        (row(part, before, scale))
                    }
                }
            }
            tbody { (level(&waterfall.to, scale)) }
        }
    };
    waterfall.frame.drawn_table(&table)
}

impl Waterfall {
    /// Every height that is drawn.
    fn levels(&self) -> Vec<f64> {
        let mut at = self.from.value;
        let mut levels = vec![at, self.to.value];
        for part in self.groups.iter().flat_map(|group| &group.parts) {
            at += part.amount;
            levels.push(at);
        }
        levels
    }
}

impl Group {
    fn amount(&self) -> f64 {
        self.parts.iter().map(|part| part.amount).sum()
    }
}

fn level(level: &Level, scale: Scale) -> Markup {
    let (zero, end) = (scale.at(0.0), scale.at(level.value));
    html! {
        tr {
            th scope="row" { (level.name) }
            td.num { strong { (linked(&whole(level.value), level.href.as_deref())) } }
            td.drawn { svg.track aria-hidden="true" {
                rect x=(pc(zero.min(end))) y="3" width=(pc((end - zero).abs())) height="14" fill="var(--c1)" {}
            } }
            td {}
        }
    }
}

fn row(part: &Part, before: f64, scale: Scale) -> Markup {
    let (from, to) = (scale.at(before), scale.at(before + part.amount));
    let (colour, glyph) = match part.amount {
        up if up > 0.0 => ("var(--c2)", "▲ "),
        down if down < 0.0 => ("var(--c4)", "▼ "),
        _ => ("var(--grid)", ""),
    };
    html! {
        tr {
            th.part scope="row" { (part.name) }
            td.num.nowrap { span aria-hidden="true" { (glyph) } (linked(&signed(part.amount), part.href.as_deref())) }
            td.drawn { svg.track aria-hidden="true" {
                rect x=(pc(from.min(to))) y="3" width=(pc((to - from).abs())) height="14" fill=(colour) {}
                line x1=(pc(from)) x2=(pc(from)) y1="0" y2="100%" stroke="var(--border-strong)" {}
                line x1=(pc(to)) x2=(pc(to)) y1="0" y2="100%" stroke="var(--border-strong)" {}
            } }
            td { (part.says) }
        }
    }
}

/// Whole units, as they are added up.
fn whole(value: f64) -> String {
    Unit::Count.write(value.round() + 0.0)
}

/// The same with its sign.
fn signed(value: f64) -> String {
    let digits = whole(value);
    if value.round() > 0.0 {
        format!("+{digits}")
    } else {
        digits
    }
}
