//! `beachhead simulate`: the fan of the outcome.

use std::process::ExitCode;

use beachhead_office::foreseeing::Named;
use clap::ValueEnum;
use clap::builder::PossibleValue;
use serde_json::Value;

use crate::{Done, Place, machine, show};

#[derive(clap::Args)]
pub struct Arguments {
    /// Which plan; all but the plan as written may run parked bets too
    #[arg(long, value_name = "NAME", default_value = "own")]
    plan: Chosen,
}

/// A plan by its name on the command line.
#[derive(Clone, Copy)]
struct Chosen(Named);

impl ValueEnum for Chosen {
    fn value_variants<'a>() -> &'a [Self] {
        const {
            &[
                Self(Named::ALL[0]),
                Self(Named::ALL[1]),
                Self(Named::ALL[2]),
                Self(Named::ALL[3]),
            ]
        }
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(self.0.name()))
    }
}

pub async fn run(place: &Place, arguments: Arguments) -> Done {
    let (office, actor) = machine::open_as(place).await?;
    let document = office.simulate(&actor, arguments.plan.0).await?;
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
        "{} by {}: {} of {} simulations reach {}.\nMean {}, one in ten under {}, one in ten over {}; in the worst fifth of futures {} on average.",
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
