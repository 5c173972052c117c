//! A measure folded in any partition and merged in any order gives the same bytes, and equals a plain loop.

use beachhead_facts::catalogue::Table;
use beachhead_facts::measure::{Field, Measure, State, Weigh, WeighPlan, WeighState, weigh};
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
        );
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

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn any_partition_and_any_order_give_the_same_bytes(
        deals in proptest::collection::vec(deal(), 1..60),
        touches in proptest::collection::vec((0_usize..60, 0_usize..3, 0_u8..40), 0..40),
        cuts in proptest::collection::vec(0_usize..60, 0..6),
        order in proptest::collection::vec(any::<proptest::sample::Index>(), 8),
    ) {
        let star = star(&deals, &touches);
        let question = question(&["segment", "partner_type", "partner", "product"]);
        let plan = WeighPlan::new(&star, &question).expect("a plain question");
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| (*cut).min(deals.len())).chain([0, deals.len()]).collect();
        cuts.sort_unstable();
        let mut parts: Vec<WeighState> = cuts.windows(2).map(|cut| plan.fold(cut[0]..cut[1])).collect();
        for pick in order {
            if parts.len() > 1 {
                let one = parts.remove(pick.index(parts.len()));
                let other = parts.remove(pick.index(parts.len()));
                parts.insert(pick.index(parts.len() + 1), one.merge(other));
            }
        }
        let merged = parts.into_iter().reduce(WeighState::merge).expect("at least one part");
        let bytes = |state: WeighState| serde_json::to_vec(&state).expect("a state is plain data");
        let once = plan.fold(0..deals.len());
        prop_assert_eq!(bytes(merged.clone()), bytes(once));
        let sent: WeighState = serde_json::from_slice(&bytes(merged)).expect("what was written can be read");
        prop_assert_eq!(plan.finish(sent), weigh(&star, &question).expect("a plain question"));
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
