//! `cargo xtask test`: everything that must hold, on real parts, in one run. Must not know what any one test does.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::needs;
use crate::postgres::Postgres;
use crate::run::{self, Result};
use crate::s3::S3;
use crate::tidy;

/// The parts of a run that can be asked for by name.
const PARTS: &[&str] = &["lint", "tidy", "unit", "ledger", "browser"];

/// The package whose tests run on both databases.
const LEDGER: &str = "beachhead-ledger";

/// Runs the parts named, or all. Returns whether all went well.
pub fn main(arguments: &[String]) -> Result<bool> {
    let refuse = arguments.iter().any(|word| word == "--no-install");
    let named: Vec<&str> = arguments
        .iter()
        .map(String::as_str)
        .filter(|word| *word != "--no-install")
        .collect();
    if let Some(unknown) = named.iter().find(|word| !PARTS.contains(word)) {
        return Err(format!("there is no part `{unknown}`; the parts are {}", PARTS.join(", ")).into());
    }
    let wanted = |part| named.is_empty() || named.contains(&part);
    let mut run = Run::default();

    if wanted("ledger") {
        run.step("install for the database", || {
            needs::packages(needs::DATABASE, refuse).map(|()| Tally::default())
        });
    }
    if wanted("browser") {
        run.step("install for the browser", || {
            needs::packages(needs::BROWSER, refuse)?;
            needs::browser_libraries(refuse).map(|()| Tally::default())
        });
    }
    if wanted("unit") {
        run.step("install for the tests", || {
            let _skipped_without = needs::singer_tap(&target_folder()?, refuse);
            needs::s3_store(&target_folder()?, refuse).map(|_| Tally::default())
        });
    }
    if wanted("tidy") {
        run.step("tidy", || checked(tidy::main(&[])?, "the findings are above"));
    }
    if wanted("lint") {
        run.step("format", || succeeds(run::cargo().args(["fmt", "--all", "--check"])));
        let lints = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
        run.step("lints", || succeeds(run::cargo().args(lints)));
    }
    if wanted("unit") || wanted("ledger") {
        rust_tests(&mut run, wanted("unit"), wanted("ledger"));
    }
    if wanted("browser") {
        // After the other tests, with their features, so that no library is built a second time without them.
        let build: &[&str] = match wanted("unit") {
            true => &["build", "--workspace", "--tests", "--bins"],
            false => &["build", "--package", "beachhead"],
        };
        run.step("browser tests", || browser_tests(build));
    }
    Ok(run.close())
}

/// With `ledger`, PostgreSQL runs beside the tests and every one of them may use it.
fn rust_tests(run: &mut Run, unit: bool, ledger: bool) {
    let mut postgres = None;
    if ledger {
        run.step("start PostgreSQL", || {
            let started = Postgres::start()?;
            println!("{}", started.url());
            postgres = Some(started);
            Ok(Tally::default())
        });
    }
    let mut s3 = None;
    if unit {
        run.step("start the S3-compatible store", || {
            s3 = Some(S3::start(&target_folder()?.join("s3-store"))?);
            Ok(Tally::default())
        });
    }
    let parts = Parts {
        postgres: postgres.as_ref().map(Postgres::url),
        s3: s3.as_ref().map(|s3| s3.place().to_owned()),
    };
    let which: &[&str] = match (unit, ledger) {
        (true, true) => &["--workspace"],
        (true, false) => &["--workspace", "--exclude", LEDGER],
        _ => &["--package", LEDGER],
    };
    let mut tests = run::cargo();
    if needs::on_path("cargo-nextest").is_some() {
        tests.args(["nextest", "run", "--no-fail-fast"]);
    } else {
        tests.args(["test", "--no-fail-fast", "--all-targets"]);
    }
    run.step("tests", || counted(with_parts(tests.args(which), &parts)));
    if unit {
        let mut examples = run::cargo();
        examples.args(["test", "--doc", "--no-fail-fast"]).args(which);
        run.step("examples in the documentation", || {
            counted(with_parts(&mut examples, &parts))
        });
    }
}

/// The servers that run beside the tests.
#[derive(Default)]
struct Parts {
    postgres: Option<String>,
    s3: Option<String>,
}

/// Hands the real parts that a test may use to it, by the environment.
fn with_parts<'a>(tests: &'a mut Command, parts: &Parts) -> &'a mut Command {
    if let Some(url) = &parts.postgres {
        tests.env("BEACHHEAD_TEST_POSTGRES", url);
    }
    if let Some(place) = &parts.s3 {
        tests.env("BEACHHEAD_TEST_S3", place);
    }
    if let Some(folder) = run::shared_data() {
        tests.env("BEACHHEAD_SHARED", folder);
    }
    if let Ok(target) = target_folder() {
        let library = target.join("singer-tap");
        let tap = library.join("bin/tap-csv-folder");
        if tap.is_file() {
            tests
                .env("BEACHHEAD_TEST_TAP", tap)
                .env("BEACHHEAD_TEST_TAP_LIBRARY", library);
        }
    }
    tests
}

fn browser_tests(build: &[&str]) -> Result<Tally> {
    run::succeed(run::cargo().args(build))?;
    let mut node = run::command("node");
    node.args(["--test", "--test-reporter=spec"])
        .args(browser_test_files()?);
    node.env("BEACHHEAD_BIN", target_folder()?.join("debug/beachhead"));
    counted(with_parts(&mut node, &Parts::default()))
}

fn browser_test_files() -> Result<Vec<PathBuf>> {
    let folder = run::root().join("tests/browser");
    let mut files = Vec::new();
    for entry in std::fs::read_dir(&folder).map_err(|error| format!("cannot read {}: {error}", folder.display()))? {
        let path = entry?.path();
        if path.to_string_lossy().ends_with(".test.mjs") {
            files.push(path.strip_prefix(run::root())?.to_owned());
        }
    }
    files.sort();
    Ok(files)
}

/// Where cargo puts what it builds.
pub fn target_folder() -> Result<PathBuf> {
    let metadata = run::output(run::cargo().args(["metadata", "--format-version=1", "--no-deps"]))?;
    let metadata: serde_json::Value = serde_json::from_str(&metadata)?;
    let folder = metadata["target_directory"]
        .as_str()
        .ok_or("cargo metadata names no target_directory")?;
    Ok(PathBuf::from(folder))
}

fn succeeds(command: &mut Command) -> Result<Tally> {
    run::succeed(command).map(|()| Tally::default())
}

fn checked(fine: bool, otherwise: &str) -> Result<Tally> {
    if fine {
        Ok(Tally::default())
    } else {
        Err(otherwise.into())
    }
}

/// Runs a test runner and counts by its own summary. A runner that fails without a failed test (it did not compile,
/// say) is an error.
fn counted(command: &mut Command) -> Result<Tally> {
    let typed = run::as_typed(command);
    println!("{typed}");
    let mut tally = Tally::default();
    let fine = run::watch(command, |line| tally.read(line))?;
    if !fine && tally.failed == 0 {
        return Err(format!("`{typed}` failed before or after its tests").into());
    }
    Ok(tally)
}

/// How many tests ended how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Tally {
    passed: usize,
    failed: usize,
}

impl Tally {
    /// Adds what one line of a runner's summary says: nextest's, cargo test's or node's. Other lines say nothing.
    fn read(&mut self, line: &str) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["Summary", ..] | ["test", "result:", ..] => {
                self.passed += number_before(&words, "passed");
                self.failed += number_before(&words, "failed") + number_before(&words, "timed");
            }
            ["ℹ" | "#", "pass", count] => self.passed += count.parse().unwrap_or(0),
            ["ℹ" | "#", "fail" | "cancelled", count] => self.failed += count.parse().unwrap_or(0),
            _ => {}
        }
    }
}

fn number_before(words: &[&str], word: &str) -> usize {
    let plain = |text: &str| text.trim_matches([',', ';', '.', '(', ')']).to_owned();
    let pairs = words.iter().zip(words.iter().skip(1));
    pairs
        .filter(|(_, next)| plain(next) == word)
        .filter_map(|(count, _)| plain(count).parse::<usize>().ok())
        .sum()
}

/// The steps taken so far.
#[derive(Default)]
struct Run {
    steps: Vec<Step>,
}

struct Step {
    name: &'static str,
    took: Duration,
    tally: Tally,
    trouble: Option<String>,
}

impl Run {
    /// Takes a step. A failing one is kept, and the run goes on: one run should show all there is to mend.
    fn step(&mut self, name: &'static str, action: impl FnOnce() -> Result<Tally>) {
        println!("\n== {name}");
        let started = Instant::now();
        let (tally, trouble) = match action() {
            Ok(tally @ Tally { failed: 0, .. }) => (tally, None),
            Ok(tally) => (tally, Some(format!("{} failed", tally.failed))),
            // Counted, so that the last line never claims that nothing failed.
            Err(error) => (Tally { passed: 0, failed: 1 }, Some(error.to_string())),
        };
        if let Some(trouble) = &trouble {
            println!("{name}: {trouble}");
        }
        self.steps.push(Step {
            name,
            took: started.elapsed(),
            tally,
            trouble,
        });
    }

    /// Prints the closing table, what failed, and the sum. Returns whether nothing failed.
    fn close(&self) -> bool {
        println!("\n{}", self.summary());
        self.steps.iter().all(|step| step.trouble.is_none())
    }

    fn summary(&self) -> String {
        let mut lines = Vec::new();
        for Step {
            name,
            took,
            tally,
            trouble,
        } in &self.steps
        {
            let verdict = if trouble.is_none() { "ok" } else { "FAILED" };
            let passed = if tally.passed > 0 {
                format!("{} passed", tally.passed)
            } else {
                String::new()
            };
            let line = format!("{name:<32} {:>8.1} s  {verdict:<6}  {passed}", took.as_secs_f64());
            lines.push(line.trim_end().to_owned());
        }
        let troubles = self
            .steps
            .iter()
            .filter_map(|step| Some((step.name, step.trouble.as_ref()?)));
        lines.extend(
            troubles.map(|(name, trouble)| format!("failed: {name}: {}", trouble.lines().next().unwrap_or(""))),
        );
        let sum = |count: fn(&Tally) -> usize| self.steps.iter().map(|step| count(&step.tally)).sum::<usize>();
        lines.push(format!(
            "{} passed, {} failed",
            sum(|tally| tally.passed),
            sum(|tally| tally.failed)
        ));
        lines.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &str) -> Tally {
        let mut tally = Tally::default();
        lines.lines().for_each(|line| tally.read(line));
        tally
    }

    #[test]
    fn the_summaries_of_the_three_runners_are_read() {
        let nextest = "     Summary [   0.041s] 12 tests run: 9 passed (1 slow), 2 failed, 1 timed out, 3 skipped";
        assert_eq!(read(nextest), Tally { passed: 9, failed: 3 });
        let cargo = "test result: FAILED. 5 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out\n\
                     test result: ok. 2 passed; 0 failed; 0 ignored";
        assert_eq!(read(cargo), Tally { passed: 7, failed: 1 });
        assert_eq!(
            read("ℹ tests 5\nℹ pass 4\nℹ fail 1\nℹ cancelled 0"),
            Tally { passed: 4, failed: 1 }
        );
        assert_eq!(
            read("# tests 5\n# pass 4\n# fail 0\n# cancelled 1"),
            Tally { passed: 4, failed: 1 }
        );
    }

    #[test]
    fn a_line_that_only_speaks_of_passing_counts_for_nothing() {
        assert_eq!(
            read("test ledger::passed ... ok\n3 passed\nwarning: 2 failed"),
            Tally::default()
        );
    }

    #[test]
    fn a_run_goes_on_after_a_failure_and_ends_by_naming_it() {
        let mut run = Run::default();
        run.step("first", || Err("it broke\nin detail".into()));
        run.step("second", || Ok(Tally { passed: 3, failed: 0 }));
        run.step("third", || Ok(Tally { passed: 4, failed: 2 }));
        assert!(!run.close());
        let summary = run.summary();
        assert!(
            summary.ends_with("failed: first: it broke\nfailed: third: 2 failed\n7 passed, 3 failed"),
            "{summary}"
        );
    }

    #[test]
    fn an_unknown_part_is_refused_with_those_there_are() {
        let trouble = main(&["bowser".to_owned()]).unwrap_err().to_string();
        assert!(trouble.contains("bowser") && trouble.contains("browser"), "{trouble}");
    }
}
