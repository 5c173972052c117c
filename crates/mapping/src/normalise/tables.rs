//! What is known of words beforehand: legal forms, abbreviations, places, countries, sites that are no company's. Data in
//! `data/`, looked up by hash. It must not look at a record.

use std::sync::LazyLock;

use crate::hash::{hash, short};

/// A table from hashes, by open addressing: built once, read by all threads.
#[derive(Debug)]
pub(crate) struct Table<T> {
    slots: Vec<Option<(u64, T)>>,
    // A bit for each slot that is taken: most keys are in no table, and few slots need be looked at to see it.
    taken: Vec<u64>,
    shift: u32,
}

/// A table from words, which tells most words that are not in it by their ends and length, before they are hashed.
#[derive(Debug)]
pub(crate) struct WordTable<T> {
    table: Table<T>,
    glances: Vec<u64>,
    // A bit for the last two letters of each.
    endings: [u64; 16],
}

impl<T: Copy> WordTable<T> {
    /// Of entries with the same word the first counts.
    fn new<'w>(entries: impl Iterator<Item = (&'w [u8], T)>) -> Self {
        let mut glances = vec![0; 1 << (GLANCE_BITS - 6)];
        let mut endings = [0; 16];
        let mut see = |word: &[u8]| {
            let glance = glance(word);
            glances[glance / 64] |= 1 << (glance % 64);
            // A letter alone may stand behind any other.
            let before = if word.len() > 1 { 0..1 } else { 0..32 };
            for letter in before {
                let ending = ending(word) ^ letter << 5;
                endings[ending / 64] |= 1 << (ending % 64);
            }
            hash(word)
        };
        let entries: Vec<_> = entries.map(|(word, value)| (see(word), value)).collect();
        Self {
            table: Table::new(&entries),
            glances,
            endings,
        }
    }

    /// Whether a word of the table may end as these letters do.
    pub(crate) fn has_ending(&self, letters: &[u8]) -> bool {
        let ending = ending(letters);
        self.endings[ending / 64] >> (ending % 64) & 1 == 1
    }

    pub(crate) fn get(&self, word: &[u8]) -> Option<T> {
        let glance = glance(word);
        if self.glances[glance / 64] >> (glance % 64) & 1 == 0 {
            return None;
        }
        self.table.get(hash(word))
    }
}

const GLANCE_BITS: u32 = 16;

/// Five bits of the last letter but one, five of the last.
fn ending(letters: &[u8]) -> usize {
    let letter = |letter: u8| usize::from(letter & 31);
    match letters {
        [.., one, last] => letter(*one) << 5 | letter(*last),
        [last] => letter(*last),
        [] => 0,
    }
}

/// A word at a glance: five bits of its first letter, five of its last, six of its length.
fn glance(word: &[u8]) -> usize {
    let letter = |at: Option<&u8>| at.map_or(0, |letter| usize::from(letter & 31));
    let first = letter(word.first());
    let last = letter(word.last());
    first << 11 | last << 6 | word.len() & 63
}

impl<T: Copy> Table<T> {
    /// Of entries with the same key the first counts.
    fn new(entries: &[(u64, T)]) -> Self {
        let bits = (entries.len() * 4).next_power_of_two().trailing_zeros().max(4);
        let mut table = Self {
            slots: vec![None; 1 << bits],
            taken: vec![0; (1_usize << bits).div_ceil(64)],
            shift: 64 - bits,
        };
        for (key, value) in entries {
            let place = table.place(*key);
            table.slots[place].get_or_insert((*key, *value));
            table.taken[place / 64] |= 1 << (place % 64);
        }
        table
    }

    pub(crate) fn get(&self, key: u64) -> Option<T> {
        let first = self.first(key);
        if self.taken[first / 64] & 1 << (first % 64) == 0 {
            return None;
        }
        self.slots[self.place(key)].map(|(_, value)| value)
    }

    fn first(&self, key: u64) -> usize {
        usize::try_from(key >> self.shift).unwrap_or(0)
    }

    // Where the key is, or would be: the table is never full.
    fn place(&self, key: u64) -> usize {
        let mut place = self.first(key);
        while self.slots[place].is_some_and(|(other, _)| other != key) {
            place = (place + 1) % self.slots.len();
        }
        place
    }
}

/// What a word of a name says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// Who it is.
    Word,
    /// And, of, the.
    Stop,
    /// A number.
    Number,
    /// A country or region.
    Place,
    /// A part of a company: cloud, logistics.
    Unit,
    /// Where or how far: global, headquarters.
    Scope,
    /// What a CRM adds: duplicate, inactive.
    Junk,
    /// The end of a domain: com, net.
    Web,
    /// A kind of share, the currency of its nominal.
    Share,
}

/// A word with what it says and the word that it stands for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Word {
    /// The hash of the word that stands for all its ways of writing.
    pub(crate) stands_for: u64,
    pub(crate) kind: Kind,
}

fn lines(data: &'static str) -> impl Iterator<Item = &'static str> {
    data.lines().filter(|line| !line.starts_with('#') && !line.is_empty())
}

/// Words by the hash of their letters.
pub(crate) static WORDS: LazyLock<Table<Word>> = LazyLock::new(|| {
    let mut entries: Vec<(u64, Word)> = Vec::new();
    let mut put = |word: &str, stands_for: &str, kind: Kind| {
        let key = hash(word.as_bytes());
        match entries.iter_mut().find(|(known, _)| *known == key) {
            // A word that is both says what the more special list says.
            Some((_, known)) => known.kind = if kind == Kind::Word { known.kind } else { kind },
            None => entries.push((
                key,
                Word {
                    stands_for: hash(stands_for.as_bytes()),
                    kind,
                },
            )),
        }
    };
    for line in lines(include_str!("../../data/words.txt")) {
        let mut words = line.split(' ');
        let kind = match words.next() {
            Some("unit") => Kind::Unit,
            Some("scope") => Kind::Scope,
            Some("junk") => Kind::Junk,
            Some("place") => Kind::Place,
            Some("web") => Kind::Web,
            Some("share") => Kind::Share,
            Some("stop") => Kind::Stop,
            _ => Kind::Word,
        };
        let words: Vec<&str> = words.collect();
        for word in &words {
            put(word, if kind == Kind::Stop { word } else { words[0] }, kind);
        }
    }
    for line in lines(include_str!("../../data/countries.txt")) {
        let names = line.split_once(": ").map_or("", |(_, names)| names);
        for name in names.split(' ').filter(|name| is_place_in_a_name(name)) {
            put(name, name, Kind::Place);
        }
    }
    Table::new(&entries)
});

// Codes of three letters are words more often than countries.
fn is_place_in_a_name(name: &str) -> bool {
    name.len() >= 4 || ["uk", "usa", "uae"].contains(&name)
}

/// Legal forms by their letters; 0 is none.
pub(crate) static FORMS: LazyLock<WordTable<u8>> = LazyLock::new(|| forms(include_str!("../../data/legal_forms.txt")));

fn forms(data: &'static str) -> WordTable<u8> {
    let classes = (1..).zip(lines(data));
    WordTable::new(classes.flat_map(|(class, line)| {
        let names = line.split_once(": ").map_or("", |(_, names)| names);
        names.split(' ').map(move |name| (name.as_bytes(), class))
    }))
}

/// Legal forms that stand before a name.
pub(crate) static LEADING_FORMS: LazyLock<WordTable<()>> = LazyLock::new(|| {
    let words = lines(include_str!("../../data/leading_forms.txt")).flat_map(|line| line.split(' '));
    WordTable::new(words.map(|word| (word.as_bytes(), ())))
});

/// Countries by their letters: the place in the list, from 1.
pub(crate) static COUNTRIES: LazyLock<WordTable<u8>> = LazyLock::new(|| {
    let countries = || lines(include_str!("../../data/countries.txt")).zip(1..);
    let codes: Vec<(String, u8)> = countries()
        .map(|(line, number)| (line[..2].to_lowercase(), number))
        .collect();
    let names = countries().flat_map(|(line, number)| {
        let names = line.split_once(": ").map_or("", |(_, names)| names);
        let names = names.split(' ').filter(|name| !name.is_empty());
        names.map(move |name| (name.as_bytes(), number))
    });
    // A code of two letters is above a word of another country that is written alike.
    let codes = codes.iter().map(|(code, number)| (code.as_bytes(), *number));
    WordTable::new(codes.chain(names))
});

/// The ISO code at a place in the list of countries, from 1.
pub(crate) fn country_code(place: u8) -> Option<&'static str> {
    static CODES: LazyLock<Vec<&str>> = LazyLock::new(|| {
        lines(include_str!("../../data/countries.txt"))
            .map(|line| &line[..2])
            .collect()
    });
    CODES.get(usize::from(place).checked_sub(1)?).copied()
}

/// Domains that are no company's own: free mail, social networks, code hosts, shops.
pub(crate) static NOT_COMPANIES: LazyLock<Table<()>> = LazyLock::new(|| {
    let mail = include_str!("../../data/free_mail.txt").lines();
    let sites = lines(include_str!("../../data/not_companies.txt")).flat_map(|line| line.split(' '));
    Table::new(
        &mail
            .chain(sites)
            .map(|domain| (hash(domain.as_bytes()), ()))
            .collect::<Vec<_>>(),
    )
});

/// Groups that are known to own several domains: the group's own, by any of them.
pub(crate) static FAMILIES: LazyLock<Table<u64>> = LazyLock::new(|| {
    let groups = lines(include_str!("../../data/families.txt")).filter_map(|line| line.split_once(": "));
    let entries = groups.flat_map(|(group, domains)| {
        let domains = std::iter::once(group).chain(domains.split(' '));
        domains.map(move |domain| (hash(domain.as_bytes()), hash(group.as_bytes())))
    });
    Table::new(&entries.collect::<Vec<_>>())
});

/// How common words are among companies anywhere: of a million names, by the upper half of the word's hash. It stands in
/// where lists are too short to tell.
pub(crate) static COMMON: LazyLock<Table<u32>> = LazyLock::new(|| {
    let words = lines(include_str!("../../data/common.txt")).filter_map(|line| line.split_once(' '));
    let entries = words.filter_map(|(word, count)| {
        let key = WORDS
            .get(hash(word.as_bytes()))
            .map_or_else(|| hash(word.as_bytes()), |word| word.stands_for);
        Some((u64::from(short(key)) << 32, count.parse().ok()?))
    });
    Table::new(&entries.collect::<Vec<_>>())
});
