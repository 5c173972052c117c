//! What a private set intersection costs and finds: `psi 100000` on made-up lists of so many records, half of them shared;
//! `psi FOLDER` on two lists with known truth, as `gen.py` and the labelled sets have them. Both sides run here, in memory.

#[path = "../train/lists.rs"]
mod lists;

use std::collections::HashSet;
use std::error::Error;
use std::time::Instant;

use beachhead_mapping::psi::{Grade, Keys, Opening, Secret, answer, offer, tags};
use beachhead_mapping::{Column, List};
use zeroize::Zeroizing;

fn main() -> Result<(), Box<dyn Error>> {
    let what = std::env::args()
        .nth(1)
        .ok_or("name a number of records, or a folder of lists")?;
    if let Ok(records) = what.parse() {
        intersect(&made(0, records), &made(records / 2, records))?;
        return Ok(());
    }
    let [ours, theirs] = lists::both(&what)?;
    let found = intersect(&ours.list, &theirs.list)?;
    let shared: HashSet<i64> = theirs.truth.iter().map(|truth| truth.entity).collect();
    let families: HashSet<i64> = theirs.truth.iter().map(|truth| truth.family).collect();
    let have = ours.truth.iter().filter(|truth| shared.contains(&truth.entity)).count();
    for (name, grades) in [
        ("A", vec![Grade::A]),
        ("B", vec![Grade::B]),
        ("A and B", vec![Grade::A, Grade::B]),
    ] {
        let graded = found.iter().filter(|one| grades.contains(&one.1));
        let truths: Vec<_> = graded.map(|one| ours.truth[one.0 as usize]).collect();
        let right = truths.iter().filter(|truth| shared.contains(&truth.entity)).count();
        let related = truths.iter().filter(|truth| families.contains(&truth.family)).count();
        println!(
            "grade {name}: {} records; {:.1}% of them are theirs too, {:.1}% are of a family of theirs; found are {:.1}% \
             of the {have} shared",
            truths.len(),
            percent(right, truths.len()),
            percent(related, truths.len()),
            percent(right, have)
        );
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "what is measured is time")]
fn intersect(ours: &List, theirs: &List) -> Result<Vec<(u32, Grade)>, Box<dyn Error>> {
    let secret = |seed: u8| Secret::new(&Zeroizing::new([seed; 64])).ok_or("zero");
    let started = Instant::now();
    let keys = Keys::of(ours)?;
    let offered = offer(&keys, &secret(1)?, &[1; 32], &|_| true)?;
    let offer_seconds = started.elapsed().as_secs_f64();

    let started = Instant::now();
    let their_keys = Keys::of(theirs)?;
    let tags = tags(&their_keys, &secret(2)?, &[2; 32], &|_| true)?;
    let answered = answer(&offered.points, 0, &secret(2)?)?;
    let answer_seconds = started.elapsed().as_secs_f64();

    let started = Instant::now();
    let mut opening = Opening::new(&keys, &offered.places, secret(1)?);
    opening.take(&answered)?;
    opening.compare(&tags);
    let agreements = opening.agreements();
    println!(
        "{} records, {} keys against {} records, {} keys: offer {offer_seconds:.2} s, answer {answer_seconds:.2} s, open \
         {:.2} s, {} agree",
        ours.len(),
        keys.len(),
        theirs.len(),
        their_keys.len(),
        started.elapsed().as_secs_f64(),
        agreements.len()
    );
    Ok(agreements.iter().map(|one| (one.row, one.grade())).collect())
}

/// Records with a domain and a name with its country.
fn made(first: usize, records: usize) -> List {
    let column = |cell: &dyn Fn(usize) -> String| {
        let cells: Vec<String> = (first..first + records).map(cell).collect();
        cells.iter().map(String::as_str).collect::<Column>()
    };
    List {
        id: column(&|at| at.to_string()),
        name: column(&|at| format!("Kasdex Works {at} GmbH")),
        website: column(&|at| format!("https://www.kasdexworks{at}.com")),
        country: column(&|_| "DE".to_owned()),
        ..List::default()
    }
}

fn percent(part: usize, whole: usize) -> f64 {
    100.0 * part as f64 / whole.max(1) as f64
}
