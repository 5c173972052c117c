//! What sales, marketing, product and further functions say of a version: seen, or we object. Said by the person who is
//! named for the function and by nobody else; kept beside the signature, which it does not stop.

use beachhead_ledger::{Acknowledgement, FunctionHead, NewAcknowledgement, Stance, StrategyVersion};
use beachhead_strategy::limits::NAME_CHARS;

use crate::actor::{Actor, Permission};
use crate::deciding::sentence;
use crate::standing::Standing;
use crate::{Answer, Code, Office, Refusal};

/// The functions that every program asks; a program may name further ones.
pub const FUNCTIONS: [&str; 3] = ["sales", "marketing", "product"];
/// The most functions that a program may ask: they stand on one sheet with the strategy.
pub const FUNCTIONS_MOST: usize = 8;

/// A function and what it said of one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionVoice {
    /// Its name.
    pub function: String,
    /// The id of whoever speaks for it; `None` while nobody is named.
    pub head: Option<String>,
    /// What it said of the version, oldest first. The last counts.
    pub said: Vec<Acknowledgement>,
}

impl FunctionVoice {
    /// What counts of what it said.
    #[must_use]
    pub fn answer(&self) -> Option<&Acknowledgement> {
        self.said.last()
    }
}

impl Standing {
    /// What each function says of a version: sales, marketing and product first, then by name. A function that is not
    /// asked any more stands here only for what it said.
    #[must_use]
    pub fn voices(&self, version: i64) -> Vec<FunctionVoice> {
        let said_of_it = || self.acknowledgements.iter().filter(|one| one.said.version == version);
        let asked = self.functions.iter().map(|head| head.function.as_str());
        let mut names: Vec<&str> = asked
            .chain(said_of_it().map(|one| one.said.function.as_str()))
            .collect();
        let place = |name: &str| FUNCTIONS.iter().position(|one| *one == name).unwrap_or(FUNCTIONS.len());
        names.sort_unstable_by_key(|name| (place(name), (*name).to_owned()));
        names.dedup();
        let voice = |name: &str| FunctionVoice {
            function: name.to_owned(),
            head: self.head_of(name).map(str::to_owned),
            said: said_of_it().filter(|one| one.said.function == name).cloned().collect(),
        };
        names.into_iter().map(voice).collect()
    }

    /// The id of whoever speaks for a function.
    #[must_use]
    pub fn head_of(&self, function: &str) -> Option<&str> {
        self.functions
            .iter()
            .find(|head| head.function == function)
            .and_then(|head| head.person.as_deref())
    }

    /// The functions that a person speaks for.
    #[must_use]
    pub fn functions_of(&self, actor: &Actor) -> Vec<&str> {
        let heads = self.functions.iter();
        heads
            .filter(|head| !actor.person.is_empty() && head.person.as_deref() == Some(actor.person.as_str()))
            .map(|head| head.function.as_str())
            .collect()
    }

    /// The version that functions are asked about: the one that waits for a signature, else the one in force.
    #[must_use]
    pub fn to_acknowledge(&self) -> Option<&StrategyVersion> {
        let signed = self.signed.as_ref().map(|signed| &signed.version);
        self.asked.as_ref().or(signed)
    }
}

impl Office {
    /// The functions that are asked, with who speaks for each.
    pub fn functions<'a>(&'a self, actor: &'a Actor) -> Answer<'a, Vec<FunctionHead>> {
        Box::pin(async move {
            actor.must(Permission::Read)?;
            Ok(self.ledger.functions().await?)
        })
    }

    /// Names who speaks for a function, which is added where it is new; nobody where `person` is `None`.
    pub fn set_function_head<'a>(
        &'a self,
        actor: &'a Actor,
        function: &'a str,
        person: Option<&'a str>,
    ) -> Answer<'a, ()> {
        Box::pin(async move {
            actor.must(Permission::Administer)?;
            let name = function.trim().to_lowercase();
            if name.is_empty() || name.chars().count() > NAME_CHARS {
                return Err(Refusal::bad_input(
                    "The function has no name, or one that is too long",
                    "Type a name such as legal, of up to 120 characters.",
                ));
            }
            let known = self.ledger.functions().await?;
            if known.len() >= FUNCTIONS_MOST && known.iter().all(|head| head.function != name) {
                return Err(Refusal::conflict(
                    format!("{FUNCTIONS_MOST} functions are asked already"),
                    "Take one off the list first: what they say stands on one sheet with the strategy.",
                ));
            }
            if let Some(person) = person {
                let found = self
                    .ledger
                    .person(person)
                    .await?
                    .filter(|found| found.ended_at.is_none());
                found.ok_or_else(|| {
                    Refusal::bad_input("There is no such person here", "Choose somebody from the list.")
                })?;
            }
            let stamp = self.stamp_of(actor, "name function head");
            Ok(self.ledger.set_function_head(&stamp, &name, person).await?)
        })
    }

    /// Takes a function off the list. Sales, marketing and product stay: they are asked of every program.
    pub fn remove_function<'a>(&'a self, actor: &'a Actor, function: &'a str) -> Answer<'a, ()> {
        Box::pin(async move {
            actor.must(Permission::Administer)?;
            if FUNCTIONS.contains(&function) {
                return Err(Refusal::conflict(
                    format!("{function} is asked of every program"),
                    "Name nobody for it instead; it then stands on no page.",
                ));
            }
            let stamp = self.stamp_of(actor, "remove function");
            Ok(self.ledger.remove_function(&stamp, function).await?)
        })
    }

    /// Says for a function that it has seen a version, or that it objects and why. `sha256` is of the text that was read.
    pub fn acknowledge<'a>(
        &'a self,
        actor: &'a Actor,
        function: &'a str,
        number: i64,
        sha256: &'a str,
        stance: Stance,
        words: &'a str,
    ) -> Answer<'a, Acknowledgement> {
        Box::pin(async move {
            actor.must(Permission::Read)?;
            self.must_head(actor, function).await?;
            if stance == Stance::Objects && words.trim().is_empty() {
                return Err(Refusal::bad_input(
                    "An objection needs its words",
                    "Say what is wrong and what would mend it; it stands on the page beside the signature.",
                ));
            }
            sentence("The answer", words)?;
            let said = NewAcknowledgement {
                version: number,
                sha256: sha256.to_owned(),
                function: function.to_owned(),
                person: actor.person.clone(),
                stance,
                words: words.trim().to_owned(),
            };
            let stamp = self.stamp_of(actor, "acknowledge");
            Ok(self.ledger.acknowledge(&stamp, said).await?)
        })
    }

    /// Refuses whoever is not named for the function, and says who is.
    async fn must_head(&self, actor: &Actor, function: &str) -> Result<(), Refusal> {
        let heads = self.ledger.functions().await?;
        let head = heads.iter().find(|head| head.function == function);
        let person = head.and_then(|head| head.person.as_deref());
        if person.is_some_and(|person| person == actor.person) {
            return Ok(());
        }
        let message = format!("{} does not speak for {function}", actor.name);
        let hint = match person {
            Some(id) => {
                let known = self.ledger.person(id).await?;
                let name = known.map_or_else(|| id.to_owned(), |person| person.name);
                format!("{name} does.")
            }
            None => "Nobody is named for it yet; the owner names who speaks for a function.".to_owned(),
        };
        Err(Refusal::new(Code::NotAllowed, message, hint))
    }
}
