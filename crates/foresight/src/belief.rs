//! What is believed of a probability: a distribution, cheap to draw from. Must not know where the belief came from.

use serde::Serialize;

use crate::limits;
use crate::special::{ln_beta, logistic};

/// Points of one grid on the log-odds.
pub(crate) const POINTS: usize = 64;
/// A grid ends where the density has fallen to e^-20 of its highest.
const DROP: f64 = 20.0;
/// ... or here: a probability of 1e-13 is as good as none.
const FARTHEST: f64 = 30.0;
/// Slots of the table that turns a uniform number into a draw.
const TABLE: usize = 512;
/// The robust prior of numbers.md 1(b): how much of it is the belief as stated, and how strong the sceptical rest is.
const STATED_WEIGHT: f64 = 0.75;
const SCEPTICAL_STRENGTH: f64 = 3.0;

/// Mean and 80% range of a belief.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Range {
    /// The mean.
    pub mean: f64,
    /// The 10% quantile.
    pub low80: f64,
    /// The 90% quantile.
    pub high80: f64,
}

/// A prior over a probability: a weighted mixture of beta distributions `(weight, a, b)`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Prior(pub(crate) Vec<(f64, f64, f64)>);

impl Prior {
    /// One beta distribution, its parameters within [`limits::PRIOR`].
    pub(crate) fn stated(a: f64, b: f64) -> Self {
        Self(vec![(1.0, within_limits(a), within_limits(b))])
    }

    /// The stated belief with weight 0.75, and 0.25 on one of strength 3 about the same mean: a person's prior is
    /// wrong often enough that data must be able to overrule it.
    pub(crate) fn robust(a: f64, b: f64) -> Self {
        let (a, b) = (within_limits(a), within_limits(b));
        let shrink = SCEPTICAL_STRENGTH / (a + b);
        if shrink >= 1.0 {
            return Self::stated(a, b);
        }
        Self(vec![
            (STATED_WEIGHT, a, b),
            (1.0 - STATED_WEIGHT, a * shrink, b * shrink),
        ])
    }

    /// The belief in the mean rate of a few groups whose own rates vary about this one's, where the mean's variance
    /// about a rate `p` is `share p (1 - p)`: each component keeps its mean and has the variances of both.
    pub(crate) fn widened(&self, share: f64) -> Self {
        let wider = |&(weight, a, b): &(f64, f64, f64)| {
            let left = (1.0 - share) / (1.0 + share * (a + b));
            (weight, within_limits(a * left), within_limits(b * left))
        };
        Self(self.0.iter().map(wider).collect())
    }
}

fn within_limits(parameter: f64) -> f64 {
    if parameter.is_nan() {
        1.0
    } else {
        parameter.clamp(limits::PRIOR.0, limits::PRIOR.1)
    }
}

/// A distribution of a probability.
#[derive(Debug, Clone, PartialEq)]
pub struct Belief {
    mean: f64,
    sd: f64,
    /// Quantiles at 0, 1/512, ..., 1.
    table: Vec<f64>,
}

impl Belief {
    /// The belief Beta(a, b).
    ///
    /// `a` and `b` are positive; outside [`limits::PRIOR`] they are taken as the nearest bound (NaN as 1): whoever
    /// reads them from a person refuses them first.
    #[must_use]
    pub fn from_prior(a: f64, b: f64) -> Self {
        Self::of(&Prior::stated(a, b))
    }

    /// The belief Beta(a, b) as stated, with a quarter of the weight on a sceptical one of strength 3 about the same
    /// mean (numbers.md 1(b)). Bounds as in [`Belief::from_prior`].
    #[must_use]
    pub fn robust_prior(a: f64, b: f64) -> Self {
        Self::of(&Prior::robust(a, b))
    }

    fn of(prior: &Prior) -> Self {
        let (_, grids) = posterior(prior, &Nothing);
        let parts: Vec<(f64, &Grid)> = grids.iter().map(|(weight, grid)| (*weight, grid)).collect();
        Self::mixture(&parts)
    }

    /// The mixture of grids with these weights, which need not add up to one.
    pub(crate) fn mixture(parts: &[(f64, &Grid)]) -> Self {
        let total: f64 = parts.iter().map(|(weight, _)| weight).sum();
        let moment =
            |f: fn(f64) -> f64| -> f64 { parts.iter().map(|(weight, grid)| weight / total * grid.expect(f)).sum() };
        let mean = moment(|p| p);
        let sd = (moment(|p| p * p) - mean * mean).max(0.0).sqrt();
        Self {
            mean,
            sd,
            table: inverse_table(parts, total),
        }
    }

    /// The mean.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// The standard deviation.
    #[must_use]
    pub fn sd(&self) -> f64 {
        self.sd
    }

    /// The quantile at `u` in (0, 1): a table look-up, so that a uniform number becomes a draw.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "u is clamped to the table"
    )]
    pub fn quantile(&self, u: f64) -> f64 {
        let place = u.clamp(0.0, 1.0) * TABLE as f64;
        let slot = (place as usize).min(TABLE - 1);
        let (low, high) = (self.table[slot], self.table[slot + 1]);
        low + (high - low) * (place - slot as f64)
    }

    /// The 10% quantile.
    #[must_use]
    pub fn low80(&self) -> f64 {
        self.quantile(0.1)
    }

    /// The 90% quantile.
    #[must_use]
    pub fn high80(&self) -> f64 {
        self.quantile(0.9)
    }

    /// Mean and 80% range.
    #[must_use]
    pub fn range(&self) -> Range {
        Range {
            mean: self.mean,
            low80: self.low80(),
            high80: self.high80(),
        }
    }
}

/// What was seen, as far as it tells of a probability.
pub(crate) trait Likelihood {
    /// Adds the log of the likelihood at each of the points.
    fn add_ln(&self, points: &Points, ln: &mut [f64]);

    /// The counts `(conversions, losses)` that say about as much, and the losses at most: they tell where to look.
    fn about(&self) -> ((f64, f64), f64);
}

/// The likelihood of no data at all.
struct Nothing;

impl Likelihood for Nothing {
    fn add_ln(&self, _: &Points, _: &mut [f64]) {}

    fn about(&self) -> ((f64, f64), f64) {
        ((0.0, 0.0), 0.0)
    }
}

/// Equally spaced log-odds with what every density needs there.
pub(crate) struct Points {
    n: usize,
    x: [f64; POINTS],
    odds: [f64; POINTS],
    ln_p: [f64; POINTS],
    ln_q: [f64; POINTS],
}

impl Points {
    /// `n` of them, at most [`POINTS`], from the first to the last.
    pub(crate) fn spaced(first: f64, last: f64, n: usize) -> Self {
        let none = [0.0; POINTS];
        let (mut x, mut odds, mut ln_p, mut ln_q) = (none, none, none, none);
        let step = (last - first) / n.max(2).saturating_sub(1) as f64;
        let (mut now, more) = (first.exp(), step.exp());
        for i in 0..n {
            x[i] = first + step * i as f64;
            odds[i] = now;
            ln_q[i] = -(1.0 + now).ln();
            ln_p[i] = x[i] + ln_q[i];
            now *= more;
        }
        Self { n, x, odds, ln_p, ln_q }
    }

    pub(crate) fn odds(&self) -> &[f64] {
        &self.odds[..self.n]
    }

    pub(crate) fn ln_p(&self) -> &[f64] {
        &self.ln_p[..self.n]
    }

    pub(crate) fn ln_q(&self) -> &[f64] {
        &self.ln_q[..self.n]
    }
}

/// The posterior of a prior after a likelihood: the log of the chance of what was seen, and grids with weights that add
/// up to 1. One grid serves all components of the prior, unless one of them is too narrow for it.
pub(crate) fn posterior(prior: &Prior, likelihood: &impl Likelihood) -> (f64, Vec<(f64, Grid)>) {
    let components: Vec<Component> = prior.0.iter().map(Component::of).collect();
    let (first, last, is_even) = support(&components, likelihood);
    let mut grids = if is_even {
        vec![Grid::over(&components, likelihood, (first, last))]
    } else {
        let alone = |component| {
            let one = std::slice::from_ref(component);
            let (first, last, _) = support(one, likelihood);
            Grid::over(one, likelihood, (first, last))
        };
        components.iter().map(alone).collect()
    };
    let ln_evidence = normalise(grids.iter_mut().map(|(ln_weight, _)| ln_weight));
    (ln_evidence, grids)
}

/// Turns log weights into weights that add up to 1, and answers the log of their sum.
pub(crate) fn normalise<'a>(weights: impl Iterator<Item = &'a mut f64>) -> f64 {
    let weights: Vec<&mut f64> = weights.collect();
    let top = weights.iter().map(|w| **w).fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = weights.iter().map(|w| (**w - top).exp()).sum();
    for weight in weights {
        *weight = (*weight - top).exp() / sum;
    }
    top + sum.ln()
}

/// A beta distribution of a mixture, as a density on the log-odds.
struct Component {
    a: f64,
    b: f64,
    /// The log of its weight over its integral.
    ln_scale: f64,
}

impl Component {
    fn of(&(weight, a, b): &(f64, f64, f64)) -> Self {
        Self {
            a,
            b,
            ln_scale: weight.ln() - ln_beta(a, b),
        }
    }

    fn ln_at(&self, points: &Points, i: usize) -> f64 {
        self.ln_scale + self.a * points.ln_p[i] + self.b * points.ln_q[i]
    }
}

/// A distribution of a probability as masses at equally spaced log-odds. The trapezoid rule on a smooth density that
/// vanishes at both ends loses almost nothing, so 64 points serve (Trefethen & Weideman 2014).
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Grid {
    /// The probability at each point, ascending.
    p: [f64; POINTS],
    /// The mass at each point; they add up to 1.
    mass: [f64; POINTS],
    /// Running sums of `mass`, from 0 to 1: one more than there are points.
    cumulative: [f64; POINTS + 1],
    first: f64,
    step: f64,
}

impl Grid {
    /// The log of the integral of components times likelihood, and the grid of it between two log-odds.
    fn over(components: &[Component], likelihood: &impl Likelihood, (first, last): (f64, f64)) -> (f64, Self) {
        let points = Points::spaced(first, last, POINTS);
        let mut ln = [0.0; POINTS];
        likelihood.add_ln(&points, &mut ln);
        let ln_of = |component: &Component| std::array::from_fn(|i| ln[i] + component.ln_at(&points, i));
        let parts: Vec<[f64; POINTS]> = components.iter().map(ln_of).collect();
        let top = parts.iter().flatten().copied().fold(f64::NEG_INFINITY, f64::max);
        let mut mass = [0.0; POINTS];
        for part in &parts {
            mass.iter_mut()
                .zip(part)
                .for_each(|(mass, ln)| *mass += (ln - top).exp());
        }
        // Beyond an end the density falls by the same factor from point to point: that series goes to the end point.
        let series = |end: f64, next: f64| if next > end { next / (next - end) } else { 1.0 };
        mass[0] *= series(mass[0], mass[1]);
        mass[POINTS - 1] *= series(mass[POINTS - 1], mass[POINTS - 2]);
        let sum: f64 = mass.iter().sum();
        mass.iter_mut().for_each(|mass| *mass /= sum);
        let step = (last - first) / (POINTS - 1) as f64;
        let mut cumulative = [0.0; POINTS + 1];
        let mut done = 0.0;
        for cell in 0..POINTS {
            done += mass[cell];
            // The midpoint rule's first correction for a sum that stops in the middle of the density.
            let next = mass.get(cell + 1).copied().unwrap_or(mass[cell]);
            cumulative[cell + 1] = done + (next - mass[cell]) / 24.0;
        }
        let grid = Self {
            p: points.odds.map(|odds| odds / (1.0 + odds)),
            mass,
            cumulative,
            first,
            step,
        };
        (top + (sum * step).ln(), grid)
    }

    /// The expectation of `f` of the probability.
    pub(crate) fn expect(&self, f: impl Fn(f64) -> f64) -> f64 {
        self.p.iter().zip(&self.mass).map(|(&p, &mass)| mass * f(p)).sum()
    }

    /// `P(log-odds <= x)`.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to the grid"
    )]
    fn cdf(&self, x: f64) -> f64 {
        let place = ((x - self.first) / self.step + 0.5).clamp(0.0, POINTS as f64);
        let cell = (place as usize).min(POINTS - 1);
        let (mass, tilt) = self.cell(cell);
        let inside = place - cell as f64;
        self.cumulative[cell] + inside * (mass + 0.5 * tilt * (inside - 1.0))
    }

    /// The quantile at `u` in (0, 1).
    pub(crate) fn quantile(&self, u: f64) -> f64 {
        let cell = self.cumulative.partition_point(|&done| done <= u).clamp(1, POINTS) - 1;
        let (mass, tilt) = self.cell(cell);
        let left = u - self.cumulative[cell];
        // The root of `cdf` inside the cell, in the form that survives a tilt of nothing.
        let flat = mass - 0.5 * tilt;
        let root = 2.0 * left / (flat + (flat * flat + 2.0 * tilt * left).max(0.0).sqrt()).max(f64::MIN_POSITIVE);
        logistic(self.first + self.step * (cell as f64 - 0.5 + root.clamp(0.0, 1.0)))
    }

    /// The mass of a cell and how much the density rises across it, as a straight line that stays above zero.
    fn cell(&self, cell: usize) -> (f64, f64) {
        let mass = self.cumulative[cell + 1] - self.cumulative[cell];
        let (before, after) = (self.mass[cell.saturating_sub(1)], self.mass[(cell + 1).min(POINTS - 1)]);
        (mass, (0.5 * (after - before)).clamp(-2.0 * mass, 2.0 * mass))
    }

    fn ends(&self) -> (f64, f64) {
        (
            self.first - 0.5 * self.step,
            self.first + self.step * (POINTS as f64 - 0.5),
        )
    }
}

/// Log-odds outside of which a Beta(a, b), seen as a density of the log-odds, is surely negligible.
fn beta_bracket(a: f64, b: f64) -> (f64, f64) {
    let mode = (a / b).ln();
    (
        (mode - 6.0 - 1.5 * DROP / a).max(-FARTHEST),
        (mode + 6.0 + 1.5 * DROP / b).min(FARTHEST),
    )
}

/// Where components times likelihood is within [`DROP`] of its top, and whether each component that counts fills
/// enough of it that they can share a grid. Each of them has one peak.
fn support(components: &[Component], likelihood: &impl Likelihood) -> (f64, f64, bool) {
    let ((converted, lost), most_lost) = likelihood.about();
    let union = |ends: &dyn Fn(&Component) -> (f64, f64)| {
        let ends = components.iter().map(ends);
        ends.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), end| {
            (low.min(end.0), high.max(end.1))
        })
    };
    let limits = union(&|c| {
        // Were all who wait lost already, or undecided: the posterior lies between the two.
        let (all, none) = ((c.a + converted, c.b + most_lost), (c.a + converted, c.b));
        (beta_bracket(all.0, all.1).0, beta_bracket(none.0, none.1).1)
    });
    let guess = union(&|c| {
        let (a, b) = (c.a + converted, c.b + lost);
        let (middle, wide) = ((a / b).ln(), 6.5 * (1.0 / a + 1.0 / b).sqrt());
        (middle - wide - 0.7 * DROP / a, middle + wide + 0.7 * DROP / b)
    });
    let guess = (guess.0.max(limits.0), guess.1.min(limits.1));
    narrowed(components, likelihood, guess, limits)
        .or_else(|| narrowed(components, likelihood, limits, limits))
        .unwrap_or((limits.0, limits.1, true))
}

/// [`support`], searched inside a bracket; none if it reaches out of the bracket and further within the limits.
fn narrowed(
    components: &[Component],
    likelihood: &impl Likelihood,
    bracket: (f64, f64),
    limits: (f64, f64),
) -> Option<(f64, f64, bool)> {
    let (mut low, mut high) = bracket;
    loop {
        let points = Points::spaced(low, high, PROBES + 1);
        let mut seen = [0.0; PROBES + 1];
        likelihood.add_ln(&points, &mut seen);
        let kept: Vec<Kept> = components
            .iter()
            .map(|component| Kept::of(&std::array::from_fn(|i| seen[i] + component.ln_at(&points, i))))
            .collect();
        let top = kept.iter().map(|kept| kept.top).fold(f64::NEG_INFINITY, f64::max);
        // Probes may miss a narrow peak by much, so only what is far below counts for nothing.
        let counts = kept.iter().filter(|kept| kept.top > top - 10.0 * DROP);
        let first = counts.clone().map(|kept| kept.first).min().unwrap_or(0);
        let last = counts.clone().map(|kept| kept.last).max().unwrap_or(PROBES);
        if (first == 0 && low > limits.0) || (last == PROBES && high < limits.1) {
            return None;
        }
        let step = (high - low) / PROBES as f64;
        // Widely kept, or so narrow that a double has no more points in between.
        if last - first >= PROBES / 3 || step < 1e-10 {
            let narrowest = counts
                .clone()
                .map(|kept| kept.last - kept.first)
                .min()
                .unwrap_or(PROBES);
            let from = counts.clone().map(|kept| kept.from).fold(f64::INFINITY, f64::min);
            let to = counts.map(|kept| kept.to).fold(0.0, f64::max);
            return Some((low + step * from, low + step * to, narrowest >= PROBES / 3));
        }
        low = points.x[first.saturating_sub(1)];
        high = points.x[(last + 1).min(PROBES)];
    }
}

/// Probes of a support.
const PROBES: usize = 16;

/// The probes at which a log density is within [`DROP`] of its top.
struct Kept {
    top: f64,
    first: usize,
    last: usize,
    /// About where it crosses that border, counted in probes.
    from: f64,
    to: f64,
}

impl Kept {
    fn of(ln: &[f64; PROBES + 1]) -> Self {
        let top = ln.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let border = top - DROP;
        let first = ln.iter().position(|&l| l > border).unwrap_or(0);
        let last = ln.iter().rposition(|&l| l > border).unwrap_or(PROBES);
        let beyond = |inside: usize, outside: usize| (ln[inside] - border) / (ln[inside] - ln[outside]);
        Self {
            top,
            first,
            last,
            from: first as f64 - if first > 0 { beyond(first, first - 1) } else { 0.0 },
            to: last as f64 + if last < PROBES { beyond(last, last + 1) } else { 0.0 },
        }
    }
}

/// Mean and 80% range of a mixture of grids whose weights add up to 1, without the cost of a table for drawing.
pub(crate) fn mixture_range(parts: &[(f64, &Grid)]) -> Range {
    let ends = ends(parts);
    let quantile = |u: f64| {
        let (mut low, mut high) = ends;
        for _ in 0..40 {
            let middle = 0.5 * (low + high);
            let done: f64 = parts.iter().map(|(weight, grid)| weight * grid.cdf(middle)).sum();
            if done < u { low = middle } else { high = middle }
        }
        logistic(0.5 * (low + high))
    };
    let mean = parts.iter().map(|(weight, grid)| weight * grid.expect(|p| p)).sum();
    Range {
        mean,
        low80: quantile(0.1),
        high80: quantile(0.9),
    }
}

/// Log-odds outside of which none of the grids has any mass.
fn ends(parts: &[(f64, &Grid)]) -> (f64, f64) {
    parts
        .iter()
        .map(|(_, grid)| grid.ends())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), (first, last)| {
            (low.min(first), high.max(last))
        })
}

/// Quantiles of a mixture of grids at 0, 1/[`TABLE`], ..., 1. The two ends stand a quarter of a slot inside, so that
/// drawing from the table by straight lines keeps the mean of a long tail.
fn inverse_table(parts: &[(f64, &Grid)], total: f64) -> Vec<f64> {
    const CELLS: usize = 512;
    let (low, high) = ends(parts);
    let width = (high - low) / CELLS as f64;
    let cdf: Vec<f64> = (0..=CELLS)
        .map(|i| {
            let x = low + width * i as f64;
            parts.iter().map(|(weight, grid)| weight / total * grid.cdf(x)).sum()
        })
        .collect();
    let mut cell = 0;
    (0..=TABLE)
        .map(|i| {
            let u = (i as f64).clamp(0.25, TABLE as f64 - 0.25) / TABLE as f64;
            while cell + 1 < CELLS && cdf[cell + 1] < u {
                cell += 1;
            }
            let mass = (cdf[cell + 1] - cdf[cell]).max(f64::MIN_POSITIVE);
            logistic(low + width * (cell as f64 + ((u - cdf[cell]) / mass).clamp(0.0, 1.0)))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::Belief;
    use crate::special::beta_quantile;
    use proptest::prelude::*;

    #[test]
    fn published_quantiles_of_a_beta() {
        let belief = Belief::from_prior(2.0, 8.0);
        for (u, expected) in [(0.05, 0.041_023_17), (0.5, 0.179_619_61), (0.95, 0.429_135_55)] {
            assert!(
                (belief.quantile(u) - expected).abs() < 1e-4,
                "at {u}: {}",
                belief.quantile(u)
            );
            assert!((beta_quantile(2.0, 8.0, u) - expected).abs() < 1e-8);
        }
    }

    #[test]
    fn a_sure_belief_keeps_a_quarter_of_doubt_when_robust() {
        let (stated, robust) = (Belief::from_prior(30.0, 30.0), Belief::robust_prior(30.0, 30.0));
        assert!((stated.mean() - robust.mean()).abs() < 1e-9);
        // Variances of the mixture: .75 * .25/61 + .25 * .25/4.
        assert!((robust.sd().powi(2) - (0.75 * 0.25 / 61.0 + 0.25 * 0.25 / 4.0)).abs() < 1e-6);
        assert!(robust.sd() > 2.0 * stated.sd());
        assert_eq!(Belief::robust_prior(1.0, 1.0), Belief::from_prior(1.0, 1.0));
    }

    proptest! {
        #[test]
        fn draws_have_the_moments_of_the_prior(mean in 0.02_f64..0.98, ln_strength in 0.0_f64..9.0) {
            let strength = ln_strength.exp();
            let belief = Belief::from_prior(mean * strength, (1.0 - mean) * strength);
            let sd = (mean * (1.0 - mean) / (strength + 1.0)).sqrt();
            prop_assert!((belief.mean() - mean).abs() < 1e-6);
            prop_assert!((belief.sd() - sd).abs() < 1e-5);
            let draws = (0..20_000).map(|i| belief.quantile((f64::from(i) + 0.5) / 20_000.0));
            let drawn = draws.sum::<f64>() / 20_000.0;
            prop_assert!((drawn - mean).abs() < 0.01 * sd + 1e-4, "drawn {drawn} for {mean}");
            prop_assert!(belief.low80() <= belief.quantile(0.5) && belief.quantile(0.5) <= belief.high80());
        }
    }
}
