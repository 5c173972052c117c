//! One file a sub-command: its arguments, and how its answer is shown.

pub mod attribute;
pub mod audit;
pub mod backup;
pub mod bet;
pub mod check;
pub mod cohorts;
pub mod demo;
pub mod export;
pub mod facts;
pub mod gym;
pub mod import;
pub mod init;
pub mod judge;
pub mod lift;
pub mod map;
pub mod miss;
pub mod psi;
pub mod report;
pub mod restore;
pub mod review;
pub mod sequence;
pub mod serve;
pub mod sheet;
pub mod simulate;
pub mod singer;
pub mod strategy;
pub mod user;
pub mod weigh;

use std::path::Path;

use beachhead_office::Refusal;

/// Reads a text file that somebody named.
pub fn read_text(path: &Path) -> Result<String, Refusal> {
    let bytes = std::fs::read(path).map_err(|error| {
        Refusal::bad_input(
            format!("{} could not be read: {error}", path.display()),
            "Check the name and the folder.",
        )
    })?;
    String::from_utf8(bytes).map_err(|_| {
        Refusal::bad_input(
            format!("{} is not text in UTF-8", path.display()),
            "Save it as UTF-8 text and try again.",
        )
    })
}

/// Writes a text file that somebody named.
pub fn write_text(path: &Path, text: &str) -> Result<(), Refusal> {
    std::fs::write(path, text).map_err(|error| {
        Refusal::bad_input(
            format!("{} could not be written: {error}", path.display()),
            "Check the folder and its rights.",
        )
    })
}

/// Reads a data file in TOML into a struct.
pub fn read_toml<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, Refusal> {
    beachhead_office::from_toml(&read_text(path)?)
        .map_err(|error| Refusal::bad_input(format!("{}: {}", path.display(), error.message), error.hint))
}
