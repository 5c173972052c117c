//! A bet: one cell with a wedge, a motion, capacity, indicators and a gate. Plain data.

use crate::state::BetState;
use crate::{Cycle, Gate, Indicator, Motion, Range, Wedge};

/// One bet.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize)]
pub struct Bet {
    /// Its name, unlike every other bet's.
    pub name: String,
    /// Name of the segment it works.
    pub segment: String,
    /// The partner type it works with.
    pub partner_type: String,
    /// Its state as written; a running program's live state may differ.
    pub state: BetState,
    /// Who runs it.
    pub owner: String,
    /// Named partners.
    pub partners: Vec<String>,
    /// Why it should work.
    pub wedge: Wedge,
    /// How it is done.
    pub motion: Motion,
    /// The cycle it starts in.
    pub starts: Option<Cycle>,
    /// Name of the bet whose gate it waits for; empty when none.
    pub after: String,
    /// What it asks of the team.
    pub capacity: Option<Capacity>,
    /// 80% range of a won deal's value, in units of the program's currency.
    pub deal_value: Option<Range>,
    /// Leading and lagging indicators.
    pub indicators: Vec<Indicator>,
    /// The gate.
    pub gate: Option<Gate>,
}

/// What a bet asks of the team.
#[derive(Debug, Clone, Copy, PartialEq, Default, serde::Serialize)]
pub struct Capacity {
    /// Hours before the first target can be worked.
    pub set_up_hours: f64,
    /// Hours for each target.
    pub hours_per_target: f64,
    /// Hours a week for as long as it runs, whatever the number of targets.
    pub weekly_overhead_hours: f64,
    /// Named targets in all.
    pub targets: u32,
    /// Targets started each week.
    pub targets_per_week: f64,
}

impl Bet {
    /// The name as a key for addresses and files: lower case, hyphens between words.
    pub fn key(&self) -> String {
        slug(&self.name)
    }
}

/// Lower case letters and digits, with single hyphens for whatever stands between.
pub fn slug(name: &str) -> String {
    let mut key = String::with_capacity(name.len());
    for letter in name.chars().flat_map(char::to_lowercase) {
        if letter.is_alphanumeric() {
            key.push(letter);
        } else if !key.is_empty() && !key.ends_with('-') {
            key.push('-');
        }
    }
    key.truncate(key.trim_end_matches('-').len());
    key
}
