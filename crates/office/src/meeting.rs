//! What comes before the review's meeting: the pre-read, of the review that is open or of the one that comes next, and its
//! day for a calendar. Must not decide.

use beachhead_ledger::{Commitment, Decision};
use beachhead_press::calendar::{self, Day};
use beachhead_press::numbers;
use beachhead_press::one_page::Figure;
use beachhead_press::pre_read::{self, PreRead};
use beachhead_strategy::bet::slug;
use beachhead_strategy::{Bet, BetState};
use jiff::ToSpan as _;
use jiff::civil::Date;

use crate::actor::{Actor, Permission};
use crate::commitments::{self, Became};
use crate::instead::Other;
use crate::reporting::{chance, measure_name, measured, state, verdict};
use crate::reviewing::last_decision;
use crate::standing::Standing;
use crate::{Answer, Office, Refusal};

/// How long before the review its pre-read is there: 48 hours.
pub const PRE_READ_DAYS: u32 = 2;

/// The pre-read of a review that nobody has opened yet, or of the open one.
pub struct Prepared {
    /// The pages.
    pub pre_read: PreRead,
    /// The day from which its figures are those of the meeting, while that has not come.
    pub early_until: Option<Date>,
}

impl Standing {
    /// The day from which the pre-read of the next review is there; none where no review has a day.
    #[must_use]
    pub fn pre_read_from(&self) -> Option<Date> {
        Some(self.next_review()?.saturating_sub(i64::from(PRE_READ_DAYS).days()))
    }
}

/// What a pre-read is filled from.
struct Before<'a> {
    standing: &'a Standing,
    register: &'a [Decision],
    promised: Vec<&'a Commitment>,
    cycle: String,
    review_on: Date,
    review: Option<i64>,
}

impl Before<'_> {
    fn filled(&self) -> PreRead {
        let strategy = self.standing.strategy();
        let in_state = |is: fn(BetState) -> bool| {
            let bets = self.standing.bets().into_iter();
            bets.filter(move |bet| is(self.standing.state_of(&bet.name)))
        };
        let parked = |state| state == BetState::Parked;
        PreRead {
            program: strategy.program.name.clone(),
            review_on: self.review_on,
            cycle: self.cycle.clone(),
            today: self.standing.today,
            facts: self.standing.facts.as_ref().map(|_| numbers::date(self.standing.as_of)),
            commitments: self.promised.iter().map(|one| commitment(one)).collect(),
            bets: in_state(BetState::is_worked)
                .chain(in_state(parked))
                .map(|bet| self.bet(bet))
                .collect(),
        }
    }

    fn bet(&self, bet: &Bet) -> pre_read::Bet {
        let standing = self.standing;
        let judgement = standing.judged(&bet.name).and_then(|judged| judged.judgement.as_ref());
        let live = standing.state_of(&bet.name);
        pre_read::Bet {
            name: bet.name.clone(),
            href: Some(format!("/bets/{}", bet.key())),
            state: state(live),
            owner: bet.owner.clone(),
            gate: bet.gate.as_ref().filter(|_| live.is_worked()).and_then(|gate| {
                Some(pre_read::Gate {
                    question: gate.question.clone(),
                    measure: measure_name(&gate.measure),
                    by: gate.by?,
                    have: measured(standing, bet, &gate.measure),
                    need: Figure::new(gate.scale_if.map_or_else(String::new, numbers::three_figures)),
                    chance: chance(standing, bet),
                    verdict: verdict(standing, bet),
                    why: judgement.map_or_else(|| "No facts yet.".to_owned(), |judgement| judgement.why.clone()),
                })
            }),
            last_decision: last_decision(self.register, &bet.key(), self.review).map(|entry| decided(standing, entry)),
            parked: (live == BetState::Parked).then(|| self.parked(bet)),
        }
    }

    fn parked(&self, bet: &Bet) -> pre_read::Parked {
        let other = self.standing.would_use(bet, self.standing.cycle_under_review().next());
        let targets = bet.capacity.map_or(0, |capacity| capacity.targets);
        pre_read::Parked {
            hours: (other.hours > 0.0).then_some(other.hours),
            uses_hours_for: format!(
                "{}, {}",
                numbers::plural(u64::from(targets), "target", "targets"),
                other.brings.in_words(self.standing.strategy())
            ),
            reopens: said_or(other),
        }
    }
}

fn said_or(other: Other) -> String {
    if other.reopens.is_empty() {
        "nobody has said what".to_owned()
    } else {
        other.reopens
    }
}

fn decided(standing: &Standing, entry: &Decision) -> pre_read::LastDecision {
    let decision = &entry.decision;
    let what = if decision.kind == "continue" {
        "continue".to_owned()
    } else {
        decision.to.clone().unwrap_or_default()
    };
    pre_read::LastDecision {
        what: measure_name(&what),
        on: decision.on,
        who: standing.name(&decision.decided_by).to_owned(),
        reason: decision.reason.clone(),
        against_gate: decision.against_gate,
    }
}

/// A commitment as the pages draw it.
#[must_use]
pub fn commitment(kept: &Commitment) -> pre_read::Commitment {
    let one = &kept.commitment;
    pre_read::Commitment {
        says: one.says.clone(),
        who: one.who.clone(),
        by: one.by,
        kept: match Became::of(kept) {
            Some(Became::Kept) => Some(true),
            Some(Became::NotKept) => Some(false),
            Some(Became::TakenBack) | None => None,
        },
    }
}

impl Office {
    /// The pre-read of a review that is open; without a number of the open one, or else of the next.
    pub fn pre_read<'a>(&'a self, actor: &'a Actor, number: Option<i64>) -> Answer<'a, Prepared> {
        Box::pin(async move {
            let view = match number {
                Some(number) => Some(self.review(actor, number).await?),
                None => self.review_now(actor).await?,
            };
            let Some(view) = view else {
                return self.pre_read_of_next(actor).await;
            };
            if view.review.closed_at.is_some() {
                return Err(Refusal::conflict(
                    "This review is closed, and its pre-read was for the meeting",
                    "Read its minutes.",
                ));
            }
            let standing = &view.standing;
            let before = Before {
                standing,
                register: &view.register,
                promised: view.promised().collect(),
                cycle: view.review.cycle.clone(),
                review_on: standing
                    .next_review()
                    .map_or(standing.today, |day| day.max(standing.today)),
                review: Some(view.review.number),
            };
            Ok(Prepared {
                pre_read: before.filled(),
                early_until: None,
            })
        })
    }

    async fn pre_read_of_next(&self, actor: &Actor) -> Result<Prepared, Refusal> {
        let standing = self.standing(actor, None).await?;
        if standing.worked_bets().next().is_none() {
            return Err(Refusal::conflict(
                "No bet is running, so there is nothing to read before a review",
                "Start a planned bet first.",
            ));
        }
        let (register, kept) = (self.ledger.decisions().await?, self.ledger.commitments().await?);
        let last = standing.reviews.first().map_or(0, |review| review.number);
        let before = Before {
            standing: &standing,
            register: &register,
            promised: commitments::of_review(&kept, last).collect(),
            cycle: standing.cycle_under_review().to_string(),
            review_on: standing.next_review().unwrap_or(standing.today),
            review: None,
        };
        Ok(Prepared {
            pre_read: before.filled(),
            early_until: standing.pre_read_from().filter(|from| *from > standing.today),
        })
    }

    /// The day of the next review as a file for a calendar.
    pub fn next_review_file<'a>(&'a self, actor: &'a Actor) -> Answer<'a, String> {
        Box::pin(async move {
            actor.must(Permission::Read)?;
            let standing = self.standing(actor, None).await?;
            let on = standing.next_review().ok_or_else(|| {
                Refusal::not_found(
                    "No review has a day yet",
                    "A strategy, or the close of a review, sets the next one.",
                )
            })?;
            let program = &standing.strategy().program.name;
            let held = standing
                .reviews
                .iter()
                .filter(|review| review.closed_at.is_some())
                .count();
            let from = standing.pre_read_from().map_or_else(String::new, numbers::date);
            Ok(calendar::ics(&Day {
                id: format!("review-{}@{}", held + 1, slug(program)),
                made_at: self.surroundings.now(),
                on,
                title: format!("{program}: review of the partner strategy"),
                words: format!(
                    "Every running bet is scaled, continued, parked or retired; what nobody decides is parked. The \
                     pre-read is on the page Review from {from}."
                ),
                remind_days: PRE_READ_DAYS,
            }))
        })
    }

    /// The pre-read as a printable HTML file.
    pub fn pre_read_html<'a>(&'a self, actor: &'a Actor) -> Answer<'a, String> {
        Box::pin(async move { Ok(pre_read::document(&self.pre_read(actor, None).await?.pre_read)) })
    }

    /// The same as Markdown.
    pub fn pre_read_markdown<'a>(&'a self, actor: &'a Actor) -> Answer<'a, String> {
        Box::pin(async move { Ok(pre_read::markdown(&self.pre_read(actor, None).await?.pre_read)) })
    }
}
