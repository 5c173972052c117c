//! Text files: any delimiter, encoding and line end.
#![no_main]

mod read;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| read::every_way("fuzz.csv", bytes));
