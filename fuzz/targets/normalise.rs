//! Names, websites, countries, cities and sizes of companies: any text is made comparable, alone or against itself.
#![no_main]

use beachhead_mapping::normalise::normalise;
use beachhead_mapping::{Column, List};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let cells = || text.lines().take(64).collect::<Column>();
    let list = List {
        id: cells(),
        name: cells(),
        website: cells(),
        country: cells(),
        city: cells(),
        employees: cells(),
        identifier: cells(),
        parent: cells(),
    };
    assert_eq!(normalise(&list).expect("columns of one length").len(), list.len());
});
