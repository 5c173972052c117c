//! What a record is known by where lists are not shown: few keys, each strong enough to stand for the company by itself.
//! It must not know what is done with them.
//!
//! | key | text |
//! | --- | --- |
//! | registration number | `i:` and its letters and digits in lower case; eight at least, not all the same |
//! | domain | `d:` and the registrable domain, of no mailbox provider, social network or shop; each, where there are several |
//! | name and country | `n:`, the ISO code, `:` and the letters of the name without legal form, *and*, *of*, *the* |
//!
//! A name that is one common word ("Delta") is no key, nor is a name without a country.

use rayon::prelude::*;

use super::PsiError;
use crate::column::List;
use crate::hash::hash;
use crate::limits::{PSI_KEYS_MAX, PSI_RECORDS_MAX, PSI_RECORDS_MIN};
use crate::normalise::domain::own_domains;
use crate::normalise::name::Name;
use crate::normalise::tables::COMMON;
use crate::normalise::{Kind, country_code, says_nothing, spell};
use crate::{MappingError, hash::short};

/// The rows that one thread takes at a time.
const ROWS: usize = 8 << 10;
/// The fewest letters of a registration number, and of a name.
const NUMBER_LETTERS_MIN: usize = 8;
const NAME_LETTERS_MIN: usize = 3;

/// What a key is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyKind {
    /// A DUNS, LEI, VAT or other registration number.
    Number,
    /// The registrable domain.
    Domain,
    /// The name together with the country.
    NameAndCountry,
}

impl KeyKind {
    /// Every kind, in the order in which they are told.
    pub const ALL: [Self; 3] = [Self::Number, Self::Domain, Self::NameAndCountry];

    /// Its words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Number => "registration number",
            Self::Domain => "domain",
            Self::NameAndCountry => "name and country",
        }
    }

    const fn letter(self) -> u8 {
        match self {
            Self::Number => b'i',
            Self::Domain => b'd',
            Self::NameAndCountry => b'n',
        }
    }
}

/// The keys of a list, each once, in the order of their letters, with the records that have them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keys {
    text: Vec<u8>,
    ends: Vec<u32>,
    holders: Vec<u32>,
    holder_ends: Vec<u32>,
    records: usize,
}

impl Keys {
    /// The keys of a list.
    ///
    /// # Errors
    /// [`PsiError::TooMany`], [`PsiError::TooManyKeys`], [`PsiError::TooFew`], and [`MappingError::Uneven`] where a column is not as long as the ids.
    pub fn of(list: &List) -> Result<Self, PsiError> {
        if list.len() > PSI_RECORDS_MAX {
            return Err(PsiError::TooMany { records: list.len() });
        }
        if let Some(column) = list.misfit() {
            return Err(MappingError::Uneven { column }.into());
        }
        let starts: Vec<usize> = (0..list.len()).step_by(ROWS).collect();
        let parts: Vec<Part> = starts
            .into_par_iter()
            .map(|start| Part::of(list, start..(start + ROWS).min(list.len())))
            .collect();
        let records = parts.iter().map(|part| part.records).sum();
        if records < PSI_RECORDS_MIN {
            return Err(PsiError::TooFew { records });
        }
        let mut all: Vec<(&[u8], u32)> = parts.iter().flat_map(Part::entries).collect();
        all.par_sort_unstable();
        let mut keys = Self {
            records,
            ..Self::default()
        };
        for (at, (text, row)) in all.iter().enumerate() {
            let is_new = at.checked_sub(1).is_none_or(|before| all[before].0 != *text);
            if is_new && keys.len() == PSI_KEYS_MAX {
                return Err(PsiError::TooManyKeys);
            }
            keys.push(text, *row, is_new);
        }
        Ok(keys)
    }

    // Six million keys of some 260 letters at most.
    fn push(&mut self, text: &[u8], row: u32, is_new: bool) {
        let end = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        self.holders.push(row);
        if is_new {
            self.text.extend_from_slice(text);
            self.ends.push(end(self.text.len()));
            self.holder_ends.push(0);
        }
        if let Some(last) = self.holder_ends.last_mut() {
            *last = end(self.holders.len());
        }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// How many records have one.
    #[must_use]
    pub fn records(&self) -> usize {
        self.records
    }

    /// The letters of a key.
    pub(super) fn text(&self, place: usize) -> &[u8] {
        &self.text[from(&self.ends, place)..self.ends[place] as usize]
    }

    /// What a key is of.
    pub(super) fn kind(&self, place: usize) -> KeyKind {
        let letter = self.text(place).first().copied();
        let kind = KeyKind::ALL.into_iter().find(|kind| Some(kind.letter()) == letter);
        kind.unwrap_or(KeyKind::NameAndCountry)
    }

    /// The rows that have a key.
    pub(super) fn holders(&self, place: usize) -> &[u32] {
        &self.holders[from(&self.holder_ends, place)..self.holder_ends[place] as usize]
    }

    /// The letters of all, in their order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.len()).map(|place| self.text(place))
    }
}

fn from(ends: &[u32], place: usize) -> usize {
    place.checked_sub(1).map_or(0, |before| ends[before] as usize)
}

/// The keys of some rows, as they come.
#[derive(Default)]
struct Part {
    text: Vec<u8>,
    keys: Vec<(usize, u32)>,
    records: usize,
}

impl Part {
    fn of(list: &List, rows: std::ops::Range<usize>) -> Self {
        let mut part = Self::default();
        let (mut name, mut letters) = (Name::default(), Vec::new());
        for row in rows {
            let before = part.keys.len();
            spell(list.identifier.get(row), &mut letters);
            if letters.len() >= NUMBER_LETTERS_MIN && !says_nothing(&letters) {
                part.push(KeyKind::Number, row, &[&letters]);
            }
            own_domains(list.website.get(row), |domain| {
                part.push(KeyKind::Domain, row, &[domain]);
            });
            if let Some(country) = country_code(list.country.get(row), &mut letters) {
                name.take(list.name.get(row));
                if is_telling(&name, &mut letters) {
                    part.push(KeyKind::NameAndCountry, row, &[country.as_bytes(), b":", &letters]);
                }
            }
            part.records += usize::from(part.keys.len() > before);
        }
        part
    }

    fn push(&mut self, kind: KeyKind, row: usize, texts: &[&[u8]]) {
        self.text.extend_from_slice(&[kind.letter(), b':']);
        texts.iter().for_each(|text| self.text.extend_from_slice(text));
        // Rows are below two million.
        self.keys
            .push((self.text.len(), u32::try_from(row).unwrap_or(u32::MAX)));
    }

    fn entries(&self) -> impl Iterator<Item = (&[u8], u32)> {
        (0..self.keys.len()).map(|at| {
            let from = at.checked_sub(1).map_or(0, |before| self.keys[before].0);
            let (end, row) = self.keys[at];
            (&self.text[from..end], row)
        })
    }
}

/// Writes the letters of a name that say who it is, and says whether they tell one company from others.
fn is_telling(name: &Name, letters: &mut Vec<u8>) -> bool {
    letters.clear();
    let mut words = 0;
    let mut is_rare = false;
    for word in name.words.iter().filter(|word| word.kind != Kind::Stop) {
        let start = usize::from(word.start);
        let said = &name.core()[start..start + usize::from(word.length)];
        letters.extend_from_slice(said);
        words += 1;
        is_rare = word.kind == Kind::Word && COMMON.get(u64::from(short(hash(said))) << 32).is_none();
    }
    letters.len() >= NAME_LETTERS_MIN && (words > 1 || is_rare)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::column::Column;

    /// The keys of one record among sixty others.
    fn of(name: &str, website: &str, country: &str, identifier: &str) -> Vec<String> {
        let others: Vec<String> = (0..60).map(|at| format!("velplex{at}.com")).collect();
        let column = |cell: &str, others: &[String]| {
            let others = others.iter().map(String::as_str);
            Column::from_iter(std::iter::once(cell).chain(others))
        };
        let nothing = vec![String::new(); others.len()];
        let list = List {
            id: column("0", &others),
            name: column(name, &nothing),
            website: column(website, &others),
            country: column(country, &nothing),
            identifier: column(identifier, &nothing),
            ..List::default()
        };
        let keys = Keys::of(&list).unwrap();
        let mine = (0..keys.len()).filter(|place| keys.holders(*place).contains(&0));
        mine.map(|place| String::from_utf8(keys.text(place).to_vec()).unwrap())
            .collect()
    }

    #[test]
    fn ways_of_writing_a_record_give_the_same_keys() {
        let one = of(
            "Müller & Söhne GmbH",
            "https://www.mueller-soehne.de/en",
            "Germany",
            "DE 123.456.789",
        );
        let other = of("MULLER AND SOHNE", "info@mueller-soehne.de", "deu", "de123456789");
        assert_eq!(one, other);
        assert_eq!(one, ["d:mueller-soehne.de", "i:de123456789", "n:DE:mullersohne"]);
    }

    #[test]
    fn each_website_and_each_contact_s_domain_is_a_key_and_free_mail_is_none() {
        let cell = "https://www.contoso.com; contoso.de jane@gmail.com | info@mail.contoso.co.uk contoso.com";
        assert_eq!(
            of("", cell, "", ""),
            ["d:contoso.co.uk", "d:contoso.com", "d:contoso.de"]
        );
    }

    #[test]
    fn what_does_not_tell_a_company_is_no_key() {
        assert_eq!(of("Delta", "gmail.com", "US", "000000000"), Vec::<String>::new());
        assert_eq!(
            of("Acme Widgets", "linkedin.com/company/acme", "", "1234"),
            Vec::<String>::new()
        );
        assert_eq!(of("🎉", "n/a", "US", "n/a"), Vec::<String>::new());
        assert_eq!(of("Kasdex", "", "US", ""), ["n:US:kasdex"]);
        assert_eq!(of("Delta Foods", "", "US", ""), ["n:US:deltafoods"]);
    }

    #[test]
    fn records_with_one_key_share_it_and_short_lists_are_refused() {
        let rows: Vec<String> = (0..80).map(|row| format!("company{}.com", row / 2)).collect();
        let list = |rows: &[String]| List {
            id: rows.iter().map(String::as_str).collect(),
            website: rows.iter().map(String::as_str).collect(),
            ..List::default()
        };
        let keys = Keys::of(&list(&rows)).unwrap();
        assert_eq!((keys.len(), keys.records()), (40, 80));
        assert_eq!((keys.holders(0), keys.kind(0)), ([0, 1].as_slice(), KeyKind::Domain));
        assert_eq!(
            (keys.text(39), keys.holders(39).len()),
            (b"d:company9.com".as_slice(), 2)
        );
        let refused = Keys::of(&list(&rows[..40]));
        assert!(matches!(refused, Err(PsiError::TooFew { records: 40 })), "{refused:?}");
        assert!(matches!(
            Keys::of(&List::default()),
            Err(PsiError::TooFew { records: 0 })
        ));
    }
}
