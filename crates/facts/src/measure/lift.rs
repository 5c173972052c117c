//! `lift`: each opportunity as a plain row, with the day that a partner came in, what it is compared within and the
//! numbers known of it. Must not compare anything.

use std::ops::Range;

use beachhead_strategy::AttributionPolicy;
use jiff::civil::Date;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::fold::{Measure, State, merged};
use super::lens::{Field, Lens, account_of};
use super::weigh::spell_days;
use crate::catalogue::Status;
use crate::error::FactsError;
use crate::limits;
use crate::rule::{Frame as _, Rule, Values};
use crate::star::{Column, NO_DAY, NO_WORD, Star, code, index};

/// A field of numbers with more different values is compared in bands, each of a quarter of the opportunities.
const VALUES_MOST: usize = 10;
const BANDS: usize = 4;

/// The question.
#[derive(Debug, Clone)]
pub struct LiftQuestion {
    /// A rule that says which opportunities are "with"; none: those that a partner sourced or influenced, by its dates.
    pub with: Option<Rule>,
    /// What opportunities are compared within, at most [`limits::LIFT_STRATA_MAX`].
    pub strata: Vec<Field>,
    /// Days after creation by which involvement counts: what is on record by then, and the stage then.
    pub landmark_days: u32,
    /// The day whose knowledge counts.
    pub as_of: Date,
    /// Names and rules of segments.
    pub segments: Vec<(String, Rule)>,
    /// What makes an opportunity sourced or influenced.
    pub policy: AttributionPolicy,
}

/// The opportunities of a comparison, in the order of their ids.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LiftRows {
    /// Those known on the day.
    pub deals: Vec<LiftDeal>,
    /// What they are compared within: equal codes are equal values.
    pub strata: Vec<LiftColumn<u32>>,
    /// Numbers known of each, not a number where missing: the logarithms of its amount and of its account's employees,
    /// and its age in days.
    pub covariates: Vec<LiftColumn<f64>>,
    /// Opportunities that a partner was in by the landmark, as was recorded only after it.
    pub recorded_later: u64,
}

/// One opportunity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiftDeal {
    /// Days from creation until a partner's involvement had happened and was on record; 0 where the rule takes the
    /// opportunity; none where there was none.
    pub with_days: Option<u32>,
    /// How it stood on the day.
    pub status: Status,
    /// Days from creation to close, or to the day while it is open.
    pub days: Option<u32>,
    /// Days from creation to the day.
    pub age_days: Option<u32>,
    /// Equal for opportunities of one account.
    pub account: u32,
}

/// Values of a field, one for each opportunity.
#[derive(Debug, Clone, PartialEq)]
pub struct LiftColumn<T> {
    /// The field.
    pub name: String,
    /// Its values.
    pub values: Vec<T>,
}

/// What opportunities are compared within unless it is said: segment (industry where none is written), employees and
/// source, as far as the facts have them.
pub fn default_strata(star: &Star, segments: &[(String, Rule)]) -> Vec<Field> {
    let has_text =
        |sheet: &crate::star::Sheet, name: &str| sheet.text(name).codes().iter().any(|code| *code != NO_WORD);
    let mut fields = Vec::new();
    if !segments.is_empty() {
        fields.push(Field::Segment);
    } else if has_text(&star.accounts, "industry") {
        fields.push(Field::Column("industry".into()));
    }
    if star.accounts.numbers("employees").iter().any(|number| !number.is_nan()) {
        fields.push(Field::Column("employees".into()));
    }
    if has_text(&star.opportunities, "source") {
        fields.push(Field::Column("source".into()));
    }
    fields
}

/// The rows of the comparison.
///
/// # Errors
/// [`FactsError::Rule`], [`FactsError::NoField`], [`FactsError::TooManyFields`], and [`FactsError::NotBefore`] for a
/// field
/// that says who was involved or how it ended.
pub fn lift_rows(star: &Star, question: &LiftQuestion) -> Result<LiftRows, FactsError> {
    if question.strata.len() > limits::LIFT_STRATA_MAX {
        return Err(FactsError::TooManyFields {
            asked: question.strata.len(),
            most: limits::LIFT_STRATA_MAX,
        });
    }
    Ok(LiftPlan::new(star, question)?.answer())
}

/// A question made ready for a star; its rows are the opportunities known on the day.
pub struct LiftPlan<'s> {
    asked: Asked<'s>,
    known: Vec<usize>,
    strata: Vec<LiftColumn<u32>>,
    covariates: Vec<LiftColumn<f64>>,
}

/// What is known after some rows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiftState {
    /// By row.
    deals: Vec<(u32, LiftDeal)>,
    recorded_later: u64,
}

impl State for LiftState {
    fn merge(self, other: Self) -> Self {
        Self {
            deals: merged(self.deals, other.deals, |a, b| a.0.cmp(&b.0), |_, _| false),
            recorded_later: self.recorded_later + other.recorded_later,
        }
    }
}

impl<'s> LiftPlan<'s> {
    /// Looks the columns up, applies segments and policy, and puts numbers into bands.
    ///
    /// # Errors
    /// As [`lift_rows`], except for the number of fields.
    pub fn new(star: &'s Star, question: &LiftQuestion) -> Result<Self, FactsError> {
        let lens = Lens::new(star, &question.segments, &question.policy, question.as_of)?;
        let known: Vec<usize> = (0..lens.deals()).filter(|deal| lens.status[*deal].is_some()).collect();
        let asked = Asked {
            with: question.with.as_ref().map(|rule| lens.taken(Some(rule))).transpose()?,
            landmark: i32::try_from(question.landmark_days).unwrap_or(i32::MAX),
            lens,
        };
        let strata = question.strata.par_iter().map(|field| {
            let values = asked.stratum(field, &known)?;
            Ok(LiftColumn {
                name: field.to_string(),
                values,
            })
        });
        Ok(Self {
            strata: strata
                .collect::<Vec<Result<_, FactsError>>>()
                .into_iter()
                .collect::<Result<_, _>>()?,
            covariates: asked.covariates(&known),
            asked,
            known,
        })
    }
}

impl Measure for LiftPlan<'_> {
    type State = LiftState;
    type Answer = LiftRows;

    fn rows(&self) -> usize {
        self.known.len()
    }

    fn fold(&self, rows: Range<usize>) -> LiftState {
        let of_rows = rows.clone().zip(&self.known[rows]);
        let mut state = LiftState::default();
        for (row, deal) in of_rows {
            state
                .deals
                .extend(self.asked.deal(*deal).map(|found| (code(row), found)));
            state.recorded_later += u64::from(self.asked.is_recorded_later(*deal));
        }
        state
    }

    fn finish(&self, state: LiftState) -> LiftRows {
        LiftRows {
            deals: state.deals.into_iter().map(|(_, deal)| deal).collect(),
            strata: self.strata.clone(),
            covariates: self.covariates.clone(),
            recorded_later: state.recorded_later,
        }
    }
}

struct Asked<'s> {
    lens: Lens<'s>,
    /// For each opportunity whether the rule takes it, where there is one.
    with: Option<Vec<bool>>,
    landmark: i32,
}

impl Asked<'_> {
    fn deal(&self, deal: usize) -> Option<LiftDeal> {
        let star = self.lens.star;
        let with_days = match &self.with {
            Some(with) => with[deal].then_some(0),
            None => self.lens.attribution.involved[deal].and_then(|involved| self.days_since(deal, involved.recorded)),
        };
        Some(LiftDeal {
            with_days,
            status: self.lens.status[deal]?,
            days: spell_days(&self.lens, deal),
            age_days: self.days_since(deal, self.lens.as_of),
            account: code(account_of(star, deal).unwrap_or(star.accounts.rows() + deal)),
        })
    }

    /// Days from creation.
    fn days_since(&self, deal: usize, day: i32) -> Option<u32> {
        let created = self.lens.star.deals.created[deal];
        u32::try_from(day.checked_sub(created)?)
            .ok()
            .filter(|_| created != NO_DAY)
    }

    /// Whether a partner was in by the landmark, and nobody had written it down by then.
    fn is_recorded_later(&self, deal: usize) -> bool {
        let created = self.lens.star.deals.created[deal];
        if self.with.is_some() || created == NO_DAY {
            return false;
        }
        let landmark = created.saturating_add(self.landmark);
        match self.lens.attribution.involved[deal] {
            Some(involved) => involved.on <= landmark && involved.recorded > landmark,
            None => self.lens.attribution.claimed_after_lock[deal],
        }
    }

    fn stratum(&self, field: &Field, known: &[usize]) -> Result<Vec<u32>, FactsError> {
        let after = |why: &'static str| {
            Err(FactsError::NotBefore {
                name: field.to_string(),
                why,
            })
        };
        let name = match field {
            Field::Partner | Field::PartnerType | Field::Class => return after("it says which partner was involved"),
            Field::Status => return after("it says how the opportunity ended"),
            Field::Segment => return Ok(known.iter().map(|deal| self.lens.segment(*deal)).collect()),
            Field::Column(name) => name,
        };
        match self.lens.star.opportunities.name_of(name) {
            Some("closed_on") => after("it says when the opportunity ended"),
            Some("opportunity_id") => after("every opportunity has its own"),
            Some("stage") => match self.stages(known) {
                Some(stages) => Ok(stages),
                None => after("without a stage history only the stage of now is known"),
            },
            _ => {
                let keys = self.lens.keys(field)?;
                let codes: Vec<u32> = known.iter().map(|deal| keys.codes()[*deal]).collect();
                Ok(self.banded(name, known).unwrap_or(codes))
            }
        }
    }

    /// The stage at the landmark, by the history; none where there is no history.
    fn stages(&self, known: &[usize]) -> Option<Vec<u32>> {
        let star = self.lens.star;
        let at = |deal: &usize| {
            let day = star.deals.created[*deal]
                .saturating_add(self.landmark)
                .min(self.lens.as_of);
            star.stages.at(code(*deal), day)
        };
        let words: crate::star::Words = known.iter().map(at).collect();
        words
            .codes()
            .iter()
            .any(|code| *code != NO_WORD)
            .then(|| words.codes().to_vec())
    }

    /// Numbers and days of many different values in bands of equal size; none for anything else.
    fn banded(&self, name: &str, known: &[usize]) -> Option<Vec<u32>> {
        let values: Vec<f64> = match self.lens.values(name) {
            Values::Number(numbers) => known.iter().map(|deal| numbers[*deal]).collect(),
            Values::Day(days) => known.iter().map(|deal| day_value(days[*deal])).collect(),
            Values::Text { codes, words } => {
                let numbers: Option<Vec<f64>> = words.iter().map(|word| word.parse().ok()).collect();
                let numbers = numbers?;
                let of = |deal: &usize| numbers.get(index(codes[*deal])).copied().unwrap_or(f64::NAN);
                known.iter().map(of).collect()
            }
        };
        let mut sorted: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
        sorted.sort_by(f64::total_cmp);
        let mut different = sorted.clone();
        different.dedup();
        if different.len() <= VALUES_MOST {
            return None;
        }
        let edges: Vec<f64> = (1..BANDS).map(|band| sorted[sorted.len() * band / BANDS]).collect();
        let band = |value: f64| code(edges.partition_point(|edge| *edge <= value));
        Some(
            values
                .into_iter()
                .map(|value| if value.is_nan() { NO_WORD } else { band(value) })
                .collect(),
        )
    }

    fn covariates(&self, known: &[usize]) -> Vec<LiftColumn<f64>> {
        let star = self.lens.star;
        let employees = match star.accounts.column("employees") {
            Some(Column::Number(numbers)) => numbers.as_slice(),
            _ => &[],
        };
        let employees_of = |deal: usize| {
            account_of(star, deal)
                .and_then(|account| employees.get(account))
                .copied()
        };
        #[expect(clippy::cast_precision_loss, reason = "a logarithm is taken of it")]
        let amount = |deal: usize| star.amount(deal).map(|minor| minor as f64);
        let column = |name: &str, of: &dyn Fn(usize) -> Option<f64>| LiftColumn {
            name: name.to_owned(),
            values: known.iter().map(|deal| of(*deal).unwrap_or(f64::NAN)).collect(),
        };
        let ln = |number: Option<f64>| number.filter(|number| *number > 0.0).map(f64::ln);
        vec![
            column("amount", &|deal| ln(amount(deal))),
            column("employees", &|deal| ln(employees_of(deal))),
            column("age", &|deal| self.days_since(deal, self.lens.as_of).map(f64::from)),
        ]
    }
}

fn day_value(day: i32) -> f64 {
    if day == NO_DAY { f64::NAN } else { f64::from(day) }
}
