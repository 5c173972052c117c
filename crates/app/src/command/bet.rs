//! `beachhead bet`: a planned bet begins, or moves to another cycle.

use std::process::ExitCode;

use beachhead_office::Refusal;
use beachhead_office::strategy::Cycle;

use crate::{Done, Place, machine, show};

#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// Start a bet that is planned
    Start {
        /// The bet's key, as in its page's address: hris-co-sell
        bet: String,
        /// Why it starts although more is asked of the team than it has
        #[arg(long, default_value = "")]
        although: String,
    },
    /// Move a bet that has not begun to another cycle, in the draft
    Move {
        /// The bet's key
        bet: String,
        /// The cycle: 2027-Q1
        to: String,
        /// Why; it takes one where more is then asked of the team than it has
        #[arg(long, default_value = "")]
        reason: String,
    },
}

pub async fn run(place: &Place, arguments: Arguments) -> Done {
    let (office, actor) = machine::open_as(place).await?;
    let (decision, bet, words) = match arguments.what {
        What::Start { bet, although } => {
            let decision = office.start_bet_although(&actor, &bet, &although).await?;
            let words = format!("{bet} is running.");
            (decision, bet, words)
        }
        What::Move { bet, to, reason } => {
            let cycle = Cycle::parse(&to)
                .map_err(|error| Refusal::bad_input(error.to_string(), "Write it as 2027-Q1 or 2027-H1."))?;
            let decision = office.move_bet(&actor, &bet, cycle, &reason).await?;
            let words = format!("{bet} starts in {cycle}, once the next version is signed.");
            (decision, bet, words)
        }
    };
    if place.json {
        show::json(&serde_json::json!({ "bet": bet, "decision": decision.number, "state": decision.decision.to }))?;
    } else {
        show::print(&words);
    }
    Ok(ExitCode::SUCCESS)
}
