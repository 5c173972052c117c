//! Account mapping: which of a partner's accounts are ours, from two files or within the program; the matrix of
//! populations, the review of what is doubtful, and the accounts chosen from it. Must not score: that is the pure room's.

mod decisions;
mod files;
mod matrix;
mod pair;
mod review;
mod rows;
mod settled;
mod targets;
mod within;

use std::sync::Arc;

use beachhead_facts::lists::ListOf;
use beachhead_mapping::MappingError;

use crate::Refusal;
use crate::memo::Memo;

pub use beachhead_facts::lists::Population;
pub use beachhead_mapping::LEAST;
pub use beachhead_mapping::bands::{Band, Bands, LABELS_LEAST};
pub use beachhead_mapping::explain::Grade;
pub use decisions::{DECISIONS_HEADER, DecisionsTaken, PRECISIONS, Verdict};
pub(crate) use files::columns;
pub use files::{MapCounts, MapQuestion, write};
pub use matrix::{CellView, Direction, Give, MatrixView, Money, PLAYS, Play, document};
pub use pair::{Earlier, FieldView, PairView, Piece, Side};
pub use review::{Chosen, GroupPair, ReviewAsked, ReviewView};
pub use rows::{PairRow, RowsAsked, RowsView, Which};
pub use targets::{NamedTarget, TARGETS_MOST, TargetsChosen};
pub use within::{PartnerOverview, PartnersView};

impl From<MappingError> for Refusal {
    fn from(error: MappingError) -> Self {
        Self::bad_input(error.to_string(), "Nothing was written.")
    }
}

/// What was worked out lately of lists laid over our accounts.
pub(crate) struct Kept {
    lists: Memo<Arc<Vec<ListOf>>>,
    ours: Memo<Arc<within::Ours>>,
    laid: Memo<Arc<within::Laid>>,
    said: Memo<Arc<decisions::AllSaid>>,
    settled: Memo<Arc<settled::Settled>>,
    /// Counts are small: those of every partner have room.
    counted: Memo<within::Counted>,
}

impl Kept {
    pub(crate) const fn new() -> Self {
        Self {
            lists: Memo::new(2),
            ours: Memo::new(2),
            laid: Memo::new(4),
            said: Memo::new(2),
            settled: Memo::new(6),
            counted: Memo::new(512),
        }
    }
}
