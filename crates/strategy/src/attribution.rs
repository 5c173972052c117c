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
