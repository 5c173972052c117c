//! Why two records are held to be one company, field by field, so that a person can check it. It must not score.
//!
//! Grades are the comparison levels of Fellegi & Sunter, "A theory for record linkage" (1969).

use crate::column::List;
use crate::features::{CITY, COUNTRY, DOMAIN, Features, LABELS, LETTERS, OVERLAP, SIZE};
use crate::mapping::Match;

/// How two values compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grade {
    /// The same.
    Same,
    /// Similar.
    Similar,
    /// Different.
    Different,
    /// One or both are missing.
    Missing,
}

impl Grade {
    /// Its letter: A, B, F, Z.
    pub const fn letter(self) -> char {
        match self {
            Self::Same => 'A',
            Self::Similar => 'B',
            Self::Different => 'F',
            Self::Missing => 'Z',
        }
    }
}

/// What is graded, in order.
pub const FIELDS: [&str; 5] = ["name", "domain", "country", "city", "employees"];

/// The grade of each field.
pub fn grades(features: &Features) -> [Grade; 5] {
    let name = match (features[LETTERS], features[OVERLAP]) {
        (u8::MAX, _) | (_, u8::MAX) => Grade::Same,
        (190.., _) | (_, 120..) => Grade::Similar,
        _ => Grade::Different,
    };
    let domain = match (features[DOMAIN], features[LABELS]) {
        (4, _) => Grade::Same,
        (3, _) | (2, 200..) => Grade::Similar,
        (2, _) => Grade::Different,
        _ => Grade::Missing,
    };
    let country = relation(features[COUNTRY]);
    let city = match features[CITY] {
        0 | 1 => Grade::Missing,
        2 => Grade::Different,
        _ => Grade::Same,
    };
    // Eighths of a doubling.
    let employees = match features[SIZE] {
        u8::MAX => Grade::Missing,
        0..=4 => Grade::Same,
        5..=12 => Grade::Similar,
        _ => Grade::Different,
    };
    [name, domain, country, city, employees]
}

fn relation(known: u8) -> Grade {
    match known {
        2 => Grade::Same,
        3 => Grade::Different,
        _ => Grade::Missing,
    }
}

/// The grades as one word: `name=A domain=F country=Z …`.
pub fn grades_text(features: &Features) -> String {
    let mut text = String::with_capacity(48);
    for (field, grade) in FIELDS.iter().zip(grades(features)) {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(field);
        text.push('=');
        text.push(grade.letter());
    }
    text
}

/// The values that were compared and how they compare, in words: what agrees first, then what differs.
pub fn reason(ours: &List, theirs: &List, one: &Match) -> String {
    let (a, b) = (one.ours as usize, one.theirs as usize);
    let grades = grades(&one.features);
    let columns = [
        (&ours.name, &theirs.name),
        (&ours.website, &theirs.website),
        (&ours.country, &theirs.country),
        (&ours.city, &theirs.city),
        (&ours.employees, &theirs.employees),
    ];
    let mut text = String::with_capacity(96);
    for (grade, word) in [
        (Grade::Same, "same"),
        (Grade::Similar, "similar"),
        (Grade::Different, "different"),
    ] {
        for at in (0..FIELDS.len()).filter(|at| grades[*at] == grade) {
            let (column_a, column_b) = columns[at];
            if !text.is_empty() {
                text.push_str("; ");
            }
            text.push_str(word);
            text.push(' ');
            text.push_str(FIELDS[at]);
            // A country and a size that agree need no proof.
            if grade == Grade::Same && at >= 2 {
                continue;
            }
            text.push_str(": ");
            text.push_str(shown(column_a.get(a)));
            text.push_str(" | ");
            text.push_str(shown(column_b.get(b)));
        }
    }
    text
}

const SHOWN_BYTES: usize = 80;

fn shown(value: &str) -> &str {
    let value = value.trim();
    let end = (0..=SHOWN_BYTES.min(value.len()))
        .rev()
        .find(|end| value.is_char_boundary(*end));
    &value[..end.unwrap_or(0)]
}
