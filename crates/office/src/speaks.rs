//! What the facts say for and against a bet: each step against what was believed of it, each indicator against its
//! target. Notes of people stand beside it. Must not judge: that is the gate's.

use beachhead_ledger::Effect;
use beachhead_press::numbers::{self, Unit};
use beachhead_strategy::{Bet, Indicator};
use jiff::civil::Date;

use crate::figures::as_real;
use crate::reporting::{measure_name, unit};
use crate::standing::Standing;
use crate::tracing::AtStep;

/// Something that the facts say of a bet.
#[derive(Debug, Clone, PartialEq)]
pub struct FactSays {
    /// The day of the facts.
    pub on: Date,
    /// In one sentence.
    pub words: String,
    /// For the bet, against it, or neither.
    pub effect: Effect,
    /// The rows that it rests on.
    pub href: String,
}

/// What the facts of a standing say of a bet that has begun: its steps in their order, then its indicators.
#[must_use]
pub fn facts_say(standing: &Standing, bet: &Bet) -> Vec<FactSays> {
    let mut said = steps(standing, bet);
    said.extend(
        bet.indicators
            .iter()
            .filter_map(|indicator| indicated(standing, bet, indicator)),
    );
    said
}

/// A step speaks for the bet where more convert than anybody believed, and against it where fewer do.
fn steps(standing: &Standing, bet: &Bet) -> Vec<FactSays> {
    let Some((judged, judgement)) = standing
        .judged(&bet.name)
        .and_then(|judged| Some((judged, judged.judgement.as_ref()?)))
    else {
        return Vec::new();
    };
    let said = bet
        .motion
        .steps
        .iter()
        .zip(&judgement.steps)
        .filter_map(|(step, seen)| {
            let believed = step.conversion.filter(|_| seen.entered > 0)?;
            let (low, high) = (believed.low, believed.high);
            let effect = match seen.rate.mean {
                mean if mean > high => Effect::For,
                mean if mean < low => Effect::Against,
                _ => Effect::Neutral,
            };
            let expected = Unit::Percent.with_range(seen.rate.mean, seen.rate.low80, seen.rate.high80);
            Some(FactSays {
                on: judged.as_of,
                words: format!(
                    "{} of {} reached “{}” so far; in the end {expected} are expected to, where {} to {} was believed",
                    numbers::count(seen.converted),
                    numbers::count(seen.entered),
                    step.name,
                    numbers::percent(low),
                    numbers::percent(high),
                ),
                effect,
                href: standing.targets_link(bet, &step.name, AtStep::Reached),
            })
        });
    said.collect()
}

/// An indicator speaks for the bet once its target is reached, and against it once its day has passed without.
fn indicated(standing: &Standing, bet: &Bet, indicator: &Indicator) -> Option<FactSays> {
    let (target, by) = (indicator.target?, indicator.by?);
    let judged = standing.judged(&bet.name)?;
    let step = bet.motion.steps.iter().position(|step| step.name == indicator.measure);
    let (value, href) = match step {
        Some(at) => {
            let reached = judged.stages.steps.get(at)?.converted;
            (
                as_real(reached),
                standing.targets_link(bet, &indicator.measure, AtStep::Reached),
            )
        }
        None => {
            let (value, _) = standing.brought_by(bet, &indicator.measure)?;
            (value, standing.brought_link(bet, &indicator.measure))
        }
    };
    let unit = unit(standing.strategy(), &indicator.measure);
    let (effect, so) = match (value >= target, by <= judged.as_of) {
        (true, _) => (Effect::For, "reached"),
        (false, true) => (Effect::Against, "its day has passed"),
        (false, false) => (Effect::Neutral, "still to come"),
    };
    Some(FactSays {
        on: judged.as_of,
        words: format!(
            "{}: {} of {} by {}, {so}",
            measure_name(&indicator.measure),
            unit.write(value),
            unit.write(target),
            numbers::date(by)
        ),
        effect,
        href,
    })
}
