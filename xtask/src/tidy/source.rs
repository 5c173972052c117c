//! The rules of source text. Must not look outside the one file it is given.

use super::Finding;
use super::lexer::code_only;

/// Lines in a file; in a function, from its `fn` to its closing brace.
const FILE_LINES: usize = 900;
const FUNCTION_LINES: usize = 90;

/// Words in the sentence that says what a crate is for.
const PURPOSE_WORDS: usize = 5;

/// Calls that must not be left in, and how to do without.
const UNFINISHED: &[(&str, &str)] = &[
    ("todo!(", "write it, or take it out"),
    ("unimplemented!(", "write it, or take it out"),
    ("dbg!(", "take it out"),
];

/// Where time and randomness come from; everywhere else they are handed in.
const HANDED_IN: &[&str] = &[
    "SystemTime::now",
    "Instant::now",
    "Timestamp::now",
    "Zoned::now",
    "thread_rng",
    "rand::rng(",
];

/// One of these between the dots of a URL's host is a package registry. Where packages come from is each machine's
/// own setting; a name written down here would override it.
const REGISTRIES: &[&str] = &["registry", "npmjs", "yarnpkg", "pypi", "pythonhosted", "crates"];

/// Everything in one file that breaks a rule.
pub fn check(path: &str, text: &str) -> Vec<Finding> {
    let mut findings = registries(path, text);
    if path.ends_with(".rs") {
        findings.extend(purpose(path, text));
        let code = code_only(text);
        findings.extend(calls(path, &code));
        findings.extend(lengths(path, &code));
    }
    findings
}

fn purpose(path: &str, text: &str) -> Option<Finding> {
    let Some(first) = text.lines().next().and_then(|line| line.strip_prefix("//!")) else {
        let what = "the first line does not say what this is for";
        return Some(Finding::new(path, what, "begin with `//! What it is for. Must not …`").at(1));
    };
    let crate_root = path.ends_with("src/lib.rs") || path.ends_with("src/main.rs");
    if crate_root && first.split_whitespace().count() < PURPOSE_WORDS {
        let what = format!("`{}` does not say what this crate is for", first.trim());
        return Some(Finding::new(path, what, "say in one sentence what this room holds").at(1));
    }
    None
}

fn calls(path: &str, code: &str) -> Vec<Finding> {
    let reads_the_clock = path.starts_with("crates/app/")
        || path.starts_with("xtask/")
        || path.contains("/benches/")
        || path.contains("/examples/");
    let mut findings = Vec::new();
    for (line, number) in code.lines().zip(1..) {
        for (call, mend) in UNFINISHED.iter().filter(|(call, _)| calls_by_name(line, call)) {
            findings.push(Finding::new(path, format!("`{call}…)` is left in"), *mend).at(number));
        }
        for call in HANDED_IN
            .iter()
            .filter(|call| !reads_the_clock && calls_by_name(line, call))
        {
            let mend = "take the time, or the seed, as an argument; `app` hands it in";
            findings.push(Finding::new(path, format!("`{call}` outside `app`"), mend).at(number));
        }
    }
    findings
}

/// Whether the call is there, and not as the end of a longer name.
fn calls_by_name(line: &str, call: &str) -> bool {
    let mut before = line.match_indices(call).map(|(at, _)| line[..at].chars().next_back());
    before.any(|character| character.is_none_or(|character| !character.is_alphanumeric() && character != '_'))
}

fn lengths(path: &str, code: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let lines = code.lines().count();
    if lines > FILE_LINES {
        let what = format!("{lines} lines, and a file may have {FILE_LINES}");
        findings.push(Finding::new(
            path,
            what,
            "it does more than one thing: give each its module",
        ));
    }
    for function in functions(code)
        .into_iter()
        .filter(|function| function.lines > FUNCTION_LINES)
    {
        let what = format!(
            "`{}` has {} lines, and a function may have {FUNCTION_LINES}",
            function.name, function.lines
        );
        findings.push(Finding::new(path, what, "name its parts and call them").at(function.line));
    }
    findings
}

struct Function<'a> {
    name: &'a str,
    line: usize,
    lines: usize,
}

/// Every function with a body, by counting braces.
fn functions(code: &str) -> Vec<Function<'_>> {
    let mut functions = Vec::new();
    for (at, _) in code.match_indices("fn ") {
        let starts_a_word = code[..at]
            .chars()
            .next_back()
            .is_none_or(|before| !before.is_alphanumeric() && before != '_');
        let rest = &code[at..];
        let name = rest[3..]
            .split(|next: char| !next.is_alphanumeric() && next != '_')
            .next()
            .unwrap_or("");
        if starts_a_word
            && !name.is_empty()
            && let Some(end) = body_end(rest)
        {
            let newlines = |text: &str| text.matches('\n').count();
            functions.push(Function {
                name,
                line: newlines(&code[..at]) + 1,
                lines: newlines(&rest[..end]) + 1,
            });
        }
    }
    functions
}

/// Where the body's closing brace is; `None` for a function without a body.
fn body_end(function: &str) -> Option<usize> {
    let (mut braces, mut brackets) = (0usize, 0usize);
    for (at, character) in function.char_indices() {
        match character {
            '(' | '[' => brackets += 1,
            ')' | ']' => brackets = brackets.saturating_sub(1),
            '{' => braces += 1,
            '}' if braces <= 1 => return Some(at),
            '}' => braces -= 1,
            ';' if braces == 0 && brackets == 0 => return None,
            _ => {}
        }
    }
    None
}

fn registries(path: &str, text: &str) -> Vec<Finding> {
    if path == "Cargo.lock" {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for (line, number) in text.lines().zip(1..) {
        for (at, mark) in line.match_indices("://") {
            let host = line[at + mark.len()..].split(|next: char| !next.is_alphanumeric() && !".-".contains(next));
            let host = host.take(1).collect::<String>();
            if host.contains('.') && host.split('.').any(|label| REGISTRIES.contains(&label)) {
                let what = format!("`{host}` is a package registry");
                let mend = "leave it out: the machine's own settings say where packages come from";
                findings.push(Finding::new(path, what, mend).at(number));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<String> {
        check(path, text)
            .into_iter()
            .map(|finding| finding.to_string().lines().next().unwrap().to_owned())
            .collect()
    }

    const FINE: &str = "//! What this module is for.\n";

    #[test]
    fn every_module_says_what_it_is_for() {
        assert_eq!(
            found("crates/a/src/b.rs", "use c;\n"),
            ["crates/a/src/b.rs:1: the first line does not say what this is for"]
        );
        assert_eq!(found("crates/a/src/lib.rs", "//! Empty for now.\n").len(), 1);
        assert!(found("crates/a/src/lib.rs", FINE).is_empty());
        assert!(found("README.md", "# Not Rust\n").is_empty());
    }

    #[test]
    fn unfinished_work_is_found_in_code_and_not_in_words() {
        let code = format!("{FINE}fn f() {{ todo!() }}\n// todo!() later\nconst S: &str = \"dbg!(\";\nmy_todo!();\n");
        assert_eq!(
            found("crates/a/src/b.rs", &code),
            ["crates/a/src/b.rs:2: `todo!(…)` is left in"]
        );
    }

    #[test]
    fn only_the_binary_and_the_workshop_read_the_clock() {
        let code = format!("{FINE}fn f() {{ std::time::Instant::now() }}\n");
        assert_eq!(
            found("crates/office/src/b.rs", &code),
            ["crates/office/src/b.rs:2: `Instant::now` outside `app`"]
        );
        for path in [
            "crates/app/src/main.rs",
            "xtask/src/load.rs",
            "crates/office/examples/bench.rs",
        ] {
            assert!(found(path, &code).is_empty(), "{path}");
        }
    }

    #[test]
    fn long_files_and_long_functions_are_found() {
        let long = format!("{FINE}{}", "const A: u8 = 1;\n".repeat(FILE_LINES));
        assert_eq!(
            found("crates/a/src/b.rs", &long),
            ["crates/a/src/b.rs: 901 lines, and a file may have 900"]
        );
        let body = |lines| {
            format!(
                "{FINE}impl A {{\n    fn f(a: [u8; 4]) -> B {{\n{}    }}\n}}\n",
                "    { '{'; }\n".repeat(lines)
            )
        };
        assert!(found("crates/a/src/b.rs", &body(FUNCTION_LINES - 2)).is_empty());
        let place = "crates/a/src/b.rs:3: `f` has 91 lines, and a function may have 90";
        assert_eq!(found("crates/a/src/b.rs", &body(FUNCTION_LINES - 1)), [place]);
    }

    #[test]
    fn functions_without_a_body_and_pointers_to_functions_have_no_length() {
        let code =
            "trait A { fn f(&self); fn g() -> [u8; 2]; }\ntype T = fn(u8) -> u8;\nfn h(x: fn (u8)) where A: B {\n}\n";
        let names: Vec<_> = functions(code)
            .into_iter()
            .map(|function| (function.name, function.lines))
            .collect();
        assert_eq!(names, [("h", 2)]);
    }

    #[test]
    fn a_url_of_a_package_registry_is_found_in_any_file() {
        let url = |host: &str| format!("see https:{}{host}/x\n", "//");
        assert_eq!(
            found("docs/a.md", &url("registry.example.org")),
            ["docs/a.md:1: `registry.example.org` is a package registry"]
        );
        assert_eq!(found("a.json", &url("static.crates.example")).len(), 1);
        for fine in ["example.org", "crates", "www.w3.org", "127.0.0.1:8080"] {
            assert!(found("docs/a.md", &url(fine)).is_empty(), "{fine}");
        }
        assert!(found("Cargo.lock", &url("registry.example.org")).is_empty());
    }
}
