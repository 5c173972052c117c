//! Review: what is asked of a partner's list, one group of pairs at a time, what has most at stake first. Must not decide.

use beachhead_strategy::Currency;
use jiff::civil::Date;

use super::decisions::no_such_pair;
use super::pair::PairView;
use super::settled::Settled;
use crate::actor::{Actor, Permission};
use crate::weighing::units;
use crate::{Answer, Office, Refusal};

/// Pairs of one group that are listed.
const LISTED: usize = 30;

/// A pair by the ids of its records in their lists.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chosen {
    /// Ours.
    pub ours: String,
    /// Theirs.
    pub theirs: String,
}

/// What is to be reviewed.
#[derive(Debug, Clone, Default)]
pub struct ReviewAsked {
    /// The partner.
    pub partner: String,
    /// Groups of the queue that are passed over.
    pub at: usize,
    /// A pair that is looked at, wherever it stands.
    pub pair: Option<Chosen>,
}

/// A pair among others of its group.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupPair {
    /// Its records.
    pub pair: Chosen,
    /// What ours is called.
    pub ours_name: String,
    /// What theirs is called.
    pub theirs_name: String,
    /// That they are the same company.
    pub probability: f64,
    /// What agrees and what differs.
    pub reasons: Vec<String>,
}

/// A page of the review.
#[derive(Debug, Clone)]
pub struct ReviewView {
    /// What the list calls the partner.
    pub partner: String,
    /// What it is called.
    pub name: String,
    /// The day whose knowledge counts.
    pub as_of: Date,
    /// The pair; none where nothing is left to ask.
    pub pair: Option<PairView>,
    /// The other pairs that are asked together with it, the first of them.
    pub others: Vec<GroupPair>,
    /// How many others there are.
    pub others_count: usize,
    /// Our records in the group, and theirs.
    pub group: (usize, usize),
    /// Groups passed over.
    pub at: usize,
    /// Groups that wait.
    pub groups: usize,
    /// Pairs that wait.
    pub waiting: usize,
    /// Our open pipeline on all that waits.
    pub at_stake: f64,
    /// Pairs of this list that people decided.
    pub decided: usize,
    /// The currency of amounts.
    pub currency: Option<Currency>,
}

impl Office {
    /// What is asked of a partner's list: the group with most at stake, or the next ones, or a pair that is named.
    pub fn review_matches<'a>(&'a self, actor: &'a Actor, asked: &'a ReviewAsked) -> Answer<'a, ReviewView> {
        Box::pin(async move {
            actor.must(Permission::Read)?;
            let settled = self.settled(&asked.partner, None).await?;
            view(&settled, asked)
        })
    }
}

fn view(settled: &Settled, asked: &ReviewAsked) -> Result<ReviewView, Refusal> {
    let at = asked.at.min(settled.queue.len().saturating_sub(1));
    let (lead, group) = match &asked.pair {
        Some(pair) => {
            let place = settled
                .named(&pair.ours, &pair.theirs)
                .ok_or_else(|| no_such_pair(pair))?;
            (
                Some(place),
                settled.queue.iter().find(|group| group.pairs.contains(&place)),
            )
        }
        None => {
            let group = settled.queue.get(at);
            (group.and_then(|group| group.pairs.first().copied()), group)
        }
    };
    let members = group.map_or(&[][..], |group| group.pairs.as_slice());
    let others = members.iter().filter(|place| Some(**place) != lead);
    let (ours, theirs): (std::collections::BTreeSet<u32>, std::collections::BTreeSet<u32>) = members
        .iter()
        .map(|place| (settled.pairs[*place].one.ours, settled.pairs[*place].one.theirs))
        .unzip();
    let laid = &settled.laid;
    Ok(ReviewView {
        partner: laid.of.partner_id.clone(),
        name: laid.partner_name().to_owned(),
        as_of: laid.as_of,
        pair: lead.map(|place| PairView::new(settled, &settled.pairs[place])),
        others: others.take(LISTED).map(|place| group_pair(settled, *place)).collect(),
        others_count: members.len().saturating_sub(1),
        group: (ours.len(), theirs.len()),
        at,
        groups: settled.queue.len(),
        waiting: settled.waiting(),
        at_stake: units(settled.at_stake(), laid.facts.star.currency()),
        decided: settled.decided(),
        currency: laid.facts.star.currency(),
    })
}

fn group_pair(settled: &Settled, place: usize) -> GroupPair {
    let view = PairView::new(settled, &settled.pairs[place]);
    GroupPair {
        pair: Chosen {
            ours: view.ours.id,
            theirs: view.theirs.id,
        },
        ours_name: view.ours.name,
        theirs_name: view.theirs.name,
        probability: view.probability,
        reasons: view.reasons,
    }
}
