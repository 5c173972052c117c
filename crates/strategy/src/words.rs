//! The macro behind every closed list of words: one word each, spelled alike in files, pages and JSON. Holds no rules.

/// Declares an enum whose variants are each written as one fixed word, with `ALL`, `word`, `from_word`, `Display`
/// and serde by that word.
macro_rules! words {
    ($(#[$outer:meta])* pub enum $name:ident { $($(#[$inner:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$outer])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$inner])* $variant),+ }

        impl $name {
            /// Every variant, in the order of declaration.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The word as written in files, pages and JSON.
            pub const fn word(self) -> &'static str {
                match self { $($name::$variant => $word),+ }
            }

            /// Reads the word back; `None` when it is no word of this list.
            pub fn from_word(word: &str) -> Option<$name> {
                $name::ALL.iter().copied().find(|known| known.word() == word)
            }
        }

        impl $crate::words::Word for $name {
            const WORDS: &'static [&'static str] = &[$($word),+];
            fn read(word: &str) -> Option<Self> {
                Self::from_word(word)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.word())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.word())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let word = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                $name::from_word(&word).ok_or_else(|| {
                    serde::de::Error::unknown_variant(&word, <$name as $crate::words::Word>::WORDS)
                })
            }
        }
    };
}
pub(crate) use words;

/// A type written as one word of a closed list.
pub(crate) trait Word: Sized {
    /// Every word of the list.
    const WORDS: &'static [&'static str];
    /// The value of a word.
    fn read(word: &str) -> Option<Self>;
}

/// The word nearest in spelling to what was written, when one is near enough to be meant: at most one letter in three
/// needs to change, rounded up.
pub(crate) fn nearest<'w>(written: &str, known: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    let written: Vec<char> = written.chars().take(MEANT_CHARS).flat_map(char::to_lowercase).collect();
    let allowed = written.len().div_ceil(3);
    let distances = known.into_iter().map(|word| (distance(&written, word), word));
    distances
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, _)| *distance <= allowed)
        .map(|(_, word)| word)
}

/// Longest spelling compared, in characters.
const MEANT_CHARS: usize = crate::limits::NAME_CHARS;

/// Letters to add, drop or change (Levenshtein 1966).
fn distance(written: &[char], word: &str) -> usize {
    let mut row: Vec<usize> = (0..=written.len()).collect();
    for (at, letter) in word.chars().take(MEANT_CHARS).flat_map(char::to_lowercase).enumerate() {
        let mut diagonal = row[0];
        row[0] = at + 1;
        for (column, own) in written.iter().enumerate() {
            let changed = diagonal + usize::from(*own != letter);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[written.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_misspelt_word_finds_the_one_meant_and_a_strange_one_none() {
        let known = ["partner_type", "partners", "starts", "state"];
        assert_eq!(nearest("partnertype", known), Some("partner_type"));
        assert_eq!(nearest("Starts", known), Some("starts"));
        assert_eq!(nearest("stat", known), Some("state"));
        assert_eq!(nearest("colour", known), None);
        assert_eq!(nearest("", known), None);
    }
}
