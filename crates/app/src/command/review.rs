//! `beachhead review`: opened, decided bet by bet, closed.

use std::process::ExitCode;

use beachhead_office::Refusal;
use beachhead_office::reviewing::{Closing, Deciding, NextGate};
use beachhead_office::strategy::review::Choice;
use jiff::civil::Date;

use crate::{Done, Place, machine, show};

#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// Open the review of this cycle
    Open,
    /// Decide one bet
    Decide {
        /// The bet's key, as in its page's address: hris-co-sell
        bet: String,
        /// scale, continue, park or retire
        choice: String,
        /// Why, in one sentence that the sponsor will read
        #[arg(long)]
        reason: String,
        /// The day of its next gate, where it goes on to another one
        #[arg(long, value_name = "DATE")]
        gate_by: Option<Date>,
    },
    /// Close it; refused while a bet is undecided
    Close {
        /// The day of the next review
        #[arg(long, value_name = "DATE")]
        next: Date,
        /// Park every bet that nobody decided
        #[arg(long)]
        park_undecided: bool,
        /// What is to be remembered
        #[arg(long, default_value = "")]
        minutes: String,
        /// What the program asks of the sponsor and the board next
        #[arg(long, default_value = "")]
        ask: String,
    },
}

pub async fn run(place: &Place, arguments: Arguments) -> Done {
    let (office, actor) = machine::open_as(place).await?;
    let none_open = || Refusal::conflict("No review is open", "Open one with `beachhead review open`.");
    let (number, words) = match arguments.what {
        What::Open => {
            let review = office.open_review(&actor).await?;
            (
                review.number,
                format!("Review {} of {} is open.", review.number, review.cycle),
            )
        }
        What::Decide {
            bet,
            choice,
            reason,
            gate_by,
        } => {
            let view = office.review_now(&actor).await?.ok_or_else(none_open)?;
            let choice = Choice::from_word(&choice).ok_or_else(|| {
                Refusal::bad_input(
                    format!("“{choice}” is not a decision"),
                    "Choose scale, continue, park or retire.",
                )
            })?;
            let revision = view.item(&bet).map_or(0, |item| item.revision);
            let number = view.review.number;
            let next_gate = gate_by.map(|by| NextGate {
                by: Some(by),
                ..NextGate::default()
            });
            let deciding = Deciding {
                next_gate,
                ..Deciding::new(choice, &reason, revision)
            };
            let item = office.decide_in_review(&actor, number, &bet, deciding).await?;
            (number, format!("{}: {}.", item.bet, item.decision))
        }
        What::Close {
            next,
            park_undecided,
            minutes,
            ask,
        } => {
            let view = office.review_now(&actor).await?.ok_or_else(none_open)?;
            let closing = Closing {
                revision: view.review.revision,
                next_review: next,
                park_undecided,
                minutes,
                ask,
            };
            let review = office.close_review(&actor, view.review.number, closing).await?;
            (
                review.number,
                format!("Review {} is closed. The next one is on {next}.", review.number),
            )
        }
    };
    if place.json {
        show::json(&serde_json::json!({ "review": number, "says": words }))?;
    } else {
        show::print(&words);
    }
    Ok(ExitCode::SUCCESS)
}
