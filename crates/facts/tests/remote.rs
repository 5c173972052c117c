//! Facts in a real S3-compatible store. BEACHHEAD_TEST_S3 names it as KEY:SECRET@HOST:PORT/BUCKET; `cargo xtask test`
//! starts one. Without it the tests say that they are not run.
#![expect(clippy::unwrap_used, reason = "a test may stop where it fails")]

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use beachhead_facts::catalogue::Table;
use beachhead_facts::read::{FileRead, Input, ReadOptions, read};
use beachhead_facts::remote::{Access, Remote, Secret};
use beachhead_facts::snapshot::{FactStore, Manifest};
use beachhead_facts::{FactsError, Kept, Star, Watch};
use jiff::civil::{Date, date};

const TODAY: Date = date(2024, 6, 1);
const ROWS: &str = "1,a,2024-01-01,Won,won\n2,b,2024-01-02,Proposal,open\n";

/// The machine's time, by its own `date`: a store may refuse what was signed at another.
fn now() -> jiff::Timestamp {
    let said = std::process::Command::new("date")
        .args(["-u", "+%FT%TZ"])
        .output()
        .unwrap();
    String::from_utf8(said.stdout).unwrap().trim().parse().unwrap()
}

/// The store of this run: who asks, and the address of a place of its own for one test.
struct Far {
    access: Access,
    url: String,
    here: PathBuf,
}

impl Far {
    fn new(name: &str) -> Option<Self> {
        let Ok(said) = std::env::var("BEACHHEAD_TEST_S3") else {
            eprintln!("NOT RUN: BEACHHEAD_TEST_S3 names no S3-compatible store; `cargo xtask test` starts one");
            return None;
        };
        let (who, place) = said.split_once('@').unwrap();
        let (key, secret) = who.split_once(':').unwrap();
        let (host, bucket) = place.split_once('/').unwrap();
        let own = format!("{name}-{}", std::process::id());
        let here = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("remote-{own}"));
        let _ = std::fs::remove_dir_all(&here);
        let access = Access {
            key_id: key.to_owned(),
            secret: Secret::new(secret),
            session_token: None,
            region: "us-east-1".to_owned(),
            endpoint: Some(format!("http://{host}")),
            certificates: None,
            now,
        };
        let url = format!("s3://{bucket}/{own}");
        Some(Self { access, url, here })
    }

    fn remote(&self) -> Remote {
        Remote::open(&self.url, self.access.clone()).unwrap()
    }

    /// The store, and a folder beside it.
    fn store(&self, folder: &str) -> FactStore {
        FactStore::open(&self.here.join(folder)).unwrap().beside(self.remote())
    }
}

impl Drop for Far {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.here);
    }
}

fn deals(rows: &str) -> FileRead {
    let text = format!("opportunity_id,account_id,created_on,stage,status\n{rows}");
    read(Input::Bytes("deals.csv", text.as_bytes()), &ReadOptions::new(TODAY)).unwrap()
}

fn take(store: &FactStore, base: Option<&Manifest>, rows: &str) -> Result<Manifest, FactsError> {
    let taken = store.take(base, vec![deals(rows)], TODAY, &Watch::default())?;
    Ok(taken.manifest)
}

fn deals_of(store: &FactStore, manifest: &Manifest) -> u64 {
    Star::open(store, manifest, None)
        .unwrap()
        .opportunities_without_account()
}

fn named(manifest: &Manifest) -> BTreeSet<String> {
    manifest.tables.iter().map(|table| table.parquet.clone()).collect()
}

#[test]
fn a_machine_that_was_lost_reads_its_facts_again_and_goes_on() {
    let Some(far) = Far::new("lost") else { return };
    let manifest = take(&far.store("first"), None, ROWS).unwrap();
    std::fs::remove_dir_all(far.here.join("first")).unwrap();
    let other = far.store("second");
    assert_eq!(deals_of(&other, &manifest), 2);
    let next = take(&far.store("third"), Some(&manifest), "3,c,2024-01-03,Proposal,open\n").unwrap();
    assert_eq!(next.table(Table::Opportunities).unwrap().rows, 3);
    // What was fetched once is here: the store is not asked again.
    let alone = FactStore::open(&far.here.join("second")).unwrap();
    assert_eq!(deals_of(&alone, &manifest), 2);
    let nowhere = FactStore::open(&far.here.join("nowhere")).unwrap();
    let error = Star::open(&nowhere, &manifest, None).unwrap_err().to_string();
    assert!(error.contains("--facts"), "{error}");
}

#[test]
fn a_file_that_is_not_what_its_name_says_is_refused_and_not_kept() {
    let Some(far) = Far::new("forged") else { return };
    let manifest = take(&far.store("first"), None, ROWS).unwrap();
    let name = &manifest.tables[0].parquet;
    let forged = far.here.join("forged");
    std::fs::write(&forged, b"PAR1 something else PAR1").unwrap();
    // The client signs by the name, so that a store would refuse it; this one looks at the signature alone.
    far.remote().put(name, &forged).unwrap();
    let other = far.store("second");
    let error = Star::open(&other, &manifest, None).unwrap_err().to_string();
    assert!(error.contains(name) && error.contains("something else"), "{error}");
    let left: Vec<_> = std::fs::read_dir(far.here.join("second")).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn what_no_snapshot_names_is_swept_after_its_day_and_what_is_missing_is_sent_again() {
    let Some(far) = Far::new("swept") else { return };
    let store = far.store("first");
    let first = take(&store, None, ROWS).unwrap();
    let second = take(&store, Some(&first), "1,a,2024-01-01,Lost,lost\n").unwrap();
    let remote = far.remote();
    let all: BTreeSet<String> = named(&first).union(&named(&second)).cloned().collect();
    let kept = |remote: &Remote| -> BTreeSet<String> { remote.names(".parquet").unwrap().into_keys().collect() };
    assert_eq!(kept(&remote), all);

    assert_eq!(
        store.sweep(&named(&second), SystemTime::UNIX_EPOCH).unwrap(),
        Vec::<String>::new()
    );
    let later = SystemTime::from(now()) + Duration::from_secs(60);
    let gone: Vec<String> = all.difference(&named(&second)).cloned().collect();
    assert_eq!(store.sweep(&named(&second), later).unwrap(), gone);
    assert_eq!(kept(&remote), named(&second));

    for name in named(&second) {
        remote.remove(&name).unwrap();
    }
    store.sweep(&named(&second), SystemTime::UNIX_EPOCH).unwrap();
    assert_eq!(kept(&remote), named(&second));
}

#[test]
fn files_of_one_kind_are_no_concern_of_another() {
    let Some(far) = Far::new("beside") else { return };
    let store = far.store("first");
    let manifest = take(&store, None, ROWS).unwrap();
    let rejects = Kept::within(&far.here.join("rejects"), ".csv").beside(far.remote().below("rejects"));
    let name = rejects.keep(b"a,b\n1,2\n").unwrap();
    let later = SystemTime::from(now()) + Duration::from_secs(60);
    store.sweep(&named(&manifest), later).unwrap();
    std::fs::remove_dir_all(far.here.join("rejects")).unwrap();
    assert_eq!(std::fs::read(rejects.at_hand(&name).unwrap()).unwrap(), b"a,b\n1,2\n");
    assert_eq!(
        rejects.sweep(&BTreeSet::new(), later).unwrap(),
        std::slice::from_ref(&name)
    );
    assert!(
        rejects
            .at_hand(&name)
            .unwrap_err()
            .to_string()
            .contains("does not hold")
    );
    assert_eq!(deals_of(&far.store("second"), &manifest), 2);
}

#[test]
fn more_files_than_a_page_of_the_listing_are_all_listed() {
    let Some(far) = Far::new("pages") else { return };
    let remote = far.remote();
    let empty = far.here.with_extension("empty");
    std::fs::write(&empty, b"").unwrap();
    for at in 0..253 {
        remote.put(&format!("{at:064x}.parquet"), &empty).unwrap();
    }
    std::fs::remove_file(&empty).unwrap();
    assert_eq!(remote.names(".parquet").unwrap().len(), 253);
}

#[test]
fn a_wrong_bucket_key_or_secret_is_said_and_the_last_snapshot_stays() {
    let Some(far) = Far::new("refused") else { return };
    let store = far.store("first");
    let first = take(&store, None, ROWS).unwrap();
    let bucket = far.url.split('/').nth(2).unwrap();
    let elsewhere = far.url.replace(bucket, "no-such-bucket");
    let wrong_key = Access {
        key_id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
        ..far.access.clone()
    };
    let wrong_secret = Access {
        secret: Secret::new("canary"),
        ..far.access.clone()
    };
    let wrongs = [
        (&elsewhere, far.access.clone(), "there is no bucket no-such-bucket"),
        (&far.url, wrong_key, "AWS_ACCESS_KEY_ID"),
        (&far.url, wrong_secret, "AWS_SECRET_ACCESS_KEY"),
    ];
    for (url, access, says) in wrongs {
        let wrong = store.clone().beside(Remote::open(url, access).unwrap());
        let error = wrong.reach().unwrap_err();
        assert!(matches!(error, FactsError::Remote { .. }), "{error}");
        assert!(error.to_string().contains(says), "{error}");
        let error = take(&wrong, Some(&first), "3,c,2024-01-03,Proposal,open\n").unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
        assert!(!format!("{error} {error:?} {wrong:?}").contains("canary"));
        assert_eq!(deals_of(&wrong, &first), 2);
    }
    let here: BTreeSet<String> = std::fs::read_dir(far.here.join("first"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(here, named(&first), "nothing of what failed is left");
}

#[test]
fn a_store_that_is_away_is_said_after_a_few_tries() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let access = Access {
        key_id: "key".to_owned(),
        secret: Secret::new("canary"),
        session_token: None,
        region: "us-east-1".to_owned(),
        endpoint: Some(format!("http://{closed}")),
        certificates: None,
        now,
    };
    let error = Remote::open("s3://facts", access).unwrap().reach().unwrap_err();
    assert!(matches!(error, FactsError::RemoteAway { .. }), "{error}");
    let words = error.to_string();
    assert!(
        words.contains("tried 4 times") && words.contains(&closed.to_string()),
        "{words}"
    );
}
