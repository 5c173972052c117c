//! What the tests need of the machine, and how it is installed when missing. Must not install anything unannounced.

use std::path::{Path, PathBuf};

use crate::run::{self, Result};

/// A program or font that a Debian package brings.
pub struct Need {
    package: &'static str,
    why: &'static str,
    present: fn() -> bool,
}

/// For the tests that run on PostgreSQL.
pub const DATABASE: &[Need] = &[Need {
    package: "postgresql",
    why: "the record is tested on PostgreSQL itself",
    present: || crate::postgres::programs().is_some(),
}];

/// For the tests that run in a browser.
pub const BROWSER: &[Need] = &[
    Need {
        package: "chromium",
        why: "pages are tested in a real browser",
        present: || Path::new("/usr/bin/chromium").exists() || std::env::var_os("BEACHHEAD_CHROMIUM").is_some(),
    },
    Need {
        package: "fonts-liberation",
        why: "without letters no page can overflow",
        present: || Path::new("/usr/share/fonts/truetype/liberation").exists(),
    },
    Need {
        package: "fonts-dejavu-core",
        why: "the seven glyphs of the interface",
        present: || Path::new("/usr/share/fonts/truetype/dejavu").exists(),
    },
    Need {
        package: "nodejs",
        why: "drives the browser",
        present: || on_path("node").is_some(),
    },
    Need {
        package: "npm",
        why: "fetches the two pinned libraries of the browser tests",
        present: || on_path("npm").is_some(),
    },
];

/// Installs the Debian packages that are missing, saying which and why; with `refuse`, says so and stops.
pub fn packages(needs: &[Need], refuse: bool) -> Result<()> {
    let missing: Vec<&Need> = needs.iter().filter(|need| !(need.present)()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    for need in &missing {
        println!("needs the Debian package {}: {}", need.package, need.why);
    }
    let names: Vec<&str> = missing.iter().map(|need| need.package).collect();
    if refuse {
        return Err(format!("missing: {}; install them, or leave out --no-install", names.join(", ")).into());
    }
    if on_path("apt-get").is_none() {
        return Err(format!("there is no apt-get here; install by hand: {}", names.join(", ")).into());
    }
    run::succeed(apt_get()?.arg("update").arg("-qq"))?;
    run::succeed(
        apt_get()?
            .args(["install", "-qq", "-y", "--no-install-recommends"])
            .args(&names),
    )
}

fn apt_get() -> Result<std::process::Command> {
    let mut command = if is_root()? {
        run::command("apt-get")
    } else {
        let mut sudo = run::command("sudo");
        sudo.args(["-n", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
        sudo
    };
    command.env("DEBIAN_FRONTEND", "noninteractive");
    // Somebody else may be installing: wait for them instead of failing.
    command.args(["-o", "DPkg::Lock::Timeout=600"]);
    Ok(command)
}

/// Fetches the pinned libraries of the browser tests when they are missing or older than their lock file.
pub fn browser_libraries(refuse: bool) -> Result<()> {
    let folder = run::root().join("tests/browser");
    let changed = |path: &str| std::fs::metadata(folder.join(path)).and_then(|file| file.modified());
    if let (Ok(installed), Ok(locked)) = (changed("node_modules/.package-lock.json"), changed("package-lock.json"))
        && installed >= locked
    {
        return Ok(());
    }
    println!("needs tests/browser/node_modules: playwright-core drives Chromium, axe-core checks accessibility");
    if refuse {
        return Err("missing: run `npm ci` in tests/browser, or leave out --no-install".into());
    }
    run::succeed(
        run::command("npm")
            .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
            .current_dir(folder),
    )
}

/// The tap that the tests of `import --singer` run, and where it is put.
const TAP: &str = "tap-csv-folder==0.0.1a1";

/// Installs a real Singer tap into a folder of its own, with what it needs. None, with a word, where pip is not there or
/// cannot: that test is then skipped.
pub fn singer_tap(target: &Path, refuse: bool) -> Option<PathBuf> {
    let folder = target.join("singer-tap");
    if folder.join("bin/tap-csv-folder").is_file() {
        return Some(folder);
    }
    if refuse || on_path("pip").is_none() {
        println!("no Singer tap is installed (pip install {TAP}): its test is skipped");
        return None;
    }
    println!("needs {TAP}: `import --singer` is tested on a real tap");
    let mut pip = run::command("pip");
    pip.args(["install", "--quiet", "--disable-pip-version-check", "--target"])
        .arg(&folder)
        .arg(TAP);
    match run::succeed(&mut pip) {
        Ok(()) => Some(folder),
        Err(trouble) => {
            println!("{trouble}: the test of a real Singer tap is skipped");
            None
        }
    }
}

/// The server that facts in an S3-compatible store are tested on.
const STORE: &[&str] = &["moto[s3]==5.2.5", "flask==3.1.3", "flask-cors==6.0.5"];

/// Installs the S3-compatible store of the tests into a folder of its own, with what it needs.
pub fn s3_store(target: &Path, refuse: bool) -> Result<PathBuf> {
    let folder = target.join("s3-store");
    if folder.join("moto").is_dir() && folder.join("flask_cors").is_dir() {
        return Ok(folder);
    }
    println!(
        "needs {}: facts in an S3-compatible store are tested on a real server",
        STORE.join(" ")
    );
    if refuse {
        return Err(format!(
            "missing: run `pip install --target {} …`, or leave out --no-install",
            folder.display()
        )
        .into());
    }
    let mut pip = run::command("pip");
    pip.args(["install", "--quiet", "--disable-pip-version-check", "--target"])
        .arg(&folder)
        .args(STORE);
    run::succeed(&mut pip)?;
    Ok(folder)
}

/// Whether we run as root.
pub fn is_root() -> Result<bool> {
    Ok(run::output(run::command("id").arg("-u"))?.trim() == "0")
}

/// Where a program lies on PATH.
pub fn on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|candidate| candidate.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOWHERE: &[Need] = &[Need {
        package: "no-such-package",
        why: "to be refused",
        present: || false,
    }];

    #[test]
    fn refusing_names_what_is_missing() {
        let trouble = packages(NOWHERE, true).unwrap_err().to_string();
        assert!(
            trouble.contains("no-such-package") && trouble.contains("--no-install"),
            "{trouble}"
        );
    }

    #[test]
    fn what_is_there_is_left_alone() {
        assert!(
            packages(
                &[Need {
                    present: || true,
                    ..NOWHERE[0]
                }],
                true
            )
            .is_ok()
        );
    }

    #[test]
    fn programs_are_found_on_the_path() {
        assert!(on_path("sh").is_some());
        assert!(on_path("no-such-program-anywhere").is_none());
    }
}
