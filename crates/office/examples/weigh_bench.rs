//! Times `weigh` and the judge in process, for `cargo xtask bench weigh`: imports the Maven files named on the command
//! line into a temporary folder and prints one line a figure, `NAME: N ms`. Not a test: it asserts nothing about time.

use std::path::PathBuf;
use std::time::Instant;

use beachhead_office::facts::Watch;
use beachhead_office::facts::read::{self, Input, ReadOptions};
use beachhead_office::facts::snapshot::FactStore;
use beachhead_office::facts::star::Star;
use beachhead_office::strategy::{Currency, Strategy};
use beachhead_office::weighing::{self, WeighQuestion};

/// Calls timed of each kind; the median is printed.
const CALLS: usize = 201;

#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn median_ms(mut work: impl FnMut()) -> f64 {
    let mut times: Vec<f64> = (0..CALLS)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed().as_secs_f64() * 1e3
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[CALLS / 2]
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let shared = std::env::var_os("BEACHHEAD_SHARED").map_or_else(|| PathBuf::from("../shared/data"), PathBuf::from);
    let maven = shared.join("crm/maven_crm_iso");
    let folder = std::env::temp_dir().join(format!("beachhead-weigh-bench-{}", std::process::id()));
    let store = FactStore::open(&folder)?;
    let options = ReadOptions::new(jiff::civil::date(2018, 1, 31));
    let mut files = Vec::new();
    for name in ["accounts.csv", "sales_pipeline.csv"] {
        files.push(read::read(Input::Path(&maven.join(name)), &options)?);
    }
    let manifest = store.take(None, files, options.today, &Watch::default())?.manifest;
    let star = Star::open(&store, &manifest, Some(Currency::USD))?;
    let strategy = Strategy::default();
    for by in [vec!["sector"], vec!["class"], vec!["product", "sales_agent"]] {
        let question = WeighQuestion {
            by: by.iter().map(ToString::to_string).collect(),
            ..WeighQuestion::default()
        };
        weighing::weigh(&strategy, &star, &question, manifest.as_of)?;
        let median = median_ms(|| drop(weighing::weigh(&strategy, &star, &question, manifest.as_of)));
        println!("weigh Maven by {}: {median:.2} ms", by.join(" x "));
    }
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}
