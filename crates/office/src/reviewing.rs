//! The review: opened on a snapshot, every running or scaled bet decided, closed only when none is left undecided.

use beachhead_ledger::{ClosingReview, ItemChoice, NewDecision, NewReview, Review, ReviewItem};
use beachhead_strategy::Bet;
use beachhead_strategy::review::{self, Choice, Decided, Due};
use jiff::civil::Date;

use crate::actor::{Actor, Permission};
use crate::deciding::{refused, sentence};
use crate::standing::Standing;
use crate::{Answer, Office, Refusal};

/// A review as its page shows it.
pub struct ReviewView {
    /// The review itself.
    pub review: Review,
    /// What was decided so far.
    pub items: Vec<ReviewItem>,
    /// What stood in the program when it was looked at.
    pub standing: Standing,
}

impl ReviewView {
    /// The bets that this review decides.
    pub fn due(&self) -> impl Iterator<Item = &Bet> {
        self.standing.worked_bets()
    }

    /// What was decided about a bet.
    #[must_use]
    pub fn item(&self, key: &str) -> Option<&ReviewItem> {
        self.items.iter().find(|item| item.bet == key)
    }

    /// The bets that nobody has decided yet.
    #[must_use]
    pub fn undecided(&self) -> Vec<&Bet> {
        self.due().filter(|bet| self.item(&bet.key()).is_none()).collect()
    }
}

/// How a review is closed.
#[derive(Debug, Clone)]
pub struct Closing {
    /// The review's revision that the closer saw.
    pub revision: i64,
    /// The day of the next review.
    pub next_review: Date,
    /// Whether bets that nobody decided are parked; otherwise they keep the review open.
    pub park_undecided: bool,
    /// What is to be remembered of the meeting.
    pub minutes: String,
}

impl Office {
    /// Opens the review of the current cycle on the snapshot in force.
    pub fn open_review<'a>(&'a self, actor: &'a Actor) -> Answer<'a, Review> {
        Box::pin(async move {
            actor.must(Permission::Decide)?;
            let standing = self.standing(actor, None).await?;
            if standing.worked_bets().next().is_none() {
                return Err(Refusal::conflict(
                    "No bet is running, so there is nothing to decide",
                    "Start a planned bet first.",
                ));
            }
            let cycle = standing.cycle_under_review().to_string();
            let review = NewReview {
                cycle,
                snapshot: standing.snapshot_id(),
            };
            Ok(self
                .ledger
                .open_review(&self.stamp_of(actor, "open review"), review)
                .await?)
        })
    }

    /// The review that is open, if one is.
    pub fn review_now<'a>(&'a self, actor: &'a Actor) -> Answer<'a, Option<ReviewView>> {
        Box::pin(async move {
            actor.must(Permission::Read)?;
            match self.ledger.open_review_now().await? {
                Some(review) => Ok(Some(self.view_of(actor, review).await?)),
                None => Ok(None),
            }
        })
    }

    /// One review, open or closed.
    pub fn review<'a>(&'a self, actor: &'a Actor, number: i64) -> Answer<'a, ReviewView> {
        Box::pin(async move {
            actor.must(Permission::Read)?;
            let missing = || {
                Refusal::not_found(
                    format!("There is no review {number}"),
                    "The page Review lists them all.",
                )
            };
            let review = self.ledger.review(number).await?.ok_or_else(missing)?;
            self.view_of(actor, review).await
        })
    }

    /// All reviews, newest first.
    pub fn reviews<'a>(&'a self, actor: &'a Actor) -> Answer<'a, Vec<Review>> {
        Box::pin(async move {
            actor.must(Permission::Read)?;
            Ok(self.ledger.reviews().await?)
        })
    }

    /// Decides one bet in the open review; again as often as wanted until the review is closed. `revision` is that of
    /// the decision that the decider saw, 0 when there was none.
    pub fn decide_in_review<'a>(
        &'a self,
        actor: &'a Actor,
        number: i64,
        key: &'a str,
        choice: Choice,
        reason: &'a str,
        revision: i64,
    ) -> Answer<'a, ReviewItem> {
        Box::pin(async move {
            actor.must(Permission::Decide)?;
            let view = self.review(actor, number).await?;
            let bet = view.standing.bet(key)?;
            sentence("The reason", reason)?;
            meeting(&view.standing)
                .decide(&bet.name, choice, reason, &actor.name)
                .map_err(refused)?;
            let choice = ItemChoice {
                review: number,
                bet: key.to_owned(),
                decision: choice.word().to_owned(),
                reason: reason.trim().to_owned(),
                expected_revision: revision,
            };
            Ok(self
                .ledger
                .decide_item(&self.stamp_of(actor, "decide in review"), choice)
                .await?)
        })
    }

    /// Closes a review: every decision into the register, the bets' new states and the day of the next review into the
    /// draft, in one transaction. Refused while a bet is undecided, unless the undecided are to be parked.
    pub fn close_review<'a>(&'a self, actor: &'a Actor, number: i64, closing: Closing) -> Answer<'a, Review> {
        Box::pin(async move {
            actor.must(Permission::Decide)?;
            let view = self.review(actor, number).await?;
            if view.review.closed_at.is_some() {
                return Err(Refusal::conflict(
                    format!("Review {number} is closed already"),
                    "Open the next one when the cycle ends.",
                ));
            }
            sentence("What is to be remembered", &closing.minutes)?;
            if closing.next_review <= view.standing.today {
                return Err(Refusal::bad_input(
                    "The next review lies in the past",
                    "Give a day to come.",
                ));
            }
            let decided = all_decided(&view, actor, closing.park_undecided)?;
            let moves: Vec<(String, NewDecision)> = decided
                .iter()
                .filter_map(|decided| self.reviewed(&view, decided, actor))
                .collect();
            let draft = view.standing.draft_after_review(&moves, closing.next_review);
            let closing = ClosingReview {
                review: number,
                expected_revision: closing.revision,
                next_review: Some(closing.next_review),
                minutes: serde_json::json!({ "minutes": closing.minutes.trim() }).to_string(),
                decisions: moves.into_iter().map(|(_, decision)| decision).collect(),
                draft: Some(draft),
            };
            let (review, _) = self
                .ledger
                .close_review(&self.stamp_of(actor, "close review"), closing)
                .await?;
            Ok(review)
        })
    }

    async fn view_of(&self, actor: &Actor, review: Review) -> Result<ReviewView, Refusal> {
        let standing = self.standing(actor, None).await?;
        let items = self.ledger.review_items(review.number).await?;
        Ok(ReviewView {
            review,
            items,
            standing,
        })
    }

    fn reviewed(&self, view: &ReviewView, decided: &Decided, actor: &Actor) -> Option<(String, NewDecision)> {
        let bet = view.standing.strategy().bet(&decided.bet)?;
        let mut entry = self.entry(&view.standing, bet, &decided.moved, &decided.reason, actor);
        entry.decided_by.clone_from(&decided.decider);
        entry.review = Some(view.review.number);
        if decided.choice == Choice::Continue {
            // The bet's state is as it was: an entry of the register, not a move.
            "continue".clone_into(&mut entry.kind);
        }
        Some((bet.name.clone(), entry))
    }
}

/// The meeting over the bets that are worked now, with their verdicts.
fn meeting(standing: &Standing) -> review::Review {
    review::Review::open(standing.worked_bets().map(|bet| Due {
        bet: bet.name.clone(),
        state: standing.state_of(&bet.name),
        verdict: standing.verdict_of(&bet.name),
    }))
}

fn all_decided(view: &ReviewView, actor: &Actor, park_undecided: bool) -> Result<Vec<Decided>, Refusal> {
    let mut meeting = meeting(&view.standing);
    for item in &view.items {
        let Ok(bet) = view.standing.bet(&item.bet) else {
            continue;
        };
        let Some(choice) = Choice::from_word(&item.decision) else {
            continue;
        };
        // A bet that was parked or retired since, between this decision and the close, is decided in the register.
        if !view.standing.state_of(&bet.name).is_worked() {
            continue;
        }
        let decided = meeting.decide(&bet.name, choice, &item.reason, &item.decided_by);
        // What the facts say may have changed since: then the decision goes against the gate, and must say why.
        decided.map_err(|error| Refusal {
            message: format!("{}: {error}", bet.name),
            ..refused(error)
        })?;
    }
    if park_undecided {
        meeting.park_the_undecided(actor.id()).map_err(refused)?;
    }
    meeting.close().map_err(refused)
}
