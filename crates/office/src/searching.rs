//! What somebody looks for by name: bets, cells, partners, targets and accounts; and what an address that leads nowhere may
//! have meant. Must not know which pages there are.

use beachhead_strategy::bet::slug;

use crate::actor::{Actor, Permission};
use crate::reporting::{cell_href, cell_name, query};
use crate::standing::Standing;
use crate::targets::TargetRow;
use crate::tracing::address;
use crate::{Answer, Office, Refusal};

/// The most that is looked for: longer words are cut.
pub const SEARCH_CHARS: usize = 100;
/// The most records of one kind that a search finds.
pub const FOUND_OF_A_KIND: usize = 8;
/// The most records that an address may have meant.
const NEAREST: usize = 3;
/// The fewest letters of an address that are compared with names.
const NAME_LETTERS: usize = 3;

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A bet.
    Bet,
    /// A cell of the arena.
    Cell,
    /// A partner.
    Partner,
    /// A target of a bet.
    Target,
    /// An account that the facts name.
    Account,
}

impl Kind {
    /// Every kind, in the order in which they are listed.
    pub const ALL: [Self; 5] = [Self::Bet, Self::Cell, Self::Partner, Self::Target, Self::Account];

    /// What many of them are called.
    #[must_use]
    pub const fn plural(self) -> &'static str {
        match self {
            Self::Bet => "Bets",
            Self::Cell => "Cells",
            Self::Partner => "Partners",
            Self::Target => "Targets",
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
            for one in self.known(&standing).await?.into_iter().filter(holds) {
                let of_its_kind = found.iter().filter(|other| other.kind == one.kind).count();
                if of_its_kind < FOUND_OF_A_KIND {
                    found.push(one);
                }
            }
            found.extend(accounts(&standing, words).await?);
            Ok(found)
        })
    }

    /// The records that an address which leads nowhere may have meant, by their addresses, names or keys: the nearest first,
    /// none where none is near.
    pub fn nearest<'a>(&'a self, actor: &'a Actor, wrong: &'a str) -> Answer<'a, Vec<Found>> {
        Box::pin(async move {
            actor.must(Permission::Read)?;
            let standing = self.standing(actor, None).await?;
            let wrong = Wrong::new(wrong);
            let all = self.known(&standing).await?.into_iter();
            let mut near: Vec<(usize, bool, Found)> = all
                .filter_map(|found| Some((wrong.far_from(&found)?, !wrong.is_in_place_of(&found), found)))
                .collect();
            near.sort_by(|one, other| (one.0, one.1, &one.2.address).cmp(&(other.0, other.1, &other.2.address)));
            let mut found: Vec<Found> = near.into_iter().map(|(_, _, found)| found).take(NEAREST).collect();
            if found.is_empty() && wrong.name.len() >= NAME_LETTERS {
                found = accounts(&standing, wrong.name.split('-').map(str::to_owned).collect()).await?;
                found.truncate(NEAREST);
            }
            Ok(found)
        })
    }

    /// Every record but the accounts, which are too many to be listed.
    async fn known(&self, standing: &Standing) -> Result<Vec<Found>, Refusal> {
        let targets = self.target_rows(standing).await?;
        let targets = targets.iter().map(target);
        let partners = self.known_partners(standing).await?;
        let partners = partners.into_iter().map(|partner| Found {
            kind: Kind::Partner,
            address: format!("/partners/{}", query(&partner.id)),
            name: partner.name,
            says: partner.partner_type,
        });
        Ok(written(standing).into_iter().chain(partners).chain(targets).collect())
    }
}

/// An address that leads nowhere, with what stands last in it as a name.
struct Wrong<'a> {
    address: &'a str,
    name: String,
}

impl<'a> Wrong<'a> {
    fn new(address: &'a str) -> Self {
        let last = address.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        let cut: String = last.replace("%20", " ").chars().take(SEARCH_CHARS).collect();
        Self {
            address,
            name: slug(&cut),
        }
    }

    /// How many letters would have to change, in the address or in the name; nothing where they are too far apart.
    fn far_from(&self, found: &Found) -> Option<usize> {
        let key = found
            .address
            .rsplit(['/', '='])
            .next()
            .unwrap_or_default()
            .to_lowercase();
        let by_name = [slug(&found.name), key].into_iter();
        let by_name = by_name.filter(|_| self.name.len() >= NAME_LETTERS);
        let letters = by_name.filter_map(|right| distance(&self.name, &right));
        letters.chain(distance(self.address, &found.address)).min()
    }

    /// Whether both begin with the same place.
    fn is_in_place_of(&self, found: &Found) -> bool {
        let place = |address: &str| address.split('/').nth(1).map(str::to_owned);
        place(self.address) == place(&found.address)
    }
}

fn target(row: &TargetRow) -> Found {
    Found {
        kind: Kind::Target,
        name: row.account_name.clone(),
        says: row.bet_name.clone(),
        address: format!("/targets/{}/{}", query(&row.bet), query(&row.account)),
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
