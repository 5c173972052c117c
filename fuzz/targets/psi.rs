//! Files of a private set intersection: whatever comes in, the reader takes it or refuses it, in the memory of a piece; and
//! a point that is taken can be answered.
#![no_main]

use beachhead_mapping::psi::{Reader, STEP, Secret, What, answer};
use zeroize::Zeroizing;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let secret = Secret::new(&Zeroizing::new([7; 64])).expect("not zero");
    for what in [What::Offer, What::Answer] {
        let Ok(mut reader) = Reader::new(bytes, what) else {
            continue;
        };
        let head = reader.head().clone();
        assert!(head.what == what && head.points >= 256);
        if let Ok(points) = reader.points(3) {
            let _ = answer(&points, 0, &secret);
        }
        let _ = reader.points(STEP);
        if reader.finish().is_ok() {
            assert_eq!(head.file_bytes(), bytes.len() as u64);
        }
    }
});
