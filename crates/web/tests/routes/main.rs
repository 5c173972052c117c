//! The router driven in process: who gets which route, what pages show, and where their numbers lead.
#![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

mod aligning;
mod evidence;
mod pages;
mod running;
mod settings;
mod sign_in;
mod site;
mod table;
