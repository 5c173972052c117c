//! The third step: what came back is unblinded and compared, and records of ours agree or do not. It must not know how the
//! answer was read.

use rayon::prelude::*;

use super::suite::{evaluate, finalize};
use super::{AT_ONCE, KeyKind, Keys, Point, PsiError, Secret, Tag};

/// How sure it is that a record of ours is one of theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// The registration number agrees, or the name with the country.
    A,
    /// The domain agrees and nothing else: the same company, or a sister that shares the website.
    B,
}

impl Grade {
    /// Its letter.
    #[must_use]
    pub const fn letter(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::B => "B",
        }
    }
}

/// A record of ours that they have as well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    /// Its row in our list.
    pub row: u32,
    /// What agrees. Two keys may agree with two records of theirs.
    pub by: Vec<KeyKind>,
}

impl Agreement {
    /// How sure it is.
    #[must_use]
    pub fn grade(&self) -> Grade {
        if self.by.iter().all(|kind| *kind == KeyKind::Domain) {
            Grade::B
        } else {
            Grade::A
        }
    }
}

/// An answer while it is opened: first all its points are taken, then all its tags.
pub struct Opening<'k> {
    keys: &'k Keys,
    places: &'k [u32],
    secret: Secret,
    taken: usize,
    ours: Vec<(Tag, u32)>,
    compared: usize,
    agreed: Vec<u32>,
}

impl<'k> Opening<'k> {
    /// Of an offer: its keys, the places of its points, and the secret that blinded them.
    #[must_use]
    pub fn new(keys: &'k Keys, places: &'k [u32], secret: Secret) -> Self {
        Self {
            keys,
            places,
            secret,
            taken: 0,
            ours: Vec::with_capacity(keys.len()),
            compared: 0,
            agreed: Vec::new(),
        }
    }

    /// Takes the next points of the answer. Those that were nobody's cost nothing.
    ///
    /// # Errors
    /// [`PsiError::NotAPoint`]; [`PsiError::TooLong`] where there are more than were offered.
    pub fn take(&mut self, points: &[Point]) -> Result<(), PsiError> {
        let end = self.taken + points.len();
        let places = self.places.get(self.taken..end).ok_or(PsiError::TooLong)?;
        let half = self.secret.half_inverse();
        let parts: Result<Vec<Vec<(Tag, u32)>>, PsiError> = points
            .par_chunks(AT_ONCE)
            .zip(places.par_chunks(AT_ONCE))
            .enumerate()
            .map(|(part, (points, places))| {
                let mine: Vec<usize> = (0..places.len())
                    .filter(|at| (places[*at] as usize) < self.keys.len())
                    .collect();
                let first = self.taken + part * AT_ONCE;
                let unblinded = evaluate(mine.iter().map(|at| (&points[*at], first + at)), &half)?;
                let tags = unblinded.iter().zip(&mine).map(|(point, at)| {
                    let key = places[*at];
                    (finalize(self.keys.text(key as usize), point), key)
                });
                Ok(tags.collect())
            })
            .collect();
        parts?.into_iter().for_each(|part| self.ours.extend(part));
        self.taken = end;
        Ok(())
    }

    /// Compares the next tags of the answer, which stand in the order of their bytes, with our own.
    pub fn compare(&mut self, tags: &[Tag]) {
        if self.compared == 0 {
            self.ours.par_sort_unstable();
        }
        for tag in tags {
            while let Some((ours, key)) = self.ours.get(self.compared).filter(|(ours, _)| ours <= tag) {
                if ours == tag {
                    self.agreed.push(*key);
                }
                self.compared += 1;
            }
        }
    }

    /// The records of ours that agree, in the order of our list.
    #[must_use]
    pub fn agreements(self) -> Vec<Agreement> {
        let keys = self.agreed.iter().map(|key| *key as usize);
        let mut pairs: Vec<(u32, KeyKind)> = keys
            .flat_map(|key| {
                self.keys
                    .holders(key)
                    .iter()
                    .map(move |row| (*row, self.keys.kind(key)))
            })
            .collect();
        pairs.sort_unstable();
        let by_row = pairs.chunk_by(|one, other| one.0 == other.0);
        let agreements = by_row.map(|pairs| Agreement {
            row: pairs[0].0,
            by: pairs.iter().map(|(_, kind)| *kind).collect(),
        });
        agreements.collect()
    }
}
