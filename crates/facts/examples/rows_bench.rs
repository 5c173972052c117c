//! How long a page of evidence takes on a million opportunities: finding them, and showing a page in any order.
//! `cargo run -p beachhead-facts --example rows_bench -- [OPPORTUNITIES]`
#![expect(clippy::expect_used, reason = "a bench stops where it fails")]
#![expect(clippy::disallowed_methods, reason = "a bench reads the clock")]

use std::hint::black_box;
use std::time::Instant;

use beachhead_facts::catalogue::Table;
use beachhead_facts::measure::{Narrow, Order, OrderBy, Selection, Side, find_rows};
use beachhead_facts::{Rule, Star, Tables};
use beachhead_strategy::AttributionPolicy;
use jiff::civil::date;

/// Times each question is asked; the best counts.
const TIMES: usize = 7;

fn main() {
    let n: usize = std::env::args()
        .nth(1)
        .map_or(1_000_000, |n| n.parse().expect("a number of opportunities"));
    let star = star(n);
    let everything = Selection {
        key: Vec::new(),
        filter: None,
        scope: None,
        measure: None,
        as_of: date(2026, 6, 30),
        segments: vec![("large".to_owned(), Rule::parse("employees >= 500").expect("a rule"))],
        policy: AttributionPolicy::default(),
    };
    let bookings = Selection {
        measure: Some(("bookings-won".to_owned(), date(2025, 1, 1), date(2026, 6, 30))),
        ..everything.clone()
    };
    let with = Narrow {
        side: Some(Side::With(None)),
        ..Narrow::default()
    };
    time("find everything, the first time", 1, || {
        find_rows(&star, &everything, &Narrow::default())
    });
    time("find everything", TIMES, || {
        find_rows(&star, &everything, &Narrow::default())
    });
    time("find bookings won", TIMES, || {
        find_rows(&star, &bookings, &Narrow::default())
    });
    time("find one side", TIMES, || find_rows(&star, &everything, &with));
    let found = find_rows(&star, &everything, &Narrow::default()).expect("a plain selection");
    for by in OrderBy::ALL {
        for from in [0, n / 2] {
            let order = Order { by, descending: true };
            time(&format!("page at {from} by {}", by.name()), TIMES, || {
                found.page(&star, order, from, 100)
            });
        }
    }
}

fn time<T>(what: &str, times: usize, mut work: impl FnMut() -> T) {
    let spent = (0..times).map(|_| {
        let start = Instant::now();
        black_box(work());
        start.elapsed()
    });
    println!("{:8.2} ms  {what}", spent.min().unwrap_or_default().as_secs_f64() * 1e3);
}

fn star(n: usize) -> Star {
    let accounts: Vec<[String; 3]> = (0..n / 10)
        .map(|at| {
            [
                format!("a{at:07}"),
                format!("Account {}", at * 7919 % n),
                (at % 2000).to_string(),
            ]
        })
        .collect();
    let deals: Vec<[String; 6]> = (0..n)
        .map(|at| {
            let mixed = at.wrapping_mul(2_654_435_761) >> 7;
            let status = ["open", "won", "lost"][mixed % 3];
            let closed = if status == "open" {
                String::new()
            } else {
                format!("2026-{:02}-28", mixed % 6 + 1)
            };
            let created = format!("2025-{:02}-{:02}", mixed % 12 + 1, mixed % 28 + 1);
            [
                format!("o{at:08}"),
                format!("a{:07}", mixed % (n / 10).max(1)),
                created,
                closed,
                status.to_owned(),
                (mixed % 90_000).to_string(),
            ]
        })
        .collect();
    let touches: Vec<[String; 5]> = (0..2 * n)
        .map(|at| {
            let mixed = at.wrapping_mul(40_503) >> 3;
            let kind = ["intro", "joint meeting"][mixed % 2];
            let day = format!("2025-{:02}-{:02}", mixed % 12 + 1, mixed % 28 + 1);
            [
                format!("t{at}"),
                format!("o{:08}", mixed % n),
                format!("p{}", mixed % 50),
                kind.to_owned(),
                day,
            ]
        })
        .collect();
    let tables = Tables::default()
        .with(Table::Accounts, &["account_id", "name", "employees"], &accounts)
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
