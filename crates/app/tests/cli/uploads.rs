//! Files made to do harm, uploaded to a running server: each is refused in words that somebody understands, the server
//! goes on in little memory, and no fact changes.

use std::time::Duration;

use crate::corpus::{self, Attack, HEADER};
use crate::server::{Answered, Server};
use crate::support::Folder;

/// The longest line that is sent. That a gibibyte is read no differently is shown by the command line.
const LONGEST: u64 = 24 << 20;
/// How often it is asked whether a file was looked at, every twentieth of a second: two minutes, for a build that is not
/// optimised on a machine that does other things.
const TRIES: usize = 2_400;

/// A program with one deal, served.
fn served(folder: &Folder) -> Server {
    folder.write("deals.csv", &format!("{HEADER}1,Won,2024-01-01,5,One\n"));
    folder.answer(&["import", "deals.csv"]);
    Server::start(folder)
}

/// The page of an upload once the server has looked at the file.
fn looked_at(server: &Server, path: &str) -> Answered {
    for _ in 0..TRIES {
        let page = server.get(path);
        assert_eq!(page.status, 200, "{}", page.body);
        if !page.body.contains("<h1>Looking at the files") {
            return page;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("{path} is still being looked at");
}

/// Uploads a file that must not be taken; gives what is said of it.
fn refused(server: &Server, folder: &Folder, attack: &Attack) {
    let (name, words) = (&attack.name, attack.words);
    let uploaded = server.upload(&folder.path(name));
    assert_eq!(uploaded.status, 303, "{name}: {}", uploaded.body);
    let path = uploaded.header("location").to_owned();
    let page = looked_at(server, &path);
    let problem = page.body.split("There is a problem</h2><p>").nth(1);
    let problem = problem.and_then(|rest| rest.split("</p>").next()).unwrap_or_default();
    assert!(problem.contains(words) && problem.len() > 20, "{name}: {}", page.body);
    assert!(!page.body.contains("<script>alert"), "{name}");
    let taken = server.post(&format!("{path}/take"), "");
    assert_ne!(taken.header("location"), "/data", "{name} is not taken all the same");
    assert_eq!(server.post(&format!("{path}/forget"), "").status, 303, "{name}");
    assert_eq!(server.get("/healthz").body, "ok\n", "{name}");
    assert!(server.memory() < 256, "{name}: {} MiB", server.memory());
}

#[test]
fn hostile_uploads_leave_a_running_server_and_its_facts_as_they_were() {
    let folder = Folder::new("uploads");
    let server = served(&folder);
    let facts = folder.answer(&["facts"]);
    let attacks = [
        corpus::texts(&folder, LONGEST),
        corpus::strangers(&folder),
        corpus::workbooks(&folder),
        corpus::parquets(&folder),
        corpus::jsons(&folder, LONGEST),
        vec![corpus::names(&folder)],
    ];
    for attack in attacks.iter().flatten() {
        refused(&server, &folder, attack);
    }
    assert_eq!(folder.answer(&["facts"]), facts);
    eprintln!("{} MiB at most", server.memory());
}

#[test]
fn an_upload_that_breaks_off_leaves_nothing() {
    let folder = Folder::new("uploads-cut");
    let server = served(&folder);
    let kind = ("content-type", "multipart/form-data; boundary=edge");
    for (length, body) in [
        (
            1_000_000,
            "--edge\r\nContent-Disposition: form-data; name=\"files\"; filename=\"a.csv\"\r\n\r\nname\n",
        ),
        (3, "---"),
        (0, ""),
    ] {
        let answered = server.ask("POST", "/data/import", &[kind], length, &mut body.as_bytes());
        assert_ne!(answered.status, 303, "{}", answered.body);
    }
    let longer = server.ask("POST", "/data/import", &[], 1 << 40, &mut &b"x"[..]);
    assert_ne!(longer.status, 303);
    assert_eq!(server.get("/healthz").body, "ok\n");
    let uploads = folder.path("beachhead-data/uploads");
    let left = std::fs::read_dir(uploads).map_or(0, |left| left.flatten().count());
    assert_eq!(left, 0, "nothing of them is kept");
}
