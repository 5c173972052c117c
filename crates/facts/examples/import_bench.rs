//! Times the import of the files given, each into an empty store beside it that is removed again, and prints a line a
//! file: rows and megabytes a second, processor seconds, most memory so far (Linux). Not a test: it asserts nothing
//! about time. `BEACHHEAD_TIMES=n` imports each n times.

use std::path::Path;
use std::time::Instant;

use beachhead_facts::Watch;
use beachhead_facts::catalogue::Table;
use beachhead_facts::read::{Input, ReadOptions, read};
use beachhead_facts::snapshot::FactStore;

/// The allocator of the shipped program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> Result<()> {
    let files: Vec<String> = std::env::args().skip(1).collect();
    let times: usize = std::env::var("BEACHHEAD_TIMES").map_or(Ok(1), |text| text.parse())?;
    for file in &files {
        for _ in 0..times {
            import(Path::new(file))?;
        }
    }
    Ok(())
}

fn import(path: &Path) -> Result<()> {
    let folder = path.with_extension("import-bench");
    std::fs::create_dir_all(&folder)?;
    let taken = timed(path, &folder);
    std::fs::remove_dir_all(&folder)?;
    taken
}

fn timed(path: &Path, folder: &Path) -> Result<()> {
    let (begun, before) = (now(), processor_seconds()?);
    let table = table_of(path);
    let options = ReadOptions {
        table,
        currency: Some("USD".to_owned()),
        scratch: folder.to_owned(),
        ..ReadOptions::new(jiff::civil::date(2026, 10, 31))
    };
    let file = read(Input::Path(path), &options)?;
    let (rows, read_seconds, read_cpu) = (file.report.read, since(begun), processor_seconds()? - before);
    let store = FactStore::open(folder)?;
    store.take(None, vec![file], options.today, &Watch::default())?;
    let (seconds, cpu) = (since(begun), processor_seconds()? - before);
    let mb = path.metadata()?.len() as f64 / 1e6;
    let written = written(folder)? / 1e6;
    println!(
        "{}: {:.0} rows/s, {:.1} MB/s, {seconds:.2} s (read {read_seconds:.2}), CPU {cpu:.2} s (read {read_cpu:.2}), \
         Parquet {written:.1} MB, {:.0} MB most memory",
        path.display(),
        rows as f64 / seconds,
        mb / seconds,
        peak_megabytes()?
    );
    Ok(())
}

// By the names that `cargo xtask exports` gives; another file is recognised by its header.
fn table_of(path: &Path) -> Option<Table> {
    let stem = path.file_stem()?.to_str()?;
    let tables = [
        ("accounts", Table::Accounts),
        ("opportunities", Table::Opportunities),
        ("history", Table::StageHistory),
        ("touches", Table::Touches),
    ];
    let found = tables.iter().find(|(name, _)| *name == stem);
    found.map(|(_, table)| *table)
}

fn written(folder: &Path) -> Result<f64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        bytes += entry?.metadata()?.len();
    }
    Ok(bytes as f64)
}

#[expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]
fn now() -> Instant {
    Instant::now()
}

fn since(begun: Instant) -> f64 {
    begun.elapsed().as_secs_f64()
}

/// What this process has used of both kinds of processor time so far (Linux: hundredths of a second).
fn processor_seconds() -> Result<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let (_, fields) = stat.rsplit_once(')').ok_or("the kernel tells no times")?;
    let mut fields = fields.split_whitespace().skip(11);
    let mut next = || -> Result<f64> { Ok(fields.next().ok_or("the kernel tells no times")?.parse()?) };
    Ok((next()? + next()?) / 100.0)
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
