//! `beachhead facts --export`: every table whole into a folder, a file each.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use beachhead_office::facts::Watch;
use beachhead_office::facts::export::Format;
use jiff::civil::Date;

use crate::{Done, Place, machine, show};

#[derive(clap::Args)]
#[group(skip)]
pub struct Arguments {
    /// Write every table whole into this folder, a file each
    #[arg(long, value_name = "FOLDER")]
    export: Option<PathBuf>,
    /// What the files are written as: csv, xlsx or parquet
    #[arg(long, value_name = "FORMAT", default_value = "csv", requires = "export", value_parser = format)]
    format: Format,
}

fn format(word: &str) -> Result<Format, String> {
    Format::from_name(word).ok_or_else(|| "write csv, xlsx or parquet".to_owned())
}

impl Arguments {
    /// The folder, where an export is asked for.
    pub fn folder(&self) -> Option<&Path> {
        self.export.as_deref()
    }
}

/// Writes the tables; Ctrl-C stops between batches, and no half-written file is left.
pub async fn run(place: &Place, arguments: &Arguments, folder: &Path, as_of: Option<Date>) -> Done {
    let (office, actor) = machine::open_as(place).await?;
    let stopped = Arc::new(AtomicBool::new(false));
    let asked = Arc::clone(&stopped);
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            asked.store(true, Ordering::Relaxed);
        }
    });
    let watch = Watch::of(move |_| !stopped.load(Ordering::Relaxed));
    let written = office
        .export_tables(&actor, as_of, folder, arguments.format, watch)
        .await?;
    let ending = arguments.format.ending();
    if place.json {
        let tables: Vec<_> = written
            .iter()
            .map(|(table, rows)| serde_json::json!({ "table": table, "rows": rows }))
            .collect();
        show::json(&serde_json::json!({ "folder": folder, "format": ending, "tables": tables }))?;
    } else {
        let rows: Vec<Vec<String>> = written
            .iter()
            .map(|(table, rows)| vec![format!("{}.{ending}", table.name()), rows.to_string()])
            .collect();
        show::print(&show::columns(&["file", "rows"], &rows, &[1]));
    }
    Ok(ExitCode::SUCCESS)
}
