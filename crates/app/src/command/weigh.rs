//! `beachhead weigh`: what the facts say for each cell.

use std::process::ExitCode;

use beachhead_office::weighing::WeighQuestion;
use jiff::civil::Date;
use serde_json::Value;

use crate::{Done, Place, machine, show};

#[derive(clap::Args)]
pub struct Arguments {
    /// Group by these: segment, partner_type, partner, class, status, or any column of opportunities or of their account
    #[arg(long, value_name = "FIELD[,FIELD]", value_delimiter = ',')]
    by: Vec<String>,
    /// Only these opportunities
    #[arg(long = "where", value_name = "RULE")]
    filter: Option<String>,
    /// As the facts were known on this day
    #[arg(long, value_name = "DATE")]
    as_of: Option<Date>,
}

pub async fn run(place: &Place, arguments: Arguments) -> Done {
    let (office, actor) = machine::open_as(place).await?;
    let question = WeighQuestion {
        by: arguments.by,
        filter: arguments.filter,
        as_of: arguments.as_of,
    };
    let document = office.weigh(&actor, question).await?;
    if place.json {
        show::json(&document)?;
    } else {
        show::print(&table(&document));
    }
    Ok(ExitCode::SUCCESS)
}

fn table(document: &Value) -> String {
    let number = |value: &Value, digits: usize| {
        value
            .as_f64()
            .map_or_else(|| "–".to_owned(), |n| format!("{n:.digits$}"))
    };
    let row = |cell: &Value, name: String| {
        let rate = &cell["win_rate"];
        let range = match rate["rate"].as_f64() {
            Some(share) => format!(
                "{:.1}% ({:.1} to {:.1})",
                share * 100.0,
                rate["low"].as_f64().unwrap_or(0.0) * 100.0,
                rate["high"].as_f64().unwrap_or(1.0) * 100.0
            ),
            None => "none decided".to_owned(),
        };
        vec![
            name,
            cell["opportunities"].to_string(),
            cell["open"].to_string(),
            format!("{} of {}", cell["won"], rate["n"]),
            range,
            number(&cell["amount_won"]["sum"], 0),
            number(&cell["amount_won"]["median"], 0),
            number(&cell["cycle_days"]["won"]["median"], 0),
        ]
    };
    let name = |cell: &Value| {
        let key = cell["key"].as_object().into_iter().flatten();
        let words: Vec<&str> = key
            .map(|(_, value)| value.as_str().filter(|word| !word.is_empty()).unwrap_or("(empty)"))
            .collect();
        words.join(" × ")
    };
    let cells = document["cells"].as_array().into_iter().flatten();
    let mut rows: Vec<Vec<String>> = cells.map(|cell| row(cell, name(cell))).collect();
    rows.push(row(&document["total"], "total".into()));
    let by = document["by"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect::<Vec<_>>()
        .join(" × ");
    let header = [
        by.as_str(),
        "opportunities",
        "open",
        "won",
        "win rate (95%)",
        "won amount",
        "median",
        "median days",
    ];
    format!(
        "As of {}.\n{}",
        document["as_of"].as_str().unwrap_or(""),
        show::columns(&header, &rows, &[1, 2, 3, 5, 6, 7])
    )
}
