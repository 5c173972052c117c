//! `beachhead facts`: tables, rows, ranges, sources.

use std::process::ExitCode;

use jiff::civil::Date;

use crate::{Done, Place, machine, show};

#[derive(clap::Args)]
pub struct Arguments {
    /// The facts as of this day
    #[arg(long, value_name = "DATE")]
    as_of: Option<Date>,
}

pub async fn run(place: &Place, arguments: Arguments) -> Done {
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
            let files: std::collections::BTreeSet<&str> = table.files.iter().map(|file| file.name.as_str()).collect();
            vec![
                table.table.name().to_owned(),
                table.rows.to_string(),
                day(table.first_date),
                day(table.last_date),
                files.into_iter().collect::<Vec<_>>().join(", "),
            ]
        })
        .collect();
    show::print(&format!("The facts speak of {}.\n", facts.as_of));
    show::print(&show::columns(&["table", "rows", "from", "to", "files"], &rows, &[1]));
    Ok(ExitCode::SUCCESS)
}
