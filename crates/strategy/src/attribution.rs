//! The attribution policy: which evidence makes an opportunity sourced, influenced or present. Applies nothing itself.

use crate::words::words;
use jiff::civil::Date;

words! {
    /// The class of an opportunity; disjoint, and the first that fits counts.
    pub enum Class {
        /// A partner started it.
        Sourced = "sourced",
        /// A partner touched it, documented, between creation and close.
        Influenced = "influenced",
        /// A partner only shares the account.
        Present = "present",
        /// No partner.
        Direct = "direct",
    }
}

words! {
    /// What kind of evidence a touch is.
    pub enum TouchKind {
        /// A deal registration.
        Registration = "registration",
        /// A referral.
        Referral = "referral",
        /// An introduction.
        Intro = "intro",
        /// A meeting held together.
        JointMeeting = "joint meeting",
        /// Help with a technical proof.
        TechnicalValidation = "technical validation",
        /// A reference given.
        Reference = "reference",
        /// An integration in use.
        Integration = "integration",
        /// A marketplace transaction.
        Marketplace = "marketplace",
        /// Anything else.
        Other = "other",
    }
}

words! {
    /// Which partners an opportunity is credited to.
    pub enum Credit {
        /// One: the earliest sourcing touch.
        Earliest = "earliest",
        /// One: the last touch.
        Last = "last",
        /// All, with equal shares.
        EqualShares = "equal shares",
    }
}

words! {
    /// What a touch comes to for the opportunity that it bears on, the strongest first.
    pub enum Bearing {
        /// It sources the opportunity.
        Sources = "sources",
        /// It lies between creation and close.
        Influences = "influences",
        /// A claim that was recorded after the lock.
        Late = "claimed after lock",
        /// A claim, but the account had an open opportunity then.
        HadOpen = "account had an open opportunity",
        /// A kind that sources, but longer before creation than the window.
        OutsideWindow = "outside the window",
        /// Before creation, and not of a kind that sources.
        NotAClaim = "before creation and not a claim",
        /// After the close.
        AfterClose = "after the close",
        /// There is no opportunity that it could bear on.
        NoOpportunity = "no opportunity",
    }
}

/// The policy, versioned, dated and signed with the strategy.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct AttributionPolicy {
    /// Counts up from 1 with each change.
    pub version: u32,
    /// First day of effect; always in effect when missing.
    pub from: Option<Date>,
    /// Kinds of touch that source an opportunity.
    pub sourced_by: Vec<TouchKind>,
    /// Days before creation in which a sourcing touch counts.
    pub window_days: u32,
    /// Whether the account must have had no open opportunity at the touch.
    pub needs_no_open_opportunity: bool,
    /// Days after creation by which a claim must be recorded; later ones are "claimed after lock". `None`: no lock.
    pub lock_days: Option<u32>,
    /// Partners per opportunity.
    pub credit: Credit,
}

impl AttributionPolicy {
    /// Whether both put every opportunity into the same class, for they have the same rules: version and first day aside.
    pub fn has_rules_of(&self, other: &Self) -> bool {
        let rules = |policy: &Self| Self {
            version: 0,
            from: None,
            sourced_by: TouchKind::ALL
                .iter()
                .copied()
                .filter(|kind| policy.sourced_by.contains(kind))
                .collect(),
            ..policy.clone()
        };
        rules(self) == rules(other)
    }

    /// Each rule in a sentence, in the order of the form.
    pub fn sentences(&self) -> Vec<String> {
        let mut sentences = vec![self.sourced_when()];
        sentences.extend(self.locked_when());
        sentences.push(
            match self.credit {
                Credit::Earliest => "It is credited to one partner, that of the earliest such touch.",
                Credit::Last => "It is credited to one partner, that of the last such touch.",
                Credit::EqualShares => "It is credited to all partners of such touches, with equal shares.",
            }
            .to_owned(),
        );
        sentences.push(
            "It is influenced when a partner has a documented touch between creation and close; a shared account alone \
             makes it present, never influenced."
                .to_owned(),
        );
        sentences
    }

    fn sourced_when(&self) -> String {
        let Some((last, kinds)) = self.sourced_by.split_last() else {
            return "No kind of touch sources an opportunity.".to_owned();
        };
        let kinds: Vec<&str> = kinds.iter().map(|kind| kind.word()).collect();
        let kinds = match kinds.as_slice() {
            [] => last.word().to_owned(),
            kinds => format!("{} or {last}", kinds.join(", ")),
        };
        let open = if self.needs_no_open_opportunity {
            " and the account had no open opportunity then"
        } else {
            ""
        };
        format!(
            "An opportunity is sourced when a partner's {kinds} lies {}{open}.",
            match self.window_days {
                0 => "on the day of its creation".to_owned(),
                days => format!("within {} before its creation", days_of(days)),
            }
        )
    }

    fn locked_when(&self) -> Option<String> {
        let days = self.lock_days?;
        Some(format!(
            "A claim recorded later than {} after creation is “claimed after lock” and does not source.",
            days_of(days)
        ))
    }

    /// What differs from an earlier policy, in words; empty where the rules are the same.
    pub fn changes_since(&self, before: &Self) -> Vec<String> {
        let kinds = |here: &Self, there: &Self| -> Vec<&str> {
            let new = TouchKind::ALL
                .iter()
                .filter(|kind| here.sourced_by.contains(kind) && !there.sourced_by.contains(kind));
            new.map(|kind| kind.word()).collect()
        };
        let (added, gone) = (kinds(self, before), kinds(before, self));
        let lock = |policy: &Self| policy.lock_days.map_or_else(|| "none".to_owned(), days_of);
        let mut changes = Vec::new();
        if !added.is_empty() {
            changes.push(format!("{} now sources", added.join(", ")));
        }
        if !gone.is_empty() {
            changes.push(format!("{} no longer sources", gone.join(", ")));
        }
        if self.window_days != before.window_days {
            let (from, to) = (days_of(before.window_days), days_of(self.window_days));
            changes.push(format!("the window before creation goes from {from} to {to}"));
        }
        if self.needs_no_open_opportunity != before.needs_no_open_opportunity {
            changes.push(
                if self.needs_no_open_opportunity {
                    "an open opportunity of the account now takes the sourcing away"
                } else {
                    "an open opportunity of the account no longer takes the sourcing away"
                }
                .to_owned(),
            );
        }
        if self.lock_days != before.lock_days {
            changes.push(format!("the lock goes from {} to {}", lock(before), lock(self)));
        }
        if self.credit != before.credit {
            changes.push(format!("credit goes from {} to {}", before.credit, self.credit));
        }
        changes
    }
}

fn days_of(days: u32) -> String {
    format!("{days} {}", if days == 1 { "day" } else { "days" })
}

impl Default for AttributionPolicy {
    fn default() -> Self {
        Self {
            version: 1,
            from: None,
            sourced_by: vec![TouchKind::Registration, TouchKind::Referral, TouchKind::Intro],
            window_days: 30,
            needs_no_open_opportunity: true,
            lock_days: Some(14),
            credit: Credit::Earliest,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_says_its_rules_in_words() {
        let policy = AttributionPolicy::default();
        assert_eq!(
            policy.sentences()[..2],
            [
                "An opportunity is sourced when a partner's registration, referral or intro lies within 30 days before its \
                 creation and the account had no open opportunity then.",
                "A claim recorded later than 14 days after creation is “claimed after lock” and does not source."
            ]
        );
        let free = AttributionPolicy {
            sourced_by: vec![TouchKind::Intro],
            window_days: 1,
            needs_no_open_opportunity: false,
            lock_days: None,
            credit: Credit::EqualShares,
            ..policy
        };
        assert_eq!(
            free.sentences()[..2],
            [
                "An opportunity is sourced when a partner's intro lies within 1 day before its creation.",
                "It is credited to all partners of such touches, with equal shares."
            ]
        );
    }

    #[test]
    fn a_change_is_told_rule_by_rule_and_the_version_is_no_rule() {
        let before = AttributionPolicy::default();
        let renumbered = AttributionPolicy {
            version: 7,
            from: Some(jiff::civil::date(2027, 1, 1)),
            sourced_by: vec![TouchKind::Intro, TouchKind::Referral, TouchKind::Registration],
            ..before.clone()
        };
        assert!(renumbered.has_rules_of(&before));
        assert!(renumbered.changes_since(&before).is_empty());
        let after = AttributionPolicy {
            sourced_by: vec![TouchKind::Intro, TouchKind::Referral, TouchKind::JointMeeting],
            window_days: 60,
            needs_no_open_opportunity: false,
            lock_days: None,
            credit: Credit::Last,
            ..before.clone()
        };
        assert!(!after.has_rules_of(&before));
        assert_eq!(
            after.changes_since(&before),
            [
                "joint meeting now sources",
                "registration no longer sources",
                "the window before creation goes from 30 days to 60 days",
                "an open opportunity of the account no longer takes the sourcing away",
                "the lock goes from 14 days to none",
                "credit goes from earliest to last",
            ]
        );
    }
}
