//! The binary: command line, wiring, exit codes. Holds no logic: each sub-command reads its arguments, asks one verb of
//! the office and shows the answer, as text for people or as one JSON document (commands.md).

mod command;
mod machine;
mod progress;
mod show;

use std::path::PathBuf;
use std::process::ExitCode;

use beachhead_office::{Code, Refusal};
use clap::{Parser, Subcommand};

/// Gives memory back after the large allocations of an import or a password's hash, which the system's own keeps.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What a sub-command gives: the exit code of a thing done (0, or 1 where checks fail), or a refusal.
type Done = Result<ExitCode, Refusal>;

/// Runs a partner program strategy: one outcome, a few chosen cells, bets with gates fixed before the start.
#[derive(Parser)]
#[command(name = "beachhead", version, arg_required_else_help = true)]
struct Cli {
    #[command(flatten)]
    place: Place,
    #[command(subcommand)]
    command: Command,
}

/// Where the program is, who asks, and how the answer is shown.
#[derive(clap::Args, Clone)]
struct Place {
    /// The folder that holds everything
    #[arg(
        long,
        global = true,
        env = "BEACHHEAD_DATA",
        default_value = "beachhead-data",
        value_name = "DIR"
    )]
    data: PathBuf,
    /// Where decisions are kept: a postgres:// address, or a SQLite file; unless said, record.sqlite in the data folder
    #[arg(
        long,
        global = true,
        env = "BEACHHEAD_RECORD",
        value_name = "URL",
        hide_env_values = true
    )]
    record: Option<String>,
    /// Where facts are kept: s3://bucket/prefix, with the usual AWS_* variables; unless said, the data folder
    #[arg(long, global = true, env = "BEACHHEAD_FACTS", value_name = "URL")]
    facts: Option<String>,
    /// Print one JSON document on standard output and nothing else
    #[arg(long, global = true)]
    json: bool,
    /// Act as the person with this e-mail address
    #[arg(long = "as-person", global = true, value_name = "EMAIL")]
    person: Option<String>,
}

#[derive(Subcommand)]
enum Command {
    /// Open the worked example in a folder of its own
    Demo(command::demo::Arguments),
    /// Serve the pages
    Serve(command::serve::Arguments),
    /// Make an empty program
    Init(command::init::Arguments),
    /// Check a written strategy and say everything that stops a signature
    Check(command::check::Arguments),
    /// Import facts from CSV, XLSX, Parquet and JSON files, or from a Singer tap
    Import(command::import::Arguments),
    /// Read one workbook from standard input, under limits
    #[command(hide = true)]
    Sheet(command::sheet::Arguments),
    /// Show what facts there are
    Facts(command::facts::Arguments),
    /// Show what the facts say of each cell
    Weigh(command::weigh::Arguments),
    /// Show conversion by month of start, with maturity
    Cohorts(command::cohorts::Arguments),
    /// Compare opportunities with a partner against those without
    Lift(command::lift::Arguments),
    /// Find which of their accounts are ours, from a partner's list or from two files
    Map(command::map::Arguments),
    /// Find which accounts are shared without either company showing its list
    Psi(command::psi::Arguments),
    /// Classify every opportunity by the attribution policy, and say what another policy would move
    Attribute(command::attribute::Arguments),
    /// Judge each running bet against its gate
    Judge(command::judge::Arguments),
    /// Say why the outcome is behind or ahead of the signed plan
    Miss(command::miss::Arguments),
    /// Simulate the outcome
    Simulate(command::simulate::Arguments),
    /// Compare plans: how many bets at once, in which order
    Sequence(command::sequence::Arguments),
    /// Try policies and the judge's rules on made-up programs whose truth is known
    Gym(command::gym::Arguments),
    /// Write a report
    Report(command::report::Arguments),
    /// Show, export, import, ask for and sign the strategy
    Strategy(command::strategy::Arguments),
    /// Open, decide and close a review
    Review(command::review::Arguments),
    /// Start a bet that is planned
    Bet(command::bet::Arguments),
    /// Add people, list them, and let somebody back in who forgot a password or lost a phone
    User(command::user::Arguments),
    /// Check the audit chain
    Audit(command::audit::Arguments),
    /// Write everything that the program holds into one file, while it is in use
    Backup(command::backup::Arguments),
    /// Make the program of a data folder from its backup
    Restore(command::restore::Arguments),
}

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return misused(&error),
    };
    // It lives under limits that leave no room for what the runtime sets aside.
    if let Command::Sheet(arguments) = &cli.command {
        return command::sheet::run(arguments);
    }
    let json = cli.place.json;
    let done = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(run(cli)),
        Err(error) => Err(Refusal::new(
            Code::Internal,
            format!("The program could not start: {error}"),
            "",
        )),
    };
    done.unwrap_or_else(|refusal| show::refusal(&refusal, json))
}

/// Help and version go to standard output and are no failure; what cannot be read is bad usage.
fn misused(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    if std::env::args_os().any(|argument| argument == "--json") {
        let words = error.to_string();
        let words = words.strip_prefix("error: ").unwrap_or(&words).trim_end();
        return show::refusal(&Refusal::bad_input(words, ""), true);
    }
    let _ = error.print();
    ExitCode::from(2)
}

async fn run(cli: Cli) -> Done {
    let place = cli.place;
    match cli.command {
        Command::Demo(arguments) => command::demo::run(&place, arguments).await,
        Command::Serve(arguments) => command::serve::run(&place, arguments).await,
        Command::Init(arguments) => command::init::run(&place, arguments).await,
        Command::Check(arguments) => command::check::run(&place, &arguments),
        Command::Import(arguments) => command::import::run(&place, arguments).await,
        Command::Sheet(arguments) => Ok(command::sheet::run(&arguments)),
        Command::Facts(arguments) => command::facts::run(&place, arguments).await,
        Command::Weigh(arguments) => command::weigh::run(&place, arguments).await,
        Command::Cohorts(arguments) => command::cohorts::run(&place, arguments).await,
        Command::Lift(arguments) => command::lift::run(&place, arguments).await,
        Command::Map(arguments) => command::map::run(&place, arguments).await,
        Command::Psi(arguments) => command::psi::run(&place, arguments).await,
        Command::Attribute(arguments) => command::attribute::run(&place, arguments).await,
        Command::Judge(arguments) => command::judge::run(&place, arguments).await,
        Command::Miss(arguments) => command::miss::run(&place, arguments).await,
        Command::Simulate(arguments) => command::simulate::run(&place, arguments).await,
        Command::Sequence(arguments) => command::sequence::run(&place, arguments).await,
        Command::Gym(arguments) => command::gym::run(&place, &arguments),
        Command::Report(arguments) => command::report::run(&place, arguments).await,
        Command::Strategy(arguments) => command::strategy::run(&place, arguments).await,
        Command::Review(arguments) => command::review::run(&place, arguments).await,
        Command::Bet(arguments) => command::bet::run(&place, arguments).await,
        Command::User(arguments) => command::user::run(&place, arguments).await,
        Command::Audit(arguments) => command::audit::run(&place, arguments).await,
        Command::Backup(arguments) => command::backup::run(&place, arguments).await,
        Command::Restore(arguments) => command::restore::run(&place, arguments).await,
    }
}
