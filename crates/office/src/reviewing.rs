//! The review: opened on a snapshot, every running or scaled bet decided, closed only when none is left undecided.

use beachhead_ledger::{ClosingReview, Commitment, Decision, ItemChoice, NewDecision, NewReview, Review, ReviewItem};
use beachhead_strategy::review::{self, Choice, Decided, Due};
use beachhead_strategy::{Bet, Strategy};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::actor::{Actor, Permission};
use crate::commitments;
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
    /// Everything that was ever decided, oldest first.
    pub register: Vec<Decision>,
    /// Everything that was ever promised, oldest first.
    pub(crate) commitments: Vec<Commitment>,
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

    /// The last decision on a bet before this review.
    #[must_use]
    pub fn last_decision(&self, key: &str) -> Option<&Decision> {
        last_decision(&self.register, key, Some(self.review.number))
    }

    /// What this review decided, by the register: there once it is closed.
    pub fn decided(&self) -> impl Iterator<Item = &Decision> {
        let number = self.review.number;
        self.register
            .iter()
            .filter(move |entry| entry.decision.review == Some(number))
    }

    /// What the review before this one promised.
    pub fn promised(&self) -> impl Iterator<Item = &Commitment> {
        commitments::of_review(&self.commitments, self.review.number - 1)
    }

    /// What this review promises.
    pub fn promises(&self) -> impl Iterator<Item = &Commitment> {
        commitments::of_review(&self.commitments, self.review.number)
    }

    /// What is to be remembered of it.
    #[must_use]
    pub fn minutes(&self) -> Minutes {
        Minutes::of(&self.review)
    }
}

/// The last decision on a bet, but for those of one review.
pub(crate) fn last_decision<'r>(register: &'r [Decision], key: &str, but_of: Option<i64>) -> Option<&'r Decision> {
    register.iter().rev().find(|entry| {
        let decision = &entry.decision;
        let of_other = but_of.is_none() || decision.review != but_of;
        decision.subject == key && matches!(decision.kind.as_str(), "move" | "continue") && of_other
    })
}

/// What is remembered of a closed review besides its decisions.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Minutes {
    /// What was said.
    pub minutes: String,
    /// What the program asks of the sponsor and the board next.
    pub ask: String,
}

impl Minutes {
    /// The minutes of a review; empty until it is closed.
    #[must_use]
    pub fn of(review: &Review) -> Self {
        let text = review.minutes.as_deref().unwrap_or_default();
        serde_json::from_str(text).unwrap_or_default()
    }
}

/// What is decided about one bet in a review.
#[derive(Debug, Clone)]
pub struct Deciding<'a> {
    /// Scale, continue, park or retire.
    pub choice: Choice,
    /// Why.
    pub reason: &'a str,
    /// The bet's next gate, where it goes on to another one.
    pub next_gate: Option<NextGate>,
    /// The revision of the decision that the decider saw, 0 when there was none.
    pub revision: i64,
}

impl<'a> Deciding<'a> {
    /// A decision that leaves the gate as it is.
    #[must_use]
    pub const fn new(choice: Choice, reason: &'a str, revision: i64) -> Self {
        Self {
            choice,
            reason,
            next_gate: None,
            revision,
        }
    }
}

/// What changes in a bet's gate; the rest of it stays. It binds with the signature of the next version.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct NextGate {
    /// Its day.
    pub by: Option<Date>,
    /// From where on the bet is scaled.
    pub scale_if: Option<f64>,
    /// Up to where it is retired.
    pub retire_if: Option<f64>,
}

impl NextGate {
    /// The next gate that an item decided on.
    #[must_use]
    pub fn of(item: &ReviewItem) -> Option<Self> {
        serde_json::from_str(item.next_gate.as_deref()?).ok()
    }

    /// Refuses a gate that lies in the past or contradicts itself, or that nothing leads to.
    fn check(&self, bet: &Bet, choice: Choice, today: Date) -> Result<(), Refusal> {
        let wrong = |message: &str, hint: &str| Err(Refusal::bad_input(message, hint));
        let Some(gate) = &bet.gate else {
            return wrong("This bet has no gate to change", "Write one in the draft.");
        };
        if !matches!(choice, Choice::Scale | Choice::Continue) {
            return wrong(
                "A bet that is parked or retired has no next gate",
                "Leave the next gate empty, or let the bet go on.",
            );
        }
        if self.by.is_some_and(|by| by <= today) {
            return wrong("The next gate lies in the past", "Give a day to come.");
        }
        let (scale, retire) = (self.scale_if.or(gate.scale_if), self.retire_if.or(gate.retire_if));
        if scale.zip(retire).is_some_and(|(scale, retire)| retire >= scale) {
            return wrong(
                "The next gate retires at as much as it scales at",
                "Retire at less than scale.",
            );
        }
        Ok(())
    }

    fn write(self, bet: &mut Bet) {
        if let Some(gate) = &mut bet.gate {
            gate.by = self.by.or(gate.by);
            gate.scale_if = self.scale_if.or(gate.scale_if);
            gate.retire_if = self.retire_if.or(gate.retire_if);
        }
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
    /// What the program asks of the sponsor and the board next; may be empty.
    pub ask: String,
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

    /// Decides one bet in the open review; again as often as wanted until the review is closed.
    pub fn decide_in_review<'a>(
        &'a self,
        actor: &'a Actor,
        number: i64,
        key: &'a str,
        deciding: Deciding<'a>,
    ) -> Answer<'a, ReviewItem> {
        Box::pin(async move {
            actor.must(Permission::Decide)?;
            let Deciding {
                choice,
                reason,
                next_gate,
                revision,
            } = deciding;
            let view = self.review(actor, number).await?;
            let bet = view.standing.bet(key)?;
            sentence("The reason", reason)?;
            meeting(&view.standing)
                .decide(&bet.name, choice, reason, &actor.name)
                .map_err(refused)?;
            if let Some(gate) = &next_gate {
                gate.check(bet, choice, view.standing.today)?;
            }
            let choice = ItemChoice {
                review: number,
                bet: key.to_owned(),
                decision: choice.word().to_owned(),
                reason: reason.trim().to_owned(),
                next_gate: next_gate.map(|gate| crate::json(&gate)).transpose()?,
                expected_revision: revision,
            };
            Ok(self
                .ledger
                .decide_item(&self.stamp_of(actor, "decide in review"), choice)
                .await?)
        })
    }

    /// Closes a review: every decision into the register, the bets' new states, their next gates and the day of the next
    /// review into the draft, in one transaction. Refused while a bet is undecided, unless the undecided are to be parked.
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
            sentence("What is asked", &closing.ask)?;
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
            let draft = view.standing.edit_after(&moves, |strategy| {
                strategy.review.next = Some(closing.next_review);
                write_gates(strategy, &view);
            });
            let minutes = Minutes {
                minutes: closing.minutes.trim().to_owned(),
                ask: closing.ask.trim().to_owned(),
            };
            let closing = ClosingReview {
                review: number,
                expected_revision: closing.revision,
                next_review: Some(closing.next_review),
                minutes: crate::json(&minutes)?,
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
            register: self.ledger.decisions().await?,
            commitments: self.ledger.commitments().await?,
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

/// Writes the next gates that were decided on into the draft's bets.
fn write_gates(strategy: &mut Strategy, view: &ReviewView) {
    for bet in &mut strategy.bets {
        let item = view.item(&bet.key());
        if let Some(gate) = item.and_then(NextGate::of) {
            gate.write(bet);
        }
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
