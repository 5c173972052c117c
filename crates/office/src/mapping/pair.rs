//! One pair as a person sees it: fields side by side with the letters that differ, and the reason in words. Must not decide.

use beachhead_mapping::bands::Band;
use beachhead_mapping::explain::{FIELDS, Grade, grades};
use beachhead_mapping::{Column, List};
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::Population;
use super::decisions::{Said, Told, Verdict, said_of};
use super::matrix::Money;
use super::settled::{Pair, Settled};

/// Letters of a value up to which two values are compared letter by letter.
const COMPARED_CHARS: usize = 160;

/// A stretch of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// The letters.
    pub text: String,
    /// Whether the other value has no such letters here.
    pub differs: bool,
}

/// One field of both records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldView {
    /// What it is called.
    pub name: &'static str,
    /// Ours.
    pub ours: Vec<Piece>,
    /// Theirs.
    pub theirs: Vec<Piece>,
    /// How they compare.
    pub grade: Grade,
}

/// A record, as far as it is not compared.
#[derive(Debug, Clone, PartialEq)]
pub struct Side {
    /// Its id in its list.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it is to its owner.
    pub population: Population,
    /// Whose it is; empty where nobody says.
    pub owner: String,
    /// How many records of its list bear its name, it among them.
    pub of_this_name: usize,
}

/// Something that was said of the two before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earlier {
    /// The verdict.
    pub verdict: Verdict,
    /// Who said so: a person's id, or a name from elsewhere.
    pub by: String,
    /// The day.
    pub on: Date,
    /// What has changed since, in words; empty where it still holds.
    pub changed: Vec<String>,
}

/// A pair.
#[derive(Debug, Clone, PartialEq)]
pub struct PairView {
    /// Ours.
    pub ours: Side,
    /// Theirs.
    pub theirs: Side,
    /// The fields.
    pub fields: Vec<FieldView>,
    /// That they are the same company, as the model sees it.
    pub probability: f64,
    /// What is done with a pair of this probability.
    pub band: Band,
    /// Whether the pair counts as one company now.
    pub is_taken: bool,
    /// What agrees and what differs, a few words each.
    pub reasons: Vec<String>,
    /// Our open pipeline on our record.
    pub pipeline: Money,
    /// What was said of these records, or of what they were.
    pub earlier: Option<Earlier>,
}

impl PairView {
    pub(crate) fn new(settled: &Settled, pair: &Pair) -> Self {
        let laid = &settled.laid;
        let (a, b) = (pair.one.ours as usize, pair.one.theirs as usize);
        let (ours, theirs) = (&laid.ours, &laid.theirs);
        let columns = [
            ("Name", &ours.list.name, &theirs.list.name),
            ("Website", &ours.list.website, &theirs.list.website),
            ("Country", &ours.list.country, &theirs.list.country),
            ("City", &ours.list.city, &theirs.list.city),
            ("Employees", &ours.list.employees, &theirs.list.employees),
        ];
        let grades = grades(&pair.one.features);
        let mut fields: Vec<FieldView> = columns
            .into_iter()
            .zip(grades)
            .map(|((name, one, other), grade)| field(name, one.get(a), other.get(b), grade))
            .collect();
        let mut reasons = reasons(&fields, &grades);
        let (one, other) = (ours.list.identifier.get(a), theirs.list.identifier.get(b));
        if !one.is_empty() || !other.is_empty() {
            let grade = plain_grade(one, other);
            fields.push(field("Registration number", one, other, grade));
            match grade {
                Grade::Same => reasons.insert(0, "same registration number".to_owned()),
                Grade::Different => reasons.push("different registration number".to_owned()),
                Grade::Similar | Grade::Missing => {}
            }
        }
        let (one, other) = (parent_of(&ours.list, a), parent_of(&theirs.list, b));
        if !one.is_empty() || !other.is_empty() {
            fields.push(field("Parent", one, other, plain_grade(one, other)));
        }
        if pair.one.is_known_family() {
            reasons.push("known to be of one family".to_owned());
        }
        let side = |list: &List, row: usize, population: Population, owner: &Column| Side {
            id: list.id.get(row).to_owned(),
            name: list.name.get(row).to_owned(),
            population,
            owner: owner.get(row).to_owned(),
            of_this_name: bearing(&list.name, row),
        };
        Self {
            reasons,
            ours: side(&ours.list, a, ours.populations[a], &ours.owners),
            theirs: side(&theirs.list, b, theirs.populations[b], &theirs.owners),
            fields,
            probability: pair.said.and(pair.scored).unwrap_or(pair.one.probability),
            band: pair.band,
            is_taken: pair.is_taken,
            pipeline: Money::of(laid, std::iter::once(pair.one.ours)),
            earlier: said_of(settled, pair.said.or(pair.earlier)).map(|said| earlier(settled, pair, said)),
        }
    }
}

fn earlier(settled: &Settled, pair: &Pair, said: &Said) -> Earlier {
    let now = [
        ("our", &said.ours, Told::of(&settled.laid.ours.list, pair.one.ours)),
        (
            "their",
            &said.theirs,
            Told::of(&settled.laid.theirs.list, pair.one.theirs),
        ),
    ];
    let mut changed = Vec::new();
    for (whose, then, now) in &now {
        for (what, was, is) in [
            ("name", &then.name, &now.name),
            ("website", &then.website, &now.website),
            ("country", &then.country, &now.country),
            ("registration number", &then.identifier, &now.identifier),
        ] {
            if was != is && pair.said.is_none() {
                let shown = |text: &str| {
                    if text.is_empty() {
                        "nothing".to_owned()
                    } else {
                        format!("“{text}”")
                    }
                };
                changed.push(format!("{whose} {what} was {} and is {}", shown(was), shown(is)));
            }
        }
    }
    Earlier {
        verdict: said.verdict,
        by: said.by.clone(),
        on: said.at.to_zoned(TimeZone::UTC).date(),
        changed,
    }
}

fn bearing(names: &Column, row: usize) -> usize {
    let name = names.get(row).trim();
    if name.is_empty() {
        return 0;
    }
    names
        .iter()
        .filter(|other| other.trim().eq_ignore_ascii_case(name))
        .count()
}

/// The company above a record by its name where it is one of the list, else as it is written.
fn parent_of(list: &List, row: usize) -> &str {
    let parent = list.parent.get(row).trim();
    let is_told = !parent.is_empty();
    let of_list = is_told
        .then(|| list.id.iter().position(|id| id.trim() == parent))
        .flatten();
    of_list.map_or(parent, |row| list.name.get(row))
}

fn plain_grade(one: &str, other: &str) -> Grade {
    let letters = |text: &str| -> String {
        let kept = text.chars().filter(|letter| letter.is_alphanumeric());
        kept.flat_map(char::to_lowercase).collect()
    };
    match (one.trim(), other.trim()) {
        ("", _) | (_, "") => Grade::Missing,
        (one, other) if letters(one) == letters(other) => Grade::Same,
        _ => Grade::Different,
    }
}

fn field(name: &'static str, ours: &str, theirs: &str, grade: Grade) -> FieldView {
    let (ours, theirs) = (ours.trim(), theirs.trim());
    let (marked_ours, marked_theirs) = if ours.is_empty() || theirs.is_empty() {
        (whole(ours, false), whole(theirs, false))
    } else {
        differing(ours, theirs)
    };
    FieldView {
        name,
        ours: marked_ours,
        theirs: marked_theirs,
        grade,
    }
}

/// "same web domain", "names differ by “Inc”", "different country": what agrees first.
fn reasons(fields: &[FieldView], grades: &[Grade; 5]) -> Vec<String> {
    const NOUNS: [&str; FIELDS.len()] = ["name", "web domain", "country", "city", "number of employees"];
    let mut reasons = Vec::new();
    for wanted in [Grade::Same, Grade::Similar, Grade::Different, Grade::Missing] {
        for (at, _) in grades.iter().enumerate().filter(|(_, grade)| **grade == wanted) {
            let noun = NOUNS[at];
            reasons.extend(match wanted {
                Grade::Same => Some(format!("same {noun}")),
                Grade::Similar if at == 0 => Some(name_difference(&fields[at])),
                Grade::Similar => Some(format!("similar {noun}")),
                Grade::Different => Some(format!("different {noun}")),
                // Cities and sizes are missing more often than not.
                Grade::Missing => (at < 3).then(|| format!("{noun} not known")),
            });
        }
    }
    reasons
}

fn name_difference(field: &FieldView) -> String {
    let words = |pieces: &[Piece]| -> Vec<String> {
        let text: String = pieces.iter().map(|piece| piece.text.as_str()).collect();
        let split = text
            .split(|letter: char| !letter.is_alphanumeric())
            .filter(|word| !word.is_empty());
        split.map(str::to_owned).collect()
    };
    let (ours, theirs) = (words(&field.ours), words(&field.theirs));
    let only = |one: &[String], other: &[String]| -> Vec<String> {
        let is_there = |word: &&String| other.iter().any(|known| known.to_lowercase() == word.to_lowercase());
        one.iter()
            .filter(|word| !is_there(word))
            .map(|word| format!("“{word}”"))
            .collect()
    };
    let left: Vec<String> = only(&ours, &theirs).into_iter().chain(only(&theirs, &ours)).collect();
    if left.is_empty() {
        "similar name".to_owned()
    } else {
        format!("names differ by {}", left.join(", "))
    }
}

fn whole(text: &str, differs: bool) -> Vec<Piece> {
    if text.is_empty() {
        return Vec::new();
    }
    vec![Piece {
        text: text.to_owned(),
        differs,
    }]
}

/// Two values cut into what they share, in order, and what only one has; large and small letters are the same.
fn differing(one: &str, other: &str) -> (Vec<Piece>, Vec<Piece>) {
    let (a, b): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let small =
        |letters: &[char]| -> Vec<String> { letters.iter().map(|letter| letter.to_lowercase().collect()).collect() };
    let (small_a, small_b) = (small(&a), small(&b));
    let before = small_a
        .iter()
        .zip(&small_b)
        .take_while(|(one, other)| one == other)
        .count();
    let rest = small_a.len().min(small_b.len()) - before;
    let behind = small_a
        .iter()
        .rev()
        .zip(small_b.iter().rev())
        .take(rest)
        .take_while(|(one, other)| one == other)
        .count();
    let (end_a, end_b) = (a.len() - behind, b.len() - behind);
    let (mut kept_a, mut kept_b) = (vec![true; a.len()], vec![true; b.len()]);
    let (middle_a, middle_b) = (&small_a[before..end_a], &small_b[before..end_b]);
    kept_a[before..end_a].fill(false);
    kept_b[before..end_b].fill(false);
    if middle_a.len() <= COMPARED_CHARS && middle_b.len() <= COMPARED_CHARS {
        for (at, to) in in_common(middle_a, middle_b) {
            kept_a[before + at] = true;
            kept_b[before + to] = true;
        }
    }
    (pieces(&a, &kept_a), pieces(&b, &kept_b))
}

/// The places of a longest common subsequence.
fn in_common(a: &[String], b: &[String]) -> Vec<(usize, usize)> {
    let width = b.len() + 1;
    let mut longest = vec![0_u32; (a.len() + 1) * width];
    for at in (0..a.len()).rev() {
        for to in (0..b.len()).rev() {
            longest[at * width + to] = if a[at] == b[to] {
                longest[(at + 1) * width + to + 1] + 1
            } else {
                longest[(at + 1) * width + to].max(longest[at * width + to + 1])
            };
        }
    }
    let (mut at, mut to, mut pairs) = (0, 0, Vec::new());
    while at < a.len() && to < b.len() {
        if a[at] == b[to] {
            pairs.push((at, to));
            (at, to) = (at + 1, to + 1);
        } else if longest[(at + 1) * width + to] >= longest[at * width + to + 1] {
            at += 1;
        } else {
            to += 1;
        }
    }
    pairs
}

fn pieces(letters: &[char], kept: &[bool]) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    for (letter, kept) in letters.iter().zip(kept) {
        match pieces.last_mut().filter(|last| last.differs != *kept) {
            Some(last) => last.text.push(*letter),
            None => pieces.push(Piece {
                text: letter.to_string(),
                differs: !kept,
            }),
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(pieces: &[Piece]) -> String {
        let show = |piece: &Piece| {
            if piece.differs {
                format!("[{}]", piece.text)
            } else {
                piece.text.clone()
            }
        };
        pieces.iter().map(show).collect()
    }

    fn both(one: &str, other: &str) -> (String, String) {
        let (one, other) = differing(one, other);
        (marked(&one), marked(&other))
    }

    #[test]
    fn letters_that_only_one_of_two_values_has_are_marked() {
        assert_eq!(both("Acme Inc", "ACME"), ("Acme[ Inc]".to_owned(), "ACME".to_owned()));
        assert_eq!(both("Meyer", "Meier"), ("Me[y]er".to_owned(), "Me[i]er".to_owned()));
        assert_eq!(both("abc", "abc"), ("abc".to_owned(), "abc".to_owned()));
        assert_eq!(both("ab", "cd"), ("[ab]".to_owned(), "[cd]".to_owned()));
        assert_eq!(both("aa", "aaa"), ("aa".to_owned(), "aa[a]".to_owned()));
        let long = "x".repeat(400);
        assert_eq!(both(&format!("a{long}"), &format!("b{long}")).0, format!("[a]{long}"));
    }

    #[test]
    fn the_reason_says_what_agrees_first_and_by_which_words_names_differ() {
        let grades = [
            Grade::Similar,
            Grade::Same,
            Grade::Different,
            Grade::Missing,
            Grade::Missing,
        ];
        let fields: Vec<FieldView> = [
            ("Acme Inc", "Acme"),
            ("a.com", "a.com"),
            ("DE", "FR"),
            ("", ""),
            ("", ""),
        ]
        .into_iter()
        .zip(grades)
        .map(|((one, other), grade)| field("x", one, other, grade))
        .collect();
        assert_eq!(
            reasons(&fields, &grades),
            ["same web domain", "names differ by “Inc”", "different country"]
        );
    }
}
