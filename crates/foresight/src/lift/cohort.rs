//! Which deals are compared: those still open at the landmark, of cohorts that have had the time to be decided. Must
//! not compare them.

use serde::Serialize;

use super::{Arm, Data, Deal, arm};
use crate::incidence::{End, Spell, aalen_johansen};
use crate::interval::as_real;

/// The share of a sample that may still be open before young deals are left out: it can move a rate by no more.
const OPEN_DOES_NOT_MATTER: f64 = 0.05;
/// A cohort is mature when it has had the time in which this share of all decisions come.
const MATURE_SHARE: f64 = 0.9;

/// Deals that are not compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct LeftOut {
    /// Without a day of creation or of its end: nobody knows where it stood at the landmark.
    pub undated: u64,
    /// Decided before the landmark.
    pub decided_before: u64,
    /// Of those, exposed by then.
    pub decided_before_with: u64,
    /// Created so lately that the landmark has not come.
    pub too_young: u64,
    /// Past the landmark, but created too lately for most like it to be decided.
    pub immature: u64,
    /// The days since creation that a deal needs to be compared; none where nearly all are decided.
    pub mature_after_days: Option<u32>,
    /// Not left out, but compared as without: exposed after the landmark.
    pub exposed_later: u64,
}

/// Decided deals that are compared, and what each is compared by.
pub(super) struct Cohort<'a> {
    pub(super) data: &'a Data,
    /// Places of the decided deals.
    pub(super) decided: Vec<usize>,
    pub(super) with: Arm,
    pub(super) without: Arm,
    pub(super) left_out: LeftOut,
}

/// Where a deal stands in the comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// With, or without.
    pub with: bool,
    /// Not decided yet: it is compared later.
    pub is_open: bool,
}

/// For each deal, where it stands; none for one that is left out.
#[must_use]
pub fn sides(data: &Data) -> Vec<Option<Standing>> {
    let mut sides = vec![None; data.deals.len()];
    for place in compared(data).0 {
        let deal = &data.deals[place];
        sides[place] = Some(Standing {
            with: exposed(data, deal),
            is_open: deal.end == End::Open,
        });
    }
    sides
}

/// The places of the deals that count on a side, decided or still open; and the others.
fn compared(data: &Data) -> (Vec<usize>, LeftOut) {
    let mut left_out = LeftOut::default();
    let Some(landmark) = data.landmark_days else {
        return ((0..data.deals.len()).collect(), left_out);
    };
    let mut places = at_landmark(&data.deals, landmark, &mut left_out);
    left_out.mature_after_days = mature_after(&data.deals, &places);
    if let Some(least) = left_out.mature_after_days {
        let before = places.len();
        places.retain(|place| data.deals[*place].age_days >= Some(least));
        left_out.immature = (before - places.len()) as u64;
    }
    (places, left_out)
}

impl<'a> Cohort<'a> {
    pub(super) fn of(data: &'a Data) -> Self {
        let (places, left_out) = compared(data);
        // Won, decided and open, without and with.
        let mut counts = [[0_u64; 3]; 2];
        let mut decided = Vec::with_capacity(places.len());
        for place in places {
            let deal = &data.deals[place];
            let side = &mut counts[usize::from(exposed(data, deal))];
            match deal.end {
                End::Open => side[2] += 1,
                End::Won | End::Lost => {
                    side[0] += u64::from(deal.end == End::Won);
                    side[1] += 1;
                    decided.push(place);
                }
            }
        }
        let [without, with] = counts.map(|[won, decided, open]| arm(won, decided, open));
        Self {
            data,
            decided,
            with,
            without,
            left_out,
        }
    }

    /// Whether the deal at a place counts as exposed.
    pub(super) fn is_exposed(&self, place: usize) -> bool {
        exposed(self.data, &self.data.deals[place])
    }

    pub(super) fn is_won(&self, place: usize) -> bool {
        self.data.deals[place].end == End::Won
    }
}

fn exposed(data: &Data, deal: &Deal) -> bool {
    match (deal.exposed_days, data.landmark_days) {
        (Some(days), Some(landmark)) => days <= landmark,
        (days, None) => days.is_some(),
        (None, Some(_)) => false,
    }
}

/// The deals that were open at the end of the landmark's day.
fn at_landmark(deals: &[Deal], landmark: u32, left_out: &mut LeftOut) -> Vec<usize> {
    let mut places = Vec::with_capacity(deals.len());
    for (place, deal) in deals.iter().enumerate() {
        let by_then = deal.exposed_days.is_some_and(|days| days <= landmark);
        let (Some(days), Some(age)) = (deal.days, deal.age_days) else {
            left_out.undated += 1;
            continue;
        };
        if deal.end != End::Open && days <= landmark {
            left_out.decided_before += 1;
            left_out.decided_before_with += u64::from(by_then);
        } else if age < landmark {
            left_out.too_young += 1;
        } else {
            left_out.exposed_later += u64::from(deal.exposed_days.is_some() && !by_then);
            places.push(place);
        }
    }
    places
}

/// The age from which nearly all that will be decided is: of the decisions that the deals' own incidence foresees (with
/// open ones censored), nine in ten have come. None where so few are open that it cannot matter.
fn mature_after(deals: &[Deal], places: &[usize]) -> Option<u32> {
    let open = places.iter().filter(|place| deals[**place].end == End::Open).count() as u64;
    if as_real(open) <= OPEN_DOES_NOT_MATTER * as_real(places.len() as u64) {
        return None;
    }
    let spells: Vec<Spell> = places
        .iter()
        .filter_map(|place| {
            let deal = &deals[*place];
            Some(Spell {
                days: deal.days?,
                end: deal.end,
                count: 1,
            })
        })
        .collect();
    let curve = aalen_johansen(&spells);
    let most = 1.0 - curve.points.last()?.surviving;
    let enough = curve
        .points
        .iter()
        .find(|point| 1.0 - point.surviving >= MATURE_SHARE * most - 1e-12)?;
    Some(enough.day)
}
