//! `beachhead map --ours FILE --theirs FILE`: which of their accounts are ours, from two lists and no program.

use std::path::PathBuf;
use std::process::ExitCode;

use beachhead_office::Office;
use beachhead_office::mapping::{LEAST, MapQuestion};

use super::sheet;
use crate::{Done, Place, machine, show};

/// What the help says of the lists and of the answer.
const LISTS: &str = "\
A list is a file as an import takes it: CSV of any delimiter, XLSX, Parquet, JSON lines. Its columns are known by their
usual names: id, name, website or domain, country, city, employees, and a registration number (duns, lei, vat). A name or
a website is enough; the more there is, the surer the answer.

--out writes a row for each pair that may be one company: ours_id, theirs_id, probability (that they are the same), class
(same, related, different), grades (A the same, B similar, F different, Z missing) and the values compared. A name that
ends in .xlsx makes a workbook.";

#[derive(clap::Args)]
#[command(after_long_help = LISTS)]
pub struct Arguments {
    /// Our list of accounts
    #[arg(long, value_name = "FILE")]
    ours: PathBuf,
    /// Their list of accounts
    #[arg(long, value_name = "FILE")]
    theirs: PathBuf,
    /// Write the pairs to this file
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Leave out pairs below this probability, unless they are related
    #[arg(long, value_name = "P", default_value_t = LEAST)]
    min: f64,
    /// Each account in one pair at most, the most probable
    #[arg(long)]
    one_to_one: bool,
}

pub fn run(place: &Place, arguments: &Arguments) -> Done {
    let started = machine::now();
    let question = MapQuestion {
        ours: &arguments.ours,
        theirs: &arguments.theirs,
        out: arguments.out.as_deref(),
        least: arguments.min,
        one_to_one: arguments.one_to_one,
    };
    let counts = Office::map_files(&question, sheet::process())?;
    let seconds = machine::now().duration_since(started).as_secs_f64();
    if place.json {
        let mut document = serde_json::to_value(counts).unwrap_or_default();
        document["seconds"] = seconds.into();
        show::json(&document)?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut words = format!(
        "{} of ours against {} of theirs: {} pairs are the same company, {} more are related. {} pairs were compared in \
         {seconds:.1} s.",
        counts.ours, counts.theirs, counts.same, counts.related, counts.candidates
    );
    match &arguments.out {
        Some(out) => words.push_str(&format!("\nThe pairs are in {}.", out.display())),
        None => words.push_str("\nName a file with --out to have the pairs."),
    }
    show::print(&words);
    Ok(ExitCode::SUCCESS)
}
