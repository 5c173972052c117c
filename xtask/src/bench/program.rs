//! Measurements of the shipped binary from outside: as a developer, a visitor or the machine sees it. Must not link
//! any room.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::table::Figure;
use crate::load::{self, Cookies, Load};
use crate::run::{self, Result, TemporaryFolder};

/// Short commands are run this often, and the median is told.
const ROUNDS: usize = 5;

/// How long the program may take until it answers.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long it is left alone before its memory is read again.
const IDLE: Duration = Duration::from_secs(10);

/// The pages that people read most; in the demo nobody has to sign in.
const PAGES: &[&str] = &[
    "/",
    "/where",
    "/bets",
    "/bets/hris-co-sell",
    "/roadmap",
    "/review",
    "/data",
];

const RATE: u32 = 100;
const LASTING: Duration = Duration::from_secs(20);

/// The real CRM extract that the import is measured with, beside the checkout.
const MAVEN: &str = "crm/maven_crm_iso";

/// A program made and a real CRM extract imported into it, by the command line.
pub fn import() -> Result<Vec<Figure>> {
    let data = run::shared_data()
        .ok_or("there is no ../shared/data; set BEACHHEAD_SHARED to the folder")?
        .join(MAVEN);
    let program = dist()?;
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let folder = TemporaryFolder::new("bench-import")?;
        times.push(time(|| {
            run::output(run::command(&program).arg("--data").arg(folder.path()).arg("init"))?;
            let mut import = run::command(&program);
            import.arg("--data").arg(folder.path()).arg("import");
            run::output(
                import
                    .arg(data.join("accounts.csv"))
                    .arg(data.join("sales_pipeline.csv")),
            )
            .map(drop)
        })?);
    }
    let took = median(times);
    let what = "85 accounts and 8,800 opportunities, into an empty program, end to end";
    let figure = Figure::plain(
        what,
        "beachhead init; beachhead import accounts.csv sales_pipeline.csv",
        seconds(took),
    );
    Ok(vec![figure.below("0.5 s", took < Duration::from_millis(500))])
}

/// The weighing itself, in process: the office's own example prints `NAME: N ms`, a line for each figure.
pub fn weigh() -> Result<Vec<Figure>> {
    let mut bench = run::cargo();
    bench.args([
        "run",
        "--profile",
        "dist",
        "--package",
        "beachhead-office",
        "--example",
        "weigh_bench",
    ]);
    let printed = run::output(&mut bench)?;
    let figures: Vec<Figure> = printed
        .lines()
        .filter_map(|line| milliseconds(line, &run::as_typed(&bench)))
        .collect();
    if figures.is_empty() {
        return Err(format!("`weigh_bench` printed no line `NAME: N ms`, but\n{printed}").into());
    }
    Ok(figures)
}

fn milliseconds(line: &str, command: &str) -> Option<Figure> {
    let (what, rest) = line.rsplit_once(": ")?;
    let took: f64 = rest.strip_suffix(" ms")?.trim().parse().ok()?;
    Some(Figure::plain(what, command, format!("{took:.2} ms")).below("5 ms", took < 5.0))
}

/// The pages under a steady load from the same machine.
pub fn page() -> Result<Vec<Figure>> {
    let demo = Demo::start(&dist()?)?;
    let mut cookies = Cookies::default();
    let mut paths = Vec::new();
    for page in PAGES {
        let answer = load::visit(demo.address, page, &mut cookies)?;
        if answer.status != 200 || answer.body.is_empty() {
            return Err(format!("{page} answered {} with {} bytes", answer.status, answer.body.len()).into());
        }
        paths.push((*page).to_owned());
    }
    let load = Load {
        server: demo.address,
        paths: &paths,
        cookies: &cookies,
        rate: RATE,
        lasting: LASTING,
    };
    let latencies = load::send(&load);
    if latencies.failed > 0 {
        let example = latencies.example.unwrap_or_default();
        return Err(format!("{} of the requests failed, such as: {example}", latencies.failed).into());
    }
    let told = |share| format!("{:.1} ms", latencies.percentile(share).as_secs_f64() * 1000.0);
    let what = format!(
        "{} pages of the demo, {RATE} requests/s for {} s",
        PAGES.len(),
        LASTING.as_secs()
    );
    let figure = format!("p50 {}, p99 {}, worst {}", told(0.5), told(0.99), told(1.0));
    let met = latencies.percentile(0.99) < Duration::from_millis(20);
    Ok(vec![
        Figure::plain(format!("{what} ({} answers)", latencies.count()), DEMO, figure).below("p99 20 ms", met),
    ])
}

/// The worked example from nothing to its one page as text.
pub fn once() -> Result<Vec<Figure>> {
    let program = dist()?;
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let folder = TemporaryFolder::new("bench-once")?;
        let mut demo = run::command(&program);
        demo.arg("--data")
            .arg(folder.path().join("demo"))
            .args(["demo", "--once"]);
        times.push(time(|| run::output(&mut demo).map(drop))?);
    }
    let took = median(times);
    let figure = Figure::plain(
        "the demo built and its one page printed",
        "beachhead demo --once",
        seconds(took),
    );
    Ok(vec![figure.below("3 s", took < Duration::from_secs(3))])
}

/// The memory that the running demo keeps.
pub fn memory() -> Result<Vec<Figure>> {
    let demo = Demo::start(&dist()?)?;
    // The story of the worked example has just been told in that process; the target is of a program at rest.
    let megabytes = || -> Result<u64> { Ok(demo.resident_kilobytes()? * 1024 / 1_000_000) };
    let (told, rested) = (
        "resident memory when the demo answers",
        "resident memory after one page and ten idle seconds",
    );
    let first = Figure::plain(told, DEMO, format!("{} MB", megabytes()?));
    load::visit(demo.address, PAGES[0], &mut Cookies::default())?;
    std::thread::sleep(IDLE);
    let idle = megabytes()?;
    Ok(vec![
        first,
        Figure::plain(rested, DEMO, format!("{idle} MB")).below("80 MB", idle < 80),
    ])
}

/// The size of what is shipped.
pub fn size() -> Result<Vec<Figure>> {
    let bytes = std::fs::metadata(dist()?)?.len();
    let figure = format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10);
    let command = "cargo build --profile dist --package beachhead";
    Ok(vec![
        Figure::plain("the binary", command, figure).below("50 MB", bytes < 50_000_000),
    ])
}

const DEMO: &str = "beachhead demo --no-open --port N";

/// Builds the shipped binary and says where it is.
pub fn dist() -> Result<PathBuf> {
    run::succeed(run::cargo().args(["build", "--profile", "dist", "--package", "beachhead"]))?;
    Ok(crate::test::target_folder()?.join("dist/beachhead"))
}

/// The demo, running in a folder of its own until dropped.
pub struct Demo {
    server: Child,
    address: SocketAddr,
    folder: TemporaryFolder,
}

impl Demo {
    /// Starts it on a free port and waits until it answers.
    pub fn start(program: &Path) -> Result<Self> {
        let folder = TemporaryFolder::new("bench-demo")?;
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let mut command = Command::new(program);
        command
            .args(["demo", "--folder"])
            .arg(folder.path().join("demo"))
            .args(["--no-open", "--port"]);
        command
            .arg(address.port().to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        let mut demo = Self {
            server: command.spawn()?,
            address,
            folder,
        };
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if let Some(status) = demo.server.try_wait()? {
                return Err(format!("the demo ended with {status}").into());
            }
            let answers = TcpStream::connect(address).is_ok();
            if answers
                && load::visit(address, "/healthz", &mut Cookies::default()).is_ok_and(|answer| answer.status == 200)
            {
                return Ok(demo);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Err(format!("the demo did not answer at {address} within {} s", PATIENCE.as_secs()).into())
    }

    /// Where it answers.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The folder of its program.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("demo")
    }

    fn resident_kilobytes(&self) -> Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.server.id()))?;
        Ok(kilobytes(&status, "VmRSS:").ok_or("the kernel tells no VmRSS")?)
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        if let Err(error) = self.server.kill().and_then(|()| self.server.wait()) {
            eprintln!("cannot stop the demo (process {}): {error}", self.server.id());
        }
    }
}

/// A line `NAME N kB` of a file of the kernel's.
pub fn kilobytes(file: &str, name: &str) -> Option<u64> {
    file.lines()
        .find_map(|line| line.strip_prefix(name)?.trim().strip_suffix(" kB")?.parse().ok())
}

/// How long it takes, if it goes well.
pub fn time(action: impl FnOnce() -> Result<()>) -> Result<Duration> {
    let begun = Instant::now();
    action()?;
    Ok(begun.elapsed())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// Seconds with as many decimals as mean something.
pub fn seconds(took: Duration) -> String {
    let seconds = took.as_secs_f64();
    if seconds < 10.0 {
        format!("{seconds:.2} s")
    } else {
        format!("{seconds:.0} s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_lines_are_read() {
        assert_eq!(
            kilobytes("Name:\tx\nVmRSS:\t   51234 kB\nVmData: 1 kB", "VmRSS:"),
            Some(51234)
        );
        assert_eq!(kilobytes("Name:\tx", "VmRSS:"), None);
        let own = std::fs::read_to_string("/proc/self/status").unwrap();
        assert!(kilobytes(&own, "VmRSS:").unwrap() > 500);
    }

    #[test]
    fn a_figure_in_process_is_read_from_its_line() {
        let figure = milliseconds("weigh 8,800 opportunities: by sector: 4.25 ms", "run").unwrap();
        assert_eq!(
            (figure.what.as_str(), figure.figure.as_str()),
            ("weigh 8,800 opportunities: by sector", "4.25 ms")
        );
        assert_eq!(figure.met, Some(true));
        assert_eq!(milliseconds("slow: 5.00 ms", "run").unwrap().met, Some(false));
        assert!(milliseconds("Compiling: soon", "run").is_none());
    }

    #[test]
    fn the_median_is_the_middle_one() {
        assert_eq!(
            median([9, 1, 3].map(Duration::from_secs).to_vec()),
            Duration::from_secs(3)
        );
    }

    #[test]
    fn a_program_that_ends_at_once_is_no_demo() {
        let trouble = Demo::start(Path::new("/bin/false")).err().unwrap().to_string();
        assert!(trouble.contains("the demo ended"), "{trouble}");
    }
}
