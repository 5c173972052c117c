//! The roadmap: bets over the cycles with their gates, as a table that is also a drawing. Draws; plans nothing.

use jiff::{Span, civil::Date};
use maud::{Markup, html};

use super::{Frame, linked, plot::pc};
use crate::{
    numbers::{date, day_month, days_between},
    tag::{State, Tag},
};

/// Bets over cycles.
#[derive(Debug, Clone, PartialEq)]
pub struct Timeline {
    /// The words around it.
    pub frame: Frame,
    /// The columns, in order and without holes.
    pub cycles: Vec<Cycle>,
    /// Where the line of today stands.
    pub today: Date,
    /// One row a bet, in the order of the sequence.
    pub bets: Vec<Bet>,
}

/// A planning cycle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cycle {
    /// "2026-Q3".
    pub name: String,
    /// "Now", "Next", "Later", when it is one of them.
    pub when: Option<String>,
    /// First day.
    pub first: Date,
    /// Last day.
    pub last: Date,
}

/// A bet's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bet {
    /// "HRIS co-sell".
    pub name: String,
    /// Its page.
    pub href: Option<String>,
    /// Its state.
    pub state: State,
    /// First day, last day; none for a bet that has no place in the sequence (parked, declined).
    pub span: Option<(Date, Date)>,
    /// Its gates.
    pub gates: Vec<Gate>,
    /// "Waits for HRIS co-sell's gate".
    pub note: Option<String>,
}

/// A gate on the row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gate {
    /// Its day.
    pub date: Date,
    /// "12 opportunities".
    pub says: String,
}

/// The roadmap as a table, one row a bet.
pub fn draw(timeline: &Timeline) -> Markup {
    if timeline.cycles.is_empty() || timeline.bets.is_empty() {
        return timeline.frame.nothing_yet("it begins with the first bet in a cycle");
    }
    let table = html! {
        table.timeline {
            caption.dim { "Bets over the cycles. ▼ marks a gate; the dashed line is today, " (date(timeline.today)) "." }
            thead { tr {
                th scope="col" { "Bet" }
                @for cycle in &timeline.cycles {
                    th scope="col" {
                        @if let Some(when) = &cycle.when { (when) ": " }
                        (cycle.name) br;
                        span.dim { (day_month(cycle.first)) " to " (date(cycle.last)) }
                    }
                }
            } }
            tbody { @for bet in &timeline.bets { (row(timeline, bet)) } }
        }
    };
    timeline.frame.drawn_table(&table)
}

fn row(timeline: &Timeline, bet: &Bet) -> Markup {
    let end = timeline.cycles.len();
    let (from, to) = match bet.span {
        Some((first, last)) => timeline.cycles_of(first, last),
        None => (0, end),
    };
    html! {
        tr {
            th scope="row" { (linked(&bet.name, bet.href.as_deref())) br; (Tag::from(bet.state).html()) }
            @for index in 0..from { td.drawn { (timeline.cell(index, index + 1, None)) } }
            td.drawn colspan=[(to - from > 1).then_some(to - from)] { (timeline.cell(from, to, Some(bet))) (words(bet)) }
            @for index in to..end { td.drawn { (timeline.cell(index, index + 1, None)) } }
        }
    }
}

fn words(bet: &Bet) -> Markup {
    html! {
        p class=[bet.span.map(|_| "beneath")] {
            @if let Some((first, last)) = bet.span { (date(first)) " to " (date(last)) }
            @for gate in &bet.gates { @if bet.span.is_some() { br; } "▼ Gate " (date(gate.date)) ": " (gate.says) }
            @if let Some(note) = &bet.note { @if bet.span.is_some() { br; } span.dim { (note) } }
        }
    }
}

impl Timeline {
    /// The columns from the first that a span touches to after the last; a span outside all of them stands in the nearest.
    fn cycles_of(&self, first: Date, last: Date) -> (usize, usize) {
        let end = self.cycles.len();
        let from = self
            .cycles
            .iter()
            .position(|cycle| first <= cycle.last)
            .unwrap_or(end - 1);
        let to = self
            .cycles
            .iter()
            .rposition(|cycle| cycle.first <= last)
            .map_or(1, |index| index + 1);
        (from, to.max(from + 1))
    }

    /// Where a day stands between the columns `from` and `to`, as a share of their width; none when it is outside.
    fn share(&self, from: usize, to: usize, day: Date) -> Option<f64> {
        let columns = &self.cycles[from..to];
        let index = columns
            .iter()
            .position(|cycle| cycle.first <= day && day <= cycle.last)?;
        let cycle = &columns[index];
        let days = f64::from(days_between(cycle.first, cycle.last) + 1);
        let within = f64::from(days_between(cycle.first, day)) / days;
        Some((index as f64 + within) / columns.len() as f64)
    }

    /// The drawing behind the cells of the columns `from` to `to`: today's line, and the bet's bar with its gates.
    fn cell(&self, from: usize, to: usize, bet: Option<&Bet>) -> Markup {
        let bar = bet.and_then(|bet| bet.span.map(|(first, last)| (bet, first, last)));
        html! {
            svg.fill aria-hidden="true" {
                @if let Some((bet, first, last)) = bar {
                    @let start = self.share(from, to, first).unwrap_or(0.0);
                    @let end = self.share(from, to, last.saturating_add(Span::new().days(1))).unwrap_or(1.0);
                    rect x=(pc(start)) y="12" width=(pc((end - start).max(0.01))) height="14" rx="2" fill=(colour(bet.state)) stroke=(edge(bet.state)) {}
                }
                @if let Some(today) = self.share(from, to, self.today) {
                    line x1=(pc(today)) x2=(pc(today)) y1="0" y2="100%" stroke="var(--border-strong)" stroke-dasharray="3 4" {}
                }
                @if let Some((bet, ..)) = bar {
                    @for gate in &bet.gates {
                        @if let Some(at) = self.share(from, to, gate.date) {
                            line x1=(pc(at)) x2=(pc(at)) y1="10" y2="30" stroke="var(--c4)" stroke-width="2" {}
                            text.gate x=(pc(at)) y="11" text-anchor="middle" { "▼" }
                        }
                    }
                }
            }
        }
    }
}

fn colour(state: State) -> &'static str {
    match state {
        State::Running | State::Scaled => "var(--c1)",
        State::Retired => "var(--border-strong)",
        _ => "var(--band-inner)",
    }
}

/// What has not begun is drawn lighter, with an edge.
fn edge(state: State) -> &'static str {
    match state {
        State::Running | State::Scaled | State::Retired => "none",
        _ => "var(--band-edge)",
    }
}
