//! `check`: every example of the strategy room through the binary, with the findings that stand beside it.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::Folder;

/// What the text alone cannot tell: the binary computes it, the findings beside the examples leave it out.
const COMPUTED: [&str; 3] = ["S11", "S12", "S13"];

fn examples(kind: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../strategy/tests/examples")
        .join(kind);
    let entries = std::fs::read_dir(folder).expect("the examples are there");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("a readable entry").path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    files
}

fn line(finding: &Value) -> String {
    let path = finding["path"].as_str().filter(|path| !path.is_empty()).unwrap_or(".");
    let line = finding["line"]
        .as_u64()
        .map_or_else(|| "-".to_owned(), |line| line.to_string());
    format!("{} {path} {line}", finding["code"].as_str().expect("a code"))
}

/// Checks all examples of a kind; each must give the findings beside it, and may give computed ones besides.
fn check_all(kind: &str, signable: bool) -> usize {
    let folder = Folder::new(&format!("check-{kind}"));
    let files = examples(kind);
    for file in &files {
        let name = file.display();
        let (code, document) = folder.json(&["check", &name.to_string()]);
        assert_eq!(
            (code, &document["signable"]),
            (i32::from(!signable), &Value::Bool(signable)),
            "{name}"
        );
        assert!(
            document["strategy"]["bets"].is_u64() && document["strategy"]["name"].is_string(),
            "{name}"
        );
        let findings = document["findings"].as_array().expect("findings");
        let found: Vec<String> = findings.iter().map(line).collect();
        let beside = std::fs::read_to_string(file.with_extension("findings")).expect("findings beside it");
        let expected: Vec<&str> = beside.lines().collect();
        for line in &expected {
            assert!(
                found.iter().any(|found| found == line),
                "{name}: {line} is missing from {found:?}"
            );
        }
        for line in found.iter().filter(|line| !expected.contains(&line.as_str())) {
            assert!(
                COMPUTED.iter().any(|code| line.starts_with(code)),
                "{name}: nobody expected {line}"
            );
        }
        for finding in findings {
            for field in ["name", "severity", "message", "why", "help"] {
                assert!(
                    finding[field].as_str().is_some_and(|words| !words.is_empty()),
                    "{name}: {finding} lacks {field}"
                );
            }
            assert!(finding.get("column").is_some(), "{name}: {finding}");
        }
    }
    files.len()
}

#[test]
fn valid_examples_can_be_signed_and_give_the_findings_beside_them() {
    assert!(check_all("valid", true) >= 6);
}

#[test]
fn invalid_examples_cannot_be_signed_and_give_the_findings_beside_them() {
    assert!(check_all("invalid", false) >= 25);
}

#[test]
fn words_for_people_point_at_the_line_and_say_once_whether_it_can_be_signed() {
    let folder = Folder::new("check-words");
    let file = examples("invalid")
        .into_iter()
        .find(|file| file.ends_with("s07-no-wedge.toml"))
        .expect("it is there");
    let said = folder.run(&["check", &file.display().to_string()]);
    assert_eq!(said.code, 1);
    assert!(
        said.out.contains("error[S07 no-wedge]") && said.out.contains("s07-no-wedge.toml:33:1"),
        "{}",
        said.out
    );
    assert_eq!(said.out.matches("cannot be signed").count(), 1, "{}", said.out);
    assert!(!said.out.contains('\u{1b}'), "no colours beside a terminal");
}

#[test]
fn what_is_no_text_file_is_refused_with_its_name() {
    let folder = Folder::new("check-unreadable");
    std::fs::write(folder.path("not-text.toml"), [0xff, 0xfe, 0x00]).expect("a writable folder");
    assert!(folder.refused(&["check", "not-text.toml"], 2).contains("UTF-8"));
    assert!(folder.refused(&["check", "nowhere.toml"], 2).contains("nowhere.toml"));
    assert!(folder.refused(&["check", "."], 2).contains("could not be read"));
}
