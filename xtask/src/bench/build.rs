//! What it costs to build from nothing, and again after a change to a page. Must not use anything built before.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use super::program::{seconds, time};
use super::table::Figure;
use crate::fresh::strange_land;
use crate::run::{self, Result, TemporaryFolder};

/// How many of the dearest crates are named.
const NAMED: usize = 8;

/// Clones the last commit, builds the development binary into an empty folder, and again with one line more in a page.
/// The downloads are cargo's cache, as on any machine that has built it once.
pub fn build() -> Result<Vec<Figure>> {
    let folder = TemporaryFolder::new("bench-build")?;
    let clone = folder.path().join("clone");
    run::succeed(run::command("git").args(["clone", "--quiet", "."]).arg(&clone))?;
    let cargo = |arguments: &[&str]| -> Command {
        let mut cargo = strange_land(run::command("cargo"));
        cargo
            .args(arguments)
            .current_dir(&clone)
            .env("CARGO_TARGET_DIR", folder.path().join("target"));
        cargo
    };
    run::succeed(&mut cargo(&["fetch", "--quiet"]))?;

    let before = processor_time_of_children()?;
    let wall = time(|| run::succeed(&mut cargo(&["build", "--timings"])))?;
    let processor = processor_time_of_children()?.saturating_sub(before);
    let report = std::fs::read_to_string(folder.path().join("target/cargo-timings/cargo-timing.html"))?;
    let shares = shares(&units(&report)?);
    let named: Vec<String> = shares
        .iter()
        .take(NAMED)
        .map(|(name, share)| format!("{name} {:.0} %", share * 100.0))
        .collect();

    let page = page_of(&clone)?;
    let text = std::fs::read_to_string(&page).map_err(|error| format!("cannot read {}: {error}", page.display()))?;
    std::fs::write(&page, format!("{text}\nconst _: () = ();\n"))?;
    let again = time(|| run::succeed(&mut cargo(&["build"])))?;

    let what = format!("from a fresh clone, {} crates", shares.len());
    let command = "cargo build --timings";
    let page = page.strip_prefix(&clone)?.display().to_string();
    Ok(vec![
        Figure::plain(
            what,
            command,
            format!("{} ({} of processor)", seconds(wall), seconds(processor)),
        ),
        Figure::plain("the dearest crates of that build", command, named.join(", ")),
        Figure::plain(format!("after one more line in {page}"), "cargo build", seconds(again)),
    ])
}

/// A page of the web room, or the room itself while it has none.
fn page_of(clone: &Path) -> Result<PathBuf> {
    let source = clone.join("crates/web/src");
    let Ok(pages) = std::fs::read_dir(source.join("pages")) else {
        return Ok(source.join("lib.rs"));
    };
    let mut files = Vec::new();
    for entry in pages {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files
        .into_iter()
        .find(|path| !path.ends_with("mod.rs"))
        .unwrap_or_else(|| source.join("lib.rs")))
}

/// User and system time of the children that we have waited for, and of theirs (proc(5), fields 16 and 17, in ticks of
/// 1/100 s, which Linux fixes for user space).
fn processor_time_of_children() -> Result<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    Ok(children_time(&stat).ok_or("cannot read /proc/self/stat")?)
}

fn children_time(stat: &str) -> Option<Duration> {
    // The name in field 2 may hold anything, but nothing after its closing parenthesis does; field 3 comes next.
    let (_, rest) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let ticks: u64 = fields.get(13)?.parse::<u64>().ok()? + fields.get(14)?.parse::<u64>().ok()?;
    Some(Duration::from_millis(ticks * 10))
}

/// The crates built and the seconds of each, from cargo's report, which holds them as JSON.
fn units(report: &str) -> Result<Vec<(String, f64)>> {
    let changed = "cargo's report of timings is not as it was: look at `units` in xtask/src/bench/build.rs";
    let (_, data) = report.split_once("const UNIT_DATA = ").ok_or(changed)?;
    let (data, _) = data.split_once("];").ok_or(changed)?;
    let units: Vec<Value> = serde_json::from_str(&format!("{data}]"))?;
    let unit = |unit: &Value| Some((unit["name"].as_str()?.to_owned(), unit["duration"].as_f64()?));
    Ok(units.iter().map(unit).collect::<Option<_>>().ok_or(changed)?)
}

/// Each crate's share of all the seconds, the dearest first.
fn shares(units: &[(String, f64)]) -> Vec<(String, f64)> {
    let mut sums: BTreeMap<&str, f64> = BTreeMap::new();
    for (name, seconds) in units {
        *sums.entry(name).or_default() += seconds;
    }
    let total: f64 = sums.values().sum();
    let mut shares: Vec<(String, f64)> = sums
        .into_iter()
        .map(|(name, sum)| (name.to_owned(), sum / total))
        .collect();
    shares.sort_by(|a, b| b.1.total_cmp(&a.1));
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargos_report_gives_each_crates_share() {
        let report = r#"<script>
const UNIT_DATA = [
  {"i": 0, "name": "small", "duration": 1.0, "features": [], "sections": [["frontend", {"start": 0.0}]]},
  {"i": 1, "name": "large", "duration": 2.0, "features": ["a"]},
  {"i": 2, "name": "large", "duration": 1.0, "features": []}
];
const CONCURRENCY_DATA = [];"#;
        let shares = shares(&units(report).unwrap());
        assert_eq!(shares, [("large".to_owned(), 0.75), ("small".to_owned(), 0.25)]);
        assert!(units("nothing").unwrap_err().to_string().contains("not as it was"));
    }

    #[test]
    fn the_processor_time_of_children_grows_with_their_work() {
        let stat = "12 (a) b) S 1 2 3 4 5 6 7 8 9 10 11 12 150 50 20";
        assert_eq!(children_time(stat), Some(Duration::from_secs(2)));
        let before = processor_time_of_children().unwrap();
        run::succeed(run::command("sh").args(["-c", "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done"])).unwrap();
        assert!(processor_time_of_children().unwrap() > before);
    }
}
