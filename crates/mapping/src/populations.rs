//! Step 6, populations: who of our customers, open opportunities and prospects is whose of theirs, in records and in
//! companies. It must not decide which pairs are the same.

use std::collections::{BTreeMap, BTreeSet};

use crate::mapping::{Class, Match};

/// What a record is to its owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Population {
    /// A customer.
    Customer,
    /// An open opportunity.
    Opportunity,
    /// Neither yet.
    Prospect,
}

impl Population {
    /// Every population, in the order of the matrix.
    pub const ALL: [Self; 3] = [Self::Customer, Self::Opportunity, Self::Prospect];
}

/// How many there are of something, counted three ways: they differ where a list holds a company more than once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Overlap {
    /// Companies: records that pairs tie together are one.
    pub companies: usize,
    /// Our records.
    pub ours: usize,
    /// Their records.
    pub theirs: usize,
}

/// Counts for each of our populations against each of theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Matrix {
    /// Rows are ours, columns theirs, in the order of [`Population::ALL`].
    pub cells: [[Overlap; 3]; 3],
    /// All of them: a company that stands in several cells is counted once.
    pub total: Overlap,
}

/// The companies that pairs tie together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Companies {
    /// The company of each of our records that is in a pair, by its place.
    pub ours: BTreeMap<u32, usize>,
    /// The same of theirs.
    pub theirs: BTreeMap<u32, usize>,
    /// How many there are.
    pub count: usize,
}

/// Ties records that are the same company together, over as many pairs as it takes. Companies are numbered in the order of
/// their first record of ours.
pub fn companies(matches: &[Match]) -> Companies {
    let same = || matches.iter().filter(|one| one.class == Class::Same);
    // Ours are even, theirs odd.
    let nodes: BTreeSet<u64> = same()
        .flat_map(|one| [node(one.ours, 0), node(one.theirs, 1)])
        .collect();
    let mut parents: BTreeMap<u64, u64> = nodes.iter().map(|node| (*node, *node)).collect();
    for one in same() {
        let (a, b) = (
            root(&mut parents, node(one.ours, 0)),
            root(&mut parents, node(one.theirs, 1)),
        );
        parents.insert(a.max(b), a.min(b));
    }
    let mut companies = Companies::default();
    let mut numbers: BTreeMap<u64, usize> = BTreeMap::new();
    for node in nodes {
        let next = numbers.len();
        let number = *numbers.entry(root(&mut parents, node)).or_insert(next);
        let place = u32::try_from(node / 2).unwrap_or(u32::MAX);
        let side = if node % 2 == 0 {
            &mut companies.ours
        } else {
            &mut companies.theirs
        };
        side.insert(place, number);
    }
    companies.count = numbers.len();
    companies
}

fn node(place: u32, side: u64) -> u64 {
    u64::from(place) * 2 + side
}

fn root(parents: &mut BTreeMap<u64, u64>, node: u64) -> u64 {
    let mut top = node;
    while let Some(parent) = parents.get(&top).copied().filter(|parent| *parent != top) {
        top = parent;
    }
    let mut at = node;
    while at != top {
        at = parents.insert(at, top).unwrap_or(top);
    }
    top
}

/// Counts the pairs that are the same company by what either side's record is to its owner. A record without a population
/// is a prospect.
pub fn matrix(matches: &[Match], ours: &[Population], theirs: &[Population]) -> Matrix {
    let companies = companies(matches);
    let of = |all: &[Population], place: u32| all.get(place as usize).copied().unwrap_or(Population::Prospect);
    let mut cells: BTreeMap<(Population, Population), Vec<&Match>> = BTreeMap::new();
    for one in matches.iter().filter(|one| one.class == Class::Same) {
        cells
            .entry((of(ours, one.ours), of(theirs, one.theirs)))
            .or_default()
            .push(one);
    }
    let count = |pairs: &[&Match]| Overlap {
        companies: distinct(pairs.iter().filter_map(|one| companies.ours.get(&one.ours))),
        ours: distinct(pairs.iter().map(|one| one.ours)),
        theirs: distinct(pairs.iter().map(|one| one.theirs)),
    };
    let cell = |row, column| {
        cells
            .get(&(row, column))
            .map_or_else(Overlap::default, |pairs| count(pairs))
    };
    Matrix {
        cells: Population::ALL.map(|row| Population::ALL.map(|column| cell(row, column))),
        total: Overlap {
            companies: companies.count,
            ours: companies.ours.len(),
            theirs: companies.theirs.len(),
        },
    }
}

fn distinct<T: Ord>(all: impl Iterator<Item = T>) -> usize {
    all.collect::<BTreeSet<_>>().len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::FEATURES;

    fn same(pairs: &[(u32, u32)]) -> Vec<Match> {
        let one = |(ours, theirs): &(u32, u32)| Match {
            ours: *ours,
            theirs: *theirs,
            probability: 0.99,
            class: Class::Same,
            features: [0; FEATURES],
        };
        pairs.iter().map(one).collect()
    }

    #[test]
    fn records_tied_by_pairs_are_one_company() {
        // 0 and 1 of ours are one, by way of 7 of theirs.
        let found = companies(&same(&[(0, 7), (1, 7), (2, 8), (2, 9)]));
        assert_eq!(found.count, 2);
        assert_eq!((found.ours[&0], found.ours[&1], found.ours[&2]), (0, 0, 1));
        assert_eq!((found.theirs[&7], found.theirs[&9]), (0, 1));
    }

    #[test]
    fn a_cell_counts_records_and_companies_and_the_total_each_company_once() {
        use Population::{Customer, Opportunity, Prospect};
        let pairs = same(&[(0, 0), (1, 0), (2, 1), (2, 2)]);
        let found = matrix(
            &pairs,
            &[Customer, Customer, Opportunity],
            &[Prospect, Customer, Prospect],
        );
        let cell = |row: usize, column: usize| found.cells[row][column];
        assert_eq!(
            cell(0, 2),
            Overlap {
                companies: 1,
                ours: 2,
                theirs: 1
            }
        );
        assert_eq!(
            cell(1, 0),
            Overlap {
                companies: 1,
                ours: 1,
                theirs: 1
            }
        );
        assert_eq!(
            cell(1, 2),
            Overlap {
                companies: 1,
                ours: 1,
                theirs: 1
            }
        );
        assert_eq!(
            found.total,
            Overlap {
                companies: 2,
                ours: 3,
                theirs: 3
            }
        );
        assert_eq!(cell(2, 2), Overlap::default());
    }
}
