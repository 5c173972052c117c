//! Known families: the companies that a list names above a record, and groups that are known to own several domains. It
//! must not compare names: what only looks like a family is for the model to say.

use std::collections::HashMap;

use super::domain::{Site, named_domain, sites};
use super::tables::FAMILIES;
use crate::column::List;
use crate::limits::PARENTS_MAX;

/// Which records are named as parents, by id or by name.
pub(crate) struct Families<'l> {
    list: &'l List,
    rows: HashMap<&'l str, Option<usize>>,
}

impl<'l> Families<'l> {
    /// Of a list: nothing is looked at where it names no parents.
    pub(crate) fn of(list: &'l List) -> Self {
        let named = list.parent.iter().map(str::trim).filter(|parent| !parent.is_empty());
        let mut rows: HashMap<&str, Option<usize>> = named.map(|parent| (parent, None)).collect();
        if !rows.is_empty() {
            // An id is above a name, and of equal names the first counts.
            for (row, called) in list.id.iter().enumerate().chain(list.name.iter().enumerate()) {
                if let Some(found @ None) = rows.get_mut(called.trim()) {
                    *found = Some(row);
                }
            }
        }
        Self { list, rows }
    }

    /// Writes the domains of a record's family that are not its own: of the companies above it, from the nearest on, and of
    /// the groups that they and it are known to be of.
    pub(crate) fn domains(&self, row: usize, own: &Site, further: &[u64], domains: &mut Vec<u64>) {
        domains.clear();
        if !self.rows.is_empty() {
            self.above(row, domains);
        }
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

    fn above(&self, row: usize, domains: &mut Vec<u64>) {
        let mut at = row;
        for _ in 0..PARENTS_MAX {
            let parent = self.list.parent.get(at).trim();
            match self.rows.get(parent).copied().flatten() {
                Some(next) if next == at || next == row => return,
                Some(next) => {
                    domains.push(sites(self.list.website.get(next), &mut Vec::new()).domain);
                    at = next;
                }
                None => return domains.extend(named_domain(parent)),
            }
        }
    }
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
