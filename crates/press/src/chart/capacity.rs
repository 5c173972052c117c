//! Hours asked of the team against the hours it has, a cycle a row. Draws; plans nothing.

use maud::{Markup, html};

use super::{
    Frame, hatch,
    plot::{Scale, pc},
};
use crate::{
    numbers::Unit,
    tag::{Tag, Tone},
};

/// Cycles with their hours.
#[derive(Debug, Clone, PartialEq)]
pub struct Capacity {
    /// The words around it.
    pub frame: Frame,
    /// In order.
    pub cycles: Vec<Cycle>,
    /// Hours that one person of the team has in a week; none where nobody is named.
    pub person_week: Option<f64>,
}

/// The hours of one cycle.
#[derive(Debug, Clone, PartialEq)]
pub struct Cycle {
    /// "2026-Q3".
    pub name: String,
    /// Hours that the bets ask of the team.
    pub hours_asked: f64,
    /// Hours that the team has.
    pub hours_there: f64,
    /// Who asks how much: bet and hours, adding up to `hours_asked`.
    pub asked_by: Vec<(String, f64)>,
}

impl Cycle {
    /// "412 of 390 hours: over by 22".
    pub fn says(&self) -> String {
        let hours = format!("{} of {} hours", whole(self.hours_asked), whole(self.hours_there));
        match self.hours_asked.round() - self.hours_there.round() {
            over if over > 0.0 => format!("{hours}: over by {}", whole(over)),
            0.0 => format!("{hours}: all of them"),
            spare => format!("{hours}: {} spare", whole(-spare)),
        }
    }

    /// "9 of 8 person-weeks: over by 1".
    #[must_use]
    pub fn in_person_weeks(&self, person_week: f64) -> String {
        let weeks = |hours: f64| Unit::Count.write((hours / person_week).round());
        let over = (self.hours_asked - self.hours_there) / person_week;
        let both = format!(
            "{} of {} person-weeks",
            weeks(self.hours_asked),
            weeks(self.hours_there)
        );
        match over {
            over if over >= 0.5 => format!("{both}: over by {}", Unit::Count.write(over.round())),
            over if over > 0.0 && self.is_over() => format!("{both}: over by less than one"),
            _ => both,
        }
    }

    fn is_over(&self) -> bool {
        self.hours_asked.round() > self.hours_there.round()
    }
}

/// Hours by the whole hour, as they are added up.
fn whole(hours: f64) -> String {
    Unit::Count.write(hours.round())
}

/// The cycles as a table with a bar in each row.
pub fn draw(capacity: &Capacity) -> Markup {
    let hours = capacity.cycles.iter().flat_map(|c| [c.hours_asked, c.hours_there]);
    let most = hours.filter(|h| h.is_finite()).fold(0.0, f64::max);
    if most <= 0.0 {
        return capacity
            .frame
            .nothing_yet("it begins when the team has hours, or a bet asks for some");
    }
    let scale = Scale::new((0.0, most * 1.02), (0.0, 1.0));
    let table = html! {
        table.capacity {
            caption.dim { "Hours that the bets ask of the team, against the hours it has (upright line)." }
            thead { tr { th scope="col" { "Cycle" } th scope="col" { "Hours asked of hours there" } th scope="col" { "Drawn to one scale" } } }
            tbody {
                @for (index, cycle) in capacity.cycles.iter().enumerate() {
                    tr {
                        th scope="row" { (cycle.name) }
                        td {
                            @if cycle.is_over() { (Tag::new(Tone::Negative, Some('◆'), "Over").html()) " " }
                            @if let Some(person_week) = capacity.person_week { strong { (cycle.in_person_weeks(person_week)) } br; }
                            (cycle.says())
                            @if !cycle.asked_by.is_empty() { br; span.dim { (asked_by(cycle)) } }
                        }
                        td.drawn { (bar(&capacity.frame, index, cycle, scale)) }
                    }
                }
            }
        }
    };
    capacity.frame.drawn_table(&table)
}

fn asked_by(cycle: &Cycle) -> String {
    let parts = cycle
        .asked_by
        .iter()
        .map(|(bet, hours)| format!("{bet} {}", whole(*hours)));
    parts.collect::<Vec<_>>().join(" · ")
}

fn bar(frame: &Frame, index: usize, cycle: &Cycle, scale: Scale) -> Markup {
    let id = format!("{}-over{index}", frame.prefix);
    let there = scale.at(cycle.hours_there);
    let within = scale.at(cycle.hours_asked.min(cycle.hours_there));
    html! {
        svg.track aria-hidden="true" {
            rect width=(pc(there)) height="100%" fill="var(--surface-2)" {}
            rect width=(pc(within)) height="100%" fill="var(--c1)" {}
            @if cycle.is_over() {
                (hatch(&id, "var(--c4)"))
                rect x=(pc(there)) width=(pc(scale.at(cycle.hours_asked) - there)) height="100%" fill={ "url(#" (id) ")" } {}
            }
            line x1=(pc(there)) x2=(pc(there)) y1="0" y2="100%" stroke="var(--text)" stroke-width="2" {}
        }
    }
}
