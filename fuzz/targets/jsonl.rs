//! JSON lines and arrays of objects.
#![no_main]

mod read;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| read::every_way("fuzz.jsonl", bytes));
