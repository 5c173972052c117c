//! Two lists of anything: keys, the gate, the score and the reasons. A pair is of records that are there, once each.
#![no_main]

use beachhead_mapping::explain::{grades_text, reason};
use beachhead_mapping::{Column, List, Options, map};

libfuzzer_sys::fuzz_target!(|text: &str| {
    // A line is a record: name, website, country, city and size between bars; every other line is theirs.
    let list = |side: usize| {
        let rows: Vec<Vec<&str>> = text.lines().take(128).skip(side).step_by(2).map(|line| line.split('|').collect()).collect();
        let column = |at: usize| rows.iter().map(|row| row.get(at).copied().unwrap_or("")).collect::<Column>();
        List {
            id: column(0),
            name: column(0),
            website: column(1),
            country: column(2),
            city: column(3),
            employees: column(4),
            identifier: column(5),
            parent: column(6),
        }
    };
    let (ours, theirs) = (list(0), list(1));
    let options = Options {
        least: 0.0,
        one_to_one: false,
    };
    let mapping = map(&ours, &theirs, &options).expect("columns of one length");
    let places: Vec<(u32, u32)> = mapping.matches.iter().map(|one| (one.ours, one.theirs)).collect();
    assert!(places.is_sorted_by(|one, other| one < other));
    for one in &mapping.matches {
        assert!((one.ours as usize) < ours.len() && (one.theirs as usize) < theirs.len());
        assert!((0.0..=1.0).contains(&one.probability));
        let (a, b) = (ours.row(one.ours as usize), theirs.row(one.theirs as usize));
        let _ = (grades_text(&one.features), reason(&a, &b, &one.features));
    }
});
