//! Spellings: the words that one list alone has, one typing error away from a word of the other. Errors are settled among
//! words, of which there are fewer than records: a word that both lists have meets its equal without help. It must not
//! look at anything else of a record.

use std::ops::RangeInclusive;

use rayon::prelude::*;

use crate::hash::mix;
use crate::keys::{GROUP_MAX, misspelt};
use crate::normalise::{FETCHED, Records, Token};
use crate::parts::{Made, PLACE, Seen, THEIRS, blocks, gathered, is_same, word};

/// The letters of a word in which errors are looked for: with one letter less, a shorter word is many words.
const LETTERS: RangeInclusive<usize> = 5..=LETTERS_MAX;
const LETTERS_MAX: usize = 16;
/// The words with one shortened form, and the words that one word is to meet, at most: in a crowd nobody can tell which was
/// meant, and long lists are full of short words that differ by a letter.
const ALIKE: usize = 3;
const NEIGHBOURS: usize = 4;

/// The keys of the words that are to meet though they differ: in the parts of their hashes, each with the record that has
/// the word.
#[derive(Debug, Clone)]
pub struct Spellings {
    pub(crate) parts: Vec<Vec<u64>>,
}

/// The word of a name in which errors are looked for: the rarest, of equals the first.
fn rarest(tokens: &[Token]) -> Option<&Token> {
    let token = tokens.iter().rev().max_by_key(|token| token.weight);
    token.filter(|token| LETTERS.contains(&usize::from(token.length)))
}

/// The keys of misspelt words, among the rarest words of the records of two lists.
pub fn spellings(ours: &Records, theirs: &Records) -> Spellings {
    let records = ours.len() + theirs.len();
    let mut words = gathered(blocks(ours, theirs), records, |block, (): &mut (), made| {
        let of = block.records;
        for (place, record) in block.each() {
            if let Some(token) = rarest(of.tokens(record)) {
                let hash = u64::from(token.hash) << 32;
                made.put(hash, word(hash, place));
            }
        }
    });
    words.par_iter_mut().for_each(|words| words.sort_unstable());
    let shortened = gathered(words.iter().collect(), records, |words, room, made| {
        shorten_all(ours, theirs, words, room, made);
    });
    let pairs = shortened
        .into_par_iter()
        .map_init(Seen::default, |seen, words| meet(words, seen));
    let pairs = kept(pairs.collect::<Vec<_>>().concat());
    let parts = words.iter().zip(0..).collect();
    Spellings {
        parts: gathered(parts, pairs.len(), |(words, part), (): &mut (), made| {
            put_keys(words, part, &pairs, made);
        }),
    }
}

// Who has a word.
const OURS_ALONE: u64 = 0;
const THEIRS_ALONE: u64 = 1;
const BOTH: u64 = 2;

/// Each word of a part once, shortened: the word and who has it, under the hash of what is left of it.
fn shorten_all(ours: &Records, theirs: &Records, words: &[u64], room: &mut Vec<(u64, u64)>, made: &mut Made) {
    let groups = words.chunk_by(is_same);
    // Of a word that so many have the records do not meet anyway.
    let groups = groups.filter(|group| group.len() as u64 <= GROUP_MAX);
    room.clear();
    room.extend(groups.map(|group| {
        let (first, last) = (group[0], group[group.len() - 1]);
        let whose = match (first & THEIRS == 0, last & THEIRS == 0) {
            (true, true) => OURS_ALONE,
            (true, false) => BOTH,
            _ => THEIRS_ALONE,
        };
        (first & (THEIRS | PLACE), whose)
    }));
    for words in room.chunks(FETCHED) {
        for (list, side) in [(ours, 0), (theirs, THEIRS)] {
            let places = words.iter().filter(|(place, _)| place & THEIRS == side);
            list.fetch(places.map(|(place, _)| lower(place & PLACE)));
        }
        for (place, whose) in words {
            let list = if place & THEIRS == 0 { ours } else { theirs };
            let record = &list.all[lower(place & PLACE) as usize];
            let Some(token) = rarest(list.tokens(record)) else {
                continue;
            };
            let start = usize::from(token.start);
            let letters = &list.core(record)[start..start + usize::from(token.length)];
            each_shortened(letters, |hash| {
                made.put(hash, (hash << 8) >> 34 << 34 | whose << 32 | u64::from(token.hash));
            });
        }
    }
}

/// The hashes of a word and of the word with each letter left out: one typing error away, two words have one in common.
fn each_shortened(letters: &[u8], mut take: impl FnMut(u64)) {
    let mut all = [0; LETTERS_MAX];
    all[..letters.len()].copy_from_slice(letters);
    let all = u128::from_le_bytes(all);
    let lower = |letters: u128| u64::try_from(letters & u128::from(u64::MAX)).unwrap_or(0);
    let hash = |letters: u128| mix(lower(letters), lower(letters >> 64));
    take(hash(all));
    for (at, letter) in letters.iter().enumerate() {
        // Leaving out either of two equal letters gives the same.
        if at > 0 && *letter == letters[at - 1] {
            continue;
        }
        let before = (1 << (8 * at)) - 1;
        take(hash(all & before | all >> 8 & !before));
    }
}

/// The pairs of words with a hash in common: above one that a list alone has, below one that the other has.
fn meet(mut words: Vec<u64>, seen: &mut Seen<3>) -> Vec<u64> {
    let whose = |word: u64| word >> 32 & 3;
    seen.keep_shared(&mut words, |word| usize::from(u8::try_from(whose(word)).unwrap_or(0)));
    words.sort_unstable();
    let mut pairs = Vec::new();
    let groups = words.chunk_by(|one, other| one >> 34 == other >> 34);
    for group in groups.filter(|group| group.len() <= ALIKE) {
        let (ours, others) = group.split_at(group.partition_point(|word| whose(*word) == OURS_ALONE));
        let (theirs, both) = others.split_at(others.partition_point(|word| whose(*word) == THEIRS_ALONE));
        let mut put = |one: &u64, other: &u64| pairs.push(one << 32 | u64::from(lower(*other)));
        for one in ours {
            others.iter().for_each(|other| put(one, other));
        }
        for one in theirs {
            both.iter().for_each(|other| put(one, other));
        }
    }
    pairs
}

/// For each record with a word of a pair the key of the pair, from the words of a part and all pairs, both in order.
fn put_keys(words: &[u64], part: u64, mut pairs: &[u64], made: &mut Made) {
    pairs = &pairs[pairs.partition_point(|pair| pair >> 56 < part)..];
    for group in words.chunk_by(is_same) {
        // Its hash: the part and the upper bits of the rest.
        let own = part << 24 | group[0] >> 40;
        let passed = pairs.iter().take_while(|pair| **pair >> 32 < own).count();
        pairs = &pairs[passed..];
        for pair in pairs.iter().take_while(|pair| **pair >> 32 == own) {
            let key = misspelt(own, u64::from(lower(*pair)));
            let places = group.iter().map(|word| word & (THEIRS | PLACE));
            places.for_each(|place| made.put(key, word(key, place)));
        }
    }
}

/// The pairs that are left when no word has too many, in order, both ways.
fn kept(pairs: Vec<u64>) -> Vec<u64> {
    let mut pairs = bounded(bounded(pairs));
    pairs.extend_from_within(..);
    let half = pairs.len() / 2;
    pairs[half..].iter_mut().for_each(|pair| *pair = pair.rotate_left(32));
    pairs.sort_unstable();
    pairs
}

/// The pairs of the words above that do not have too many, turned round.
fn bounded(mut pairs: Vec<u64>) -> Vec<u64> {
    pairs.sort_unstable();
    pairs.dedup();
    let words = pairs.chunk_by(|one, other| one >> 32 == other >> 32);
    let few = words.filter(|word| word.len() <= NEIGHBOURS).flatten();
    few.map(|pair| pair.rotate_left(32)).collect()
}

fn lower(word: u64) -> u32 {
    u32::try_from(word & u64::from(u32::MAX)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::column::{Column, List};
    use crate::normalise::normalise;
    use crate::rarity::weigh;

    fn records(names: &[&str]) -> Records {
        let column = || names.iter().copied().collect::<Column>();
        let list = List {
            id: column(),
            name: column(),
            ..List::default()
        };
        normalise(&list).unwrap()
    }

    /// How many words the rarest word of each name of ours is to meet.
    fn met(ours: &[&str], theirs: &[&str]) -> Vec<usize> {
        let (mut a, mut b) = (records(ours), records(theirs));
        weigh(&mut a, &mut b);
        let keys = spellings(&a, &b).parts.concat();
        let of = |row: u64| keys.iter().filter(|key| **key & (THEIRS | PLACE) == row).count();
        (0..ours.len() as u64).map(of).collect()
    }

    #[test]
    fn a_letter_too_many_too_few_another_or_two_changed_round() {
        for typed in ["zenithh", "zenth", "zenath", "zneith", "enith", "zenit"] {
            assert_eq!(met(&[typed], &["Zenith"]), [1], "{typed}");
            assert_eq!(met(&["Zenith"], &[typed]), [1], "{typed}");
        }
        assert_eq!(met(&["zanath"], &["Zenith"]), [0]);
        assert_eq!(met(&["zeth"], &["Zeith"]), [0]);
    }

    #[test]
    fn what_both_lists_have_is_no_error() {
        assert_eq!(met(&["Zenith", "Zenath"], &["Zenith", "Zenath"]), [0, 0]);
        assert_eq!(met(&["Zenith", "Zenath"], &["Zenith"]), [1, 1]);
        assert_eq!(met(&["Zenith", "Zenath"], &["Velplex"]), [0, 0]);
    }

    #[test]
    fn no_word_meets_too_many() {
        // Each is alike in another way.
        let theirs = ["znith", "zeith", "zenth", "zenih", "zenit"];
        assert_eq!(met(&["zenith"], &theirs), [0]);
        assert_eq!(met(&["zenith"], &theirs[1..]), [4]);
        // All are alike without the same letter.
        assert_eq!(met(&["zen7th"], &["zenath", "zeneth"]), [2]);
        assert_eq!(met(&["zen7th"], &["zenath", "zeneth", "zenoth"]), [0]);
    }
}
