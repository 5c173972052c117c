//! The rows behind numbers: as many as the number says, and the same whatever page they are read by.

use beachhead_facts::catalogue::{Status, Table};
use beachhead_facts::measure::{
    AskCohorts, CohortPart, CohortRows, LiftQuestion, Mark, Narrow, OpportunityRow, Order, OrderBy, Selection, Side,
    Value, arena, cohorts, find_rows, lift_rows, outcome,
};
use beachhead_facts::{Star, Tables};
use beachhead_strategy::AttributionPolicy;
use proptest::prelude::*;

use crate::{day, segment};

const TODAY: &str = "2026-06-30";

/// Opportunities of three accounts, some with a partner's touch, spread over months by a number each.
fn star(numbers: &[u32]) -> Star {
    let deals: Vec<Vec<String>> = numbers
        .iter()
        .enumerate()
        .map(|(nth, number)| {
            let (month, on) = (number % 6 + 1, number % 28 + 1);
            let status = ["open", "won", "lost"][(number / 7 % 3) as usize];
            let created = if number % 11 == 0 {
                String::new()
            } else {
                format!("2026-{month:02}-{on:02}")
            };
            let closed = if status == "open" {
                String::new()
            } else {
                format!("2026-{:02}-28", month.min(6))
            };
            let amount = if number % 5 == 0 {
                String::new()
            } else {
                format!("{}.50", number % 1000)
            };
            let account = ["a1", "a2", "a3", ""][(number % 4) as usize];
            vec![
                format!("o{nth:04}"),
                account.into(),
                created,
                closed,
                status.into(),
                amount,
            ]
        })
        .collect();
    let touches: Vec<Vec<String>> = deals
        .iter()
        .enumerate()
        .filter(|(nth, deal)| numbers[*nth].is_multiple_of(3) && !deal[2].is_empty())
        .map(|(nth, deal)| {
            let kind = if numbers[nth].is_multiple_of(9) {
                "intro"
            } else {
                "joint meeting"
            };
            vec![
                format!("t{nth}"),
                deal[0].clone(),
                "p1".into(),
                kind.into(),
                deal[2].clone(),
            ]
        })
        .collect();
    let tables = Tables::default()
        .with(
            Table::Accounts,
            &["account_id", "name", "country"],
            &[["a1", "Zeta", "DE"], ["a2", "Alpha", "FR"], ["a3", "Mid", "DE"]],
        )
        .with(
            Table::Partners,
            &["partner_id", "name", "type"],
            &[["p1", "Workbright", "Technology"]],
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
            ],
            &deals,
        )
        .with(
            Table::Touches,
            &["touch_id", "opportunity_id", "partner_id", "kind", "on"],
            &touches,
        );
    Star::build(tables, None)
}

fn everything() -> Selection {
    Selection {
        key: Vec::new(),
        filter: None,
        scope: None,
        measure: None,
        as_of: day(TODAY),
        segments: vec![
            segment("germany", "country = 'DE'"),
            segment("france", "country = 'FR'"),
        ],
        policy: AttributionPolicy::default(),
    }
}

fn many() -> Star {
    star(
        &(0..400)
            .map(|nth: u32| nth.wrapping_mul(2_654_435_761) >> 8)
            .collect::<Vec<_>>(),
    )
}

fn count(star: &Star, selection: &Selection, narrow: &Narrow) -> u64 {
    let found = find_rows(star, selection, narrow).expect("a plain selection");
    let tally = found.tally();
    assert_eq!(
        found.page(star, Order::default(), 0, usize::MAX).len() as u64,
        tally.opportunities
    );
    assert_eq!(
        tally.by_class.iter().map(|(_, n, _)| n).sum::<u64>(),
        tally.opportunities,
        "classes are disjoint"
    );
    assert_eq!(
        tally.by_status.iter().map(|(_, n, _)| n).sum::<u64>(),
        tally.opportunities
    );
    tally.opportunities
}

#[test]
fn a_cell_of_the_arena_has_its_rows_on_both_sides() {
    let (star, all) = (many(), everything());
    let cells = arena(&star, &all.segments, &["technology".to_owned()], &all.policy, all.as_of).expect("rules fit");
    for cell in cells {
        let of_segment = Selection {
            key: vec![(beachhead_facts::measure::Field::Segment, cell.segment.clone())],
            ..all.clone()
        };
        for (side, record) in [
            (Side::With(Some("technology".into())), cell.with),
            (Side::Without, cell.without),
        ] {
            let narrow = |is_decided| Narrow {
                side: Some(side.clone()),
                is_decided,
                ..Narrow::default()
            };
            assert!(record.opportunities > 0, "{cell:?}");
            assert_eq!(count(&star, &of_segment, &narrow(false)), record.opportunities);
            assert_eq!(count(&star, &of_segment, &narrow(true)), record.won + record.lost);
            let found = find_rows(&star, &of_segment, &narrow(false)).expect("a plain selection");
            let won = found.tally().by_status.iter().find(|(of, _, _)| *of == Status::Won);
            assert_eq!(
                won.map(|(_, n, sum)| (*n, *sum)),
                Some((record.won, record.amount_won_minor))
            );
        }
    }
}

#[test]
fn a_measure_with_its_period_has_its_rows_and_its_value() {
    let (star, all) = (many(), everything());
    for measure in [
        "sourced-pipeline",
        "bookings-won",
        "win-rate",
        "cycle-time",
        "new-market-bookings",
    ] {
        let (from, to) = (day("2026-02-01"), day("2026-05-31"));
        let figure = outcome(&star, measure, None, &all.policy, from, to, all.as_of).expect("it is in the facts");
        let selection = Selection {
            measure: Some((measure.into(), from, to)),
            ..all.clone()
        };
        let found = find_rows(&star, &selection, &Narrow::default()).expect("a plain selection");
        assert!(figure.n > 0, "{measure}");
        assert_eq!(count(&star, &selection, &Narrow::default()), figure.n, "{measure}");
        assert_eq!(found.tally().value, Some(figure.value), "{measure}");
        if let (Value::Money { minor }, tally) = (figure.value, found.tally()) {
            assert_eq!(
                tally.by_class.iter().map(|(_, _, sum)| sum).sum::<i64>(),
                minor,
                "{measure}"
            );
        }
    }
}

#[test]
fn a_month_of_start_has_its_rows() {
    let (star, all) = (many(), everything());
    let ask = AskCohorts {
        by: None,
        filter: None,
        from: Mark::Usual,
        to: Mark::Usual,
        within_days: 60,
        as_of: all.as_of,
        segments: all.segments.clone(),
        policy: all.policy.clone(),
    };
    let found = cohorts(&star, &ask).expect("no stage is asked");
    let rows = |month, part| CohortRows {
        from: Mark::Usual,
        to: Mark::Usual,
        within_days: 60,
        month,
        part,
    };
    let narrowed = |month, part| Narrow {
        cohort: Some(rows(month, part)),
        ..Narrow::default()
    };
    for month in &found.whole.months {
        let sum = |takes: &dyn Fn(&beachhead_facts::measure::CohortWait) -> bool| -> u64 {
            month
                .waits
                .iter()
                .filter(|wait| takes(wait))
                .map(|wait| wait.count)
                .sum()
        };
        let counted = |part| count(&star, &all, &narrowed(Some(month.first_day), part));
        let converted = |wait: &beachhead_facts::measure::CohortWait| wait.end == Status::Won && wait.days <= 60;
        assert_eq!(counted(CohortPart::All), sum(&|_| true));
        assert_eq!(counted(CohortPart::Converted), sum(&|wait| converted(wait)));
        assert_eq!(counted(CohortPart::Mature), sum(&|wait| wait.age_days >= 60));
        assert_eq!(
            counted(CohortPart::MatureConverted),
            sum(&|wait| wait.age_days >= 60 && converted(wait))
        );
    }
    assert_eq!(found.whole.months.len(), 6);
    assert!(found.undated > 0);
    assert_eq!(count(&star, &all, &narrowed(None, CohortPart::Undated)), found.undated);
}

#[test]
fn a_comparison_says_of_each_opportunity_whether_it_is_asked_for() {
    let (star, all) = (many(), everything());
    let question = LiftQuestion {
        with: None,
        strata: Vec::new(),
        landmark_days: 28,
        as_of: all.as_of,
        segments: all.segments.clone(),
        policy: all.policy.clone(),
    };
    let compared = lift_rows(&star, &question).expect("nothing is compared within");
    let with: Vec<bool> = compared.deals.iter().map(|deal| deal.with_days.is_some()).collect();
    let asked = with.iter().filter(|with| **with).count() as u64;
    let narrow = Narrow {
        among: Some(with),
        ..Narrow::default()
    };
    let found = find_rows(&star, &all, &narrow).expect("a plain selection");
    assert!(asked > 0);
    assert_eq!(found.tally().opportunities, asked);
    let rows = found.page(&star, Order::default(), 0, usize::MAX);
    assert!(rows.iter().all(|row| !row.partner.is_empty()), "a partner was in each");
}

#[test]
fn an_opportunity_is_found_by_its_id_alone() {
    let star = many();
    let by = |id: &str| Narrow {
        ids: Some(vec![id.to_owned()]),
        ..Narrow::default()
    };
    let found = find_rows(&star, &everything(), &by("o0007")).expect("a plain selection");
    let ids: Vec<String> = found
        .page(&star, Order::default(), 0, 10)
        .into_iter()
        .map(|row| row.opportunity_id)
        .collect();
    assert_eq!(ids, ["o0007"]);
    assert_eq!(count(&star, &everything(), &by("o00070")), 0);
    let by_file = |file| Narrow {
        file: Some(file),
        ..Narrow::default()
    };
    assert_eq!(count(&star, &everything(), &by_file(0)), 400);
    assert_eq!(count(&star, &everything(), &by_file(1)), 0);
}

/// What a row is sorted by, as a naive sort would look at it; missing values last.
fn key(row: &OpportunityRow, by: OrderBy) -> Option<(i64, String)> {
    let day = |day: Option<jiff::civil::Date>| Some((0, day?.to_string()));
    match by {
        OrderBy::Opportunity => Some((0, row.opportunity_id.clone())),
        OrderBy::Account => Some((0, row.account.clone())).filter(|(_, account)| !account.is_empty()),
        OrderBy::Status => Some((
            ["open", "won", "lost"]
                .iter()
                .position(|word| *word == row.status.name())? as i64,
            String::new(),
        )),
        OrderBy::Created => day(row.created_on),
        OrderBy::Closed => day(row.closed_on),
        OrderBy::Amount => Some((row.amount_minor?, String::new())),
        OrderBy::Class => {
            let classes = beachhead_strategy::Class::ALL;
            Some((
                classes.iter().position(|class| *class == row.class)? as i64,
                String::new(),
            ))
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_page_is_a_cut_of_the_whole_in_order(
        numbers in proptest::collection::vec(any::<u32>(), 0..60),
        by in proptest::sample::select(&OrderBy::ALL[..]),
        descending in any::<bool>(),
        from in 0_usize..70,
        most in 0_usize..30,
    ) {
        let star = star(&numbers);
        let found = find_rows(&star, &everything(), &Narrow::default()).expect("a plain selection");
        let mut rows = found.page(&star, Order::default(), 0, usize::MAX);
        rows.sort_by(|one, other| match (key(one, by), key(other, by)) {
            (Some(a), Some(b)) if descending => b.cmp(&a),
            (Some(a), Some(b)) => a.cmp(&b),
            (a, b) => a.is_none().cmp(&b.is_none()),
        });
        let end = (from + most).min(rows.len());
        let page = found.page(&star, Order { by, descending }, from, most);
        prop_assert_eq!(page, rows.get(from..end).unwrap_or_default().to_vec());
    }
}
