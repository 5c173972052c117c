//! Known families: the companies that a list names above a record, and groups that are known to own several domains. It
//! must not compare names: what only looks like a family is for the model to say.

use std::collections::HashMap;
use std::iter;

use rayon::prelude::*;

use super::domain::{Site, named_domain, sites};
use super::tables::FAMILIES;
use crate::column::List;
use crate::limits::{FAMILY_RECORDS_MAX, FAMILY_SHARE, PARENTS_MAX};

/// What a list says of parents.
#[derive(Debug, Default)]
pub(crate) struct Families {
    // The place of each record's among the companies; no rows where the list names no parents.
    parents: Vec<Option<u32>>,
    companies: Vec<Company>,
}

/// A company that a list names as a parent.
#[derive(Debug)]
struct Company {
    /// Its domain; 0 without.
    domain: u64,
    /// Where it is a record of the list.
    row: Option<u32>,
    /// The place of the one above it.
    parent: Option<u32>,
}

impl Families {
    /// Of a list.
    pub(crate) fn of(list: &List) -> Self {
        let mut places: HashMap<&str, u32> = HashMap::new();
        let mut named: Vec<&str> = Vec::new();
        let mut place = |parent| {
            *places.entry(parent).or_insert_with(|| {
                named.push(parent);
                u32::try_from(named.len() - 1).unwrap_or(u32::MAX)
            })
        };
        let all = list.parent.iter().map(str::trim);
        let parents: Vec<Option<u32>> = all.map(|parent| (!parent.is_empty()).then(|| place(parent))).collect();
        if named.is_empty() {
            return Self::default();
        }
        let mut families = Self {
            companies: companies(list, &named, &places, &parents),
            parents,
        };
        families.drop_large();
        families
    }

    /// Writes the domains of a record's family that are not its own: of the companies above it, and of the groups that they
    /// and it are known to be of.
    pub(crate) fn domains(&self, row: usize, own: &Site, further: &[u64], domains: &mut Vec<u64>) {
        domains.clear();
        domains.extend(self.above(row).map(|place| self.companies[place].domain));
        let mut known = |domain: u64| domains.extend(FAMILIES.get(domain));
        known(own.domain);
        further.iter().for_each(|domain| known(*domain));
        if domains.is_empty() {
            return;
        }
        for at in 0..domains.len() {
            domains.extend(FAMILIES.get(domains[at]));
        }
        domains.sort_unstable();
        domains.dedup();
        domains.retain(|domain| *domain != 0 && *domain != own.domain);
    }

    /// The places of the companies above a record, from the nearest on: a circle ends where it comes back to the record.
    fn above(&self, row: usize) -> impl Iterator<Item = usize> {
        let nearest = self.parents.get(row).copied().flatten();
        let all = iter::successors(nearest, |place| self.companies[*place as usize].parent);
        all.map(|place| place as usize)
            .take_while(move |place| self.companies[*place].row.is_none_or(|its| its as usize != row))
            .take(PARENTS_MAX)
    }

    /// Who stands above most of a list tells nothing of its records.
    fn drop_large(&mut self) {
        let mut below = vec![0; self.companies.len()];
        (0..self.parents.len()).for_each(|row| self.above(row).for_each(|place| below[place] += 1));
        let most = FAMILY_RECORDS_MAX.max(self.parents.len() / FAMILY_SHARE);
        for (company, below) in self.companies.iter_mut().zip(below) {
            if below > most {
                company.domain = 0;
            }
        }
    }
}

/// The companies that are named, in their order.
fn companies(list: &List, named: &[&str], places: &HashMap<&str, u32>, parents: &[Option<u32>]) -> Vec<Company> {
    let mut rows: Vec<Option<u32>> = vec![None; named.len()];
    // An id is above a name, and of equal names the first counts.
    for (row, called) in (0..).zip(list.id.iter()).chain((0..).zip(list.name.iter())) {
        if let Some(place) = places.get(called.trim()) {
            let slot = &mut rows[*place as usize];
            *slot = slot.or(Some(row));
        }
    }
    let company = |(named, row): (&&str, Option<u32>)| Company {
        domain: match row {
            Some(row) => sites(list.website.get(row as usize), &mut Vec::new()).domain,
            None => named_domain(named).unwrap_or(0),
        },
        row,
        parent: row.and_then(|row| parents[row as usize]),
    };
    named.par_iter().zip(rows).map(company).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::column::Column;

    fn list(rows: &[[&str; 4]]) -> List {
        let column = |at: usize| rows.iter().map(|row| row[at]).collect::<Column>();
        List {
            id: column(0),
            name: column(1),
            website: column(2),
            parent: column(3),
            ..List::default()
        }
    }

    fn hashes(domains: &[&str]) -> Vec<u64> {
        let mut all: Vec<u64> = domains
            .iter()
            .map(|domain| sites(domain, &mut Vec::new()).domain)
            .collect();
        all.sort_unstable();
        all
    }

    fn of(list: &List, row: usize) -> Vec<u64> {
        let (mut further, mut domains) = (Vec::new(), Vec::new());
        let site = sites(list.website.get(row), &mut further);
        Families::of(list).domains(row, &site, &further, &mut domains);
        domains
    }

    #[test]
    fn a_parent_is_an_id_a_name_or_a_website_and_all_above_it_count() {
        let list = list(&[
            ["1", "Contoso Holding", "contoso.com", ""],
            ["2", "Velplex", "velplex.io", "1"],
            ["3", "Velplex Nord", "velplex-nord.de", "Velplex"],
            ["4", "Norvex", "norvex.com", "https://www.harbour.nl"],
            ["5", "Alder", "alder.com", "Somebody Else Inc."],
            ["6", "Birch", "", "3"],
        ]);
        assert_eq!(of(&list, 0), []);
        assert_eq!(of(&list, 1), hashes(&["contoso.com"]));
        assert_eq!(of(&list, 2), hashes(&["contoso.com", "velplex.io"]));
        assert_eq!(of(&list, 3), hashes(&["harbour.nl"]));
        assert_eq!(of(&list, 4), []);
        assert_eq!(of(&list, 5), hashes(&["contoso.com", "velplex.io", "velplex-nord.de"]));
    }

    #[test]
    fn a_circle_of_parents_ends() {
        let list = list(&[
            ["1", "Contoso", "contoso.com", "2"],
            ["2", "Velplex", "velplex.io", "1"],
            ["3", "Norvex", "norvex.com", "3"],
            ["4", "Alder", "alder.com", "1"],
        ]);
        assert_eq!(of(&list, 0), hashes(&["velplex.io"]));
        assert_eq!(of(&list, 2), []);
        assert_eq!(of(&list, 3), hashes(&["contoso.com", "velplex.io"]));
    }

    #[test]
    fn who_stands_above_most_of_a_list_makes_no_family() {
        let rows = |members: usize, others: usize| {
            let top = ["1", "Contoso", "contoso.com", ""];
            let below = iter::repeat_n(["", "Velplex", "velplex.io", "1"], members);
            let others = iter::repeat_n(["", "Norvex", "norvex.com", ""], others);
            list(&iter::once(top).chain(below).chain(others).collect::<Vec<_>>())
        };
        let (most, contoso) = (FAMILY_RECORDS_MAX, hashes(&["contoso.com"]));
        assert_eq!(of(&rows(most, 0), 1), contoso);
        assert_eq!(of(&rows(most + 1, 0), 1), []);
        assert_eq!(of(&rows(most + 1, most), 1), []);
        assert_eq!(of(&rows(most + 1, (most + 1) * FAMILY_SHARE), 1), contoso);
    }

    #[test]
    fn every_domain_of_the_table_is_a_website_of_one_group() {
        let lines = include_str!("../../data/families.txt")
            .lines()
            .filter(|line| !line.starts_with('#'));
        let domains: Vec<&str> = lines
            .flat_map(|line| line.split([':', ' ']).filter(|word| !word.is_empty()))
            .collect();
        let mut seen = std::collections::HashSet::new();
        for domain in domains {
            assert!(named_domain(domain).is_some() && seen.insert(domain), "{domain}");
        }
    }

    #[test]
    fn a_group_that_is_known_is_the_family_of_its_domains() {
        let list = list(&[
            ["1", "Slack", "slack.com", ""],
            ["2", "Salesforce", "salesforce.com", ""],
            ["3", "Slack Japan", "slack.example.jp", "slack.com"],
        ]);
        assert_eq!(of(&list, 0), hashes(&["salesforce.com"]));
        assert_eq!(of(&list, 1), []);
        assert_eq!(of(&list, 2), hashes(&["salesforce.com", "slack.com"]));
    }
}
