//! `beachhead report one-page | board | pre-read`: a report as HTML or Markdown.

use std::path::PathBuf;
use std::process::ExitCode;

use beachhead_office::Refusal;
use jiff::civil::Date;

use crate::{Done, Place, machine, show};

#[derive(clap::Args)]
pub struct Arguments {
    /// one-page, board or pre-read
    what: String,
    /// Write it as a printable HTML file
    #[arg(long, value_name = "FILE", group = "form")]
    html: Option<PathBuf>,
    /// Write it as Markdown
    #[arg(long, value_name = "FILE", group = "form")]
    markdown: Option<PathBuf>,
    /// As the facts were known on this day
    #[arg(long, value_name = "DATE")]
    as_of: Option<Date>,
}

pub async fn run(place: &Place, arguments: Arguments) -> Done {
    let (office, actor) = machine::open_as(place).await?;
    let text = match (arguments.what.as_str(), &arguments.html, &arguments.markdown) {
        ("one-page", Some(_), _) => office.one_page_html(&actor, arguments.as_of).await?,
        ("one-page", None, Some(_)) => office.one_page_markdown(&actor, arguments.as_of).await?,
        ("one-page", None, None) => office.one_page_text(&actor, arguments.as_of).await?,
        ("board", Some(_), _) => office.board_html(&actor, arguments.as_of).await?,
        ("board", None, _) => office.board_markdown(&actor, arguments.as_of).await?,
        ("pre-read", Some(_), _) => office.pre_read_html(&actor).await?,
        ("pre-read", None, _) => office.pre_read_markdown(&actor).await?,
        (other, ..) => {
            let message = format!("“{other}” is not a report");
            return Err(Refusal::bad_input(message, "Write one-page, board or pre-read."));
        }
    };
    let file = arguments.html.or(arguments.markdown);
    match &file {
        Some(file) => super::write_text(file, &text)?,
        None if !place.json => show::print(&text),
        None => {}
    }
    if place.json {
        show::json(
            &serde_json::json!({ "report": arguments.what, "file": file, "text": file.is_none().then_some(&text) }),
        )?;
    } else if let Some(file) = &file {
        show::print(&format!("Written to {}.", file.display()));
    }
    Ok(ExitCode::SUCCESS)
}
