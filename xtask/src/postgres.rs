//! A PostgreSQL of our own for the length of a test run. Must not touch any server that is already there.

use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use crate::needs;
use crate::run::{self, Result, TemporaryFolder};

/// How long the server may take to answer its first connection.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running server on a free port of the loopback address, with durability as shipped (fsync stays on). It stops,
/// and its folder goes, when this is dropped; if we are killed, the kernel tells the server to stop.
pub struct Postgres {
    server: Child,
    port: u16,
    // Dropped after the server has stopped.
    folder: TemporaryFolder,
}

/// The newest PostgreSQL that Debian installed here.
pub fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let mut folders: Vec<(u32, PathBuf)> = versions
        .filter_map(|entry| {
            let entry = entry.ok()?;
            Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin")))
        })
        .filter(|(_, folder)| folder.join("initdb").is_file() && folder.join("postgres").is_file())
        .collect();
    folders.sort();
    Some(folders.pop()?.1)
}

impl Postgres {
    /// Makes a cluster in a temporary folder and starts it; trust authentication, reachable from this machine only.
    pub fn start() -> Result<Self> {
        let programs = programs().ok_or("PostgreSQL is not installed: apt-get install postgresql")?;
        let folder = TemporaryFolder::new("postgres")?;
        let user = unprivileged(folder.path())?;
        let data = folder.path().join("data");
        let mut initdb = as_user(user.as_deref(), &programs.join("initdb"));
        initdb.args([
            "--username=postgres",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--pgdata",
        ]);
        run::output(initdb.arg(&data))?;
        // Between our asking for a free port and the server's taking it, somebody else may.
        let mut last = None;
        for _ in 0..3 {
            let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
            let mut server = serve(user.as_deref(), &programs, folder.path(), &data, port)?;
            match ready(&mut server, &programs, port, folder.path()) {
                Ok(()) => return Ok(Self { server, port, folder }),
                Err(trouble) => last = Some(trouble),
            }
            // It has exited or never answered; either way this attempt is over.
            server.kill().ok();
            server.wait()?;
        }
        Err(last.unwrap_or_else(|| "PostgreSQL did not start".into()))
    }

    /// Where tests find it.
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // SIGINT is PostgreSQL's fast shutdown: open transactions are rolled back, nothing is left behind.
        let stopped = Command::new("kill")
            .args(["-INT", &self.server.id().to_string()])
            .status();
        let orderly = stopped.is_ok_and(|status| status.success());
        if !orderly && let Err(error) = self.server.kill() {
            eprintln!("cannot stop PostgreSQL in {}: {error}", self.folder.path().display());
        }
        if let Err(error) = self.server.wait() {
            eprintln!("PostgreSQL in {} may still run: {error}", self.folder.path().display());
        }
    }
}

/// PostgreSQL refuses to run as root. As root, gives the folder to the user that Debian's package made, and names it.
fn unprivileged(folder: &Path) -> Result<Option<String>> {
    if !needs::is_root()? {
        return Ok(None);
    }
    let number = |flag| -> Result<u32> {
        Ok(run::output(run::command("id").args([flag, "postgres"]))?
            .trim()
            .parse()?)
    };
    chown(folder, Some(number("-u")?), Some(number("-g")?))?;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))?;
    Ok(Some("postgres".to_owned()))
}

fn as_user(user: Option<&str>, program: &Path) -> Command {
    let mut command = run::command("setpriv");
    command.args(["--pdeathsig", "INT"]);
    if let Some(user) = user {
        command.args(["--reuid", user, "--regid", user, "--init-groups"]);
    }
    // The checkout may be closed to that user.
    command.arg("--").arg(program).current_dir("/");
    command
}

fn serve(user: Option<&str>, programs: &Path, folder: &Path, data: &Path, port: u16) -> Result<Child> {
    let log = std::fs::File::create(folder.join("log"))?;
    let mut command = as_user(user, &programs.join("postgres"));
    command
        .arg("-D")
        .arg(data)
        .arg("-k")
        .arg(folder)
        .arg("-p")
        .arg(port.to_string());
    command.args(["-h", "127.0.0.1", "-c", "max_connections=200"]);
    command.stdout(log.try_clone()?).stderr(log);
    Ok(command.spawn()?)
}

fn ready(server: &mut Child, programs: &Path, port: u16, folder: &Path) -> Result<()> {
    let started = Instant::now();
    while server.try_wait()?.is_none() && started.elapsed() < PATIENCE {
        let mut ask = run::command(programs.join("pg_isready"));
        if run::output(ask.args(["-h", "127.0.0.1", "-p", &port.to_string()])).is_ok() {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let log = std::fs::read_to_string(folder.join("log")).unwrap_or_default();
    Err(format!("PostgreSQL did not start on port {port}:\n{}", log.trim_end()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_answers_with_durability_on_and_leaves_nothing_behind() {
        let Some(programs) = programs() else {
            println!("skipped: PostgreSQL is not installed; `cargo xtask test` installs it");
            return;
        };
        let postgres = Postgres::start().unwrap();
        let mut ask = run::command(programs.join("psql"));
        ask.arg(postgres.url()).args(["-At", "-c", "show fsync; select 6 * 7"]);
        assert_eq!(
            run::output(&mut ask).unwrap().split_whitespace().collect::<Vec<_>>(),
            ["on", "42"]
        );
        let (folder, port) = (postgres.folder.path().to_owned(), postgres.port);
        drop(postgres);
        assert!(!folder.exists());
        assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err());
    }
}
