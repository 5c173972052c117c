//! Which row of another table a text means: by id, then by domain, then by name made comparable. The fuller matching of
//! company names is the room `mapping`'s; here a text that could mean two rows means neither.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::OnceLock;

use rayon::prelude::*;

use super::column::{NO_ROW, Sheet, Words, code, index};

/// Texts that one task looks up.
const CHUNK: usize = 16_384;

/// Finds rows of a table of companies by what another table calls them.
pub(crate) struct Finder<'a> {
    ids: Cow<'a, Words>,
    /// For each word of the ids its first row.
    rows: Vec<u32>,
    domains: Cow<'a, Words>,
    names: Cow<'a, Words>,
    // Most files name companies by id, and domains and names are never asked for.
    by_domain: OnceLock<HashMap<String, u32>>,
    by_name: OnceLock<HashMap<String, u32>>,
    learned: HashMap<String, u32>,
}

impl<'a> Finder<'a> {
    pub(crate) fn new(sheet: &'a Sheet, id: &str) -> Self {
        Self {
            domains: sheet.text("domain"),
            names: sheet.text("name"),
            ..Self::ids(sheet, id)
        }
    }

    /// Finds by id alone.
    pub(crate) fn ids(sheet: &'a Sheet, id: &str) -> Self {
        let ids = sheet.text(id);
        let mut rows = vec![NO_ROW; ids.words().len()];
        for (row, word) in ids.codes().iter().enumerate().rev() {
            if let Some(place) = rows.get_mut(index(*word)) {
                *place = code(row);
            }
        }
        Self {
            ids,
            rows,
            domains: Cow::Owned(Words::default()),
            names: Cow::Owned(Words::default()),
            by_domain: OnceLock::new(),
            by_name: OnceLock::new(),
            learned: HashMap::new(),
        }
    }

    /// From now on the text means this row.
    pub(crate) fn learn(&mut self, text: &str, row: u32) {
        self.learned.insert(text.to_owned(), row);
        if let Some(name) = name_key(text) {
            self.learned.entry(name).or_insert(row);
        }
    }

    /// The row that the text means, whether it is an id, a domain or a name; [`NO_ROW`] when none or several.
    pub(crate) fn find(&self, text: &str) -> u32 {
        self.by_id(text).unwrap_or_else(|| self.otherwise(text))
    }

    fn otherwise(&self, text: &str) -> u32 {
        self.by_domain(text).or_else(|| self.by_name(text)).unwrap_or(NO_ROW)
    }

    pub(crate) fn by_id(&self, id: &str) -> Option<u32> {
        let id = id.trim();
        let found = self.ids.words().binary_search_by(|word| word.as_str().cmp(id));
        found
            .map_or_else(|_| self.learned.get(id), |place| self.rows.get(place))
            .copied()
    }

    pub(crate) fn by_domain(&self, domain: &str) -> Option<u32> {
        let places = self.by_domain.get_or_init(|| places(&self.domains, domain_key));
        places.get(&domain_key(domain)?).copied().filter(|row| *row != NO_ROW)
    }

    pub(crate) fn by_name(&self, name: &str) -> Option<u32> {
        let places = self.by_name.get_or_init(|| places(&self.names, name_key));
        let name = name_key(name)?;
        let found = places.get(&name).or_else(|| self.learned.get(&name)).copied();
        found.filter(|row| *row != NO_ROW)
    }

    /// For each row of a column of the facts, the row that its text means.
    pub(crate) fn find_all(&self, words: &Words) -> Vec<u32> {
        let of_words = self.of_words(words, |found, word| found.unwrap_or_else(|| self.find(word)));
        through(words, &of_words)
    }

    /// For each row of a column of the facts, the row that has its text as id; [`NO_ROW`] where none has.
    pub(crate) fn find_ids(&self, words: &Words) -> Vec<u32> {
        let of_words = self.of_words(words, |found, word| {
            found.or_else(|| self.by_id(word)).unwrap_or(NO_ROW)
        });
        through(words, &of_words)
    }

    /// The words of both stand in order: they are walked side by side.
    fn of_words(&self, words: &Words, settle: impl Fn(Option<u32>, &str) -> u32 + Sync) -> Vec<u32> {
        let ids = self.ids.words();
        let chunks = words.words().par_chunks(CHUNK).flat_map_iter(|asked| {
            let first = asked.first().map_or("", String::as_str);
            let mut place = ids.partition_point(|id| id.as_str() < first);
            let settle = &settle;
            asked.iter().map(move |word| {
                // Few words among many ids leap; many walk.
                if asked.len() < CHUNK / 16 {
                    place += ids[place..].partition_point(|id| id < word);
                } else {
                    place += ids[place..].iter().take_while(|id| *id < word).count();
                }
                let found = ids.get(place).filter(|id| *id == word).map(|_| self.rows[place]);
                settle(found, word)
            })
        });
        chunks.collect()
    }
}

fn through(words: &Words, of_words: &[u32]) -> Vec<u32> {
    let codes = words.codes().par_iter();
    codes
        .map(|code| of_words.get(index(*code)).copied().unwrap_or(NO_ROW))
        .collect()
}

/// The row of each key; [`NO_ROW`] where several rows have it.
fn places(words: &Words, key: impl Fn(&str) -> Option<String> + Sync) -> HashMap<String, u32> {
    let keys: Vec<Option<String>> = words.words().par_iter().map(|word| key(word)).collect();
    let mut places = HashMap::with_capacity(keys.len());
    for (row, word) in words.codes().iter().enumerate() {
        if let Some(Some(key)) = keys.get(index(*word)) {
            only(&mut places, key, code(row));
        }
    }
    places
}

fn only(places: &mut HashMap<String, u32>, key: &str, row: u32) {
    match places.get_mut(key) {
        Some(other) => *other = NO_ROW,
        None => {
            places.insert(key.to_owned(), row);
        }
    }
}

/// A name without regard to case, punctuation and spacing.
pub(crate) fn name_key(name: &str) -> Option<String> {
    let words: Vec<String> = name
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    (!words.is_empty()).then(|| words.join(" "))
}

/// The host of a web address, without `www.`; `None` for what is no domain.
fn domain_key(address: &str) -> Option<String> {
    let lower = address.trim().to_lowercase();
    let host = lower.split_once("://").map_or(lower.as_str(), |(_, rest)| rest);
    let host = host.split(['/', ':', '?', '#']).next()?;
    let host = host.strip_prefix("www.").unwrap_or(host).trim_end_matches('.');
    let looks_like_host = host.contains('.') && !host.contains(|letter: char| letter.is_whitespace() || letter == '@');
    looks_like_host.then(|| host.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_host_are_one_domain() {
        for address in [
            "acme.com",
            "https://www.Acme.com/about",
            "http://acme.com:8080",
            " ACME.COM. ",
        ] {
            assert_eq!(domain_key(address).as_deref(), Some("acme.com"), "{address}");
        }
        assert_eq!(domain_key("Acme Corporation"), None);
        assert_eq!(domain_key("ines@acme.com"), None);
    }

    #[test]
    fn names_are_compared_without_case_and_punctuation() {
        assert_eq!(name_key("Acme,  Corp."), name_key("ACME corp"));
        assert_eq!(name_key(" - "), None);
    }
}
