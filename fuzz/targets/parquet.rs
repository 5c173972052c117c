//! Parquet files: footers, pages, values.
#![no_main]

mod read;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| read::every_way("fuzz.parquet", bytes));
