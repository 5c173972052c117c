//! The sequence: which bets run in which cycle, and the hours they ask against the hours the team has. Arithmetic only;
//! chances are the business of the numbers' room.

use crate::{BetState, Cycle, Strategy};
use std::collections::BTreeMap;

/// The plan, cycle by cycle.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sequence {
    /// Every cycle from the first start to the outcome's date (or the last gate), in order.
    pub cycles: Vec<CycleLoad>,
    /// Names of live bets that cannot be placed: they wait for a bet that has no dated gate, or there is no date at all.
    pub unplaced: Vec<String>,
}

/// What one cycle asks.
#[derive(Debug, Clone, PartialEq)]
pub struct CycleLoad {
    /// The cycle.
    pub cycle: Cycle,
    /// Hours that the team has in it.
    pub hours_has: f64,
    /// What each running bet asks, in the strategy's order.
    pub bets: Vec<BetLoad>,
}

/// What one bet asks in one cycle.
#[derive(Debug, Clone, PartialEq)]
pub struct BetLoad {
    /// Name of the bet.
    pub bet: String,
    /// Hours asked.
    pub hours: f64,
    /// Targets started in this cycle.
    pub targets: f64,
}

impl CycleLoad {
    /// Hours asked by all bets together.
    pub fn hours_asked(&self) -> f64 {
        self.bets.iter().map(|bet| bet.hours).sum()
    }
    /// Whether more is asked than there is.
    pub fn is_over_committed(&self) -> bool {
        self.hours_asked() > self.hours_has
    }
}

impl Sequence {
    /// Places every planned, running and scaled bet. `states` override the states as written.
    pub fn of(strategy: &Strategy, states: &BTreeMap<String, BetState>) -> Self {
        todo!("{strategy:?}{states:?}")
    }
    /// The cycle in which a bet starts.
    pub fn start_of(&self, bet: &str) -> Option<Cycle> {
        self.cycles
            .iter()
            .find(|load| load.bets.iter().any(|asked| asked.bet == bet))
            .map(|load| load.cycle)
    }
}
