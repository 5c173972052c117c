//! `beachhead import FILE…`: facts in, with counts that add up; all of the files, or none.

use std::path::PathBuf;
use std::process::ExitCode;

use beachhead_office::Refusal;
use beachhead_office::facts::read::FileReport;
use beachhead_office::importing::{ImportAnswers, ImportFile, Imported};

use crate::{Done, Place, machine, show};

#[derive(clap::Args)]
pub struct Arguments {
    /// The files: CSV or XLSX
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The table that the rows go to, where a file does not tell: accounts, opportunities, …
    #[arg(long = "as", value_name = "TABLE")]
    table: Option<String>,
    /// Read by this mapping profile
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// What a column becomes; an empty field keeps it under its own name
    #[arg(long, value_name = "COLUMN=FIELD", value_parser = pair)]
    map: Vec<(String, String)>,
    /// What a stage means
    #[arg(long, value_name = "NAME=open|won|lost", value_parser = pair)]
    stage: Vec<(String, String)>,
    /// Read the files and say what would become of them; keep nothing
    #[arg(long)]
    dry_run: bool,
    /// Dates have the day first: 31/12/2026
    #[arg(long, group = "order")]
    day_first: bool,
    /// Dates have the month first: 12/31/2026
    #[arg(long, group = "order")]
    month_first: bool,
    /// Dates have the year first: 26/12/31
    #[arg(long, group = "order")]
    year_first: bool,
    /// Amounts have a comma before the decimals: 1.234,56
    #[arg(long, group = "decimal")]
    decimal_comma: bool,
    /// Amounts have a point before the decimals: 1,234.56
    #[arg(long, group = "decimal")]
    decimal_point: bool,
    /// Take the rest of a file even if more than one row in twenty is rejected
    #[arg(long)]
    take_anyway: bool,
}

fn pair(text: &str) -> Result<(String, String), String> {
    text.rsplit_once('=')
        .map(|(left, right)| (left.to_owned(), right.to_owned()))
        .ok_or_else(|| format!("“{text}” has no =; write it as NAME=VALUE"))
}

impl Arguments {
    fn answers(&self) -> ImportAnswers {
        let chosen = |pairs: &[(bool, &str)]| {
            pairs
                .iter()
                .find(|(given, _)| *given)
                .map(|(_, word)| (*word).to_owned())
        };
        ImportAnswers {
            table: self.table.clone(),
            profile: self.profile.clone(),
            map: self.map.clone(),
            stages: self.stage.clone(),
            date_order: chosen(&[
                (self.day_first, "day"),
                (self.month_first, "month"),
                (self.year_first, "year"),
            ]),
            decimal: chosen(&[(self.decimal_comma, ","), (self.decimal_point, ".")]),
            take_anyway: self.take_anyway,
        }
    }
}

/// What `--json` prints: what became of each file, and what stood in the way if something did.
#[derive(serde::Serialize)]
struct Document<'i> {
    #[serde(flatten)]
    imported: &'i Imported,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<serde_json::Value>,
}

pub async fn run(place: &Place, arguments: Arguments) -> Done {
    if let Some(folder) = arguments.files.iter().find(|path| path.is_dir()) {
        let message = format!("{} is a folder", folder.display());
        return Err(Refusal::bad_input(
            message,
            format!(
                "Name the files in it, as in {}/*.csv. Nothing was imported.",
                folder.display()
            ),
        ));
    }
    let (office, actor) = machine::make_as(place).await?;
    let files = arguments.files.iter().map(|path| ImportFile::at(path)).collect();
    let imported = office
        .import(&actor, files, &arguments.answers(), arguments.dry_run)
        .await?;
    if place.json {
        show::json(&Document {
            imported: &imported,
            error: imported.refusal.as_ref().map(show::error),
        })?;
    } else {
        show::print(&told(&imported, arguments.dry_run));
    }
    match imported.refusal {
        // With --json the document has said it already; words go to standard error.
        Some(refusal) => Ok(show::refusal(&refusal, false)),
        None => Ok(ExitCode::SUCCESS),
    }
}

fn told(imported: &Imported, dry_run: bool) -> String {
    let mut lines: Vec<String> = imported.files.iter().map(counts).collect();
    lines.push(match (&imported.snapshot, dry_run) {
        (Some(id), _) if imported.changed => format!("Snapshot {} is in force.", &id[..id.len().min(12)]),
        (Some(_), _) => "These files were imported before: nothing has changed.".to_owned(),
        (None, true) => "Nothing was kept: this was a dry run.".to_owned(),
        (None, false) => "Nothing was imported.".to_owned(),
    });
    lines.join("\n")
}

fn counts(file: &FileReport) -> String {
    let table = file
        .table
        .map_or("unknown", beachhead_office::facts::catalogue::Table::name);
    let mut text = format!(
        "{}: {table}, {} read = {} accepted + {} rejected + {} duplicates + {} footer",
        file.file, file.read, file.accepted, file.rejected, file.duplicates, file.footer
    );
    for reject in file.rejects.iter().take(10) {
        let place = reject
            .column
            .as_deref()
            .map_or_else(String::new, |column| format!(", column {column}"));
        let value = reject
            .value
            .as_deref()
            .map_or_else(String::new, |value| format!(" “{value}”"));
        text.push_str(&format!("\n  row {}{place}{value}: {}", reject.row, reject.reason));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::pair;

    #[test]
    fn the_last_equals_sign_parts_name_and_value() {
        assert_eq!(pair("Stage A=won"), Ok(("Stage A".into(), "won".into())));
        assert_eq!(pair("a=b=lost"), Ok(("a=b".into(), "lost".into())));
        assert!(pair("nothing").is_err());
    }
}
