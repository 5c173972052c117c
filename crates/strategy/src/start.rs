//! The five-question start: from a leader's answers to a strategy that can be signed, with every assumption listed.

use crate::{Currency, Error, Strategy};
use jiff::civil::Date;
use serde::Serialize;

/// What the five questions ask.
#[derive(Debug, Clone, PartialEq)]
pub struct Answers {
    /// The company.
    pub company: String,
    /// The program's currency.
    pub currency: Currency,
    /// First day of the fiscal year as `02-01`; empty for the calendar year.
    pub fiscal_year_starts: String,
    /// The day of the answers.
    pub today: Date,
    /// The outcome in a sentence.
    pub outcome: String,
    /// Its measure; empty for sourced pipeline.
    pub measure: String,
    /// Where it stands.
    pub baseline: Option<f64>,
    /// Where it shall stand.
    pub target: f64,
    /// By when.
    pub by: Date,
    /// Whose it is: the sponsor.
    pub sponsor: String,
    /// Who runs the bet.
    pub owner: String,
    /// Hours of the team a week.
    pub hours_per_week: f64,
    /// What is running now or has been asked for, each by the name people use.
    pub initiatives: Vec<String>,
    /// Which of them is the bet, from 0.
    pub picked: usize,
    /// Why a partner would.
    pub why_a_partner_would: String,
    /// Why customers care.
    pub why_customers_care: String,
    /// Why each of the others is parked, in the order of `initiatives`; empty or missing takes the suggestion.
    pub park_reasons: Vec<String>,
    /// What would reopen each of the others, likewise.
    pub reopen_when: Vec<String>,
    /// Scale at this many; the template's suggestion when missing.
    pub scale_if: Option<f64>,
    /// Retire at this many; the template's suggestion when missing.
    pub retire_if: Option<f64>,
    /// The gate's date; suggested when missing.
    pub gate_by: Option<Date>,
    /// Name and rule of the segment; "target accounts" with every account when missing.
    pub segment: Option<(String, String)>,
}

/// Something that the start assumed, since nobody said it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Assumption {
    /// What was assumed.
    pub what: String,
    /// Its value, in words.
    pub value: String,
}

/// A strategy that can be signed, and what it rests on.
#[derive(Debug, Clone, PartialEq)]
pub struct Started {
    /// The strategy.
    pub strategy: Strategy,
    /// What was assumed.
    pub assumptions: Vec<Assumption>,
}

/// Builds the strategy. [`Error::Answer`] names the answer that it cannot start from.
pub fn start(answers: &Answers) -> Result<Started, Error> {
    todo!("{answers:?}")
}

/// The partner type that an initiative's name speaks of; its own name when it speaks of none.
pub fn partner_type_of(initiative: &str) -> String {
    todo!("{initiative}")
}

/// A reason for parking an initiative, to be edited.
pub fn suggested_park_reason(initiative: &str) -> String {
    todo!("{initiative}")
}

/// What would reopen a parked initiative, to be edited.
pub fn suggested_reopen_when(initiative: &str) -> String {
    todo!("{initiative}")
}
