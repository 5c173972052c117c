//! What stages mean: kept in profiles, known from other files, and from which day on.

use beachhead_facts::catalogue::Table;
use beachhead_facts::profile::Profile;
use beachhead_facts::read::{Companions, inspect};
use beachhead_facts::{Stage, StageMap, Status};
use jiff::civil::date;

use super::*;

const DEALS: &str = "Deal ID,Deal Stage,Close Date\n1,Landed,2024-06-30\n2,Landed,2025-03-01\n3,Adrift,\n";

fn profile(stages: &str) -> Result<Profile, FactsError> {
    Profile::from_toml(&format!(
        "name = \"deals\"\nheader = \"-\"\ntable = \"opportunities\"\n\n{stages}"
    ))
}

#[test]
fn both_forms_of_stages_are_kept_in_a_profile() {
    let text = "[stages]\nAdrift = \"lost\"\n\n[[stage]]\nname = \"Landed\"\nid = \"938\"\nmeans = \"won\"\norder = 3\nfrom = 2025-01-01\n";
    let profile = profile(text).unwrap();
    assert_eq!(profile.stage[0].from, Some(date(2025, 1, 1)));
    let written = profile.to_toml().unwrap();
    assert!(written.contains("from = 2025-01-01"), "{written}");
    assert_eq!(Profile::from_toml(&written).unwrap(), profile);
}

#[test]
fn what_is_wrong_in_a_profile_is_told_with_line_and_column() {
    for (stages, place, word) in [
        (
            "[[stage]]\nname = \"Landed\"\nmeans = \"won\"\ncolour = 1\n",
            "line 8, column 1",
            "colour",
        ),
        (
            "[[stage]]\nname = \"Landed\"\nmeans = \"perhaps\"\n",
            "line 7, column 9",
            "perhaps",
        ),
        (
            "[[stage]]\nname = \"Landed\"\nmeans = \"won\"\nfrom = 10:00:00\n",
            "line 8, column 8",
            "not a day",
        ),
        ("[stages]\nLanded = \"gone\"\n", "line 6, column 10", "gone"),
    ] {
        let error = profile(stages).unwrap_err().to_string();
        assert!(error.contains(place) && error.contains(word), "{error}");
    }
}

#[test]
fn a_stage_that_the_program_knows_is_not_asked_again() {
    let asked = read_text(DEALS, &options()).unwrap_err().to_string();
    assert!(
        asked.contains("--stage Landed=open|won|lost") && asked.contains("--stage Adrift"),
        "{asked}"
    );
    let known: StageMap = [
        Stage::plain("Landed", Status::Won),
        Stage::plain("Adrift", Status::Lost),
    ]
    .into_iter()
    .collect();
    let options = ReadOptions {
        companions: Companions::knowing(known),
        ..options()
    };
    assert_eq!(counts(&read_text(DEALS, &options).unwrap().report), (3, 3, 0, 0, 0));
}

#[test]
fn what_a_file_says_of_stages_is_not_what_was_known_before() {
    let options = ReadOptions {
        companions: Companions::knowing([Stage::plain("Landed", Status::Lost)].into_iter().collect()),
        ..options()
    };
    let read = read_text(
        "stage_id,label,display_order,is_closed,closed_won\n938,Landed,3,true,true\n",
        &options,
    )
    .unwrap();
    assert_eq!(read.report.table, Some(Table::Stages));
    assert_eq!(counts(&read.report), (1, 1, 0, 0, 0));
}

#[test]
fn a_file_of_stages_says_what_the_ids_in_the_deals_mean() {
    let stages = "stage_id,label,display_order,is_closed,closed_won,_fivetran_deleted\n\
                  938,Landed,3,true,true,false\n939,Adrift,4,true,false,false\n940,Gone,5,true,true,true\n";
    let mut companions = Companions::default();
    let file = Input::Bytes("deal_pipeline_stage.csv", stages.as_bytes());
    assert!(Companions::is_one(&inspect(file, &options()).unwrap().report));
    companions.add(file, &options()).unwrap();
    let entries: Vec<(&str, Status)> = companions
        .stages
        .entries()
        .into_iter()
        .map(|stage| (stage.name.as_str(), stage.means))
        .collect();
    assert_eq!(entries, [("Landed", Status::Won), ("Adrift", Status::Lost)]);
    let options = ReadOptions {
        companions,
        ..options()
    };
    let deals = "deal_id,dealname,deal_pipeline_stage_id,closedate\n1,One,938,2024-06-30\n2,Two,939,2024-06-30\n";
    assert_eq!(counts(&read_text(deals, &options).unwrap().report), (2, 2, 0, 0, 0));
}
