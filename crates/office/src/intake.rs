//! The intake: a partner asks to work with us, and is answered from what was signed. The answer is in words that can be
//! sent; the request is kept against its cell, and many requests for a cell that was ruled out are a signal.

use std::collections::BTreeSet;
use std::sync::Arc;

use beachhead_ledger::{Ask, BetState, NewAsk, Person};
use beachhead_press::ended;
use beachhead_strategy::limits::NAME_CHARS;
use beachhead_strategy::{self as strategy, Bet, Cell, CellState, Parsed, Strategy};
use jiff::civil::Date;

use crate::actor::{Actor, Permission, Role};
use crate::deciding::sentence;
use crate::written::cell_subject;
use crate::{Answer, Office, Refusal};

/// From this many companies on, that asked for a cell and were told no, its reason is worth another look.
pub const MANY_COMPANIES: usize = 3;

/// A request as it came in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// Who asks.
    pub who: String,
    /// For which company.
    pub company: String,
    /// The segment of the cell that they ask about.
    pub segment: String,
    /// Its partner type.
    pub partner_type: String,
    /// The day; today unless said.
    pub on: Option<Date>,
    /// What they ask, in their words.
    pub words: String,
}

/// All requests up to a day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asks(pub Vec<Ask>);

impl Asks {
    /// Those for one cell, oldest first.
    pub fn of<'a>(&'a self, segment: &str, partner_type: &str) -> impl Iterator<Item = &'a Ask> + use<'a> {
        let cell = cell_subject(segment, partner_type);
        self.0.iter().filter(move |ask| ask.ask.cell == cell)
    }

    /// How many requests there are for a cell.
    #[must_use]
    pub fn count(&self, segment: &str, partner_type: &str) -> u64 {
        self.of(segment, partner_type).count() as u64
    }

    /// How many companies asked for a cell and were told no.
    #[must_use]
    pub fn told_no(&self, segment: &str, partner_type: &str) -> usize {
        let no = |ask: &&Ask| CellState::from_word(&ask.ask.state).is_some_and(CellState::is_out);
        let companies: BTreeSet<String> = self
            .of(segment, partner_type)
            .filter(no)
            .map(|ask| ask.ask.company.to_lowercase())
            .collect();
        companies.len()
    }

    /// Whether so many were told no that the reason is worth another look.
    #[must_use]
    pub fn is_signal(&self, segment: &str, partner_type: &str) -> bool {
        self.told_no(segment, partner_type) >= MANY_COMPANIES
    }
}

impl Office {
    /// Records what a partner asks, and answers it from the version in force.
    pub fn record_ask<'a>(&'a self, actor: &'a Actor, asked: Asked) -> Answer<'a, Ask> {
        Box::pin(async move {
            actor.must(Permission::Run)?;
            let today = self.surroundings.today();
            let draft = self.written(actor).await?.parsed;
            check(&asked, &draft.strategy, today)?;
            let signed = self.ledger.latest_signed().await?;
            let version = signed.as_ref().map(|version| version.number);
            let known = Known {
                program: draft.strategy.program.name.clone(),
                strategy: signed.map(|version| self.parsed(&version.text)),
                states: self.ledger.bet_states().await?,
                people: self.ledger.people().await?,
            };
            let (state, answer) = known.answer(&asked, actor);
            let ask = NewAsk {
                cell: cell_subject(&asked.segment, &asked.partner_type),
                who: asked.who.trim().to_owned(),
                company: asked.company.trim().to_owned(),
                on: asked.on.unwrap_or(today),
                words: asked.words.trim().to_owned(),
                answer,
                state: state.word().to_owned(),
                version,
            };
            Ok(self.ledger.add_ask(&self.stamp_of(actor, "record ask"), ask).await?)
        })
    }

    /// All requests up to a day, today unless said.
    pub fn asks<'a>(&'a self, actor: &'a Actor, as_of: Option<Date>) -> Answer<'a, Asks> {
        Box::pin(async move {
            actor.must(Permission::Read)?;
            let mut asks = self.ledger.asks().await?;
            asks.retain(|ask| as_of.is_none_or(|day| ask.ask.on <= day));
            Ok(Asks(asks))
        })
    }

    /// One request.
    pub fn ask<'a>(&'a self, actor: &'a Actor, number: i64) -> Answer<'a, Ask> {
        Box::pin(async move {
            actor.must(Permission::Read)?;
            let found = self.ledger.asks().await?.into_iter().find(|ask| ask.number == number);
            found.ok_or_else(|| Refusal::not_found(format!("There is no ask {number}"), "See the list of asks."))
        })
    }
}

fn check(asked: &Asked, draft: &Strategy, today: Date) -> Result<(), Refusal> {
    for (what, words) in [("name", &asked.who), ("company", &asked.company)] {
        if words.trim().is_empty() || words.chars().count() > NAME_CHARS {
            return Err(Refusal::bad_input(
                format!("The {what} is missing or too long"),
                "Say who asks, and for which company, in up to 120 characters each.",
            ));
        }
    }
    if asked.words.trim().is_empty() {
        return Err(Refusal::bad_input(
            "It is not said what they ask",
            "Write it as they put it.",
        ));
    }
    sentence("The request", &asked.words)?;
    if asked.on.is_some_and(|day| day > today) {
        return Err(Refusal::bad_input(
            "The day has not come yet",
            "Type the day on which they asked.",
        ));
    }
    if draft.segment(&asked.segment).is_some() && draft.program.partner_types.contains(&asked.partner_type) {
        return Ok(());
    }
    Err(Refusal::bad_input(
        "The arena has no such cell",
        "Choose the segment and the partner type that the request is about.",
    ))
}

/// What an answer comes from.
struct Known {
    /// The program's name, under the letter.
    program: String,
    /// The version in force; nothing is decided without one.
    strategy: Option<Arc<Parsed>>,
    /// Where its bets stand.
    states: Vec<BetState>,
    people: Vec<Person>,
}

impl Known {
    /// The state of the cell in the version in force, and the letter that says it.
    fn answer(&self, asked: &Asked, actor: &Actor) -> (CellState, String) {
        let strategy = self.strategy.as_ref().map(|parsed| &parsed.strategy);
        let cell = strategy.and_then(|strategy| strategy.cell(&asked.segment, &asked.partner_type));
        let state = cell.map_or(CellState::Undecided, |cell| cell.state);
        let with = format!("{} partners in {}", asked.partner_type, asked.segment);
        let says = match (state, cell) {
            (CellState::Chosen, Some(cell)) => self.chosen(cell, &with),
            (CellState::Parked, Some(cell)) => [
                format!("Not now: working with {with} is parked."),
                told("The reason", &cell.reason),
                told("We would look at it again when this happens", &cell.reopen_when),
            ]
            .concat(),
            (CellState::Declined, Some(cell)) => [
                format!("No: we decided not to work with {with}."),
                told("The reason", &cell.reason),
                told("What would change our mind", &cell.would_change_our_mind),
            ]
            .concat(),
            _ => format!("We have not decided yet whether we work with {with}. You will hear from us when we have."),
        };
        let letter = format!(
            "Hello {},\n\nThank you for asking about working with us. {says}\n\n{}\n{}",
            asked.who.trim(),
            actor.name,
            self.program
        );
        (state, letter.trim_end().to_owned())
    }

    /// Whom to talk to: who runs the cell's bet, else the owner of the program.
    fn chosen(&self, cell: &Cell, with: &str) -> String {
        let bets = self.strategy.iter().flat_map(|parsed| &parsed.strategy.bets);
        let runs = bets
            .filter(|bet| bet.segment == cell.segment && bet.partner_type == cell.partner_type)
            .filter(|bet| self.is_live(bet))
            .map(|bet| bet.owner.as_str())
            .find(|owner| !owner.is_empty());
        let mut here = self.people.iter().filter(|person| person.ended_at.is_none());
        let known = match runs {
            Some(owner) => here.find(|person| person.name == owner),
            None => here.find(|person| person.role == Role::Owner.name()),
        };
        let whom = match (known, runs) {
            (Some(person), _) => format!("{}, {}", person.name, person.email),
            (None, Some(owner)) => owner.to_owned(),
            (None, None) => "whoever sent you this".to_owned(),
        };
        format!(
            "Yes: we work with {with}. Please talk to {whom}; the first step is to see where our accounts meet yours."
        )
    }

    fn is_live(&self, bet: &Bet) -> bool {
        let kept = self.states.iter().find(|state| state.bet == bet.key());
        kept.and_then(|state| strategy::BetState::from_word(&state.state))
            .unwrap_or(bet.state)
            .is_live()
    }
}

/// A sentence that begins with what it tells; nothing where it was not written.
fn told(what: &str, words: &str) -> String {
    if words.is_empty() {
        return String::new();
    }
    format!(" {what}: {}", ended(words))
}
