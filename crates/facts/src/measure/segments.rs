//! Which accounts fall in a segment, in several or in none. Must not know what a segment is for.

use jiff::civil::Date;
use serde::Serialize;

use super::arena::of_type;
use crate::error::FactsError;
use crate::export::Cell;
use crate::rule::Rule;
use crate::star::{Star, code, day_number, index};

/// Which accounts are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fall {
    /// Those that the rule of this segment takes, whether another takes them too or not.
    In(String),
    /// Those that count in a segment: no earlier rule takes them.
    Counted {
        /// The segment.
        segment: String,
        /// Only those in the list of a partner of this type, where one is named.
        partner_type: Option<String>,
    },
    /// Those that two or more rules take.
    Several,
    /// Those that a rule takes.
    Somewhere,
    /// Those that no rule takes.
    Nowhere,
    /// All that are known on the day.
    Known,
}

/// One account with the segments that take it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccountRow {
    /// Its id.
    pub account_id: String,
    /// Its name.
    pub name: String,
    /// Its domain; empty where nobody says.
    pub domain: String,
    /// Its country; empty where nobody says.
    pub country: String,
    /// The segments whose rules take it, the first being the one that counts.
    pub segments: Vec<String>,
    /// The file it came from, in the snapshot's list.
    pub file: i32,
    /// Its row in that file.
    pub row: i64,
}

impl AccountRow {
    /// The columns of a file of accounts.
    pub const HEADER: [&str; 7] = ["account_id", "name", "domain", "country", "segments", "file", "row"];

    /// Its cells under [`AccountRow::HEADER`]; `files` are the names of the snapshot's files.
    pub fn cells<'r>(&'r self, files: &'r [String]) -> [Cell<'r>; 7] {
        let file = usize::try_from(self.file).ok().and_then(|at| files.get(at));
        [
            Cell::text(&self.account_id),
            Cell::text(&self.name),
            Cell::text(&self.domain),
            Cell::text(&self.country),
            Cell::text(self.segments.join("; ")),
            Cell::text(file.map_or("", String::as_str)),
            Cell::Count(self.row),
        ]
    }
}

/// Accounts found, in the order of the star; made into rows as they are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundAccounts {
    segments: Vec<String>,
    /// For each segment whether it takes each account.
    takes: Vec<Vec<bool>>,
    accounts: Vec<u32>,
}

/// Finds the accounts known on the day that fall so.
///
/// # Errors
/// [`FactsError::Rule`] when a segment does not fit the columns.
pub fn find_accounts(
    star: &Star,
    segments: &[(String, Rule)],
    fall: &Fall,
    as_of: Date,
) -> Result<FoundAccounts, FactsError> {
    let takes = segments
        .iter()
        .map(|(name, rule)| {
            let takes = rule.take(&star.accounts);
            takes.map_err(|error| FactsError::rule(&format!("the segment {name}"), error))
        })
        .collect::<Result<Vec<_>, _>>()?;
    Ok(FoundAccounts {
        segments: segments.iter().map(|(name, _)| name.clone()).collect(),
        accounts: fitting(star, segments, &takes, fall, day_number(as_of)),
        takes,
    })
}

fn fitting(star: &Star, segments: &[(String, Rule)], takes: &[Vec<bool>], fall: &Fall, day: i32) -> Vec<u32> {
    let place = |named: &str| segments.iter().position(|(name, _)| name == named);
    let times = |account: usize| takes.iter().filter(|takes| takes[account]).count();
    let first = |account: usize| takes.iter().position(|takes| takes[account]);
    let fits: Box<dyn Fn(usize) -> bool> = match fall {
        Fall::In(segment) => {
            let asked = place(segment).map(|place| &takes[place]);
            Box::new(move |account| asked.is_some_and(|takes| takes[account]))
        }
        Fall::Counted { segment, partner_type } => {
            let (asked, listed) = (
                place(segment),
                partner_type.as_ref().map(|name| listed(star, name, day)),
            );
            let in_list = move |account: usize| listed.as_ref().is_none_or(|listed| listed[account]);
            Box::new(move |account| asked.is_some() && first(account) == asked && in_list(account))
        }
        Fall::Several => Box::new(|account| times(account) > 1),
        Fall::Somewhere => Box::new(|account| times(account) > 0),
        Fall::Nowhere => Box::new(|account| times(account) == 0),
        Fall::Known => Box::new(|_| true),
    };
    let created = star.accounts.days("created_on");
    let known = (0..star.accounts.rows()).filter(|account| created[*account] <= day);
    known.filter(|account| fits(*account)).map(code).collect()
}

/// For each account, whether it stands in the list of a partner of a type by the day.
fn listed(star: &Star, partner_type: &str, day: i32) -> Vec<bool> {
    let partners = of_type(star, partner_type);
    let mut listed = vec![false; star.accounts.rows()];
    for overlap in star.overlaps.iter().filter(|overlap| overlap.as_of <= day) {
        let is_of_type = partners.get(index(overlap.partner)).copied().unwrap_or(false);
        if let Some(account) = listed.get_mut(index(overlap.account)) {
            *account |= is_of_type;
        }
    }
    listed
}

impl FoundAccounts {
    /// How many there are.
    pub fn count(&self) -> u64 {
        self.accounts.len() as u64
    }

    /// Some of them, from one on.
    pub fn page(&self, star: &Star, from: usize, most: usize) -> Vec<AccountRow> {
        let page = self.accounts.iter().skip(from).take(most);
        page.map(|account| self.row(star, index(*account))).collect()
    }

    /// Gives every one of them, without holding them.
    ///
    /// # Errors
    /// Those of `take`.
    pub fn each(
        &self,
        star: &Star,
        take: &mut dyn FnMut(AccountRow) -> Result<(), FactsError>,
    ) -> Result<(), FactsError> {
        let rows = self.accounts.iter().map(|account| self.row(star, index(*account)));
        rows.into_iter().try_for_each(take)
    }

    fn row(&self, star: &Star, account: usize) -> AccountRow {
        let text = |name: &str| star.accounts.shown(name, account);
        let named = self.segments.iter().zip(&self.takes);
        let of_account = named.filter(|(_, takes)| takes[account]);
        AccountRow {
            account_id: text("account_id"),
            name: text("name"),
            domain: text("domain"),
            country: text("country"),
            segments: of_account.map(|(name, _)| name.clone()).collect(),
            file: star.accounts.file[account],
            row: star.accounts.row[account],
        }
    }
}
