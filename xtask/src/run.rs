//! Running other programs, and where things lie. Must not know what is run or why.

use std::error::Error;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A result whose error is a sentence for the developer.
pub type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The root of the checkout that holds this workshop.
pub fn root() -> &'static Path {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest)
}

/// The data beside the checkout that tests may read: `BEACHHEAD_SHARED`, else `../shared/data`, if it is there.
pub fn shared_data() -> Option<PathBuf> {
    let given = std::env::var_os("BEACHHEAD_SHARED").map(PathBuf::from);
    given
        .or_else(|| Some(root().parent()?.join("shared/data")))
        .filter(|folder| folder.is_dir())
}

/// The cargo that started us, run at the root.
pub fn cargo() -> Command {
    command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// A program run at the root with nothing on standard input.
pub fn command(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root()).stdin(Stdio::null());
    command
}

/// As one would type it.
pub fn as_typed(command: &Command) -> String {
    let program = Path::new(command.get_program())
        .file_name()
        .unwrap_or(command.get_program());
    let words = std::iter::once(program).chain(command.get_args());
    words
        .map(|word| word.to_string_lossy().into_owned())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Runs it with its output passed through; an exit other than 0 is an error.
pub fn succeed(command: &mut Command) -> Result<()> {
    let status = command
        .status()
        .map_err(|error| format!("cannot run `{}`: {error}", as_typed(command)))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("`{}` ended with {status}", as_typed(command)).into())
    }
}

/// Runs it and returns what it wrote to standard output; an exit other than 0 is an error that quotes the rest.
pub fn output(command: &mut Command) -> Result<String> {
    let output = command
        .output()
        .map_err(|error| format!("cannot run `{}`: {error}", as_typed(command)))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!(
        "`{}` ended with {}\n{}",
        as_typed(command),
        output.status,
        said.trim_end()
    )
    .into())
}

/// Runs it, shows each line as it comes, and hands each to `line` without its colours. Returns whether it exited with 0.
pub fn watch(command: &mut Command, mut line: impl FnMut(&str)) -> Result<bool> {
    let (reader, writer) = std::io::pipe()?;
    command.stdout(writer.try_clone()?).stderr(writer);
    let mut child = command
        .spawn()
        .map_err(|error| format!("cannot run `{}`: {error}", as_typed(command)))?;
    // The command keeps its ends of the pipe open; the reader would wait for them for ever.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut reader = BufReader::new(reader);
    let mut bytes = Vec::new();
    while reader.read_until(b'\n', &mut bytes)? > 0 {
        std::io::stdout().write_all(&bytes)?;
        line(&without_colours(&String::from_utf8_lossy(&bytes)));
        bytes.clear();
    }
    Ok(child.wait()?.success())
}

fn without_colours(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character == '\u{1b}' {
            characters.by_ref().find(char::is_ascii_alphabetic);
        } else {
            plain.push(character);
        }
    }
    plain
}

/// A folder of our own under the system's temporary folder, removed when dropped.
pub struct TemporaryFolder(PathBuf);

impl TemporaryFolder {
    /// Makes it. The name is for whoever finds it after a crash.
    pub fn new(name: &str) -> Result<Self> {
        let unique = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)?
            .as_nanos();
        let path = std::env::temp_dir().join(format!("beachhead-{name}-{}-{unique}", std::process::id()));
        std::fs::create_dir(&path).map_err(|error| format!("cannot make {}: {error}", path.display()))?;
        Ok(Self(path))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            eprintln!("cannot remove {}: {error}", self.0.display());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn watching_sees_both_streams_without_colours_and_the_exit() {
        let mut seen = Vec::new();
        let mut script = command("sh");
        script.args(["-c", "printf '\\033[32mgood\\033[0m\\n'; echo bad >&2; exit 3"]);
        let fine = watch(&mut script, |line| seen.push(line.trim_end().to_owned())).unwrap();
        assert!(!fine);
        assert_eq!(seen, ["good", "bad"]);
    }

    #[test]
    fn a_failing_command_is_quoted_with_what_it_said() {
        let trouble = output(command("sh").args(["-c", "echo no such luck >&2; exit 1"]))
            .unwrap_err()
            .to_string();
        assert!(
            trouble.contains("no such luck") && trouble.contains("sh -c"),
            "{trouble}"
        );
    }

    #[test]
    fn a_temporary_folder_goes_with_its_owner() {
        let folder = TemporaryFolder::new("test").unwrap();
        let path = folder.path().to_owned();
        std::fs::write(path.join("file"), "x").unwrap();
        drop(folder);
        assert!(!path.exists());
    }
}
