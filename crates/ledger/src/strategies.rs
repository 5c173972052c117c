//! The strategy's draft and its versions: asked to be signed, signed, or sent back. It must not read the text.

use jiff::Timestamp;

use serde_json::json;

use crate::error::{conflict_with, not_found};
use crate::hash::sha256_hex;
use crate::register;
use crate::snapshots;
use crate::store::{Row, Tx, Writing, values};
use crate::{BoxFuture, Current, Ledger, LedgerError, NewDecision, Result, Stamp};

/// The strategy text being edited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The text, empty at first.
    pub text: String,
    /// How often it was saved; 0 at first.
    pub revision: i64,
    /// Who saved it last.
    pub saved_by: Option<String>,
    /// When it was saved last.
    pub saved_at: Option<Timestamp>,
}

/// A new text for the draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftEdit {
    /// The whole new text.
    pub text: String,
    /// The revision that the editor began from.
    pub expected_revision: i64,
}

/// Where a version stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VersionState {
    /// Waits for the sponsor.
    Asked,
    /// Signed, for good.
    Signed,
    /// Sent back with a comment, for good.
    SentBack,
    /// A later version was asked before this one was signed or sent back.
    Superseded,
}

impl VersionState {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Signed => "signed",
            Self::SentBack => "sent back",
            Self::Superseded => "superseded",
        }
    }

    fn read(word: &str) -> Result<Self> {
        let all = [Self::Asked, Self::Signed, Self::SentBack, Self::Superseded];
        let state = all.into_iter().find(|state| state.as_str() == word);
        state.ok_or_else(|| LedgerError::Corrupt {
            what: format!("a version is \"{word}\""),
        })
    }
}

/// One version of the strategy; its text never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StrategyVersion {
    /// 1 for the first.
    pub number: i64,
    /// The exact text.
    pub text: String,
    /// SHA-256 of the text, in hex.
    pub sha256: String,
    /// Where it stands.
    pub state: VersionState,
    /// Who asked for the signature.
    pub asked_by: String,
    /// When.
    pub asked_at: Timestamp,
    /// The snapshot in force then.
    pub snapshot: Option<String>,
    /// The signature, when signed.
    pub signature: Option<Signature>,
    /// Why it was sent back, when it was.
    pub comment: Option<String>,
}

/// The sponsor's yes to the exact text of one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// The person's id.
    pub person: String,
    /// When.
    pub at: Timestamp,
    /// Conditions that the sponsor set, in words.
    pub conditions: Option<String>,
}

/// A signature to put under a version, and the decisions that follow from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signing {
    /// The version's number.
    pub version: i64,
    /// SHA-256 of the text that the sponsor saw, in hex.
    pub sha256: String,
    /// The sponsor's person id.
    pub person: String,
    /// Conditions that the sponsor sets, in words.
    pub conditions: Option<String>,
    /// What the signature decides (its bets become planned); kept in the same transaction.
    pub decisions: Vec<NewDecision>,
}

impl Ledger {
    /// The draft.
    pub fn draft(&self) -> BoxFuture<'_, Result<Draft>> {
        Box::pin(async move { read_draft(&self.read().await?.one("SELECT * FROM draft", values![]).await?) })
    }

    /// Saves the draft.
    ///
    /// # Errors
    /// `Conflict` with both texts when the revision has moved on.
    pub fn save_draft<'a>(&'a self, stamp: &'a Stamp, edit: DraftEdit) -> BoxFuture<'a, Result<Draft>> {
        Box::pin(async move {
            let mut tx = self.write().await?;
            let draft = save(&mut tx, stamp, edit).await?;
            let detail = json!({ "revision": draft.revision, "sha256": sha256_hex(&draft.text) });
            tx.commit(stamp, "draft", detail).await?;
            Ok(draft)
        })
    }

    /// Keeps a text as the next version and asks for its signature; a version still asked is superseded.
    /// The version notes the snapshot in force.
    pub fn ask_signature<'a>(&'a self, stamp: &'a Stamp, text: &'a str) -> BoxFuture<'a, Result<StrategyVersion>> {
        Box::pin(async move {
            let mut tx = self.write().await?;
            let snapshot = snapshots::in_force(&mut tx).await?.map(|snapshot| snapshot.id);
            let sha256 = sha256_hex(text);
            let row = tx
                .one(
                    "INSERT INTO strategy_version (number, text, sha256, asked_by, asked_at, snapshot)
                     SELECT COALESCE(MAX(number), 0) + 1, $1, $2, $3, $4, $5 FROM strategy_version RETURNING number",
                    values![text, &sha256, &stamp.actor, stamp.at, &snapshot],
                )
                .await?;
            let number = row.int("number")?;
            let version = asked_version(&mut tx, number).await?;
            let detail = json!({ "sha256": sha256, "snapshot": snapshot });
            tx.commit(stamp, &format!("version {number}"), detail).await?;
            Ok(version)
        })
    }

    /// Signs a version and keeps what follows from it, in one transaction; of many at once exactly one wins.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` with the version when it is not asked any more or its text is another.
    pub fn sign<'a>(&'a self, stamp: &'a Stamp, signing: Signing) -> BoxFuture<'a, Result<StrategyVersion>> {
        Box::pin(async move {
            let mut tx = self.write().await?;
            let version = asked_version(&mut tx, signing.version).await?;
            if sha256_hex(&version.text) != version.sha256 {
                let what = format!("the text of version {} is not the one that was asked", version.number);
                return Err(LedgerError::Corrupt { what });
            }
            if version.sha256 != signing.sha256.to_ascii_lowercase() {
                let what = format!(
                    "the text to sign is not that of version {}; read it again",
                    version.number
                );
                return Err(conflict_with(what, Current::Version(version)));
            }
            tx.run(
                "INSERT INTO signature (version, person, at, sha256, conditions) VALUES ($1, $2, $3, $4, $5)",
                values![
                    version.number,
                    &signing.person,
                    stamp.at,
                    &version.sha256,
                    &signing.conditions
                ],
            )
            .await?;
            let decisions = register::append(&mut tx, signing.decisions).await?;
            let signed = find_version(&mut tx, version.number).await?;
            let signed = signed.ok_or_else(|| not_found(format!("version {}", version.number)))?;
            let detail = json!({
                "sha256": signed.sha256,
                "person": signing.person,
                "conditions": signing.conditions,
                "decisions": register::numbers(&decisions),
            });
            tx.commit(stamp, &format!("version {}", signed.number), detail).await?;
            Ok(signed)
        })
    }

    /// Sends a version back with a comment.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` with the version when it is not asked any more.
    pub fn send_back<'a>(
        &'a self,
        stamp: &'a Stamp,
        version: i64,
        comment: &'a str,
    ) -> BoxFuture<'a, Result<StrategyVersion>> {
        Box::pin(async move {
            let mut tx = self.write().await?;
            asked_version(&mut tx, version).await?;
            tx.run(
                "INSERT INTO sent_back (version, by_actor, at, comment) VALUES ($1, $2, $3, $4)",
                values![version, &stamp.actor, stamp.at, comment],
            )
            .await?;
            let sent = find_version(&mut tx, version)
                .await?
                .ok_or_else(|| not_found(format!("version {version}")))?;
            tx.commit(stamp, &format!("version {version}"), json!({ "comment": comment }))
                .await?;
            Ok(sent)
        })
    }

    /// One version.
    pub fn version(&self, number: i64) -> BoxFuture<'_, Result<Option<StrategyVersion>>> {
        Box::pin(async move { find_version(&mut self.read().await?, number).await })
    }

    /// All versions, newest first.
    pub fn versions(&self) -> BoxFuture<'_, Result<Vec<StrategyVersion>>> {
        Box::pin(async move {
            let rows = self
                .read()
                .await?
                .rows("SELECT * FROM version_now ORDER BY number DESC", values![])
                .await?;
            rows.iter().map(read_version).collect()
        })
    }

    /// The version signed last: the strategy in force.
    pub fn latest_signed(&self) -> BoxFuture<'_, Result<Option<StrategyVersion>>> {
        Box::pin(async move {
            let mut tx = self.read().await?;
            let sql = "SELECT * FROM version_now WHERE state = 'signed' ORDER BY number DESC LIMIT 1";
            let row = tx.row(sql, values![]).await?;
            row.as_ref().map(read_version).transpose()
        })
    }
}

fn read_draft(row: &Row) -> Result<Draft> {
    Ok(Draft {
        text: row.text("text")?,
        revision: row.int("revision")?,
        saved_by: row.opt_text("saved_by")?,
        saved_at: row.opt_time("saved_at")?,
    })
}

fn read_version(row: &Row) -> Result<StrategyVersion> {
    let signature = match row.opt_text("signed_by")? {
        Some(person) => Some(Signature {
            person,
            at: row.time("signed_at")?,
            conditions: row.opt_text("conditions")?,
        }),
        None => None,
    };
    Ok(StrategyVersion {
        number: row.int("number")?,
        text: row.text("text")?,
        sha256: row.text("sha256")?,
        state: VersionState::read(&row.text("state")?)?,
        asked_by: row.text("asked_by")?,
        asked_at: row.time("asked_at")?,
        snapshot: row.opt_text("snapshot")?,
        signature,
        comment: row.opt_text("comment")?,
    })
}

/// Saves the draft within a write under way.
pub(crate) async fn save(tx: &mut Writing, stamp: &Stamp, edit: DraftEdit) -> Result<Draft> {
    let saved = tx
        .row(
            "UPDATE draft SET text = $1, revision = revision + 1, saved_by = $2, saved_at = $3
             WHERE one = 1 AND revision = $4 RETURNING *",
            values![&edit.text, &stamp.actor, stamp.at, edit.expected_revision],
        )
        .await?;
    if let Some(row) = saved {
        return read_draft(&row);
    }
    let current = read_draft(&tx.one("SELECT * FROM draft", values![]).await?)?;
    let what = format!(
        "the draft has moved on to revision {} since revision {}; bring both texts together and save again",
        current.revision, edit.expected_revision
    );
    Err(conflict_with(
        what,
        Current::Draft {
            current,
            yours: edit.text,
        },
    ))
}

/// One version, within a transaction.
pub(crate) async fn find_version(tx: &mut Tx, number: i64) -> Result<Option<StrategyVersion>> {
    let row = tx
        .row("SELECT * FROM version_now WHERE number = $1", values![number])
        .await?;
    row.as_ref().map(read_version).transpose()
}

/// The version, if it still waits for the sponsor.
async fn asked_version(tx: &mut Tx, number: i64) -> Result<StrategyVersion> {
    let version = find_version(tx, number)
        .await?
        .ok_or_else(|| not_found(format!("version {number}")))?;
    let happened = match version.state {
        VersionState::Asked => return Ok(version),
        VersionState::Signed => "is signed already",
        VersionState::SentBack => "was sent back; ask for a signature under the mended text",
        VersionState::Superseded => "was superseded; look at the newest version",
    };
    Err(conflict_with(
        format!("version {number} {happened}"),
        Current::Version(version),
    ))
}
