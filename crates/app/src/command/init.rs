//! `beachhead init`: an empty program.

use std::process::ExitCode;

use crate::{Done, Place, machine, show};

#[derive(clap::Args)]
pub struct Arguments {
    /// The company's name
    #[arg(long, value_name = "COMPANY")]
    name: Option<String>,
}

pub async fn run(place: &Place, arguments: Arguments) -> Done {
    let (office, actor) = machine::make_as(place).await?;
    if let Some(name) = arguments.name {
        office.name_program(&actor, &name).await?;
    }
    let name = office.program().await?.name;
    if place.json {
        show::json(&serde_json::json!({ "data": place.data, "name": name }))?;
    } else {
        show::print(&format!(
            "An empty program is in {}. Import facts with `beachhead import FILE…`, or open the pages with `beachhead serve`.",
            place.data.display()
        ));
    }
    Ok(ExitCode::SUCCESS)
}
