//! `beachhead import --singer`: what a Singer tap says, imported. Its state goes to standard output, words to standard error.

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use beachhead_office::Refusal;
use beachhead_office::importing::{ImportAnswers, Orders};
use beachhead_office::singer::{TapImported, TapRun};

use super::import;
use crate::{Done, Place, machine, show};

#[derive(clap::Args)]
#[group(skip)]
pub struct Arguments {
    /// The file holds the messages of a Singer tap, or with `-` standard input does. The tap's last state is printed
    /// once its records are kept
    #[arg(long)]
    pub singer: bool,
    /// The name that the tap's state is kept under
    #[arg(long, value_name = "NAME", default_value = "tap", requires = "singer")]
    tap: String,
    /// Print the state that a tap was left with, for its next run
    #[arg(long, value_name = "NAME", group = "other", conflicts_with = "files")]
    pub singer_state: Option<String>,
}

/// What `--json` prints.
#[derive(serde::Serialize)]
struct Document<'i> {
    #[serde(flatten)]
    imported: &'i TapImported,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<serde_json::Value>,
}

/// Prints the state of a tap.
pub async fn state(place: &Place, tap: &str) -> Done {
    let (office, actor) = machine::open_as(place).await?;
    show::print(&office.singer_state(&actor, tap).await?);
    Ok(ExitCode::SUCCESS)
}

/// Imports what a tap says.
pub async fn run(
    place: &Place,
    arguments: &Arguments,
    file: &Path,
    mut answers: ImportAnswers,
    orders: Orders,
) -> Done {
    let tables = tables(answers.table.take())?;
    let from_tap = file.as_os_str() == "-";
    let run =
        TapRun {
            messages: if from_tap {
                Box::new(std::io::stdin())
            } else {
                Box::new(std::fs::File::open(file).map_err(|error| {
                    Refusal::bad_input(format!("{}: {error}", file.display()), "Nothing was imported.")
                })?)
            },
            name: if from_tap {
                "standard input".to_owned()
            } else {
                file.display().to_string()
            },
            tap: arguments.tap.clone(),
            tables,
        };
    let (office, actor) = machine::make_as(place).await?;
    let dry_run = orders.dry_run;
    let said = office.import_singer(&actor, run, &answers, orders).await?;
    if place.json {
        show::json(&Document {
            imported: &said,
            error: said.imported.refusal.as_ref().map(show::error),
        })?;
    } else {
        let _ = writeln!(std::io::stderr(), "{}", told(&said, dry_run));
        if let Some(state) = &said.state_text {
            show::print(state);
        }
    }
    match said.imported.refusal {
        Some(refusal) => Ok(show::refusal(&refusal, false)),
        None => Ok(ExitCode::SUCCESS),
    }
}

// `--as deals=opportunities,companies=accounts`
fn tables(given: Option<String>) -> Result<Vec<(String, String)>, Refusal> {
    let pair = |word: &str| {
        let (stream, table) = word.split_once('=').ok_or_else(|| {
            Refusal::bad_input(
                format!("“{word}” names no stream"),
                "With --singer, write --as STREAM=TABLE, and several parted by commas.",
            )
        })?;
        Ok((stream.trim().to_owned(), table.trim().to_owned()))
    };
    given
        .as_deref()
        .map_or_else(|| Ok(Vec::new()), |given| given.split(',').map(pair).collect())
}

fn told(said: &TapImported, dry_run: bool) -> String {
    let mut text = import::told(&said.imported, dry_run, &[]);
    for stream in &said.passed_over {
        text.push_str(&format!(
            "\n{}: passed over, {} records: {}. Take it with --as {}=TABLE.",
            stream.stream, stream.records, stream.reason, stream.stream
        ));
    }
    text
}
