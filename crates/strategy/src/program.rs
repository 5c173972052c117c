//! The program: one company's partnerships, its calendar, currency, team and hours. Plain data.

use crate::{Currency, FiscalCalendar};

/// One company's partnerships.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Program {
    /// The company; empty when missing.
    pub name: String,
    /// What money is counted in.
    pub currency: Currency,
    /// Fiscal year and cycle length.
    pub calendar: FiscalCalendar,
    /// Bets running at the same time, at most.
    pub at_once: u32,
    /// Share of the team's hours lost for each bet beyond the first that runs at the same time.
    pub switching_tax: f64,
    /// The partner types of the arena, in the program's own order.
    pub partner_types: Vec<String>,
    /// Who works on it.
    pub team: Vec<Member>,
}

/// One person of the team.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize)]
pub struct Member {
    /// Name.
    pub who: String,
    /// What they do, such as "partner manager".
    pub role: String,
    /// Hours a week for this program.
    pub hours_per_week: f64,
}

/// Bets running at the same time unless the program sets it.
pub const DEFAULT_AT_ONCE: u32 = 2;
/// Share of hours lost per additional bet unless the program sets it.
pub const DEFAULT_SWITCHING_TAX: f64 = 0.05;
/// The partner types that the field knows by name; a program may add its own.
pub const COMMON_PARTNER_TYPES: [&str; 10] = [
    "technology",
    "agency",
    "systems integrator",
    "reseller",
    "referral",
    "marketplace",
    "OEM",
    "distributor",
    "community",
    "events",
];

impl Default for Program {
    fn default() -> Self {
        Self {
            name: String::new(),
            currency: Currency::USD,
            calendar: FiscalCalendar::default(),
            at_once: DEFAULT_AT_ONCE,
            switching_tax: DEFAULT_SWITCHING_TAX,
            partner_types: Vec::new(),
            team: Vec::new(),
        }
    }
}

impl Program {
    /// Hours that the whole team has in a week.
    pub fn hours_per_week(&self) -> f64 {
        self.team.iter().fold(0.0, |sum, member| sum + member.hours_per_week)
    }
}
