//! Private set intersection, both sides in turn on this machine. Must not link any room.

use super::table::Figure;
use crate::run::{self, Result};

/// The records of either list.
const RECORDS: [u32; 2] = [10_000, 100_000];
/// Seconds of the processor that a side may take for a million accounts with one key each (design): a side is an offer and
/// an opening, or an answer.
const SIDE_SECONDS: f64 = 80.0;

/// Lists of two keys a record, half of them shared.
pub fn psi() -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for records in RECORDS {
        let mut example = run::cargo();
        example.args(["run", "--quiet", "--profile", "dist", "--package", "beachhead-mapping"]);
        example.args(["--example", "psi", "--", &records.to_string()]);
        // On one thread, so that seconds are those of the processor.
        let printed = run::output(example.env("RAYON_NUM_THREADS", "1"))?;
        let [offer, answer, open] =
            steps(&printed).ok_or_else(|| format!("no figures in what was printed: {printed}"))?;
        let most = SIDE_SECONDS * 2.0 * f64::from(records) / 1e6;
        for (side, seconds) in [("offering", offer + open), ("answering", answer)] {
            let what = format!("{records} records of two keys, the {side} side, time of the processor");
            let command = format!("cargo run --profile dist --package beachhead-mapping --example psi -- {records}");
            let figure = Figure::plain(what, command, format!("{seconds:.2} s"));
            figures.push(figure.below(format!("{most:.1} s"), seconds <= most));
        }
    }
    Ok(figures)
}

/// The seconds of offer, answer and opening.
fn steps(printed: &str) -> Option<[f64; 3]> {
    let seconds = |step: &str| {
        let (_, rest) = printed.split_once(step)?;
        rest.split_whitespace().next()?.parse().ok()
    };
    Some([seconds(": offer ")?, seconds(", answer ")?, seconds(", open ")?])
}

#[cfg(test)]
mod tests {
    use super::steps;

    #[test]
    fn what_is_printed_is_read() {
        let line =
            "100 records, 200 keys against 100 records, 200 keys: offer 0.12 s, answer 0.34 s, open 0.56 s, 50 agree\n";
        assert_eq!(steps(line), Some([0.12, 0.34, 0.56]));
        assert_eq!(steps("Finished"), None);
    }
}
