//! Stages under the names that people call them, where the source's rows hold its ids; and in their order. Must not
//! know what a stage means.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::column::{Column, NO_DAY, NO_WORD, Sheet, Words, code, date_of, index};
use super::open::sheet_of;
use crate::catalogue::{Status, Table};
use crate::error::FactsError;
use crate::snapshot::{FactStore, Manifest};
use crate::stages::{Stage, StageMap};

/// What the table of stages of a snapshot says; nothing where it has none.
///
/// # Errors
/// [`FactsError::Io`] and [`FactsError::Snapshot`] where its file is missing or broken.
pub fn stage_map(store: &FactStore, manifest: &Manifest) -> Result<StageMap, FactsError> {
    let Some(sheet) = sheet_of(store, manifest, Table::Stages)? else {
        return Ok(StageMap::default());
    };
    let (ids, names, means) = (sheet.text("stage_id"), sheet.text("stage"), sheet.text("means"));
    let (order, from) = (sheet.numbers("order"), sheet.days("from"));
    let stage = |row: usize| {
        Some(Stage {
            name: names.get(row)?.to_owned(),
            id: ids.get(row).map(str::to_owned),
            means: Status::from_name(means.get(row)?)?,
            order: format!("{:.0}", order[row]).parse().ok(),
            // The first day of all stands for no day.
            from: date_of(from[row]).filter(|_| from[row] > 0),
        })
    };
    Ok((0..sheet.rows()).filter_map(stage).collect())
}

/// What the table of stages says of their names and order; where it says several things, the latest.
#[derive(Debug, Default)]
pub(crate) struct StageNames {
    by_id: BTreeMap<String, String>,
    place: BTreeMap<String, f64>,
}

impl StageNames {
    pub(crate) fn new(sheet: &Sheet) -> Self {
        let (ids, names, from) = (sheet.text("stage_id"), sheet.text("stage"), sheet.days("from"));
        let order = sheet.numbers("order");
        let mut rows: Vec<usize> = (0..sheet.rows()).filter(|row| from[*row] != NO_DAY).collect();
        rows.sort_by_key(|row| from[*row]);
        let mut known = Self::default();
        for row in rows {
            let (Some(id), Some(name)) = (ids.get(row), names.get(row)) else {
                continue;
            };
            known.by_id.insert(id.to_owned(), name.to_owned());
            if order[row].is_finite() {
                known.place.insert(name.to_owned(), order[row]);
            }
        }
        known
    }

    /// Puts names in the place of ids in a table's column `stage`.
    pub(crate) fn put_into(&self, sheet: &mut Sheet) {
        let column = sheet.columns.iter_mut().find(|(name, _)| name == "stage");
        if let Some((_, Column::Text(words))) = column
            && words.words().iter().any(|word| self.by_id.contains_key(word))
        {
            *words = self.named(words);
        }
    }

    fn named(&self, words: &Words) -> Words {
        let named: Vec<&str> = words.words().iter().map(|word| self.name_of(word)).collect();
        let mut names = named.clone();
        names.sort_unstable();
        names.dedup();
        let place = |name: &&str| names.binary_search(name).map_or(NO_WORD, code);
        let places: Vec<u32> = named.iter().map(place).collect();
        let codes = words.codes().par_iter();
        let codes = codes.map(|word| places.get(index(*word)).copied().unwrap_or(NO_WORD));
        Words::coded(codes, names.iter().map(|name| (*name).to_owned()).collect())
    }

    fn name_of<'a>(&'a self, id: &'a str) -> &'a str {
        self.by_id.get(id).map_or(id, String::as_str)
    }

    /// The names in the order of the stages; those of which no order is known stand last, by name.
    pub(crate) fn in_order(&self, names: &[String]) -> Vec<String> {
        let mut names = names.to_vec();
        let place = |name: &String| self.place.get(name).copied().unwrap_or(f64::INFINITY);
        names.sort_by(|one, other| place(one).total_cmp(&place(other)).then_with(|| one.cmp(other)));
        names
    }
}
