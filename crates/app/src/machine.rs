//! The machine the program runs on: its clock, its chance, its folders. The only place that reads the time.

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

/// The present day.
pub fn today() -> jiff::civil::Date {
    SystemClock.today()
}

/// Opens the program of a place, made where there is none.
pub async fn open(place: &Place) -> Result<Office, Refusal> {
    let data = &place.data;
    if data.exists() && !data.is_dir() {
        let message = format!("{} is a file, and a program lives in a folder", data.display());
        return Err(Refusal::bad_input(message, "Name its folder with --data."));
    }
    let office = Office::open(data, place.record.as_deref(), surroundings()).await?;
    Ok(office.reading_sheets_by(sheet::process()))
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
