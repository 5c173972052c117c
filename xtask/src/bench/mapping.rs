//! Mapping beside Splink, on the same lists in the same run: F1, time, memory, and whether a probability is one. The
//! lists are made with seeds that no model was trained on. Must not link any room.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::program::dist;
use super::table::Figure;
use crate::run::{self, Result};

const SPLINK: &str = "splink==5.0.0";
const PYARROW: &str = "pyarrow==26.0.1";
const PEER: &str = "xtask/src/bench/peers/mapping.py";

/// What is asked of one pair of lists.
struct Asked {
    name: &'static str,
    /// Noise, size and seed of a list that is made; a labelled set of the shared data has none.
    made: Option<(&'static str, u32, u32)>,
    f1: f64,
    /// Seconds, whether of the processor or of the clock.
    seconds: Option<(f64, Time)>,
    megabytes: Option<f64>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Time {
    Wall,
    Processor,
}

const ASKED: [Asked; 7] = [
    made(
        "10k x 10k typical",
        ("typical", 10_000, 9002),
        0.95,
        Some((0.1, Time::Wall)),
        None,
    ),
    made(
        "100k x 100k typical",
        ("typical", 100_000, 9001),
        0.95,
        Some((0.5, Time::Wall)),
        None,
    ),
    made("100k x 100k dirty", ("dirty", 100_000, 9003), 0.87, None, None),
    made("100k x 100k clean", ("clean", 100_000, 9004), 0.99, None, None),
    made(
        "1M x 1M typical",
        ("typical", 1_000_000, 9005),
        0.94,
        Some((4.0, Time::Processor)),
        Some(1_200.0),
    ),
    labelled("listings", 0.90),
    labelled("aliases", 0.80),
];

const fn made(
    name: &'static str,
    made: (&'static str, u32, u32),
    f1: f64,
    seconds: Option<(f64, Time)>,
    megabytes: Option<f64>,
) -> Asked {
    Asked {
        name,
        made: Some(made),
        f1,
        seconds,
        megabytes,
    }
}

const fn labelled(name: &'static str, f1: f64) -> Asked {
    Asked {
        name,
        made: None,
        f1,
        seconds: None,
        megabytes: None,
    }
}

/// Every pair of lists, by our program and by Splink.
pub fn mapping() -> Result<Vec<Figure>> {
    let (program, python) = (dist()?, python()?);
    let mut figures = Vec::new();
    for asked in &ASKED {
        let folder = lists(asked, &python)?;
        let ours = told(run::command(&python).arg(PEER).arg("ours").arg(&program).arg(&folder))?;
        let theirs = told(run::command(&python).arg(PEER).arg("splink").arg(&folder))?;
        figures.extend(ours.figures(asked));
        figures.push(Figure::plain(
            format!("{}; Splink 5, normalised columns given", asked.name),
            "peers/mapping.py splink",
            theirs.words(),
        ));
    }
    Ok(figures)
}

fn python() -> Result<PathBuf> {
    let home = crate::test::target_folder()?.join("bench/splink");
    run::output(run::command("python3").args(["-m", "venv"]).arg(&home))?;
    let python = home.join("bin/python3");
    run::output(run::command(&python).args(["-m", "pip", "install", "--quiet", SPLINK, PYARROW]))?;
    Ok(python)
}

/// The folder of two lists, made where they are not there from a run before.
fn lists(asked: &Asked, python: &Path) -> Result<PathBuf> {
    let data = run::shared_data().ok_or("needs the shared data: name its folder by BEACHHEAD_SHARED")?;
    let Some((noise, records, seed)) = asked.made else {
        return Ok(data.join("mapping").join(asked.name));
    };
    let folder = crate::test::target_folder()?.join(format!("bench/lists-{noise}-{records}-{seed}"));
    if !folder.join("b_truth.csv").exists() {
        let mut generator = run::command(python);
        generator.arg(data.join("../tools/lists/gen.py"));
        generator.args([
            "--csv",
            "--noise",
            noise,
            "--n",
            &records.to_string(),
            "--seed",
            &seed.to_string(),
        ]);
        run::output(generator.arg("--out").arg(&folder))?;
    }
    Ok(folder)
}

/// What one engine did with two lists.
#[derive(Debug, PartialEq)]
struct Told {
    f1: f64,
    precision: f64,
    recall: f64,
    seconds: f64,
    processor: f64,
    megabytes: f64,
    /// Of pairs with p from .9 and from .97, how many are true and how many there are; the expected calibration error.
    calibration: Option<[f64; 5]>,
}

/// A share of so many, and where it may lie by the chance of so few: Wilson's range of 95% (Wilson, "Probable inference,
/// the law of succession, and statistical inference", 1927).
struct Share {
    share: f64,
    of: f64,
    least: f64,
    most: f64,
}

impl Share {
    fn new(true_pairs: f64, of: f64) -> Self {
        const Z: f64 = 1.959_964;
        let share = true_pairs / of.max(1.0);
        let (spread, scale) = (Z * Z / of.max(1.0), 1.0 + Z * Z / of.max(1.0));
        let middle = (share + spread / 2.0) / scale;
        let half = (share * (1.0 - share) * spread + spread * spread / 4.0).sqrt() / scale;
        Self {
            share,
            of,
            least: middle - half,
            most: middle + half,
        }
    }

    fn words(&self) -> String {
        let percent = |share: f64| 100.0 * share;
        let (share, least, most) = (percent(self.share), percent(self.least), percent(self.most));
        format!("{share:.1}% ({least:.1} to {most:.1}) of {:.0}", self.of)
    }

    /// Whether it may be within: chance alone does not speak against it.
    fn may_be(&self, within: std::ops::RangeInclusive<f64>) -> bool {
        self.most >= *within.start() && self.least <= *within.end()
    }
}

/// How often either engine is asked: the median of its times counts, and the most of its memory.
const RUNS: usize = 3;

fn told(command: &mut Command) -> Result<Told> {
    let mut runs = Vec::new();
    for _ in 0..RUNS {
        let printed = run::output(command)?;
        let line = printed.lines().rev().find_map(read);
        runs.push(line.ok_or_else(|| format!("no figures in what was printed: {printed}"))?);
    }
    Ok(summed_up(runs))
}

/// One of some runs, with the median of all their times and the most of their memory.
fn summed_up(mut runs: Vec<Told>) -> Told {
    let (seconds, processor) = (median(&runs, |run| run.seconds), median(&runs, |run| run.processor));
    let megabytes = runs.iter().map(|run| run.megabytes).fold(0.0, f64::max);
    Told {
        seconds,
        processor,
        megabytes,
        ..runs.swap_remove(0)
    }
}

fn median(runs: &[Told], of: impl Fn(&Told) -> f64) -> f64 {
    let mut figures: Vec<f64> = runs.iter().map(of).collect();
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

fn read(line: &str) -> Option<Told> {
    let (_, numbers) = line.split_once(": ")?;
    let numbers: Vec<f64> = numbers
        .split(' ')
        .map(|number| number.parse().ok())
        .collect::<Option<_>>()?;
    let [f1, precision, recall, seconds, processor, megabytes, rest @ ..] = numbers.as_slice() else {
        return None;
    };
    Some(Told {
        f1: *f1,
        precision: *precision,
        recall: *recall,
        seconds: *seconds,
        processor: *processor,
        megabytes: *megabytes,
        calibration: rest.try_into().ok(),
    })
}

impl Told {
    fn words(&self) -> String {
        format!(
            "F1 {:.3} (precision {:.3}, recall {:.3}), {:.2} s, {:.2} s of processor, {:.0} MB",
            self.f1, self.precision, self.recall, self.seconds, self.processor, self.megabytes
        )
    }

    fn figures(&self, asked: &Asked) -> Vec<Figure> {
        let what = |of: &str| format!("{}; {of}", asked.name);
        let plain = |of: &str, figure: String| Figure::plain(what(of), "beachhead map", figure);
        let mut figures =
            vec![plain("F1 at the best threshold", self.words()).above(format!("{}", asked.f1), self.f1 >= asked.f1)];
        if let Some((most, time)) = asked.seconds {
            let (took, of) = match time {
                Time::Wall => (self.seconds, "time, reading and writing included"),
                Time::Processor => (self.processor, "time of the processor, reading and writing included"),
            };
            figures.push(plain(of, format!("{took:.2} s")).below(format!("{most} s"), took < most));
        }
        if let Some(most) = asked.megabytes {
            let figure = plain("most memory", format!("{:.0} MB", self.megabytes));
            figures.push(figure.below(format!("{most} MB"), self.megabytes <= most));
        }
        if let Some([likely, likely_of, sure, sure_of, error]) = self.calibration {
            let (likely, sure) = (Share::new(likely, likely_of), Share::new(sure, sure_of));
            let words = format!(
                "true of p in [.9, .97): {}, of p >= .97: {}, error {error:.4}",
                likely.words(),
                sure.words()
            );
            // The aliases hold units of a country for the same company, which the models hold for related.
            let figure = plain("calibration", words);
            let met = likely.may_be(0.9..=0.97) && sure.may_be(0.99..=1.0) && error < 0.02;
            figures.push(if asked.made.is_some() {
                figure.below("0.02, and within 90 to 97% and 99%", met)
            } else {
                figure
            });
        }
        figures
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_is_read() {
        let ours = read("beachhead: 0.9660 0.9657 0.9663 0.41 0.80 210 2540 2700 27060 27150 0.0049").unwrap();
        let calibration = Some([2540.0, 2700.0, 27060.0, 27150.0, 0.0049]);
        assert_eq!((ours.f1, ours.calibration), (0.966, calibration));
        let theirs = read("splink: 0.8383 0.8082 0.8706 43.40 2.28 176").unwrap();
        assert_eq!(theirs.calibration, None);
        assert!(read("Your model is fully trained").is_none());
        let figures = ours.figures(&ASKED[1]);
        assert_eq!(
            figures.iter().map(|figure| figure.met).collect::<Vec<_>>(),
            [Some(true); 3]
        );
    }

    #[test]
    fn of_three_runs_the_median_time_counts_and_the_most_memory() {
        let run = |times: &str| read(&format!("ours: 0.9 0.9 0.9 {times}")).unwrap();
        let told = summed_up(vec![run("0.7 1.1 30"), run("0.4 1.3 20"), run("0.5 1.0 40")]);
        assert_eq!((told.seconds, told.processor, told.megabytes), (0.5, 1.1, 40.0));
    }

    #[test]
    fn a_share_of_few_may_be_what_is_asked_and_one_of_many_is_not() {
        let few = Share::new(296.0, 303.0);
        assert_eq!(few.words(), "97.7% (95.3 to 98.9) of 303");
        assert!(few.may_be(0.9..=0.97));
        assert!(!Share::new(29_600.0, 30_300.0).may_be(0.9..=0.97));
    }
}
