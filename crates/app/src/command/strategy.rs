//! `beachhead strategy`: the written strategy shown, exported, imported, put to the sponsor and signed.

use std::path::PathBuf;
use std::process::ExitCode;

use beachhead_office::Refusal;
use beachhead_office::ledger::{StrategyVersion, VersionState};

use crate::{Done, Place, machine, show};

#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// Print the draft, or a version, as text in its written form
    Show {
        /// A version's number; the draft unless said
        version: Option<i64>,
    },
    /// Say in words what changed between two versions, or between the signed version and the draft
    Diff {
        /// The earlier version; the signed one unless said
        from: Option<i64>,
        /// The later version; the draft unless said
        to: Option<i64>,
    },
    /// Write the draft into a file
    Export {
        /// The file
        #[arg(value_name = "FILE.toml")]
        file: PathBuf,
    },
    /// Take a written strategy as the draft
    Import {
        /// The file
        #[arg(value_name = "FILE.toml")]
        file: PathBuf,
    },
    /// Keep the draft as the next version and ask for its signature
    Ask,
    /// Sign a version; needs --as-person with a sponsor's address
    Sign {
        /// The version's number; the one that waits for a signature unless said
        version: Option<i64>,
        /// What the signature is given under
        #[arg(long)]
        conditions: Option<String>,
    },
}

pub async fn run(place: &Place, arguments: Arguments) -> Done {
    let (office, actor) = machine::open_as(place).await?;
    match arguments.what {
        What::Show { version } => {
            let text = match version {
                Some(number) => office.version(&actor, number).await?.text,
                None => office.written(&actor).await?.draft.text,
            };
            if place.json {
                show::json(&serde_json::json!({ "text": text, "version": version }))?;
            } else {
                show::print(&text);
            }
        }
        What::Diff { from, to } => {
            let changes = office.changes(&actor, from, to).await?;
            if place.json {
                show::json(&serde_json::json!({ "changes": changes }))?;
            } else if changes.is_empty() {
                show::print("Nothing has changed.");
            } else {
                let lines: Vec<String> = changes
                    .iter()
                    .map(|change| format!("{}: {}", change.section, change.words))
                    .collect();
                show::print(&lines.join("\n"));
            }
        }
        What::Export { file } => {
            super::write_text(&file, &office.written(&actor).await?.draft.text)?;
            if place.json {
                show::json(&serde_json::json!({ "file": file }))?;
            } else {
                show::print(&format!("Written to {}.", file.display()));
            }
        }
        What::Import { file } => {
            let text = super::read_text(&file)?;
            let draft = office.import_strategy(&actor, &text, None).await?;
            if place.json {
                show::json(&serde_json::json!({ "file": file, "revision": draft.revision }))?;
            } else {
                show::print(&format!(
                    "{} is the draft now (revision {}).",
                    file.display(),
                    draft.revision
                ));
            }
        }
        What::Ask => {
            let version = office.ask_signature(&actor).await?;
            told(
                place,
                &version,
                &format!("Version {} waits for the sponsor's signature.", version.number),
            )?;
        }
        What::Sign { version, conditions } => {
            let waiting = match version {
                Some(number) => office.version(&actor, number).await?,
                None => waiting(office.versions(&actor).await?)?,
            };
            let signed = office.sign(&actor, waiting.number, &waiting.sha256, conditions).await?;
            told(
                place,
                &signed,
                &format!("Version {} is signed by {}.", signed.number, actor.name),
            )?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn waiting(versions: Vec<StrategyVersion>) -> Result<StrategyVersion, Refusal> {
    versions
        .into_iter()
        .find(|version| version.state == VersionState::Asked)
        .ok_or_else(|| {
            Refusal::conflict(
                "No version waits for a signature",
                "Ask for one with `beachhead strategy ask`.",
            )
        })
}

fn told(place: &Place, version: &StrategyVersion, words: &str) -> Result<(), Refusal> {
    if place.json {
        return show::json(&serde_json::json!({ "version": version.number, "sha256": version.sha256 }));
    }
    show::print(words);
    Ok(())
}
