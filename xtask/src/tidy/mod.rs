//! `cargo xtask tidy`: is every thing in its room? Must not change a file.

mod house;
mod lexer;
mod source;

use std::fmt;

use crate::run::{self, Result};

/// Something out of its place: where, what, and how to mend it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    path: String,
    line: Option<usize>,
    what: String,
    mend: String,
}

impl Finding {
    fn new(path: impl Into<String>, what: impl Into<String>, mend: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            line: None,
            what: what.into(),
            mend: mend.into(),
        }
    }

    fn at(self, line: usize) -> Self {
        Self {
            line: Some(line),
            ..self
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = self.line.map(|line| format!(":{line}")).unwrap_or_default();
        write!(
            out,
            "{}{line}: {}
    mend: {}",
            self.path, self.what, self.mend
        )
    }
}

/// Prints what is out of its place. Returns whether nothing is.
pub fn main(arguments: &[String]) -> Result<bool> {
    if !arguments.is_empty() {
        return Err("takes no arguments".into());
    }
    let metadata = run::output(run::cargo().args(["metadata", "--format-version=1", "--all-features"]))?;
    let mut findings = house::check(&house::Tree::read(&metadata)?);
    let files = files()?;
    for (path, text) in &files {
        findings.extend(source::check(path, text));
    }
    findings.sort();
    for finding in &findings {
        println!("{finding}");
    }
    if findings.is_empty() {
        println!("tidy: {} files, everything is in its room", files.len());
    } else {
        println!("tidy: {} to mend", findings.len());
    }
    Ok(findings.is_empty())
}

/// Every text file that is in the repository or about to be, by its path from the root.
fn files() -> Result<Vec<(String, String)>> {
    let listing = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
    let listed = run::output(run::command("git").args(listing))?;
    let mut files = Vec::new();
    for path in listed.split_terminator('\0') {
        match std::fs::read(run::root().join(path)) {
            // What is not UTF-8 is an image or a test's odd file: no rule speaks of it.
            Ok(bytes) => files.extend(String::from_utf8(bytes).ok().map(|text| (path.to_owned(), text))),
            // Removed, and the removal not committed yet; or a link to a folder.
            Err(_) if !run::root().join(path).is_file() => {}
            Err(error) => return Err(format!("cannot read {path}: {error}").into()),
        }
    }
    Ok(files)
}
