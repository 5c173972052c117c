//! The office: one method for each verb of the product (`import`, `weigh`, `choose`, `judge`, `sign`, `review`…), and the
//! only place where the rooms meet. Every verb takes the [`Actor`] who asks and checks here what that person may do.
//!
//! Its faces (pages, command line, JSON) come to it and to nothing below it. Must not show axum, maud, clap, sqlx or
//! arrow types in a signature, nor read a clock or draw a random number: both are handed in by [`Surroundings`].

pub mod actor;
pub mod attributing;
pub mod backup;
pub mod borrowing;
pub mod cohorting;
mod companions;
pub mod deciding;
mod figures;
pub mod foreseeing;
mod gym;
pub mod import_jobs;
pub mod importing;
pub mod imports;
pub mod judging;
pub mod lifting;
mod links;
mod looking_back;
mod memo;
pub mod missing;
pub mod outlook;
pub mod people;
mod plan;
pub mod profiles;
pub mod refusal;
pub mod reporting;
pub mod reviewing;
pub mod segmenting;
mod signing;
pub mod singer;
pub mod sources;
pub mod standing;
pub mod starting;
pub mod surroundings;
pub mod tracing;
pub mod uploading;
pub mod weighing;
pub mod what_if;
pub mod written;

use std::future::Future;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize};

use beachhead_facts::Kept;
