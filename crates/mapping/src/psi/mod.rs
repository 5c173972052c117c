//! Private set intersection: which accounts two companies share, by two files and without showing a list. The oblivious
//! pseudorandom function of RFC 9497 over ristretto255, one evaluation for each key of a record. It must not draw a random
//! number nor touch a file: secrets, seeds and streams are handed in.
//!
//! The company that *offers* learns which of its accounts agree. The one that *answers* learns how many keys were offered,
//! rounded up, and nothing else. Both are taken to follow the protocol and to be curious (semi-honest); what a company could
//! learn that does not follow it stands in docs/psi.md.

mod error;
mod file;
mod keys;
mod open;
mod suite;

use rayon::prelude::*;
use sha2::{Digest as _, Sha256};

pub use error::PsiError;
pub use file::{Head, Reader, What, Writer};
pub use keys::{KeyKind, Keys};
pub use open::{Agreement, Grade, Opening};
pub use suite::Secret;

use suite::{blind, evaluate, finalize, input_point};

/// A point of the group as it is written.
pub type Point = [u8; 32];
/// The first 128 bits of what the pseudorandom function gives for a key.
pub type Tag = [u8; 16];
/// Told how many keys are done; says whether to go on.
pub type Watch<'w> = dyn Fn(usize) -> bool + Sync + 'w;

/// The keys that are worked on before the watch is told.
pub const STEP: usize = 8 << 10;
/// The keys that one thread takes at a time: enough to share one inversion.
const AT_ONCE: usize = 256;
/// The least that a number of keys is rounded up to.
const PADDED_MIN: usize = 256;
/// Where nobody's key stands: a point that was put in to round up.
const NOBODY: u32 = u32::MAX;

/// The number of keys that is shown for a number of keys: rounded up by an eighth at most, and to 256 at least, so that a
/// file does not tell how long a list is.
#[must_use]
pub fn padded(keys: usize) -> usize {
    let bits = keys.checked_ilog2().unwrap_or(0).saturating_sub(3);
    keys.next_multiple_of(1 << bits).max(PADDED_MIN)
}

/// What a list is known by in files and in the log of runs: two runs with the same list have the same, and without the
/// salt it tells nothing of the list.
#[must_use]
pub fn list_mark(keys: &Keys, salt: &[u8; 32], partner: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"beachhead psi list 1");
    hash.update(salt);
    for text in std::iter::once(partner.as_bytes()).chain(keys.iter()) {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text);
    }
    hash.finalize().into()
}

/// Keys blinded by a secret, in the order of their bytes: that is as good as shuffled, since the bytes depend on the secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// What the other company gets to see.
    pub points: Vec<Point>,
    /// For each point the place of its key; what was put in to round up has a place beyond all keys.
    pub places: Vec<u32>,
}

/// The first step, of the company that wants to know: its keys, blinded and rounded up with points of a seed's making.
///
/// # Errors
/// [`PsiError::Stopped`].
pub fn offer(keys: &Keys, secret: &Secret, seed: &[u8; 32], watch: &Watch<'_>) -> Result<Offer, PsiError> {
    let half = secret.half();
    let mut points = in_steps(keys.len(), watch, |places| {
        let inputs: Vec<_> = places.clone().map(|place| input_point(keys.text(place))).collect();
        let blinded = blind(&inputs, &half);
        // There are fewer keys than a place can say.
        let places = places.map(|place| u32::try_from(place).unwrap_or(NOBODY));
        blinded.into_iter().zip(places).collect()
    })?;
    let missing = padded(keys.len()) - keys.len();
    points.par_extend(
        (0..missing)
            .into_par_iter()
            .map(|place| (suite::nobodys_point(seed, place), NOBODY)),
    );
    points.par_sort_unstable();
    let (points, places) = points.into_iter().unzip();
    Ok(Offer { points, places })
}

/// The second step, of the company that answers: what its secret makes of points that it was offered, in their order.
/// `first` is the place of the first of them in the offer.
///
/// # Errors
/// [`PsiError::NotAPoint`].
pub fn answer(points: &[Point], first: usize, secret: &Secret) -> Result<Vec<Point>, PsiError> {
    let half = secret.half();
    let parts: Result<Vec<Vec<Point>>, PsiError> = points
        .par_chunks(AT_ONCE)
        .enumerate()
        .map(|(part, points)| evaluate(points.iter().zip(first + part * AT_ONCE..), &half))
        .collect();
    Ok(parts?.concat())
}

/// What goes with the answer: the answering company's own keys as its secret makes tags of them, rounded up and in the
/// order of their bytes.
///
/// # Errors
/// [`PsiError::Stopped`].
pub fn tags(keys: &Keys, secret: &Secret, seed: &[u8; 32], watch: &Watch<'_>) -> Result<Vec<Tag>, PsiError> {
    let half = secret.half();
    let mut tags = in_steps(keys.len(), watch, |places| {
        let inputs: Vec<_> = places.clone().map(|place| input_point(keys.text(place))).collect();
        let points = blind(&inputs, &half);
        let tags = points
            .iter()
            .zip(places)
            .map(|(point, place)| finalize(keys.text(place), point));
        tags.collect()
    })?;
    let missing = padded(keys.len()) - keys.len();
    tags.extend((0..missing).map(|place| suite::nobodys_tag(seed, place)));
    tags.par_sort_unstable();
    Ok(tags)
}

/// Works on places from 0 on, step by step, on all cores, and tells the watch after each step.
fn in_steps<T: Send>(
    count: usize,
    watch: &Watch<'_>,
    work: impl Fn(std::ops::Range<usize>) -> Vec<T> + Sync,
) -> Result<Vec<T>, PsiError> {
    let mut all = Vec::with_capacity(padded(count));
    for start in (0..count).step_by(STEP) {
        let end = (start + STEP).min(count);
        let parts: Vec<usize> = (start..end).step_by(AT_ONCE).collect();
        let done: Vec<Vec<T>> = parts
            .into_par_iter()
            .map(|part| work(part..(part + AT_ONCE).min(end)))
            .collect();
        all.extend(done.into_iter().flatten());
        if !watch(end) {
            return Err(PsiError::Stopped);
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_keys_is_rounded_up_by_an_eighth_at_most() {
        for keys in (0..70_000).chain([1 << 20, (1 << 20) + 1, 5_999_999]) {
            let shown = padded(keys);
            assert!(shown >= keys, "{keys}");
            assert!(shown <= 256 || (shown - keys) * 8 <= keys, "{keys}: {shown}");
        }
        assert_eq!(
            [padded(0), padded(256), padded(257), padded(1_000)],
            [256, 256, 288, 1_024]
        );
        assert_eq!(padded(crate::limits::PSI_RECORDS_MAX * 3), crate::limits::PSI_KEYS_MAX);
    }
}
