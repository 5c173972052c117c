//! The facts at their size, beside DuckDB on the same files in the same run: import, its memory, opening, weighing,
//! attribution, and the pages over them. Must not link any room.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::program::{Demo, dist, kilobytes, seconds, time};
use super::table::Figure;
use crate::exports::{self, Size};
use crate::load::{self, Cookies, Load};
use crate::run::{self, Result, TemporaryFolder};

/// How many opportunities there are, where it is not a million: a smaller run only shows that the bench works.
const OPPORTUNITIES: &str = "BEACHHEAD_BENCH_OPPORTUNITIES";
/// The memory of an import is measured on a file of so many bytes for each million of opportunities.
const LARGE_FILE_BYTES: u64 = 2_000_000_000;
/// How often an import is timed, as often as DuckDB's: the median counts.
const TIMES: usize = 3;
const DUCKDB: &str = "duckdb==2.0.0";
/// The pages that facts are read on; the segments are those of the worked example.
const PAGES: &[&str] = &[
    "/",
    "/where",
    "/bets/hris-co-sell",
    "/segments/accounts?segment=enterprise",
    "/data",
    "/data/sources",
    "/data/attribution",
    "/data/attribution/touches",
    EVIDENCE,
    "/evidence/tables/touches?page=1000",
    "/evidence/cohorts",
    "/evidence/lift",
];
/// The opportunities behind a cell, and where one of them leads.
const EVIDENCE: &str = "/evidence?segment=enterprise&partner_type=technology";
const OPPORTUNITY: &str = "/evidence/opportunities/";
const RATE: u32 = 50;
const LASTING: Duration = Duration::from_secs(20);
const PARTNERS: &str = "partners.csv";
const FILES: [&str; 7] = [
    "accounts.csv",
    "opportunities.csv",
    "history.csv",
    PARTNERS,
    "lists.csv",
    "touches.csv",
    "rates.csv",
];

fn size() -> Result<Size> {
    let whole = Size::default();
    let Some(said) = std::env::var_os(OPPORTUNITIES) else {
        return Ok(whole);
    };
    let opportunities: u64 = said.to_string_lossy().parse()?;
    let part = |of: u64| (of * opportunities / whole.opportunities).max(1);
    Ok(Size {
        accounts: part(whole.accounts),
        opportunities,
        history: part(whole.history),
        touches: part(whole.touches),
        ..whole
    })
}

pub(super) fn told(size: &Size) -> String {
    format!(
        "{} accounts, {} opportunities, {} rows of stage history, {} touches",
        size.accounts, size.opportunities, size.history, size.touches
    )
}

/// The exports, kept in the target folder for the next run.
pub(super) fn exported(size: &Size) -> Result<PathBuf> {
    let name = format!("bench/exports-{}-{}-{}", size.opportunities, size.partners, size.seed);
    let folder = crate::test::target_folder()?.join(name);
    if !folder.join("complete").exists() {
        exports::write_all(&folder, size)?;
        std::fs::write(folder.join("complete"), "")?;
    }
    Ok(folder)
}

/// Every file of the exports into an empty program, and by DuckDB into Parquet.
pub fn import() -> Result<Vec<Figure>> {
    let (size, program) = (size()?, dist()?);
    let folder = exported(&size)?;
    let mut times = Vec::with_capacity(TIMES);
    for _ in 0..TIMES {
        let into = TemporaryFolder::new("bench-facts-import")?;
        run::output(run::command(&program).arg("--data").arg(into.path()).arg("init"))?;
        times.push(time(|| import_into(&program, into.path(), &folder))?);
    }
    times.sort_unstable();
    let took = times[TIMES / 2];
    let bytes: u64 = FILES
        .iter()
        .map(|name| Ok(std::fs::metadata(folder.join(name))?.len()))
        .sum::<Result<u64>>()?;
    let what = format!("{}; {} MB of CSV, median of {TIMES}", told(&size), bytes / 1_000_000);
    let ours = Figure::plain(&what, "beachhead import *.csv", seconds(took));
    let out = TemporaryFolder::new("bench-facts-duckdb")?;
    let mut peer = duckdb("import", &folder)?;
    let printed = run::output(peer.arg(out.path()))?;
    let theirs = printed.lines().find_map(timed).ok_or("DuckDB printed no times")?;
    let ratio = theirs.median / took.as_secs_f64() / 1e3;
    let figure = format!(
        "{}, or {ratio:.2} times ours",
        seconds(Duration::from_secs_f64(theirs.median / 1e3))
    );
    Ok(vec![
        ours.above("half of DuckDB's throughput", ratio >= 0.5),
        Figure::plain(
            format!("{what}; {}, read_csv and COPY TO parquet", theirs.name),
            "peers/facts.py import",
            figure,
        ),
    ])
}

/// Every file into a program. That of the partners has to be named: its header is that of no table for certain.
pub(super) fn import_into(program: &Path, data: &Path, folder: &Path) -> Result<()> {
    let import = |files: &[&str], named: &[&str]| {
        let mut import = run::command(program);
        import.arg("--data").arg(data).arg("import").args(named);
        run::output(import.args(files.iter().map(|name| folder.join(name)))).map(drop)
    };
    let others: Vec<&str> = FILES.into_iter().filter(|name| *name != PARTNERS).collect();
    import(&[PARTNERS], &["--as", "partners"])?;
    import(&others, &[])
}

/// The most memory that an import of one large file takes.
pub fn memory() -> Result<Vec<Figure>> {
    let (size, program) = (size()?, dist()?);
    let bytes = LARGE_FILE_BYTES * size.opportunities / Size::default().opportunities;
    let folder = TemporaryFolder::new("bench-facts-memory")?;
    exports::write_bytes(folder.path(), &size, bytes)?;
    let data = folder.path().join("data");
    run::output(run::command(&program).arg("--data").arg(&data).arg("init"))?;
    let mut import = run::command(&program);
    import
        .arg("--data")
        .arg(&data)
        .arg("import")
        .arg(folder.path().join("opportunities.csv"));
    let peak = peak_megabytes(import.stdout(Stdio::null()).spawn()?)?;
    let what = format!("most resident memory of an import of {} MB of CSV", bytes / 1_000_000);
    let figure = Figure::plain(what, "beachhead import opportunities.csv", format!("{peak} MB"));
    Ok(vec![figure.below("512 MB", peak < 512)])
}

/// The high-water mark of a process that ends by itself. The kernel forgets it with the process, so that it is read until
/// then.
fn peak_megabytes(mut child: Child) -> Result<u64> {
    let mut peak = 0;
    loop {
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        peak = peak.max(kilobytes(&status, "VmHWM:").unwrap_or(0) * 1024 / 1_000_000);
        if let Some(ended) = child.try_wait()? {
            return if ended.success() {
                Ok(peak)
            } else {
                Err(format!("the import ended with {ended}").into())
            };
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Opening, weighing and attribution in process: the facts' own example prints its times, DuckDB is asked for the same
/// cells, and both must have found the same.
pub fn measures() -> Result<Vec<Figure>> {
    let size = size()?;
    let folder = exported(&size)?;
    let mut bench = run::cargo();
    bench.args([
        "run",
        "--profile",
        "dist",
        "--package",
        "beachhead-facts",
        "--example",
        "facts_bench",
    ]);
    let printed = run::output(bench.arg("--").arg(&folder))?;
    let command = "cargo run --profile dist --package beachhead-facts --example facts_bench";
    let mut figures: Vec<Figure> = printed
        .lines()
        .filter_map(timed)
        .map(|found| found.figure(&told(&size), command))
        .collect();
    let line = |text: &str, start: &str| {
        text.lines()
            .find_map(|line| line.strip_prefix(start))
            .map(str::to_owned)
    };
    let as_of = line(&printed, "as of: ").ok_or("`facts_bench` did not say the day")?;
    let ours = line(&printed, "answer: ").ok_or("`facts_bench` printed no answer")?;
    let mut peer = duckdb("weigh", &folder)?;
    let asked = run::output(peer.arg(&as_of))?;
    let theirs = line(&asked, "answer: ").ok_or("DuckDB printed no answer")?;
    if ours != theirs {
        return Err(format!("the answers differ: ours {ours}, DuckDB's {theirs}").into());
    }
    let found = asked.lines().find_map(timed).ok_or("DuckDB printed no times")?;
    let what = "the same cells in SQL, class and partner type a column, without the amounts one by one and the total";
    figures.push(Figure::plain(
        format!("weigh; {}: {what}", found.name),
        "peers/facts.py weigh",
        found.told(),
    ));
    Ok(figures)
}

/// A line `NAME: BEST MEDIAN UNIT`.
#[derive(Debug, PartialEq)]
struct Timed {
    name: String,
    best: f64,
    median: f64,
    unit: String,
}

fn timed(line: &str) -> Option<Timed> {
    let (name, rest) = line.rsplit_once(": ")?;
    let [best, median, unit] = rest.split(' ').collect::<Vec<_>>().try_into().ok()?;
    Some(Timed {
        name: name.to_owned(),
        best: best.parse().ok()?,
        median: median.parse().ok()?,
        unit: unit.to_owned(),
    })
}

impl Timed {
    fn told(&self) -> String {
        let Self { best, median, unit, .. } = self;
        format!("{median:.1} {unit} (best {best:.1} {unit})")
    }

    fn figure(&self, size: &str, command: &str) -> Figure {
        let figure = Figure::plain(format!("{}; {size}", self.name), command, self.told());
        let target = match self.name.as_str() {
            "open" => Some((2_000.0, "2 s")),
            "open, most memory" => Some((1_500.0, "1.5 GB")),
            "attribution, on a day not asked of before" => Some((1_000.0, "1 s")),
            "weigh by segment x partner type" => Some((50.0, "50 ms")),
            _ => None,
        };
        match target {
            Some((limit, words)) => figure.below(words, self.median < limit),
            None => figure,
        }
    }
}

/// The pages that facts are read on, of the worked example with the exports imported into it while it runs.
pub fn page() -> Result<Vec<Figure>> {
    let (size, program) = (size()?, dist()?);
    let folder = exported(&size)?;
    let demo = Demo::start(&program)?;
    import_into(&program, &demo.data(), &folder)?;
    let mut cookies = Cookies::default();
    let rows = load::visit_patiently(demo.address(), EVIDENCE, &mut cookies)?;
    let rows = String::from_utf8_lossy(&rows.body).into_owned();
    let opportunity = rows.split('"').find(|part| part.starts_with(OPPORTUNITY));
    let opportunity = opportunity.ok_or_else(|| format!("{EVIDENCE} shows no opportunity"))?;
    let pages = PAGES.iter().copied().chain([opportunity]);
    let told = told(&size);
    pages
        .map(|page| asked(&demo, page, &mut cookies, RATE, &told))
        .collect()
}

/// A page, asked once and then again and again, so many times a second.
pub(super) fn asked(demo: &Demo, page: &str, cookies: &mut Cookies, rate: u32, told: &str) -> Result<Figure> {
    // The first visit works the page out, and the very first opens the snapshot.
    let mut answer = None;
    let first = time(|| {
        answer = Some(load::visit_patiently(demo.address(), page, cookies)?);
        Ok(())
    })?;
    let answer = answer.ok_or("no answer")?;
    if answer.status != 200 {
        return Err(format!("{page} answered {}", answer.status).into());
    }
    let latencies = load::send(&Load {
        server: demo.address(),
        paths: &[page.to_owned()],
        cookies,
        rate,
        lasting: LASTING,
    });
    if let Some(example) = latencies.example {
        return Err(format!("{} of the requests failed, such as: {example}", latencies.failed).into());
    }
    let p99 = latencies.percentile(0.99);
    let ms = |took: Duration| format!("{:.1} ms", took.as_secs_f64() * 1e3);
    let figure = format!(
        "p50 {}, p99 {}, worst {}; the first visit {}",
        ms(latencies.percentile(0.5)),
        ms(p99),
        ms(latencies.percentile(1.0)),
        seconds(first)
    );
    let shown = if page.starts_with(OPPORTUNITY) {
        "the page of an opportunity"
    } else {
        page
    };
    let what = format!("{shown}, {rate} requests/s for {} s; {told}", LASTING.as_secs());
    let figure = Figure::plain(what, "beachhead demo; beachhead import *.csv", figure);
    Ok(figure.below("p99 50 ms", p99 < Duration::from_millis(50)))
}

/// DuckDB, installed into the target folder, about to be asked something of the exports.
fn duckdb(what: &str, folder: &Path) -> Result<Command> {
    let home = crate::test::target_folder()?.join("bench/duckdb");
    run::output(run::command("python3").args(["-m", "venv"]).arg(&home))?;
    let python = home.join("bin/python3");
    run::output(run::command(&python).args(["-m", "pip", "install", "--quiet", DUCKDB]))?;
    let mut peer = run::command(python);
    peer.arg("xtask/src/bench/peers/facts.py").arg(what).arg(folder);
    Ok(peer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_and_held_against_their_target() {
        let found = timed("weigh by segment x partner type: 21.0 60.5 ms").unwrap();
        assert_eq!((found.best, found.median), (21.0, 60.5));
        let figure = found.figure("few", "run");
        assert_eq!(figure.figure, "60.5 ms (best 21.0 ms)");
        assert_eq!((figure.target.as_str(), figure.met), ("< 50 ms", Some(false)));
        assert_eq!(timed("other: 1 2 ms").unwrap().figure("few", "run").met, None);
        assert!(timed("as of: 2026-10-31").is_none());
        assert!(timed("answer: 1 2 3 4").is_none());
    }

    #[test]
    fn the_most_memory_of_a_child_is_read_and_its_failure_told() {
        let sleep = Command::new("sleep").arg("0.1").spawn().unwrap();
        assert!(peak_megabytes(sleep).is_ok());
        let trouble = peak_megabytes(Command::new("false").spawn().unwrap()).unwrap_err();
        assert!(trouble.to_string().contains("ended with"), "{trouble}");
    }
}
