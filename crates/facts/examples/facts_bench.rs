//! Times opening, weighing and attribution in process, for `cargo xtask bench facts`: imports the exports of a folder
//! (`cargo xtask exports FOLDER`) into a store beside them, unless an earlier run has, and prints a line a figure,
//! `NAME: BEST MEDIAN UNIT`. Not a test: it asserts nothing about time.

use std::path::Path;
use std::time::Instant;

use beachhead_facts::attribute::classes;
use beachhead_facts::catalogue::Table;
use beachhead_facts::measure::{Cell, Field, Selection, Weigh, Weighed, rows, weigh};
use beachhead_facts::read::{Input, ReadOptions, read};
use beachhead_facts::snapshot::{FactStore, Manifest};
use beachhead_facts::{Rule, Star, Watch};
use beachhead_strategy::{AttributionPolicy, Credit, Currency, FiscalCalendar};
use jiff::civil::Date;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// The files of the exports and the tables that they fill.
const FILES: [(&str, Table); 7] = [
    ("accounts.csv", Table::Accounts),
    ("opportunities.csv", Table::Opportunities),
    ("history.csv", Table::StageHistory),
    ("partners.csv", Table::Partners),
    ("lists.csv", Table::PartnerAccounts),
    ("touches.csv", Table::Touches),
    ("rates.csv", Table::FxRates),
];
/// The day of import.
const TODAY: Date = jiff::civil::date(2026, 10, 31);
/// Calls timed of each kind.
const CALLS: usize = 9;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, asked @ ..] = arguments.as_slice() else {
        return Err("say where the exports are: facts_bench FOLDER [open] [weigh] [attribution]".into());
    };
    let has = |name: &str| asked.is_empty() || asked.iter().any(|word| word == name);
    let (store, manifest) = imported(Path::new(folder))?;
    let begun = now();
    let star = Star::open(&store, &manifest, Some(Currency::USD))?;
    let first = since(begun);
    if has("open") {
        // Before anything else has used memory; the first opening also reads the files from the disk.
        println!("open, most memory: {0:.0} {0:.0} MB", peak_megabytes()?);
        println!("open, the first time: {first:.0} {first:.0} ms");
        time("open", || drop(Star::open(&store, &manifest, Some(Currency::USD))));
    }
    if has("weigh") {
        weighing(&star, manifest.as_of)?;
        println!("as of: {}", manifest.as_of);
        write_attributed(&star, manifest.as_of, &Path::new(folder).join("attributed.csv"))?;
    }
    if has("attribution") {
        let mut day = manifest.as_of;
        time("attribution, on a day not asked of before", || {
            day = day.yesterday().unwrap_or(day);
            drop(classes(&star, &AttributionPolicy::default(), day));
        });
    }
    Ok(())
}

fn imported(folder: &Path) -> Result<(FactStore, Manifest)> {
    let store = FactStore::open(&folder.join("store"))?;
    let kept = folder.join("store/manifest.json");
    if let Ok(text) = std::fs::read_to_string(&kept) {
        return Ok((store, serde_json::from_str(&text)?));
    }
    let mut manifest: Option<Manifest> = None;
    for (name, table) in FILES {
        let options = ReadOptions {
            table: Some(table),
            currency: Some("USD".to_owned()),
            ..ReadOptions::new(TODAY)
        };
        let file = read(Input::Path(&folder.join(name)), &options)?;
        manifest = Some(
            store
                .take(manifest.as_ref(), vec![file], TODAY, &Watch::default())?
                .manifest,
        );
    }
    let manifest = manifest.ok_or("no file was imported")?;
    std::fs::write(&kept, serde_json::to_vec(&manifest)?)?;
    Ok((store, manifest))
}

/// The question of the front page's arena, on one day with no filter and on others with one.
fn weighing(star: &Star, as_of: Date) -> Result<()> {
    let rule = |text: &str| Rule::parse(text).map_err(|error| error.to_string());
    let question = Weigh {
        by: vec![Field::Segment, Field::PartnerType],
        filter: None,
        as_of,
        segments: vec![
            (
                "enterprise EMEA".to_owned(),
                rule("employees >= 1000 and \"Region__c\" = 'EMEA'")?,
            ),
            ("enterprise".to_owned(), rule("employees >= 1000")?),
            ("mid-market".to_owned(), rule("employees >= 100")?),
            ("small software".to_owned(), rule("industry = 'Software'")?),
        ],
        policy: AttributionPolicy::default(),
        calendar: FiscalCalendar::default(),
    };
    let name = "weigh by segment x partner type";
    let first = now();
    let weighed = weigh(star, &question)?;
    println!("{name}, the first question: {0:.1} {0:.1} ms", since(first));
    println!("answer: {}", answer(&weighed));
    time(name, || drop(weigh(star, &question)));
    let filtered = Weigh {
        filter: Some(rule("source = 'Web'")?),
        ..question.clone()
    };
    time(&format!("{name}, filtered"), || drop(weigh(star, &filtered)));
    let mut day = as_of;
    time(&format!("{name}, on a day not asked of before"), || {
        day = day.yesterday().unwrap_or(day);
        drop(weigh(
            star,
            &Weigh {
                as_of: day,
                ..question.clone()
            },
        ));
    });
    let shares = Weigh {
        policy: AttributionPolicy {
            credit: Credit::EqualShares,
            ..AttributionPolicy::default()
        },
        ..question.clone()
    };
    time(&format!("{name}, equal shares"), || drop(weigh(star, &shares)));
    Ok(())
}

/// What the cells add up to, as the peer says it too.
fn answer(weighed: &Weighed) -> String {
    let cells = &weighed.cells;
    let sum = |of: fn(&Cell) -> u64| cells.iter().map(of).sum::<u64>();
    let minor: i64 = cells.iter().map(|cell| cell.amount_won.sum_minor).sum();
    let medians: f64 = cells.iter().map(|cell| cell.amount_won.median_minor).sum();
    let days: f64 = cells.iter().map(|cell| cell.cycle_days_won.median).sum();
    format!(
        "{} {} {} {minor} {medians:.1} {days:.2} {} {}",
        cells.len(),
        sum(|cell| cell.opportunities),
        sum(|cell| cell.won),
        sum(|cell| cell.spells.len() as u64),
        sum(|cell| cell.sourced_per_quarter.iter().map(|(_, count)| count).sum())
    )
}

/// The opportunities with what attribution and one currency made of them, for the peer.
fn write_attributed(star: &Star, as_of: Date, path: &Path) -> Result<()> {
    let all = Selection {
        key: Vec::new(),
        filter: None,
        scope: None,
        measure: None,
        as_of,
        segments: Vec::new(),
        policy: AttributionPolicy::default(),
    };
    let mut csv = csv::Writer::from_path(path)?;
    csv.write_record([
        "opportunity_id",
        "created_on",
        "closed_on",
        "status",
        "amount_minor",
        "class",
        "partner",
    ])?;
    let shown = |value: Option<String>| value.unwrap_or_default();
    for row in rows(star, &all)? {
        csv.write_record([
            row.opportunity_id,
            shown(row.created_on.map(|day| day.to_string())),
            shown(row.closed_on.map(|day| day.to_string())),
            row.status.name().to_owned(),
            shown(row.amount_minor.map(|minor| minor.to_string())),
            row.class.to_string(),
            row.partner,
        ])?;
    }
    Ok(csv.flush()?)
}

fn time(name: &str, mut work: impl FnMut()) {
    let mut times: Vec<f64> = (0..CALLS)
        .map(|_| {
            let begun = now();
            work();
            since(begun)
        })
        .collect();
    times.sort_by(f64::total_cmp);
    println!("{name}: {:.1} {:.1} ms", times[0], times[CALLS / 2]);
}

#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn now() -> Instant {
    Instant::now()
}

/// In milliseconds.
fn since(begun: Instant) -> f64 {
    begun.elapsed().as_secs_f64() * 1e3
}

/// The most memory that this process has had (Linux).
fn peak_megabytes() -> Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"));
    let kilobytes: f64 = line.ok_or("the kernel tells no VmHWM")?.trim().parse()?;
    Ok(kilobytes * 1024.0 / 1e6)
}
