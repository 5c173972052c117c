//! The outcome's measures, computed from the facts within a scope and a period. Must not compare with a target.

use std::collections::BTreeMap;
use std::ops::Range;

use beachhead_strategy::{AttributionPolicy, Class};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::fold::{Measure, State, merged};
use super::lens::{Lens, account_of};
use super::weigh::{median_days, spell_days};
use crate::catalogue::Status;
use crate::error::FactsError;
use crate::rule::Rule;
use crate::star::{NO_DAY, Star, date_of, day_number};

/// A measure over some opportunities.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// An amount in minor units.
    Money {
        /// The sum; opportunities without an amount add nothing.
        minor: i64,
    },
    /// A share: `of` out of `n`.
    Share {
        /// Those that have it.
        of: u64,
        /// Those that could.
        n: u64,
    },
    /// The median of days; `None` when there is none.
    Days {
        /// The median.
        median: Option<f64>,
    },
}

/// A measure's value, and how it came about.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outcome {
    /// The value of the whole period.
    pub value: Value,
    /// Opportunities that it rests on.
    pub n: u64,
    /// Opportunities among them whose amount is missing.
    pub without_amount: u64,
    /// The value by calendar month, every month of the period up to the day of the question.
    pub by_month: Vec<Month>,
    /// The value from the start of the period to the end of each of its weeks, the last cut at the day of the question.
    pub weekly: Vec<Week>,
}

/// One calendar month.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Month {
    /// As `2026-03`.
    pub month: String,
    /// Opportunities.
    pub n: u64,
    /// The value of these alone.
    pub value: Value,
}

/// A point of the cumulative series.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Week {
    /// The last day counted.
    pub to: Date,
    /// Opportunities since the start of the period.
    pub n: u64,
    /// The value since the start of the period.
    pub value: Value,
}

/// Why the facts cannot say.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the measure {measure} cannot be computed: {why}")]
pub struct CannotCompute {
    /// The measure's key.
    pub measure: String,
    /// What is missing.
    pub why: String,
}

/// What a measure takes in, on which day it counts it, and how it adds up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    SourcedPipeline,
    BookingsWon,
    WinRate,
    CycleTime,
    NewMarketBookings,
    Expansion,
    Retention,
}

impl Way {
    pub(super) fn of(star: &Star, key: &str) -> Result<Self, CannotCompute> {
        let way = match key {
            "sourced-pipeline" => Self::SourcedPipeline,
            "bookings-won" => Self::BookingsWon,
            "win-rate" => Self::WinRate,
            "cycle-time" => Self::CycleTime,
            "new-market-bookings" => Self::NewMarketBookings,
            "expansion" => Self::Expansion,
            "retention" => Self::Retention,
            _ => return Err(cannot(key, "no table of facts holds it")),
        };
        let needs_type = matches!(way, Self::Expansion | Self::Retention);
        if needs_type && star.opportunities.text("type").words().is_empty() {
            return Err(cannot(
                key,
                "no opportunity says whether it is new, expansion or renewal (the column `type`)",
            ));
        }
        Ok(way)
    }

    /// The day on which an opportunity counts, if it does.
    pub(super) fn day(self, lens: &Lens<'_>, deal: usize) -> Option<i32> {
        let (deals, status) = (&lens.star.deals, lens.status[deal]?);
        let is = |word: &str| lens.star.opportunity_type(deal) == Some(word);
        let counts = match self {
            Self::SourcedPipeline => lens.attribution.class[deal] == Class::Sourced,
            Self::BookingsWon => status == Status::Won,
            Self::WinRate => status != Status::Open,
            Self::CycleTime => status == Status::Won && spell_days(lens, deal).is_some(),
            Self::NewMarketBookings => status == Status::Won && is_first_win(lens, deal),
            Self::Expansion => status == Status::Won && is("expansion"),
            Self::Retention => status != Status::Open && is("renewal"),
        };
        let day = if self == Self::SourcedPipeline {
            deals.created[deal]
        } else {
            deals.closed[deal]
        };
        Some(day).filter(|day| counts && *day != NO_DAY)
    }

    pub(super) fn value(self, lens: &Lens<'_>, deals: &[usize]) -> Value {
        match self {
            Self::WinRate | Self::Retention => {
                let won = deals
                    .iter()
                    .filter(|deal| lens.status[**deal] == Some(Status::Won))
                    .count();
                Value::Share {
                    of: won as u64,
                    n: deals.len() as u64,
                }
            }
            Self::CycleTime => {
                let days = deals.iter().filter_map(|deal| spell_days(lens, *deal));
                let days: Vec<i32> = days.filter_map(|days| i32::try_from(days).ok()).collect();
                Value::Days {
                    median: (!days.is_empty()).then(|| median_days(days)),
                }
            }
            _ => {
                let amounts = deals.iter().filter_map(|deal| lens.star.amount(*deal));
                Value::Money {
                    minor: amounts.fold(0, i64::saturating_add),
                }
            }
        }
    }
}

fn cannot(measure: &str, why: &str) -> CannotCompute {
    CannotCompute {
        measure: measure.to_owned(),
        why: why.to_owned(),
    }
}

/// A new market is an account that had won nothing with us before that day.
fn is_first_win(lens: &Lens<'_>, deal: usize) -> bool {
    let deals = &lens.star.deals;
    let Some(account) = account_of(lens.star, deal) else {
        return false;
    };
    let others = deals
        .by_account
        .of(crate::star::code(account))
        .iter()
        .map(|other| crate::star::index(*other));
    let earlier = |other: usize| (deals.closed[other], other) < (deals.closed[deal], deal);
    let won = |other: usize| deals.status[other] == Status::Won;
    !others
        .filter(|other| *other != deal)
        .any(|other| won(other) && earlier(other))
}

/// Computes a measure of the catalogue between two days, both included, for the opportunities of the accounts that the
/// scope takes.
///
/// * `sourced-pipeline`: amounts of the sourced opportunities created in the period, however they stand now;
/// * `bookings-won`: amounts of the opportunities won in the period, of every class;
/// * `win-rate`: won of those won or lost in the period;
/// * `cycle-time`: median days from creation to close of those won in the period;
/// * `new-market-bookings`: amounts won in the period from accounts that had won nothing before;
/// * `expansion`: amounts won in the period of type expansion;
/// * `retention`: won of those won or lost in the period of type renewal.
///
/// # Errors
/// [`FactsError::CannotCompute`] for any other measure or when the facts lack what it needs; [`FactsError::Rule`].
pub fn outcome(
    star: &Star,
    measure: &str,
    scope: Option<&Rule>,
    policy: &AttributionPolicy,
    from: Date,
    to: Date,
    as_of: Date,
) -> Result<Outcome, FactsError> {
    Ok(OutcomePlan::new(star, measure, scope, policy, (from, to), as_of)?.answer())
}

/// A measure made ready for a star.
pub struct OutcomePlan<'s> {
    lens: Lens<'s>,
    way: Way,
    in_scope: Vec<bool>,
    from: Date,
    to: Date,
    /// The last day shown.
    end: Date,
}

impl<'s> OutcomePlan<'s> {
    /// Looks the measure up and applies policy and scope; the period is its first and last day.
    ///
    /// # Errors
    /// As [`outcome`].
    pub fn new(
        star: &'s Star,
        measure: &str,
        scope: Option<&Rule>,
        policy: &AttributionPolicy,
        (from, to): (Date, Date),
        as_of: Date,
    ) -> Result<Self, FactsError> {
        let way = Way::of(star, measure)?;
        let lens = Lens::new(star, &[], policy, as_of)?;
        Ok(Self {
            in_scope: lens.in_scope(scope)?,
            way,
            lens,
            from,
            to,
            end: to.min(as_of),
        })
    }
}

/// The opportunities counted so far with the days on which they count, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutcomeState(Vec<(i32, usize)>);

impl State for OutcomeState {
    fn merge(self, other: Self) -> Self {
        Self(merged(self.0, other.0, Ord::cmp, |_, _| false))
    }
}

impl Measure for OutcomePlan<'_> {
    type State = OutcomeState;
    type Answer = Outcome;

    fn rows(&self) -> usize {
        self.lens.deals()
    }

    fn fold(&self, rows: Range<usize>) -> OutcomeState {
        let period = day_number(self.from)..=day_number(self.to);
        let in_scope = rows.filter(|deal| self.in_scope[*deal]);
        let counted = in_scope.filter_map(|deal| Some((self.way.day(&self.lens, deal)?, deal)));
        let mut counted: Vec<(i32, usize)> = counted.filter(|(day, _)| period.contains(day)).collect();
        counted.sort_unstable();
        OutcomeState(counted)
    }

    fn finish(&self, state: OutcomeState) -> Outcome {
        let (way, lens, counted) = (self.way, &self.lens, &state.0);
        let deals: Vec<usize> = counted.iter().map(|(_, deal)| *deal).collect();
        Outcome {
            value: way.value(lens, &deals),
            n: deals.len() as u64,
            without_amount: deals.iter().filter(|deal| lens.star.amount(**deal).is_none()).count() as u64,
            by_month: by_month(way, lens, counted, self.from, self.end),
            weekly: weekly(way, lens, counted, &deals, self.from, self.end),
        }
    }
}

fn by_month(way: Way, lens: &Lens<'_>, counted: &[(i32, usize)], from: Date, end: Date) -> Vec<Month> {
    let mut months: BTreeMap<(i16, i8), Vec<usize>> = BTreeMap::new();
    let mut month = from.first_of_month();
    while month <= end {
        months.insert((month.year(), month.month()), Vec::new());
        let Ok(next) = month.last_of_month().tomorrow() else {
            break;
        };
        month = next;
    }
    for (day, deal) in counted {
        if let Some(date) = date_of(*day) {
            months.entry((date.year(), date.month())).or_default().push(*deal);
        }
    }
    let row = |((year, month), deals): ((i16, i8), Vec<usize>)| Month {
        month: format!("{year:04}-{month:02}"),
        n: deals.len() as u64,
        value: way.value(lens, &deals),
    };
    months.into_iter().map(row).collect()
}

fn weekly(way: Way, lens: &Lens<'_>, counted: &[(i32, usize)], deals: &[usize], from: Date, end: Date) -> Vec<Week> {
    let (first, last) = (day_number(from), day_number(end));
    let ends = (first..=last).step_by(7).map(|start| (start + 6).min(last));
    let point = |to: i32| {
        let n = counted.partition_point(|(day, _)| *day <= to);
        Some(Week {
            to: date_of(to)?,
            n: n as u64,
            value: way.value(lens, &deals[..n]),
        })
    };
    ends.filter_map(point).collect()
}
