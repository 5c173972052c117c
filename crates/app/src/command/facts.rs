//! `beachhead facts`: tables, rows, ranges, sources.

use std::process::ExitCode;

use beachhead_office::sources::Freshness;
use jiff::civil::Date;

use super::export;
use crate::{Done, Place, machine, show};

#[derive(clap::Args)]
pub struct Arguments {
    /// The facts as of this day
    #[arg(long, value_name = "DATE")]
    as_of: Option<Date>,
    #[command(flatten)]
    export: export::Arguments,
}

pub async fn run(place: &Place, arguments: Arguments) -> Done {
    if let Some(folder) = arguments.export.folder() {
        return export::run(place, &arguments.export, folder, arguments.as_of).await;
    }
    let (office, actor) = machine::open_as(place).await?;
    let facts = office.facts(&actor, arguments.as_of).await?;
    if place.json {
        show::json(&facts)?;
        return Ok(ExitCode::SUCCESS);
    }
    let day = |day: Option<Date>| day.map_or_else(String::new, |day| day.to_string());
    let rows: Vec<Vec<String>> = facts
        .tables
        .iter()
        .map(|table| {
            let source = &table.source;
            let files: std::collections::BTreeSet<&str> = source.files.iter().map(|file| file.name.as_str()).collect();
            vec![
                source.table.name().to_owned(),
                source.rows.to_string(),
                day(source.first_date),
                day(source.last_date),
                day(table.last_import.map(|last| last.on)),
                files.into_iter().collect::<Vec<_>>().join(", "),
            ]
        })
        .collect();
    let age = match (facts.age_days, facts.freshness) {
        (0, _) => "today's".to_owned(),
        (days, Freshness::Fresh) => format!("{days} days old: fresh"),
        (days, Freshness::Stale) => format!("{days} days old: stale"),
    };
    show::print(&format!("The facts speak of {}, {age}.\n", facts.as_of));
    show::print(&show::columns(
        &["table", "rows", "from", "to", "imported", "files"],
        &rows,
        &[1],
    ));
    Ok(ExitCode::SUCCESS)
}
