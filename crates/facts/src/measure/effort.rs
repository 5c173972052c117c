//! Hours spent by initiative and week, and what flows to some cells of the arena (drift). Must not say what is parked.

use std::collections::BTreeMap;

use beachhead_strategy::{AttributionPolicy, Class};
use jiff::civil::Date;
use serde::Serialize;

use super::arena::place_of;
use super::lens::Lens;
use crate::error::FactsError;
use crate::rule::Rule;
use crate::star::{NO_DAY, Star, date_of, day_number, index};

/// Hours of a period.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Effort {
    /// Initiative, first day of the week as the source gives it, hours; by initiative and week.
    pub by_week: Vec<(String, Date, f64)>,
    /// Initiative and hours.
    pub by_initiative: Vec<(String, f64)>,
    /// All hours.
    pub hours: f64,
}

/// The hours of the weeks that start in the period, both days included.
pub fn effort(star: &Star, from: Date, to: Date) -> Effort {
    let period = day_number(from)..=day_number(to);
    let mut by_week: Vec<(String, Date, f64)> = Vec::new();
    let mut by_initiative: BTreeMap<&str, f64> = BTreeMap::new();
    let mut hours = 0.0;
    for row in star.effort.iter().filter(|row| period.contains(&row.week)) {
        let Some(week) = date_of(row.week) else { continue };
        hours += row.hours;
        *by_initiative.entry(&row.initiative).or_default() += row.hours;
        match by_week
            .last_mut()
            .filter(|last| last.0 == row.initiative && last.1 == week)
        {
            Some(last) => last.2 += row.hours,
            None => by_week.push((row.initiative.clone(), week, row.hours)),
        }
    }
    let by_initiative = by_initiative
        .into_iter()
        .map(|(initiative, hours)| (initiative.to_owned(), hours));
    Effort {
        by_initiative: by_initiative.collect(),
        by_week,
        hours,
    }
}

/// What went to some cells and initiatives, of how much. Shares are the quotients; with nothing at all there is none.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Drift {
    /// Hours of the initiatives.
    pub hours: f64,
    /// Hours of all initiatives.
    pub hours_of: f64,
    /// Opportunities created in the period, sourced or influenced by a partner of the cells.
    pub opportunities: u64,
    /// Opportunities created in the period, sourced or influenced by any partner.
    pub opportunities_of: u64,
    /// Amounts of the former, in minor units.
    pub pipeline_minor: i64,
    /// Amounts of the latter, in minor units.
    pub pipeline_of_minor: i64,
}

impl Drift {
    /// The share of hours, when there are any.
    pub fn hours_share(&self) -> Option<f64> {
        (self.hours_of > 0.0).then(|| self.hours / self.hours_of)
    }

    /// The share of new pipeline, when there is any.
    #[expect(clippy::cast_precision_loss, reason = "a share is shown with two digits")]
    pub fn pipeline_share(&self) -> Option<f64> {
        (self.pipeline_of_minor > 0).then(|| self.pipeline_minor as f64 / self.pipeline_of_minor as f64)
    }
}

/// What flowed between two days, both included, to `cells` (segment and partner type) and to `initiatives`.
///
/// # Errors
/// [`FactsError::Rule`] when a segment does not fit the columns.
#[expect(
    clippy::too_many_arguments,
    reason = "a question has as many parts; each is named at its definition"
)]
pub fn drift(
    star: &Star,
    cells: &[(String, String)],
    initiatives: &[String],
    segments: &[(String, Rule)],
    policy: &AttributionPolicy,
    from: Date,
    to: Date,
    as_of: Date,
) -> Result<Drift, FactsError> {
    let lens = Lens::new(star, segments, policy, as_of)?;
    let mut drift = Drift::default();
    for (initiative, hours) in effort(star, from, to.min(as_of)).by_initiative {
        drift.hours_of += hours;
        if place_of(initiatives, &initiative).is_some() {
            drift.hours += hours;
        }
    }
    let period = day_number(from)..=day_number(to);
    let is_new = |deal: &usize| star.deals.created[*deal] != NO_DAY && period.contains(&star.deals.created[*deal]);
    for deal in (0..lens.deals())
        .filter(is_new)
        .filter(|deal| lens.status[*deal].is_some())
    {
        if !matches!(lens.attribution.class[deal], Class::Sourced | Class::Influenced) {
            continue;
        }
        let amount = star.amount(deal).unwrap_or(0);
        drift.opportunities_of += 1;
        drift.pipeline_of_minor = drift.pipeline_of_minor.saturating_add(amount);
        let segment = &lens.segments[index(lens.segment(deal))];
        let types = lens
            .attribution
            .partners(deal)
            .iter()
            .map(|partner| &star.partners.types[index(*partner)]);
        let in_cells = |of_type: &String| {
            cells
                .iter()
                .any(|(name, wanted)| name == segment && place_of(std::slice::from_ref(wanted), of_type).is_some())
        };
        if types.into_iter().any(in_cells) {
            drift.opportunities += 1;
            drift.pipeline_minor = drift.pipeline_minor.saturating_add(amount);
        }
    }
    Ok(drift)
}
