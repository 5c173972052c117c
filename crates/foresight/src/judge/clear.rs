//! How long until a verdict is clear. Must not give the verdict.

use super::posterior::StepPosterior;
use super::predict::{Forecast, Reach};
use super::{Evidence, Rule};
use crate::special::{normal_cdf, normal_quantile};

/// Weeks until the chance to meet the gate is as likely as not to be outside the rule's two thresholds; 0 if it is
/// already, and never before the rule lets a verdict be given.
///
/// An approximation, since to simulate it would cost more than the judgement. The count at the gate's date is taken
/// as normal with today's mean and variance. By week `h` part of that variance is resolved: the luck of the events
/// that have come by then, and the rates as far as the conversions expected by then teach them. What is resolved
/// moves the mean, what is left is what the verdict must still bear; both are known beforehand (preposterior
/// analysis, Raiffa & Schlaifer 1961). The first time beyond a border is the one that counts: [`REACHED_BEFORE`].
pub(super) fn weeks(evidence: &Evidence, rule: &Rule, steps: &[StepPosterior], forecast: &Forecast) -> u32 {
    let weeks_left = evidence.gate.week - evidence.week;
    let at_earliest = rule.least_weeks.saturating_sub(evidence.week).min(weeks_left);
    let is_clear = forecast.probability > rule.scale_over || forecast.probability < rule.retire_under;
    if is_clear || weeks_left == 0 {
        return at_earliest;
    }
    let mut view = View::of(evidence, rule, steps, forecast);
    view.to_come = view.expected(steps.len() - 1, weeks_left);
    // The longer one looks the likelier it has been clear, and at the gate's date everything is.
    let (mut unclear, mut clear) = (0, weeks_left);
    while clear - unclear > 1 {
        let middle = unclear + (clear - unclear) / 2;
        if REACHED_BEFORE * view.chance_clear(middle) >= 0.5 {
            clear = middle
        } else {
            unclear = middle
        }
    }
    clear.max(at_earliest)
}

/// How much likelier a verdict is to have been clear at some look than to be clear at the last one. A mean that wanders
/// without pause has been beyond a border twice as often as it is beyond it at the end (the reflection principle); one
/// that is looked at once a week has less often. Chosen on simulated bets of numbers.md 1(b), where at weeks 6, 8 and 12
/// the middle bet took 9, 8 and 7 weeks and was told 9, 8 and 6 (with 2: 8, 6 and 4).
const REACHED_BEFORE: f64 = 1.4;

/// What the approximation needs.
struct View<'a> {
    evidence: &'a Evidence,
    steps: &'a [StepPosterior],
    forecast: &'a Forecast,
    rates: Vec<f64>,
    relative_variances: Vec<f64>,
    /// Events of the gate expected by its date.
    to_come: f64,
    /// Events still needed, less the half that turns a count into a normal.
    needed: f64,
    scale_z: f64,
    retire_z: f64,
}

impl<'a> View<'a> {
    fn of(evidence: &'a Evidence, rule: &Rule, steps: &'a [StepPosterior], forecast: &'a Forecast) -> Self {
        let have = evidence.steps[evidence.counted_step()].converted;
        let missing = u64::from(evidence.gate.need).saturating_sub(have);
        let z = |p: f64| normal_quantile(p.clamp(1e-6, 1.0 - 1e-6));
        Self {
            evidence,
            steps,
            forecast,
            rates: steps.iter().map(StepPosterior::mean).collect(),
            relative_variances: steps.iter().map(StepPosterior::relative_variance).collect(),
            to_come: 0.0,
            needed: crate::interval::as_real(missing) - 0.5,
            scale_z: z(rule.scale_over),
            retire_z: z(rule.retire_under),
        }
    }

    /// Conversions of step `step` expected in the coming `weeks`, at the likeliest delays.
    fn expected(&self, step: usize, weeks: u32) -> f64 {
        let likeliest = |step: &'a StepPosterior| step.at.iter().max_by(|a, b| a.weight.total_cmp(&b.weight));
        let steps = self.steps[..=step]
            .iter()
            .filter_map(likeliest)
            .map(|at| (at.delay, &at.waiting));
        Reach::within(weeks, steps, &self.evidence.planned_per_week)
            .count(&self.rates)
            .mean
    }

    /// The chance that `weeks` from now the verdict is clear.
    fn chance_clear(&self, weeks: u32) -> f64 {
        let last = self.steps.len() - 1;
        let expected: Vec<f64> = (0..=last).map(|step| self.expected(step, weeks)).collect();
        let unseen = 1.0 - (expected[last] / self.to_come.max(1e-12)).min(1.0);
        let (mut before, mut after) = (1e-12, 1e-12);
        for (step, (&p, &variance)) in self.rates.iter().zip(&self.relative_variances).enumerate() {
            let information = expected[step] / (1.0 - p).max(1e-9);
            before += variance;
            after += variance / (1.0 + variance * information);
        }
        let total = self.forecast.variance_of_rates + self.forecast.variance_of_luck;
        let left = self.forecast.variance_of_rates * unseen * unseen * (after / before)
            + self.forecast.variance_of_luck * unseen;
        let moves = (total - left).max(1e-12).sqrt();
        let beyond = |z: f64| (self.needed + z * left.max(0.0).sqrt() - self.forecast.mean) / moves;
        1.0 - (normal_cdf(beyond(self.scale_z)) - normal_cdf(beyond(self.retire_z)))
    }
}
