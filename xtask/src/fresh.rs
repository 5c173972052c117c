//! `cargo xtask fresh`: what a newcomer and continuous integration see. Must not use anything built here before.

use std::process::Command;

use crate::run::{self, Result, TemporaryFolder};

/// Clones the last commit, and runs `.ci/run` there with an empty target folder. Returns whether it went well.
pub fn main(arguments: &[String]) -> Result<bool> {
    if !arguments.is_empty() {
        return Err("takes no arguments".into());
    }
    if !run::output(run::command("git").args(["status", "--porcelain"]))?.is_empty() {
        println!("some changes are not committed; the clone will not have them");
    }
    let folder = TemporaryFolder::new("fresh")?;
    let clone = folder.path().join("clone");
    run::succeed(run::command("git").args(["clone", "--quiet", "."]).arg(&clone))?;
    let mut ci = strange_land(run::command(clone.join(".ci/run")));
    ci.current_dir(&clone)
        .env("CI", "true")
        .env("CARGO_TARGET_DIR", folder.path().join("target"));
    if let Some(data) = run::shared_data() {
        ci.env("BEACHHEAD_SHARED", data);
    }
    Ok(ci.status()?.success())
}

/// Takes from a command what the cargo that runs us has put into the environment: another checkout's own.
pub fn strange_land(mut command: Command) -> Command {
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") || name.starts_with("CARGO_BIN_") {
            command.env_remove(&*name);
        }
    }
    command.env_remove("CARGO");
    command
}
