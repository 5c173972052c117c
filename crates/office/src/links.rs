//! The addresses of the rows behind figures: one for each kind, so that a figure and its rows cannot part. Must not look
//! anything up.

use beachhead_strategy::Bet;
use jiff::civil::Date;

use crate::reporting::query;
use crate::standing::Standing;
use crate::tracing::AtStep;

/// An address with pairs that are not empty, and the day looked back to where there is one.
#[must_use]
pub fn address(path: &str, pairs: &[(&str, &str)], looked_back: Option<Date>) -> String {
    let day = looked_back.map(|day| day.to_string()).unwrap_or_default();
    let pairs = pairs.iter().copied().chain([("as_of", day.as_str())]);
    let written: Vec<String> = pairs
        // A missing value of a column is asked for by an empty one.
        .filter(|(name, value)| !value.is_empty() || name.starts_with("key."))
        .map(|(name, value)| format!("{name}={}", query(value)))
        .collect();
    if written.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{}", written.join("&"))
    }
}

impl Standing {
    /// The opportunities of these pairs, as known on the day of this standing.
    #[must_use]
    pub fn rows_link(&self, pairs: &[(&str, &str)]) -> String {
        address("/evidence", pairs, self.looked_back)
    }

    /// The opportunities that the outcome counts.
    #[must_use]
    pub fn outcome_link(&self) -> String {
        self.rows_link(&[("measure", "outcome")])
    }

    /// The opportunities of a cell that a partner sourced or influenced; of a status where one is named.
    #[must_use]
    pub fn cell_link(&self, segment: &str, partner_type: &str, status: &str) -> String {
        self.rows_link(&[
            ("segment", segment),
            ("side", "with"),
            ("partner_type", partner_type),
            ("status", status),
            ("text", "draft"),
        ])
    }

    /// The opportunities of a segment that no partner sourced or influenced; of a status where one is named.
    #[must_use]
    pub fn without_link(&self, segment: &str, status: &str) -> String {
        let pairs = [
            ("segment", segment),
            ("side", "without"),
            ("status", status),
            ("text", "draft"),
        ];
        self.rows_link(&pairs)
    }

    /// The accounts of the draft's segments that these pairs ask for: `segment` (its rule takes them), with `counted=yes`
    /// those that no earlier segment takes, with `partner_type` those of them in a list of such a partner; or `fall`, one
    /// of `several`, `some`, `none` and `all`.
    #[must_use]
    pub fn accounts_link(&self, pairs: &[(&str, &str)]) -> String {
        address("/segments/accounts", pairs, self.looked_back)
    }

    /// The targets of a bet that came to something at a step; all that entered it without a step.
    #[must_use]
    pub fn targets_link(&self, bet: &Bet, step: &str, came_to: AtStep) -> String {
        let came_to = if step.is_empty() { "" } else { came_to.name() };
        let pairs = [
            ("bet", bet.key()),
            ("step", step.to_owned()),
            ("came_to", came_to.to_owned()),
        ];
        let pairs = pairs.each_ref().map(|(name, value)| (*name, value.as_str()));
        address("/evidence/targets", &pairs, self.looked_back)
    }

    /// What a measure in money counts of a bet's own partners, in the outcome's period and scope.
    #[must_use]
    pub fn brought_link(&self, bet: &Bet, measure: &str) -> String {
        self.rows_link(&[("measure", measure), ("scope", "outcome"), ("bet", &bet.key())])
    }
}
