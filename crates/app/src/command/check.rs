//! `beachhead check FILE.toml`: every finding of a written strategy, with its place, why and help.

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;

use beachhead_office::strategy::Circumstances;
use beachhead_office::strategy::findings::render_findings;
use beachhead_office::written::check;

use crate::{Done, Place, machine, show};

#[derive(clap::Args)]
pub struct Arguments {
    /// The written strategy
    #[arg(value_name = "FILE.toml")]
    file: PathBuf,
}

pub fn run(place: &Place, arguments: &Arguments) -> Done {
    let text = super::read_text(&arguments.file)?;
    let known = Circumstances {
        today: Some(machine::today()),
        ..Circumstances::default()
    };
    let checked = check(&text, known);
    if place.json {
        show::json(&checked)?;
    } else {
        let name = arguments.file.display().to_string();
        let colour = std::io::stdout().is_terminal();
        show::print(&render_findings(&name, &text, &checked.findings, colour));
    }
    Ok(if checked.signable {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    })
}
