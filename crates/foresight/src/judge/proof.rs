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
///
/// Where accounts of a partner resemble each other the likelihood is tempered, which makes the ratio the martingale of
/// normal counts with a random mean a partner: the guarantee then holds about, and as far as the resemblance is known.
pub(super) fn above(steps: &[StepPosterior], minimum: f64, level: f64) -> bool {
    let converted = |step: &StepPosterior| {
        step.at
            .iter()
            .map(|at| at.likelihood.converted())
            .fold(f64::INFINITY, f64::min)
    };
    let ln_evidence: f64 = steps.iter().map(|step| step.ln_evidence).sum();
    // Of two multipliers the dual falls towards the one where the rates' product comes nearer to the minimum.
    let (mut low, mut high) = (0.0, steps.iter().map(converted).fold(f64::INFINITY, f64::min));
    for _ in 0..LOOKS {
        let multiplier = 0.5 * (low + high);
        let (mut ln_most, mut ln_theta) = (0.0, 0.0);
        for step in steps {
            let most = step.at.iter().map(|at| at.likelihood.most(multiplier));
            let (value, ln_p) = most.fold((f64::NEG_INFINITY, 0.0), |a, b| if b.0 > a.0 { b } else { a });
            ln_most += value;
            ln_theta += ln_p;
        }
        if ln_evidence - (ln_most + multiplier * minimum.ln()) >= -level.ln() {
            return true;
        }
        if ln_theta > minimum.ln() {
            low = multiplier;
        } else {
            // Rates that the claim must reject, of this likelihood: no multiplier does better.
            if ln_evidence - (ln_most + multiplier * ln_theta) < -level.ln() {
                return false;
            }
            high = multiplier;
        }
    }
    false
}

/// Halvings of the range of the multiplier.
const LOOKS: usize = 14;

#[cfg(test)]
mod tests {
    use super::above;
    use crate::belief::Prior;
    use crate::judge::StepEvidence;
    use crate::judge::posterior::StepPosterior;

    fn step(converted: u64, open: u64) -> StepPosterior {
        let step = StepEvidence {
            name: None,
            prior: (2.0, 3.0),
            delay_weeks: 4.0,
            converted,
            lost: open / 2,
            open_ages_weeks: vec![(2, open / 2), (6, open / 2)],
            delays_weeks: vec![],
        };
        StepPosterior::of(&step, &Prior::stated(2.0, 3.0), true, None)
    }

    #[test]
    fn the_largest_likelihood_under_the_minimum_is_that_of_a_search_over_all_rates() {
        let steps = [step(60, 60), step(25, 30)];
        let ln_evidence: f64 = steps.iter().map(|step| step.ln_evidence).sum();
        let ln = |step: &StepPosterior, p: f64| step.at[0].likelihood.ln_at((p / (1.0 - p)).ln(), 0.0);
        let mut proven = 0;
        for minimum in (1..60).map(|i| f64::from(i) / 200.0) {
            let search = (1..4_000)
                .map(|i| f64::from(i) / 4_000.0)
                .filter(|&p| p > minimum)
                .map(|p| ln(&steps[0], p) + ln(&steps[1], minimum / p))
                .fold(f64::NEG_INFINITY, f64::max);
            let is_above = above(&steps, minimum, 0.05);
            // Close to the border the halvings may stop short, on the side of "not proven".
            if (ln_evidence - search - 20.0_f64.ln()).abs() > 0.01 {
                assert_eq!(is_above, ln_evidence - search > 20.0_f64.ln(), "minimum {minimum}");
            }
            proven += usize::from(is_above);
        }
        assert!((5..50).contains(&proven), "{proven} minimums of 59 are proven");
        assert!(!above(&[step(0, 0)], 0.1, 0.05));
    }
}
