//! The attribution policy on small stars made by hand.

use beachhead_facts::attribute::{BearingCount, MoveFilter, TouchLedger, TouchQuestion, compare, touches};
use beachhead_facts::catalogue::Table;
use beachhead_facts::measure::{Field, OpportunityRow, Selection, Weigh, rows, weigh};
use beachhead_facts::{Star, Tables};
use beachhead_strategy::{AttributionPolicy, Bearing, Class, Credit, FiscalCalendar, TouchKind};

use crate::day;

const OPPORTUNITIES: [&str; 6] = [
    "opportunity_id",
    "account_id",
    "created_on",
    "closed_on",
    "status",
    "amount",
];
const TOUCHES: [&str; 7] = [
    "touch_id",
    "opportunity_id",
    "account_id",
    "partner_id",
    "kind",
    "on",
    "recorded_at",
];

fn star(opportunities: &[[&str; 6]], touches: &[[&str; 7]]) -> Star {
    let tables = Tables::default()
        .with(
            Table::Accounts,
            &["account_id", "name"],
            &[["a1", "Acme"], ["a2", "Betatech"]],
        )
        .with(
            Table::Partners,
            &["partner_id", "name", "type"],
            &[
                ["p1", "Workbright", "technology"],
                ["p2", "PeopleOak", "technology"],
                ["p3", "Resellio", "reseller"],
            ],
        )
        .with(
            Table::PartnerAccounts,
            &["partner_id", "external_id", "name", "population", "as_of"],
            &[
                ["p2", "x", "BETATECH", "customer", "2026-02-01"],
                ["p3", "y", "betatech", "prospect", "2026-03-01"],
            ],
        )
        .with(Table::Opportunities, &OPPORTUNITIES, opportunities)
        .with(Table::Touches, &TOUCHES, touches);
    Star::build(tables, None)
}

fn selection(policy: &AttributionPolicy, as_of: &str) -> Selection {
    Selection {
        key: Vec::new(),
        filter: None,
        scope: None,
        measure: None,
        as_of: day(as_of),
        segments: Vec::new(),
        policy: policy.clone(),
    }
}

fn first(star: &Star, policy: &AttributionPolicy, as_of: &str) -> OpportunityRow {
    rows(star, &selection(policy, as_of))
        .expect("a plain selection")
        .remove(0)
}

fn class(star: &Star, as_of: &str) -> Class {
    first(star, &AttributionPolicy::default(), as_of).class
}

const OPEN: [&str; 6] = ["o1", "a1", "2026-03-31", "", "open", "1000"];

#[test]
fn a_sourcing_touch_counts_within_the_window_only() {
    for (on, expected) in [
        ("2026-02-28", Class::Direct),
        ("2026-03-01", Class::Sourced),
        ("2026-03-31", Class::Sourced),
        ("2026-04-01", Class::Influenced),
    ] {
        let star = star(&[OPEN], &[["t1", "", "a1", "p1", "referral", on, ""]]);
        assert_eq!(class(&star, "2026-06-30"), expected, "{on}");
    }
    let wider = AttributionPolicy {
        window_days: 31,
        ..AttributionPolicy::default()
    };
    let star = star(&[OPEN], &[["t1", "o1", "", "p1", "referral", "2026-02-28", ""]]);
    assert_eq!(first(&star, &wider, "2026-06-30").class, Class::Sourced);
}

#[test]
fn only_the_kinds_of_the_policy_source() {
    let star = star(&[OPEN], &[["t1", "o1", "", "p1", "joint meeting", "2026-03-20", ""]]);
    assert_eq!(class(&star, "2026-06-30"), Class::Direct);
    let policy = AttributionPolicy {
        sourced_by: vec![TouchKind::JointMeeting],
        ..AttributionPolicy::default()
    };
    assert_eq!(first(&star, &policy, "2026-06-30").class, Class::Sourced);
}

#[test]
fn an_opportunity_already_open_then_takes_the_sourcing_away() {
    let touch = ["t1", "", "a1", "p1", "intro", "2026-03-20", ""];
    let other = |created, closed, status| ["o2", "a1", created, closed, status, ""];
    let open_then = star(&[OPEN, other("2026-01-10", "", "open")], &[touch]);
    assert_eq!(class(&open_then, "2026-06-30"), Class::Direct);
    let closed_before = star(&[OPEN, other("2026-01-10", "2026-03-20", "lost")], &[touch]);
    assert_eq!(class(&closed_before, "2026-06-30"), Class::Sourced);
    let closed_after = star(&[OPEN, other("2026-01-10", "2026-03-21", "lost")], &[touch]);
    assert_eq!(class(&closed_after, "2026-06-30"), Class::Direct);
    let same_day = star(&[OPEN, other("2026-03-20", "", "open")], &[touch]);
    assert_eq!(class(&same_day, "2026-06-30"), Class::Sourced);
    let of_another_account = star(&[OPEN, ["o2", "a2", "2026-01-10", "", "open", ""]], &[touch]);
    assert_eq!(class(&of_another_account, "2026-06-30"), Class::Sourced);
    let lenient = AttributionPolicy {
        needs_no_open_opportunity: false,
        ..AttributionPolicy::default()
    };
    assert_eq!(first(&open_then, &lenient, "2026-06-30").class, Class::Sourced);
}

#[test]
fn a_claim_recorded_after_the_lock_is_marked_and_does_not_source() {
    let claim = |recorded| {
        star(
            &[OPEN],
            &[["t1", "o1", "", "p1", "registration", "2026-03-20", recorded]],
        )
    };
    let default = AttributionPolicy::default();
    let in_time = first(&claim("2026-04-14"), &default, "2026-06-30");
    assert_eq!((in_time.class, in_time.claimed_after_lock), (Class::Sourced, false));
    let late = first(&claim("2026-04-15"), &default, "2026-06-30");
    assert_eq!((late.class, late.claimed_after_lock), (Class::Direct, true));
    let unlocked = AttributionPolicy {
        lock_days: None,
        ..default
    };
    let free = first(&claim("2026-06-01"), &unlocked, "2026-06-30");
    assert_eq!((free.class, free.claimed_after_lock), (Class::Sourced, false));
}

#[test]
fn a_touch_influences_between_creation_and_close() {
    let won = ["o1", "a1", "2026-03-31", "2026-05-15", "won", "1000"];
    for (on, expected) in [
        ("2026-03-30", Class::Direct),
        ("2026-03-31", Class::Influenced),
        ("2026-05-15", Class::Influenced),
        ("2026-05-16", Class::Direct),
    ] {
        let star = star(&[won], &[["t1", "o1", "", "p1", "reference", on, ""]]);
        assert_eq!(class(&star, "2026-06-30"), expected, "{on}");
    }
}

#[test]
fn overlap_alone_is_present_and_nothing_is_direct() {
    let star = star(
        &[
            ["o1", "a2", "2026-03-31", "", "open", "5"],
            ["o2", "a1", "2026-03-31", "", "open", "5"],
        ],
        &[],
    );
    let found = rows(&star, &selection(&AttributionPolicy::default(), "2026-06-30")).expect("a plain selection");
    let shown: Vec<_> = found.iter().map(|row| (row.class, row.partner.as_str())).collect();
    assert_eq!(shown, [(Class::Present, "PeopleOak"), (Class::Direct, "")]);
}

#[test]
fn what_was_recorded_later_was_not_known() {
    let opportunities = [["o1", "a2", "2026-03-31", "2026-06-10", "won", "5"]];
    let star = star(
        &opportunities,
        &[["t1", "o1", "", "p1", "intro", "2026-03-20", "2026-04-10"]],
    );
    let policy = AttributionPolicy::default();
    assert!(
        rows(&star, &selection(&policy, "2026-03-30"))
            .expect("a plain selection")
            .is_empty()
    );
    let before = first(&star, &policy, "2026-04-09");
    assert_eq!(
        (before.class, before.status.name(), before.closed_on),
        (Class::Present, "open", None)
    );
    assert_eq!(class(&star, "2026-04-10"), Class::Sourced);
    assert_eq!(first(&star, &policy, "2026-06-10").status.name(), "won");
}

#[test]
fn credit_goes_to_the_earliest_the_last_or_all() {
    let touches = [
        ["t1", "o1", "", "p3", "referral", "2026-03-25", ""],
        ["t2", "o1", "", "p1", "intro", "2026-03-10", ""],
        ["t3", "o1", "", "p1", "intro", "2026-03-12", ""],
        ["t4", "o1", "", "p2", "reference", "2026-05-01", ""],
    ];
    let star = star(&[["o1", "a1", "2026-03-31", "2026-05-15", "won", "10.01"]], &touches);
    let credited = |credit| {
        let policy = AttributionPolicy {
            credit,
            ..AttributionPolicy::default()
        };
        first(&star, &policy, "2026-06-30").partner
    };
    assert_eq!(credited(Credit::Earliest), "Workbright");
    assert_eq!(credited(Credit::Last), "Resellio");
    assert_eq!(credited(Credit::EqualShares), "Workbright; Resellio");

    let question = Weigh {
        by: vec![Field::PartnerType],
        filter: None,
        as_of: day("2026-06-30"),
        segments: Vec::new(),
        policy: AttributionPolicy {
            credit: Credit::EqualShares,
            ..AttributionPolicy::default()
        },
        calendar: FiscalCalendar::default(),
    };
    let weighed = weigh(&star, &question).expect("a plain question");
    let shares: Vec<_> = weighed
        .cells
        .iter()
        .map(|cell| (cell.key[0].1.as_str(), cell.won, cell.amount_won.sum_minor))
        .collect();
    assert_eq!(shares, [("reseller", 1, 500), ("technology", 1, 501)]);
    assert_eq!((weighed.total.won, weighed.total.amount_won.sum_minor), (1, 1_001));
    assert_eq!(
        weighed
            .total
            .sourced_per_quarter
            .iter()
            .map(|(_, count)| *count)
            .collect::<Vec<_>>(),
        [1, 0]
    );
    let selected = Selection {
        key: vec![(Field::PartnerType, "reseller".to_owned())],
        ..selection(&question.policy, "2026-06-30")
    };
    assert_eq!(rows(&star, &selected).expect("a plain selection").len(), 1);
}

#[test]
fn a_change_of_policy_shows_what_moves() {
    let opportunities = [OPEN, ["o2", "a2", "2026-03-31", "", "open", "70"]];
    let star = star(&opportunities, &[["t1", "o1", "", "p1", "referral", "2026-03-10", ""]]);
    let narrow = AttributionPolicy {
        window_days: 7,
        version: 2,
        ..AttributionPolicy::default()
    };
    let compared = compare(&star, &AttributionPolicy::default(), &narrow, day("2026-06-30"));
    let (found, moved) = compared.listed(&star, &MoveFilter::default(), 0, 10);
    assert_eq!((found, moved.len()), (1, 1));
    assert_eq!(
        (moved[0].opportunity_id.as_str(), moved[0].from, moved[0].to),
        ("o1", Class::Sourced, Class::Direct)
    );
    assert_eq!(moved[0].amount_minor, Some(100_000));
    let same = compare(&star, &narrow, &narrow, day("2026-06-30"));
    assert_eq!((same.change_class(), same.change_partners()), (0, 0));
}

fn touches_of(star: &Star, as_of: &str, opportunity: Option<&str>) -> TouchLedger {
    let question = TouchQuestion {
        policy: AttributionPolicy::default(),
        as_of: day(as_of),
        opportunity: opportunity.map(str::to_owned),
        partner: None,
        bearing: None,
        offset: 0,
        limit: 100,
    };
    touches(star, &question).expect("a plain question")
}

type Recorded = ([&'static str; 7], Bearing, Option<i64>);

/// Touches, each with what it comes to and its days to creation.
fn recorded() -> [Recorded; 9] {
    [
        (
            ["t1", "o1", "", "p1", "referral", "2026-03-20", "2026-03-21"],
            Bearing::Sources,
            Some(11),
        ),
        (
            ["t2", "o1", "", "p2", "reference", "2026-04-20", ""],
            Bearing::Influences,
            Some(-20),
        ),
        (
            ["t3", "o1", "", "p3", "intro", "2026-03-22", "2026-05-01"],
            Bearing::Late,
            Some(9),
        ),
        (
            ["t4", "o1", "", "p3", "intro", "2026-02-01", ""],
            Bearing::OutsideWindow,
            Some(58),
        ),
        (
            ["t5", "o1", "", "p3", "joint meeting", "2026-03-23", ""],
            Bearing::NotAClaim,
            Some(8),
        ),
        (
            ["t6", "o2", "", "p3", "reference", "2026-05-16", ""],
            Bearing::AfterClose,
            Some(-46),
        ),
        (
            ["t7", "o3", "", "p1", "intro", "2026-05-10", ""],
            Bearing::HadOpen,
            Some(10),
        ),
        (
            ["t8", "o9", "", "p1", "intro", "2026-05-11", ""],
            Bearing::NoOpportunity,
            None,
        ),
        (
            ["t9", "", "a2", "p1", "intro", "2026-03-25", ""],
            Bearing::Sources,
            Some(6),
        ),
    ]
}

fn recorded_star() -> Star {
    let opportunities = [
        OPEN,
        ["o2", "a2", "2026-03-31", "2026-05-15", "won", "5"],
        ["o3", "a2", "2026-05-20", "", "open", ""],
    ];
    star(&opportunities, &recorded().map(|(touch, ..)| touch))
}

#[test]
fn the_ledger_says_what_each_touch_came_to() {
    let star = recorded_star();
    let told = touches_of(&star, "2026-06-30", None);
    for (nth, (touch, bearing, days)) in recorded().iter().enumerate() {
        let row = told
            .rows
            .iter()
            .find(|row| row.row == 2 + i64::try_from(nth).expect("a small number"));
        let row = row.expect("every touch");
        assert_eq!((row.came_to, row.days_to_creation), (*bearing, *days), "{}", touch[0]);
        assert_eq!(
            (row.file, row.names_opportunity),
            (0, touch[2].is_empty() && touch[1] != "o9"),
            "{}",
            touch[0]
        );
    }
    let of_account = told
        .rows
        .iter()
        .find(|row| !row.names_opportunity && row.opportunity_id.is_some());
    let of_account = of_account.expect("the touch of the account");
    assert_eq!(
        (
            of_account.opportunity_id.as_deref(),
            of_account.account.as_str(),
            of_account.class,
            of_account.credited
        ),
        (Some("o2"), "Betatech", Some(Class::Sourced), true)
    );
    assert_eq!(
        (of_account.claims, of_account.in_window, of_account.in_time),
        (true, Some(true), Some(true))
    );
    assert_eq!(told.found, 9);
    assert!(told.rows.is_sorted_by(|one, other| one.on >= other.on));
}

#[test]
fn of_one_opportunity_the_touches_of_its_account_are_judged_for_it_too() {
    let star = recorded_star();
    let of_o3 = touches_of(&star, "2026-06-30", Some("o3"));
    let came: Vec<(Bearing, Option<i64>)> = of_o3
        .rows
        .iter()
        .map(|row| (row.came_to, row.days_to_creation))
        .collect();
    assert_eq!(came, [(Bearing::HadOpen, Some(10)), (Bearing::OutsideWindow, Some(56))]);
    let unknown = TouchQuestion {
        policy: AttributionPolicy::default(),
        as_of: day("2026-06-30"),
        opportunity: Some("o77".into()),
        partner: None,
        bearing: None,
        offset: 0,
        limit: 1,
    };
    assert_eq!(
        touches(&star, &unknown).expect_err("there is none").to_string(),
        "there is no opportunity o77"
    );
}

#[test]
fn one_act_recorded_by_two_sources_counts_once_and_is_shown_as_such() {
    let act = |id, recorded| [id, "o1", "", "p1", "referral", "2026-03-20", recorded];
    let star = star(
        &[OPEN],
        &[
            act("crm", "2026-03-25"),
            act("portal", "2026-03-21"),
            ["t3", "o1", "", "p1", "intro", "2026-03-20", ""],
            ["t4", "o1", "", "p2", "referral", "2026-03-20", ""],
        ],
    );
    let told = touches_of(&star, "2026-06-30", None);
    assert_eq!(
        told.counts,
        [BearingCount {
            bearing: Bearing::Sources,
            touches: 3,
            records: 4
        }]
    );
    // The one on record first is the act; the other names it.
    let same: Vec<(i64, Option<(i32, i64)>)> = told.rows.iter().map(|row| (row.row, row.same_as)).collect();
    assert!(
        same.contains(&(2, Some((0, 3)))) && same.contains(&(3, None)),
        "{same:?}"
    );
    let shared = AttributionPolicy {
        credit: Credit::EqualShares,
        ..AttributionPolicy::default()
    };
    assert_eq!(first(&star, &shared, "2026-06-30").partner, "Workbright; PeopleOak");
}
