//! The rows that a lift is worked out from.

use beachhead_facts::catalogue::Table;
use beachhead_facts::measure::{Field, LiftDeal, LiftQuestion, LiftRows, default_strata, lift_rows};
use beachhead_facts::{FactsError, Star, Status, Tables};
use beachhead_strategy::AttributionPolicy;

use crate::{day, rule, segment};

const CREATED: &str = "2026-03-01";

/// Deals created on one day; each touch is deal, kind, day and day of record.
fn star(touches: &[[&str; 4]]) -> Star {
    let accounts = [["a1", "Acme", "2000"], ["a2", "Bolt", "40"], ["a3", "Crag", ""]];
    let deals = [
        ["o1", "a1", CREATED, "2026-06-01", "won", "1000", "web"],
        ["o2", "a2", CREATED, "2026-03-20", "lost", "", "web"],
        ["o3", "a3", CREATED, "", "open", "50", ""],
        ["o4", "a1", "2026-07-01", "", "open", "70", "event"],
        ["o5", "a2", "", "2026-05-01", "lost", "", "event"],
    ];
    let touches: Vec<[String; 6]> = touches
        .iter()
        .enumerate()
        .map(|(nth, [deal, kind, on, recorded])| {
            [&format!("t{nth}"), *deal, "p1", *kind, *on, *recorded].map(str::to_owned)
        })
        .collect();
    let history = [
        ["o1", CREATED, "talk"],
        ["o1", "2026-03-15", "trial"],
        ["o1", "2026-05-01", "offer"],
    ];
    let tables = Tables::default()
        .with(Table::Accounts, &["account_id", "name", "employees"], &accounts)
        .with(Table::Partners, &["partner_id", "name"], &[["p1", "Keyring"]])
        .with(
            Table::Opportunities,
            &[
                "opportunity_id",
                "account_id",
                "created_on",
                "closed_on",
                "status",
                "amount",
                "source",
            ],
            &deals,
        )
        .with(
            Table::Touches,
            &["touch_id", "opportunity_id", "partner_id", "kind", "on", "recorded_at"],
            &touches,
        )
        .with(
            Table::StageHistory,
            &["opportunity_id", "entered_at", "stage"],
            &history,
        );
    Star::build(tables, None)
}

fn question(strata: &[&str]) -> LiftQuestion {
    LiftQuestion {
        with: None,
        strata: strata.iter().map(|name| Field::parse(name)).collect(),
        landmark_days: 28,
        as_of: day("2026-06-09"),
        segments: vec![segment("large", "employees >= 1000")],
        policy: AttributionPolicy::default(),
    }
}

fn with_days(touches: &[[&str; 4]]) -> (Option<u32>, u64) {
    let rows = lift_rows(&star(touches), &question(&[])).expect("no field to look up");
    (rows.deals[0].with_days, rows.recorded_later)
}

#[test]
fn a_partner_comes_in_when_it_happened_and_was_on_record() {
    assert_eq!(with_days(&[]), (None, 0));
    // What sourced it came before; the record three days after creation.
    assert_eq!(with_days(&[["o1", "intro", "2026-02-20", "2026-03-04"]]), (Some(3), 0));
    assert_eq!(with_days(&[["o1", "reference", "2026-03-11", ""]]), (Some(10), 0));
    // A later touch does not undo the first.
    let two = [
        ["o1", "reference", "2026-05-11", ""],
        ["o1", "joint meeting", "2026-03-09", ""],
    ];
    assert_eq!(with_days(&two), (Some(8), 0));
    // In by the landmark, but written down afterwards: perhaps because it went well.
    assert_eq!(
        with_days(&[["o1", "reference", "2026-03-11", "2026-05-20"]]),
        (Some(80), 1)
    );
    // Claimed after the policy's lock: it sources nothing.
    assert_eq!(
        with_days(&[["o1", "registration", "2026-02-20", "2026-05-20"]]),
        (None, 1)
    );
    // A touch before creation that sources nothing, one after the close, and one that the day did not know.
    assert_eq!(with_days(&[["o1", "reference", "2026-02-20", ""]]), (None, 0));
    assert_eq!(with_days(&[["o1", "reference", "2026-06-05", ""]]), (None, 0));
    assert_eq!(with_days(&[["o1", "reference", "2026-03-11", "2026-07-01"]]), (None, 0));
}

#[test]
fn each_opportunity_has_its_days_and_its_numbers() {
    let rows = lift_rows(&star(&[]), &question(&["segment", "source"])).unwrap();
    let deal = |status, days, age_days, account| LiftDeal {
        with_days: None,
        status,
        days,
        age_days,
        account,
    };
    let expected = [
        deal(Status::Won, Some(92), Some(100), 0),
        deal(Status::Lost, Some(19), Some(100), 1),
        deal(Status::Open, Some(100), Some(100), 2),
        // o4 is not known yet; o5 has no day of creation.
        deal(Status::Lost, None, None, 1),
    ];
    assert_eq!(rows.deals, expected);
    let codes = |nth: usize| &rows.strata[nth].values;
    assert_eq!((codes(0)[0], codes(0)[1] == codes(0)[2]), (0, true));
    assert!(codes(1)[0] == codes(1)[1] && codes(1)[2] == u32::MAX && codes(1)[3] != codes(1)[0]);
    let numbers: Vec<(&str, f64)> = rows.covariates.iter().map(|c| (c.name.as_str(), c.values[0])).collect();
    assert_eq!(
        numbers,
        [
            ("amount", 100_000_f64.ln()),
            ("employees", 2_000_f64.ln()),
            ("age", 100.0)
        ]
    );
    assert!(rows.covariates[0].values[1].is_nan() && rows.covariates[1].values[2].is_nan());
}

#[test]
fn a_rule_says_who_is_with() {
    let mut question = question(&[]);
    question.with = Some(rule("source = 'web'"));
    let with = |rows: LiftRows| rows.deals.iter().map(|deal| deal.with_days).collect::<Vec<_>>();
    assert_eq!(
        with(lift_rows(&star(&[]), &question).unwrap()),
        [Some(0), Some(0), None, None]
    );
    question.with = Some(rule("colour = 'red'"));
    assert!(matches!(lift_rows(&star(&[]), &question), Err(FactsError::Rule { .. })));
}

#[test]
fn what_came_after_is_not_compared_within() {
    for field in [
        "partner",
        "partner_type",
        "class",
        "status",
        "closed_on",
        "opportunity_id",
    ] {
        let refused = lift_rows(&star(&[]), &question(&[field])).unwrap_err();
        assert!(matches!(refused, FactsError::NotBefore { .. }), "{field}: {refused}");
        assert!(refused.to_string().starts_with(field), "{refused}");
    }
    assert!(matches!(
        lift_rows(&star(&[]), &question(&["colour"])),
        Err(FactsError::NoField { .. })
    ));
    assert!(matches!(
        lift_rows(&star(&[]), &question(&["source"; 9])),
        Err(FactsError::TooManyFields { .. })
    ));
    // The stage of the landmark is told by the history alone.
    let stages = &lift_rows(&star(&[]), &question(&["stage"])).unwrap().strata[0].values;
    assert_eq!((stages[0], stages[1]), (0, u32::MAX));
    let bare = Star::build(
        Tables::default().with(
            Table::Opportunities,
            &["opportunity_id", "status", "stage"],
            &[["o1", "won", "Won"]],
        ),
        None,
    );
    assert!(
        lift_rows(&bare, &question(&["stage"]))
            .unwrap_err()
            .to_string()
            .contains("history")
    );
}

#[test]
fn numbers_are_compared_in_quarters_and_defaults_are_what_the_facts_have() {
    let deals: Vec<[String; 4]> = (0..40)
        .map(|nth| {
            [
                format!("o{nth:02}"),
                "lost".into(),
                (nth * nth).to_string(),
                (nth % 3).to_string(),
            ]
        })
        .collect();
    let header = ["opportunity_id", "status", "score", "grade"];
    let many = Star::build(Tables::default().with(Table::Opportunities, &header, &deals), None);
    let rows = lift_rows(&many, &question(&["score", "grade"])).unwrap();
    let sizes = |nth: usize| {
        let mut sizes = std::collections::BTreeMap::new();
        for code in &rows.strata[nth].values {
            *sizes.entry(*code).or_insert(0) += 1;
        }
        sizes.into_values().collect::<Vec<_>>()
    };
    assert_eq!((sizes(0), sizes(1)), (vec![10; 4], vec![14, 13, 13]));
    assert!(default_strata(&many, &[]).is_empty());
    let names = |star: &Star, segments: &[_]| {
        default_strata(star, segments)
            .iter()
            .map(Field::to_string)
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&star(&[]), &[]), ["employees", "source"]);
    assert_eq!(
        names(&star(&[]), &[segment("large", "employees >= 1000")]),
        ["segment", "employees", "source"]
    );
}
