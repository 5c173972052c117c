//! The numbers' own speed, and the static model beside two peers that compute the same. Must not link any room.

use std::path::Path;
use std::process::Command;

use super::table::Figure;
use crate::run::{self, Result};

/// The static model is to make so many draws a second on one thread.
const DRAWS_PER_SECOND: f64 = 14e6;

const STATIC_MODEL: &str = "static model, one thread: six bets of targets x 4 rates x deal value, summed";

/// The foresight's example prints its own times and draws; then each peer is installed into the target folder and asked
/// the same. A peer that cannot be had says so in its row.
pub fn foresight() -> Result<Vec<Figure>> {
    let mut bench = run::cargo();
    bench.args(["run", "--profile", "dist", "--package", "beachhead-foresight"]);
    bench.args(["--example", "foresight_bench"]);
    let command = run::as_typed(&bench);
    let printed = run::output(&mut bench)?;
    let mut figures: Vec<Figure> = printed.lines().filter_map(|line| timed(line, &command)).collect();
    let ours = printed.lines().find_map(Draws::read);
    let Some(ours) = ours.filter(|_| !figures.is_empty()) else {
        return Err(format!("`foresight_bench` printed no times or no draws, but\n{printed}").into());
    };
    figures.push(ours.figure(&command).above("14 M/s", ours.median >= DRAWS_PER_SECOND));
    let folder = crate::test::target_folder()?.join("bench");
    std::fs::create_dir_all(&folder)?;
    for (name, peer) in [
        ("numpy", numpy as fn(&Path) -> Result<Command>),
        ("squiggle-lang", squiggle),
    ] {
        figures.push(beside(name, peer(&folder)));
    }
    Ok(figures)
}

/// A line `NAME: BEST MEDIAN ms`, or `NAME: BEST MEDIAN ms < BUDGET`.
fn timed(line: &str, command: &str) -> Option<Figure> {
    let (what, rest) = line.rsplit_once(": ")?;
    let (times, budget) = rest.split_once(" ms")?;
    let (best, median) = times.split_once(' ')?;
    let figure = Figure::plain(what, command, format!("{median} ms (best {best} ms)"));
    let Some(budget) = budget.strip_prefix(" < ") else {
        return Some(figure);
    };
    let (median, limit): (f64, f64) = (median.parse().ok()?, budget.parse().ok()?);
    Some(figure.below(format!("{budget} ms"), median < limit))
}

/// What an engine made of the static model.
#[derive(Debug, PartialEq)]
struct Draws {
    engine: String,
    best: f64,
    median: f64,
    /// Mean, P(>= 1,500), p10, p50, p90.
    found: [f64; 5],
}

impl Draws {
    /// A line `ENGINE: BEST MEDIAN MEAN P P10 P50 P90`, the first two in draws/s.
    fn read(line: &str) -> Option<Self> {
        let (engine, rest) = line.rsplit_once(": ")?;
        let numbers: Vec<f64> = rest.split(' ').map(|word| word.parse().ok()).collect::<Option<_>>()?;
        let [best, median, found @ ..] = numbers.as_slice() else {
            return None;
        };
        Some(Self {
            engine: engine.to_owned(),
            best: *best,
            median: *median,
            found: found.try_into().ok()?,
        })
    }

    fn figure(&self, command: &str) -> Figure {
        let per_second = |draws: f64| {
            if draws >= 1e6 {
                format!("{:.1} M/s", draws / 1e6)
            } else {
                format!("{:.0} k/s", draws / 1e3)
            }
        };
        let [mean, p, p10, p50, p90] = self.found;
        let speed = format!("{} (best {})", per_second(self.median), per_second(self.best));
        let found = format!("mean {mean:.0}, P(>= 1,500) {p:.3}, p10 {p10:.0}, p50 {p50:.0}, p90 {p90:.0}");
        Figure::plain(
            format!("{STATIC_MODEL}; {}", self.engine),
            command,
            format!("{speed}; {found}"),
        )
    }
}

/// The row of a peer, or why it has none.
fn beside(name: &str, peer: Result<Command>) -> Figure {
    let measured = peer.and_then(|mut peer| {
        let printed = run::output(&mut peer)?;
        let draws = printed.lines().find_map(Draws::read).ok_or("it printed no draws")?;
        let command = run::as_typed(&peer);
        Ok(draws.figure(&command))
    });
    measured.unwrap_or_else(|trouble| {
        let trouble = trouble.to_string();
        let first = trouble.lines().next().unwrap_or_default();
        Figure::plain(
            format!("{STATIC_MODEL}; {name}"),
            name,
            format!("could not be run: {first}"),
        )
    })
}

fn numpy(folder: &Path) -> Result<Command> {
    let python = folder.join("numpy/bin/python3");
    run::output(run::command("python3").args(["-m", "venv"]).arg(folder.join("numpy")))?;
    run::output(run::command(&python).args(["-m", "pip", "install", "--quiet", "numpy==2.4.6"]))?;
    let mut peer = run::command(python);
    peer.arg("xtask/src/bench/peers/static_model.py");
    Ok(peer)
}

fn squiggle(folder: &Path) -> Result<Command> {
    let folder = folder.join("squiggle");
    std::fs::create_dir_all(&folder)?;
    // Node looks for libraries beside the script.
    std::fs::write(folder.join("static_model.mjs"), include_str!("peers/static_model.mjs"))?;
    let mut install = run::command("npm");
    install.args([
        "install",
        "--silent",
        "--no-audit",
        "--no-fund",
        "@quri/squiggle-lang@0.10.0",
    ]);
    run::output(install.current_dir(&folder))?;
    let mut peer = run::command("node");
    peer.arg("static_model.mjs").current_dir(&folder);
    Ok(peer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_and_held_against_their_budget() {
        let figure = timed("judge 20 bets: 4.31 10.20 ms < 10", "run").unwrap();
        assert_eq!(figure.figure, "10.20 ms (best 4.31 ms)");
        assert_eq!((figure.target.as_str(), figure.met), ("< 10 ms", Some(false)));
        assert_eq!(timed("search: 1.00 2.00 ms", "run").unwrap().met, None);
        assert!(timed("beachhead: 2 1 3 4 5 6 7", "run").is_none());
    }

    #[test]
    fn draws_are_read_and_a_peer_that_is_not_there_says_so() {
        let draws = Draws::read("numpy 2.4: 450000.5 430000 2073.4 0.72 1100 1900 3200").unwrap();
        let figure = draws.figure("python3 x");
        assert!(figure.what.ends_with("summed; numpy 2.4"), "{}", figure.what);
        assert_eq!(
            figure.figure,
            "430 k/s (best 450 k/s); mean 2073, P(>= 1,500) 0.720, p10 1100, p50 1900, p90 3200"
        );
        assert!(Draws::read("numpy: 1 2").is_none());
        let absent = beside(
            "numpy",
            run::output(&mut run::command("/no/such/python")).map(|_| run::command("true")),
        );
        assert!(absent.figure.starts_with("could not be run"), "{}", absent.figure);
    }
}
