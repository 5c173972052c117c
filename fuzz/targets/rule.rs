//! Segment rules: whatever is read is written so that it is read again as the same.
#![no_main]

use beachhead_facts::Rule;

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Ok(rule) = Rule::parse(text) {
        let written = rule.to_string();
        let again = Rule::parse(&written);
        assert!(again.is_ok_and(|again| again.to_string() == written), "{text} | {written}");
    }
});
