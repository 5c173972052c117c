//! What decides beside the plan's rule: whoever looks at the counts at the start of a week and retires bets or changes
//! the plan. Must not see fates that have not come.

use std::borrow::Cow;

use super::{Stage, Team};
use crate::simulate::model::Model;
use crate::simulate::program::Plan;
use crate::simulate::truth::Seen;

/// Decides at the start of a week on what has been counted so far.
pub(crate) trait Policy {
    /// May retire bets and change the plan.
    fn decide(&mut self, team: &mut Team, week: usize);
}

/// The plan as it is.
impl Policy for () {
    fn decide(&mut self, _: &mut Team, _: usize) {}
}

/// What a policy may see and do. Counts by week are kept on paths of a known truth.
impl<'a> Team<'a> {
    pub(crate) fn model(&self) -> &'a Model<'a> {
        self.model
    }

    /// Live bets, the first to be served first.
    pub(crate) fn live(&self) -> &[usize] {
        &self.live
    }

    /// Whether a bet is worked off or retired.
    pub(crate) fn is_closed(&self, bet: usize) -> bool {
        self.desks[bet].stage == Stage::Closed
    }

    /// The week in which a bet opened.
    pub(crate) fn opened(&self, bet: usize) -> Option<usize> {
        self.desks[bet].story.opened
    }

    /// Set-up hours that a bet still needs.
    pub(crate) fn set_up_left(&self, bet: usize) -> f64 {
        self.desks[bet].set_up_left
    }

    /// Targets of a bet that were worked in each week; empty before it opens.
    pub(crate) fn worked(&self, bet: usize) -> &[f64] {
        &self.desks[bet].worked
    }

    /// Conversions of a bet at the step that is followed, up to the start of a week.
    pub(crate) fn signals(&self, bet: usize, week: usize) -> f64 {
        self.desks[bet].signals.iter().take(week + 1).sum()
    }

    /// What can be seen of a bet's accounts at the start of a week, step by step.
    pub(crate) fn seen(&self, bet: usize, week: usize) -> Vec<Seen> {
        self.path.seen(bet, &self.desks[bet].worked, week)
    }

    /// Stops a bet for good.
    pub(crate) fn retire(&mut self, bet: usize) {
        self.desks[bet].stage = Stage::Closed;
        self.desks[bet].story.stopped += 1;
        self.live.retain(|&live| live != bet);
    }

    /// Goes on by another plan: its first bets are live from now.
    pub(crate) fn follow(&mut self, plan: Plan) {
        let going_on = |bet: usize| plan.order.iter().take(plan.at_once).any(|&next| next == bet);
        for bet in std::mem::take(&mut self.live) {
            self.desks[bet].stage = Stage::Idle;
            self.desks[bet].story.stopped += u32::from(!going_on(bet));
        }
        self.plan = Cow::Owned(plan);
    }
}
