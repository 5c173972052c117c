//! Every limit on what comes from outside, in one place. It must hold no logic.

/// The most records of one list: 16,777,215. A record's place takes 24 bits of a key.
pub const RECORDS_MAX: usize = (1 << 24) - 1;
/// The characters of a name that are looked at. What stands behind is no part of a company's name.
pub const NAME_CHARACTERS_MAX: usize = 200;
/// The bytes of a name that are kept, made comparable.
pub const CORE_BYTES_MAX: usize = 120;
/// The words of a name that are kept.
pub const TOKENS_MAX: usize = 12;
/// The bytes of a website that are looked at: a domain name has at most 253.
pub const WEBSITE_BYTES_MAX: usize = 300;
/// The domains of a record that are kept besides its first: of other websites, of contacts' e-mail addresses.
pub const FURTHER_DOMAINS_MAX: usize = 8;
/// The companies above a record that are looked at, from the nearest on: a circle of them ends.
pub const PARENTS_MAX: usize = 8;
/// The most records that a company may stand above, or one in [`FAMILY_SHARE`] of its list where that is more: beyond, it makes
/// no family. That most of a list is under it says nothing of any two.
pub const FAMILY_RECORDS_MAX: usize = 200;
/// See [`FAMILY_RECORDS_MAX`].
pub const FAMILY_SHARE: usize = 4;
/// The bytes of a domain's label that are kept: DNS allows 63.
pub const LABEL_BYTES_MAX: usize = 63;
/// The bytes of a city, a country or a number of employees that are looked at.
pub const CELL_BYTES_MAX: usize = 80;
/// The most records of a list that is intersected without being shown: 2,000,000.
pub const PSI_RECORDS_MAX: usize = 2_000_000;
/// The fewest records with a key that a list must have to be intersected: a list of one is a question, not a list.
pub const PSI_RECORDS_MIN: usize = 50;
/// The most keys of a list, and that a file of the other company may hold: three for each record on average, rounded up as
/// they are rounded.
pub const PSI_KEYS_MAX: usize = 6_291_456;
