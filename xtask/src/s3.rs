//! An S3-compatible store of our own for the length of a test run. Must not touch any store that is already there.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};

use crate::run::{self, Result};

/// A running server on a free port of the loopback address, with a bucket and a key that it checks. It ends when this is
/// dropped, or when we are killed: its standard input then ends.
pub struct S3 {
    server: Child,
    place: String,
}

impl S3 {
    /// Starts it with the Python libraries of a folder.
    pub fn start(library: &Path) -> Result<Self> {
        let mut server = run::command("python3")
            .arg(run::root().join("xtask/src/s3_server.py"))
            .env("PYTHONPATH", library)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut place = String::new();
        if let Some(out) = server.stdout.take() {
            BufReader::new(out).read_line(&mut place)?;
        }
        let place = place.trim().to_owned();
        let s3 = Self { server, place };
        if s3.place.is_empty() {
            return Err("the S3-compatible store did not start; run xtask/src/s3_server.py to see why".into());
        }
        Ok(s3)
    }

    /// Where tests find it: KEY:SECRET@HOST:PORT/BUCKET.
    pub fn place(&self) -> &str {
        &self.place
    }
}

impl Drop for S3 {
    fn drop(&mut self) {
        drop(self.server.stdin.take());
        if let Err(error) = self.server.wait() {
            eprintln!("the S3-compatible store may still run: {error}");
        }
    }
}
