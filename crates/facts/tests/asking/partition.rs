//! A measure folded in any partition and merged in any order gives the same bytes, and equals a plain loop.

use beachhead_facts::catalogue::Table;
use beachhead_facts::measure::{
    ArenaPlan, AskCohorts, CohortsPlan, Field, LiftPlan, LiftQuestion, Mark, Measure, OutcomePlan, ProgressPlan,
    SegmentPlan, State, Value, Weigh, WeighPlan, weigh,
};
use beachhead_facts::{Star, Tables};
use beachhead_strategy::{AttributionPolicy, Credit, FiscalCalendar};
use proptest::prelude::*;

use crate::{day, segment};

#[derive(Debug, Clone)]
struct Deal {
    account: usize,
    created: u8,
    length: u8,
    status: &'static str,
    amount: Option<i32>,
    product: &'static str,
}

const EMPLOYEES: [u32; 4] = [10, 500, 1_000, 20_000];
const AS_OF: u8 = 150;

fn deal() -> impl Strategy<Value = Deal> {
    (
        0..EMPLOYEES.len() + 1,
        0_u8..200,
        0_u8..100,
        proptest::sample::select(&["open", "won", "lost"][..]),
        proptest::option::of(0..1_000_000),
        proptest::sample::select(&["", "basic", "pro"][..]),
    )
        .prop_map(|(account, created, length, status, amount, product)| Deal {
            account,
            created,
            length,
            status,
            amount,
            product,
        })
}

fn on(day_of_year: u16) -> String {
    let date = day("2026-01-01")
        .checked_add(jiff::Span::new().days(i64::from(day_of_year)))
        .expect("within 2026");
    date.to_string()
}

fn star(deals: &[Deal], touches: &[(usize, usize, u8)]) -> Star {
    let accounts: Vec<[String; 3]> = (0_u32..)
        .zip(EMPLOYEES)
        .map(|(id, size)| [format!("a{id}"), format!("Company {id}"), size.to_string()])
        .collect();
    let opportunities: Vec<[String; 7]> = deals
        .iter()
        .enumerate()
        .map(|(id, deal)| {
            let closed = u16::from(deal.created) + u16::from(deal.length);
            [
                format!("o{id:04}"),
                format!("a{}", deal.account),
                on(u16::from(deal.created)),
                if deal.status == "open" {
                    String::new()
                } else {
                    on(closed)
                },
                deal.status.to_owned(),
                deal.amount.map_or(String::new(), |amount| amount.to_string()),
                deal.product.to_owned(),
            ]
        })
        .collect();
    let touches: Vec<[String; 5]> = touches
        .iter()
        .enumerate()
        .map(|(id, (deal, partner, before))| {
            let on = on(u16::from(deals[deal % deals.len()].created.saturating_sub(*before)));
            let partner = format!("p{partner}");
            [
                format!("t{id}"),
                format!("o{:04}", deal % deals.len()),
                partner,
                "intro".to_owned(),
                on,
            ]
        })
        .collect();
    let progress: Vec<[String; 4]> = deals
        .iter()
        .map(|deal| {
            let step = if deal.status == "won" { "intro" } else { "targeted" };
            let bet = if deal.product == "pro" { "Co-sell" } else { "Referral" };
            let account = format!("a{}", deal.account);
            [bet.to_owned(), account, step.to_owned(), on(u16::from(deal.created))]
        })
        .collect();
    let partners = [
        ["p0", "Zero", "technology"],
        ["p1", "One", "technology"],
        ["p2", "Two", "agency"],
    ];
    let header = [
        "opportunity_id",
        "account_id",
        "created_on",
        "closed_on",
        "status",
        "amount",
        "product",
    ];
    let tables = Tables::default()
        .with(Table::Accounts, &["account_id", "name", "employees"], &accounts)
        .with(Table::Partners, &["partner_id", "name", "type"], &partners)
        .with(Table::Opportunities, &header, &opportunities)
        .with(
            Table::Touches,
            &["touch_id", "opportunity_id", "partner_id", "kind", "on"],
            &touches,
        )
        .with(Table::Progress, &["bet", "account_id", "step", "on"], &progress);
    Star::build(tables, None)
}

fn question(by: &[&str]) -> Weigh {
    Weigh {
        by: by.iter().map(|name| Field::parse(name)).collect(),
        filter: None,
        as_of: day(&on(u16::from(AS_OF))),
        segments: vec![
            segment("enterprise", "employees >= 1000"),
            segment("all", "employees > 100"),
        ],
        policy: AttributionPolicy {
            credit: Credit::EqualShares,
            ..AttributionPolicy::default()
        },
        calendar: FiscalCalendar::default(),
    }
}

/// How the rows are cut, and in which order the parts come together.
type Parting = (Vec<usize>, Vec<proptest::sample::Index>);

fn parting() -> impl Strategy<Value = Parting> {
    (
        proptest::collection::vec(0_usize..60, 0..6),
        proptest::collection::vec(any::<proptest::sample::Index>(), 8),
    )
}

/// Folds the parts, merges them, sends the state as bytes, and compares it with one fold and the answer with the plan's.
fn is_the_same_in_parts<M: Measure<Answer: std::fmt::Debug>>(
    plan: &M,
    (cuts, order): &Parting,
) -> Result<(), TestCaseError> {
    let rows = plan.rows();
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| (*cut).min(rows)).chain([0, rows]).collect();
    cuts.sort_unstable();
    let mut parts: Vec<M::State> = cuts.windows(2).map(|cut| plan.fold(cut[0]..cut[1])).collect();
    for pick in order {
        if parts.len() > 1 {
            let one = parts.remove(pick.index(parts.len()));
            let other = parts.remove(pick.index(parts.len()));
            parts.insert(pick.index(parts.len() + 1), one.merge(other));
        }
    }
    let bytes = |state: &M::State| serde_json::to_vec(state).expect("a state is plain data");
    let merged = bytes(&parts.into_iter().fold(M::State::default(), State::merge));
    prop_assert_eq!(&merged, &bytes(&plan.fold(0..rows)));
    let sent: M::State = serde_json::from_slice(&merged).expect("what was written can be read");
    // As text, since a missing number is equal to nothing.
    prop_assert_eq!(format!("{:?}", plan.finish(sent)), format!("{:?}", plan.answer()));
    Ok(())
}

fn cohorts_of(question: &Weigh) -> AskCohorts {
    AskCohorts {
        by: Some(Field::PartnerType),
        filter: None,
        from: Mark::Usual,
        to: Mark::Usual,
        within_days: 30,
        as_of: question.as_of,
        segments: question.segments.clone(),
        policy: question.policy.clone(),
    }
}

fn lift_of(question: &Weigh) -> LiftQuestion {
    LiftQuestion {
        with: None,
        strata: vec![Field::Segment, Field::Column("product".into())],
        landmark_days: 30,
        as_of: question.as_of,
        segments: question.segments.clone(),
        policy: question.policy.clone(),
    }
}

fn period() -> (jiff::civil::Date, jiff::civil::Date) {
    (day("2026-02-01"), day("2026-04-30"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn any_partition_and_any_order_give_the_same_bytes(
        deals in proptest::collection::vec(deal(), 1..60),
        touches in proptest::collection::vec((0_usize..60, 0_usize..3, 0_u8..40), 0..40),
        parting in parting(),
    ) {
        let star = star(&deals, &touches);
        let asked = question(&["segment", "partner_type", "partner", "product"]);
        is_the_same_in_parts(&WeighPlan::new(&star, &asked).expect("a plain question"), &parting)?;
        is_the_same_in_parts(&CohortsPlan::new(&star, &cohorts_of(&asked)).expect("a plain question"), &parting)?;
        is_the_same_in_parts(&LiftPlan::new(&star, &lift_of(&asked)).expect("a plain question"), &parting)?;
        let types = crate::texts(&["technology", "agency"]);
        let arena = ArenaPlan::new(&star, &asked.segments, &types, &asked.policy, asked.as_of);
        is_the_same_in_parts(&arena.expect("a plain question"), &parting)?;
        let segments = SegmentPlan::new(&star, &asked.segments, asked.as_of).expect("a plain question");
        is_the_same_in_parts(&segments, &parting)?;
        is_the_same_in_parts(&ProgressPlan::new(&star, "co-sell", &crate::texts(&["intro"]), &[], asked.as_of), &parting)?;
        for measure in ["sourced-pipeline", "bookings-won", "win-rate", "cycle-time", "new-market-bookings"] {
            let outcome = OutcomePlan::new(&star, measure, None, &asked.policy, period(), asked.as_of);
            is_the_same_in_parts(&outcome.expect("a plain question"), &parting)?;
        }
    }

    #[test]
    fn an_opportunity_of_several_partners_is_in_each_group_and_once_in_the_total(
        deals in proptest::collection::vec(deal(), 1..40),
        touches in proptest::collection::vec((0_usize..40, 0_usize..3, 0_u8..40), 0..60),
    ) {
        let star = star(&deals, &touches);
        let weighed = weigh(&star, &question(&["partner"])).expect("a plain question");
        let (total, cells) = (&weighed.total, &weighed.cells);
        prop_assert_eq!(total.opportunities, deals.iter().filter(|deal| deal.created <= AS_OF).count() as u64);
        let alone: u64 = cells.iter().map(|cell| cell.opportunities - cell.shared).sum();
        prop_assert_eq!(alone, total.opportunities - total.shared);
        prop_assert!(cells.iter().map(|cell| cell.shared).sum::<u64>() >= 2 * total.shared);
        let amounts: i64 = cells.iter().map(|cell| cell.amount_won.sum_minor).sum();
        prop_assert_eq!(amounts, total.amount_won.sum_minor);
    }

    #[test]
    fn plain_loops_give_the_same_cohorts_grid_rows_and_outcomes(deals in proptest::collection::vec(deal(), 1..60)) {
        let star = star(&deals, &[]);
        let asked = question(&[]);
        let known: Vec<&Deal> = deals.iter().filter(|deal| deal.created <= AS_OF).collect();
        let closed = |deal: &Deal| u16::from(deal.created) + u16::from(deal.length);
        let is_won = |deal: &&&Deal| deal.status == "won" && closed(deal) <= u16::from(AS_OF);
        let won: Vec<&&Deal> = known.iter().filter(is_won).collect();

        let cohorts = CohortsPlan::new(&star, &cohorts_of(&asked)).expect("a plain question").answer();
        for month in &cohorts.whole.months {
            let started = |deal: &&&Deal| day(&on(u16::from(deal.created))).first_of_month() == month.first_day;
            let count: u64 = month.waits.iter().map(|wait| wait.count).sum();
            prop_assert_eq!(count, known.iter().filter(started).count() as u64);
        }
        let months = cohorts.whole.months.iter().flat_map(|month| &month.waits);
        let converted: u64 = months.filter(|wait| wait.end == beachhead_facts::Status::Won).map(|wait| wait.count).sum();
        prop_assert_eq!(converted, won.len() as u64);

        let lift = LiftPlan::new(&star, &lift_of(&asked)).expect("a plain question").answer();
        prop_assert_eq!(lift.deals.len(), known.len());
        prop_assert!(lift.deals.iter().all(|deal| deal.with_days.is_none()));

        let arena = ArenaPlan::new(&star, &asked.segments, &crate::texts(&["agency"]), &asked.policy, asked.as_of);
        let arena = arena.expect("a plain question").answer();
        let amounts = |from: usize| -> i64 {
            let of_segment = won.iter().filter(|deal| deal.account == from || (from == 2 && deal.account == 3));
            of_segment.filter_map(|deal| deal.amount).map(|amount| i64::from(amount) * 100).sum()
        };
        prop_assert_eq!(arena[0].without.amount_won_minor, amounts(2));
        prop_assert_eq!(arena[1].without.amount_won_minor, amounts(1));

        let (from, to) = period();
        let in_period = |deal: &&&&Deal| (from..=to).contains(&day(&on(closed(deal))));
        let booked = won.iter().filter(in_period).filter_map(|deal| deal.amount);
        let outcome = OutcomePlan::new(&star, "bookings-won", None, &asked.policy, (from, to), asked.as_of);
        let minor = booked.map(|amount| i64::from(amount) * 100).sum();
        prop_assert_eq!(outcome.expect("a plain question").answer().value, Value::Money { minor });
    }

    #[test]
    fn a_plain_loop_gives_the_same_counts(deals in proptest::collection::vec(deal(), 1..60)) {
        let star = star(&deals, &[]);
        let weighed = weigh(&star, &question(&["segment", "product"])).expect("a plain question");
        let mut seen = 0;
        for cell in &weighed.cells {
            let (segment, product) = (cell.key[0].1.as_str(), cell.key[1].1.as_str());
            let of_cell: Vec<&Deal> = deals
                .iter()
                .filter(|deal| deal.created <= AS_OF && deal.product == product)
                .filter(|deal| segment == match EMPLOYEES.get(deal.account) {
                    Some(1_000..) => "enterprise",
                    Some(101..) => "all",
                    _ => "none",
                })
                .collect();
            let closed = |deal: &&&Deal| u16::from(deal.created) + u16::from(deal.length) <= u16::from(AS_OF);
            let won: Vec<&&Deal> = of_cell.iter().filter(closed).filter(|deal| deal.status == "won").collect();
            let lost = of_cell.iter().filter(closed).filter(|deal| deal.status == "lost").count();
            let amounts = won.iter().filter_map(|deal| deal.amount).map(|amount| i64::from(amount) * 100);
            let amounts: Vec<i64> = amounts.collect();
            seen += cell.opportunities;
            prop_assert_eq!(cell.opportunities, of_cell.len() as u64);
            prop_assert_eq!((cell.won, cell.lost), (won.len() as u64, lost as u64));
            prop_assert_eq!(cell.open, (of_cell.len() - won.len() - lost) as u64);
            prop_assert_eq!(cell.amount_won.n, amounts.len() as u64);
            prop_assert_eq!(cell.amount_won.sum_minor, amounts.iter().sum::<i64>());
            let mut lengths: Vec<u8> = won.iter().map(|deal| deal.length).collect();
            lengths.sort_unstable();
            if let Some(last) = lengths.len().checked_sub(1) {
                let middle = (f64::from(lengths[last / 2]) + f64::from(lengths[last.div_ceil(2)])) / 2.0;
                prop_assert_eq!(cell.cycle_days_won.median, middle);
            }
        }
        prop_assert_eq!(seen, weighed.total.opportunities);
        prop_assert_eq!(seen, deals.iter().filter(|deal| deal.created <= AS_OF).count() as u64);
    }
}
