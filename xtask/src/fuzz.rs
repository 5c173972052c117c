//! `cargo xtask fuzz`: the programs in fuzz/, which throw made-up input at each reader until one breaks. Must not know what
//! they read.

use crate::run::{self, Result};

/// What there is to throw at.
const TARGETS: &[&str] = &[
    "csv",
    "xlsx",
    "parquet",
    "jsonl",
    "singer",
    "rule",
    "profile",
    "normalise",
    "keys",
    "psi",
];

/// The memory that one run may take, in MiB, and the time that one input may, in seconds.
const MEMORY_MIB: u32 = 512;
const INPUT_SECONDS: u32 = 1;

/// Runs the targets named, or all, one after the other. Returns whether none broke.
pub fn main(arguments: &[String]) -> Result<bool> {
    let (mut seconds, mut named) = ("600".to_owned(), Vec::new());
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--seconds" => seconds.clone_from(words.next().ok_or("--seconds needs a number")?),
            target if TARGETS.contains(&target) => named.push(target),
            other => return Err(format!("there is no target `{other}`; there are {}", TARGETS.join(", ")).into()),
        }
    }
    let seconds: u32 = seconds
        .parse()
        .map_err(|_| format!("`{seconds}` is no number of seconds"))?;
    if crate::needs::on_path("cargo-fuzz").is_none() {
        return Err("needs cargo-fuzz: `cargo install cargo-fuzz`".into());
    }
    let targets = if named.is_empty() { TARGETS.to_vec() } else { named };
    let mut fine = true;
    for target in targets {
        fine &= fuzz(target, seconds)?;
    }
    Ok(fine)
}

/// Memory safety is the compiler's: what is looked for is a panic, an endless loop, too much memory. So no sanitizer, which
/// is several times as fast.
fn fuzz(target: &str, seconds: u32) -> Result<bool> {
    let folder = run::root().join("fuzz");
    let corpus = folder.join("corpus").join(target);
    std::fs::create_dir_all(&corpus)?;
    let mut command = run::cargo();
    command
        .current_dir(&folder)
        .env("RUSTC_BOOTSTRAP", "1")
        .args(["fuzz", "run", "--fuzz-dir", ".", "--sanitizer", "none", target])
        .arg(&corpus)
        .arg(folder.join("seeds").join(target))
        .args(["--", "-print_final_stats=1", "-verbosity=0"])
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-rss_limit_mb={MEMORY_MIB}"))
        .arg(format!("-timeout={INPUT_SECONDS}"));
    println!("\n== {target}: {seconds} s");
    let mut executions = String::new();
    let fine = run::watch(&mut command, |line| {
        if let Some(count) = line.trim().strip_prefix("stat::number_of_executed_units:") {
            count.trim().clone_into(&mut executions);
        }
    })?;
    println!(
        "{target}: {executions} executions, {}",
        if fine { "nothing found" } else { "FOUND something" }
    );
    Ok(fine)
}
