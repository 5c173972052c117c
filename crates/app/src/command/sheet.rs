//! `beachhead sheet`, which nobody types: a process of the program's own that reads one workbook from standard input
//! under limits, and writes its rows to standard output. What a hostile workbook does to it, it does to nothing else.

use std::io::Write as _;
use std::process::{Command, ExitCode};

use beachhead_office::facts::limits::{SHEET_MEMORY_BYTES_MAX, SHEET_OUTPUT_BYTES_MAX, SHEET_SECONDS_MAX};
use beachhead_office::facts::read::{SheetProcess, read_sheet};
use rustix::process::{Resource, Rlimit, setrlimit};

use crate::machine;

#[derive(clap::Args)]
pub struct Arguments {
    /// The limits are set
    #[arg(long)]
    limited: bool,
}

/// How the program starts itself to read a workbook; none where it cannot tell its own file.
pub fn process() -> Option<SheetProcess> {
    let program = std::env::current_exe().ok()?;
    Some(SheetProcess::new(move || {
        let mut command = Command::new(&program);
        command.arg("sheet");
        command
    }))
}

/// Limits itself and begins anew, so that nothing was set aside before there was a limit; then reads.
pub fn run(arguments: &Arguments) -> ExitCode {
    let done = if arguments.limited {
        let mut output = std::io::BufWriter::new(std::io::stdout().lock());
        read_sheet(&mut std::io::stdin().lock(), &mut output).and_then(|()| output.flush())
    } else {
        limit().and_then(|()| Err(machine::begin_anew("--limited")))
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "beachhead sheet: {error}");
            ExitCode::from(5)
        }
    }
}

fn limit() -> std::io::Result<()> {
    for (resource, most) in [
        (Resource::As, SHEET_MEMORY_BYTES_MAX),
        (Resource::Cpu, SHEET_SECONDS_MAX),
        (Resource::Fsize, SHEET_OUTPUT_BYTES_MAX),
        (Resource::Core, 0),
    ] {
        let limit = Rlimit {
            current: Some(most),
            maximum: Some(most),
        };
        setrlimit(resource, limit)?;
    }
    Ok(())
}
