//! The judgement as a sentence that a leader can repeat. Must not compute anything.

use super::{Evidence, Judgement, Verdict};

/// Why the verdict is what it is, with n and range.
pub(super) fn why(evidence: &Evidence, judgement: &Judgement) -> String {
    let gate = &evidence.gate;
    let targets = evidence.steps[0].entered();
    let (have, need) = (judgement.have, judgement.need);
    let counted = &judgement.steps[evidence.counted_step()].step;
    let seen = format!(
        "by week {} of {}, {have} of the {need} that the gate needs have reached \"{counted}\", from {targets} targets",
        evidence.week, gate.week
    );
    let chance = format!(
        "in the end {} of targets will ({} to {} in 80% of cases), which gives the gate a chance of {}",
        percent(judgement.theta.mean),
        percent(judgement.theta.low80),
        percent(judgement.theta.high80),
        percent(judgement.probability)
    );
    let rule = &judgement.rule;
    let at_its_date = evidence.week == gate.week;
    match judgement.verdict {
        Verdict::NoData => format!(
            "No target has entered the first step, so there is nothing to judge; by the beliefs alone the gate has a \
             chance of {}.",
            percent(judgement.probability)
        ),
        Verdict::TooEarly => format!(
            "Too early to call: {seen}; {}; {chance}.",
            waits_for(evidence, judgement)
        ),
        Verdict::Scale if have >= need => format!("Scale: {seen}; the gate is met."),
        Verdict::Scale => format!(
            "Scale: {seen}; {chance}, over the {} that scales it.",
            percent(rule.scale_over)
        ),
        Verdict::Retire if at_its_date => format!("Retire: {seen}; its date has come and the gate is not met."),
        Verdict::Retire => {
            format!(
                "Retire: {seen}; {chance}, under the {} that retires it.",
                percent(rule.retire_under)
            )
        }
        Verdict::Continue if at_its_date => format!(
            "Continue: {seen}; the gate is not met, but it is over the {} that would retire the bet.",
            gate.retire_if.unwrap_or(0)
        ),
        Verdict::Continue => format!(
            "Continue: {seen}; {chance}, between the {} that retires it and the {} that scales it.",
            percent(rule.retire_under),
            percent(rule.scale_over)
        ),
    }
}

/// What a verdict has to wait for.
fn waits_for(evidence: &Evidence, judgement: &Judgement) -> String {
    let least_targets = judgement.rule.least_targets.max(evidence.gate.at_least_targets);
    if evidence.steps[0].entered() < u64::from(least_targets) {
        format!("a verdict waits for {least_targets} targets")
    } else {
        format!("a verdict waits for week {}", judgement.rule.least_weeks)
    }
}

/// A share in whole percents, never rounded to a certainty.
fn percent(share: f64) -> String {
    match 100.0 * share {
        p if p > 0.0 && p < 1.0 => "under 1%".to_owned(),
        p if p > 99.0 && p < 100.0 => "over 99%".to_owned(),
        p => format!("{p:.0}%"),
    }
}
