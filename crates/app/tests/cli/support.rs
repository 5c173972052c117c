//! Runs the built binary and reads what it says. Must not know what any command should answer.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

/// An empty folder that belongs to one test; runs happen in it.
pub struct Folder(PathBuf);

/// What one run said.
pub struct Said {
    /// The exit code.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Folder {
    /// An empty folder; the name is the test's own.
    pub fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("cli-{name}"));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("a writable folder");
        Self(folder)
    }

    /// A folder with the worked example, made by the binary.
    pub fn with_demo(name: &str) -> Self {
        let folder = Self::new(name);
        folder.run(&["demo", "--once", "--folder", "beachhead-data"]).done();
        folder
    }

    /// A path in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Writes a file into it.
    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("a writable folder");
    }

    /// Every file under it with its bytes: what "untouched" means.
    pub fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut found = Vec::new();
        let mut folders = vec![self.0.clone()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).expect("a readable folder") {
                let path = entry.expect("a readable entry").path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let bytes = std::fs::read(&path).expect("a readable file");
                    found.push((path, bytes));
                }
            }
        }
        found.sort();
        found
    }

    /// Runs the binary in the folder.
    pub fn run(&self, arguments: &[&str]) -> Said {
        self.run_with(arguments, "")
    }

    /// Runs the binary in the folder with words on standard input.
    pub fn run_with(&self, arguments: &[&str], input: &str) -> Said {
        let mut child = self.start(arguments);
        // A command that reads nothing may have ended before the words reach it.
        let _ = child.stdin.take().expect("piped").write_all(input.as_bytes());
        Said::of(child)
    }

    /// Runs the binary in the folder while nobody reads its standard output.
    pub fn run_unread(&self, arguments: &[&str]) -> Said {
        let mut child = self.start(arguments);
        drop(child.stdout.take());
        Said::of(child)
    }

    /// Runs the binary in the folder on so many threads for simulations.
    pub fn run_on(&self, threads: &str, arguments: &[&str]) -> Said {
        let mut command = self.command(arguments);
        command.env("RAYON_NUM_THREADS", threads);
        Said::of(command.spawn().expect("the built binary starts"))
    }

    /// Starts the binary in the folder.
    pub fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments).spawn().expect("the built binary starts")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_beachhead"));
        command
            .args(arguments)
            .current_dir(&self.0)
            .env_remove("BEACHHEAD_DATA")
            .env_remove("BEACHHEAD_RECORD")
            .env_remove("BEACHHEAD_FACTS")
            .env_remove("AWS_ACCESS_KEY_ID")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs with `--json` and gives the exit code with the one document on standard output.
    pub fn json(&self, arguments: &[&str]) -> (i32, Value) {
        let said = self.run(&[arguments, &["--json"]].concat());
        let document = serde_json::from_str(&said.out)
            .unwrap_or_else(|error| panic!("{arguments:?}: {error}\nout: {}\nerr: {}", said.out, said.err));
        (said.code, document)
    }

    /// The document of a run that must be done.
    pub fn answer(&self, arguments: &[&str]) -> Value {
        let (code, document) = self.json(arguments);
        assert_eq!(code, 0, "{arguments:?}: {document}");
        document
    }

    /// Checks that a run is refused with this code, in a document and in words on standard error; gives the words.
    pub fn refused(&self, arguments: &[&str], code: i32) -> String {
        let said = self.run(&[arguments, &["--json"]].concat());
        assert_eq!(said.code, code, "{arguments:?}: {}{}", said.out, said.err);
        let document: Value = serde_json::from_str(&said.out).expect("one document");
        let message = document["error"]["message"].as_str().expect("a message");
        assert!(said.err.contains(message), "{} does not say {message}", said.err);
        said.err
    }
}

impl Said {
    /// What a run that was started says to its end.
    pub fn of(child: Child) -> Self {
        let output = child.wait_with_output().expect("it ends");
        Self {
            code: output.status.code().expect("it ends by itself"),
            out: String::from_utf8(output.stdout).expect("UTF-8"),
            err: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }

    /// The same, which must have been done without a word on standard error.
    pub fn done(self) -> Self {
        assert_eq!((self.code, self.err.as_str()), (0, ""), "{}", self.out);
        self
    }
}

/// A file of the shared data sets, or none where they are not on this machine.
pub fn shared(name: &str) -> Option<String> {
    let root = std::env::var_os("BEACHHEAD_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    let path = root.join("data").join(name);
    if !path.exists() {
        eprintln!("skipped: {} is not there; set BEACHHEAD_SHARED", path.display());
        return None;
    }
    Some(path.display().to_string())
}

/// A number of a document.
pub fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is not a number"))
}
