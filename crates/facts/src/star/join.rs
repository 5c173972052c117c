//! Which row of another table a text means: by id, then by domain, then by name made comparable. The fuller matching of
//! company names is the room `mapping`'s; here a text that could mean two rows means neither.

use std::collections::HashMap;

use super::column::{NO_ROW, Sheet, code};

/// Finds rows of a table of companies by what another table calls them.
pub(crate) struct Finder {
    by_id: HashMap<String, u32>,
    by_domain: HashMap<String, u32>,
    by_name: HashMap<String, u32>,
}

impl Finder {
    pub(crate) fn new(sheet: &Sheet, id: &str) -> Self {
        let (ids, domains, names) = (sheet.text(id), sheet.text("domain"), sheet.text("name"));
        let mut finder = Self {
            by_id: HashMap::new(),
            by_domain: HashMap::new(),
            by_name: HashMap::new(),
        };
        for row in 0..sheet.rows() {
            let at = code(row);
            if let Some(id) = ids.get(row) {
                finder.by_id.entry(id.to_owned()).or_insert(at);
            }
            if let Some(domain) = domains.get(row).and_then(domain_key) {
                only(&mut finder.by_domain, domain, at);
            }
            if let Some(name) = names.get(row).and_then(name_key) {
                only(&mut finder.by_name, name, at);
            }
        }
        finder
    }

    /// Finds by id alone.
    pub(crate) fn ids(sheet: &Sheet, id: &str) -> Self {
        let ids = sheet.text(id);
        let known = (0..sheet.rows()).filter_map(|row| Some((ids.get(row)?.to_owned(), code(row))));
        Self {
            by_id: known.collect(),
            by_domain: HashMap::new(),
            by_name: HashMap::new(),
        }
    }

    /// From now on the text means this row.
    pub(crate) fn learn(&mut self, text: &str, row: u32) {
        self.by_id.insert(text.to_owned(), row);
        if let Some(name) = name_key(text) {
            self.by_name.entry(name).or_insert(row);
        }
    }

    /// The row that the text means, whether it is an id, a domain or a name; [`NO_ROW`] when none or several.
    pub(crate) fn find(&self, text: &str) -> u32 {
        self.by_id(text)
            .or_else(|| self.by_domain(text))
            .or_else(|| self.by_name(text))
            .unwrap_or(NO_ROW)
    }

    pub(crate) fn by_id(&self, id: &str) -> Option<u32> {
        self.by_id.get(id.trim()).copied()
    }

    pub(crate) fn by_domain(&self, domain: &str) -> Option<u32> {
        self.by_domain
            .get(&domain_key(domain)?)
            .copied()
            .filter(|row| *row != NO_ROW)
    }

    pub(crate) fn by_name(&self, name: &str) -> Option<u32> {
        self.by_name.get(&name_key(name)?).copied().filter(|row| *row != NO_ROW)
    }

    /// For each row of a column, the row that its text means.
    pub(crate) fn find_all(&self, words: &super::column::Words) -> Vec<u32> {
        let of_words: Vec<u32> = words.words().iter().map(|word| self.find(word)).collect();
        words
            .codes()
            .iter()
            .map(|code| of_words.get(super::column::index(*code)).copied().unwrap_or(NO_ROW))
            .collect()
    }
}

fn only(places: &mut HashMap<String, u32>, key: String, row: u32) {
    places.entry(key).and_modify(|other| *other = NO_ROW).or_insert(row);
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
