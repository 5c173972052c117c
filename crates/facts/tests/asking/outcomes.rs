//! The outcome's measures, the arena, effort and drift on a small star.

use beachhead_facts::catalogue::Table;
use beachhead_facts::measure::{
    ArenaCell, Outcome, Selection, Value, arena, drift, effort, outcome, rows, segment_counts,
};
use beachhead_facts::{FactsError, Rule, Star, Tables};
use beachhead_strategy::AttributionPolicy;

use crate::{day, rule, segment, texts};

fn tables() -> Tables {
    Tables::default()
        .with(
            Table::Accounts,
            &["account_id", "name", "employees", "created_on"],
            &[
                ["a1", "Acme", "5000", ""],
                ["a2", "Betatech", "2000", ""],
                ["a3", "Cancity", "300", ""],
                ["a4", "Dontechi", "50", ""],
                ["a5", "Later", "9000", "2027-01-01"],
            ],
        )
        .with(
            Table::Partners,
            &["partner_id", "name", "type"],
            &[
                ["p1", "Workbright", "Technology"],
                ["p2", "Resellio", "reseller"],
                ["p3", "PeopleOak", "technology"],
            ],
        )
        .with(
            Table::PartnerAccounts,
            &["partner_id", "external_id", "name", "as_of"],
            &[
                ["p1", "1", "acme", "2026-01-01"],
                ["p3", "2", "Acme", "2026-01-01"],
                ["p1", "3", "Cancity", "2026-01-01"],
                ["p1", "4", "Betatech", "2026-12-01"],
                ["p1", "5", "Nobody", "2026-01-01"],
            ],
        )
        .with(
            Table::Touches,
            &["touch_id", "opportunity_id", "partner_id", "kind", "on"],
            &[
                ["t1", "o1", "p1", "intro", "2026-01-20"],
                ["t2", "o3", "p2", "reference", "2026-03-01"],
                ["t3", "o5", "p1", "referral", "2026-05-25"],
            ],
        )
        .with(
            Table::Opportunities,
            &[
                "opportunity_id",
                "account_id",
                "created_on",
                "closed_on",
                "status",
                "amount",
                "type",
            ],
            &[
                ["o1", "a1", "2026-02-01", "2026-03-13", "won", "1000", "new"],
                ["o2", "a1", "2026-03-20", "2026-04-10", "won", "400", "expansion"],
                ["o3", "a3", "2026-02-10", "2026-04-30", "lost", "0", "new"],
                ["o4", "a2", "2026-02-15", "2026-05-01", "won", "200", "renewal"],
                ["o5", "a2", "2026-06-01", "", "open", "700", "new"],
                ["o6", "a1", "2026-04-01", "2026-06-20", "lost", "0", "renewal"],
            ],
        )
        .with(
            Table::Effort,
            &["person", "week", "initiative", "hours"],
            &[
                ["Ines", "2026-03-02", "HRIS co-sell", "10"],
                ["Tom", "2026-03-02", "HRIS co-sell", "7.5"],
                ["Tom", "2026-03-09", "Marketplace", "2.5"],
                ["Tom", "2026-08-03", "Marketplace", "40"],
            ],
        )
}

fn star() -> Star {
    Star::build(tables(), None)
}

fn segments() -> Vec<(String, Rule)> {
    vec![
        segment("enterprise", "employees >= 1000"),
        segment("mid-market", "employees >= 200"),
    ]
}

fn asked(measure: &str, scope: Option<&Rule>, as_of: &str) -> Result<Outcome, FactsError> {
    let policy = AttributionPolicy::default();
    outcome(
        &star(),
        measure,
        scope,
        &policy,
        day("2026-01-01"),
        day("2026-06-30"),
        day(as_of),
    )
}

#[test]
fn every_measure_of_the_outcome_is_computed_as_defined() {
    let expected = [
        ("sourced-pipeline", Value::Money { minor: 170_000 }, 2),
        ("bookings-won", Value::Money { minor: 160_000 }, 3),
        ("win-rate", Value::Share { of: 3, n: 5 }, 5),
        ("cycle-time", Value::Days { median: Some(40.0) }, 3),
        ("new-market-bookings", Value::Money { minor: 120_000 }, 2),
        ("expansion", Value::Money { minor: 40_000 }, 1),
        ("retention", Value::Share { of: 1, n: 2 }, 2),
    ];
    for (measure, value, n) in expected {
        let found = asked(measure, None, "2026-12-31").expect(measure);
        assert_eq!((found.value, found.n), (value, n), "{measure}");
        assert_eq!(found.by_month.len(), 6, "{measure}");
        assert_eq!(found.by_month.iter().map(|month| month.n).sum::<u64>(), n, "{measure}");
        let last = found.weekly.last().expect("half a year has weeks");
        assert_eq!(
            (last.to, last.n, last.value),
            (day("2026-06-30"), n, value),
            "{measure}"
        );
        assert_eq!(found.weekly[0].to, day("2026-01-07"));
        let selection = Selection {
            key: Vec::new(),
            filter: None,
            scope: None,
            measure: Some((measure.to_owned(), day("2026-01-01"), day("2026-06-30"))),
            as_of: day("2026-12-31"),
            segments: Vec::new(),
            policy: AttributionPolicy::default(),
        };
        assert_eq!(rows(&star(), &selection).expect(measure).len() as u64, n, "{measure}");
    }
}

#[test]
fn scope_and_day_narrow_a_measure() {
    let enterprise = rule("employees >= 3000");
    let found = asked("bookings-won", Some(&enterprise), "2026-12-31").expect("a plain question");
    assert_eq!(found.value, Value::Money { minor: 140_000 });
    let early = asked("bookings-won", None, "2026-03-31").expect("a plain question");
    assert_eq!(
        (early.value, early.by_month.len()),
        (Value::Money { minor: 100_000 }, 3)
    );
    let none = asked("cycle-time", None, "2026-01-31").expect("a plain question");
    assert_eq!(none.value, Value::Days { median: None });
}

#[test]
fn what_the_facts_do_not_hold_is_said() {
    let error = asked("customer-happiness", None, "2026-12-31").expect_err("no such measure");
    assert!(matches!(&error, FactsError::CannotCompute(_)), "{error}");
    assert!(error.to_string().contains("customer-happiness"), "{error}");
    let bare = Tables::default().with(Table::Opportunities, &["opportunity_id", "status"], &[["o1", "won"]]);
    let (star, policy) = (Star::build(bare, None), AttributionPolicy::default());
    let (from, to) = (day("2026-01-01"), day("2026-06-30"));
    let error = outcome(&star, "retention", None, &policy, from, to, to).expect_err("no column says what is a renewal");
    assert!(error.to_string().contains("`type`"), "{error}");
    let scope = rule("colour = 'red'");
    let error = outcome(&star, "win-rate", Some(&scope), &policy, from, to, to).expect_err("no such column");
    assert!(
        error.to_string().contains("the scope: there is no column `colour`"),
        "{error}"
    );
}

fn cell(as_of: &str, segment: &str, partner_type: &str) -> ArenaCell {
    let types = texts(&["technology", "reseller", "agency"]);
    let cells =
        arena(&star(), &segments(), &types, &AttributionPolicy::default(), day(as_of)).expect("a plain question");
    assert_eq!(cells.len(), 6);
    cells
        .into_iter()
        .find(|cell| cell.segment == segment && cell.partner_type == partner_type)
        .expect("in the grid")
}

#[test]
fn the_arena_counts_overlap_and_opportunities_with_and_without_partners() {
    let technology = cell("2026-11-30", "enterprise", "technology");
    assert_eq!(
        (technology.accounts, technology.overlap, technology.partners),
        (2, 1, 2)
    );
    let with = technology.with;
    assert_eq!((with.opportunities, with.won, with.open, with.lost), (2, 1, 1, 0));
    assert_eq!((with.amount_won_minor, with.amount_open_minor), (100_000, 70_000));
    let without = technology.without;
    assert_eq!(
        (
            without.opportunities,
            without.won,
            without.lost,
            without.amount_won_minor
        ),
        (3, 2, 1, 60_000)
    );
    assert_eq!(cell("2026-12-01", "enterprise", "technology").overlap, 2);
    assert_eq!(cell("2027-01-01", "enterprise", "technology").accounts, 3);
    let reseller = cell("2026-11-30", "mid-market", "reseller");
    assert_eq!(
        (
            reseller.accounts,
            reseller.overlap,
            reseller.with.lost,
            reseller.without.opportunities
        ),
        (1, 0, 1, 0)
    );
    assert_eq!(cell("2026-11-30", "mid-market", "agency").with.opportunities, 0);
}

#[test]
fn accounts_in_two_segments_or_none_are_counted() {
    let counts = segment_counts(&star(), &segments(), day("2026-11-30")).expect("plain segments");
    assert_eq!(counts.taken, [2, 3]);
    assert_eq!((counts.accounts, counts.in_several, counts.in_none), (4, 2, 1));
    let wrong = [segment("wrong", "colour = 'red'")];
    let error = segment_counts(&star(), &wrong, day("2026-11-30")).expect_err("no such column");
    assert!(error.to_string().starts_with("the segment wrong: "), "{error}");
}

#[test]
fn hours_are_counted_by_initiative_and_week() {
    let found = effort(&star(), day("2026-03-01"), day("2026-03-31"));
    assert_eq!(found.hours, 20.0);
    assert_eq!(
        found.by_initiative,
        [("HRIS co-sell".to_owned(), 17.5), ("Marketplace".to_owned(), 2.5)]
    );
    assert_eq!(found.by_week[0], ("HRIS co-sell".to_owned(), day("2026-03-02"), 17.5));
}

#[test]
fn drift_is_what_flows_to_the_cells_given() {
    let cells = [("mid-market".to_owned(), "reseller".to_owned())];
    let policy = AttributionPolicy::default();
    let (from, to) = (day("2026-01-01"), day("2026-06-30"));
    let found = drift(
        &star(),
        &cells,
        &texts(&["marketplace"]),
        &segments(),
        &policy,
        from,
        to,
        to,
    )
    .expect("plain segments");
    assert_eq!(found.hours_share(), Some(0.125));
    assert_eq!((found.opportunities, found.opportunities_of), (1, 3));
    assert_eq!(found.pipeline_share(), Some(0.0));
    let chosen = [("enterprise".to_owned(), "technology".to_owned())];
    let found = drift(&star(), &chosen, &[], &segments(), &policy, from, to, to).expect("plain segments");
    assert_eq!((found.hours_share(), found.pipeline_share()), (Some(0.0), Some(1.0)));
}
