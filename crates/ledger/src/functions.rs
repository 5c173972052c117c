//! Who speaks for which function, and what functions said of a version: appended, never changed. It must not know which
//! functions a program needs.

use jiff::Timestamp;
use serde_json::json;

use crate::error::{conflict, conflict_with, not_found};
use crate::store::{Row, Tx, values};
use crate::strategies::{self, VersionState};
use crate::{BoxFuture, Current, Ledger, LedgerError, Result, Stamp};

/// A function of the company and who speaks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionHead {
    /// Its name: "sales".
    pub function: String,
    /// The person's id; `None` while nobody is named.
    pub person: Option<String>,
}

/// What a function says of a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stance {
    /// It has read the version and goes along.
    Seen,
    /// It objects, and says why.
    Objects,
}

impl Stance {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Seen => "seen",
            Self::Objects => "objects",
        }
    }

    /// The stance of that word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Seen, Self::Objects]
            .into_iter()
            .find(|stance| stance.as_str() == word)
    }
}

/// What a function said of one version, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledgement {
    /// 1 for the first.
    pub number: i64,
    /// When.
    pub at: Timestamp,
    /// What was said.
    pub said: NewAcknowledgement,
}

/// What a function says of one version, to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAcknowledgement {
    /// The version's number.
    pub version: i64,
    /// SHA-256 of the text that was read, in hex.
    pub sha256: String,
    /// The function's name.
    pub function: String,
    /// The id of whoever speaks for it.
    pub person: String,
    /// Seen, or an objection.
    pub stance: Stance,
    /// In words; may be empty where it was only seen.
    pub words: String,
}

impl Ledger {
    /// All functions by name, with who speaks for each.
    pub fn functions(&self) -> BoxFuture<'_, Result<Vec<FunctionHead>>> {
        Box::pin(async move {
            let mut tx = self.read().await?;
            let rows = tx
                .rows("SELECT * FROM function_head ORDER BY function", values![])
                .await?;
            rows.iter().map(read_head).collect()
        })
    }

    /// Says who speaks for a function, which is added where it is new; `None`: nobody.
    pub fn set_function_head<'a>(
        &'a self,
        stamp: &'a Stamp,
        function: &'a str,
        person: Option<&'a str>,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let mut tx = self.write().await?;
            let person = person.map(str::to_owned);
            tx.run(
                "INSERT INTO function_head (function, person) VALUES ($1, $2)
                 ON CONFLICT (function) DO UPDATE SET person = $2",
                values![function, &person],
            )
            .await?;
            tx.commit(stamp, &format!("function {function}"), json!({ "person": person }))
                .await
        })
    }

    /// Takes a function off the list; what it said stays.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn remove_function<'a>(&'a self, stamp: &'a Stamp, function: &'a str) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let mut tx = self.write().await?;
            let removed = tx
                .run("DELETE FROM function_head WHERE function = $1", values![function])
                .await?;
            if removed == 0 {
                return Err(not_found(format!("the function {function}")));
            }
            tx.commit(stamp, &format!("function {function}"), json!({ "removed": true }))
                .await
        })
    }

    /// Keeps what a function says of a version that waits for a signature or is the one signed last.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when another text was read, the version is neither, or another speaks for the function by now.
    pub fn acknowledge<'a>(
        &'a self,
        stamp: &'a Stamp,
        said: NewAcknowledgement,
    ) -> BoxFuture<'a, Result<Acknowledgement>> {
        Box::pin(async move {
            let mut tx = self.write().await?;
            must_be_open(&mut tx, &said).await?;
            must_be_head(&mut tx, &said).await?;
            let row = tx
                .one(
                    "INSERT INTO acknowledgement (number, version, sha256, function, person, at, stance, words)
                     SELECT COALESCE(MAX(number), 0) + 1, $1, $2, $3, $4, $5, $6, $7 FROM acknowledgement RETURNING *",
                    values![
                        said.version,
                        &said.sha256,
                        &said.function,
                        &said.person,
                        stamp.at,
                        said.stance.as_str(),
                        &said.words,
                    ],
                )
                .await?;
            let kept = read_acknowledgement(&row)?;
            let detail = json!({ "function": said.function, "stance": said.stance.as_str(), "sha256": said.sha256 });
            tx.commit(stamp, &format!("version {}", said.version), detail).await?;
            Ok(kept)
        })
    }

    /// All that functions ever said, oldest first.
    pub fn acknowledgements(&self) -> BoxFuture<'_, Result<Vec<Acknowledgement>>> {
        Box::pin(async move {
            let mut tx = self.read().await?;
            let rows = tx
                .rows("SELECT * FROM acknowledgement ORDER BY number", values![])
                .await?;
            rows.iter().map(read_acknowledgement).collect()
        })
    }
}

/// The version must wait for a signature, or be the one signed last, and its text be the one that was read.
async fn must_be_open(tx: &mut Tx, said: &NewAcknowledgement) -> Result<()> {
    let version = strategies::find_version(tx, said.version)
        .await?
        .ok_or_else(|| not_found(format!("version {}", said.version)))?;
    let signed_later = "SELECT number FROM version_now WHERE state = 'signed' AND number > $1 LIMIT 1";
    let what = match version.state {
        _ if version.sha256 != said.sha256 => "is not the text that was read; read it again",
        VersionState::SentBack => "was sent back; the next one is asked for anew",
        VersionState::Superseded => "was superseded; look at the newest version",
        VersionState::Signed if tx.row(signed_later, values![said.version]).await?.is_some() => {
            "is not in force any more; look at the newest version"
        }
        VersionState::Asked | VersionState::Signed => return Ok(()),
    };
    let what = format!("version {} {what}", said.version);
    Err(conflict_with(what, Current::Version(version)))
}

async fn must_be_head(tx: &mut Tx, said: &NewAcknowledgement) -> Result<()> {
    let sql = "SELECT * FROM function_head WHERE function = $1";
    let head = tx.row(sql, values![&said.function]).await?;
    let head = head.as_ref().map(read_head).transpose()?;
    let head = head.ok_or_else(|| not_found(format!("the function {}", said.function)))?;
    if head.person.as_deref() == Some(said.person.as_str()) {
        return Ok(());
    }
    Err(conflict(format!("another person speaks for {} by now", said.function)))
}

fn read_head(row: &Row) -> Result<FunctionHead> {
    Ok(FunctionHead {
        function: row.text("function")?,
        person: row.opt_text("person")?,
    })
}

fn read_acknowledgement(row: &Row) -> Result<Acknowledgement> {
    let word = row.text("stance")?;
    let stance = Stance::from_word(&word).ok_or_else(|| LedgerError::Corrupt {
        what: format!("a function says \"{word}\" of a version"),
    })?;
    Ok(Acknowledgement {
        number: row.int("number")?,
        at: row.time("at")?,
        said: NewAcknowledgement {
            version: row.int("version")?,
            sha256: row.text("sha256")?,
            function: row.text("function")?,
            person: row.text("person")?,
            stance,
            words: row.text("words")?,
        },
    })
}
