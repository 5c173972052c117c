//! The machine the program runs on: its clock, its chance, its folders. The only place that reads the time.

use beachhead_office::facts::remote::{Access, Secret};
use beachhead_office::{Actor, Clock, Entropy, Office, Refusal, Surroundings};

use crate::Place;
use crate::command::sheet;

/// The name of the record in a data folder: what tells a program's folder from any other.
const RECORD_FILE: &str = "record.sqlite";

/// The clock of the machine.
struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "here the time is handed in")]
    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::now()
    }
}

/// The random numbers of the machine.
struct SystemEntropy;

impl Entropy for SystemEntropy {
    #[expect(
        clippy::expect_used,
        reason = "a machine without random numbers cannot keep a secret; going on would be worse"
    )]
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the machine gives random numbers");
    }
}

/// The clock and the chance of this machine.
pub fn surroundings() -> Surroundings {
    Surroundings {
        clock: Box::new(SystemClock),
        entropy: Box::new(SystemEntropy),
    }
}

/// Random numbers of this machine, for a program whose calendar stands still.
pub fn entropy() -> Box<dyn Entropy> {
    Box::new(SystemEntropy)
}

/// The present moment.
pub fn now() -> jiff::Timestamp {
    SystemClock.now()
}

/// The present day.
pub fn today() -> jiff::civil::Date {
    SystemClock.today()
}

/// Replaces this process by one of the same program, with the same arguments and one more; comes back only to say why it
/// could not.
pub fn begin_anew(more: &str) -> std::io::Error {
    let program = match std::env::current_exe() {
        Ok(program) => program,
        Err(error) => return error,
    };
    let mut again = std::process::Command::new(program);
    again.args(std::env::args_os().skip(1)).arg(more);
    std::os::unix::process::CommandExt::exec(&mut again)
}

/// Opens the program of a place, made where there is none.
pub async fn open(place: &Place) -> Result<Office, Refusal> {
    let data = &place.data;
    if data.exists() && !data.is_dir() {
        let message = format!("{} is a file, and a program lives in a folder", data.display());
        return Err(Refusal::bad_input(message, "Name its folder with --data."));
    }
    let office = Office::open(data, place.record.as_deref(), surroundings()).await?;
    let office = office.reading_sheets_by(sheet::process());
    match &place.facts {
        Some(url) => office.keeping_facts_in(url, store_access()?),
        None => Ok(office),
    }
}

/// Who asks a store of facts, by the variables that its field uses.
fn store_access() -> Result<Access, Refusal> {
    let said = |name: &str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
    let needed = |name: &str| {
        said(name).ok_or_else(|| {
            Refusal::bad_input(
                format!("Facts are to be kept in a store, and {name} is not set"),
                "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and where they are needed AWS_SESSION_TOKEN, \
                 AWS_REGION, AWS_ENDPOINT_URL and AWS_CA_BUNDLE.",
            )
        })
    };
    let bundle = said("AWS_CA_BUNDLE").map(|path| crate::command::read_text(path.as_ref()));
    Ok(Access {
        key_id: needed("AWS_ACCESS_KEY_ID")?,
        secret: Secret::new(needed("AWS_SECRET_ACCESS_KEY")?),
        session_token: said("AWS_SESSION_TOKEN").map(Secret::new),
        region: said("AWS_REGION")
            .or_else(|| said("AWS_DEFAULT_REGION"))
            .unwrap_or_else(|| "us-east-1".to_owned()),
        endpoint: said("AWS_ENDPOINT_URL_S3").or_else(|| said("AWS_ENDPOINT_URL")),
        certificates: bundle.transpose()?,
        now: || SystemClock.now(),
    })
}

/// Opens the program of a place, which must have been made before, with who asks.
pub async fn open_as(place: &Place) -> Result<(Office, Actor), Refusal> {
    let found = place.record.is_some() || place.data.is_file() || place.data.join(RECORD_FILE).exists();
    if !found {
        return Err(Refusal::bad_input(
            format!("There is no program in {}", place.data.display()),
            "Make one with `beachhead init` or `beachhead import FILE…`, or name its folder with --data.",
        ));
    }
    make_as(place).await
}

/// Opens the program of a place, made where there is none, with who asks.
pub async fn make_as(place: &Place) -> Result<(Office, Actor), Refusal> {
    let office = open(place).await?;
    let actor = match &place.person {
        Some(email) => office.actor_of(email).await?,
        None => Actor::command_line(),
    };
    Ok((office, actor))
}
