//! Progress of a bet's targets, and the counts that its gate is judged by.

use beachhead_facts::catalogue::Table;
use beachhead_facts::measure::{Origin, SaidStep, progress, stage_evidence};
use beachhead_facts::{Star, Tables};

use crate::{day, texts};

const STEPS: [&str; 4] = ["introduced", "met", "opportunity", "won"];

fn star() -> Star {
    let tables = Tables::default()
        .with(
            Table::Accounts,
            &["account_id", "name"],
            &[
                ["a1", "Acme"],
                ["a2", "Betatech"],
                ["a3", "Cancity"],
                ["a4", "Dontechi"],
            ],
        )
        .with(Table::Partners, &["partner_id", "name"], &[["p1", "Workbright"]])
        .with(
            Table::Opportunities,
            &["opportunity_id", "account_id", "created_on", "closed_on", "status"],
            &[
                ["old", "a1", "2026-01-05", "2026-02-05", "won"],
                ["o1", "a1", "2026-04-06", "2026-05-18", "won"],
                ["o2", "a2", "2026-04-20", "2026-05-04", "lost"],
                ["o3", "a3", "2026-03-02", "", "open"],
            ],
        )
        .with(
            Table::Progress,
            &["bet", "account_id", "step", "on", "partner_id"],
            &[
                ["HRIS co-sell", "a1", "targeted", "2026-03-02", "p1"],
                ["hris co-sell", "ACME", "Met", "2026-03-20", ""],
                ["HRIS co-sell", "a2", "targeted", "2026-03-09", "p1"],
                ["HRIS co-sell", "a3", "targeted", "2026-03-16", ""],
                ["HRIS co-sell", "a3", "introduced", "2026-03-30", ""],
                ["HRIS co-sell", "Unheard Of", "targeted", "2026-03-16", ""],
                ["HRIS co-sell", "Unheard Of", "lost", "2026-04-01", ""],
                ["Another", "a4", "targeted", "2026-03-16", ""],
            ],
        );
    Star::build(tables, None)
}

#[test]
fn the_crm_and_the_later_steps_speak_without_typing() {
    let found = progress(&star(), "HRIS co-sell", &texts(&STEPS), &[], day("2026-06-01"));
    let names: Vec<&str> = found
        .targets
        .iter()
        .map(|target| target.account_name.as_str())
        .collect();
    assert_eq!(names, ["Acme", "Betatech", "Unheard Of", "Cancity"]);
    let days = |nth: usize| -> Vec<String> {
        let reached = found.targets[nth].reached.iter();
        reached
            .map(|day| day.map_or(String::new(), |day| day.to_string()))
            .collect()
    };
    // The old opportunity was there before; the introduction is implied by the meeting.
    assert_eq!(days(0), ["2026-03-20", "2026-03-20", "2026-04-06", "2026-05-18"]);
    assert_eq!(found.targets[0].opportunity_id.as_deref(), Some("o1"));
    assert_eq!(found.targets[0].partner.as_deref(), Some("Workbright"));
    assert_eq!(days(1), ["2026-04-20", "2026-04-20", "2026-04-20", ""]);
    assert_eq!(found.targets[1].lost_on, Some(day("2026-05-04")));
    assert_eq!(found.targets[2].lost_on, Some(day("2026-04-01")));
    assert_eq!(days(3), ["2026-03-30", "", "", ""]);
    assert_eq!(found.targets[3].entry, Origin::Row { file: 0, row: 5 });
    // The introduction of Acme is read from its meeting; the opportunity from the CRM.
    let row = |row| Some(Origin::Row { file: 0, row });
    let seen = &found.targets[0].seen;
    assert_eq!((seen[0], seen[1]), (seen[1], row(3)));
    assert_eq!(seen[2..], [Some(Origin::Opportunity), Some(Origin::Opportunity)]);
}

#[test]
fn only_what_was_known_on_the_day_counts() {
    let found = progress(&star(), "HRIS co-sell", &texts(&STEPS), &[], day("2026-04-20"));
    assert_eq!(found.targets[0].reached[3], None);
    assert_eq!(found.targets[1].lost_on, None);
    assert!(
        progress(&star(), "HRIS co-sell", &texts(&STEPS), &[], day("2026-03-01"))
            .targets
            .is_empty()
    );
    assert!(
        progress(&star(), "no such bet", &texts(&STEPS), &[], day("2026-06-01"))
            .targets
            .is_empty()
    );
}

#[test]
fn evidence_is_counted_step_by_step_in_whole_weeks() {
    let found = progress(&star(), "HRIS co-sell", &texts(&STEPS), &[], day("2026-06-01"));
    let evidence = stage_evidence(&found, "opportunity", day("2026-06-01"));
    assert_eq!(evidence.weeks_since_start, 13);
    assert_eq!(evidence.activations_per_week[..4], [1, 1, 2, 0]);
    assert_eq!(evidence.activations_per_week.iter().sum::<u64>(), 4);
    let [introduced, met, opportunity] = &evidence.steps[..] else {
        panic!("three steps up to the gate's")
    };
    assert_eq!((introduced.entered, introduced.converted, introduced.lost), (4, 3, 1));
    assert_eq!(introduced.delays_weeks, [(2, 2), (6, 1)]);
    assert_eq!(introduced.open_ages_weeks, []);
    assert_eq!((met.entered, met.converted, met.lost), (3, 2, 0));
    assert_eq!(met.open_ages_weeks, [(9, 1)]);
    assert_eq!(
        (opportunity.entered, opportunity.converted, opportunity.lost),
        (2, 2, 0)
    );
    assert_eq!(opportunity.delays_weeks, [(0, 1), (2, 1)]);
    let nobody = stage_evidence(
        &progress(&star(), "none", &texts(&STEPS), &[], day("2026-06-01")),
        "met",
        day("2026-06-01"),
    );
    assert_eq!(
        (
            nobody.weeks_since_start,
            nobody.activations_per_week.len(),
            nobody.steps.len()
        ),
        (0, 0, 2)
    );
}

fn said(number: i64, account: &str, step: &str, on: &str) -> SaidStep {
    SaidStep {
        number,
        account: account.to_owned(),
        account_name: format!("{account}, by name"),
        partner: (number % 2 == 0).then(|| "p1".to_owned()),
        step: step.to_owned(),
        on: day(on),
    }
}

#[test]
fn a_target_that_is_imported_and_said_is_one_and_its_first_day_counts() {
    let said = [
        said(1, "a3", "Introduced", "2026-03-25"),
        said(2, "a3", "met", "2026-04-10"),
        said(3, "a1", "met", "2026-03-25"),
    ];
    let found = progress(&star(), "HRIS co-sell", &texts(&STEPS), &said, day("2026-06-01"));
    assert_eq!(found.targets.len(), 4);
    let [acme, _, _, cancity] = &found.targets[..] else {
        panic!("four targets")
    };
    assert_eq!(cancity.reached[..2], [Some(day("2026-03-25")), Some(day("2026-04-10"))]);
    assert_eq!(cancity.seen[..2], [Some(Origin::Said(1)), Some(Origin::Said(2))]);
    assert_eq!(cancity.partner.as_deref(), Some("Workbright"));
    assert_eq!(cancity.entry, Origin::Row { file: 0, row: 5 });
    // What was imported came first here.
    assert_eq!(acme.reached[1], Some(day("2026-03-20")));
}

#[test]
fn a_target_that_is_only_said_counts_from_its_day_and_the_crm_speaks_of_it() {
    let said = [
        said(4, "a4", "targeted", "2026-04-01"),
        said(5, "elsewhere", "targeted", "2026-04-02"),
        said(6, "elsewhere", "lost", "2026-04-03"),
    ];
    let on = |as_of: &str| progress(&star(), "HRIS co-sell", &texts(&STEPS), &said, day(as_of)).targets;
    assert_eq!(on("2026-03-31").len(), 4);
    let found = on("2026-04-01");
    let named = found.iter().find(|target| target.account == "a4").expect("it entered");
    assert_eq!(
        (named.account_name.as_str(), named.entry),
        ("Dontechi", Origin::Said(4))
    );
    let found = on("2026-06-01");
    assert_eq!(found.len(), 6);
    let elsewhere = found
        .iter()
        .find(|target| target.account == "elsewhere")
        .expect("it entered");
    assert_eq!(elsewhere.account_name, "elsewhere, by name");
    assert_eq!(elsewhere.lost_on, Some(day("2026-04-03")));
}
