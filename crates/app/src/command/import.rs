//! `beachhead import FILE…`: facts in, with counts that add up; all of the files, or none. An import taken back, and
//! mapping profiles handed on.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use beachhead_office::facts::read::{FileReport, Reject};
use beachhead_office::importing::{
    IMPORT_MINUTES, ImportAnswers, ImportFile, ImportProgress, Imported, Orders, Watcher,
};
use beachhead_office::imports::change_in_words;
use beachhead_office::{Actor, Office, Refusal};

use super::singer;
use crate::{Done, Place, machine, progress, show};

#[derive(clap::Args)]
pub struct Arguments {
    /// The files: CSV, XLSX, Parquet, JSON lines or an array of JSON objects
    #[arg(
        required_unless_present_any = ["undo", "profile_export", "profile_import", "singer_state"],
        value_name = "FILE"
    )]
    files: Vec<PathBuf>,
    /// The table that the rows go to, where a file does not tell: accounts, opportunities, …
    #[arg(long = "as", value_name = "TABLE")]
    table: Option<String>,
    /// Read by this mapping profile
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// Keep the answers as a mapping profile of this name; the file's name unless said
    #[arg(long, value_name = "NAME")]
    keep_as: Option<String>,
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
    /// Each file holds its whole table: rows that it does not hold are gone. A list of a partner's accounts takes the
    /// place of that partner's earlier list, and of no other's
    #[arg(long)]
    whole: bool,
    /// Write the rejected rows as CSV, to be mended and imported again
    #[arg(long, value_name = "FILE")]
    rejects: Option<PathBuf>,
    /// Give up after so many minutes
    #[arg(long, value_name = "MINUTES", default_value_t = IMPORT_MINUTES, value_parser = clap::value_parser!(u64).range(1..=1440))]
    minutes: u64,
    /// Take an import back, by its number on the page Data
    #[arg(long, value_name = "NUMBER", group = "other", conflicts_with = "files")]
    undo: Option<i64>,
    /// Print a mapping profile as TOML
    #[arg(long, value_name = "NAME", group = "other", conflicts_with = "files")]
    profile_export: Option<String>,
    /// Keep a mapping profile that was written elsewhere
    #[arg(long, value_name = "FILE", group = "other", conflicts_with = "files")]
    profile_import: Option<PathBuf>,
    #[command(flatten)]
    singer: singer::Arguments,
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
            keep_as: self.keep_as.clone(),
            map: self.map.clone(),
            stages: self.stage.clone(),
            date_order: chosen(&[
                (self.day_first, "day"),
                (self.month_first, "month"),
                (self.year_first, "year"),
            ]),
            decimal: chosen(&[(self.decimal_comma, ","), (self.decimal_point, ".")]),
            take_anyway: self.take_anyway,
            whole: self.whole,
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
    if let Some(number) = arguments.undo {
        return undo(place, number).await;
    }
    if let Some(name) = &arguments.profile_export {
        return export_profile(place, name).await;
    }
    if let Some(path) = &arguments.profile_import {
        return import_profile(place, path).await;
    }
    if let Some(tap) = &arguments.singer.singer_state {
        return singer::state(place, tap).await;
    }
    if arguments.singer.singer {
        let [file] = arguments.files.as_slice() else {
            return Err(Refusal::bad_input(
                "--singer takes the messages of one tap",
                "Name one file, or - for standard input.",
            ));
        };
        let answers = arguments.answers();
        let run = async |orders| singer::run(place, &arguments.singer, file, answers, orders).await;
        return watched(&arguments, run).await;
    }
    let (office, actor) = machine::make_as(place).await?;
    let imported = import(&office, &actor, &arguments).await?;
    let written = match &arguments.rejects {
        Some(path) => write_rejects(path, &imported)?,
        None => Vec::new(),
    };
    if place.json {
        show::json(&Document {
            imported: &imported,
            error: imported.refusal.as_ref().map(show::error),
        })?;
    } else {
        show::print(&told(&imported, arguments.dry_run, &written));
    }
    match imported.refusal {
        // With --json the document has said it already; words go to standard error.
        Some(refusal) => Ok(show::refusal(&refusal, false)),
        None => Ok(ExitCode::SUCCESS),
    }
}

async fn import(office: &Office, actor: &Actor, arguments: &Arguments) -> Result<Imported, Refusal> {
    let files: Vec<ImportFile> = arguments.files.iter().map(|path| ImportFile::at(path)).collect();
    let answers = vec![arguments.answers(); files.len()];
    watched(arguments, async |orders| {
        office.import_each(actor, files, answers, orders).await
    })
    .await
}

/// Does what imports, with a line of progress on a terminal, until it is done or Ctrl-C stops it.
async fn watched<T>(arguments: &Arguments, work: impl AsyncFnOnce(Orders) -> T) -> T {
    progress::watched(async |tell| {
        let watcher: Watcher = Arc::new(move |progress: &ImportProgress| tell(progress.percent(), &progress.words()));
        work(Orders {
            dry_run: arguments.dry_run,
            within: Duration::from_secs(arguments.minutes * 60),
            watcher: Some(watcher),
        })
        .await
    })
    .await
}

async fn undo(place: &Place, number: i64) -> Done {
    let (office, actor) = machine::open_as(place).await?;
    let undone = office.undo_import(&actor, number).await?;
    if place.json {
        show::json(&undone)?;
    } else {
        let id = &undone.snapshot[..undone.snapshot.len().min(12)];
        show::print(&format!(
            "Import {number} is undone; that is import {}. Snapshot {id} is in force.",
            undone.import
        ));
    }
    Ok(ExitCode::SUCCESS)
}

async fn export_profile(place: &Place, name: &str) -> Done {
    let (office, actor) = machine::open_as(place).await?;
    let kept = office.profile(&actor, name).await?;
    if place.json {
        show::json(&serde_json::json!({ "profile": kept.profile.name, "toml": kept.toml }))?;
    } else {
        show::print(&kept.toml);
    }
    Ok(ExitCode::SUCCESS)
}

async fn import_profile(place: &Place, path: &Path) -> Done {
    let text = std::fs::read_to_string(path).map_err(|error| {
        Refusal::bad_input(
            format!("{} could not be read: {error}", path.display()),
            "Name a TOML file that --profile-export has written.",
        )
    })?;
    let (office, actor) = machine::make_as(place).await?;
    let name = office.import_profile(&actor, &text).await?;
    if place.json {
        show::json(&serde_json::json!({ "profile": name }))?;
    } else {
        show::print(&format!("The mapping profile {name} is kept."));
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes the rejected rows of each file: of one file under the name given, of several each with the file's name added.
fn write_rejects(path: &Path, imported: &Imported) -> Result<Vec<PathBuf>, Refusal> {
    let some: Vec<(&str, &String)> = imported
        .files
        .iter()
        .zip(&imported.rejects)
        .filter_map(|(file, rejects)| Some((file.file.as_str(), rejects.as_ref()?)))
        .collect();
    let several = some.len() > 1;
    let mut written = Vec::new();
    for (file, rejects) in some {
        let to = if several {
            let stem = path.file_stem().unwrap_or_default().to_string_lossy();
            let file = Path::new(file).file_stem().unwrap_or_default().to_string_lossy();
            path.with_file_name(format!("{stem}-{file}.csv"))
        } else {
            path.to_owned()
        };
        std::fs::write(&to, rejects).map_err(|error| {
            Refusal::bad_input(
                format!("The rejected rows could not be written to {}: {error}", to.display()),
                "Name another file with --rejects.",
            )
        })?;
        written.push(to);
    }
    Ok(written)
}

pub(super) fn told(imported: &Imported, dry_run: bool, rejects: &[PathBuf]) -> String {
    let mut lines: Vec<String> = imported.files.iter().map(counts).collect();
    lines.extend(imported.changes.iter().map(change_in_words));
    lines.extend(
        rejects
            .iter()
            .map(|path| format!("The rejected rows are in {}.", path.display())),
    );
    lines.push(match (&imported.snapshot, imported.import, dry_run) {
        (Some(id), Some(number), _) if imported.changed => {
            format!(
                "That is import {number}. Snapshot {} is in force.",
                &id[..id.len().min(12)]
            )
        }
        (Some(_), _, _) => "These files were imported before: nothing has changed.".to_owned(),
        (None, _, true) => "Nothing was kept: this was a dry run.".to_owned(),
        (None, _, false) => "Nothing was imported.".to_owned(),
    });
    lines.join("\n")
}

/// The rejected rows and cells of a file that are told; the page and the JSON have more.
const REJECTS_TOLD: usize = 10;

fn counts(file: &FileReport) -> String {
    if let Some(says) = &file.passed_over {
        return format!("{}: {says}", file.file);
    }
    let table = file
        .table
        .map_or("unknown", beachhead_office::facts::catalogue::Table::name);
    let mut text = format!(
        "{}: {table}, {} read = {} accepted + {} rejected + {} duplicates + {} footer",
        file.file, file.read, file.accepted, file.rejected, file.duplicates, file.footer
    );
    for reject in file.rejects.iter().take(REJECTS_TOLD) {
        text.push_str(&place_and_reason(reject));
    }
    if file.history + file.history_rejected > 0 {
        text.push_str(&format!(
            "\n  stage history in its columns: {} rows, {} cells that tell no day",
            file.history, file.history_rejected
        ));
    }
    for reject in file.history_rejects.iter().take(REJECTS_TOLD) {
        text.push_str(&place_and_reason(reject));
    }
    text
}

fn place_and_reason(reject: &Reject) -> String {
    let place = reject.column.as_deref().map(|column| format!(", column {column}"));
    let value = reject.value.as_deref().map(|value| format!(" “{value}”"));
    format!(
        "\n  row {}{}{}: {}",
        reject.row,
        place.unwrap_or_default(),
        value.unwrap_or_default(),
        reject.reason
    )
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
