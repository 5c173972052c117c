//! The whole strategy as one value, and the ways to find things in it. Plain data.

use crate::words::words;
use crate::{AttributionPolicy, Bet, Cell, CellState, Outcome, Program, Segment};
use jiff::civil::Date;

/// A written strategy. What is missing is empty or `None`, so that a half-written draft can be held.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize)]
pub struct Strategy {
    /// Whose it is.
    pub program: Program,
    /// The business result.
    pub outcome: Outcome,
    /// Groups of accounts.
    pub segments: Vec<Segment>,
    /// The cells that were decided about.
    pub cells: Vec<Cell>,
    /// The bets.
    pub bets: Vec<Bet>,
    /// When it is reviewed.
    pub review: ReviewPlan,
    /// How opportunities are attributed.
    pub attribution: AttributionPolicy,
}

words! {
    /// How often the strategy is reviewed.
    pub enum ReviewEvery {
        /// At each cycle's end.
        Cycle = "cycle",
        /// Each month.
        Month = "month",
    }
}

/// When the strategy is reviewed.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ReviewPlan {
    /// How often.
    pub every: ReviewEvery,
    /// Day of the next review.
    pub next: Option<Date>,
}

impl Default for ReviewPlan {
    fn default() -> Self {
        Self {
            every: ReviewEvery::Cycle,
            next: None,
        }
    }
}

impl Strategy {
    /// The bet of a name.
    pub fn bet(&self, name: &str) -> Option<&Bet> {
        self.bets.iter().find(|bet| bet.name == name)
    }

    /// The segment of a name.
    pub fn segment(&self, name: &str) -> Option<&Segment> {
        self.segments.iter().find(|segment| segment.name == name)
    }

    /// What was decided about a cell; `None` when it is not listed, which is undecided.
    pub fn cell(&self, segment: &str, partner_type: &str) -> Option<&Cell> {
        self.cells
            .iter()
            .find(|cell| cell.segment == segment && cell.partner_type == partner_type)
    }

    /// The state of a cell; undecided when it is not listed.
    pub fn cell_state(&self, segment: &str, partner_type: &str) -> CellState {
        self.cell(segment, partner_type)
            .map_or(CellState::Undecided, |cell| cell.state)
    }

    /// The whole arena, row by row: every segment with every partner type, and the cell when it is listed.
    pub fn arena(&self) -> impl Iterator<Item = (&Segment, &str, Option<&Cell>)> {
        self.segments.iter().flat_map(move |segment| {
            self.program
                .partner_types
                .iter()
                .map(move |partner_type| (segment, partner_type.as_str(), self.cell(&segment.name, partner_type)))
        })
    }

    /// The bets that work a cell.
    pub fn bets_in(&self, segment: &str, partner_type: &str) -> impl Iterator<Item = &Bet> {
        self.bets
            .iter()
            .filter(move |bet| bet.segment == segment && bet.partner_type == partner_type)
    }
}
