//! What the few texts that come again and again in a column mean, worked out once for each. It must not know the meaning.

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::sync::OnceLock;

/// Texts with what was worked out for them. Any number of threads read it without waiting for each other.
#[derive(Debug)]
pub(crate) struct Memo<T>(Box<[OnceLock<Known<T>>]>);

/// A text and its meaning.
type Known<T> = (Box<str>, T);

/// The texts that there is room for. A column with more different texts is no column of words; the rest is worked out
/// each time.
const TEXTS_MAX: usize = 256;
/// The places where a text may stand.
const PLACES: usize = 8;

impl<T> Default for Memo<T> {
    fn default() -> Self {
        Self((0..TEXTS_MAX).map(|_| OnceLock::new()).collect())
    }
}

impl<T: Copy> Memo<T> {
    /// What `work` makes of the text. It must make the same of the same text always.
    pub(crate) fn of(&self, text: &str, work: impl FnOnce(&str) -> T) -> T {
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(text);
        let first = usize::try_from(hash % TEXTS_MAX as u64).unwrap_or(0);
        for place in (first..first + PLACES).map(|at| &self.0[at % TEXTS_MAX]) {
            match place.get() {
                Some((known, meaning)) if **known == *text => return *meaning,
                Some(_) => {}
                None => {
                    let meaning = work(text);
                    // Another thread may have put another text there.
                    let _ = place.set((text.into(), meaning));
                    return meaning;
                }
            }
        }
        work(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_has_its_own_meaning_however_many_there_are_and_is_worked_out_once_where_there_is_room() {
        let memo = Memo::default();
        let texts: Vec<String> = (0..10 * TEXTS_MAX).map(|number| number.to_string()).collect();
        for text in texts.iter().chain(&texts) {
            assert_eq!(memo.of(text, str::len), text.len(), "{text}");
        }
        assert_eq!(memo.of("0", |_| usize::MAX), 1);
    }
}
