//! `beachhead judge`: each gate with its evidence, probability and verdict.

use std::path::PathBuf;
use std::process::ExitCode;

use beachhead_office::Office;
use beachhead_office::foresight::judge::Evidence;
use jiff::civil::Date;
use serde_json::Value;

use crate::{Done, Place, machine, show};

#[derive(clap::Args)]
pub struct Arguments {
    /// A bet's key or name; every running bet unless said
    bet: Option<String>,
    /// As the facts were known on this day
    #[arg(long, value_name = "DATE")]
    as_of: Option<Date>,
    /// Judge a bet given as data, without a program
    #[arg(long, value_name = "FILE.toml", conflicts_with_all = ["bet", "as_of"])]
    evidence: Option<PathBuf>,
}

pub async fn run(place: &Place, arguments: Arguments) -> Done {
    let document = match &arguments.evidence {
        Some(file) => {
            let evidence: Evidence = super::read_toml(file)?;
            let judgement = Office::judge_evidence(&evidence)?;
            if place.json {
                show::json(&judgement)?;
            } else {
                show::print(&judgement.why);
            }
            return Ok(ExitCode::SUCCESS);
        }
        None => {
            let (office, actor) = machine::open_as(place).await?;
            office.judge(&actor, arguments.bet.as_deref(), arguments.as_of).await?
        }
    };
    if place.json {
        show::json(&document)?;
    } else {
        show::print(&words(&document));
    }
    Ok(ExitCode::SUCCESS)
}

fn words(document: &Value) -> String {
    let bets: Vec<String> = document["bets"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|bet| {
            let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
            format!("{}: {}\n  {}", text(&bet["bet"]), text(&bet["verdict"]), text(&bet["why"]))
        })
        .collect();
    if bets.is_empty() { "No bet is running.".to_owned() } else { bets.join("\n") }
}
