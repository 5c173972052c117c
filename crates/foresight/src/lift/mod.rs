//! The lift of partner involvement: won deals with a partner against without, as counted, within strata, and adjusted
//! for what is known of the deals. Must not know what a partner, a stratum or a covariate is.
//!
//! Exposure is fixed at a landmark (Anderson, Cain & Gelber 1983): a deal counts as exposed when it was by then, and
//! only deals that were still open then are compared. "Ever exposed" would credit the exposure with the time that a
//! deal had to live through to get it.

mod adjust;
mod cohort;
mod logistic;
mod strata;
#[cfg(test)]
mod tests;

use serde::Serialize;

use crate::error::ForesightError;
use crate::incidence::End;
use crate::interval::{Rate, as_real, wilson};
use crate::limits;

pub use adjust::{Adjusted, Method, RiskRatio};
pub use cohort::{LeftOut, Standing, sides};
pub use strata::{Reversal, Stratified};

use cohort::Cohort;

/// The level of every interval here.
pub const LEVEL: f64 = 0.95;
/// A difference of win rates that does not matter, as a fraction of 1: "no lift" needs a range within it.
pub const MARGIN: f64 = 0.05;
/// A covariate that is missing so much more often for one end than for the other tells the end.
const MISSING_APART: f64 = 0.1;
/// Decided deals that each side needs before anything is called.
pub const LEAST_DECIDED: u64 = 20;

/// What is compared.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Data {
    /// The deals.
    pub deals: Vec<Deal>,
    /// What deals are compared within: a code for each deal.
    pub strata: Vec<Field<u32>>,
    /// Numbers known of each deal; not a number where missing.
    pub covariates: Vec<Field<f64>>,
    /// Days after creation at which exposure is fixed; none where exposure has no date.
    pub landmark_days: Option<u32>,
}

/// One deal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deal {
    /// Days from creation to the exposure; none where there was none. Without a landmark any number says "exposed".
    pub exposed_days: Option<u32>,
    /// How it ended.
    pub end: End,
    /// Days from creation to its end, or to the day of the facts while it is open; none where a date is missing.
    pub days: Option<u32>,
    /// Days from creation to the day of the facts.
    pub age_days: Option<u32>,
    /// Deals of one group (an account) are not independent of each other.
    pub group: u32,
}

/// A column of values, one for each deal.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Field<T> {
    /// What it is called.
    pub name: String,
    /// Its values.
    pub values: Vec<T>,
}

/// One side of the comparison.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Arm {
    /// Won of decided, with Wilson's interval.
    #[serde(flatten)]
    pub rate: Rate,
    /// Deals that are compared later: not decided yet.
    pub open: u64,
}

/// A difference of win rates with its 95% interval, as fractions of 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Difference {
    /// With less without.
    pub difference: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// How strong something unseen would have to be (VanderWeele & Ding 2017): by how many times it would have to make both
/// the exposure and a win more likely, beyond all that is adjusted for, to explain the difference away.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct EValue {
    /// For the estimate.
    pub estimate: f64,
    /// For the end of its interval nearer to none; 1 where the interval holds none.
    pub interval: f64,
}

/// What can be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Verdict {
    /// The data cannot tell.
    #[serde(rename = "too early to call")]
    TooEarly,
    /// Won more often: the whole range lies above none.
    #[serde(rename = "lift")]
    Lift,
    /// The whole range lies within [`MARGIN`] of none.
    #[serde(rename = "no lift")]
    NoLift,
    /// Won less often: the whole range lies below none.
    #[serde(rename = "harm")]
    Harm,
}

impl Verdict {
    /// The word on pages and in documents.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::TooEarly => "too early to call",
            Self::Lift => "lift",
            Self::NoLift => "no lift",
            Self::Harm => "harm",
        }
    }
}

/// What the verdict rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Because {
    /// One side has fewer than [`LEAST_DECIDED`] decided deals.
    TooFew,
    /// Deals with and without the exposure are too unlike each other to be compared.
    NothingComparable,
    /// The range holds both none and a difference that matters.
    RangeLeavesItOpen,
    /// The range tells.
    RangeTells,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Lift {
    /// Days after creation at which exposure was fixed; none where it has no date.
    pub landmark_days: Option<u32>,
    /// Deals with the exposure.
    pub with: Arm,
    /// Deals without.
    pub without: Arm,
    /// The difference as counted, with Newcombe's interval; none while a side has no decided deal.
    pub naive: Option<Difference>,
    /// Within strata; none where no stratum has both sides.
    pub stratified: Option<Stratified>,
    /// Adjusted; none where nothing can be compared.
    pub adjusted: Option<Adjusted>,
    /// Of the adjusted ratio.
    pub e_value: Option<EValue>,
    /// Where the strata point the other way than the whole.
    pub reversal: Option<Reversal>,
    /// What was left out, and why.
    pub left_out: LeftOut,
    /// What can be said.
    pub verdict: Verdict,
    /// What that rests on.
    pub because: Because,
}

/// Compares deals with an exposure and without.
///
/// # Errors
/// More deals, fields or levels than [`limits`] allow; a column that has not one value for each deal; an infinite
/// number;
/// a deal that ended after the day of the facts.
pub fn lift(data: &Data) -> Result<Lift, ForesightError> {
    check(data)?;
    let cohort = Cohort::of(data);
    let naive = newcombe(cohort.with.rate, cohort.without.rate);
    let stratified = strata::mantel_haenszel(&cohort.strata());
    let reversal = naive.and_then(|naive| strata::reversal(&cohort, naive));
    let adjusted = adjust::adjusted(&cohort, stratified.as_ref(), naive);
    let (verdict, because) = verdict(&cohort, adjusted.as_ref());
    Ok(Lift {
        landmark_days: data.landmark_days,
        with: cohort.with,
        without: cohort.without,
        naive,
        e_value: adjusted
            .as_ref()
            .and_then(|adjusted| adjusted.risk_ratio)
            .map(|ratio| e_value(ratio.ratio, ratio.low, ratio.high)),
        stratified,
        adjusted,
        reversal,
        left_out: cohort.left_out,
        verdict,
        because,
    })
}

/// How alike deals with and without the exposure are by one of the strata alone, from 0 (its levels say who was
/// exposed) to 1 (they tell nothing of it); none while a side has no decided deal, or there is no such field.
///
/// # Errors
/// As [`lift`].
pub fn overlap_by(data: &Data, stratum: usize) -> Result<Option<f64>, ForesightError> {
    check(data)?;
    Ok(data
        .strata
        .get(stratum)
        .and_then(|_| Cohort::of(data).overlap_by(stratum)))
}

/// Whether one of the covariates tells how deals ended, because it is known of one end and not of the other: it was
/// written at the close, and what is adjusted for must come before.
///
/// # Errors
/// As [`lift`].
pub fn tells_the_end(data: &Data, covariate: usize) -> Result<bool, ForesightError> {
    check(data)?;
    let Some(field) = data.covariates.get(covariate) else {
        return Ok(false);
    };
    let missing = |end: End| {
        let of_end = || data.deals.iter().zip(&field.values).filter(|(deal, _)| deal.end == end);
        let missing = of_end().filter(|(_, value)| value.is_nan()).count() as u64;
        as_real(missing) / as_real(of_end().count().max(1) as u64)
    };
    Ok((missing(End::Won) - missing(End::Lost)).abs() > MISSING_APART)
}

/// The E-value of a risk ratio and of the end of its interval that is nearer to 1: `RR + sqrt(RR (RR - 1))`, of `1 /
/// RR` where it is below 1 (VanderWeele & Ding 2017). An interval that holds 1 needs nothing unseen: 1. Ratios are
/// above zero.
#[must_use]
pub fn e_value(ratio: f64, low: f64, high: f64) -> EValue {
    let of = |ratio: f64| {
        let away = if ratio < 1.0 { ratio.recip() } else { ratio };
        away + (away * (away - 1.0)).sqrt()
    };
    let interval = if low > 1.0 {
        of(low)
    } else if high < 1.0 {
        of(high)
    } else {
        1.0
    };
    EValue {
        estimate: of(ratio),
        interval,
    }
}

/// The difference of two rates with the hybrid score interval of Newcombe (1998), his method 10.
fn newcombe(with: Rate, without: Rate) -> Option<Difference> {
    let (one, other) = (with.rate?, without.rate?);
    let difference = one - other;
    let below = (one - with.low).hypot(without.high - other);
    let above = (with.high - one).hypot(other - without.low);
    Some(Difference {
        difference,
        low: (difference - below).max(-1.0),
        high: (difference + above).min(1.0),
    })
}

fn arm(won: u64, decided: u64, open: u64) -> Arm {
    Arm {
        rate: wilson(won, decided, LEVEL),
        open,
    }
}

fn verdict(cohort: &Cohort, adjusted: Option<&Adjusted>) -> (Verdict, Because) {
    if cohort.with.rate.n.min(cohort.without.rate.n) < LEAST_DECIDED {
        return (Verdict::TooEarly, Because::TooFew);
    }
    let Some(adjusted) = adjusted.filter(|adjusted| adjusted.is_enough()) else {
        return (Verdict::TooEarly, Because::NothingComparable);
    };
    let Difference { low, high, .. } = adjusted.difference;
    if -MARGIN < low && high < MARGIN {
        (Verdict::NoLift, Because::RangeTells)
    } else if low > 0.0 {
        (Verdict::Lift, Because::RangeTells)
    } else if high < 0.0 {
        (Verdict::Harm, Because::RangeTells)
    } else {
        (Verdict::TooEarly, Because::RangeLeavesItOpen)
    }
}

fn check(data: &Data) -> Result<(), ForesightError> {
    ForesightError::at_most("deals", data.deals.len() as u64, limits::DEALS)?;
    let fields = data.strata.len() + data.covariates.len();
    ForesightError::at_most("strata and covariates", fields as u64, limits::LIFT_FIELDS)?;
    for field in &data.strata {
        one_each(field, data.deals.len())?;
    }
    for field in &data.covariates {
        one_each(field, data.deals.len())?;
        if let Some(at) = field.values.iter().position(|value| value.is_infinite()) {
            return Err(ForesightError::invalid(
                format!("{}[{at}]", field.name),
                "the number is infinite",
                "give a number, or none where it is not known",
            ));
        }
    }
    let late = |deal: &Deal| matches!((deal.days, deal.age_days), (Some(days), Some(age)) if days > age);
    match data.deals.iter().position(late) {
        Some(at) => Err(ForesightError::invalid(
            format!("deals[{at}]"),
            "it ended after the day of the facts",
            "count it as open on that day",
        )),
        None => Ok(()),
    }
}

fn one_each<T>(field: &Field<T>, deals: usize) -> Result<(), ForesightError> {
    if field.values.len() == deals {
        return Ok(());
    }
    Err(ForesightError::invalid(
        field.name.as_str(),
        format!("{} values for {deals} deals", field.values.len()),
        "give one for each deal",
    ))
}
