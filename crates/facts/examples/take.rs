//! Reads files into a snapshot and says how long it took and how much memory: `take FOLDER FILE... [-- FILE...]`. Each
//! list of files is one import onto the one before. It must not be part of a test run.

#![expect(clippy::print_stdout, reason = "it is run by hand")]

use std::path::Path;
use std::time::Instant;

use beachhead_facts::Watch;
use beachhead_facts::read::{Input, ReadOptions, read};
use beachhead_facts::snapshot::{FactStore, Manifest};
use jiff::civil::date;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (folder, files) = arguments.split_first().ok_or("take FOLDER FILE... [-- FILE...]")?;
    let store = FactStore::open(Path::new(folder))?;
    let today = date(2026, 11, 22);
    let mut base: Option<Manifest> = None;
    for import in files.split(|file| file == "--") {
        let start = Instant::now();
        let options = ReadOptions {
            take_anyway: true,
            scratch: store.folder().to_owned(),
            ..ReadOptions::new(today)
        };
        let read: Vec<_> = import
            .iter()
            .map(|file| read(Input::Path(Path::new(file)), &options))
            .collect::<Result<_, _>>()?;
        let read_in = start.elapsed();
        let taken = store.take(base.as_ref(), read, today, &Watch::default())?;
        println!("{import:?}: read in {read_in:.2?}, all in {:.2?}", start.elapsed());
        println!("{:?}\n{:?}", taken.changes, memory());
        base = Some(taken.manifest);
    }
    Ok(())
}

fn memory() -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find(|line| line.starts_with("VmHWM")).map(str::to_owned)
}
