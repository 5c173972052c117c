//! The workshop: what developers and continuous integration run. Must not be needed by the product or hold any of it.
#![expect(
    clippy::disallowed_methods,
    reason = "the workshop times what it runs; the product is handed its time"
)]

mod bench;
mod exports;
mod fresh;
mod fuzz;
mod load;
mod needs;
mod postgres;
mod run;
mod s3;
mod test;
mod tidy;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask test [PART...] [--no-install]   format, lints, tidy, every test on real parts; installs what they need
                                            PART: lint, tidy, unit, ledger, browser; without one, all of them
cargo xtask tidy                            are the rooms of the house in order?
cargo xtask bench [NAME...] [--date DATE]   measure, and rewrite the table in docs/benchmarks.md
                                            NAME: import, weigh, foresight, facts, mapping, page, once, memory, size, build;
                                            without one, all; facts: facts-import, facts-memory, facts-measures, facts-page, at
                                            a million opportunities unless BEACHHEAD_BENCH_OPPORTUNITIES says fewer
cargo xtask exports FOLDER [--accounts N] [--partners N] [--opportunities N] [--history N] [--touches N] [--seed N]
                    [--in-order] [--bytes N]
                                            write the files that a CRM of that size exports, made up (a million
                                            opportunities unless said); --bytes: opportunities alone, of so many bytes
cargo xtask fuzz [TARGET...] [--seconds N]   throw made-up input at the readers, 600 s each unless said
cargo xtask fresh                           .ci/run in a fresh clone of the last commit with an empty target folder
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (command, rest) = match arguments.split_first() {
        Some((command, rest)) => (command.as_str(), rest),
        None => ("help", &[][..]),
    };
    let outcome = match command {
        "test" => test::main(rest),
        "tidy" => tidy::main(rest),
        "bench" => bench::main(rest),
        "exports" => exports::main(rest),
        "fresh" => fresh::main(rest),
        "fuzz" => fuzz::main(rest),
        "help" | "--help" | "-h" => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        other => {
            eprintln!("there is no `cargo xtask {other}`\n\n{HELP}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(trouble) => {
            eprintln!("cargo xtask {command}: {trouble}");
            ExitCode::from(2)
        }
    }
}
