//! The truth of the worked example: what really happens to accounts, partners and deals, chosen by us and written beside
//! the facts. The product never reads it; a reader compares with it what the product found out.

use jiff::civil::{Date, date};
use serde::Serialize;

/// The seed of the whole world.
pub const SEED: u64 = 22;

/// The first day of the facts: six quarters begin here.
pub const FIRST_DAY: Date = date(2025, 5, 1);
/// The day of the first import: four quarters of history with six initiatives.
pub const CHOICE_DAY: Date = date(2026, 4, 30);
/// The first day of the bet.
pub const BET_DAY: Date = date(2026, 5, 6);
/// The end of the bet's first quarter.
pub const FIRST_QUARTER_END: Date = date(2026, 7, 31);
/// The last day of the facts.
pub const LAST_DAY: Date = date(2026, 10, 31);
/// The day on which the calendar of the worked example stands still.
pub const TODAY: Date = date(2026, 11, 9);

/// A group of accounts and what is true of its deals.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct SegmentTruth {
    /// The segment's name.
    pub name: &'static str,
    /// How many accounts it has.
    pub accounts: u32,
    /// Employees, least and most.
    pub employees: (u32, u32),
    /// Chance that a direct deal is won.
    pub win_rate: f64,
    /// Mean days from creation to close.
    pub cycle_days: f64,
    /// Median amount of a deal.
    pub amount: f64,
    /// Direct deals that begin in a quarter.
    pub direct_per_quarter: f64,
}

/// The three groups of accounts.
pub const SEGMENTS: [SegmentTruth; 3] = [
    SegmentTruth {
        name: "enterprise",
        accounts: 260,
        employees: (1_000, 9_000),
        win_rate: 0.20,
        cycle_days: 165.0,
        amount: 82_000.0,
        direct_per_quarter: 15.0,
    },
    SegmentTruth {
        name: "mid-market",
        accounts: 240,
        employees: (200, 999),
        win_rate: 0.25,
        cycle_days: 95.0,
        amount: 24_000.0,
        direct_per_quarter: 24.0,
    },
    SegmentTruth {
        name: "small",
        accounts: 220,
        employees: (20, 199),
        win_rate: 0.29,
        cycle_days: 48.0,
        amount: 8_000.0,
        direct_per_quarter: 26.0,
    },
];

/// One of the six initiatives that ran at once, and what is true of its route.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct RouteTruth {
    /// What people called it.
    pub initiative: &'static str,
    /// The partner type.
    pub partner_type: &'static str,
    /// Its partners.
    pub partners: &'static [&'static str],
    /// Deals it begins in a quarter, by segment, while underfunded.
    pub deals_per_quarter: [f64; 3],
    /// What it adds to the logit of the win rate, by segment.
    pub win_logit: [f64; 3],
    /// Days that it takes off the cycle, by segment.
    pub days_sooner: [f64; 3],
    /// Its share of the team's hours before the choice.
    pub share_of_hours: f64,
    /// The share of each segment's accounts that stand in its partners' lists.
    pub overlap: [f64; 3],
}

/// The six initiatives.
pub const ROUTES: [RouteTruth; 6] = [
    RouteTruth {
        initiative: "Technology integrations",
        partner_type: "technology",
        partners: &["Workbright", "PeopleOak", "Keyring", "Passfort"],
        deals_per_quarter: [3.2, 1.5, 0.5],
        win_logit: [0.75, 0.2, 0.0],
        days_sooner: [38.0, 10.0, 0.0],
        share_of_hours: 0.15,
        overlap: [0.44, 0.18, 0.05],
    },
    RouteTruth {
        initiative: "Channel resale",
        partner_type: "reseller",
        partners: &["Halden Supply", "Ostrava Systems", "Brightline IT", "Corvo Trade"],
        deals_per_quarter: [0.3, 2.5, 1.0],
        win_logit: [-0.4, -0.1, 0.0],
        days_sooner: [-20.0, 0.0, 5.0],
        share_of_hours: 0.27,
        overlap: [0.05, 0.16, 0.10],
    },
    RouteTruth {
        initiative: "Agency referrals",
        partner_type: "agency",
        partners: &["Studio Lark", "Fenwick & Rao", "Northlight", "Pale Blue", "Gantry"],
        deals_per_quarter: [0.2, 2.0, 2.0],
        win_logit: [0.0, 0.25, 0.1],
        days_sooner: [0.0, 8.0, 4.0],
        share_of_hours: 0.16,
        overlap: [0.03, 0.08, 0.09],
    },
    RouteTruth {
        initiative: "Marketplace listing",
        partner_type: "marketplace",
        partners: &["CloudBazaar"],
        deals_per_quarter: [0.0, 0.5, 2.0],
        win_logit: [0.0, -0.2, 0.0],
        days_sooner: [0.0, 0.0, 6.0],
        share_of_hours: 0.12,
        overlap: [0.0, 0.0, 0.0],
    },
    RouteTruth {
        initiative: "Events push",
        partner_type: "events",
        partners: &["DataSummit", "PeopleOps Week"],
        deals_per_quarter: [0.6, 1.0, 0.5],
        win_logit: [-0.35, -0.2, 0.0],
        days_sooner: [-10.0, 0.0, 0.0],
        share_of_hours: 0.19,
        overlap: [0.0, 0.0, 0.0],
    },
    RouteTruth {
        initiative: "Community play",
        partner_type: "community",
        partners: &["Analytics Guild"],
        deals_per_quarter: [0.0, 0.5, 1.5],
        win_logit: [0.0, 0.0, 0.1],
        days_sooner: [0.0, 0.0, 0.0],
        share_of_hours: 0.11,
        overlap: [0.0, 0.0, 0.0],
    },
];

/// A step of the motion: its name, the chance that an account passes it, and the mean weeks that this takes.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct StepTruth {
    /// The step's name in the strategy.
    pub name: &'static str,
    /// The chance that an account that entered the step passes it.
    pub conversion: f64,
    /// The mean weeks that it takes (gamma with shape 2).
    pub delay_weeks: f64,
}

/// What is true of the bet: integration-led co-sell with HRIS vendors into enterprise accounts.
pub const STEPS: [StepTruth; 4] = [
    StepTruth {
        name: "introduced",
        conversion: 0.57,
        delay_weeks: 2.5,
    },
    StepTruth {
        name: "met",
        conversion: 0.64,
        delay_weeks: 2.5,
    },
    StepTruth {
        name: "opportunity",
        conversion: 0.48,
        delay_weeks: 4.0,
    },
    StepTruth {
        name: "won",
        conversion: 0.33,
        delay_weeks: 16.0,
    },
];

/// The name of the bet that is started first.
pub const FIRST_BET: &str = "HRIS co-sell";
/// The name of the bet that its gate unlocks.
pub const SECOND_BET: &str = "Identity co-sell";
/// Accounts worked a week in the bet.
pub const TARGETS_PER_WEEK: u32 = 6;
/// Accounts named for the bet.
pub const TARGETS: u32 = 130;
/// The team: name and hours a week.
pub const TEAM: [(&str, f64); 2] = [("Ines Marchetti", 20.0), ("Tom Okafor", 35.0)];

/// All of the truth, to be written beside the facts.
#[derive(Debug, Serialize)]
pub struct Truth {
    /// What this file is.
    pub about: &'static str,
    /// The seed.
    pub seed: u64,
    /// The groups of accounts.
    pub segment: Vec<SegmentTruth>,
    /// The six initiatives.
    pub route: Vec<RouteTruth>,
    /// The steps of the bet.
    pub step: Vec<StepTruth>,
}

impl Truth {
    /// The truth as it stands.
    #[must_use]
    pub fn whole() -> Self {
        Self {
            about: "What is really true in this made-up world. The product never reads this file; compare with it what it found.",
            seed: SEED,
            segment: SEGMENTS.to_vec(),
            route: ROUTES.to_vec(),
            step: STEPS.to_vec(),
        }
    }
}
