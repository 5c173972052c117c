//! Mapping profiles and given answers.

use beachhead_facts::FactsError;
use beachhead_facts::catalogue::{Status, Table};
use beachhead_facts::profile::Profile;
use beachhead_facts::read::{DateOrder, How, Input, ReadOptions, inspect};

use super::{counts, field_of, options, read_text};

const FILE: &str = "Ref,Phase,Worth,Begun\nA1,Moonshot,5,03/04/2024\n";

fn answers() -> ReadOptions {
    let map = [
        ("Ref", "opportunity_id"),
        ("Phase", "stage"),
        ("Worth", "amount"),
        ("Begun", "created_on"),
    ];
    ReadOptions {
        table: Some(Table::Opportunities),
        map: map
            .iter()
            .map(|(column, field)| ((*column).to_owned(), (*field).to_owned()))
            .collect(),
        stages: vec![("Moonshot".to_owned(), Status::Lost)],
        date_order: Some(DateOrder::DayFirst),
        ..options()
    }
}

#[test]
fn a_profile_repeats_every_answer_for_the_next_file_with_its_header() {
    let first = read_text(FILE, &answers()).unwrap();
    let profile = Profile::of("phases", &first.report, &answers()).unwrap();
    let profile = Profile::from_toml(&profile.to_toml().unwrap()).unwrap();
    let next = "Ref,Phase,Worth,Begun\nB1,Moonshot,7,05/06/2024\n";
    let seen = inspect(Input::Bytes("next.csv", next.as_bytes()), &options()).unwrap();
    assert_eq!(seen.fingerprint, profile.header);
    assert!(profile.fits(&["ref", "PHASE", "worth ", "begun"]) && !profile.fits(&["Ref", "Phase", "Worth"]));
    let report = read_text(
        next,
        &ReadOptions {
            profile: Some(profile),
            ..options()
        },
    )
    .unwrap()
    .report;
    assert_eq!(counts(&report), (1, 1, 0, 0, 0));
    assert!(report.columns.iter().all(|column| column.how == How::Profile));
}

#[test]
fn a_given_answer_is_above_the_profile() {
    let first = read_text(FILE, &answers()).unwrap();
    let profile = Profile::of("phases", &first.report, &answers());
    let map = vec![("Worth".to_owned(), String::new())];
    let report = read_text(
        FILE,
        &ReadOptions {
            profile,
            map,
            ..options()
        },
    )
    .unwrap()
    .report;
    assert_eq!(
        (field_of(&report, "Worth"), field_of(&report, "Phase")),
        (None, Some("stage"))
    );
}

#[test]
fn a_profile_with_an_unknown_key_or_field_is_refused() {
    let good = "name = \"p\"\nheader = \"h\"\ntable = \"opportunities\"\n";
    assert!(Profile::from_toml(good).is_ok());
    for (bad, said) in [
        (format!("{good}colour = 1\n"), "unknown field `colour`"),
        (
            format!("{good}[columns]\nWorth = \"value\"\n"),
            "opportunities has no field `value`",
        ),
        (
            format!("{good}[stages]\nMoonshot = \"maybe\"\n"),
            "unknown variant `maybe`",
        ),
        (good.replace("opportunities", "deals"), "unknown variant `deals`"),
    ] {
        let error = Profile::from_toml(&bad).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
}

#[test]
fn an_answer_that_cannot_be_followed_is_refused_and_one_that_meets_nothing_is_told() {
    let wrong = ReadOptions {
        map: vec![("Worth".to_owned(), "value".to_owned())],
        ..answers()
    };
    let error = read_text(FILE, &wrong).unwrap_err();
    assert!(matches!(error, FactsError::BadAnswer { .. }), "{error}");
    assert!(
        error.to_string().contains("it has opportunity_id, account_id"),
        "{error}"
    );
    let mut twice = answers();
    twice.map.push(("Begun".to_owned(), "amount".to_owned()));
    assert!(
        read_text(FILE, &twice)
            .unwrap_err()
            .to_string()
            .contains("both mapped to amount")
    );
    let mut unmet = answers();
    unmet.map.push(("Wirth".to_owned(), "amount".to_owned()));
    assert_eq!(read_text(FILE, &unmet).unwrap().report.unused, ["--map Wirth=amount"]);
}

#[test]
fn a_header_that_could_be_of_two_tables_is_asked() {
    let FactsError::Asked { report } = read_text("name,website\nAcme,acme.com\n", &options()).unwrap_err() else {
        panic!("must ask");
    };
    assert_eq!((report.asked[0].what.as_str(), report.table), ("table", None));
    assert!(report.columns.iter().all(|column| column.how == How::Unsure));
    let told = ReadOptions {
        table: Some(Table::Partners),
        ..options()
    };
    assert_eq!(
        counts(&read_text("name,website\nAcme,acme.com\n", &told).unwrap().report),
        (1, 1, 0, 0, 0)
    );
}

#[test]
fn a_table_that_lacks_a_needed_column_is_asked_for_it() {
    let told = ReadOptions {
        table: Some(Table::Effort),
        ..options()
    };
    let FactsError::Asked { report } = read_text("person,hours\nInes,5\n", &told).unwrap_err() else {
        panic!("must ask");
    };
    let flags: Vec<&str> = report.asked.iter().map(|asked| asked.flag.as_str()).collect();
    assert_eq!(flags, ["--map COLUMN=week", "--map COLUMN=initiative"]);
}
