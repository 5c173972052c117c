//! `beachhead user`: people and their roles, from the machine's own command line.

use std::io::BufRead as _;
use std::process::ExitCode;

use beachhead_office::people::NewPerson;
use beachhead_office::{Actor, Office, Refusal, Role};

use crate::{Done, Place, machine, show};

#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// Add a person; the password is read from standard input
    Add {
        /// Their e-mail address
        email: String,
        /// Their name
        #[arg(long)]
        name: String,
        /// owner, sponsor, partner-manager, data or viewer
        #[arg(long)]
        role: String,
    },
    /// List everybody
    List,
    /// Set a new password, read from standard input; their sessions end
    Password {
        /// Their e-mail address
        email: String,
    },
    /// Make a link by which they set a new password themselves, once, within 24 hours
    ResetLink {
        /// Their e-mail address
        email: String,
        /// The address of the server, put before the link
        #[arg(long, default_value = "", value_name = "URL")]
        at: String,
    },
    /// Take the second factor off somebody who lost it; their sessions end
    TakeOffSecondFactor {
        /// Their e-mail address
        email: String,
    },
}

pub async fn run(place: &Place, arguments: Arguments) -> Done {
    let (office, actor) = machine::open_as(place).await?;
    match arguments.what {
        What::Add { email, name, role } => {
            let person = NewPerson {
                name,
                email,
                password: String::new(),
            };
            add(place, &office, &actor, person, &role).await?;
        }
        What::List => list(place, &office, &actor).await?,
        What::Password { email } => {
            office.set_password(&actor, &email, password()?).await?;
            let said = format!("{email} has a new password; their sessions have ended.");
            say(place, &serde_json::json!({ "email": email }), &said)?;
        }
        What::ResetLink { email, at } => {
            let person = office.actor_of(&email).await?.person;
            let made = office.make_reset_link(&actor, &person).await?;
            let link = format!("{}/reset/{}", at.trim_end_matches('/'), made.token);
            let json = serde_json::json!({ "email": email, "link": link, "expires_at": made.expires_at });
            let until = made.expires_at.strftime("%-d %b %Y at %H:%M UTC");
            let place_of = if at.is_empty() { " at the server's address" } else { "" };
            let said = format!("{link}\nOpened{place_of}, it sets the password of {email}, once, until {until}.");
            say(place, &json, &said)?;
        }
        What::TakeOffSecondFactor { email } => {
            let person = office.actor_of(&email).await?.person;
            office.take_off_second_factor(&actor, &person).await?;
            let said = format!("{email} has no second factor now; their sessions have ended.");
            say(place, &serde_json::json!({ "email": email }), &said)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn say(place: &Place, json: &serde_json::Value, words: &str) -> Result<(), Refusal> {
    if place.json {
        show::json(json)
    } else {
        show::print(words);
        Ok(())
    }
}

async fn add(place: &Place, office: &Office, actor: &Actor, person: NewPerson, role: &str) -> Result<(), Refusal> {
    let role = Role::from_name(&role.replace('-', " ")).ok_or_else(|| {
        let known: Vec<&str> = Role::ALL.into_iter().map(Role::name).collect();
        Refusal::bad_input(
            format!("“{role}” is not a role"),
            format!("Choose one of {}.", known.join(", ")),
        )
    })?;
    let person = NewPerson {
        password: password()?,
        ..person
    };
    let person = office.add_person(actor, person, role).await?;
    let json = serde_json::json!({ "name": person.name, "email": person.email, "role": person.role });
    let said = format!("{} ({}) is in, as {}.", person.name, person.email, person.role);
    say(place, &json, &said)
}

async fn list(place: &Place, office: &Office, actor: &Actor) -> Result<(), Refusal> {
    let people = office.people(actor).await?;
    let json = people
        .iter()
        .map(|person| serde_json::json!({ "name": person.name, "email": person.email, "role": person.role }));
    let json = serde_json::json!({ "people": json.collect::<Vec<_>>() });
    let rows: Vec<Vec<String>> = people
        .into_iter()
        .map(|person| vec![person.name, person.email, person.role])
        .collect();
    say(place, &json, &show::columns(&["name", "e-mail", "role"], &rows, &[]))
}

fn password() -> Result<String, Refusal> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).map_err(|error| {
        Refusal::bad_input(
            format!("The password could not be read: {error}"),
            "Give it on standard input.",
        )
    })?;
    let password = line.trim_end_matches(['\n', '\r']).to_owned();
    if password.is_empty() {
        let hint = "Give it on standard input, as in: echo 'a few words of mine' | beachhead user add …";
        return Err(Refusal::bad_input("No password was given", hint));
    }
    Ok(password)
}
