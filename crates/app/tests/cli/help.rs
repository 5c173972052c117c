//! The help of every sub-command, as plain text files beside. `BEACHHEAD_BLESS=1` writes them anew; read the difference.

use std::path::Path;

use crate::support::Folder;

/// The sub-commands listed in a help text.
fn listed(help: &str) -> Vec<String> {
    let section = help.split("Commands:\n").nth(1).unwrap_or_default();
    let lines = section.lines().take_while(|line| !line.is_empty());
    let words = lines.filter_map(|line| {
        line.split_whitespace()
            .next()
            .filter(|_| line.starts_with("  ") && !line.starts_with("   "))
    });
    words.filter(|word| *word != "help").map(str::to_owned).collect()
}

#[test]
fn every_command_says_how_it_is_used() {
    let folder = Folder::new("help");
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/help");
    let mut waiting = vec![Vec::<String>::new()];
    let mut seen = Vec::new();
    while let Some(command) = waiting.pop() {
        let arguments: Vec<&str> = command.iter().map(String::as_str).chain(["--help"]).collect();
        let help = folder.run(&arguments).done().out;
        waiting.extend(
            listed(&help)
                .into_iter()
                .map(|sub| [command.as_slice(), &[sub]].concat()),
        );
        let name = if command.is_empty() {
            "beachhead.txt".to_owned()
        } else {
            format!("{}.txt", command.join("-"))
        };
        let file = beside.join(&name);
        if std::env::var_os("BEACHHEAD_BLESS").is_some() {
            std::fs::write(&file, &help).expect("a writable folder");
        }
        assert_eq!(std::fs::read_to_string(&file).unwrap_or_default(), help, "{name}");
        seen.push(name);
    }
    let mut kept: Vec<String> = std::fs::read_dir(&beside)
        .expect("the folder is there")
        .map(|entry| {
            entry
                .expect("a readable entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    kept.sort();
    seen.sort();
    assert_eq!(kept, seen, "no help of a command that is gone");
    assert!(seen.len() > 25, "{seen:?}");
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let folder = Folder::new("help-pipe");
    let program = folder.run(&["judge", "--help"]).done().out;
    for arguments in [&["judge", "--help"][..], &["check", "program.toml"]] {
        folder.write("program.toml", &program.repeat(500));
        let said = folder.run_unread(arguments);
        assert!(
            said.code < 2 && !said.err.contains("panicked"),
            "{arguments:?}: {} {}",
            said.code,
            said.err
        );
    }
}

#[test]
fn version_goes_to_standard_output_and_no_command_is_bad_usage() {
    let folder = Folder::new("help-version");
    let version = folder.run(&["--version"]).done().out;
    assert_eq!(version, format!("beachhead {}\n", env!("CARGO_PKG_VERSION")));
    let nothing = folder.run(&[]);
    assert_eq!((nothing.code, nothing.out.as_str()), (2, ""));
    assert!(nothing.err.contains("Usage: beachhead"));
}
