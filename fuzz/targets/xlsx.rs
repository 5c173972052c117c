//! Workbooks, in this process: what the process apart would meet.
#![no_main]

mod read;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| read::every_way("fuzz.xlsx", bytes));
