//! `beachhead user`: people and their roles, from the machine's own command line.

use std::io::BufRead as _;
use std::process::ExitCode;

use beachhead_office::people::NewPerson;
use beachhead_office::{Refusal, Role};

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
}

pub async fn run(place: &Place, arguments: Arguments) -> Done {
    let (office, actor) = machine::open_as(place).await?;
    match arguments.what {
        What::Add { email, name, role } => {
            let role = Role::from_name(&role.replace('-', " ")).ok_or_else(|| {
                let known: Vec<&str> = Role::ALL.into_iter().map(Role::name).collect();
                Refusal::bad_input(
                    format!("“{role}” is not a role"),
                    format!("Choose one of {}.", known.join(", ")),
                )
            })?;
            let person = NewPerson {
                name,
                email,
                password: password()?,
            };
            let person = office.add_person(&actor, person, role).await?;
            if place.json {
                show::json(&serde_json::json!({ "name": person.name, "email": person.email, "role": person.role }))?;
            } else {
                show::print(&format!(
                    "{} ({}) is in, as {}.",
                    person.name, person.email, person.role
                ));
            }
        }
        What::List => {
            let people = office.people(&actor).await?;
            if place.json {
                let people: Vec<_> = people
                    .iter()
                    .map(
                        |person| serde_json::json!({ "name": person.name, "email": person.email, "role": person.role }),
                    )
                    .collect();
                show::json(&serde_json::json!({ "people": people }))?;
            } else {
                let rows: Vec<Vec<String>> = people
                    .into_iter()
                    .map(|person| vec![person.name, person.email, person.role])
                    .collect();
                show::print(&show::columns(&["name", "e-mail", "role"], &rows, &[]));
            }
        }
        What::Password { email } => {
            office.set_password(&actor, &email, password()?).await?;
            if place.json {
                show::json(&serde_json::json!({ "email": email }))?;
            } else {
                show::print(&format!("{email} has a new password; their sessions have ended."));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
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
