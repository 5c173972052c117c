//! Step 1, normalise: a list as columns of text in, records that can be compared out. It must not look at another list.

pub(crate) mod domain;
mod family;
pub(crate) mod name;
pub(crate) mod tables;

use rayon::prelude::*;

use self::domain::sites;
use self::family::Families;
use self::name::Name;
use self::tables::COUNTRIES;
pub use self::tables::Kind;
use crate::MappingError;
use crate::column::List;
use crate::hash::{hash, mix, short};
use crate::limits::{CELL_BYTES_MAX, RECORDS_MAX, TOKENS_MAX};
use crate::similarity::Pattern;

/// The rows that one thread takes at a time, and whose letters and words are kept together.
const ROWS: usize = 2 << 10;

/// The records that are fetched together: a core's nearest memory holds them with their letters.
pub(crate) const FETCHED: usize = 64;

/// One word of a record's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token {
    /// Of the word that it stands for.
    pub(crate) hash: u32,
    /// Where it stands in the core.
    pub(crate) start: u8,
    pub(crate) length: u8,
    /// How rare it is, in eighths of a bit.
    pub(crate) weight: u8,
    pub(crate) kind: Kind,
}

/// A record made comparable: 48 bytes, so that a pair costs few cache lines. Zero is "not known" in every field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Record {
    /// The hash of the registrable domain.
    pub(crate) domain: u64,
    /// The hash of the words of the name.
    pub(crate) name: u64,
    /// The hash of a registration number.
    pub(crate) identifier: u64,
    // Where its letters begin in their part; where its words do, below the number of the part.
    text_at: u32,
    tokens_at: u32,
    /// The hash of the city's letters.
    pub(crate) city: u32,
    core_length: u8,
    label_length: u8,
    tokens_length: u8,
    /// The class of the legal form.
    pub(crate) form: u8,
    /// A place in the list of countries.
    pub(crate) country: u8,
    /// The country that the name names.
    pub(crate) place: u8,
    /// The logarithm of the number of employees in eighths of a bit, plus 1.
    pub(crate) size: u8,
    // What stood beside the name, as bits; the two highest say that there are further domains, and those of its family.
    extra: u8,
    /// How far the domain's label and the name agree, of 255; 0 without a label.
    pub(crate) own: u8,
    /// How rare the name is, the domain and the city, in eighths of a bit.
    pub(crate) name_weight: u8,
    pub(crate) domain_weight: u8,
    pub(crate) city_weight: u8,
}

/// The records of a list, in its order.
#[derive(Debug, Clone, Default)]
pub struct Records {
    pub(crate) all: Vec<Record>,
    pub(crate) parts: Vec<Part>,
}

/// The letters and words of some records that follow each other. They stay where the thread put that made them: to bring
/// all of a list together would take as much memory again.
#[derive(Debug, Clone, Default)]
pub(crate) struct Part {
    text: Box<[u8]>,
    pub(crate) tokens: Box<[Token]>,
    /// In the order of the records that they are of.
    pub(crate) further: Box<[Further]>,
    /// In the same order.
    families: Box<[OfFamily]>,
}

/// A domain that a record has besides its first: most have none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Further {
    // Where the letters of its record begin: those of its first domain are among them, so no other's begin there.
    of: u32,
    /// The hash of the registrable domain.
    pub(crate) domain: u64,
    /// How rare it is, in eighths of a bit.
    pub(crate) weight: u8,
}

/// A domain of a record's family that is not its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct OfFamily {
    // As of what is further: a record without letters has no family.
    of: u32,
    domain: u64,
}

/// What a part holds of one record, by where its letters begin.
fn of_record<T>(all: &[T], text_at: u32, of: impl Fn(&T) -> u32) -> &[T] {
    let from = all.partition_point(|one| of(one) < text_at);
    let length = all[from..].iter().take_while(|one| of(one) == text_at).count();
    &all[from..from + length]
}

/// The bits of a place among the words of a part.
const TOKEN_BITS: u32 = 16;
const _: () = assert!(ROWS * TOKENS_MAX < 1 << TOKEN_BITS && RECORDS_MAX / ROWS < 1 << (u32::BITS - TOKEN_BITS));

// Of `Record::extra`.
const HAS_FURTHER: u8 = 1 << 7;
const HAS_FAMILY: u8 = 1 << 6;

impl Record {
    /// What stood beside the name: a bracket, a scope, what a CRM adds, as bits.
    pub(crate) fn extra(&self) -> u8 {
        self.extra & !(HAS_FURTHER | HAS_FAMILY)
    }

    /// Whether it has more domains than its first.
    pub(crate) fn has_further(&self) -> bool {
        self.extra & HAS_FURTHER != 0
    }

    /// Whether it is known to be of a family.
    pub(crate) fn has_family(&self) -> bool {
        self.extra & HAS_FAMILY != 0
    }

    /// The letters of the domain's label; 0 where there is none.
    pub(crate) fn label_length(&self) -> u8 {
        self.label_length
    }

    /// How many letters the name has.
    pub(crate) fn core_length(&self) -> u8 {
        self.core_length
    }

    /// How many words the name has.
    pub(crate) fn tokens_length(&self) -> u8 {
        self.tokens_length
    }
}

impl Records {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Looks at records, so that they are near when more is asked of them.
    pub(crate) fn near(&self, places: impl Iterator<Item = u32>) {
        let seen = |place: u32| {
            let record = &self.all[place as usize];
            // Both ends: a record may lie on two lines of memory.
            record.domain ^ u64::from(record.city_weight)
        };
        std::hint::black_box(places.fold(0, |all, place| all ^ seen(place)));
    }

    /// Looks at records, their letters and their words, so that they are near when they are compared.
    pub(crate) fn fetch(&self, places: impl Iterator<Item = u32>) {
        let seen = |place: u32| {
            let record = &self.all[place as usize];
            let letter = self.core(record).first().map_or(0, |letter| u32::from(*letter));
            letter ^ self.tokens(record).first().map_or(0, |token| token.hash)
        };
        std::hint::black_box(places.fold(0, |all, place| all ^ seen(place)));
    }

    /// The letters of the name.
    pub(crate) fn core(&self, record: &Record) -> &[u8] {
        let from = record.text_at as usize;
        &self.part(record).text[from..from + usize::from(record.core_length)]
    }

    /// The letters of the domain's label.
    pub(crate) fn label(&self, record: &Record) -> &[u8] {
        let from = record.text_at as usize + usize::from(record.core_length);
        &self.part(record).text[from..from + usize::from(record.label_length)]
    }

    /// The words of the name.
    pub(crate) fn tokens(&self, record: &Record) -> &[Token] {
        let from = (record.tokens_at & ((1 << TOKEN_BITS) - 1)) as usize;
        &self.part(record).tokens[from..from + usize::from(record.tokens_length)]
    }

    /// The domains of a record besides its first.
    pub(crate) fn further(&self, record: &Record) -> &[Further] {
        if !record.has_further() {
            return &[];
        }
        of_record(&self.part(record).further, record.text_at, |one| one.of)
    }

    /// The domains of a record's family that are not its own.
    pub(crate) fn family(&self, record: &Record) -> impl Iterator<Item = u64> + Clone {
        let families: &[OfFamily] = if record.has_family() {
            of_record(&self.part(record).families, record.text_at, |one| one.of)
        } else {
            &[]
        };
        families.iter().map(|one| one.domain)
    }

    /// Every domain that a record has: its first and the others.
    pub(crate) fn domains(&self, record: &Record) -> impl Iterator<Item = u64> {
        let first = Some(record.domain).filter(|domain| *domain != 0);
        first
            .into_iter()
            .chain(self.further(record).iter().map(|one| one.domain))
    }

    fn part(&self, record: &Record) -> &Part {
        &self.parts[(record.tokens_at >> TOKEN_BITS) as usize]
    }
}

/// Makes the records of a list comparable.
///
/// # Errors
/// [`MappingError::TooMany`] beyond [`RECORDS_MAX`]; [`MappingError::Uneven`] where a column is not as long as the ids.
pub fn normalise(list: &List) -> Result<Records, MappingError> {
    if list.len() > RECORDS_MAX {
        return Err(MappingError::TooMany { records: list.len() });
    }
    if let Some(column) = list.misfit() {
        return Err(MappingError::Uneven { column });
    }
    let families = Families::of(list);
    let mut all = vec![Record::default(); list.len()];
    let parts = all.par_chunks_mut(ROWS).enumerate();
    let parts = parts.map_init(Room::default, |room, (number, records)| {
        part(list, &families, number, records, room)
    });
    let parts = parts.collect();
    Ok(Records { all, parts })
}

/// What one part after the other is made in.
#[derive(Default)]
struct Room {
    name: Name,
    letters: Vec<u8>,
    text: Vec<u8>,
    tokens: Vec<Token>,
    domains: Vec<u64>,
    further: Vec<Further>,
    family: Vec<u64>,
    families: Vec<OfFamily>,
}

/// Makes the records of a part, and says their letters and words.
fn part(list: &List, known: &Families, number: usize, records: &mut [Record], room: &mut Room) -> Part {
    let Room {
        name,
        letters,
        text,
        tokens,
        domains,
        further,
        family,
        families,
    } = room;
    text.clear();
    tokens.clear();
    further.clear();
    families.clear();
    let bounded = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    for (record, row) in records.iter_mut().zip(number * ROWS..) {
        name.take(list.name.get(row));
        let site = sites(list.website.get(row), domains);
        let (core, label) = (name.core(), site.label.as_bytes());
        known.domains(row, &site, domains, family);
        if core.is_empty() && label.is_empty() {
            family.clear();
        }
        let has = |what: &[u64], bit: u8| if what.is_empty() { 0 } else { bit };
        let length = |bytes: usize| u8::try_from(bytes).unwrap_or(u8::MAX);
        *record = Record {
            domain: site.domain,
            name: name.hash(),
            identifier: identifier(list.identifier.get(row), letters),
            text_at: bounded(text.len()),
            tokens_at: bounded(number << TOKEN_BITS | tokens.len()),
            city: short(place(list.city.get(row), letters)),
            core_length: length(core.len()),
            label_length: length(label.len()),
            tokens_length: length(name.words.len()),
            form: name.form,
            country: country(list.country.get(row), letters).unwrap_or(0),
            place: name.place,
            size: size(list.employees.get(row)),
            extra: name.extra | has(domains, HAS_FURTHER) | has(family, HAS_FAMILY),
            own: match label {
                [] => 0,
                _ if label == core => u8::MAX,
                _ => Pattern::new(core).within(label),
            },
            ..Record::default()
        };
        text.extend_from_slice(core);
        text.extend_from_slice(label);
        tokens.extend(name.words.iter().map(|word| Token {
            hash: word.hash,
            start: word.start,
            length: word.length,
            weight: 0,
            kind: word.kind,
        }));
        further.extend(domains.iter().map(|domain| Further {
            of: record.text_at,
            domain: *domain,
            weight: 0,
        }));
        families.extend(family.iter().map(|domain| OfFamily {
            of: record.text_at,
            domain: *domain,
        }));
    }
    Part {
        text: text.as_slice().into(),
        tokens: tokens.as_slice().into(),
        further: further.as_slice().into(),
        families: families.as_slice().into(),
    }
}

/// Letters in lower case and digits; 0 for all other signs.
const SPELT: [u8; 256] = {
    let mut spelt = [0_u8; 256];
    let mut sign = 0_u8;
    while sign < 128 {
        if sign.is_ascii_alphanumeric() {
            spelt[sign as usize] = sign.to_ascii_lowercase();
        }
        sign += 1;
    }
    spelt
};

/// The letters and digits of a cell, in lower case.
pub(crate) fn spell(cell: &str, letters: &mut Vec<u8>) {
    letters.clear();
    if cell.is_ascii() {
        // Without a branch on each sign.
        let cell = &cell.as_bytes()[..cell.len().min(CELL_BYTES_MAX)];
        letters.resize(cell.len(), 0);
        let mut length = 0;
        for sign in cell {
            letters[length] = SPELT[usize::from(*sign)];
            length += usize::from(letters[length] != 0);
        }
        letters.truncate(length);
    } else {
        for sign in cell.chars().take(CELL_BYTES_MAX) {
            let latin = any_ascii::any_ascii_char(sign).bytes();
            letters.extend(latin.map(|sign| SPELT[usize::from(sign)]).filter(|sign| *sign != 0));
        }
    }
}

/// The hash of the letters and digits of a cell, 0 where it has none.
fn place(cell: &str, letters: &mut Vec<u8>) -> u64 {
    spell(cell, letters);
    if letters.is_empty() { 0 } else { hash(letters) }
}

/// The ISO code of a country however it is written.
pub(crate) fn country_code(cell: &str, letters: &mut Vec<u8>) -> Option<&'static str> {
    country(cell, letters).and_then(tables::country_code)
}

/// The place of a country in the list of countries, however it is written.
fn country(cell: &str, letters: &mut Vec<u8>) -> Option<u8> {
    spell(cell, letters);
    COUNTRIES.get(letters)
}

// Numbers of no use are those that people type to fill a field.
fn identifier(cell: &str, letters: &mut Vec<u8>) -> u64 {
    let key = place(cell, letters);
    if says_nothing(letters) { 0 } else { mix(key, 1) }
}

pub(crate) fn says_nothing(letters: &[u8]) -> bool {
    letters.len() < 4 || letters.iter().all(|letter| *letter == letters[0])
}

/// The number of employees as a logarithm: `51-200` is the middle of the two.
fn size(cell: &str) -> u8 {
    let mut numbers = [0_u64; 2];
    let (mut at, mut has_digit) = (0, false);
    for sign in cell.bytes().take(CELL_BYTES_MAX) {
        match sign {
            b'0'..=b'9' if at < 2 => {
                numbers[at] = numbers[at].saturating_mul(10).saturating_add(u64::from(sign - b'0'));
                has_digit = true;
            }
            b',' | b'\'' => {}
            // A fraction is no second number.
            b'.' => break,
            _ if has_digit => {
                at += 1;
                has_digit = false;
            }
            _ => {}
        }
    }
    let bits = match numbers {
        [0, _] => return 0,
        [one, 0] => logarithm(one),
        [one, other] => (logarithm(one) + logarithm(other)) / 2,
    };
    u8::try_from((bits + 1).min(255)).unwrap_or(255)
}

/// The logarithm of a ratio of at least one in eighths of a bit; in integers, so that it is the same on every machine.
pub(crate) fn eighths(number: u64, of: u64) -> u32 {
    logarithm(number).saturating_sub(logarithm(of))
}

/// The logarithm of a number in eighths of a bit.
pub(crate) fn logarithm(number: u64) -> u32 {
    // 2^(k/8), in 1/2^16.
    const STEPS: [u64; 7] = [71_468, 77_936, 84_990, 92_682, 101_070, 110_218, 120_194];
    let number = number.max(1);
    let bits = number.ilog2();
    let rest = (number << (63 - bits)) >> 47;
    bits * 8 + STEPS.iter().map(|step| u32::from(rest >= *step)).sum::<u32>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithms_in_eighths_of_a_bit() {
        assert_eq!(
            [
                eighths(1, 1),
                eighths(2, 1),
                eighths(1024, 1),
                eighths(3, 2),
                eighths(1, 8)
            ],
            [0, 8, 80, 4, 0]
        );
    }

    #[test]
    fn ranges_of_employees_are_their_middle() {
        assert_eq!(size(""), 0);
        assert_eq!(size("100-100"), size("100"));
        assert!(size("51-200") > size("60") && size("51-200") < size("190"));
        assert_eq!(size("1,000"), size("1000"));
        assert_eq!(size("1000.0"), size("1000"));
        assert!(size("99999999999999999999999999999") > 0);
    }

    #[test]
    fn numbers_typed_to_fill_a_field_identify_nobody() {
        let mut room = Vec::new();
        assert_eq!(identifier("000000000", &mut room), 0);
        assert_eq!(identifier("n/a", &mut room), 0);
        assert_eq!(
            identifier("DE 123.456.789", &mut room),
            identifier("DE123456789", &mut room)
        );
    }
}
