//! `beachhead miss`: why the outcome is behind or ahead of the signed plan.

use std::process::ExitCode;

use beachhead_office::missing::{Missed, document};
use jiff::civil::Date;

use crate::{Done, Place, machine, show};

#[derive(clap::Args)]
pub struct Arguments {
    /// As the facts were known on this day
    #[arg(long, value_name = "DATE")]
    as_of: Option<Date>,
}

pub async fn run(place: &Place, arguments: Arguments) -> Done {
    let (office, actor) = machine::open_as(place).await?;
    let standing = office.standing(&actor, arguments.as_of).await?;
    let missed = office.miss(&actor, &standing).await?;
    if place.json {
        show::json(&document(&standing, &missed))?;
    } else {
        show::print(&words(&missed));
    }
    Ok(ExitCode::SUCCESS)
}

fn words(missed: &Missed) -> String {
    let level = |name: &str, amount: i64| vec![String::new(), name.to_owned(), amount.to_string(), String::new()];
    let parts = missed.lines.iter().map(|line| {
        vec![
            line.bet.clone().unwrap_or_default(),
            line.name.clone(),
            format!("{:+}", line.amount),
            line.says.clone(),
        ]
    });
    let rows: Vec<Vec<String>> = std::iter::once(level("Planned", missed.miss.planned))
        .chain(parts)
        .chain([level("Came", missed.miss.actual)])
        .collect();
    let table = show::columns(&["bet", "part", "amount", "what happened"], &rows, &[2]);
    format!("{}\n\n{table}", missed.says)
}
