//! `cargo xtask bench`: measures the shipped binary and writes what it found, met or not, into docs/benchmarks.md.
//! Must not measure a development build.

mod build;
mod facts;
mod foresight;
mod mapping;
mod pages;
mod program;
mod psi;
mod table;

use crate::run::{self, Result};
use table::{Figure, Table};

type Measure = fn() -> Result<Vec<Figure>>;

/// Every measurement by its name, in the order in which they run.
const BENCHES: &[(&str, Measure)] = &[
    ("import", program::import),
    ("weigh", program::weigh),
    ("foresight", foresight::foresight),
    ("facts-import", facts::import),
    ("facts-memory", facts::memory),
    ("facts-measures", facts::measures),
    ("facts-page", facts::page),
    ("pages-load", pages::load),
    ("mapping", mapping::mapping),
    ("psi", psi::psi),
    ("page", program::page),
    ("once", program::once),
    ("memory", program::memory),
    ("size", program::size),
    ("build", build::build),
];

const BENCHMARKS: &str = "docs/benchmarks.md";

/// Measures what is named, or all, and rewrites its rows. Returns whether every target was met.
pub fn main(arguments: &[String]) -> Result<bool> {
    let (names, date) = arguments_of(arguments)?;
    let machine = machine()?;
    let path = run::root().join(BENCHMARKS);
    let mut fine = true;
    for (name, measure) in BENCHES
        .iter()
        .filter(|(name, _)| names.is_empty() || names.contains(name))
    {
        println!("\n== {name}");
        let figures = match measure() {
            Ok(figures) => figures,
            Err(trouble) => {
                println!("{name}: not measured: {trouble}");
                fine = false;
                continue;
            }
        };
        for figure in &figures {
            println!("{figure}");
            fine &= figure.met != Some(false);
        }
        // Written after each, so that a long run that is stopped keeps what it has.
        let page = std::fs::read_to_string(&path).map_err(|error| format!("cannot read {BENCHMARKS}: {error}"))?;
        let mut table = Table::read(&page)?;
        table.put(name, &figures, &machine, &date);
        std::fs::write(&path, table.write(&page)?)?;
    }
    Ok(fine)
}

fn arguments_of(arguments: &[String]) -> Result<(Vec<&str>, String)> {
    let (mut names, mut date) = (Vec::new(), None);
    let mut words = arguments.iter().map(String::as_str);
    while let Some(word) = words.next() {
        match word {
            "--date" => date = Some(words.next().ok_or("--date wants a date: --date 2026-03-31")?.to_owned()),
            // The four of the facts at their size.
            "facts" => names.extend(
                BENCHES
                    .iter()
                    .map(|(name, _)| *name)
                    .filter(|name| name.starts_with("facts-")),
            ),
            name if BENCHES.iter().any(|(known, _)| *known == name) => names.push(name),
            other => {
                let known: Vec<&str> = BENCHES.iter().map(|(name, _)| *name).collect();
                return Err(format!("there is no measurement `{other}`; there are {}", known.join(", ")).into());
            }
        }
    }
    let date = match date {
        Some(date) => date,
        None => run::output(run::command("date").arg("+%Y-%m-%d"))?.trim().to_owned(),
    };
    Ok((names, date))
}

/// The machine, in as many words as let another reader judge the figures.
fn machine() -> Result<String> {
    let processor = std::fs::read_to_string("/proc/cpuinfo")?;
    let model = processor
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("unknown processor", |(_, model)| model.trim());
    let memory = std::fs::read_to_string("/proc/meminfo")?;
    let gigabytes = program::kilobytes(&memory, "MemTotal:").map_or(0, |kilobytes| kilobytes / 1024 / 1024);
    let cores = std::thread::available_parallelism()?;
    Ok(format!("{cores} cores, {gigabytes} GiB, {model}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_date_are_taken_in_any_order() {
        let arguments = ["--date", "2026-03-31", "size", "page"].map(str::to_owned);
        assert_eq!(
            arguments_of(&arguments).unwrap(),
            (vec!["size", "page"], "2026-03-31".to_owned())
        );
        assert!(
            arguments_of(&["speed".to_owned()])
                .unwrap_err()
                .to_string()
                .contains("import, weigh")
        );
    }

    #[test]
    fn this_machine_is_described() {
        assert!(machine().unwrap().contains("cores"));
    }
}
