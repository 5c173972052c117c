//! Mapping profiles: whatever is read is written so that it is read again as the same.
#![no_main]

use beachhead_facts::profile::Profile;

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Ok(profile) = Profile::from_toml(text) {
        let written = profile.to_toml();
        assert!(written.is_ok_and(|written| Profile::from_toml(&written).is_ok_and(|again| again == profile)), "{text}");
    }
});
