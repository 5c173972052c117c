//! Targets: which accounts do I work this week? The list with its filters in the address, one target with the step to log,
//! several edited at once, and one named by hand.

mod edit;
mod list;
mod name;
mod one;

use beachhead_office::ledger::Person;
use beachhead_office::reporting::query;
use beachhead_office::strategy::Bet;
use beachhead_office::targets::{Fate, TARGETED, TargetRow, may_run};
use beachhead_office::{Actor, Standing, reporting};
use beachhead_press::tag::{Tag, Tone};

pub use edit::{form as edit_form, save as edit_save};
pub use list::{file, show};
pub use name::{form as name_form, save as name_save};
pub use one::{log, show as one, undo};

/// Days until a next step unless said otherwise.
pub(crate) const DUE_DAYS: i64 = 7;

/// The page of a target.
pub(crate) fn address(bet: &str, account: &str) -> String {
    format!("/targets/{}/{}", query(bet), query(account))
}

/// A target as a form names it that changes several: the bet's key, the revision that was seen, the account.
fn pick(row: &TargetRow) -> String {
    format!("{}|{}|{}", row.bet, row.revision, row.account)
}

/// How far a target has come, as a tag.
fn stage(row: &TargetRow) -> Tag {
    match row.fate {
        Fate::Named => Tag::new(Tone::Muted, None, "Named"),
        Fate::Worked => Tag::new(Tone::Informing, Some('●'), step_name(&row.stage)),
        Fate::Through => Tag::new(Tone::Positive, Some('★'), step_name(&row.stage)),
        Fate::Lost => Tag::new(Tone::Negative, Some('✕'), "Lost"),
    }
}

/// A step's name; the word that enters a bet as people say it.
fn step_name(step: &str) -> String {
    if step == TARGETED {
        return "Begun".to_owned();
    }
    reporting::measure_name(step)
}

/// What is next once a step was reached, unless somebody knows better.
fn suggested(bet: &Bet, reached: Option<&str>) -> String {
    let steps = &bet.motion.steps;
    let at = reached.and_then(|reached| steps.iter().position(|step| step.name == reached));
    let next = steps.get(at.map_or(0, |at| at + 1));
    next.map_or_else(String::new, |next| format!("Get to “{}”", next.name))
}

/// The bets that targets may be named of, those that are somebody's to run first.
pub(crate) fn open_bets<'a>(standing: &'a Standing, actor: &Actor) -> Vec<&'a Bet> {
    let ended = |bet: &Bet| standing.state_of(&bet.name).is_ended();
    let mut bets = standing.bets();
    bets.retain(|bet| !ended(bet));
    bets.sort_by_key(|bet| !may_run(actor, bet));
    bets
}

/// Bets to choose from, as (key, name).
pub(crate) fn offered(bets: &[&Bet]) -> Vec<(String, String)> {
    bets.iter().map(|bet| (bet.key(), bet.name.clone())).collect()
}

/// People to choose an owner from, as (id, name).
fn owners(people: &[Person], first: (&str, &str)) -> Vec<(String, String)> {
    let first = (first.0.to_owned(), first.1.to_owned());
    let all = people.iter().map(|person| (person.id.clone(), person.name.clone()));
    std::iter::once(first).chain(all).collect()
}
