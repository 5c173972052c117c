//! The guarantee layer: a claim about the rate that holds however often one looks (numbers.md 1(b)).
//! Must not use the prior except as the bet it places.

use super::posterior::StepPosterior;

/// Whether the share of targets that become an event is above `minimum`, with error at most `level` at every look.
///
/// For rates `p0` the ratio `e(p0) = [integral of L(p) prior(dp)] / L(p0)` is a non-negative martingale of mean 1 when
/// `p0` is true, so by Ville's inequality it ever reaches `1/level` with a chance of at most `level`. The claim rejects
/// every `p0` whose product over the steps is at most `minimum`, so it needs the largest `L(p0)` among them. In
/// `ln p` the steps' log-likelihoods are concave and the constraint is linear: Lagrange's dual bounds that largest
/// value from above for any multiplier, so the search below can only err on the side of "not proven". Of several
/// delays held possible, each step is given the one most favourable to `p0`.
pub(super) fn above(steps: &[StepPosterior], minimum: f64, converted: &[u64], level: f64) -> bool {
    let Some(&least) = converted.iter().min().filter(|&&least| least > 0) else {
        return false;
    };
    let ln_evidence: f64 = steps.iter().map(|step| step.ln_evidence).sum();
    let dual = |weight: f64| -> f64 {
        let most = |step: &StepPosterior| {
            step.at
                .iter()
                .map(|at| at.likelihood.ln_most(weight))
                .fold(f64::NEG_INFINITY, f64::max)
        };
        steps.iter().map(most).sum::<f64>() + weight * minimum.ln()
    };
    let (mut low, mut high) = (0.0, crate::interval::as_real(least));
    for _ in 0..24 {
        // The dual is convex in the weight; stop as soon as any weight proves the claim.
        let (left, right) = (low + (high - low) * 0.382, low + (high - low) * 0.618);
        let (at_left, at_right) = (dual(left), dual(right));
        if ln_evidence - at_left.min(at_right) >= -level.ln() {
            return true;
        }
        if at_left < at_right { high = right } else { low = left }
    }
    false
}
