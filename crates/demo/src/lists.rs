//! The partners' lists as real ones come: names written in other ways, companies twice, units and namesakes of ours, and
//! accounts that nobody here knows. Pure: the same luck gives the same rows.

use beachhead_foresight::luck::Luck;

use crate::world::pick;

/// A row of a partner's list.
pub(crate) struct Listed {
    /// Its place among the partners.
    pub(crate) partner: usize,
    /// What the partner calls the account.
    pub(crate) external_id: String,
    pub(crate) name: String,
    /// Empty where the partner does not know it.
    pub(crate) domain: String,
    pub(crate) population: &'static str,
    pub(crate) owner: &'static str,
}

/// An account of ours as the lists need it.
pub(crate) struct Known<'a> {
    pub(crate) id: &'a str,
    pub(crate) name: &'a str,
    pub(crate) domain: &'a str,
}

/// Who owns accounts at the partners.
const OWNERS: [&str; 4] = ["Sanne Vries", "Lukas Brandt", "Aisha Rahman", "Marco Conti"];
/// First words of companies that nobody here knows.
const STRANGERS: [&str; 12] = [
    "Bramble", "Cinder", "Dapple", "Elmwood", "Foxglove", "Gossamer", "Hazel", "Ivory", "Jasper", "Kelp", "Larch",
    "Mulberry",
];
/// Second words of theirs.
const TRADES: [&str; 6] = ["Packaging", "Dental", "Aviation", "Ceramics", "Payments", "Storage"];
/// The partners whose lists hold more than what we know: those of the first bet.
const WHOLE_LISTS: usize = 2;

/// The rows of all lists: what is in common for sure first, then what only looks like it, then strangers.
pub(crate) fn rows(luck: Luck, in_common: &[(usize, usize)], accounts: &[Known<'_>], partners: &[&str]) -> Vec<Listed> {
    let mut rows = Vec::new();
    for (nth, (partner, account)) in (0_u64..).zip(in_common) {
        let (luck, known, id) = (luck.at(1).at(nth), &accounts[*account], partners[*partner]);
        let mut row = listed(
            luck,
            *partner,
            format!("{id}-{}", known.id),
            written(luck.at(1), known.name),
        );
        row.domain = known.domain.to_owned();
        // A branch with an entry of its own.
        if luck.at(2).uniform() < 0.08 {
            rows.push(Listed {
                external_id: format!("{id}-{}-b", known.id),
                name: format!("{} Inc.", known.name),
                domain: format!("www.{}", known.domain),
                ..row
            });
        }
        rows.push(row);
    }
    for (partner, of) in partners.iter().enumerate().take(WHOLE_LISTS) {
        let luck = luck.at(2).at(partner as u64);
        for (nth, known) in (0_u64..).zip(accounts) {
            let luck = luck.at(nth);
            let is_listed = in_common
                .iter()
                .any(|(other, account)| *other == partner && accounts[*account].id == known.id);
            if let Some(name) = look_alike(luck, known.name).filter(|_| !is_listed) {
                let id = format!("{of}-{}-x", known.id);
                rows.push(listed(luck.at(9), partner, id, name));
            }
        }
        for (nth, (first, second)) in strangers().enumerate() {
            let id = format!("{of}-s{nth}");
            let mut row = listed(luck.at(10_000 + nth as u64), partner, id, format!("{first} {second}"));
            row.domain = format!("{}{}.example", first.to_lowercase(), second.to_lowercase());
            rows.push(row);
        }
    }
    rows
}

fn strangers() -> impl Iterator<Item = (&'static str, &'static str)> {
    STRANGERS
        .into_iter()
        .flat_map(|first| TRADES.into_iter().map(move |second| (first, second)))
}

fn listed(luck: Luck, partner: usize, external_id: String, name: String) -> Listed {
    let population = match luck.at(3).uniform() {
        share if share < 0.70 => "customer",
        share if share < 0.84 => "open opportunity",
        _ => "prospect",
    };
    Listed {
        partner,
        external_id,
        name,
        domain: String::new(),
        population,
        owner: OWNERS[pick(luck.at(4), OWNERS.len())],
    }
}

/// A name as somebody else writes it.
fn written(luck: Luck, name: &str) -> String {
    match luck.uniform() {
        share if share < 0.60 => name.to_owned(),
        share if share < 0.75 => format!("{name} Inc"),
        share if share < 0.85 => format!("{name} Ltd"),
        share if share < 0.93 => name.to_uppercase(),
        _ => format!("The {name} Company"),
    }
}

/// A name that may be of the same company: for one account in thirty.
fn look_alike(luck: Luck, name: &str) -> Option<String> {
    let (first, second) = name.split_once(' ')?;
    match luck.at(5).uniform() {
        share if share < 0.008 => Some(format!("{name} Group")),
        share if share < 0.016 => Some(format!("{name} International")),
        share if share < 0.022 => Some(format!("{second} {first}")),
        share if share < 0.028 => Some(format!("{name} Europe GmbH")),
        share if share < 0.034 => Some(format!("{first} Holding")),
        _ => None,
    }
}
