//! What a review promises, and what the next one says became of it. Must not decide on a bet.

use beachhead_ledger::{Commitment, NewCommitment};
use jiff::civil::Date;

use crate::actor::{Actor, Permission};
use crate::deciding::sentence;
use crate::{Answer, Office, Refusal};

/// What became of a commitment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Became {
    /// It was done.
    Kept,
    /// It was not.
    NotKept,
    /// It was written down by mistake, while the review was still open.
    TakenBack,
}

impl Became {
    /// Everything that can become of one.
    pub const ALL: [Self; 3] = [Self::Kept, Self::NotKept, Self::TakenBack];

    /// Its word, as the record keeps it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::NotKept => "not kept",
            Self::TakenBack => "taken back",
        }
    }

    /// The one of this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|became| became.word() == word)
    }

    /// What was said last of a commitment.
    #[must_use]
    pub fn of(commitment: &Commitment) -> Option<Self> {
        Self::from_word(commitment.outcome.as_deref()?)
    }
}

/// Something to promise.
#[derive(Debug, Clone)]
pub struct Promise {
    /// The bet's key, where it is about one.
    pub bet: Option<String>,
    /// What.
    pub says: String,
    /// Who, by name.
    pub who: String,
    /// By when.
    pub by: Date,
}

/// The commitments of one review that were not taken back, oldest first.
pub(crate) fn of_review(commitments: &[Commitment], review: i64) -> impl Iterator<Item = &Commitment> {
    commitments
        .iter()
        .filter(move |one| one.commitment.review == review && Became::of(one) != Some(Became::TakenBack))
}

impl Office {
    /// Promises something in a review that is open; it comes first in the next one.
    pub fn commit<'a>(&'a self, actor: &'a Actor, review: i64, promise: Promise) -> Answer<'a, Commitment> {
        Box::pin(async move {
            actor.must(Permission::Decide)?;
            for (what, words) in [("What is promised", &promise.says), ("Who promises it", &promise.who)] {
                if words.trim().is_empty() {
                    return Err(Refusal::bad_input(
                        format!("{what} is not said"),
                        "Say in a sentence what, by whom and by when.",
                    ));
                }
                sentence(what, words)?;
            }
            if promise.by <= self.surroundings.today() {
                return Err(Refusal::bad_input(
                    "The day by which it is promised lies in the past",
                    "Give a day to come.",
                ));
            }
            if let Some(key) = &promise.bet {
                self.standing(actor, None).await?.bet(key)?;
            }
            let commitment = NewCommitment {
                review,
                bet: promise.bet,
                says: promise.says.trim().to_owned(),
                who: promise.who.trim().to_owned(),
                by: promise.by,
            };
            let stamp = self.stamp_of(actor, "commit");
            Ok(self.ledger.add_commitment(&stamp, commitment).await?)
        })
    }

    /// Says what became of a commitment: kept or not once its review is closed, taken back while it is open.
    pub fn say_of_commitment<'a>(&'a self, actor: &'a Actor, number: i64, became: Became) -> Answer<'a, ()> {
        Box::pin(async move {
            actor.must(Permission::Decide)?;
            let missing = || Refusal::not_found(format!("There is no commitment {number}"), "Go back to the review.");
            let found = self.ledger.commitments().await?.into_iter();
            let found = found.into_iter().find(|one| one.number == number).ok_or_else(missing)?;
            let review = self.ledger.review(found.commitment.review).await?.ok_or_else(missing)?;
            let is_open = review.closed_at.is_none();
            if is_open != (became == Became::TakenBack) {
                let message = if is_open {
                    "It was promised in the review that is open: nobody can have kept it yet"
                } else {
                    "It stands in the minutes of a closed review, so it cannot be taken back"
                };
                return Err(Refusal::conflict(message, "Nothing was changed."));
            }
            let stamp = self.stamp_of(actor, "say of commitment");
            Ok(self.ledger.say_of_commitment(&stamp, number, became.word()).await?)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Became;

    #[test]
    fn what_became_of_a_commitment_has_one_word_each() {
        for became in Became::ALL {
            assert_eq!(Became::from_word(became.word()), Some(became));
        }
    }
}
