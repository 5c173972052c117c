//! The messages of a Singer tap, parted into streams, each recognised.
#![no_main]

use beachhead_facts::Watch;
use beachhead_facts::read::{ReadOptions, singer};
use jiff::civil::date;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let folder = std::env::temp_dir().join(format!("beachhead-fuzz-{}", std::process::id()));
    if let Ok(tap) = singer::part(&mut &*bytes, "tap", &folder, &Watch::default()) {
        let options = ReadOptions::new(date(2026, 11, 22));
        for stream in &tap.streams {
            let _ = stream.fate(&options);
        }
    }
});
