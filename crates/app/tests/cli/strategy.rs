//! `strategy`, `user` and `--as-person`: written, asked for, signed once and by the sponsor only.

use crate::support::Folder;

const SPONSOR: [&str; 2] = ["--as-person", "dana@northwind.example"];

#[test]
fn a_version_is_signed_once_and_by_the_sponsor_only() {
    let folder = Folder::with_demo("strategy-sign");
    folder.refused(&["strategy", "ask"], 4);
    folder.answer(&["strategy", "export", "draft.toml"]);
    let text = std::fs::read_to_string(folder.path("draft.toml")).expect("written");
    folder.write("draft.toml", &text.replace("Northwind Analytics", "Northwind"));
    folder.answer(&["strategy", "import", "draft.toml"]);
    let asked = folder.answer(&["strategy", "ask"]);
    assert_eq!(
        (&asked["version"], asked["sha256"].as_str().map(str::len)),
        (&3.into(), Some(64))
    );
    assert!(folder.refused(&["strategy", "sign"], 3).contains("sponsor"));
    let manager = ["--as-person", "tom@northwind.example"];
    assert!(
        folder
            .refused(&[&["strategy", "sign"], manager.as_slice()].concat(), 3)
            .contains("sponsor")
    );
    assert!(
        folder
            .refused(&[&["strategy", "ask"], manager.as_slice()].concat(), 3)
            .contains("owner")
    );
    let signed = folder.answer(&[&["strategy", "sign"], SPONSOR.as_slice()].concat());
    assert_eq!(signed, asked);
    folder.refused(&[&["strategy", "sign"], SPONSOR.as_slice()].concat(), 4);
    folder.refused(&[&["strategy", "sign", "3"], SPONSOR.as_slice()].concat(), 4);
    folder.refused(&[&["strategy", "sign", "9"], SPONSOR.as_slice()].concat(), 2);
    assert_eq!(folder.answer(&["audit", "verify"])["holds"], true);
    export_and_import_lose_nothing(&folder);
    the_difference_is_said_in_words(&folder);
}

fn export_and_import_lose_nothing(folder: &Folder) {
    folder.answer(&["strategy", "export", "one.toml"]);
    let other = ["--data", "other"];
    folder.answer(&[&["init"], other.as_slice()].concat());
    folder.answer(&[&["strategy", "import", "one.toml"], other.as_slice()].concat());
    folder.answer(&[&["strategy", "export", "two.toml"], other.as_slice()].concat());
    let text = |name: &str| std::fs::read_to_string(folder.path(name)).expect("written");
    assert_eq!(text("one.toml"), text("two.toml"));
    assert_eq!(folder.answer(&["strategy", "show"])["text"], text("one.toml"));
    folder.write("broken.toml", "[outcome\n");
    let words = folder.refused(&[&["strategy", "import", "broken.toml"], other.as_slice()].concat(), 1);
    assert!(words.contains("TOML") && words.contains("line 1"), "{words}");
    assert_eq!(
        folder.answer(&[&["strategy", "show"], other.as_slice()].concat())["text"],
        text("one.toml")
    );
}

fn the_difference_is_said_in_words(folder: &Folder) {
    let changes = folder.answer(&["strategy", "diff", "1", "2"])["changes"].clone();
    let words: Vec<&str> = changes
        .as_array()
        .expect("changes")
        .iter()
        .filter_map(|change| change["words"].as_str())
        .collect();
    assert!(words.iter().any(|words| words.contains("next review")), "{words:?}");
    assert_eq!(
        folder.answer(&["strategy", "diff", "2", "2"])["changes"],
        serde_json::json!([])
    );
    assert_eq!(
        folder.run(&["strategy", "diff", "2", "2"]).done().out,
        "Nothing has changed.\n"
    );
    folder.refused(&["strategy", "diff", "1", "9"], 2);
}

#[test]
fn people_are_added_with_a_password_from_standard_input() {
    let folder = Folder::new("strategy-people");
    folder.answer(&["init", "--name", "Acme"]);
    let add = [
        "user",
        "add",
        "rosa@acme.example",
        "--name",
        "Rosa",
        "--role",
        "partner-manager",
        "--json",
    ];
    let said = folder.run_with(&add, "correct horse battery staple\n");
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(!said.out.contains("horse"));
    let people = folder.answer(&["user", "list"]);
    assert_eq!(people["people"][0]["role"], "partner manager");
    assert_eq!(
        folder.run_with(&add, "correct horse battery staple\n").code,
        4,
        "an address is used once"
    );
    assert_eq!(
        folder.run_with(&add, "short\n").code,
        2,
        "a password has a least length"
    );
    assert!(
        folder
            .refused(&["user", "add", "a@acme.example", "--name", "A", "--role", "king"], 2)
            .contains("sponsor")
    );
    let rename = ["init", "--name", "Rosa's", "--as-person", "rosa@acme.example"];
    assert!(
        folder.refused(&rename, 3).contains("owner"),
        "a partner manager does not name the program"
    );
}
