//! Stories told through the verbs of the office, with a clock that is turned by hand, on SQLite; the main ones on
//! PostgreSQL too when BEACHHEAD_TEST_POSTGRES names a server.
#![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

mod administering;
mod aligning;
mod attributing;
mod backups;
mod board;
mod days;
mod from_nothing;
mod import_jobs;
mod importing;
mod imports;
mod lifting;
mod mapping;
mod missing;
mod partners;
mod program;
mod refusals;
mod reviews;
mod roles;
mod segmenting;
mod signing;
mod signing_in;
mod targets;
mod tracing;
mod whose;
