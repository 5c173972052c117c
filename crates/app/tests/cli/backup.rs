//! `beachhead backup` and `restore` as their users meet them.

use std::process::{Command, Stdio};

use crate::support::Folder;

#[test]
fn a_program_in_use_is_backed_up_verified_and_restored() {
    let folder = Folder::with_demo("backup");
    let page = folder.run(&["report", "one-page"]).done().out;
    let mut server = Command::new(env!("CARGO_BIN_EXE_beachhead"))
        .args(["serve", "--listen", "127.0.0.1:0"])
        .current_dir(folder.path("."))
        .stdout(Stdio::piped())
        .spawn()
        .expect("the built binary starts");
    let mut line = String::new();
    let out = server.stdout.take().expect("piped");
    std::io::BufRead::read_line(&mut std::io::BufReader::new(out), &mut line).expect("it says where it is");
    let made = folder.answer(&["backup", "program.tar.zst"]);
    server.kill().expect("it is ours");
    server.wait().expect("it ends");

    assert_eq!(made["manifest"]["files"][0]["name"], "record.sqlite");
    assert_eq!(
        folder.answer(&["backup", "verify", "program.tar.zst"])["manifest"],
        made["manifest"]
    );
    let restored = folder.answer(&["restore", "program.tar.zst", "--data", "second"]);
    assert_eq!(restored["audit"]["head"], made["manifest"]["audit_head"]);
    let again = folder.run(&["report", "one-page", "--data", "second"]).done().out;
    assert_eq!(again, page);
    let left = folder
        .files()
        .into_iter()
        .filter(|(path, _)| path.to_string_lossy().contains(".tmp"));
    assert_eq!(left.count(), 0);
    assert!(
        folder
            .refused(&["backup", "program.tar.zst"], 4)
            .contains("is there already")
    );
    assert!(
        folder
            .refused(&["restore", "program.tar.zst", "--data", "second"], 4)
            .contains("--replace")
    );
}

#[test]
fn the_copy_that_is_made_before_a_migration_is_restored_by_the_printed_command() {
    let folder = Folder::new("backup-copy");
    folder.answer(&["init", "--name", "Acme"]);
    let rows = folder.answer(&["audit", "verify"])["rows"].clone();
    // A record alone, whole in its file, as the migration makes it.
    folder.answer(&["backup", "program.tar.zst"]);
    folder.answer(&["restore", "program.tar.zst", "--data", "other"]);
    let copy = folder.path("beachhead-data/record.sqlite.before-0003");
    std::fs::rename(folder.path("other/record.sqlite"), copy).expect("a writable folder");
    folder.answer(&["init", "--name", "Acme after it"]);
    let restored = folder.answer(&["restore", "--replace", "beachhead-data/record.sqlite.before-0003"]);
    assert!(
        restored["set_aside"]
            .as_str()
            .is_some_and(|path| path.contains("before-restore")),
        "{restored}"
    );
    assert_eq!(folder.answer(&["audit", "verify"])["rows"], rows);
}

#[test]
fn what_is_no_backup_is_refused_and_leaves_nothing() {
    let folder = Folder::new("backup-wrong");
    folder.write("notes.txt", "no backup at all");
    for command in [&["backup", "verify"][..], &["restore"]] {
        assert!(
            folder
                .refused(&[command, &["notes.txt"]].concat(), 2)
                .contains("cannot be trusted")
        );
        assert!(
            folder
                .refused(&[command, &["none.tar.zst"]].concat(), 2)
                .contains("none.tar.zst")
        );
    }
    assert!(
        folder
            .refused(&["backup", "x.tar.zst", "--data", "none"], 2)
            .contains("no program")
    );
    folder.answer(&["init", "--name", "Acme"]);
    folder.refused(&["backup", "no/such/folder/x.tar.zst"], 5);
    assert!(
        folder
            .files()
            .iter()
            .all(|(path, _)| !path.to_string_lossy().contains(".tmp"))
    );
}
