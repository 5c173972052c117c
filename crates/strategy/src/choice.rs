//! Where to win: segments, and the cells of the arena with what was chosen, declined and parked. Plain data.

use crate::words::words;

words! {
    /// What was decided about a cell.
    pub enum CellState {
        /// Bets may work it.
        Chosen = "chosen",
        /// Considered and never started.
        Declined = "declined",
        /// Attractive but paused.
        Parked = "parked",
        /// Not decided: what is not listed is this.
        Undecided = "undecided",
    }
}

impl CellState {
    /// Whether the cell was considered and we do not compete there: parked or declined.
    pub const fn is_out(self) -> bool {
        matches!(self, Self::Parked | Self::Declined)
    }
}

/// A named group of accounts.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
pub struct Segment {
    /// Its name.
    pub name: String,
    /// The rule over account columns, as written; this room does not read it.
    pub rule: String,
}

/// One cell of the arena: a segment with a partner type.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Cell {
    /// Name of the segment.
    pub segment: String,
    /// The partner type.
    pub partner_type: String,
    /// What was decided.
    pub state: CellState,
    /// Why.
    pub reason: String,
    /// What would reopen a parked cell.
    pub reopen_when: String,
    /// What would change our mind about a declined cell.
    pub would_change_our_mind: String,
    /// The name that people used for it, such as "Agency referrals".
    pub initiative: String,
}

impl Default for Cell {
    fn default() -> Self {
        Self {
            segment: String::new(),
            partner_type: String::new(),
            state: CellState::Undecided,
            reason: String::new(),
            reopen_when: String::new(),
            would_change_our_mind: String::new(),
            initiative: String::new(),
        }
    }
}
