//! What a team has seen of a bet, as evidence for the judge. Must not know the truth.

use crate::judge::{self, Evidence};
use crate::simulate::{Bet, Seen};

/// The counts of a bet in its week `week`. Its gate asks for one event by that week: whoever asks of another sets it.
pub(super) fn evidence(seen: Vec<Seen>, bet: &Bet, week: u32) -> Evidence {
    Evidence {
        week,
        gate: judge::Gate {
            need: 1,
            week: week.max(1),
            step: None,
            at_least_targets: 0,
            retire_if: None,
            minimum: None,
        },
        steps: seen
            .into_iter()
            .zip(&bet.steps)
            .map(|(seen, step)| seen.evidence(step))
            .collect(),
        planned_per_week: Vec::new(),
        delay_known: true,
        overdispersion: bet.overdispersion,
    }
}
