//! `beachhead demo`: the worked example in a folder of its own.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use beachhead_office::{Actor, Office};

use crate::{Done, Place, machine, show};

#[derive(clap::Args)]
pub struct Arguments {
    /// The port to listen on; any free one unless said
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Do not open a browser
    #[arg(long)]
    no_open: bool,
    /// Make it, print its one page as text and exit
    #[arg(long)]
    once: bool,
    /// The folder of the worked example; it is made anew each time
    #[arg(long, default_value = "beachhead-demo", value_name = "DIR")]
    folder: PathBuf,
    /// The story is told; the folder is only opened
    #[arg(long, hide = true)]
    told: bool,
}

pub async fn run(place: &Place, arguments: Arguments) -> Done {
    if !arguments.told {
        beachhead_demo::make(&arguments.folder, machine::entropy).await?;
        if !arguments.once {
            // What telling the story took of memory, an allocator keeps. Where the machine does not let it, this process
            // goes on.
            let _ = machine::begin_anew("--told");
        }
    }
    let office = beachhead_demo::open(&arguments.folder, machine::entropy)
        .await?
        .reading_sheets_by(super::sheet::process());
    if arguments.once {
        return shown(place, &arguments, &office).await;
    }
    let listener = super::serve::listen(([127, 0, 0, 1], arguments.port).into()).await?;
    let address = super::serve::address(&listener)?;
    if place.json {
        show::json(&serde_json::json!({ "folder": arguments.folder, "address": address }))?;
    } else {
        show::print(&format!(
            "The worked example is open at {address}\nIts facts are made up. Ctrl-C ends it."
        ));
    }
    if !arguments.no_open {
        open_browser(&address);
    }
    super::serve::until_stopped(Arc::new(office), listener).await
}

async fn shown(place: &Place, arguments: &Arguments, office: &Office) -> Done {
    let page = office.one_page_text(&Actor::command_line(), None).await?;
    if place.json {
        show::json(&serde_json::json!({ "folder": arguments.folder, "page": page }))?;
    } else {
        show::print(&page);
    }
    Ok(ExitCode::SUCCESS)
}

/// Opens a browser where the desktop has one; the link is printed in any case.
fn open_browser(address: &str) {
    let quiet = std::process::Stdio::null;
    let _ = std::process::Command::new("xdg-open")
        .arg(address)
        .stdin(quiet())
        .stdout(quiet())
        .stderr(quiet())
        .spawn();
}
