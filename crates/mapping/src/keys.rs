//! Step 2, keys: what two records that may be one company have in common, as 64-bit hashes in one space. It must not look
//! at two records.

use crate::hash::{hash, mix};
use crate::normalise::{Kind, Record, Records, Token, eighths};

/// How far keys reach in lists of a size: the longer the lists, the rarer a word must be to make a key by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scale {
    /// The records of both lists.
    pub(crate) records: u64,
    // From this weight on a word makes a key by itself.
    rare: u8,
}

/// The records with one word beyond which the word alone is no key.
pub(crate) const GROUP_MAX: u64 = 300;
const GROUP_MIN: u64 = 16;
/// The records of both lists at which a group shrinks to one.
const GROUPS_OF_RECORDS: u64 = 30_000_000;

impl Scale {
    /// For lists of these lengths.
    pub fn new(ours: usize, theirs: usize) -> Self {
        let records = (ours + theirs) as u64;
        let group = (GROUPS_OF_RECORDS / records.max(1)).clamp(GROUP_MIN, GROUP_MAX);
        Self {
            records,
            rare: u8::try_from(eighths(records + 2_000, group)).unwrap_or(u8::MAX),
        }
    }
}

/// What a key is of, as far as a pair's look at a glance tells them apart: eight kinds, in three bits of the key.
pub(crate) const KINDS: usize = 8;
const KIND_SHIFT: u32 = 17;

/// The kind of a key.
pub(crate) const fn kind(key: u64) -> u8 {
    (key >> KIND_SHIFT & 7) as u8
}

/// A key of a hash, told apart from other uses of the same hash.
const fn key(hash: u64, tag: u64) -> u64 {
    let kind = match tag {
        DOMAIN | IDENTIFIER => 0,
        JOINED => 1,
        WORD => 2,
        PAIR => 3,
        INITIALS => 5,
        MISSPELT => 6,
        PREFIX | SUFFIX => 7,
        _ => 4,
    };
    mix(hash, tag) & !(7 << KIND_SHIFT) | kind << KIND_SHIFT
}

// What keys are of; joined names and labels of domains share one, so that "acme.io" meets "Acme".
const DOMAIN: u64 = 1;
const JOINED: u64 = 2;
const WORD: u64 = 3;
const PAIR: u64 = 4;
const PLACE: u64 = 5;
const INITIALS: u64 = 7;
const MISSPELT: u64 = 8;
const PREFIX: u64 = 9;
const SUFFIX: u64 = 10;
const IDENTIFIER: u64 = 11;

/// The words of a name of which pairs are made.
const PAIRED: usize = 4;
/// The letters at either end that make a key with the country.
const END: usize = 6;

/// Writes the keys of a record, about ten; those of misspelt words are not found by one record.
pub(crate) fn keys(records: &Records, record: &Record, scale: Scale, keys: &mut Vec<u64>) {
    keys.clear();
    let (core, label) = (records.core(record), records.label(record));
    let domains = records.domains(record).chain(records.family(record));
    keys.extend(domains.map(|domain| key(domain, DOMAIN)));
    if record.identifier != 0 {
        keys.push(key(record.identifier, IDENTIFIER));
    }
    if label.len() > 2 {
        keys.push(key(hash(label), JOINED));
    }
    if core.is_empty() {
        return;
    }
    if core != label || label.len() <= 2 {
        keys.push(key(hash(core), JOINED));
    }
    let country = u64::from(record.country);
    // Countries are below 256.
    let city = u64::from(record.city) << 8;
    let tokens = records.tokens(record);
    words(tokens, record, (country, city), scale, keys);
    initials(core, tokens, keys);
    if core.len() >= END {
        keys.push(key(mix(hash(&core[..END]), country), PREFIX));
        keys.push(key(mix(hash(&core[core.len() - END..]), country), SUFFIX));
    }
}

fn words(tokens: &[Token], record: &Record, (country, city): (u64, u64), scale: Scale, keys: &mut Vec<u64>) {
    let mut common = [(0_u8, 0_u64); PAIRED];
    let mut many = 0;
    for token in tokens.iter().filter(|token| token.kind != Kind::Stop) {
        let word = u64::from(token.hash);
        if token.weight >= scale.rare {
            keys.push(key(word, WORD));
            continue;
        }
        // The rarest of those that are too common to stand alone.
        let mut entry = (token.weight, word);
        for slot in &mut common {
            if entry.0 > slot.0 {
                std::mem::swap(slot, &mut entry);
            }
        }
        many += 1;
    }
    let common = &common[..PAIRED.min(many)];
    for (at, (_, one)) in common.iter().enumerate() {
        for (_, other) in &common[at + 1..] {
            keys.push(key(mix((*one).min(*other), (*one).max(*other)), PAIR));
        }
    }
    if let Some((_, word)) = common.first() {
        if record.country != 0 {
            keys.push(key(mix(*word, country), PLACE));
        }
        if record.city != 0 {
            keys.push(key(mix(*word, city), PLACE));
        }
    }
}

// "ICT" meets the Institute of Computing Technology.
fn initials(core: &[u8], tokens: &[Token], keys: &mut Vec<u64>) {
    if tokens.len() == 1 && (2..=6).contains(&core.len()) {
        keys.push(key(hash(core), INITIALS));
    }
    let said = tokens.iter().filter(|token| token.kind != Kind::Stop);
    let mut letters = [0; crate::limits::TOKENS_MAX];
    let mut count = 0;
    for (slot, token) in letters.iter_mut().zip(said) {
        *slot = core[usize::from(token.start)];
        count += 1;
    }
    if (3..=6).contains(&count) {
        keys.push(key(hash(&letters[..count]), INITIALS));
    }
}

/// The key of two words, one of which may have been meant for the other.
pub(crate) fn misspelt(one: u64, other: u64) -> u64 {
    key(mix(one.min(other), one.max(other)), MISSPELT)
}
