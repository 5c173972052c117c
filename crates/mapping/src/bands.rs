//! Step 5, bands: what is done with a pair of a probability, and a probability made honest by what reviewers said. It must
//! not change a score.

/// What is done with a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Band {
    /// Taken without a question.
    Automatic,
    /// Asked, and probably one company.
    Likely,
    /// Asked.
    Review,
    /// Not shown.
    Hidden,
}

/// Where the bands begin, each from this probability on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bands {
    /// Taken without a question.
    pub automatic: f64,
    /// Asked, and probably one company.
    pub likely: f64,
    /// Asked.
    pub review: f64,
}

impl Default for Bands {
    fn default() -> Self {
        Self {
            automatic: 0.97,
            likely: 0.9,
            review: 0.1,
        }
    }
}

impl Bands {
    /// The band of a pair.
    pub fn band(&self, probability: f64) -> Band {
        match probability {
            p if p >= self.automatic => Band::Automatic,
            p if p >= self.likely => Band::Likely,
            p if p >= self.review => Band::Review,
            _ => Band::Hidden,
        }
    }

    /// Bands whose automatic one begins where the pairs from there on are right so often, as the probabilities tell: the
    /// precision that a user asks for. Where no pair is probable enough, nothing is automatic.
    #[must_use]
    pub fn at_precision(self, precision: f64, probabilities: &[f64]) -> Self {
        let mut sorted = probabilities.to_vec();
        sorted.sort_by(|one, other| other.total_cmp(one));
        let (mut sum, mut automatic) = (0.0, 2.0);
        for (count, probability) in (1_u32..).zip(&sorted) {
            sum += probability;
            if sum / f64::from(count) >= precision {
                automatic = *probability;
            }
        }
        Self {
            automatic,
            likely: self.likely.min(automatic),
            ..self
        }
    }
}

/// The labels from which probabilities are calibrated anew.
pub const LABELS_LEAST: usize = 200;

/// Probabilities made honest by labels: the step function that never falls and is nearest to them (isotonic regression by
/// pooling adjacent violators; Zadrozny & Elkan, "Transforming classifier scores into accurate multiclass probability
/// estimates", 2002), joined by straight lines so that no two pairs change places.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    /// Probability as scored, and as labelled; both rise.
    points: Vec<(f64, f64)>,
}

impl Calibration {
    /// From pairs that reviewers labelled: the probability, and whether they are the same. None below [`LABELS_LEAST`].
    pub fn fit(labels: &[(f64, bool)]) -> Option<Self> {
        if labels.len() < LABELS_LEAST {
            return None;
        }
        let mut sorted = labels.to_vec();
        sorted.sort_by(|one, other| one.0.total_cmp(&other.0));
        let (least, most) = (sorted.first().copied()?.0, sorted.last().copied()?.0);
        // Sums of a pool: of probabilities, of labels, and how many.
        let mut pools: Vec<[f64; 3]> = Vec::new();
        for (probability, same) in sorted {
            let mut pool = [probability, f64::from(u8::from(same)), 1.0];
            while let Some(before) = pools
                .last()
                .copied()
                .filter(|before| before[1] * pool[2] >= pool[1] * before[2])
            {
                pools.pop();
                pool = std::array::from_fn(|at| pool[at] + before[at]);
            }
            pools.push(pool);
        }
        // Half a label of each kind, so that no pool is surer than it has reason to be.
        let point = |[probability, same, count]: &[f64; 3]| (probability / count, (same + 0.5) / (count + 1.0));
        let mut points: Vec<(f64, f64)> = pools.iter().map(point).collect();
        for at in 1..points.len() {
            points[at].1 = points[at].1.max(points[at - 1].1);
        }
        // The outer pools reach as far as somebody labelled.
        let (first, last) = (points.first().copied()?, points.last().copied()?);
        points.insert(0, (least, first.1));
        points.push((most, last.1));
        Some(Self { points })
    }

    /// The probability that the labels give a pair so scored. Above the highest score that somebody labelled, and below the
    /// lowest, a score is corrected by as many log-odds as there.
    pub fn apply(&self, probability: f64) -> f64 {
        let right = self.points.partition_point(|(scored, _)| *scored < probability);
        let left = right.checked_sub(1).and_then(|left| self.points.get(left));
        let made = match (left, self.points.get(right)) {
            (Some((x0, y0)), Some((x1, y1))) => {
                let share = if x1 > x0 { (probability - x0) / (x1 - x0) } else { 0.0 };
                y0 + (y1 - y0) * share
            }
            (Some((scored, said)), None) | (None, Some((scored, said))) => {
                odds_to_probability(log_odds(probability) + log_odds(*said) - log_odds(*scored))
            }
            (None, None) => probability,
        };
        made.clamp(0.0, 1.0)
    }
}

/// The least and most that a probability counts for, so that its log-odds are a number.
const SURE: f64 = 1e-9;

fn log_odds(probability: f64) -> f64 {
    let probability = probability.clamp(SURE, 1.0 - SURE);
    (probability / (1.0 - probability)).ln()
}

fn odds_to_probability(log_odds: f64) -> f64 {
    1.0 / (1.0 + (-log_odds).exp())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_precision_that_is_asked_for_is_kept() {
        let bands = Bands::default().at_precision(0.95, &[0.99, 0.98, 0.9, 0.5]);
        assert_eq!(bands.automatic, 0.9);
        assert_eq!(bands.band(0.95), Band::Automatic);
        assert_eq!(Bands::default().at_precision(0.999, &[0.9]).band(0.9), Band::Likely);
        assert_eq!(Bands::default().band(0.01), Band::Hidden);
    }

    #[test]
    fn two_hundred_labels_mend_a_score_that_is_too_sure() {
        let labels: Vec<(f64, bool)> = (0..400).map(|at| (f64::from(at) / 400.0, at % 10 < at / 80)).collect();
        assert_eq!(Calibration::fit(&labels[..199]), None);
        let calibration = Calibration::fit(&labels).unwrap();
        // Of those scored 0.9 and more four in ten are true.
        assert!(
            (calibration.apply(0.95) - 0.4).abs() < 0.1,
            "{}",
            calibration.apply(0.95)
        );
    }

    #[test]
    fn labels_of_the_middle_say_how_far_off_the_sure_pairs_are_and_do_not_hide_them() {
        // Reviewers are asked about pairs from 0.1 to 0.97, and find the scores right.
        let labels: Vec<(f64, bool)> = (0_u32..300)
            .map(|at| (0.1 + 0.85 * f64::from(at) / 300.0, at % 10 < at / 30))
            .collect();
        let calibration = Calibration::fit(&labels).unwrap();
        assert!(calibration.apply(0.995) > 0.97, "{}", calibration.apply(0.995));
        assert!(calibration.apply(0.001) < 0.03, "{}", calibration.apply(0.001));
        // Nine in ten of what they are asked about is none: then a sure pair is less sure too.
        let too_sure: Vec<(f64, bool)> = labels
            .iter()
            .enumerate()
            .map(|(at, one)| (one.0, at % 10 == 0))
            .collect();
        let calibration = Calibration::fit(&too_sure).unwrap();
        assert!(calibration.apply(0.97) < 0.8, "{}", calibration.apply(0.97));
    }

    proptest! {
        #[test]
        fn no_two_pairs_change_places(labels in prop::collection::vec((0.0..1.0, any::<bool>()), 200..260), scores in prop::collection::vec(0.0..1.0, 2..20)) {
            let calibration = Calibration::fit(&labels).unwrap();
            let mut scores: Vec<f64> = scores;
            scores.sort_by(f64::total_cmp);
            let made: Vec<f64> = scores.iter().map(|score| calibration.apply(*score)).collect();
            prop_assert!(made.is_sorted() && made.iter().all(|p| (0.0..=1.0).contains(p)));
        }
    }
}
