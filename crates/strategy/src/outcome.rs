//! The outcome: the one business result that partnerships will move. Plain data.

use crate::{FiscalCalendar, Measure};
use jiff::civil::Date;

/// The one business result: measure, scope, baseline, target, date, sponsor.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize)]
pub struct Outcome {
    /// The outcome in a sentence.
    pub says: String,
    /// Key of its measure in the catalogue; empty when missing.
    pub measure: String,
    /// Which accounts count.
    pub scope: Scope,
    /// Where it stands, in the measure's unit.
    pub baseline: Option<f64>,
    /// Where it shall stand, in the measure's unit.
    pub target: Option<f64>,
    /// First day that counts; see [`Outcome::counted_from`].
    pub from: Option<Date>,
    /// The day by which.
    pub by: Option<Date>,
    /// Who signs: name and office, such as "Dana Whitfield, CRO". Empty when missing.
    pub sponsor: String,
}

/// Which accounts count towards the outcome.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Scope {
    /// Every account; written "all".
    #[default]
    All,
    /// Those of one segment.
    Segment(String),
}

impl Outcome {
    /// Its measure, when the catalogue has it.
    pub fn catalogued(&self) -> Option<&'static Measure> {
        Measure::by_key(&self.measure)
    }

    /// First day that counts: `from`, else the start of the fiscal year that holds `by`.
    pub fn counted_from(&self, calendar: FiscalCalendar) -> Option<Date> {
        self.from.or_else(|| self.by.map(|by| calendar.fiscal_year_start(by)))
    }
}

impl Scope {
    /// The scope of a name: "all" and nothing mean every account.
    pub fn named(name: &str) -> Self {
        match name {
            "" | "all" => Scope::All,
            segment => Scope::Segment(segment.to_owned()),
        }
    }

    /// As written: the segment's name, or "all".
    pub fn name(&self) -> &str {
        match self {
            Scope::All => "all",
            Scope::Segment(name) => name,
        }
    }

    /// Whether a segment's accounts all count.
    pub fn covers(&self, segment: &str) -> bool {
        match self {
            Scope::All => true,
            Scope::Segment(name) => name == segment,
        }
    }
}

impl serde::Serialize for Scope {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
