//! A company's name taken apart: words that say who it is, the legal form, what was added in brackets and behind dashes.
//! It must not know how common a word is.

use std::borrow::Cow;

use super::SPELT;
use super::tables::{COUNTRIES, FORMS, Kind, LEADING_FORMS, WORDS};
use crate::hash::{hash, mix, short};
use crate::limits::{CORE_BYTES_MAX, NAME_CHARACTERS_MAX, TOKENS_MAX};

/// Words of Chinese and Japanese names that stand for legal forms, places and trades.
const HAN: &[(&str, &str)] = &[
    ("股份有限公司", " coltd "),
    ("有限责任公司", " coltd "),
    ("有限公司", " coltd "),
    ("株式会社", " kk "),
    ("公司", " co "),
    ("集团", " group "),
    ("科技", " technology "),
    ("技术", " technology "),
    ("大学", " university "),
    ("银行", " bank "),
    ("中国", " china "),
    ("北京", " beijing "),
    ("上海", " shanghai "),
    ("深圳", " shenzhen "),
    ("研究所", " research institute "),
];

/// The letters of the longest legal form, and of the longest name of a country.
const FORM_LETTERS_MAX: usize = 34;
const PLACE_LETTERS_MAX: usize = 24;

/// One word of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Word {
    /// The upper half of the hash of the word that it stands for.
    pub(crate) hash: u32,
    /// Where it stands in the letters.
    pub(crate) start: u8,
    pub(crate) length: u8,
    pub(crate) kind: Kind,
}

/// What was said besides the name, as bits.
mod extra {
    pub(super) const SCOPE: u8 = 1;
    pub(super) const JUNK: u8 = 2;
    pub(super) const BRACKET: u8 = 4;
}

/// The room in which names are taken apart, one after the other.
#[derive(Debug, Default)]
pub(crate) struct Name {
    ascii: Vec<u8>,
    letters: Vec<u8>,
    raw: Vec<Raw>,
    pub(crate) words: Vec<Word>,
    pub(crate) form: u8,
    pub(crate) extra: u8,
    /// The country that the name or what was added to it names; 0 for none.
    pub(crate) place: u8,
    from: usize,
}

#[derive(Debug, Clone, Copy)]
struct Raw {
    start: usize,
    end: usize,
    stands_for: u64,
    kind: Kind,
    // In brackets; behind a dash with spaces or a number sign; right behind a dot.
    bracket: bool,
    apart: bool,
    dotted: bool,
}

impl Name {
    /// Takes a name apart.
    pub(crate) fn take(&mut self, name: &str) {
        self.form = 0;
        self.extra = 0;
        self.place = 0;
        self.spell(name);
        self.split();
        self.classify();
        let (first, last) = self.strip();
        self.keep(first, last);
    }

    /// The letters and digits of the words that were kept, one after the other.
    pub(crate) fn core(&self) -> &[u8] {
        let end = self
            .words
            .last()
            .map_or(0, |word| usize::from(word.start) + usize::from(word.length));
        &self.letters[self.from..self.from + end]
    }

    /// The hash of the words that were kept, each by the word that it stands for; without *and*, *of* and *the*.
    pub(crate) fn hash(&self) -> u64 {
        let said = self.words.iter().filter(|word| word.kind != Kind::Stop);
        said.fold(0, |all, word| mix(all, u64::from(word.hash)))
    }

    fn spell(&mut self, name: &str) {
        self.ascii.clear();
        if name.is_ascii() {
            self.ascii
                .extend_from_slice(&name.as_bytes()[..name.len().min(NAME_CHARACTERS_MAX)]);
        } else {
            for sign in translated(name).chars().take(NAME_CHARACTERS_MAX) {
                let latin = any_ascii::any_ascii_char(sign);
                // Pictures are given by their names between colons.
                if !latin.starts_with(':') || sign.is_ascii() {
                    self.ascii.extend_from_slice(latin.as_bytes());
                }
            }
        }
        self.ascii.make_ascii_lowercase();
    }

    fn split(&mut self) {
        self.letters.clear();
        self.raw.clear();
        let text = &self.ascii;
        let at = |place: usize| text.get(place).copied().unwrap_or(b' ');
        let (mut start, mut initials) = (0, false);
        let (mut bracket, mut apart, mut dotted) = (false, false, false);
        let mut next = 0;
        while next <= text.len() {
            let word = &text[next..];
            let letters = word.iter().take_while(|sign| SPELT[usize::from(**sign)] != 0).count();
            self.letters.extend_from_slice(&word[..letters]);
            let place = next + letters;
            next = place + 1;
            let sign = at(place);
            let length = self.letters.len() - start;
            let next_is_alone = at(place + 1).is_ascii_alphanumeric() && !at(place + 2).is_ascii_alphanumeric();
            let goes_on = match sign {
                b'\'' | b'`' => true,
                // S.p.A., A/S
                b'.' | b'/' => length > 0 && (length == 1 || initials) && next_is_alone,
                // AT&T
                b'&' | b'+' => {
                    let close =
                        place > 0 && at(place - 1).is_ascii_alphanumeric() && at(place + 1).is_ascii_alphanumeric();
                    close && (length <= 2 && next_is_alone || length == 1)
                }
                _ => false,
            };
            if goes_on {
                initials |= sign == b'.';
                continue;
            }
            let mut put = |letters: &Vec<u8>, start: usize| {
                self.raw.push(Raw {
                    start,
                    end: letters.len(),
                    stands_for: 0,
                    kind: Kind::Word,
                    bracket,
                    apart,
                    dotted,
                });
            };
            if length > 0 {
                put(&self.letters, start);
            }
            if matches!(sign, b'&' | b'+') {
                let from = self.letters.len();
                self.letters.extend_from_slice(b"and");
                put(&self.letters, from);
            }
            start = self.letters.len();
            dotted = sign == b'.' && length > 0;
            initials = false;
            match sign {
                b'(' | b'[' | b'{' => bracket = true,
                b')' | b']' | b'}' => bracket = false,
                b'-' | b'#' => apart |= at(place + 1) == b' ' && place > 0 && at(place - 1) == b' ' || sign == b'#',
                _ => {}
            }
        }
    }

    fn classify(&mut self) {
        for word in &mut self.raw {
            let letters = &self.letters[word.start..word.end];
            let key = hash(letters);
            word.stands_for = key;
            if letters.iter().all(u8::is_ascii_digit) {
                word.kind = Kind::Number;
            } else if let Some(number) = roman(letters) {
                word.stands_for = hash(number);
                word.kind = Kind::Number;
            } else if let Some(known) = WORDS.get(key) {
                word.stands_for = known.stands_for;
                word.kind = known.kind;
            }
        }
        if self.raw.iter().all(|word| word.bracket) {
            self.raw.iter_mut().for_each(|word| word.bracket = false);
        }
        for word in self.raw.iter().filter(|word| word.bracket) {
            self.extra |= match word.kind {
                Kind::Scope => extra::SCOPE,
                Kind::Junk => extra::JUNK,
                _ => extra::BRACKET,
            };
            if let Some(country) = COUNTRIES.get(&self.letters[word.start..word.end]) {
                self.place = country;
            }
        }
        self.raw.retain(|word| !word.bracket);
    }

    // What is left of the words when forms and additions are taken off both ends.
    fn strip(&mut self) -> (usize, usize) {
        let (mut first, mut last) = (0, self.raw.len());
        last -= self.trailing_share(last);
        while last > 1 {
            let word = self.raw[last - 1];
            let gone = self.trailing_form(last);
            if gone > 0 {
                last -= gone;
            } else if self.is_addition(word) {
                last -= 1;
            } else {
                break;
            }
        }
        self.trailing_place(last);
        if last > 1 && &self.letters[self.raw[0].start..self.raw[0].end] == b"the" {
            first = 1;
        }
        for words in (1..=4).rev().filter(|words| first + words < last) {
            let letters = self.letters_of(first, first + words);
            if LEADING_FORMS.get(letters).is_some() {
                self.form = FORMS.get(letters).filter(|_| self.form == 0).unwrap_or(self.form);
                first += words;
                break;
            }
        }
        (first, last)
    }

    fn letters_of(&self, first: usize, last: usize) -> &[u8] {
        &self.letters[self.raw[first].start..self.raw[last - 1].end]
    }

    // "H YC 1", "EO -,01": the kind of a share, with letters and numbers around it.
    fn trailing_share(&self, last: usize) -> usize {
        let is_lone = |word: &Raw| word.kind == Kind::Number || word.end - word.start == 1;
        let run = self.raw[1.min(last)..last]
            .iter()
            .rev()
            .take_while(|word| word.kind == Kind::Share || is_lone(word));
        let run = run.count();
        let says_so = self.raw[last - run..last].iter().any(|word| word.kind == Kind::Share);
        if says_so { run } else { 0 }
    }

    fn trailing_form(&mut self, last: usize) -> usize {
        if !FORMS.has_ending(&self.letters[..self.raw[last - 1].end]) {
            return 0;
        }
        for words in (1..=5.min(last - 1)).rev() {
            let letters = self.letters_of(last - words, last);
            if letters.len() > FORM_LETTERS_MAX {
                continue;
            }
            if let Some(form) = FORMS.get(letters) {
                self.form = if self.form == 0 { form } else { self.form };
                return words;
            }
        }
        0
    }

    fn is_addition(&mut self, word: Raw) -> bool {
        match word.kind {
            Kind::Scope => self.extra |= extra::SCOPE,
            Kind::Junk if word.apart => self.extra |= extra::JUNK,
            Kind::Number if word.apart => self.extra |= extra::JUNK,
            Kind::Web if word.dotted => {}
            Kind::Stop => {}
            Kind::Place if word.apart => {
                let country = COUNTRIES.get(&self.letters[word.start..word.end]);
                self.place = country.unwrap_or(self.place);
            }
            _ => return false,
        }
        true
    }

    // A country at the end, of up to five words.
    fn trailing_place(&mut self, last: usize) {
        if last < 2 || !COUNTRIES.has_ending(&self.letters[..self.raw[last - 1].end]) {
            return;
        }
        for words in (1..=5.min(last - 1)).rev() {
            let letters = self.letters_of(last - words, last);
            if letters.len() > PLACE_LETTERS_MAX {
                continue;
            }
            let country = COUNTRIES
                .get(letters)
                .filter(|_| letters.len() >= 4 || letters == b"uk" || letters == b"usa");
            if let Some(country) = country {
                self.place = country;
                self.raw[last - words..last]
                    .iter_mut()
                    .for_each(|word| word.kind = Kind::Place);
                return;
            }
        }
    }

    fn keep(&mut self, first: usize, last: usize) {
        self.words.clear();
        self.from = self.raw.get(first).map_or(0, |word| word.start);
        for raw in self.raw[first..last].iter().take(TOKENS_MAX) {
            let start = raw.start - self.from;
            let end = (raw.end - self.from).min(CORE_BYTES_MAX);
            let (Ok(start), Some(Ok(length))) = (u8::try_from(start), end.checked_sub(start).map(u8::try_from)) else {
                break;
            };
            if length == 0 {
                break;
            }
            self.words.push(Word {
                hash: short(raw.stands_for),
                start,
                length,
                kind: raw.kind,
            });
        }
    }
}

fn translated(name: &str) -> Cow<'_, str> {
    let mut name = Cow::Borrowed(name);
    if name
        .chars()
        .take(NAME_CHARACTERS_MAX)
        .any(|sign| ('\u{4E00}'..='\u{9FFF}').contains(&sign))
    {
        let end = name
            .char_indices()
            .nth(NAME_CHARACTERS_MAX)
            .map_or(name.len(), |(end, _)| end);
        let mut latin = name[..end].to_owned();
        for (han, word) in HAN {
            if latin.contains(han) {
                latin = latin.replace(han, word);
            }
        }
        name = Cow::Owned(latin);
    }
    name
}

// Roman numerals that are no words: a lone I, V or X is an initial.
fn roman(letters: &[u8]) -> Option<&'static [u8]> {
    Some(match letters {
        b"ii" => b"2",
        b"iii" => b"3",
        b"iv" => b"4",
        b"vi" => b"6",
        b"vii" => b"7",
        b"viii" => b"8",
        b"ix" => b"9",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn core(name: &str) -> String {
        let mut room = Name::default();
        room.take(name);
        String::from_utf8(room.core().to_vec()).unwrap()
    }

    #[test]
    fn legal_forms_however_written_are_no_part_of_the_name() {
        let names = [
            "Acme GmbH",
            "ACME G.m.b.H.",
            "Acme GmbH & Co. KG",
            "acme, Inc.",
            "Acme Sp. z o.o.",
            "Acme S.p.A.",
            "The Acme Company",
            "Acme Co., Ltd.",
            "Acme Pty. Ltd.",
            "Acme S.A. de C.V.",
            "Acme A/S",
            "Acme Limited Liability Company",
            "OOO Acme",
            "Acme (UK) Ltd",
            "Acme Inc - Germany",
            "Acme EMEA",
            "Acme (DO NOT USE)",
            "Acme - DUPLICATE",
            "Acme.com",
            "Acme AB (publ)",
            "Acme #1",
            "Acme & Co",
            "Acmé",
            "Open Joint Stock Company Acme",
        ];
        for name in names {
            assert_eq!(core(name), "acme", "{name}");
        }
    }

    #[test]
    fn a_name_that_is_a_form_alone_stays() {
        for (name, expected) in [
            ("Limited", "limited"),
            ("The Company", "thecompany"),
            ("(Acme)", "acme"),
            ("AG", "ag"),
        ] {
            assert!(!core(name).is_empty(), "{name} {expected}");
        }
    }

    #[test]
    fn ampersands_and_initials_join() {
        assert_eq!(core("AT&T"), "att");
        assert_eq!(core("A.O. Smith"), "aosmith");
        assert_eq!(core("Marks & Spencer"), core("Marks and Spencer"));
    }

    #[test]
    fn other_scripts_are_read_in_latin_letters() {
        assert_eq!(core("华为技术有限公司"), "huaweitechnology");
        assert_eq!(core("ООО Газпром"), "gazprom");
        assert_eq!(core("🎉 Acme 🎉"), "acme");
        assert_eq!(core("🎉"), "");
    }

    #[test]
    fn ways_of_writing_a_word_are_one_word() {
        let hash = |name: &str| {
            let mut room = Name::default();
            room.take(name);
            room.hash()
        };
        assert_eq!(hash("Acme Int'l Tech."), hash("ACME INTERNATIONAL TECHNOLOGIES"));
        assert_eq!(hash("Acme & Sons"), hash("Acme and Sons"));
        assert_ne!(hash("Acme Fund II"), hash("Acme Fund III"));
    }
}
