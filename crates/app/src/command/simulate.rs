//! `beachhead simulate`: the fan of the outcome.

use std::process::ExitCode;

use serde_json::Value;

use crate::{Done, Place, machine, show};

#[derive(clap::Args)]
pub struct Arguments {}

pub async fn run(place: &Place, _: Arguments) -> Done {
    let (office, actor) = machine::open_as(place).await?;
    let document = office.simulate(&actor).await?;
    if place.json {
        show::json(&document)?;
    } else {
        show::print(&words(&document));
    }
    Ok(ExitCode::SUCCESS)
}

fn words(document: &Value) -> String {
    let outcome = &document["outcome"];
    let whole = |value: &Value| {
        value
            .as_f64()
            .map_or_else(|| "–".to_owned(), |number| format!("{number:.0}"))
    };
    let chance = outcome["p_target"]
        .as_f64()
        .map_or_else(|| "–".to_owned(), |share| format!("{:.0}%", share * 100.0));
    format!(
        "{} by {}: {} of {} simulations reach {}.\nMean {}, one in ten under {}, one in ten over {}; mean of the worst fifth {}.",
        outcome["measure"].as_str().unwrap_or(""),
        outcome["by"].as_str().unwrap_or("the horizon"),
        chance,
        document["paths"],
        whole(&outcome["target"]),
        whole(&outcome["mean"]),
        whole(&outcome["p10"]),
        whole(&outcome["p90"]),
        whole(&outcome["cvar20"]),
    )
}
