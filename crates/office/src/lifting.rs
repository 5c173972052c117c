//! The lift of partner involvement: opportunities with a partner against those without, as counted and adjusted, and
//! what can be said of it in words.

use std::sync::Arc;

use beachhead_facts::measure::{self, LiftRows, default_strata, lift_rows};
use beachhead_foresight::lift::{
    self, Arm, Because, Data, Deal, Difference, Field, Lift, Verdict, overlap_by, tells_the_end,
};
use beachhead_press::numbers::{self, Unit};
use beachhead_strategy::Strategy;
use jiff::civil::Date;
use serde_json::{Value, json};

use crate::actor::{Actor, Permission};
use crate::memo::name_of;
use crate::people::blocking;
use crate::standing::{Facts, rules};
use crate::tracing::LiftSide;
use crate::weighing::{end, parse_rule};
use crate::{Answer, Office, Refusal};

/// Days after creation by which a partner's involvement counts: four weeks.
pub const LANDMARK_DAYS: u32 = 28;
/// A field that nobody asked for is not compared within when its levels nearly say who had a partner.
const OVERLAP_LEAST: f64 = 0.2;

/// A question to `lift`, as typed.
#[derive(Debug, Clone, Default)]
pub struct LiftQuestion {
    /// A rule that says which opportunities are "with"; unless said, those with a partner within four weeks.
    pub with: Option<String>,
    /// What opportunities are compared within; unless said, segment, employees and source, as far as they are there.
    pub strata: Vec<String>,
    /// The day whose knowledge counts; the day the facts speak of unless said.
    pub as_of: Option<Date>,
}

/// The answer, with its words.
#[derive(Debug, Clone)]
pub struct LiftView {
    /// The snapshot that was asked.
    pub snapshot: String,
    /// The day whose knowledge counts.
    pub as_of: Date,
    /// The rule that said which opportunities are "with".
    pub with: Option<String>,
    /// The figures.
    pub lift: Lift,
    /// What opportunities were compared within.
    pub strata: Vec<String>,
    /// The numbers that were adjusted for besides.
    pub covariates: Vec<String>,
    /// The answer in one sentence.
    pub says: String,
    /// What to know about it, a sentence or two each.
    pub notes: Vec<String>,
}

/// Works the lift out and says what it means.
///
/// # Errors
/// A field or a rule that does not fit the facts.
pub fn lift_of(strategy: &Strategy, facts: &Facts, question: &LiftQuestion, as_of: Date) -> Result<LiftView, Refusal> {
    let segments = rules(strategy)?;
    let with = question.with.as_deref().map(parse_rule).transpose()?;
    let named: Vec<String> = with
        .iter()
        .flat_map(|rule| rule.columns())
        .map(str::to_lowercase)
        .collect();
    let strata = if question.strata.is_empty() {
        let mut fields = default_strata(&facts.star, &segments);
        fields.retain(|field| !named.contains(&field.to_string()));
        fields
    } else {
        question.strata.iter().map(|name| measure::Field::parse(name)).collect()
    };
    let asked = measure::LiftQuestion {
        with,
        strata,
        landmark_days: LANDMARK_DAYS,
        as_of,
        segments,
        policy: strategy.attribution.clone(),
    };
    let rows = lift_rows(&facts.star, &asked)?;
    let recorded_later = rows.recorded_later;
    let has_dates = rows.deals.iter().any(|deal| deal.with_days.is_some());
    let mut data = data(rows, question.with.is_none());
    data.covariates.retain(|field| !named.contains(&field.name));
    let dropped = fit_for_use(&mut data, question.strata.is_empty())?;
    let lift = lift::lift(&data).map_err(crate::wrong_figures)?;
    let words = Words {
        lift: &lift,
        rule: question.with.as_deref(),
        has_dates,
    };
    let names = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect::<Vec<_>>();
    let strata = names(data.strata.iter().map(|field| field.name.as_str()).collect());
    let covariates = names(data.covariates.iter().map(|field| field.name.as_str()).collect());
    Ok(LiftView {
        snapshot: facts.manifest.id.clone(),
        as_of,
        with: question.with.clone(),
        says: words.says(),
        notes: words.notes(&strata, &covariates, &dropped, recorded_later),
        strata,
        covariates,
        lift,
    })
}

/// For each opportunity known on the day, in the order of their ids, whether it stands on a side of the comparison.
///
/// # Errors
/// A rule that does not fit the facts.
pub(crate) fn side_of(strategy: &Strategy, facts: &Facts, asked: &LiftSide, as_of: Date) -> Result<Vec<bool>, Refusal> {
    // What is compared within says nothing about who is compared.
    let question = measure::LiftQuestion {
        with: asked.rule.as_deref().map(parse_rule).transpose()?,
        strata: Vec::new(),
        landmark_days: LANDMARK_DAYS,
        as_of,
        segments: rules(strategy)?,
        policy: strategy.attribution.clone(),
    };
    let data = data(lift_rows(&facts.star, &question)?, asked.rule.is_none());
    let sides = lift::sides(&data).into_iter();
    Ok(sides
        .map(|side| side.is_some_and(|side| side.with == asked.with && side.is_open == asked.open))
        .collect())
}

/// The rows as the numbers' room takes them; covariates of which nothing is known are left away.
fn data(rows: LiftRows, dated: bool) -> Data {
    let deal = |deal: &measure::LiftDeal| Deal {
        exposed_days: deal.with_days,
        end: end(deal.status),
        days: deal.days,
        age_days: deal.age_days,
        group: deal.account,
    };
    let strata = rows.strata.into_iter().map(|column| Field {
        name: column.name,
        values: column.values,
    });
    let known = rows
        .covariates
        .into_iter()
        .filter(|column| column.values.iter().any(|value| !value.is_nan()));
    Data {
        deals: rows.deals.iter().map(deal).collect(),
        strata: strata.collect(),
        covariates: known
            .map(|column| Field {
                name: column.name,
                values: column.values,
            })
            .collect(),
        landmark_days: dated.then_some(LANDMARK_DAYS),
    }
}

/// Takes out what tells the exposure or the end, and says so. Strata that somebody asked for stay, and it is said.
fn fit_for_use(data: &mut Data, strata_by_default: bool) -> Result<Vec<String>, Refusal> {
    let mut said = Vec::new();
    for at in (0..data.strata.len()).rev() {
        let overlap = overlap_by(data, at).map_err(crate::wrong_figures)?;
        if overlap.is_none_or(|overlap| overlap >= OVERLAP_LEAST) {
            continue;
        }
        let name = crate::reporting::measure_name(&data.strata[at].name);
        if strata_by_default {
            data.strata.remove(at);
            said.push(format!(
                "{name} is not compared within: it nearly says by itself which deals are with."
            ));
        } else {
            said.push(format!(
                "{name} nearly says by itself which deals are with, so that few are left to compare."
            ));
        }
    }
    for at in (0..data.covariates.len()).rev() {
        if tells_the_end(data, at).map_err(crate::wrong_figures)? {
            let name = crate::reporting::measure_name(&data.covariates.remove(at).name);
            said.push(format!(
                "{name} is not adjusted for: it is missing or zero much more often for one end than for the other, \
                 so it was written at the close."
            ));
        }
    }
    Ok(said)
}

/// The document of `beachhead lift --json`.
#[must_use]
pub fn document(view: &LiftView) -> Value {
    let lift = &view.lift;
    let arm = |arm: &Arm| {
        let rate = &arm.rate;
        json!({ "n": rate.n, "won": rate.k, "rate": rate.rate, "low": rate.low, "high": rate.high, "open": arm.open })
    };
    let difference = |found: Option<Difference>| {
        json!({
            "difference": found.map(|found| found.difference),
            "low": found.map(|found| found.low),
            "high": found.map(|found| found.high),
        })
    };
    let (strata, adjusted) = (lift.stratified.as_ref(), lift.adjusted.as_ref());
    let odds = strata.and_then(|strata| strata.odds_ratio);
    let mut adjusted_document = difference(adjusted.map(|adjusted| adjusted.difference));
    adjusted_document["method"] = json!(adjusted.map(|adjusted| adjusted.method.word()));
    adjusted_document["for"] = json!(view.strata.iter().chain(&view.covariates).collect::<Vec<_>>());
    adjusted_document["risk_ratio"] = json!(adjusted.and_then(|adjusted| adjusted.risk_ratio));
    adjusted_document["overlap"] = json!(adjusted.map(|adjusted| adjusted.overlap));
    adjusted_document["effective"] =
        json!(adjusted.map(|adjusted| json!({ "with": adjusted.effective[1], "without": adjusted.effective[0] })));
    json!({
        "snapshot": view.snapshot,
        "as_of": view.as_of,
        "rule": view.with,
        "landmark_days": lift.landmark_days,
        "with": arm(&lift.with),
        "without": arm(&lift.without),
        "naive": difference(lift.naive),
        "stratified": {
            "odds_ratio": odds.map(|odds| odds.ratio),
            "low": odds.map(|odds| odds.low),
            "high": odds.map(|odds| odds.high),
            "difference": strata.map(|strata| strata.difference.difference),
            "difference_low": strata.map(|strata| strata.difference.low),
            "difference_high": strata.map(|strata| strata.difference.high),
            "strata": strata.map_or(0, |strata| strata.strata),
            "by": view.strata,
        },
        "adjusted": adjusted_document,
        "e_value": lift.e_value.map(|e_value| e_value.estimate),
        "e_value_of_range": lift.e_value.map(|e_value| e_value.interval),
        "reversal": lift.reversal,
        "left_out": lift.left_out,
        "verdict": lift.verdict,
        "because": lift.because,
        "says": view.says,
        "notes": view.notes,
    })
}

/// The figures in words.
struct Words<'a> {
    lift: &'a Lift,
    rule: Option<&'a str>,
    /// Whether any opportunity is with at all.
    has_dates: bool,
}

impl Words<'_> {
    /// "with a partner within four weeks", "where source = 'web'".
    fn with(&self) -> String {
        self.rule.map_or_else(
            || "with a partner within four weeks".to_owned(),
            |rule| format!("where {rule}"),
        )
    }

    fn says(&self) -> String {
        let (with, without) = (&self.lift.with.rate, &self.lift.without.rate);
        let early = Verdict::TooEarly.word();
        let (Some(naive), true) = (self.lift.naive, self.has_dates) else {
            let side = if with.n == 0 {
                self.with()
            } else {
                "to hold against them".to_owned()
            };
            return format!("No deal {side} is decided, so there is nothing to compare: {early}.");
        };
        let counts = format!("({} of {} against {} of {})", with.k, with.n, without.k, without.n);
        let first = format!("Deals {} were won {} {counts}", self.with(), often(naive.difference));
        let Some(adjusted) = self.lift.adjusted.filter(|_| self.lift.because != Because::TooFew) else {
            return format!("{first}, but {}: {early}.", self.why_too_early());
        };
        let Difference { difference, low, high } = adjusted.difference;
        let turns = difference * naive.difference < 0.0 && often(difference) != often(naive.difference);
        let joined = if turns { "but" } else { "and" };
        let range = format!(
            "{} among like deals ({} to {})",
            often(difference),
            signed(low),
            signed(high)
        );
        match self.lift.verdict {
            Verdict::TooEarly if self.lift.because == Because::NothingComparable => {
                format!("{first}, but {}: {early}.", self.why_too_early())
            }
            Verdict::TooEarly => format!("{first}, {joined} {range}: {early}."),
            Verdict::NoLift => format!("{first}, {joined} {range}: no lift that matters."),
            Verdict::Lift | Verdict::Harm => {
                let word = self.lift.verdict.word();
                format!("{first}, {joined} {range}: a {word}, by what the facts can see.")
            }
        }
    }

    fn why_too_early(&self) -> String {
        match self.lift.because {
            Because::TooFew => format!("each side needs {} decided deals", lift::LEAST_DECIDED),
            _ => "deals with and without are too unlike each other to be compared".to_owned(),
        }
    }

    fn notes(&self, strata: &[String], covariates: &[String], dropped: &[String], recorded_later: u64) -> Vec<String> {
        let mut notes = Vec::new();
        if !self.has_dates {
            notes.push(self.exposure());
            return notes;
        }
        notes.extend(self.reversal());
        notes.push(self.exposure());
        notes.extend(self.immortal());
        notes.extend(self.later(recorded_later));
        notes.extend(self.young());
        notes.extend(self.undecided());
        if self.lift.adjusted.is_some() {
            notes.push(self.adjusted_for(strata, covariates));
        }
        notes.extend(dropped.iter().cloned());
        notes.extend(self.alone(strata));
        notes.extend(self.unseen());
        notes.push(
            "A comparison, not an experiment: who got a partner was not left to chance, and only what the facts \
             hold is adjusted for. It does not prove a cause."
                .into(),
        );
        notes
    }

    fn reversal(&self) -> Option<String> {
        let reversal = self.lift.reversal.as_ref()?;
        let by = reversal.strata.replace('_', " ");
        Some(if reversal.crude * reversal.within < 0.0 {
            format!(
                "The comparison turns round by {by} (Simpson's paradox): won {} over all, {} within the same {by}. \
                 What is counted over all says where partners are, not what they do.",
                often(reversal.crude),
                often(reversal.within)
            )
        } else {
            format!(
                "Most of the weight of {by} points the other way than the whole: won {} over all, but in {} of it \
                 the other way round.",
                often(reversal.crude),
                numbers::percent(reversal.against)
            )
        })
    }

    fn exposure(&self) -> String {
        match (self.rule, self.has_dates) {
            (Some(rule), _) => format!(
                "“With” is a field, {rule}, and has no date. If it was filled in after a deal had begun, deals that \
                 lasted had more time to get it, and that looks like a lift."
            ),
            (None, true) => "“With” means that a partner sourced or influenced the deal, and that it was on record, \
                             by the 28th day after its creation; deals that were still open then are compared."
                .into(),
            (None, false) => "The facts hold no dated involvement of a partner in an opportunity. Import touches (a \
                              registration, referral, intro or meeting, each with its day), or give a rule over a \
                              field that says who had one."
                .into(),
        }
    }

    fn immortal(&self) -> Option<String> {
        let left = &self.lift.left_out;
        (left.decided_before > 0).then(|| {
            format!(
                "{} decided before that day {} left out ({} with a partner by then): to be counted as “with”, a \
                 deal must first live long enough to get a partner (immortal time).",
                numbers::plural(left.decided_before, "deal", "deals"),
                are(left.decided_before),
                numbers::count(left.decided_before_with)
            )
        })
    }

    fn later(&self, recorded_later: u64) -> Option<String> {
        let later = self.lift.left_out.exposed_later;
        let mut words = Vec::new();
        if later > 0 {
            words.push(format!(
                "{} that got a partner only later {} as without.",
                numbers::plural(later, "deal", "deals"),
                if later == 1 { "counts" } else { "count" }
            ));
        }
        if recorded_later > 0 {
            words.push(format!(
                "For {} the involvement was recorded only afterwards: it may have been claimed because the deal \
                 went well.",
                numbers::plural(recorded_later, "deal", "deals")
            ));
        }
        (!words.is_empty()).then(|| words.join(" "))
    }

    fn young(&self) -> Option<String> {
        let left = &self.lift.left_out;
        let mut words = Vec::new();
        if let Some(days) = left.mature_after_days.filter(|_| left.immature > 0) {
            words.push(format!(
                "{} created less than {days} days ago {} left out: most like them are not decided yet, and wins and \
                 losses do not take the same time.",
                numbers::plural(left.immature, "deal", "deals"),
                are(left.immature)
            ));
        }
        if left.too_young > 0 {
            words.push(format!(
                "{} not 28 days old.",
                numbers::plural(left.too_young, "deal is", "deals are")
            ));
        }
        if left.undated > 0 {
            words.push(format!(
                "{} without a day of creation or of close, and cannot be placed in time.",
                numbers::plural(left.undated, "deal is", "deals are")
            ));
        }
        (!words.is_empty()).then(|| words.join(" "))
    }

    fn undecided(&self) -> Option<String> {
        let (with, without) = (self.lift.with.open, self.lift.without.open);
        let recent = if self.rule.is_some() {
            " Recent ones count by what is decided so far."
        } else {
            ""
        };
        (with + without > 0).then(|| {
            format!(
                "Still open, and not counted: {} with and {} without.{recent}",
                numbers::count(with),
                numbers::count(without)
            )
        })
    }

    fn adjusted_for(&self, strata: &[String], covariates: &[String]) -> String {
        let strata_words = listed(strata);
        match self.lift.adjusted.map(|adjusted| adjusted.method) {
            Some(lift::Method::OverlapAipw) => {
                let own = |name: &&String| !strata.contains(name);
                let all: Vec<String> = strata.iter().chain(covariates.iter().filter(own)).cloned().collect();
                format!(
                    "Like deals are alike in {}. Deals that could have been on either side weigh most (overlap \
                     weights, with a model of the win on each side).",
                    if all.is_empty() {
                        "nothing that the facts hold".to_owned()
                    } else {
                        listed(&all)
                    }
                )
            }
            _ if strata.is_empty() => {
                "There are too few deals, and no field to compare within: nothing is adjusted for.".into()
            }
            _ => format!(
                "There are too few wins and losses for a model: like deals are those of the same {strata_words}."
            ),
        }
    }

    fn alone(&self, strata: &[String]) -> Option<String> {
        let alone = self.lift.stratified.as_ref().map_or(0, |strata| strata.alone);
        (alone > 0).then(|| {
            format!(
                "{} to a group by {} in which all or none are with, and {} nothing within groups.",
                numbers::plural(alone, "decided deal belongs", "decided deals belong"),
                listed(strata),
                if alone == 1 { "tells" } else { "tell" }
            )
        })
    }

    fn unseen(&self) -> Option<String> {
        let e_value = self.lift.e_value?;
        let times = |value: f64| numbers::three_figures((value * 100.0).round() / 100.0);
        let range = if e_value.interval > 1.0 {
            format!("{} times would bring its range to none", times(e_value.interval))
        } else {
            "its range holds none already".to_owned()
        };
        let times = times(e_value.estimate);
        let both = if self
            .lift
            .adjusted
            .is_some_and(|adjusted| adjusted.difference.difference < 0.0)
        {
            format!("made being with {times} times as likely and winning {times} times less likely")
        } else {
            format!("made both being with and winning {times} times as likely")
        };
        Some(format!(
            "Something that the facts do not hold would explain the whole difference if it {both} (E-value); \
             {range}."
        ))
    }
}

/// "12 points more often", "as often".
fn often(difference: f64) -> String {
    let points = format!("{:.0}", difference.abs() * 100.0);
    let noun = if points == "1" { "point" } else { "points" };
    match points.as_str() {
        "0" => "as often".to_owned(),
        _ if difference > 0.0 => format!("{points} {noun} more often"),
        _ => format!("{points} {noun} less often"),
    }
}

/// "+13" of 0.13.
fn signed(difference: f64) -> String {
    Unit::Points.write(difference).trim_end_matches(" pts").to_owned()
}

fn are(n: u64) -> &'static str {
    if n == 1 { "is" } else { "are" }
}

/// "segment, employees and source".
fn listed(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| name.replace('_', " ")).collect();
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    }
}

impl Office {
    /// The lift of partner involvement.
    pub fn lift<'a>(&'a self, actor: &'a Actor, question: LiftQuestion) -> Answer<'a, Arc<LiftView>> {
        Box::pin(async move {
            actor.must(Permission::Read)?;
            let strategy = self.strategy_on(question.as_of).await?;
            let facts = self
                .facts_in_force(question.as_of)
                .await?
                .ok_or_else(crate::importing::no_facts)?;
            let as_of = question.as_of.unwrap_or(facts.manifest.as_of);
            let name = name_of(&(&facts.manifest.id, &strategy.strategy, &question));
            let lift = move || lift_of(&strategy.strategy, &facts, &question, as_of).map(Arc::new);
            self.lifted.once(&name, async { blocking(lift).await? }).await
        })
    }
}
