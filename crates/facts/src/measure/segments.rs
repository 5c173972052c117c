//! Which accounts fall in a segment, in several or in none. Must not know what a segment is for.

use jiff::civil::Date;
use serde::Serialize;

use crate::error::FactsError;
use crate::rule::Rule;
use crate::star::{Star, day_number};

/// Which accounts are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fall {
    /// Those that the rule of this segment takes, whether another takes them too or not.
    In(String),
    /// Those that two or more rules take.
    Several,
    /// Those that no rule takes.
    Nowhere,
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

/// The accounts known on the day that fall so, in the order of the star.
///
/// # Errors
/// [`FactsError::Rule`] when a segment does not fit the columns.
pub fn segment_accounts(
    star: &Star,
    segments: &[(String, Rule)],
    fall: &Fall,
    as_of: Date,
) -> Result<Vec<AccountRow>, FactsError> {
    let taken = segments
        .iter()
        .map(|(name, rule)| {
            let takes = rule.take(&star.accounts);
            takes.map_err(|error| FactsError::rule(&format!("the segment {name}"), error))
        })
        .collect::<Result<Vec<_>, _>>()?;
    let created = star.accounts.days("created_on");
    let known = (0..star.accounts.rows()).filter(|account| created[*account] <= day_number(as_of));
    let rows = known.filter_map(|account| {
        let of_account = segments.iter().zip(&taken).filter(|(_, takes)| takes[account]);
        let names: Vec<String> = of_account.map(|((name, _), _)| name.clone()).collect();
        let falls = match fall {
            Fall::In(segment) => names.contains(segment),
            Fall::Several => names.len() > 1,
            Fall::Nowhere => names.is_empty(),
        };
        falls.then(|| row(star, account, names))
    });
    Ok(rows.collect())
}

fn row(star: &Star, account: usize, segments: Vec<String>) -> AccountRow {
    let text = |name: &str| star.accounts.shown(name, account);
    AccountRow {
        account_id: text("account_id"),
        name: text("name"),
        domain: text("domain"),
        country: text("country"),
        segments,
        file: star.accounts.file[account],
        row: star.accounts.row[account],
    }
}
