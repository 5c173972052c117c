//! What a list comes to once people's decisions stand above the model: which pairs are taken, which are asked, and which
//! records are one company. Must not read the record nor the facts.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use beachhead_mapping::bands::{Band, Bands};
use beachhead_mapping::decisions::{Decision, apply, missing};
use beachhead_mapping::populations::{self, Companies, Matrix, companies};
use beachhead_mapping::{Class, Match, compared};

use super::Population;
use super::decisions::{AllSaid, Verdict};
use super::within::Laid;
use crate::Refusal;

/// A pair and what is done with it.
#[derive(Debug, Clone)]
pub(crate) struct Pair {
    /// The pair: its probability is calibrated, its class what the model says, or a person.
    pub(crate) one: Match,
    /// What the model gave it, where it gave anything.
    pub(crate) scored: Option<f64>,
    pub(crate) band: Band,
    /// What a person said of these very records, by its place in what was said.
    pub(crate) said: Option<usize>,
    /// What a person said of records with these ids, that say something else now.
    pub(crate) earlier: Option<usize>,
    /// Whether the pair counts as one company.
    pub(crate) is_taken: bool,
    /// Whether a person is asked.
    pub(crate) is_asked: bool,
}

impl Pair {
    /// Whether a person is asked about a pair that probably is one company.
    pub(crate) fn is_likely(&self) -> bool {
        self.is_asked && self.band == Band::Likely
    }
}

/// Pairs that are asked together, since they share records.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    /// Places of pairs, the first to decide first.
    pub(crate) pairs: Vec<usize>,
    /// Our open pipeline on the records of the group, in minor units.
    pub(crate) stake: i64,
}

/// A list with what people said of it.
pub(crate) struct Settled {
    pub(crate) laid: Arc<Laid>,
    pub(crate) said: Arc<AllSaid>,
    pub(crate) bands: Bands,
    /// In order of our list, then theirs.
    pub(crate) pairs: Vec<Pair>,
    /// The companies that the pairs taken tie together.
    pub(crate) companies: Companies,
    pub(crate) matrix: Matrix,
    /// What is asked, what has most at stake first.
    pub(crate) queue: Vec<Group>,
}

impl Settled {
    pub(crate) fn new(laid: Arc<Laid>, said: Arc<AllSaid>, precision: Option<f64>) -> Result<Self, Refusal> {
        let of_partner = said.of_partner(&laid.of.partner_id);
        let decisions: Vec<Decision> = of_partner.iter().filter_map(|at| said.decision(*at)).collect();
        let (matches, scored) = matches(&laid, &said, &decisions)?;
        let decided = apply(matches, &laid.ours.keys, &laid.theirs.keys, &decisions);
        let is_decided: BTreeSet<usize> = decided.decided.iter().copied().collect();
        let open = decided
            .matches
            .iter()
            .enumerate()
            .filter(|(at, _)| !is_decided.contains(at));
        let probabilities: Vec<f64> = open.map(|(_, one)| one.probability).collect();
        let bands = precision.map_or_else(Bands::default, |precision| {
            Bands::default().at_precision(precision, &probabilities)
        });
        let known = Known::new(&laid, &said, &of_partner);
        let pairs: Vec<Pair> = decided
            .matches
            .iter()
            .zip(scored)
            .map(|(one, scored)| {
                let (a, b) = (laid.ours.keys[one.ours as usize], laid.theirs.keys[one.theirs as usize]);
                let said_now = known.by_words.get(&(a.says, b.says)).copied();
                let earlier = match said_now {
                    Some(_) => None,
                    None => (known.by_ids.get(&(a.id, b.id)).copied())
                        .or_else(|| known.renamed(a.id, laid.theirs.list.website.get(one.theirs as usize))),
                };
                pair(*one, scored, &bands, &said, said_now, earlier)
            })
            .collect();
        let taken: Vec<Match> = pairs.iter().filter(|pair| pair.is_taken).map(|pair| pair.one).collect();
        let matrix = populations::matrix(
            &taken,
            &laid
                .ours
                .populations
                .iter()
                .map(|one| as_mapped(*one))
                .collect::<Vec<_>>(),
            &laid
                .theirs
                .populations
                .iter()
                .map(|one| as_mapped(*one))
                .collect::<Vec<_>>(),
        );
        Ok(Self {
            queue: queue(&laid, &pairs),
            companies: companies(&taken),
            matrix,
            bands,
            pairs,
            laid,
            said,
        })
    }

    /// How many pairs wait for review.
    pub(crate) fn waiting(&self) -> usize {
        self.queue.iter().map(|group| group.pairs.len()).sum()
    }

    /// Our open pipeline on all that waits, in minor units; an account that stands in several pairs counts once.
    pub(crate) fn at_stake(&self) -> i64 {
        self.queue.iter().fold(0, |sum, group| sum.saturating_add(group.stake))
    }

    /// The pairs of this list that people decided, and that are still as they were.
    pub(crate) fn decided(&self) -> usize {
        self.pairs.iter().filter(|pair| pair.said.is_some()).count()
    }

    /// What a person said of a pair as it is now.
    pub(crate) fn verdict(&self, pair: &Pair) -> Option<Verdict> {
        pair.said.map(|at| self.said.all[at].verdict)
    }

    /// The place of the pair of these records.
    pub(crate) fn place_of(&self, ours: u32, theirs: u32) -> Option<usize> {
        self.pairs
            .binary_search_by_key(&(ours, theirs), |pair| (pair.one.ours, pair.one.theirs))
            .ok()
    }

    /// The pair of the records with these ids.
    pub(crate) fn named(&self, ours: &str, theirs: &str) -> Option<usize> {
        let place = |ids: &beachhead_mapping::Column, id: &str| {
            ids.iter()
                .position(|other| other == id)
                .and_then(|at| u32::try_from(at).ok())
        };
        self.place_of(
            place(&self.laid.ours.list.id, ours)?,
            place(&self.laid.theirs.list.id, theirs)?,
        )
    }
}

/// The model's pairs, those of decisions that it would not have made among them, with calibrated probabilities; and what the
/// model itself gave each.
fn matches(laid: &Laid, said: &AllSaid, decisions: &[Decision]) -> Result<(Vec<Match>, Vec<Option<f64>>), Refusal> {
    let model = laid.mapping.matches.iter();
    let mut all: Vec<(Match, Option<f64>)> = model.map(|one| (*one, Some(one.probability))).collect();
    let absent = missing(&laid.mapping.matches, &laid.ours.keys, &laid.theirs.keys, decisions);
    if !absent.is_empty() {
        let found = compared(&laid.ours.list, &laid.theirs.list, &absent)?;
        all.extend(found.into_iter().map(|one| (one, None)));
        all.sort_by_key(|(one, _)| (one.ours, one.theirs));
    }
    if let Some(calibration) = &said.calibration {
        let by_likeness = all
            .iter_mut()
            .filter(|(one, scored)| scored.is_some() && !one.is_by_number());
        for (one, _) in by_likeness {
            one.probability = calibration.apply(one.probability);
            one.class = match (one.probability >= 0.5, one.class) {
                (true, _) => Class::Same,
                (false, Class::Related) => Class::Related,
                (false, _) => Class::Different,
            };
        }
    }
    Ok(all.into_iter().unzip())
}

/// What was said, by what the records say and by their ids; of several the last.
struct Known {
    by_words: BTreeMap<(u64, u64), usize>,
    by_ids: BTreeMap<(u64, u64), usize>,
    /// By our record's id and their website, where the list no longer holds the record that was decided on: in a list
    /// without ids of its own a record of another name is another record.
    by_sites: BTreeMap<(u64, String), usize>,
}

impl Known {
    fn new(laid: &Laid, said: &AllSaid, places: &[usize]) -> Self {
        let there: BTreeSet<u64> = laid.theirs.keys.iter().map(|key| key.id).collect();
        let (mut by_words, mut by_ids, mut by_sites) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        for at in places {
            let (a, b) = said.keys(*at);
            by_words.insert((a.says, b.says), *at);
            by_ids.insert((a.id, b.id), *at);
            let site = site(&said.all[*at].theirs.website);
            if !site.is_empty() && !there.contains(&b.id) {
                by_sites.insert((a.id, site), *at);
            }
        }
        Self {
            by_words,
            by_ids,
            by_sites,
        }
    }

    /// What was said of our record and one of theirs that is gone, and had this website.
    fn renamed(&self, ours: u64, website: &str) -> Option<usize> {
        self.by_sites.get(&(ours, site(website))).copied()
    }
}

/// A website without what is written before and after it.
fn site(website: &str) -> String {
    let lower = website.trim().to_lowercase();
    let bare = lower.split_once("://").map_or(lower.as_str(), |(_, rest)| rest);
    bare.strip_prefix("www.")
        .unwrap_or(bare)
        .trim_end_matches('/')
        .to_owned()
}

fn pair(
    mut one: Match,
    scored: Option<f64>,
    bands: &Bands,
    all: &AllSaid,
    said: Option<usize>,
    earlier: Option<usize>,
) -> Pair {
    let band = bands.band(one.probability);
    let verdict = said.map(|at| all.all[at].verdict);
    let verdict_before = earlier.map(|at| all.all[at].verdict);
    let is_taken = match (verdict, verdict_before) {
        (Some(Verdict::Same), _) => true,
        // Until somebody looks again, what a person kept apart stays apart.
        (Some(Verdict::Related | Verdict::Different), _) | (None, Some(Verdict::Related | Verdict::Different)) => false,
        (Some(Verdict::Unsure) | None, _) => band == Band::Automatic,
    };
    let is_raised = verdict_before.is_some_and(|before| before != Verdict::Unsure);
    let is_asked = verdict.is_none() && (is_raised || matches!(band, Band::Likely | Band::Review));
    if is_taken {
        one.class = Class::Same;
    }
    Pair {
        one,
        scored,
        band,
        said,
        earlier,
        is_taken,
        is_asked,
    }
}

/// What is asked, in groups of pairs that share records. First where most of our open pipeline is at stake, then where the
/// model is least sure, then by ids.
fn queue(laid: &Laid, pairs: &[Pair]) -> Vec<Group> {
    let asked: Vec<(usize, Match)> = pairs
        .iter()
        .enumerate()
        .filter(|(_, pair)| pair.is_asked)
        .map(|(at, pair)| {
            (
                at,
                Match {
                    class: Class::Same,
                    ..pair.one
                },
            )
        })
        .collect();
    let tied = companies(&asked.iter().map(|(_, one)| *one).collect::<Vec<_>>());
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (at, one) in &asked {
        groups.entry(tied.ours[&one.ours]).or_default().push(*at);
    }
    let stake = |at: usize| {
        laid.ours
            .pipelines
            .get(pairs[at].one.ours as usize)
            .map_or(0, |open| open.minor)
    };
    let urgency = |at: usize| {
        let one = &pairs[at].one;
        let ids = (
            laid.ours.list.id.get(one.ours as usize),
            laid.theirs.list.id.get(one.theirs as usize),
        );
        (
            std::cmp::Reverse(stake(at)),
            Ordered((one.probability - 0.5).abs()),
            ids,
        )
    };
    let mut queue: Vec<Group> = groups
        .into_values()
        .map(|mut pairs_of| {
            let ours: BTreeSet<u32> = pairs_of.iter().map(|at| pairs[*at].one.ours).collect();
            let open = ours.iter().filter_map(|ours| laid.ours.pipelines.get(*ours as usize));
            let stake = open.fold(0_i64, |sum, open| sum.saturating_add(open.minor));
            pairs_of.sort_by(|one, other| urgency(*one).cmp(&urgency(*other)));
            Group { pairs: pairs_of, stake }
        })
        .collect();
    queue.sort_by(|one, other| {
        let least = |group: &Group| group.pairs.first().map(|at| urgency(*at));
        (other.stake)
            .cmp(&one.stake)
            .then_with(|| least(one).cmp(&least(other)))
    });
    queue
}

/// A number in its total order.
#[derive(PartialEq)]
struct Ordered(f64);

impl Eq for Ordered {}

impl PartialOrd for Ordered {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ordered {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

/// The pure room's word for a population.
pub(crate) const fn as_mapped(population: Population) -> populations::Population {
    match population {
        Population::Customer => populations::Population::Customer,
        Population::OpenOpportunity => populations::Population::Opportunity,
        Population::Prospect => populations::Population::Prospect,
    }
}
