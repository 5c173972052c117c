//! Facts in a real S3-compatible store. BEACHHEAD_TEST_S3 names it as KEY:SECRET@HOST:PORT/BUCKET; `cargo xtask test`
//! starts one. Without it the tests say that they are not run.

use std::process::{Child, Command, Stdio};

use crate::support::{Folder, Said, number};

const DEALS: &str = "opportunity_id,account_name,stage,created_on,closed_on,amount,owner\n";

fn deals(from: usize, to: usize) -> String {
    let rows = (from..to).map(|at| format!("o{at},Acme {},Won,2026-03-02,2026-04-02,100,owner {at}\n", at % 7));
    format!("{DEALS}{}", rows.collect::<String>())
}

/// A folder whose program keeps its facts in the store of this run, below a place of its own.
struct Far {
    folder: Folder,
    said: String,
    url: String,
}

impl Far {
    fn new(name: &str) -> Option<Self> {
        let Ok(said) = std::env::var("BEACHHEAD_TEST_S3") else {
            eprintln!("NOT RUN: BEACHHEAD_TEST_S3 names no S3-compatible store; `cargo xtask test` starts one");
            return None;
        };
        let bucket = said.rsplit('/').next().expect("a bucket");
        Some(Self {
            folder: Folder::new(name),
            url: format!("s3://{bucket}/{name}-{}", std::process::id()),
            said,
        })
    }

    fn start(&self, arguments: &[&str]) -> Child {
        let (who, place) = self.said.split_once('@').expect("KEY:SECRET@HOST:PORT/BUCKET");
        let (key, secret) = who.split_once(':').expect("KEY:SECRET");
        let (host, _) = place.split_once('/').expect("HOST:PORT/BUCKET");
        let mut command = Command::new(env!("CARGO_BIN_EXE_beachhead"));
        command
            .args(arguments)
            .args(["--facts", &self.url])
            .current_dir(self.folder.path("."))
            .env("AWS_ACCESS_KEY_ID", key)
            .env("AWS_SECRET_ACCESS_KEY", secret)
            .env("AWS_ENDPOINT_URL", format!("http://{host}"))
            .env("AWS_REGION", "us-east-1")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        for name in [
            "BEACHHEAD_DATA",
            "BEACHHEAD_RECORD",
            "AWS_SESSION_TOKEN",
            "AWS_ENDPOINT_URL_S3",
        ] {
            command.env_remove(name);
        }
        command.spawn().expect("the built binary starts")
    }

    fn run(&self, arguments: &[&str]) -> Said {
        let said = Said::of(self.start(arguments));
        let secret = self.said.split(['@', ':']).nth(1).expect("a secret");
        assert!(
            !said.out.contains(secret) && !said.err.contains(secret),
            "{}{}",
            said.out,
            said.err
        );
        said
    }

    fn answer(&self, arguments: &[&str]) -> serde_json::Value {
        let said = self.run(&[arguments, &["--json"]].concat());
        assert_eq!(said.code, 0, "{arguments:?}: {}{}", said.out, said.err);
        serde_json::from_str(&said.out).expect("one document")
    }

    fn rows(&self) -> usize {
        let facts = self.answer(&["facts"]);
        let mut tables = facts["tables"].as_array().expect("tables").iter();
        let deals = tables
            .find(|table| table["table"] == "opportunities")
            .expect("opportunities");
        usize::try_from(deals["rows"].as_u64().expect("a number")).expect("few")
    }

    fn forget_what_is_here(&self) {
        std::fs::remove_dir_all(self.folder.path("beachhead-data/facts")).expect("there were facts");
    }
}

#[test]
fn a_program_lives_from_the_store_when_what_was_here_is_gone() {
    let Some(far) = Far::new("remote-lives") else { return };
    let bad = deals(0, 30).replace("o3,Acme 3,Won,2026-03-02", "o3,Acme 3,Won,someday");
    far.folder.write("deals.csv", &bad);
    far.answer(&["import", "deals.csv"]);
    assert_eq!(far.answer(&["import", "deals.csv"])["changed"], false);
    far.forget_what_is_here();
    assert_eq!(far.rows(), 29);
    let weighed = far.answer(&["weigh", "--by", "owner"]);
    assert!((number(&weighed["total"]["won"]) - 29.0).abs() < f64::EPSILON);

    far.forget_what_is_here();
    far.folder.write("more.csv", &deals(30, 40));
    assert_eq!(far.answer(&["import", "more.csv"])["changed"], true);
    far.forget_what_is_here();
    far.answer(&["facts", "--export", "out"]);
    let exported = std::fs::read_to_string(far.folder.path("out/opportunities.csv")).expect("it was written");
    assert_eq!(exported.lines().count(), 40);
    far.answer(&["import", "--undo", "3"]);
    assert_eq!(far.rows(), 29);
    far.answer(&["audit", "verify"]);
}

#[test]
fn a_backup_is_made_from_the_store_and_restored_into_another_place_of_it() {
    let Some(mut far) = Far::new("remote-backup") else {
        return;
    };
    far.folder.write("deals.csv", &deals(0, 30));
    far.answer(&["import", "deals.csv"]);
    far.forget_what_is_here();
    far.answer(&["backup", "program.tar.zst"]);
    far.url.push_str("-other");
    far.answer(&["restore", "--data", "other", "program.tar.zst"]);
    std::fs::remove_dir_all(far.folder.path("other/facts")).expect("there were facts");
    let facts = far.answer(&["facts", "--data", "other"]);
    assert_eq!(facts["tables"][0]["rows"], 30, "{facts}");
    far.answer(&["weigh", "--data", "other"]);
}

#[test]
fn two_machines_with_one_record_see_each_others_facts() {
    let Some(far) = Far::new("remote-two") else { return };
    let record = far.folder.path("record.sqlite").display().to_string();
    let on = |machine: &'static str| ["--record", record.as_str(), "--data", machine];
    far.answer(&[&["init", "--name", "Acme"][..], &on("one")].concat());
    far.folder.write("deals.csv", &deals(0, 500));
    far.folder
        .write("effort.csv", "person,week,initiative,hours\nInes,2026-03-16,Resale,4\n");
    let both = [
        far.start(&[&["import", "deals.csv"][..], &on("one")].concat()),
        far.start(&[&["import", "effort.csv"][..], &on("two")].concat()),
    ];
    for import in both {
        let said = Said::of(import);
        assert_eq!(said.code, 0, "{}", said.err);
    }
    for machine in ["one", "two", "three"] {
        let facts = far.answer(&[&["facts"][..], &on(machine)].concat());
        assert_eq!(facts["tables"].as_array().map(Vec::len), Some(2), "{machine}: {facts}");
        far.answer(&[&["weigh"][..], &on(machine)].concat());
    }
}

#[test]
fn an_import_killed_at_any_moment_leaves_facts_that_are_all_in_the_store() {
    let Some(far) = Far::new("remote-kill") else { return };
    far.folder.write("deals.csv", &deals(0, 2_000));
    far.answer(&["import", "deals.csv"]);
    let mut there = 2_000;
    for round in 0..6_u64 {
        let next = there + 2_000;
        far.folder.write("deals.csv", &deals(there, next));
        let mut import = far.start(&["import", "deals.csv"]);
        std::thread::sleep(std::time::Duration::from_millis(40 + 60 * round));
        import.kill().expect("it is ours");
        import.wait().expect("it ends");
        far.forget_what_is_here();
        let found = far.rows();
        assert!(found == there || found == next, "round {round}: {found} rows");
        // The rows are there, not only their number in the record.
        let won = far.answer(&["weigh"])["total"]["won"].as_u64();
        assert_eq!(won, u64::try_from(found).ok());
        far.answer(&["import", "deals.csv"]);
        assert_eq!(far.rows(), next);
        there = next;
    }
    far.answer(&["audit", "verify"]);
}

#[test]
fn a_store_that_cannot_be_used_is_said_before_anything_is_read() {
    let Some(mut far) = Far::new("remote-refused") else {
        return;
    };
    far.folder.write("deals.csv", &deals(0, 3));
    let refused = |far: &Far, code: i32, says: &str| {
        let said = far.run(&["import", "deals.csv"]);
        assert_eq!(said.code, code, "{}", said.err);
        assert!(said.err.contains(says), "{}", said.err);
    };
    far.url = "s3://no-such-bucket/x".to_owned();
    refused(&far, 2, "there is no bucket no-such-bucket");
    far.url = "https://somewhere/x".to_owned();
    refused(&far, 2, "write s3://bucket/prefix");
    let nothing = far.folder.run(&["import", "deals.csv", "--facts", "s3://bucket"]);
    assert_eq!(nothing.code, 2);
    assert!(nothing.err.contains("AWS_ACCESS_KEY_ID is not set"), "{}", nothing.err);
}
