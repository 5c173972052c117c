//! `psi`: two companies, each with a data folder of its own on one machine, and the files between them.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use crate::support::{Folder, Said};

/// Our accounts: 60 that nobody else has, and three that they have too.
fn ours() -> String {
    let mut list = "id,Account Name,Website,Country,VAT\n".to_owned();
    for row in 0..60 {
        list.push_str(&format!("o{row},Kasdex Works {row},kasdexworks{row}.com,DE,\n"));
    }
    list.push_str("s1,Northwind Traders Ltd,https://www.northwind.co.uk/en,United Kingdom,GB 123 456 789\n");
    list.push_str("s2,=HYPERLINK(\"x\") Foods,,US,\n");
    list.push_str("s3,Other Name,contoso-shared.com,,\n");
    list
}

fn theirs() -> String {
    let mut list = "company,domain,country,vat\n".to_owned();
    for row in 0..70 {
        list.push_str(&format!("Velplex Foods {row},velplexfoods{row}.com,FR,\n"));
    }
    list.push_str("NORTHWIND TRADERS LIMITED,northwind.co.uk,GB,GB123456789\n");
    list.push_str("Hyperlink (x) foods,another-domain.com,USA,\n");
    list.push_str("Contoso,info@contoso-shared.com,IT,\n");
    list
}

/// A folder with both lists; the two programs lie in `a` and `b`.
fn companies(name: &str) -> Folder {
    let folder = Folder::new(name);
    folder.write("ours.csv", &ours());
    folder.write("theirs.csv", &theirs());
    folder
}

const OFFER: [&str; 10] = [
    "psi",
    "offer",
    "--data",
    "a",
    "--partner",
    "Velplex",
    "--ours",
    "ours.csv",
    "--out",
    "ours.offer",
];
const ANSWER: [&str; 11] = [
    "psi",
    "answer",
    "ours.offer",
    "--data",
    "b",
    "--partner",
    "Northwind",
    "--ours",
    "theirs.csv",
    "--out",
    "theirs.answer",
];
const OPEN: [&str; 5] = ["psi", "open", "theirs.answer", "--data", "a"];

/// The same words with some of them replaced.
fn with<'a>(words: &[&'a str], changes: &[(&str, &'a str)]) -> Vec<&'a str> {
    let change = |word: &&'a str| {
        changes
            .iter()
            .find(|(from, _)| from == word)
            .map_or(*word, |(_, to)| to)
    };
    words.iter().map(change).collect()
}

/// What is left of offers in a data folder: secrets and the lists that they were made of.
fn waiting(folder: &Folder, data: &str) -> usize {
    let names = std::fs::read_dir(folder.path(data).join("psi")).expect("the folder of offers");
    let names = names.map(|entry| {
        entry
            .expect("a readable entry")
            .file_name()
            .to_string_lossy()
            .into_owned()
    });
    names.filter(|name| name != "salt").count()
}

#[test]
fn ctrl_c_stops_an_offer_and_leaves_no_file_no_secret_and_no_run() {
    let folder = Folder::new("psi-ctrl-c");
    let rows = (0..400_000).map(|row| format!("o{row},Kasdex Works {row},kasdexworks{row}.com,DE\n"));
    folder.write(
        "ours.csv",
        &format!("id,Account Name,Website,Country\n{}", rows.collect::<String>()),
    );
    let offer = folder.start(&OFFER);
    // Past the reading of its arguments, and long before so many keys are blinded.
    std::thread::sleep(Duration::from_secs(1));
    let interrupt = Command::new("kill").args(["-INT", &offer.id().to_string()]).status();
    assert!(interrupt.expect("there is a kill").success());
    let said = Said::of(offer);
    assert!(
        said.code != 0 && said.err.contains("stopped"),
        "{} {}",
        said.code,
        said.err
    );
    assert!(
        folder
            .files()
            .iter()
            .all(|(path, _)| !path.to_string_lossy().contains("ours.offer"))
    );
    assert_eq!(waiting(&folder, "a"), 0);
    assert_eq!(
        folder.answer(&["psi", "log", "--data", "a"])["runs"],
        serde_json::json!([])
    );
}

#[test]
fn two_companies_learn_by_two_files_which_accounts_they_share() {
    let folder = companies("psi");
    let offered = folder.answer(&OFFER);
    assert_eq!((&offered["ours"], &offered["with_key"]), (&63.into(), &63.into()));
    assert_eq!((&offered["keys"], &offered["shown"]), (&125.into(), &256.into()));
    let answered = folder.answer(&ANSWER);
    assert_eq!(
        (&answered["theirs"], &answered["their_list"]),
        (&256.into(), &"first".into())
    );
    assert_eq!(answered["run"], offered["run"]);
    assert_eq!(waiting(&folder, "a"), 2);
    assert_eq!(waiting(&folder, "b"), 0);

    let opened = folder.answer(&[OPEN.as_slice(), &["--out", "shared.csv"]].concat());
    assert_eq!(
        (&opened["agree"], &opened["grade_a"], &opened["grade_b"]),
        (&3.into(), &2.into(), &1.into())
    );
    let by = &opened["by"];
    assert_eq!(
        [&by["registration_number"], &by["domain"], &by["name_and_country"]],
        [&Value::from(1), &2.into(), &2.into()]
    );
    let shared = std::fs::read_to_string(folder.path("shared.csv")).expect("it is there");
    let lines: Vec<&str> = shared.lines().collect();
    assert_eq!(
        lines,
        [
            "ours_id,ours_name,agrees_by,grade",
            "s1,Northwind Traders Ltd,\"registration number, domain, name and country\",A",
            "s2,\"'=HYPERLINK(\"\"x\"\") Foods\",name and country,A",
            "s3,Other Name,domain,B",
        ]
    );
    assert_eq!(waiting(&folder, "a"), 0, "the secret and the list are gone");
    let log = folder.answer(&["psi", "log", "--data", "a"]);
    let acts: Vec<&Value> = log["runs"]
        .as_array()
        .expect("runs")
        .iter()
        .map(|run| &run["act"])
        .collect();
    assert_eq!(acts, ["open", "offer"]);
    assert_eq!(log["runs"][0]["agree"], 3);
    assert!(
        folder
            .run(&["psi", "log", "--data", "b"])
            .done()
            .out
            .contains("Northwind")
    );
}

/// Whether a file holds these bytes, as text or as two-byte characters.
fn holds(path: &Path, words: &str) -> bool {
    let bytes = std::fs::read(path).expect("it is there").to_ascii_lowercase();
    let wide: Vec<u8> = words.bytes().flat_map(|byte| [byte, 0]).collect();
    let found = |words: &[u8]| bytes.windows(words.len()).any(|window| window == words);
    found(words.as_bytes()) || found(&wide)
}

#[test]
fn nothing_of_a_name_or_a_domain_stands_in_the_files_or_in_the_log() {
    let folder = companies("psi-plain");
    folder.answer(&OFFER);
    folder.answer(&ANSWER);
    let between = [
        "ours.offer",
        "theirs.answer",
        "a/record.sqlite",
        "b/record.sqlite",
        "b/record.sqlite-wal",
    ];
    for file in between {
        let path = folder.path(file);
        for word in ["northwind traders", "kasdex", "co.uk", "contoso", "foods", "123456789"] {
            assert!(!path.exists() || !holds(&path, word), "{file} holds {word}");
        }
    }
    // What is kept of the offer is for its owner alone, and the offer has another face each time.
    #[cfg(unix)]
    for (path, _) in folder.files() {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(&path).expect("it is there").permissions().mode();
        assert!(
            !path.starts_with(folder.path("a/psi")) || mode & 0o077 == 0,
            "{}",
            path.display()
        );
    }
    folder.answer(&with(&OFFER, &[("ours.offer", "again.offer")]));
    let [one, other] = ["ours.offer", "again.offer"].map(|file| std::fs::read(folder.path(file)).expect("it is there"));
    let alike = one[100..]
        .chunks(32)
        .filter(|point| other[100..].chunks(32).any(|two| two == *point));
    assert_eq!(alike.count(), 0);
}

#[test]
fn each_wrong_file_is_refused_in_its_words_and_nothing_is_written() {
    let folder = companies("psi-wrong");
    folder.answer(&OFFER);
    let offer = std::fs::read(folder.path("ours.offer")).expect("it is there");
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path(name), bytes).expect("a writable folder");
    let mut tampered = offer.clone();
    tampered[200] ^= 1;
    let mut newer = offer.clone();
    newer[8] = 2;
    for (name, bytes, words) in [
        ("foreign", b"id,name\n1,Acme\n".as_slice(), "no offer and no answer"),
        ("empty", b"", "no offer and no answer"),
        ("cut", &offer[..5_000], "ends too early"),
        ("tampered", &tampered, "was changed on the way"),
        ("newer", &newer, "the same release"),
    ] {
        write(name, bytes);
        let said = folder.refused(&with(&ANSWER, &[("ours.offer", name)]), 2);
        assert!(said.contains(words) && said.contains(name), "{name}: {said}");
        assert!(!folder.path("theirs.answer").exists());
    }
    assert!(
        folder
            .refused(&with(&ANSWER, &[("ours.offer", "absent")]), 2)
            .contains("absent")
    );
    assert!(
        folder
            .refused(&with(&OPEN, &[("theirs.answer", "ours.offer")]), 2)
            .contains("an answer is wanted")
    );
    // Our own offer is not ours to answer, and one is answered once.
    assert!(
        folder
            .refused(&with(&ANSWER, &[("b", "a")]), 4)
            .contains("this program itself")
    );
    folder.answer(&ANSWER);
    assert!(
        folder
            .refused(&with(&ANSWER, &[("theirs.answer", "x")]), 4)
            .contains("was answered on")
    );
    // An answer is opened where the offer was made, of the offer that was made, and once.
    assert!(folder.refused(&with(&OPEN, &[("a", "b")]), 2).contains("has not made"));
    let answer = std::fs::read(folder.path("theirs.answer")).expect("it is there");
    write("cut.answer", &answer[..answer.len() - 40]);
    let mut tampered = answer;
    let last = tampered.len() - 33;
    tampered[last] ^= 1;
    write("tampered.answer", &tampered);
    assert!(
        folder
            .refused(&with(&OPEN, &[("theirs.answer", "cut.answer")]), 2)
            .contains("ends too early")
    );
    assert!(
        folder
            .refused(&with(&OPEN, &[("theirs.answer", "tampered.answer")]), 2)
            .contains("changed")
    );
    assert_eq!(waiting(&folder, "a"), 2, "the offer waits on");
    folder.answer(&OPEN);
    assert!(folder.refused(&OPEN, 4).contains("was opened on"));
    let left = folder
        .files()
        .into_iter()
        .filter(|(path, _)| path.to_string_lossy().contains(".tmp-psi"));
    assert_eq!(left.count(), 0);
}

#[test]
fn so_many_runs_with_one_partner_and_no_list_of_few() {
    let folder = companies("psi-limits");
    folder.write("few.csv", "id,name,website\n1,Acme,acme.com\n2,Kasdex,kasdex.com\n");
    let refused = folder.refused(&with(&OFFER, &[("ours.csv", "few.csv")]), 2);
    assert!(refused.contains("2 of the list's records have a key"), "{refused}");
    assert!(
        folder
            .refused(&with(&OFFER, &[("Velplex", " ")]), 2)
            .contains("partner's name")
    );
    let files = ["1.offer", "2.offer", "3.offer", "4.offer"];
    for file in files {
        folder.answer(&with(&OFFER, &[("ours.offer", file)]));
    }
    assert!(
        folder
            .refused(&with(&OFFER, &[("ours.offer", "1.offer")]), 4)
            .contains("there already")
    );
    let refused = folder.refused(&with(&OFFER, &[("Velplex", "VELPLEX ")]), 3);
    assert!(
        refused.contains("There were 4 offers with VELPLEX within 30 days"),
        "{refused}"
    );
    assert!(!folder.path("ours.offer").exists());
    folder.answer(&with(&OFFER, &[("Velplex", "Kasdex")]));
    // They see whether our list is the one of last time.
    let bound = [
        with(&ANSWER, &[("ours.offer", "1.offer")]).as_slice(),
        &["--most", "100"],
    ]
    .concat();
    assert!(folder.refused(&bound, 4).contains("more than --most allows"));
    let lists = files.map(|file| {
        let out = format!("{file}.answer");
        folder.answer(&with(&ANSWER, &[("ours.offer", file), ("theirs.answer", &out)]))["their_list"].clone()
    });
    assert_eq!(lists, ["first", "same", "same", "same"]);
}

#[test]
fn without_a_list_the_accounts_of_the_facts_are_offered() {
    let folder = companies("psi-facts");
    folder.answer(&["import", "ours.csv", "--as", "accounts", "--data", "a"]);
    let offer: Vec<&str> = OFFER
        .into_iter()
        .filter(|word| !["--ours", "ours.csv"].contains(word))
        .collect();
    let offered = folder.answer(&offer);
    assert_eq!((&offered["ours"], &offered["keys"]), (&63.into(), &125.into()));
    folder.answer(&ANSWER);
    let opened = folder
        .run(&[OPEN.as_slice(), &["--out", "shared.xlsx"]].concat())
        .done();
    assert!(
        opened.out.contains("3 of 63 accounts agree with Velplex"),
        "{}",
        opened.out
    );
    assert!(
        std::fs::read(folder.path("shared.xlsx"))
            .expect("it is there")
            .starts_with(b"PK")
    );
    assert!(
        folder
            .refused(&with(&offer, &[("a", "empty"), ("ours.offer", "x")]), 4)
            .contains("The facts hold no accounts")
    );
}
