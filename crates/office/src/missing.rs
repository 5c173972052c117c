//! Why the outcome is behind or ahead: the signed plan up to a day against what the facts show, split by bet into
//! volume, timing, conversion and value. Must not plan or forecast.

use std::collections::BTreeMap;

use beachhead_facts::measure::{OpportunityRow, TargetFate, progress};
use beachhead_foresight::miss::{self, Entrant, Fate, Miss, Part};
use beachhead_press::numbers::{self, Unit};
use beachhead_strategy::{Bet, Measure, Sequence, Strategy, Unit as Counted};
use jiff::civil::Date;
use serde_json::{Value, json};

use crate::actor::{Actor, Permission};
use crate::figures::{as_real, whole};
use crate::standing::{Facts, Standing};
use crate::targets::Said;
use crate::tracing::{AtStep, RowsQuestion, address};
use crate::weighing::units;
use crate::{Answer, Office, Refusal, plan, reporting};

/// Below this share of the plan, the difference is not worth a reason.
const ON_PLAN: f64 = 0.02;
/// What stands for no bet in an address.
const NO_BET: &str = "none";

/// What became of the plan up to a day.
pub struct Missed {
    /// The day up to which plan and facts are held against each other.
    pub day: Date,
    /// The day since which the outcome counts.
    pub since: Date,
    /// How values are written.
    pub unit: Unit,
    /// The difference and its parts, in whole units.
    pub miss: Miss,
    /// The parts that add up to the difference, bet by bet, and what came from outside of the bets.
    pub lines: Vec<Line>,
    /// How far behind or ahead, and the largest reason, in one sentence.
    pub says: String,
    /// The ids of the opportunities counted, by the key of the bet that brought them; [`NO_BET`] for the others.
    brought: BTreeMap<String, Vec<String>>,
}

impl Missed {
    /// The ids of the opportunities that a bet brought, by its key; those that no bet did for any other word.
    pub(crate) fn brought_by(&self, key: &str) -> Vec<String> {
        let found = self.brought.get(key).or_else(|| self.brought.get(NO_BET));
        found.cloned().unwrap_or_default()
    }
}

/// One part of the difference.
pub struct Line {
    /// The bet's name; none for what came from no bet.
    pub bet: Option<String>,
    /// `volume`, `timing`, `conversion`, `value` or `outside`.
    pub kind: &'static str,
    /// The step, where it is its conversion.
    pub step: Option<String>,
    /// What it is called beside its bet: "Reached met".
    pub name: String,
    /// What it adds to the difference, in whole units.
    pub amount: i64,
    /// The figure as planned, where there is one.
    pub planned: Option<f64>,
    /// The figure as it went.
    pub actual: Option<f64>,
    /// Both figures in words.
    pub says: String,
    /// The rows behind it.
    pub href: String,
    /// The same as a reason: "40 fewer targets were worked in HRIS co-sell than planned".
    because: String,
}

impl Office {
    /// Why the outcome is behind or ahead of the signed plan on the day of a standing.
    pub fn miss<'a>(&'a self, actor: &'a Actor, standing: &'a Standing) -> Answer<'a, Missed> {
        Box::pin(async move {
            actor.must(Permission::Read)?;
            let facts = standing.facts.as_ref().ok_or_else(crate::importing::no_facts)?;
            let question = Question::of(standing)?;
            let asked = RowsQuestion {
                measure: Some((
                    standing.strategy().outcome.measure.clone(),
                    question.since,
                    question.day,
                )),
                in_scope: true,
                ..RowsQuestion::default()
            };
            let rows = self.rows(actor, standing, &asked).await?;
            question.answer(facts, rows)
        })
    }
}

/// What is asked: the signed strategy, its measure, and the days between which it counts.
struct Question<'a> {
    strategy: &'a Strategy,
    measure: &'static Measure,
    since: Date,
    day: Date,
    period_weeks: u32,
    looked_back: Option<Date>,
    said: &'a Said,
}

/// A bet as the numbers take it, and its names.
struct Told<'a> {
    bet: &'a Bet,
    steps: Vec<String>,
    figures: miss::Bet,
    /// The ids of the opportunities that it brought.
    opportunities: Vec<String>,
    looked_back: Option<Date>,
}

impl Told<'_> {
    fn has_begun(&self) -> bool {
        self.figures.steps.iter().any(|step| !step.entrants.is_empty())
    }
}

impl<'a> Question<'a> {
    fn of(standing: &'a Standing) -> Result<Self, Refusal> {
        let Some(signed) = &standing.signed else {
            return Err(Refusal::conflict(
                "There is no signed plan to hold the facts against",
                "Ask the sponsor for a signature first.",
            ));
        };
        let strategy = &signed.parsed.strategy;
        let outcome = &strategy.outcome;
        let measure = outcome.catalogued().filter(|measure| measure.unit == Counted::Money);
        let period = outcome.counted_from(strategy.program.calendar).zip(outcome.by);
        let (Some(measure), Some((since, by))) = (measure, period) else {
            return Err(Refusal::conflict(
                "The outcome does not add up from deals",
                "A miss is explained where the outcome is measured in money and has a date.",
            ));
        };
        let day = standing.as_of.min(by);
        if day < since {
            return Err(Refusal::conflict(
                format!("The outcome counts from {} only", numbers::date(since)),
                "Look again once it has begun.",
            ));
        }
        Ok(Self {
            strategy,
            measure,
            since,
            day,
            period_weeks: weeks_to(since, day),
            looked_back: standing.looked_back,
            said: &standing.said,
        })
    }

    fn answer(&self, facts: &Facts, mut rows: Vec<OpportunityRow>) -> Result<Missed, Refusal> {
        let in_units = |rows: &[OpportunityRow]| {
            let minor = rows
                .iter()
                .filter_map(|row| row.amount_minor)
                .fold(0, i64::saturating_add);
            units(minor, facts.star.currency()).max(0.0)
        };
        let total = in_units(&rows);
        let sequence = Sequence::of(self.strategy, &BTreeMap::new());
        let mut told = Vec::new();
        for bet in &self.strategy.bets {
            let Some(mut one) = self.told(&sequence, facts, bet, &mut rows, &in_units) else {
                continue;
            };
            // What the facts count without a deal of the bet's own came from outside of it.
            if one.figures.deals(self.period_weeks) == 0.0 {
                one.figures.value = 0.0;
            }
            if one.figures.planned_per_week.iter().any(|targets| *targets > 0.0) || one.has_begun() {
                told.push(one);
            }
        }
        let figures: Vec<miss::Bet> = told.iter().map(|told| told.figures.clone()).collect();
        let miss = miss::explain(&figures, total, self.period_weeks).map_err(crate::wrong_figures)?;
        let unit = reporting::unit(self.strategy, self.measure.key);
        let lines = lines(&miss, &told, &unit, self.looked_back);
        let ids = |rows: &[OpportunityRow]| rows.iter().map(|row| row.opportunity_id.clone()).collect::<Vec<_>>();
        let mut brought: BTreeMap<String, Vec<String>> = told
            .iter()
            .map(|told| (told.bet.key(), told.opportunities.clone()))
            .collect();
        brought.insert(NO_BET.to_owned(), ids(&rows));
        Ok(Missed {
            brought,
            day: self.day,
            since: self.since,
            says: says(&miss, &lines, &unit, self.day),
            unit,
            lines,
            miss,
        })
    }

    /// A bet that the outcome counts: what the signed plan made of it, and what the facts show. Takes its opportunities
    /// out of `rows`.
    fn told(
        &self,
        sequence: &Sequence,
        facts: &Facts,
        bet: &'a Bet,
        rows: &mut Vec<OpportunityRow>,
        in_units: &impl Fn(&[OpportunityRow]) -> f64,
    ) -> Option<Told<'a>> {
        bet.capacity?;
        let (mu, sigma) = bet.deal_value?.log_normal()?;
        let counts = self.strategy.outcome.scope.covers(&bet.segment);
        let last = plan::step_of(bet, self.measure.key).filter(|_| counts)?;
        let motion = &bet.motion.steps[..=last];
        let steps: Vec<String> = motion.iter().map(|step| step.name.clone()).collect();
        let targets = progress(&facts.star, &bet.name, &steps, self.said.of(&bet.key()), self.day).targets;
        let (mine, others): (Vec<_>, Vec<_>) = std::mem::take(rows).into_iter().partition(|row| brought(&targets, row));
        *rows = others;
        let weeks = sequence.start_of(&bet.name).map_or(0, |cycle| {
            plan::weeks_between(self.strategy.program.calendar.first_day(cycle), self.day)
        });
        let weeks = weeks.min(beachhead_foresight::limits::WEEKS);
        let figures = miss::Bet {
            planned_per_week: plan::targets_by_week(bet, self.strategy.program.hours_per_week(), weeks, 0),
            planned_deal_value: (mu + sigma * sigma / 2.0).exp(),
            steps: motion
                .iter()
                .enumerate()
                .map(|(nth, step)| {
                    let (a, b) = plan::prior(step);
                    miss::Step {
                        conversion: a / (a + b),
                        delay_weeks: plan::delay_weeks(step),
                        entrants: entrants(&targets, nth, self.day),
                    }
                })
                .collect(),
            value: in_units(&mine),
        };
        Some(Told {
            bet,
            steps,
            figures,
            opportunities: mine.into_iter().map(|row| row.opportunity_id).collect(),
            looked_back: self.looked_back,
        })
    }
}

/// Whether an opportunity is of an account that a bet had taken on by the day it was created.
fn brought(targets: &[TargetFate], row: &OpportunityRow) -> bool {
    targets.iter().any(|target| {
        let after = row.created_on.is_some_and(|created| created >= target.entered);
        after && (target.opportunity_id.as_ref() == Some(&row.opportunity_id) || target.account_name == row.account)
    })
}

/// Everybody who entered a step, and what became of them by a day.
fn entrants(targets: &[TargetFate], nth: usize, day: Date) -> Vec<(Entrant, u64)> {
    let mut alike: BTreeMap<Entrant, u64> = BTreeMap::new();
    for target in targets {
        let entered = match nth.checked_sub(1) {
            None => Some(target.entered),
            Some(before) => target.reached[before],
        };
        let Some(entered) = entered else { continue };
        let age_weeks = weeks_to(entered, day);
        let fate = match (target.reached[nth], target.lost_on) {
            (Some(reached), _) => Fate::Converted {
                after_weeks: weeks_to(entered, reached).min(age_weeks),
            },
            (None, Some(_)) => Fate::Lost,
            (None, None) => Fate::Open,
        };
        *alike.entry(Entrant { age_weeks, fate }).or_default() += 1;
    }
    alike.into_iter().collect()
}

/// Weeks from a day to a later one, one that has begun counted: a plan's week ends with what happened in it.
fn weeks_to(from: Date, to: Date) -> u32 {
    let days = u32::try_from((to - from).get_days().max(0)).unwrap_or(0);
    days.div_ceil(7).min(beachhead_foresight::limits::WEEKS)
}

/// The opportunities that a bet brought, or that none did.
fn brought_link(key: &str, looked_back: Option<Date>) -> String {
    address("/evidence", &[("measure", "outcome"), ("taken_on", key)], looked_back)
}

fn lines(miss: &Miss, told: &[Told<'_>], unit: &Unit, looked_back: Option<Date>) -> Vec<Line> {
    let mut lines: Vec<Line> = miss
        .bets
        .iter()
        .zip(told)
        .flat_map(|(bet, told)| bet_lines(bet, told, unit))
        .collect();
    if miss.outside != 0 {
        lines.push(Line {
            bet: None,
            kind: "outside",
            step: None,
            name: "From no bet".into(),
            amount: miss.outside,
            planned: None,
            actual: None,
            says: "opportunities of accounts that no bet had taken on; the plan counts on none".into(),
            href: brought_link(NO_BET, looked_back),
            because: "came from accounts that no bet had taken on".into(),
        });
    }
    lines
}

fn bet_lines(bet: &miss::BetMiss, told: &Told<'_>, unit: &Unit) -> Vec<Line> {
    let steps = told.steps.iter().zip(&bet.conversion);
    [told.volume(&bet.volume), told.timing(&bet.timing)]
        .into_iter()
        .chain(steps.map(|(step, part)| told.conversion(step, part)))
        .chain([told.value(bet, unit)])
        .collect()
}

impl Told<'_> {
    /// The targets that entered the bet; that reached a step, where one is named.
    fn targets_link(&self, step: &str) -> String {
        let (key, came_to) = (
            self.bet.key(),
            if step.is_empty() { "" } else { AtStep::Reached.name() },
        );
        let pairs = [("bet", key.as_str()), ("step", step), ("came_to", came_to)];
        address("/evidence/targets", &pairs, self.looked_back)
    }

    fn line(&self, kind: &'static str, name: &str, part: &Part, says: String, because: String) -> Line {
        Line {
            bet: Some(self.bet.name.clone()),
            kind,
            step: None,
            name: name.to_owned(),
            amount: part.amount,
            planned: Some(part.planned),
            actual: Some(part.actual),
            says,
            href: self.targets_link(""),
            because,
        }
    }

    fn volume(&self, part: &Part) -> Line {
        let apart = u64::from(whole((part.actual - part.planned).abs()));
        let (count, name) = (numbers::three_figures, &self.bet.name);
        let side = if part.amount < 0 { "fewer" } else { "more" };
        let targets = if apart == 1 { "target was" } else { "targets were" };
        self.line(
            "volume",
            "Targets worked",
            part,
            format!("{} worked, {} planned by now", count(part.actual), count(part.planned)),
            format!(
                "is that {} {side} {targets} worked in {name} than planned",
                numbers::count(apart)
            ),
        )
    }

    fn timing(&self, part: &Part) -> Line {
        let name = &self.bet.name;
        let because = if part.amount < 0 {
            format!("is not due yet: what {name} worked comes later than planned")
        } else {
            format!("is that what {name} worked came sooner than planned")
        };
        let says = format!(
            "{} of what they will come to is due, {} planned by now",
            numbers::percent(part.actual),
            numbers::percent(part.planned)
        );
        self.line("timing", "Not due yet, or due sooner", part, says, because)
    }

    fn conversion(&self, step: &str, part: &Part) -> Line {
        let (count, name) = (numbers::three_figures, &self.bet.name);
        let side = if part.amount < 0 { "fewer" } else { "more" };
        let says = format!(
            "{} did; the plan's rate gives {} of those due",
            count(part.actual),
            count(part.planned)
        );
        let because = format!("is that {side} reached “{step}” in {name} than the plan's rate gives");
        Line {
            step: Some(step.to_owned()),
            href: self.targets_link(step),
            ..self.line("conversion", &format!("Reached “{step}”"), part, says, because)
        }
    }

    fn value(&self, bet: &miss::BetMiss, unit: &Unit) -> Line {
        let part = &bet.value;
        let side = if part.amount < 0 { "less" } else { "more" };
        let says = if bet.actual == 0 {
            format!("no deal counts yet; {} planned", unit.write(part.planned))
        } else {
            format!(
                "{} a deal, {} planned",
                unit.write(part.actual),
                unit.write(part.planned)
            )
        };
        let because = format!("is that deals of {} are worth {side} than planned", self.bet.name);
        Line {
            href: brought_link(&self.bet.key(), self.looked_back),
            ..self.line("value", "Value of a deal", part, says, because)
        }
    }
}

/// How far behind or ahead, and the largest reason on that side.
fn says(miss: &Miss, lines: &[Line], unit: &Unit, day: Date) -> String {
    let written = |amount: i64| unit.write(as_real(amount.unsigned_abs()));
    let difference = miss.difference();
    if miss.planned == 0 && miss.actual == 0 {
        return format!(
            "By {} nothing was planned to have come yet, and nothing has.",
            numbers::date(day)
        );
    }
    let on = numbers::date(day);
    if as_real(difference.unsigned_abs()) <= ON_PLAN * as_real(miss.planned.unsigned_abs()) {
        return format!(
            "On {on} the outcome stands where the plan has it: {}, {} planned by then.",
            written(miss.actual),
            written(miss.planned)
        );
    }
    let side = if difference < 0 { "behind" } else { "ahead of" };
    let same_side = lines.iter().filter(|line| line.amount.signum() == difference.signum());
    let Some(largest) = same_side.max_by_key(|line| line.amount.unsigned_abs()) else {
        return format!("On {on} the outcome stands {} {side} the plan.", written(difference));
    };
    let whole_of_it = largest.amount.unsigned_abs() <= difference.unsigned_abs();
    let of_it = if whole_of_it {
        " of it"
    } else {
        ", more than that, and offset elsewhere,"
    };
    format!(
        "On {on} the outcome stands {} {side} the plan; {}{of_it} {}.",
        written(difference),
        written(largest.amount),
        largest.because
    )
}

/// The document of `beachhead miss --json`.
#[must_use]
pub fn document(standing: &Standing, missed: &Missed) -> Value {
    let outcome = &standing.strategy().outcome;
    let parts: Vec<Value> = missed
        .lines
        .iter()
        .map(|line| {
            json!({
                "bet": line.bet, "part": line.kind, "step": line.step, "amount": line.amount,
                "planned": line.planned, "actual": line.actual, "says": line.says,
            })
        })
        .collect();
    json!({
        "as_of": missed.day,
        "since": missed.since,
        "snapshot": standing.snapshot_id(),
        "outcome": { "measure": outcome.measure, "scope": outcome.scope.name() },
        "planned": missed.miss.planned,
        "actual": missed.miss.actual,
        "difference": missed.miss.difference(),
        "parts": parts,
        "says": missed.says,
    })
}
