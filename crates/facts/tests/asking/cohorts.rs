//! Cohorts by month of start: what is counted, when a month is mature, and stages from the history.

use beachhead_facts::catalogue::Table;
use beachhead_facts::measure::{AskCohorts, CohortWait, Field, Mark, cohorts};
use beachhead_facts::{Star, Status, Tables};
use beachhead_strategy::AttributionPolicy;

use crate::{day, rule};

fn ask(as_of: &str, within_days: u32) -> AskCohorts {
    AskCohorts {
        by: None,
        filter: None,
        from: Mark::Usual,
        to: Mark::Usual,
        within_days,
        as_of: day(as_of),
        segments: Vec::new(),
        policy: AttributionPolicy::default(),
    }
}

fn stage(name: &str) -> Mark {
    Mark::Stage(name.to_owned())
}

fn star() -> Star {
    let header = [
        "opportunity_id",
        "created_on",
        "closed_on",
        "status",
        "amount",
        "source",
    ];
    let rows = [
        ["o1", "2026-01-05", "2026-02-04", "won", "900", "event"],
        ["o2", "2026-01-05", "2026-02-04", "won", "50", "web"],
        ["o3", "2026-01-31", "2026-03-02", "lost", "", "web"],
        ["o4", "2026-02-10", "", "open", "", "web"],
        ["o5", "2026-02-10", "2026-02-08", "won", "0", ""],
        ["o6", "", "2026-02-08", "lost", "", "web"],
        ["o7", "2026-04-01", "2026-04-20", "won", "70", "web"],
    ];
    let history = [
        ["o1", "2026-01-10", "Meeting"],
        ["o1", "2026-01-20", "Proposal"],
        ["o2", "2026-01-12", "Meeting"],
        ["o3", "2026-02-02", "meeting "],
        ["o4", "2026-02-12", "Proposal"],
        ["o4", "2026-02-15", "Meeting"],
    ];
    let tables = Tables::default().with(Table::Opportunities, &header, &rows).with(
        Table::StageHistory,
        &["opportunity_id", "entered_at", "stage"],
        &history,
    );
    Star::build(tables, None)
}

fn wait(age_days: u32, days: u32, end: Status, count: u64) -> CohortWait {
    CohortWait {
        age_days,
        days,
        end,
        count,
    }
}

#[test]
fn months_hold_what_started_in_them_and_mature_when_the_window_of_their_last_day_has_passed() {
    let found = cohorts(&star(), &ask("2026-03-31", 59)).expect("a plain question");
    let months: Vec<(String, bool)> = found
        .whole
        .months
        .iter()
        .map(|month| (month.first_day.to_string(), month.is_mature))
        .collect();
    // 59 days after 31 January is 31 March; April has not come.
    assert_eq!(
        months,
        [("2026-01-01".to_owned(), true), ("2026-02-01".to_owned(), false)]
    );
    assert_eq!(
        found.whole.months[0].waits,
        [wait(85, 30, Status::Won, 2), wait(59, 30, Status::Lost, 1)]
    );
    assert_eq!(
        found.whole.months[1].waits,
        [wait(49, 0, Status::Won, 1), wait(49, 49, Status::Open, 1)]
    );
    assert_eq!((found.undated, found.ended_before_start), (1, 1));
    assert!(
        !cohorts(&star(), &ask("2026-03-31", 60))
            .expect("a plain question")
            .whole
            .months[0]
            .is_mature
    );
    let earlier = cohorts(&star(), &ask("2026-02-01", 10)).expect("a plain question");
    assert_eq!(
        earlier.whole.months[0].waits,
        [wait(27, 27, Status::Open, 2), wait(1, 1, Status::Open, 1)]
    );
}

#[test]
fn whoever_holds_the_value_of_what_converted_is_named() {
    let found = cohorts(&star(), &ask("2026-12-31", 90)).expect("a plain question");
    let value = found.value.expect("amounts were declared");
    assert_eq!((value.total_minor, value.largest_deal.amount_minor), (102_000, 90_000));
    assert_eq!(value.largest_deal.name, "o1");
    let source = value.largest_source.expect("two sources");
    assert_eq!((source.name.as_str(), source.amount_minor), ("event", 90_000));
    assert_eq!(value.largest_partner, None);
    let none = AskCohorts {
        filter: Some(rule("status = 'lost'")),
        ..ask("2026-12-31", 90)
    };
    assert_eq!(cohorts(&star(), &none).expect("a plain question").value, None);
}

#[test]
fn a_stage_begins_and_ends_a_wait_by_the_history() {
    let asked = AskCohorts {
        from: stage("meeting"),
        to: stage("Proposal"),
        ..ask("2026-03-31", 30)
    };
    let found = cohorts(&star(), &asked).expect("both stages are there");
    // o2 was won without a proposal: a win counts as having passed it. o4's proposal came before its meeting.
    assert_eq!(
        found.whole.months[0].waits,
        [wait(80, 10, Status::Won, 1), wait(78, 23, Status::Won, 1)]
    );
    assert_eq!(
        found.whole.months[1].waits,
        [wait(57, 28, Status::Lost, 1), wait(44, 44, Status::Open, 1)]
    );
    let unknown = AskCohorts {
        to: stage("Signature"),
        ..ask("2026-03-31", 30)
    };
    let refused = cohorts(&star(), &unknown).expect_err("no such stage").to_string();
    assert!(
        refused.contains("Signature") && refused.contains("Proposal"),
        "{refused}"
    );
    let refused = cohorts(&Star::empty(), &unknown).expect_err("no history").to_string();
    assert!(refused.contains("no stage history"), "{refused}");
}

#[test]
fn groups_add_up_to_the_whole() {
    let asked = AskCohorts {
        by: Some(Field::parse("source")),
        ..ask("2026-12-31", 90)
    };
    let found = cohorts(&star(), &asked).expect("source is a column");
    let keys: Vec<&str> = found.groups.iter().map(|group| group.key.as_str()).collect();
    assert_eq!(keys, ["", "event", "web"]);
    let count = |months: &[beachhead_facts::measure::CohortMonth]| -> u64 {
        months
            .iter()
            .flat_map(|month| &month.waits)
            .map(|wait| wait.count)
            .sum()
    };
    let sum: u64 = found.groups.iter().map(|group| count(&group.months)).sum();
    assert_eq!((sum, count(&found.whole.months)), (6, 6));
}
