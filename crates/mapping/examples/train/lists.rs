//! Lists with known truth, as `gen.py` and the labelled sets have them, whole or in part. Reads files; must not train.

use std::collections::HashMap;
use std::error::Error;
use std::path::Path;

use beachhead_mapping::{Column, List};

/// A list and, for each record, the entity and the family that it belongs to.
#[derive(Debug)]
pub struct Known {
    /// What the program sees.
    pub list: List,
    /// What it does not.
    pub truth: Vec<Truth>,
}

/// The entity and the family of a record.
#[derive(Debug, Clone, Copy)]
pub struct Truth {
    /// Equal: the same company.
    pub entity: i64,
    /// Equal: one family.
    pub family: i64,
}

/// Both lists of a folder. Behind a colon, what is taken of them: letters for the columns (`n`ame, `w`ebsite, `c`ountry,
/// ci`t`y, `e`mployees), and `0` or `1` for the entities with an even or odd number.
pub fn both(what: &str) -> Result<[Known; 2], Box<dyn Error>> {
    let (folder, view) = what.split_once(':').unwrap_or((what, "nwcte"));
    Ok([read(Path::new(folder), "a", view)?, read(Path::new(folder), "b", view)?])
}

fn read(folder: &Path, side: &str, view: &str) -> Result<Known, Box<dyn Error>> {
    let mut truth = HashMap::new();
    for row in rows(&folder.join(format!("{side}_truth.csv")))? {
        let known = Truth {
            entity: row[1].parse()?,
            family: row[2].parse()?,
        };
        truth.insert(row[0].to_owned(), known);
    }
    let half = view.chars().find_map(|letter| letter.to_digit(10)).map(i64::from);
    let mut known = Vec::new();
    let mut all = Vec::new();
    for row in rows(&folder.join(format!("{side}.csv")))? {
        let of = *truth.get(&row[0]).ok_or_else(|| format!("{} has no truth", &row[0]))?;
        if half.is_none_or(|half| of.entity % 2 == half) {
            known.push(of);
            all.push(row);
        }
    }
    let column = |at: usize| all.iter().map(|row| row.get(at).unwrap_or("")).collect::<Column>();
    let seen = |letter: char, at: usize| {
        if view.contains(letter) {
            column(at)
        } else {
            Column::default()
        }
    };
    let list = List {
        id: column(0),
        name: column(1),
        website: seen('w', 2),
        country: seen('c', 3),
        city: seen('t', 4),
        employees: seen('e', 5),
        ..List::default()
    };
    Ok(Known { list, truth: known })
}

fn rows(path: &Path) -> Result<Vec<csv::StringRecord>, Box<dyn Error>> {
    let mut reader = csv::Reader::from_path(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(reader.records().collect::<Result<_, _>>()?)
}
