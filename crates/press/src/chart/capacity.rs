//! Hours asked of the team against the hours it has, a cycle a row. Draws; plans nothing.

use maud::Markup;

use super::Frame;

/// Cycles with their hours.
#[derive(Debug, Clone, PartialEq)]
pub struct Capacity {
    /// The words around it.
    pub frame: Frame,
    /// In order.
    pub cycles: Vec<Cycle>,
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

/// The cycles as a table with a bar in each row.
pub fn draw(capacity: &Capacity) -> Markup {
    todo!()
}
