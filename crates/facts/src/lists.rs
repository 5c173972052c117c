//! Accounts as lists for mapping: ours with what each is to us on a day, and those of a partner with what each is to them.
//! It must not say which of them are the same.

use std::borrow::Cow;
use std::collections::BTreeMap;

use arrow_array::Array as _;
use arrow_array::cast::AsArray as _;
use arrow_array::types::Date32Type;
use jiff::civil::Date;

use crate::alias::normalise;
use crate::catalogue::{Status, Table};
use crate::error::FactsError;
use crate::export::Cell;
use crate::read::{AccountList, LIST_COLUMNS, TextColumn, is_further, list_columns};
use crate::records::{Opened, RecordsQuestion, each_row};
use crate::rule::Frame as _;
use crate::snapshot::{ColumnEntry, FactStore, Manifest, TableEntry};
use crate::star::{NO_DAY, Star, code, date_of, day_number, index};

/// What an account is to the company whose list it stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Population {
    /// A customer: something was won.
    Customer,
    /// An open opportunity: nothing was won yet, and something is open.
    OpenOpportunity,
    /// Neither.
    Prospect,
}

impl Population {
    /// Every population, in the order in which a matrix lists them.
    pub const ALL: [Self; 3] = [Self::Customer, Self::OpenOpportunity, Self::Prospect];

    /// Its word in files and on pages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::OpenOpportunity => "open opportunity",
            Self::Prospect => "prospect",
        }
    }

    /// The population of this word.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }
}

/// What is open on an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pipeline {
    /// Open opportunities.
    pub open: u32,
    /// Those of them with an amount.
    pub priced: u32,
    /// Their amounts together, in minor units of the star's currency.
    pub minor: i64,
}

/// Our accounts as they were known on a day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OurAccounts {
    /// What they are told apart by.
    pub list: AccountList,
    /// What each is to us.
    pub populations: Vec<Population>,
    /// What is open on each.
    pub pipelines: Vec<Pipeline>,
    /// Whose each is; empty where nobody says.
    pub owners: TextColumn,
}

/// The accounts of a partner as its list tells them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PartnerList {
    /// What they are told apart by.
    pub list: AccountList,
    /// What each is to the partner.
    pub populations: Vec<Population>,
    /// Whose each is at the partner; empty where nobody says.
    pub owners: TextColumn,
    /// The day that each row speaks of.
    pub told_on: Vec<Option<Date>>,
    /// The file of the snapshot and the row in it that each came from.
    pub places: Vec<(i32, i64)>,
}

/// That a partner has a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListOf {
    /// What the list calls the partner.
    pub partner_id: String,
    /// Its rows.
    pub rows: u64,
    /// The first and the last day that its rows speak of, where they say.
    pub told: Option<(Date, Date)>,
}

/// What accounts are called, by name or id, in lower case: one after the other, a line each, so that all are searched at
/// once.
#[derive(Debug, Clone)]
pub(crate) struct Called {
    names: String,
    /// Behind the line of each row.
    ends: Vec<usize>,
}

impl Called {
    fn new(star: &Star) -> Self {
        let sheet = &star.accounts;
        let (ids, names) = (sheet.text("account_id"), sheet.text("name"));
        let mut called = Self {
            names: String::new(),
            ends: Vec::with_capacity(sheet.rows()),
        };
        for row in 0..sheet.rows() {
            let name = names.get(row).or_else(|| ids.get(row)).unwrap_or_default();
            called.names.push_str(&name.to_lowercase());
            called.names.push('\n');
            called.ends.push(called.names.len());
        }
        called
    }

    fn name(&self, row: usize) -> Option<&str> {
        let from = row.checked_sub(1).map_or(Some(&0), |before| self.ends.get(before))?;
        self.names.get(*from..*self.ends.get(row)?)
    }
}

impl Star {
    /// Our accounts that were known on a day, in the order of their ids, with what they were to us then.
    pub fn our_accounts(&self, as_of: Date) -> OurAccounts {
        let day = day_number(as_of);
        let sheet = &self.accounts;
        let created = sheet.days("created_on");
        let names = sheet.names();
        let columns = list_columns().map(|(field, others)| {
            let kept = || {
                names
                    .iter()
                    .find(|name| others.contains(&normalise(name).as_str()))
                    .copied()
            };
            let is_told = |name: &&str| sheet.column(name).is_some();
            sheet.column(Some(field).filter(is_told).or_else(kept)?)
        });
        let further = names.iter().filter(|name| is_further(name));
        let further: Vec<_> = further.filter_map(|name| sheet.column(name)).collect();
        let mut ours = OurAccounts::default();
        let owners = sheet.column("owner");
        for row in (0..sheet.rows()).filter(|row| created[*row] == NO_DAY || created[*row] <= day) {
            let cells = columns.map(|column| Some(column?.shown(row)));
            ours.list.push(cells, further.iter().map(|column| column.shown(row)));
            ours.owners
                .push(&owners.map_or_else(String::new, |owners| owners.shown(row)));
            let (population, pipeline) = self.standing_of(row, day);
            ours.populations.push(population);
            ours.pipelines.push(pipeline);
        }
        ours
    }

    fn standing_of(&self, account: usize, day: i32) -> (Population, Pipeline) {
        let (mut won, mut pipeline) = (false, Pipeline::default());
        for deal in self.deals.by_account.of(code(account)) {
            match self.status_at(index(*deal), day) {
                Some(Status::Won) => won = true,
                Some(Status::Open) => {
                    pipeline.open += 1;
                    if let Some(minor) = self.amount(index(*deal)) {
                        pipeline.priced += 1;
                        pipeline.minor = pipeline.minor.saturating_add(minor);
                    }
                }
                Some(Status::Lost) | None => {}
            }
        }
        let population = match (won, pipeline.open) {
            (true, _) => Population::Customer,
            (false, 1..) => Population::OpenOpportunity,
            (false, 0) => Population::Prospect,
        };
        (population, pipeline)
    }

    /// Accounts whose name, or id where they have none, holds all of these words in any case, as ids and names: at most
    /// `most`, those that begin with the first word before the others, each in the order of the ids.
    pub fn accounts_called(&self, words: &[String], most: usize) -> Vec<(String, String)> {
        let called = self.called.get_or_init(|| Called::new(self));
        // The longest word is in the fewest names.
        let Some(rarest) = words.iter().max_by_key(|word| word.len()) else {
            return Vec::new();
        };
        let (mut first, mut others): (Vec<usize>, Vec<usize>) = (Vec::new(), Vec::new());
        let mut from = 0;
        while first.len() < most
            && let Some(found) = called.names.get(from..).and_then(|names| names.find(rarest.as_str()))
        {
            let row = called.ends.partition_point(|end| *end <= from + found);
            let Some(name) = called.name(row) else { break };
            if words.iter().all(|word| name.contains(word.as_str())) {
                let begins = words.first().is_some_and(|word| name.starts_with(word.as_str()));
                let of = if begins { &mut first } else { &mut others };
                if of.len() < most {
                    of.push(row);
                }
            }
            from = called.ends[row];
        }
        let (ids, names) = (self.accounts.text("account_id"), self.accounts.text("name"));
        let told = |row| {
            Some((
                ids.get(row)?.to_owned(),
                names.get(row).or_else(|| ids.get(row))?.to_owned(),
            ))
        };
        first.into_iter().chain(others).take(most).filter_map(told).collect()
    }

    /// The partners that the facts name, as ids, names and types; a type is empty where nobody says.
    pub fn partners_known(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        let of = &self.partners;
        let named = of.ids.iter().zip(&of.names).zip(&of.types);
        named.map(|((id, name), kind)| (id.as_str(), name.as_str(), kind.as_str()))
    }

    /// What a partner is called: its name where the facts have one, else the id itself.
    pub fn partner_name<'a>(&'a self, id: &'a str) -> &'a str {
        let found = self.partners.ids.iter().position(|other| other == id);
        let name = found.and_then(|at| self.partners.names.get(at));
        name.map_or(id, String::as_str)
    }
}

impl FactStore {
    /// The partners of whom a snapshot has a list, in the order of their ids.
    ///
    /// # Errors
    /// [`FactsError::Io`] and [`FactsError::Snapshot`] when the file is missing or broken.
    pub fn partner_lists(&self, manifest: &Manifest) -> Result<Vec<ListOf>, FactsError> {
        let Some(opened) = Opened::new(self, manifest, Table::PartnerAccounts)? else {
            return Ok(Vec::new());
        };
        let mut lists: BTreeMap<String, (u64, i32, i32)> = BTreeMap::new();
        for batch in opened.columns(&["partner_id", "as_of"])? {
            let batch = batch.map_err(|error| opened.broken(&error))?;
            let ids = batch.column_by_name("partner_id");
            let ids = ids.and_then(|ids| ids.as_string_opt::<i32>());
            let ids = ids.ok_or_else(|| opened.broken(&"the column partner_id is missing"))?;
            let days = batch.column_by_name("as_of");
            let days = days.and_then(|days| days.as_primitive_opt::<Date32Type>());
            for row in (0..batch.num_rows()).filter(|row| ids.is_valid(*row)) {
                let id = ids.value(row);
                if !lists.contains_key(id) {
                    lists.insert(id.to_owned(), (0, i32::MAX, i32::MIN));
                }
                if let Some((rows, first, last)) = lists.get_mut(id) {
                    *rows += 1;
                    if let Some(day) = days.filter(|days| days.is_valid(row)).map(|days| days.value(row)) {
                        (*first, *last) = (day.min(*first), day.max(*last));
                    }
                }
            }
        }
        let list = |(partner_id, (rows, first, last))| ListOf {
            partner_id,
            rows,
            told: date_of(first).zip(date_of(last)).filter(|_| first <= last),
        };
        Ok(lists.into_iter().map(list).collect())
    }

    /// The list of one partner; empty where the snapshot has none.
    ///
    /// # Errors
    /// As [`FactStore::partner_lists`].
    pub fn partner_list(&self, manifest: &Manifest, partner_id: &str) -> Result<PartnerList, FactsError> {
        let mut theirs = PartnerList::default();
        let Some(opened) = Opened::new(self, manifest, Table::PartnerAccounts)? else {
            return Ok(theirs);
        };
        let columns = places(opened.entry);
        let more = opened
            .entry
            .columns
            .iter()
            .enumerate()
            .filter(|(_, column)| called(column).any(is_further));
        let further: Vec<usize> = more.map(|(at, _)| at).collect();
        let place = |name: &str| opened.entry.columns.iter().position(|column| column.name == name);
        let (population, owner, told_on) = (place("population"), place("owner"), place("as_of"));
        let question = RecordsQuestion::of(Table::PartnerAccounts, usize::MAX).with("partner_id", partner_id);
        let found = opened.find(&question)?;
        for batch in opened.read(&found)? {
            let batch = batch.map_err(|error| opened.broken(&error))?;
            each_row(opened.entry, &batch, None, &mut |cells, file, row| {
                let shown = |at: usize| cells.get(at).map_or(Cow::Borrowed(""), Cell::shown);
                let known = columns.map(|found| found.map(shown));
                theirs.list.push(known, further.iter().map(|at| shown(*at)));
                theirs.owners.push(&owner.map_or(Cow::Borrowed(""), shown));
                let word = population.map_or(Cow::Borrowed(""), shown);
                theirs
                    .populations
                    .push(Population::from_name(&word.trim().to_lowercase()).unwrap_or(Population::Prospect));
                theirs.told_on.push(match told_on.and_then(|at| cells.get(at)) {
                    Some(Cell::Day(day)) => Some(*day),
                    _ => None,
                });
                theirs.places.push((file, row));
                Ok(())
            })?;
        }
        Ok(theirs)
    }
}

/// What a column is called: here, and by its sources.
fn called(column: &ColumnEntry) -> impl Iterator<Item = &str> {
    std::iter::once(&column.name).chain(&column.sources).map(String::as_str)
}

/// Which column of a partner's list feeds each column of the list: the field, else what the source has by such a name.
fn places(entry: &TableEntry) -> [Option<usize>; LIST_COLUMNS] {
    list_columns().map(|(field, others)| {
        let field = if field == "account_id" { "external_id" } else { field };
        let named = |names: &[&str]| {
            let is_one = |column| called(column).any(|name| names.contains(&normalise(name).as_str()));
            entry.columns.iter().position(is_one)
        };
        let by_field = entry.columns.iter().position(|column| column.name == field);
        by_field.or_else(|| named(&[field])).or_else(|| named(others))
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::star::Tables;

    fn cells(column: &TextColumn) -> Vec<&str> {
        let starts = std::iter::once(0).chain(column.ends.iter().map(|end| *end as usize));
        starts
            .zip(&column.ends)
            .map(|(from, to)| &column.text[from..*to as usize])
            .collect()
    }

    fn star() -> Star {
        let tables = Tables::default()
            .with(
                Table::Accounts,
                &[
                    "account_id",
                    "name",
                    "domain",
                    "employees",
                    "owner",
                    "created_on",
                    "Billing City",
                    "hs_additional_domains",
                    "Contact Email",
                    "parent_id",
                ],
                &[
                    [
                        "a1",
                        "Alder Foods",
                        "alder.example",
                        "120",
                        "Ines",
                        "2026-01-01",
                        "Graz",
                        "alder.test;alder.invalid",
                        "Jo <jo@mail.alder.example>",
                        "",
                    ],
                    ["a2", "Birch Labs", "", "", "", "", "", "", "n/a", "a1"],
                    [
                        "a3",
                        "Cedar Bank",
                        "cedar.example",
                        "9",
                        "Tom",
                        "2026-05-01",
                        "Linz",
                        "",
                        "",
                        "",
                    ],
                ],
            )
            .with(
                Table::Opportunities,
                &[
                    "opportunity_id",
                    "account_id",
                    "created_on",
                    "closed_on",
                    "status",
                    "amount",
                ],
                &[
                    ["o1", "a1", "2026-01-05", "2026-03-01", "won", "100"],
                    ["o2", "a1", "2026-02-01", "", "open", "50"],
                    ["o3", "a2", "2026-02-01", "", "open", "70.5"],
                    ["o4", "a2", "2026-02-02", "", "open", ""],
                    ["o5", "a2", "2026-02-02", "2026-02-20", "lost", "9"],
                ],
            );
        Star::build(tables, None)
    }

    #[test]
    fn an_account_is_what_its_opportunities_made_of_it_by_the_day() {
        let before = star().our_accounts(date(2026, 2, 10));
        assert_eq!(cells(&before.list.id), ["a1", "a2"], "the third is not known yet");
        assert_eq!(
            before.populations,
            [Population::OpenOpportunity; 2],
            "the win has not come"
        );
        let now = star().our_accounts(date(2026, 6, 1));
        use Population::{Customer, OpenOpportunity, Prospect};
        assert_eq!(now.populations, [Customer, OpenOpportunity, Prospect]);
        assert_eq!((now.pipelines[0].open, now.pipelines[0].minor), (1, 50_00));
        assert_eq!(
            (now.pipelines[1].open, now.pipelines[1].priced, now.pipelines[1].minor),
            (2, 1, 70_50)
        );
        assert_eq!(now.pipelines[2], Pipeline::default());
    }

    #[test]
    fn accounts_are_found_by_words_of_their_names_those_that_begin_so_first() {
        let found = |words: &[&str], most| {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            let found = star().accounts_called(&words, most);
            found.into_iter().map(|(id, _)| id).collect::<Vec<_>>()
        };
        assert_eq!(found(&["b"], 9), ["a2", "a3"]);
        assert_eq!(found(&["bank", "cedar"], 9), ["a3"]);
        assert_eq!(found(&["e", "d"], 9), ["a1", "a3"]);
        assert_eq!(found(&["e", "d"], 1), ["a1"]);
        assert_eq!(found(&["foods birch"], 9), [""; 0]);
        assert_eq!(
            (found(&[], 9), found(&[""], 9).len()),
            (vec![], star().our_accounts(date(2026, 6, 1)).populations.len())
        );
    }

    #[test]
    fn a_list_has_what_companies_are_told_apart_by_under_whatever_name_the_source_gives_it() {
        let ours = star().our_accounts(date(2026, 6, 1)).list;
        assert_eq!(cells(&ours.name), ["Alder Foods", "Birch Labs", "Cedar Bank"]);
        // Of a contact the domain alone.
        let alder = "alder.example alder.test alder.invalid mail.alder.example";
        assert_eq!(cells(&ours.website), [alder, "", "cedar.example"]);
        assert_eq!(cells(&ours.employees), ["120", "", "9"]);
        assert_eq!(cells(&ours.city), ["Graz", "", "Linz"]);
        assert_eq!(cells(&ours.identifier), Vec::<&str>::new());
        assert_eq!(cells(&ours.parent), ["", "a1", ""]);
    }
}
