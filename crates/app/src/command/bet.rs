//! `beachhead bet start`: a planned bet begins.

use std::process::ExitCode;

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
    },
}

pub async fn run(place: &Place, arguments: Arguments) -> Done {
    let (office, actor) = machine::open_as(place).await?;
    let What::Start { bet } = arguments.what;
    let decision = office.start_bet(&actor, &bet).await?;
    if place.json {
        show::json(&serde_json::json!({ "bet": bet, "decision": decision.number, "state": decision.decision.to }))?;
    } else {
        show::print(&format!("{bet} is running."));
    }
    Ok(ExitCode::SUCCESS)
}
