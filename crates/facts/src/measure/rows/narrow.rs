//! What a number leaves out beyond its cell, its rule and its measure: a side of the arena, a month of start, a file.
//! Each says exactly whom its measure counted. Must not count.

use jiff::civil::Date;

use super::super::arena::of_type;
use super::super::cohorts::{Mark, life, stage_codes};
use super::super::lens::Lens;
use crate::catalogue::Status;
use crate::error::FactsError;
use crate::star::{date_of, day_number, index};

/// Further conditions; none by default.
#[derive(Debug, Clone, Default)]
pub struct Narrow {
    /// Which side of the arena.
    pub side: Option<Side>,
    /// Only those won or lost.
    pub is_decided: bool,
    /// Those that conversion by month counts.
    pub cohort: Option<CohortRows>,
    /// Those whose row came from a file, by its place in the snapshot's list.
    pub file: Option<i32>,
    /// For each opportunity known on the day, in the order of their ids, whether it is asked for: what a comparison says
    /// of its rows.
    pub among: Option<Vec<bool>>,
    /// Those of these ids.
    pub ids: Option<Vec<String>>,
    /// Those created on these days, both included.
    pub created: Option<(Date, Date)>,
    /// Those that a partner of one of these cells (segment and partner type) sourced or influenced.
    pub cells: Option<Vec<(String, String)>>,
}

/// A side of the arena.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Side {
    /// Sourced or influenced; by a credited partner of the type where one is named, without regard to case and
    /// punctuation.
    With(Option<String>),
    /// Neither sourced nor influenced.
    Without,
}

/// Opportunities as [`super::super::cohorts()`] counts them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CohortRows {
    /// Where the wait begins.
    pub from: Mark,
    /// Where it ends.
    pub to: Mark,
    /// Days that a conversion may take.
    pub within_days: u32,
    /// The month of start, by any of its days; every month without one.
    pub month: Option<Date>,
    /// Which of them.
    pub part: CohortPart,
}

/// Which opportunities of a cohort.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CohortPart {
    /// All that started.
    #[default]
    All,
    /// Converted within the window so far.
    Converted,
    /// Those whose whole window has passed.
    Mature,
    /// Of these, converted within it.
    MatureConverted,
    /// Those without a day of start, or closed on an unknown day: left out of the figures.
    Undated,
}

impl CohortPart {
    /// Every part.
    pub const ALL: [Self; 5] = [
        Self::All,
        Self::Converted,
        Self::Mature,
        Self::MatureConverted,
        Self::Undated,
    ];

    /// Its word in an address.
    pub const fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Converted => "converted",
            Self::Mature => "mature",
            Self::MatureConverted => "mature-converted",
            Self::Undated => "undated",
        }
    }

    /// The part of this word.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|part| part.name() == name)
    }
}

/// Lets an opportunity stay only where this holds of it.
type Keep<'k> = dyn FnMut(&dyn Fn(usize) -> bool) + 'k;

impl Narrow {
    pub(super) fn keep(&self, lens: &Lens<'_>, keep: &mut Keep<'_>) -> Result<(), FactsError> {
        let star = lens.star;
        if self.is_decided {
            keep(&|deal| lens.status[deal].is_some_and(|status| status != Status::Open));
        }
        if let Some(file) = self.file {
            keep(&|deal| star.opportunities.file[deal] == file);
        }
        if let Some((first, last)) = self.created {
            let days = day_number(first)..=day_number(last);
            keep(&|deal| days.contains(&star.deals.created[deal]));
        }
        if let Some(asked) = &self.ids {
            let ids = star.opportunities.text("opportunity_id");
            // Ids stand in order, so that one of them is looked up and not looked for.
            let mut wanted: Vec<usize> = asked
                .iter()
                .filter_map(|id| ids.words().binary_search(id).ok())
                .collect();
            wanted.sort_unstable();
            keep(&|deal| wanted.binary_search(&index(ids.codes()[deal])).is_ok());
        }
        if let Some(among) = &self.among {
            let mut asked = among.iter();
            let is_asked = |status: &Option<Status>| status.is_some() && asked.next() == Some(&true);
            let wanted: Vec<bool> = lens.status.iter().map(is_asked).collect();
            keep(&|deal| wanted[deal]);
        }
        match &self.side {
            None => {}
            Some(Side::Without) => keep(&|deal| !lens.is_with_partner(deal)),
            Some(Side::With(None)) => keep(&|deal| lens.is_with_partner(deal)),
            Some(Side::With(Some(name))) => {
                let of_type = of_type(star, name);
                keep(&|deal| lens.is_with_partner(deal) && credited(lens, deal, &of_type));
            }
        }
        if let Some(cells) = &self.cells {
            let types: Vec<Vec<bool>> = cells.iter().map(|(_, name)| of_type(star, name)).collect();
            keep(&|deal| {
                let segment = &lens.segments[index(lens.segment(deal))];
                let mut in_cells = cells.iter().zip(&types);
                lens.is_with_partner(deal)
                    && in_cells.any(|((of, _), types)| of == segment && credited(lens, deal, types))
            });
        }
        match &self.cohort {
            Some(cohort) => cohort.keep(lens, keep),
            None => Ok(()),
        }
    }
}

/// Whether one of these partners is credited.
fn credited(lens: &Lens<'_>, deal: usize, of_type: &[bool]) -> bool {
    let partners = lens.attribution.partners(deal).iter();
    partners.into_iter().any(|partner| of_type[index(*partner)])
}

impl CohortRows {
    fn keep(&self, lens: &Lens<'_>, keep: &mut Keep<'_>) -> Result<(), FactsError> {
        let (from, to) = (stage_codes(lens.star, &self.from)?, stage_codes(lens.star, &self.to)?);
        let month = self.month.map(Date::first_of_month);
        let within = i64::from(self.within_days);
        keep(&|deal| {
            let Some((start, end, day)) = life(lens, deal, from.as_deref(), to.as_deref()) else {
                return self.part == CohortPart::Undated;
            };
            let in_month = month.is_none() || date_of(start).map(Date::first_of_month) == month;
            let has_converted = end == Status::Won && i64::from(day - start) <= within;
            let is_mature = i64::from(lens.as_of - start) >= within;
            in_month
                && match self.part {
                    CohortPart::All => true,
                    CohortPart::Converted => has_converted,
                    CohortPart::Mature => is_mature,
                    CohortPart::MatureConverted => is_mature && has_converted,
                    CohortPart::Undated => false,
                }
        });
        Ok(())
    }
}
