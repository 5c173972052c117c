//! Refuses evidence that cannot be true, saying where and how to mend it. Must not compute anything else.

use super::{Evidence, Gate, Rule, StepEvidence};
use crate::error::ForesightError;
use crate::limits;

/// Thresholds that contradict each other.
pub(super) fn rule(rule: &Rule) -> Result<(), ForesightError> {
    let in_order = 0.0 <= rule.retire_under && rule.retire_under < rule.scale_over && rule.scale_over <= 1.0;
    if !in_order {
        return Err(ForesightError::invalid(
            "rule.scale_over",
            format!(
                "{} and retire_under {} leave nothing between them",
                rule.scale_over, rule.retire_under
            ),
            "give two chances between 0 and 1, the first the larger",
        ));
    }
    if !(rule.proof_level > 0.0 && rule.proof_level < 1.0) {
        return Err(ForesightError::invalid(
            "rule.proof_level",
            format!("{} is not a chance of error", rule.proof_level),
            "give a number between 0 and 1, such as 0.05",
        ));
    }
    Ok(())
}

/// Everything that makes evidence impossible to judge.
pub(super) fn evidence(evidence: &Evidence) -> Result<(), ForesightError> {
    steps_and_gate(evidence.steps.len(), &evidence.gate)?;
    ForesightError::at_most("week", evidence.week.into(), limits::WEEKS.into())?;
    if evidence.week > evidence.gate.week {
        return Err(ForesightError::invalid(
            "week",
            format!("week {} is past the gate's week {}", evidence.week, evidence.gate.week),
            "judge it on the evidence of the gate's week",
        ));
    }
    planned(&evidence.planned_per_week)?;
    if let Some(overdispersion) = evidence.overdispersion {
        overdispersion.check("evidence")?;
    }
    for (index, step) in evidence.steps.iter().enumerate() {
        counts(index, step)?;
    }
    for (index, pair) in evidence.steps.windows(2).enumerate() {
        if pair[1].converted > pair[0].converted {
            return Err(ForesightError::invalid(
                format!("step[{}].converted", index + 1),
                format!(
                    "{} converted, but only {} came through the step before",
                    pair[1].converted, pair[0].converted
                ),
                "count an account that skipped a step as converted there too",
            ));
        }
    }
    Ok(())
}

/// The number of steps and the gate itself.
pub(crate) fn steps_and_gate(steps: usize, gate: &Gate) -> Result<(), ForesightError> {
    ForesightError::at_most("step", steps as u64, limits::STEPS)?;
    ForesightError::at_most("gate.week", gate.week.into(), limits::WEEKS.into())?;
    if steps == 0 {
        return Err(ForesightError::invalid(
            "step",
            "there are no steps",
            "add a [[step]] with its prior and delay",
        ));
    }
    if gate.need == 0 {
        return Err(ForesightError::invalid(
            "gate.need",
            "a gate that needs 0 events is met by doing nothing",
            "ask for at least 1",
        ));
    }
    if gate.step.is_some_and(|step| step >= steps) {
        return Err(ForesightError::invalid(
            "gate.step",
            format!("there are {steps} steps, counted from 0"),
            format!("give a number from 0 to {}", steps - 1),
        ));
    }
    if gate.retire_if.is_some_and(|retire_if| retire_if >= gate.need) {
        return Err(ForesightError::invalid(
            "gate.retire_if",
            "it is not below the number that passes the gate",
            "give a smaller number",
        ));
    }
    if gate.minimum.is_some_and(|minimum| !(minimum > 0.0 && minimum < 1.0)) {
        return Err(ForesightError::invalid(
            "gate.minimum",
            "it is not a share of targets",
            "give a number between 0 and 1",
        ));
    }
    Ok(())
}

/// A step's prior and delay.
pub(crate) fn beliefs(index: usize, prior: (f64, f64), delay_weeks: f64) -> Result<(), ForesightError> {
    let (least, most) = limits::PRIOR;
    if ![prior.0, prior.1].iter().all(|x| (least..=most).contains(x)) {
        return Err(ForesightError::invalid(
            format!("step[{index}].prior"),
            format!("[{}, {}] is not a belief", prior.0, prior.1),
            format!("give two numbers between {least} and {most}: conversions and losses one would expect to see"),
        ));
    }
    if !(limits::SHORTEST_DELAY_WEEKS..=f64::from(limits::WEEKS)).contains(&delay_weeks) {
        return Err(ForesightError::invalid(
            format!("step[{index}].delay_weeks"),
            format!("{delay_weeks} is not a mean delay in weeks"),
            format!("give a number above 0 and at most {}", limits::WEEKS),
        ));
    }
    Ok(())
}

/// The targets planned for each week.
pub(crate) fn planned(planned_per_week: &[f64]) -> Result<(), ForesightError> {
    ForesightError::at_most("planned_per_week", planned_per_week.len() as u64, limits::WEEKS.into())?;
    let most = crate::interval::as_real(limits::ACCOUNTS);
    match planned_per_week
        .iter()
        .position(|targets| !(0.0..=most).contains(targets))
    {
        None => Ok(()),
        Some(week) => Err(ForesightError::invalid(
            format!("planned_per_week[{week}]"),
            format!("{} is not a number of targets", planned_per_week[week]),
            format!("give a number from 0 to {most}"),
        )),
    }
}

fn counts(index: usize, step: &StepEvidence) -> Result<(), ForesightError> {
    beliefs(index, step.prior, step.delay_weeks)?;
    let at = |field: &str| format!("step[{index}].{field}");
    ForesightError::at_most(at("converted"), step.converted, limits::ACCOUNTS)?;
    ForesightError::at_most(at("lost"), step.lost, limits::ACCOUNTS)?;
    for (field, weeks) in [
        ("open_ages_weeks", &step.open_ages_weeks),
        ("delays_weeks", &step.delays_weeks),
    ] {
        let longest = weeks.iter().map(|&(week, _)| week).max().unwrap_or(0);
        let accounts = weeks.iter().fold(0_u64, |sum, &(_, count)| sum.saturating_add(count));
        ForesightError::at_most(at(field), longest.into(), limits::WEEKS.into())?;
        ForesightError::at_most(at(field), accounts, limits::ACCOUNTS)?;
    }
    let timed: u64 = step.delays_weeks.iter().map(|&(_, count)| count).sum();
    if timed > step.converted {
        return Err(ForesightError::invalid(
            at("delays_weeks"),
            format!("{timed} delays are given for {} conversions", step.converted),
            "give at most one delay for each conversion",
        ));
    }
    Ok(())
}
