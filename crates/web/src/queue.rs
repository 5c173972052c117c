//! The queue of the roadmap: bets that wait, in their order, with what each waits for; and the form that moves one to
//! another cycle.

use beachhead_office::strategy::{Bet, BetState, Cycle, Sequence};
use beachhead_office::{Permission, Standing, reporting};
use beachhead_press::numbers;
use beachhead_press::tag::Tag;
use maud::{Markup, html};

use crate::form::{Errors, Field, Fields, token};
use crate::visitor::Visitor;

/// How many cycles a bet can be moved ahead, the present one among them.
const CYCLES_AHEAD: usize = 6;

/// The bets that wait and the form to move one; `moved` and `errors` are of a move that was refused.
pub fn draw(visitor: &Visitor, standing: &Standing, sequence: &Sequence, moved: &Fields, errors: &Errors) -> Markup {
    let waiting = waiting(standing, sequence);
    html! {
        @if !waiting.is_empty() {
            h2 id="queue" { "The queue" }
            div.scroll tabindex="0" role="region" aria-label="The queue" { table.queue {
                caption.dim { "Bets that have not begun, in the order of their start; then those that are parked." }
                thead { tr { th scope="col" { "Bet" } th scope="col" { "Starts" } th.num scope="col" { "Hours then" } th scope="col" { "Waits for" } } }
                tbody { @for bet in &waiting { (row(standing, sequence, bet)) } }
            } }
        }
        @let movable: Vec<&&Bet> = waiting.iter().filter(|bet| is_movable(standing, bet)).collect();
        @if !movable.is_empty() && visitor.actor.role.may(Permission::Decide) && standing.looked_back.is_none() {
            (form(visitor, standing, &movable, moved, errors))
        }
    }
}

fn is_movable(standing: &Standing, bet: &Bet) -> bool {
    matches!(standing.state_of(&bet.name), BetState::Proposed | BetState::Planned)
}

/// Planned and proposed bets in the order of their start, then parked ones.
fn waiting<'s>(standing: &'s Standing, sequence: &Sequence) -> Vec<&'s Bet> {
    let state = |bet: &Bet| standing.state_of(&bet.name);
    let waits = |bet: &&Bet| is_movable(standing, bet) || state(bet) == BetState::Parked;
    let mut waiting: Vec<&Bet> = standing.planned().bets.iter().filter(waits).collect();
    waiting.sort_by_key(|bet| {
        let start = sequence.start_of(&bet.name).or(bet.starts);
        (state(bet) == BetState::Parked, start.is_none(), start)
    });
    waiting
}

fn row(standing: &Standing, sequence: &Sequence, bet: &Bet) -> Markup {
    let state = standing.state_of(&bet.name);
    let start = sequence
        .start_of(&bet.name)
        .or(bet.starts.filter(|_| state == BetState::Proposed));
    let hours = sequence
        .cycles
        .iter()
        .find_map(|load| load.bets.iter().find(|asked| asked.bet == bet.name))
        .map(|asked| asked.hours);
    html! {
        tr {
            th scope="row" { a href={ "/bets/" (bet.key()) } { (bet.name) } " " (Tag::from(reporting::state(state)).html()) }
            td { @match start { Some(cycle) => (cycle), None => "–" } }
            td.num { @match hours { Some(hours) => (numbers::three_figures(hours)), None => "–" } }
            td { (waits_for(standing, bet)) }
        }
    }
}

/// What stands between a bet and its start.
fn waits_for(standing: &Standing, bet: &Bet) -> String {
    match standing.state_of(&bet.name) {
        BetState::Parked => {
            let reopens = standing.reopens(bet);
            if reopens.is_empty() {
                "nobody has said what would reopen it".to_owned()
            } else {
                reopens.to_owned()
            }
        }
        _ if !bet.after.is_empty() && standing.state_of(&bet.after) != BetState::Scaled => {
            format!("the gate of {}", bet.after)
        }
        BetState::Proposed => "a signature".to_owned(),
        _ => match standing.over_if_started(bet) {
            Some(over) => format!("room: {}", over.says()),
            None => "nothing: it can be started on its page".to_owned(),
        },
    }
}

fn form(visitor: &Visitor, standing: &Standing, movable: &[&&Bet], moved: &Fields, errors: &Errors) -> Markup {
    let bets: Vec<(String, String)> = movable.iter().map(|bet| (bet.key(), bet.name.clone())).collect();
    let now = standing.planned().program.calendar.containing(standing.today);
    let ahead = std::iter::successors(Some(now), |cycle: &Cycle| Some(cycle.next())).take(CYCLES_AHEAD);
    let cycles: Vec<(String, String)> = ahead.map(|cycle| (cycle.to_string(), cycle.to_string())).collect();
    html! {
        h2 id="move" { "Move a bet" }
        form.noprint method="post" action="/roadmap/move" novalidate {
            (token(visitor))
            div.pairs {
                (Field::new("moved", "Bet").value(moved.get("moved")).select(&bets, errors))
                (Field::new("to", "To the cycle").value(moved.get("to")).select(&cycles, errors))
            }
            (Field::new("reason", "Why")
                .hint("Needed where the cycle then asks more than the team has; it is kept in the register.")
                .value(moved.get("reason")).area(2, errors))
            button.btn.primary type="submit" { "Move it" }
        }
    }
}
