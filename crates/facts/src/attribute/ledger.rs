//! The ledger of touches: each with the opportunity that it bears on, what it came to there, and its file and row. Must not
//! decide what a touch is: that is [`super::rules`].

use std::cmp::Reverse;
use std::sync::Arc;

use beachhead_strategy::{AttributionPolicy, Bearing, Class, TouchKind};
use jiff::civil::Date;
use rayon::prelude::*;
use serde::Serialize;

use super::evidence::Prepared;
use super::rules::{Judged, Life, Rules};
use super::{Attribution, attribute};
use crate::error::FactsError;
use crate::star::{NO_DAY, NO_ROW, Star, code, date_of, day_number, index};

/// Which touches are listed. Everything that is given must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TouchQuestion {
    /// What decides what a touch comes to.
    pub policy: AttributionPolicy,
    /// The day whose knowledge counts: what was recorded later is not seen.
    pub as_of: Date,
    /// Only touches that bear on this opportunity, by its id; each is then judged for it.
    pub opportunity: Option<String>,
    /// Only touches of this partner, by id or name.
    pub partner: Option<String>,
    /// Only touches that came to this.
    pub bearing: Option<Bearing>,
    /// Touches passed over.
    pub offset: usize,
    /// The most touches listed.
    pub limit: usize,
}

/// The answer: counts over all touches of the opportunity and partner, and a page of those that came to what was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TouchLedger {
    /// In the order of [`Bearing::ALL`]; those without a touch are left out.
    pub counts: Vec<BearingCount>,
    /// Records that the question takes.
    pub found: u64,
    /// A page of them: the newest touch first.
    pub rows: Vec<TouchRow>,
}

/// What touches came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct BearingCount {
    /// What they came to.
    pub bearing: Bearing,
    /// Touches: an act that several sources record counts once.
    pub touches: u64,
    /// Their records.
    pub records: u64,
}

/// One record of a touch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TouchRow {
    /// The day of the touch.
    pub on: Option<Date>,
    /// The day it was recorded; that of the touch itself where the source does not say.
    pub recorded_on: Option<Date>,
    /// The partner's name.
    pub partner: String,
    /// Its id.
    pub partner_id: String,
    /// What was done.
    pub kind: TouchKind,
    /// The opportunity that it bears on; of an account's touch, the one for which it came to most, then the nearest to it.
    pub opportunity_id: Option<String>,
    /// The account's name; empty where it is not known.
    pub account: String,
    /// Whether the touch names the opportunity itself, and not the account alone.
    pub names_opportunity: bool,
    /// Further opportunities of the account that it sources or influences.
    pub also: u32,
    /// Days from the touch to the opportunity's creation; negative after it.
    pub days_to_creation: Option<i64>,
    /// Whether its kind claims to source.
    pub claims: bool,
    /// Whether a claim lies in the window before creation; none where it does not claim or there is no day of creation.
    pub in_window: Option<bool>,
    /// Whether a claim was recorded by the lock.
    pub in_time: Option<bool>,
    /// What it came to.
    pub came_to: Bearing,
    /// The class of the opportunity.
    pub class: Option<Class>,
    /// Whether its partner is credited with the opportunity.
    pub credited: bool,
    /// The file in the snapshot's list, and the row, that recorded the same act before; it counts once.
    pub same_as: Option<(i32, i64)>,
    /// The file it came from, in the snapshot's list.
    pub file: i32,
    /// Its row in that file.
    pub row: i64,
}

/// What each touch came to, as one day knew them.
#[derive(Debug)]
pub(super) struct Bearings {
    /// None for a touch that was not known.
    bearing: Vec<Option<Bearing>>,
    /// The opportunity that it bears on.
    deal: Vec<u32>,
    /// Further opportunities that it sources or influences.
    also: Vec<u32>,
    /// How many came to what.
    counts: Vec<BearingCount>,
}

/// The ledger of touches.
///
/// # Errors
/// [`FactsError::NoSuchRow`] for an opportunity or a partner that there is not.
pub fn touches(star: &Star, question: &TouchQuestion) -> Result<TouchLedger, FactsError> {
    let mut rows = Vec::new();
    let (found, counts) = each_of_page(star, question, &mut |row| {
        rows.push(row);
        Ok(())
    })?;
    Ok(TouchLedger { counts, found, rows })
}

/// Gives every record of the page that the question asks for, the newest touch first, without holding them.
///
/// # Errors
/// As [`touches`]; those of `take`.
pub fn each_touch(star: &Star, question: &TouchQuestion, take: &mut TakeTouch<'_>) -> Result<(), FactsError> {
    each_of_page(star, question, take).map(drop)
}

/// Takes one record.
type TakeTouch<'t> = dyn FnMut(TouchRow) -> Result<(), FactsError> + 't;

/// Records found, and how many came to what.
type Counted = (u64, Vec<BearingCount>);

fn each_of_page(star: &Star, question: &TouchQuestion, take: &mut TakeTouch<'_>) -> Result<Counted, FactsError> {
    let rules = Rules::new(&question.policy, day_number(question.as_of));
    let asked = Asked {
        star,
        prepared: star.evidence.prepared(star),
        attribution: attribute(star, &question.policy, rules.as_of),
        rules,
    };
    let partners = question
        .partner
        .as_deref()
        .map(|named| asked.partners(named))
        .transpose()?;
    let of_partner = |touch: &usize| {
        let partner = star.touches[*touch].partner;
        partners.as_ref().is_none_or(|partners| partners.contains(&partner))
    };
    match &question.opportunity {
        Some(id) => {
            let borne: Vec<(usize, Borne)> = asked
                .of_opportunity(id)?
                .filter(|(touch, _)| of_partner(touch))
                .collect();
            asked.told(
                asked.counts(borne.iter().copied()),
                borne.into_iter().rev(),
                question,
                take,
            )
        }
        None => {
            let all = star.evidence.borne(&asked.rules, || asked.all());
            let known = (0..star.touches.len()).filter(of_partner);
            let borne = known.filter_map(|touch| Some((touch, all.of(touch)?)));
            let counts = if partners.is_none() {
                all.counts.clone()
            } else {
                asked.counts(borne.clone())
            };
            asked.told(counts, borne.rev(), question, take)
        }
    }
}

/// What one touch came to.
#[derive(Debug, Clone, Copy)]
struct Borne {
    bearing: Bearing,
    deal: u32,
    also: u32,
}

impl Bearings {
    fn of(&self, touch: usize) -> Option<Borne> {
        Some(Borne {
            bearing: self.bearing[touch]?,
            deal: self.deal[touch],
            also: self.also[touch],
        })
    }
}

struct Asked<'s> {
    star: &'s Star,
    prepared: &'s Prepared,
    attribution: Arc<Attribution>,
    rules: Rules,
}

impl<'s> Asked<'s> {
    fn partners(&self, named: &str) -> Result<Vec<u32>, FactsError> {
        let partners = &self.star.partners;
        let is_it = |place: &usize| partners.ids[*place] == named || partners.names[*place] == named;
        let found: Vec<u32> = (0..partners.ids.len()).filter(is_it).map(code).collect();
        if found.is_empty() {
            return Err(FactsError::NoSuchRow {
                what: "partner",
                named: named.to_owned(),
            });
        }
        Ok(found)
    }

    /// The touches that bear on one opportunity, in the order of their days, each judged for it.
    fn of_opportunity(&self, id: &str) -> Result<impl Iterator<Item = (usize, Borne)> + use<'_, 's>, FactsError> {
        let ids = self.star.opportunities.text("opportunity_id");
        let deal = (0..self.star.deals.account.len())
            .find(|deal| ids.get(*deal) == Some(id) && self.star.status_at(*deal, self.rules.as_of).is_some())
            .ok_or_else(|| FactsError::NoSuchRow {
                what: "opportunity",
                named: id.to_owned(),
            })?;
        let life = self.rules.life(self.star, deal);
        let of_account = self.prepared.of_account.of(self.star.deals.account[deal]);
        let of_deal = self.prepared.of_deal.of(code(deal));
        let known = super::in_order(of_deal, of_account)
            .map(index)
            .filter(|touch| self.rules.knows(&self.star.touches[*touch]));
        Ok(known.map(move |touch| {
            let borne = Borne {
                bearing: self.judge(touch, &life).bearing,
                deal: code(deal),
                also: 0,
            };
            (touch, borne)
        }))
    }

    fn judge(&self, touch: usize, life: &Life) -> Judged {
        self.rules
            .judge(&self.star.touches[touch], self.prepared.into_open[touch], life)
    }

    fn all(&self) -> Bearings {
        let borne: Vec<Option<Borne>> = (0..self.star.touches.len())
            .into_par_iter()
            .with_min_len(super::CHUNK)
            .map(|touch| self.borne(touch))
            .collect();
        let known = borne.iter().enumerate();
        Bearings {
            counts: self.counts(known.filter_map(|(touch, borne)| Some((touch, (*borne)?)))),
            bearing: borne.iter().map(|borne| borne.map(|borne| borne.bearing)).collect(),
            deal: borne
                .iter()
                .map(|borne| borne.map_or(NO_ROW, |borne| borne.deal))
                .collect(),
            also: borne.iter().map(|borne| borne.map_or(0, |borne| borne.also)).collect(),
        }
    }

    /// What a touch came to for the opportunity that it names, or for that of its account where it came to most.
    fn borne(&self, touch: usize) -> Option<Borne> {
        let evidence = &self.star.touches[touch];
        if !self.rules.knows(evidence) {
            return None;
        }
        let own = [evidence.deal];
        let deals = if evidence.deal == NO_ROW {
            self.star.deals.by_account.of(evidence.account)
        } else {
            &own
        };
        let known = deals.iter().map(|deal| index(*deal));
        let known = known.filter(|deal| self.star.status_at(*deal, self.rules.as_of).is_some());
        let (mut best, mut reached) = (None, 0_u32);
        for deal in known {
            let life = self.rules.life(self.star, deal);
            let bearing = self.judge(touch, &life).bearing;
            reached += u32::from(matches!(bearing, Bearing::Sources | Bearing::Influences));
            let away = (i64::from(life.created) - i64::from(evidence.on)).abs();
            let rank = Reverse((bearing, away, deal));
            best = best.max(Some(rank));
        }
        Some(match best {
            Some(Reverse((bearing, _, deal))) if bearing != Bearing::NoOpportunity => Borne {
                bearing,
                deal: code(deal),
                also: reached.saturating_sub(1),
            },
            _ => Borne {
                bearing: Bearing::NoOpportunity,
                deal: NO_ROW,
                also: 0,
            },
        })
    }

    /// Gives the page that the question asks for; `borne` is in the order that it is shown in.
    fn told(
        &self,
        counts: Vec<BearingCount>,
        borne: impl Iterator<Item = (usize, Borne)>,
        question: &TouchQuestion,
        take: &mut TakeTouch<'_>,
    ) -> Result<Counted, FactsError> {
        let fits = |bearing: Bearing| question.bearing.is_none_or(|wanted| wanted == bearing);
        let found = counts
            .iter()
            .filter(|count| fits(count.bearing))
            .map(|count| count.records)
            .sum();
        borne
            .filter(|(_, borne)| fits(borne.bearing))
            .skip(question.offset)
            .take(question.limit)
            .try_for_each(|(touch, borne)| take(self.row(touch, borne)))?;
        Ok((found, counts))
    }

    fn counts(&self, borne: impl Iterator<Item = (usize, Borne)>) -> Vec<BearingCount> {
        let mut counts: Vec<BearingCount> = Bearing::ALL
            .iter()
            .map(|bearing| BearingCount {
                bearing: *bearing,
                touches: 0,
                records: 0,
            })
            .collect();
        for (touch, borne) in borne {
            let count = &mut counts[borne.bearing as usize];
            count.records += 1;
            count.touches += u64::from(self.is_first(touch));
        }
        counts.retain(|count| count.records > 0);
        counts
    }

    fn is_first(&self, touch: usize) -> bool {
        index(self.prepared.first_record[touch]) == touch
    }

    fn row(&self, touch: usize, borne: Borne) -> TouchRow {
        let (star, evidence) = (self.star, &self.star.touches[touch]);
        let deal = Some(index(borne.deal)).filter(|_| borne.deal != NO_ROW);
        let account = deal.map_or(evidence.account, |deal| star.deals.account[deal]);
        let created = deal.map(|deal| star.deals.created[deal]).filter(|day| *day != NO_DAY);
        let claims = self.rules.claims(evidence.kind);
        let days_to_creation = created.map(|day| i64::from(day) - i64::from(evidence.on));
        let partner = index(evidence.partner);
        let (file, row) = star.touch_places[touch];
        TouchRow {
            on: date_of(evidence.on),
            recorded_on: date_of(evidence.recorded),
            partner: star.partners.names.get(partner).cloned().unwrap_or_default(),
            partner_id: star.partners.ids.get(partner).cloned().unwrap_or_default(),
            kind: evidence.kind,
            opportunity_id: deal.map(|deal| star.opportunities.shown("opportunity_id", deal)),
            account: if account == NO_ROW {
                String::new()
            } else {
                star.accounts.shown("name", index(account))
            },
            names_opportunity: evidence.deal != NO_ROW,
            also: borne.also,
            days_to_creation,
            claims,
            in_window: days_to_creation
                .filter(|_| claims)
                .map(|days| (0..=self.rules.window).contains(&days)),
            in_time: created.filter(|_| claims).map(|day| self.rules.in_time(evidence, day)),
            came_to: borne.bearing,
            class: deal.map(|deal| self.attribution.class[deal]),
            credited: deal.is_some_and(|deal| self.attribution.partners(deal).contains(&evidence.partner)),
            same_as: (!self.is_first(touch)).then(|| star.touch_places[index(self.prepared.first_record[touch])]),
            file,
            row,
        }
    }
}
