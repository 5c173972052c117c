//! `beachhead restore`: a program from its backup.

use std::path::PathBuf;
use std::process::ExitCode;

use beachhead_office::backup;

use crate::{Done, Place, machine, show};

#[derive(clap::Args)]
pub struct Arguments {
    /// A backup, or the copy of a record that a release made before its migration
    #[arg(value_name = "BACKUP")]
    file: PathBuf,
    /// Restore where there is something already; the record there is set aside
    #[arg(long)]
    replace: bool,
}

/// Restores into the data folder, and sends the facts on where they are kept in a store.
pub async fn run(place: &Place, arguments: Arguments) -> Done {
    let surroundings = machine::surroundings();
    let record = place.record.as_deref();
    let restored = backup::restore(&arguments.file, &place.data, record, arguments.replace, &surroundings).await?;
    if place.facts.is_some() {
        machine::open(place).await?.sweep_facts().await?;
    }
    if place.json {
        show::json(&serde_json::json!({
            "data": place.data,
            "manifest": restored.manifest,
            "audit": { "rows": restored.audit_rows, "head": restored.audit_head },
            "set_aside": restored.set_aside,
        }))?;
        return Ok(ExitCode::SUCCESS);
    }
    show::print(&format!(
        "The program is restored in {}: {} rows of the audit chain, which holds.",
        place.data.display(),
        restored.audit_rows
    ));
    if let Some(aside) = &restored.set_aside {
        show::print(&format!("The record that was there lies in {}.", aside.display()));
    }
    Ok(ExitCode::SUCCESS)
}
