//! Reviews: opened, each bet decided, closed with all that follows in one transaction. It must not choose for anyone.

use jiff::{Timestamp, civil::Date};

use serde_json::json;

use crate::error::{conflict_with, not_found};
use crate::store::{Row, Tx, values};
use crate::{BoxFuture, Current, Decision, DraftEdit, Ledger, NewDecision, Result, Stamp};
use crate::{register, strategies};

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
    /// The bet's next gate as JSON text, where it gets another one.
    pub next_gate: Option<String>,
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
    /// The bet's next gate as JSON text, where it gets another one.
    pub next_gate: Option<String>,
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
        Box::pin(async move {
            let mut tx = self.write().await?;
            if let Some(open) = find_open(&mut tx).await? {
                let what = format!("review {} of {} is open; close it first", open.number, open.cycle);
                return Err(conflict_with(what, Current::Review(open)));
            }
            let row = tx
                .one(
                    "INSERT INTO review (number, cycle, snapshot, opened_at, opened_by, revision)
                     SELECT COALESCE(MAX(number), 0) + 1, $1, $2, $3, $4, 0 FROM review RETURNING *",
                    values![&review.cycle, &review.snapshot, stamp.at, &stamp.actor],
                )
                .await?;
            let review = read_review(&row)?;
            let detail = json!({ "cycle": review.cycle, "snapshot": review.snapshot });
            tx.commit(stamp, &format!("review {}", review.number), detail).await?;
            Ok(review)
        })
    }

    /// Decides one bet in an open review; again as often as wanted until it is closed.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` with both choices when the item has moved on, or with the review when it is closed.
    pub fn decide_item<'a>(&'a self, stamp: &'a Stamp, choice: ItemChoice) -> BoxFuture<'a, Result<ReviewItem>> {
        Box::pin(async move {
            let mut tx = self.write().await?;
            still_open(&mut tx, choice.review).await?;
            let sql = "SELECT * FROM review_item WHERE review = $1 AND bet = $2";
            let row = tx.row(sql, values![choice.review, &choice.bet]).await?;
            let current = row.as_ref().map(read_item).transpose()?;
            let mut yours = ReviewItem {
                bet: choice.bet,
                decision: choice.decision,
                reason: choice.reason,
                next_gate: choice.next_gate,
                revision: choice.expected_revision,
                decided_by: stamp.actor.clone(),
            };
            if current.as_ref().map_or(0, |item| item.revision) != choice.expected_revision {
                return Err(item_moved_on(current, yours));
            }
            yours.revision += 1;
            tx.run(
                "INSERT INTO review_item (review, bet, decision, reason, revision, decided_by, next_gate)
                 VALUES ($1, $2, $3, $4, $5, $6, $7)
                 ON CONFLICT (review, bet) DO UPDATE SET decision = excluded.decision, reason = excluded.reason,
                     revision = excluded.revision, decided_by = excluded.decided_by, next_gate = excluded.next_gate",
                values![
                    choice.review,
                    &yours.bet,
                    &yours.decision,
                    &yours.reason,
                    yours.revision,
                    &yours.decided_by,
                    &yours.next_gate
                ],
            )
            .await?;
            tx.run(
                "UPDATE review SET revision = revision + 1 WHERE number = $1",
                values![choice.review],
            )
            .await?;
            let detail = json!({ "bet": yours.bet, "decision": yours.decision, "reason": yours.reason });
            tx.commit(stamp, &format!("review {}", choice.review), detail).await?;
            Ok(yours)
        })
    }

    /// Closes a review with its decisions and the draft they leave, in one transaction; of many at once exactly one
    /// wins.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` with the review when it is closed already or an item was decided since, or with both
    /// texts when the draft has moved on.
    pub fn close_review<'a>(
        &'a self,
        stamp: &'a Stamp,
        closing: ClosingReview,
    ) -> BoxFuture<'a, Result<(Review, Vec<Decision>)>> {
        Box::pin(async move {
            let mut tx = self.write().await?;
            let review = still_open(&mut tx, closing.review).await?;
            if review.revision != closing.expected_revision {
                let what = format!(
                    "a bet of review {} was decided meanwhile; look again before closing",
                    review.number
                );
                return Err(conflict_with(what, Current::Review(review)));
            }
            let mut decisions = closing.decisions;
            for decision in &mut decisions {
                decision.review = Some(review.number);
            }
            let decisions = register::append(&mut tx, decisions).await?;
            let mut detail = json!({ "decisions": register::numbers(&decisions) });
            if let Some(edit) = closing.draft {
                detail["draft_revision"] = strategies::save(&mut tx, stamp, edit).await?.revision.into();
            }
            let row = tx
                .one(
                    "UPDATE review SET closed_at = $2, closed_by = $3, next_review = $4, minutes = $5
                     WHERE number = $1 RETURNING *",
                    values![
                        review.number,
                        stamp.at,
                        &stamp.actor,
                        closing.next_review,
                        &closing.minutes
                    ],
                )
                .await?;
            let review = read_review(&row)?;
            tx.commit(stamp, &format!("review {}", review.number), detail).await?;
            Ok((review, decisions))
        })
    }

    /// The review that is open.
    pub fn open_review_now(&self) -> BoxFuture<'_, Result<Option<Review>>> {
        Box::pin(async move { find_open(&mut self.read().await?).await })
    }

    /// One review.
    pub fn review(&self, number: i64) -> BoxFuture<'_, Result<Option<Review>>> {
        Box::pin(async move {
            let row = self
                .read()
                .await?
                .row("SELECT * FROM review WHERE number = $1", values![number])
                .await?;
            row.as_ref().map(read_review).transpose()
        })
    }

    /// All reviews, newest first.
    pub fn reviews(&self) -> BoxFuture<'_, Result<Vec<Review>>> {
        Box::pin(async move {
            let rows = self
                .read()
                .await?
                .rows("SELECT * FROM review ORDER BY number DESC", values![])
                .await?;
            rows.iter().map(read_review).collect()
        })
    }

    /// A review's items, ordered by bet.
    pub fn review_items(&self, review: i64) -> BoxFuture<'_, Result<Vec<ReviewItem>>> {
        Box::pin(async move {
            let mut tx = self.read().await?;
            let rows = tx
                .rows(
                    "SELECT * FROM review_item WHERE review = $1 ORDER BY bet",
                    values![review],
                )
                .await?;
            rows.iter().map(read_item).collect()
        })
    }
}

fn read_review(row: &Row) -> Result<Review> {
    Ok(Review {
        number: row.int("number")?,
        cycle: row.text("cycle")?,
        snapshot: row.opt_text("snapshot")?,
        opened_at: row.time("opened_at")?,
        opened_by: row.text("opened_by")?,
        revision: row.int("revision")?,
        closed_at: row.opt_time("closed_at")?,
        closed_by: row.opt_text("closed_by")?,
        next_review: row.opt_time("next_review")?,
        minutes: row.opt_text("minutes")?,
    })
}

fn read_item(row: &Row) -> Result<ReviewItem> {
    Ok(ReviewItem {
        bet: row.text("bet")?,
        decision: row.text("decision")?,
        reason: row.text("reason")?,
        next_gate: row.opt_text("next_gate")?,
        revision: row.int("revision")?,
        decided_by: row.text("decided_by")?,
    })
}

async fn find_open(tx: &mut Tx) -> Result<Option<Review>> {
    let row = tx
        .row("SELECT * FROM review WHERE closed_at IS NULL", values![])
        .await?;
    row.as_ref().map(read_review).transpose()
}

/// The review, if it is not closed.
pub(crate) async fn still_open(tx: &mut Tx, number: i64) -> Result<Review> {
    let row = tx
        .row("SELECT * FROM review WHERE number = $1", values![number])
        .await?;
    let review = read_review(&row.ok_or_else(|| not_found(format!("review {number}")))?)?;
    match &review.closed_by {
        None => Ok(review),
        Some(by) => {
            let what = format!("review {number} was closed by {by}; what it decided is in the register");
            Err(conflict_with(what, Current::Review(review)))
        }
    }
}

fn item_moved_on(current: Option<ReviewItem>, yours: ReviewItem) -> crate::LedgerError {
    let nothing = || ReviewItem {
        bet: yours.bet.clone(),
        decision: String::new(),
        reason: String::new(),
        next_gate: None,
        revision: 0,
        decided_by: String::new(),
    };
    let current = current.unwrap_or_else(nothing);
    let what = format!(
        "{} was decided by someone else meanwhile ({}, revision {}); look at both and decide again",
        current.bet, current.decision, current.revision
    );
    conflict_with(what, Current::ReviewItem { current, yours })
}
