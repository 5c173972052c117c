//! What each class came to: opportunities, amounts, credited partners. Must not add classes up.

use beachhead_strategy::{AttributionPolicy, Class};
use jiff::civil::Date;
use serde::Serialize;

use super::rules::Rules;
use super::{Attribution, attribute};
use crate::catalogue::Status;
use crate::star::{Star, day_number, index};

/// The opportunities known on a day by class.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Classes {
    /// Opportunities known on the day: what each class is a share of.
    pub known: u64,
    /// In the order of [`Class::ALL`].
    pub classes: Vec<ClassCount>,
    /// Who is credited, by class and then by partner id; those with nothing are left out.
    pub partners: Vec<PartnerCredit>,
}

/// One class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClassCount {
    /// The class.
    pub class: Class,
    /// Its opportunities.
    pub opportunities: u64,
    /// Of them, those open on the day.
    pub open: u64,
    /// Won by the day.
    pub won: u64,
    /// Lost by the day.
    pub lost: u64,
    /// Those with an amount.
    pub amounts: u64,
    /// What these amounts come to, in minor units of the star's currency.
    pub amount_minor: i64,
    /// The same of the won alone.
    pub won_minor: i64,
    /// Those that a partner claimed, but after the lock.
    pub claimed_after_lock: u64,
}

/// What a partner is credited with in one class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PartnerCredit {
    /// The class.
    pub class: Class,
    /// The partner's id.
    pub partner_id: String,
    /// Its name.
    pub partner: String,
    /// Its type; empty where nobody says.
    pub partner_type: String,
    /// Opportunities that it has a credit in; under equal shares one may count with several partners.
    pub opportunities: u64,
    /// Its part of their amounts, in minor units.
    pub amount_minor: i64,
    /// Its part of the amounts of the won.
    pub won_minor: i64,
    /// Those of them that are open.
    pub open: u64,
    /// Its part of the amounts of the open.
    pub open_minor: i64,
}

/// What a partner is credited with, while it is counted.
#[derive(Clone, Default)]
struct Credit {
    opportunities: u64,
    minor: i64,
    won_minor: i64,
    open: u64,
    open_minor: i64,
}

/// The classes of all opportunities known on a day.
pub fn classes(star: &Star, policy: &AttributionPolicy, as_of: Date) -> Classes {
    let rules = Rules::new(policy, day_number(as_of));
    let counted = star.evidence.counted(&rules, || {
        counted(star, &attribute(star, policy, rules.as_of), rules.as_of)
    });
    Classes::clone(&counted)
}

fn counted(star: &Star, attribution: &Attribution, day: i32) -> Classes {
    let mut counts: Vec<ClassCount> = Class::ALL.iter().map(|class| ClassCount::none(*class)).collect();
    let partners = star.partners.ids.len();
    // By class and partner.
    let mut credits = vec![Credit::default(); Class::ALL.len() * partners];
    for deal in 0..attribution.class.len() {
        let Some(status) = star.status_at(deal, day) else {
            continue;
        };
        let (class, amount) = (attribution.class[deal], star.amount(deal));
        counts[class as usize].add(status, amount, attribution.claimed_after_lock[deal]);
        let of_class = &mut credits[class as usize * partners..][..partners];
        for (partner, part) in attribution.shares(deal, amount) {
            // A touch whose partner nobody names credits nobody.
            let Some(credit) = of_class.get_mut(index(partner)) else {
                continue;
            };
            credit.add(status, part.unwrap_or(0));
        }
    }
    let each = credits.into_iter().enumerate();
    let each = each.filter(|(_, credit)| credit.opportunities > 0);
    let credited = each.map(|(place, credit)| PartnerCredit {
        class: Class::ALL[place / partners],
        partner_id: star.partners.ids[place % partners].clone(),
        partner: star.partners.names[place % partners].clone(),
        partner_type: star.partners.types[place % partners].clone(),
        opportunities: credit.opportunities,
        amount_minor: credit.minor,
        won_minor: credit.won_minor,
        open: credit.open,
        open_minor: credit.open_minor,
    });
    Classes {
        known: counts.iter().map(|count| count.opportunities).sum(),
        partners: credited.collect(),
        classes: counts,
    }
}

impl Credit {
    fn add(&mut self, status: Status, part: i64) {
        self.opportunities += 1;
        self.minor = self.minor.saturating_add(part);
        match status {
            Status::Won => self.won_minor = self.won_minor.saturating_add(part),
            Status::Open => {
                self.open += 1;
                self.open_minor = self.open_minor.saturating_add(part);
            }
            Status::Lost => {}
        }
    }
}

impl ClassCount {
    fn none(class: Class) -> Self {
        Self {
            class,
            opportunities: 0,
            open: 0,
            won: 0,
            lost: 0,
            amounts: 0,
            amount_minor: 0,
            won_minor: 0,
            claimed_after_lock: 0,
        }
    }

    fn add(&mut self, status: Status, amount: Option<i64>, is_late: bool) {
        self.opportunities += 1;
        match status {
            Status::Open => self.open += 1,
            Status::Won => self.won += 1,
            Status::Lost => self.lost += 1,
        }
        if let Some(amount) = amount {
            self.amounts += 1;
            self.amount_minor = self.amount_minor.saturating_add(amount);
            if status == Status::Won {
                self.won_minor = self.won_minor.saturating_add(amount);
            }
        }
        self.claimed_after_lock += u64::from(is_late);
    }
}
