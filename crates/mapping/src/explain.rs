//! Why two records are held to be one company, field by field, so that a person can check it. It must not score.
//!
//! Grades are the comparison levels of Fellegi & Sunter, "A theory for record linkage" (1969).

use std::sync::LazyLock;

use rayon::prelude::*;

use crate::column::{Column, List, Row};
use crate::features::{
    CITY, COUNTRY, DOMAIN, DOMAIN_RARITY, Features, LABELS, LETTERS, NAME_RARITY, OVERLAP, RAREST_AGREED, SIZE,
    is_known_family,
};
use crate::mapping::Match;
use crate::normalise::FETCHED;

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

/// Every way in which five fields are graded, as text: made once, since a text for each pair takes longer than the grades.
static TEXTS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let grade = |number: usize| [Grade::Same, Grade::Similar, Grade::Different, Grade::Missing][number % 4];
    let text = |number: usize| {
        let grades = FIELDS
            .iter()
            .zip([256, 64, 16, 4, 1].map(|place| grade(number / place)));
        let words = grades.map(|(field, grade)| format!("{field}={}", grade.letter()));
        words.collect::<Vec<_>>().join(" ")
    };
    (0..1024).map(text).collect()
});

/// The grades as one word: `name=A domain=F country=Z …`.
pub fn grades_text(features: &Features) -> &'static str {
    let number = grades(features)
        .into_iter()
        .fold(0, |all, grade| all * 4 + grade as usize);
    &TEXTS[number]
}

/// Whether a field's two values are shown. A country, a city and a size that agree need no proof.
fn is_shown(grade: Grade, field: usize) -> bool {
    match grade {
        Grade::Same => field < 2,
        Grade::Similar | Grade::Different => true,
        Grade::Missing => false,
    }
}

/// The values that were compared and how they compare, in words: what agrees first, then what differs.
pub fn reason(ours: &Row<'_>, theirs: &Row<'_>, features: &Features) -> String {
    worded(ours, theirs, features, grades(features))
}

fn worded(ours: &Row<'_>, theirs: &Row<'_>, features: &Features, grades: [Grade; 5]) -> String {
    let [a, b] = [ours, theirs].map(|row| [row.name, row.website, row.country, row.city, row.employees].map(shown));
    let mut text = String::with_capacity(96);
    for (grade, word) in [
        (Grade::Same, "same"),
        (Grade::Similar, "similar"),
        (Grade::Different, "different"),
    ] {
        for at in (0..FIELDS.len()).filter(|at| grades[*at] == grade) {
            if !text.is_empty() {
                text.push_str("; ");
            }
            text.push_str(word);
            text.push(' ');
            text.push_str(FIELDS[at]);
            if !is_shown(grade, at) {
                continue;
            }
            text.push_str(": ");
            text.push_str(a[at]);
            text.push_str(" | ");
            text.push_str(b[at]);
            if let Some(common) = how_common(features, at, grade) {
                text.push_str(common);
            }
        }
    }
    if is_known_family(features) {
        if !text.is_empty() {
            text.push_str("; ");
        }
        text.push_str("known family");
        for (whose, parent) in [(", our parent: ", ours.parent), (", their parent: ", theirs.parent)] {
            let parent = shown(parent);
            if !parent.is_empty() {
                text.push_str(whose);
                text.push_str(parent);
            }
        }
    }
    text
}

/// The reasons of pairs of two lists, in their order.
pub fn reasons(ours: &List, theirs: &List, pairs: &[Match]) -> Vec<String> {
    let of = |pairs: &[Match]| -> Vec<String> {
        let shown = |one: &Match| {
            let grades = grades(&one.features);
            let row = |list, row: u32| shown_of(list, row as usize, &one.features, grades);
            (row(ours, one.ours), row(theirs, one.theirs), grades)
        };
        // Their rows lie anywhere in the lists: looked up together, they arrive together.
        let rows: Vec<_> = pairs.iter().map(shown).collect();
        let all = pairs.iter().zip(&rows);
        all.map(|(one, (a, b, grades))| worded(a, b, &one.features, *grades))
            .collect()
    };
    let parts: Vec<Vec<String>> = pairs.par_chunks(FETCHED).map(of).collect();
    parts.into_iter().flatten().collect()
}

/// What is shown of a record: what is not is not looked up.
fn shown_of<'l>(list: &'l List, row: usize, features: &Features, grades: [Grade; 5]) -> Row<'l> {
    let cell = |column: &'l Column, field| {
        if is_shown(grades[field], field) {
            column.get(row)
        } else {
            ""
        }
    };
    Row {
        id: "",
        name: cell(&list.name, 0),
        website: cell(&list.website, 1),
        country: cell(&list.country, 2),
        city: cell(&list.city, 3),
        employees: cell(&list.employees, 4),
        parent: if is_known_family(features) {
            list.parent.get(row)
        } else {
            ""
        },
    }
}

/// How common that which agrees is in both lists, and in a world of some thousand records more: a name, its rarest word, a
/// website.
fn how_common(features: &Features, field: usize, grade: Grade) -> Option<&'static str> {
    static WORDS: LazyLock<[[String; 256]; 3]> = LazyLock::new(|| {
        ["this name", "such a word", "this website"].map(|thing| {
            std::array::from_fn(|eighths| {
                // Eighths of a bit; two digits say enough.
                let one_in = (eighths as f64 / 8.0).exp2();
                let step = 10_f64.powf(one_in.log10().floor() - 1.0).max(1.0);
                format!(" (1 record in {:.0} has {thing})", (one_in / step).round() * step)
            })
        })
    });
    let (thing, eighths) = match (field, grade) {
        (0, Grade::Same) => (0, features[NAME_RARITY]),
        (0, Grade::Similar) => (1, features[RAREST_AGREED]),
        (1, Grade::Same) => (2, features[DOMAIN_RARITY]),
        _ => return None,
    };
    (eighths >= 8).then(|| WORDS[thing][usize::from(eighths)].as_str())
}

const SHOWN_BYTES: usize = 80;

fn shown(value: &str) -> &str {
    let value = value.trim();
    let end = (0..=SHOWN_BYTES.min(value.len()))
        .rev()
        .find(|end| value.is_char_boundary(*end));
    &value[..end.unwrap_or(0)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::FEATURES;

    #[test]
    fn grades_are_said_field_by_field() {
        let mut features = [0; FEATURES];
        features[LETTERS] = 200;
        features[DOMAIN] = 2;
        features[COUNTRY] = 2;
        features[SIZE] = u8::MAX;
        assert_eq!(grades_text(&features), "name=B domain=F country=A city=Z employees=Z");
    }
}
