//! `beachhead map`: which of their accounts are ours, from two lists and no program, or a partner's list within the program.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use beachhead_office::Office;
use beachhead_office::mapping::{self, LEAST, MapQuestion, MatrixView, Population, RowsAsked, Which};
use jiff::civil::Date;

use super::{read_text, sheet};
use crate::{Done, Place, machine, show};

/// What the help says of the lists and of the answer.
const LISTS: &str = "\
With PARTNER, the list of that partner, as imported, is laid over the accounts of the program: our customers, open
opportunities and prospects against theirs, in companies and in records, with what is open there and what to do. What
people said in the review stands above the model.

Without a program, name two lists. A list is a file as an import takes it: CSV of any delimiter, XLSX, Parquet, JSON lines.
Its columns are known by their usual names: id, name, website or domain, country, city, employees, and a registration
number (duns, lei, vat). A name or a website is enough; the more there is, the surer the answer.

--out writes a row for each pair that may be one company: ours_id, theirs_id, probability (that they are the same), class
(same, related, different), grades (A the same, B similar, F different, Z missing) and the values compared; within a
program also what is done with the pair, the company it belongs to, populations, owners and open pipeline. A name that
ends in .xlsx makes a workbook.

--decisions-export writes what people said of pairs, --decisions-import takes it over, here or in another program: a pair is
known again by what its records say, however they are written.";

#[derive(clap::Args)]
#[command(after_long_help = LISTS, group(clap::ArgGroup::new("what").required(true).multiple(true)))]
pub struct Arguments {
    /// The partner whose list is mapped, by id or name
    #[arg(value_name = "PARTNER", group = "what", conflicts_with_all = ["ours", "theirs"])]
    partner: Option<String>,
    /// Our list of accounts
    #[arg(long, value_name = "FILE", group = "what", requires = "theirs")]
    ours: Option<PathBuf>,
    /// Their list of accounts
    #[arg(long, value_name = "FILE", requires = "ours")]
    theirs: Option<PathBuf>,
    /// As it was known on this day
    #[arg(long, value_name = "DATE", requires = "partner")]
    as_of: Option<Date>,
    /// Write the pairs to this file
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Leave out pairs below this probability, unless they are related
    #[arg(long, value_name = "P", default_value_t = LEAST)]
    min: f64,
    /// Of two files: each account in one pair at most, the most probable
    #[arg(long, conflicts_with = "partner")]
    one_to_one: bool,
    /// Write what people said of pairs to this file; of one partner where one is named
    #[arg(long, value_name = "FILE", group = "what", conflicts_with_all = ["ours", "decisions_import", "out"])]
    decisions_export: Option<PathBuf>,
    /// Take over what people said of pairs from such a file
    #[arg(long, value_name = "FILE", group = "what", conflicts_with_all = ["ours", "partner", "out"])]
    decisions_import: Option<PathBuf>,
}

pub async fn run(place: &Place, arguments: Arguments) -> Done {
    if let Some(file) = &arguments.decisions_export {
        return export_decisions(place, arguments.partner.as_deref(), file).await;
    }
    if let Some(file) = &arguments.decisions_import {
        return import_decisions(place, file).await;
    }
    match (&arguments.partner, &arguments.ours, &arguments.theirs) {
        (Some(partner), ..) => within(place, partner, &arguments).await,
        (None, Some(ours), Some(theirs)) => files(place, ours, theirs, &arguments),
        _ => Ok(ExitCode::from(2)),
    }
}

fn files(place: &Place, ours: &Path, theirs: &Path, arguments: &Arguments) -> Done {
    let started = machine::now();
    let question = MapQuestion {
        ours,
        theirs,
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
    let words = format!(
        "{} of ours against {} of theirs: {} pairs are the same company, {} more are related. {} pairs were compared in \
         {seconds:.1} s.",
        counts.ours, counts.theirs, counts.same, counts.related, counts.candidates
    );
    show::print(&(words + &where_the_pairs_are(arguments.out.as_deref())));
    Ok(ExitCode::SUCCESS)
}

fn where_the_pairs_are(out: Option<&Path>) -> String {
    out.map_or_else(
        || "\nName a file with --out to have the pairs.".to_owned(),
        |out| format!("\nThe pairs are in {}.", out.display()),
    )
}

async fn within(place: &Place, partner: &str, arguments: &Arguments) -> Done {
    let (office, actor) = machine::open_as(place).await?;
    let started = machine::now();
    let view = office.match_matrix(&actor, partner, arguments.as_of).await?;
    let seconds = machine::now().duration_since(started).as_secs_f64();
    if let Some(out) = &arguments.out {
        let asked = RowsAsked {
            partner: view.partner.clone(),
            which: Which::All,
            least: arguments.min,
            as_of: arguments.as_of,
            ..RowsAsked::default()
        };
        mapping::write(out, office.match_rows_file(&actor, &asked).await?)?;
    }
    if place.json {
        let mut document = mapping::document(&view);
        document["seconds"] = seconds.into();
        show::json(&document)?;
    } else {
        show::print(&(text(&view) + &where_the_pairs_are(arguments.out.as_deref())));
    }
    Ok(ExitCode::SUCCESS)
}

fn text(view: &MatrixView) -> String {
    let total = &view.total.count;
    let currency = view.currency.map(|currency| currency.to_string()).unwrap_or_default();
    let cells = (0..3).flat_map(|ours| (0..3).map(move |theirs| (ours, theirs)));
    let rows: Vec<Vec<String>> = cells
        .map(|(ours, theirs)| {
            let cell = &view.cells[ours][theirs];
            let money = &cell.pipeline;
            let pipeline = match (money.open, money.priced) {
                (0, _) => "–".to_owned(),
                (open, priced) => format!("{:.0} ({priced} of {open})", money.units),
            };
            vec![
                Population::ALL[ours].name().to_owned(),
                Population::ALL[theirs].name().to_owned(),
                cell.count.companies.to_string(),
                cell.count.ours.to_string(),
                cell.count.theirs.to_string(),
                pipeline,
                mapping::PLAYS[ours][theirs].name.to_owned(),
            ]
        })
        .collect();
    let pipeline = format!("open {currency} (with amount)");
    let header = [
        "ours",
        "theirs",
        "companies",
        "our records",
        "their records",
        pipeline.trim(),
        "play",
    ];
    let why = view
        .total
        .why_they_differ()
        .map_or_else(String::new, |why| format!(" {why}"));
    format!(
        "As of {}. {} and we have {} companies in common: {} of our {} accounts, {} of their {}.{why}\n\n{}\n\n{} pairs wait \
         for review, with {:.0} {currency} of open pipeline; {} were decided by people.",
        view.as_of,
        view.name,
        total.companies,
        total.ours,
        view.ours.iter().sum::<usize>(),
        total.theirs,
        view.theirs.iter().sum::<usize>(),
        show::columns(&header, &rows, &[2, 3, 4, 5]),
        view.waiting,
        view.at_stake,
        view.decided,
    )
}

async fn export_decisions(place: &Place, partner: Option<&str>, file: &Path) -> Done {
    let (office, actor) = machine::open_as(place).await?;
    let rows = office.match_decisions_file(&actor, partner).await?;
    let decisions = rows.rows();
    mapping::write(file, rows)?;
    if place.json {
        show::json(&serde_json::json!({ "decisions": decisions }))?;
    } else {
        show::print(&format!("{decisions} decisions are in {}.", file.display()));
    }
    Ok(ExitCode::SUCCESS)
}

async fn import_decisions(place: &Place, file: &Path) -> Done {
    let text = read_text(file)?;
    let (office, actor) = machine::open_as(place).await?;
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let taken = office.import_match_decisions(&actor, &name, &text).await?;
    if place.json {
        show::json(&taken)?;
    } else {
        show::print(&format!(
            "{} decisions were taken over; {} held here already.",
            taken.added, taken.unchanged
        ));
    }
    Ok(ExitCode::SUCCESS)
}
