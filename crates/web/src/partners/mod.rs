//! Partners: who is the route in? The list by cell, a page for each, and one added by hand.

mod add;
mod list;
mod one;

use beachhead_office::partners::{PartnerRow, Pipeline};
use beachhead_office::reporting::query;
use beachhead_office::strategy::{CellState, Class, Currency};
use beachhead_press::numbers;
use beachhead_press::tag::{State, Tag};
use maud::{Markup, html};

use crate::AsOf;

pub use add::{form as add_form, save as add_save};
pub use list::show;
pub use one::{say, show as one};

/// The page of a partner.
pub(crate) fn address(id: &str) -> String {
    format!("/partners/{}", query(id))
}

/// A cell's state, as a tag.
fn cell_tag(state: CellState) -> Markup {
    let state = match state {
        CellState::Chosen => State::Chosen,
        CellState::Undecided => State::Undecided,
        CellState::Parked => State::Parked,
        CellState::Declined => State::Declined,
    };
    Tag::from(state).html()
}

/// Open pipeline with a link to its opportunities; a dash where nothing is open.
fn pipeline(as_of: &AsOf, row: &PartnerRow, class: Class, pipeline: &Pipeline, currency: Option<Currency>) -> Markup {
    let rows = as_of.on(&format!(
        "/evidence?class={}&partner={}&status=open",
        query(class.word()),
        query(&row.name)
    ));
    let currency = currency.map(|currency| currency.to_string()).unwrap_or_default();
    html! {
        @if pipeline.open == 0 { "–" } @else {
            a href=(rows) { (numbers::money(pipeline.units, &currency)) " in " (numbers::plural(pipeline.open, "opportunity", "opportunities")) }
        }
    }
}
