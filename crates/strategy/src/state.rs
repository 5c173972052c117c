//! States of a bet, the moves between them and what each move needs. Keeps nothing: the ledger does.

use crate::words::words;
use crate::{Error, limits};

words! {
    /// The state of a bet.
    pub enum BetState {
        /// Suggested, not signed.
        Proposed = "proposed",
        /// Signed; its start has not come.
        Planned = "planned",
        /// Being worked.
        Running = "running",
        /// Passed its gate: more hours, or it unlocked the next.
        Scaled = "scaled",
        /// Attractive but paused.
        Parked = "parked",
        /// Considered and never started.
        Declined = "declined",
        /// Ran, and evidence said no.
        Retired = "retired",
    }
}

words! {
    /// What the judge says of a gate.
    pub enum Verdict {
        /// Nothing measured.
        NoData = "no data",
        /// Too early to call.
        TooEarly = "too early",
        /// Neither proven nor failed.
        Continue = "continue",
        /// It works.
        Scale = "scale",
        /// It does not.
        Retire = "retire",
    }
}

words! {
    /// What brings a move about.
    pub enum Occasion {
        /// The signature of the version that holds the bet.
        Signature = "signature",
        /// The bet's start in the sequence.
        Start = "start",
        /// A decision, in a review or between two.
        Decision = "decision",
    }
}

/// What stands in the register with a move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grounds<'a> {
    /// What brings it about.
    pub occasion: Occasion,
    /// Why.
    pub reason: &'a str,
    /// Who decided.
    pub decider: &'a str,
    /// The verdict of the bet's gate on the day, when it was judged.
    pub verdict: Option<Verdict>,
}

/// A move that is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Moved {
    /// State before.
    pub from: BetState,
    /// State after.
    pub to: BetState,
    /// Marked for good when it goes against the gate's verdict.
    pub against_the_gate: bool,
}

impl Default for BetState {
    /// What a bet is unless its text says otherwise.
    fn default() -> Self {
        BetState::Planned
    }
}

impl BetState {
    /// Whether nothing is done on the bet any more: declined or retired. Neither comes back as it was.
    pub const fn is_ended(self) -> bool {
        matches!(self, Self::Declined | Self::Retired)
    }

    /// The states that this one may go to.
    pub const fn moves(self) -> &'static [BetState] {
        use BetState::{Declined, Parked, Planned, Proposed, Retired, Running, Scaled};
        match self {
            Proposed => &[Planned, Parked, Declined],
            Planned => &[Running, Parked, Declined],
            Running => &[Scaled, Parked, Retired],
            Scaled => &[Running, Parked, Retired],
            Parked => &[Planned, Declined],
            Retired | Declined => &[Proposed],
        }
    }

    /// Being worked now: running or scaled. A review must decide it.
    pub const fn is_worked(self) -> bool {
        matches!(self, BetState::Running | BetState::Scaled)
    }

    /// Not given up: proposed, planned, running or scaled.
    pub const fn is_live(self) -> bool {
        matches!(
            self,
            BetState::Proposed | BetState::Planned | BetState::Running | BetState::Scaled
        )
    }

    /// What must bring a move to `to` about.
    pub const fn occasion(self, to: BetState) -> Occasion {
        match (self, to) {
            (BetState::Proposed | BetState::Parked, BetState::Planned) => Occasion::Signature,
            (BetState::Planned, BetState::Running) => Occasion::Start,
            _ => Occasion::Decision,
        }
    }

    /// Whether the move is allowed on these grounds. Errors: [`Error::NotAMove`], [`Error::WrongOccasion`],
    /// [`Error::NoDecider`], [`Error::NoReason`], [`Error::ShortReason`].
    pub fn go(self, to: BetState, grounds: &Grounds<'_>) -> Result<Moved, Error> {
        if !self.moves().contains(&to) {
            return Err(Error::NotAMove {
                from: self,
                to,
                allowed: self.moves(),
            });
        }
        let needed = self.occasion(to);
        if needed != grounds.occasion {
            return Err(Error::WrongOccasion {
                from: self,
                to,
                needed,
                given: grounds.occasion,
            });
        }
        self.settle(to, grounds)
    }

    /// Checks what every decision needs, that of leaving a bet as it is included.
    pub(crate) fn settle(self, to: BetState, grounds: &Grounds<'_>) -> Result<Moved, Error> {
        if grounds.decider.trim().is_empty() {
            return Err(Error::NoDecider);
        }
        let given = grounds.reason.trim().chars().count();
        if given == 0 {
            return Err(Error::NoReason);
        }
        let against_the_gate = self.is_worked() && goes_against(grounds.verdict, self, to);
        let needed = limits::REASON_AGAINST_THE_GATE_CHARS;
        if against_the_gate && given < needed {
            return Err(Error::ShortReason { needed, given });
        }
        Ok(Moved {
            from: self,
            to,
            against_the_gate,
        })
    }
}

/// Against the gate is anything but what its verdict says. Neither a verdict of "continue" nor one of "too early"
/// stands against parking, which weighs this bet against another; no data binds nothing.
fn goes_against(verdict: Option<Verdict>, from: BetState, to: BetState) -> bool {
    match verdict {
        None | Some(Verdict::NoData) => false,
        Some(Verdict::Scale) => to != BetState::Scaled,
        Some(Verdict::Retire) => to != BetState::Retired,
        Some(Verdict::Continue | Verdict::TooEarly) => {
            to == BetState::Retired || (from == BetState::Running && to == BetState::Scaled)
        }
    }
}
