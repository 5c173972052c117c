//! `beachhead user`: the way back in for who forgot a password or lost a phone.

use crate::support::Folder;

const EMAIL: &str = "rosa@acme.example";
const PASSWORD: &str = "correct horse battery staple\n";

#[test]
fn a_reset_link_is_printed_once_and_by_owners_alone() {
    let folder = Folder::new("user-reset");
    folder.answer(&["init", "--name", "Acme"]);
    for (email, role) in [(EMAIL, "viewer"), ("ines@acme.example", "owner")] {
        let added = folder.run_with(&["user", "add", email, "--name", "Rosa", "--role", role], PASSWORD);
        assert_eq!(added.code, 0, "{}", added.err);
    }
    let link = |made: &serde_json::Value| made["link"].as_str().expect("a link").to_owned();
    let made = folder.answer(&["user", "reset-link", EMAIL, "--at", "https://b.acme.example/"]);
    let (start, token) = link(&made)
        .rsplit_once('/')
        .map(|(a, b)| (a.to_owned(), b.to_owned()))
        .expect("a path");
    assert_eq!((start.as_str(), token.len()), ("https://b.acme.example/reset", 64));
    assert_ne!(
        link(&made),
        link(&folder.answer(&["user", "reset-link", EMAIL])),
        "each is its own"
    );
    let said = folder.run(&["user", "reset-link", EMAIL]).done().out;
    assert!(
        said.starts_with("/reset/") && said.contains("at the server's address"),
        "{said}"
    );
    folder.refused(&["user", "reset-link", "nobody@acme.example"], 2);
    for verb in ["reset-link", "take-off-second-factor"] {
        let refused = folder.refused(&["user", verb, "ines@acme.example", "--as-person", EMAIL], 3);
        assert!(refused.contains("owner"), "{refused}");
    }
    let none = folder.refused(&["user", "take-off-second-factor", EMAIL], 2);
    assert!(none.contains("second factor"), "{none}");
}
