//! `beachhead audit verify`: whether the audit chain holds.

use std::process::ExitCode;

use crate::{Done, Place, machine, show};

#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// Compute every hash of the chain again
    Verify,
}

pub async fn run(place: &Place, arguments: Arguments) -> Done {
    let (office, actor) = machine::open_as(place).await?;
    let What::Verify = arguments.what;
    let chain = office.verify_audit(&actor).await?;
    if place.json {
        show::json(&serde_json::json!({ "rows": chain.rows, "head": chain.head, "holds": true }))?;
    } else {
        show::print(&format!(
            "The audit chain holds: {} rows, head {}.",
            chain.rows, chain.head
        ));
    }
    Ok(ExitCode::SUCCESS)
}
