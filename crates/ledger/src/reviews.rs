//! Reviews: opened, each bet decided, closed with all that follows in one transaction. It must not choose for anyone.

use jiff::{Timestamp, civil::Date};

use crate::{BoxFuture, Decision, DraftEdit, Ledger, NewDecision, Result, Stamp};

/// A review of one cycle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// 1 for the first.
    pub number: i64,
    /// The cycle's name, such as `2026-Q1`.
    pub cycle: String,
    /// The snapshot that it looks at.
    pub snapshot: Option<String>,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// Who opened it.
    pub opened_by: String,
    /// How often its items were decided; who closes it names the revision that was seen.
    pub revision: i64,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// Who closed it.
    pub closed_by: Option<String>,
    /// The day of the next review.
    pub next_review: Option<Date>,
    /// Minutes, as JSON text; set at the close.
    pub minutes: Option<String>,
}

/// A review to open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewReview {
    /// The cycle's name.
    pub cycle: String,
    /// The snapshot that it looks at.
    pub snapshot: Option<String>,
}

/// What a review decided about one bet, so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewItem {
    /// The bet's key.
    pub bet: String,
    /// `scale`, `continue`, `park` or `retire`.
    pub decision: String,
    /// Why.
    pub reason: String,
    /// How often it was decided; 0 when not yet.
    pub revision: i64,
    /// Who decided it last.
    pub decided_by: String,
}

/// What to decide about one bet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemChoice {
    /// The review's number.
    pub review: i64,
    /// The bet's key.
    pub bet: String,
    /// `scale`, `continue`, `park` or `retire`.
    pub decision: String,
    /// Why.
    pub reason: String,
    /// The revision that the decider saw; 0 when there was none.
    pub expected_revision: i64,
}

/// How a review ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClosingReview {
    /// The review's number.
    pub review: i64,
    /// The review's revision that the closer saw.
    pub expected_revision: i64,
    /// The day of the next review.
    pub next_review: Option<Date>,
    /// Minutes, as JSON text.
    pub minutes: String,
    /// What was decided, for the register; each is kept under this review's number.
    pub decisions: Vec<NewDecision>,
    /// The draft as the decisions leave it.
    pub draft: Option<DraftEdit>,
}

impl Ledger {
    /// Opens a review.
    ///
    /// # Errors
    /// `Conflict` with the review that is open already.
    pub fn open_review<'a>(&'a self, stamp: &'a Stamp, review: NewReview) -> BoxFuture<'a, Result<Review>> {
        Box::pin(async move { todo!() })
    }

    /// Decides one bet in an open review; again as often as wanted until it is closed.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` with both choices when the item has moved on, or with the review when it is closed.
    pub fn decide_item<'a>(&'a self, stamp: &'a Stamp, choice: ItemChoice) -> BoxFuture<'a, Result<ReviewItem>> {
        Box::pin(async move { todo!() })
    }

    /// Closes a review with its decisions and the draft they leave, in one transaction; of many at once exactly one wins.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` with the review when it is closed already or an item was decided since, or with both texts
    /// when the draft has moved on.
    pub fn close_review<'a>(
        &'a self,
        stamp: &'a Stamp,
        closing: ClosingReview,
    ) -> BoxFuture<'a, Result<(Review, Vec<Decision>)>> {
        Box::pin(async move { todo!() })
    }

    /// The review that is open.
    pub fn open_review_now(&self) -> BoxFuture<'_, Result<Option<Review>>> {
        Box::pin(async move { todo!() })
    }

    /// One review.
    pub fn review(&self, number: i64) -> BoxFuture<'_, Result<Option<Review>>> {
        Box::pin(async move { todo!() })
    }

    /// All reviews, newest first.
    pub fn reviews(&self) -> BoxFuture<'_, Result<Vec<Review>>> {
        Box::pin(async move { todo!() })
    }

    /// A review's items, ordered by bet.
    pub fn review_items(&self, review: i64) -> BoxFuture<'_, Result<Vec<ReviewItem>>> {
        Box::pin(async move { todo!() })
    }
}
