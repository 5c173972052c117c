//! What the few texts that come again and again in a column mean, worked out once for each. It must not know the meaning.

use std::collections::HashMap;
use std::sync::RwLock;

/// Texts with what was worked out for them.
#[derive(Debug)]
pub(crate) struct Memo<T>(RwLock<HashMap<String, T>>);

// A column with more different texts is no column of words; the rest is worked out each time.
const TEXTS_MAX: usize = 1_000;

impl<T> Default for Memo<T> {
    fn default() -> Self {
        Self(RwLock::default())
    }
}

impl<T: Copy> Memo<T> {
    /// What `work` makes of the text. It must make the same of the same text always.
    pub(crate) fn of(&self, text: &str, work: impl FnOnce(&str) -> T) -> T {
        let known = self.0.read().ok().and_then(|known| known.get(text).copied());
        known.unwrap_or_else(|| {
            let meaning = work(text);
            if let Ok(mut known) = self.0.write()
                && known.len() < TEXTS_MAX
            {
                known.insert(text.to_owned(), meaning);
            }
            meaning
        })
    }
}
