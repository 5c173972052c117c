//! Conversion by the month of start, each month read against how long its opportunities have had.

use std::sync::Arc;

use beachhead_facts::Status;
use beachhead_facts::measure::{self, AskCohorts, CohortGroup, CohortWait, Field, Holder, Mark, ValueHeld};
use beachhead_foresight::cohort::{self, Cohort, Delay, LeftTruncation, Wait};
use beachhead_foresight::incidence::Curve;
use beachhead_foresight::interval::{Rate, wilson};
use beachhead_strategy::Strategy;
use jiff::ToSpan as _;
use jiff::civil::Date;
use serde::Serialize;
use serde_json::{Value, json};

use crate::actor::{Actor, Permission};
use crate::memo::name_of;
use crate::people::blocking;
use crate::standing::{Facts, rules};
use crate::weighing::{LEVEL, end, parse_rule, units};
use crate::{Answer, Office, Refusal, wrong_figures};

/// The window unless said: a quarter.
pub const WITHIN_DAYS: u32 = 90;
/// One opportunity, source or partner that holds more than this share of the value is said.
const MOST: f64 = 0.5;
/// The most groups that a field may split into.
const GROUPS: usize = 200;

/// A question to `cohorts`, as typed.
#[derive(Debug, Clone, Default)]
pub struct CohortQuestion {
    /// A field to split by.
    pub by: Option<String>,
    /// A rule over opportunities and their accounts.
    pub filter: Option<String>,
    /// The stage whose entry begins the wait; `created`, or nothing, for the day of creation.
    pub from: Option<String>,
    /// The stage whose entry ends it; `won`, or nothing, for the win.
    pub to: Option<String>,
    /// Days that a conversion may take; [`WITHIN_DAYS`] unless said.
    pub within: Option<u32>,
    /// The day whose knowledge counts; the day the facts speak of unless said.
    pub as_of: Option<Date>,
}

/// The answer.
#[derive(Debug, Clone)]
pub struct Cohorts {
    /// The snapshot's id.
    pub snapshot: String,
    /// The day whose knowledge counts.
    pub as_of: Date,
    /// What was split by.
    pub by: Option<String>,
    /// Where the wait begins: a stage, or `created`.
    pub from: String,
    /// Where it ends: a stage, or `won`.
    pub to: String,
    /// Days that a conversion may take.
    pub within_days: u32,
    /// All opportunities.
    pub whole: Group,
    /// The same by the field.
    pub groups: Vec<Group>,
    /// What to keep in mind.
    pub warnings: Vec<Warning>,
    /// Opportunities left out for want of a day.
    pub undated: u64,
    /// The stages that may be asked for, in their order.
    pub stages: Vec<String>,
}

/// The cohorts of one group.
#[derive(Debug, Clone)]
pub struct Group {
    /// The value of the field; empty for the whole.
    pub key: String,
    /// By month of start, in order.
    pub months: Vec<Month>,
    /// Those whose whole window has passed, and how many of them converted within it.
    pub mature: Rate,
    /// The chance to have converted by each day from 0 to the window's last, losses competing.
    pub curve: Vec<(u32, f64)>,
}

/// One month of start.
#[derive(Debug, Clone)]
pub struct Month {
    /// Its first day.
    pub start: Date,
    /// Whether the whole window has passed for the whole month.
    pub is_mature: bool,
    /// What is made of it.
    pub read: Cohort,
}

/// Something to keep in mind, with a code that does not change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// `left-truncated`, `one-source`, `immature` or `end-before-start`.
    pub code: &'static str,
    /// In a sentence.
    pub message: String,
}

impl Office {
    /// Conversion by month of start.
    pub fn cohorts<'a>(&'a self, actor: &'a Actor, question: CohortQuestion) -> Answer<'a, Arc<Cohorts>> {
        Box::pin(async move {
            actor.must(Permission::Read)?;
            let strategy = self.strategy_on(question.as_of).await?;
            let facts = self
                .facts_in_force(question.as_of)
                .await?
                .ok_or_else(crate::importing::no_facts)?;
            let name = name_of(&(&facts.manifest.id, &strategy.strategy, &question));
            let read = move || read(&strategy.strategy, &facts, &question).map(Arc::new);
            self.cohorted.once(&name, async { blocking(read).await? }).await
        })
    }
}

fn read(strategy: &Strategy, facts: &Facts, question: &CohortQuestion) -> Result<Cohorts, Refusal> {
    let mark = |name: &Option<String>, usual: &str| match name.as_deref().map(str::trim) {
        None | Some("") => Mark::Usual,
        Some(name) if name.eq_ignore_ascii_case(usual) => Mark::Usual,
        Some(name) => Mark::Stage(name.to_owned()),
    };
    let as_of = question.as_of.unwrap_or(facts.manifest.as_of);
    let ask = AskCohorts {
        by: question.by.as_deref().map(Field::parse),
        filter: question.filter.as_deref().map(parse_rule).transpose()?,
        from: mark(&question.from, "created"),
        to: mark(&question.to, "won"),
        within_days: question.within.unwrap_or(WITHIN_DAYS),
        as_of,
        segments: rules(strategy)?,
        policy: strategy.attribution.clone(),
    };
    let found = measure::cohorts(&facts.star, &ask)?;
    if found.groups.len() > GROUPS {
        return Err(Refusal::bad_input(
            format!("{} values to split by are too many", found.groups.len()),
            format!("Choose a field with at most {GROUPS} values, or narrow the opportunities with --where."),
        ));
    }
    let delay = Delay::of(&waits(&found.whole).concat(), ask.within_days).map_err(wrong_figures)?;
    let whole = group(&found.whole, &delay)?;
    let groups = found.groups.iter().map(|one| group(one, &delay));
    let named = |mark: &Mark, usual: &str| match mark {
        Mark::Usual => usual.to_owned(),
        Mark::Stage(name) => name.clone(),
    };
    let to = named(&ask.to, "won");
    Ok(Cohorts {
        snapshot: facts.manifest.id.clone(),
        as_of,
        by: question.by.clone(),
        from: named(&ask.from, "created"),
        within_days: ask.within_days,
        groups: groups.collect::<Result<_, _>>()?,
        warnings: warnings(facts, &found, &delay, &whole, as_of),
        undated: found.undated,
        stages: facts.star.stages_in_order().to_vec(),
        whole,
        to,
    })
}

fn waits(group: &CohortGroup) -> Vec<Vec<Wait>> {
    let wait = |wait: &CohortWait| Wait {
        age_days: wait.age_days,
        days: wait.days,
        end: end(wait.end),
        count: wait.count,
    };
    group
        .months
        .iter()
        .map(|month| month.waits.iter().map(wait).collect())
        .collect()
}

fn group(found: &CohortGroup, delay: &Delay) -> Result<Group, Refusal> {
    let waits = waits(found);
    let read = cohort::cohorts(&waits, delay).map_err(wrong_figures)?;
    let (n, k) = read
        .iter()
        .fold((0, 0), |(n, k), month| (n + month.mature, k + month.mature_converted));
    let own = Delay::of(&waits.concat(), delay.within_days).map_err(wrong_figures)?;
    Ok(Group {
        key: found.key.clone(),
        months: found
            .months
            .iter()
            .zip(read)
            .map(|(month, read)| Month {
                start: month.first_day,
                is_mature: month.is_mature,
                read,
            })
            .collect(),
        mature: wilson(k, n, LEVEL),
        curve: by_day(&own.curve, delay.within_days),
    })
}

fn by_day(curve: &Curve, within_days: u32) -> Vec<(u32, f64)> {
    let won = |day: u32| curve.at(day).map_or(0.0, |point| point.won);
    (0..=within_days).map(|day| (day, won(day))).collect()
}

fn warnings(facts: &Facts, found: &measure::Cohorts, delay: &Delay, whole: &Group, as_of: Date) -> Vec<Warning> {
    let mut warnings = Vec::new();
    if let Some(cut) = &delay.left_truncated {
        warnings.push(Warning {
            code: "left-truncated",
            message: left_truncated(cut, found, as_of),
        });
    }
    if whole.mature.n == 0 {
        warnings.push(Warning {
            code: "immature",
            message: format!("Nothing has had {} days yet: too early to call.", delay.within_days),
        });
    }
    for message in found.value.iter().flat_map(|value| one_source(facts, value)) {
        warnings.push(Warning {
            code: "one-source",
            message,
        });
    }
    if found.ended_before_start > 0 {
        let (one, other) = if found.ended_before_start == 1 {
            ("opportunity ends", "it counts")
        } else {
            ("opportunities end", "they count")
        };
        warnings.push(Warning {
            code: "end-before-start",
            message: format!(
                "{} {one} before the start; {other} as ended on the day of the start.",
                found.ended_before_start
            ),
        });
    }
    warnings
}

fn left_truncated(cut: &LeftTruncation, found: &measure::Cohorts, as_of: Date) -> String {
    let waits = found.whole.months.iter().flat_map(|month| &month.waits);
    let since = waits
        .filter(|wait| wait.end == Status::Won)
        .map(|wait| wait.age_days - wait.days)
        .max();
    let first = since.and_then(|days| as_of.checked_sub(i64::from(days).days()).ok());
    let first = first.map_or_else(String::new, |day| format!(" of {day}"));
    format!(
        "The first conversion{first} comes {} days after the first start. {} opportunities began before it, and about {:.0} \
         conversions of theirs should have come by then: what happened before that day is not in the facts, so early \
         months cannot show early conversions. The shape of the delay is taken from later starts.",
        cut.days_before, cut.began_before, cut.expected
    )
}

/// Who holds most of the value, in sentences.
fn one_source(facts: &Facts, value: &ValueHeld) -> Vec<String> {
    let currency = facts.star.currency();
    let total = units(value.total_minor, currency);
    let says = |what: &str, holder: &Holder| {
        let share = units(holder.amount_minor, currency) / total;
        (share > MOST).then(|| {
            format!(
                "{what}, {}, holds {:.0}% of the value of what converted: a mean or a sum says little beyond it.",
                holder.name,
                100.0 * share
            )
        })
    };
    [
        says("One opportunity", &value.largest_deal),
        value
            .largest_source
            .as_ref()
            .and_then(|holder| says("One source", holder)),
        value
            .largest_partner
            .as_ref()
            .and_then(|holder| says("One partner", holder)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

impl Cohorts {
    /// The document of `beachhead cohorts --json`.
    #[must_use]
    pub fn document(&self) -> Value {
        let mut document = group_document(&self.whole);
        document["snapshot"] = json!(self.snapshot);
        document["as_of"] = json!(self.as_of);
        document["from"] = json!(self.from);
        document["to"] = json!(self.to);
        document["within_days"] = json!(self.within_days);
        document["undated"] = json!(self.undated);
        document["warnings"] = json!(self.warnings);
        if let Some(by) = &self.by {
            document["by"] = json!(by);
            let groups = self.groups.iter().map(|group| {
                let mut document = group_document(group);
                document["key"] = json!({ by.as_str(): group.key });
                document
            });
            document["groups"] = groups.collect();
        }
        document
    }
}

fn group_document(group: &Group) -> Value {
    let months = group.months.iter().map(|month| {
        let read = &month.read;
        json!({
            "start": month.start.strftime("%Y-%m").to_string(),
            "n": read.n,
            "converted": read.converted,
            "mature": month.is_mature,
            "observed_share": read.observed_share,
            "expected_final": read.expected_final,
            "pooled": read.pooled,
        })
    });
    json!({
        "cohorts": months.collect::<Vec<_>>(),
        "mature_rate": { "n": group.mature.n, "k": group.mature.k, "rate": group.mature.rate,
            "low": group.mature.low, "high": group.mature.high },
        "curve": group.curve.iter().map(|(day, cif)| json!({ "day": day, "cif": cif })).collect::<Vec<_>>(),
    })
}
