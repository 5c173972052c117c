//! The review: every running or scaled bet is decided, or parked; nothing is carried on out of inertia. Keeps nothing.

use crate::Error;
use crate::state::{BetState, Grounds, Moved, Occasion, Verdict};
use crate::words::words;

words! {
    /// What a review decides about a bet.
    pub enum Choice {
        /// More hours, or unlock the next bet.
        Scale = "scale",
        /// On to the next gate.
        Continue = "continue",
        /// Pause it.
        Park = "park",
        /// End it.
        Retire = "retire",
    }
}

/// A bet that a review must decide.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Due {
    /// Name of the bet.
    pub bet: String,
    /// Its state: running or scaled.
    pub state: BetState,
    /// Its gate's verdict, when judged.
    pub verdict: Option<Verdict>,
}

/// What was decided about a bet.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Decided {
    /// Name of the bet.
    pub bet: String,
    /// Scale, continue, park or retire.
    pub choice: Choice,
    /// State before and after; the same when the bet goes on as it was.
    pub moved: Moved,
    /// Why.
    pub reason: String,
    /// Who decided.
    pub decider: String,
}

/// An open review.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
pub struct Review {
    due: Vec<Due>,
    decided: Vec<Decided>,
}

/// The reason that stands with a bet that nobody decided.
pub const UNDECIDED_REASON: &str = "No decision by the close of the review: it is parked, not carried on";

impl Review {
    /// Opens a review over the bets of a program: those running or scaled are due.
    pub fn open(bets: impl IntoIterator<Item = Due>) -> Self {
        Self {
            due: bets.into_iter().filter(|bet| bet.state.is_worked()).collect(),
            decided: Vec::new(),
        }
    }
    /// What is due, decided or not.
    pub fn due(&self) -> &[Due] {
        &self.due
    }
    /// What is decided so far.
    pub fn decided(&self) -> &[Decided] {
        &self.decided
    }
    /// Names of the bets not yet decided.
    pub fn undecided(&self) -> Vec<&str> {
        let is_decided = |bet: &str| self.decided.iter().any(|decided| decided.bet == bet);
        self.due
            .iter()
            .map(|due| due.bet.as_str())
            .filter(|bet| !is_decided(bet))
            .collect()
    }
    /// Decides a bet, or decides it anew. Errors: [`Error::NotInReview`] and those of [`BetState::go`].
    pub fn decide(&mut self, bet: &str, choice: Choice, reason: &str, decider: &str) -> Result<Decided, Error> {
        let due = self.due.iter().find(|due| due.bet == bet);
        let Due { state, verdict, .. } = due.ok_or_else(|| Error::NotInReview { bet: bet.to_owned() })?;
        let to = match choice {
            Choice::Scale => BetState::Scaled,
            Choice::Continue => *state,
            Choice::Park => BetState::Parked,
            Choice::Retire => BetState::Retired,
        };
        let grounds = Grounds {
            occasion: Occasion::Decision,
            reason,
            decider,
            verdict: *verdict,
        };
        let moved = if to == *state {
            state.settle(to, &grounds)?
        } else {
            state.go(to, &grounds)?
        };
        let decided = Decided {
            bet: bet.to_owned(),
            choice,
            moved,
            reason: reason.to_owned(),
            decider: decider.to_owned(),
        };
        self.decided.retain(|earlier| earlier.bet != bet);
        self.decided.push(decided.clone());
        Ok(decided)
    }
    /// Parks every undecided bet; answers with those parked. [`Error::NoDecider`] when nobody is named.
    pub fn park_the_undecided(&mut self, decider: &str) -> Result<Vec<Decided>, Error> {
        let undecided: Vec<String> = self.undecided().into_iter().map(str::to_owned).collect();
        undecided
            .iter()
            .map(|bet| self.decide(bet, Choice::Park, UNDECIDED_REASON, decider))
            .collect()
    }
    /// Closes the review: every decision. [`Error::Undecided`] while any bet is undecided.
    pub fn close(self) -> Result<Vec<Decided>, Error> {
        let bets: Vec<String> = self.undecided().into_iter().map(str::to_owned).collect();
        if bets.is_empty() {
            Ok(self.decided)
        } else {
            Err(Error::Undecided { bets })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(bet: &str, state: BetState, verdict: Option<Verdict>) -> Due {
        Due {
            bet: bet.to_owned(),
            state,
            verdict,
        }
    }

    fn open() -> Review {
        Review::open([
            due("HRIS", BetState::Running, Some(Verdict::Scale)),
            due("Identity", BetState::Scaled, None),
            due("Events", BetState::Parked, None),
            due("Resale", BetState::Planned, None),
        ])
    }

    #[test]
    fn only_running_and_scaled_bets_are_due() {
        let mut review = open();
        assert_eq!(review.undecided(), ["HRIS", "Identity"]);
        let refused = review.decide("Events", Choice::Park, "still paused", "Ines");
        assert_eq!(
            refused,
            Err(Error::NotInReview {
                bet: "Events".to_owned()
            })
        );
    }

    #[test]
    fn a_review_does_not_close_while_a_bet_is_undecided() {
        let mut review = open();
        review
            .decide("HRIS", Choice::Scale, "passed its gate", "Dana")
            .expect("allowed");
        assert_eq!(
            review.clone().close(),
            Err(Error::Undecided {
                bets: vec!["Identity".to_owned()]
            })
        );
        review
            .decide("Identity", Choice::Continue, "next gate in March", "Dana")
            .expect("allowed");
        let decided = review.close().expect("all decided");
        assert_eq!(
            decided.iter().map(|d| d.moved.to).collect::<Vec<_>>(),
            [BetState::Scaled, BetState::Scaled]
        );
    }

    #[test]
    fn the_undecided_are_parked_with_the_standing_reason_and_then_it_closes() {
        let mut review = open();
        assert_eq!(review.clone().park_the_undecided(" "), Err(Error::NoDecider));
        let parked = review.park_the_undecided("Dana").expect("allowed");
        assert_eq!(
            parked
                .iter()
                .map(|d| (d.moved.to, d.moved.against_the_gate))
                .collect::<Vec<_>>(),
            [(BetState::Parked, true), (BetState::Parked, false)]
        );
        assert_eq!(review.close().map(|decided| decided.len()), Ok(2));
    }

    #[test]
    fn deciding_anew_replaces_the_earlier_decision() {
        let mut review = open();
        review
            .decide("Identity", Choice::Park, "no hours left", "Dana")
            .expect("allowed");
        review
            .decide("Identity", Choice::Retire, "no partner left", "Dana")
            .expect("allowed");
        assert_eq!(
            review.decided().iter().map(|d| d.choice).collect::<Vec<_>>(),
            [Choice::Retire]
        );
    }

    #[test]
    fn going_on_although_the_gate_says_retire_needs_forty_characters_and_is_marked() {
        let mut review = Review::open([due("HRIS", BetState::Running, Some(Verdict::Retire))]);
        let short = review.decide("HRIS", Choice::Continue, "I like it", "Ines");
        assert_eq!(short, Err(Error::ShortReason { needed: 40, given: 9 }));
        let reason = "The largest partner renews in May and has named nine accounts";
        let decided = review
            .decide("HRIS", Choice::Continue, reason, "Ines")
            .expect("long enough");
        assert!(decided.moved.against_the_gate);
    }
}
