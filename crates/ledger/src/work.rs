//! What is said of bets: notes for and against. It must not know what a fact says.

use jiff::civil::Date;

use serde_json::json;

use crate::store::{Row, values};
use crate::{BoxFuture, Ledger, LedgerError, Result, Stamp};

/// Whether a note speaks for or against a bet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// For.
    For,
    /// Against.
    Against,
    /// Neither.
    Neutral,
}

impl Effect {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::For => "for",
            Self::Against => "against",
            Self::Neutral => "neutral",
        }
    }

    fn read(word: &str) -> Result<Self> {
        let effect = [Self::For, Self::Against, Self::Neutral]
            .into_iter()
            .find(|effect| effect.as_str() == word);
        effect.ok_or_else(|| LedgerError::Corrupt {
            what: format!("a note is \"{word}\" its bet"),
        })
    }
}

/// Evidence in words for or against a bet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// 1 for the first.
    pub number: i64,
    /// Who wrote it.
    pub by: String,
    /// What it says.
    pub note: NewNote,
}

/// A note to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewNote {
    /// The bet's key.
    pub bet: String,
    /// The day it speaks of.
    pub on: Date,
    /// The words.
    pub words: String,
    /// For or against.
    pub effect: Effect,
    /// Where it comes from.
    pub source: Option<String>,
}

impl Ledger {
    /// Keeps a note.
    pub fn add_note<'a>(&'a self, stamp: &'a Stamp, note: NewNote) -> BoxFuture<'a, Result<Note>> {
        Box::pin(async move {
            let mut tx = self.write().await?;
            let row = tx
                .one(
                    "INSERT INTO note (number, bet, on_day, words, effect, source, written_by)
                     SELECT COALESCE(MAX(number), 0) + 1, $1, $2, $3, $4, $5, $6 FROM note RETURNING *",
                    values![
                        &note.bet,
                        note.on,
                        &note.words,
                        note.effect.as_str(),
                        &note.source,
                        &stamp.actor
                    ],
                )
                .await?;
            let note = read_note(&row)?;
            tx.commit(stamp, &format!("note {}", note.number), json!({ "bet": note.note.bet }))
                .await?;
            Ok(note)
        })
    }

    /// A bet's notes, oldest day first.
    pub fn notes<'a>(&'a self, bet: &'a str) -> BoxFuture<'a, Result<Vec<Note>>> {
        Box::pin(async move {
            let mut tx = self.read().await?;
            let rows = tx
                .rows(
                    "SELECT * FROM note WHERE bet = $1 ORDER BY on_day, number",
                    values![bet],
                )
                .await?;
            rows.iter().map(read_note).collect()
        })
    }
}

fn read_note(row: &Row) -> Result<Note> {
    Ok(Note {
        number: row.int("number")?,
        by: row.text("written_by")?,
        note: NewNote {
            bet: row.text("bet")?,
            on: row.time("on_day")?,
            words: row.text("words")?,
            effect: Effect::read(&row.text("effect")?)?,
            source: row.opt_text("source")?,
        },
    })
}
