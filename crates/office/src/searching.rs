//! What somebody looks for by name: bets, cells, partners and accounts; and what an address that leads nowhere may have
//! meant. Must not know which pages there are.

use crate::actor::{Actor, Permission};
use crate::reporting::{cell_href, cell_name, query};
use crate::standing::Standing;
use crate::tracing::address;
use crate::{Answer, Office, Refusal};

/// The most that is looked for: longer words are cut.
pub const SEARCH_CHARS: usize = 100;
/// The most records of one kind that a search finds.
pub const FOUND_OF_A_KIND: usize = 8;
/// The most records that an address may have meant.
const NEAREST: usize = 3;

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A bet.
    Bet,
    /// A cell of the arena.
    Cell,
    /// A partner that the facts name.
    Partner,
    /// An account that the facts name.
    Account,
}

impl Kind {
    /// Every kind, in the order in which they are listed.
    pub const ALL: [Self; 4] = [Self::Bet, Self::Cell, Self::Partner, Self::Account];

    /// What many of them are called.
    #[must_use]
    pub const fn plural(self) -> &'static str {
        match self {
            Self::Bet => "Bets",
            Self::Cell => "Cells",
            Self::Partner => "Partners",
            Self::Account => "Accounts",
        }
    }
}

/// A record found by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// What it is.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// One word more about it: a state, a partner type; may be empty.
    pub says: String,
    /// Where its page is.
    pub address: String,
}

impl Office {
    /// Records whose name holds every word of `text`, in any case; none without a word.
    pub fn search<'a>(&'a self, actor: &'a Actor, text: &'a str) -> Answer<'a, Vec<Found>> {
        Box::pin(async move {
            actor.must(Permission::Read)?;
            let words = words_of(text);
            if words.is_empty() {
                return Ok(Vec::new());
            }
            let standing = self.standing(actor, None).await?;
            let holds = |found: &Found| {
                words
                    .iter()
                    .all(|word| found.name.to_lowercase().contains(word.as_str()))
            };
            let mut found: Vec<Found> = Vec::new();
            for one in written(&standing).into_iter().chain(partners(&standing)).filter(holds) {
                let of_its_kind = found.iter().filter(|other| other.kind == one.kind).count();
                if of_its_kind < FOUND_OF_A_KIND {
                    found.push(one);
                }
            }
            found.extend(accounts(&standing, words).await?);
            Ok(found)
        })
    }

    /// The records whose addresses are most like one that leads nowhere: the nearest first, none where none is near.
    pub fn nearest<'a>(&'a self, actor: &'a Actor, wrong: &'a str) -> Answer<'a, Vec<Found>> {
        Box::pin(async move {
            actor.must(Permission::Read)?;
            let standing = self.standing(actor, None).await?;
            let all = written(&standing).into_iter().chain(partners(&standing));
            let mut near: Vec<(usize, Found)> = all
                .filter_map(|found| Some((distance(wrong, &found.address)?, found)))
                .collect();
            near.sort_by(|(one, a), (other, b)| (one, &a.address).cmp(&(other, &b.address)));
            Ok(near.into_iter().map(|(_, found)| found).take(NEAREST).collect())
        })
    }
}

fn words_of(text: &str) -> Vec<String> {
    let cut: String = text.chars().take(SEARCH_CHARS).collect();
    cut.to_lowercase().split_whitespace().map(str::to_owned).collect()
}

/// What stands in the strategy: its bets, and the cells of its arena.
fn written(standing: &Standing) -> Vec<Found> {
    let draft = &standing.draft.parsed.strategy;
    let bets = standing.bets().into_iter().map(|bet| Found {
        kind: Kind::Bet,
        name: bet.name.clone(),
        says: standing.state_of(&bet.name).word().to_owned(),
        address: format!("/bets/{}", bet.key()),
    });
    let cells = draft.segments.iter().flat_map(|segment| {
        draft.program.partner_types.iter().map(|partner_type| Found {
            kind: Kind::Cell,
            name: cell_name(&segment.name, partner_type),
            says: draft.cell_state(&segment.name, partner_type).word().to_owned(),
            address: cell_href(&segment.name, partner_type),
        })
    });
    bets.chain(cells).collect()
}

fn partners(standing: &Standing) -> Vec<Found> {
    let Some(facts) = &standing.facts else {
        return Vec::new();
    };
    let partner = |(id, name, kind): (&str, &str, &str)| Found {
        kind: Kind::Partner,
        name: name.to_owned(),
        says: kind.to_owned(),
        address: format!("/partners/{}", query(id)),
    };
    facts.star.partners_known().map(partner).collect()
}

/// Accounts are many: they are gone through away from the threads that answer requests.
async fn accounts(standing: &Standing, words: Vec<String>) -> Result<Vec<Found>, Refusal> {
    let Some(facts) = standing.facts.clone() else {
        return Ok(Vec::new());
    };
    let called = crate::people::blocking(move || facts.star.accounts_called(&words, FOUND_OF_A_KIND)).await?;
    let account = |(id, name): (String, String)| Found {
        kind: Kind::Account,
        name,
        says: String::new(),
        address: address("/evidence/tables/accounts", &[("account_id", &id)], None),
    };
    Ok(called.into_iter().map(account).collect())
}

/// How many letters have to change for one address to become the other; nothing where they are too far apart to be meant.
/// An address that is the beginning of the other is one letter away.
#[must_use]
pub fn distance(wrong: &str, right: &str) -> Option<usize> {
    let wrong: Vec<char> = wrong
        .trim_end_matches('/')
        .to_lowercase()
        .chars()
        .take(SEARCH_CHARS)
        .collect();
    let right: Vec<char> = right.chars().collect();
    if wrong.len() > 2 && right.starts_with(&wrong) {
        return Some(1);
    }
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (at, one) in wrong.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = at + 1;
        for (nth, other) in right.iter().enumerate() {
            let changed = diagonal + usize::from(one != other);
            diagonal = row[nth + 1];
            row[nth + 1] = changed.min(diagonal + 1).min(row[nth] + 1);
        }
    }
    row.last().copied().filter(|letters| *letters <= right.len() / 3)
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn a_slip_is_near_and_another_thing_is_far() {
        assert_eq!(distance("/bets/hris-cosell", "/bets/hris-co-sell"), Some(1));
        assert_eq!(distance("/roadmpa", "/roadmap"), Some(2));
        assert_eq!(distance("/bets/hris", "/bets/hris-co-sell"), Some(1));
        assert_eq!(distance("/nowhere", "/bets/hris-co-sell"), None);
        assert_eq!(distance("", "/"), None);
        assert_eq!(distance(&"x".repeat(100_000), "/bets/hris-co-sell"), None);
    }
}
