//! Every file under `examples` with the findings that stand beside it, one a line: `code path line`.
//!
//! `BEACHHEAD_BLESS=1 cargo test -p beachhead-strategy --test examples` writes the findings anew; read the difference.

use beachhead_strategy::findings::{check_text, render_findings};
use beachhead_strategy::{Circumstances, Finding, parse, render, signable};
use std::fs;
use std::path::{Path, PathBuf};

fn texts(folder: &str) -> Vec<(PathBuf, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/examples")
        .join(folder);
    let mut paths: Vec<PathBuf> = fs::read_dir(&folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("a readable entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    paths.sort();
    paths
        .into_iter()
        .map(|path| (path.clone(), fs::read_to_string(&path).expect("a readable text")))
        .collect()
}

fn lines(findings: &[Finding]) -> String {
    let line = |finding: &Finding| {
        let path = if finding.path.is_empty() { "." } else { &finding.path };
        let line = finding.line.map_or("-".to_owned(), |line| line.to_string());
        format!("{} {path} {line}\n", finding.code)
    };
    findings.iter().map(line).collect()
}

/// Compares the findings of each file with those beside it; answers with the differences.
fn compare(folder: &str) -> (usize, String) {
    let (mut files, mut differences) = (0, String::new());
    for (path, text) in texts(folder) {
        files += 1;
        let found = lines(&check_text(&text, &Circumstances::default()).findings);
        let beside = path.with_extension("findings");
        if std::env::var_os("BEACHHEAD_BLESS").is_some() {
            fs::write(&beside, &found).expect("a writable folder");
        }
        let expected = fs::read_to_string(&beside).unwrap_or_default();
        if found != expected {
            differences.push_str(&format!("{}\nexpected:\n{expected}found:\n{found}\n", path.display()));
        }
    }
    (files, differences)
}

#[test]
fn valid_examples_give_the_findings_beside_them_and_can_be_signed() {
    let (files, differences) = compare("valid");
    assert!(files >= 6 && differences.is_empty(), "{differences}");
    for (path, text) in texts("valid") {
        assert!(
            signable(&check_text(&text, &Circumstances::default()).findings),
            "{}",
            path.display()
        );
    }
}

#[test]
fn invalid_examples_give_the_findings_beside_them_and_cannot_be_signed() {
    let (files, differences) = compare("invalid");
    assert!(files >= 25 && differences.is_empty(), "{differences}");
    for (path, text) in texts("invalid") {
        assert!(
            !signable(&check_text(&text, &Circumstances::default()).findings),
            "{}",
            path.display()
        );
    }
}

#[test]
fn every_file_named_after_a_code_has_a_finding_of_that_code() {
    for (path, text) in texts("invalid") {
        let name = path
            .file_stem()
            .and_then(|stem| stem.to_str())
            .unwrap_or_default()
            .to_uppercase();
        let Some((code, _)) = name
            .split_once('-')
            .filter(|(code, _)| code.starts_with(['F', 'S']) && code.len() == 3)
        else {
            continue;
        };
        let findings = check_text(&text, &Circumstances::default()).findings;
        assert!(
            findings.iter().any(|finding| finding.code == code),
            "{}",
            path.display()
        );
    }
}

#[test]
fn every_code_that_text_alone_can_give_has_an_example() {
    let mut given: Vec<&str> = Vec::new();
    for (_, text) in texts("valid").iter().chain(&texts("invalid")) {
        given.extend(
            check_text(text, &Circumstances::default())
                .findings
                .iter()
                .map(|finding| finding.code),
        );
    }
    let needs_facts = ["S11", "S13", "S17", "S18", "S19"];
    for code in beachhead_strategy::findings::CATALOGUE {
        assert_eq!(
            given.contains(&code.code),
            !needs_facts.contains(&code.code),
            "{}",
            code.code
        );
    }
}

#[test]
fn the_canonical_text_of_every_example_reads_as_the_same_strategy_and_is_stable() {
    for (path, text) in texts("valid").into_iter().chain(texts("invalid")) {
        let strategy = parse(&text).strategy;
        let canonical = render(&strategy);
        let again = parse(&canonical);
        assert_eq!(again.findings, [], "{}", path.display());
        assert_eq!(again.strategy, strategy, "{}", path.display());
        assert_eq!(render(&again.strategy), canonical, "{}", path.display());
    }
}

#[test]
fn findings_keep_their_places_when_drawn_into_the_text() {
    for (path, text) in texts("valid").into_iter().chain(texts("invalid")) {
        let findings = check_text(&text, &Circumstances::default()).findings;
        let plain = render_findings("strategy.toml", &text, &findings, false);
        for finding in &findings {
            assert!(
                plain.contains(&format!("{} {}", finding.code, finding.name)),
                "{}",
                path.display()
            );
            if let (Some(line), Some(column)) = (finding.line, finding.column) {
                assert!(
                    plain.contains(&format!("strategy.toml:{line}:{column}")),
                    "{}:\n{plain}",
                    path.display()
                );
            }
        }
        assert!(!plain.contains('\u{1b}'));
        assert_eq!(
            render_findings("strategy.toml", &text, &findings, true).contains('\u{1b}'),
            !findings.is_empty()
        );
    }
}

/// The document that explains the form.
const DOCUMENT: &str = include_str!("../../../docs/strategy-file.md");

#[test]
fn every_example_in_the_document_is_read_without_complaint() {
    let mut blocks = 0;
    for block in DOCUMENT.split("```toml\n").skip(1) {
        let block = block.split("```").next().unwrap_or_default();
        let part_of_a_bet = block.starts_with("[[bet.") || block.starts_with("[bet.");
        let text = if part_of_a_bet {
            format!("[[bet]]\n{block}")
        } else {
            block.to_owned()
        };
        assert_eq!(parse(&text).findings, [], "{block}");
        blocks += 1;
    }
    assert!(blocks >= 8);
}

#[test]
fn the_document_names_every_code_and_every_measure_and_every_word() {
    for code in beachhead_strategy::findings::CATALOGUE {
        let stops = if code.severity == beachhead_strategy::Severity::Error {
            "yes"
        } else {
            "no"
        };
        let row = format!("| {} | {} | {stops} |", code.code, code.name);
        assert!(DOCUMENT.contains(&row), "{row}");
    }
    let measures = beachhead_strategy::measure::CATALOGUE.iter().map(|measure| measure.key);
    let templates = beachhead_strategy::Template::ALL.iter().map(|template| template.word());
    let states = beachhead_strategy::BetState::ALL.iter().map(|state| state.word());
    let touches = beachhead_strategy::TouchKind::ALL.iter().map(|kind| kind.word());
    for word in measures.chain(templates).chain(states).chain(touches) {
        assert!(DOCUMENT.contains(word), "{word}");
    }
}
