//! Stages under the names that people call them, where the source's rows hold its ids, and in their order; and which of
//! them each opportunity entered when. Must not ask a measure.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::Groups;
use super::column::{Column, NO_DAY, NO_ROW, NO_WORD, Sheet, Words, code, date_of, index};
use super::join::{Finder, name_key};
use super::open::sheet_of;
use crate::alias::{normalise, stage_status, without_number};
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
#[derive(Debug, Clone, Default)]
pub(crate) struct StageNames {
    by_id: BTreeMap<String, String>,
    /// By ids and by the names themselves, without regard to case, spaces and signs.
    by_form: BTreeMap<String, String>,
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
            known.by_form.insert(normalise(name), name.to_owned());
            if order[row].is_finite() {
                known.place.insert(name.to_owned(), order[row]);
            }
        }
        let of_ids = known.by_id.iter().map(|(id, name)| (normalise(id), name.clone()));
        known.by_form.extend(of_ids.filter(|(form, _)| !form.is_empty()));
        known
    }

    /// Puts names in the place of ids in the column `stage` of opportunities.
    pub(crate) fn put_into(&self, sheet: &mut Sheet) {
        put_into(sheet, |word| self.by_id.get(word));
    }

    /// The same in stage history, where names of columns may have told the ids: without their signs, and with a number.
    pub(crate) fn put_into_history(&self, sheet: &mut Sheet) {
        put_into(sheet, |word| self.in_history(word));
    }

    fn in_history(&self, word: &str) -> Option<&String> {
        let of_form = |id: &str| self.by_form.get(&normalise(id));
        let of_id = self.by_id.get(word).or_else(|| of_form(word));
        of_id.or_else(|| of_form(without_number(word)?))
    }

    /// The names in the order of the stages. Those of which no order is known stand last, the open ones before the closed,
    /// then by name.
    pub(crate) fn in_order(&self, names: &[String]) -> Vec<String> {
        let mut names = names.to_vec();
        let place = |name: &String| self.place.get(name).copied().unwrap_or(f64::INFINITY);
        let is_closed = |name: &String| stage_status(name).is_some_and(|status| status != Status::Open);
        names.sort_by(|one, other| {
            let order = place(one).total_cmp(&place(other));
            order
                .then_with(|| is_closed(one).cmp(&is_closed(other)))
                .then_with(|| one.cmp(other))
        });
        names
    }
}

// Puts the names found in the place of words of a table's column `stage`.
fn put_into<'a>(sheet: &mut Sheet, name_of: impl Fn(&str) -> Option<&'a String>) {
    let column = sheet.columns.iter_mut().find(|(name, _)| name == "stage");
    let Some((_, Column::Text(words))) = column else { return };
    let found: Vec<Option<&String>> = words.words().iter().map(|word| name_of(word)).collect();
    if found.iter().all(Option::is_none) {
        return;
    }
    let named = found.into_iter().zip(words.words());
    let named: Vec<&str> = named.map(|(name, word)| name.unwrap_or(word).as_str()).collect();
    let mut names = named.clone();
    names.sort_unstable();
    names.dedup();
    let place = |name: &&str| names.binary_search(name).map_or(NO_WORD, code);
    let places: Vec<u32> = named.iter().map(place).collect();
    let codes = words.codes().par_iter();
    let codes = codes.map(|word| places.get(index(*word)).copied().unwrap_or(NO_WORD));
    *words = Words::coded(codes, names.iter().map(|name| (*name).to_owned()).collect());
}

/// Stages entered, by opportunity and day.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stages {
    by_deal: Groups,
    days: Vec<i32>,
    stages: Vec<u32>,
    words: Vec<String>,
    in_order: Vec<String>,
    of_ids: StageNames,
    /// Of each opportunity whether its history does not hold the stage that the source says it is in.
    falls_short: Vec<bool>,
}

impl Stages {
    pub(super) fn new(sheet: &Sheet, deals: &Finder, opportunities: &Sheet, names: &StageNames) -> Self {
        let (stages, days) = (sheet.text("stage"), sheet.days("entered_at"));
        let deal = deals.find_ids(&sheet.text("opportunity_id"));
        let known = deal.iter().zip(days.iter());
        let mut by_deal = Groups::new(
            known.map(|(deal, day)| if *day == NO_DAY { NO_ROW } else { *deal }),
            opportunities.rows(),
        );
        let in_order = names.in_order(stages.words());
        let place = |entry: &u32| {
            let row = index(*entry);
            (days[row], sheet.file[row], sheet.row[row])
        };
        if sheet.made.is_empty() {
            by_deal.sort_each(place);
        } else {
            // Entries of one row and day stood beside each other in columns.
            let rank = |name: &String| in_order.iter().position(|other| other == name);
            let ranks: Vec<Option<usize>> = stages.words().iter().map(rank).collect();
            let rank = |row: usize| ranks.get(index(stages.codes()[row])).copied().flatten();
            by_deal.sort_each(|entry| (place(entry), sheet.made[index(*entry)], rank(index(*entry))));
        }
        let entries = by_deal.members.par_iter().map(|entry| index(*entry));
        let mut found = Self {
            days: entries.clone().map(|row| days[row]).collect(),
            stages: entries.map(|row| stages.codes()[row]).collect(),
            in_order,
            of_ids: names.clone(),
            words: stages.words().to_vec(),
            // Where each opportunity's entries stand is all that is asked of it from here on.
            by_deal: Groups {
                members: Vec::new(),
                ..by_deal
            },
            falls_short: Vec::new(),
        };
        found.falls_short = found.those_short(&opportunities.text("stage"));
        found
    }

    fn those_short(&self, written: &Words) -> Vec<bool> {
        // Each name as the first of those that are compared as equal to it.
        let mut first: BTreeMap<String, u32> = BTreeMap::new();
        for (at, key) in self
            .words
            .iter()
            .enumerate()
            .rev()
            .filter_map(|(at, word)| Some((at, name_key(word)?)))
        {
            first.insert(key, code(at));
        }
        let firsts = |words: &[String]| -> Vec<u32> {
            let of = |word: &String| name_key(word).and_then(|key| first.get(&key).copied());
            words.iter().map(|word| of(word).unwrap_or(NO_WORD)).collect()
        };
        let (same, written_as) = (firsts(&self.words), firsts(written.words()));
        let falls_short = |(deal, stage): (usize, &u32)| {
            let of_deal = self.by_deal.range(code(deal));
            let Some(now) = written_as.get(index(*stage)).filter(|_| !of_deal.is_empty()) else {
                return false;
            };
            !self.stages[of_deal]
                .iter()
                .any(|entered| same.get(index(*entered)) == Some(now))
        };
        written.codes().par_iter().enumerate().map(falls_short).collect()
    }

    /// The stage that an opportunity was in at the end of a day, where the history says.
    pub(crate) fn at(&self, deal: u32, day: i32) -> Option<&str> {
        self.words.get(index(self.code_at(deal, day)?)).map(String::as_str)
    }

    /// The same as a place among [`Stages::names`].
    pub(crate) fn code_at(&self, deal: u32, day: i32) -> Option<u32> {
        let of_deal = self.by_deal.range(deal);
        let entered = self.days[of_deal.clone()].partition_point(|entered| *entered <= day);
        self.stages[of_deal].get(entered.checked_sub(1)?).copied()
    }

    /// The stages that an opportunity entered, as days and places among [`Stages::names`], in the order of days.
    pub(crate) fn entries(&self, deal: u32) -> impl Iterator<Item = (i32, u32)> {
        let of_deal = self.by_deal.range(deal);
        self.days[of_deal.clone()]
            .iter()
            .copied()
            .zip(self.stages[of_deal].iter().copied())
    }

    /// The names of all stages, in order.
    pub(crate) fn names(&self) -> &[String] {
        &self.words
    }

    /// The same in the order of the stages, for lists that people read.
    pub(crate) fn in_order(&self) -> &[String] {
        &self.in_order
    }

    /// What people call a stage that the history holds by its id.
    pub(crate) fn called<'a>(&'a self, stage: &'a str) -> &'a str {
        self.of_ids.in_history(stage).map_or(stage, String::as_str)
    }

    /// Whether the stage of an opportunity on a day is to be had from here. A history that does not hold the stage which
    /// the source says it is in tells up to its last entry: `is_now` is whether what the source says holds on that day.
    pub(crate) fn tell_of(&self, deal: u32, day: i32, is_now: bool) -> bool {
        let falls_short = self.falls_short.get(index(deal)) == Some(&true);
        let last = self.days[self.by_deal.range(deal)].last();
        last.is_some_and(|last| !(is_now && falls_short && *last <= day))
    }
}
